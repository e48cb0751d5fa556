/* What OUCH's encoders and decoders share: big-endian numbers, text fields and the appendage. Internal to this room. */
#ifndef VITRINE_OUCH_WIRE_H
#define VITRINE_OUCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "ouch.h"

/* Bytes before the appendage length, type included. */
enum ouch_wire_size {
    OUCH_WIRE_ENTER = 45, OUCH_WIRE_REPLACE = 38, OUCH_WIRE_CANCEL = 9, OUCH_WIRE_MASS_CANCEL = 17,
    OUCH_WIRE_ACCEPTED = 62, OUCH_WIRE_REPLACED = 66, OUCH_WIRE_CANCELED = 18, OUCH_WIRE_EXECUTED = 34,
    OUCH_WIRE_REJECTED = 29, OUCH_WIRE_CANCEL_REJECT = 13, OUCH_WIRE_RESTATED = 14, OUCH_WIRE_MASS_CANCEL_RESPONSE = 25,
    OUCH_WIRE_FORCED = 47,
};

/* Tags by their place in the table: places in struct ouch_wire_tags. */
enum ouch_wire_place {
#define OUCH_WIRE_ENTRY(name, number, bytes) OUCH_AT_##name,
    OUCH_TAG_TABLE(OUCH_WIRE_ENTRY)
#undef OUCH_WIRE_ENTRY
    OUCH_WIRE_TAGS
};

/* Sets of tags. */
#define OUCH_WIRE_BIT(name) (1u << OUCH_AT_##name)
#define OUCH_WIRE_NEVER_INBOUND                                                                                     \
    (OUCH_WIRE_BIT(REASON) | OUCH_WIRE_BIT(STATUS) | OUCH_WIRE_BIT(FILLED) | OUCH_WIRE_BIT(OPEN) |                   \
     OUCH_WIRE_BIT(FEE) | OUCH_WIRE_FORCED_TAGS)
/* Of Forced alone: by kind, ouch_wire_forced_tags(). */
#define OUCH_WIRE_FORCED_TAGS                                                                                       \
    (OUCH_WIRE_BIT(EQUITY) | OUCH_WIRE_BIT(MAINTENANCE) | OUCH_WIRE_BIT(MONEY) | OUCH_WIRE_BIT(RANK) |              \
     OUCH_WIRE_BIT(COUNTERPARTY) | OUCH_WIRE_BIT(ASSET))
#define OUCH_WIRE_ALL ((1u << OUCH_WIRE_TAGS) - 1)
#define OUCH_WIRE_ALL_OF_QUANTITY UINT32_MAX /* MinQty: all of it, whatever the quantity */
#define OUCH_WIRE_NS_PER_DAY UINT64_C(86400000000000)

static_assert(OUCH_WIRE_TAGS <= 32, "a set of tags is 32 bits");

struct ouch_wire_tags {
    uint32_t present;                        /* OUCH_WIRE_BIT() */
    uint8_t size[OUCH_WIRE_TAGS];
    const uint8_t *value[OUCH_WIRE_TAGS];    /* in the message */
};

/* The appendage that `size` bytes at `bytes` must be, length first; `optional`: they may be none. Only tags of
 * `allowed`, each once and of its size. */
enum ouch_error ouch_wire_read_tags(const uint8_t *bytes, size_t size, bool optional, uint32_t allowed,
                                    struct ouch_wire_tags *tags);

/* Number of `size` (at most 8) bytes. */
static inline uint64_t ouch_wire_read_number(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;

    memcpy((uint8_t *)&number + 8 - size, bytes, size);
    return __builtin_bswap64(number);
}

/* The same from a tag; 0 where that is not present. */
uint64_t ouch_wire_tag_number(const struct ouch_wire_tags *tags, enum ouch_wire_place place);

/* Printable text without trailing spaces, zero-padded to `room`; false if a character is not printable. */
bool ouch_wire_read_text(const uint8_t *bytes, size_t size, uint8_t *text, size_t room);
bool ouch_wire_is_blank(const uint8_t *bytes, size_t size);

/* Symbol field and tag MarketSymbol to a market's number; 0: no such market, or the two contradict each other. */
uint32_t ouch_wire_read_market(const struct ouch_markets *markets, const uint8_t code[OUCH_SYMBOL_CHARACTERS],
                               const struct ouch_wire_tags *tags);

/* A message being written. */
struct ouch_wire_writer {
    uint8_t *next;
    uint8_t *appendage;                      /* its length field */
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX + 7]; /* numbers are written in 8 */
};

void ouch_wire_begin(struct ouch_wire_writer *writer, uint8_t type);
/* A number in 1 to 8 bytes. The longest message fits by construction; the check is for the one who adds a field. */
static inline void ouch_wire_put_number(struct ouch_wire_writer *writer, uint64_t number, size_t size)
{
    const uint64_t big_endian = __builtin_bswap64(number << (64 - 8 * size));

    check((size_t)(writer->bytes + sizeof writer->bytes - writer->next) >= sizeof big_endian);
    memcpy(writer->next, &big_endian, sizeof big_endian); /* what is too much is written over */
    writer->next += size;
}
static inline void ouch_wire_put_bytes(struct ouch_wire_writer *writer, const void *bytes, size_t size)
{
    check((size_t)(writer->bytes + sizeof writer->bytes - writer->next) >= size);
    memcpy(writer->next, bytes, size);
    writer->next += size;
}
/* Zero-padded text becomes space-padded; of 14 or 8 characters. */
void ouch_wire_put_text(struct ouch_wire_writer *writer, const uint8_t *text, size_t size);
/* Ends the fixed part, which must have that many bytes (checked). */
void ouch_wire_begin_tags(struct ouch_wire_writer *writer, enum ouch_wire_size fixed);
/* One tag: its value as a number, as bytes, or (MarketSymbol) as zero-padded text; nothing if that is empty. */
void ouch_wire_tag_put(struct ouch_wire_writer *writer, enum ouch_wire_place place, uint64_t number);
void ouch_wire_tag_bytes(struct ouch_wire_writer *writer, enum ouch_wire_place place, const void *value);
void ouch_wire_tag_symbol(struct ouch_wire_writer *writer, const uint8_t symbol[24]);
/* Copies the message to the caller: its bytes, 0 if `room` is too small. */
size_t ouch_wire_finish(struct ouch_wire_writer *writer, uint8_t *bytes, size_t room);

/* The quantity field: the number itself, or 0 where the tag Quantity (or another one) says it. */
uint32_t ouch_wire_quantity_field(int64_t quantity);
/* The field with its tag back together: lots, below 0 if it is said twice or too large. */
int64_t ouch_wire_read_quantity(uint64_t field, const struct ouch_wire_tags *tags);

/* Characters of the enums, at their numbers. */
extern const char ouch_wire_side[2], ouch_wire_self_trade[3], ouch_wire_by[4], ouch_wire_when[3];
extern const char ouch_wire_forced[FORCED_KINDS];
/* Which of OUCH_WIRE_FORCED_TAGS a Forced of enum forced_kind has; whether it is about lots of a market. */
uint32_t ouch_wire_forced_tags(unsigned forced);
bool ouch_wire_forced_trades(unsigned forced);
/* Place of a character among `count`, or -1. */
int ouch_wire_place_of(const char *characters, int count, uint8_t character);

#endif
