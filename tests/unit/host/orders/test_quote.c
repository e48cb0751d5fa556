/* Market orders by quote quantity: what they fill is compared with a book walked by hand, lot by lot. */
#include "unit.h"

#include "core.h"
#include "fixture.h"
#include "reason.h"

enum { SELLER = 1, BUYER, ANNA, POOR, LEVELS = 12 };

static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    fixture_open(&fixture, "model");
    for (uint32_t user = SELLER; user <= ANNA; user++) {
        fixture_add_user(&fixture, 10000000);
        fixture_deposit(&fixture, fixture_subaccount(user), FIXTURE_ETH, INT64_C(1000) * 100000000);
    }
    fixture_add_user(&fixture, 1000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static struct input_order_new_extra *quote(uint32_t user, uint32_t market, uint8_t side, int64_t units)
{
    struct input_order_new_extra *order = fixture_order_extra(&fixture, user, market, side, 0, units);

    order->order.flags |= INPUT_ORDER_MARKET | INPUT_ORDER_QUOTE_QUANTITY;
    order->order.tif = CARD_TIF_IOC;
    return order;
}

static void expect(uint32_t user, unsigned n, enum report_kind kind, enum reason reason, enum order_status status)
{
    fixture_expect(&fixture, user, n, kind, reason, status);
}

/* --- the book walked by hand --- */

struct level {
    uint32_t price;
    int64_t lots;
};

struct walk {
    int64_t lots, notional;
    enum reason end;        /* NONE: all that the quantity buys */
};

static struct walk walk_book(const struct level *levels, unsigned count, uint8_t side, uint32_t bound,
                             enum reason at_bound, int64_t unit, int64_t quantity)
{
    struct walk walk = { .end = REASON_INSUFFICIENT_LIQUIDITY };

    for (unsigned i = 0; i < count; i++) {
        const int64_t left = quantity - walk.notional, cost = levels[i].price * unit;

        if (left < cost) {
            walk.end = REASON_NONE;
            return walk;
        }
        if (side == CARD_SIDE_BUY ? levels[i].price > bound : levels[i].price < bound) {
            walk.end = at_bound;
            return walk;
        }
        for (int64_t lot = 0; lot < levels[i].lots && walk.notional + cost <= quantity; lot++) {
            walk.notional += cost;
            walk.lots++;
        }
    }
    if (quantity - walk.notional < levels[count - 1].price * unit)
        walk.end = REASON_NONE;
    return walk;
}

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % below;
}

/* Levels away from the mark, best first, rested by the other side's user. */
static void make_book(uint32_t market, uint8_t side, struct level levels[LEVELS], uint32_t mark, uint32_t step)
{
    uint32_t away = 0;

    for (unsigned i = 0; i < LEVELS; i++) {
        away += 1 + (uint32_t)draw(step);
        levels[i].price = side == CARD_SIDE_BUY ? mark + away : mark - away;
        levels[i].lots = (int64_t)(1 + draw(40));
        fixture_order(&fixture, side == CARD_SIDE_BUY ? SELLER : BUYER, market,
                      side == CARD_SIDE_BUY ? CARD_SIDE_SELL : CARD_SIDE_BUY, levels[i].price, levels[i].lots);
    }
    fixture_run(&fixture);
}

static void clear_book(void)
{
    for (uint32_t user = SELLER; user <= BUYER; user++) {
        const struct input_mass_cancel mass = { .header = { .kind = INPUT_MASS_CANCEL, .user = user,
                                                            .subaccount = fixture_subaccount(user) } };

        fixture_add(&fixture, &mass, sizeof mass);
    }
    fixture_run_until_done(&fixture);
}

