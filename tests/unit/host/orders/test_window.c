/* A market's window moves over many orders: a bounded number a batch, and meanwhile nobody comes before his turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core.h"
#include "fixture.h"
#include "snapshot.h"

/* The window holds 91,776 .. 108,159 at first; at MOVED the mark takes it to 92,800 .. 109,183. */
enum { SELLERS = 4, EACH = 200, ENTERS = 109000, LEAVES = 92000, MOVED = 101000, TRADER = SELLERS + 1, OTHER };

static struct fixture fixture;

static void open_on(const char *backend, uint64_t stall_seed)
{
    const struct fixture_options options = { .stall_seed = stall_seed, .no_recount = true };

    fixture_open_as(&fixture, backend, &options);
    for (unsigned i = 0; i < SELLERS + 2; i++)
        fixture_add_user(&fixture, 100000);
}

static int setup(void **state)
{
    (void)state;
    open_on("model", 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* Everybody's, in turns, so that time order is not that of users. */
static void many_orders(uint8_t side, uint32_t price)
{
    for (unsigned i = 0; i < EACH; i++)
        for (uint32_t user = 1; user <= SELLERS; user++)
            fixture_order(&fixture, user, FIXTURE_PERP, side, price, 1);
    fixture_run_until_done(&fixture);
}

static unsigned count_at(uint32_t price, enum order_place place)
{
    unsigned count = 0;

    for (uint32_t row = 1; row < fixture.state->orders.used; row++) {
        const struct order *order = order_row(fixture.state, row);

        count += order->id != 0 && order->price == price && order->place == place;
    }
    return count;
}

/* Older orders, by id, have the older priority at that price. */
static void expect_time_order(uint32_t price)
{
    for (uint32_t row = 1; row < fixture.state->orders.used; row++) {
        const struct order *order = order_row(fixture.state, row);

        for (uint32_t than = 1; order->id && order->price == price && than < row; than++) {
            const struct order *other = order_row(fixture.state, than);

            if (other->id && other->price == price)
                assert_true((other->id < order->id) == (other->priority < order->priority));
        }
    }
}

/* The card as it stands has the orders that the state says, in that priority. */
static void expect_card_agrees(void)
{
    struct exchange *exchange = fixture.exchange;
    struct card_command command = { .code = CARD_CODE_READ, .market = FIXTURE_PERP - 1 };

    exchange->action_count = exchange->command_count = exchange->command_given = exchange->action_next = 0;
    command.order.count = CARD_READ_DIGEST;
    core_add_command(exchange, core_add_action(exchange, ACTION_DIGEST, TABLE_NONE), &command);
    assert_int_equal(core_collect(exchange), EXCHANGE_OK);
    assert_int_equal(exchange->digest, core_book_digest(exchange, FIXTURE_PERP));
    assert_int_equal(exchange_recount(exchange), EXCHANGE_OK);
}

static const struct market *perp(void)
{
    return state_market(fixture.state, FIXTURE_PERP);
}

static unsigned run_to_the_end(void)
{
    unsigned batches = 1;

    for (fixture_run(&fixture); fixture.result.more; fixture_run(&fixture)) {
        assert_true(fixture.result.derived <= WINDOW_ORDERS);
        batches++;
    }
    assert_false(perp()->flags & MARKET_WINDOW_MOVES);
    return batches;
}

static void test_enters_in_parts(void **state)
{
    (void)state;
    many_orders(CARD_SIDE_SELL, ENTERS);
    assert_int_equal(count_at(ENTERS, ORDER_PARKED), SELLERS * EACH);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_run(&fixture);
    assert_true(fixture.result.more);
    assert_int_equal(fixture.result.derived, WINDOW_ORDERS);
    assert_int_equal(count_at(ENTERS, ORDER_ON_CARD), WINDOW_ORDERS - 1); /* the shift counts as one */
    expect_card_agrees();
    assert_int_equal(run_to_the_end(), 3);
    assert_int_equal(count_at(ENTERS, ORDER_ON_CARD), SELLERS * EACH);
    expect_card_agrees();
    expect_time_order(ENTERS);
}

static void test_leaves_in_parts(void **state)
{
    const uint32_t base = perp()->window_base;

    (void)state;
    many_orders(CARD_SIDE_BUY, LEAVES);
    assert_int_equal(count_at(LEAVES, ORDER_ON_CARD), SELLERS * EACH);
    fixture_order(&fixture, TRADER, FIXTURE_PERP, CARD_SIDE_BUY, 95000, 1);
    fixture_replace(&fixture, TRADER, 1, LEAVES + 1, 1); /* leaves where it has been moved to */
    fixture_run(&fixture);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_run(&fixture);
    assert_int_equal(count_at(LEAVES, ORDER_PARKED), WINDOW_ORDERS);
    assert_int_equal(perp()->window_base, base);
    expect_card_agrees();
    assert_int_equal(run_to_the_end(), 3);
    assert_int_equal(perp()->window_base, 92800);
    assert_int_equal(count_at(LEAVES, ORDER_PARKED), SELLERS * EACH);
    assert_int_equal(fixture_find_order(&fixture, TRADER, 2)->place, ORDER_PARKED);
    expect_time_order(LEAVES);
    fixture_marks(&fixture, FIXTURE_PERP, FIXTURE_MARK);
    assert_int_equal(run_to_the_end(), 4);
    assert_int_equal(count_at(LEAVES, ORDER_ON_CARD), SELLERS * EACH);
    expect_card_agrees();
    expect_time_order(LEAVES);
}

/* The market trades on; what would come to rest among orders on their way waits, and comes behind them. */
static void test_orders_meanwhile(void **state)
{
    (void)state;
    many_orders(CARD_SIDE_SELL, ENTERS);
    fixture_order(&fixture, OTHER, FIXTURE_PERP, CARD_SIDE_SELL, 102000, 5);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_run(&fixture);
    fixture_order(&fixture, TRADER, FIXTURE_PERP, CARD_SIDE_SELL, ENTERS, 1);
    fixture_order(&fixture, TRADER, FIXTURE_PERP, CARD_SIDE_BUY, 102000, 2);
    fixture_order(&fixture, TRADER, FIXTURE_PERP, CARD_SIDE_BUY, ENTERS, 1);
    fixture_replace(&fixture, OTHER, 1, ENTERS, 4);
    fixture_cancel(&fixture, 1, 1);
    fixture_cancel(&fixture, SELLERS, EACH);
    fixture_run(&fixture);
    assert_true(fixture.result.more);
    assert_int_equal(fixture_find_order(&fixture, TRADER, 1)->place, ORDER_BUMPED);
    assert_int_equal(fixture_find_order(&fixture, TRADER, 3)->place, ORDER_BUMPED);
    assert_null(fixture_find_order(&fixture, TRADER, 2)); /* filled */
    assert_int_equal(fixture_position(&fixture, TRADER, FIXTURE_PERP), 2);
    assert_int_equal(fixture_find_order(&fixture, OTHER, 1)->open, 3);
    assert_int_equal(fixture_find(&fixture, OTHER, REPORT_REJECTED)->reason, REASON_PRICE_OUT_OF_BOUNDS);
    assert_null(fixture_find_order(&fixture, 1, 1));
    assert_null(fixture_find_order(&fixture, SELLERS, EACH));
    expect_card_agrees();
    run_to_the_end();
    assert_int_equal(fixture_find_order(&fixture, TRADER, 1)->place, ORDER_ON_CARD);
    assert_int_equal(count_at(ENTERS, ORDER_ON_CARD), SELLERS * EACH - 2 + 1);
    assert_null(fixture_find_order(&fixture, TRADER, 3)); /* at 109,000 it takes what 102,000 still has */
    assert_int_equal(fixture_position(&fixture, TRADER, FIXTURE_PERP), 3);
    expect_card_agrees();
    expect_time_order(ENTERS);
}

/* Stops whose limit lies there are not due before; a stop at market is. */
static void test_triggers_meanwhile(void **state)
{
    struct input_order_new_extra *stop;

    (void)state;
    many_orders(CARD_SIDE_SELL, ENTERS);
    for (unsigned i = 0; i < 2; i++) {
        stop = fixture_order_extra(&fixture, TRADER, FIXTURE_PERP, CARD_SIDE_SELL, i ? ENTERS : 103000, 1);
        stop->extra.trigger_by = INPUT_BY_MARK;
        stop->extra.trigger_when = INPUT_AT_OR_ABOVE;
        stop->extra.trigger_price = MOVED;
    }
    fixture_run(&fixture);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, TRADER, 1)->place, ORDER_ON_CARD);
    assert_int_equal(fixture_find_order(&fixture, TRADER, 2)->place, ORDER_TRIGGER);
    run_to_the_end();
    assert_int_equal(fixture_find_order(&fixture, TRADER, 2)->place, ORDER_ON_CARD);
    expect_card_agrees();
    expect_time_order(ENTERS);
}

