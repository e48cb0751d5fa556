/* So many a second, some of them at once (the generic cell rate algorithm): a rate is kept as the time at which the
 * next one would be due if nobody had been faster. All times are ns of one clock that never goes back; 0 is a fresh
 * start. */
#ifndef VITRINE_RATE_H
#define VITRINE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether one more may come now, where `burst_ns` worth of them may come at once. */
static inline bool rate_allows(uint64_t due_ns, uint64_t now_ns, uint64_t burst_ns)
{
    return due_ns < now_ns + burst_ns;
}

/* It has come; the next one is due `interval_ns` later. */
static inline void rate_charge(uint64_t *due_ns, uint64_t now_ns, uint64_t interval_ns)
{
    *due_ns = (*due_ns > now_ns ? *due_ns : now_ns) + interval_ns;
}

#endif
