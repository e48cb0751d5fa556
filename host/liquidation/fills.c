/* What becomes of an order on the book: the fee of each fill, and why it ended. */
#include "lending.h"
#include "liquidation_parts.h"

/* The episode of an order; its row, 0: it is over (which can't be while its order is out). */
static uint32_t fills_episode(const struct exchange *exchange, const struct order *order)
{
    return state_subaccount(&exchange->state, order->subaccount)->episode;
}

static uint8_t fills_decimals(const struct state *state)
{
    return state_asset(state, state_settlement(state))->decimals;
}

/* Maintenance that goes when a notional falls. */
static wide fills_freed(const struct state *state, const struct margin_function *mmf, wide before, wide after)
{
    const wide freed = margin_of_notional(mmf, fills_decimals(state), 0, before > 0 ? before : 0) -
                       margin_of_notional(mmf, fills_decimals(state), 0, after > 0 ? after : 0);

    return freed > 0 ? freed : 0;
}

static wide fills_freed_position(const struct state *state, const struct order *order, int64_t lots)
{
    const struct market *market = state_market(state, order->market);
    const int64_t left = state_lots(state_position(state, order->position));

    return fills_freed(state, &market->mmf, margin_notional(market, left + lots, market->mark),
                       margin_notional(market, left, market->mark));
}

/* What has been bought pays the borrow back at once. */
static wide fills_freed_borrow(struct exchange *exchange, const struct order *order)
{
    const struct state *state = &exchange->state;
    const uint32_t number = state_market(state, order->market)->base_asset, subaccount = order->subaccount;
    const struct asset *asset = state_asset(state, number);
    const int64_t before = lending_borrowed_by(state, subaccount, number);

    lending_repay(&exchange->ledger, subaccount, number, ledger_free(state, subaccount, number));
    return fills_freed(state, &asset->borrow_mmf, margin_liability(asset, fills_decimals(state), before),
                       margin_liability(asset, fills_decimals(state), lending_borrowed_by(state, subaccount, number)));
}

/* What is short of the settlement asset now, and was without the proceeds. */
static wide fills_freed_coin(const struct state *state, const struct order *order, const struct margin_view *view,
                             wide proceeds)
{
    const wide cash = unwind_cash(state, order->subaccount, view);

    return fills_freed(state, &state_asset(state, state_settlement(state))->borrow_mmf, proceeds - cash, -cash);
}

/* At most the rules' part of the notional, of the maintenance that is freed, and all the equity that is left; u256,
 * each rounded down. */
static wide fills_fee(const struct liquidation_rules *rules, wide notional, wide freed, wide equity)
{
    const wide of_notional = policy_part(notional, rules->fee), of_freed = policy_part(freed, rules->fee_share);
    wide fee = of_notional < of_freed ? of_notional : of_freed;

    if (equity < fee)
        fee = equity;
    return fee > 0 ? fee : 0;
}

/* Into the fund: of a perpetual through the entry cost; of a spot market in cash, whole units of what is free. Returns
 * what it was, u256. */
static int64_t fills_charge(struct exchange *exchange, const struct order *order, wide fee)
{
    const struct state *state = &exchange->state;
    const struct market *market = state_market(state, order->market);
    int64_t units;

    if (market->kind == MARKET_PERPETUAL) {
        ledger_liquidation_fee(&exchange->ledger, order->position, wide_narrow(fee));
        return (int64_t)fee;
    }
    units = wide_smaller(wide_narrow(fee / 256), ledger_free(state, order->subaccount, market->quote_asset));
    if (!ledger_can_receive(&exchange->ledger, SYSTEM_FUND, market->quote_asset, units))
        return 0;
    ledger_move(&exchange->ledger, ENTRY_LIQUIDATION_FEE_CASH, market->quote_asset, order->subaccount, SYSTEM_FUND,
                units);
    return units * 256;
}

/* Records stand still at their end rather than stop the node. */
void liquidation_filled(struct exchange *exchange, const struct order *order, int64_t lots, uint32_t price)
{
    const struct state *state = &exchange->state;
    const struct market *market = state_market(state, order->market);
    const int64_t notional = (int64_t)(price * market->tick_lot_units) * lots;
    const uint32_t row = fills_episode(exchange, order);
    struct unwind *unwind = state_unwind(state, order->market);
    struct episode *episode;
    struct margin_view view;
    wide freed;
    int64_t fee;

    margin_compute_maintenance(state, order->subaccount, &view);
    if (market->kind == MARKET_PERPETUAL)
        freed = fills_freed_position(state, order, lots);
    else if (order->side == CARD_SIDE_BUY)
        freed = fills_freed_borrow(exchange, order);
    else
        freed = fills_freed_coin(state, order, &view, (wide)notional * 256);
    fee = fills_charge(exchange, order,
                       fills_fee(&state->t->liquidation, (wide)notional * 256, freed, view.equity));
    tally_add(exchange, order->market, TALLY_BOOK, lots);
    unwind->tally.fees = wide_clamp((wide)unwind->tally.fees + fee);
    if (row == TABLE_NONE)
        return;
    episode = state_episode(state, row);
    episode->book = wide_clamp((wide)episode->book + notional);
    episode->fees = wide_clamp((wide)episode->fees + fee);
    episode->stirred_ns = liquidation_now_ns(state);
    core_report_notice(exchange,
                       episode_tell(exchange, row, &(struct notice){ .kind = NOTICE_LIQUIDATION_FILL,
                                                                     .market = order->market,
                                                                     .amount = { lots, price, fee } }),
                       order->side, order->id);
}

void liquidation_order_ended(struct exchange *exchange, const struct order *order, enum reason reason)
{
    const uint32_t row = fills_episode(exchange, order);
    struct unwind *unwind = state_unwind(&exchange->state, order->market);
    struct episode *episode;

    if (row == TABLE_NONE)
        return;
    episode = state_episode(&exchange->state, row);
    check(episode->orders > 0);
    episode->orders--;
    if (reason != REASON_PRICE_IMPACT && reason != REASON_PRICE_OUT_OF_BOUNDS)
        return;
    unwind->tally.stopped++;
    if (episode->stopped)
        return;
    episode->stopped = 1;
    episode_tell(exchange, row, &(struct notice){ .kind = NOTICE_LIQUIDATION_STOPPED, .market = order->market,
                                                  .amount = { order->open, order->price, reason } });
}
