/* Sums in a state that came from a file, once its lists and totals have been recounted. */
#include <stdlib.h>

#include "loaded.h"
#include "memory.h"
#include "settlement_parts.h"

/* --- the pass under way (settlement.c, pay.c): every running sum is what the rows say --- */

struct loaded_pass {
    const struct state *state;
    const struct totals *totals;
    wide credits[SETTLEMENT_CLASSES]; /* not paid yet, by class */
    wide won;
    int64_t cash, shares;             /* residue's, of the settlement asset */
};

/* The part of `amount` up to `at` of `whole`, rounded down, where both are in order. */
static bool loaded_is_part(int64_t part, int64_t amount, wide at, wide whole)
{
    return at >= 0 && at <= whole && part == settlement_part(amount, 0, at, whole);
}

static bool loaded_runs_are_zero(const struct totals *totals, unsigned from)
{
    for (unsigned i = from; i <= SETTLEMENT_CLASSES; i++)
        if (totals->pass_run[i] != 0)
            return false;
    return true;
}

static bool loaded_nobody_won(const struct totals *totals)
{
    for (unsigned i = 0; i < SETTLEMENT_CLASSES; i++)
        if (totals->pass_won[i] != 0)
            return false;
    return true;
}

static bool loaded_is_idle(const struct loaded_pass *pass)
{
    for (unsigned i = 0; i < SETTLEMENT_CLASSES; i++)
        if (pass->credits[i] != 0)
            return false;
    return pass->totals->pass_at == TABLE_NONE && loaded_runs_are_zero(pass->totals, 0) &&
           loaded_nobody_won(pass->totals);
}

static bool loaded_is_realising(const struct loaded_pass *pass)
{
    for (unsigned i = 0; i < SETTLEMENT_CLASSES; i++)
        if (pass->credits[i] != pass->totals->pass_won[i])
            return false;
    return pass->totals->pass_at != TABLE_NONE && loaded_runs_are_zero(pass->totals, 0);
}

/* Won by the classes before one. */
static wide loaded_won_before(const struct totals *totals, int64_t class)
{
    wide won = 0;

    for (int64_t i = 0; i < class; i++)
        won += totals->pass_won[i];
    return won;
}

/* Those behind pass_at have been paid; of a class that is not under way either all or nobody. */
static bool loaded_winners_are_left(const struct loaded_pass *pass)
{
    const struct totals *totals = pass->totals;
    const int64_t class = totals->pass_run[RUN_CLASS];

    for (uint32_t row = 1; row < totals->pass_at; row++)
        if (state_subaccount(pass->state, row)->credit > 0 &&
            (class == SETTLEMENT_CLASSES || settlement_class_of(pass->state, row) == class))
            return false;
    for (int64_t i = 0; i < SETTLEMENT_CLASSES; i++)
        if ((class == SETTLEMENT_CLASSES || i == class)
                ? pass->credits[i] > totals->pass_won[i]
                : pass->credits[i] != (i < class ? 0 : totals->pass_won[i]))
            return false;
    return true;
}

/* What of it has been paid in lend shares: whole classes, and part of the one under way. */
static bool loaded_lent_is_paid(const struct loaded_pass *pass)
{
    const struct totals *totals = pass->totals;
    const int64_t class = totals->pass_run[RUN_CLASS];
    const int64_t there = totals->pass_lent < totals->pass_paid ? totals->pass_lent : totals->pass_paid;
    int64_t before, whole, lent;

    if (class == SETTLEMENT_CLASSES)
        return totals->pass_lent == 0 && totals->pass_run[RUN_LENT] == 0 && totals->pass_run[RUN_LENT_SHARES] == 0;
    before = settlement_part(totals->pass_paid, 0, loaded_won_before(totals, class), pass->won);
    whole = settlement_part(totals->pass_paid, 0, loaded_won_before(totals, class + 1), pass->won) - before;
    lent = there <= before ? 0 : there - before < whole ? there - before : whole;
    before = there < before ? there : before;
    return totals->pass_lent > 0 && totals->pass_run[RUN_LENT] >= before &&
           totals->pass_run[RUN_LENT] - before <= lent &&
           loaded_is_part(totals->pass_run[RUN_LENT_SHARES], totals->pass_lent_shares, totals->pass_run[RUN_LENT],
                          totals->pass_lent);
}

