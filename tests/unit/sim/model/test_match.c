/* docs/card.md, matching: priority, fills, self-trade prevention, and every field of their events. */
#include "rig.h"

static void a_fill_has_the_smaller_quantity_and_the_maker_s_price(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_SELL, 7, 10500, 5);
    rig_enter(rig, 2, SIDE_BUY, 8, 10510, 3);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 2, .taker_generation = GEN(2), .taker_owner = 8,
           .maker_slot = 1, .maker_generation = GEN(1), .maker_owner = 7, .quantity = 3, .taker_remaining = 0,
           .maker_remaining = 2, .level_valid = 1, .price = 10500, .side = SIDE_SELL, .aggregate = 2,
           .best_price = 10500, .best_valid = 1);
    rig_enter(rig, 3, SIDE_BUY | IOC, 9, 10500, 7);
    EXPECT_COUNT(rig, 2);
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 3, .taker_generation = GEN(3), .taker_owner = 9,
           .maker_slot = 1, .maker_generation = GEN(1), .maker_owner = 7, .quantity = 2, .taker_remaining = 5,
           .maker_remaining = 0, .level_valid = 1, .price = 10500, .side = SIDE_SELL, .aggregate = 0, .best_price = 0,
           .best_valid = 0);
    assert_int_equal(rig_open_quantity(rig, 1), 0);
}

static void a_sell_fills_against_bids_alike(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY, 7, 10400, 5);
    rig_enter(rig, 3, SIDE_BUY, 7, 10390, 6);
    rig_enter(rig, 2, SIDE_SELL, 8, 10395, 5);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 2, .taker_generation = GEN(2), .taker_owner = 8,
           .maker_slot = 1, .maker_generation = GEN(1), .maker_owner = 7, .quantity = 5, .level_valid = 1,
           .price = 10400, .side = SIDE_BUY, .aggregate = 0, .best_price = 10390, .best_valid = 1);
}

static void the_best_level_comes_first_and_in_it_the_oldest_order(void **state)
{
    static const uint32_t slots[] = {3, 5, 2, 4, 1};
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_SELL, 1, 10502, 1);
    rig_enter(rig, 2, SIDE_SELL, 1, 10501, 1);
    rig_enter(rig, 3, SIDE_SELL, 1, 10500, 1);
    rig_enter(rig, 4, SIDE_SELL, 1, 10501, 1);
    rig_enter(rig, 5, SIDE_SELL, 1, 10500, 1);
    rig_enter(rig, 9, SIDE_BUY, 2, 10502, 5);
    EXPECT_COUNT(rig, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(card_event_maker_slot(&rig->events[i]), slots[i]);

    rig_enter(rig, 1, SIDE_BUY, 1, 10400, 1);
    rig_enter(rig, 2, SIDE_BUY, 1, 10401, 1);
    rig_enter(rig, 3, SIDE_BUY, 1, 10402, 1);
    rig_enter(rig, 4, SIDE_BUY, 1, 10401, 1);
    rig_enter(rig, 5, SIDE_BUY, 1, 10402, 1);
    rig_enter(rig, 9, SIDE_SELL | IOC | MARKET_ORDER, 2, 0, 5);
    EXPECT_COUNT(rig, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(card_event_maker_slot(&rig->events[i]), slots[i]);
}

static void a_partly_filled_maker_keeps_its_place(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_SELL, 1, 10500, 5);
    rig_enter(rig, 2, SIDE_SELL, 1, 10500, 5);
    rig_enter(rig, 9, SIDE_BUY, 2, 10500, 2);
    rig_enter(rig, 8, SIDE_BUY, 2, 10500, 4);
    EXPECT_COUNT(rig, 2);
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 8, .taker_generation = GEN(8), .taker_owner = 2,
           .maker_slot = 1, .maker_generation = GEN(1), .maker_owner = 1, .quantity = 3, .taker_remaining = 1,
           .level_valid = 1, .price = 10500, .side = SIDE_SELL, .aggregate = 5, .best_price = 10500, .best_valid = 1);
    EXPECT(rig, 1, .kind = CARD_KIND_FILL, .taker_slot = 8, .taker_generation = GEN(8), .taker_owner = 2,
           .maker_slot = 2, .maker_generation = GEN(2), .maker_owner = 1, .quantity = 1, .maker_remaining = 4,
           .level_valid = 1, .price = 10500, .side = SIDE_SELL, .aggregate = 4, .best_price = 10500, .best_valid = 1);
}

