/* docs/card.md, checks 4 to 7 of an order on entry: window, limit band, post-only, fill-or-kill; and those of place. */
#include "rig.h"

/* Window */

static void post_only_beyond_the_aggressive_edge_is_out_of_bounds(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY | POST_ONLY, 1, END, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 1, SIDE_BUY | POST_ONLY, 1, UINT32_MAX, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 1, SIDE_SELL | POST_ONLY, 1, BASE - 1, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 1, SIDE_SELL | POST_ONLY, 1, 1, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
}

static void post_only_at_the_last_price_inside_the_aggressive_edge_rests(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY | POST_ONLY, 1, END - 1, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_cancel_many(rig, 1);
    rig_enter(rig, 1, SIDE_SELL | POST_ONLY, 1, BASE, 1);
    EXPECT_ONE(rig, RESTED, NONE);
}

static void the_window_comes_before_post_only_taker(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 1);
    rig_enter(rig, 2, SIDE_BUY | POST_ONLY, 2, END, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 2, SIDE_BUY | POST_ONLY, 2, END - 1, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
}

static void a_replace_to_post_only_beyond_the_aggressive_edge_leaves_the_old_order(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY, 1, 10400, 7);
    rig_replace(rig, 1, POST_ONLY, 10400, END, 0);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    assert_int_equal(rig_open_quantity(rig, 1), 7);
}

/* Limit band: multipliers 0.987654 and 1.012345; the expected prices are worked out by hand from the active price. */

static void entry_limit_band(struct rig *rig, uint32_t min, uint32_t max)
{
    rig->config.configure.bands = BAND_LIMIT;
    rig->config.configure.limit_min = min;
    rig->config.configure.limit_max = max;
    rig_configure(rig);
    EXPECT_DONE(rig);
}

static void entry_expect_band(struct rig *rig, uint32_t lowest, uint32_t highest)
{
    assert_false(rig_limit_band_admits(rig, lowest - 1));
    assert_true(rig_limit_band_admits(rig, lowest));
    assert_true(rig_limit_band_admits(rig, highest));
    assert_false(rig_limit_band_admits(rig, highest + 1));
}

static void active_price_is_the_mark_where_nothing_else_exists(void **state)
{
    struct rig *rig = *state;

    entry_limit_band(rig, 987654, 1012345);
    rig_mark(rig, HAS_MARK, 10496 * 256 + 128, 0, 0, 0, 0);
    entry_expect_band(rig, 10367, 10626); /* 10366.91 and 10626.08 of 10496.5 */
    rig_mark(rig, HAS_MARK, 10496 * 256 + 27, 0, 0, 0, 0);
    entry_expect_band(rig, 10367, 10625); /* 10366.52 and 10625.68 of 10496.105 */
}

static void active_price_is_the_only_one_that_exists(void **state)
{
    struct rig *rig = *state;

    entry_limit_band(rig, 987654, 1012345);
    rig_place(rig, 1, SIDE_BUY, 1, 10400, 1);
    entry_expect_band(rig, 10272, 10528);
    rig_cancel_many(rig, 1);
    rig_place(rig, 1, SIDE_SELL, 1, 10600, 1);
    entry_expect_band(rig, 10470, 10730);
    rig_cancel_many(rig, 1);
    rig_set_last(rig, 10321);
    entry_expect_band(rig, 10194, 10448);
}

static void active_price_is_the_mean_of_two(void **state)
{
    struct rig *rig = *state;

    entry_limit_band(rig, 987654, 1012345);
    rig_place(rig, 1, SIDE_BUY, 1, 10400, 1);
    rig_place(rig, 2, SIDE_SELL, 1, 10601, 1);
    entry_expect_band(rig, 10371, 10630); /* 10500.5 */
    rig_set_last(rig, 10321);
    rig_cancel(rig, 2, 10601);
    entry_expect_band(rig, 10233, 10488); /* bid and last: 10360.5 */
    rig_cancel(rig, 1, 10400);
    rig_place(rig, 2, SIDE_SELL, 1, 10600, 1);
    rig_set_last(rig, 10721);
    entry_expect_band(rig, 10529, 10792); /* ask and last: 10660.5 */
}

