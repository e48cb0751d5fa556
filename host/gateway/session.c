#include "session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "key_session.h"
#include "order_session.h"

#define SESSION_OF(call, member) ((struct session *)((char *)(call) - offsetof(struct session, member)))

void session_log_stranger(struct gateway *gateway, const char *event, const char *detail)
{
    if (!gateway->options.log)
        return;
    if (!rate_allows(gateway->stranger_ns, gateway->now_ns, STRANGER_BURST_NS)) {
        gateway->stranger_lines++;
        return;
    }
    rate_charge(&gateway->stranger_ns, gateway->now_ns, SECOND_NS / STRANGER_LINES);
    gateway->options.log(gateway->options.context, event, detail);
}

void session_log(const struct session *session, const char *event, const char *reason)
{
    struct gateway *gateway = session->gateway;
    char address[INET6_ADDRSTRLEN] = "?", detail[200];
    if (!gateway->options.log)
        return;
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    bool is_four = memcmp(session->peer.bytes, mapped, sizeof mapped) == 0;
    inet_ntop(is_four ? AF_INET : AF_INET6, session->peer.bytes + (is_four ? sizeof mapped : 0), address,
              sizeof address);
    snprintf(detail, sizeof detail, "peer=%s user=%u reason=%s", address, session->user, reason);
    if (session->user)
        gateway->options.log(gateway->options.context, event, detail);
    else
        session_log_stranger(gateway, event, detail);
}

/* ---- lists ---- */

static void arm_turn(struct gateway *gateway)
{
    if (gateway->turn_armed)
        return;
    gateway->turn_armed = true;
    struct io_uring_sqe *entry = loop_prepare(gateway->options.loop, &gateway->turn_call);
    io_uring_prep_nop(entry);
    io_uring_sqe_set_data(entry, &gateway->turn_call);
}

void session_make_ready(struct session *session)
{
    struct gateway *gateway = session->gateway;
    arm_turn(gateway);
    if (session->ready)
        return;
    session->ready = true;
    session->next_ready = NO_SESSION;
    if (gateway->ready.first == NO_SESSION)
        gateway->ready.first = session->index;
    else
        gateway->session[gateway->ready.last].next_ready = session->index;
    gateway->ready.last = session->index;
}

void session_mark_dirty(struct session *session)
{
    struct gateway *gateway = session->gateway;
    if (session->dirty)
        return;
    session->dirty = true;
    gateway->dirty[gateway->dirty_count++] = session->index;
}

/* ---- receiving ---- */

void session_read(struct session *session)
{
    if (session->receiving || session->ended || session->state == SESSION_FREE || session->state == SESSION_DEAD)
        return;
    struct io_uring_sqe *entry = loop_prepare(session->gateway->options.loop, &session->receive_call);
    io_uring_prep_recv_multishot(entry, session->fd, NULL, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = RECEIVE_GROUP;
    io_uring_sqe_set_data(entry, &session->receive_call);
    session->receiving = true;
    session->cancelling = session->paused = false;
}

static void ignore_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    (void)call, (void)result, (void)flags;
}

static struct loop_call ignore_call = {.done = ignore_done}; /* may outlive every session */

static void pause_reading(struct session *session)
{
    session->paused = true;
    if (!session->receiving || session->cancelling)
        return;
    struct io_uring_sqe *entry = loop_prepare(session->gateway->options.loop, &ignore_call);
    io_uring_prep_cancel(entry, &session->receive_call, 0);
    io_uring_sqe_set_data(entry, &ignore_call);
    session->cancelling = true;
}

static size_t take(struct session *session, const uint8_t *bytes, size_t size)
{
    return session->kind == SESSION_KEY ? key_session_take(session, bytes, size) :
                                          order_session_take(session, bytes, size);
}

static void keep(struct session *session, const uint8_t *bytes, size_t size)
{
    uint32_t kept = session->input_end - session->input_start;
    if (size > session->input_size - kept) {
        session->gateway->counters.cut_off++;
        session_log(session, "cut_off", "more input than is kept");
        session_abort(session, "flood");
        return;
    }
    if (size > session->input_size - session->input_end) {
        memmove(session->input, session->input + session->input_start, kept);
        session->input_start = 0;
        session->input_end = kept;
    }
    memcpy(session->input + session->input_end, bytes, size);
    session->input_end += (uint32_t)size;
    if (kept + size > INPUT_PAUSE_BYTES)
        pause_reading(session);
}

static void take_kept(struct session *session)
{
    if (session->input_start != session->input_end)
        session->input_start += (uint32_t)take(session, session->input + session->input_start,
                                               session->input_end - session->input_start);
    if (session->input_start == session->input_end)
        session->input_start = session->input_end = 0;
}

