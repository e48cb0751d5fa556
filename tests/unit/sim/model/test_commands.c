/* docs/card.md, commands other than new, replace and read. */
#include "rig.h"

static void cancel_takes_the_order_out(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 5, SIDE_BUY, 6, 10400, 10);
    rig_enter(rig, 7, SIDE_BUY, 1, 10390, 4);
    rig_cancel(rig, 5, 10400);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_REMOVED, .maker_slot = 5, .maker_generation = GEN(5), .maker_owner = 6,
           .quantity = 10, .level_valid = 1, .price = 10400, .side = SIDE_BUY, .best_price = 10390, .best_valid = 1);
    assert_int_equal(rig_open_quantity(rig, 5), 0);
}

static void pull_takes_the_order_out_as_pulled(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 5, SIDE_SELL, 6, 10600, 10);
    rig_enter(rig, 7, SIDE_SELL, 1, 10600, 4);
    rig_pull(rig, 5, 10600);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_REMOVED, .reason = CARD_REASON_PULLED, .maker_slot = 5, .maker_generation = GEN(5),
           .maker_owner = 6, .quantity = 10, .level_valid = 1, .price = 10600, .side = SIDE_SELL, .aggregate = 4,
           .best_price = 10600, .best_valid = 1);
    assert_int_equal(rig_open_quantity(rig, 5), 0);
}

static void reduce_lowers_the_open_quantity_and_keeps_priority_and_generation(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 5, SIDE_SELL, 6, 10600, 10);
    rig_enter(rig, 7, SIDE_SELL, 1, 10600, 4);
    rig_reduce(rig, 5, 10600, 9);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_REDUCED, .maker_slot = 5, .maker_generation = GEN(5), .maker_owner = 6,
           .quantity = 9, .maker_remaining = 1, .level_valid = 1, .price = 10600, .side = SIDE_SELL, .aggregate = 5,
           .best_price = 10600, .best_valid = 1);
    rig_enter(rig, 9, SIDE_BUY | IOC, 2, 10600, 1);
    assert_int_equal(card_event_maker_slot(&rig->events[0]), 5);
    assert_int_equal(card_event_maker_generation(&rig->events[0]), GEN(5));
}

static void reduce_by_all_or_more_removes_the_order(void **state)
{
    struct rig *rig = *state;

    for (int64_t amount = 10; amount <= 11; amount++) {
        rig_enter(rig, 5, SIDE_SELL, 6, 10600, 10);
        rig_reduce(rig, 5, 10600, amount);
        EXPECT_COUNT(rig, 1);
        EXPECT(rig, 0, .kind = CARD_KIND_REMOVED, .maker_slot = 5, .maker_generation = GEN(5), .maker_owner = 6,
               .quantity = 10, .level_valid = 1, .price = 10600, .side = SIDE_SELL);
        assert_int_equal(rig_open_quantity(rig, 5), 0);
    }
}

static void place_rests_the_order(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 5, SIDE_BUY, 6, 10400, 10);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_RESTED, .taker_slot = 5, .taker_generation = GEN(5), .taker_owner = 6,
           .quantity = 10, .taker_remaining = 10, .level_valid = 1, .price = 10400, .side = SIDE_BUY, .aggregate = 10,
           .best_price = 10400, .best_valid = 1);
    rig_place(rig, 6, SIDE_BUY, 6, 10400, 1);
    rig_enter(rig, 9, SIDE_SELL | IOC, 2, 10400, 11);
    EXPECT_COUNT(rig, 2);
    assert_int_equal(card_event_maker_slot(&rig->events[0]), 5);
}

/* cancel_many */

/* Bids 1 and 2 at 10400, 3 at 10390; asks 4 at 10500, 5 and 6 at 10510; each 10 + slot lots of owner 100 + slot. */
static void commands_fill_book(struct rig *rig)
{
    static const uint32_t prices[] = {0, 10400, 10400, 10390, 10500, 10510, 10510};

    for (uint32_t slot = 1; slot <= 6; slot++)
        rig_place(rig, slot, slot >= 4, 100 + slot, prices[slot], 10 + slot);
}

