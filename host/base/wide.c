#include "wide.h"

extern const uint64_t wide_powers_of_ten[19];
const uint64_t wide_powers_of_ten[19] = {
    UINT64_C(1), UINT64_C(10), UINT64_C(100), UINT64_C(1000), UINT64_C(10000), UINT64_C(100000), UINT64_C(1000000),
    UINT64_C(10000000), UINT64_C(100000000), UINT64_C(1000000000), UINT64_C(10000000000), UINT64_C(100000000000),
    UINT64_C(1000000000000), UINT64_C(10000000000000), UINT64_C(100000000000000), UINT64_C(1000000000000000),
    UINT64_C(10000000000000000), UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
};

wide wide_divide_long(wide dividend, wide divisor, bool up)
{
    wide quotient;

    check(divisor > 0);
    quotient = dividend / divisor; /* towards 0 */
    if (up)
        return quotient + (quotient * divisor < dividend);
    return quotient - (quotient * divisor > dividend);
}

/* 10^n is 5^n x 2^n, and 5^27 still has 64 bits. */
uwide wide_over_ten(uwide value, unsigned exponent)
{
    static const uint64_t fives[28] = {
        UINT64_C(1), UINT64_C(5), UINT64_C(25), UINT64_C(125), UINT64_C(625), UINT64_C(3125), UINT64_C(15625),
        UINT64_C(78125), UINT64_C(390625), UINT64_C(1953125), UINT64_C(9765625), UINT64_C(48828125),
        UINT64_C(244140625), UINT64_C(1220703125), UINT64_C(6103515625), UINT64_C(30517578125),
        UINT64_C(152587890625), UINT64_C(762939453125), UINT64_C(3814697265625), UINT64_C(19073486328125),
        UINT64_C(95367431640625), UINT64_C(476837158203125), UINT64_C(2384185791015625),
        UINT64_C(11920928955078125), UINT64_C(59604644775390625), UINT64_C(298023223876953125),
        UINT64_C(1490116119384765625), UINT64_C(7450580596923828125),
    };
    uint64_t remainder;

    check(exponent <= 36);
    if (exponent > 27)
        return value / wide_ten_to(18) / wide_ten_to(exponent - 18);
    value >>= exponent;
    if (value >> 64 < fives[exponent])
        return wide_quotient(value, fives[exponent], &remainder);
    return value / fives[exponent];
}

/* For value >= 2^62: the tangent of the root at 2.25 x 2^62, never below the root and at most 8.4 % above. */
static uint64_t root_tangent(uint64_t value)
{
    return (value >> 31) / 3 + 3 * (UINT64_C(1) << 29) + 1;
}

/* 16 x the root of 64 .. 255, as near as a byte says it. */
static const uint8_t root_of_byte[192] = {
    128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143,
    144, 144, 145, 146, 147, 148, 149, 150, 151, 151, 152, 153, 154, 155, 156, 156,
    157, 158, 159, 160, 160, 161, 162, 163, 164, 164, 165, 166, 167, 167, 168, 169,
    170, 170, 171, 172, 173, 173, 174, 175, 176, 176, 177, 178, 179, 179, 180, 181,
    181, 182, 183, 183, 184, 185, 186, 186, 187, 188, 188, 189, 190, 190, 191, 192,
    192, 193, 194, 194, 195, 196, 196, 197, 198, 198, 199, 200, 200, 201, 201, 202,
    203, 203, 204, 205, 205, 206, 206, 207, 208, 208, 209, 210, 210, 211, 211, 212,
    213, 213, 214, 214, 215, 216, 216, 217, 217, 218, 219, 219, 220, 220, 221, 221,
    222, 223, 223, 224, 224, 225, 225, 226, 227, 227, 228, 228, 229, 229, 230, 230,
    231, 232, 232, 233, 233, 234, 234, 235, 235, 236, 237, 237, 238, 238, 239, 239,
    240, 240, 241, 241, 242, 242, 243, 243, 244, 244, 245, 246, 246, 247, 247, 248,
    248, 249, 249, 250, 250, 251, 251, 252, 252, 253, 253, 254, 254, 255, 255, 255,
};

/* Largest integer whose square is at most `value`, for value >= 2^62. The byte is less than 1 off the root of the upper
 * 16 bits. Two steps of Newton's, each on the bits that it can make good, leave less than 1 below and 1 above: what
 * is e off a root r comes e^2 / 2r above it, rounded down. */
static uint64_t root_normal(uint64_t value)
{
    uint64_t root = root_of_byte[(value >> 56) - 64];

    root = (root << 7) + (uint32_t)(value >> 41) / (uint32_t)root;
    root = (root << 15) + (value >> 17) / root;
    return root - ((uwide)root * root > value);
}

uint64_t wide_root_down(uwide value)
{
    uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value, root, remainder;
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
    next = ((uwide)root << 31) + wide_quotient(value >> 33, root, &remainder);
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
        const uwide part = (uwide)remainder << 64 | product->limb[i];

        product->limb[i] = wide_quotient(part, divisor, &remainder);
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

        if (divisor >> 64 == 0 && dividend >> 64 < divisor) {
            uint64_t left;

            quotient = wide_quotient(dividend, (uint64_t)divisor, &left);
            remainder = left;
        } else {
            quotient = dividend / divisor;
            remainder = dividend - quotient * divisor;
        }
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
