/* Hundreds of lenders and borrowers in several pools over years, seeded: books that always close. */
#include "lending_world.h"
#include "mix.h"

enum { PEOPLE = 300, STEPS = 30000, LAST = ANN + PEOPLE - 1 };

/* What each person brought, so that what it ends with says what it gained. */
static int64_t brought[LAST + 1][ASSETS + 1];
static int64_t order_units[LAST + 1][ASSETS + 1]; /* locked by its order */
static uint64_t seed;

static uint64_t chance(uint64_t below)
{
    return mix_next(&seed) % below;
}

static uint32_t someone(void)
{
    return ANN + (uint32_t)chance(PEOPLE);
}

static int64_t some_units(void)
{
    return (int64_t)chance(UINT64_C(1) << (1 + chance(40)));
}

static void step_lend(uint32_t who, uint32_t asset)
{
    int64_t free = ledger_free(&state, who, asset), units = some_units(), held = world_held(who, asset), taken;

    taken = lending_lend(&ledger, who, asset, units < free ? units : free);
    assert_true(taken >= 0 && taken <= units);
    assert_int_equal(world_held(who, asset), held - taken);
}

static void step_redeem(uint32_t who, uint32_t asset)
{
    int64_t units = chance(4) == 0 ? INT64_MAX : some_units(), held = world_held(who, asset);
    enum lending_how how = chance(2) ? LENDING_BY_HAND : LENDING_BY_EXCHANGE;
    int64_t taken = lending_redeem(&ledger, who, asset, units, how);

    assert_true(taken >= 0 && taken <= units);
    assert_int_equal(world_held(who, asset), held + taken);
}

static void step_borrow(uint32_t who, uint32_t asset)
{
    enum lending_how how = chance(2) ? LENDING_BY_HAND : LENDING_BY_EXCHANGE;
    int64_t units = some_units(), held = world_held(who, asset), cash, taken;

    lending_accrue(&ledger, asset);
    cash = lending_cash(state_pool(&state, asset));
    taken = lending_borrow(&ledger, who, asset, units, how);
    assert_true(taken >= 0 && taken <= units && taken <= cash);
    assert_int_equal(world_held(who, asset), held + taken);
}

static void step_repay(uint32_t who, uint32_t asset)
{
    int64_t held = world_held(who, asset), owed, taken;

    lending_accrue(&ledger, asset);
    owed = world_owed(who, asset);
    taken = lending_repay(&ledger, who, asset, chance(3) == 0 ? INT64_MAX : some_units());
    assert_int_equal(world_held(who, asset), held - taken);
    assert_true(world_owed(who, asset) >= owed - taken);
}

/* An order that locks all that it can reach and a little less, and later is filled or cancelled. */
static void step_order(uint32_t who, uint32_t asset)
{
    int64_t units = order_units[who][asset];
    uint32_t other = someone();

    if (units == 0) {
        int64_t most = ledger_free(&state, who, asset) + lending_reach(&state, who, asset);

        if (most == 0)
            return;
        units = most - (int64_t)chance(most < 1000 ? (uint64_t)most : 1000);
        ledger_lock(&ledger, who, asset, units);
        order_units[who][asset] = units;
        return;
    }
    ledger_lock(&ledger, who, asset, -units);
    order_units[who][asset] = 0;
    if (chance(2) == 0 || other == who)
        return;
    lending_cover(&ledger, who, asset, units);
    assert_true(world_held(who, asset) >= units);
    ledger_move(&ledger, ENTRY_TRADE_BASE, asset, who, other, units);
    brought[who][asset] -= units;
    brought[other][asset] += units;
}

static void step_shares(uint32_t who, uint32_t asset)
{
    uint32_t holder = someone();
    const struct pool *pool = state_pool(&state, asset);
    int64_t units = some_units(), before, shares;

    if (holder == who)
        return;
    lending_accrue(&ledger, asset);
    before = lending_lent_units(pool, world_balance(holder, asset)->lent);
    shares = lending_borrow_for_shares(&ledger, who, asset, units, holder);
    if (shares == 0)
        return;
    /* The loser paid the winner by it: both are what they were but for that. */
    assert_true(lending_lent_units(pool, world_balance(holder, asset)->lent) - before <= units + 1);
    brought[holder][asset] += units;
    brought[who][asset] -= units;
}

static void step_time(void)
{
    static const uint64_t most[] = {1000, NS_A_SECOND, NS_A_SECOND * 3600, NS_A_SECOND * 86400};

    state.t->time_ns += chance(most[chance(4)]) + 1;
    if (chance(4) == 0)
        for (uint32_t asset = 1; asset <= ASSETS; asset++)
            lending_accrue(&ledger, asset);
}

