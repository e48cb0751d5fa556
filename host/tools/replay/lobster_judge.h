/* Holds the events of a LOBSTER replay against the record: the whole visible book after each row, the maker of each
 * execution, and what the card reads back. Looks at nothing but the events. */
#ifndef VITRINE_LOBSTER_JUDGE_H
#define VITRINE_LOBSTER_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "depth.h"
#include "lobster_source.h"

#define LOBSTER_BATCH_ROWS 1024 /* most rows in a batch of commands */

/* What the record says about one row. */
struct lobster_expect {
    uint64_t row, time_ns;
    uint64_t end;      /* commands given up to the row's end */
    bool compare;      /* there is a book to compare */
    bool corrected;    /* the record's orders did not add up to its levels */
    bool execution;    /* command `execution_command` must fill just this order: */
    uint64_t execution_command;
    uint32_t maker_slot;
    uint8_t maker_generation;
    uint64_t quantity, named, met;
    size_t count[2]; /* levels inside the window, best first */
};

struct lobster_judge;

/* `levels` in a row of the record; the best `compare` of them count (0: all, and no level beyond them may exist). */
struct lobster_judge *lobster_judge_create(uint32_t base, uint32_t tick_bits, size_t levels, size_t compare,
                                           struct lobster_result *result);
void lobster_judge_destroy(struct lobster_judge *judge);

/* The levels of a side of the row that is expected next, to be filled in before lobster_judge_expect(). */
struct depth_level *lobster_judge_levels(struct lobster_judge *judge, enum card_side side);
void lobster_judge_expect(struct lobster_judge *judge, const struct lobster_expect *expect);

void lobster_judge_event(struct lobster_judge *judge, const struct card_command *command,
                         const struct card_event *event);

/* Judges every row whose commands are all answered. */
void lobster_judge_flush(struct lobster_judge *judge);

#endif
