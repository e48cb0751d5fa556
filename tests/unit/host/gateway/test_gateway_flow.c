#define _GNU_SOURCE /* memmem */
#include "unit.h"

#include <string.h>

#include "gateway_rig.h"

static void split_at_every_byte(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    struct rig_packet packet;
    uint8_t stream[1024], order[OUCH_MESSAGE_BYTES_MAX];
    uint32_t reference = 0;
    rig_login(rig, &client, 1, 1);
    size_t part = soupbin_encode_packet(stream, sizeof stream, SOUPBIN_UNSEQUENCED, order,
                                        rig_make_order(rig, 1, order));
    for (size_t at = 0; at <= 3 * part + 3; at++) {
        size_t size = 0;
        for (unsigned number = 0; number < 3; number++)
            size += soupbin_encode_packet(stream + size, sizeof stream - size, SOUPBIN_UNSEQUENCED, order,
                                          rig_make_order(rig, ++reference, order));
        size += soupbin_encode_packet(stream + size, sizeof stream - size, SOUPBIN_CLIENT_HEARTBEAT, NULL, 0);
        assert_int_equal(size, 3 * part + 3);
        rig_send(&client, stream, at);
        for (unsigned turn = 0; turn < 3; turn++)
            rig_turn(rig, 0);
        rig_send(&client, stream + at, size - at);
        for (unsigned number = 0; number < 3; number++)
            rig_expect(rig, &client, SOUPBIN_SEQUENCED, &packet);
        assert_int_equal(rig->input[rig->input_count - 1].reference, reference);
    }
    assert_int_equal(rig_count(rig, 1, INPUT_ORDER_NEW), reference);
    rig_disconnect(&client);
    rig_destroy(rig);
}

/* The core refuses: nothing lost, order kept, the client's socket holds it back, heartbeats or not. */
static void refused_inputs_wait(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client[2];
    enum { ORDERS = 3000 };
    for (uint32_t number = 0; number < 2; number++)
        rig_login(rig, &client[number], 1 + number, 1);
    rig->refuse = true;
    uint32_t before = rig->input_count;
    for (uint32_t reference = 1; reference <= ORDERS; reference++)
        for (unsigned number = 0; number < 2; number++)
            rig_send_order(rig, &client[number], reference);
    rig_settle(rig);
    rig_pass_time(rig, 100 * RIG_SECOND);
    assert_int_equal(rig->input_count, before);
    assert_int_equal(rig_counters(rig).cut_off, 0);
    rig->refuse = false;
    gateway_resume(rig->gateway);
    for (unsigned turn = 0; turn < 1000 && rig->input_count < before + 2 * ORDERS; turn++) {
        rig->refuse = turn % 3 == 1;
        gateway_resume(rig->gateway);
        rig_turn(rig, 100000);
        for (unsigned number = 0; number < 2; number++) {
            client[number].size = 0;
            rig_receive(&client[number]);
        }
    }
    assert_int_equal(rig->input_count, before + 2 * ORDERS);
    uint32_t last[3] = {0};
    for (uint32_t index = before; index < rig->input_count; index++)
        assert_int_equal(rig->input[index].reference, ++last[rig->input[index].user]);
    rig_disconnect(&client[0]);
    rig_disconnect(&client[1]);
    rig_destroy(rig);
}

static void slow_rate(struct gateway_options *options)
{
    options->rate = 10;
}

static void rate_holds_back(void **context)
{
    (void)context;
    struct rig *rig = rig_create(slow_rate);
    struct rig_client client, own;
    state_user(&rig->state, 3)->rate = 100;
    rig_login(rig, &client, 1, 1);
    rig_login(rig, &own, 3, 1);
    for (uint32_t reference = 1; reference <= 60; reference++) {
        rig_send_order(rig, &client, reference);
        rig_send_order(rig, &own, reference);
    }
    rig_settle(rig);
    assert_int_equal(rig_count(rig, 1, INPUT_ORDER_NEW), 10);
    assert_int_equal(rig_count(rig, 3, INPUT_ORDER_NEW), 60);
    assert_int_equal(rig_counters(rig).throttled, 1);
    for (unsigned step = 0; step < 20; step++)
        rig_pass_time(rig, RIG_SECOND / 10);
    assert_in_range(rig_count(rig, 1, INPUT_ORDER_NEW), 29, 31);
    for (unsigned step = 0; step < 40; step++)
        rig_pass_time(rig, RIG_SECOND / 10);
    assert_int_equal(rig_count(rig, 1, INPUT_ORDER_NEW), 60);
    rig_disconnect(&client);
    rig_disconnect(&own);
    rig_destroy(rig);
}

