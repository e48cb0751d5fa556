/* The deleveraging rank of a position (exchange-rules.md, section 6): profit from its average open price x leverage,
 * for a loss divided by it, in logarithmic steps. For whoever shows it. */
#ifndef VITRINE_RANK_H
#define VITRINE_RANK_H

#include "state.h"

/* 0 .. LIMIT_RANKS - 1 at a mark (ticks x 256); 0 also for a flat position. */
uint32_t rank_of(const struct state *state, uint32_t position, uint64_t mark);
/* 1 .. 5, 5 is deleveraged first; 0: flat. By the bounds of the last ranking. */
uint32_t rank_quintile(const struct state *state, uint32_t position);

#endif
