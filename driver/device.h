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

struct device;

enum device_status {
    DEVICE_OK = 0,
    DEVICE_AGAIN,        /* nothing taken or given: command window full, or no event waits */
    DEVICE_WEDGED,       /* a command has gone unanswered beyond its deadline, or the heartbeat stands still */
    DEVICE_FAULT,        /* the card halted with a sticky fault; device_fault() names it */
    DEVICE_PROTOCOL,     /* an event out of sequence, of another session, or torn: the card cannot be trusted */
    DEVICE_INCOMPATIBLE, /* no card, another contract version, or other RTL sources than this driver knows */
    DEVICE_CAPACITY,     /* asked for more markets, orders or ticks than the card has */
    DEVICE_ARGUMENT,     /* an option out of range */
    DEVICE_MEMORY,       /* memory for rings or simulation could not be had */
};

/* Text for messages, never NULL. */
const char *device_status_name(enum device_status status);

/* Zero-initialised fields take the default in brackets. */
struct device_options {
    const char *backend;      /* "sim": Verilated card in this process [default]; "model": the plain book;
                               * "book": the Verilated book alone, without endpoint and bus */
    uint32_t markets;         /* least the caller needs [1]; "model" has exactly this many [32] */
    uint32_t orders;          /* [1]; "model" [65,536] */
    uint32_t tick_bits;       /* [6]; "model" [17] */
    uint32_t ring_log2;       /* events in the ring = 2^this [14] */
    uint16_t session;         /* session to start with [1] */
    uint64_t deadline_ns;     /* longest a command may go unanswered [2 s] */
    uint64_t stall_seed;      /* "sim": seed of random stalls on every bus [0: none] */
    const char *trace_path;   /* "sim": writes an FST waveform [NULL: none] */
    uint64_t trace_from_cycle, trace_to_cycle; /* stretch to trace [0, 0: everything] */
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
 * (poll events, then try again); DEVICE_OK if at least one was. The device stamps each command's session,
 * so a card takes nothing behind a reset command until that is answered. */
enum device_status device_submit(struct device *device, const struct card_command *commands, size_t count,
                                 size_t *taken);

/* Fetches up to `count` events. DEVICE_AGAIN if none waits yet. */
enum device_status device_poll(struct device *device, struct card_event *events, size_t count, size_t *given);

/* Polls until at least one event is there or `timeout_ns` has passed (then DEVICE_AGAIN). */
enum device_status device_wait(struct device *device, struct card_event *events, size_t count, size_t *given,
                               uint64_t timeout_ns);

/* Commands taken and not yet answered by their `last` event. */
size_t device_outstanding(const struct device *device);

/* Forgets everything on the card and starts `session` (it must differ from the current one). */
enum device_status device_reset(struct device *device, uint16_t session);

/* Reads a register (contract: registers). Not for hot paths: on PCIe a read costs about a microsecond. */
enum device_status device_register(struct device *device, uint32_t offset, uint32_t *value);

/* The sticky fault (enum card_fault) behind DEVICE_FAULT. */
uint32_t device_fault(struct device *device);

/* Clock cycles since power-up as the card counts them; 0 for the model. */
uint64_t device_cycles(struct device *device);

#endif
