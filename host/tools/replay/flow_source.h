/* Order flow in our own text format (docs/replay-format.md) as commands, and what became of it. */
#ifndef VITRINE_FLOW_SOURCE_H
#define VITRINE_FLOW_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "depth.h"
#include "flow_text.h"
#include "source.h"
#include "text_input.h"

#define FLOW_MARKETS_MAX 256
#define FLOW_LISTED 32
#define FLOW_REFUSED_LISTED 20

/* A market of the file. */
struct flow_market {
    char name[FLOW_NAME_MAX + 1];
    uint64_t tick, lot; /* billionths */
    struct card_command configure;
    bool has_base, open;
    struct depth *depth; /* mirror of its book; NULL until it is open */
    uint64_t digest, orders; /* at the end */
    bool has_last;
    uint32_t last; /* price of its last fill, ticks */
    uint64_t fills, volume;
};

/* An `expect` line that does not hold. */
struct flow_unmet {
    uint64_t line;
    uint64_t expected, found; /* lots */
};

/* A command that the card refused. */
struct flow_refused {
    uint64_t line;
    enum card_code code;
    uint64_t reason; /* enum card_reason */
};

struct flow_result {
    uint64_t lines, orders, expects, expects_met, unknown_orders, fills;
    uint64_t mirror_errors; /* events that contradict those before them: none is expected */
    uint64_t first_ns, last_ns; /* of the `at` lines */
    struct flow_unmet unmet[FLOW_LISTED];
    uint64_t refused_count;
    struct flow_refused refused[FLOW_REFUSED_LISTED]; /* the first ones */
};

struct flow_source;

/* `markets`, `slots`, `tick_bits`: what the card has; `limit`: lines, 0 for all. NULL, and `error`
 * (TEXT_ERROR_MAX) says why. */
struct flow_source *flow_source_open(const char *path, uint64_t limit, uint32_t markets, uint32_t slots,
                                     uint32_t tick_bits, char *error);
void flow_source_close(struct flow_source *flow);

struct command_source flow_source_commands(struct flow_source *flow);
const struct flow_result *flow_source_result(const struct flow_source *flow);

/* Warnings about markets' bands go there, as "file:line: warning: reason"; nowhere before the call. */
void flow_source_warn(struct flow_source *flow, FILE *warnings);

/* The market of that number, NULL behind the last. */
const struct flow_market *flow_source_market(const struct flow_source *flow, uint32_t number);

/* "file:line: reason" after SOURCE_BAD. Not empty after RUN_DONE where the card refused the last lines' market
 * settings. */
const char *flow_source_error(const struct flow_source *flow);

#endif
