/* Registers: identity, counters, the time map, heartbeat, and that the clock stands still while nothing is pending. */
#include "rig.h"

static void test_identity(void **state)
{
    struct rig rig;
    uint32_t hash = 0;
    (void)state;
    rig_open(&rig, 8, NULL);
    assert_int_equal(rig_read(&rig, CARD_REG_MAGIC), CARD_MAGIC);
    assert_int_equal(rig_read(&rig, CARD_REG_VERSION), CARD_VERSION_MAJOR << 16 | CARD_VERSION_MINOR);
    assert_int_equal(rig_read(&rig, CARD_REG_CAP_MARKETS), 32);
    assert_int_equal(rig_read(&rig, CARD_REG_CAP_ORDERS), 65536);
    assert_int_equal(rig_read(&rig, CARD_REG_CAP_TICK_BITS), 17);
    assert_int_equal(rig_read(&rig, CARD_REG_CAP_COMMAND_SLOTS), RIG_SLOTS);
    assert_int_equal(rig_read(&rig, CARD_REG_CAP_RING_LOG2_MAX), 20);
    for (uint32_t i = 0; i < CARD_REG_RTL_HASH_COUNT; i++)
        hash |= rig_read(&rig, CARD_REG_RTL_HASH + 4 * i);
    assert_int_not_equal(hash, 0);
    assert_int_equal(rig_read(&rig, 0xFFC), 0); /* nothing there */
    rig_close(&rig);
}

static void test_read_only_registers_stay(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    rig_write(&rig, CARD_REG_MAGIC, 0);
    rig_write(&rig, CARD_REG_EVENTS, 99);
    rig_write(&rig, CARD_REG_FAULT, 3);
    assert_int_equal(rig_read(&rig, CARD_REG_MAGIC), CARD_MAGIC);
    assert_int_equal(rig_read(&rig, CARD_REG_EVENTS), 0);
    assert_int_equal(rig_read(&rig, CARD_REG_FAULT), 0);
    rig_close(&rig);
}

static void test_a_write_of_part_of_a_word_does_nothing(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    rig_write(&rig, CARD_REG_TIME_LOW, 0x12345678);
    for (uint8_t off = 1; off < 16; off++) {
        assert_int_equal(rig_read(&rig, CARD_REG_TIME_LOW), 0x12345678); /* and what was posted before is done */
        card_sim_plan_set(rig.card, &(struct card_sim_plan){.strobes_off = off});
        rig_write(&rig, CARD_REG_TIME_LOW, ~0u);
    }
    assert_int_equal(rig_read(&rig, CARD_REG_TIME_LOW), 0x12345678);
    card_sim_plan_set(rig.card, &(struct card_sim_plan){0});
    rig_write(&rig, CARD_REG_TIME_LOW, ~0u);
    assert_int_equal(rig_read(&rig, CARD_REG_TIME_LOW), ~0u);
    rig_close(&rig);
}

/* Registers are told from each other by all bits of their offset. */
static void test_writes_beside_the_registers_do_nothing(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    rig_write(&rig, CARD_REG_TIME_LOW, 0x12345678);
    for (uint32_t bit = 1; bit < 0x1000; bit *= 2)
        if ((CARD_REG_TIME_LOW ^ bit) != CARD_REG_TIME_HIGH)
            rig_write(&rig, CARD_REG_TIME_LOW ^ bit, 0);
    assert_int_equal(rig_read(&rig, CARD_REG_TIME_LOW), 0x12345678);
    rig_close(&rig);
}

static void test_session_reads_the_current_one(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    rig_write(&rig, CARD_REG_SESSION, 4711);
    assert_int_equal(rig_read(&rig, CARD_REG_SESSION), 7);
    rig_reset(&rig, 4711);
    assert_int_equal(rig_read(&rig, CARD_REG_SESSION), 4711);
    rig_close(&rig);
}

