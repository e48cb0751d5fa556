/* One engine that carries out commands: a card, its simulation or the plain book behind device.h, or anything else
 * with the same two calls. Keeps what its events say about speed, and their hash. */
#ifndef VITRINE_ENGINE_H
#define VITRINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "cycles.h"
#include "device.h"
#include "event_hash.h"
#include "source.h"

/* Same contracts as device_submit, device_wait and device_outstanding. */
struct engine_target {
    void *context;
    enum device_status (*submit)(void *context, const struct card_command *commands, size_t count, size_t *taken);
    enum device_status (*wait)(void *context, struct card_event *events, size_t count, size_t *given,
                               uint64_t timeout_ns);
    size_t (*outstanding)(void *context);
};

struct engine {
    const char *name; /* "card" or "model", for messages */
    struct engine_target target;
    struct device *device; /* NULL if the target is no device */
    struct event_hash *hash;
    struct cycles *cycles; /* NULL for an engine without a clock */
    struct card_event *events; /* not yet taken by the runner */
    size_t event_count, event_room;
    uint64_t submitted, answered; /* commands */
    uint64_t answered_before;     /* of `answered`, before the measurement began */
    uint64_t busy_ns;             /* time spent inside the target since then */
    bool after_idle[2 * SOURCE_BATCH]; /* by command number: handed over while none was outstanding */
    char error[512];
};

/* An engine over any target. */
struct engine *engine_create(const char *name, const struct engine_target *target, bool has_clock);

/* An engine over a device; it is closed with the engine. NULL, and `error` says what and why. */
struct engine *engine_open(const struct device_options *options, char *error, size_t size,
                           enum device_status *status);
void engine_destroy(struct engine *engine);

/* Hands over all commands, taking events meanwhile. Anything but DEVICE_OK leaves a message in engine->error. */
enum device_status engine_feed(struct engine *engine, const struct card_command *commands, size_t count);

/* Takes events until `answered` commands are answered in all. */
enum device_status engine_settle(struct engine *engine, uint64_t answered);

/* Begins a new measurement of cycles and speed; the hash goes on. */
void engine_measure(struct engine *engine);

/* Forgets the oldest `count` events. */
void engine_drop(struct engine *engine, size_t count);

/* Commands a second over the time spent in the engine; 0 where nothing ran. */
double engine_rate(const struct engine *engine);

#endif
