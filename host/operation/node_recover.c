#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node_inner.h"
#include "output_store.h"

#define DAY_NS UINT64_C(86400000000000)

struct recovery {
    struct node *node;
    struct journal_reader *reader;
    uint64_t first, last;      /* batches to run again */
    uint64_t snapshot;         /* it begins behind this one, 0: from nothing */
    uint8_t snapshot_hash[32]; /* of the file */
    char *error;
    size_t error_size;
};

#define recovery_fault(recovery, ...) (snprintf((recovery)->error, (recovery)->error_size, __VA_ARGS__), NODE_FAULT)

static void recovery_make_exchange(struct node *node)
{
    struct exchange_options options = {
        .device = node->options.device, .sizes = node_sizes(node), .recount = node->options.recount,
        .stage = node_enter_stage, .context = node,
    };

    exchange_destroy(node->exchange);
    node->exchange = exchange_create(&options);
    node->state = exchange_state(node->exchange);
}

/* Whether the store of sequenced output has everything that a user was sent on its day, up to the state's batch. */
static bool recovery_output_whole(const struct node *node, const struct output_store *store)
{
    uint32_t today = (uint32_t)(node->state->t->time_ns / DAY_NS);

    for (uint32_t row = 1; row < node->state->users.used; row++) {
        const struct user *user = state_user(node->state, row);

        if (user->day == today && user->sequence &&
            (output_day(store) < user->day ||
             (output_day(store) == user->day && output_last(store, row) < user->sequence)))
            return false;
    }
    return true;
}

/* How much is reserved decides what is refused as full: it stays what it was at the first start. */
static enum node_status recovery_check_sizes(struct recovery *recovery, const struct state_sizes *begun)
{
    const struct state_sizes sizes = node_sizes(recovery->node);
    const struct {
        const char *key;
        uint32_t here, there;
    } pairs[] = {
        { "memory.subaccounts", sizes.subaccounts, begun->subaccounts },
        { "memory.accounts", sizes.accounts, begun->accounts },
        { "memory.users", sizes.users, begun->users },
        { "memory.balances", sizes.balances, begun->balances },
        { "memory.positions", sizes.positions, begun->positions },
        { "memory.orders", sizes.orders, begun->orders },
        { "memory.transfers", sizes.transfers, begun->transfers },
        { "card.orders", sizes.slots, begun->slots },
        { "jobs", sizes.jobs, begun->jobs },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].here != pairs[i].there) {
            snprintf(recovery->error, recovery->error_size, "%s: %s: %u: the journal was begun with %u, and it stays "
                     "that; right is %s = %u", recovery->node->settings->directory, pairs[i].key, pairs[i].here,
                     pairs[i].there, pairs[i].key, pairs[i].there);
            return NODE_REFUSED;
        }
    return NODE_RUNNING;
}

static enum node_status recovery_check_restart(struct recovery *recovery, const struct input_restart *input)
{
    const struct state_sizes begun = {
        .subaccounts = input->subaccounts, .accounts = input->accounts, .users = input->users,
        .balances = input->balances, .positions = input->positions, .orders = input->orders, .slots = input->slots,
        .transfers = input->transfers, .jobs = input->jobs,
    };

    return recovery_check_sizes(recovery, &begun);
}

static enum node_status recovery_load(struct recovery *recovery)
{
    struct node *node = recovery->node;
    struct state_sizes begun;
    enum snapshot_status status;

    recovery_make_exchange(node);
    if (recovery->snapshot == 0)
        return NODE_RUNNING;
    if (snapshot_sizes(node->settings->directory, recovery->snapshot, &begun, recovery->error, recovery->error_size) !=
        SNAPSHOT_OK)
        return NODE_FAULT;
    if (recovery_check_sizes(recovery, &begun) != NODE_RUNNING)
        return NODE_REFUSED;
    status = snapshot_load(node->state, node->settings->directory, recovery->snapshot, recovery->snapshot_hash,
                           recovery->error, recovery->error_size);
    if (status != SNAPSHOT_OK)
        return NODE_FAULT;
    if (exchange_loaded(node->exchange) != EXCHANGE_OK)
        return recovery_fault(recovery, "snapshot of batch %" PRIu64 ": %s", recovery->snapshot,
                              exchange_message(node->exchange));
    return NODE_RUNNING;
}

/* The newest snapshot not after `batch` (0: of all) into recovery->snapshot, 0 if there is none. */
static enum node_status recovery_find(struct recovery *recovery, uint64_t batch)
{
    enum snapshot_status status = snapshot_find(recovery->node->settings->directory, batch, &recovery->snapshot,
                                                recovery->error, recovery->error_size);

    if (status == SNAPSHOT_NONE) {
        recovery->snapshot = 0;
        recovery->error[0] = '\0';
    }
    return status == SNAPSHOT_OK || status == SNAPSHOT_NONE ? NODE_RUNNING : NODE_FAULT;
}

