/* New orders: from a record to a card command, or a refusal. */
#include <string.h>

#include "liquidation.h"
#include "settlement.h"

/* Fields that are wrong whatever the state is. */
static enum reason entry_check_fields(const struct input_order_new *input, const struct input_order_extra *extra)
{
    const unsigned flags = input->flags;
    const bool market = flags & INPUT_ORDER_MARKET, post_only = flags & INPUT_ORDER_POST_ONLY;
    const bool trigger = extra && extra->trigger_by;

    if (flags & ~INPUT_ORDER_FLAGS || input->reserved || input->reserved2 || input->side > CARD_SIDE_SELL ||
        input->tif > CARD_TIF_FOK || input->stp > CARD_STP_REJECT_BOTH)
        return REASON_BAD_COMMAND;
    if ((market && (post_only || input->tif == CARD_TIF_GTC)) || (post_only && input->tif != CARD_TIF_GTC))
        return REASON_BAD_COMMAND;
    if ((flags & INPUT_ORDER_QUOTE_QUANTITY && (!market || flags & INPUT_ORDER_REDUCE_ONLY || trigger)) ||
        (flags & INPUT_ORDER_PERCENT && !trigger))
        return REASON_BAD_COMMAND;
    if (extra && (extra->trigger_by > INPUT_BY_LAST || extra->trigger_when > INPUT_AT_OR_BELOW ||
                  !extra->trigger_by != !extra->trigger_when || (!trigger && extra->trigger_price) ||
                  (extra->slippage && !market) || extra->slippage > 10000))
        return REASON_BAD_COMMAND;
    if (market ? input->price != 0 : input->price == 0)
        return REASON_INVALID_PRICE;
    if (trigger && extra->trigger_price == 0)
        return REASON_INVALID_PRICE;
    return REASON_NONE;
}

static enum reason entry_check_quantity(const struct market *market, const struct order *model)
{
    if (model->flags & INPUT_ORDER_PERCENT)
        return model->quantity >= 1 && model->quantity <= 1000000 ? REASON_NONE : REASON_INVALID_QUANTITY;
    if (model->flags & INPUT_ORDER_QUOTE_QUANTITY)
        return model->quantity >= 1 && model->quantity <= LIMIT_NOTIONAL_UNITS ? REASON_NONE
                                                                                : REASON_INVALID_QUANTITY;
    if (model->quantity < 1 || model->quantity < market->quantity_min || model->quantity > (int64_t)CARD_QUANTITY_MAX ||
        (market->quantity_max && (uint64_t)model->quantity > market->quantity_max))
        return REASON_INVALID_QUANTITY;
    return REASON_NONE;
}

bool entry_may_trade(const struct exchange *exchange, uint32_t user)
{
    return user != TABLE_NONE && user < exchange->state.users.used &&
           state_user(&exchange->state, user)->flags & USER_TRADE;
}

enum reason entry_check_switches(const struct exchange *exchange, uint32_t user)
{
    const struct state *state = &exchange->state;
    const struct account *account = state_account(state, state_user(state, user)->account);

    if (state_user(state, user)->flags & USER_KILLED || account->flags & ACCOUNT_KILLED || state->t->venue_killed)
        return REASON_KILL_SWITCH;
    if (account->flags & ACCOUNT_SUSPENDED)
        return REASON_TRADING_SUSPENDED;
    return state->t->refuse_orders ? REASON_ORDERS_REFUSED : REASON_NONE;
}

/* Who it comes from, and whether they may. */
static enum reason entry_check_sender(const struct exchange *exchange, const struct input_order_new *input)
{
    const struct state *state = &exchange->state;
    const struct input_header *header = &input->header;

    if (!entry_may_trade(exchange, header->user))
        return REASON_USER_PERMISSIONS;
    if (header->subaccount < SYSTEM_SUBACCOUNTS || header->subaccount >= state->subaccounts.used ||
        state_subaccount(state, header->subaccount)->account != state_user(state, header->user)->account)
        return REASON_UNKNOWN_ACCOUNT;
    return entry_check_switches(exchange, header->user);
}

