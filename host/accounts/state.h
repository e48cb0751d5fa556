/* The whole state of the exchange that must be replayed: tables of plain rows and one row of totals. A function of the
 * inputs alone. What can be worked out again from it (nothing so far) has no place here; what reads a clock, a pointer
 * or the card's speed neither. Rows name each other by number; 0 is none.
 *
 * Whoever changes a balance or an entry cost does it through accounts/ledger.h, so that conservation holds by
 * construction and every movement enters the batch's hash. */
#ifndef VITRINE_STATE_H
#define VITRINE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input.h"
#include "limits.h"
#include "table.h"
#include "wide.h"

#define STATE_VERSION 5u /* of the rows below */
#define STATE_RULES 4u   /* of what the inputs mean */

/* Rows of `subaccounts` that belong to the exchange itself. They never send orders. */
enum system_subaccount {
    SYSTEM_CUSTODY = 1, /* the outside world: minus what was deposited and not withdrawn */
    SYSTEM_FEES,
    SYSTEM_FUND,        /* insurance fund */
    SYSTEM_RESIDUE,     /* what rounding leaves; during a settlement pass the clearing account */
    SYSTEM_POOL,        /* cash of the lending pools */
    SYSTEM_WITHDRAWALS, /* requested and not yet released */
    SYSTEM_SUBACCOUNTS,
};
#define SYSTEM_ACCOUNT 1u /* their account; clients' begin behind it */

struct asset {
    uint8_t symbol[16];
    uint8_t decimals, haircut, flags, reserved[5];
    uint32_t weight, base;
    uint64_t penalty;
    struct margin_function borrow_imf, borrow_mmf;
    uint64_t withdraw_min;
    uint64_t index;          /* 10^-12 USDC a whole coin; 0: not known yet. The settlement asset: 10^12 */
    uint64_t index_raw;      /* the same before the largest change of an update; without venues: `index` */
    uint64_t collateral_max; /* units that one account may hold in all; 0: no cap */
    uint8_t price_flags;     /* enum price_flag */
    uint8_t reserved2[3];
    uint32_t system[SYSTEM_SUBACCOUNTS]; /* rows of the system subaccounts' balances, 0: not made yet */
};

enum price_flag {
    PRICE_BY_VENUES = 1,     /* it has venues: host/pricing sets the index */
    PRICE_FROZEN = 2,        /* below its quorum */
    PRICE_DIVERGED = 4,      /* index and index_raw differ by more than 0.5 % */
};

/* Venues of an asset's index (exchange-rules.md, section 3). Its row has the asset's number. */
struct venue {
    uint8_t name[16];        /* "": none */
    uint32_t weight;
    uint32_t reserved;
    uint64_t bid, ask, last; /* 10^-12 USDC a whole coin, 0: none */
    uint64_t time_ns;        /* of the batch that brought them, 0: never */
};
struct pricing {
    uint32_t quorum;         /* venues that must count */
    uint32_t stale_ms;       /* older quotes don't count */
    uint32_t outlier;        /* millionths from the median: beyond does not count to the quorum */
    uint32_t clamp;          /* millionths from the median that a venue counts at most */
    uint32_t change;         /* millionths that index and mark move at most in an update */
    uint32_t agree;          /* millionths within which all venues agree: ten times `change` */
    uint64_t time_ns;        /* of the last update */
    struct venue venues[LIMIT_VENUES];
};

/* What the means of a market are made of: rings of the last samples, one a second. Its row has the market's number. */
struct samples {
    uint64_t marks[LIMIT_SAMPLES];    /* ticks x 256 */
    int32_t premiums[LIMIT_SAMPLES];  /* millionths */
    uint64_t mark_sum;                /* of those in the ring */
    int64_t premium_sum;
    uint32_t marks_made, premiums_made; /* ever; their place is this modulo LIMIT_SAMPLES */
    int64_t ewma;            /* ticks x 256 x 2^16, signed: of impact mid - index */
    uint64_t hour_sum[60];   /* index, ticks x 256, by minute of the hour: what a delisting settles at */
    uint32_t hour_count[60];
    uint32_t hour_minute[60];/* minutes since 1970 that they belong to */
};

/* One side of a market's open orders, of one subaccount. All exact sums over the active lots of orders
 * (orders/order.h), so that what an order locked is what its end releases. Reduce-only orders count here too. */
struct open_side {
    int64_t lots;            /* active */
    int64_t notional;        /* price x lots x tick_lot_units: quote units */
    int64_t adverse;         /* quote units x 256: by how much each order's price was worse than the mark at entry */
    int64_t reduce_lots;     /* of `lots`: of reduce-only orders */
    int64_t waiting;         /* lots of reduce-only orders that wait for room; not in the sums above */
    uint32_t orders;         /* orders with active lots */
    uint32_t fee_carry;      /* sum of theirs (struct order): what rounding up their fees has overpaid */
};

/* A subaccount in a market: made when first needed, kept. What settlement, funding and margin read is one line of the
 * processor's cache; orders and records are in the row of position_details with the same number. */
struct position {
    uint32_t subaccount;
    uint16_t market;
    uint8_t open_sides;      /* bit 1 << enum card_side: that open side is not empty (state_note_sides()) */
    uint8_t rank;            /* of deleveraging, at the last ranking: 0 .. LIMIT_RANKS - 1 (host/liquidation/rank.h) */
    uint32_t next;           /* of the subaccount */
    uint32_t next_of_market;
    int64_t quantity;        /* lots, signed */
    int64_t entry_cost;      /* quote units x 256, signed: fills' quantity x price, fees in; settlement moves it */
    wide funding;            /* market.funding_index up to which it has paid */
    int64_t debt;            /* units of its subaccount's debt that losses here have made */
    int64_t open_cost;       /* quote units x 256: of what is open, at the prices it was opened for; never settled */
};

