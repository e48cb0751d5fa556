/* docs/card.md, replace in all its forms. The order is in slot 5, owner 6, 10 lots at 10400 unless a test says
 * otherwise. */
#include "rig.h"

enum { SLOT = 5, OWNER = 6 };

static void replace_rest(struct rig *rig, unsigned side, uint32_t price)
{
    rig_enter(rig, SLOT, side, OWNER, price, 10);
    EXPECT_ONE(rig, RESTED, NONE);
}

/* The removal that a replace begins with, of an order alone on its side. */
static void replace_expect_removed(struct rig *rig, unsigned side, uint32_t price, uint64_t then)
{
    EXPECT(rig, 0, .kind = CARD_KIND_REMOVED, .reason = CARD_REASON_REPLACED, .taker_slot = SLOT,
           .taker_generation = NEW_GEN(SLOT), .taker_owner = OWNER, .maker_slot = SLOT, .maker_generation = GEN(SLOT),
           .maker_owner = OWNER, .quantity = 10, .taker_remaining = then, .level_valid = 1, .price = price,
           .side = side);
}

static void replace_expect_rested(struct rig *rig, size_t at, unsigned side, uint32_t price, uint64_t quantity)
{
    EXPECT_COUNT(rig, at + 1);
    EXPECT(rig, at, .kind = CARD_KIND_RESTED, .taker_slot = SLOT, .taker_generation = NEW_GEN(SLOT),
           .taker_owner = OWNER, .quantity = quantity, .taker_remaining = quantity, .level_valid = 1, .price = price,
           .side = side, .aggregate = quantity, .best_price = price, .best_valid = 1);
}

static void in_place_changes_quantity_and_generation_and_keeps_priority(void **state)
{
    struct rig *rig = *state;

    replace_rest(rig, SIDE_BUY, 10400);
    rig_enter(rig, 7, SIDE_BUY, 1, 10400, 4);
    rig_replace(rig, SLOT, GTC, 10400, 10400, -3);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_REDUCED, .taker_slot = SLOT, .taker_generation = NEW_GEN(SLOT),
           .taker_owner = OWNER, .maker_slot = SLOT, .maker_generation = GEN(SLOT), .maker_owner = OWNER, .quantity = 3,
           .maker_remaining = 7, .level_valid = 1, .price = 10400, .side = SIDE_BUY, .aggregate = 11,
           .best_price = 10400, .best_valid = 1);
    rig_cancel(rig, SLOT, 10400); /* under its old generation */
    EXPECT_REJECTED(rig, STALE_ORDER);
    rig_enter(rig, 8, SIDE_SELL | IOC, 2, 10400, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_FILL, .taker_slot = 8, .taker_generation = GEN(8), .taker_owner = 2,
           .maker_slot = SLOT, .maker_generation = NEW_GEN(SLOT), .maker_owner = OWNER, .quantity = 1,
           .maker_remaining = 6, .level_valid = 1, .price = 10400, .side = SIDE_BUY, .aggregate = 10,
           .best_price = 10400, .best_valid = 1);
}

static void in_place_with_change_0_changes_the_generation_alone(void **state)
{
    struct rig *rig = *state;

    replace_rest(rig, SIDE_SELL, 10600);
    rig_replace(rig, SLOT, GTC, 10600, 10600, 0);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_REDUCED, .taker_slot = SLOT, .taker_generation = NEW_GEN(SLOT),
           .taker_owner = OWNER, .maker_slot = SLOT, .maker_generation = GEN(SLOT), .maker_owner = OWNER, .quantity = 0,
           .maker_remaining = 10, .level_valid = 1, .price = 10600, .side = SIDE_SELL, .aggregate = 10,
           .best_price = 10600, .best_valid = 1);
    rig_cancel(rig, SLOT, 10600);
    EXPECT_REJECTED(rig, STALE_ORDER);
}

