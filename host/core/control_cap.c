/* The cap on what an account may hold of an asset (exchange-rules.md, section 1). */
#include "control.h"
#include "lending.h"

enum reason control_check_cap(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t units)
{
    const uint64_t cap = state_asset(state, asset)->collateral_max;
    const uint32_t first = state_account(state, state_subaccount(state, subaccount)->account)->first;
    const struct balance *sums;
    uint32_t row;
    wide held = units;

    if (cap == 0 || first == TABLE_NONE) /* the exchange's own subaccounts have none */
        return REASON_NONE;
    row = state_find_balance(state, first, asset);
    if (row != TABLE_NONE) {
        sums = state_balance(state, row);
        held += (wide)sums->account_units + lending_lent_units(state_pool(state, asset), sums->account_lent);
    }
    return held > (wide)cap ? REASON_COLLATERAL_LIMIT : REASON_NONE;
}

/* Units that a side of a spot market brings in when it fills. */
static wide cap_incoming(const struct market *market, uint8_t side, wide lots, wide notional)
{
    return side == CARD_SIDE_BUY ? lots * (wide)market->lot_units : notional;
}

enum reason core_check_order(const struct state *state, uint32_t subaccount, const struct margin_change *change)
{
    static const struct open_side none;
    const struct market *market = state_market(state, change->market);
    const uint32_t asset = change->side == CARD_SIDE_BUY ? market->base_asset : market->quote_asset;
    const struct open_side *side =
        change->position ? &state_position(state, change->position)->side[change->side] : &none;
    wide more;

    if (market->kind == MARKET_SPOT && change->lots > 0 && state_asset(state, asset)->collateral_max) {
        more = cap_incoming(market, change->side, (wide)side->lots + change->lots,
                            (wide)side->notional + change->notional);
        if (more > LIMIT_BALANCE_UNITS ||
            control_check_cap(state, subaccount, asset, (int64_t)more) != REASON_NONE)
            return REASON_COLLATERAL_LIMIT;
    }
    return margin_check(state, subaccount, change);
}
