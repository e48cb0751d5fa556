/* What an operator does with a journal's directory: verify it, list it, copy it while a node writes, remove what
 * snapshots have made needless. On the real disk. Statuses as in journal.h; a bad snapshot is JOURNAL_CORRUPT. */
#ifndef VITRINE_JOURNAL_BACKUP_H
#define VITRINE_JOURNAL_BACKUP_H

#include "journal.h"

struct journal_backup_item {
    const char *name;     /* of the file */
    uint64_t batch;       /* segment: first in it, 0 none yet; snapshot: after which it was taken */
    uint64_t bytes;
    bool snapshot;
    const char *fault;    /* NULL: good, or not looked at */
    const uint8_t *hash;  /* snapshot, if it was read: 32 bytes, else NULL */
};

struct journal_backup_report {
    uint64_t segments, snapshots; /* there, copied, or removed */
    uint64_t segments_kept, snapshots_kept; /* copied earlier; not removed */
    uint64_t batches, inputs, bytes;
    uint64_t first_batch, last_batch, first_time_ns, last_time_ns;
    uint8_t chain[32];
    char fault[640];              /* the first one: file, offset, reason; "" none */
};

typedef void (*journal_backup_each)(void *to, const struct journal_backup_item *item);

/* Reads every byte of journal and snapshots; compares snapshots with the hashes that the journal carries. `each` (or
 * NULL)
 * is told of every snapshot. Snapshots are read even if the journal has a fault. */
enum journal_status journal_backup_verify(const char *directory, struct journal_backup_report *report,
                                          journal_backup_each each, void *to);
/* Every segment and snapshot, without reading more than their heads. */
enum journal_status journal_backup_list(const char *directory, journal_backup_each each, void *to,
                                        struct journal_backup_report *report);
/* Brings `target` up to `source`, which a node may be writing: good snapshots, and the journal up to its last whole
 * write.
 * Can be stopped and repeated at any time, and refuses a target that holds something else. The target is verified. */
enum journal_status journal_backup_copy(const char *source, const char *target, struct journal_backup_report *report);
/* Keeps the `keep` newest snapshots, or (keep_from not 0) those from `keep_from` on, two at least, and verifies them;
 * removes
 * older ones and segments whose batches all lie before the oldest kept. */
enum journal_status journal_backup_prune(const char *directory, uint64_t keep, uint64_t keep_from,
                                         struct journal_backup_report *report);

#endif
