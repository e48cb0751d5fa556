/* What pays for a loss, one thing after the other, with numbers worked out by hand: a loser of 100 USDC (100 lots, the
 * mark falls from 10,000 to 9,000) against one winner. */
#include "world.h"

#include "unit.h"

static struct fixture fixture;

enum { LOSER = 1, WINNER, THIRD, FOURTH };
#define USDC(whole) ((int64_t)(whole)*WORLD_USDC)

/* The position is on, the mark has fallen; the next pass settles it. `coins`: units of ETH that the loser has. */
static void start_with_coins(int64_t loser, int64_t winner, int64_t coins)
{
    world_open(&fixture);
    fixture_add_user(&fixture, loser);
    fixture_add_user(&fixture, winner);
    fixture_add_user(&fixture, 10000);
    fixture_add_user(&fixture, 10000);
    if (coins > 0)
        fixture_deposit(&fixture, fixture_subaccount(LOSER), FIXTURE_ETH, coins);
    fixture_run(&fixture);
    world_trade(&fixture, FIXTURE_PERP, LOSER, WINNER, 100, 100000);
    world_mark(&fixture, FIXTURE_PERP, 90000);
}

static void start(int64_t loser, int64_t winner)
{
    start_with_coins(loser, winner, 0);
}

/* Both go out of the market where it stands. */
static void close_positions(void)
{
    world_trade(&fixture, FIXTURE_PERP, WINNER, LOSER, 100, 90000);
}

static void expect_usdc(uint32_t user, int64_t held, int64_t lent, int64_t borrowed, int64_t claim, int64_t debt)
{
    const struct subaccount *account = world_account(&fixture, user);

    assert_int_equal(fixture_balance(&fixture, user, FIXTURE_USDC), held);
    assert_int_equal(world_lent(&fixture, user), lent);
    assert_int_equal(world_borrowed(&fixture, user), borrowed);
    assert_int_equal(account->claim, claim);
    assert_int_equal(account->debt, debt);
    assert_int_equal(account->credit, 0);
}

static enum reason accept(uint32_t user, int64_t amount)
{
    const struct input_apart apart = { .header = { .kind = INPUT_APART, .subaccount = fixture_subaccount(user) },
                                       .amount = amount };

    fixture_add(&fixture, &apart, sizeof apart);
    return world_answer(&fixture);
}

static enum reason write_off(uint32_t user)
{
    const struct input_write_off off = { .header = { .kind = INPUT_WRITE_OFF,
                                                     .subaccount = fixture_subaccount(user) } };

    fixture_add(&fixture, &off, sizeof off);
    return world_answer(&fixture);
}

static void set_fund(int64_t held, int64_t floor)
{
    fixture_deposit(&fixture, SYSTEM_FUND, FIXTURE_USDC, held);
    assert_int_equal(world_answer(&fixture), REASON_NONE);
    fixture.state->t->fund_floor = (uint64_t)floor;
}

static void test_cash(void **state)
{
    (void)state;
    start(150, 500);
    world_pass(&fixture);
    expect_usdc(LOSER, USDC(50), 0, 0, 0, 0);
    expect_usdc(WINNER, USDC(600), 0, 0, 0, 0);
    assert_int_equal(world_notice(&fixture, NOTICE_SETTLED)->amount[0], USDC(100));
    assert_int_equal(world_notice(&fixture, NOTICE_SETTLED)->amount[1], USDC(100));
    world_pass(&fixture); /* nothing more */
    assert_null(world_notice(&fixture, NOTICE_SETTLED));
    expect_usdc(WINNER, USDC(600), 0, 0, 0, 0);
    assert_int_equal(fixture_position(&fixture, LOSER, FIXTURE_PERP), 100);
    fixture_close(&fixture);
}

/* 30 held, 200 lent: 30 and then 70 of the lend. */
static void test_own_lend(void **state)
{
    (void)state;
    start(230, 500);
    world_pool(&fixture, FIXTURE_USDC);
    world_lend(&fixture, LOSER, FIXTURE_USDC, LEND_LEND, USDC(200));
    world_pass(&fixture);
    expect_usdc(LOSER, 0, USDC(130), 0, 0, 0);
    expect_usdc(WINNER, USDC(600), 0, 0, 0, 0);
    fixture_close(&fixture);
}

