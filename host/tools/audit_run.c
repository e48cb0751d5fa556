#include "audit_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "disk.h"
#include "exchange.h"
#include "journal.h"
#include "memory.h"
#include "segment.h"
#include "snapshot.h"

enum { RECENT = 1 << 16 }; /* hashes of batches that a later record may name */

/* --- the plan --- */

static void plan_take_input(struct audit_plan *plan, const struct input_header *input, bool first)
{
    if (input->kind == INPUT_MARKET_SET && input->size == sizeof(struct input_market_set)) {
        const struct input_market_set *market = (const void *)input;

        plan->markets++;
        if (market->window_log2 > plan->window_log2)
            plan->window_log2 = market->window_log2;
    }
    if (input->kind == INPUT_RESTART && input->size == sizeof(struct input_restart) && first) {
        const struct input_restart *restart = (const void *)input;

        plan->sizes = (struct state_sizes){ restart->subaccounts, restart->accounts, restart->users,
                                            restart->balances, restart->positions, restart->orders, restart->slots,
                                            restart->transfers, restart->jobs };
    }
}

static bool plan_read_journal(struct audit_plan *plan, char *error, size_t error_size)
{
    struct journal_reader *reader;
    const struct journal_batch *batch;
    const uint8_t *inputs;
    enum journal_status status = journal_reader_open(&reader, plan->directory, 0, error, error_size);

    if (status != JOURNAL_OK)
        return false;
    while ((status = journal_reader_next(reader, &batch, &inputs)) == JOURNAL_OK && batch != NULL) {
        size_t at = 0;

        if (plan->batches++ == 0)
            plan->first = batch->number;
        plan->last = batch->number;
        for (uint32_t i = 0; i < batch->count && batch->size - at >= sizeof(struct input_header); i++) {
            const struct input_header *input = (const void *)(inputs + at);

            if (input->size < sizeof *input || input->size > batch->size - at)
                break; /* exchange_run() will say so */
            plan_take_input(plan, input, batch->number == 1);
            at += input->size;
        }
    }
    if (status != JOURNAL_OK)
        snprintf(error, error_size, "%s", journal_reader_message(reader));
    journal_reader_close(reader);
    if (status == JOURNAL_OK && plan->batches == 0) {
        snprintf(error, error_size, "%s: the journal has no batch", plan->directory);
        return false;
    }
    return status == JOURNAL_OK;
}

static bool plan_list_snapshots(struct audit_plan *plan, char *error, size_t error_size)
{
    struct segment_list list;
    int directory = disk_real.open_directory(disk_real.context, plan->directory, false);
    int result = directory < 0 ? directory : segment_list_read(&list, &disk_real, directory);

    if (directory >= 0) {
        plan->snapshots = memory_reserve(list.snapshot_count, sizeof *plan->snapshots);
        plan->snapshot_count = list.snapshot_count;
        for (size_t i = 0; i < list.snapshot_count; i++)
            plan->snapshots[i] = list.snapshots[i];
        segment_list_free(&list);
        disk_real.close(disk_real.context, directory);
    }
    if (result < 0)
        snprintf(error, error_size, "%s: can't be listed: %s", plan->directory, strerror(-result));
    return result >= 0;
}

/* An interval begins at the empty exchange or at a snapshot, and ends where the next one begins. */
static bool plan_cut(struct audit_plan *plan, uint32_t intervals_max, char *error, size_t error_size)
{
    uint64_t snapshot = 0;

    plan->interval = memory_reserve(intervals_max, sizeof *plan->interval);
    if (plan->first > 1) {
        for (size_t i = 0; i < plan->snapshot_count; i++)
            if (plan->snapshots[i] + 1 >= plan->first && snapshot == 0)
                snapshot = plan->snapshots[i];
        if (snapshot == 0 || plan->from_start) {
            snprintf(error, error_size, "%s: the journal begins with batch %" PRIu64 ", %s", plan->directory,
                     plan->first, snapshot ? "so it can't be run from the start" : "and no snapshot leads there");
            return false;
        }
    }
    do {
        struct audit_interval *interval = &plan->interval[plan->intervals++];
        uint64_t next = 0;

        *interval = (struct audit_interval){ .snapshot = snapshot, .first = snapshot + 1, .last = plan->last };
        for (size_t i = 0; i < plan->snapshot_count && next == 0; i++)
            if (plan->snapshots[i] > snapshot && plan->snapshots[i] <= plan->last)
                next = plan->snapshots[i];
        if (next && !plan->from_start && plan->intervals < intervals_max) {
            interval->last = interval->next_snapshot = next;
            snapshot = next;
        } else {
            snapshot = plan->last;
        }
    } while (snapshot < plan->last);
    return true;
}

