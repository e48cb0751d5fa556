/* A seeded order flow in several markets, calibrated with an hour of a real stock (LOBSTER, AAPL 2012-06-21, 09:30
 * to 10:30): adds 48.1 %, deletes 44.6 %, executions 4.4 %, a few reductions; 93.3 % of finished orders are
 * cancelled; one fill in 21.9 messages. A few of the adds and deletes come as replaces instead. Bands are narrow
 * enough to bite now and then, marks move.
 *
 * Integers only; the same seed, settings and events give the same commands. Fast enough to drive benchmarks. */
#ifndef VITRINE_FLOW_H
#define VITRINE_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "contract.h"

struct flow;

struct flow_settings {
    uint64_t seed;
    uint32_t first_market, markets; /* the markets it uses; they must be closed and empty */
    uint32_t first_slot, slots;     /* the order slots it uses */
    uint32_t tick_bits;             /* of the card's window, at least 6 */
    uint32_t population;            /* orders that rest in a market, about; 0: 1,000 */
};

/* NULL if memory is short or a setting is out of range: seed any, markets 1 to 256 with first_market, slots at
 * least 64 a market. */
struct flow *flow_create(const struct flow_settings *settings);
void flow_destroy(struct flow *flow);

/* Commands of the start: marks, configuration and the first orders of every market. */
uint64_t flow_start_commands(const struct flow *flow);

/* Makes exactly `count` commands. Tags are 0. */
void flow_next(struct flow *flow, struct card_command *commands, size_t count);

/* Tells what became of a command; in order. May lag behind flow_next as far as it likes, but always by as much. */
void flow_event(struct flow *flow, const struct card_command *command, const struct card_event *event);

#endif
