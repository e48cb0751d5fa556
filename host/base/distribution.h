/* A distribution of counts (cycles, mostly): exact below 4,096, above that to within 1.6 %. */
#ifndef VITRINE_DISTRIBUTION_H
#define VITRINE_DISTRIBUTION_H

#include <stdint.h>

#define DISTRIBUTION_EXACT 4096u
#define DISTRIBUTION_STEPS 64u /* buckets an octave beyond */
#define DISTRIBUTION_BUCKETS (DISTRIBUTION_EXACT + 52u * DISTRIBUTION_STEPS)

struct distribution {
    uint64_t count;
    uint64_t sum;
    uint64_t max;
    uint64_t bucket[DISTRIBUTION_BUCKETS];
};

void distribution_add(struct distribution *distribution, uint64_t value);

/* In thousandths, rounded; 0 where nothing was added. */
uint64_t distribution_mean_milli(const struct distribution *distribution);

/* The smallest value that at least `permille` thousandths of all values do not exceed. */
uint64_t distribution_percentile(const struct distribution *distribution, unsigned permille);

/* How many values lie in low .. high; bounds below DISTRIBUTION_EXACT count exactly. */
uint64_t distribution_between(const struct distribution *distribution, uint64_t low, uint64_t high);

#endif
