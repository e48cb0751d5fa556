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
    wide balance_sum[LIMIT_ASSETS + 1];
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

/* Counts it for the trees that it belongs to; its attached orders know it. The row itself has been looked at. */
bool recount_order_links(struct recount *recount, uint32_t row);

/* Once everything has been counted: trees and buckets hold nothing else, free slots and rows are each in their list
 * once, users, accounts and refills list what names them. */
bool recount_links(struct recount *recount);

#endif
