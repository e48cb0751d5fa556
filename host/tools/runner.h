/* Runs a source's commands through one engine, or through two in step that must give the same events. */
#ifndef VITRINE_RUNNER_H
#define VITRINE_RUNNER_H

#include <stddef.h>
#include <stdint.h>

#include "engine.h"
#include "progress.h"
#include "source.h"

#define RUNNER_ENGINES 2
#define RUNNER_KINDS 16
#define RUNNER_REASONS 32

struct runner {
    struct engine *engine[RUNNER_ENGINES]; /* the first one's events go to the source; card before model */
    size_t engine_count;
    uint64_t commands[CYCLES_CODES];                /* answered, by code */
    uint64_t events[RUNNER_KINDS][RUNNER_REASONS]; /* by kind and reason */
    bool one_at_a_time;                             /* wait for each command's answer before the next is sent */
    bool wait_at_fences;                            /* wait for all answers behind each fence */
    unsigned idle_reads;                            /* registers read before what is sent: time for the card */
    char error[640];                                /* of a fault or a difference */
};

enum run_status {
    RUN_DONE,
    RUN_BAD_INPUT,  /* the source said SOURCE_BAD */
    RUN_DIFFERENCE, /* the engines disagree: error names the first event that differs */
    RUN_FAULT,      /* an engine failed: error names it */
};

/* Opens what --engine asks for: sim (the Verilated card), book (the Verilated book alone), model (as large as the
 * card), or both (sim and model). Returns an exit status; `trace` may be NULL, else its trace fields, its stall seed
 * and, in place of the simulated card, its backend are taken. */
int runner_open(struct runner *runner, const char *engines, const struct device_options *trace);
void runner_close(struct runner *runner);

/* Runs until the source ends. Progress is counted in commands if `progress` is not NULL. */
enum run_status runner_run(struct runner *runner, const struct command_source *source, struct progress *progress);

/* The engine of that name, NULL if it does not run. */
const struct engine *runner_engine(const struct runner *runner, const char *name);

/* Whether all engines saw the same events. */
bool runner_agrees(const struct runner *runner);

uint64_t runner_command_count(const struct runner *runner);
uint64_t runner_kind_count(const struct runner *runner, enum card_kind kind);

#endif
