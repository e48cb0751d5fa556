/* The card's window follows the 10-second mean of the mark; what lies beyond its passive edges is parked in the host.
 * */
#include "core.h"

uint32_t window_wanted_base(const struct market *market)
{
    const uint64_t size = UINT64_C(1) << market->window_log2, mean = market->fast_mean_mark / CARD_FIXED_ONE;
    uint64_t base = mean > size / 2 ? mean - size / 2 : 0;

    base -= base % CARD_WINDOW_ALIGN;
    if (base + size > UINT64_C(1) << 32)
        base = (UINT64_C(1) << 32) - size;
    return (uint32_t)base;
}

struct window_move {
    uint32_t market, base; /* from now on */
    uint64_t top;          /* first tick beyond */
};

static bool window_holds(const struct window_move *move, uint32_t price)
{
    return price >= move->base && price < move->top;
}

/* Orders on the card that leave, up to `most`; each is handed to `take`. */
static uint32_t window_leaving(struct exchange *exchange, const struct window_move *move,
                               void (*take)(struct exchange *exchange, const struct window_move *move, uint32_t row))
{
    const struct state *state = &exchange->state;
    uint32_t count = 0;

    for (uint32_t slot = 1; slot <= state->t->slots_made; slot++) {
        const uint32_t row = book_order_in_slot(state, slot);
        const struct order *order = order_row(state, row);

        if (row == TABLE_NONE || order->market != move->market || order->place != ORDER_ON_CARD ||
            window_holds(move, order->price))
            continue;
        count++;
        if (take)
            take(exchange, move, row);
    }
    return count;
}

static void window_pull(struct exchange *exchange, const struct window_move *move, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);
    const bool passive = order->side == CARD_SIDE_BUY ? order->price < move->base : order->price >= move->top;
    struct action *action = core_add_action(exchange, passive ? ACTION_LEAVE : ACTION_DROP, row);
    const struct card_command command = core_command(CARD_CODE_PULL, order);

    action->reason = REASON_PRICE_OUT_OF_BOUNDS;
    core_mark_out(exchange, row, OUT_CANCEL);
    core_add_command(exchange, action, &command);
}

static uint32_t window_entering(struct exchange *exchange, const struct window_move *move,
                                void (*take)(struct exchange *exchange, uint32_t row))
{
    uint32_t count = 0;

    /* In price-time order: should there be too few slots, the best prices get them. */
    for (uint8_t side = 0; side < 2; side++) {
        uint32_t row = book_best_parked(exchange, move->market, side,
                                        side == CARD_SIDE_BUY ? move->top - 1 : move->base);

        while (row != TABLE_NONE && window_holds(move, order_row(&exchange->state, row)->price)) {
            const uint32_t next = book_next_parked(exchange, row);

            count++;
            if (take)
                take(exchange, row);
            row = next;
        }
    }
    return count;
}

/* Parked orders that a jump of the mark leaves beyond the aggressive edge: they would cross. */
static uint32_t window_stranded(struct exchange *exchange, const struct window_move *move,
                                void (*take)(struct exchange *exchange, uint32_t row, enum reason reason))
{
    const struct tree tree = book_price_tree(exchange);
    const struct market *market = state_market(&exchange->state, move->market);
    uint32_t count = 0;

    for (uint8_t side = 0; side < 2; side++) {
        uint32_t row = side == CARD_SIDE_BUY ? tree_at_or_above(&tree, market->parked[side], move->top)
                                             : tree_first(&tree, market->parked[side]);

        while (row != TABLE_NONE && (side == CARD_SIDE_BUY || order_row(&exchange->state, row)->price < move->base)) {
            const uint32_t next = tree_next(&tree, market->parked[side], row);

            count++;
            if (take)
                take(exchange, row, REASON_PRICE_OUT_OF_BOUNDS);
            row = next;
        }
    }
    return count;
}

