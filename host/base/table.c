#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"
#include "status.h"

#define PAGE_BYTES ((size_t)4096)
#define HUGE_PAGE_BYTES ((size_t)2 << 20)

static _Noreturn void table_short(const char *name, size_t bytes)
{
    fprintf(stderr, "vitrine: out of memory: table %s, %zu bytes\n", name, bytes);
    exit(EXIT_STATUS_FAULT);
}

static size_t round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static size_t mapped_bytes(const struct table *table)
{
    size_t bytes = table_bytes(table);

    return round_up(bytes, bytes < HUGE_PAGE_BYTES ? PAGE_BYTES : HUGE_PAGE_BYTES);
}

/* Pages come zeroed when first touched. Huge ones make a table a few entries in the page tables, so that the fork for a
 * snapshot is short; what the kernel won't give as huge pages works with small ones. */
void table_create(struct table *table, const char *name, uint32_t row_size, uint32_t rows)
{
    size_t bytes, extra, before;
    uint8_t *block;

    check(row_size > 0 && row_size % 8 == 0);
    check(rows < UINT32_MAX);
    *table = (struct table){.name = name, .row_size = row_size, .capacity = rows + 1, .used = 1};
    bytes = mapped_bytes(table);
    extra = bytes < HUGE_PAGE_BYTES ? 0 : HUGE_PAGE_BYTES;
    block = mmap(NULL, bytes + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED)
        table_short(name, bytes);
    table->rows = block;
    if (extra == 0)
        return;
    /* tidy: where memory begins is no state */
    before = round_up((uintptr_t)block, HUGE_PAGE_BYTES) - (uintptr_t)block;
    table->rows = block + before;
    if (before > 0)
        munmap(block, before);
    if (extra > before)
        munmap(table->rows + bytes, extra - before);
    madvise(table->rows, bytes, MADV_HUGEPAGE);
}

bool table_populate(const struct table *table)
{
    return madvise(table->rows, mapped_bytes(table), MADV_POPULATE_WRITE) == 0;
}

void table_destroy(struct table *table)
{
    if (table->rows != NULL)
        munmap(table->rows, mapped_bytes(table));
    *table = (struct table){0};
}

uint32_t table_take(struct table *table)
{
    uint32_t row = table->free_first;

    if (row != TABLE_NONE) {
        void *address = table_row(table, row);

        memcpy(&table->free_first, address, sizeof table->free_first);
        memset(address, 0, sizeof table->free_first);
    } else {
        if (table->used == table->capacity)
            return TABLE_NONE;
        row = table->used++;
    }
    table->live++;
    return row;
}

void table_give(struct table *table, uint32_t row)
{
    void *address = table_row(table, row);

    check(row != TABLE_NONE && row < table->used && table->live > 0);
    memset(address, 0, table->row_size);
    memcpy(address, &table->free_first, sizeof table->free_first);
    table->free_first = row;
    table->live--;
}

size_t table_bytes(const struct table *table)
{
    return (size_t)table->capacity * table->row_size;
}