/* The rest of a position. Of spot markets it is the open sides that are used. */
struct position_detail {
    struct open_side side[2];/* enum card_side */
    int64_t realised;        /* quote units x 256: by fills that closed, against the open price; a record only */
    int64_t episode_lots;    /* |quantity| when its subaccount's liquidation began; 0: none */
    uint32_t orders;         /* head of the list of this position's orders (struct order.next_in_position) */
    uint32_t stops;          /* trigger orders among them */
    uint32_t next_refill;    /* list of totals.refills; itself at its end */
    uint32_t reduce_orders;  /* reduce-only orders among `orders` */
    uint32_t account_row;    /* the position of the account's first subaccount in this market, which counts for all;
                              * 0: the exchange's own have none. There only, over all its subaccounts: */
    uint32_t account_slots;  /* slots on the card */
    uint32_t order_count;    /* in the list `orders` */
    uint32_t left;           /* 1: providers could not take all of it that was to be handed over last */
    wide account_reach;      /* sum of state_reach(), lots */
    wide account_lots;       /* sum of state_lots() */
};

/* A subaccount and an asset: made when first needed, kept. As with positions, what settlement, lending and margin read
 * is one line; the rest is in the row of balance_details with the same number. */
struct balance {
    uint32_t subaccount, next; /* of the subaccount */
    uint16_t asset;
    uint16_t reserved;
    uint32_t next_idle;      /* list of totals.idle; itself at its end */
    int64_t amount;          /* units; only SYSTEM_CUSTODY may be negative */
    int64_t locked;          /* units: by open spot orders; what is above `amount` is reserved in the pool */
    int64_t lent;            /* shares of the pool */
    int64_t borrowed;        /* shares of the pool */
    int64_t account_units;   /* at the account's first subaccount: sum over all of them of `amount` and `apart`,
                              * else 0 */
    uint32_t sums;           /* row of that subaccount's balance of this asset; 0: the exchange's own have none */
    uint32_t reserved2;
};

struct balance_detail {
    wide account_coming;     /* at the account's first subaccount, as all of these but `apart`: units that may yet come
                              * in: what open spot orders buy (or get for what they sell), and withdrawals that are not
                              * done */
    int64_t account_use;     /* sum over all of them of `borrowed` and what is reserved in the pool, what
                              * pool.account_max bounds */
    int64_t account_lent;    /* likewise, sum of `lent` */
    int64_t apart;           /* units: deposits held apart while the subaccount is in settlement; not in `amount` */
    uint16_t dust_day;       /* since 1970: when it last sold dust of the asset */
    uint16_t reserved[3];
};

enum account_flag { ACCOUNT_KILLED = 1, ACCOUNT_SUSPENDED = 2 };

struct account {             /* its number is the owner on the card */
    uint8_t name[24];
    uint32_t leverage;       /* hundredths, 0: none, as set for it; what holds: state_leverage() */
    uint32_t flags;          /* enum account_flag */
    uint32_t subaccounts;    /* head of the list */
    uint32_t next_of_name;   /* of the bucket of names */
    uint32_t first;          /* its first subaccount */
    uint32_t orders;         /* open, of all its subaccounts */
    uint32_t jurisdiction;   /* row of totals.leverage_caps */
    uint32_t users;          /* head of the list of its users */
    uint64_t withdrawn;      /* USDC units, leaking away (struct totals, withdraw_account_max) */
    uint64_t withdrawn_ns;   /* when that was */
};

enum subaccount_flag {
    SUBACCOUNT_AUTO_LEND = 1,   /* what is idle is lent */
    SUBACCOUNT_AUTO_REDEEM = 2, /* spot orders may use what is lent */
    SUBACCOUNT_AUTO_BORROW = 4, /* spot orders may borrow */
    SUBACCOUNT_AUTO_REPAY = 8,  /* what is idle repays a borrow */
    SUBACCOUNT_VPNL = 16,       /* settlement in lend and borrow shares */
    SUBACCOUNT_FLAGS = 31,
    SUBACCOUNT_HELD_APART = 32, /* not set by anybody: something of it is held apart (host/settlement) */
    SUBACCOUNT_CALLED = 64,     /* likewise: it has been told that it is near maintenance, and is not well yet */
    SUBACCOUNT_CLAIMANT = 128,  /* likewise: it has a claim */
};

/* Two lines: what settlement and margin read is the first. */
struct subaccount {
    uint32_t account;
    uint32_t balances, positions; /* heads of lists */
    uint32_t flags;          /* enum subaccount_flag */
    uint32_t pass;           /* the last settlement pass that has realised it */
    uint32_t fresh_minute;   /* since 1970: of fresh[0] */
    uint32_t episode;        /* its liquidation, 0: none */
    uint32_t commitments;    /* head of the list of what it has committed as a backstop provider */
    int64_t credit;          /* USDC units won in the pass under way, not paid yet */
    int64_t debt;            /* USDC units; nobody has a claim as well. Of credits, debts and claims SYSTEM_CUSTODY has
                              * minus the sum */
    int64_t fresh[2];        /* USDC units: profit settled in that minute, and in the one before */
    int64_t claim;           /* USDC units; SUBACCOUNT_CLAIMANT says whether there is any */
    uint32_t next;           /* of the account */
    uint32_t next_obligation, prev_obligation; /* of totals.debtors or totals.claimants */
    uint32_t next_of_name;   /* of the bucket of names */
    uint32_t reserved[4];
    uint8_t name[24];
};

struct user {
    uint8_t name[8];
    uint8_t key[32];
    uint32_t account;
    uint32_t flags;          /* enum user_flag */
    uint32_t rate;
    uint16_t up;             /* 1 while a session is logged in */
    uint16_t cancel_due;     /* enum reason: its orders are to be cancelled for it once there is a row for the job */
    uint32_t orders;         /* head of the list of its open orders */
    uint32_t last_reference; /* highest order number it used */
    uint32_t day;            /* since 1970, of `sequence` */
    uint32_t next_of_name;   /* of the bucket of names */
    uint64_t sequence;       /* of its last report that day */
    uint32_t next_of_account;/* of its account's users */
    uint32_t reserved;
};

