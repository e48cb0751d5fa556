#include "journal_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define SCAN_SECTORS 2048u /* read at a time: 1 MiB */
#define SCAN_AGAIN 4u      /* readings of a sector that a running node may be writing */

static const char scan_bad[] = "sector is neither zero nor valid";

enum journal_status journal_scan_fault(struct journal_reader *reader, enum journal_status status, uint64_t offset,
                                       const char *reason)
{
    char name[SEGMENT_NAME];

    segment_name(name, reader->list.segments[reader->index]);
    snprintf(reader->message, sizeof reader->message, "%s: byte %" PRIu64 ": %s", name, offset, reason);
    return status;
}

enum journal_status journal_scan_error(struct journal_reader *reader, const char *what, int error)
{
    char name[SEGMENT_NAME + 2] = ""; /* nothing: it is about the directory */

    if (reader->list.segment_count) {
        segment_name(name, reader->list.segments[reader->index]);
        strcat(name, ": ");
    }
    snprintf(reader->message, sizeof reader->message, "%s%s: %s", name, what, strerror(-error));
    return error == -ENOSPC || error == -EDQUOT ? JOURNAL_SPACE : JOURNAL_IO;
}

static enum journal_status scan_check_header(struct journal_reader *reader, const struct segment_header *header,
                                             uint64_t bytes)
{
    const char *reason;
    enum journal_status status = segment_header_judge(header, reader->list.segments[reader->index], bytes, &reason);

    if (status != JOURNAL_OK)
        return journal_scan_fault(reader, status, 0, reason);
    if (reader->header->bytes && (header->cluster != reader->header->cluster || header->node != reader->header->node))
        return journal_scan_fault(reader, JOURNAL_VERSION, 0, "segment of another cluster or node");
    *reader->header = *header;
    reader->sectors = (uint32_t)(bytes / SECTOR_BYTES);
    return JOURNAL_OK;
}

enum journal_status journal_scan_segment(struct journal_reader *reader, size_t index)
{
    char name[SEGMENT_NAME];
    uint64_t bytes;
    uint32_t alignment;
    int result;

    if (reader->file >= 0)
        reader->disk->close(reader->disk->context, reader->file);
    reader->index = index;
    reader->loaded_count = 0;
    reader->sectors_now = NULL;
    reader->place = SEGMENT_FIRST;
    segment_name(name, reader->list.segments[index]);
    reader->file = reader->disk->open(reader->disk->context, reader->directory, name, DISK_READ);
    if (reader->file == -EINVAL)
        return journal_scan_fault(reader, JOURNAL_ALIGNMENT, 0, "the file system does not support O_DIRECT");
    if (reader->file < 0)
        return journal_scan_error(reader, "can't open", reader->file);
    result = reader->disk->measure(reader->disk->context, reader->file, &bytes, &alignment);
    if (result < 0)
        return journal_scan_error(reader, "can't measure", result);
    if (alignment == 0 || alignment > DISK_BLOCK)
        return journal_scan_fault(reader, JOURNAL_ALIGNMENT, 0, "the file system's O_DIRECT needs more than 4 KiB");
    result = reader->disk->read(reader->disk->context, reader->file, reader->buffer, SEGMENT_HEADER, 0);
    if (result == -ENODATA)
        return journal_scan_fault(reader, JOURNAL_CORRUPT, bytes, "file ends in its header");
    if (result < 0)
        return journal_scan_error(reader, "can't read", result);
    return scan_check_header(reader, (const struct segment_header *)reader->buffer, bytes);
}

static void scan_make_room(struct journal_reader *reader, size_t sectors)
{
    if (sectors <= reader->buffer_room)
        return;
    free(reader->buffer);
    reader->buffer = aligned_alloc(DISK_BLOCK, sectors * SECTOR_BYTES);
    check(reader->buffer != NULL);
    reader->buffer_room = sectors;
}

/* A sector that looks bad may be one that is being written right now. */
static enum journal_status scan_read_again(struct journal_reader *reader, uint32_t i)
{
    uint32_t block = i / SECTOR_BLOCK * SECTOR_BLOCK;
    uint32_t segment = reader->list.segments[reader->index];

    for (unsigned tries = 0; tries < SCAN_AGAIN; tries++) {
        int result = reader->disk->read(reader->disk->context, reader->file, &reader->buffer[block], DISK_BLOCK,
                                        (uint64_t)(reader->loaded_first + block) * SECTOR_BYTES);

        if (result < 0)
            return journal_scan_error(reader, "can't read", result);
        if (sector_judge(&reader->buffer[i], segment, reader->loaded_first + i) != SECTOR_BAD)
            return JOURNAL_OK;
    }
    return journal_scan_fault(reader, JOURNAL_CORRUPT, (uint64_t)(reader->loaded_first + i) * SECTOR_BYTES, scan_bad);
}

