/* The cycle costs that docs/pipeline.md states, on the card's own book (read latency 2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "book_sim.h"

enum { LATENCY = 2, FIRST_EVENT = 5 + LATENCY, SECOND_LEVEL = 4 + 2 * LATENCY, SCRIPT_MAX = 1024 };

static struct book_sim *sim;
static struct card_command script[SCRIPT_MAX];
static struct card_event events[4 * SCRIPT_MAX];
static size_t script_count, event_count;

static struct card_command *add(enum card_code code)
{
    assert_true(script_count < SCRIPT_MAX);
    struct card_command *command = &script[script_count++];
    *command = (struct card_command){.code = (uint8_t)code, .session = 1, .tag = (uint32_t)script_count};
    return command;
}

static void enter(uint32_t slot, uint32_t flags, uint32_t price, int64_t quantity)
{
    struct card_command *command = add(CARD_CODE_NEW);
    command->slot = slot;
    command->flags = (uint16_t)flags;
    command->order.owner = slot;
    command->order.price = price;
    command->order.quantity = quantity;
}

static void name(enum card_code code, uint32_t slot, uint32_t price, int64_t quantity)
{
    struct card_command *command = add(code);
    command->slot = slot;
    command->order.price = price;
    command->order.new_price = price;
    command->order.quantity = quantity;
}

/* Hands all of the script to the book at once. */
static void run(void)
{
    size_t taken;
    book_sim_run(sim, script, script_count, &taken, events, sizeof events / sizeof events[0], &event_count,
                 script_count, 1000000);
    assert_int_equal(taken, script_count);
    script_count = 0;
}

/* One at a time, so that look-ahead has settled before what is measured. */
static void settle(void)
{
    size_t count = script_count;
    struct card_command fence = {.code = CARD_CODE_FENCE, .session = 1};
    for (size_t i = 0; i < count; i++) {
        size_t taken;
        book_sim_run(sim, &script[i], 1, &taken, events, 4 * SCRIPT_MAX, &event_count, 1, 100000);
        for (int fences = 0; fences < 8; fences++)
            book_sim_run(sim, &fence, 1, &taken, events, 4 * SCRIPT_MAX, &event_count, 1, 100000);
    }
    script_count = 0;
}

static uint64_t emitted(size_t event)
{
    return card_event_arrival(&events[event]) + card_event_delay(&events[event]);
}

/* Cycles from the first event of the run to its last one. */
static uint64_t span(void)
{
    assert_true(event_count > 1);
    return emitted(event_count - 1) - emitted(0);
}

static int open_market(void **state)
{
    (void)state;
    size_t sizes;
    book_sim_sizes(&sizes);
    sim = book_sim_create(sizes - 1, 1, 0, NULL);
    if (!sim)
        return 1;
    struct card_command *mark = add(CARD_CODE_SET_MARK);
    mark->mark.present = 31;
    mark->mark.mark = mark->mark.index = mark->mark.mean_mark = mark->mark.fast_mean_mark = 1000 * CARD_FIXED_ONE;
    struct card_command *configure = add(CARD_CODE_CONFIGURE);
    configure->configure.state = CARD_STATE_OPEN;
    configure->configure.mean_max = CARD_MULTIPLIER_MAX;
    settle();
    return 0;
}

static int close_market(void **state)
{
    (void)state;
    book_sim_destroy(sim);
    return 0;
}

static void first_event_shows_five_cycles_and_the_read_latency_after_acceptance(void **state)
{
    (void)state;
    enter(0, CARD_SIDE_SELL, 1000, 5);
    run();
    assert_int_equal(card_event_kind(&events[0]), CARD_KIND_RESTED);
    assert_int_equal(card_event_delay(&events[0]), FIRST_EVENT);
}

static void first_fill_of_a_settled_book_takes_no_longer(void **state)
{
    (void)state;
    enter(0, CARD_SIDE_SELL, 1000, 5);
    settle();
    enter(1, CARD_SIDE_BUY, 1000, 5);
    run();
    assert_int_equal(card_event_kind(&events[0]), CARD_KIND_FILL);
    assert_int_equal(card_event_delay(&events[0]), FIRST_EVENT);
}

static void resting_adds_start_every_cycle_in_one_level(void **state)
{
    (void)state;
    enter(0, CARD_SIDE_SELL, 1000, 5);
    settle();
    for (uint32_t slot = 1; slot <= 100; slot++)
        enter(slot, CARD_SIDE_SELL, 1000, 5);
    run();
    assert_int_equal(event_count, 100);
    assert_int_equal(span(), 99);
}

static void cancels_and_reduces_start_every_cycle_in_one_level(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot <= 100; slot++)
        enter(slot, CARD_SIDE_SELL, 1000, 5);
    settle();
    for (uint32_t slot = 0; slot < 100; slot += 2) {
        name(CARD_CODE_REDUCE, slot + 1, 1000, 2);
        name(CARD_CODE_CANCEL, slot + 2, 1000, 0);
    }
    run();
    assert_int_equal(event_count, 100);
    assert_int_equal(span(), 99);
}

static void adds_to_different_levels_start_every_cycle(void **state)
{
    (void)state;
    enter(0, CARD_SIDE_SELL, 1000, 5);
    enter(1, CARD_SIDE_SELL, 1001, 5);
    settle();
    for (uint32_t slot = 2; slot < 102; slot++)
        enter(slot, CARD_SIDE_SELL, 1000 + slot, 5);
    run();
    assert_int_equal(span(), 99);
}

