/* One line of a client's script or typing, read into what it asks for. */
#ifndef VITRINE_CLIENT_COMMAND_H
#define VITRINE_CLIENT_COMMAND_H

#include "client_markets.h"

enum client_verb {
    CLIENT_NOTHING,      /* an empty line or a comment */
    CLIENT_SEND,         /* `input` */
    CLIENT_WATCH,        /* for `patience_ns`; UINT64_MAX: until interrupted */
    CLIENT_WAIT,         /* for a message, or `patience_ns` */
    CLIENT_EXPECT,       /* the same, and a failure if it does not come */
    CLIENT_EXPECT_NOT,   /* a failure if it has come by the end of `patience_ns` */
    CLIENT_SLEEP,
    CLIENT_MARKETS,      /* list them */
    CLIENT_HELP,
    CLIENT_LOGOUT,
};

/* What a message must be like. */
struct client_pattern {
    const char *word;        /* of client_words */
    uint32_t reference;      /* 0: any order */
    int reason;              /* -1: any */
};

struct client_command {
    enum client_verb verb;
    union ouch_input input;  /* CLIENT_SEND: user and, where none is given, the number are 0 */
    bool numbered;           /* the order's number was given */
    bool subaccount_given;   /* likewise */
    struct client_pattern pattern;
    uint64_t patience_ns;
};

/* What a line may refer to. */
struct client_context {
    struct client_markets *markets;
    uint32_t last;           /* the number that the word "last" stands for; 0: none */
    uint64_t now_utc_ns;
    uint32_t (*market_of)(const void *orders, uint32_t reference); /* of an order; 0: not known, raw lots and ticks */
    const void *orders;
};

/* Reads a line, which is changed. False with a message that names the word that is wrong. */
bool client_command_read(char *line, const struct client_context *context, struct client_command *command, char *error,
                         size_t error_size);

/* Whether a message answers a pattern. */
bool client_command_matches(const struct client_pattern *pattern, const struct report *report);

extern const char client_command_help[];

#endif
