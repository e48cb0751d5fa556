/* What changes a pool: interest, lends, borrows, and back. Who gets shares pays for them rounded up, who gives shares
 * back is paid rounded down: neither index falls for those who stay, but by a write-off.
 *
 * Shares of borrows begin at one a unit and only ever cost more: ceil() on the way in and floor() on the way out
 * keep borrowed >= borrowed_shares, so the last share is always the last unit and a borrow leaves no dust. */
#include "check.h"
#include "lending.h"

#define MILLION 1000000

/* Records that nothing is paid from: they stand still at their end rather than stop the node. */
static void add_record(int64_t *record, int64_t units)
{
    if (__builtin_add_overflow(*record, units, record))
        *record = INT64_MAX;
}

/* The fee's part of the interest buys lend shares at the price that the lenders' part makes. What does not make a
 * share is carried, and the lenders have it until then. */
static void take_fee(struct ledger *ledger, uint32_t asset, int64_t interest)
{
    struct pool *pool = state_pool(ledger->state, asset);
    struct pool before = *pool;
    const wide due = (wide)interest * pool->fee + pool->fee_carry;
    const int64_t units = wide_narrow(due / MILLION);
    int64_t shares = 0, cost = 0;
    wide left;

    before.lent -= units;
    if (before.lent > 0)
        shares = lending_shares_for(&before, units, &cost);
    left = due - (wide)cost * MILLION;
    pool->fee_carry = (uint64_t)(left < LENDING_FEE_CARRY_MAX ? (int64_t)left : LENDING_FEE_CARRY_MAX);
    add_record(&pool->fees, cost);
    ledger_move_shares(ledger, ENTRY_LENT_SHARES, asset, SYSTEM_POOL, SYSTEM_FEES, shares);
}

void lending_accrue(struct ledger *ledger, uint32_t asset)
{
    struct pool *pool = state_pool(ledger->state, asset);
    const uint64_t now = ledger->state->t->time_ns;
    int64_t interest;

    if (!pool->set || now <= pool->accrued_ns)
        return;
    if (ledger->state->t->pass_stage != SETTLEMENT_IDLE)
        return; /* a pass is as if at one instant: what it takes, or limits go by, is added after it */
    interest = pool->borrowed > 0 ? lending_interest(pool, now - pool->accrued_ns) : 0;
    pool->accrued_ns = now;
    if (interest == 0)
        return;
    pool->borrowed += interest;
    pool->lent += interest;
    add_record(&pool->interest, interest);
    take_fee(ledger, asset, interest);
}

static struct balance *balance_of(const struct ledger *ledger, uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = state_find_balance(ledger->state, subaccount, asset);

    return row == TABLE_NONE ? NULL : state_balance(ledger->state, row);
}

/* --- shares against units of the pool's books; cash moves elsewhere --- */

/* Takes away lend shares worth `units`, at most what they are worth in all: then every share, fractions too. */
static void burn_lent(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units)
{
    struct pool *pool = state_pool(ledger->state, asset);
    const int64_t own = balance_of(ledger, subaccount, asset)->lent;
    int64_t shares = own;

    check(units >= 0 && units <= lending_lent_units(pool, own));
    if (units < lending_lent_units(pool, own))
        shares = wide_narrow(wide_divide_up((wide)units * pool->lent_shares, pool->lent));
    pool->lent -= units;
    ledger_move_shares(ledger, ENTRY_LENT_SHARES, asset, subaccount, SYSTEM_POOL, shares);
    if (pool->lent_shares == 0 && pool->lent > 0) /* what rounding left has nobody any more */
        ledger_move_shares(ledger, ENTRY_LENT_SHARES, asset, SYSTEM_POOL, SYSTEM_RESIDUE, pool->lent);
}

static void owe(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units)
{
    struct pool *pool = state_pool(ledger->state, asset);
    int64_t shares = units;

    if (pool->borrowed_shares > 0)
        shares = wide_narrow(wide_divide_up((wide)units * pool->borrowed_shares, pool->borrowed));
    pool->borrowed += units;
    ledger_move_shares(ledger, ENTRY_BORROWED_SHARES, asset, SYSTEM_POOL, subaccount, shares);
}

