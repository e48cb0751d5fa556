#include "soupbin.h"

#include "guard.h"

/* Every type a client may send, with payloads of 0, 1 and the largest size. */
static size_t client_stream(uint8_t *bytes, size_t room)
{
    static const uint8_t payload[SOUPBIN_PAYLOAD_BYTES_MAX] = {1, 2, 3};
    struct soupbin_login login = {.user = "alice", .password = "secret", .session = "20261126", .sequence = 42};
    size_t size = soupbin_encode_login(bytes, room, &login);

    size += soupbin_encode_packet(bytes + size, room - size, SOUPBIN_UNSEQUENCED, payload, 1);
    size += soupbin_encode_packet(bytes + size, room - size, SOUPBIN_CLIENT_HEARTBEAT, NULL, 0);
    size += soupbin_encode_packet(bytes + size, room - size, SOUPBIN_UNSEQUENCED, payload, sizeof payload);
    size += soupbin_encode_packet(bytes + size, room - size, SOUPBIN_UNSEQUENCED, NULL, 0);
    size += soupbin_encode_packet(bytes + size, room - size, SOUPBIN_DEBUG, "hello", 5);
    size += soupbin_encode_packet(bytes + size, room - size, SOUPBIN_LOGOUT, NULL, 0);
    return size;
}

static const uint8_t stream_types[] = {'L', 'U', 'R', 'U', 'U', '+', 'O'};
static const uint16_t stream_sizes[] = {46, 1, 0, 512, 0, 5, 0};

/* Takes what the splitter has and compares it with the stream; returns how many packets there have been. */
static size_t take_packets(struct soupbin_splitter *splitter, size_t count, const uint8_t *whole)
{
    struct soupbin_packet packet;
    size_t offset = 0;

    for (size_t i = 0; i < count; i++)
        offset += 3u + stream_sizes[i];
    while (soupbin_next_packet(splitter, &packet) == SOUPBIN_OK) {
        assert_in_range(count, 0, sizeof stream_types - 1);
        assert_int_equal(packet.type, stream_types[count]);
        assert_int_equal(packet.size, stream_sizes[count]);
        assert_memory_equal(packet.payload, whole + offset + 3, packet.size);
        offset += 3u + stream_sizes[count++];
    }
    assert_int_equal(splitter->left, 0);
    return count;
}

static void split_at_every_byte(void **state)
{
    static uint8_t whole[2048];
    size_t size = client_stream(whole, sizeof whole);
    struct soupbin_splitter splitter;

    (void)state;
    for (size_t cut = 0; cut <= size; cut++) {
        size_t count;

        soupbin_reset_splitter(&splitter, SOUPBIN_FROM_CLIENT);
        soupbin_feed_splitter(&splitter, guard_copy(whole, cut), cut);
        count = take_packets(&splitter, 0, whole);
        soupbin_feed_splitter(&splitter, guard_copy(whole + cut, size - cut), size - cut);
        assert_int_equal(take_packets(&splitter, count, whole), sizeof stream_types);
    }
}

static void pieces_of_every_size(void **state)
{
    static uint8_t whole[2048];
    size_t size = client_stream(whole, sizeof whole);
    struct soupbin_splitter splitter;

    (void)state;
    for (size_t piece = 1; piece <= size; piece++) {
        size_t count = 0;

        soupbin_reset_splitter(&splitter, SOUPBIN_FROM_CLIENT);
        for (size_t at = 0; at < size; at += piece) {
            size_t take = size - at < piece ? size - at : piece;

            soupbin_feed_splitter(&splitter, guard_copy(whole + at, take), take);
            count = take_packets(&splitter, count, whole);
        }
        assert_int_equal(count, sizeof stream_types);
    }
}

/* A whole packet is not copied. */
static void points_into_the_piece(void **state)
{
    uint8_t bytes[] = {0, 2, 'U', 7, 0, 2, 'U', 8};
    struct soupbin_splitter splitter;
    struct soupbin_packet packet;

    (void)state;
    soupbin_reset_splitter(&splitter, SOUPBIN_FROM_CLIENT);
    soupbin_feed_splitter(&splitter, bytes, sizeof bytes);
    assert_int_equal(soupbin_next_packet(&splitter, &packet), SOUPBIN_OK);
    assert_ptr_equal(packet.payload, bytes + 3);
    assert_int_equal(soupbin_next_packet(&splitter, &packet), SOUPBIN_OK);
    assert_ptr_equal(packet.payload, bytes + 7);
    assert_int_equal(soupbin_next_packet(&splitter, &packet), SOUPBIN_MORE);
    assert_int_equal(soupbin_next_packet(&splitter, &packet), SOUPBIN_MORE);
}

