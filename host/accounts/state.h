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

/* One side of a market's open orders, of one subaccount. All exact sums over orders, so that what an order locked is
 * what its end releases. Reduce-only orders count here too. */
struct open_side {
    int64_t lots;            /* open */
    int64_t notional;        /* price x lots x tick_lot_units: quote units */
    int64_t adverse;         /* quote units x 256: by how much each order's price was worse than the mark at entry */
    int64_t reduce_lots;     /* of `lots`: of reduce-only orders */
    uint32_t orders;
    uint32_t reserved;
};

/* A subaccount in a market: made when first needed, kept. Spot markets use the open sides only. */
struct position {
    uint32_t subaccount, market;
    uint32_t next;           /* of the subaccount */
    uint32_t next_of_market;
    int64_t quantity;        /* lots, signed */
    int64_t entry_cost;      /* quote units x 256, signed: quantity x price summed over fills, fees in; settlement moves it */
    int64_t open_cost;       /* quote units x 256: of what is open, at the prices it was opened for; never settled */
    int64_t realised;        /* quote units x 256: by fills that closed, against the open price; a record only */
    struct open_side side[2];/* enum card_side */
    uint32_t orders;         /* head of the list of this position's orders (struct order.next_in_position) */
    uint32_t stops;          /* trigger orders among them */
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
    uint32_t reserved;
};

struct subaccount {
    uint8_t name[24];
    uint32_t account, next;  /* of the account */
    uint32_t balances, positions; /* heads of lists */
    uint32_t flags;
    uint32_t pending;        /* round (truncated) in which it last sent a command, see orders */
    uint64_t pending_round;
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
    uint32_t reserved;
    uint64_t sequence;       /* of its last report that day */
};

enum market_flag { MARKET_KILLED = 1, MARKET_WAITS_FOR_PRICES = 2 };

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
    uint32_t positions;      /* head of the list */
    int64_t open_interest;   /* lots: sum of long positions */
    int64_t position_sum;    /* lots: always 0 */
    int64_t cost_sum;        /* quote units x 256: sum of entry costs, always 0 */
    uint32_t parked[2];      /* roots of the trees of parked orders, by price and time (orders/ordered.h) */
    uint32_t triggers[3][2]; /* roots: by enum input_trigger_by - 1, by enum input_trigger_when - 1 */
    uint32_t prices_seen;    /* CARD_PRESENT_* since the last restart */
    uint32_t reserved;
};

struct transfer {            /* a deposit or withdrawal that was carried out: idempotency */
    uint8_t id[16];
    uint32_t subaccount, next; /* of the hash bucket */
    uint16_t asset, kind, reserved[2]; /* kind: enum input_kind */
    int64_t amount;
    uint64_t batch;
};

struct totals {
    uint64_t batch;          /* the last one */
    uint64_t time_ns;
    uint64_t round;          /* rounds so far */
    uint64_t next_order, next_match, next_priority; /* numbers given out next */
    uint64_t transfers;      /* carried out */
    uint32_t refuse_orders;  /* the node's mode */
    uint32_t venue_killed;
    uint32_t speed_bump_first, speed_bump_last; /* queue of orders that wait for 100 ms */
    uint32_t expiries;       /* root of the tree of orders by expiry time */
    uint32_t rules;
    uint8_t hash[32];        /* of the last batch */
    wide balance_sum[LIMIT_ASSETS + 1]; /* by asset, custody included: always 0 */
};

struct state {
    struct table totals;     /* one row */
    struct table assets, markets, accounts, subaccounts, users;
    struct table balances, positions, orders, slots, transfers;
    struct table order_buckets, transfer_buckets, name_buckets; /* hash tables: one number a row */
    struct totals *t;        /* the row of `totals` */
};

/* How much of the compiled limits to reserve; 0: all of it. */
struct state_sizes {
    uint32_t subaccounts, accounts, users, balances, positions, orders, slots, transfers;
};

void state_create(struct state *state, const struct state_sizes *sizes);
void state_destroy(struct state *state);
uint64_t state_bytes(const struct state *state);

/* Every table in the order of snapshots. */
enum { STATE_TABLES = 14 };
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

/* The row of a pair, or 0. */
uint32_t state_find_balance(const struct state *state, uint32_t subaccount, uint32_t asset);
uint32_t state_find_position(const struct state *state, uint32_t subaccount, uint32_t market);
/* The row of a pair, made where it is missing; 0 if the table is full. */
uint32_t state_need_balance(struct state *state, uint32_t subaccount, uint32_t asset);
uint32_t state_need_position(struct state *state, uint32_t subaccount, uint32_t market);

/* By name; 0 if unknown. `size`: bytes of the name's field. */
uint32_t state_find_asset(const struct state *state, const uint8_t symbol[16]);
uint32_t state_find_market(const struct state *state, const uint8_t symbol[24]);
uint32_t state_find_user(const struct state *state, const uint8_t name[8]);
uint32_t state_find_account(const struct state *state, const uint8_t name[24]);

#endif
