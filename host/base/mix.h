/* Splitmix64: bits that look random and are a function of their seed. For shapes of trees, workloads and tests. */
#ifndef VITRINE_MIX_H
#define VITRINE_MIX_H

#include <stdint.h>

#define MIX_STEP UINT64_C(0x9E3779B97F4A7C15)

/* Its finaliser: every bit of the result depends on every bit of the value. */
static inline uint64_t mix_bits(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return value ^ value >> 31;
}

/* The next number of a sequence. */
static inline uint64_t mix_next(uint64_t *seed)
{
    return mix_bits(*seed += MIX_STEP);
}

#endif
