/* Second pass over a LOBSTER pair: rows become commands, and the events that answer them are held against the
 * record. */
#ifndef VITRINE_LOBSTER_SOURCE_H
#define VITRINE_LOBSTER_SOURCE_H

#include "lobster_plan.h"
#include "source.h"

#define LOBSTER_LISTED 32 /* departures kept for the list */

/* An execution that met another order than the record names. */
struct lobster_wrong {
    uint64_t row;
    uint64_t time_ns;
    uint64_t named, met; /* order ids; met 0: an order without a name in the record, or none */
};

/* A row whose book differs from the record's. */
struct lobster_unequal {
    uint64_t row;
    const char *what;
};

struct lobster_result {
    uint64_t rows, rows_compared, rows_equal;
    uint64_t rows_corrected; /* rows whose level sizes the orders of the record do not add up to */
    uint64_t executions, maker_right, maker_wrong, fills;
    uint64_t hidden_executions, crosses, halts;
    uint64_t unplaced;       /* messages that name an order that is not in the book */
    uint64_t outside_window; /* messages and levels at prices that the card's window does not hold */
    uint64_t crossed;        /* adds that would have traded: left out */
    uint64_t rejected;       /* commands that the card refused: none is expected */
    uint64_t levels_read, levels_read_equal;
    struct lobster_wrong wrong[LOBSTER_LISTED];
    struct lobster_unequal unequal[LOBSTER_LISTED];
    uint64_t unequal_count;
};

struct lobster_settings {
    struct lobster_files files;
    uint64_t limit;       /* rows; 0: all */
    uint64_t check_every; /* rows between two read-backs of all visible levels; 0: none */
    uint64_t compare_levels; /* best levels of a side to compare; 0: all */
    uint32_t tick_bits, slots; /* of the card */
};

struct lobster_replay;

/* NULL, and `error` (TEXT_ERROR_MAX) says why. The plan must outlive the replay. */
struct lobster_replay *lobster_replay_create(const struct lobster_settings *settings, const struct lobster_plan *plan,
                                             char *error);
void lobster_replay_destroy(struct lobster_replay *replay);

struct command_source lobster_replay_source(struct lobster_replay *replay);

/* What was found; complete once the runner has ended. */
const struct lobster_result *lobster_replay_result(struct lobster_replay *replay);

/* "file:line: reason" after SOURCE_BAD. */
const char *lobster_replay_error(const struct lobster_replay *replay);

#endif
