/* A crash on a whole exchange, small: the same seed gives the same, a policy changes nothing but what it does, sums
 * come out, and what can't be run says why. */
#include "unit.h"

#include <math.h>

#include "crash.h"
#include "policy.h"

static struct crash_settings small(void)
{
    struct crash_settings settings;

    crash_defaults(&settings);
    settings.accounts = 300;
    settings.markets = 2;
    settings.from_seconds = 240;
    settings.seconds = 300;
    settings.message_rate = 20;
    return settings;
}

static void run(const struct crash_settings *settings, struct crash_result *result)
{
    char error[CRASH_ERROR];

    if (!crash_run(settings, result, error))
        fail_msg("%s", error);
}

static void test_same_seed_same_hash(void **state)
{
    struct crash_settings settings = small();
    struct crash_result first, second, other;

    (void)state;
    settings.replay = "model";
    run(&settings, &first);
    settings.replay = NULL;
    run(&settings, &second);
    settings.seed = 2;
    run(&settings, &other);
    assert_true(first.replayed && first.replay_equal);
    assert_false(second.replayed);
    assert_string_equal(first.hash, second.hash);
    assert_string_not_equal(first.hash, other.hash);
    assert_int_equal(first.moment_count, second.moment_count);
    assert_memory_equal(first.moments, second.moments, first.moment_count * sizeof *first.moments);
    crash_result_free(&first);
    crash_result_free(&second);
    crash_result_free(&other);
}

/* The tape's prices, open interest, and who takes part. */
static void test_other_policy_same_crash(void **state)
{
    struct crash_settings settings = small();
    struct crash_result ours, none;

    (void)state;
    run(&settings, &ours);
    settings.policy = POLICY_NONE;
    run(&settings, &none);
    assert_string_not_equal(ours.hash, none.hash);
    assert_string_equal(ours.tape, "synthetic");
    assert_true(ours.open_interest == none.open_interest);
    assert_true(ours.fund_before == none.fund_before);
    assert_int_equal(ours.moment_count, none.moment_count);
    for (uint32_t i = 0; i < ours.moment_count; i++)
        assert_true(ours.moments[i].index == none.moments[i].index);
    assert_true(ours.moments[0].depth == none.moments[0].depth);
    assert_int_equal(none.liquidated, 0);
    assert_true(none.book.notional + none.backstop.notional + none.deleveraged.notional == 0);
    assert_true(ours.liquidated > 30);
    assert_true(ours.mid_low <= none.mid_low); /* liquidation moves the book */
    crash_result_free(&ours);
    crash_result_free(&none);
}

static void test_sums(void **state)
{
    struct crash_settings settings = small();
    struct crash_result result;
    double book = 0, backstop = 0, deleveraged = 0;
    uint32_t last = 0;

    (void)state;
    settings.recount = true;
    settings.seconds = 90;
    settings.accounts = 60;
    run(&settings, &result);
    assert_int_equal(result.markets, 2);
    assert_int_equal(result.seconds, 90);
    assert_int_equal(result.accounts, 60);
    assert_true(result.open_interest > 0);
    for (uint32_t i = 0; i < result.moment_count; i++) {
        book += result.moments[i].book;
        backstop += result.moments[i].backstop;
        deleveraged += result.moments[i].deleveraged;
        assert_true(i == 0 || result.moments[i].second == last + result.step_seconds);
        last = result.moments[i].second;
    }
    assert_true(book <= result.book.notional + 1 && backstop <= result.backstop.notional + 1 &&
                deleveraged <= result.deleveraged.notional + 1);
    assert_true(result.shortfall >= result.socialised && result.shortfall_lag <= result.shortfall + 1);
    assert_true(result.equity_kept <= result.equity_before * 1.5 + 1);
    assert_true(result.wiped <= result.liquidated && result.inputs > result.orders);
    assert_true(result.worst_minute <= result.book.notional + result.backstop.notional +
                                           result.deleveraged.notional + 1);
    crash_result_free(&result);
}

/* Twice the open interest against the same depth. */
static void test_interest_as_asked(void **state)
{
    struct crash_settings settings = small();
    struct crash_result once, twice;

    (void)state;
    settings.seconds = 60;
    settings.interest_to_depth = 2;
    run(&settings, &once);
    settings.interest_to_depth = 4;
    run(&settings, &twice);
    assert_true(fabs(twice.open_interest / once.open_interest - 2) < 0.01);
    assert_true(fabs(once.open_interest / once.moments[0].depth / 2 - 1) < 0.2);
    crash_result_free(&once);
    crash_result_free(&twice);
}

static void test_what_cannot_run(void **state)
{
    struct crash_settings settings = small();
    struct crash_result result;
    char error[CRASH_ERROR];

    (void)state;
    settings.from_seconds = 5000;
    assert_false(crash_run(&settings, &result, error));
    assert_non_null(strstr(error, "synthetic: its markets have prices together for 0 s from second 5000 on"));
    settings = small();
    settings.tapes[0] = unit_file(0, "crash", "ts_us,venue,market,price,amount\n1,n,BTC,x,1\n");
    settings.tape_count = 1;
    assert_false(crash_run(&settings, &result, error));
    assert_non_null(strstr(error, "vitrine_unit_crash:2: price must be"));
    settings = small();
    settings.engine = "no-such";
    assert_false(crash_run(&settings, &result, error));
    assert_non_null(strstr(error, "no-such"));
    crash_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_hash), cmocka_unit_test(test_other_policy_same_crash),
        cmocka_unit_test(test_sums), cmocka_unit_test(test_interest_as_asked), cmocka_unit_test(test_what_cannot_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
