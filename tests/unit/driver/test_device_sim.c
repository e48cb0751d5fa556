/* The driver and the Verilated card together, through device.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "card_sim.h"
#include "device_internal.h"
#include "device_sim.h"
#include "flow.h"

#define DEADLINE_NS 1500000000u /* clearing the card's memories has to fit, on a busy machine */
#define FLOW_COMMANDS 4000u
#define EVENTS_MAX (8 * FLOW_COMMANDS)

static struct device *open_device(const struct device_options *options)
{
    char error[200];
    struct device *device;
    const enum device_status status = device_open(&device, options, error, sizeof error);
    if (status != DEVICE_OK)
        fail_msg("%s: %s", device_status_name(status), error);
    return device;
}

static void close_device(struct device *device)
{
    if (device_sim_card(device) && card_sim_violation(device_sim_card(device)))
        fail_msg("%s", card_sim_violation(device_sim_card(device)));
    device_close(device);
}

/* Submits `count` fences and polls until all are answered. */
static void run_fences(struct device *device, uint32_t count)
{
    struct card_event events[64];
    uint32_t submitted = 0, answered = 0;
    while (answered < count) {
        const struct card_command fence = {.code = CARD_CODE_FENCE, .tag = submitted};
        size_t taken = 0, given = 0;
        enum device_status status = submitted < count ? device_submit(device, &fence, 1, &taken) : DEVICE_OK;
        assert_true(status == DEVICE_OK || status == DEVICE_AGAIN);
        submitted += (uint32_t)taken;
        status = device_poll(device, events, 64, &given);
        assert_true(status == DEVICE_OK || status == DEVICE_AGAIN);
        for (size_t i = 0; i < given; i++)
            assert_int_equal(card_event_tag(&events[i]), answered++);
    }
}

/* Fills the window, and only then polls. Returns the events, with what differs between card and model cleared. */
static size_t run_flow(struct device *device, struct card_event *events)
{
    static struct card_command commands[FLOW_COMMANDS];
    uint64_t random = 42;
    size_t submitted = 0, count = 0;
    for (uint32_t n = 0; n < FLOW_COMMANDS; n++)
        commands[n] = flow_command(&random, n);
    while (submitted < FLOW_COMMANDS || device_outstanding(device)) {
        size_t taken, given;
        device_submit(device, commands + submitted, FLOW_COMMANDS - submitted, &taken);
        submitted += taken;
        const enum device_status status = device_wait(device, events + count, EVENTS_MAX - count, &given, 5000000000u);
        assert_int_equal(status, DEVICE_OK);
        count += given;
    }
    for (size_t i = 0; i < count; i++) {
        card_event_set_arrival(&events[i], 0);
        card_event_set_delay(&events[i], 0);
    }
    return count;
}

static void test_card_and_model_give_the_same_events(void **state)
{
    struct card_event *expected = malloc(EVENTS_MAX * sizeof *expected);
    struct card_event *events = malloc(EVENTS_MAX * sizeof *events);
    (void)state;
    assert_non_null(expected);
    assert_non_null(events);
    struct device *model = open_device(&(struct device_options){.backend = "model", .orders = 65536, .session = 3});
    const size_t count = run_flow(model, expected);
    assert_true(count > FLOW_COMMANDS);
    device_close(model);
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct device *card = open_device(
            &(struct device_options){.stall_seed = seed, .session = 3, .ring_log2 = seed % 2 ? 6 : 14});
        assert_int_equal(run_flow(card, events), count);
        for (size_t i = 0; i < count; i++) {
            if (memcmp(&events[i], &expected[i], sizeof events[i]))
                fail_msg("seed %u: event %zu differs: tag %u, kinds %s and %s", (unsigned)seed, i,
                         (unsigned)card_event_tag(&expected[i]), card_kind_name(card_event_kind(&events[i])),
                         card_kind_name(card_event_kind(&expected[i])));
        }
        close_device(card);
    }
    free(expected);
    free(events);
}

