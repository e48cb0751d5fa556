/* One fill: lots and money change hands, both orders shrink, both sides are told. */
#include "lending.h"
#include "liquidation.h"
#include "settlement.h"

#define FEE_ONE 1000000 /* rates are millionths */

struct fill {
    uint32_t market, buyer, seller; /* rows */
    uint32_t price;
    int64_t lots, notional;         /* quote units */
    uint64_t match;
};

/* What an order pays for a fill, in units (perpetuals: / 256; negative: a rebate), and what rounding has overpaid
 * then. */
struct fill_fee {
    int64_t fee;
    uint32_t carry;
};

/* With all it has paid before, its fees so far rounded up once; rebates down. */
static struct fill_fee fill_fee(const struct order *order, const struct market *market, int64_t notional, bool taker)
{
    const int32_t rate = taker ? market->taker_fee : market->maker_fee;
    const wide due = (wide)notional * rate * (market->kind == MARKET_PERPETUAL ? 256 : 1) - order->fee_carry;
    const wide fee = wide_divide_up(due, FEE_ONE);

    return (struct fill_fee){ wide_narrow(fee), (uint32_t)(fee * FEE_ONE - due) };
}

/* What the pool has reserved for either side comes in first: `fee` is what the buyer pays on top. */
static void fill_move_spot(struct exchange *exchange, const struct fill *fill, int64_t fee)
{
    const struct market *market = state_market(&exchange->state, fill->market);

    lending_cover(&exchange->ledger, fill->seller, market->base_asset, fill->lots * (int64_t)market->lot_units);
    lending_cover(&exchange->ledger, fill->buyer, market->quote_asset, fill->notional + (fee > 0 ? fee : 0));
    ledger_move(&exchange->ledger, ENTRY_TRADE_BASE, market->base_asset, fill->seller, fill->buyer,
                fill->lots * (int64_t)market->lot_units);
    ledger_move(&exchange->ledger, ENTRY_TRADE_QUOTE, market->quote_asset, fill->buyer, fill->seller, fill->notional);
}

/* Takers pay first, so that rebates come out of what is there. */
static void fill_charge(struct exchange *exchange, const struct fill *fill, uint32_t payer, int64_t fee)
{
    const struct market *market = state_market(&exchange->state, fill->market);

    if (fee == 0)
        return;
    if (market->kind == MARKET_PERPETUAL)
        ledger_fee_position(&exchange->ledger, fill->market, payer, fee);
    else if (fee > 0)
        ledger_move(&exchange->ledger, ENTRY_FEE, market->quote_asset, payer, SYSTEM_FEES, fee);
    else
        ledger_move(&exchange->ledger, ENTRY_FEE, market->quote_asset, SYSTEM_FEES, payer, -fee);
}

/* A rebate is never more than the fee account has with the taker's fee in it: a unit can be missing, since the taker
 * may have paid by rounding before, and the operator may have moved the fees away. What is missing is carried, below a
 * unit. */
static void fill_cut_rebate(const struct exchange *exchange, const struct market *market, int64_t taker_fee,
                            struct fill_fee *maker)
{
    wide there, carry;

    if (maker->fee >= 0 || market->kind == MARKET_PERPETUAL)
        return;
    there = (wide)ledger_free(&exchange->state, SYSTEM_FEES, market->quote_asset) + taker_fee;
    if (-maker->fee <= there)
        return;
    carry = maker->carry + (-maker->fee - there) * FEE_ONE;
    maker->fee = -(int64_t)there;
    maker->carry = carry < FEE_ONE ? (uint32_t)carry : FEE_ONE - 1;
}

/* A rebate that gives back what rounding had overpaid raises the lock by as much: once it is there. */
static uint32_t fill_carry_before(const struct exchange *exchange, uint32_t row, struct fill_fee fee)
{
    return fee.fee < 0 ? order_row(&exchange->state, row)->fee_carry : fee.carry;
}

/* Collateral of whoever is told is sold for a debt. Liquidation tells its own fills (liquidation_filled()). */
static void fill_report_conversion(struct exchange *exchange, const struct order *order, const struct fill *fill,
                                   int64_t fee)
{
    const struct forced what = { .kind = FORCED_CONVERSION, .side = order->side, .market = order->market,
                                 .order = order->id, .lots = fill->lots, .price = (uint64_t)fill->price * 256,
                                 .money = fee };

    core_report_forced(exchange, order->subaccount, &what);
}

