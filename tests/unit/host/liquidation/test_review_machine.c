/* What a review of the machine has found: whose orders it takes for whose, how long it holds on to somebody who is well
 * again, and what it does with the smallest batches. A lot of the first perpetual is 0.001 BTC, 10 USDC at the
 * beginning, its MMF 5 %, its IMF 10 %. */
#include "unit.h"

#include "world.h"

#define USDC(whole) ((int64_t)(whole) * WORLD_USDC)
#define PRICE(whole) ((int64_t)(whole) * 1000000)

enum { FALLEN = 9450 }; /* USDC: where 1,000 lots with 1,000 USDC are below maintenance and above E_b */

static struct world world;

static struct state *now(void)
{
    return world.fixture.state;
}

static void set_policy(uint8_t policy)
{
    struct input_liquidation_rules rules = world_rules();

    rules.policy = policy;
    world_set_rules(&world, &rules);
}

static void price(int64_t btc, unsigned seconds)
{
    world_price(&world, FIXTURE_BTC, PRICE(btc));
    world_seconds(&world, seconds);
}

static uint32_t told(enum notice_kind kind, uint32_t who)
{
    return world_notices(&world, kind, who);
}

static int64_t lots(uint32_t who)
{
    return world_lots(&world, who, FIXTURE_PERP);
}

static void add_coin(void)
{
    const struct input_asset_set coin = { .header = { .kind = INPUT_ASSET_SET }, .symbol = "ETH", .decimals = 8,
                                          .weight = 900000, .borrow_imf = { 1, 10, 0 }, .borrow_mmf = { 1, 20, 0 },
                                          .flags = ASSET_COLLATERAL | ASSET_CAN_LEND | ASSET_CAN_BORROW };

    fixture_add(&world.fixture, &coin, sizeof coin);
    assert_int_equal(world_answer(&world), REASON_NONE);
}

static uint32_t add_provider(int64_t usdc)
{
    const uint32_t who = world_crowd(&world, 1, usdc);
    const struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP, .subaccount = fixture_subaccount(who) },
                                          .market = FIXTURE_PERP, .capacity = USDC(usdc / 2) };

    fixture_add(&world.fixture, &input, sizeof input);
    assert_int_equal(world_answer(&world), REASON_NONE);
    return who;
}

/* Owes some of its loss after a settlement, and has ETH for it, which goes a lot or so a second; 1,000 lots of the
 * perpetual are more than it can carry: E = 348, MM = 475. */
static uint32_t debtor(void)
{
    uint32_t who;

    world_open(&world);
    add_coin();
    now()->t->settle_seconds = 10;
    now()->t->next_settle = now()->t->time_ns + 1000000000;
    world_quote(&world, FIXTURE_SPOT, 2000, 1, 5, 1);
    who = world_crowd(&world, 1, 100);
    fixture_deposit(&world.fixture, fixture_subaccount(who), FIXTURE_ETH, 41000000);
    assert_int_equal(world_answer(&world), REASON_NONE);
    world_trade(&world, FIXTURE_PERP, who, world_crowd(&world, 1, 100000), 1000, 100000);
    price(9500, 12);
    assert_true(state_subaccount(now(), fixture_subaccount(who))->debt > 0);
    assert_true(told(NOTICE_CONVERSION, who) > 0);
    world_set_change(&world, FIXTURE_BTC, 1);
    return who;
}

/* Coins go to the book every second, and slices of the position too. */
static void test_converting(void **unused)
{
    uint32_t who;

    (void)unused;
    who = debtor();
    world_quote(&world, FIXTURE_PERP, 95000, 10, 10, 1000);
    set_policy(POLICY_OURS);
    world_forget(&world);
    for (unsigned i = 0; i < 12; i++) {
        world_second(&world);
        world_quote(&world, FIXTURE_SPOT, 2000, 1, 5, 1);
    }
    assert_true(told(NOTICE_CONVERSION, who) >= 6);
    assert_true(told(NOTICE_LIQUIDATION_FILL, who) >= 2);
    assert_int_equal(lots(who), 1000 - world_sum(&world, NOTICE_LIQUIDATION_FILL, who, 0));
    world_close(&world);
}

/* Nor do conversions keep providers from taking over. */
static void test_converting_is_handed_over(void **unused)
{
    struct input_liquidation_rules rules = world_rules();
    uint32_t who, provider;

    (void)unused;
    who = debtor();
    provider = add_provider(100000);
    world_quote(&world, FIXTURE_SPOT, 2000, 1, 5, 1);
    rules.backstop = 900000; /* E_b above E */
    world_set_rules(&world, &rules);
    world_forget(&world);
    world_second(&world);
    assert_int_equal(told(NOTICE_CONVERSION, who), 1);
    assert_int_equal(lots(provider), 1000);
    assert_int_equal(lots(who), 0);
    world_close(&world);
}

