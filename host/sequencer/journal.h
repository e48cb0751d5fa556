/* The journal: one hash-chained history of batches on disk (docs/journal.md; architecture decisions 4 and 5).
 *
 * A batch is appended, begins its write at once if none is outstanding, and is durable when the write that took it has
 * completed; each write takes all batches that wait. A fault of the disk is final: journal_status() says so, nothing
 * becomes durable any more, and the node stops. */
#ifndef VITRINE_JOURNAL_H
#define VITRINE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

struct journal;

enum journal_status {
    JOURNAL_OK = 0,
    JOURNAL_LOCKED,      /* another process holds the directory */
    JOURNAL_IO,          /* open, read, write, sync failed: message names file, offset, errno */
    JOURNAL_SPACE,       /* no room for the next segment */
    JOURNAL_CORRUPT,     /* a bad sector or record at or below the commit point: file, offset, reason */
    JOURNAL_VERSION,     /* another format version, cluster or node */
    JOURNAL_ALIGNMENT,   /* the file system does not do O_DIRECT with our sector size */
    JOURNAL_GAP,         /* segments missing between two others */
    JOURNAL_ARGUMENT,
};

/* The fixed part of a batch on disk; inputs follow, then zeros to 8 bytes. */
struct journal_batch {
    uint64_t number;
    uint64_t time_ns;
    uint32_t count;      /* inputs */
    uint32_t size;       /* their bytes */
    uint64_t outcome_batch;   /* a later record carries the hash of an earlier batch: 0 none */
    uint8_t outcome_hash[32]; /* exchange_result.hash of that batch */
};

struct journal_options {
    const char *directory;
    uint64_t cluster;         /* reserved for replication, with node and term: kept and checked */
    uint32_t node, term;
    uint64_t segment_bytes;   /* [64 MiB] zero-filled ahead; a multiple of 4 KiB, at least 64 KiB */
    uint64_t ahead_bytes;     /* [1 MiB] appended and not yet durable, at most: journal_room() */
    const struct disk_ops *disk; /* [the real one, io_uring with O_DIRECT|O_DSYNC] */
    bool create;              /* an empty directory becomes a journal */
};

/* Opens for appending after the last durable batch: verifies from segment `first_batch` lies in onward, cuts a torn
 * tail, makes the next segment. */
enum journal_status journal_open(struct journal **journal, struct loop *loop, const struct journal_options *options,
                                 char *error, size_t error_size);
void journal_close(struct journal *journal); /* waits for the outstanding write */

/* Whether a batch of `size` bytes of inputs may be appended now (ahead_bytes, write buffer, segment at hand). */
bool journal_room(const struct journal *journal, size_t size);
void journal_append(struct journal *journal, const struct journal_batch *batch, const uint8_t *inputs);
uint64_t journal_last(const struct journal *journal);     /* number of the last batch appended */
uint64_t journal_durable(const struct journal *journal);  /* and of the last durable one */
enum journal_status journal_status(const struct journal *journal); /* JOURNAL_OK, or the fault that stopped it */
const char *journal_message(const struct journal *journal);
/* Bytes left on the file system after the segments made ahead. */
uint64_t journal_space(const struct journal *journal);

struct journal_counters {
    uint64_t writes, bytes, batches, segments;
    uint64_t batches_in_write_max, bytes_in_write_max;
};
void journal_counters(const struct journal *journal, struct journal_counters *counters);

/* Reading: from the batch numbered `first` (or the first there is: 0) to the last whole one. Does not lock, so that a
 * running node's journal can be audited; ends at its present commit point. */
struct journal_reader;
enum journal_status journal_reader_open(struct journal_reader **reader, const char *directory, uint64_t first,
                                        char *error, size_t error_size);
/* The next batch; *batch is NULL at the end. Pointers live until the next call. */
enum journal_status journal_reader_next(struct journal_reader *reader, const struct journal_batch **batch,
                                        const uint8_t **inputs);
const char *journal_reader_message(const struct journal_reader *reader); /* file, offset, reason */
/* Chain hash over everything up to the batch last returned: BLAKE2b-256 of (chain before, record). */
void journal_reader_chain(const struct journal_reader *reader, uint8_t chain[32]);
void journal_reader_close(struct journal_reader *reader);

#endif
