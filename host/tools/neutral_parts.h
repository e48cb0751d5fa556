/* Inside the neutrality audit: what its files share. */
#ifndef VITRINE_NEUTRAL_PARTS_H
#define VITRINE_NEUTRAL_PARTS_H

#include "core.h"
#include "neutral.h"

/* A command that is out, by its tag. */
struct neutral_sent {
    uint32_t order, slot;
    uint32_t price;       /* at which it rests, if it does */
    uint8_t code, generation, side;
    uint16_t market;      /* row */
};

/* What an order has been through; a row of the exchange's orders may be another one by now. */
struct neutral_order {
    uint64_t id;
    uint64_t time;        /* its place in time in its level */
    uint32_t carry;       /* millionths that rounding its fees has overpaid */
    bool sent;            /* to the card, once */
};

/* The mirror: what rests on the card. Row: slot + 1. */
struct neutral_rest {
    uint64_t id, time;
    int64_t lots;
    uint32_t order, account, price;
    uint16_t market;      /* 0: free */
    uint8_t side, generation;
    uint32_t reserved;
    struct tree_node node;
};

/* A fee that an entry must follow for. */
struct neutral_due {
    uint32_t payer, order;
    int64_t fee;          /* as the entry has it: units, perpetuals / 256 */
    bool cost;            /* a perpetual's: in the entry cost */
    uint16_t thing;       /* market or asset */
};

struct neutral {
    struct exchange *exchange; /* NULL: not begun */
    const struct state *state;
    struct neutral_counts counts;
    struct neutral_finding *findings;
    size_t kept;
    struct neutral_sent *sent;
    size_t sent_room;
    struct neutral_order *orders;
    uint32_t order_room;
    struct table rests;
    uint32_t roots[LIMIT_MARKETS + 1][2];
    uint64_t clock;
    struct neutral_due due[2];
    unsigned dues;
    wide fill_notional;       /* units of the last fill */
    const uint8_t *arrival;   /* inputs of the batch behind the last one whose order went out */
    uint64_t arrival_batch;
    uint64_t episodes_seen;   /* episodes_made at the last look */
    uint64_t tick_seen;       /* next_tick likewise */
    uint32_t ticks_late;      /* since detection has been through */
};

/* --- neutral.c --- */
void neutral_find(struct neutral *neutral, enum neutral_kind kind, uint32_t subaccount, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
struct neutral_order *neutral_order_of(struct neutral *neutral, uint32_t order);

/* --- neutral_book.c --- */
void neutral_book_begin(struct neutral *neutral);
void neutral_book_event(struct neutral *neutral, const struct neutral_sent *sent, const struct card_event *event);
const struct neutral_rest *neutral_book_maker(const struct neutral *neutral, const struct card_event *event);

/* --- neutral_fees.c --- */
void neutral_fees_fill(struct neutral *neutral, const struct neutral_sent *sent, const struct neutral_rest *maker,
                       const struct card_event *event);
void neutral_fees_entry(struct neutral *neutral, const struct ledger_entry *entry);
/* What is due and has not come is missing. */
void neutral_fees_flush(struct neutral *neutral);

/* --- neutral_orders.c --- */
void neutral_orders_command(struct neutral *neutral, const struct card_command *command, uint32_t order);

/* --- neutral_accounts.c --- */
void neutral_accounts_entry(struct neutral *neutral, const struct ledger_entry *entry);
void neutral_accounts_detected(struct neutral *neutral, uint32_t from, uint32_t to);
void neutral_accounts_end_batch(struct neutral *neutral);

#endif
