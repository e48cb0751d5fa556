/* The naive venue: what most people think of first, and the worst of the lot (liquidation-notes.md). */
#include "policy.h"

static void policy_at_once_plan(const struct policy_case *what, struct policy_plan *plan)
{
    const struct margin_view *view = what->view;

    plan->end = view->maintenance == 0 || view->equity > view->maintenance;
    if (plan->end)
        return;
    plan->urgent = true;
    plan->book = !what->after_book;
    plan->everything = true;
    plan->part = POLICY_WHOLE;
    plan->limit = POLICY_AT_BANDS;
}

const struct policy policy_at_once = {
    "at_once",
    "Every position whole, as one IOC order inside the price bands, each second until equity is above\n"
    "maintenance. No slices, no backstop, no deleveraging: what the book does not pay is a debt.",
    policy_at_once_plan,
};
