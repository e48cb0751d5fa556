/* Figures of bench_core.h for who prints them. */
#ifndef VITRINE_BENCH_CORE_RUN_H
#define VITRINE_BENCH_CORE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "distribution.h"

enum { BENCH_CORE_STAGES_MAX = 8 };

struct bench_core_figures {
    uint64_t orders, wall_ns;
    unsigned stage_count;
    const char *stage_name[BENCH_CORE_STAGES_MAX];
    uint64_t stage_ns[BENCH_CORE_STAGES_MAX]; /* in all */
    struct distribution host_ns;              /* an order, by batch, card left out */
    char hash[65];                            /* of the last batch: the same for the same seed, orders and users */
};

bool bench_core_measure(const char *backend, uint64_t seed, uint64_t orders, uint32_t users,
                        struct bench_core_figures *figures, char *error, size_t error_size);

#endif
