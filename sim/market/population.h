/* Leveraged accounts: who they are and what they hold before a crash, as a function of a seed.
 *
 * Chosen, for no venue publishes its accounts' margins:
 * - Sizes are Pareto with tail exponent 1.2 up to 200 times the least: a tenth of the accounts has about half of the
 *   open interest, and of 2,400 the largest a fiftieth.
 * - Leverage (all positions' notional by collateral) of 2, 3, 5, 10, 20 and 40 with shares of 15, 20, 25, 22, 13 and 5
 *   %, each +-25 %, never above 80 % of what the initial margin allows: retail venues default to 10 or 20 and most
 *   users stay below.
 * - Four fifths of them are long: longs of a boom are leveraged, the other side is hedgers' at low leverage (who are
 *   made by the caller).
 * - A third has positions in two to four markets under one margin, all in one direction.
 * - A fifth has coins for 30 to 100 % of its collateral (of the first market, whose haircut then counts).
 * - 3 % have no position but coins bought on a spot market with borrowed USDC, at a leverage of 2 to 4.
 * - 6 % have a stop-loss at 40 to 90 % of the way to bankruptcy. */
#ifndef VITRINE_POPULATION_H
#define VITRINE_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

enum { POPULATION_LEGS = 4 };

struct population_market {
    double open_interest;    /* USDC that leveraged longs are to hold in all */
    double imf, imf_factor;  /* initial margin of a notional n: n x max(imf, imf_factor x sqrt(n)) */
};

struct population_leg {
    uint32_t market;
    double notional;         /* USDC, negative: short */
};

struct population_account {
    bool borrower;           /* no legs: coins of the first market for `coins` USDC, `borrowed` of which are owed */
    uint32_t legs;
    struct population_leg leg[POPULATION_LEGS];
    double cash, coins;      /* collateral, USDC; coins at their market price */
    double borrowed;
    double stop;             /* of the first leg: fraction of the price by which it may move against it; 0: none */
};

struct population_settings {
    uint64_t seed;
    uint32_t accounts, markets;
    const struct population_market *market;
    bool spot;               /* there is a spot market of the first market's coin: borrowers */
};

/* Fills `accounts`. Longs come to each market's open interest, where there are enough accounts for that within their
 * margin; shorts to about a quarter of it. */
void population_make(const struct population_settings *settings, struct population_account *accounts);

#endif
