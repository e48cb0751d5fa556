/* Replace and cancel of open orders. */
#include <string.h>

#include "liquidation.h"
#include "settlement.h"

static bool change_is_on_card(const struct order *order)
{
    return order->slot != TABLE_NONE && (order->place == ORDER_ON_CARD || order->place == ORDER_NOWHERE);
}

void change_cancel_order(struct exchange *exchange, uint32_t row, enum reason reason, uint32_t job)
{
    struct order *order = order_row(&exchange->state, row);
    struct action *action = core_add_action(exchange, ACTION_CANCEL, row);

    action->reason = (uint8_t)reason;
    action->job = job;
    core_mark_out(exchange, row, OUT_CANCEL);
    attached_leg_cancelled(exchange, row);
    if (change_is_on_card(order)) {
        const struct card_command command = core_command(CARD_CODE_CANCEL, order);

        core_add_command(exchange, action, &command);
    }
}

static void change_reduce(struct exchange *exchange, uint32_t row, int64_t total)
{
    struct order *order = order_row(&exchange->state, row);
    const int64_t amount = order->quantity - total, inactive = order->open - order->active;
    struct action *action = core_add_action(exchange, ACTION_REDUCE, row);

    action->lots = total;
    core_mark_out(exchange, row, OUT_REDUCE);
    /* What waits in the host goes first; the card hears of the rest only. */
    if (change_is_on_card(order) && amount > inactive) {
        struct card_command command = core_command(CARD_CODE_REDUCE, order);

        command.order.quantity = amount - inactive;
        core_add_command(exchange, action, &command);
    }
}

static uint32_t change_find(const struct exchange *exchange, const struct input_order_cancel *input)
{
    const struct state *state = &exchange->state;
    uint32_t row;

    if (input->order == 0)
        return input->header.user == TABLE_NONE ? TABLE_NONE
                                                : book_find_order(state, input->header.user, input->header.reference);
    row = book_order_by_id(state, input->order);
    if (row != TABLE_NONE && input->header.user != TABLE_NONE && order_row(state, row)->user != input->header.user)
        return TABLE_NONE;
    return row;
}

/* A number that is not known may be that of a replace which is out. */
static bool change_may_become_known(const struct exchange *exchange, uint32_t user, uint32_t reference)
{
    return exchange->user_out[user] == exchange->stamp && reference >= exchange->user_low[user];
}

enum verdict change_cancel(struct exchange *exchange, const struct input_order_cancel *input)
{
    const uint32_t row = change_find(exchange, input);
    enum reason reason = REASON_NONE;
    const struct order *order;

    if (row == TABLE_NONE) {
        if (change_may_become_known(exchange, input->header.user, input->header.reference))
            return VERDICT_CLOSE_BEFORE;
        core_report_refused(exchange, &input->header, REPORT_CANCEL_REJECTED, REASON_UNKNOWN_ORDER);
        return VERDICT_NEXT;
    }
    order = order_row(&exchange->state, row);
    if (core_order_out(exchange, row) & (OUT_REPLACE | OUT_REDUCE) ||
        (input->quantity && core_order_out(exchange, row)))
        return VERDICT_CLOSE_BEFORE;
    if (input->quantity < 0 ||
        (input->quantity > 0 && (input->quantity >= order->quantity ||
                                 order->flags & (INPUT_ORDER_PERCENT | INPUT_ORDER_QUOTE_QUANTITY))))
        reason = REASON_INVALID_QUANTITY;
    if (reason != REASON_NONE) {
        core_report_refused(exchange, &input->header, REPORT_CANCEL_REJECTED, reason);
        return VERDICT_NEXT;
    }
    if (input->quantity > order->filled)
        change_reduce(exchange, row, input->quantity);
    else
        change_cancel_order(exchange, row,
                            input->header.user == TABLE_NONE ? REASON_SUPERVISORY : REASON_USER_REQUEST, 0);
    if (input->header.user != TABLE_NONE) /* to be answered even if the order ends by itself before */
        exchange->actions[exchange->action_count - 1].input = &input->header;
    if (input->header.user == TABLE_NONE)
        core_report_answer(exchange, &input->header, REASON_NONE, order->id);
    return VERDICT_NEXT;
}

