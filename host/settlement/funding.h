/* The rate of a funding interval, by itself (tests compare it with exact fractions). */
#ifndef VITRINE_FUNDING_H
#define VITRINE_FUNDING_H

#include <stdint.h>

struct funding_interval {
    int64_t premium_sum;   /* millionths, of its samples */
    uint32_t samples;      /* at most one a second */
    uint32_t hours;        /* of the interval, 1 .. 24 */
    uint32_t rate_max;     /* millionths an interval */
};

/* Rate of the interval, 10^-9, longs pay shorts where it is positive (exchange-rules.md, section 5):
 *   m    = sum / samples                                     rounded down to 10^-9
 *   r    = (m + clamp(interest - m, +-0.05 %)) x hours / 8   rounded down
 *   rate = clamp(r, +-rate_max) x samples / seconds          rounded down
 * with interest 0.01 %. 0 without samples; more samples than seconds count as that many. */
int64_t funding_rate(const struct funding_interval *interval);

#endif
