#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway_rig.h"

static void small_backlog(struct gateway_options *options)
{
    options->backlog_bytes = 128 * 1024;
}

static void slow_reader_is_cut_off_alone(void **context)
{
    (void)context;
    struct rig *rig = rig_create(small_backlog);
    struct rig_client slow, good;
    rig_login(rig, &slow, 2, 1);
    rig_login(rig, &good, 3, 1);
    unsigned round = 0;
    for (; round < 2000 && !rig_counters(rig).cut_off; round++) {
        rig_report(rig, 2, 100);
        rig_report(rig, 3, 1);
        rig_expect_fills(rig, &good, rig->sequence[3], rig->sequence[3]);
    }
    assert_in_range(round, 2, 1999);
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).sessions, 1);
    assert_int_equal(rig_count(rig, 2, INPUT_SESSION), 2);
    rig_report(rig, 3, 10);
    rig_expect_fills(rig, &good, rig->sequence[3] - 9, rig->sequence[3]);
    rig_disconnect(&slow);
    assert_int_equal(rig_login(rig, &slow, 2, 1), 1); /* and gets all of it later */
    rig_expect_fills(rig, &slow, 1, rig->sequence[2]);
    rig_disconnect(&slow);
    rig_disconnect(&good);
    rig_destroy(rig);
}

/* Who asks for what it missed and never reads is ended by time. */
static void replay_that_is_not_read_ends(void **context)
{
    (void)context;
    struct rig *rig = rig_create(small_backlog);
    struct rig_client client;
    for (unsigned part = 0; part < 200; part++) {
        rig_report(rig, 1, 1000);
        rig_turn(rig, 0);
    }
    rig_login(rig, &client, 1, 1);
    int small = 65536; /* else the kernel may take all of it */
    setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    rig_settle(rig);
    for (unsigned beat = 0; beat < 100 && !rig_counters(rig).cut_off; beat++) {
        rig_send_packet(&client, SOUPBIN_CLIENT_HEARTBEAT, NULL, 0);
        rig_settle(rig);
        rig_pass_time(rig, RIG_SECOND);
    }
    assert_int_equal(rig_counters(rig).cut_off, 1);
    rig_disconnect(&client);
    rig_destroy(rig);
}

static void flood_starves_nobody(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client flood, good;
    struct rig_packet packet;
    uint8_t heartbeats[30000];
    for (size_t at = 0; at < sizeof heartbeats; at += 3)
        memcpy(heartbeats + at, "\0\1R", 3);
    rig_login(rig, &flood, 1, 1);
    rig_login(rig, &good, 3, 1);
    int flags = fcntl(flood.fd, F_GETFL);
    fcntl(flood.fd, F_SETFL, flags | O_NONBLOCK);
    size_t phase = 0;
    for (uint32_t reference = 1; reference <= 200; reference++) {
        ssize_t count = 1; /* as much as the socket takes */
        for (unsigned part = 0; part < 40 && count > 0; part++) {
            count = send(flood.fd, heartbeats + phase, sizeof heartbeats - phase,
                         MSG_NOSIGNAL); // tidy: a name of the system's
            phase = count > 0 ? (phase + (size_t)count) % 3 : phase;
        }
        rig_send_order(rig, &good, reference);
        unsigned turn = 0;
        for (; turn < 20 && good.size == 0; turn++) {
            rig_turn(rig, 100000);
            rig_receive(&good);
        }
        assert_in_range(turn, 1, 8); /* turns, whatever the flood */
        rig_expect(rig, &good, SOUPBIN_SEQUENCED, &packet);
    }
    assert_int_equal(rig_counters(rig).sessions, 2);
    assert_true(rig_counters(rig).bytes_in > 2 << 20);
    rig_disconnect(&flood);
    rig_disconnect(&good);
    rig_destroy(rig);
}

