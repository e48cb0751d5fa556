#include "load_run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "check.h"
#include "client_login.h"
#include "load_acks.h"
#include "load_wire.h"
#include "memory.h"

#define SECOND_NS UINT64_C(1000000000)

enum {
    RING = TRADE_FLOW_NUMBERS, /* orders of a user that can be without an answer, at most */
    OUT_BYTES = 1 << 16,
    IN_BYTES = 1 << 18,
    PORTION = 1024,            /* orders made before what has come is looked at */
    EVENTS = 256,
    GAPS = 4096,
    PATIENCE_SECONDS = 10,
};

struct load_session {
    int fd;
    char name[8];
    bool full;                 /* the socket takes no more until it says so */
    bool dirty;                /* in the list of those with something to send */
    uint64_t sequence;         /* of the next message */
    uint64_t sent_ns;
    uint32_t out_begin, out_end;
    uint32_t in_used;          /* of a packet that has come in part */
    uint8_t in[SOUPBIN_PACKET_BYTES_MAX];
    uint8_t out[OUT_BYTES + LOAD_PACKET_BYTES_MAX];
    uint64_t enter_ns[RING];   /* by number: when the order (or replace) was due; 0: answered */
    uint64_t cancel_ns[RING];  /* the same of its cancel */
};

struct load {
    const struct load_options *options;
    struct load_result *result;
    struct load_session *sessions;
    uint32_t *dirty;
    uint32_t dirty_count;
    struct load_wire wire;
    struct trade_flow *flow;
    union trade_flow_input input; /* made and not yet taken */
    bool input_made;
    int epoll;
    uint64_t now_ns, due_ns, measure_ns, answer_ns;
    uint64_t gap_random;
    uint32_t gap[GAPS];        /* exponential, mean 1024 */
    uint64_t gap_rest;
    uint8_t in[IN_BYTES];
    char *error;
    size_t error_size;
};

static bool load_fail(struct load *load, const char *what, const char *detail)
{
    snprintf(load->error, load->error_size, "%s: %s", what, detail);
    return false;
}

/* --- log-in --- */

static bool load_log_in(struct load *load, uint32_t index)
{
    const struct load_options *options = load->options;
    struct load_session *session = &load->sessions[index];
    const size_t prefix = strlen(options->prefix);
    const struct client_login login = { .address = options->address, .port = options->port,
                                        .key_port = options->key_port, .user = session->name,
                                        .password = options->password, .key = options->key, .session = "" };
    struct soupbin_accepted accepted;
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data = { .u32 = index } };
    char number[16];

    snprintf(number, sizeof number, "%06" PRIu32, index % 1000000);
    memcpy(session->name, options->prefix, prefix);
    memcpy(session->name + prefix, number + prefix, SOUPBIN_USER_CHARACTERS - prefix);
    session->fd = client_login(&login, &accepted, load->error, load->error_size);
    if (session->fd < 0)
        return false;
    session->sequence = accepted.sequence;
    session->sent_ns = load->now_ns;
    if (options->acks)
        load_acks_add(options->acks, session->name, 0, 0, strtoull(accepted.session, NULL, 10));
    if (fcntl(session->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, session->fd, &event) != 0)
        return load_fail(load, session->name, strerror(errno));
    return true;
}

static void load_name_markets(struct load *load, struct ouch_markets *names, struct trade_flow_market *markets)
{
    for (uint32_t i = 0; i < load->options->market_count; i++) {
        ouch_name_market(names, i + 1, load->options->markets[i].name);
        markets[i] = (struct trade_flow_market){ .number = (uint16_t)(i + 1), .quantity_max = 100,
                                                 .middle = load->options->markets[i].middle };
    }
}

static void load_make_gaps(struct load *load)
{
    for (unsigned i = 0; i < GAPS; i++)
        load->gap[i] = (uint32_t)(-1024.0 * log((i + 0.5) / GAPS));
    load->gap_random = load->options->seed;
}

