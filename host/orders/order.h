/* An open order and where it is. */
#ifndef VITRINE_ORDER_H
#define VITRINE_ORDER_H

#include <assert.h>

#include "state.h"
#include "tree.h"

enum order_place {
    ORDER_NOWHERE,        /* being entered in this round */
    ORDER_ON_CARD,        /* has a slot */
    ORDER_PARKED,         /* beyond the window's passive edge, in the host */
    ORDER_WAITING,        /* reduce-only, nothing of it is on the card now */
    ORDER_TRIGGER,        /* waits for its trigger */
    ORDER_BUMPED,         /* speed bump: waits for its 100 ms */
};

/* Orders of the exchange itself, which have no user: what for. */
enum order_own { OWN_NONE, OWN_CONVERSION, OWN_LIQUIDATION };

struct order {
    uint64_t id;          /* never used again */
    uint64_t priority;    /* time priority in its level: smaller is older; 0 while it does not rest */
    uint64_t expires_ns;
    uint64_t due_ns;      /* speed bump */
    uint32_t user, reference;
    uint32_t subaccount, position; /* rows */
    uint32_t next_of_user, prev_of_user;
    uint32_t next_in_position, prev_in_position;
    uint32_t next_in_bucket;       /* of (user, reference) */
    uint32_t slot;        /* on the card: its number + 1; 0: none */
    uint16_t market;
    uint8_t side, tif, stp, flags; /* flags: enum input_order_flag */
    uint8_t place, generation;
    uint32_t price;       /* ticks; market orders: the worst price they are margined at */
    uint32_t trigger_price;
    uint8_t trigger_by, trigger_when;
    uint16_t slippage;
    uint8_t bound_reason; /* quote quantity: what it means to be stopped at `price` */
    uint8_t own;          /* enum order_own */
    uint8_t reserved[2];
    int64_t quantity;     /* lots in all, or as the flags say */
    int64_t open;         /* lots not filled and not cancelled; quote quantity: of the portion under way */
    int64_t active;       /* of `open`: what may fill and is locked: on the card, parked, on its way (docs/host.md) */
    int64_t filled;
    int64_t adverse_lot;  /* quote units x 256 a lot: by how much the price was worse than the mark at entry */
    /* in the side's sums beyond `active`, while a replace is out */
    int64_t reserve_lots, reserve_notional, reserve_adverse;
    /* rows. Legs: their parent while it is open, and in [0] the other leg. Parent: its legs */
    uint32_t parent, attached[2];
    uint32_t parent_reference;     /* legs: the parent's number, since they have none of their own */
    uint32_t fee_carry;            /* millionths of a unit (perpetuals: unit / 256) that rounding up has overpaid */
    uint32_t reserved2;
    struct tree_node price_node;   /* in the market's tree of parked orders or of triggers */
    struct tree_node time_node;    /* in the tree of expiries, or of ends of speed bumps */
    struct input_attached attach[2]; /* what to attach at the first fill */
    int64_t quote_left;            /* quote quantity: units not spent or received yet */
    uint8_t client_id[16];
};

static_assert(sizeof(struct order) % 8 == 0, "rows are multiples of 8 bytes");

/* A slot of the card: which order, and the generation that the next one there gets. Free ones form a list. */
#define SLOT_FREE 0x80000000u
struct slot {
    uint32_t order;       /* row; SLOT_FREE and the next free slot; 0: never used */
    uint32_t generation;  /* of the order in it, else of the last one */
};

static inline struct order *order_row(const struct state *state, uint32_t row)
{
    return table_row(&state->orders, row);
}

/* Head of the list that an order with this number of its user hangs in. */
static inline uint32_t *order_bucket(const struct state *state, uint32_t user, uint32_t reference)
{
    return state_bucket(&state->order_buckets, state_mix(((uint64_t)user << 32 | reference) ^ state->t->salt));
}

#endif
