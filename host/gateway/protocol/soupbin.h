/* SoupBinTCP 3.00, both ends: packets cut out of a byte stream and put together (docs/protocol.md). Pure functions on
 * the caller's memory: nothing is allocated, no clock is read, nothing is copied but a packet that straddles pieces.
 *
 * On the wire: 2 bytes length, big-endian, of what follows; 1 byte type; payload. */
#ifndef VITRINE_SOUPBIN_H
#define VITRINE_SOUPBIN_H

#include <stddef.h>
#include <stdint.h>

enum soupbin_type {
    SOUPBIN_DEBUG = '+',           /* either side */
    SOUPBIN_LOGIN_ACCEPTED = 'A',  /* server */
    SOUPBIN_LOGIN_REJECTED = 'J',
    SOUPBIN_SEQUENCED = 'S',
    SOUPBIN_SERVER_HEARTBEAT = 'H',
    SOUPBIN_END_OF_SESSION = 'Z',
    SOUPBIN_LOGIN_REQUEST = 'L',   /* client */
    SOUPBIN_UNSEQUENCED = 'U',
    SOUPBIN_CLIENT_HEARTBEAT = 'R',
    SOUPBIN_LOGOUT = 'O',
};

enum soupbin_size {
    SOUPBIN_HEADER_BYTES = 3,
    SOUPBIN_PAYLOAD_BYTES_MAX = 512,   /* larger packets are a protocol error in either direction */
    SOUPBIN_PACKET_BYTES_MAX = SOUPBIN_HEADER_BYTES + SOUPBIN_PAYLOAD_BYTES_MAX,
    SOUPBIN_USER_CHARACTERS = 6,
    SOUPBIN_PASSWORD_CHARACTERS = 10,
    SOUPBIN_SESSION_CHARACTERS = 10,
    SOUPBIN_SEQUENCE_CHARACTERS = 20,
    SOUPBIN_LOGIN_REQUEST_BYTES = 46,  /* payloads */
    SOUPBIN_LOGIN_ACCEPTED_BYTES = 30,
    SOUPBIN_LOGIN_REJECTED_BYTES = 1,
};

enum soupbin_reject {
    SOUPBIN_NOT_AUTHORIZED = 'A',
    SOUPBIN_NO_SESSION = 'S',          /* the session asked for does not exist (any more) */
};

/* Who wrote the stream: decides which types are legal. */
enum soupbin_sender { SOUPBIN_FROM_CLIENT, SOUPBIN_FROM_SERVER };

enum soupbin_status {
    SOUPBIN_OK,
    SOUPBIN_MORE,     /* no whole packet there: read on */
    SOUPBIN_LENGTH,   /* length 0 or above the maximum, or not the type's own: the stream is lost, close it */
    SOUPBIN_TYPE,     /* no type, or not one that this sender may send: likewise */
    SOUPBIN_FORMAT,   /* a field of a log-in packet is not what it must be */
};

const char *soupbin_status_name(enum soupbin_status status);

struct soupbin_packet {
    const uint8_t *payload; /* in the caller's bytes or the splitter: see soupbin_next_packet() */
    uint16_t size;          /* bytes of payload, 0 .. SOUPBIN_PAYLOAD_BYTES_MAX */
    uint8_t type;           /* enum soupbin_type, legal for the sender */
};

/* Cuts a stream that comes in pieces of any size. Set up with soupbin_reset_splitter(); holds no resources. */
struct soupbin_splitter {
    const uint8_t *next;    /* fed and not yet cut */
    size_t left;
    uint8_t sender;         /* enum soupbin_sender */
    uint8_t status;         /* enum soupbin_status: SOUPBIN_LENGTH and SOUPBIN_TYPE are final */
    uint16_t carried;       /* bytes of a straddling packet in `carry` */
    uint8_t carry[SOUPBIN_PACKET_BYTES_MAX];
};