/* The same, and somebody has borrowed all of it: the winner gets the lend itself. */
static void test_own_lend_without_cash(void **state)
{
    (void)state;
    start(230, 500);
    world_pool(&fixture, FIXTURE_USDC);
    world_lend(&fixture, LOSER, FIXTURE_USDC, LEND_LEND, USDC(200));
    fixture_deposit(&fixture, fixture_subaccount(THIRD), FIXTURE_BTC, 100000000);
    fixture_run(&fixture);
    world_lend(&fixture, THIRD, FIXTURE_USDC, LEND_BORROW, USDC(190));
    world_pass(&fixture); /* 10 of the 70 are there in cash */
    expect_usdc(LOSER, 0, USDC(130), 0, 0, 0);
    expect_usdc(WINNER, USDC(540), USDC(60), 0, 0, 0);
    assert_int_equal(world_notice(&fixture, NOTICE_LENT_SHARES_PAID)->amount[0], USDC(60));
    fixture_close(&fixture);
}

/* 20 held, a coin as collateral: the rest is borrowed. */
static void test_borrow(void **state)
{
    (void)state;
    start_with_coins(20, 500, 100000000);
    world_pool(&fixture, FIXTURE_USDC);
    world_lend(&fixture, THIRD, FIXTURE_USDC, LEND_LEND, USDC(1000));
    world_pass(&fixture);
    expect_usdc(LOSER, 0, 0, USDC(80), 0, 0);
    expect_usdc(WINNER, USDC(600), 0, 0, 0, 0);
    fixture_close(&fixture);
}

/* Nobody has lent: the winner is paid in what the loser's borrow owes. */
static void test_borrow_without_cash(void **state)
{
    (void)state;
    start_with_coins(20, 500, 100000000);
    world_pool(&fixture, FIXTURE_USDC);
    world_pass(&fixture);
    expect_usdc(LOSER, 0, 0, USDC(80), 0, 0);
    expect_usdc(WINNER, USDC(520), USDC(80), 0, 0, 0);
    fixture_close(&fixture);
}

/* Collateral of 0.04 ETH x 2000 x 0.9 = 72: 72 are borrowed, 8 are a debt. */
static void test_limit_of_the_borrow(void **state)
{
    (void)state;
    start_with_coins(20, 500, 4000000);
    world_pool(&fixture, FIXTURE_USDC);
    world_lend(&fixture, THIRD, FIXTURE_USDC, LEND_LEND, USDC(1000));
    world_pass(&fixture);
    expect_usdc(LOSER, 0, 0, USDC(72), 0, USDC(8));
    expect_usdc(WINNER, USDC(592), 0, 0, USDC(8), 0);
    fixture_close(&fixture);
}

/* vPnL: cash stays where it is, losses are borrowed, profit is lent. */
static void test_virtual(void **state)
{
    (void)state;
    start(150, 500);
    world_flags(&fixture, LOSER, SUBACCOUNT_VPNL);
    world_flags(&fixture, WINNER, SUBACCOUNT_VPNL);
    world_pool(&fixture, FIXTURE_USDC);
    world_pass(&fixture);
    expect_usdc(LOSER, USDC(150), 0, USDC(100), 0, 0);
    expect_usdc(WINNER, USDC(500), USDC(100), 0, 0, 0);
    world_mark(&fixture, FIXTURE_PERP, 96000); /* 60 back: the borrow and the lend fall */
    world_pass(&fixture);
    expect_usdc(LOSER, USDC(150), 0, USDC(40), 0, 0);
    expect_usdc(WINNER, USDC(500), USDC(40), 0, 0, 0);
    fixture_close(&fixture);
}

/* Limit of a vPnL borrow is its collateral, cash included: what it holds goes then, before anything is owed. */
static void test_virtual_beyond_the_limit(void **state)
{
    (void)state;
    start(70, 500);
    world_flags(&fixture, LOSER, SUBACCOUNT_VPNL);
    world_pool(&fixture, FIXTURE_USDC);
    world_lend(&fixture, THIRD, FIXTURE_USDC, LEND_LEND, USDC(1000));
    world_pass(&fixture);
    expect_usdc(LOSER, USDC(40), 0, USDC(70), 0, 0);
    fixture_close(&fixture);
}

