/* Market makers: what each would like to have in a book, as a function of a price outside, its own inventory and what
 * it has made or lost. No orders are sent here. All figures are chosen but where a source is named.
 *
 * - A ladder a side: cumulative size to a distance x is (x / 5 %)^0.65 of what the maker shows within 5 %. (Binance BTC
 *   perpetual, 2024-08-08: 3.7 million USDC within 5 bp and 20 million within 20 bp: exponent 1.2 near the touch; 722
 *   million within 5 % in 2025: 0.65 to 1.1 further out, between venues.)
 * - Volatility is the root of a mean of squared returns of a second, which rises at once and falls with a half-life of
 *   20 s. As it rises above the calm, size shrinks to a quarter (2025-10-10: asks within 5 % fell from 722 to 174
 *   million USDC), the touch widens, and after a move beyond its limit in ten seconds a maker takes everything off.
 *   Nine tenths of what is missing come back in a time of each maker's own, 10 to 40 s.
 * - What was taken from a side is not replaced at once: that much is missing from the top of its ladder, and comes back
 *   in the same time. So trades move the mid, and the move fades as makers refill.
 * - Inventory shifts both sides away from more of it, up to 0.5 % at its limit, until it has been hedged elsewhere (the
 *   position here stays; time constant 120 s). Beyond the limit a side stays empty. A maker that has lost what it may,
 *   hedges elsewhere counted, leaves everywhere and comes back after 1 to 3 minutes (limits are set anew, capital is
 *   brought), as slowly as it refills: on 2025-10-10 books were thin for minutes, but no large market stayed without
 *   makers. */
#ifndef VITRINE_MAKERS_H
#define VITRINE_MAKERS_H

#include <stdbool.h>
#include <stdint.h>

struct makers;

enum { MAKERS_LEVELS_MAX = 24 };
#define MAKERS_REACH 0.05 /* the ladder's furthest level, of the price */

struct makers_settings {
    uint32_t makers, markets, levels; /* levels: of a side */
    uint64_t seed;
};

struct makers *makers_create(const struct makers_settings *settings);
void makers_destroy(struct makers *makers);

/* What all makers together show within 5 % on both sides in calm times, lots; what each holds at most, lots; the
 * standard deviation of a second's return in calm times. Before anything else. */
void makers_set_market(struct makers *makers, uint32_t market, double depth_lots, double inventory_lots, double calm);
/* Once a second and market: the price outside, any unit. */
void makers_observe(struct makers *makers, uint32_t market, double price);
/* A maker's position there, lots: what changed since the last call was taken from its ladder. */
void makers_hold(struct makers *makers, uint32_t maker, uint32_t market, double lots);
/* What a maker has won elsewhere with its hedges there since it came (back): lots x the unit of the price outside. */
double makers_won_elsewhere(const struct makers *makers, uint32_t maker, uint32_t market);
/* A maker leaves everywhere: it has lost what it may. */
void makers_leave(struct makers *makers, uint32_t maker);
bool makers_are_away(const struct makers *makers, uint32_t maker);
/* Once a second, for a maker that is away. True: its pause is over, it is back with nothing in its ladders yet. */
bool makers_wait(struct makers *makers, uint32_t maker);

/* A level of a maker's side (buys: below). `price` in the unit of the price outside; lots 0: none. */
struct makers_level {
    double price, lots;
};
/* All levels of a side, the nearest first; `levels` has room for the settings' number. */
void makers_ladder(const struct makers *makers, uint32_t maker, uint32_t market, bool buys,
                   struct makers_level *levels);
/* Whether the price has moved so far since the maker's last ladder that the whole of it should go first. */
bool makers_pull(struct makers *makers, uint32_t maker, uint32_t market);

#endif
