/* The cap on what an account may hold of an asset (exchange-rules.md, section 1). */
#include "control.h"
#include "lending.h"

enum reason control_check_cap(const struct state *state, uint32_t subaccount, uint32_t asset, wide units)
{
    const uint64_t cap = state_asset(state, asset)->collateral_max;
    const uint32_t first = state_account(state, state_subaccount(state, subaccount)->account)->first;
    const struct balance_detail *sums;
    uint32_t row;
    wide held = units;

    if (cap == 0 || first == TABLE_NONE) /* the exchange's own subaccounts have none */
        return REASON_NONE;
    row = state_find_balance(state, first, asset);
    if (row != TABLE_NONE) {
        sums = state_balance_detail(state, row);
        held += state_balance(state, row)->account_units + sums->account_coming +
                lending_lent_units(state_pool(state, asset), sums->account_lent);
    }
    return held > (wide)cap ? REASON_COLLATERAL_LIMIT : REASON_NONE;
}

enum reason core_check_order(const struct state *state, uint32_t subaccount, const struct margin_change *change)
{
    const struct market *market = state_market(state, change->market);
    const bool buy = change->side == CARD_SIDE_BUY;
    const wide more = buy ? change->lots * (wide)market->lot_units : change->notional;

    if (market->kind == MARKET_SPOT && more > 0 &&
        control_check_cap(state, subaccount, buy ? market->base_asset : market->quote_asset, more) != REASON_NONE)
        return REASON_COLLATERAL_LIMIT;
    return margin_check(state, subaccount, change);
}