static bool load_open(struct load *load)
{
    const struct load_options *options = load->options;
    struct trade_flow_market markets[LOAD_MARKETS_MAX];
    struct trade_flow_settings flow = { .seed = options->seed, .users = options->users,
                                        .population = options->population, .market_count = options->market_count,
                                        .markets = markets };
    struct ouch_markets *names = memory_reserve(1, sizeof *names);

    check(options->users >= 1 && options->users <= LOAD_USERS_MAX && options->first >= 1);
    check(strlen(options->prefix) < SOUPBIN_USER_CHARACTERS);
    check(options->market_count >= 1 && options->market_count <= LOAD_MARKETS_MAX);
    load_name_markets(load, names, markets);
    load_wire_make(&load->wire, names);
    free(names);
    load->flow = trade_flow_create(&flow);
    load->sessions = memory_reserve(options->users, sizeof *load->sessions);
    load->dirty = memory_reserve(options->users, sizeof *load->dirty);
    load_make_gaps(load);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    check(load->epoll >= 0);
    load->now_ns = clock_now_ns();
    for (uint32_t i = 0; i < options->users; i++)
        load->sessions[i].fd = -1;
    for (uint32_t i = 0; i < options->users; i++)
        if (!load_log_in(load, i))
            return false;
    return true;
}

static void load_close(struct load *load)
{
    for (uint32_t i = 0; load->sessions && i < load->options->users; i++) {
        if (load->sessions[i].fd < 0)
            continue;
        client_send(load->sessions[i].fd, "\0\1O", 3);
        close(load->sessions[i].fd);
    }
    close(load->epoll);
    trade_flow_destroy(load->flow);
    free(load->sessions);
    free(load->dirty);
}

/* --- sending --- */

static bool load_flush(struct load *load, struct load_session *session)
{
    while (session->out_begin < session->out_end) {
        ssize_t sent = send(session->fd, session->out + session->out_begin, session->out_end - session->out_begin,
                            MSG_NOSIGNAL | MSG_DONTWAIT); /* tidy: the system's name */

        load->result->sends++;
        if (sent < 0 && errno == EAGAIN) {
            session->full = true;
            return true;
        }
        if (sent < 0 && errno != EINTR)
            return load_fail(load, session->name, strerror(errno));
        if (sent > 0) {
            session->out_begin += (uint32_t)sent;
            load->result->bytes_out += (uint64_t)sent;
        }
    }
    session->out_begin = session->out_end = 0;
    session->sent_ns = load->now_ns;
    return true;
}

static bool load_flush_all(struct load *load)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < load->dirty_count; i++) {
        struct load_session *session = &load->sessions[load->dirty[i]];

        if (!session->full && !load_flush(load, session))
            return false;
        session->dirty = session->out_end > 0;
        if (session->dirty)
            load->dirty[kept++] = load->dirty[i];
    }
    load->dirty_count = kept;
    return true;
}

static void load_mark_dirty(struct load *load, struct load_session *session)
{
    if (!session->dirty)
        load->dirty[load->dirty_count++] = (uint32_t)(session - load->sessions);
    session->dirty = true;
}

/* Whether there is room for the input that has been made: in the session's buffer, and for another order without an
 * answer. */
static bool load_takes(const struct load *load, const struct load_session *session, bool cancel)
{
    const uint32_t at = load->input.header.reference % RING;

    return session->out_end <= OUT_BYTES && (cancel || (session->enter_ns[at] == 0 && session->cancel_ns[at] == 0)) &&
           load->result->sent - load->result->answered < load->options->window;
}

/* Puts one order into its session's buffer. False: not now. */
static bool load_put(struct load *load)
{
    struct load_result *result = load->result;
    struct load_session *session;
    uint32_t reference;
    bool cancel;

    if (!load->input_made)
        trade_flow_next(load->flow, &load->input);
    load->input_made = true;
    session = &load->sessions[load->input.header.user];
    cancel = load->input.header.kind == INPUT_ORDER_CANCEL;
    if (!load_takes(load, session, cancel))
        return false;
    reference = load->input.header.reference;
    (cancel ? session->cancel_ns : session->enter_ns)[reference % RING] = load->due_ns;
    load->input.header.reference += load->options->first - 1;
    if (load->input.header.kind == INPUT_ORDER_REPLACE)
        load->input.replace.existing += load->options->first - 1;
    session->out_end += (uint32_t)load_wire_put(&load->wire, &load->input, session->out + session->out_end);
    load_mark_dirty(load, session);
    load->input_made = false;
    if (result->sent++ == load->options->warm)
        load->measure_ns = load->due_ns;
    if (load->now_ns - load->due_ns > result->late_ns && result->sent > load->options->warm)
        result->late_ns = load->now_ns - load->due_ns;
    return true;
}

/* When the next order is due. */
static void load_advance(struct load *load)
{
    uint64_t span;

    if (load->options->rate == 0) {
        load->due_ns = load->now_ns;
        return;
    }
    load->gap_random = load->gap_random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    span = load->gap[load->gap_random >> 52] * SECOND_NS + load->gap_rest;
    load->due_ns += span / (load->options->rate * 1024);
    load->gap_rest = span % (load->options->rate * 1024);
}