static void priority_survives_removals_from_front_middle_and_end_of_a_level(void **state)
{
    struct rig *rig = *state;

    for (uint32_t slot = 1; slot <= 5; slot++)
        rig_enter(rig, slot, SIDE_SELL, 1, 10500, 1);
    rig_cancel(rig, 3, 10500);
    rig_cancel(rig, 1, 10500);
    rig_cancel(rig, 5, 10500);
    rig_enter(rig, 3, SIDE_SELL, 1, 10500, 1);
    rig_enter(rig, 9, SIDE_BUY, 2, 10500, 3);
    EXPECT_COUNT(rig, 3);
    assert_int_equal(card_event_maker_slot(&rig->events[0]), 2);
    assert_int_equal(card_event_maker_slot(&rig->events[1]), 4);
    assert_int_equal(card_event_maker_slot(&rig->events[2]), 3);
}

static void best_is_found_across_the_whole_window(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_SELL, 1, END - 1, 1);
    rig_enter(rig, 2, SIDE_SELL, 1, BASE + 1, 1);
    rig_enter(rig, 3, SIDE_BUY, 1, BASE, 1);
    rig_enter(rig, 9, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 9, .taker_generation = GEN(9), .taker_owner = 2,
           .maker_slot = 2, .maker_generation = GEN(2), .maker_owner = 1, .quantity = 1, .level_valid = 1,
           .price = BASE + 1, .side = SIDE_SELL, .best_price = END - 1, .best_valid = 1);
    rig_enter(rig, 2, SIDE_BUY, 1, END - 2, 1);
    rig_enter(rig, 9, SIDE_SELL | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 9, .taker_generation = GEN(9), .taker_owner = 2,
           .maker_slot = 2, .maker_generation = GEN(2), .maker_owner = 1, .quantity = 1, .level_valid = 1,
           .price = END - 2, .side = SIDE_BUY, .best_price = BASE, .best_valid = 1);
}

static void best_is_found_over_long_empty_stretches(void **state)
{
    /* Ascending, with gaps of a tick, within and across 64, 4,096 and many 4,096 ticks, and at both ends. */
    static const uint32_t offsets[] = {0,     1,     63,    64,     65,     4095,   4096,   4160,   8191,
                                       20000, 65535, 65536, 65537,  98304,  110000, 126975, 126976, 131071};
    static const uint32_t bases[] = {64, 128, 100032}; /* the last wraps around the middle of the array */
    enum { COUNT = sizeof offsets / sizeof *offsets };
    const struct model_size size = {.markets = MARKETS, .orders = ORDERS, .tick_bits = 17};
    struct rig *rig = *state;

    model_destroy(rig->model);
    rig->model = model_create(&size, SESSION);
    assert_non_null(rig->model);
    rig->config.configure.state = CARD_STATE_CLOSED;
    for (size_t b = 0; b < sizeof bases / sizeof *bases; b++)
        for (unsigned side = 0; side <= 1; side++) {
            uint32_t base = bases[b];

            rig->config.configure.base = base;
            rig_configure(rig);
            for (uint32_t i = 0; i < COUNT; i++)
                rig_place(rig, i * 5 % COUNT, side, 1, base + offsets[i * 5 % COUNT], 1);
            struct digest_order orders[COUNT];

            for (uint32_t i = 0; i < COUNT; i++) {
                uint32_t at = side == SIDE_BUY ? COUNT - 1 - i : i;

                orders[i] = (struct digest_order){at, GEN(at), 1, side, 1, base + offsets[at]};
            }
            assert_int_equal(model_digest(rig->model, MARKET), rig_digest(orders, COUNT));
            rig_cancel_many(rig, COUNT);
            EXPECT_COUNT(rig, COUNT + 1);
            for (uint32_t i = 0; i < COUNT; i++) {
                uint32_t at = side == SIDE_BUY ? COUNT - 1 - i : i;
                uint32_t next = side == SIDE_BUY ? at - 1 : at + 1;

                assert_int_equal(card_event_price(&rig->events[i]), base + offsets[at]);
                assert_int_equal(card_event_best_price(&rig->events[i]), i + 1 < COUNT ? base + offsets[next] : 0);
            }
        }
}

