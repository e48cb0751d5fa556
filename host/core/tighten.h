/* What tightens: which changes of parameters need the venue's notice (exchange-rules.md, section 9). The table is in
 * tighten.c. Each says whether setting `input` would leave somebody worse off who is here already. */
#ifndef VITRINE_TIGHTEN_H
#define VITRINE_TIGHTEN_H

#include "state.h"

bool tighten_asset(const struct asset *now, const struct input_asset_set *input);
bool tighten_market(const struct market *now, const struct input_market_set *input);
/* What makes prices easier to move, or move otherwise. */
bool tighten_pricing(const struct pricing *now, const struct input_pricing_set *input);
bool tighten_pool(const struct pool *now, const struct input_pool_set *input);
bool tighten_rules(const struct totals *now, const struct input_venue_rules *input);
/* What would have more of an account sold, sooner or dearer, or others bear another part of it. */
bool tighten_liquidation(const struct liquidation_rules *now, const struct input_liquidation_rules *input);

#endif
