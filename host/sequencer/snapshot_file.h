/* A snapshot's file (docs/journal.md), from and to any tables on any disk. */
#ifndef VITRINE_SNAPSHOT_FILE_H
#define VITRINE_SNAPSHOT_FILE_H

#include <assert.h>

#include "disk.h"
#include "segment.h"
#include "snapshot.h"
#include "table.h"

enum { SNAPSHOT_FILE_TABLES = 62, SNAPSHOT_FILE_VERSION = 1, SNAPSHOT_FILE_HASH = 32 };

struct snapshot_file_table {
    uint8_t name[24];
    uint32_t row_size, used, free_first, live;
    uint64_t pieces, present, capacity;
};

struct snapshot_file_header {
    uint8_t magic[8];
    uint32_t version, state_version, rules, tables;
    uint64_t batch, blocks;
    uint8_t zeros[24];
    struct snapshot_file_table table[SNAPSHOT_FILE_TABLES];
    uint8_t zeros2[56];
    uint64_t checksum;
};
static_assert(sizeof(struct snapshot_file_table) == 64, "table of a snapshot");
static_assert(sizeof(struct snapshot_file_header) == DISK_BLOCK, "header of a snapshot");

/* Everything that a child needs, so that it allocates nothing. */
struct snapshot_file_writer {
    const struct disk_ops *disk;
    struct table *const *tables;
    size_t count;
    int directory, file;
    char name[SEGMENT_NAME], temporary[SEGMENT_NAME];
    struct snapshot_file_header *header;
    uint8_t *bitmaps;      /* of all tables, each whole blocks */
    uint8_t *chunk;
    uint64_t *checksums;
    size_t blocks, filled; /* emitted so far; bytes in the chunk */
    uint64_t offset;       /* written so far */
    void *hashing;
    uint8_t hash[SNAPSHOT_FILE_HASH];
    const char *step;      /* what failed */
};

/* 0 or -errno. `tables` lives until the release, which is due in any case. */
int snapshot_file_prepare(struct snapshot_file_writer *writer, const struct disk_ops *disk, const char *directory,
                          struct table *const *tables, size_t count, uint64_t batch);
/* Writes it. Calls nothing that a child of fork() may not call (signal-safety(7), and no libsodium set-up). 0 or
 * -errno. */
int snapshot_file_run(struct snapshot_file_writer *writer);
void snapshot_file_release(struct snapshot_file_writer *writer);

/* Reads a whole snapshot and checks every byte of it; fills the tables, if any are given. `header` is what it says.
 * `directory` is an open one; `error` names file, offset and reason. */
enum snapshot_status snapshot_file_read(const struct disk_ops *disk, int directory, uint64_t batch,
                                        struct table *const *tables, size_t count, struct snapshot_file_header *header,
                                        uint8_t hash[SNAPSHOT_FILE_HASH], char *error, size_t size);
/* Reads and checks its header and size only. */
enum snapshot_status snapshot_file_peek(const struct disk_ops *disk, int directory, uint64_t batch,
                                        struct snapshot_file_header *header, char *error, size_t size);

/* Blocks of the bitmap of a table with that many pieces; blocks of the checksums of that many blocks. */
static inline uint64_t snapshot_file_bitmap_blocks(uint64_t pieces)
{
    return (pieces + DISK_BLOCK * 8 - 1) / (DISK_BLOCK * 8);
}
static inline uint64_t snapshot_file_checksum_blocks(uint64_t blocks)
{
    return (blocks * sizeof(uint64_t) + DISK_BLOCK - 1) / DISK_BLOCK;
}
static inline uint64_t snapshot_file_pieces(uint32_t used, uint32_t row_size)
{
    return ((uint64_t)used * row_size + DISK_BLOCK - 1) / DISK_BLOCK;
}
extern const char snapshot_file_magic[8];

#endif
