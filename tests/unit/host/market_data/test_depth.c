/* The depth mirror: levels come, change and go by events alone, and contradictions are noticed. */
#include "unit.h"

#include "depth.h"

static struct card_event level(enum card_side side, uint32_t price, uint64_t aggregate, uint32_t best)
{
    struct card_event event = { { 0 } };

    card_event_set_kind(&event, CARD_KIND_RESTED);
    card_event_set_level_valid(&event, 1);
    card_event_set_side(&event, side);
    card_event_set_price(&event, price);
    card_event_set_aggregate(&event, aggregate);
    card_event_set_best_valid(&event, best != 0);
    card_event_set_best_price(&event, best);
    return event;
}

static bool apply(struct depth *depth, struct card_event event)
{
    return depth_apply(depth, &event);
}

static void test_levels(void **state)
{
    struct depth *depth = depth_create(1024, 10);
    struct depth_level levels[4];
    struct card_event other = { { 0 } };

    (void)state;
    assert_int_equal(depth_top(depth, CARD_SIDE_BUY, levels, 4), 0);
    assert_true(apply(depth, level(CARD_SIDE_BUY, 1100, 5, 1100)));
    assert_true(apply(depth, level(CARD_SIDE_BUY, 1024, 7, 1100)));
    assert_true(apply(depth, level(CARD_SIDE_SELL, 2047, 9, 2047)));
    assert_true(apply(depth, level(CARD_SIDE_SELL, 1200, 3, 1200)));
    assert_int_equal(depth_top(depth, CARD_SIDE_BUY, levels, 4), 2);
    assert_int_equal(levels[0].price, 1100);
    assert_int_equal(levels[1].price, 1024);
    assert_int_equal(levels[1].aggregate, 7);
    assert_int_equal(depth_top(depth, CARD_SIDE_SELL, levels, 1), 1);
    assert_int_equal(levels[0].price, 1200);
    assert_true(apply(depth, level(CARD_SIDE_BUY, 1100, 0, 1024)));
    assert_true(apply(depth, level(CARD_SIDE_BUY, 1024, 0, 0)));
    assert_int_equal(depth_top(depth, CARD_SIDE_BUY, levels, 4), 0);
    assert_int_equal(depth_at(depth, CARD_SIDE_SELL, 2047), 9);
    assert_int_equal(depth_at(depth, CARD_SIDE_SELL, 5000), 0);
    assert_true(apply(depth, other));
    depth_destroy(depth);
}

static void test_contradictions(void **state)
{
    struct depth *depth = depth_create(1024, 10);
    struct card_event data;

    (void)state;
    assert_false(apply(depth, level(CARD_SIDE_BUY, 1023, 1, 1023)));
    assert_false(apply(depth, level(CARD_SIDE_BUY, 2048, 1, 2048)));
    assert_false(apply(depth, level(CARD_SIDE_BUY, 1100, 1, 1101)));
    assert_false(apply(depth, level(CARD_SIDE_BUY, 1100, 1, 0)));
    assert_false(apply(depth, level(CARD_SIDE_BUY, 1100, 0, 1100)));
    assert_true(apply(depth, level(CARD_SIDE_BUY, 1100, 4, 1100)));
    data = level(CARD_SIDE_BUY, 1100, 4, 1100);
    card_event_set_kind(&data, CARD_KIND_DATA);
    assert_true(apply(depth, data));
    card_event_set_aggregate(&data, 5);
    assert_false(apply(depth, data));
    assert_int_equal(depth_at(depth, CARD_SIDE_BUY, 1100), 4);
    depth_destroy(depth);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_levels), cmocka_unit_test(test_contradictions) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
