/* Memory that ends at a page which can't be touched, and numbers for reproducible runs. */
#ifndef VITRINE_GUARD_H
#define VITRINE_GUARD_H

#include <sys/mman.h>

#include "unit.h"

enum { GUARD_PAGE = 4096 };

/* `size` bytes (at most a page) whose end is the end of the page; the copy of `bytes` if that is not NULL. */
static inline uint8_t *guard_copy(const void *bytes, size_t size)
{
    static uint8_t *page;

    assert_in_range(size, 0, GUARD_PAGE);
    if (!page) {
        page = mmap(NULL, 2 * GUARD_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(page, MAP_FAILED);
        assert_int_equal(mprotect(page + GUARD_PAGE, GUARD_PAGE, PROT_NONE), 0);
    }
    if (bytes && size)
        memcpy(page + GUARD_PAGE - size, bytes, size);
    return page + GUARD_PAGE - size;
}

/* xorshift64*: the same numbers every time. */
static inline uint64_t guard_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

#endif
