#include "order_session.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "check.h"

enum { REPLAY_AHEAD_BYTES = 64 * 1024 }; /* of missed messages queued at once */

void order_session_send(struct session *session, enum soupbin_type type, const void *payload, size_t size)
{
    uint8_t header[SOUPBIN_HEADER_BYTES];
    if (!session_is_open(session))
        return;
    soupbin_encode_header(header, type, size);
    if (session_queue(session, header, sizeof header, payload, size))
        return;
    session->gateway->counters.cut_off++;
    session_log(session, "cut_off", "slow reader");
    session_abort(session, "slow reader");
}

/* Nothing sequenced can answer this: sequenced messages are functions of the journal, and it never gets there. */
static void fail_protocol(struct session *session, const char *what)
{
    session->gateway->counters.protocol_errors++;
    session_log(session, "protocol_error", what);
    order_session_send(session, SOUPBIN_DEBUG, what, strlen(what));
    session_finish(session);
}

/* ---- inputs to the core ---- */

static bool offer(struct gateway *gateway, const struct input_header *input)
{
    if (gateway->refused)
        return false;
    gateway->store_full = output_busy(gateway->store);
    gateway->refused = gateway->store_full || !gateway->options.input(gateway->options.context, input);
    return !gateway->refused;
}

static void block(struct session *session)
{
    struct gateway *gateway = session->gateway;
    session->stop |= STOP_CORE;
    if (session->blocked)
        return;
    session->blocked = true;
    session->next_blocked = NO_SESSION;
    if (gateway->blocked.first == NO_SESSION)
        gateway->blocked.first = session->index;
    else
        gateway->session[gateway->blocked.last].next_blocked = session->index;
    gateway->blocked.last = session->index;
}

/* Time between a user's inputs if they come evenly at the highest rate it may have now; 0: at any. Orders and replaces
 * count; what cancels never has to wait for itself, and sessions come and go, unless the disk is nearly full. */
static uint64_t input_interval_ns(const struct gateway *gateway, uint32_t user, uint16_t kind)
{
    const struct state *state = gateway->options.state;
    bool is_order = kind == INPUT_ORDER_NEW || kind == INPUT_ORDER_REPLACE;
    uint32_t own = state_user(state, user)->rate;
    uint32_t rate = own ? own : gateway->options.rate;
    if (state->t->refuse_orders)
        rate = rate && rate < REFUSING_RATE ? rate : REFUSING_RATE;
    else if (!is_order)
        rate = 0;
    return rate ? SECOND_NS / rate : 0;
}

/* Time passes in steps of gateway_tick(). */
static bool within_rate(const struct gateway *gateway, uint32_t user, uint16_t kind)
{
    return !input_interval_ns(gateway, user, kind) ||
           rate_allows(gateway->user[user].rate_ns, gateway->now_ns, BURST_NS);
}

static void charge_rate(struct gateway *gateway, uint32_t user, uint16_t kind)
{
    uint64_t interval = input_interval_ns(gateway, user, kind);
    if (interval)
        rate_charge(&gateway->user[user].rate_ns, gateway->now_ns, interval);
}

/* Waits for its user's rate. */
static void hold_back(struct session *session)
{
    session->stop |= STOP_RATE;
    if (!session->was_throttled)
        session->gateway->counters.throttled++;
    session->was_throttled = true;
}

static void offer_pending(struct session *session)
{
    struct gateway *gateway = session->gateway;
    uint16_t kind = session->pending.header.kind;
    if (!within_rate(gateway, session->user, kind)) {
        hold_back(session);
    } else if (!offer(gateway, &session->pending.header)) {
        block(session);
    } else {
        charge_rate(gateway, session->user, kind);
        session->has_pending = session->was_throttled = false;
        gateway->counters.messages_in++;
    }
}

static bool offer_session(struct gateway *gateway, uint32_t user, bool up)
{
    bool cancel = !up && state_user(gateway->options.state, user)->flags & USER_CANCEL_ON_DISCONNECT;
    struct input_session input = {.header = {.kind = INPUT_SESSION, .size = sizeof input, .user = user}, .up = up,
                                  .cancel = cancel};
    if (!offer(gateway, &input.header))
        return false;
    charge_rate(gateway, user, INPUT_SESSION);
    gateway->user[user].told_up = up;
    return true;
}

