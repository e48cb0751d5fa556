/* docs/card.md, what then remains: rests, expires or is parked. */
#include "rig.h"

enum { SLOT = 9, OWNER = 6 };

static void remainder_expect_expired(struct rig *rig, size_t at, uint64_t reason, uint64_t quantity, uint64_t price)
{
    EXPECT_COUNT(rig, at + 1);
    EXPECT(rig, at, .kind = CARD_KIND_EXPIRED, .reason = reason, .taker_slot = SLOT, .taker_generation = GEN(SLOT),
           .taker_owner = OWNER, .quantity = quantity, .price = price);
    assert_int_equal(rig_open_quantity(rig, SLOT), 0);
}

static void remainder_expect_parked(struct rig *rig, uint64_t quantity, uint64_t price)
{
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_PARKED, .taker_slot = SLOT, .taker_generation = GEN(SLOT), .taker_owner = OWNER,
           .quantity = quantity, .taker_remaining = quantity, .price = price);
    assert_int_equal(rig_open_quantity(rig, SLOT), 0);
}

static void remainder_expect_rested(struct rig *rig, size_t at, unsigned side, uint64_t quantity, uint64_t price)
{
    EXPECT_COUNT(rig, at + 1);
    EXPECT(rig, at, .kind = CARD_KIND_RESTED, .taker_slot = SLOT, .taker_generation = GEN(SLOT), .taker_owner = OWNER,
           .quantity = quantity, .taker_remaining = quantity, .level_valid = 1, .price = price, .side = side,
           .aggregate = quantity, .best_price = price, .best_valid = 1);
    assert_int_equal(rig_open_quantity(rig, SLOT), quantity);
}

/* Beyond the passive edge */

static void gtc_beyond_the_passive_edge_is_parked(void **state)
{
    static const unsigned kinds[] = {GTC, POST_ONLY, GTC | LIQUIDATION | STP_BOTH};
    struct rig *rig = *state;

    for (int filled = 0; filled <= 1; filled++) {
        for (size_t i = 0; i < 3; i++) {
            rig_enter(rig, SLOT, SIDE_BUY | kinds[i], OWNER, BASE - 1, 5);
            remainder_expect_parked(rig, 5, BASE - 1);
            rig_enter(rig, SLOT, SIDE_BUY | kinds[i], OWNER, 1, 5);
            remainder_expect_parked(rig, 5, 1);
            rig_enter(rig, SLOT, SIDE_SELL | kinds[i], OWNER, END, 5);
            remainder_expect_parked(rig, 5, END);
            rig_enter(rig, SLOT, SIDE_SELL | kinds[i], OWNER, UINT32_MAX, 5);
            remainder_expect_parked(rig, 5, UINT32_MAX);
        }
        rig_place(rig, 1, SIDE_BUY, 1, 10400, 1); /* and once more with orders on both sides */
        rig_place(rig, 2, SIDE_SELL, 1, 10500, 1);
    }
}

static void gtc_at_the_passive_edge_s_last_price_rests(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, SLOT, SIDE_BUY, OWNER, BASE, 5);
    remainder_expect_rested(rig, 0, SIDE_BUY, 5, BASE);
    rig_cancel_many(rig, 1);
    rig_enter(rig, SLOT, SIDE_SELL, OWNER, END - 1, 5);
    remainder_expect_rested(rig, 0, SIDE_SELL, 5, END - 1);
}

static void ioc_beyond_the_passive_edge_expires(void **state)
{
    struct rig *rig = *state;

    for (int filled = 0; filled <= 1; filled++) {
        rig_enter(rig, SLOT, SIDE_BUY | IOC, OWNER, BASE - 1, 5);
        remainder_expect_expired(rig, 0, CARD_REASON_IMMEDIATE_OR_CANCEL, 5, BASE - 1);
        rig_enter(rig, SLOT, SIDE_SELL | IOC, OWNER, END, 5);
        remainder_expect_expired(rig, 0, CARD_REASON_IMMEDIATE_OR_CANCEL, 5, END);
        rig_place(rig, 1, SIDE_BUY, 1, 10400, 1);
        rig_place(rig, 2, SIDE_SELL, 1, 10500, 1);
        /* the mean-mark band being tighter still does not matter */
        rig->config.configure.mean_max = 1;
        rig->config.configure.mean_min = (1u << 24) - 1;
        rig_configure(rig);
    }
}

static void fok_beyond_the_passive_edge_was_rejected(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, SLOT, SIDE_BUY | FOK, OWNER, BASE - 1, 5);
    EXPECT_REJECTED(rig, FILL_OR_KILL);
    rig_enter(rig, SLOT, SIDE_SELL | FOK, OWNER, END, 5);
    EXPECT_REJECTED(rig, FILL_OR_KILL);
}

/* Empty opposite side: at once, and after one order of 2 lots at 10450 was taken */

static size_t remainder_seed(struct rig *rig, int seeded, unsigned taker_side)
{
    if (seeded)
        rig_place(rig, 1, !taker_side, 1, 10450, 2);
    return seeded ? 1 : 0;
}

