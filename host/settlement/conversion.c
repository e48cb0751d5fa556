#include "conversion.h"

#include "lending.h"
#include "pricing.h"
#include "settlement_parts.h"

enum {
    CONVERSION_DEPTH_PARTS = 4,
    CONVERSION_STEPS = 64,        /* that an order costs, or a look at the depth */
};

/* A spot market that sells so many units of the asset for the settlement asset; `open`: now. */
static uint32_t conversion_market(const struct state *state, uint32_t asset, wide units, bool open)
{
    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        if (state_is_spot_of(state, market, asset) &&
            units / (wide)market->lot_units >= state_least_lots(market) &&
            (!open || market->state == CARD_STATE_OPEN))
            return row;
    }
    return TABLE_NONE;
}

/* Units of it that are free or lent, less what it owes of the same. */
static wide conversion_units(const struct exchange *exchange, const struct balance *balance)
{
    const struct state *state = &exchange->state;
    wide units = ledger_free(&exchange->state, balance->subaccount, balance->asset);

    if (balance->lent > 0)
        units += lending_lent_by(state, balance->subaccount, balance->asset);
    if (balance->borrowed > 0)
        units -= lending_borrowed_by(state, balance->subaccount, balance->asset);
    return units;
}

/* --- what a coin is worth to the fund --- */

/* Settlement units, at the lower of the index and what it was clamped from, rounded down. */
static int64_t conversion_worth(const struct state *state, uint32_t asset, wide units)
{
    return margin_worth(state, asset, false, units > LIMIT_BALANCE_UNITS ? LIMIT_BALANCE_UNITS : (int64_t)units);
}

enum conversion_way conversion_way(const struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const struct balance *balance = state_balance(state, row);
    const struct asset *asset = state_asset(state, balance->asset);
    const wide units = conversion_units(exchange, balance);

    if (units <= 0)
        return CONVERSION_NONE;
    if (balance->asset == state_settlement(state))
        return CONVERSION_IS_CASH;
    if (balance->subaccount < SYSTEM_SUBACCOUNTS)
        return CONVERSION_NONE;
    if (conversion_market(state, balance->asset, units, false) != TABLE_NONE)
        return CONVERSION_ON_BOOK;
    if (asset->index == 0 || asset->price_flags & PRICE_FROZEN)
        return CONVERSION_WAITS;
    return conversion_worth(state, balance->asset, units) > 0 ? CONVERSION_BY_FUND : CONVERSION_NONE;
}

/* The lowest price that it may sell at; 0: none is known. */
static uint32_t conversion_limit(const struct market *market)
{
    const uint32_t bid = market->best[CARD_SIDE_BUY], impact = margin_impact_price(market, CARD_SIDE_SELL);
    uint32_t limit = margin_worst_price(market, CARD_SIDE_SELL);

    if (bid == 0 || limit == 0)
        return 0;
    if (impact > limit)
        limit = impact;
    return limit <= bid ? limit : 0;
}

/* A debt, and the borrow of the settlement asset that is repaid before it. */
static wide conversion_owed(const struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;

    return (wide)state_subaccount(state, row)->debt + lending_borrowed_by(state, row, state_settlement(state));
}

/* Lots that may be sold in this tick, all debtors together: a part of what the book took when the first one came, but
 * the least that there can be. */
static wide conversion_lots_left(struct exchange *exchange, uint32_t row, uint32_t limit)
{
    struct market *market = state_market(&exchange->state, row);

    if (market->conversion == 0) {
        const int64_t depth = pricing_depth(exchange, row, CARD_SIDE_BUY, limit);
        const int64_t part = depth / CONVERSION_DEPTH_PARTS, least = state_least_lots(market);

        tick_charge_steps(exchange, CONVERSION_STEPS);
        market->conversion = depth == 0 ? 1 : (uint64_t)(part < least ? least : part) + 1;
    }
    return (wide)market->conversion - 1;
}

/* Lots that bring in what is owed, at the limit: the least that there can be; 0 where no more may be sold. */
static wide conversion_lots(struct exchange *exchange, uint32_t row, uint32_t market_row, uint32_t limit)
{
    const struct state *state = &exchange->state;
    const struct market *market = state_market(state, market_row);
    const wide least = state_least_lots(market), left = conversion_lots_left(exchange, market_row, limit);
    wide lots = wide_divide_up(conversion_owed(exchange, row), (wide)limit * (wide)market->tick_lot_units);

    if (lots < least)
        lots = least;
    if (lots > left)
        lots = left;
    return market->quantity_max && lots > (wide)market->quantity_max ? (wide)market->quantity_max : lots;
}

