/* Double entry. Every change of a balance or an entry cost is one entry from one subaccount to another, so nothing is
 * ever created or destroyed; entries feed the hash of the batch. */
#ifndef VITRINE_LEDGER_H
#define VITRINE_LEDGER_H

#include "state.h"

/* What an entry moves, hence what a statement adds up (docs/money.md). */
enum ledger_column {
    COLUMN_HELD,         /* units of an asset: balance.amount */
    COLUMN_APART,        /* units of an asset: balance.apart */
    COLUMN_LENT,         /* shares of a pool: balance.lent; SYSTEM_POOL has minus the sum */
    COLUMN_BORROWED,     /* shares of a pool: balance.borrowed; SYSTEM_POOL has minus the sum */
    COLUMN_LOTS,         /* position.quantity */
    COLUMN_COST,         /* quote units x 256: position.entry_cost */
    COLUMN_CREDIT,       /* USDC units: subaccount.credit; SYSTEM_CUSTODY has minus the sum, here and below */
    COLUMN_CLAIM,        /* subaccount.claim */
    COLUMN_DEBT,         /* subaccount.debt */
    COLUMNS,
};

/* number, name, statement's text, column it leaves, column it enters */
#define ENTRY_TABLE(X)                                                                                              \
    X(1, DEPOSIT, "deposit", HELD, HELD)                        /* custody -> subaccount */                         \
    X(2, WITHDRAWAL, "withdrawal released", HELD, HELD)         /* SYSTEM_WITHDRAWALS -> custody */                  \
    X(3, TRANSFER, "transfer", HELD, HELD)                      /* between subaccounts */                           \
    X(4, TRADE_BASE, "trade, base", HELD, HELD)                 /* spot: seller -> buyer */                         \
    X(5, TRADE_QUOTE, "trade, quote", HELD, HELD)               /* spot: buyer -> seller */                         \
    X(6, FEE, "fee", HELD, HELD)                                /* payer -> SYSTEM_FEES; rebates back */            \
    X(7, POSITION, "trade, lots", LOTS, LOTS)                   /* perpetual fill: seller -> buyer */               \
    X(8, COST, "trade, cost", COST, COST)                       /* of a fill: seller's entry cost -> buyer's */     \
    X(9, COST_FEE, "fee, cost", COST, COST)                     /* SYSTEM_FEES' entry cost -> payer's */            \
    X(10, FUNDING, "funding", COST, COST)                       /* SYSTEM_RESIDUE's entry cost -> payer's */        \
    X(11, REALISED, "settlement, cost", COST, COST)             /* SYSTEM_RESIDUE's entry cost -> winner's */       \
    X(12, SETTLED_PAID, "settlement paid", HELD, HELD)          /* loser -> SYSTEM_RESIDUE */                       \
    X(13, SETTLED_RECEIVED, "settlement received", HELD, HELD)  /* SYSTEM_RESIDUE -> winner */                      \
    X(14, CREDIT, "settlement won", CREDIT, CREDIT)             /* custody -> winner, and back once paid */         \
    X(15, DEBT, "debt", DEBT, DEBT)                             /* custody -> debtor, and back */                   \
    X(16, CLAIM, "claim", CLAIM, CLAIM)                         /* custody -> holder, and back */                   \
    X(17, DEBT_PAID, "debt paid", HELD, HELD)                   /* debtor -> SYSTEM_RESIDUE */                      \
    X(18, CLAIM_PAID, "claim paid", HELD, HELD)                 /* SYSTEM_RESIDUE -> holder */                      \
    X(19, LEND, "lent", HELD, HELD)                             /* lender -> SYSTEM_POOL */                         \
    X(20, REDEEM, "redeemed", HELD, HELD)                       /* SYSTEM_POOL -> lender */                         \
    X(21, BORROW, "borrowed", HELD, HELD)                       /* SYSTEM_POOL -> borrower */                       \
    X(22, REPAY, "repaid", HELD, HELD)                          /* borrower -> SYSTEM_POOL */                       \
    X(23, LENT_SHARES, "lend shares", LENT, LENT)               /* SYSTEM_POOL -> lender, and back */               \
    X(24, BORROWED_SHARES, "borrow shares", BORROWED, BORROWED) /* SYSTEM_POOL -> borrower, and back */             \
    X(25, DEPOSIT_APART, "deposit, held apart", HELD, APART)    /* custody or sibling -> subaccount */              \
    X(26, APART_FREED, "freed", APART, HELD)                    /* of one subaccount */                             \
    X(27, APART_ACCEPTED, "debt paid from apart", APART, HELD)  /* debtor -> SYSTEM_RESIDUE, its owner accepts */   \
    X(28, WITHDRAWAL_ASKED, "withdrawal requested", HELD, HELD) /* subaccount -> SYSTEM_WITHDRAWALS */              \
    X(29, WITHDRAWAL_BACK, "withdrawal cancelled", HELD, HELD)  /* SYSTEM_WITHDRAWALS -> subaccount */              \
    X(30, APART_ASKED, "return of what was apart", APART, HELD) /* subaccount -> SYSTEM_WITHDRAWALS */              \
    X(31, APART_BACK, "return cancelled", HELD, APART)          /* SYSTEM_WITHDRAWALS -> subaccount */              \
    X(32, DUST, "dust", HELD, HELD)                             /* to the fund, and its price from there */         \
    X(33, DELISTED_LOTS, "delisted, lots", LOTS, LOTS)          /* holder -> SYSTEM_RESIDUE */                      \
    X(34, FUND_PAID, "fund pays a debt", HELD, HELD)            /* SYSTEM_FUND -> SYSTEM_RESIDUE, or SYSTEM_POOL */ \
    X(35, FUND_TOPPED_UP, "fund tops up", HELD, HELD)           /* SYSTEM_FUND -> the liquidated */                 \
    X(36, LIQUIDATION_FEE, "liquidation fee", COST, COST)       /* SYSTEM_FUND's entry cost -> payer's */           \
    X(37, BACKSTOP_LOTS, "backstop, lots", LOTS, LOTS)          /* seller -> buyer, off the book */                 \
    X(38, BACKSTOP_COST, "backstop, cost", COST, COST)                                                              \
    X(39, DELEVERAGED_LOTS, "deleveraged, lots", LOTS, LOTS)    /* likewise */                                      \
    X(40, DELEVERAGED_COST, "deleveraged, cost", COST, COST)                                                        \
    X(41, TURNED, "lend turned into cash", HELD, HELD)          /* borrower -> lender, settlement asset */          \
    X(42, LIQUIDATION_FEE_CASH, "liquidation fee, cash", HELD, HELD) /* spot: payer -> SYSTEM_FUND */

