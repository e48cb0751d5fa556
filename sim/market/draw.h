/* Random numbers of simulators, functions of a seed: what people do, prices between recorded ones. */
#ifndef VITRINE_DRAW_H
#define VITRINE_DRAW_H

#include <math.h>

#include "mix.h"

/* In [0, 1). */
static inline double draw_uniform(uint64_t *seed)
{
    return (double)(mix_next(seed) >> 11) * 0x1p-53;
}

static inline double draw_between(uint64_t *seed, double low, double high)
{
    return low + (high - low) * draw_uniform(seed);
}

/* About normal with mean 0 and variance 1, within +-6: the sum of twelve. */
static inline double draw_normal(uint64_t *seed)
{
    double sum = -6;

    for (unsigned i = 0; i < 12; i++)
        sum += draw_uniform(seed);
    return sum;
}

/* Pareto from 1 up to `most`, with tail exponent `exponent`. */
static inline double draw_pareto(uint64_t *seed, double exponent, double most)
{
    return fmin(pow(1 - draw_uniform(seed), -1 / exponent), most);
}

/* The seed of one of many things. */
static inline uint64_t draw_seed(uint64_t seed, uint64_t number)
{
    return mix_bits(seed + MIX_STEP * (number + 1));
}

#endif
