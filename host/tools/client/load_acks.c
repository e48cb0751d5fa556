#include "load_acks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client_login.h"
#include "load_wire.h"
#include "memory.h"

enum { BUFFER_ROWS = (1 << 20) / sizeof(struct load_ack), READ_BYTES = 1 << 16 };

struct load_acks {
    int fd;
    int error;
    size_t used;
    struct load_ack rows[BUFFER_ROWS];
};

struct load_acks *load_acks_open(const char *path, char *error, size_t error_size)
{
    struct load_acks *acks = memory_reserve(1, sizeof *acks);

    acks->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (acks->fd >= 0)
        return acks;
    snprintf(error, error_size, "%.256s: %s", path, strerror(errno));
    free(acks);
    return NULL;
}

static void acks_flush(struct load_acks *acks)
{
    const uint8_t *at = (const uint8_t *)acks->rows;
    size_t left = acks->used * sizeof *acks->rows;

    while (left && acks->error == 0) {
        ssize_t written = write(acks->fd, at, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            acks->error = errno;
            break;
        }
        at += written;
        left -= (size_t)written;
    }
    acks->used = 0;
}

void load_acks_add(struct load_acks *acks, const char *user, uint32_t reference, uint8_t type, uint64_t sequence)
{
    struct load_ack *row = &acks->rows[acks->used];

    *row = (struct load_ack){ .reference = reference, .type = type, .sequence = sequence };
    memcpy(row->user, user, strnlen(user, sizeof row->user));
    if (++acks->used == BUFFER_ROWS)
        acks_flush(acks);
}

bool load_acks_close(struct load_acks *acks, char *error, size_t error_size)
{
    int fault;

    if (acks == NULL)
        return true;
    acks_flush(acks);
    if (close(acks->fd) != 0 && acks->error == 0)
        acks->error = errno;
    fault = acks->error;
    free(acks);
    if (fault)
        snprintf(error, error_size, "acknowledgements: %s", strerror(fault));
    return fault == 0;
}

/* --- looking for them again --- */

struct verifier {
    const struct load_verify *verify;
    struct load_verified *verified;
    struct load_ack *rows;    /* of the file, sorted by user, session and sequence */
    size_t count, room;
    char *error;
    size_t error_size;
};