/* May be called whenever something that stopped the session is over. */
void session_continue(struct session *session)
{
    if (!session_is_open(session) || session->stop)
        return;
    if (session->kind == SESSION_ORDERS)
        order_session_retry(session);
    if (session_is_open(session) && !session->stop)
        take_kept(session);
    if (!session_is_open(session))
        return;
    uint32_t kept = session->input_end - session->input_start;
    if (session->paused && kept <= INPUT_PAUSE_BYTES / 2 && !session->receiving) {
        session->received_ns = session->gateway->now_ns;
        session_read(session);
    }
    if (session->ended && !session->stop)
        session_abort(session, "closed by the client");
}

static void take_received(struct session *session, const uint8_t *bytes, size_t size)
{
    session->gateway->counters.bytes_in += size;
    if (!session_is_open(session))
        return;
    session->received_ns = session->gateway->now_ns;
    if (session->stop || session->input_end) {
        bool was_stopped = session->stop;
        keep(session, bytes, size);
        if (!was_stopped && session_is_open(session))
            take_kept(session);
        return;
    }
    size_t taken = take(session, bytes, size);
    if (taken < size && session_is_open(session))
        keep(session, bytes + taken, size - taken);
}

/* The client has ended its side. What it sent before is taken as far as that needs no wait for core or rate. */
static void take_end(struct session *session)
{
    bool takes_on = session_is_open(session) && session->input_end && session->stop == STOP_TURN;
    if (takes_on || session->state == SESSION_FLUSHING)
        session->ended = true;
    else
        session_abort(session, "closed by the client");
}

static void receive_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct session *session = SESSION_OF(call, receive_call);
    struct gateway *gateway = session->gateway;
    session->receiving = flags & IORING_CQE_F_MORE;
    if (flags & IORING_CQE_F_BUFFER) {
        unsigned number = flags >> IORING_CQE_BUFFER_SHIFT;
        uint8_t *buffer = gateway->receive_buffers + (size_t)number * RECEIVE_BYTES;
        if (result > 0)
            take_received(session, buffer, (size_t)result);
        io_uring_buf_ring_add(gateway->receive_ring, buffer, RECEIVE_BYTES, (unsigned short)number,
                              io_uring_buf_ring_mask(RECEIVE_BUFFERS), 0);
        io_uring_buf_ring_advance(gateway->receive_ring, 1);
    }
    if (result == 0)
        take_end(session);
    else if (result < 0 && result != -ENOBUFS && result != -ECANCELED && result != -EINTR && result != -EAGAIN)
        session_abort(session, strerror(-result));
    if (!session->receiving)
        session->cancelling = false;
    if (!session->receiving && session->paused && !session->stop)
        session_make_ready(session); /* what it waited for was over before reading had stopped */
    else if (!session->receiving && !session->paused)
        session_read(session);
    session_settle(session);
}

/* ---- sending ---- */

bool session_queue(struct session *session, const void *first, size_t first_size, const void *second,
                   size_t second_size)
{
    if (first_size + second_size > session_room(session))
        return false;
    const void *piece[2] = {first, second};
    size_t piece_size[2] = {first_size, second_size};
    if (!session->output_used)
        session->progress_ns = session->gateway->now_ns;
    for (unsigned index = 0; index < 2 && piece_size[index]; index++) {
        uint64_t at = session->output_start + session->output_used;
        at = at >= session->output_size ? at - session->output_size : at;
        uint64_t to_end = session->output_size - at, size = piece_size[index];
        uint64_t part = size < to_end ? size : to_end;
        memcpy(session->output + at, piece[index], part);
        memcpy(session->output, (const uint8_t *)piece[index] + part, size - part);
        session->output_used += size;
    }
    if (session->output_used > session->output_peak)
        session->output_peak = session->output_used;
    return true;
}

void session_flush(struct session *session)
{
    if (session->sending || !session->output_used || session->state == SESSION_DEAD || session->state == SESSION_FREE)
        return;
    uint64_t to_end = session->output_size - session->output_start;
    session->send_size = (uint32_t)(session->output_used < to_end ? session->output_used : to_end);
    struct io_uring_sqe *entry = loop_prepare(session->gateway->options.loop, &session->send_call);
    const uint8_t *from = session->output + session->output_start;
    io_uring_prep_send(entry, session->fd, from, session->send_size, MSG_NOSIGNAL); /* tidy: the system's name */
    io_uring_sqe_set_data(entry, &session->send_call);
    session->sending = true;
    session->sent_ns = session->gateway->now_ns;
}

