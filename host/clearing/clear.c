/* What the card answered, applied to orders, positions and money, in command order. */
#include <string.h>

#include "liquidation.h"

static enum reason clear_reason(unsigned card_reason)
{
    switch ((enum card_reason)card_reason) {
    case CARD_REASON_NONE:
    case CARD_REASON_REPLACED:
    case CARD_REASON_PULLED:
        return REASON_NONE;
    case CARD_REASON_FILL_OR_KILL:
        return REASON_FILL_OR_KILL;
    case CARD_REASON_IMMEDIATE_OR_CANCEL:
        return REASON_IMMEDIATE_OR_CANCEL;
    case CARD_REASON_INSUFFICIENT_LIQUIDITY:
        return REASON_INSUFFICIENT_LIQUIDITY;
    case CARD_REASON_INVALID_PRICE:
        return REASON_INVALID_PRICE;
    case CARD_REASON_INVALID_QUANTITY:
        return REASON_INVALID_QUANTITY;
    case CARD_REASON_PRICE_OUT_OF_BOUNDS:
        return REASON_PRICE_OUT_OF_BOUNDS;
    case CARD_REASON_PRICE_IMPACT:
        return REASON_PRICE_IMPACT;
    case CARD_REASON_POST_ONLY_TAKER:
        return REASON_POST_ONLY_TAKER;
    case CARD_REASON_POST_ONLY_MODE:
        return REASON_POST_ONLY_MODE;
    case CARD_REASON_SELF_TRADE:
        return REASON_SELF_TRADE;
    case CARD_REASON_BAD_COMMAND:
        return REASON_BAD_COMMAND;
    case CARD_REASON_SLOT_IN_USE:
        return REASON_SLOT_IN_USE;
    case CARD_REASON_STALE_ORDER:
        return REASON_STALE_ORDER;
    case CARD_REASON_MARKET_STATE:
        return REASON_MARKET_STATE;
    }
    return REASON_BAD_COMMAND;
}

static void clear_unexpected(struct exchange *exchange, const struct action *action, const struct card_event *event)
{
    core_fail(exchange, EXCHANGE_VIOLATION, "batch %lu: action %u (order %lu) met event kind %lu, reason %lu",
              (unsigned long)exchange->state.t->batch, action->kind, (unsigned long)action->id,
              (unsigned long)card_event_kind(event), (unsigned long)card_event_reason(event));
}

/* Whether the order of an action is still the one it was. */
static bool clear_order_lives(const struct exchange *exchange, const struct action *action)
{
    return action->order != TABLE_NONE && order_row(&exchange->state, action->order)->id == action->id;
}

static void clear_accepted(struct exchange *exchange, const struct action *action)
{
    if (action->begun)
        return;
    if (action->kind == ACTION_NEW)
        core_report_order(exchange, action->order, REPORT_ACCEPTED, REASON_NONE);
    if (action->kind == ACTION_REFILL)
        core_report_order(exchange, action->order, REPORT_RESTATED, REASON_NONE);
}

/* Ends an order that was to be taken out, on the card or in the host. */
static void clear_taken_out(struct exchange *exchange, const struct action *action)
{
    const bool cancelled = action->kind == ACTION_CANCEL && action->reason != REASON_TIME_EXPIRED;

    if (action->job != TABLE_NONE)
        ((struct job *)table_row(&exchange->state.jobs, action->job))->cancelled++;
    book_finish_order(exchange, action->order, cancelled ? REPORT_CANCELLED : REPORT_EXPIRED,
                      (enum reason)action->reason);
}

/* --- the host's own actions --- */

static void clear_host_cut(struct exchange *exchange, struct action *action, int64_t lots)
{
    struct order *order = order_row(&exchange->state, action->order);

    if (lots > order->active)
        lots = order->active;
    state_position_detail(&exchange->state, order->position)->side[order->side].waiting += lots;
    book_activate(exchange, action->order, -lots);
    if (order->active == 0) {
        if (order->place == ORDER_PARKED)
            book_unpark(exchange, action->order);
        if (order->slot != TABLE_NONE)
            book_give_slot(exchange, action->order);
        order->place = ORDER_WAITING;
    }
    core_report_order(exchange, action->order, REPORT_RESTATED, REASON_REDUCE_ONLY_NOT_REDUCED);
}

