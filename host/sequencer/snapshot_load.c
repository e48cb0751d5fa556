#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "check.h"
#include "snapshot_file.h"
#include "state.h"

#define LOAD_CHUNK (1u << 20)

struct load {
    const struct disk_ops *disk;
    int file;
    char name[SEGMENT_NAME];
    uint64_t bytes;                /* of the file */
    struct snapshot_file_header *header;
    uint8_t *chunk;
    uint64_t chunk_first, chunk_count; /* blocks in it */
    uint64_t next;                 /* block to read next */
    uint64_t *checksums;
    crypto_generichash_state hashing;
    char *error;
    size_t error_size;
};

static enum snapshot_status load_fault(struct load *load, enum snapshot_status status, uint64_t offset,
                                       const char *reason)
{
    snprintf(load->error, load->error_size, "%s: byte %" PRIu64 ": %s", load->name, offset, reason);
    return status;
}

static enum snapshot_status load_io(struct load *load, uint64_t offset, int error)
{
    return error == -ENODATA ? load_fault(load, SNAPSHOT_CORRUPT, load->bytes, "file is cut off") :
                               load_fault(load, SNAPSHOT_IO, offset, strerror(-error));
}

static enum snapshot_status load_check_tables(struct load *load)
{
    const struct snapshot_file_header *header = load->header;
    uint64_t blocks = 1;

    if (header->tables > SNAPSHOT_FILE_TABLES)
        return load_fault(load, SNAPSHOT_CORRUPT, offsetof(struct snapshot_file_header, tables), "too many tables");
    for (uint32_t i = 0; i < header->tables; i++) {
        const struct snapshot_file_table *entry = &header->table[i];

        if (entry->used == 0 || entry->row_size == 0 || entry->free_first >= entry->used ||
            entry->live >= entry->used ||
            entry->pieces != snapshot_file_pieces(entry->used, entry->row_size) || entry->present > entry->pieces ||
            entry->name[sizeof entry->name - 1] || entry->capacity < entry->used || entry->capacity > UINT32_MAX)
            return load_fault(load, SNAPSHOT_CORRUPT, offsetof(struct snapshot_file_header, table) + i * sizeof *entry,
                              "sizes of a table contradict each other");
        blocks += snapshot_file_bitmap_blocks(entry->pieces) + entry->present;
    }
    if (blocks != header->blocks)
        return load_fault(load, SNAPSHOT_CORRUPT, offsetof(struct snapshot_file_header, blocks),
                          "wrong number of blocks");
    if ((blocks + snapshot_file_checksum_blocks(blocks) + 1) * DISK_BLOCK != load->bytes)
        return load_fault(load, SNAPSHOT_CORRUPT, load->bytes, "the file has another size than its header says");
    return SNAPSHOT_OK;
}

static enum snapshot_status load_header(struct load *load, uint64_t batch)
{
    const struct snapshot_file_header *header = load->header;
    uint32_t alignment;
    int result = load->disk->measure(load->disk->context, load->file, &load->bytes, &alignment);

    if (result == 0)
        result = load->disk->read(load->disk->context, load->file, load->header, DISK_BLOCK, 0);
    if (result < 0)
        return load_io(load, 0, result);
    if (memcmp(header->magic, snapshot_file_magic, sizeof header->magic) != 0)
        return load_fault(load, SNAPSHOT_CORRUPT, 0, "not a snapshot");
    if (header->checksum != XXH3_64bits(header, offsetof(struct snapshot_file_header, checksum)))
        return load_fault(load, SNAPSHOT_CORRUPT, 0, "checksum of the header is wrong");
    if (header->version != SNAPSHOT_FILE_VERSION)
        return load_fault(load, SNAPSHOT_VERSION, 8, "another version of the snapshot's format");
    if (header->batch != batch)
        return load_fault(load, SNAPSHOT_CORRUPT, 24, "it is of another batch than its name says");
    return load_check_tables(load);
}

static enum snapshot_status load_open(struct load *load, const struct disk_ops *disk, int directory, uint64_t batch,
                                      char *error, size_t size)
{
    memset(load, 0, sizeof *load);
    load->disk = disk;
    load->error = error;
    load->error_size = size;
    segment_snapshot_name(load->name, batch);
    load->header = aligned_alloc(DISK_BLOCK, DISK_BLOCK);
    check(load->header != NULL && sodium_init() >= 0);
    load->file = disk->open(disk->context, directory, load->name, DISK_READ);
    if (load->file == -ENOENT)
        return load_fault(load, SNAPSHOT_NONE, 0, "there is no such snapshot");
    if (load->file < 0)
        return load_io(load, 0, load->file);
    return load_header(load, batch);
}

static void load_close(struct load *load)
{
    if (load->file >= 0)
        load->disk->close(load->disk->context, load->file);
    free(load->header);
    free(load->chunk);
    free(load->checksums);
}