enum journal_status journal_scan_load(struct journal_reader *reader, uint32_t place, uint32_t count,
                                      const struct sector **sectors)
{
    uint32_t wanted = count > SCAN_SECTORS ? count : SCAN_SECTORS;
    uint32_t segment = reader->list.segments[reader->index];
    int result;

    check(count <= reader->sectors && place <= reader->sectors - count);
    if (place < reader->loaded_first || place + count > reader->loaded_first + reader->loaded_count) {
        if (wanted > reader->sectors - place)
            wanted = reader->sectors - place;
        scan_make_room(reader, wanted);
        result = reader->disk->read(reader->disk->context, reader->file, reader->buffer, (size_t)wanted * SECTOR_BYTES,
                                    (uint64_t)place * SECTOR_BYTES);
        if (result < 0)
            return journal_scan_error(reader, "can't read", result);
        reader->loaded_first = place;
        reader->loaded_count = wanted;
    }
    *sectors = reader->buffer + (place - reader->loaded_first);
    for (uint32_t i = 0; i < count; i++)
        if (sector_judge(&(*sectors)[i], segment, place + i) == SECTOR_BAD) {
            enum journal_status status = scan_read_again(reader, place + i - reader->loaded_first);

            if (status != JOURNAL_OK)
                return status;
        }
    return JOURNAL_OK;
}

/* The newest write seen in a segment. */
struct scan_newest {
    uint64_t write;
    uint32_t start, count, seen;
};

static const char *scan_take(struct scan_newest *newest, const struct sector *sector, uint32_t place)
{
    uint32_t start = place - sector->index;

    if (sector->write < newest->write)
        return "sector of an earlier write behind a later one";
    if (sector->write == newest->write) {
        newest->seen++;
        return start == newest->start && sector->count == newest->count ? NULL : "sector does not fit its write";
    }
    if (place < (uint32_t)SEGMENT_FIRST + sector->index || start % SECTOR_BLOCK ||
        start < newest->start + newest->count)
        return "write does not begin behind the one before";
    *newest = (struct scan_newest){ sector->write, start, sector->count, 1 };
    return NULL;
}

static enum journal_status scan_newest_write(struct journal_reader *reader, struct scan_newest *newest)
{
    memset(newest, 0, sizeof *newest);
    for (uint32_t place = SEGMENT_FIRST; place < reader->sectors;) {
        uint32_t count = reader->sectors - place < SCAN_SECTORS ? reader->sectors - place : SCAN_SECTORS;
        const struct sector *sectors;
        enum journal_status status = journal_scan_load(reader, place, count, &sectors);

        if (status != JOURNAL_OK)
            return status;
        for (uint32_t i = 0; i < count; i++) {
            const char *reason = sectors[i].write ? scan_take(newest, &sectors[i], place + i) : NULL;

            if (reason)
                return journal_scan_fault(reader, JOURNAL_CORRUPT, (uint64_t)(place + i) * SECTOR_BYTES, reason);
        }
        place += count;
    }
    return JOURNAL_OK;
}

enum journal_status journal_scan_find_end(struct journal_reader *reader)
{
    struct scan_newest newest = { 0 };
    struct journal_scan_end *end = &reader->end;

    end->place = SEGMENT_FIRST;
    for (size_t i = reader->list.segment_count; i-- > 0 && newest.write == 0;) {
        enum journal_status status = journal_scan_segment(reader, i);

        if (status == JOURNAL_OK)
            status = scan_newest_write(reader, &newest);
        if (status != JOURNAL_OK)
            return status;
        end->tail = i;
    }
    if (newest.write == 0)
        return reader->list.segments[0] == 1 ? JOURNAL_OK :
               journal_scan_fault(reader, JOURNAL_GAP, 0, "no segment has anything in it, and the first is missing");
    if (newest.start + newest.count > reader->sectors)
        return journal_scan_fault(reader, JOURNAL_CORRUPT, (uint64_t)newest.start * SECTOR_BYTES,
                                  "write reaches beyond its segment");
    end->write = newest.seen == newest.count ? newest.write : newest.write - 1;
    end->torn = newest.seen == newest.count ? 0 : newest.count;
    end->place = newest.start + (end->torn ? 0 : newest.count);
    return JOURNAL_OK;
}
