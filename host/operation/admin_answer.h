/* What an operator is told about the state, as JSON objects. Amounts are decimal strings in whole coins. */
#ifndef VITRINE_ADMIN_ANSWER_H
#define VITRINE_ADMIN_ANSWER_H

#include <jansson.h>

#include "admin_request.h"
#include "order_report.h"
#include "state.h"

json_t *admin_answer_assets(const struct state *state);
json_t *admin_answer_markets(const struct state *state);
json_t *admin_answer_accounts(const struct state *state, uint32_t limit);
json_t *admin_answer_account(const struct state *state, uint32_t account);
json_t *admin_answer_user(const struct state *state, uint32_t user);
/* Balances, positions and margin; where something has no price yet, "priced" is false and the sums are left out. */
json_t *admin_answer_subaccount(const struct state *state, uint32_t subaccount);
/* Open orders of a subaccount or of all of an account's, of one market if it is named. */
json_t *admin_answer_orders(const struct state *state, const struct admin_request *request);

/* The answer to an input: {"ok":true,"number":N,"batch":B} or {"ok":false,"reason":...}. */
json_t *admin_answer_report(const struct report *report);
/* {"ok":false,"error":...,"field":...,"value":...} */
json_t *admin_answer_error(const struct admin_error *error);
/* {"ok":true,"commands":[...]}, or one command with its fields. */
json_t *admin_answer_help(const char *about);

#endif
