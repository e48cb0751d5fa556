/* Margins of many subaccounts, one after the other, as prices and parameters stand: the numbers of margin_compute() and
 * margin_compute_maintenance() to the unit, several times faster. What markets and assets bring to every sum is worked
 * out once beforehand (margin_rate.h), sums of what is usual have 64 bits, and rows are fetched before it is their
 * turn. Whoever has something out of the usual (a borrow, a debt, a frozen price, millions of USDC in one position) is
 * handed on to margin_compute(). */
#ifndef VITRINE_MARGIN_WALK_H
#define VITRINE_MARGIN_WALK_H

#include "margin_rate.h"

enum {
    MARGIN_WALK_RING = 16,      /* subaccounts ahead whose rows are being fetched, a power of two */
    MARGIN_WALK_LEVERAGES = 16, /* limits of leverage that are kept, a power of two */
};

/* What of a market is not usual. */
enum margin_walk_exact {
    EXACT_NONE,
    EXACT_ORDERS,               /* a spot market: nothing counts but orders */
    EXACT_ALL,                  /* no mark, or a frozen one */
};

/* One line of the processor's cache. */
struct margin_walk_market {
    wide funding_index;         /* of the market */
    uint64_t lot;               /* of one lot at the mark, u256 */
    uint64_t lots_most;         /* up to which all margins are parts of the notional */
    uint64_t initial, maintenance, fee; /* struct margin_rate: `part` */
    uint8_t initial_shift, maintenance_shift, fee_shift;
    uint8_t pays;               /* 1: takers pay fees */
    uint8_t exact;              /* enum margin_walk_exact */
    uint8_t reserved[3];
};

struct margin_walk_asset {
    struct margin_worth worth;
    uint64_t cash;              /* all bits: it is the settlement asset; none: it is not */
};

struct margin_walk {
    const struct state *state;
    uint32_t settlement;        /* asset, 0: none yet, and nobody is usual */
    bool whole;                 /* what margin_compute() finds; else margin_compute_maintenance() */
    uint64_t handed_on;         /* subaccounts that were not usual */
    struct margin_rate initial, maintenance; /* of the settlement asset's shortage */
    struct margin_walk_market markets[LIMIT_MARKETS + 1];
    struct margin_walk_asset assets[LIMIT_ASSETS + 1];
    uint32_t leverages[MARGIN_WALK_LEVERAGES]; /* of what rates the next ones are, 0: none */
    struct margin_rate leverage_rates[MARGIN_WALK_LEVERAGES];
    /* of those who come: their rows, and the next of their lists to be fetched */
    uint32_t number;            /* of them so far */
    uint32_t subaccounts[MARGIN_WALK_RING], positions[MARGIN_WALK_RING], balances[MARGIN_WALK_RING];
};

/* Good as long as neither markets, assets nor pools of the state change. */
void margin_walk_begin(struct margin_walk *walk, const struct state *state, bool whole);

/* Of one row; in the order of rows, or what is fetched ahead is of no use. */
void margin_walk_compute(struct margin_walk *walk, uint32_t subaccount, struct margin_view *view);

#endif