enum market_flag {
    MARKET_KILLED = 1,
    MARKET_WAITS_FOR_PRICES = 2,
    MARKET_WINDOW_MOVES = 4, /* a move is under way, see `window_other` */
    MARKET_FROZEN = 8,       /* its index is below the quorum: PostOnly, marks stand still */
    MARKET_DELISTED = 16,    /* settled at its final price, closed for good */
};

/* What settlement, funding and margin read are two lines in its middle, each at a multiple of 64 bytes. */
struct market {
    uint8_t symbol[24];
    uint32_t limit_min, limit_max, impact_min, impact_max, mean_min, mean_max, tolerance;
    uint32_t slot_quota, window_step, quantity_min;
    uint64_t quantity_max, position_max, interest_max;
    uint64_t impact_notional;/* quote units: size of the impact mid (0: the mark follows the index alone) */
    uint64_t fund_cap;       /* quote units that the fund pays for this market's losses in all; 0: no cap */
    uint32_t funding_hours;  /* perpetuals: 1 .. 24, a divisor of 24; 0: no funding */
    uint32_t funding_max;    /* millionths an interval: bound of the rate on both sides */
    uint32_t reserved[4];
    uint8_t kind, bands, window_log2, speed_bump;
    uint16_t base_asset, quote_asset;
    uint64_t lot_units, tick_lot_units;
    int32_t maker_fee, taker_fee;
    struct margin_function imf, mmf;
    /* above: as configured; below: as it stands */
    uint64_t mark;             /* ticks x 256; 0: not set. Likewise the index and the means below */
    uint64_t mark_raw;         /* ticks x 256: the mark before its largest change; without venues: `mark` */
    uint64_t settle_mark;      /* ticks x 256, frozen for the pass under way; 0: takes no part */
    uint8_t premium_set, state, state_wanted, flags; /* enum card_state; wanted: by the operator */
    uint32_t residue_position; /* row of SYSTEM_RESIDUE's position; 0: not made yet */
    wide funding_index;        /* sum of rate (10^-9) x mark x tick_lot_units (docs/money.md) */
    int64_t open_interest;   /* lots: sum of long positions */
    int64_t cost_sum;        /* quote units x 256: sum of entry costs, always 0 */
    uint64_t index, mean_mark, fast_mean_mark;
    int32_t mean_premium;
    uint32_t window_base;    /* ticks */
    uint32_t last_trade;     /* ticks, 0: none */
    uint32_t slots_used;
    uint32_t best[2];        /* ticks, of the card's window: best bid, best ask; 0: that side is empty */
    uint32_t positions;      /* head of the list */
    uint32_t fee_position;   /* row of SYSTEM_FEES' position; 0: not made yet */
    int64_t interest_out;    /* lots by which orders of the present round may raise it; 0 between rounds */
    int64_t position_sum;    /* lots: always 0 */
    uint32_t parked[2];      /* roots of the trees of parked orders, by price and time (orders/ordered.h) */
    uint32_t triggers[3][2]; /* roots: by enum input_trigger_by - 1, by enum input_trigger_when - 1 */
    uint32_t prices_seen;    /* CARD_PRESENT_* since the last restart */
    uint32_t funding_samples;  /* of the interval under way */
    int64_t funding_sum;       /* millionths: of its premium samples */
    uint64_t conversion;       /* lots that debtors may still sell here in this tick, + 1; 0: not worked out yet */
    uint64_t funding_next_ns;  /* end of the interval; 0: not begun */
    uint64_t delist_ns;        /* when it is delisted; 0: not */
    uint64_t fund_paid;        /* quote units that the fund has paid for it */
    uint64_t final_price;      /* ticks x 256: at which a delisted market was settled */
    uint32_t fund_position;    /* row of SYSTEM_FUND's position: liquidation fees */
    uint32_t commitments;      /* head of the list of its backstop providers */
    uint32_t window_other;     /* ticks: base that the window moves to, and once it has been shifted, came from */
    uint32_t window_slot;      /* the next that the move looks at for what leaves; 0: shifted, or no move under way */
    int64_t settle_lot;        /* quote units x 256: of a lot at settle_mark; 0 where no lot is open */
    uint64_t reserved2;
};

enum transfer_state {
    TRANSFER_DONE,           /* deposits; withdrawals that were released */
    TRANSFER_REQUESTED,      /* waits for approval */
    TRANSFER_APPROVED,       /* waits for its release */
    TRANSFER_CANCELLED,
};

struct transfer {            /* a deposit or withdrawal: idempotency, and what has become of it */
    uint8_t id[16];
    uint32_t subaccount, next; /* of the hash bucket */
    uint16_t asset, kind;    /* kind: enum input_kind */
    uint8_t state;           /* enum transfer_state */
    uint8_t apart;           /* a withdrawal of money held apart */
    uint8_t approvals;
    uint8_t approvals_needed;/* what the venue asked for when it was requested */
    int64_t amount;
    uint64_t batch;
    uint32_t next_open, prev_open; /* of totals.withdrawals: those that are requested or approved */
    uint64_t approvers;      /* bit N: approver N has agreed */
    uint64_t worth, worth_ns;/* USDC units that it put into the buckets of withdrawals, and when */
};

/* An input that waits: for a settlement pass to end (due_ns 0), or for its notice to run out. */
struct deferred {
    uint64_t due_ns;
    uint64_t order;          /* of arrival */
    union {
        struct input_header header;           /* size 0: free row */
        uint8_t input[LIMIT_DEFERRED_BYTES];  /* the whole record */
    };
};

