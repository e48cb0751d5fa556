/* The formulas of a pool. Sizes: units and shares below 2^61, yearly rates (10^-9) up to 10^11 < 2^37, millionths below
 * 2^20: products of one each stay below 2^118. */
#include "check.h"
#include "lending.h"

#define MILLION 1000000
#define RATE_STEPS 1000 /* of 10^-9 in a millionth */
/* Units x 10^-9 x ns in a unit of interest: a year of 365 days, in ns, x 10^9; below 2^85. */
#define LENDING_UNIT ((uwide)365 * 86400 * 1000000000 * 1000000000)

int64_t lending_lent_units(const struct pool *pool, int64_t shares)
{
    check(shares >= 0);
    return shares == 0 ? 0 : wide_narrow(wide_divide_down((wide)shares * pool->lent, pool->lent_shares));
}

int64_t lending_borrowed_units(const struct pool *pool, int64_t shares)
{
    check(shares >= 0);
    return shares == 0 ? 0 : wide_narrow(wide_divide_up((wide)shares * pool->borrowed, pool->borrowed_shares));
}

uint32_t lending_utilisation(const struct pool *pool)
{
    return pool->lent == 0 ? 0 : (uint32_t)wide_divide_up((wide)pool->borrowed * MILLION, pool->lent);
}

uint64_t lending_borrow_rate(const struct pool *pool)
{
    const wide used = (wide)pool->borrowed * MILLION, knee = (wide)pool->lent * pool->optimal;
    wide rise, above, width; /* from the left end of the piece: millionths, and the place in it as above / width */
    uint64_t from;

    if (used <= knee) {
        from = pool->rate_zero;
        rise = (wide)pool->rate_optimal - pool->rate_zero;
        above = used;
        width = knee;
    } else {
        from = pool->rate_optimal;
        rise = (wide)pool->rate_full - pool->rate_optimal;
        above = used - knee;
        width = (wide)pool->lent * (MILLION - pool->optimal);
    }
    if (width == 0) /* nothing is lent */
        return from * RATE_STEPS;
    return from * RATE_STEPS + (uint64_t)wide_divide_up(rise * RATE_STEPS * above, width);
}

uint64_t lending_lend_rate(const struct pool *pool)
{
    if (pool->lent == 0)
        return 0;
    return (uint64_t)wide_divide_down((wide)lending_borrow_rate(pool) * pool->borrowed * (MILLION - pool->fee),
                                      (wide)pool->lent * MILLION);
}

/* What the division leaves is below LENDING_UNIT, so that 128 bits give it exactly though the product has more. */
int64_t lending_interest(struct pool *pool, uint64_t elapsed_ns)
{
    const uwide yearly = (uwide)pool->borrowed * lending_borrow_rate(pool);
    const uwide room = (uwide)(LENDING_POOL_MAX - pool->lent);
    uwide units, rest;

    check(wide_scale_down(yearly, elapsed_ns, LENDING_UNIT, &units)); /* below 2^(98 + 64 - 84) */
    rest = yearly * elapsed_ns - units * LENDING_UNIT + (uwide)pool->carry;
    units += rest / LENDING_UNIT;
    pool->carry = (wide)(rest % LENDING_UNIT);
    return (int64_t)(units > room ? room : units);
}

/* No share price can be driven up against a lender: nothing comes into a pool but through these functions (a
 * transfer to SYSTEM_POOL does not exist), whose rounding leaves less than the price of one share; a lender is
 * charged for the shares that it gets and not for what it offered, so less than a unit of it goes to the others,
 * whatever a share costs. */
int64_t lending_shares_for(const struct pool *pool, int64_t units, int64_t *cost)
{
    const int64_t room = LENDING_POOL_MAX - pool->lent_shares;
    wide shares = units;

    if (pool->lent_shares > 0)
        shares = pool->lent == 0 ? 0 : wide_divide_down((wide)units * pool->lent_shares, pool->lent);
    if (shares > room)
        shares = room > 0 ? room : 0;
    *cost = pool->lent_shares == 0 ? (int64_t)shares
                                   : wide_narrow(wide_divide_up(shares * pool->lent, pool->lent_shares));
    return (int64_t)shares;
}
