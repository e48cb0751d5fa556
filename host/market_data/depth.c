#include "depth.h"

#include <stdlib.h>

#include "memory.h"
#include "tick_set.h"

struct depth {
    uint32_t base;
    uint32_t ticks;
    uint64_t *aggregate[2];
    struct tick_set occupied[2];
};

struct depth *depth_create(uint32_t base, uint32_t tick_bits)
{
    struct depth *depth = memory_reserve(1, sizeof *depth);

    depth->base = base;
    depth->ticks = (uint32_t)1 << tick_bits;
    for (int side = 0; side < 2; side++) {
        depth->aggregate[side] = memory_reserve(depth->ticks, sizeof *depth->aggregate[side]);
        tick_set_create(&depth->occupied[side], tick_bits);
    }
    return depth;
}

void depth_destroy(struct depth *depth)
{
    if (depth == NULL)
        return;
    for (int side = 0; side < 2; side++) {
        free(depth->aggregate[side]);
        tick_set_destroy(&depth->occupied[side]);
    }
    free(depth);
}

static uint32_t depth_best(const struct depth *depth, enum card_side side)
{
    return side == CARD_SIDE_BUY ? tick_set_at_or_below(&depth->occupied[side], depth->ticks - 1)
                                 : tick_set_at_or_above(&depth->occupied[side], 0);
}

bool depth_apply(struct depth *depth, const struct card_event *event)
{
    enum card_side side = (enum card_side)card_event_side(event);
    uint32_t tick = (uint32_t)card_event_price(event) - depth->base;
    uint32_t best;

    if (!card_event_level_valid(event))
        return true;
    if (card_event_price(event) < depth->base || tick >= depth->ticks)
        return false;
    if (card_event_kind(event) == CARD_KIND_DATA)
        return depth->aggregate[side][tick] == card_event_aggregate(event);
    depth->aggregate[side][tick] = card_event_aggregate(event);
    tick_set_put(&depth->occupied[side], tick, card_event_aggregate(event) != 0);
    best = depth_best(depth, side);
    if (best == TICK_SET_NONE)
        return !card_event_best_valid(event);
    return card_event_best_valid(event) && card_event_best_price(event) == depth->base + best;
}

uint64_t depth_at(const struct depth *depth, enum card_side side, uint32_t price)
{
    return price >= depth->base && price - depth->base < depth->ticks ? depth->aggregate[side][price - depth->base] : 0;
}

size_t depth_top(const struct depth *depth, enum card_side side, struct depth_level *levels, size_t most)
{
    uint32_t tick = depth_best(depth, side);
    size_t count = 0;

    while (tick != TICK_SET_NONE && count < most) {
        levels[count++] = (struct depth_level){ depth->base + tick, depth->aggregate[side][tick] };
        if (side == CARD_SIDE_BUY)
            tick = tick ? tick_set_at_or_below(&depth->occupied[side], tick - 1) : TICK_SET_NONE;
        else
            tick = tick_set_at_or_above(&depth->occupied[side], tick + 1);
    }
    return count;
}