/* The price that it is margined at: the limit, or the worst that a market order can get. */
static enum reason entry_set_price(const struct exchange *exchange, struct order *model)
{
    const struct market *market = state_market(&exchange->state, model->market);
    const uint8_t other = state_other_side(model->side);

    if (model->flags & INPUT_ORDER_QUOTE_QUANTITY) {
        const enum reason reason = quote_set_price(exchange, model);

        if (reason != REASON_NONE)
            return reason;
    } else if (model->flags & INPUT_ORDER_MARKET) {
        model->price = margin_worst_price(market, model->side);
        if (model->price == 0)
            return REASON_NO_PRICE;
        if (model->slippage) {
            const uint64_t touch = market->best[other];
            uint64_t bound;

            if (touch == 0)
                return REASON_INSUFFICIENT_LIQUIDITY;
            bound = model->side == CARD_SIDE_BUY ? touch * (10000u + model->slippage) / 10000
                                                 : (touch * (10000u - model->slippage) + 9999) / 10000;
            if (bound == 0 || bound > CARD_PRICE_MAX)
                bound = model->side == CARD_SIDE_BUY ? CARD_PRICE_MAX : 1;
            model->price = (uint32_t)bound;
        }
    }
    model->adverse_lot = margin_adverse_lot(market, model->side, model->price);
    return REASON_NONE;
}

/* Sums that 64 bits hold, whatever else the side has: then they can be compared without overflow. */
static enum reason entry_check_size(const struct exchange *exchange, const struct order *model, int64_t lots)
{
    const struct market *market = state_market(&exchange->state, model->market);
    const wide notional = (wide)model->price * market->tick_lot_units * lots;
    const wide adverse = (wide)model->adverse_lot * lots;

    return notional > LIMIT_NOTIONAL_UNITS || adverse > (wide)LIMIT_NOTIONAL_UNITS * 256 ? REASON_POSITION_LIMIT
                                                                                         : REASON_NONE;
}

struct margin_change entry_change(const struct exchange *exchange, const struct order *order, int64_t lots)
{
    const struct market *market = state_market(&exchange->state, order->market);

    return (struct margin_change){ .position = order->position, .market = order->market, .side = order->side,
                                   .reduce_only = order->flags & INPUT_ORDER_REDUCE_ONLY,
                                   .orders = lots > 0 && order->active == 0, .lots = lots,
                                   .notional = lots * (int64_t)(order->price * market->tick_lot_units),
                                   .adverse = lots * order->adverse_lot };
}

/* How much of it may be active: all of it, or what a reduce-only order finds room for. */
static enum reason entry_active_lots(const struct exchange *exchange, struct order *model, int64_t *lots)
{
    const struct position none = { 0 };
    const struct position *position =
        model->position ? state_position(&exchange->state, model->position) : &none;
    int64_t room;

    *lots = model->open;
    if (!(model->flags & INPUT_ORDER_REDUCE_ONLY))
        return REASON_NONE;
    if (position->quantity == 0 || (position->quantity > 0) != (model->side == CARD_SIDE_SELL))
        return REASON_REDUCE_ONLY_NOT_REDUCED;
    room = reduce_only_room(&exchange->state, model->position, model->side);
    if (room < *lots)
        *lots = room;
    if (*lots == 0 && model->tif != CARD_TIF_GTC)
        return REASON_REDUCE_ONLY_NOT_REDUCED;
    return REASON_NONE;
}

/* Everything that depends on the state but the card's own checks. */
static enum reason entry_check_state(const struct exchange *exchange, struct order *model, int64_t *lots)
{
    const struct market *market = state_market(&exchange->state, model->market);
    struct margin_change change;
    enum reason reason = market->flags & MARKET_DELISTED ? REASON_DELISTED : entry_set_price(exchange, model);