/* Takes away as many borrow shares as `units` pay for, at most all; returns what they cost, at most `units`. */
static int64_t burn_borrowed(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units)
{
    struct pool *pool = state_pool(ledger->state, asset);
    int64_t shares = balance_of(ledger, subaccount, asset)->borrowed, cost;

    if (units < lending_borrowed_units(pool, shares))
        shares = wide_narrow(wide_divide_down((wide)units * pool->borrowed_shares, pool->borrowed));
    cost = lending_borrowed_units(pool, shares);
    pool->borrowed -= cost;
    ledger_move_shares(ledger, ENTRY_BORROWED_SHARES, asset, subaccount, SYSTEM_POOL, shares);
    return cost;
}

void lending_net(struct ledger *ledger, uint32_t subaccount, uint32_t asset)
{
    const struct pool *pool = state_pool(ledger->state, asset);
    const struct balance *balance = balance_of(ledger, subaccount, asset);
    int64_t units;

    if (balance == NULL || balance->lent == 0 || balance->borrowed == 0)
        return;
    units = wide_smaller(lending_lent_units(pool, balance->lent), lending_borrowed_units(pool, balance->borrowed));
    burn_lent(ledger, subaccount, asset, burn_borrowed(ledger, subaccount, asset, units));
}

/* --- with cash --- */

int64_t lending_lend(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units)
{
    struct pool *pool = state_pool(ledger->state, asset);
    int64_t repaid, shares, cost;

    check(units >= 0 && units <= ledger_free(ledger->state, subaccount, asset));
    if (units == 0 || !pool->set)
        return 0;
    repaid = lending_repay(ledger, subaccount, asset, units);
    if (balance_of(ledger, subaccount, asset)->borrowed > 0 || pool->lent >= LIMIT_BALANCE_UNITS)
        return repaid;
    shares = lending_shares_for(pool, wide_smaller(units - repaid, LIMIT_BALANCE_UNITS - pool->lent), &cost);
    pool->lent += cost;
    ledger_move(ledger, ENTRY_LEND, asset, subaccount, SYSTEM_POOL, cost);
    ledger_move_shares(ledger, ENTRY_LENT_SHARES, asset, SYSTEM_POOL, subaccount, shares);
    return repaid + cost;
}

int64_t lending_redeem(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units, enum lending_how how)
{
    check(units >= 0);
    lending_accrue(ledger, asset);
    units = wide_smaller(wide_smaller(units, lending_lent_by(ledger->state, subaccount, asset)),
                         lending_redeem_room(ledger->state, asset, how));
    if (units <= 0)
        return 0;
    if (how != LENDING_BY_EXCHANGE)
        lending_use_step(ledger->state, asset, units, true);
    burn_lent(ledger, subaccount, asset, units);
    ledger_move(ledger, ENTRY_REDEEM, asset, SYSTEM_POOL, subaccount, units);
    return units;
}

int64_t lending_borrow(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units, enum lending_how how)
{
    check(units >= 0);
    if (!state_pool(ledger->state, asset)->set || state_need_balance(ledger->state, subaccount, asset) == TABLE_NONE)
        return 0;
    lending_accrue(ledger, asset);
    units = wide_smaller(units, lending_borrow_room(ledger->state, subaccount, asset, how));
    if (units <= 0)
        return 0;
    if (how != LENDING_BY_EXCHANGE)
        lending_use_step(ledger->state, asset, units, false);
    owe(ledger, subaccount, asset, units);
    ledger_move(ledger, ENTRY_BORROW, asset, SYSTEM_POOL, subaccount, units);
    lending_net(ledger, subaccount, asset);
    return units;
}

