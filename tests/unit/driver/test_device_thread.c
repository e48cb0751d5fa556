/* The simulated card in a thread of its own. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "card_sim.h"
#include "device_internal.h"
#include "device_sim.h"
#include "device_thread.h"
#include "flow.h"

#define DEADLINE_NS 1500000000u
#define PATIENCE_NS 60000000000u
#define FLOW_COMMANDS 6000u
#define EVENTS_MAX (8 * FLOW_COMMANDS)

static struct device *open_threaded(struct device_options options)
{
    char error[200];
    struct device *device;
    options.threaded = true;
    const enum device_status status = device_open(&device, &options, error, sizeof error);
    if (status != DEVICE_OK)
        fail_msg("%s: %s", device_status_name(status), error);
    return device;
}

static void pause_ns(uint32_t ns)
{
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static void set_plan(struct card_sim *card, void *plan)
{
    card_sim_plan_set(card, plan);
}

static void ask_violation(struct card_sim *card, void *violation)
{
    *(const char **)violation = card_sim_violation(card);
}

static void close_device(struct device *device)
{
    const char *violation;
    device_sim_call(device, ask_violation, &violation);
    if (violation)
        fail_msg("%s", violation);
    device_close(device);
}

static void submit_fences(struct device *device, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct card_command fence = {.code = CARD_CODE_FENCE, .tag = i};
        size_t taken;
        assert_int_equal(device_submit(device, &fence, 1, &taken), DEVICE_OK);
    }
}

/* `count` fences, all answered. */
static void run_fences(struct device *device, uint32_t count)
{
    struct card_event events[64];
    uint32_t submitted = 0, answered = 0;
    while (answered < count) {
        size_t taken = 1, given;
        while (submitted < count && taken) {
            const struct card_command fence = {.code = CARD_CODE_FENCE, .tag = submitted};
            device_submit(device, &fence, 1, &taken);
            submitted += (uint32_t)taken;
        }
        assert_int_equal(device_wait(device, events, 64, &given, PATIENCE_NS), DEVICE_OK);
        for (size_t i = 0; i < given; i++)
            assert_int_equal(card_event_tag(&events[i]), answered++);
    }
}

static enum device_status poll_to_the_end(struct device *device)
{
    struct card_event events[64];
    enum device_status status;
    size_t given;
    do {
        status = device_wait(device, events, 64, &given, PATIENCE_NS);
    } while (status == DEVICE_OK);
    return status;
}

/* Commands in portions of any size, polls of any size, and a rest now and then: the card falls asleep, starves or
 * drowns. Returns the events without what depends on time. */
static size_t run_flow(struct device *device, uint64_t rhythm, struct card_event *events)
{
    static struct card_command commands[FLOW_COMMANDS];
    uint64_t random = 7;
    size_t submitted = 0, count = 0;
    for (uint32_t n = 0; n < FLOW_COMMANDS; n++)
        commands[n] = flow_command(&random, n);
    while (submitted < FLOW_COMMANDS || device_outstanding(device)) {
        const size_t portion = 1 + flow_random(&rhythm) % (flow_random(&rhythm) % 4 ? 8 : 600);
        const size_t left = FLOW_COMMANDS - submitted;
        size_t taken, given;
        enum device_status status =
            device_submit(device, commands + submitted, portion < left ? portion : left, &taken);
        assert_true(status == DEVICE_OK || status == DEVICE_AGAIN);
        submitted += taken;
        status = flow_random(&rhythm) % 2 ? device_poll(device, events + count, 1 + portion, &given)
                                          : device_wait(device, events + count, 1 + portion, &given, 100000);
        assert_true(status == DEVICE_OK || status == DEVICE_AGAIN);
        count += given;
        if (flow_random(&rhythm) % 100 == 0)
            pause_ns(flow_random(&rhythm) % 300000);
        if (flow_random(&rhythm) % 100 == 0)
            assert_true(device_cycles(device));
    }
    for (size_t i = 0; i < count; i++) {
        card_event_set_arrival(&events[i], 0);
        card_event_set_delay(&events[i], 0);
    }
    return count;
}

