/* Sequenced messages of one UTC day in one append-only file, so that a client gets what it missed after a
 * reconnect or a restart. It can be made again from the journal, so it is written through the page cache and never
 * synced.
 *
 * output-YYYYMMDD: a header, then records: messages in the order of reports, and behind every 64th message of a user
 * one index record with the places of these 64 and of some index records before it (a skip list). With what memory
 * keeps of a user's latest messages, any of its messages is found with a few reads. A record's checksum covers its
 * place: the first one that does not match is the torn tail, and the file is cut there when it is opened.
 *
 * What was appended last stays readable in memory; nothing here waits, but for output_roll(), the bulk of a day's
 * change, and a burst larger than the memory for it while a write is out. */
#ifndef VITRINE_OUTPUT_STORE_H
#define VITRINE_OUTPUT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

enum {
    OUTPUT_MESSAGE_MAX = 512,   /* bytes of one message */
    OUTPUT_GROUP = 64,          /* messages in an index record */
    OUTPUT_LEVELS = 27,         /* of the skip list: 2^27 groups a user and day */
    OUTPUT_CHUNK = 32768,       /* bytes that a cursor reads at once, at most */
};

struct output_store;

enum output_status {
    OUTPUT_OK,
    OUTPUT_IO,       /* the file cannot be made, read or written; output_message() says why */
    OUTPUT_GAP,      /* messages before this one are missing: the journal must be run again from output_batch() */
    OUTPUT_DIFFERS,  /* the store has another message under this number */
};

/* Opens the newest day in `directory`, which must exist; none is no error. `users`: highest number of a user. */
enum output_status output_open(struct output_store **store, struct loop *loop, const char *directory, uint32_t users,
                               char *error, size_t error_size);
/* Writes what is left (waits for it). The loop must have no write of the store outstanding: see output_idle(). */
void output_close(struct output_store *store);

/* Days since 1970 of the messages here; 0: none yet. */
uint32_t output_day(const struct output_store *store);
/* Every message of this batch and those before is here. 0: of none. */
uint64_t output_batch(const struct output_store *store);
/* Number of the user's last message of the day; 0: none. */
uint64_t output_last(const struct output_store *store, uint32_t user);
/* Keeps in the processor's caches what the user's next message needs. Changes nothing. */
void output_prefetch(const struct output_store *store, uint32_t user);
const char *output_message(const struct output_store *store);
/* False once a write has failed: it is final, output_append() takes nothing more, and output_message() says why. */
bool output_good(struct output_store *store);
/* More than half of the memory for unwritten messages is in use: take no more inputs until it is false. */
bool output_busy(const struct output_store *store);
/* No write is outstanding. */
bool output_idle(const struct output_store *store);
/* Bytes cut off when the file was opened. */
uint64_t output_cut(const struct output_store *store);
/* Bytes of the day's file, unwritten ones included. */
uint64_t output_size(const struct output_store *store);

/* Begins another day, later than the present one. */
enum output_status output_roll(struct output_store *store, uint32_t day);

/* Where to put the next message, OUTPUT_MESSAGE_MAX bytes; then output_append() takes the `length` bytes put there as
 * number `sequence` of `user`, which is 1 .. users. Numbers that are here already are compared. A day must have
 * begun. */
uint8_t *output_reserve(struct output_store *store);
enum output_status output_append(struct output_store *store, uint32_t user, uint64_t sequence, uint64_t batch,
                                 uint32_t length);
/* Starts writing what is new, unless a write is out. */
void output_flush(struct output_store *store);

/* Reads one user's messages in order. All zero but for these three is a cursor at `next`. */
struct output_cursor {
    uint32_t user;
    uint64_t next;              /* number of the message wanted next */
    uint8_t *chunk;             /* OUTPUT_CHUNK bytes, the caller's */
    /* OUTPUT_READ: the caller reads this range of output_fd() to `chunk`, then sets loaded_* */
    uint64_t want_offset;
    uint32_t want_length;
    uint32_t loaded_length;
    uint64_t loaded_offset;
    /* private */
    bool has_group;
    uint64_t group, seek_number, seek_offset;
    uint64_t offset[OUTPUT_GROUP];
};

enum output_step {
    OUTPUT_FOUND,    /* `payload` holds until the next call of any function here; `next` has moved on */
    OUTPUT_END,      /* no more messages yet */
    OUTPUT_READ,
    OUTPUT_DAMAGED,  /* the file was changed by others */
};

enum output_step output_next(const struct output_store *store, struct output_cursor *cursor, const uint8_t **payload,
                             uint32_t *length);
int output_fd(const struct output_store *store);

#endif
