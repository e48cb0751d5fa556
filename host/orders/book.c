/* Rows of orders: made, found, linked, counted, ended. */
#include <string.h>

#include "liquidation.h"
#include "settlement.h"

enum { ID_ROW_BITS = 22 };
static_assert(LIMIT_ORDERS < 1 << ID_ROW_BITS, "an order's row is part of its id");

uint32_t book_find_order(const struct state *state, uint32_t user, uint32_t reference)
{
    uint32_t row = *order_bucket(state, user, reference);

    while (row != TABLE_NONE && (order_row(state, row)->user != user || order_row(state, row)->reference != reference))
        row = order_row(state, row)->next_in_bucket;
    return row;
}

uint32_t book_order_by_id(const struct state *state, uint64_t id)
{
    const uint32_t row = (uint32_t)id & ((1u << ID_ROW_BITS) - 1);

    return id >> ID_ROW_BITS && row < state->orders.used && order_row(state, row)->id == id ? row : TABLE_NONE;
}

bool book_has_orders(const struct state *state, uint32_t subaccount)
{
    for (uint32_t row = state_subaccount(state, subaccount)->positions; row != TABLE_NONE;
         row = state_position(state, row)->next)
        if (state_position_detail(state, row)->order_count > 0)
            return true;
    return false;
}

bool book_slot_quota_left(const struct state *state, const struct order *order)
{
    const struct market *market = state_market(state, order->market);
    const uint32_t row = order->position ? state_position_detail(state, order->position)->account_row : TABLE_NONE;
    const uint32_t share = market->slot_quota / LIMIT_SHARE_SLOTS;

    if (market->slots_used >= market->slot_quota - limit_own(market->slot_quota))
        return false;
    return row == TABLE_NONE || state_position_detail(state, row)->account_slots < (share ? share : 1);
}

bool book_is_full(const struct state *state)
{
    const uint32_t rows = state->orders.capacity - 1;

    return state->orders.live + limit_own(rows) >= rows;
}

/* The account of an order. */
static struct account *book_account(const struct state *state, const struct order *order)
{
    return state_account(state, state_subaccount(state, order->subaccount)->account);
}

enum reason book_has_room(const struct state *state, const struct order *order, bool slot)
{
    const bool counted = order->id != 0; /* it has its row already */

    if (!counted &&
        (book_is_full(state) ||
         (order->position && state_position_detail(state, order->position)->order_count >= LIMIT_ORDERS_PER_POSITION) ||
         book_account(state, order)->orders >= (state->orders.capacity - 1) / LIMIT_SHARE_ORDERS))
        return REASON_CAPACITY;
    return slot && !book_slot_quota_left(state, order) ? REASON_SLOT_QUOTA : REASON_NONE;
}

static void book_link_reference(struct exchange *exchange, uint32_t row)
{
    struct order *order = order_row(&exchange->state, row);
    uint32_t *bucket = order_bucket(&exchange->state, order->user, order->reference);

    order->next_in_bucket = *bucket;
    *bucket = row;
}

static void book_unlink_reference(struct exchange *exchange, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);
    uint32_t *link = order_bucket(&exchange->state, order->user, order->reference);

    while (*link != row) {
        check(*link != TABLE_NONE);
        link = &order_row(&exchange->state, *link)->next_in_bucket;
    }
    *link = order->next_in_bucket;
}

void book_set_reference(struct exchange *exchange, uint32_t row, uint32_t reference)
{
    struct order *order = order_row(&exchange->state, row);

    if (order->user != TABLE_NONE && order->reference != 0)
        book_unlink_reference(exchange, row);
    order->reference = reference;
    if (order->user != TABLE_NONE && reference != 0)
        book_link_reference(exchange, row);
}

uint32_t book_create_order(struct exchange *exchange, const struct order *model)
{
    struct state *state = &exchange->state;
    const uint32_t row = table_take(&state->orders);
    struct order *order = order_row(state, row);
    struct position_detail *position = state_position_detail(state, model->position);

    check(row != TABLE_NONE);
    *order = *model;
    order->id = state->t->next_order++ << ID_ROW_BITS | row;
    order->next_in_position = position->orders;
    if (position->orders != TABLE_NONE)
        order_row(state, position->orders)->prev_in_position = row;
    position->orders = row;
    position->reduce_orders += (order->flags & INPUT_ORDER_REDUCE_ONLY) != 0;
    position->order_count++;
    book_account(state, order)->orders++;
    if (order->user != TABLE_NONE) {
        struct user *user = state_user(state, order->user);

        order->next_of_user = user->orders;
        if (user->orders != TABLE_NONE)
            order_row(state, user->orders)->prev_of_user = row;
        user->orders = row;
        if (order->reference != 0)
            book_link_reference(exchange, row);
    }
    return row;
}

