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
    struct gateway *gateway = session->gateway;
    struct key_exchange_message answer = {.type = KEY_EXCHANGE_CHALLENGE, .server = GATEWAY_SERVER_NAME};
    if (session->challenged) {
        refuse(session, KEY_EXCHANGE_FORMAT, "a second hello");
    } else if (!login_guard_admits(gateway->peers, &session->peer, gateway->now_ns)) {
        refuse(session, KEY_EXCHANGE_THROTTLED, "throttled after failures");
    } else {
        session->challenged = true;
        memcpy(session->key_user, hello->user, sizeof session->key_user);
        randombytes_buf(session->challenge, sizeof session->challenge); /* tidy: libsodium's name */
        memcpy(answer.challenge, session->challenge, sizeof answer.challenge);
        send_message(session, &answer);
    }
}

/* The user that signed; 0: none. */
static uint32_t verify(const struct session *session, const uint8_t *signature)
{
    const struct gateway *gateway = session->gateway;
    uint8_t text[KEY_EXCHANGE_SIGNED_BYTES], name[8] = {0}, key[32];
    memcpy(name, session->key_user, strlen(session->key_user));
    uint32_t user = state_find_user(gateway->options.state, name);
    memcpy(key, user ? state_user(gateway->options.state, user)->key : gateway->decoy_key, sizeof key);
    if (sodium_is_zero(key, sizeof key)) {
        user = 0;
        memcpy(key, gateway->decoy_key, sizeof key);
    }
    key_exchange_signed_text(session->key_user, GATEWAY_SERVER_NAME, session->challenge, text);
    return crypto_sign_verify_detached(signature, text, sizeof text, key) == 0 ? user : 0;
}

static void take_signature(struct session *session, const uint8_t *signature)
{
    struct gateway *gateway = session->gateway;
    struct key_exchange_message answer = {.type = KEY_EXCHANGE_PASSWORD,
                                          .seconds = (uint16_t)(PASSWORD_NS / 1000000000u)};
    uint8_t random[KEY_EXCHANGE_RANDOM_BYTES];
    if (!login_guard_admits(gateway->peers, &session->peer, gateway->now_ns)) {
        refuse(session, KEY_EXCHANGE_THROTTLED, "throttled after failures");
        return;
    }
    uint32_t user = verify(session, signature);
    gateway->verified = true;
    if (!user) {
        login_guard_fail(gateway->peers, &session->peer, gateway->now_ns);
        refuse(session, KEY_EXCHANGE_NOT_AUTHORIZED, "no such signature");
        return;
    }
    struct gateway_user *row = &gateway->user[user];
    randombytes_buf(random, sizeof random); /* tidy: libsodium's name */
    key_exchange_format_password(random, row->password);
    row->password_ns = gateway->now_ns + PASSWORD_NS;
    memcpy(answer.password, row->password, sizeof answer.password);
    session->user = user;
    session_log(session, "password", "made");
    send_message(session, &answer);
    session_finish(session);
}

size_t key_session_take(struct session *session, const uint8_t *bytes, size_t size)
{
    struct gateway *gateway = session->gateway;
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
        } else if (gateway->verified) {
            session->stop |= STOP_TURN; /* one signature a turn: they take as long as hundreds of orders */
            session_make_ready(session);
            break;
        } else {
            take_signature(session, message.signature);
        }
        taken += used;
    }
    return taken;
}
