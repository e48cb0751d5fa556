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

/* An account with all its subaccounts as one view: each asset's sums, and the sums of their margins (each subaccount is
 * margined by itself: a positive sum does not help one that is short). Of the newest `limit` subaccounts; "more": there
 * are others, which the sums leave out. */
json_t *admin_answer_balances(const struct state *state, uint32_t account, uint32_t limit);
/* Withdrawals that are not done, newest first. */
json_t *admin_answer_withdrawals(const struct state *state, uint32_t limit);
/* The one with this asset and id: requested, approved, released or cancelled. */
json_t *admin_answer_withdrawal(const struct state *state, const struct input_withdrawal *which);
/* The pass under way, and every debt and claim (the first `limit` of each). */
json_t *admin_answer_settlement(const struct state *state, uint32_t limit);
json_t *admin_answer_fund(const struct state *state);
json_t *admin_answer_prices(const struct state *state);
json_t *admin_answer_funding(const struct state *state);
json_t *admin_answer_pools(const struct state *state);
/* Liquidations under way, oldest first; `limit` of them. */
json_t *admin_answer_liquidations(const struct state *state, uint32_t limit);
/* How much has been liquidated, how, by market and in all, with shares in percent; and what was socialised. */
json_t *admin_answer_tally(const struct state *state);
/* What backstop providers have committed, in one market or (0) in all. */
json_t *admin_answer_backstops(const struct state *state, uint32_t market);
/* The venue's rules, and changes of parameters that wait for their time. */
json_t *admin_answer_rules(const struct state *state);

/* The answer to an input: {"ok":true,"number":N,"batch":B} or {"ok":false,"reason":...}. */
json_t *admin_answer_report(const struct report *report);
/* {"ok":false,"error":...,"field":...,"value":...} */
json_t *admin_answer_error(const struct admin_error *error);
/* {"ok":true,"commands":[...]}, or one command with its fields. */
json_t *admin_answer_help(const char *about);

#endif
