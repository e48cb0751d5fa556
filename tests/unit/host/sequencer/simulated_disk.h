/* A disk in memory under disk_ops: what is not synced may be lost at a crash, sector by sector; operations fail, write
 * short or flip bits where a test says so; completions come when the test delivers them. */
#ifndef VITRINE_SIMULATED_DISK_H
#define VITRINE_SIMULATED_DISK_H

#include "disk.h"

enum { SIMULATED_FILES = 512, SIMULATED_QUEUE = 16, SIMULATED_NAME = 40, SIMULATED_CHANGES = 64 };

struct simulated_file {
    uint8_t *durable, *cached; /* `room` bytes each */
    uint8_t *dirty;            /* a byte a sector: 0 clean, 1 written, 2 written by an outstanding durable write */
    size_t size, durable_size, room;
    bool there;
};

struct simulated_name {
    char name[SIMULATED_NAME];
    int file; /* -1: no longer */
};

struct simulated_change { /* of the directory, not yet synced */
    char name[SIMULATED_NAME], other[SIMULATED_NAME];
    int file; /* created; -1: renamed to other, or unlinked if that is empty */
};

struct simulated_disk {
    struct disk_ops ops;
    struct simulated_file files[SIMULATED_FILES];
    struct simulated_name names[SIMULATED_FILES], durable_names[SIMULATED_FILES];
    size_t file_count, name_count, durable_name_count;
    struct simulated_change changes[SIMULATED_CHANGES];
    size_t change_count;
    struct {
        struct loop_call *call;
        struct disk_request request;
        int32_t result;
    } queue[SIMULATED_QUEUE];
    size_t queued;
    bool locked, no_direct;
    uint64_t seed;
    uint64_t operations;                       /* changing ones so far */
    uint64_t fail_at;                          /* this one fails, 0 none: */
    int fail_error;                            /* with -errno; 0: writes only some blocks */
    uint64_t space;                            /* bytes left */
    void (*hook)(struct simulated_disk *disk); /* at each changing operation: begun, not completed */
    void *hook_context;
};

void simulated_disk_create(struct simulated_disk *disk, uint64_t seed);
void simulated_disk_destroy(struct simulated_disk *disk);
/* A copy of what a crash leaves: `mask` says which sectors of outstanding durable writes are kept (bit i: the i-th of
 * them;
 * from the 64th on by chance), chance decides on everything else that was not synced. Only segments from `first` on. */
void simulated_disk_crash(const struct simulated_disk *disk, struct simulated_disk *copy, uint64_t mask, uint64_t seed,
                          uint32_t first);
/* Sectors of outstanding durable writes. */
size_t simulated_disk_outstanding(const struct simulated_disk *disk);
/* Completes one that was started, any of them. False: there is none. */
bool simulated_disk_deliver(struct simulated_disk *disk);
/* The bytes of a file, as they stand; NULL if there is none. */
uint8_t *simulated_disk_bytes(struct simulated_disk *disk, const char *name, size_t *size);
uint64_t simulated_disk_chance(uint64_t *seed);

#endif
