/* Reduce-only orders: never more active than the position leaves room for. */
#include "core.h"

static bool reduce_only_closes(const struct position *position, uint8_t side)
{
    return position->quantity != 0 && (position->quantity > 0) == (side == CARD_SIDE_SELL);
}

int64_t reduce_only_room(const struct state *state, uint32_t row, uint8_t side)
{
    const struct position *position = state_position(state, row);
    int64_t room;

    if (!reduce_only_closes(position, side))
        return 0;
    room = state_lots(position) - state_position_detail(state, row)->side[side].lots;
    return room > 0 ? room : 0;
}

static void reduce_only_cut_order(struct exchange *exchange, uint32_t row, int64_t lots)
{
    struct order *order = order_row(&exchange->state, row);
    struct action *action = core_add_action(exchange, ACTION_CUT, row);

    check(order->place == ORDER_ON_CARD || order->place == ORDER_PARKED);
    action->lots = lots;
    core_mark_out(exchange, row, OUT_REDUCE);
    if (order->place == ORDER_ON_CARD) {
        struct card_command command = core_command(CARD_CODE_REDUCE, order);

        command.order.quantity = lots;
        core_add_command(exchange, action, &command);
    }
}

void reduce_only_cut(struct exchange *exchange, uint32_t row, uint8_t side, int64_t lots)
{
    const struct position *position = state_position(&exchange->state, row);
    const struct position_detail *detail = state_position_detail(&exchange->state, row);
    const struct open_side *open = &detail->side[side];
    int64_t excess = open->lots + lots - state_lots(position);

    if (open->reduce_lots == 0 || !reduce_only_closes(position, side) || excess <= 0)
        return;
    /* The list of a position's orders begins with the newest. */
    for (uint32_t next = detail->orders; next != TABLE_NONE && excess > 0;
         next = order_row(&exchange->state, next)->next_in_position) {
        const struct order *order = order_row(&exchange->state, next);
        int64_t cut = order->active < excess ? order->active : excess;

        if (order->side != side || !(order->flags & INPUT_ORDER_REDUCE_ONLY) || cut == 0)
            continue;
        reduce_only_cut_order(exchange, next, cut);
        excess -= cut;
    }
}

void reduce_only_changed(struct exchange *exchange, uint32_t row)
{
    struct position_detail *position = state_position_detail(&exchange->state, row);

    if ((position->side[0].waiting == 0 && position->side[1].waiting == 0) || position->next_refill != TABLE_NONE)
        return;
    position->next_refill = exchange->state.t->refills ? exchange->state.t->refills : row;
    exchange->state.t->refills = row;
}

static uint32_t reduce_only_oldest(const struct exchange *exchange, uint32_t position, uint8_t side)
{
    uint32_t row = state_position_detail(&exchange->state, position)->orders, oldest = TABLE_NONE;

    for (; row != TABLE_NONE; row = order_row(&exchange->state, row)->next_in_position) {
        const struct order *order = order_row(&exchange->state, row);

        if (order->side == side && reduce_only_counts(order) && order->open > order->active)
            oldest = row;
    }
    return oldest;
}

/* More lots at the same price: a replace on the card, which goes to the end of its level; parked ones just grow. */
static void reduce_only_grow(struct exchange *exchange, uint32_t row, int64_t lots)
{
    struct order *order = order_row(&exchange->state, row);
    struct action *action;
    struct card_command command;

    if (order->place == ORDER_PARKED) {
        state_position_detail(&exchange->state, order->position)->side[order->side].waiting -= lots;
        book_unpark(exchange, row);
        order->priority = exchange->state.t->next_priority++;
        book_park(exchange, row);
        book_activate(exchange, row, lots);
        core_report_order(exchange, row, REPORT_RESTATED, REASON_NONE);
        return;
    }
    action = core_add_action(exchange, ACTION_GROW, row);
    action->price = order->price;
    action->adverse_lot = order->adverse_lot;
    action->lots = lots;
    book_reserve(exchange, row, order->active + lots, order->price, order->adverse_lot);
    command = core_command(CARD_CODE_REPLACE, order);
    command.new_generation = book_next_generation(exchange, row);
    command.order.new_price = order->price;
    command.order.quantity = lots;
    command.flags = (uint16_t)(order->stp << CARD_ORDER_STP_SHIFT |
                               (order->flags & INPUT_ORDER_POST_ONLY ? CARD_ORDER_POST_ONLY_MASK : 0));
    core_mark_out(exchange, row, OUT_REPLACE);
    core_add_command(exchange, action, &command);
}