/* Every block is checked before it is used: the checksums come first. */
static enum snapshot_status load_checksums(struct load *load)
{
    uint64_t bytes = snapshot_file_checksum_blocks(load->header->blocks) * DISK_BLOCK;
    uint64_t used = load->header->blocks * sizeof(uint64_t);
    uint64_t offset = load->header->blocks * DISK_BLOCK;
    int result;

    load->chunk = aligned_alloc(DISK_BLOCK, LOAD_CHUNK);
    load->checksums = aligned_alloc(DISK_BLOCK, bytes);
    check(load->chunk != NULL && load->checksums != NULL);
    result = load->disk->read(load->disk->context, load->file, load->checksums, bytes, offset);
    if (result < 0)
        return load_io(load, offset, result);
    for (; used < bytes; used++)
        if (((const uint8_t *)load->checksums)[used])
            return load_fault(load, SNAPSHOT_CORRUPT, offset + used, "byte behind the checksums is not zero");
    crypto_generichash_init(&load->hashing, NULL, 0, SNAPSHOT_FILE_HASH);
    return SNAPSHOT_OK;
}

static enum snapshot_status load_block(struct load *load, const uint8_t **block)
{
    char reason[128];

    if (load->next == load->chunk_first + load->chunk_count) {
        uint64_t left = load->header->blocks - load->next;
        int result;

        check(left > 0);
        load->chunk_first = load->next;
        load->chunk_count = left < LOAD_CHUNK / DISK_BLOCK ? left : LOAD_CHUNK / DISK_BLOCK;
        result = load->disk->read(load->disk->context, load->file, load->chunk, load->chunk_count * DISK_BLOCK,
                                  load->next * DISK_BLOCK);
        if (result < 0)
            return load_io(load, load->next * DISK_BLOCK, result);
        crypto_generichash_update(&load->hashing, load->chunk, load->chunk_count * DISK_BLOCK);
    }
    *block = load->chunk + (load->next - load->chunk_first) * DISK_BLOCK;
    if (XXH3_64bits(*block, DISK_BLOCK) != load->checksums[load->next]) {
        snprintf(reason, sizeof reason, "checksum of the block is wrong (it is kept at byte %" PRIu64 ")",
                 load->header->blocks * DISK_BLOCK + load->next * sizeof(uint64_t));
        return load_fault(load, SNAPSHOT_CORRUPT, load->next * DISK_BLOCK, reason);
    }
    load->next++;
    return SNAPSHOT_OK;
}

static uint64_t load_count_bits(const uint8_t *bitmap, uint64_t pieces, uint64_t blocks)
{
    uint64_t count = 0;

    for (uint64_t i = 0; i < blocks * DISK_BLOCK * 8; i++)
        if (bitmap[i / 8] >> i % 8 & 1) {
            if (i >= pieces)
                return UINT64_MAX;
            count++;
        }
    return count;
}

/* One piece of a table; NULL: it is zero. What is zero already is not touched, so that it takes no memory. */
static void load_piece(struct table *table, uint64_t piece, uint64_t bytes, const uint8_t *block)
{
    static const uint8_t zeros[DISK_BLOCK];
    uint64_t at = piece * DISK_BLOCK;
    size_t size = bytes - at < DISK_BLOCK ? bytes - at : DISK_BLOCK;

    if (block)
        memcpy(table->rows + at, block, size);
    else if (memcmp(table->rows + at, zeros, size) != 0)
        memset(table->rows + at, 0, size);
}

static enum snapshot_status load_pieces(struct load *load, const struct snapshot_file_table *entry, struct table *table,
                                        const uint8_t *bitmap)
{
    uint64_t bytes = (uint64_t)entry->used * entry->row_size;
    uint64_t before = table ? (uint64_t)table->used * table->row_size : 0;

    for (uint64_t i = 0; i < entry->pieces; i++) {
        const uint8_t *block = NULL;

        if (bitmap[i / 8] >> i % 8 & 1) {
            enum snapshot_status status = load_block(load, &block);

            if (status != SNAPSHOT_OK)
                return status;
        }
        if (table)
            load_piece(table, i, bytes, block);
    }
    if (table == NULL)
        return SNAPSHOT_OK;
    if (before > bytes)
        memset(table->rows + bytes, 0, before - bytes);
    table->used = entry->used;
    table->free_first = entry->free_first;
    table->live = entry->live;
    return SNAPSHOT_OK;
}

static enum snapshot_status load_table(struct load *load, const struct snapshot_file_table *entry, struct table *table)
{
    uint64_t blocks = snapshot_file_bitmap_blocks(entry->pieces);
    uint64_t offset = load->next * DISK_BLOCK;
    uint8_t *bitmap = aligned_alloc(DISK_BLOCK, (blocks + 1) * DISK_BLOCK);
    enum snapshot_status status = SNAPSHOT_OK;