/* A debt at once; orders go, new ones are refused; claims are what winners are short of. */
static void test_debt(void **state)
{
    (void)state;
    world_open(&fixture);
    fixture_add_user(&fixture, 20);
    fixture_add_user(&fixture, 500);
    fixture_order(&fixture, LOSER, FIXTURE_SPOT, CARD_SIDE_BUY, 1000, 1); /* locks 10 of the 20, and a fee */
    fixture_run(&fixture);
    world_trade(&fixture, FIXTURE_PERP, LOSER, WINNER, 100, 100000);
    world_mark(&fixture, FIXTURE_PERP, 90000);
    world_pass(&fixture);
    assert_int_equal(world_notices(&fixture, NOTICE_DEBT), 1);
    fixture_run_until_done(&fixture);
    assert_null(fixture_find_order(&fixture, LOSER, 1));
    assert_int_equal(world_account(&fixture, LOSER)->debt, USDC(90) + 7000 + 1);
    world_tick(&fixture);
    world_pass(&fixture); /* what the order had locked has paid, and was split over the claims */
    expect_usdc(LOSER, 0, 0, 0, 0, USDC(80));
    expect_usdc(WINNER, USDC(520), 0, 0, USDC(80), 0);
    fixture_order(&fixture, LOSER, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 1);
    fixture_run(&fixture);
    fixture_expect(&fixture, LOSER, 0, REPORT_REJECTED, REASON_NEGATIVE_EQUITY, 0);
    fixture_close(&fixture);
}

/* While it has a position the fund does not pay; then it does, down to its floor. */
static void test_fund(void **state)
{
    (void)state;
    start(20, 500);
    set_fund(USDC(120), USDC(70));
    world_pass(&fixture);
    world_tick(&fixture);
    assert_int_equal(world_account(&fixture, LOSER)->debt, USDC(80));
    close_positions();
    world_tick(&fixture);
    assert_int_equal(world_account(&fixture, LOSER)->debt, USDC(30));
    assert_int_equal(world_notice(&fixture, NOTICE_DEBT_PAID)->amount[2], NOTICE_BY_FUND);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->fund_paid, USDC(50));
    expect_usdc(WINNER, USDC(520), 0, 0, USDC(80), 0); /* until the next pass */
    world_pass(&fixture);
    expect_usdc(WINNER, USDC(570), 0, 0, USDC(30), 0);
    set_fund(USDC(100), USDC(70));
    world_pass(&fixture);
    expect_usdc(LOSER, 0, 0, 0, 0, 0);
    world_pass(&fixture);
    expect_usdc(WINNER, USDC(600), 0, 0, 0, 0);
    fixture_close(&fixture);
}

static void test_cap_of_the_fund(void **state)
{
    (void)state;
    start(20, 500);
    set_fund(USDC(1000), 0);
    state_market(fixture.state, FIXTURE_PERP)->fund_cap = USDC(25);
    world_pass(&fixture);
    close_positions();
    world_tick(&fixture);
    world_tick(&fixture);
    assert_int_equal(world_account(&fixture, LOSER)->debt, USDC(55));
    fixture_close(&fixture);
}

/* Losses of 30 and 90 in two markets, 100 of them not paid: the debt is split 25 : 75. */
static void test_split_of_a_debt(void **state)
{
    const struct state *rows;

    (void)state;
    world_open(&fixture);
    rows = fixture.state;
    fixture_add_user(&fixture, 20);
    fixture_add_user(&fixture, 500);
    world_trade(&fixture, FIXTURE_PERP, LOSER, WINNER, 100, 100000);
    world_trade(&fixture, WORLD_PERP_2, LOSER, WINNER, 100, 20000);
    fixture_marks(&fixture, FIXTURE_PERP, 97000);  /* -300 USDC a coin, 0.1 coins */
    fixture_marks(&fixture, WORLD_PERP_2, 19100); /* -90 USDC a coin, 1 coin */
    fixture_run(&fixture);
    world_pass(&fixture);
    assert_int_equal(world_account(&fixture, LOSER)->debt, USDC(100));
    assert_int_equal(state_position(rows, state_find_position(rows, fixture_subaccount(LOSER), FIXTURE_PERP))->debt,
                     USDC(25));
    assert_int_equal(state_position(rows, state_find_position(rows, fixture_subaccount(LOSER), WORLD_PERP_2))->debt,
                     USDC(75));
    fixture_close(&fixture);
}

