#include "gateway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "gateway_parts.h"
#include "memory.h"
#include "order_session.h"

enum {
    DEFAULT_SESSIONS = 1024, DEFAULT_BACKLOG = 4 << 20, BACKLOG_MIN = 4096, LISTEN_BACKLOG = 512,
    CLOSING_TURNS = 1000,
};

#define PAGE_BYTES ((size_t)4096)

static void log_event(const struct gateway *gateway, const char *event, const char *detail)
{
    if (gateway->options.log)
        gateway->options.log(gateway->options.context, event, detail);
}

/* Clocks are read here and nowhere else: what they are for gets along with steps of gateway_tick(). */
static void read_clocks(struct gateway *gateway)
{
    struct timespec utc;
    gateway->now_ns = gateway->options.clock_ns();
    clock_gettime(CLOCK_REALTIME, &utc);
    gateway->utc_ns = (uint64_t)utc.tv_sec * 1000000000u + (uint64_t)utc.tv_nsec;
}

static void learn_markets(struct gateway *gateway)
{
    const struct table *markets = &gateway->options.state->markets;
    for (uint32_t row = gateway->markets.count + 1; row < markets->used; row++)
        ouch_set_market(&gateway->markets, row, state_market(gateway->options.state, row)->symbol);
}

/* ---- turns ---- */

static void flush_dirty(struct gateway *gateway)
{
    while (gateway->dirty_count) {
        struct session *session = &gateway->session[gateway->dirty[--gateway->dirty_count]];
        session->dirty = false;
        session_flush(session);
        session_settle(session);
    }
}

static void turn_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct gateway *gateway = (struct gateway *)((char *)call - offsetof(struct gateway, turn_call));
    (void)result, (void)flags;
    uint32_t next = gateway->ready.first;
    gateway->ready.first = gateway->ready.last = NO_SESSION;
    gateway->turn_armed = gateway->verified = false;
    gateway->turn++;
    while (next != NO_SESSION) {
        struct session *session = &gateway->session[next];
        next = session->next_ready;
        session->ready = false;
        session->stop &= (uint8_t)~STOP_TURN;
        session_continue(session);
        if (session->state == SESSION_LIVE && session->replaying && !session->reading)
            order_session_replay(session);
        session_settle(session);
    }
    order_session_tell(gateway);
    flush_dirty(gateway);
}

void gateway_resume(struct gateway *gateway)
{
    gateway->refused = gateway->store_full = false;
    gateway->turn++;
    order_session_tell(gateway);
    while (gateway->blocked.first != NO_SESSION && !gateway->refused) {
        struct session *session = &gateway->session[gateway->blocked.first];
        gateway->blocked.first = session->next_blocked;
        if (gateway->blocked.first == NO_SESSION)
            gateway->blocked.last = NO_SESSION;
        session->blocked = false;
        session->stop &= (uint8_t)~STOP_CORE;
        session_continue(session);
        session_settle(session);
    }
}

/* ---- connections ---- */

static void arm_accept(struct listener *listener)
{
    if (listener->armed || listener->fd < 0 || listener->gateway->stopping)
        return;
    struct io_uring_sqe *entry = loop_prepare(listener->gateway->options.loop, &listener->call);
    io_uring_prep_multishot_accept(entry, listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    io_uring_sqe_set_data(entry, &listener->call);
    listener->armed = true;
}

static void read_peer(int fd, struct login_guard_key *key, bool *is_local)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } peer = {.any.sa_family = AF_UNSPEC};
    socklen_t size = sizeof peer;
    memset(key, 0, sizeof *key);
    *is_local = false;
    if (getpeername(fd, &peer.any, &size) != 0)
        return;
    if (peer.any.sa_family == AF_INET6) {
        memcpy(key->bytes, &peer.six.sin6_addr, sizeof key->bytes);
        if (!IN6_IS_ADDR_V4MAPPED(&peer.six.sin6_addr)) {
            *is_local = IN6_IS_ADDR_LOOPBACK(&peer.six.sin6_addr);
            memset(key->bytes + 8, 0, 8); /* a host has a whole /64 to come from */
            return;
        }
    } else if (peer.any.sa_family == AF_INET) {
        memset(key->bytes + 10, 0xff, 2);
        memcpy(key->bytes + 12, &peer.four.sin_addr, 4);
    }
    *is_local = key->bytes[12] == 127;
}

