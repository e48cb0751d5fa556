/* The mirror of the books: what rests, by price and by the time at which it came to rest, as the card's answers tell.
 * A fill must meet the first of them. Parked orders keep the time at which they parked, and bring it back. */
#include "neutral_parts.h"

static struct tree neutral_book_tree(const struct neutral *neutral)
{
    return (struct tree){ .table = &neutral->rests, .offset = offsetof(struct neutral_rest, node),
                          .salt = UINT64_C(0x9E3779B97F4A7C15) };
}

static struct neutral_rest *neutral_book_row(const struct neutral *neutral, uint32_t row)
{
    return table_row(&neutral->rests, row);
}

static void neutral_book_drop(struct neutral *neutral, uint32_t row)
{
    const struct tree tree = neutral_book_tree(neutral);
    struct neutral_rest *rest = neutral_book_row(neutral, row);

    tree_drop(&tree, &neutral->roots[rest->market][rest->side], row);
    *rest = (struct neutral_rest){ 0 };
}

static void neutral_book_put(struct neutral *neutral, uint32_t row, const struct neutral_rest *rest)
{
    const struct tree tree = neutral_book_tree(neutral);

    if (neutral_book_row(neutral, row)->market != 0)
        neutral_book_drop(neutral, row);
    *neutral_book_row(neutral, row) = *rest;
    tree_put(&tree, &neutral->roots[rest->market][rest->side], row,
             rest->side == CARD_SIDE_BUY ? CARD_PRICE_MAX - rest->price : rest->price, rest->time);
}

static struct neutral_rest neutral_book_rest(const struct neutral *neutral, uint32_t order)
{
    const struct order *row = order_row(neutral->state, order);

    return (struct neutral_rest){ .id = row->id, .order = order, .price = row->price, .lots = row->active,
                                  .market = row->market, .side = row->side, .generation = row->generation,
                                  .account = state_subaccount(neutral->state, row->subaccount)->account };
}

/* What the state says of the times of orders that were there before is taken as it is. */
void neutral_book_begin(struct neutral *neutral)
{
    const struct state *state = neutral->state;

    table_create(&neutral->rests, "rests", sizeof(struct neutral_rest), state->slots.capacity);
    for (unsigned market = 0; market <= LIMIT_MARKETS; market++)
        neutral->roots[market][0] = neutral->roots[market][1] = TABLE_NONE;
    neutral->clock = state->t->next_priority;
    for (uint32_t order = 1; order < state->orders.used; order++) {
        const struct order *row = order_row(state, order);
        struct neutral_order *mine;
        struct neutral_rest rest;

        if (row->id == 0)
            continue;
        mine = neutral_order_of(neutral, order);
        *mine = (struct neutral_order){ .id = row->id, .time = row->priority, .carry = row->fee_carry, .sent = true };
        if (row->place != ORDER_ON_CARD)
            continue;
        rest = neutral_book_rest(neutral, order);
        rest.time = row->priority;
        neutral_book_put(neutral, row->slot, &rest);
    }
}

const struct neutral_rest *neutral_book_maker(const struct neutral *neutral, const struct card_event *event)
{
    const struct neutral_rest *rest = neutral_book_row(neutral, (uint32_t)card_event_maker_slot(event) + 1);

    return rest->market == 0 ? NULL : rest;
}

static void neutral_book_rested(struct neutral *neutral, const struct neutral_sent *sent, int64_t lots)
{
    struct neutral_rest rest = neutral_book_rest(neutral, sent->order);
    struct neutral_order *order = neutral_order_of(neutral, sent->order);

    if (sent->code != CARD_CODE_PLACE)
        order->time = ++neutral->clock;
    else if (order->time == 0)
        neutral_find(neutral, NEUTRAL_QUEUE, order_row(neutral->state, sent->order)->subaccount,
                     "order %lu was placed in the book without having rested or parked before", (unsigned long)rest.id);
    rest.time = order->time;
    rest.price = sent->price;
    rest.generation = sent->generation;
    rest.lots = lots;
    neutral_book_put(neutral, sent->slot + 1, &rest);
}

/* The maker must be the first of its side. */
static void neutral_book_fill(struct neutral *neutral, uint32_t row, const struct card_event *event)
{
    const struct tree tree = neutral_book_tree(neutral);
    struct neutral_rest *maker = neutral_book_row(neutral, row);
    const int64_t lots = (int64_t)card_event_quantity(event);
    const uint32_t first = tree_first(&tree, neutral->roots[maker->market][maker->side]);
    const struct neutral_rest *other = neutral_book_row(neutral, first);

    if (first != row)
        neutral_find(neutral, NEUTRAL_QUEUE, order_row(neutral->state, other->order)->subaccount,
                     "%ld lots of market %u filled order %lu of account %u at %u (time %lu), though order %lu of "
                     "account %u was at %u (time %lu)",
                     (long)lots, maker->market, (unsigned long)maker->id, maker->account, maker->price,
                     (unsigned long)maker->time, (unsigned long)other->id, other->account, other->price,
                     (unsigned long)other->time);
    if (card_event_price(event) != maker->price || lots > maker->lots)
        neutral_find(neutral, NEUTRAL_QUEUE, order_row(neutral->state, maker->order)->subaccount,
                     "order %lu of %ld lots at %u filled %ld at %u", (unsigned long)maker->id, (long)maker->lots,
                     maker->price, (long)lots, (unsigned)card_event_price(event));
    maker->lots -= lots;
    if (maker->lots <= 0)
        neutral_book_drop(neutral, row);
}

/* Changed in place: never to more, and its price and time stay. */
static void neutral_book_reduced(struct neutral *neutral, uint32_t row, const struct neutral_sent *sent,
                                 const struct card_event *event)
{
    struct neutral_rest *rest = neutral_book_row(neutral, row);
    const int64_t left = (int64_t)card_event_maker_remaining(event);

    if (left > rest->lots || sent->price != rest->price)
        neutral_find(neutral, NEUTRAL_QUEUE, order_row(neutral->state, rest->order)->subaccount,
                     "order %lu of %ld lots at %u keeps its place with %ld at %u", (unsigned long)rest->id,
                     (long)rest->lots, rest->price, (long)left, sent->price);
    rest->lots = left;
    rest->generation = sent->generation;
}

void neutral_book_event(struct neutral *neutral, const struct neutral_sent *sent, const struct card_event *event)
{
    const uint32_t row = (uint32_t)card_event_maker_slot(event) + 1;

    switch ((enum card_kind)card_event_kind(event)) {
    case CARD_KIND_RESTED:
        neutral_book_rested(neutral, sent, (int64_t)card_event_quantity(event));
        return;
    case CARD_KIND_PARKED:
        neutral_order_of(neutral, sent->order)->time = ++neutral->clock;
        return;
    case CARD_KIND_FILL:
    case CARD_KIND_REMOVED:
    case CARD_KIND_REDUCED:
        break;
    default:
        return;
    }
    if (neutral_book_maker(neutral, event) == NULL)
        neutral_find(neutral, NEUTRAL_QUEUE, 0, "slot %u of market %u, of which the book knows nothing", row - 1,
                     sent->market);
    else if (card_event_kind(event) == CARD_KIND_FILL)
        neutral_book_fill(neutral, row, event);
    else if (card_event_kind(event) == CARD_KIND_REDUCED)
        neutral_book_reduced(neutral, row, sent, event);
    else
        neutral_book_drop(neutral, row);
}
