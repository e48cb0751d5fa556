/* One connection: bytes in and out, and its end. Private to host/gateway.
 *
 *   OPEN -> LIVE -> FLUSHING -> DRAINING -> DEAD -> FREE      session_finish(): politely
 *        any of these       -----------------> DEAD -> FREE   session_abort()
 *
 * A slot is free again when all its operations have ended, so a completion never meets another session. */
#ifndef VITRINE_SESSION_H
#define VITRINE_SESSION_H

#include "gateway_parts.h"

/* Takes a connected socket; a free slot of that kind must exist. */
void session_start(struct gateway *gateway, int fd, enum session_kind kind, const struct login_guard_key *peer,
                   bool peer_local);

/* Queues two pieces in a row; false: no room, the client is too far behind. */
bool session_queue(struct session *session, const void *first, size_t first_size, const void *second,
                   size_t second_size);
static inline uint64_t session_room(const struct session *session)
{
    return session->output_size - session->output_used;
}
/* Sends what is queued, unless a send is out. */
void session_flush(struct session *session);
/* Flushes when the loop's turn or gateway_report() ends. */
void session_mark_dirty(struct session *session);

void session_finish(struct session *session);
void session_abort(struct session *session, const char *reason);
/* The slot is free if nothing is out any more. To be called when an operation has ended. */
void session_settle(struct session *session);
/* Reads again, after a pause or where the kernel gave up. */
void session_read(struct session *session);

/* Another turn for this session with the next completions. */
void session_make_ready(struct session *session);
/* Goes on with what waits in the session. */
void session_continue(struct session *session);

/* Logs `event` with the session's user and peer and `reason`. */
void session_log(const struct session *session, const char *event, const char *reason);
/* Logs what anybody can cause without a log-in: STRANGER_LINES a second, the others are counted and gateway_tick() says
 * how many. */
void session_log_stranger(struct gateway *gateway, const char *event, const char *detail);

static inline bool session_is_open(const struct session *session)
{
    return session->state == SESSION_OPEN || session->state == SESSION_LIVE;
}

#endif
