/* Auto-deleveraging, through the whole machine: nobody quotes, so that all of a bankrupt account goes this way. Numbers
 * are worked out by hand from exchange-rules.md, section 6. A lot of the first perpetual is 0.001 BTC, 10 USDC at the
 * beginning; everything is recounted after every event (world.c). */
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "snapshot.h"
#include "tally.h"
#include "world.h"

#define USDC(whole) ((int64_t)(whole) * WORLD_USDC)
#define PRICE(whole) ((int64_t)(whole) * 1000000)

static struct world world;

static struct state *now(void)
{
    return world.fixture.state;
}

static void start_as(uint32_t steps, const struct input_liquidation_rules *rules)
{
    world_open_as(&world, "model", &(struct fixture_options){ .steps = steps });
    world_set_rules(&world, rules);
}

static void start(void)
{
    const struct input_liquidation_rules rules = world_rules();

    start_as(0, &rules);
}

static uint32_t person(int64_t usdc)
{
    return world_crowd(&world, 1, usdc);
}

/* Has sold to the house, at a price. */
static uint32_t seller(int64_t usdc, int64_t lots, uint32_t whole)
{
    const uint32_t who = person(usdc);

    world_trade(&world, FIXTURE_PERP, world.house, who, lots, whole * 10);
    return who;
}

static uint32_t buyer(int64_t usdc, int64_t lots)
{
    const uint32_t who = person(usdc);

    world_hold(&world, who, FIXTURE_PERP, lots);
    return who;
}

static void price(int64_t btc)
{
    world_price(&world, FIXTURE_BTC, PRICE(btc));
    world_second(&world);
}

static void fund(int64_t usdc)
{
    fixture_deposit(&world.fixture, SYSTEM_FUND, FIXTURE_USDC, USDC(usdc));
    assert_int_equal(world_answer(&world), REASON_NONE);
}

static int64_t equity(uint32_t who) /* units, rounded down */
{
    struct margin_view view;

    world_view(&world, who, &view);
    return wide_narrow(wide_divide_down(view.equity, 256));
}

static void expect_healthy(uint32_t who)
{
    struct margin_view view;

    world_view(&world, who, &view);
    assert_true(view.maintenance == 0 ? view.equity >= 0 : view.equity > view.maintenance);
}

static uint32_t told(enum notice_kind kind, uint32_t who)
{
    return world_notices(&world, kind, who);
}

static int64_t lots(uint32_t who)
{
    return world_lots(&world, who, FIXTURE_PERP);
}

/* 20 USDC are left of a position worth 920: it goes at 9,000, and they go with it. */
static void test_price(void **unused)
{
    uint32_t loser, winner;

    (void)unused;
    start();
    loser = buyer(100, 100);
    winner = seller(1000, 100, 10000);
    price(9200);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(lots(winner), 0);
    assert_int_equal(equity(loser), 0);
    assert_int_equal(equity(winner), USDC(1100)); /* 80 by the mark, 20 of the loser */
    assert_int_equal(told(NOTICE_DELEVERAGED, winner), 1);
    assert_int_equal(world_notice(&world, NOTICE_DELEVERAGED, winner)->amount[1], 90000 * 256);
    assert_int_equal(world_notice(&world, NOTICE_DELEVERAGED, winner)->amount[2], -USDC(20) * 256);
    assert_int_equal(world_notice(&world, NOTICE_DELEVERAGED, winner)->other, fixture_subaccount(loser));
    assert_int_equal(world_notice(&world, NOTICE_BANKRUPT, loser)->other, fixture_subaccount(winner));
    assert_int_equal(world_notice(&world, NOTICE_BANKRUPT, loser)->number, 1);
    assert_int_equal(tally_of_venue(now()).deleveraged, USDC(920));
    assert_int_equal(tally_of_venue(now()).deleveraged_loss, 0);
    world_close(&world);
}

/* The highest rank whole, the one that is cut pro rata to lots, the lowest nothing. */
static void test_order(void **unused)
{
    uint32_t best, second, third, last, loser;

    (void)unused;
    start();
    last = seller(1000, 100, 10000);
    second = seller(150, 30, 11000);
    best = seller(200, 40, 12000);
    third = seller(300, 60, 11000);
    loser = buyer(100, 100);
    price(9200);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(lots(best), 0);
    assert_int_equal(lots(second), -10);
    assert_int_equal(lots(third), -20);
    assert_int_equal(lots(last), -100);
    assert_int_equal(told(NOTICE_DELEVERAGED, 0), 3);
    assert_true(world_notice(&world, NOTICE_DELEVERAGED, best)->rank >
                world_notice(&world, NOTICE_DELEVERAGED, second)->rank);
    assert_int_equal(equity(loser), 0);
    world_close(&world);
}