static void compare(const struct walk *walk, uint8_t side, int64_t unit, int64_t quantity)
{
    const struct report *last = NULL;
    int64_t lots = 0, notional = 0;

    expect(ANNA, 0, REPORT_ACCEPTED, REASON_NONE, STATUS_NEW);
    assert_int_equal(fixture_report(&fixture, ANNA, 0)->open, quantity);
    for (unsigned n = 1; fixture_report(&fixture, ANNA, n); n++) {
        last = fixture_report(&fixture, ANNA, n);
        if (last->kind != REPORT_EXECUTED)
            continue;
        lots += last->quantity;
        notional += last->quantity * last->price * unit;
        assert_int_equal(last->filled, lots);
        assert_true(last->status == STATUS_FILLED ? last->open == 0 : last->open == quantity - notional);
        assert_int_equal(last->side, side);
    }
    assert_int_equal(notional, walk->notional);
    assert_int_equal(lots, walk->lots);
    assert_non_null(last);
    if (walk->end == REASON_NONE) {
        assert_int_equal(last->kind, REPORT_EXECUTED);
        assert_int_equal(last->status, STATUS_FILLED);
    } else {
        assert_int_equal(last->kind, REPORT_EXPIRED);
        assert_int_equal(last->status, STATUS_EXPIRED);
        assert_int_equal(last->quantity, quantity - notional);
        assert_int_equal(last->open, 0);
        if (last->reason != walk->end)
            fail_msg("ended by %s, not %s", reason_name(last->reason), reason_name(walk->end));
    }
    assert_null(fixture_find_order(&fixture, ANNA, fixture.reference[ANNA]));
    assert_int_equal(fixture.state->t->quotes, TABLE_NONE);
}

/* Bounds as exchange-rules.md has them: mean-mark band 6 %, impact band 5 % from the touch, slippage. */
static uint32_t bound_of(uint8_t side, uint32_t mark, uint32_t touch, unsigned slippage, enum reason *reason)
{
    const bool buys = side == CARD_SIDE_BUY;
    const uint64_t mean = buys ? (uint64_t)mark * 106 / 100 : ((uint64_t)mark * 94 + 99) / 100;
    const uint64_t impact = buys ? (uint64_t)touch * 105 / 100 : ((uint64_t)touch * 95 + 99) / 100;
    const uint64_t slip = buys ? (uint64_t)touch * (10000 + slippage) / 10000
                               : ((uint64_t)touch * (10000 - slippage) + 9999) / 10000;
    uint64_t bound = mean;

    *reason = REASON_PRICE_OUT_OF_BOUNDS;
    if (buys ? impact <= bound : impact >= bound) {
        bound = impact;
        *reason = REASON_PRICE_IMPACT;
    }
    if (slippage && (buys ? slip <= bound : slip >= bound)) {
        bound = slip;
        *reason = REASON_SLIPPAGE_EXCEEDED;
    }
    return (uint32_t)bound;
}

static void compare_random(uint32_t market, uint32_t mark, int64_t unit, unsigned cases)
{
    unsigned ends[REASONS] = { 0 }, portions = 0;

    random_state = market;
    for (unsigned i = 0; i < cases; i++) {
        const uint8_t side = (uint8_t)draw(2);
        const unsigned slippage = draw(3) ? 0 : 1 + (unsigned)draw(400);
        struct level levels[LEVELS];
        enum reason at_bound;
        uint32_t bound;
        int64_t quantity;
        struct walk walk;

        make_book(market, side, levels, mark, 1 + (uint32_t)draw(mark / 60));
        bound = bound_of(side, mark, levels[0].price, slippage, &at_bound);
        quantity = levels[0].price * unit * (int64_t)(1 + draw(300)) + (int64_t)draw((uint64_t)(mark * unit));
        walk = walk_book(levels, LEVELS, side, bound, at_bound, unit, quantity);
        if (side == CARD_SIDE_BUY)
            assert_true(walk.lots > 0);
        quote(ANNA, market, side, quantity)->extra.slippage = (uint16_t)slippage;
        fixture_run(&fixture);
        compare(&walk, side, unit, quantity);
        portions += fixture.result.rounds > 1;
        ends[walk.end]++;
        clear_book();
        fixture_deposit(&fixture, fixture_subaccount(SELLER), FIXTURE_ETH, INT64_C(10000000000));
        fixture_deposit(&fixture, fixture_subaccount(ANNA), FIXTURE_ETH, INT64_C(10000000000));
    }
    /* every way to end has been seen */
    assert_true(portions > cases / 4);
    assert_true(ends[REASON_NONE] > 0 && ends[REASON_INSUFFICIENT_LIQUIDITY] > 0 && ends[REASON_PRICE_IMPACT] > 0 &&
                ends[REASON_SLIPPAGE_EXCEEDED] > 0 && ends[REASON_PRICE_OUT_OF_BOUNDS] > 0);
}

static void test_walks_a_perpetual(void **state)
{
    (void)state;
    compare_random(FIXTURE_PERP, FIXTURE_MARK, 100, 200);
}

static void test_walks_spot(void **state)
{
    (void)state;
    compare_random(FIXTURE_SPOT, FIXTURE_SPOT_MARK, 10000, 200);
}

/* --- money --- */

