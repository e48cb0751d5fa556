/* Lending pools, each rule by hand. */
#include "lending_world.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int begin(void **unused)
{
    (void)unused;
    world_begin(4);
    for (uint32_t asset = 1; asset <= ASSETS; asset++)
        world_set_pool(asset, 100000, 100000);
    for (uint32_t row = ANN; row <= DAN; row++)
        for (uint32_t asset = 1; asset <= ASSETS; asset++)
            world_deposit(row, asset, 1000000000);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    world_end();
    return 0;
}

static bool dies(void (*function)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        assert_non_null(freopen("/dev/null", "w", stderr));
        function();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status);
}

static void pass(uint64_t ns)
{
    state.t->time_ns += ns;
}

static void test_lend_and_redeem(void **unused)
{
    const struct pool *pool = state_pool(&state, USDC);

    (void)unused;
    assert_int_equal(lending_lend(&ledger, ANN, USDC, 0), 0);
    assert_int_equal(lending_lend(&ledger, ANN, USDC, 1000), 1000);
    assert_int_equal(world_balance(ANN, USDC)->lent, 1000);
    assert_int_equal(world_held(ANN, USDC), 999999000);
    assert_int_equal(pool->lent, 1000);
    world_check_pool(USDC);
    pass(NS_A_YEAR * 3); /* nobody borrows: nothing grows */
    assert_int_equal(lending_redeem(&ledger, ANN, USDC, 400, LENDING_BY_HAND), 400);
    assert_int_equal(world_lent(ANN, USDC), 600);
    assert_int_equal(lending_redeem(&ledger, ANN, USDC, INT64_MAX, LENDING_BY_HAND), 600);
    assert_int_equal(lending_redeem(&ledger, ANN, USDC, 1, LENDING_BY_HAND), 0);
    assert_int_equal(world_held(ANN, USDC), 1000000000);
    assert_int_equal(pool->lent, 0);
    assert_int_equal(pool->lent_shares, 0);
}

static void lend_too_much(void)
{
    lending_lend(&ledger, ANN, USDC, 1000000001);
}

static void lend_locked(void)
{
    ledger_lock(&ledger, ANN, USDC, 1);
    lending_lend(&ledger, ANN, USDC, 1000000000);
}

static void cover_without_cash(void)
{
    lending_cover(&ledger, ANN, USDC, 1000000001);
}

static void test_misuse(void **unused)
{
    (void)unused;
    assert_true(dies(lend_too_much));
    assert_true(dies(lend_locked));
    assert_true(dies(cover_without_cash));
    state_pool(&state, ETH)->set = 0; /* without a pool there is nothing to be had, and nothing happens */
    assert_int_equal(lending_lend(&ledger, ANN, ETH, 5), 0);
    assert_int_equal(lending_borrow(&ledger, ANN, ETH, 5, LENDING_BY_EXCHANGE), 0);
    assert_int_equal(lending_borrow_for_shares(&ledger, ANN, ETH, 5, BEN), 0);
    assert_int_equal(lending_reach(&state, ANN, ETH), 0);
    lending_cover(&ledger, ANN, ETH, 1000000000);
}

/* A year at 10 % on half of what is lent; a tenth of that is the fee. */
static void test_interest(void **unused)
{
    const struct pool *pool = state_pool(&state, USDC);

    (void)unused;
    lending_lend(&ledger, ANN, USDC, 1000000);
    assert_int_equal(lending_borrow(&ledger, BEN, USDC, 500000, LENDING_BY_HAND), 500000);
    assert_int_equal(world_held(BEN, USDC), 1000500000);
    pass(NS_A_YEAR);
    assert_int_equal(world_owed(BEN, USDC), 500000); /* as of the last accrual */
    lending_accrue(&ledger, USDC);
    assert_int_equal(world_owed(BEN, USDC), 550000);
    assert_int_equal(pool->interest, 50000);
    assert_int_equal(pool->fees + (int64_t)(pool->fee_carry / 1000000), 5000);
    assert_in_range(world_lent(ANN, USDC), 1045000, 1045001);
    assert_in_range(world_lent(SYSTEM_FEES, USDC), 4998, 5000);
    assert_int_equal(pool->lent, 1050000);
    lending_accrue(&ledger, USDC); /* of the same instant: nothing more */
    assert_int_equal(pool->lent, 1050000);
    assert_int_equal(lending_repay(&ledger, BEN, USDC, INT64_MAX), 550000);
    assert_int_equal(pool->borrowed_shares, 0);
    assert_int_equal(world_held(BEN, USDC), 999950000);
    lending_redeem(&ledger, ANN, USDC, INT64_MAX, LENDING_BY_HAND);
    lending_redeem(&ledger, SYSTEM_FEES, USDC, INT64_MAX, LENDING_BY_HAND);
    /* What rounding left has an owner. */
    assert_int_equal(pool->lent, world_lent(SYSTEM_RESIDUE, USDC));
    assert_in_range(world_lent(SYSTEM_RESIDUE, USDC), 0, 3);
}

