/* The load generator's messages: prebuilt packets in which numbers are put in, and what it needs of an answer read at
 * fixed places. The whole codec (ouch.h) costs several times as much. */
#ifndef VITRINE_LOAD_WIRE_H
#define VITRINE_LOAD_WIRE_H

#include "ouch.h"
#include "soupbin.h"
#include "trade_flow.h"

enum { LOAD_PACKET_BYTES_MAX = SOUPBIN_HEADER_BYTES + 96 };

struct load_packet {
    uint8_t size;
    uint8_t bytes[LOAD_PACKET_BYTES_MAX];
};

struct load_wire {
    struct load_packet enter[LIMIT_MARKETS + 1][2]; /* by market and side */
    struct load_packet replace, cancel;
};

/* `markets`: those that the flow uses, named by their numbers. */
void load_wire_make(struct load_wire *wire, const struct ouch_markets *markets);

/* Writes the packet of an input of the flow; its bytes, at most LOAD_PACKET_BYTES_MAX. */
size_t load_wire_put(const struct load_wire *wire, const union trade_flow_input *input, uint8_t *bytes);

struct load_answer {
    uint8_t type;          /* enum ouch_outbound */
    uint32_t reference;
    bool gone;             /* the order does not rest any more */
    bool known;            /* false: no message that answers an order */
};

/* Reads what matters of a sequenced message. */
struct load_answer load_wire_read(const uint8_t *bytes, size_t size);

#endif
