/* Lots by price of one market's book on the card, bids and asks in one ring: a price's place is the price modulo the
 * ring, which is as long as the card's longest window, so the window may move without anything being moved here. Fed
 * from the level fields of events; a book is never crossed, so the best prices say which side a level is on. */
#ifndef VITRINE_LEVELS_H
#define VITRINE_LEVELS_H

#include "tick_set.h"

struct levels {
    uint64_t *lots;           /* by place; of use only where `occupied` */
    struct tick_set occupied;
};

/* For windows of up to 2^tick_bits ticks (6 .. 31). Empty. */
void levels_create(struct levels *levels, uint32_t tick_bits);
void levels_destroy(struct levels *levels);
void levels_clear(struct levels *levels);

/* What rests at a price from now on, in lots: a few ns. */
static inline void levels_put(struct levels *levels, uint32_t price, uint64_t lots)
{
    const uint32_t place = price & (levels->occupied.ticks - 1);
    const uint64_t before = levels->lots[place];

    levels->lots[place] = lots;
    if ((before == 0) != (lots == 0))
        tick_set_put(&levels->occupied, place, lots != 0);
}

/* A hint that a price will be put. */
static inline void levels_prefetch(const struct levels *levels, uint32_t price)
{
    __builtin_prefetch(&levels->lots[price & (levels->occupied.ticks - 1)], 1);
}

static inline uint64_t levels_at(const struct levels *levels, uint32_t price)
{
    return levels->lots[price & (levels->occupied.ticks - 1)];
}

/* The next occupied price at or below (at or above) one, no further than `last`, which lies in the same window; 0:
 * none. */
uint32_t levels_down(const struct levels *levels, uint32_t price, uint32_t last);
uint32_t levels_up(const struct levels *levels, uint32_t price, uint32_t last);

#endif
