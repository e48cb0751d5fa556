/* docs/card.md, check 1: format. */
#include "rig.h"

#define QUANTITY_MAX ((1ll << 40) - 1)

/* A command of each code that passes check 1, with the order in slot 5 at 10400. */
static struct card_command format_valid(uint8_t code)
{
    struct card_command command = rig_command(code);

    command.slot = code == CARD_CODE_NEW || code == CARD_CODE_PLACE ? 6 : 5;
    command.generation = GEN(5);
    switch (code) {
    case CARD_CODE_CONFIGURE:
        command.configure.base = BASE;
        break;
    case CARD_CODE_SET_MARK:
        command.mark.present = HAS_MARK;
        command.mark.mark = 1;
        break;
    case CARD_CODE_SHIFT:
        command.configure.base = BASE;
        break;
    case CARD_CODE_RESET:
        command.reset.next_session = 4711;
        break;
    default:
        command.order.price = command.order.new_price = 10400;
        command.order.quantity = 1;
        command.order.count = code == CARD_CODE_CANCEL_MANY;
        break;
    }
    return command;
}

static void format_rest(struct rig *rig)
{
    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    EXPECT_ONE(rig, RESTED, NONE);
}

/* 1 if the latest command was rejected for its format. */
static int format_is_bad(const struct rig *rig)
{
    return card_event_kind(&rig->events[0]) == CARD_KIND_REJECTED &&
           card_event_reason(&rig->events[0]) == CARD_REASON_BAD_COMMAND;
}

static void every_valid_command_passes(void **state)
{
    for (uint8_t code = 1; code <= 14; code++) {
        void *fresh;

        rig_setup(&fresh);
        format_rest(fresh);
        rig_apply(fresh, format_valid(code));
        assert_int_not_equal(card_event_kind(&((struct rig *)fresh)->events[0]), CARD_KIND_REJECTED);
        rig_teardown(&fresh);
    }
    (void)state;
}

static void another_session_is_a_bad_command_for_every_code(void **state)
{
    struct rig *rig = *state;

    format_rest(rig);
    for (uint8_t code = 1; code <= 14; code++) {
        rig_apply_session(rig, format_valid(code), SESSION + 1);
        EXPECT_REJECTED(rig, BAD_COMMAND);
    }
}

static void an_unknown_code_is_a_bad_command(void **state)
{
    struct rig *rig = *state;

    for (unsigned code = 0; code <= 255; code++) {
        if (code >= 1 && code <= 14)
            continue;
        rig_apply(rig, format_valid((uint8_t)code));
        EXPECT_REJECTED(rig, BAD_COMMAND);
    }
}

static void a_market_beyond_the_capability_is_a_bad_command_for_every_code(void **state)
{
    struct rig *rig = *state;

    format_rest(rig);
    for (uint8_t code = 1; code <= 14; code++) {
        struct card_command command = format_valid(code);

        command.market = MARKETS;
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, BAD_COMMAND);
        assert_int_equal(card_event_market(&rig->events[0]), MARKETS);
        command.market = 255;
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, BAD_COMMAND);
    }
}

static void a_slot_beyond_the_capability_is_a_bad_command_where_the_code_uses_it(void **state)
{
    static const uint8_t codes[] = {CARD_CODE_NEW,   CARD_CODE_CANCEL, CARD_CODE_REDUCE, CARD_CODE_REPLACE,
                                    CARD_CODE_PLACE, CARD_CODE_PULL,   CARD_CODE_READ};
    struct rig *rig = *state;

    format_rest(rig);
    for (size_t i = 0; i < sizeof codes; i++) {
        struct card_command command = format_valid(codes[i]);

        command.slot = ORDERS;
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, BAD_COMMAND);
        command.slot = (1u << 20) + 5; /* its low 20 bits are a good slot */
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, BAD_COMMAND);
        assert_int_equal(card_event_taker_slot(&rig->events[0]), 5);
    }
    rig_enter(rig, ORDERS - 1, SIDE_BUY, 1, 10400, 10);
    EXPECT_ONE(rig, RESTED, NONE);
}

