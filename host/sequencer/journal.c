#include "journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "journal_inner.h"
#include "limits.h"
#include "memory.h"

enum journal_status journal_inner_status(int error)
{
    if (error == -ENOSPC || error == -EDQUOT || error == -EFBIG)
        return JOURNAL_SPACE;
    return error == -EINVAL ? JOURNAL_ALIGNMENT : JOURNAL_IO;
}

void journal_inner_fault(struct journal *journal, enum journal_status status, const char *name, uint64_t offset,
                         const char *what, int error)
{
    if (journal->status != JOURNAL_OK)
        return;
    journal->status = status;
    snprintf(journal->message, sizeof journal->message, "%s: byte %" PRIu64 ": %s: %s", name, offset, what,
             strerror(-error));
}

static void journal_maker_failed(struct segment_maker *maker, int error)
{
    journal_inner_fault(maker->owner, journal_inner_status(error), maker->temporary, maker->done,
                        "can't make the next segment", error);
}

void journal_inner_make_next(struct journal *journal)
{
    const struct journal_options *options = &journal->options;

    segment_header_make(journal->maker.header, options->cluster, options->node, options->term, journal->segment + 1,
                        options->segment_bytes);
    segment_maker_begin(&journal->maker);
}

void journal_inner_clear(struct journal *journal)
{
    journal->fill = sizeof journal->head;
    journal->sealed = false;
    memset(&journal->head, 0, sizeof journal->head);
    memcpy(journal->head.chain, journal->chain, sizeof journal->chain);
    journal->head.batch = journal->last + 1;
}

/* Goes on in the next segment, which is ready. */
static void journal_switch(struct journal *journal)
{
    struct disk_request request = { .action = DISK_START_CLOSE, .file = journal->file };

    if (journal->file >= 0) {
        journal->closing++;
        journal->disk->start(journal->disk->context, journal->loop, &journal->close_call, &request);
    }
    journal->file = segment_maker_take(&journal->maker);
    journal->segment++;
    journal->sectors = (uint32_t)(journal->options.segment_bytes / SECTOR_BYTES);
    journal->place = SEGMENT_FIRST;
    journal->counters.segments++;
    journal_inner_make_next(journal);
}

static void journal_start(struct journal *journal)
{
    struct disk_request request = {
        .action = DISK_START_WRITE,
        .file = journal->file,
        .durable = true,
        .buffer = (const uint8_t *)journal->buffer[!journal->filling] + journal->fly_done,
        .size = journal->fly_bytes - journal->fly_done,
        .offset = journal->fly_offset + journal->fly_done,
    };

    journal->disk->start(journal->disk->context, journal->loop, &journal->call, &request);
}

/* Fills in sectors of the buffer's write. */
static void journal_seal(struct journal *journal, uint32_t from, uint32_t to)
{
    const struct sector_write write = { .number = journal->write, .size = journal->fill, .segment = journal->segment,
                                        .place = journal->place };

    sector_seal(journal->buffer[journal->filling], &write, from, to);
}

void journal_inner_write(struct journal *journal)
{
    uint32_t count = sector_count(journal->fill);

    check(!journal->flying && journal->status == JOURNAL_OK);
    if (count > journal->sectors - journal->place)
        journal_switch(journal);
    sector_put(journal->buffer[journal->filling], 0, &journal->head, sizeof journal->head);
    journal_seal(journal, 0, journal->sealed && journal->fill <= SECTOR_PAYLOAD ? 1 : count);
    journal->write++;
    journal->flying = true;
    journal->fly_bytes = (size_t)count * SECTOR_BYTES;
    journal->fly_done = 0;
    journal->fly_payload = journal->fill;
    journal->fly_offset = (uint64_t)journal->place * SECTOR_BYTES;
    journal->fly_last = journal->last;
    journal->fly_records = journal->head.records;
    journal->place += count;
    journal->dirty = journal->head.records > 0;
    journal->filling = !journal->filling;
    journal_inner_clear(journal);
    journal_start(journal);
}

static void journal_write_completed(struct journal *journal)
{
    struct journal_counters *counters = &journal->counters;

    journal->flying = false;
    if (journal->status != JOURNAL_OK) /* the disk has failed elsewhere: nobody may rely on this write */
        return;
    journal->durable = journal->fly_last;
    counters->writes++;
    counters->bytes += journal->fly_bytes;
    if (journal->fly_records > counters->batches_in_write_max)
        counters->batches_in_write_max = journal->fly_records;
    if (journal->fly_bytes > counters->bytes_in_write_max)
        counters->bytes_in_write_max = journal->fly_bytes;
    if (journal->head.records)
        journal_inner_write(journal);
}

