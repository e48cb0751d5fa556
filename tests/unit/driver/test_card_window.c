/* The command window: stores in any order and size, slots in ring order, bad writes counted and ignored. */
#include <string.h>

#include "rig.h"

struct piece {
    uint32_t offset;
    uint8_t bytes;
};

static void shuffle(struct rig *rig, struct piece *pieces, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = rig_random(rig) % i;
        const struct piece swapped = pieces[i - 1];
        pieces[i - 1] = pieces[other];
        pieces[other] = swapped;
    }
}

/* Cuts `slots` slots from `first` on into pieces of 1 to 64 bytes and stores them in random order. */
static void store_scattered(struct rig *rig, uint32_t slots)
{
    static struct piece pieces[RIG_SLOTS * CARD_COMMAND_BYTES];
    static uint8_t window[RIG_SLOTS * CARD_COMMAND_BYTES];
    size_t count = 0;
    for (uint32_t i = 0; i < slots; i++, rig->sent++) {
        const struct card_command fence = rig_fence(rig, (uint32_t)rig->sent);
        const uint32_t base = (uint32_t)(rig->sent % RIG_SLOTS) * CARD_COMMAND_BYTES;
        memcpy(window + base, &fence, sizeof fence);
        for (uint32_t byte = 0; byte < CARD_COMMAND_BYTES;) {
            uint32_t bytes = 1 + (uint32_t)(rig_random(rig) % CARD_COMMAND_BYTES);
            if (rig_random(rig) % 2)
                bytes = 8;
            if (bytes > CARD_COMMAND_BYTES - byte)
                bytes = CARD_COMMAND_BYTES - byte;
            pieces[count++] = (struct piece){base + byte, (uint8_t)bytes};
            byte += bytes;
        }
    }
    shuffle(rig, pieces, count);
    for (size_t i = 0; i < count; i++)
        rig_store(rig, pieces[i].offset, window + pieces[i].offset, pieces[i].bytes);
}

static void test_a_slot_counts_only_with_its_last_byte(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    const struct card_command fence = rig_fence(&rig, 0);
    const uint8_t *bytes = (const uint8_t *)&fence;
    for (uint32_t i = 0; i < CARD_COMMAND_BYTES; i++) {
        const uint32_t byte = (i * 37 + 11) % CARD_COMMAND_BYTES;
        assert_false(rig_ready(&rig));
        rig_store(&rig, byte, bytes + byte, 1);
        card_sim_step(rig.card, 100);
    }
    rig_take(&rig);
    assert_int_equal(rig_read(&rig, CARD_REG_BAD_WRITES), 0);
    rig_close(&rig);
}

static void test_stores_come_in_any_order_and_size(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        struct rig rig;
        const struct card_sim_plan plan = rig_stalls(seed, seed ? 25 : 0);
        rig_open(&rig, 10, &plan);
        rig.random += seed;
        /* More than two laps of the window, in uneven portions. */
        while (rig.sent < 600) {
            store_scattered(&rig, 1 + (uint32_t)(rig_random(&rig) % RIG_SLOTS));
            while (rig.consumed < rig.sent)
                rig_take(&rig);
            rig_credit(&rig);
        }
        assert_int_equal(rig_read(&rig, CARD_REG_BAD_WRITES), 0);
        assert_int_equal(rig_read(&rig, CARD_REG_COMMANDS), rig.sent);
        rig_close(&rig);
    }
}

static void test_slots_are_consumed_in_ring_order(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    for (uint32_t slot = 9; slot > 0; slot--) {
        const struct card_command fence = rig_fence(&rig, slot);
        rig_store(&rig, slot * CARD_COMMAND_BYTES, &fence, sizeof fence);
    }
    card_sim_step(rig.card, 500);
    assert_false(rig_ready(&rig));
    const struct card_command first = rig_fence(&rig, 0);
    rig_store(&rig, 0, &first, sizeof first);
    for (uint32_t i = 0; i < 10; i++)
        rig_take(&rig);
    assert_int_equal(rig_read(&rig, CARD_REG_COMMAND_HIGH_WATER), 10);
    rig_close(&rig);
}

