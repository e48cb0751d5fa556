/* A wrong parity bit in an order's memory halts the book with the fault's name, whatever comes upon it, in every size
 * of the differential test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "book_sim.h"

enum { BAD = 5, GOOD = 6, PRICE = 10, PATIENCE = 2000, EVENTS_MAX = 64 };

static struct book_sim *sim;
static struct card_event events[EVENTS_MAX];
static size_t event_count;

/* Whether the command was answered to its end; its events are in `events`. */
static bool answered(struct card_command command)
{
    size_t taken;
    command.session = 1;
    book_sim_run(sim, &command, 1, &taken, events, EVENTS_MAX, &event_count, 1, PATIENCE);
    return event_count && card_event_last(&events[event_count - 1]);
}

static void expect_done(struct card_command command)
{
    assert_true(answered(command));
    assert_int_equal(card_event_kind(&events[0]), CARD_KIND_DONE);
}

static void place(uint32_t slot)
{
    assert_true(answered((struct card_command){.code = CARD_CODE_PLACE, .slot = slot, .generation = 1,
                                               .order = {.owner = slot, .price = PRICE, .quantity = 3}}));
    assert_int_equal(card_event_kind(&events[0]), CARD_KIND_RESTED);
}

static struct card_command pull(uint32_t slot)
{
    return (struct card_command){.code = CARD_CODE_PULL, .slot = slot, .generation = 1, .order = {.price = PRICE}};
}

/* An open market with an order in slot GOOD, and behind it one in slot BAD whose parity is wrong. */
static void open_market_with_a_bad_order(size_t size)
{
    const uint64_t mark = PRICE * CARD_FIXED_ONE;
    sim = book_sim_create(size, 1, 0, NULL);
    assert_non_null(sim);
    expect_done((struct card_command){.code = CARD_CODE_SET_MARK,
                                      .mark = {.present = 31, .mark = mark, .index = mark, .mean_mark = mark,
                                               .fast_mean_mark = mark}});
    expect_done((struct card_command){.code = CARD_CODE_CONFIGURE,
                                      .configure = {.state = CARD_STATE_OPEN, .mean_max = CARD_MULTIPLIER_MAX}});
    place(GOOD);
    book_sim_inject_parity(sim);
    place(BAD);
    /* Once these are answered the memory is read, and not what is still on its way there. */
    for (int i = 0; i < 8; i++)
        expect_done((struct card_command){.code = CARD_CODE_FENCE});
    assert_int_equal(book_sim_fault(sim), CARD_FAULT_NONE);
}

static void expect_halt_by(struct card_command command, size_t events_before)
{
    assert_false(answered(command));
    assert_int_equal(event_count, events_before);
    assert_string_equal(card_fault_name(book_sim_fault(sim)), "parity_order");
    for (int i = 0; i < 4; i++) {
        assert_false(answered((struct card_command){.code = CARD_CODE_FENCE}));
        assert_int_equal(event_count, 0);
    }
    assert_string_equal(card_fault_name(book_sim_fault(sim)), "parity_order");
    book_sim_destroy(sim);
}

static size_t sizes(void)
{
    size_t count;
    book_sim_sizes(&count);
    return count;
}

static void a_command_that_names_the_order_halts_the_book(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizes(); size++) {
        open_market_with_a_bad_order(size);
        expect_halt_by(pull(BAD), 0);
    }
}

static void a_taker_that_meets_the_order_halts_the_book(void **state)
{
    const struct card_command taker = {.code = CARD_CODE_NEW, .slot = 7, .generation = 1,
                                       .flags = CARD_SIDE_SELL | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT,
                                       .order = {.owner = 7, .price = PRICE, .quantity = 6}};
    (void)state;
    for (size_t size = 0; size < sizes(); size++) {
        open_market_with_a_bad_order(size);
        expect_halt_by(taker, 1); /* the fill with the good order */
    }
}

static void a_digest_of_the_market_halts_the_book(void **state)
{
    const struct card_command digest = {.code = CARD_CODE_READ, .order = {.count = CARD_READ_DIGEST}};
    (void)state;
    for (size_t size = 0; size < sizes(); size++) {
        open_market_with_a_bad_order(size);
        expect_halt_by(digest, 0);
    }
}

static void the_book_goes_on_while_nothing_meets_the_order(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizes(); size++) {
        open_market_with_a_bad_order(size);
        assert_true(answered(pull(GOOD)));
        assert_int_equal(card_event_kind(&events[0]), CARD_KIND_REMOVED);
        place(7);
        assert_int_equal(book_sim_fault(sim), CARD_FAULT_NONE);
        book_sim_destroy(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_that_names_the_order_halts_the_book),
        cmocka_unit_test(a_taker_that_meets_the_order_halts_the_book),
        cmocka_unit_test(a_digest_of_the_market_halts_the_book),
        cmocka_unit_test(the_book_goes_on_while_nothing_meets_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
