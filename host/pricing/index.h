/* The index of an asset out of its venues' quotes (exchange-rules.md, section 3, Index): the arithmetic, without the
 * exchange around it. Prices are 10^-12 USDC a whole coin, 1 .. 2^63-1; fractions are millionths.
 *
 *     venue's price   median of bid, ask, last: of those that it has; of two the mean, rounded down
 *     median          of the prices of all venues that are not stale; of an even number the mean of the middle two,
 *                     rounded down
 *     index           weighted mean, rounded down, of those prices, each no further from the median than `clamp`
 *                     (bounds rounded towards the median)
 *
 * A venue that is stale, or has no price, takes no part at all. One beyond `outlier` does not count to the quorum, but
 * stays in the mean, clamped: its pull is weight x clamp at most, and nothing jumps when it crosses that line. */
#ifndef VITRINE_INDEX_H
#define VITRINE_INDEX_H

#include "state.h"

struct index_result {
    uint64_t price;   /* 0: no venue has a fresh price */
    uint64_t median;
    uint32_t counted; /* venues that count to the quorum */
    bool agree;       /* every venue that counts is within `agree` of the median */
};

/* Of one venue; 0: it has none. */
uint64_t index_venue_price(const struct venue *venue);
/* Whether its quote is no older than `stale_ms` at `time_ns` and has a price. */
bool index_venue_is_fresh(const struct pricing *pricing, const struct venue *venue, uint64_t time_ns);
struct index_result index_make(const struct pricing *pricing, uint64_t time_ns);

/* Whether two prices differ by more than `fraction` of `reference`; exact. */
bool index_differs(uint64_t price, uint64_t reference, uint32_t fraction);
/* From a price towards another by at most `change` of the first, rounded down, but at least by 1, or small prices would
 * never move. From 0 (no price yet): there at once. */
uint64_t index_step(uint64_t from, uint64_t to, uint32_t change);

#endif