static void book_unlink(struct exchange *exchange, uint32_t row)
{
    struct state *state = &exchange->state;
    const struct order *order = order_row(state, row);

    state_position_detail(state, order->position)->reduce_orders -= (order->flags & INPUT_ORDER_REDUCE_ONLY) != 0;
    state_position_detail(state, order->position)->order_count--;
    book_account(state, order)->orders--;
    if (order->prev_in_position != TABLE_NONE)
        order_row(state, order->prev_in_position)->next_in_position = order->next_in_position;
    else
        state_position_detail(state, order->position)->orders = order->next_in_position;
    if (order->next_in_position != TABLE_NONE)
        order_row(state, order->next_in_position)->prev_in_position = order->prev_in_position;
    if (order->user == TABLE_NONE)
        return;
    if (order->prev_of_user != TABLE_NONE)
        order_row(state, order->prev_of_user)->next_of_user = order->next_of_user;
    else
        state_user(state, order->user)->orders = order->next_of_user;
    if (order->next_of_user != TABLE_NONE)
        order_row(state, order->next_of_user)->prev_of_user = order->prev_of_user;
    if (order->reference != 0)
        book_unlink_reference(exchange, row);
}

void book_end_order(struct exchange *exchange, uint32_t row)
{
    struct order *order = order_row(&exchange->state, row);

    check(order->active == 0 && order->reserve_lots == 0 && order->reserve_notional == 0 &&
          order->reserve_adverse == 0);
    if (order->slot != TABLE_NONE)
        book_give_slot(exchange, row);
    if (order->place == ORDER_PARKED)
        book_unpark(exchange, row);
    if (order->place == ORDER_TRIGGER)
        trigger_leave(exchange, row);
    timing_leave(exchange, row);
    attached_order_ended(exchange, row);
    if (exchange->state.t->quotes == row)
        exchange->state.t->quotes = TABLE_NONE;
    book_unlink(exchange, row);
    table_give(&exchange->state.orders, row);
}

/* The sums of a side change by these; locks of spot markets, and what they may bring in, follow the sums. */
static void book_add_sums(struct exchange *exchange, const struct order *order, int64_t lots, int64_t notional,
                          int64_t adverse, int orders, int32_t carry)
{
    const struct market *market = state_market(&exchange->state, order->market);
    struct open_side *side = &state_position_detail(&exchange->state, order->position)->side[order->side];
    const bool spot = market->kind == MARKET_SPOT;
    const int64_t before = spot ? margin_spot_lock(market, order->side, side) : 0;

    state_count_reach(&exchange->state, order->position, false);
    side->lots += lots;
    side->notional += notional;
    side->adverse += adverse;
    side->orders += (uint32_t)orders;
    side->fee_carry += (uint32_t)carry;
    if (order->flags & INPUT_ORDER_REDUCE_ONLY)
        side->reduce_lots += lots;
    check(side->lots >= 0 && side->notional >= 0 && side->adverse >= 0 && side->reduce_lots >= 0);
    state_note_sides(&exchange->state, order->position);
    state_count_reach(&exchange->state, order->position, true);
    if (spot) {
        const int64_t after = margin_spot_lock(market, order->side, side);

        if (after != before)
            ledger_lock(&exchange->ledger, order->subaccount,
                        order->side == CARD_SIDE_BUY ? market->quote_asset : market->base_asset, after - before);
        if (order->side == CARD_SIDE_BUY)
            ledger_expect(&exchange->ledger, order->subaccount, market->base_asset,
                          (wide)lots * (wide)market->lot_units);
        else
            ledger_expect(&exchange->ledger, order->subaccount, market->quote_asset, notional);
    }
}

