/* Tables: rows, reuse, limits. */
#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "status.h"
#include "table.h"

static void test_rows_are_numbered_from_one(void **unused)
{
    struct table table;

    (void)unused;
    table_create(&table, "three", 16, 3);
    assert_int_equal(table_bytes(&table), 64);
    for (uint32_t row = 1; row <= 3; row++) {
        assert_false(table_full(&table));
        assert_int_equal(table_take(&table), row);
    }
    assert_true(table_full(&table));
    assert_int_equal(table_take(&table), TABLE_NONE);
    assert_int_equal(table.live, 3);
    table_destroy(&table);
    assert_null(table.rows);
}

static void test_rows_come_back_zeroed_last_first(void **unused)
{
    static const uint8_t zero[24];
    struct table table;

    (void)unused;
    table_create(&table, "rows", 24, 8);
    for (uint32_t row = 1; row <= 5; row++)
        memset(table_row(&table, table_take(&table)), 0xff, 24);
    table_give(&table, 2);
    table_give(&table, 4);
    assert_int_equal(table.live, 3);
    assert_memory_equal((uint8_t *)table_row(&table, 4) + 4, zero, 20);
    assert_int_equal(*(uint32_t *)table_row(&table, 4), 2);
    assert_int_equal(table_take(&table), 4);
    assert_memory_equal(table_row(&table, 4), zero, 24);
    assert_int_equal(table_take(&table), 2);
    assert_memory_equal(table_row(&table, 2), zero, 24);
    assert_int_equal(table_take(&table), 6);
    assert_int_equal(table.used, 7);
    table_destroy(&table);
}

static void test_large_tables_are_aligned(void **unused)
{
    struct table table;

    (void)unused;
    table_create(&table, "large", 4096, 1000000);
    assert_int_equal((uintptr_t)table.rows % (2u << 20), 0);
    memset(table_row(&table, 1000000), 1, 4096);
    table_destroy(&table);
    table_create(&table, "edge", 8, (2 << 20) / 8 - 1);
    assert_int_equal((uintptr_t)table.rows % (2u << 20), 0);
    memset(table_row(&table, (2 << 20) / 8 - 1), 1, 8);
    table_destroy(&table);
}

static int run_child(void (*function)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        assert_non_null(freopen("/dev/null", "w", stderr));
        function();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void create_too_much(void)
{
    struct table tables[64];

    for (int i = 0; i < 64; i++)
        table_create(&tables[i], "too much", 1u << 16, UINT32_MAX - 1);
}

static void give_twice_none(void)
{
    struct table table;

    table_create(&table, "rows", 8, 8);
    table_give(&table, TABLE_NONE);
}

static void give_unused(void)
{
    struct table table;

    table_create(&table, "rows", 8, 8);
    table_take(&table);
    table_give(&table, 2);
}

static void test_misuse_ends_the_program(void **unused)
{
    int status = run_child(create_too_much);

    (void)unused;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_STATUS_FAULT);
    assert_true(WIFSIGNALED(run_child(give_twice_none)));
    assert_true(WIFSIGNALED(run_child(give_unused)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_numbered_from_one),
        cmocka_unit_test(test_rows_come_back_zeroed_last_first),
        cmocka_unit_test(test_large_tables_are_aligned),
        cmocka_unit_test(test_misuse_ends_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