/* The last lender takes a unit less than there is: it costs all of its shares, and the unit gets an owner. */
static void test_dust(void **unused)
{
    struct pool *pool = world_set_pool(USDC, 100000, 0);

    (void)unused;
    lending_lend(&ledger, ANN, USDC, 100);
    lending_borrow(&ledger, BEN, USDC, 50, LENDING_BY_HAND);
    pass(NS_A_YEAR * 10);
    lending_repay(&ledger, BEN, USDC, INT64_MAX);
    assert_int_equal(pool->lent, 150);
    assert_int_equal(lending_redeem(&ledger, ANN, USDC, 149, LENDING_BY_HAND), 149);
    assert_int_equal(world_balance(ANN, USDC)->lent, 0);
    assert_int_equal(pool->lent, 1);
    assert_int_equal(pool->lent_shares, 1);
    assert_int_equal(world_lent(SYSTEM_RESIDUE, USDC), 1);
    assert_int_equal(lending_lend(&ledger, CIS, USDC, 10), 10); /* shares cost a unit again */
    assert_int_equal(world_balance(CIS, USDC)->lent, 10);
}

/* Time in small steps charges a fraction of a unit as exactly as in one. */
static void test_fractions(void **unused)
{
    const struct pool *pool = state_pool(&state, USDC);

    (void)unused;
    lending_lend(&ledger, ANN, USDC, 100);
    lending_borrow(&ledger, BEN, USDC, 1, LENDING_BY_HAND); /* a unit: a tenth a year */
    for (int hour = 0; hour < 10 * 8760; hour++) {
        assert_int_equal(world_owed(BEN, USDC), 1);
        pass(NS_A_SECOND * 3600);
        lending_accrue(&ledger, USDC);
    }
    assert_int_equal(world_owed(BEN, USDC), 2); /* after ten years to the nanosecond */
    assert_true(pool->carry == 0);
    assert_int_equal(pool->fee_carry, 100000);
    assert_int_equal(pool->fees, 0);
}

static void test_all_borrowed(void **unused)
{
    const struct pool *pool = state_pool(&state, BTC);

    (void)unused;
    assert_int_equal(lending_borrow(&ledger, BEN, BTC, 5, LENDING_BY_EXCHANGE), 0); /* empty */
    lending_lend(&ledger, ANN, BTC, 1000);
    assert_int_equal(lending_borrow(&ledger, BEN, BTC, 2000, LENDING_BY_HAND), 950); /* 95 % */
    assert_int_equal(lending_borrow(&ledger, BEN, BTC, 1, LENDING_BY_HAND), 0);
    assert_int_equal(lending_borrow(&ledger, CIS, BTC, 1, LENDING_BY_EXCHANGE), 1);
    assert_int_equal(lending_borrow(&ledger, CIS, BTC, 2000, LENDING_BY_EXCHANGE), 49);
    assert_int_equal(lending_utilisation(pool), 1000000);
    assert_int_equal(lending_cash(pool), 0);
    assert_int_equal(lending_redeem(&ledger, ANN, BTC, 1, LENDING_BY_EXCHANGE), 0);
    assert_int_equal(lending_redeemable(&state, ANN, BTC), 0);
    world_check_pool(BTC);
    pass(NS_A_YEAR);
    lending_accrue(&ledger, BTC);
    assert_int_equal(pool->lent, 1100);
    assert_int_equal(pool->borrowed, 1100);
    assert_int_equal(lending_repay(&ledger, CIS, BTC, 55), 55);
    assert_int_equal(world_owed(CIS, BTC), 0);
    assert_int_equal(lending_redeem(&ledger, ANN, BTC, 100, LENDING_BY_HAND), 55);
}

