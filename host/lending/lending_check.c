/* What a step by hand is refused for. */
#include "lending.h"
#include "margin.h"

/* Cash comes first: a throttle would only say when to try again. */
static enum reason check_redeem(const struct state *state, uint32_t asset, int64_t units)
{
    if (units > lending_redeem_room(state, asset, LENDING_BY_EXCHANGE))
        return REASON_INSUFFICIENT_BORROWABLE;
    return units > lending_redeem_room(state, asset, LENDING_BY_HAND) ? REASON_THROTTLED : REASON_NONE;
}

/* Own lend is redeemed first, the rest borrowed. */
static enum reason check_borrow(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t units)
{
    const int64_t own = lending_lent_by(state, subaccount, asset), redeem = own < units ? own : units;
    enum reason reason = check_redeem(state, asset, redeem);

    units -= redeem;
    if (reason != REASON_NONE || units == 0)
        return reason;
    if (units > lending_hand_room(state, subaccount, asset, redeem, false))
        return REASON_INSUFFICIENT_BORROWABLE;
    if (units > lending_hand_room(state, subaccount, asset, redeem, true))
        return REASON_THROTTLED;
    return margin_check_borrow(state, subaccount, asset, units);
}

static enum reason check_lend(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t units)
{
    const struct pool *pool = state_pool(state, asset);
    int64_t cost;

    if (!(state_asset(state, asset)->flags & ASSET_CAN_LEND))
        return REASON_UNKNOWN_ASSET;
    if (lending_borrowed_by(state, subaccount, asset) > 0) /* repays it */
        return REASON_NONE;
    if (pool->lent > LIMIT_BALANCE_UNITS - units)
        return REASON_CAPACITY;
    return lending_shares_for(pool, units, &cost) == 0 ? REASON_INVALID_QUANTITY : REASON_NONE;
}

enum reason lending_check(const struct state *state, uint32_t subaccount, uint32_t asset, unsigned step, int64_t units)
{
    if (!state_pool(state, asset)->set)
        return REASON_UNKNOWN_ASSET;
    if (units <= 0)
        return REASON_INVALID_QUANTITY;
    switch (step) {
    case LEND_LEND:
        return units <= ledger_free(state, subaccount, asset) ? check_lend(state, subaccount, asset, units)
                                                              : REASON_INSUFFICIENT_BALANCE;
    case LEND_REPAY:
        return units <= ledger_free(state, subaccount, asset) ? REASON_NONE : REASON_INSUFFICIENT_BALANCE;
    case LEND_REDEEM:
        return units > lending_lent_by(state, subaccount, asset) ? REASON_INSUFFICIENT_BALANCE
                                                                 : check_redeem(state, asset, units);
    case LEND_BORROW:
        return check_borrow(state, subaccount, asset, units);
    default:
        return REASON_BAD_COMMAND;
    }
}
