/* A simulated card with a thread of its own: like a real one it works while the host does something else.
 *
 * Register writes and window stores go through a queue; a register read waits for its answer; events appear in the ring
 * and are seen by their phase. While nothing is pending the card's time stands still and its thread sleeps. The events
 * are those of a card without a thread; only when commands reach it, in its own cycles, depends on the threads.
 */
#ifndef VITRINE_DEVICE_THREAD_H
#define VITRINE_DEVICE_THREAD_H

#include "card_sim.h"
#include "device_queue.h"

struct device_thread;

/* Gives `card` a thread; it stays the caller's but must not be touched before device_thread_stop. NULL if there is no
 * memory or no thread to be had. */
struct device_thread *device_thread_start(struct card_sim *card);

/* Ends the thread, whatever the card is doing; what is queued is lost. NULL is fine. */
void device_thread_stop(struct device_thread *thread);

/* Runs `function` in the card's thread, between two stretches of its time and ahead of what is queued. Returns when it
 * has run. */
void device_thread_call(struct device_thread *thread, void (*function)(struct card_sim *card, void *context),
                        void *context);

/* The bus; its `bus` is a struct device_thread. */
extern const struct device_bus device_thread_bus;

#endif
