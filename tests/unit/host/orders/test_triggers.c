/* Trigger orders through the whole core: when they fire and in which order, what becomes of them, who may enter one. */
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

static void mark(uint64_t fixed)
{
    trigger_market_mark(&fixture, fixed);
}

static struct input_order_new_extra *stop(uint32_t user, uint8_t side, unsigned when, uint32_t ticks, int64_t lots)
{
    return trigger_market_stop(&fixture, user, side, INPUT_BY_MARK, when, ticks, lots);
}

/* Not a step before its price, and at it. */
static void fires_at(unsigned by, unsigned when, uint8_t side)
{
    const bool above = when == INPUT_AT_OR_ABOVE;
    const uint32_t ticks = above ? 100003 : 99997;
    const uint64_t step = by == INPUT_BY_LAST ? ONE : 1;

    trigger_market_stop(&fixture, ANNA, side, by, when, ticks, 10);
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_ACCEPTED, REASON_NONE, STATUS_TRIGGER_PENDING);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 1);
    trigger_market_move(&fixture, by, above ? ticks * ONE - step : ticks * ONE + step);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 0);
    trigger_market_move(&fixture, by, ticks * ONE);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    expect(ANNA, 1, REPORT_EXECUTED, REASON_NONE, STATUS_FILLED);
    assert_int_equal(fixture_report(&fixture, ANNA, 1)->price, side == CARD_SIDE_BUY ? MARKET_ASK : MARKET_BID);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), side == CARD_SIDE_BUY ? 10 : -10);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

static void test_fires_at_its_price(void **state)
{
    (void)state;
    for (unsigned by = INPUT_BY_MARK; by <= INPUT_BY_LAST; by++)
        for (unsigned when = INPUT_AT_OR_ABOVE; when <= INPUT_AT_OR_BELOW; when++)
            for (uint8_t side = CARD_SIDE_BUY; side <= CARD_SIDE_SELL; side++) {
                if (by != INPUT_BY_MARK || when != INPUT_AT_OR_ABOVE || side != CARD_SIDE_BUY) {
                    fixture_close(&fixture);
                    trigger_market_open(&fixture);
                }
                fires_at(by, when, side);
            }
}

static void test_other_prices_do_not_fire(void **state)
{
    (void)state;
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100500, 10);
    fixture_run(&fixture);
    trigger_market_index(&fixture, 100600 * ONE);
    trigger_market_trade(&fixture, 100600);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 0);
    mark(100600 * ONE); /* jumped over */
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
}

static void test_fires_at_once(void **state)
{
    (void)state;
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_BELOW, 100000, 10);
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_ACCEPTED, REASON_NONE, STATUS_TRIGGER_PENDING);
    expect(ANNA, 1, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    expect(ANNA, 2, REPORT_EXECUTED, REASON_NONE, STATUS_FILLED);
}

/* Triggered order numbers of the last batch, in order: user x 100 + reference. */
static void expect_order(const uint32_t *expected, size_t count)
{
    size_t at = 0;

    for (size_t i = 0; i < fixture.result.report_count; i++) {
        const struct report *report = &fixture.result.reports[i];

        if (report->kind != REPORT_TRIGGERED)
            continue;
        assert_true(at < count);
        assert_int_equal(report->user * 100 + report->reference, expected[at++]);
    }
    assert_int_equal(at, count);
}

static void test_order_of_release(void **state)
{
    const uint32_t rising[] = { BERND * 100 + 1, CLARA * 100 + 1, ANNA * 100 + 1 };
    /* one subaccount has one order out at a time: its second waits for the next round */
    const uint32_t falling[] = { BERND * 100 + 2, CLARA * 100 + 2, ANNA * 100 + 2, BERND * 100 + 3 };

    (void)state;
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100005, 1);
    stop(BERND, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100003, 1);
    stop(CLARA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100003, 1);
    fixture_run(&fixture);
    mark(100005 * ONE);
    expect_order(rising, 3);
    mark(100000 * ONE);
    stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99990, 1);
    stop(BERND, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99995, 1);
    stop(CLARA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99995, 1);
    stop(BERND, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99995, 1);
    stop(POOR, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99989, 1);
    fixture_run(&fixture);
    mark(99990 * ONE);
    expect_order(falling, 4);
    assert_int_equal(trigger_market_open_orders(&fixture, POOR), 1);
}

