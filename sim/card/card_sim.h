/* The Verilated appliance behind the face of a PCIe card: registers, a command window, DMA into host memory, a clock.
 *
 * Everything happens in card_sim_step (and in card_sim_read, which steps until its answer is there): register writes
 * and window stores are posted and wait in queues, one for each kind. As on PCIe, no register access overtakes a store
 * posted before it, unless the plan says `overtaking`, as bridges with separate paths do. While nothing is pending the
 * clock stands still, so idling costs nothing and the card's cycle counter does not move.
 * Deterministic: the same calls and the same plan give the same cycles. One thread per card.
 */
#ifndef VITRINE_CARD_SIM_H
#define VITRINE_CARD_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct card_sim;

/* Channels that a plan can hold up, each as seen from the host's side. */
enum card_sim_channel {
    CARD_SIM_LITE_REQUEST,  /* valid of AW, W, AR of the registers */
    CARD_SIM_LITE_RESPONSE, /* ready of B, R */
    CARD_SIM_WINDOW_AW,     /* valid */
    CARD_SIM_WINDOW_W,      /* valid */
    CARD_SIM_WINDOW_B,      /* ready */
    CARD_SIM_DMA_AW,        /* ready */
    CARD_SIM_DMA_W,         /* ready */
    CARD_SIM_DMA_B,         /* valid */
    CARD_SIM_CHANNELS,
};

/* Stalls and faults to come. All zero: every channel always ready, no fault. */
struct card_sim_plan {
    uint64_t seed;                             /* of the stalls; 0 is as good as any */
    uint8_t stall_percent[CARD_SIM_CHANNELS];  /* chance that a channel waits in a cycle, 0 to 100; now and then it
                                                * waits for up to 100 cycles on end. 100: for ever */
    bool narrow;                               /* window stores come in random AXI sizes and bursts */
    bool not_incr;                             /* window bursts are FIXED or WRAP, which the card ignores */
    uint8_t strobes_off;                       /* bytes (bits 0 to 3) that register writes leave out */
    bool overtaking;                           /* register accesses overtake window stores */
    uint64_t error_burst;                      /* the n-th DMA burst from now is answered SLVERR; 0 none */
    uint64_t wedge_after;                      /* the clock stops for good after this many cycles; 0 never */
};

struct card_sim_options {
    struct card_sim_plan plan;
    const char *trace_path;                    /* FST waveform; NULL none (and a faster card) */
    uint64_t trace_from_cycle, trace_to_cycle; /* both 0: everything */
};

struct card_sim_counts {
    uint64_t cycles;          /* evaluated since creation */
    uint64_t dma_bursts;      /* by length: */
    uint64_t dma_lengths[4];
    uint64_t violations;      /* of the bus rules, by the card */
};

/* A card after power-on reset; NULL if memory is short or the trace file can't be written. */
struct card_sim *card_sim_create(const struct card_sim_options *options);
void card_sim_destroy(struct card_sim *card);

void card_sim_plan_set(struct card_sim *card, const struct card_sim_plan *plan);

/* Reads a register, behind all register writes posted before it. False if the card does not answer (it is wedged). */
bool card_sim_read(struct card_sim *card, uint32_t offset, uint32_t *value);

/* Posts a register write. False if the queue (64) is full: step. */
bool card_sim_write(struct card_sim *card, uint32_t offset, uint32_t value);

/* Posts a store of 1 to 4,096 bytes at any offset of the command window. False if the queue is full: step. */
bool card_sim_store(struct card_sim *card, uint32_t offset, const void *data, size_t bytes);

/* Bus addresses [address, address + bytes) are `memory`, which the caller owns. A DMA write outside is answered with
 * DECERR and recorded as a violation. Replaces the range given before. */
void card_sim_map(struct card_sim *card, uint64_t address, void *memory, size_t bytes);

/* Runs up to `cycles` cycles, fewer if nothing is pending any more. Returns how many ran. */
uint64_t card_sim_step(struct card_sim *card, uint64_t cycles);

/* The first bus rule that the card broke, or NULL. */
const char *card_sim_violation(const struct card_sim *card);

void card_sim_counts_get(const struct card_sim *card, struct card_sim_counts *counts);

/* From now on remembers in which cycles beats crossed the bus: the last `beats` of the command window and of the DMA. A
 * beat in crosses in the cycle in which the card takes it, one out in the first in which the card offers it. False if
 * memory is short. */
bool card_sim_watch(struct card_sim *card, size_t beats);

/* The cycle of beat number `in` into the window, and of beat number `out` of the DMA, both counted from 0 since
 * card_sim_watch. False if it has not come yet or is forgotten. */
bool card_sim_beats(const struct card_sim *card, uint64_t in, uint64_t out, uint64_t *in_cycle, uint64_t *out_cycle);

#ifdef __cplusplus
}
#endif

#endif
