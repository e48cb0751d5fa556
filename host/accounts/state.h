/* The whole state of the exchange that must be replayed: tables of plain rows and one row of totals. A function of the
 * inputs alone. What can be worked out again from it (nothing so far) has no place here; what reads a clock, a pointer
 * or the card's speed neither. Rows name each other by number; 0 is none.
 *
 * Whoever changes a balance or an entry cost does it through accounts/ledger.h, so that conservation holds by
 * construction and every movement enters the batch's hash. */
#ifndef VITRINE_STATE_H
#define VITRINE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "input.h"
#include "limits.h"
#include "table.h"
#include "wide.h"

#define STATE_VERSION 1u /* of the rows below */
#define STATE_RULES 1u   /* of what the inputs mean */

/* Rows of `subaccounts` that belong to the exchange itself. They never send orders. */
enum system_subaccount {
    SYSTEM_CUSTODY = 1, /* the outside world: minus what was deposited and not withdrawn */
    SYSTEM_FEES,
    SYSTEM_FUND,        /* insurance fund */
    SYSTEM_RESIDUE,     /* what rounding leaves */
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
    int64_t reserved2;
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
    uint32_t reserved;
};

/* A subaccount in a market: made when first needed, kept. Spot markets use the open sides only. */
struct position {
    uint32_t subaccount, market;
    uint32_t next;           /* of the subaccount */
    uint32_t next_of_market;
    int64_t quantity;        /* lots, signed */
    int64_t entry_cost;      /* quote units x 256, signed: fills' quantity x price, fees in; settlement moves it */
    int64_t open_cost;       /* quote units x 256: of what is open, at the prices it was opened for; never settled */
    int64_t realised;        /* quote units x 256: by fills that closed, against the open price; a record only */
    struct open_side side[2];/* enum card_side */
    uint32_t orders;         /* head of the list of this position's orders (struct order.next_in_position) */
    uint32_t stops;          /* trigger orders among them */
    uint32_t next_refill;    /* list of totals.refills; itself at its end */
    uint32_t reduce_orders;  /* reduce-only orders among `orders` */
    uint32_t account_row;    /* the position of the account's first subaccount in this market, which counts for all: */
    uint32_t account_slots;  /* slots on the card, of all its subaccounts (there only) */
    uint32_t order_count;    /* in the list `orders` */
    uint32_t reserved;
};

struct balance {
    uint32_t subaccount, next; /* of the subaccount */
    uint16_t asset, reserved[3];
    int64_t amount;          /* units; only SYSTEM_CUSTODY may be negative */
    int64_t locked;          /* units: by open spot orders; never above amount */
};

enum account_flag { ACCOUNT_KILLED = 1, ACCOUNT_SUSPENDED = 2 };

struct account {             /* its number is the owner on the card */
    uint8_t name[24];
    uint32_t leverage;       /* hundredths, 0: none */
    uint32_t flags;          /* enum account_flag */
    uint32_t subaccounts;    /* head of the list */
    uint32_t next_of_name;   /* of the bucket of names */
    uint32_t first;          /* its first subaccount */
    uint32_t orders;         /* open, of all its subaccounts */
};

struct subaccount {
    uint8_t name[24];
    uint32_t account, next;  /* of the account */
    uint32_t balances, positions; /* heads of lists */
    uint32_t flags;
    uint32_t next_of_name;   /* of the bucket of names */
};

struct user {
    uint8_t name[8];
    uint8_t key[32];
    uint32_t account;
    uint32_t flags;          /* enum user_flag */
    uint32_t rate;
    uint32_t up;             /* 1 while a session is logged in */
    uint32_t orders;         /* head of the list of its open orders */
    uint32_t last_reference; /* highest order number it used */
    uint32_t day;            /* since 1970, of `sequence` */
    uint32_t next_of_name;   /* of the bucket of names */
    uint64_t sequence;       /* of its last report that day */
};

enum market_flag { MARKET_KILLED = 1, MARKET_WAITS_FOR_PRICES = 2, MARKET_WINDOW_MOVES = 4 };

