/* Fees of a spot market that are fractions of a unit: what an order pays in all is rounded once, and what its lock
 * releases is never less than what a fill takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "mix.h"

enum { ODD = 3, ODD_PRICE = 2000, BUYER = 1, SELLER = 2 };

static struct fixture fixture;

static struct input_market_set odd_market(int32_t maker, int32_t taker)
{
    return (struct input_market_set){
        .header = { .kind = INPUT_MARKET_SET }, .symbol = "ETH_USDC_ODD", .kind = MARKET_SPOT,
        .bands = CARD_BANDS_LIMIT_MASK, .window_log2 = 10, .base_asset = FIXTURE_ETH, .quote_asset = FIXTURE_USDC,
        .lot_units = 100, .tick_lot_units = 1, .maker_fee = maker, .taker_fee = taker, .limit_min = 250000,
        .limit_max = 2000000, .impact_min = 950000, .impact_max = 1050000, .mean_min = 900000, .mean_max = 1100000,
        .tolerance = 50000, .slot_quota = 64, .window_step = 64, .quantity_min = 1 };
}

static void set_market(int32_t maker, int32_t taker)
{
    const struct input_market_set market = odd_market(maker, taker);

    fixture_add(&fixture, &market, sizeof market);
    fixture_run(&fixture);
}

static int setup(void **state)
{
    (void)state;
    fixture_open(&fixture, "model");
    fixture_add_user(&fixture, 0);
    fixture_add_user(&fixture, 0);
    fixture_deposit(&fixture, fixture_subaccount(SELLER), FIXTURE_ETH, 1000000000);
    fixture_run(&fixture);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void open_market(int32_t maker, int32_t taker)
{
    set_market(maker, taker);
    fixture_marks(&fixture, ODD, ODD_PRICE);
    fixture_run(&fixture);
}

/* Somebody with exactly what a buy of `lots` locks: notional, fee rounded up, a unit. */
static uint32_t add_buyer(int64_t lots, int32_t rate)
{
    const uint32_t user = fixture_add_user(&fixture, 0);
    const int64_t notional = ODD_PRICE * lots;

    fixture_deposit(&fixture, fixture_subaccount(user), FIXTURE_USDC,
                    notional + (notional * rate + 999999) / 1000000 + 1);
    fixture_run(&fixture);
    return user;
}

static void cancel_all(uint32_t user)
{
    const struct input_mass_cancel cancel = {
        .header = { .kind = INPUT_MASS_CANCEL, .subaccount = fixture_subaccount(user) }, .scope = INPUT_MASS_ALL };

    fixture_add(&fixture, &cancel, sizeof cancel);
    fixture_run_until_done(&fixture);
}

/* As taker of up to three orders and as maker of many, in random parts at random better prices: nothing is ever
 * missing, and the recount holds after every event. */
static void fill_in_parts(uint64_t *seed, int32_t rate)
{
    const int64_t lots = 1 + (int64_t)(mix_next(seed) % 40);
    const uint32_t buyer = add_buyer(lots, rate);
    int64_t left = lots;

    for (unsigned asks = (unsigned)(mix_next(seed) % 4); asks > 0; asks--)
        fixture_order(&fixture, SELLER, ODD, CARD_SIDE_SELL, ODD_PRICE - (uint32_t)(mix_next(seed) % 9),
                      1 + (int64_t)(mix_next(seed) % 5));
    fixture_run(&fixture);
    fixture_order(&fixture, buyer, ODD, CARD_SIDE_BUY, ODD_PRICE, lots);
    fixture_run(&fixture);
    fixture_expect(&fixture, buyer, 0, REPORT_ACCEPTED, REASON_NONE, STATUS_NEW);
    for (; left > 0 && fixture_find_order(&fixture, buyer, 1) != NULL; left--) {
        fixture_order(&fixture, SELLER, ODD, CARD_SIDE_SELL, ODD_PRICE, 1 + (int64_t)(mix_next(seed) % 7))->tif =
            CARD_TIF_IOC;
        fixture_run(&fixture);
    }
    assert_null(fixture_find_order(&fixture, buyer, 1));
    assert_int_equal(fixture_balance(&fixture, buyer, FIXTURE_ETH), lots * 100);
    cancel_all(SELLER);
}

static void test_lock_covers_parts(void **state)
{
    static const int32_t rates[][2] = { { 0, 700 }, { 333, 700 }, { -5, 5 }, { 1, 1 }, { -699, 700 },
                                       { 99999, 99999 } };
    uint64_t seed = 7;

    (void)state;
    for (unsigned i = 0; i < 54; i++) {
        open_market(rates[i % 6][0], rates[i % 6][1]);
        fill_in_parts(&seed, rates[i % 6][1]);
    }
}

/* The taker has paid by rounding before, the operator has moved the fees away: the maker's rebate is a unit short. */
static void test_rebate_without_fees(void **state)
{
    struct input_transfer sweep = { .header = { .kind = INPUT_TRANSFER, .subaccount = SYSTEM_FEES }, .to = SYSTEM_FUND,
                                    .asset = FIXTURE_USDC };
    int64_t before;

    (void)state;
    open_market(-5, 5);
    fixture_add_user(&fixture, 1000);
    fixture_add_user(&fixture, 1000);
    fixture_deposit(&fixture, fixture_subaccount(4), FIXTURE_ETH, 1000000);
    fixture_order(&fixture, SELLER, ODD, CARD_SIDE_SELL, 2010, 100);
    fixture_run(&fixture);
    fixture_order(&fixture, 3, ODD, CARD_SIDE_BUY, 2010, 5);
    fixture_order(&fixture, 4, ODD, CARD_SIDE_SELL, 2000, 1);
    fixture_run(&fixture);
    fixture_order(&fixture, 3, ODD, CARD_SIDE_BUY, 2000, 99);
    fixture_run(&fixture);
    sweep.amount = state_balance(fixture.state, state_find_balance(fixture.state, SYSTEM_FEES, FIXTURE_USDC))->amount;
    assert_true(sweep.amount > 0);
    fixture_add(&fixture, &sweep, sizeof sweep);
    fixture_run(&fixture);
    before = fixture_balance(&fixture, SELLER, FIXTURE_USDC);
    fixture_replace(&fixture, 3, fixture.reference[3], 2010, 99);
    fixture_run(&fixture);
    assert_non_null(fixture_find(&fixture, SELLER, REPORT_EXECUTED));
    assert_true(fixture_find(&fixture, SELLER, REPORT_EXECUTED)->fee <= 0);
    assert_true(fixture_balance(&fixture, SELLER, FIXTURE_USDC) >= before);
}

/* Buys have locked their fees: the rate stands while any are open. */
static void test_rate_stands_while_orders_rest(void **state)
{
    (void)state;
    open_market(0, 700);
    fixture_deposit(&fixture, fixture_subaccount(BUYER), FIXTURE_USDC, 1000000);
    fixture_order(&fixture, BUYER, ODD, CARD_SIDE_BUY, ODD_PRICE, 10);
    fixture_run(&fixture);
    set_market(0, 900);
    assert_int_equal(state_market(fixture.state, ODD)->taker_fee, 700);
    fixture_cancel(&fixture, BUYER, fixture.reference[BUYER]);
    fixture_run(&fixture);
    set_market(0, 900);
    assert_int_equal(state_market(fixture.state, ODD)->taker_fee, 900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lock_covers_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rebate_without_fees, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rate_stands_while_orders_rest, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
