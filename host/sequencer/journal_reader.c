#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "journal_scan.h"
#include "limits.h"
#include "memory.h"

static uint64_t reader_offset(const struct journal_reader *reader, size_t at)
{
    return (reader->place_now + at / SECTOR_PAYLOAD) * SECTOR_BYTES + (SECTOR_BYTES - SECTOR_PAYLOAD) +
           at % SECTOR_PAYLOAD;
}

static enum journal_status reader_corrupt(struct journal_reader *reader, uint32_t place, const char *reason)
{
    return journal_scan_fault(reader, JOURNAL_CORRUPT, (uint64_t)place * SECTOR_BYTES, reason);
}

/* The rest of a segment in which the next write had no room. */
static enum journal_status reader_check_rest(struct journal_reader *reader)
{
    while (reader->place < reader->sectors) {
        const struct sector *sectors;
        enum journal_status status = journal_scan_load(reader, reader->place, SECTOR_BLOCK, &sectors);

        if (status != JOURNAL_OK)
            return status;
        for (uint32_t i = 0; i < SECTOR_BLOCK; i++)
            if (sectors[i].write)
                return reader_corrupt(reader, reader->place, "zero sector at or below the commit point");
        reader->place += SECTOR_BLOCK;
    }
    return JOURNAL_OK;
}

static enum journal_status reader_check_head(struct journal_reader *reader, const struct sector *sectors)
{
    struct sector_head head;
    size_t left;

    sector_get(sectors, 0, &head, sizeof head);
    left = sizeof head + (size_t)head.bytes;
    if (sector_count(left) != sectors->count || head.reserved[0] || head.reserved[1] || head.batch == 0)
        return reader_corrupt(reader, reader->place, "head of the write is malformed");
    for (uint32_t i = 0; i < sectors->count; i++) {
        size_t used = left < SECTOR_PAYLOAD ? left : SECTOR_PAYLOAD;

        if (sectors[i].size != used)
            return reader_corrupt(reader, reader->place + i, "payload of the sector has another size");
        left -= used;
    }
    if (reader->write == 0) { /* the first write that is read: it says what came before */
        memcpy(reader->chain, head.chain, sizeof head.chain);
        reader->batch.number = head.batch - 1;
    }
    if (memcmp(reader->chain, head.chain, sizeof head.chain) != 0)
        return reader_corrupt(reader, reader->place, "chain of the write is not that of the record before");
    if (reader->batch.number == 0)
        reader->batch.number = head.batch - 1;
    if (head.batch != reader->batch.number + 1)
        return reader_corrupt(reader, reader->place, "first batch of the write is not the next");
    reader->size = sizeof head + (size_t)head.bytes;
    reader->at = sizeof head;
    reader->records = head.records;
    return JOURNAL_OK;
}

/* The sector at `place` is valid, or zero. */
static enum journal_status reader_take_write(struct journal_reader *reader, const struct sector *first)
{
    uint32_t count = first->count;
    uint64_t write = first->write;
    const struct sector *sectors;
    enum journal_status status;

    if (first->index != 0)
        return reader_corrupt(reader, reader->place, "write without its first sector");
    if (reader->write && write != reader->write)
        return reader_corrupt(reader, reader->place, "write is not the next one");
    if (count > reader->sectors - reader->place)
        return reader_corrupt(reader, reader->place, "write reaches beyond its segment");
    status = journal_scan_load(reader, reader->place, count, &sectors);
    for (uint32_t i = 0; i < count && status == JOURNAL_OK; i++) {
        if (sectors[i].write == 0)
            status = reader_corrupt(reader, reader->place + i, "zero sector at or below the commit point");
        else if (sectors[i].write != write || sectors[i].index != i || sectors[i].count != count)
            status = reader_corrupt(reader, reader->place + i, "sector of another write");
    }
    if (status == JOURNAL_OK)
        status = reader_check_head(reader, sectors);
    if (status != JOURNAL_OK)
        return status;
    reader->sectors_now = sectors;
    reader->place_now = reader->place;
    reader->place += count;
    reader->write = write + 1;
    return JOURNAL_OK;
}

/* The next write; sectors_now is NULL at the end. */
static enum journal_status reader_next_write(struct journal_reader *reader)
{
    const struct sector *sectors;
    enum journal_status status;

