/* The card's window follows the 10-second mean of the mark; what lies beyond its passive edges is parked in the host.
 *
 * A move pulls what leaves, shifts, and places what enters, a bounded number of orders a batch. While one is under
 * way (MARKET_WINDOW_MOVES), orders for ticks that the old and the new window don't both have wait (window_waits()):
 * so nothing trades or rests there that others still on their way come before, and everybody else trades on. */
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

bool window_waits(const struct exchange *exchange, uint32_t row, uint64_t price)
{
    const struct market *market = state_market(&exchange->state, row);
    const uint64_t size = UINT64_C(1) << market->window_log2;
    const bool up = market->window_other > market->window_base;
    const uint64_t low = up ? market->window_other : market->window_base;
    const uint64_t high = (up ? market->window_base : market->window_other) + size;

    return market->flags & MARKET_WINDOW_MOVES && (price < low || price >= high);
}

bool window_waits_order(const struct exchange *exchange, const struct order *order)
{
    const struct market *market = state_market(&exchange->state, order->market);

    return window_waits(exchange, order->market,
                        order->flags & INPUT_ORDER_MARKET ? margin_worst_price(market, order->side) : order->price);
}

/* The window that a market is to have, or has got by its move. */
struct window {
    uint32_t market, base;
    uint64_t top;          /* first tick beyond */
};

static struct window window_at(const struct exchange *exchange, uint32_t row, uint32_t base)
{
    return (struct window){ row, base,
                            (uint64_t)base + (UINT64_C(1) << state_market(&exchange->state, row)->window_log2) };
}

static bool window_holds(const struct window *window, uint32_t price)
{
    return price >= window->base && price < window->top;
}

/* One more of this batch's orders that moves take along; false: the next batch goes on. */
static bool window_take(struct exchange *exchange)
{
    if (exchange->window_left == 0 || !core_room(exchange, CORE_INPUT_ACTIONS)) {
        exchange->derived_more = true;
        return false;
    }
    if (!core_take_derived(exchange, 1))
        return false;
    exchange->window_left--;
    return true;
}

/* Whether anything rests where the present window has ticks that `to` has not. */
static bool window_any_leaves(const struct exchange *exchange, const struct window *to)
{
    const struct window from = window_at(exchange, to->market, state_market(&exchange->state, to->market)->window_base);
    const struct levels *levels = &exchange->levels[to->market - 1];
    const bool up = to->base > from.base;
    const uint64_t first = up || to->top < from.base ? from.base : to->top;
    const uint64_t beyond = up && to->base < from.top ? to->base : from.top;

    return levels_up(levels, (uint32_t)first, (uint32_t)(beyond - 1)) != 0;
}

static void window_pull(struct exchange *exchange, const struct window *to, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);
    const bool passive = order->side == CARD_SIDE_BUY ? order->price < to->base : order->price >= to->top;
    struct action *action = core_add_action(exchange, passive ? ACTION_LEAVE : ACTION_DROP, row);
    const struct card_command command = core_command(CARD_CODE_PULL, order);

    action->reason = REASON_PRICE_OUT_OF_BOUNDS;
    core_mark_out(exchange, row, OUT_CANCEL);
    core_add_command(exchange, action, &command);
}

/* The order in a slot, if it is to leave. */
static uint32_t window_leaving(const struct exchange *exchange, const struct window *to, uint32_t slot)
{
    const uint64_t at = exchange->slot_prices[slot];
    uint32_t row;

    if (at >> 32 != to->market || window_holds(to, (uint32_t)at))
        return TABLE_NONE;
    row = book_order_in_slot(&exchange->state, slot);
    return row != TABLE_NONE && order_row(&exchange->state, row)->place == ORDER_ON_CARD ? row : TABLE_NONE;
}

/* Orders on the card that leave. False: there may be more. */
static bool window_pull_all(struct exchange *exchange, const struct window *to)
{
    struct market *market = state_market(&exchange->state, to->market);

    for (; market->window_slot <= exchange->state.t->slots_made; market->window_slot++) {
        uint32_t row;

        if (exchange->window_looks == 0) {
            exchange->derived_more = true;
            return false;
        }
        exchange->window_looks--;
        row = window_leaving(exchange, to, market->window_slot);
        if (row != TABLE_NONE) {
            if (!window_take(exchange))
                return false;
            window_pull(exchange, to, row);
        }
    }
    return true;
}

static bool window_shift(struct exchange *exchange, const struct window *to)
{
    struct market *market = state_market(&exchange->state, to->market);
    struct card_command command = { .code = CARD_CODE_SHIFT, .market = (uint8_t)(to->market - 1) };

    if (!window_take(exchange))
        return false;
    market->window_other = market->window_base;
    market->window_base = to->base;
    market->window_slot = 0;
    command.configure.base = to->base;
    core_add_command(exchange, core_add_action(exchange, ACTION_CONTROL, TABLE_NONE), &command);
    return true;
}

/* A parked order expires. */
static void window_expire(struct exchange *exchange, uint32_t row, enum reason reason)
{
    struct action *action = core_add_action(exchange, ACTION_DROP, row);

    action->reason = (uint8_t)reason;
    core_mark_out(exchange, row, OUT_CANCEL);
}

