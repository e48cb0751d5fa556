/* Hyperliquid: hyperliquid.gitbook.io/hyperliquid-docs, "Trading / Liquidations" and "Trading / Auto-deleveraging". */
#include "durations.h"
#include "policy.h"

enum {
    HYPERLIQUID_LARGE_USDC = 100000,         /* Liquidations, "Partial Liquidations" */
    HYPERLIQUID_FIRST = POLICY_WHOLE / 5,    /* likewise: 20 % of the position */
    HYPERLIQUID_COOLDOWN_SECONDS = 30,       /* likewise: orders of these seconds are for the entire position */
    HYPERLIQUID_VAULT_OF = 2, HYPERLIQUID_VAULT_IN = 3, /* Liquidations: backstop below 2/3 of maintenance margin */
};

/* A large account's first order, and the first one after a cooldown in which there was none. The documents say
 * position; the plan is one for the account, so here it is all that it has. */
static bool hyperliquid_is_partial(const struct policy_case *what)
{
    const uint64_t step_ns = what->episode->step_ns;

    return what->view->notional > HYPERLIQUID_LARGE_USDC * what->one &&
           (step_ns == 0 || what->now_ns - step_ns > HYPERLIQUID_COOLDOWN_SECONDS * NS_A_SECOND);
}

static void policy_hyperliquid_plan(const struct policy_case *what, struct policy_plan *plan)
{
    const struct margin_view *view = what->view;
    const bool vault = view->equity * HYPERLIQUID_VAULT_IN < view->maintenance * HYPERLIQUID_VAULT_OF;

    plan->end = view->maintenance == 0 || view->equity > view->maintenance;
    if (plan->end)
        return;
    plan->urgent = vault;
    if (!what->after_book) {
        plan->book = plan->everything = true;
        plan->part = hyperliquid_is_partial(what) ? HYPERLIQUID_FIRST : POLICY_WHOLE;
        plan->of_present = true;
        plan->limit = POLICY_AT_BANDS; /* market orders */
        return;
    }
    plan->hand_over = vault;
    plan->hand_over_part = vault ? POLICY_WHOLE : 0;
    plan->discount = POLICY_SHARE_OF_EQUITY; /* all cross margin goes with the positions */
    plan->deleverage = view->equity < 0;     /* Auto-deleveraging: account value negative */
}

const struct policy policy_hyperliquid = {
    "hyperliquid",
    "The whole position as a market order; above 100,000 USDC 20 % first, during the next 30 s orders are\n"
    "for all. Below 2/3 of maintenance margin the vault (here: the providers) takes positions and margin.\n"
    "Equity negative: deleveraging by profit ratio x leverage.\n"
    "Source: Hyperliquid Docs, Trading: Liquidations; Auto-deleveraging.",
    policy_hyperliquid_plan,
};
