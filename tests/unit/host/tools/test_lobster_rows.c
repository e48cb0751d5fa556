/* Rows of LOBSTER files: good ones, and a malformed one for every field. */
#include "unit.h"

#include "lobster_rows.h"

#define MESSAGE "34200.017459617,1,16113575,18,5853300,1\n"
#define BOOK "5859400,200,5853300,18,5859500,10,5850000,7\n"

static struct lobster_row row;

/* Reads all rows and gives how many, or fails the test unless the error contains `wanted`. */
static uint64_t read_pair(const char *message, const char *book, const char *wanted)
{
    struct lobster_files files = { unit_file(0, "message.csv", message), NULL };
    char error[TEXT_ERROR_MAX];
    struct lobster_rows *rows;
    enum lobster_status status;
    uint64_t count = 0;

    if (book)
        files.book_path = unit_file(1, "orderbook.csv", book);
    rows = lobster_rows_open(&files, error);
    assert_non_null(rows);
    while ((status = lobster_rows_next(rows, &row)) == LOBSTER_ROW)
        count++;
    if (wanted == NULL && status == LOBSTER_BAD)
        fail_msg("%s", lobster_rows_error(rows));
    if (wanted && (status != LOBSTER_BAD || strstr(lobster_rows_error(rows), wanted) == NULL))
        fail_msg("wanted \"%s\", got \"%s\"", wanted, status == LOBSTER_BAD ? lobster_rows_error(rows) : "no error");
    lobster_rows_close(rows);
    return count;
}

static void test_good(void **state)
{
    (void)state;
    assert_int_equal(read_pair(MESSAGE, BOOK, NULL), 1);
    assert_int_equal(row.message.time_ns, 34200017459617u);
    assert_int_equal(row.message.type, LOBSTER_ADD);
    assert_int_equal(row.message.id, 16113575);
    assert_int_equal(row.message.size, 18);
    assert_int_equal(row.message.price, 5853300);
    assert_false(row.message.sell);
    assert_int_equal(row.count[0], 2);
    assert_int_equal(row.level[0][1].price, 5850000);
    assert_int_equal(row.level[1][0].price, 5859400);
    assert_int_equal(row.level[1][0].size, 200);
    assert_int_equal(read_pair(MESSAGE MESSAGE, NULL, NULL), 2);
    assert_int_equal(read_pair("34200.0174596171234,3,1,1,1,-1,null\r\n", NULL, NULL), 1);
    assert_true(row.message.sell);
    assert_int_equal(row.message.time_ns, 34200017459617u);
    assert_int_equal(read_pair("", "", NULL), 0);
}

static void test_absent_levels(void **state)
{
    (void)state;
    assert_int_equal(read_pair(MESSAGE, "5859400,200,5853300,18,9999999999,0,-9999999999,0\n", NULL), 1);
    assert_int_equal(row.count[0], 1);
    assert_int_equal(row.count[1], 1);
    assert_int_equal(read_pair(MESSAGE, "9999999999,0,-9999999999,0\n", NULL), 1);
    assert_int_equal(row.count[0] + row.count[1], 0);
    read_pair(MESSAGE, "9999999999,5,-9999999999,0\n", "a level that is not there has size 0: 5");
    read_pair(MESSAGE, "9999999999,0,-9999999999,0,5859400,1,-9999999999,0\n", "behind one that is not there: 5859400");
}

static void test_halts_and_crosses(void **state)
{
    (void)state;
    assert_int_equal(read_pair("34200.1,7,0,0,-1,-1\n34200.1,7,0,0,0,-1\n34200.1,7,0,0,1,-1\n", NULL, NULL), 3);
    assert_int_equal(row.message.type, LOBSTER_HALT);
    assert_int_equal(read_pair("34200.1,6,0,500,5853300,-1\n", NULL, NULL), 1);
    assert_int_equal(row.message.type, LOBSTER_CROSS);
    read_pair("34200.1,7,0,0,2,-1\n", NULL, "price of a halt is not -1, 0 or 1: 2");
}

