/* What a venue does about an account in trouble, and when: one file each, everything else is shared (episodes, depth,
 * slices, hand-over, ranking). A policy is a function of what it is shown; it changes nothing. A new one is a file and
 * a line in policy.c. */
#ifndef VITRINE_POLICY_H
#define VITRINE_POLICY_H

#include "margin.h"
#include "state.h"

/* Part of the journal: a number never changes its meaning. */
enum policy_number {
    POLICY_NONE,             /* nobody is liquidated */
    POLICY_OURS,
    POLICY_AT_ONCE,
    POLICY_FTX,
    POLICY_HYPERLIQUID,
    POLICY_DYDX,
    POLICY_DRIFT,
    POLICIES,
};

/* An account in an episode, at one tick. Money is u256: settlement units x 256, rounded as in struct margin_view. */
struct policy_case {
    const struct liquidation_rules *rules;
    const struct margin_view *view;  /* margin_compute(): it has no open orders */
    const struct episode *episode;
    uint64_t now_ns;
    wide fall;               /* what equity falls by in a second, at the marks of the last 10 s; at least 0 */
    wide one;                /* u256 of a whole USDC: 256 x 10^decimals of the settlement asset */
    bool after_book;         /* asked again, once this tick's orders have been cleared */
};

enum policy_limit {
    POLICY_AT_BANKRUPTCY,    /* the tighter of the card's bands and the bankruptcy price; together: and the impact
                              * bound */
    POLICY_AT_BANDS,         /* the card's bands alone */
    POLICY_AT_SPREAD,        /* the tighter of the card's bands and mark -+ (spread of the item's maintenance) / lots;
                              * beyond the bankruptcy price, if the spread is wider: the fund pays the difference */
};

/* How long its equity has been at or below maintenance without a break, as far as PLAN has seen it. */
static inline uint64_t policy_ill_ns(const struct policy_case *what)
{
    return what->episode->ill_ns == 0 ? 0 : what->now_ns - what->episode->ill_ns;
}

/* Beyond what any share is: providers get the position's share of the equity. */
#define POLICY_SHARE_OF_EQUITY UINT32_MAX
#define POLICY_WHOLE 1000000u
/* Millionths of a value >= 0, rounded down. */
static inline wide policy_part(wide value, uint32_t millionths)
{
    return value / POLICY_WHOLE * millionths + value % POLICY_WHOLE * millionths / POLICY_WHOLE;
}

struct policy_plan {
    bool end;                /* healthy: the episode is over; nothing else is looked at */
    bool urgent;             /* for the record */
    /* before the book */
    bool book;               /* orders go to the book */
    bool together;           /* at most its part of the depth budget of all, and only when the book has refilled */
    bool everything;         /* every item at once, else as many as health needs (together: the first one) */
    uint32_t part;           /* millionths of the item at the episode's beginning, at most, an order */
    bool of_present;         /* parts are of what there is now instead, rounded up to whole lots */
    wide notional_min;       /* u256 of an order, and of a part handed over: as much at least, or all there is */
    wide notional_max;       /* u256 of all its orders of this tick; 0: no bound */
    enum policy_limit limit;
    uint32_t spread;         /* AT_SPREAD: millionths of the item's maintenance margin */
    uint32_t pause_ms;       /* since episode.step_ns, before there are further orders of it; 0: none */
    /* after the book */
    bool hand_over;          /* to backstop providers */
    uint32_t hand_over_part; /* millionths of each position at the episode's beginning, at most */
    uint32_t discount;       /* millionths of the mark that providers get; or POLICY_SHARE_OF_EQUITY */
    bool deleverage;         /* what is then left, where the rules for it hold */
    bool claw_back;          /* what is then left closes at the mark against the deleveraged; the loss is a debt, so
                              * that all winners bear it */
};

struct policy {
    const char *name;        /* in configuration and reports */
    const char *text;        /* at most five lines: what it does, where that is published */
    void (*plan)(const struct policy_case *what, struct policy_plan *plan); /* plan is all zero */
};

/* By number, NULL where there is none; POLICY_NONE has none. By name, 0 where there is none. */
const struct policy *policy_get(uint32_t number);
uint32_t policy_find(const char *name);

extern const struct policy policy_ours, policy_at_once, policy_ftx, policy_hyperliquid, policy_dydx, policy_drift;

#endif