static void test_fee_is_rounded_once(void **state)
{
    int64_t notional = 0, fee = 0;
    const struct report *report;

    (void)state;
    for (unsigned i = 0; i < 9; i++)
        fixture_order(&fixture, SELLER, FIXTURE_SPOT, CARD_SIDE_SELL, 2001 + 3 * i, 1);
    fixture_run(&fixture);
    quote(ANNA, FIXTURE_SPOT, CARD_SIDE_BUY, INT64_C(9) * 2000 * 10000);
    fixture_run(&fixture);
    for (unsigned n = 1; (report = fixture_report(&fixture, ANNA, n)) != NULL; n++) {
        notional += report->quantity * report->price * 10000;
        fee += report->fee;
    }
    assert_int_equal(notional, (2001 + 2004 + 2007 + 2010 + 2013 + 2016 + 2019 + 2022) * 10000); /* 8 lots */
    assert_int_equal(fee, (notional * 7 + 9999) / 10000 * 256);
    assert_int_equal(fixture_balance(&fixture, ANNA, FIXTURE_USDC), INT64_C(10000000000000) - notional - fee / 256);
    assert_int_equal(state_balance(fixture.state, state_find_balance(fixture.state, fixture_subaccount(ANNA),
                                                                     FIXTURE_USDC))->locked, 0);
}

/* 1,000 USDC: what it locks at its bound, with the fee, must be there. */
static void test_funds(void **state)
{
    (void)state;
    fixture_order(&fixture, SELLER, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 1000);
    quote(POOR, FIXTURE_SPOT, CARD_SIDE_BUY, 1000000000);
    fixture_run(&fixture);
    /* bound 2,100: 47 lots of 21 USDC = 987 lock with the fee of 0.6909 and a unit 987.690901, then 50 lots in all
     * would cost 1,000 and the fee is not there for the last */
    expect(POOR, 0, REPORT_ACCEPTED, REASON_NONE, STATUS_NEW);
    expect(POOR, 1, REPORT_EXECUTED, REASON_NONE, STATUS_PARTIALLY_FILLED);
    expect(POOR, 2, REPORT_EXECUTED, REASON_NONE, STATUS_PARTIALLY_FILLED);
    expect(POOR, 3, REPORT_EXPIRED, REASON_INSUFFICIENT_FUNDS, STATUS_EXPIRED);
    assert_int_equal(fixture_report(&fixture, POOR, 2)->filled, 49);
    assert_int_equal(fixture_report(&fixture, POOR, 3)->quantity, 20000000);
    assert_int_equal(fixture_balance(&fixture, POOR, FIXTURE_USDC), 1000000000 - 980000000 - 686000);
    quote(POOR, FIXTURE_SPOT, CARD_SIDE_BUY, 21000000); /* 19.314 USDC are left */
    quote(POOR, FIXTURE_SPOT, CARD_SIDE_SELL, 2000 * 10000);
    fixture_run(&fixture);
    expect(POOR, 0, REPORT_REJECTED, REASON_INSUFFICIENT_FUNDS, STATUS_NONE);
    expect(POOR, 1, REPORT_REJECTED, REASON_INSUFFICIENT_LIQUIDITY, STATUS_NONE);
}

static void test_margin(void **state)
{
    (void)state;
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100000, 5000);
    fixture_run(&fixture);
    quote(POOR, FIXTURE_PERP, CARD_SIDE_BUY, INT64_C(20000) * 1000000);
    quote(POOR, FIXTURE_PERP, CARD_SIDE_BUY, INT64_C(5000) * 1000000);
    fixture_run(&fixture);
    expect(POOR, 0, REPORT_REJECTED, REASON_INSUFFICIENT_MARGIN, STATUS_NONE);
    assert_int_equal(fixture_position(&fixture, POOR, FIXTURE_PERP), 500);
    assert_int_equal(fixture_find(&fixture, POOR, REPORT_EXECUTED)->status, STATUS_FILLED);
}

/* --- rules --- */

static void refused(struct input_order_new_extra *order, enum reason reason)
{
    const uint32_t user = order->order.header.user;

    fixture_run(&fixture);
    expect(user, 0, REPORT_REJECTED, reason, STATUS_NONE);
    assert_int_equal(fixture.state->t->quotes, TABLE_NONE);
    assert_null(fixture_find_order(&fixture, user, fixture.reference[user]));
}

