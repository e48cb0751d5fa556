/* The event ring: laps and phases, credit, bursts, and faults of the bus. The monitor in sim/card checks alignment,
 * 4 KiB, burst length and stability of every transaction; rig_close fails if it saw anything. */
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define RING_LOG2 6u
#define RING (1u << RING_LOG2)

static void test_many_laps_under_stalls(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct rig rig;
        const struct card_sim_plan plan = rig_stalls(seed, (uint8_t)(seed * 9));
        rig_open(&rig, RING_LOG2, &plan);
        while (rig.consumed < 40 * RING) {
            while (rig.sent - rig.consumed < RIG_SLOTS && rig_random(&rig) % 16)
                rig_send(&rig);
            for (uint64_t events = rig_random(&rig) % 48; events && rig.consumed < rig.sent; events--) {
                rig_take(&rig);
                /* Credit now and then, but never later than half a ring. */
                if (rig_random(&rig) % 8 == 0 || rig.consumed % (RING / 2) == 0)
                    rig_credit(&rig);
            }
        }
        rig_close(&rig);
    }
}

static void test_no_event_is_lost_without_credit(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct rig rig;
        const struct card_sim_plan plan = rig_stalls(seed, seed ? 20 : 0);
        rig_open(&rig, RING_LOG2, &plan);
        while (rig.sent < RIG_SLOTS)
            rig_send(&rig);
        card_sim_step(rig.card, 30000);
        assert_int_equal(rig_read(&rig, CARD_REG_EVENTS), RING);
        const uint32_t waited = rig_read(&rig, CARD_REG_RING_FULL);
        card_sim_step(rig.card, 1000);
        assert_true(rig_read(&rig, CARD_REG_RING_FULL) >= waited + 1000);
        assert_true(rig_read(&rig, CARD_REG_OLDEST_AGE) > 1000);
        while (rig.consumed < rig.sent) {
            const uint32_t written = rig_read(&rig, CARD_REG_EVENTS);
            assert_true(written - rig.consumed <= RING);
            const uint64_t portion = 1 + rig_random(&rig) % RING;
            for (uint64_t i = 0; i < portion && rig.consumed < written; i++)
                rig_take(&rig);
            rig_credit(&rig);
            card_sim_step(rig.card, 400);
        }
        assert_int_equal(rig_read(&rig, CARD_REG_OLDEST_AGE), 0);
        rig_close(&rig);
    }
}

static void test_single_beats_when_idle_and_bursts_when_events_queue(void **state)
{
    struct rig rig;
    struct card_sim_counts idle, busy;
    (void)state;
    rig_open(&rig, 8, NULL);
    for (uint32_t i = 0; i < 20; i++) {
        rig_send(&rig);
        rig_take(&rig);
    }
    card_sim_counts_get(rig.card, &idle);
    assert_int_equal(idle.dma_lengths[0], 20);
    assert_int_equal(idle.dma_bursts, 20);

    struct card_sim_plan plan = {.seed = 1};
    plan.stall_percent[CARD_SIM_DMA_AW] = 100;
    card_sim_plan_set(rig.card, &plan);
    while (rig.sent < 52)
        rig_send(&rig);
    card_sim_step(rig.card, 500);
    plan.stall_percent[CARD_SIM_DMA_AW] = 0;
    card_sim_plan_set(rig.card, &plan);
    while (rig.consumed < rig.sent)
        rig_take(&rig);
    card_sim_counts_get(rig.card, &busy);
    assert_true(busy.dma_lengths[3] >= 6);
    assert_true(rig_read(&rig, CARD_REG_EVENT_HIGH_WATER) >= 24);
    rig_close(&rig);
}

static void test_bursts_of_every_length_stop_at_4_kib(void **state)
{
    struct rig rig;
    struct card_sim_counts counts;
    struct card_sim_plan plan = {.seed = 5};
    (void)state;
    plan.stall_percent[CARD_SIM_DMA_AW] = 60;
    rig_open(&rig, 7, &plan);
    while (rig.consumed < 4000) {
        for (uint64_t fences = 1 + rig_random(&rig) % 7; fences; fences--)
            rig_send(&rig);
        card_sim_step(rig.card, rig_random(&rig) % 40);
        while (rig.consumed < rig.sent)
            rig_take(&rig);
        rig_credit(&rig);
    }
    card_sim_counts_get(rig.card, &counts);
    for (uint32_t i = 0; i < 4; i++)
        assert_true(counts.dma_lengths[i] > 10);
    rig_close(&rig);
}

static void test_a_dma_error_is_a_named_fault(void **state)
{
    struct rig rig;
    const struct card_sim_plan plan = {.error_burst = 5};
    (void)state;
    rig_open(&rig, 8, &plan);
    while (rig.sent < 100)
        rig_send(&rig);
    card_sim_step(rig.card, 2000);
    assert_int_equal(rig_read(&rig, CARD_REG_FAULT), CARD_FAULT_BUS);
    assert_true(rig_read(&rig, CARD_REG_STATUS) & CARD_STATUS_FAULT_MASK);
    const uint32_t written = rig_read(&rig, CARD_REG_EVENTS);
    card_sim_step(rig.card, 2000);
    assert_int_equal(rig_read(&rig, CARD_REG_EVENTS), written);
    /* Sticky until the reset, and enabling does not help. */
    rig_write(&rig, CARD_REG_CONTROL, CARD_CONTROL_ENABLE_MASK);
    assert_int_equal(rig_read(&rig, CARD_REG_FAULT), CARD_FAULT_BUS);
    rig_reset(&rig, 8);
    assert_int_equal(rig_read(&rig, CARD_REG_FAULT), CARD_FAULT_NONE);
    rig_enable(&rig);
    rig_send(&rig);
    rig_take(&rig);
    rig_close(&rig);
}

