/* The journal alone: how fast batches become durable, and how fast they are read again. */
#ifndef VITRINE_BENCH_WRITE_H
#define VITRINE_BENCH_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "distribution.h"

struct bench_write_settings {
    const char *directory;      /* in which a directory is made, used and removed */
    uint64_t batches;
    uint32_t batch_inputs;      /* orders of 56 bytes in each */
    bool one_at_a_time;         /* a batch is appended when the one before is durable */
};

struct bench_write_result {
    uint64_t batches, inputs, input_bytes;
    uint64_t wall_ns;           /* until the last one was durable */
    uint64_t writes, written;   /* of the journal, and their bytes */
    uint64_t read_ns;           /* all batches read again: sectors, chain and shape checked */
    struct distribution durable_ns; /* from a batch's append to its being durable */
};

bool bench_write_run(const struct bench_write_settings *settings, struct bench_write_result *result, char *error,
                     size_t error_size);

#endif
