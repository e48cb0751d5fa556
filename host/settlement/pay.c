/* The last stages of a pass: winners are paid what came in, and hold the rest as claims; what debts have brought since
 * the last pass is split over all claims. */
#include "settlement_parts.h"

/* --- what there is --- */

static const struct balance *pay_residue(const struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    return state_balance(state, state_find_balance(state, SYSTEM_RESIDUE, state_settlement(state)));
}

/* Lend shares that residue holds become cash as far as there is some again. */
static void pay_redeem(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;
    const int64_t before = pay_residue(exchange)->lent;
    int64_t gone;

    if (totals->pass_lent == 0)
        return;
    totals->pass_lent -= lending_redeem(&exchange->ledger, SYSTEM_RESIDUE, state_settlement(&exchange->state),
                                        totals->pass_lent, LENDING_BY_EXCHANGE);
    gone = before - pay_residue(exchange)->lent; /* below 0: the last share of all went, and dust came */
    if (totals->pass_lent == 0 || gone >= totals->pass_lent_shares)
        totals->pass_lent_shares = 0;
    else if (gone > 0)
        totals->pass_lent_shares -= gone;
}

/* What was not paid is a claim; it cancels the holder's own debt first. */
static void pay_in_claims(struct exchange *exchange, uint32_t row, int64_t units)
{
    const int64_t debt = state_subaccount(&exchange->state, row)->debt;
    const int64_t own = debt < units ? debt : units;

    if (units == 0)
        return;
    debts_fall(exchange, row, own, NOTICE_BY_CLAIM);
    ledger_oblige(&exchange->ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, row, units - own);
}

/* Residue lacks units that rounding has made it lose: it gives up a claim, like any loser, and owes the rest. */
static void pay_for_residue(struct exchange *exchange, int64_t missing)
{
    const int64_t claim = state_subaccount(&exchange->state, SYSTEM_RESIDUE)->claim;
    const int64_t given = claim < missing ? claim : missing;
    const struct realise_loss loss = { state_subaccount(&exchange->state, SYSTEM_RESIDUE)->positions, 1 };

    ledger_oblige(&exchange->ledger, ENTRY_CLAIM, SYSTEM_RESIDUE, SYSTEM_CUSTODY, given);
    debts_make(exchange, SYSTEM_RESIDUE, missing - given, &loss, 1);
}

/* Residue is a party of the pass: the units that rounding has left make it the winner or the loser of the difference
 * between what losers gave and what winners are due. Where not even that much was paid, it holds a claim like they
 * do. */
static void pay_settle_residue(struct exchange *exchange, int64_t won)
{
    struct totals *totals = exchange->state.t;
    /* In cash, but for what is the claims' already, and in lend shares. */
    const int64_t there = wide_narrow((wide)pay_residue(exchange)->amount - totals->recovered + totals->pass_lent);

    check(there >= 0);
    if (totals->pass_short > won) {
        pay_in_claims(exchange, SYSTEM_RESIDUE, totals->pass_short - won);
        totals->pass_short = won;
    } else if (won - totals->pass_short > there) {
        pay_for_residue(exchange, won - totals->pass_short - there);
        totals->pass_short = won - there;
    }
    totals->pass_paid = won - totals->pass_short;
}

void pay_begin(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    pay_redeem(exchange);
    pay_settle_residue(exchange, state_credits(&exchange->state));
    for (unsigned i = 0; i <= SETTLEMENT_CLASSES; i++)
        totals->pass_run[i] = 0;
    if (totals->pass_lent == 0)
        totals->pass_run[RUN_CLASS] = SETTLEMENT_CLASSES;
    totals->pass_stage = SETTLEMENT_PAY;
    totals->pass_at = 1;
}

/* --- winners --- */

/* What the classes before this one have won. */
static wide pay_won(const struct totals *totals, int64_t class)
{
    wide won = 0;

    for (int i = 0; i < class; i++)
        won += totals->pass_won[i];
    return won;
}

/* Paid to the classes before this one, all in all: a running sum like the winners' own. */
static int64_t pay_before(const struct totals *totals, int64_t class)
{
    return settlement_part(totals->pass_paid, 0, pay_won(totals, class), pay_won(totals, SETTLEMENT_CLASSES));
}

/* How much of `paid` more to a winner of the class under way is in lend shares, at face. A class gets them whole before
 * the next one gets any; inside it they go pro rata. */
static int64_t pay_lent_part(const struct totals *totals, int64_t paid)
{
    const int64_t class = totals->pass_run[RUN_CLASS];
    int64_t before, whole, lent, at;

    if (class == SETTLEMENT_CLASSES)
        return 0;
    before = pay_before(totals, class);
    whole = pay_before(totals, class + 1) - before;
    lent = totals->pass_lent < totals->pass_paid ? totals->pass_lent : totals->pass_paid;
    lent = lent <= before ? 0 : lent - before < whole ? lent - before : whole;
    at = totals->pass_run[RUN_PAID] - before;
    return settlement_part(lent, at, (wide)at + paid, whole);
}

static void pay_in_shares(struct exchange *exchange, uint32_t row, int64_t units)
{
    struct totals *totals = exchange->state.t;
    const int64_t at = totals->pass_run[RUN_LENT];
    int64_t shares;

    if (units == 0)
        return;
    shares = settlement_part(totals->pass_lent_shares, at, (wide)at + units, totals->pass_lent);
    ledger_move_shares(&exchange->ledger, ENTRY_LENT_SHARES, state_settlement(&exchange->state), SYSTEM_RESIDUE, row,
                       shares);
    totals->pass_run[RUN_LENT] += units;
    totals->pass_run[RUN_LENT_SHARES] += shares;
    if (shares > 0)
        lending_net(&exchange->ledger, row, state_settlement(&exchange->state));
}

