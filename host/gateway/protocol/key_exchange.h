/* The key port: how a client gets the one-time password that SoupBinTCP's ten characters have room for
 * (docs/protocol.md). Formats only; the signature (Ed25519) is made and checked by the caller. Every message has a
 * fixed size.
 *
 *   client  hello      'K', version 1, user name 6
 *   server  challenge  'C', version 1, server name 16, challenge 32
 *   client  signature  'S', Ed25519 signature 64, over key_exchange_signed_text()
 *   server  password   'P', password 10, seconds it is valid 2 (big-endian)       or
 *   server  refusal    'J', reason 1                                              at any time, then it closes
 */
#ifndef VITRINE_KEY_EXCHANGE_H
#define VITRINE_KEY_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_exchange_type {
    KEY_EXCHANGE_HELLO = 'K',
    KEY_EXCHANGE_CHALLENGE = 'C',
    KEY_EXCHANGE_SIGNATURE = 'S',
    KEY_EXCHANGE_PASSWORD = 'P',
    KEY_EXCHANGE_REFUSAL = 'J',
};

enum key_exchange_reason {
    KEY_EXCHANGE_NOT_AUTHORIZED = 'A', /* unknown user, user without a key, wrong signature: not told apart */
    KEY_EXCHANGE_THROTTLED = 'T',
    KEY_EXCHANGE_FORMAT = 'F',
};

enum key_exchange_size {
    KEY_EXCHANGE_VERSION = 1,
    KEY_EXCHANGE_USER_CHARACTERS = 6,
    KEY_EXCHANGE_SERVER_CHARACTERS = 16,
    KEY_EXCHANGE_CHALLENGE_BYTES = 32,
    KEY_EXCHANGE_SIGNATURE_BYTES = 64,
    KEY_EXCHANGE_PASSWORD_CHARACTERS = 10,
    KEY_EXCHANGE_RANDOM_BYTES = 10,        /* that a password is made of */
    KEY_EXCHANGE_MESSAGE_BYTES_MAX = 65,
    KEY_EXCHANGE_SIGNED_BYTES = 78,        /* context string 24, user 6, server name 16, challenge 32 */
};

enum key_exchange_status {
    KEY_EXCHANGE_OK,
    KEY_EXCHANGE_MORE,       /* the message is not complete */
    KEY_EXCHANGE_BAD_TYPE,   /* none, or not one that this side may send */
    KEY_EXCHANGE_BAD_FIELD,  /* version, or text that is not printable or empty */
};

/* Text is without padding and ended by NUL. */
struct key_exchange_message {
    uint8_t type;            /* enum key_exchange_type: says which of the fields are set */
    char user[KEY_EXCHANGE_USER_CHARACTERS + 1];
    char server[KEY_EXCHANGE_SERVER_CHARACTERS + 1];
    uint8_t challenge[KEY_EXCHANGE_CHALLENGE_BYTES];
    uint8_t signature[KEY_EXCHANGE_SIGNATURE_BYTES];
    char password[KEY_EXCHANGE_PASSWORD_CHARACTERS + 1];
    uint16_t seconds;
    uint8_t reason;          /* enum key_exchange_reason, or whatever the server sent */
};

/* Reads one message from the start of `bytes`; KEY_EXCHANGE_OK sets `used`. `from_client`: who wrote it. */
enum key_exchange_status key_exchange_parse_message(const uint8_t *bytes, size_t size, bool from_client,
                                                    struct key_exchange_message *message, size_t *used);

/* Bytes written; 0 if `room` is too small. Text longer than its field, or an unknown type, trips check(). */
size_t key_exchange_encode_message(const struct key_exchange_message *message, uint8_t *bytes, size_t room);

/* What the client signs and the server verifies: names the protocol, the user and the server, so that a signature is of
 * no use elsewhere. */
void key_exchange_signed_text(const char *user, const char *server,
                              const uint8_t challenge[KEY_EXCHANGE_CHALLENGE_BYTES],
                              uint8_t text[KEY_EXCHANGE_SIGNED_BYTES]);

/* A password from random bytes: 32 characters A-Z 2-7, five bits of each byte (50 bits in all). */
void key_exchange_format_password(const uint8_t random[KEY_EXCHANGE_RANDOM_BYTES],
                                  char password[KEY_EXCHANGE_PASSWORD_CHARACTERS + 1]);

#endif
