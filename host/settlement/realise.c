/* The first stage of a pass: each subaccount's unrealised profit or loss becomes money, by itself, at frozen marks. */
#include "durations.h"
#include "settlement_parts.h"

struct realise {
    uint32_t subaccount;
    wide net;                /* quote units x 256 */
    uint32_t positions;      /* that took part */
    bool delisted;           /* a market among theirs is */
    struct ledger_cost cost[LIMIT_MARKETS]; /* profit of each; the fraction stays with the last */
};

/* What a position is worth above its entry cost: open interest bounds its value (settlement.c). */
static inline int64_t realise_profit(const struct market *market, const struct position *position)
{
    int64_t value, profit;

    check(!__builtin_mul_overflow(position->quantity, market->settle_lot, &value) &&
          !__builtin_sub_overflow(value, position->entry_cost, &profit));
    return profit;
}

static void realise_add_up(struct exchange *exchange, struct realise *realise)
{
    const struct state *state = &exchange->state;
    const struct position *const positions = state_position(state, 0);
    const struct market *const markets = state_market(state, 0);
    struct ledger_cost *cost = realise->cost;
    uint8_t flags = 0;
    wide net = 0;

    for (uint32_t row = state_subaccount(state, realise->subaccount)->positions; row != TABLE_NONE;) {
        const struct position *position = &positions[row];
        const struct market *market = &markets[position->market];

        if (market->settle_mark != 0 && (position->quantity | position->entry_cost) != 0) {
            if (!ledger_is_current(market, position))
                ledger_charge_funding(&exchange->ledger, row);
            cost->position = row;
            cost->residue = market->residue_position;
            cost->cost = realise_profit(market, position);
            net += cost++->cost;
            flags |= market->flags;
        }
        row = position->next;
    }
    realise->net = net;
    realise->positions = (uint32_t)(cost - realise->cost);
    realise->delisted = flags & MARKET_DELISTED;
}

/* A delisted market's lots go at their value too: nothing of the cost is left, whatever the profit. */
static void realise_move_one(struct exchange *exchange, const struct ledger_cost *cost, int64_t fraction)
{
    const uint32_t row = cost->position;
    const struct position *position = state_position(&exchange->state, row);
    const bool delisted = state_market(&exchange->state, position->market)->flags & MARKET_DELISTED;
    const wide all = delisted ? -(wide)position->entry_cost : cost->cost;

    ledger_move_cost(&exchange->ledger, ENTRY_REALISED, row, wide_narrow(all - fraction));
    if (delisted) {
        ledger_flatten(&exchange->ledger, row);
        reduce_only_changed(exchange, row); /* what waits to reduce it expires */
    }
}

/* Entry costs move to the value of their position, but for the fraction of a unit. */
static void realise_move_costs(struct exchange *exchange, struct realise *realise, int64_t fraction)
{
    struct ledger_cost *last = &realise->cost[realise->positions - 1];
    const int64_t profit = last->cost; /* debts are split by it */

    if (realise->delisted) {
        for (uint32_t i = 0; i < realise->positions; i++)
            realise_move_one(exchange, &realise->cost[i], i + 1 == realise->positions ? fraction : 0);
        return;
    }
    check(!__builtin_sub_overflow(profit, fraction, &last->cost));
    ledger_realise(&exchange->ledger, realise->subaccount, realise->cost, realise->positions);
    last->cost = profit;
}

struct subaccount *settlement_age_fresh(struct exchange *exchange, uint32_t row)
{
    struct subaccount *subaccount = state_subaccount(&exchange->state, row);
    const uint32_t minute = (uint32_t)(exchange->state.t->time_ns / NS_A_MINUTE);

    if (subaccount->fresh_minute != minute) {
        subaccount->fresh[1] = subaccount->fresh_minute + 1 == minute ? subaccount->fresh[0] : 0;
        subaccount->fresh[0] = 0;
        subaccount->fresh_minute = minute;
    }
    return subaccount;
}