/* 50 are missing: the fund pays what it may, then the deleveraged, up to the bound; the rest stays where it is. */
static void lose_fifty(int64_t in_fund, uint32_t bound, int64_t winner_gets, int64_t loser_has, int64_t loss)
{
    struct input_liquidation_rules rules = world_rules();
    uint32_t loser, winner;

    rules.adl_bound = bound;
    start_as(0, &rules);
    loser = buyer(50, 100);
    winner = seller(1000, 100, 10000);
    if (in_fund)
        fund(in_fund);
    price(9000);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(lots(winner), 0);
    assert_int_equal(equity(winner), USDC(1000 + winner_gets));
    assert_int_equal(equity(loser), USDC(loser_has));
    assert_int_equal(tally_of_venue(now()).deleveraged_loss, USDC(loss));
    assert_int_equal(world_sum(&world, NOTICE_FUND_TOPPED_UP, loser, 0), tally_of_venue(now()).topped_up);
    assert_int_equal(wide_narrow(world_fund(&world) / 256) + tally_of_venue(now()).topped_up, USDC(in_fund));
    world_close(&world);
}

static void test_negative(void **unused)
{
    (void)unused;
    lose_fifty(0, 100000, 50, 0, 50);
    lose_fifty(20, 100000, 70, 0, 30);
    lose_fifty(80, 100000, 100, 0, 0);
    lose_fifty(0, 10000, 91, -41, 9);  /* 1 % of 900 */
    lose_fifty(20, 10000, 91, -21, 9);
}

/* The first in rank can bear only a part of 0.9 USDC a lot: 56 - 0.9 n > 45 - 0.45 n. The next one takes the rest. */
static void test_nobody_below_maintenance(void **unused)
{
    uint32_t loser, thin, next;

    (void)unused;
    start();
    loser = buyer(10, 100);
    thin = seller(46, 100, 9100);
    next = seller(5000, 100, 9050);
    price(9000);
    assert_int_equal(lots(thin), -76);
    assert_int_equal(lots(next), -24);
    assert_int_equal(lots(loser), 0);
    expect_healthy(thin);
    expect_healthy(next);
    world_close(&world);
}

/* Two of one rank who can bear 24 each: they are asked once more, and what is left waits for the next tick. */
static void test_rank_that_can_bear_no_more(void **unused)
{
    uint32_t loser, thin[2];

    (void)unused;
    start();
    loser = buyer(10, 100);
    thin[0] = seller(46, 100, 9100);
    thin[1] = seller(46, 100, 9100);
    price(9000);
    assert_int_equal(lots(thin[0]), -76);
    assert_int_equal(lots(thin[1]), -76);
    assert_int_equal(lots(loser), 52);
    expect_healthy(thin[0]);
    expect_healthy(thin[1]);
    world_close(&world);
}

/* Who is being liquidated himself comes last, and then it goes at the mark: 1 USDC of 20 stays with 5 of 100 lots. */
static void test_two_bankrupt(void **unused)
{
    uint32_t loser, other, winner;

    (void)unused;
    start();
    loser = buyer(100, 100);
    winner = seller(1000, 95, 10000);
    other = seller(1, 10, 9150);
    price(9200);
    assert_int_equal(lots(winner), 0);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(lots(other), 0); /* the house was long of 5 */
    assert_int_equal(told(NOTICE_DELEVERAGED, other), 1);
    assert_int_equal(world_notice(&world, NOTICE_DELEVERAGED, other)->amount[0], 5);
    assert_int_equal(equity(loser), USDC(1));
    assert_int_equal(equity(other), USDC(1) / 4); /* half of the 0.5 that 10 lots left it */
    world_close(&world);
}

/* Two markets and a coin: 30 - 30 - 5 USDC and 0.01 ETH at 2,010, of which 90 % count: 13.09 are shared out by
 * notional. At the index less 2 % it would be 14.698: that is not there to be given away, since the coin stays. */