static void test_one_store_may_cover_many_slots(void **state)
{
    struct rig rig;
    struct card_command fences[64];
    (void)state;
    rig_open(&rig, 8, NULL);
    for (uint32_t i = 0; i < 64; i++)
        fences[i] = rig_fence(&rig, i);
    const uint8_t *bytes = (const uint8_t *)fences;
    rig_store(&rig, 0, bytes, 1000);
    rig_store(&rig, 1000, bytes + 1000, sizeof fences - 1000);
    for (uint32_t i = 0; i < 64; i++)
        rig_take(&rig);
    rig_close(&rig);
}

static void test_a_valid_byte_is_never_overwritten(void **state)
{
    struct rig rig;
    static const uint8_t garbage[CARD_COMMAND_BYTES] = {0xFF, 0xEE, 0xDD};
    (void)state;
    rig_open(&rig, 8, NULL);
    const struct card_command fence = rig_fence(&rig, 0);
    rig_store(&rig, 0, &fence, 40);
    rig_store(&rig, 3, garbage, 20);
    rig_store(&rig, 39, (const uint8_t *)&fence + 39, 25); /* one byte too early: that byte is ignored */
    rig_take(&rig);
    assert_int_equal(rig_read(&rig, CARD_REG_BAD_WRITES), 2);
    /* A complete slot that waits for its turn, too. */
    const struct card_command third = rig_fence(&rig, 2), second = rig_fence(&rig, 1);
    rig_store(&rig, 2 * CARD_COMMAND_BYTES, &third, sizeof third);
    rig_store(&rig, 2 * CARD_COMMAND_BYTES, garbage, sizeof garbage);
    rig_store(&rig, 1 * CARD_COMMAND_BYTES, &second, sizeof second);
    rig_take(&rig);
    rig_take(&rig);
    assert_int_equal(rig_read(&rig, CARD_REG_BAD_WRITES), 3);
    rig_close(&rig);
}

static void test_writes_outside_the_window_are_counted(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, NULL);
    const struct card_command fence = rig_fence(&rig, 0);
    rig_store(&rig, RIG_SLOTS * CARD_COMMAND_BYTES, &fence, sizeof fence); /* would alias slot 0 */
    for (uint32_t offset = 0x8000; offset < 0x100000; offset *= 2)
        rig_store(&rig, offset, &fence, 16);
    card_sim_step(rig.card, 500);
    assert_false(rig_ready(&rig));
    assert_int_equal(rig_read(&rig, CARD_REG_BAD_WRITES), 6);
    rig_send(&rig);
    rig_take(&rig);
    rig_close(&rig);
}

static void test_bursts_other_than_incr_are_ignored_and_counted(void **state)
{
    struct rig rig;
    (void)state;
    rig_open(&rig, 8, &(struct card_sim_plan){.not_incr = true});
    const struct card_command fence = rig_fence(&rig, 0);
    rig_store(&rig, 0, &fence, sizeof fence);
    rig_store(&rig, 0, &fence, sizeof fence);
    card_sim_step(rig.card, 500);
    assert_false(rig_ready(&rig));
    assert_int_equal(rig_read(&rig, CARD_REG_BAD_WRITES), 2);
    card_sim_plan_set(rig.card, &(struct card_sim_plan){0});
    rig_send(&rig);
    rig_take(&rig);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slot_counts_only_with_its_last_byte),
        cmocka_unit_test(test_stores_come_in_any_order_and_size),
        cmocka_unit_test(test_slots_are_consumed_in_ring_order),
        cmocka_unit_test(test_one_store_may_cover_many_slots),
        cmocka_unit_test(test_a_valid_byte_is_never_overwritten),
        cmocka_unit_test(test_writes_outside_the_window_are_counted),
        cmocka_unit_test(test_bursts_other_than_incr_are_ignored_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
