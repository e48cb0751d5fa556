/* Inside the core: inputs that are not about orders, by what they are about. Not for others. */
#ifndef VITRINE_CONTROL_H
#define VITRINE_CONTROL_H

#include "core.h"

/* control.c: printable, without spaces, zero-padded, at least one character and one zero. */
bool control_is_name(const uint8_t *name, size_t size);
bool control_function_is_sound(const struct margin_function *function);
bool control_is_client(const struct state *state, uint32_t account);
bool control_is_client_subaccount(const struct state *state, uint32_t subaccount);

/* Each answers REASON_NONE or why nothing has changed; `made`: number of what was made or found. */
enum reason control_asset(struct exchange *exchange, const struct input_asset_set *input, uint64_t *made);
enum reason control_market(struct exchange *exchange, const struct input_market_set *input, uint64_t *made);
enum reason control_state(struct exchange *exchange, const struct input_market_state *input);
enum reason control_marks(struct exchange *exchange, const struct input_marks *input);
enum reason control_index(struct exchange *exchange, const struct input_index *input);
enum reason control_account(struct exchange *exchange, const struct input_account_create *input, uint64_t *made);
enum reason control_account_set(struct exchange *exchange, const struct input_account_set *input);
enum reason control_subaccount(struct exchange *exchange, const struct input_subaccount_create *input, uint64_t *made);
enum reason control_user(struct exchange *exchange, const struct input_user_set *input, uint64_t *made);
enum reason control_money(struct exchange *exchange, const struct input_deposit *input, uint64_t *made);
enum reason control_transfer(struct exchange *exchange, const struct input_transfer *input);
enum reason control_kill(struct exchange *exchange, const struct input_kill *input);
enum reason control_session(struct exchange *exchange, const struct input_session *input);
enum reason control_restart(struct exchange *exchange, const struct input_restart *input);

/* Tells the card a market's state where it has changed. */
void control_refresh_state(struct exchange *exchange, uint32_t market);
void control_refresh_all(struct exchange *exchange);

#endif
