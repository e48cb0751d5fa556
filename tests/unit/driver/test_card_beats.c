/* Cycles at the card's bus: the distance from a command's beat to its event's is the book's own delay and what the
 * endpoint takes, whatever the book takes. */
#include "rig.h"

#include "device_sim.h"

enum { ENDPOINT_CYCLES = 6 }; /* 1 and 3 before the book, 2 behind it (rtl/book/stages.toml) */

static void test_beats_of_commands_and_events(void **state)
{
    const struct device_options options = {.backend = "sim"};
    const struct card_command fence = {.code = CARD_CODE_FENCE};
    struct device *device;
    struct card_event event;
    uint64_t in, out, before = 0;
    size_t count;
    (void)state;
    assert_int_equal(device_open(&device, &options, NULL, 0), DEVICE_OK);
    assert_false(device_sim_beats(device, 0, 0, &in, &out));
    assert_true(device_sim_watch(device, 8));
    for (uint64_t i = 0; i < 20; i++) {
        assert_int_equal(device_submit(device, &fence, 1, &count), DEVICE_OK);
        assert_int_equal(device_wait(device, &event, 1, &count, 1000000000), DEVICE_OK);
        assert_true(device_sim_beats(device, i, i, &in, &out));
        assert_int_equal(out - in, card_event_delay(&event) + ENDPOINT_CYCLES);
        assert_true(in > before);
        before = out;
    }
    assert_false(device_sim_beats(device, 11, 19, &in, &out)); /* forgotten */
    assert_true(device_sim_beats(device, 12, 19, &in, &out));
    assert_false(device_sim_beats(device, 19, 20, &in, &out)); /* still to come */
    device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_beats_of_commands_and_events)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
