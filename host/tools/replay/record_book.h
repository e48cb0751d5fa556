/* The book as the record has it: every order in its queue, under the handle that it has on the card. A replay
 * knows from it, ahead of the card, what each command must do. */
#ifndef VITRINE_RECORD_BOOK_H
#define VITRINE_RECORD_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "tick_set.h"

#define RECORD_NONE UINT32_MAX

struct record_order {
    uint64_t id;
    uint64_t quantity; /* 0: the slot is free */
    uint32_t price;    /* ticks */
    uint32_t next, previous;
    uint8_t generation;
    enum card_side side;
};

struct record_level {
    uint32_t head, tail;
    uint64_t aggregate;
};

struct record_book {
    uint32_t base, ticks;
    struct record_level *level[2];
    struct tick_set occupied[2];
    struct record_order *order; /* by slot */
    uint32_t *spare;            /* free slots, the last one next */
    uint32_t spare_count;
};

void record_book_create(struct record_book *book, uint32_t base, uint32_t tick_bits, uint32_t slots);
void record_book_destroy(struct record_book *book);

bool record_book_covers(const struct record_book *book, uint64_t price);

/* Rests an order behind all others of its price; the slot, or RECORD_NONE where none is free. */
uint32_t record_book_add(struct record_book *book, uint64_t id, enum card_side side, uint32_t price,
                         uint64_t quantity);

/* Lowers an order's quantity; at 0 it leaves and its slot is free. */
void record_book_take(struct record_book *book, uint32_t slot, uint64_t quantity);

/* Best price of a side, RECORD_NONE where it is empty. */
uint32_t record_book_best(const struct record_book *book, enum card_side side);

/* Whether an order of this side at this price would trade. */
bool record_book_crosses(const struct record_book *book, enum card_side side, uint32_t price);

/* The price must be in the window. */
const struct record_level *record_book_level(const struct record_book *book, enum card_side side, uint32_t price);

#endif
