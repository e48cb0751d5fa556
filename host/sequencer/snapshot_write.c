#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "check.h"
#include "memory.h"
#include "snapshot_file.h"
#include "state.h"

#define WRITE_CHUNK (1u << 20)

const char snapshot_file_magic[8] = { 'V', 'I', 'T', 'R', 'S', 'N', 'P', '1' };

static const uint8_t write_zeros[DISK_BLOCK];

static void *write_reserve(size_t size)
{
    void *block = aligned_alloc(DISK_BLOCK, size);

    check(block != NULL);
    return block;
}

static size_t write_table_bytes(const struct table *table)
{
    return (size_t)table->used * table->row_size;
}

int snapshot_file_prepare(struct snapshot_file_writer *writer, const struct disk_ops *disk, const char *directory,
                          struct table *const *tables, size_t count, uint64_t batch)
{
    uint64_t bitmap_blocks = 0, blocks = 1;

    check(count <= SNAPSHOT_FILE_TABLES && sodium_init() >= 0);
    memset(writer, 0, sizeof *writer);
    writer->disk = disk;
    writer->tables = tables;
    writer->count = count;
    writer->file = -1;
    writer->header = write_reserve(DISK_BLOCK);
    writer->chunk = write_reserve(WRITE_CHUNK);
    writer->hashing = memory_reserve(1, crypto_generichash_statebytes());
    for (size_t i = 0; i < count; i++) {
        uint64_t pieces = snapshot_file_pieces(tables[i]->used, tables[i]->row_size);

        bitmap_blocks += snapshot_file_bitmap_blocks(pieces);
        blocks += pieces + snapshot_file_bitmap_blocks(pieces);
    }
    writer->bitmaps = write_reserve((bitmap_blocks + 1) * DISK_BLOCK);
    writer->checksums = write_reserve((snapshot_file_checksum_blocks(blocks) + 1) * DISK_BLOCK);
    memset(writer->header, 0, DISK_BLOCK);
    memset(writer->bitmaps, 0, bitmap_blocks * DISK_BLOCK);
    writer->header->batch = batch;
    segment_snapshot_name(writer->name, batch);
    snprintf(writer->temporary, sizeof writer->temporary, "%.30s.new", writer->name);
    writer->step = "can't open the directory";
    writer->directory = disk->open_directory(disk->context, directory, false);
    return writer->directory < 0 ? writer->directory : 0;
}

void snapshot_file_release(struct snapshot_file_writer *writer)
{
    if (writer->file >= 0)
        writer->disk->close(writer->disk->context, writer->file);
    if (writer->directory >= 0)
        writer->disk->close(writer->disk->context, writer->directory);
    free(writer->header);
    free(writer->bitmaps);
    free(writer->chunk);
    free(writer->checksums);
    free(writer->hashing);
}

/* Marks the pieces of a table that are not zero; returns how many. */
static uint64_t write_mark(const struct table *table, uint8_t *bitmap)
{
    size_t bytes = write_table_bytes(table);
    uint64_t present = 0;

    for (size_t at = 0, piece = 0; at < bytes; at += DISK_BLOCK, piece++) {
        size_t size = bytes - at < DISK_BLOCK ? bytes - at : DISK_BLOCK;

        if (memcmp(table->rows + at, write_zeros, size) == 0)
            continue;
        bitmap[piece / 8] |= (uint8_t)(1u << piece % 8);
        present++;
    }
    return present;
}

static void write_header(struct snapshot_file_writer *writer)
{
    struct snapshot_file_header *header = writer->header;
    uint8_t *bitmap = writer->bitmaps;

    memcpy(header->magic, snapshot_file_magic, sizeof header->magic);
    header->version = SNAPSHOT_FILE_VERSION;
    header->state_version = STATE_VERSION;
    header->rules = STATE_RULES;
    header->tables = (uint32_t)writer->count;
    header->blocks = 1;
    for (size_t i = 0; i < writer->count; i++) {
        const struct table *table = writer->tables[i];
        struct snapshot_file_table *entry = &header->table[i];

        for (size_t j = 0; j + 1 < sizeof entry->name && table->name[j]; j++)
            entry->name[j] = (uint8_t)table->name[j];
        entry->row_size = table->row_size;
        entry->used = table->used;
        entry->capacity = table->capacity;
        entry->free_first = table->free_first;
        entry->live = table->live;
        entry->pieces = snapshot_file_pieces(table->used, table->row_size);
        entry->present = write_mark(table, bitmap);
        bitmap += snapshot_file_bitmap_blocks(entry->pieces) * DISK_BLOCK;
        header->blocks += snapshot_file_bitmap_blocks(entry->pieces) + entry->present;
    }
    header->checksum = XXH3_64bits(header, offsetof(struct snapshot_file_header, checksum));
}

