#include "client_login.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "key_exchange.h"
#include "printable.h"

#define KEY_WORD "vitrine-key-1 "

enum { KEY_FILE_BYTES = sizeof KEY_WORD - 1 + 2 * CLIENT_SEED_BYTES + 1 };

static bool login_fail(char *error, size_t error_size, const char *what, const char *detail)
{
    snprintf(error, error_size, "%s: %s", what, detail);
    return false;
}

static void key_from_seed(struct client_key *key)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    check(sodium_init() >= 0);
    crypto_sign_seed_keypair(key->public_key, secret, key->seed);
    sodium_memzero(secret, sizeof secret);
}

bool client_key_make(const char *path, struct client_key *key, char *error, size_t error_size)
{
    char text[KEY_FILE_BYTES + 1] = KEY_WORD;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good;

    if (fd < 0)
        return login_fail(error, error_size, path, strerror(errno));
    check(sodium_init() >= 0);
    randombytes_buf(key->seed, sizeof key->seed); /* tidy: libsodium's name */
    key_from_seed(key);
    sodium_bin2hex(text + sizeof KEY_WORD - 1, 2 * CLIENT_SEED_BYTES + 1, key->seed, sizeof key->seed);
    text[KEY_FILE_BYTES - 1] = '\n';
    good = write(fd, text, KEY_FILE_BYTES) == KEY_FILE_BYTES && fsync(fd) == 0;
    if (close(fd) != 0 || !good) {
        login_fail(error, error_size, path, strerror(errno));
        unlink(path);
        good = false;
    }
    sodium_memzero(text, sizeof text);
    return good;
}

