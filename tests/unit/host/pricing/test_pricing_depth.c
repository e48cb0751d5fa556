/* The mirror of the card's levels and the walks over it and the parked orders, against a walk over every order. */
#include "unit.h"

#include "core.h"
#include "fixture.h"
#include "mix.h"
#include "pricing.h"

static struct fixture fixture;
static uint64_t draw_state;

static uint64_t draw(uint64_t below)
{
    draw_state += MIX_STEP;
    return mix_bits(draw_state) % below;
}

/* Lots of the market's open orders on a side at prices low .. high, counted from the orders themselves. */
static int64_t counted(uint32_t market, uint8_t side, uint32_t low, uint32_t high, unsigned place)
{
    int64_t sum = 0;

    for (uint32_t row = 1; row < fixture.state->orders.used; row++) {
        const struct order *order = order_row(fixture.state, row);

        if (order->id != 0 && order->market == market && order->side == side && order->price >= low &&
            order->price <= high && (order->place == place || (place == ORDER_NOWHERE && order->place <= ORDER_PARKED)))
            sum += order->active;
    }
    return sum;
}

static void compare_levels(uint32_t market)
{
    const struct market *row = state_market(fixture.state, market);
    const struct levels *levels = &fixture.exchange->levels[market - 1];
    const uint32_t top = row->window_base + (1u << row->window_log2) - 1;

    for (uint32_t price = row->window_base; price <= top; price++)
        assert_int_equal(levels_at(levels, price), counted(market, CARD_SIDE_BUY, price, price, ORDER_ON_CARD) +
                                                       counted(market, CARD_SIDE_SELL, price, price, ORDER_ON_CARD));
}

static void compare_depth(uint32_t market, uint32_t bound)
{
    assert_int_equal(pricing_depth(fixture.exchange, market, CARD_SIDE_BUY, bound),
                     counted(market, CARD_SIDE_BUY, bound, UINT32_MAX, ORDER_NOWHERE));
    assert_int_equal(pricing_depth(fixture.exchange, market, CARD_SIDE_SELL, bound),
                     counted(market, CARD_SIDE_SELL, 0, bound, ORDER_NOWHERE));
}

/* The average of `notional` by taking the best order again and again, in exact eighths of nothing: (256 x notional x
 * price) / (...) as mark.h says, from the orders alone. */
static uint64_t naive_average(uint32_t market, uint8_t side)
{
    const struct market *row = state_market(fixture.state, market);
    const uint64_t unit = row->tick_lot_units;
    uint64_t left = row->impact_notional;
    uwide lots = 0;
    uint32_t at = side == CARD_SIDE_BUY ? UINT32_MAX : 0;

    for (;;) {
        uint32_t best = 0;
        uint64_t here;

        for (uint32_t i = 1; i < fixture.state->orders.used; i++) {
            const struct order *order = order_row(fixture.state, i);

            if (order->id == 0 || order->market != market || order->side != side || order->active == 0 ||
                order->place > ORDER_PARKED || (side == CARD_SIDE_BUY ? order->price >= at : order->price <= at))
                continue;
            if (best == 0 || (side == CARD_SIDE_BUY) == (order->price > best))
                best = order->price;
        }
        if (best == 0)
            return 0;
        here = (uint64_t)counted(market, side, best, best, ORDER_NOWHERE);
        if ((uwide)here * best * unit >= left)
            return (uint64_t)((uwide)256 * row->impact_notional * best / (lots * best * unit + left));
        left -= here * best * unit;
        lots += here;
        at = best;
    }
}

static void compare_mid(uint32_t market)
{
    const uint64_t buy = naive_average(market, CARD_SIDE_SELL), sell = naive_average(market, CARD_SIDE_BUY);

    assert_int_equal(pricing_impact_mid(fixture.exchange, market), buy && sell ? (buy + sell) / 2 : 0);
}

static void random_orders(uint32_t user, uint32_t middle, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const bool far = draw(4) == 0; /* parked: beyond the passive edge */
        const uint32_t reach = far ? 500 + (uint32_t)draw(300) : 1 + (uint32_t)draw(200);
        const uint8_t side = draw(2) ? CARD_SIDE_BUY : CARD_SIDE_SELL;

        if (draw(4) == 0 && fixture.reference[user] > 0) {
            fixture_cancel(&fixture, user, 1 + (uint32_t)draw(fixture.reference[user]));
            continue;
        }
        fixture_order(&fixture, user, FIXTURE_SPOT, side,
                      side == CARD_SIDE_BUY ? middle - reach + (uint32_t)draw(3) : middle + reach - (uint32_t)draw(3),
                      1 + (int64_t)draw(50));
    }
    fixture_run_until_done(&fixture);
}

