#include "soupbin.h"

#include <stdbool.h>
#include <string.h>

#include "check.h"

const char *soupbin_status_name(enum soupbin_status status)
{
    static const char *const names[] = {
        [SOUPBIN_OK] = "ok", [SOUPBIN_MORE] = "more", [SOUPBIN_LENGTH] = "length", [SOUPBIN_TYPE] = "type",
        [SOUPBIN_FORMAT] = "format",
    };

    check(status >= SOUPBIN_OK && status <= SOUPBIN_FORMAT);
    return names[status];
}

static bool type_legal(uint8_t type, enum soupbin_sender sender)
{
    switch (type) {
    case SOUPBIN_DEBUG:
        return true;
    case SOUPBIN_LOGIN_ACCEPTED:
    case SOUPBIN_LOGIN_REJECTED:
    case SOUPBIN_SEQUENCED:
    case SOUPBIN_SERVER_HEARTBEAT:
    case SOUPBIN_END_OF_SESSION:
        return sender == SOUPBIN_FROM_SERVER;
    case SOUPBIN_LOGIN_REQUEST:
    case SOUPBIN_UNSEQUENCED:
    case SOUPBIN_CLIENT_HEARTBEAT:
    case SOUPBIN_LOGOUT:
        return sender == SOUPBIN_FROM_CLIENT;
    default:
        return false;
    }
}

static bool size_legal(uint8_t type, size_t payload_size)
{
    switch (type) {
    case SOUPBIN_LOGIN_REQUEST:
        return payload_size == SOUPBIN_LOGIN_REQUEST_BYTES;
    case SOUPBIN_LOGIN_ACCEPTED:
        return payload_size == SOUPBIN_LOGIN_ACCEPTED_BYTES;
    case SOUPBIN_LOGIN_REJECTED:
        return payload_size == SOUPBIN_LOGIN_REJECTED_BYTES;
    case SOUPBIN_CLIENT_HEARTBEAT:
    case SOUPBIN_SERVER_HEARTBEAT:
    case SOUPBIN_END_OF_SESSION:
    case SOUPBIN_LOGOUT:
        return payload_size == 0;
    default:
        return payload_size <= SOUPBIN_PAYLOAD_BYTES_MAX;
    }
}

void soupbin_reset_splitter(struct soupbin_splitter *splitter, enum soupbin_sender sender)
{
    memset(splitter, 0, sizeof *splitter);
    splitter->sender = (uint8_t)sender;
}

void soupbin_feed_splitter(struct soupbin_splitter *splitter, const uint8_t *bytes, size_t size)
{
    check(splitter->left == 0);
    splitter->next = bytes;
    splitter->left = size;
}

/* Judges the header at `bytes` and gives the packet's size with it. */
static enum soupbin_status read_header(const uint8_t *bytes, enum soupbin_sender sender, size_t *packet_size)
{
    size_t length = (size_t)bytes[0] << 8 | bytes[1];

    if (length == 0)
        return SOUPBIN_LENGTH;
    if (!type_legal(bytes[2], sender))
        return SOUPBIN_TYPE;
    if (!size_legal(bytes[2], length - 1))
        return SOUPBIN_LENGTH;
    *packet_size = length + 2;
    return SOUPBIN_OK;
}

static void set_packet(struct soupbin_packet *packet, const uint8_t *bytes, size_t packet_size)
{
    packet->type = bytes[2];
    packet->size = (uint16_t)(packet_size - SOUPBIN_HEADER_BYTES);
    packet->payload = bytes + SOUPBIN_HEADER_BYTES;
}

static enum soupbin_status fail(struct soupbin_splitter *splitter, enum soupbin_status status)
{
    splitter->left = 0;
    splitter->status = (uint8_t)status;
    return status;
}

/* Moves bytes of the piece to `carry` until that holds `wanted`; false if the piece is used up before. */
static bool carry_until(struct soupbin_splitter *splitter, size_t wanted)
{
    size_t missing = wanted - splitter->carried;
    size_t take = missing < splitter->left ? missing : splitter->left;

    if (take) {
        memcpy(splitter->carry + splitter->carried, splitter->next, take);
        splitter->next += take;
        splitter->left -= take;
        splitter->carried = (uint16_t)(splitter->carried + take);
    }
    return take == missing;
}

static enum soupbin_status next_carried(struct soupbin_splitter *splitter, struct soupbin_packet *packet)
{
    enum soupbin_status status;
    size_t packet_size;

    /* A length of 0 is known before the type has come. */
    if (splitter->carried < 2 && !carry_until(splitter, 2))
        return SOUPBIN_MORE;
    if (splitter->carry[0] == 0 && splitter->carry[1] == 0)
        return fail(splitter, SOUPBIN_LENGTH);
    if (splitter->carried < SOUPBIN_HEADER_BYTES && !carry_until(splitter, SOUPBIN_HEADER_BYTES))
        return SOUPBIN_MORE;
    status = read_header(splitter->carry, splitter->sender, &packet_size);
    if (status != SOUPBIN_OK)
        return fail(splitter, status);
    if (!carry_until(splitter, packet_size))
        return SOUPBIN_MORE;
    set_packet(packet, splitter->carry, packet_size);
    splitter->carried = 0; /* the bytes stay until the next call */
    return SOUPBIN_OK;
}

