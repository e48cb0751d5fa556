/* Statistics over seeds against published quantiles and values worked out by hand; what is shown of them; goals that
 * are met, missed and undecided; displacement of two paths written down by hand. */
#include <math.h>

#include "unit.h"

#include "crash_displacement.h"
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
    assert_true(four.min == 2 && four.max == 6);
    assert_true(one.count == 1 && one.mean == 2 && isnan(one.error) && isnan(one.half));
    assert_true(none.count == 0 && isnan(none.mean) && isnan(none.half) && isnan(none.min) && isnan(none.max));
}

static void test_metric(void **state)
{
    json_t *run = json_pack("{s:f,s:f,s:i,s:i,s:f}", "shortfall", 5.0, "open_interest", 10000.0, "liquidated", 0,
                            "ended_healthy", 0, "seconds_to_healthy", 0.0);

    (void)state;
    assert_true(fabs(crash_metric_of(crash_metric_find("shortfall"), run) - 5) < 1e-12);
    assert_true(isnan(crash_metric_of(crash_metric_find("book_share"), run)));
    assert_true(isnan(crash_metric_of(crash_metric_find("seconds_to_healthy"), run))); /* nobody got healthy */
    assert_true(crash_metric_of(crash_metric_find("liquidated"), run) == 0);
    assert_true(!signbit(crash_metric_shown(crash_metric_find("shortfall"), -0.004)));
    assert_true(crash_metric_shown(crash_metric_find("shortfall"), -0.006) == -0.006);
    assert_null(crash_metric_find("none"));
    json_decref(run);
}

/* What is written of a metric's statistics. */
static void shows(const char *metric, const char *statistics, const char *shown)
{
    json_t *object = json_loads(statistics, 0, NULL);
    char text[CRASH_METRIC_TEXT];

    assert_non_null(object);
    crash_metric_write(crash_metric_find(metric), object, text);
    assert_string_equal(text, shown);
    json_decref(object);
}

/* An interval ends where what it is about does: no shortfall is below 0, no share above 100 %, a profit may be. */
static void test_shown(void **state)
{
    (void)state;
    shows("shortfall", "{\"mean\": 3.1, \"half\": 0.4}", "3.10 ± 0.40");
    shows("shortfall", "{\"mean\": 0.3, \"half\": 0.6}", "0.30 [0, 0.90]");
    shows("book_share", "{\"mean\": 99.5, \"half\": 1.5}", "99.50 [98.00, 100]");
    shows("provider_profit", "{\"mean\": 0.3, \"half\": 0.6}", "0.30 ± 0.60");
    shows("shortfall", "{\"mean\": 0.3, \"half\": null}", "0.30");
    shows("shortfall", "{\"mean\": null}", "-");
}

static json_t *run_of(const char *policy, double shortfall, double socialised, double book)
{
    return json_pack("{s:s,s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "policy", policy, "open_interest", 1e4, "shortfall",
                     shortfall, "socialised", socialised, "liquidated_notional", 100.0, "book_notional", book,
                     "provider_profit", -2.0, "shortfall_with_providers", shortfall + 2);
}

/* A policy's shortfall and share on the book with the first seed, and how much more with the second. */
struct figures {
    double shortfall, more, book;
};

/* Two seeds. Ours has 3 and 4 of shortfall, 1 socialised, 70 on the book; ftx more shortfall than that and less on the
 * book; dydx what is given. Shortfall differs by the seed alike, unless `more` says otherwise. */
static json_t *study_of(struct figures dydx)
{
    json_t *runs = json_array(), *study;

    for (int seed = 0; seed < 2; seed++) {
        json_array_append_new(runs, run_of("none", 0, 0, 0));
        json_array_append_new(runs, run_of("ours", 3 + seed, 1, 70));
        json_array_append_new(runs, run_of("ftx", 9 + seed, 1, 50));
        json_array_append_new(runs, run_of("dydx", dydx.shortfall + seed * dydx.more, 2, dydx.book));
    }
    study = json_pack("{s:[s,s,s],s:o}", "compared", "ours", "ftx", "dydx", "runs", runs);
    crash_metrics_summarise(study);
    return study;
}

static const json_t *goal_of(const json_t *study, size_t goal)
{
    return json_array_get(json_object_get(study, "goals"), goal);
}

static void judged(struct figures dydx, const char *shortfall, const char *socialised, const char *book)
{
    const char *const results[] = { shortfall, socialised, book };
    json_t *study = study_of(dydx);

    for (size_t i = 0; i < 3; i++) {
        const json_t *holds = json_object_get(goal_of(study, i), "holds");
        const char *result = json_string_value(json_object_get(goal_of(study, i), "result"));

        assert_string_equal(result, results[i]);
        assert_true(json_is_true(holds) == (strcmp(result, "yes") == 0 || strcmp(result, "tie") == 0));
        assert_true(json_is_false(holds) == (strcmp(result, "no") == 0));
    }
    json_decref(study);
}

/* A goal is met or missed where the paired interval says so; chance and equality are neither. ftx has as much
 * socialised as ours: never better than a tie there. */