bool client_key_read(const char *path, struct client_key *key, char *error, size_t error_size)
{
    char text[KEY_FILE_BYTES + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    ssize_t got;
    size_t size = 0;

    if (fd < 0)
        return login_fail(error, error_size, path, strerror(errno));
    got = read(fd, text, sizeof text);
    check(fstat(fd, &status) == 0);
    close(fd);
    if (status.st_mode & 077)
        return login_fail(error, error_size, path, "others may read this key; right is mode 0600");
    if (got != KEY_FILE_BYTES || memcmp(text, KEY_WORD, sizeof KEY_WORD - 1) != 0 || text[KEY_FILE_BYTES - 1] != '\n' ||
        sodium_hex2bin(key->seed, sizeof key->seed, text + sizeof KEY_WORD - 1, 2 * CLIENT_SEED_BYTES, NULL, &size,
                       NULL) != 0 || size != CLIENT_SEED_BYTES)
        return login_fail(error, error_size, path, "is no key file of `vitrine client --make-key`");
    sodium_memzero(text, sizeof text);
    key_from_seed(key);
    return true;
}

void client_key_print(const struct client_key *key, char text[2 * CLIENT_KEY_BYTES + 1])
{
    sodium_bin2hex(text, 2 * CLIENT_KEY_BYTES + 1, key->public_key, sizeof key->public_key);
}

bool client_send(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    while (size) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL); /* tidy: the system's name */

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

int client_connect(const char *address, uint16_t port, char *error, size_t error_size)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct timeval patience = { .tv_sec = CLIENT_PATIENCE_SECONDS };
    int fd, one = 1;
    char where[128];

    snprintf(where, sizeof where, "%.100s port %u", address, port);
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
        login_fail(error, error_size, where, "is no numeric IPv4 address");
        return -1;
    }
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
            return fd;
    }
    login_fail(error, error_size, where, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Exactly so many bytes. */
static bool login_receive(int fd, void *bytes, size_t size)
{
    uint8_t *at = bytes;

    while (size) {
        ssize_t got = recv(fd, at, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = ECONNRESET;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* One message of the server on the key port; its size follows from its first byte. */
static bool key_receive(int fd, struct key_exchange_message *message)
{
    uint8_t bytes[KEY_EXCHANGE_MESSAGE_BYTES_MAX];
    size_t size = 0, used;
    enum key_exchange_status status = KEY_EXCHANGE_MORE;

    while (status == KEY_EXCHANGE_MORE && size < sizeof bytes && login_receive(fd, bytes + size, 1))
        status = key_exchange_parse_message(bytes, ++size, false, message, &used);
    if (status != KEY_EXCHANGE_OK && status != KEY_EXCHANGE_MORE)
        errno = EPROTO;
    return status == KEY_EXCHANGE_OK;
}

static bool key_send(int fd, const struct key_exchange_message *message)
{
    uint8_t bytes[KEY_EXCHANGE_MESSAGE_BYTES_MAX];

    return client_send(fd, bytes, key_exchange_encode_message(message, bytes, sizeof bytes));
}

static void key_sign(const struct client_login *login, const struct key_exchange_message *challenge,
                     struct key_exchange_message *answer)
{
    uint8_t text[KEY_EXCHANGE_SIGNED_BYTES], ours[CLIENT_KEY_BYTES], secret[crypto_sign_SECRETKEYBYTES];

    key_exchange_signed_text(login->user, challenge->server, challenge->challenge, text);
    crypto_sign_seed_keypair(ours, secret, login->key->seed);
    crypto_sign_detached(answer->signature, NULL, text, sizeof text, secret);
    sodium_memzero(secret, sizeof secret);
}

static const char *key_refusal(uint8_t reason)
{
    switch (reason) {
    case KEY_EXCHANGE_NOT_AUTHORIZED:
        return "refused: unknown user, or not this user's key";
    case KEY_EXCHANGE_THROTTLED:
        return "refused: too many attempts, wait a moment";
    default:
        return "refused: format";
    }
}

static bool key_password(const struct client_login *login, char password[SOUPBIN_PASSWORD_CHARACTERS + 1], char *error,
                         size_t error_size)
{
    struct key_exchange_message message = { .type = KEY_EXCHANGE_HELLO }, answer = { .type = KEY_EXCHANGE_SIGNATURE };
    int fd = client_connect(login->address, login->key_port, error, error_size);
    bool good;

    if (fd < 0)
        return false;
    snprintf(message.user, sizeof message.user, "%s", login->user);
    good = key_send(fd, &message) && key_receive(fd, &message);
    if (good && message.type == KEY_EXCHANGE_CHALLENGE) {
        key_sign(login, &message, &answer);
        good = key_send(fd, &answer) && key_receive(fd, &message);
    }
    if (!good)
        login_fail(error, error_size, "key port", strerror(errno));
    else if (message.type != KEY_EXCHANGE_PASSWORD)
        good = login_fail(error, error_size, "key port",
                          message.type == KEY_EXCHANGE_REFUSAL ? key_refusal(message.reason) : "unexpected message");
    else
        memcpy(password, message.password, SOUPBIN_PASSWORD_CHARACTERS + 1);
    close(fd);
    return good;
}

/* The server's next packet, byte-exact so that nothing behind it is read. */
static bool login_packet(int fd, uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX], struct soupbin_packet *packet)
{
    struct soupbin_splitter splitter;
    size_t length;

    if (!login_receive(fd, bytes, SOUPBIN_HEADER_BYTES))
        return false;
    length = (size_t)bytes[0] << 8 | bytes[1];
    errno = EPROTO;
    if (length < 1 || length > 1 + SOUPBIN_PAYLOAD_BYTES_MAX ||
        !login_receive(fd, bytes + SOUPBIN_HEADER_BYTES, length - 1))
        return false;
    soupbin_reset_splitter(&splitter, SOUPBIN_FROM_SERVER);
    soupbin_feed_splitter(&splitter, bytes, SOUPBIN_HEADER_BYTES + length - 1);
    return soupbin_next_packet(&splitter, packet) == SOUPBIN_OK;
}

static bool login_answer(int fd, struct soupbin_accepted *accepted, char *error, size_t error_size)
{
    uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX], reason = 0;
    struct soupbin_packet packet;
    char said[SOUPBIN_PAYLOAD_BYTES_MAX + 1] = "", shown[256];

    for (;;) {
        if (!login_packet(fd, bytes, &packet))
            return login_fail(error, error_size, "log-in", said[0] ? said : strerror(errno));
        if (packet.type == SOUPBIN_DEBUG) {
            memcpy(said, packet.payload, packet.size);
            said[packet.size] = 0;
            printable_write(said, shown, sizeof shown);
            snprintf(said, sizeof said, "%s", shown);
        } else if (packet.type != SOUPBIN_SERVER_HEARTBEAT) {
            break;
        }
    }
    if (soupbin_parse_accepted(&packet, accepted) == SOUPBIN_OK)
        return true;
    if (soupbin_parse_rejected(&packet, &reason) != SOUPBIN_OK)
        return login_fail(error, error_size, "log-in", "unexpected packet");
    if (reason == SOUPBIN_NO_SESSION)
        return login_fail(error, error_size, "log-in rejected",
                          said[0] ? said : "no such session, or a number that it has not reached");
    return login_fail(error, error_size, "log-in rejected", said[0] ? said : "user or password");
}

int client_login(const struct client_login *login, struct soupbin_accepted *accepted, char *error, size_t error_size)
{
    struct soupbin_login request = { .sequence = login->sequence };
    uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX];
    int fd;

    check(login->password || login->key);
    if (strlen(login->user) > SOUPBIN_USER_CHARACTERS || login->user[0] == 0) {
        login_fail(error, error_size, login->user, "a user name has 1 to 6 characters");
        return -1;
    }
    if (login->password && strlen(login->password) > SOUPBIN_PASSWORD_CHARACTERS) {
        login_fail(error, error_size, "password", "is longer than 10 characters");
        return -1;
    }
    if (login->password)
        snprintf(request.password, sizeof request.password, "%s", login->password);
    else if (!key_password(login, request.password, error, error_size))
        return -1;
    snprintf(request.user, sizeof request.user, "%s", login->user);
    snprintf(request.session, sizeof request.session, "%s", login->session);
    fd = client_connect(login->address, login->port, error, error_size);
    if (fd < 0)
        return -1;
    if (client_send(fd, bytes, soupbin_encode_login(bytes, sizeof bytes, &request)) &&
        login_answer(fd, accepted, error, error_size))
        return fd;
    if (error[0] == 0)
        login_fail(error, error_size, "log-in", strerror(errno));
    close(fd);
    return -1;
}
