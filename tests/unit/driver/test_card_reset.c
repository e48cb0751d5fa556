/* A reset while DMA is in flight: what was begun is finished, and nothing of the old session comes after it. */
#include <string.h>

#include "rig.h"

static void fill_window(struct rig *rig, uint32_t commands)
{
    while (rig->sent < commands)
        rig_send(rig);
}

static void test_nothing_stale_after_a_reset_with_dma_in_flight(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct rig rig;
        struct card_sim_plan plan = rig_stalls(seed, 10);
        plan.stall_percent[CARD_SIM_DMA_AW] = (uint8_t)(seed * 17 % 80);
        plan.stall_percent[CARD_SIM_DMA_W] = (uint8_t)(seed * 29 % 90);
        plan.stall_percent[CARD_SIM_DMA_B] = (uint8_t)(seed * 41 % 95);
        rig_open(&rig, 8, &plan);
        fill_window(&rig, 200);
        card_sim_step(rig.card, 20 + seed * 13);
        rig_reset(&rig, (uint16_t)(100 + seed)); /* waits for busy to fall */
        assert_int_equal(rig_read(&rig, CARD_REG_STATUS), 0);
        static uint8_t pattern[256 * CARD_EVENT_BYTES];
        memset(pattern, 0xEE, sizeof pattern);
        memset(rig.ring, 0xEE, sizeof pattern);
        card_sim_step(rig.card, 2000);
        assert_memory_equal(rig.ring, pattern, sizeof pattern);
        rig_enable(&rig);
        card_sim_step(rig.card, 2000);
        assert_int_equal(rig_read(&rig, CARD_REG_EVENTS), 0);
        assert_int_equal(rig_read(&rig, CARD_REG_COMMANDS), 0);
        fill_window(&rig, 100);
        while (rig.consumed < rig.sent)
            rig_take(&rig);
        rig_close(&rig);
    }
}

static void test_a_reset_waits_for_answers_of_the_bus(void **state)
{
    struct rig rig;
    struct card_sim_plan plan = {.seed = 3};
    (void)state;
    plan.stall_percent[CARD_SIM_DMA_B] = 100;
    rig_open(&rig, 8, &plan);
    fill_window(&rig, 20);
    card_sim_step(rig.card, 300);
    rig_write(&rig, CARD_REG_SESSION, 8);
    rig_write(&rig, CARD_REG_CONTROL, CARD_CONTROL_RESET_MASK);
    card_sim_step(rig.card, 5000);
    assert_int_equal(rig_read(&rig, CARD_REG_STATUS),
                     CARD_STATUS_BUSY_MASK | CARD_STATUS_ENABLED_MASK | CARD_STATUS_WRITING_MASK);
    assert_int_equal(rig_read(&rig, CARD_REG_SESSION), 7);
    plan.stall_percent[CARD_SIM_DMA_B] = 0;
    card_sim_plan_set(rig.card, &plan);
    card_sim_step(rig.card, 1000000); /* until the memories are clear */
    assert_int_equal(rig_read(&rig, CARD_REG_STATUS), 0);
    assert_int_equal(rig_read(&rig, CARD_REG_SESSION), 8);
    rig_close(&rig);
}

static void test_half_a_command_does_not_survive_a_reset(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    const struct card_command old = rig_fence(&rig, 77);
    rig_store(&rig, 0, &old, 32);
    rig_store(&rig, CARD_COMMAND_BYTES, &old, sizeof old);
    card_sim_step(rig.card, 100);
    rig_reset(&rig, 9);
    rig_enable(&rig);
    const struct card_command fence = rig_fence(&rig, 0);
    rig_store(&rig, 32, (const uint8_t *)&fence + 32, 32);
    card_sim_step(rig.card, 500);
    assert_false(rig_ready(&rig));
    rig_store(&rig, 0, &fence, 32);
    rig_take(&rig);
    card_sim_step(rig.card, 500);
    assert_false(rig_ready(&rig));
    assert_int_equal(rig_read(&rig, CARD_REG_BAD_WRITES), 0);
    rig_close(&rig);
}

static void test_a_window_burst_under_way_in_a_reset_is_dropped(void **state)
{
    struct card_command fences[64];
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct rig rig;
        struct card_sim_plan plan = {.seed = seed, .overtaking = true};
        plan.stall_percent[CARD_SIM_WINDOW_W] = 95;
        rig_open(&rig, 8, &plan);
        for (uint32_t i = 0; i < 16; i++)
            fences[i] = rig_fence(&rig, i);
        rig_store(&rig, 0, fences, 16 * sizeof fences[0]); /* a burst of 16 beats, slowly */
        card_sim_step(rig.card, seed * 10);
        rig_reset(&rig, 9);
        plan.stall_percent[CARD_SIM_WINDOW_W] = 0;
        card_sim_plan_set(rig.card, &plan);
        card_sim_step(rig.card, 2000);
        rig_enable(&rig);
        card_sim_step(rig.card, 1000);
        assert_int_equal(rig_read(&rig, CARD_REG_COMMANDS), 0);
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_stale_after_a_reset_with_dma_in_flight),
        cmocka_unit_test(test_a_reset_waits_for_answers_of_the_bus),
        cmocka_unit_test(test_half_a_command_does_not_survive_a_reset),
        cmocka_unit_test(test_a_window_burst_under_way_in_a_reset_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
