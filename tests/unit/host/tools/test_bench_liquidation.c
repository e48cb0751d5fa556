/* `vitrine bench liquidation`, small: the verb takes its options, everybody who falls is worked off, by all three
 * steps, and the report has every figure. */
#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "status.h"
#include "verbs.h"

/* The report of a run; NULL: it is no JSON. */
static json_t *run(int count, char **arguments, int *status)
{
    static struct args args;
    char error[256] = "";
    FILE *file = tmpfile();
    int kept = dup(STDOUT_FILENO);
    json_t *report;

    assert_non_null(file);
    if (!args_parse(&args, &bench_verb, count, arguments, error, sizeof error))
        fail_msg("%s", error);
    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    *status = bench_verb.run(args.settings, args.operands, args.operand_count);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    report = json_loadf(file, 0, NULL);
    fclose(file);
    return report;
}

static json_int_t number(const json_t *report, const char *key)
{
    const json_t *value = json_object_get(report, key);

    if (!json_is_integer(value))
        fail_msg("no number: %s", key);
    return json_integer_value(value);
}

static void test_all_are_worked_off(void **state)
{
    static const char *const steps[] = { "plan_ns", "send_ns", "hand_over_ns", "deal_ns", "cpu_plan_ns", "cpu_send_ns",
                                         "cpu_hand_over_ns", "cpu_deal_ns" };
    static const char *const stretches[] = { "fall", "calm", "without" };
    char *arguments[] = { "liquidation", "--accounts", "600", "--markets", "3", "--seed", "7", "--runs", "2",
                          "--json" };
    int status;
    json_t *report = run(sizeof arguments / sizeof *arguments, arguments, &status);

    (void)state;
    assert_int_equal(status, EXIT_STATUS_OK);
    assert_non_null(report);
    assert_int_equal(number(report, "accounts"), 600);
    assert_int_equal(number(report, "markets"), 3);
    assert_int_equal(number(report, "seed"), 7);
    assert_in_range(number(report, "liquidated"), 40, 75); /* an eighth, but for who has more than he needs */
    assert_int_equal(number(report, "left"), 0);
    assert_int_equal(number(report, "runs"), 2);
    assert_int_equal(2 * number(report, "batches"),
                     number(json_object_get(report, "fall"), "batches"));
    assert_true(number(json_object_get(report, "cpu_least_hold_ns"), "max") <=
                number(json_object_get(json_object_get(report, "fall"), "cpu_hold_ns"), "max"));
    assert_true(number(report, "book_fills") > 0 && number(report, "backstop_fills") > 0 &&
                number(report, "deleveraged_fills") > 0);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_true(number(json_object_get(report, steps[i]), "p99") > 0);
    for (size_t i = 0; i < sizeof stretches / sizeof *stretches; i++)
        assert_true(number(json_object_get(json_object_get(report, stretches[i]), "cpu_hold_ns"), "p99") > 0);
    json_decref(report);
}

static void test_too_many_markets(void **state)
{
    char *arguments[] = { "liquidation", "--markets", "63" };
    int status;

    (void)state;
    json_decref(run(sizeof arguments / sizeof *arguments, arguments, &status));
    assert_int_equal(status, EXIT_STATUS_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_worked_off),
        cmocka_unit_test(test_too_many_markets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