static void commands_expect_removed(struct rig *rig, size_t at, uint32_t slot, uint32_t price, uint64_t aggregate,
                                    uint32_t best)
{
    EXPECT(rig, at, .kind = CARD_KIND_REMOVED, .maker_slot = slot, .maker_generation = GEN(slot),
           .maker_owner = 100 + slot, .quantity = 10 + slot, .level_valid = 1, .price = price, .side = slot >= 4,
           .aggregate = aggregate, .best_price = best, .best_valid = best != 0);
}

static void cancel_many_takes_bids_best_first_then_asks_each_level_oldest_first(void **state)
{
    struct rig *rig = *state;

    commands_fill_book(rig);
    rig_cancel_many(rig, 7);
    EXPECT_COUNT(rig, 7);
    commands_expect_removed(rig, 0, 1, 10400, 12, 10400);
    commands_expect_removed(rig, 1, 2, 10400, 0, 10390);
    commands_expect_removed(rig, 2, 3, 10390, 0, 0);
    commands_expect_removed(rig, 3, 4, 10500, 0, 10510);
    commands_expect_removed(rig, 4, 5, 10510, 16, 10510);
    commands_expect_removed(rig, 5, 6, 10510, 0, 0);
    EXPECT(rig, 6, .kind = CARD_KIND_DONE, .quantity = 6, .more = 0);
}

static void cancel_many_stops_at_count_and_says_whether_more_remain(void **state)
{
    struct rig *rig = *state;

    commands_fill_book(rig);
    rig_cancel_many(rig, 4);
    EXPECT_COUNT(rig, 5);
    commands_expect_removed(rig, 3, 4, 10500, 0, 10510);
    EXPECT(rig, 4, .kind = CARD_KIND_DONE, .quantity = 4, .more = 1);
    rig_cancel_many(rig, 2);
    EXPECT(rig, 2, .kind = CARD_KIND_DONE, .quantity = 2, .more = 0);
}

static void cancel_many_of_an_empty_book_is_done_at_once(void **state)
{
    struct rig *rig = *state;

    rig_cancel_many(rig, 5);
    EXPECT_DONE(rig);
}

static void cancel_many_leaves_other_markets_alone(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig_command(CARD_CODE_CANCEL_MANY);

    commands_fill_book(rig);
    command.market = 0;
    command.order.count = 100;
    rig_apply(rig, command);
    EXPECT_DONE(rig);
    assert_int_equal(rig_book_orders(rig), 6);
}

/* configure */

static void configure_rejects_a_base_that_is_no_multiple_of_64_or_too_high(void **state)
{
    struct rig *rig = *state;

    for (uint32_t off = 1; off < 64; off++) {
        rig->config.configure.base = BASE + off;
        rig_configure(rig);
        EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    }
    rig->config.configure.base = UINT32_MAX - 1023 + 64;
    rig_configure(rig);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig->config.configure.base = UINT32_MAX - 63;
    rig_configure(rig);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig->config.configure.base = UINT32_MAX - 1023;
    rig_configure(rig);
    EXPECT_DONE(rig);
    rig_place(rig, 1, SIDE_SELL, 1, UINT32_MAX, 3);
    EXPECT(rig, 0, .kind = CARD_KIND_RESTED, .taker_slot = 1, .taker_generation = GEN(1), .taker_owner = 1,
           .quantity = 3, .taker_remaining = 3, .level_valid = 1, .price = UINT32_MAX, .side = SIDE_SELL,
           .aggregate = 3, .best_price = UINT32_MAX, .best_valid = 1);
}

