#include "rig.h"

#include <stdlib.h>
#include <string.h>

void rig_open(struct rig *rig, uint32_t ring_log2, const struct card_sim_plan *plan)
{
    const struct card_sim_options options = {0};
    *rig = (struct rig){.ring_log2 = ring_log2, .random = 88172645463325252u};
    rig->card = card_sim_create(&options);
    assert_non_null(rig->card);
    rig->ring = aligned_alloc(4096, (size_t)CARD_EVENT_BYTES << ring_log2);
    assert_non_null(rig->ring);
    card_sim_map(rig->card, RIG_ADDRESS, rig->ring, (size_t)CARD_EVENT_BYTES << ring_log2);
    rig_reset(rig, 7);
    rig_enable(rig);
    if (plan)
        card_sim_plan_set(rig->card, plan);
}

void rig_close(struct rig *rig)
{
    if (card_sim_violation(rig->card))
        fail_msg("%s", card_sim_violation(rig->card));
    card_sim_destroy(rig->card);
    free(rig->ring);
}

uint32_t rig_read(struct rig *rig, uint32_t offset)
{
    uint32_t value = 0;
    assert_true(card_sim_read(rig->card, offset, &value));
    return value;
}

void rig_write(struct rig *rig, uint32_t offset, uint32_t value)
{
    for (uint32_t cycle = 0; !card_sim_write(rig->card, offset, value); cycle++) {
        assert_true(cycle < RIG_PATIENCE);
        card_sim_step(rig->card, 1);
    }
}

void rig_store(struct rig *rig, uint32_t offset, const void *data, size_t bytes)
{
    for (uint32_t cycle = 0; !card_sim_store(rig->card, offset, data, bytes); cycle++) {
        assert_true(cycle < RIG_PATIENCE);
        card_sim_step(rig->card, 1);
    }
}

uint64_t rig_random(struct rig *rig)
{
    rig->random ^= rig->random << 13;
    rig->random ^= rig->random >> 7;
    rig->random ^= rig->random << 17;
    return rig->random >> 8;
}

void rig_reset(struct rig *rig, uint16_t session)
{
    rig_write(rig, CARD_REG_SESSION, session);
    rig_write(rig, CARD_REG_CONTROL, CARD_CONTROL_RESET_MASK);
    for (uint32_t look = 0; rig_read(rig, CARD_REG_STATUS) & CARD_STATUS_BUSY_MASK; look++) {
        assert_true(look < RIG_PATIENCE);
        card_sim_step(rig->card, 16);
    }
    rig->session = session;
    rig->consumed = rig->sent = 0;
}

void rig_enable(struct rig *rig)
{
    memset(rig->ring, 0, (size_t)CARD_EVENT_BYTES << rig->ring_log2);
    rig_write(rig, CARD_REG_RING_BASE_LOW, (uint32_t)RIG_ADDRESS);
    rig_write(rig, CARD_REG_RING_BASE_HIGH, (uint32_t)(RIG_ADDRESS >> 32));
    rig_write(rig, CARD_REG_RING_LOG2, rig->ring_log2);
    rig_write(rig, CARD_REG_CONTROL, CARD_CONTROL_ENABLE_MASK);
    assert_int_equal(rig_read(rig, CARD_REG_STATUS) & ~CARD_STATUS_WRITING_MASK, CARD_STATUS_ENABLED_MASK);
}

struct card_command rig_fence(const struct rig *rig, uint32_t tag)
{
    return (struct card_command){.code = CARD_CODE_FENCE, .session = rig->session, .tag = tag};
}

void rig_send(struct rig *rig)
{
    const struct card_command fence = rig_fence(rig, (uint32_t)rig->sent);
    rig_store(rig, (uint32_t)(rig->sent++ % RIG_SLOTS) * CARD_COMMAND_BYTES, &fence, sizeof fence);
}

bool rig_ready(const struct rig *rig)
{
    const struct card_event *event = &rig->ring[rig->consumed & ((UINT64_C(1) << rig->ring_log2) - 1)];
    return card_event_phase(event) == (~(rig->consumed >> rig->ring_log2) & 1);
}

void rig_take(struct rig *rig)
{
    for (uint32_t cycle = 0; !rig_ready(rig); cycle++) {
        assert_true(cycle < RIG_PATIENCE);
        card_sim_step(rig->card, 1);
    }
    const struct card_event *event = &rig->ring[rig->consumed & ((UINT64_C(1) << rig->ring_log2) - 1)];
    assert_int_equal(card_event_sequence(event), (uint32_t)rig->consumed);
    assert_int_equal(card_event_tag(event), (uint32_t)rig->consumed);
    assert_int_equal(card_event_session(event), rig->session);
    assert_int_equal(card_event_kind(event), CARD_KIND_DONE);
    assert_int_equal(card_event_last(event), 1);
    rig->consumed++;
}

void rig_credit(struct rig *rig)
{
    rig_write(rig, CARD_REG_CREDIT, (uint32_t)rig->consumed);
}

struct card_sim_plan rig_stalls(uint64_t seed, uint8_t percent)
{
    struct card_sim_plan plan = {.seed = seed, .narrow = seed % 2 == 1};
    memset(plan.stall_percent, percent, sizeof plan.stall_percent);
    return plan;
}