static void load_make(struct load *load)
{
    const uint64_t total = load->options->warm + load->options->orders;

    if (load->options->rate == 0)
        load->due_ns = load->now_ns;
    for (unsigned i = 0; i < PORTION && load->result->sent < total && load->due_ns <= load->now_ns; i++) {
        if (!load_put(load))
            break;
        load_advance(load);
    }
}

/* --- receiving --- */

static void load_answered(struct load *load, uint64_t *due_ns)
{
    if (*due_ns == 0)
        return;
    load->result->answered++;
    load->answer_ns = load->now_ns;
    if (load->measure_ns && *due_ns >= load->measure_ns) {
        load->result->measured++;
        distribution_add(&load->result->latency_ns, load->now_ns - *due_ns);
    }
    *due_ns = 0;
}

static void load_message(struct load *load, struct load_session *session, const uint8_t *bytes, size_t size)
{
    const struct load_answer answer = load_wire_read(bytes, size);
    struct load_result *result = load->result;
    const uint32_t reference = answer.reference - (load->options->first - 1);

    result->messages++;
    if (load->options->acks)
        load_acks_add(load->options->acks, session->name, answer.reference, answer.type, session->sequence);
    session->sequence++;
    if (answer.reference < load->options->first) { /* of an order before this run */
        result->other++;
        return;
    }
    if (answer.gone) { /* a cancel that meets the order's end may have no answer of its own */
        trade_flow_gone(load->flow, (uint32_t)(session - load->sessions), reference);
        load_answered(load, &session->cancel_ns[reference % RING]);
    }
    switch (answer.type) {
    case OUCH_ACCEPTED: result->accepted++; break;
    case OUCH_REPLACED: result->replaced++; break;
    case OUCH_REJECTED: result->rejected++; break;
    case OUCH_EXECUTED: result->executed++; return;
    case OUCH_CANCELED: result->cancelled++; load_answered(load, &session->cancel_ns[reference % RING]); return;
    case OUCH_CANCEL_REJECT:
        result->cancel_rejected++;
        load_answered(load, &session->cancel_ns[reference % RING]);
        return;
    default: result->other++; return;
    }
    load_answered(load, &session->enter_ns[reference % RING]);
}

static bool load_packet(struct load *load, struct load_session *session, const uint8_t *packet, size_t length)
{
    char text[SOUPBIN_PAYLOAD_BYTES_MAX + 1];

    if (packet[2] == SOUPBIN_SEQUENCED) {
        load_message(load, session, packet + SOUPBIN_HEADER_BYTES, length - 1);
        return true;
    }
    if (packet[2] == SOUPBIN_DEBUG) {
        memcpy(text, packet + SOUPBIN_HEADER_BYTES, length - 1);
        text[length - 1] = 0;
        return load_fail(load, session->name, text);
    }
    if (packet[2] == SOUPBIN_SERVER_HEARTBEAT)
        return true;
    return load_fail(load, session->name, packet[2] == SOUPBIN_END_OF_SESSION ? "the server has ended the session"
                                                                             : "unexpected packet");
}

/* Whole packets of the bytes; *used is where the last one ends. */
static bool load_packets(struct load *load, struct load_session *session, const uint8_t *bytes, size_t size,
                         size_t *used)
{
    size_t at = 0;

    while (size - at >= SOUPBIN_HEADER_BYTES) {
        const size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];

        if (length == 0 || length > 1 + SOUPBIN_PAYLOAD_BYTES_MAX)
            return load_fail(load, session->name, "a packet of a wrong length");
        if (size - at < 2 + length)
            break;
        if (!load_packet(load, session, bytes + at, length))
            return false;
        at += 2 + length;
    }
    *used = at;
    return true;
}

/* Reads until the socket has no more (the notices come once). */
static bool load_receive(struct load *load, struct load_session *session)
{
    for (;;) {
        size_t used, size;
        ssize_t got;

        memcpy(load->in, session->in, session->in_used);
        got = recv(session->fd, load->in + session->in_used, sizeof load->in - session->in_used,
                   MSG_DONTWAIT); /* tidy: the system's name */
        load->result->receives++;
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return load_fail(load, session->name, got ? strerror(errno) : "the server has closed the connection");
        load->now_ns = clock_now_ns();
        load->result->bytes_in += (uint64_t)got;
        size = session->in_used + (size_t)got;
        if (!load_packets(load, session, load->in, size, &used))
            return false;
        session->in_used = (uint32_t)(size - used);
        memcpy(session->in, load->in + used, session->in_used);
        if ((size_t)got < sizeof load->in / 2)
            return true; /* a short read: there was no more, or there will be another notice */
    }
}