void realise_add_fresh(struct exchange *exchange, uint32_t row, int64_t profit)
{
    struct subaccount *subaccount = settlement_age_fresh(exchange, row);

    if (profit > 0) {
        subaccount->fresh[0] = wide_narrow((wide)subaccount->fresh[0] + profit);
        return;
    }
    for (int i = 1; i >= 0; i--) { /* a loss eats profit, the older first */
        const int64_t gone = subaccount->fresh[i] < -profit ? subaccount->fresh[i] : -profit;

        subaccount->fresh[i] -= gone;
        profit += gone;
    }
}

int64_t settlement_fresh(const struct state *state, uint32_t row)
{
    const struct subaccount *subaccount = state_subaccount(state, row);
    const uint32_t minute = (uint32_t)(state->t->time_ns / NS_A_MINUTE);
    const uint64_t into = state->t->time_ns % NS_A_MINUTE;
    const bool before_counts = into < state->t->fresh_seconds * UINT64_C(1000000000);
    int64_t fresh = 0;

    if (state->t->fresh_seconds == 0)
        return 0;
    if (subaccount->fresh_minute == minute)
        fresh = subaccount->fresh[0] + (before_counts ? subaccount->fresh[1] : 0);
    else if (subaccount->fresh_minute + 1 == minute && before_counts)
        fresh = subaccount->fresh[0];
    return fresh;
}

/* The loser's USDC goes into residue. */
static int64_t realise_take_held(struct exchange *exchange, uint32_t row, int64_t wanted)
{
    struct state *state = &exchange->state;
    const uint32_t asset = state_settlement(state), balance = state_find_balance(state, row, asset);
    int64_t paid;

    if (balance == TABLE_NONE)
        return 0;
    paid = wide_smaller(wanted, ledger_free_of(state_balance(state, balance)));
    ledger_move_held(&exchange->ledger, ENTRY_SETTLED_PAID, balance, state_need_balance(state, SYSTEM_RESIDUE, asset),
                     paid);
    return paid;
}

/* Paid without cash: residue holds the lend shares until winners get them. */
static void realise_note_lent(struct exchange *exchange, int64_t units, int64_t shares)
{
    exchange->state.t->pass_lent += units;
    exchange->state.t->pass_lent_shares += shares;
}

/* Own lend: redeemed as far as there is cash, else its shares move. Shares for a number of units are rounded up; the
 * whole of them where that would be more than there are. */
static int64_t realise_take_lent(struct exchange *exchange, uint32_t row, int64_t wanted)
{
    const struct state *state = &exchange->state;
    const uint32_t asset = state_settlement(state), balance = state_find_balance(state, row, asset);
    const struct pool *pool = state_pool(state, asset);
    const int64_t units = wide_smaller(wanted, lending_lent_by(state, row, asset));
    int64_t cash, rest, shares;

    if (units <= 0)
        return 0;
    cash = lending_redeem(&exchange->ledger, row, asset, units, LENDING_BY_EXCHANGE);
    ledger_move(&exchange->ledger, ENTRY_SETTLED_PAID, asset, row, SYSTEM_RESIDUE, cash);
    rest = wide_smaller(units - cash, lending_lent_by(state, row, asset));
    if (rest <= 0)
        return cash;
    shares = state_balance(state, balance)->lent;
    if (rest < lending_lent_by(state, row, asset))
        shares = wide_narrow(wide_divide_up((wide)rest * pool->lent_shares, pool->lent));
    ledger_move_shares(&exchange->ledger, ENTRY_LENT_SHARES, asset, row, SYSTEM_RESIDUE, shares);
    realise_note_lent(exchange, rest, shares);
    return cash + rest;
}

/* Whole lend shares that are worth at least `units`, at the price of the pool, rounded up: what a borrow of them costs.
 * A borrow of `units` might make a unit less. */
static int64_t realise_shares_cost(const struct pool *pool, int64_t units)
{
    wide shares;

    if (pool->lent_shares == 0 || pool->lent == 0)
        return units;
    shares = (wide)(units - 1) * pool->lent_shares / pool->lent + 1;
    return wide_narrow(wide_divide_up(shares * pool->lent, pool->lent_shares));
}

