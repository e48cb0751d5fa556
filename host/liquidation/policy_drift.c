/* Drift protocol v2: code in drift-labs/protocol-v2, programs/drift/src; docs.drift.trade, "Liquidators" (a liquidator
 * takes positions over at the oracle's price less a fee, inside its own initial margin) and "Liquidation engine". */
#include "durations.h"
#include "policy.h"

enum {
    /* math/constants.rs: DEFAULT_LIQUIDATION_MARGIN_BUFFER_RATIO = MARGIN_PRECISION / 50; of the liabilities' value */
    DRIFT_BUFFER = POLICY_WHOLE / 50,
    /* math/liquidation.rs, calculate_max_pct_to_liquidate(): liquidation_duration, "~ 1 minute"; from
     * initial_pct_to_liquidate, which is 0 when the program is initialised */
    DRIFT_SECONDS = 60,
    DRIFT_TINY_USDC = 50, /* same function: a smaller shortage is freed at once */
    /* liquidator_fee of a market: 1 % in the program's tests (controller/liquidation/tests.rs); each market sets its
     * own */
    DRIFT_FEE = POLICY_WHOLE / 100,
};
_Static_assert(DRIFT_FEE < DRIFT_BUFFER, "handing over frees something whatever the margin");

/* Millionths of the shortage, from the beginning on, that may be freed by now. */
static wide drift_freeable(const struct policy_case *what, wide short_of)
{
    const uint64_t age_ns = what->now_ns - what->episode->begun_ns;

    if (age_ns >= DRIFT_SECONDS * NS_A_SECOND || short_of < DRIFT_TINY_USDC * what->one)
        return POLICY_WHOLE;
    return (wide)age_ns * POLICY_WHOLE / (wide)(DRIFT_SECONDS * NS_A_SECOND);
}

/* As calculate_base_asset_amount_to_cover_margin_shortage(): what handing over all of it would free of margin, buffer
 * in and fee off; and of that what is short now, and what has been freed: what was handed over counts at today's
 * ratios. */
static uint32_t drift_part(const struct policy_case *what, wide required)
{
    const struct margin_view *view = what->view;
    const wide fee = wide_divide_up(view->notional * DRIFT_FEE, POLICY_WHOLE);
    const wide frees = required - fee, short_of = required - view->equity;
    const wide units = view->notional / 256 > 0 ? view->notional / 256 : 1;
    const wide freed = frees * what->episode->backstop / units;
    wide may = (short_of + freed) * drift_freeable(what, short_of) / POLICY_WHOLE - freed;

    if (may <= 0)
        return 0;
    may = wide_divide_up(may * POLICY_WHOLE, frees);
    return may > POLICY_WHOLE ? POLICY_WHOLE : (uint32_t)may;
}

static void policy_drift_plan(const struct policy_case *what, struct policy_plan *plan)
{
    const struct margin_view *view = what->view;
    const wide required = view->maintenance + view->notional * DRIFT_BUFFER / POLICY_WHOLE;

    plan->end = view->maintenance == 0 || view->equity > required;
    if (plan->end || !what->after_book)
        return;
    plan->hand_over_part = drift_part(what, required);
    plan->hand_over = plan->hand_over_part > 0;
    plan->of_present = true;
    plan->discount = DRIFT_FEE;
    plan->claw_back = view->equity < 0; /* the insurance fund, then all who are in the market */
}

const struct policy policy_drift = {
    "drift",
    "Nothing on the book. Liquidators (here: the providers) take positions over at the mark less 1 %, as\n"
    "far as brings equity above MM + 2 % of the liabilities; of that shortage a share that grows from 0 to\n"
    "all in 60 s (under 50 USDC at once). Equity negative: the fund, then everybody's loss.\n"
    "Source: drift-labs/protocol-v2, math/liquidation.rs, math/constants.rs; docs.drift.trade, Liquidators.",
    policy_drift_plan,
};
