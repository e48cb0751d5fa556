/* Detection, episodes and orders on the book, with numbers worked out by hand. A lot of BTC_USDC_PERP is 10 USDC at the
 * beginning, its MMF 5 %, its IMF 10 %, the taker fee 0.05 %. */
#include "world.h"

#include <stdlib.h>
#include <unistd.h>

#include "lending.h"
#include "snapshot.h"
#include "unit.h"

enum { MID = 94500, FALLEN = 9450 }; /* ticks, USDC: where 1,000 lots with 1,000 USDC are below maintenance */

static struct world world, other;

static int open_world(void **context)
{
    *context = &world;
    world_open(&world);
    return 0;
}

static int close_world(void **context)
{
    (void)context;
    world_close(&world);
    return 0;
}

/* The price has been there for so long that nothing falls any more; from now on it stays, but for a hair. */
static void fall_before(struct world *where, uint32_t asset, int64_t price)
{
    world_price(where, asset, price * 1000000);
    world_seconds(where, 12);
    world_set_change(where, asset, 1);
}

/* The rules hold from the next second on. */
static void start(struct world *where)
{
    const struct input_liquidation_rules rules = world_rules();

    world_set_rules(where, &rules);
    world_second(where);
}

/* Somebody below maintenance and above E_b: E = 450, MM = 472.5 USDC. */
static uint32_t fallen_person(struct world *where)
{
    const uint32_t person = world_crowd(where, 1, 1000);

    world_hold(where, person, FIXTURE_PERP, 1000);
    fall_before(where, FIXTURE_BTC, FALLEN);
    return person;
}

static int64_t lots_of_orders(const struct world *where, uint32_t person)
{
    return world_sum(where, NOTICE_LIQUIDATION_ORDER, person, 0);
}

/* --- detection --- */

static void test_healthy_is_left_alone(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 1000);
    struct margin_view view;

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    fall_before(&world, FIXTURE_BTC, 9474); /* E = 474, MM = 473.7 */
    world_quote(&world, FIXTURE_PERP, 94740, 10, 10, 100);
    start(&world);
    world_seconds(&world, 5);
    world_view(&world, person, &view);
    assert_true(view.equity > view.maintenance);
    assert_int_equal(world_notices(&world, NOTICE_MARGIN_CALL, person), 1);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION, 0), 0);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 1000);
    assert_int_equal(world.fixture.state->t->episodes, TABLE_NONE);
}

/* Without a policy nothing happens, and nothing is sampled. */
static void test_no_policy(void **context)
{
    const uint32_t person = fallen_person(&world);

    (void)context;
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    world_seconds(&world, 5);
    assert_int_equal(world_notices(&world, NOTICE_MARGIN_CALL, 0), 0);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 1000);
    assert_int_equal(state_unwind(world.fixture.state, FIXTURE_PERP)->depth_count, 0);
}

/* --- calm --- */

/* A tenth of the position, at the best bid; then nothing until the pause is over, for the book has not refilled. */
static void test_slice_and_pause(void **context)
{
    const uint32_t person = fallen_person(&world);
    const struct notice *notice;

    (void)context;
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    start(&world);
    notice = world_notice(&world, NOTICE_LIQUIDATION, person);
    assert_non_null(notice);
    assert_int_equal(notice->amount[0], 450 * WORLD_USDC);
    assert_int_equal(notice->amount[1], 472500000);
    assert_int_equal(notice->amount[2], INT64_C(9450) * WORLD_USDC);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 900);
    notice = world_notice(&world, NOTICE_LIQUIDATION_ORDER, person);
    assert_int_equal(notice->amount[0], 100);
    assert_int_equal(notice->amount[2], 0);
    notice = world_notice(&world, NOTICE_LIQUIDATION_FILL, person);
    assert_int_equal(notice->amount[1], MID - 10);
    world_seconds(&world, 4);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 900);
    world_second(&world);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 800);
    world_second(&world);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 800);
}

/* Each second one, where the makers come back at once; until equity is 1.02 x initial margin and not a slice longer. */
static void test_refilled_book_until_stop(void **context)
{
    const uint32_t person = fallen_person(&world);
    struct margin_view view;
    int64_t lots = 1000;

    (void)context;
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    start(&world);
    while (world_episode(&world, person) != NULL) {
        assert_int_equal(world_lots(&world, person, FIXTURE_PERP), lots -= 100);
        assert_true(world_notice(&world, NOTICE_LIQUIDATION_ORDER, person)->amount[1] >=
                    state_unwind(world.fixture.state, FIXTURE_PERP)->bound[CARD_SIDE_BUY]);
        world_view(&world, person, &view);
        world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
        if (100 * view.equity < 102 * view.initial)
            assert_non_null(world_episode(&world, person));
        world_second(&world);
        assert_true(lots > 0);
    }
    world_view(&world, person, &view);
    assert_true(100 * view.equity >= 102 * view.initial);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_ENDED, person), 1);
    assert_int_equal(lots - 100, world_lots(&world, person, FIXTURE_PERP)); /* the last slice was the last one */
    assert_int_equal(lots, 500);
    world_seconds(&world, 10);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 400);
}

