#include "ouch_wire.h"

#include <string.h>

#include "check.h"

const char ouch_wire_side[2] = {'B', 'S'};
const char ouch_wire_self_trade[3] = {'T', 'M', 'B'};
const char ouch_wire_by[4] = {0, 'M', 'I', 'L'};
const char ouch_wire_when[3] = {0, 'A', 'B'};
const char ouch_wire_forced[FORCED_KINDS] = {
    [FORCED_MARGIN_CALL] = 'M', [FORCED_BEGUN] = 'B', [FORCED_ENDED] = 'E', [FORCED_FILL] = 'F',
    [FORCED_CONVERSION] = 'C', [FORCED_GIVEN] = 'G', [FORCED_TAKEN] = 'T', [FORCED_BANKRUPT] = 'Z',
    [FORCED_DELEVERAGED] = 'D', [FORCED_LEND_TURNED] = 'L',
};

uint32_t ouch_wire_forced_tags(unsigned forced)
{
    switch (forced) {
    case FORCED_MARGIN_CALL:
    case FORCED_BEGUN:
    case FORCED_ENDED:
        return OUCH_WIRE_BIT(EQUITY) | OUCH_WIRE_BIT(MAINTENANCE);
    case FORCED_TAKEN:
        return OUCH_WIRE_BIT(MONEY) | OUCH_WIRE_BIT(COUNTERPARTY);
    case FORCED_DELEVERAGED:
        return OUCH_WIRE_BIT(MONEY) | OUCH_WIRE_BIT(COUNTERPARTY) | OUCH_WIRE_BIT(RANK);
    case FORCED_LEND_TURNED:
        return OUCH_WIRE_BIT(MONEY) | OUCH_WIRE_BIT(COUNTERPARTY) | OUCH_WIRE_BIT(ASSET);
    default:
        return OUCH_WIRE_BIT(MONEY);
    }
}

bool ouch_wire_forced_trades(unsigned forced)
{
    return forced >= FORCED_FILL && forced <= FORCED_DELEVERAGED;
}

static const uint8_t tag_sizes[OUCH_WIRE_TAGS] = {
#define OUCH_WIRE_ENTRY(name, number, bytes) [OUCH_AT_##name] = bytes,
    OUCH_TAG_TABLE(OUCH_WIRE_ENTRY)
#undef OUCH_WIRE_ENTRY
};

static const uint8_t tag_numbers[OUCH_WIRE_TAGS] = {
#define OUCH_WIRE_ENTRY(name, number, bytes) [OUCH_AT_##name] = number,
    OUCH_TAG_TABLE(OUCH_WIRE_ENTRY)
#undef OUCH_WIRE_ENTRY
};

/* Place + 1 of every tag's number, 0: unknown. */
static const uint8_t tag_places[256] = {
#define OUCH_WIRE_ENTRY(name, number, bytes) [number] = OUCH_AT_##name + 1,
    OUCH_TAG_TABLE(OUCH_WIRE_ENTRY)
#undef OUCH_WIRE_ENTRY
};

const char *ouch_error_name(enum ouch_error error)
{
    static const char *const names[OUCH_ERRORS] = {
        [OUCH_ERROR_NONE] = "none", [OUCH_ERROR_EMPTY] = "empty", [OUCH_ERROR_TYPE] = "type",
        [OUCH_ERROR_LENGTH] = "length", [OUCH_ERROR_UNSUPPORTED] = "unsupported",
        [OUCH_ERROR_APPENDAGE_LENGTH] = "appendage_length", [OUCH_ERROR_TAG_LENGTH] = "tag_length",
        [OUCH_ERROR_TAG_UNKNOWN] = "tag_unknown", [OUCH_ERROR_TAG_DUPLICATE] = "tag_duplicate",
        [OUCH_ERROR_TAG_VALUE] = "tag_value", [OUCH_ERROR_TAG_CONFLICT] = "tag_conflict", [OUCH_ERROR_FIELD] = "field",
        [OUCH_ERROR_MARKET] = "market", [OUCH_ERROR_PRICE] = "price", [OUCH_ERROR_QUANTITY] = "quantity",
    };

    check(error >= OUCH_ERROR_NONE && error < OUCH_ERRORS);
    return names[error];
}

/* Markets. */

static size_t symbol_length(const uint8_t symbol[24])
{
    return strnlen((const char *)symbol, 24);
}

