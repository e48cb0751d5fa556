/* Where a tool's commands come from, and what sees the events that answer them.
 *
 * The runner asks for one batch after the other. Before it asks for batch k it has handed over every event of the
 * batches up to k-2 and none of a later one, so that a source may look at events and still give the same commands
 * on any engine. The runner sets every command's tag to the command's number. */
#ifndef VITRINE_SOURCE_H
#define VITRINE_SOURCE_H

#include <stddef.h>

#include "contract.h"

#define SOURCE_BATCH 1024 /* most commands in a batch */

enum source_status {
    SOURCE_MORE, /* another batch may follow (this one may be empty) */
    SOURCE_END,  /* this was the last */
    SOURCE_BAD,  /* the input is bad; the source keeps the message */
};

struct command_source {
    void *context;
    enum source_status (*next)(void *context, struct card_command *commands, size_t room, size_t *count);
    void (*event)(void *context, const struct card_command *command, const struct card_event *event);
};

#endif
