#include "unit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "gateway_parts.h"
#include "gateway_rig.h"
#include "key_exchange.h"

static void expect_refused(struct rig *rig, const char *user, const char *password, const char *session,
                           uint64_t sequence, char code)
{
    struct rig_client client;
    struct rig_packet packet;
    uint64_t before = rig_counters(rig).refused_logins;
    rig_connect(rig, &client);
    rig_send_login(&client, user, password, session, sequence);
    rig_expect(rig, &client, SOUPBIN_LOGIN_REJECTED, &packet);
    assert_int_equal(packet.payload[0], code);
    assert_true(rig_wait_closed(rig, &client));
    assert_int_equal(rig_counters(rig).refused_logins, before + 1);
    rig_disconnect(&client);
}

static void good_and_bad(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    assert_int_equal(rig_login(rig, &client, 1, 0), 1);
    assert_int_equal(rig_count(rig, 1, INPUT_SESSION), 1);
    assert_true(rig->input[0].up);
    expect_refused(rig, "USER1", RIG_PASSWORD, "", 1, 'A');        /* in already */
    expect_refused(rig, "USER2", RIG_PASSWORD, "20240101", 1, 'S');
    expect_refused(rig, "USER2", RIG_PASSWORD, "", 2, 'S');        /* of the future */
    expect_refused(rig, "USER2", "wrong", "", 1, 'A');
    expect_refused(rig, "USER2", RIG_PASSWORD, "", 1, 'A');        /* too soon after a failure */
    assert_non_null(strstr(rig->last_detail, "peer=127.0.0.1") ? rig->last_detail : NULL);
    rig_pass_time(rig, RIG_SECOND / 5);
    expect_refused(rig, "NOBODY", RIG_PASSWORD, "", 1, 'A');
    expect_refused(rig, "USER2", RIG_PASSWORD, "", 1, 'A');
    rig_pass_time(rig, RIG_SECOND);
    struct rig_client other;
    assert_int_equal(rig_login(rig, &other, 2, 1), 1);
    rig_disconnect(&client);
    rig_disconnect(&other);
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).sessions, 0);
    assert_int_equal(rig_count(rig, 1, INPUT_SESSION), 2);
    assert_int_equal(rig_count(rig, 2, INPUT_SESSION), 2);
    for (uint32_t index = 0; index < rig->input_count; index++)
        assert_int_equal(rig->input[index].cancel, !rig->input[index].up && rig->input[index].user == 2);
    rig_destroy(rig);
}

static void no_fixed_password(struct gateway_options *options)
{
    options->fixed_password = NULL;
}

/* The next message of the key port; false: none comes without time passing. */
static bool next_answer(struct rig *rig, struct rig_client *client, struct key_exchange_message *answer)
{
    enum key_exchange_status status = KEY_EXCHANGE_MORE;
    size_t used;
    for (unsigned turn = 0; turn < 100 && status == KEY_EXCHANGE_MORE; turn++) {
        rig_turn(rig, 1000000);
        rig_receive(client);
        status = key_exchange_parse_message(client->bytes, client->size, false, answer, &used);
    }
    client->size = 0;
    return status == KEY_EXCHANGE_OK;
}

/* Says hello and signs the challenge with `secret`, or spoils the signature. */
static void send_signature(struct rig *rig, struct rig_client *client, const char *user, const unsigned char *secret,
                           bool spoil)
{
    struct key_exchange_message message = {.type = KEY_EXCHANGE_HELLO}, answer = {0};
    uint8_t bytes[KEY_EXCHANGE_MESSAGE_BYTES_MAX], text[KEY_EXCHANGE_SIGNED_BYTES];
    snprintf(message.user, sizeof message.user, "%s", user);
    rig_connect_key(rig, client);
    rig_send(client, bytes, key_exchange_encode_message(&message, bytes, sizeof bytes));
    assert_true(next_answer(rig, client, &answer));
    assert_int_equal(answer.type, KEY_EXCHANGE_CHALLENGE);
    message.type = KEY_EXCHANGE_SIGNATURE;
    key_exchange_signed_text(user, answer.server, answer.challenge, text);
    crypto_sign_detached(message.signature, NULL, text, sizeof text, secret);
    message.signature[5] ^= spoil;
    size_t size = key_exchange_encode_message(&message, bytes, sizeof bytes);
    for (size_t at = 0; at < size; at++) { /* in pieces of one byte */
        rig_send(client, bytes + at, 1);
        rig_turn(rig, 0);
    }
}

/* What the server says in the end. */
static struct key_exchange_message exchange(struct rig *rig, const char *user, const unsigned char *secret, bool spoil)
{
    struct rig_client client;
    struct key_exchange_message answer = {0};
    send_signature(rig, &client, user, secret, spoil);
    assert_true(next_answer(rig, &client, &answer));
    assert_true(rig_wait_closed(rig, &client));
    rig_disconnect(&client);
    return answer;
}