static void test_events_are_those_of_a_card_without_a_thread(void **state)
{
    struct card_event *expected = malloc(EVENTS_MAX * sizeof *expected);
    struct card_event *events = malloc(EVENTS_MAX * sizeof *events);
    struct device *device;
    (void)state;
    assert_non_null(expected);
    assert_non_null(events);
    assert_int_equal(device_open(&device, &(struct device_options){.session = 3}, NULL, 0), DEVICE_OK);
    const size_t count = run_flow(device, 1, expected);
    assert_true(count > FLOW_COMMANDS);
    device_close(device);
    for (uint64_t seed = 0; seed < 8; seed++) {
        device = open_threaded(
            (struct device_options){.stall_seed = seed / 2, .session = 3, .ring_log2 = seed % 2 ? 6 : 14});
        assert_int_equal(run_flow(device, 100 + seed, events), count);
        for (size_t i = 0; i < count; i++) {
            if (memcmp(&events[i], &expected[i], sizeof events[i]))
                fail_msg("seed %u: event %zu differs", (unsigned)seed, i);
        }
        close_device(device);
    }
    free(expected);
    free(events);
}

static uint64_t processor_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void ask_cycles(struct card_sim *card, void *cycles)
{
    struct card_sim_counts counts;
    card_sim_counts_get(card, &counts);
    *(uint64_t *)cycles = counts.cycles;
}

static void test_an_idle_card_sleeps_and_its_clock_stands_still(void **state)
{
    uint64_t before, after;
    (void)state;
    struct device *device = open_threaded((struct device_options){0});
    for (uint32_t round = 0; round < 5; round++) {
        run_fences(device, 50);
        pause_ns(20000000);
        device_sim_call(device, ask_cycles, &before);
        const uint64_t start_ns = processor_ns();
        pause_ns(100000000);
        assert_true(processor_ns() - start_ns < 10000000);
        device_sim_call(device, ask_cycles, &after);
        assert_int_equal(after, before);
    }
    close_device(device);
}

static void test_the_card_works_while_the_host_does_not_look(void **state)
{
    struct card_event events[200];
    size_t given;
    (void)state;
    struct device *device = open_threaded((struct device_options){0});
    submit_fences(device, 200);
    const uint64_t start_ns = device_now_ns();
    /* the phase of the last event's slot */
    const uint64_t *last = &device_sim_ring(device)[199].word[7];
    while (!(__atomic_load_n(last, __ATOMIC_ACQUIRE) >> 63) && device_now_ns() - start_ns < PATIENCE_NS)
        ;
    assert_int_equal(device_poll(device, events, 200, &given), DEVICE_OK);
    assert_int_equal(given, 200);
    close_device(device);
}

static void test_registers_are_read_behind_what_was_posted(void **state)
{
    uint32_t value;
    uint64_t ns, last_cycle = 0;
    (void)state;
    struct device *device = open_threaded((struct device_options){.stall_seed = 5});
    for (uint32_t round = 0; round < 50; round++) {
        submit_fences(device, 20);
        assert_int_equal(device_time_set(device, UINT64_C(0x500000000) + 1000 * round), DEVICE_OK);
        assert_int_equal(device_register(device, CARD_REG_TIME_LOW, &value), DEVICE_OK);
        assert_int_equal(value, 1000 * round);
        const uint64_t cycle = device_cycles(device);
        assert_true(cycle > last_cycle);
        last_cycle = cycle;
        assert_int_equal(device_time_map(device, cycle, &ns), round ? DEVICE_OK : DEVICE_ARGUMENT);
        struct card_event event;
        size_t given;
        while (device_outstanding(device))
            assert_int_equal(device_wait(device, &event, 1, &given, PATIENCE_NS), DEVICE_OK);
    }
    assert_int_equal(device_register(device, 2, &value), DEVICE_ARGUMENT);
    close_device(device);
}