    if (reason == REASON_NONE)
        reason = entry_active_lots(exchange, model, lots);
    if (reason == REASON_NONE)
        reason = entry_check_size(exchange, model, *lots);
    if (reason == REASON_NONE)
        reason = book_has_room(&exchange->state, model, *lots > 0);
    if (reason != REASON_NONE)
        return reason;
    change = entry_change(exchange, model, *lots);
    return core_check_order(&exchange->state, model->subaccount, &change);
}

/* Rows that a fill will need; an order of the exchange's own takes of those that are left to it. */
static bool entry_make_rows(struct exchange *exchange, struct order *model)
{
    struct state *state = &exchange->state;
    const struct market *market = state_market(state, model->market);
    const bool own = model->own != OWN_NONE;

    if (!state_take_balance(state, model->subaccount, market->quote_asset, own) || /* settlement pays into it */
        (market->kind == MARKET_SPOT && !state_take_balance(state, model->subaccount, market->base_asset, own)))
        return false;
    model->position = state_take_position(state, model->subaccount, model->market, own);
    return model->position != TABLE_NONE;
}

void entry_send(struct exchange *exchange, uint32_t row, enum action_kind kind)
{
    struct order *order = order_row(&exchange->state, row);
    struct action *action = core_add_action(exchange, kind, row);
    const bool market = order->flags & INPUT_ORDER_MARKET && !order->slippage &&
                        !(order->flags & INPUT_ORDER_QUOTE_QUANTITY);
    struct card_command command;

    book_take_slot(exchange, row);
    command = core_command(CARD_CODE_NEW, order);
    command.flags = (uint16_t)(order->side << CARD_ORDER_SIDE_SHIFT | order->tif << CARD_ORDER_TIF_SHIFT |
                               order->stp << CARD_ORDER_STP_SHIFT);
    if (order->flags & INPUT_ORDER_POST_ONLY)
        command.flags |= CARD_ORDER_POST_ONLY_MASK;
    if (market)
        command.flags |= CARD_ORDER_MARKET_ORDER_MASK;
    if (order->own == OWN_LIQUIDATION)
        command.flags |= CARD_ORDER_LIQUIDATION_MASK;
    command.order.owner = state_subaccount(&exchange->state, order->subaccount)->account;
    command.order.price = market ? 0 : order->price;
    command.order.quantity = order->active;
    core_mark_out(exchange, row, OUT_NEW);
    core_add_command(exchange, action, &command);
}

/* Active lots are reserved, and it is on its way; a reduce-only order without room waits. */
static void entry_go(struct exchange *exchange, uint32_t row, int64_t lots, enum action_kind kind)
{
    struct order *order = order_row(&exchange->state, row);
    struct action *action;

    order->place = ORDER_NOWHERE;
    if (order->flags & INPUT_ORDER_QUOTE_QUANTITY)
        exchange->state.t->quotes = row;
    if (order->flags & INPUT_ORDER_REDUCE_ONLY) {
        if (order->tif != CARD_TIF_GTC) /* what finds no room now never will */
            order->open = lots;
        state_position_detail(&exchange->state, order->position)->side[order->side].waiting += order->open - lots;
    } else {
        state_market(&exchange->state, order->market)->interest_out += lots;
        reduce_only_cut(exchange, order->position, order->side, lots);
    }
    if (lots > 0) {
        book_activate(exchange, row, lots);
        entry_send(exchange, row, kind);
        return;
    }
    order->place = ORDER_WAITING;
    action = core_add_action(exchange, kind, row);
    action->reason = REASON_REDUCE_ONLY_NOT_REDUCED;
    core_mark_out(exchange, row, OUT_NEW);
}

enum reason entry_release(struct exchange *exchange, uint32_t row, enum action_kind kind)
{
    struct order *order = order_row(&exchange->state, row);
    int64_t lots = 0;
    enum reason reason = entry_check_switches(exchange, order->user);

    settlement_touch(exchange, order->subaccount);
    if (reason == REASON_NONE && settlement_is_debtor(&exchange->state, order->subaccount))
        reason = REASON_NEGATIVE_EQUITY;
    if (reason == REASON_NONE && liquidation_has_begun(&exchange->state, order->subaccount))
        reason = REASON_LIQUIDATION;
    if (reason == REASON_NONE)
        reason = entry_check_state(exchange, order, &lots);
    if (reason == REASON_NONE)
        entry_go(exchange, row, lots, kind);
    return reason;
}