/* Above 50 % a step of 10 units a minute. */
static void test_throttle(void **unused)
{
    struct pool *pool = state_pool(&state, BTC);

    (void)unused;
    pool->throttle = 500000;
    pool->step = 10;
    pool->utilisation_max = 700000;
    lending_lend(&ledger, ANN, BTC, 1000);
    state.t->time_ns -= state.t->time_ns % (NS_A_SECOND * 60);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_BORROW, 511), REASON_THROTTLED);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_BORROW, 701), REASON_INSUFFICIENT_BORROWABLE);
    assert_int_equal(lending_borrow(&ledger, BEN, BTC, 600, LENDING_BY_HAND), 510);
    assert_int_equal(pool->step_used, 10);
    assert_int_equal(lending_borrow(&ledger, CIS, BTC, 1, LENDING_BY_HAND), 0);
    assert_int_equal(lending_check(&state, ANN, BTC, LEND_REDEEM, 1), REASON_THROTTLED);
    assert_int_equal(lending_redeem(&ledger, ANN, BTC, 100, LENDING_BY_HAND), 0);
    assert_int_equal(lending_borrow(&ledger, DAN, BTC, 3, LENDING_BY_EXCHANGE), 3); /* exempt, and uses nothing up */
    assert_int_equal(pool->step_used, 10);
    pass(NS_A_SECOND * 60 - 1);
    assert_int_equal(lending_redeem(&ledger, ANN, BTC, 100, LENDING_BY_HAND), 0);
    pass(1);
    assert_int_equal(lending_redeem(&ledger, ANN, BTC, 7, LENDING_BY_HAND), 7);
    assert_int_equal(lending_borrow(&ledger, BEN, BTC, 100, LENDING_BY_HAND), 3);
    assert_int_equal(lending_borrow(&ledger, BEN, BTC, 100, LENDING_BY_HAND), 0);
    pass(NS_A_SECOND * 600); /* what was left of earlier intervals is gone */
    assert_int_equal(lending_redeem(&ledger, ANN, BTC, 100, LENDING_BY_HAND), 10);
    /* Below it what leads up to it is free, the rest is the step. */
    lending_repay(&ledger, BEN, BTC, 500);
    pass(NS_A_SECOND * 60);
    assert_int_equal(world_owed(BEN, BTC) + world_owed(DAN, BTC), 16); /* of 983 lent: down to 32 */
    assert_int_equal(lending_redeemable(&state, ANN, BTC), 961);
    assert_int_equal(lending_redeem(&ledger, ANN, BTC, 970, LENDING_BY_HAND), 961);
    assert_int_equal(pool->step_used, 10);
    /* A throttle of 0 lets nothing but steps out while anything is borrowed, and everything when nothing is. */
    pool->throttle = 0;
    pass(NS_A_SECOND * 60);
    assert_int_equal(lending_redeemable(&state, ANN, BTC), 6);
    lending_repay(&ledger, BEN, BTC, INT64_MAX);
    assert_int_equal(lending_redeem_room(&state, BTC, LENDING_BY_HAND), 10);
    lending_repay(&ledger, DAN, BTC, INT64_MAX);
    assert_int_equal(lending_redeem(&ledger, ANN, BTC, INT64_MAX, LENDING_BY_HAND), 22);
}

