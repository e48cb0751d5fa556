/* A set of ticks 0 .. 2^N-1 that finds the next member at or above, or at or below, a tick. */
#ifndef VITRINE_TICK_SET_H
#define VITRINE_TICK_SET_H

#include <stdbool.h>
#include <stdint.h>

#define TICK_SET_NONE UINT32_MAX

struct tick_set {
    uint64_t *word; /* one bit a tick */
    uint64_t *some; /* one bit a word that is not 0 */
    uint32_t ticks;
};

void tick_set_create(struct tick_set *set, uint32_t tick_bits); /* at least 6 */
void tick_set_destroy(struct tick_set *set);

void tick_set_put(struct tick_set *set, uint32_t tick, bool member);

/* TICK_SET_NONE where there is none. */
uint32_t tick_set_at_or_above(const struct tick_set *set, uint32_t tick);
uint32_t tick_set_at_or_below(const struct tick_set *set, uint32_t tick);

#endif
