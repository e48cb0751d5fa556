/* Whose turn it is: a debtor's coins before the fund, coins that no market sells, borrows that nobody pays. Numbers
 * worked out by hand: a loser of 100 USDC (100 lots, the mark falls from 10,000 to 9,000) against one winner. */
#include "world.h"

#include "unit.h"

static struct fixture fixture;

enum { LOSER = 1, WINNER, THIRD };
enum { BTC_UNITS = 20000000, LOT_ETH = 1000000 };
#define USDC(whole) ((int64_t)(whole)*WORLD_USDC)

static uint32_t loser(void)
{
    return fixture_subaccount(LOSER);
}

static int64_t coins(uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = state_find_balance(fixture.state, subaccount, asset);

    return row ? state_balance(fixture.state, row)->amount : 0;
}

static int64_t debt(void)
{
    return world_account(&fixture, LOSER)->debt;
}

/* The loser has 20 USDC and coins; after the next pass it owes 80. */
static void start(uint32_t asset, int64_t units)
{
    world_open(&fixture);
    fixture_add_user(&fixture, 20);
    fixture_add_user(&fixture, 500);
    fixture_add_user(&fixture, 10000);
    if (units > 0)
        fixture_deposit(&fixture, loser(), asset, units);
    fixture_run(&fixture);
    world_trade(&fixture, FIXTURE_PERP, LOSER, WINNER, 100, 100000);
    world_mark(&fixture, FIXTURE_PERP, 90000);
}

static void owe(void)
{
    world_pass(&fixture);
    world_trade(&fixture, FIXTURE_PERP, WINNER, LOSER, 100, 90000);
}

static void set_fund(int64_t held, int64_t floor)
{
    fixture_deposit(&fixture, SYSTEM_FUND, FIXTURE_USDC, held);
    assert_int_equal(world_answer(&fixture), REASON_NONE);
    fixture.state->t->fund_floor = (uint64_t)floor;
}

static void set_index(uint32_t asset, uint64_t usdc)
{
    const struct input_index index = { .header = { .kind = INPUT_INDEX }, .asset = (uint16_t)asset,
                                       .price = usdc * UINT64_C(1000000000000) };

    fixture_add(&fixture, &index, sizeof index);
    fixture_run(&fixture);
}

static enum reason write_off(void)
{
    const struct input_write_off off = { .header = { .kind = INPUT_WRITE_OFF, .subaccount = loser() } };

    fixture_add(&fixture, &off, sizeof off);
    return world_answer(&fixture);
}

static enum reason withdraw(uint32_t asset, int64_t units)
{
    const struct input_withdraw record = { .header = { .kind = INPUT_WITHDRAW, .subaccount = loser() }, .id = "coin",
                                           .asset = (uint16_t)asset, .amount = units };

    fixture_add(&fixture, &record, sizeof record);
    return world_answer(&fixture);
}

/* --- coins --- */

/* Nobody sells BTC here: the fund buys what is owed, as far as it can, and the debtor can't take the rest away. */
static void test_coin_without_a_market(void **state)
{
    (void)state;
    start(FIXTURE_BTC, BTC_UNITS); /* 0.2: 2000 USDC */
    set_fund(USDC(120), USDC(70));
    owe(); /* 50 of the fund: 0.005 */
    assert_int_equal(debt(), USDC(30));
    assert_int_equal(coins(loser(), FIXTURE_BTC), BTC_UNITS - 500000);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_BTC), 500000);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_USDC), USDC(70));
    world_tick(&fixture);
    assert_int_equal(debt(), USDC(30));
    assert_int_equal(withdraw(FIXTURE_BTC, 1), REASON_NEGATIVE_EQUITY);
    assert_int_equal(write_off(), REASON_FUND_FIRST);
    set_fund(USDC(1000), USDC(70));
    world_tick(&fixture);
    assert_int_equal(debt(), 0);
    assert_int_equal(coins(loser(), FIXTURE_BTC), BTC_UNITS - 800000);
    assert_int_equal(coins(loser(), FIXTURE_USDC), 0);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_BTC), 800000);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->fund_paid, 0);
    world_pass(&fixture);
    assert_int_equal(coins(fixture_subaccount(WINNER), FIXTURE_USDC), USDC(600));
    fixture_close(&fixture);
}

/* A unit of BTC at 33,333 is worth 333.33 units: 240,003 of them are the least that bring 80 USDC, and 0.99 of a unit
 * goes to the fund. */