void reduce_only_drop_waiting(struct exchange *exchange, uint32_t row, enum reason reason)
{
    struct order *order = order_row(&exchange->state, row);
    const int64_t inactive = order->open - order->active;
    struct report *report;

    if (order->active == 0) {
        book_finish_order(exchange, row, REPORT_EXPIRED, reason);
        return;
    }
    state_position_detail(&exchange->state, order->position)->side[order->side].waiting -= inactive;
    order->open = order->active;
    order->quantity -= inactive;
    report = core_report_order(exchange, row, REPORT_CANCELLED, reason);
    if (report)
        report->quantity = inactive;
}

static void reduce_only_refill_order(struct exchange *exchange, uint32_t row, int64_t lots)
{
    struct order *order = order_row(&exchange->state, row);
    struct margin_change change;
    enum reason reason;

    if (order->active == 0)
        order->adverse_lot = margin_adverse_lot(state_market(&exchange->state, order->market), order->side,
                                                order->price);
    change = entry_change(exchange, order, lots);
    reason = order->place == ORDER_WAITING ? book_has_room(&exchange->state, order, true) : REASON_NONE;
    if (reason == REASON_NONE)
        reason = margin_check(&exchange->state, order->subaccount, &change);
    if (reason != REASON_NONE) {
        reduce_only_drop_waiting(exchange, row, reason);
        return;
    }
    if (order->place != ORDER_WAITING) {
        reduce_only_grow(exchange, row, lots);
        return;
    }
    order->place = ORDER_NOWHERE;
    state_position_detail(&exchange->state, order->position)->side[order->side].waiting -= lots;
    book_activate(exchange, row, lots);
    entry_send(exchange, row, ACTION_REFILL);
}

/* The position is gone or has turned: nothing is left to reduce. */
static void reduce_only_expire(struct exchange *exchange, uint32_t position, uint8_t side)
{
    uint32_t row = state_position_detail(&exchange->state, position)->orders;

    while (row != TABLE_NONE) {
        const struct order *order = order_row(&exchange->state, row);
        const uint32_t next = order->next_in_position;

        if (order->side == side && reduce_only_counts(order) && order->active == 0 && order->open > 0 &&
            !core_order_out(exchange, row))
            book_finish_order(exchange, row, REPORT_EXPIRED, REASON_REDUCE_ONLY_NOT_REDUCED);
        row = next;
    }
}

static void reduce_only_refill(struct exchange *exchange, uint32_t position, uint8_t side)
{
    while (state_position_detail(&exchange->state, position)->side[side].waiting > 0) {
        const int64_t room = reduce_only_room(&exchange->state, position, side);
        uint32_t row;
        int64_t lots;

        if (!reduce_only_closes(state_position(&exchange->state, position), side)) {
            reduce_only_expire(exchange, position, side);
            return;
        }
        row = reduce_only_oldest(exchange, position, side);
        if (room == 0 || row == TABLE_NONE)
            return;
        lots = order_row(&exchange->state, row)->open - order_row(&exchange->state, row)->active;
        if (core_order_out(exchange, row) || window_waits_order(exchange, order_row(&exchange->state, row)) ||
            !core_room(exchange, 8) || !core_take_derived(exchange, 1)) {
            reduce_only_changed(exchange, order_row(&exchange->state, row)->position);
            return;
        }
        reduce_only_refill_order(exchange, row, lots < room ? lots : room);
    }
}

void reduce_only_run(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;
    uint32_t row = totals->refills;

    totals->refills = TABLE_NONE;
    while (row != TABLE_NONE) {
        struct position_detail *detail = state_position_detail(&exchange->state, row);
        const uint32_t next = detail->next_refill;
        const bool out = core_subaccount_out(exchange, state_position(&exchange->state, row)->subaccount);

        detail->next_refill = TABLE_NONE;
        if (out) { /* an earlier derived command is not answered yet */
            reduce_only_changed(exchange, row);
        } else {
            reduce_only_refill(exchange, row, CARD_SIDE_BUY);
            reduce_only_refill(exchange, row, CARD_SIDE_SELL);
        }
        row = next == row ? TABLE_NONE : next;
    }
}
