#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(apart_is_not_in_a_child) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
