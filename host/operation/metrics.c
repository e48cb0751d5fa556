#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "units.h"

enum metric_kind { METRIC_counter, METRIC_gauge };

static const struct metric {
    const char *name, *help;
    enum metric_kind kind;
    size_t offset;
} table[] = {
#define METRIC_ENTRY(name, kind, help) { #name, help, METRIC_##kind, offsetof(struct metrics, name) },
    METRICS_TABLE(METRIC_ENTRY)
#undef METRIC_ENTRY
};

#define METRIC_COUNT (sizeof table / sizeof *table)

const char *metrics_stage_name(enum metrics_stage stage)
{
    static const char *const names[METRICS_STAGES] = {
        "receive", "check", "submit", "card", "clear", "hash", "journal", "send", "other",
    };

    return names[stage];
}

static uint64_t metric_value(const struct metrics *metrics, const struct metric *metric)
{
    return *(const uint64_t *)(const void *)((const char *)metrics + metric->offset);
}

/* A summary; `decimals`: 9 for nanoseconds shown as seconds, 0 for counts. */
static void print_distribution(FILE *file, const char *name, const char *label, unsigned decimals,
                               const struct distribution *distribution)
{
    static const struct {
        unsigned permille;
        const char *quantile;
    } marks[] = { { 500, "0.5" }, { 990, "0.99" }, { 999, "0.999" }, { 1000, "1" } };
    char text[UNITS_TEXT_MAX];

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        uint64_t value = marks[i].permille == 1000 ? distribution->max
                                                   : distribution_percentile(distribution, marks[i].permille);

        units_format((wide)value, decimals, text, sizeof text);
        fprintf(file, "vitrine_%s{%s%squantile=\"%s\"} %s\n", name, label, label[0] ? "," : "", marks[i].quantile,
                text);
    }
    units_format((wide)distribution->sum, decimals, text, sizeof text);
    fprintf(file, "vitrine_%s_sum%s%s%s %s\n", name, label[0] ? "{" : "", label, label[0] ? "}" : "", text);
    fprintf(file, "vitrine_%s_count%s%s%s %" PRIu64 "\n", name, label[0] ? "{" : "", label, label[0] ? "}" : "",
            distribution->count);
}

static void print_head(FILE *file, const char *name, const char *help, const char *type)
{
    fprintf(file, "# HELP vitrine_%s %s\n# TYPE vitrine_%s %s\n", name, help, name, type);
}

/* Distributions beside those of the stages: name for Prometheus, in JSON. */
static const struct {
    const char *name, *key, *help;
    size_t offset;
    unsigned decimals;
} summaries[] = {
#define SUMMARY(member, name, decimals, help) \
    { name, #member, help, offsetof(struct metrics_distributions, member), decimals }
    SUMMARY(host_ns, "host_seconds", 9, "time a batch spends in the host's code: all stages but the card"),
    SUMMARY(host_order_ns, "host_order_seconds", 9, "the same of batches of one input"),
    SUMMARY(batch_wait_ns, "batch_wait_seconds", 9, "from a client's first input to the begin of its batch"),
    SUMMARY(batch_inputs, "batch_inputs", 0, "inputs in a batch"),
    SUMMARY(batch_rounds, "batch_rounds", 0, "rounds of a batch"),
    SUMMARY(journal_lag_ns, "journal_lag_seconds", 9, "from a batch's append to its being durable"),
    SUMMARY(snapshot_hold_ns, "snapshot_hold_seconds", 9, "how long orders waited for a snapshot's fork"),
#undef SUMMARY
};
enum { DISTRIBUTION_COUNT = sizeof summaries / sizeof *summaries };

static const struct distribution *summary_of(const struct metrics_distributions *distributions, size_t number)
{
    return (const void *)((const char *)distributions + summaries[number].offset);
}

char *metrics_print(const struct metrics *metrics)
{
    const struct metrics_distributions *distributions = metrics->distributions;
    char *text = NULL, label[32];
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    check(file != NULL);
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        print_head(file, table[i].name, table[i].help, table[i].kind == METRIC_counter ? "counter" : "gauge");
        fprintf(file, "vitrine_%s %" PRIu64 "\n", table[i].name, metric_value(metrics, &table[i]));
    }
    if (metrics->money)
        metrics_money_print(metrics->money, file);
    print_head(file, "stage_seconds", "time a batch spends in a stage", "summary");
    for (unsigned i = 0; i < METRICS_STAGES; i++) {
        snprintf(label, sizeof label, "stage=\"%s\"", metrics_stage_name(i));
        print_distribution(file, "stage_seconds", label, 9, &distributions->stage[i]);
    }
    for (size_t i = 0; i < DISTRIBUTION_COUNT; i++) {
        print_head(file, summaries[i].name, summaries[i].help, "summary");
        print_distribution(file, summaries[i].name, "", summaries[i].decimals, summary_of(distributions, i));
    }
    check(fclose(file) == 0);
    return text;
}

static json_t *object_distribution(const struct distribution *distribution)
{
    if (distribution->count == 0)
        return json_null();
    return json_pack("{s:I,s:I,s:I,s:I,s:I}", "mean", (json_int_t)(distribution->sum / distribution->count), "p50",
                     (json_int_t)distribution_percentile(distribution, 500), "p99",
                     (json_int_t)distribution_percentile(distribution, 990), "p999",
                     (json_int_t)distribution_percentile(distribution, 999), "max", (json_int_t)distribution->max);
}

json_t *metrics_object(const struct metrics *metrics)
{
    const struct metrics_distributions *distributions = metrics->distributions;
    json_t *object = json_object(), *stages = json_object();

    for (size_t i = 0; i < METRIC_COUNT; i++)
        json_object_set_new(object, table[i].name, json_integer((json_int_t)metric_value(metrics, &table[i])));
    for (unsigned i = 0; i < METRICS_STAGES; i++)
        json_object_set_new(stages, metrics_stage_name(i), object_distribution(&distributions->stage[i]));
    if (metrics->money)
        json_object_set_new(object, "money", metrics_money_object(metrics->money));
    json_object_set_new(object, "stages_ns", stages);
    for (size_t i = 0; i < DISTRIBUTION_COUNT; i++)
        json_object_set_new(object, summaries[i].key, object_distribution(summary_of(distributions, i)));
    return object;
}