static void test_limit_rests_and_expires(void **state)
{
    struct input_order_new_extra *order;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        order = stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010 + i * 1000, 5);
        order->order.flags &= (uint8_t)~INPUT_ORDER_MARKET;
        order->order.tif = CARD_TIF_GTC;
        order->order.price = 99500;
        order->extra.expires_ns = fixture.time_ns + 10 * 1000000;
    }
    fixture_run(&fixture);
    mark(100010 * ONE);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    assert_int_equal(fixture_report(&fixture, ANNA, 0)->price, 99500);
    assert_int_equal(fixture_find_order(&fixture, ANNA, 1)->place, ORDER_ON_CARD);
    assert_int_equal(fixture_find_order(&fixture, ANNA, 2)->place, ORDER_TRIGGER);
    fixture.time_ns += 10 * 1000000;
    fixture_run(&fixture);
    /* the one on the card goes when the card has said so */
    expect(ANNA, 0, REPORT_EXPIRED, REASON_TIME_EXPIRED, STATUS_EXPIRED);
    expect(ANNA, 1, REPORT_EXPIRED, REASON_TIME_EXPIRED, STATUS_EXPIRED);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
    mark(101010 * ONE);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 0);
}

static void test_cancel_and_replace(void **state)
{
    (void)state;
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010, 5);
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010, 5);
    fixture_run(&fixture);
    fixture_cancel(&fixture, ANNA, 1);
    fixture_replace(&fixture, ANNA, 2, 0, 7)->tif = CARD_TIF_IOC;
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 1);
    mark(100010 * ONE);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    assert_int_equal(fixture_report(&fixture, ANNA, 0)->reference, 3);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 7);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 2);
}

/* Its trigger comes in the batch of its cancel: the cancel is first. */
static void test_cancelled_before_it_fires(void **state)
{
    struct input_marks *marks;

    (void)state;
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010, 5);
    fixture_run(&fixture);
    fixture_cancel(&fixture, ANNA, 1);
    marks = fixture_marks(&fixture, FIXTURE_PERP, 100010);
    marks->present = CARD_PRESENT_MARK_MASK;
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_CANCELLED, REASON_USER_REQUEST, STATUS_CANCELLED);
    assert_int_equal(trigger_market_count(&fixture, ANNA), 1);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
}

static void test_percent(void **state)
{
    const struct report *report;

    (void)state;
    trigger_market_take(&fixture, ANNA, CARD_SIDE_BUY, 101);
    stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99990, 333333)->order.flags |= INPUT_ORDER_PERCENT;
    stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99980, 1000000)->order.flags |= INPUT_ORDER_PERCENT;
    stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99970, 250000)->order.flags |= INPUT_ORDER_PERCENT;
    fixture_run(&fixture);
    mark(99990 * ONE);
    report = fixture_report(&fixture, ANNA, 0);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    assert_int_equal(report->quantity, 33);
    assert_int_equal(report->flags & INPUT_ORDER_PERCENT, 0);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 68);
    mark(99980 * ONE); /* all of what is left */
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
    mark(99970 * ONE); /* of nothing */
    expect(ANNA, 0, REPORT_EXPIRED, REASON_STOP_WITHOUT_POSITION, STATUS_TRIGGER_FAILED);
    assert_int_equal(fixture_report(&fixture, ANNA, 0)->quantity, 250000);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

static void test_percent_of_too_little(void **state)
{
    (void)state;
    trigger_market_take(&fixture, ANNA, CARD_SIDE_SELL, 2);
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010, 499999)->order.flags |= INPUT_ORDER_PERCENT;
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100020, 500000)->order.flags |= INPUT_ORDER_PERCENT;
    fixture_run(&fixture);
    mark(100010 * ONE);
    expect(ANNA, 0, REPORT_EXPIRED, REASON_STOP_WITHOUT_POSITION, STATUS_TRIGGER_FAILED);
    mark(100020 * ONE);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), -1);
}

static void test_needs_a_position(void **state)
{
    (void)state;
    stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99990, 10)->order.flags |= INPUT_ORDER_REDUCE_ONLY;
    stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99990, 500000)->order.flags |= INPUT_ORDER_PERCENT;
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_REJECTED, REASON_STOP_WITHOUT_POSITION, STATUS_NONE);
    expect(ANNA, 1, REPORT_REJECTED, REASON_STOP_WITHOUT_POSITION, STATUS_NONE);
    trigger_market_take(&fixture, ANNA, CARD_SIDE_BUY, 50);
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_BELOW, 99990, 10)->order.flags |= INPUT_ORDER_REDUCE_ONLY;
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_BELOW, 99990, 500000)->order.flags |= INPUT_ORDER_PERCENT;
    stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99990, 80)->order.flags |= INPUT_ORDER_REDUCE_ONLY;
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_REJECTED, REASON_STOP_WITHOUT_POSITION, STATUS_NONE);
    expect(ANNA, 1, REPORT_REJECTED, REASON_STOP_WITHOUT_POSITION, STATUS_NONE);
    expect(ANNA, 2, REPORT_ACCEPTED, REASON_NONE, STATUS_TRIGGER_PENDING);
    mark(99990 * ONE); /* no more than the position */
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
}

