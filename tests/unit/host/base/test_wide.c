/* Wide arithmetic against schoolbook multiplication and values that Python worked out. */
#include "mix.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wide.h"

#define WIDE_MAX ((wide)(((uwide)1 << 127) - 1))
#define PAIR(high, low) ((uwide)(high) << 64 | (low))

static uint64_t seed = 20261126;

static uint64_t draw(void)
{
    return mix_next(&seed);
}

/* Of every size alike. */
static uwide draw_wide(unsigned bits_max)
{
    unsigned bits = (unsigned)(draw() % (bits_max + 1));

    return bits == 0 ? 0 : PAIR(draw(), draw()) >> (128 - bits);
}

static void test_divide(void **unused)
{
    static const wide edges[] = {0, 1, 2, 3, INT64_MAX, (wide)INT64_MAX + 1, (wide)1 << 100, WIDE_MAX - 1, WIDE_MAX};
    const size_t count = sizeof edges / sizeof edges[0];

    (void)unused;
    for (size_t i = 0; i < count + 100000; i++) {
        for (size_t j = 0; j < count; j++) {
            wide magnitude = i < count ? edges[i] : (wide)draw_wide(127);
            wide divisor = i < count ? edges[j] : (wide)draw_wide(127);

            if (divisor == 0)
                divisor = 1;
            for (int sign = -1; sign <= 1; sign += 2) {
                wide dividend = magnitude * sign, exact = dividend / divisor, rest = dividend % divisor;

                assert_true(wide_divide_down(dividend, divisor) == exact - (rest < 0));
                assert_true(wide_divide_up(dividend, divisor) == exact + (rest > 0));
            }
            if (i >= count)
                break;
        }
    }
    assert_true(wide_divide_down(INT64_MIN, 1) == INT64_MIN);
    assert_true(wide_divide_down(INT64_MIN, INT64_MAX) == -2);
    assert_true(wide_divide_up(INT64_MIN, INT64_MAX) == -1);
    assert_true(wide_divide_down(-WIDE_MAX - 1, 1) == -WIDE_MAX - 1);
    assert_true(wide_divide_up(-WIDE_MAX - 1, WIDE_MAX) == -1);
}

static void check_root(uwide value)
{
    uint64_t down = wide_root_down(value), up = wide_root_up(value), above = wide_root_above(value);

    assert_true((uwide)down * down <= value);
    assert_true(down == UINT64_MAX || ((uwide)down + 1) * ((uwide)down + 1) > value);
    assert_int_equal(up, down + ((uwide)down * down != value));
    assert_true(above >= up);
    assert_true((uwide)above * 1000 <= (uwide)up * 1084 + 2000);
}

static void test_roots(void **unused)
{
    const uwide most = (uwide)UINT64_MAX * UINT64_MAX;

    (void)unused;
    for (uwide value = 0; value < 5000; value++)
        check_root(value);
    for (unsigned bit = 0; bit < 128; bit++) {
        for (int more = -1; more <= 1; more++) {
            uwide value = ((uwide)1 << bit) + (uwide)more;

            if (value <= most)
                check_root(value);
        }
    }
    for (int i = 0; i < 300000; i++) {
        uwide root = draw_wide(64), value = draw_wide(128);

        check_root(value > most ? most : value);
        check_root(root * root);
        if (root > 0)
            check_root(root * root - 1);
        if (root * root < most)
            check_root(root * root + 1);
    }
    check_root(most);
    check_root(most - 1);
}

/* Eight limbs of 32 bits, the lowest first. */
struct limbs {
    uint32_t limb[8];
};

static struct limbs multiply(uwide left, uwide right)
{
    struct limbs result = {{0}};

    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;