static int64_t repay_by(struct ledger *ledger, uint32_t payer, uint32_t subaccount, uint32_t asset, int64_t units)
{
    const struct balance *balance = balance_of(ledger, subaccount, asset);
    int64_t cost;

    check(units >= 0);
    lending_accrue(ledger, asset);
    if (balance == NULL || balance->borrowed == 0)
        return 0;
    cost = burn_borrowed(ledger, subaccount, asset, wide_smaller(units, ledger_free(ledger->state, payer, asset)));
    ledger_move(ledger, payer == subaccount ? ENTRY_REPAY : ENTRY_FUND_PAID, asset, payer, SYSTEM_POOL, cost);
    return cost;
}

int64_t lending_repay(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units)
{
    return repay_by(ledger, subaccount, subaccount, asset, units);
}

int64_t lending_repay_for(struct ledger *ledger, uint32_t payer, uint32_t subaccount, uint32_t asset, int64_t units)
{
    return repay_by(ledger, payer, subaccount, asset, units);
}

void lending_repay_own(struct ledger *ledger, uint32_t subaccount, uint32_t asset)
{
    const struct balance *balance = balance_of(ledger, subaccount, asset);

    if (balance == NULL || balance->borrowed == 0)
        return;
    lending_net(ledger, subaccount, asset);
    lending_repay(ledger, subaccount, asset, ledger_free(ledger->state, subaccount, asset));
}

/* Before the lock was released, what was locked above what is held was reserved: at least what is missing now plus what
 * the other orders then lack. So the pool has it, whichever order fills first. */
void lending_cover(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units)
{
    const struct balance *balance = balance_of(ledger, subaccount, asset);
    int64_t missing = units - (balance == NULL ? 0 : balance->amount);

    if (missing <= 0)
        return;
    missing -= lending_redeem(ledger, subaccount, asset, missing, LENDING_BY_ORDER);
    if (missing > 0)
        missing -= lending_borrow(ledger, subaccount, asset, missing, LENDING_BY_ORDER);
    check(missing == 0);
}

int64_t lending_borrow_for_shares(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units,
                                  uint32_t holder)
{
    struct pool *pool = state_pool(ledger->state, asset);
    int64_t shares, cost;

    check(units >= 0 && subaccount != holder);
    if (!pool->set || state_need_balance(ledger->state, subaccount, asset) == TABLE_NONE ||
        state_need_balance(ledger->state, holder, asset) == TABLE_NONE)
        return 0;
    lending_accrue(ledger, asset);
    units = wide_smaller(units, lending_shares_room(ledger->state, subaccount, asset));
    shares = lending_shares_for(pool, units > 0 ? units : 0, &cost);
    if (shares == 0)
        return 0;
    owe(ledger, subaccount, asset, cost);
    pool->lent += cost;
    ledger_move_shares(ledger, ENTRY_LENT_SHARES, asset, SYSTEM_POOL, holder, shares);
    lending_net(ledger, subaccount, asset);
    return shares;
}

int64_t lending_turn(struct ledger *ledger, uint32_t lender, uint32_t borrower, uint32_t asset, int64_t units)
{
    const struct pool *pool = state_pool(ledger->state, asset);
    const struct balance *lent = balance_of(ledger, lender, asset), *borrowed = balance_of(ledger, borrower, asset);

    check(units >= 0 && lender != borrower);
    lending_accrue(ledger, asset);
    if (lent == NULL || borrowed == NULL)
        return 0;
    units = wide_smaller(units, lending_lent_units(pool, lent->lent));
    units = burn_borrowed(ledger, borrower, asset, units);
    burn_lent(ledger, lender, asset, units);
    return units;
}

/* Cash stays what it is: lent and borrowed fall alike. */
int64_t lending_write_off(struct ledger *ledger, uint32_t subaccount, uint32_t asset)
{
    struct pool *pool = state_pool(ledger->state, asset);
    const struct balance *balance = balance_of(ledger, subaccount, asset);
    int64_t units;

    lending_accrue(ledger, asset);
    if (balance == NULL || balance->borrowed == 0)
        return 0;
    units = burn_borrowed(ledger, subaccount, asset, INT64_MAX);
    pool->lent -= units;
    add_record(&pool->written_off, units);
    if (pool->lent == 0 && pool->lent_shares > 0) /* void: lending_run() takes them back */
        ledger->state->t->lending_scan = 1;
    return units;
}
