#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "memory.h"

#define ENGINE_CHUNK 256                    /* events fetched at once */
#define ENGINE_PATIENCE_NS 10000000000u     /* longest without any progress; the device's own deadline is shorter */
#define ENGINE_WAIT_NS 100000000u

static enum device_status target_submit(void *context, const struct card_command *commands, size_t count, size_t *taken)
{
    return device_submit(context, commands, count, taken);
}

static enum device_status target_wait(void *context, struct card_event *events, size_t count, size_t *given,
                                      uint64_t timeout_ns)
{
    return timeout_ns ? device_wait(context, events, count, given, timeout_ns)
                      : device_poll(context, events, count, given);
}

static size_t target_outstanding(void *context)
{
    return device_outstanding(context);
}

struct engine *engine_create(const char *name, const struct engine_target *target, bool has_clock)
{
    struct engine *engine = memory_reserve(1, sizeof *engine);

    engine->name = name;
    engine->target = *target;
    engine->hash = event_hash_create();
    if (has_clock)
        engine->cycles = memory_reserve(1, sizeof *engine->cycles);
    return engine;
}

struct engine *engine_open(const struct device_options *options, char *error, size_t size,
                           enum device_status *status)
{
    bool model = options->backend && strcmp(options->backend, "model") == 0;
    struct engine_target target = { NULL, target_submit, target_wait, target_outstanding };
    struct device *device = NULL;
    struct engine *engine;
    char reason[400] = "";

    *status = device_open(&device, options, reason, sizeof reason);
    if (*status != DEVICE_OK) {
        snprintf(error, size, "%s: %s: %s", model ? "model" : "card", device_status_name(*status), reason);
        return NULL;
    }
    target.context = device;
    engine = engine_create(model ? "model" : "card", &target, !model);
    engine->device = device;
    return engine;
}

void engine_destroy(struct engine *engine)
{
    if (engine == NULL)
        return;
    if (engine->device)
        device_close(engine->device);
    event_hash_destroy(engine->hash);
    free(engine->cycles);
    free(engine->events);
    free(engine);
}

static enum device_status engine_fail(struct engine *engine, enum device_status status)
{
    const char *fault = "";

    if (status == DEVICE_FAULT && engine->device)
        fault = card_fault_name(device_fault(engine->device));
    snprintf(engine->error, sizeof engine->error,
             "%s: %s%s%s after %" PRIu64 " commands, %" PRIu64 " of them answered", engine->name,
             device_status_name(status), *fault ? " " : "", fault, engine->submitted, engine->answered);
    return status;
}

/* Takes what events there are. DEVICE_AGAIN if none came within the timeout. */
static enum device_status engine_take(struct engine *engine, uint64_t timeout_ns)
{
    size_t given = 0;
    enum device_status status;

    memory_grow((void **)&engine->events, &engine->event_room, engine->event_count + ENGINE_CHUNK,
                sizeof *engine->events);
    status = engine->target.wait(engine->target.context, engine->events + engine->event_count, ENGINE_CHUNK, &given,
                                 timeout_ns);
    if (status != DEVICE_OK)
        return status;
    for (size_t i = 0; i < given; i++)
        engine->answered += card_event_last(&engine->events[engine->event_count + i]);
    engine->event_count += given;
    return DEVICE_OK;
}

static enum device_status engine_feed_timed(struct engine *engine, const struct card_command *commands, size_t count)
{
    uint64_t patience_ns = clock_now_ns() + ENGINE_PATIENCE_NS;

    for (size_t done = 0; done < count;) {
        bool idle = engine->target.outstanding(engine->target.context) == 0;
        size_t taken = 0;
        enum device_status status =
            engine->target.submit(engine->target.context, commands + done, count - done, &taken);

        if (status != DEVICE_OK && status != DEVICE_AGAIN)
            return engine_fail(engine, status);
        for (size_t i = 0; i < taken; i++)
            engine->after_idle[(engine->submitted + i) % (2 * SOURCE_BATCH)] = idle && i == 0;
        engine->submitted += taken;
        done += taken;
        status = engine_take(engine, taken ? 0 : ENGINE_WAIT_NS);
        if (status != DEVICE_OK && status != DEVICE_AGAIN)
            return engine_fail(engine, status);
        if (taken || status == DEVICE_OK)
            patience_ns = clock_now_ns() + ENGINE_PATIENCE_NS;
        else if (clock_now_ns() > patience_ns)
            return engine_fail(engine, DEVICE_WEDGED);
    }
    return DEVICE_OK;
}

static enum device_status engine_settle_timed(struct engine *engine, uint64_t answered)
{
    uint64_t patience_ns = clock_now_ns() + ENGINE_PATIENCE_NS;

    while (engine->answered < answered) {
        enum device_status status = engine_take(engine, ENGINE_WAIT_NS);

        if (status != DEVICE_OK && (status != DEVICE_AGAIN || clock_now_ns() > patience_ns))
            return engine_fail(engine, status == DEVICE_AGAIN ? DEVICE_WEDGED : status);
        if (status == DEVICE_OK)
            patience_ns = clock_now_ns() + ENGINE_PATIENCE_NS;
    }
    return DEVICE_OK;
}

enum device_status engine_feed(struct engine *engine, const struct card_command *commands, size_t count)
{
    uint64_t from_ns = clock_now_ns();
    enum device_status status = engine_feed_timed(engine, commands, count);

    engine->busy_ns += clock_now_ns() - from_ns;
    return status;
}

enum device_status engine_settle(struct engine *engine, uint64_t answered)
{
    uint64_t from_ns = clock_now_ns();
    enum device_status status = engine_settle_timed(engine, answered);

    engine->busy_ns += clock_now_ns() - from_ns;
    return status;
}

void engine_drop(struct engine *engine, size_t count)
{
    engine->event_count -= count;
    if (count)
        memmove(engine->events, engine->events + count, engine->event_count * sizeof *engine->events);
}

void engine_measure(struct engine *engine)
{
    if (engine->cycles)
        memset(engine->cycles, 0, sizeof *engine->cycles);
    engine->answered_before = engine->answered;
    engine->busy_ns = 0;
}

double engine_rate(const struct engine *engine)
{
    return engine->busy_ns ? (double)(engine->answered - engine->answered_before) * 1e9 / (double)engine->busy_ns : 0.0;
}
