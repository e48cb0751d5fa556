#include "conversion.h"

#include "lending.h"
#include "pricing.h"
#include "settlement_parts.h"

enum { CONVERSION_DEPTH_PARTS = 4, CONVERSION_ONE = 1000000 };

/* A spot market that sells the asset for the settlement asset; `open`: now. */
static uint32_t conversion_market(const struct state *state, uint32_t asset, bool open)
{
    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        if (market->kind == MARKET_SPOT && market->base_asset == asset &&
            market->quote_asset == state_settlement(state) && !(market->flags & MARKET_DELISTED) &&
            (!open || market->state == CARD_STATE_OPEN))
            return row;
    }
    return TABLE_NONE;
}

static int64_t conversion_lots_least(const struct market *market)
{
    return market->quantity_min > 1 ? market->quantity_min : 1;
}

/* Units of it that are free or lent. */
static wide conversion_units(const struct exchange *exchange, const struct balance *balance)
{
    const struct state *state = &exchange->state;
    wide units = ledger_free(&exchange->ledger, balance->subaccount, balance->asset);

    if (balance->lent > 0)
        units += lending_lent_by(state, balance->subaccount, balance->asset);
    return units;
}

bool conversion_is_worth(const struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const struct balance *balance = state_balance(state, row);
    const wide units = conversion_units(exchange, balance);
    uint32_t market;

    if (balance->asset == state_settlement(state))
        return units > 0;
    market = conversion_market(state, balance->asset, false);
    return market != TABLE_NONE && units / (wide)state_market(state, market)->lot_units >=
                                       conversion_lots_least(state_market(state, market));
}

/* The lowest price that it may sell at; 0: none is known. */
static uint32_t conversion_limit(const struct market *market)
{
    const uint64_t bid = market->best[CARD_SIDE_BUY];
    uint64_t limit = margin_worst_price(market, CARD_SIDE_SELL), impact;

    if (bid == 0 || limit == 0)
        return 0;
    if (market->bands & CARD_BANDS_IMPACT_MASK) {
        impact = (bid * market->impact_min + CONVERSION_ONE - 1) / CONVERSION_ONE;
        if (impact > limit)
            limit = impact;
    }
    return limit <= bid ? (uint32_t)limit : 0;
}

/* Lots that bring in what is owed, at the limit; no more than a part of what the book takes, but the least that there
 * can be. */
static wide conversion_lots(const struct exchange *exchange, uint32_t row, uint32_t market_row, uint32_t limit)
{
    const struct state *state = &exchange->state;
    const struct market *market = state_market(state, market_row);
    const wide least = conversion_lots_least(market);
    const wide owed = (wide)state_subaccount(state, row)->debt + lending_borrowed_by(state, row, market->quote_asset);
    const int64_t depth = pricing_depth(exchange, market_row, CARD_SIDE_BUY, limit);
    wide lots = wide_divide_up(owed, (wide)limit * (wide)market->tick_lot_units);

    if (depth == 0)
        return 0;
    if (lots > depth / CONVERSION_DEPTH_PARTS)
        lots = depth / CONVERSION_DEPTH_PARTS;
    if (lots < least)
        lots = least;
    return market->quantity_max && lots > (wide)market->quantity_max ? (wide)market->quantity_max : lots;
}

/* Frees as many lots as it can of those wanted. */
static int64_t conversion_free(struct exchange *exchange, uint32_t row, const struct market *market, wide lots)
{
    const uint32_t asset = market->base_asset;
    const wide unit = (wide)market->lot_units;
    wide wanted = lots * unit;
    int64_t free = ledger_free(&exchange->ledger, row, asset);

    if (wanted > LIMIT_BALANCE_UNITS)
        wanted = LIMIT_BALANCE_UNITS;
    if (wanted > free && state_pool(&exchange->state, asset)->set) {
        const int64_t lent = lending_lent_by(&exchange->state, row, asset);
        const wide missing = wanted - free;

        lending_redeem(&exchange->ledger, row, asset, missing < lent ? (int64_t)missing : lent, LENDING_BY_EXCHANGE);
        free = ledger_free(&exchange->ledger, row, asset);
    }
    return (int64_t)((wanted < free ? wanted : free) / unit);
}

/* Whether an order has gone out. */
static bool conversion_of_balance(struct exchange *exchange, uint32_t row, const struct balance *balance)
{
    const struct state *state = &exchange->state;
    const uint32_t number = conversion_market(state, balance->asset, true);
    struct order model = { .subaccount = row, .side = CARD_SIDE_SELL, .tif = CARD_TIF_IOC,
                           .stp = CARD_STP_REJECT_MAKER, .market = (uint16_t)number };
    const struct market *market;

    if (state_pool(state, balance->asset)->set && balance->borrowed > 0)
        lending_repay(&exchange->ledger, row, balance->asset,
                      ledger_free(&exchange->ledger, row, balance->asset));
    if (number == TABLE_NONE)
        return false;
    market = state_market(state, number);
    model.price = conversion_limit(market);
    if (model.price == 0)
        return false;
    model.quantity = model.open = conversion_free(exchange, row, market,
                                                  conversion_lots(exchange, row, number, model.price));
    if (model.quantity < conversion_lots_least(market) || entry_send_own(exchange, &model) != REASON_NONE)
        return false;
    debts_tell(exchange, &(struct notice){ .kind = NOTICE_CONVERSION, .subaccount = row, .market = (uint16_t)number,
                                           .asset = balance->asset,
                                           .amount = { model.quantity, model.price,
                                                       state_subaccount(state, row)->debt } });
    return true;
}

void conversion_send(struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;

    for (uint32_t number = state_subaccount(state, row)->balances; number != TABLE_NONE;
         number = state_balance(state, number)->next) {
        const struct balance *balance = state_balance(state, number);

        if (balance->asset != state_settlement(state) && conversion_units(exchange, balance) > 0 &&
            conversion_of_balance(exchange, row, balance))
            return;
    }
}