/* Loads the newest snapshot from which the missing part of the day's output can be made again: mostly the newest of
 * all. The store is written through the page cache, so a power cut may leave it behind a snapshot. */
static enum node_status recovery_choose(struct recovery *recovery)
{
    struct node *node = recovery->node;
    struct output_store *store;
    enum node_status status = recovery_load(recovery);
    char number[24];

    if (status != NODE_RUNNING)
        return status;
    if (output_open(&store, node->options.loop, node->settings->directory, LIMIT_USERS, recovery->error,
                    recovery->error_size) != OUTPUT_OK)
        return NODE_FAULT;
    while (status == NODE_RUNNING && recovery->snapshot && !recovery_output_whole(node, store)) {
        snprintf(number, sizeof number, "%" PRIu64, recovery->snapshot);
        log_event(node->options.log, LOG_LEVEL_WARNING, "output_incomplete", "behind_snapshot", number, NULL);
        if (recovery->snapshot == 1)
            recovery->snapshot = 0;
        else
            status = recovery_find(recovery, recovery->snapshot - 1);
        if (status == NODE_RUNNING)
            status = recovery_load(recovery);
    }
    output_close(store);
    return status;
}

static enum node_status recovery_open_journal(struct recovery *recovery)
{
    struct node *node = recovery->node;
    struct journal_options options = {
        .directory = node->settings->directory, .cluster = node->settings->cluster, .node = node->settings->node,
        .disk = node->options.disk,
        .term = node->settings->term, .segment_bytes = node->settings->segment_bytes,
        .ahead_bytes = node->settings->ahead_bytes, .first_batch = recovery->snapshot + 1, .create = true,
    };
    enum journal_status status = journal_open(&node->journal, node->options.loop, &options, recovery->error,
                                              recovery->error_size);

    if (status == JOURNAL_ARGUMENT || status == JOURNAL_VERSION || status == JOURNAL_LOCKED)
        return NODE_REFUSED;
    if (status != JOURNAL_OK)
        return NODE_FAULT;
    recovery->last = journal_last(node->journal);
    if (recovery->last < recovery->snapshot)
        return recovery_fault(recovery, "%s: the journal ends with batch %" PRIu64 ", before the snapshot of batch %"
                              PRIu64 ": its end is missing; restore it from a copy", node->settings->directory,
                              recovery->last, recovery->snapshot);
    return NODE_RUNNING;
}

/* The hash of the snapshot that was loaded, where the journal has it, must be the file's. */
static enum node_status recovery_check_snapshot(struct recovery *recovery, uint64_t batch,
                                                const struct input_snapshot *input)
{
    if (recovery->snapshot == 0 || input->batch != recovery->snapshot ||
        memcmp(input->hash, recovery->snapshot_hash, sizeof input->hash) == 0)
        return NODE_RUNNING;
    return recovery_fault(recovery, "the snapshot of batch %" PRIu64 " is not the one whose hash batch %" PRIu64
                          " of the journal has: move it away, an older one will do", recovery->snapshot, batch);
}

/* Looks at what the journal says of the node itself. What is wrong with a batch otherwise is the core's to say. */
static enum node_status recovery_check_inputs(struct recovery *recovery, const struct journal_batch *batch,
                                              const uint8_t *inputs)
{
    enum node_status status = NODE_RUNNING;

    for (size_t at = 0; status == NODE_RUNNING && at + sizeof(struct input_header) <= batch->size;) {
        const struct input_header *input = (const void *)(inputs + at);

        if (input->size < sizeof *input || input->size > batch->size - at)
            break;
        if (input->kind == INPUT_SNAPSHOT && input->size == sizeof(struct input_snapshot))
            status = recovery_check_snapshot(recovery, batch->number, (const void *)input);
        if (input->kind == INPUT_RESTART && input->size == sizeof(struct input_restart))
            status = recovery_check_restart(recovery, (const void *)input);
        at += input->size;
    }
    return status;
}

static enum node_status recovery_report(struct recovery *recovery, const struct exchange_result *result)
{
    struct node *node = recovery->node;
    size_t at = 0;

    while (at < result->report_count) {
        size_t count = 0;

        while (at + count < result->report_count && result->reports[at + count].user)
            count++;
        if (count && gateway_report(node->gateway, result->reports + at, count) != GATEWAY_OK)
            return recovery_fault(recovery, "the store of sequenced output in %s does not go with batch %" PRIu64
                                  " (the log says how): move output-* away, and what the journal still has of the day "
                                  "is made again", node->settings->directory, result->reports[at].batch);
        at += count + 1;
    }
    return NODE_RUNNING;
}

