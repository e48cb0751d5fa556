/* Backend "sim": the Verilated card in this process. The card's time passes inside poll, a bounded stretch a call, or
 * in a thread of its own. */
#include "device_sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card_sim.h"
#include "device_queue.h"
#include "device_thread.h"

#define ADVANCE_CYCLES 2048u               /* a stretch of the card's time */
#define RING_ADDRESS UINT64_C(0x123450000) /* as the card sees it: not 0, and beyond 32 bits */
#define STALL_PERCENT 20u                  /* on every channel, with a stall seed */

struct device_sim {
    struct device_queue queue; /* first: a device */
    struct card_sim *card;
    struct device_thread *thread; /* NULL: the card's time passes inside poll */
};

static bool bus_read(void *bus, uint32_t offset, uint32_t *value)
{
    return card_sim_read(bus, offset, value);
}

static bool bus_write(void *bus, uint32_t offset, uint32_t value)
{
    return card_sim_write(bus, offset, value);
}

static bool bus_store(void *bus, uint32_t offset, const void *data, size_t bytes)
{
    return card_sim_store(bus, offset, data, bytes);
}

static bool bus_advance(void *bus)
{
    card_sim_step(bus, ADVANCE_CYCLES);
    return !card_sim_violation(bus);
}

static const struct device_bus sim_bus = {
    .read = bus_read, .write = bus_write, .store = bus_store, .advance = bus_advance};

static void sim_close(struct device *device)
{
    struct device_sim *sim = (struct device_sim *)device;
    device_thread_stop(sim->thread);
    card_sim_destroy(sim->card);
    free(sim->queue.ring);
    free(sim);
}

static struct card_sim *create_card(const struct device_options *options)
{
    struct card_sim_options card = {
        .trace_path = options->trace_path,
        .trace_from_cycle = options->trace_from_cycle,
        .trace_to_cycle = options->trace_to_cycle,
    };
    if (options->stall_seed) {
        card.plan.seed = options->stall_seed;
        card.plan.narrow = options->stall_seed % 2 == 0;
        for (size_t i = 0; i < CARD_SIM_CHANNELS; i++)
            card.plan.stall_percent[i] = STALL_PERCENT;
    }
    return card_sim_create(&card);
}

/* A waveform that can't be written is the caller's mistake, not a lack of memory: asked before anything is built. */
static bool can_write(const char *path, const struct device_message *error)
{
    FILE *file = fopen(path, "wb");
    if (file)
        return fclose(file) == 0;
    device_message_set(error, "can't write the waveform %s: %s", path, strerror(errno));
    return false;
}

/* From here on a card with a thread is the thread's. */
static bool choose_bus(struct device_sim *sim, bool threaded)
{
    sim->queue.bus_ops = threaded ? &device_thread_bus : &sim_bus;
    sim->queue.bus = sim->card;
    if (!threaded)
        return true;
    sim->queue.bus = sim->thread = device_thread_start(sim->card);
    return sim->thread;
}

static enum device_status sim_open(struct device **device, const struct device_options *options,
                                   const struct device_message *error)
{
    if (options->trace_path && !can_write(options->trace_path, error))
        return DEVICE_ARGUMENT;
    struct device_sim *sim = calloc(1, sizeof *sim);
    if (!sim) {
        device_message_set(error, "no memory for the simulated card");
        return DEVICE_MEMORY;
    }
    struct device_queue *queue = &sim->queue;
    queue->device.ops = &device_sim_ops;
    queue->ring = aligned_alloc(DEVICE_RING_ALIGN, DEVICE_RING_BYTES(options->ring_log2));
    sim->card = create_card(options);
    if (!queue->ring || !sim->card) {
        device_message_set(error, "no memory for the simulated card");
        sim_close(&queue->device);
        return DEVICE_MEMORY;
    }
    card_sim_map(sim->card, RING_ADDRESS, queue->ring, DEVICE_RING_BYTES(options->ring_log2));
    if (!choose_bus(sim, options->threaded)) {
        device_message_set(error, "no thread for the simulated card");
        sim_close(&queue->device);
        return DEVICE_MEMORY;
    }
    queue->ring_address = RING_ADDRESS;
    const enum device_status status = device_queue_open(queue, options, error);
    if (status != DEVICE_OK) {
        sim_close(&queue->device);
        return status;
    }
    *device = &queue->device;
    return DEVICE_OK;
}

const struct device_ops device_sim_ops = {
    .name = "sim",
    .open = sim_open,
    .close = sim_close,
    DEVICE_QUEUE_OPS,
};

struct card_sim *device_sim_card(struct device *device)
{
    return device->ops == &device_sim_ops ? ((struct device_sim *)device)->card : NULL;
}

void device_sim_call(struct device *device, void (*function)(struct card_sim *card, void *context), void *context)
{
    struct device_sim *sim = (struct device_sim *)device;
    if (sim->thread)
        device_thread_call(sim->thread, function, context);
    else
        function(sim->card, context);
}

bool device_sim_watch(struct device *device, size_t beats)
{
    return device_sim_card(device) && !((struct device_sim *)device)->thread &&
           card_sim_watch(device_sim_card(device), beats);
}

bool device_sim_beats(struct device *device, uint64_t command, uint64_t event, uint64_t *in_cycle, uint64_t *out_cycle)
{
    return device_sim_card(device) &&
           card_sim_beats(device_sim_card(device), command, event, in_cycle, out_cycle);
}

struct card_event *device_sim_ring(struct device *device)
{
    return device->ops == &device_sim_ops ? ((struct device_sim *)device)->queue.ring : NULL;
}
