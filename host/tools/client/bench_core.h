/* The core alone: batches of inputs straight into exchange_run(), no sockets and no disk. */
#ifndef VITRINE_BENCH_CORE_H
#define VITRINE_BENCH_CORE_H

#include "distribution.h"
#include "exchange.h"

struct bench_core_settings {
    const char *backend;  /* driver/device.h */
    uint64_t seed, orders;
    uint32_t users, batch; /* batch: inputs in each */
};

struct bench_core_result {
    uint64_t orders, wall_ns;              /* wall: sum over exchange_run() */
    uint64_t batches, rounds, commands, events, reports;
    uint64_t accepted, executed, rejected, cancelled;
    uint64_t stage_ns[STAGES];
    struct distribution batch_ns;          /* nanoseconds an input, by batch, card left out */
    uint8_t hash[32];
};

/* False with a message on any fault. */
bool bench_core_run(const struct bench_core_settings *settings, struct bench_core_result *result, char *error,
                    size_t error_size);

const char *bench_core_stage_name(enum exchange_stage stage);

#endif
