/* A study on a terminal. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "crash.h"
#include "crash_metrics.h"
#include "scenario.h"

enum { TABLE_LABEL = 36, TABLE_TEXT = 80 };

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

static void table_text(const json_t *policy, const struct crash_metric *metric, char text[TABLE_TEXT])
{
    const json_t *statistics = json_object_get(json_object_get(policy, "metrics"), metric->key);
    const json_t *mean = json_object_get(statistics, "mean"), *half = json_object_get(statistics, "half");
    const int decimals = (int)metric->decimals;

    snprintf(text, TABLE_TEXT, "%s", "-");
    if (json_is_number(half))
        snprintf(text, TABLE_TEXT, "%.*f ± %.*f", decimals,
                 crash_metric_shown(metric, json_number_value(mean)), decimals, json_number_value(half));
    else if (json_is_number(mean))
        snprintf(text, TABLE_TEXT, "%.*f", decimals, crash_metric_shown(metric, json_number_value(mean)));
}

/* Of a column: two blanks and the longest of what stands there. */
static int table_cell_width(const json_t *study)
{
    char text[TABLE_TEXT];
    int width = 0;
    size_t index;
    json_t *policy;

    json_array_foreach(json_object_get(study, "policies"), index, policy) {
        for (const struct crash_metric *metric = crash_metrics; metric->key; metric++) {
            table_text(policy, metric, text);
            width = table_width(text) > width ? table_width(text) : width;
        }
        snprintf(text, sizeof text, "%s", table_string(policy, "policy"));
        width = table_width(text) > width ? table_width(text) : width;
    }
    return width + 2;
}

static void table_metric(const json_t *study, const struct crash_metric *metric, int width)
{
    char label[TABLE_TEXT], text[TABLE_TEXT];
    size_t index;
    json_t *policy;

    snprintf(label, sizeof label, "%s%s%.*s", metric->label, *metric->unit ? ", " : "",
             (int)strcspn(metric->unit, " "), metric->unit);
    printf("%-*s", TABLE_LABEL, label);
    json_array_foreach(json_object_get(study, "policies"), index, policy) {
        table_text(policy, metric, text);
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
    printf("\nbp and %% of open interest but for shares and equity; displacement against the path on which nobody is "
           "liquidated\n\n");
}

static void table_goals(const json_t *study)
{
    size_t index;
    json_t *goal;

    printf("\n");
    json_array_foreach(json_object_get(study, "goals"), index, goal)
        printf("%s %s: %s\n", json_is_true(json_object_get(goal, "holds")) ? "  yes:" : "  NO:",
               table_string(goal, "goal"), table_string(goal, "detail"));
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
        table_cell(table_string(policy, "policy"), width);
    printf("\n");
    for (const struct crash_metric *metric = crash_metrics; metric->key; metric++)
        table_metric(study, metric, width);
    table_goals(study);
    scenario_claims_print(&claims);
}
