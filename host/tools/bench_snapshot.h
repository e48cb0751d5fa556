/* `vitrine bench snapshot`. */
#ifndef VITRINE_BENCH_SNAPSHOT_H
#define VITRINE_BENCH_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

struct bench_snapshot_settings {
    const char *directory;   /* where the files go, and are removed */
    uint64_t subaccounts, orders, runs;
    bool json;
};

/* Exit status. */
int bench_snapshot_run(const struct bench_snapshot_settings *settings);

#endif
