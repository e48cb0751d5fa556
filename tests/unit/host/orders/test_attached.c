/* Attached take-profit and stop-loss through the whole core: legs that are made and grow as their order fills. */
#include "unit.h"

#include "core.h"
#include "trigger_market.h"

#define ONE ((uint64_t)CARD_FIXED_ONE)

static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    trigger_market_open(&fixture);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void expect(uint32_t user, unsigned n, enum report_kind kind, enum reason reason, enum order_status status)
{
    fixture_expect(&fixture, user, n, kind, reason, status);
}

static struct input_order_new_extra *protected_order(uint32_t user, uint8_t side, uint32_t price, int64_t lots,
                                                     uint32_t take_profit, uint32_t stop_loss)
{
    struct input_order_new_extra *order = fixture_order_extra(&fixture, user, FIXTURE_PERP, side, price, lots);

    if (take_profit)
        order->extra.take_profit = (struct input_attached){ .by = INPUT_BY_MARK, .trigger = take_profit };
    if (stop_loss)
        order->extra.stop_loss = (struct input_attached){ .by = INPUT_BY_MARK, .trigger = stop_loss };
    return order;
}

/* Sells (or buys) that many lots to (from) whoever rests at the price. */
static void fill_at(uint32_t price, uint8_t resting_side, int64_t lots)
{
    const bool buys = resting_side == CARD_SIDE_BUY;

    fixture_order(&fixture, buys ? TRADER_SELLS : TRADER_BUYS, FIXTURE_PERP, buys ? CARD_SIDE_SELL : CARD_SIDE_BUY,
                  price, lots);
    fixture_run(&fixture);
}

/* The user's n-th open trigger order, the newest first. */
static const struct order *leg(uint32_t user, unsigned n)
{
    uint32_t row = state_user(fixture.state, user)->orders;

    for (; row != TABLE_NONE; row = order_row(fixture.state, row)->next_of_user)
        if (order_row(fixture.state, row)->place == ORDER_TRIGGER && n-- == 0)
            return order_row(fixture.state, row);
    return NULL;
}

static void cancel_leg(uint32_t user, const struct order *order)
{
    fixture_cancel(&fixture, user, 0)->order = order->id;
    fixture_run(&fixture);
}

static void test_take_profit(void **state)
{
    const struct report *report;

    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, MARKET_ASK, 10, 102000, 99500)->order.client_id[0] = 'x';
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_ACCEPTED, REASON_NONE, STATUS_NEW);
    expect(ANNA, 1, REPORT_EXECUTED, REASON_NONE, STATUS_FILLED);
    expect(ANNA, 2, REPORT_ACCEPTED, REASON_NONE, STATUS_TRIGGER_PENDING);
    expect(ANNA, 3, REPORT_ACCEPTED, REASON_NONE, STATUS_TRIGGER_PENDING);
    report = fixture_report(&fixture, ANNA, 2);
    assert_int_equal(report->reference, 0);
    assert_int_equal(report->other, 1);
    assert_int_equal(report->quantity, 10);
    assert_int_equal(report->side, CARD_SIDE_SELL);
    assert_int_equal(report->flags, INPUT_ORDER_MARKET | INPUT_ORDER_REDUCE_ONLY);
    assert_int_equal(report->tif, CARD_TIF_IOC);
    assert_int_equal(report->client_id[0], 'x');
    assert_int_not_equal(report->order, fixture_report(&fixture, ANNA, 3)->order);
    trigger_market_mark(&fixture, 102000 * ONE - 1);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 0);
    trigger_market_mark(&fixture, 102000 * ONE);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    expect(ANNA, 1, REPORT_CANCELLED, REASON_OTHER_LEG, STATUS_CANCELLED);
    expect(ANNA, 2, REPORT_EXECUTED, REASON_NONE, STATUS_FILLED);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 3);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

static void test_stop_loss_of_a_sale(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_SELL, MARKET_BID, 10, 98000, 100500);
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 2);
    trigger_market_mark(&fixture, 100500 * ONE);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    expect(ANNA, 1, REPORT_CANCELLED, REASON_OTHER_LEG, STATUS_CANCELLED);
    assert_int_equal(fixture_report(&fixture, ANNA, 0)->side, CARD_SIDE_BUY);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
}