static void on_an_empty_side_a_market_order_expires_for_lack_of_liquidity(void **state)
{
    struct rig *rig = *state;

    for (int seeded = 0; seeded <= 1; seeded++)
        for (unsigned side = 0; side <= 1; side++) {
            size_t at = remainder_seed(rig, seeded, side);

            rig_enter(rig, SLOT, side | IOC | MARKET_ORDER, OWNER, 0, 5);
            remainder_expect_expired(rig, at, CARD_REASON_INSUFFICIENT_LIQUIDITY, 5 - 2 * at, 0);
        }
}

static void on_an_empty_side_a_limit_beyond_the_aggressive_edge_expires_out_of_bounds(void **state)
{
    struct rig *rig = *state;

    for (int seeded = 0; seeded <= 1; seeded++)
        for (unsigned tif = GTC; tif <= IOC; tif += IOC) {
            size_t at = remainder_seed(rig, seeded, SIDE_BUY);

            rig_enter(rig, SLOT, SIDE_BUY | tif, OWNER, END, 5);
            remainder_expect_expired(rig, at, CARD_REASON_PRICE_OUT_OF_BOUNDS, 5 - 2 * at, END);
            at = remainder_seed(rig, seeded, SIDE_SELL);
            rig_enter(rig, SLOT, SIDE_SELL | tif, OWNER, BASE - 1, 5);
            remainder_expect_expired(rig, at, CARD_REASON_PRICE_OUT_OF_BOUNDS, 5 - 2 * at, BASE - 1);
        }
}

static void on_an_empty_side_an_ioc_expires(void **state)
{
    struct rig *rig = *state;

    for (int seeded = 0; seeded <= 1; seeded++) {
        size_t at = remainder_seed(rig, seeded, SIDE_BUY);

        rig_enter(rig, SLOT, SIDE_BUY | IOC, OWNER, END - 1, 5);
        remainder_expect_expired(rig, at, CARD_REASON_IMMEDIATE_OR_CANCEL, 5 - 2 * at, END - 1);
        at = remainder_seed(rig, seeded, SIDE_SELL);
        rig_enter(rig, SLOT, SIDE_SELL | IOC, OWNER, BASE, 5);
        remainder_expect_expired(rig, at, CARD_REASON_IMMEDIATE_OR_CANCEL, 5 - 2 * at, BASE);
    }
}

static void on_an_empty_side_a_gtc_rests_inside_the_aggressive_edge(void **state)
{
    struct rig *rig = *state;

    for (int seeded = 0; seeded <= 1; seeded++) {
        size_t at = remainder_seed(rig, seeded, SIDE_BUY);

        rig_enter(rig, SLOT, SIDE_BUY, OWNER, END - 1, 5);
        remainder_expect_rested(rig, at, SIDE_BUY, 5 - 2 * at, END - 1);
        rig_cancel_many(rig, 1);
        at = remainder_seed(rig, seeded, SIDE_SELL);
        rig_enter(rig, SLOT, SIDE_SELL, OWNER, BASE, 5);
        remainder_expect_rested(rig, at, SIDE_SELL, 5 - 2 * at, BASE);
        rig_cancel_many(rig, 1);
    }
}

static void on_an_empty_side_bands_do_not_matter(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.mean_max = 0;
    rig->config.configure.bands = BAND_IMPACT | BAND_PREMIUM;
    rig_configure(rig);
    rig_enter(rig, SLOT, SIDE_BUY, OWNER, 10500, 5);
    remainder_expect_rested(rig, 0, SIDE_BUY, 5, 10500);
}

/* Opposite best outside a bound */

static void gtc_whose_own_limit_does_not_reach_the_opposite_best_rests(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 2);
    rig_enter(rig, SLOT, SIDE_BUY, OWNER, 10499, 5);
    remainder_expect_rested(rig, 0, SIDE_BUY, 5, 10499);
    rig_cancel(rig, SLOT, 10499);
    rig_enter(rig, SLOT, SIDE_BUY | POST_ONLY, OWNER, 10499, 5);
    remainder_expect_rested(rig, 0, SIDE_BUY, 5, 10499);
    rig_cancel_many(rig, 9);

    rig_place(rig, 1, SIDE_BUY, 1, 10400, 2);
    rig_enter(rig, SLOT, SIDE_SELL, OWNER, 10401, 5);
    remainder_expect_rested(rig, 0, SIDE_SELL, 5, 10401);
}

static void it_rests_even_where_a_band_is_tighter_than_its_limit(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 2);
    rig->config.configure.mean_max = 1;
    rig->config.configure.mean_min = (1u << 24) - 1;
    rig_configure(rig);
    rig_enter(rig, SLOT, SIDE_BUY, OWNER, 10499, 5);
    remainder_expect_rested(rig, 0, SIDE_BUY, 5, 10499);
    rig_cancel_many(rig, 9);
    rig_place(rig, 1, SIDE_BUY, 1, 10400, 2);
    rig_enter(rig, SLOT, SIDE_SELL, OWNER, 10401, 5);
    remainder_expect_rested(rig, 0, SIDE_SELL, 5, 10401);
}