static bool loaded_is_paying(const struct loaded_pass *pass)
{
    const struct totals *totals = pass->totals;
    const int64_t class = totals->pass_run[RUN_CLASS];
    const wide left = (wide)totals->pass_paid - totals->pass_run[RUN_PAID], /* in cash and lend shares */
        lent = (totals->pass_lent < totals->pass_paid ? totals->pass_lent : totals->pass_paid) -
               (wide)totals->pass_run[RUN_LENT];
    wide credits = totals->pass_run[RUN_CREDITS];

    for (unsigned i = 0; i < SETTLEMENT_CLASSES; i++)
        credits += pass->credits[i];
    return totals->pass_at != TABLE_NONE && class <= SETTLEMENT_CLASSES && credits == pass->won &&
           pass->won == (wide)totals->pass_paid + totals->pass_short && loaded_winners_are_left(pass) &&
           loaded_is_part(totals->pass_run[RUN_PAID], totals->pass_paid, totals->pass_run[RUN_CREDITS], pass->won) &&
           loaded_lent_is_paid(pass) && pass->cash >= left - lent;
}

/* The holders from pass_at on have what is left of the claims as they were. */
static bool loaded_claims_are_left(const struct loaded_pass *pass)
{
    const struct totals *totals = pass->totals;
    const wide gone = (wide)totals->pass_run[RUN_CLAIMS_PAID] + totals->pass_run[RUN_CLAIMS_FALLEN];
    const wide sum = (wide)totals->recovered + totals->written, whole = state_claims(pass->state) + gone;
    wide left = 0;

    for (uint32_t row = totals->pass_at; row != TABLE_NONE; row = state_subaccount(pass->state, row)->next_obligation) {
        if (state_subaccount(pass->state, row)->claim == 0)
            return false;
        left += state_subaccount(pass->state, row)->claim;
    }
    if (sum == 0)
        return totals->pass_at == TABLE_NONE && loaded_runs_are_zero(totals, 0);
    return sum <= whole && totals->pass_run[RUN_CLAIMS] + left == whole && sum <= INT64_MAX &&
           loaded_is_part((int64_t)gone, (int64_t)sum, totals->pass_run[RUN_CLAIMS], whole) &&
           loaded_is_part(totals->pass_run[RUN_CLAIMS_PAID], totals->recovered, gone, sum);
}

static bool loaded_is_paying_claims(const struct loaded_pass *pass)
{
    for (unsigned i = 0; i < SETTLEMENT_CLASSES; i++)
        if (pass->credits[i] != 0)
            return false;
    return loaded_runs_are_zero(pass->totals, RUN_CLAIMS_FALLEN + 1) && loaded_claims_are_left(pass) &&
           pass->cash + (wide)pass->totals->pass_run[RUN_CLAIMS_PAID] >= 0;
}

/* Amounts that can only grow; and lend shares that residue has. */
static bool loaded_amounts_are_sound(const struct loaded_pass *pass)
{
    const struct totals *totals = pass->totals;
    int64_t shares = totals->pass_lent_shares;

    for (unsigned i = 0; i < SETTLEMENT_CLASSES; i++)
        if (totals->pass_won[i] < 0)
            return false;
    for (unsigned i = 0; i <= SETTLEMENT_CLASSES; i++)
        if (totals->pass_run[i] < 0)
            return false;
    if (totals->pass_paid < 0 || totals->pass_short < 0 || totals->pass_lent < 0 || shares < 0 ||
        totals->recovered < 0 || totals->written < 0 || (totals->pass_lent == 0 && shares > 0))
        return false;
    if (totals->pass_stage == SETTLEMENT_PAY)
        shares -= totals->pass_run[RUN_LENT_SHARES];
    return shares <= pass->shares;
}

static bool loaded_stage_is_sound(const struct loaded_pass *pass)
{
    switch ((enum settlement_stage)pass->totals->pass_stage) {
    case SETTLEMENT_IDLE:
        return loaded_is_idle(pass);
    case SETTLEMENT_REALISE: /* residue may owe what it has not got: pay_settle_residue() */
        return loaded_is_realising(pass) && pass->cash + (wide)pass->totals->pass_lent >= 0;
    case SETTLEMENT_PAY:
        return loaded_is_paying(pass);
    case SETTLEMENT_CLAIMS:
        return loaded_is_paying_claims(pass);
    }
    return false;
}

