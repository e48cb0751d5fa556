/* What journal.c (appending) and journal_open.c (opening, closing) share. */
#ifndef VITRINE_JOURNAL_INNER_H
#define VITRINE_JOURNAL_INNER_H

#include "journal.h"
#include "sector.h"
#include "segment_maker.h"

struct journal {
    struct loop_call call;       /* of the outstanding write */
    struct loop_call close_call; /* of closing a full segment: nobody waits for it */
    const struct disk_ops *disk;
    struct loop *loop;
    struct journal_options options;
    int directory, lock, file;   /* file: of the present segment */
    uint32_t segment, sectors;   /* its number and size */
    uint32_t place;              /* where the next write goes in it */
    unsigned closing;            /* segments being closed */
    struct segment_maker maker;

    uint64_t write;              /* number of the next write */
    uint64_t last, durable;      /* batches */
    uint64_t time_ns;            /* of the last */
    uint8_t chain[SECTOR_CHAIN]; /* after the last record appended */

    struct sector *buffer[2];    /* [filling]: of the next write; the other: of the outstanding one */
    uint32_t buffer_sectors;
    unsigned filling;
    size_t fill;                 /* payload bytes in it, its head counted */
    struct sector_head head;     /* of it */
    bool sealed;                 /* all but its first sector, as a write that fills no more than that leaves them */

    bool flying;                 /* a write is outstanding: */
    size_t fly_bytes, fly_done;  /* of the file */
    size_t fly_payload;
    uint64_t fly_offset, fly_last;
    uint32_t fly_records;

    bool dirty;                  /* the last write had records: closing makes one more */
    enum journal_status status;
    char message[256];
    struct journal_counters counters;
};

/* Empties the buffer that is filled next. */
void journal_inner_clear(struct journal *journal);
/* Starts the write of what is in the buffer, records or none. Nothing is outstanding, and there is room for it. */
void journal_inner_write(struct journal *journal);
/* Begins to make the segment behind the present one. */
void journal_inner_make_next(struct journal *journal);
/* Ends the journal's life as a durable one: the first fault is kept. */
void journal_inner_fault(struct journal *journal, enum journal_status status, const char *name, uint64_t offset,
                         const char *what, int error);
/* JOURNAL_IO, JOURNAL_SPACE or JOURNAL_ALIGNMENT. */
enum journal_status journal_inner_status(int error);
void journal_inner_prepare(struct journal *journal);

#endif
