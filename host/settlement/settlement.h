/* Settlement of perpetuals, debts and claims (exchange-rules.md, section 5; docs/money.md): inside the core. */
#ifndef VITRINE_SETTLEMENT_H
#define VITRINE_SETTLEMENT_H

#include "core.h"

enum settlement_class { SETTLEMENT_VPNL, SETTLEMENT_LENDERS, SETTLEMENT_OTHERS, SETTLEMENT_SYSTEM };

/* Begins a pass where one is due and none is under way; at every tick. */
void settlement_tick(struct exchange *exchange);
/* Goes on with the pass under way as far as this batch's steps go (tick_take_step()); `more` while it lasts. */
void settlement_run(struct exchange *exchange);
/* Before anything changes a subaccount's positions or money, or depends on its debts: during a pass it is realised
 * first. Cheap where there is no pass. */
static inline void settlement_touch(struct exchange *exchange, uint32_t subaccount);
/* Whether a pass is under way: money of the settlement asset waits then (control_defer()). */
static inline bool settlement_under_way(const struct state *state)
{
    return state->t->pass_stage != SETTLEMENT_IDLE;
}

/* Debts are paid from what there is, and collateral is converted (docs/money.md, Debts): at every tick a walk of all
 * debtors begins, a bounded number of them a batch; it stands still while a pass is under way. */
void settlement_pay_debts(struct exchange *exchange);
void settlement_debts_run(struct exchange *exchange);
/* INPUT_APART, INPUT_WRITE_OFF: UNKNOWN_ACCOUNT, CONFLICT (no debtor; a write-off: nor a borrower), FUND_FIRST (it has
 * something left itself, or the fund could pay the debt), INSUFFICIENT_BALANCE (nothing is held apart),
 * INVALID_QUANTITY, DEFERRED. A write-off takes the borrows too: the fund repays what it can, then lend indices
 * fall. */
enum reason settlement_accept(struct exchange *exchange, const struct input_apart *input);
enum reason settlement_write_off(struct exchange *exchange, const struct input_write_off *input);
/* A deposit (or a sibling's transfer) comes in: held, or apart while the subaccount is in settlement or its equity is
 * negative. `kind` for the case that it is not apart. */
void settlement_deposit(struct exchange *exchange, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                        int64_t amount);
/* Whether it would be held apart; `to` has been touched. */
bool settlement_holds_apart(const struct state *state, uint32_t to);
/* Whether it is in settlement: no orders, no money out. */
static inline bool settlement_is_debtor(const struct state *state, uint32_t subaccount)
{
    return state_subaccount(state, subaccount)->debt > 0;
}
/* Profit of the last fresh_seconds: it can't leave yet, USDC units. */
int64_t settlement_fresh(const struct state *state, uint32_t subaccount);
/* Brings subaccount.fresh to the present minute; returns its row. */
struct subaccount *settlement_age_fresh(struct exchange *exchange, uint32_t subaccount);

/* funding.c: samples and intervals, at every tick. */
void funding_tick(struct exchange *exchange);

void settlement_realise(struct exchange *exchange, uint32_t subaccount);
static inline void settlement_touch(struct exchange *exchange, uint32_t subaccount)
{
    const struct totals *totals = exchange->state.t;

    if (totals->pass_stage == SETTLEMENT_REALISE &&
        state_subaccount(&exchange->state, subaccount)->pass != totals->pass)
        settlement_realise(exchange, subaccount);
}

#endif
