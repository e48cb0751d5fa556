/* Cycles of commands, from the stamps of their events.
 *
 * per_command: from one command's arrival (the book accepts it) to the next one's. per_command_by: by the
 * command's code, from the last event of the command before to its own last event, so that each pays for its own
 * stalls; the sum is the same. Commands that were handed over while none was outstanding are left out of both: the
 * book had waited for the host. first_event, first_fill: from a command's arrival to its first event, and to its
 * first fill where it has one. */
#ifndef VITRINE_CYCLES_H
#define VITRINE_CYCLES_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"
#include "distribution.h"

#define CYCLES_CODES 16 /* by command code; 0 is unused */

struct cycles {
    struct distribution per_command, first_event, first_fill;
    struct distribution per_command_by[CYCLES_CODES], first_event_by[CYCLES_CODES], first_fill_by[CYCLES_CODES];
    uint64_t arrival, ended; /* first and last stamp of the command before */
    bool running;            /* there was one */
    bool first, filled;
};

/* The command's events follow, to the one marked `last`. */
void cycles_begin(struct cycles *cycles);
void cycles_add(struct cycles *cycles, const struct card_command *command, const struct card_event *event,
                bool after_idle);

#endif