        for (int j = 0; j < 4; j++) {
            carry += (uint64_t)(uint32_t)(left >> (32 * i)) * (uint32_t)(right >> (32 * j)) + result.limb[i + j];
            result.limb[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        result.limb[i + 4] = (uint32_t)carry;
    }
    return result;
}

static int compare(const struct limbs *left, const struct limbs *right)
{
    for (int i = 7; i >= 0; i--) {
        if (left->limb[i] != right->limb[i])
            return left->limb[i] < right->limb[i] ? -1 : 1;
    }
    return 0;
}

static void check_scale(uwide factor, uwide multiplier, uwide divisor)
{
    const uwide limit = (uwide)1 << 127;
    struct limbs product = multiply(factor, multiplier), bound = multiply(limit, divisor), below, above;
    uwide down = 0, up = 0;

    /* Below 2^127 x divisor the quotient has at most 127 bits. */
    if (compare(&product, &bound) >= 0) {
        assert_false(wide_scale_down(factor, multiplier, divisor, &down));
        assert_false(wide_scale_up(factor, multiplier, divisor, &up));
        return;
    }
    assert_true(wide_scale_down(factor, multiplier, divisor, &down));
    assert_true(down < limit);
    below = multiply(down, divisor);
    above = multiply(down + 1, divisor);
    assert_true(compare(&below, &product) <= 0);
    assert_true(compare(&above, &product) > 0);
    assert_int_equal(wide_scale_up(factor, multiplier, divisor, &up),
                     down + 1 < limit || compare(&below, &product) == 0);
    if (down + 1 < limit)
        assert_true(up == down + (compare(&below, &product) != 0));
}

/* 5^27 is the last power of five with 64 bits. */
static void test_over_ten(void **unused)
{
    (void)unused;
    for (unsigned exponent = 0; exponent <= 36; exponent++) {
        const uwide power = (uwide)wide_ten_to(exponent / 2) * wide_ten_to(exponent - exponent / 2);

        assert_true(wide_over_ten(0, exponent) == 0);
        assert_true(wide_over_ten(power - 1, exponent) == 0);
        assert_true(wide_over_ten(power, exponent) == 1);
        assert_true(wide_over_ten(~(uwide)0, exponent) == ~(uwide)0 / power);
        for (int i = 0; i < 20000; i++) {
            const uwide value = draw_wide(128);

            assert_true(wide_over_ten(value, exponent) == value / power);
            assert_true(wide_over_ten(value / power * power, exponent) == value / power);
        }
    }
}

static void test_quotient(void **unused)
{
    (void)unused;
    for (int i = 0; i < 200000; i++) {
        const uint64_t divisor = (uint64_t)draw_wide(64) | 1, quotient = (uint64_t)draw_wide(64);
        const uint64_t rest = draw() % divisor;
        uint64_t remainder;

        assert_true(wide_quotient((uwide)divisor * quotient + rest, divisor, &remainder) == quotient);
        assert_true(remainder == rest);
    }
}

static void test_scale(void **unused)
{
    static const uwide edges[] = {
        0, 1, 2, UINT32_MAX, UINT64_MAX, (uwide)UINT64_MAX + 1, (uwide)1 << 127, ((uwide)1 << 127) - 1, ~(uwide)0,
        ~(uwide)0 - 1,
    };
    const size_t count = sizeof edges / sizeof edges[0];

    (void)unused;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            for (size_t k = 1; k < count; k++)
                check_scale(edges[i], edges[j], edges[k]);
        }
    }
    /* 2^128 - 1 and a rest: rounded up it has 129 bits. */
    check_scale(PAIR(UINT64_C(0xe93e0026bc851b0b), UINT64_C(0x108bbf032b087bcf)),
                PAIR(UINT64_C(0xe1e3d9f1b), UINT64_C(0xa1df1d1be5ec6db9)),
                PAIR(UINT64_C(0xcdcf16adf), UINT64_C(0x91b7584a2265b1f5)));
    for (int i = 0; i < 300000; i++) {
        uwide divisor = draw_wide(128);

        check_scale(draw_wide(128), draw_wide(128), divisor ? divisor : 1);
    }
}