static void journal_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct journal *journal = (struct journal *)call;
    char name[SEGMENT_NAME];

    (void)flags;
    if (result >= 0 && result < (int32_t)DISK_BLOCK)
        result = -EIO; /* no progress */
    if (result < 0) {
        journal->flying = false;
        segment_name(name, journal->segment);
        journal_inner_fault(journal, journal_inner_status(result), name, journal->fly_offset + journal->fly_done,
                            "can't write", result);
        return;
    }
    journal->fly_done += (uint32_t)result / DISK_BLOCK * DISK_BLOCK; /* a torn block is written again, the same */
    if (journal->fly_done < journal->fly_bytes && journal->status == JOURNAL_OK)
        journal_start(journal);
    else
        journal_write_completed(journal);
}

static void journal_closed(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct journal *journal = (struct journal *)((char *)call - offsetof(struct journal, close_call));

    (void)flags;
    journal->closing--;
    if (result < 0)
        journal_inner_fault(journal, JOURNAL_IO, "segment", 0, "can't close", result);
}

void journal_inner_prepare(struct journal *journal)
{
    journal->call.done = journal_done;
    journal->close_call.done = journal_closed;
    journal->maker.failed = journal_maker_failed;
    journal->maker.owner = journal;
}

bool journal_room(const struct journal *journal, size_t size)
{
    size_t record = sector_record_bytes(size);
    size_t fill = journal->fill + record;
    size_t pending = journal->fill - sizeof journal->head + (journal->flying ? journal->fly_payload : 0);

    if (journal->status != JOURNAL_OK || size > journal->options.batch_bytes)
        return false;
    if (pending && pending + record > journal->options.ahead_bytes)
        return false;
    if (sector_count(fill) > journal->buffer_sectors)
        return false;
    return sector_count(fill) <= journal->sectors - journal->place || journal->maker.step == MAKER_READY;
}

/* Where a segment has no room for one more short write, the next one switches, and is sealed as a whole. */
void journal_idle(struct journal *journal)
{
    if (!journal->sealed && journal->fill <= SECTOR_PAYLOAD && SECTOR_BLOCK <= journal->sectors - journal->place) {
        journal_seal(journal, 1, SECTOR_BLOCK);
        journal->sealed = true;
    }
    memory_prefetch(journal->buffer[journal->filling], DISK_BLOCK);
}

void journal_append(struct journal *journal, const struct journal_batch *batch, const uint8_t *inputs)
{
    static const uint8_t zeros[8];
    struct sector *sectors = journal->buffer[journal->filling];
    struct sector_record record = { .mark = SECTOR_RECORD_MARK, .batch = *batch };
    size_t padding = (8 - batch->size % 8) % 8;

    check(journal_room(journal, batch->size));
    check(batch->number == journal->last + 1 || (journal->last == 0 && batch->number > 0));
    check(batch->time_ns >= journal->time_ns && batch->outcome_batch < batch->number);
    check(batch->count <= LIMIT_BATCH_INPUTS);
    if (journal->head.records == 0)
        journal->head.batch = batch->number;
    record.bytes = (uint32_t)sector_record_bytes(batch->size);
    sector_chain(journal->chain, &record, sizeof record, inputs, batch->size);
    sector_put(sectors, journal->fill, &record, sizeof record);
    journal->fill += sizeof record;
    sector_put(sectors, journal->fill, inputs, batch->size);
    journal->fill += batch->size;
    sector_put(sectors, journal->fill, zeros, padding);
    journal->fill += padding;
    sector_put(sectors, journal->fill, journal->chain, SECTOR_CHAIN);
    journal->fill += SECTOR_CHAIN;
    journal->head.bytes += record.bytes;
    journal->head.records++;
    journal->last = batch->number;
    journal->time_ns = batch->time_ns;
    journal->counters.batches++;
    if (!journal->flying)
        journal_inner_write(journal);
}

uint64_t journal_last(const struct journal *journal)
{
    return journal->last;
}

uint64_t journal_durable(const struct journal *journal)
{
    return journal->durable;
}

enum journal_status journal_status(const struct journal *journal)
{
    return journal->status;
}

const char *journal_message(const struct journal *journal)
{
    return journal->message;
}

uint64_t journal_space(const struct journal *journal)
{
    uint64_t bytes = 0;

    return journal->disk->space(journal->disk->context, journal->directory, &bytes) < 0 ? 0 : bytes;
}

void journal_counters(const struct journal *journal, struct journal_counters *counters)
{
    *counters = journal->counters;
}

const char *journal_status_name(enum journal_status status)
{
    static const char *const names[] = { "ok", "locked", "io", "space", "corrupt", "version", "alignment", "gap",
                                         "argument" };

    check((size_t)status < sizeof names / sizeof *names);
    return names[status];
}