/* --- well again --- */

/* Nobody bids: E = 450 of 472.5 and then 800 of 490, which is less than 1.02 x IM. */
static void test_well_and_stuck(void **unused)
{
    uint32_t who;

    (void)unused;
    world_open(&world);
    who = world_crowd(&world, 1, 1000);
    set_policy(POLICY_OURS);
    world_hold(&world, who, FIXTURE_PERP, 1000);
    price(FALLEN, 2);
    assert_non_null(world_episode(&world, who));
    price(9800, 59);
    assert_non_null(world_episode(&world, who));
    world_seconds(&world, 2);
    assert_null(world_episode(&world, who));
    world_seconds(&world, 5);
    assert_int_equal(told(NOTICE_LIQUIDATION, who), 1);
    assert_int_equal(lots(who), 1000);
    world_close(&world);
}

/* While there are fills it goes on: a lot of the budget's a pause. */
static void test_well_and_filling(void **unused)
{
    uint32_t who;

    (void)unused;
    world_open(&world);
    who = world_crowd(&world, 1, 1000);
    set_policy(POLICY_OURS);
    world_hold(&world, who, FIXTURE_PERP, 1000);
    price(FALLEN, 2);
    world_price(&world, FIXTURE_BTC, PRICE(9800));
    for (unsigned i = 0; i < 90; i++) {
        world_quote(&world, FIXTURE_PERP, 98000, 10, 1, 8);
        world_second(&world);
    }
    assert_true(lots(who) > 500 && lots(who) < 1000);
    assert_non_null(world_episode(&world, who));
    world_close(&world);
}

/* It has been well for most of the minute: only since it is ill again does its time run. */
static void test_age_of_an_illness(void **unused)
{
    uint32_t who;

    (void)unused;
    world_open(&world);
    who = world_crowd(&world, 1, 1000);
    set_policy(POLICY_OURS);
    world_hold(&world, who, FIXTURE_PERP, 1000);
    price(FALLEN, 5);
    price(9500, 40);
    price(FALLEN, 20);
    assert_int_equal(told(NOTICE_LIQUIDATION, who), 1);
    assert_non_null(world_episode(&world, who));
    assert_int_equal(world_episode(&world, who)->urgent, 0);
    assert_int_equal(lots(who), 1000);
    world_seconds(&world, 39);
    assert_non_null(world_episode(&world, who));
    assert_int_equal(world_episode(&world, who)->urgent, 0);
    world_seconds(&world, 2); /* 60 s: urgent, and nobody but those who are short of it takes it */
    assert_int_equal(lots(who), 0);
    world_close(&world);
}

/* --- no policy --- */

static void test_no_policy_while_one_lasts(void **unused)
{
    uint32_t ill, other;

    (void)unused;
    world_open(&world);
    ill = world_crowd(&world, 1, 1000);
    other = world_crowd(&world, 1, 1200);
    set_policy(POLICY_OURS);
    world_hold(&world, ill, FIXTURE_PERP, 1000);
    world_hold(&world, other, FIXTURE_PERP, 1000);
    price(FALLEN, 1);
    assert_non_null(world_episode(&world, ill));
    assert_null(world_episode(&world, other));
    set_policy(POLICY_NONE);
    price(9250, 2);
    assert_null(world_episode(&world, ill));
    assert_int_equal(told(NOTICE_LIQUIDATION, other), 0);
    set_policy(POLICY_OURS);
    world_second(&world);
    assert_int_equal(told(NOTICE_LIQUIDATION, other), 1);
    world_close(&world);
}

/* --- a batch of one step --- */

static void test_hand_over_by_steps_of_one(void **unused)
{
    uint32_t who, provider;

    (void)unused;
    world_open_as(&world, "model", &(struct fixture_options){ .steps = 1 });
    who = world_crowd(&world, 1, 1000);
    provider = add_provider(100000);
    set_policy(POLICY_OURS);
    world_hold(&world, who, FIXTURE_PERP, 1000);
    price(9200, 1);
    assert_int_equal(lots(provider), 1000);
    assert_int_equal(lots(who), 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_converting),
        cmocka_unit_test(test_converting_is_handed_over),
        cmocka_unit_test(test_well_and_stuck),
        cmocka_unit_test(test_well_and_filling),
        cmocka_unit_test(test_age_of_an_illness),
        cmocka_unit_test(test_no_policy_while_one_lasts),
        cmocka_unit_test(test_hand_over_by_steps_of_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