/* The lending pool of an asset. Its row has the asset's number; all zero: none. Rates are a year of 365 days. */
struct pool {
    int64_t lent, borrowed;  /* units; lent - borrowed = SYSTEM_POOL's balance */
    int64_t lent_shares, borrowed_shares;
    int64_t reserved;        /* units that resting spot orders may take: sum of max(0, locked - amount) */
    uint64_t accrued_ns;     /* up to when interest has been added */
    wide carry;              /* interest below a unit: units x 10^-9 x ns, below LENDING_UNIT (lending.c) */
    uint64_t fee_carry;      /* of the fee, not taken yet: units x 10^-6 */
    int64_t interest, fees;  /* units in all: what borrowers were charged; what of it was the fee */
    int64_t written_off;     /* units by which the lend index has fallen */
    uint64_t step_used;      /* units of borrows and redeems above the throttle in the interval under way */
    uint64_t step_ns;        /* its begin */
    /* as configured */
    uint32_t rate_zero, rate_optimal, rate_full; /* millionths: borrow rate at utilisation 0, optimal, 1 */
    uint32_t optimal;        /* millionths */
    uint32_t fee;            /* millionths of the interest */
    uint32_t throttle;       /* millionths: utilisation above which a step an interval is allowed */
    uint32_t utilisation_max;/* millionths: no new borrow beyond, but settlement's and liquidation's */
    uint32_t step_seconds;   /* interval of the throttle */
    uint64_t step;           /* units an interval */
    uint64_t borrow_max;     /* units borrowed in all */
    uint64_t account_max;    /* units that one account may borrow */
    uint32_t set;            /* 1: there is a pool */
    uint32_t lendable;       /* 1: set, and its asset could be lent at the last tick */
};

/* A subaccount's liquidation, from detection to health (docs/liquidation.md). In a list in the order of beginning. */
struct episode {
    uint32_t subaccount;     /* 0: free row */
    uint32_t next, prev;     /* of totals.episodes */
    uint32_t orders;         /* of its own that are on their way */
    uint64_t number;         /* from 1, never used again */
    uint64_t begun_ns;
    uint64_t step_ns;        /* its last order on the book */
    uint64_t ill_ns;         /* since when equity has been at or below maintenance without a break, 0: it is above */
    uint64_t stirred_ns;     /* when it was so last, or something of it has filled since */
    int64_t equity, maintenance, notional; /* at its beginning, settlement units, rounded down */
    int64_t book, backstop, deleveraged; /* notional unwound so far, quote units at the prices it was done at */
    int64_t fees;            /* liquidation fees, units x 256 */
    /* the step under way */
    uint8_t stage;           /* enum episode_stage */
    uint8_t item;            /* enum item_kind */
    uint8_t urgent;          /* 1: as the policy has said last */
    uint8_t stopped;         /* 1: bands stopped an order of it; told once a step */
    uint32_t row;            /* of the position or balance that a calm slice is for */
    int64_t want;            /* lots of it */
    uint32_t balance;        /* the balance that is being unwound, and */
    uint32_t hand_over_at;   /* the position with which handing over goes on in this tick, 0: from the first one */
    int64_t balance_units;   /* how much there was of it when that began */
    int64_t turn_units;      /* of the coin whose lend is being turned: what it has still to pay for (struct turn) */
};

/* What a backstop provider has committed in a market. Kept like positions. */
struct commitment {
    uint32_t subaccount, market;
    uint32_t next, next_of_market;
    int64_t capacity;        /* quote units of notional that it still takes; their initial margin is reserved */
    int64_t lower;           /* what it falls to at `lower_ns` */
    uint64_t lower_ns;       /* 0: no notice has been given */
    int64_t taken;           /* in all */
};

/* How much of a market has been liquidated, how; quote units at the mark. Public. */
struct tally {
    int64_t book, backstop, deleveraged;
    uint64_t book_fills, backstop_fills, deleveraged_fills;
    int64_t deleveraged_loss;/* units: what the deleveraged lost against the mark */
    int64_t fees;            /* units x 256 that liquidated accounts paid into the fund */
    int64_t topped_up;       /* units that the fund has paid so that providers or the deleveraged took over */
    uint64_t stopped;        /* orders that the bands stopped short */
};

/* What liquidation knows of a market. Its row has the market's number. */
struct unwind {
    int64_t depth[2][LIMIT_DEPTH_SAMPLES]; /* lots inside the impact band, by side, ring of the last ticks */
    uint32_t depth_count;    /* samples ever; their place is this modulo LIMIT_DEPTH_SAMPLES */
    uint32_t bound[2];       /* ticks, at the last sample: a side's worst price inside the impact band; 0: none */
    uint32_t reserved;
    uint64_t step_ns[2];     /* the last calm step into a side, 0: none */
    int64_t first_depth[2];  /* what that side had at the first step of the row of steps */
    /* of the step under way */
    int64_t wanted[2];       /* lots that calm slices want from a side */
    int64_t budget[2];       /* lots that they get together */
    int64_t running[2];      /* running sum of what has been wanted by those who have sent */
    /* quintiles of the deleveraging rank, of longs and shorts: 1 + rank at which the next one begins, ascending; 0: the
     * market has not been ranked yet */
    uint8_t quintile[2][4];
    struct tally tally;
};

enum job_scope { JOB_NONE, JOB_USER, JOB_SUBACCOUNT, JOB_ACCOUNT, JOB_MARKET, JOB_VENUE };

/* Cancels many orders, some of them a batch: mass cancel, disconnect, kill switch (docs/host.md). */
struct job {
    uint32_t next;
    uint8_t scope, reason;   /* enum job_scope, enum reason */
    uint8_t side;            /* enum card_side, or 2: both */
    uint8_t triggers_too;
    uint32_t target;         /* user, subaccount, account or market */
    uint32_t market;         /* of these only this market's orders, 0: all */
    uint32_t user, ticket;   /* who is answered at the end (user 0: the operator, if there is a ticket), with what */
    uint32_t cancelled;
    uint32_t answers;        /* 1: yes */
    uint64_t limit;          /* orders with an id below */
};