static void test_reduce_only_waits_for_room(void **state)
{
    struct input_order_new_extra *order;

    (void)state;
    trigger_market_take(&fixture, ANNA, CARD_SIDE_BUY, 50);
    fixture_order(&fixture, ANNA, FIXTURE_PERP, CARD_SIDE_SELL, 100500, 50);
    order = stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99990, 50);
    order->order.flags = INPUT_ORDER_REDUCE_ONLY | INPUT_ORDER_EXTRA;
    order->order.tif = CARD_TIF_GTC;
    order->order.price = 99500;
    fixture_run(&fixture);
    mark(99990 * ONE);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    expect(ANNA, 1, REPORT_RESTATED, REASON_REDUCE_ONLY_NOT_REDUCED, STATUS_NEW);
    fixture_cancel(&fixture, ANNA, 2);
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, ANNA, 3)->active, 50);
}

/* A fill of the same price move takes a reduce-only order that the other trigger would have had cut (docs/host.md: the
 * recount after every event checks the rest). */
static void test_cuts_what_is_left(void **state)
{
    struct input_order_new_extra *order;

    (void)state;
    trigger_market_take(&fixture, ANNA, CARD_SIDE_BUY, 30);
    fixture_order(&fixture, ANNA, FIXTURE_PERP, CARD_SIDE_SELL, 100500, 10)->flags = INPUT_ORDER_REDUCE_ONLY;
    fixture_order(&fixture, ANNA, FIXTURE_PERP, CARD_SIDE_SELL, 100400, 10)->flags = INPUT_ORDER_REDUCE_ONLY;
    stop(BERND, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010, 10);
    order = stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_ABOVE, 100020, 25);
    order->order.flags = INPUT_ORDER_EXTRA;
    order->order.tif = CARD_TIF_GTC;
    order->order.price = 100900;
    fixture_run(&fixture);
    mark(100020 * ONE);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 20);
    assert_int_equal(fixture_find_order(&fixture, ANNA, 4)->active, 25);
    assert_int_equal(fixture_find_order(&fixture, ANNA, 2)->active, 0);
    assert_int_equal(fixture_find_order(&fixture, ANNA, 2)->place, ORDER_WAITING);
}

static void test_failures(void **state)
{
    const struct input_kill kill = { .header = { .kind = INPUT_KILL }, .scope = KILL_MARKET, .on = 1,
                                     .market = FIXTURE_PERP };

    (void)state;
    stop(POOR, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010, 1000);
    fixture_run(&fixture);
    mark(100010 * ONE);
    expect(POOR, 0, REPORT_EXPIRED, REASON_INSUFFICIENT_MARGIN, STATUS_TRIGGER_FAILED);
    assert_int_equal(fixture_report(&fixture, POOR, 0)->quantity, 1000);
    assert_int_equal(fixture_report(&fixture, POOR, 0)->open, 0);
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100020, 10);
    stop(BERND, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100030, 10);
    stop(CLARA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100040, 10);
    trigger_market_state(&fixture, CARD_STATE_LIMIT_ONLY);
    fixture_run(&fixture);
    mark(100020 * ONE);
    expect(ANNA, 0, REPORT_EXPIRED, REASON_MARKET_STATE, STATUS_TRIGGER_FAILED);
    trigger_market_state(&fixture, CARD_STATE_POST_ONLY);
    fixture_run(&fixture);
    mark(100030 * ONE);
    assert_int_equal(trigger_market_count(&fixture, BERND), 0); /* held back until the market opens */
    trigger_market_state(&fixture, CARD_STATE_OPEN);
    fixture_run(&fixture);
    expect(BERND, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    trigger_market_state(&fixture, CARD_STATE_CANCEL_ONLY);
    stop(POOR, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100090, 1);
    fixture_run(&fixture);
    expect(POOR, 0, REPORT_REJECTED, REASON_MARKET_STATE, STATUS_NONE);
    mark(100040 * ONE);
    expect(CLARA, 0, REPORT_EXPIRED, REASON_MARKET_STATE, STATUS_TRIGGER_FAILED);
    trigger_market_state(&fixture, CARD_STATE_OPEN);
    stop(CLARA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100050, 10);
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, CLARA), 1);
    fixture_add(&fixture, &kill, sizeof kill);
    fixture_run_until_done(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, CLARA), 0);
}

/* After a restart prices from before fire nothing until the market has its prices again. */
static void test_waits_for_prices(void **state)
{
    (void)state;
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010, 10);
    fixture_run(&fixture);
    fixture_restart(&fixture);
    fixture_run(&fixture);
    mark(100010 * ONE); /* the mark alone is not all */
    assert_int_equal(trigger_market_count(&fixture, ANNA), 0);
    fixture_marks(&fixture, FIXTURE_PERP, 100010);
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_TRIGGERED, REASON_NONE, STATUS_NEW);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 10);
}

