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
};

/* The head of every backend's own struct. */
struct device {
    const struct device_ops *ops;
    struct device_capability capability;
    size_t outstanding; /* commands taken and not answered */
    uint32_t fault;     /* sticky, enum card_fault */
};

extern const struct device_ops device_sim_ops;
extern const struct device_ops device_model_ops;
extern const struct device_ops device_book_ops;

/* CLOCK_MONOTONIC in ns. */
uint64_t device_now_ns(void);

/* Refuses a capability smaller than the options ask for; the text names it. */
enum device_status device_capacity_check(const struct device_capability *capability,
                                         const struct device_options *options, const struct device_message *error);

#endif