static void test_caps(void **unused)
{
    struct pool *pool = state_pool(&state, ETH);
    uint32_t sibling = world_add_person(state_subaccount(&state, BEN)->account);

    (void)unused;
    lending_lend(&ledger, ANN, ETH, 10000);
    pool->account_max = 100;
    assert_int_equal(lending_borrow(&ledger, BEN, ETH, 70, LENDING_BY_HAND), 70);
    assert_int_equal(lending_borrow(&ledger, sibling, ETH, 70, LENDING_BY_HAND), 30); /* the account's */
    assert_int_equal(lending_borrow(&ledger, sibling, ETH, 1, LENDING_BY_EXCHANGE), 0);
    assert_int_equal(lending_borrow(&ledger, CIS, ETH, 60, LENDING_BY_HAND), 60);
    lending_repay(&ledger, sibling, ETH, 10);
    ledger_lock(&ledger, CIS, ETH, 1000000060 + 25); /* what is reserved counts as borrowed */
    assert_int_equal(lending_borrow_room(&state, CIS, ETH, LENDING_BY_HAND), 15);
    ledger_lock(&ledger, CIS, ETH, -1000000060 - 25);
    pool->account_max = 0;
    pool->borrow_max = 200;
    assert_int_equal(pool->borrowed, 150);
    assert_int_equal(lending_borrow(&ledger, DAN, ETH, 60, LENDING_BY_HAND), 50);
    pool->borrow_max = 100; /* below what is borrowed: nothing new */
    assert_int_equal(lending_borrow(&ledger, DAN, ETH, 60, LENDING_BY_EXCHANGE), 0);
    pool->borrow_max = 0;
    state_asset(&state, ETH)->flags &= (uint8_t)~ASSET_CAN_BORROW;
    assert_int_equal(lending_check(&state, DAN, ETH, LEND_BORROW, 1), REASON_INSUFFICIENT_BORROWABLE);
    assert_int_equal(lending_borrow(&ledger, DAN, ETH, 1, LENDING_BY_HAND), 0);
    assert_int_equal(lending_borrow(&ledger, DAN, ETH, 1, LENDING_BY_EXCHANGE), 1);
}

/* Orders take from the pool what was reserved for them, whichever is filled first. */
static void test_cover(void **unused)
{
    struct pool *pool = state_pool(&state, USDC);
    const int64_t held = 1000000000;

    (void)unused;
    lending_lend(&ledger, ANN, USDC, 1000);
    lending_lend(&ledger, BEN, USDC, 100);
    assert_int_equal(lending_reach(&state, BEN, USDC), 0); /* no flag asks for it */
    state_subaccount(&state, BEN)->flags = SUBACCOUNT_AUTO_REDEEM;
    assert_int_equal(lending_reach(&state, BEN, USDC), 100);
    state_subaccount(&state, BEN)->flags = SUBACCOUNT_AUTO_BORROW;
    assert_int_equal(lending_reach(&state, BEN, USDC), 1045); /* own lend, and 95 % of the pool less that */
    ledger_lock(&ledger, BEN, USDC, held); /* two orders: for 1,000 and for the rest and 250 */
    assert_int_equal(pool->reserved, 100);
    ledger_lock(&ledger, BEN, USDC, 250);
    assert_int_equal(pool->reserved, 350);
    assert_int_equal(lending_reach(&state, BEN, USDC), 695);
    assert_int_equal(lending_cash(pool), 750);
    assert_int_equal(lending_borrow(&ledger, CIS, USDC, 1000, LENDING_BY_EXCHANGE), 750); /* not what is reserved */
    assert_int_equal(lending_redeem(&ledger, ANN, USDC, 1000, LENDING_BY_EXCHANGE), 0);
    /* The second order first: what is held serves it. */
    ledger_lock(&ledger, BEN, USDC, 1000 - held - 250);
    lending_cover(&ledger, BEN, USDC, held + 250 - 1000);
    ledger_move(&ledger, ENTRY_TRADE_QUOTE, USDC, BEN, DAN, held + 250 - 1000);
    assert_int_equal(world_held(BEN, USDC), 650);
    assert_int_equal(pool->reserved, 350);
    assert_int_equal(world_lent(BEN, USDC), 100);
    ledger_lock(&ledger, BEN, USDC, -1000);
    lending_cover(&ledger, BEN, USDC, 1000);
    ledger_move(&ledger, ENTRY_TRADE_QUOTE, USDC, BEN, DAN, 1000);
    assert_int_equal(world_held(BEN, USDC), 0);
    assert_int_equal(world_lent(BEN, USDC), 0); /* own lend first */
    assert_int_equal(world_owed(BEN, USDC), 250);
    assert_int_equal(pool->reserved, 0);
    assert_int_equal(lending_cash(pool), 0);
}

