/* `vitrine bench liquidation`. */
#ifndef VITRINE_BENCH_LIQUIDATION_H
#define VITRINE_BENCH_LIQUIDATION_H

#include <stdbool.h>
#include <stdint.h>

struct bench_liquidation_settings {
    const char *engine;                /* NULL: the model */
    uint64_t accounts, markets, seed;  /* the first two 0: 100,000 in 20. About a tenth falls below maintenance */
    uint64_t runs;                     /* > 0; of the same batches */
    bool json;
};

enum { BENCH_LIQUIDATION_MARKETS = 62 }; /* at most: each has an asset of its own, besides the settlement asset */

/* Exit status. */
int bench_liquidation_run(const struct bench_liquidation_settings *settings);

#endif