static void test_goals(void **state)
{
    (void)state;
    judged((struct figures){ 4, 1, 90 }, "yes", "tie", "nothing to compare with");
    judged((struct figures){ 2, 1, 90 }, "no", "tie", "no");
    judged((struct figures){ 2, 1, 60 }, "no", "tie", "yes");
    judged((struct figures){ 3, 1, 70 }, "tie", "tie", "tie");
    judged((struct figures){ 2, 5, 60 }, "undecided", "tie", "yes");       /* -1 and 3: it may have less or more */
    judged((struct figures){ 2, 5, 90 }, "undecided", "tie", "undecided"); /* so that it is ahead proves nothing */
}

/* What else must be known to judge is told with the goal; the path without liquidations is a column. */
static void test_goals_words(void **state)
{
    json_t *study = study_of((struct figures){ 4, 1, 90 }), *alone, *minus;
    const json_t *policies = json_object_get(study, "policies");
    const char *beside = json_string_value(json_object_get(goal_of(study, 0), "beside"));

    (void)state;
    assert_non_null(strstr(json_string_value(json_object_get(goal_of(study, 0), "detail")), "dydx minus ours: 1.00"));
    assert_non_null(strstr(beside, "providers' profit: ours -2.00"));
    assert_non_null(strstr(beside, "shortfall + providers' loss: ours 5.5"));
    assert_non_null(strstr(json_string_value(json_object_get(goal_of(study, 1), "beside")), "accounts deleveraged"));
    assert_int_equal(json_array_size(policies), 4);
    assert_string_equal(json_string_value(json_object_get(json_array_get(policies, 3), "policy")), "none");
    /* Paired: 6 more with each seed, so the difference has no spread. */
    minus = json_object_get(crash_metrics_of(json_array_get(policies, 1), "shortfall"), "minus_ours");
    assert_true(fabs(json_number_value(json_object_get(minus, "mean")) - 6) < 1e-9);
    assert_true(fabs(json_number_value(json_object_get(minus, "half"))) < 1e-9);
    json_decref(study);
    alone = json_pack("{s:[s],s:[o]}", "compared", "ours", "runs", run_of("ours", 3, 1, 70));
    crash_metrics_summarise(alone);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(json_string_value(json_object_get(goal_of(alone, i), "result")), "nothing to compare with");
        assert_true(json_is_null(json_object_get(goal_of(alone, i), "holds")));
    }
    json_decref(alone);
}

/* Runs of four moments. In the first nothing is sold and nobody is in trouble; then liquidations sell, in an episode
 * that was over before a look, buy, and do nothing; in the last one the path without liquidations has no ask. */
static json_t *moments_of(const char *policy, double below, double above)
{
    return json_pack("{s:s,s:{s:[i,i,i,i],s:[f,f,f,f],s:[f,f,f,f],s:[f,f,f,f],s:[f,f,f,f],s:[i,i,i,i],s:[i,i,i,i],"
                     "s:[i,i,i,i],s:[i,i,i,i]}}", "policy", policy, "moments", "second", 0, 1, 2, 3,
                     "bid_below", 0.001, 0.001 + below, 0.001 + below, 0.001, "ask_above", 0.001, 0.001,
                     0.001 + above, 0.001, "bid_share", 1.0, 1.0, 0.5, 1.0, "ask_share", 1.0, 1.0, 1.0,
                     below > 0 ? 1.0 : 0.0, "sold", 0, 5, 1, 0, "bought", 0, 1, 5, 0, "trouble", 0, 0,
                     below > 0, below > 0, "book", 0, below > 0 ? 6 : 0, 0, 0);
}

static void test_displacement(void **state)
{
    json_t *runs = json_array(), *run, *series;

    (void)state;
    json_array_append_new(runs, moments_of("none", 0, 0));
    json_array_append_new(runs, moments_of("ours", 0.002, 0.0005));
    crash_displacement_set(runs);
    run = json_array_get(runs, 1);
    series = json_object_get(json_object_get(run, "moments"), "displacement");
    assert_int_equal(json_array_size(series), 4);
    assert_true(fabs(json_number_value(json_array_get(series, 0))) < 1e-9);
    assert_true(fabs(json_number_value(json_array_get(series, 1)) - 20) < 1e-9); /* the bid, 20 bp further */
    assert_true(fabs(json_number_value(json_array_get(series, 2)) - 5) < 1e-9);  /* the ask is pressed now */
    assert_true(json_is_null(json_array_get(series, 3)));                         /* and still: not there without */
    assert_true(fabs(json_number_value(json_object_get(run, "displacement_mean")) - 12.5) < 1e-9);
    assert_true(fabs(json_number_value(json_object_get(run, "displacement_whole")) - 25.0 / 3) < 1e-9);
    assert_true(fabs(json_number_value(json_object_get(run, "displacement_max")) - 20) < 1e-9);
    run = json_array_get(runs, 0);
    assert_true(json_number_value(json_object_get(run, "displacement_mean")) == 0);
    assert_true(json_number_value(json_object_get(run, "displacement_max")) == 0);
    json_decref(runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles), cmocka_unit_test(test_statistics), cmocka_unit_test(test_metric),
        cmocka_unit_test(test_shown), cmocka_unit_test(test_goals), cmocka_unit_test(test_goals_words),
        cmocka_unit_test(test_displacement),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