static void in_place_does_not_look_at_tif_and_stp(void **state)
{
    static const unsigned flags[] = {IOC, FOK, POST_ONLY, STP_BOTH, IOC | STP_MAKER, SIDE_SELL, LIQUIDATION};
    struct rig *rig = *state;

    for (size_t i = 0; i < 7; i++) {
        replace_rest(rig, SIDE_BUY, 10400);
        rig_replace(rig, SLOT, flags[i], 10400, 10400, -1);
        EXPECT_ONE(rig, REDUCED, NONE);
        assert_int_equal(rig_open_quantity(rig, SLOT), 9);
        rig_cancel_many(rig, 1);
    }
}

static void open_and_change_of_0_or_less_takes_the_order_out_whatever_the_price(void **state)
{
    static const int64_t changes[] = {-10, -11, -((1ll << 40) - 1)};
    static const uint32_t prices[] = {10400, 10401, 1, UINT32_MAX};
    struct rig *rig = *state;

    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 4; j++) {
            replace_rest(rig, SIDE_BUY, 10400);
            rig_replace(rig, SLOT, GTC, 10400, prices[j], changes[i]);
            EXPECT_COUNT(rig, 1);
            EXPECT(rig, 0, .kind = CARD_KIND_REMOVED, .reason = CARD_REASON_NONE, .maker_slot = SLOT,
                   .maker_generation = GEN(SLOT), .maker_owner = OWNER, .quantity = 10, .level_valid = 1,
                   .price = 10400, .side = SIDE_BUY);
            assert_int_equal(rig_open_quantity(rig, SLOT), 0);
        }
}

static void a_new_price_takes_the_old_order_out_and_rests_the_new_one(void **state)
{
    static const int64_t changes[] = {-9, -1, 0, 1, 90};
    struct rig *rig = *state;

    for (size_t i = 0; i < 5; i++) {
        replace_rest(rig, SIDE_BUY, 10400);
        rig_replace(rig, SLOT, GTC, 10400, 10390, changes[i]);
        replace_expect_removed(rig, SIDE_BUY, 10400, (uint64_t)(10 + changes[i]));
        replace_expect_rested(rig, 1, SIDE_BUY, 10390, (uint64_t)(10 + changes[i]));
        rig_cancel_many(rig, 1);
    }
}

static void side_comes_from_the_old_order_and_not_from_the_flags(void **state)
{
    struct rig *rig = *state;

    replace_rest(rig, SIDE_SELL, 10600);
    rig_replace(rig, SLOT, SIDE_BUY, 10600, 10590, 0);
    replace_expect_removed(rig, SIDE_SELL, 10600, 10);
    replace_expect_rested(rig, 1, SIDE_SELL, 10590, 10);
}

static void owner_comes_from_the_old_order_and_not_from_the_command(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig_command(CARD_CODE_REPLACE);

    replace_rest(rig, SIDE_SELL, 10600);
    command.slot = SLOT;
    command.generation = GEN(SLOT);
    command.new_generation = NEW_GEN(SLOT);
    command.order.owner = 99;
    command.order.price = 10600;
    command.order.new_price = 10590;
    rig_apply(rig, command);
    replace_expect_rested(rig, 1, SIDE_SELL, 10590, 10);
}

static void a_larger_quantity_at_the_same_price_loses_priority(void **state)
{
    struct rig *rig = *state;

    replace_rest(rig, SIDE_BUY, 10400);
    rig_enter(rig, 7, SIDE_BUY, 1, 10400, 4);
    rig_replace(rig, SLOT, GTC, 10400, 10400, 2);
    EXPECT_COUNT(rig, 2);
    EXPECT(rig, 0, .kind = CARD_KIND_REMOVED, .reason = CARD_REASON_REPLACED, .taker_slot = SLOT,
           .taker_generation = NEW_GEN(SLOT), .taker_owner = OWNER, .maker_slot = SLOT, .maker_generation = GEN(SLOT),
           .maker_owner = OWNER, .quantity = 10, .taker_remaining = 12, .level_valid = 1, .price = 10400,
           .side = SIDE_BUY, .aggregate = 4, .best_price = 10400, .best_valid = 1);
    EXPECT(rig, 1, .kind = CARD_KIND_RESTED, .taker_slot = SLOT, .taker_generation = NEW_GEN(SLOT),
           .taker_owner = OWNER, .quantity = 12, .taker_remaining = 12, .level_valid = 1, .price = 10400,
           .side = SIDE_BUY, .aggregate = 16, .best_price = 10400, .best_valid = 1);
    rig_enter(rig, 8, SIDE_SELL | IOC, 2, 10400, 1);
    assert_int_equal(card_event_maker_slot(&rig->events[0]), 7);
}

