/* Liquidation (exchange-rules.md, section 6; docs/liquidation.md): inside the core. */
#ifndef VITRINE_LIQUIDATION_H
#define VITRINE_LIQUIDATION_H

#include "core.h"

/* Rows of subaccounts that detection covers in a batch at most, and where many of them are due; episodes that it begins
 * in a batch; that a batch looks at. */
enum { LIQUIDATION_ROWS = 4096, LIQUIDATION_FEW_ROWS = 256, LIQUIDATION_BEGINS = 64, LIQUIDATION_EPISODES = 48 };

enum liquidation_stage {
    LIQUIDATION_IDLE, LIQUIDATION_DETECT, LIQUIDATION_PLAN, LIQUIDATION_SEND, LIQUIDATION_HAND_OVER,
    LIQUIDATION_DELEVERAGE, LIQUIDATION_TURN,
};

/* Depth is sampled; the machine starts where it stands idle. At every tick, last. */
void liquidation_tick(struct exchange *exchange);
/* The machine goes on as far as this batch goes; `more` while it is at work. Stands still during a settlement pass. */
void liquidation_run(struct exchange *exchange);
/* What a watcher is told of besides: steps of their own inside one of a stage, or between those. */
enum { LIQUIDATION_WATCH_POSITION = LIQUIDATION_TURN + 1, LIQUIDATION_WATCH_LOOK, LIQUIDATION_WATCHED };
/* Tells the watcher that a step begins or ends. */
static inline void liquidation_watch(const struct exchange *exchange, unsigned stage, bool ends)
{
    if (exchange->options.watcher.liquidation)
        exchange->options.watcher.liquidation(exchange->options.watcher.context, stage, ends);
}
/* Terms have changed, or the node has started: everybody is looked at. The run of detection under way, if any, and the
 * next go in smaller steps. */
enum { LIQUIDATION_FULL = 2, LIQUIDATION_CROSSINGS = 64 };
void liquidation_look_at_all(struct exchange *exchange);
/* Whether somebody is being liquidated, or the machine is at work: seconds matter. */
static inline bool liquidation_under_way(const struct state *state)
{
    return state->t->episodes != TABLE_NONE || state->t->liquidation_stage != LIQUIDATION_IDLE;
}

/* Whether its orders are refused (Liquidation). */
static inline bool liquidation_has_begun(const struct state *state, uint32_t subaccount)
{
    return state_subaccount(state, subaccount)->episode != TABLE_NONE;
}

/* An order of OWN_LIQUIDATION has filled: the trade is in the books already. Fee, tally, notice. And it has ended:
 * `reason` what stopped the rest, NONE where there is none. */
void liquidation_filled(struct exchange *exchange, const struct order *order, int64_t lots, uint32_t price);
void liquidation_order_ended(struct exchange *exchange, const struct order *order, enum reason reason);

/* INPUT_LIQUIDATION_RULES: OUT_OF_RANGE (also: no such policy), NOTICE_NEEDED. INPUT_BACKSTOP: UNKNOWN_ACCOUNT,
 * UNKNOWN_MARKET (no perpetual), OUT_OF_RANGE, INSUFFICIENT_MARGIN, NO_PRICE, CAPACITY, LIQUIDATION,
 * NEGATIVE_EQUITY. */
bool liquidation_rules_are_sound(const struct input_liquidation_rules *input);
enum reason liquidation_set_rules(struct exchange *exchange, const struct input_liquidation_rules *input);
enum reason liquidation_commit(struct exchange *exchange, const struct input_backstop *input);

#endif
