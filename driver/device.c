/* The face of device.h: options, checks of arguments, dispatch. */
#include "device_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MARKETS_MAX 256u
#define ORDERS_MAX (CARD_SLOT_MAX + 1)
#define TICK_BITS_MIN 6u
#define TICK_BITS_MAX 20u
#define RING_LOG2_MIN 6u
#define RING_LOG2_MAX 24u
#define DEADLINE_DEFAULT_NS 2000000000u

static const struct device_ops *const backends[] = {&device_sim_ops, &device_model_ops, &device_book_ops,
                                                   &device_serial_ops};

const char *device_status_name(enum device_status status)
{
    switch (status) {
    case DEVICE_OK: return "ok";
    case DEVICE_AGAIN: return "again";
    case DEVICE_WEDGED: return "the card does not answer";
    case DEVICE_FAULT: return "the card halted with a fault";
    case DEVICE_PROTOCOL: return "the card broke the protocol";
    case DEVICE_INCOMPATIBLE: return "incompatible card";
    case DEVICE_CAPACITY: return "the card is too small";
    case DEVICE_ARGUMENT: return "bad argument";
    case DEVICE_MEMORY: return "out of memory";
    }
    return "unknown status";
}

void device_message_set(const struct device_message *message, const char *format, ...)
{
    if (!message->text || !message->size)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, message->size, format, arguments);
    va_end(arguments);
}

uint64_t device_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

enum device_status device_capacity_check(const struct device_capability *capability,
                                         const struct device_options *options, const struct device_message *error)
{
    const struct {
        const char *what;
        uint32_t has, wants;
    } limits[] = {
        {"markets", capability->markets, options->markets},
        {"orders", capability->orders, options->orders},
        {"tick bits", capability->tick_bits, options->tick_bits},
        {"ring_log2", capability->ring_log2_max, options->ring_log2},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (limits[i].wants <= limits[i].has)
            continue;
        device_message_set(error, "the card has %s = %u at most, asked for %u", limits[i].what, limits[i].has,
                           limits[i].wants);
        return DEVICE_CAPACITY;
    }
    return DEVICE_OK;
}

bool device_reset_is_bad(const struct device *device, const struct card_command *command)
{
    return command->code == CARD_CODE_RESET &&
           (!command->reset.next_session || command->reset.next_session == device->session);
}

enum device_status device_submitted(size_t taken, size_t count, bool refused)
{
    if (taken || !count)
        return DEVICE_OK;
    return refused ? DEVICE_ARGUMENT : DEVICE_AGAIN;
}

static bool in_range(const char *what, uint32_t value, uint32_t low, uint32_t high, const struct device_message *error)
{
    if (value >= low && value <= high)
        return true;
    device_message_set(error, "%s = %u is not in %u to %u", what, value, low, high);
    return false;
}

static void fill_defaults(struct device_options *options)
{
    if (!options->backend)
        options->backend = "sim";
    const bool model = strcmp(options->backend, "model") == 0;
    if (!options->markets)
        options->markets = model ? 32 : 1;
    if (!options->orders)
        options->orders = model ? 65536 : 1;
    if (!options->tick_bits)
        options->tick_bits = model ? 17 : TICK_BITS_MIN;
    if (!options->ring_log2)
        options->ring_log2 = 14;
    if (!options->session)
        options->session = 1;
    if (!options->deadline_ns)
        options->deadline_ns = DEADLINE_DEFAULT_NS;
}

/* "NAME", or "NAME:PLACE" of a backend that is at one. */
static bool is_named(const char *backend, const struct device_ops *ops)
{
    const size_t length = strlen(ops->name);
    return strncmp(backend, ops->name, length) == 0 && backend[length] == (ops->at_place ? ':' : '\0');
}

