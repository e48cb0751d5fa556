/* The driver's queue against a card made of an array: identity, and every way in which a card can misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device_queue.h"

#define RING_LOG2 6u
#define RING (1u << RING_LOG2)
#define SLOTS 8u
#define DEADLINE_NS 50000000u
#define BEATS_MOST ((1024u * 64 + (1u << 20)) / 1024) /* in which a card of 1,024 orders must have answered */

/* A card that answers nothing by itself: tests write its events. */
struct fake {
    uint32_t registers[0x1000 / 4];
    uint8_t window[SLOTS * CARD_COMMAND_BYTES];
    uint32_t stores, credits;
    bool dead, heart_stands, window_full, write_full;
    uint32_t beats;                       /* between two looks at the heartbeat; 0 means 1 */
    uint64_t busy_until_ns, full_until_ns; /* status.busy, and a bus that takes no register writes */
    struct device_queue queue;
    uint64_t written; /* events */
    uint32_t sequence;
    struct card_event *ring;
};

static bool fake_read(void *bus, uint32_t offset, uint32_t *value)
{
    struct fake *fake = bus;
    if (offset == CARD_REG_HEARTBEAT && !fake->heart_stands)
        fake->registers[offset / 4] += fake->beats ? fake->beats : 1;
    *value = fake->registers[offset / 4];
    if (offset == CARD_REG_STATUS && device_now_ns() < fake->busy_until_ns)
        *value |= CARD_STATUS_BUSY_MASK;
    return !fake->dead;
}

static bool fake_write(void *bus, uint32_t offset, uint32_t value)
{
    struct fake *fake = bus;
    if (fake->write_full || device_now_ns() < fake->full_until_ns)
        return false;
    if (offset == CARD_REG_CONTROL && value & CARD_CONTROL_RESET_MASK) {
        fake->written = 0;
        fake->sequence = 0;
        fake->registers[CARD_REG_STATUS / 4] = 0;
    }
    if (offset == CARD_REG_CONTROL && value & CARD_CONTROL_ENABLE_MASK)
        fake->registers[CARD_REG_STATUS / 4] |= CARD_STATUS_ENABLED_MASK;
    fake->credits += offset == CARD_REG_CREDIT;
    fake->registers[offset / 4] = value;
    return true;
}

static bool fake_store(void *bus, uint32_t offset, const void *data, size_t bytes)
{
    struct fake *fake = bus;
    if (fake->window_full)
        return false;
    assert_true(offset + bytes <= sizeof fake->window);
    memcpy(fake->window + offset, data, bytes);
    fake->stores++;
    return true;
}

static const struct device_bus fake_bus = {.read = fake_read, .write = fake_write, .store = fake_store};

static const struct device_options plain_options = {.markets = 1, .orders = 16, .tick_bits = 6, .ring_log2 = RING_LOG2};
static const struct device_message nowhere = {0};

static struct fake *fake_card(void)
{
    struct fake *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->registers[CARD_REG_MAGIC / 4] = CARD_MAGIC;
    fake->registers[CARD_REG_VERSION / 4] = CARD_VERSION_MAJOR << 16 | CARD_VERSION_MINOR;
    fake->registers[CARD_REG_CAP_MARKETS / 4] = 4;
    fake->registers[CARD_REG_CAP_ORDERS / 4] = 1024;
    fake->registers[CARD_REG_CAP_TICK_BITS / 4] = 12;
    fake->registers[CARD_REG_CAP_COMMAND_SLOTS / 4] = SLOTS;
    fake->registers[CARD_REG_CAP_RING_LOG2_MAX / 4] = 16;
    for (uint32_t i = 0; i < 8; i++)
        fake->registers[CARD_REG_RTL_HASH / 4 + i] = 0x01020304 * (i + 1);
    return fake;
}

static enum device_status identify(struct fake *fake, const uint8_t *hash, const struct device_options *options,
                                   char *text)
{
    struct device_capability capability;
    return device_queue_identify(&fake_bus, fake, hash, options, &capability, &(struct device_message){text, 200});
}