enum entry_kind {
    ENTRY_NONE,
#define ENTRY_ENTRY(number, name, text, from, to) ENTRY_##name = number,
    ENTRY_TABLE(ENTRY_ENTRY)
#undef ENTRY_ENTRY
    ENTRY_KINDS,
};

/* Of a kind: its text, the columns that it leaves and enters. */
const char *ledger_entry_text(unsigned kind);
enum ledger_column ledger_entry_from(unsigned kind);
enum ledger_column ledger_entry_to(unsigned kind);

struct ledger_entry {
    uint8_t kind, reserved;
    uint16_t thing;          /* asset or market; 0: obligations, in the settlement asset */
    uint32_t from, to;       /* subaccounts */
    uint32_t reserved2;
    int64_t amount;
};

/* Sees an entry. */
typedef void (*ledger_reader)(void *context, const struct ledger_entry *entry);

/* Entries are made where they are kept: the core's in what goes into the batch's hash. Those of one kind may come in
 * runs: of all positions of a subaccount at most. */
enum { LEDGER_RUN = LIMIT_MARKETS };
/* The last `count` entries before ledger->place have been made, of one kind. */
typedef void (*ledger_sink)(void *context, uint32_t count);

struct ledger {
    struct state *state;
    struct ledger_entry *place; /* of the next entry, with room for LEDGER_RUN; NULL: nobody keeps them */
    struct ledger_entry *last;  /* beyond this place there is no room for so many: the sink has to make some */
    uint64_t told;              /* 1 << enum entry_kind: kinds that the sink is told of as soon as they are made */
    uint64_t made;              /* entries so far */
    ledger_sink sink;
    void *context;
};
static_assert(ENTRY_KINDS <= 64, "kinds are bits of ledger.told");

/* Whether `amount` units can come in: the balance stays inside LIMIT_BALANCE_UNITS, and its row is there or is made
 * now. */
bool ledger_can_receive(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount);

/* Whether a deposit of `amount` units can come in: as above, and what all clients hold of the asset stays inside
 * 4 x LIMIT_BALANCE_UNITS, so that no trade can overflow a balance. */
bool ledger_can_deposit(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount);

/* Moves `amount` >= 0 units between the columns of the kind (HELD or APART). The caller has made sure that it is there
 * and unlocked, or locked and released in the same step, and that the receiver can take it: check(). */
void ledger_move(struct ledger *ledger, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                 int64_t amount);

/* The same of a kind that moves what is held, where the rows of both balances are known. */
void ledger_move_held(struct ledger *ledger, enum entry_kind kind, uint32_t source, uint32_t target, int64_t amount);

/* Moves `shares` >= 0 of an asset's pool (ENTRY_LENT_SHARES, ENTRY_BORROWED_SHARES). From SYSTEM_POOL: new ones; to it:
 * they go. Nobody but SYSTEM_POOL gets below 0: check(). */
void ledger_move_shares(struct ledger *ledger, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                        int64_t shares);

/* Moves `amount` >= 0 units of a claim or debt. From SYSTEM_CUSTODY: a new one; to it: it is over. Keeps the lists of
 * debtors and claimants. */
void ledger_oblige(struct ledger *ledger, enum entry_kind kind, uint32_t from, uint32_t to, int64_t amount);
/* Likewise of a credit, which no list holds. */
void ledger_credit(struct ledger *ledger, uint32_t from, uint32_t to, int64_t amount);

