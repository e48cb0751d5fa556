#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "journal_inner.h"
#include "journal_scan.h"
#include "limits.h"
#include "memory.h"
#include "state.h"

enum { OPEN_ZERO_BLOCKS = 16 };

struct opening {
    struct journal *journal;
    char *error;
    size_t error_size;
};

static enum journal_status open_fault(const struct opening *opening, enum journal_status status, const char *name,
                                      const char *reason)
{
    snprintf(opening->error, opening->error_size, "%s%s%s: %s", opening->journal->options.directory, name ? "/" : "",
             name ? name : "", reason);
    return status;
}

static enum journal_status open_error(const struct opening *opening, const char *name, int error)
{
    return open_fault(opening, journal_inner_status(error), name, strerror(-error));
}

static enum journal_status open_options(struct opening *opening, const struct journal_options *given)
{
    struct journal *journal = opening->journal;
    struct journal_options *options = &journal->options;
    size_t bytes;

    *options = *given;
    options->segment_bytes = options->segment_bytes ? options->segment_bytes : UINT64_C(64) << 20;
    options->ahead_bytes = options->ahead_bytes ? options->ahead_bytes : UINT64_C(1) << 20;
    options->batch_bytes = options->batch_bytes ? options->batch_bytes : LIMIT_BATCH_BYTES;
    journal->disk = options->disk ? options->disk : &disk_real;
    if (options->segment_bytes % DISK_BLOCK || options->segment_bytes < SEGMENT_BYTES_MIN ||
        options->segment_bytes > SEGMENT_BYTES_MAX)
        return open_fault(opening, JOURNAL_ARGUMENT, NULL, "segments must be whole blocks of 4 KiB, 64 KiB to 4 GiB");
    if (options->batch_bytes > LIMIT_BATCH_BYTES || options->ahead_bytes > SECTOR_WRITE_MAX * SECTOR_PAYLOAD / 2)
        return open_fault(opening, JOURNAL_ARGUMENT, NULL, "too many bytes in a batch or ahead of the disk");
    bytes = sector_record_bytes(options->batch_bytes);
    bytes = sizeof(struct sector_head) + (bytes > options->ahead_bytes ? bytes : options->ahead_bytes);
    journal->buffer_sectors = sector_count(bytes);
    if (journal->buffer_sectors > options->segment_bytes / SECTOR_BYTES - SEGMENT_FIRST)
        return open_fault(opening, JOURNAL_ARGUMENT, NULL,
                          "a segment can't hold the largest write: make segments larger");
    return JOURNAL_OK;
}

/* Removes `name`; what is removed stays so only after a sync of the directory. */
static enum journal_status open_remove(const struct opening *opening, const char *name)
{
    struct journal *journal = opening->journal;
    int result = journal->disk->unlink(journal->disk->context, journal->directory, name);

    return result < 0 ? open_error(opening, name, result) : JOURNAL_OK;
}

static enum journal_status open_sync_directory(const struct opening *opening)
{
    struct journal *journal = opening->journal;
    int result = journal->disk->sync(journal->disk->context, journal->directory);

    return result < 0 ? open_error(opening, NULL, result) : JOURNAL_OK;
}

/* Lock, and what a crash left unfinished. *empty: there is no segment. */
static enum journal_status open_directory(struct opening *opening, bool *empty)
{
    struct journal *journal = opening->journal;
    struct segment_list list;
    enum journal_status status = JOURNAL_OK;
    int result = journal->disk->open_directory(journal->disk->context, journal->options.directory,
                                               journal->options.create);

