#include "crash_metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "memory.h"
#include "policy.h"
#include "report.h"

#define POINTS 1e4   /* basis points */
#define PERCENT 100.0
#define NO_MORE 1e-6 /* bp and %: sums of the same money in another order differ by less */

const struct crash_metric crash_metrics[] = {
    { "shortfall", "shortfall", "bp of open interest", 2, "shortfall", "open_interest", POINTS, "open_interest" },
    { "socialised", "socialised", "bp of open interest", 2, "socialised", "open_interest", POINTS, "open_interest" },
    { "shortfall_lag", "shortfall by the mark's lag", "bp of open interest", 2, "shortfall_lag", "open_interest",
      POINTS, "open_interest" },
    { "fund_change", "change of the fund", "bp of open interest", 2, "fund_change", "open_interest", POINTS,
      "open_interest" },
    { "book_share", "liquidated on the book", "%", 2, "book_notional", "liquidated_notional", PERCENT,
      "liquidated_notional" },
    { "backstop_share", "by backstop providers", "%", 2, "backstop_notional", "liquidated_notional", PERCENT,
      "liquidated_notional" },
    { "deleveraged_share", "by auto-deleveraging", "%", 2, "deleveraged_notional", "liquidated_notional", PERCENT,
      "liquidated_notional" },
    { "liquidated", "accounts liquidated", "", 1, "liquidated", NULL, 1, NULL },
    { "wiped", "accounts wiped out", "", 1, "wiped", NULL, 1, NULL },
    { "bankrupt", "accounts bankrupt", "", 1, "bankrupt", NULL, 1, NULL },
    { "deleveraged_accounts", "accounts deleveraged", "", 1, "deleveraged_accounts", NULL, 1, NULL },
    { "equity_kept", "equity kept by liquidated", "%", 1, "equity_kept", "equity_before", PERCENT, "equity_before" },
    { "displacement", "displacement of the mid, mean", "bp", 1, "displacement_mean", NULL, 1, NULL },
    { "displacement_max", "displacement of the mid, largest", "bp", 0, "displacement_max", NULL, 1, NULL },
    { "worst_minute", "liquidated in the worst minute", "% of open interest", 2, "worst_minute", "open_interest",
      PERCENT, "open_interest" },
    { "seconds_to_healthy", "time to healthy, mean", "s", 1, "seconds_to_healthy", NULL, 1, "liquidated" },
    { "seconds_to_healthy_p99", "time to healthy, p99", "s", 0, "seconds_to_healthy_p99", NULL, 1, "liquidated" },
    { .key = NULL },
};

const struct crash_metric *crash_metric_find(const char *key)
{
    for (const struct crash_metric *metric = crash_metrics; metric->key; metric++)
        if (strcmp(metric->key, key) == 0)
            return metric;
    return NULL;
}

double crash_metric_of(const struct crash_metric *metric, const json_t *run)
{
    const json_t *value = json_object_get(run, metric->value);

    if (!json_is_number(value) || (metric->needs && json_number_value(json_object_get(run, metric->needs)) == 0))
        return NAN;
    return json_number_value(value) * metric->scale /
           (metric->of ? json_number_value(json_object_get(run, metric->of)) : 1);
}

double crash_metric_shown(const struct crash_metric *metric, double value)
{
    return fabs(value) * pow(10, metric->decimals) < 0.5 ? 0 : value;
}

double crash_statistics_quantile(uint32_t freedom)
{
    static const double few[] = { NAN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228 };
    const double z = 1.959964, degrees = freedom;

    if (freedom < sizeof few / sizeof *few)
        return few[freedom];
    return z + (pow(z, 3) + z) / (4 * degrees) +
           (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * degrees * degrees) +
           (3 * pow(z, 7) + 19 * pow(z, 5) + 17 * pow(z, 3) - 15 * z) / (384 * pow(degrees, 3));
}

struct crash_statistics crash_statistics_of(const double *values, uint32_t count)
{
    struct crash_statistics statistics = { .mean = NAN, .error = NAN, .half = NAN };
    double sum = 0, squares = 0;