static void test_limit_leg(void **state)
{
    struct input_order_new_extra *order = protected_order(ANNA, CARD_SIDE_BUY, MARKET_ASK, 10, 102000, 0);

    (void)state;
    order->extra.take_profit.limit = 100900;
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 1);
    assert_int_equal(fixture_report(&fixture, ANNA, 2)->price, 100900);
    assert_int_equal(fixture_report(&fixture, ANNA, 2)->tif, CARD_TIF_GTC);
    trigger_market_mark(&fixture, 102000 * ONE);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->best[CARD_SIDE_SELL], 100900);
}

static void test_grows_with_fills(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 99500);
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 1);
    fill_at(100500, CARD_SIDE_BUY, 4);
    expect(ANNA, 0, REPORT_EXECUTED, REASON_NONE, STATUS_PARTIALLY_FILLED);
    expect(ANNA, 1, REPORT_ACCEPTED, REASON_NONE, STATUS_TRIGGER_PENDING);
    assert_int_equal(fixture_report(&fixture, ANNA, 1)->quantity, 4);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 3);
    fill_at(100500, CARD_SIDE_BUY, 5);
    expect(ANNA, 1, REPORT_RESTATED, REASON_NONE, STATUS_TRIGGER_PENDING);
    expect(ANNA, 2, REPORT_RESTATED, REASON_NONE, STATUS_TRIGGER_PENDING);
    assert_int_equal(fixture_report(&fixture, ANNA, 2)->open, 9);
    fixture_cancel(&fixture, ANNA, 1); /* legs live on */
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 2);
    assert_int_equal(leg(ANNA, 0)->parent, TABLE_NONE);
    trigger_market_mark(&fixture, 99500 * ONE);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

static void test_ends_without_a_fill(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 99500);
    fixture_run(&fixture);
    fixture_cancel(&fixture, ANNA, 1);
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

/* The other stays; what fills later makes no leg that its user has cancelled. */
static void test_user_cancels_a_leg(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 99500);
    fixture_run(&fixture);
    fill_at(100500, CARD_SIDE_BUY, 4);
    assert_int_equal(leg(ANNA, 0)->trigger_price, 99500);
    cancel_leg(ANNA, leg(ANNA, 0));
    expect(ANNA, 0, REPORT_CANCELLED, REASON_USER_REQUEST, STATUS_CANCELLED);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 2);
    fill_at(100500, CARD_SIDE_BUY, 6);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 1);
    assert_int_equal(leg(ANNA, 0)->open, 10);
    assert_int_equal(leg(ANNA, 0)->trigger_price, 102000);
    assert_int_equal(leg(ANNA, 0)->attached[0], TABLE_NONE);
    cancel_leg(ANNA, leg(ANNA, 0));
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

/* One of another user is none of theirs; a reduced one stays. */
static void test_leg_is_reduced(void **state)
{
    struct input_order_cancel *cancel;

    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, MARKET_ASK, 10, 102000, 99500);
    fixture_run(&fixture);
    cancel_leg(BERND, leg(ANNA, 0));
    expect(BERND, 0, REPORT_CANCEL_REJECTED, REASON_UNKNOWN_ORDER, STATUS_NONE);
    cancel = fixture_cancel(&fixture, ANNA, 0);
    cancel->order = leg(ANNA, 0)->id;
    cancel->quantity = 3;
    fixture_run(&fixture);
    trigger_market_mark(&fixture, 99500 * ONE);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 7);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

/* What fills after a leg was triggered is protected again. */
static void test_fills_after_a_trigger(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 99500);
    fixture_run(&fixture);
    fill_at(100500, CARD_SIDE_BUY, 4);
    fixture_order(&fixture, BERND, FIXTURE_PERP, CARD_SIDE_BUY, 100600, 4);
    fixture_run(&fixture);
    trigger_market_mark(&fixture, 99500 * ONE);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 1);
    trigger_market_mark(&fixture, 100000 * ONE);
    fill_at(100500, CARD_SIDE_BUY, 6);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 2);
    assert_int_equal(leg(ANNA, 0)->open, 6);
    assert_int_equal(leg(ANNA, 1)->open, 6);
    trigger_market_mark(&fixture, 102000 * ONE);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

/* A stop that meets its own parent, or another order of the account, cancels that and goes on. */
static void test_meets_its_own_parent(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 99500);
    fixture_run(&fixture);
    fill_at(100500, CARD_SIDE_BUY, 4);
    trigger_market_mark(&fixture, 99500 * ONE);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

/* The leg's price is reached already when it is made. */
static void test_fires_at_once(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, MARKET_ASK, 10, 102000, 100500);
    fixture_run(&fixture);
    assert_non_null(fixture_find(&fixture, ANNA, REPORT_TRIGGERED));
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_CANCELLED)->reason, REASON_OTHER_LEG);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
}