/* Its active lots and what rounding has overpaid change together, so that the lock moves once. */
static void book_change(struct exchange *exchange, uint32_t row, int64_t lots, uint32_t carry)
{
    struct order *order = order_row(&exchange->state, row);
    const struct market *market = state_market(&exchange->state, order->market);
    const bool was = order->active > 0;
    const uint32_t carried = was ? order->fee_carry : 0;
    bool is;

    order->active += lots;
    order->fee_carry = carry;
    check(order->active >= 0);
    is = order->active > 0;
    book_add_sums(exchange, order, lots, lots * (int64_t)(order->price * market->tick_lot_units),
                  lots * order->adverse_lot, is - was, (int32_t)((is ? carry : 0) - carried));
    reduce_only_changed(exchange, order->position);
}

void book_activate(struct exchange *exchange, uint32_t row, int64_t lots)
{
    if (lots < 0) /* what it locks stays out of a pass under way */
        settlement_touch(exchange, order_row(&exchange->state, row)->subaccount);
    book_change(exchange, row, lots, order_row(&exchange->state, row)->fee_carry);
}

void book_fill(struct exchange *exchange, uint32_t row, int64_t lots, uint32_t carry)
{
    struct order *order = order_row(&exchange->state, row);

    book_change(exchange, row, -lots, carry);
    order->open -= lots;
    order->filled += lots;
}

void book_set_carry(struct exchange *exchange, uint32_t row, uint32_t carry)
{
    if (carry != order_row(&exchange->state, row)->fee_carry)
        book_change(exchange, row, 0, carry);
}

static int64_t book_excess(int64_t wanted, int64_t present)
{
    return wanted > present ? wanted - present : 0;
}

void book_reserve(struct exchange *exchange, uint32_t row, int64_t lots, uint32_t price, int64_t adverse_lot)
{
    struct order *order = order_row(&exchange->state, row);
    const int64_t unit = (int64_t)state_market(&exchange->state, order->market)->tick_lot_units;

    check(order->reserve_lots == 0 && order->reserve_notional == 0 && order->reserve_adverse == 0);
    order->reserve_lots = book_excess(lots, order->active);
    order->reserve_notional = book_excess(lots * price * unit, order->active * order->price * unit);
    order->reserve_adverse = book_excess(lots * adverse_lot, order->active * order->adverse_lot);
    book_add_sums(exchange, order, order->reserve_lots, order->reserve_notional, order->reserve_adverse, 0, 0);
}

void book_release_reserve(struct exchange *exchange, uint32_t row)
{
    struct order *order = order_row(&exchange->state, row);

    if (order->reserve_lots == 0 && order->reserve_notional == 0 && order->reserve_adverse == 0)
        return;
    book_add_sums(exchange, order, -order->reserve_lots, -order->reserve_notional, -order->reserve_adverse, 0, 0);
    order->reserve_lots = order->reserve_notional = order->reserve_adverse = 0;
    reduce_only_changed(exchange, order->position); /* there may be room for what waits */
}

uint8_t book_next_generation(struct exchange *exchange, uint32_t row)
{
    struct slot *slot = table_row(&exchange->state.slots, order_row(&exchange->state, row)->slot);

    slot->generation = (slot->generation + 1) & CARD_GENERATION_MAX;
    return (uint8_t)slot->generation;
}

void book_note_price(struct exchange *exchange, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);

    exchange->slot_prices[order->slot] = (uint64_t)order->market << 32 | order->price;
}

void book_take_slot(struct exchange *exchange, uint32_t row)
{
    struct state *state = &exchange->state;
    struct totals *totals = state->t;
    struct order *order = order_row(state, row);
    struct market *market = state_market(state, order->market);
    struct slot *slot;

    check(market->slots_used < market->slot_quota && order->slot == TABLE_NONE);
    market->slots_used++;
    state_position_detail(state, state_position_detail(state, order->position)->account_row)->account_slots++;
    if (totals->slot_free != TABLE_NONE) {
        order->slot = totals->slot_free;
        slot = table_row(&state->slots, order->slot);
        totals->slot_free = slot->order & ~SLOT_FREE;
    } else {
        check(totals->slots_made + 1 < state->slots.capacity);
        order->slot = ++totals->slots_made;
        slot = table_row(&state->slots, order->slot);
    }
    slot->order = row;
    book_note_price(exchange, row);
    order->generation = book_next_generation(exchange, row);
}

