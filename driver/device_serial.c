/* Backend "serial:PATH[@BAUD]": a card behind a serial line. The card writes its events into "memory" that lies here: a
 * message of the link for each (docs/serial-link.md), so that window, ring and credit are those of every other card. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "device_queue.h"
#include "device_serial.h"

enum { ARGUMENT_AT = 1, DATA_AT = 5, ARGUMENT_BYTES = 4, PUMP_MS = 1 };

#define BAUD_DEFAULT 1000000u
#define PREFIX "serial:"

struct device_serial {
    struct device_queue queue; /* first: a device */
    struct serial_link link;
    bool started;              /* before that, events are of whoever was here last */
    uint16_t tag;              /* of the last read */
    bool answered;
    uint32_t asked, value;     /* argument and result of the last read */
};

static uint32_t word_at(const uint8_t *bytes)
{
    uint32_t word = 0;
    for (int i = 0; i < ARGUMENT_BYTES; i++)
        word |= (uint32_t)bytes[i] << 8 * i;
    return word;
}

static void word_put(uint8_t *bytes, uint32_t word)
{
    for (int i = 0; i < ARGUMENT_BYTES; i++)
        bytes[i] = (uint8_t)(word >> 8 * i);
}

static struct serial_message message_make(enum serial_type type, uint32_t argument, const void *data, size_t bytes)
{
    struct serial_message message = {.bytes = DATA_AT + bytes, .byte = {(uint8_t)type}};
    word_put(message.byte + ARGUMENT_AT, argument);
    if (bytes)
        memcpy(message.byte + DATA_AT, data, bytes);
    return message;
}

/* What the card says: an answer, or an event for the ring. */
static void serial_receive(void *context, const struct serial_message *message)
{
    struct device_serial *serial = context;
    const uint32_t argument = word_at(message->byte + ARGUMENT_AT);
    if (message->byte[0] == SERIAL_VALUE) {
        serial->answered |= argument == serial->asked;
        serial->value = word_at(message->byte + DATA_AT);
        return;
    }
    if (!serial->started)
        return;
    if (argument % CARD_EVENT_BYTES || argument >= DEVICE_RING_BYTES(serial->queue.ring_log2)) {
        serial->link.lost = "the card wrote outside its ring";
        return;
    }
    memcpy(&serial->queue.ring[argument / CARD_EVENT_BYTES], message->byte + DATA_AT, CARD_EVENT_BYTES);
}

/* ------------------------------------------------------------------------------------------------------- the bus */
/* The window may be full for as long as the card takes: the deadline of the link ends that. */
static bool serial_post(struct device_serial *serial, const struct serial_message *message)
{
    while (!serial_link_send(&serial->link, message))
        if (!serial_link_pump(&serial->link, PUMP_MS))
            return false;
    return true;
}

static bool serial_read(void *bus, uint32_t offset, uint32_t *value)
{
    struct device_serial *serial = bus;
    const uint64_t start_ns = device_now_ns();
    serial->asked = offset | (uint32_t)++serial->tag << 16;
    serial->answered = false;
    const struct serial_message message = message_make(SERIAL_READ, serial->asked, NULL, 0);
    if (!serial_post(serial, &message))
        return false;
    while (!serial->answered)
        if (!serial_link_pump(&serial->link, PUMP_MS) || device_now_ns() - start_ns > serial->link.deadline_ns)
            return false;
    *value = serial->value;
    return true;
}

/* A line that is over takes nothing: the queue's own look at the card then finds out. */
static bool serial_write(void *bus, uint32_t offset, uint32_t value)
{
    uint8_t bytes[ARGUMENT_BYTES];
    word_put(bytes, value);
    const struct serial_message message = message_make(SERIAL_WRITE, offset, bytes, sizeof bytes);
    return serial_link_send(&((struct device_serial *)bus)->link, &message);
}

static bool serial_store(void *bus, uint32_t offset, const void *data, size_t bytes)
{
    struct device_serial *serial = bus;
    if (bytes != CARD_COMMAND_BYTES)
        return false;
    const struct serial_message message = message_make(SERIAL_STORE, offset, data, bytes);
    if (serial_link_send(&serial->link, &message))
        return true;
    return serial_link_pump(&serial->link, 0) && serial_link_send(&serial->link, &message);
}

static bool serial_advance(void *bus)
{
    serial_link_pump(&((struct device_serial *)bus)->link, PUMP_MS);
    return true;
}

static const struct device_bus serial_bus = {
    .read = serial_read, .write = serial_write, .store = serial_store, .advance = serial_advance};