static enum reason change_check_fields(const struct exchange *exchange, const struct order *order,
                                       const struct input_order_replace *input)
{
    const struct market *market = state_market(&exchange->state, order->market);
    const bool post_only = input->flags & INPUT_ORDER_POST_ONLY;

    if (input->tif > CARD_TIF_FOK || input->flags & ~INPUT_ORDER_POST_ONLY ||
        (post_only && input->tif != CARD_TIF_GTC) ||
        order->flags & (INPUT_ORDER_PERCENT | INPUT_ORDER_QUOTE_QUANTITY))
        return REASON_BAD_COMMAND;
    if (input->tif != CARD_TIF_GTC && order->flags & INPUT_ORDER_REDUCE_ONLY)
        return REASON_BAD_COMMAND;
    if (order->flags & INPUT_ORDER_MARKET ? input->price != 0 : input->price == 0)
        return REASON_INVALID_PRICE;
    if (input->quantity < 1 || input->quantity < market->quantity_min ||
        input->quantity > (int64_t)CARD_QUANTITY_MAX ||
        (market->quantity_max && (uint64_t)input->quantity > market->quantity_max))
        return REASON_INVALID_QUANTITY;
    return REASON_NONE;
}

static enum reason change_check_sender(const struct exchange *exchange, const struct input_order_replace *input)
{
    enum reason reason = REASON_USER_PERMISSIONS;

    if (entry_may_trade(exchange, input->header.user))
        reason = entry_check_switches(exchange, input->header.user);
    if (reason == REASON_NONE &&
        input->header.reference <= state_user(&exchange->state, input->header.user)->last_reference)
        reason = REASON_DUPLICATE;
    return reason;
}

/* New values of an order that only the host holds. */
static void change_in_host(struct exchange *exchange, uint32_t row, const struct input_order_replace *input)
{
    struct order *order = order_row(&exchange->state, row);
    struct open_side *side = &state_position_detail(&exchange->state, order->position)->side[order->side];
    const uint32_t other = order->reference;
    const int64_t open = input->quantity - order->filled;
    struct report *report;

    if (reduce_only_counts(order))
        side->waiting += open - order->open;
    order->quantity = input->quantity;
    order->open = open;
    order->price = input->price;
    order->adverse_lot = 0; /* worked out when it is sent */
    order->tif = input->tif;
    order->flags = (uint8_t)((order->flags & ~INPUT_ORDER_POST_ONLY) | (input->flags & INPUT_ORDER_POST_ONLY));
    memcpy(order->client_id, input->client_id, sizeof order->client_id);
    book_set_reference(exchange, row, input->header.reference);
    report = core_report_order(exchange, row, REPORT_REPLACED, REASON_NONE);
    if (report)
        report->other = other;
    reduce_only_changed(exchange, order->position);
}

/* A parked order in place: smaller at the same price keeps its time. */
static void change_parked_in_place(struct exchange *exchange, uint32_t row, const struct input_order_replace *input)
{
    struct order *order = order_row(&exchange->state, row);
    const uint32_t other = order->reference;
    const int64_t cut = order->quantity - input->quantity;
    struct report *report;

    book_activate(exchange, row, -cut);
    order->open -= cut;
    order->quantity = input->quantity;
    memcpy(order->client_id, input->client_id, sizeof order->client_id);
    book_set_reference(exchange, row, input->header.reference);
    report = core_report_order(exchange, row, REPORT_REPLACED, REASON_NONE);
    if (report)
        report->other = other;
}

