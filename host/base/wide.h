/* Exact integer arithmetic with 128-bit intermediates. Every division names its rounding. What does not fit trips
 * check(): callers bound their inputs first (limits.h). */
#ifndef VITRINE_WIDE_H
#define VITRINE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"

typedef __int128 wide;
typedef unsigned __int128 uwide;

static inline bool wide_is_short(wide value)
{
    return value == (int64_t)value;
}

/* Rounded towards minus infinity, and towards plus infinity. The divisor is positive. Of what fits 64 bits the division
 * is several times faster. */
wide wide_divide_long(wide dividend, wide divisor, bool up);
static inline wide wide_divide_down(wide dividend, wide divisor)
{
    if (__builtin_constant_p(divisor) && wide_is_short(divisor) && divisor > 0 && (divisor & (divisor - 1)) == 0)
        return dividend >> __builtin_ctzll((uint64_t)divisor);
    if (!wide_is_short(dividend) || !wide_is_short(divisor))
        return wide_divide_long(dividend, divisor, false);
    check(divisor > 0);
    return (int64_t)dividend / (int64_t)divisor - ((int64_t)dividend % (int64_t)divisor < 0);
}
static inline wide wide_divide_up(wide dividend, wide divisor)
{
    if (!wide_is_short(dividend) || !wide_is_short(divisor))
        return wide_divide_long(dividend, divisor, true);
    check(divisor > 0);
    return (int64_t)dividend / (int64_t)divisor + ((int64_t)dividend % (int64_t)divisor > 0);
}

/* dividend / divisor, rounded down, where the result has 64 bits: the divisor is above dividend / 2^64. What the
 * compiler does not know of an unsigned __int128, the processor divides in one instruction. */
static inline uint64_t wide_quotient(uwide dividend, uint64_t divisor, uint64_t *remainder)
{
#if defined(__x86_64__)
    uint64_t quotient;

    __asm__("divq %4"
            : "=a"(quotient), "=d"(*remainder)
            : "0"((uint64_t)dividend), "1"((uint64_t)(dividend >> 64)), "r"(divisor)
            : "cc");
    return quotient;
#else
    *remainder = (uint64_t)(dividend % divisor);
    return (uint64_t)(dividend / divisor);
#endif
}

/* The smallest integer whose square is at least `value`, which is at most (2^64 - 1)^2. */
uint64_t wide_root_up(uwide value);
/* The largest integer whose square is at most `value`. */
uint64_t wide_root_down(uwide value);
/* Not below the root, and above it by at most 8.4 % and 2: a few ns. `value` is at most (2^64 - 1)^2. */
uint64_t wide_root_above(uwide value);

/* factor x multiplier / divisor, exact to 256 bits; false, and *result means nothing, if the result has more
 * than 127 bits. The divisor is positive. */
bool wide_scale_down(uwide factor, uwide multiplier, uwide divisor, uwide *result);
bool wide_scale_up(uwide factor, uwide multiplier, uwide divisor, uwide *result);

/* amount x numerator / divisor of an amount of either sign, rounded towards minus infinity; check() that it fits. */
wide wide_part(wide amount, uwide numerator, uwide divisor);

/* 10^exponent, 0 .. 18. */
static inline uint64_t wide_ten_to(unsigned exponent)
{
    extern const uint64_t wide_powers_of_ten[19];

    check(exponent <= 18);
    return wide_powers_of_ten[exponent];
}

/* value / 10^exponent, rounded down; exponent 0 .. 36. */
uwide wide_over_ten(uwide value, unsigned exponent);

/* The smaller of two numbers of 64 bits. */
static inline int64_t wide_smaller(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* The value as 64 bits; check() that it fits. */
static inline int64_t wide_narrow(wide value)
{
    check(wide_is_short(value));
    return (int64_t)value;
}
/* The same for what is only shown: it stops at the ends. */
static inline int64_t wide_clamp(wide value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

#endif