enum device_status device_open(struct device **device, const struct device_options *options, char *error,
                               size_t error_size)
{
    const struct device_message message = {error, error_size};
    struct device_options own = options ? *options : (struct device_options){0};
    *device = NULL;
    device_message_set(&message, "%s", "");
    fill_defaults(&own);
    if (!in_range("markets", own.markets, 1, MARKETS_MAX, &message) ||
        !in_range("orders", own.orders, 1, ORDERS_MAX, &message) ||
        !in_range("tick_bits", own.tick_bits, TICK_BITS_MIN, TICK_BITS_MAX, &message) ||
        !in_range("ring_log2", own.ring_log2, RING_LOG2_MIN, RING_LOG2_MAX, &message))
        return DEVICE_ARGUMENT;
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
        if (is_named(own.backend, backends[i]))
            return backends[i]->open(device, &own, &message);
    }
    device_message_set(&message, "no backend \"%s\"; there are sim, model, book and serial:PATH", own.backend);
    return DEVICE_ARGUMENT;
}

void device_close(struct device *device)
{
    if (device)
        device->ops->close(device);
}

const struct device_capability *device_capability(const struct device *device)
{
    return &device->capability;
}

enum device_status device_submit(struct device *device, const struct card_command *commands, size_t count,
                                 size_t *taken)
{
    *taken = 0;
    return device->ops->submit(device, commands, count, taken);
}

enum device_status device_poll(struct device *device, struct card_event *events, size_t count, size_t *given)
{
    *given = 0;
    return device->ops->poll(device, events, count, given);
}

enum device_status device_wait(struct device *device, struct card_event *events, size_t count, size_t *given,
                               uint64_t timeout_ns)
{
    enum device_status status = device_poll(device, events, count, given);
    if (status != DEVICE_AGAIN || !timeout_ns)
        return status;
    const uint64_t start_ns = device_now_ns();
    do {
        status = device_poll(device, events, count, given);
    } while (status == DEVICE_AGAIN && device_now_ns() - start_ns < timeout_ns);
    return status;
}

size_t device_outstanding(const struct device *device)
{
    return device->outstanding;
}

enum device_status device_reset(struct device *device, uint16_t session)
{
    return session ? device->ops->reset(device, session) : DEVICE_ARGUMENT;
}

enum device_status device_register(struct device *device, uint32_t offset, uint32_t *value)
{
    *value = 0;
    if (offset % 4 || offset >= 0x1000)
        return DEVICE_ARGUMENT;
    return device->ops->read(device, offset, value);
}

uint32_t device_fault(struct device *device)
{
    return device->fault;
}

uint64_t device_cycles(struct device *device)
{
    return device->ops->cycles(device);
}

enum device_status device_time_set(struct device *device, uint64_t host_time_ns)
{
    struct device_time time = {.host_ns = host_time_ns};
    if (!device->ops->time_set)
        return DEVICE_ARGUMENT;
    const enum device_status status = device->ops->time_set(device, host_time_ns, &time.cycle);
    if (status != DEVICE_OK)
        return status;
    /* A clock that was set back starts anew. */
    const struct device_time *last = &device->times[1];
    const bool later = device->times_set && time.cycle > last->cycle && time.host_ns > last->host_ns;
    device->times[0] = *last;
    device->times[1] = time;
    device->times_set = later ? 2 : 1;
    return DEVICE_OK;
}

enum device_status device_time_map(struct device *device, uint64_t cycle, uint64_t *host_time_ns)
{
    const struct device_time *from = &device->times[0], *to = &device->times[1];
    *host_time_ns = 0;
    if (device->times_set < 2)
        return DEVICE_ARGUMENT;
    __int128 ns = (__int128)cycle - to->cycle;
    if (__builtin_mul_overflow(ns, (__int128)(to->host_ns - from->host_ns), &ns))
        return DEVICE_ARGUMENT;
    ns = ns / (__int128)(to->cycle - from->cycle) + to->host_ns;
    if (ns < 0 || ns > UINT64_MAX)
        return DEVICE_ARGUMENT;
    *host_time_ns = (uint64_t)ns;
    return DEVICE_OK;
}