static void codes_without_an_order_do_not_look_at_slot_and_generation(void **state)
{
    static const uint8_t codes[] = {CARD_CODE_CANCEL_MANY, CARD_CODE_CONFIGURE, CARD_CODE_SET_MARK, CARD_CODE_FENCE,
                                    CARD_CODE_SET_LAST,    CARD_CODE_SHIFT,     CARD_CODE_RESET};
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof codes; i++) {
        struct card_command command = format_valid(codes[i]);

        command.slot = UINT32_MAX;
        command.generation = 255;
        rig_apply(rig, command);
        EXPECT_ONE(rig, DONE, NONE);
    }
    rig_configure(rig);
    for (uint32_t what = CARD_READ_LEVEL; what <= CARD_READ_DIGEST; what++) {
        struct card_command command = format_valid(CARD_CODE_READ);

        command.market = 0;
        command.order.count = what;
        command.order.price = 0;
        command.slot = ORDERS;
        rig_apply(rig, command);
        EXPECT_ONE(rig, DATA, NONE);
    }
}

static void rejections_of_any_code_name_slot_and_generation_of_the_command(void **state)
{
    struct rig *rig = *state;
    struct card_command command = format_valid(CARD_CODE_CANCEL_MANY);

    command.order.count = 0;
    command.slot = 0xABC12345;
    command.generation = 0xEE;
    rig_apply(rig, command);
    EXPECT(rig, 0, .kind = CARD_KIND_REJECTED, .reason = CARD_REASON_INVALID_QUANTITY, .taker_slot = 0x12345,
           .taker_generation = 0xEE);
}

/* The flags that the page does not forbid, written as a list of what is allowed. */
static int format_flags_allowed(unsigned flags, int replace)
{
    unsigned kind = flags & (IOC | FOK | POST_ONLY | MARKET_ORDER);
    unsigned stp = flags & 96;

    if (stp != STP_TAKER && stp != STP_MAKER && stp != STP_BOTH)
        return 0;
    if (kind == GTC || kind == IOC || kind == FOK || kind == POST_ONLY)
        return 1;
    return !replace && (kind == (MARKET_ORDER | IOC) || kind == (MARKET_ORDER | FOK));
}

static void flags_of_new_and_replace_that_contradict_each_other_are_a_bad_command(void **state)
{
    struct rig *rig = *state;

    for (unsigned flags = 0; flags <= 255; flags++) {
        struct card_command command = format_valid(CARD_CODE_NEW);

        command.flags = (uint16_t)flags;
        rig_apply(rig, command);
        assert_int_equal(!format_is_bad(rig), format_flags_allowed(flags, 0));
        rig_cancel_many(rig, 100);

        format_rest(rig);
        command = format_valid(CARD_CODE_REPLACE);
        command.flags = (uint16_t)flags;
        rig_apply(rig, command);
        assert_int_equal(!format_is_bad(rig), format_flags_allowed(flags, 1));
        rig_cancel_many(rig, 100);
    }
}

static void bits_8_to_15_of_the_flags_of_new_and_replace_are_a_bad_command(void **state)
{
    struct rig *rig = *state;

    format_rest(rig);
    for (int bit = 8; bit < 16; bit++) {
        struct card_command command = format_valid(CARD_CODE_NEW);

        command.flags = (uint16_t)(1u << bit);
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, BAD_COMMAND);
        command = format_valid(CARD_CODE_REPLACE);
        command.flags = (uint16_t)(1u << bit);
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, BAD_COMMAND);
    }
}

static void flags_are_checked_even_for_a_replace_in_place(void **state)
{
    struct rig *rig = *state;

    format_rest(rig);
    rig_replace(rig, 5, 6 /* tif 3 */, 10400, 10400, -1);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    rig_replace(rig, 5, POST_ONLY | IOC, 10400, 10400, -100);
    EXPECT_REJECTED(rig, BAD_COMMAND);
}

static void any_flag_of_place_but_side_is_a_bad_command(void **state)
{
    struct rig *rig = *state;

    for (int bit = 0; bit < 16; bit++) {
        struct card_command command = format_valid(CARD_CODE_PLACE);

        command.flags = (uint16_t)(1u << bit);
        rig_apply(rig, command);
        assert_int_equal(format_is_bad(rig), bit != 0);
    }
}

