/* Random but seeded command sequences that reach the corners of docs/card.md: full books, one-tick books, crossed
 * and tight
 * bands, window edges, stale handles, slot reuse, garbage. Follows the answers so that most commands hit something. */
#ifndef VITRINE_DIFFERENTIAL_FLOW_H
#define VITRINE_DIFFERENTIAL_FLOW_H

#include <stdbool.h>

#include "contract.h"

struct flow;

struct flow *flow_create(uint64_t seed, uint32_t markets, uint32_t orders, uint32_t tick_bits, uint16_t session);
void flow_destroy(struct flow *flow);

/* The next command. */
void flow_next(struct flow *flow, struct card_command *command);

/* What was answered to it; to be called for every event before the next flow_next. */
void flow_answer(struct flow *flow, const struct card_command *command, const struct card_event *event);

#endif
