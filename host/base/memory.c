#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "status.h"

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
