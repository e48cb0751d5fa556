#include "unit.h"

#include <string.h>

#include "gateway_rig.h"

static void from_any_number(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    struct rig_packet packet;
    for (unsigned part = 0; part < 10; part++) {
        rig_report(rig, 1, 100);
        rig_report(rig, 3, 37);
        rig_settle(rig);
    }
    static const uint64_t from[] = {1, 2, 64, 65, 500, 960, 961, 1000, 1001, 0};
    for (unsigned restarted = 0; restarted < 2; restarted++) {
        for (size_t index = 0; index < sizeof from / sizeof from[0]; index++) {
            uint64_t first = from[index] ? from[index] : rig->sequence[1] + 1;
            assert_int_equal(rig_login(rig, &client, 1, from[index]), first);
            rig_expect_fills(rig, &client, first, rig->sequence[1]);
            rig_report(rig, 1, 1); /* and goes on live */
            rig_expect_fills(rig, &client, rig->sequence[1], rig->sequence[1]);
            rig_send_packet(&client, SOUPBIN_LOGOUT, NULL, 0);
            assert_true(rig_wait_closed(rig, &client));
            rig_disconnect(&client);
        }
        rig_restart(rig);
    }
    rig_connect(rig, &client);
    rig_send_login(&client, "USER1", RIG_PASSWORD, RIG_DAY, rig->sequence[1] + 2);
    rig_expect(rig, &client, SOUPBIN_LOGIN_REJECTED, &packet);
    assert_int_equal(packet.payload[0], 'S');
    rig_disconnect(&client);
    rig_destroy(rig);
}

/* Messages keep coming while the missed ones are being sent: none lost, none twice. */
static void catches_up_under_load(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    struct rig_packet packet;
    rig_report(rig, 1, 5000);
    rig_settle(rig);
    rig_restart(rig); /* nothing is in memory any more */
    rig_login(rig, &client, 1, 1);
    for (uint64_t next = 1; next <= 9000; next++) {
        rig_expect(rig, &client, SOUPBIN_SEQUENCED, &packet);
        if (next < 4001)
            rig_report(rig, 1, 1);
        if (next % 10 == 0)
            rig_report(rig, 3, 2);
    }
    assert_int_equal(rig->sequence[1], 9000);
    rig_disconnect(&client);
    rig_destroy(rig);
}

static void recovery_compares_and_drops(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    for (unsigned batch = 0; batch < 20; batch++)
        rig_report(rig, 1 + batch % 3, 50);
    rig_settle(rig);
    rig_restart(rig);
    assert_int_equal(gateway_output_batch(rig->gateway), 19);
    for (uint64_t number = 1; number <= 350; number++) /* the journal again, from its beginning */
        assert_int_equal(rig_report_one(rig, 1, number, 30, (int64_t)number), GATEWAY_OK);
    rig->sequence[1] = 350;
    assert_int_equal(rig_report_one(rig, 2, 10, 30, 11), GATEWAY_OUTPUT);  /* another one was sent */
    assert_int_equal(rig_report_one(rig, 1, 400, 30, 400), GATEWAY_OUTPUT);/* something is missing */
    rig->time_ns -= 86400 * RIG_SECOND;
    assert_int_equal(rig_report_one(rig, 1, 900, 30, 400), GATEWAY_OK);    /* a day that is over */
    rig->time_ns += 86400 * RIG_SECOND;
    assert_int_equal(rig_login(rig, &client, 1, 300), 300);
    rig_expect_fills(rig, &client, 300, 350);
    rig_disconnect(&client);
    rig_destroy(rig);
}

static void day_changes(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client client, gone;
    struct rig_packet packet;
    rig_login(rig, &client, 2, 1);
    rig_login(rig, &gone, 4, 1);
    rig_report(rig, 2, 3);
    rig->time_ns += 86400 * RIG_SECOND;
    memset(rig->sequence, 0, sizeof rig->sequence);
    rig_report(rig, 2, 2);
    rig_expect_fills(rig, &client, 1, 3);
    rig_expect(rig, &client, SOUPBIN_END_OF_SESSION, &packet);
    assert_true(rig_wait_closed(rig, &client));
    assert_true(rig_wait_closed(rig, &gone));
    rig_disconnect(&client);
    rig_disconnect(&gone);
    rig_connect(rig, &client);
    rig_send_login(&client, "USER2", RIG_PASSWORD, RIG_DAY, 1);
    rig_expect(rig, &client, SOUPBIN_LOGIN_REJECTED, &packet); /* the old session is over */
    rig_disconnect(&client);
    assert_int_equal(rig_login(rig, &client, 2, 1), 1);
    rig_expect_fills(rig, &client, 1, 2);
    rig_settle(rig);
    assert_int_equal(rig_count(rig, 2, INPUT_SESSION), 1); /* back in time: never gone */
    assert_int_equal(rig_count(rig, 4, INPUT_SESSION), 1);
    rig_pass_time(rig, 14 * RIG_SECOND);
    assert_int_equal(rig_count(rig, 4, INPUT_SESSION), 1);
    rig_pass_time(rig, 2 * RIG_SECOND);
    assert_int_equal(rig_count(rig, 4, INPUT_SESSION), 2);
    rig_disconnect(&client);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_any_number), cmocka_unit_test(catches_up_under_load),
        cmocka_unit_test(recovery_compares_and_drops), cmocka_unit_test(day_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
