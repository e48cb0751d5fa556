/* What `vitrine demo` shows: one screen on a terminal, a line now and then elsewhere. */
#ifndef VITRINE_DEMO_SCREEN_H
#define VITRINE_DEMO_SCREEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct demo_screen {
    const char *directory, *engine, *port;
    bool terminal;
    /* from the last time */
    uint64_t shown_ns, inputs, reports, batches, events;
    unsigned quiet;       /* calls since something was printed, without a terminal */
};

void demo_screen_begin(const struct demo_screen *screen);
/* `counters`, `markets`: answers of the operator's socket. */
void demo_screen_show(struct demo_screen *screen, const json_t *counters, const json_t *markets, uint64_t now_ns);
void demo_screen_end(const struct demo_screen *screen);

#endif
