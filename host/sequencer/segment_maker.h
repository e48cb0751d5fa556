/* Makes the next segment while the present one is in use: creates it under a temporary name, writes header and zeros in
 * slices, syncs, renames, syncs the directory. Everything is started and completes later, so that orders never wait. */
#ifndef VITRINE_SEGMENT_MAKER_H
#define VITRINE_SEGMENT_MAKER_H

#include "segment.h"

struct segment_maker {
    struct loop_call call;
    const struct disk_ops *disk;
    struct loop *loop;
    void (*failed)(struct segment_maker *maker, int error); /* -errno; the maker stays in MAKER_FAILED */
    void *owner;
    int directory, file;
    enum segment_maker_step {
        MAKER_IDLE, MAKER_CREATE, MAKER_ZERO, MAKER_SYNC, MAKER_RENAME, MAKER_DIRECTORY, MAKER_READY, MAKER_FAILED,
    } step;
    uint64_t bytes, done;
    struct segment_header *header; /* a block */
    uint8_t *zeros;                /* a slice */
    char temporary[SEGMENT_NAME], name[SEGMENT_NAME];
};

/* `failed` and `owner` are set by the caller before. */
void segment_maker_create(struct segment_maker *maker, const struct disk_ops *disk, struct loop *loop, int directory);
/* Only while nothing is started. Closes a segment that nobody took. */
void segment_maker_destroy(struct segment_maker *maker);
/* Begins with the header in maker->header, which the caller has filled in. */
void segment_maker_begin(struct segment_maker *maker);
/* Gives away the file of a segment that is ready. */
int segment_maker_take(struct segment_maker *maker);

static inline bool segment_maker_busy(const struct segment_maker *maker)
{
    return maker->step > MAKER_IDLE && maker->step < MAKER_READY;
}

#endif