enum soupbin_status soupbin_next_packet(struct soupbin_splitter *splitter, struct soupbin_packet *packet)
{
    enum soupbin_status status;
    size_t packet_size;

    if (splitter->status != SOUPBIN_OK) {
        splitter->left = 0;
        return splitter->status;
    }
    if (splitter->carried || splitter->left < SOUPBIN_HEADER_BYTES)
        return next_carried(splitter, packet);
    status = read_header(splitter->next, splitter->sender, &packet_size);
    if (status != SOUPBIN_OK)
        return fail(splitter, status);
    if (packet_size > splitter->left)
        return next_carried(splitter, packet);
    set_packet(packet, splitter->next, packet_size);
    splitter->next += packet_size;
    splitter->left -= packet_size;
    return SOUPBIN_OK;
}

void soupbin_encode_header(uint8_t bytes[SOUPBIN_HEADER_BYTES], enum soupbin_type type, size_t payload_size)
{
    check(payload_size <= SOUPBIN_PAYLOAD_BYTES_MAX);
    bytes[0] = (uint8_t)((payload_size + 1) >> 8);
    bytes[1] = (uint8_t)(payload_size + 1);
    bytes[2] = (uint8_t)type;
}

size_t soupbin_encode_packet(uint8_t *bytes, size_t room, enum soupbin_type type, const void *payload,
                             size_t payload_size)
{
    if (payload_size > SOUPBIN_PAYLOAD_BYTES_MAX || room < SOUPBIN_HEADER_BYTES + payload_size)
        return 0;
    soupbin_encode_header(bytes, type, payload_size);
    if (payload_size)
        memcpy(bytes + SOUPBIN_HEADER_BYTES, payload, payload_size);
    return SOUPBIN_HEADER_BYTES + payload_size;
}

static bool is_padding(uint8_t character)
{
    return character == ' ' || character == 0;
}

/* A field without its padding. False if what is left is not printable; spaces inside are. */
static bool read_text(const uint8_t *field, size_t size, char *text)
{
    size_t first = 0;

    while (size > first && is_padding(field[size - 1]))
        size--;
    while (first < size && is_padding(field[first]))
        first++;
    for (size_t i = first; i < size; i++) {
        if (field[i] < 0x20 || field[i] > 0x7e)
            return false;
        text[i - first] = (char)field[i];
    }
    text[size - first] = 0;
    return true;
}

static bool read_number(const uint8_t *field, uint64_t *number)
{
    char text[SOUPBIN_SEQUENCE_CHARACTERS + 1];
    uint64_t value = 0;

    if (!read_text(field, SOUPBIN_SEQUENCE_CHARACTERS, text) || text[0] == 0)
        return false;
    for (const char *digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*digit - '0'), &value))
            return false;
    }
    *number = value;
    return true;
}

static enum soupbin_status expect(const struct soupbin_packet *packet, enum soupbin_type type, size_t size)
{
    if (packet->type != type)
        return SOUPBIN_TYPE;
    return packet->size == size ? SOUPBIN_OK : SOUPBIN_LENGTH;
}

enum soupbin_status soupbin_parse_login(const struct soupbin_packet *packet, struct soupbin_login *login)
{
    enum soupbin_status status = expect(packet, SOUPBIN_LOGIN_REQUEST, SOUPBIN_LOGIN_REQUEST_BYTES);
    const uint8_t *field = packet->payload;

    if (status != SOUPBIN_OK)
        return status;
    memset(login, 0, sizeof *login);
    if (!read_text(field, SOUPBIN_USER_CHARACTERS, login->user) || login->user[0] == 0)
        return SOUPBIN_FORMAT;
    field += SOUPBIN_USER_CHARACTERS;
    if (!read_text(field, SOUPBIN_PASSWORD_CHARACTERS, login->password))
        return SOUPBIN_FORMAT;
    field += SOUPBIN_PASSWORD_CHARACTERS;
    if (!read_text(field, SOUPBIN_SESSION_CHARACTERS, login->session))
        return SOUPBIN_FORMAT;
    field += SOUPBIN_SESSION_CHARACTERS;
    return read_number(field, &login->sequence) ? SOUPBIN_OK : SOUPBIN_FORMAT;
}

enum soupbin_status soupbin_parse_accepted(const struct soupbin_packet *packet, struct soupbin_accepted *accepted)
{
    enum soupbin_status status = expect(packet, SOUPBIN_LOGIN_ACCEPTED, SOUPBIN_LOGIN_ACCEPTED_BYTES);

