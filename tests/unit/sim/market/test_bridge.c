/* Prices between recorded ones: every bar of every tape is hit and never left. */
#include "crash_test.h"

#include <stdlib.h>

#include "bridge.h"

/* Opens, closes and both extremes are there, and nothing beyond. */
static void check_bar(const struct tape_row *bar, const uint64_t *prices, uint32_t count)
{
    uint64_t low = UINT64_MAX, high = 0;

    for (uint32_t i = 0; i < count; i++) {
        low = prices[i] < low ? prices[i] : low;
        high = prices[i] > high ? prices[i] : high;
    }
    if (prices[0] != bar->open || prices[count - 1] != bar->close || low != bar->low || high != bar->high)
        fail_msg("bar at %llu: open %llu, high %llu, low %llu, close %llu became %llu, %llu, %llu, %llu",
                 (unsigned long long)bar->time_us, (unsigned long long)bar->open, (unsigned long long)bar->high,
                 (unsigned long long)bar->low, (unsigned long long)bar->close, (unsigned long long)prices[0],
                 (unsigned long long)high, (unsigned long long)low, (unsigned long long)prices[count - 1]);
}

static void check_series(const struct tape_series *series, uint64_t step_us)
{
    const uint32_t length = (uint32_t)(series->bar_us / step_us);
    uint64_t *prices = calloc(length, sizeof *prices);

    assert_non_null(prices);
    for (size_t row = 0; row < series->count; row++) {
        bridge_series(series, 7, series->rows[row].time_us, step_us, length, prices);
        check_bar(&series->rows[row], prices, length);
    }
    free(prices);
}

static void test_all_tapes(void **state)
{
    (void)state;
    for (const struct recorded *file = recorded; file->name; file++) {
        struct tape tape;

        if (!read_recorded(&tape, file->name))
            continue;
        for (uint32_t i = 0; i < tape.count; i++)
            if (tape.series[i].bars)
                check_series(&tape.series[i], 1000000);
        tape_free(&tape);
    }
}

static void test_synthetic(void **state)
{
    struct tape tape = { .count = 0 };

    (void)state;
    tape_make_synthetic(&tape);
    assert_int_equal(tape.count, 4);
    for (uint32_t i = 0; i < tape.count; i++) {
        double low = 1e30;

        check_series(&tape.series[i], 1000000);
        check_series(&tape.series[i], 250000);
        check_series(&tape.series[i], 5000000); /* four of them: no room but for the extremes */
        for (size_t row = 0; row < tape.series[i].count; row++)
            low = (double)tape.series[i].rows[row].low < low ? (double)tape.series[i].rows[row].low : low;
        assert_true(low < 0.8 * (double)tape.series[i].rows[0].open);
    }
    tape_free(&tape);
}

#define ODD ((UINT64_C(1) << 60) + 1) /* no double is that */

/* Flat and extreme bars. */
static void test_odd_bars(void **state)
{
    static const struct tape_row bars[] = {
        { 0, 5, 5, 5, 5, 0 }, { 0, 1, INT64_MAX, 1, INT64_MAX, 0 },
        { 0, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 0 },
        { 0, INT64_MAX - 1, INT64_MAX - 1, INT64_MAX - 3, INT64_MAX - 3, 0 }, { 0, 7, 9, 7, 7, 0 },
        { 0, ODD, ODD, ODD, ODD, 0 },
    };
    uint64_t prices[60];

    (void)state;
    for (size_t i = 0; i < sizeof bars / sizeof *bars; i++)
        for (uint64_t seed = 0; seed < 1000; seed++) {
            uint64_t dice = seed;
            const uint32_t count = 4 + (uint32_t)(seed % 57);

            bridge_bar(&bars[i], count, &dice, prices);
            check_bar(&bars[i], prices, count);
        }
}

/* Parts are cut out of the same whole, and other seeds give other ways. */
static void test_parts_agree(void **state)
{
    struct tape tape = { .count = 0 };
    uint64_t whole[300], part[100], other[300];
    uint64_t begin;

    (void)state;
    tape_make_synthetic(&tape);
    begin = tape_begin_us(&tape.series[0]);
    bridge_series(&tape.series[0], 3, begin, 1000000, 300, whole);
    bridge_series(&tape.series[0], 3, begin + 77000000, 1000000, 100, part);
    bridge_series(&tape.series[0], 4, begin, 1000000, 300, other);
    assert_memory_equal(whole + 77, part, sizeof part);
    assert_memory_not_equal(whole, other, sizeof whole);
    bridge_series(&tape.series[0], 3, begin - 10000000, 1000000, 20, other);
    assert_int_equal(other[9], 0);
    assert_int_equal(other[10], whole[0]);
    bridge_series(&tape.series[0], 3, begin + UINT64_C(2000) * 1000000, 1000000, 1, other);
    assert_int_equal(other[0], tape.series[0].rows[tape.series[0].count - 1].close);
    tape_free(&tape);
}

static void test_trades_are_resampled(void **state)
{
    struct tape_row rows[] = { { 1500000, 10, 10, 10, 10, 1 }, { 2000000, 11, 11, 11, 11, 1 },
                               { 2000000, 12, 12, 12, 12, 1 }, { 4100000, 13, 13, 13, 13, 1 } };
    const struct tape_series series = { .rows = rows, .count = 4 };
    const uint64_t expected[] = { 0, 0, 12, 12, 12, 13 };
    uint64_t prices[6];

    (void)state;
    bridge_series(&series, 1, 0, 1000000, 6, prices);
    assert_memory_equal(prices, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_tapes), cmocka_unit_test(test_synthetic), cmocka_unit_test(test_odd_bars),
        cmocka_unit_test(test_parts_agree), cmocka_unit_test(test_trades_are_resampled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
