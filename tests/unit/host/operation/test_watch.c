/* What a node tells: logs, metrics, preflight, and systemd. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "metrics.h"
#include "notify.h"
#include "policy.h"
#include "preflight.h"

static uint64_t fixed_clock(void)
{
    return 42;
}

static void test_log(void **state)
{
    static const char *const pairs[] = { "port", "9100", "detail", "a \"b\"\n\\", NULL };
    struct log log = { .clock_ns = fixed_clock };
    char line[256], small[24];

    (void)state;
    log_format(&log, LOG_LEVEL_INFO, "listening", pairs, line, sizeof line);
    assert_string_equal(line, "time_ns=42 level=info event=listening port=9100 detail=\"a \\\"b\\\"\\x0a\\\\\"\n");
    log.json = true;
    log_format(&log, LOG_LEVEL_FAULT, "fault", pairs, line, sizeof line);
    assert_string_equal(line, "{\"time_ns\":\"42\",\"level\":\"fault\",\"event\":\"fault\",\"port\":\"9100\","
                              "\"detail\":\"a \\\"b\\\"\\u000a\\\\\"}\n");
    log = (struct log){ .journald = true, .clock_ns = fixed_clock };
    log_format(&log, LOG_LEVEL_WARNING, "x", pairs + 4, line, sizeof line);
    assert_string_equal(line, "<4>level=warning event=x\n");
    assert_int_equal(log_format(&log, LOG_LEVEL_WARNING, "xxxxxxxxxx", pairs, small, sizeof small), sizeof small - 1);
    assert_int_equal(small[sizeof small - 2], '\n');
}

static void test_metrics(void **state)
{
    struct metrics_distributions *distributions = calloc(1, sizeof *distributions);
    struct metrics metrics = { .batches_total = 7, .distributions = distributions };
    char *text;
    json_t *object;

    (void)state;
    for (unsigned i = 1; i <= 1000; i++)
        distribution_add(&distributions->stage[METRICS_CARD], i);
    distribution_add(&distributions->batch_wait_ns, 20);
    text = metrics_print(&metrics);
    assert_non_null(strstr(text, "# HELP vitrine_batches_total batches run since the start\n"
                                 "# TYPE vitrine_batches_total counter\nvitrine_batches_total 7\n"));
    assert_non_null(strstr(text, "vitrine_stage_seconds{stage=\"card\",quantile=\"0.5\"} 0.0000005\n"));
    assert_non_null(strstr(text, "vitrine_stage_seconds{stage=\"card\",quantile=\"1\"} 0.000001\n"));
    assert_non_null(strstr(text, "vitrine_stage_seconds_count{stage=\"card\"} 1000\n"));
    assert_non_null(strstr(text, "# TYPE vitrine_batch_inputs summary\n"));
    assert_non_null(strstr(text, "vitrine_batch_inputs_count 0\n"));
    assert_non_null(strstr(text, "# HELP vitrine_batch_wait_seconds "));
    assert_non_null(strstr(text, "vitrine_batch_wait_seconds{quantile=\"0.99\"} 0.00000002\n"));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) /* every line is a comment or a sample */
        assert_true(strncmp(line, "# HELP vitrine_", 15) == 0 || strncmp(line, "# TYPE vitrine_", 15) == 0 ||
                    strncmp(line, "vitrine_", 8) == 0);
    free(text);
    object = metrics_object(&metrics);
    assert_int_equal(json_integer_value(json_object_get(object, "batches_total")), 7);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json_object_get(object, "stages_ns"), "card"),
                                                        "p99")), 990);
    assert_true(json_is_null(json_object_get(object, "batch_inputs")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(object, "batch_wait_ns"), "p99")), 20);
    json_decref(object);
    free(distributions);
}

#define JUDGE(wanted, part, call)                                                                                      \
    do {                                                                                                               \
        call;                                                                                                          \
        assert_int_equal(check.level, wanted);                                                                         \
        assert_non_null(strstr(wanted == PREFLIGHT_OK ? check.value : check.remedy, part));                            \
        assert_true((check.remedy[0] == '\0') == (wanted == PREFLIGHT_OK));                                            \
    } while (0)

