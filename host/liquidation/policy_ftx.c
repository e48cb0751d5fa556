/* FTX, as its help centre said before November 2022: "Liquidations" (article 360027668712 and its predecessor
 * 360027937831), "Backstop Liquidity Provider Program" (360024479392). */
#include "policy.h"

enum {
    FTX_STEP_MS = 6000,             /* 360027937831, step 1: "approximately every 6 seconds", drawn there at random */
    FTX_SLICE = POLICY_WHOLE / 10,  /* likewise: "10% of the position size" */
    FTX_LEAST_USD = 1000,           /* likewise, steps 1 and 2: at least min($1000, position size) */
    FTX_BELOW = 60000,              /* 360027668712: ACMF = max(MMF / 2, MMF - 0.06) */
};

/* Equity at the auto-close margin fraction, times notional; rounded down, which is for the account. */
static wide ftx_auto_close(const struct margin_view *view)
{
    const wide half = view->maintenance / 2;
    const wide below = view->maintenance - view->notional * FTX_BELOW / POLICY_WHOLE;

    return half > below ? half : below;
}

/* Step 2: 1 - margin fraction / auto-close margin fraction of each position, a second; all of it below 0. */
static uint32_t ftx_auto_close_part(wide equity, wide threshold)
{
    if (equity <= 0)
        return POLICY_WHOLE;
    return (uint32_t)wide_divide_up((threshold - equity) * POLICY_WHOLE, threshold);
}

/* The order size of step 1 is also bound by 0.0001 of the day's volume, all accounts together, 1 to 5 basis points
 * through the book: here by the part of the depth that all calm slices share, inside the impact band. Step 2 closes at
 * the zero price; a third of what was left went to a fund of the backstop's, which is the providers' here. */
static void policy_ftx_plan(const struct policy_case *what, struct policy_plan *plan)
{
    const struct margin_view *view = what->view;
    const wide threshold = ftx_auto_close(view);
    const bool auto_close = view->equity < threshold;

    plan->end = view->maintenance == 0 || view->equity > view->maintenance;
    if (plan->end)
        return;
    plan->urgent = auto_close;
    plan->of_present = true;
    plan->notional_min = FTX_LEAST_USD * what->one;
    if (!what->after_book) {
        plan->book = !auto_close;
        plan->together = plan->everything = true;
        plan->part = FTX_SLICE;
        plan->pause_ms = FTX_STEP_MS;
        plan->limit = POLICY_AT_BANKRUPTCY;
        return;
    }
    plan->hand_over = plan->claw_back = auto_close;
    plan->hand_over_part = auto_close ? ftx_auto_close_part(view->equity, threshold) : 0;
    plan->discount = POLICY_SHARE_OF_EQUITY;
}

const struct policy policy_ftx = {
    "ftx",
    "10 % of each position every 6 s on the book, at least 1,000 USD, all accounts inside a share of the\n"
    "depth. Below max(MMF / 2, MMF - 6 %): 1 - MF / ACMF of each position a second to backstop providers\n"
    "at the zero price. What they don't take closes against winners, and the loss is clawed back from all.\n"
    "Source: FTX help centre, articles 360027937831, 360027668712 and 360024479392.",
    policy_ftx_plan,
};
