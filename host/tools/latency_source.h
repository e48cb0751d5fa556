/* The workload of `vitrine bench latency`: the calibrated flow, and in a market of its own, mixed in, a script that
 * does everything the flow does seldom: sweeps of 3, 8 and 64 levels, fill-or-kill, replaces that move and that fill,
 * cancels that empty one best level after the other. */
#ifndef VITRINE_LATENCY_SOURCE_H
#define VITRINE_LATENCY_SOURCE_H

#include "flow.h"
#include "latency_kinds.h"
#include "source.h"

#define LATENCY_SCRIPT_SLOTS 128u /* that the script's market needs */
#define LATENCY_SCRIPT_MAX 512u
#define LATENCY_SCRIPT_SETUP 2u   /* commands that open the script's market */

/* What is to be done with each command and each event that answers it. */
struct latency_sink {
    void *context;
    void (*event)(void *context, const struct card_command *command, const struct card_event *event);
};

struct latency_source {
    struct flow *flow;
    uint8_t script_market;
    struct card_command script[LATENCY_SCRIPT_MAX];
    size_t script_length, script_next;
    uint64_t given, left; /* commands */
    struct latency_sink sink;
};

/* `first_slot`: the script uses LATENCY_SCRIPT_SLOTS from here in `market`, which must be closed and empty. */
void latency_source_init(struct latency_source *source, struct flow *flow, uint8_t market, uint32_t first_slot);

/* The start of the flow and the commands that open the script's market, or (measured) the next `commands` of both. */
struct command_source latency_source_start(struct latency_source *source);
struct command_source latency_source_commands(struct latency_source *source, uint64_t commands);

#endif
