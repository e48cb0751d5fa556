/* Double entry. Every change of a balance or an entry cost is one entry from one subaccount to another, so nothing is
 * ever created or destroyed; entries feed the hash of the batch. */
#ifndef VITRINE_LEDGER_H
#define VITRINE_LEDGER_H

#include "state.h"

enum entry_kind {
    ENTRY_NONE,
    ENTRY_DEPOSIT,       /* custody -> subaccount */
    ENTRY_WITHDRAWAL,    /* subaccount -> custody */
    ENTRY_TRANSFER,      /* between subaccounts */
    ENTRY_TRADE_BASE,    /* spot: seller -> buyer */
    ENTRY_TRADE_QUOTE,   /* spot: buyer -> seller */
    ENTRY_FEE,           /* payer -> SYSTEM_FEES (rebates the other way round) */
    ENTRY_POSITION,      /* perpetual fill: `amount` lots from seller to buyer */
    ENTRY_COST,          /* entry cost, quote units x 256, from seller to buyer of a fill */
    ENTRY_COST_FEE,      /* perpetual fee: adds to the payer's entry cost, takes from SYSTEM_FEES' */
};

struct ledger_entry {
    uint8_t kind, reserved;
    uint16_t thing;          /* asset or market */
    uint32_t from, to;       /* subaccounts */
    uint32_t reserved2;
    int64_t amount;
};

/* Takes each entry; the core's goes into the batch's hash. */
typedef void (*ledger_sink)(void *context, const struct ledger_entry *entry);

struct ledger {
    struct state *state;
    ledger_sink sink;
    void *context;
};

/* Whether `amount` units can come in: the balance stays inside LIMIT_BALANCE_UNITS, and its row is there or is made
 * now. */
bool ledger_can_receive(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount);

/* Whether a deposit of `amount` units can come in: as above, and what all clients hold of the asset stays inside
 * 4 x LIMIT_BALANCE_UNITS, so that no trade can overflow a balance. */
bool ledger_can_deposit(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount);

/* Moves `amount` >= 0 units. The caller has made sure that it is there and unlocked, or locked and released in
 * the same step, and that the receiver can take it: check(). */
void ledger_move(struct ledger *ledger, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                 int64_t amount);

/* A fill of a perpetual: `lots` from seller to buyer, `cost` (quote units x 256) from the seller's entry cost to the
 * buyer's. Averages, realised, open interest and the market's sums follow. Rows of positions exist. */
void ledger_trade_position(struct ledger *ledger, uint32_t market, uint32_t buyer, uint32_t seller, int64_t lots,
                           int64_t cost);

/* A fee of a perpetual's fill, quote units x 256, on the payer's entry cost; negative: a rebate. */
void ledger_fee_position(struct ledger *ledger, uint32_t market, uint32_t payer, int64_t fee);

/* Locks or releases (negative) units for a spot order; stays in 0 .. amount: check(). */
void ledger_lock(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount);
/* Units that are there and not locked. */
int64_t ledger_free(const struct ledger *ledger, uint32_t subaccount, uint32_t asset);

struct ledger_violation {
    char text[160];          /* what, where, the value; "" if all is well */
};

/* The running totals alone; and everything counted again, row by row: positions and entry costs of every market sum to
 * 0, balances of every asset to 0 with custody, locks and open sides to what the orders say, lists whole. */
bool ledger_totals_hold(const struct state *state, struct ledger_violation *violation);
bool ledger_recount(const struct state *state, struct ledger_violation *violation);

#endif
