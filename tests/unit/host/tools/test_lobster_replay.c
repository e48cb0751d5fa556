/* Replay of LOBSTER pairs on the plain book: small ones, each made for one purpose, and a recorded day if there. */
#include "unit.h"

#include <unistd.h>

#include "lobster_source.h"
#include "runner.h"

#define GOOG VITRINE_DATA_DIRECTORY "/l3/LOBSTER_SampleFile_GOOG_2012-06-21_10.zip"
#define NO_BID ",-9999999999,0"

static struct runner runner;
static struct lobster_plan plan;

static struct lobster_result replay_files(const struct lobster_settings *given)
{
    struct lobster_settings settings = *given;
    char error[TEXT_ERROR_MAX];
    struct lobster_replay *replay;
    struct command_source source;
    struct lobster_result result;

    if (!lobster_plan_make(&plan, &settings.files, settings.limit, error))
        fail_msg("%s", error);
    memset(&runner, 0, sizeof runner);
    assert_int_equal(runner_open(&runner, "model", NULL), 0);
    settings.tick_bits = device_capability(runner.engine[0]->device)->tick_bits;
    settings.slots = device_capability(runner.engine[0]->device)->orders;
    replay = lobster_replay_create(&settings, &plan, error);
    assert_non_null(replay);
    source = lobster_replay_source(replay);
    assert_int_equal(runner_run(&runner, &source, NULL), RUN_DONE);
    result = *lobster_replay_result(replay);
    lobster_replay_destroy(replay);
    runner_close(&runner);
    lobster_plan_free(&plan);
    return result;
}

static struct lobster_result replay_text(const char *message, const char *book)
{
    struct lobster_settings settings = { .check_every = 1 };

    settings.files.message_path = unit_file(0, "replay_message.csv", message);
    settings.files.book_path = book ? unit_file(1, "replay_orderbook.csv", book) : NULL;
    return replay_files(&settings);
}

/* An add, a reduction, an execution of an order that was there before, a deletion. One level a side. */
static void test_small_day(void **state)
{
    struct lobster_result result =
        replay_text("1,1,11,100,5000,1\n1,1,12,50,6000,-1\n2,2,12,10,6000,-1\n3,4,7,30,5000,1\n4,3,12,40,6000,-1\n"
                    "5,5,0,10,5500,1\n",
                    "9999999999,0,5000,130\n6000,50,5000,130\n6000,40,5000,130\n6000,40,5000,100\n"
                    "9999999999,0,5000,100\n9999999999,0,5000,100\n");

    (void)state;
    assert_int_equal(result.rows, 6);
    assert_int_equal(result.rows_equal, 6);
    assert_int_equal(result.executions, 1);
    assert_int_equal(result.maker_right, 1);
    assert_int_equal(result.hidden_executions, 1);
    assert_int_equal(result.rejected, 0);
    assert_int_equal(result.levels_read, result.levels_read_equal);
    assert_true(result.levels_read > 0);
}

/* The record executes the second in the queue: counted, listed, and the queue is the record's again. */
static void test_wrong_maker(void **state)
{
    struct lobster_result result =
        replay_text("1,1,1,9,6000,-1\n1,1,11,100,5000,1\n2,1,12,50,5000,1\n3,4,12,20,5000,1\n4,4,11,100,5000,1\n"
                    "5,4,12,30,5000,1\n",
                    "6000,9" NO_BID "\n6000,9,5000,100\n6000,9,5000,150\n6000,9,5000,130\n6000,9,5000,30\n"
                    "6000,9" NO_BID "\n");

    (void)state;
    assert_int_equal(result.rows_equal, 6);
    assert_int_equal(result.executions, 3);
    assert_int_equal(result.maker_right, 2);
    assert_int_equal(result.maker_wrong, 1);
    assert_int_equal(result.wrong[0].row, 4);
    assert_int_equal(result.wrong[0].named, 12);
    assert_int_equal(result.wrong[0].met, 11);
}

/* A level that scrolls out and in again: what happened behind the last level was not told. */
static void test_scrolling_level(void **state)
{
    struct lobster_result result =
        replay_text("1,1,11,100,5000,1\n2,1,12,50,5100,1\n3,3,12,50,5100,1\n4,3,11,60,5000,1\n",
                    "9999999999,0,5000,100\n9999999999,0,5100,50\n9999999999,0,5000,90\n9999999999,0,5000,30\n");

    (void)state;
    assert_int_equal(result.rows_equal, 4);
    assert_int_equal(result.rows_corrected, 0);
    assert_int_equal(result.rejected, 0);
}

/* A row that the record's own messages don't explain is not equal, and the next one is again. */
static void test_record_in_error(void **state)
{
    struct lobster_result result = replay_text("1,1,11,100,5000,1\n2,2,11,10,5000,1\n3,2,11,10,5000,1\n",
                                               "9999999999,0,5000,100\n9999999999,0,5000,95\n9999999999,0,5000,85\n");

    (void)state;
    assert_int_equal(result.rows_compared, 3);
    assert_int_equal(result.rows_equal, 2);
    assert_int_equal(result.unequal_count, 1);
    assert_int_equal(result.unequal[0].row, 2);
}

/* Without a book file: what is not known is left alone. */
static void test_without_book(void **state)
{
    struct lobster_result result =
        replay_text("1,1,11,100,5000,1\n2,4,99,10,5100,1\n3,3,98,10,5100,1\n4,4,11,100,5000,1\n5,7,0,0,-1,-1\n", NULL);

    (void)state;
    assert_int_equal(result.rows, 5);
    assert_int_equal(result.rows_compared, 0);
    assert_int_equal(result.executions, 1);
    assert_int_equal(result.maker_right, 1);
    assert_int_equal(result.unplaced, 2);
    assert_int_equal(result.halts, 1);
}

/* Prices that no window holds: those levels stay with the host. */
static void test_outside_window(void **state)
{
    struct lobster_result result = replay_text(
        "1,1,11,100,5001,1\n2,1,12,50,999999900,-1\n3,3,12,50,999999900,-1\n",
        "9999999999,0,5001,100\n999999900,50,5001,100\n9999999999,0,5001,100\n");

    (void)state;
    assert_int_equal(result.rows_equal, 3);
    assert_true(result.outside_window > 0);
}

static void test_recorded_day(void **state)
{
    struct lobster_settings settings = { .files = { GOOG, GOOG }, .check_every = 1000 };
    struct lobster_result result;

    (void)state;
    if (access(GOOG, R_OK) != 0) {
        print_message("skip: a recorded day: %s is not there\n", GOOG);
        skip();
    }
    result = replay_files(&settings);
    assert_int_equal(result.rows, 147916);
    assert_int_equal(result.rows_equal, 147916);
    assert_int_equal(result.executions, 7764);
    assert_int_equal(result.maker_right, 7759);
    assert_int_equal(result.maker_wrong, 5);
    assert_int_equal(result.hidden_executions, 3913);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_day),      cmocka_unit_test(test_wrong_maker),
        cmocka_unit_test(test_scrolling_level), cmocka_unit_test(test_record_in_error),
        cmocka_unit_test(test_without_book),   cmocka_unit_test(test_outside_window),
        cmocka_unit_test(test_recorded_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
