#include "fake_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "contract.h"
#include "key_exchange.h"
#include "memory.h"
#include "ouch.h"
#include "soupbin.h"

enum { CONNECTIONS = 32, USERS = 32, READ_BYTES = 1 << 16 };

#define FAKE_DAY_NS (UINT64_C(20783) * SOUPBIN_DAY_NS) /* 20261126 */
#define FAKE_PASSWORD "ONETIMEPAS"

struct fake_user {
    char name[8];
    struct { uint8_t size, bytes[OUCH_MESSAGE_BYTES_MAX]; } *messages;
    size_t count, room;
};

struct fake_connection {
    int fd;
    bool key;                    /* on the key port */
    char key_user[8];
    uint8_t challenge[KEY_EXCHANGE_CHALLENGE_BYTES];
    struct fake_user *user;      /* logged in */
    struct soupbin_splitter splitter;
};

struct fake_server {
    struct fake_server_settings settings;
    pthread_t thread;
    atomic_bool stop;
    int listener[2];             /* orders, keys */
    uint16_t port[2];
    struct fake_connection connections[CONNECTIONS];
    struct fake_user users[USERS];
    struct ouch_markets markets;
    uint64_t orders, matches;
};

static void fake_send(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    ssize_t sent = 0;

    for (; size > 0 && sent >= 0; at += sent, size -= (size_t)sent)
        sent = send(fd, at, size, MSG_NOSIGNAL); /* tidy: the system's name */
}

static void fake_packet(int fd, enum soupbin_type type, const void *payload, size_t size)
{
    uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX];

    fake_send(fd, bytes, soupbin_encode_packet(bytes, sizeof bytes, type, payload, size));
}

static void fake_close(struct fake_connection *connection)
{
    close(connection->fd);
    connection->fd = -1;
    connection->user = NULL;
}

static struct fake_user *fake_user(struct fake_server *server, const char *name)
{
    for (int i = 0; i < USERS; i++) {
        if (server->users[i].name[0] == 0)
            memcpy(server->users[i].name, name, strlen(name));
        if (strcmp(server->users[i].name, name) == 0)
            return &server->users[i];
    }
    check(false);
    return NULL;
}

/* --- key port --- */

static void fake_key_answer(struct fake_connection *connection, const struct key_exchange_message *answer)
{
    uint8_t bytes[KEY_EXCHANGE_MESSAGE_BYTES_MAX];

    fake_send(connection->fd, bytes, key_exchange_encode_message(answer, bytes, sizeof bytes));
}

static void fake_key(struct fake_server *server, struct fake_connection *connection, const uint8_t *bytes, size_t size)
{
    struct key_exchange_message message, answer = { .type = KEY_EXCHANGE_CHALLENGE, .server = "fake" };
    uint8_t text[KEY_EXCHANGE_SIGNED_BYTES];
    size_t used;

    check(key_exchange_parse_message(bytes, size, true, &message, &used) == KEY_EXCHANGE_OK && used == size);
    if (message.type == KEY_EXCHANGE_HELLO) {
        memcpy(connection->key_user, message.user, sizeof message.user);
        randombytes_buf(connection->challenge, sizeof connection->challenge); /* tidy: libsodium's name */
        memcpy(answer.challenge, connection->challenge, sizeof answer.challenge);
        fake_key_answer(connection, &answer);
        return;
    }
    key_exchange_signed_text(connection->key_user, "fake", connection->challenge, text);
    if (server->settings.key &&
        crypto_sign_verify_detached(message.signature, text, sizeof text, server->settings.key) == 0) {
        answer.type = KEY_EXCHANGE_PASSWORD;
        strcpy(answer.password, FAKE_PASSWORD);
        answer.seconds = 5;
    } else {
        answer.type = KEY_EXCHANGE_REFUSAL;
        answer.reason = KEY_EXCHANGE_NOT_AUTHORIZED;
    }
    fake_key_answer(connection, &answer);
    fake_close(connection);
}

/* --- order port --- */