static void check_all(void)
{
    struct market *market = state_market(fixture.state, FIXTURE_SPOT);

    compare_levels(FIXTURE_SPOT);
    for (unsigned i = 0; i < 8; i++) {
        compare_depth(FIXTURE_SPOT, market->window_base - 300 + (uint32_t)draw(1600));
        market->impact_notional = 1 + draw(i < 4 ? 1000000 : UINT64_C(1000000000000));
        compare_mid(FIXTURE_SPOT);
    }
    market->impact_notional = 0;
    assert_int_equal(pricing_impact_mid(fixture.exchange, FIXTURE_SPOT), 0);
}

static uint32_t open_rich(void)
{
    uint32_t user;

    fixture_open(&fixture, "model");
    user = fixture_add_user(&fixture, 1000000000);
    fixture_deposit(&fixture, fixture_subaccount(user), FIXTURE_ETH, INT64_C(100000000000000));
    fixture_run(&fixture);
    return user;
}

/* The window of 1024 ticks follows the mark there and back again, and orders enter and leave it. */
static void test_random_flow(void **state)
{
    const uint32_t user = open_rich();
    uint32_t middle = FIXTURE_SPOT_MARK;

    (void)state;
    draw_state = 7;
    for (unsigned i = 0; i < 60; i++) {
        if (i % 3 == 2) {
            middle = middle + (uint32_t)draw(401) - 200;
            fixture_marks(&fixture, FIXTURE_SPOT, middle);
            fixture_run_until_done(&fixture);
        }
        random_orders(user, middle, 25);
        check_all();
    }
    assert_true(counted(FIXTURE_SPOT, CARD_SIDE_BUY, 0, UINT32_MAX, ORDER_PARKED) > 0);
    assert_true(counted(FIXTURE_SPOT, CARD_SIDE_SELL, 0, UINT32_MAX, ORDER_PARKED) > 0);
    fixture_close(&fixture);
}

/* Whole again when the card is reset and everything placed anew. */
static void test_attach(void **state)
{
    const uint32_t user = open_rich();

    (void)state;
    draw_state = 11;
    random_orders(user, FIXTURE_SPOT_MARK, 100);
    check_all();
    /* What a card's fault might leave in the mirror does not outlive the card. */
    levels_put(&fixture.exchange->levels[FIXTURE_SPOT - 1], FIXTURE_SPOT_MARK + 450, 7);
    assert_int_equal(exchange_attach(fixture.exchange), EXCHANGE_OK);
    check_all();
    fixture_restart(&fixture);
    fixture_run(&fixture);
    fixture_marks(&fixture, FIXTURE_SPOT, FIXTURE_SPOT_MARK);
    fixture_run(&fixture);
    random_orders(user, FIXTURE_SPOT_MARK, 100);
    check_all();
    fixture_close(&fixture);
}

/* A book of more levels than a walk looks at: depth is what it has seen, a notional behind them is too thin, and what
 * is parked behind them does not count either. */
static void test_levels_limit(void **state)
{
    enum { LEVELS = PRICING_LEVELS_MAX + 76 };
    struct market *market;
    uint32_t users[4];
    uint64_t seen = 0;

    (void)state;
    fixture_open(&fixture, "model");
    market = state_market(fixture.state, FIXTURE_PERP);
    for (unsigned i = 0; i < 4; i++)
        users[i] = fixture_add_user(&fixture, 1000000);
    for (uint32_t i = 0; i < LEVELS; i++)
        fixture_order(&fixture, users[i % 3], FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK - 1 - i, 1);
    fixture_order(&fixture, users[3], FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK - 30000, 5);
    fixture_order(&fixture, users[3], FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK + 1, 10000);
    fixture_run_until_done(&fixture);
    assert_int_equal(counted(FIXTURE_PERP, CARD_SIDE_BUY, 0, UINT32_MAX, ORDER_ON_CARD), LEVELS);
    assert_int_equal(counted(FIXTURE_PERP, CARD_SIDE_BUY, 0, UINT32_MAX, ORDER_PARKED), 5);
    for (uint32_t i = 0; i < PRICING_LEVELS_MAX; i++)
        seen += (uint64_t)(FIXTURE_MARK - 1 - i) * market->tick_lot_units;
    assert_int_equal(pricing_depth(fixture.exchange, FIXTURE_PERP, CARD_SIDE_BUY, 1), PRICING_LEVELS_MAX);
    compare_depth(FIXTURE_PERP, FIXTURE_MARK - PRICING_LEVELS_MAX);
    market->impact_notional = seen;
    compare_mid(FIXTURE_PERP);
    assert_true(pricing_impact_mid(fixture.exchange, FIXTURE_PERP) > 0);
    market->impact_notional = seen + 1;
    assert_int_equal(pricing_impact_mid(fixture.exchange, FIXTURE_PERP), 0);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_flow), cmocka_unit_test(test_attach),
                                        cmocka_unit_test(test_levels_limit) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
