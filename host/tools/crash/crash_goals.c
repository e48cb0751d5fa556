/* Goals: ours has the least shortfall, the least socialised and, among policies with no more shortfall, the largest
 * share on the book. Each is judged against every other policy by the interval of paired differences (same seeds), so
 * that chance alone is no victory: where an interval covers 0 the goal is undecided. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "crash.h"
#include "crash_metrics.h"
#include "policy.h"
#include "report.h"

#define NO_MORE 1e-6 /* bp and %: sums of the same money in another order differ by less */

enum { GOALS_TEXT = 192, GOALS_LINE = 1024 };

/* How a policy does in a metric against ours. From the worst outcome for the goal to the best. */
enum goals_relation { RELATION_AHEAD, RELATION_UNDECIDED, RELATION_EQUAL, RELATION_BEHIND, RELATION_NONE };

static const char *const goals_results[] = { "no", "undecided", "tie", "yes", "nothing to compare with" };

struct goals_goal {
    const char *goal, *metric;
    int sign;                /* 1: less is better, -1: more is */
    bool rivals;             /* only against policies that don't have more shortfall */
    const char *beside[3];   /* metrics to be read together with it */
};

static const struct goals_goal goals_all[] = {
    { "ours has the least shortfall", "shortfall", 1, false,
      { "shortfall_with_providers", "provider_profit", NULL } },
    { "ours has the least socialised", "socialised", 1, false,
      { "deleveraged_accounts", "deleveraged_share", "forgone" } },
    { "among policies with no more shortfall ours has the largest share on the book", "book_share", -1, true,
      { "shortfall", NULL, NULL } },
};

static double goals_number(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);

    return json_is_number(number) ? json_number_value(number) : NAN;
}

static const char *goals_name(const json_t *policy)
{
    return json_string_value(json_object_get(policy, "policy"));
}

/* Of the metric, `sign` as in a goal. */
static enum goals_relation goals_relate(const json_t *policy, const char *metric, int sign)
{
    const json_t *minus = json_object_get(crash_metrics_of(policy, metric), "minus_ours");
    const double mean = sign * goals_number(minus, "mean"), half = goals_number(minus, "half");

    if (isnan(mean))
        return RELATION_NONE;
    if (fabs(mean) <= NO_MORE && !(half > NO_MORE))
        return RELATION_EQUAL;
    if (isnan(half) || fabs(mean) <= half)
        return RELATION_UNDECIDED;
    return mean > 0 ? RELATION_BEHIND : RELATION_AHEAD;
}

/* A policy with more shortfall is no rival; one that may have more proves nothing by being ahead. */
static enum goals_relation goals_compare(const struct goals_goal *goal, const json_t *policy)
{
    const enum goals_relation relation = goals_relate(policy, goal->metric, goal->sign);
    const enum goals_relation shortfall = goal->rivals ? goals_relate(policy, "shortfall", 1) : RELATION_EQUAL;

    if (shortfall == RELATION_BEHIND || shortfall == RELATION_NONE)
        return RELATION_NONE;
    if (shortfall == RELATION_UNDECIDED && relation == RELATION_AHEAD)
        return RELATION_UNDECIDED;
    return relation;
}

static double goals_mean(const struct goals_goal *goal, const json_t *policy)
{
    return goal->sign * goals_number(crash_metrics_of(policy, goal->metric), "mean");
}

/* --- words --- */

static void goals_add(char line[GOALS_LINE], const char *between, const char *text)
{
    const size_t used = strlen(line);

    snprintf(line + used, GOALS_LINE - used, "%s%s", used ? between : "", text);
}

/* "ours 3.10 ± 0.40 bp of open interest" */
static void goals_show(const json_t *policy, const char *key, char text[GOALS_TEXT])
{
    const struct crash_metric *metric = crash_metric_find(key);
    char value[CRASH_METRIC_TEXT];

    crash_metric_write(metric, crash_metrics_of(policy, key), value);
    snprintf(text, GOALS_TEXT, "%s %s%s%s", goals_name(policy), value, *metric->unit ? " " : "", metric->unit);
}