static void take_back_void_shares(uint32_t asset)
{
    for (uint32_t row = SYSTEM_CUSTODY; row <= LAST; row++)
        if (row != SYSTEM_POOL)
            ledger_move_shares(&ledger, ENTRY_LENT_SHARES, asset, row, SYSTEM_POOL, world_balance(row, asset)->lent);
    state.t->lending_scan = 0;
}

static void do_step(bool write_offs)
{
    static void (*const steps[])(uint32_t who, uint32_t asset) = {
        step_lend, step_lend, step_redeem, step_borrow, step_borrow, step_repay, step_order, step_order, step_shares,
    };
    uint32_t who = someone(), asset = 1 + (uint32_t)chance(ASSETS);

    if (chance(3) == 0)
        step_time();
    else if (write_offs && chance(200) == 0)
        lending_write_off(&ledger, who, asset);
    else
        steps[chance(sizeof steps / sizeof steps[0])](who, asset);
    if (state.t->lending_scan != 0 && chance(20) == 0)
        for (asset = 1; asset <= ASSETS; asset++)
            if (state_pool(&state, asset)->lent == 0)
                take_back_void_shares(asset);
    for (asset = 1; asset <= ASSETS; asset++)
        world_check_pool(asset);
}

/* Everybody's units add up to the pool's, but for what rounding of each left. */
static void check_sums(void)
{
    for (uint32_t asset = 1; asset <= ASSETS; asset++) {
        const struct pool *pool = state_pool(&state, asset);
        int64_t lent = 0, owed = 0, lent_shares = 0, borrowed_shares = 0, lenders = 0, borrowers = 0, reserved = 0;

        for (uint32_t row = SYSTEM_CUSTODY; row <= LAST; row++) {
            const struct balance *balance = world_balance(row, asset);

            lent += lending_lent_units(pool, balance->lent);
            owed += lending_borrowed_units(pool, balance->borrowed);
            lent_shares += balance->lent;
            borrowed_shares += balance->borrowed;
            lenders += balance->lent > 0;
            borrowers += balance->borrowed > 0;
            reserved += row >= ANN ? ledger_pool_part(balance) : 0;
        }
        assert_int_equal(lent_shares, pool->lent_shares);
        assert_int_equal(borrowed_shares, pool->borrowed_shares);
        assert_int_equal(reserved, pool->reserved);
        assert_true(lent <= pool->lent && lent >= pool->lent - lenders);
        assert_true(owed >= pool->borrowed && owed <= pool->borrowed + borrowers);
    }
}

static void begin_world(uint64_t number)
{
    seed = number;
    memset(brought, 0, sizeof brought);
    memset(order_units, 0, sizeof order_units);
    world_begin(PEOPLE);
    for (uint32_t asset = 1; asset <= ASSETS; asset++) {
        struct pool *pool = world_set_pool(asset, 0, (uint32_t)chance(300000));

        pool->rate_zero = (uint32_t)chance(50000);
        pool->rate_optimal = pool->rate_zero + (uint32_t)chance(200000);
        pool->rate_full = pool->rate_optimal + (uint32_t)chance(3000000);
        pool->throttle = 600000 + (uint32_t)chance(400001);
        pool->step = chance(1000000000);
        if (asset == ETH)
            pool->account_max = UINT64_C(1) << 34;
    }
    for (uint32_t who = ANN; who <= LAST; who++) {
        state_subaccount(&state, who)->flags = (uint32_t)chance(SUBACCOUNT_FLAGS + 1);
        for (uint32_t asset = 1; asset <= ASSETS; asset++) {
            brought[who][asset] = some_units();
            world_deposit(who, asset, brought[who][asset]);
        }
    }
}

static void release_locks(void)
{
    for (uint32_t who = ANN; who <= LAST; who++)
        for (uint32_t asset = 1; asset <= ASSETS; asset++)
            ledger_lock(&ledger, who, asset, -order_units[who][asset]);
    memset(order_units, 0, sizeof order_units);
}

static void test_books(void **unused)
{
    (void)unused;
    for (uint64_t number = 1; number <= 3; number++) {
        begin_world(number);
        for (int step = 0; step < STEPS; step++) {
            do_step(number == 3);
            if (step % 500 == 0)
                check_sums();
        }
        release_locks();
        check_sums();
        assert_true(state_pool(&state, USDC)->interest > 0 && state_pool(&state, USDC)->fees > 0);
        assert_true(state.t->time_ns > NS_A_SECOND * 1700000000 + NS_A_YEAR);
        assert_true(number < 3 || state_pool(&state, USDC)->written_off > 0);
        world_end();
    }
}

