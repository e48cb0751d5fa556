#include "summary.h"

#include <inttypes.h>
#include <string.h>

const char *summary_count(uint64_t count, char *text)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    int to = 0;

    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text[to++] = ',';
        text[to++] = digits[i];
    }
    text[to] = '\0';
    return text;
}

void summary_distribution(const char *label, const struct distribution *distribution)
{
    if (distribution->count == 0) {
        printf("%-24s none measured\n", label);
        return;
    }
    printf("%-24s mean %.2f, p50 %" PRIu64 ", p99 %" PRIu64 ", p99.9 %" PRIu64 ", max %" PRIu64 "\n", label,
           (double)distribution_mean_milli(distribution) / 1000.0, distribution_percentile(distribution, 500),
           distribution_percentile(distribution, 990), distribution_percentile(distribution, 999), distribution->max);
}

void summary_engines(const struct runner *runner)
{
    const struct engine *card = runner_engine(runner, "card");
    char text[28];

    if (card) {
        summary_distribution("cycles a command", &card->cycles->per_command);
        summary_distribution("cycles to first fill", &card->cycles->first_fill);
    }
    for (size_t i = 0; i < runner->engine_count; i++) {
        const struct engine *engine = runner->engine[i];

        printf("%-6s %016" PRIx64 "  %s commands a second%s\n", engine->name, event_hash_value(engine->hash),
               summary_count((uint64_t)engine_rate(engine), text), engine->cycles ? " (simulated)" : "");
    }
    if (runner->engine_count > 1)
        printf("%s\n", runner_agrees(runner) ? "card = model: every event is the same"
                                             : "card and model DISAGREE");
}

void summary_report_engines(json_t *object, const struct runner *runner)
{
    const struct engine *card = runner_engine(runner, "card");
    const struct engine *model = runner_engine(runner, "model");

    report_set_count(object, "commands", runner_command_count(runner));
    report_set(object, "cycles_per_command", report_distribution(card ? &card->cycles->per_command : NULL));
    report_set(object, "first_fill_cycles", report_distribution(card ? &card->cycles->first_fill : NULL));
    report_set_count(object, "commands_per_second", (uint64_t)engine_rate(runner->engine[0]));
    report_set(object, "hash_card", card ? report_hash(event_hash_value(card->hash)) : json_null());
    report_set(object, "hash_model", model ? report_hash(event_hash_value(model->hash)) : json_null());
}

static void summary_reasons(const struct runner *runner, enum card_kind kind)
{
    char text[28];
    const char *separator = " (";

    for (uint64_t reason = 1; reason < RUNNER_REASONS; reason++) {
        if (runner->events[kind][reason] == 0)
            continue;
        printf("%s%s %s", separator, card_reason_name(reason), summary_count(runner->events[kind][reason], text));
        separator = ", ";
    }
    if (*separator == ',')
        printf(")");
}

void summary_events(const struct runner *runner)
{
    char text[28];

    for (int kind = CARD_KIND_RESTED; kind <= CARD_KIND_DATA; kind++) {
        uint64_t count = runner_kind_count(runner, (enum card_kind)kind);

        if (count == 0)
            continue;
        printf("  %-9s %10s", card_kind_name((uint64_t)kind), summary_count(count, text));
        summary_reasons(runner, (enum card_kind)kind);
        printf("\n");
    }
}

json_t *summary_report_events(const struct runner *runner)
{
    json_t *events = json_object();

    for (int kind = CARD_KIND_RESTED; kind <= CARD_KIND_DATA; kind++) {
        json_t *object = json_object();
        json_t *reasons = json_object();

        for (uint64_t reason = 1; reason < RUNNER_REASONS; reason++)
            if (runner->events[kind][reason])
                report_set_count(reasons, card_reason_name(reason), runner->events[kind][reason]);
        report_set_count(object, "count", runner_kind_count(runner, (enum card_kind)kind));
        report_set(object, "reasons", reasons);
        report_set(events, card_kind_name((uint64_t)kind), object);
    }
    return events;
}
