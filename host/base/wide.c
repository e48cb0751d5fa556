#include "wide.h"

extern const uint64_t wide_powers_of_ten[19];
const uint64_t wide_powers_of_ten[19] = {
    UINT64_C(1), UINT64_C(10), UINT64_C(100), UINT64_C(1000), UINT64_C(10000), UINT64_C(100000), UINT64_C(1000000),
    UINT64_C(10000000), UINT64_C(100000000), UINT64_C(1000000000), UINT64_C(10000000000), UINT64_C(100000000000),
    UINT64_C(1000000000000), UINT64_C(10000000000000), UINT64_C(100000000000000), UINT64_C(1000000000000000),
    UINT64_C(10000000000000000), UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
};

static bool fits_64(wide value)
{
    return value == (int64_t)value;
}

/* Of what fits 64 bits the division is several times faster. */
wide wide_divide_down(wide dividend, wide divisor)
{
    wide quotient;

    check(divisor > 0);
    if (fits_64(dividend) && fits_64(divisor))
        return (int64_t)dividend / (int64_t)divisor - ((int64_t)dividend % (int64_t)divisor < 0);
    quotient = dividend / divisor;
    return quotient - (quotient * divisor > dividend);
}

wide wide_divide_up(wide dividend, wide divisor)
{
    wide quotient;

    check(divisor > 0);
    if (fits_64(dividend) && fits_64(divisor))
        return (int64_t)dividend / (int64_t)divisor + ((int64_t)dividend % (int64_t)divisor > 0);
    quotient = dividend / divisor;
    return quotient + (quotient * divisor < dividend);
}

int64_t wide_narrow(wide value)
{
    check(value >= INT64_MIN && value <= INT64_MAX);
    return (int64_t)value;
}

/* For value >= 2^62: the tangent of the root at 2.25 x 2^62, never below the root and at most 8.4 % above. */
static uint64_t root_tangent(uint64_t value)
{
    return (value >> 31) / 3 + 3 * (UINT64_C(1) << 29) + 1;
}

/* Largest integer whose square is at most `value`, for value >= 2^62. Newton's iteration from the tangent: each
 * step squares the relative error (halved), so three leave less than one unit, and what is rounded down in them
 * less than the root's fraction. */
static uint64_t root_normal(uint64_t value)
{
    uint64_t root = root_tangent(value);

    for (int step = 0; step < 3; step++)
        root = (root + value / root) / 2;
    while ((uwide)root * root > value)
        root--;
    return root;
}

uint64_t wide_root_down(uwide value)
{
    uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value, root;
    uwide next;
    int shift;

    if (value == 0)
        return 0;
    if (high == 0) {
        shift = __builtin_clzll(low) & ~1;
        return root_normal(low << shift) >> (shift / 2);
    }
    /* The root of the upper half doubles its good bits in one more step. Dividing 95 bits by the root's 32 leaves
     * 64. */
    shift = __builtin_clzll(high) & ~1;
    value <<= shift;
    root = root_normal((uint64_t)(value >> 64));
    next = ((uwide)root << 31) + (value >> 33) / root;
    root = next > UINT64_MAX ? UINT64_MAX : (uint64_t)next;
    while ((uwide)root * root > value)
        root--;
    return root >> (shift / 2);
}

uint64_t wide_root_up(uwide value)
{
    uint64_t root = wide_root_down(value);

    if ((uwide)root * root == value)
        return root;
    check(root < UINT64_MAX);
    return root + 1;
}

uint64_t wide_root_above(uwide value)
{
    uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;
    uwide root;
    int shift;

    if (value == 0)
        return 0;
    if (high == 0) {
        shift = __builtin_clzll(low) & ~1;
        return (root_tangent(low << shift) >> (shift / 2)) + 1;
    }
    /* One more for what the upper half leaves out. */
    shift = __builtin_clzll(high) & ~1;
    root = ((uwide)root_tangent((uint64_t)(value << shift >> 64)) + 1) << 32;
    root = (root >> (shift / 2)) + 1;
    return root > UINT64_MAX ? UINT64_MAX : (uint64_t)root;
}

/* Little-endian limbs. */
struct product {
    uint64_t limb[4];
};

static struct product multiply(uwide factor, uwide multiplier)
{
    uwide low = (uwide)(uint64_t)factor * (uint64_t)multiplier;
    uwide left = (factor >> 64) * (uint64_t)multiplier;
    uwide right = (uwide)(uint64_t)factor * (uint64_t)(multiplier >> 64);
    uwide high = (factor >> 64) * (multiplier >> 64);
    uwide middle = (low >> 64) + (uint64_t)left + (uint64_t)right;

    high += (left >> 64) + (right >> 64) + (middle >> 64);
    return (struct product){{(uint64_t)low, (uint64_t)middle, (uint64_t)high, (uint64_t)(high >> 64)}};
}

/* Limb by limb. The quotient replaces the product; the remainder is returned. */
static uint64_t divide_short(struct product *product, uint64_t divisor)
{
    uint64_t remainder = 0;

    for (int i = 3; i >= 0; i--) {
        uwide part = (uwide)remainder << 64 | product->limb[i];

        product->limb[i] = (uint64_t)(part / divisor);
        remainder = (uint64_t)part - product->limb[i] * divisor;
    }
    return remainder;
}

/* Bit by bit, for divisors above 64 bits: rare. */
static uwide divide_long(struct product *product, uwide divisor)
{
    uwide remainder = 0;

    for (int bit = 255; bit >= 0; bit--) {
        uint64_t *limb = &product->limb[bit / 64], mask = UINT64_C(1) << (bit % 64);
        bool carry = remainder >> 127;

        remainder = remainder << 1 | ((*limb & mask) != 0);
        *limb &= ~mask;
        if (carry || remainder >= divisor) {
            remainder -= divisor;
            *limb |= mask;
        }
    }
    return remainder;
}

static bool scale(uwide factor, uwide multiplier, uwide divisor, bool up, uwide *result)
{
    struct product product;
    uwide quotient, remainder;

    check(divisor > 0);
    if (!__builtin_mul_overflow(factor, multiplier, &quotient)) {
        uwide dividend = quotient;

        quotient = dividend >> 64 || divisor >> 64 ? dividend / divisor : (uint64_t)dividend / (uint64_t)divisor;
        remainder = dividend - quotient * divisor;
    } else {
        product = multiply(factor, multiplier);
        remainder = divisor >> 64 ? divide_long(&product, divisor) : divide_short(&product, (uint64_t)divisor);
        quotient = (uwide)product.limb[1] << 64 | product.limb[0];
        if (product.limb[2] != 0 || product.limb[3] != 0)
            return false;
    }
    if (up && remainder != 0 && ++quotient == 0)
        return false;
    *result = quotient;
    return quotient >> 127 == 0;
}

bool wide_scale_down(uwide factor, uwide multiplier, uwide divisor, uwide *result)
{
    return scale(factor, multiplier, divisor, false, result);
}

bool wide_scale_up(uwide factor, uwide multiplier, uwide divisor, uwide *result)
{
    return scale(factor, multiplier, divisor, true, result);
}

wide wide_part(wide amount, uwide numerator, uwide divisor)
{
    uwide part = 0;

    if (amount >= 0) {
        check(wide_scale_down((uwide)amount, numerator, divisor, &part));
        return (wide)part;
    }
    check(wide_scale_up((uwide)-amount, numerator, divisor, &part));
    return -(wide)part;
}