/* Connections that don't log in must not keep others out: the oldest of them goes, its place is free for the next. */
static void make_way(struct gateway *gateway, enum session_kind kind)
{
    struct session *oldest = NULL;
    for (uint32_t index = 0; index < gateway->session_count; index++) {
        struct session *session = &gateway->session[index];
        if (session->state == SESSION_OPEN && session->kind == kind && !session->has_login &&
            (!oldest || session->opened_ns < oldest->opened_ns))
            oldest = session;
    }
    if (oldest)
        session_abort(oldest, "made way");
}

static void refuse_connection(struct gateway *gateway, int fd, enum session_kind kind)
{
    static const char text[] = "too many connections";
    uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX];
    const struct key_exchange_message refusal = {.type = KEY_EXCHANGE_REFUSAL, .reason = KEY_EXCHANGE_THROTTLED};
    size_t size = kind == SESSION_KEY ? key_exchange_encode_message(&refusal, bytes, sizeof bytes) :
                  soupbin_encode_packet(bytes, sizeof bytes, SOUPBIN_DEBUG, text, sizeof text - 1);
    /* Nobody has sent anything on it, so there is room; whoever sent already may get a reset instead. */
    (void)!send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT); /* tidy: the system's names */
    close(fd);
    gateway->counters.refused_logins++;
    session_log_stranger(gateway, "connection_refused", text);
    make_way(gateway, kind);
}

static void accept_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct listener *listener = (struct listener *)call; /* its first member */
    struct gateway *gateway = listener->gateway;
    listener->armed = flags & IORING_CQE_F_MORE;
    if (result >= 0) {
        struct login_guard_key peer;
        bool is_local;
        int one = 1;
        if (gateway->stopping) {
            close(result);
            return;
        }
        if (!gateway->free_count[listener->kind]) {
            refuse_connection(gateway, result, listener->kind);
        } else {
            read_peer(result, &peer, &is_local);
            setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            session_start(gateway, result, listener->kind, &peer, is_local);
        }
        arm_accept(listener);
    } else if (!gateway->stopping && result != -ECANCELED) {
        /* Out of descriptors most likely: gateway_tick() tries again, at once would be for nothing. */
        session_log_stranger(gateway, "accept_failed", strerror(-result));
    }
}

/* ---- time ---- */

static void cut_off(struct session *session, const char *reason)
{
    session->gateway->counters.cut_off++;
    session_log(session, "cut_off", reason);
    session_abort(session, reason);
}

static void tick_live(struct session *session)
{
    struct gateway *gateway = session->gateway;
    uint64_t patience = SILENT_BEATS * gateway->options.heartbeat_ns, now = gateway->now_ns;
    if (session->paused || session->ended)
        session->received_ns = now; /* what it sends is not seen */
    if (now - session->received_ns > patience)
        cut_off(session, "silent");
    else if (session->output_used && now - session->progress_ns > patience)
        cut_off(session, "slow reader");
    else if (!session->output_used && now - session->sent_ns >= gateway->options.heartbeat_ns) {
        order_session_send(session, SOUPBIN_SERVER_HEARTBEAT, NULL, 0);
        session_flush(session);
    }
}

/* A rate had no room for what waits in the session. */
static void tick_rate(struct session *session)
{
    if (!(session->stop & STOP_RATE))
        return;
    session->stop &= (uint8_t)~STOP_RATE;
    session_continue(session);
}

static void tick_session(struct session *session)
{
    struct gateway *gateway = session->gateway;
    switch (session->state) {
    case SESSION_OPEN:
        if (gateway->now_ns - session->opened_ns > LOGIN_NS && !session->has_login) {
            gateway->counters.refused_logins += session->kind == SESSION_ORDERS;
            session_abort(session, "log-in time-out");
        }
        tick_rate(session);
        break;
    case SESSION_LIVE:
        tick_live(session);
        tick_rate(session);
        break;
    case SESSION_FLUSHING:
    case SESSION_DRAINING:
        if (gateway->now_ns > session->deadline_ns)
            session_abort(session, "ends slowly");
        break;
    default:
        break;
    }
}