/* Python: divmod(factor * multiplier, divisor). */
static void test_scale_values(void **unused)
{
    static const struct {
        uwide factor, multiplier, divisor, down;
        bool rest;
    } rows[] = {
        {PAIR(UINT64_MAX, UINT64_MAX), PAIR(INT64_MAX, UINT64_MAX), PAIR(UINT64_MAX, UINT64_MAX),
         PAIR(INT64_MAX, UINT64_MAX), false},
        {PAIR(UINT64_MAX, UINT64_MAX), PAIR(INT64_MAX, UINT64_MAX - 1), PAIR(UINT64_MAX, UINT64_MAX - 1),
         PAIR(INT64_MAX, UINT64_MAX - 1), true},
        {PAIR(UINT64_C(0x123456789abcdef), UINT64_C(0xfedcba9876543210)), UINT64_C(1000000000000000003),
         UINT64_C(999999999999999989), PAIR(UINT64_C(0x123456789abcdf1), UINT64_C(0x24b2c7a6aee095a7)), true},
        {PAIR(1, 0), PAIR(1, 0), PAIR(4, 0), PAIR(0, UINT64_C(1) << 62), false},
        {PAIR(INT64_MAX, UINT64_MAX), PAIR(INT64_MAX, UINT64_MAX), PAIR(UINT64_C(1) << 63, 0),
         PAIR(INT64_MAX, UINT64_MAX - 1), true},
        {PAIR(UINT64_C(0xe1b1e5f90f944d6e), UINT64_C(0x1c9e66c000000000)), PAIR(5, UINT64_C(0x6bc75e2d63100000)),
         PAIR(54, UINT64_C(0x35c9adc5dea00007)),
         PAIR(UINT64_C(0x1691ca32818ed48a), UINT64_C(0xfff291fcd52b0000)), true},
        {PAIR(UINT64_C(0x100000000000000), 12345), UINT64_C(999999999999), UINT64_C(1000000000000000),
         PAIR(UINT64_C(0x4189374bc65f), UINT64_C(0xe0df368fb5ff979d)), true},
    };
    uwide result;

    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(wide_scale_down(rows[i].factor, rows[i].multiplier, rows[i].divisor, &result));
        assert_true(result == rows[i].down);
        assert_true(wide_scale_up(rows[i].factor, rows[i].multiplier, rows[i].divisor, &result));
        assert_true(result == rows[i].down + rows[i].rest);
    }
    /* 10^38 x 7 x 10^19 / 9999999967 has 160 bits. */
    assert_false(wide_scale_down(PAIR(UINT64_C(0x4b3b4ca85a86c47a), UINT64_C(0x098a224000000000)),
                                 PAIR(3, UINT64_C(0xcb71f51fc5580000)), UINT64_C(9999999967), &result));
}

static volatile wide given;

static void narrow(void)
{
    wide_narrow(given);
}

static void divide_by_none(void)
{
    wide_divide_down(1, given);
}

static bool dies(void (*function)(void), wide value)
{
    int status;
    pid_t child;

    given = value;
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        assert_non_null(freopen("/dev/null", "w", stderr));
        function();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status);
}

static void test_narrow(void **unused)
{
    (void)unused;
    assert_int_equal(wide_narrow(INT64_MAX), INT64_MAX);
    assert_int_equal(wide_narrow(INT64_MIN), INT64_MIN);
    assert_false(dies(narrow, INT64_MAX));
    assert_true(dies(narrow, (wide)INT64_MAX + 1));
    assert_true(dies(narrow, (wide)INT64_MIN - 1));
    assert_true(dies(narrow, WIDE_MAX));
    assert_true(dies(divide_by_none, 0));
    assert_true(dies(divide_by_none, -1));
}

static void test_part(void **unused)
{
    (void)unused;
    assert_true(wide_part(7, 1, 2) == 3);
    assert_true(wide_part(-7, 1, 2) == -4);
    assert_true(wide_part(-8, 1, 2) == -4);
    assert_true(wide_part(0, 5, 3) == 0);
    assert_true(wide_part(WIDE_MAX, 3, 3) == WIDE_MAX);
    assert_true(wide_part(-WIDE_MAX, 3, 3) == -WIDE_MAX);
}

static void test_clamp(void **unused)
{
    (void)unused;
    assert_int_equal(wide_clamp(-5), -5);
    assert_int_equal(wide_clamp(INT64_MAX), INT64_MAX);
    assert_int_equal(wide_clamp((wide)INT64_MAX + 1), INT64_MAX);
    assert_int_equal(wide_clamp((wide)INT64_MIN - 1), INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_divide), cmocka_unit_test(test_roots), cmocka_unit_test(test_over_ten),
        cmocka_unit_test(test_quotient), cmocka_unit_test(test_scale),
        cmocka_unit_test(test_scale_values), cmocka_unit_test(test_narrow), cmocka_unit_test(test_part),
        cmocka_unit_test(test_clamp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