static void fake_say(struct fake_server *server, struct fake_connection *connection, const struct report *report)
{
    const struct ouch_context context = { .markets = &server->markets, .day_start_ns = FAKE_DAY_NS };
    struct fake_user *user = connection->user;

    memory_grow((void **)&user->messages, &user->room, user->count + 1, sizeof *user->messages);
    user->messages[user->count].size = (uint8_t)ouch_encode_report(report, &context, user->messages[user->count].bytes,
                                                                   OUCH_MESSAGE_BYTES_MAX);
    fake_packet(connection->fd, SOUPBIN_SEQUENCED, user->messages[user->count].bytes,
                user->messages[user->count].size);
    user->count++;
}

static void fake_order(struct fake_server *server, struct fake_connection *connection, const union ouch_input *input)
{
    struct report report = { .time_ns = FAKE_DAY_NS + 1, .user = 1, .reference = input->header.reference, .market = 1,
                             .order = 1, .kind = REPORT_ACCEPTED, .status = STATUS_NEW };

    switch (input->header.kind) {
    case INPUT_ORDER_NEW:
        report.quantity = report.open = input->order.quantity;
        report.price = input->order.price;
        report.side = input->order.side;
        report.tif = input->order.tif;
        report.flags = input->order.flags & INPUT_ORDER_FLAGS & ~INPUT_ORDER_EXTRA;
        memcpy(report.client_id, input->order.client_id, sizeof report.client_id);
        fake_say(server, connection, &report);
        if (input->order.tif == CARD_TIF_GTC)
            return;
        report.kind = REPORT_EXECUTED;
        report.status = STATUS_FILLED;
        report.filled = report.quantity;
        report.open = 0;
        report.liquidity = 1;
        report.fee = 256 + 128;
        report.match = ++server->matches;
        break;
    case INPUT_ORDER_REPLACE:
        report.kind = REPORT_REPLACED;
        report.other = input->replace.existing;
        report.price = input->replace.price;
        report.quantity = report.open = input->replace.quantity;
        break;
    case INPUT_ORDER_CANCEL:
        report.kind = input->header.reference == 77 ? REPORT_CANCEL_REJECTED : REPORT_CANCELLED;
        report.status = input->header.reference == 77 ? STATUS_NONE : STATUS_CANCELLED;
        report.reason = input->header.reference == 77 ? REASON_UNKNOWN_ORDER : REASON_USER_REQUEST;
        report.quantity = 1;
        break;
    default:
        report.kind = REPORT_ANSWER;
        report.status = STATUS_NONE;
        break;
    }
    fake_say(server, connection, &report);
}

static void fake_login(struct fake_server *server, struct fake_connection *connection,
                       const struct soupbin_packet *packet)
{
    struct soupbin_accepted accepted = { .session = "20261126" };
    struct soupbin_login login;
    uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX];

    check(soupbin_parse_login(packet, &login) == SOUPBIN_OK);
    if (strcmp(login.password, server->settings.key ? FAKE_PASSWORD : "fixed") != 0) {
        fake_send(connection->fd, bytes, soupbin_encode_rejected(bytes, sizeof bytes, SOUPBIN_NOT_AUTHORIZED));
        fake_close(connection);
        return;
    }
    connection->user = fake_user(server, login.user);
    accepted.sequence = login.sequence ? login.sequence : connection->user->count + 1;
    fake_send(connection->fd, bytes, soupbin_encode_accepted(bytes, sizeof bytes, &accepted));
    for (size_t i = accepted.sequence - 1; i < connection->user->count; i++)
        fake_packet(connection->fd, SOUPBIN_SEQUENCED, connection->user->messages[i].bytes,
                    connection->user->messages[i].size);
    fake_packet(connection->fd, SOUPBIN_SERVER_HEARTBEAT, NULL, 0);
    fake_packet(connection->fd, SOUPBIN_SERVER_HEARTBEAT, NULL, 0);
}

