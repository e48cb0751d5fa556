/* How much may leave a pool: cash, caps, throttle (exchange-rules.md, section 7). */
#include "check.h"
#include "durations.h"
#include "lending.h"

#define MILLION 1000000

enum { UTILISATION_ORDINARY = 950000 }; /* millionths: above it only settlement and liquidation borrow */

static int64_t at_least_none(wide value)
{
    return value < 0 ? 0 : value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

int64_t lending_cash(const struct pool *pool)
{
    return at_least_none((wide)pool->lent - pool->borrowed - pool->reserved);
}

/* Units that may leave before utilisation is above the throttle, what is reserved counted as gone; negative by what is
 * above already. The throttle holds to the unit: of lent x throttle what is whole. */
static wide below_throttle(const struct pool *pool, bool redeem)
{
    if (!redeem)
        return wide_divide_down((wide)pool->lent * pool->throttle, MILLION) - pool->borrowed - pool->reserved;
    if (pool->throttle == 0)
        return pool->borrowed > 0 ? (wide)-pool->reserved : (wide)pool->lent - pool->reserved;
    return pool->lent - wide_divide_up((wide)pool->borrowed * MILLION, pool->throttle) - pool->reserved;
}

static uint64_t interval_begin(const struct pool *pool, uint64_t time_ns)
{
    return pool->step_seconds == 0 ? 0 : time_ns - time_ns % (pool->step_seconds * NS_A_SECOND);
}

/* Units above the throttle that are left in the interval. */
static wide step_left(const struct pool *pool, uint64_t time_ns)
{
    const uint64_t used = pool->step_ns == interval_begin(pool, time_ns) ? pool->step_used : 0;

    return pool->step > used ? (wide)(pool->step - used) : 0;
}

/* What resting orders have reserved above the throttle counts against the step too: it is going to be taken. */
static int64_t throttle_room(const struct pool *pool, uint64_t time_ns, bool redeem)
{
    const wide below = below_throttle(pool, redeem);
    wide step = step_left(pool, time_ns);

    if (below < 0)
        step -= -below < pool->reserved ? -below : (wide)pool->reserved;
    return at_least_none((below > 0 ? below : 0) + (step > 0 ? step : 0));
}

void lending_use_step(struct state *state, uint32_t asset, int64_t units, bool redeem)
{
    struct pool *pool = state_pool(state, asset);
    const uint64_t begin = interval_begin(pool, state->t->time_ns);
    const wide below = below_throttle(pool, redeem), above = units - (below > 0 ? below : 0);

    if (above <= 0)
        return;
    if (pool->step_ns != begin)
        pool->step_used = 0;
    pool->step_ns = begin;
    pool->step_used = (uint64_t)at_least_none(above + pool->step_used);
}

int64_t lending_redeem_room(const struct state *state, uint32_t asset, enum lending_how how)
{
    const struct pool *pool = state_pool(state, asset);

    if (how == LENDING_BY_ORDER)
        return pool->lent - pool->borrowed;
    if (how == LENDING_BY_EXCHANGE)
        return lending_cash(pool);
    return wide_smaller(lending_cash(pool), throttle_room(pool, state->t->time_ns, true));
}

/* Shares borrowed and units reserved, priced as shares: not below what the account owes and may come to owe. */
static wide account_use(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    const struct pool *pool = state_pool(state, asset);
    const uint32_t first = state_account(state, state_subaccount(state, subaccount)->account)->first;
    const uint32_t row = first == TABLE_NONE ? TABLE_NONE : state_find_balance(state, first, asset);
    const int64_t use = row == TABLE_NONE ? 0 : state_balance_detail(state, row)->account_use;

    return pool->borrowed_shares == 0 ? use : wide_divide_up((wide)use * pool->borrowed, pool->borrowed_shares);
}

/* What the caps leave: of the pool, of the account. */
static wide caps_room(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    const struct pool *pool = state_pool(state, asset);
    wide room = INT64_MAX;

    if (pool->borrow_max != 0)
        room = (wide)pool->borrow_max - pool->borrowed - pool->reserved;
    if (pool->account_max != 0) {
        const wide left = pool->account_max - account_use(state, subaccount, asset);

        if (left < room)
            room = left;
    }
    return room;
}

/* Redeems and borrows share cash, utilisation and throttle: what is redeemed is off what may be borrowed, which is a
 * little less than the fractions leave. */
int64_t lending_hand_room(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t redeemed,
                          bool throttled)
{
    const struct pool *pool = state_pool(state, asset);
    const uint32_t highest =
        pool->utilisation_max < UTILISATION_ORDINARY ? pool->utilisation_max : UTILISATION_ORDINARY;
    int64_t room = lending_cash(pool);

    if (!(state_asset(state, asset)->flags & ASSET_CAN_BORROW))
        return 0;
    room = wide_smaller(room, at_least_none(wide_divide_down((wide)pool->lent * highest, MILLION) - pool->borrowed -
                                            pool->reserved));
    if (throttled)
        room = wide_smaller(room, throttle_room(pool, state->t->time_ns, false));
    return wide_smaller(at_least_none((wide)room - redeemed), at_least_none(caps_room(state, subaccount, asset)));
}

int64_t lending_borrow_room(const struct state *state, uint32_t subaccount, uint32_t asset, enum lending_how how)
{
    const struct pool *pool = state_pool(state, asset);

    switch (how) {
    case LENDING_BY_HAND:
        return lending_hand_room(state, subaccount, asset, 0, true);
    case LENDING_BY_ORDER:
        return pool->lent - pool->borrowed;
    case LENDING_BY_EXCHANGE:
        return wide_smaller(lending_cash(pool), at_least_none(caps_room(state, subaccount, asset)));
    }
    return 0;
}

int64_t lending_shares_room(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    const wide caps = at_least_none(caps_room(state, subaccount, asset));

    return wide_smaller(at_least_none((wide)LIMIT_BALANCE_UNITS - state_pool(state, asset)->lent),
                        at_least_none(caps + lending_lent_by(state, subaccount, asset)));
}

int64_t lending_lent_by(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = state_find_balance(state, subaccount, asset);

    return row == TABLE_NONE ? 0 : lending_lent_units(state_pool(state, asset), state_balance(state, row)->lent);
}

int64_t lending_borrowed_by(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = state_find_balance(state, subaccount, asset);

    return row == TABLE_NONE ? 0
                             : lending_borrowed_units(state_pool(state, asset), state_balance(state, row)->borrowed);
}

int64_t lending_redeemable(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    return wide_smaller(lending_lent_by(state, subaccount, asset), lending_redeem_room(state, asset, LENDING_BY_HAND));
}

/* An order that borrows redeems own lend first, so either flag makes that reachable. */
int64_t lending_reach(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    const uint32_t flags = state_subaccount(state, subaccount)->flags;
    const uint32_t row = state_find_balance(state, subaccount, asset);
    const struct pool *pool = state_pool(state, asset);
    int64_t own = 0, borrow = 0;

    if (!pool->set || !(flags & (SUBACCOUNT_AUTO_REDEEM | SUBACCOUNT_AUTO_BORROW)))
        return 0;
    if (row != TABLE_NONE)
        own = lending_lent_units(pool, state_balance(state, row)->lent) - ledger_pool_part(state_balance(state, row));
    own = own > 0 ? wide_smaller(own, lending_redeem_room(state, asset, LENDING_BY_HAND)) : 0;
    if (flags & SUBACCOUNT_AUTO_BORROW)
        borrow = lending_hand_room(state, subaccount, asset, own, true);
    return own + borrow;
}
