/* Backend "serial" against the Verilated card at a pseudo-terminal: the same events as simulation and model, over a
 * good cable and over one that flips, loses and invents bytes; what can't be mended is an error with a reason. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "device_serial.h"
#include "../../../sim/market/flow.h" /* tests/unit/driver has a flow.h of its own */
#include "serial_sim.h"

enum { SLOTS = 128, TICK_BITS = 10, COMMANDS = 220, BATCH = 16, EVENTS_MAX = 4 * COMMANDS };

#define PATIENCE_NS 30000000000u

static struct card_command commands[COMMANDS];
static struct card_event expected[EVENTS_MAX];
static size_t expected_count;

/* What must be equal: neither stamps nor the ring's phase. */
static struct card_event canonical(struct card_event event)
{
    card_event_set_arrival(&event, 0);
    card_event_set_delay(&event, 0);
    card_event_set_phase(&event, 0);
    return event;
}

static struct device *open_device(const char *backend, uint64_t deadline_ns)
{
    const struct device_options options = {.backend = backend, .markets = 1, .orders = SLOTS, .tick_bits = TICK_BITS,
                                           .ring_log2 = 7, .deadline_ns = deadline_ns};
    char error[300];
    struct device *device;
    if (device_open(&device, &options, error, sizeof error) != DEVICE_OK)
        fail_msg("%s: %s", backend, error);
    return device;
}

static struct device *open_serial(struct serial_sim *sim, uint64_t deadline_ns)
{
    char backend[160];
    snprintf(backend, sizeof backend, "serial:%s", serial_sim_path(sim));
    return open_device(backend, deadline_ns);
}

/* Hands all of `count` commands to the device and collects the answers; the first status that is not in order. */
static enum device_status run(struct device *device, size_t count, struct card_event *events, size_t *given)
{
    size_t sent = 0, answered = 0, some;
    *given = 0;
    while (answered < count) {
        size_t most = count - sent < BATCH ? count - sent : BATCH;
        enum device_status status = most ? device_submit(device, commands + sent, most, &some) : DEVICE_AGAIN;
        if (status == DEVICE_OK)
            sent += some;
        else if (status != DEVICE_AGAIN)
            return status;
        status = device_wait(device, events + *given, EVENTS_MAX - *given, &some, 1000000);
        if (status != DEVICE_OK && status != DEVICE_AGAIN)
            return status;
        for (size_t i = 0; i < some; i++)
            answered += card_event_last(&events[*given + i]);
        *given += some;
    }
    return DEVICE_OK;
}

static void make_commands(void)
{
    const struct flow_settings settings = {.seed = 5, .markets = 1, .slots = SLOTS, .tick_bits = TICK_BITS,
                                           .population = 24};
    struct device *model = open_device("model", 0);
    struct flow *flow = flow_create(&settings);
    assert_non_null(flow);
    for (size_t i = 0; i < COMMANDS; i++) {
        size_t taken, given;
        flow_next(flow, &commands[i], 1);
        commands[i].tag = (uint32_t)i;
        assert_int_equal(device_submit(model, &commands[i], 1, &taken), DEVICE_OK);
        assert_int_equal(device_poll(model, expected + expected_count, EVENTS_MAX - expected_count, &given), DEVICE_OK);
        for (size_t j = 0; j < given; j++)
            flow_event(flow, &commands[i], &expected[expected_count + j]);
        expected_count += given;
    }
    flow_destroy(flow);
    device_close(model);
}

static void assert_as_expected(struct device *device)
{
    static struct card_event events[EVENTS_MAX];
    size_t given;
    const enum device_status status = run(device, COMMANDS, events, &given);
    if (status != DEVICE_OK)
        fail_msg("%s, %s", device_status_name(status), device_serial_lost(device) ? device_serial_lost(device) : "");
    assert_int_equal(given, expected_count);
    for (size_t i = 0; i < given; i++) {
        const struct card_event got = canonical(events[i]), wanted = canonical(expected[i]);
        assert_memory_equal(&got, &wanted, sizeof got);
    }
}

