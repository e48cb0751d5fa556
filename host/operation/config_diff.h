/* From a configuration to inputs: those that make a running exchange agree with it. */
#ifndef VITRINE_CONFIG_DIFF_H
#define VITRINE_CONFIG_DIFF_H

#include <stddef.h>

#include "config.h"

/* Inputs back to back, as a batch takes them. */
struct config_inputs {
    uint8_t *bytes;
    size_t size, room;
    uint32_t count;
    bool more;     /* what can only be said once these are done is left: run them, then ask again */
};

void config_inputs_add(struct config_inputs *inputs, const struct input_header *input);
void config_inputs_clear(struct config_inputs *inputs);
void config_inputs_free(struct config_inputs *inputs);

/* Adds what differs: the venue's rules, assets with their pricing, venues and pools, markets, accounts, subaccounts,
 * users that are missing or are set otherwise. What the file does not name stays as it is, and so does what has been
 * noted and waits for its time. What tightens takes effect once the venue's notice after `now_ns` (UTC) has passed.
 * Stops at LIMIT_BATCH_INPUTS / LIMIT_BATCH_BYTES. */
void config_diff(const struct config *config, const struct state *state, uint64_t now_ns,
                 struct config_inputs *inputs);

/* Adds what only a first start has: the index of every asset that the file gives one and no venues, marks of its
 * markets, and the state each market should be in. All assets and markets are there. */
void config_first_prices(const struct config *config, const struct state *state, struct config_inputs *inputs);

/* One line for people: what an input of config_diff() changes against the state, old and new values. */
void config_describe(const struct state *state, const struct input_header *input, char *text, size_t size);

#endif