static void garbage_on_both_ports(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    struct rig_client good;
    srand(1);
    rig_login(rig, &good, 8, 1);
    for (unsigned round = 0; round < 300; round++) {
        struct rig_client client;
        uint8_t bytes[600];
        size_t size = 1 + (size_t)rand() % sizeof bytes;
        for (size_t at = 0; at < size; at++)
            bytes[at] = (uint8_t)(rand() >> 7);
        bool is_key = round % 3 == 1, is_live = round % 3 == 2;
        if (is_live)
            rig_login(rig, &client, 1 + round % 7, 0);
        else if (is_key)
            rig_connect_key(rig, &client);
        else
            rig_connect(rig, &client);
        if (round % 2 && size > 6) { /* a good frame around it */
            bytes[0] = (uint8_t)((size - 2) >> 8);
            bytes[1] = (uint8_t)(size - 2);
            bytes[2] = "ULR+O"[rand() % 5];
            bytes[3] = "OUXCMDEQ"[rand() % 8];
        }
        for (size_t at = 0; at < size; at += 100) {
            rig_send(&client, bytes + at, size - at < 100 ? size - at : 100);
            rig_turn(rig, 0);
        }
        if (round % 5 == 0) { /* a reset instead of an end */
            struct linger reset = {.l_onoff = 1};
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        rig_disconnect(&client);
        for (unsigned turn = 0; turn < 6; turn++)
            rig_turn(rig, 100000);
        rig_send_packet(&good, SOUPBIN_CLIENT_HEARTBEAT, NULL, 0);
        rig_pass_time(rig, RIG_SECOND);
    }
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).sessions, 1);
    assert_true(rig_counters(rig).protocol_errors > 50);
    rig_report(rig, 8, 1);
    rig_expect_fills(rig, &good, 1, 1);
    rig_disconnect(&good);
    rig_destroy(rig);
}

/* Connections that never log in fill every place; whoever comes then is told so, and finds a place soon. */
static void too_many_connections(void **context)
{
    (void)context;
    struct rig *rig = rig_create(NULL);
    static struct rig_client client[40];
    struct rig_client good;
    struct rig_packet packet;
    for (unsigned number = 0; number < 32; number++)
        rig_connect(rig, &client[number]);
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).sessions, 32);
    rig_connect(rig, &client[32]);
    rig_expect(rig, &client[32], SOUPBIN_DEBUG, &packet);
    assert_true(rig_wait_closed(rig, &client[32]));
    rig_settle(rig);
    rig_login(rig, &good, 1, 1);
    for (unsigned number = 0; number < 33; number++)
        rig_disconnect(&client[number]);
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).sessions, 1);
    rig_disconnect(&good);
    rig_destroy(rig);
}

/* Whoever connects and fails can't fill the log: what is left out is counted. */
static void strangers_do_not_fill_the_log(void **context)
{
    (void)context;
    enum { STRANGERS = 200, LOGGED = 50 };
    struct rig *rig = rig_create(NULL);
    struct rig_client client;
    char wanted[32];
    for (unsigned number = 0; number < STRANGERS; number++) {
        rig_connect(rig, &client);
        rig_send_packet(&client, SOUPBIN_UNSEQUENCED, "?", 1);
        assert_true(rig_wait_closed(rig, &client));
        rig_disconnect(&client);
    }
    assert_int_equal(rig_counters(rig).protocol_errors, STRANGERS);
    assert_int_equal(rig->logged, LOGGED);
    rig_login(rig, &client, 1, 1); /* who is known is logged all the same */
    assert_int_equal(rig->logged, LOGGED + 1);
    rig_pass_time(rig, 5 * RIG_SECOND);
    assert_int_equal(rig->logged, LOGGED + 2);
    assert_string_equal(rig->last_event, "lines_left_out");
    snprintf(wanted, sizeof wanted, "%u lines", STRANGERS - LOGGED);
    assert_memory_equal(rig->last_detail, wanted, strlen(wanted));
    rig_pass_time(rig, RIG_SECOND);
    assert_int_equal(rig->logged, LOGGED + 2);
    rig_disconnect(&client);
    rig_destroy(rig);
}

static void accept_goes_on_after_want_of_descriptors(void **context)
{
    (void)context;
    enum { DESCRIPTORS = 64 };
    struct rig_client first, second;
    struct rlimit limit, low;
    int held[DESCRIPTORS], count = 0;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = DESCRIPTORS;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0); /* what counts is the limit when the accept was prepared */
    struct rig *rig = rig_create(NULL);
    rig_connect(rig, &first);
    rig_settle(rig);
    rig_connect(rig, &second); /* waits in the backlog: the loop has not run */
    while (count < DESCRIPTORS && (held[count] = dup(0)) >= 0)
        count++;
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).sessions, 1);
    assert_string_equal(rig->last_event, "accept_failed");
    while (count)
        close(held[--count]);
    rig_pass_time(rig, RIG_SECOND / 10);
    rig_settle(rig);
    assert_int_equal(rig_counters(rig).sessions, 2);
    rig_disconnect(&second);
    rig_login(rig, &second, 1, 1);
    rig_disconnect(&first);
    rig_disconnect(&second);
    rig_destroy(rig);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_reader_is_cut_off_alone), cmocka_unit_test(replay_that_is_not_read_ends),
        cmocka_unit_test(flood_starves_nobody), cmocka_unit_test(garbage_on_both_ports),
        cmocka_unit_test(too_many_connections), cmocka_unit_test(strangers_do_not_fill_the_log),
        cmocka_unit_test(accept_goes_on_after_want_of_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