/* An account's share of slots and of order rows does not hold it up, or its other orders would: only what all share. */
static enum reason entry_check_own(const struct state *state, const struct order *own)
{
    const struct market *market = state_market(state, own->market);

    if (table_full(&state->orders) ||
        (own->position && state_position_detail(state, own->position)->order_count >= LIMIT_ORDERS_PER_POSITION))
        return REASON_CAPACITY;
    return market->slots_used >= market->slot_quota ? REASON_SLOT_QUOTA : REASON_NONE;
}

enum reason entry_send_own(struct exchange *exchange, const struct order *model)
{
    struct order own = *model;
    enum reason reason;

    own.position = state_find_position(&exchange->state, own.subaccount, own.market);
    own.adverse_lot = margin_adverse_lot(state_market(&exchange->state, own.market), own.side, own.price);
    reason = entry_check_size(exchange, &own, own.open);
    if (reason == REASON_NONE)
        reason = entry_check_own(&exchange->state, &own);
    if (reason == REASON_NONE && window_waits(exchange, own.market, own.price))
        reason = REASON_PRICE_OUT_OF_BOUNDS;
    if (reason == REASON_NONE && !entry_make_rows(exchange, &own))
        reason = REASON_CAPACITY;
    if (reason == REASON_NONE)
        entry_go(exchange, book_create_order(exchange, &own), own.open, ACTION_NEW);
    return reason;
}

static void entry_fill_model(const struct exchange *exchange, const struct input_order_new *input,
                             const struct input_order_extra *extra, struct order *model)
{
    *model = (struct order){ .user = input->header.user, .reference = input->header.reference,
                             .subaccount = input->header.subaccount, .market = input->market, .side = input->side,
                             .tif = input->tif, .stp = input->stp,
                             .flags = (uint8_t)(input->flags & ~INPUT_ORDER_EXTRA), .price = input->price,
                             .quantity = input->quantity, .open = input->quantity };
    memcpy(model->client_id, input->client_id, sizeof model->client_id);
    model->position = state_find_position(&exchange->state, model->subaccount, model->market);
    if (extra) {
        model->expires_ns = extra->expires_ns;
        model->trigger_by = extra->trigger_by;
        model->trigger_when = extra->trigger_when;
        model->trigger_price = extra->trigger_price;
        model->slippage = extra->slippage;
    }
}

bool entry_cuts(const struct exchange *exchange, const struct order *order, int64_t lots)
{
    const struct position *position = state_position(&exchange->state, order->position);
    const struct open_side *side = &state_position_detail(&exchange->state, order->position)->side[order->side];

    if (order->position == TABLE_NONE || order->flags & INPUT_ORDER_REDUCE_ONLY || side->reduce_lots == 0)
        return false;
    return side->lots + lots > state_lots(position);
}

/* Whether it depends on the exact book or position, and the round does not know that. */
static bool entry_needs_exact(const struct exchange *exchange, const struct order *model)
{
    if (!model->trigger_by && (model->slippage || model->flags & INPUT_ORDER_QUOTE_QUANTITY ||
                               entry_cuts(exchange, model, model->open)))
        return exchange->action_count > 0;
    if (!core_subaccount_out(exchange, model->subaccount))
        return false;
    if (model->flags & (INPUT_ORDER_REDUCE_ONLY | INPUT_ORDER_PERCENT) || model->trigger_by)
        return true;
    return model->position != TABLE_NONE && /* reduce-only orders have to make room for it */
           state_position_detail(&exchange->state, model->position)->side[model->side].reduce_lots > 0;
}

/* Past every check that does not depend on the kind of order. */
static enum reason entry_accept(struct exchange *exchange, struct order *model, const struct input_order_extra *extra)
{
    const struct market *market = state_market(&exchange->state, model->market);
    const bool bumped = market->speed_bump && !(model->flags & INPUT_ORDER_POST_ONLY);
    enum reason reason;
    int64_t lots = 0;
    uint32_t row;

