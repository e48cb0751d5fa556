/* Sectors and writes of the journal, as bytes (docs/journal.md). */
#ifndef VITRINE_SECTOR_H
#define VITRINE_SECTOR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal.h"

enum {
    SECTOR_BYTES = 512,
    SECTOR_PAYLOAD = 480,
    SECTOR_BLOCK = 8,       /* sectors in a block */
    SECTOR_WRITE_MAX = UINT16_MAX / SECTOR_BLOCK * SECTOR_BLOCK, /* sectors in a write */
    SECTOR_CHAIN = 32,
    SECTOR_RECORD_MARK = 0x48435442,
};

struct sector {
    uint64_t checksum;
    uint64_t write, commit;
    uint16_t index, count, size, reserved;
    uint8_t payload[SECTOR_PAYLOAD];
};

/* Heads the payload of a write. */
struct sector_head {
    uint8_t chain[SECTOR_CHAIN];
    uint64_t batch;
    uint32_t bytes, records;
    uint64_t reserved[2];
};

/* Heads a record; inputs, zeros to 8 bytes and the chain follow. */
struct sector_record {
    uint32_t bytes, mark;
    struct journal_batch batch;
};

static_assert(sizeof(struct sector) == SECTOR_BYTES, "sector");
static_assert(sizeof(struct sector_head) == 64, "head of a write");
static_assert(sizeof(struct sector_record) == 72, "head of a record");

enum sector_state { SECTOR_ZERO, SECTOR_VALID, SECTOR_BAD };

/* What lies at sector number `place` of a segment's file. */
enum sector_state sector_judge(const struct sector *sector, uint32_t segment, uint32_t place);

struct sector_write {
    uint64_t number;
    size_t size;            /* bytes of payload, its head counted */
    uint32_t segment, place; /* where its first sector goes */
};

/* Fills in everything but the payload of the sectors from number `from` of a write to before `to`. They were zeros
 * once and have since been changed by sector_put() and this alone: lines of the cache that need no change are not
 * written, since the disk's last read may have left them with another processor. */
void sector_seal(struct sector *sectors, const struct sector_write *write, uint32_t from, uint32_t to);

/* Copies `size` bytes to byte `at` of the payload of `sectors`; and back. */
void sector_put(struct sector *sectors, size_t at, const void *bytes, size_t size);
void sector_get(const struct sector *sectors, size_t at, void *bytes, size_t size);

/* Sectors of a write with `size` bytes of payload, its head counted. */
static inline uint32_t sector_count(size_t size)
{
    return (uint32_t)((size + SECTOR_PAYLOAD * SECTOR_BLOCK - 1) / (SECTOR_PAYLOAD * SECTOR_BLOCK) * SECTOR_BLOCK);
}

/* Bytes of a record with `size` bytes of inputs. */
static inline size_t sector_record_bytes(size_t size)
{
    return sizeof(struct sector_record) + (size + 7) / 8 * 8 + SECTOR_CHAIN;
}

/* `chain` becomes that after a record whose `size` bytes (without its own chain) are given in two parts. */
void sector_chain(uint8_t chain[SECTOR_CHAIN], const void *first, size_t first_size, const void *second,
                  size_t second_size);

#endif