void book_give_slot(struct exchange *exchange, uint32_t row)
{
    struct state *state = &exchange->state;
    struct order *order = order_row(state, row);
    struct slot *slot = table_row(&state->slots, order->slot);

    check(slot->order == row);
    slot->order = state->t->slot_free | SLOT_FREE;
    state->t->slot_free = order->slot;
    state_market(state, order->market)->slots_used--;
    state_position_detail(state, state_position_detail(state, order->position)->account_row)->account_slots--;
    order->slot = TABLE_NONE;
}

struct card_command book_place_command(const struct exchange *exchange, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);
    struct card_command command = core_command(CARD_CODE_PLACE, order);

    command.flags = (uint16_t)(order->side << CARD_ORDER_SIDE_SHIFT);
    command.order.owner = state_subaccount(&exchange->state, order->subaccount)->account;
    command.order.quantity = order->active;
    return command;
}

uint32_t book_order_in_slot(const struct state *state, uint32_t slot)
{
    const struct slot *row;

    if (slot == TABLE_NONE || slot > state->t->slots_made)
        return TABLE_NONE;
    row = table_row(&state->slots, slot);
    return row->order & SLOT_FREE ? TABLE_NONE : row->order;
}

struct tree book_price_tree(const struct exchange *exchange)
{
    return (struct tree){ &exchange->state.orders, offsetof(struct order, price_node), exchange->state.t->salt };
}

struct tree book_time_tree(const struct exchange *exchange)
{
    return (struct tree){ &exchange->state.orders, offsetof(struct order, time_node), exchange->state.t->salt };
}

void book_park(struct exchange *exchange, uint32_t row)
{
    const struct tree tree = book_price_tree(exchange);
    struct order *order = order_row(&exchange->state, row);

    order->place = ORDER_PARKED;
    tree_put(&tree, &state_market(&exchange->state, order->market)->parked[order->side], row, order->price,
             order->priority);
}

void book_unpark(struct exchange *exchange, uint32_t row)
{
    const struct tree tree = book_price_tree(exchange);
    struct order *order = order_row(&exchange->state, row);

    tree_drop(&tree, &state_market(&exchange->state, order->market)->parked[order->side], row);
    order->place = ORDER_NOWHERE;
}

uint32_t book_best_parked(const struct exchange *exchange, uint32_t market, uint8_t side, uint64_t bound)
{
    const struct tree tree = book_price_tree(exchange);
    const uint32_t root = state_market(&exchange->state, market)->parked[side];
    const uint32_t row = side == CARD_SIDE_BUY ? tree_at_or_below(&tree, root, bound)
                                               : tree_at_or_above(&tree, root, bound);

    if (row == TABLE_NONE || side == CARD_SIDE_SELL)
        return row;
    return tree_at_or_above(&tree, root, order_row(&exchange->state, row)->price); /* the oldest of its level */
}

uint32_t book_next_parked(const struct exchange *exchange, uint32_t row)
{
    const struct tree tree = book_price_tree(exchange);
    const struct order *order = order_row(&exchange->state, row);
    const uint32_t next = tree_next(&tree, state_market(&exchange->state, order->market)->parked[order->side], row);

    if (order->side == CARD_SIDE_SELL ||
        (next != TABLE_NONE && order_row(&exchange->state, next)->price == order->price))
        return next;
    return order->price == 0 ? TABLE_NONE
                             : book_best_parked(exchange, order->market, CARD_SIDE_BUY, order->price - 1);
}

void book_release_order(struct exchange *exchange, uint32_t row)
{
    struct order *order = order_row(&exchange->state, row);

    book_release_reserve(exchange, row);
    if (reduce_only_counts(order))
        state_position_detail(&exchange->state, order->position)->side[order->side].waiting -=
            order->open - order->active;
    order->open = 0;
    if (order->active > 0)
        book_activate(exchange, row, -order->active);
}

void book_finish_order(struct exchange *exchange, uint32_t row, enum report_kind kind, enum reason reason)
{
    const struct order *order = order_row(&exchange->state, row);
    const int64_t rest = order->flags & INPUT_ORDER_QUOTE_QUANTITY ? order->quote_left : order->open;
    struct report *report;

    if (order->own == OWN_LIQUIDATION)
        liquidation_order_ended(exchange, order, reason);
    book_release_order(exchange, row);
    report = core_report_order(exchange, row, kind, reason);
    if (report)
        report->quantity = rest;
    book_end_order(exchange, row);
}