static void a_replace_that_crosses_matches_under_the_new_generation(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 4);
    replace_rest(rig, SIDE_BUY, 10400);
    rig_replace(rig, SLOT, GTC, 10400, 10500, 1);
    replace_expect_removed(rig, SIDE_BUY, 10400, 11);
    EXPECT(rig, 1, .kind = CARD_KIND_FILL, .taker_slot = SLOT, .taker_generation = NEW_GEN(SLOT), .taker_owner = OWNER,
           .maker_slot = 1, .maker_generation = GEN(1), .maker_owner = 1, .quantity = 4, .taker_remaining = 7,
           .level_valid = 1, .price = 10500, .side = SIDE_SELL);
    replace_expect_rested(rig, 2, SIDE_BUY, 10500, 7);
}

static void a_replace_that_fills_at_once_ends_with_the_fill(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_BUY, 1, 10300, 40);
    replace_rest(rig, SIDE_SELL, 10600);
    rig_replace(rig, SLOT, FOK, 10600, 10300, -2);
    EXPECT_COUNT(rig, 2);
    replace_expect_removed(rig, SIDE_SELL, 10600, 8);
    EXPECT(rig, 1, .kind = CARD_KIND_FILL, .taker_slot = SLOT, .taker_generation = NEW_GEN(SLOT), .taker_owner = OWNER,
           .maker_slot = 1, .maker_generation = GEN(1), .maker_owner = 1, .quantity = 8, .maker_remaining = 32,
           .level_valid = 1, .price = 10300, .side = SIDE_BUY, .aggregate = 32, .best_price = 10300, .best_valid = 1);
    assert_int_equal(rig_open_quantity(rig, SLOT), 0);
}

static void past_its_checks_the_old_order_is_gone_whatever_follows(void **state)
{
    struct rig *rig = *state;

    replace_rest(rig, SIDE_BUY, 10400);
    rig_replace(rig, SLOT, IOC, 10400, 10390, 0);
    EXPECT_COUNT(rig, 2);
    replace_expect_removed(rig, SIDE_BUY, 10400, 10);
    EXPECT(rig, 1, .kind = CARD_KIND_EXPIRED, .reason = CARD_REASON_IMMEDIATE_OR_CANCEL, .taker_slot = SLOT,
           .taker_generation = NEW_GEN(SLOT), .taker_owner = OWNER, .quantity = 10, .price = 10390);

    replace_rest(rig, SIDE_BUY, 10400);
    rig_replace(rig, SLOT, GTC, 10400, BASE - 1, 3);
    EXPECT_COUNT(rig, 2);
    replace_expect_removed(rig, SIDE_BUY, 10400, 13);
    EXPECT(rig, 1, .kind = CARD_KIND_PARKED, .taker_slot = SLOT, .taker_generation = NEW_GEN(SLOT),
           .taker_owner = OWNER, .quantity = 13, .taker_remaining = 13, .price = BASE - 1);

    replace_rest(rig, SIDE_BUY, 10400);
    rig_replace(rig, SLOT, GTC, 10400, END, 0);
    EXPECT_COUNT(rig, 2);
    replace_expect_removed(rig, SIDE_BUY, 10400, 10);
    EXPECT(rig, 1, .kind = CARD_KIND_EXPIRED, .reason = CARD_REASON_PRICE_OUT_OF_BOUNDS, .taker_slot = SLOT,
           .taker_generation = NEW_GEN(SLOT), .taker_owner = OWNER, .quantity = 10, .price = END);
}