static struct fake *fake_started(void)
{
    struct fake *fake = fake_card();
    fake->ring = aligned_alloc(DEVICE_RING_ALIGN, DEVICE_RING_BYTES(RING_LOG2));
    fake->queue.bus_ops = &fake_bus;
    fake->queue.bus = fake;
    fake->queue.ring = fake->ring;
    fake->queue.ring_address = 0x1000;
    fake->queue.ring_log2 = RING_LOG2;
    fake->queue.deadline_ns = DEADLINE_NS;
    assert_int_equal(device_queue_identify(&fake_bus, fake, NULL, &plain_options, &fake->queue.device.capability,
                                           &nowhere), DEVICE_OK);
    assert_int_equal(device_queue_start(&fake->queue, 5, &nowhere), DEVICE_OK);
    return fake;
}

static void fake_free(struct fake *fake)
{
    free(fake->ring);
    free(fake);
}

static enum device_status submit(struct fake *fake, size_t count, size_t *taken)
{
    static const struct card_command fences[2 * SLOTS] = {{.code = CARD_CODE_FENCE}};
    *taken = 0;
    return device_queue_submit(&fake->queue.device, fences, count, taken);
}

static enum device_status poll(struct fake *fake, size_t *given)
{
    struct card_event events[2 * RING];
    *given = 0;
    return device_queue_poll(&fake->queue.device, events, 2 * RING, given);
}

/* What a good card would write next. */
static struct card_event next_event(struct fake *fake)
{
    struct card_event event = {{0}};
    card_event_set_sequence(&event, fake->sequence++);
    card_event_set_session(&event, fake->registers[CARD_REG_SESSION / 4]);
    card_event_set_kind(&event, CARD_KIND_DONE);
    card_event_set_last(&event, 1);
    card_event_set_phase(&event, ~(fake->written >> RING_LOG2) & 1);
    return event;
}

static void answer(struct fake *fake, struct card_event event)
{
    fake->ring[fake->written++ % RING] = event;
}

static void test_identity_is_checked_by_name(void **state)
{
    char text[200];
    uint8_t hash[32];
    (void)state;
    struct fake *fake = fake_card();
    for (uint32_t i = 0; i < 8; i++)
        for (uint32_t byte = 0; byte < 4; byte++)
            hash[4 * i + byte] = (uint8_t)(fake->registers[CARD_REG_RTL_HASH / 4 + i] >> (24 - 8 * byte));
    assert_int_equal(identify(fake, hash, &plain_options, text), DEVICE_OK);
    assert_int_equal(identify(fake, NULL, &plain_options, text), DEVICE_OK);

    hash[31] ^= 1;
    assert_int_equal(identify(fake, hash, &plain_options, text), DEVICE_INCOMPATIBLE);
    assert_non_null(strstr(text, "other RTL sources"));
    hash[31] ^= 1;

    fake->registers[CARD_REG_VERSION / 4] += 1u << 16;
    assert_int_equal(identify(fake, hash, &plain_options, text), DEVICE_INCOMPATIBLE);
    assert_non_null(strstr(text, "contract version 2.0"));
    fake->registers[CARD_REG_VERSION / 4] -= 1u << 16;
    fake->registers[CARD_REG_VERSION / 4] += 1; /* a newer minor is fine */
    assert_int_equal(identify(fake, hash, &plain_options, text), DEVICE_OK);

    fake->registers[CARD_REG_CAP_COMMAND_SLOTS / 4] = 12;
    assert_int_equal(identify(fake, hash, &plain_options, text), DEVICE_INCOMPATIBLE);
    assert_non_null(strstr(text, "12 command slots"));

    fake->registers[CARD_REG_MAGIC / 4] = UINT32_MAX; /* nobody there: reads give all ones */
    assert_int_equal(identify(fake, hash, &plain_options, text), DEVICE_INCOMPATIBLE);
    assert_non_null(strstr(text, "0xffffffff"));
    fake->dead = true;
    assert_int_equal(identify(fake, hash, &plain_options, text), DEVICE_WEDGED);
    free(fake);
}