/* Whoever wants lend shares anyway lends the cash at once; a debtor's pays its debt. */
static void pay_in_cash(struct exchange *exchange, uint32_t row, int64_t units)
{
    struct state *state = &exchange->state;
    const uint32_t asset = state_settlement(state), balance = state_need_balance(state, row, asset);
    const uint32_t residue = state_need_balance(state, SYSTEM_RESIDUE, asset);
    int64_t idle;

    ledger_move_held(&exchange->ledger, ENTRY_SETTLED_RECEIVED, residue, balance, units);
    if (settlement_class_of(state, row) > SETTLEMENT_LENDERS || !state_pool(state, asset)->set ||
        !(state_asset(state, asset)->flags & ASSET_CAN_LEND) || settlement_is_debtor(state, row))
        return;
    idle = ledger_free_of(state_balance(state, balance));
    lending_lend(&exchange->ledger, row, asset, units < idle ? units : idle);
}

/* `won`: by all together. */
static void pay_winner(struct exchange *exchange, uint32_t row, wide won)
{
    struct totals *totals = exchange->state.t;
    const int64_t credit = state_subaccount(&exchange->state, row)->credit, at = totals->pass_run[RUN_CREDITS];
    const int64_t paid = settlement_part(totals->pass_paid, at, (wide)at + credit, won);
    const int64_t lent = pay_lent_part(totals, paid);

    totals->pass_run[RUN_CREDITS] += credit;
    totals->pass_run[RUN_PAID] += paid;
    ledger_credit(&exchange->ledger, row, SYSTEM_CUSTODY, credit);
    pay_in_shares(exchange, row, lent);
    pay_in_cash(exchange, row, paid - lent);
    pay_in_claims(exchange, row, credit - paid);
    realise_add_fresh(exchange, row, paid);
}

/* One row of the scan: once for everybody, or once for each class where there are lend shares to give. */
bool pay_step(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;
    const int64_t class = totals->pass_run[RUN_CLASS];
    const wide won = pay_won(totals, SETTLEMENT_CLASSES);

    for (; totals->pass_at < exchange->state.subaccounts.used; totals->pass_at++) {
        const uint32_t row = totals->pass_at;
        const bool due = state_subaccount(&exchange->state, row)->credit > 0 &&
                         (class == SETTLEMENT_CLASSES || settlement_class_of(&exchange->state, row) == class);

        if (settlement_is_ahead(&exchange->state, row))
            settlement_fetch_money(&exchange->state, row, true);
        if (!settlement_take_step(exchange, due))
            return false;
        if (due)
            pay_winner(exchange, row, won);
    }
    return true;
}

/* --- claims --- */

void pay_begin_claims(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    /* What is left of the lend shares stays with residue, for the next pass. */
    totals->pass_lent -= totals->pass_run[RUN_LENT];
    totals->pass_lent_shares -= totals->pass_run[RUN_LENT_SHARES];
    for (unsigned i = 0; i <= SETTLEMENT_CLASSES; i++)
        totals->pass_run[i] = 0;
    totals->pass_stage = SETTLEMENT_CLAIMS;
    totals->pass_at = totals->recovered + totals->written > 0 ? totals->claimants : TABLE_NONE;
}

/* A claim gets smaller by its part of what came in and what was written off, together; of that, its part of what came
 * in is paid. Both are running sums in the order of the list, which nothing else changes meanwhile. */
static void pay_claim(struct exchange *exchange, uint32_t row)
{
    struct totals *totals = exchange->state.t;
    const int64_t claim = state_subaccount(&exchange->state, row)->claim, at = totals->pass_run[RUN_CLAIMS];
    const int64_t gone = totals->pass_run[RUN_CLAIMS_PAID] + totals->pass_run[RUN_CLAIMS_FALLEN];
    const int64_t sum = totals->recovered + totals->written;
    /* Claims as they were when the stage began. */
    const wide whole = (wide)state_claims(&exchange->state) + gone;
    const int64_t less = settlement_part(sum, at, (wide)at + claim, whole);
    const int64_t paid = settlement_part(totals->recovered, gone, (wide)gone + less, sum);

    totals->pass_run[RUN_CLAIMS] += claim;
    totals->pass_run[RUN_CLAIMS_PAID] += paid;
    totals->pass_run[RUN_CLAIMS_FALLEN] += less - paid;
    totals->claims_fallen = wide_narrow((wide)totals->claims_fallen + less - paid);
    if (row == SYSTEM_RESIDUE) /* it has the less for what rounding left */
        totals->rounding -= 256 * (wide)(less - paid);
    ledger_oblige(&exchange->ledger, ENTRY_CLAIM, row, SYSTEM_CUSTODY, less);
    ledger_move(&exchange->ledger, ENTRY_CLAIM_PAID, state_settlement(&exchange->state), SYSTEM_RESIDUE, row, paid);
}

bool pay_claims_step(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    while (totals->pass_at != TABLE_NONE) {
        const uint32_t row = totals->pass_at;

        if (!tick_take_step(exchange))
            return false;
        totals->pass_at = state_subaccount(&exchange->state, row)->next_obligation;
        pay_claim(exchange, row);
    }
    return true;
}