static void a_replace_minds_self_trade_prevention(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, OWNER, 10500, 4);
    replace_rest(rig, SIDE_BUY, 10400);
    rig_replace(rig, SLOT, STP_BOTH, 10400, 10500, 0);
    EXPECT_COUNT(rig, 3);
    replace_expect_removed(rig, SIDE_BUY, 10400, 10);
    EXPECT(rig, 1, .kind = CARD_KIND_REMOVED, .reason = CARD_REASON_SELF_TRADE, .taker_slot = SLOT,
           .taker_generation = NEW_GEN(SLOT), .taker_owner = OWNER, .maker_slot = 1, .maker_generation = GEN(1),
           .maker_owner = OWNER, .quantity = 4, .taker_remaining = 10, .level_valid = 1, .price = 10500,
           .side = SIDE_SELL);
    EXPECT(rig, 2, .kind = CARD_KIND_EXPIRED, .reason = CARD_REASON_SELF_TRADE, .taker_slot = SLOT,
           .taker_generation = NEW_GEN(SLOT), .taker_owner = OWNER, .quantity = 10, .price = 10500);
}

static void a_replace_minds_the_liquidation_flag(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_SELL, 1, 10500, 10);
    rig->config.configure.mean_max = ONE; /* mean 10496, fast mean 10500 */
    rig_configure(rig);
    rig_mark(rig, HAS_FAST, 0, 0, 0, 10500 * 256, 0);
    replace_rest(rig, SIDE_BUY, 10400);
    rig_replace(rig, SLOT, LIQUIDATION, 10400, 10500, 0);
    EXPECT_COUNT(rig, 2);
    assert_int_equal(card_event_kind(&rig->events[1]), CARD_KIND_FILL);
    rig_place(rig, 1, SIDE_SELL, 1, 10500, 10);
    replace_rest(rig, SIDE_BUY, 10400);
    rig_replace(rig, SLOT, GTC, 10400, 10500, 0);
    EXPECT_COUNT(rig, 2);
    assert_int_equal(card_event_kind(&rig->events[1]), CARD_KIND_EXPIRED);
}

static void a_replaced_order_is_replaced_again_under_its_new_handle(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig_command(CARD_CODE_REPLACE);

    replace_rest(rig, SIDE_BUY, 10400);
    rig_replace(rig, SLOT, GTC, 10400, 10390, 0);
    rig_replace(rig, SLOT, GTC, 10390, 10380, 0);
    EXPECT_REJECTED(rig, STALE_ORDER);
    command.slot = SLOT;
    command.generation = NEW_GEN(SLOT);
    command.new_generation = GEN(SLOT);
    command.order.price = 10390;
    command.order.new_price = 10380;
    rig_apply(rig, command);
    EXPECT_COUNT(rig, 2);
    rig_cancel(rig, SLOT, 10380);
    EXPECT_ONE(rig, REMOVED, NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(in_place_changes_quantity_and_generation_and_keeps_priority),
        UNIT(in_place_with_change_0_changes_the_generation_alone),
        UNIT(in_place_does_not_look_at_tif_and_stp),
        UNIT(open_and_change_of_0_or_less_takes_the_order_out_whatever_the_price),
        UNIT(a_new_price_takes_the_old_order_out_and_rests_the_new_one),
        UNIT(side_comes_from_the_old_order_and_not_from_the_flags),
        UNIT(owner_comes_from_the_old_order_and_not_from_the_command),
        UNIT(a_larger_quantity_at_the_same_price_loses_priority),
        UNIT(a_replace_that_crosses_matches_under_the_new_generation),
        UNIT(a_replace_that_fills_at_once_ends_with_the_fill),
        UNIT(past_its_checks_the_old_order_is_gone_whatever_follows),
        UNIT(a_replace_minds_self_trade_prevention),
        UNIT(a_replace_minds_the_liquidation_flag),
        UNIT(a_replaced_order_is_replaced_again_under_its_new_handle),
    };

    return cmocka_run_group_tests_name("replace", tests, NULL, NULL);
}
