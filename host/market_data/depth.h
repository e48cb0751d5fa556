/* Depth of one market, mirrored from the level fields of its events and from nothing else. */
#ifndef VITRINE_DEPTH_H
#define VITRINE_DEPTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"

struct depth_level {
    uint32_t price;     /* ticks */
    uint64_t aggregate; /* lots, not 0 */
};

struct depth;

/* A window of 2^tick_bits ticks from `base`. */
struct depth *depth_create(uint32_t base, uint32_t tick_bits);
void depth_destroy(struct depth *depth);

/* Takes in one event of the market. False if it contradicts the mirror: a price outside the window, or a best
 * price that is not the mirror's own. */
bool depth_apply(struct depth *depth, const struct card_event *event);

/* What rests at a price; 0 where nothing does. */
uint64_t depth_at(const struct depth *depth, enum card_side side, uint32_t price);

/* The best `most` levels, best first; returns how many there are of them. */
size_t depth_top(const struct depth *depth, enum card_side side, struct depth_level *levels, size_t most);

#endif
