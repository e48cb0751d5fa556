/* Inside the recount of accounts/ledger.h: what its two halves share. */
#ifndef VITRINE_RECOUNT_H
#define VITRINE_RECOUNT_H

#include "ledger.h"
#include "order.h"

struct recount {
    const struct state *state;
    struct ledger_violation *violation;
    uint64_t balances, positions, orders, user_orders, slots; /* found in lists */
    uint64_t references, refills;                             /* orders and positions that must be in others */
    uint64_t idle;                                            /* likewise balances */
    wide balance_sum[LIMIT_ASSETS + 1];
    wide lent[LIMIT_ASSETS + 1], borrowed[LIMIT_ASSETS + 1], reserved[LIMIT_ASSETS + 1]; /* of pools */
    wide lots[LIMIT_MARKETS + 1], cost[LIMIT_MARKETS + 1], interest[LIMIT_MARKETS + 1];
    uint32_t slots_used[LIMIT_MARKETS + 1];
    wide locked[LIMIT_ASSETS + 1]; /* of the subaccount looked at */
    /* Orders that trees must hold: by market, and side or number of the triggers' tree. */
    uint64_t parked[LIMIT_MARKETS + 1][2], triggers[LIMIT_MARKETS + 1][6], expiries, bumps;
};

/* Says what is wrong with a row, "TABLE row N: ..."; false. */
bool recount_wrong(struct ledger_violation *violation, const struct table *table, uint32_t row, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static inline bool recount_is_row(const struct table *table, uint32_t row)
{
    return row != TABLE_NONE && row < table->used;
}

/* recount_pools.c: a balance's part in a pool; then the pools, what counts for whole accounts, and the idle lists. */
bool recount_pool_parts(struct recount *recount, uint32_t balance);
bool recount_pools(struct recount *recount);

/* recount_dues.c: lists of debtors and claimants, withdrawals under way, inputs that wait. */
bool recount_dues(const struct recount *recount);

/* Counts it for the trees that it belongs to; its attached orders know it. The row itself has been looked at. */
bool recount_order_links(struct recount *recount, uint32_t row);

/* Once everything has been counted: trees and buckets hold nothing else, free slots and rows are each in their list
 * once, users, accounts and refills list what names them. */
bool recount_links(struct recount *recount);

/* recount_liquidation.c: episodes, commitments and the users of accounts are each in their lists once; numbers that
 * can't be below 0 are not. */
bool recount_liquidation(const struct recount *recount);

/* Credits, claims and debts, and that residue has what the others have paid in or not been paid yet, to the unit. */
bool recount_settlement(const struct recount *recount);

#endif
