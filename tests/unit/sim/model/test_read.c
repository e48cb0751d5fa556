/* docs/card.md, read, and the digest. */
#include "rig.h"

static void read_what(struct rig *rig, uint32_t what, uint32_t slot, uint32_t price)
{
    struct card_command command = rig_command(CARD_CODE_READ);

    command.order.count = what;
    command.slot = slot;
    command.order.price = price;
    rig_apply(rig, command);
}

static void read_order_says_what_the_slot_holds(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 5, SIDE_SELL, 6, 10500, 10);
    read_what(rig, CARD_READ_ORDER, 5, 0);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_DATA, .maker_slot = 5, .maker_generation = GEN(5), .maker_owner = 6,
           .price = 10500, .side = SIDE_SELL, .quantity = 10, .maker_remaining = 10);
}

static void read_order_does_not_look_at_generation_market_and_price(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig_command(CARD_CODE_READ);

    rig_place(rig, 5, SIDE_BUY, 6, 10400, 10);
    command.slot = 5;
    command.generation = 1;
    command.market = 2;
    command.order.price = 77;
    rig_apply(rig, command);
    EXPECT(rig, 0, .kind = CARD_KIND_DATA, .maker_slot = 5, .maker_generation = GEN(5), .maker_owner = 6,
           .price = 10400, .quantity = 10, .maker_remaining = 10, .other_market = MARKET);
}

static void read_order_of_a_free_slot_is_stale(void **state)
{
    struct rig *rig = *state;

    read_what(rig, CARD_READ_ORDER, 5, 0);
    EXPECT_REJECTED(rig, STALE_ORDER);
    rig_place(rig, 5, SIDE_BUY, 6, 10400, 10);
    rig_pull(rig, 5, 10400);
    read_what(rig, CARD_READ_ORDER, 5, 0);
    EXPECT_REJECTED(rig, STALE_ORDER);
}

static void read_level_says_what_an_occupied_level_holds(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 1, SIDE_BUY, 6, 10400, 10);
    rig_place(rig, 2, SIDE_BUY, 6, 10390, 3);
    rig_place(rig, 3, SIDE_BUY, 6, 10390, 4);
    rig_place(rig, 4, SIDE_SELL, 6, 10500, 5);
    read_what(rig, CARD_READ_LEVEL, 0, 10390);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_DATA, .level_valid = 1, .price = 10390, .side = SIDE_BUY, .aggregate = 7,
           .best_price = 10400, .best_valid = 1);
    read_what(rig, CARD_READ_LEVEL, 0, 10500);
    EXPECT(rig, 0, .kind = CARD_KIND_DATA, .level_valid = 1, .price = 10500, .side = SIDE_SELL, .aggregate = 5,
           .best_price = 10500, .best_valid = 1);
}

static void read_level_of_an_empty_level_says_its_price_alone(void **state)
{
    struct rig *rig = *state;

    rig_place(rig, 4, SIDE_SELL, 6, 10500, 5);
    read_what(rig, CARD_READ_LEVEL, 0, 10501);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_DATA, .price = 10501);
    rig_cancel_many(rig, 1);
    read_what(rig, CARD_READ_LEVEL, 0, 10500);
    EXPECT(rig, 0, .kind = CARD_KIND_DATA, .price = 10500);
}