static void configure_rejects_another_base_while_the_book_has_orders(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 3);
    rig->config.configure.base = BASE + 64;
    rig_configure(rig);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_cancel_many(rig, 1);
    rig_configure(rig);
    EXPECT_DONE(rig);
    rig_place(rig, 1, SIDE_SELL, 1, BASE + 63, 3);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_place(rig, 1, SIDE_SELL, 1, END + 63, 3);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_configure(rig); /* the present base stays allowed */
    EXPECT_DONE(rig);
}

static void configure_rejects_a_state_other_than_closed_while_an_input_is_missing(void **state)
{
    static const uint32_t needed[] = {HAS_MARK, HAS_MEAN, HAS_FAST, HAS_INDEX, HAS_PREMIUM};
    struct rig *rig = *state;

    for (int missing = 0; missing < 5; missing++)
        for (uint8_t to = 0; to <= 4; to++)
            for (uint8_t bands = 0; bands <= 7; bands++) {
                int optional = missing >= 3; /* inputs of the premium band */

                rig_reset(rig, (uint16_t)(rig->session + 1));
                rig_mark(rig, 31u & ~needed[missing], 5, 5, 5, 5, 5);
                rig->config.configure.state = to;
                rig->config.configure.bands = bands;
                rig_configure(rig);
                if (to == 0 || (optional && !(bands & BAND_PREMIUM)))
                    EXPECT_DONE(rig);
                else
                    EXPECT_REJECTED(rig, MARKET_STATE);
            }
}

static void configure_looks_at_the_base_before_the_inputs(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.base = 1;
    rig_configure(rig);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig->config.configure.base = 0;
    rig_configure(rig);
    EXPECT_REJECTED(rig, MARKET_STATE);
}

static void inputs_may_come_one_by_one_and_stay_set(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.bands = BAND_PREMIUM;
    for (uint32_t bit = 1; bit <= 16; bit <<= 1) {
        rig_configure(rig);
        EXPECT_REJECTED(rig, MARKET_STATE);
        rig_mark(rig, bit, 5, 5, 5, 5, 0);
    }
    rig_configure(rig);
    EXPECT_DONE(rig);
    rig_configure(rig);
    EXPECT_DONE(rig);
}

static void a_rejected_configure_sets_nothing(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig->config;

    command.configure.base = BASE + 1;
    command.configure.state = CARD_STATE_CLOSED;
    command.configure.bands = BAND_LIMIT;
    rig_apply(rig, command);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 1, SIDE_BUY, 1, BASE, 1);
    EXPECT_ONE(rig, RESTED, NONE);
}

static void a_new_configuration_or_mark_never_touches_a_resting_order(void **state)
{
    struct rig *rig = *state;
    uint64_t digest;

    commands_fill_book(rig);
    digest = model_digest(rig->model, MARKET);
    rig->config.configure.bands = 7;
    rig->config.configure.state = CARD_STATE_POST_ONLY;
    rig->config.configure.mean_max = 0;
    rig_configure(rig);
    EXPECT_DONE(rig);
    rig_mark(rig, 31, 1, 1, 1, 1, -1000);
    EXPECT_DONE(rig);
    rig->config.configure.state = CARD_STATE_CLOSED;
    rig_configure(rig);
    EXPECT_DONE(rig);
    assert_int_equal(model_digest(rig->model, MARKET), digest);
}

/* set_mark: its effect is seen through the bands in test_bands.c and test_entry.c; here, that it sets just what is
 * present */