static void test_rounding_to_the_fund(void **state)
{
    (void)state;
    start(FIXTURE_BTC, BTC_UNITS);
    set_fund(USDC(1000), 0);
    set_index(FIXTURE_BTC, 33333);
    owe();
    assert_int_equal(debt(), 0);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_BTC), 240003);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_USDC), USDC(920) - 199);
    assert_int_equal(coins(loser(), FIXTURE_USDC), 199);
    fixture_close(&fixture);
}

/* The fund has a unit less than the coins are worth: a coin's unit less, and never below the floor. */
static void test_floor_of_the_fund(void **state)
{
    (void)state;
    start(FIXTURE_BTC, BTC_UNITS);
    set_fund(USDC(80) + 198, 0);
    set_index(FIXTURE_BTC, 33333);
    owe();
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_BTC), 240002);
    assert_int_equal(debt(), 80000000 - 79999866);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_USDC), 198 + 134);
    fixture_close(&fixture);
}

/* Coins that are lent come back as needed; those that the pool lacks keep the debt where it is. */
static void test_lent_coin(void **state)
{
    (void)state;
    start(FIXTURE_BTC, BTC_UNITS);
    set_fund(USDC(1000), 0);
    world_pool(&fixture, FIXTURE_BTC);
    world_lend(&fixture, LOSER, FIXTURE_BTC, LEND_LEND, BTC_UNITS);
    assert_int_equal(lending_borrow(&fixture.exchange->ledger, fixture_subaccount(THIRD), FIXTURE_BTC,
                                    BTC_UNITS - 300000, LENDING_BY_EXCHANGE), BTC_UNITS - 300000);
    owe();
    assert_int_equal(debt(), USDC(50));
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_BTC), 300000);
    world_tick(&fixture);
    assert_int_equal(debt(), USDC(50));
    assert_int_equal(write_off(), REASON_FUND_FIRST);
    world_lend(&fixture, THIRD, FIXTURE_BTC, LEND_REPAY, 0);
    world_tick(&fixture);
    assert_int_equal(debt(), 0);
    assert_int_equal(lending_lent_by(fixture.state, loser(), FIXTURE_BTC), BTC_UNITS - 800000);
    fixture_close(&fixture);
}

/* Less than a lot, which no book takes: 19.99998 USDC to the fund, and then the fund pays the rest. */
static void test_coin_below_a_lot(void **state)
{
    (void)state;
    start(FIXTURE_ETH, LOT_ETH - 1);
    set_fund(USDC(1000), 0);
    owe();
    assert_int_equal(debt(), USDC(80) - 19999980);
    assert_int_equal(coins(loser(), FIXTURE_ETH), 0);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_ETH), LOT_ETH - 1);
    world_tick(&fixture);
    assert_int_equal(debt(), 0);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->fund_paid, USDC(80) - 19999980);
    fixture_close(&fixture);
}

/* A market that nobody bids in, or that is closed: conversion waits, and so does the fund. */
static void test_market_that_waits(void **state)
{
    const struct input_market_state closed = { .header = { .kind = INPUT_MARKET_STATE }, .market = FIXTURE_SPOT,
                                               .state = CARD_STATE_CANCEL_ONLY };

    (void)state;
    start(FIXTURE_ETH, LOT_ETH);
    set_fund(USDC(1000), 0);
    owe();
    world_tick(&fixture);
    assert_int_equal(debt(), USDC(80));
    fixture_add(&fixture, &closed, sizeof closed);
    assert_int_equal(world_answer(&fixture), REASON_NONE);
    world_tick(&fixture);
    assert_int_equal(debt(), USDC(80));
    assert_int_equal(coins(loser(), FIXTURE_ETH), LOT_ETH);
    assert_int_equal(write_off(), REASON_FUND_FIRST);
    fixture_close(&fixture);
}

/* Without an index nobody knows what a coin is worth, a frozen one says what it was worth: both wait. One that is worth
 * less than a unit is nothing. */
static void test_coin_without_an_index(void **state)
{
    struct asset *asset;

    (void)state;
    start(FIXTURE_BTC, 1);
    owe();
    asset = state_asset(fixture.state, FIXTURE_BTC);
    asset->price_flags |= PRICE_FROZEN;
    set_fund(USDC(1000), 0);
    world_tick(&fixture);
    assert_int_equal(debt(), USDC(80));
    asset->price_flags = 0;
    asset->index = asset->index_raw = 0;
    world_tick(&fixture);
    assert_int_equal(debt(), USDC(80));
    asset->index = asset->index_raw = UINT64_C(99) * 1000000000000; /* 0.99 of a unit */
    world_tick(&fixture);
    assert_int_equal(debt(), 0);
    assert_int_equal(coins(loser(), FIXTURE_BTC), 1);
    fixture_close(&fixture);
}