static void end_own_side(struct session *session)
{
    shutdown(session->fd, SHUT_WR);
    session->state = SESSION_DRAINING;
    session->paused = false;
    if (session->ended)
        session_abort(session, "ended");
    else
        session_read(session);
}

static void send_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct session *session = SESSION_OF(call, send_call);
    (void)flags;
    session->sending = false;
    if (result > 0) {
        uint32_t sent = (uint32_t)result;
        session->gateway->counters.bytes_out += sent;
        session->output_used -= sent;
        session->output_start += sent;
        if (session->output_start == session->output_size || !session->output_used)
            session->output_start = 0;
        session->progress_ns = session->gateway->now_ns;
    } else if (result != -EINTR && result != -EAGAIN)
        session_abort(session, result ? strerror(-result) : "nothing sent");
    session_flush(session);
    if (session->state == SESSION_FLUSHING && !session->output_used)
        end_own_side(session);
    else if (session->state == SESSION_LIVE && session->replaying && !session->reading)
        order_session_replay(session);
    session_settle(session);
}

static void read_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct session *session = SESSION_OF(call, read_call);
    (void)flags;
    session->reading = false;
    if (session->state == SESSION_LIVE)
        order_session_read_done(session, result);
    session_settle(session);
}

/* ---- beginning and end ---- */

void session_start(struct gateway *gateway, int fd, enum session_kind kind, const struct login_guard_key *peer,
                   bool peer_local)
{
    check(gateway->free_count[kind]);
    uint32_t index = gateway->free_session[kind][--gateway->free_count[kind]];
    struct session *session = &gateway->session[index];
    struct session before = *session;
    check(before.state == SESSION_FREE);
    *session = (struct session){
        .receive_call = {receive_done}, .send_call = {send_done}, .read_call = {read_done}, .gateway = gateway,
        .fd = fd, .kind = (uint8_t)kind, .state = SESSION_OPEN, .index = index, .peer = *peer,
        .peer_local = peer_local, .opened_ns = gateway->now_ns, .received_ns = gateway->now_ns,
        .sent_ns = gateway->now_ns, .input = before.input, .output = before.output, .input_size = before.input_size,
        .output_size = before.output_size, .cursor = {.chunk = before.cursor.chunk},
    };
    soupbin_reset_splitter(&session->splitter, SOUPBIN_FROM_CLIENT);
    gateway->counters.sessions++;
    session_read(session);
}

void session_finish(struct session *session)
{
    if (!session_is_open(session))
        return;
    if (session->user && session->kind == SESSION_ORDERS)
        order_session_leave(session, 0);
    session->state = SESSION_FLUSHING;
    session->replaying = false;
    session->deadline_ns = session->gateway->now_ns + FLUSH_NS;
    session_flush(session);
    if (!session->sending)
        end_own_side(session);
}

void session_abort(struct session *session, const char *reason)
{
    if (session->state == SESSION_DEAD || session->state == SESSION_FREE)
        return;
    if (session_is_open(session)) {
        session_log(session, "closed", reason);
        if (session->user && session->kind == SESSION_ORDERS)
            order_session_leave(session, 0);
    }
    session->state = SESSION_DEAD;
    shutdown(session->fd, SHUT_RDWR); /* ends what is out */
    session_make_ready(session);      /* in case nothing is */
}

static void remove_blocked(struct session *session)
{
    struct gateway *gateway = session->gateway;
    uint32_t before = NO_SESSION, at = gateway->blocked.first;
    while (at != session->index) {
        before = at;
        at = gateway->session[at].next_blocked;
    }
    if (before == NO_SESSION)
        gateway->blocked.first = session->next_blocked;
    else
        gateway->session[before].next_blocked = session->next_blocked;
    if (gateway->blocked.last == session->index)
        gateway->blocked.last = before;
    session->blocked = false;
}

void session_settle(struct session *session)
{
    struct gateway *gateway = session->gateway;
    if (session->state != SESSION_DEAD || session->receiving || session->sending || session->reading ||
        session->ready || session->dirty)
        return;
    if (session->blocked)
        remove_blocked(session);
    close(session->fd);
    session->state = SESSION_FREE;
    /* A busy or hostile client has touched pages that the next one may never need. */
    if (session->kind == SESSION_ORDERS)
        madvise(session->input, session->input_size, MADV_DONTNEED);
    if (session->output_peak > INPUT_PAUSE_BYTES)
        madvise(session->output, session->output_size, MADV_DONTNEED);
    gateway->counters.sessions--;
    gateway->free_session[session->kind][gateway->free_count[session->kind]++] = session->index;
}
