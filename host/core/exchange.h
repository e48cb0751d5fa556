/* The deterministic core: batches of inputs in, reports and a hash out. It talks to nothing but the device, and the
 * device's speed never shows in a result (docs/host.md). No clock, no random number, no pointer value, no float.
 *
 *     exchange_batch(): number -> rounds of { check inputs, submit commands, collect events, clear } -> hash
 */
#ifndef VITRINE_EXCHANGE_H
#define VITRINE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "device.h"
#include "ledger.h"
#include "notice.h"
#include "order_report.h"
#include "state.h"

struct exchange;

enum exchange_status {
    EXCHANGE_OK = 0,
    EXCHANGE_DEVICE,     /* the device failed: stop the node. exchange_message() names it */
    /* an invariant does not hold: stop the node. exchange_message() names batch, round and record */
    EXCHANGE_VIOLATION,
    EXCHANGE_INPUT,      /* the batch itself is malformed (order, time, sizes): nothing was done */
    EXCHANGE_CAPABILITY, /* the device is too small for what the state needs; the message names the market */
    EXCHANGE_MISMATCH,   /* the rebuilt book's digest differs */
};

/* Stages of a batch, for measurement: the core calls `stage` as it enters each. */
enum exchange_stage { STAGE_CHECK, STAGE_SUBMIT, STAGE_CARD, STAGE_CLEAR, STAGE_HASH, STAGE_OTHER, STAGES };

/* Sees the core at work, for audits and tests; any of them may be NULL. They change nothing. */
struct exchange_watcher {
    /* A command goes out: the state is as the check that decided on it has left it. `order`: its row, 0: none. */
    void (*command)(void *context, const struct card_command *command, uint32_t order);
    /* An event, before it is cleared. */
    void (*event)(void *context, const struct card_event *event);
    /* Detection has looked at the subaccounts from .. to - 1 (to 0: to the last one), and nothing else has happened. */
    void (*detected)(void *context, uint32_t from, uint32_t to);
    /* A step of liquidation begins, and `ends`: a look at one episode (stages PLAN, SEND and HAND_OVER), or one deal
     * of deleveraging (DELEVERAGE) with the look at both accounts; what finds no bankrupt only begins. `stage`: enum
     * liquidation_stage (liquidation.h). */
    void (*liquidation)(void *context, unsigned stage, bool ends);
    void *context;
};

struct exchange_options {
    struct device *device;      /* owned by the caller; reset by exchange_attach() */
    struct state_sizes sizes;
    bool recount;               /* recount everything after every event (debug builds) */
    /* tests: of settlement and lending in a batch, in place of TICK_STEPS, and orders of windows' moves; 0: as many */
    uint32_t steps;
    void (*stage)(void *context, enum exchange_stage stage);
    ledger_reader entry;        /* sees every ledger entry, for statements; NULL: nobody */
    void *context;
    struct exchange_watcher watcher;
};

/* Reserves everything. Never fails but for memory, which ends the program. */
struct exchange *exchange_create(const struct exchange_options *options);
/* Touches the memory of the state and of what is kept beside it by row: a page's first touch in the middle of an order
 * costs milliseconds. False: the kernel won't (before Linux 5.14). */
bool exchange_populate(struct exchange *exchange);
void exchange_destroy(struct exchange *exchange);

/* Brings the device to the state of the exchange: reset into another session, configure, marks, last trades, place
 * every order in priority order, compare digests. Needed once before the first batch, after a snapshot was loaded or
 * not. */
enum exchange_status exchange_attach(struct exchange *exchange);

struct exchange_batch {
    uint64_t number;            /* one above the last */
    uint64_t time_ns;           /* UTC, not before the last */
    const uint8_t *inputs;      /* records of input.h, 8-byte aligned, back to back */
    size_t size;                /* at most LIMIT_BATCH_BYTES */
    uint32_t count;             /* at most LIMIT_BATCH_INPUTS; 0: only what is due */
};

struct exchange_result {
    const struct report *reports; /* until the next batch */
    size_t report_count;
    const struct notice *notices; /* likewise */
    size_t notice_count;
    uint32_t notices_dropped;   /* there was no room for them: nobody is told but by ledger entries */
    /* chained: BLAKE2b-256(hash before, number, time, inputs, XXH3-128 of events and entries) */
    uint8_t hash[32];
    uint32_t rounds, commands, events, derived;
    bool more;                  /* derived commands are left: run another batch, an empty one if no input waits */
};

/* In two parts, so that a node has its hands free while the card works: begin checks and submits what it can, step
 * clears what has been answered and goes on; call it until *done, then `result` is whole. Results do not depend on
 * when it is called. The batch's inputs must stay until then. */
enum exchange_status exchange_begin(struct exchange *exchange, const struct exchange_batch *batch);
enum exchange_status exchange_step(struct exchange *exchange, struct exchange_result *result, bool *done);
/* Both, waiting for the card. */
enum exchange_status exchange_run(struct exchange *exchange, const struct exchange_batch *batch,
                                  struct exchange_result *result);

/* When the next batch must run at the latest though no input comes (expiries, speed bump, ticks); UINT64_MAX: never. */
uint64_t exchange_deadline_ns(const struct exchange *exchange);

/* For a node that waits and has nothing else to do: keeps in the processor's caches what an order of `user` (a row,
 * with others in use; 0: nobody's) and fills near the best prices would need: of these a few with every `turn`, a
 * number that counts on. Changes nothing. */
void exchange_prefetch(const struct exchange *exchange, uint32_t user, uint64_t turn);

/* For snapshots, reports and tools. Loading writes the tables, then exchange_loaded() checks them (bounds of every
 * number in every row, recount) and rebuilds what hangs on them. */
struct state *exchange_state(struct exchange *exchange);
enum exchange_status exchange_loaded(struct exchange *exchange);

/* A full recount (ledger_recount), with the place in the message. */
enum exchange_status exchange_recount(struct exchange *exchange);

/* What went wrong last, for people. */
const char *exchange_message(const struct exchange *exchange);

#endif
