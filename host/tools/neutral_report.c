/* vitrine audit --neutral: one interval after the other, then what was looked at and what was found. */
#include <inttypes.h>
#include <stdio.h>

#include "neutral.h"
#include "report.h"
#include "status.h"

enum { NEUTRAL_INTERVALS = 4096 };

static json_t *neutral_report_findings(const struct neutral *neutral)
{
    json_t *list = json_array();
    const struct neutral_finding *finding;

    for (size_t i = 0; (finding = neutral_finding(neutral, i)) != NULL; i++) {
        json_t *object = json_object();

        report_set_count(object, "batch", finding->batch);
        report_set(object, "kind", json_string(neutral_kind_name((enum neutral_kind)finding->kind)));
        report_set_count(object, "account", finding->account);
        report_set_count(object, "subaccount", finding->subaccount);
        report_set(object, "text", json_string(finding->text));
        json_array_append_new(list, object);
    }
    return list;
}

static void neutral_report_json(const struct neutral *neutral, const char *error)
{
    const struct neutral_counts *counts = neutral_counts(neutral);
    json_t *object = json_object(), *found = json_object();

    report_set_count(object, "batches", counts->batches);
    report_set_count(object, "orders", counts->orders);
    report_set_count(object, "replaces", counts->replaces);
    report_set_count(object, "own_orders", counts->own_orders);
    report_set_count(object, "margins", counts->margins);
    report_set_count(object, "unpriced", counts->unpriced);
    report_set_count(object, "fills", counts->fills);
    report_set_count(object, "fees", counts->fees);
    report_set_count(object, "entries", counts->entries);
    report_set_count(object, "ticks", counts->ticks);
    report_set_count(object, "detections", counts->detections);
    report_set_count(object, "accounts", counts->accounts);
    report_set_count(object, "troubled", counts->troubled);
    report_set_count(object, "waiting", counts->waiting);
    report_set_count(object, "episodes", counts->episodes);
    for (unsigned kind = 0; kind < NEUTRAL_KINDS; kind++)
        report_set_count(found, neutral_kind_name((enum neutral_kind)kind), counts->findings[kind]);
    report_set(object, "found", found);
    report_set(object, "findings", neutral_report_findings(neutral));
    if (error[0] != 0)
        report_set(object, "error", json_string(error));
    report_print(object);
}

static void neutral_report_text(const struct neutral *neutral)
{
    const struct neutral_counts *counts = neutral_counts(neutral);
    const struct neutral_finding *finding;

    printf("%" PRIu64 " batches run again and judged\n"
           "margin       %" PRIu64 " orders and %" PRIu64 " replaces, %" PRIu64 " worked out afresh (%" PRIu64
           " had no price yet)\n"
           "fee          %" PRIu64 " fills, %" PRIu64 " fees and rebates\n"
           "queue        %" PRIu64 " fills against the first maker of their side\n"
           "liquidation  %" PRIu64 " ticks, %" PRIu64 " passes of detection, %" PRIu64 " looks at an account, %" PRIu64
           " of them in trouble (%" PRIu64 " waited for room); %" PRIu64 " episodes, %" PRIu64 " own orders\n"
           "system       %" PRIu64 " entries of the ledger\n",
           counts->batches, counts->orders, counts->replaces, counts->margins, counts->unpriced, counts->fills,
           counts->fees, counts->fills, counts->ticks, counts->detections, counts->accounts, counts->troubled,
           counts->waiting, counts->episodes, counts->own_orders, counts->entries);
    for (size_t i = 0; (finding = neutral_finding(neutral, i)) != NULL; i++)
        printf("FINDING: batch %" PRIu64 ", %s, account %u: %s\n", finding->batch,
               neutral_kind_name((enum neutral_kind)finding->kind), finding->account, finding->text);
    if (neutral_findings(neutral) > NEUTRAL_KEPT)
        printf("FINDING: and %" PRIu64 " more\n", neutral_findings(neutral) - NEUTRAL_KEPT);
    if (neutral_findings(neutral) == 0)
        printf("nobody is treated differently\n");
}

/* The worst that an interval came to. */
static enum audit_status neutral_report_run(const struct audit_plan *plan, char *error, size_t error_size)
{
    for (uint32_t interval = 0; interval < plan->intervals; interval++) {
        struct audit_result result;

        audit_run_interval(plan, interval, &result);
        if (result.status != AUDIT_OK) {
            snprintf(error, error_size, "%s", result.message);
            return result.status;
        }
    }
    return AUDIT_OK;
}

int neutral_run(const char *directory, const char *engine, bool from_start, uint64_t until, bool json)
{
    struct audit_plan plan = { .directory = directory, .backend = engine, .from_start = from_start, .until = until };
    struct neutral *neutral = neutral_create();
    const struct audit_observer observer = neutral_observer(neutral);
    enum audit_status ran = AUDIT_FAULT;
    char error[512] = "";
    bool made = audit_plan_make(&plan, NEUTRAL_INTERVALS, error, sizeof error);
    int status = EXIT_STATUS_FAULT;

    plan.observer = &observer;
    if (made) {
        ran = neutral_report_run(&plan, error, sizeof error);
        if (json)
            neutral_report_json(neutral, error);
        else
            neutral_report_text(neutral);
        if (ran != AUDIT_FAULT)
            status = ran == AUDIT_FAILED || neutral_findings(neutral) > 0 ? EXIT_STATUS_FAILED : EXIT_STATUS_OK;
    }
    if (error[0] != 0)
        fprintf(stderr, "vitrine audit: %s\n", error);
    audit_plan_free(&plan);
    neutral_destroy(neutral);
    return status;
}
