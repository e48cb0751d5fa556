/* The host's end of the serial link (docs/serial-link.md): messages in order, each once, over a line that may flip,
 * lose or invent bytes. What can't be mended ends the link, with a reason; nothing is ever lost silently.
 */
#ifndef VITRINE_DEVICE_SERIAL_LINK_H
#define VITRINE_DEVICE_SERIAL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_WINDOW 8u          /* messages without acknowledgement, either way */
#define SERIAL_MESSAGE_MAX 69u    /* bytes */
#define SERIAL_FRAME_MAX 160u     /* bytes on the line: everything escaped, two flags */
#define SERIAL_OUT_MAX 4096u      /* bytes on their way to the line */

enum serial_type { SERIAL_READ = 1, SERIAL_WRITE, SERIAL_STORE, SERIAL_VALUE, SERIAL_EVENT };

struct serial_message {
    size_t bytes;
    uint8_t byte[SERIAL_MESSAGE_MAX];
};

/* Counted since the link was opened. */
struct serial_counts {
    uint64_t bad_frames, gaps, resent, naks;
};

struct serial_link {
    int fd;
    void *context; /* of `receive`, which takes every message of the card */
    void (*receive)(void *context, const struct serial_message *message);
    uint64_t deadline_ns;
    const char *lost; /* why the link is over; NULL: it is not */
    struct serial_counts counts;

    uint8_t base, next, head; /* our messages: oldest unacknowledged, next to be sent, next to be made */
    struct serial_message window[SERIAL_WINDOW];
    uint64_t heard_ns; /* when the oldest was sent, or the last progress */
    uint64_t resent_ns;

    bool up; /* the card has answered our hello */
    uint8_t nonce, expected;
    bool ack_due, nak_due, asked;

    size_t in_bytes; /* of the frame that arrives */
    bool in_escape, in_long;
    uint8_t in[SERIAL_FRAME_MAX];
    size_t out_from, out_to;
    uint8_t out[SERIAL_OUT_MAX];
};

/* Starts the link on an open descriptor that does not block: fd, context, receive and deadline_ns must be set, all
 * else 0. `nonce`: not the one of the last time, best. False: no card answered within the deadline, or link->lost. */
bool serial_link_start(struct serial_link *link, uint8_t nonce);

/* Takes a message; false if SERIAL_WINDOW of them are unacknowledged, or the link is over. */
bool serial_link_send(struct serial_link *link, const struct serial_message *message);

/* Moves what can be moved, waiting up to `wait_ms` for something to arrive. False once the link is over. */
bool serial_link_pump(struct serial_link *link, int wait_ms);

/* IEEE 802.3, as the frames carry it. */
uint32_t serial_link_crc32(const uint8_t *bytes, size_t count);

#endif