static void test_too_small_a_card_is_refused_by_name(void **state)
{
    static const struct {
        struct device_options options;
        const char *text;
    } cases[] = {
        {{.markets = 5, .orders = 1, .tick_bits = 6, .ring_log2 = 6}, "markets = 4 at most, asked for 5"},
        {{.markets = 4, .orders = 1025, .tick_bits = 6, .ring_log2 = 6}, "orders = 1024 at most, asked for 1025"},
        {{.markets = 4, .orders = 1024, .tick_bits = 13, .ring_log2 = 6}, "tick bits = 12 at most, asked for 13"},
        {{.markets = 4, .orders = 1024, .tick_bits = 12, .ring_log2 = 17}, "ring_log2 = 16 at most, asked for 17"},
    };
    char text[200];
    (void)state;
    struct fake *fake = fake_card();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(identify(fake, NULL, &cases[i].options, text), DEVICE_CAPACITY);
        assert_non_null(strstr(text, cases[i].text));
    }
    free(fake);
}

static void test_a_full_window_is_back_pressure(void **state)
{
    size_t taken, given;
    (void)state;
    struct fake *fake = fake_started();
    assert_int_equal(submit(fake, SLOTS + 3, &taken), DEVICE_OK);
    assert_int_equal(taken, SLOTS);
    assert_int_equal(submit(fake, 3, &taken), DEVICE_AGAIN);
    assert_int_equal(taken, 0);
    answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    assert_int_equal(submit(fake, 3, &taken), DEVICE_OK);
    assert_int_equal(taken, 1);
    assert_int_equal(fake->stores, SLOTS + 1);
    /* A bus that is full is the same. */
    while (fake->written < SLOTS + 1)
        answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    assert_int_equal(fake->queue.device.outstanding, 0);
    fake->window_full = true;
    assert_int_equal(submit(fake, 1, &taken), DEVICE_AGAIN);
    fake_free(fake);
}

/* An answer frees its slot as soon as it is there; what it says is looked at when it is fetched. */
static void test_answers_make_room_before_they_are_fetched(void **state)
{
    struct card_event event;
    size_t taken, given;
    (void)state;
    struct fake *fake = fake_started();
    assert_int_equal(submit(fake, SLOTS, &taken), DEVICE_OK);
    for (uint32_t i = 0; i < 3; i++) {
        event = next_event(fake);
        card_event_set_last(&event, i != 1); /* the second one has more to say */
        answer(fake, event);
    }
    assert_int_equal(submit(fake, 5, &taken), DEVICE_OK);
    assert_int_equal(taken, 2);
    assert_int_equal(submit(fake, 1, &taken), DEVICE_AGAIN);
    assert_int_equal(device_outstanding(&fake->queue.device), SLOTS + 2); /* for whoever fetches */
    /* As far as the ring reaches: laps of answers, fetched a ring at a time. */
    for (uint32_t lap = 0; lap < 5; lap++) {
        while (fake->written < fake->queue.consumed + RING) {
            answer(fake, next_event(fake));
            assert_int_equal(submit(fake, SLOTS, &taken), DEVICE_OK);
            assert_int_equal(taken, 1);
        }
        assert_int_equal(submit(fake, 1, &taken), DEVICE_AGAIN);
        assert_int_equal(device_outstanding(&fake->queue.device), SLOTS + RING - (lap == 0));
        assert_int_equal(poll(fake, &given), DEVICE_OK);
        assert_int_equal(given, RING);
        assert_int_equal(device_outstanding(&fake->queue.device), SLOTS);
    }
    /* A bad one tells when it is fetched, and the good ones before it are given. */
    answer(fake, next_event(fake));
    fake->sequence++;
    answer(fake, next_event(fake));
    assert_int_equal(submit(fake, SLOTS, &taken), DEVICE_OK);
    assert_int_equal(taken, 2);
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    assert_int_equal(given, 1);
    assert_int_equal(submit(fake, 1, &taken), DEVICE_PROTOCOL);
    fake_free(fake);
}

static void test_ring_and_sequence_wrap(void **state)
{
    size_t taken, given;
    (void)state;
    struct fake *fake = fake_started();
    fake->sequence = fake->queue.sequence = UINT32_MAX - 300;
    for (uint32_t i = 0; i < 10 * RING; i++) {
        assert_int_equal(submit(fake, 1, &taken), DEVICE_OK);
        assert_int_equal(poll(fake, &given), DEVICE_AGAIN);
        answer(fake, next_event(fake));
        assert_int_equal(poll(fake, &given), DEVICE_OK);
        assert_int_equal(given, 1);
        assert_true(fake->written - fake->registers[CARD_REG_CREDIT / 4] <= RING / 4);
    }
    assert_int_equal(fake->credits, 40);
    fake_free(fake);
}