static void test_a_bad_ring_is_refused(void **state)
{
    static const struct {
        uint64_t base;
        uint32_t log2;
        uint32_t fault;
    } rings[] = {
        {RIG_ADDRESS + 64, 8, CARD_FAULT_RING},
        {RIG_ADDRESS + 2048, 8, CARD_FAULT_RING},
        {RIG_ADDRESS, 5, CARD_FAULT_RING},
        {RIG_ADDRESS, 0, CARD_FAULT_RING},
        {RIG_ADDRESS, 21, CARD_FAULT_RING},
        {RIG_ADDRESS, 32 + 8, CARD_FAULT_RING},
        {UINT64_C(0xFFFFFFFFFFFFF000), 7, CARD_FAULT_RING}, /* would wrap */
        {UINT64_C(0xFFFFFFFFFFFFF000), 6, CARD_FAULT_NONE}, /* just fits */
        {RIG_ADDRESS, 20, CARD_FAULT_NONE},
    };
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    for (uint32_t i = 0; i < sizeof rings / sizeof rings[0]; i++) {
        rig_reset(&rig, (uint16_t)(20 + i));
        rig_write(&rig, CARD_REG_RING_BASE_LOW, (uint32_t)rings[i].base);
        rig_write(&rig, CARD_REG_RING_BASE_HIGH, (uint32_t)(rings[i].base >> 32));
        rig_write(&rig, CARD_REG_RING_LOG2, rings[i].log2);
        rig_write(&rig, CARD_REG_CONTROL, CARD_CONTROL_ENABLE_MASK);
        card_sim_step(rig.card, 8);
        assert_int_equal(rig_read(&rig, CARD_REG_FAULT), rings[i].fault);
        assert_int_equal(rig_read(&rig, CARD_REG_STATUS),
                         rings[i].fault ? CARD_STATUS_FAULT_MASK : CARD_STATUS_ENABLED_MASK);
    }
    rig_close(&rig);
}

static void test_ring_registers_are_frozen_while_enabled(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    rig_write(&rig, CARD_REG_RING_BASE_LOW, 0x1000);
    rig_write(&rig, CARD_REG_RING_BASE_HIGH, 0x2000);
    rig_write(&rig, CARD_REG_RING_LOG2, 9);
    assert_int_equal(rig_read(&rig, CARD_REG_RING_BASE_LOW), (uint32_t)RIG_ADDRESS);
    assert_int_equal(rig_read(&rig, CARD_REG_RING_BASE_HIGH), (uint32_t)(RIG_ADDRESS >> 32));
    assert_int_equal(rig_read(&rig, CARD_REG_RING_LOG2), 8);
    rig_close(&rig);
}

static void test_impossible_credit_is_a_named_fault(void **state)
{
    static const uint32_t credits[] = {11, 1000000, 0xFFFFFFFF, 4};
    (void)state;
    for (uint32_t i = 0; i < sizeof credits / sizeof credits[0]; i++) {
        struct rig rig;
        rig_open(&rig, 8, NULL);
        while (rig.sent < 10)
            rig_send(&rig);
        while (rig.consumed < rig.sent)
            rig_take(&rig);
        rig_write(&rig, CARD_REG_CREDIT, 5);
        rig_write(&rig, CARD_REG_CREDIT, 5); /* saying it twice is fine */
        assert_int_equal(rig_read(&rig, CARD_REG_FAULT), CARD_FAULT_NONE);
        rig_write(&rig, CARD_REG_CREDIT, credits[i]);
        card_sim_step(rig.card, 8);
        assert_int_equal(rig_read(&rig, CARD_REG_FAULT), CARD_FAULT_CREDIT);
        rig_close(&rig);
    }
}

static void test_the_monitor_sees_writes_outside_the_ring(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 7, NULL);
    card_sim_map(rig.card, RIG_ADDRESS, rig.ring, 64 * CARD_EVENT_BYTES); /* the host's mistake */
    while (rig.sent < 65)
        rig_send(&rig);
    card_sim_step(rig.card, 1000);
    assert_non_null(card_sim_violation(rig.card));
    assert_non_null(strstr(card_sim_violation(rig.card), "outside the ring"));
    assert_int_equal(rig_read(&rig, CARD_REG_FAULT), CARD_FAULT_BUS);
    card_sim_destroy(rig.card);
    free(rig.ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_laps_under_stalls),
        cmocka_unit_test(test_no_event_is_lost_without_credit),
        cmocka_unit_test(test_single_beats_when_idle_and_bursts_when_events_queue),
        cmocka_unit_test(test_bursts_of_every_length_stop_at_4_kib),
        cmocka_unit_test(test_a_dma_error_is_a_named_fault),
        cmocka_unit_test(test_a_bad_ring_is_refused),
        cmocka_unit_test(test_ring_registers_are_frozen_while_enabled),
        cmocka_unit_test(test_impossible_credit_is_a_named_fault),
        cmocka_unit_test(test_the_monitor_sees_writes_outside_the_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
