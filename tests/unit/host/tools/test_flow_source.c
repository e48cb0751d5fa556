/* Our own format on the plain book: handles, expectations, several markets, and what stops a replay. */
#include "unit.h"

#include "flow_source.h"
#include "runner.h"

static struct runner runner;

static struct flow_source *play(const char *text, enum run_status wanted)
{
    char error[TEXT_ERROR_MAX];
    struct flow_source *flow = flow_source_open(unit_file(0, "flow", text), 0, 4, 64, 10, error);
    struct device_options options = { .backend = "model", .markets = 4, .orders = 64, .tick_bits = 10 };
    struct command_source source;
    enum device_status status;
    enum run_status got;

    assert_non_null(flow);
    memset(&runner, 0, sizeof runner);
    runner.engine[0] = engine_open(&options, error, sizeof error, &status);
    assert_non_null(runner.engine[0]);
    runner.engine_count = 1;
    source = flow_source_commands(flow);
    got = runner_run(&runner, &source, NULL);
    if (got != wanted)
        fail_msg("status %d: %s", (int)got, flow_source_error(flow));
    return flow;
}

static void end(struct flow_source *flow)
{
    flow_source_close(flow);
    runner_close(&runner);
}

static void test_life_of_orders(void **state)
{
    struct flow_source *flow = play("market A tick 0.5 lot 0.1\nmark 100\n"
                                    "new 1 sell 0.4@100.5\nnew 2 sell 1.1@101\nnew buy 1@101 ioc\n"
                                    "expect sell 0.5@101\nexpect sell 0@100.5\nexpect buy 0@101\n"
                                    "reduce 2 0.1\nreplace 2 102 +0.2\nexpect sell 0.6@102\ncancel 2\n"
                                    "expect sell 0@102\n"
                                    "replace 9 100 0\ncancel 8\n",
                                    RUN_DONE);
    const struct flow_result *result = flow_source_result(flow);

    (void)state;
    assert_int_equal(result->expects, 5);
    assert_int_equal(result->expects_met, 5);
    assert_int_equal(result->fills, 2);
    assert_int_equal(result->unknown_orders, 2);
    assert_int_equal(result->mirror_errors, 0);
    assert_int_equal(flow_source_market(flow, 0)->orders, 0);
    assert_null(flow_source_market(flow, 1));
    end(flow);
}

/* A refused replace leaves the order under its old handle. */
static void test_refused_replace(void **state)
{
    char text[40000] = "market A tick 1 lot 1 limit 0.9 1.1\nmark 1000\nnew 1 buy 5@990\nreplace 1 10 +1\n";
    struct flow_source *flow;

    (void)state;
    for (int i = 0; i < 3000; i++) /* the answers of a batch are known two batches later */
        strcat(text, "fence\n");
    strcat(text, "replace 1 991 +1\nexpect buy 6@991\n");
    flow = play(text, RUN_DONE);
    assert_int_equal(flow_source_result(flow)->expects_met, 1);
    assert_int_equal(runner_kind_count(&runner, CARD_KIND_REJECTED), 1);
    end(flow);
}

static void test_markets(void **state)
{
    struct flow_source *flow = play("market A\nnew 1 buy 3@10\nmarket B tick 0.25 base 64 state closed\nmark 100\n"
                                    "new 2 buy 3@100\nmarket A\nexpect buy 3@10\nmarket B state open\n"
                                    "new 3 sell 7@100.25\n"
                                    "expect sell 7@100.25\nat 1.5\nat 2\n",
                                    RUN_DONE);

    (void)state;
    assert_int_equal(flow_source_result(flow)->expects_met, 2);
    assert_int_equal(runner_kind_count(&runner, CARD_KIND_REJECTED), 1);
    assert_int_equal(flow_source_market(flow, 0)->orders, 1);
    assert_int_equal(flow_source_market(flow, 1)->orders, 1);
    assert_string_equal(flow_source_market(flow, 1)->name, "B");
    assert_int_equal(flow_source_result(flow)->first_ns, 1500000000);
    assert_int_equal(flow_source_result(flow)->last_ns, 2000000000);
    end(flow);
}