/* Parameters of liquidation: struct input_liquidation_rules. */
struct liquidation_rules {
    uint32_t policy, slice, depth_share, pause_ms, urgent_seconds, episode_seconds, stop, backstop, fee, fee_share,
        adl_bound, conversion_impact, notice_seconds, reserved;
};

/* Deleveraging and ranking: the walk under way (host/liquidation/deleverage.c, rank.c). By side [0] is longs, [1]
 * shorts; of those who give lots up, not of the bankrupt. */
enum deleverage_stage {
    DELEVERAGE_IDLE,
    DELEVERAGE_GATHER,       /* of episodes: what is to be taken off whom */
    DELEVERAGE_COUNT,        /* of the market's positions: their ranks, and lots by rank */
    DELEVERAGE_SHARE,        /* of the same: from the top rank down they give up their part */
    DELEVERAGE_RANK,         /* of the same: the ranks of the minute */
    DELEVERAGE_REST,         /* of episodes: what nobody else takes, other bankrupts and siblings do */
};
struct deleverage {
    uint32_t market;         /* 0: none */
    uint32_t stage;          /* enum deleverage_stage */
    uint32_t at;             /* next episode (GATHER) or position of the market; 0: none is left */
    uint32_t ranked;         /* the minute's ranks: market that has been done last */
    uint64_t ranked_minute;  /* since 1970: in which that round of all markets began */
    uint64_t mark;           /* ticks x 256, frozen for COUNT and RANK */
    int64_t lots[2][LIMIT_RANKS]; /* by rank: what may still be taken off them */
    int64_t due[LIMIT_MARKETS + 1][2]; /* lots to be taken off, by market, since GATHER; taken ones are off */
    /* of the walk of SHARE under way: ranks above `rank` go whole, of `rank` itself `share` lots of `total` */
    int64_t share[2], total[2];
    int64_t running[2];      /* lots of `rank` that the walk has passed */
    int64_t part;            /* lots that the position `at` has still to give up */
    uint32_t rank[2];        /* LIMIT_RANKS: that side gives nothing up */
    uint32_t rank_before[2]; /* likewise of the walk before this one */
    uint32_t episode[2];     /* whose lots are being taken off; those before it in the list are through */
    uint32_t bankrupt;       /* the one of them that is asked next for the part of `at` */
    uint32_t refused;        /* those that this position could not deal with */
    uint32_t sibling;        /* of REST: the next subaccount of the bankrupt's account, 0: none yet */
    uint32_t reserved;
};

/* Lend shares of a coin become settlement units: the walk under way (host/liquidation/turn.c). */
struct turn {
    uint32_t under_way;      /* 1 */
    uint32_t episode;        /* whose borrow is looked at, or paid back */
    uint32_t asset;          /* the coin; 0: none yet */
    uint32_t at;             /* next row of balances, 0: what is due is being added up */
    uint64_t index;          /* of the coin when it was begun with */
    int64_t units;           /* of it to be turned in all, of all borrowers */
    int64_t turned;          /* so far */
    int64_t own_turned, own_paid; /* of the borrower `episode`: units of the coin, settlement units */
    int64_t shares;          /* of all lenders but residue when the walk of balances began */
    int64_t running;         /* of those that it has passed */
    int64_t part;            /* units that the lender `at` has still to give */
};

