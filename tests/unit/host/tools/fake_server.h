/* A server for tests of the client's side: SoupBinTCP, OUCH 5.0 and the key port in a thread. It accepts every order,
 * fills those that don't rest, and keeps what it said for who comes back. */
#ifndef VITRINE_FAKE_SERVER_H
#define VITRINE_FAKE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct fake_server;

struct fake_server_settings {
    const char *market;          /* symbol of market 1 */
    const uint8_t *key;          /* public key of every user, or NULL */
    uint64_t close_after;        /* orders, then it closes the connection; 0: never */
};

struct fake_server *fake_server_start(const struct fake_server_settings *settings);
void fake_server_stop(struct fake_server *server);
uint16_t fake_server_port(const struct fake_server *server);
uint16_t fake_server_key_port(const struct fake_server *server);

/* Takes back a user's last message, as a server that lost it would. */
void fake_server_forget(struct fake_server *server, const char *user);

#endif
