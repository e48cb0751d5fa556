/* Clocks, for what is printed and for the node, whose inputs carry the time; nothing that is replayed reads one. */
#ifndef VITRINE_CLOCK_H
#define VITRINE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_read_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Monotonic. */
static inline uint64_t clock_now_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

/* UTC since 1970. */
static inline uint64_t clock_utc_ns(void)
{
    return clock_read_ns(CLOCK_REALTIME);
}

#endif
