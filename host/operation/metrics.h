/* What a node counts, and its text for Prometheus. Only a view: nothing is registered, the node fills it when asked. */
#ifndef VITRINE_METRICS_H
#define VITRINE_METRICS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "distribution.h"
#include "metrics_money.h"

/* name, kind (counter, gauge), help */
#define METRICS_TABLE(X)                                                                                               \
    X(batches_total, counter, "batches run since the start")                                                           \
    X(inputs_total, counter, "inputs in them")                                                                         \
    X(rounds_total, counter, "rounds of these batches")                                                                \
    X(commands_total, counter, "commands to the card")                                                                 \
    X(events_total, counter, "events from the card")                                                                   \
    X(derived_total, counter, "derived commands: triggers, window moves, cuts")                                        \
    X(reports_total, counter, "reports to users and operator")                                                         \
    X(rehearsals_total, counter, "made-up batches that a node with busy_poll ran while it waited")                     \
    X(batch_last, gauge, "number of the last batch run")                                                               \
    X(batch_durable, gauge, "number of the last durable batch")                                                        \
    X(batch_time_seconds, gauge, "UTC of the last batch, whole seconds since 1970")                                    \
    X(reports_waiting, gauge, "reports that wait for their batch to be durable")                                       \
    X(refuse_orders, gauge, "1 while the disk is nearly full and orders are refused")                                  \
    X(journal_writes_total, counter, "writes to the journal")                                                          \
    X(journal_bytes_total, counter, "bytes of these writes")                                                           \
    X(journal_segments_total, counter, "segments begun")                                                               \
    X(journal_batches_in_write_max, gauge, "most batches that one write took")                                         \
    X(journal_bytes_in_write_max, gauge, "most bytes that one write took")                                             \
    X(journal_space_bytes, gauge, "free space behind the segments made ahead")                                         \
    X(gateway_sessions, gauge, "open connections")                                                                     \
    X(gateway_logins_total, counter, "log-ins")                                                                        \
    X(gateway_refused_logins_total, counter, "refused log-ins")                                                        \
    X(gateway_messages_in_total, counter, "messages from clients")                                                     \
    X(gateway_messages_out_total, counter, "messages to clients")                                                      \
    X(gateway_bytes_in_total, counter, "bytes from clients")                                                           \
    X(gateway_bytes_out_total, counter, "bytes to clients")                                                            \
    X(gateway_throttled_total, counter, "messages over a user's rate")                                                 \
    X(gateway_cut_off_total, counter, "clients cut off: slow, silent or broken")                                       \
    X(gateway_protocol_errors_total, counter, "messages that broke the protocol")                                      \
    X(loop_submitted_total, counter, "io_uring operations submitted")                                                  \
    X(loop_completed_total, counter, "io_uring completions")                                                           \
    X(loop_waits_total, counter, "system calls of the loop")                                                           \
    X(card_command_high_water, gauge, "most commands in the card's window")                                            \
    X(card_event_high_water, gauge, "most events in the card's queue")                                                 \
    X(card_ring_full, gauge, "times that the event ring was full")                                                     \
    X(state_bytes, gauge, "memory reserved for the state")                                                             \
    X(orders_open, gauge, "open orders: on the card, parked, waiting")                                                 \
    X(subaccounts, gauge, "subaccounts")                                                                               \
    X(snapshots_total, counter, "snapshots written since the start")                                                   \
    X(snapshot_batch, gauge, "batch of the newest snapshot")                                                           \
    X(recovered_batches, gauge, "batches re-run at the start")

/* Where time goes, nanoseconds a batch. RECEIVE: what had come is handed out, messages read among it; SEND: whom the
 * batch concerns is told, when it is durable. System calls are in none. */
enum metrics_stage {
    METRICS_RECEIVE, METRICS_CHECK, METRICS_SUBMIT, METRICS_CARD, METRICS_CLEAR, METRICS_HASH, METRICS_JOURNAL,
    METRICS_SEND, METRICS_OTHER, METRICS_STAGES,
};

struct metrics_distributions {
    struct distribution stage[METRICS_STAGES];
    struct distribution host_ns;           /* all stages of a batch but the card */
    struct distribution host_order_ns;     /* the same of batches with one input */
    struct distribution batch_wait_ns;     /* from its first client's input to a batch's begin */
    struct distribution batch_inputs, batch_rounds;
    struct distribution journal_lag_ns;    /* from a batch's append to its being durable */
    struct distribution snapshot_hold_ns;  /* how long orders waited for a snapshot's fork */
};

struct metrics {
#define METRICS_FIELD(name, kind, help) uint64_t name;
    METRICS_TABLE(METRICS_FIELD)
#undef METRICS_FIELD
    const struct metrics_distributions *distributions;
    const struct metrics_money *money; /* NULL: nothing about money */
};

const char *metrics_stage_name(enum metrics_stage stage);

/* Prometheus' text format; the caller frees it. Times are in seconds. */
char *metrics_print(const struct metrics *metrics);

/* The same as a JSON object: counters and gauges by name, distributions as {"mean","p50","p99","p999","max"}. */
json_t *metrics_object(const struct metrics *metrics);

#endif
