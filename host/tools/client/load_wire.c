#include "load_wire.h"

#include <string.h>

#include "check.h"
#include "contract.h"

/* Places of fields in a packet (docs/protocol.md, behind the header). */
enum {
    ENTER_REFERENCE = 3 + 1, ENTER_QUANTITY = 3 + 6, ENTER_PRICE = 3 + 18, ENTER_TIME_IN_FORCE = 3 + 26,
    REPLACE_EXISTING = 3 + 1, REPLACE_REFERENCE = 3 + 5, REPLACE_QUANTITY = 3 + 9, REPLACE_PRICE = 3 + 13,
    CANCEL_REFERENCE = 3 + 1,
};

static void put_4(uint8_t *bytes, uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(bytes, &value, sizeof value);
}

static void put_8(uint8_t *bytes, uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(bytes, &value, sizeof value);
}

static uint32_t get_4(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof value);
    return __builtin_bswap32(value);
}

static void make_packet(struct load_packet *packet, const struct ouch_markets *markets,
                        const struct input_header *input)
{
    const struct ouch_context context = { .markets = markets };
    uint8_t message[OUCH_MESSAGE_BYTES_MAX];
    const size_t size = ouch_encode_input(input, &context, message, sizeof message);

    check(size > 0);
    packet->size = (uint8_t)soupbin_encode_packet(packet->bytes, sizeof packet->bytes, SOUPBIN_UNSEQUENCED, message,
                                                  size);
    check(packet->size > 0);
}

void load_wire_make(struct load_wire *wire, const struct ouch_markets *markets)
{
    const struct input_order_replace replace = { .header = { .kind = INPUT_ORDER_REPLACE, .size = sizeof replace,
                                                             .reference = 2 },
                                                 .existing = 1, .price = 1, .quantity = 1 };
    const struct input_order_cancel cancel = { .header = { .kind = INPUT_ORDER_CANCEL, .size = sizeof cancel,
                                                           .reference = 1 } };

    memset(wire, 0, sizeof *wire);
    for (uint32_t market = 1; market <= markets->count; market++)
        for (uint8_t side = 0; side < 2; side++) {
            const struct input_order_new order = { .header = { .kind = INPUT_ORDER_NEW, .size = sizeof order,
                                                               .reference = 1 },
                                                   .market = (uint16_t)market, .side = side, .price = 1,
                                                   .quantity = 1 };

            if (markets->list[market].symbol[0])
                make_packet(&wire->enter[market][side], markets, &order.header);
        }
    make_packet(&wire->replace, markets, &replace.header);
    make_packet(&wire->cancel, markets, &cancel.header);
}

static size_t put_packet(const struct load_packet *packet, uint8_t *bytes)
{
    memcpy(bytes, packet->bytes, sizeof packet->bytes); /* of a fixed size: faster than just enough */
    return packet->size;
}

size_t load_wire_put(const struct load_wire *wire, const union trade_flow_input *input, uint8_t *bytes)
{
    size_t size;

    switch (input->header.kind) {
    case INPUT_ORDER_NEW:
        size = put_packet(&wire->enter[input->order.market][input->order.side], bytes);
        put_4(bytes + ENTER_REFERENCE, input->header.reference);
        put_4(bytes + ENTER_QUANTITY, (uint32_t)input->order.quantity);
        put_8(bytes + ENTER_PRICE, input->order.price);
        bytes[ENTER_TIME_IN_FORCE] = input->order.tif == CARD_TIF_IOC ? '3' : '0';
        return size;
    case INPUT_ORDER_REPLACE:
        size = put_packet(&wire->replace, bytes);
        put_4(bytes + REPLACE_EXISTING, input->replace.existing);
        put_4(bytes + REPLACE_REFERENCE, input->header.reference);
        put_4(bytes + REPLACE_QUANTITY, (uint32_t)input->replace.quantity);
        put_8(bytes + REPLACE_PRICE, input->replace.price);
        return size;
    default:
        check(input->header.kind == INPUT_ORDER_CANCEL);
        size = put_packet(&wire->cancel, bytes);
        put_4(bytes + CANCEL_REFERENCE, input->header.reference);
        return size;
    }
}

/* Whether the tag Open, 8 bytes, says 0. False if it is not there. */
static bool nothing_open(const uint8_t *tags, size_t size)
{
    static const uint8_t zeros[8];
    size_t at = 2;

    while (at + 2 <= size && tags[at] >= 1) {
        if (tags[at + 1] == OUCH_TAG_OPEN && tags[at] == 9 && at + 10 <= size)
            return memcmp(tags + at + 2, zeros, sizeof zeros) == 0;
        at += 1u + tags[at];
    }
    return false;
}

struct load_answer load_wire_read(const uint8_t *bytes, size_t size)
{
    static const struct {
        uint8_t reference, fixed; /* places of the number and of the appendage; 0: no such message */
    } layouts[256] = {
        [OUCH_ACCEPTED] = { 9, 62 }, [OUCH_REPLACED] = { 13, 66 }, [OUCH_EXECUTED] = { 9, 34 },
        [OUCH_CANCELED] = { 9, 18 }, [OUCH_RESTATED] = { 9, 14 }, [OUCH_REJECTED] = { 9, 29 },
        [OUCH_CANCEL_REJECT] = { 9, 13 }, [OUCH_MASS_CANCEL_RESPONSE] = { 9, 25 }, [OUCH_FORCED] = { 9, 47 },
    };
    struct load_answer answer = { 0 };
    uint8_t fixed;

    if (size == 0 || (fixed = layouts[bytes[0]].fixed) == 0 || size < fixed)
        return answer;
    answer = (struct load_answer){ .type = bytes[0], .reference = get_4(bytes + layouts[bytes[0]].reference),
                                   .known = true };
    if (bytes[0] == OUCH_REJECTED)
        answer.gone = true;
    else if (bytes[0] == OUCH_EXECUTED || bytes[0] == OUCH_CANCELED)
        answer.gone = nothing_open(bytes + fixed, size - fixed);
    return answer;
}
