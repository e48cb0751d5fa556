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
#define INTEREST "bp of open interest"
#define OF_INTEREST "open_interest", POINTS, "open_interest"
#define OF_LIQUIDATED "liquidated_notional", PERCENT, "liquidated_notional"
#define OF_EPISODES "episodes", PERCENT, "episodes"
#define AS_IT_IS NULL, 1, NULL
#define FROM_0 0, INFINITY
#define SHARE 0, 100
#define ANY (-INFINITY), INFINITY

const struct crash_metric crash_metrics[] = {
    { "shortfall", "shortfall", INTEREST, 2, "shortfall", OF_INTEREST, FROM_0 },
    { "provider_profit", "providers' profit", INTEREST, 2, "provider_profit", OF_INTEREST, ANY },
    { "shortfall_with_providers", "shortfall + providers' loss", INTEREST, 2, "shortfall_with_providers", OF_INTEREST,
      FROM_0 },
    { "shortfall_lag", "shortfall by the mark's lag", INTEREST, 2, "shortfall_lag", OF_INTEREST, FROM_0 },
    { "socialised", "socialised", INTEREST, 2, "socialised", OF_INTEREST, FROM_0 },
    { "deleveraged_accounts", "accounts deleveraged", "", 1, "deleveraged_accounts", AS_IT_IS, FROM_0 },
    { "deleveraged_share", "by auto-deleveraging (ADL)", "%", 2, "deleveraged_notional", OF_LIQUIDATED, SHARE },
    { "forgone", "forgone by deleveraged, 60 s later", INTEREST, 2, "forgone", OF_INTEREST, ANY },
    { "backstop_share", "by backstop providers", "%", 2, "backstop_notional", OF_LIQUIDATED, SHARE },
    { "book_share", "liquidated on the book", "%", 2, "book_notional", OF_LIQUIDATED, SHARE },
    { "fund_change", "change of the fund", INTEREST, 2, "fund_change", OF_INTEREST, ANY },
    { "liquidated", "accounts liquidated", "", 1, "liquidated", AS_IT_IS, FROM_0 },
    { "wiped", "accounts wiped out", "", 1, "wiped", AS_IT_IS, FROM_0 },
    { "bankrupt", "accounts bankrupt", "", 1, "bankrupt", AS_IT_IS, FROM_0 },
    { "equity_kept", "equity kept by liquidated", "%", 1, "equity_kept", "equity_before", PERCENT, "equity_before",
      FROM_0 },
    { "underwater", "underwater at the end", INTEREST, 2, "underwater", OF_INTEREST, FROM_0 },
    { "underwater_max", "underwater, largest", INTEREST, 2, "underwater_max", OF_INTEREST, FROM_0 },
    { "displacement", "displacement, mean in liquidation", "bp", 1, "displacement_mean", AS_IT_IS, ANY },
    { "displacement_whole", "displacement, mean of all time", "bp", 1, "displacement_whole", AS_IT_IS, ANY },
    { "displacement_max", "displacement, largest", "bp", 0, "displacement_max", AS_IT_IS, ANY },
    { "one_sided", "time without a two-sided book", "%", 1, "one_sided", NULL, PERCENT, NULL, SHARE },
    { "maker_departures", "makers that left", "", 1, "maker_departures", AS_IT_IS, FROM_0 },
    { "worst_minute", "liquidated in the worst minute", "% of open interest", 2, "worst_minute", "open_interest",
      PERCENT, "open_interest", FROM_0 },
    { "ended_healthy", "episodes that ended healthy", "%", 1, "ended_healthy", OF_EPISODES, SHARE },
    { "ended_wiped", "episodes that ended wiped out", "%", 1, "ended_wiped", OF_EPISODES, SHARE },
    { "still_open", "episodes still open at the end", "%", 1, "still_open", OF_EPISODES, SHARE },
    { "seconds_to_healthy", "time to healthy, mean", "s", 1, "seconds_to_healthy", NULL, 1, "ended_healthy", FROM_0 },
    { "seconds_to_healthy_p99", "time to healthy, p99", "s", 0, "seconds_to_healthy_p99", NULL, 1, "ended_healthy",
      FROM_0 },
    { .key = NULL },
};

const char crash_words_intervals[] =
    "Intervals are of the mean over the simulator's seeds (accounts, makers, noise) on this one crash; they say "
    "nothing about other crashes. Where one would leave what the figure can be it is written [low, high] and ends "
    "there.";
const char crash_words_displacement[] =
    "Displacement: over all markets by open interest, how much further than on the path without liquidations the "
    "pressed side of the book (the bid where liquidations sell, as in a fall) is from the price outside, at its "
    "furthest of each step; mean of the steps with liquidation (an episode open, or something liquidated, on either "
    "path), mean and largest of all steps. Steps in which that side was empty in every market are left out: see the "
    "time without a two-sided book.";

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

/* An end of an interval: the last that can be without decimals. */
static int metrics_write_end(const struct crash_metric *metric, double value, char *text, size_t size)
{
    const bool last = value <= metric->least || value >= metric->most;

    return snprintf(text, size, "%.*f", last ? 0 : (int)metric->decimals,
                    crash_metric_shown(metric, fmin(fmax(value, metric->least), metric->most)));
}

