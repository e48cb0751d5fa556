/* Decimals, distributions, tick sets, the id map, and what the event hash leaves out. */
#include "unit.h"

#include "decimal.h"
#include "distribution.h"
#include "event_hash.h"
#include "id_map.h"
#include "tick_set.h"

static bool whole(const char *text, uint64_t *value)
{
    return decimal_parse_whole(text, strlen(text), value);
}

static bool decimal(const char *text, uint64_t *value)
{
    return decimal_parse(text, strlen(text), value);
}

static void test_whole(void **state)
{
    static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "1.0", "1e3", "0x1", "18446744073709551616" };
    uint64_t value;
    int64_t number;

    (void)state;
    assert_true(whole("18446744073709551615", &value) && value == UINT64_MAX);
    assert_true(whole("007", &value) && value == 7);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(whole(bad[i], &value));
    assert_true(decimal_parse_signed("-9223372036854775807", 20, &number) && number == -INT64_MAX);
    assert_false(decimal_parse_signed("-", 1, &number));
    assert_false(decimal_parse_signed("--1", 3, &number));
    assert_false(decimal_parse_signed("9223372036854775808", 19, &number));
}

static void test_decimal(void **state)
{
    static const char *const bad[] = { "", ".", "1.", "1.2.3", "1,2", "-1", "1e2", "0.0000000001", "18446744074" };
    uint64_t value;
    char text[32];

    (void)state;
    assert_true(decimal("61800.3", &value) && value == 61800300000000u);
    assert_true(decimal(".5", &value) && value == 500000000);
    assert_true(decimal("0.000000001", &value) && value == 1);
    assert_true(decimal("18446744073.709551615", &value) && value == UINT64_MAX);
    assert_false(decimal("18446744073.709551616", &value));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(decimal(bad[i], &value));
    decimal_format(61800300000000u, 2, text, sizeof text);
    assert_string_equal(text, "61800.30");
    decimal_format(5000000000u, 0, text, sizeof text);
    assert_string_equal(text, "5");
    decimal_format(1, 0, text, sizeof text);
    assert_string_equal(text, "0.000000001");
}

static void test_distribution(void **state)
{
    static struct distribution distribution;

    (void)state;
    assert_int_equal(distribution_percentile(&distribution, 500), 0);
    assert_int_equal(distribution_mean_milli(&distribution), 0);
    for (uint64_t i = 1; i <= 1000; i++)
        distribution_add(&distribution, i);
    assert_int_equal(distribution_percentile(&distribution, 500), 500);
    assert_int_equal(distribution_percentile(&distribution, 990), 990);
    assert_int_equal(distribution_percentile(&distribution, 999), 999);
    assert_int_equal(distribution_percentile(&distribution, 1000), 1000);
    assert_int_equal(distribution_mean_milli(&distribution), 500500);
    assert_int_equal(distribution_between(&distribution, 10, 19), 10);
    distribution_add(&distribution, UINT64_MAX / 2);
    assert_int_equal(distribution.max, UINT64_MAX / 2);
    assert_int_equal(distribution_percentile(&distribution, 1000), UINT64_MAX / 2);
}

/* Beyond the exact part a percentile is within 1/64. */
static void test_distribution_coarse(void **state)
{
    static struct distribution distribution;

    (void)state;
    for (uint64_t value = 4096; value < (uint64_t)1 << 40; value = value * 5 / 4) {
        memset(&distribution, 0, sizeof distribution);
        distribution_add(&distribution, value);
        distribution_add(&distribution, value * 2);
        assert_true(distribution_percentile(&distribution, 500) >= value);
        assert_true(distribution_percentile(&distribution, 500) <= value + value / 64);
    }
}

