/* Seeded inputs of every kind, mostly sensible, some not: the same seed gives the same batches. */
#ifndef VITRINE_RANDOM_FLOW_H
#define VITRINE_RANDOM_FLOW_H

#include "fixture.h"

struct random_flow {
    struct fixture *fixture;
    uint64_t seed;
    uint32_t users;
    uint32_t mark[3];      /* ticks, by market */
    bool extras;           /* triggers, attached legs, quote quantities, expiries */
    bool money;            /* settlement, funding, lending, debts; time passes in jumps. Set by random_flow_money() */
    bool venues;           /* the perpetual's prices come from venues */
    uint32_t batches, delist_at; /* so far; the one in which the perpetual's delisting is told, 0: none */
};

/* People and money. */
void random_flow_start(struct random_flow *flow, struct fixture *fixture, uint64_t seed, uint32_t users);
/* Pools, a small fund, settlement every few seconds: from now on money moves by itself. `venues`: the perpetual's index
 * is that of three venues. After random_flow_start(). */
void random_flow_money(struct random_flow *flow, bool venues);
/* Adds up to `count` inputs to the batch being built. */
void random_flow_batch(struct random_flow *flow, uint32_t count);
uint64_t random_flow_draw(struct random_flow *flow, uint64_t below);

#endif