static void tell_stranger_lines(struct gateway *gateway)
{
    char text[96];
    if (!gateway->stranger_lines || !rate_allows(gateway->stranger_ns, gateway->now_ns, SECOND_NS))
        return;
    snprintf(text, sizeof text, "%llu lines about peers that are not logged in",
             (unsigned long long)gateway->stranger_lines);
    log_event(gateway, "lines_left_out", text);
    gateway->stranger_lines = 0;
}

enum gateway_status gateway_tick(struct gateway *gateway)
{
    read_clocks(gateway);
    learn_markets(gateway);
    gateway->turn++;
    for (unsigned kind = 0; kind < 2; kind++)
        arm_accept(&gateway->listener[kind]);
    if (gateway->store_full && !output_busy(gateway->store))
        gateway_resume(gateway);
    order_session_tell(gateway);
    for (uint32_t index = 0; index < gateway->session_count; index++)
        tick_session(&gateway->session[index]);
    tell_stranger_lines(gateway);
    flush_dirty(gateway);
    if (output_good(gateway->store))
        return GATEWAY_OK;
    log_event(gateway, "output", output_message(gateway->store));
    return GATEWAY_OUTPUT;
}

/* ---- reports ---- */

/* The day's stream ends: whoever is connected gets what was sent, then 'Z', and comes back for the new session. */
static enum output_status begin_day(struct gateway *gateway, uint32_t day)
{
    enum output_status status = output_roll(gateway->store, day);
    if (status == OUTPUT_OK && day != gateway->day) {
        gateway->day = day;
        for (uint32_t index = 0; index < gateway->session_count; index++)
            if (gateway->session[index].state == SESSION_LIVE)
                order_session_end(&gateway->session[index], true);
    }
    return status;
}

static void send_live(struct gateway *gateway, uint32_t user, uint64_t sequence, const uint8_t *message, size_t size)
{
    uint32_t index = gateway->user[user].session;
    struct session *session = index == NO_SESSION ? NULL : &gateway->session[index];
    if (!session || session->replaying || session->state != SESSION_LIVE)
        return;
    check(session->cursor.next == sequence);
    session->cursor.next++;
    order_session_send(session, SOUPBIN_SEQUENCED, message, size);
    gateway->counters.messages_out++;
    session_mark_dirty(session);
}

static enum output_status take_report(struct gateway *gateway, const struct report *report)
{
    uint64_t day = report->time_ns / SOUPBIN_DAY_NS;
    struct ouch_context context = {.markets = &gateway->markets, .user = report->user};
    if (day > output_day(gateway->store)) {
        enum output_status status = begin_day(gateway, (uint32_t)day);
        if (status != OUTPUT_OK)
            return status;
    }
    if (!report->user || day < output_day(gateway->store))
        return OUTPUT_OK; /* the operator's, or recovery goes over days whose streams have ended */
    uint64_t last = output_last(gateway->store, report->user);
    uint8_t *message = output_reserve(gateway->store);
    size_t size = ouch_encode_report(report, &context, message, OUTPUT_MESSAGE_MAX);
    enum output_status status = output_append(gateway->store, report->user, report->sequence, report->batch,
                                              (uint32_t)size);
    if (status == OUTPUT_OK && report->sequence > last)
        send_live(gateway, report->user, report->sequence, message, size);
    return status;
}

enum gateway_status gateway_report(struct gateway *gateway, const struct report *reports, size_t count)
{
    enum output_status status = OUTPUT_OK;
    learn_markets(gateway);
    for (size_t index = 0; index < count && status == OUTPUT_OK; index++) {
        if (reports[index].user > LIMIT_USERS || reports[index].time_ns / SOUPBIN_DAY_NS >= SOUPBIN_DAYS)
            return GATEWAY_ARGUMENT;
        status = take_report(gateway, &reports[index]);
    }
    if (status != OUTPUT_OK)
        log_event(gateway, "output", output_message(gateway->store));
    output_flush(gateway->store);
    flush_dirty(gateway);
    return status == OUTPUT_OK ? GATEWAY_OK : GATEWAY_OUTPUT;
}