static void fake_take(struct fake_server *server, struct fake_connection *connection,
                      const struct soupbin_packet *packet)
{
    const struct ouch_context context = { .markets = &server->markets, .now_ns = FAKE_DAY_NS, .user = 1 };
    union ouch_input input;

    if (packet->type == SOUPBIN_LOGIN_REQUEST) {
        fake_login(server, connection, packet);
    } else if (packet->type == SOUPBIN_LOGOUT) {
        fake_close(connection);
    } else if (packet->type == SOUPBIN_UNSEQUENCED) {
        check(connection->user != NULL);
        check(ouch_decode_input(packet->payload, packet->size, &context, &input).status == OUCH_OK);
        if (++server->orders == server->settings.close_after)
            fake_close(connection);
        else
            fake_order(server, connection, &input);
    }
}

static void fake_receive(struct fake_server *server, struct fake_connection *connection)
{
    static uint8_t bytes[READ_BYTES];
    ssize_t got = recv(connection->fd, bytes, sizeof bytes, 0);
    struct soupbin_packet packet;

    if (got <= 0) {
        fake_close(connection);
    } else if (connection->key) {
        fake_key(server, connection, bytes, (size_t)got);
    } else {
        soupbin_feed_splitter(&connection->splitter, bytes, (size_t)got);
        while (connection->fd >= 0 && soupbin_next_packet(&connection->splitter, &packet) == SOUPBIN_OK)
            fake_take(server, connection, &packet);
    }
}

static void fake_accept(struct fake_server *server, int which)
{
    int fd = accept(server->listener[which], NULL, NULL);

    for (int i = 0; i < CONNECTIONS && fd >= 0; i++)
        if (server->connections[i].fd < 0) {
            server->connections[i] = (struct fake_connection){ .fd = fd, .key = which == 1 };
            soupbin_reset_splitter(&server->connections[i].splitter, SOUPBIN_FROM_CLIENT);
            return;
        }
    close(fd);
}

static void *fake_run(void *context)
{
    struct fake_server *server = context;

    while (!atomic_load(&server->stop)) {
        struct pollfd fds[CONNECTIONS + 2];

        for (int i = 0; i < CONNECTIONS; i++)
            fds[i] = (struct pollfd){ .fd = server->connections[i].fd, .events = POLLIN };
        for (int i = 0; i < 2; i++)
            fds[CONNECTIONS + i] = (struct pollfd){ .fd = server->listener[i], .events = POLLIN };
        poll(fds, CONNECTIONS + 2, 10);
        for (int i = 0; i < CONNECTIONS; i++)
            if (fds[i].fd >= 0 && fds[i].revents)
                fake_receive(server, &server->connections[i]);
        for (int i = 0; i < 2; i++)
            if (fds[CONNECTIONS + i].revents)
                fake_accept(server, i);
    }
    return NULL;
}

struct fake_server *fake_server_start(const struct fake_server_settings *settings)
{
    struct fake_server *server = memory_reserve(1, sizeof *server);
    uint8_t symbol[24] = { 0 };

    check(sodium_init() >= 0);
    server->settings = *settings;
    memcpy(symbol, settings->market, strlen(settings->market));
    ouch_set_market(&server->markets, 1, symbol);
    for (int i = 0; i < CONNECTIONS; i++)
        server->connections[i].fd = -1;
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
        socklen_t size = sizeof address;

        server->listener[i] = socket(AF_INET, SOCK_STREAM, 0);
        check(bind(server->listener[i], (struct sockaddr *)&address, sizeof address) == 0);
        check(listen(server->listener[i], 16) == 0);
        check(getsockname(server->listener[i], (struct sockaddr *)&address, &size) == 0);
        server->port[i] = ntohs(address.sin_port);
    }
    check(pthread_create(&server->thread, NULL, fake_run, server) == 0);
    return server;
}

void fake_server_stop(struct fake_server *server)
{
    atomic_store(&server->stop, true);
    pthread_join(server->thread, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        if (server->connections[i].fd >= 0)
            close(server->connections[i].fd);
    for (int i = 0; i < USERS; i++)
        free(server->users[i].messages);
    close(server->listener[0]);
    close(server->listener[1]);
    free(server);
}

uint16_t fake_server_port(const struct fake_server *server)
{
    return server->port[0];
}

uint16_t fake_server_key_port(const struct fake_server *server)
{
    return server->port[1];
}

void fake_server_forget(struct fake_server *server, const char *user)
{
    fake_user(server, user)->count--;
}
