/* Memory order between host and card, in one place. Each function says why it is needed.
 *
 * An event is one 64-byte DMA write; its phase bit is the last bit of its last word. A DMA write to one cache line
 * becomes visible all at once, or in address order, so whoever sees the new phase may read the other words, but only
 * if the compiler and the processor do not fetch them earlier: hence the acquire. (Sequence in the first word and
 * session in the last would show a tear all the same.) Commands need no order at all: the card takes a slot when all
 * its 64 bytes have come, in any order.
 *
 * A simulated card with a thread of its own keeps the same promise and shares two more words with the host.
 */
#ifndef VITRINE_BARRIER_H
#define VITRINE_BARRIER_H

#include <stdint.h>

/* The last word of an event that the card may be writing. Reads after this one see what the card wrote before it. */
static inline uint64_t barrier_load_acquire(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* The word by which another thread sees that what was written before is ready for it, or that what was read before may
 * be overwritten. */
static inline void barrier_store_release(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* One side stores work and then looks whether the other sleeps; the other stores that it sleeps and then looks for
 * work. One of them has to see the other's store, which takes one order over all four accesses: release and acquire let
 * each load pass the store before it, and both sides would wait. */
static inline void barrier_store_ordered(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static inline uint64_t barrier_load_ordered(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Stores as barrier_store_ordered() and says what was there: only one of several can take it. */
static inline uint64_t barrier_exchange_ordered(uint64_t *word, uint64_t value)
{
    return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
}

/* Between two looks at a word that another thread will change: leaves it the memory bus. */
static inline void barrier_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
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
