#include "depth.h"

#include <stdlib.h>

#include "levels.h"
#include "memory.h"

struct depth {
    uint32_t base, last;     /* first and last tick of the window */
    struct levels levels[2]; /* by side, so that a contradiction shows */
};

struct depth *depth_create(uint32_t base, uint32_t tick_bits)
{
    struct depth *depth = memory_reserve(1, sizeof *depth);

    depth->base = base;
    depth->last = base + ((uint32_t)1 << tick_bits) - 1;
    for (int side = 0; side < 2; side++)
        levels_create(&depth->levels[side], tick_bits);
    return depth;
}

void depth_destroy(struct depth *depth)
{
    if (depth == NULL)
        return;
    for (int side = 0; side < 2; side++)
        levels_destroy(&depth->levels[side]);
    free(depth);
}

static bool depth_holds(const struct depth *depth, uint32_t price)
{
    return price >= depth->base && price <= depth->last;
}

/* The best price of a side, 0 where it is empty. */
static uint32_t depth_best(const struct depth *depth, enum card_side side)
{
    return side == CARD_SIDE_BUY ? levels_down(&depth->levels[side], depth->last, depth->base)
                                 : levels_up(&depth->levels[side], depth->base, depth->last);
}

bool depth_apply(struct depth *depth, const struct card_event *event)
{
    enum card_side side = (enum card_side)card_event_side(event);
    uint32_t price = (uint32_t)card_event_price(event), best;

    if (!card_event_level_valid(event))
        return true;
    if (!depth_holds(depth, price))
        return false;
    if (card_event_kind(event) == CARD_KIND_DATA)
        return levels_at(&depth->levels[side], price) == card_event_aggregate(event);
    levels_put(&depth->levels[side], price, card_event_aggregate(event));
    best = depth_best(depth, side);
    if (best == 0)
        return !card_event_best_valid(event);
    return card_event_best_valid(event) && card_event_best_price(event) == best;
}

uint64_t depth_at(const struct depth *depth, enum card_side side, uint32_t price)
{
    return depth_holds(depth, price) ? levels_at(&depth->levels[side], price) : 0;
}

size_t depth_top(const struct depth *depth, enum card_side side, struct depth_level *levels, size_t most)
{
    const struct levels *all = &depth->levels[side];
    uint32_t price = depth_best(depth, side);
    size_t count = 0;

    while (price != 0 && count < most) {
        levels[count++] = (struct depth_level){ price, levels_at(all, price) };
        if (price == (side == CARD_SIDE_BUY ? depth->base : depth->last))
            break;
        price = side == CARD_SIDE_BUY ? levels_down(all, price - 1, depth->base)
                                      : levels_up(all, price + 1, depth->last);
    }
    return count;
}
