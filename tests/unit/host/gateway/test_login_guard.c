#include "unit.h"

#include <string.h>

#include "login_guard.h"

static void delay_doubles_up_to_its_limit(void **context)
{
    (void)context;
    struct login_guard *guard = login_guard_create();
    struct login_guard_key key = {"somebody"}, other = {"somebody else"};
    uint64_t now = 1000, delay = LOGIN_GUARD_FIRST_NS;
    for (unsigned failure = 0; failure < 40; failure++) {
        assert_true(login_guard_admits(guard, &key, now));
        login_guard_fail(guard, &key, now);
        assert_false(login_guard_admits(guard, &key, now + delay - 1));
        assert_true(login_guard_admits(guard, &other, now));
        now += delay;
        delay = delay * 2 < LOGIN_GUARD_MAX_NS ? delay * 2 : LOGIN_GUARD_MAX_NS;
    }
    login_guard_destroy(guard);
}

static void success_and_time_forget(void **context)
{
    (void)context;
    struct login_guard *guard = login_guard_create();
    struct login_guard_key key = {"somebody"};
    for (unsigned failure = 0; failure < 5; failure++)
        login_guard_fail(guard, &key, 1000);
    login_guard_clear(guard, &key);
    assert_true(login_guard_admits(guard, &key, 1000));
    for (unsigned failure = 0; failure < 5; failure++)
        login_guard_fail(guard, &key, 1000);
    uint64_t later = 1001 + LOGIN_GUARD_FORGET_NS;
    login_guard_fail(guard, &key, later);
    assert_true(login_guard_admits(guard, &key, later + LOGIN_GUARD_FIRST_NS));
    login_guard_destroy(guard);
}

/* A flood of addresses pushes out what failed longest ago, and nothing breaks. */
static void full_table_forgets_the_oldest(void **context)
{
    (void)context;
    struct login_guard *guard = login_guard_create();
    struct login_guard_key key = {{0}};
    for (uint32_t number = 1; number <= 100000; number++) {
        memcpy(key.bytes + 3, &number, sizeof number);
        login_guard_fail(guard, &key, number);
        assert_false(login_guard_admits(guard, &key, number));
    }
    login_guard_destroy(guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delay_doubles_up_to_its_limit),
        cmocka_unit_test(success_and_time_forget),
        cmocka_unit_test(full_table_forgets_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
