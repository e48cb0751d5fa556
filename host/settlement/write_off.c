/* What people decide about a debt: its owner, that money held apart pays it; the operator, that nobody will, nor for
 * what the subaccount has borrowed. */
#include "settlement_parts.h"

static bool write_off_has_borrows(const struct state *state, uint32_t row)
{
    for (uint32_t balance = state_subaccount(state, row)->balances; balance != TABLE_NONE;
         balance = state_balance(state, balance)->next)
        if (state_balance(state, balance)->borrowed > 0)
            return true;
    return false;
}

static enum reason write_off_check_turn(const struct exchange *exchange, uint32_t row)
{
    if (debts_has_means(exchange, row) || debts_fund_could_pay(exchange, row))
        return REASON_FUND_FIRST;
    return REASON_NONE;
}

static bool write_off_is_client(const struct exchange *exchange, uint32_t row)
{
    return row >= SYSTEM_SUBACCOUNTS && row < exchange->state.subaccounts.used;
}

enum reason settlement_accept(struct exchange *exchange, const struct input_apart *input)
{
    const struct state *state = &exchange->state;
    const uint32_t row = input->header.subaccount;
    enum reason reason;
    uint32_t balance;
    int64_t paid;

    if (input->amount < 1)
        return REASON_INVALID_QUANTITY;
    if (!write_off_is_client(exchange, row))
        return REASON_UNKNOWN_ACCOUNT;
    if (settlement_under_way(state))
        return deferred_add(exchange, &input->header, 0);
    if (!settlement_is_debtor(state, row))
        return REASON_CONFLICT;
    reason = write_off_check_turn(exchange, row);
    if (reason != REASON_NONE)
        return reason;
    balance = state_find_balance(state, row, state_settlement(state));
    if (balance == TABLE_NONE || state_balance_detail(state, balance)->apart == 0)
        return REASON_INSUFFICIENT_BALANCE;
    paid = wide_smaller(wide_smaller(input->amount, state_balance_detail(state, balance)->apart),
                        state_subaccount(state, row)->debt);
    debts_recover(exchange, ENTRY_APART_ACCEPTED, row, paid);
    debts_fall(exchange, row, paid, NOTICE_BY_APART);
    return REASON_NONE;
}

/* --- nobody will --- */

static void write_off_debt(struct exchange *exchange, uint32_t row)
{
    struct totals *totals = exchange->state.t;
    const int64_t debt = state_subaccount(&exchange->state, row)->debt;

    if (debt == 0)
        return;
    totals->written = wide_narrow((wide)totals->written + debt);
    debts_end_walk_at(exchange, row);
    debts_take_parts(&exchange->state, row, debt);
    ledger_oblige(&exchange->ledger, ENTRY_DEBT, row, SYSTEM_CUSTODY, debt);
    debts_tell_debt(exchange, NOTICE_WRITTEN_OFF, row, debt, state_claims(&exchange->state) - totals->written, 0);
}

/* What rounding has left residue to owe, and the fund had nothing for, goes too. */
static void write_off_residue(struct exchange *exchange)
{
    const int64_t debt = state_subaccount(&exchange->state, SYSTEM_RESIDUE)->debt;

    if (debts_fund_could_pay(exchange, SYSTEM_RESIDUE))
        return;
    write_off_debt(exchange, SYSTEM_RESIDUE);
    exchange->state.t->rounding += 256 * (wide)debt;
}

/* Units that the fund may repay for somebody: of the settlement asset down to its floor; of a coin what it has taken
 * over. */
static int64_t write_off_fund_has(const struct exchange *exchange, uint32_t asset)
{
    return asset == state_settlement(&exchange->state) ? debts_fund_left(exchange)
                                                       : ledger_free(&exchange->state, SYSTEM_FUND, asset);
}

/* Repaid with what there is of that very asset, the borrower's own first; the rest is the lenders' loss. */
static void write_off_borrow(struct exchange *exchange, uint32_t row, uint32_t asset)
{
    struct ledger *ledger = &exchange->ledger;
    const struct pool *pool = state_pool(&exchange->state, asset);
    int64_t lent, units;

    lending_accrue(ledger, asset);
    lending_repay_own(ledger, row, asset);
    lending_repay_for(ledger, SYSTEM_FUND, row, asset, write_off_fund_has(exchange, asset));
    lent = pool->lent;
    units = lending_write_off(ledger, row, asset);
    if (units > 0)
        debts_tell(exchange, &(struct notice){ .kind = NOTICE_LEND_INDEX_FELL, .asset = (uint16_t)asset,
                                               .amount = { units, lent } });
}

enum reason settlement_write_off(struct exchange *exchange, const struct input_write_off *input)
{
    const struct state *state = &exchange->state;
    const uint32_t row = input->header.subaccount;
    enum reason reason;

    if (!write_off_is_client(exchange, row))
        return REASON_UNKNOWN_ACCOUNT;
    if (settlement_under_way(state))
        return deferred_add(exchange, &input->header, 0);
    if (!settlement_is_debtor(state, row) && !write_off_has_borrows(state, row))
        return REASON_CONFLICT;
    reason = write_off_check_turn(exchange, row);
    if (reason != REASON_NONE)
        return reason;
    write_off_residue(exchange);
    write_off_debt(exchange, row);
    for (uint32_t balance = state_subaccount(state, row)->balances; balance != TABLE_NONE;
         balance = state_balance(state, balance)->next)
        if (state_balance(state, balance)->borrowed > 0)
            write_off_borrow(exchange, row, state_balance(state, balance)->asset);
    debts_free_apart(exchange, row);
    return REASON_NONE;
}
