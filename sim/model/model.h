/* The plain book: what docs/card.md says, obvious before fast. Judge of the RTL and an engine of its own.
 * Shares nothing with the RTL but the contract. Allocates in model_create only. */
#ifndef VITRINE_MODEL_H
#define VITRINE_MODEL_H

#include "contract.h"

struct model;

/* What the card reports as its capability. markets 1 to 256, orders 1 to 2^20, tick_bits 6 to 20. */
struct model_size {
    uint32_t markets;
    uint32_t orders;
    uint32_t tick_bits;
};

/* Called once per event, in order. `event` is valid during the call only. */
typedef void model_sink(void *context, const struct card_event *event);

/* A model after reset, in the given session; NULL if the size is out of range or memory is short. */
struct model *model_create(const struct model_size *size, uint16_t session);
void model_destroy(struct model *model);

/* Carries out one command and hands all its events to `sink`. */
void model_apply(struct model *model, const struct card_command *command, model_sink *sink, void *context);

/* The digest that `read digest` would answer (0xFFFF... for an empty book); market must be in range. */
uint64_t model_digest(const struct model *model, uint32_t market);

/* Checks every internal invariant (uncrossed, aggregates, queues, slots) and returns NULL, or what is broken. */
const char *model_check(const struct model *model);

#endif
