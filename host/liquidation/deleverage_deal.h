/* Inside host/liquidation: lots of a bankrupt account, and who takes them over. */
#ifndef VITRINE_DELEVERAGE_DEAL_H
#define VITRINE_DELEVERAGE_DEAL_H

#include "liquidation_parts.h"

struct bankrupt {
    uint32_t episode, subaccount, position; /* rows */
    int64_t lots;            /* of the position, > 0 */
    wide share;              /* u256: the part of its equity that goes with them; below 0: what is missing */
    int64_t fund;            /* units that the fund may pay for it now */
    bool at_mark;            /* nothing goes with them: all that is missing becomes a debt */
};

/* An episode's position in a market as it is now; false where it is not to be deleveraged (any more). */
bool deleverage_look(struct exchange *exchange, uint32_t episode, uint32_t market, struct bankrupt *bankrupt);
/* At most `lots` go off a position of the other side of the market, as many as its account can bear: returns how many.
 * Its orders leave room for that: deleverage_make_room(). */
int64_t deleverage_deal(struct exchange *exchange, const struct bankrupt *bankrupt, uint32_t position, int64_t lots);

#endif