/* A deposit of a debtor is apart, is its own, and pays only what the fund can't and the owner accepts. */
static void test_deposit_apart(void **state)
{
    (void)state;
    start(20, 500);
    set_fund(USDC(120), USDC(70));
    world_pass(&fixture);
    fixture_deposit(&fixture, fixture_subaccount(LOSER), FIXTURE_USDC, USDC(100));
    fixture_run(&fixture);
    assert_int_equal(world_apart(&fixture, LOSER), USDC(100));
    assert_int_equal(world_notice(&fixture, NOTICE_HELD_APART)->amount[2], USDC(80));
    expect_usdc(LOSER, 0, 0, 0, 0, USDC(80));
    assert_int_equal(accept(LOSER, USDC(100)), REASON_FUND_FIRST); /* it has a position */
    close_positions();
    assert_int_equal(accept(LOSER, USDC(100)), REASON_FUND_FIRST); /* the fund could pay */
    world_tick(&fixture);
    assert_int_equal(accept(LOSER, USDC(10)), REASON_NONE);
    expect_usdc(LOSER, 0, 0, 0, 0, USDC(20));
    assert_int_equal(world_apart(&fixture, LOSER), USDC(90));
    assert_int_equal(accept(LOSER, USDC(100)), REASON_NONE); /* no more than the debt; the rest is free */
    expect_usdc(LOSER, USDC(70), 0, 0, 0, 0);
    assert_int_equal(world_apart(&fixture, LOSER), 0);
    assert_int_equal(world_notice(&fixture, NOTICE_FREED)->amount[0], USDC(70));
    assert_int_equal(accept(LOSER, USDC(1)), REASON_CONFLICT);
    world_pass(&fixture);
    expect_usdc(WINNER, USDC(600), 0, 0, 0, 0);
    fixture_close(&fixture);
}

/* Equity was below 0 for a moment, and no pass has made a debt of it. */
static void test_apart_without_a_debt(void **state)
{
    (void)state;
    start(20, 500);
    fixture_deposit(&fixture, fixture_subaccount(LOSER), FIXTURE_USDC, USDC(100));
    fixture_run(&fixture);
    assert_int_equal(world_apart(&fixture, LOSER), USDC(100));
    world_mark(&fixture, FIXTURE_PERP, 99000); /* -10: 20 are enough */
    world_pass(&fixture);
    assert_int_equal(world_apart(&fixture, LOSER), 0);
    expect_usdc(LOSER, USDC(110), 0, 0, 0, 0);
    fixture_close(&fixture);
}

/* Profit waits: fresh_seconds from the end of its minute at the latest; a loss takes it away again. */
static void test_fresh_profit(void **state)
{
    const uint64_t minute = UINT64_C(60000000000);

    (void)state;
    start(150, 500);
    fixture.state->t->fresh_seconds = 30;
    fixture.time_ns = (fixture.time_ns / minute + 1) * minute - 1000000;
    fixture_run(&fixture); /* a pass, in the first second of a minute */
    assert_int_equal(settlement_fresh(fixture.state, fixture_subaccount(WINNER)), USDC(100));
    assert_int_equal(settlement_fresh(fixture.state, fixture_subaccount(LOSER)), 0);
    world_mark(&fixture, FIXTURE_PERP, 93000);
    world_pass(&fixture);
    assert_int_equal(settlement_fresh(fixture.state, fixture_subaccount(WINNER)), USDC(70));
    assert_int_equal(settlement_fresh(fixture.state, fixture_subaccount(LOSER)), USDC(30));
    fixture.time_ns = (fixture.time_ns / minute + 1) * minute + 29000000000;
    fixture_run(&fixture);
    assert_int_equal(settlement_fresh(fixture.state, fixture_subaccount(WINNER)), USDC(70));
    fixture.time_ns += 1000000000;
    fixture_run(&fixture);
    assert_int_equal(settlement_fresh(fixture.state, fixture_subaccount(WINNER)), 0);
    fixture_close(&fixture);
}

