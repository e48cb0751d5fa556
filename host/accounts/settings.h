/* What rows of the state were set to: the inputs that would set them so again, with effective_ns 0. */
#ifndef VITRINE_SETTINGS_H
#define VITRINE_SETTINGS_H

#include "state.h"

/* Of rows themselves. */
struct input_asset_set settings_asset(const struct asset *asset);
struct input_market_set settings_market(const struct market *market);
struct input_user_set settings_user(const struct user *user);
/* Of liquidation; of the venue, and by the asset's number: its pricing, its venue number `venue`, its pool. */
struct input_liquidation_rules settings_liquidation(const struct state *state);
struct input_venue_rules settings_venue(const struct state *state);
struct input_pricing_set settings_pricing(const struct state *state, uint16_t asset);
struct input_venue_set settings_source(const struct state *state, uint16_t asset, uint8_t venue);
struct input_pool_set settings_pool(const struct state *state, uint16_t asset);

#endif