struct market {
    uint8_t symbol[24];
    uint8_t kind, bands, window_log2, speed_bump;
    uint16_t base_asset, quote_asset;
    uint64_t lot_units, tick_lot_units;
    int32_t maker_fee, taker_fee;
    uint32_t limit_min, limit_max, impact_min, impact_max, mean_min, mean_max, tolerance;
    uint32_t slot_quota, window_step, quantity_min;
    uint64_t quantity_max, position_max, interest_max;
    struct margin_function imf, mmf;
    /* above: as configured; below: as it stands */
    uint64_t mark, index, mean_mark, fast_mean_mark; /* ticks x 256; 0: not set */
    int32_t mean_premium;
    uint8_t premium_set, state, state_wanted, flags; /* enum card_state; wanted: by the operator */
    uint32_t window_base;    /* ticks */
    uint32_t last_trade;     /* ticks, 0: none */
    uint32_t slots_used;
    uint32_t best[2];        /* ticks, of the card's window: best bid, best ask; 0: that side is empty */
    uint32_t positions;      /* head of the list */
    int64_t open_interest;   /* lots: sum of long positions */
    int64_t interest_out;    /* lots by which orders of the present round may raise it; 0 between rounds */
    int64_t position_sum;    /* lots: always 0 */
    int64_t cost_sum;        /* quote units x 256: sum of entry costs, always 0 */
    uint32_t parked[2];      /* roots of the trees of parked orders, by price and time (orders/ordered.h) */
    uint32_t triggers[3][2]; /* roots: by enum input_trigger_by - 1, by enum input_trigger_when - 1 */
    uint32_t prices_seen;    /* CARD_PRESENT_* since the last restart */
    uint32_t fee_position;   /* row of SYSTEM_FEES' position; 0: not made yet */
};

struct transfer {            /* a deposit or withdrawal that was carried out: idempotency */
    uint8_t id[16];
    uint32_t subaccount, next; /* of the hash bucket */
    uint16_t asset, kind, reserved[2]; /* kind: enum input_kind */
    int64_t amount;
    uint64_t batch;
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

struct totals {
    uint64_t batch;          /* the last one */
    uint64_t time_ns;
    uint64_t round;          /* rounds so far */
    uint64_t next_order, next_match, next_priority; /* numbers given out next */
    uint64_t transfers;      /* carried out */
    uint64_t salt;           /* of hash tables and trees: clients choose numbers and prices, and must not know what
                              * collides */
    uint64_t reserved2;
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
    uint32_t reserved;
    uint8_t hash[32];        /* of the last batch */
    wide balance_sum[LIMIT_ASSETS + 1]; /* by asset, custody included: always 0 */
};

/* Heads of the lists of rows whose names share a bucket. */
struct name_bucket {
    uint32_t accounts, subaccounts, users, reserved;
};

/* Rows are written to snapshots as they lie in memory: no padding. */
static_assert(sizeof(struct asset) == 96, "asset");
static_assert(sizeof(struct open_side) == 48, "open side");
static_assert(sizeof(struct position) == 176, "position");
static_assert(sizeof(struct balance) == 32, "balance");
static_assert(sizeof(struct account) == 48, "account");
static_assert(sizeof(struct subaccount) == 48, "subaccount");
static_assert(sizeof(struct user) == 80, "user");
static_assert(sizeof(struct market) == 288, "market");
static_assert(sizeof(struct transfer) == 48, "transfer");
static_assert(sizeof(struct job) == 40, "job");
static_assert(sizeof(struct totals) == 1200, "totals");
static_assert(sizeof(struct name_bucket) == 16, "bucket of names");

struct state {
    struct table totals;     /* one row */
    struct table assets, markets, accounts, subaccounts, users;
    struct table balances, positions, orders, slots, transfers, jobs;
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
uint64_t state_bytes(const struct state *state);

/* Every table in the order of snapshots. */
enum { STATE_TABLES = 15 };
void state_tables(struct state *state, struct table *tables[STATE_TABLES]);

static inline struct asset *state_asset(const struct state *state, uint32_t row)
{
    return table_row(&state->assets, row);
}
static inline struct market *state_market(const struct state *state, uint32_t row)
{
    return table_row(&state->markets, row);
}
static inline struct account *state_account(const struct state *state, uint32_t row)
{
    return table_row(&state->accounts, row);
}
static inline struct subaccount *state_subaccount(const struct state *state, uint32_t row)
{
    return table_row(&state->subaccounts, row);
}
static inline struct user *state_user(const struct state *state, uint32_t row)
{
    return table_row(&state->users, row);
}
static inline struct balance *state_balance(const struct state *state, uint32_t row)
{
    return table_row(&state->balances, row);
}
static inline struct position *state_position(const struct state *state, uint32_t row)
{
    return table_row(&state->positions, row);
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
uint32_t state_find_balance(const struct state *state, uint32_t subaccount, uint32_t asset);
uint32_t state_find_position(const struct state *state, uint32_t subaccount, uint32_t market);
/* The row of a pair, made where it is missing; 0 if the table is full. */
uint32_t state_need_balance(struct state *state, uint32_t subaccount, uint32_t asset);
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
 * its account. */
void state_index_account(struct state *state, uint32_t row);
void state_index_subaccount(struct state *state, uint32_t row);
void state_index_user(struct state *state, uint32_t row);

/* The deposit or withdrawal that came with this id; 0 if none did. */
uint32_t state_find_transfer(const struct state *state, uint32_t asset, const uint8_t id[16]);
/* Remembers one (`next` is set here); its id must be new. 0 if the table is full. */
uint32_t state_add_transfer(struct state *state, const struct transfer *transfer);

#endif