/* What resting orders have reserved above the throttle is not given out again step by step. */
static void test_reach_is_throttled(void **unused)
{
    struct pool *pool = state_pool(&state, BTC);

    (void)unused;
    pool->throttle = 100000;
    pool->step = 50;
    lending_lend(&ledger, ANN, BTC, 1000);
    state_subaccount(&state, BEN)->flags = state_subaccount(&state, CIS)->flags = SUBACCOUNT_AUTO_BORROW;
    assert_int_equal(lending_reach(&state, BEN, BTC), 150);
    ledger_lock(&ledger, BEN, BTC, 1000000000 + 150);
    assert_int_equal(lending_reach(&state, BEN, BTC), 0);
    assert_int_equal(lending_reach(&state, CIS, BTC), 0);
    pass(NS_A_SECOND * 600);
    assert_int_equal(lending_reach(&state, CIS, BTC), 0);
    ledger_lock(&ledger, BEN, BTC, -1000000000 - 150);
    lending_cover(&ledger, BEN, BTC, 1000000000 + 150);
    assert_int_equal(lending_reach(&state, CIS, BTC), 0); /* the step is used up, until the next interval */
    pass(NS_A_SECOND * 60);
    assert_int_equal(lending_reach(&state, CIS, BTC), 50);
}

/* Nobody lends and borrows the same: lending repays, borrowing nets. */
static void test_net(void **unused)
{
    const struct pool *pool = state_pool(&state, USDC);
    int64_t shares, cost;

    (void)unused;
    lending_lend(&ledger, ANN, USDC, 1000);
    lending_borrow(&ledger, BEN, USDC, 500, LENDING_BY_HAND);
    pass(NS_A_YEAR);
    lending_accrue(&ledger, USDC);
    assert_int_equal(lending_lend(&ledger, BEN, USDC, 300), 300);
    assert_int_equal(world_balance(BEN, USDC)->lent, 0);
    assert_in_range(world_owed(BEN, USDC), 250, 251);
    assert_int_equal(lending_lend(&ledger, BEN, USDC, 350), 350); /* the rest of it, then a lend */
    assert_int_equal(world_owed(BEN, USDC), 0);
    assert_in_range(world_lent(BEN, USDC), 97, 100);
    lending_borrow(&ledger, CIS, USDC, INT64_MAX, LENDING_BY_EXCHANGE); /* no cash is left */
    assert_int_equal(lending_redeem(&ledger, BEN, USDC, 50, LENDING_BY_HAND), 0);
    shares = lending_shares_for(pool, 40, &cost);
    assert_int_equal(lending_borrow_for_shares(&ledger, BEN, USDC, 40, DAN), shares);
    assert_int_equal(world_owed(BEN, USDC), 0); /* own lend stood for it */
    assert_in_range(world_lent(BEN, USDC), 56, 60);
    assert_in_range(world_lent(DAN, USDC), 37, 40);
    world_check_pool(USDC);
}

static void test_borrow_for_shares(void **unused)
{
    struct pool *pool = state_pool(&state, USDC);
    int64_t lent;

    (void)unused;
    assert_int_equal(lending_borrow_for_shares(&ledger, BEN, USDC, 40, DAN), 40); /* an empty pool will do */
    assert_int_equal(world_held(BEN, USDC), 1000000000);
    assert_int_equal(world_owed(BEN, USDC), 40);
    assert_int_equal(world_lent(DAN, USDC), 40);
    assert_int_equal(pool->lent, 40);
    assert_int_equal(pool->borrowed, 40);
    pass(NS_A_YEAR);
    lending_accrue(&ledger, USDC);
    lent = pool->lent;
    assert_int_equal(lending_borrow_for_shares(&ledger, CIS, USDC, 1, DAN), 0); /* less than a share */
    assert_int_equal(lending_borrow_for_shares(&ledger, CIS, USDC, 100, DAN), 90);
    assert_in_range(pool->lent - lent, 98, 100);
    assert_int_equal(world_owed(CIS, USDC), pool->lent - lent);
    pool->account_max = 150;
    assert_int_equal(lending_borrow_room(&state, CIS, USDC, LENDING_BY_ORDER), 0);
    assert_in_range(lending_shares_room(&state, CIS, USDC), 50, 52);
    lending_borrow_for_shares(&ledger, CIS, USDC, 100, DAN);
    assert_in_range(world_owed(CIS, USDC), 149, 151); /* what it owes is rounded up */
    pool->account_max = 0;
    world_check_pool(USDC);
}

