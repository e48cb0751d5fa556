/* Order entry: SoupBinTCP with OUCH 5.0 on one port, the key port for one-time passwords on another (docs/protocol.md).
 *
 * The gateway turns messages into inputs and reports into messages. It never waits for a client: a slow reader is cut
 * off. It decides nothing that must be replayed. */
#ifndef VITRINE_GATEWAY_H
#define VITRINE_GATEWAY_H

#include "input.h"
#include "loop.h"
#include "report.h"
#include "state.h"

struct gateway;

struct gateway_options {
    struct loop *loop;
    const struct state *state;   /* names of markets, users and their keys; read only */
    const char *address;         /* [127.0.0.1] */
    uint16_t port, key_port;     /* 0: any free one; see gateway_port() */
    const char *output_directory;/* one file a day of sequenced messages */
    const char *fixed_password;  /* loopback only, NULL: off */
    uint32_t sessions;           /* at most this many connections [1024] */
    uint32_t rate;               /* inputs a second and user, where the user has no own rate [0: unlimited] */
    uint64_t backlog_bytes;      /* a reader this far behind is cut off [4 MiB] */
    uint64_t heartbeat_ns;       /* [1 s]; a client silent for 15 of them is cut off */
    uint64_t (*clock_ns)(void);  /* CLOCK_MONOTONIC */
    void (*log)(void *context, const char *event, const char *detail);
    /* Takes an input; false: not now, the gateway stops reading that session until gateway_resume(). */
    bool (*input)(void *context, const struct input_header *input);
    void *context;
};

enum gateway_status { GATEWAY_OK, GATEWAY_ADDRESS, GATEWAY_OUTPUT, GATEWAY_ARGUMENT, GATEWAY_IO };

enum gateway_status gateway_create(struct gateway **gateway, const struct gateway_options *options, char *error,
                                   size_t error_size);
void gateway_destroy(struct gateway *gateway);
uint16_t gateway_port(const struct gateway *gateway);
uint16_t gateway_key_port(const struct gateway *gateway);

/* Reports whose batch is durable, in order. Those of user 0 are not the gateway's. Those whose sequence the output
 * store already has (recovery) are compared and dropped. Sends go out with the next loop_run(). */
enum gateway_status gateway_report(struct gateway *gateway, const struct report *reports, size_t count);
void gateway_resume(struct gateway *gateway);
/* Heartbeats, time-outs, throttles: call at least every 100 ms. */
void gateway_tick(struct gateway *gateway);
/* Ends every session politely (SoupBinTCP 'Z') and stops listening. */
void gateway_stop(struct gateway *gateway);

struct gateway_counters {
    uint64_t sessions, logins, refused_logins, messages_in, messages_out, bytes_in, bytes_out, throttled, cut_off,
        protocol_errors;
};
void gateway_counters(const struct gateway *gateway, struct gateway_counters *counters);

#endif
