#include "admin_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin_request.h"
#include "memory.h"

struct output {
    char *text;
    size_t size, room;
};

struct connection {
    struct loop_call receive, send; /* `receive` first: a connection is found from its calls */
    struct admin_server *server;
    int fd;                  /* -1: free */
    uint32_t generation;     /* of this place */
    bool receiving, sending; /* outstanding on the loop */
    bool busy;               /* a line waits for its answer */
    bool working;            /* in connection_work() */
    bool ended;              /* no more will come, or nothing more is wanted */
    size_t used;
    struct output waiting, leaving;
    size_t left;             /* bytes of `leaving` that have left */
    char input[ADMIN_LINE_MAX];
};

struct admin_server {
    struct loop_call accept;
    struct loop *loop;
    struct admin_server_options options;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    int fd;
    bool accepting, stopping;
    struct connection connection[ADMIN_CONNECTIONS];
};

static void server_accept(struct admin_server *server);

static void connection_close(struct connection *connection)
{
    if (connection->receiving || connection->sending) {
        shutdown(connection->fd, SHUT_RDWR); /* ends what is outstanding; the last to end comes here again */
        return;
    }
    close(connection->fd);
    connection->fd = -1;
    connection->generation++;
    free(connection->waiting.text);
    free(connection->leaving.text);
    connection->waiting = connection->leaving = (struct output){ .text = NULL };
    server_accept(connection->server);
}

static void connection_send(struct connection *connection)
{
    struct io_uring_sqe *entry;

    if (connection->sending)
        return;
    if (connection->left == connection->leaving.size) {
        struct output empty = connection->leaving;

        empty.size = 0;
        connection->leaving = connection->waiting;
        connection->waiting = empty;
        connection->left = 0;
    }
    if (connection->leaving.size == connection->left) {
        if (connection->ended && !connection->busy)
            connection_close(connection);
        return;
    }
    entry = loop_prepare(connection->server->loop, &connection->send);
    io_uring_prep_send(entry, connection->fd, connection->leaving.text + connection->left,
                       connection->leaving.size - connection->left, MSG_NOSIGNAL); /* tidy: the system's name */
    io_uring_sqe_set_data(entry, &connection->send);
    connection->sending = true;
}

static void connection_receive(struct connection *connection)
{
    struct io_uring_sqe *entry;

    if (connection->receiving || connection->ended || connection->used == sizeof connection->input)
        return;
    entry = loop_prepare(connection->server->loop, &connection->receive);
    io_uring_prep_recv(entry, connection->fd, connection->input + connection->used,
                       sizeof connection->input - connection->used, 0);
    io_uring_sqe_set_data(entry, &connection->receive);
    connection->receiving = true;
}

static uint64_t connection_name(const struct connection *connection)
{
    return (uint64_t)connection->generation << 32 | (uint64_t)(connection - connection->server->connection);
}

/* Hands out the lines that are there, one at a time. */
static void connection_work(struct connection *connection)
{
    struct admin_server *server = connection->server;
    char *end;

    if (connection->working)
        return;
    connection->working = true;
    while (!connection->busy && (end = memchr(connection->input, '\n', connection->used)) != NULL) {
        size_t length = (size_t)(end - connection->input);

        connection->busy = true;
        server->options.line(server->options.context, connection_name(connection), connection->input, length);
        connection->used -= length + 1;
        memmove(connection->input, end + 1, connection->used);
    }
    connection->working = false;
    if (!connection->busy && connection->used == sizeof connection->input) {
        connection->ended = connection->busy = true;
        admin_server_answer(server, connection_name(connection),
                            json_pack("{s:b,s:s}", "ok", 0, "error", "a line of more than 65535 bytes"));
    }
}

static void connection_go_on(struct connection *connection)
{
    connection_work(connection);
    connection_receive(connection);
    connection_send(connection);
}

static void receive_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct connection *connection = (struct connection *)(void *)call;

    (void)flags;
    connection->receiving = false;
    if (result > 0)
        connection->used += (size_t)result;
    else if (result != -EINTR && result != -EAGAIN)
        connection->ended = true;
    if (result < 0 && connection->ended)
        connection_close(connection);
    else
        connection_go_on(connection);
}

static void send_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct connection *connection = (struct connection *)(void *)((char *)call - offsetof(struct connection, send));

    (void)flags;
    connection->sending = false;
    if (result > 0)
        connection->left += (size_t)result;
    if (result < 0 && result != -EINTR && result != -EAGAIN) {
        connection->ended = true;
        connection_close(connection);
        return;
    }
    connection_send(connection);
}