static int group_setup(void **state)
{
    (void)state;
    make_commands();
    return 0;
}

static int plug_in(void **state)
{
    errno = 0;
    *state = serial_sim_create();
    if (*state == NULL)
        print_error("no card behind a pseudo-terminal: %s (is devpts mounted on /dev/pts?)\n", strerror(errno));
    return *state ? 0 : 1;
}

static int pull_out(void **state)
{
    serial_sim_destroy(*state);
    return 0;
}

static void await_self_test(const struct serial_sim *sim)
{
    const struct timespec pause = {0, 1000000};
    for (int ms = 0; serial_sim_lamps(sim) == SERIAL_SIM_TESTING; ms++) {
        assert_true(ms < 30000);
        nanosleep(&pause, NULL);
    }
}

static void test_same_events_as_simulation_and_model(void **state)
{
    struct device *sim = open_device("sim", 0), *serial = open_serial(*state, PATIENCE_NS);
    assert_as_expected(sim);
    assert_as_expected(serial);
    assert_int_equal(device_serial_counts(serial)->bad_frames, 0);
    assert_int_equal(device_serial_counts(serial)->resent, 0);
    assert_null(device_serial_lost(serial));
    device_close(sim);
    device_close(serial);
}

static void test_self_test_passes(void **state)
{
    await_self_test(*state);
    assert_int_equal(serial_sim_lamps(*state), SERIAL_SIM_PASSED);
}

static void test_opened_again(void **state)
{
    struct device *device = open_serial(*state, PATIENCE_NS);
    static struct card_event events[EVENTS_MAX];
    size_t taken;
    assert_int_equal(device_submit(device, commands, BATCH, &taken), DEVICE_OK);
    device_close(device); /* answers are still to come: they belong to nobody */
    device = open_serial(*state, PATIENCE_NS);
    assert_as_expected(device);
    assert_int_equal(device_reset(device, 2), DEVICE_OK);
    assert_int_equal(run(device, COMMANDS, events, &taken), DEVICE_OK);
    assert_int_equal(taken, expected_count);
    device_close(device);
}

static void with_plan(struct serial_sim *sim, struct serial_sim_plan plan)
{
    struct device *device = open_serial(sim, PATIENCE_NS);
    serial_sim_plan_set(sim, &plan);
    assert_as_expected(device);
    assert_true(serial_sim_damaged(sim) > 0);
    const struct serial_counts *counts = device_serial_counts(device);
    print_message("%llu bytes damaged: %llu bad frames, %llu gaps, %llu requests, %llu sent again\n",
                  (unsigned long long)serial_sim_damaged(sim), (unsigned long long)counts->bad_frames,
                  (unsigned long long)counts->gaps, (unsigned long long)counts->naks,
                  (unsigned long long)counts->resent);
    assert_true(counts->bad_frames + counts->resent > 0);
    device_close(device);
}

static void test_flipped_bits_are_mended(void **state)
{
    with_plan(*state, (struct serial_sim_plan){.seed = 1, .flip = 500});
}

static void test_lost_bytes_are_mended(void **state)
{
    with_plan(*state, (struct serial_sim_plan){.seed = 2, .drop = 500});
}

static void test_noise_is_mended(void **state)
{
    with_plan(*state, (struct serial_sim_plan){.seed = 3, .flip = 200, .drop = 200, .noise = 500});
}

static void test_a_stall_is_waited_for(void **state)
{
    const struct timespec pause = {0, 400000000};
    struct device *device = open_serial(*state, PATIENCE_NS);
    size_t taken;
    assert_int_equal(device_submit(device, commands, 1, &taken), DEVICE_OK);
    serial_sim_stall(*state, true);
    nanosleep(&pause, NULL); /* longer than until everything is sent again */
    serial_sim_stall(*state, false);
    struct card_event event;
    assert_int_equal(device_wait(device, &event, 1, &taken, PATIENCE_NS), DEVICE_OK);
    assert_int_equal(card_event_tag(&event), commands[0].tag);
    device_close(device);
}

