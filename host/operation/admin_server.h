/* The admin socket: a Unix stream socket that only its owner may open. One JSON object a line comes in, one goes out
 * for each, in order: a connection's next line is looked at when the one before has its answer. */
#ifndef VITRINE_ADMIN_SERVER_H
#define VITRINE_ADMIN_SERVER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

#define ADMIN_CONNECTIONS 16
#define ADMIN_OUTPUT_MAX (64u << 20) /* unread answers; a client further behind is cut off */

struct admin_server;

struct admin_server_options {
    struct loop *loop;
    const char *path; /* an old socket there is removed: the caller holds the directory's lock */
    /* A line without its end, valid during the call. It is answered now or later by admin_server_answer(). */
    void (*line)(void *context, uint64_t connection, const char *text, size_t length);
    void *context;
};

/* 0, or -1 with a message in `error`. */
int admin_server_create(struct admin_server **server, const struct admin_server_options *options, char *error,
                        size_t error_size);
/* Runs the loop until nothing of it is outstanding. */
void admin_server_destroy(struct admin_server *server);

/* Sends the object and frees it. A connection that is gone is fine. */
void admin_server_answer(struct admin_server *server, uint64_t connection, json_t *object);

#endif