static void offer_up(struct session *session)
{
    if (offer_session(session->gateway, session->user, true))
        session->has_up = false;
    else
        block(session);
}

/* ---- users that are gone ---- */

static void forget_going(struct gateway *gateway, uint32_t user)
{
    uint32_t *link = &gateway->going_first;
    while (*link != user)
        link = &gateway->user[*link].next_going;
    *link = gateway->user[user].next_going;
    gateway->user[user].going = false;
}

void order_session_leave(struct session *session, uint64_t not_before_ns)
{
    struct gateway *gateway = session->gateway;
    struct gateway_user *row = &gateway->user[session->user];
    if (row->session != session->index)
        return;
    row->session = NO_SESSION;
    session_make_ready(session); /* its turn tells the core */
    if (!row->told_up || row->going || gateway->stopping)
        return;
    row->going = true;
    row->going_ns = not_before_ns;
    row->next_going = gateway->going_first;
    gateway->going_first = session->user;
}

void order_session_tell(struct gateway *gateway)
{
    uint32_t next;
    for (uint32_t user = gateway->going_first; user && !gateway->refused; user = next) {
        next = gateway->user[user].next_going;
        if (gateway->user[user].going_ns <= gateway->now_ns && offer_session(gateway, user, false))
            forget_going(gateway, user);
    }
}

void order_session_end(struct session *session, bool grace)
{
    struct gateway *gateway = session->gateway;
    if (session->state == SESSION_LIVE)
        order_session_send(session, SOUPBIN_END_OF_SESSION, NULL, 0);
    if (session->state == SESSION_LIVE && grace)
        order_session_leave(session, gateway->now_ns + SILENT_BEATS * gateway->options.heartbeat_ns);
    session_finish(session);
}

/* ---- log-in ---- */

static void refuse(struct session *session, enum soupbin_reject code, const char *reason)
{
    uint8_t packet[SOUPBIN_PACKET_BYTES_MAX];
    session->gateway->counters.refused_logins++;
    session_log(session, "login_refused", reason);
    session_queue(session, packet, soupbin_encode_rejected(packet, sizeof packet, code), NULL, 0);
    session_finish(session);
}

static bool passwords_equal(const char *first, const char *second)
{
    char padded[2][SOUPBIN_PASSWORD_CHARACTERS + 1] = {{0}};
    if (strlen(first) >= sizeof padded[0] || strlen(second) >= sizeof padded[1])
        return false;
    memcpy(padded[0], first, strlen(first));
    memcpy(padded[1], second, strlen(second));
    return sodium_memcmp(padded[0], padded[1], sizeof padded[0]) == 0;
}

static struct login_guard_key user_key(uint32_t user)
{
    struct login_guard_key key = {{0}};
    memcpy(key.bytes, &user, sizeof user);
    return key;
}

/* login_guard.h says why a throttled address may try this one. */
static bool one_time_password_good(struct session *session, uint32_t user, bool admitted)
{
    struct gateway *gateway = session->gateway;
    struct gateway_user *row = &gateway->user[user];
    if (row->password_ns <= gateway->now_ns || (!admitted && row->guesses == PASSWORD_GUESSES))
        return false;
    row->guesses += !admitted;
    if (!passwords_equal(row->password, session->login.password))
        return false;
    row->password_ns = 0;
    return true;
}

static bool fixed_password_good(const struct session *session, uint32_t user)
{
    const struct gateway *gateway = session->gateway;
    const char *fixed = gateway->options.fixed_password;
    struct login_guard_key key = user_key(user);
    return fixed && *fixed && session->peer_local && login_guard_admits(gateway->users, &key, gateway->now_ns) &&
           passwords_equal(fixed, session->login.password);
}

static void grant(struct session *session, uint64_t sequence)
{
    struct gateway *gateway = session->gateway;
    struct gateway_user *row = &gateway->user[session->user];
    uint8_t packet[SOUPBIN_PACKET_BYTES_MAX];
    struct soupbin_accepted accepted = {.sequence = sequence};
    soupbin_format_session(gateway->day, accepted.session);
    session->has_login = session->was_throttled = false;
    session->state = SESSION_LIVE;
    row->session = session->index;
    gateway->counters.logins++;
    session_log(session, "login", accepted.session);
    session_queue(session, packet, soupbin_encode_accepted(packet, sizeof packet, &accepted), NULL, 0);
    session->cursor.user = session->user;
    session->cursor.next = sequence;
    session->replaying = true;
    order_session_replay(session);
    session->has_up = session->state == SESSION_LIVE && !row->told_up;
    if (session->has_up)
        offer_up(session);
}

