/* How reading goes about a journal; journal_open() looks here for where it ends. */
#ifndef VITRINE_JOURNAL_SCAN_H
#define VITRINE_JOURNAL_SCAN_H

#include "sector.h"
#include "segment.h"

enum { JOURNAL_SCAN_MESSAGE = 512 };

/* Where a journal ends: found before anything else is read. */
struct journal_scan_end {
    size_t tail;         /* the last segment with anything in it, in the list; 0 if none has */
    uint32_t place;      /* sector of it behind the last whole write */
    uint64_t write;      /* number of that write, 0 none */
    uint32_t torn;       /* sectors from `place` on that a write was cut in */
};

struct journal_reader {
    const struct disk_ops *disk;
    int directory, file; /* -1: none open */
    struct segment_list list;
    struct segment_header *header; /* of the segment it stands in */
    struct journal_scan_end end;
    size_t index;        /* of that segment in the list */
    uint32_t sectors;    /* of it */
    uint32_t place;      /* next sector to read */
    uint64_t write;      /* number of the next write; 0: whatever comes */
    struct sector *buffer;
    size_t buffer_room;  /* sectors */
    uint32_t loaded_first, loaded_count;
    const struct sector *sectors_now; /* the write that is being read */
    uint32_t place_now;
    size_t at, size;     /* in its payload */
    uint32_t records;    /* left in it */
    uint64_t first;      /* batches below are read and not returned */
    struct journal_batch batch; /* the last one read */
    uint8_t chain[SECTOR_CHAIN];
    uint8_t *record;
    size_t record_room;
    char message[JOURNAL_SCAN_MESSAGE];
};

/* Opens the segment at `index` of the list and checks its header. */
enum journal_status journal_scan_segment(struct journal_reader *reader, size_t index);
/* Makes `count` sectors from `place` on available at *sectors, and reads those again that look bad. Place and count are
 * whole blocks within the segment. */
enum journal_status journal_scan_load(struct journal_reader *reader, uint32_t place, uint32_t count,
                                      const struct sector **sectors);
/* Finds reader->end. Leaves the reader at any segment. */
enum journal_status journal_scan_find_end(struct journal_reader *reader);
/* Sets the message (file, offset, reason) and returns `status`. */
enum journal_status journal_scan_fault(struct journal_reader *reader, enum journal_status status, uint64_t offset,
                                       const char *reason);
enum journal_status journal_scan_error(struct journal_reader *reader, const char *what, int error);

#endif
