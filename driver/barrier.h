/* Memory order between host and card, in one place. Each function says why it is needed.
 *
 * An event is one 64-byte DMA write; its phase bit is the last bit of its last word. A DMA write to one cache line
 * becomes visible all at once, or in address order, so whoever sees the new phase may read the other words, but only
 * if the compiler and the processor do not fetch them earlier: hence the acquire. (Sequence in the first word and
 * session in the last would show a tear all the same.) Commands need no order at all: the card takes a slot when all
 * its 64 bytes have come, in any order.
 */
#ifndef VITRINE_BARRIER_H
#define VITRINE_BARRIER_H

#include <stdint.h>

/* The last word of an event that the card may be writing. Reads after this one see what the card wrote before it. */
static inline uint64_t barrier_load_acquire(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Before credit goes back: every read of the events it covers is finished, or the card could overwrite one of them
 * under our eyes. */
static inline void barrier_before_credit(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Before DMA is enabled: the cleared ring is in memory, or a clear could land on top of the first events. */
static inline void barrier_before_enable(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
