/* Inside host/liquidation: what its files share. */
#ifndef VITRINE_LIQUIDATION_PARTS_H
#define VITRINE_LIQUIDATION_PARTS_H

#include "durations.h"
#include "liquidation.h"
#include "policy.h"

/* The clock of liquidation stands at the last tick: how many batches a tick's work takes moves no pause and no
 * urgency. */
static inline uint64_t liquidation_now_ns(const struct state *state)
{
    return state->t->next_tick - NS_A_SECOND;
}

enum episode_stage {
    EPISODE_WAITS,           /* its orders are being cancelled, or there is nothing to do in this tick */
    EPISODE_SLICE,           /* calm slices are to be sent, each its part of the budget: of episode.row the first */
    EPISODE_SWEEP,           /* urgent: its orders are worked out when they are sent */
    EPISODE_SENT,            /* its orders are on their way, or through */
    EPISODE_DELEVERAGE,      /* what is left goes to deleveraging */
};

/* What can be unwound (docs/liquidation.md). */
enum item_kind { ITEM_NONE, ITEM_POSITION, ITEM_BORROW, ITEM_COIN };

struct item {
    uint8_t kind;            /* enum item_kind */
    uint8_t side;            /* enum card_side of the order that unwinds it */
    uint16_t market;         /* where; 0: nowhere now (closed, frozen, PostOnly, no price) */
    uint32_t row;            /* of positions (ITEM_POSITION) or balances */
    int64_t lots;            /* all of it */
    wide notional;           /* u256, of these lots at the mark, >= 0; 0: there is no mark */
    wide maintenance;        /* u256: what its end frees */
    wide share;              /* u256, signed: what its end may cost. Positions and borrows: equity x maintenance /
                              * sum of theirs, rounded down. A coin: what its haircut is, and all the
                              * equity where there is nothing else; so that all cost no more than the equity */
    wide score;              /* maintenance freed per expected impact, in no unit: the larger the sooner */
};
enum { LIQUIDATION_ITEMS = LIMIT_MARKETS + LIMIT_ASSETS };

/* --- episode.c --- */
/* Begins one; its orders are cancelled. TABLE_NONE where the table or the queue of jobs is full: the next tick tries
 * again. And it is over. */
uint32_t episode_begin(struct exchange *exchange, uint32_t subaccount, const struct margin_view *view);
void episode_end(struct exchange *exchange, uint32_t episode, const struct margin_view *view);
/* What equity falls by in a second, u256, at least 0. */
wide episode_fall(const struct state *state, uint32_t subaccount);
/* The case as it is now; `view` is computed. */
void episode_case(const struct exchange *exchange, uint32_t episode, bool after_book, struct margin_view *view,
                  struct policy_case *what);
/* A notice about it: kind, market, other, rank and amounts; to be told to its users by core_report_notice(). */
const struct notice *episode_tell(struct exchange *exchange, uint32_t episode, const struct notice *what);
/* The same, and the other subaccount of a hand-over hears of it too, by a notice of its own kind; both are told to
 * their users. `side`: on which the liquidated one trades. */
void episode_tell_both(struct exchange *exchange, uint32_t episode, const struct notice *what, enum notice_kind other,
                       uint8_t side);

/* --- unwind.c --- */
/* What its subaccount has to unwind, the best first; returns how many. `equity`: to be shared out, u256. Coins only
 * while it has no debt: a debtor's are converted by settlement. */
uint32_t unwind_items(const struct exchange *exchange, uint32_t subaccount, const struct margin_view *view, wide equity,
                      struct item items[LIQUIDATION_ITEMS]);
/* Whether there is any, without working them out. */
bool unwind_has_any(const struct state *state, uint32_t subaccount);
/* Units of a coin that are held and lent less what is owed of it. */
wide unwind_units(const struct state *state, const struct balance *balance);
/* The first spot market of an asset against the settlement asset that is not delisted; 0: none. */
uint32_t unwind_spot_market(const struct state *state, uint32_t asset);
/* USDC that is there less what is owed, lost and not settled, u256: below 0 it is short. */
wide unwind_cash(const struct state *state, uint32_t subaccount, const struct margin_view *view);
/* Least lots of the last samples on the side of the book that an order of `side` takes from. */
int64_t unwind_depth(const struct state *state, uint32_t market, uint8_t side);
void unwind_sample(struct exchange *exchange);
/* Own borrows of all assets are repaid from what is held, own lend nets them. */
void unwind_repay(struct exchange *exchange, uint32_t subaccount);
/* Price (ticks) at which `lots` of an item leave its share of the equity at 0, rounded so that it stays at 0 or above;
 * at least 1, at most CARD_PRICE_MAX. */