/* Nothing is left: claims fall, and everybody knows. */
static void test_write_off(void **state)
{
    (void)state;
    start(20, 500);
    world_pass(&fixture);
    assert_int_equal(write_off(LOSER), REASON_FUND_FIRST);
    assert_int_equal(write_off(WINNER), REASON_CONFLICT);
    close_positions();
    assert_int_equal(write_off(LOSER), REASON_NONE);
    assert_int_equal(world_notice(&fixture, NOTICE_WRITTEN_OFF)->amount[0], USDC(80));
    assert_int_equal(world_notice(&fixture, NOTICE_WRITTEN_OFF)->amount[1], 0);
    expect_usdc(LOSER, 0, 0, 0, 0, 0);
    world_pass(&fixture);
    expect_usdc(WINNER, USDC(520), 0, 0, 0, 0);
    fixture_close(&fixture);
}

/* The winner with 520 and a claim of 80 loses 560 to a third: cash, then 40 of the claim, which the third holds. */
static void test_own_claim(void **state)
{
    (void)state;
    start(20, 500);
    world_pass(&fixture);
    close_positions();
    world_trade(&fixture, FIXTURE_PERP, WINNER, THIRD, 560, 90000);
    world_mark(&fixture, FIXTURE_PERP, 80000);
    world_pass(&fixture);
    expect_usdc(WINNER, 0, 0, 0, USDC(40), 0);
    expect_usdc(THIRD, USDC(10520), 0, 0, USDC(40), 0);
    world_mark(&fixture, FIXTURE_PERP, 79000); /* 56 more: 40 of claims, 16 of debt */
    world_pass(&fixture);
    expect_usdc(WINNER, 0, 0, 0, 0, USDC(16));
    expect_usdc(THIRD, USDC(10520), 0, 0, USDC(96), 0);
    fixture_close(&fixture);
}

/* A debtor that wins 100 of which half is paid: the claim of 50 cancels that much of its debt of 80. */
static void test_claim_cancels_own_debt(void **state)
{
    (void)state;
    start(20, 500);
    world_pass(&fixture);
    close_positions();
    fixture_add_user(&fixture, 50);
    world_trade(&fixture, FIXTURE_PERP, fixture.users, LOSER, 100, 90000);
    world_mark(&fixture, FIXTURE_PERP, 80000);
    world_pass(&fixture);
    expect_usdc(fixture.users, 0, 0, 0, 0, USDC(50));
    expect_usdc(LOSER, USDC(20), 0, 0, 0, 0); /* 50 by the claim in the pass, 30 of the cash in the tick after it */
    fixture_close(&fixture);
}

/* Without a pool nobody can borrow: the coin is sold on the book, a quarter of the bids at a time. */
static void test_conversion(void **state)
{
    const struct report *told;

    (void)state;
    start_with_coins(20, 500, 10000000); /* 0.1: 10 lots of 20 USDC */
    fixture_order(&fixture, THIRD, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 8);
    fixture_order(&fixture, THIRD, FIXTURE_SPOT, CARD_SIDE_BUY, 1000, 100); /* outside the bands */
    fixture_run(&fixture);
    world_pass(&fixture); /* and at its end 2 of 8 lots: 40 USDC, less 0.07 % */
    assert_int_equal(world_account(&fixture, LOSER)->debt, USDC(80));
    assert_int_equal(world_notice(&fixture, NOTICE_CONVERSION)->amount[0], 2);
    told = fixture_find(&fixture, LOSER, REPORT_FORCED);
    assert_true(told != NULL && told->forced == FORCED_CONVERSION && told->side == CARD_SIDE_SELL);
    assert_true(told->quantity == 2 && told->exact_price == 2000 * 256 && told->money == 28000 * 256);
    assert_null(fixture_find(&fixture, WINNER, REPORT_FORCED));
    assert_int_equal(fixture_balance(&fixture, LOSER, FIXTURE_ETH), 8000000);
    assert_int_equal(fixture_balance(&fixture, LOSER, FIXTURE_USDC), USDC(40) - 28000);
    assert_int_equal(fixture_balance(&fixture, THIRD, FIXTURE_ETH), 2000000);
    for (unsigned second = 0; second < 6; second++)
        world_tick(&fixture);
    expect_usdc(LOSER, fixture_balance(&fixture, LOSER, FIXTURE_USDC), 0, 0, 0, 0);
    assert_true(fixture_balance(&fixture, LOSER, FIXTURE_USDC) < USDC(40)); /* no more sold than was needed */
    world_pass(&fixture);
    expect_usdc(WINNER, USDC(600), 0, 0, 0, 0);
    fixture_close(&fixture);
}

