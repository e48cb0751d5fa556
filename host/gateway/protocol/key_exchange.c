#include "key_exchange.h"

#include <string.h>

#include "check.h"

/* 24 bytes with its zeros. */
static const char signing_context[24] = "vitrine key exchange 1";

static size_t size_of_type(uint8_t type)
{
    switch (type) {
    case KEY_EXCHANGE_HELLO:
        return 2 + KEY_EXCHANGE_USER_CHARACTERS;
    case KEY_EXCHANGE_CHALLENGE:
        return 2 + KEY_EXCHANGE_SERVER_CHARACTERS + KEY_EXCHANGE_CHALLENGE_BYTES;
    case KEY_EXCHANGE_SIGNATURE:
        return 1 + KEY_EXCHANGE_SIGNATURE_BYTES;
    case KEY_EXCHANGE_PASSWORD:
        return 1 + KEY_EXCHANGE_PASSWORD_CHARACTERS + 2;
    case KEY_EXCHANGE_REFUSAL:
        return 2;
    default:
        return 0;
    }
}

/* Left-justified text, not empty, padded with spaces. */
static bool read_text(const uint8_t *field, size_t size, char *text)
{
    while (size && field[size - 1] == ' ')
        size--;
    for (size_t i = 0; i < size; i++) {
        if (field[i] < 0x20 || field[i] > 0x7e)
            return false;
    }
    memcpy(text, field, size);
    text[size] = 0;
    return size > 0 && text[0] != ' ';
}

static void write_text(uint8_t *field, size_t size, const char *text)
{
    size_t length = strnlen(text, size + 1);

    check(length <= size);
    memset(field, ' ', size);
    memcpy(field, text, length);
}

static bool read_fields(const uint8_t *bytes, struct key_exchange_message *message)
{
    switch (message->type) {
    case KEY_EXCHANGE_HELLO:
        return bytes[1] == KEY_EXCHANGE_VERSION && read_text(bytes + 2, KEY_EXCHANGE_USER_CHARACTERS, message->user);
    case KEY_EXCHANGE_CHALLENGE:
        memcpy(message->challenge, bytes + 2 + KEY_EXCHANGE_SERVER_CHARACTERS, KEY_EXCHANGE_CHALLENGE_BYTES);
        return bytes[1] == KEY_EXCHANGE_VERSION &&
               read_text(bytes + 2, KEY_EXCHANGE_SERVER_CHARACTERS, message->server);
    case KEY_EXCHANGE_SIGNATURE:
        memcpy(message->signature, bytes + 1, KEY_EXCHANGE_SIGNATURE_BYTES);
        return true;
    case KEY_EXCHANGE_PASSWORD:
        message->seconds = (uint16_t)(bytes[11] << 8 | bytes[12]);
        return read_text(bytes + 1, KEY_EXCHANGE_PASSWORD_CHARACTERS, message->password);
    default:
        message->reason = bytes[1];
        return true;
    }
}

enum key_exchange_status key_exchange_parse_message(const uint8_t *bytes, size_t size, bool from_client,
                                                    struct key_exchange_message *message, size_t *used)
{
    size_t wanted;

    if (size == 0)
        return KEY_EXCHANGE_MORE;
    wanted = size_of_type(bytes[0]);
    if (wanted == 0 || from_client != (bytes[0] == KEY_EXCHANGE_HELLO || bytes[0] == KEY_EXCHANGE_SIGNATURE))
        return KEY_EXCHANGE_BAD_TYPE;
    if (size < wanted)
        return KEY_EXCHANGE_MORE;
    memset(message, 0, sizeof *message);
    message->type = bytes[0];
    if (!read_fields(bytes, message))
        return KEY_EXCHANGE_BAD_FIELD;
    *used = wanted;
    return KEY_EXCHANGE_OK;
}

size_t key_exchange_encode_message(const struct key_exchange_message *message, uint8_t *bytes, size_t room)
{
    size_t size = size_of_type(message->type);

    check(size > 0);
    if (room < size)
        return 0;
    bytes[0] = message->type;
    switch (message->type) {
    case KEY_EXCHANGE_HELLO:
        bytes[1] = KEY_EXCHANGE_VERSION;
        write_text(bytes + 2, KEY_EXCHANGE_USER_CHARACTERS, message->user);
        break;
    case KEY_EXCHANGE_CHALLENGE:
        bytes[1] = KEY_EXCHANGE_VERSION;
        write_text(bytes + 2, KEY_EXCHANGE_SERVER_CHARACTERS, message->server);
        memcpy(bytes + 2 + KEY_EXCHANGE_SERVER_CHARACTERS, message->challenge, KEY_EXCHANGE_CHALLENGE_BYTES);
        break;
    case KEY_EXCHANGE_SIGNATURE:
        memcpy(bytes + 1, message->signature, KEY_EXCHANGE_SIGNATURE_BYTES);
        break;
    case KEY_EXCHANGE_PASSWORD:
        write_text(bytes + 1, KEY_EXCHANGE_PASSWORD_CHARACTERS, message->password);
        bytes[11] = (uint8_t)(message->seconds >> 8);
        bytes[12] = (uint8_t)message->seconds;
        break;
    default:
        bytes[1] = message->reason;
        break;
    }
    return size;
}

void key_exchange_signed_text(const char *user, const char *server,
                              const uint8_t challenge[KEY_EXCHANGE_CHALLENGE_BYTES],
                              uint8_t text[KEY_EXCHANGE_SIGNED_BYTES])
{
    memcpy(text, signing_context, sizeof signing_context);
    text += sizeof signing_context;
    write_text(text, KEY_EXCHANGE_USER_CHARACTERS, user);
    text += KEY_EXCHANGE_USER_CHARACTERS;
    write_text(text, KEY_EXCHANGE_SERVER_CHARACTERS, server);
    text += KEY_EXCHANGE_SERVER_CHARACTERS;
    memcpy(text, challenge, KEY_EXCHANGE_CHALLENGE_BYTES);
}

void key_exchange_format_password(const uint8_t random[KEY_EXCHANGE_RANDOM_BYTES],
                                  char password[KEY_EXCHANGE_PASSWORD_CHARACTERS + 1])
{
    static const char characters[33] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    for (int i = 0; i < KEY_EXCHANGE_PASSWORD_CHARACTERS; i++)
        password[i] = characters[random[i] & 31];
    password[KEY_EXCHANGE_PASSWORD_CHARACTERS] = 0;
}