/* The rest of a log-in whose password was right. */
static void enter(struct session *session)
{
    struct gateway *gateway = session->gateway;
    struct gateway_user *row = &gateway->user[session->user];
    char name[SOUPBIN_SESSION_CHARACTERS + 1];
    soupbin_format_session(gateway->day, name);
    uint64_t next = output_last(gateway->store, session->user) + 1;
    uint64_t sequence = session->login.sequence ? session->login.sequence : next;
    if (row->session != NO_SESSION) {
        refuse(session, SOUPBIN_NOT_AUTHORIZED, "already logged in");
    } else if (*session->login.session && strcmp(session->login.session, name) != 0) {
        refuse(session, SOUPBIN_NO_SESSION, "another session's name");
    } else if (sequence > next) {
        refuse(session, SOUPBIN_NO_SESSION, "sequence number of the future");
    } else {
        if (row->going && row->going_ns > gateway->now_ns)
            forget_going(gateway, session->user);
        else if (row->going)
            order_session_tell(gateway);
        if (row->going)
            block(session);
        else if (within_rate(gateway, session->user, INPUT_SESSION))
            grant(session, sequence);
        else
            hold_back(session);
    }
}

/* The account's oldest one: messages that name none mean it. */
static uint32_t first_subaccount(struct gateway *gateway, uint32_t user)
{
    const struct state *state = gateway->options.state;
    struct gateway_user *row = &gateway->user[user];
    uint32_t account = state_user(state, user)->account;
    uint32_t at = account && !row->subaccount ? state_account(state, account)->subaccounts : 0;
    for (; at; at = state_subaccount(state, at)->next)
        row->subaccount = at;
    return row->subaccount;
}

static void fail_login(struct session *session, uint32_t user, bool admitted)
{
    struct gateway *gateway = session->gateway;
    struct login_guard_key key = user_key(user);
    if (!admitted) {
        refuse(session, SOUPBIN_NOT_AUTHORIZED, "throttled after failures");
        return;
    }
    login_guard_fail(gateway->peers, &session->peer, gateway->now_ns);
    if (user)
        login_guard_fail(gateway->users, &key, gateway->now_ns);
    refuse(session, SOUPBIN_NOT_AUTHORIZED, user ? "wrong password" : "unknown user");
}

static void take_login(struct session *session, const struct soupbin_packet *packet)
{
    struct gateway *gateway = session->gateway;
    enum soupbin_status status = soupbin_parse_login(packet, &session->login);
    if (status != SOUPBIN_OK) {
        fail_protocol(session, soupbin_status_name(status));
        return;
    }
    uint8_t name[8] = {0};
    memcpy(name, session->login.user, strlen(session->login.user));
    uint32_t user = state_find_user(gateway->options.state, name);
    struct login_guard_key key = user_key(user);
    bool admitted = login_guard_admits(gateway->peers, &session->peer, gateway->now_ns);
    if (!user || (!one_time_password_good(session, user, admitted) &&
                  !(admitted && fixed_password_good(session, user)))) {
        fail_login(session, user, admitted);
        return;
    }
    if (admitted)
        login_guard_clear(gateway->peers, &session->peer);
    login_guard_clear(gateway->users, &key);
    session->user = user;
    session->subaccount = first_subaccount(gateway, user);
    session->has_login = true;
    enter(session);
}

/* ---- packets ---- */

static void take_message(struct session *session, const struct soupbin_packet *packet)
{
    struct gateway *gateway = session->gateway;
    struct ouch_context context = {.markets = &gateway->markets, .now_ns = gateway->utc_ns, .user = session->user,
                                   .subaccount = session->subaccount};
    struct ouch_result result = ouch_decode_input(packet->payload, packet->size, &context, &session->pending);
    if (result.status == OUCH_MALFORMED) {
        fail_protocol(session, ouch_error_name(result.error));
        return;
    }
    session->has_pending = true;
    offer_pending(session);
}