static void test_bad_message_fields(void **state)
{
    static const char *const bad[][2] = {
        { "x,1,1,18,5853300,1\n", "message.csv:2: time is not seconds after midnight: x" },
        { "-1,1,1,18,5853300,1\n", "time is not" },
        { "0.999999999,1,1,18,5853300,1\n", "message.csv:2: time goes backwards: 0.999999999" },
        { "172800,1,1,18,5853300,1\n", "time is not" },
        { "1.0000000001x,1,1,18,5853300,1\n", "time is not" },
        { ",1,1,18,5853300,1\n", "time is not" },
        { "1,0,1,18,5853300,1\n", "message.csv:2: type is not 1 to 7: 0" },
        { "1,8,1,18,5853300,1\n", "type is not" },
        { "1,,1,18,5853300,1\n", "type is not" },
        { "1,1,-1,18,5853300,1\n", "message.csv:2: order id is not a number: -1" },
        { "1,1,18446744073709551616,18,5853300,1\n", "order id is not" },
        { "1,1,1,0,5853300,1\n", "message.csv:2: size is not 1 to 2^40-1: 0" },
        { "1,1,1,1099511627776,5853300,1\n", "size is not" },
        { "1,1,1,1 8,5853300,1\n", "size is not" },
        { "1,1,1,18,0,1\n", "message.csv:2: price is not 1 to 9999999998: 0" },
        { "1,1,1,18,9999999999,1\n", "price is not" },
        { "1,1,1,18,-5,1\n", "price is not" },
        { "1,1,1,18,58.5,1\n", "price is not" },
        { "1,1,1,18,5853300,0\n", "message.csv:2: direction is not 1 or -1: 0" },
        { "1,1,1,18,5853300,-\n", "direction is not" },
        { "1,1,1,18,5853300,\n", "direction is not" },
        { "1,1,1,18,5853300\n", "message.csv:2: a message has 6 fields" },
        { "1,1,1,18,5853300,1,2,3\n", "a message has 6 fields" },
        { "\n", "a message has 6 fields" },
        { "1,1,1,18,5853300,1", "message.csv:2: the line has no end: the file is cut off" },
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "%s%s", MESSAGE, bad[i][0]);
        assert_int_equal(read_pair(text, NULL, bad[i][1]), 1);
    }
}

static void test_bad_book_fields(void **state)
{
    static const char *const bad[][2] = {
        { "x,200,5853300,18,5859500,10,5850000,7\n", "orderbook.csv:2: price is not 1 to 9999999998: x" },
        { "0,200,5853300,18,5859500,10,5850000,7\n", "price is not" },
        { "5859400,0,5853300,18,5859500,10,5850000,7\n", "orderbook.csv:2: size of a level is not 1 to 2^60-1: 0" },
        { "5859400,200,x,18,5859500,10,5850000,7\n", "price is not 1 to 9999999998: x" },
        { "5859400,200,5853300,-1,5859500,10,5850000,7\n", "size of a level" },
        { "5859400,200,5853300,18,5859400,10,5850000,7\n", "levels are not in order: 5859400" },
        { "5859400,200,5853300,18,5859500,10,5853300,7\n", "levels are not in order: 5853300" },
        { "5859400,200,5853300,18,5859500,10,5850000\n", "orderbook.csv:2: a book row has 4 fields a level" },
        { "5859400,200,5853300,18\n", "another number of levels" },
        { "\n", "a book row has 4 fields a level" },
        { "5859400,200,5853300,18,5859500,10,5850000,7", "the line has no end" },
        { "", "orderbook.csv:1: the file ends before the other one of its pair" },
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "%s%s", BOOK, bad[i][0]);
        assert_int_equal(read_pair(MESSAGE MESSAGE, text, bad[i][1]), 1);
    }
    read_pair(MESSAGE, BOOK BOOK, "message.csv:1: the file ends before the other one of its pair");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_absent_levels),
                                        cmocka_unit_test(test_halts_and_crosses),
                                        cmocka_unit_test(test_bad_message_fields),
                                        cmocka_unit_test(test_bad_book_fields) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
