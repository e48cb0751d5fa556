/* Order entry: SoupBinTCP with OUCH 5.0 on one port, the key port for one-time passwords on another
 * (docs/protocol.md).
 *
 * The gateway turns messages into inputs and reports into messages. It never waits for a client: a slow reader is cut
 * off. It decides nothing that must be replayed.
 *
 * Sequenced messages are functions of the journal, so what never gets there has no sequenced answer:
 * - well-formed OUCH that can't be had (unknown market, bad field) is an input that the core refuses: a Rejected
 *   message;
 * - what is no OUCH, or no SoupBinTCP, is answered with a Debug packet that names the fault, and the end of the
 *   connection;
 * - above its rate a user is not refused but waits: the gateway stops reading, orders stay in order, TCP holds them
 *   back. One second's worth may come at once. Cancels cost nothing, but don't overtake the orders before them;
 * - while the disk is nearly full (the state's refuse_orders) everything is journaled still, refused orders too. So
 *   that it lasts, a user has 10 inputs a second then, cancels, log-ins and log-outs counted, and waits above that;
 * - log-in: while a user's session is alive a second one is refused (a dead peer counts as alive until it has been
 *   silent for 15 heartbeats). Sequence 0 asks for what is new; a number not yet reached is refused ('S'). How failures
 *   slow an address down, and what of it a right password or signature escapes: login_guard.h;
 * - the session is the UTC day of the last report, YYYYMMDD. When a report of another day comes, all get what was
 *   sent, 'Z', and come back. Who is back within 15 heartbeats counts as never gone: no cancel on disconnect at
 *   midnight. What a client has not read of the day before is gone;
 * - a new connection beyond `sessions` is told so and closed, and the oldest that has not logged in makes way for
 *   the next. */
#ifndef VITRINE_GATEWAY_H
#define VITRINE_GATEWAY_H

#include "input.h"
#include "loop.h"
#include "order_report.h"
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

/* Reserves everything, opens the newest day in `output_directory` (which must exist) and listens; nothing is accepted
 * before the next loop_run(). At most one gateway a loop. `options` is copied, what it points to must stay.
 * `error` says what was wrong. */
enum gateway_status gateway_create(struct gateway **gateway, const struct gateway_options *options, char *error,
                                   size_t error_size);
/* Ends what is out, running the loop for it, so the loop and its other users must still be there. NULL is allowed. */
void gateway_destroy(struct gateway *gateway);
/* Where it listens. */
uint16_t gateway_port(const struct gateway *gateway);
uint16_t gateway_key_port(const struct gateway *gateway);

/* All messages of this batch and those before are in the output store: after a start, the reports of every later
 * batch of the day have to be passed again. 0: of none. The store is not synced, so it may end before a snapshot
 * does. */
uint64_t gateway_output_batch(const struct gateway *gateway);

/* Reports whose batch is durable, in order, each batch in one call or more. Those of user 0 are not the gateway's.
 * Those whose sequence the output store already has (recovery) are compared and dropped, those of a day before the
 * store's dropped. Sends go out with the next loop_run(). GATEWAY_OUTPUT: the store can't be written, lacks
 * messages before these or differs from them; the log says which. Nothing after it has been taken, and the node
 * must stop. GATEWAY_ARGUMENT: no such user or time. */
enum gateway_status gateway_report(struct gateway *gateway, const struct report *reports, size_t count);
/* For a node that waits and has nothing else to do: keeps in the processor's caches what the next message to `user`
 * needs. Changes nothing. */
void gateway_prefetch(const struct gateway *gateway, uint32_t user);
/* The same for a report that will come: it is encoded as then, for the sake of the code. */
void gateway_rehearse(struct gateway *gateway, const struct report *report);
/* Offers again what input() did not take, whoever has waited longest first. Calls input(). */
void gateway_resume(struct gateway *gateway);
/* Heartbeats, time-outs, throttles, new markets: call at least every 100 ms, for the gateway's clocks move here only.
 * May call input(). GATEWAY_OUTPUT: a write of the output store has failed (the disk is full, say), the log says how;
 * as for gateway_report(). */
enum gateway_status gateway_tick(struct gateway *gateway);
/* Ends every session politely (SoupBinTCP 'Z') and stops listening; run the loop for a second more. The core is
 * not told: the restart will tell it. */
void gateway_stop(struct gateway *gateway);

/* Since the start; `sessions`: connections there are. `refused_logins` counts those of the key port and refused
 * connections, `throttled` inputs that had to wait for their user's rate. */
struct gateway_counters {
    uint64_t sessions, logins, refused_logins, messages_in, messages_out, bytes_in, bytes_out, throttled, cut_off,
        protocol_errors;
};
void gateway_counters(const struct gateway *gateway, struct gateway_counters *counters);

#endif
