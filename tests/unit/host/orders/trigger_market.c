#include "trigger_market.h"

#include "unit.h"

void trigger_market_open(struct fixture *fixture)
{
    fixture_open(fixture, "model");
    for (uint32_t user = MAKER_SELLS; user <= CLARA; user++)
        fixture_add_user(fixture, 100000);
    fixture_add_user(fixture, 100);
    fixture_order(fixture, MAKER_SELLS, FIXTURE_PERP, CARD_SIDE_SELL, MARKET_ASK, 10000);
    fixture_order(fixture, MAKER_BUYS, FIXTURE_PERP, CARD_SIDE_BUY, MARKET_BID, 10000);
    trigger_market_trade(fixture, FIXTURE_MARK);
}

static void set_price(struct fixture *fixture, uint8_t present, uint64_t fixed)
{
    struct input_marks *marks = fixture_marks(fixture, FIXTURE_PERP, FIXTURE_MARK);

    marks->present = present;
    marks->mark = marks->index = fixed;
    fixture_run(fixture);
}

void trigger_market_mark(struct fixture *fixture, uint64_t fixed)
{
    set_price(fixture, CARD_PRESENT_MARK_MASK, fixed);
}

void trigger_market_index(struct fixture *fixture, uint64_t fixed)
{
    set_price(fixture, CARD_PRESENT_INDEX_MASK, fixed);
}

void trigger_market_trade(struct fixture *fixture, uint32_t ticks)
{
    fixture_order(fixture, TRADER_SELLS, FIXTURE_PERP, CARD_SIDE_SELL, ticks, 1);
    fixture_order(fixture, TRADER_BUYS, FIXTURE_PERP, CARD_SIDE_BUY, ticks, 1);
    fixture_run(fixture);
    assert_int_equal(fixture_find(fixture, TRADER_BUYS, REPORT_EXECUTED)->price, ticks);
}

void trigger_market_move(struct fixture *fixture, unsigned by, uint64_t fixed)
{
    if (by == INPUT_BY_MARK)
        trigger_market_mark(fixture, fixed);
    else if (by == INPUT_BY_INDEX)
        trigger_market_index(fixture, fixed);
    else
        trigger_market_trade(fixture, (uint32_t)(fixed / CARD_FIXED_ONE));
}

void trigger_market_state(struct fixture *fixture, uint8_t state)
{
    const struct input_market_state input = { .header = { .kind = INPUT_MARKET_STATE }, .market = FIXTURE_PERP,
                                              .state = state };

    fixture_add(fixture, &input, sizeof input);
}

struct input_order_new_extra *trigger_market_stop(struct fixture *fixture, uint32_t user, uint8_t side, unsigned by,
                                                  unsigned when, uint32_t ticks, int64_t lots)
{
    struct input_order_new_extra *order = fixture_order_extra(fixture, user, FIXTURE_PERP, side, 0, lots);

    order->order.flags |= INPUT_ORDER_MARKET;
    order->order.tif = CARD_TIF_IOC;
    order->extra.trigger_by = (uint8_t)by;
    order->extra.trigger_when = (uint8_t)when;
    order->extra.trigger_price = ticks;
    return order;
}

void trigger_market_take(struct fixture *fixture, uint32_t user, uint8_t side, int64_t lots)
{
    const int64_t before = fixture_position(fixture, user, FIXTURE_PERP);

    fixture_order(fixture, user, FIXTURE_PERP, side, side == CARD_SIDE_BUY ? MARKET_ASK : MARKET_BID, lots);
    fixture_run(fixture);
    assert_int_equal(fixture_position(fixture, user, FIXTURE_PERP) - before, side == CARD_SIDE_BUY ? lots : -lots);
}

unsigned trigger_market_count(const struct fixture *fixture, uint32_t user)
{
    unsigned count = 0;

    while (fixture_report(fixture, user, count))
        count++;
    return count;
}

unsigned trigger_market_open_orders(const struct fixture *fixture, uint32_t user)
{
    uint32_t row = state_user(fixture->state, user)->orders;
    unsigned count = 0;

    for (; row != TABLE_NONE; row = order_row(fixture->state, row)->next_of_user)
        count++;
    return count;
}