/* Active lots that the order would have afterwards. */
static int64_t change_active(const struct exchange *exchange, const struct order *order, int64_t open)
{
    int64_t most;

    if (!(order->flags & INPUT_ORDER_REDUCE_ONLY))
        return open;
    most = order->active + reduce_only_room(&exchange->state, order->position, order->side);
    return open < most ? open : most;
}

static enum reason change_check_margin(const struct exchange *exchange, const struct order *order,
                                       const struct order *after, int64_t lots)
{
    const struct market *market = state_market(&exchange->state, order->market);
    const wide notional = (wide)after->price * market->tick_lot_units * lots;
    const wide adverse = (wide)after->adverse_lot * lots;
    struct margin_change change, before;

    if (after->price == order->price && lots <= order->active)
        return REASON_NONE; /* in place: everything it locks gets smaller */
    if (notional > LIMIT_NOTIONAL_UNITS || adverse > (wide)LIMIT_NOTIONAL_UNITS * 256)
        return REASON_POSITION_LIMIT;
    change = entry_change(exchange, after, lots);
    change.orders = 0;
    before = entry_change(exchange, order, order->active);
    change.lots -= before.lots;
    change.notional -= before.notional;
    change.adverse -= before.adverse;
    return core_check_order(&exchange->state, order->subaccount, &change);
}

static void change_send(struct exchange *exchange, uint32_t row, const struct input_order_replace *input,
                        const struct order *after, int64_t lots)
{
    struct order *order = order_row(&exchange->state, row);
    const bool parked = order->place == ORDER_PARKED;
    struct action *action;
    struct card_command command;

    if (!(order->flags & INPUT_ORDER_REDUCE_ONLY) && lots > order->active)
        reduce_only_cut(exchange, order->position, order->side, lots - order->active);
    action = core_add_action(exchange, parked ? ACTION_REENTER : ACTION_REPLACE, row);
    action->input = &input->header;
    action->price = after->price;
    action->adverse_lot = after->adverse_lot;
    action->lots = lots - order->active;
    book_reserve(exchange, row, lots, after->price, after->adverse_lot);
    if (parked) {
        book_take_slot(exchange, row);
        command = core_command(CARD_CODE_NEW, order);
        command.order.price = after->price;
        command.order.owner = state_subaccount(&exchange->state, order->subaccount)->account;
        command.order.quantity = lots;
        command.flags = (uint16_t)(order->side << CARD_ORDER_SIDE_SHIFT);
    } else {
        command = core_command(CARD_CODE_REPLACE, order);
        command.new_generation = book_next_generation(exchange, row);
        command.order.new_price = after->price;
        command.order.quantity = lots - order->active;
    }
    command.flags |= (uint16_t)(input->tif << CARD_ORDER_TIF_SHIFT | order->stp << CARD_ORDER_STP_SHIFT |
                                (input->flags & INPUT_ORDER_POST_ONLY ? CARD_ORDER_POST_ONLY_MASK : 0));
    core_mark_out(exchange, row, OUT_REPLACE);
    if (exchange->user_out[input->header.user] != exchange->stamp) /* numbers only grow */
        exchange->user_low[input->header.user] = input->header.reference;
    exchange->user_out[input->header.user] = exchange->stamp;
    core_add_command(exchange, action, &command);
}

static enum reason change_apply(struct exchange *exchange, uint32_t row, const struct input_order_replace *input)
{
    struct order *order = order_row(&exchange->state, row);
    const int64_t open = input->quantity - order->filled;
    struct order after = *order;
    enum reason reason = change_check_fields(exchange, order, input);
    int64_t lots;

