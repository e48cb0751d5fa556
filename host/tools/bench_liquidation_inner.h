/* Inside `vitrine bench liquidation`: its world (bench_liquidation_world.c) and what is measured in it
 * (bench_liquidation.c). */
#ifndef VITRINE_BENCH_LIQUIDATION_INNER_H
#define VITRINE_BENCH_LIQUIDATION_INNER_H

#include "bench_liquidation.h"
#include "clock.h"
#include "distribution.h"
#include "exchange.h"
#include "liquidation.h"

enum { BENCH_MAKERS = 3, BENCH_PROVIDERS = 4, BENCH_STAGES = LIQUIDATION_WATCHED };

struct bench_time {
    uint64_t wall_ns, cpu_ns;
};

/* Each batch of the fall, of all runs the shortest time: the same batch is the same work in each of them, and what only
 * one of them took longer for was the machine's doing. */
struct bench_least {
    struct bench_time *batches;
    size_t room, count, run_count; /* run_count: so far of this run */
    uint64_t runs;                 /* that are done */
};

/* Ticks of one kind: from the batch with the tick to the one that leaves nothing to do, without those of settlement
 * passes (`vitrine bench settlement`). */
struct bench_ticks {
    struct distribution hold_ns, cpu_hold_ns; /* of a batch: so long orders wait */
    struct distribution total_us, cpu_total_us; /* all batches of a tick */
    uint64_t batches, wall_ns, cpu_ns;
};

/* Of all runs so far. */
struct bench_figures {
    struct bench_ticks without, calm, fall; /* nobody is liquidated; nobody is in trouble; until all are worked off */
    struct bench_least least;               /* of the fall */
    struct distribution step_ns[BENCH_STAGES], cpu_step_ns[BENCH_STAGES]; /* an episode, a position, a look, a deal */
};

struct bench_liquidation {
    const struct bench_liquidation_settings *settings;
    struct device *device;
    struct exchange *exchange;
    struct state *state;
    uint32_t accounts, below, markets; /* below: the first ones of the accounts */
    uint32_t first;          /* row of the first account's subaccount; the others follow */
    uint32_t maker[BENCH_MAKERS], provider[BENCH_PROVIDERS], lender; /* rows of subaccounts */
    uint32_t reference[BENCH_MAKERS];
    int64_t lots[BENCH_LIQUIDATION_MARKETS + 2]; /* by row of markets: what those who will be below hold */
    uint32_t ticks;          /* price of every market */
    uint64_t seed, time_ns;
    /* the batch being built */
    uint32_t count;
    size_t size;
    _Alignas(8) uint8_t bytes[LIMIT_BATCH_BYTES];
    /* what is measured */
    struct bench_figures *figures;
    bool falling;            /* steps are measured, and batches one by one */
    struct bench_time step_begun[BENCH_STAGES];
    uint64_t detected, seconds, left; /* episodes that the first tick began; until all were through; still under way */
    char error[512];
};

uint64_t bench_liquidation_draw(struct bench_liquidation *bench, uint64_t below);
bool bench_liquidation_fail(struct bench_liquidation *bench, const char *message);
static inline struct bench_time bench_liquidation_now(void)
{
    return (struct bench_time){ clock_now_ns(), clock_read_ns(CLOCK_THREAD_CPUTIME_ID) };
}

/* The exchange with everybody in it; makers quote. All prices are 100,000 ticks. False: `error`. */
bool bench_liquidation_open(struct bench_liquidation *bench);
void bench_liquidation_close(struct bench_liquidation *bench);
/* Liquidation begins to be done. */
bool bench_liquidation_set_rules(struct bench_liquidation *bench);
/* Makers put back what has been taken, around the price of all markets; venues quote it from now on. */
bool bench_liquidation_quote(struct bench_liquidation *bench, uint32_t ticks);
/* The next second; its batches are counted. */
bool bench_liquidation_tick(struct bench_liquidation *bench, struct bench_ticks *ticks);

#endif
