#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "status.h"

#define MEMORY_PAGE ((size_t)4096)
#define MEMORY_ALIGN ((size_t)64)
#define MEMORY_HUGE ((size_t)4 << 20) /* from here on huge pages fit */

static _Noreturn void memory_short(size_t count, size_t size)
{
    fprintf(stderr, "vitrine: out of memory: %zu x %zu bytes\n", count, size);
    exit(EXIT_STATUS_FAULT);
}

void *memory_reserve(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);

    if (block == NULL)
        memory_short(count, size);
    return block;
}

static size_t memory_round(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

/* Of the block, and of the pages that it ends in. */
static size_t memory_apart_bytes(size_t count, size_t size, size_t *pages)
{
    const size_t bytes = memory_round(count ? count * size : size, MEMORY_ALIGN);

    *pages = memory_round(bytes, MEMORY_PAGE);
    return bytes;
}

void memory_keep_apart(void *block, size_t size)
{
    madvise(block, size, MADV_DONTFORK); /* an older kernel's refusal makes a snapshot's fork longer, no more */
}

void *memory_reserve_apart(size_t count, size_t size)
{
    size_t pages, bytes;
    uint8_t *base;

    if (count > (SIZE_MAX >> 1) / size)
        memory_short(count, size);
    bytes = memory_apart_bytes(count, size, &pages);
    base = mmap(NULL, pages + MEMORY_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED || mprotect(base + pages, MEMORY_PAGE, PROT_NONE) != 0)
        memory_short(count, size);
    memory_keep_apart(base, pages + MEMORY_PAGE);
    return base + (pages - bytes);
}

bool memory_populate_apart(void *block, size_t count, size_t size)
{
    size_t pages, bytes = memory_apart_bytes(count, size, &pages);
    uint8_t *base = (uint8_t *)block - (pages - bytes);

    if (pages >= MEMORY_HUGE)
        madvise(base, pages, MADV_HUGEPAGE); /* where there are none, small ones do */
    return madvise(base, pages, MADV_POPULATE_WRITE) == 0;
}

void memory_release_apart(void *block, size_t count, size_t size)
{
    size_t pages, bytes = memory_apart_bytes(count, size, &pages);

    if (block != NULL)
        munmap((uint8_t *)block - (pages - bytes), pages + MEMORY_PAGE);
}

void memory_grow(void **block, size_t *room, size_t needed, size_t size)
{
    size_t more = *room ? *room : 64;
    void *bigger;

    if (needed <= *room)
        return;
    while (more < needed)
        more *= 2;
    bigger = more <= SIZE_MAX / size ? realloc(*block, more * size) : NULL;
    if (bigger == NULL)
        memory_short(more, size);
    *block = bigger;
    *room = more;
}
