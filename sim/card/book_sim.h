/* The Verilated book alone, without endpoint, bus or driver: for the differential test and for the figure "the book
 * alone". Several sizes are built in, see book_sim_sizes(). Not thread-safe; allocates in book_sim_create only.
 */
#ifndef VITRINE_BOOK_SIM_H
#define VITRINE_BOOK_SIM_H

#include <stdbool.h>

#include "contract.h"

#ifdef __cplusplus
extern "C" {
#endif

struct book_sim_size {
    const char *name;
    uint32_t markets, orders, tick_bits, latency, slice;
    uint32_t first_sequence; /* number of the first event after a reset; 0 but in sizes that test the counter's end */
};

/* The sizes built in; *count is set to how many. */
const struct book_sim_size *book_sim_sizes(size_t *count);

struct book_sim;

/* A book of size number `size`, out of reset in `session`, with its cycle counter starting at `cycle`. NULL if there
 * is no such size.
 * trace_path: FST waveform, only in builds with VITRINE_BOOK_TRACE (NULL otherwise). */
struct book_sim *book_sim_create(size_t size, uint16_t session, uint64_t cycle, const char *trace_path);
void book_sim_destroy(struct book_sim *sim);

/* From now on withhold commands and refuse events in about this many of 256 cycles each, from a seed; now and then
 * events are refused for longer. */
void book_sim_stall(struct book_sim *sim, uint64_t seed, unsigned command_in_256, unsigned event_in_256);

/* Offers `count` commands in order and collects up to `capacity` events, for at most `cycles` clock cycles. Returns
 * when all commands are taken and `answered` commands have had their last event since the call, when the event buffer
 * is full, or when the cycles are used up. */
void book_sim_run(struct book_sim *sim, const struct card_command *commands, size_t count, size_t *taken,
                  struct card_event *events, size_t capacity, size_t *given, size_t answered, uint64_t cycles);

/* The next order that comes to rest is stored with a wrong parity bit. Takes a clock cycle. */
void book_sim_inject_parity(struct book_sim *sim);

/* Clock cycles so far; the book's sticky fault; cycles by stall cause (enum card_stall). */
uint64_t book_sim_cycles(const struct book_sim *sim);
uint32_t book_sim_fault(const struct book_sim *sim);
const uint64_t *book_sim_stalls(const struct book_sim *sim);

#ifdef __cplusplus
}
#endif

#endif
