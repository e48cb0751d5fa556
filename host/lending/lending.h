/* Lending pools (exchange-rules.md, section 7; docs/money.md). Everything takes and gives whole units and whole shares,
 * rounded against the account. The time is that of the batch (totals.time_ns).
 *
 * What holds of a pool, always: lent - borrowed = SYSTEM_POOL's balance; borrowed <= lent; borrowed >=
 * borrowed_shares, so that either both are 0 or none; between inputs reserved <= lent - borrowed. */
#ifndef VITRINE_LENDING_H
#define VITRINE_LENDING_H

#include "ledger.h"
#include "reason.h"

/* The most that a pool has of units lent, and of lend shares: interest and shares stop growing there, so that nothing
 * overflows. New units come in up to LIMIT_BALANCE_UNITS. */
#define LENDING_POOL_MAX (INT64_C(1) << 61)
static_assert(LENDING_POOL_MAX > LIMIT_BALANCE_UNITS, "there is room for interest");
/* pool.fee_carry stops here: what lies above goes to the lenders. */
#define LENDING_FEE_CARRY_MAX (INT64_C(1) << 62)

/* --- rates.c: the formulas, each by itself (tests compare them with exact fractions) --- */

/* Units that a lender's shares are worth, rounded down; that a borrower's shares cost, rounded up. 0 shares: 0. */
int64_t lending_lent_units(const struct pool *pool, int64_t shares);
int64_t lending_borrowed_units(const struct pool *pool, int64_t shares);
/* borrowed / lent, millionths, rounded up; 0 while nothing is lent. Never above 10^6. */
uint32_t lending_utilisation(const struct pool *pool);
/* Yearly rates in 10^-9 at the present utilisation (its exact fraction): piecewise linear through (0, zero),
 * (optimal, optimal), (1, full), rounded up; what lenders get, the fee off, rounded down. */
uint64_t lending_borrow_rate(const struct pool *pool);
uint64_t lending_lend_rate(const struct pool *pool);
/* Interest of all borrows for `elapsed_ns` at the present rate: borrowed x rate x elapsed / year (365 days), whole
 * units, the fraction into pool.carry, exact; at most what is missing of `lent` to LENDING_POOL_MAX. */
int64_t lending_interest(struct pool *pool, uint64_t elapsed_ns);
/* Lend shares that `units` buy, rounded down, and what these cost, rounded up, at most `units`. 0 where nothing can be
 * lent: less than a share; void shares that are still being taken away. */
int64_t lending_shares_for(const struct pool *pool, int64_t units, int64_t *cost);

/* --- limits.c --- */

enum lending_how {
    LENDING_BY_HAND,     /* throttle, caps and limits hold */
    LENDING_BY_ORDER,    /* cash was reserved: nothing holds */
    LENDING_BY_EXCHANGE, /* settlement and liquidation: exempt from throttle and utilisation_max, and from can_borrow */
};

/* Units in the pool that no resting order has reserved, at least 0. */
int64_t lending_cash(const struct pool *pool);
/* Units of a pool that may be redeemed now (by anybody who has lent so much), at least 0. Reserved units count as
 * gone. */
int64_t lending_redeem_room(const struct state *state, uint32_t asset, enum lending_how how);
/* Units that a subaccount may borrow now, margin aside, at least 0. What its account has reserved counts as
 * borrowed. */
int64_t lending_borrow_room(const struct state *state, uint32_t subaccount, uint32_t asset, enum lending_how how);
/* Likewise by hand, after `redeemed` units of own lend have been redeemed for the same purpose; with the throttle or
 * as if there were none. */
int64_t lending_hand_room(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t redeemed,
                          bool throttled);
/* Units that settlement may borrow for a subaccount without cash: its own lend, which nets that, and what caps
 * leave. */
int64_t lending_shares_room(const struct state *state, uint32_t subaccount, uint32_t asset);
/* What of a redeem or borrow of `units` lies above the throttle utilisation goes off the interval's step. Before it. */
void lending_use_step(struct state *state, uint32_t asset, int64_t units, bool redeem);