static void test_a_stopped_clock_is_wedged(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 2; round++) {
        struct device *device = open_threaded((struct device_options){.deadline_ns = DEADLINE_NS});
        const uint32_t slots = device_capability(device)->command_slots;
        uint32_t value;
        run_fences(device, 100);
        device_sim_call(device, set_plan, &(struct card_sim_plan){.narrow = round, .wedge_after = 40});
        submit_fences(device, round ? slots : 100);
        assert_int_equal(poll_to_the_end(device), DEVICE_WEDGED);
        assert_int_equal(device_register(device, CARD_REG_STATUS, &value), DEVICE_WEDGED);
        assert_int_equal(device_reset(device, 2), DEVICE_WEDGED);
        const uint64_t start_ns = processor_ns(); /* a dead card does not spin either */
        pause_ns(100000000);
        assert_true(processor_ns() - start_ns < 10000000);
        close_device(device);
    }
}

static void test_a_hanging_bus_is_wedged_until_it_moves(void **state)
{
    struct card_sim_plan plan = {0};
    (void)state;
    struct device *device = open_threaded((struct device_options){.deadline_ns = DEADLINE_NS});
    device->capability.orders = 1; /* so that less patience is due: its heart beats on */
    plan.stall_percent[CARD_SIM_DMA_AW] = 100;
    device_sim_call(device, set_plan, &plan);
    submit_fences(device, 10);
    assert_int_equal(poll_to_the_end(device), DEVICE_WEDGED);
    device_sim_call(device, set_plan, &(struct card_sim_plan){0});
    assert_int_equal(device_reset(device, 2), DEVICE_OK);
    run_fences(device, 300);
    close_device(device);
}

static void test_a_bus_error_is_a_named_fault(void **state)
{
    (void)state;
    struct device *device = open_threaded((struct device_options){0});
    for (uint16_t session = 2; session < 8; session++) {
        device_sim_call(device, set_plan, &(struct card_sim_plan){.error_burst = 5 + session});
        submit_fences(device, 100);
        assert_int_equal(poll_to_the_end(device), DEVICE_FAULT);
        assert_string_equal(card_fault_name(device_fault(device)), "bus");
        assert_int_equal(device_reset(device, session), DEVICE_OK);
        run_fences(device, 300);
    }
    close_device(device);
}

static void map_nothing(struct card_sim *card, void *memory)
{
    card_sim_map(card, 0, memory, CARD_EVENT_BYTES);
}

static void test_a_card_that_breaks_bus_rules_breaks_the_protocol(void **state)
{
    struct card_event memory;
    const char *violation;
    (void)state;
    struct device *device = open_threaded((struct device_options){0});
    run_fences(device, 10);
    device_sim_call(device, map_nothing, &memory);
    submit_fences(device, 10);
    do {
        device_sim_call(device, ask_violation, &violation);
    } while (!violation);
    assert_int_equal(poll_to_the_end(device), DEVICE_PROTOCOL);
    device_close(device);
}

static void test_reset_with_commands_under_way(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct device *device = open_threaded((struct device_options){.ring_log2 = 7, .stall_seed = seed});
        for (uint16_t session = 2; session < 8; session++) {
            struct card_event events[16];
            size_t given;
            run_fences(device, 150);
            submit_fences(device, 200);
            if (session % 2)
                pause_ns(20000 * session);
            device_poll(device, events, 16, &given);
            assert_int_equal(device_reset(device, session), DEVICE_OK);
            assert_int_equal(device_outstanding(device), 0);
        }
        run_fences(device, 150);
        const struct card_command reset = {.code = CARD_CODE_RESET, .tag = 99, .reset = {.next_session = 9}};
        struct card_event event;
        size_t taken, given;
        assert_int_equal(device_submit(device, &reset, 1, &taken), DEVICE_OK);
        assert_int_equal(device_wait(device, &event, 1, &given, PATIENCE_NS), DEVICE_OK);
        assert_int_equal(card_event_session(&event), 9);
        run_fences(device, 150);
        close_device(device);
    }
}

static void test_close_does_not_wait_for_a_busy_card(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 8; round++) {
        struct device *device = open_threaded((struct device_options){.stall_seed = round});
        submit_fences(device, 32 * round);
        if (round % 2)
            pause_ns(30000);
        device_close(device);
    }
}

