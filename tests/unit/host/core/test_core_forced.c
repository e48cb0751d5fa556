/* REPORT_FORCED: to every user of an account, in their own streams, one an order of the exchange's own; how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "fixture.h"

enum { FIRST = 1, OTHER };

static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    fixture_open(&fixture, "model");
    fixture_add_user(&fixture, 1000);
    fixture_add_user(&fixture, 1000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* Another user of the first one's account; the answer's reason. */
static enum reason add_colleague(unsigned number)
{
    struct input_user_set set = { .header = { .kind = INPUT_USER_SET }, .account = SYSTEM_ACCOUNT + FIRST };

    snprintf((char *)set.name, 7, "c%u", number);
    fixture_add(&fixture, &set, sizeof set);
    fixture_run(&fixture);
    return (enum reason)fixture.result.reports[0].reason;
}

static void tell(const struct forced *what)
{
    core_report_forced(fixture.exchange, fixture_subaccount(FIRST), what);
}

/* What has been reported since the last call. */
static const struct report *reports(size_t *count)
{
    *count = fixture.exchange->report_count;
    fixture.exchange->report_count = 0;
    fixture.exchange->forced = (struct forced_reports){ 0 };
    return fixture.exchange->reports;
}

static void test_everybody(void **state)
{
    const struct forced what = { .kind = FORCED_DELEVERAGED, .side = CARD_SIDE_SELL, .rank = 99, .market = FIXTURE_PERP,
                                 .other = 8, .number = 3, .lots = 5, .price = 1281, .money = -7 };
    const struct report *list;
    uint64_t sequence;
    size_t count;

    (void)state;
    assert_int_equal(add_colleague(1), REASON_NONE);
    sequence = state_user(fixture.state, FIRST)->sequence;
    reports(&count);
    tell(&what);
    list = reports(&count);
    assert_int_equal(count, 2);
    assert_int_equal(list[0].user + list[1].user, FIRST + 3); /* and not the second account's */
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].kind, REPORT_FORCED);
        assert_int_equal(list[i].sequence, list[i].user == FIRST ? sequence + 1 : 1);
        assert_true(list[i].forced == FORCED_DELEVERAGED && list[i].rank == 99 && list[i].side == CARD_SIDE_SELL);
        assert_true(list[i].subaccount == fixture_subaccount(FIRST) && list[i].account == SYSTEM_ACCOUNT + FIRST);
        assert_true(list[i].other == 8 && list[i].number == 3 && list[i].quantity == 5 && list[i].money == -7);
        assert_true(list[i].exact_price == 1281 && list[i].reference == 0 && list[i].market == FIXTURE_PERP);
    }
}

/* The fills of an order make one report with their average price; other orders make others. */
static void test_fills_add_up(void **state)
{
    struct forced what = { .kind = FORCED_FILL, .market = FIXTURE_PERP, .order = 70, .lots = 3, .price = 256000,
                           .money = 10 };
    const struct report *list;
    size_t count;

    (void)state;
    reports(&count);
    tell(&what);
    what.lots = 1;
    what.price = 256001;
    what.money = -4;
    tell(&what);
    what.order = 71;
    tell(&what);
    what.order = 0; /* none: never added to the one before */
    tell(&what);
    tell(&what);
    list = reports(&count);
    assert_int_equal(count, 4);
    assert_true(list[0].quantity == 4 && list[0].money == 6 && list[0].exact_price == 256000);
    assert_true(list[1].quantity == 1 && list[1].money == -4 && list[1].exact_price == 256001);
    assert_int_equal(list[3].sequence, list[0].sequence + 3);
}

/* A batch never adds to what an earlier one has reported. */
static void test_batches_are_apart(void **state)
{
    const struct forced what = { .kind = FORCED_FILL, .market = FIXTURE_PERP, .order = 70, .lots = 3, .price = 256000 };
    size_t count;

    (void)state;
    reports(&count);
    tell(&what);
    fixture_run(&fixture);
    tell(&what);
    assert_int_equal(reports(&count)[0].quantity, 3);
    assert_int_equal(count, 1);
}

static void test_room(void **state)
{
    const struct forced what = { .kind = FORCED_BEGUN, .number = 1 };
    size_t count;

    (void)state;
    reports(&count);
    tell(&what);
    assert_int_equal(fixture.exchange->forced.left, CORE_FORCED - 1);
    fixture.exchange->forced.left = 1;
    tell(&what);
    assert_int_equal(fixture.exchange->notices_dropped, 0);
    tell(&what);
    assert_int_equal(fixture.exchange->notices_dropped, 1);
    reports(&count);
    assert_int_equal(count, 2);
}

/* How many can be told is bounded: the 65th user of an account is refused. */
static void test_users_of_an_account(void **state)
{
    const struct forced what = { .kind = FORCED_ENDED, .number = 1 };
    const struct input_user_set set = { .header = { .kind = INPUT_USER_SET }, .account = SYSTEM_ACCOUNT + OTHER,
                                        .name = "z" };
    size_t count;

    (void)state;
    for (unsigned i = 1; i < LIMIT_USERS_PER_ACCOUNT; i++)
        assert_int_equal(add_colleague(i), REASON_NONE);
    assert_int_equal(add_colleague(LIMIT_USERS_PER_ACCOUNT), REASON_CAPACITY);
    assert_int_equal(add_colleague(5), REASON_NONE); /* who is there already may be changed */
    fixture_add(&fixture, &set, sizeof set);
    fixture_run(&fixture);
    assert_int_equal(fixture.result.reports[0].reason, REASON_NONE);
    reports(&count);
    tell(&what);
    reports(&count);
    assert_int_equal(count, LIMIT_USERS_PER_ACCOUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_everybody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fills_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_batches_are_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_users_of_an_account, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
