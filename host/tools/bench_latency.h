/* `vitrine bench latency`: cycles from a command to its events, by kind of command, on an idle and on a busy card. */
#ifndef VITRINE_BENCH_LATENCY_H
#define VITRINE_BENCH_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

struct bench_latency_settings {
    const char *engine; /* sim: at the book's ports and on the bus; book: at the book's ports */
    uint64_t commands, seed, markets;
    bool json;
};

/* An exit status. */
int bench_latency_run(const struct bench_latency_settings *settings);

#endif