static void other_codes_ignore_flags(void **state)
{
    static const uint8_t codes[] = {CARD_CODE_REDUCE,   CARD_CODE_CANCEL_MANY, CARD_CODE_CONFIGURE, CARD_CODE_SET_MARK,
                                    CARD_CODE_FENCE,    CARD_CODE_SET_LAST,    CARD_CODE_SHIFT,     CARD_CODE_READ,
                                    CARD_CODE_CANCEL,   CARD_CODE_PULL,        CARD_CODE_RESET};
    for (size_t i = 0; i < sizeof codes; i++) {
        void *fresh;
        struct card_command command = format_valid(codes[i]);

        rig_setup(&fresh);
        format_rest(fresh);
        command.flags = 0xFFFF;
        rig_apply(fresh, command);
        assert_int_not_equal(card_event_kind(&((struct rig *)fresh)->events[0]), CARD_KIND_REJECTED);
        rig_teardown(&fresh);
    }
    (void)state;
}

static void an_owner_of_25_bits_is_a_bad_command_for_new_and_place(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY, 1u << 24, 10400, 1);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    rig_place(rig, 1, SIDE_BUY, 1u << 24, 10400, 1);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    rig_enter(rig, 1, SIDE_BUY, (1u << 24) - 1, 10400, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 2, SIDE_BUY, (1u << 24) - 1, 10400, 1);
    EXPECT_ONE(rig, RESTED, NONE);
}

static void other_codes_ignore_owner(void **state)
{
    static const uint8_t codes[] = {CARD_CODE_REDUCE, CARD_CODE_REPLACE, CARD_CODE_CANCEL, CARD_CODE_PULL};
    for (size_t i = 0; i < sizeof codes; i++) {
        void *fresh;
        struct card_command command = format_valid(codes[i]);

        rig_setup(&fresh);
        format_rest(fresh);
        command.order.owner = UINT32_MAX;
        rig_apply(fresh, command);
        assert_int_not_equal(card_event_kind(&((struct rig *)fresh)->events[0]), CARD_KIND_REJECTED);
        rig_teardown(&fresh);
    }
    (void)state;
}

static void configure_with_an_unknown_state_or_undefined_bands_is_a_bad_command(void **state)
{
    struct rig *rig = *state;

    for (unsigned value = 0; value <= 255; value++) {
        struct card_command command = rig->config;

        command.configure.state = (uint8_t)value;
        rig_apply(rig, command);
        assert_int_equal(format_is_bad(rig), value > 4);
        command = rig->config;
        command.configure.bands = (uint8_t)value;
        rig_apply(rig, command);
        assert_int_equal(format_is_bad(rig), value > 7);
    }
}

static uint32_t *format_multiplier(struct card_command *command, size_t which)
{
    uint32_t *const multipliers[6] = {
        &command->configure.limit_min,  &command->configure.limit_max, &command->configure.impact_min,
        &command->configure.impact_max, &command->configure.mean_min,  &command->configure.mean_max,
    };

    return multipliers[which];
}

static void configure_looks_at_every_multiplier_whether_its_band_is_on_or_not(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < 6; i++)
        for (uint8_t bands = 0; bands <= 7; bands += 7) {
            struct card_command command = rig->config;

            command.configure.bands = bands;
            *format_multiplier(&command, i) = 1u << 24;
            rig_apply(rig, command);
            EXPECT_REJECTED(rig, BAD_COMMAND);
        }
}

static void configure_takes_multipliers_of_24_and_a_tolerance_of_23_bits(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < 6; i++)
        *format_multiplier(&rig->config, i) = (1u << 24) - 1;
    rig->config.configure.tolerance = (1u << 23) - 1;
    rig_configure(rig);
    EXPECT_DONE(rig);
    rig->config.configure.tolerance = 1u << 23;
    rig_configure(rig);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    rig->config.configure.bands = BAND_PREMIUM;
    rig_configure(rig);
    EXPECT_REJECTED(rig, BAD_COMMAND);
}

