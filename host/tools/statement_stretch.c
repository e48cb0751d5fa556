/* Which part of a journal is run again for a question about batches or times. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "decimal.h"
#include "journal.h"
#include "statement.h"
#include "status.h"

enum { INTERVALS = 4096 };

/* Batches on both sides of a time: the last one not after it, the first one not before it; 0: there is none. */
struct stretch_time {
    uint64_t last_until, first_since;
};

static bool stretch_find_time(const char *directory, uint64_t time_ns, struct stretch_time *found, char *error,
                              size_t error_size)
{
    struct journal_reader *reader;
    const struct journal_batch *batch;
    const uint8_t *inputs;
    enum journal_status status = journal_reader_open(&reader, directory, 0, error, error_size);

    *found = (struct stretch_time){ 0 };
    if (status != JOURNAL_OK)
        return false;
    while ((status = journal_reader_next(reader, &batch, &inputs)) == JOURNAL_OK && batch != NULL) {
        if (batch->time_ns <= time_ns)
            found->last_until = batch->number;
        if (batch->time_ns >= time_ns && found->first_since == 0)
            found->first_since = batch->number;
    }
    if (status != JOURNAL_OK)
        snprintf(error, error_size, "%s", journal_reader_message(reader));
    journal_reader_close(reader);
    return status == JOURNAL_OK;
}

/* A batch as it was asked for; `first`: at the begin of the stretch. */
static bool stretch_place(const struct audit_plan *plan, const char *text, bool first, uint64_t *batch, char *error,
                          size_t error_size, int *status)
{
    struct stretch_time found;
    uint64_t time_ns;

    if (decimal_parse_whole(text, strlen(text), batch))
        return true;
    if (!date_parse_short(text, &time_ns)) {
        *status = EXIT_STATUS_USAGE;
        snprintf(error, error_size, "%s: must be a batch or a UTC time such as 2026-11-26T13:00:00", text);
        return false;
    }
    if (!stretch_find_time(plan->directory, time_ns, &found, error, error_size))
        return false;
    *batch = first ? found.first_since : found.last_until;
    if (*batch != 0)
        return true;
    *status = EXIT_STATUS_USAGE;
    snprintf(error, error_size, "%s: the journal has no batch %s it", text, first ? "since" : "until");
    return false;
}

static bool stretch_choose(struct statement_stretch *stretch, char *error, size_t error_size)
{
    struct audit_plan *plan = &stretch->plan;

    if (stretch->from == 0)
        stretch->from = plan->interval[0].first;
    if (stretch->to == 0 || stretch->to > plan->last)
        stretch->to = plan->last;
    if (stretch->from < plan->interval[0].first || stretch->from > stretch->to) {
        snprintf(error, error_size, "from batch %" PRIu64 " to %" PRIu64 ": the journal has %" PRIu64 " to %" PRIu64,
                 stretch->from, stretch->to, plan->interval[0].first, plan->last);
        return false;
    }
    while (stretch->interval + 1 < plan->intervals && plan->interval[stretch->interval + 1].first <= stretch->from)
        stretch->interval++;
    plan->interval[stretch->interval].last = stretch->to;
    plan->interval[stretch->interval].next_snapshot = 0;
    return true;
}

bool statement_stretch_find(struct statement_stretch *stretch, const char *directory, const char *from, const char *to,
                            char *error, size_t error_size, int *status)
{
    *stretch = (struct statement_stretch){ .plan = { .directory = directory, .backend = "model" } };
    *status = EXIT_STATUS_FAULT;
    if (audit_plan_make(&stretch->plan, INTERVALS, error, error_size) &&
        (from == NULL || stretch_place(&stretch->plan, from, true, &stretch->from, error, error_size, status)) &&
        (to == NULL || stretch_place(&stretch->plan, to, false, &stretch->to, error, error_size, status))) {
        *status = EXIT_STATUS_USAGE;
        if (stretch_choose(stretch, error, error_size)) {
            *status = EXIT_STATUS_OK;
            return true;
        }
    }
    audit_plan_free(&stretch->plan);
    return false;
}

int statement_stretch_run(struct statement_stretch *stretch, const struct audit_observer *observer, char *error,
                          size_t error_size)
{
    struct audit_result result;

    stretch->plan.observer = observer;
    audit_run_interval(&stretch->plan, stretch->interval, &result);
    audit_plan_free(&stretch->plan);
    snprintf(error, error_size, "%s", result.message);
    return result.status == AUDIT_OK ? EXIT_STATUS_OK
                                     : result.status == AUDIT_FAILED ? EXIT_STATUS_FAILED : EXIT_STATUS_FAULT;
}
