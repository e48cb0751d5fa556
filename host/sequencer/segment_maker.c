#include "segment_maker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Small enough that the order path's write behind it waits little for the disk. */
enum { MAKER_SLICE = 128 << 10 };

static void maker_done(struct loop_call *call, int32_t result, uint32_t flags);

static void maker_start(struct segment_maker *maker, enum segment_maker_step step)
{
    struct disk_request request = { .file = maker->file };

    maker->step = step;
    switch (step) {
    case MAKER_CREATE:
        request.action = DISK_START_CREATE;
        request.file = maker->directory;
        request.name = maker->temporary;
        break;
    case MAKER_ZERO:
        request.action = DISK_START_WRITE;
        request.buffer = maker->done ? (const void *)maker->zeros : maker->header;
        request.size = maker->done == 0 ? SEGMENT_HEADER :
                       maker->bytes - maker->done < MAKER_SLICE ? maker->bytes - maker->done : MAKER_SLICE;
        request.offset = maker->done;
        break;
    case MAKER_SYNC:
        request.action = DISK_START_SYNC;
        break;
    case MAKER_RENAME:
        request.action = DISK_START_RENAME;
        request.file = maker->directory;
        request.name = maker->temporary;
        request.other = maker->name;
        break;
    case MAKER_DIRECTORY:
        request.action = DISK_START_SYNC;
        request.file = maker->directory;
        break;
    case MAKER_IDLE:
    case MAKER_READY:
    case MAKER_FAILED:
        return;
    }
    maker->disk->start(maker->disk->context, maker->loop, &maker->call, &request);
}

static void maker_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct segment_maker *maker = (struct segment_maker *)call;

    (void)flags;
    if (maker->step == MAKER_ZERO && result >= 0 && result < (int32_t)DISK_BLOCK)
        result = -EIO; /* no progress */
    if (result < 0) {
        maker->step = MAKER_FAILED;
        maker->failed(maker, result);
        return;
    }
    if (maker->step == MAKER_CREATE)
        maker->file = result;
    if (maker->step == MAKER_ZERO) {
        maker->done += (uint32_t)result / DISK_BLOCK * DISK_BLOCK;
        if (maker->done < maker->bytes) {
            maker_start(maker, MAKER_ZERO);
            return;
        }
    }
    maker_start(maker, maker->step + 1);
}

void segment_maker_create(struct segment_maker *maker, const struct disk_ops *disk, struct loop *loop, int directory)
{
    maker->call.done = maker_done;
    maker->disk = disk;
    maker->loop = loop;
    maker->directory = directory;
    maker->file = -1;
    maker->step = MAKER_IDLE;
    maker->header = aligned_alloc(DISK_BLOCK, SEGMENT_HEADER);
    maker->zeros = aligned_alloc(DISK_BLOCK, MAKER_SLICE);
    check(maker->header != NULL && maker->zeros != NULL);
    memset(maker->zeros, 0, MAKER_SLICE);
}

void segment_maker_destroy(struct segment_maker *maker)
{
    check(!segment_maker_busy(maker));
    if (maker->file >= 0)
        maker->disk->close(maker->disk->context, maker->file);
    free(maker->header);
    free(maker->zeros);
}

void segment_maker_begin(struct segment_maker *maker)
{
    check(maker->step == MAKER_IDLE && maker->file < 0);
    segment_name(maker->name, maker->header->number);
    snprintf(maker->temporary, sizeof maker->temporary, "%.30s.new", maker->name);
    maker->bytes = maker->header->bytes;
    maker->done = 0;
    maker_start(maker, MAKER_CREATE);
}

int segment_maker_take(struct segment_maker *maker)
{
    int file = maker->file;

    check(maker->step == MAKER_READY);
    maker->file = -1;
    maker->step = MAKER_IDLE;
    return file;
}