static void it_rests_with_what_earlier_fills_left(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 2);
    rig_place(rig, 2, SIDE_SELL, 1, 10510, 2);
    rig_enter(rig, SLOT, SIDE_BUY, OWNER, 10509, 5);
    remainder_expect_rested(rig, 1, SIDE_BUY, 3, 10509);
}

static void gtc_that_a_band_keeps_from_an_order_within_its_limit_expires(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 2);
    rig_place(rig, 2, SIDE_SELL, 1, 10510, 2);
    rig->config.configure.mean_max = 1001000; /* of 10496: 10506.5 */
    rig_configure(rig);
    rig_enter(rig, SLOT, SIDE_BUY, OWNER, 10510, 5);
    remainder_expect_expired(rig, 1, CARD_REASON_PRICE_OUT_OF_BOUNDS, 3, 10510);
    rig_enter(rig, SLOT, SIDE_BUY, OWNER, END, 5);
    remainder_expect_expired(rig, 0, CARD_REASON_PRICE_OUT_OF_BOUNDS, 5, END);
}

static void beyond_the_aggressive_edge_the_band_that_stopped_it_is_named(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 2);
    rig->config.configure.bands = BAND_IMPACT; /* x 0 */
    rig_configure(rig);
    rig_enter(rig, SLOT, SIDE_BUY, OWNER, END, 5);
    remainder_expect_expired(rig, 0, CARD_REASON_PRICE_IMPACT, 5, END);
    rig_cancel_many(rig, 1);
    rig->config.configure.impact_min = 1010000;
    rig_configure(rig);
    rig_place(rig, 1, SIDE_BUY, 1, 10500, 2);
    rig_enter(rig, SLOT, SIDE_SELL | IOC, OWNER, BASE - 1, 5);
    remainder_expect_expired(rig, 0, CARD_REASON_PRICE_IMPACT, 5, BASE - 1);
}

static void ioc_that_its_own_limit_keeps_expires_as_such(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 2);
    rig_enter(rig, SLOT, SIDE_BUY | IOC, OWNER, 10499, 5);
    remainder_expect_expired(rig, 0, CARD_REASON_IMMEDIATE_OR_CANCEL, 5, 10499);
    rig->config.configure.mean_max = 1000000; /* 10496 is tighter */
    rig_configure(rig);
    rig_enter(rig, SLOT, SIDE_BUY | IOC, OWNER, 10499, 5);
    remainder_expect_expired(rig, 0, CARD_REASON_PRICE_OUT_OF_BOUNDS, 5, 10499);
}

static void rested_joins_its_level_last_in_time(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY, 1, 10400, 2);
    rig_enter(rig, SLOT, SIDE_BUY, OWNER, 10400, 5);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_RESTED, .taker_slot = SLOT, .taker_generation = GEN(SLOT), .taker_owner = OWNER,
           .quantity = 5, .taker_remaining = 5, .level_valid = 1, .price = 10400, .side = SIDE_BUY, .aggregate = 7,
           .best_price = 10400, .best_valid = 1);
    rig_enter(rig, 2, SIDE_BUY, 1, 10390, 3);
    EXPECT(rig, 0, .kind = CARD_KIND_RESTED, .taker_slot = 2, .taker_generation = GEN(2), .taker_owner = 1,
           .quantity = 3, .taker_remaining = 3, .level_valid = 1, .price = 10390, .side = SIDE_BUY, .aggregate = 3,
           .best_price = 10400, .best_valid = 1);
    rig_enter(rig, 3, SIDE_SELL | IOC, 2, 10400, 3);
    EXPECT_COUNT(rig, 2);
    assert_int_equal(card_event_maker_slot(&rig->events[0]), 1);
    assert_int_equal(card_event_maker_slot(&rig->events[1]), SLOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(gtc_beyond_the_passive_edge_is_parked),
        UNIT(gtc_at_the_passive_edge_s_last_price_rests),
        UNIT(ioc_beyond_the_passive_edge_expires),
        UNIT(fok_beyond_the_passive_edge_was_rejected),
        UNIT(on_an_empty_side_a_market_order_expires_for_lack_of_liquidity),
        UNIT(on_an_empty_side_a_limit_beyond_the_aggressive_edge_expires_out_of_bounds),
        UNIT(on_an_empty_side_an_ioc_expires),
        UNIT(on_an_empty_side_a_gtc_rests_inside_the_aggressive_edge),
        UNIT(on_an_empty_side_bands_do_not_matter),
        UNIT(gtc_whose_own_limit_does_not_reach_the_opposite_best_rests),
        UNIT(it_rests_even_where_a_band_is_tighter_than_its_limit),
        UNIT(it_rests_with_what_earlier_fills_left),
        UNIT(gtc_that_a_band_keeps_from_an_order_within_its_limit_expires),
        UNIT(beyond_the_aggressive_edge_the_band_that_stopped_it_is_named),
        UNIT(ioc_that_its_own_limit_keeps_expires_as_such),
        UNIT(rested_joins_its_level_last_in_time),
    };

    return cmocka_run_group_tests_name("remainder", tests, NULL, NULL);
}
