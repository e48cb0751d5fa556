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

struct disk_ops;
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
    uint64_t segment_bytes;   /* [64 MiB] zero-filled ahead; a multiple of 4 KiB, 64 KiB .. 4 GiB */
    uint64_t ahead_bytes;     /* [1 MiB] appended and not yet durable, at most: journal_room() */
    uint64_t batch_bytes;     /* [LIMIT_BATCH_BYTES] the largest batch; a segment must hold it and ahead_bytes */
    uint64_t first_batch;     /* opening verifies from the segment of this batch on; 0: everything */
    const struct disk_ops *disk; /* [the real one, io_uring with O_DIRECT|O_DSYNC] */
    bool create;              /* an empty directory becomes a journal */
};

/* Opens for appending after the last durable batch: verifies from the segment that holds `first_batch` on, cuts a torn
 * tail, begins to make the next segment. `loop`, and what `options` point to, live until journal_close(). 0 is a
 * default.
 * On a fault *journal is NULL and `error` names file, offset and reason. */
enum journal_status journal_open(struct journal **journal, struct loop *loop, const struct journal_options *options,
                                 char *error, size_t error_size);
/* Waits until all that was appended is durable or has failed, and puts it below the commit point. */
void journal_close(struct journal *journal);

/* Whether a batch of `size` bytes of inputs may be appended now (ahead_bytes, write buffer, segment at hand). */
bool journal_room(const struct journal *journal, size_t size);
/* For a node that waits and has nothing else to do: keeps in the processor's caches what the next batch is put into,
 * and does what of a short write's work is known before. What is written is the same. */
void journal_idle(struct journal *journal);
/* Takes a copy. There must be room; the number is one above the last (the first of all: any from 1), the time not
 * before the last. */
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

/* "locked", "corrupt", ...: for messages and reports. */
const char *journal_status_name(enum journal_status status);

/* Reading: from the batch numbered `first` (or the first there is: 0) to the last of the last whole write. Does not
 * lock,
 * so that a running node's journal can be audited. JOURNAL_GAP if `first` was pruned. On a fault *reader is NULL. */
struct journal_reader;
enum journal_status journal_reader_open(struct journal_reader **reader, const char *directory, uint64_t first,
                                        char *error, size_t error_size);
/* The same on another disk (tests). */
enum journal_status journal_reader_open_on(struct journal_reader **reader, const struct disk_ops *disk,
                                           const char *directory, uint64_t first, char *error, size_t error_size);
/* The next batch; *batch is NULL at the end. Pointers live until the next call. */
enum journal_status journal_reader_next(struct journal_reader *reader, const struct journal_batch **batch,
                                        const uint8_t **inputs);
const char *journal_reader_message(const struct journal_reader *reader); /* file, offset, reason */
/* Chain hash over everything up to the batch last returned: BLAKE2b-256 of (chain before, record). */
void journal_reader_chain(const struct journal_reader *reader, uint8_t chain[32]);
/* STATE_VERSION and STATE_RULES under which the batch last returned was made. */
void journal_reader_versions(const struct journal_reader *reader, uint32_t *state_version, uint32_t *rules);
void journal_reader_close(struct journal_reader *reader);

#endif