static void the_mean_of_two_is_not_rounded(void **state)
{
    struct rig *rig = *state;

    entry_limit_band(rig, ONE, ONE);
    rig_place(rig, 1, SIDE_BUY, 1, 10400, 1);
    rig_place(rig, 2, SIDE_SELL, 1, 10601, 1);
    assert_false(rig_limit_band_admits(rig, 10500));
    assert_false(rig_limit_band_admits(rig, 10501));
    rig_cancel(rig, 2, 10601);
    rig_place(rig, 2, SIDE_SELL, 1, 10602, 1);
    assert_false(rig_limit_band_admits(rig, 10500));
    assert_true(rig_limit_band_admits(rig, 10501));
    assert_false(rig_limit_band_admits(rig, 10502));
}

static void active_price_is_the_median_of_three(void **state)
{
    struct rig *rig = *state;

    entry_limit_band(rig, 987654, 1012345);
    rig_place(rig, 1, SIDE_BUY, 1, 10400, 1);
    rig_place(rig, 2, SIDE_SELL, 1, 10600, 1);
    rig_set_last(rig, 10500);
    entry_expect_band(rig, 10371, 10629);
    rig_set_last(rig, 10399);
    entry_expect_band(rig, 10272, 10528); /* the bid */
    rig_set_last(rig, 1);
    entry_expect_band(rig, 10272, 10528);
    rig_set_last(rig, 10601);
    entry_expect_band(rig, 10470, 10730); /* the ask */
    rig_set_last(rig, UINT32_MAX);
    entry_expect_band(rig, 10470, 10730);
}

static void the_limit_band_s_edges_belong_to_it(void **state)
{
    struct rig *rig = *state;

    entry_limit_band(rig, 990000, 1010000);
    rig_set_last(rig, 10400);
    entry_expect_band(rig, 10296, 10504); /* both exact */
}

static void the_limit_band_holds_for_the_largest_numbers(void **state)
{
    struct rig *rig = *state;

    entry_limit_band(rig, 0, (1u << 24) - 1);
    rig_set_last(rig, UINT32_MAX);
    assert_true(rig_limit_band_admits(rig, UINT32_MAX));
    assert_true(rig_limit_band_admits(rig, 1));
    entry_limit_band(rig, ONE, (1u << 24) - 1);
    assert_true(rig_limit_band_admits(rig, UINT32_MAX));
    assert_false(rig_limit_band_admits(rig, UINT32_MAX - 1));
}

static void without_its_bit_the_limit_band_is_off(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.bands = BAND_IMPACT | BAND_PREMIUM;
    rig_configure(rig);
    assert_true(rig_limit_band_admits(rig, 1));
    assert_true(rig_limit_band_admits(rig, UINT32_MAX));
}

static void the_limit_band_holds_for_each_kind_of_limit_order_and_for_both_sides(void **state)
{
    static const unsigned kinds[] = {GTC, IOC, FOK, POST_ONLY, IOC | LIQUIDATION};
    struct rig *rig = *state;

    entry_limit_band(rig, 987654, 1012345);
    rig_set_last(rig, 10400);
    for (size_t i = 0; i < 5; i++)
        for (unsigned side = 0; side <= 1; side++) {
            rig_enter(rig, 1, side | kinds[i], 1, 10271, 1);
            EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
            rig_enter(rig, 1, side | kinds[i], 1, 10529, 1);
            EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
        }
}

static void the_limit_band_does_not_hold_for_market_orders(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10600, 1);
    entry_limit_band(rig, 0, 0);
    rig_enter(rig, 2, SIDE_BUY | IOC | MARKET_ORDER, 2, 10600, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

static void the_limit_band_sees_own_orders_and_the_one_being_replaced(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY, 1, 10400, 1);
    entry_limit_band(rig, 987654, 1012345);
    rig_replace(rig, 1, GTC, 10400, 10529, 0);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_replace(rig, 1, GTC, 10400, 10271, 0);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    assert_int_equal(rig_open_quantity(rig, 1), 1);
    rig_replace(rig, 1, GTC, 10400, 10528, 0); /* the mark alone would allow up to 10625 */
    EXPECT_COUNT(rig, 2);
    EXPECT(rig, 1, .kind = CARD_KIND_RESTED, .taker_slot = 1, .taker_generation = NEW_GEN(1), .taker_owner = 1,
           .quantity = 1, .taker_remaining = 1, .price = 10528, .best_price = 10528, .aggregate = 1, .best_valid = 1,
           .level_valid = 1);
}