static enum node_status recovery_run(struct recovery *recovery, const struct journal_batch *record,
                                     const uint8_t *inputs)
{
    struct node *node = recovery->node;
    const struct totals *totals = node->state->t;
    struct exchange_batch batch = { .number = record->number, .time_ns = record->time_ns, .inputs = inputs,
                                    .size = record->size, .count = record->count };
    struct exchange_result result;
    enum node_status status;

    if (record->outcome_batch && record->outcome_batch == totals->batch &&
        memcmp(record->outcome_hash, totals->hash, sizeof totals->hash) != 0)
        return recovery_fault(recovery, "batch %" PRIu64 " came out differently than it did when it was journaled: "
                              "vitrine audit says more; serve --stop-before %" PRIu64 " leaves it out", totals->batch,
                              totals->batch);
    status = recovery_check_inputs(recovery, record, inputs);
    if (status != NODE_RUNNING)
        return status;
    if (exchange_run(node->exchange, &batch, &result) != EXCHANGE_OK)
        return recovery_fault(recovery, "batch %" PRIu64 ": %s; serve --stop-before %" PRIu64 " leaves it out",
                              record->number, exchange_message(node->exchange), record->number);
    node->more = result.more;
    node->recovered++;
    return recovery_report(recovery, &result);
}

static enum node_status recovery_replay(struct recovery *recovery)
{
    struct node *node = recovery->node;
    const struct journal_batch *batch = NULL;
    const uint8_t *inputs;
    enum node_status status = NODE_RUNNING;

    if (recovery->last == recovery->snapshot)
        return NODE_RUNNING;
    if (journal_reader_open(&recovery->reader, node->settings->directory, recovery->snapshot + 1, recovery->error,
                            recovery->error_size) != JOURNAL_OK)
        return NODE_FAULT;
    while (status == NODE_RUNNING) {
        if (journal_reader_next(recovery->reader, &batch, &inputs) != JOURNAL_OK)
            status = recovery_fault(recovery, "%s", journal_reader_message(recovery->reader));
        else if (batch == NULL)
            break;
        else
            status = recovery_run(recovery, batch, inputs);
        if (node->options.progress && status == NODE_RUNNING)
            node->options.progress(node->options.context, node->recovered, recovery->last - recovery->snapshot);
    }
    if (status == NODE_RUNNING && node->state->t->batch != recovery->last)
        status = recovery_fault(recovery, "%s: the journal was read up to batch %" PRIu64 " of %" PRIu64,
                                node->settings->directory, node->state->t->batch, recovery->last);
    return status;
}

enum node_status node_recover(struct node *node, char *error, size_t error_size)
{
    struct recovery recovery = { .node = node, .error = error, .error_size = error_size };
    enum exchange_status attached;
    enum node_status status;

    if (mkdir(node->settings->directory, 0700) != 0 && errno != EEXIST) {
        snprintf(error, error_size, "%s: %s", node->settings->directory, strerror(errno));
        return NODE_REFUSED;
    }
    status = recovery_find(&recovery, 0);
    if (status == NODE_RUNNING)
        status = recovery_open_journal(&recovery);
    if (status == NODE_RUNNING)
        status = recovery_choose(&recovery);
    if (status != NODE_RUNNING)
        return status;
    node->snapshot_batch = recovery.snapshot;
    attached = exchange_attach(node->exchange);
    if (attached != EXCHANGE_OK) {
        snprintf(error, error_size, "%s", exchange_message(node->exchange));
        return attached == EXCHANGE_CAPABILITY ? NODE_REFUSED : NODE_FAULT;
    }
    status = node_open_gateway(node, error, error_size);
    if (status == NODE_RUNNING)
        status = recovery_replay(&recovery);
    if (recovery.reader)
        journal_reader_close(recovery.reader);
    return status;
}

/* --- the first start --- */

/* Runs what `config apply` would, stage by stage, before anybody can connect. */
enum node_status node_first_start(struct node *node, char *error, size_t error_size)
{
    struct config copy;
    bool done = false;
    json_t *refusal;
    char number[24];

    config_copy(&copy, node->options.config);
    node_apply_begin(node, &copy, true, 0);
    while (!done) {
        done = node_apply_turn(node);
        if (node->input_count == 0)
            continue;
        if (node_run_now(node) != NODE_RUNNING)
            return NODE_FAULT;
    }
    refusal = json_array_get(node->apply.refusals, 0);
    if (refusal) {
        snprintf(error, error_size, "the configuration was refused: %s; remove %s, correct it and start again",
                 json_string_value(refusal), node->settings->directory);
        return NODE_REFUSED;
    }
    snprintf(number, sizeof number, "%zu", json_array_size(node->apply.changes));
    log_event(node->options.log, LOG_LEVEL_INFO, "first_start", "inputs", number, NULL);
    return NODE_RUNNING;
}
