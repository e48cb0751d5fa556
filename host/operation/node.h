/* One node of the exchange, tied together on one loop and one thread:
 *
 *   gateway, admin socket -> batch being formed -> journal (write starts) and core (runs) -> reports wait for the disk
 *                                                                            -> gateway, admin answers
 *
 * What leaves has its batch on disk. A fault of disk, device or core stops the node: nothing leaves any more. Clocks
 * come in as functions, so nothing below this reads one. docs/operation.md says what an operator sees of it. */
#ifndef VITRINE_NODE_H
#define VITRINE_NODE_H

#include "config.h"
#include "device.h"
#include "exchange.h"
#include "log.h"
#include "loop.h"
#include "metrics.h"
#include "notify.h"

struct node;

enum node_status {
    NODE_RUNNING,
    NODE_STOPPED, /* cleanly, as asked */
    NODE_FAULT,   /* node_message() says what: disk, device, clock, a check of the core */
    NODE_REFUSED, /* the configuration or the directory does not allow a start; nothing was changed but a first start
                   * that had begun */
};

struct node_options {
    const struct config *config;       /* these three live until node_destroy() */
    struct loop *loop;
    struct device *device;
    const char *backend;               /* for the log */
    const struct log *log;
    const struct notify *notify;
    uint64_t (*realtime_ns)(void);     /* UTC since 1970 */
    uint64_t (*monotonic_ns)(void);
    const struct disk_ops *disk;       /* of the journal; NULL: the real one */
    uint64_t salt;                     /* random; that of the first start is kept (struct totals) */
    uint64_t stop_before;              /* batch that is not run again: it and all later ones are set aside. 0: none */
    bool long_stop;                    /* more than 30 days may have passed since the last batch */
    bool recount;                      /* exchange_options.recount */
    void (*progress)(void *context, uint64_t done, uint64_t total); /* batches re-run; may be NULL */
    void *context;
};

/* Locks the directory, recovers what is in it (or starts afresh from the configuration), and listens. Memory is
 * reserved here. On anything but NODE_RUNNING *node is NULL and `error` has the reason. */
enum node_status node_create(struct node **node, const struct node_options *options, char *error, size_t error_size);

/* One turn: waits up to 20 ms for something to happen, takes it in, runs at most one batch, sends what is durable. */
enum node_status node_turn(struct node *node);

/* Asks for a clean stop: no more inputs, what is in hand becomes durable and is answered, a snapshot if so configured.
 * node_turn() goes on until NODE_STOPPED. May be called again. */
void node_stop(struct node *node);

/* Closes everything, faulted or stopped. */
void node_destroy(struct node *node);

/* What went wrong, after NODE_FAULT; else "". */
const char *node_message(const struct node *node);

/* For the line that says how to connect, summaries and benches. */
uint16_t node_port(const struct node *node);
uint16_t node_key_port(const struct node *node);
const struct state *node_state(const struct node *node);
uint64_t node_recovered(const struct node *node); /* batches re-run at the start */
void node_metrics(struct node *node, struct metrics *metrics);

#endif