static void the_limit_band_comes_before_post_only_and_fill_or_kill(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10600, 1);
    entry_limit_band(rig, 987654, 1012345);
    rig_enter(rig, 2, SIDE_BUY | POST_ONLY, 2, 10731, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 2, SIDE_BUY | POST_ONLY, 2, 10730, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    rig_enter(rig, 2, SIDE_BUY | FOK, 2, 10731, 5);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 2, SIDE_BUY | FOK, 2, 10730, 5);
    EXPECT_REJECTED(rig, FILL_OR_KILL);
}

/* Post-only */

static void post_only_that_reaches_the_opposite_best_would_take(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_BUY, 1, 10400, 1);
    rig_place(rig, 2, SIDE_SELL, 1, 10402, 1);
    rig_enter(rig, 3, SIDE_BUY | POST_ONLY, 2, 10402, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    rig_enter(rig, 3, SIDE_BUY | POST_ONLY, 2, 10403, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    rig_enter(rig, 3, SIDE_SELL | POST_ONLY, 2, 10400, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    rig_enter(rig, 3, SIDE_SELL | POST_ONLY, 2, 10399, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    rig_enter(rig, 3, SIDE_BUY | POST_ONLY, 2, 10401, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_cancel(rig, 3, 10401);
    rig_enter(rig, 3, SIDE_SELL | POST_ONLY, 2, 10401, 1);
    EXPECT_ONE(rig, RESTED, NONE);
}

static void post_only_looks_at_own_orders_too_whatever_the_self_trade_prevention(void **state)
{
    static const unsigned stp[] = {STP_TAKER, STP_MAKER, STP_BOTH};
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 2, 10402, 1);
    for (size_t i = 0; i < 3; i++) {
        rig_enter(rig, 3, SIDE_BUY | POST_ONLY | stp[i], 2, 10402, 1);
        EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    }
}

static void post_only_looks_at_the_opposite_best_even_where_a_band_forbids_it(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10402, 1);
    rig->config.configure.mean_max = 0;
    rig_configure(rig);
    rig_enter(rig, 3, SIDE_BUY | POST_ONLY, 2, 10402, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
}

static void a_replace_to_post_only_that_would_take_leaves_the_old_order(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10402, 1);
    rig_enter(rig, 3, SIDE_BUY, 2, 10400, 4);
    rig_replace(rig, 3, POST_ONLY, 10400, 10402, 0);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    assert_int_equal(rig_open_quantity(rig, 3), 4);
}

/* Place */

static void place_outside_the_window_is_out_of_bounds_on_both_edges_for_both_sides(void **state)
{
    struct rig *rig = *state;

    for (unsigned side = 0; side <= 1; side++) {
        rig_place(rig, 1, side, 1, BASE - 1, 1);
        EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
        rig_place(rig, 1, side, 1, END, 1);
        EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
        rig_place(rig, 1, side, 1, BASE, 1);
        EXPECT_ONE(rig, RESTED, NONE);
        rig_cancel_many(rig, 1);
        rig_place(rig, 1, side, 1, END - 1, 1);
        EXPECT_ONE(rig, RESTED, NONE);
        rig_cancel_many(rig, 1);
    }
}

static void place_that_would_cross_is_a_post_only_taker(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_BUY, 1, 10400, 1);
    rig_place(rig, 2, SIDE_SELL, 1, 10400, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    rig_place(rig, 2, SIDE_SELL, 1, 10401, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 3, SIDE_BUY, 2, 10401, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
    rig_place(rig, 3, SIDE_BUY, 2, END - 1, 1);
    EXPECT_REJECTED(rig, POST_ONLY_TAKER);
}

static void for_place_the_window_comes_before_crossing(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10400, 1);
    rig_place(rig, 3, SIDE_BUY, 2, END, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
}

static void place_does_not_look_at_bands(void **state)
{
    struct rig *rig = *state;

    entry_limit_band(rig, 0, 0);
    rig_place(rig, 1, SIDE_SELL, 1, 10400, 1);
    EXPECT_ONE(rig, RESTED, NONE);
}

/* Fill or kill */

/* Asks of 5 at 10500 (owner 1), 7 at 10500 (owner 2), 9 at 10510 (owner 1), 11 at 10520 (owner 3). */
static void entry_asks(struct rig *rig)
{
    rig_place(rig, 1, SIDE_SELL, 1, 10500, 5);
    rig_place(rig, 2, SIDE_SELL, 2, 10500, 7);
    rig_place(rig, 3, SIDE_SELL, 1, 10510, 9);
    rig_place(rig, 4, SIDE_SELL, 3, 10520, 11);
}

/* The largest fill-or-kill order that fills is one of `quantity` lots. */
static void entry_expect_fillable(struct rig *rig, unsigned flags, uint32_t owner, uint32_t price, int64_t quantity)
{
    rig_enter(rig, 9, flags | FOK, owner, price, quantity + 1);
    EXPECT_REJECTED(rig, FILL_OR_KILL);
    if (quantity == 0)
        return;
    rig_enter(rig, 9, flags | FOK, owner, price, quantity);
    assert_int_equal(card_event_kind(&rig->events[rig->count - 1]), CARD_KIND_FILL);
    assert_int_equal(card_event_taker_remaining(&rig->events[rig->count - 1]), 0);
}

static void fill_or_kill_counts_what_its_limit_reaches(void **state)
{
    static const struct {
        uint32_t price;
        int64_t quantity;
    } cases[] = {{10499, 0}, {10500, 12}, {10509, 12}, {10510, 21},
                 {10519, 21}, {10520, 32}, {END + 9, 32}, {BASE - 1, 0}};
    struct rig *rig = *state;

    for (size_t i = 0; i < 8; i++) {
        entry_asks(rig);
        entry_expect_fillable(rig, SIDE_BUY, 9, cases[i].price, cases[i].quantity);
        rig_cancel_many(rig, 100);
    }
}

static void fill_or_kill_counts_bids_for_a_sell(void **state)
{
    struct rig *rig = *state;

    for (int i = 0; i < 3; i++) {
        rig_place(rig, 1, SIDE_BUY, 1, 10400, 5);
        rig_place(rig, 2, SIDE_BUY, 2, 10390, 7);
        if (i == 0)
            entry_expect_fillable(rig, SIDE_SELL, 9, 10391, 5);
        else if (i == 1)
            entry_expect_fillable(rig, SIDE_SELL, 9, 10390, 12);
        else
            entry_expect_fillable(rig, SIDE_SELL, 9, 10401, 0);
        rig_cancel_many(rig, 100);
    }
}

static void fill_or_kill_market_order_counts_everything(void **state)
{
    struct rig *rig = *state;

    entry_asks(rig);
    entry_expect_fillable(rig, SIDE_BUY | MARKET_ORDER, 9, 0, 32);
    entry_expect_fillable(rig, SIDE_BUY | MARKET_ORDER, 9, 0, 0); /* now that nothing is left */
}

static void fill_or_kill_with_reject_taker_or_both_counts_up_to_the_first_own_order(void **state)
{
    struct rig *rig = *state;

    for (int both = 0; both <= 1; both++) {
        unsigned stp = both ? STP_BOTH : STP_TAKER;

        entry_asks(rig);
        entry_expect_fillable(rig, SIDE_BUY | stp, 1, 10520, 0);
        entry_expect_fillable(rig, SIDE_BUY | stp, 2, 10520, 5);
        rig_cancel_many(rig, 100);
        entry_asks(rig);
        entry_expect_fillable(rig, SIDE_BUY | stp, 3, 10520, 21);
        rig_cancel_many(rig, 100);
    }
}

static void fill_or_kill_with_reject_maker_counts_without_the_own_orders(void **state)
{
    struct rig *rig = *state;

    entry_asks(rig);
    entry_expect_fillable(rig, SIDE_BUY | STP_MAKER, 1, 10520, 18);
    rig_cancel_many(rig, 100);
    entry_asks(rig);
    entry_expect_fillable(rig, SIDE_BUY | STP_MAKER, 2, 10520, 25);
    rig_cancel_many(rig, 100);
    entry_asks(rig);
    entry_expect_fillable(rig, SIDE_BUY | STP_MAKER, 3, 10520, 21);
    rig_cancel_many(rig, 100);
    rig_place(rig, 1, SIDE_SELL, 1, 10500, 5);
    entry_expect_fillable(rig, SIDE_BUY | STP_MAKER, 1, 10520, 0);
}

static void fill_or_kill_stays_inside_each_band(void **state)
{
    struct rig *rig = *state;

    /* Each band ends at 10515, between the third and the fourth ask. */
    for (int band = 0; band < 4; band++) {
        rig->config.configure.bands = band == 0 ? BAND_IMPACT : band == 1 ? BAND_PREMIUM : 0;
        rig->config.configure.impact_max = 1001429; /* of 10500: 10515.0045 */
        rig->config.configure.mean_max = band >= 2 ? 1001811 : (1u << 24) - 1; /* of 10496: 10515.008 */
        rig->config.configure.tolerance = 1811;
        rig_configure(rig);
        entry_asks(rig);
        entry_expect_fillable(rig, SIDE_BUY | (band == 2 ? LIQUIDATION : 0), 9, 10520, 21);
        rig_cancel_many(rig, 100);
    }
}

static void fill_or_kill_that_is_killed_changes_nothing(void **state)
{
    struct rig *rig = *state;

    entry_asks(rig);
    rig_enter(rig, 9, SIDE_BUY | FOK | STP_MAKER, 1, 10520, 19);
    EXPECT_REJECTED(rig, FILL_OR_KILL); /* the rig compares the digest */
    entry_limit_band(rig, ONE, ONE);
    assert_true(rig_limit_band_admits(rig, 10500)); /* and no last trade was set: active is the ask alone */
}

static void a_replace_to_fill_or_kill_counts_open_and_change(void **state)
{
    struct rig *rig = *state;

    entry_asks(rig);
    rig_enter(rig, 9, SIDE_BUY, 9, 10400, 4);
    rig_replace(rig, 9, FOK, 10400, 10500, 9);
    EXPECT_REJECTED(rig, FILL_OR_KILL);
    assert_int_equal(rig_open_quantity(rig, 9), 4);
    rig_replace(rig, 9, FOK, 10400, 10500, 8);
    EXPECT_COUNT(rig, 3);
    assert_int_equal(rig_open_quantity(rig, 9), 0);
    assert_int_equal(rig_aggregate(rig, 10500), 0);
}

static void fill_or_kill_on_an_empty_book_is_killed(void **state)
{
    struct rig *rig = *state;

    entry_expect_fillable(rig, SIDE_BUY, 9, 10520, 0);
    entry_expect_fillable(rig, SIDE_SELL | MARKET_ORDER, 9, 0, 0);
    entry_expect_fillable(rig, SIDE_BUY, 9, END, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(post_only_beyond_the_aggressive_edge_is_out_of_bounds),
        UNIT(post_only_at_the_last_price_inside_the_aggressive_edge_rests),
        UNIT(the_window_comes_before_post_only_taker),
        UNIT(a_replace_to_post_only_beyond_the_aggressive_edge_leaves_the_old_order),
        UNIT(active_price_is_the_mark_where_nothing_else_exists),
        UNIT(active_price_is_the_only_one_that_exists),
        UNIT(active_price_is_the_mean_of_two),
        UNIT(the_mean_of_two_is_not_rounded),
        UNIT(active_price_is_the_median_of_three),
        UNIT(the_limit_band_s_edges_belong_to_it),
        UNIT(the_limit_band_holds_for_the_largest_numbers),
        UNIT(without_its_bit_the_limit_band_is_off),
        UNIT(the_limit_band_holds_for_each_kind_of_limit_order_and_for_both_sides),
        UNIT(the_limit_band_does_not_hold_for_market_orders),
        UNIT(the_limit_band_sees_own_orders_and_the_one_being_replaced),
        UNIT(the_limit_band_comes_before_post_only_and_fill_or_kill),
        UNIT(post_only_that_reaches_the_opposite_best_would_take),
        UNIT(post_only_looks_at_own_orders_too_whatever_the_self_trade_prevention),
        UNIT(post_only_looks_at_the_opposite_best_even_where_a_band_forbids_it),
        UNIT(a_replace_to_post_only_that_would_take_leaves_the_old_order),
        UNIT(place_outside_the_window_is_out_of_bounds_on_both_edges_for_both_sides),
        UNIT(place_that_would_cross_is_a_post_only_taker),
        UNIT(for_place_the_window_comes_before_crossing),
        UNIT(place_does_not_look_at_bands),
        UNIT(fill_or_kill_counts_what_its_limit_reaches),
        UNIT(fill_or_kill_counts_bids_for_a_sell),
        UNIT(fill_or_kill_market_order_counts_everything),
        UNIT(fill_or_kill_with_reject_taker_or_both_counts_up_to_the_first_own_order),
        UNIT(fill_or_kill_with_reject_maker_counts_without_the_own_orders),
        UNIT(fill_or_kill_stays_inside_each_band),
        UNIT(fill_or_kill_that_is_killed_changes_nothing),
        UNIT(a_replace_to_fill_or_kill_counts_open_and_change),
        UNIT(fill_or_kill_on_an_empty_book_is_killed),
    };

    return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