static void the_level_s_price_becomes_the_last_trade(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.bands = BAND_LIMIT;
    rig->config.configure.limit_max = (1u << 24) - 1;
    rig_configure(rig);
    rig_enter(rig, 1, SIDE_SELL, 1, 10500, 1);
    rig_enter(rig, 2, SIDE_SELL, 1, 10510, 1);
    rig_enter(rig, 9, SIDE_BUY, 2, 10520, 2);
    EXPECT_COUNT(rig, 2);
    rig->config.configure.limit_min = rig->config.configure.limit_max = ONE;
    rig_configure(rig);
    assert_true(rig_limit_band_admits(rig, 10510)); /* the active price is the last trade alone */
    assert_false(rig_limit_band_admits(rig, 10500));
    assert_false(rig_limit_band_admits(rig, 10520));
}

static void a_removal_by_self_trade_prevention_is_no_trade(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_SELL, 2, 10500, 1);
    rig_enter(rig, 9, SIDE_BUY | IOC | STP_MAKER, 2, 10520, 2);
    rig->config.configure.bands = BAND_LIMIT;
    rig->config.configure.limit_min = rig->config.configure.limit_max = ONE;
    rig_configure(rig);
    assert_true(rig_limit_band_admits(rig, MIDDLE)); /* still the mark */
}

/* Asks at 10500: slot 1 owner 5 (3 lots), slot 2 owner 6 (4 lots), slot 3 owner 5 (5 lots). */
static void match_own_between(struct rig *rig)
{
    rig_enter(rig, 1, SIDE_SELL, 5, 10500, 3);
    rig_enter(rig, 2, SIDE_SELL, 6, 10500, 4);
    rig_enter(rig, 3, SIDE_SELL, 5, 10500, 5);
}

static void match_expect_first_fill(struct rig *rig)
{
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 9, .taker_generation = GEN(9), .taker_owner = 6,
           .maker_slot = 1, .maker_generation = GEN(1), .maker_owner = 5, .quantity = 3, .taker_remaining = 7,
           .level_valid = 1, .price = 10500, .side = SIDE_SELL, .aggregate = 9, .best_price = 10500, .best_valid = 1);
}

static void reject_taker_keeps_earlier_fills_and_expires_the_remainder(void **state)
{
    struct rig *rig = *state;

    match_own_between(rig);
    rig_enter(rig, 9, SIDE_BUY | STP_TAKER, 6, 10510, 10);
    EXPECT_COUNT(rig, 2);
    match_expect_first_fill(rig);
    EXPECT(rig, 1, .kind = CARD_KIND_EXPIRED, .reason = CARD_REASON_SELF_TRADE, .taker_slot = 9,
           .taker_generation = GEN(9), .taker_owner = 6, .quantity = 7, .price = 10510);
    assert_int_equal(rig_open_quantity(rig, 2), 4);
    assert_int_equal(rig_open_quantity(rig, 3), 5);
    assert_int_equal(rig_open_quantity(rig, 9), 0);
}

