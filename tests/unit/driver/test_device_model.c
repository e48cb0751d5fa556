/* The model behind device.h: order of answers, back-pressure, sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "device.h"
#include "flow.h"

static struct device *open_model(uint32_t orders)
{
    char error[200];
    struct device *device;
    const struct device_options options = {.backend = "model", .orders = orders, .session = 4};
    const enum device_status status = device_open(&device, &options, error, sizeof error);
    if (status != DEVICE_OK)
        fail_msg("%s: %s", device_status_name(status), error);
    return device;
}

static void test_capability_is_what_was_asked_for(void **state)
{
    (void)state;
    struct device *device = open_model(777);
    assert_int_equal(device_capability(device)->orders, 777);
    assert_int_equal(device_capability(device)->markets, 32);
    assert_int_equal(device_capability(device)->tick_bits, 17);
    assert_int_equal(device_cycles(device), 0);
    device_close(device);
}

static void test_answers_wait_until_they_are_fetched(void **state)
{
    struct card_event event;
    uint64_t random = 1;
    size_t taken, given;
    uint32_t submitted = 0, sequence = 0, commands, events;
    (void)state;
    struct device *device = open_model(64);
    for (;;) {
        const struct card_command command = flow_command(&random, submitted);
        if (device_submit(device, &command, 1, &taken) != DEVICE_OK)
            break;
        submitted++;
    }
    assert_int_equal(submitted, device_capability(device)->command_slots);
    while (device_poll(device, &event, 1, &given) == DEVICE_OK) {
        assert_int_equal(card_event_sequence(&event), sequence++);
        assert_int_equal(card_event_session(&event), 4);
    }
    assert_int_equal(device_outstanding(device), 0);
    assert_true(sequence >= submitted);
    assert_int_equal(device_register(device, CARD_REG_COMMANDS, &commands), DEVICE_OK);
    assert_int_equal(device_register(device, CARD_REG_EVENTS, &events), DEVICE_OK);
    assert_int_equal(commands, submitted);
    assert_int_equal(events, sequence);
    device_close(device);
}

static void test_a_reset_forgets_everything(void **state)
{
    const struct card_command fence = {.code = CARD_CODE_FENCE, .tag = 6};
    struct card_event event;
    size_t taken, given;
    (void)state;
    struct device *device = open_model(64);
    assert_int_equal(device_reset(device, 4), DEVICE_ARGUMENT);
    assert_int_equal(device_submit(device, &fence, 1, &taken), DEVICE_OK);
    assert_int_equal(device_reset(device, 5), DEVICE_OK);
    assert_int_equal(device_outstanding(device), 0);
    assert_int_equal(device_poll(device, &event, 1, &given), DEVICE_AGAIN);
    assert_int_equal(device_submit(device, &fence, 1, &taken), DEVICE_OK);
    assert_int_equal(device_poll(device, &event, 1, &given), DEVICE_OK);
    assert_int_equal(card_event_session(&event), 5);
    assert_int_equal(card_event_sequence(&event), 0);
    device_close(device);
}

static void test_a_reset_command_changes_the_session(void **state)
{
    const struct card_command commands[] = {
        {.code = CARD_CODE_FENCE},
        {.code = CARD_CODE_RESET, .market = 99, .reset = {.next_session = 70}}, /* rejected */
        {.code = CARD_CODE_FENCE},
        {.code = CARD_CODE_RESET, .reset = {.next_session = 71}},
        {.code = CARD_CODE_FENCE},
    };
    static const uint32_t sessions[] = {4, 4, 4, 71, 71};
    struct card_event events[8];
    size_t taken, given;
    (void)state;
    struct device *device = open_model(64);
    assert_int_equal(device_submit(device, commands, 5, &taken), DEVICE_OK);
    assert_int_equal(taken, 5);
    assert_int_equal(device_poll(device, events, 8, &given), DEVICE_OK);
    assert_int_equal(given, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(card_event_session(&events[i]), sessions[i]);
        assert_int_equal(card_event_kind(&events[i]), i == 1 ? CARD_KIND_REJECTED : CARD_KIND_DONE);
    }
    device_close(device);
}

/* On every backend that is cheap to open. */
static void test_a_reset_command_into_no_new_session_is_refused(void **state)
{
    static const char *const backends[] = {"model", "book"};
    const struct card_command commands[] = {
        {.code = CARD_CODE_FENCE},
        {.code = CARD_CODE_RESET, .reset = {.next_session = 4}},
        {.code = CARD_CODE_RESET, .reset = {.next_session = 0}},
        {.code = CARD_CODE_RESET, .reset = {.next_session = 5}},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device *device;
        const struct device_options options = {.backend = backends[i], .session = 4};
        assert_int_equal(device_open(&device, &options, NULL, 0), DEVICE_OK);
        struct card_event event;
        size_t taken, given;
        assert_int_equal(device_submit(device, commands, 4, &taken), DEVICE_OK);
        assert_int_equal(taken, 1);
        assert_int_equal(device_submit(device, commands + 1, 3, &taken), DEVICE_ARGUMENT);
        assert_int_equal(taken, 0);
        assert_int_equal(device_submit(device, commands + 2, 2, &taken), DEVICE_ARGUMENT);
        assert_int_equal(device_submit(device, commands + 3, 1, &taken), DEVICE_OK);
        assert_int_equal(device_reset(device, 0), DEVICE_ARGUMENT);
        for (uint32_t session = 4; session < 6; session++) {
            assert_int_equal(device_wait(device, &event, 1, &given, 5000000000u), DEVICE_OK);
            assert_int_equal(card_event_session(&event), session);
        }
        /* 5 is the current one now. */
        assert_int_equal(device_submit(device, commands + 3, 1, &taken), DEVICE_ARGUMENT);
        assert_int_equal(device_submit(device, commands, 1, &taken), DEVICE_OK);
        assert_int_equal(device_wait(device, &event, 1, &given, 5000000000u), DEVICE_OK);
        assert_int_equal(card_event_session(&event), 5);
        device_close(device);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capability_is_what_was_asked_for),
        cmocka_unit_test(test_answers_wait_until_they_are_fetched),
        cmocka_unit_test(test_a_reset_forgets_everything),
        cmocka_unit_test(test_a_reset_command_changes_the_session),
        cmocka_unit_test(test_a_reset_command_into_no_new_session_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
