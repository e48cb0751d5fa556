#include "journal_backup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "input.h"
#include "journal_inner.h"
#include "journal_scan.h"
#include "memory.h"
#include "snapshot_file.h"

#define BACKUP_CHUNK (1u << 20)

static const struct disk_ops *const disk = &disk_real;

static enum journal_status backup_fault(struct journal_backup_report *report, enum journal_status status,
                                        const char *directory, const char *what, const char *reason)
{
    if (report->fault[0] == '\0')
        snprintf(report->fault, sizeof report->fault, "%s%s%s%s%s", directory, what ? "/" : "", what ? what : "",
                 reason ? ": " : "", reason ? reason : "");
    return status;
}

static enum journal_status backup_error(struct journal_backup_report *report, const char *directory, const char *what,
                                        int error)
{
    return backup_fault(report, journal_inner_status(error), directory, what, strerror(-error));
}

static enum journal_status backup_snapshot_status(enum snapshot_status status)
{
    switch (status) {
    case SNAPSHOT_OK:
        return JOURNAL_OK;
    case SNAPSHOT_IO:
        return JOURNAL_IO;
    case SNAPSHOT_VERSION:
        return JOURNAL_VERSION;
    case SNAPSHOT_NONE:
    case SNAPSHOT_CORRUPT:
    case SNAPSHOT_CAPACITY:
    case SNAPSHOT_BUSY:
        break;
    }
    return JOURNAL_CORRUPT;
}

static uint64_t backup_snapshot_bytes(const struct snapshot_file_header *header)
{
    return (header->blocks + snapshot_file_checksum_blocks(header->blocks) + 1) * DISK_BLOCK;
}

/* Reads all of a snapshot; a fault goes into the report. */
static enum journal_status backup_read_snapshot(struct journal_backup_report *report, const char *directory, int opened,
                                                uint64_t batch, uint64_t *bytes, uint8_t hash[SNAPSHOT_FILE_HASH])
{
    char error[256];
    struct snapshot_file_header header;
    enum snapshot_status status = snapshot_file_read(disk, opened, batch, NULL, 0, &header, hash, error, sizeof error);

    *bytes = status == SNAPSHOT_OK ? backup_snapshot_bytes(&header) : 0;
    return status == SNAPSHOT_OK ? JOURNAL_OK :
           backup_fault(report, backup_snapshot_status(status), directory, error, NULL);
}

/* Hashes that the journal says snapshots have. */
struct backup_hashes {
    struct {
        uint64_t batch;
        uint8_t hash[SNAPSHOT_FILE_HASH];
    } *hashes;
    size_t count, room;
};

static void backup_note_hashes(struct backup_hashes *hashes, const uint8_t *inputs, size_t size)
{
    struct input_header header;
    struct input_snapshot snapshot;

    for (size_t at = 0; at + sizeof header <= size; at += header.size) {
        memcpy(&header, inputs + at, sizeof header);
        if (header.size < sizeof header || header.size > size - at)
            return; /* whether inputs make sense is for the core to say */
        if (header.kind != INPUT_SNAPSHOT || header.size != sizeof snapshot)
            continue;
        memcpy(&snapshot, inputs + at, sizeof snapshot);
        memory_grow((void **)&hashes->hashes, &hashes->room, hashes->count + 1, sizeof *hashes->hashes);
        hashes->hashes[hashes->count].batch = snapshot.batch;
        memcpy(hashes->hashes[hashes->count++].hash, snapshot.hash, sizeof snapshot.hash);
    }
}

/* Reads the whole journal. */
static enum journal_status backup_read_journal(struct journal_backup_report *report, const char *directory,
                                               struct backup_hashes *hashes)
{
    struct journal_reader *reader;
    const struct journal_batch *batch;
    const uint8_t *inputs;
    char error[640];
    enum journal_status status = journal_reader_open(&reader, directory, 0, error, sizeof error);

    if (status != JOURNAL_OK)
        return backup_fault(report, status, error, NULL, NULL);
    report->segments = reader->list.segment_count;
    do {
        status = journal_reader_next(reader, &batch, &inputs);
        if (status != JOURNAL_OK || batch == NULL)
            break;
        if (report->batches++ == 0) {
            report->first_batch = batch->number;
            report->first_time_ns = batch->time_ns;
        }
        report->last_batch = batch->number;
        report->last_time_ns = batch->time_ns;
        report->inputs += batch->count;
        report->bytes += batch->size;
        backup_note_hashes(hashes, inputs, batch->size);
    } while (true);
    journal_reader_chain(reader, report->chain);
    if (status != JOURNAL_OK)
        backup_fault(report, status, directory, journal_reader_message(reader), NULL);
    journal_reader_close(reader);
    return status;
}