void soupbin_reset_splitter(struct soupbin_splitter *splitter, enum soupbin_sender sender);

/* Hands over the next piece, which stays the caller's and must stay as it is until soupbin_next_packet() has said
 * SOUPBIN_MORE (or an error). The piece before must be used up in that way (checked). `size` may be 0. */
void soupbin_feed_splitter(struct soupbin_splitter *splitter, const uint8_t *bytes, size_t size);

/* SOUPBIN_OK: `packet` is the next one; its payload is valid until the next call on this splitter and no longer than
 * the piece. SOUPBIN_MORE: all that was fed is used up. SOUPBIN_LENGTH, SOUPBIN_TYPE: for good. A bad header is
 * reported as soon as its three bytes are there, before the payload. */
enum soupbin_status soupbin_next_packet(struct soupbin_splitter *splitter, struct soupbin_packet *packet);

/* Writes length and type of a packet whose payload of `payload_size` bytes (at most the maximum: checked) follows. */
void soupbin_encode_header(uint8_t bytes[SOUPBIN_HEADER_BYTES], enum soupbin_type type, size_t payload_size);

/* A whole packet; `payload` may be NULL if `payload_size` is 0. Returns its bytes, 0 if `room` is too small or the
 * payload too large (nothing is written). */
size_t soupbin_encode_packet(uint8_t *bytes, size_t room, enum soupbin_type type, const void *payload,
                             size_t payload_size);

/* Text fields, without padding, ended by NUL. Printable ASCII only. */
struct soupbin_login {
    char user[SOUPBIN_USER_CHARACTERS + 1];
    char password[SOUPBIN_PASSWORD_CHARACTERS + 1];
    char session[SOUPBIN_SESSION_CHARACTERS + 1];  /* empty: the current one */
    uint64_t sequence;  /* next sequenced message wanted; 1: from the beginning, 0: only what comes from now on */
};

/* What the server answers; `sequence`: number of the first sequenced message that it will send. */
struct soupbin_accepted {
    char session[SOUPBIN_SESSION_CHARACTERS + 1];
    uint64_t sequence;
};

/* SOUPBIN_TYPE if the packet is another one, SOUPBIN_LENGTH if its size is wrong, SOUPBIN_FORMAT if a character is not
 * printable, the user is empty or the number is none. Padding is taken on either side of a field, spaces or NUL. */
enum soupbin_status soupbin_parse_login(const struct soupbin_packet *packet, struct soupbin_login *login);
enum soupbin_status soupbin_parse_accepted(const struct soupbin_packet *packet, struct soupbin_accepted *accepted);
/* `reason`: enum soupbin_reject or whatever else the server sent. */
enum soupbin_status soupbin_parse_rejected(const struct soupbin_packet *packet, uint8_t *reason);

/* Whole packets with header; bytes written, 0 if `room` is too small. Text longer than its field trips check(). */
size_t soupbin_encode_login(uint8_t *bytes, size_t room, const struct soupbin_login *login);
size_t soupbin_encode_accepted(uint8_t *bytes, size_t room, const struct soupbin_accepted *accepted);
size_t soupbin_encode_rejected(uint8_t *bytes, size_t room, enum soupbin_reject reason);

/* A session is one UTC day, its name eight digits YYYYMMDD; sequence numbers begin at 1 in each. */
#define SOUPBIN_DAY_NS UINT64_C(86400000000000)
#define SOUPBIN_DAY_NONE UINT32_MAX
#define SOUPBIN_DAYS 2932897u /* 1970-01-01 .. 9999-12-31 */
/* `day`: days since 1970-01-01, below SOUPBIN_DAYS (checked). */
void soupbin_format_session(uint32_t day, char session[SOUPBIN_SESSION_CHARACTERS + 1]);
/* SOUPBIN_DAY_NONE if it is no such name. */
uint32_t soupbin_parse_session(const char *session);

#endif
