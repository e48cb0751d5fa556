/* A snapshot: every table of the state after a batch, as plain bytes in one file, sealed with its hash. Two snapshots
 * of the same batch are byte-equal. A live one is written by a forked child from its copy-on-write view, so that orders
 * wait for the fork only. */
#ifndef VITRINE_SNAPSHOT_H
#define VITRINE_SNAPSHOT_H

#include <sys/types.h>

#include "state.h"

enum snapshot_status {
    SNAPSHOT_OK = 0, SNAPSHOT_NONE, SNAPSHOT_IO, SNAPSHOT_CORRUPT, SNAPSHOT_VERSION, SNAPSHOT_CAPACITY, SNAPSHOT_BUSY,
};

/* Writes DIRECTORY/snapshot-BATCH (16 digits) by way of a temporary name, synced; `hash` is BLAKE2b-256 of the file. */
enum snapshot_status snapshot_write(struct state *state, const char *directory, uint8_t hash[32], char *error, size_t size);

/* The same in a child. snapshot_poll() tells when it is done (SNAPSHOT_BUSY: not yet). fork_ns: how long orders waited. */
struct snapshot_child {
    pid_t pid;
    int pipe;
    uint64_t batch;
};
enum snapshot_status snapshot_begin(struct state *state, const char *directory, struct snapshot_child *child, char *error,
                                    size_t size);
enum snapshot_status snapshot_poll(struct snapshot_child *child, uint8_t hash[32], char *error, size_t size);

/* Newest good snapshot of at most `batch` (0: the newest). A bad one is reported in `error` and halts (SNAPSHOT_CORRUPT). */
enum snapshot_status snapshot_find(const char *directory, uint64_t batch, uint64_t *found, char *error, size_t size);
enum snapshot_status snapshot_load(struct state *state, const char *directory, uint64_t batch, uint8_t hash[32],
                                   char *error, size_t size);

#endif