static void test_cross_margin(void **unused)
{
    uint32_t loser, shorts, longs;
    const int64_t shared = 13090000, btc = shared * 970 / 1975, eth = shared * 1005 / 1975;

    (void)unused;
    start();
    loser = buyer(30, 100);
    fixture_deposit(&world.fixture, fixture_subaccount(loser), FIXTURE_ETH, 1000000);
    assert_int_equal(world_answer(&world), REASON_NONE);
    world_hold(&world, loser, WORLD_PERP_2, -50);
    shorts = seller(1000, 100, 10000);
    longs = person(1000);
    world_hold(&world, longs, WORLD_PERP_2, 50);
    world_price(&world, FIXTURE_ETH, PRICE(2010));
    price(9700);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(world_lots(&world, loser, WORLD_PERP_2), 0);
    assert_in_range(equity(shorts), USDC(1030) + btc - 2, USDC(1030) + btc + 2);
    assert_in_range(equity(longs), USDC(1005) + eth - 2, USDC(1005) + eth + 2);
    assert_int_equal(world_units(&world, loser, FIXTURE_ETH), 1000000);
    world_close(&world);
}

static void test_only_without_providers(void **unused)
{
    struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP }, .market = FIXTURE_PERP,
                                    .capacity = USDC(460) };
    uint32_t loser, winner, provider;

    (void)unused;
    start();
    loser = buyer(100, 100);
    winner = seller(1000, 100, 10000);
    provider = person(100000);
    input.header.subaccount = fixture_subaccount(provider);
    fixture_add(&world.fixture, &input, sizeof input);
    assert_int_equal(world_answer(&world), REASON_NONE);
    price(9200);
    assert_int_equal(lots(provider), 50); /* as much as it has committed; only then the others */
    assert_int_equal(lots(winner), -50);
    assert_int_equal(lots(loser), 0);
    world_close(&world);
}

/* Where equity is negative and the fund can't pay for a lot, a provider's room does not hold it up: 50 are missing, the
 * fund has 5, half of the mark is as much. */
static void test_fund_too_small(void **unused)
{
    struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP }, .market = FIXTURE_PERP,
                                    .capacity = USDC(10000) };
    struct input_liquidation_rules rules = world_rules();
    uint32_t loser, winner;

    (void)unused;
    rules.adl_bound = 500000;
    start_as(0, &rules);
    loser = person(50);
    winner = seller(1000, 1, 10000);
    input.header.subaccount = fixture_subaccount(person(100000));
    fixture_add(&world.fixture, &input, sizeof input);
    assert_int_equal(world_answer(&world), REASON_NONE);
    fund(5);
    world_trade(&world, FIXTURE_PERP, loser, world.house, 1, 1100000);
    world_second(&world);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(lots(winner), 0);
    assert_int_equal(equity(winner), USDC(995));
    assert_int_equal(equity(loser), -USDC(40));
    assert_int_equal(wide_narrow(world_fund(&world)), 0);
    world_close(&world);
}

/* Above one update's largest change nobody is deleveraged, however long it takes. */
static void test_not_before_its_time(void **unused)
{
    uint32_t loser, winner;

    (void)unused;
    start();
    loser = buyer(100, 100);
    winner = seller(1000, 100, 10000);
    world_price(&world, FIXTURE_BTC, PRICE(9200));
    fixture_run(&world.fixture);
    state_pricing(now(), FIXTURE_BTC)->change = 21000; /* of 920: 19.3 */
    world_seconds(&world, 12); /* a change of ten times that takes the mark there */
    assert_int_equal(state_market(now(), FIXTURE_PERP)->mark, 92000 * 256);
    assert_int_equal(lots(winner), -100);
    assert_int_equal(lots(loser), 100);
    assert_int_equal(told(NOTICE_DELEVERAGED, 0), 0);
    world_close(&world);
}

static void test_claw_back(void **unused)
{
    struct input_liquidation_rules rules = world_rules();
    uint32_t loser, winner;

    (void)unused;
    rules.policy = POLICY_FTX;
    start_as(0, &rules);
    loser = buyer(50, 100);
    winner = seller(1000, 100, 10000);
    fund(20);
    price(9000);
    assert_int_equal(lots(winner), 0);
    assert_int_equal(equity(winner), USDC(1100));
    assert_int_equal(equity(loser), -USDC(50));
    assert_int_equal(tally_of_venue(now()).deleveraged_loss, 0);
    assert_int_equal(tally_of_venue(now()).topped_up, 0);
    world_close(&world);
}

