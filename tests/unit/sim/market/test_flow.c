/* The seeded flow on the plain book: same seed, same commands; the mix is as calibrated, bands bite, handles hit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow.h"
#include "model.h"

#define BATCH 256

struct tally {
    uint64_t commands[16], kinds[16][32], cancelled, filled, digest;
};

struct rig {
    struct flow *flow;
    struct model *model;
    struct card_command commands[BATCH];
    struct card_event *events;
    size_t count;
    struct tally *tally;
};

static void take_event(void *context, const struct card_event *event)
{
    struct rig *rig = context;

    assert_true(rig->count < 65536);
    rig->events[rig->count++] = *event;
}

static void count_event(struct tally *tally, const struct card_event *event)
{
    uint64_t kind = card_event_kind(event);
    uint64_t reason = card_event_reason(event);

    tally->kinds[kind][reason]++;
    tally->cancelled += kind == CARD_KIND_REMOVED && reason == CARD_REASON_NONE;
    tally->filled += kind == CARD_KIND_FILL && card_event_maker_remaining(event) == 0;
}

/* One batch: its events are told once it is through. */
static void play_batch(struct rig *rig, struct tally *tally)
{
    size_t command = 0;

    flow_next(rig->flow, rig->commands, BATCH);
    rig->count = 0;
    for (size_t i = 0; i < BATCH; i++) {
        rig->commands[i].session = 1;
        model_apply(rig->model, &rig->commands[i], take_event, rig);
        tally->commands[rig->commands[i].code]++;
        for (size_t byte = 0; byte < sizeof rig->commands[i]; byte++)
            tally->digest = tally->digest * 1099511628211u + ((const unsigned char *)&rig->commands[i])[byte];
    }
    for (size_t i = 0; i < rig->count; i++) {
        count_event(tally, &rig->events[i]);
        flow_event(rig->flow, &rig->commands[command], &rig->events[i]);
        command += card_event_last(&rig->events[i]);
    }
    assert_int_equal(command, BATCH);
}

static struct tally play(const struct flow_settings *settings, size_t batches)
{
    struct model_size size = { 32, 65536, settings->tick_bits };
    struct rig rig = { .flow = flow_create(settings), .model = model_create(&size, 1) };
    struct tally tally = { .digest = 1 };
    size_t start;

    assert_non_null(rig.flow);
    assert_non_null(rig.model);
    rig.events = calloc(65536, sizeof *rig.events);
    start = (size_t)flow_start_commands(rig.flow) / BATCH + 1;
    for (size_t i = 0; i < start; i++)
        play_batch(&rig, &tally);
    memset(&tally.commands, 0, sizeof tally.commands);
    memset(&tally.kinds, 0, sizeof tally.kinds);
    tally.cancelled = tally.filled = 0;
    for (size_t i = 0; i < batches; i++)
        play_batch(&rig, &tally);
    assert_null(model_check(rig.model));
    flow_destroy(rig.flow);
    model_destroy(rig.model);
    free(rig.events);
    return tally;
}

static void test_seeds(void **state)
{
    struct flow_settings settings = { .seed = 7, .markets = 3, .slots = 4096, .tick_bits = 12, .population = 200 };
    uint64_t digest = play(&settings, 100).digest;

    (void)state;
    assert_int_equal(play(&settings, 100).digest, digest);
    settings.seed = 8;
    assert_int_not_equal(play(&settings, 100).digest, digest);
}

static void within(uint64_t part, uint64_t whole, unsigned low_permille, unsigned high_permille)
{
    assert_in_range(part * 1000 / whole, low_permille, high_permille);
}

static void test_mix(void **state)
{
    struct flow_settings settings = { .seed = 1, .markets = 6, .slots = 32768, .tick_bits = 17,
                                      .first_market = 26, .first_slot = 32768 };
    struct tally tally = play(&settings, 2000);
    uint64_t whole = 2000 * BATCH;

    (void)state;
    within(tally.commands[CARD_CODE_NEW], whole, 470, 540);
    within(tally.commands[CARD_CODE_CANCEL], whole, 420, 470);
    within(tally.commands[CARD_CODE_REPLACE], whole, 10, 50);
    within(tally.commands[CARD_CODE_REDUCE], whole, 2, 10);
    within(tally.cancelled, tally.cancelled + tally.filled, 910, 960);
    assert_true(tally.kinds[CARD_KIND_REJECTED][CARD_REASON_STALE_ORDER] * 50 < whole);
    assert_true(tally.kinds[CARD_KIND_EXPIRED][CARD_REASON_PRICE_OUT_OF_BOUNDS] > 0);
    assert_true(tally.kinds[CARD_KIND_EXPIRED][CARD_REASON_PRICE_IMPACT] > 0);
    assert_true(tally.kinds[CARD_KIND_REJECTED][CARD_REASON_PRICE_OUT_OF_BOUNDS] > 0);
    assert_int_equal(tally.kinds[CARD_KIND_REJECTED][CARD_REASON_BAD_COMMAND], 0);
    assert_int_equal(tally.kinds[CARD_KIND_REJECTED][CARD_REASON_SLOT_IN_USE], 0);
    assert_int_equal(tally.kinds[CARD_KIND_REJECTED][CARD_REASON_MARKET_STATE], 0);
}

/* Few slots, a narrow window, one market. */
static void test_small(void **state)
{
    struct flow_settings settings = { .seed = 3, .markets = 1, .slots = 64, .tick_bits = 6 };
    struct tally tally = play(&settings, 500);

    (void)state;
    assert_true(tally.commands[CARD_CODE_NEW] > 0);
    assert_int_equal(tally.kinds[CARD_KIND_REJECTED][CARD_REASON_SLOT_IN_USE], 0);
}

static void test_settings(void **state)
{
    struct flow_settings good = { .markets = 2, .slots = 128, .tick_bits = 6 };
    struct flow_settings bad;
    struct flow *flow = flow_create(&good);

    (void)state;
    assert_non_null(flow);
    flow_destroy(flow);
    bad = good;
    bad.markets = 0;
    assert_null(flow_create(&bad));
    bad = good;
    bad.first_market = 255;
    assert_null(flow_create(&bad));
    bad = good;
    bad.slots = 127;
    assert_null(flow_create(&bad));
    bad = good;
    bad.tick_bits = 5;
    assert_null(flow_create(&bad));
    bad = good;
    bad.first_slot = CARD_SLOT_MAX;
    assert_null(flow_create(&bad));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_seeds), cmocka_unit_test(test_mix),
                                        cmocka_unit_test(test_small), cmocka_unit_test(test_settings) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
