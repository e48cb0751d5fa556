/* Conversion of a debtor's collateral on the book (exchange-rules.md, section 5): inside host/settlement. */
#ifndef VITRINE_CONVERSION_H
#define VITRINE_CONVERSION_H

#include "core.h"

/* What becomes of what a balance holds and lends, less what it owes of the same asset, before a debt is anybody
 * else's. What is held apart does not count. */
enum conversion_way {
    CONVERSION_NONE,    /* nothing there, or worth less than a unit; coins of the exchange's own subaccounts */
    CONVERSION_IS_CASH, /* of the settlement asset: it pays as it is */
    CONVERSION_ON_BOOK, /* at least the least order of a spot market against the settlement asset, be it closed now */
    CONVERSION_BY_FUND, /* no such market, or less than that: the fund takes it at the index */
    CONVERSION_WAITS,   /* the same without an index, or with a frozen one */
};
enum conversion_way conversion_way(const struct exchange *exchange, uint32_t balance);

/* Sends one order, an IOC of the exchange's own, that sells what a debtor without open orders has of some asset: at
 * most a quarter of the bids inside the impact band, at the tighter of impact and mean-mark band. Its own borrows of
 * that asset go first, and its lend of it is redeemed as needed. Nothing (false) where no market is open, nobody bids,
 * or nothing is worth a lot, and for the exchange's own subaccounts. At the start of a round. */
bool conversion_send(struct exchange *exchange, uint32_t subaccount);

/* One coin goes to the fund at the lower of its index and what that was clamped from, rounded down for the debtor: as
 * much as is owed, as far as it is free and `left` units of the fund pay for it. Whether one did; the USDC is then the
 * debtor's. Not in the middle of a pass. */
bool conversion_take_over(struct exchange *exchange, uint32_t subaccount, int64_t left);

#endif