void gateway_prefetch(const struct gateway *gateway, uint32_t user)
{
    const uint32_t index = gateway->user[user].session;
    output_prefetch(gateway->store, user);
    if (index == NO_SESSION)
        return;
    const struct session *session = &gateway->session[index];
    memory_prefetch(session, sizeof *session);
    memory_prefetch(session->output + session->output_start, OUCH_MESSAGE_BYTES_MAX);
}

void gateway_rehearse(struct gateway *gateway, const struct report *report)
{
    const struct ouch_context context = {.markets = &gateway->markets, .user = report->user};
    uint8_t message[OUTPUT_MESSAGE_MAX];
    learn_markets(gateway);
    gateway_prefetch(gateway, report->user);
    ouch_encode_report(report, &context, message, sizeof message);
}

uint64_t gateway_output_batch(const struct gateway *gateway)
{
    return output_batch(gateway->store);
}

/* ---- life ---- */

static enum gateway_status fail(enum gateway_status status, char *error, size_t error_size, const char *what, int code)
{
    snprintf(error, error_size, "gateway: %s%s%s", what, code ? ": " : "", code ? strerror(code) : "");
    return status;
}

static enum gateway_status open_listener(struct gateway *gateway, enum session_kind kind, uint16_t port, char *error,
                                         size_t error_size)
{
    struct listener *listener = &gateway->listener[kind];
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = {.six = {.sin6_port = htons(port)}};
    const char *text = gateway->options.address;
    bool is_six = inet_pton(AF_INET6, text, &address.six.sin6_addr) == 1;
    if (!is_six && inet_pton(AF_INET, text, &address.four.sin_addr) != 1)
        return fail(GATEWAY_ADDRESS, error, error_size, "the address is none of IPv4 or IPv6", 0);
    address.any.sa_family = is_six ? AF_INET6 : AF_INET;
    socklen_t size = is_six ? sizeof address.six : sizeof address.four;
    int one = 1;
    listener->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0 || setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0)
        return fail(GATEWAY_IO, error, error_size, "no socket", errno);
    if (bind(listener->fd, &address.any, size) != 0 || listen(listener->fd, LISTEN_BACKLOG) != 0 ||
        getsockname(listener->fd, &address.any, &size) != 0)
        return fail(GATEWAY_ADDRESS, error, error_size,
                    kind == SESSION_KEY ? "cannot listen on the key port" : "cannot listen on the order entry port",
                    errno);
    listener->port = ntohs(address.four.sin_port); /* in both at the same place */
    arm_accept(listener);
    return GATEWAY_OK;
}

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    memory_keep_apart(memory, size);
    return memory;
}

static bool create_receive_ring(struct gateway *gateway)
{
    gateway->receive_ring = map(RECEIVE_BUFFERS * sizeof(struct io_uring_buf));
    gateway->receive_buffers = map((size_t)RECEIVE_BUFFERS * RECEIVE_BYTES);
    if (!gateway->receive_ring || !gateway->receive_buffers)
        return false;
    struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)gateway->receive_ring,
                                            .ring_entries = RECEIVE_BUFFERS, .bgid = RECEIVE_GROUP};
    io_uring_buf_ring_init(gateway->receive_ring);
    if (io_uring_register_buf_ring(&gateway->options.loop->ring, &registration, 0) != 0)
        return false;
    for (unsigned number = 0; number < RECEIVE_BUFFERS; number++)
        io_uring_buf_ring_add(gateway->receive_ring, gateway->receive_buffers + (size_t)number * RECEIVE_BYTES,
                              RECEIVE_BYTES, (unsigned short)number, io_uring_buf_ring_mask(RECEIVE_BUFFERS),
                              (int)number);
    io_uring_buf_ring_advance(gateway->receive_ring, RECEIVE_BUFFERS);
    return true;
}