struct totals {
    uint64_t batch;          /* the last one */
    uint64_t time_ns;
    uint64_t round;          /* rounds so far */
    uint64_t next_order, next_match, next_priority; /* numbers given out next */
    uint64_t transfers;      /* carried out */
    uint64_t salt;           /* of hash tables and trees: clients choose numbers and prices, and must not know what
                              * collides */
    uint32_t cancels_due;    /* users with cancel_due, whose job found no room; */
    uint32_t cancels_at;     /* where the search for them goes on */
    uint32_t refuse_orders;  /* the node's mode */
    uint32_t venue_killed;
    uint32_t expiries;       /* roots of trees of orders: by expiry time, by the end of their speed bump */
    uint32_t bumps;
    uint32_t slot_free;      /* list of free slots of the card, +1; 0: none */
    uint32_t slots_made;     /* slots ever used: the next new one */
    uint32_t jobs;           /* first and last of the queue of cancel jobs */
    uint32_t jobs_last;
    uint32_t refills;        /* positions whose reduce-only orders may have room: list through next_refill */
    uint32_t rules;
    uint32_t window_check;   /* 1: marks have moved, or a window is on its way */
    uint32_t price_check;    /* 1: marks, indices or last trades have moved since triggers were looked at */
    uint32_t quotes;         /* the quote-quantity order under way, 0: none */
    uint32_t settlement;     /* the settlement asset, 0: none yet */
    uint8_t hash[32];        /* of the last batch */
    wide balance_sum[LIMIT_ASSETS + 1]; /* by asset, custody and what is apart included: always 0 */
    /* docs/money.md */
    uint64_t next_tick;      /* ns of UTC: when the next tick is due; 0: at the next batch */
    uint64_t next_settle;    /* ns: when the next pass is due; 0: at the next tick */
    uint64_t next_accrual;   /* ns: interest of all pools */
    uint32_t pass;           /* number of the settlement pass under way, or of the last one */
    uint32_t pass_stage;     /* enum settlement_stage */
    uint32_t pass_at;        /* next subaccount of the stage under way */
    uint32_t idle_work;      /* head of the part of that list which lending works off since the last tick */
    int64_t recovered;       /* USDC units in residue that came in for debts and wait to be split over claims */
    int64_t pass_won[SETTLEMENT_CLASSES];  /* credits by class of winner: see settlement.c */
    int64_t pass_paid;       /* W - Z: of them in all */
    int64_t pass_short;      /* Z: debts made in this pass, and claims that losers gave up: claims for winners */
    int64_t pass_lent;       /* units that losers paid without cash: face of the lend shares in residue */
    int64_t pass_lent_shares;
    int64_t pass_run[SETTLEMENT_CLASSES + 1]; /* running sums of the stage under way: enum settlement_run */
    int64_t written;         /* USDC units of debts written off, by which claims fall at the end of the next pass */
    wide rounding;           /* USDC units x 256: funding that residue's entry costs have taken, in all; once everybody
                              * is current, what its rounding has left */
    uint32_t debtors, claimants; /* heads of lists of subaccounts */
    uint32_t idle;           /* head of the list of balances that may have something to lend or repay */
    uint32_t withdrawals;    /* head of the list of those that are not done */
    uint64_t next_deferred;
    uint32_t deferred_count, deferred_wait; /* rows in use; of them: waiting for the pass */
    /* the venue's own parameters (struct input_venue_rules) */
    uint32_t settle_seconds; /* 0: no settlement */
    uint32_t notice_seconds; /* of changes that tighten */
    uint32_t fresh_seconds;  /* profit settled later can't be withdrawn; at most 60 */
    uint32_t approvals;      /* that a withdrawal needs */
    uint64_t fund_floor;     /* USDC units that the fund keeps */
    uint64_t withdraw_account_max, withdraw_venue_max; /* USDC units a day, 0: no limit */
    uint64_t withdrawn, withdrawn_ns; /* of the venue, leaking away */
    uint32_t leverage_caps[LIMIT_JURISDICTIONS]; /* hundredths, 0: none */
    uint32_t lending_scan;   /* next balance row of lending's walk of all of them (lending_run.c); 0: none under way */
    uint32_t debtor_at;      /* next debtor of the walk under way (host/settlement/debts.c); 0: none */
    uint64_t deferred_next_ns; /* when the first of the changes that wait is due, 0: none */
    /* docs/liquidation.md */
    struct liquidation_rules liquidation;
    uint64_t episodes_made;
    uint32_t episodes, episodes_last; /* list of those under way */
    uint32_t liquidation_stage;  /* enum liquidation_stage */
    uint32_t liquidation_at;     /* next row, episode, market or asset of the stage */
    uint64_t liquidation_round;  /* round of the last order sent */
    uint32_t detections_full;    /* runs of detection to come in which everybody may have to be looked at */
    uint32_t crossings;          /* parts of what prices have crossed that are still to be gone through before it */
    uint32_t reserved[2];
    int64_t claims_fallen;       /* USDC units of claims that write-offs have taken, in all */
    struct deleverage deleverage;
    struct turn turn;
};

enum settlement_stage { SETTLEMENT_IDLE, SETTLEMENT_REALISE, SETTLEMENT_PAY, SETTLEMENT_CLAIMS };

/* Heads of the lists of rows whose names share a bucket. */
struct name_bucket {
    uint32_t accounts, subaccounts, users, reserved;
};

/* Rows are written to snapshots as they lie in memory: no padding. */
static_assert(sizeof(struct asset) == 136, "asset");
static_assert(sizeof(struct venue) == 56, "venue");
static_assert(sizeof(struct pricing) == 32 + LIMIT_VENUES * 56, "pricing");
static_assert(sizeof(struct samples) == LIMIT_SAMPLES * 12 + 32 + 60 * 16, "samples");
static_assert(sizeof(struct open_side) == 48, "open side");
static_assert(sizeof(struct position) == 64, "position");
static_assert(sizeof(struct position_detail) == 176, "detail of a position");
static_assert(sizeof(struct balance) == 64, "balance");
static_assert(sizeof(struct balance_detail) == 48, "detail of a balance");
static_assert(sizeof(struct account) == 72, "account");
static_assert(sizeof(struct subaccount) == 128, "subaccount");
static_assert(offsetof(struct subaccount, claim) == 64, "what settlement and margin read is a line");
static_assert(sizeof(struct user) == 88, "user");
static_assert(sizeof(struct market) == 448, "market");
static_assert(offsetof(struct market, kind) == 128 && offsetof(struct market, mark) == 192,
              "what settlement, funding and margin read are two lines");
static_assert(sizeof(struct transfer) == 80, "transfer");
static_assert(sizeof(struct deferred) == 16 + LIMIT_DEFERRED_BYTES, "deferred");
static_assert(sizeof(struct pool) == 176, "pool");
static_assert(sizeof(struct job) == 40, "job");
static_assert(sizeof(struct totals) % 16 == 0, "totals");
static_assert(sizeof(struct episode) == 152, "episode");
static_assert(sizeof(struct commitment) == 48, "commitment");
static_assert(sizeof(struct tally) == 80, "tally");
static_assert(sizeof(struct unwind) == 264, "unwind");
static_assert(sizeof(struct deleverage) == 144 + 16 * LIMIT_RANKS + 16 * LIMIT_MARKETS, "deleverage");
static_assert(sizeof(struct turn) == 80, "turn");
static_assert(sizeof(struct name_bucket) == 16, "bucket of names");

struct state {
    struct table totals;     /* one row */
    struct table assets, markets, accounts, subaccounts, users;
    struct table balances, balance_details, positions, position_details, orders, slots, transfers, jobs;
    struct table pricing, samples, pools; /* rows by asset, market, asset: all addressable */
    struct table deferred;
    struct table episodes, commitments;
    struct table unwinds;    /* rows by market: all addressable */
    struct table order_buckets, transfer_buckets; /* hash tables, heads of lists: two a row, see state_bucket() */
    struct table name_buckets; /* hash table of struct name_bucket */
    struct totals *t;        /* the row of `totals` */
};

/* How much of the compiled limits to reserve; 0: all of it. What the exchange itself needs (its subaccounts, balances
 * and positions) comes on top. */
struct state_sizes {
    uint32_t subaccounts, accounts, users, balances, positions, orders, slots, transfers, jobs;
};

