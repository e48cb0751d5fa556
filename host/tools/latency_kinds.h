/* What a command turned out to be, for `vitrine bench latency`: told from the command and the events that answered it.
 * A cancel that empties the best level and a cancel elsewhere are the same command and different work for the card. */
#ifndef VITRINE_LATENCY_KINDS_H
#define VITRINE_LATENCY_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"
#include "distribution.h"

enum latency_kind {
    LATENCY_NEW_RESTS,       /* without a fill */
    LATENCY_NEW_FILLS,       /* fills in one level */
    LATENCY_SWEEP_2,         /* fills in 2 to 7 levels */
    LATENCY_SWEEP_8,         /* 8 to 63 */
    LATENCY_SWEEP_64,        /* 64 or more */
    LATENCY_NEW_EXPIRES,     /* no fill: ioc, market order, a bound */
    LATENCY_FOK_FILLS,
    LATENCY_FOK_REFUSED,     /* answers fill_or_kill */
    LATENCY_CANCEL,          /* or pull; leaves a best level as it was */
    LATENCY_CANCEL_BEST,     /* empties its side's best level */
    LATENCY_REDUCE,
    LATENCY_REPLACE_STAYS,   /* in place, removal included */
    LATENCY_REPLACE_MOVES,   /* and rests */
    LATENCY_REPLACE_FILLS,   /* moves and fills */
    LATENCY_REFUSED,         /* any other rejection */
    LATENCY_OTHER,           /* marks, configuration, fences, reads, parked orders */
    LATENCY_KINDS,
};

/* snake_case, as in reports. */
const char *latency_kind_name(enum latency_kind kind);

#define LATENCY_MARKETS 256

/* The command whose events come. */
struct latency_classifier {
    uint32_t best[LATENCY_MARKETS][2]; /* price by market and side, from the events */
    bool best_valid[LATENCY_MARKETS][2];
    uint32_t levels;     /* in which it has filled */
    uint32_t last_price; /* of the last fill */
    bool emptied_best;   /* its first removal did */
    bool inside;         /* an event has come, and not the last one */
    enum card_kind first_kind;
    enum card_reason first_reason;
};

/* Takes in an event; true with the last one of its command, and *kind is what the command was. */
bool latency_classify(struct latency_classifier *classifier, const struct card_command *command,
                      const struct card_event *event, enum latency_kind *kind);

/* Cycles from one point of the card to another: to a command's first event, first fill and last event. */
struct latency_cycles {
    struct distribution first_event, first_fill, last_event;
};

/* By kind, and all together. */
struct latency_table {
    struct latency_cycles all, by_kind[LATENCY_KINDS];
};

/* What is known of a command while its events come. */
struct latency_command {
    uint64_t first_event, first_fill, last_event;
    bool started, filled;
};

/* Notes an event that came `cycles` after the command. */
void latency_note(struct latency_command *command, const struct card_event *event, uint64_t cycles);

/* Counts a command whose last event has been noted, and forgets it. */
void latency_count(struct latency_table *table, enum latency_kind kind, struct latency_command *command);

#endif
