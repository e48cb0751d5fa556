/* Times as people write them. */
#include "unit.h"

#include "date.h"

static void times_round_trip(void **unused)
{
    char text[DATE_TEXT_MAX], again[DATE_TEXT_MAX];
    uint64_t ns;

    (void)unused;
    date_format_ms(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    date_format_ms(UINT64_C(1764150000123999999), text);
    assert_string_equal(text, "2025-11-26T09:40:00.123Z");
    date_format_ms(UINT64_C(951782400000000000), text);
    assert_string_equal(text, "2000-02-29T00:00:00.000Z");
    for (uint64_t day = 0; day < 100000; day += 1 + day % 3) { /* to the year 2243 */
        date_format_ms((day * 86400 + day % 86400) * UINT64_C(1000000000), text);
        text[19] = 'Z';
        text[20] = '\0';
        assert_true(date_parse_short(text, &ns));
        assert_int_equal(ns, (day * 86400 + day % 86400) * UINT64_C(1000000000));
        assert_true(date_parse(text, &ns));
        date_format(ns, again);
        assert_string_equal(again, text);
    }
}

static void times_are_read(void **unused)
{
    uint64_t ns;

    (void)unused;
    assert_true(date_parse_short("2025-11-26", &ns));
    assert_int_equal(ns / 1000000000, 1764115200);
    assert_true(date_parse_short("2025-11-26T09:40", &ns));
    assert_int_equal(ns / 1000000000, 1764150000);
    assert_true(date_parse_short("2024-02-29T23:59:59Z", &ns));
}

static void times_are_refused(void **unused)
{
    static const char *const bad[] = {
        "", "Z", "2025", "2025-11", "2025-13-01", "2025-00-10", "2025-04-31", "2100-02-29", "2025-11-26 09:40",
        "2025-11-26T24:00", "2025-11-26T09:60", "2025-11-26T09:40:60", "2025-11-26T9:40", "1969-12-31",
        "2025-11-26T09:40:00.5", "yesterday", "2025/11/26", "-025-11-26",
        "2554-08-01", "9999-12-31" };
    uint64_t ns;

    (void)unused;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (date_parse_short(bad[i], &ns))
            fail_msg("'%s' was taken", bad[i]);
}

static void only_whole_ones_are_exact(void **unused)
{
    static const char *const bad[] = { "2025-11-26", "2025-11-26T09:40Z", "2025-11-26T09:40:00",
                                       "2025-11-26T09:40:00.000Z", "2025-02-29T00:00:00Z", " 2025-11-26T09:40:00Z",
                                       "2025-11-26T09:40:00Z ", "" };
    uint64_t ns;

    (void)unused;
    assert_true(date_parse("2025-11-26T09:40:00Z", &ns));
    assert_int_equal(ns, UINT64_C(1764150000) * 1000000000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (date_parse(bad[i], &ns))
            fail_msg("'%s' was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_round_trip),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(times_are_refused),
        cmocka_unit_test(only_whole_ones_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
