/* Inside `vitrine bench margin`: a world of subaccounts, and what is measured on it. */
#ifndef VITRINE_BENCH_MARGIN_INNER_H
#define VITRINE_BENCH_MARGIN_INNER_H

#include "bench_margin.h"
#include "distribution.h"
#include "state.h"

struct bench_margin {
    struct state state;
    uint64_t seed;
    uint64_t full_ns, maintenance_ns;  /* one pass over all of them; the median of five */
    uint64_t below;                    /* subaccounts without available margin */
    uint64_t refused;
    struct distribution check_ns;      /* with one reading of the clock */
    /* bench_margin_watch.c */
    uint64_t watch_bytes, rebuild_ns;
    struct distribution tick_ns, tick_visits;    /* a calm day: ticks, subaccounts looked at in each */
    struct distribution crash_ns, crash_visits, slice_ns; /* a fall; slices of rows of its ticks */
    uint64_t calls, liquidations;      /* found by the last tick of the fall */
};

/* A number below `below`, of the seed. */
uint64_t margin_draw(struct bench_margin *bench, uint64_t below);

/* Ticks of a calm day and of a fall, detection alone. The prices of the state move. */
void bench_margin_watch(struct bench_margin *bench);

#endif