static struct ouch_market *name_market(struct ouch_markets *markets, uint32_t number, const uint8_t *symbol,
                                       size_t length)
{
    struct ouch_market *market;

    check(number >= 1 && number <= LIMIT_MARKETS && length >= 1 && length <= 23);
    market = &markets->list[number];
    memset(market, 0, sizeof *market);
    memcpy(market->symbol, symbol, length);
    if (length <= OUCH_SYMBOL_CHARACTERS) {
        memset(market->code, ' ', OUCH_SYMBOL_CHARACTERS);
        memcpy(market->code, symbol, length);
    }
    if (number > markets->count)
        markets->count = number;
    return market;
}

void ouch_set_market(struct ouch_markets *markets, uint32_t number, const uint8_t symbol[24])
{
    struct ouch_market *market = name_market(markets, number, symbol, symbol_length(symbol));
    uint8_t *digit = market->code + 1;

    if (market->code[0])
        return;
    memset(market->code, ' ', OUCH_SYMBOL_CHARACTERS);
    market->code[0] = '#';
    for (uint32_t unit = number >= 100 ? 100 : number >= 10 ? 10 : 1; unit; unit /= 10)
        *digit++ = (uint8_t)('0' + number / unit % 10);
}

void ouch_name_market(struct ouch_markets *markets, uint32_t number, const char *symbol)
{
    name_market(markets, number, (const uint8_t *)symbol, strnlen(symbol, 24));
}

uint32_t ouch_find_market(const struct ouch_markets *markets, const uint8_t symbol[24])
{
    for (uint32_t number = 1; number <= markets->count; number++) {
        if (markets->list[number].symbol[0] && memcmp(markets->list[number].symbol, symbol, 24) == 0)
            return number;
    }
    return 0;
}

static uint32_t find_code(const struct ouch_markets *markets, const uint8_t code[OUCH_SYMBOL_CHARACTERS])
{
    for (uint32_t number = 1; number <= markets->count; number++) {
        if (memcmp(markets->list[number].code, code, OUCH_SYMBOL_CHARACTERS) == 0)
            return code[0] ? number : 0;
    }
    return 0;
}

uint32_t ouch_wire_read_market(const struct ouch_markets *markets, const uint8_t code[OUCH_SYMBOL_CHARACTERS],
                               const struct ouch_wire_tags *tags)
{
    uint8_t symbol[24];
    uint32_t number;

    if (!(tags->present & OUCH_WIRE_BIT(MARKET_SYMBOL)))
        return find_code(markets, code);
    if (!ouch_wire_read_text(tags->value[OUCH_AT_MARKET_SYMBOL], tags->size[OUCH_AT_MARKET_SYMBOL], symbol, 24))
        return 0;
    number = ouch_find_market(markets, symbol);
    if (number == 0 || ouch_wire_is_blank(code, OUCH_SYMBOL_CHARACTERS) || markets->list[number].code[0] == 0)
        return number;
    return memcmp(markets->list[number].code, code, OUCH_SYMBOL_CHARACTERS) == 0 ? number : 0;
}

/* Reading. */

uint64_t ouch_wire_tag_number(const struct ouch_wire_tags *tags, enum ouch_wire_place place)
{
    return tags->present & 1u << place ? ouch_wire_read_number(tags->value[place], tags->size[place]) : 0;
}

bool ouch_wire_read_text(const uint8_t *bytes, size_t size, uint8_t *text, size_t room)
{
    while (size && bytes[size - 1] == ' ')
        size--;
    check(size <= room);
    memset(text, 0, room);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            return false;
        text[i] = bytes[i];
    }
    return true;
}

bool ouch_wire_is_blank(const uint8_t *bytes, size_t size)
{
    while (size && bytes[size - 1] == ' ')
        size--;
    return size == 0;
}

int ouch_wire_place_of(const char *characters, int count, uint8_t character)
{
    for (int i = 0; i < count; i++) {
        if (character && (uint8_t)characters[i] == character)
            return i;
    }
    return -1;
}

/* One element of `size` bytes, length byte left out. */
static enum ouch_error read_tag(const uint8_t *bytes, size_t size, uint32_t allowed, struct ouch_wire_tags *tags)
{
    unsigned place = tag_places[bytes[0]];
    size_t value_size = size - 1;