/* Down to `action->lots` in all; `gone`: what the card took off. */
static void clear_reduced_by_user(struct exchange *exchange, struct action *action, int64_t gone)
{
    struct order *order = order_row(&exchange->state, action->order);
    int64_t amount = order->quantity - action->lots, inactive = order->open - order->active, waits;
    struct report *report;

    if (amount >= order->open) {
        book_finish_order(exchange, action->order, REPORT_CANCELLED, REASON_USER_REQUEST);
        return;
    }
    waits = amount - gone < inactive ? amount - gone : inactive;
    if (reduce_only_counts(order))
        state_position_detail(&exchange->state, order->position)->side[order->side].waiting -= waits;
    if (order->slot == TABLE_NONE && order->active > 0) /* parked: nobody else has taken it off */
        gone = amount - waits;
    if (gone > 0)
        book_activate(exchange, action->order, -gone);
    order->open -= waits + gone;
    order->quantity = action->lots;
    if (order->slot != TABLE_NONE && order->active == 0) {
        book_give_slot(exchange, action->order);
        order->place = ORDER_WAITING;
    }
    report = core_report_order(exchange, action->order, REPORT_CANCELLED, REASON_USER_REQUEST);
    if (report)
        report->quantity = waits + gone;
}

/* What a user wanted to cancel has ended by itself, which has been reported; the request is answered all the same. */
static void clear_too_late(struct exchange *exchange, const struct action *action)
{
    if (action->input != NULL)
        core_report_refused(exchange, action->input, action->input->kind == INPUT_ORDER_REPLACE
                                                          ? REPORT_REJECTED : REPORT_CANCEL_REJECTED,
                            REASON_UNKNOWN_ORDER);
}

void clear_host_action(struct exchange *exchange, struct action *action)
{
    if (!clear_order_lives(exchange, action)) {
        clear_too_late(exchange, action);
        return;
    }
    switch ((enum action_kind)action->kind) {
    case ACTION_NEW:
        core_report_order(exchange, action->order, REPORT_ACCEPTED, (enum reason)action->reason);
        break;
    case ACTION_TRIGGERED:
    case ACTION_REFILL:
        core_report_order(exchange, action->order, REPORT_RESTATED, (enum reason)action->reason);
        break;
    case ACTION_CANCEL:
    case ACTION_DROP:
        clear_taken_out(exchange, action);
        break;
    case ACTION_REDUCE:
        clear_reduced_by_user(exchange, action, 0);
        break;
    case ACTION_CUT:
        clear_host_cut(exchange, action, action->lots);
        break;
    default:
        check(false);
    }
}

/* --- rejections --- */

static void clear_replace_rejected(struct exchange *exchange, struct action *action, enum reason reason)
{
    if (clear_order_lives(exchange, action)) {
        book_release_reserve(exchange, action->order);
        if (action->kind == ACTION_REPLACE && reason == REASON_STALE_ORDER &&
            order_row(&exchange->state, action->order)->place == ORDER_PARKED) {
            exchange->retries[exchange->retry_count++] = (const void *)action->input;
            return;
        }
        if (action->kind == ACTION_REENTER)
            book_give_slot(exchange, action->order);
        if (action->kind == ACTION_GROW && reason != REASON_STALE_ORDER)
            reduce_only_drop_waiting(exchange, action->order, reason);
    }
    if (action->kind == ACTION_GROW)
        return;
    if (reason == REASON_STALE_ORDER)
        reason = REASON_UNKNOWN_ORDER;
    core_report_refused(exchange, action->input, REPORT_REJECTED, reason);
}

/* A cancel or cut that found nothing on the card: the order parked, or went before it. */
static void clear_stale(struct exchange *exchange, struct action *action)
{
    const struct order *order = order_row(&exchange->state, action->order);

    if (!clear_order_lives(exchange, action)) {
        clear_too_late(exchange, action);
        return;
    }
    /* A cancel behind another cancel of the same order can't be: OUT_CANCEL. So it is in the host. */
    check(order->slot == TABLE_NONE);
    clear_host_action(exchange, action);
}

static void clear_rejected(struct exchange *exchange, struct action *action, const struct card_event *event)
{
    const enum reason reason = clear_reason((unsigned)card_event_reason(event));

    switch ((enum action_kind)action->kind) {
    case ACTION_NEW: {
        struct report *report = core_report_order(exchange, action->order, REPORT_REJECTED, reason);

        if (report)
            report->open = 0;
        if (order_row(&exchange->state, action->order)->own == OWN_LIQUIDATION)
            liquidation_order_ended(exchange, order_row(&exchange->state, action->order), reason);
        book_release_order(exchange, action->order);
        book_end_order(exchange, action->order);
        break;
    }
    case ACTION_TRIGGERED:
    case ACTION_REFILL:
        book_finish_order(exchange, action->order, REPORT_EXPIRED, reason);
        break;
    case ACTION_REPLACE:
    case ACTION_REENTER:
    case ACTION_GROW:
        clear_replace_rejected(exchange, action, reason);
        break;
    case ACTION_CANCEL:
    case ACTION_REDUCE:
    case ACTION_CUT:
    case ACTION_LEAVE:
    case ACTION_DROP:
        if (reason != REASON_STALE_ORDER)
            clear_unexpected(exchange, action, event);
        else
            clear_stale(exchange, action);
        break;
    case ACTION_PLACE:
    case ACTION_CONTROL:
    case ACTION_DIGEST:
        clear_unexpected(exchange, action, event);
        break;
    }
}