/* What they want together is more than a quarter of the depth: each its part of that, by running sums. */
static void test_pro_rata(void **context)
{
    uint32_t people[3];
    const int64_t lots[] = { 1000, 2000, 3000 }, parts[] = { 41, 84, 125 }; /* of 250 for wants of 600 */

    (void)context;
    for (unsigned i = 0; i < 3; i++) {
        people[i] = world_crowd(&world, 1, lots[i]);
        world_hold(&world, people[i], FIXTURE_PERP, lots[i]);
    }
    fall_before(&world, FIXTURE_BTC, FALLEN);
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    start(&world);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(lots_of_orders(&world, people[i]), parts[i]);
        assert_int_equal(world_lots(&world, people[i], FIXTURE_PERP), lots[i] - parts[i]);
    }
}

/* The least of the last five seconds counts: depth that has just been put there does not. */
static void test_spoofed_depth(void **context)
{
    const uint32_t calm = world_crowd(&world, 1, 100000);
    struct input_liquidation_rules rules = world_rules();
    uint32_t person;

    (void)context;
    rules.slice = 1000000;
    world_hold(&world, calm, FIXTURE_PERP, 10); /* so that the market is looked at */
    person = fallen_person(&world);
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 10);
    fixture_deposit(&world.fixture, fixture_subaccount(person), FIXTURE_USDC, 100 * WORLD_USDC);
    world_set_rules(&world, &rules);
    world_seconds(&world, 5);
    assert_null(world_episode(&world, person));
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    world_price(&world, FIXTURE_BTC, 9300000000); /* moves by 10^-5 a second: it is the deposit that goes */
    world_trade(&world, FIXTURE_PERP, person, world.house, 1, MID * 11); /* and costs 94 */
    world_second(&world);
    assert_non_null(world_episode(&world, person));
    assert_int_equal(lots_of_orders(&world, person), 25); /* a quarter of 100, not of 1,000 */
}

/* --- urgent --- */

/* In a fall of 5 % in a second there is no time: all of it at once, whatever the depth share. */
static void test_sweep(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 1000);
    struct input_liquidation_rules rules = world_rules();
    struct margin_view view;

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    world_set_rules(&world, &rules);
    world_seconds(&world, 12);
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    world_price(&world, FIXTURE_BTC, INT64_C(1000000) * FALLEN);
    world_second(&world);
    assert_int_equal(world_notice(&world, NOTICE_LIQUIDATION_ORDER, person)->amount[2], 1);
    assert_int_equal(lots_of_orders(&world, person), 1000);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_FILL, person), 10);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 0);
    assert_null(world_episode(&world, person)); /* in the same tick */
    world_view(&world, person, &view);
    assert_true(view.equity > 0);
    assert_int_equal(state_unwind(world.fixture.state, FIXTURE_PERP)->tally.book_fills, 10);
}

/* Below E_b: at the bankruptcy price at worst. 100 USDC on 1,000 lots at 9,100 are 100 USDC a coin. */
static void test_bankruptcy_price(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 1000);
    const struct notice *notice;

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    fall_before(&world, FIXTURE_BTC, 9100);
    world_quote_side(&world, FIXTURE_PERP, CARD_SIDE_BUY, 90500, 1, 1, 100);
    world_quote_side(&world, FIXTURE_PERP, CARD_SIDE_BUY, 90000, 1, 2, 100);
    start(&world);
    notice = world_notice(&world, NOTICE_LIQUIDATION_ORDER, person);
    assert_int_equal(notice->amount[0], 1000);
    assert_int_equal(notice->amount[1], 90000);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_FILL, person), 2);
    assert_int_equal(world_notice(&world, NOTICE_LIQUIDATION_FILL, person)->amount[1], 90000);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_STOPPED, 0), 0);
    assert_int_equal(state_market(world.fixture.state, FIXTURE_PERP)->best[CARD_SIDE_BUY], 89999);
}

