/* docs/card.md, bounds of a taker: each to the exact tick, on both sides, and which reason the tightest one gives. */
#include "rig.h"

/* Rests one lot at `touch`, at `worst` and one tick beyond, sweeps with a market order, and expects that it went as
 * far as
 * `worst` and no further. */
static void bands_expect_bound(struct rig *rig, unsigned flags, uint32_t touch, uint32_t worst, uint64_t reason)
{
    unsigned side = flags & 1;
    uint32_t beyond = side == SIDE_BUY ? worst + 1 : worst - 1;

    rig_place(rig, 1, !side, 1, touch, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 2, !side, 1, worst, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 3, !side, 1, beyond, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_enter(rig, 4, flags | IOC | MARKET_ORDER, 2, 0, 10);
    EXPECT_COUNT(rig, 3);
    assert_int_equal(card_event_kind(&rig->events[0]), CARD_KIND_FILL);
    assert_int_equal(card_event_price(&rig->events[0]), touch);
    assert_int_equal(card_event_kind(&rig->events[1]), CARD_KIND_FILL);
    assert_int_equal(card_event_price(&rig->events[1]), worst);
    EXPECT(rig, 2, .kind = CARD_KIND_EXPIRED, .reason = reason, .taker_slot = 4, .taker_generation = GEN(4),
           .taker_owner = 2, .quantity = 8);
    rig_cancel_many(rig, 100);
}

static void bands_impact(struct rig *rig, uint32_t min, uint32_t max)
{
    rig->config.configure.bands = BAND_IMPACT;
    rig->config.configure.impact_min = min;
    rig->config.configure.impact_max = max;
    rig_configure(rig);
    EXPECT_DONE(rig);
}

static void impact_lets_a_buy_go_up_to_best_ask_times_impact_max_rounded_down(void **state)
{
    struct rig *rig = *state;

    bands_impact(rig, 0, 1003333);
    bands_expect_bound(rig, SIDE_BUY, 10400, 10434, CARD_REASON_PRICE_IMPACT); /* 10434.66 */
    bands_impact(rig, 0, 1010000);
    bands_expect_bound(rig, SIDE_BUY, 10400, 10504, CARD_REASON_PRICE_IMPACT); /* exact */
}

static void impact_lets_a_sell_go_down_to_best_bid_times_impact_min_rounded_up(void **state)
{
    struct rig *rig = *state;

    bands_impact(rig, 996667, (1u << 24) - 1);
    bands_expect_bound(rig, SIDE_SELL, 10600, 10565, CARD_REASON_PRICE_IMPACT); /* 10564.67 */
    bands_impact(rig, 990000, (1u << 24) - 1);
    bands_expect_bound(rig, SIDE_SELL, 10600, 10494, CARD_REASON_PRICE_IMPACT); /* exact */
}

static void the_touch_stays_fixed_during_a_sweep_and_moves_with_the_next_command(void **state)
{
    struct rig *rig = *state;

    bands_impact(rig, 0, 1010000);
    rig_place(rig, 1, SIDE_SELL, 1, 10400, 1);
    rig_place(rig, 2, SIDE_SELL, 1, 10500, 1);
    rig_place(rig, 3, SIDE_SELL, 1, 10505, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 10);
    EXPECT_COUNT(rig, 3); /* 10400, 10500, and not 10505 although 10500 x 1.01 reaches it */
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

static void the_touch_includes_own_orders(void **state)
{
    struct rig *rig = *state;

    bands_impact(rig, 0, 1010000);
    rig_place(rig, 1, SIDE_SELL, 2, 10400, 1);
    rig_place(rig, 2, SIDE_SELL, 1, 10505, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER | STP_MAKER, 2, 0, 10);
    EXPECT_COUNT(rig, 2);
    assert_int_equal(card_event_kind(&rig->events[0]), CARD_KIND_REMOVED);
    assert_int_equal(card_event_kind(&rig->events[1]), CARD_KIND_EXPIRED);
    assert_int_equal(card_event_reason(&rig->events[1]), CARD_REASON_PRICE_IMPACT);
}

static void impact_below_1_keeps_a_buy_from_the_touch_itself(void **state)
{
    struct rig *rig = *state;

    bands_impact(rig, 0, ONE - 1);
    rig_place(rig, 1, SIDE_SELL, 1, 10400, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, EXPIRED, PRICE_IMPACT);
    bands_impact(rig, ONE, ONE);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

static void without_its_bit_the_impact_band_is_off(void **state)
{
    struct rig *rig = *state;

    bands_impact(rig, 0, 0);
    rig->config.configure.bands = BAND_LIMIT | BAND_PREMIUM;
    rig->config.configure.tolerance = 500000;
    rig_configure(rig);
    rig_place(rig, 1, SIDE_SELL, 1, 10400, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

/* mean_mark 10496.30, fast_mean_mark 10450.05 */
static void bands_means(struct rig *rig, uint32_t min, uint32_t max)
{
    rig->config.configure.mean_min = min;
    rig->config.configure.mean_max = max;
    rig_configure(rig);
    rig_mark(rig, HAS_MEAN | HAS_FAST, 0, 0, 10496 * 256 + 77, 10450 * 256 + 13, 0);
    EXPECT_DONE(rig);
}

static void mean_mark_lets_a_buy_go_up_to_mean_times_mean_max_rounded_down(void **state)
{
    struct rig *rig = *state;

    bands_means(rig, 0, 1003333);
    bands_expect_bound(rig, SIDE_BUY, 10300, 10531, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10531.28 */
    rig_mark(rig, HAS_MEAN, 0, 0, 10500 * 256, 0, 0);
    rig->config.configure.mean_max = 1010000;
    rig_configure(rig);
    bands_expect_bound(rig, SIDE_BUY, 10300, 10605, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* exact */
}

static void mean_mark_lets_a_sell_go_down_to_mean_times_mean_min_rounded_up(void **state)
{
    struct rig *rig = *state;

    bands_means(rig, 996667, 0);
    bands_expect_bound(rig, SIDE_SELL, 10700, 10462, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10461.32 */
    rig_mark(rig, HAS_MEAN, 0, 0, 10500 * 256, 0, 0);
    rig->config.configure.mean_min = 990000;
    rig_configure(rig);
    bands_expect_bound(rig, SIDE_SELL, 10700, 10395, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* exact */
}

static void liquidation_orders_use_the_fast_mean(void **state)
{
    struct rig *rig = *state;

    bands_means(rig, 996667, 1003333);
    bands_expect_bound(rig, SIDE_BUY | LIQUIDATION, 10300, 10484, CARD_REASON_PRICE_OUT_OF_BOUNDS);  /* 10484.88 */
    bands_expect_bound(rig, SIDE_SELL | LIQUIDATION, 10700, 10416, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10415.22 */
}

static void the_mean_mark_band_is_on_without_any_bit(void **state)
{
    struct rig *rig = *state;

    bands_means(rig, 996667, 1003333);
    assert_int_equal(rig->config.configure.bands, 0);
    rig_place(rig, 1, SIDE_SELL, 1, 10532, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, EXPIRED, PRICE_OUT_OF_BOUNDS);
}

static void the_mean_mark_band_holds_for_the_largest_numbers(void **state)
{
    struct rig *rig = *state;
    const uint32_t top = UINT32_MAX - 1023; /* of the highest window */

    rig->config.configure.base = top;
    rig->config.configure.mean_max = (1u << 24) - 1;
    rig_configure(rig);
    rig_mark(rig, 31, (1ull << 40) - 1, (1ull << 40) - 1, (1ull << 40) - 1, (1ull << 40) - 1, (1 << 21) - 1);
    rig_place(rig, 1, SIDE_SELL, 1, UINT32_MAX, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, FILL, NONE);
    /* mean x 1 lies between 2^32 - 1 and 2^32: the top tick is in, and for a sell out. */
    rig->config.configure.mean_min = rig->config.configure.mean_max = ONE;
    rig_configure(rig);
    rig_place(rig, 1, SIDE_SELL, 1, UINT32_MAX, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, FILL, NONE);
    rig_place(rig, 1, SIDE_BUY, 1, UINT32_MAX, 1);
    rig_enter(rig, 4, SIDE_SELL | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, EXPIRED, PRICE_OUT_OF_BOUNDS);
}

/* index 10480.39 */
static void bands_premium(struct rig *rig, int32_t mean_premium, uint32_t tolerance)
{
    rig->config.configure.bands = BAND_PREMIUM;
    rig->config.configure.tolerance = tolerance;
    rig_configure(rig);
    rig_mark(rig, HAS_INDEX | HAS_PREMIUM, 0, 10480 * 256 + 100, 0, 0, mean_premium);
    EXPECT_DONE(rig);
}

static void premium_lets_a_buy_go_up_to_index_times_1_and_premium_and_tolerance_rounded_down(void **state)
{
    struct rig *rig = *state;

    bands_premium(rig, 1234, 2345);
    bands_expect_bound(rig, SIDE_BUY, 10300, 10517, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10517.90 */
    bands_premium(rig, -3456, 2345);
    bands_expect_bound(rig, SIDE_BUY, 10300, 10468, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10468.75 */
    bands_premium(rig, 3456, 0);
    bands_expect_bound(rig, SIDE_BUY, 10300, 10516, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10516.61 */
}

static void premium_lets_a_sell_go_down_to_index_times_1_and_premium_less_tolerance_rounded_up(void **state)
{
    struct rig *rig = *state;

    bands_premium(rig, 1234, 2345);
    bands_expect_bound(rig, SIDE_SELL, 10700, 10469, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10468.75 */
    bands_premium(rig, -3456, 2345);
    bands_expect_bound(rig, SIDE_SELL, 10700, 10420, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10419.59 */
    bands_premium(rig, 3456, 0);
    bands_expect_bound(rig, SIDE_SELL, 10700, 10517, CARD_REASON_PRICE_OUT_OF_BOUNDS); /* 10516.61 */
}

static void premium_s_exact_bound_belongs_to_it(void **state)
{
    struct rig *rig = *state;

    bands_premium(rig, 0, 10000);
    rig_mark(rig, HAS_INDEX, 0, 10500 * 256, 0, 0, 0);
    bands_expect_bound(rig, SIDE_BUY, 10300, 10605, CARD_REASON_PRICE_OUT_OF_BOUNDS);
    bands_expect_bound(rig, SIDE_SELL, 10700, 10395, CARD_REASON_PRICE_OUT_OF_BOUNDS);
}

static void a_premium_below_minus_1_counts_as_minus_1(void **state)
{
    struct rig *rig = *state;

    bands_premium(rig, -2000000, 500000); /* f would be -0.5 and -1.5 */
    rig_place(rig, 1, SIDE_BUY, 1, BASE, 1);
    rig_place(rig, 2, SIDE_SELL, 1, BASE + 1, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, EXPIRED, PRICE_OUT_OF_BOUNDS);
    rig_enter(rig, 4, SIDE_SELL | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

static void the_widest_tolerance_is_added_in_full(void **state)
{
    struct rig *rig = *state;

    bands_premium(rig, (1 << 21) - 1, (1u << 23) - 1);
    rig_mark(rig, HAS_INDEX, 0, 256 * 900, 0, 0, 0);
    /* f = 11.485758; 900 x f = 10337.18 */
    bands_expect_bound(rig, SIDE_BUY, 10300, 10337, CARD_REASON_PRICE_OUT_OF_BOUNDS);
}

static void without_its_bit_the_premium_band_is_off(void **state)
{
    struct rig *rig = *state;

    bands_premium(rig, -1000000, 0);
    rig->config.configure.bands = BAND_LIMIT | BAND_IMPACT;
    rig->config.configure.impact_max = ONE;
    rig_configure(rig);
    rig_place(rig, 1, SIDE_SELL, 1, 10400, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC | MARKET_ORDER, 2, 0, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

static void own_limit_is_a_bound_to_the_tick(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 1);
    rig_enter(rig, 4, SIDE_BUY | IOC, 2, 10499, 1);
    EXPECT_ONE(rig, EXPIRED, IMMEDIATE_OR_CANCEL);
    rig_enter(rig, 4, SIDE_BUY | IOC, 2, 10500, 1);
    EXPECT_ONE(rig, FILL, NONE);
    rig_place(rig, 1, SIDE_BUY, 1, 10500, 1);
    rig_enter(rig, 4, SIDE_SELL | IOC, 2, 10501, 1);
    EXPECT_ONE(rig, EXPIRED, IMMEDIATE_OR_CANCEL);
    rig_enter(rig, 4, SIDE_SELL | IOC, 2, 10500, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

/* The reason of an order that can take the first order of the other side (1 lot at `touch`), but not the second (at
 * `next`). */
struct tie {
    unsigned flags;
    uint32_t limit;           /* 0: market order */
    uint32_t impact, mean, premium; /* bounds in ticks; 0: off (mean: as wide as can be) */
    uint64_t reason;
};

/* Millionths that bring 10,000 ticks to `price`. */
static uint32_t tie_multiplier(uint32_t price)
{
    return price * 100;
}

static void tie_try(const struct tie *tie, size_t number)
{
    void *fresh;
    struct rig *rig;
    unsigned side = tie->flags & 1;
    uint32_t mean = tie->mean ? tie_multiplier(tie->mean) : side == SIDE_BUY ? (1u << 24) - 1 : 0;

    rig_setup(&fresh);
    rig = fresh;
    /* touch, mean and index are 10,000 ticks */
    rig_mark(rig, HAS_INDEX | HAS_MEAN | HAS_PREMIUM, 0, 10000 * 256, 10000 * 256, 0,
             tie->premium ? (int32_t)tie_multiplier(tie->premium) - (int32_t)ONE : 0);
    rig->config.configure.base = side == SIDE_BUY ? BASE : BASE - 960;
    rig->config.configure.bands = (uint8_t)((tie->impact ? BAND_IMPACT : 0) | (tie->premium ? BAND_PREMIUM : 0));
    rig->config.configure.impact_min = rig->config.configure.impact_max = tie_multiplier(tie->impact);
    rig->config.configure.mean_min = rig->config.configure.mean_max = mean;
    rig_configure(rig);
    rig_place(rig, 1, !side, 1, 10000, 1);
    rig_place(rig, 2, !side, 1, side == SIDE_BUY ? 10500 : 9500, 1);
    rig_enter(rig, 3, tie->flags | (tie->limit ? 0 : MARKET_ORDER), 2, tie->limit, 5);
    EXPECT_COUNT(rig, 2);
    if (card_event_reason(&rig->events[1]) != tie->reason)
        fail_msg("case %zu: %s", number, card_reason_name(card_event_reason(&rig->events[1])));
    EXPECT(rig, 1, .kind = CARD_KIND_EXPIRED, .reason = tie->reason, .taker_slot = 3, .taker_generation = GEN(3),
           .taker_owner = 2, .quantity = 4, .price = tie->limit);
    rig_teardown(&fresh);
}

static void the_reason_is_that_of_the_tightest_bound_of_equal_ones_the_first(void **unused)
{
    enum { IM = CARD_REASON_IMMEDIATE_OR_CANCEL, PI = CARD_REASON_PRICE_IMPACT, PO = CARD_REASON_PRICE_OUT_OF_BOUNDS };
    static const struct tie ties[] = {
        /* buys: the smallest */
        {SIDE_BUY | IOC, 10100, 10101, 10101, 10101, IM},
        {SIDE_BUY | IOC, 10101, 10100, 10101, 10101, PI},
        {SIDE_BUY | IOC, 10101, 10101, 10100, 10101, PO},
        {SIDE_BUY | IOC, 10101, 10101, 10101, 10100, PO},
        {SIDE_BUY | IOC, 10100, 10100, 10100, 10100, IM},
        {SIDE_BUY | IOC, 10100, 10100, 10101, 10101, IM},
        {SIDE_BUY | IOC, 10100, 10101, 10100, 10101, IM},
        {SIDE_BUY | IOC, 10100, 10101, 10101, 10100, IM},
        {SIDE_BUY | IOC, 10101, 10100, 10100, 10100, PI},
        {SIDE_BUY | IOC, 10101, 10100, 10100, 10101, PI},
        {SIDE_BUY | IOC, 10101, 10100, 10101, 10100, PI},
        {SIDE_BUY | IOC, 0, 10100, 10100, 10100, PI},
        {SIDE_BUY | IOC, 0, 10101, 10100, 10100, PO},
        {SIDE_BUY | IOC, 0, 10101, 0, 10100, PO},
        {SIDE_BUY | IOC, 0, 10100, 0, 0, PI},
        {SIDE_BUY | IOC, 0, 0, 10100, 0, PO},
        {SIDE_BUY | IOC, 0, 0, 0, 10100, PO},
        {SIDE_BUY | IOC, 10100, 0, 0, 0, IM},
        {SIDE_BUY | GTC, 10500, 10100, 10100, 10100, PI}, /* reaches the next level, so it does not rest */
        {SIDE_BUY | GTC, 10500, 10101, 10100, 0, PO},
        {SIDE_BUY | GTC, 10500, 10101, 0, 10100, PO},
        {SIDE_BUY | GTC, END, 10100, 10101, 0, PI}, /* beyond the aggressive edge a band still comes first */
        /* sells: the largest */
        {SIDE_SELL | IOC, 9900, 9899, 9899, 9899, IM},
        {SIDE_SELL | IOC, 9899, 9900, 9899, 9899, PI},
        {SIDE_SELL | IOC, 9899, 9899, 9900, 9899, PO},
        {SIDE_SELL | IOC, 9899, 9899, 9899, 9900, PO},
        {SIDE_SELL | IOC, 9900, 9900, 9900, 9900, IM},
        {SIDE_SELL | IOC, 9899, 9900, 9900, 9900, PI},
        {SIDE_SELL | IOC, 9900, 9899, 9900, 9899, IM},
        {SIDE_SELL | IOC, 9900, 9899, 9899, 9900, IM},
        {SIDE_SELL | IOC, 0, 9900, 9900, 9900, PI},
        {SIDE_SELL | IOC, 0, 9899, 9900, 9900, PO},
        {SIDE_SELL | IOC, 0, 9899, 0, 9900, PO},
        {SIDE_SELL | IOC, 0, 9900, 0, 0, PI},
        {SIDE_SELL | IOC, 0, 0, 9900, 0, PO},
        {SIDE_SELL | IOC, 9900, 0, 0, 0, IM},
        {SIDE_SELL | GTC, 9500, 9900, 9900, 9900, PI},
        {SIDE_SELL | GTC, 9500, 9899, 9900, 0, PO},
        {SIDE_SELL | GTC, 1, 9900, 9899, 0, PI},
    };

    for (size_t i = 0; i < sizeof ties / sizeof *ties; i++)
        tie_try(&ties[i], i);
    (void)unused;
}

static void bounds_tie_as_whole_ticks_after_rounding(void **state)
{
    struct rig *rig = *state;

    /* impact 10504.8 and mean mark 10504.2 are both 10504: impact is named first */
    rig->config.configure.bands = BAND_IMPACT;
    rig->config.configure.impact_max = 1010077; /* of 10400: 10504.80 */
    rig->config.configure.mean_max = 1000781;   /* of 10496: 10504.20 */
    rig_configure(rig);
    bands_expect_bound(rig, SIDE_BUY, 10400, 10504, CARD_REASON_PRICE_IMPACT);
    /* impact 10504.8 and mean mark 10503.9 are not */
    rig->config.configure.mean_max = 1000753; /* of 10496: 10503.90 */
    rig_configure(rig);
    bands_expect_bound(rig, SIDE_BUY, 10400, 10503, CARD_REASON_PRICE_OUT_OF_BOUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(impact_lets_a_buy_go_up_to_best_ask_times_impact_max_rounded_down),
        UNIT(impact_lets_a_sell_go_down_to_best_bid_times_impact_min_rounded_up),
        UNIT(the_touch_stays_fixed_during_a_sweep_and_moves_with_the_next_command),
        UNIT(the_touch_includes_own_orders),
        UNIT(impact_below_1_keeps_a_buy_from_the_touch_itself),
        UNIT(without_its_bit_the_impact_band_is_off),
        UNIT(mean_mark_lets_a_buy_go_up_to_mean_times_mean_max_rounded_down),
        UNIT(mean_mark_lets_a_sell_go_down_to_mean_times_mean_min_rounded_up),
        UNIT(liquidation_orders_use_the_fast_mean),
        UNIT(the_mean_mark_band_is_on_without_any_bit),
        UNIT(the_mean_mark_band_holds_for_the_largest_numbers),
        UNIT(premium_lets_a_buy_go_up_to_index_times_1_and_premium_and_tolerance_rounded_down),
        UNIT(premium_lets_a_sell_go_down_to_index_times_1_and_premium_less_tolerance_rounded_up),
        UNIT(premium_s_exact_bound_belongs_to_it),
        UNIT(a_premium_below_minus_1_counts_as_minus_1),
        UNIT(the_widest_tolerance_is_added_in_full),
        UNIT(without_its_bit_the_premium_band_is_off),
        UNIT(own_limit_is_a_bound_to_the_tick),
        UNIT_EMPTY(the_reason_is_that_of_the_tightest_bound_of_equal_ones_the_first),
        UNIT(bounds_tie_as_whole_ticks_after_rounding),
    };

    return cmocka_run_group_tests_name("bands", tests, NULL, NULL);
}