static enum journal_status backup_verify_snapshot(struct journal_backup_report *report, const char *directory,
                                                  int opened,
                                                  struct journal_backup_item *item, const struct backup_hashes *hashes)
{
    static uint8_t hash[SNAPSHOT_FILE_HASH];
    static char fault[sizeof report->fault];
    struct journal_backup_report own = { 0 };
    enum journal_status status = backup_read_snapshot(&own, directory, opened, item->batch, &item->bytes, hash);

    item->hash = status == JOURNAL_OK ? hash : NULL;
    for (size_t i = 0; i < hashes->count && status == JOURNAL_OK; i++)
        if (hashes->hashes[i].batch == item->batch && memcmp(hashes->hashes[i].hash, hash, sizeof hash) != 0)
            status = backup_fault(&own, JOURNAL_CORRUPT, directory, item->name, "its hash is not the journal's");
    if (status == JOURNAL_OK)
        return JOURNAL_OK;
    snprintf(fault, sizeof fault, "%s", own.fault);
    item->fault = fault;
    return backup_fault(report, status, own.fault, NULL, NULL);
}

enum journal_status journal_backup_verify(const char *directory, struct journal_backup_report *report,
                                          journal_backup_each each, void *to)
{
    struct backup_hashes hashes = { 0 };
    struct segment_list list = { 0 };
    enum journal_status status, found;
    int opened;

    memset(report, 0, sizeof *report);
    status = backup_read_journal(report, directory, &hashes);
    opened = disk->open_directory(disk->context, directory, false);
    if (opened >= 0 && segment_list_read(&list, disk, opened) == 0)
        for (size_t i = 0; i < list.snapshot_count; i++) {
            char name[SEGMENT_NAME];
            struct journal_backup_item item = { .name = name, .batch = list.snapshots[i], .snapshot = true };

            segment_snapshot_name(name, item.batch);
            found = backup_verify_snapshot(report, directory, opened, &item, &hashes);
            status = status == JOURNAL_OK ? found : status;
            report->snapshots++;
            if (each)
                each(to, &item);
        }
    segment_list_free(&list);
    free(hashes.hashes);
    if (opened >= 0)
        disk->close(disk->context, opened);
    return status;
}

/* Number of the first batch of a segment; 0: it has no whole write. */
static enum journal_status backup_first_batch(struct journal_reader *reader, size_t index, uint64_t *batch)
{
    const struct sector *sectors;
    struct sector_head head;
    enum journal_status status = journal_scan_segment(reader, index);

    *batch = 0;
    if (status != JOURNAL_OK || index > reader->end.tail ||
        (index == reader->end.tail && reader->end.place == SEGMENT_FIRST))
        return status;
    status = journal_scan_load(reader, SEGMENT_FIRST, SECTOR_BLOCK, &sectors);
    if (status != JOURNAL_OK)
        return status;
    if (sectors->write == 0)
        return journal_scan_fault(reader, JOURNAL_CORRUPT, SEGMENT_HEADER, "zero sector at or below the commit point");
    sector_get(sectors, 0, &head, sizeof head);
    *batch = head.batch;
    return JOURNAL_OK;
}

static enum journal_status backup_open_reader(struct journal_reader **reader, const char *directory,
                                              struct journal_backup_report *report)
{
    char error[640];
    enum journal_status status;

    memset(report, 0, sizeof *report);
    status = journal_reader_open(reader, directory, 0, error, sizeof error);
    return status == JOURNAL_OK ? JOURNAL_OK : backup_fault(report, status, error, NULL, NULL);
}

enum journal_status journal_backup_list(const char *directory, journal_backup_each each, void *to,
                                        struct journal_backup_report *report)
{
    struct journal_reader *reader;
    char name[SEGMENT_NAME], error[256];
    enum journal_status status = backup_open_reader(&reader, directory, report);

