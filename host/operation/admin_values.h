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

/* Units of the settlement asset; its decimals, 0 while there is none. */
void admin_set_usdc(const struct state *state, json_t *object, const char *key, wide units);
unsigned admin_settlement_decimals(const struct state *state);
/* Which one: its number, its account's name and its own. */
void admin_set_subaccount(const struct state *state, json_t *object, uint32_t row);

/* A subaccount's margin view, its numbers in the settlement asset; and what it holds of everything. */
json_t *admin_margin_object(const struct state *state, uint32_t subaccount);
json_t *admin_balances_list(const struct state *state, uint32_t subaccount);

/* admin_answer_liquidation.c: whether it has been called and is being liquidated; what it stands behind as a provider;
 * capacity of a market's providers, quote units; the parameters. */
void admin_set_liquidation(const struct state *state, json_t *object, uint32_t subaccount);
json_t *admin_commitments_list(const struct state *state, uint32_t subaccount);
int64_t admin_backstop_capacity(const struct state *state, uint32_t market);
json_t *admin_liquidation_rules_object(const struct state *state);

#endif