/* -------------------------------------------------------------------------------------------------------- the line */
static speed_t speed_of(uint32_t baud)
{
    static const struct {
        uint32_t baud;
        speed_t speed;
    } speeds[] = {{115200, B115200},   {230400, B230400},   {460800, B460800},   {921600, B921600},
                  {1000000, B1000000}, {2000000, B2000000}, {3000000, B3000000}};
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].baud == baud)
            return speeds[i].speed;
    return B0;
}

static bool line_set_up(int fd, speed_t speed)
{
    struct termios line;
    if (tcgetattr(fd, &line))
        return false;
    cfmakeraw(&line);
    line.c_cflag |= CLOCAL | CREAD;
    line.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB);
    return cfsetspeed(&line, speed) == 0 && tcsetattr(fd, TCSANOW, &line) == 0 && tcflush(fd, TCIOFLUSH) == 0;
}

/* Opens what the backend's name says; -1, and the message, if it can't be. */
static int line_open(const char *name, enum device_status *status, const struct device_message *error)
{
    char path[256];
    const char *at = strrchr(name, '@');
    const size_t length = at ? (size_t)(at - name) : strlen(name);
    char *end = "";
    const unsigned long baud = at ? strtoul(at + 1, &end, 10) : BAUD_DEFAULT;
    *status = DEVICE_ARGUMENT;
    if (!length || length >= sizeof path || *end || baud > UINT32_MAX || speed_of((uint32_t)baud) == B0) {
        device_message_set(error, "serial:%s: must be serial:PATH or serial:PATH@BAUD with a baud rate of 115200, "
                           "230400, 460800, 921600, 1000000, 2000000 or 3000000", name);
        return -1;
    }
    memcpy(path, name, length);
    path[length] = '\0';
    const int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && line_set_up(fd, speed_of((uint32_t)baud)))
        return fd;
    *status = DEVICE_INCOMPATIBLE;
    device_message_set(error, "%s: %s", path, fd < 0 ? strerror(errno) : "is no serial line");
    if (fd >= 0)
        close(fd);
    return -1;
}

static void serial_close(struct device *device)
{
    struct device_serial *serial = (struct device_serial *)device;
    if (serial->link.fd >= 0)
        close(serial->link.fd);
    free(serial->queue.ring);
    free(serial);
}

static enum device_status serial_start(struct device_serial *serial, const struct device_options *options,
                                       const struct device_message *error)
{
    struct device_queue *queue = &serial->queue;
    if (!serial_link_start(&serial->link, (uint8_t)(device_now_ns() >> 10))) {
        device_message_set(error, "%s: %s", options->backend, serial->link.lost);
        return DEVICE_INCOMPATIBLE;
    }
    serial->tag = (uint16_t)(device_now_ns() >> 8);
    queue->bus_ops = &serial_bus;
    queue->bus = serial;
    const enum device_status status = device_queue_open(queue, options, error);
    serial->started = true;
    return status;
}

static enum device_status serial_open(struct device **device, const struct device_options *options,
                                      const struct device_message *error)
{
    enum device_status status = DEVICE_MEMORY;
    struct device_serial *serial = calloc(1, sizeof *serial);
    if (!serial) {
        device_message_set(error, "no memory for the serial card");
        return status;
    }
    serial->queue.device.ops = &device_serial_ops;
    serial->link.context = serial;
    serial->link.receive = serial_receive;
    serial->link.deadline_ns = options->deadline_ns;
    serial->queue.ring = aligned_alloc(DEVICE_RING_ALIGN, DEVICE_RING_BYTES(options->ring_log2));
    serial->link.fd = line_open(options->backend + strlen(PREFIX), &status, error);
    if (serial->link.fd >= 0 && serial->queue.ring)
        status = serial_start(serial, options, error);
    else if (serial->link.fd >= 0)
        status = DEVICE_MEMORY;
    if (status != DEVICE_OK) {
        serial_close(&serial->queue.device);
        return status;
    }
    *device = &serial->queue.device;
    return DEVICE_OK;
}

const struct device_ops device_serial_ops = {
    .name = "serial",
    .at_place = true,
    .open = serial_open,
    .close = serial_close,
    DEVICE_QUEUE_OPS,
};

const struct serial_counts *device_serial_counts(const struct device *device)
{
    return device->ops == &device_serial_ops ? &((const struct device_serial *)device)->link.counts : NULL;
}

const char *device_serial_lost(const struct device *device)
{
    return device->ops == &device_serial_ops ? ((const struct device_serial *)device)->link.lost : NULL;
}
