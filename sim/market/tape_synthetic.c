/* The bundled crash: made, not recorded, so that it needs no data. */
#include <stdio.h>
#include <string.h>

#include "draw.h"
#include "memory.h"
#include "tape.h"

enum { BARS = 60, BAR_SECONDS = 20, FALL_FROM = 15, FALL_UNTIL = 33, BACK_UNTIL = 48 };
#define START_US (UINT64_C(1764115200) * TAPE_US_A_SECOND) /* 2025-11-26, midnight UTC */
#define TICK_10_9 1000 /* prices have nine decimals, like recorded ones */

static const struct {
    const char *coin;
    double price, depth;     /* USDC; how far it falls */
    double minute;           /* USDC traded a minute */
} synthetic[] = {
    { "BTC", 100000, 0.24, 2e7 }, { "ETH", 3500, 0.30, 1e7 }, { "SOL", 180, 0.34, 5e6 }, { "ADA", 0.8, 0.45, 1e6 },
};

/* The way of the fall, 0 .. 1: it gets faster and faster, then half comes back. */
static double tape_fallen(unsigned bar)
{
    const double fall = (double)(FALL_UNTIL - FALL_FROM), back = (double)(BACK_UNTIL - FALL_UNTIL);

    if (bar < FALL_FROM)
        return 0;
    if (bar < FALL_UNTIL)
        return pow((bar - FALL_FROM) / fall, 1.5);
    return bar < BACK_UNTIL ? 1 - 0.5 * (bar - FALL_UNTIL) / back : 0.5;
}

static uint64_t tape_price(double usdc)
{
    return (uint64_t)llround(usdc * 1e9) * TICK_10_9;
}

static void tape_make_series(struct tape_series *series, unsigned n)
{
    uint64_t seed = draw_seed(UINT64_C(20251126), n);
    double close = synthetic[n].price;

    strcpy(series->venue, "synthetic");
    strcpy(series->coin, synthetic[n].coin);
    series->bars = true;
    series->bar_us = BAR_SECONDS * TAPE_US_A_SECOND;
    series->rows = memory_reserve(BARS, sizeof *series->rows);
    for (unsigned bar = 0; bar < BARS; bar++) {
        const bool falls = bar + 1 > FALL_FROM && bar < FALL_UNTIL;
        const double open = close, noise = falls ? 0.004 : 0.0008;
        struct tape_row *row = &series->rows[series->count++];

        close = synthetic[n].price * (1 - synthetic[n].depth * tape_fallen(bar + 1)) * (1 + noise * draw_normal(&seed));
        row->time_us = START_US + bar * series->bar_us;
        row->open = tape_price(open);
        row->close = tape_price(close);
        row->high = tape_price(fmax(open, close) * (1 + noise * draw_uniform(&seed)));
        row->low = tape_price(fmin(open, close) * (1 - noise * draw_uniform(&seed)));
        row->amount = synthetic[n].minute / 3 / close * (falls ? 6 : 1);
    }
}

void tape_make_synthetic(struct tape *tape)
{
    strcpy(tape->name, "synthetic");
    for (unsigned n = 0; n < sizeof synthetic / sizeof *synthetic; n++)
        tape_make_series(&tape->series[tape->count++], n);
}
