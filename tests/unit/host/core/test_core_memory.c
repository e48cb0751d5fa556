/* After the start the core takes nothing from the heap, whatever comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocations.h"
#include "core.h"
#include "random_flow.h"

static struct fixture fixture;

static void test_nothing_is_allocated(void **state)
{
    struct random_flow flow;
    unsigned long before;

    (void)state;
    fixture_open(&fixture, "model");
    fixture.exchange->options.recount = false; /* that may */
    random_flow_start(&flow, &fixture, 20261126, 12);
    flow.extras = true;
    before = allocations;
    for (unsigned batch = 0; batch < 300; batch++) {
        random_flow_batch(&flow, 80);
        fixture_run_until_done(&fixture);
    }
    assert_int_equal(allocations - before, 0);
    fixture_close(&fixture);
    assert_true(before > 0); /* or nothing was counted at all */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_nothing_is_allocated) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
