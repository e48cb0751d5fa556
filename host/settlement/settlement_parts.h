/* Inside host/settlement: what its files share. */
#ifndef VITRINE_SETTLEMENT_PARTS_H
#define VITRINE_SETTLEMENT_PARTS_H

#include "lending.h"
#include "settlement.h"

/* totals.pass_run, by stage. */
enum settlement_run {
    /* PAY */
    RUN_CREDITS = 0,     /* credits of the winners so far */
    RUN_PAID = 1,        /* paid to them */
    RUN_LENT = 2,        /* of that in lend shares, at face */
    RUN_CLASS = 3,       /* class that is being paid; SETTLEMENT_CLASSES: all at once, since there is only cash */
    RUN_LENT_SHARES = 4, /* lend shares given out */
    /* CLAIMS */
    RUN_CLAIMS = 0,      /* claims of the holders so far, as they were */
    RUN_CLAIMS_PAID = 1,
    RUN_CLAIMS_FALLEN = 2,
};

/* The part of `amount` that belongs to [before, after) of `whole`: the difference of two running sums, each rounded
 * down. So the parts of all add up to `amount`, and each is within a unit of its share. 0 of an empty whole. */
static inline int64_t settlement_part(int64_t amount, wide before, wide after, wide whole)
{
    uwide first = 0, second = 0;

    if (whole == 0)
        return 0;
    check(amount >= 0 && before >= 0 && before <= after && after <= whole);
    check(wide_scale_down((uwide)amount, (uwide)before, (uwide)whole, &first) &&
          wide_scale_down((uwide)amount, (uwide)after, (uwide)whole, &second));
    return (int64_t)(second - first);
}

/* A winner's class: what it is paid in when there is no cash. */
static inline enum settlement_class settlement_class_of(const struct state *state, uint32_t subaccount)
{
    const uint32_t flags = state_subaccount(state, subaccount)->flags;

    if (subaccount < SYSTEM_SUBACCOUNTS)
        return SETTLEMENT_SYSTEM;
    return flags & SUBACCOUNT_VPNL ? SETTLEMENT_VPNL : flags & SUBACCOUNT_AUTO_LEND ? SETTLEMENT_LENDERS
                                                                                     : SETTLEMENT_OTHERS;
}

/* settlement.c */
/* One row of a scan by `pass_at`: a step where there is something to do, else one in 16. */
bool settlement_take_step(struct exchange *exchange, bool work);

/* realise.c */
/* The loss of a market in a pass, for the split of a debt: quote units x 256. */
struct realise_loss {
    uint32_t position;
    wide loss;
};
/* Ages the fresh profit of a subaccount to this minute, then adds a profit, or takes a loss off it. */
void realise_add_fresh(struct exchange *exchange, uint32_t subaccount, int64_t profit);

/* pay.c: begin, then steps until true. */
void pay_begin(struct exchange *exchange);
bool pay_step(struct exchange *exchange);
void pay_begin_claims(struct exchange *exchange);
bool pay_claims_step(struct exchange *exchange);

/* debts.c */
/* What a loser could not pay, split over the markets where it lost. It enters settlement. */
void debts_make(struct exchange *exchange, uint32_t subaccount, int64_t amount, const struct realise_loss *losses,
                uint32_t count);
/* A debt falls by `amount`, which has been paid or given up; in every market by its part. */
void debts_fall(struct exchange *exchange, uint32_t subaccount, int64_t amount, enum notice_source source);
/* Where a debt is gone and equity is not negative, money held apart is free. */
void debts_free_apart(struct exchange *exchange, uint32_t subaccount);
/* A notice of this kind, subaccount, market, asset and amounts. */
void debts_tell(struct exchange *exchange, const struct notice *what);

#endif
