/* What happens to an order at a time: its expiry, the end of its speed bump. */
#include "core.h"

#define SPEED_BUMP_NS UINT64_C(100000000)
/* `due_ns` of what waits for the move of a window: this + its market. No time that comes. */
#define WINDOW_MOVED_NS ((uint64_t)INT64_MAX - LIMIT_MARKETS)

void timing_enter(struct exchange *exchange, uint32_t row)
{
    const struct tree tree = book_time_tree(exchange);
    const struct order *order = order_row(&exchange->state, row);

    if (order->expires_ns)
        tree_put(&tree, &exchange->state.t->expiries, row, order->expires_ns, order->id);
}

static void timing_hold(struct exchange *exchange, uint32_t row, uint64_t due_ns)
{
    const struct tree tree = book_time_tree(exchange);
    struct order *order = order_row(&exchange->state, row);

    order->place = ORDER_BUMPED;
    order->due_ns = due_ns;
    tree_put(&tree, &exchange->state.t->bumps, row, due_ns, order->id);
}

void timing_bump(struct exchange *exchange, uint32_t row)
{
    timing_hold(exchange, row, exchange->state.t->time_ns + SPEED_BUMP_NS);
}

void timing_wait(struct exchange *exchange, uint32_t row)
{
    timing_hold(exchange, row, WINDOW_MOVED_NS + order_row(&exchange->state, row)->market);
}

void timing_leave(struct exchange *exchange, uint32_t row)
{
    const struct tree tree = book_time_tree(exchange);
    struct order *order = order_row(&exchange->state, row);

    if (order->due_ns)
        tree_drop(&tree, &exchange->state.t->bumps, row);
    else if (order->expires_ns)
        tree_drop(&tree, &exchange->state.t->expiries, row);
    order->due_ns = 0;
}

/* What has waited long enough is checked as if it came now. False: another round or batch must do it. */
static bool timing_release_order(struct exchange *exchange, uint32_t row)
{
    struct order *order = order_row(&exchange->state, row);
    enum reason reason;

    if (core_subaccount_out(exchange, order->subaccount) ||
        (exchange->action_count > 0 &&
         (order->flags & INPUT_ORDER_QUOTE_QUANTITY || entry_cuts(exchange, order, order->open))) ||
        !core_room(exchange, 64) || !core_take_derived(exchange, 1))
        return false;
    timing_leave(exchange, row);
    timing_enter(exchange, row);
    reason = order->expires_ns && order->expires_ns <= exchange->state.t->time_ns
                 ? REASON_TIME_EXPIRED : entry_release(exchange, row, ACTION_TRIGGERED);
    if (reason != REASON_NONE)
        book_finish_order(exchange, row, REPORT_EXPIRED, reason);
    exchange->released = exchange->stamp;
    return true;
}

/* Orders whose bump has ended; where a window moves over them they go on waiting. */
static void timing_release(struct exchange *exchange)
{
    const struct tree tree = book_time_tree(exchange);
    struct totals *totals = exchange->state.t;

    for (;;) {
        const uint32_t row = tree_first(&tree, totals->bumps);

        if (row == TABLE_NONE || order_row(&exchange->state, row)->due_ns > totals->time_ns)
            return;
        if (window_waits_order(exchange, order_row(&exchange->state, row))) {
            if (!core_take_derived(exchange, 1))
                return;
            timing_leave(exchange, row);
            timing_wait(exchange, row);
        } else if (!timing_release_order(exchange, row)) {
            return;
        }
    }
}

uint32_t timing_first_waiting(const struct exchange *exchange, uint32_t market)
{
    const struct tree tree = book_time_tree(exchange);
    const uint32_t row = tree_at_or_above(&tree, exchange->state.t->bumps, WINDOW_MOVED_NS + market);

    return row != TABLE_NONE && order_row(&exchange->state, row)->due_ns == WINDOW_MOVED_NS + market ? row : TABLE_NONE;
}

bool timing_release_waiting(struct exchange *exchange, uint32_t market)
{
    uint32_t row;

    while ((row = timing_first_waiting(exchange, market)) != TABLE_NONE) {
        if (exchange->window_left == 0 || !timing_release_order(exchange, row))
            return false;
        exchange->window_left--;
    }
    return true;
}

static void timing_expire(struct exchange *exchange)
{
    const struct tree tree = book_time_tree(exchange);
    const struct totals *totals = exchange->state.t;
    uint32_t row = tree_first(&tree, totals->expiries);

    while (row != TABLE_NONE && order_row(&exchange->state, row)->expires_ns <= totals->time_ns) {
        const uint32_t next = tree_next(&tree, totals->expiries, row);

        if (!core_room(exchange, 64) || !core_take_derived(exchange, 1))
            return;
        if (!core_order_out(exchange, row))
            change_cancel_order(exchange, row, REASON_TIME_EXPIRED, 0);
        row = next;
    }
}

void timing_run(struct exchange *exchange)
{
    timing_release(exchange);
    timing_expire(exchange);
}

uint64_t timing_next_ns(const struct exchange *exchange)
{
    const struct tree tree = book_time_tree(exchange);
    const uint32_t expiry = tree_first(&tree, exchange->state.t->expiries);
    const uint32_t bump = tree_first(&tree, exchange->state.t->bumps);
    uint64_t next = UINT64_MAX;

    if (expiry != TABLE_NONE)
        next = order_row(&exchange->state, expiry)->expires_ns;
    if (bump != TABLE_NONE && order_row(&exchange->state, bump)->due_ns < next)
        next = order_row(&exchange->state, bump)->due_ns;
    return next;
}
