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

/* Writes DIRECTORY/snapshot-BATCH (16 digits) by way of a temporary name, synced; `hash` is that of its trailer, which
 * INPUT_SNAPSHOT carries. `error` names file and reason. */
enum snapshot_status snapshot_write(struct state *state, const char *directory, uint8_t hash[32], char *error,
                                    size_t size);

/* The same in a child. snapshot_begin() is how long orders wait (its caller measures it): fork, which copies page
 * tables and no rows; large memory that is no state is kept from the child (memory_reserve_apart()), which must not
 * touch it. One at a time. snapshot_poll() tells when it is done (SNAPSHOT_BUSY: not yet); `pipe` becomes readable
 * then. snapshot_abandon() ends a child that nobody will poll. */
struct snapshot_child {
    pid_t pid;
    int pipe;
    uint64_t batch;
};
enum snapshot_status snapshot_begin(struct state *state, const char *directory, struct snapshot_child *child,
                                    char *error,
                                    size_t size);
enum snapshot_status snapshot_poll(struct snapshot_child *child, uint8_t hash[32], char *error, size_t size);
void snapshot_abandon(struct snapshot_child *child);

/* The hash that a snapshot of this state has, without a file. */
void snapshot_hash_state(struct state *state, uint8_t hash[32]);

/* Newest snapshot of at most `batch` (0: the newest) with a good header. One with a bad header is reported in `error`
 * and halts (SNAPSHOT_CORRUPT): the operator moves it away. SNAPSHOT_NONE: there is none. */
enum snapshot_status snapshot_find(const char *directory, uint64_t batch, uint64_t *found, char *error, size_t size);
/* Its hash, every byte checked. */
enum snapshot_status snapshot_hash(const char *directory, uint64_t batch, uint8_t hash[32], char *error, size_t size);
/* What its tables were reserved with, from its header alone; a state must be created just so before it is loaded. */
enum snapshot_status snapshot_sizes(const char *directory, uint64_t batch, struct state_sizes *sizes, char *error,
                                    size_t size);
/* Checks every byte while it fills the tables: unless SNAPSHOT_OK comes back, `state` is good for state_destroy() only.
 * SNAPSHOT_CAPACITY: a table is larger than what is reserved. What rows say is the caller's to check
 * (exchange_loaded()). */
enum snapshot_status snapshot_load(struct state *state, const char *directory, uint64_t batch, uint8_t hash[32],
                                   char *error, size_t size);

#endif