static void test_a_full_window_loses_nothing(void **state)
{
    struct card_command fences[600];
    struct card_event events[600];
    size_t taken = 0, given = 0, submitted = 0, answered = 0;
    (void)state;
    struct device *device = open_device(&(struct device_options){.ring_log2 = 6});
    for (uint32_t i = 0; i < 600; i++)
        fences[i] = (struct card_command){.code = CARD_CODE_FENCE, .tag = i};
    assert_int_equal(device_submit(device, fences, 600, &submitted), DEVICE_OK);
    assert_int_equal(submitted, device_capability(device)->command_slots);
    assert_int_equal(device_submit(device, fences + submitted, 1, &taken), DEVICE_AGAIN);
    for (uint32_t lap = 0; lap < 3; lap++) { /* a host that does not look for long: answers fill the ring */
        card_sim_step(device_sim_card(device), 20000);
        assert_int_equal(device_submit(device, fences + submitted, 600 - submitted, &taken),
                         lap == 0 ? DEVICE_OK : DEVICE_AGAIN);
        assert_int_equal(taken, lap == 0 ? 64 : 0);
        submitted += taken;
    }
    while (answered < 600) {
        assert_int_equal(device_wait(device, events, 7, &given, 5000000000u), DEVICE_OK);
        for (size_t i = 0; i < given; i++)
            assert_int_equal(card_event_tag(&events[i]), answered++);
        device_submit(device, fences + submitted, 600 - submitted, &taken);
        submitted += taken;
    }
    assert_int_equal(device_outstanding(device), 0);
    assert_int_equal(device_poll(device, events, 1, &given), DEVICE_AGAIN);
    close_device(device);
}

/* Polls until something else than OK and AGAIN comes. */
static enum device_status poll_to_the_end(struct device *device)
{
    struct card_event events[64];
    enum device_status status;
    size_t given;
    do {
        status = device_wait(device, events, 64, &given, 60000000000u);
    } while (status == DEVICE_OK);
    return status;
}

static void submit_fences(struct device *device, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct card_command fence = {.code = CARD_CODE_FENCE, .tag = i};
        size_t taken;
        assert_int_equal(device_submit(device, &fence, 1, &taken), DEVICE_OK);
    }
}

static void test_a_stopped_clock_is_wedged(void **state)
{
    (void)state;
    struct device *device = open_device(&(struct device_options){.deadline_ns = DEADLINE_NS});
    run_fences(device, 100);
    card_sim_plan_set(device_sim_card(device), &(struct card_sim_plan){.wedge_after = 40});
    submit_fences(device, 100);
    assert_int_equal(poll_to_the_end(device), DEVICE_WEDGED);
    uint32_t value;
    assert_int_equal(device_register(device, CARD_REG_STATUS, &value), DEVICE_WEDGED);
    close_device(device);
}

static void test_a_hanging_bus_is_wedged(void **state)
{
    struct card_sim_plan plan = {0};
    (void)state;
    struct device *device = open_device(&(struct device_options){.deadline_ns = DEADLINE_NS});
    device->capability.orders = 1; /* so that less patience is due: its heart beats on */
    plan.stall_percent[CARD_SIM_DMA_AW] = 100;
    card_sim_plan_set(device_sim_card(device), &plan);
    submit_fences(device, 10);
    assert_int_equal(poll_to_the_end(device), DEVICE_WEDGED);
    /* It can't even be reset while its write hangs; once the bus moves again it can. */
    assert_int_equal(device_reset(device, 2), DEVICE_WEDGED);
    card_sim_plan_set(device_sim_card(device), &(struct card_sim_plan){0});
    assert_int_equal(device_reset(device, 2), DEVICE_OK);
    run_fences(device, 300);
    close_device(device);
}

/* Clearing the memories, and a digest of many orders, take much longer than this deadline. */
static void test_a_working_card_is_not_wedged(void **state)
{
    const uint32_t orders = 2000;
    struct card_command command = {.code = CARD_CODE_PLACE, .generation = 1,
                                   .order = {.owner = 1, .price = 10, .quantity = 3}};
    struct card_event event;
    size_t taken, given;
    (void)state;
    struct device *device = open_device(&(struct device_options){.deadline_ns = 1});
    for (command.slot = 0; command.slot < orders; command.slot++) {
        assert_int_equal(device_submit(device, &command, 1, &taken), DEVICE_OK);
        assert_int_equal(device_wait(device, &event, 1, &given, 60000000000u), DEVICE_OK);
        assert_int_equal(card_event_kind(&event), CARD_KIND_RESTED);
    }
    const struct card_command digest = {.code = CARD_CODE_READ, .order = {.count = CARD_READ_DIGEST}};
    const uint64_t before = device_cycles(device);
    assert_int_equal(device_submit(device, &digest, 1, &taken), DEVICE_OK);
    assert_int_equal(device_wait(device, &event, 1, &given, 60000000000u), DEVICE_OK);
    assert_int_equal(card_event_quantity(&event), orders);
    assert_true(device_cycles(device) - before > 10 * orders);
    close_device(device);
}