static void test_position_closed(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, MARKET_ASK, 10, 102000, 99500);
    fixture_run(&fixture);
    trigger_market_take(&fixture, ANNA, CARD_SIDE_SELL, 10);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXPIRED)->reason, REASON_STOP_WITHOUT_POSITION);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

/* An order that turns the position: the old one's legs go, its own come. */
static void test_position_turned(void **state)
{
    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, MARKET_ASK, 10, 102000, 99500);
    fixture_run(&fixture);
    protected_order(ANNA, CARD_SIDE_SELL, MARKET_BID, 30, 98000, 100500);
    fixture_run(&fixture);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), -20);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 2);
    assert_int_equal(leg(ANNA, 0)->side, CARD_SIDE_BUY);
    assert_int_equal(leg(ANNA, 1)->side, CARD_SIDE_BUY);
    trigger_market_mark(&fixture, 100500 * ONE); /* 30 lots, reduced to the position */
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
}

static void test_trigger_order_with_legs(void **state)
{
    struct input_order_new_extra *order = protected_order(ANNA, CARD_SIDE_BUY, 0, 10, 102000, 99500);

    (void)state;
    order->order.flags |= INPUT_ORDER_MARKET;
    order->order.tif = CARD_TIF_IOC;
    order->extra.trigger_by = INPUT_BY_MARK;
    order->extra.trigger_when = INPUT_AT_OR_ABOVE;
    order->extra.trigger_price = 101500;
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 1);
    trigger_market_mark(&fixture, 101500 * ONE);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 2);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 10);
}

static void test_market_order_with_legs(void **state)
{
    struct input_order_new_extra *order = protected_order(ANNA, CARD_SIDE_BUY, 0, 10, 100001, 99999);

    (void)state;
    order->order.flags |= INPUT_ORDER_MARKET;
    order->order.tif = CARD_TIF_IOC;
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 2);
}

static void test_spot(void **state)
{
    struct input_order_new_extra *order =
        fixture_order_extra(&fixture, ANNA, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 100);

    (void)state;
    fixture_deposit(&fixture, fixture_subaccount(BERND), FIXTURE_ETH, 10 * 100000000);
    order->extra.stop_loss = (struct input_attached){ .by = INPUT_BY_LAST, .trigger = 1950, .limit = 1940 };
    fixture_order(&fixture, BERND, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 100);
    fixture_run(&fixture);
    assert_int_equal(fixture_balance(&fixture, ANNA, FIXTURE_ETH), 100 * 1000000);
    assert_int_equal(leg(ANNA, 0)->flags & INPUT_ORDER_REDUCE_ONLY, 0);
    fixture_order(&fixture, CLARA, FIXTURE_SPOT, CARD_SIDE_BUY, 1950, 100);
    fixture_order(&fixture, BERND, FIXTURE_SPOT, CARD_SIDE_SELL, 1950, 10);
    fixture_run(&fixture);
    assert_non_null(fixture_find(&fixture, ANNA, REPORT_TRIGGERED));
    assert_int_equal(fixture_balance(&fixture, ANNA, FIXTURE_ETH), 10 * 1000000);
    assert_null(leg(ANNA, 0));
}

static void refused(struct input_order_new_extra *order, enum reason reason)
{
    const uint32_t user = order->order.header.user;

    fixture_run(&fixture);
    expect(user, 0, REPORT_REJECTED, reason, STATUS_NONE);
    assert_int_equal(trigger_market_open_orders(&fixture, user), 0);
}

static void test_refused(void **state)
{
    struct input_order_new_extra *order;

    (void)state;
    refused(protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 100500, 0), REASON_INVALID_PRICE);
    refused(protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 100400, 0), REASON_INVALID_PRICE);
    refused(protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 100600), REASON_INVALID_PRICE);
    refused(protected_order(ANNA, CARD_SIDE_SELL, 99500, 10, 99600, 0), REASON_INVALID_PRICE);
    refused(protected_order(ANNA, CARD_SIDE_SELL, 99500, 10, 0, 99400), REASON_INVALID_PRICE);
    order = protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 0, 0);
    order->extra.stop_loss.by = INPUT_BY_LAST;
    refused(order, REASON_INVALID_PRICE);
    order = protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 0);
    order->extra.take_profit.by = INPUT_BY_LAST + 1;
    refused(order, REASON_BAD_COMMAND);
    order = protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 0);
    order->extra.stop_loss.limit = 5;
    refused(order, REASON_BAD_COMMAND);
    order = protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 0, 0);
    order->extra.take_profit.reserved[1] = 1;
    refused(order, REASON_BAD_COMMAND);
    trigger_market_take(&fixture, ANNA, CARD_SIDE_SELL, 10);
    order = protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 0);
    order->order.flags |= INPUT_ORDER_REDUCE_ONLY;
    refused(order, REASON_BAD_COMMAND);
}

