/* Memory that is there or ends the program: command-line tools reserve what they need and have no other way on. */
#ifndef VITRINE_MEMORY_H
#define VITRINE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed; never NULL. */
void *memory_reserve(size_t count, size_t size);

/* The same in pages of their own that a child of fork() does not have: fork copies a page table entry for each page
 * that was touched, and orders wait for it, so what a snapshot's child never looks at is kept apart. Aligned to 64
 * bytes; a page that nobody may touch lies behind it. For memory_release_apart() alone, with the same sizes; NULL is
 * allowed. */
void *memory_reserve_apart(size_t count, size_t size);
void memory_release_apart(void *block, size_t count, size_t size);
/* Touches all of such a block, in huge pages where it is large, for tables looked up anywhere: a page's first touch in
 * the middle of an order costs milliseconds. False: the kernel won't (before Linux 5.14). */
bool memory_populate_apart(void *block, size_t count, size_t size);
/* For whole pages that were mapped elsewhere: keeps [block, block + size) from a child of fork(). */
void memory_keep_apart(void *block, size_t size);

/* A hint to the processor: this will be written soon. */
static inline void memory_prefetch(const void *block, size_t size)
{
    enum { LINE_BYTES = 64 };

    for (const char *at = block, *end = at + size; at < end; at += LINE_BYTES)
        __builtin_prefetch(at, 1);
}

/* Makes room for at least `needed` elements, doubling *room; what is there is kept, the rest is not cleared. */
void memory_grow(void **block, size_t *room, size_t needed, size_t size);

#endif