static void test_a_bus_error_is_a_named_fault(void **state)
{
    (void)state;
    struct device *device = open_device(NULL);
    card_sim_plan_set(device_sim_card(device), &(struct card_sim_plan){.error_burst = 7});
    submit_fences(device, 100);
    assert_int_equal(poll_to_the_end(device), DEVICE_FAULT);
    assert_int_equal(device_fault(device), CARD_FAULT_BUS);
    assert_string_equal(card_fault_name(device_fault(device)), "bus");
    assert_int_equal(device_reset(device, 2), DEVICE_OK);
    assert_int_equal(device_fault(device), CARD_FAULT_NONE);
    run_fences(device, 300);
    close_device(device);
}

static void test_injected_parity_is_a_named_fault(void **state)
{
    const struct card_command place = {.code = CARD_CODE_PLACE, .slot = 5, .generation = 1,
                                       .order = {.owner = 1, .price = 10, .quantity = 3}};
    const struct card_command pull = {.code = CARD_CODE_PULL, .slot = 5, .generation = 1, .order = {.price = 10}};
    struct card_event event;
    size_t taken, given;
    (void)state;
    struct device *device = open_device(NULL);
    struct card_sim *card = device_sim_card(device);
    assert_true(card_sim_write(card, CARD_REG_CONTROL, CARD_CONTROL_INJECT_PARITY_MASK));
    card_sim_step(card, 100);
    assert_int_equal(device_submit(device, &place, 1, &taken), DEVICE_OK);
    /* Once it is answered the memory is read, and not what is still on its way there. */
    assert_int_equal(device_wait(device, &event, 1, &given, 5000000000u), DEVICE_OK);
    assert_int_equal(card_event_kind(&event), CARD_KIND_RESTED);
    assert_int_equal(device_submit(device, &pull, 1, &taken), DEVICE_OK);
    assert_int_equal(poll_to_the_end(device), DEVICE_FAULT);
    assert_string_equal(card_fault_name(device_fault(device)), "parity_order");
    assert_int_equal(device_reset(device, 2), DEVICE_OK);
    run_fences(device, 10);
    close_device(device);
}

static void test_a_torn_event_breaks_the_protocol(void **state)
{
    struct card_event events[16];
    size_t given;
    (void)state;
    struct device *device = open_device(NULL);
    submit_fences(device, 10);
    card_sim_step(device_sim_card(device), 1000);
    device_sim_ring(device)[6].word[0] = 0;
    assert_int_equal(device_poll(device, events, 16, &given), DEVICE_OK);
    assert_int_equal(given, 6);
    assert_int_equal(device_poll(device, events, 16, &given), DEVICE_PROTOCOL);
    close_device(device);
}

static void test_reset_with_commands_under_way(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 12; seed++) {
        struct device *device = open_device(&(struct device_options){.ring_log2 = 7, .stall_seed = seed});
        for (uint16_t session = 2; session < 6; session++) {
            struct card_event events[16];
            size_t given;
            run_fences(device, 150);
            submit_fences(device, 200);
            device_poll(device, events, 16, &given);
            assert_int_equal(device_reset(device, session), DEVICE_OK);
            assert_int_equal(device_outstanding(device), 0);
        }
        assert_int_equal(device_reset(device, 5), DEVICE_ARGUMENT);
        run_fences(device, 150);
        close_device(device);
    }
}

static void test_a_reset_command_starts_a_session(void **state)
{
    struct card_event event;
    size_t taken, given;
    uint32_t session;
    (void)state;
    struct device *device = open_device(&(struct device_options){.session = 8});
    run_fences(device, 20);
    const struct card_command reset = {.code = CARD_CODE_RESET, .tag = 99, .reset = {.next_session = 9}};
    assert_int_equal(device_submit(device, &reset, 1, &taken), DEVICE_OK);
    assert_int_equal(device_wait(device, &event, 1, &given, 5000000000u), DEVICE_OK);
    assert_int_equal(card_event_tag(&event), 99);
    assert_int_equal(card_event_session(&event), 9);
    assert_int_equal(card_event_sequence(&event), 0);
    assert_int_equal(device_register(device, CARD_REG_SESSION, &session), DEVICE_OK);
    assert_int_equal(session, 9);
    run_fences(device, 300);
    close_device(device);
}