    if (status != JOURNAL_OK)
        return status;
    for (size_t i = 0; i < reader->list.segment_count && status == JOURNAL_OK; i++) {
        struct journal_backup_item item = { .name = name };

        segment_name(name, reader->list.segments[i]);
        status = backup_first_batch(reader, i, &item.batch);
        item.bytes = (uint64_t)reader->sectors * SECTOR_BYTES;
        report->segments++;
        if (status == JOURNAL_OK)
            each(to, &item);
        else
            backup_fault(report, status, directory, reader->message, NULL);
    }
    for (size_t i = 0; i < reader->list.snapshot_count && status == JOURNAL_OK; i++) {
        struct journal_backup_item item = { .name = name, .batch = reader->list.snapshots[i], .snapshot = true };
        struct snapshot_file_header header;

        segment_snapshot_name(name, item.batch);
        if (snapshot_file_peek(disk, reader->directory, item.batch, &header, error, sizeof error) == SNAPSHOT_OK)
            item.bytes = backup_snapshot_bytes(&header);
        else
            item.fault = error;
        report->snapshots++;
        each(to, &item);
    }
    journal_reader_close(reader);
    return status;
}

struct backup {
    struct journal_backup_report *report;
    const char *source, *target;
    int from, to; /* directories */
    uint8_t *chunk, *other;
    char name[SEGMENT_NAME], temporary[SEGMENT_NAME];
};

/* Copies the first `used` bytes of a file and zeros up to `bytes`, under a temporary name, synced, renamed. */
static int backup_copy_file(struct backup *backup, uint64_t used, uint64_t bytes)
{
    int from = disk->open(disk->context, backup->from, backup->name, DISK_READ);
    int to, result;

    if (from < 0)
        return from;
    disk->unlink(disk->context, backup->to, backup->temporary); /* an interrupted copy's; if it stays, creating fails */
    to = disk->open(disk->context, backup->to, backup->temporary, DISK_CREATE);
    result = to < 0 ? to : 0;
    for (uint64_t at = 0; at < bytes && result == 0; at += BACKUP_CHUNK) {
        size_t size = bytes - at < BACKUP_CHUNK ? bytes - at : BACKUP_CHUNK;
        size_t read = at >= used ? 0 : used - at < size ? used - at : size;

        if (read)
            result = disk->read(disk->context, from, backup->chunk, read, at);
        memset(backup->chunk + read, 0, size - read);
        if (result == 0)
            result = disk->write(disk->context, to, backup->chunk, size, at);
    }
    if (result == 0)
        result = disk->sync(disk->context, to);
    disk->close(disk->context, from);
    if (to >= 0)
        disk->close(disk->context, to);
    return result < 0 ? result : disk->rename(disk->context, backup->to, backup->temporary, backup->name);
}

static void backup_name(struct backup *backup, uint32_t segment, uint64_t snapshot)
{
    if (segment)
        segment_name(backup->name, segment);
    else
        segment_snapshot_name(backup->name, snapshot);
    snprintf(backup->temporary, sizeof backup->temporary, "%.30s.new", backup->name);
}

/* Compares what the target has of a segment: 0 the same, 1 less (zeros where the source has more), -EEXIST other
 * content. */
static int backup_compare(struct backup *backup, int from, int to, uint64_t used, uint64_t bytes)
{
    static const uint8_t zeros[SECTOR_BYTES];
    int result = 0;

    for (uint64_t at = 0; at < bytes && result >= 0; at += BACKUP_CHUNK) {
        size_t size = bytes - at < BACKUP_CHUNK ? bytes - at : BACKUP_CHUNK;
        int error = disk->read(disk->context, from, backup->chunk, size, at);

        if (error == 0)
            error = disk->read(disk->context, to, backup->other, size, at);
        if (error < 0)
            return error;
        for (size_t i = 0; i < size; i += SECTOR_BYTES) {
            const uint8_t *wanted = at + i < used ? backup->chunk + i : zeros;

            if (memcmp(wanted, backup->other + i, SECTOR_BYTES) == 0)
                continue;
            if (memcmp(zeros, backup->other + i, SECTOR_BYTES) != 0)
                return -EEXIST;
            result = 1;
        }
    }
    return result;
}

/* Whether a segment must be copied: 1, 0 if the target has it, -EEXIST if that holds something else. */
static int backup_needs(struct backup *backup, uint64_t used, uint64_t bytes)
{
    int from, to = disk->open(disk->context, backup->to, backup->name, DISK_READ);
    uint64_t size = 0;
    uint32_t alignment;
    int result;

    if (to == -ENOENT)
        return 1;
    if (to < 0)
        return to;
    from = disk->open(disk->context, backup->from, backup->name, DISK_READ);
    result = from < 0 ? from : disk->measure(disk->context, to, &size, &alignment);
    if (result >= 0)
        result = size == bytes ? backup_compare(backup, from, to, used, bytes) : -EEXIST;
    if (from >= 0)
        disk->close(disk->context, from);
    disk->close(disk->context, to);
    return result;
}

