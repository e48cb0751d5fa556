/* The host's end of the serial link against a card made of bytes: frames to the byte, and every way in which a line or
 * a card can go wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "device_serial_link.h"

enum { NONCE = 0x31, DATA, ACK = 1, NAK = 2, HELLO = 3 };

static struct serial_link line;
static int card; /* the card's end */
static struct serial_message heard[32];
static size_t heard_count;

static void receive(void *context, const struct serial_message *message)
{
    (void)context;
    heard[heard_count++] = *message;
}

/* Appends a byte, escaped if it must be. */
static size_t escaped(uint8_t *out, uint8_t byte)
{
    const bool special = byte == 0x7E || byte == 0x7D;
    out[0] = special ? 0x7D : byte;
    out[1] = byte ^ 0x20;
    return special ? 2 : 1;
}

static size_t frame_make(uint8_t *out, uint8_t kind, uint8_t sequence, uint8_t ack, const uint8_t *message,
                         size_t bytes)
{
    uint8_t frame[100] = {kind, sequence, ack};
    size_t length = 0;
    if (bytes)
        memcpy(frame + 3, message, bytes);
    const uint32_t crc = serial_link_crc32(frame, 3 + bytes);
    for (int i = 0; i < 4; i++)
        frame[3 + bytes + (size_t)i] = (uint8_t)(crc >> 8 * i);
    out[length++] = 0x7E;
    for (size_t i = 0; i < 7 + bytes; i++)
        length += escaped(out + length, frame[i]);
    out[length++] = 0x7E;
    return length;
}

static void say(uint8_t kind, uint8_t sequence, uint8_t ack, const uint8_t *message, size_t bytes)
{
    uint8_t out[300];
    const size_t length = frame_make(out, kind, sequence, ack, message, bytes);
    assert_int_equal(write(card, out, length), length);
}

static void say_value(uint8_t sequence, uint8_t ack, uint8_t value)
{
    const uint8_t message[9] = {SERIAL_VALUE, 0, 0, 0, 0, value};
    say(0, sequence, ack, message, sizeof message);
}

/* Everything that the host has put on the line since the last call must be just these frames. */
static void expect_frames(const uint8_t *frames, size_t bytes)
{
    uint8_t got[1000];
    const ssize_t count = read(card, got, sizeof got);
    assert_int_equal(count < 0 ? 0 : count, bytes);
    if (bytes)
        assert_memory_equal(got, frames, bytes);
}

static void expect(uint8_t kind, uint8_t sequence, uint8_t ack)
{
    uint8_t frame[40];
    expect_frames(frame, frame_make(frame, kind, sequence, ack, NULL, 0));
}

static int set_up(void **state)
{
    int ends[2];
    (void)state;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends))
        return 1;
    card = ends[1];
    heard_count = 0;
    line = (struct serial_link){.fd = ends[0], .receive = receive, .deadline_ns = 600000000};
    say(HELLO, NONCE, 0, NULL, 0);
    return 0;
}