/* Lenders bear it by what they have lent. */
static void test_write_off(void **unused)
{
    const struct pool *pool = state_pool(&state, ETH);

    (void)unused;
    lending_lend(&ledger, ANN, ETH, 600);
    lending_lend(&ledger, DAN, ETH, 300);
    lending_borrow(&ledger, BEN, ETH, 450, LENDING_BY_HAND);
    lending_borrow(&ledger, CIS, ETH, 450, LENDING_BY_EXCHANGE);
    assert_int_equal(lending_write_off(&ledger, ANN, ETH), 0);
    assert_int_equal(lending_write_off(&ledger, BEN, ETH), 450);
    assert_int_equal(pool->written_off, 450);
    assert_int_equal(world_owed(BEN, ETH), 0);
    assert_int_equal(world_lent(ANN, ETH), 300);
    assert_int_equal(world_lent(DAN, ETH), 150);
    assert_int_equal(state.t->lending_scan, 0);
    world_check_pool(ETH);
    /* The price of a share is now half a unit. */
    assert_int_equal(lending_lend(&ledger, ANN, ETH, 7), 7);
    assert_int_equal(world_balance(ANN, ETH)->lent, 614);
    assert_int_equal(lending_redeem(&ledger, ANN, ETH, 7, LENDING_BY_HAND), 7);
    /* All of it: shares are void until they have been taken back, then the pool starts again. */
    assert_int_equal(lending_write_off(&ledger, CIS, ETH), 450);
    assert_int_equal(state.t->lending_scan, 1);
    assert_int_equal(pool->lent, 0);
    assert_int_equal(pool->lent_shares, 900);
    assert_int_equal(world_lent(ANN, ETH), 0);
    assert_int_equal(lending_utilisation(pool), 0);
    assert_int_equal(lending_lend(&ledger, ANN, ETH, 50), 0);
    assert_int_equal(lending_check(&state, ANN, ETH, LEND_LEND, 50), REASON_INVALID_QUANTITY);
    assert_int_equal(lending_borrow_for_shares(&ledger, BEN, ETH, 50, CIS), 0);
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, ETH, ANN, SYSTEM_POOL, world_balance(ANN, ETH)->lent);
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, ETH, DAN, SYSTEM_POOL, world_balance(DAN, ETH)->lent);
    assert_int_equal(lending_lend(&ledger, CIS, ETH, 50), 50);
    assert_int_equal(world_balance(CIS, ETH)->lent, 50);
    state.t->lending_scan = 0;
}

/* One lender with one share cannot make it dear for others, and who gets none keeps its money. */
static void test_share_price(void **unused)
{
    const struct pool *pool = state_pool(&state, BTC);
    const int64_t held = world_held(CIS, BTC);

    (void)unused;
    lending_lend(&ledger, ANN, BTC, 1);
    lending_borrow(&ledger, BEN, BTC, 1, LENDING_BY_EXCHANGE);
    for (int year = 0; year < 80; year++) { /* the price of a share rises to more than 1,000 units */
        pass(NS_A_YEAR);
        lending_accrue(&ledger, BTC);
    }
    assert_true(world_lent(ANN, BTC) > 1000);
    assert_int_equal(lending_check(&state, CIS, BTC, LEND_LEND, 1000), REASON_INVALID_QUANTITY);
    assert_int_equal(lending_lend(&ledger, CIS, BTC, 1000), 0);
    assert_int_equal(world_held(CIS, BTC), held);
    lending_lend(&ledger, CIS, BTC, 100000);
    lending_repay(&ledger, BEN, BTC, INT64_MAX);
    lending_redeem(&ledger, CIS, BTC, INT64_MAX, LENDING_BY_HAND);
    assert_in_range(world_held(CIS, BTC), held - 1, held);
    lending_redeem(&ledger, ANN, BTC, INT64_MAX, LENDING_BY_HAND);
    lending_redeem(&ledger, SYSTEM_FEES, BTC, INT64_MAX, LENDING_BY_HAND);
    assert_int_equal(pool->lent, world_lent(SYSTEM_RESIDUE, BTC));
}