/* The header alone decides, whole or byte by byte, and the error stays. */
static void expect_error(const uint8_t *bytes, size_t size, enum soupbin_sender sender, enum soupbin_status wanted)
{
    struct soupbin_splitter splitter;
    struct soupbin_packet packet;
    enum soupbin_status status = SOUPBIN_MORE;

    soupbin_reset_splitter(&splitter, sender);
    soupbin_feed_splitter(&splitter, guard_copy(bytes, size), size);
    assert_int_equal(soupbin_next_packet(&splitter, &packet), wanted);
    soupbin_feed_splitter(&splitter, (const uint8_t *)"\0\1R", 3);
    assert_int_equal(soupbin_next_packet(&splitter, &packet), wanted);
    soupbin_reset_splitter(&splitter, sender);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(status, SOUPBIN_MORE);
        soupbin_feed_splitter(&splitter, guard_copy(bytes + i, 1), 1);
        status = soupbin_next_packet(&splitter, &packet);
    }
    assert_int_equal(status, wanted);
}

static void bad_headers(void **state)
{
    static const char server_types[] = "AJSHZ", client_types[] = "LURO";

    (void)state;
    expect_error((const uint8_t *)"\0\0", 2, SOUPBIN_FROM_CLIENT, SOUPBIN_LENGTH);
    expect_error((const uint8_t *)"\2\2U", 3, SOUPBIN_FROM_CLIENT, SOUPBIN_LENGTH);
    expect_error((const uint8_t *)"\377\377U", 3, SOUPBIN_FROM_CLIENT, SOUPBIN_LENGTH);
    expect_error((const uint8_t *)"\0\2R", 3, SOUPBIN_FROM_CLIENT, SOUPBIN_LENGTH);
    expect_error((const uint8_t *)"\0\2O", 3, SOUPBIN_FROM_CLIENT, SOUPBIN_LENGTH);
    expect_error((const uint8_t *)"\0\56L", 3, SOUPBIN_FROM_CLIENT, SOUPBIN_LENGTH);
    expect_error((const uint8_t *)"\0\60L", 3, SOUPBIN_FROM_CLIENT, SOUPBIN_LENGTH);
    expect_error((const uint8_t *)"\0\3J", 3, SOUPBIN_FROM_SERVER, SOUPBIN_LENGTH);
    expect_error((const uint8_t *)"\0\40A", 3, SOUPBIN_FROM_SERVER, SOUPBIN_LENGTH);
    for (unsigned type = 0; type < 256; type++) {
        uint8_t bytes[3] = {0, 1, (uint8_t)type};

        if (type != '+' && !(type && strchr(client_types, (int)type)))
            expect_error(bytes, 3, SOUPBIN_FROM_CLIENT, SOUPBIN_TYPE);
        if (type != '+' && !(type && strchr(server_types, (int)type)))
            expect_error(bytes, 3, SOUPBIN_FROM_SERVER, SOUPBIN_TYPE);
    }
}

static struct soupbin_packet packet_of(const uint8_t *bytes, size_t size, enum soupbin_sender sender)
{
    struct soupbin_splitter splitter;
    struct soupbin_packet packet;

    soupbin_reset_splitter(&splitter, sender);
    soupbin_feed_splitter(&splitter, bytes, size);
    assert_int_equal(soupbin_next_packet(&splitter, &packet), SOUPBIN_OK);
    return packet;
}

static void login_round_trip(void **state)
{
    static const struct soupbin_login logins[] = {
        {"a", "", "", 0}, {"alice6", "0123456789", "2026112600", UINT64_MAX}, {"bob", "two words", "20261126", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
        uint8_t bytes[64];
        struct soupbin_login login;
        struct soupbin_packet packet;

        memset(&login, 0xee, sizeof login);
        assert_int_equal(soupbin_encode_login(bytes, 48, &logins[i]), 0);
        assert_int_equal(soupbin_encode_login(bytes, 49, &logins[i]), 49);
        packet = packet_of(bytes, 49, SOUPBIN_FROM_CLIENT);
        assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_OK);
        assert_string_equal(login.user, logins[i].user);
        assert_string_equal(login.password, logins[i].password);
        assert_string_equal(login.session, logins[i].session);
        assert_int_equal(login.sequence, logins[i].sequence);
    }
}

/* nasdaq-protocols justifies the sequence number on the left; the specification on the right. */
static void login_padding(void **state)
{
    struct soupbin_login login;
    uint8_t payload[46];
    struct soupbin_packet packet = {payload, 46, 'L'};

    (void)state;
    memcpy(payload, " bob  ", 6);
    memcpy(payload + 6, "pass        20261126", 20); /* password, session */
    memcpy(payload + 26, "17                  ", 20);
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_OK);
    assert_string_equal(login.user, "bob");
    assert_string_equal(login.password, "pass");
    assert_string_equal(login.session, "20261126");
    assert_int_equal(login.sequence, 17);
    memcpy(payload + 26, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_FORMAT);
    memcpy(payload + 26, "18446744073709551615", 20);
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_OK);
    assert_int_equal(login.sequence, UINT64_MAX);
    memcpy(payload + 26, "18446744073709551616", 20);
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_FORMAT);
    memcpy(payload + 26, "                 1 2", 20);
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_FORMAT);
    memcpy(payload + 26, "                  -1", 20);
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_FORMAT);
    memcpy(payload + 26, "                   1", 20);
    memcpy(payload, "      ", 6);
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_FORMAT);
    memcpy(payload, "bo\nb  ", 6);
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_FORMAT);
    packet.size = 45;
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_LENGTH);
    packet.type = 'U';
    assert_int_equal(soupbin_parse_login(&packet, &login), SOUPBIN_TYPE);
}