/* --- orders that leave, shrink or rest --- */

/* New values of a replaced order; `active` is what the card has open now. */
static void clear_replaced(struct exchange *exchange, struct action *action, int64_t active)
{
    struct order *order = order_row(&exchange->state, action->order);
    const struct input_order_replace *input = (const void *)action->input;
    const uint32_t other = order->reference;
    const int64_t inactive = order->open - order->active;
    struct open_side *side = &state_position_detail(&exchange->state, order->position)->side[order->side];
    struct report *report;

    book_release_reserve(exchange, action->order);
    book_activate(exchange, action->order, -order->active);
    if (order->place == ORDER_PARKED)
        book_unpark(exchange, action->order);
    order->price = action->price;
    book_note_price(exchange, action->order);
    order->adverse_lot = action->adverse_lot;
    order->generation = (uint8_t)((struct slot *)table_row(&exchange->state.slots, order->slot))->generation;
    if (action->kind == ACTION_GROW) {
        side->waiting -= action->lots;
    } else {
        order->quantity = input->quantity;
        if (reduce_only_counts(order)) {
            side->waiting -= inactive;
            order->open = order->quantity - order->filled;
            side->waiting += order->open - active;
        }
        order->tif = input->tif;
        order->flags = (uint8_t)((order->flags & ~INPUT_ORDER_POST_ONLY) | (input->flags & INPUT_ORDER_POST_ONLY));
        memcpy(order->client_id, input->client_id, sizeof order->client_id);
        book_set_reference(exchange, action->order, input->header.reference);
    }
    if (!(order->flags & INPUT_ORDER_REDUCE_ONLY))
        order->open = active;
    book_activate(exchange, action->order, active);
    report = core_report_order(exchange, action->order,
                               action->kind == ACTION_GROW ? REPORT_RESTATED : REPORT_REPLACED, REASON_NONE);
    if (report && action->kind != ACTION_GROW)
        report->other = other;
}

static void clear_maker_cancelled(struct exchange *exchange, uint32_t row, enum reason reason)
{
    order_row(&exchange->state, row)->place = ORDER_NOWHERE;
    book_finish_order(exchange, row, REPORT_CANCELLED, reason);
}

static void clear_removed(struct exchange *exchange, struct action *action, const struct card_event *event)
{
    const uint32_t row = book_order_in_slot(&exchange->state, (uint32_t)card_event_maker_slot(event) + 1);
    struct order *order;

    if (row == TABLE_NONE) {
        clear_unexpected(exchange, action, event);
        return;
    }
    order = order_row(&exchange->state, row);
    if (card_event_reason(event) == CARD_REASON_SELF_TRADE) {
        clear_accepted(exchange, action);
        clear_maker_cancelled(exchange, row, REASON_SELF_TRADE);
        return;
    }
    if (row != action->order || (int64_t)card_event_quantity(event) > order->active) {
        clear_unexpected(exchange, action, event);
        return;
    }
    switch ((enum action_kind)action->kind) {
    case ACTION_REPLACE:
    case ACTION_GROW:
        if (card_event_reason(event) == CARD_REASON_REPLACED)
            clear_replaced(exchange, action, (int64_t)card_event_taker_remaining(event));
        else /* filled meanwhile as far as the new quantity goes */
            clear_maker_cancelled(exchange, row, REASON_USER_REQUEST);
        break;
    case ACTION_CANCEL:
    case ACTION_DROP:
        order->place = ORDER_NOWHERE;
        clear_taken_out(exchange, action);
        break;
    case ACTION_LEAVE:
        book_give_slot(exchange, row);
        book_park(exchange, row);
        break;
    case ACTION_REDUCE:
        clear_reduced_by_user(exchange, action, order->active);
        break;
    case ACTION_CUT:
        clear_host_cut(exchange, action, order->active);
        break;
    default:
        clear_unexpected(exchange, action, event);
    }
}

