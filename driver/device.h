/* One face for every card: a PCIe card, its simulation, its model.
 *
 * A device takes commands in order and gives back events in order; each command is answered by one or more events, the
 * final one marked `last` (docs/card.md). Nothing here blocks without a deadline and nothing is retried behind the
 * caller's back. One thread at a time. Wall-clock deadlines count in nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef VITRINE_DEVICE_H
#define VITRINE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

struct device;

enum device_status {
    DEVICE_OK = 0,
    DEVICE_AGAIN,        /* nothing taken or given: command window full, or no event waits */
    DEVICE_WEDGED,       /* the heartbeat stands still, or a command has gone unanswered beyond all measure */
    DEVICE_FAULT,        /* the card halted with a sticky fault; device_fault() names it */
    DEVICE_PROTOCOL,     /* an event out of sequence, of another session, or torn: the card cannot be trusted */
    DEVICE_INCOMPATIBLE, /* no card, another contract version, or other RTL sources than this driver knows */
    DEVICE_CAPACITY,     /* asked for more markets, orders or ticks than the card has */
    DEVICE_ARGUMENT,     /* an option out of range, or a reset into session 0 or the current one */
    DEVICE_MEMORY,       /* memory for rings or simulation could not be had */
};

/* Text for messages, never NULL. */
const char *device_status_name(enum device_status status);

/* Zero-initialised fields take the default in brackets. */
struct device_options {
    const char *backend;      /* "sim": Verilated card in this process [default]; "model": the plain book;
                               * "book": the Verilated book alone, without endpoint and bus;
                               * "serial:PATH" or "serial:PATH@BAUD": a card behind a serial line (1,000,000 baud) */
    uint32_t markets;         /* least the caller needs [1]; "model" has exactly this many [32] */
    uint32_t orders;          /* [1]; "model" [65,536] */
    uint32_t tick_bits;       /* [6]; "model" [17] */
    uint32_t ring_log2;       /* events in the ring = 2^this [14] */
    uint16_t session;         /* session to start with [1] */
    uint64_t deadline_ns;     /* a card whose heartbeat stands still this long while it owes an answer is wedged [2 s];
                               * so is one that leaves a command unanswered for longer than this and for more than
                               * 2^20 + 64 cap_orders of its own cycles, far more than any command takes */
    uint64_t stall_seed;      /* "sim": seed of random stalls on every bus [0: none] */
    const char *trace_path;   /* "sim": writes an FST waveform [NULL: none] */
    uint64_t trace_from_cycle, trace_to_cycle; /* stretch to trace [0, 0: everything] */
    bool threaded;            /* "sim": the card has a thread of its own and works while the caller does something else;
                               * with nothing to do it sleeps [inside poll] */
    bool any_rtl;             /* accept RTL sources with another hash */
};

struct device_capability {
    uint32_t markets, orders, tick_bits, command_slots, ring_log2_max, read_latency;
    uint32_t version;         /* major << 16 | minor */
    uint8_t rtl_hash[32];     /* 0 for the model */
};

/* Opens and resets a device. On failure *device is NULL and `error` (if not NULL) says what and which value. */
enum device_status device_open(struct device **device, const struct device_options *options, char *error,
                               size_t error_size);
/* Gives back everything; what the card still owes is lost. NULL is fine. */
void device_close(struct device *device);

/* What the card said of itself when it was opened; lives as long as the device. */
const struct device_capability *device_capability(const struct device *device);

/* Hands over up to `count` commands in order and sets *taken to how many were taken. DEVICE_AGAIN if none was
 * (poll events, then try again); DEVICE_OK if at least one was. A card has room again for a command that it has
 * answered, fetched or not, so that it goes on while its caller is busy. The device stamps each command's session,
 * so a card takes nothing behind a reset command until that is answered. A reset command whose next_session is 0 or
 * the current session is not taken: DEVICE_ARGUMENT if it comes first, else DEVICE_OK for the commands before it. */
enum device_status device_submit(struct device *device, const struct card_command *commands, size_t count,
                                 size_t *taken);

/* Fetches up to `count` events. DEVICE_AGAIN if none waits yet. */
enum device_status device_poll(struct device *device, struct card_event *events, size_t count, size_t *given);

/* Polls until at least one event is there or `timeout_ns` has passed (then DEVICE_AGAIN). */
enum device_status device_wait(struct device *device, struct card_event *events, size_t count, size_t *given,
                               uint64_t timeout_ns);

/* Commands taken and not yet answered by their `last` event. */
size_t device_outstanding(const struct device *device);

/* Forgets everything on the card and starts `session`: DEVICE_ARGUMENT if that is 0 or the current one. */
enum device_status device_reset(struct device *device, uint16_t session);

/* Reads a register (contract: registers). Not for hot paths: on PCIe a read costs about a microsecond. */
enum device_status device_register(struct device *device, uint32_t offset, uint32_t *value);

/* The sticky fault (enum card_fault) behind DEVICE_FAULT. */
uint32_t device_fault(struct device *device);

/* Clock cycles since power-up as the card counts them; 0 for the model. */
uint64_t device_cycles(struct device *device);

/* Tells the card the host's time (ns, of whatever clock the caller likes); the card notes the cycle at which it comes.
 * Returns once it has: the noted cycle lies between the call and its return, and that stretch is the uncertainty of the
 * pair (PCIe: about 2 us; on "sim" cycles have no fixed length). DEVICE_ARGUMENT: "model" and "book" note no time. */
enum device_status device_time_set(struct device *device, uint64_t host_time_ns);

/* The host time of a cycle (an event's arrival: its low 40 bits), on the line through the last two device_time_set.
 * Between them it is as uncertain as they are, outside by that much again for each time their distance, plus the drift
 * of the card's clock since: set the time again now and then, say every second. DEVICE_ARGUMENT: the time has not been
 * set twice, later in cycles and in ns, or the result is no uint64_t. */
enum device_status device_time_map(struct device *device, uint64_t cycle, uint64_t *host_time_ns);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
