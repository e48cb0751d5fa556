/* Inside host/margin: a subaccount being added up. Not for others. */
#ifndef VITRINE_MARGIN_SUM_H
#define VITRINE_MARGIN_SUM_H

#include "margin.h"

/* One asset that is looked at as if it had changed already. */
struct margin_moved {
    uint32_t asset;             /* 0: none */
    int64_t held, borrowed, locked; /* units more */
};

/* What margin asks of a balance. */
struct margin_holding {
    wide held;                  /* units, lent ones included */
    wide borrowed;              /* units */
    wide missing;               /* units that resting spot orders would borrow: locked above what is held */
};

enum margin_part {
    MARGIN_WHOLE,
    MARGIN_FROM_ABOVE,          /* initial margin from above, of positions alone; neither collateral nor maintenance */
    MARGIN_MAINTENANCE,         /* no initial margin: open orders are not looked at */
};

struct margin_sum {
    const struct state *state;
    const struct subaccount *owner;
    const struct margin_change *change; /* NULL: as it stands */
    struct margin_view *view;
    struct open_side changed[2];        /* both sides of its position, with the change */
    struct margin_moved moved;
    uint32_t subaccount, settlement;    /* settlement: asset, 0: none yet */
    uint32_t leverage;
    uint8_t decimals;                   /* of the settlement asset */
    uint8_t part;                       /* enum margin_part */
    bool careful;                       /* something is let out: the worse of diverged prices, frozen collateral is 0 */
    bool gross;                         /* what is borrowed of the settlement asset is exposure though it is held */
    bool exposed;                       /* open perpetuals or orders in them, a loss, a borrow, a debt */
    bool unmarked;                      /* one of them has no price */
    bool stopped;                       /* one of them is frozen */
    int64_t credit;                     /* units of it that count */
    wide cash;                          /* units of the settlement asset: held - borrowed */
    wide borrowed, missing;             /* struct margin_holding, of the settlement asset */
};

static inline wide margin_sum_larger(wide left, wide right)
{
    return left > right ? left : right;
}

/* A change of spot orders moves a lock. The sides with it must fit: margin_check() has seen to that. */
void margin_sum_start(struct margin_sum *sum, const struct state *state, uint32_t subaccount,
                      const struct margin_change *change, struct margin_view *view);
void margin_sum_balances(struct margin_sum *sum);
void margin_sum_positions(struct margin_sum *sum);
/* What comes of both; view->profit may have been changed before. */
void margin_sum_finish(struct margin_sum *sum);
/* The three of them. */
void margin_sum_all(struct margin_sum *sum);

/* What it has of an asset, with what has moved. */
struct margin_holding margin_sum_holding(const struct margin_sum *sum, uint32_t asset);
/* Haircut value of `quantity` >= 0 units; u256, and that of owing as much. */
wide margin_sum_value(struct margin_sum *sum, uint32_t asset, wide quantity);
wide margin_sum_liability(struct margin_sum *sum, uint32_t asset, wide quantity);

/* Of the two marks of a diverged market the higher or the lower one, where something is let out. */
uint64_t margin_sum_mark(const struct margin_sum *sum, const struct market *market, bool higher);

/* Of a position with its open orders: the larger side, u256. */
wide margin_sum_market(const struct margin_sum *sum, const struct market *market, int64_t quantity,
                       const struct open_side sides[2]);
/* What its perpetuals, with the change that there is, and commitments add to what is available, from below: their
 * profit less a bound of their initial margin; u256. */
struct margin_rough {
    wide available;
    bool exposed;               /* struct margin_sum */
};
/* False: one of them has no mark. For a careful sum. */
bool margin_sum_perpetuals_roughly(const struct margin_sum *sum, struct margin_rough *rough);
/* What the settlement asset asks for where there is `net` of it, u256, claims apart; what orders would borrow
 * included. */
wide margin_sum_shortage(const struct margin_sum *sum, wide net);

/* margin_backstop.c: what is reserved for all that the subaccount has committed. */
void margin_sum_commitments(struct margin_sum *sum);

/* margin_spot.c: the collateral value that is lost if all of one side fills at its prices or at the mark, whichever is
 * worse; below 0: gained. What both sides lose; and a bound of that from above without roots and divisions, for those
 * who borrow nothing. */
wide margin_sum_spot_change(struct margin_sum *sum, const struct market *market, uint8_t side,
                            const struct open_side *sums);
wide margin_sum_spot_loss(struct margin_sum *sum, const struct market *market, const struct open_side sides[2]);
wide margin_sum_spot_bound(struct margin_sum *sum, const struct market *market, const struct open_side sides[2]);

/* By how much the losses that spot orders of all markets could make of an asset, of which they lock no more than the
 * `held` units, may exceed its collateral value; u256. */
wide margin_sum_spot_excess(const struct margin_sum *sum, uint32_t asset, wide held);

/* The position that a change is about; an empty one where there is no row yet. */
const struct position *margin_sum_position(const struct state *state, const struct margin_change *change);
/* Likewise, its open sides. */
const struct open_side *margin_sum_sides(const struct state *state, const struct margin_change *change);
/* margin_orders.c */
/* Whether an entry cost stays in its 64 bits when `notional` quote units more fill on a side, or leads back to 0. */
bool margin_sum_cost_fits(int64_t cost, uint8_t side, wide notional);
/* Adds the lots that the account's other subaccounts could come to hold, and how many more than now. `position`: row of
 * the subaccount's own in the market, 0: it has none yet. */
void margin_sum_siblings(const struct state *state, uint32_t subaccount, uint32_t market, uint32_t position,
                         wide *reach, wide *growth);
/* Whether so many lots are worth LIMIT_NOTIONAL_UNITS at the mark, at most. */
bool margin_sum_notional_fits(const struct market *market, wide lots);

#endif