static void test_unmet(void **state)
{
    struct flow_source *flow = play("market A\nmark 10\nexpect buy 3@10\n", RUN_DONE);
    const struct flow_result *result = flow_source_result(flow);

    (void)state;
    assert_int_equal(result->expects, 1);
    assert_int_equal(result->expects_met, 0);
    assert_int_equal(result->unmet[0].line, 3);
    assert_int_equal(result->unmet[0].expected, 3);
    end(flow);
}

static void test_refusals(void **state)
{
    static const char *const bad[][2] = {
        { "new 1 buy 1@2\n", "flow:1: a market line must come first" },
        { "market A\nmark index 2\n", "flow:2: the first mark of market A needs a price" },
        { "market A\ncancel-many 1\n", "flow:2: market A has no mark yet" },
        { "market A\nnew buy 1@market ioc\n", "market A has no mark yet" },
        { "market A tick 0\n", "tick and lot of A must be above 0" },
        { "market A\nmarket A tick 1\n", "flow:2: market A has its tick and lot already" },
        { "market A tick 0.5\nnew 1 buy 1@2.25\n", "flow:2: price 2.25 is not a whole number of A's ticks" },
        { "market A lot 0.5\nnew 1 buy 0.7@2\n", "flow:2: quantity 0.7 is not a whole number of A's lots" },
        { "market A lot 0.01\nnew 1 buy 10995116277.76@2\n", "quantity 10995116277.76 is not" },
        { "market A\nnew 1 buy 1@2\nnew 1 buy 1@2\n", "flow:3: order 1 is still there" },
        { "market A\nmarket B\nmarket C\nmarket D\nmarket E\n", "flow:5: market E is one more than the card's 4" },
        { "at 2\nat 1\n", "flow:2: time goes backwards" },
        { "market A\nmark 1\nshift 3\n", "flow:3: base 3 is not a multiple of 64 of A's ticks" },
        { "market A\nmark 1\nshift 0.03\n", "flow:3: base 0.03 is not a multiple of 64 of A's ticks" },
        { "market A tick 1 base 65\n", "flow:1: base 65 is not a multiple of 64 of A's ticks" },
        { "market A\nmark 1\nfence\nnonsense\n", "flow:4: nonsense: is no command" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_source *flow = play(bad[i][0], RUN_BAD_INPUT);

        if (strstr(flow_source_error(flow), bad[i][1]) == NULL)
            fail_msg("wanted \"%s\", got \"%s\"", bad[i][1], flow_source_error(flow));
        end(flow);
    }
}

/* What the card refuses is listed with its line. */
static void test_refused(void **state)
{
    struct flow_source *flow = play("market A tick 1 lot 1 limit 0.9 1.1\nmark 1000\n# far away\nnew buy 1@990\n"
                                    "new buy 5@500\n",
                                    RUN_DONE);
    const struct flow_result *result = flow_source_result(flow);

    (void)state;
    assert_int_equal(result->refused_count, 1);
    assert_int_equal(result->refused[0].line, 5);
    assert_int_equal(result->refused[0].code, CARD_CODE_NEW);
    assert_int_equal(result->refused[0].reason, CARD_REASON_PRICE_OUT_OF_BOUNDS);
    assert_string_equal(flow_source_error(flow), "");
    end(flow);
}

/* More orders than the card has slots. */
static void test_slots(void **state)
{
    char text[4000] = "market A\nmark 10\n";
    struct flow_source *flow;

    (void)state;
    for (int i = 0; i < 65; i++)
        sprintf(text + strlen(text), "new %d buy 1@5\n", i);
    flow = play(text, RUN_BAD_INPUT);
    assert_non_null(strstr(flow_source_error(flow), "flow:67: more than the card's 64 orders at once"));
    end(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_life_of_orders), cmocka_unit_test(test_refused_replace),
                                        cmocka_unit_test(test_markets),        cmocka_unit_test(test_unmet),
                                        cmocka_unit_test(test_refusals),       cmocka_unit_test(test_slots),
                                        cmocka_unit_test(test_refused) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