    check(bitmap != NULL);
    for (uint64_t i = 0; i < blocks && status == SNAPSHOT_OK; i++) {
        const uint8_t *block;

        status = load_block(load, &block);
        if (status == SNAPSHOT_OK)
            memcpy(bitmap + i * DISK_BLOCK, block, DISK_BLOCK);
    }
    if (status == SNAPSHOT_OK && load_count_bits(bitmap, entry->pieces, blocks) != entry->present)
        status = load_fault(load, SNAPSHOT_CORRUPT, offset, "bitmap contradicts the header");
    if (status == SNAPSHOT_OK)
        status = load_pieces(load, entry, table, bitmap);
    free(bitmap);
    return status;
}

static enum snapshot_status load_trailer(struct load *load, uint8_t hash[SNAPSHOT_FILE_HASH])
{
    static const uint8_t zeros[DISK_BLOCK];
    uint64_t checksums = snapshot_file_checksum_blocks(load->header->blocks) * DISK_BLOCK;
    uint64_t offset = load->header->blocks * DISK_BLOCK + checksums;
    int result = load->disk->read(load->disk->context, load->file, load->chunk, DISK_BLOCK, offset);

    if (result < 0)
        return load_io(load, offset, result);
    crypto_generichash_update(&load->hashing, (const uint8_t *)load->checksums, checksums);
    crypto_generichash_final(&load->hashing, hash, SNAPSHOT_FILE_HASH);
    if (memcmp(load->chunk, hash, SNAPSHOT_FILE_HASH) != 0)
        return load_fault(load, SNAPSHOT_CORRUPT, offset, "hash of the snapshot is wrong");
    if (memcmp(load->chunk + SNAPSHOT_FILE_HASH, zeros, DISK_BLOCK - SNAPSHOT_FILE_HASH) != 0)
        return load_fault(load, SNAPSHOT_CORRUPT, offset + SNAPSHOT_FILE_HASH, "bytes behind the hash are not zero");
    return SNAPSHOT_OK;
}

/* Whether a snapshot fits our tables. */
static enum snapshot_status load_fits(struct load *load, struct table *const *tables, size_t count)
{
    const struct snapshot_file_header *header = load->header;
    char reason[160];

    if (header->state_version != STATE_VERSION || header->rules != STATE_RULES) {
        snprintf(reason, sizeof reason, "made with state version %" PRIu32 " and rules %" PRIu32 ", not %u and %u",
                 header->state_version, header->rules, STATE_VERSION, STATE_RULES);
        return load_fault(load, SNAPSHOT_VERSION, 12, reason);
    }
    if (header->tables != count)
        return load_fault(load, SNAPSHOT_VERSION, 20, "another number of tables");
    for (size_t i = 0; i < count; i++) {
        const struct snapshot_file_table *entry = &header->table[i];
        uint64_t offset = offsetof(struct snapshot_file_header, table) + i * sizeof *entry;

        if (strcmp((const char *)entry->name, tables[i]->name) != 0 || entry->row_size != tables[i]->row_size)
            return load_fault(load, SNAPSHOT_VERSION, offset, "another table or size of rows");
        if (entry->capacity != tables[i]->capacity) { /* hash tables depend on it, and what is refused as full */
            snprintf(reason, sizeof reason, "%.24s: made with room for %" PRIu64 " rows, not %" PRIu32,
                     (const char *)entry->name, entry->capacity, tables[i]->capacity);
            return load_fault(load, SNAPSHOT_CAPACITY, offset, reason);
        }
    }
    return SNAPSHOT_OK;
}

enum snapshot_status snapshot_file_read(const struct disk_ops *disk, int directory, uint64_t batch,
                                        struct table *const *tables, size_t count, struct snapshot_file_header *header,
                                        uint8_t hash[SNAPSHOT_FILE_HASH], char *error, size_t size)
{
    struct load load;
    const uint8_t *block;
    enum snapshot_status status = load_open(&load, disk, directory, batch, error, size);

    if (status == SNAPSHOT_OK && tables)
        status = load_fits(&load, tables, count);
    if (status == SNAPSHOT_OK)
        status = load_checksums(&load);
    if (status == SNAPSHOT_OK)
        status = load_block(&load, &block); /* the header once more, for its checksum and the hash */
    for (uint32_t i = 0; status == SNAPSHOT_OK && i < load.header->tables; i++)
        status = load_table(&load, &load.header->table[i], tables ? tables[i] : NULL);
    if (status == SNAPSHOT_OK)
        status = load_trailer(&load, hash);
    if (status == SNAPSHOT_OK && header)
        *header = *load.header;
    load_close(&load);
    return status;
}

enum snapshot_status snapshot_file_peek(const struct disk_ops *disk, int directory, uint64_t batch,
                                        struct snapshot_file_header *header, char *error, size_t size)
{
    struct load load;
    enum snapshot_status status = load_open(&load, disk, directory, batch, error, size);

    if (status == SNAPSHOT_OK)
        *header = *load.header;
    load_close(&load);
    return status;
}