static bool load_wait(struct load *load, uint64_t wait_ns)
{
    struct epoll_event events[EVENTS];
    const struct timespec patience = { .tv_sec = (time_t)(wait_ns / SECOND_NS),
                                       .tv_nsec = (long)(wait_ns % SECOND_NS) };
    int count = epoll_pwait2(load->epoll, events, EVENTS, &patience, NULL);

    if (count < 0 && errno != EINTR)
        return load_fail(load, "epoll", strerror(errno));
    load->now_ns = clock_now_ns();
    for (int i = 0; i < count; i++) {
        struct load_session *session = &load->sessions[events[i].data.u32];

        if (events[i].events & EPOLLOUT)
            session->full = false;
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !load_receive(load, session))
            return false;
    }
    return true;
}

static void load_beat(struct load *load)
{
    for (uint32_t i = 0; i < load->options->users; i++) {
        struct load_session *session = &load->sessions[i];

        if (load->now_ns - session->sent_ns < SECOND_NS || session->out_end)
            continue;
        memcpy(session->out, "\0\1R", 3);
        session->out_end = 3;
        load_mark_dirty(load, session);
    }
}

/* How long nothing has to be sent. Short waits are spent looking: a sleep takes longer than they do. */
static uint64_t load_idle_ns(const struct load *load)
{
    const uint64_t total = load->options->warm + load->options->orders, millisecond = 1000000;

    if (load->result->sent >= total || load->input_made)
        return millisecond;
    if (load->due_ns <= load->now_ns + 50000)
        return 0;
    return load->due_ns - load->now_ns - 50000 < millisecond ? load->due_ns - load->now_ns - 50000 : millisecond;
}

static enum load_status load_flow(struct load *load)
{
    const uint64_t total = load->options->warm + load->options->orders;
    uint64_t beat_ns;

    load->now_ns = clock_now_ns();
    load->due_ns = load->answer_ns = beat_ns = load->now_ns;
    while (load->result->sent < total || load->result->answered < total) {
        load_make(load);
        if (!load_flush_all(load) || !load_wait(load, load_idle_ns(load)))
            return LOAD_FAULT;
        if (load->now_ns - beat_ns > SECOND_NS / 4) {
            beat_ns = load->now_ns;
            load_beat(load);
            if (load->options->progress)
                load->options->progress(load->options->context, load->result->answered, total);
            if (load->now_ns - load->answer_ns > PATIENCE_SECONDS * SECOND_NS &&
                load->result->sent > load->result->answered)
                return LOAD_UNANSWERED;
        }
    }
    return LOAD_DONE;
}

static uint64_t load_processor_ns(void)
{
    struct rusage usage;

    check(getrusage(RUSAGE_SELF, &usage) == 0);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * SECOND_NS +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* Names one of the orders without an answer. */
static void load_name_unanswered(const struct load *load)
{
    for (uint32_t user = 0; user < load->options->users; user++)
        for (uint32_t at = 0; at < RING; at++) {
            const struct load_session *session = &load->sessions[user];

            if (session->enter_ns[at] == 0 && session->cancel_ns[at] == 0)
                continue;
            snprintf(load->error, load->error_size,
                     "%" PRIu64 " of %" PRIu64 " orders without an answer, among them user %s's %s of %" PRIu32
                     " (or that and a multiple of %d more)",
                     load->result->sent - load->result->answered, load->result->sent, session->name,
                     session->cancel_ns[at] ? "cancel" : "order", at + load->options->first - 1, RING);
            return;
        }
}

enum load_status load_run(const struct load_options *options, struct load_result *result, char *error,
                          size_t error_size)
{
    struct load *load = memory_reserve(1, sizeof *load);
    enum load_status status = LOAD_FAULT;
    uint64_t used;

    memset(result, 0, sizeof *result);
    load->options = options;
    load->result = result;
    load->error = error;
    load->error_size = error_size;
    if (load_open(load)) {
        used = load_processor_ns();
        status = load_flow(load);
        result->busy_ns = load_processor_ns() - used;
        if (load->measure_ns && load->answer_ns > load->measure_ns)
            result->measured_ns = load->answer_ns - load->measure_ns;
        if (status == LOAD_UNANSWERED)
            load_name_unanswered(load);
    }
    load_close(load);
    free(load);
    return status;
}