/* A pruned journal no longer says how it began; its snapshots do. */
static bool plan_size_from_snapshot(struct audit_plan *plan, char *error, size_t error_size)
{
    const uint64_t snapshot = plan->interval[0].snapshot;

    if (snapshot == 0)
        return true;
    plan->markets = LIMIT_MARKETS;
    if (plan->window_log2 < 17)
        plan->window_log2 = 17;
    return snapshot_sizes(plan->directory, snapshot, &plan->sizes, error, error_size) == SNAPSHOT_OK;
}

bool audit_plan_make(struct audit_plan *plan, uint32_t intervals_max, char *error, size_t error_size)
{
    if (!plan_read_journal(plan, error, error_size) || !plan_list_snapshots(plan, error, error_size))
        return false;
    if (plan->until && plan->until < plan->last)
        plan->last = plan->until;
    return plan_cut(plan, intervals_max, error, error_size) && plan_size_from_snapshot(plan, error, error_size);
}

void audit_plan_free(struct audit_plan *plan)
{
    free(plan->interval);
    free(plan->snapshots);
}

/* --- one interval --- */

struct run {
    const struct audit_plan *plan;
    const struct audit_interval *interval;
    struct audit_result *result;
    struct device *device;
    struct exchange *exchange;
    struct journal_reader *reader;
    uint8_t (*recent)[32];
    uint64_t recent_first; /* the oldest batch whose hash is known */
};

static void run_fail(struct run *run, enum audit_status status, const char *message)
{
    if (run->result->status != AUDIT_OK)
        return;
    run->result->status = status;
    snprintf(run->result->message, sizeof run->result->message, "%s", message);
}

static void run_open_device(struct run *run)
{
    const struct audit_plan *plan = run->plan;
    const struct device_options options = {
        .backend = plan->backend, .markets = plan->markets < LIMIT_MARKETS ? plan->markets : LIMIT_MARKETS,
        .orders = plan->sizes.slots, .tick_bits = plan->window_log2 };
    char error[256] = "";

    if (device_open(&run->device, &options, error, sizeof error) != DEVICE_OK)
        run_fail(run, AUDIT_FAULT, error);
}

/* A snapshot that is damaged is a check that failed; one that can't be read is not. */
static enum audit_status run_judge(enum snapshot_status status)
{
    return status == SNAPSHOT_CORRUPT ? AUDIT_FAILED : AUDIT_FAULT;
}

static void run_load(struct run *run)
{
    const struct audit_observer *observer = run->plan->observer;
    struct exchange_options options = { .device = run->device, .sizes = run->plan->sizes,
                                        .recount = run->plan->recount, .entry = observer ? observer->entry : NULL,
                                        .context = observer ? observer->context : NULL };
    char error[256] = "";
    uint8_t hash[32];

    if (observer)
        options.watcher = observer->watcher;
    run->exchange = exchange_create(&options);
    if (run->interval->snapshot) {
        enum snapshot_status status = snapshot_load(exchange_state(run->exchange), run->plan->directory,
                                                    run->interval->snapshot, hash, error, sizeof error);

        if (status != SNAPSHOT_OK) {
            run_fail(run, run_judge(status), error);
            return;
        }
        if (exchange_loaded(run->exchange) != EXCHANGE_OK) {
            run_fail(run, AUDIT_FAILED, exchange_message(run->exchange));
            return;
        }
    }
    if (exchange_attach(run->exchange) != EXCHANGE_OK)
        run_fail(run, AUDIT_FAILED, exchange_message(run->exchange));
    if (observer && observer->begin && run->result->status == AUDIT_OK)
        observer->begin(observer->context, run->exchange);
    run->recent_first = run->interval->snapshot;
    memcpy(run->recent[run->interval->snapshot % RECENT], exchange_state(run->exchange)->t->hash, 32);
}

/* A later record says what the hash of an earlier batch was. */
static void run_compare_hash(struct run *run, uint64_t batch, const uint8_t hash[32], uint64_t at)
{
    char message[160];

    if (batch == 0 || batch < run->recent_first || batch + RECENT <= at)
        return;
    run->result->hashes++;
    if (memcmp(run->recent[batch % RECENT], hash, 32) == 0)
        return;
    snprintf(message, sizeof message, "batch %" PRIu64 ": its hash here is %02x%02x%02x%02x..., the journal says "
             "%02x%02x%02x%02x...",
             batch, run->recent[batch % RECENT][0], run->recent[batch % RECENT][1], run->recent[batch % RECENT][2],
             run->recent[batch % RECENT][3], hash[0], hash[1], hash[2], hash[3]);
    run_fail(run, AUDIT_FAILED, message);
}

