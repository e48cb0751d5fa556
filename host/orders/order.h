/* An open order and where it is. */
#ifndef VITRINE_ORDER_H
#define VITRINE_ORDER_H

#include <assert.h>

#include "state.h"

enum order_place {
    ORDER_NOWHERE,        /* being entered in this round */
    ORDER_ON_CARD,        /* has a slot */
    ORDER_PARKED,         /* beyond the window's passive edge, in the host */
    ORDER_WAITING,        /* reduce-only, nothing of it is on the card now */
    ORDER_TRIGGER,        /* waits for its trigger */
    ORDER_ATTACHED,       /* waits for its parent's first fill */
    ORDER_BUMPED,         /* speed bump: waits for its 100 ms */
};

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
    uint32_t slot;        /* on the card; 0 is a slot, valid only while ORDER_ON_CARD or the round's commands are out */
    uint16_t market;
    uint8_t side, tif, stp, flags; /* flags: enum input_order_flag */
    uint8_t place, generation;
    uint32_t price;       /* ticks; market orders: the worst price they are margined at */
    uint32_t trigger_price;
    uint8_t trigger_by, trigger_when;
    uint16_t slippage;
    int64_t quantity;     /* lots in all */
    int64_t open;         /* lots not filled and not cancelled: what is locked */
    int64_t on_card;      /* of `open`: resting on the card or on the way to it; less only for reduce-only orders */
    int64_t filled;
    int64_t adverse_lot;  /* quote units x 256 a lot: by how much the price was worse than the mark at entry */
    uint32_t parent, attached[2];  /* orders: parent; take-profit and stop-loss of this one, or the other leg in [0] */
    uint32_t price_node[3];        /* ordered.h: left, right, weight; parked or trigger tree */
    uint32_t time_node[3];         /* ordered.h: expiry tree; the speed bump's queue */
    struct input_attached attach[2]; /* what to attach at the first fill */
    uint8_t client_id[16];
};

static_assert(sizeof(struct order) % 8 == 0, "rows are multiples of 8 bytes");

/* A slot of the card: which order, and the generation that the next one there gets. */
struct slot {
    uint32_t order;       /* row, 0: free */
    uint32_t generation;  /* of the order in it, else of the last one */
};

static inline struct order *order_row(const struct state *state, uint32_t row)
{
    return table_row(&state->orders, row);
}

#endif
