/* The seeded order flow of sim/market as a source of commands. */
#ifndef VITRINE_MARKET_SOURCE_H
#define VITRINE_MARKET_SOURCE_H

#include "flow.h"
#include "source.h"

struct market_source {
    struct flow *flow;
    uint64_t left; /* commands until the source ends */
};

/* The first `commands` of the flow, or the next ones. */
struct command_source market_source_commands(struct market_source *source, uint64_t commands);

#endif
