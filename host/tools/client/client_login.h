/* The way into a session: one-time password from the key port, log-in at the order port. Blocking, with a deadline. */
#ifndef VITRINE_CLIENT_LOGIN_H
#define VITRINE_CLIENT_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soupbin.h"

enum { CLIENT_SEED_BYTES = 32, CLIENT_KEY_BYTES = 32, CLIENT_PATIENCE_SECONDS = 10 };

/* A secret key as its seed; the file has one line: "vitrine-key-1 HEX", mode 0600. */
struct client_key {
    uint8_t seed[CLIENT_SEED_BYTES];
    uint8_t public_key[CLIENT_KEY_BYTES];
};

/* Makes a key pair and writes the secret one into a new file; false with a message. */
bool client_key_make(const char *path, struct client_key *key, char *error, size_t error_size);
/* Refuses files that others may read. */
bool client_key_read(const char *path, struct client_key *key, char *error, size_t error_size);
/* 64 hexadecimal digits, as `vitrine admin user set key=` takes them. */
void client_key_print(const struct client_key *key, char text[2 * CLIENT_KEY_BYTES + 1]);

struct client_login {
    const char *address;           /* numeric */
    uint16_t port, key_port;
    const char *user;              /* at most 6 characters */
    const char *password;          /* fixed; NULL: from the key port */
    const struct client_key *key;
    const char *session;           /* "": the current one */
    uint64_t sequence;             /* next message wanted; 0: only new ones */
};

/* Connects; a descriptor with TCP_NODELAY and time-outs of CLIENT_PATIENCE_SECONDS, or -1 with a message. */
int client_connect(const char *address, uint16_t port, char *error, size_t error_size);

/* Logs in. A descriptor from which nothing is read behind the answer, or -1 with a message. */
int client_login(const struct client_login *login, struct soupbin_accepted *accepted, char *error, size_t error_size);

/* Sends all of it; false and errno. */
bool client_send(int fd, const void *bytes, size_t size);

#endif