static void test_a_full_queue_takes_nothing_more(void **state)
{
    struct card_sim_options options = {.plan.narrow = true};
    const struct device_bus *bus = &device_thread_bus;
    uint8_t command[CARD_COMMAND_BYTES] = {0};
    uint32_t posted = 0, value;
    (void)state;
    options.plan.stall_percent[CARD_SIM_WINDOW_W] = 100;
    struct card_sim *card = card_sim_create(&options);
    struct device_thread *thread = device_thread_start(card);
    assert_non_null(thread);
    assert_false(bus->store(thread, 0, command, 0));
    assert_false(bus->store(thread, 0, command, sizeof command + 1));
    uint64_t full_ns = device_now_ns();
    while (device_now_ns() - full_ns < 100000000) /* until it has stayed full, however slow the card's thread is */
        if (bus->store(thread, posted % 512 * CARD_COMMAND_BYTES, command, sizeof command)) {
            posted++;
            full_ns = device_now_ns();
        }
    assert_true(posted >= 1024 && posted < 2048);
    assert_false(bus->write(thread, CARD_REG_CREDIT, 0));
    assert_false(bus->read(thread, CARD_REG_MAGIC, &value)); /* can't overtake, so there is no answer */
    assert_int_equal(value, UINT32_MAX);
    device_thread_call(thread, set_plan, &(struct card_sim_plan){0});
    assert_true(bus->read(thread, CARD_REG_MAGIC, &value));
    assert_int_equal(value, CARD_MAGIC);
    device_thread_stop(thread);
    device_thread_stop(NULL);
    card_sim_destroy(card);
}

static volatile sig_atomic_t signals;

static void note_signal(int number)
{
    (void)number;
    signals = signals + 1;
}

static void test_signals_are_the_hosts_business(void **state)
{
    sigset_t mask;
    (void)state;
    struct device *device = open_threaded((struct device_options){0});
    signal(SIGUSR1, note_signal);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    kill(getpid(), SIGUSR1);
    run_fences(device, 100);
    pause_ns(20000000);
    assert_int_equal(signals, 0);
    sigprocmask(SIG_UNBLOCK, &mask, NULL);
    assert_int_equal(signals, 1);
    close_device(device);
}

static void test_a_waveform_is_written(void **state)
{
    char path[] = "/tmp/vitrine_trace_XXXXXX";
    struct stat written;
    (void)state;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    struct device *device = open_threaded(
        (struct device_options){.trace_path = path, .trace_from_cycle = 50, .trace_to_cycle = 400});
    run_fences(device, 100);
    close_device(device);
    close(file);
    assert_int_equal(stat(path, &written), 0);
    assert_true(written.st_size > 1000);
    unlink(path);
}

static void test_other_backends_have_no_thread(void **state)
{
    (void)state;
    struct device *device = open_threaded((struct device_options){.backend = "model"});
    run_fences(device, 100);
    device_close(device);
    assert_int_equal(device_open(&device, &(struct device_options){.markets = 33, .threaded = true}, NULL, 0),
                     DEVICE_CAPACITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_are_those_of_a_card_without_a_thread),
        cmocka_unit_test(test_an_idle_card_sleeps_and_its_clock_stands_still),
        cmocka_unit_test(test_the_card_works_while_the_host_does_not_look),
        cmocka_unit_test(test_registers_are_read_behind_what_was_posted),
        cmocka_unit_test(test_a_stopped_clock_is_wedged),
        cmocka_unit_test(test_a_hanging_bus_is_wedged_until_it_moves),
        cmocka_unit_test(test_a_bus_error_is_a_named_fault),
        cmocka_unit_test(test_a_card_that_breaks_bus_rules_breaks_the_protocol),
        cmocka_unit_test(test_reset_with_commands_under_way),
        cmocka_unit_test(test_close_does_not_wait_for_a_busy_card),
        cmocka_unit_test(test_a_full_queue_takes_nothing_more),
        cmocka_unit_test(test_signals_are_the_hosts_business),
        cmocka_unit_test(test_a_waveform_is_written),
        cmocka_unit_test(test_other_backends_have_no_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