static int64_t realise_borrow(struct exchange *exchange, uint32_t row, int64_t wanted)
{
    const uint32_t asset = state_settlement(&exchange->state);
    const int64_t units = wide_smaller(wanted, margin_settlement_limit(&exchange->state, row));
    const struct pool *pool = state_pool(&exchange->state, asset);
    int64_t cash, shares, before, rest;

    if (units <= 0)
        return 0;
    cash = lending_borrow(&exchange->ledger, row, asset, units, LENDING_BY_EXCHANGE);
    ledger_move(&exchange->ledger, ENTRY_SETTLED_PAID, asset, row, SYSTEM_RESIDUE, cash);
    if (cash == units)
        return cash;
    before = pool->borrowed;
    shares = lending_borrow_for_shares(&exchange->ledger, row, asset, realise_shares_cost(pool, units - cash),
                                       SYSTEM_RESIDUE);
    rest = wide_smaller(units - cash, pool->borrowed - before);
    realise_note_lent(exchange, rest, shares);
    return cash + rest;
}

static int64_t realise_take_claim(struct exchange *exchange, uint32_t row, int64_t wanted)
{
    const int64_t claim = wide_smaller(wanted, state_subaccount(&exchange->state, row)->claim);

    ledger_oblige(&exchange->ledger, ENTRY_CLAIM, row, SYSTEM_CUSTODY, claim);
    exchange->state.t->pass_short += claim; /* it goes to the winners */
    return claim;
}

/* What is left is a debt, of the markets that have lost. */
static void realise_make_debt(struct exchange *exchange, uint32_t row, int64_t amount, const struct realise *realise)
{
    struct realise_loss losses[LIMIT_MARKETS];
    uint32_t count = 0;

    for (uint32_t i = 0; i < realise->positions; i++)
        if (realise->cost[i].cost < 0)
            losses[count++] = (struct realise_loss){ realise->cost[i].position, -(wide)realise->cost[i].cost };
    debts_make(exchange, row, amount, losses, count);
}

static void realise_take_loss(struct exchange *exchange, uint32_t row, int64_t loss, const struct realise *realise)
{
    const struct state *state = &exchange->state;
    const bool pooled = state_pool(state, state_settlement(state))->set;
    const bool virtual = pooled && state_subaccount(state, row)->flags & SUBACCOUNT_VPNL;
    int64_t left = loss;

    if (!virtual)
        left -= realise_take_held(exchange, row, left);
    if (pooled && left > 0)
        left -= realise_take_lent(exchange, row, left);
    if (pooled && left > 0)
        left -= realise_borrow(exchange, row, left);
    if (virtual && left > 0) /* beyond the limit: what it has goes before anything is owed */
        left -= realise_take_held(exchange, row, left);
    if (left == 0)
        return;
    left -= realise_take_claim(exchange, row, left);
    exchange->state.t->pass_short += left;
    realise_make_debt(exchange, row, left, realise);
}

static void realise_settle(struct exchange *exchange, uint32_t row, const struct realise *realise, int64_t realised)
{
    struct totals *totals = exchange->state.t;

    if (realised > 0) {
        const enum settlement_class class = settlement_class_of(&exchange->state, row);

        totals->pass_won[class] = wide_narrow((wide)totals->pass_won[class] + realised);
        ledger_credit(&exchange->ledger, SYSTEM_CUSTODY, row, realised);
    } else if (realised < 0) {
        realise_add_fresh(exchange, row, realised);
        realise_take_loss(exchange, row, -realised, realise);
    }
}

void settlement_realise(struct exchange *exchange, uint32_t row)
{
    struct subaccount *subaccount = state_subaccount(&exchange->state, row);
    struct realise realise;

    subaccount->pass = exchange->state.t->pass;
    realise.subaccount = row;
    realise.positions = 0;
    if (row != SYSTEM_RESIDUE)
        realise_add_up(exchange, &realise);
    if (realise.positions > 0) {
        const wide realised = wide_divide_down(realise.net, 256);

        realise_move_costs(exchange, &realise, (int64_t)(realise.net - realised * 256));
        realise_settle(exchange, row, &realise, wide_narrow(realised));
        tick_charge_steps(exchange, realise.positions / SETTLEMENT_STEP_POSITIONS);
    }
    if (subaccount->flags & SUBACCOUNT_HELD_APART)
        debts_free_apart(exchange, row);
}
