/* Command window and event ring. See device_queue.h. */
#include "device_queue.h"

#include <string.h>

#include "barrier.h"
#include "rtl_hash.h"

#define WATCH_INTERVAL_NS 1000000u  /* between looks at the card's registers while it owes an answer */
#define WAITING_POLLS_MIN 64u       /* a caller that polls seldom does not make a card wedged */
#define BEAT_CYCLES 1024u           /* of the heartbeat (contract: registers) */
#define CYCLES_PER_ORDER 64u        /* a digest costs 24, a scan 3 */
#define CYCLES_OTHERWISE (1u << 20) /* whatever a command needs that does not grow with the card */

/* ----------------------------------------------------------------------------------------------------- patience */
static struct device_patience patience_new(void)
{
    const uint64_t now_ns = device_now_ns();
    return (struct device_patience){.start_ns = now_ns, .watch_ns = now_ns + WATCH_INTERVAL_NS};
}

/* Heartbeats in which any card must have answered a command. */
static uint64_t beats_most(const struct device_queue *queue)
{
    return ((uint64_t)queue->device.capability.orders * CYCLES_PER_ORDER + CYCLES_OTHERWISE) / BEAT_CYCLES;
}

/* DEVICE_WEDGED once the heartbeat has stood still for the deadline, or beats on without an answer for longer than any
 * command takes; DEVICE_OK while it is worth waiting. Looks at the card now and then only. */
static enum device_status patience_check(struct device_queue *queue, struct device_patience *patience)
{
    const uint64_t now_ns = device_now_ns();
    uint32_t beat = 0;
    if (now_ns < patience->watch_ns)
        return DEVICE_OK;
    patience->watch_ns = now_ns + WATCH_INTERVAL_NS;
    if (!queue->bus_ops->read(queue->bus, CARD_REG_HEARTBEAT, &beat))
        return DEVICE_WEDGED;
    if (!patience->looked || beat != patience->beat) {
        /* A reset lets the heartbeat start at 0 again. */
        patience->beats += !patience->looked ? 0 : beat > patience->beat ? beat - patience->beat : 1;
        patience->looked = true;
        patience->beat = beat;
        patience->beat_ns = now_ns;
    }
    if (now_ns - patience->beat_ns > queue->deadline_ns)
        return DEVICE_WEDGED;
    if (patience->beats > beats_most(queue) && now_ns - patience->start_ns > queue->deadline_ns)
        return DEVICE_WEDGED;
    return DEVICE_OK;
}

