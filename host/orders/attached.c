/* Take-profit and stop-loss attached to an order: trigger orders ("legs") that are made and grow as it fills. */
#include <string.h>

#include "core.h"

enum { TAKE_PROFIT, STOP_LOSS };

static bool attached_is_leg(const struct order *order)
{
    return order->parent_reference != 0; /* whoever has legs has a number, and legs have none attached */
}

static bool attached_is_sound(const struct input_attached *attached)
{
    return attached->by <= INPUT_BY_LAST && (attached->by || (!attached->trigger && !attached->limit)) &&
           !attached->reserved[0] && !attached->reserved[1] && !attached->reserved[2] && !attached->reserved2;
}

/* At or above: where a leg waits for the price to rise. */
static bool attached_rises(uint8_t parent_side, unsigned which)
{
    return (parent_side == CARD_SIDE_BUY) == (which == TAKE_PROFIT);
}

enum reason attached_check(const struct exchange *exchange, const struct order *model,
                           const struct input_order_extra *extra)
{
    const struct input_attached *attached[2] = { &extra->take_profit, &extra->stop_loss };
    uint64_t reference = (uint64_t)model->price * CARD_FIXED_ONE;

    if (!attached_is_sound(attached[0]) || !attached_is_sound(attached[1]))
        return REASON_BAD_COMMAND;
    if (!attached[0]->by && !attached[1]->by)
        return REASON_NONE;
    if (model->flags & (INPUT_ORDER_REDUCE_ONLY | INPUT_ORDER_PERCENT))
        return REASON_BAD_COMMAND; /* it opens nothing that could be protected */
    if (model->flags & INPUT_ORDER_MARKET)
        reference = model->trigger_by ? (uint64_t)model->trigger_price * CARD_FIXED_ONE
                                      : state_market(&exchange->state, model->market)->mark;
    if (reference == 0)
        return REASON_NO_PRICE;
    for (unsigned which = TAKE_PROFIT; which <= STOP_LOSS; which++) {
        const uint64_t trigger = (uint64_t)attached[which]->trigger * CARD_FIXED_ONE;

        if (attached[which]->by && (trigger == 0 || trigger == reference ||
                                    (trigger > reference) != attached_rises(model->side, which)))
            return REASON_INVALID_PRICE;
    }
    return REASON_NONE;
}

void attached_keep(struct exchange *exchange, uint32_t row, const struct input_order_extra *extra)
{
    struct order *order = order_row(&exchange->state, row);

    order->attach[TAKE_PROFIT] = extra->take_profit;
    order->attach[STOP_LOSS] = extra->stop_loss;
}

/* It cancels what it meets of its own account: nothing of one's own, the parent least of all, may stop a stop-loss. */
static struct order attached_model(const struct exchange *exchange, const struct order *parent, unsigned which,
                                   int64_t lots)
{
    const struct input_attached *attached = &parent->attach[which];
    struct order leg = { .user = parent->user, .subaccount = parent->subaccount, .position = parent->position,
                         .market = parent->market, .side = CARD_SIDE_SELL - parent->side, .stp = CARD_STP_REJECT_MAKER,
                         .tif = CARD_TIF_GTC, .price = attached->limit, .trigger_by = attached->by,
                         .trigger_when = INPUT_AT_OR_BELOW, .trigger_price = attached->trigger, .quantity = lots,
                         .open = lots, .parent_reference = parent->reference };

    if (attached_rises(parent->side, which))
        leg.trigger_when = INPUT_AT_OR_ABOVE;
    if (attached->limit == 0) {
        leg.flags |= INPUT_ORDER_MARKET;
        leg.tif = CARD_TIF_IOC;
    }
    if (state_market(&exchange->state, parent->market)->kind == MARKET_PERPETUAL)
        leg.flags |= INPUT_ORDER_REDUCE_ONLY;
    memcpy(leg.client_id, parent->client_id, sizeof leg.client_id);
    return leg;
}

/* Where there is no room for it the user hears, with each fill that stays without it. */
static void attached_make_leg(struct exchange *exchange, uint32_t parent, unsigned which, int64_t lots)
{
    struct order *order = order_row(&exchange->state, parent), *leg;
    const struct order model = attached_model(exchange, order, which, lots);
    const uint32_t other = order->attached[which ^ 1];
    uint32_t row;

    if (state_position_detail(&exchange->state, order->position)->stops >= LIMIT_STOPS_PER_POSITION ||
        book_is_full(&exchange->state)) {
        core_report_order(exchange, parent, REPORT_RESTATED,
                          book_is_full(&exchange->state) ? REASON_CAPACITY : REASON_MAX_STOP_ORDERS);
        return;
    }
    row = book_create_order(exchange, &model);
    leg = order_row(&exchange->state, row);
    leg->parent = parent;
    leg->attached[0] = other;
    if (other != TABLE_NONE)
        order_row(&exchange->state, other)->attached[0] = row;
    order->attached[which] = row;
    trigger_enter(exchange, row);
    core_report_order(exchange, row, REPORT_ACCEPTED, REASON_NONE);
}