/* A policy that hands over a part at a time claws nothing back while a provider has room for the rest. */
static void test_provider_with_room(void **unused)
{
    struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP }, .market = FIXTURE_PERP,
                                    .capacity = USDC(20000) };
    struct input_liquidation_rules rules = world_rules();
    uint32_t loser, winner, provider;

    (void)unused;
    rules.policy = POLICY_FTX;
    start_as(0, &rules);
    loser = buyer(1000, 1000);
    winner = seller(5000, 1000, 10000);
    provider = person(100000);
    input.header.subaccount = fixture_subaccount(provider);
    fixture_add(&world.fixture, &input, sizeof input);
    assert_int_equal(world_answer(&world), REASON_NONE);
    price(9200); /* 200 are left, less than half of 460 */
    assert_true(lots(provider) > 0 && lots(provider) < 500);
    assert_int_equal(lots(loser), 1000 - lots(provider));
    assert_int_equal(lots(winner), -1000);
    assert_int_equal(told(NOTICE_DELEVERAGED, 0), 0);
    world_close(&world);
}

/* What rests to reduce a position is cut before it shrinks. */
static void test_reduce_only(void **unused)
{
    uint32_t winner;
    struct input_order_new *order;

    (void)unused;
    start();
    winner = fixture_add_user(&world.fixture, 1000);
    fixture_run(&world.fixture);
    world_trade(&world, FIXTURE_PERP, world.house, winner, 100, 100000);
    order = fixture_order(&world.fixture, winner, FIXTURE_PERP, CARD_SIDE_BUY, 80000, 100);
    order->flags = INPUT_ORDER_REDUCE_ONLY;
    order->tif = CARD_TIF_GTC;
    fixture_run(&world.fixture);
    fixture_expect(&world.fixture, winner, 0, REPORT_ACCEPTED, REASON_NONE, STATUS_NEW);
    buyer(60, 60);
    price(9200);
    assert_int_equal(lots(winner), -40);
    assert_int_equal(fixture_find_order(&world.fixture, winner, world.fixture.reference[winner])->active, 40);
    world_close(&world);
}

/* Another subaccount of somebody's account, which has sold to the house at 10,000; nobody comes after it, since rows of
 * people are counted. */
static uint32_t add_sibling(uint32_t who, int64_t quantity)
{
    struct input_subaccount_create create = { .header = { .kind = INPUT_SUBACCOUNT_CREATE }, .name = "other" };
    uint32_t row;

    create.account = state_subaccount(now(), fixture_subaccount(who))->account;
    fixture_add(&world.fixture, &create, sizeof create);
    assert_int_equal(world_answer(&world), REASON_NONE);
    row = now()->subaccounts.used - 1;
    fixture_deposit(&world.fixture, row, FIXTURE_USDC, USDC(1000));
    assert_int_equal(world_answer(&world), REASON_NONE);
    assert_int_not_equal(state_need_position(now(), row, FIXTURE_PERP), TABLE_NONE);
    ledger_trade_position(&world.fixture.exchange->ledger, FIXTURE_PERP, fixture_subaccount(world.house), row, quantity,
                          quantity * 100 * 100000 * 256);
    return row;
}

static int64_t sibling_lots(uint32_t row)
{
    return state_position(now(), state_find_position(now(), row, FIXTURE_PERP))->quantity;
}

static int64_t sibling_equity(uint32_t row)
{
    struct margin_view view;

    margin_compute(now(), row, NULL, &view);
    return wide_narrow(wide_divide_down(view.equity, 256));
}

/* It takes what nobody else does, at the mark: what goes with 40 of 100 lots is a stranger's. */
static void test_sibling(void **unused)
{
    uint32_t loser, winner, sibling;

    (void)unused;
    start();
    loser = buyer(100, 100);
    winner = seller(1000, 40, 10000);
    sibling = add_sibling(loser, 100);
    price(9200);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(lots(winner), 0);
    assert_int_equal(sibling_lots(sibling), -40);
    assert_int_equal(equity(winner), USDC(1000 + 32 + 8));
    assert_int_equal(sibling_equity(sibling), USDC(1000 + 80));
    assert_int_equal(equity(loser), USDC(12));
    world_close(&world);
}

