/* Command window and event ring of a card, whatever bus it hangs on: shared by all backends with a ring.
 *
 * A backend provides the bus and the memory; the queue identifies the card, starts sessions, keeps count of free
 * slots, checks phase, sequence and session of every event, returns credit and finds out that a card stopped.
 */
#ifndef VITRINE_DEVICE_QUEUE_H
#define VITRINE_DEVICE_QUEUE_H

#include "device_internal.h"

/* Bytes of an event ring of 2^log2 events; the memory must be aligned to 4 KiB. */
#define DEVICE_RING_BYTES(log2) ((size_t)CARD_EVENT_BYTES << (log2))
#define DEVICE_RING_ALIGN 4096u

struct device_bus {
    /* Reads a register behind all writes before; false if no answer comes. */
    bool (*read)(void *bus, uint32_t offset, uint32_t *value);
    /* Posts a register write; false if the bus can't take it now. */
    bool (*write)(void *bus, uint32_t offset, uint32_t value);
    /* Posts a store to the command window; false if the bus can't take it now. */
    bool (*store)(void *bus, uint32_t offset, const void *data, size_t bytes);
    /* Lets a bounded stretch of the card's time pass where time does not pass by itself; else NULL. False if the bus
     * saw the card break its rules. */
    bool (*advance)(void *bus);
};

/* How long the card keeps somebody waiting, by its own heartbeat and by the host's clock. */
struct device_patience {
    uint64_t start_ns;
    uint64_t watch_ns; /* when the card is to be looked at next */
    uint64_t beat_ns;  /* when the heartbeat was last seen to move */
    uint64_t beats;    /* since the first look */
    uint32_t beat;     /* the register as last seen */
    bool looked;
};

struct device_queue {
    struct device device; /* first: a queue is a device */
    const struct device_bus *bus_ops;
    void *bus;
    struct card_event *ring;
    uint64_t ring_address; /* as the card sees it */
    uint32_t ring_log2;
    uint64_t deadline_ns;

    enum device_status broken; /* DEVICE_OK, or why this session is over */
    uint16_t session_next;     /* of a reset command that is on its way */
    bool session_changing;
    uint32_t sequence;         /* of the next event */
    uint64_t consumed;         /* events */
    uint64_t credited;         /* events that the card knows to be consumed */
    uint64_t submitted;        /* commands */
    uint64_t seen;             /* events, at least those consumed, */
    uint64_t answered;         /* and the commands that those between them have answered */

    bool waiting;              /* polls have found nothing though commands are out */
    uint64_t waiting_polls;
    struct device_patience patience; /* while waiting */
};

/* Reads identity and capability and refuses, by name, a card that this driver does not know or that is too small.
 * `rtl_hash`: the sources this driver knows, NULL to accept any. */
enum device_status device_queue_identify(const struct device_bus *ops, void *bus, const uint8_t *rtl_hash,
                                         const struct device_options *options, struct device_capability *capability,
                                         const struct device_message *error);

/* Resets the card into `session` and enables it. The fields up to deadline_ns must be set. */
enum device_status device_queue_start(struct device_queue *queue, uint16_t session, const struct device_message *error);

/* Both, for a card of the RTL that this build knows. The fields up to ring_address must be set. */
enum device_status device_queue_open(struct device_queue *queue, const struct device_options *options,
                                     const struct device_message *error);

/* The operations of struct device_ops for any device that begins with a struct device_queue. */
#define DEVICE_QUEUE_OPS                                                                                            \
    .submit = device_queue_submit, .poll = device_queue_poll, .reset = device_queue_reset,                          \
    .read = device_queue_read, .cycles = device_queue_cycles, .time_set = device_queue_time_set
enum device_status device_queue_submit(struct device *device, const struct card_command *commands, size_t count,
                                       size_t *taken);
enum device_status device_queue_poll(struct device *device, struct card_event *events, size_t count, size_t *given);
enum device_status device_queue_reset(struct device *device, uint16_t session);
enum device_status device_queue_read(struct device *device, uint32_t offset, uint32_t *value);
uint64_t device_queue_cycles(struct device *device);
enum device_status device_queue_time_set(struct device *device, uint64_t host_time_ns, uint64_t *cycle);

#endif
