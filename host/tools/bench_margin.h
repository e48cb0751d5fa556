/* `vitrine bench margin`. */
#ifndef VITRINE_BENCH_MARGIN_H
#define VITRINE_BENCH_MARGIN_H

#include <stdbool.h>
#include <stdint.h>

struct bench_margin_settings {
    uint64_t subaccounts, checks, seed; /* the first two 0: what suits */
    bool json;
};

/* Exit status. Subaccounts: at most LIMIT_SUBACCOUNTS. */
int bench_margin_run(const struct bench_margin_settings *settings);

#endif