/* SYSTEM_FEES owes a unit and holds lend shares of a coin: it sends no order, the fund pays. */
static void test_fees_in_debt(void **state)
{
    struct ledger *ledger;

    (void)state;
    world_open(&fixture);
    ledger = &fixture.exchange->ledger;
    fixture_add_user(&fixture, 1000);
    world_pool(&fixture, FIXTURE_ETH);
    fixture_deposit(&fixture, fixture_subaccount(1), FIXTURE_ETH, 10 * LOT_ETH);
    fixture_run(&fixture);
    world_lend(&fixture, 1, FIXTURE_ETH, LEND_LEND, 0);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 1990, 1);
    fixture_run(&fixture);
    ledger_move_shares(ledger, ENTRY_LENT_SHARES, FIXTURE_ETH, fixture_subaccount(1), SYSTEM_FEES, 5 * LOT_ETH);
    ledger_oblige(ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, fixture_subaccount(1), 1);
    ledger_oblige(ledger, ENTRY_DEBT, SYSTEM_CUSTODY, SYSTEM_FEES, 1);
    state_position(fixture.state, state_market(fixture.state, FIXTURE_PERP)->fee_position)->debt = 1;
    world_tick(&fixture);
    assert_int_equal(state_subaccount(fixture.state, SYSTEM_FEES)->debt, 1);
    set_fund(1, 0);
    world_tick(&fixture);
    assert_int_equal(state_subaccount(fixture.state, SYSTEM_FEES)->debt, 0);
    assert_int_equal(lending_lent_by(fixture.state, SYSTEM_FEES, FIXTURE_ETH), 5 * LOT_ETH);
    fixture_close(&fixture);
}

/* --- borrows --- */

/* A borrow, and what it brought is gone: the loser has nothing. The lender is the third. */
static void lose_a_borrow(uint32_t asset, int64_t lent, int64_t borrowed)
{
    struct ledger *ledger = &fixture.exchange->ledger;

    world_pool(&fixture, asset);
    fixture_deposit(&fixture, fixture_subaccount(THIRD), asset, lent);
    fixture_run(&fixture);
    world_lend(&fixture, THIRD, asset, LEND_LEND, lent);
    assert_int_equal(lending_borrow(ledger, loser(), asset, borrowed, LENDING_BY_EXCHANGE), borrowed);
    ledger_move(ledger, ENTRY_TRANSFER, asset, loser(), fixture_subaccount(WINNER), borrowed);
}

static void start_without_positions(int64_t usdc)
{
    world_open(&fixture);
    fixture_add_user(&fixture, usdc);
    fixture_add_user(&fixture, 500);
    fixture_add_user(&fixture, 0);
}

/* 100 are owed, the fund has 30 above its floor: lenders lose 70 of 1000. */
static void test_borrow_written_off(void **state)
{
    (void)state;
    start_without_positions(0);
    lose_a_borrow(FIXTURE_USDC, USDC(1000), USDC(100));
    fixture_deposit(&fixture, loser(), FIXTURE_USDC, USDC(500));
    set_fund(USDC(100), USDC(70));
    assert_int_equal(world_apart(&fixture, LOSER), USDC(500));
    assert_int_equal(write_off(), REASON_NONE);
    assert_int_equal(world_borrowed(&fixture, LOSER), 0);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_USDC), USDC(70));
    assert_int_equal(world_lent(&fixture, THIRD), USDC(930));
    assert_int_equal(world_notices(&fixture, NOTICE_LEND_INDEX_FELL), 1);
    assert_int_equal(world_notice(&fixture, NOTICE_LEND_INDEX_FELL)->amount[0], USDC(70));
    assert_int_equal(world_notice(&fixture, NOTICE_LEND_INDEX_FELL)->amount[1], USDC(1000));
    assert_null(world_notice(&fixture, NOTICE_WRITTEN_OFF));
    assert_int_equal(world_apart(&fixture, LOSER), 0); /* nothing is owed any more */
    assert_int_equal(fixture_balance(&fixture, LOSER, FIXTURE_USDC), USDC(500));
    assert_int_equal(write_off(), REASON_CONFLICT);
    fixture_close(&fixture);
}

/* The fund has enough: nobody loses anything, and nothing is published. */
static void test_borrow_paid_by_the_fund(void **state)
{
    (void)state;
    start_without_positions(0);
    lose_a_borrow(FIXTURE_USDC, USDC(1000), USDC(100));
    set_fund(USDC(170), USDC(70));
    assert_int_equal(write_off(), REASON_NONE);
    assert_int_equal(world_lent(&fixture, THIRD), USDC(1000));
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_USDC), USDC(70));
    assert_null(world_notice(&fixture, NOTICE_LEND_INDEX_FELL));
    fixture_close(&fixture);
}