/* What an order that fills at its limit costs against the mark, u256. */
static wide worst_cost(const struct notice *order)
{
    const struct market *market = state_market(world.fixture.state, order->market);
    const wide ticks = (wide)market->mark - (wide)order->amount[1] * CARD_FIXED_ONE;

    return ticks * order->amount[0] * (wide)market->tick_lot_units;
}

/* Two positions: each may lose its share of the equity, both together no more than there is of it. */
static void test_shares_of_two(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 1000);
    wide cost = 0, equity;
    struct margin_view view;

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 500);
    world_hold(&world, person, WORLD_PERP_2, 250);
    world_price(&world, FIXTURE_ETH, INT64_C(1820) * WORLD_USDC);
    fall_before(&world, FIXTURE_BTC, 9100);
    world_set_change(&world, FIXTURE_ETH, 1);
    world_quote_side(&world, FIXTURE_PERP, CARD_SIDE_BUY, 88000, 1, 1, 1);
    world_quote_side(&world, WORLD_PERP_2, CARD_SIDE_BUY, 17600, 1, 1, 1);
    start(&world);
    world_view(&world, person, &view);
    equity = view.equity;
    assert_true(equity > 0);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_ORDER, person), 2);
    for (unsigned i = 0; i < world.notice_count; i++)
        if (world.notices[i].kind == NOTICE_LIQUIDATION_ORDER) {
            assert_true(worst_cost(&world.notices[i]) > 0 && 10 * worst_cost(&world.notices[i]) < 6 * equity);
            cost += worst_cost(&world.notices[i]);
        }
    assert_true(cost <= equity && 100 * cost > 98 * equity);
}

/* A short: the other way round, and nobody turns. */
static void test_short(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 1000);

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, -1000);
    fall_before(&world, FIXTURE_BTC, 10900);
    world_quote_side(&world, FIXTURE_PERP, CARD_SIDE_SELL, 109100, 100, 15, 100);
    start(&world);
    assert_int_equal(world_notice(&world, NOTICE_LIQUIDATION_ORDER, person)->amount[1], 110000);
    assert_int_equal(world_notice(&world, NOTICE_LIQUIDATION_FILL, person)->amount[1], 110000);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 0);
}

/* The mean of the last ten marks is far above: the band stops it, which is told once a step, and it goes on. */
static void test_bands_stop(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 1200);
    const struct input_liquidation_rules rules = world_rules();
    const struct notice *notice;

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    world_set_rules(&world, &rules);
    world_seconds(&world, 12);
    world_quote(&world, FIXTURE_PERP, 92000, 10, 10, 100);
    world_set_change(&world, FIXTURE_BTC, 8000); /* 8 % a second: 9,200 */
    world_price(&world, FIXTURE_BTC, 9200000000);
    world_second(&world); /* mean 9,920; 94 % of it are 9,324.8 */
    notice = world_notice(&world, NOTICE_LIQUIDATION_STOPPED, person);
    assert_non_null(notice);
    assert_int_equal(notice->amount[0], 1000);
    assert_int_equal(notice->amount[1], 93247);
    assert_int_equal(notice->amount[2], REASON_PRICE_OUT_OF_BOUNDS);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_STOPPED, 0), 1);
    assert_int_equal(state_unwind(world.fixture.state, FIXTURE_PERP)->tally.stopped, 1);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 1000);
    world_seconds(&world, 3); /* mean 9,680: 9,099.2 */
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 0);
}

/* --- the fee --- */

static int64_t fee_of(const struct input_liquidation_rules *rules)
{
    const uint32_t person = fallen_person(&world);

    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    world_set_rules(&world, rules);
    world_second(&world);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_FILL, person), 1);
    assert_int_equal(world_fund(&world), world_notice(&world, NOTICE_LIQUIDATION_FILL, person)->amount[2]);
    assert_int_equal(world_fund(&world), world_episode(&world, person)->fees);
    return world_notice(&world, NOTICE_LIQUIDATION_FILL, person)->amount[2];
}

/* 100 lots at 9,449 are 944.9 USDC: 1 % of that. */
static void test_fee_of_notional(void **context)
{
    struct input_liquidation_rules rules = world_rules();

    (void)context;
    rules.fee_share = 1000000;
    assert_int_equal(fee_of(&rules), INT64_C(9449000) * 256);
}

/* They free 5 % of 945 USDC at the mark: a tenth of that. */
static void test_fee_of_margin(void **context)
{
    const struct input_liquidation_rules rules = world_rules();

    (void)context;
    assert_int_equal(fee_of(&rules), INT64_C(4725000) * 256);
}