static void reject_maker_removes_the_maker_and_goes_on(void **state)
{
    struct rig *rig = *state;

    match_own_between(rig);
    rig_enter(rig, 9, SIDE_BUY | STP_MAKER, 6, 10510, 10);
    EXPECT_COUNT(rig, 4);
    match_expect_first_fill(rig);
    EXPECT(rig, 1, .kind = CARD_KIND_REMOVED, .reason = CARD_REASON_SELF_TRADE, .taker_slot = 9,
           .taker_generation = GEN(9), .taker_owner = 6, .maker_slot = 2, .maker_generation = GEN(2), .maker_owner = 6,
           .quantity = 4, .taker_remaining = 7, .level_valid = 1, .price = 10500, .side = SIDE_SELL, .aggregate = 5,
           .best_price = 10500, .best_valid = 1);
    EXPECT(rig, 2, .kind = CARD_KIND_FILL, .taker_slot = 9, .taker_generation = GEN(9), .taker_owner = 6,
           .maker_slot = 3, .maker_generation = GEN(3), .maker_owner = 5, .quantity = 5, .taker_remaining = 2,
           .level_valid = 1, .price = 10500, .side = SIDE_SELL);
    EXPECT(rig, 3, .kind = CARD_KIND_RESTED, .taker_slot = 9, .taker_generation = GEN(9), .taker_owner = 6,
           .quantity = 2, .taker_remaining = 2, .level_valid = 1, .price = 10510, .side = SIDE_BUY, .aggregate = 2,
           .best_price = 10510, .best_valid = 1);
    assert_int_equal(rig_open_quantity(rig, 2), 0);
}

static void reject_maker_that_removes_the_last_order_ends_like_an_empty_side(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 2, SIDE_SELL, 6, 10500, 4);
    rig_enter(rig, 9, SIDE_BUY | IOC | MARKET_ORDER | STP_MAKER, 6, 0, 10);
    EXPECT_COUNT(rig, 2);
    EXPECT(rig, 0, .kind = CARD_KIND_REMOVED, .reason = CARD_REASON_SELF_TRADE, .taker_slot = 9,
           .taker_generation = GEN(9), .taker_owner = 6, .maker_slot = 2, .maker_generation = GEN(2), .maker_owner = 6,
           .quantity = 4, .taker_remaining = 10, .level_valid = 1, .price = 10500, .side = SIDE_SELL);
    EXPECT(rig, 1, .kind = CARD_KIND_EXPIRED, .reason = CARD_REASON_INSUFFICIENT_LIQUIDITY, .taker_slot = 9,
           .taker_generation = GEN(9), .taker_owner = 6, .quantity = 10);
}

static void reject_both_removes_the_maker_and_expires_the_remainder(void **state)
{
    struct rig *rig = *state;

    match_own_between(rig);
    rig_enter(rig, 9, SIDE_BUY | STP_BOTH, 6, 10510, 10);
    EXPECT_COUNT(rig, 3);
    match_expect_first_fill(rig);
    EXPECT(rig, 1, .kind = CARD_KIND_REMOVED, .reason = CARD_REASON_SELF_TRADE, .taker_slot = 9,
           .taker_generation = GEN(9), .taker_owner = 6, .maker_slot = 2, .maker_generation = GEN(2), .maker_owner = 6,
           .quantity = 4, .taker_remaining = 7, .level_valid = 1, .price = 10500, .side = SIDE_SELL, .aggregate = 5,
           .best_price = 10500, .best_valid = 1);
    EXPECT(rig, 2, .kind = CARD_KIND_EXPIRED, .reason = CARD_REASON_SELF_TRADE, .taker_slot = 9,
           .taker_generation = GEN(9), .taker_owner = 6, .quantity = 7, .price = 10510);
    assert_int_equal(rig_open_quantity(rig, 3), 5);
}

static void self_trade_of_a_market_order_expires_with_price_0(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY, 6, 10400, 4);
    rig_enter(rig, 9, SIDE_SELL | IOC | MARKET_ORDER | STP_TAKER, 6, 12345, 10);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_EXPIRED, .reason = CARD_REASON_SELF_TRADE, .taker_slot = 9,
           .taker_generation = GEN(9), .taker_owner = 6, .quantity = 10);
}

static void a_taker_that_is_done_before_it_meets_its_own_order_leaves_it_alone(void **state)
{
    static const unsigned stp[] = {STP_TAKER, STP_MAKER, STP_BOTH};

    for (size_t i = 0; i < 3; i++) {
        void *fresh;

        rig_setup(&fresh);
        match_own_between(fresh);
        rig_enter(fresh, 9, SIDE_BUY | stp[i], 6, 10510, 3);
        EXPECT_ONE((struct rig *)fresh, FILL, NONE);
        assert_int_equal(rig_open_quantity(fresh, 2), 4);
        rig_teardown(&fresh);
    }
    (void)state;
}