/* As long as it has anything of value, or a position, it is not the lenders' turn. Its own units of the coin that it
 * owes go to the borrow. */
static void test_borrow_with_means(void **state)
{
    (void)state;
    start_without_positions(20);
    lose_a_borrow(FIXTURE_ETH, 1000 * LOT_ETH, 100 * LOT_ETH);
    assert_int_equal(write_off(), REASON_FUND_FIRST);
    ledger_move(&fixture.exchange->ledger, ENTRY_TRANSFER, FIXTURE_USDC, loser(), fixture_subaccount(WINNER), USDC(20));
    world_trade(&fixture, FIXTURE_PERP, LOSER, WINNER, 100, 100000);
    assert_int_equal(write_off(), REASON_FUND_FIRST);
    world_trade(&fixture, FIXTURE_PERP, WINNER, LOSER, 100, 100000);
    ledger_move(&fixture.exchange->ledger, ENTRY_TRANSFER, FIXTURE_ETH, fixture_subaccount(WINNER), loser(), LOT_ETH);
    assert_int_equal(write_off(), REASON_NONE);
    assert_int_equal(world_notice(&fixture, NOTICE_LEND_INDEX_FELL)->amount[0], 99 * LOT_ETH);
    assert_int_equal(coins(loser(), FIXTURE_ETH), 0);
    fixture_close(&fixture);
}

/* All that was lent is lost: the shares are void, and the pool starts again at a share a unit. Of a coin the fund pays
 * what it has of it. */
static void test_pool_that_is_lost(void **state)
{
    const struct pool *pool;

    (void)state;
    start_without_positions(0);
    pool = state_pool(fixture.state, FIXTURE_ETH);
    lose_a_borrow(FIXTURE_ETH, 100 * LOT_ETH, 100 * LOT_ETH);
    assert_int_equal(write_off(), REASON_NONE);
    assert_int_equal(pool->lent, 0);
    world_tick(&fixture);
    assert_int_equal(pool->lent_shares, 0);
    lose_a_borrow(FIXTURE_ETH, 50 * LOT_ETH, 50 * LOT_ETH);
    assert_int_equal(pool->lent_shares, 50 * LOT_ETH);
    fixture_deposit(&fixture, SYSTEM_FUND, FIXTURE_ETH, 30 * LOT_ETH);
    fixture_run(&fixture);
    assert_int_equal(write_off(), REASON_NONE);
    assert_int_equal(world_notice(&fixture, NOTICE_LEND_INDEX_FELL)->amount[0], 20 * LOT_ETH);
    assert_int_equal(lending_lent_by(fixture.state, fixture_subaccount(THIRD), FIXTURE_ETH), 30 * LOT_ETH);
    assert_int_equal(coins(SYSTEM_FUND, FIXTURE_ETH), 0);
    fixture_close(&fixture);
}

/* A debt and a borrow: the debt is the claimants' loss, the borrow the lenders'. */
static void test_debt_and_borrow(void **state)
{
    (void)state;
    start(FIXTURE_ETH, 0);
    owe();
    lose_a_borrow(FIXTURE_ETH, 100 * LOT_ETH, 10 * LOT_ETH);
    fixture_deposit(&fixture, loser(), FIXTURE_USDC, USDC(5));
    fixture_run(&fixture);
    assert_int_equal(write_off(), REASON_NONE);
    assert_int_equal(debt(), 0);
    assert_int_equal(world_notice(&fixture, NOTICE_WRITTEN_OFF)->amount[0], USDC(80));
    assert_int_equal(world_notice(&fixture, NOTICE_LEND_INDEX_FELL)->amount[0], 10 * LOT_ETH);
    assert_int_equal(fixture_balance(&fixture, LOSER, FIXTURE_USDC), USDC(5));
    world_pass(&fixture);
    assert_int_equal(world_account(&fixture, WINNER)->claim, 0);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coin_without_a_market), cmocka_unit_test(test_rounding_to_the_fund),
        cmocka_unit_test(test_floor_of_the_fund),     cmocka_unit_test(test_lent_coin),
        cmocka_unit_test(test_coin_below_a_lot),      cmocka_unit_test(test_market_that_waits),
        cmocka_unit_test(test_coin_without_an_index), cmocka_unit_test(test_fees_in_debt),
        cmocka_unit_test(test_borrow_written_off),    cmocka_unit_test(test_borrow_paid_by_the_fund),
        cmocka_unit_test(test_borrow_with_means),     cmocka_unit_test(test_pool_that_is_lost),
        cmocka_unit_test(test_debt_and_borrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