/* One log-in that fails: the address waits from now on, for 0.1 s where it had not failed before. */
static void throttle_address(struct rig *rig)
{
    expect_refused(rig, "NOBODY", "wrong", "", 1, 'A');
    expect_refused(rig, "USER1", RIG_PASSWORD, "", 1, 'A');
}

static void expect_login(struct rig *rig, const char *user, const char *password)
{
    struct rig_client client;
    struct rig_packet packet;
    rig_connect(rig, &client);
    rig_send_login(&client, user, password, "", 1);
    rig_expect(rig, &client, SOUPBIN_LOGIN_ACCEPTED, &packet);
    rig_disconnect(&client);
    rig_settle(rig);
}

static void one_time_password_once(void **context)
{
    (void)context;
    struct rig *rig = rig_create(no_fixed_password);
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    struct rig_client client;
    struct rig_packet packet;
    crypto_sign_keypair(state_user(&rig->state, 3)->key, secret);
    expect_refused(rig, "USER3", RIG_PASSWORD, "", 1, 'A');
    rig_pass_time(rig, RIG_SECOND);
    struct key_exchange_message answer = exchange(rig, "USER3", secret, false);
    assert_int_equal(answer.type, KEY_EXCHANGE_PASSWORD);
    assert_int_equal(answer.seconds, 10);
    expect_refused(rig, "USER4", answer.password, "", 1, 'A'); /* bound to its user */
    rig_pass_time(rig, RIG_SECOND);
    rig_connect(rig, &client);
    rig_send_login(&client, "USER3", answer.password, "", 1);
    rig_expect(rig, &client, SOUPBIN_LOGIN_ACCEPTED, &packet);
    rig_send_packet(&client, SOUPBIN_LOGOUT, NULL, 0);
    assert_true(rig_wait_closed(rig, &client));
    rig_disconnect(&client);
    expect_refused(rig, "USER3", answer.password, "", 1, 'A'); /* used up */
    rig_pass_time(rig, RIG_SECOND);
    answer = exchange(rig, "USER3", secret, false);
    assert_int_equal(answer.type, KEY_EXCHANGE_PASSWORD);
    rig_pass_time(rig, 10 * RIG_SECOND);
    expect_refused(rig, "USER3", answer.password, "", 1, 'A'); /* too late */
    rig_pass_time(rig, RIG_SECOND);
    assert_int_equal(exchange(rig, "USER3", secret, true).reason, KEY_EXCHANGE_NOT_AUTHORIZED);
    rig_pass_time(rig, RIG_SECOND);
    assert_int_equal(exchange(rig, "USER5", secret, false).reason, KEY_EXCHANGE_NOT_AUTHORIZED); /* has no key */
    rig_pass_time(rig, 10 * RIG_SECOND);
    assert_int_equal(exchange(rig, "NOBODY", secret, false).reason, KEY_EXCHANGE_NOT_AUTHORIZED);
    rig_destroy(rig);
}

/* Clients behind one proxy: one of them fails, and the others come in all the same. */
static void throttled_address_lets_the_right_one_in(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    for (uint32_t user = 1; user <= RIG_USERS; user++)
        crypto_sign_keypair(state_user(&rig->state, user)->key, secret);
    for (uint32_t user = 1; user < RIG_USERS; user++)
        memcpy(state_user(&rig->state, user)->key, secret + 32, 32); /* all the same key: that of the last */
    throttle_address(rig);
    struct key_exchange_message answer = exchange(rig, "USER3", secret, false);
    assert_int_equal(answer.type, KEY_EXCHANGE_PASSWORD);
    expect_login(rig, "USER3", answer.password);
    expect_refused(rig, "USER1", RIG_PASSWORD, "", 1, 'A'); /* the address still waits */
    assert_non_null(strstr(rig->last_detail, "throttled"));
    /* signatures from there: one a second and user, a few users at once */
    assert_int_equal(exchange(rig, "USER3", secret, false).reason, KEY_EXCHANGE_THROTTLED);
    assert_int_equal(exchange(rig, "USER4", secret, true).reason, KEY_EXCHANGE_THROTTLED);
    assert_int_equal(exchange(rig, "USER4", secret, false).reason, KEY_EXCHANGE_THROTTLED);
    assert_int_equal(exchange(rig, "NOBODY", secret, false).reason, KEY_EXCHANGE_THROTTLED);
    for (unsigned number = 5; number <= RIG_USERS; number++) {
        char name[8];
        snprintf(name, sizeof name, "USER%u", number);
        assert_int_equal(exchange(rig, name, secret, false).type,
                         number < 7 ? KEY_EXCHANGE_PASSWORD : KEY_EXCHANGE_REFUSAL);
    }
    throttle_address(rig);
    rig_pass_time(rig, RIG_SECOND);
    throttle_address(rig);
    assert_int_equal(exchange(rig, "USER3", secret, false).type, KEY_EXCHANGE_PASSWORD);
    rig_destroy(rig);
}