    if (reason != REASON_NONE)
        return reason;
    if (open <= 0) {
        change_cancel_order(exchange, row, REASON_USER_REQUEST, 0);
        exchange->actions[exchange->action_count - 1].input = &input->header;
        return REASON_NONE;
    }
    settlement_touch(exchange, order->subaccount);
    if (settlement_is_debtor(&exchange->state, order->subaccount))
        return REASON_NEGATIVE_EQUITY;
    if (liquidation_has_begun(&exchange->state, order->subaccount))
        return REASON_LIQUIDATION;
    if (!change_is_on_card(order) && order->place != ORDER_PARKED) {
        change_in_host(exchange, row, input);
        return REASON_NONE;
    }
    if (order->place == ORDER_PARKED && input->price == order->price && input->quantity <= order->quantity &&
        order->active == order->open) {
        change_parked_in_place(exchange, row, input);
        return REASON_NONE;
    }
    after.price = input->price;
    after.adverse_lot = margin_adverse_lot(state_market(&exchange->state, order->market), order->side, input->price);
    lots = change_active(exchange, order, open);
    if (window_waits(exchange, order->market, after.price) && (after.price != order->price || lots > order->active))
        reason = REASON_PRICE_OUT_OF_BOUNDS; /* nothing comes to rest there now */
    else if (order->place == ORDER_PARKED)
        reason = book_has_room(&exchange->state, order, true);
    if (reason == REASON_NONE)
        reason = change_check_margin(exchange, order, &after, lots);
    if (reason == REASON_NONE)
        change_send(exchange, row, input, &after, lots);
    return reason;
}

/* A replace may follow its order to the card in the same round: the card says StaleOrder if the order has ended or
 * parked by then. Reduce-only orders and those that are out otherwise have to be known exactly. */
static bool change_must_wait(const struct exchange *exchange, uint32_t row)
{
    const struct order *order = order_row(&exchange->state, row);
    const unsigned out = core_order_out(exchange, row);

    return out & ~(unsigned)OUT_NEW || (out && (!change_is_on_card(order) || order->flags & INPUT_ORDER_REDUCE_ONLY));
}

void change_retry(struct exchange *exchange, const struct input_order_replace *input)
{
    const uint32_t row = book_find_order(&exchange->state, input->header.user, input->existing);
    enum reason reason = REASON_UNKNOWN_ORDER;

    if (row != TABLE_NONE) {
        const struct order *order = order_row(&exchange->state, row);

        if (core_order_out(exchange, row) ||
            (exchange->action_count > 0 &&
             entry_cuts(exchange, order, input->quantity - order->filled - order->active))) {
            exchange->retries[exchange->retry_count++] = input; /* the next round */
            return;
        }
        reason = change_apply(exchange, row, input);
    }
    if (reason != REASON_NONE)
        core_report_refused(exchange, &input->header, REPORT_REJECTED, reason);
}

enum verdict change_replace(struct exchange *exchange, const struct input_order_replace *input)
{
    enum reason reason = change_check_sender(exchange, input);
    uint32_t row;

    if (reason == REASON_NONE) {
        row = book_find_order(&exchange->state, input->header.user, input->existing);
        if (row == TABLE_NONE) {
            if (change_may_become_known(exchange, input->header.user, input->existing))
                return VERDICT_CLOSE_BEFORE;
            reason = REASON_UNKNOWN_ORDER;
        } else {
            const struct order *order = order_row(&exchange->state, row);
            const bool out = core_subaccount_out(exchange, order->subaccount);
            const struct position_detail *position = state_position_detail(&exchange->state, order->position);

            if (change_must_wait(exchange, row) ||
                (out && (order->flags & INPUT_ORDER_REDUCE_ONLY || position->side[order->side].reduce_lots)) ||
                (exchange->action_count > 0 &&
                 entry_cuts(exchange, order, input->quantity - order->filled - order->active)))
                return VERDICT_CLOSE_BEFORE;
            reason = change_apply(exchange, row, input);
            if (reason != REASON_NONE && out)
                return VERDICT_CLOSE_BEFORE;
        }
        state_user(&exchange->state, input->header.user)->last_reference = input->header.reference;
    }
    if (reason != REASON_NONE)
        core_report_refused(exchange, &input->header, REPORT_REJECTED, reason);
    return VERDICT_NEXT;
}
