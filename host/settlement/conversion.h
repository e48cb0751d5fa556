/* Conversion of a debtor's collateral on the book (exchange-rules.md, section 5): inside host/settlement. */
#ifndef VITRINE_CONVERSION_H
#define VITRINE_CONVERSION_H

#include "core.h"

/* Whether what a balance holds and lends could pay a debt: money of the settlement asset, or a lot that a market takes.
 * What is held apart does not count. */
bool conversion_is_worth(const struct exchange *exchange, uint32_t balance);

/* Sends one order, an IOC of the exchange's own, that sells what a debtor without open orders has of some asset: at
 * most a quarter of the bids inside the impact band, at the tighter of impact and mean-mark band. Its own borrows of
 * that asset go first, and its lend of it is redeemed as needed. Nothing where no market is open, nobody bids, or
 * nothing is worth a lot. At the start of a round. */
void conversion_send(struct exchange *exchange, uint32_t subaccount);

#endif
