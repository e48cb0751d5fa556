/* Re-execution of a stretch of a journal: what `vitrine audit` does in each of its processes. */
#ifndef VITRINE_AUDIT_RUN_H
#define VITRINE_AUDIT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"
#include "journal.h"

struct audit_interval {
    uint64_t snapshot;     /* to begin from: state after this batch; 0: the empty exchange */
    uint64_t first, last;  /* batches to run; last 0: to the end */
    uint64_t next_snapshot;/* compared after its batch; 0: none */
};

/* Sees an interval as it runs again: for statements and the like. Any of them may be NULL. */
struct audit_observer {
    void (*begin)(void *context, struct exchange *exchange); /* before the first batch; it lives until the end */
    /* A batch before it runs: pointers live that long. */
    void (*before)(void *context, const struct journal_batch *batch, const uint8_t *inputs);
    ledger_reader entry;                                     /* totals.batch and time_ns are the batch's */
    void (*batch)(void *context, const struct journal_batch *batch, const struct exchange_result *result);
    void (*end)(void *context);                              /* after the last batch, where nothing failed */
    void *context;
    struct exchange_watcher watcher;                         /* its context is its own */
};

struct audit_plan {
    const char *directory, *backend;
    const struct audit_observer *observer; /* NULL: nobody */
    bool from_start, recount;
    uint64_t until;
    /* found by audit_plan_make() */
    struct state_sizes sizes;
    uint32_t markets, window_log2;       /* what the device must hold */
    uint64_t batches, first, last;
    struct audit_interval *interval;
    uint32_t intervals;
    uint64_t *snapshots;                 /* batches of all snapshots, ascending */
    size_t snapshot_count;
};

enum audit_status { AUDIT_OK, AUDIT_FAILED, AUDIT_FAULT };

struct audit_result {
    enum audit_status status;
    uint64_t batches, inputs, commands, events, hashes, snapshots;
    uint8_t hash[32];
    char message[400];
};

/* Reads the journal once: its chain, what it needs, where its snapshots are. False and a message where it can't be
 * read. audit_plan_free() in any case. */
bool audit_plan_make(struct audit_plan *plan, uint32_t intervals_max, char *error, size_t error_size);
void audit_plan_free(struct audit_plan *plan);

void audit_run_interval(const struct audit_plan *plan, uint32_t interval, struct audit_result *result);

#endif
