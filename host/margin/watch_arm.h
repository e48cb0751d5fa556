/* Inside host/margin: how far prices may move (watch.h has the proof). */
#ifndef VITRINE_WATCH_ARM_H
#define VITRINE_WATCH_ARM_H

#include "watch.h"

enum {
    WATCH_BOUNDS = LIMIT_MARKETS + LIMIT_ASSETS,
    WATCH_FUNDING_LOG2 = 10, /* part of a mark that funding may move */
    WATCH_POOL_LOG2 = 12,    /* part by which a pool's ratio may move */
};

/* Down to (up to, where `up`) this price it is safe. The factor is the market of a position, the asset of a balance. */
struct watch_bound {
    uint64_t price;
    uint32_t row;            /* of positions or balances */
    uint16_t factor;
    bool balance, up;
};

/* Bounds of a subaccount with the level WATCH_NONE, for factors that may lead out of it before their price has halved
 * (doubled). Returns how many, at most WATCH_BOUNDS; -1: it has no room to speak of and is to be looked at at every
 * tick. */
int watch_arm_bounds(const struct state *state, uint32_t subaccount, const struct margin_view *view,
                     struct watch_bound bounds[WATCH_BOUNDS]);

#endif
