/* A simulated card without the driver: tests of window, ring and registers speak to it directly. */
#ifndef VITRINE_TEST_RIG_H
#define VITRINE_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "card_sim.h"
#include "contract.h"

#define RIG_SLOTS 256u
#define RIG_ADDRESS UINT64_C(0xAB00000000)
#define RIG_PATIENCE 200000u /* cycles in which anything must have happened */

struct rig {
    struct card_sim *card;
    struct card_event *ring;
    uint32_t ring_log2;
    uint16_t session;
    uint64_t consumed; /* events, since the reset */
    uint64_t sent;     /* commands, since the reset */
    uint64_t random;
};

/* A card after reset into session 7, enabled, with a ring of 2^ring_log2 events and then this plan. */
void rig_open(struct rig *rig, uint32_t ring_log2, const struct card_sim_plan *plan);

/* Fails the test if the card broke a bus rule. */
void rig_close(struct rig *rig);

uint32_t rig_read(struct rig *rig, uint32_t offset);
void rig_write(struct rig *rig, uint32_t offset, uint32_t value);
void rig_store(struct rig *rig, uint32_t offset, const void *data, size_t bytes);
uint64_t rig_random(struct rig *rig);

/* Resets into a session and waits until the card is not busy; the ring is not enabled yet. */
void rig_reset(struct rig *rig, uint16_t session);
/* Clears the ring, sets it up and enables it. */
void rig_enable(struct rig *rig);

/* A fence of the rig's session. */
struct card_command rig_fence(const struct rig *rig, uint32_t tag);
/* Stores a fence into the next slot of the window; its tag is the count of commands so far. */
void rig_send(struct rig *rig);

/* True if the next event is in the ring. */
bool rig_ready(const struct rig *rig);
/* Steps until the next event is there, checks that it answers the next fence, and consumes it. */
void rig_take(struct rig *rig);
/* Tells the card what has been consumed. */
void rig_credit(struct rig *rig);

/* A plan with every channel stalled in `percent` of cycles. */
struct card_sim_plan rig_stalls(uint64_t seed, uint8_t percent);

#endif