    reader->sectors_now = NULL;
    for (;;) {
        bool tail = reader->index == reader->end.tail;

        if (tail && reader->place == reader->end.place)
            return reader->write == reader->end.write + 1 ? JOURNAL_OK :
                   reader_corrupt(reader, reader->place, "writes before this place are missing");
        if (reader->place < reader->sectors) {
            status = journal_scan_load(reader, reader->place, SECTOR_BLOCK, &sectors);
            if (status != JOURNAL_OK)
                return status;
            if (sectors->write)
                return reader_take_write(reader, sectors);
            if (tail)
                return reader_corrupt(reader, reader->place, "zero sector at or below the commit point");
            status = reader_check_rest(reader);
            if (status != JOURNAL_OK)
                return status;
        }
        status = journal_scan_segment(reader, reader->index + 1);
        if (status != JOURNAL_OK)
            return status;
    }
}

static const char *reader_judge_record(const struct journal_reader *reader, const struct sector_record *record)
{
    const struct journal_batch *batch = &record->batch;

    if (record->mark != SECTOR_RECORD_MARK)
        return "record has no mark";
    if (batch->size > LIMIT_BATCH_BYTES || batch->count > LIMIT_BATCH_INPUTS ||
        record->bytes != sector_record_bytes(batch->size) || record->bytes > reader->size - reader->at)
        return "size of the record is wrong";
    if (batch->number != reader->batch.number + 1)
        return "batch is not the next one";
    if (batch->time_ns < reader->batch.time_ns)
        return "time runs backwards";
    if (batch->outcome_batch >= batch->number)
        return "outcome of a batch that has not come yet";
    return NULL;
}

static enum journal_status reader_fault_at(struct journal_reader *reader, const char *reason)
{
    return journal_scan_fault(reader, JOURNAL_CORRUPT, reader_offset(reader, reader->at), reason);
}

static enum journal_status reader_take_record(struct journal_reader *reader)
{
    struct sector_record *record;
    const char *reason;
    size_t body, padded;

    if (reader->size - reader->at < sizeof *record + SECTOR_CHAIN)
        return reader_fault_at(reader, "record is cut off");
    memory_grow((void **)&reader->record, &reader->record_room, sizeof *record, 1);
    sector_get(reader->sectors_now, reader->at, reader->record, sizeof *record);
    reason = reader_judge_record(reader, (const struct sector_record *)reader->record);
    if (reason)
        return reader_fault_at(reader, reason);
    body = ((const struct sector_record *)reader->record)->bytes;
    memory_grow((void **)&reader->record, &reader->record_room, body, 1);
    record = (struct sector_record *)reader->record;
    sector_get(reader->sectors_now, reader->at, reader->record, body);
    body -= SECTOR_CHAIN;
    for (padded = sizeof *record + record->batch.size; padded < body; padded++)
        if (reader->record[padded])
            return reader_fault_at(reader, "padding of the record is not zero");
    sector_chain(reader->chain, record, body, NULL, 0);
    if (memcmp(reader->chain, reader->record + body, SECTOR_CHAIN) != 0)
        return reader_fault_at(reader, "chain of the record is wrong");
    reader->at += body + SECTOR_CHAIN;
    reader->records--;
    reader->batch = record->batch;
    return JOURNAL_OK;
}

enum journal_status journal_reader_next(struct journal_reader *reader, const struct journal_batch **batch,
                                        const uint8_t **inputs)
{
    enum journal_status status;

    *batch = NULL;
    *inputs = NULL;
    do {
        while (reader->records == 0) {
            if (reader->sectors_now && reader->at != reader->size)
                return reader_fault_at(reader, "bytes behind the last record");
            status = reader_next_write(reader);
            if (status != JOURNAL_OK || reader->sectors_now == NULL)
                return status;
        }
        status = reader_take_record(reader);
        if (status != JOURNAL_OK)
            return status;
    } while (reader->batch.number < reader->first);
    *batch = &reader->batch;
    *inputs = reader->record + sizeof(struct sector_record);
    return JOURNAL_OK;
}

/* Goes to the last segment whose first batch is not behind `first`. */
static enum journal_status reader_seek(struct journal_reader *reader)
{
    const struct journal_scan_end *end = &reader->end;
    const struct sector *sectors;
    struct sector_head head;
    enum journal_status status;

