/* Backend "book": the Verilated book alone, without endpoint, rings and bus. For figures of the book itself. Its time
 * passes inside poll; while nothing is pending it stands still. */
#include <stdlib.h>
#include <string.h>

#include "book_sim.h"
#include "device_internal.h"

#define COMMAND_SLOTS 4096u      /* commands taken and not yet accepted by the book */
#define POLL_CYCLES 65536u       /* most clock cycles in one poll */
#define SILENT_CYCLES (1u << 27) /* without an event while a command waits: the book hangs */

struct device_book {
    struct device device; /* first: a device */
    struct book_sim *sim;
    size_t size;
    bool session_changing; /* a reset command is on its way */
    uint64_t silent_cycles;
    size_t first, count; /* commands[first] is the next one to be accepted */
    struct card_command commands[COMMAND_SLOTS];
};

static void book_close(struct device *device)
{
    struct device_book *book = (struct device_book *)device;
    if (book->sim)
        book_sim_destroy(book->sim);
    free(book);
}

static enum device_status book_open(struct device **device, const struct device_options *options,
                                    const struct device_message *error)
{
    struct device_book *book = calloc(1, sizeof *book);
    size_t sizes;
    const struct book_sim_size *size = book_sim_sizes(&sizes);
    if (book)
        book->sim = book_sim_create(sizes - 1, options->session, 0, NULL);
    if (!book || !book->sim) {
        device_message_set(error, "no memory for the book");
        free(book);
        return DEVICE_MEMORY;
    }
    size += sizes - 1; /* the largest comes last: the card's own */
    book->device.ops = &device_book_ops;
    book->size = sizes - 1;
    book->device.session = options->session;
    book->device.capability = (struct device_capability){
        .markets = size->markets,
        .orders = size->orders,
        .tick_bits = size->tick_bits,
        .command_slots = COMMAND_SLOTS,
        .ring_log2_max = options->ring_log2,
        .read_latency = size->latency,
        .version = CARD_VERSION_MAJOR << 16 | CARD_VERSION_MINOR,
    };
    const enum device_status status = device_capacity_check(&book->device.capability, options, error);
    if (status != DEVICE_OK) {
        book_close(&book->device);
        return status;
    }
    *device = &book->device;
    return DEVICE_OK;
}

static enum device_status book_submit(struct device *device, const struct card_command *commands, size_t count,
                                      size_t *taken)
{
    struct device_book *book = (struct device_book *)device;
    if (book->first) {
        memmove(book->commands, book->commands + book->first, book->count * sizeof *commands);
        book->first = 0;
    }
    bool refused = false;
    while (*taken < count && book->count < COMMAND_SLOTS && !book->session_changing) {
        struct card_command *command = &book->commands[book->count];
        refused = device_reset_is_bad(device, &commands[*taken]);
        if (refused)
            break;
        *command = commands[(*taken)++];
        command->session = device->session;
        book->session_changing = command->code == CARD_CODE_RESET;
        book->count++;
    }
    device->outstanding += *taken;
    return device_submitted(*taken, count, refused);
}

static enum device_status book_poll(struct device *device, struct card_event *events, size_t count, size_t *given)
{
    struct device_book *book = (struct device_book *)device;
    if (device->fault)
        return DEVICE_FAULT;
    if (!count || !device->outstanding)
        return DEVICE_AGAIN;
    const uint64_t before = book_sim_cycles(book->sim);
    size_t taken;
    book_sim_run(book->sim, book->commands + book->first, book->count, &taken, events, count, given,
                 device->outstanding, POLL_CYCLES);
    book->first += taken;
    book->count -= taken;
    for (size_t i = 0; i < *given; i++) {
        device->outstanding -= card_event_last(&events[i]);
        if (card_event_session(&events[i]) != book->device.session)
            book->device.session = (uint16_t)card_event_session(&events[i]); /* a reset command was carried out */
    }
    if (!device->outstanding)
        book->session_changing = false;
    device->fault = book_sim_fault(book->sim);
    book->silent_cycles = *given ? 0 : book->silent_cycles + (book_sim_cycles(book->sim) - before);
    if (*given)
        return DEVICE_OK;
    if (device->fault)
        return DEVICE_FAULT;
    return book->silent_cycles > SILENT_CYCLES ? DEVICE_WEDGED : DEVICE_AGAIN;
}

static enum device_status book_reset(struct device *device, uint16_t session)
{
    struct device_book *book = (struct device_book *)device;
    if (session == book->device.session)
        return DEVICE_ARGUMENT;
    struct book_sim *fresh = book_sim_create(book->size, session, 0, NULL);
    if (!fresh)
        return DEVICE_MEMORY;
    book_sim_destroy(book->sim);
    book->sim = fresh;
    book->device.session = session;
    book->first = book->count = device->outstanding = 0;
    book->session_changing = false;
    book->silent_cycles = 0;
    device->fault = 0;
    return DEVICE_OK;
}

/* The endpoint's registers are not there; what the book itself knows is. */
static enum device_status book_read(struct device *device, uint32_t offset, uint32_t *value)
{
    const struct device_book *book = (const struct device_book *)device;
    const uint32_t stall = (offset - CARD_REG_STALL) / 4;
    switch (offset) {
    case CARD_REG_MAGIC: *value = CARD_MAGIC; break;
    case CARD_REG_VERSION: *value = device->capability.version; break;
    case CARD_REG_CAP_MARKETS: *value = device->capability.markets; break;
    case CARD_REG_CAP_ORDERS: *value = device->capability.orders; break;
    case CARD_REG_CAP_TICK_BITS: *value = device->capability.tick_bits; break;
    case CARD_REG_CAP_COMMAND_SLOTS: *value = device->capability.command_slots; break;
    case CARD_REG_CAP_READ_LATENCY: *value = device->capability.read_latency; break;
    case CARD_REG_SESSION: *value = book->device.session; break;
    case CARD_REG_FAULT: *value = book_sim_fault(book->sim); break;
    default:
        if (offset >= CARD_REG_STALL && stall < CARD_REG_STALL_COUNT)
            *value = (uint32_t)book_sim_stalls(book->sim)[stall];
        break;
    }
    return DEVICE_OK;
}

static uint64_t book_cycles(struct device *device)
{
    return book_sim_cycles(((const struct device_book *)device)->sim);
}

const struct device_ops device_book_ops = {
    .name = "book",
    .open = book_open,
    .close = book_close,
    .submit = book_submit,
    .poll = book_poll,
    .reset = book_reset,
    .read = book_read,
    .cycles = book_cycles,
};