/* One that has waited for its speed bump too, and one that is gone before its turn. */
static void test_bumps_meanwhile(void **state)
{
    (void)state;
    many_orders(CARD_SIDE_SELL, ENTERS);
    state_market(fixture.state, FIXTURE_PERP)->speed_bump = 1;
    fixture_order(&fixture, TRADER, FIXTURE_PERP, CARD_SIDE_SELL, ENTERS, 1);
    fixture_order(&fixture, OTHER, FIXTURE_PERP, CARD_SIDE_SELL, ENTERS, 1);
    fixture_run(&fixture);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_run(&fixture);
    fixture.time_ns += 200000000;
    fixture_run(&fixture);
    assert_int_equal(fixture_find_order(&fixture, TRADER, 1)->place, ORDER_BUMPED);
    assert_int_equal(exchange_deadline_ns(fixture.exchange) > fixture.time_ns, true);
    fixture_cancel(&fixture, OTHER, 1);
    run_to_the_end();
    assert_null(fixture_find_order(&fixture, OTHER, 1));
    assert_int_equal(fixture_find_order(&fixture, TRADER, 1)->place, ORDER_ON_CARD);
    expect_card_agrees();
    expect_time_order(ENTERS);
}

/* Two of one subaccount go out in two rounds, hence batches; what comes meanwhile goes out behind them, and not in the
 * batch that it came in. */