/* A parked order expires. */
static void window_expire(struct exchange *exchange, uint32_t row, enum reason reason)
{
    struct action *action;

    if (core_order_out(exchange, row)) /* being cancelled */
        return;
    action = core_add_action(exchange, ACTION_DROP, row);
    action->reason = (uint8_t)reason;
    core_mark_out(exchange, row, OUT_CANCEL);
}

static void window_place(struct exchange *exchange, uint32_t row)
{
    struct order *order = order_row(&exchange->state, row);
    struct action *action;
    struct card_command command;

    if (core_order_out(exchange, row)) /* being cancelled */
        return;
    if (!book_slot_quota_left(&exchange->state, order)) {
        window_expire(exchange, row, REASON_SLOT_QUOTA);
        return;
    }
    action = core_add_action(exchange, ACTION_PLACE, row);
    book_unpark(exchange, row);
    book_take_slot(exchange, row);
    command = book_place_command(exchange, row);
    core_mark_out(exchange, row, OUT_NEW);
    core_add_command(exchange, action, &command);
}

static void window_move(struct exchange *exchange, const struct window_move *move)
{
    struct market *market = state_market(&exchange->state, move->market);
    struct card_command command = { .code = CARD_CODE_SHIFT, .market = (uint8_t)(move->market - 1) };

    window_leaving(exchange, move, window_pull);
    market->window_base = move->base;
    command.configure.base = move->base;
    core_add_command(exchange, core_add_action(exchange, ACTION_CONTROL, TABLE_NONE), &command);
    window_stranded(exchange, move, window_expire);
    window_entering(exchange, move, window_place);
}

/* As far as the batch's derived commands reach, in multiples of 64 ticks. False: not even that. */
static bool window_follow(struct exchange *exchange, uint32_t row)
{
    struct market *market = state_market(&exchange->state, row);
    const uint32_t wanted = window_wanted_base(market);
    const bool up = wanted > market->window_base;
    uint32_t distance = up ? wanted - market->window_base : market->window_base - wanted;

    for (;;) {
        const uint32_t base = up ? market->window_base + distance : market->window_base - distance;
        const struct window_move move = { row, base, (uint64_t)base + (UINT64_C(1) << market->window_log2) };
        const uint32_t cost = window_leaving(exchange, &move, NULL) + window_stranded(exchange, &move, NULL) +
                              window_entering(exchange, &move, NULL) + 1;

        if (cost <= exchange->derived_left ||
            (distance == CARD_WINDOW_ALIGN && exchange->derived_left == LIMIT_BATCH_DERIVED)) {
            if (!core_room(exchange, cost + 8))
                return false;
            core_take_derived(exchange, cost < exchange->derived_left ? cost : exchange->derived_left);
            window_move(exchange, &move);
            /* Part of the way is still a move under way, though less than a step may be left. */
            market->flags = (uint8_t)(base == wanted ? market->flags & ~MARKET_WINDOW_MOVES
                                                     : market->flags | MARKET_WINDOW_MOVES);
            return true;
        }
        if (distance == CARD_WINDOW_ALIGN) {
            exchange->derived_more = true;
            return false;
        }
        distance = distance / 2 / CARD_WINDOW_ALIGN * CARD_WINDOW_ALIGN;
        if (distance == 0)
            distance = CARD_WINDOW_ALIGN;
    }
}

void window_run(struct exchange *exchange)
{
    if (!exchange->state.t->window_check)
        return;
    for (uint32_t row = 1; row < exchange->state.markets.used; row++) {
        const struct market *market = state_market(&exchange->state, row);
        const uint32_t wanted = window_wanted_base(market);
        const uint32_t distance = wanted > market->window_base ? wanted - market->window_base
                                                                : market->window_base - wanted;
        const bool moving = market->flags & MARKET_WINDOW_MOVES;

        if (market->fast_mean_mark == 0 || (distance < market->window_step && !moving) || distance == 0)
            continue;
        if (!window_follow(exchange, row) || market->flags & MARKET_WINDOW_MOVES)
            return; /* goes on in the next round or batch */
    }
    exchange->state.t->window_check = 0;
}
