/* Hash of an event stream: XXH64 (seed 0) over the eight little-endian words of every event, with what may differ
 * between two runs of the same commands set to 0: sequence, arrival, delay, session, phase. Card and model must
 * agree on it. */
#ifndef VITRINE_EVENT_HASH_H
#define VITRINE_EVENT_HASH_H

#include <stdint.h>

#include "contract.h"

struct event_hash;

struct event_hash *event_hash_create(void);
void event_hash_destroy(struct event_hash *hash);
void event_hash_add(struct event_hash *hash, const struct card_event *event);
uint64_t event_hash_value(const struct event_hash *hash);

/* The event with those fields at 0. */
struct card_event event_hash_canonical(const struct card_event *event);

#endif
