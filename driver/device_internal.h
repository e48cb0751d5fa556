/* What every backend is behind device.h: a table of operations. Not for callers. */
#ifndef VITRINE_DEVICE_INTERNAL_H
#define VITRINE_DEVICE_INTERNAL_H

#include "device.h"

/* Where device_open puts its text. */
struct device_message {
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) void device_message_set(const struct device_message *message,
                                                              const char *format, ...);

struct device_ops {
    const char *name;
    bool at_place; /* it is asked for as "NAME:PLACE" */
    /* Fills a device whose options have their defaults; on failure nothing is left behind. */
    enum device_status (*open)(struct device **device, const struct device_options *options,
                               const struct device_message *error);
    void (*close)(struct device *device);
    enum device_status (*submit)(struct device *device, const struct card_command *commands, size_t count,
                                 size_t *taken);
    enum device_status (*poll)(struct device *device, struct card_event *events, size_t count, size_t *given);
    enum device_status (*reset)(struct device *device, uint16_t session);
    enum device_status (*read)(struct device *device, uint32_t offset, uint32_t *value);
    uint64_t (*cycles)(struct device *device);
    /* Writes the host's time and reads the cycle at which it came; NULL where nobody notes it. */
    enum device_status (*time_set)(struct device *device, uint64_t host_time_ns, uint64_t *cycle);
};

struct device_time {
    uint64_t cycle, host_ns;
};

/* The head of every backend's own struct. */
struct device {
    const struct device_ops *ops;
    struct device_capability capability;
    size_t outstanding; /* commands taken and not answered */
    uint16_t session;   /* stamped on commands; behind a reset command the new one, once it is answered */
    uint32_t fault;     /* sticky, enum card_fault */
    struct device_time times[2]; /* the last two settings, oldest first */
    uint32_t times_set;          /* 0 to 2; times[1] is the last one */
};

extern const struct device_ops device_sim_ops;
extern const struct device_ops device_model_ops;
extern const struct device_ops device_book_ops;
extern const struct device_ops device_serial_ops;

/* CLOCK_MONOTONIC in ns. */
uint64_t device_now_ns(void);

/* True for a reset command that does not lead into a new session: not to be submitted. */
bool device_reset_is_bad(const struct device *device, const struct card_command *command);

/* What a submit gives back that stopped after `taken` of `count` commands, at a refused one or for lack of room. */
enum device_status device_submitted(size_t taken, size_t count, bool refused);

/* Refuses a capability smaller than the options ask for; the text names it. */
enum device_status device_capacity_check(const struct device_capability *capability,
                                         const struct device_options *options, const struct device_message *error);

#endif
