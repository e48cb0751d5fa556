#include "distribution.h"

static unsigned distribution_bucket(uint64_t value)
{
    unsigned octave;

    if (value < DISTRIBUTION_EXACT)
        return (unsigned)value;
    octave = 63u - (unsigned)__builtin_clzll(value);
    return DISTRIBUTION_EXACT + (octave - 12u) * DISTRIBUTION_STEPS + (unsigned)(value >> (octave - 6u) & 63u);
}

/* Highest value of a bucket. */
static uint64_t distribution_value(unsigned bucket)
{
    unsigned octave;

    if (bucket < DISTRIBUTION_EXACT)
        return bucket;
    octave = (bucket - DISTRIBUTION_EXACT) / DISTRIBUTION_STEPS + 12u;
    return ((uint64_t)(64u + (bucket - DISTRIBUTION_EXACT) % DISTRIBUTION_STEPS) << (octave - 6u)) +
           (((uint64_t)1 << (octave - 6u)) - 1u);
}

void distribution_add(struct distribution *distribution, uint64_t value)
{
    distribution->count++;
    distribution->sum += value;
    if (value > distribution->max)
        distribution->max = value;
    distribution->bucket[distribution_bucket(value)]++;
}

uint64_t distribution_mean_milli(const struct distribution *distribution)
{
    uint64_t whole = distribution->count ? distribution->sum / distribution->count : 0;
    uint64_t rest = distribution->count ? distribution->sum % distribution->count : 0;

    return whole * 1000u + (distribution->count ? (rest * 1000u + distribution->count / 2) / distribution->count : 0);
}

uint64_t distribution_percentile(const struct distribution *distribution, unsigned permille)
{
    uint64_t wanted = (distribution->count * permille + 999u) / 1000u;
    uint64_t seen = 0;

    for (unsigned i = 0; i < DISTRIBUTION_BUCKETS && distribution->count; i++) {
        seen += distribution->bucket[i];
        if (seen >= wanted && seen > 0)
            return distribution_value(i) < distribution->max ? distribution_value(i) : distribution->max;
    }
    return distribution->max;
}

uint64_t distribution_between(const struct distribution *distribution, uint64_t low, uint64_t high)
{
    uint64_t seen = 0;

    for (unsigned i = distribution_bucket(low); i <= distribution_bucket(high); i++)
        seen += distribution->bucket[i];
    return seen;
}