/* The state must have the hash of the snapshot that the node wrote. */
static void run_compare_snapshot(struct run *run, uint64_t batch)
{
    char error[512] = "";
    uint8_t ours[32], theirs[32];
    enum snapshot_status status = snapshot_hash(run->plan->directory, batch, theirs, error, sizeof error);

    run->result->snapshots++;
    if (status != SNAPSHOT_OK) {
        run_fail(run, run_judge(status), error);
        return;
    }
    snapshot_hash_state(exchange_state(run->exchange), ours);
    if (memcmp(ours, theirs, sizeof ours) == 0)
        return;
    snprintf(error, sizeof error, "batch %" PRIu64 ": the state here is not that of its snapshot", batch);
    run_fail(run, AUDIT_FAILED, error);
}

static bool run_is_snapshot(const struct audit_plan *plan, uint64_t batch)
{
    for (size_t i = 0; i < plan->snapshot_count; i++)
        if (plan->snapshots[i] == batch)
            return true;
    return false;
}

static void run_batch(struct run *run, const struct journal_batch *batch, const uint8_t *inputs)
{
    const struct exchange_batch one = { .number = batch->number, .time_ns = batch->time_ns, .inputs = inputs,
                                        .size = batch->size, .count = batch->count };
    struct exchange_result result;

    run_compare_hash(run, batch->outcome_batch, batch->outcome_hash, batch->number);
    if (run->plan->observer && run->plan->observer->before)
        run->plan->observer->before(run->plan->observer->context, batch, inputs);
    if (exchange_run(run->exchange, &one, &result) != EXCHANGE_OK) {
        run_fail(run, AUDIT_FAILED, exchange_message(run->exchange));
        return;
    }
    memcpy(run->recent[batch->number % RECENT], result.hash, 32);
    if (batch->number - run->recent_first >= RECENT)
        run->recent_first = batch->number - RECENT + 1;
    memcpy(run->result->hash, result.hash, 32);
    run->result->batches++;
    run->result->inputs += batch->count;
    run->result->commands += result.commands;
    run->result->events += result.events;
    if (run->plan->observer && run->plan->observer->batch)
        run->plan->observer->batch(run->plan->observer->context, batch, &result);
    if (run_is_snapshot(run->plan, batch->number))
        run_compare_snapshot(run, batch->number);
}

static void run_batches(struct run *run)
{
    const struct journal_batch *batch;
    const uint8_t *inputs;
    char error[256] = "";

    if (journal_reader_open(&run->reader, run->plan->directory, run->interval->first, error, sizeof error) !=
        JOURNAL_OK) {
        run_fail(run, AUDIT_FAULT, error);
        return;
    }
    while (run->result->status == AUDIT_OK) {
        if (journal_reader_next(run->reader, &batch, &inputs) != JOURNAL_OK) {
            run_fail(run, AUDIT_FAULT, journal_reader_message(run->reader));
            return;
        }
        if (batch == NULL)
            break;
        if (batch->number > run->interval->last) { /* it may still tell the hash of our last one */
            run_compare_hash(run, batch->outcome_batch, batch->outcome_hash, batch->number);
            break;
        }
        run_batch(run, batch, inputs);
    }
    if (run->result->status == AUDIT_OK && exchange_recount(run->exchange) != EXCHANGE_OK)
        run_fail(run, AUDIT_FAILED, exchange_message(run->exchange));
    if (run->result->status == AUDIT_OK && run->plan->observer && run->plan->observer->end)
        run->plan->observer->end(run->plan->observer->context);
}

void audit_run_interval(const struct audit_plan *plan, uint32_t interval, struct audit_result *result)
{
    struct run run = { .plan = plan, .interval = &plan->interval[interval], .result = result };

    memset(result, 0, sizeof *result);
    run.recent = memory_reserve(RECENT, sizeof *run.recent);
    run_open_device(&run);
    if (result->status == AUDIT_OK)
        run_load(&run);
    if (result->status == AUDIT_OK)
        run_batches(&run);
    if (run.reader)
        journal_reader_close(run.reader);
    exchange_destroy(run.exchange);
    device_close(run.device);
    free(run.recent);
}