static void test_most_stops_of_a_position(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= LIMIT_STOPS_PER_POSITION; i++)
        stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010 + i, 1);
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), LIMIT_STOPS_PER_POSITION);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_REJECTED)->reason, REASON_MAX_STOP_ORDERS);
    fixture_cancel(&fixture, ANNA, 7);
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100100, 1);
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100100, 1);
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), LIMIT_STOPS_PER_POSITION);
    mark(100010 * ONE); /* one fires, and there is room for one again */
    stop(ANNA, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100100, 1);
    fixture_run(&fixture);
    assert_int_equal(trigger_market_open_orders(&fixture, ANNA), LIMIT_STOPS_PER_POSITION);
    assert_null(fixture_find(&fixture, ANNA, REPORT_REJECTED));
}

static void test_position_closed(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        trigger_market_take(&fixture, ANNA, CARD_SIDE_BUY, 20);
        stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99900, 5)->order.flags |= INPUT_ORDER_REDUCE_ONLY;
        stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_BELOW, 99800, 5);
        stop(ANNA, CARD_SIDE_SELL, INPUT_AT_OR_ABOVE, 100900, 5)->order.flags |= INPUT_ORDER_REDUCE_ONLY;
        fixture_run(&fixture);
        trigger_market_take(&fixture, ANNA, CARD_SIDE_SELL, 19);
        assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 3);
        trigger_market_take(&fixture, ANNA, CARD_SIDE_SELL, 1 + turn);
        assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXPIRED)->reason, REASON_STOP_WITHOUT_POSITION);
        assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXPIRED)->status, STATUS_TRIGGER_FAILED);
        assert_int_equal(trigger_market_count(&fixture, ANNA), 4); /* accepted, filled, two stops */
        assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 1);
        fixture_cancel(&fixture, ANNA, fixture.reference[ANNA] - 3);
        fixture_run(&fixture);
        assert_int_equal(trigger_market_open_orders(&fixture, ANNA), 0);
    }
}

/* More due than a batch may do: the rest heads the next one. */
static void test_more_than_a_batch(void **state)
{
    enum { USERS = 55, EXPIRING = 700 };
    uint32_t fired = 0, batches = 0;

    (void)state;
    fixture.exchange->options.recount = false;
    while (fixture.users < POOR + USERS)
        fixture_add_user(&fixture, 100000);
    for (uint32_t user = POOR + 1; user <= fixture.users; user++) {
        for (unsigned i = 0; i < LIMIT_STOPS_PER_POSITION * 2; i++) {
            struct input_order_new_extra *order = stop(user, CARD_SIDE_BUY, INPUT_AT_OR_ABOVE, 100010 + i, 1);

            if (i % 2) {
                order->order.market = FIXTURE_SPOT;
                order->extra.trigger_price = 2010;
            }
        }
        fixture_run(&fixture);
    }
    for (unsigned i = 0; i < EXPIRING; i++)
        fixture_order_extra(&fixture, POOR + 1 + i % USERS, FIXTURE_PERP, CARD_SIDE_BUY, 98000, 1)->extra.expires_ns =
            fixture.time_ns + 5000000;
    fixture_run(&fixture);
    fixture.time_ns += 5000000;
    fixture_marks(&fixture, FIXTURE_PERP, 100100);
    fixture_marks(&fixture, FIXTURE_SPOT, 2010);
    do {
        fixture_run(&fixture);
        assert_true(fixture.result.derived <= LIMIT_BATCH_DERIVED);
        for (size_t i = 0; i < fixture.result.report_count; i++)
            fired += fixture.result.reports[i].kind == REPORT_TRIGGERED;
        assert_true(++batches < 4);
    } while (fixture.result.more);
    assert_int_equal(batches, 2);
    assert_int_equal(fired, USERS * LIMIT_STOPS_PER_POSITION * 2);
    assert_int_equal(exchange_recount(fixture.exchange), EXCHANGE_OK);
    assert_int_equal(fixture.state->t->price_check, 0);
    fixture_run(&fixture);
    assert_int_equal(fixture.result.rounds, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fires_at_its_price), TEST(other_prices_do_not_fire), TEST(fires_at_once), TEST(order_of_release),
        TEST(limit_rests_and_expires), TEST(cancel_and_replace), TEST(cancelled_before_it_fires), TEST(percent),
        TEST(percent_of_too_little), TEST(needs_a_position), TEST(reduce_only_waits_for_room),
        TEST(cuts_what_is_left), TEST(failures),
        TEST(waits_for_prices), TEST(most_stops_of_a_position), TEST(position_closed), TEST(more_than_a_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