static void test_tick_set(void **state)
{
    struct tick_set set;

    (void)state;
    for (uint32_t bits = 6; bits <= 17; bits += 11) {
        uint32_t last = ((uint32_t)1 << bits) - 1;

        tick_set_create(&set, bits);
        assert_int_equal(tick_set_at_or_above(&set, 0), TICK_SET_NONE);
        assert_int_equal(tick_set_at_or_below(&set, last), TICK_SET_NONE);
        tick_set_put(&set, 0, true);
        tick_set_put(&set, last, true);
        assert_int_equal(tick_set_at_or_above(&set, 0), 0);
        assert_int_equal(tick_set_at_or_above(&set, 1), last);
        assert_int_equal(tick_set_at_or_below(&set, last), last);
        assert_int_equal(tick_set_at_or_below(&set, last - 1), 0);
        assert_int_equal(tick_set_at_or_above(&set, last + 1), TICK_SET_NONE);
        tick_set_put(&set, 0, false);
        assert_int_equal(tick_set_at_or_below(&set, last - 1), TICK_SET_NONE);
        tick_set_destroy(&set);
    }
}

/* Against a plain array. */
static void test_tick_set_random(void **state)
{
    static bool member[8192];
    struct tick_set set;
    uint64_t random = 1;

    (void)state;
    memset(member, 0, sizeof member);
    tick_set_create(&set, 13);
    for (int i = 0; i < 20000; i++) {
        uint32_t tick, above, below;

        random = random * 6364136223846793005u + 1442695040888963407u;
        tick = (uint32_t)(random >> 51);
        member[tick] = random >> 40 & 1 && (random >> 44 & 7) == 0;
        tick_set_put(&set, tick, member[tick]);
        tick = random >> 20 & 8191;
        for (above = tick; above < 8192 && !member[above];)
            above++;
        for (below = tick; below != UINT32_MAX && !member[below];)
            below--;
        assert_int_equal(tick_set_at_or_above(&set, tick), above == 8192 ? TICK_SET_NONE : above);
        assert_int_equal(tick_set_at_or_below(&set, tick), below);
    }
    tick_set_destroy(&set);
}

static void test_id_map(void **state)
{
    struct id_map map = { 0 };

    (void)state;
    assert_int_equal(id_map_get(&map, 0), ID_MAP_NONE);
    for (uint64_t id = 0; id < 10000; id++)
        id_map_set(&map, id << 32, (uint32_t)id);
    id_map_set(&map, 5ull << 32, 77);
    assert_int_equal(map.count, 10000);
    assert_int_equal(id_map_get(&map, 5ull << 32), 77);
    assert_int_equal(id_map_get(&map, 9999ull << 32), 9999);
    assert_int_equal(id_map_get(&map, 1), ID_MAP_NONE);
    id_map_clear(&map);
    assert_int_equal(id_map_get(&map, 0), ID_MAP_NONE);
}

static uint64_t hash_of(const struct card_event *event)
{
    struct event_hash *hash = event_hash_create();
    uint64_t value;

    event_hash_add(hash, event);
    value = event_hash_value(hash);
    event_hash_destroy(hash);
    return value;
}

/* Stamps, sequence, session and phase do not show; every other bit does. */
static void test_event_hash(void **state)
{
    struct card_event zero = { { 0 } };
    struct card_event event;
    uint64_t base = hash_of(&zero);

    (void)state;
    for (unsigned bit = 0; bit < 512; bit++) {
        bool ignored;

        event = zero;
        event.word[bit / 64] = (uint64_t)1 << bit % 64;
        ignored = card_event_sequence(&event) || card_event_arrival(&event) || card_event_delay(&event) ||
                  card_event_session(&event) || card_event_phase(&event);
        assert_int_equal(hash_of(&event) == base, ignored);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),         cmocka_unit_test(test_decimal),
        cmocka_unit_test(test_distribution),  cmocka_unit_test(test_distribution_coarse),
        cmocka_unit_test(test_tick_set),      cmocka_unit_test(test_tick_set_random),
        cmocka_unit_test(test_id_map),        cmocka_unit_test(test_event_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