static void test_preflight(void **state)
{
    static struct problems problems;
    struct preflight_check check;
    struct config config;
    char text[512];

    (void)state;
    JUDGE(PREFLIGHT_OK, "madvise", preflight_judge_huge_pages(&check, "always [madvise] never"));
    JUDGE(PREFLIGHT_WARN, "madvise", preflight_judge_huge_pages(&check, "[always] madvise never"));
    JUDGE(PREFLIGHT_OK, "unknown", preflight_judge_huge_pages(&check, ""));
    JUDGE(PREFLIGHT_OK, "tsc", preflight_judge_clock(&check, "tsc", TIME_OK, 10));
    JUDGE(PREFLIGHT_WARN, "chrony", preflight_judge_clock(&check, "tsc", TIME_ERROR, 10));
    JUDGE(PREFLIGHT_WARN, "clocksource", preflight_judge_clock(&check, "hpet", TIME_OK, 10));
    JUDGE(PREFLIGHT_OK, "ring", preflight_judge_ring(&check, "0", 0));
    JUDGE(PREFLIGHT_FAIL, "io_uring_disabled=0", preflight_judge_ring(&check, "2", -EPERM));
    JUDGE(PREFLIGHT_FAIL, "LimitMEMLOCK", preflight_judge_ring(&check, "", -ENOMEM));
    JUDGE(PREFLIGHT_FAIL, "kernel", preflight_judge_ring(&check, "", -ENOSYS));
    JUDGE(PREFLIGHT_OK, "unlimited", preflight_judge_locked(&check, UINT64_MAX));
    JUDGE(PREFLIGHT_WARN, "ulimit", preflight_judge_locked(&check, 65536));
    JUDGE(PREFLIGHT_OK, "ext4", preflight_judge_file_system(&check, 0xef53));
    JUDGE(PREFLIGHT_WARN, "power cut", preflight_judge_file_system(&check, 0x01021994));
    JUDGE(PREFLIGHT_WARN, "ext4", preflight_judge_file_system(&check, 0x1234));
    JUDGE(PREFLIGHT_OK, "free", preflight_judge_space(&check, 100 << 20, 100 << 20));
    JUDGE(PREFLIGHT_WARN, "prune", preflight_judge_space(&check, (100 << 20) - 1, 100 << 20));
    JUDGE(PREFLIGHT_WARN, "memory section", preflight_judge_memory(&check, 1, 2));
    assert_true(config_load_text(&config, "default", config_default(), &problems));
    JUDGE(PREFLIGHT_OK, "1, busy_poll is off", preflight_judge_processors(&check, 1, &config.node));
    config.node.busy_poll = 1;
    JUDGE(PREFLIGHT_WARN, "busy_poll = false", preflight_judge_processors(&check, 2, &config.node));
    assert_string_equal(check.value, "2, busy_poll is on, the card is simulated");
    JUDGE(PREFLIGHT_OK, "3, busy_poll is on", preflight_judge_processors(&check, 3, &config.node));
    strcpy(config.node.backend, "model");
    JUDGE(PREFLIGHT_WARN, "busy_poll = false", preflight_judge_processors(&check, 1, &config.node));
    JUDGE(PREFLIGHT_OK, "2, busy_poll is on", preflight_judge_processors(&check, 2, &config.node));
    JUDGE(PREFLIGHT_OK, "policy ours", preflight_judge_liquidation(&check, &config));
    config.markets[4].set.bands = 0; /* a spot market */
    JUDGE(PREFLIGHT_OK, "policy ours", preflight_judge_liquidation(&check, &config));
    config.markets[1].set.bands &= (uint8_t)~CARD_BANDS_IMPACT_MASK;
    JUDGE(PREFLIGHT_WARN, "impact", preflight_judge_liquidation(&check, &config));
    assert_string_equal(check.value, "policy ours, ETH_USDC_PERP has no impact band");
    config.liquidation.policy = POLICY_NONE;
    JUDGE(PREFLIGHT_WARN, "liquidation.policy", preflight_judge_liquidation(&check, &config));
    for (size_t i = 2; i < config.asset_count; i++)
        config.assets[i].set.flags &= (uint8_t)~ASSET_COLLATERAL;
    JUDGE(PREFLIGHT_OK, "spot market", preflight_judge_collateral(&check, &config));
    config.markets[3].base = 2; /* of BTC */
    JUDGE(PREFLIGHT_WARN, "collateral = false", preflight_judge_collateral(&check, &config));
    assert_string_equal(check.value, "BTC has no spot market");
    config_free(&config);
    JUDGE(PREFLIGHT_OK, "O_DIRECT", preflight_judge_direct(&check, 0, "write"));
    JUDGE(PREFLIGHT_FAIL, "4 KiB steps", preflight_judge_direct(&check, EINVAL, "open"));
    JUDGE(PREFLIGHT_FAIL, "no directory", preflight_judge_direct(&check, ENOTDIR, "open"));
    JUDGE(PREFLIGHT_FAIL, "owner", preflight_judge_direct(&check, EACCES, "open"));
    preflight_describe(&check, text, sizeof text);
    assert_string_equal(text, "FAIL  direct_io      open: Permission denied; the directory can't be written: check its "
                              "owner and mount");
}