static void set_mark_sets_the_values_that_are_present_and_no_other(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.mean_max = ONE;
    rig_configure(rig);
    rig_place(rig, 1, SIDE_SELL, 1, 10500, 3);
    rig_mark(rig, 31 & ~HAS_MEAN, 10500 * 256, 10500 * 256, 10500 * 256, 10500 * 256, 0);
    EXPECT_DONE(rig);
    rig_enter(rig, 9, SIDE_BUY | IOC, 2, 10500, 1);
    EXPECT_ONE(rig, EXPIRED, PRICE_OUT_OF_BOUNDS);
    rig_mark(rig, HAS_MEAN, 1, 1, 10500 * 256, 1, 1);
    rig_enter(rig, 9, SIDE_BUY | IOC, 2, 10500, 1);
    EXPECT_ONE(rig, FILL, NONE);
    rig_enter(rig, 9, SIDE_BUY | IOC | LIQUIDATION, 2, 10500, 1);
    EXPECT_ONE(rig, FILL, NONE); /* the fast mean is still 10500 */
    rig_mark(rig, HAS_FAST, 1, 1, 1, 10499 * 256 + 255, 1);
    rig_enter(rig, 9, SIDE_BUY | IOC | LIQUIDATION, 2, 10500, 1);
    EXPECT_ONE(rig, EXPIRED, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 9, SIDE_BUY | IOC, 2, 10500, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

static void fence_is_done(void **state)
{
    struct rig *rig = *state;

    commands_fill_book(rig);
    uint64_t digest = model_digest(rig->model, MARKET);
    rig_apply(rig, rig_command(CARD_CODE_FENCE));
    EXPECT_DONE(rig);
    assert_int_equal(model_digest(rig->model, MARKET), digest);
}

static void set_last_sets_the_last_trade_and_0_forgets_it(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.bands = BAND_LIMIT;
    rig->config.configure.limit_min = rig->config.configure.limit_max = ONE;
    rig_configure(rig);
    rig_set_last(rig, 5); /* need not be in the window */
    EXPECT_DONE(rig);
    assert_true(rig_limit_band_admits(rig, 5));
    assert_false(rig_limit_band_admits(rig, MIDDLE));
    rig_set_last(rig, 0);
    EXPECT_DONE(rig);
    assert_false(rig_limit_band_admits(rig, 5));
    assert_true(rig_limit_band_admits(rig, MIDDLE));
}

/* shift */

static void shift_rejects_a_base_that_is_no_multiple_of_64_or_too_high(void **state)
{
    struct rig *rig = *state;

    for (uint32_t off = 1; off < 64; off++) {
        rig_shift(rig, BASE + off);
        EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    }
    rig_shift(rig, UINT32_MAX - 1023 + 64);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_shift(rig, UINT32_MAX - 1023);
    EXPECT_DONE(rig);
    rig_shift(rig, 0);
    EXPECT_DONE(rig);
}

static void shift_rejects_to_leave_an_occupied_level_outside(void **state)
{
    struct rig *rig = *state;

    for (unsigned side = 0; side <= 1; side++) {
        /* The lower order is a bid or an ask, so is the upper one. */
        rig_place(rig, 1, side, 1, BASE + 127, 1);
        rig_place(rig, 2, side, 1, END - 128, 1);
        rig_shift(rig, BASE + 128);
        EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
        rig_shift(rig, BASE - 192);
        EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
        rig_shift(rig, BASE + 64);
        EXPECT_DONE(rig);
        rig_shift(rig, BASE - 64);
        EXPECT_DONE(rig);
        rig_shift(rig, BASE - 128);
        EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS); /* END - 128 is the first price beyond */
        rig_shift(rig, BASE);
        rig_cancel_many(rig, 9);
    }
    rig_place(rig, 1, SIDE_BUY, 1, BASE + 128, 1);
    rig_place(rig, 2, SIDE_SELL, 1, END - 129, 1);
    rig_shift(rig, BASE + 128);
    EXPECT_DONE(rig);
    rig_shift(rig, BASE - 128);
    EXPECT_DONE(rig);
    rig_shift(rig, BASE + 192);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_shift(rig, BASE - 192);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
}

static void a_rejected_shift_leaves_the_window_where_it_was(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_BUY, 1, BASE, 1);
    rig_shift(rig, BASE + 64);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_place(rig, 2, SIDE_SELL, 1, END, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
}

static void shift_moves_the_window_and_keeps_the_book(void **state)
{
    struct rig *rig = *state;

    commands_fill_book(rig);
    uint64_t digest = model_digest(rig->model, MARKET);
    rig_shift(rig, BASE + 384);
    EXPECT_DONE(rig);
    assert_int_equal(model_digest(rig->model, MARKET), digest);
    rig_place(rig, 8, SIDE_BUY, 1, BASE + 383, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_place(rig, 8, SIDE_SELL, 1, END + 384, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_place(rig, 8, SIDE_SELL, 1, END + 383, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 9, SIDE_BUY, 1, BASE + 384, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    /* Across the seam of the array the next best level is still found. */
    rig_enter(rig, 20, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 14 + 15 + 16 + 1);
    EXPECT_COUNT(rig, 4);
    assert_int_equal(card_event_price(&rig->events[3]), END + 383);
    rig_enter(rig, 20, SIDE_SELL | IOC | MARKET_ORDER, 2, 0, 11 + 12 + 13 + 1);
    EXPECT_COUNT(rig, 4);
    assert_int_equal(card_event_price(&rig->events[3]), BASE + 384);
}

static void shift_keeps_state_bands_marks_and_last_trade(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.bands = BAND_LIMIT;
    rig->config.configure.limit_min = rig->config.configure.limit_max = ONE;
    rig_configure(rig);
    rig_set_last(rig, 10321);
    rig_shift(rig, BASE + 64);
    assert_true(rig_limit_band_admits(rig, 10321));
    rig_set_last(rig, 0);
    assert_true(rig_limit_band_admits(rig, MIDDLE));
}

/* reset */

static void configure_sets_the_size_of_the_window(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.window_log2 = 7; /* BASE to BASE + 127 */
    rig_configure(rig);
    EXPECT_DONE(rig);
    rig_enter(rig, 1, SIDE_SELL, 1, BASE + 127, 5);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_enter(rig, 2, SIDE_SELL, 1, BASE + 128, 5);
    EXPECT_ONE(rig, PARKED, NONE);
    rig_place(rig, 2, SIDE_SELL, 1, BASE + 128, 5);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_shift(rig, BASE + 64);
    EXPECT_DONE(rig);
    rig_enter(rig, 2, SIDE_SELL, 1, BASE + 191, 5);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_shift(rig, BASE);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
}

static void configure_resizes_only_an_empty_book(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_SELL, 1, BASE + 1, 5);
    rig->config.configure.window_log2 = TICK_BITS; /* what it is already */
    rig_configure(rig);
    EXPECT_DONE(rig);
    rig->config.configure.window_log2 = 9;
    rig_configure(rig);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_cancel(rig, 1, BASE + 1);
    rig_configure(rig);
    EXPECT_DONE(rig);
}

static void configure_refuses_a_window_that_the_card_has_not(void **state)
{
    static const uint8_t sizes[] = {1, 5, TICK_BITS + 1, 32, 255};
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof sizes; i++) {
        rig->config.configure.window_log2 = sizes[i];
        rig_configure(rig);
        EXPECT_REJECTED(rig, BAD_COMMAND);
    }
    rig->config.configure.window_log2 = 6;
    rig_configure(rig);
    EXPECT_DONE(rig);
    rig->config.configure.window_log2 = 0;
    rig_configure(rig);
    EXPECT_DONE(rig);
}

static void reset_gives_the_window_its_full_size_back(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.window_log2 = 6;
    rig_configure(rig);
    rig_reset(rig, 500);
    rig_place(rig, 1, SIDE_SELL, 1, (1u << TICK_BITS) - 1, 5); /* base 0 */
    EXPECT_ONE(rig, RESTED, NONE);
}

static void reset_refuses_the_current_session(void **state)
{
    struct rig *rig = *state;

    rig_reset(rig, SESSION);
    EXPECT_REJECTED(rig, BAD_COMMAND);
}

static void reset_answers_as_event_0_of_the_new_session(void **state)
{
    struct rig *rig = *state;

    commands_fill_book(rig);
    rig_reset(rig, 500); /* the rig checks sequence and session */
    EXPECT_DONE(rig);
    assert_int_equal(card_event_session(&rig->events[0]), 500);
    assert_int_equal(card_event_sequence(&rig->events[0]), 0);
    rig_apply(rig, rig_command(CARD_CODE_FENCE));
    assert_int_equal(card_event_sequence(&rig->events[0]), 1);
    rig_apply_session(rig, rig_command(CARD_CODE_FENCE), SESSION);
    EXPECT_REJECTED(rig, BAD_COMMAND);
}

static void reset_forgets_orders(void **state)
{
    struct rig *rig = *state;

    commands_fill_book(rig);
    rig_reset(rig, 500);
    assert_int_equal(rig_book_orders(rig), 0);
    for (uint32_t slot = 0; slot < ORDERS; slot++)
        assert_int_equal(rig_open_quantity(rig, slot), 0);
    assert_int_equal(model_digest(rig->model, MARKET), UINT64_MAX);
}

static void reset_closes_every_market_at_base_0(void **state)
{
    struct rig *rig = *state;

    rig_reset(rig, 500);
    rig_enter(rig, 1, SIDE_BUY, 1, 100, 1);
    EXPECT_REJECTED(rig, MARKET_STATE);
    rig_place(rig, 1, SIDE_BUY, 1, 1, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 2, SIDE_SELL, 1, 1023, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 3, SIDE_SELL, 1, 1024, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
}

static void reset_forgets_marks(void **state)
{
    struct rig *rig = *state;

    rig_reset(rig, 500);
    rig_configure(rig);
    EXPECT_REJECTED(rig, MARKET_STATE);
}

static void reset_forgets_last_trades(void **state)
{
    const uint64_t middle = MIDDLE * 256ull;
    struct rig *rig = *state;

    rig_set_last(rig, 10321);
    rig_reset(rig, 500);
    rig_mark(rig, 31, middle, middle, middle, middle, 0);
    rig->config.configure.bands = BAND_LIMIT;
    rig->config.configure.limit_min = rig->config.configure.limit_max = ONE;
    rig_configure(rig);
    assert_true(rig_limit_band_admits(rig, MIDDLE));
    assert_false(rig_limit_band_admits(rig, 10321));
}

static void a_fresh_model_is_like_one_after_reset(void **state)
{
    struct rig *rig = *state;

    rig_apply(rig, rig_command(CARD_CODE_FENCE));
    EXPECT_DONE(rig);
    assert_int_equal(card_event_sequence(&rig->events[0]), 0);
    assert_int_equal(card_event_session(&rig->events[0]), SESSION);
    rig_enter(rig, 1, SIDE_BUY, 1, 100, 1);
    EXPECT_REJECTED(rig, MARKET_STATE);
    rig_place(rig, 3, SIDE_SELL, 1, 1024, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_place(rig, 3, SIDE_SELL, 1, 1023, 1);
    EXPECT_ONE(rig, RESTED, NONE);
}

/* Bytes that a code does not use */

static void bytes_that_a_code_does_not_use_are_ignored(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig_command(CARD_CODE_CANCEL);

    commands_fill_book(rig);
    command.slot = 1;
    command.generation = GEN(1);
    command.new_generation = 0xFF;
    command.flags = 0xFFFF;
    for (size_t i = 0; i < sizeof command.bytes; i++)
        command.bytes[i] = 0xA5;
    command.order.price = 10400;
    rig_apply(rig, command);
    EXPECT_COUNT(rig, 1);
    commands_expect_removed(rig, 0, 1, 10400, 12, 10400);

    command.code = CARD_CODE_NEW;
    command.flags = SIDE_BUY;
    command.order.owner = 101;
    command.order.quantity = 11;
    rig_apply(rig, command);
    EXPECT(rig, 0, .kind = CARD_KIND_RESTED, .taker_slot = 1, .taker_generation = GEN(1), .taker_owner = 101,
           .quantity = 11, .taker_remaining = 11, .level_valid = 1, .price = 10400, .aggregate = 23,
           .best_price = 10400, .best_valid = 1);

    command.code = CARD_CODE_CANCEL_MANY;
    command.order.owner = command.order.price = UINT32_MAX;
    command.order.quantity = INT64_MIN;
    command.order.count = 2;
    command.slot = UINT32_MAX;
    rig_apply(rig, command);
    EXPECT_COUNT(rig, 3);
    commands_expect_removed(rig, 0, 2, 10400, 11, 10400);
}

/* Sizes */

static void model_create_takes_sizes_in_range_only(void **state)
{
    static const struct model_size good[] = {{1, 1, 6}, {256, 1, 6}, {1, 1 << 20, 20}, {32, 65536, 17}};
    static const struct model_size bad[] = {{0, 1, 6}, {257, 1, 6}, {1, 0, 6}, {1, (1 << 20) + 1, 6},
                                            {1, 1, 5}, {1, 1, 21}};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct model *model = model_create(&good[i], 1);

        assert_non_null(model);
        model_destroy(model);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(model_create(&bad[i], 1));
    model_destroy(NULL);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(cancel_takes_the_order_out),
        UNIT(pull_takes_the_order_out_as_pulled),
        UNIT(reduce_lowers_the_open_quantity_and_keeps_priority_and_generation),
        UNIT(reduce_by_all_or_more_removes_the_order),
        UNIT(place_rests_the_order),
        UNIT(cancel_many_takes_bids_best_first_then_asks_each_level_oldest_first),
        UNIT(cancel_many_stops_at_count_and_says_whether_more_remain),
        UNIT(cancel_many_of_an_empty_book_is_done_at_once),
        UNIT(cancel_many_leaves_other_markets_alone),
        UNIT(configure_rejects_a_base_that_is_no_multiple_of_64_or_too_high),
        UNIT(configure_rejects_another_base_while_the_book_has_orders),
        UNIT_EMPTY(configure_rejects_a_state_other_than_closed_while_an_input_is_missing),
        UNIT_EMPTY(configure_looks_at_the_base_before_the_inputs),
        UNIT_EMPTY(inputs_may_come_one_by_one_and_stay_set),
        UNIT(a_rejected_configure_sets_nothing),
        UNIT(a_new_configuration_or_mark_never_touches_a_resting_order),
        UNIT(set_mark_sets_the_values_that_are_present_and_no_other),
        UNIT(fence_is_done),
        UNIT(set_last_sets_the_last_trade_and_0_forgets_it),
        UNIT(shift_rejects_a_base_that_is_no_multiple_of_64_or_too_high),
        UNIT(shift_rejects_to_leave_an_occupied_level_outside),
        UNIT(a_rejected_shift_leaves_the_window_where_it_was),
        UNIT(shift_moves_the_window_and_keeps_the_book),
        UNIT(shift_keeps_state_bands_marks_and_last_trade),
        UNIT(configure_sets_the_size_of_the_window),
        UNIT(configure_resizes_only_an_empty_book),
        UNIT(configure_refuses_a_window_that_the_card_has_not),
        UNIT(reset_gives_the_window_its_full_size_back),
        UNIT(reset_refuses_the_current_session),
        UNIT(reset_answers_as_event_0_of_the_new_session),
        UNIT(reset_forgets_orders),
        UNIT(reset_closes_every_market_at_base_0),
        UNIT(reset_forgets_marks),
        UNIT(reset_forgets_last_trades),
        UNIT_EMPTY(a_fresh_model_is_like_one_after_reset),
        UNIT(bytes_that_a_code_does_not_use_are_ignored),
        UNIT_EMPTY(model_create_takes_sizes_in_range_only),
    };

    return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