/* Reserved in full, touched as clients need it. */
static bool create_sessions(struct gateway *gateway)
{
    uint32_t orders = gateway->options.sessions;
    size_t backlog = (gateway->options.backlog_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    size_t order_bytes = INPUT_BYTES + OUTPUT_CHUNK + backlog;
    gateway->memory_size = orders * order_bytes + KEY_CONNECTIONS * 2 * PAGE_BYTES;
    gateway->memory = map(gateway->memory_size);
    if (!gateway->memory)
        return false;
    gateway->session_count = orders + KEY_CONNECTIONS;
    gateway->session = memory_reserve(gateway->session_count, sizeof *gateway->session);
    gateway->dirty = memory_reserve(gateway->session_count, sizeof *gateway->dirty);
    gateway->free_session[SESSION_ORDERS] = memory_reserve(orders, sizeof(uint32_t));
    gateway->free_session[SESSION_KEY] = memory_reserve(KEY_CONNECTIONS, sizeof(uint32_t));
    uint8_t *next = gateway->memory;
    for (uint32_t index = 0; index < gateway->session_count; index++) {
        enum session_kind kind = index < orders ? SESSION_ORDERS : SESSION_KEY;
        struct session *session = &gateway->session[index];
        bool is_key = kind == SESSION_KEY;
        session->input = next;
        session->input_size = is_key ? KEY_BYTES : INPUT_BYTES;
        next += is_key ? PAGE_BYTES : (size_t)INPUT_BYTES;
        session->cursor.chunk = is_key ? NULL : next;
        next += is_key ? 0 : (size_t)OUTPUT_CHUNK;
        session->output = next;
        session->output_size = is_key ? KEY_BYTES : gateway->options.backlog_bytes;
        next += is_key ? PAGE_BYTES : backlog;
        gateway->free_session[kind][gateway->free_count[kind]++] = index;
    }
    return true;
}

static void create_users(struct gateway *gateway)
{
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    gateway->user = memory_reserve_apart((size_t)LIMIT_USERS + 1, sizeof *gateway->user);
    for (uint32_t user = 0; user <= LIMIT_USERS; user++)
        gateway->user[user].session = NO_SESSION;
    gateway->peers = login_guard_create();
    gateway->users = login_guard_create();
    crypto_sign_keypair(gateway->decoy_key, secret);
    sodium_memzero(secret, sizeof secret);
}

static void set_defaults(struct gateway_options *options)
{
    options->address = options->address ? options->address : "127.0.0.1";
    options->sessions = options->sessions ? options->sessions : DEFAULT_SESSIONS;
    options->backlog_bytes = options->backlog_bytes ? options->backlog_bytes : DEFAULT_BACKLOG;
    options->heartbeat_ns = options->heartbeat_ns ? options->heartbeat_ns : 1000000000u;
}

static enum gateway_status open_all(struct gateway *gateway, char *error, size_t error_size)
{
    const struct gateway_options *options = &gateway->options;
    char text[400];
    create_users(gateway);
    if (output_open(&gateway->store, options->loop, options->output_directory, LIMIT_USERS, text, sizeof text))
        return fail(GATEWAY_OUTPUT, error, error_size, text, 0);
    if (output_cut(gateway->store)) {
        snprintf(text, sizeof text, "%llu bytes of a torn tail cut, batches after %llu are needed again",
                 (unsigned long long)output_cut(gateway->store), (unsigned long long)output_batch(gateway->store));
        log_event(gateway, "output", text);
    }
    uint64_t now = options->state->t && options->state->t->time_ns ? options->state->t->time_ns : gateway->utc_ns;
    gateway->day = output_day(gateway->store) ? output_day(gateway->store) : (uint32_t)(now / SOUPBIN_DAY_NS);
    if (!create_sessions(gateway))
        return fail(GATEWAY_IO, error, error_size, "no memory for its sessions", errno);
    if (!create_receive_ring(gateway))
        return fail(GATEWAY_IO, error, error_size, "no buffer ring (Linux 6.0 or newer needed)", errno);
    enum gateway_status status = open_listener(gateway, SESSION_ORDERS, options->port, error, error_size);
    return status ? status : open_listener(gateway, SESSION_KEY, options->key_port, error, error_size);
}

enum gateway_status gateway_create(struct gateway **result, const struct gateway_options *options, char *error,
                                   size_t error_size)
{
    *result = NULL;
    if (!options->loop || !options->state || !options->output_directory || !options->clock_ns || !options->input)
        return fail(GATEWAY_ARGUMENT, error, error_size, "an option is missing", 0);
    if ((options->backlog_bytes && options->backlog_bytes < BACKLOG_MIN) || options->backlog_bytes > UINT32_MAX)
        return fail(GATEWAY_ARGUMENT, error, error_size, "backlog_bytes must be 4 KiB to 4 GiB", 0);
    if (options->sessions > 65536)
        return fail(GATEWAY_ARGUMENT, error, error_size, "at most 65536 sessions", 0);
    if (sodium_init() < 0)
        return fail(GATEWAY_IO, error, error_size, "no random numbers", 0);
    struct gateway *gateway = memory_reserve(1, sizeof *gateway);
    gateway->options = *options;
    set_defaults(&gateway->options);
    gateway->turn_call.done = turn_done;
    gateway->ready = gateway->blocked = (struct session_list){NO_SESSION, NO_SESSION};
    for (unsigned kind = 0; kind < 2; kind++)
        gateway->listener[kind] = (struct listener){.call = {accept_done}, .gateway = gateway, .fd = -1,
                                                    .kind = (uint8_t)kind};
    read_clocks(gateway);
    learn_markets(gateway);
    enum gateway_status status = open_all(gateway, error, error_size);
    if (status != GATEWAY_OK) {
        gateway_destroy(gateway);
        return status;
    }
    *result = gateway;
    return GATEWAY_OK;
}

void gateway_stop(struct gateway *gateway)
{
    gateway->stopping = true;
    for (unsigned kind = 0; kind < 2; kind++)
        if (gateway->listener[kind].fd >= 0)
            shutdown(gateway->listener[kind].fd, SHUT_RDWR); /* ends the accept */
    for (uint32_t index = 0; index < gateway->session_count; index++)
        if (session_is_open(&gateway->session[index]))
            order_session_end(&gateway->session[index], false);
}

static bool is_idle(const struct gateway *gateway)
{
    bool idle = !gateway->turn_armed && !gateway->listener[0].armed && !gateway->listener[1].armed &&
                (!gateway->store || output_idle(gateway->store));
    for (uint32_t index = 0; index < gateway->session_count && idle; index++)
        idle = gateway->session[index].state == SESSION_FREE;
    return idle;
}

void gateway_destroy(struct gateway *gateway)
{
    if (!gateway)
        return;
    if (!gateway->stopping)
        gateway_stop(gateway);
    for (uint32_t index = 0; index < gateway->session_count; index++)
        session_abort(&gateway->session[index], "the gateway ends");
    for (unsigned turn = 0; turn < CLOSING_TURNS && !is_idle(gateway); turn++)
        loop_run(gateway->options.loop, 10000000);
    check(is_idle(gateway));
    for (unsigned kind = 0; kind < 2; kind++)
        if (gateway->listener[kind].fd >= 0)
            close(gateway->listener[kind].fd);
    if (gateway->receive_ring) {
        io_uring_unregister_buf_ring(&gateway->options.loop->ring, RECEIVE_GROUP);
        munmap(gateway->receive_ring, RECEIVE_BUFFERS * sizeof(struct io_uring_buf));
    }
    if (gateway->receive_buffers)
        munmap(gateway->receive_buffers, (size_t)RECEIVE_BUFFERS * RECEIVE_BYTES);
    if (gateway->memory)
        munmap(gateway->memory, gateway->memory_size);
    if (gateway->store)
        output_close(gateway->store);
    free(gateway->session);
    free(gateway->dirty);
    free(gateway->free_session[0]);
    free(gateway->free_session[1]);
    login_guard_destroy(gateway->peers);
    login_guard_destroy(gateway->users);
    memory_release_apart(gateway->user, (size_t)LIMIT_USERS + 1, sizeof *gateway->user);
    free(gateway);
}

uint16_t gateway_port(const struct gateway *gateway)
{
    return gateway->listener[SESSION_ORDERS].port;
}

uint16_t gateway_key_port(const struct gateway *gateway)
{
    return gateway->listener[SESSION_KEY].port;
}

void gateway_counters(const struct gateway *gateway, struct gateway_counters *counters)
{
    *counters = gateway->counters;
}
