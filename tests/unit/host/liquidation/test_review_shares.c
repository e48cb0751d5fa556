/* What an adversary found: equity that is not there to be given away, the bound of what deleveraging gives, and rows
 * and slots that clients leave to the exchange. A lot of the first perpetual is 0.001 BTC, 10 USDC at the beginning. */
#include "unit.h"

#include <stdlib.h>

#include "settlement.h"
#include "world.h"

#define USDC(whole) ((int64_t)(whole) * WORLD_USDC)
#define PRICE(whole) ((int64_t)(whole) * 1000000)

static struct world world;

static struct state *now(void)
{
    return world.fixture.state;
}

static void start(uint32_t bound)
{
    struct input_liquidation_rules rules = world_rules();

    world_open(&world);
    rules.adl_bound = bound;
    world_set_rules(&world, &rules);
}

/* ETH counts for nothing from now on. */
static void no_collateral(void)
{
    const struct input_asset_set coin = { .header = { .kind = INPUT_ASSET_SET }, .symbol = "ETH", .decimals = 8,
                                          .borrow_imf = { 1, 10, 0 }, .borrow_mmf = { 1, 20, 0 },
                                          .flags = ASSET_CAN_LEND | ASSET_CAN_BORROW };

    fixture_add(&world.fixture, &coin, sizeof coin);
    assert_int_equal(world_answer(&world), REASON_NONE);
}

static void deposit(uint32_t person, uint32_t asset, int64_t units)
{
    fixture_deposit(&world.fixture, person ? fixture_subaccount(person) : SYSTEM_FUND, asset, units);
    assert_int_equal(world_answer(&world), REASON_NONE);
}

static void price(int64_t btc)
{
    world_price(&world, FIXTURE_BTC, PRICE(btc));
    world_second(&world);
}

static int64_t equity(uint32_t who) /* units, rounded down */
{
    struct margin_view view;

    world_view(&world, who, &view);
    return wide_narrow(wide_divide_down(view.equity, 256));
}

static int64_t lots(uint32_t who)
{
    return world_lots(&world, who, FIXTURE_PERP);
}

/* --- what goes with the lots of a bankrupt account --- */

/* 500 USDC of net equity are left, and 50 ETH that count for nothing: those stay, and their worth with them. */
static void test_coins_are_not_given_away(void **unused)
{
    uint32_t loser, winner;

    (void)unused;
    start(100000);
    no_collateral();
    loser = world_crowd(&world, 1, 6000);
    winner = world_crowd(&world, 1, 20000);
    deposit(loser, FIXTURE_ETH, INT64_C(5000000000));
    world_trade(&world, FIXTURE_PERP, loser, winner, 5000, 100000);
    price(8900);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(lots(winner), 0);
    assert_int_equal(equity(loser), 0);
    assert_int_equal(equity(winner), USDC(20000 + 5500 + 500));
    world_close(&world);
}

/* 500 are missing, which the coins will pay: nothing of it is the winner's, nor the fund's. */
static void test_coins_pay_before_others(void **unused)
{
    uint32_t loser, winner;

    (void)unused;
    start(100000);
    no_collateral();
    loser = world_crowd(&world, 1, 5000);
    winner = world_crowd(&world, 1, 20000);
    deposit(0, FIXTURE_USDC, USDC(1000));
    deposit(loser, FIXTURE_ETH, INT64_C(5000000000));
    world_trade(&world, FIXTURE_PERP, loser, winner, 5000, 100000);
    price(8900);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(equity(loser), -USDC(500));
    assert_int_equal(equity(winner), USDC(20000 + 5500));
    assert_int_equal(wide_narrow(world_fund(&world) / 256), USDC(1000));
    world_close(&world);
}

/* 20 USDC are left of 100: with a bound of 1 % of the mark no more than that goes with the lots, either way. */
static void test_bound_of_what_is_given(void **unused)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        const int64_t worth = sign > 0 ? 920 : 1080;
        uint32_t loser, winner;

        (void)unused;
        start(10000);
        loser = world_crowd(&world, 1, 100);
        winner = world_crowd(&world, 1, 1000);
        world_hold(&world, loser, FIXTURE_PERP, sign * 100);
        world_hold(&world, winner, FIXTURE_PERP, -sign * 100);
        price(10000 - sign * 800);
        assert_int_equal(lots(loser), 0);
        assert_int_equal(lots(winner), 0);
        assert_int_equal(equity(winner), USDC(1080) + USDC(worth) / 100);
        assert_int_equal(equity(loser), USDC(20) - USDC(worth) / 100);
        world_close(&world);
    }
}

/* Riches beyond all sums do not fit into what a short position is bought back for. */
static void test_riches_of_a_short(void **unused)
{
    uint32_t loser, winner;

    (void)unused;
    start(100000);
    no_collateral();
    loser = world_crowd(&world, 1, 100);
    winner = world_crowd(&world, 1, 1000);
    deposit(loser, FIXTURE_ETH, INT64_C(900000000) * 100000000);
    world_hold(&world, loser, FIXTURE_PERP, -100);
    world_hold(&world, winner, FIXTURE_PERP, 100);
    price(10800);
    assert_int_equal(lots(loser), 0);
    assert_int_equal(equity(winner), USDC(1100));
    assert_int_equal(equity(loser), 0);
    world_close(&world);
}