    settlement_touch(exchange, model->subaccount);
    if (settlement_is_debtor(&exchange->state, model->subaccount))
        reason = REASON_NEGATIVE_EQUITY;
    else if (liquidation_has_begun(&exchange->state, model->subaccount))
        reason = REASON_LIQUIDATION;
    else if (market->flags & MARKET_DELISTED)
        reason = REASON_DELISTED;
    else if (model->trigger_by)
        reason = trigger_check(exchange, model);
    else
        reason = entry_check_state(exchange, model, &lots);
    if (reason == REASON_NONE && extra)
        reason = attached_check(exchange, model, extra);
    if (reason != REASON_NONE)
        return reason;
    if (model->flags & INPUT_ORDER_REDUCE_ONLY && model->position != TABLE_NONE &&
        state_position_detail(&exchange->state, model->position)->reduce_orders >= LIMIT_REDUCE_ONLY_PER_POSITION)
        return REASON_CAPACITY;
    if (book_has_room(&exchange->state, model, false) != REASON_NONE || !entry_make_rows(exchange, model))
        return REASON_CAPACITY;
    row = book_create_order(exchange, model);
    if (extra)
        attached_keep(exchange, row, extra);
    if (model->trigger_by) {
        timing_enter(exchange, row);
        trigger_enter(exchange, row);
        core_mark_out(exchange, row, OUT_NEW);
        core_add_action(exchange, ACTION_NEW, row);
    } else if (bumped || window_waits_order(exchange, model)) {
        if (bumped)
            timing_bump(exchange, row);
        else
            timing_wait(exchange, row);
        core_mark_out(exchange, row, OUT_NEW);
        core_add_action(exchange, ACTION_NEW, row);
    } else {
        timing_enter(exchange, row);
        entry_go(exchange, row, lots, ACTION_NEW);
    }
    return REASON_NONE;
}

enum verdict entry_new(struct exchange *exchange, const struct input_order_new *input)
{
    const struct input_order_extra *extra =
        input->flags & INPUT_ORDER_EXTRA ? &((const struct input_order_new_extra *)input)->extra : NULL;
    enum reason reason = entry_check_sender(exchange, input);
    struct user *user = NULL;
    struct order model;

    if (reason == REASON_NONE) {
        user = state_user(&exchange->state, input->header.user);
        if (input->header.reference <= user->last_reference)
            reason = REASON_DUPLICATE;
    }
    if (reason == REASON_NONE)
        reason = entry_check_fields(input, extra);
    if (reason == REASON_NONE && (input->market == TABLE_NONE || input->market >= exchange->state.markets.used))
        reason = REASON_UNKNOWN_MARKET;
    if (reason == REASON_NONE) {
        entry_fill_model(exchange, input, extra, &model);
        reason = entry_check_quantity(state_market(&exchange->state, input->market), &model);
    }
    if (reason == REASON_NONE && model.expires_ns && model.expires_ns <= exchange->state.t->time_ns)
        reason = REASON_TIME_EXPIRED;
    if (reason == REASON_NONE) {
        if (entry_needs_exact(exchange, &model))
            return VERDICT_CLOSE_BEFORE;
        reason = entry_accept(exchange, &model, extra);
        if (reason != REASON_NONE && core_subaccount_out(exchange, model.subaccount))
            return VERDICT_CLOSE_BEFORE; /* what it has out may still make room */
        if (reason == REASON_OPEN_INTEREST && state_market(&exchange->state, input->market)->interest_out)
            return VERDICT_CLOSE_BEFORE; /* and what others have out need not raise it */
    }
    if (user && reason != REASON_DUPLICATE)
        user->last_reference = input->header.reference;
    if (reason != REASON_NONE)
        core_report_refused(exchange, &input->header, REPORT_REJECTED, reason);
    return VERDICT_NEXT;
}
