/* The host's end of the serial link. See device_serial_link.h and docs/serial-link.md. */
#include "device_serial_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "device_internal.h"

enum { FLAG = 0x7E, ESCAPE = 0x7D, ESCAPED = 0x20 };
enum { KIND_DATA, KIND_ACK, KIND_NAK, KIND_HELLO };
enum { HEADER_BYTES = 3, CRC_BYTES = 4 };

#define RESEND_NS 250000000u /* without progress: from the oldest message again */
#define HELLO_NS 100000000u  /* between hellos */
#define HELLO_WAIT_MS 10

uint32_t serial_link_crc32(const uint8_t *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static bool lose(struct serial_link *link, const char *why)
{
    if (!link->lost)
        link->lost = why;
    return false;
}

/* ---------------------------------------------------------------------------------------------------------- frames */
static size_t out_room(const struct serial_link *link)
{
    return SERIAL_OUT_MAX - (link->out_to - link->out_from);
}

static void put(struct serial_link *link, uint8_t byte)
{
    link->out[link->out_to++ % SERIAL_OUT_MAX] = byte;
}

/* Queues a frame; there must be room for SERIAL_FRAME_MAX bytes. */
static void put_frame(struct serial_link *link, uint8_t kind, uint8_t sequence, const struct serial_message *message)
{
    uint8_t frame[HEADER_BYTES + SERIAL_MESSAGE_MAX + CRC_BYTES] = {kind, sequence, link->expected};
    size_t bytes = HEADER_BYTES;
    if (message) {
        memcpy(frame + bytes, message->byte, message->bytes);
        bytes += message->bytes;
    }
    const uint32_t crc = serial_link_crc32(frame, bytes);
    for (int i = 0; i < CRC_BYTES; i++)
        frame[bytes++] = (uint8_t)(crc >> 8 * i);
    put(link, FLAG);
    for (size_t i = 0; i < bytes; i++) {
        const bool special = frame[i] == FLAG || frame[i] == ESCAPE;
        if (special)
            put(link, ESCAPE);
        put(link, special ? frame[i] ^ ESCAPED : frame[i]);
    }
    put(link, FLAG);
    if (kind != KIND_HELLO)
        link->ack_due = false;
}

/* ----------------------------------------------------------------------------------------------------- what arrives */
static void take_ack(struct serial_link *link, uint8_t ack, bool nak)
{
    const uint8_t gained = (uint8_t)(ack - link->base);
    if (gained > (uint8_t)(link->head - link->base)) {
        lose(link, "the card acknowledged what was never sent: it has forgotten the link");
        return;
    }
    if (gained)
        link->heard_ns = link->resent_ns = device_now_ns();
    if ((uint8_t)(link->next - link->base) < gained || nak) {
        link->counts.resent += (uint8_t)(link->next - ack);
        link->next = ack;
    }
    link->counts.naks += nak;
    link->base = ack;
}

static bool message_is_whole(const struct serial_message *message)
{
    return message->bytes && (message->byte[0] == SERIAL_VALUE   ? message->bytes == 9
                              : message->byte[0] == SERIAL_EVENT ? message->bytes == SERIAL_MESSAGE_MAX
                                                                 : false);
}

static void take_message(struct serial_link *link, uint8_t sequence, const uint8_t *bytes, size_t count)
{
    struct serial_message message = {.bytes = count};
    if (sequence != link->expected) {
        const bool old = (uint8_t)(link->expected - sequence) < 128;
        link->ack_due |= old;
        link->nak_due |= !old && !link->asked;
        link->counts.gaps += !old;
        return;
    }
    if (count <= SERIAL_MESSAGE_MAX)
        memcpy(message.byte, bytes, count);
    if (count > SERIAL_MESSAGE_MAX || !message_is_whole(&message)) {
        lose(link, "the card sent a message of no known form");
        return;
    }
    link->expected++;
    link->ack_due = true;
    link->asked = false;
    link->receive(link->context, &message);
}

static void take_frame(struct serial_link *link)
{
    const uint8_t *frame = link->in;
    const size_t bytes = link->in_bytes;
    uint32_t crc = 0;
    if (!bytes)
        return;
    if (bytes >= HEADER_BYTES + CRC_BYTES)
        for (int i = 0; i < CRC_BYTES; i++)
            crc |= (uint32_t)frame[bytes - CRC_BYTES + (size_t)i] << 8 * i;
    if (bytes < HEADER_BYTES + CRC_BYTES || link->in_escape || link->in_long ||
        crc != serial_link_crc32(frame, bytes - CRC_BYTES)) {
        link->counts.bad_frames++;
        link->nak_due |= link->up && !link->asked;
        return;
    }
    if (!link->up) {
        link->up = frame[0] == KIND_HELLO && frame[1] == link->nonce;
        return;
    }
    if (frame[0] == KIND_HELLO)
        return; /* the answer to a hello that was sent twice */
    take_ack(link, frame[2], frame[0] == KIND_NAK);
    if (frame[0] == KIND_DATA && !link->lost)
        take_message(link, frame[1], frame + HEADER_BYTES, bytes - HEADER_BYTES - CRC_BYTES);
}

static void take_byte(struct serial_link *link, uint8_t byte)
{
    if (byte == FLAG) {
        take_frame(link);
        link->in_bytes = 0;
        link->in_escape = link->in_long = false;
    } else if (byte == ESCAPE) {
        link->in_escape = true;
    } else {
        link->in_long |= link->in_bytes == sizeof link->in;
        if (!link->in_long)
            link->in[link->in_bytes++] = link->in_escape ? byte ^ ESCAPED : byte;
        link->in_escape = false;
    }
}

/* -------------------------------------------------------------------------------------------------------- the line */
static bool line_read(struct serial_link *link, int wait_ms)
{
    struct pollfd wait = {.fd = link->fd, .events = (short)(POLLIN | (link->out_to != link->out_from ? POLLOUT : 0))};
    uint8_t bytes[1024];
    ssize_t count;
    if (poll(&wait, 1, wait_ms) < 0 && errno != EINTR)
        return lose(link, "the line can't be waited for");
    while (!link->lost && (count = read(link->fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < count && !link->lost; i++)
            take_byte(link, bytes[i]);
    if (link->lost)
        return false;
    if (wait.revents & (POLLHUP | POLLERR | POLLNVAL) || (count < 0 && errno != EAGAIN && errno != EINTR))
        return lose(link, "the line hung up");
    return true;
}

static bool line_write(struct serial_link *link)
{
    while (link->out_from != link->out_to) {
        const size_t from = link->out_from % SERIAL_OUT_MAX, all = link->out_to - link->out_from;
        const size_t most = SERIAL_OUT_MAX - from < all ? SERIAL_OUT_MAX - from : all;
        const ssize_t count = write(link->fd, link->out + from, most);
        if (count < 0)
            return errno == EAGAIN || errno == EINTR || lose(link, "the line hung up");
        link->out_from += (size_t)count;
    }
    return true;
}

/* Queues everything there is to say: our messages, and what must be said about the card's. */
static void say(struct serial_link *link)
{
    if (link->nak_due && out_room(link) >= SERIAL_FRAME_MAX) {
        put_frame(link, KIND_NAK, 0, NULL);
        link->nak_due = false;
        link->asked = true;
    }
    while (link->next != link->head && out_room(link) >= SERIAL_FRAME_MAX) {
        if (link->next == link->base)
            link->resent_ns = device_now_ns();
        put_frame(link, KIND_DATA, link->next, &link->window[link->next % SERIAL_WINDOW]);
        link->next++;
    }
    if (link->ack_due && out_room(link) >= SERIAL_FRAME_MAX)
        put_frame(link, KIND_ACK, 0, NULL);
}

/* No acknowledgement: first the messages again, then the end. */
static void be_patient(struct serial_link *link)
{
    const uint64_t now_ns = device_now_ns();
    if (link->base == link->head)
        return;
    if (now_ns - link->heard_ns > link->deadline_ns) {
        lose(link, "the card acknowledges nothing");
    } else if (now_ns - link->resent_ns > RESEND_NS && link->out_from == link->out_to) {
        link->counts.resent += (uint8_t)(link->next - link->base);
        link->next = link->base;
        link->resent_ns = now_ns;
    }
}

bool serial_link_pump(struct serial_link *link, int wait_ms)
{
    if (link->lost)
        return false;
    say(link);
    if (!line_write(link) || !line_read(link, wait_ms))
        return false;
    be_patient(link);
    say(link);
    return !link->lost && line_write(link);
}

bool serial_link_send(struct serial_link *link, const struct serial_message *message)
{
    if (link->lost || (uint8_t)(link->head - link->base) == SERIAL_WINDOW)
        return false;
    if (link->base == link->head)
        link->heard_ns = link->resent_ns = device_now_ns();
    link->window[link->head++ % SERIAL_WINDOW] = *message;
    return true;
}

bool serial_link_start(struct serial_link *link, uint8_t nonce)
{
    const uint64_t start_ns = device_now_ns();
    uint64_t hello_ns = 0;
    link->nonce = nonce;
    while (!link->up) {
        const uint64_t now_ns = device_now_ns();
        if (now_ns - start_ns > link->deadline_ns)
            return lose(link, "no card answers");
        if (!hello_ns || now_ns - hello_ns > HELLO_NS) {
            put_frame(link, KIND_HELLO, nonce, NULL);
            hello_ns = now_ns;
        }
        if (!line_write(link) || !line_read(link, HELLO_WAIT_MS))
            return false;
    }
    return true;
}
