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
    print_head(file, "host_seconds", "time a batch spends in the host's code: all stages but the card", "summary");
    print_distribution(file, "host_seconds", "", 9, &distributions->host_ns);
    print_distribution(file, "host_order_seconds", "", 9, &distributions->host_order_ns);
    print_head(file, "batch_inputs", "inputs in a batch", "summary");
    print_distribution(file, "batch_inputs", "", 0, &distributions->batch_inputs);
    print_head(file, "batch_rounds", "rounds of a batch", "summary");
    print_distribution(file, "batch_rounds", "", 0, &distributions->batch_rounds);
    print_head(file, "journal_lag_seconds", "from a batch's append to its being durable", "summary");
    print_distribution(file, "journal_lag_seconds", "", 9, &distributions->journal_lag_ns);
    print_head(file, "snapshot_hold_seconds", "how long orders waited for a snapshot's fork", "summary");
    print_distribution(file, "snapshot_hold_seconds", "", 9, &distributions->snapshot_hold_ns);
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
    json_object_set_new(object, "host_ns", object_distribution(&distributions->host_ns));
    json_object_set_new(object, "host_order_ns", object_distribution(&distributions->host_order_ns));
    json_object_set_new(object, "batch_inputs", object_distribution(&distributions->batch_inputs));
    json_object_set_new(object, "batch_rounds", object_distribution(&distributions->batch_rounds));
    json_object_set_new(object, "journal_lag_ns", object_distribution(&distributions->journal_lag_ns));
    json_object_set_new(object, "snapshot_hold_ns", object_distribution(&distributions->snapshot_hold_ns));
    return object;
}