/* The limits in place of zeros. */
struct state_sizes state_sizes_whole(const struct state_sizes *sizes);
/* What a table of that name was created with when its capacity is this; others change nothing. */
void state_sizes_set(struct state_sizes *sizes, const char *table, uint32_t capacity);

/* Reserves every table and makes the exchange's own account and subaccounts. Ends the program where memory is
 * short. Rows of `slots` are all addressable: slot N of the card is row N + 1. */
void state_create(struct state *state, const struct state_sizes *sizes);
void state_destroy(struct state *state);
/* Touches all of the tables' memory: a page's first touch in the middle of an order costs milliseconds. False: the
 * kernel won't (before Linux 5.14). */
bool state_populate(struct state *state);
uint64_t state_bytes(const struct state *state);

/* Every table in the order of snapshots. */
enum { STATE_TABLES = 24 };
void state_tables(struct state *state, struct table *tables[STATE_TABLES]);

/* What table_row() finds; these are asked for so often that the size of a row is better known beforehand. */
static inline struct asset *state_asset(const struct state *state, uint32_t row)
{
    return (struct asset *)(void *)state->assets.rows + row;
}
static inline struct market *state_market(const struct state *state, uint32_t row)
{
    return (struct market *)(void *)state->markets.rows + row;
}
static inline struct account *state_account(const struct state *state, uint32_t row)
{
    return (struct account *)(void *)state->accounts.rows + row;
}
static inline struct subaccount *state_subaccount(const struct state *state, uint32_t row)
{
    return (struct subaccount *)(void *)state->subaccounts.rows + row;
}
static inline struct user *state_user(const struct state *state, uint32_t row)
{
    return table_row(&state->users, row);
}
static inline struct pricing *state_pricing(const struct state *state, uint32_t asset)
{
    return table_row(&state->pricing, asset);
}
static inline struct samples *state_samples(const struct state *state, uint32_t market)
{
    return table_row(&state->samples, market);
}
static inline struct pool *state_pool(const struct state *state, uint32_t asset)
{
    return table_row(&state->pools, asset);
}
static inline struct episode *state_episode(const struct state *state, uint32_t row)
{
    return table_row(&state->episodes, row);
}
static inline struct commitment *state_commitment(const struct state *state, uint32_t row)
{
    return table_row(&state->commitments, row);
}
static inline struct unwind *state_unwind(const struct state *state, uint32_t market)
{
    return table_row(&state->unwinds, market);
}
static inline struct balance *state_balance(const struct state *state, uint32_t row)
{
    return (struct balance *)(void *)state->balances.rows + row;
}
/* Of the balance with that number; likewise, of a row of `balances`. */
static inline struct balance_detail *state_balance_detail(const struct state *state, uint32_t row)
{
    return (struct balance_detail *)(void *)state->balance_details.rows + row;
}
static inline struct balance_detail *state_balance_detail_of(const struct state *state, const struct balance *balance)
{
    return state_balance_detail(state, (uint32_t)(balance - state_balance(state, 0)));
}
static inline struct position *state_position(const struct state *state, uint32_t row)
{
    return (struct position *)(void *)state->positions.rows + row;
}
/* Of the position with that number. */
static inline struct position_detail *state_position_detail(const struct state *state, uint32_t row)
{
    return (struct position_detail *)(void *)state->position_details.rows + row;
}
/* Likewise, of a row of `positions`. */
static inline struct position_detail *state_position_detail_of(const struct state *state,
                                                               const struct position *position)
{
    return state_position_detail(state, (uint32_t)(position - state_position(state, 0)));
}

static inline uint8_t state_other_side(uint8_t side)
{
    return side == CARD_SIDE_BUY ? CARD_SIDE_SELL : CARD_SIDE_BUY;
}
static inline bool state_side_is_empty(const struct open_side *side)
{
    return side->orders == 0 && (side->lots | side->reduce_lots) == 0;
}
/* position.open_sides: as its open sides are, and to be set after a change of one. */
static inline uint8_t state_open_sides(const struct state *state, uint32_t position)
{
    const struct open_side *sides = state_position_detail(state, position)->side;
    const unsigned buys = !state_side_is_empty(&sides[CARD_SIDE_BUY]);
    const unsigned sells = !state_side_is_empty(&sides[CARD_SIDE_SELL]);

    return (uint8_t)(buys << CARD_SIDE_BUY | sells << CARD_SIDE_SELL);
}
static inline void state_note_sides(const struct state *state, uint32_t position)
{
    state_position(state, position)->open_sides = state_open_sides(state, position);
}
/* Lots of a position, whichever side. */
static inline int64_t state_lots(const struct position *position)
{
    return position->quantity < 0 ? -position->quantity : position->quantity;
}
/* Lots of the position, without sign, if all of a side filled. Reduce-only orders count as far as they close. The core
 * keeps them within what the others leave of the position, so that this is |position + all of the side|; where the
 * position has just shrunk under them, and they are about to be cut, they count as what they may do: never an
 * increase. */
static inline int64_t state_side_lots(int64_t quantity, uint8_t side, const struct open_side *sums)
{
    const int64_t others = sums->lots - sums->reduce_lots;
    const int64_t left = side == CARD_SIDE_BUY ? -quantity - others : quantity - others; /* to close */

    /* No branches: which side closes follows no rule. What the reduce-only ones leave of it, at least 0. */
    const int64_t rest = (int64_t)((uint64_t)left - (uint64_t)sums->reduce_lots), closed = rest & ~(rest >> 63);
    const int64_t closes = -left >> 63; /* all ones where there is something to close */

    return (closed & closes) | (-left & ~closes);
}
/* The largest position that either side could make, lots. */
static inline int64_t state_reach(int64_t quantity, const struct open_side sides[2])
{
    const int64_t bought = state_side_lots(quantity, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]);
    const int64_t sold = state_side_lots(quantity, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]);

    return bought > sold ? bought : sold;
}
/* A position's lots and reach go out of its account's sums before a change of its quantity or of an open side, and come
 * in again behind it: caps on what an account may hold are looked up, however many subaccounts it has. */
