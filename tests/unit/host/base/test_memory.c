#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"
#include "table.h"

enum { COUNT = 1000, SIZE = 24 };

/* Whether the kernel finds a byte there; touching it would end the test. */
static bool is_there(const void *byte)
{
    int ends[2];
    bool found;

    assert_int_equal(pipe(ends), 0);
    found = write(ends[1], byte, 1) == 1;
    assert_true(found || errno == EFAULT);
    close(ends[0]);
    close(ends[1]);
    return found;
}

static bool child_finds(const void *byte)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        _exit(is_there(byte));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void apart_is_not_in_a_child(void **state)
{
    static const uint8_t zeros[COUNT * SIZE];
    uint8_t *apart = memory_reserve_apart(COUNT, SIZE), *other = memory_reserve(COUNT, SIZE);

    (void)state;
    assert_memory_equal(apart, zeros, sizeof zeros);
    assert_int_equal((uintptr_t)apart % 64, 0);
    apart[0] = other[0] = 1;
    assert_true(is_there(apart) && is_there(apart + sizeof zeros - 1));
    assert_false(is_there(apart + sizeof zeros + 63)); /* what lies behind is nobody's */
    assert_true(child_finds(other));
    assert_false(child_finds(apart));
    assert_false(child_finds(apart + sizeof zeros - 1));
    memory_release_apart(apart, COUNT, SIZE);
    assert_false(is_there(apart));
    memory_release_apart(NULL, COUNT, SIZE);
    memory_release_apart(memory_reserve_apart(0, SIZE), 0, SIZE);
    free(other);
}

static size_t resident_pages(const struct table *table, size_t pages)
{
    unsigned char there[1024];
    size_t count = 0;

    assert_true(pages <= sizeof there);
    assert_int_equal(mincore(table->rows, pages * 4096, there), 0);
    for (size_t i = 0; i < pages; i++)
        count += there[i] & 1;
    return count;
}

static void populated_table_is_there(void **state)
{
    static const uint32_t rows[] = { 1000, 40000 }; /* small pages, huge ones */

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct table table;
        size_t pages;

        table_create(&table, "test", 64, rows[i]);
        pages = table_bytes(&table) / 4096;
        assert_int_equal(resident_pages(&table, pages), 0);
        assert_true(table_populate(&table));
        assert_int_equal(resident_pages(&table, pages), pages);
        table_destroy(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(apart_is_not_in_a_child),
                                        cmocka_unit_test(populated_table_is_there) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