static void read_level_outside_the_window_is_out_of_bounds(void **state)
{
    struct rig *rig = *state;

    read_what(rig, CARD_READ_LEVEL, 0, BASE - 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    read_what(rig, CARD_READ_LEVEL, 0, END);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
    read_what(rig, CARD_READ_LEVEL, 0, BASE);
    EXPECT_ONE(rig, DATA, NONE);
    read_what(rig, CARD_READ_LEVEL, 0, END - 1);
    EXPECT_ONE(rig, DATA, NONE);
}

static void read_expect_digest(struct rig *rig, uint64_t digest, uint64_t orders)
{
    read_what(rig, CARD_READ_DIGEST, 0, 0);
    EXPECT_COUNT(rig, 1);
    EXPECT(rig, 0, .kind = CARD_KIND_DATA, .maker_owner = digest & 0xFFFFFF, .taker_remaining = digest >> 24,
           .quantity = orders);
    assert_int_equal(rig->events[0].word[3], digest);
    assert_int_equal(model_digest(rig->model, MARKET), digest);
}

static void the_digest_of_the_check_string_is_that_of_ecma_182_starting_at_all_ones(void **state)
{
    /* CRC-64/WE of "123456789" is 0x62EC59E3F1A4F00A; it differs by its final inversion only. */
    assert_int_equal(rig_crc((const uint8_t *)"123456789", 9), ~0x62EC59E3F1A4F00Aull);
    (void)state;
}

static void the_digest_of_an_empty_book_is_all_ones(void **state)
{
    struct rig *rig = *state;

    read_expect_digest(rig, UINT64_MAX, 0);
    rig_place(rig, 1, SIDE_BUY, 1, 10400, 1);
    rig_cancel_many(rig, 1);
    read_expect_digest(rig, UINT64_MAX, 0);
}

static void the_digest_goes_over_bids_then_asks_best_first_each_level_oldest_first(void **state)
{
    const uint64_t large = (1ull << 40) - 2;
    const struct digest_order orders[] = {
        {7, GEN(7), 0xFFFFFF, 0, 5, 10400},   {2, GEN(2), 1, 0, large, 10400}, {9, GEN(9), 3, 0, 1ull << 32, 10390},
        {3, GEN(3), 0x800001, 1, 11, 10500},  {1, GEN(1), 4, 1, large, 10510}, {63, GEN(63), 0, 1, 1, END - 1},
    };
    struct rig *rig = *state;

    /* Entered in another order, as far as time allows. */
    rig_place(rig, 63, SIDE_SELL, 0, END - 1, 1);
    rig_place(rig, 9, SIDE_BUY, 3, 10390, 1ll << 32);
    rig_place(rig, 7, SIDE_BUY, 0xFFFFFF, 10400, 5);
    rig_place(rig, 1, SIDE_SELL, 4, 10510, (int64_t)large);
    rig_place(rig, 2, SIDE_BUY, 1, 10400, (int64_t)large);
    rig_place(rig, 3, SIDE_SELL, 0x800001, 10500, 11);
    read_expect_digest(rig, rig_digest(orders, 6), 6);
    rig_cancel_many(rig, 3);
    read_expect_digest(rig, rig_digest(orders + 3, 3), 3);
}

static void read_keep_event(void *context, const struct card_event *event)
{
    ((struct rig *)context)->events[0] = *event;
}

static void the_digest_holds_slots_of_20_bits(void **state)
{
    const struct model_size size = {.markets = 1, .orders = 1 << 20, .tick_bits = 6};
    const struct digest_order order = {(1 << 20) - 1, 0xFF, 0xFFFFFF, 1, (1ull << 40) - 1, 63};
    struct rig *rig = *state;

    model_destroy(rig->model);
    rig->model = model_create(&size, SESSION);
    assert_non_null(rig->model);

    struct card_command command = rig_command(CARD_CODE_PLACE);

    command.market = 0;
    command.session = SESSION;
    command.slot = (1 << 20) - 1;
    command.generation = 0xFF;
    command.flags = SIDE_SELL;
    command.order.owner = 0xFFFFFF;
    command.order.price = 63;
    command.order.quantity = (1ll << 40) - 1;
    model_apply(rig->model, &command, read_keep_event, rig);
    assert_int_equal(card_event_kind(&rig->events[0]), CARD_KIND_RESTED);
    assert_int_equal(card_event_taker_slot(&rig->events[0]), (1 << 20) - 1);
    assert_int_equal(model_digest(rig->model, 0), rig_digest(&order, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(read_order_says_what_the_slot_holds),
        UNIT(read_order_does_not_look_at_generation_market_and_price),
        UNIT(read_order_of_a_free_slot_is_stale),
        UNIT(read_level_says_what_an_occupied_level_holds),
        UNIT(read_level_of_an_empty_level_says_its_price_alone),
        UNIT(read_level_outside_the_window_is_out_of_bounds),
        UNIT_EMPTY(the_digest_of_the_check_string_is_that_of_ecma_182_starting_at_all_ones),
        UNIT(the_digest_of_an_empty_book_is_all_ones),
        UNIT(the_digest_goes_over_bids_then_asks_best_first_each_level_oldest_first),
        UNIT_EMPTY(the_digest_holds_slots_of_20_bits),
    };

    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