/* The largest that there can be: nothing overflows, interest stops. */
static void test_largest(void **unused)
{
    struct pool *pool = world_set_pool(ETH, 100000000, 1000000);
    const int64_t most = LIMIT_BALANCE_UNITS;

    (void)unused;
    world_deposit(ANN, ETH, most - 1000000000);
    world_deposit(BEN, ETH, most - 1000000000);
    assert_int_equal(lending_lend(&ledger, ANN, ETH, most - 10), most - 10);
    assert_int_equal(lending_check(&state, BEN, ETH, LEND_LEND, 11), REASON_CAPACITY);
    assert_int_equal(lending_lend(&ledger, BEN, ETH, 1000), 10);
    assert_int_equal(lending_lend(&ledger, BEN, ETH, 1000), 0);
    assert_int_equal(lending_borrow(&ledger, CIS, ETH, INT64_MAX, LENDING_BY_EXCHANGE), most);
    assert_int_equal(lending_borrow_for_shares(&ledger, CIS, ETH, 5, DAN), 0);
    for (int step = 0; step < 100; step++) {
        pass(NS_A_SECOND * 86400 * 30);
        lending_accrue(&ledger, ETH);
        world_check_pool(ETH);
    }
    assert_int_equal(pool->lent, LENDING_POOL_MAX);
    assert_int_equal(pool->borrowed, LENDING_POOL_MAX);
    assert_int_equal(lending_lend(&ledger, BEN, ETH, 1000), 0);
    pass(UINT64_MAX / 2); /* centuries */
    lending_accrue(&ledger, ETH);
    assert_int_equal(world_owed(CIS, ETH), LENDING_POOL_MAX);
    assert_int_equal(lending_write_off(&ledger, CIS, ETH), LENDING_POOL_MAX);
    state.t->lending_scan = 0;
    for (uint32_t row = SYSTEM_FEES; row <= DAN; row++)
        if (row != SYSTEM_POOL)
            ledger_move_shares(&ledger, ENTRY_LENT_SHARES, ETH, row, SYSTEM_POOL, world_balance(row, ETH)->lent);
}

/* A pool whose shares are worth next to nothing takes no more of them than there is room for. */
static void test_many_shares(void **unused)
{
    struct pool *pool = state_pool(&state, ETH);

    (void)unused;
    world_deposit(ANN, ETH, LIMIT_BALANCE_UNITS - 1000000000);
    lending_lend(&ledger, ANN, ETH, LIMIT_BALANCE_UNITS);
    lending_borrow(&ledger, CIS, ETH, LIMIT_BALANCE_UNITS - 1, LENDING_BY_EXCHANGE);
    lending_write_off(&ledger, CIS, ETH);
    assert_int_equal(pool->lent, 1);
    assert_int_equal(lending_lend(&ledger, BEN, ETH, 1000), 1);
    assert_int_equal(pool->lent_shares, LENDING_POOL_MAX);
    assert_int_equal(lending_lend(&ledger, BEN, ETH, 1000), 0);
    world_check_pool(ETH);
    assert_int_equal(lending_redeem(&ledger, ANN, ETH, 1, LENDING_BY_HAND), 1);
    assert_int_equal(world_balance(ANN, ETH)->lent, 0);
}

