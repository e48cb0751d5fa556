/* A line of progress on stderr, on a terminal only. */
#ifndef VITRINE_PROGRESS_H
#define VITRINE_PROGRESS_H

#include <stdint.h>

struct progress {
    const char *what; /* what is counted */
    uint64_t total;   /* 0: unknown */
    uint64_t shown_ns;
    int shown;
};

/* Cheap; writes at most five times a second. */
void progress_show(struct progress *progress, uint64_t done);

/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