/* Cycles pass in the simulation alone, so the host's time can be anything. */
static void test_cycles_map_to_the_time_that_was_set(void **state)
{
    uint64_t cycle[3], ns;
    (void)state;
    struct device *device = open_device(NULL);
    assert_int_equal(device_time_map(device, 0, &ns), DEVICE_ARGUMENT);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t low, high;
        const uint64_t before = device_cycles(device);
        assert_int_equal(device_time_set(device, UINT64_C(0x1234567800000000) + 1000000 * i), DEVICE_OK);
        assert_int_equal(device_register(device, CARD_REG_TIME_CYCLE_LOW, &low), DEVICE_OK);
        assert_int_equal(device_register(device, CARD_REG_TIME_CYCLE_HIGH, &high), DEVICE_OK);
        cycle[i] = (uint64_t)high << 32 | low;
        assert_true(before <= cycle[i] && cycle[i] <= device_cycles(device));
        assert_int_equal(device_time_map(device, cycle[i], &ns), i ? DEVICE_OK : DEVICE_ARGUMENT);
        assert_int_equal(ns, i ? UINT64_C(0x1234567800000000) + 1000000 * i : 0);
        run_fences(device, 500 + 300 * i);
    }
    const uint64_t distance = cycle[2] - cycle[1];
    assert_int_equal(device_time_map(device, cycle[1], &ns), DEVICE_OK);
    assert_int_equal(ns, UINT64_C(0x1234567800000000) + 1000000);
    assert_int_equal(device_time_map(device, cycle[2] + 3 * distance, &ns), DEVICE_OK);
    assert_int_equal(ns, UINT64_C(0x1234567800000000) + 5000000);
    assert_int_equal(device_time_map(device, UINT64_MAX, &ns), DEVICE_ARGUMENT);
    /* A clock that was set back starts anew. */
    assert_int_equal(device_time_set(device, 500000), DEVICE_OK);
    assert_int_equal(device_time_map(device, cycle[2], &ns), DEVICE_ARGUMENT);
    run_fences(device, 100);
    assert_int_equal(device_time_set(device, 600000), DEVICE_OK);
    assert_int_equal(device_time_map(device, 0, &ns), DEVICE_ARGUMENT); /* before 0 ns */
    close_device(device);

    device = open_device(&(struct device_options){.backend = "model"});
    assert_int_equal(device_time_set(device, 5), DEVICE_ARGUMENT);
    assert_int_equal(device_time_map(device, 5, &ns), DEVICE_ARGUMENT);
    device_close(device);
}

static void test_options_are_refused_by_name(void **state)
{
    static const struct {
        struct device_options options;
        enum device_status status;
        const char *text;
    } cases[] = {
        {{.backend = "pcie"}, DEVICE_ARGUMENT, "no backend \"pcie\""},
        {{.markets = 257}, DEVICE_ARGUMENT, "markets = 257"},
        {{.orders = 1u << 21}, DEVICE_ARGUMENT, "orders = 2097152"},
        {{.tick_bits = 21}, DEVICE_ARGUMENT, "tick_bits = 21"},
        {{.ring_log2 = 5}, DEVICE_ARGUMENT, "ring_log2 = 5"},
        {{.markets = 33}, DEVICE_CAPACITY, "markets = 32 at most, asked for 33"},
        {{.orders = 65537}, DEVICE_CAPACITY, "orders = 65536 at most"},
        {{.tick_bits = 18}, DEVICE_CAPACITY, "tick bits = 17 at most"},
        {{.ring_log2 = 21}, DEVICE_CAPACITY, "ring_log2 = 20 at most"},
        {{.trace_path = "/nonexistent/a.fst"}, DEVICE_ARGUMENT, "/nonexistent/a.fst"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device *device = (struct device *)&device;
        char error[200] = "";
        assert_int_equal(device_open(&device, &cases[i].options, error, sizeof error), cases[i].status);
        assert_null(device);
        if (!strstr(error, cases[i].text))
            fail_msg("\"%s\" does not say \"%s\"", error, cases[i].text);
    }
}

static void test_a_waveform_is_written(void **state)
{
    char path[] = "/tmp/vitrine_trace_XXXXXX";
    (void)state;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    struct device *device = open_device(
        &(struct device_options){.trace_path = path, .trace_from_cycle = 50, .trace_to_cycle = 400});
    run_fences(device, 100);
    close_device(device);
    close(file);
    struct stat written; /* the library makes a file of its own under that name */
    assert_int_equal(stat(path, &written), 0);
    assert_true(written.st_size > 1000);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_card_and_model_give_the_same_events),
        cmocka_unit_test(test_a_full_window_loses_nothing),
        cmocka_unit_test(test_a_stopped_clock_is_wedged),
        cmocka_unit_test(test_a_hanging_bus_is_wedged),
        cmocka_unit_test(test_a_working_card_is_not_wedged),
        cmocka_unit_test(test_a_bus_error_is_a_named_fault),
        cmocka_unit_test(test_injected_parity_is_a_named_fault),
        cmocka_unit_test(test_a_torn_event_breaks_the_protocol),
        cmocka_unit_test(test_reset_with_commands_under_way),
        cmocka_unit_test(test_a_reset_command_starts_a_session),
        cmocka_unit_test(test_cycles_map_to_the_time_that_was_set),
        cmocka_unit_test(test_options_are_refused_by_name),
        cmocka_unit_test(test_a_waveform_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