static void set_mark_with_nothing_or_something_undefined_present_is_a_bad_command(void **state)
{
    struct rig *rig = *state;

    rig_mark(rig, 0, 1, 1, 1, 1, 0);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    for (int bit = 5; bit < 32; bit++) {
        rig_mark(rig, 1u << bit | HAS_MARK, 1, 1, 1, 1, 0);
        EXPECT_REJECTED(rig, BAD_COMMAND);
    }
}

static void read_of_something_unknown_is_a_bad_command(void **state)
{
    static const uint32_t unknown[] = {3, 256, UINT32_MAX};
    struct rig *rig = *state;

    for (size_t i = 0; i < 3; i++) {
        struct card_command command = rig_command(CARD_CODE_READ);

        command.order.count = unknown[i];
        rig_apply(rig, command);
        EXPECT_REJECTED(rig, BAD_COMMAND);
    }
}

static void quantity_of_new_and_place_is_1_to_2_to_the_40_less_1(void **state)
{
    static const int64_t bad[] = {0, -1, QUANTITY_MAX + 1, INT64_MIN, INT64_MAX};
    struct rig *rig = *state;

    for (size_t i = 0; i < 5; i++) {
        rig_enter(rig, 1, SIDE_BUY, 1, 10400, bad[i]);
        EXPECT_REJECTED(rig, INVALID_QUANTITY);
        rig_place(rig, 1, SIDE_BUY, 1, 10400, bad[i]);
        EXPECT_REJECTED(rig, INVALID_QUANTITY);
    }
    rig_enter(rig, 1, SIDE_BUY, 1, 10400, QUANTITY_MAX);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 2, SIDE_BUY, 1, 10400, QUANTITY_MAX);
    EXPECT_ONE(rig, RESTED, NONE);
    assert_int_equal(rig_aggregate(rig, 10400), 2 * QUANTITY_MAX);
    rig_enter(rig, 3, SIDE_BUY, 1, 10400, 1);
    EXPECT_ONE(rig, RESTED, NONE);
    rig_place(rig, 4, SIDE_BUY, 1, 10400, 1);
    EXPECT_ONE(rig, RESTED, NONE);
}

static void amount_of_reduce_is_1_to_2_to_the_40_less_1(void **state)
{
    static const int64_t bad[] = {0, -1, QUANTITY_MAX + 1, INT64_MIN, INT64_MAX};
    struct rig *rig = *state;

    format_rest(rig);
    for (size_t i = 0; i < 5; i++) {
        rig_reduce(rig, 5, 10400, bad[i]);
        EXPECT_REJECTED(rig, INVALID_QUANTITY);
    }
    rig_reduce(rig, 5, 10400, 1);
    EXPECT_ONE(rig, REDUCED, NONE);
    rig_reduce(rig, 5, 10400, QUANTITY_MAX);
    EXPECT_ONE(rig, REMOVED, NONE);
}

static void change_of_replace_is_less_than_2_to_the_40_either_way(void **state)
{
    static const int64_t bad[] = {QUANTITY_MAX + 1, -QUANTITY_MAX - 1, INT64_MIN, INT64_MAX};
    struct rig *rig = *state;

    format_rest(rig);
    for (size_t i = 0; i < 4; i++) {
        rig_replace(rig, 5, GTC, 10400, 10400, bad[i]);
        EXPECT_REJECTED(rig, INVALID_QUANTITY);
    }
    rig_replace(rig, 5, GTC, 10400, 10400, -QUANTITY_MAX);
    EXPECT_ONE(rig, REMOVED, NONE);
}

static void cancel_many_of_none_is_an_invalid_quantity(void **state)
{
    struct rig *rig = *state;

    rig_cancel_many(rig, 0);
    EXPECT_REJECTED(rig, INVALID_QUANTITY);
    rig_cancel_many(rig, UINT32_MAX);
    EXPECT_DONE(rig);
}