static void take_packet(struct session *session, const struct soupbin_packet *packet)
{
    bool is_live = session->state == SESSION_LIVE;
    switch (packet->type) {
    case SOUPBIN_UNSEQUENCED:
        if (is_live)
            take_message(session, packet);
        else
            fail_protocol(session, "not logged in");
        break;
    case SOUPBIN_LOGIN_REQUEST:
        if (is_live)
            fail_protocol(session, "logged in already");
        else
            take_login(session, packet);
        break;
    case SOUPBIN_LOGOUT:
        session_log(session, "logout", "by the client");
        session_finish(session);
        break;
    default: /* heartbeats and debug text */
        break;
    }
}

size_t order_session_take(struct session *session, const uint8_t *bytes, size_t size)
{
    struct gateway *gateway = session->gateway;
    struct soupbin_splitter *splitter = &session->splitter;
    struct soupbin_packet packet;
    enum soupbin_status status = SOUPBIN_OK;
    if (session->turn != gateway->turn) {
        session->turn = gateway->turn;
        session->budget = TURN_BYTES;
    }
    soupbin_feed_splitter(splitter, bytes, size);
    while (session_is_open(session) && !session->stop && status == SOUPBIN_OK) {
        if (session->budget <= 0) {
            session->stop |= STOP_TURN;
            session_make_ready(session);
            break;
        }
        status = soupbin_next_packet(splitter, &packet);
        if (status == SOUPBIN_OK) {
            session->budget -= packet.size + SOUPBIN_HEADER_BYTES;
            take_packet(session, &packet);
        }
    }
    if (status != SOUPBIN_OK && status != SOUPBIN_MORE)
        fail_protocol(session, soupbin_status_name(status));
    size_t taken = size - splitter->left;
    splitter->left = 0; /* the caller keeps the rest and hands it over again */
    return taken;
}

void order_session_retry(struct session *session)
{
    if (session->has_login)
        enter(session);
    if (session->has_up && !session->stop)
        offer_up(session);
    if (session->has_pending && !session->stop)
        offer_pending(session);
}

/* ---- missed messages ---- */

static void read_store(struct session *session)
{
    struct gateway *gateway = session->gateway;
    struct output_cursor *cursor = &session->cursor;
    struct io_uring_sqe *entry = loop_prepare(gateway->options.loop, &session->read_call);
    io_uring_prep_read(entry, output_fd(gateway->store), cursor->chunk, cursor->want_length, cursor->want_offset);
    io_uring_sqe_set_data(entry, &session->read_call);
    cursor->loaded_length = 0;
    session->reading = true;
}

void order_session_replay(struct session *session)
{
    struct gateway *gateway = session->gateway;
    uint64_t ahead = session->output_size / 2 < REPLAY_AHEAD_BYTES ? session->output_size / 2 : REPLAY_AHEAD_BYTES;
    const uint8_t *payload;
    uint32_t size, done = 0;
    while (session->replaying && !session->reading && session->output_used < ahead && done < TURN_BYTES) {
        switch (output_next(gateway->store, &session->cursor, &payload, &size)) {
        case OUTPUT_FOUND:
            order_session_send(session, SOUPBIN_SEQUENCED, payload, size);
            gateway->counters.messages_out++;
            done += size;
            break;
        case OUTPUT_END:
            session->replaying = false;
            break;
        case OUTPUT_READ:
            read_store(session);
            break;
        case OUTPUT_DAMAGED:
            session_log(session, "output", "a stored message cannot be read");
            session_abort(session, "output store damaged");
            return;
        }
    }
    if (done >= TURN_BYTES)
        session_make_ready(session);
    session_flush(session);
}

void order_session_read_done(struct session *session, int32_t result)
{
    struct output_cursor *cursor = &session->cursor;
    if (result == -EINTR || result == -EAGAIN) {
        read_store(session);
        return;
    }
    if (result <= 0) {
        session_log(session, "output", result ? strerror(-result) : "the file is too short");
        session_abort(session, "output store unreadable");
        return;
    }
    cursor->loaded_offset = cursor->want_offset;
    cursor->loaded_length = (uint32_t)result;
    order_session_replay(session);
}