static void guesses_of_a_password_are_bounded(void **context)
{
    (void)context;
    struct rig *rig = rig_create(no_fixed_password);
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    crypto_sign_keypair(state_user(&rig->state, 3)->key, secret);
    struct key_exchange_message answer = exchange(rig, "USER3", secret, false);
    throttle_address(rig);
    for (unsigned guess = 0; guess < PASSWORD_GUESSES - 1; guess++)
        expect_refused(rig, "USER3", "wrong", "", 1, 'A');
    expect_login(rig, "USER3", answer.password);
    answer = exchange(rig, "USER3", secret, false);
    for (unsigned guess = 0; guess < PASSWORD_GUESSES; guess++)
        expect_refused(rig, "USER3", "wrong", "", 1, 'A');
    expect_refused(rig, "USER3", answer.password, "", 1, 'A');
    rig_pass_time(rig, RIG_SECOND); /* the address is heard again, and the password still holds */
    expect_login(rig, "USER3", answer.password);
    rig_destroy(rig);
}

/* Even good ones wait when they come too fast, and are taken as time passes. */
static void signatures_have_a_rate(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    struct rig_client client;
    struct key_exchange_message answer;
    unsigned burst = VERIFY_RATE * VERIFY_BURST_NS / SECOND_NS;
    crypto_sign_keypair(state_user(&rig->state, 3)->key, secret);
    for (unsigned number = 0; number < burst; number++)
        assert_int_equal(exchange(rig, "USER3", secret, false).type, KEY_EXCHANGE_PASSWORD);
    send_signature(rig, &client, "USER3", secret, false);
    assert_false(next_answer(rig, &client, &answer));
    rig_pass_time(rig, RIG_SECOND / VERIFY_RATE);
    assert_true(next_answer(rig, &client, &answer));
    assert_int_equal(answer.type, KEY_EXCHANGE_PASSWORD);
    rig_disconnect(&client);
    rig_destroy(rig);
}

static void time_outs(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client quiet, key, live;
    rig_connect(rig, &quiet);
    rig_connect_key(rig, &key);
    rig_login(rig, &live, 2, 1);
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).sessions, 3);
    rig_pass_time(rig, 6 * RIG_SECOND);
    assert_true(rig_wait_closed(rig, &quiet));
    assert_true(rig_wait_closed(rig, &key));
    assert_int_equal(rig_counters(rig).sessions, 1);
    for (unsigned beat = 0; beat < 20; beat++) { /* heartbeats keep it alive, and come back */
        rig_send_packet(&live, SOUPBIN_CLIENT_HEARTBEAT, NULL, 0);
        rig_settle(rig);
        rig_pass_time(rig, RIG_SECOND);
    }
    rig_receive(&live);
    assert_false(live.closed);
    assert_true(live.size >= 20 * 3);
    rig_pass_time(rig, 16 * RIG_SECOND);
    live.size = 0;
    assert_true(rig_wait_closed(rig, &live));
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).cut_off, 1);
    assert_int_equal(rig_count(rig, 2, INPUT_SESSION), 2);
    rig_disconnect(&quiet);
    rig_disconnect(&key);
    rig_disconnect(&live);
    rig_destroy(rig);
}

/* Gone and back while the core takes nothing: it hears of both, in order, before any order. */
static void core_hears_down_before_up(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    struct rig_packet packet;
    rig_login(rig, &client, 2, 1);
    rig->refuse = true;
    rig_disconnect(&client);
    rig_settle(rig);
    rig_connect(rig, &client);
    rig_send_login(&client, "USER2", RIG_PASSWORD, "", 1);
    rig_send_order(rig, &client, 1);
    rig_settle(rig);
    assert_int_equal(rig->input_count, 1);
    rig->refuse = false;
    gateway_resume(rig->gateway);
    rig_expect(rig, &client, SOUPBIN_LOGIN_ACCEPTED, &packet);
    rig_expect(rig, &client, SOUPBIN_SEQUENCED, &packet);
    assert_int_equal(rig->input_count, 4);
    assert_int_equal(rig->input[1].up, 0);
    assert_int_equal(rig->input[1].cancel, 1);
    assert_int_equal(rig->input[2].up, 1);
    assert_int_equal(rig->input[3].kind, INPUT_ORDER_NEW);
    rig_disconnect(&client);
    rig_destroy(rig);
}

static void stop_says_so(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    struct rig_packet packet;
    rig_login(rig, &client, 2, 1);
    gateway_stop(rig->gateway);
    rig_expect(rig, &client, SOUPBIN_END_OF_SESSION, &packet);
    assert_true(rig_wait_closed(rig, &client));
    assert_int_equal(rig_count(rig, 2, INPUT_SESSION), 1);
    rig_disconnect(&client);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_and_bad), cmocka_unit_test(one_time_password_once),
        cmocka_unit_test(throttled_address_lets_the_right_one_in),
        cmocka_unit_test(guesses_of_a_password_are_bounded), cmocka_unit_test(signatures_have_a_rate),
        cmocka_unit_test(time_outs),
        cmocka_unit_test(core_hears_down_before_up), cmocka_unit_test(stop_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