int crash_metric_write(const struct crash_metric *metric, const json_t *statistics, char text[CRASH_METRIC_TEXT])
{
    const json_t *mean = json_object_get(statistics, "mean"), *half = json_object_get(statistics, "half");
    const double middle = json_number_value(mean), reach = json_number_value(half);
    const int decimals = (int)metric->decimals;
    char low[CRASH_METRIC_TEXT / 4], high[CRASH_METRIC_TEXT / 4];
    int length;

    if (!json_is_number(mean)) {
        snprintf(text, CRASH_METRIC_TEXT, "-");
        return 1;
    }
    length = snprintf(text, CRASH_METRIC_TEXT, "%.*f", decimals, crash_metric_shown(metric, middle));
    metrics_write_end(metric, middle - reach, low, sizeof low);
    metrics_write_end(metric, middle + reach, high, sizeof high);
    if (json_is_number(half) && (middle - reach < metric->least || middle + reach > metric->most))
        snprintf(text + length, (size_t)(CRASH_METRIC_TEXT - length), " [%s, %s]", low, high);
    else if (json_is_number(half))
        snprintf(text + length, (size_t)(CRASH_METRIC_TEXT - length), " ± %.*f", decimals, reach);
    return length;
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
    struct crash_statistics statistics = { .mean = NAN, .error = NAN, .half = NAN, .min = NAN, .max = NAN };
    double sum = 0, squares = 0;

    for (uint32_t i = 0; i < count; i++)
        if (!isnan(values[i])) {
            statistics.count++;
            sum += values[i];
            statistics.min = fmin(statistics.min, values[i]); /* not NAN, if one of them is not */
            statistics.max = fmax(statistics.max, values[i]);
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

static json_t *metrics_statistics(const double *values, uint32_t count, double least, double most)
{
    const struct crash_statistics of = crash_statistics_of(values, count);
    json_t *object = json_object();

    report_set_count(object, "count", of.count);
    report_set(object, "mean", metrics_number(of.mean));
    report_set(object, "standard_error", metrics_number(of.error));
    report_set(object, "half", metrics_number(of.half));
    report_set(object, "low", metrics_number(isnan(of.half) ? NAN : fmax(of.mean - of.half, least)));
    report_set(object, "high", metrics_number(isnan(of.half) ? NAN : fmin(of.mean + of.half, most)));
    report_set(object, "min", metrics_number(of.min));
    report_set(object, "max", metrics_number(of.max));
    return object;
}

const char *crash_metrics_column(const json_t *run)
{
    const char *column = json_string_value(json_object_get(run, "column"));
    const char *policy = json_string_value(json_object_get(run, "policy"));

    return column && strcmp(policy, crash_policy_name(POLICY_NONE)) != 0 ? column : policy;
}

/* The metric of a column's runs, in the order of seeds. Returns how many. */
static uint32_t metrics_values(const json_t *study, const struct crash_metric *metric, const char *column,
                               double *values)
{
    uint32_t count = 0;
    size_t index;
    json_t *run;

    json_array_foreach(json_object_get(study, "runs"), index, run)
        if (strcmp(crash_metrics_column(run), column) == 0)
            values[count++] = crash_metric_of(metric, run);
    return count;
}

static json_t *metrics_column(const json_t *study, const char *column, bool has_ours)
{
    const size_t runs = json_array_size(json_object_get(study, "runs"));
    double *values = memory_reserve(runs, sizeof *values), *ours = memory_reserve(runs, sizeof *ours);
    json_t *object = json_object();

    for (const struct crash_metric *metric = crash_metrics; metric->key; metric++) {
        const uint32_t count = metrics_values(study, metric, column, values);
        json_t *one = metrics_statistics(values, count, metric->least, metric->most);

        report_set(one, "minus_ours", json_null());
        if (has_ours && metrics_values(study, metric, policy_ours.name, ours) == count) {
            for (uint32_t i = 0; i < count; i++)
                values[i] -= ours[i];
            report_set(one, "minus_ours", metrics_statistics(values, count, -INFINITY, INFINITY));
        }
        report_set(object, metric->key, one);
    }
    free(values);
    free(ours);
    return object;
}

const char *crash_policy_title(const char *column)
{
    return strcmp(column, crash_policy_name(POLICY_NONE)) == 0 ? "nobody" : column;
}

const json_t *crash_metrics_of(const json_t *policy, const char *metric)
{
    return json_object_get(json_object_get(policy, "metrics"), metric);
}

static void metrics_add_column(const json_t *study, json_t *policies, const char *column, bool has_ours)
{
    json_t *one = json_object();

    report_set(one, "policy", json_string(column));
    report_set(one, "metrics", metrics_column(study, column, has_ours));
    json_array_append_new(policies, one);
}

void crash_metrics_summarise(json_t *study)
{
    json_t *policies = json_array(), *name;
    const json_t *names = json_object_get(study, "compared");
    bool has_ours = false;
    size_t index;

    json_array_foreach(names, index, name)
        has_ours |= strcmp(json_string_value(name), policy_ours.name) == 0;
    json_array_foreach(names, index, name)
        metrics_add_column(study, policies, json_string_value(name), has_ours);
    if (!json_is_true(json_object_get(json_object_get(study, "sweep"), "world")))
        metrics_add_column(study, policies, crash_policy_name(POLICY_NONE), has_ours);
    crash_goals_judge(study, policies);
    report_set(study, "policies", policies);
}