static void test_credit_waits_for_the_bus(void **state)
{
    size_t taken, given;
    (void)state;
    struct fake *fake = fake_started();
    fake->write_full = true;
    for (uint32_t i = 0; i < RING / 2; i++) {
        submit(fake, 1, &taken);
        answer(fake, next_event(fake));
        assert_int_equal(poll(fake, &given), DEVICE_OK);
    }
    assert_int_equal(fake->credits, 0);
    fake->write_full = false;
    assert_int_equal(poll(fake, &given), DEVICE_AGAIN);
    assert_int_equal(fake->registers[CARD_REG_CREDIT / 4], RING / 2);
    fake_free(fake);
}

/* One good event, then one that `spoil` has changed: the good one is delivered, then the session is over. */
static void check_spoiled(void (*spoil)(struct card_event *event))
{
    size_t taken, given;
    struct fake *fake = fake_started();
    submit(fake, 4, &taken);
    answer(fake, next_event(fake));
    struct card_event bad = next_event(fake);
    spoil(&bad);
    answer(fake, bad);
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    assert_int_equal(given, 1);
    assert_int_equal(poll(fake, &given), DEVICE_PROTOCOL);
    assert_int_equal(given, 0);
    assert_int_equal(submit(fake, 1, &taken), DEVICE_PROTOCOL);
    assert_int_equal(device_queue_reset(&fake->queue.device, 5), DEVICE_ARGUMENT); /* the same session */
    assert_int_equal(device_queue_reset(&fake->queue.device, 6), DEVICE_OK);
    assert_int_equal(submit(fake, 1, &taken), DEVICE_OK);
    answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    fake_free(fake);
}

static void spoil_sequence(struct card_event *event)
{
    card_event_set_sequence(event, card_event_sequence(event) + 1);
}

static void spoil_repeat(struct card_event *event)
{
    card_event_set_sequence(event, card_event_sequence(event) - 1);
}

static void spoil_session(struct card_event *event)
{
    card_event_set_session(event, 4);
}

/* Only the last word has come: the rest is still the ring's old content. */
static void spoil_tear(struct card_event *event)
{
    memset(event->word, 0, 7 * sizeof event->word[0]);
}

static void test_events_out_of_turn_break_the_protocol(void **state)
{
    (void)state;
    check_spoiled(spoil_sequence);
    check_spoiled(spoil_repeat);
    check_spoiled(spoil_session);
    check_spoiled(spoil_tear);
}

static void test_an_answer_too_many_breaks_the_protocol(void **state)
{
    size_t given;
    (void)state;
    struct fake *fake = fake_started();
    answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_PROTOCOL);
    fake_free(fake);
}

static void test_events_of_an_earlier_lap_are_not_there(void **state)
{
    size_t taken, given;
    (void)state;
    struct fake *fake = fake_started();
    submit(fake, 1, &taken);
    struct card_event event = next_event(fake);
    card_event_set_phase(&event, 0);
    answer(fake, event);
    assert_int_equal(poll(fake, &given), DEVICE_AGAIN);
    fake_free(fake);
}

/* Polls until something else than AGAIN comes, at most a second. */
static enum device_status poll_long(struct fake *fake)
{
    size_t given;
    enum device_status status;
    const uint64_t start_ns = device_now_ns();
    do {
        status = poll(fake, &given);
    } while (status == DEVICE_AGAIN && device_now_ns() - start_ns < 1000000000u);
    return status;
}

