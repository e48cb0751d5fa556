/* Makers: depth in calm and in a fall, refill, inventory, loss. */
#include "crash_test.h"

#include <math.h>

#include "makers.h"

enum { MAKERS = 3, LEVELS = 8 };
#define DEPTH 30000.0
#define CALM 1e-4

static struct makers *open_makers(uint64_t seed)
{
    struct makers *makers = makers_create(&(struct makers_settings){ .makers = MAKERS, .markets = 1, .levels = LEVELS,
                                                                    .seed = seed });

    makers_set_market(makers, 0, DEPTH, 2 * DEPTH, CALM);
    for (uint32_t i = 0; i < MAKERS; i++)
        makers_hold(makers, i, 0, 0);
    return makers;
}

static void watch_calm(struct makers *makers, double price, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++)
        makers_observe(makers, 0, price * (i % 2 ? 1 + CALM : 1));
}

static double side_of(const struct makers *makers, uint32_t maker, bool buys)
{
    struct makers_level levels[LEVELS];
    double sum = 0;

    makers_ladder(makers, maker, 0, buys, levels);
    for (unsigned i = 0; i < LEVELS; i++)
        sum += levels[i].lots;
    return sum;
}

static double depth_of(const struct makers *makers)
{
    double sum = 0;

    for (uint32_t i = 0; i < MAKERS; i++)
        sum += side_of(makers, i, false) + side_of(makers, i, true);
    return sum;
}

/* The ladder is around the price, nearest first, within reach, and adds up to the depth but for what stretch leaves. */
static void test_calm_depth(void **state)
{
    struct makers *makers = open_makers(1);
    struct makers_level bids[LEVELS], asks[LEVELS];

    (void)state;
    watch_calm(makers, 1000, 60);
    assert_true(depth_of(makers) > 0.85 * DEPTH && depth_of(makers) <= DEPTH);
    makers_ladder(makers, 0, 0, true, bids);
    makers_ladder(makers, 0, 0, false, asks);
    assert_true(bids[0].price < 1000 && asks[0].price > 1000);
    assert_true(asks[0].price - bids[0].price < 1);
    for (unsigned i = 1; i < LEVELS; i++)
        assert_true(bids[i].price <= bids[i - 1].price && asks[i].price >= asks[i - 1].price);
    assert_true(bids[LEVELS - 1].price >= 949 && asks[LEVELS - 1].price <= 1051);
    makers_destroy(makers);
}

/* 2025-10-10: to a quarter. And it is back in less than two minutes of calm. */
static void test_fall_and_return(void **state)
{
    struct makers *makers = open_makers(2);
    double price = 1000;

    (void)state;
    watch_calm(makers, price, 60);
    for (unsigned i = 0; i < 30; i++)
        makers_observe(makers, 0, price *= 0.998);
    assert_true(depth_of(makers) > 0.2 * DEPTH && depth_of(makers) < 0.3 * DEPTH);
    watch_calm(makers, price, 240);
    assert_true(depth_of(makers) > 0.8 * DEPTH);
    makers_destroy(makers);
}

/* Beyond every maker's limit in ten seconds. */
static void test_withdraw(void **state)
{
    struct makers *makers = open_makers(3);
    double price = 1000;

    (void)state;
    watch_calm(makers, price, 60);
    for (unsigned i = 0; i < 12; i++)
        makers_observe(makers, 0, price *= 0.985);
    assert_true(depth_of(makers) == 0);
    watch_calm(makers, price, 12);
    assert_true(depth_of(makers) > 0);
    makers_destroy(makers);
}

/* What was sold to a maker is missing from the top of its bids, and nine tenths of it are back in 10 to 40 s. */
static void test_refill(void **state)
{
    struct makers *makers = open_makers(4);
    struct makers_level levels[LEVELS];
    double before;

    (void)state;
    watch_calm(makers, 1000, 60);
    before = side_of(makers, 0, true);
    makers_hold(makers, 0, 0, before / 2);
    assert_true(fabs(side_of(makers, 0, true) - before / 2) < 1);
    assert_true(fabs(side_of(makers, 0, false) - before) < 1);
    makers_ladder(makers, 0, 0, true, levels);
    assert_true(levels[0].lots == 0 && levels[LEVELS - 1].lots > 0);
    watch_calm(makers, 1000, 9);
    assert_true(side_of(makers, 0, true) < 0.96 * before);
    makers_destroy(makers);
    for (uint64_t seed = 0; seed < 20; seed++) {
        double whole[MAKERS];

        makers = open_makers(seed);
        watch_calm(makers, 1000, 60);
        for (uint32_t i = 0; i < MAKERS; i++) {
            whole[i] = side_of(makers, i, true);
            makers_hold(makers, i, 0, whole[i] / 2);
        }
        watch_calm(makers, 1000, 41);
        for (uint32_t i = 0; i < MAKERS; i++)
            assert_true(side_of(makers, i, true) > 0.94 * whole[i]);
        makers_destroy(makers);
    }
}