/* Moves an entry cost (quote units x 256, either sign) from SYSTEM_RESIDUE's position in the market to this one. */
void ledger_move_cost(struct ledger *ledger, enum entry_kind kind, uint32_t position, int64_t cost);
/* The same as ENTRY_REALISED for positions of a subaccount, in their order; not for SYSTEM_RESIDUE, and only where
 * entries are kept. */
struct ledger_cost {
    uint32_t position, residue; /* its market's residue_position */
    int64_t cost;
};
void ledger_realise(struct ledger *ledger, uint32_t subaccount, const struct ledger_cost *costs, uint32_t count);

/* Lots of a delisted market from a position (either sign) to SYSTEM_RESIDUE's: it is flat, open cost and all. Its entry
 * cost is what settlement has left. */
void ledger_flatten(struct ledger *ledger, uint32_t position);

/* Charges what a position owes of funding: ceil(quantity x (funding_index - funding) / 10^9) on its entry cost. Before
 * any change of its quantity: the functions here do it themselves. */
static inline void ledger_bring_current(struct ledger *ledger, uint32_t position);
/* The same number, without charging it; quote units x 256. */
static inline int64_t ledger_pending_funding(const struct market *market, const struct position *position);

/* Most positions are current: only the others are worked out. */
void ledger_charge_funding(struct ledger *ledger, uint32_t position);
int64_t ledger_owed_funding(const struct market *market, const struct position *position);
static inline bool ledger_is_current(const struct market *market, const struct position *position)
{
    return position->funding == market->funding_index;
}
static inline void ledger_bring_current(struct ledger *ledger, uint32_t row)
{
    const struct position *position = state_position(ledger->state, row);

    if (!ledger_is_current(state_market(ledger->state, position->market), position))
        ledger_charge_funding(ledger, row);
}
static inline int64_t ledger_pending_funding(const struct market *market, const struct position *position)
{
    return ledger_is_current(market, position) ? 0 : ledger_owed_funding(market, position);
}

/* A fill of a perpetual: `lots` from seller to buyer, `cost` (quote units x 256) from the seller's entry cost to the
 * buyer's. Averages, realised, open interest and the market's sums follow. Rows of positions exist. */
void ledger_trade_position(struct ledger *ledger, uint32_t market, uint32_t buyer, uint32_t seller, int64_t lots,
                           int64_t cost);

/* The same off the book: `kind` ENTRY_BACKSTOP_LOTS or ENTRY_DELEVERAGED_LOTS, its cost's kind follows it. */
void ledger_hand_over(struct ledger *ledger, enum entry_kind kind, uint32_t market, uint32_t buyer, uint32_t seller,
                      int64_t lots, int64_t cost);

/* A liquidation fee, quote units x 256, >= 0, from a position's entry cost to the fund's. */
void ledger_liquidation_fee(struct ledger *ledger, uint32_t position, int64_t fee);

/* A fee of a perpetual's fill, quote units x 256, on the payer's entry cost; negative: a rebate. */
void ledger_fee_position(struct ledger *ledger, uint32_t market, uint32_t payer, int64_t fee);

/* Locks or releases (negative) units for a spot order. What is locked above what is held counts as reserved in the
 * asset's pool: the caller has made sure that the pool has it; that there is a pool: check(). */
void ledger_lock(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount);
/* Units of a lock that are not held: open orders take them from the pool, where they are reserved. Clients only. */
static inline int64_t ledger_pool_part(const struct balance *balance)
{
    return balance->locked > balance->amount ? balance->locked - balance->amount : 0;
}
/* Whether there is something that lending may lend or use to repay: free units of an asset with a pool, of a subaccount
 * whose flags ask for it. Such a balance is put into the list totals.idle when its amount or its lock changes. */
bool ledger_is_idle(const struct state *state, const struct balance *balance);
/* Puts one there, if it is idle; and all of a subaccount: after a change of its flags. */
void ledger_list_balance(struct ledger *ledger, uint32_t balance);
void ledger_list_idle(struct ledger *ledger, uint32_t subaccount);
/* Units that may come in later, for the cap on what an account holds (balance.account_coming): more, or fewer. Nothing
 * moves; the exchange's own subaccounts are not looked at. */
void ledger_expect(struct ledger *ledger, uint32_t subaccount, uint32_t asset, wide units);
/* Units that are there and not locked, at least 0; and the same of a subaccount's balance, if it has one. */
static inline int64_t ledger_free_of(const struct balance *balance)
{
    return balance->amount > balance->locked ? balance->amount - balance->locked : 0;
}
int64_t ledger_free(const struct state *state, uint32_t subaccount, uint32_t asset);

struct ledger_violation {
    char text[160];          /* what, where, the value; "" if all is well */
};

/* The running totals alone; and everything counted again, row by row: positions and entry costs of every market sum to
 * 0, balances of every asset to 0 with custody, locks and open sides to what the orders say, lists whole. */
bool ledger_totals_hold(const struct state *state, struct ledger_violation *violation);
bool ledger_recount(const struct state *state, struct ledger_violation *violation);

#endif
