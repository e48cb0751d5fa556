/* Orders through the whole core: entered, rested, filled, replaced, cancelled, parked; money to the unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "reason.h"

static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    fixture_open(&fixture, "model");
    fixture_add_user(&fixture, 100000);
    fixture_add_user(&fixture, 100000);
    fixture_add_user(&fixture, 100);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void test_rest_and_fill(void **state)
{
    const struct report *report;

    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_SELL, 100010, 500);
    fixture_run(&fixture);
    report = fixture_report(&fixture, 1, 0);
    assert_non_null(report);
    assert_int_equal(report->kind, REPORT_ACCEPTED);
    assert_int_equal(report->open, 500);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_BUY, 100020, 200);
    fixture_run(&fixture);
    report = fixture_report(&fixture, 2, 1);
    assert_non_null(report);
    assert_int_equal(report->kind, REPORT_EXECUTED);
    assert_int_equal(report->price, 100010);
    assert_int_equal(report->quantity, 200);
    assert_int_equal(report->status, STATUS_FILLED);
    /* 200 x 100,010 x 100 units = 2,000.2 USDC; 5 bp taker = 1.0001 USDC; 0.5 bp rebate = 0.10001 USDC */
    assert_int_equal(report->fee, 1000100 * 256);
    report = fixture_report(&fixture, 1, 0);
    assert_int_equal(report->fee, -100010 * 256);
    assert_int_equal(report->open, 300);
    assert_int_equal(fixture_position(&fixture, 2, FIXTURE_PERP), 200);
    assert_int_equal(fixture_position(&fixture, 1, FIXTURE_PERP), -200);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->open_interest, 200);
}

static void test_spot_moves_money(void **state)
{
    (void)state;
    fixture_deposit(&fixture, fixture_subaccount(1), FIXTURE_ETH, 10 * 100000000);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 100);
    fixture_order(&fixture, 2, FIXTURE_SPOT, CARD_SIDE_BUY, 2010, 40);
    fixture_run(&fixture);
    assert_int_equal(fixture_balance(&fixture, 2, FIXTURE_ETH), 40 * 1000000);
    assert_int_equal(fixture_balance(&fixture, 1, FIXTURE_ETH), 10 * 100000000 - 40 * 1000000);
    /* 0.4 ETH at 2,000 = 800 USDC; taker 7 bp = 0.56, maker 1 bp = 0.08 */
    assert_int_equal(fixture_balance(&fixture, 2, FIXTURE_USDC), 100000000000 - 800000000 - 560000);
    assert_int_equal(fixture_balance(&fixture, 1, FIXTURE_USDC), 100000000000 + 800000000 - 80000);
}

static void test_margin_refuses(void **state)
{
    (void)state;
    fixture_order(&fixture, 3, FIXTURE_PERP, CARD_SIDE_BUY, 100000, 200); /* 2,000 USDC at 10x with 100 USDC */
    fixture_order(&fixture, 3, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 6);     /* 120 USDC with 100 */
    fixture_run(&fixture);
    assert_int_equal(fixture_report(&fixture, 3, 0)->reason, REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(fixture_report(&fixture, 3, 1)->reason, REASON_INSUFFICIENT_FUNDS);
}

static void test_cancel_in_the_same_batch(void **state)
{
    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 10);
    fixture_cancel(&fixture, 1, 1);
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 80000, 10); /* beyond the window: parks */
    fixture_cancel(&fixture, 1, 2);
    fixture_cancel(&fixture, 1, 77);
    fixture_run(&fixture);
    assert_null(fixture_find_order(&fixture, 1, 1));
    assert_null(fixture_find_order(&fixture, 1, 2));
    assert_int_equal(fixture_find(&fixture, 1, REPORT_CANCELLED)->reference, 2);
    assert_int_equal(fixture_find(&fixture, 1, REPORT_CANCEL_REJECTED)->reference, 77);
}

static void test_park_and_window(void **state)
{
    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 85000, 10);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_SELL, 104000, 10);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_SELL, 107000, 10);
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 1, 1)->place, ORDER_PARKED);
    assert_int_equal(fixture_find_order(&fixture, 2, 1)->place, ORDER_ON_CARD);
    fixture_marks(&fixture, FIXTURE_PERP, 90000);
    fixture_run_until_done(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 1, 1)->place, ORDER_ON_CARD);
    assert_int_equal(fixture_find_order(&fixture, 2, 1)->place, ORDER_PARKED);
    assert_int_equal(fixture_find_order(&fixture, 2, 2)->place, ORDER_PARKED);
    fixture_marks(&fixture, FIXTURE_PERP, FIXTURE_MARK);
    fixture_run_until_done(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 1, 1)->place, ORDER_PARKED);
    assert_int_equal(fixture_find_order(&fixture, 2, 1)->place, ORDER_ON_CARD);
}