    for (size_t i = reader->first ? end->tail + 1 : 0; i-- > 0;) {
        if (i == end->tail && end->place == SEGMENT_FIRST && i > 0)
            continue; /* it has no whole write */
        status = journal_scan_segment(reader, i);
        if (status != JOURNAL_OK || end->write == 0)
            return status;
        status = journal_scan_load(reader, SEGMENT_FIRST, SECTOR_BLOCK, &sectors);
        if (status != JOURNAL_OK)
            return status;
        if (sectors->write == 0)
            return reader_corrupt(reader, SEGMENT_FIRST, "zero sector at or below the commit point");
        sector_get(sectors, 0, &head, sizeof head);
        if (head.batch <= reader->first)
            return JOURNAL_OK;
    }
    status = journal_scan_segment(reader, 0);
    if (status == JOURNAL_OK && reader->first > 0 && reader->list.segments[0] > 1)
        status = journal_scan_fault(reader, JOURNAL_GAP, 0, "the batch asked for was pruned");
    return status;
}

static enum journal_status reader_begin(struct journal_reader *reader, const char *directory)
{
    enum journal_status status;
    int result;

    reader->directory = reader->disk->open_directory(reader->disk->context, directory, false);
    if (reader->directory < 0)
        return journal_scan_error(reader, "can't open", reader->directory);
    result = segment_list_read(&reader->list, reader->disk, reader->directory);
    if (result < 0)
        return journal_scan_error(reader, "can't list", result);
    if (reader->list.segment_count == 0) {
        snprintf(reader->message, sizeof reader->message, "there is no journal in it");
        return JOURNAL_ARGUMENT;
    }
    for (size_t i = 1; i < reader->list.segment_count; i++)
        if (reader->list.segments[i] != reader->list.segments[i - 1] + 1) {
            reader->index = i;
            return journal_scan_fault(reader, JOURNAL_GAP, 0, "segments before this one are missing");
        }
    status = journal_scan_find_end(reader);
    if (status == JOURNAL_OK)
        status = reader_seek(reader);
    if (status == JOURNAL_OK && reader->list.segments[reader->index] == 1)
        reader->write = 1;
    return status;
}

enum journal_status journal_reader_open_on(struct journal_reader **reader, const struct disk_ops *disk,
                                           const char *directory, uint64_t first, char *error, size_t error_size)
{
    struct journal_reader *made = memory_reserve(1, sizeof *made);
    enum journal_status status;

    made->disk = disk;
    made->directory = made->file = -1;
    made->first = first;
    made->header = memory_reserve(1, sizeof *made->header);
    made->buffer_room = SECTOR_BLOCK;
    made->buffer = aligned_alloc(DISK_BLOCK, DISK_BLOCK);
    check(made->buffer != NULL && sodium_init() >= 0); /* picks the fastest BLAKE2b */
    status = reader_begin(made, directory);
    if (status != JOURNAL_OK) {
        snprintf(error, error_size, "%s%s%s", directory, made->list.segment_count ? "/" : ": ", made->message);
        journal_reader_close(made);
        made = NULL;
    }
    *reader = made;
    return status;
}

enum journal_status journal_reader_open(struct journal_reader **reader, const char *directory, uint64_t first,
                                        char *error, size_t error_size)
{
    return journal_reader_open_on(reader, &disk_real, directory, first, error, error_size);
}

const char *journal_reader_message(const struct journal_reader *reader)
{
    return reader->message;
}

void journal_reader_chain(const struct journal_reader *reader, uint8_t chain[32])
{
    memcpy(chain, reader->chain, SECTOR_CHAIN);
}

void journal_reader_versions(const struct journal_reader *reader, uint32_t *state_version, uint32_t *rules)
{
    *state_version = reader->header->state_version;
    *rules = reader->header->rules;
}

void journal_reader_close(struct journal_reader *reader)
{
    if (reader->file >= 0)
        reader->disk->close(reader->disk->context, reader->file);
    if (reader->directory >= 0)
        reader->disk->close(reader->disk->context, reader->directory);
    segment_list_free(&reader->list);
    free(reader->header);
    free(reader->buffer);
    free(reader->record);
    free(reader);
}