/* No more than the equity that is left: 2 USDC, less 1 a coin below the mark for a whole one, less the taker's fee. */
static void test_fee_of_equity(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 1000);

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    fall_before(&world, FIXTURE_BTC, 9010); /* E = 10 */
    world_quote_side(&world, FIXTURE_PERP, CARD_SIDE_BUY, 90090, 1, 1, 1000);
    start(&world);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_FILL, person), 1);
    /* 10 - 1 - 9,009 x 0.05 % = 4.4955 USDC; 1 % would be 90, a tenth of the margin 45 */
    assert_int_equal(world_notice(&world, NOTICE_LIQUIDATION_FILL, person)->amount[2], INT64_C(4495500) * 256);
    assert_int_equal(world_units(&world, person, FIXTURE_USDC), INT64_C(1000) * WORLD_USDC);
    assert_null(world_episode(&world, person));
}

/* --- orders of the account --- */

static void test_orders_go_first(void **context)
{
    const uint32_t person = fixture_add_user(&world.fixture, 1010);
    struct input_order_new_extra *trigger;

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    fixture_order(&world.fixture, person, FIXTURE_PERP, CARD_SIDE_BUY, 90000, 5)->tif = CARD_TIF_GTC;
    fixture_order(&world.fixture, person, FIXTURE_PERP, CARD_SIDE_SELL, 105000, 700)->tif = CARD_TIF_GTC;
    trigger = fixture_order_extra(&world.fixture, person, FIXTURE_PERP, CARD_SIDE_SELL, 80000, 100);
    trigger->extra.trigger_by = INPUT_BY_MARK;
    trigger->extra.trigger_when = INPUT_AT_OR_BELOW;
    trigger->extra.trigger_price = 80000;
    fixture_run(&world.fixture);
    assert_int_equal(state_position_detail(world.fixture.state,
                                  state_find_position(world.fixture.state, fixture_subaccount(person), FIXTURE_PERP))
                         ->order_count, 3);
    fall_before(&world, FIXTURE_BTC, FALLEN);
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    start(&world); /* the tick's marks go to the card first: by the round behind them the orders are cancelled */
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION, person), 1);
    assert_int_equal(lots_of_orders(&world, person), 100);
    assert_false(book_has_orders(world.fixture.state, fixture_subaccount(person)));
    fixture_order(&world.fixture, person, FIXTURE_PERP, CARD_SIDE_SELL, 105000, 10)->tif = CARD_TIF_GTC;
    fixture_run(&world.fixture);
    assert_int_equal(fixture_find(&world.fixture, person, REPORT_REJECTED)->reason, REASON_LIQUIDATION);
    world_seconds(&world, 5);
    assert_int_equal(lots_of_orders(&world, person), 200);
}

/* All orders at once, however many there are. */
static void test_many_orders(void **context)
{
    enum { ORDERS = 300 };
    const uint32_t person = fixture_add_user(&world.fixture, 1010);

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    for (unsigned i = 0; i < ORDERS; i++) {
        fixture_order(&world.fixture, person, FIXTURE_PERP, CARD_SIDE_SELL, 105000 + i, 1)->tif = CARD_TIF_GTC;
        fixture_run(&world.fixture);
    }
    fall_before(&world, FIXTURE_BTC, FALLEN);
    start(&world);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION, person), 1);
    assert_false(book_has_orders(world.fixture.state, fixture_subaccount(person)));
}

/* Where there is no room for a job, PLAN cancels them. */
static void test_no_room_for_a_job(void **context)
{
    const uint32_t person = fixture_add_user(&world.fixture, 1010);

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    fixture_order(&world.fixture, person, FIXTURE_PERP, CARD_SIDE_SELL, 105000, 1)->tif = CARD_TIF_GTC;
    fixture_run(&world.fixture);
    fall_before(&world, FIXTURE_BTC, FALLEN);
    world.fixture.state->jobs.capacity = world.fixture.state->jobs.used;
    assert_int_equal(world.fixture.state->jobs.free_first, TABLE_NONE);
    start(&world);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION, person), 1);
    assert_false(book_has_orders(world.fixture.state, fixture_subaccount(person)));
}

/* The last rows of jobs are for disconnects and kill switches, however many are liquidated. */
static void test_jobs_left_for_people(void **context)
{
    const struct table *jobs = &world.fixture.state->jobs;
    const uint32_t person = fixture_add_user(&world.fixture, 1010);

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    fixture_order(&world.fixture, person, FIXTURE_PERP, CARD_SIDE_SELL, 105000, 1)->tif = CARD_TIF_GTC;
    fixture_run(&world.fixture);
    fall_before(&world, FIXTURE_BTC, FALLEN);
    world.fixture.state->jobs.capacity = jobs->live + CORE_JOBS_KEPT;
    start(&world);
    assert_int_equal(jobs->used, 1); /* none was taken: PLAN has cancelled them */
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION, person), 1);
    assert_false(book_has_orders(world.fixture.state, fixture_subaccount(person)));
}

