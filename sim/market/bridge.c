#include "bridge.h"

#include <stdlib.h>

#include "check.h"
#include "draw.h"
#include "memory.h"

/* From prices[begin] to prices[end], both set: each step goes a share of what is left, plus noise that leaves none at
 * the end (a Brownian bridge). What would leave [low, high] is turned back at the border. */
static void bridge_walk(const struct tape_row *bar, uint32_t count, uint32_t begin, uint32_t end, uint64_t *seed,
                        uint64_t *prices)
{
    const double low = (double)bar->low, high = (double)bar->high, sigma = (high - low) / 2 / sqrt(count);
    double at = (double)prices[begin];

    for (uint32_t i = begin + 1; i < end; i++) {
        const double left = (double)(end - i + 1);
        double next = at + ((double)prices[end] - at) / left + sigma * sqrt((left - 1) / left) * draw_normal(seed);

        if (next > high)
            next = fmax(2 * high - next, low);
        if (next < low)
            next = fmin(2 * low - next, high);
        prices[i] = (uint64_t)next;
        if (prices[i] < bar->low) /* doubles have fewer digits than prices */
            prices[i] = bar->low;
        if (prices[i] > bar->high)
            prices[i] = bar->high;
        at = next;
    }
}

void bridge_bar(const struct tape_row *bar, uint32_t count, uint64_t *seed, uint64_t *prices)
{
    const double low = (double)bar->low, high = (double)bar->high, open = (double)bar->open, close = (double)bar->close;
    const double by_low = open - low + high - low + high - close, by_high = high - open + high - low + close - low;
    const bool low_is_first = draw_uniform(seed) * (by_low + by_high) < by_high;
    const uint32_t range = count - 2;
    uint32_t first, second;

    check(count >= 4);
    first = 1 + (uint32_t)(mix_next(seed) % range);
    second = 1 + (uint32_t)(mix_next(seed) % (range - 1));
    second += second >= first;
    if (first > second) {
        const uint32_t swap = first;

        first = second;
        second = swap;
    }
    prices[0] = bar->open;
    prices[count - 1] = bar->close;
    prices[first] = low_is_first ? bar->low : bar->high;
    prices[second] = low_is_first ? bar->high : bar->low;
    bridge_walk(bar, count, 0, first, seed, prices);
    bridge_walk(bar, count, first, second, seed, prices);
    bridge_walk(bar, count, second, count - 1, seed, prices);
}

/* The whole bar is made where any of it is asked for, so that parts agree. */
static void bridge_bars(const struct tape_series *series, uint64_t seed, uint64_t from_us, uint64_t step_us,
                        uint32_t count, uint64_t *prices)
{
    const uint32_t length = (uint32_t)(series->bar_us / step_us);
    const uint64_t until_us = from_us + count * step_us;
    uint64_t *bar = memory_reserve(length, sizeof *bar);

    check(series->bar_us % step_us == 0 && from_us % step_us == 0);
    for (size_t row = 0; row < series->count; row++) {
        const uint64_t begin = series->rows[row].time_us;
        uint64_t bar_seed = draw_seed(seed, row);

        if (begin + series->bar_us <= from_us || begin >= until_us)
            continue;
        bridge_bar(&series->rows[row], length, &bar_seed, bar);
        for (uint32_t i = 0; i < length; i++) {
            const uint64_t at = begin + i * step_us;

            if (at >= from_us && at < until_us)
                prices[(at - from_us) / step_us] = bar[i];
        }
    }
    free(bar);
}

/* Last trade at or before each moment: what is already there are zeros. */
static void bridge_trades(const struct tape_series *series, uint64_t from_us, uint64_t step_us, uint32_t count,
                          uint64_t *prices)
{
    uint64_t last = 0;
    size_t row = 0;

    for (uint32_t i = 0; i < count; i++) {
        while (row < series->count && series->rows[row].time_us <= from_us + i * step_us)
            last = series->rows[row++].close;
        prices[i] = last;
    }
}

/* What stood before a moment. */
static uint64_t bridge_before(const struct tape_series *series, uint64_t from_us)
{
    uint64_t last = 0;

    for (size_t row = 0; row < series->count && series->rows[row].time_us + series->bar_us <= from_us; row++)
        last = series->rows[row].close;
    return last;
}

void bridge_series(const struct tape_series *series, uint64_t seed, uint64_t from_us, uint64_t step_us, uint32_t count,
                   uint64_t *prices)
{
    uint64_t last;

    for (uint32_t i = 0; i < count; i++)
        prices[i] = 0;
    if (!series->bars) {
        bridge_trades(series, from_us, step_us, count, prices);
        return;
    }
    bridge_bars(series, seed, from_us, step_us, count, prices);
    last = bridge_before(series, from_us);
    for (uint32_t i = 0; i < count; i++) {
        if (prices[i] == 0)
            prices[i] = last;
        last = prices[i];
    }
}