/* One lot that only a sibling holds does not keep a debtor from being flat, and the fund from paying. */
static void test_debt_of_a_sibling(void **unused)
{
    uint32_t loser, sibling;

    (void)unused;
    start();
    now()->t->settle_seconds = 10;
    now()->t->next_settle = now()->t->time_ns + 1000000000;
    loser = buyer(1000, 501);
    seller(10000, 500, 10000);
    sibling = add_sibling(loser, 1);
    price(7000);
    world_seconds(&world, 12);
    assert_true(state_subaccount(now(), fixture_subaccount(loser))->debt > 0);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(sibling_lots(sibling), 0);
    fund(10000);
    world_seconds(&world, 12);
    assert_int_equal(state_subaccount(now(), fixture_subaccount(loser))->debt, 0);
    assert_int_equal(state_claims(now()), 0);
    world_close(&world);
}

/* 0.05 above maintenance, of the first bankrupt's lots (0.9 are missing a lot) he can't bear one; with what goes with
 * the second's he can bear all. */
static void test_second_bankrupt(void **unused)
{
    uint32_t first, second, thin;

    (void)unused;
    start();
    first = buyer(5, 50);
    second = buyer(120, 100);
    thin = seller(68, 151, 9000);
    price(9000);
    assert_int_equal(lots(second), 0);
    assert_int_equal(lots(first), 0);
    assert_int_equal(lots(thin), -1);
    assert_int_equal(equity(thin), USDC(68 + 20 - 45));
    world_close(&world);
}

/* A sibling of the first deals with the second, as anybody does. */
static void test_second_of_another_account(void **unused)
{
    uint32_t first, second, sibling;

    (void)unused;
    start();
    first = buyer(10, 50);
    second = buyer(120, 100);
    sibling = add_sibling(first, 150);
    price(9000);
    assert_int_equal(lots(second), 0);
    assert_int_equal(lots(first), 0);
    assert_int_equal(sibling_lots(sibling), 0);
    assert_int_equal(sibling_equity(sibling), USDC(1000 + 150 + 20));
    world_close(&world);
}

/* --- many of both, at any size of step, and with a restart in the middle --- */

enum { LOSERS = 7, WINNERS = 40 };