/* Detection knows of money that has left: 9,000 of 10,000 would have carried the fall. */
static void test_withdrawn_before(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 10000);
    const struct input_withdraw withdraw = { .header = { .kind = INPUT_WITHDRAW,
                                                         .subaccount = fixture_subaccount(person) },
                                             .id = "W1", .asset = FIXTURE_USDC, .amount = INT64_C(9000) * WORLD_USDC };

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    start(&world);
    world_seconds(&world, 3);
    fixture_add(&world.fixture, &withdraw, sizeof withdraw);
    assert_int_equal(world_answer(&world), REASON_NONE);
    world_seconds(&world, 3);
    fall_before(&world, FIXTURE_BTC, FALLEN);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION, person), 1);
}

/* Nothing leaves it, and nothing is lent out or borrowed; what comes in may end it. */
static void test_money_stays(void **context)
{
    const uint32_t person = fallen_person(&world);
    const struct input_lend lend = { .header = { .kind = INPUT_LEND, .subaccount = fixture_subaccount(person) },
                                     .asset = FIXTURE_USDC, .step = LEND_LEND, .amount = 1 };
    const struct input_withdraw withdraw = { .header = { .kind = INPUT_WITHDRAW,
                                                         .subaccount = fixture_subaccount(person) },
                                             .id = "W1", .asset = FIXTURE_USDC, .amount = 1 };

    (void)context;
    world_pool(&world, FIXTURE_USDC, INT64_C(1000000) * WORLD_USDC);
    start(&world);
    assert_non_null(world_episode(&world, person));
    fixture_add(&world.fixture, &lend, sizeof lend);
    assert_int_equal(world_answer(&world), REASON_LIQUIDATION);
    fixture_add(&world.fixture, &withdraw, sizeof withdraw);
    assert_int_equal(world_answer(&world), REASON_LIQUIDATION);
    fixture_deposit(&world.fixture, fixture_subaccount(person), FIXTURE_USDC, INT64_C(1000) * WORLD_USDC);
    world_second(&world);
    assert_null(world_episode(&world, person));
}

/* An own account's order in the way is taken out, not traded with; the sibling has its position for itself. */
static void test_sibling(void **context)
{
    const uint32_t person = fixture_add_user(&world.fixture, 1000);
    const uint32_t account = state_subaccount(world.fixture.state, fixture_subaccount(person))->account;
    const struct input_subaccount_create create = { .header = { .kind = INPUT_SUBACCOUNT_CREATE },
                                                    .account = account, .name = "second" };
    const uint32_t sibling = world.fixture.state->subaccounts.used;
    struct input_order_new *order;
    uint32_t row;

    (void)context;
    fixture_add(&world.fixture, &create, sizeof create);
    fixture_deposit(&world.fixture, sibling, FIXTURE_USDC, INT64_C(10000) * WORLD_USDC);
    assert_int_equal(world_answer(&world), REASON_NONE);
    world_hold(&world, person, FIXTURE_PERP, 1000);
    fall_before(&world, FIXTURE_BTC, FALLEN);
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    order = fixture_order(&world.fixture, person, FIXTURE_PERP, CARD_SIDE_BUY, MID - 5, 1);
    order->header.subaccount = sibling;
    order->tif = CARD_TIF_GTC;
    fixture_run(&world.fixture);
    start(&world);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 900);
    row = state_find_position(world.fixture.state, sibling, FIXTURE_PERP);
    assert_int_equal(state_position_detail(world.fixture.state, row)->order_count, 0);
    assert_int_equal(state_position(world.fixture.state, row)->quantity, 0);
}

/* --- several items --- */

/* A market below its quorum waits, the rest of the account is unwound. */
static void test_frozen_market_waits(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 2000);

    (void)context;
    world_hold(&world, person, FIXTURE_PERP, 1000);
    world_hold(&world, person, WORLD_PERP_2, 500); /* 10,000 USDC */
    world_price(&world, FIXTURE_ETH, 1850000000); /* 750 lost */
    world_quote_side(&world, WORLD_PERP_2, CARD_SIDE_BUY, 18490, 10, 10, 1000);
    fall_before(&world, FIXTURE_BTC, 9600); /* 400 lost: E = 850, MM = 942.5 */
    world_quote(&world, FIXTURE_PERP, 96000, 10, 10, 100);
    world_freeze(&world, FIXTURE_ETH);
    start(&world);
    world_seconds(&world, 1);
    assert_int_equal(world_lots(&world, person, WORLD_PERP_2), 500);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 900);
    world_set_change(&world, FIXTURE_ETH, 1);
    world_seconds(&world, 1);
    assert_int_equal(world_lots(&world, person, WORLD_PERP_2), 450); /* it is deeper */
}