static void price_0_is_invalid_for_new_place_and_replace(void **state)
{
    struct rig *rig = *state;

    format_rest(rig);
    rig_enter(rig, 1, SIDE_BUY, 1, 0, 1);
    EXPECT_REJECTED(rig, INVALID_PRICE);
    rig_place(rig, 1, SIDE_BUY, 1, 0, 1);
    EXPECT_REJECTED(rig, INVALID_PRICE);
    rig_replace(rig, 5, GTC, 10400, 0, 1);
    EXPECT_REJECTED(rig, INVALID_PRICE);
    rig_replace(rig, 5, GTC, 10400, 0, -10); /* although it would only remove the order */
    EXPECT_REJECTED(rig, INVALID_PRICE);
}

static void the_price_of_a_market_order_is_not_looked_at(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 1, SIDE_BUY | IOC | MARKET_ORDER, 1, 0, 1);
    EXPECT_ONE(rig, EXPIRED, INSUFFICIENT_LIQUIDITY);
    rig_place(rig, 2, SIDE_SELL, 2, 10500, 1);
    rig_enter(rig, 1, SIDE_BUY | IOC | MARKET_ORDER, 1, 10499, 1);
    EXPECT_ONE(rig, FILL, NONE);
}

static void a_present_mark_index_or_mean_is_1_to_2_to_the_40_less_1(void **state)
{
    struct rig *rig = *state;

    for (unsigned which = 0; which < 4; which++)
        for (int absent = 0; absent <= 1; absent++) {
            static const uint64_t values[] = {0, 1ull << 40, UINT64_MAX, 1, (1ull << 40) - 1};

            for (size_t i = 0; i < 5; i++) {
                uint64_t v[4] = {9, 9, 9, 9};
                uint32_t present = absent ? 31u & ~(1u << which) : 31u;

                v[which] = values[i];
                rig_mark(rig, present, v[0], v[1], v[2], v[3], 0);
                if (i < 3 && !absent)
                    EXPECT_REJECTED(rig, INVALID_PRICE);
                else
                    EXPECT_DONE(rig);
            }
        }
}

static void a_present_mean_premium_is_within_2_to_the_21_less_1(void **state)
{
    static const int32_t bad[] = {1 << 21, -(1 << 21), INT32_MIN, INT32_MAX};
    struct rig *rig = *state;

    for (size_t i = 0; i < 4; i++) {
        rig_mark(rig, HAS_PREMIUM, 0, 0, 0, 0, bad[i]);
        EXPECT_REJECTED(rig, INVALID_PRICE);
        rig_mark(rig, HAS_MARK, 5, 0, 0, 0, bad[i]);
        EXPECT_DONE(rig);
    }
    rig_mark(rig, HAS_PREMIUM, 0, 0, 0, 0, (1 << 21) - 1);
    EXPECT_DONE(rig);
    rig_mark(rig, HAS_PREMIUM, 0, 0, 0, 0, -(1 << 21) + 1);
    EXPECT_DONE(rig);
}

static void a_rejected_set_mark_sets_none_of_its_values(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.bands = BAND_LIMIT;
    rig->config.configure.limit_min = rig->config.configure.limit_max = ONE;
    rig_configure(rig);
    rig_mark(rig, HAS_MARK | HAS_INDEX, 10300 * 256, 0, 0, 0, 0);
    EXPECT_REJECTED(rig, INVALID_PRICE);
    assert_true(rig_limit_band_admits(rig, MIDDLE));
    assert_false(rig_limit_band_admits(rig, 10300));
}

