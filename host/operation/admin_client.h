/* The other end of the admin socket, for command-line tools: asks one thing and waits for its answer. */
#ifndef VITRINE_ADMIN_CLIENT_H
#define VITRINE_ADMIN_CLIENT_H

#include <jansson.h>
#include <stddef.h>

/* Connects to DIRECTORY/admin.socket. A descriptor for close(), or -1 with a message. */
int admin_client_open(const char *directory, char *error, size_t error_size);

/* Sends the object and frees it; returns the answer, the caller's, or NULL with a message (the node is gone, or silent
 * for 60 seconds). */
json_t *admin_client_ask(int fd, json_t *request, char *error, size_t error_size);

/* The request of a command line: words up to the first with a '=' are the command, the others FIELD=VALUE. The path
 * of a `file` is made absolute. NULL with a message. */
json_t *admin_client_request(const char *const *words, size_t count, char *error, size_t error_size);

#endif