static void test_a_card_that_stops_is_wedged(void **state)
{
    size_t taken;
    (void)state;
    for (uint32_t how = 0; how < 3; how++) {
        struct fake *fake = fake_started();
        assert_int_equal(submit(fake, 1, &taken), DEVICE_OK);
        fake->dead = how == 0;
        fake->heart_stands = how == 1;
        fake->beats = 100; /* how 2: alive, but the command is never answered */
        const uint64_t start_ns = device_now_ns();
        const uint32_t beat = fake->registers[CARD_REG_HEARTBEAT / 4];
        assert_int_equal(poll_long(fake), DEVICE_WEDGED);
        assert_true(how == 0 || device_now_ns() - start_ns > DEADLINE_NS);
        assert_true(how != 2 || fake->registers[CARD_REG_HEARTBEAT / 4] - beat > BEATS_MOST);
        assert_int_equal(submit(fake, 1, &taken), DEVICE_WEDGED);
        fake_free(fake);
    }
}

/* Its heart beats: a command may take several deadlines, as long as no card could need so many cycles. */
static void test_a_slow_card_is_not_wedged(void **state)
{
    size_t taken, given;
    (void)state;
    struct fake *fake = fake_started();
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(submit(fake, 1, &taken), DEVICE_OK);
        const uint64_t start_ns = device_now_ns();
        while (device_now_ns() - start_ns < 4 * DEADLINE_NS)
            assert_int_equal(poll(fake, &given), DEVICE_AGAIN);
        answer(fake, next_event(fake));
        assert_int_equal(poll(fake, &given), DEVICE_OK);
    }
    /* Then the heart stops. */
    assert_int_equal(submit(fake, 1, &taken), DEVICE_OK);
    fake->heart_stands = true;
    assert_int_equal(poll_long(fake), DEVICE_WEDGED);
    fake_free(fake);
}

/* The bound counts beats, not looks, and not before the deadline. */
static void test_many_beats_within_the_deadline_are_not_wedged(void **state)
{
    size_t taken, given;
    (void)state;
    struct fake *fake = fake_started();
    fake->beats = 2 * BEATS_MOST;
    fake->queue.deadline_ns = UINT64_C(10000000000);
    assert_int_equal(submit(fake, 1, &taken), DEVICE_OK);
    const uint64_t start_ns = device_now_ns();
    while (device_now_ns() - start_ns < DEADLINE_NS)
        assert_int_equal(poll(fake, &given), DEVICE_AGAIN);
    fake_free(fake);
}

static void test_a_slow_reset_is_not_wedged(void **state)
{
    (void)state;
    for (uint32_t full = 0; full < 2; full++) {
        struct fake *fake = fake_started();
        *(full ? &fake->full_until_ns : &fake->busy_until_ns) = device_now_ns() + 4 * DEADLINE_NS;
        assert_int_equal(device_queue_reset(&fake->queue.device, 6), DEVICE_OK);
        *(full ? &fake->full_until_ns : &fake->busy_until_ns) = UINT64_MAX;
        fake->beats = 100;
        assert_int_equal(device_queue_reset(&fake->queue.device, 7), DEVICE_WEDGED); /* too many beats */
        fake->heart_stands = true;
        assert_int_equal(device_queue_reset(&fake->queue.device, 8), DEVICE_WEDGED);
        fake_free(fake);
    }
}

static void test_a_seldom_poll_is_no_wedge(void **state)
{
    size_t taken, given;
    (void)state;
    struct fake *fake = fake_started();
    submit(fake, 1, &taken);
    fake->queue.deadline_ns = 1;
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(poll(fake, &given), DEVICE_AGAIN);
    answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    fake_free(fake);
}

static void test_a_fault_is_named(void **state)
{
    size_t taken;
    (void)state;
    for (uint32_t fault = CARD_FAULT_PARITY_ORDER; fault <= CARD_FAULT_CREDIT; fault++) {
        struct fake *fake = fake_started();
        submit(fake, 1, &taken);
        fake->registers[CARD_REG_STATUS / 4] |= CARD_STATUS_FAULT_MASK;
        fake->registers[CARD_REG_FAULT / 4] = fault;
        assert_int_equal(poll_long(fake), DEVICE_FAULT);
        assert_int_equal(fake->queue.device.fault, fault);
        fake_free(fake);
    }
}

