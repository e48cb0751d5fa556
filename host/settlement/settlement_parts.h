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
    if (amount == whole)
        return wide_narrow(after - before);
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

/* Scans of all subaccounts fetch what they are going to read: the row first, then what hangs on it, one link of a list
 * after the other, each some rows later. Hints, without effect; inlined, for a compiler takes a function of hints alone
 * for one that does nothing. */
enum { SETTLEMENT_AHEAD = 32, SETTLEMENT_AHEAD_LINK = 5, SETTLEMENT_AHEAD_LINKS = 4 };

/* Of each row ahead the position fetched last. Other rows' are there where a scan begins: they are hints all the
 * same. */
struct settlement_ahead {
    uint32_t position[SETTLEMENT_AHEAD];
};

__attribute__((always_inline)) static inline void settlement_fetch_money(const struct state *state, uint32_t row,
                                                                         bool winners)
{
    const struct subaccount *next = state_subaccount(state, row + SETTLEMENT_AHEAD / 2);
    const uint32_t due = -(uint32_t)(!winners || next->credit > 0); /* no branch: nobody can guess it */

    __builtin_prefetch(state_subaccount(state, row + SETTLEMENT_AHEAD), 1);
    __builtin_prefetch(state_balance(state, next->balances & due), 1);
}

__attribute__((always_inline)) static inline void settlement_fetch_positions(const struct state *state,
                                                                             struct settlement_ahead *ahead,
                                                                             uint32_t row)
{
    for (uint32_t link = 0; link < SETTLEMENT_AHEAD_LINKS; link++) {
        const uint32_t at = row + SETTLEMENT_AHEAD - (link + 1) * SETTLEMENT_AHEAD_LINK;
        uint32_t *position = &ahead->position[at % SETTLEMENT_AHEAD];

        *position = link == 0 ? state_subaccount(state, at)->positions : state_position(state, *position)->next;
        __builtin_prefetch(state_position(state, *position), 1); /* of row 0: 0 */
    }
}

/* Whether rows as far ahead are there. The last ones of a scan are not worth a look at how far they go. */
static inline bool settlement_is_ahead(const struct state *state, uint32_t row)
{
    return state->subaccounts.used > SETTLEMENT_AHEAD && row < state->subaccounts.used - SETTLEMENT_AHEAD;
}

/* One row of a scan by `pass_at`: a step where there is something to do, else one in 16. */
enum { SETTLEMENT_LOOKS = 16 };
static inline bool settlement_take_step(struct exchange *exchange, bool work)
{
    return (!work && exchange->state.t->pass_at % SETTLEMENT_LOOKS) || tick_take_step(exchange);
}

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

/* Positions of one subaccount that a step covers. */
enum { SETTLEMENT_STEP_POSITIONS = 4 };

/* debts.c */
/* Where the walk of debtors is at this one, it goes on with the next: before its debt is gone. */
void debts_end_walk_at(struct exchange *exchange, uint32_t subaccount);
/* What a loser could not pay, split over the markets where it lost. It enters settlement. */
void debts_make(struct exchange *exchange, uint32_t subaccount, int64_t amount, const struct realise_loss *losses,
                uint32_t count);
/* A debt falls by `amount`, which has been paid or given up; in every market by its part. */
void debts_fall(struct exchange *exchange, uint32_t subaccount, int64_t amount, enum notice_source source);
/* Where a debt is gone and equity is not negative, money held apart is free. */
void debts_free_apart(struct exchange *exchange, uint32_t subaccount);
/* A notice of this kind, subaccount, market, asset and amounts. */
void debts_tell(struct exchange *exchange, const struct notice *what);
/* About a debt: its asset is the settlement asset. */
void debts_tell_debt(struct exchange *exchange, enum notice_kind kind, uint32_t subaccount, int64_t first,
                     int64_t second, int64_t third);
/* Takes its part of `amount` off what every market's losses have made of the debt. */
void debts_take_parts(const struct state *state, uint32_t subaccount, int64_t amount);
/* Units go into residue, where the next pass splits them over the claims. */
void debts_recover(struct exchange *exchange, enum entry_kind kind, uint32_t from, int64_t units);
/* Whether a subaccount has anything left itself: orders, positions, something unsettled, a claim, money, collateral of
 * any value at the index. Then it is not simply the fund's turn, nor that of who lent to it. */
bool debts_has_means(const struct exchange *exchange, uint32_t subaccount);
/* What the fund has above its floor; whether of that it may pay something of a debt. */
int64_t debts_fund_left(const struct exchange *exchange);
/* What its cap leaves the fund to pay of a market's losses; UINT64_MAX: it has none. */
static inline uint64_t debts_fund_room(const struct market *market)
{
    return market->fund_cap == 0 ? UINT64_MAX
           : market->fund_cap > market->fund_paid ? market->fund_cap - market->fund_paid : 0;
}
bool debts_fund_could_pay(const struct exchange *exchange, uint32_t subaccount);

#endif
