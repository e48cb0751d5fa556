#include "levels.h"

#include "memory.h"

void levels_create(struct levels *levels, uint32_t tick_bits)
{
    tick_set_create(&levels->occupied, tick_bits);
    levels->lots = memory_reserve_apart(levels->occupied.ticks, sizeof *levels->lots);
}

void levels_destroy(struct levels *levels)
{
    memory_release_apart(levels->lots, levels->occupied.ticks, sizeof *levels->lots);
    tick_set_destroy(&levels->occupied);
    levels->lots = NULL;
}

/* By what is there: most of a ring has never been touched. */
void levels_clear(struct levels *levels)
{
    for (uint32_t place = 0; (place = tick_set_at_or_above(&levels->occupied, place)) != TICK_SET_NONE;) {
        levels->lots[place] = 0;
        tick_set_put(&levels->occupied, place, false);
    }
}

uint32_t levels_down(const struct levels *levels, uint32_t price, uint32_t last)
{
    const uint32_t mask = levels->occupied.ticks - 1, from = price & mask;
    uint32_t place, distance;

    if (price < last)
        return 0;
    place = tick_set_at_or_below(&levels->occupied, from);
    if (place == TICK_SET_NONE) /* round the ring */
        place = tick_set_at_or_below(&levels->occupied, mask);
    if (place == TICK_SET_NONE)
        return 0;
    distance = (from - place) & mask;
    return distance <= price - last ? price - distance : 0;
}

uint32_t levels_up(const struct levels *levels, uint32_t price, uint32_t last)
{
    const uint32_t mask = levels->occupied.ticks - 1, from = price & mask;
    uint32_t place, distance;

    if (price > last)
        return 0;
    place = tick_set_at_or_above(&levels->occupied, from);
    if (place == TICK_SET_NONE)
        place = tick_set_at_or_above(&levels->occupied, 0);
    if (place == TICK_SET_NONE)
        return 0;
    distance = (place - from) & mask;
    return distance <= last - price ? price + distance : 0;
}