static void test_preflight_here(void **state)
{
    static const struct device_capability card = { .markets = 2, .orders = 64, .tick_bits = 9 };
    struct preflight_options options = { .directory = ".", .card = &card, .card_name = "model" };
    struct preflight preflight;

    (void)state;
    preflight_run(&preflight, &options);
    assert_int_equal(preflight.count, 9);
    assert_string_equal(preflight.check[8].value, "model: 2 markets, 64 orders, windows of 2^9 ticks");
    options.directory = "/nowhere/at/all";
    assert_int_equal(preflight_run(&preflight, &options), PREFLIGHT_FAIL);
    assert_string_equal(preflight.check[0].name, "direct_io");
    assert_non_null(strstr(preflight.check[0].remedy, "node.directory"));
}

static void test_notify(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int listener = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct notify notify;
    char text[64] = "";

    (void)state;
    snprintf(address.sun_path, sizeof address.sun_path, "/tmp/vitrine_unit_notify_%d", getpid());
    unlink(address.sun_path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    notify_open(&notify, address.sun_path, "3000000");
    assert_int_equal(notify.watchdog_ns, 1500000000);
    notify_send(&notify, "READY=1");
    assert_int_equal(recv(listener, text, sizeof text - 1, 0), 7);
    assert_string_equal(text, "READY=1");
    notify_close(&notify);
    notify_open(&notify, NULL, NULL);
    assert_int_equal(notify.fd, -1);
    notify_send(&notify, "READY=1"); /* nobody listens: nothing happens */
    notify_open(&notify, "/nowhere/socket", "1");
    assert_true(notify.fd == -1 && notify.watchdog_ns == 0);
    unlink(address.sun_path);
    close(listener);
}

/* A reader that stands still: the exchange goes on, and hears later what is missing. */
static void test_log_never_waits(void **state)
{
    static char text[1 << 17];
    int ends[2];
    struct log log = { 0 };
    ssize_t size;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    log.fd = ends[1];
    for (unsigned i = 0; i < 20000; i++)
        log_event(&log, LOG_LEVEL_INFO, "flood", "number", "1", NULL);
    size = read(ends[0], text, sizeof text);
    assert_true(size > 0 && text[size - 1] == '\n');
    log_event(&log, LOG_LEVEL_INFO, "after", NULL);
    size = read(ends[0], text, sizeof text - 1);
    assert_true(size > 0);
    text[size] = '\0';
    assert_non_null(strstr(text, "level=info event=after lines_lost=1"));
    log_event(&log, LOG_LEVEL_INFO, "then", NULL);
    size = read(ends[0], text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    assert_string_equal(text, "level=info event=then\n");
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log), cmocka_unit_test(test_log_never_waits), cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_preflight), cmocka_unit_test(test_preflight_here), cmocka_unit_test(test_notify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
