#include "key_session.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

static void send_message(struct session *session, const struct key_exchange_message *message)
{
    uint8_t bytes[KEY_EXCHANGE_MESSAGE_BYTES_MAX];
    size_t size = key_exchange_encode_message(message, bytes, sizeof bytes);
    check(size);
    if (!session_queue(session, bytes, size, NULL, 0))
        session_abort(session, "slow reader");
    session_flush(session);
}

static void refuse(struct session *session, enum key_exchange_reason code, const char *reason)
{
    struct key_exchange_message message = {.type = KEY_EXCHANGE_REFUSAL, .reason = (uint8_t)code};
    if (code == KEY_EXCHANGE_FORMAT)
        session->gateway->counters.protocol_errors++;
    else
        session->gateway->counters.refused_logins++;
    session_log(session, "key_refused", reason);
    send_message(session, &message);
    session_finish(session);
}

static void take_hello(struct session *session, const struct key_exchange_message *hello)
{
    struct key_exchange_message answer = {.type = KEY_EXCHANGE_CHALLENGE, .server = GATEWAY_SERVER_NAME};
    if (session->challenged) {
        refuse(session, KEY_EXCHANGE_FORMAT, "a second hello");
    } else {
        session->challenged = true;
        memcpy(session->key_user, hello->user, sizeof session->key_user);
        randombytes_buf(session->challenge, sizeof session->challenge); /* tidy: libsodium's name */
        memcpy(answer.challenge, session->challenge, sizeof answer.challenge);
        send_message(session, &answer);
    }
}

/* The user that is said to have signed; 0: none that has a key. */
static uint32_t find_claimed(const struct session *session)
{
    const struct state *state = session->gateway->options.state;
    uint8_t name[8] = {0};
    memcpy(name, session->key_user, strlen(session->key_user));
    uint32_t user = state_find_user(state, name);
    return user && !sodium_is_zero(state_user(state, user)->key, sizeof state_user(state, user)->key) ? user : 0;
}

/* Whether `user` has signed. For nobody it takes as long. */
static bool verify(const struct session *session, uint32_t user, const uint8_t *signature)
{
    const struct gateway *gateway = session->gateway;
    uint8_t text[KEY_EXCHANGE_SIGNED_BYTES], key[32];
    memcpy(key, user ? state_user(gateway->options.state, user)->key : gateway->decoy_key, sizeof key);
    key_exchange_signed_text(session->key_user, GATEWAY_SERVER_NAME, session->challenge, text);
    return crypto_sign_verify_detached(signature, text, sizeof text, key) == 0 && user;
}

static bool is_admitted(const struct session *session)
{
    return login_guard_admits(session->gateway->peers, &session->peer, session->gateway->now_ns);
}

/* Spends what a signature takes of the rates (login_guard.h); false: a throttled address has to come again. */
static bool spend_verification(struct gateway *gateway, uint32_t user, bool admitted)
{
    uint64_t now = gateway->now_ns;
    struct gateway_user *row = &gateway->user[user];
    if (admitted) {
        rate_charge(&gateway->verify_ns, now, SECOND_NS / VERIFY_RATE);
        return true;
    }
    if (row->verify_ns > now || !rate_allows(gateway->verify_throttled_ns, now, VERIFY_BURST_NS))
        return false;
    rate_charge(&row->verify_ns, now, SECOND_NS);
    rate_charge(&gateway->verify_throttled_ns, now, SECOND_NS / VERIFY_THROTTLED_RATE);
    return true;
}

static void give_password(struct session *session, uint32_t user)
{
    struct gateway *gateway = session->gateway;
    struct gateway_user *row = &gateway->user[user];
    struct key_exchange_message answer = {.type = KEY_EXCHANGE_PASSWORD, .seconds = PASSWORD_NS / SECOND_NS};
    uint8_t random[KEY_EXCHANGE_RANDOM_BYTES];
    randombytes_buf(random, sizeof random); /* tidy: libsodium's name */
    key_exchange_format_password(random, row->password);
    row->password_ns = gateway->now_ns + PASSWORD_NS;
    row->guesses = 0;
    memcpy(answer.password, row->password, sizeof answer.password);
    session->user = user;
    session_log(session, "password", "made");
    send_message(session, &answer);
    session_finish(session);
}

static void take_signature(struct session *session, const uint8_t *signature)
{
    struct gateway *gateway = session->gateway;
    uint32_t user = find_claimed(session);
    bool admitted = is_admitted(session), spent = spend_verification(gateway, user, admitted);
    gateway->verified |= spent;
    if (spent && verify(session, user, signature)) {
        give_password(session, user);
    } else if (admitted) {
        login_guard_fail(gateway->peers, &session->peer, gateway->now_ns);
        refuse(session, KEY_EXCHANGE_NOT_AUTHORIZED, "no such signature");
    } else {
        refuse(session, KEY_EXCHANGE_THROTTLED, "throttled after failures");
    }
}

/* Why a signature has to wait, in bits of enum session_stop: they take as long as many orders. */
static uint8_t reasons_to_wait(const struct session *session)
{
    const struct gateway *gateway = session->gateway;
    bool is_late = is_admitted(session) && !rate_allows(gateway->verify_ns, gateway->now_ns, VERIFY_BURST_NS);
    return (gateway->verified ? STOP_TURN : 0) | (is_late ? STOP_RATE : 0);
}

size_t key_session_take(struct session *session, const uint8_t *bytes, size_t size)
{
    struct key_exchange_message message;
    size_t taken = 0;
    while (session_is_open(session) && !session->stop && taken < size) {
        size_t used = 0;
        enum key_exchange_status status =
            key_exchange_parse_message(bytes + taken, size - taken, true, &message, &used);
        if (status == KEY_EXCHANGE_MORE)
            break;
        if (status != KEY_EXCHANGE_OK) {
            refuse(session, KEY_EXCHANGE_FORMAT, "malformed");
        } else if (message.type == KEY_EXCHANGE_HELLO) {
            take_hello(session, &message);
        } else if (!session->challenged) {
            refuse(session, KEY_EXCHANGE_FORMAT, "a signature of nothing");
        } else if ((session->stop |= reasons_to_wait(session)) != 0) {
            if (session->stop & STOP_TURN)
                session_make_ready(session);
            break;
        } else {
            take_signature(session, message.signature);
        }
        taken += used;
    }
    return taken;
}