    if (status != SOUPBIN_OK)
        return status;
    memset(accepted, 0, sizeof *accepted);
    if (!read_text(packet->payload, SOUPBIN_SESSION_CHARACTERS, accepted->session))
        return SOUPBIN_FORMAT;
    return read_number(packet->payload + SOUPBIN_SESSION_CHARACTERS, &accepted->sequence) ? SOUPBIN_OK : SOUPBIN_FORMAT;
}

enum soupbin_status soupbin_parse_rejected(const struct soupbin_packet *packet, uint8_t *reason)
{
    enum soupbin_status status = expect(packet, SOUPBIN_LOGIN_REJECTED, SOUPBIN_LOGIN_REJECTED_BYTES);

    if (status == SOUPBIN_OK)
        *reason = packet->payload[0];
    return status;
}

/* Left-justified, padded with spaces; the field behind it. */
static uint8_t *write_text(uint8_t *field, size_t size, const char *text)
{
    size_t length = strnlen(text, size + 1);

    check(length <= size);
    memset(field, ' ', size);
    memcpy(field, text, length);
    return field + size;
}

/* Right-justified, padded with spaces. */
static void write_number(uint8_t *field, uint64_t number)
{
    size_t place = SOUPBIN_SEQUENCE_CHARACTERS;

    memset(field, ' ', SOUPBIN_SEQUENCE_CHARACTERS);
    do {
        field[--place] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number);
}

size_t soupbin_encode_login(uint8_t *bytes, size_t room, const struct soupbin_login *login)
{
    uint8_t payload[SOUPBIN_LOGIN_REQUEST_BYTES], *field = payload;

    field = write_text(field, SOUPBIN_USER_CHARACTERS, login->user);
    field = write_text(field, SOUPBIN_PASSWORD_CHARACTERS, login->password);
    field = write_text(field, SOUPBIN_SESSION_CHARACTERS, login->session);
    write_number(field, login->sequence);
    return soupbin_encode_packet(bytes, room, SOUPBIN_LOGIN_REQUEST, payload, sizeof payload);
}

size_t soupbin_encode_accepted(uint8_t *bytes, size_t room, const struct soupbin_accepted *accepted)
{
    uint8_t payload[SOUPBIN_LOGIN_ACCEPTED_BYTES];

    write_number(write_text(payload, SOUPBIN_SESSION_CHARACTERS, accepted->session), accepted->sequence);
    return soupbin_encode_packet(bytes, room, SOUPBIN_LOGIN_ACCEPTED, payload, sizeof payload);
}

size_t soupbin_encode_rejected(uint8_t *bytes, size_t room, enum soupbin_reject reason)
{
    uint8_t payload = (uint8_t)reason;

    return soupbin_encode_packet(bytes, room, SOUPBIN_LOGIN_REJECTED, &payload, sizeof payload);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March on, so that the leap day is
 * the last; 719468 days lie between 0000-03-01 and 1970-01-01. */
static uint32_t day_of_date(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t from_march = month > 2 ? month - 3 : month + 9;
    uint32_t years = month > 2 ? year : year - 1;

    return years * 365 + years / 4 - years / 100 + years / 400 + (153 * from_march + 2) / 5 + day - 1 - 719468;
}

void soupbin_format_session(uint32_t day, char session[SOUPBIN_SESSION_CHARACTERS + 1])
{
    uint32_t year, month = 12, number;

    check(day < SOUPBIN_DAYS);
    year = 1970 + day / 366;
    while (day_of_date(year + 1, 1, 1) <= day)
        year++;
    while (day_of_date(year, month, 1) > day)
        month--;
    number = year * 10000 + month * 100 + (day - day_of_date(year, month, 1)) + 1;
    memset(session, 0, SOUPBIN_SESSION_CHARACTERS + 1);
    for (int place = 7; place >= 0; place--) {
        session[place] = (char)('0' + number % 10);
        number /= 10;
    }
}

uint32_t soupbin_parse_session(const char *session)
{
    char again[SOUPBIN_SESSION_CHARACTERS + 1];
    uint32_t number = 0, year, month, date, day;

    if (strnlen(session, 9) != 8)
        return SOUPBIN_DAY_NONE;
    for (int place = 0; place < 8; place++) {
        if (session[place] < '0' || session[place] > '9')
            return SOUPBIN_DAY_NONE;
        number = number * 10 + (uint32_t)(session[place] - '0');
    }
    year = number / 10000;
    month = number / 100 % 100;
    date = number % 100;
    if (year < 1970 || month < 1 || month > 12 || date < 1 || date > 31)
        return SOUPBIN_DAY_NONE;
    day = day_of_date(year, month, date);
    if (day >= SOUPBIN_DAYS)
        return SOUPBIN_DAY_NONE;
    soupbin_format_session(day, again); /* a date that does not exist, like 31 April, comes back as another */
    return memcmp(again, session, 8) == 0 ? day : SOUPBIN_DAY_NONE;
}
