/* The whole host measured: a node in a process of its own on one core, the load generator on another, over loopback
 * TCP, with the journal on disk. */
#ifndef VITRINE_BENCH_NODE_H
#define VITRINE_BENCH_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load_run.h"
#include "metrics.h"

struct bench_node_settings {
    const char *backend;     /* driver/device.h */
    const char *directory;   /* in which a directory is made, used and removed */
    uint32_t users;
    uint64_t seed, rate, window, warm, orders;
    bool busy_poll;          /* the node never sleeps */
};

struct bench_node_result {
    struct load_result load;
    struct metrics metrics;  /* of the node from its start; `distributions` is the next field */
    struct metrics_distributions distributions;
    uint64_t node_busy_ns;   /* processor time of the node while orders came */
    uint64_t stage_ns[METRICS_STAGES]; /* an order, over all batches */
    uint64_t replayed, replay_ns; /* inputs of its journal, run again on the model; how long that took */
};

/* False with a message on any fault, an order without an answer among them, or another outcome when its journal is run
 * again. */
bool bench_node_run(const struct bench_node_settings *settings, struct bench_node_result *result, char *error,
                    size_t error_size);

#endif