static void clear_reduced(struct exchange *exchange, struct action *action, const struct card_event *event)
{
    if (!clear_order_lives(exchange, action)) {
        clear_unexpected(exchange, action, event);
        return;
    }
    if (action->kind == ACTION_REPLACE || action->kind == ACTION_GROW)
        clear_replaced(exchange, action, (int64_t)card_event_maker_remaining(event));
    else if (action->kind == ACTION_REDUCE)
        clear_reduced_by_user(exchange, action, (int64_t)card_event_quantity(event));
    else if (action->kind == ACTION_CUT)
        clear_host_cut(exchange, action, (int64_t)card_event_quantity(event));
    else
        clear_unexpected(exchange, action, event);
}

/* A parked order that is entered again under new values is replaced at the first event that does not refuse it. */
static void clear_entered(struct exchange *exchange, struct action *action, int64_t active)
{
    if (action->kind == ACTION_REENTER && !action->begun)
        clear_replaced(exchange, action, active);
    else
        clear_accepted(exchange, action);
}

static void clear_rested(struct exchange *exchange, struct action *action, const struct card_event *event)
{
    struct order *order = order_row(&exchange->state, action->order);

    clear_entered(exchange, action, (int64_t)card_event_quantity(event));
    if (order->active != (int64_t)card_event_quantity(event)) {
        clear_unexpected(exchange, action, event);
        return;
    }
    order->place = ORDER_ON_CARD;
    if (action->kind != ACTION_PLACE)
        order->priority = exchange->state.t->next_priority++;
}

static void clear_parked(struct exchange *exchange, struct action *action, const struct card_event *event)
{
    struct order *order = order_row(&exchange->state, action->order);

    clear_entered(exchange, action, (int64_t)card_event_quantity(event));
    if (order->active != (int64_t)card_event_quantity(event)) {
        clear_unexpected(exchange, action, event);
        return;
    }
    book_give_slot(exchange, action->order);
    order->priority = exchange->state.t->next_priority++;
    book_park(exchange, action->order);
}

static void clear_expired(struct exchange *exchange, struct action *action, const struct card_event *event)
{
    struct order *order = order_row(&exchange->state, action->order);
    enum reason reason = clear_reason((unsigned)card_event_reason(event));

    clear_entered(exchange, action, (int64_t)card_event_quantity(event));
    if (order->active != (int64_t)card_event_quantity(event)) {
        clear_unexpected(exchange, action, event);
        return;
    }
    if (reason == REASON_IMMEDIATE_OR_CANCEL && order->slippage && !(order->flags & INPUT_ORDER_QUOTE_QUANTITY))
        reason = REASON_SLIPPAGE_EXCEEDED;
    if (order->flags & INPUT_ORDER_QUOTE_QUANTITY)
        reason = quote_end_reason(exchange, order, reason);
    order->place = ORDER_NOWHERE;
    book_finish_order(exchange, action->order, REPORT_EXPIRED, reason);
}

static void clear_touch(struct exchange *exchange, const struct card_event *event)
{
    const uint32_t market = (uint32_t)card_event_market(event);

    if (!card_event_level_valid(event))
        return;
    state_market(&exchange->state, market + 1)->best[card_event_side(event)] =
        card_event_best_valid(event) ? (uint32_t)card_event_best_price(event) : 0;
    levels_put(&exchange->levels[market], (uint32_t)card_event_price(event), card_event_aggregate(event));
}

void clear_event(struct exchange *exchange, struct action *action, const struct card_event *event)
{
    clear_touch(exchange, event);
    switch ((enum card_kind)card_event_kind(event)) {
    case CARD_KIND_REJECTED:
        clear_rejected(exchange, action, event);
        break;
    case CARD_KIND_FILL:
        clear_entered(exchange, action, (int64_t)(card_event_quantity(event) + card_event_taker_remaining(event)));
        fill_clear(exchange, action, event);
        break;
    case CARD_KIND_REMOVED:
        if (action->kind == ACTION_REENTER && !action->begun)
            clear_replaced(exchange, action, (int64_t)card_event_taker_remaining(event));
        clear_removed(exchange, action, event);
        break;
    case CARD_KIND_REDUCED:
        clear_reduced(exchange, action, event);
        break;
    case CARD_KIND_RESTED:
        clear_rested(exchange, action, event);
        break;
    case CARD_KIND_PARKED:
        clear_parked(exchange, action, event);
        break;
    case CARD_KIND_EXPIRED:
        clear_expired(exchange, action, event);
        break;
    case CARD_KIND_DONE:
        if (action->kind != ACTION_CONTROL)
            clear_unexpected(exchange, action, event);
        break;
    case CARD_KIND_DATA:
        if (action->kind != ACTION_DIGEST)
            clear_unexpected(exchange, action, event);
        exchange->digest = event->word[3];
        break;
    case CARD_KIND_NONE:
        clear_unexpected(exchange, action, event);
    }
}