/* A register write that the bus can't take now waits for it. */
static enum device_status post(struct device_queue *queue, uint32_t offset, uint32_t value)
{
    const struct device_bus *ops = queue->bus_ops;
    struct device_patience patience = patience_new();
    enum device_status status = DEVICE_OK;
    while (status == DEVICE_OK && !ops->write(queue->bus, offset, value)) {
        if (ops->advance && !ops->advance(queue->bus))
            return DEVICE_PROTOCOL;
        status = patience_check(queue, &patience);
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ who is there */
static enum device_status identify_version(uint32_t version, const struct device_message *error)
{
    const uint32_t major = version >> 16, minor = version & 0xFFFF;
    if (major != CARD_VERSION_MAJOR) {
        device_message_set(error, "the card speaks contract version %u.%u, this driver %u.%u", major, minor,
                           CARD_VERSION_MAJOR, CARD_VERSION_MINOR);
        return DEVICE_INCOMPATIBLE;
    }
#if CARD_VERSION_MINOR > 0
    if (minor < CARD_VERSION_MINOR) {
        device_message_set(error, "the card's contract version %u.%u is older than this driver's %u.%u", major, minor,
                           CARD_VERSION_MAJOR, CARD_VERSION_MINOR);
        return DEVICE_INCOMPATIBLE;
    }
#endif
    return DEVICE_OK;
}

static enum device_status identify_hash(const uint8_t *card, const uint8_t *known, const struct device_message *error)
{
    if (!known || memcmp(card, known, 32) == 0)
        return DEVICE_OK;
    device_message_set(error,
                       "the card was built from other RTL sources (hash %02x%02x%02x%02x...) than this driver knows "
                       "(%02x%02x%02x%02x...)",
                       card[0], card[1], card[2], card[3], known[0], known[1], known[2], known[3]);
    return DEVICE_INCOMPATIBLE;
}

enum device_status device_queue_identify(const struct device_bus *ops, void *bus, const uint8_t *rtl_hash,
                                         const struct device_options *options, struct device_capability *capability,
                                         const struct device_message *error)
{
    uint32_t magic = 0;
    const struct {
        uint32_t offset;
        uint32_t *value;
    } words[] = {
        {CARD_REG_MAGIC, &magic},
        {CARD_REG_VERSION, &capability->version},
        {CARD_REG_CAP_MARKETS, &capability->markets},
        {CARD_REG_CAP_ORDERS, &capability->orders},
        {CARD_REG_CAP_TICK_BITS, &capability->tick_bits},
        {CARD_REG_CAP_COMMAND_SLOTS, &capability->command_slots},
        {CARD_REG_CAP_RING_LOG2_MAX, &capability->ring_log2_max},
        {CARD_REG_CAP_READ_LATENCY, &capability->read_latency},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!ops->read(bus, words[i].offset, words[i].value)) {
            device_message_set(error, "the card does not answer a read of register 0x%03x", words[i].offset);
            return DEVICE_WEDGED;
        }
        if (magic != CARD_MAGIC) {
            device_message_set(error, "no Vitrine card: magic is 0x%08x, not 0x%08x", magic, CARD_MAGIC);
            return DEVICE_INCOMPATIBLE;
        }
    }
    for (uint32_t i = 0; i < CARD_REG_RTL_HASH_COUNT; i++) {
        uint32_t word = 0;
        if (!ops->read(bus, CARD_REG_RTL_HASH + 4 * i, &word)) {
            device_message_set(error, "the card does not answer a read of its hash");
            return DEVICE_WEDGED;
        }
        for (uint32_t byte = 0; byte < 4; byte++)
            capability->rtl_hash[4 * i + byte] = (uint8_t)(word >> (24 - 8 * byte));
    }
    enum device_status status = identify_version(capability->version, error);
    if (status == DEVICE_OK)
        status = identify_hash(capability->rtl_hash, rtl_hash, error);
    if (status == DEVICE_OK)
        status = device_capacity_check(capability, options, error);
    if (status == DEVICE_OK && (capability->command_slots & (capability->command_slots - 1) ||
                                !capability->command_slots)) {
        device_message_set(error, "the card has %u command slots, not a power of two", capability->command_slots);
        status = DEVICE_INCOMPATIBLE;
    }
    return status;
}

/* ----------------------------------------------------------------------------------------------------- sessions */
static enum device_status write_set_up(struct device_queue *queue, uint32_t control)
{
    const struct {
        uint32_t offset, value;
    } set_up[] = {
        {CARD_REG_RING_BASE_LOW, (uint32_t)queue->ring_address},
        {CARD_REG_RING_BASE_HIGH, (uint32_t)(queue->ring_address >> 32)},
        {CARD_REG_RING_LOG2, queue->ring_log2},
        {CARD_REG_CONTROL, control},
    };
    for (size_t i = 0; i < sizeof set_up / sizeof set_up[0]; i++) {
        const enum device_status status = post(queue, set_up[i].offset, set_up[i].value);
        if (status != DEVICE_OK)
            return status;
    }
    return DEVICE_OK;
}

/* Waits until none of `mask` is set in the status register. */
static enum device_status await_status(struct device_queue *queue, uint32_t mask, uint32_t *value)
{
    struct device_patience patience = patience_new();
    enum device_status status = DEVICE_OK;
    while (status == DEVICE_OK) {
        if (!queue->bus_ops->read(queue->bus, CARD_REG_STATUS, value))
            return DEVICE_WEDGED;
        if (!(*value & mask))
            return DEVICE_OK;
        if (queue->bus_ops->advance && !queue->bus_ops->advance(queue->bus))
            return DEVICE_PROTOCOL;
        status = patience_check(queue, &patience);
    }
    return status;
}

static void forget_session(struct device_queue *queue, uint16_t session)
{
    queue->device.outstanding = 0;
    queue->device.fault = CARD_FAULT_NONE;
    queue->device.session = session;
    queue->session_changing = false;
    queue->sequence = 0;
    queue->consumed = queue->credited = queue->submitted = queue->seen = queue->answered = 0;
    queue->waiting = false;
}

enum device_status device_queue_start(struct device_queue *queue, uint16_t session, const struct device_message *error)
{
    uint32_t status_word = 0;
    enum device_status status = post(queue, CARD_REG_SESSION, session);
    if (status == DEVICE_OK)
        status = post(queue, CARD_REG_CONTROL, CARD_CONTROL_RESET_MASK);
    /* Once busy falls the card has no write of the old session in flight. */
    if (status == DEVICE_OK)
        status = await_status(queue, CARD_STATUS_BUSY_MASK, &status_word);
    if (status != DEVICE_OK) {
        device_message_set(error, "the card does not finish its reset (status 0x%x)", status_word);
        return queue->broken = status;
    }
    /* Phase 0 everywhere: the first lap writes 1. */
    memset(queue->ring, 0, DEVICE_RING_BYTES(queue->ring_log2));
    forget_session(queue, session);
    barrier_before_enable();
    status = write_set_up(queue, CARD_CONTROL_ENABLE_MASK);
    if (status == DEVICE_OK && !queue->bus_ops->read(queue->bus, CARD_REG_STATUS, &status_word))
        status = DEVICE_WEDGED;
    if (status == DEVICE_OK && status_word & CARD_STATUS_FAULT_MASK) {
        queue->bus_ops->read(queue->bus, CARD_REG_FAULT, &queue->device.fault);
        device_message_set(error, "the card refuses its set-up: fault %s", card_fault_name(queue->device.fault));
        return queue->broken = DEVICE_FAULT;
    }
    if (status != DEVICE_OK || !(status_word & CARD_STATUS_ENABLED_MASK)) {
        device_message_set(error, "the card does not start (status 0x%x)", status_word);
        return queue->broken = status == DEVICE_OK ? DEVICE_PROTOCOL : status;
    }
    return queue->broken = DEVICE_OK;
}

enum device_status device_queue_open(struct device_queue *queue, const struct device_options *options,
                                     const struct device_message *error)
{
    static const uint8_t rtl_hash[32] = RTL_HASH_BYTES;
    queue->ring_log2 = options->ring_log2;
    queue->deadline_ns = options->deadline_ns;
    const enum device_status status =
        device_queue_identify(queue->bus_ops, queue->bus, options->any_rtl ? NULL : rtl_hash, options,
                              &queue->device.capability, error);
    return status == DEVICE_OK ? device_queue_start(queue, options->session, error) : status;
}

enum device_status device_queue_reset(struct device *device, uint16_t session)
{
    struct device_queue *queue = (struct device_queue *)device;
    const struct device_message nowhere = {0};
    if (session == device->session || (queue->session_changing && session == queue->session_next))
        return DEVICE_ARGUMENT;
    return device_queue_start(queue, session, &nowhere);
}

/* ----------------------------------------------------------------------------------------------------- commands */
/* NULL: the card has not written that event yet. */
static const struct card_event *event_at(const struct device_queue *queue, uint64_t number, uint64_t *last_word)
{
    const struct card_event *slot = &queue->ring[number & ((UINT64_C(1) << queue->ring_log2) - 1)];
    const uint64_t phase = ~(number >> queue->ring_log2) & 1;
    *last_word = barrier_load_acquire(&slot->word[7]);
    return *last_word >> 63 == phase ? slot : NULL;
}

/* A command's slot is free once it is answered, whether its events have been fetched or not: so the card goes on while
 * its caller is busy, as far as the ring reaches. What the events say is checked when they are fetched. */
static bool has_room(struct device_queue *queue)
{
    const size_t slots = queue->device.capability.command_slots;
    const struct card_event *event;
    uint64_t last_word;
    if (queue->device.outstanding - queue->answered < slots)
        return true;
    while (queue->answered < queue->device.outstanding && (event = event_at(queue, queue->seen, &last_word)) != NULL) {
        queue->answered += card_event_last(event);
        queue->seen++;
    }
    return queue->device.outstanding - queue->answered < slots;
}

enum device_status device_queue_submit(struct device *device, const struct card_command *commands, size_t count,
                                       size_t *taken)
{
    struct device_queue *queue = (struct device_queue *)device;
    const uint32_t slots = device->capability.command_slots;
    bool refused = false;
    if (queue->broken != DEVICE_OK)
        return queue->broken;
    /* Behind a reset command the session is not known until its answer: nothing follows it before that. */
    while (*taken < count && !queue->session_changing && has_room(queue)) {
        struct card_command command = commands[*taken];
        refused = device_reset_is_bad(device, &command);
        if (refused)
            break;
        command.session = device->session;
        if (!queue->bus_ops->store(queue->bus, (uint32_t)(queue->submitted % slots) * CARD_COMMAND_BYTES, &command,
                                   sizeof command))
            break;
        queue->submitted++;
        device->outstanding++;
        ++*taken;
        if (command.code == CARD_CODE_RESET) {
            queue->session_changing = true;
            queue->session_next = command.reset.next_session;
        }
    }
    return device_submitted(*taken, count, refused);
}

/* ------------------------------------------------------------------------------------------------------- events */
static enum device_status check_event(struct device_queue *queue, const struct card_event *event)
{
    const uint64_t session = card_event_session(event), sequence = card_event_sequence(event);
    const bool last = card_event_last(event);
    if (session == queue->device.session && sequence == queue->sequence) {
        queue->sequence++;
    } else if (queue->session_changing && session == queue->session_next && sequence == 0 && last) {
        queue->device.session = queue->session_next;
        queue->sequence = 1;
    } else {
        return DEVICE_PROTOCOL;
    }
    if (!last)
        return DEVICE_OK;
    if (!queue->device.outstanding)
        return DEVICE_PROTOCOL;
    queue->device.outstanding--;
    /* Nothing was submitted behind the reset, so the last answer outstanding is its own, granted or not. */
    if (!queue->device.outstanding)
        queue->session_changing = false;
    return DEVICE_OK;
}

static size_t harvest(struct device_queue *queue, struct card_event *events, size_t count)
{
    size_t given = 0;
    while (given < count) {
        uint64_t last_word;
        const struct card_event *slot = event_at(queue, queue->consumed, &last_word);
        struct card_event *event = &events[given];
        if (slot == NULL)
            break;
        memcpy(event, slot, sizeof *event);
        event->word[7] = last_word & ~(UINT64_C(1) << 63); /* the ring's business only */
        queue->broken = check_event(queue, event);
        if (queue->broken != DEVICE_OK)
            break;
        if (queue->consumed == queue->seen)
            queue->seen++;
        else
            queue->answered -= card_event_last(event);
        queue->consumed++;
        given++;
    }
    return given;
}

/* Credit goes back lazily, a quarter of the ring at a time. A bus that can't take it now gets it next time. */
static void return_credit(struct device_queue *queue)
{
    if (queue->consumed - queue->credited < (UINT64_C(1) << queue->ring_log2) / 4)
        return;
    barrier_before_credit();
    if (queue->bus_ops->write(queue->bus, CARD_REG_CREDIT, (uint32_t)queue->consumed))
        queue->credited = queue->consumed;
}

/* Looks at the card itself: a fault, or no life. */
static enum device_status look_at_card(struct device_queue *queue)
{
    uint32_t status = 0;
    if (!queue->bus_ops->read(queue->bus, CARD_REG_STATUS, &status))
        return DEVICE_WEDGED;
    if (status & CARD_STATUS_FAULT_MASK) {
        if (!queue->bus_ops->read(queue->bus, CARD_REG_FAULT, &queue->device.fault))
            return DEVICE_WEDGED;
        return DEVICE_FAULT;
    }
    return patience_check(queue, &queue->patience);
}

/* A poll found nothing: is that in order? */
static enum device_status watch(struct device_queue *queue)
{
    if (!queue->device.outstanding) {
        queue->waiting = false;
        return DEVICE_AGAIN;
    }
    if (!queue->waiting) {
        queue->waiting = true;
        queue->waiting_polls = 0;
        queue->patience = patience_new();
        return DEVICE_AGAIN;
    }
    queue->waiting_polls++;
    if (queue->waiting_polls < WAITING_POLLS_MIN || device_now_ns() < queue->patience.watch_ns)
        return DEVICE_AGAIN;
    queue->broken = look_at_card(queue);
    return queue->broken == DEVICE_OK ? DEVICE_AGAIN : queue->broken;
}

enum device_status device_queue_poll(struct device *device, struct card_event *events, size_t count, size_t *given)
{
    struct device_queue *queue = (struct device_queue *)device;
    if (queue->broken != DEVICE_OK)
        return queue->broken;
    *given = harvest(queue, events, count);
    if (!*given && count && queue->broken == DEVICE_OK && device->outstanding && queue->bus_ops->advance) {
        if (!queue->bus_ops->advance(queue->bus))
            return queue->broken = DEVICE_PROTOCOL;
        *given = harvest(queue, events, count);
    }
    if (*given) {
        /* What came before a broken event is good; the next poll tells. */
        queue->waiting = false;
        return_credit(queue);
        return DEVICE_OK;
    }
    if (queue->broken != DEVICE_OK)
        return queue->broken;
    return_credit(queue);
    return count ? watch(queue) : DEVICE_AGAIN;
}

/* ---------------------------------------------------------------------------------------------------- registers */
enum device_status device_queue_read(struct device *device, uint32_t offset, uint32_t *value)
{
    struct device_queue *queue = (struct device_queue *)device;
    return queue->bus_ops->read(queue->bus, offset, value) ? DEVICE_OK : DEVICE_WEDGED;
}

uint64_t device_queue_cycles(struct device *device)
{
    uint32_t low = 0, high = 0;
    if (device_queue_read(device, CARD_REG_CYCLES_LOW, &low) != DEVICE_OK ||
        device_queue_read(device, CARD_REG_CYCLES_HIGH, &high) != DEVICE_OK)
        return 0;
    return (uint64_t)high << 32 | low;
}

enum device_status device_queue_time_set(struct device *device, uint64_t host_time_ns, uint64_t *cycle)
{
    struct device_queue *queue = (struct device_queue *)device;
    uint32_t low = 0, high = 0;
    enum device_status status = post(queue, CARD_REG_TIME_LOW, (uint32_t)host_time_ns);
    if (status == DEVICE_OK)
        status = post(queue, CARD_REG_TIME_HIGH, (uint32_t)(host_time_ns >> 32));
    if (status == DEVICE_OK)
        status = device_queue_read(device, CARD_REG_TIME_CYCLE_LOW, &low);
    if (status == DEVICE_OK)
        status = device_queue_read(device, CARD_REG_TIME_CYCLE_HIGH, &high);
    *cycle = (uint64_t)high << 32 | low;
    return status;
}