    if (result < 0)
        return open_error(opening, NULL, result);
    journal->directory = result;
    result = journal->disk->lock(journal->disk->context, journal->directory);
    if (result == -EWOULDBLOCK)
        return open_fault(opening, JOURNAL_LOCKED, "lock", "another process holds it");
    if (result < 0)
        return open_error(opening, "lock", result);
    journal->lock = result;
    result = segment_list_read(&list, journal->disk, journal->directory);
    if (result < 0)
        status = open_error(opening, NULL, result);
    *empty = list.segment_count == 0;
    for (size_t i = 0; i < list.unfinished_count && status == JOURNAL_OK; i++)
        status = open_remove(opening, list.unfinished[i]);
    if (status == JOURNAL_OK && list.unfinished_count)
        status = open_sync_directory(opening);
    if (status == JOURNAL_OK && *empty && list.snapshot_count)
        status = open_fault(opening, JOURNAL_GAP, NULL, "there are snapshots but no segments");
    segment_list_free(&list);
    return status;
}

static enum journal_status open_make_first(struct opening *opening)
{
    struct journal *journal = opening->journal;

    if (!journal->options.create)
        return open_fault(opening, JOURNAL_ARGUMENT, NULL, "there is no journal in it");
    journal->segment = 0;
    journal_inner_make_next(journal);
    while (segment_maker_busy(&journal->maker))
        journal->disk->wait(journal->disk->context, journal->loop);
    if (journal->status != JOURNAL_OK)
        return open_fault(opening, journal->status, NULL, journal->message);
    journal->disk->close(journal->disk->context, segment_maker_take(&journal->maker));
    return JOURNAL_OK;
}

static enum journal_status open_check_identity(const struct opening *opening, const struct journal_reader *reader)
{
    const struct journal_options *options = &opening->journal->options;
    const struct segment_header *header = reader->header;

    if (header->cluster != options->cluster || header->node != options->node)
        return open_fault(opening, JOURNAL_VERSION, NULL, "it belongs to another cluster or node");
    if (header->term > options->term)
        return open_fault(opening, JOURNAL_VERSION, NULL, "its term is later than ours");
    return JOURNAL_OK;
}

/* Reads all from first_batch's segment on, so that nothing is appended to what is not whole. */
static enum journal_status open_verify(const struct opening *opening, struct journal_reader *reader)
{
    struct journal *journal = opening->journal;
    enum journal_status status = open_check_identity(opening, reader);
    const struct journal_batch *batch;
    const uint8_t *inputs;

    do {
        if (status == JOURNAL_OK)
            status = journal_reader_next(reader, &batch, &inputs);
        else
            return status;
    } while (status == JOURNAL_OK && batch);
    if (status != JOURNAL_OK)
        return open_fault(opening, status, NULL, reader->message);
    journal->write = reader->end.write + 1;
    journal->last = journal->durable = reader->batch.number;
    journal->time_ns = reader->batch.time_ns;
    memcpy(journal->chain, reader->chain, SECTOR_CHAIN);
    return open_check_identity(opening, reader);
}

/* Zeroes a cut write, so that no part of it can be taken for a part of a later one; syncs what will be built upon. */
static enum journal_status open_cut(const struct opening *opening, const struct journal_reader *reader)
{
    struct journal *journal = opening->journal;
    size_t bytes = (size_t)reader->end.torn * SECTOR_BYTES;
    uint64_t offset = (uint64_t)reader->end.place * SECTOR_BYTES;
    uint8_t *zeros = aligned_alloc(DISK_BLOCK, OPEN_ZERO_BLOCKS * DISK_BLOCK);
    char name[SEGMENT_NAME];
    int result = 0;

    check(zeros != NULL);
    memset(zeros, 0, OPEN_ZERO_BLOCKS * DISK_BLOCK);
    for (size_t done = 0; done < bytes && result == 0; done += OPEN_ZERO_BLOCKS * DISK_BLOCK) {
        size_t size = bytes - done < OPEN_ZERO_BLOCKS * DISK_BLOCK ? bytes - done : OPEN_ZERO_BLOCKS * DISK_BLOCK;

        result = journal->disk->write(journal->disk->context, journal->file, zeros, size, offset + done);
    }
    free(zeros);
    if (result == 0)
        result = journal->disk->sync(journal->disk->context, journal->file);
    segment_name(name, journal->segment);
    return result < 0 ? open_error(opening, name, result) : JOURNAL_OK;
}