    if (place == 0 || !(allowed & 1u << --place))
        return OUCH_ERROR_TAG_UNKNOWN;
    if (tags->present & 1u << place)
        return OUCH_ERROR_TAG_DUPLICATE;
    if (tag_sizes[place] ? value_size != tag_sizes[place] : value_size < 1 || value_size > 23)
        return OUCH_ERROR_TAG_LENGTH;
    tags->present |= 1u << place;
    tags->size[place] = (uint8_t)value_size;
    tags->value[place] = bytes + 1;
    return OUCH_ERROR_NONE;
}

enum ouch_error ouch_wire_read_tags(const uint8_t *bytes, size_t size, bool optional, uint32_t allowed,
                                    struct ouch_wire_tags *tags)
{
    tags->present = 0;
    if (size == 0 && optional)
        return OUCH_ERROR_NONE;
    if (size < 2 || ouch_wire_read_number(bytes, 2) != size - 2)
        return OUCH_ERROR_APPENDAGE_LENGTH;
    for (size_t at = 2; at < size; at += 1u + bytes[at]) {
        enum ouch_error error;

        if (bytes[at] == 0 || bytes[at] > size - at - 1)
            return OUCH_ERROR_TAG_LENGTH;
        error = read_tag(bytes + at + 1, bytes[at], allowed, tags);
        if (error != OUCH_ERROR_NONE)
            return error;
    }
    return OUCH_ERROR_NONE;
}

int64_t ouch_wire_read_quantity(uint64_t field, const struct ouch_wire_tags *tags)
{
    uint64_t tag = ouch_wire_tag_number(tags, OUCH_AT_QUANTITY);

    if (!(tags->present & OUCH_WIRE_BIT(QUANTITY)))
        return (int64_t)field;
    return field == 0 && tag <= INT64_MAX ? (int64_t)tag : -1;
}

/* Writing. */

void ouch_wire_begin(struct ouch_wire_writer *writer, uint8_t type)
{
    writer->bytes[0] = type;
    writer->next = writer->bytes + 1;
    writer->appendage = NULL;
}

void ouch_wire_put_text(struct ouch_wire_writer *writer, const uint8_t *text, size_t size)
{
    bool ended = false;

    check((size_t)(writer->bytes + sizeof writer->bytes - writer->next) >= size);
    for (size_t i = 0; i < size; i++) {
        ended |= text[i] == 0;
        *writer->next++ = ended ? ' ' : text[i];
    }
}

void ouch_wire_begin_tags(struct ouch_wire_writer *writer, enum ouch_wire_size fixed)
{
    check(writer->next == writer->bytes + fixed);
    writer->appendage = writer->next;
    ouch_wire_put_number(writer, 0, 2);
}

static void put_tag_head(struct ouch_wire_writer *writer, enum ouch_wire_place place, size_t size)
{
    ouch_wire_put_number(writer, (size + 1) << 8 | tag_numbers[place], 2);
}

void ouch_wire_tag_put(struct ouch_wire_writer *writer, enum ouch_wire_place place, uint64_t number)
{
    put_tag_head(writer, place, tag_sizes[place]);
    ouch_wire_put_number(writer, number, tag_sizes[place]);
}

void ouch_wire_tag_bytes(struct ouch_wire_writer *writer, enum ouch_wire_place place, const void *value)
{
    put_tag_head(writer, place, tag_sizes[place]);
    ouch_wire_put_bytes(writer, value, tag_sizes[place]);
}

void ouch_wire_tag_symbol(struct ouch_wire_writer *writer, const uint8_t symbol[24])
{
    size_t length = symbol_length(symbol);

    if (length == 0)
        return;
    put_tag_head(writer, OUCH_AT_MARKET_SYMBOL, length);
    ouch_wire_put_bytes(writer, symbol, length);
}

size_t ouch_wire_finish(struct ouch_wire_writer *writer, uint8_t *bytes, size_t room)
{
    size_t size = (size_t)(writer->next - writer->bytes);
    size_t appendage = (size_t)(writer->next - writer->appendage) - 2;

    if (size > room)
        return 0;
    writer->appendage[0] = (uint8_t)(appendage >> 8);
    writer->appendage[1] = (uint8_t)appendage;
    memcpy(bytes, writer->bytes, size);
    return size;
}

uint32_t ouch_wire_quantity_field(int64_t quantity)
{
    return quantity <= UINT32_MAX ? (uint32_t)quantity : 0;
}
