/* Inside the admin protocol: values of answers. Not for others. */
#ifndef VITRINE_ADMIN_VALUES_H
#define VITRINE_ADMIN_VALUES_H

#include <jansson.h>

#include "state.h"

/* Zero-padded text; a whole number; `value` x 10^-decimals. */
void admin_set_text(json_t *object, const char *key, const void *text, size_t size);
void admin_set_number(json_t *object, const char *key, uint64_t value);
void admin_set_decimal(json_t *object, const char *key, wide value, unsigned decimals);
/* Units x 256, exactly: 1/256 = 0.00390625. Beyond 2^107 the fraction of a unit is left out. */
void admin_set_u256(json_t *object, const char *key, wide value, unsigned decimals);
/* A price given in ticks x 256, in whole quote coins for a whole base coin; null where there is none. */
void admin_set_price(const struct state *state, const struct market *market, json_t *object, const char *key,
                     uint64_t fixed);
/* UTC; null where it is 0. */
void admin_set_time(json_t *object, const char *key, uint64_t time_ns);
/* {"ok": true, key: value}; takes the value. */
json_t *admin_ok_with(const char *key, json_t *value);

/* A subaccount's margin view, its numbers in the settlement asset; and what it holds of everything. */
json_t *admin_margin_object(const struct state *state, uint32_t subaccount);
json_t *admin_balances_list(const struct state *state, uint32_t subaccount);

#endif