uint32_t unwind_bankruptcy_price(const struct state *state, const struct item *item);
/* The same for any sum in place of its share. */
uint32_t unwind_price_at(const struct state *state, const struct item *item, wide share);

/* --- slices.c: PLAN and SEND of one episode --- */
/* True: done; false: this batch has no more steps. */
bool slices_plan(struct exchange *exchange, uint32_t episode);
bool slices_send(struct exchange *exchange, uint32_t episode);
/* Before PLAN: nobody wants anything yet. Between PLAN and SEND: budgets of all markets. */
void slices_begin(struct exchange *exchange);
void slices_share(struct exchange *exchange);

/* --- backstop.c: HAND OVER of one episode --- */
bool backstop_hand_over(struct exchange *exchange, uint32_t episode, const struct policy_plan *plan);
/* At every tick: notices that have run out. */
void backstop_tick(struct exchange *exchange);
/* What the fund may pay of a market's losses now, units; pays some of it to the liquidated, in cash; and tells so. */
int64_t backstop_fund_room(const struct exchange *exchange, uint32_t market);
void backstop_top_up(struct exchange *exchange, uint32_t subaccount, uint32_t market, int64_t units);
void backstop_tell_top_up(struct exchange *exchange, uint32_t episode, uint32_t market, int64_t units);

/* --- deleverage.c, rank.c --- */
/* Whether an account is at or below maintenance, with less equity than one update's largest change may take. */
bool deleverage_is_near(const struct state *state, uint32_t subaccount, const struct margin_view *view);
/* Whether what is left of an episode goes to deleveraging now: it is near, and nobody has room for some of it. */
bool deleverage_is_due(const struct exchange *exchange, uint32_t episode, const struct margin_view *view);
/* Net equity with all coins at the index less the rules' conversion impact, u256, rounded down; but between 0 and net
 * equity (`view`): what the account keeps is neither given away nor made up for. */
wide deleverage_equity(const struct state *state, uint32_t subaccount, const struct margin_view *view);
/* The stage, from market to market; true: done. */
bool deleverage_run(struct exchange *exchange);
/* Whether lots may be taken off whoever holds a position: a client who is neither liquidated himself nor in
 * settlement. */
bool deleverage_may_take(const struct state *state, uint32_t position);
/* Before lots go off a position other than by a fill: whether its reduce-only orders leave room for that. False: they
 * are being cut, or something of the subaccount is on its way; the next round, or batch, may ask again. */
bool deleverage_make_room(struct exchange *exchange, uint32_t position, int64_t lots);
/* Ranks of the minute: a bounded walk where nothing is being deleveraged. */
void rank_run(struct exchange *exchange);
/* Whether positions of the market can be ranked and deleveraged now: somebody has one, and there is a mark. */
bool rank_is_ready(const struct market *market);
/* The walk of a market begins (DELEVERAGE_COUNT, DELEVERAGE_RANK), at the mark of now; goes on, `visits` steps at most.
 * True: through, ranks and quintiles are those of now and deleverage.lots says who may give up what. */
void rank_begin(struct exchange *exchange, uint32_t market, enum deleverage_stage stage);
bool rank_walk(struct exchange *exchange, uint32_t visits);

/* --- turn.c: the same for borrows of coins; true: done --- */
bool turn_run(struct exchange *exchange);

/* --- tally.c --- */
enum tally_way { TALLY_BOOK, TALLY_BACKSTOP, TALLY_DELEVERAGED };
/* `lots` of a market went this way, at the mark's notional. Sums that are only shown stand still at their ends. */
void tally_add(struct exchange *exchange, uint32_t market, enum tally_way way, int64_t lots);

#endif
