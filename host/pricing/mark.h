/* The mark of a perpetual and the moving means (exchange-rules.md, section 3, Mark): the arithmetic, without the
 * exchange around it. Prices are ticks x 256, 1 .. CARD_FIXED_MAX; premiums and fractions millionths. */
#ifndef VITRINE_MARK_H
#define VITRINE_MARK_H

#include "state.h"

/* The average price at which a notional could be bought (or sold), level by level, best first. The last level counts
 * with the fraction of it that is needed. */
struct mark_impact {
    uint64_t notional;   /* quote units */
    uint64_t lot_units;  /* quote units of one tick x one lot (market.tick_lot_units) */
    uwide spent, lots;   /* in the levels so far */
    uint64_t average;    /* ticks x 256, rounded down; 0 while there is not enough */
};
/* Takes a level; true once there is enough. */
bool mark_impact_take(struct mark_impact *impact, uint32_t price, uint64_t lots);
/* Mean of both sides' averages, rounded down; 0 if one of them is. */
uint64_t mark_impact_mid(uint64_t buy, uint64_t sell);

/* Adds a sample of (impact mid - index), ticks x 256, with weight 1/60 to an average in ticks x 256 x 2^16; the step is
 * rounded towards zero, so that no sign is favoured and the average never passes the sample. */
int64_t mark_ewma(int64_t ewma, int64_t sample);

/* A mark no further from `index` than min(5 %, half of the base MMF), bounds rounded towards the index. `target` may be
 * anything, also below 0. */
uint64_t mark_bound(wide target, uint64_t index, const struct margin_function *mmf);
/* index + EWMA (rounded down), within those bounds around `around`. */
uint64_t mark_target(uint64_t index, int64_t ewma, uint64_t around, const struct margin_function *mmf);
/* The next mark after `mark` (0: none yet): towards index + EWMA by at most `change` of it, then into the bounds. */
uint64_t mark_next(uint64_t mark, uint64_t index, int64_t ewma, uint32_t change, const struct margin_function *mmf);

/* (impact mid - index) / index in millionths, rounded towards zero, at most +-CARD_PREMIUM_MAX. A mid of 0: 0. */
int32_t mark_premium(uint64_t mid, uint64_t index);

/* --- rings of samples, one a second; sums are kept, so that a mean is one division --- */

void mark_add_mark(struct samples *samples, uint64_t mark);
void mark_add_premium(struct samples *samples, int32_t premium);
/* Means, rounded down, of the last LIMIT_SAMPLES, or MARK_FAST of them, or those that exist; 0 where none does. */
enum { MARK_FAST = 10 };
uint64_t mark_mean(const struct samples *samples);
uint64_t mark_fast_mean(const struct samples *samples);
int32_t mark_mean_premium(const struct samples *samples);

/* The index of this second, for the mean of the last hour. */
void mark_add_hour(struct samples *samples, uint64_t time_ns, uint64_t index);
/* Mean, rounded down, of the minute under way and the 59 before it; 0: no samples in them. */
uint64_t mark_hour_mean(const struct samples *samples, uint64_t time_ns);

#endif
