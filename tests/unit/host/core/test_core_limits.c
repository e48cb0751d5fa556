/* What keeps one participant from taking what belongs to all, and caps that hold inside a batch too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core.h"
#include "fixture.h"

static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    fixture_open(&fixture, "model");
    for (unsigned i = 0; i < 6; i++)
        fixture_add_user(&fixture, 1000000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void set_market(uint32_t slot_quota, uint64_t interest_max)
{
    const struct market *market = state_market(fixture.state, FIXTURE_PERP);
    struct input_market_set set = {
        .header = { .kind = INPUT_MARKET_SET }, .symbol = "BTC_USDC_PERP", .kind = market->kind,
        .bands = market->bands, .window_log2 = market->window_log2, .base_asset = market->base_asset,
        .quote_asset = market->quote_asset, .lot_units = market->lot_units, .tick_lot_units = market->tick_lot_units,
        .maker_fee = market->maker_fee, .taker_fee = market->taker_fee, .limit_min = market->limit_min,
        .limit_max = market->limit_max, .impact_min = market->impact_min, .impact_max = market->impact_max,
        .mean_min = market->mean_min, .mean_max = market->mean_max, .tolerance = market->tolerance,
        .slot_quota = slot_quota, .window_step = market->window_step, .quantity_min = 1, .imf = market->imf,
        .mmf = market->mmf, .interest_max = interest_max };

    fixture_add(&fixture, &set, sizeof set);
    fixture_run(&fixture);
    assert_int_equal(fixture.result.reports[0].reason, REASON_NONE);
}

/* Three takers in one batch each fit alone; together they would open more than the market's limit. */
static void test_open_interest_inside_a_batch(void **state)
{
    (void)state;
    fixture_order(&fixture, 4, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK, 300);
    fixture_run(&fixture);
    set_market(2000, 100);
    for (uint32_t user = 1; user <= 3; user++)
        fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 60);
    fixture_run(&fixture);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->open_interest, 60);
    assert_int_equal(fixture_find(&fixture, 1, REPORT_EXECUTED)->quantity, 60);
    assert_int_equal(fixture_find(&fixture, 2, REPORT_REJECTED)->reason, REASON_OPEN_INTEREST);
    assert_int_equal(fixture_find(&fixture, 3, REPORT_REJECTED)->reason, REASON_OPEN_INTEREST);
}

/* One that is refused by the card has raised nothing, so the next one is looked at again. */
static void test_open_interest_not_taken(void **state)
{
    (void)state;
    fixture_order(&fixture, 4, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK, 300);
    fixture_run(&fixture);
    set_market(2000, 100);
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 60)->flags = INPUT_ORDER_POST_ONLY;
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 60);
    fixture_run(&fixture);
    assert_int_equal(fixture_find(&fixture, 1, REPORT_REJECTED)->reason, REASON_POST_ONLY_TAKER);
    assert_int_equal(fixture_find(&fixture, 2, REPORT_EXECUTED)->quantity, 60);
}

static void test_one_account_leaves_slots(void **state)
{
    (void)state;
    set_market(40, 0);
    for (unsigned i = 0; i < 12; i++)
        fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 99000 + i, 1);
    fixture_run(&fixture);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->slots_used, 10); /* a quarter */
    assert_int_equal(fixture_find(&fixture, 1, REPORT_REJECTED)->reason, REASON_SLOT_QUOTA);
    fixture_order(&fixture, 2, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 1);
    fixture_run(&fixture);
    assert_int_equal(fixture_find(&fixture, 2, REPORT_ACCEPTED)->open, 1);
}

/* Four accounts fill a market as far as they may; an order of the exchange itself still finds a slot. */
static void test_everybody_leaves_slots(void **state)
{
    const struct order own = { .subaccount = fixture_subaccount(1), .side = CARD_SIDE_BUY, .tif = CARD_TIF_IOC,
                               .stp = CARD_STP_REJECT_MAKER, .own = OWN_LIQUIDATION, .market = FIXTURE_PERP,
                               .price = 99000, .quantity = 1, .open = 1 };

    (void)state;
    set_market(128, 0);
    for (uint32_t user = 1; user <= 4; user++)
        for (unsigned i = 0; i < 34; i++)
            fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, 99000 + i, 1);
    fixture_run(&fixture);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->slots_used, 128 - 128 / LIMIT_SHARE_OWN);
    assert_int_equal(entry_send_own(fixture.exchange, &own), REASON_NONE);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->slots_used, 128 - 128 / LIMIT_SHARE_OWN + 1);
    fixture.exchange->action_count = fixture.exchange->command_count = 0; /* it does not go out */
}

