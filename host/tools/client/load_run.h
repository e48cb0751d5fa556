/* The load generator: many users' sessions in one thread, orders at a set rate whatever the server does ("open loop"),
 * each timed from when it was due. */
#ifndef VITRINE_LOAD_RUN_H
#define VITRINE_LOAD_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "distribution.h"

struct client_key;
struct load_acks;

enum { LOAD_MARKETS_MAX = 8, LOAD_USERS_MAX = 4096 };

struct load_options {
    const char *address;
    uint16_t port, key_port;
    const char *prefix;            /* of user names: prefix and a number make six characters */
    const char *password;          /* fixed, or NULL */
    const struct client_key *key;  /* of all users, or NULL */
    uint32_t users;
    uint32_t first;                /* number of each user's first order, at least 1 */
    uint64_t seed;
    uint64_t rate;                 /* orders a second, arrivals of a Poisson process; 0: as fast as they are answered */
    uint64_t window;               /* at most so many orders without an answer */
    uint64_t warm, orders;         /* warm: before what is measured */
    uint32_t population;           /* orders that rest in a market, about */
    uint32_t market_count;
    struct load_market {
        const char *name;          /* symbol, or "#NUMBER" */
        uint32_t middle;           /* ticks */
    } markets[LOAD_MARKETS_MAX];
    struct load_acks *acks;        /* or NULL */
    void (*progress)(void *context, uint64_t done, uint64_t total); /* or NULL */
    void *context;
};

struct load_result {
    uint64_t sent, answered;       /* all, warm ones counted */
    uint64_t measured, measured_ns;/* orders answered behind the warm ones, and the time since the first was due */
    uint64_t messages;             /* sequenced ones that came */
    uint64_t accepted, replaced, executed, cancelled, rejected, cancel_rejected, other;
    uint64_t bytes_out, bytes_in, sends, receives;
    uint64_t late_ns;              /* the longest that an order was held back behind its due time by back-pressure */
    uint64_t busy_ns;              /* processor time used */
    struct distribution latency_ns;/* of measured orders: from when one was due to its answer */
};

enum load_status {
    LOAD_DONE,        /* every order was answered */
    LOAD_UNANSWERED,  /* some were not, for 10 seconds */
    LOAD_FAULT,       /* log-in, connection or protocol: the error says what */
};

enum load_status load_run(const struct load_options *options, struct load_result *result, char *error,
                          size_t error_size);

#endif