static void test_inventory(void **state)
{
    struct makers *makers = open_makers(5);
    struct makers_level levels[LEVELS];
    double flat;

    (void)state;
    watch_calm(makers, 1000, 60);
    makers_ladder(makers, 0, 0, false, levels);
    flat = levels[0].price;
    makers_hold(makers, 0, 0, DEPTH);
    makers_ladder(makers, 0, 0, false, levels);
    assert_true(levels[0].price < flat); /* half of the limit: a quarter of a per cent lower */
    assert_true(levels[0].price > 0.997 * flat);
    makers_hold(makers, 0, 0, 2 * DEPTH);
    watch_calm(makers, 1000, 300);
    assert_true(side_of(makers, 0, true) == 0);
    assert_true(side_of(makers, 0, false) > 0);
    makers_ladder(makers, 0, 0, false, levels);
    assert_true(levels[0].price > 0.9995 * flat); /* hedged elsewhere by now */
    makers_destroy(makers);
}

/* Until its pause of one to three minutes is over; then its side comes back as slowly as it refills. */
static void wait_for(struct makers *makers, uint32_t maker, double price)
{
    unsigned seconds = 0;

    while (!makers_wait(makers, maker)) {
        assert_true(makers_are_away(makers, maker));
        watch_calm(makers, price, 1);
        assert_true(side_of(makers, maker, true) == 0 && side_of(makers, maker, false) == 0);
        assert_true(++seconds < 180);
    }
    assert_true(seconds >= 59);
    assert_false(makers_are_away(makers, maker));
    assert_false(makers_wait(makers, maker)); /* once */
}

static void test_leave_and_return(void **state)
{
    struct makers *makers = open_makers(6);
    double whole;

    (void)state;
    watch_calm(makers, 1000, 60);
    assert_true(makers_pull(makers, 1, 0));
    assert_false(makers_pull(makers, 1, 0));
    makers_leave(makers, 1);
    assert_true(makers_are_away(makers, 1) && !makers_are_away(makers, 0));
    assert_true(makers_pull(makers, 1, 0)); /* once, to take its orders off */
    assert_false(makers_pull(makers, 1, 0));
    assert_true(side_of(makers, 0, true) > 0);
    wait_for(makers, 1, 1000);
    assert_true(makers_pull(makers, 1, 0));
    watch_calm(makers, 1000, 4);
    whole = side_of(makers, 0, true);
    assert_true(side_of(makers, 1, true) > 0 && side_of(makers, 1, true) < 0.75 * whole);
    watch_calm(makers, 1000, 41);
    assert_true(side_of(makers, 1, true) > 0.85 * whole);
    makers_observe(makers, 0, 995);
    assert_true(makers_pull(makers, 0, 0));
    makers_destroy(makers);
}

/* What was bought here is sold elsewhere bit by bit, and a fall wins there what it loses here on that part. */
static void test_won_elsewhere(void **state)
{
    struct makers *makers = open_makers(7);

    (void)state;
    watch_calm(makers, 1000, 61);
    makers_hold(makers, 0, 0, 100);
    assert_true(makers_won_elsewhere(makers, 0, 0) == 0);
    for (unsigned i = 0; i < 1200; i++)
        makers_observe(makers, 0, 1000);
    makers_observe(makers, 0, 900);
    assert_true(fabs(makers_won_elsewhere(makers, 0, 0) - 100 * 100) < 10);
    assert_true(makers_won_elsewhere(makers, 1, 0) == 0);
    makers_leave(makers, 0);
    wait_for(makers, 0, 900);
    assert_true(makers_won_elsewhere(makers, 0, 0) == 0); /* counted anew */
    makers_destroy(makers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calm_depth), cmocka_unit_test(test_fall_and_return), cmocka_unit_test(test_withdraw),
        cmocka_unit_test(test_refill), cmocka_unit_test(test_inventory), cmocka_unit_test(test_leave_and_return),
        cmocka_unit_test(test_won_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
