/* Private to the model: what it keeps, and what its files offer each other. docs/card.md has the meaning of
 * everything here. */
#ifndef VITRINE_MODEL_INTERNAL_H
#define VITRINE_MODEL_INTERNAL_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

/* Always on: a model that is wrong must stop, not judge. */
#define check(condition) ((condition) ? (void)0 : check_fail(#condition, __FILE__, __LINE__))

static inline _Noreturn void check_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
    abort();
}

#define ORDER_NONE UINT32_MAX

/* An order slot; zeroed memory is a free slot. */
struct order {
    uint64_t quantity; /* open lots; 0: the slot is free */
    uint32_t owner;
    uint32_t price;
    uint32_t older, newer; /* neighbours in the level's queue, slots or ORDER_NONE */
    uint8_t market;
    uint8_t generation;
    uint8_t side; /* enum card_side */
};

/* The queue at one price; zeroed memory is an empty level. */
struct level {
    uint64_t aggregate;      /* sum of the open quantities; 0: empty, and the slots below mean nothing */
    uint32_t oldest, newest; /* slots */
};

/* One side of a market. Bit i of `occupied` belongs to the price in the window that is i modulo the window's size. */
struct half {
    uint64_t *occupied;
    uint64_t *summary; /* bit w: word w of `occupied` is not 0 */
    uint32_t best;     /* price; 0: the side is empty (no order has price 0) */
};

struct market {
    struct level *levels; /* 2^tick_bits, addressed by price modulo their number */
    struct half half[2];  /* by enum card_side */
    uint32_t orders;      /* resting */
    uint32_t base;
    uint32_t window_log2; /* the window has 2^this ticks */
    uint32_t last_trade; /* price; 0: none */
    uint8_t state;       /* enum card_state */
    uint8_t bands;       /* CARD_BANDS_*_MASK */
    uint32_t limit_min, limit_max, impact_min, impact_max, mean_min, mean_max, tolerance;
    uint32_t present; /* CARD_PRESENT_*_MASK of the values below that were ever set */
    int32_t mean_premium;
    uint64_t mark, index, mean_mark, fast_mean_mark;
};

struct model {
    struct model_size size;
    struct market *markets;
    struct order *orders;
    struct level *levels;  /* of all markets */
    uint64_t *bitmaps;     /* of all markets */
    uint32_t sequence;     /* of the next event */
    uint16_t session;
    uint64_t crc_table[256];
    /* During model_apply: */
    const struct card_command *command;
    model_sink *sink;
    void *context;
};

/* The incoming order of a new, or of a replace that is not in place. */
struct taker {
    uint32_t slot;
    uint8_t generation; /* replace: the new one */
    uint8_t side;       /* enum card_side */
    uint32_t owner;
    uint32_t price;     /* own limit; 0: market order */
    uint64_t quantity;  /* still open */
    uint8_t tif;        /* enum card_tif */
    uint8_t stp;        /* enum card_stp */
    bool post_only;
    bool liquidation;
};

/* bands.c: price protection */

/* In the order in which ties are broken. */
enum bound { BOUND_LIMIT, BOUND_IMPACT, BOUND_MEAN_MARK, BOUND_PREMIUM, BOUND_COUNT };

/* The worst prices that a taker may pay or get. */
struct bounds {
    bool on[BOUND_COUNT];
    uint64_t price[BOUND_COUNT]; /* ticks */
};

bool bands_admit_limit(const struct market *market, uint32_t price);
struct bounds bands_bound_taker(const struct market *market, const struct taker *taker);
bool bounds_admit_price(const struct bounds *bounds, uint8_t side, uint32_t price);
enum card_reason bounds_find_reason(const struct bounds *bounds, uint8_t side);

/* book.c: queues and levels */

static inline uint8_t side_opposite(uint8_t side)
{
    return side == CARD_SIDE_BUY ? CARD_SIDE_SELL : CARD_SIDE_BUY;
}

/* Whether an order of `side` with limit `price` would trade at `other`. */
static inline bool side_reaches(uint8_t side, uint64_t price, uint64_t other)
{
    return side == CARD_SIDE_BUY ? other <= price : other >= price;
}

uint64_t book_window_end(const struct model *model, const struct market *market); /* first price beyond the window */
bool book_has_price(const struct model *model, const struct market *market, uint32_t price);
bool book_beyond_aggressive(const struct model *model, const struct market *market, uint8_t side, uint32_t price);
bool book_beyond_passive(const struct model *model, const struct market *market, uint8_t side, uint32_t price);
struct level *book_level(const struct model *model, const struct market *market, uint32_t price);
/* Lowest or highest occupied level of a side, and the next one after `price` away from the touch; 0: none. */
uint32_t book_find_lowest(const struct model *model, const struct market *market, uint8_t side);
uint32_t book_find_highest(const struct model *model, const struct market *market, uint8_t side);
uint32_t book_find_worse(const struct model *model, const struct market *market, uint8_t side, uint32_t price);
/* The order must be filled in except for its links; it becomes the newest of its level. */
void book_insert_order(struct model *model, uint32_t slot);
/* Lowers what is open; an order of which nothing is left leaves the book and its slot is free. */
void book_lower_order(struct model *model, uint32_t slot, uint64_t lots);
void book_remove_order(struct model *model, uint32_t slot);

/* checks.c: the checks 1 to 7; CARD_REASON_NONE where they pass */

enum card_reason checks_format(const struct model *model);
enum card_reason checks_handle(const struct model *model);
enum card_reason checks_state(const struct market *market, const struct taker *taker);
enum card_reason checks_entry(const struct model *model, const struct market *market, const struct taker *taker,
                              const struct bounds *bounds);

/* event.c: answers */

struct card_event event_make(const struct model *model, enum card_kind kind, enum card_reason reason);
void event_set_taker(struct card_event *event, const struct taker *taker);
void event_set_maker(struct card_event *event, const struct model *model, uint32_t slot);
void event_set_level(struct card_event *event, const struct model *model, const struct market *market, uint8_t side,
                     uint32_t price);
void event_send(struct model *model, struct card_event *event, bool last);
/* Takes an order out of the book and reports it; `taker` is the order on whose account this happens, or NULL. */
void event_remove_order(struct model *model, uint32_t slot, enum card_reason reason, const struct taker *taker,
                        bool last);
void event_reject(struct model *model, enum card_reason reason);

/* match.c */

/* Matches an order that has passed its checks, and rests, expires or parks what remains. */
void match_taker(struct model *model, struct market *market, struct taker *taker, const struct bounds *bounds);
void match_rest_order(struct model *model, const struct market *market, const struct taker *taker);

#endif
