/* docs/card.md, check 2: handle. */
#include "rig.h"

static void slot_in_use_if_the_slot_of_a_new_or_place_holds_an_order(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    rig_enter(rig, 5, SIDE_SELL, 2, 10600, 1);
    EXPECT_REJECTED(rig, SLOT_IN_USE);
    rig_place(rig, 5, SIDE_SELL, 2, 10600, 1);
    EXPECT_REJECTED(rig, SLOT_IN_USE);
}

static void slots_are_shared_by_all_markets(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig_command(CARD_CODE_PLACE);

    command.market = 2;
    command.slot = 5;
    command.generation = GEN(5);
    command.order.price = 100;
    command.order.quantity = 1;
    rig_apply(rig, command);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    EXPECT_REJECTED(rig, SLOT_IN_USE);
    rig_place(rig, 5, SIDE_BUY, 1, 10400, 10);
    EXPECT_REJECTED(rig, SLOT_IN_USE);
}

static void slot_in_use_comes_before_state_and_window(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    rig->config.configure.state = CARD_STATE_CLOSED;
    rig_configure(rig);
    rig_enter(rig, 5, SIDE_BUY | POST_ONLY, 1, END, 10);
    EXPECT_REJECTED(rig, SLOT_IN_USE);
    rig_place(rig, 5, SIDE_BUY, 1, END, 10);
    EXPECT_REJECTED(rig, SLOT_IN_USE);
}

static struct card_command handle_command(uint8_t code)
{
    struct card_command command = rig_command(code);

    command.slot = 5;
    command.generation = GEN(5);
    command.order.price = 10400;
    command.order.new_price = 10400;
    command.order.quantity = code == CARD_CODE_REPLACE ? -1 : 1;
    return command;
}

static const uint8_t handle_codes[] = {CARD_CODE_CANCEL, CARD_CODE_PULL, CARD_CODE_REDUCE, CARD_CODE_REPLACE};

static void stale_order_unless_the_slot_holds_an_order(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < 4; i++) {
        rig_apply(rig, handle_command(handle_codes[i]));
        EXPECT_REJECTED(rig, STALE_ORDER);
    }
    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    rig_cancel(rig, 5, 10400);
    for (size_t i = 0; i < 4; i++) {
        rig_apply(rig, handle_command(handle_codes[i]));
        EXPECT_REJECTED(rig, STALE_ORDER);
    }
}

static void stale_order_unless_generation_market_and_price_are_the_order_s(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    for (size_t i = 0; i < 4; i++) {
        struct card_command command = handle_command(handle_codes[i]);

        command.generation++;
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, STALE_ORDER);
        command = handle_command(handle_codes[i]);
        command.market = 0;
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, STALE_ORDER);
        command = handle_command(handle_codes[i]);
        command.order.price++;
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, STALE_ORDER);
    }
    assert_int_equal(rig_open_quantity(rig, 5), 10);
}

static void with_the_whole_handle_right_the_order_is_found(void **state)
{
    static const uint64_t kinds[] = {CARD_KIND_REMOVED, CARD_KIND_REMOVED, CARD_KIND_REDUCED, CARD_KIND_REDUCED};
    struct rig *rig = *state;

    for (size_t i = 0; i < 4; i++) {
        rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
        rig_apply(rig, handle_command(handle_codes[i]));
        EXPECT_COUNT(rig, 1);
        assert_int_equal(card_event_kind(&rig->events[0]), kinds[i]);
        rig_cancel_many(rig, 1);
    }
}

static void invalid_quantity_if_a_replace_would_open_more_than_2_to_the_40_less_1(void **state)
{
    struct rig *rig = *state;
    const int64_t max = (1ll << 40) - 1;

    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    rig_replace(rig, 5, GTC, 10400, 10401, max - 9);
    EXPECT_REJECTED(rig, INVALID_QUANTITY);
    rig_replace(rig, 5, GTC, 10400, 10401, max);
    EXPECT_REJECTED(rig, INVALID_QUANTITY);
    rig_replace(rig, 5, GTC, 10400, 10401, max - 10);
    EXPECT_COUNT(rig, 2);
    assert_int_equal(rig_open_quantity(rig, 5), max);
}

static void stale_order_comes_before_the_quantity_of_a_replace_before_the_state(void **state)
{
    struct rig *rig = *state;
    struct card_command command;

    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    rig->config.configure.state = CARD_STATE_CLOSED;
    rig_configure(rig);
    command = handle_command(CARD_CODE_REPLACE);
    command.order.quantity = (1ll << 40) - 1;
    command.generation++;
    rig_apply(rig, command);
    EXPECT_REJECTED(rig, STALE_ORDER);
    command.generation--;
    rig_apply(rig, command);
    EXPECT_REJECTED(rig, INVALID_QUANTITY);
    command.order.quantity = 1;
    rig_apply(rig, command);
    EXPECT_REJECTED(rig, MARKET_STATE);
    rig_reduce(rig, 5, 10401, 1);
    EXPECT_REJECTED(rig, STALE_ORDER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(slot_in_use_if_the_slot_of_a_new_or_place_holds_an_order),
        UNIT(slots_are_shared_by_all_markets),
        UNIT(slot_in_use_comes_before_state_and_window),
        UNIT(stale_order_unless_the_slot_holds_an_order),
        UNIT(stale_order_unless_generation_market_and_price_are_the_order_s),
        UNIT(with_the_whole_handle_right_the_order_is_found),
        UNIT(invalid_quantity_if_a_replace_would_open_more_than_2_to_the_40_less_1),
        UNIT(stale_order_comes_before_the_quantity_of_a_replace_before_the_state),
    };

    return cmocka_run_group_tests_name("handle", tests, NULL, NULL);
}