/* Redeems own lend where what is free is less than what is wanted; returns how many of those units are free. */
static int64_t conversion_free(struct exchange *exchange, uint32_t row, uint32_t asset, wide wanted)
{
    int64_t free = ledger_free(&exchange->state, row, asset);

    if (wanted > LIMIT_BALANCE_UNITS)
        wanted = LIMIT_BALANCE_UNITS;
    if (wanted > free && state_pool(&exchange->state, asset)->set) {
        const int64_t lent = lending_lent_by(&exchange->state, row, asset);
        const wide missing = wanted - free;

        lending_redeem(&exchange->ledger, row, asset, missing < lent ? (int64_t)missing : lent, LENDING_BY_EXCHANGE);
        free = ledger_free(&exchange->state, row, asset);
    }
    return wanted < free ? (int64_t)wanted : free;
}

static enum reason conversion_order(struct exchange *exchange, uint32_t row, uint32_t number, uint32_t price,
                                    int64_t lots)
{
    const struct order model = { .subaccount = row, .side = CARD_SIDE_SELL, .tif = CARD_TIF_IOC,
                                 .stp = CARD_STP_REJECT_MAKER, .own = OWN_CONVERSION,
                                 .market = (uint16_t)number, .price = price,
                                 .quantity = lots, .open = lots };
    const enum reason reason = entry_send_own(exchange, &model);

    if (reason == REASON_SLOT_QUOTA)
        job_make_room(exchange, row, number, REASON_NEGATIVE_EQUITY);
    return reason;
}

/* Whether an order has gone out. */
static bool conversion_of_balance(struct exchange *exchange, uint32_t row, const struct balance *balance)
{
    const struct state *state = &exchange->state;
    const uint32_t number = conversion_market(state, balance->asset, conversion_units(exchange, balance), true);
    struct market *market;
    uint32_t price;
    int64_t lots;

    if (number == TABLE_NONE)
        return false;
    market = state_market(state, number);
    price = conversion_limit(market);
    if (price == 0)
        return false;
    lots = conversion_free(exchange, row, balance->asset,
                           conversion_lots(exchange, row, number, price) * (wide)market->lot_units) /
           (int64_t)market->lot_units;
    if (lots < state_least_lots(market) || conversion_order(exchange, row, number, price, lots) != REASON_NONE)
        return false;
    market->conversion -= (uint64_t)lots;
    tick_charge_steps(exchange, CONVERSION_STEPS);
    debts_tell(exchange, &(struct notice){ .kind = NOTICE_CONVERSION, .subaccount = row, .market = (uint16_t)number,
                                           .asset = balance->asset,
                                           .amount = { lots, price,
                                                       state_subaccount(state, row)->debt } });
    return true;
}

bool conversion_send(struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;

    if (row < SYSTEM_SUBACCOUNTS)
        return false;
    for (uint32_t number = state_subaccount(state, row)->balances; number != TABLE_NONE;
         number = state_balance(state, number)->next) {
        const struct balance *balance = state_balance(state, number);

        if (balance->asset == state_settlement(state))
            continue;
        lending_repay_own(&exchange->ledger, row, balance->asset); /* before anything of it is sold */
        if (conversion_way(exchange, number) == CONVERSION_ON_BOOK && conversion_of_balance(exchange, row, balance))
            return true;
    }
    return false;
}

/* --- to the fund --- */

/* Units of a coin that bring in what is owed, rounded up; no more than `left` pays for. */
static wide conversion_units_for(const struct state *state, uint32_t asset, wide owed, int64_t left)
{
    uwide units, divisor;
    const uint64_t price = margin_price(state, asset, false, &divisor);

    if (!wide_scale_up((uwide)(owed < left ? owed : left), divisor, price, &units) ||
        units > LIMIT_BALANCE_UNITS)
        return LIMIT_BALANCE_UNITS;
    return (wide)units - (conversion_worth(state, asset, (wide)units) > left);
}

static bool conversion_to_fund(struct exchange *exchange, uint32_t row, uint32_t asset, int64_t left)
{
    const struct state *state = &exchange->state;
    const wide owed = conversion_owed(exchange, row);
    struct ledger *ledger = &exchange->ledger;
    int64_t units, worth;

    if (left == 0 || owed == 0)
        return false;
    units = conversion_free(exchange, row, asset, conversion_units_for(state, asset, owed, left));
    worth = conversion_worth(state, asset, units);
    if (worth == 0 || !ledger_can_receive(ledger, SYSTEM_FUND, asset, units) ||
        !ledger_can_receive(ledger, row, state_settlement(state), worth))
        return false;
    ledger_move(ledger, ENTRY_DUST, asset, row, SYSTEM_FUND, units);
    ledger_move(ledger, ENTRY_DUST, state_settlement(state), SYSTEM_FUND, row, worth);
    return true;
}

bool conversion_take_over(struct exchange *exchange, uint32_t row, int64_t left)
{
    const struct state *state = &exchange->state;

    for (uint32_t number = state_subaccount(state, row)->balances; number != TABLE_NONE;
         number = state_balance(state, number)->next)
        if (conversion_way(exchange, number) == CONVERSION_BY_FUND &&
            conversion_to_fund(exchange, row, state_balance(state, number)->asset, left))
            return true;
    return false;
}
