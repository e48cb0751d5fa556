/* dYdX Chain: code in dydxprotocol/v4-chain, x/clob (proto/dydxprotocol/clob/liquidations_config.proto,
 * protocol/x/clob/types/liquidations_config.go); numbers of mainnet: docs.dydx.community, "Trading Core", and
 * dydxopsdao/networks, dydx-mainnet-1/genesis.json. A block is a tick here (theirs takes 1.1 s or so). */
#include "policy.h"

enum {
    DYDX_LEAST_USDC = 1000,          /* position_block_limits.min_position_notional_liquidated 1000000000 */
    DYDX_PART = 100000,              /* position_block_limits.max_position_portion_liquidated_ppm */
    DYDX_BLOCK_USDC = 100000,        /* subaccount_block_limits.max_notional_liquidated 100000000000 */
    DYDX_BLOCK_LOST_USDC = 1000000,  /* subaccount_block_limits.max_quantums_insurance_lost 1000000000000 */
    DYDX_SPREAD = 1500000,           /* fillable_price_config.spread_to_maintenance_margin_ratio_ppm */
    DYDX_ADJUSTMENT = 1000000,       /* fillable_price_config.bankruptcy_adjustment_ppm */
};

/* An order loses the fund at most DYDX_SPREAD x MMF of its notional, and MMF is at most 1: so what a block may
 * liquidate bounds what it may lose, and the second limit needs no watching. */
_Static_assert((uint64_t)DYDX_BLOCK_USDC * DYDX_SPREAD / POLICY_WHOLE <= DYDX_BLOCK_LOST_USDC, "insurance lost");

/* Fillable price (dYdX help, "Liquidations on dYdX Chain", 8580691): P x (1 - SMMR x MMF x ABR) for a long position,
 * ABR = min(1, BA x (1 - Q)), Q = equity / maintenance margin: SMMR x ABR, rounded down. */
static uint32_t dydx_spread(const struct margin_view *view)
{
    const wide short_of = view->maintenance - view->equity;
    const wide rating = short_of <= 0 ? 0 : short_of * DYDX_ADJUSTMENT / view->maintenance;

    return (uint32_t)((rating > POLICY_WHOLE ? POLICY_WHOLE : rating) * DYDX_SPREAD / POLICY_WHOLE);
}

static void policy_dydx_plan(const struct policy_case *what, struct policy_plan *plan)
{
    const struct margin_view *view = what->view;

    plan->end = view->maintenance == 0 || view->equity > view->maintenance;
    if (plan->end)
        return;
    plan->urgent = view->equity < 0;
    if (!what->after_book) {
        plan->book = true;
        plan->part = DYDX_PART;
        plan->of_present = true;
        plan->notional_min = DYDX_LEAST_USDC * what->one;
        plan->notional_max = DYDX_BLOCK_USDC * what->one;
        plan->limit = POLICY_AT_SPREAD;
        plan->spread = dydx_spread(view);
        return;
    }
    plan->deleverage = view->equity < 0; /* the fund pays first, as far as it goes */
}

const struct policy policy_dydx = {
    "dydx",
    "A block: 10 % of a position, 1,000 USDC at least, 100,000 USDC an account, 1,000,000 of the fund's at\n"
    "most; as IOC at mark x (1 -+ 1.5 MMF x (1 - equity / MM)), beyond bankruptcy at the fund's cost. No\n"
    "backstop; equity negative and the fund empty: deleveraging at the bankruptcy price.\n"
    "Source: dydxprotocol/v4-chain x/clob; docs.dydx.community, Trading Core; dYdX help, 8580691.",
    policy_dydx_plan,
};