static bool verify_read(struct verifier *verifier)
{
    const char *path = verifier->verify->path;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 0;
    size_t bytes = 0;

    while (fd >= 0) {
        memory_grow((void **)&verifier->rows, &verifier->room, bytes / sizeof *verifier->rows + BUFFER_ROWS,
                    sizeof *verifier->rows);
        got = read(fd, (uint8_t *)verifier->rows + bytes, verifier->room * sizeof *verifier->rows - bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        bytes += (size_t)got;
    }
    if (got < 0)
        snprintf(verifier->error, verifier->error_size, "%.256s: %s", path, strerror(errno));
    else if (bytes % sizeof *verifier->rows)
        snprintf(verifier->error, verifier->error_size, "%.256s: %zu bytes are no whole rows", path, bytes);
    if (fd >= 0)
        close(fd);
    verifier->count = bytes / sizeof *verifier->rows;
    return got == 0 && bytes % sizeof *verifier->rows == 0;
}

static void verify_lost(struct verifier *verifier, const struct load_ack *row, uint64_t rows)
{
    struct load_verified *verified = verifier->verified;

    if (rows && verified->lost == 0) {
        verified->first_lost_sequence = row->sequence;
        memcpy(verified->first_lost_user, row->user, sizeof verified->first_lost_user);
    }
    verified->lost += rows;
}

/* What a user was told in one session: rows [at, end), which come again from sequence `next` on. */
struct replay {
    struct verifier *verifier;
    const struct load_ack *at, *end;
    uint64_t next;
    unsigned heartbeats;      /* since the last message */
    struct soupbin_splitter splitter;
};

/* True when all rows have been seen or no more can come. */
static bool replay_take(struct replay *replay, const struct soupbin_packet *packet)
{
    struct load_answer answer;

    if (packet->type == SOUPBIN_END_OF_SESSION)
        return true;
    if (packet->type != SOUPBIN_SEQUENCED) /* with nothing to send it sends heartbeats: there is no more */
        return packet->type == SOUPBIN_SERVER_HEARTBEAT && ++replay->heartbeats == 2;
    replay->heartbeats = 0;
    answer = load_wire_read(packet->payload, packet->size);
    /* Several runs may have been told the same message. */
    for (; replay->at < replay->end && replay->at->sequence <= replay->next; replay->at++)
        if (replay->at->sequence < replay->next || replay->at->type != answer.type ||
            replay->at->reference != answer.reference)
            verify_lost(replay->verifier, replay->at, 1);
    replay->next++;
    return replay->at == replay->end;
}

static void replay_run(struct replay *replay, int fd)
{
    uint8_t bytes[READ_BYTES];
    struct soupbin_packet packet;
    bool done = replay->at == replay->end;
    ssize_t got;

    soupbin_reset_splitter(&replay->splitter, SOUPBIN_FROM_SERVER);
    while (!done) {
        got = recv(fd, bytes, sizeof bytes, 0); /* gives up after CLIENT_PATIENCE_SECONDS without a byte */
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        soupbin_feed_splitter(&replay->splitter, bytes, (size_t)got);
        while (!done && soupbin_next_packet(&replay->splitter, &packet) == SOUPBIN_OK)
            done = replay_take(replay, &packet);
    }
    if (replay->at < replay->end)
        verify_lost(replay->verifier, replay->at, (uint64_t)(replay->end - replay->at));
}

static bool verify_session(struct verifier *verifier, const struct load_ack *begin, const struct load_ack *end,
                           uint64_t day)
{
    struct replay replay = { .verifier = verifier, .at = begin, .end = end };
    const struct load_verify *verify = verifier->verify;
    char user[8] = "", session[24];
    struct soupbin_accepted accepted;
    struct client_login login = { .address = verify->address, .port = verify->port, .user = user,
                                  .password = verify->password, .session = session, .sequence = 1 };
    int fd;

    memcpy(user, begin->user, sizeof user - 1);
    snprintf(session, sizeof session, "%" PRIu64, day);
    fd = client_login(&login, &accepted, verifier->error, verifier->error_size);
    if (fd < 0)
        return false;
    replay.next = accepted.sequence;
    replay_run(&replay, fd);
    client_send(fd, "\0\1O", 3);
    close(fd);
    return true;
}

static int compare_rows(const void *left, const void *right)
{
    const struct load_ack *a = left, *b = right;
    int order = memcmp(a->user, b->user, sizeof a->user);

    if (order)
        return order;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

bool load_acks_verify(const struct load_verify *verify, struct load_verified *verified, char *error,
                      size_t error_size)
{
    struct verifier verifier = { .verify = verify, .verified = verified, .error = error, .error_size = error_size };
    uint64_t day = 0;
    size_t kept = 0, begin = 0;
    bool good;

    memset(verified, 0, sizeof *verified);
    good = verify_read(&verifier);
    for (size_t i = 0; good && i < verifier.count; i++) { /* all rows must be of one day */
        if (verifier.rows[i].type != 0) {
            verifier.rows[kept++] = verifier.rows[i];
        } else if (day && verifier.rows[i].sequence != day) {
            snprintf(error, error_size, "the file holds two days: only the present one can be replayed");
            good = false;
        } else {
            day = verifier.rows[i].sequence;
        }
    }
    if (good)
        qsort(verifier.rows, kept, sizeof *verifier.rows, compare_rows);
    for (size_t i = 1; good && i <= kept; i++) {
        if (i < kept && memcmp(verifier.rows[i].user, verifier.rows[begin].user, sizeof verifier.rows->user) == 0)
            continue;
        good = verify_session(&verifier, verifier.rows + begin, verifier.rows + i, day);
        verified->users++;
        verified->rows += i - begin;
        begin = i;
    }
    free(verifier.rows);
    return good;
}