/* A mark that jumps by more than a window leaves parked orders on the wrong side of it: they would cross when they came
 * in. */
static void test_window_jumps(void **state)
{
    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 85000, 10);
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 70000, 10);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_SELL, 104000, 10);
    fixture_run(&fixture);
    fixture_marks(&fixture, FIXTURE_PERP, 70000);
    fixture_run_until_done(&fixture);
    assert_null(fixture_find_order(&fixture, 1, 1));
    assert_int_equal(fixture_find_order(&fixture, 1, 2)->place, ORDER_ON_CARD);
    assert_int_equal(fixture_find_order(&fixture, 2, 1)->place, ORDER_PARKED);
    fixture_marks(&fixture, FIXTURE_PERP, 140000);
    fixture_run(&fixture);
    fixture_expect(&fixture, 2, 0, REPORT_EXPIRED, REASON_PRICE_OUT_OF_BOUNDS, STATUS_EXPIRED);
    assert_null(fixture_find_order(&fixture, 2, 1));
    assert_int_equal(fixture_find_order(&fixture, 1, 2)->place, ORDER_PARKED);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_SELL, 139000, 10);
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 2, 2)->place, ORDER_ON_CARD);
}

static void test_replace(void **state)
{
    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 100);
    fixture_run(&fixture);
    fixture_replace(&fixture, 1, 1, 99500, 150);
    fixture_run(&fixture);
    assert_int_equal(fixture_report(&fixture, 1, 0)->kind, REPORT_REPLACED);
    assert_int_equal(fixture_report(&fixture, 1, 0)->other, 1);
    assert_null(fixture_find_order(&fixture, 1, 1));
    assert_int_equal(fixture_find_order(&fixture, 1, 2)->open, 150);
    fixture_replace(&fixture, 1, 2, 85000, 120); /* parks */
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 1, 3)->place, ORDER_PARKED);
    fixture_replace(&fixture, 1, 3, 99900, 130); /* and comes back */
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 1, 4)->place, ORDER_ON_CARD);
    assert_int_equal(fixture_find_order(&fixture, 1, 4)->open, 130);
}

/* A replace need not wait for its order's answer: it follows it to the card, and to the host where it parked. */
static void test_replace_in_the_same_batch(void **state)
{
    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 100);
    fixture_replace(&fixture, 1, 1, 99500, 150);
    fixture_run(&fixture);
    assert_int_equal(fixture.result.rounds, 1);
    assert_int_equal(fixture_find_order(&fixture, 1, 2)->price, 99500);
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 80000, 10); /* parks */
    fixture_replace(&fixture, 1, 3, 99900, 20);
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 1, 4)->place, ORDER_ON_CARD);
    assert_int_equal(fixture_find_order(&fixture, 1, 4)->open, 20);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_SELL, 99900, 20); /* filled at once */
    fixture_replace(&fixture, 2, 1, 99950, 30);
    fixture_run(&fixture);
    assert_int_equal(fixture_find(&fixture, 2, REPORT_REJECTED)->reason, REASON_UNKNOWN_ORDER);
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 10)->flags = INPUT_ORDER_POST_ONLY;
    fixture_replace(&fixture, 1, 5, 85000, 5); /* moves beyond the window: parks */
    fixture_replace(&fixture, 1, 6, 99100, 7);
    fixture_cancel(&fixture, 1, 7);
    fixture_run(&fixture);
    assert_null(fixture_find_order(&fixture, 1, 7));
    assert_int_equal(fixture_find(&fixture, 1, REPORT_CANCELLED)->reference, 7);
}

static void test_reduce_only(void **state)
{
    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_SELL, 100000, 100);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_BUY, 100000, 100);
    fixture_run(&fixture);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_SELL, 101000, 150)->flags = INPUT_ORDER_REDUCE_ONLY;
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 2, 2)->active, 100);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_SELL, 102000, 30); /* cuts it */
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 2, 2)->active, 70);
    fixture_cancel(&fixture, 2, 3);
    fixture_run_until_done(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 2, 2)->active, 100);
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 101000, 100); /* closes the position */
    fixture_run_until_done(&fixture);
    assert_int_equal(fixture_position(&fixture, 2, FIXTURE_PERP), 0);
    assert_null(fixture_find_order(&fixture, 2, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rest_and_fill, setup, teardown),
        cmocka_unit_test_setup_teardown(test_spot_moves_money, setup, teardown),
        cmocka_unit_test_setup_teardown(test_margin_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_in_the_same_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_park_and_window, setup, teardown),
        cmocka_unit_test_setup_teardown(test_window_jumps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replace, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replace_in_the_same_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reduce_only, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