/* Once settled, what the haircut hid pays: coins are sold, nobody claims anything, and the fund keeps its own. */
static void test_debt_is_paid_in_coins(void **unused)
{
    const struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP }, .market = FIXTURE_PERP,
                                          .capacity = USDC(500000) };
    struct input_backstop commit = input;
    uint32_t loser;

    (void)unused;
    start(100000);
    no_collateral();
    now()->t->settle_seconds = 10;
    now()->t->next_settle = now()->t->time_ns + UINT64_C(3000000000);
    deposit(0, FIXTURE_USDC, USDC(100000));
    commit.header.subaccount = fixture_subaccount(world_crowd(&world, 1, 1000000));
    fixture_add(&world.fixture, &commit, sizeof commit);
    assert_int_equal(world_answer(&world), REASON_NONE);
    loser = world_crowd(&world, 1, 10000);
    deposit(loser, FIXTURE_ETH, INT64_C(5000000000));
    world_hold(&world, loser, FIXTURE_PERP, 5000);
    price(5000);
    assert_int_equal(lots(loser), 0);
    world_quote(&world, FIXTURE_SPOT, 2000, 1, 10, 100000);
    world_seconds(&world, 120);
    assert_int_equal(state_subaccount(now(), fixture_subaccount(loser))->debt, 0);
    assert_int_equal(state_claims(now()), 0);
    assert_true(world_units(&world, loser, FIXTURE_ETH) < INT64_C(4300000000));
    assert_int_equal(world_notices(&world, NOTICE_FUND_TOPPED_UP, 0), 0);
    assert_true(wide_narrow(world_fund(&world) / 256) >= USDC(100000));
    world_close(&world);
}

/* --- what clients leave --- */

static enum reason own_order(uint32_t user, uint32_t market, uint32_t price_ticks)
{
    struct exchange *exchange = world.fixture.exchange;
    const struct order own = { .subaccount = fixture_subaccount(user), .side = CARD_SIDE_BUY, .tif = CARD_TIF_IOC,
                               .stp = CARD_STP_REJECT_MAKER, .own = OWN_LIQUIDATION, .market = (uint16_t)market,
                               .price = price_ticks, .quantity = 1, .open = 1 };
    const enum reason reason = entry_send_own(exchange, &own);

    exchange->action_count = exchange->command_count = 0; /* it does not go out */
    return reason;
}

/* A small market too: of 90 slots two are left, of 12 none. */
static void test_slots_are_left(void **unused)
{
    struct market *market;
    uint32_t users[5];

    (void)unused;
    start(100000);
    world.fixture.exchange->options.recount = false;
    market = state_market(now(), WORLD_PERP_2);
    market->slot_quota = 40;
    for (unsigned i = 0; i < 5; i++)
        users[i] = fixture_add_user(&world.fixture, 100000);
    for (unsigned i = 0; i < 5; i++)
        for (unsigned k = 0; k < 10; k++)
            fixture_order(&world.fixture, users[i], WORLD_PERP_2, CARD_SIDE_BUY, 19000 + k, 1)->tif = CARD_TIF_GTC;
    fixture_run(&world.fixture);
    assert_int_equal(market->slots_used, 38);
    assert_int_equal(own_order(users[0], WORLD_PERP_2, 19000), REASON_NONE);
    assert_int_equal(limit_own(15), 0);
    assert_int_equal(limit_own(16), 2);
    assert_int_equal(limit_own(128), 2);
    assert_int_equal(limit_own(6400), 100);
    world_close(&world);
}

/* All orders that there is room for, and all rows of positions: an order of the exchange's own still goes out. */
static void test_rows_are_left(void **unused)
{
    struct fixture_options options = { .no_recount = true };
    uint32_t users[10], crowd;

    (void)unused;
    options.sizes = (struct state_sizes){ .subaccounts = 200, .accounts = 200, .users = 64, .balances = 400,
                                          .positions = 160, .orders = 128, .slots = 4096, .transfers = 400,
                                          .jobs = 64 };
    world_open_as(&world, "model", &options);
    for (unsigned i = 0; i < 10; i++)
        users[i] = fixture_add_user(&world.fixture, 100000);
    crowd = world_crowd(&world, 100, 0);
    for (unsigned i = 0; i < 10; i++)
        for (unsigned k = 0; k < 16; k++)
            fixture_order(&world.fixture, users[i], FIXTURE_PERP, CARD_SIDE_BUY, 90000 + k, 1)->tif = CARD_TIF_GTC;
    fixture_run(&world.fixture);
    assert_int_equal(now()->orders.live, 126);
    for (unsigned i = 0; i < 100; i++)
        for (uint32_t market = FIXTURE_PERP; market <= WORLD_PERP_2; market++)
            (void)state_need_position(now(), fixture_subaccount(crowd + i), market);
    for (unsigned i = 0; i < 100; i++)
        for (uint32_t asset = FIXTURE_USDC; asset <= FIXTURE_ETH; asset++)
            (void)state_need_balance(now(), fixture_subaccount(crowd + i), asset);
    assert_int_equal(state_need_position(now(), fixture_subaccount(users[9]), FIXTURE_SPOT), TABLE_NONE);
    assert_int_equal(own_order(users[9], FIXTURE_SPOT, 1), REASON_NONE); /* buys a coin back */
    assert_true(state_find_position(now(), fixture_subaccount(users[9]), FIXTURE_SPOT) != TABLE_NONE);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coins_are_not_given_away),
        cmocka_unit_test(test_coins_pay_before_others),
        cmocka_unit_test(test_bound_of_what_is_given),
        cmocka_unit_test(test_riches_of_a_short),
        cmocka_unit_test(test_debt_is_paid_in_coins),
        cmocka_unit_test(test_slots_are_left),
        cmocka_unit_test(test_rows_are_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