static void test_refused(void **state)
{
    const struct input_market_state limit_only = { .header = { .kind = INPUT_MARKET_STATE },
                                                   .market = FIXTURE_PERP, .state = CARD_STATE_LIMIT_ONLY };
    struct input_order_new_extra *order;

    (void)state;
    refused(quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 100000000), REASON_INSUFFICIENT_LIQUIDITY);
    refused(quote(ANNA, FIXTURE_PERP, CARD_SIDE_SELL, 100000000), REASON_INSUFFICIENT_LIQUIDITY);
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100000, 5000);
    fixture_run(&fixture);
    refused(quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 0), REASON_INVALID_QUANTITY);
    refused(quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, -1), REASON_INVALID_QUANTITY);
    refused(quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 100000 * 100 - 1), REASON_INVALID_QUANTITY);
    refused(quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, LIMIT_NOTIONAL_UNITS + 1), REASON_INVALID_QUANTITY);
    refused(quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, LIMIT_NOTIONAL_UNITS), REASON_INSUFFICIENT_MARGIN);
    order = quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 100000000);
    order->order.tif = CARD_TIF_FOK;
    refused(order, REASON_BAD_COMMAND);
    order = quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 100000000);
    order->order.flags |= INPUT_ORDER_REDUCE_ONLY;
    refused(order, REASON_BAD_COMMAND);
    order = quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 100000000);
    order->order.flags &= (uint8_t)~INPUT_ORDER_MARKET;
    refused(order, REASON_BAD_COMMAND);
    fixture_add(&fixture, &limit_only, sizeof limit_only);
    refused(quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 100000000), REASON_MARKET_STATE);
}

/* One lot for exactly its price. */
static void test_smallest(void **state)
{
    (void)state;
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100000, 1);
    fixture_order(&fixture, BUYER, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 1);
    fixture_run(&fixture);
    quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 100000 * 100);
    quote(ANNA, FIXTURE_PERP, CARD_SIDE_SELL, 99000 * 100);
    fixture_run(&fixture);
    assert_int_equal(fixture_report(&fixture, ANNA, 1)->status, STATUS_FILLED);
    assert_int_equal(fixture_report(&fixture, ANNA, 3)->status, STATUS_FILLED);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 0);
}

/* The impact band goes by the first touch, though portions move it. */
static void test_band_of_the_first_touch(void **state)
{
    (void)state;
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 99000, 2);
    for (unsigned i = 1; i < 8; i++)
        fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 99000 + 990 * i, 2);
    fixture_run(&fixture);
    quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 14 * 100000 * 100);
    fixture_run(&fixture);
    /* up to 103,950: levels 99,000 .. 103,950 are six */
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 12);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXPIRED)->reason, REASON_PRICE_IMPACT);
}

/* Impact and mean-mark band end at the same price: the nearer by rule is the impact band. */
static void test_equal_bounds(void **state)
{
    (void)state;
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100953, 1); /* 5 % above: 106,000 */
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 106000, 1);
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 106001, 1);
    fixture_run(&fixture);
    quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 3 * 107000 * 100);
    fixture_run(&fixture);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 2);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXPIRED)->reason, REASON_PRICE_IMPACT);
}

/* Another order of the same batch gets what the whole of it has left. */
static void test_nothing_comes_between(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100000 + 500 * i, 10);
    fixture_run(&fixture);
    fixture_order(&fixture, BUYER, FIXTURE_PERP, CARD_SIDE_BUY, 100000, 1);
    quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, (100000 * 9 + 100500 * 10 + 101000 * 10 + 101500 * 3) * 100);
    fixture_order(&fixture, BUYER, FIXTURE_PERP, CARD_SIDE_BUY, 102500, 10);
    quote(POOR, FIXTURE_PERP, CARD_SIDE_BUY, 102000 * 100 * 2);
    fixture_run(&fixture);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXECUTED)->status, STATUS_FILLED);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXECUTED)->filled, 32);
    assert_int_equal(fixture_report(&fixture, BUYER, 2)->kind, REPORT_ACCEPTED);
    assert_int_equal(fixture_report(&fixture, BUYER, 3)->price, 101500);
    assert_int_equal(fixture_report(&fixture, BUYER, 3)->quantity, 7);
    assert_int_equal(fixture_report(&fixture, BUYER, 4)->price, 102000);
    assert_true(fixture_report(&fixture, BUYER, 3)->match > fixture_find(&fixture, ANNA, REPORT_EXECUTED)->match);
    assert_int_equal(fixture_find(&fixture, POOR, REPORT_EXECUTED)->price, 102000);
    assert_int_equal(fixture_position(&fixture, POOR, FIXTURE_PERP), 2);
}