/* A borrowed coin is bought back in slices, and repaid as it comes. */
static void test_borrow(void **context)
{
    const uint32_t person = fixture_add_user(&world.fixture, 5000);
    struct margin_view view;

    (void)context;
    world_pool(&world, FIXTURE_ETH, INT64_C(100) * 100000000);
    world_borrow(&world, person, FIXTURE_ETH, INT64_C(10) * 100000000);
    world_quote(&world, FIXTURE_SPOT, 2000, 1, 10, 200);
    fixture_order(&world.fixture, person, FIXTURE_SPOT, CARD_SIDE_SELL, 1990, 1000)->tif = CARD_TIF_IOC;
    fixture_run(&world.fixture);
    assert_int_equal(world_units(&world, person, FIXTURE_ETH), 0);
    world_quote(&world, FIXTURE_SPOT, 2000, 1, 0, 0);
    fall_before(&world, FIXTURE_ETH, 2380); /* 24,950 or so against 23,800 */
    world_quote(&world, FIXTURE_SPOT, 2380, 1, 10, 100);
    start(&world);
    assert_int_equal(lots_of_orders(&world, person), 100);
    assert_int_equal(world_borrowed(&world, person, FIXTURE_ETH), INT64_C(9) * 100000000);
    assert_int_equal(world_units(&world, person, FIXTURE_ETH), 0);
    assert_true(world_notice(&world, NOTICE_LIQUIDATION_FILL, person)->amount[2] > 0);
    assert_int_equal(world_units(&world, SYSTEM_FUND - SYSTEM_SUBACCOUNTS + 1, FIXTURE_USDC),
                     world_notice(&world, NOTICE_LIQUIDATION_FILL, person)->amount[2] / 256);
    while (world_episode(&world, person) != NULL) {
        world_quote(&world, FIXTURE_SPOT, 2380, 1, 10, 100);
        world_second(&world);
    }
    world_view(&world, person, &view);
    assert_true(100 * view.equity >= 102 * view.initial);
    assert_true(world_borrowed(&world, person, FIXTURE_ETH) > 0);
}

/* What was lost is owed: coins are sold for it, no more than it takes. */
static void test_coin(void **context)
{
    const uint32_t person = world_crowd(&world, 1, 0);

    (void)context;
    fixture_deposit(&world.fixture, fixture_subaccount(person), FIXTURE_ETH, INT64_C(100000000));
    assert_int_equal(world_answer(&world), REASON_NONE);
    world_hold(&world, person, FIXTURE_PERP, 1800);
    fall_before(&world, FIXTURE_BTC, 9500); /* 900 lost: E = 900, MM = 855 + 45 */
    world_quote(&world, FIXTURE_PERP, 95000, 10, 10, 1);
    world_quote(&world, FIXTURE_SPOT, 2000, 1, 10, 100);
    start(&world);
    assert_int_equal(world_notice(&world, NOTICE_LIQUIDATION_ORDER, person)->market, FIXTURE_SPOT);
    assert_int_equal(world_notice(&world, NOTICE_LIQUIDATION_ORDER, person)->amount[0], 4); /* a tenth of 45 */
    assert_int_equal(world_units(&world, person, FIXTURE_ETH), 96000000);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 1800);
}

/* --- the machine --- */

/* In mid-episode every session goes, and markets wait for prices; then it goes on. */
static void test_restart(void **context)
{
    const uint32_t person = fallen_person(&world);

    (void)context;
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
    start(&world);
    fixture_restart(&world.fixture);
    fixture_run(&world.fixture);
    world_seconds(&world, 6);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 900);
    assert_non_null(world_episode(&world, person));
    world_price(&world, FIXTURE_BTC, INT64_C(1000000) * FALLEN);
    world_seconds(&world, 1);
    assert_int_equal(world_lots(&world, person, FIXTURE_PERP), 800);
}