/* --- what a subaccount has there, as of the last accrual --- */
int64_t lending_lent_by(const struct state *state, uint32_t subaccount, uint32_t asset);
int64_t lending_borrowed_by(const struct state *state, uint32_t subaccount, uint32_t asset);
/* Units of its own lend that it may redeem by hand now: a withdrawal may count on them. */
int64_t lending_redeemable(const struct state *state, uint32_t subaccount, uint32_t asset);
/* Units of an asset that a spot order of it may use beyond what is free: own lend that may be redeemed, and what it
 * may borrow (flags, caps, throttle, cash); margin is not looked at. What its orders have reserved is off it
 * already. */
int64_t lending_reach(const struct state *state, uint32_t subaccount, uint32_t asset);

/* --- lending.c: changes --- */

/* Adds interest up to now. The functions below do it themselves. */
void lending_accrue(struct ledger *ledger, uint32_t asset);

/* Lends free units. Repays an own borrow first; what is left becomes shares, while no borrow is left. The amount
 * must be free: check(). Units below one share stay where they are. Returns units lent or repaid. */
int64_t lending_lend(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units);
/* Turns at most `units` of own lend into held units, as far as there is cash; returns how many. */
int64_t lending_redeem(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units, enum lending_how how);
/* Borrows at most `units`, as far as there is cash; the caller has checked margin. Own lend is redeemed by the caller
 * first; what could not be nets the borrow without cash. Returns how many came. */
int64_t lending_borrow(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units, enum lending_how how);
/* Repays at most `units` of what is held and free; returns how many. */
int64_t lending_repay(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units);
/* The same with what `payer`, the fund, has free: ENTRY_FUND_PAID into the pool. */
int64_t lending_repay_for(struct ledger *ledger, uint32_t payer, uint32_t subaccount, uint32_t asset, int64_t units);
/* Makes sure that `units` are held, for a spot fill whose lock has just been released: redeems and borrows. */
void lending_cover(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units);
/* What it has borrowed of an asset, own lend first, then what is held and free; nothing where it has not. */
void lending_repay_own(struct ledger *ledger, uint32_t subaccount, uint32_t asset);
/* Own lend against own borrow, without cash. */
void lending_net(struct ledger *ledger, uint32_t subaccount, uint32_t asset);
/* A borrow without cash: the borrower gets nothing, `holder` gets lend shares of the same units; own lend of the
 * borrower nets it. Returns the shares that came into being; `lent` and `borrowed` rose by the ceil(shares x lent /
 * lent_shares) units, at most `units`, that they cost. */
int64_t lending_borrow_for_shares(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t units,
                                  uint32_t holder);
/* Lend of one against borrow of another, without cash: at most `units` of both go; returns how many. What the lender
 * gets for it is the caller's. */
int64_t lending_turn(struct ledger *ledger, uint32_t lender, uint32_t borrower, uint32_t asset, int64_t units);
/* A borrow that nobody will pay: the lend index falls by it (at 0 the shares are void and the pool starts again, as
 * soon as lending_run() has taken them back). Returns the units written off. */
int64_t lending_write_off(struct ledger *ledger, uint32_t subaccount, uint32_t asset);

/* lending_check.c: why a step by hand (enum lend_step) is refused, or REASON_NONE: INSUFFICIENT_BALANCE,
 * INSUFFICIENT_BORROWABLE (no cash, caps, can_borrow), THROTTLED, UNKNOWN_ASSET (no pool; can_lend),
 * INVALID_QUANTITY (it would not make a share), CAPACITY (the pool is full), INSUFFICIENT_MARGIN, NO_PRICE. `units`
 * 0 has been replaced by all. */
enum reason lending_check(const struct state *state, uint32_t subaccount, uint32_t asset, unsigned step, int64_t units);

/* --- inside the core --- */

/* lending_run.c: repays and lends what is idle. A tick hands the list totals.idle over (to idle_work), run works it
 * off, a bounded number a batch; the settlement asset waits while a pass is under way. A walk over all balances, as
 * bounded, finds what was idle before its pool could take it, and takes void shares back. */
struct exchange;
void lending_tick(struct exchange *exchange);
void lending_run(struct exchange *exchange);

#endif