/* Parked orders that a jump of the mark leaves beyond the aggressive edge: they would cross. */
static bool window_expire_stranded(struct exchange *exchange, const struct window *at)
{
    const struct tree tree = book_price_tree(exchange);
    const struct market *market = state_market(&exchange->state, at->market);

    for (uint8_t side = 0; side < 2; side++) {
        uint32_t row = side == CARD_SIDE_BUY ? tree_at_or_above(&tree, market->parked[side], at->top)
                                             : tree_first(&tree, market->parked[side]);

        while (row != TABLE_NONE && (side == CARD_SIDE_BUY || order_row(&exchange->state, row)->price < at->base)) {
            if (!core_order_out(exchange, row)) { /* else it is being cancelled */
                if (!window_take(exchange))
                    return false;
                window_expire(exchange, row, REASON_PRICE_OUT_OF_BOUNDS);
            }
            row = tree_next(&tree, market->parked[side], row);
        }
    }
    return true;
}

static void window_place(struct exchange *exchange, uint32_t row)
{
    struct action *action;
    struct card_command command;

    if (!book_slot_quota_left(&exchange->state, order_row(&exchange->state, row))) {
        window_expire(exchange, row, REASON_SLOT_QUOTA);
        return;
    }
    action = core_add_action(exchange, ACTION_PLACE, row);
    book_unpark(exchange, row);
    book_take_slot(exchange, row);
    command = book_place_command(exchange, row);
    core_mark_out(exchange, row, OUT_NEW);
    exchange->released = exchange->stamp; /* a further move would not see it among the levels yet */
    core_add_command(exchange, action, &command);
}

/* In price-time order: should there be too few slots, the best prices get them. */
static bool window_place_all(struct exchange *exchange, const struct window *at)
{
    for (uint8_t side = 0; side < 2; side++) {
        uint32_t row = book_best_parked(exchange, at->market, side,
                                        side == CARD_SIDE_BUY ? at->top - 1 : at->base);

        while (row != TABLE_NONE && window_holds(at, order_row(&exchange->state, row)->price)) {
            const uint32_t next = book_next_parked(exchange, row);

            if (!core_order_out(exchange, row)) { /* else it is being cancelled */
                if (!window_take(exchange))
                    return false;
                window_place(exchange, row);
            }
            row = next;
        }
    }
    return true;
}

/* Orders that waited for the end of the move, oldest first; those that came in this batch wait for the next, or they
 * would go out behind what came after them. */
static bool window_release(struct exchange *exchange, uint32_t row)
{
    if (timing_first_waiting(exchange, row) == TABLE_NONE)
        return true;
    if (exchange->rounds == 0 && timing_release_waiting(exchange, row))
        return true;
    exchange->derived_more = true;
    return false;
}

/* Goes on with a market's move as far as this batch reaches. True: it is over. */
static bool window_go_on(struct exchange *exchange, uint32_t row)
{
    struct market *market = state_market(&exchange->state, row);
    struct window at;

    if (market->window_slot != 0) {
        const struct window to = window_at(exchange, row, market->window_other);

        if (!window_pull_all(exchange, &to) || !window_shift(exchange, &to))
            return false;
    }
    at = window_at(exchange, row, market->window_base);
    if (!window_expire_stranded(exchange, &at) || !window_place_all(exchange, &at) || !window_release(exchange, row))
        return false;
    market->flags &= (uint8_t)~MARKET_WINDOW_MOVES;
    market->window_other = 0;
    return true;
}

static void window_begin(struct exchange *exchange, uint32_t row, uint32_t base)
{
    struct market *market = state_market(&exchange->state, row);
    const struct window to = window_at(exchange, row, base);

    market->flags |= MARKET_WINDOW_MOVES;
    market->window_other = base;
    market->window_slot = window_any_leaves(exchange, &to) ? 1 : exchange->state.t->slots_made + 1;
}

/* Whether the wanted window is a step from the present one. */
static bool window_is_due(const struct market *market)
{
    const uint32_t wanted = window_wanted_base(market), base = market->window_base;

    return market->fast_mean_mark != 0 && (wanted > base ? wanted - base : base - wanted) >= market->window_step;
}

void window_run(struct exchange *exchange)
{
    if (!exchange->state.t->window_check)
        return;
    for (uint32_t row = 1; row < exchange->state.markets.used; row++) {
        const struct market *market = state_market(&exchange->state, row);

        if (market->flags & MARKET_WINDOW_MOVES && !window_go_on(exchange, row))
            return; /* goes on in the next round or batch */
        if (!window_is_due(market))
            continue;
        /* Portions of a market order by quote quantity go out without a break, at a bound that nothing may move; and
         * where orders that waited come to rest is not known before the round is over. */
        if (exchange->state.t->quotes != TABLE_NONE || exchange->released == exchange->stamp)
            return;
        window_begin(exchange, row, window_wanted_base(market));
        if (!window_go_on(exchange, row))
            return;
    }
    exchange->state.t->window_check = 0;
}
