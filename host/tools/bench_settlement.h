/* `vitrine bench settlement`. */
#ifndef VITRINE_BENCH_SETTLEMENT_H
#define VITRINE_BENCH_SETTLEMENT_H

#include <stdbool.h>
#include <stdint.h>

struct bench_settlement_settings {
    uint64_t positions, markets, runs, seed; /* the first 0: 1,000,000 */
    bool json;
};

/* Exit status. Runs at least 1; markets 1 to 64. */
int bench_settlement_run(const struct bench_settlement_settings *settings);

#endif