static void bad_command_comes_before_invalid_quantity_before_invalid_price_before_the_handle(void **state)
{
    struct rig *rig = *state;

    format_rest(rig);
    rig_enter(rig, 5, SIDE_BUY | 96, 1, 0, 0);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    rig_enter(rig, 5, SIDE_BUY, 1, 0, 0);
    EXPECT_REJECTED(rig, INVALID_QUANTITY);
    rig_enter(rig, 5, SIDE_BUY, 1, 0, 1);
    EXPECT_REJECTED(rig, INVALID_PRICE);
    rig_enter(rig, 5, SIDE_BUY, 1, 1, 1);
    EXPECT_REJECTED(rig, SLOT_IN_USE);

    rig_place(rig, 5, 2, 1, 0, 0);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    rig_place(rig, 5, SIDE_BUY, 1, 0, 0);
    EXPECT_REJECTED(rig, INVALID_QUANTITY);
    rig_place(rig, 5, SIDE_BUY, 1, 0, 1);
    EXPECT_REJECTED(rig, INVALID_PRICE);
    rig_place(rig, 5, SIDE_BUY, 1, 1, 1);
    EXPECT_REJECTED(rig, SLOT_IN_USE);

    rig_replace(rig, 6, 96, 10400, 0, 1ll << 40);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    rig_replace(rig, 6, GTC, 10400, 0, 1ll << 40);
    EXPECT_REJECTED(rig, INVALID_QUANTITY);
    rig_replace(rig, 6, GTC, 10400, 0, 1);
    EXPECT_REJECTED(rig, INVALID_PRICE);
    rig_replace(rig, 6, GTC, 10400, 1, 1);
    EXPECT_REJECTED(rig, STALE_ORDER);

    rig_reduce(rig, ORDERS, 10400, 0);
    EXPECT_REJECTED(rig, BAD_COMMAND);
    rig_reduce(rig, 6, 10400, 0);
    EXPECT_REJECTED(rig, INVALID_QUANTITY);
    rig_reduce(rig, 6, 10400, 1);
    EXPECT_REJECTED(rig, STALE_ORDER);
}

static void format_comes_before_the_configuration_s_own_checks(void **state)
{
    struct rig *rig = *state;
    struct card_command command = rig->config;

    command.configure.base = 1;
    command.configure.state = 5;
    rig_apply(rig, command);
    EXPECT_REJECTED(rig, BAD_COMMAND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(every_valid_command_passes),
        UNIT(another_session_is_a_bad_command_for_every_code),
        UNIT(an_unknown_code_is_a_bad_command),
        UNIT(a_market_beyond_the_capability_is_a_bad_command_for_every_code),
        UNIT(a_slot_beyond_the_capability_is_a_bad_command_where_the_code_uses_it),
        UNIT(codes_without_an_order_do_not_look_at_slot_and_generation),
        UNIT(rejections_of_any_code_name_slot_and_generation_of_the_command),
        UNIT(flags_of_new_and_replace_that_contradict_each_other_are_a_bad_command),
        UNIT(bits_8_to_15_of_the_flags_of_new_and_replace_are_a_bad_command),
        UNIT(flags_are_checked_even_for_a_replace_in_place),
        UNIT(any_flag_of_place_but_side_is_a_bad_command),
        UNIT(other_codes_ignore_flags),
        UNIT(an_owner_of_25_bits_is_a_bad_command_for_new_and_place),
        UNIT(other_codes_ignore_owner),
        UNIT(configure_with_an_unknown_state_or_undefined_bands_is_a_bad_command),
        UNIT(configure_looks_at_every_multiplier_whether_its_band_is_on_or_not),
        UNIT(configure_takes_multipliers_of_24_and_a_tolerance_of_23_bits),
        UNIT(set_mark_with_nothing_or_something_undefined_present_is_a_bad_command),
        UNIT(read_of_something_unknown_is_a_bad_command),
        UNIT(quantity_of_new_and_place_is_1_to_2_to_the_40_less_1),
        UNIT(amount_of_reduce_is_1_to_2_to_the_40_less_1),
        UNIT(change_of_replace_is_less_than_2_to_the_40_either_way),
        UNIT(cancel_many_of_none_is_an_invalid_quantity),
        UNIT(price_0_is_invalid_for_new_place_and_replace),
        UNIT(the_price_of_a_market_order_is_not_looked_at),
        UNIT(a_present_mark_index_or_mean_is_1_to_2_to_the_40_less_1),
        UNIT(a_present_mean_premium_is_within_2_to_the_21_less_1),
        UNIT(a_rejected_set_mark_sets_none_of_its_values),
        UNIT(bad_command_comes_before_invalid_quantity_before_invalid_price_before_the_handle),
        UNIT(format_comes_before_the_configuration_s_own_checks),
    };

    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