static void test_check(void **unused)
{
    (void)unused;
    lending_lend(&ledger, ANN, BTC, 1000);
    assert_int_equal(lending_check(&state, BEN, BTC, 0, 5), REASON_BAD_COMMAND);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_REPAY + 1, 5), REASON_BAD_COMMAND);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_LEND, 0), REASON_INVALID_QUANTITY);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_LEND, 1000000000), REASON_NONE);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_LEND, 1000000001), REASON_INSUFFICIENT_BALANCE);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_REPAY, 1000000001), REASON_INSUFFICIENT_BALANCE);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_REDEEM, 1), REASON_INSUFFICIENT_BALANCE);
    assert_int_equal(lending_check(&state, ANN, BTC, LEND_REDEEM, 1000), REASON_NONE);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_BORROW, 950), REASON_NONE);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_BORROW, 951), REASON_INSUFFICIENT_BORROWABLE);
    assert_int_equal(lending_check(&state, ANN, BTC, LEND_BORROW, 1000), REASON_NONE); /* its own */
    assert_int_equal(lending_check(&state, ANN, BTC, LEND_BORROW, 1001), REASON_INSUFFICIENT_BORROWABLE);
    state_asset(&state, BTC)->flags &= (uint8_t)~ASSET_CAN_LEND;
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_LEND, 5), REASON_UNKNOWN_ASSET);
    state_pool(&state, ETH)->set = 0;
    assert_int_equal(lending_check(&state, BEN, ETH, LEND_LEND, 5), REASON_UNKNOWN_ASSET);
}

/* 1,000 USDC of collateral for coins that are none: their value and a tenth of it. */
static void test_check_margin(void **unused)
{
    (void)unused;
    state_asset(&state, BTC)->weight = state_asset(&state, ETH)->weight = 0;
    world_deposit(ANN, BTC, 9000000000);
    lending_lend(&ledger, ANN, BTC, 10000000000);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_BORROW, 909000000), REASON_NONE);
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_BORROW, 910000000), REASON_INSUFFICIENT_MARGIN);
    state_asset(&state, BTC)->index = state_asset(&state, BTC)->index_raw = 0;
    assert_int_equal(lending_check(&state, BEN, BTC, LEND_BORROW, 1), REASON_NO_PRICE);
}

/* All pools, whatever there is in them: what a tick spends on interest. */
static void test_speed(void **unused)
{
    uint64_t best = UINT64_MAX;

    (void)unused;
    while (!table_full(&state.assets)) {
        struct asset *asset = state_asset(&state, table_take(&state.assets));

        *asset = *state_asset(&state, BTC);
        memset(asset->system, 0, sizeof asset->system); /* their balances are BTC's */
    }
    for (uint32_t asset = 1; asset <= LIMIT_ASSETS; asset++) {
        world_set_pool(asset, 100000, 100000);
        world_deposit(ANN, asset, LIMIT_BALANCE_UNITS / 2);
        lending_lend(&ledger, ANN, asset, LIMIT_BALANCE_UNITS / 2);
        lending_borrow(&ledger, BEN, asset, LIMIT_BALANCE_UNITS / 4, LENDING_BY_HAND);
    }
    for (int round = 0; round < 200; round++) {
        struct timespec from, to;
        uint64_t ns;

        pass(NS_A_SECOND * 3600);
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (uint32_t asset = 1; asset <= LIMIT_ASSETS; asset++)
            lending_accrue(&ledger, asset);
        clock_gettime(CLOCK_MONOTONIC, &to);
        ns = (uint64_t)(to.tv_sec - from.tv_sec) * 1000000000 + (uint64_t)to.tv_nsec - (uint64_t)from.tv_nsec;
        best = ns < best ? ns : best;
    }
    print_message("interest of %d pools: %.1f us\n", LIMIT_ASSETS, (double)best / 1e3);
#ifdef __SANITIZE_ADDRESS__
    best /= 10;
#endif
    assert_true(best < 100000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_lend_and_redeem), TEST(test_misuse), TEST(test_interest), TEST(test_dust), TEST(test_fractions),
        TEST(test_all_borrowed), TEST(test_throttle), TEST(test_caps), TEST(test_cover), TEST(test_reach_is_throttled),
        TEST(test_net), TEST(test_borrow_for_shares), TEST(test_write_off), TEST(test_share_price), TEST(test_largest),
        TEST(test_many_shares), TEST(test_check), TEST(test_check_margin), TEST(test_speed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