static void replaces_in_place_start_every_cycle_and_moving_ones_every_second(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot <= 50; slot++)
        enter(slot, CARD_SIDE_SELL, 1000, 5);
    settle();
    for (uint32_t slot = 1; slot <= 50; slot++)
        name(CARD_CODE_REPLACE, slot, 1000, -1);
    run();
    assert_int_equal(event_count, 50);
    assert_int_equal(span(), 49);
    for (uint32_t slot = 1; slot <= 50; slot++)
        name(CARD_CODE_REPLACE, slot, 1000, +1); /* larger: to the end of the queue */
    run();
    assert_int_equal(event_count, 100);
    assert_int_equal(span(), 99);
}

static void single_fills_of_one_level_start_every_cycle(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot <= 50; slot++)
        enter(slot, CARD_SIDE_SELL, 1000, 1000);
    settle();
    for (uint32_t slot = 100; slot < 150; slot++)
        enter(slot, CARD_SIDE_BUY | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, 1000, 3);
    run();
    assert_int_equal(event_count, 50);
    assert_int_equal(span(), 49);
}

/* A taker that is filled by so many makers of a lot each, within so many cycles. */
static void take(uint32_t side, uint32_t limit, uint32_t fills, uint64_t cycles)
{
    enter(100, side, limit, fills);
    run();
    assert_int_equal(event_count, fills);
    assert_int_equal(span(), cycles);
}

static void one_taker_eats_a_level_at_one_fill_a_cycle(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot <= 64; slot++)
        enter(slot, CARD_SIDE_SELL, 1000, 1);
    settle();
    take(CARD_SIDE_BUY, 1000, 64, 63); /* nothing else to issue: the chase started unasked */
}

static void a_taker_with_commands_behind_it_starts_its_chase_late(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot <= 64; slot++)
        enter(slot, CARD_SIDE_SELL, 1000, 1);
    settle();
    enter(100, CARD_SIDE_BUY, 1000, 64);
    for (uint32_t slot = 101; slot < 104; slot++)
        enter(slot, CARD_SIDE_BUY, 900, 1);
    run();
    assert_int_equal(emitted(63) - emitted(0), 63 + LATENCY + 2);
}

static void a_sweep_takes_a_level_a_cycle_behind_the_second(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot < 60; slot++)
        enter(slot, CARD_SIDE_SELL, 1024 + slot, 1);
    settle();
    take(CARD_SIDE_BUY, 1100, 58, 56 + SECOND_LEVEL);
}

static void no_number_of_levels_in_a_word_ends_a_sweep_early(void **state)
{
    (void)state;
    for (uint32_t levels = 4; levels <= 64; levels++) {
        for (uint32_t slot = 0; slot < levels; slot++)
            enter(slot, CARD_SIDE_SELL, 1024 + slot, 1);
        settle();
        take(CARD_SIDE_BUY, 1100, levels - 1, levels - 3 + SECOND_LEVEL); /* the last one of a word would need a look */
        name(CARD_CODE_CANCEL, levels - 1, 1024 + levels - 1, 0);
        run();
    }
}

static void a_sweep_of_bids_and_of_longer_queues_takes_no_longer(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot < 90; slot++)
        enter(slot, CARD_SIDE_BUY, 1080 - (slot + 1) / 2, 1); /* two a level but in the first */
    settle();
    take(CARD_SIDE_SELL, 1000, 81, 79 + SECOND_LEVEL);
}

static void a_further_level_in_another_word_costs_a_look_and_an_issue(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot < 10; slot++)
        enter(slot, CARD_SIDE_SELL, 1023 + slot, 1);
    settle();
    take(CARD_SIDE_BUY, 2000, 2, 10 + 2 * LATENCY);
}

static void the_reason_of_a_stopped_taker_takes_ten_cycles_more(void **state)
{
    (void)state;
    enter(0, CARD_SIDE_SELL, 1000, 1);
    settle();
    enter(1, CARD_SIDE_BUY | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, 999, 1);
    run();
    assert_int_equal(card_event_kind(&events[0]), CARD_KIND_EXPIRED);
    assert_int_equal(card_event_delay(&events[0]), FIRST_EVENT + 10);
}

static void a_set_mark_holds_the_pipeline_for_36_cycles(void **state)
{
    (void)state;
    add(CARD_CODE_FENCE);
    struct card_command *mark = add(CARD_CODE_SET_MARK);
    mark->mark.present = CARD_PRESENT_MARK_MASK;
    mark->mark.mark = 1000 * CARD_FIXED_ONE;
    run();
    assert_in_range(span(), 33, 37);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_market, close_market)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(first_event_shows_five_cycles_and_the_read_latency_after_acceptance),
        TEST(first_fill_of_a_settled_book_takes_no_longer),
        TEST(resting_adds_start_every_cycle_in_one_level),
        TEST(cancels_and_reduces_start_every_cycle_in_one_level),
        TEST(adds_to_different_levels_start_every_cycle),
        TEST(replaces_in_place_start_every_cycle_and_moving_ones_every_second),
        TEST(single_fills_of_one_level_start_every_cycle),
        TEST(one_taker_eats_a_level_at_one_fill_a_cycle),
        TEST(a_taker_with_commands_behind_it_starts_its_chase_late),
        TEST(a_sweep_takes_a_level_a_cycle_behind_the_second),
        TEST(no_number_of_levels_in_a_word_ends_a_sweep_early),
        TEST(a_sweep_of_bids_and_of_longer_queues_takes_no_longer),
        TEST(a_further_level_in_another_word_costs_a_look_and_an_issue),
        TEST(the_reason_of_a_stopped_taker_takes_ten_cycles_more),
        TEST(a_set_mark_holds_the_pipeline_for_36_cycles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