static void crash_open(struct world *where, const char *backend, uint32_t steps)
{
    const struct input_liquidation_rules rules = world_rules();

    world_open_as(where, backend, &(struct fixture_options){ .steps = steps });
    for (uint32_t i = 0; i < 40; i++) {
        const uint32_t person = world_crowd(where, 1, 500 + 37 * i);

        world_hold(where, person, FIXTURE_PERP, i % 3 ? 1000 : -700);
        world_hold(where, person, WORLD_PERP_2, i % 2 ? 100 : -90);
    }
    world_set_rules(where, &rules);
}

static void crash_seconds(struct world *where, int64_t from, int64_t to)
{
    for (int64_t second = from; second < to; second++) {
        world_quote(where, FIXTURE_PERP, (uint32_t)(100000 - 450 * second), 20, 10, 80);
        world_quote(where, WORLD_PERP_2, (uint32_t)(20000 + 90 * second), 5, 5, 30);
        world_price(where, FIXTURE_BTC, 10000000000 - 45000000 * second);
        world_price(where, FIXTURE_ETH, 2000000000 + 9000000 * second);
        world_second(where);
    }
}

static void crash(struct world *where, const char *backend, uint32_t steps)
{
    crash_open(where, backend, steps);
    crash_seconds(where, 0, 20);
}

/* Batches of two steps each give what large ones give. */
static void test_small_batches(void **context)
{
    (void)context;
    crash(&world, "model", 0);
    crash(&other, "model", 2);
    assert_true(other.most_batches > world.most_batches);
    assert_int_equal(world.notice_count, other.notice_count);
    assert_true(world_notices(&world, NOTICE_LIQUIDATION_FILL, 0) > 100);
    for (uint32_t person = 1; person <= world.fixture.users; person++) {
        assert_int_equal(world_lots(&world, person, FIXTURE_PERP), world_lots(&other, person, FIXTURE_PERP));
        assert_int_equal(world_lots(&world, person, WORLD_PERP_2), world_lots(&other, person, WORLD_PERP_2));
        assert_int_equal(world_units(&world, person, FIXTURE_USDC), world_units(&other, person, FIXTURE_USDC));
    }
    world_close(&world);
    world_close(&other);
}

/* The card gives what its model gives. */
static void test_engines(void **context)
{
    (void)context;
    crash(&world, "model", 0);
    crash(&other, "book", 0);
    assert_memory_equal(world.fixture.result.hash, other.fixture.result.hash, 32);
    world_close(&world);
    world_close(&other);
}

/* A snapshot taken while the machine is at work: what was loaded goes on as the one it was taken of. */
static void test_snapshot(void **context)
{
    char directory[] = "/tmp/vitrine-liquidation-XXXXXX", name[96], error[256] = "";
    struct fixture *saved = malloc(sizeof *saved);
    uint8_t hash[32], wanted[32];
    uint64_t batch;

    (void)context;
    assert_non_null(saved);
    assert_non_null(mkdtemp(directory));
    crash_open(&world, "model", 2);
    crash_seconds(&world, 0, 6);
    world.fixture.time_ns = (world.fixture.time_ns / 1000000000 + 1) * 1000000000;
    do {
        fixture_run(&world.fixture);
        assert_true(world.fixture.result.more);
    } while (world.fixture.state->t->liquidation_stage != LIQUIDATION_SEND);
    batch = world.fixture.state->t->batch;
    assert_int_equal(snapshot_write(world.fixture.state, directory, hash, error, sizeof error), SNAPSHOT_OK);
    *saved = world.fixture;
    crash_seconds(&world, 6, 12);
    memcpy(wanted, world.fixture.result.hash, sizeof wanted);

    fixture_replace_exchange(&world.fixture);
    assert_int_equal(snapshot_load(world.fixture.state, directory, batch, hash, error, sizeof error), SNAPSHOT_OK);
    if (exchange_loaded(world.fixture.exchange) != EXCHANGE_OK ||
        exchange_attach(world.fixture.exchange) != EXCHANGE_OK)
        fail_msg("%s", exchange_message(world.fixture.exchange));
    world.fixture.time_ns = saved->time_ns;
    world.fixture.ticket = saved->ticket;
    memcpy(world.fixture.reference, saved->reference, sizeof saved->reference);
    crash_seconds(&world, 6, 12);
    assert_memory_equal(world.fixture.result.hash, wanted, sizeof wanted);
    snprintf(name, sizeof name, "%s/snapshot-%016lu", directory, (unsigned long)batch);
    assert_int_equal(unlink(name), 0);
    rmdir(directory);
    free(saved);
    world_close(&world);
}

