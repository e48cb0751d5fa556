/* The public tally of liquidation: by market in struct unwind, and of the venue. For whoever shows it. */
#ifndef VITRINE_TALLY_H
#define VITRINE_TALLY_H

#include "state.h"

/* The sum over all markets, settlement units (of struct tally: quote units of perpetual and spot markets against the
 * settlement asset). */
struct tally tally_of_venue(const struct state *state);

/* What was socialised, settlement units: what the deleveraged lost against the mark, claims that stand, claims that
 * have fallen, lend that was written off at the indices. */
struct tally_socialised {
    int64_t deleveraged_loss, claims, claims_fallen, lend_fallen;
};
struct tally_socialised tally_socialised(const struct state *state);

#endif