static enum journal_status backup_copy_segment(struct backup *backup, struct journal_reader *reader, size_t index)
{
    enum journal_status status = journal_scan_segment(reader, index);
    uint64_t bytes = (uint64_t)reader->sectors * SECTOR_BYTES;
    uint64_t used = index == reader->end.tail ? (uint64_t)reader->end.place * SECTOR_BYTES : bytes;
    int result;

    if (status != JOURNAL_OK)
        return backup_fault(backup->report, status, backup->source, reader->message, NULL);
    backup_name(backup, reader->list.segments[index], 0);
    result = backup_needs(backup, used, bytes);
    if (result == -EEXIST)
        return backup_fault(backup->report, JOURNAL_CORRUPT, backup->target, backup->name,
                            "is not a part of the journal that is copied");
    backup->report->segments += result > 0;
    backup->report->segments_kept += result == 0;
    if (result > 0)
        result = backup_copy_file(backup, used, bytes);
    return result < 0 ? backup_error(backup->report, backup->target, backup->name, result) : JOURNAL_OK;
}

static enum journal_status backup_copy_snapshot(struct backup *backup, uint64_t batch)
{
    uint8_t hash[SNAPSHOT_FILE_HASH], other[SNAPSHOT_FILE_HASH];
    char error[256];
    uint64_t bytes;
    enum journal_status status = backup_read_snapshot(backup->report, backup->source, backup->from, batch, &bytes,
                                                      hash);
    int result;

    if (status != JOURNAL_OK)
        return status;
    backup_name(backup, 0, batch);
    if (snapshot_file_read(disk, backup->to, batch, NULL, 0, NULL, other, error, sizeof error) == SNAPSHOT_OK &&
        memcmp(hash, other, sizeof hash) == 0) {
        backup->report->snapshots_kept++;
        return JOURNAL_OK;
    }
    result = backup_copy_file(backup, bytes, bytes);
    if (result < 0)
        return backup_error(backup->report, backup->target, backup->name, result);
    backup->report->snapshots++;
    return backup_read_snapshot(backup->report, backup->target, backup->to, batch, &bytes, other);
}

static enum journal_status backup_copy_all(struct backup *backup, struct journal_reader *reader)
{
    enum journal_status status = JOURNAL_OK;
    int result;

    for (size_t i = 0; i < reader->list.snapshot_count && status == JOURNAL_OK; i++)
        status = backup_copy_snapshot(backup, reader->list.snapshots[i]);
    for (size_t i = 0; i <= reader->end.tail && status == JOURNAL_OK; i++)
        status = backup_copy_segment(backup, reader, i);
    result = status == JOURNAL_OK ? disk->sync(disk->context, backup->to) : 0;
    return result < 0 ? backup_error(backup->report, backup->target, NULL, result) : status;
}

static enum journal_status backup_open_target(struct backup *backup, int *lock)
{
    *lock = -1;
    backup->to = disk->open_directory(disk->context, backup->target, true);
    if (backup->to < 0)
        return backup_error(backup->report, backup->target, NULL, backup->to);
    *lock = disk->lock(disk->context, backup->to);
    if (*lock == -EWOULDBLOCK)
        return backup_fault(backup->report, JOURNAL_LOCKED, backup->target, "lock", "another process holds it");
    return *lock < 0 ? backup_error(backup->report, backup->target, "lock", *lock) : JOURNAL_OK;
}

enum journal_status journal_backup_copy(const char *source, const char *target, struct journal_backup_report *report)
{
    struct backup backup = { .report = report, .source = source, .target = target };
    struct journal_backup_report verified;
    struct journal_reader *reader;
    enum journal_status status = backup_open_reader(&reader, source, report);
    int lock;