/* Ten thousand at once: a bounded number of them a batch, all of them within the second. */
static void test_crowd(void **context)
{
    enum { CROWD = 10000 };
    const struct fixture_options options = {
        .no_recount = true,
        .sizes = { .subaccounts = CROWD + 100, .accounts = CROWD + 100, .users = 100, .balances = 3 * CROWD,
                   .positions = 2 * CROWD, .orders = 20000, .slots = 4096, .transfers = 2 * CROWD, .jobs = 64 } };
    const struct input_liquidation_rules rules = world_rules();
    uint32_t first;

    (void)context;
    world_open_as(&world, "model", &options);
    first = world_crowd(&world, CROWD, 1000);
    for (uint32_t i = 0; i < CROWD; i++)
        world_hold(&world, first + i, FIXTURE_PERP, 1000);
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 2000000);
    world_set_rules(&world, &rules);
    world_seconds(&world, 12);
    world_price(&world, FIXTURE_BTC, INT64_C(1000000) * FALLEN);
    world_forget(&world);
    world.most_commands = 0;
    world_second(&world);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION, 0), CROWD);
    assert_int_equal(world_notices(&world, NOTICE_LIQUIDATION_ENDED, 0), CROWD);
    for (uint32_t i = 0; i < CROWD; i++)
        assert_int_equal(world_lots(&world, first + i, FIXTURE_PERP), 0);
    assert_true(world.most_commands <= LIQUIDATION_EPISODES + 16); /* marks and windows */
    assert_int_equal(exchange_recount(world.fixture.exchange), EXCHANGE_OK);
    world_close(&world);
}

static uint32_t most_rows;

static void note_rows(void *context, uint32_t from, uint32_t to)
{
    const uint32_t first = from < SYSTEM_SUBACCOUNTS ? SYSTEM_SUBACCOUNTS : from;
    const uint32_t rows = (to != TABLE_NONE ? to : world.fixture.state->subaccounts.used) - first;

    (void)context;
    most_rows = rows > most_rows ? rows : most_rows;
}

static uint32_t rows_in_a_second(void)
{
    most_rows = 0;
    world_second(&world);
    return most_rows;
}

/* Where many may be due a batch covers few rows: after new terms (in the next two runs), a jump of the mark, while
 * somebody is liquidated. Else all of these in one. */
static void test_rows_a_batch(void **context)
{
    enum { CROWD = 2000 };
    const struct fixture_options options = {
        .sizes = { .subaccounts = CROWD + 100, .accounts = CROWD + 100, .users = 100, .balances = 3 * CROWD,
                   .positions = 2 * CROWD, .orders = 2000, .slots = 4096, .transfers = 2 * CROWD, .jobs = 64 },
        .no_recount = true };
    const struct input_liquidation_rules rules = world_rules();
    uint32_t person;

    (void)context;
    world_open_as(&world, "model", &options);
    world_crowd(&world, CROWD, 1000);
    person = world_crowd(&world, 1, 1000);
    world_hold(&world, person, FIXTURE_PERP, 1000);
    world.fixture.exchange->options.watcher.detected = note_rows;
    world_set_rules(&world, &rules);
    assert_in_range(rows_in_a_second(), 1, 256);
    assert_in_range(rows_in_a_second(), 1, 256);
    for (unsigned seconds = 0; rows_in_a_second() < CROWD; seconds++)
        assert_true(seconds < 10);
    world_price(&world, FIXTURE_BTC, INT64_C(1000000) * 9900);
    assert_in_range(rows_in_a_second(), 1, 256);
    for (unsigned seconds = 0; rows_in_a_second() < CROWD; seconds++) /* no pass, and the mark has come to rest */
        assert_true(seconds < 60);
    world_price(&world, FIXTURE_BTC, INT64_C(1000000) * FALLEN); /* nobody bids: it stays */
    world_seconds(&world, 12);
    assert_non_null(world_episode(&world, person));
    assert_in_range(rows_in_a_second(), 1, 512);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_healthy_is_left_alone, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_no_policy, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_slice_and_pause, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_refilled_book_until_stop, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_pro_rata, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_spoofed_depth, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_sweep, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_bankruptcy_price, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_shares_of_two, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_short, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_bands_stop, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_fee_of_notional, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_fee_of_margin, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_fee_of_equity, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_orders_go_first, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_many_orders, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_no_room_for_a_job, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_jobs_left_for_people, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_withdrawn_before, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_money_stays, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_sibling, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_frozen_market_waits, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_borrow, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_coin, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_restart, open_world, close_world),
        cmocka_unit_test(test_rows_a_batch),
        cmocka_unit_test(test_small_batches),
        cmocka_unit_test(test_engines),
        cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_crowd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
