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
    double sold = 0;

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
        sold += result.moments[i].sold + result.moments[i].bought;
        assert_true(i == 0 || result.moments[i].second == last + result.step_seconds);
        last = result.moments[i].second;
    }
    assert_true(book <= result.book.notional + 1 && backstop <= result.backstop.notional + 1 &&
                deleveraged <= result.deleveraged.notional + 1);
    assert_true(fabs(sold - book) <= 0.01 * book + 1);
    assert_true(result.shortfall >= result.socialised && result.shortfall_lag <= result.shortfall + 1);
    assert_true(result.equity_kept <= result.equity_before * 1.5 + 1);
    assert_true(result.wiped <= result.liquidated && result.inputs > result.orders);
    assert_true(result.worst_minute <= result.book.notional + result.backstop.notional +
                                           result.deleveraged.notional + 1);
    crash_result_free(&result);
}

/* Books as they are right after liquidations; what is in them is told apart from what is not. */
static void check_books(const struct crash_result *result)
{
    double two_sided = 0, depth = 1;

    for (uint32_t i = 0; i < result->moment_count; i++) {
        const struct crash_moment *moment = &result->moments[i];

        assert_true(moment->two_sided >= 0 && moment->two_sided <= 1 + 1e-9);
        assert_true(moment->trouble >= 0 && moment->trouble <= 1);
        assert_true(moment->bid_share >= moment->two_sided - 1e-9 && moment->ask_share >= moment->two_sided - 1e-9);
        assert_true(moment->bid_share <= 1 + 1e-9 && moment->ask_share <= 1 + 1e-9);
        if (moment->bid > 0 && moment->ask > 0)
            assert_true(moment->bid < moment->ask && moment->bid_below > -0.2 && moment->ask_above > -0.2);
        assert_true(moment->episodes == 0 || moment->trouble > 0 || moment->second + 1 < result->seconds);
        two_sided += moment->two_sided;
        depth = fmin(depth, moment->depth / result->depth_before);
    }
    assert_true(fabs(two_sided / result->moment_count - result->two_sided) < 0.02);
    assert_true(result->mid_low > 0 && fabs(depth - result->depth_low) < 1e-9);
    assert_true(depth < 0.5);
}

/* Who is through and how, what is below zero, what the deleveraged would have won in a market that goes on falling. */
static void test_what_is_told(void **state)
{
    struct crash_settings settings = small();
    struct crash_result ours, none;
    double trouble = 0, quiet = 0, lowest = HUGE_VAL, sold = 0, bought = 0, book = 0;

    (void)state;
    settings.provider_capital = 0.001;
    run(&settings, &ours);
    settings.policy = POLICY_NONE;
    run(&settings, &none);
    check_books(&ours);
    check_books(&none);
    for (uint32_t i = 0; i < ours.moment_count; i++) {
        trouble += ours.moments[i].trouble;
        sold += ours.moments[i].sold;
        bought += ours.moments[i].bought;
        book += ours.moments[i].book;
        quiet += none.moments[i].trouble;
        if (ours.moments[i].bid > 0)
            lowest = fmin(lowest, ours.moments[i].bid);
    }
    assert_true(sold > bought && fabs(sold + bought - book) < 0.05 * book); /* fills' prices; book: at the marks */
    assert_true(trouble > 0 && quiet == 0 && lowest <= ours.mid_low);
    assert_true(ours.ended_healthy > 0 && ours.ended_wiped > 0);
    assert_true(ours.ended_healthy + ours.ended_wiped + ours.still_open >= ours.liquidated);
    assert_int_equal(none.ended_healthy + none.ended_wiped + none.still_open, 0);
    assert_true(none.underwater_max > 10 * ours.underwater_max && none.underwater_max >= none.underwater);
    assert_true(none.underwater > 0);
    assert_true(ours.deleveraged.notional > 0 && ours.forgone > 0 && ours.forgone < 0.3 * ours.deleveraged.notional);
    assert_true(none.forgone == 0);
    assert_int_equal(ours.depth_minutes, 5);
    assert_true(ours.maker_away >= 0 && ours.maker_away <= 1);
    crash_result_free(&ours);
    crash_result_free(&none);
}

/* A venue's trades of AVAX, one a second for some seconds: 30 USDC, but `price` from the 30th until before `until`. */
static const char *venue_file(unsigned slot, const char *venue, const char *price, unsigned until, unsigned seconds)
{
    static char text[2][16384];
    size_t used = (size_t)snprintf(text[slot], sizeof text[slot], "ts_us,venue,market,price,amount\n");

    for (unsigned second = 0; second <= seconds; second++)
        used += (size_t)snprintf(text[slot] + used, sizeof text[slot] - used, "%u000000,%s,AVAX,%s,100\n",
                                 1000000000 + second, venue, second >= 30 && second < until ? price : "30");
    return unit_file(slot, venue, text[slot]);
}

/* Two recorded venues are the index's only ones, whichever file comes first: while they disagree it stands still. */
static void test_outlier_and_order(void **state)
{
    struct crash_settings settings = small();
    struct crash_result one, other;

    (void)state;
    settings.from_seconds = settings.seconds = 0;
    settings.tape_count = 2;
    settings.tapes[0] = venue_file(0, "north", "20", 60, 120);
    settings.tapes[1] = venue_file(1, "south", "30", 60, 120);
    run(&settings, &one);
    settings.tapes[0] = venue_file(1, "south", "30", 60, 120);
    settings.tapes[1] = venue_file(0, "north", "20", 60, 120);
    run(&settings, &other);
    assert_string_equal(one.hash, other.hash);
    assert_int_equal(one.liquidated, 0);
    assert_true(one.moments[45].second == 45 && one.moments[45].index == 25);
    for (uint32_t i = 0; i < one.moment_count; i++)
        assert_true(fabs(one.moments[i].mark / 30 - 1) < 0.02);
    crash_result_free(&one);
    crash_result_free(&other);
}

/* A jump by 40 %: makers leave for a moment, and the limit band is left around the last trade. They bring it along. */
static void test_book_after_jump(void **state)
{
    struct crash_settings settings = small();
    struct crash_result result;
    unsigned one_sided = 0;

    (void)state;
    settings.from_seconds = settings.seconds = 0;
    settings.policy = POLICY_NONE;
    settings.tape_count = 1;
    settings.tapes[0] = venue_file(0, "north", "42", 1000, 200);
    run(&settings, &result);
    assert_true(result.moments[35].second == 35 && result.moments[35].two_sided == 0 && result.moments[35].mid == 0);
    assert_true(result.moments[35].bid == 0 && result.moments[35].bid_share == 0);
    for (uint32_t i = 0; i < result.moment_count; i++)
        if (result.moments[i].bid > 0 && result.moments[i].ask == 0) { /* the surviving side is no mid */
            assert_true(result.moments[i].mid == 0 && result.moments[i].bid < 38);
            one_sided++;
        }
    assert_true(one_sided > 0);
    for (uint32_t i = 120; i < result.moment_count; i++)
        assert_true(result.moments[i].two_sided == 1 && fabs(result.moments[i].mid / 42 - 1) < 0.03);
    assert_true(result.mid_low > 29 && result.mid_low <= 30);
    assert_true(result.two_sided < 0.98 && result.two_sided > 0.5);
    assert_false(result.depth_before_fall);
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
        cmocka_unit_test(test_sums), cmocka_unit_test(test_what_is_told), cmocka_unit_test(test_outlier_and_order),
        cmocka_unit_test(test_book_after_jump),
        cmocka_unit_test(test_interest_as_asked), cmocka_unit_test(test_what_cannot_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
