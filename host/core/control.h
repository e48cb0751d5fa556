/* Inside the core: inputs that are not about orders, by what they are about. Not for others. */
#ifndef VITRINE_CONTROL_H
#define VITRINE_CONTROL_H

#include "core.h"
#include "tighten.h"

/* control.c: printable, without spaces, zero-padded, at least one character and one zero. */
bool control_is_name(const uint8_t *name, size_t size);
bool control_function_is_sound(const struct margin_function *function);
bool control_is_client(const struct state *state, uint32_t account);
bool control_is_client_subaccount(const struct state *state, uint32_t subaccount);
/* Whether a change of parameters that is sound takes effect now. If not, *reason is the answer: DEFERRED, it waits for
 * the settlement pass to end, and is answered then; NONE, it has been noted and will be; NOTICE_NEEDED, it tightens or
 * is for later, and the venue's notice does not fit before `effective_ns`; CAPACITY. `market` or `asset` (0: neither)
 * for the notice. */
bool control_takes_effect(struct exchange *exchange, const struct input_header *input, uint64_t effective_ns,
                          bool tightens, uint32_t market, uint32_t asset, enum reason *reason);

/* control_cap.c: COLLATERAL_LIMIT where the account of a subaccount would hold more than the asset's cap with `units`
 * more of it, else NONE. What is held, lent and apart counts, what open spot orders may bring in and what withdrawals
 * may bring back, of all its subaccounts. */
enum reason control_check_cap(const struct state *state, uint32_t subaccount, uint32_t asset, wide units);

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
enum reason control_deposit(struct exchange *exchange, const struct input_deposit *input, uint64_t *made);
enum reason control_withdraw(struct exchange *exchange, const struct input_withdraw *input, uint64_t *made);
enum reason control_transfer(struct exchange *exchange, const struct input_transfer *input);
enum reason control_kill(struct exchange *exchange, const struct input_kill *input);
enum reason control_session(struct exchange *exchange, const struct input_session *input);
enum reason control_restart(struct exchange *exchange, const struct input_restart *input);
enum reason control_rules(struct exchange *exchange, const struct input_venue_rules *input);
enum reason control_delist(struct exchange *exchange, const struct input_delist *input);
enum reason control_dust(struct exchange *exchange, const struct input_dust *input);
enum reason control_withdrawal(struct exchange *exchange, const struct input_withdrawal *input);
enum reason control_subaccount_set(struct exchange *exchange, const struct input_subaccount_set *input);
enum reason control_pool(struct exchange *exchange, const struct input_pool_set *input);
enum reason control_lend(struct exchange *exchange, const struct input_lend *input);

/* control_money.c, of whatever moves money: whether the numbers make sense (`known`: the subaccounts do). */
enum reason control_check_money(const struct state *state, bool known, uint32_t asset, int64_t amount);
/* Whether a deposit or withdrawal is new by its id. If one came before, it is `made`, and `reason` is NONE where it was
 * just this one, CONFLICT where it was another. */
bool control_is_new(const struct state *state, const struct transfer *wanted, uint64_t *made, enum reason *reason);
/* Whether it has to wait for the settlement pass under way: only money of the settlement asset. */
bool control_money_waits(const struct state *state, uint32_t asset);
/* The rule of withdrawals (exchange-rules.md, section 8): makes `amount` free in a subaccount, which may then send it
 * out, or says why not. `fresh`: units of settled profit that must stay. */
enum reason control_free_money(struct exchange *exchange, uint32_t subaccount, uint32_t asset, int64_t amount,
                               int64_t fresh);

/* Whether what configures a thing is sound; also of rows that came from a file (loaded_rows.c). `row`: of the asset, 0:
 * a new one. */
enum reason control_check_asset(const struct state *state, const struct input_asset_set *input, uint32_t row);
enum reason control_check_market(const struct state *state, const struct input_market_set *input);
bool control_pool_is_sound(const struct input_pool_set *input);
bool control_rules_are_sound(const struct input_venue_rules *input);

/* Cancels all orders of a scope for a reason; CAPACITY if there is no row for the job. */
enum reason control_cancel_all(struct exchange *exchange, enum job_scope scope, uint32_t target, enum reason reason);
/* Delistings that are due, at every tick. */
void control_delist_run(struct exchange *exchange);

/* New prices (CARD_PRESENT_*) in a market's row: to the card, and whatever waits for them. */
void control_take_prices(struct exchange *exchange, uint32_t market, uint32_t present);
/* Tells the card a market's state where it has changed. */
void control_refresh_state(struct exchange *exchange, uint32_t market);
void control_refresh_all(struct exchange *exchange);

#endif