/* Whatever happened to the card, the next thing a caller hears is that it is gone. */
static void assert_lost(struct device *device, const char *why)
{
    static struct card_event events[EVENTS_MAX];
    size_t given;
    assert_int_equal(run(device, COMMANDS, events, &given), DEVICE_WEDGED);
    assert_non_null(device_serial_lost(device));
    assert_non_null(strstr(device_serial_lost(device), why));
    assert_true(given < expected_count);
    for (size_t i = 0; i < given; i++) {
        const struct card_event got = canonical(events[i]), wanted = canonical(expected[i]);
        assert_memory_equal(&got, &wanted, sizeof got);
    }
    device_close(device);
}

static void test_a_card_that_stands_still_is_an_error(void **state)
{
    await_self_test(*state);
    struct device *device = open_serial(*state, 1000000000);
    serial_sim_stall(*state, true);
    assert_lost(device, "acknowledges nothing");
    serial_sim_stall(*state, false);
}

static void test_a_pulled_cable_is_an_error(void **state)
{
    struct device *device = open_serial(*state, PATIENCE_NS);
    serial_sim_unplug(*state);
    assert_lost(device, "hung up");
}

static void test_a_card_that_lost_power_is_an_error(void **state)
{
    await_self_test(*state);
    struct device *device = open_serial(*state, 1000000000);
    serial_sim_power_cycle(*state);
    assert_lost(device, "acknowledge");
}

static void refused(const char *backend, enum device_status status, const char *text)
{
    const struct device_options options = {.backend = backend, .deadline_ns = 200000000};
    char error[300];
    struct device *device;
    assert_int_equal(device_open(&device, &options, error, sizeof error), status);
    assert_null(device);
    if (!strstr(error, text))
        fail_msg("%s: %s", backend, error);
}

static void test_what_can_not_be_opened(void **state)
{
    char backend[160];
    refused("serial:/nowhere/tty", DEVICE_INCOMPATIBLE, "No such file");
    refused("serial:/dev/null", DEVICE_INCOMPATIBLE, "no serial line");
    refused("serial:/dev/null@12", DEVICE_ARGUMENT, "baud");
    refused("serial:/dev/null@115200x", DEVICE_ARGUMENT, "baud");
    refused("serial:", DEVICE_ARGUMENT, "serial:PATH");
    refused("serial", DEVICE_ARGUMENT, "no backend");
    refused("sim:/dev/null", DEVICE_ARGUMENT, "no backend");
    serial_sim_stall(*state, true);
    snprintf(backend, sizeof backend, "serial:%s@3000000", serial_sim_path(*state));
    refused(backend, DEVICE_INCOMPATIBLE, "no card answers");
    serial_sim_stall(*state, false);
}

#define WITH_CARD(test) cmocka_unit_test_setup_teardown(test, plug_in, pull_out)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CARD(test_same_events_as_simulation_and_model),
        WITH_CARD(test_self_test_passes),
        WITH_CARD(test_opened_again),
        WITH_CARD(test_flipped_bits_are_mended),
        WITH_CARD(test_lost_bytes_are_mended),
        WITH_CARD(test_noise_is_mended),
        WITH_CARD(test_a_stall_is_waited_for),
        WITH_CARD(test_a_card_that_stands_still_is_an_error),
        WITH_CARD(test_a_pulled_cable_is_an_error),
        WITH_CARD(test_a_card_that_lost_power_is_an_error),
        WITH_CARD(test_what_can_not_be_opened),
    };
    return cmocka_run_group_tests(tests, group_setup, NULL);
}