static void test_a_reset_command_changes_the_session(void **state)
{
    const struct card_command reset = {.code = CARD_CODE_RESET, .reset = {.next_session = 9}};
    size_t taken = 0, given;
    (void)state;
    struct fake *fake = fake_started();
    submit(fake, 2, &taken);
    taken = 0;
    const struct card_command behind[2] = {reset, {.code = CARD_CODE_FENCE}};
    assert_int_equal(device_queue_submit(&fake->queue.device, behind, 2, &taken), DEVICE_OK);
    assert_int_equal(taken, 1); /* nothing goes out behind it before its answer */
    answer(fake, next_event(fake));
    answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    assert_int_equal(submit(fake, 1, &taken), DEVICE_AGAIN);
    fake->registers[CARD_REG_SESSION / 4] = 9;
    fake->sequence = 0;
    answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    assert_int_equal(submit(fake, 1, &taken), DEVICE_OK);
    const struct card_command *sent = (const struct card_command *)(fake->window + 3 * CARD_COMMAND_BYTES);
    assert_int_equal(sent->session, 9);
    answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    fake_free(fake);
}

static void test_a_reset_command_into_no_new_session_is_refused(void **state)
{
    static const uint16_t sessions[] = {0, 5};
    size_t taken = 0, given;
    (void)state;
    struct fake *fake = fake_started();
    for (size_t i = 0; i < 2; i++) {
        const struct card_command batch[] = {
            {.code = CARD_CODE_FENCE},
            {.code = CARD_CODE_RESET, .reset = {.next_session = sessions[i]}},
            {.code = CARD_CODE_FENCE},
        };
        taken = 0;
        assert_int_equal(device_queue_submit(&fake->queue.device, batch, 3, &taken), DEVICE_OK);
        assert_int_equal(taken, 1);
        taken = 0;
        assert_int_equal(device_queue_submit(&fake->queue.device, batch + 1, 2, &taken), DEVICE_ARGUMENT);
        assert_int_equal(taken, 0);
        assert_int_equal(device_queue_submit(&fake->queue.device, batch + 2, 1, &taken), DEVICE_OK);
        answer(fake, next_event(fake));
        answer(fake, next_event(fake));
        assert_int_equal(poll(fake, &given), DEVICE_OK);
        assert_int_equal(given, 2);
    }
    assert_int_equal(fake->stores, 4);
    fake_free(fake);
}

static void test_a_rejected_reset_command_changes_nothing(void **state)
{
    const struct card_command reset = {.code = CARD_CODE_RESET, .market = 200, .reset = {.next_session = 9}};
    size_t taken = 0, given;
    (void)state;
    struct fake *fake = fake_started();
    assert_int_equal(device_queue_submit(&fake->queue.device, &reset, 1, &taken), DEVICE_OK);
    struct card_event event = next_event(fake);
    card_event_set_kind(&event, CARD_KIND_REJECTED);
    answer(fake, event);
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    assert_int_equal(submit(fake, 1, &taken), DEVICE_OK);
    answer(fake, next_event(fake));
    assert_int_equal(poll(fake, &given), DEVICE_OK);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity_is_checked_by_name),
        cmocka_unit_test(test_too_small_a_card_is_refused_by_name),
        cmocka_unit_test(test_a_full_window_is_back_pressure),
        cmocka_unit_test(test_answers_make_room_before_they_are_fetched),
        cmocka_unit_test(test_ring_and_sequence_wrap),
        cmocka_unit_test(test_credit_waits_for_the_bus),
        cmocka_unit_test(test_events_out_of_turn_break_the_protocol),
        cmocka_unit_test(test_an_answer_too_many_breaks_the_protocol),
        cmocka_unit_test(test_events_of_an_earlier_lap_are_not_there),
        cmocka_unit_test(test_a_card_that_stops_is_wedged),
        cmocka_unit_test(test_a_slow_card_is_not_wedged),
        cmocka_unit_test(test_many_beats_within_the_deadline_are_not_wedged),
        cmocka_unit_test(test_a_slow_reset_is_not_wedged),
        cmocka_unit_test(test_a_seldom_poll_is_no_wedge),
        cmocka_unit_test(test_a_fault_is_named),
        cmocka_unit_test(test_a_reset_command_changes_the_session),
        cmocka_unit_test(test_a_reset_command_into_no_new_session_is_refused),
        cmocka_unit_test(test_a_rejected_reset_command_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
