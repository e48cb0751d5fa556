/* `vitrine bench host` and `vitrine bench journal`. */
#ifndef VITRINE_BENCH_HOST_H
#define VITRINE_BENCH_HOST_H

#include <stdbool.h>
#include <stdint.h>

struct bench_host_settings {
    const char *backend;   /* NULL: the card's simulation, and the model beside it */
    const char *directory; /* where files are made */
    uint64_t seed, rate, window, users, orders, runs; /* 0: what suits */
    bool core_only, json;
};

/* Exit statuses. */
int bench_host_run(const struct bench_host_settings *settings);
int bench_journal_run(const struct bench_host_settings *settings);

#endif