void loaded_check_pass(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    struct loaded_pass pass = { .state = state, .totals = state->t };
    const uint32_t balance = state_find_balance(state, SYSTEM_RESIDUE, state_settlement(state));

    if (balance != TABLE_NONE) {
        pass.cash = state_balance(state, balance)->amount - state->t->recovered;
        pass.shares = state_balance(state, balance)->lent;
    }
    pass.won = loaded_won_before(state->t, SETTLEMENT_CLASSES);
    for (uint32_t row = SYSTEM_CUSTODY + 1; row < state->subaccounts.used; row++)
        pass.credits[settlement_class_of(state, row)] += state_subaccount(state, row)->credit;
    if (!loaded_amounts_are_sound(&pass) || !loaded_stage_is_sound(&pass))
        loaded_bad(exchange, &state->totals, 1, "a sum of the pass, in stage", state->t->pass_stage);
}

/* --- counts --- */

/* Orders of a position, and the slots that they have, at the row that counts for its account. */
static void loaded_count_position(struct exchange *exchange, uint32_t number, uint32_t *slots)
{
    const struct state *state = &exchange->state;
    const struct position_detail *position = state_position_detail(state, number);
    uint32_t orders = 0, reduce = 0;

    for (uint32_t row = position->orders; row != TABLE_NONE; row = order_row(state, row)->next_in_position) {
        orders++;
        reduce += (order_row(state, row)->flags & INPUT_ORDER_REDUCE_ONLY) != 0;
        if (order_row(state, row)->slot != TABLE_NONE)
            slots[position->account_row]++;
    }
    if (orders != position->order_count || reduce != position->reduce_orders)
        loaded_bad(exchange, &state->positions, number, "order_count", position->order_count);
    else if (orders > 0 && position->account_row == TABLE_NONE)
        loaded_bad(exchange, &state->positions, number, "account_row", position->account_row);
}

static void loaded_check_positions(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    uint32_t *slots = memory_reserve(state->positions.used, sizeof *slots);

    for (uint32_t row = 1; row < state->positions.used && exchange->status == EXCHANGE_OK; row++)
        loaded_count_position(exchange, row, slots);
    for (uint32_t row = 1; row < state->positions.used && exchange->status == EXCHANGE_OK; row++)
        if (slots[row] != state_position_detail(state, row)->account_slots)
            loaded_bad(exchange, &state->positions, row, "account_slots",
                       state_position_detail(state, row)->account_slots);
    free(slots);
}

static void loaded_check_accounts(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->accounts.used && exchange->status == EXCHANGE_OK; row++) {
        const struct account *account = state_account(state, row);
        uint64_t orders = 0;

        for (uint32_t one = account->subaccounts; one != TABLE_NONE; one = state_subaccount(state, one)->next)
            for (uint32_t position = state_subaccount(state, one)->positions; position != TABLE_NONE;
                 position = state_position(state, position)->next)
                orders += state_position_detail(state, position)->order_count;
        if (orders != account->orders)
            loaded_bad(exchange, &state->accounts, row, "orders", account->orders);
    }
}

/* The best prices of the card's window are those of the orders there. */
static void loaded_check_best(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    uint32_t best[LIMIT_MARKETS + 1][2] = { { 0 } };

    for (uint32_t slot = 1; slot <= state->t->slots_made; slot++) {
        const uint32_t row = book_order_in_slot(state, slot);
        const struct order *order = order_row(state, row);

        if (row == TABLE_NONE || order->place != ORDER_ON_CARD)
            continue;
        uint32_t *price = &best[order->market][order->side];

        if (*price == 0 || (order->side == CARD_SIDE_BUY) == (order->price > *price))
            *price = order->price;
    }
    for (uint32_t row = 1; row < state->markets.used && exchange->status == EXCHANGE_OK; row++)
        for (unsigned side = CARD_SIDE_BUY; side <= CARD_SIDE_SELL; side++)
            if (state_market(state, row)->best[side] != best[row][side])
                loaded_bad(exchange, &state->markets, row, "best", state_market(state, row)->best[side]);
}

void loaded_check_counts(struct exchange *exchange)
{
    loaded_check_positions(exchange);
    loaded_check_accounts(exchange);
    loaded_check_best(exchange);
}