static void test_self_trade(void **state)
{
    for (uint8_t stp = CARD_STP_REJECT_TAKER; stp <= CARD_STP_REJECT_BOTH; stp++) {
        const int64_t before = fixture_position(&fixture, ANNA, FIXTURE_PERP);

        (void)state;
        fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100000, 10);
        fixture_order(&fixture, ANNA, FIXTURE_PERP, CARD_SIDE_SELL, 100100, 10);
        fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 103900, 10);
        fixture_run(&fixture);
        /* enough for one more lot at one's own price but not at the next */
        quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, (100000 * 10 + 103000) * 100)->order.stp = stp;
        fixture_run(&fixture);
        assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP) - before, 10);
        assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXPIRED)->reason,
                         stp == CARD_STP_REJECT_MAKER ? REASON_IMMEDIATE_OR_CANCEL : REASON_SELF_TRADE);
        assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXPIRED)->quantity, 103000 * 100);
        assert_int_equal(fixture_find_order(&fixture, ANNA, fixture.reference[ANNA] - 1) != NULL,
                         stp == CARD_STP_REJECT_TAKER);
        if (stp == CARD_STP_REJECT_TAKER)
            fixture_cancel(&fixture, ANNA, fixture.reference[ANNA] - 1);
        clear_book();
    }
}

static void test_speed_bump(void **state)
{
    struct state *core = fixture.state;

    (void)state;
    state_market(core, FIXTURE_PERP)->speed_bump = 1;
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100000, 10)->flags = INPUT_ORDER_POST_ONLY;
    fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100100, 10)->flags = INPUT_ORDER_POST_ONLY;
    fixture_run(&fixture);
    quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, (100000 * 10 + 100100 * 2) * 100)->extra.expires_ns =
        fixture.time_ns + 50000000;
    quote(POOR, FIXTURE_PERP, CARD_SIDE_BUY, 100100 * 100);
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_ACCEPTED, REASON_NONE, STATUS_NEW);
    assert_int_equal(fixture.state->t->quotes, TABLE_NONE);
    fixture_replace(&fixture, ANNA, 1, 0, 5)->tif = CARD_TIF_IOC; /* lots are not what it has */
    fixture_cancel(&fixture, ANNA, 1)->quantity = 5;
    quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 100100 * 100 * 3);
    fixture_cancel(&fixture, ANNA, 3);
    fixture_run(&fixture);
    expect(ANNA, 0, REPORT_REJECTED, REASON_BAD_COMMAND, STATUS_NONE);
    expect(ANNA, 1, REPORT_CANCEL_REJECTED, REASON_INVALID_QUANTITY, STATUS_NONE);
    expect(ANNA, 3, REPORT_CANCELLED, REASON_USER_REQUEST, STATUS_CANCELLED);
    assert_int_equal(fixture_report(&fixture, ANNA, 3)->quantity, 100100 * 100 * 3);
    fixture.time_ns += 97000000;
    fixture_run(&fixture);
    assert_null(fixture_report(&fixture, ANNA, 0));
    fixture_run(&fixture);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXECUTED)->status, STATUS_FILLED);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_EXECUTED)->filled, 12);
    assert_int_equal(fixture_position(&fixture, POOR, FIXTURE_PERP), 1);
}

static void test_attached(void **state)
{
    struct input_order_new_extra *order;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        fixture_order(&fixture, SELLER, FIXTURE_PERP, CARD_SIDE_SELL, 100000 + 800 * i, 10);
    fixture_run(&fixture);
    order = quote(ANNA, FIXTURE_PERP, CARD_SIDE_BUY, 40 * 100000 * 100);
    order->extra.stop_loss = (struct input_attached){ .by = INPUT_BY_MARK, .trigger = 99000 };
    fixture_run(&fixture);
    assert_int_equal(fixture_position(&fixture, ANNA, FIXTURE_PERP), 39);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_RESTATED)->open, 39);
    assert_int_equal(fixture_find(&fixture, ANNA, REPORT_RESTATED)->other, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(walks_a_perpetual), TEST(walks_spot), TEST(fee_is_rounded_once), TEST(funds), TEST(margin), TEST(refused),
        TEST(smallest), TEST(band_of_the_first_touch), TEST(equal_bounds), TEST(nothing_comes_between),
        TEST(self_trade), TEST(speed_bump), TEST(attached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
