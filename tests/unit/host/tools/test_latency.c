/* Latency by kind: what a command is told to be from its events, what is counted, and the scripted workload on the
 * plain book: every kind occurs, nothing of the script is refused but what is meant to be, and it can be repeated. */
#include "unit.h"

#include "latency_source.h"
#include "runner.h"

static struct latency_classifier classifier;

/* Events of one command, the last one marked. */
static enum latency_kind classify(struct card_command command, const struct card_event *events, size_t count)
{
    enum latency_kind kind = LATENCY_KINDS;

    for (size_t i = 0; i < count; i++) {
        struct card_event event = events[i];

        card_event_set_last(&event, i + 1 == count);
        assert_int_equal(latency_classify(&classifier, &command, &event, &kind), i + 1 == count);
    }
    return kind;
}

static struct card_event event_of(enum card_kind kind, uint32_t price, uint64_t aggregate, uint32_t best)
{
    struct card_event event = { { 0 } };

    card_event_set_kind(&event, kind);
    card_event_set_market(&event, 3);
    card_event_set_side(&event, CARD_SIDE_SELL);
    card_event_set_price(&event, price);
    card_event_set_aggregate(&event, aggregate);
    card_event_set_best_price(&event, best);
    card_event_set_best_valid(&event, best != 0);
    card_event_set_level_valid(&event, 1);
    return event;
}

static struct card_event without_level(enum card_kind kind, enum card_reason reason)
{
    struct card_event event = { { 0 } };

    card_event_set_kind(&event, kind);
    card_event_set_reason(&event, reason);
    return event;
}

static void test_cancels(void **state)
{
    const struct card_command add = { .code = CARD_CODE_NEW, .market = 3 };
    const struct card_command cancel = { .code = CARD_CODE_CANCEL, .market = 3 };
    struct card_event event = event_of(CARD_KIND_RESTED, 100, 5, 100);

    (void)state;
    memset(&classifier, 0, sizeof classifier);
    assert_int_equal(classify(add, &event, 1), LATENCY_NEW_RESTS);
    event = event_of(CARD_KIND_REMOVED, 101, 0, 100); /* empties a level, not the best one */
    assert_int_equal(classify(cancel, &event, 1), LATENCY_CANCEL);
    event = event_of(CARD_KIND_REMOVED, 100, 2, 100); /* of the best one, which stays */
    assert_int_equal(classify(cancel, &event, 1), LATENCY_CANCEL);
    event = event_of(CARD_KIND_REMOVED, 100, 0, 102);
    assert_int_equal(classify(cancel, &event, 1), LATENCY_CANCEL_BEST);
    event = event_of(CARD_KIND_REMOVED, 102, 0, 0); /* the last one of all */
    assert_int_equal(classify(cancel, &event, 1), LATENCY_CANCEL_BEST);
    event = without_level(CARD_KIND_REJECTED, CARD_REASON_STALE_ORDER);
    assert_int_equal(classify(cancel, &event, 1), LATENCY_REFUSED);
}

/* A taker through `levels` levels, two fills in the first. */
static enum latency_kind sweep(unsigned flags, uint32_t levels)
{
    const struct card_command taker = { .code = CARD_CODE_NEW, .market = 3, .flags = (uint16_t)flags };
    struct card_event events[100];

    events[0] = event_of(CARD_KIND_FILL, 100, 1, 100);
    for (uint32_t i = 0; i < levels; i++)
        events[1 + i] = event_of(CARD_KIND_FILL, 100 + i, 0, 101 + i);
    return classify(taker, events, 1 + levels);
}

