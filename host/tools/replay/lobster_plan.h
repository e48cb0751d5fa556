/* First pass over a LOBSTER pair: what the second one has to know ahead.
 *
 * A file with n levels tells only what happens inside the n best of a side. A level's *episode* lasts while it is
 * in the rows. Orders that later messages of an episode name and that it did not see added were there when it
 * began: with the quantity that those messages take from each. Source: the data's README, "How to replay a LOBSTER
 * pair exactly". */
#ifndef VITRINE_LOBSTER_PLAN_H
#define VITRINE_LOBSTER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lobster_rows.h"

#define LOBSTER_NONE UINT32_MAX

struct lobster_tracked {
    uint64_t price;
    uint32_t episode;
};

/* The levels of the row before, each with its episode's number. */
struct lobster_tracker {
    size_t count[2];
    struct lobster_tracked level[2][LOBSTER_LEVELS_MAX];
    size_t entered_count[2]; /* places in `level` of the episodes that began with the last row */
    size_t entered[2][LOBSTER_LEVELS_MAX];
    size_t left_count[2]; /* levels that left with the last row */
    struct lobster_tracked left[2][LOBSTER_LEVELS_MAX];
    uint32_t episodes; /* begun so far */
};

/* Takes in the next row. Both passes number the episodes alike. */
void lobster_tracker_advance(struct lobster_tracker *tracker, const struct lobster_row *row);

/* An order that was there when its episode began. */
struct lobster_initial {
    uint64_t id;
    uint64_t quantity;
    uint32_t next; /* of the same episode; LOBSTER_NONE ends */
};

struct lobster_plan {
    uint64_t rows;
    size_t levels;        /* of the book file; 0 without one */
    uint64_t tick;        /* greatest common divisor of all prices, in the files' unit */
    uint64_t first_price; /* something near the first touch */
    uint64_t price_min, price_max;
    uint64_t unknown_messages; /* that name an order no earlier row added */
    uint64_t unknown_ids;      /* how many orders those are */
    struct lobster_initial *initial;
    size_t initial_count, initial_room;
    uint32_t *episode; /* first of its initial orders, by episode */
    size_t episode_count, episode_room;
};

/* Reads at most `limit` rows (0: all). False, and `error` (TEXT_ERROR_MAX) says why. */
bool lobster_plan_make(struct lobster_plan *plan, const struct lobster_files *files, uint64_t limit, char *error);
/* The lowest price (ticks) of a window of 2^tick_bits, so that the day's prices lie in its middle, or else those
 * at its start. */
uint32_t lobster_plan_base(const struct lobster_plan *plan, uint32_t tick_bits);

void lobster_plan_free(struct lobster_plan *plan);

#endif
