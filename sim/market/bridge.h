/* Prices between recorded ones: bars become one price a step by a seeded random walk that hits every recorded open,
 * high, low and close and stays inside [low, high]; trades are resampled to the last one at or before each step. */
#ifndef VITRINE_BRIDGE_H
#define VITRINE_BRIDGE_H

#include "tape.h"

/* `count` >= 4 prices of one bar: the first is its open, the last its close, in between are its high and its low. The
 * extreme that is the shorter way round comes first more often. */
void bridge_bar(const struct tape_row *bar, uint32_t count, uint64_t *seed, uint64_t *prices);

/* A price (10^-12 USDC) at each of `count` moments, `step_us` apart from `from_us` on; 0 where the series has not
 * begun. In gaps, and behind the end, the last one stands. Bars' length must be a multiple of `step_us` and at least
 * four of them; from_us a multiple of it. The same series and seed give the same prices whatever part is asked for. */
void bridge_series(const struct tape_series *series, uint64_t seed, uint64_t from_us, uint64_t step_us, uint32_t count,
                   uint64_t *prices);

#endif