static int write_flush(struct snapshot_file_writer *writer)
{
    int result;

    if (writer->filled == 0)
        return 0;
    result = writer->disk->write(writer->disk->context, writer->file, writer->chunk, writer->filled, writer->offset);
    writer->offset += writer->filled;
    writer->filled = 0;
    return result;
}

/* A block, filled up with zeros; hashed whenever a chunk is full. */
static int write_block(struct snapshot_file_writer *writer, const uint8_t *bytes, size_t size)
{
    uint8_t *block = writer->chunk + writer->filled;

    memcpy(block, bytes, size);
    memset(block + size, 0, DISK_BLOCK - size);
    crypto_generichash_update(writer->hashing, block, DISK_BLOCK);
    writer->filled += DISK_BLOCK;
    return writer->filled == WRITE_CHUNK ? write_flush(writer) : 0;
}

static int write_checked_block(struct snapshot_file_writer *writer, const uint8_t *bytes, size_t size)
{
    const uint8_t *block = writer->chunk + writer->filled;
    int result = write_block(writer, bytes, size);

    writer->checksums[writer->blocks++] = XXH3_64bits(block, DISK_BLOCK); /* flushing leaves it where it is */
    return result;
}

static int write_table(struct snapshot_file_writer *writer, const struct table *table, const uint8_t *bitmap)
{
    size_t bytes = write_table_bytes(table);
    uint64_t pieces = snapshot_file_pieces(table->used, table->row_size);
    int result = 0;

    for (uint64_t i = 0; i < snapshot_file_bitmap_blocks(pieces) && result == 0; i++)
        result = write_checked_block(writer, bitmap + i * DISK_BLOCK, DISK_BLOCK);
    for (uint64_t i = 0; i < pieces && result == 0; i++) {
        size_t at = i * DISK_BLOCK;

        if (bitmap[i / 8] >> i % 8 & 1)
            result = write_checked_block(writer, table->rows + at, bytes - at < DISK_BLOCK ? bytes - at : DISK_BLOCK);
    }
    return result;
}

static int write_content(struct snapshot_file_writer *writer)
{
    const uint8_t *bitmap = writer->bitmaps;
    uint64_t blocks = writer->header->blocks;
    size_t left = blocks * sizeof(uint64_t);
    int result = write_checked_block(writer, (const uint8_t *)writer->header, DISK_BLOCK);

    for (size_t i = 0; i < writer->count && result == 0; i++) {
        result = write_table(writer, writer->tables[i], bitmap);
        bitmap += snapshot_file_bitmap_blocks(writer->header->table[i].pieces) * DISK_BLOCK;
    }
    if (result < 0)
        return result;
    check(writer->blocks == blocks);
    for (size_t at = 0; left && result == 0; at += DISK_BLOCK) {
        size_t size = left < DISK_BLOCK ? left : DISK_BLOCK;

        result = write_block(writer, (const uint8_t *)writer->checksums + at, size);
        left -= size;
    }
    if (result < 0)
        return result;
    crypto_generichash_final(writer->hashing, writer->hash, sizeof writer->hash);
    memset(writer->chunk + writer->filled, 0, DISK_BLOCK);
    memcpy(writer->chunk + writer->filled, writer->hash, sizeof writer->hash);
    writer->filled += DISK_BLOCK;
    return write_flush(writer);
}

int snapshot_file_run(struct snapshot_file_writer *writer)
{
    const struct disk_ops *disk = writer->disk;
    int result;

    crypto_generichash_init(writer->hashing, NULL, 0, SNAPSHOT_FILE_HASH);
    write_header(writer);
    writer->step = "can't create";
    result = disk->unlink(disk->context, writer->directory, writer->temporary);
    if (result < 0 && result != -ENOENT)
        return result;
    writer->file = disk->open(disk->context, writer->directory, writer->temporary, DISK_CREATE);
    if (writer->file < 0)
        return writer->file;
    writer->step = "can't write";
    result = write_content(writer);
    if (result < 0)
        return result;
    writer->step = "can't sync";
    result = disk->sync(disk->context, writer->file);
    if (result < 0)
        return result;
    writer->step = "can't rename";
    result = disk->rename(disk->context, writer->directory, writer->temporary, writer->name);
    if (result < 0)
        return result;
    writer->step = "can't sync the directory";
    return disk->sync(disk->context, writer->directory);
}
