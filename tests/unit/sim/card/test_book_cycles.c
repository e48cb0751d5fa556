/* The cycle costs that docs/pipeline.md states, on the card's own book (read latency 2), of sweeps with 4 as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "book_sim.h"

enum { LATENCY = 2, FIRST_EVENT = 5 + LATENCY, SCRIPT_MAX = 1024 };

static struct book_sim *sim;
static struct book_sim_size size; /* its */
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

static int open_book(const char *name)
{
    size_t number = 0, sizes;
    const struct book_sim_size *known = book_sim_sizes(&sizes);
    while (number < sizes && strcmp(known[number].name, name))
        number++;
    sim = book_sim_create(number, 1, 0, NULL);
    if (!sim)
        return 1;
    size = known[number];
    struct card_command *mark = add(CARD_CODE_SET_MARK);
    mark->mark.present = 31;
    mark->mark.mark = mark->mark.index = mark->mark.mean_mark = mark->mark.fast_mean_mark = 1000 * CARD_FIXED_ONE;
    struct card_command *configure = add(CARD_CODE_CONFIGURE);
    configure->configure.state = CARD_STATE_OPEN;
    configure->configure.mean_max = CARD_MULTIPLIER_MAX;
    settle();
    return 0;
}

static int open_market(void **state)
{
    (void)state;
    return open_book("card");
}

static int open_latency_4(void **state)
{
    (void)state;
    return open_book("sliced");
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
    enter(size.orders - 1, side, limit, fills);
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

/* A ladder of an order a level from `first` on, away from the other side. */
static void ladder(uint32_t side, uint32_t first, uint32_t levels)
{
    for (uint32_t slot = 0; slot < levels; slot++)
        enter(slot, side, side == CARD_SIDE_SELL ? first + slot : first - slot, 1);
    settle();
}

/* Takes `fills` of those, within so many cycles from the first fill to the second and one for each further one. */
static void sweep(uint32_t side, uint32_t fills, uint64_t second)
{
    uint32_t limit = side == CARD_SIDE_SELL ? (1u << size.tick_bits) - 1 : 1;
    take(side == CARD_SIDE_SELL ? CARD_SIDE_BUY : CARD_SIDE_SELL, limit, fills, second + fills - 2);
}

static uint64_t second_level(void)
{
    return 4 + 2 * size.latency;
}

static void a_sweep_takes_a_level_a_cycle_behind_the_second(void **state)
{
    (void)state;
    ladder(CARD_SIDE_SELL, 64, 60);
    sweep(CARD_SIDE_SELL, 58, second_level());
}

static void a_sweep_takes_a_whole_side(void **state)
{
    (void)state;
    for (uint32_t levels = 2; levels < size.orders && levels <= 64; levels++) {
        ladder(CARD_SIDE_SELL, 64, levels);
        sweep(CARD_SIDE_SELL, levels, second_level());
        ladder(CARD_SIDE_BUY, 191, levels);
        sweep(CARD_SIDE_BUY, levels, second_level());
    }
}

static void a_sweep_of_bids_and_of_longer_queues_takes_no_longer(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot < 60; slot++)
        enter(slot, CARD_SIDE_BUY, 250 - (slot + 1) / 2, 1); /* two a level but in the first */
    settle();
    sweep(CARD_SIDE_BUY, 55, second_level());
}

/* How many levels are left in the first one's word tells whether the next word is there in time. */
static void a_sweep_goes_on_in_the_next_word(void **state)
{
    (void)state;
    for (uint32_t behind = 0; behind < 10; behind++) {
        uint64_t second = behind < 2 + size.latency ? 6 + 3 * size.latency - behind : second_level();
        ladder(CARD_SIDE_SELL, 127 - behind, behind + 11);
        sweep(CARD_SIDE_SELL, behind + 11, second);
        ladder(CARD_SIDE_BUY, 128 + behind, behind + 11);
        sweep(CARD_SIDE_BUY, behind + 10, second);
        name(CARD_CODE_CANCEL, behind + 10, 118, 0);
        run();
    }
}

static void a_sweep_takes_a_word_a_cycle(void **state)
{
    (void)state;
    uint32_t words = size.tick_bits > 11 ? 40 : 1u << (size.tick_bits - 6);
    for (uint32_t word = 0; word < words; word++)
        enter(word, CARD_SIDE_SELL, 64 * word + 1 + 5 * word % 63, 1);
    settle();
    sweep(CARD_SIDE_SELL, words, 6 + 3 * size.latency);
}

static void the_last_level_of_4096_ticks_costs_a_look_and_an_issue_and_so_does_the_first_behind(void **state)
{
    (void)state;
    ladder(CARD_SIDE_SELL, 4092, 10);
    take(CARD_SIDE_BUY, 5000, 10, second_level() + 2 + 38 + 10 + 2 * LATENCY + second_level() + 3);
}

static void a_sweep_does_not_wait_for_the_seeker(void **state)
{
    (void)state;
    ladder(CARD_SIDE_SELL, 1024, 60);
    uint64_t before = book_sim_stalls(sim)[CARD_STALL_SEEK];
    sweep(CARD_SIDE_SELL, 60, second_level());
    assert_int_equal(book_sim_stalls(sim)[CARD_STALL_SEEK], before);
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
#define TEST_LATENCY_4(name) {#name "_with_read_latency_4", name, open_latency_4, close_market, NULL}

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
        TEST_LATENCY_4(a_sweep_takes_a_level_a_cycle_behind_the_second),
        TEST(a_sweep_takes_a_whole_side),
        TEST_LATENCY_4(a_sweep_takes_a_whole_side),
        TEST(a_sweep_of_bids_and_of_longer_queues_takes_no_longer),
        TEST_LATENCY_4(a_sweep_of_bids_and_of_longer_queues_takes_no_longer),
        TEST(a_sweep_goes_on_in_the_next_word),
        TEST_LATENCY_4(a_sweep_goes_on_in_the_next_word),
        TEST(a_sweep_takes_a_word_a_cycle),
        TEST_LATENCY_4(a_sweep_takes_a_word_a_cycle),
        TEST(the_last_level_of_4096_ticks_costs_a_look_and_an_issue_and_so_does_the_first_behind),
        TEST(a_sweep_does_not_wait_for_the_seeker),
        TEST(the_reason_of_a_stopped_taker_takes_ten_cycles_more),
        TEST(a_set_mark_holds_the_pipeline_for_36_cycles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
