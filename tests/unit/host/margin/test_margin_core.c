/* Margin through the core: what a thief and an accomplice can take from the lenders of a pool at constant prices. The
 * thief may lose to the accomplice what is the thief's own, and no more. Everything is recounted after every event. */
#include "fixture.h"
#include "unit.h"

#include "lending.h"
#include "margin.h"

#define USDC INT64_C(1000000)

static struct fixture fixture;
static uint32_t lender, accomplice, thief; /* users */

static uint32_t sub(uint32_t user)
{
    return fixture_subaccount(user);
}

static enum reason lend(uint32_t user, enum lend_step step, int64_t usdc)
{
    const struct input_lend input = {
        .header = {.kind = INPUT_LEND, .subaccount = sub(user)}, .asset = FIXTURE_USDC, .step = (uint8_t)step,
        .amount = usdc * USDC};

    fixture_add(&fixture, &input, sizeof input);
    fixture_run(&fixture);
    return fixture.result.reports[0].reason;
}

static int begin(void **unused)
{
    const struct input_pool_set pool = {
        .header = {.kind = INPUT_POOL_SET}, .asset = FIXTURE_USDC, .rate_optimal = 100000, .rate_full = 1000000,
        .optimal = 800000, .throttle = 1000000, .utilisation_max = 1000000, .step_seconds = 60};

    (void)unused;
    fixture_open(&fixture, "model");
    lender = fixture_add_user(&fixture, 10000);
    accomplice = fixture_add_user(&fixture, 1000);
    thief = fixture_add_user(&fixture, 500);
    fixture_deposit(&fixture, sub(accomplice), FIXTURE_ETH, 1000000000);
    fixture_add(&fixture, &pool, sizeof pool);
    fixture_run(&fixture);
    assert_int_equal(lend(lender, LEND_LEND, 10000), REASON_NONE);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    fixture_close(&fixture);
    return 0;
}

/* Whether the order was accepted. */
static bool order(uint32_t user, uint8_t side, uint32_t price, int64_t lots)
{
    fixture_order(&fixture, user, FIXTURE_SPOT, side, price, lots);
    fixture_run(&fixture);
    return fixture_find(&fixture, user, REPORT_REJECTED) == NULL;
}

/* The thief buys dearly from the accomplice and sells cheaply back, as often as margin lets it. */
static unsigned churn(int64_t lots)
{
    unsigned times = 0;

    while (times < 600) {
        assert_true(order(accomplice, CARD_SIDE_SELL, 2110, lots));
        if (!order(thief, CARD_SIDE_BUY, 2110, lots))
            break;
        assert_true(order(accomplice, CARD_SIDE_BUY, 1890, lots));
        if (!order(thief, CARD_SIDE_SELL, 1890, lots))
            break;
        times++;
    }
    return times;
}

static void test_far_order(void **unused)
{
    const int64_t before = fixture_balance(&fixture, accomplice, FIXTURE_USDC);
    struct margin_view view;

    (void)unused;
    assert_int_equal(lend(thief, LEND_BORROW, 4900), REASON_NONE);
    assert_int_equal(lend(thief, LEND_BORROW, 101), REASON_INSUFFICIENT_MARGIN);
    /* A lot is 20 USDC at the mark, of which 18 count: bought at 5.2 it would be a gain. */
    assert_false(order(thief, CARD_SIDE_BUY, 520, 250));
    assert_true(order(thief, CARD_SIDE_BUY, 520, 120));
    assert_in_range(churn(20), 1, 20); /* 400 USDC at a time, a tenth of which is lost */
    margin_compute(fixture.state, sub(thief), NULL, &view);
    assert_true(view.equity > 0);
    assert_true(fixture_balance(&fixture, accomplice, FIXTURE_USDC) - before < 500 * USDC);
}

/* Whoever has nothing holds nothing of a pool, nor does whoever withdraws what the borrow was granted on. */
static void test_borrow_for_nothing(void **unused)
{
    struct margin_view view;

    (void)unused;
    assert_int_equal(lend(thief, LEND_BORROW, 5000), REASON_NONE);
    assert_int_equal(margin_check_withdrawal(fixture.state, sub(thief), FIXTURE_USDC, 1, 0),
                     REASON_INSUFFICIENT_MARGIN);
    margin_compute(fixture.state, sub(thief), NULL, &view);
    assert_true(view.initial == 0 && view.available == (wide)500 * USDC * 256);
    assert_int_equal(lend(thief, LEND_REPAY, 5000), REASON_NONE);
    assert_int_equal(margin_check_withdrawal(fixture.state, sub(thief), FIXTURE_USDC, 499 * USDC, 0), REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_far_order, begin, end),
        cmocka_unit_test_setup_teardown(test_borrow_for_nothing, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
