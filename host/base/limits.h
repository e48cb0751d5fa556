/* Every compiled limit of the exchange, and how they depend on each other. Memory for all of it is reserved at start
 * (or for less, as configured); running out is a typed rejection, never an allocation. */
#ifndef VITRINE_LIMITS_H
#define VITRINE_LIMITS_H

#include <assert.h>
#include <stdint.h>

#include "contract.h"

enum limit {
    LIMIT_ASSETS = 64,
    LIMIT_MARKETS = 256,
    LIMIT_ACCOUNTS = 1000000,
    LIMIT_SUBACCOUNTS = 1000000,
    LIMIT_USERS = 65536,          /* log-ins, each with its own stream of sequenced messages */
    LIMIT_BALANCES = 4000000,     /* (subaccount, asset) pairs that ever held anything */
    LIMIT_POSITIONS = 4000000,    /* (subaccount, market) pairs with a position or open orders */
    LIMIT_ORDERS = 4000000,       /* open: on the card, parked, waiting for a trigger */
    LIMIT_TRANSFERS = 4000000,    /* references of deposits and withdrawals that are remembered */
    LIMIT_SLOTS = 1 << CARD_SLOT_BITS, /* orders on the card */
    LIMIT_JOBS = 65536,           /* cancel jobs under way */
    LIMIT_BATCH_INPUTS = 4096,    /* inputs in one batch */
    LIMIT_BATCH_BYTES = 1 << 20,  /* their size */
    LIMIT_BATCH_DERIVED = 4096,   /* derived commands in one batch; the rest heads the next */
    LIMIT_INPUT_BYTES = 1024,     /* the largest input */
    LIMIT_STOPS_PER_POSITION = 32,
    LIMIT_SHARE_SLOTS = 4,        /* one account holds at most this part of a market's slots */
    LIMIT_SHARE_OWN = 64,         /* this part of slots and rows nobody gets: limit_own() */
    LIMIT_SHARE_ORDERS = 8,       /* and of all open orders that there is room for */
    LIMIT_ORDERS_PER_POSITION = 2048, /* open orders of a subaccount in a market: bounds every walk of their list */
    LIMIT_VENUES = 16,            /* that an asset's index is made of */
    LIMIT_SAMPLES = 300,          /* seconds of the moving means */
    LIMIT_DEFERRED = 4096,        /* inputs that wait for a settlement pass or a notice */
    LIMIT_DEFERRED_BYTES = 272,   /* the largest of them */
    LIMIT_JURISDICTIONS = 16,
    LIMIT_COMMITMENTS = 16384,    /* (subaccount, market) pairs of backstop providers */
    LIMIT_PROVIDERS = 256,        /* of them in one market: every hand-over looks at all */
    LIMIT_USERS_PER_ACCOUNT = 64, /* who are told what happens to the account itself */
    LIMIT_RANKS = 128,            /* steps of the deleveraging rank */
    LIMIT_DEPTH_SAMPLES = 5,      /* seconds of a book's depth that a liquidation looks back */
    SETTLEMENT_CLASSES = 4,       /* of winners: vPnL, auto-lenders, others, the system */
    LIMIT_REDUCE_ONLY_PER_POSITION = 256, /* an order on the closing side may have to cut them all */
};

/* Largest notional of a position with all its open orders, in units of the settlement asset: 1.8e10 USDC. Leaves room
 * for 8 fraction bits in 64 bits, so that entry costs never overflow. */
#define LIMIT_NOTIONAL_UNITS (INT64_C(1) << 54)
/* Largest balance of an asset, in its smallest unit. Sums over all accounts are kept in 128 bits. */
#define LIMIT_BALANCE_UNITS (INT64_C(1) << 60)

/* Of so many slots or rows, how many are left to the exchange's own orders: liquidation, conversion. At least two, but
 * where there are hardly any. */
static inline uint32_t limit_own(uint32_t all)
{
    enum { HARDLY_ANY = 16, LEAST = 2 };
    const uint32_t part = all / LIMIT_SHARE_OWN;

    return all < HARDLY_ANY ? 0 : part < LEAST ? LEAST : part;
}

static_assert(LIMIT_RANKS <= UINT8_MAX, "a rank is a byte of its position");
static_assert(LIMIT_MARKETS <= 1 << CARD_MARKET_BITS, "a market number fits the contract");
static_assert(LIMIT_ACCOUNTS <= 1 << CARD_OWNER_BITS, "an owner on the card is an account");

#endif
