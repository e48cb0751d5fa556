/* Statistics over seeds against published quantiles and values worked out by hand; goals that hold and that do not. */
#include <math.h>

#include "unit.h"

#include "crash_metrics.h"

/* Tables of Student's t, two-sided 95 %. */
static void test_quantiles(void **state)
{
    static const struct {
        uint32_t freedom;
        double quantile;
    } published[] = { { 1, 12.706 }, { 2, 4.303 }, { 9, 2.262 }, { 10, 2.228 }, { 11, 2.201 }, { 19, 2.093 },
                      { 30, 2.042 }, { 60, 2.000 }, { 120, 1.980 }, { 100000, 1.960 } };

    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        assert_true(fabs(crash_statistics_quantile(published[i].freedom) - published[i].quantile) < 0.001);
}

static void test_statistics(void **state)
{
    const double values[] = { 2, NAN, 4, 4, 6 };
    const struct crash_statistics four = crash_statistics_of(values, 5), one = crash_statistics_of(values, 2);
    const struct crash_statistics none = crash_statistics_of(values + 1, 1);

    (void)state;
    assert_int_equal(four.count, 4);
    assert_true(fabs(four.mean - 4) < 1e-12);
    assert_true(fabs(four.error - sqrt(8.0 / 3 / 4)) < 1e-12); /* s^2 = 8 / 3 */
    assert_true(fabs(four.half - 3.182 * four.error) < 1e-12);
    assert_true(one.count == 1 && one.mean == 2 && isnan(one.error) && isnan(one.half));
    assert_true(none.count == 0 && isnan(none.mean) && isnan(none.half));
}

static void test_metric(void **state)
{
    json_t *run = json_pack("{s:f,s:f,s:i,s:f}", "shortfall", 5.0, "open_interest", 10000.0, "liquidated", 0,
                            "seconds_to_healthy", 0.0);

    (void)state;
    assert_true(fabs(crash_metric_of(crash_metric_find("shortfall"), run) - 5) < 1e-12);
    assert_true(isnan(crash_metric_of(crash_metric_find("book_share"), run)));
    assert_true(isnan(crash_metric_of(crash_metric_find("seconds_to_healthy"), run))); /* nobody was in trouble */
    assert_true(crash_metric_of(crash_metric_find("liquidated"), run) == 0);
    assert_true(!signbit(crash_metric_shown(crash_metric_find("shortfall"), -0.004)));
    assert_true(crash_metric_shown(crash_metric_find("shortfall"), -0.006) == -0.006);
    assert_null(crash_metric_find("none"));
    json_decref(run);
}

static json_t *run_of(const char *policy, double shortfall, double socialised, double book)
{
    return json_pack("{s:s,s:f,s:f,s:f,s:f,s:f}", "policy", policy, "open_interest", 1e4, "shortfall", shortfall,
                     "socialised", socialised, "liquidated_notional", 100.0, "book_notional", book);
}

/* Two seeds, ours and two others: ftx with less on the book, dydx with all three better than what `ours` is given. */
static json_t *study_of(double ours, double dydx_shortfall)
{
    json_t *runs = json_array();

    for (int seed = 0; seed < 2; seed++) {
        json_array_append_new(runs, run_of("none", 0, 0, 0));
        json_array_append_new(runs, run_of("ours", ours + seed, 1, 70));
        json_array_append_new(runs, run_of("ftx", 9 + seed, 3, 50));
        json_array_append_new(runs, run_of("dydx", dydx_shortfall + seed, 2, 90));
    }
    return json_pack("{s:[s,s,s],s:o}", "compared", "ours", "ftx", "dydx", "runs", runs);
}

static bool goal_holds(const json_t *study, size_t goal)
{
    return json_is_true(json_object_get(json_array_get(json_object_get(study, "goals"), goal), "holds"));
}

static void test_goals(void **state)
{
    json_t *best = study_of(3, 4), *second = study_of(3, 2), *paired;

    (void)state;
    crash_metrics_summarise(best);
    assert_true(goal_holds(best, 0) && goal_holds(best, 1) && goal_holds(best, 2));
    crash_metrics_summarise(second);
    assert_true(!goal_holds(second, 0) && goal_holds(second, 1) && !goal_holds(second, 2));
    /* Paired: 6 more with each seed, so the difference has no spread. */
    paired = json_object_get(json_array_get(json_object_get(best, "policies"), 1), "metrics");
    paired = json_object_get(json_object_get(paired, "shortfall"), "minus_ours");
    assert_true(fabs(json_number_value(json_object_get(paired, "mean")) - 6) < 1e-9);
    assert_true(fabs(json_number_value(json_object_get(paired, "half"))) < 1e-9);
    json_decref(best);
    json_decref(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_quantiles), cmocka_unit_test(test_statistics),
                                        cmocka_unit_test(test_metric), cmocka_unit_test(test_goals) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