/* Out of a file, in another exchange. */
static void reload(uint32_t steps)
{
    char directory[] = "/tmp/vitrine_unit_deleverage_XXXXXX", name[96], error[256] = "";
    const uint64_t batch = now()->t->batch;
    uint8_t written[32], loaded[32];

    assert_non_null(mkdtemp(directory));
    assert_int_equal(snapshot_write(now(), directory, written, error, sizeof error), SNAPSHOT_OK);
    fixture_replace_exchange(&world.fixture);
    world.fixture.exchange->options.steps = steps;
    assert_int_equal(snapshot_load(now(), directory, batch, loaded, error, sizeof error), SNAPSHOT_OK);
    if (exchange_loaded(world.fixture.exchange) != EXCHANGE_OK ||
        exchange_attach(world.fixture.exchange) != EXCHANGE_OK)
        fail_msg("%s", exchange_message(world.fixture.exchange));
    snprintf(name, sizeof name, "%s/snapshot-%016lu", directory, (unsigned long)batch);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* Restarts after every seventh batch of the walks; how many. */
static unsigned reload_in_walks(uint32_t steps)
{
    unsigned batches = 0, count = 0;

    fixture_run(&world.fixture);
    world.fixture.time_ns = (world.fixture.time_ns / 1000000000 + 1) * 1000000000;
    do {
        fixture_run(&world.fixture);
        if (!world.fixture.result.more || now()->t->deleverage.stage == DELEVERAGE_IDLE || ++batches % 7 != 0)
            continue;
        reload(steps);
        world.fixture.result.more = true;
        count++;
    } while (world.fixture.result.more);
    return count;
}

static void crash(uint32_t steps, bool restarts, int64_t quantities[LOSERS + WINNERS],
                  int64_t equities[LOSERS + WINNERS])
{
    const struct input_liquidation_rules rules = world_rules();
    uint32_t first;

    start_as(steps, &rules);
    first = world_crowd(&world, LOSERS + WINNERS, 0);
    for (uint32_t i = 0; i < LOSERS + WINNERS; i++) {
        fixture_deposit(&world.fixture, fixture_subaccount(first + i), FIXTURE_USDC,
                        i < LOSERS ? USDC(20 + 13 * i) : USDC(50 + 37 * (i % 11)));
        assert_int_equal(world_answer(&world), REASON_NONE);
    }
    for (uint32_t i = 0; i < LOSERS; i++)
        world_hold(&world, first + i, FIXTURE_PERP, 60 + i);
    for (uint32_t i = LOSERS; i < LOSERS + WINNERS; i++)
        world_trade(&world, FIXTURE_PERP, world.house, first + i, 3 + i % 17, 92000 + i * 137 % 9000);
    fund(7);
    world_price(&world, FIXTURE_BTC, PRICE(9100));
    if (restarts)
        assert_true(reload_in_walks(steps) > 5);
    else
        world_second(&world);
    for (uint32_t i = 0; i < LOSERS + WINNERS; i++) {
        quantities[i] = lots(first + i);
        equities[i] = equity(first + i);
        if (i < LOSERS)
            assert_true(quantities[i] >= 0);
        else
            assert_true(quantities[i] <= 0);
        if (told(NOTICE_DELEVERAGED, first + i) > 0)
            expect_healthy(first + i);
    }
    world_close(&world);
}

static void test_steps(void **unused)
{
    int64_t one[2][LOSERS + WINNERS], other[2][LOSERS + WINNERS];

    (void)unused;
    crash(0, false, one[0], one[1]);
    for (uint32_t steps = 1; steps <= 11; steps += 5) {
        crash(steps, false, other[0], other[1]);
        assert_memory_equal(one, other, sizeof one);
    }
    crash(1, true, other[0], other[1]);
    assert_memory_equal(one, other, sizeof one);
}

/* Bankrupts of both sides and a sibling, of whom nobody else is left, likewise. */
static void meet(uint32_t steps, bool restarts, int64_t quantities[LOSERS * 2 + 1], int64_t equities[LOSERS * 2 + 1])
{
    const struct input_liquidation_rules rules = world_rules();
    uint32_t first, sibling;

    start_as(steps, &rules);
    first = world_crowd(&world, LOSERS * 2, 20);
    for (uint32_t i = 0; i < LOSERS; i++) {
        world_hold(&world, first + i, FIXTURE_PERP, 60 + 3 * i);
        world_trade(&world, FIXTURE_PERP, world.house, first + LOSERS + i, 5 + i, 55000);
    }
    sibling = add_sibling(first, 483 - 56); /* what longs have more, so that the house has nothing */
    world_price(&world, FIXTURE_BTC, PRICE(9300));
    if (restarts)
        assert_true(reload_in_walks(steps) > 5);
    else
        world_second(&world);
    for (uint32_t i = 0; i < LOSERS * 2; i++) {
        quantities[i] = lots(first + i);
        equities[i] = equity(first + i);
    }
    quantities[LOSERS * 2] = sibling_lots(sibling);
    equities[LOSERS * 2] = sibling_equity(sibling);
    assert_int_equal(world_lots(&world, world.house, FIXTURE_PERP), 0);
    world_close(&world);
}

static void test_rest_in_steps(void **unused)
{
    int64_t one[2][LOSERS * 2 + 1], other[2][LOSERS * 2 + 1];

    (void)unused;
    meet(0, false, one[0], one[1]);
    for (uint32_t i = 0; i <= LOSERS * 2; i++)
        assert_int_equal(one[0][i], 0);
    for (uint32_t steps = 1; steps <= 11; steps += 5) {
        meet(steps, false, other[0], other[1]);
        assert_memory_equal(one, other, sizeof one);
    }
    meet(1, true, other[0], other[1]);
    assert_memory_equal(one, other, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_price),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_negative),
        cmocka_unit_test(test_nobody_below_maintenance),
        cmocka_unit_test(test_rank_that_can_bear_no_more),
        cmocka_unit_test(test_two_bankrupt),
        cmocka_unit_test(test_cross_margin),
        cmocka_unit_test(test_only_without_providers),
        cmocka_unit_test(test_fund_too_small),
        cmocka_unit_test(test_not_before_its_time),
        cmocka_unit_test(test_claw_back),
        cmocka_unit_test(test_provider_with_room),
        cmocka_unit_test(test_reduce_only),
        cmocka_unit_test(test_sibling),
        cmocka_unit_test(test_debt_of_a_sibling),
        cmocka_unit_test(test_second_bankrupt),
        cmocka_unit_test(test_second_of_another_account),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_rest_in_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