static void test_waiting_go_in_order(void **state)
{
    (void)state;
    many_orders(CARD_SIDE_SELL, ENTERS);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_run(&fixture);
    for (unsigned i = 0; i < 2; i++)
        fixture_order(&fixture, TRADER, FIXTURE_PERP, CARD_SIDE_SELL, ENTERS, 1);
    do {
        fixture_order(&fixture, OTHER, FIXTURE_PERP, CARD_SIDE_SELL, ENTERS, 1);
        fixture_run(&fixture);
    } while (fixture_find_order(&fixture, TRADER, 1)->place == ORDER_BUMPED);
    assert_int_equal(fixture_find_order(&fixture, TRADER, 2)->place, ORDER_BUMPED);
    assert_int_equal(fixture_find_order(&fixture, OTHER, fixture.reference[OTHER])->place, ORDER_BUMPED);
    run_to_the_end();
    assert_int_equal(fixture_find_order(&fixture, OTHER, 1)->place, ORDER_ON_CARD);
    expect_card_agrees();
    expect_time_order(ENTERS);
}

/* Where an order that goes out in the round in which a window begins to move will rest is not known before that round
 * is over: the other market's window comes to its turn in the round in which the bump ends. */
static void test_bump_ends_as_a_move_begins(void **state)
{
    (void)state;
    many_orders(CARD_SIDE_SELL, ENTERS);
    state_market(fixture.state, FIXTURE_SPOT)->speed_bump = 1;
    fixture_order(&fixture, TRADER, FIXTURE_SPOT, CARD_SIDE_BUY, 1480, 1);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_marks(&fixture, FIXTURE_SPOT, 2100);
    for (unsigned i = 0; i < 3; i++)
        fixture_run(&fixture);
    assert_true(perp()->flags & MARKET_WINDOW_MOVES);
    fixture.time_ns += 200000000;
    run_to_the_end();
    assert_true(state_market(fixture.state, FIXTURE_SPOT)->window_base > 1480);
    assert_int_equal(fixture_find_order(&fixture, TRADER, 1)->place, ORDER_PARKED);
    expect_card_agrees();
}