    if (status != JOURNAL_OK)
        return status;
    backup.from = reader->directory;
    backup.chunk = aligned_alloc(DISK_BLOCK, BACKUP_CHUNK);
    backup.other = aligned_alloc(DISK_BLOCK, BACKUP_CHUNK);
    check(backup.chunk != NULL && backup.other != NULL);
    status = backup_open_target(&backup, &lock);
    if (status == JOURNAL_OK)
        status = backup_copy_all(&backup, reader);
    if (status == JOURNAL_OK) {
        status = journal_backup_verify(target, &verified, NULL, NULL);
        verified.segments = report->segments;
        verified.snapshots = report->snapshots;
        verified.segments_kept = report->segments_kept;
        verified.snapshots_kept = report->snapshots_kept;
        *report = verified;
    }
    if (lock >= 0)
        disk->close(disk->context, lock);
    if (backup.to >= 0)
        disk->close(disk->context, backup.to);
    free(backup.chunk);
    free(backup.other);
    journal_reader_close(reader);
    return status;
}

/* Index of the first snapshot to keep. */
static enum journal_status backup_choose(const struct segment_list *list, uint64_t keep, uint64_t keep_from,
                                         const char *directory, struct journal_backup_report *report, size_t *first)
{
    size_t count = list->snapshot_count;

    *first = keep < count ? count - keep : 0;
    if (keep_from) {
        for (*first = 0; *first < count && list->snapshots[*first] != keep_from; ++*first)
            continue;
        if (*first == count)
            return backup_fault(report, JOURNAL_ARGUMENT, directory, NULL, "there is no snapshot after that batch");
    }
    if (count - *first < 2)
        return backup_fault(report, JOURNAL_ARGUMENT, directory, NULL, "at least two snapshots must be kept");
    return JOURNAL_OK;
}

static enum journal_status backup_remove(const char *directory, int opened, uint32_t segment, uint64_t snapshot,
                                         struct journal_backup_report *report)
{
    struct backup backup;
    int result;

    backup_name(&backup, segment, snapshot);
    result = disk->unlink(disk->context, opened, backup.name);
    if (result < 0)
        return backup_error(report, directory, backup.name, result);
    report->segments += segment != 0;
    report->snapshots += segment == 0;
    return JOURNAL_OK;
}

/* How many segments lie wholly before what `batch` + 1 and later need. */
static enum journal_status backup_needless(struct journal_reader *reader, uint64_t batch, size_t *needless)
{
    *needless = 0;
    for (size_t i = 1; i <= reader->end.tail; i++) {
        uint64_t first;
        enum journal_status status = backup_first_batch(reader, i, &first);

        if (status != JOURNAL_OK)
            return status;
        if (first == 0 || first > batch + 1)
            break;
        *needless = i;
    }
    return JOURNAL_OK;
}

static enum journal_status backup_prune(struct journal_reader *reader, uint64_t keep, uint64_t keep_from,
                                        const char *directory, struct journal_backup_report *report)
{
    const struct segment_list *list = &reader->list;
    size_t first, needless;
    uint8_t hash[SNAPSHOT_FILE_HASH];
    uint64_t bytes;
    enum journal_status status = backup_choose(list, keep, keep_from, directory, report, &first);
    int result;

    for (size_t i = first; i < list->snapshot_count && status == JOURNAL_OK; i++)
        status = backup_read_snapshot(report, directory, reader->directory, list->snapshots[i], &bytes, hash);
    if (status != JOURNAL_OK)
        return status;
    status = backup_needless(reader, list->snapshots[first], &needless);
    if (status != JOURNAL_OK)
        return backup_fault(report, status, directory, reader->message, NULL);
    for (size_t i = 0; i < first && status == JOURNAL_OK; i++)
        status = backup_remove(directory, reader->directory, 0, list->snapshots[i], report);
    for (size_t i = 0; i < needless && status == JOURNAL_OK; i++) /* the lowest first: never a gap */
        status = backup_remove(directory, reader->directory, list->segments[i], 0, report);
    report->segments_kept = list->segment_count - needless;
    report->snapshots_kept = list->snapshot_count - first;
    result = status == JOURNAL_OK ? disk->sync(disk->context, reader->directory) : 0;
    return result < 0 ? backup_error(report, directory, NULL, result) : status;
}

enum journal_status journal_backup_prune(const char *directory, uint64_t keep, uint64_t keep_from,
                                         struct journal_backup_report *report)
{
    struct journal_reader *reader;
    enum journal_status status = backup_open_reader(&reader, directory, report);

    if (status != JOURNAL_OK)
        return status;
    status = backup_prune(reader, keep, keep_from, directory, report);
    journal_reader_close(reader);
    return status;
}