void admin_server_answer(struct admin_server *server, uint64_t name, json_t *object)
{
    struct connection *connection = &server->connection[name % ADMIN_CONNECTIONS];
    char *text = json_dumps(object, JSON_COMPACT);
    size_t length = text ? strlen(text) : 0;
    struct output *output = &connection->waiting;

    json_decref(object);
    if (connection->fd >= 0 && connection_name(connection) == name) {
        memory_grow((void **)&output->text, &output->room, output->size + length + 1, 1);
        if (length)
            memcpy(output->text + output->size, text, length);
        output->text[output->size + length] = '\n';
        output->size += length + 1;
        connection->busy = false;
        if (output->size > ADMIN_OUTPUT_MAX) {
            connection->ended = true;
            shutdown(connection->fd, SHUT_RDWR);
        }
        if (!connection->working)
            connection_go_on(connection);
    }
    free(text);
}

static void accept_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct admin_server *server = (struct admin_server *)(void *)call;

    (void)flags;
    server->accepting = false;
    if (result >= 0) {
        struct connection *connection = server->connection;

        while (connection->fd >= 0)
            connection++;
        connection->fd = result;
        connection->busy = connection->ended = false;
        connection->used = connection->left = 0;
        connection_receive(connection);
    }
    server_accept(server);
}

/* Takes the next connection if there is a place for it. */
static void server_accept(struct admin_server *server)
{
    bool room = false;
    struct io_uring_sqe *entry;

    for (size_t i = 0; i < ADMIN_CONNECTIONS; i++)
        room |= server->connection[i].fd < 0;
    if (server->accepting || server->stopping || !room)
        return;
    entry = loop_prepare(server->loop, &server->accept);
    io_uring_prep_accept(entry, server->fd, NULL, NULL, SOCK_CLOEXEC);
    io_uring_sqe_set_data(entry, &server->accept);
    server->accepting = true;
}

static int server_listen(struct admin_server *server, char *error, size_t error_size)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    mode_t mask;
    int result;

    if (strlen(server->options.path) >= sizeof address.sun_path) {
        snprintf(error, error_size, "%s: longer than a socket's path may be (%zu characters)", server->options.path,
                 sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, server->options.path, strlen(server->options.path));
    memcpy(server->path, address.sun_path, sizeof server->path);
    unlink(server->path);
    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mask = umask(0177);
    result = server->fd < 0 ? -1 : bind(server->fd, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    if (result == 0)
        result = listen(server->fd, ADMIN_CONNECTIONS);
    if (result != 0) {
        snprintf(error, error_size, "%s: %s", server->path, strerror(errno));
        if (server->fd >= 0)
            close(server->fd);
    }
    return result;
}

int admin_server_create(struct admin_server **made, const struct admin_server_options *options, char *error,
                        size_t error_size)
{
    struct admin_server *server = memory_reserve(1, sizeof *server);

    *made = NULL;
    server->loop = options->loop;
    server->options = *options;
    server->accept.done = accept_done;
    for (size_t i = 0; i < ADMIN_CONNECTIONS; i++) {
        server->connection[i].server = server;
        server->connection[i].fd = -1;
        server->connection[i].receive.done = receive_done;
        server->connection[i].send.done = send_done;
    }
    if (server_listen(server, error, error_size) != 0) {
        free(server);
        return -1;
    }
    server_accept(server);
    *made = server;
    return 0;
}

static bool server_idle(const struct admin_server *server)
{
    bool idle = !server->accepting;

    for (size_t i = 0; i < ADMIN_CONNECTIONS; i++)
        idle &= server->connection[i].fd < 0;
    return idle;
}

void admin_server_destroy(struct admin_server *server)
{
    if (server == NULL)
        return;
    for (unsigned turn = 0; turn < 2; turn++)
        loop_run(server->loop, 1000000); /* answers given just now leave */
    server->stopping = true;
    shutdown(server->fd, SHUT_RDWR);
    for (size_t i = 0; i < ADMIN_CONNECTIONS; i++)
        if (server->connection[i].fd >= 0) {
            server->connection[i].ended = true;
            connection_close(&server->connection[i]);
        }
    for (unsigned turn = 0; turn < 100 && !server_idle(server); turn++)
        loop_run(server->loop, 10000000);
    close(server->fd);
    unlink(server->path);
    if (server_idle(server)) /* else the kernel still holds its calls: leave them their memory */
        free(server);
}
