/* A study on a terminal. */
#include <stdio.h>
#include <string.h>

#include "crash.h"
#include "crash_metrics.h"
#include "scenario.h"

enum { TABLE_LABEL = 36, TABLE_TEXT = 80, TABLE_CURVE = 24 };

static const char *table_string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "-";
}

static double table_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* Characters: UTF-8's later bytes are none. */
static int table_width(const char *text)
{
    int characters = 0;

    for (const char *byte = text; *byte; byte++)
        characters += ((unsigned char)*byte & 0xc0) != 0x80;
    return characters;
}

static void table_cell(const char *text, int width)
{
    printf("%*s%s", width - table_width(text), "", text);
}

/* The path without liquidations is a column, too. */
static const char *table_name(const json_t *policy)
{
    return crash_policy_title(table_string(policy, "policy"));
}

/* Of a column: two blanks and the longest of what stands there. */
static int table_cell_width(const json_t *study)
{
    char text[CRASH_METRIC_TEXT];
    int width = 0;
    size_t index;
    json_t *policy;

    json_array_foreach(json_object_get(study, "policies"), index, policy) {
        for (const struct crash_metric *metric = crash_metrics; metric->key; metric++) {
            crash_metric_write(metric, crash_metrics_of(policy, metric->key), text);
            width = table_width(text) > width ? table_width(text) : width;
        }
        width = table_width(table_name(policy)) > width ? table_width(table_name(policy)) : width;
    }
    return width + 2;
}

static void table_metric(const json_t *study, const struct crash_metric *metric, int width)
{
    char label[TABLE_TEXT], text[CRASH_METRIC_TEXT];
    size_t index;
    json_t *policy;

    snprintf(label, sizeof label, "%s%s%.*s", metric->label, *metric->unit ? ", " : "",
             (int)strcspn(metric->unit, " "), metric->unit);
    printf("%-*s", TABLE_LABEL, label);
    json_array_foreach(json_object_get(study, "policies"), index, policy) {
        crash_metric_write(metric, crash_metrics_of(policy, metric->key), text);
        table_cell(text, width);
    }
    printf("\n");
}

static void table_head(const json_t *study)
{
    const double seeds = table_number(study, "seeds"), seed = table_number(study, "seed");
    const json_t *run = json_array_get(json_object_get(study, "runs"), 0);

    printf("crash: %s\n", table_string(study, "tape"));
    printf("%.0f accounts, %.0f market%s, %.0f s, open interest %.4g USDC; engine %s; seed%s %.0f",
           table_number(study, "accounts"), table_number(study, "markets"),
           table_number(study, "markets") == 1 ? "" : "s",
           table_number(study, "seconds"), table_number(run, "open_interest"), table_string(study, "engine"),
           seeds == 1 ? "" : "s", seed);
    if (seeds > 1)
        printf(" to %.0f: mean ± half of the 95 %% confidence interval", seed + seeds - 1);
    printf("\nbp and %% of open interest but for shares, equity and displacement; nobody: the path on which nobody is "
           "liquidated\n");
    if (json_is_object(json_object_get(study, "sweep")))
        printf("policy %s, columns: values of %s\n", table_string(json_object_get(study, "sweep"), "policy"),
               table_string(json_object_get(study, "sweep"), "key"));
    printf("\n");
}

static void table_foot(const json_t *study)
{
    printf("\n%s\n%s\n", crash_words_displacement, crash_words_intervals);
    if (table_number(study, "seeds") == 1)
        printf("One seed: no intervals.\n");
}

/* The curve of a sweep, a line a value. */
static void table_curve(const json_t *study)
{
    const json_t *sweep = json_object_get(study, "sweep");
    size_t index;
    json_t *policy;

    if (!json_is_object(sweep))
        return;
    printf("\n%-*s%24s%24s\n", TABLE_LABEL, "the curve: displacement, shortfall", "bp", "bp of open interest");
    json_array_foreach(json_object_get(study, "compared"), index, policy) {
        const json_t *one = json_array_get(json_object_get(study, "policies"), index);
        char label[TABLE_TEXT], text[CRASH_METRIC_TEXT];

        snprintf(label, sizeof label, "%s=%s", table_string(sweep, "key"), json_string_value(policy));
        printf("%-*s", TABLE_LABEL, label);
        crash_metric_write(crash_metric_find("displacement"), crash_metrics_of(one, "displacement"), text);
        table_cell(text, TABLE_CURVE);
        crash_metric_write(crash_metric_find("shortfall"), crash_metrics_of(one, "shortfall"), text);
        table_cell(text, TABLE_CURVE);
        printf("\n");
    }
}

static void table_goals(const json_t *study)
{
    size_t index;
    json_t *goal;

    printf("\n");
    json_array_foreach(json_object_get(study, "goals"), index, goal)
        printf("  %s: %s: %s\n         %s\n", table_string(goal, "result"), table_string(goal, "goal"),
               table_string(goal, "detail"), table_string(goal, "beside"));
}

void crash_table_print(const json_t *study)
{
    const struct scenario_claims claims = { .list = json_object_get(study, "claims") };
    const int width = table_cell_width(study);
    size_t index;
    json_t *policy;

    table_head(study);
    printf("%-*s", TABLE_LABEL, "");
    json_array_foreach(json_object_get(study, "policies"), index, policy)
        table_cell(table_name(policy), width);
    printf("\n");
    for (const struct crash_metric *metric = crash_metrics; metric->key; metric++)
        table_metric(study, metric, width);
    table_foot(study);
    table_curve(study);
    table_goals(study);
    scenario_claims_print(&claims);
}