/* A delisted market: settled at its final price, and nobody has a position any more. */
static void test_delisted(void **state)
{
    const struct input_delist delist = { .header = { .kind = INPUT_DELIST }, .market = FIXTURE_PERP };
    struct input_delist *added;

    (void)state;
    start(150, 500);
    added = fixture_add(&fixture, &delist, sizeof delist);
    added->at_ns = fixture.time_ns + UINT64_C(2000000000);
    assert_int_equal(world_answer(&fixture), REASON_NONE);
    for (unsigned second = 0; second < 4; second++)
        world_tick(&fixture);
    assert_true(state_market(fixture.state, FIXTURE_PERP)->flags & MARKET_DELISTED);
    world_pass(&fixture);
    assert_int_equal(fixture_position(&fixture, LOSER, FIXTURE_PERP), 0);
    assert_int_equal(fixture_position(&fixture, WINNER, FIXTURE_PERP), 0);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->open_interest, 0);
    assert_int_equal(fixture_balance(&fixture, LOSER, FIXTURE_USDC) + fixture_balance(&fixture, WINNER, FIXTURE_USDC),
                     USDC(650));
    fixture_close(&fixture);
}

/* What happened at the venue that we model: forty accounts deposit first and see it consumed. Here nobody does. */
static void test_incident_of_forty_accounts(void **state)
{
    enum { FORTY = 40 };

    (void)state;
    world_open(&fixture);
    fixture_add_user(&fixture, 100000);
    for (unsigned i = 0; i < FORTY; i++) {
        fixture_add_user(&fixture, 110);
        world_trade(&fixture, FIXTURE_PERP, fixture.users, 1, 100, 100000);
    }
    world_mark(&fixture, FIXTURE_PERP, 80000); /* each has lost 200 and had 110 */
    world_pass(&fixture);
    for (uint32_t user = 2; user <= FORTY + 1; user++) {
        assert_int_equal(world_account(&fixture, user)->debt, USDC(90));
        fixture_deposit(&fixture, fixture_subaccount(user), FIXTURE_USDC, USDC(50));
    }
    fixture_run(&fixture);
    for (uint32_t user = 2; user <= FORTY + 1; user++)
        world_trade(&fixture, FIXTURE_PERP, 1, user, 100, 80000);
    set_fund(USDC(FORTY * 90 - 30), 0);
    world_pass(&fixture);
    world_pass(&fixture);
    for (uint32_t user = 2, left = 0; user <= FORTY + 1; user++) {
        const int64_t debt = world_account(&fixture, user)->debt;

        left += debt > 0;
        assert_true(left <= 1 && (debt == 0 || debt == USDC(30))); /* the fund has paid all others */
        assert_int_equal(fixture_balance(&fixture, user, FIXTURE_USDC) + world_apart(&fixture, user), USDC(50));
    }
    assert_int_equal(world_account(&fixture, 1)->claim, USDC(30));
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cash),
        cmocka_unit_test(test_own_lend),
        cmocka_unit_test(test_own_lend_without_cash),
        cmocka_unit_test(test_borrow),
        cmocka_unit_test(test_borrow_without_cash),
        cmocka_unit_test(test_limit_of_the_borrow),
        cmocka_unit_test(test_virtual),
        cmocka_unit_test(test_virtual_beyond_the_limit),
        cmocka_unit_test(test_debt),
        cmocka_unit_test(test_fund),
        cmocka_unit_test(test_cap_of_the_fund),
        cmocka_unit_test(test_split_of_a_debt),
        cmocka_unit_test(test_deposit_apart),
        cmocka_unit_test(test_apart_without_a_debt),
        cmocka_unit_test(test_fresh_profit),
        cmocka_unit_test(test_write_off),
        cmocka_unit_test(test_own_claim),
        cmocka_unit_test(test_claim_cancels_own_debt),
        cmocka_unit_test(test_conversion),
        cmocka_unit_test(test_delisted),
        cmocka_unit_test(test_incident_of_forty_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