static inline void state_count_reach(const struct state *state, uint32_t row, bool in)
{
    const struct position *position = state_position(state, row);
    const struct position_detail *detail = state_position_detail(state, row);
    struct position_detail *sums = state_position_detail(state, detail->account_row);
    int64_t reach, lots;

    if (detail->account_row == TABLE_NONE)
        return;
    reach = state_reach(position->quantity, detail->side);
    lots = state_lots(position);
    sums->account_reach += in ? reach : -reach;
    sums->account_lots += in ? lots : -lots;
}
/* The smallest order of a market, lots. */
static inline int64_t state_least_lots(const struct market *market)
{
    return market->quantity_min > 1 ? market->quantity_min : 1;
}
/* Whether it is a spot market of an asset against the settlement asset, and not delisted. */
static inline bool state_is_spot_of(const struct state *state, const struct market *market, uint32_t asset)
{
    return market->kind == MARKET_SPOT && market->base_asset == asset &&
           market->quote_asset == state->t->settlement && !(market->flags & MARKET_DELISTED);
}

/* What everybody together has of it, USDC units. */
static inline int64_t state_credits(const struct state *state)
{
    return -state_subaccount(state, SYSTEM_CUSTODY)->credit;
}
static inline int64_t state_claims(const struct state *state)
{
    return -state_subaccount(state, SYSTEM_CUSTODY)->claim;
}
static inline int64_t state_debts(const struct state *state)
{
    return -state_subaccount(state, SYSTEM_CUSTODY)->debt;
}

/* The leverage limit that holds for an account: its own, or its jurisdiction's cap where that is lower; hundredths, 0:
 * none. */
static inline uint32_t state_leverage(const struct state *state, uint32_t account)
{
    const uint32_t own = state_account(state, account)->leverage;
    const uint32_t cap = state->t->leverage_caps[state_account(state, account)->jurisdiction];

    return own == 0 || (cap != 0 && cap < own) ? cap : own;
}

/* The settlement asset (USDC), 0 while there is none. */
static inline uint32_t state_settlement(const struct state *state)
{
    return state->t->settlement;
}

/* A good 64-bit mix of a number, for buckets. */
static inline uint64_t state_mix(uint64_t value)
{
    value = (value ^ (value >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 29)) * UINT64_C(0xd6e8feb86659fd93);
    return value ^ (value >> 32);
}

/* Head of the list of a mixed key, in order_buckets or transfer_buckets: their number is a power of two. */
static inline uint32_t *state_bucket(const struct table *buckets, uint64_t mixed)
{
    uint32_t *heads = table_row(buckets, 1);

    return &heads[mixed & (2 * (uint64_t)(buckets->capacity - 1) - 1)];
}

/* The row of a pair, or 0. */
static inline uint32_t state_find_balance(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    uint32_t row;

    if (subaccount < SYSTEM_SUBACCOUNTS) /* every asset's, and every move meets one of them */
        return state_asset(state, asset)->system[subaccount];
    row = state_subaccount(state, subaccount)->balances;
    while (row != TABLE_NONE && state_balance(state, row)->asset != asset)
        row = state_balance(state, row)->next;
    return row;
}
uint32_t state_find_position(const struct state *state, uint32_t subaccount, uint32_t market);
/* The row of a pair, made where it is missing; 0 if the table is full, for clients but for what the exchange needs.
 * With a balance the account's first subaccount gets one of that asset too: what counts for the whole account stands
 * there. `own`: for what the exchange does with a client by itself, which has rows that clients leave (limit_own()). */
uint32_t state_take_balance(struct state *state, uint32_t subaccount, uint32_t asset, bool own);
uint32_t state_take_position(struct state *state, uint32_t subaccount, uint32_t market, bool own);
/* Likewise, not its own. */
static inline uint32_t state_need_balance(struct state *state, uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = state_find_balance(state, subaccount, asset);

    return row != TABLE_NONE ? row : state_take_balance(state, subaccount, asset, false);
}
uint32_t state_need_position(struct state *state, uint32_t subaccount, uint32_t market);

/* Where the lists of rows with such a name (`size`: a multiple of 8; `seed`: the account of a subaccount's name, else
 * 0) and of such a transfer begin. */
struct name_bucket *state_name_bucket(const struct state *state, uint32_t seed, const uint8_t *name, size_t size);
uint32_t *state_transfer_bucket(const struct state *state, uint32_t asset, const uint8_t id[16]);

/* By name, zero-padded; 0 if unknown. */
uint32_t state_find_asset(const struct state *state, const uint8_t symbol[16]);
uint32_t state_find_market(const struct state *state, const uint8_t symbol[24]);
uint32_t state_find_user(const struct state *state, const uint8_t name[8]);
uint32_t state_find_account(const struct state *state, const uint8_t name[24]);
uint32_t state_find_subaccount(const struct state *state, uint32_t account, const uint8_t name[24]);

/* Makes a new row findable by its name, which must be set, unused and not change; a subaccount also joins the list of
 * its account, and so does a user, whose account is set. */
void state_index_account(struct state *state, uint32_t row);
void state_index_subaccount(struct state *state, uint32_t row);
void state_index_user(struct state *state, uint32_t row);
/* Another name for a subaccount; none of its account has it. */
void state_rename_subaccount(struct state *state, uint32_t row, const uint8_t name[24]);

/* The deposit or withdrawal that came with this id; 0 if none did. */
uint32_t state_find_transfer(const struct state *state, uint32_t asset, const uint8_t id[16]);
/* Remembers one (`next` is set here); its id must be new. 0 if the table is full. */
uint32_t state_add_transfer(struct state *state, const struct transfer *transfer);

#endif