static int up(void **state)
{
    if (set_up(state) || !serial_link_start(&line, NONCE))
        return 1;
    expect(HELLO, NONCE, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(line.fd);
    close(card);
    return 0;
}

static struct serial_message read_of(uint8_t offset)
{
    return (struct serial_message){.bytes = 5, .byte = {SERIAL_READ, offset}};
}

static void test_checksum(void **state)
{
    (void)state;
    assert_int_equal(serial_link_crc32((const uint8_t *)"123456789", 9), 0xCBF43926); /* the check value of CRC-32 */
}

static void test_a_frame_to_the_byte(void **state)
{
    const struct serial_message message = {.bytes = 9, .byte = {SERIAL_WRITE, 0x7E, 0, 0x7D, 0, 1, 2, 3, 4}};
    uint8_t wanted[64] = {0x7E, 0, 0, 0, 2, 0x7D, 0x5E, 0, 0x7D, 0x5D, 0, 1, 2, 3, 4};
    const uint8_t plain[12] = {0, 0, 0, 2, 0x7E, 0, 0x7D, 0, 1, 2, 3, 4};
    size_t length = 15;
    (void)state;
    assert_true(serial_link_send(&line, &message));
    assert_true(serial_link_pump(&line, 0));
    for (int i = 0; i < 4; i++)
        length += escaped(wanted + length, (uint8_t)(serial_link_crc32(plain, sizeof plain) >> 8 * i));
    wanted[length++] = 0x7E;
    expect_frames(wanted, length);
}

static void test_only_our_hello_counts(void **state)
{
    uint8_t other[40];
    (void)state;
    read(card, other, sizeof other);
    read(line.fd, other, sizeof other);
    say_value(0, 0, 9);                    /* of the time before */
    say(HELLO, NONCE + 1, 0, NULL, 0);     /* to somebody else */
    assert_false(serial_link_start(&line, NONCE));
    assert_non_null(strstr(line.lost, "no card answers"));
    assert_int_equal(heard_count, 0);
}

static void test_messages_in_order_each_once(void **state)
{
    (void)state;
    say_value(0, 0, 10);
    say_value(1, 0, 11);
    say_value(0, 0, 10); /* again: the acknowledgement was lost */
    say_value(2, 0, 12);
    assert_true(serial_link_pump(&line, 0));
    assert_int_equal(heard_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(heard[i].byte[5], 10 + i);
    expect(ACK, 0, 3);
    say_value(2, 0, 12); /* and this one, too */
    assert_true(serial_link_pump(&line, 0));
    assert_int_equal(heard_count, 3);
    expect(ACK, 0, 3);
}

static void test_a_gap_is_asked_for_once(void **state)
{
    uint8_t frame[40];
    (void)state;
    say_value(0, 0, 10);
    say_value(2, 0, 12);
    say_value(3, 0, 13);
    assert_true(serial_link_pump(&line, 0));
    assert_int_equal(heard_count, 1);
    assert_int_equal(line.counts.gaps, 2);
    expect_frames(frame, frame_make(frame, NAK, 0, 1, NULL, 0));
    say_value(1, 0, 11);
    say_value(2, 0, 12);
    assert_true(serial_link_pump(&line, 0));
    assert_int_equal(heard_count, 3);
    expect(ACK, 0, 3);
}

static void test_damaged_frames_are_no_messages(void **state)
{
    uint8_t out[100];
    const uint8_t message[9] = {SERIAL_VALUE};
    const size_t length = frame_make(out, 0, 0, 0, message, sizeof message);
    (void)state;
    for (size_t torn = 1; torn + 1 < length; torn++) { /* torn off anywhere, then a flag */
        assert_int_equal(write(card, out, torn), torn);
        assert_int_equal(write(card, "\x7E", 1), 1);
    }
    for (size_t bit = 0; bit < 8 * (length - 2); bit++) { /* one bit turned */
        out[1 + bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(write(card, out, length), length);
        out[1 + bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(serial_link_pump(&line, 0));
    }
    assert_int_equal(heard_count, 0);
    assert_true(line.counts.bad_frames > 100);
    assert_int_equal(write(card, "noise without end ...............", 33), 33);
    assert_int_equal(write(card, out, length), length);
    assert_true(serial_link_pump(&line, 0));
    assert_int_equal(heard_count, 1);
}

static void test_a_frame_too_long_is_dropped(void **state)
{
    static const uint8_t much[400] = {1};
    (void)state;
    assert_int_equal(write(card, "\x7E", 1), 1);
    assert_int_equal(write(card, much, sizeof much), sizeof much);
    say_value(0, 0, 10);
    assert_true(serial_link_pump(&line, 0));
    assert_int_equal(heard_count, 1);
    assert_int_equal(line.counts.bad_frames, 1);
}

/* Nor does the end of a frame that is too long count as one. */
static void test_the_end_of_a_frame_is_no_frame(void **state)
{
    static const uint8_t much[SERIAL_FRAME_MAX] = {1};
    uint8_t out[100];
    const uint8_t message[9] = {SERIAL_VALUE};
    const size_t length = frame_make(out, 0, 0, 0, message, sizeof message);
    (void)state;
    assert_int_equal(write(card, "\x7E", 1), 1);
    assert_int_equal(write(card, much, sizeof much), sizeof much);
    assert_int_equal(write(card, out + 1, length - 1), length - 1);
    assert_true(serial_link_pump(&line, 0));
    assert_int_equal(heard_count, 0);
}

static void test_an_escape_is_no_end(void **state)
{
    uint8_t out[100];
    const uint8_t message[9] = {SERIAL_VALUE};
    const size_t length = frame_make(out, 0, 0, 0, message, sizeof message);
    (void)state;
    memcpy(out + length - 1, "\x7D\x7E", 2);
    assert_int_equal(write(card, out, length + 1), length + 1);
    assert_true(serial_link_pump(&line, 0));
    assert_int_equal(heard_count, 0);
    assert_int_equal(line.counts.bad_frames, 1);
}

static void test_the_window_is_the_credit(void **state)
{
    uint8_t frames[1000];
    size_t length = 0;
    (void)state;
    for (uint8_t i = 0; i < SERIAL_WINDOW; i++) {
        const struct serial_message message = read_of(i);
        assert_true(serial_link_send(&line, &message));
        length += frame_make(frames + length, 0, i, 0, message.byte, message.bytes);
    }
    const struct serial_message more = read_of(99);
    assert_false(serial_link_send(&line, &more));
    assert_true(serial_link_pump(&line, 0));
    expect_frames(frames, length);
    say(ACK, 0, 3, NULL, 0);
    assert_true(serial_link_pump(&line, 0));
    for (int i = 0; i < 3; i++)
        assert_true(serial_link_send(&line, &more));
    assert_false(serial_link_send(&line, &more));
}

static void test_what_is_asked_for_is_sent_again(void **state)
{
    uint8_t frames[200];
    size_t length = 0;
    (void)state;
    for (uint8_t i = 0; i < 3; i++) {
        const struct serial_message message = read_of(i);
        assert_true(serial_link_send(&line, &message));
    }
    assert_true(serial_link_pump(&line, 0));
    read(card, frames, sizeof frames);
    say(NAK, 0, 1, NULL, 0);
    assert_true(serial_link_pump(&line, 0));
    for (uint8_t i = 1; i < 3; i++) {
        const struct serial_message message = read_of(i);
        length += frame_make(frames + length, 0, i, 0, message.byte, message.bytes);
    }
    expect_frames(frames, length);
    assert_int_equal(line.counts.resent, 2);
}

static void test_silence_sends_again_and_then_ends(void **state)
{
    const struct serial_message message = read_of(5);
    uint8_t frame[100], got[1000];
    (void)state;
    assert_true(serial_link_send(&line, &message));
    while (serial_link_pump(&line, 1)) {
    }
    assert_non_null(strstr(line.lost, "acknowledges nothing"));
    const size_t length = frame_make(frame, 0, 0, 0, message.byte, message.bytes);
    const ssize_t count = read(card, got, sizeof got);
    assert_int_equal(count, 3 * length); /* once, and again each quarter of a second within 0.6 */
    assert_memory_equal(got + length, frame, length);
    assert_false(serial_link_send(&line, &message));
}

static void ends(const char *why)
{
    assert_false(serial_link_pump(&line, 0));
    if (!strstr(line.lost, why))
        fail_msg("%s", line.lost);
}

static void test_a_card_that_forgot_is_found_out(void **state)
{
    (void)state;
    say(ACK, 0, 1, NULL, 0);
    ends("forgotten");
}

static void test_a_message_of_no_known_form(void **state)
{
    const uint8_t message[9] = {9};
    (void)state;
    say(0, 0, 0, message, sizeof message);
    ends("no known form");
}

static void test_a_message_too_short(void **state)
{
    const uint8_t message[8] = {SERIAL_VALUE};
    (void)state;
    say(0, 0, 0, message, sizeof message);
    ends("no known form");
}

static void test_a_hang_up(void **state)
{
    (void)state;
    say_value(0, 0, 10);
    close(card);
    card = -1;
    ends("hung up");
    assert_int_equal(heard_count, 1); /* what came before is good */
}

#define WHEN_UP(test) cmocka_unit_test_setup_teardown(test, up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum),
        WHEN_UP(test_a_frame_to_the_byte),
        cmocka_unit_test_setup_teardown(test_only_our_hello_counts, set_up, tear_down),
        WHEN_UP(test_messages_in_order_each_once),
        WHEN_UP(test_a_gap_is_asked_for_once),
        WHEN_UP(test_damaged_frames_are_no_messages),
        WHEN_UP(test_a_frame_too_long_is_dropped),
        WHEN_UP(test_the_end_of_a_frame_is_no_frame),
        WHEN_UP(test_an_escape_is_no_end),
        WHEN_UP(test_the_window_is_the_credit),
        WHEN_UP(test_what_is_asked_for_is_sent_again),
        WHEN_UP(test_silence_sends_again_and_then_ends),
        WHEN_UP(test_a_card_that_forgot_is_found_out),
        WHEN_UP(test_a_message_of_no_known_form),
        WHEN_UP(test_a_message_too_short),
        WHEN_UP(test_a_hang_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