static void attached_grow(struct exchange *exchange, uint32_t parent, int64_t lots)
{
    const struct order *order = order_row(&exchange->state, parent);

    for (unsigned which = TAKE_PROFIT; which <= STOP_LOSS; which++) {
        const uint32_t row = order->attached[which];

        if (!order->attach[which].by)
            continue;
        if (row == TABLE_NONE) {
            attached_make_leg(exchange, parent, which, lots);
            continue;
        }
        order_row(&exchange->state, row)->quantity += lots;
        order_row(&exchange->state, row)->open += lots;
        core_report_order(exchange, row, REPORT_RESTATED, REASON_NONE);
    }
}

/* The fill has closed or turned the position: what waits to reduce it has nothing to reduce. Orders that have something
 * out are left; they would fail when triggered. */
static void attached_sweep(struct exchange *exchange, uint32_t number)
{
    const struct position *position = state_position(&exchange->state, number);
    uint32_t row = state_position_detail(&exchange->state, number)->orders;

    while (row != TABLE_NONE) {
        const struct order *order = order_row(&exchange->state, row);
        const uint32_t next = order->next_in_position;
        const bool closes = position->quantity != 0 && (position->quantity > 0) == (order->side == CARD_SIDE_SELL);

        if (order->place == ORDER_TRIGGER && order->flags & INPUT_ORDER_REDUCE_ONLY && !closes &&
            !core_order_out(exchange, row))
            book_finish_order(exchange, row, REPORT_EXPIRED, REASON_STOP_WITHOUT_POSITION);
        row = next;
    }
}

void attached_position_changed(struct exchange *exchange, uint32_t row, int64_t before)
{
    const struct position *position = state_position(&exchange->state, row);

    if (before != 0 && (position->quantity == 0 || (position->quantity > 0) != (before > 0)) &&
        state_position_detail(&exchange->state, row)->stops)
        attached_sweep(exchange, row);
}

void attached_order_filled(struct exchange *exchange, uint32_t row, int64_t lots)
{
    const struct order *order = order_row(&exchange->state, row);
    const struct position *position = state_position(&exchange->state, order->position);

    attached_position_changed(exchange, order->position,
                              order->side == CARD_SIDE_BUY ? position->quantity - lots : position->quantity + lots);
    if (order->attach[TAKE_PROFIT].by || order->attach[STOP_LOSS].by)
        attached_grow(exchange, row, lots);
}

static void attached_unlink_leg(struct exchange *exchange, uint32_t row)
{
    struct order *leg = order_row(&exchange->state, row);

    if (leg->parent != TABLE_NONE) {
        struct order *parent = order_row(&exchange->state, leg->parent);

        parent->attached[parent->attached[STOP_LOSS] == row] = TABLE_NONE;
    }
    if (leg->attached[0] != TABLE_NONE)
        order_row(&exchange->state, leg->attached[0])->attached[0] = TABLE_NONE;
    leg->parent = leg->attached[0] = TABLE_NONE;
}

void attached_leg_triggered(struct exchange *exchange, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);
    const uint32_t other = order->attached[0];

    if (!attached_is_leg(order))
        return;
    attached_unlink_leg(exchange, row);
    if (other != TABLE_NONE)
        book_finish_order(exchange, other, REPORT_CANCELLED, REASON_OTHER_LEG);
}

void attached_leg_cancelled(struct exchange *exchange, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);

    if (attached_is_leg(order) && order->parent != TABLE_NONE) {
        struct order *parent = order_row(&exchange->state, order->parent);

        parent->attach[parent->attached[STOP_LOSS] == row] = (struct input_attached){ 0 };
    }
}

void attached_order_ended(struct exchange *exchange, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);

    if (attached_is_leg(order)) {
        attached_unlink_leg(exchange, row);
        return;
    }
    for (unsigned which = TAKE_PROFIT; which <= STOP_LOSS; which++)
        if (order->attached[which] != TABLE_NONE)
            order_row(&exchange->state, order->attached[which])->parent = TABLE_NONE;
}
