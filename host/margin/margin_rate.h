/* Exact margins without divisions: what a function of the notional (margin.h) and a haircut come to as one
 * multiplication each, for as long as parameters and prices stay. */
#ifndef VITRINE_MARGIN_RATE_H
#define VITRINE_MARGIN_RATE_H

#include "margin.h"

/* ceil(n x numerator / denominator) of 1 .. `most` is floor(n x part / 2^(64 + shift)) + 1, with `part` the largest
 * integer below p = 2^(64 + shift) x numerator / denominator. For part / 2^(64 + shift) is below the fraction, so that
 * the product is below n x numerator / denominator, and by at most n / 2^(64 + shift) <= 1 / denominator: no multiple
 * of 1 / denominator, hence no integer, lies between but the exact value itself, which is thus rounded up. */
struct margin_rate {
    uint64_t most, part;
    uint32_t shift;          /* 0 .. 31 */
};

/* Of a fraction in (0, 1]; of any other nothing is in reach: `most` is 0. */
struct margin_rate margin_rate_of(uint32_t numerator, uint32_t denominator);
/* Of a function, without a limit of leverage: `most` is also the largest notional that its base asks for, and not the
 * root. Found from the root backwards: fraction <= base where root <= R = floor(base x 10^15 / factor), and a root that
 * is rounded up is at most R where its square is at most R^2. */
struct margin_rate margin_rate_of_function(const struct margin_function *function, uint8_t decimals);

/* 0 .. rate->most. */
static inline uint64_t margin_rate_times(uint64_t part, uint32_t shift, uint64_t notional)
{
    return ((uint64_t)((uwide)notional * part >> 64) >> shift) + (notional != 0);
}

/* floor(q x value of a unit) of a collateral, u256, for q of 0 .. `most`, up to which its weight is constant: with
 * `part` 2^(64 - shift) x the value of a unit, rounded down, and r = q x 2^shift, r x part / 2^64 is less than r / 2^64
 * below. Where adding r to the product brings no next integer, what is above its lower 64 bits is the result; else,
 * once in 2^64 / r times, margin_collateral() is asked. Results below 2^57: beyond, margin_collateral() may have
 * stopped. */
struct margin_worth {
    uint64_t most, part;
    uint32_t shift;          /* 0 .. 63, of `most` too no bit is lost */
};

/* An asset with an index that is neither the settlement asset nor without collateral value. `most` 0: out of reach. */
struct margin_worth margin_worth_of(const struct asset *asset, uint8_t decimals);

/* 0 .. worth->most; false: it must be asked. */
static inline bool margin_worth_times(const struct margin_worth *worth, uint64_t quantity, uint64_t *value)
{
    const uint64_t shifted = quantity << worth->shift;
    const uwide product = (uwide)shifted * worth->part;
    uint64_t sum;

    *value = (uint64_t)(product >> 64);
    return !__builtin_add_overflow((uint64_t)product, shifted, &sum);
}

#endif