static void go_through_a_snapshot(void)
{
    char directory[] = "/tmp/window-XXXXXX", error[256] = "", name[96];
    const uint64_t batch = fixture.state->t->batch;
    uint8_t written[32], loaded[32];

    assert_non_null(mkdtemp(directory));
    assert_int_equal(snapshot_write(fixture.state, directory, written, error, sizeof error), SNAPSHOT_OK);
    fixture_replace_exchange(&fixture);
    assert_int_equal(snapshot_load(fixture.state, directory, batch, loaded, error, sizeof error), SNAPSHOT_OK);
    assert_int_equal(exchange_loaded(fixture.exchange), EXCHANGE_OK);
    assert_int_equal(exchange_attach(fixture.exchange), EXCHANGE_OK);
    snprintf(name, sizeof name, "%s/snapshot-%016lu", directory, (unsigned long)batch);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* What a whole run comes to; `part`: into a snapshot and out of it again so many batches into the move, 0: not. */
static void run_all(const char *backend, uint64_t stall_seed, unsigned part, uint8_t hash[32])
{
    open_on(backend, stall_seed);
    many_orders(CARD_SIDE_SELL, ENTERS);
    many_orders(CARD_SIDE_BUY, LEAVES);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_run(&fixture);
    for (unsigned i = 1; i <= 4; i++) {
        fixture_order(&fixture, TRADER, FIXTURE_PERP, CARD_SIDE_SELL, ENTERS + i, 1);
        fixture_run(&fixture);
        assert_true(perp()->flags & MARKET_WINDOW_MOVES);
        if (i == part)
            go_through_a_snapshot();
    }
    run_to_the_end();
    expect_card_agrees();
    expect_time_order(ENTERS);
    memcpy(hash, fixture.result.hash, 32);
    fixture_close(&fixture);
}

static void test_same_everywhere(void **state)
{
    uint8_t first[32], other[32];

    (void)state;
    run_all("model", 0, 0, first);
    for (unsigned part = 0; part <= 4; part += part ? 3 : 1) { /* while it pulls, while it places */
        run_all("model", 0, part, other);
        assert_memory_equal(first, other, sizeof first);
        run_all("sim", 7 + part, part, other);
        assert_memory_equal(first, other, sizeof first);
    }
}

/* What the end of a move places is seen by the next one, which wants it away again. */
static void test_back_as_it_ends(void **state)
{
    (void)state;
    many_orders(CARD_SIDE_SELL, ENTERS);
    fixture_marks(&fixture, FIXTURE_PERP, MOVED);
    fixture_run(&fixture);
    assert_true(fixture.result.more);
    fixture_marks(&fixture, FIXTURE_PERP, FIXTURE_MARK);
    run_to_the_end();
    assert_int_equal(count_at(ENTERS, ORDER_PARKED), SELLERS * EACH);
    expect_card_agrees();
    expect_time_order(ENTERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_enters_in_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leaves_in_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_orders_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_triggers_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bumps_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiting_go_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bump_ends_as_a_move_begins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_back_as_it_ends, setup, teardown),
        cmocka_unit_test(test_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
