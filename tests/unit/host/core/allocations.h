/* Counts what a program takes from the heap: link with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. */
#ifndef VITRINE_ALLOCATIONS_H
#define VITRINE_ALLOCATIONS_H

#include <stddef.h>
#include <stdlib.h>

static unsigned long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    allocations++;
    return __real_realloc(block, size);
}

#endif