static void server_packets(void **state)
{
    uint8_t bytes[64], reason = 0;
    struct soupbin_accepted accepted = {"20261126", 12345678901u}, again;
    struct soupbin_packet packet;

    (void)state;
    assert_int_equal(soupbin_encode_accepted(bytes, 32, &accepted), 0);
    assert_int_equal(soupbin_encode_accepted(bytes, 33, &accepted), 33);
    assert_memory_equal(bytes, "\0\37A20261126           12345678901", 33);
    packet = packet_of(bytes, 33, SOUPBIN_FROM_SERVER);
    assert_int_equal(soupbin_parse_accepted(&packet, &again), SOUPBIN_OK);
    assert_string_equal(again.session, accepted.session);
    assert_int_equal(again.sequence, accepted.sequence);
    assert_int_equal(soupbin_parse_rejected(&packet, &reason), SOUPBIN_TYPE);
    assert_int_equal(soupbin_encode_rejected(bytes, 3, SOUPBIN_NO_SESSION), 0);
    assert_int_equal(soupbin_encode_rejected(bytes, 4, SOUPBIN_NO_SESSION), 4);
    packet = packet_of(bytes, 4, SOUPBIN_FROM_SERVER);
    assert_int_equal(soupbin_parse_rejected(&packet, &reason), SOUPBIN_OK);
    assert_int_equal(reason, 'S');
    assert_int_equal(soupbin_parse_accepted(&packet, &again), SOUPBIN_TYPE);
}

static void packet_room(void **state)
{
    static const uint8_t payload[SOUPBIN_PAYLOAD_BYTES_MAX + 1];

    (void)state;
    for (size_t room = 0; room < 10; room++) {
        uint8_t *bytes = guard_copy(NULL, room);

        assert_int_equal(soupbin_encode_packet(bytes, room, SOUPBIN_SEQUENCED, payload, 5), room < 8 ? 0 : 8);
    }
    assert_int_equal(soupbin_encode_packet(guard_copy(NULL, 600), 600, SOUPBIN_SEQUENCED, payload, sizeof payload), 0);
}

static void session_names(void **state)
{
    static const char *const none[] = {"", "2026112", "202611260", "20261126  ", "20260229", "20261301", "20260001",
                                       "20260100", "20260431", "19691231", "2026112x", "-2026112"};
    char session[SOUPBIN_SESSION_CHARACTERS + 1];

    (void)state;
    for (uint32_t day = 0; day < SOUPBIN_DAYS; day += day < 40000 ? 1 : 997) {
        soupbin_format_session(day, session);
        assert_int_equal(soupbin_parse_session(session), day);
    }
    soupbin_format_session(0, session);
    assert_string_equal(session, "19700101");
    soupbin_format_session(20783, session);
    assert_string_equal(session, "20261126");
    soupbin_format_session(11016, session);
    assert_string_equal(session, "20000229");
    soupbin_format_session(SOUPBIN_DAYS - 1, session);
    assert_string_equal(session, "99991231");
    assert_int_equal(soupbin_parse_session("20240229"), 19782);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(soupbin_parse_session(none[i]), SOUPBIN_DAY_NONE);
}

/* Random bytes behind a guard page: every result is a legal one, and nothing beyond the end is read. */
static void random_bytes(void **state)
{
    uint64_t random = 4;
    struct soupbin_splitter splitter;
    struct soupbin_packet packet;

    (void)state;
    for (int run = 0; run < 20000; run++) {
        uint8_t bytes[40];
        size_t size = guard_random(&random) % sizeof bytes;
        enum soupbin_status status;

        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)"\0\0\0\1\2\3\57+LUROUUR"[guard_random(&random) % 15];
        soupbin_reset_splitter(&splitter, SOUPBIN_FROM_CLIENT);
        soupbin_feed_splitter(&splitter, guard_copy(bytes, size), size);
        while ((status = soupbin_next_packet(&splitter, &packet)) == SOUPBIN_OK)
            assert_non_null(packet.payload);
        assert_string_not_equal(soupbin_status_name(status), "ok");
        assert_int_equal(splitter.left, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_at_every_byte), cmocka_unit_test(pieces_of_every_size),
        cmocka_unit_test(points_into_the_piece), cmocka_unit_test(bad_headers), cmocka_unit_test(login_round_trip),
        cmocka_unit_test(login_padding), cmocka_unit_test(server_packets), cmocka_unit_test(packet_room),
        cmocka_unit_test(session_names), cmocka_unit_test(random_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