/* Continues in the tail; segments behind it are unused and may be of other versions: they are made again. */
static enum journal_status open_continue(const struct opening *opening, const struct journal_reader *reader)
{
    struct journal *journal = opening->journal;
    const struct segment_header *header = reader->header;
    enum journal_status status;
    char name[SEGMENT_NAME];

    journal->segment = header->number;
    journal->sectors = reader->sectors;
    journal->place = reader->end.place;
    segment_name(name, journal->segment);
    journal->file = journal->disk->open(journal->disk->context, journal->directory, name, DISK_WRITE);
    if (journal->file < 0)
        return open_error(opening, name, journal->file);
    status = open_cut(opening, reader);
    for (size_t i = reader->list.segment_count; i-- > reader->end.tail + 1 && status == JOURNAL_OK;) {
        segment_name(name, reader->list.segments[i]);
        status = open_remove(opening, name);
    }
    if (status == JOURNAL_OK)
        status = open_sync_directory(opening);
    if (header->state_version != STATE_VERSION || header->rules != STATE_RULES || header->term != journal->options.term)
        journal->place = journal->sectors; /* what this program makes begins a segment of its own */
    return status;
}

static enum journal_status open_run(struct opening *opening)
{
    struct journal *journal = opening->journal;
    struct journal_reader *reader;
    enum journal_status status;
    bool empty = false;

    status = open_directory(opening, &empty);
    if (status != JOURNAL_OK)
        return status;
    segment_maker_create(&journal->maker, journal->disk, journal->loop, journal->directory);
    for (int i = 0; i < 2; i++) {
        journal->buffer[i] = aligned_alloc(DISK_BLOCK, (size_t)journal->buffer_sectors * SECTOR_BYTES);
        check(journal->buffer[i] != NULL);
        memset(journal->buffer[i], 0, (size_t)journal->buffer_sectors * SECTOR_BYTES);
    }
    if (empty)
        status = open_make_first(opening);
    if (status != JOURNAL_OK)
        return status;
    status = journal_reader_open_on(&reader, journal->disk, journal->options.directory, journal->options.first_batch,
                                    opening->error, opening->error_size);
    if (status != JOURNAL_OK)
        return status;
    status = open_verify(opening, reader);
    if (status == JOURNAL_OK)
        status = open_continue(opening, reader);
    journal_reader_close(reader);
    if (status != JOURNAL_OK)
        return status;
    journal_inner_clear(journal);
    journal_inner_make_next(journal);
    return JOURNAL_OK;
}

static void open_release(struct journal *journal)
{
    if (journal->maker.header)
        segment_maker_destroy(&journal->maker);
    for (int i = 0; i < 2; i++)
        free(journal->buffer[i]);
    if (journal->file >= 0)
        journal->disk->close(journal->disk->context, journal->file);
    if (journal->lock >= 0)
        journal->disk->close(journal->disk->context, journal->lock);
    if (journal->directory >= 0)
        journal->disk->close(journal->disk->context, journal->directory);
    free(journal);
}

enum journal_status journal_open(struct journal **journal, struct loop *loop, const struct journal_options *options,
                                 char *error, size_t error_size)
{
    struct journal *made = memory_reserve(1, sizeof *made);
    struct opening opening = { made, error, error_size };
    enum journal_status status;

    made->loop = loop;
    made->directory = made->lock = made->file = -1;
    journal_inner_prepare(made);
    status = open_options(&opening, options);
    if (status == JOURNAL_OK)
        status = open_run(&opening);
    if (status != JOURNAL_OK) {
        open_release(made);
        made = NULL;
    }
    *journal = made;
    return status;
}

static bool open_is_busy(const struct journal *journal)
{
    return journal->flying || journal->closing || segment_maker_busy(&journal->maker);
}

void journal_close(struct journal *journal)
{
    while (open_is_busy(journal))
        journal->disk->wait(journal->disk->context, journal->loop);
    if (journal->status == JOURNAL_OK && journal->dirty)
        journal_inner_write(journal);
    while (open_is_busy(journal))
        journal->disk->wait(journal->disk->context, journal->loop);
    open_release(journal);
}
