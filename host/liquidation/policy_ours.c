/* Ours (exchange-rules.md, section 6): gently while there is time, all at once when there is none. */
#include "durations.h"
#include "policy.h"

/* Whether equity reaches E_b within the rules' seconds, as it has fallen lately. */
static bool policy_ours_is_soon(const struct policy_case *what, wide backstop)
{
    return what->view->equity - backstop < what->fall * what->rules->urgent_seconds;
}

/* Above maintenance, but nothing of it has filled for as long as an episode is gentle: it is let go. */
static bool policy_ours_is_stuck(const struct policy_case *what)
{
    return what->now_ns - what->episode->stirred_ns >= what->rules->episode_seconds * NS_A_SECOND;
}

static void policy_ours_plan(const struct policy_case *what, struct policy_plan *plan)
{
    const struct liquidation_rules *rules = what->rules;
    const struct margin_view *view = what->view;
    const wide backstop = policy_part(view->maintenance, rules->backstop);
    const bool old = policy_ill_ns(what) >= rules->episode_seconds * NS_A_SECOND;
    const bool ill = view->equity <= view->maintenance, last = ill && (old || view->equity < backstop);

    plan->end = view->maintenance == 0 ||
                (!ill && (policy_ours_is_stuck(what) ||
                          view->equity >= policy_part(view->initial - view->reserved, rules->stop)));
    plan->urgent = last || (ill && policy_ours_is_soon(what, backstop));
    plan->book = true;
    plan->together = !plan->urgent;
    plan->part = plan->urgent ? POLICY_WHOLE : rules->slice;
    plan->limit = POLICY_AT_BANKRUPTCY;
    plan->hand_over = plan->deleverage = last;
    plan->hand_over_part = POLICY_WHOLE;
    plan->discount = POLICY_SHARE_OF_EQUITY;
}

const struct policy policy_ours = {
    "ours",
    "Calm: 10 % slices of what frees most margin per impact; all accounts take 25 % of the depth, once it is back.\n"
    "Urgent (2/3 of maintenance is less than 60 s away in this fall, or passed, or ill for 60 s): all of it, inside\n"
    "bands and bankruptcy price. Until equity is 1.02 x initial margin; urgent, or nothing fills: above maintenance.\n"
    "What is left below 2/3, or after 60 s of illness, goes to providers at the mark with its share of the equity,\n"
    "then to auto-deleveraging at the bankruptcy price. Source: exchange-rules.md, section 6.",
    policy_ours_plan };
