/* The runner against made-up engines: order of batches and events, disagreement, a wrong tag, an engine that fails. */
#include "unit.h"

#include "runner.h"

#define TOTAL 5000

/* Answers every command with two events, `hold` commands late. */
struct fake {
    struct card_command queue[4096];
    size_t head, tail, hold;
    uint64_t lie_at;   /* command whose event differs */
    uint64_t mistag_at;
    uint64_t fail_at;
    uint64_t answered;
    bool half; /* the first of two events is given */
    uint64_t behind_fence; /* commands that came while a fence or what stood before it was unanswered */
};

static enum device_status fake_submit(void *context, const struct card_command *commands, size_t count, size_t *taken)
{
    struct fake *fake = context;

    for (*taken = 0; *taken < count && fake->tail - fake->head < 300; ++*taken) {
        fake->behind_fence += fake->tail != fake->head && fake->queue[(fake->tail - 1) % 4096].code == CARD_CODE_FENCE;
        fake->queue[fake->tail++ % 4096] = commands[*taken];
    }
    return *taken ? DEVICE_OK : DEVICE_AGAIN;
}

static enum device_status fake_wait(void *context, struct card_event *events, size_t count, size_t *given,
                                    uint64_t timeout_ns)
{
    struct fake *fake = context;

    if (fake->fail_at && fake->answered >= fake->fail_at)
        return DEVICE_FAULT;
    for (*given = 0; *given < count && fake->tail - fake->head > (timeout_ns ? 0 : fake->hold); ++*given) {
        const struct card_command *command = &fake->queue[fake->head % 4096];
        struct card_event *event = &events[*given];

        memset(event, 0, sizeof *event);
        card_event_set_tag(event, fake->mistag_at && fake->answered == fake->mistag_at ? 1 : command->tag);
        card_event_set_kind(event, CARD_KIND_DONE);
        card_event_set_quantity(event, command->slot + (fake->lie_at && fake->answered == fake->lie_at));
        card_event_set_last(event, fake->half);
        card_event_set_sequence(event, (uint64_t)(uintptr_t)fake); /* may differ between engines */
        fake->head += fake->half;
        fake->answered += fake->half;
        fake->half = !fake->half;
    }
    return *given ? DEVICE_OK : DEVICE_AGAIN;
}

static size_t fake_outstanding(void *context)
{
    struct fake *fake = context;

    return fake->tail - fake->head;
}

static struct engine *fake_engine(struct fake *fake, const char *name, size_t hold)
{
    struct engine_target target = { fake, fake_submit, fake_wait, fake_outstanding };

    memset(fake, 0, sizeof *fake);
    fake->hold = hold;
    return engine_create(name, &target, true);
}

/* Counts up; checks that events come in order and exactly as late as promised. */
struct counter {
    uint64_t given, answered, events, batches;
    bool bad;
};

static enum source_status counter_next(void *context, struct card_command *commands, size_t room, size_t *count)
{
    struct counter *counter = context;
    uint64_t before_last = counter->batches < 2 ? 0 : (counter->batches - 1) * room;

    assert_int_equal(counter->answered, before_last);
    counter->batches++;
    for (*count = 0; *count < room && counter->given < TOTAL; ++*count) {
        memset(&commands[*count], 0, sizeof *commands);
        commands[*count].code = counter->given % 7 == 3 ? CARD_CODE_FENCE : CARD_CODE_NEW;
        commands[*count].slot = (uint32_t)counter->given++;
    }
    if (counter->bad && counter->given == TOTAL)
        return SOURCE_BAD;
    return counter->given < TOTAL ? SOURCE_MORE : SOURCE_END;
}

static void counter_event(void *context, const struct card_command *command, const struct card_event *event)
{
    struct counter *counter = context;

    assert_int_equal(command->slot, counter->answered);
    assert_int_equal(command->tag, counter->answered);
    counter->events++;
    counter->answered += card_event_last(event);
}

static struct fake fakes[2];
static struct runner runner;
static bool waits; /* at fences */

static enum run_status run(struct counter *counter, size_t hold_a, size_t hold_b)
{
    struct command_source source = { counter, counter_next, counter_event };
    struct fake saved = fakes[1];

    runner = (struct runner){ .engine_count = 2, .wait_at_fences = waits };
    runner.engine[0] = fake_engine(&fakes[0], "card", hold_a);
    runner.engine[1] = fake_engine(&fakes[1], "model", hold_b);
    fakes[1].lie_at = saved.lie_at;
    fakes[0].mistag_at = saved.mistag_at;
    fakes[1].mistag_at = saved.mistag_at;
    fakes[1].fail_at = saved.fail_at;
    return runner_run(&runner, &source, NULL);
}

static void test_agreement(void **state)
{
    struct counter counter = { 0 };

    (void)state;
    memset(fakes, 0, sizeof fakes);
    assert_int_equal(run(&counter, 0, 200), RUN_DONE);
    assert_int_equal(counter.answered, TOTAL);
    assert_int_equal(counter.events, 2 * TOTAL);
    assert_int_equal(runner_command_count(&runner), TOTAL);
    assert_int_equal(runner_kind_count(&runner, CARD_KIND_DONE), 2 * TOTAL);
    assert_true(runner_agrees(&runner));
    assert_ptr_equal(runner_engine(&runner, "model"), runner.engine[1]);
    assert_null(runner_engine(&runner, "other"));
    runner_close(&runner);
}

static void test_difference(void **state)
{
    struct counter counter = { 0 };

    (void)state;
    memset(fakes, 0, sizeof fakes);
    fakes[1].lie_at = 2500;
    assert_int_equal(run(&counter, 10, 0), RUN_DIFFERENCE);
    assert_non_null(strstr(runner.error, "command 2500 "));
    assert_false(runner_agrees(&runner));
    runner_close(&runner);
}

static void test_wrong_tag(void **state)
{
    struct counter counter = { 0 };

    (void)state;
    memset(fakes, 0, sizeof fakes);
    fakes[1].mistag_at = 1700;
    assert_int_equal(run(&counter, 0, 0), RUN_DIFFERENCE);
    assert_non_null(strstr(runner.error, "command 1700 "));
    assert_non_null(strstr(runner.error, "another tag"));
    runner_close(&runner);
}

static void test_fault(void **state)
{
    struct counter counter = { 0 };

    (void)state;
    memset(fakes, 0, sizeof fakes);
    fakes[1].fail_at = 3000;
    assert_int_equal(run(&counter, 0, 0), RUN_FAULT);
    assert_non_null(strstr(runner.error, "model: "));
    runner_close(&runner);
}

static void test_waits_at_fences(void **state)
{
    (void)state;
    for (int wait = 0; wait < 2; wait++) {
        struct counter counter = { 0 };

        memset(fakes, 0, sizeof fakes);
        waits = wait;
        assert_int_equal(run(&counter, 100, 100), RUN_DONE);
        assert_int_equal(counter.answered, TOTAL);
        assert_int_equal(fakes[0].behind_fence == 0, wait);
        runner_close(&runner);
    }
    waits = false;
}

static void test_bad_input(void **state)
{
    struct counter counter = { .bad = true };

    (void)state;
    memset(fakes, 0, sizeof fakes);
    assert_int_equal(run(&counter, 0, 0), RUN_BAD_INPUT);
    runner_close(&runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_agreement), cmocka_unit_test(test_difference),
                                        cmocka_unit_test(test_wrong_tag), cmocka_unit_test(test_fault),
                                        cmocka_unit_test(test_waits_at_fences),
                                        cmocka_unit_test(test_bad_input) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
