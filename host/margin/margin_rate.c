#include "margin_rate.h"

#include "check.h"

#define TEN_TO_15 UINT64_C(1000000000000000)
#define TEN_TO_18 UINT64_C(1000000000000000000)
#define ROOT_MOST (UINT64_C(1) << 59) /* so that 256 x its square has 128 bits */

static uint64_t smaller(uwide left, uint64_t right)
{
    return left < right ? (uint64_t)left : right;
}

struct margin_rate margin_rate_of(uint32_t numerator, uint32_t denominator)
{
    struct margin_rate rate = {0};

    if (numerator == 0 || numerator > denominator)
        return rate;
    while (rate.shift < 31 && (uint64_t)numerator << (rate.shift + 1) <= denominator)
        rate.shift++;
    rate.part = (uint64_t)((((uwide)numerator << (64 + rate.shift)) - 1) / denominator);
    rate.most = smaller(((uwide)1 << (64 + rate.shift)) / denominator, UINT64_MAX);
    return rate;
}

struct margin_rate margin_rate_of_function(const struct margin_function *function, uint8_t decimals)
{
    struct margin_rate rate = margin_rate_of(function->numerator, function->denominator);
    uint64_t root;

    if (decimals > 12)
        rate.most = 0;
    if (rate.most == 0 || function->factor == 0)
        return rate;
    root = smaller((uwide)function->numerator * TEN_TO_15 / ((uwide)function->denominator * function->factor),
                   ROOT_MOST);
    rate.most = smaller((uwide)root * root * 256 / wide_ten_to(12u - decimals), rate.most);
    return rate;
}

/* Units up to which the weight is the constant one: falling >= weight where 10^15 + penalty x root is at most
 * base x 10^18 / weight, and a root that is rounded up is at most R where its square, the coins x 10^12, is at most
 * R^2. */
static uint64_t constant_up_to(const struct asset *asset)
{
    const uint64_t most = UINT64_C(1) << 62, weight = asset->weight * UINT64_C(1000);
    uwide room, square;
    uint64_t root;

    if (asset->haircut == HAIRCUT_IDENTITY || weight == 0)
        return most;
    room = (uwide)asset->base * TEN_TO_18 / weight;
    if (room < TEN_TO_15)
        return 0;
    if (asset->penalty == 0)
        return most;
    root = smaller((room - TEN_TO_15) / asset->penalty, ROOT_MOST);
    square = (uwide)root * root;
    if (asset->decimals <= 12)
        return smaller(square / wide_ten_to(12u - asset->decimals), most);
    return __builtin_mul_overflow(square, (uwide)wide_ten_to(asset->decimals - 12u), &square) ? most
                                                                                              : smaller(square, most);
}

static unsigned bits_of(uwide value)
{
    const uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;

    return high != 0 ? 128 - (unsigned)__builtin_clzll(high) : low != 0 ? 64 - (unsigned)__builtin_clzll(low) : 0;
}

/* A unit is worth weight x 1000 x 256 x index / 10^exponent, and 10^n is 5^n x 2^n. */
struct margin_worth margin_worth_of(const struct asset *asset, uint8_t decimals)
{
    const unsigned exponent = asset->decimals + 21u - decimals;
    const uwide unit = (uwide)(asset->weight * UINT64_C(256000)) * asset->index;
    struct margin_worth worth = {0};
    uint64_t five = 1, remainder;

    check(decimals <= 18);
    if (exponent > 27)
        return worth;
    for (unsigned i = 0; i < exponent; i++)
        five *= 5;
    /* A unit is worth less than 2^shift, so that the quotient is below 2^64. */
    worth.shift = bits_of((unit >> exponent) / five);
    if (worth.shift + exponent > 64)
        return (struct margin_worth){0};
    worth.part = wide_quotient(unit << (64 - worth.shift - exponent), five, &remainder);
    worth.most = smaller(UINT64_MAX >> worth.shift, constant_up_to(asset));
    return worth;
}