static void test_rejects_are_counted_by_reason(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    for (uint32_t i = 0; i < 5; i++) {
        struct card_command command = rig_fence(&rig, i);
        if (i != 2)
            command.session ^= 1;
        rig_store(&rig, i * CARD_COMMAND_BYTES, &command, sizeof command);
    }
    card_sim_step(rig.card, 1000);
    assert_int_equal(rig_read(&rig, CARD_REG_REJECTS + 4 * CARD_REASON_BAD_COMMAND), 4);
    assert_int_equal(rig_read(&rig, CARD_REG_REJECTS + 4 * CARD_REASON_NONE), 0);
    assert_int_equal(rig_read(&rig, CARD_REG_COMMANDS), 5);
    assert_int_equal(rig_read(&rig, CARD_REG_EVENTS), 5);
    rig_reset(&rig, 8);
    assert_int_equal(rig_read(&rig, CARD_REG_REJECTS + 4 * CARD_REASON_BAD_COMMAND), 0);
    rig_close(&rig);
}

static void test_time_map_latches_the_cycle(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    rig_write(&rig, CARD_REG_TIME_LOW, 0x89ABCDEF);
    rig_write(&rig, CARD_REG_TIME_HIGH, 0x01234567);
    assert_int_equal(rig_read(&rig, CARD_REG_TIME_LOW), 0x89ABCDEF);
    assert_int_equal(rig_read(&rig, CARD_REG_TIME_HIGH), 0x01234567);
    const uint32_t latched = rig_read(&rig, CARD_REG_TIME_CYCLE_LOW);
    const uint32_t now = rig_read(&rig, CARD_REG_CYCLES_LOW);
    assert_true(latched > 0 && latched < now && now - latched < 100);
    assert_int_equal(rig_read(&rig, CARD_REG_TIME_CYCLE_LOW), latched);
    assert_int_equal(rig_read(&rig, CARD_REG_TIME_CYCLE_HIGH), 0);
    assert_int_equal(rig_read(&rig, CARD_REG_CYCLES_HIGH), 0);
    rig_close(&rig);
}

static void test_heartbeat_and_age_while_the_bus_hangs(void **state)
{
    struct rig rig;
    struct card_sim_plan plan = {.seed = 1};
    (void)state;
    plan.stall_percent[CARD_SIM_DMA_W] = 100;
    rig_open(&rig, 8, &plan);
    rig_send(&rig);
    card_sim_step(rig.card, 100);
    const uint32_t heartbeat = rig_read(&rig, CARD_REG_HEARTBEAT), age = rig_read(&rig, CARD_REG_OLDEST_AGE);
    assert_in_range(age, 80, 140);
    assert_int_equal(card_sim_step(rig.card, 10240), 10240);
    assert_int_equal(rig_read(&rig, CARD_REG_HEARTBEAT) - heartbeat, 10);
    assert_in_range(rig_read(&rig, CARD_REG_OLDEST_AGE) - age, 10240, 10300);
    rig_close(&rig);
}

static void test_idle_costs_nothing(void **state)
{
    struct rig rig;
    struct card_sim_counts counts;
    (void)state;
    rig_open(&rig, 8, NULL);
    rig_send(&rig);
    assert_in_range(card_sim_step(rig.card, UINT64_MAX), 5, 200);
    assert_int_equal(card_sim_step(rig.card, UINT64_MAX), 0);
    card_sim_counts_get(rig.card, &counts);
    assert_in_range(counts.cycles - rig_read(&rig, CARD_REG_CYCLES_LOW), 0, 16);
    rig_take(&rig);
    rig_close(&rig);
}

static void test_a_wedged_card_does_not_answer(void **state)
{
    struct rig rig;
    const struct card_sim_plan plan = {.wedge_after = 50};
    uint32_t value = 0;
    (void)state;
    rig_open(&rig, 8, &plan);
    while (rig.sent < 100)
        rig_send(&rig);
    assert_int_equal(card_sim_step(rig.card, 1000), 50);
    assert_false(card_sim_read(rig.card, CARD_REG_STATUS, &value));
    assert_int_equal(value, UINT32_MAX);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_read_only_registers_stay),
        cmocka_unit_test(test_a_write_of_part_of_a_word_does_nothing),
        cmocka_unit_test(test_writes_beside_the_registers_do_nothing),
        cmocka_unit_test(test_session_reads_the_current_one),
        cmocka_unit_test(test_rejects_are_counted_by_reason),
        cmocka_unit_test(test_time_map_latches_the_cycle),
        cmocka_unit_test(test_heartbeat_and_age_while_the_bus_hangs),
        cmocka_unit_test(test_idle_costs_nothing),
        cmocka_unit_test(test_a_wedged_card_does_not_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
