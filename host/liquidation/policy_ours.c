/* Ours (exchange-rules.md, section 6): gently while there is time, all at once when there is none. */
#include "durations.h"
#include "policy.h"

/* Whether equity reaches E_b within the rules' seconds, as it has fallen lately. */
static bool policy_ours_is_soon(const struct policy_case *what, wide backstop)
{
    return what->view->equity - backstop < what->fall * what->rules->urgent_seconds;
}

static void policy_ours_plan(const struct policy_case *what, struct policy_plan *plan)
{
    const struct liquidation_rules *rules = what->rules;
    const struct margin_view *view = what->view;
    const wide backstop = policy_part(view->maintenance, rules->backstop);
    const bool old = what->now_ns - what->episode->begun_ns >= rules->episode_seconds * NS_A_SECOND;
    const bool ill = view->equity <= view->maintenance, last = ill && (old || view->equity < backstop);

    plan->end = view->maintenance == 0 ||
                (!ill && view->equity >= policy_part(view->initial - view->reserved, rules->stop));
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
    "Urgent (two thirds of maintenance are less than 60 s away in this fall, or passed, or it is 60 s old): all of\n"
    "it, inside bands and bankruptcy price. Until equity is 1.02 x initial margin, urgent: above maintenance.\n"
    "What is left below two thirds, or after 60 s, goes to providers at the mark with its share of the equity,\n"
    "then to auto-deleveraging at the bankruptcy price. Source: exchange-rules.md, section 6.",
    policy_ours_plan };