static void send_cancels(struct rig_client *client, uint32_t count)
{
    struct ouch_context context = {0};
    struct input_order_cancel cancel = {.header = {.kind = INPUT_ORDER_CANCEL, .size = sizeof cancel, .reference = 1}};
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    size_t size = ouch_encode_input(&cancel.header, &context, bytes, sizeof bytes);
    assert_true(size > 0);
    while (count--)
        rig_send_packet(client, SOUPBIN_UNSEQUENCED, bytes, size);
}

/* With the disk nearly full nobody can write much of what is left of it: cancels and log-ins have a rate too. */
static void nearly_full_disk_holds_back_everything(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    struct rig_packet packet;
    rig_login(rig, &client, 1, 1);
    send_cancels(&client, 60);
    rig_settle(rig);
    assert_int_equal(rig_count(rig, 1, INPUT_ORDER_CANCEL), 60);
    rig->state.t->refuse_orders = true;
    send_cancels(&client, 60);
    rig_settle(rig);
    assert_int_equal(rig_count(rig, 1, INPUT_ORDER_CANCEL), 70);
    rig_pass_time(rig, RIG_SECOND);
    assert_int_equal(rig_count(rig, 1, INPUT_ORDER_CANCEL), 80);
    rig->state.t->refuse_orders = false;
    rig_pass_time(rig, RIG_SECOND / 10);
    assert_int_equal(rig_count(rig, 1, INPUT_ORDER_CANCEL), 120);
    rig_disconnect(&client);
    rig_settle(rig);
    rig->state.t->refuse_orders = true;
    for (unsigned number = 0; number < 5; number++) { /* two inputs each */
        rig_login(rig, &client, 3, 1);
        rig_disconnect(&client);
        rig_settle(rig);
    }
    rig_connect(rig, &client);
    rig_send_login(&client, "USER3", RIG_PASSWORD, "", 1);
    assert_false(rig_next(rig, &client, &packet));
    assert_int_equal(rig_count(rig, 3, INPUT_SESSION), 10);
    rig_pass_time(rig, RIG_SECOND / 10);
    rig_expect(rig, &client, SOUPBIN_LOGIN_ACCEPTED, &packet);
    assert_int_equal(rig_count(rig, 3, INPUT_SESSION), 11);
    rig_disconnect(&client);
    rig_destroy(rig);
}

/* A refusal that the core can make is an input; what is no message ends the session with its reason. */
static void bad_messages(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    struct rig_packet packet;
    uint8_t order[OUCH_MESSAGE_BYTES_MAX];
    rig_login(rig, &client, 1, 1);
    size_t size = rig_make_order(rig, 1, order);
    uint8_t *symbol = memmem(order, size, "ETH     ", 8);
    assert_non_null(symbol);
    memcpy(symbol, "NONE    ", 8);
    rig_send_packet(&client, SOUPBIN_UNSEQUENCED, order, size);
    rig_expect(rig, &client, SOUPBIN_SEQUENCED, &packet);
    assert_int_equal(rig_count(rig, 1, INPUT_ORDER_NEW), 1);
    rig_send_packet(&client, SOUPBIN_UNSEQUENCED, "?", 1);
    rig_expect(rig, &client, SOUPBIN_DEBUG, &packet);
    assert_true(rig_wait_closed(rig, &client));
    assert_int_equal(rig_counters(rig).protocol_errors, 1);
    rig_disconnect(&client);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_at_every_byte), cmocka_unit_test(refused_inputs_wait),
        cmocka_unit_test(rate_holds_back), cmocka_unit_test(nearly_full_disk_holds_back_everything),
        cmocka_unit_test(bad_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
