/* A node that never sleeps (node.busy_poll) rehearses while it waits: a small exchange of its own takes made-up orders
 * that rest, fill and are cancelled. The code of an order's way, and what the processor has learnt of its branches,
 * would else be pushed out of the caches between orders that come milliseconds apart, and an order that fills would
 * take several times as long (docs/host.md). Nothing of it is the node's: neither state, nor card, nor journal. */
#ifndef VITRINE_REHEARSAL_H
#define VITRINE_REHEARSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state.h"

enum {
    REHEARSAL_CYCLE = 18, /* turns after which nothing is open and positions are as they were */
    REHEARSAL_FILLS = 8,  /* in a cycle */
};
#define REHEARSAL_REFERENCES (UINT32_MAX / 2) /* numbers of a user's orders, then another goes on: for a week or two of
                                               * turns without a pause; then all begins anew, in some milliseconds */

struct rehearsal;

/* The default configuration's exchange on the model, run through one cycle. NULL with a message. `references`: 0: as
 * many as above. */
struct rehearsal *rehearsal_create(uint32_t references, char *error, size_t error_size);
void rehearsal_destroy(struct rehearsal *rehearsal);

/* The next order or cancel, about a microsecond. False: it was refused or the exchange has failed, which never happens;
 * don't go on. */
bool rehearsal_turn(struct rehearsal *rehearsal);

/* For tests. */
const struct state *rehearsal_state(const struct rehearsal *rehearsal);

#endif
