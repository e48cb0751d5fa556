/* A table of rows of one size in memory that is reserved once. Rows are named by number; row 0 is never given out, so
 * that 0 means none. What a table holds is plain bytes without pointers: snapshots write it as it is, and two exchanges
 * with the same history hold the same bytes. A free row is zero but for its first four bytes (the next free row). */
#ifndef VITRINE_TABLE_H
#define VITRINE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE 0u

struct table {
    const char *name;     /* in snapshots and messages */
    uint8_t *rows;
    uint32_t row_size;    /* bytes, a multiple of 8 */
    uint32_t capacity;    /* rows, row 0 included */
    uint32_t used;        /* rows ever given out, row 0 included: what lies beyond is zero */
    uint32_t free_first;  /* head of the list of given-back rows */
    uint32_t live;        /* rows in use */
    uint32_t reserved;
};

/* Reserves room for `rows` rows beside row 0; ends the program where there is none. */
void table_create(struct table *table, const char *name, uint32_t row_size, uint32_t rows);
/* Touches all of its memory now, so that no row that is taken later waits for pages. False: the kernel won't. */
bool table_populate(const struct table *table);
void table_destroy(struct table *table);

/* A zeroed row, the one given back last first. TABLE_NONE if the table is full. */
uint32_t table_take(struct table *table);
void table_give(struct table *table, uint32_t row);

/* Address of a row that is in use. */
static inline void *table_row(const struct table *table, uint32_t row)
{
    return table->rows + (size_t)row * table->row_size;
}

static inline bool table_full(const struct table *table)
{
    return table->free_first == TABLE_NONE && table->used == table->capacity;
}

size_t table_bytes(const struct table *table);

#endif