    for (uint32_t i = 0; i < count; i++)
        if (!isnan(values[i])) {
            statistics.count++;
            sum += values[i];
        }
    if (statistics.count == 0)
        return statistics;
    statistics.mean = sum / statistics.count;
    if (statistics.count == 1)
        return statistics;
    for (uint32_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            squares += (values[i] - statistics.mean) * (values[i] - statistics.mean);
    statistics.error = sqrt(squares / (statistics.count - 1) / statistics.count);
    statistics.half = crash_statistics_quantile(statistics.count - 1) * statistics.error;
    return statistics;
}

/* --- summary --- */

static json_t *metrics_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *metrics_statistics(const double *values, uint32_t count)
{
    const struct crash_statistics of = crash_statistics_of(values, count);
    json_t *object = json_object();

    report_set_count(object, "count", of.count);
    report_set(object, "mean", metrics_number(of.mean));
    report_set(object, "standard_error", metrics_number(of.error));
    report_set(object, "half", metrics_number(of.half));
    return object;
}

/* The metric of a policy's runs, in the order of seeds. Returns how many. */
static uint32_t metrics_values(const json_t *study, const struct crash_metric *metric, const char *policy,
                               double *values)
{
    uint32_t count = 0;
    size_t index;
    json_t *run;

    json_array_foreach(json_object_get(study, "runs"), index, run)
        if (strcmp(json_string_value(json_object_get(run, "policy")), policy) == 0)
            values[count++] = crash_metric_of(metric, run);
    return count;
}

static json_t *metrics_policy(const json_t *study, const char *policy, bool has_ours)
{
    const size_t runs = json_array_size(json_object_get(study, "runs"));
    double *values = memory_reserve(runs, sizeof *values), *ours = memory_reserve(runs, sizeof *ours);
    json_t *object = json_object();

    for (const struct crash_metric *metric = crash_metrics; metric->key; metric++) {
        const uint32_t count = metrics_values(study, metric, policy, values);
        json_t *one = metrics_statistics(values, count);

        report_set(one, "minus_ours", json_null());
        if (has_ours && metrics_values(study, metric, policy_ours.name, ours) == count) {
            for (uint32_t i = 0; i < count; i++)
                values[i] -= ours[i];
            report_set(one, "minus_ours", metrics_statistics(values, count));
        }
        report_set(object, metric->key, one);
    }
    free(values);
    free(ours);
    return object;
}

/* --- goals: least shortfall, least socialised, largest share on book among policies with no more shortfall --- */

static double metrics_mean(const json_t *policy, const char *metric)
{
    const json_t *mean = json_object_get(json_object_get(json_object_get(policy, "metrics"), metric), "mean");

    return json_is_number(mean) ? json_number_value(mean) : NAN;
}

static void metrics_show(const json_t *policy, const char *key, char *text, size_t size)
{
    const struct crash_metric *metric = crash_metric_find(key);
    const json_t *half = json_object_get(json_object_get(json_object_get(policy, "metrics"), key), "half");
    const int decimals = (int)metric->decimals;

    if (json_is_number(half))
        snprintf(text, size, "%s %.*f ± %.*f %s", json_string_value(json_object_get(policy, "policy")), decimals,
                 crash_metric_shown(metric, metrics_mean(policy, key)), decimals, json_number_value(half),
                 metric->unit);
    else
        snprintf(text, size, "%s %.*f %s", json_string_value(json_object_get(policy, "policy")), decimals,
                 crash_metric_shown(metric, metrics_mean(policy, key)), metric->unit);
}

static void metrics_goal(json_t *goals, const char *goal, const char *metric, const json_t *ours, const json_t *other,
                         bool holds)
{
    char mine[128], theirs[128], detail[320];
    json_t *object = json_object();

    metrics_show(ours, metric, mine, sizeof mine);
    snprintf(detail, sizeof detail, "%s; no other policy to compare with", mine);
    if (other) {
        metrics_show(other, metric, theirs, sizeof theirs);
        snprintf(detail, sizeof detail, "%s; best of the others: %s", mine, theirs);
    }
    report_set(object, "goal", json_string(goal));
    report_set(object, "holds", json_boolean(holds));
    report_set(object, "detail", json_string(detail));
    json_array_append_new(goals, object);
}

/* The best of the others in `metric`, `sign` 1: the least, -1: the most; among those with no more shortfall than
 * ours where `rivals`. */
static const json_t *metrics_best(const json_t *policies, const json_t *ours, const char *metric, int sign, bool rivals)
{
    const json_t *best = NULL;
    size_t index;
    json_t *one;

    json_array_foreach(policies, index, one) {
        const double mean = metrics_mean(one, metric);

        if (one == ours || isnan(mean) ||
            strcmp(json_string_value(json_object_get(one, "policy")), crash_policy_name(POLICY_NONE)) == 0)
            continue;
        if (rivals && metrics_mean(one, "shortfall") > metrics_mean(ours, "shortfall") + NO_MORE)
            continue;
        if (best == NULL || sign * mean < sign * metrics_mean(best, metric))
            best = one;
    }
    return best;
}

static void metrics_goals(json_t *study, const json_t *policies, const json_t *ours)
{
    static const struct {
        const char *goal, *metric;
        int sign;
        bool rivals;
    } all[] = {
        { "ours has the least shortfall", "shortfall", 1, false },
        { "ours has the least socialised", "socialised", 1, false },
        { "among policies with no more shortfall ours has the largest share on the book", "book_share", -1, true },
    };
    json_t *goals = json_array();

    for (size_t i = 0; ours && i < sizeof all / sizeof *all; i++) {
        const json_t *other = metrics_best(policies, ours, all[i].metric, all[i].sign, all[i].rivals);
        const double mine = metrics_mean(ours, all[i].metric);

        metrics_goal(goals, all[i].goal, all[i].metric, ours, other,
                     other == NULL ||
                         all[i].sign * mine <= all[i].sign * metrics_mean(other, all[i].metric) + NO_MORE);
    }
    report_set(study, "goals", goals);
}

void crash_metrics_summarise(json_t *study)
{
    json_t *policies = json_array(), *ours = NULL, *name;
    const json_t *names = json_object_get(study, "compared");
    bool has_ours = false;
    size_t index;

    json_array_foreach(names, index, name)
        has_ours |= strcmp(json_string_value(name), policy_ours.name) == 0;
    json_array_foreach(names, index, name) {
        json_t *one = json_object();

        report_set(one, "policy", json_string(json_string_value(name)));
        report_set(one, "metrics", metrics_policy(study, json_string_value(name), has_ours));
        json_array_append_new(policies, one);
        if (strcmp(json_string_value(name), policy_ours.name) == 0)
            ours = one;
    }
    metrics_goals(study, policies, ours);
    report_set(study, "policies", policies);
}
