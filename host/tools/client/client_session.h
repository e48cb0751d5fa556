/* A client's session: what it sent, what came, and running its commands. */
#ifndef VITRINE_CLIENT_SESSION_H
#define VITRINE_CLIENT_SESSION_H

#include "client_login.h"
#include "client_markets.h"

struct client_session;

struct client_session_options {
    struct client_login login;
    struct client_markets *markets;
    uint32_t subaccount;      /* the user's default, as far as the client knows; 0 */
    uint32_t first;           /* number of the first order; 0: one above the highest that came in this session */
    bool json, echo;          /* echo: commands are printed as they are run */
    int input;                /* commands, a line each */
    bool prompt;              /* print "> " */
};

/* Logs in; NULL with a message. */
struct client_session *client_session_open(const struct client_session_options *options, char *error,
                                           size_t error_size);

/* Runs commands until the end of the input, `logout`, or the end of the session. An exit status: EXIT_STATUS_FAILED
 * if an `expect` failed, EXIT_STATUS_USAGE for a line of a script that can't be read, EXIT_STATUS_FAULT if the server
 * has gone. */
int client_session_run(struct client_session *session);

/* Logs out, if the server is still there. */
void client_session_close(struct client_session *session);

#endif
