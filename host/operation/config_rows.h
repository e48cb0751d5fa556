/* What rows of the state say, as the inputs that would set them so, with effective_ns 0. */
#ifndef VITRINE_CONFIG_ROWS_H
#define VITRINE_CONFIG_ROWS_H

#include "state.h"

/* Of rows themselves. */
struct input_asset_set config_rows_asset(const struct asset *asset);
struct input_market_set config_rows_market(const struct market *market);
struct input_user_set config_rows_user(const struct user *user);
/* Of the venue, and by the asset's number: its pricing, its venue number `venue`, its pool. */
struct input_venue_rules config_rows_venue(const struct state *state);
struct input_pricing_set config_rows_pricing(const struct state *state, uint16_t asset);
struct input_venue_set config_rows_source(const struct state *state, uint16_t asset, uint8_t venue);
struct input_pool_set config_rows_pool(const struct state *state, uint16_t asset);

#endif