static void test_no_room_for_legs(void **state)
{
    (void)state;
    for (unsigned i = 1; i < LIMIT_STOPS_PER_POSITION; i++)
        trigger_market_stop(&fixture, ANNA, CARD_SIDE_BUY, INPUT_BY_MARK, INPUT_AT_OR_ABOVE, 105000, 1);
    fixture_run(&fixture);
    protected_order(ANNA, CARD_SIDE_BUY, MARKET_ASK, 10, 102000, 99500);
    fixture_run(&fixture);
    expect(ANNA, 2, REPORT_ACCEPTED, REASON_NONE, STATUS_TRIGGER_PENDING);
    expect(ANNA, 3, REPORT_RESTATED, REASON_MAX_STOP_ORDERS, STATUS_FILLED);
    assert_int_equal(fixture_report(&fixture, ANNA, 3)->reference, fixture.reference[ANNA]);
    assert_int_equal(leg(ANNA, 0)->attached[0], TABLE_NONE);
    trigger_market_mark(&fixture, 102000 * ONE);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
}

static void test_no_rows_for_legs(void **state)
{
    const uint32_t rows = fixture.state->orders.capacity - limit_own(fixture.state->orders.capacity - 1);

    (void)state;
    fixture.exchange->options.recount = false;
    while (rows - fixture.state->orders.used > 1) {
        const uint32_t user = fixture_add_user(&fixture, 100000); /* none may have them all */

        for (unsigned i = 0; i < 2000 && rows - fixture.state->orders.used > i + 1; i++)
            fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, 80000, 1); /* parked */
        fixture_run(&fixture);
    }
    protected_order(ANNA, CARD_SIDE_BUY, MARKET_ASK, 10, 102000, 99500);
    fixture_run(&fixture);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 4);
    expect(ANNA, 2, REPORT_RESTATED, REASON_CAPACITY, STATUS_FILLED);
    expect(ANNA, 3, REPORT_RESTATED, REASON_CAPACITY, STATUS_FILLED);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 10);
}

/* Mass cancels take legs only when told to. */
static void test_mass_cancel(void **state)
{
    struct input_mass_cancel mass = { .header = { .kind = INPUT_MASS_CANCEL, .user = ANNA,
                                                  .subaccount = fixture_subaccount(ANNA) } };

    (void)state;
    protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 99500);
    fixture_run(&fixture);
    fill_at(100500, CARD_SIDE_BUY, 4);
    fixture_add(&fixture, &mass, sizeof mass);
    fixture_run_until_done(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 2);
    mass.triggers_too = 1;
    fixture_add(&fixture, &mass, sizeof mass);
    fixture_run_until_done(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

static void scenario(uint8_t hash[32])
{
    trigger_market_open(&fixture);
    protected_order(ANNA, CARD_SIDE_BUY, 100500, 10, 102000, 99500);
    protected_order(BERND, CARD_SIDE_BUY, 100500, 10, 101500, 99400);
    fixture_run(&fixture);
    fill_at(100500, CARD_SIDE_BUY, 14);
    trigger_market_mark(&fixture, 99500 * ONE);
    trigger_market_mark(&fixture, 101500 * ONE);
    memcpy(hash, fixture.result.hash, 32);
    fixture_close(&fixture);
}

static void test_same_twice(void **state)
{
    uint8_t hash[2][32];

    (void)state;
    scenario(hash[0]);
    scenario(hash[1]);
    assert_memory_equal(hash[0], hash[1], 32);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(take_profit), TEST(stop_loss_of_a_sale), TEST(limit_leg), TEST(grows_with_fills),
        TEST(ends_without_a_fill), TEST(user_cancels_a_leg), TEST(leg_is_reduced), TEST(fills_after_a_trigger),
        TEST(meets_its_own_parent), TEST(fires_at_once), TEST(position_closed), TEST(position_turned),
        TEST(trigger_order_with_legs),
        TEST(market_order_with_legs), TEST(spot), TEST(refused), TEST(no_room_for_legs), TEST(no_rows_for_legs),
        TEST(mass_cancel), cmocka_unit_test(test_same_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
