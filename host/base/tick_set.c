#include "tick_set.h"

#include <stdlib.h>

#include "check.h"
#include "memory.h"

void tick_set_create(struct tick_set *set, uint32_t tick_bits)
{
    check(tick_bits >= 6 && tick_bits <= 31);
    set->ticks = (uint32_t)1 << tick_bits;
    set->word = memory_reserve(set->ticks / 64, sizeof *set->word);
    set->some = memory_reserve(set->ticks / 4096 + 1, sizeof *set->some);
}

void tick_set_destroy(struct tick_set *set)
{
    free(set->word);
    free(set->some);
    *set = (struct tick_set){ 0 };
}

void tick_set_put(struct tick_set *set, uint32_t tick, bool member)
{
    uint32_t at = tick / 64;

    check(tick < set->ticks);
    if (member)
        set->word[at] |= (uint64_t)1 << tick % 64;
    else
        set->word[at] &= ~((uint64_t)1 << tick % 64);
    if (set->word[at])
        set->some[at / 64] |= (uint64_t)1 << at % 64;
    else
        set->some[at / 64] &= ~((uint64_t)1 << at % 64);
}

static uint32_t lowest_bit(uint64_t word)
{
    return (uint32_t)__builtin_ctzll(word);
}

static uint32_t highest_bit(uint64_t word)
{
    return 63u - (uint32_t)__builtin_clzll(word);
}

uint32_t tick_set_at_or_above(const struct tick_set *set, uint32_t tick)
{
    uint32_t words = set->ticks / 64;
    uint32_t at = tick / 64;
    uint64_t found;

    if (tick >= set->ticks)
        return TICK_SET_NONE;
    found = set->word[at] & ~(uint64_t)0 << tick % 64;
    if (found)
        return at * 64 + lowest_bit(found);
    if (++at >= words)
        return TICK_SET_NONE;
    for (uint32_t group = at / 64; group <= (words - 1) / 64; group++) {
        found = set->some[group] & (group == at / 64 ? ~(uint64_t)0 << at % 64 : ~(uint64_t)0);
        if (found) {
            at = group * 64 + lowest_bit(found);
            return at * 64 + lowest_bit(set->word[at]);
        }
    }
    return TICK_SET_NONE;
}

uint32_t tick_set_at_or_below(const struct tick_set *set, uint32_t tick)
{
    uint32_t at = tick / 64;
    uint64_t found;

    check(tick < set->ticks);
    found = set->word[at] & ~(uint64_t)0 >> (63 - tick % 64);
    if (found)
        return at * 64 + highest_bit(found);
    if (at-- == 0)
        return TICK_SET_NONE;
    for (uint32_t group = at / 64 + 1; group-- > 0;) {
        found = set->some[group] & (group == at / 64 ? ~(uint64_t)0 >> (63 - at % 64) : ~(uint64_t)0);
        if (found) {
            at = group * 64 + highest_bit(found);
            return at * 64 + highest_bit(set->word[at]);
        }
    }
    return TICK_SET_NONE;
}
