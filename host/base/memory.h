/* Memory that is there or ends the program: command-line tools reserve what they need and have no other way on. */
#ifndef VITRINE_MEMORY_H
#define VITRINE_MEMORY_H

#include <stddef.h>

/* Zeroed; never NULL. */
void *memory_reserve(size_t count, size_t size);

/* Makes room for at least `needed` elements, doubling *room; what is there is kept, the rest is not cleared. */
void memory_grow(void **block, size_t *room, size_t needed, size_t size);

#endif
