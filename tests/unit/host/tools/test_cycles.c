/* Cycles from stamps: what a command costs, to its first event and fill, and what is left out. */
#include "unit.h"

#include "cycles.h"

static struct cycles cycles;

static void event(uint8_t code, enum card_kind kind, uint64_t arrival, uint64_t delay, bool last, bool after_idle)
{
    struct card_command command = { .code = code };
    struct card_event made = { { 0 } };

    card_event_set_kind(&made, kind);
    card_event_set_arrival(&made, arrival);
    card_event_set_delay(&made, delay);
    card_event_set_last(&made, last);
    cycles_add(&cycles, &command, &made, after_idle);
    if (last)
        cycles_begin(&cycles);
}

static void test_cycles(void **state)
{
    (void)state;
    memset(&cycles, 0, sizeof cycles);
    cycles_begin(&cycles);
    event(CARD_CODE_NEW, CARD_KIND_RESTED, CARD_STAMP_MAX, 4, true, false);
    event(CARD_CODE_NEW, CARD_KIND_REMOVED, 0, 5, false, false); /* the stamp wraps */
    event(CARD_CODE_NEW, CARD_KIND_FILL, 0, 6, false, false);
    event(CARD_CODE_NEW, CARD_KIND_FILL, 0, 8, true, false);
    event(CARD_CODE_CANCEL, CARD_KIND_REMOVED, 2, 9, true, false);
    event(CARD_CODE_CANCEL, CARD_KIND_REMOVED, 900, 4, true, true);
    assert_int_equal(cycles.per_command.count, 2);
    assert_int_equal(cycles.per_command.sum, 3);
    assert_int_equal(cycles.per_command_by[CARD_CODE_NEW].count, 1);
    assert_int_equal(cycles.per_command_by[CARD_CODE_NEW].sum, 5);
    assert_int_equal(cycles.per_command_by[CARD_CODE_CANCEL].sum, 3);
    assert_int_equal(cycles.first_event.count, 4);
    assert_int_equal(cycles.first_event_by[CARD_CODE_NEW].sum, 9);
    assert_int_equal(cycles.first_fill.count, 1);
    assert_int_equal(cycles.first_fill.sum, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cycles) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