static void goals_detail(const struct goals_goal *goal, const json_t *ours, const json_t *best,
                         const char *undecided, char line[GOALS_LINE])
{
    const struct crash_metric *metric = crash_metric_find(goal->metric);
    char text[GOALS_TEXT], shown[GOALS_TEXT], value[CRASH_METRIC_TEXT];
    const struct crash_metric difference = { .decimals = metric->decimals, .least = -INFINITY, .most = INFINITY };

    *line = '\0';
    goals_show(ours, goal->metric, text);
    goals_add(line, "", text);
    if (best == NULL) {
        goals_add(line, "; ", goal->rivals ? "no other policy has no more shortfall" : "no other policy was run");
        return;
    }
    goals_show(best, goal->metric, shown);
    snprintf(text, sizeof text, "best of the others: %.160s", shown);
    goals_add(line, "; ", text);
    crash_metric_write(&difference, json_object_get(crash_metrics_of(best, goal->metric), "minus_ours"), value);
    snprintf(text, sizeof text, "%.60s minus ours: %s", goals_name(best), value);
    goals_add(line, "; ", text);
    if (*undecided) {
        goals_add(line, "; ", "undecided against ");
        goals_add(line, "", undecided);
    }
}

static void goals_beside(const struct goals_goal *goal, const json_t *ours, const json_t *best,
                         char line[GOALS_LINE])
{
    char text[GOALS_TEXT];

    *line = '\0';
    for (unsigned i = 0; i < sizeof goal->beside / sizeof *goal->beside && goal->beside[i]; i++) {
        goals_add(line, "; ", crash_metric_find(goal->beside[i])->label);
        goals_show(ours, goal->beside[i], text);
        goals_add(line, ": ", text);
        if (best) {
            goals_show(best, goal->beside[i], text);
            goals_add(line, ", ", text);
        }
    }
}

/* --- one goal --- */

static json_t *goals_judge(const struct goals_goal *goal, const json_t *policies, const json_t *ours)
{
    enum goals_relation worst = RELATION_NONE;
    const json_t *best = NULL;
    char undecided[GOALS_LINE] = "", line[GOALS_LINE];
    json_t *object = json_object(), *one;
    size_t index;

    json_array_foreach(policies, index, one) {
        enum goals_relation relation;

        if (one == ours || strcmp(goals_name(one), crash_policy_name(POLICY_NONE)) == 0)
            continue;
        relation = goals_compare(goal, one);
        if (relation == RELATION_NONE)
            continue;
        if (relation == RELATION_UNDECIDED)
            goals_add(undecided, ", ", goals_name(one));
        worst = relation < worst ? relation : worst;
        if (best == NULL || goals_mean(goal, one) < goals_mean(goal, best))
            best = one;
    }
    report_set(object, "goal", json_string(goal->goal));
    report_set(object, "result", json_string(goals_results[worst]));
    report_set(object, "holds", worst == RELATION_NONE || worst == RELATION_UNDECIDED
                                    ? json_null() : json_boolean(worst != RELATION_AHEAD));
    goals_detail(goal, ours, best, undecided, line);
    report_set(object, "detail", json_string(line));
    goals_beside(goal, ours, best, line);
    report_set(object, "beside", json_string(line));
    return object;
}

void crash_goals_judge(json_t *study, const json_t *policies)
{
    const json_t *ours = NULL;
    json_t *goals = json_array(), *one;
    size_t index;

    json_array_foreach(policies, index, one)
        if (strcmp(goals_name(one), policy_ours.name) == 0)
            ours = one;
    for (size_t i = 0; ours && i < sizeof goals_all / sizeof *goals_all; i++)
        json_array_append_new(goals, goals_judge(&goals_all[i], policies, ours));
    report_set(study, "goals", goals);
}