static void test_one_account_leaves_rows(void **state)
{
    (void)state;
    fixture.exchange->options.recount = false; /* many orders, all beyond the windows: parked */
    for (unsigned i = 0; i < 1800; i++)
        fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 70000 + i, 1);
    for (unsigned i = 0; i < 800; i++)
        fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 600 + i, 1);
    fixture_run(&fixture);
    assert_int_equal(state_account(fixture.state, 2)->orders, 20000 / LIMIT_SHARE_ORDERS);
    assert_int_equal(fixture_find(&fixture, 1, REPORT_REJECTED)->reason, REASON_CAPACITY);
}

/* However many rows there are, a subaccount's orders in a market are few enough to be walked. */
static void test_orders_of_a_position(void **state)
{
    const uint32_t room = LIMIT_ORDERS_PER_POSITION;

    (void)state;
    fixture.exchange->options.recount = false;
    for (uint32_t i = 0; i < room + 10; i++)
        fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 70000 + i, 1);
    fixture_run(&fixture);
    assert_int_equal(state_account(fixture.state, 2)->orders, room);
    assert_int_equal(fixture_find(&fixture, 1, REPORT_REJECTED)->reason, REASON_CAPACITY);
}

/* An order whose speed bump ended while the node was down does not slip in before the restart is known. */
static void test_restart_comes_first(void **state)
{
    (void)state;
    state_market(fixture.state, FIXTURE_PERP)->speed_bump = 1;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 10);
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, 1, 1)->place, ORDER_BUMPED);
    fixture.time_ns += 1000000000;
    fixture_restart(&fixture);
    fixture_run_until_done(&fixture);
    assert_null(fixture_find_order(&fixture, 1, 1));
    assert_int_equal(fixture_find(&fixture, 1, REPORT_EXPIRED)->reason, REASON_MARKET_STATE);
}

static void test_suspended_account(void **state)
{
    struct input_account_set set = { .header = { .kind = INPUT_ACCOUNT_SET }, .account = 2,
                                     .flags = ACCOUNT_SUSPENDED };
    struct input_order_new_extra *trigger;

    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 10);
    trigger = fixture_order_extra(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 99100, 10);
    trigger->extra.trigger_by = INPUT_BY_MARK;
    trigger->extra.trigger_when = INPUT_AT_OR_ABOVE;
    trigger->extra.trigger_price = FIXTURE_MARK + 10;
    fixture_run(&fixture);
    fixture_add(&fixture, &set, sizeof set);
    fixture_run(&fixture);
    fixture_replace(&fixture, 1, 1, 99000, 50);
    fixture_run(&fixture);
    assert_int_equal(fixture_find(&fixture, 1, REPORT_REJECTED)->reason, REASON_TRADING_SUSPENDED);
    fixture_marks(&fixture, FIXTURE_PERP, FIXTURE_MARK + 20);
    fixture_run_until_done(&fixture);
    assert_int_equal(fixture_find(&fixture, 1, REPORT_EXPIRED)->reason, REASON_TRADING_SUSPENDED);
    fixture_cancel(&fixture, 1, 1);
    fixture_run(&fixture);
    assert_non_null(fixture_find(&fixture, 1, REPORT_CANCELLED)); /* what is out may always come back */
}

/* Mass cancels that find much and cancel nothing are paid for batch by batch, and come to an end. */
static void test_mass_cancels_are_bounded(void **state)
{
    struct input_mass_cancel mass = { .header = { .kind = INPUT_MASS_CANCEL, .user = 1, .reference = 9,
                                                  .subaccount = fixture_subaccount(1) },
                                      .scope = INPUT_MASS_SIDE, .market = FIXTURE_PERP, .side = CARD_SIDE_SELL };
    unsigned batches = 0, answers = 0;

    (void)state;
    fixture.exchange->options.recount = false;
    for (unsigned i = 0; i < 900; i++)
        fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, 70000 + i, 1);
    fixture_run(&fixture);
    for (unsigned i = 0; i < 200; i++)
        fixture_add(&fixture, &mass, sizeof mass);
    do {
        fixture_run(&fixture);
        assert_true(fixture.result.derived <= LIMIT_BATCH_DERIVED);
        for (size_t i = 0; i < fixture.result.report_count; i++)
            answers += fixture.result.reports[i].kind == REPORT_ANSWER ||
                       (fixture.result.reports[i].kind == REPORT_CANCEL_REJECTED &&
                        fixture.result.reports[i].reason == REASON_CAPACITY); /* more jobs than there is room for */
        assert_true(++batches < 100);
    } while (fixture.result.more);
    assert_int_equal(answers, 200);
    assert_true(batches > 1);
    assert_int_equal(state_account(fixture.state, 2)->orders, 900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_open_interest_inside_a_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_interest_not_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_account_leaves_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_everybody_leaves_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_account_leaves_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_orders_of_a_position, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restart_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_suspended_account, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mass_cancels_are_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
