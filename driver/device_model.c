/* Backend "model": the plain book of sim/model, without rings, bus or time. */
#include <stdlib.h>
#include <string.h>

#include "device_internal.h"
#include "model.h"

#define COMMAND_SLOTS 256u /* commands taken and not yet answered, as on the card */

struct device_model {
    struct device device; /* first: a device */
    struct model *model;
    struct model_size size;
    struct card_command waiting[COMMAND_SLOTS]; /* a ring: taken and not yet carried out */
    size_t first, count;
    struct card_event *events; /* of the command carried out last, from `head` not fetched yet */
    size_t head, held;
    uint32_t commands, emitted, rejects[CARD_REG_REJECTS_COUNT];
    bool reset_done; /* the command under way was a reset, and granted */
};

/* A command touches every order at most once, and ends with at most two events more. */
static size_t events_most(const struct device_model *model)
{
    return (size_t)model->size.orders + 2;
}

static void sink(void *context, const struct card_event *event)
{
    struct device_model *model = context;
    model->events[model->held++] = *event;
    model->emitted++;
    if (card_event_kind(event) == CARD_KIND_REJECTED)
        model->rejects[card_event_reason(event) % CARD_REG_REJECTS_COUNT]++;
    model->reset_done = card_event_kind(event) == CARD_KIND_DONE;
}

static void model_close(struct device *device)
{
    struct device_model *model = (struct device_model *)device;
    if (model->model)
        model_destroy(model->model);
    free(model->events);
    free(model);
}

static enum device_status model_open(struct device **device, const struct device_options *options,
                                     const struct device_message *error)
{
    struct device_model *model = calloc(1, sizeof *model);
    if (!model) {
        device_message_set(error, "no memory for the model");
        return DEVICE_MEMORY;
    }
    model->device.ops = &device_model_ops;
    model->size = (struct model_size){options->markets, options->orders, options->tick_bits};
    model->device.session = options->session;
    model->events = malloc(events_most(model) * sizeof *model->events);
    model->model = model_create(&model->size, options->session);
    if (!model->events || !model->model) {
        device_message_set(error, "no memory for a model of %u markets, %u orders, %u tick bits", options->markets,
                           options->orders, options->tick_bits);
        model_close(&model->device);
        return DEVICE_MEMORY;
    }
    model->device.capability = (struct device_capability){
        .markets = options->markets,
        .orders = options->orders,
        .tick_bits = options->tick_bits,
        .command_slots = COMMAND_SLOTS,
        .ring_log2_max = options->ring_log2,
        .version = CARD_VERSION_MAJOR << 16 | CARD_VERSION_MINOR,
    };
    *device = &model->device;
    return DEVICE_OK;
}

static enum device_status model_submit(struct device *device, const struct card_command *commands, size_t count,
                                       size_t *taken)
{
    struct device_model *model = (struct device_model *)device;
    bool refused = false;
    while (*taken < count && device->outstanding < COMMAND_SLOTS) {
        struct card_command command = commands[*taken];
        refused = device_reset_is_bad(device, &command);
        if (refused)
            break;
        ++*taken;
        model->waiting[(model->first + model->count++) % COMMAND_SLOTS] = command;
        device->outstanding++;
    }
    return device_submitted(*taken, count, refused);
}

static void model_carry_out(struct device_model *model)
{
    struct card_command *command = &model->waiting[model->first];
    model->first = (model->first + 1) % COMMAND_SLOTS;
    model->count--;
    command->session = model->device.session;
    model_apply(model->model, command, sink, model);
    model->commands++;
    if (command->code == CARD_CODE_RESET && model->reset_done)
        model->device.session = command->reset.next_session;
}

/* The book's work is done here and not when commands are handed over, so that whoever measures finds it where a card's
 * would be: in the answer's time. */
static enum device_status model_poll(struct device *device, struct card_event *events, size_t count, size_t *given)
{
    struct device_model *model = (struct device_model *)device;
    while (*given < count && (model->held || model->count)) {
        if (model->held == 0) {
            model_carry_out(model);
            continue;
        }
        const struct card_event *event = &model->events[model->head++];
        events[(*given)++] = *event;
        device->outstanding -= card_event_last(event);
        if (model->head == model->held)
            model->head = model->held = 0; /* the same few lines again, in the processor's cache */
    }
    return *given ? DEVICE_OK : DEVICE_AGAIN;
}

static enum device_status model_reset(struct device *device, uint16_t session)
{
    struct device_model *model = (struct device_model *)device;
    if (session == model->device.session)
        return DEVICE_ARGUMENT;
    struct model *fresh = model_create(&model->size, session);
    if (!fresh)
        return DEVICE_MEMORY;
    model_destroy(model->model);
    model->model = fresh;
    model->device.session = session;
    model->first = model->count = model->head = model->held = device->outstanding = 0;
    model->commands = model->emitted = 0;
    memset(model->rejects, 0, sizeof model->rejects);
    return DEVICE_OK;
}

/* Registers that mean something without hardware; the others read 0. */
static enum device_status model_read(struct device *device, uint32_t offset, uint32_t *value)
{
    const struct device_model *model = (const struct device_model *)device;
    const struct device_capability *capability = &device->capability;
    const uint32_t reject = (offset - CARD_REG_REJECTS) / 4;
    switch (offset) {
    case CARD_REG_MAGIC: *value = CARD_MAGIC; break;
    case CARD_REG_VERSION: *value = capability->version; break;
    case CARD_REG_CAP_MARKETS: *value = capability->markets; break;
    case CARD_REG_CAP_ORDERS: *value = capability->orders; break;
    case CARD_REG_CAP_TICK_BITS: *value = capability->tick_bits; break;
    case CARD_REG_CAP_COMMAND_SLOTS: *value = capability->command_slots; break;
    case CARD_REG_CAP_RING_LOG2_MAX: *value = capability->ring_log2_max; break;
    case CARD_REG_STATUS: *value = CARD_STATUS_ENABLED_MASK; break;
    case CARD_REG_SESSION: *value = model->device.session; break;
    case CARD_REG_COMMANDS: *value = model->commands; break;
    case CARD_REG_EVENTS: *value = model->emitted; break;
    default:
        if (offset >= CARD_REG_REJECTS && reject < CARD_REG_REJECTS_COUNT)
            *value = model->rejects[reject];
        break;
    }
    return DEVICE_OK;
}

static uint64_t model_cycles(struct device *device)
{
    (void)device;
    return 0;
}

const struct device_ops device_model_ops = {
    .name = "model",
    .open = model_open,
    .close = model_close,
    .submit = model_submit,
    .poll = model_poll,
    .reset = model_reset,
    .read = model_read,
    .cycles = model_cycles,
};
