/* Numbers as people write them: exact or refused. */
#include "unit.h"

#include "units.h"

static enum units_status parse(const char *text, unsigned decimals, int64_t *value)
{
    return units_parse(text, strlen(text), decimals, value);
}

static void test_exact(void **state)
{
    static const struct {
        const char *text;
        unsigned decimals;
        int64_t value;
    } good[] = {
        { "0", 0, 0 },          { "1", 6, 1000000 },      { ".5", 6, 500000 },         { "0.000001", 6, 1 },
        { "1.500000", 6, 1500000 }, { "1.5000000000", 6, 1500000 }, { "007", 0, 7 },   { "12.0", 0, 12 },
        { "9223372036854775807", 0, INT64_MAX }, { "9.223372036854775807", 18, INT64_MAX },
    };
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(parse(good[i].text, good[i].decimals, &value), UNITS_OK);
        assert_true(value == good[i].value);
    }
}

static void test_refused(void **state)
{
    static const char *const bad[] = { "", ".", "1.", "1.2.3", "1,2", "-1", "+1", "1e3", " 1", "1 ", "0x1" };
    int64_t value = 77;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(parse(bad[i], 6, &value), UNITS_NOT_A_NUMBER);
    assert_int_equal(parse("0.0000001", 6, &value), UNITS_TOO_FINE);
    assert_int_equal(parse("1.5", 0, &value), UNITS_TOO_FINE);
    assert_int_equal(parse("9223372036854775808", 0, &value), UNITS_TOO_LARGE);
    assert_int_equal(parse("9.223372036854775808", 18, &value), UNITS_TOO_LARGE);
    assert_int_equal(parse("10", 18, &value), UNITS_TOO_LARGE);
    assert_int_equal(value, 77);
}

static void test_signed(void **state)
{
    int64_t value;

    (void)state;
    assert_int_equal(units_parse_signed("-2.5", 4, 2, &value), UNITS_OK);
    assert_int_equal(value, -250);
    assert_int_equal(units_parse_signed("2.5", 3, 2, &value), UNITS_OK);
    assert_int_equal(value, 250);
    assert_int_equal(units_parse_signed("-", 1, 2, &value), UNITS_NOT_A_NUMBER);
    assert_int_equal(units_parse_signed("--1", 3, 2, &value), UNITS_NOT_A_NUMBER);
    assert_int_equal(units_parse_signed("", 0, 2, &value), UNITS_NOT_A_NUMBER);
}

static void test_size(void **state)
{
    int64_t value;

    (void)state;
    assert_int_equal(units_parse_size("64 MiB", 6, &value), UNITS_OK);
    assert_int_equal(value, 64 << 20);
    assert_int_equal(units_parse_size("1GiB", 4, &value), UNITS_OK);
    assert_int_equal(value, 1 << 30);
    assert_int_equal(units_parse_size("4096", 4, &value), UNITS_OK);
    assert_int_equal(value, 4096);
    assert_int_equal(units_parse_size("MiB", 3, &value), UNITS_NOT_A_NUMBER);
    assert_int_equal(units_parse_size(" MiB", 4, &value), UNITS_NOT_A_NUMBER);
    assert_int_equal(units_parse_size("1 MB", 4, &value), UNITS_NOT_A_NUMBER);
    assert_int_equal(units_parse_size("9000000 TiB", 11, &value), UNITS_TOO_LARGE);
}

static void test_format(void **state)
{
    static const struct {
        wide value;
        unsigned decimals;
        const char *text;
    } good[] = {
        { 0, 0, "0" }, { 0, 6, "0" }, { 1, 6, "0.000001" }, { 1500000, 6, "1.5" }, { -1500000, 6, "-1.5" },
        { 100, 0, "100" }, { 1000000, 6, "1" }, { -1, 18, "-0.000000000000000001" },
    };
    char text[UNITS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        units_format(good[i].value, good[i].decimals, text, sizeof text);
        assert_string_equal(text, good[i].text);
    }
    units_format((wide)((uwide)1 << 127), 38, text, sizeof text);
    assert_string_equal(text, "-1.70141183460469231731687303715884105728");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact), cmocka_unit_test(test_refused), cmocka_unit_test(test_signed),
        cmocka_unit_test(test_size),  cmocka_unit_test(test_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
