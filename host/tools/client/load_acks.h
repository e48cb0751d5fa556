/* What a load generator was told, kept so that a later run can see whether any of it was lost. A file of rows. */
#ifndef VITRINE_LOAD_ACKS_H
#define VITRINE_LOAD_ACKS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soupbin.h"

/* Little-endian. One for each sequenced message, in the order in which they came; before the first one of a
 * user's session one with `type` 0, whose number is the session's day (20261126). */
struct load_ack {
    uint8_t user[8];       /* name, zero-padded */
    uint32_t reference;    /* the order's number */
    uint8_t type;          /* of the message */
    uint8_t reserved[3];
    uint64_t sequence;     /* of the message in that session */
};
static_assert(sizeof(struct load_ack) == 24, "row of a file of acknowledgements");

struct load_acks;

/* A new file, or one to go on with; NULL with a message. */
struct load_acks *load_acks_open(const char *path, char *error, size_t error_size);
/* Buffered: up to 1 MiB is written at the next full buffer, flush or close. */
void load_acks_add(struct load_acks *acks, const char *user, uint32_t reference, uint8_t type, uint64_t sequence);
/* False with a message if anything could not be written. */
bool load_acks_close(struct load_acks *acks, char *error, size_t error_size);

/* Logs in again as every user of the file, from the first message of its session on, and compares what comes with the
 * file. `lost`: rows that are not there or are others. False with a message if a log-in failed. */
struct load_verify {
    const char *path, *address, *password;
    uint16_t port;
};
struct load_verified {
    uint64_t rows, users, lost, first_lost_sequence;
    char first_lost_user[8];
};
bool load_acks_verify(const struct load_verify *verify, struct load_verified *verified, char *error,
                      size_t error_size);

#endif