static void test_takers(void **state)
{
    const struct card_command replace = { .code = CARD_CODE_REPLACE, .market = 3 };
    const struct card_command taker = { .code = CARD_CODE_NEW, .market = 3 };
    struct card_event events[2] = { without_level(CARD_KIND_REJECTED, CARD_REASON_FILL_OR_KILL) };

    (void)state;
    memset(&classifier, 0, sizeof classifier);
    assert_int_equal(sweep(0, 1), LATENCY_NEW_FILLS);
    assert_int_equal(sweep(0, 2), LATENCY_SWEEP_2);
    assert_int_equal(sweep(0, 7), LATENCY_SWEEP_2);
    assert_int_equal(sweep(0, 8), LATENCY_SWEEP_8);
    assert_int_equal(sweep(0, 64), LATENCY_SWEEP_64);
    assert_int_equal(sweep(CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT, 3), LATENCY_FOK_FILLS);
    assert_int_equal(sweep(CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, 1), LATENCY_NEW_FILLS);
    assert_int_equal(classify(taker, events, 1), LATENCY_FOK_REFUSED);
    events[0] = without_level(CARD_KIND_EXPIRED, CARD_REASON_IMMEDIATE_OR_CANCEL);
    assert_int_equal(classify(taker, events, 1), LATENCY_NEW_EXPIRES);
    events[0] = event_of(CARD_KIND_REMOVED, 100, 0, 0);
    assert_int_equal(classify(replace, events, 1), LATENCY_REPLACE_STAYS);
    card_event_set_reason(&events[0], CARD_REASON_REPLACED);
    events[1] = event_of(CARD_KIND_RESTED, 101, 1, 101);
    assert_int_equal(classify(replace, events, 2), LATENCY_REPLACE_MOVES);
    events[1] = event_of(CARD_KIND_FILL, 101, 1, 101);
    assert_int_equal(classify(replace, events, 2), LATENCY_REPLACE_FILLS);
}

static void test_counts(void **state)
{
    static struct latency_table table;
    struct latency_command command = { 0 };
    struct card_event removed = without_level(CARD_KIND_REMOVED, CARD_REASON_REPLACED);
    struct card_event fill = without_level(CARD_KIND_FILL, CARD_REASON_NONE);

    (void)state;
    latency_note(&command, &removed, 4);
    latency_note(&command, &fill, 6);
    latency_note(&command, &fill, 9);
    latency_count(&table, LATENCY_REPLACE_FILLS, &command);
    latency_note(&command, &removed, 5);
    latency_count(&table, LATENCY_CANCEL, &command);
    assert_int_equal(table.by_kind[LATENCY_REPLACE_FILLS].first_event.max, 4);
    assert_int_equal(table.by_kind[LATENCY_REPLACE_FILLS].first_fill.max, 6);
    assert_int_equal(table.by_kind[LATENCY_REPLACE_FILLS].last_event.max, 9);
    assert_int_equal(table.by_kind[LATENCY_CANCEL].first_fill.count, 0);
    assert_int_equal(table.all.first_event.count, 2);
    assert_int_equal(table.all.first_event.sum, 9);
    assert_int_equal(table.all.first_fill.count, 1);
}

struct script_counts {
    struct latency_classifier classifier;
    uint64_t kinds[LATENCY_KINDS], fill_events;
};

static void count_script(void *context, const struct card_command *command, const struct card_event *event)
{
    struct script_counts *counts = context;
    enum latency_kind kind;

    if (command->market != 2)
        return;
    counts->fill_events += card_event_kind(event) == CARD_KIND_FILL;
    if (latency_classify(&counts->classifier, command, event, &kind))
        counts->kinds[kind]++;
}

static void test_script(void **state)
{
    static struct runner runner;
    static struct latency_source source;
    static struct script_counts counts;
    const struct flow_settings flow = { .seed = 4, .markets = 2, .slots = 1024, .tick_bits = 12 };
    struct command_source commands;
    uint64_t passes = 2, of_script;

    (void)state;
    assert_int_equal(runner_open(&runner, "model", NULL), 0);
    latency_source_init(&source, flow_create(&flow), 2, 1024);
    assert_non_null(source.flow);
    commands = latency_source_start(&source);
    assert_int_equal(runner_run(&runner, &commands, NULL), RUN_DONE);
    source.sink = (struct latency_sink){ &counts, count_script };
    of_script = passes * source.script_length;
    /* 16 of 128 are the script's, those at the end of the 128 */
    commands = latency_source_commands(&source, (of_script + 15) / 16 * 128 - (16 - of_script % 16) % 16);
    assert_int_equal(runner_run(&runner, &commands, NULL), RUN_DONE);
    for (int kind = 0; kind < LATENCY_OTHER; kind++) {
        assert_true(counts.kinds[kind] > 0);
        assert_int_equal(counts.kinds[kind] % passes, 0);
    }
    assert_int_equal(counts.kinds[LATENCY_SWEEP_64], passes);
    assert_int_equal(counts.kinds[LATENCY_REFUSED], passes); /* the post-only order */
    assert_int_equal(counts.kinds[LATENCY_FOK_REFUSED], passes);
    assert_int_equal(counts.kinds[LATENCY_OTHER], 0);
    flow_destroy(source.flow);
    runner_close(&runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cancels), cmocka_unit_test(test_takers),
                                        cmocka_unit_test(test_counts), cmocka_unit_test(test_script) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
