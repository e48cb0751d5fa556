/* The rings of samples against means worked out anew from everything that was ever added. */
#include "unit.h"

#include "mark.h"
#include "mix.h"

enum { ADDED = 2000 };

static uint64_t draw_state;

static uint64_t draw(uint64_t below)
{
    draw_state += MIX_STEP;
    return mix_bits(draw_state) % below;
}

static wide sum_of(const int64_t *values, unsigned count, unsigned last)
{
    wide sum = 0;

    for (unsigned i = count > last ? count - last : 0; i < count; i++)
        sum += values[i];
    return sum;
}

static int64_t mean_of(const int64_t *values, unsigned count, unsigned last)
{
    return (int64_t)wide_divide_down(sum_of(values, count, last), count < last ? count : last);
}

static void test_random_series(void **state)
{
    static int64_t marks[ADDED], premiums[ADDED];

    (void)state;
    for (unsigned seed = 0; seed < 8; seed++) {
        struct samples samples = { .ewma = 0 };
        const uint64_t scale = seed % 2 ? CARD_FIXED_MAX : 1000;

        draw_state = seed;
        assert_int_equal(mark_mean(&samples), 0);
        assert_int_equal(mark_fast_mean(&samples), 0);
        assert_int_equal(mark_mean_premium(&samples), 0);
        for (unsigned i = 0; i < ADDED; i++) {
            marks[i] = (int64_t)(1 + draw(scale));
            premiums[i] = (int64_t)draw(2 * CARD_PREMIUM_MAX + 1) - CARD_PREMIUM_MAX;
            mark_add_mark(&samples, (uint64_t)marks[i]);
            mark_add_premium(&samples, (int32_t)premiums[i]);
            assert_int_equal(mark_mean(&samples), mean_of(marks, i + 1, 300));
            assert_int_equal(mark_fast_mean(&samples), mean_of(marks, i + 1, 10));
            assert_int_equal(mark_mean_premium(&samples), mean_of(premiums, i + 1, 300));
        }
    }
}

/* Of the minute under way and the 59 before it, whatever seconds are missing. */
static void test_hour(void **state)
{
    static uint64_t times[ADDED * 4];
    static int64_t indices[ADDED * 4];
    struct samples samples = { .ewma = 0 };
    uint64_t time_ns = UINT64_C(1760133600) * 1000000000;

    (void)state;
    draw_state = 99;
    assert_int_equal(mark_hour_mean(&samples, time_ns), 0);
    for (unsigned i = 0; i < ADDED * 4; i++) {
        wide sum = 0;
        unsigned count = 0;

        time_ns += UINT64_C(1000000000) * (draw(500) ? 1 : 1 + draw(5000));
        times[i] = time_ns;
        indices[i] = (int64_t)(1 + draw(CARD_FIXED_MAX));
        mark_add_hour(&samples, time_ns, (uint64_t)indices[i]);
        for (unsigned k = i + 1; k-- > 0 && times[k] / 60000000000 + 60 > time_ns / 60000000000;) {
            sum += indices[k];
            count++;
        }
        assert_int_equal(mark_hour_mean(&samples, time_ns), (uint64_t)(sum / count));
    }
    assert_int_equal(mark_hour_mean(&samples, time_ns + UINT64_C(3600) * 1000000000), 0);
}

/* An EWMA of weight 1/60 reaches what it averages, from both sides, and never passes it. */
static void test_ewma(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        const int64_t sample = sign * 10000;
        int64_t ewma = 0;

        for (unsigned second = 1; second <= 2000; second++) {
            ewma = mark_ewma(ewma, sample);
            assert_true(sign * ewma <= sign * sample * 65536);
            if (second == 60) /* 1 - (59/60)^60 = 63.5 % */
                assert_in_range(sign * ewma / 65536, 6340, 6360);
        }
        assert_true(sign * (sample * 65536 - ewma) < 60);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_series), cmocka_unit_test(test_hour),
                                        cmocka_unit_test(test_ewma) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