static void fill_report(struct exchange *exchange, uint32_t row, const struct fill *fill, bool taker, int64_t fee)
{
    const struct market *market = state_market(&exchange->state, fill->market);
    struct report *report = core_report_order(exchange, row, REPORT_EXECUTED, REASON_NONE);
    const struct order *order = order_row(&exchange->state, row);

    if (report == NULL && order->own == OWN_CONVERSION)
        fill_report_conversion(exchange, order, fill, market->kind == MARKET_PERPETUAL ? fee : fee * 256);
    if (report == NULL)
        return;
    report->price = fill->price;
    report->quantity = fill->lots;
    report->match = fill->match;
    report->liquidity = taker;
    report->fee = market->kind == MARKET_PERPETUAL ? fee : fee * 256;
}

/* What becomes of an order after a fill: done, or all that was active is done and the rest waits. */
static void fill_finish(struct exchange *exchange, uint32_t row)
{
    struct order *order = order_row(&exchange->state, row);

    if (order->open == 0 && quote_goes_on(exchange, order)) {
        book_give_slot(exchange, row);
        order->place = ORDER_NOWHERE;
    } else if (order->open == 0) {
        book_release_order(exchange, row);
        order->place = ORDER_NOWHERE;
        if (order->own == OWN_LIQUIDATION)
            liquidation_order_ended(exchange, order, REASON_NONE);
        book_end_order(exchange, row);
    } else if (order->active == 0) {
        book_release_reserve(exchange, row);
        book_give_slot(exchange, row);
        order->place = ORDER_WAITING;
    }
}

void fill_clear(struct exchange *exchange, struct action *action, const struct card_event *event)
{
    struct state *state = &exchange->state;
    const uint32_t taker = action->order;
    const uint32_t maker = book_order_in_slot(state, (uint32_t)card_event_maker_slot(event) + 1);
    struct order *taker_order = order_row(state, taker), *maker_order = order_row(state, maker);
    const bool buys = taker_order->side == CARD_SIDE_BUY;
    struct fill fill = { .market = taker_order->market, .price = (uint32_t)card_event_price(event),
                         .lots = (int64_t)card_event_quantity(event) };
    struct market *market = state_market(state, fill.market);
    struct fill_fee taker_fee, maker_fee;

    if (taker == TABLE_NONE || taker_order->id != action->id || maker == TABLE_NONE || maker == taker ||
        maker_order->generation != card_event_maker_generation(event) || fill.lots > maker_order->active ||
        fill.lots > taker_order->active || fill.price != maker_order->price) {
        core_fail(exchange, EXCHANGE_VIOLATION, "batch %lu: a fill of %ld lots at %u between orders %lu and %lu",
                  (unsigned long)state->t->batch, (long)fill.lots, fill.price, (unsigned long)action->id,
                  (unsigned long)maker_order->id);
        return;
    }
    fill.buyer = buys ? taker_order->subaccount : maker_order->subaccount;
    fill.seller = buys ? maker_order->subaccount : taker_order->subaccount;
    fill.notional = (int64_t)(fill.price * market->tick_lot_units) * fill.lots;
    fill.match = state->t->next_match++;
    /* While what the orders pay with is still locked: a loser pays with what is not. */
    settlement_touch(exchange, fill.buyer);
    settlement_touch(exchange, fill.seller);
    taker_fee = fill_fee(taker_order, market, fill.notional, true);
    maker_fee = fill_fee(maker_order, market, fill.notional, false);
    fill_cut_rebate(exchange, market, taker_fee.fee, &maker_fee);
    book_fill(exchange, taker, fill.lots, fill_carry_before(exchange, taker, taker_fee));
    book_fill(exchange, maker, fill.lots, fill_carry_before(exchange, maker, maker_fee));
    if (taker_order->flags & INPUT_ORDER_QUOTE_QUANTITY)
        taker_order->quote_left -= fill.notional;
    if (market->kind == MARKET_PERPETUAL)
        ledger_trade_position(&exchange->ledger, fill.market, fill.buyer, fill.seller, fill.lots, fill.notional * 256);
    else
        fill_move_spot(exchange, &fill, buys ? taker_fee.fee : maker_fee.fee);
    fill_charge(exchange, &fill, taker_order->subaccount, taker_fee.fee);
    fill_charge(exchange, &fill, maker_order->subaccount, maker_fee.fee);
    book_set_carry(exchange, taker, taker_fee.carry);
    book_set_carry(exchange, maker, maker_fee.carry);
    if (market->last_trade != fill.price)
        state->t->price_check = 1;
    market->last_trade = fill.price;
    fill_report(exchange, taker, &fill, true, taker_fee.fee);
    fill_report(exchange, maker, &fill, false, maker_fee.fee);
    attached_order_filled(exchange, taker, fill.lots);
    attached_order_filled(exchange, maker, fill.lots);
    if (taker_order->own == OWN_LIQUIDATION)
        liquidation_filled(exchange, taker_order, fill.lots, fill.price);
    fill_finish(exchange, maker);
    fill_finish(exchange, taker);
}