static void own_orders_beyond_a_bound_are_not_touched(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_SELL, 6, 10511, 4);
    rig_enter(rig, 9, SIDE_BUY | STP_BOTH, 6, 10510, 3);
    EXPECT_ONE(rig, RESTED, NONE);
    assert_int_equal(rig_open_quantity(rig, 1), 4);
}

static void markets_do_not_meet(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig_command(CARD_CODE_CONFIGURE);

    command = rig->config;
    command.market = 2;
    rig_apply(rig, command);
    EXPECT_REJECTED(rig, MARKET_STATE); /* its marks are its own too */
    rig_enter(rig, 1, SIDE_SELL, 5, 10500, 4);
    command = rig_command(CARD_CODE_PLACE);
    command.market = 0;
    command.slot = 2;
    command.order.price = 1023;
    command.order.quantity = 1;
    rig_apply(rig, command);
    EXPECT(rig, 0, .kind = CARD_KIND_RESTED, .taker_slot = 2, .quantity = 1, .taker_remaining = 1, .level_valid = 1,
           .price = 1023, .aggregate = 1, .best_price = 1023, .best_valid = 1);
    rig_enter(rig, 3, SIDE_BUY, 6, 10500, 5);
    EXPECT_COUNT(rig, 2);
    assert_int_equal(rig_book_orders(rig), 1);
}

static void aggregates_hold_more_than_a_quantity(void **state)
{
    struct rig *rig = *state;
    const int64_t max = (1ll << 40) - 1;

    for (uint32_t slot = 1; slot <= 60; slot++)
        rig_enter(rig, slot, SIDE_SELL, 5, 10500, max);
    EXPECT(rig, 0, .kind = CARD_KIND_RESTED, .taker_slot = 60, .taker_generation = GEN(60), .taker_owner = 5,
           .quantity = max, .taker_remaining = max, .level_valid = 1, .price = 10500, .side = SIDE_SELL,
           .aggregate = 60ull * max, .best_price = 10500, .best_valid = 1);
    rig_enter(rig, 61, SIDE_BUY, 6, 10500, max);
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 61, .taker_generation = GEN(61), .taker_owner = 6,
           .maker_slot = 1, .maker_generation = GEN(1), .maker_owner = 5, .quantity = max, .level_valid = 1,
           .price = 10500, .side = SIDE_SELL, .aggregate = 59ull * max, .best_price = 10500, .best_valid = 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(a_fill_has_the_smaller_quantity_and_the_maker_s_price),
        UNIT(a_sell_fills_against_bids_alike),
        UNIT(the_best_level_comes_first_and_in_it_the_oldest_order),
        UNIT(a_partly_filled_maker_keeps_its_place),
        UNIT(priority_survives_removals_from_front_middle_and_end_of_a_level),
        UNIT(best_is_found_across_the_whole_window),
        UNIT_EMPTY(best_is_found_over_long_empty_stretches),
        UNIT(the_level_s_price_becomes_the_last_trade),
        UNIT(a_removal_by_self_trade_prevention_is_no_trade),
        UNIT(reject_taker_keeps_earlier_fills_and_expires_the_remainder),
        UNIT(reject_maker_removes_the_maker_and_goes_on),
        UNIT(reject_maker_that_removes_the_last_order_ends_like_an_empty_side),
        UNIT(reject_both_removes_the_maker_and_expires_the_remainder),
        UNIT(self_trade_of_a_market_order_expires_with_price_0),
        UNIT_EMPTY(a_taker_that_is_done_before_it_meets_its_own_order_leaves_it_alone),
        UNIT(own_orders_beyond_a_bound_are_not_touched),
        UNIT(markets_do_not_meet),
        UNIT(aggregates_hold_more_than_a_quantity),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
