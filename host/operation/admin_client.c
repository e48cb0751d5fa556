#include "admin_client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "memory.h"

#define ANSWER_SECONDS 60

int admin_client_open(const char *directory, char *error, size_t error_size)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct timeval patience = { .tv_sec = ANSWER_SECONDS };
    int fd, length = snprintf(address.sun_path, sizeof address.sun_path, "%s/admin.socket", directory);

    if (length < 0 || (size_t)length >= sizeof address.sun_path) {
        snprintf(error, error_size, "%s: too long for a socket's path", directory);
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        snprintf(error, error_size, "%s: %s: is a node running in this directory?", address.sun_path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

static bool client_send(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL); /* tidy: the system's name */

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        text += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* One line; NULL with errno (0: the node has closed). */
static char *client_receive(int fd, size_t *length)
{
    char *text = NULL, *end = NULL;
    size_t used = 0, room = 0;

    while (end == NULL) {
        ssize_t got;

        memory_grow((void **)&text, &room, used + 65536, 1);
        errno = 0;
        got = recv(fd, text + used, room - used, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            int saved = errno;

            free(text);
            errno = saved;
            return NULL;
        }
        end = memchr(text + used, '\n', (size_t)got);
        used += (size_t)got;
    }
    *length = (size_t)(end - text);
    return text;
}

json_t *admin_client_ask(int fd, json_t *request, char *error, size_t error_size)
{
    char *text = json_dumps(request, JSON_COMPACT), *line = NULL;
    size_t length = text ? strlen(text) : 0;
    json_t *object = NULL;
    json_error_t place;

    json_decref(request);
    if (text)
        text[length++] = '\n'; /* in place of its end */
    if (text == NULL || !client_send(fd, text, length)) {
        snprintf(error, error_size, "the node does not listen: %s", strerror(errno));
    } else if ((line = client_receive(fd, &length)) == NULL) {
        snprintf(error, error_size, "no answer: %s",
                 errno == 0 ? "the node has ended" : errno == EAGAIN ? "the node is silent" : strerror(errno));
    } else {
        object = json_loadb(line, length, 0, &place);
        if (object == NULL)
            snprintf(error, error_size, "the answer is not JSON: %s", place.text);
    }
    free(line);
    free(text);
    return object;
}

static json_t *client_value(const char *field, const char *value)
{
    char *path = strcmp(field, "file") == 0 ? realpath(value, NULL) : NULL;
    json_t *text = json_string(path ? path : value);

    free(path);
    return text;
}

json_t *admin_client_request(const char *const *words, size_t count, char *error, size_t error_size)
{
    json_t *request = json_object();
    char command[128] = "", field[64];
    size_t used = 0, at = 0;

    for (; at < count && strchr(words[at], '=') == NULL && used < sizeof command; at++)
        used += (size_t)snprintf(command + used, sizeof command - used, "%s%s", used ? " " : "", words[at]);
    json_object_set_new(request, "command", json_string(command));
    for (; at < count; at++) {
        const char *equals = strchr(words[at], '=');
        json_t *value;

        if (equals == NULL || equals == words[at] || (size_t)(equals - words[at]) >= sizeof field) {
            snprintf(error, error_size, "%s: not FIELD=VALUE", words[at]);
            json_decref(request);
            return NULL;
        }
        snprintf(field, sizeof field, "%.*s", (int)(equals - words[at]), words[at]);
        value = client_value(field, equals + 1);
        if (value == NULL || json_object_set_new(request, field, value) != 0) {
            snprintf(error, error_size, "%s: not text", words[at]);
            json_decref(request);
            return NULL;
        }
    }
    return request;
}