/* Everybody pays back and takes back: what borrowers paid is what lenders, fees and residue got, to the unit. */
static void test_interest_closes(void **unused)
{
    (void)unused;
    begin_world(11);
    for (int step = 0; step < STEPS; step++)
        do_step(false);
    release_locks();
    for (uint32_t asset = 1; asset <= ASSETS; asset++) {
        const struct pool *pool = state_pool(&state, asset);
        int64_t paid = 0, redeemed = 0, owed_all = pool->borrowed, lent_all = pool->lent;

        for (uint32_t who = ANN; who <= LAST; who++) {
            int64_t owed = world_owed(who, asset) - ledger_free(&state, who, asset);

            if (owed > 0) /* from outside */
                world_deposit(who, asset, owed);
            paid += lending_repay(&ledger, who, asset, INT64_MAX);
        }
        assert_int_equal(pool->borrowed, 0);
        assert_int_equal(pool->borrowed_shares, 0);
        assert_in_range(paid - owed_all, 0, PEOPLE); /* no dust is left, and each pays less than a unit for that */
        for (uint32_t who = SYSTEM_CUSTODY; who <= LAST; who++)
            if (who != SYSTEM_RESIDUE && who != SYSTEM_POOL)
                redeemed += lending_redeem(&ledger, who, asset, INT64_MAX, LENDING_BY_EXCHANGE);
        assert_int_equal(redeemed + pool->lent, lent_all - owed_all + paid); /* all that is left is cash */
        assert_int_equal(pool->lent, world_lent(SYSTEM_RESIDUE, asset));
        assert_int_equal(pool->lent_shares, world_balance(SYSTEM_RESIDUE, asset)->lent);
        assert_in_range(pool->lent, 0, PEOPLE + 10); /* less than a unit a lender */
        assert_true(lending_redeem(&ledger, SYSTEM_RESIDUE, asset, INT64_MAX, LENDING_BY_EXCHANGE) == 0 ||
                    pool->lent == 0);
    }
    world_end();
}

/* With the index standing still nobody gets more out than it put in, whatever it does and whatever a share costs. */
static void test_no_gain_by_rounding(void **unused)
{
    (void)unused;
    begin_world(21);
    for (int step = 0; step < STEPS / 3; step++)
        do_step(true);
    release_locks();
    for (uint32_t asset = 1; asset <= ASSETS; asset++)
        if (state_pool(&state, asset)->lent == 0)
            take_back_void_shares(asset);
    state.t->lending_scan = 0;
    for (int step = 0; step < STEPS; step++) {
        uint32_t who = ANN + (uint32_t)chance(5), asset = 1 + (uint32_t)chance(ASSETS);
        const struct pool *pool = state_pool(&state, asset);
        int64_t before, after;

        if (step == 0)
            for (uint32_t all = 1; all <= ASSETS; all++)
                lending_accrue(&ledger, all);
        before = world_held(who, asset) + world_lent(who, asset) - world_owed(who, asset);
        switch (chance(4)) {
        case 0:
            step_lend(who, asset);
            break;
        case 1:
            step_redeem(who, asset);
            break;
        case 2:
            step_borrow(who, asset);
            break;
        default:
            step_repay(who, asset);
            break;
        }
        after = world_held(who, asset) + world_lent(who, asset) - world_owed(who, asset);
        assert_true(after <= before);
        /* Nor does it lose more than a share or two cost. */
        assert_true(before - after <= 4 + pool->lent / (pool->lent_shares + 1) +
                                          2 * (pool->borrowed / (pool->borrowed_shares + 1)));
    }
    world_end();
}

/* The same, over whole sequences of one person's own steps: rounding never adds up to a gain. */
static void test_no_gain_by_sequences(void **unused)
{
    (void)unused;
    for (uint64_t number = 31; number < 36; number++) {
        int64_t most[ASSETS + 1];

        begin_world(number);
        for (int step = 0; step < 2000; step++)
            do_step(false);
        release_locks();
        for (uint32_t asset = 1; asset <= ASSETS; asset++) {
            lending_accrue(&ledger, asset);
            lending_repay(&ledger, ANN, asset, INT64_MAX);
            /* All that it has, exactly: shares at their whole price. */
            most[asset] = world_held(ANN, asset) + world_lent(ANN, asset) + (world_balance(ANN, asset)->lent > 0) -
                          world_owed(ANN, asset);
        }
        for (int step = 0; step < 4000; step++) {
            uint32_t asset = 1 + (uint32_t)chance(ASSETS);

            if (chance(2))
                step_lend(ANN, asset);
            else
                step_redeem(ANN, asset);
            assert_true(world_held(ANN, asset) + world_lent(ANN, asset) - world_owed(ANN, asset) <= most[asset]);
        }
        world_end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_books), cmocka_unit_test(test_interest_closes),
        cmocka_unit_test(test_no_gain_by_rounding), cmocka_unit_test(test_no_gain_by_sequences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
