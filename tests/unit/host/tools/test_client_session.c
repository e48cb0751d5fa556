/* The client and the load generator against a server of our own. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client_session.h"
#include "fake_server.h"
#include "load_acks.h"
#include "load_run.h"
#include "status.h"

static struct client_markets markets;
static char folder[] = "/tmp/vitrine-test-client-XXXXXX";

static int open_folder(void **state)
{
    struct problems problems = { 0 };
    struct config config = { 0 };

    (void)state;
    assert_true(config_load_text(&config, "default", config_default(), &problems));
    client_markets_load(&markets, &config);
    config_free(&config);
    return mkdtemp(folder) == NULL;
}

static int close_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Runs a script; what it prints goes to the file `out` of the folder. */
static int run_script(const struct fake_server *server, const char *password, const struct client_key *key,
                      uint64_t from, const char *script)
{
    struct client_session_options options = {
        .login = { .address = "127.0.0.1", .port = fake_server_port(server),
                   .key_port = fake_server_key_port(server), .user = "alice", .password = password, .key = key,
                   .session = "", .sequence = from },
        .markets = &markets, .json = true };
    int kept = dup(STDOUT_FILENO), file = open(in_folder("out"), O_RDWR | O_CREAT | O_TRUNC, 0600), ends[2];
    char error[512] = "";
    struct client_session *session;
    int status = -1;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], script, strlen(script)), strlen(script));
    close(ends[1]);
    options.input = ends[0];
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    session = client_session_open(&options, error, sizeof error);
    if (session) {
        status = client_session_run(session);
        client_session_close(session);
    }
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(file);
    close(ends[0]);
    return status;
}

static bool printed(const char *text)
{
    static char all[1 << 16];
    int file = open(in_folder("out"), O_RDONLY);
    ssize_t got = read(file, all, sizeof all - 1);

    close(file);
    all[got < 0 ? 0 : got] = 0;
    return strstr(all, text) != NULL;
}

static void script_trades(void **state)
{
    const struct fake_server_settings settings = { .market = "BTC_USDC_PERP" };
    struct fake_server *server = fake_server_start(&settings);

    (void)state;
    assert_int_equal(run_script(server, "fixed", NULL, 1,
                                "sell BTC_USDC_PERP 0.5 @ 60001.5 id 5 text hello\nexpect accepted 5\n"
                                "buy BTC_USDC_PERP 0.25 @ 60001.5 ioc\nexpect filled last\nexpect accepted 6\n"
                                "replace 5 0.75 @ 60002\nexpect replaced 7\ncancel last\n"
                                "expect cancelled 7 reason UserRequest\nexpect not filled 5\ncancel 77\n"
                                "expect cancel-rejected 77\ncancel all\nexpect answer\n"),
                     EXIT_STATUS_OK);
    assert_true(printed("\"kind\":\"accepted\",\"id\":5,\"market\":\"BTC_USDC_PERP\",\"side\":\"sell\","
                        "\"quantity\":\"0.5\",\"price\":\"60001.5\""));
    assert_true(printed("\"text\":\"hello\""));
    assert_true(printed("\"kind\":\"executed\",\"id\":6,\"market\":\"BTC_USDC_PERP\",\"quantity\":\"0.25\""));
    assert_true(printed("\"fee\":\"0.0000015\""));
    assert_true(printed("\"kind\":\"replaced\",\"id\":7,\"replaces\":5"));
    assert_true(printed("\"reason\":\"UnknownOrder\""));
    /* What was missed comes again, under its number, and no more. */
    assert_int_equal(run_script(server, "fixed", NULL, 3, "expect replaced 7\nexpect not accepted\n"), EXIT_STATUS_OK);
    assert_true(printed("\"sequence\":3,"));
    assert_false(printed("\"sequence\":2,"));
    fake_server_stop(server);
}

static void script_fails(void **state)
{
    struct fake_server_settings settings = { .market = "BTC_USDC_PERP" };
    struct fake_server *server = fake_server_start(&settings);

    (void)state;
    assert_int_equal(run_script(server, "wrong", NULL, 1, ""), -1);
    assert_int_equal(run_script(server, "fixed", NULL, 1, "expect filled 1 for 0.01\n"), EXIT_STATUS_FAILED);
    assert_int_equal(run_script(server, "fixed", NULL, 1,
                                "buy BTC_USDC_PERP 1 ioc\nexpect filled last\nexpect not filled last\n"),
                     EXIT_STATUS_FAILED);
    assert_int_equal(run_script(server, "fixed", NULL, 1, "buy BTC_USDC_PERP\n"), EXIT_STATUS_USAGE);
    fake_server_stop(server);
    settings.close_after = 1;
    server = fake_server_start(&settings);
    assert_int_equal(run_script(server, "fixed", NULL, 1, "buy BTC_USDC_PERP 1 @ 60000\nwait accepted\nmarkets\n"),
                     EXIT_STATUS_FAULT);
    fake_server_stop(server);
}

static void keys_log_in(void **state)
{
    struct client_key key, other, read_key;
    struct fake_server_settings settings = { .market = "BTC_USDC_PERP", .key = key.public_key };
    struct fake_server *server;
    struct stat status;
    char error[512];

    (void)state;
    assert_true(client_key_make(in_folder("key"), &key, error, sizeof error));
    assert_false(client_key_make(in_folder("key"), &other, error, sizeof error));
    assert_true(client_key_make(in_folder("other"), &other, error, sizeof error));
    assert_int_equal(stat(in_folder("key"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(client_key_read(in_folder("key"), &read_key, error, sizeof error));
    assert_memory_equal(&read_key, &key, sizeof key);
    server = fake_server_start(&settings);
    assert_int_equal(run_script(server, NULL, &key, 1, "sell BTC_USDC_PERP 1 @ 60000\nexpect accepted 1\n"),
                     EXIT_STATUS_OK);
    assert_int_equal(run_script(server, NULL, &other, 1, ""), -1);
    fake_server_stop(server);
    assert_int_equal(chmod(in_folder("key"), 0640), 0);
    assert_false(client_key_read(in_folder("key"), &read_key, error, sizeof error));
    assert_int_equal(chmod(in_folder("key"), 0600), 0);
    assert_int_equal(truncate(in_folder("key"), 70), 0);
    assert_false(client_key_read(in_folder("key"), &read_key, error, sizeof error));
}

static struct load_options small_load(const struct fake_server *server)
{
    return (struct load_options){ .address = "127.0.0.1", .port = fake_server_port(server), .prefix = "b",
                                  .password = "fixed", .users = 3, .first = 100, .seed = 7, .window = 500,
                                  .warm = 100, .orders = 20000, .population = 50, .market_count = 1,
                                  .markets = { { .name = "BTC_USDC_PERP", .middle = 600000 } } };
}

static void load_counts(void **state)
{
    const struct fake_server_settings settings = { .market = "BTC_USDC_PERP" };
    struct fake_server *server = fake_server_start(&settings);
    struct load_options options = small_load(server);
    static struct load_result result;
    struct load_verified verified;
    struct load_verify verify = { .path = in_folder("acks"), .address = "127.0.0.1", .password = "fixed",
                                  .port = fake_server_port(server) };
    char error[512] = "";

    (void)state;
    options.acks = load_acks_open(in_folder("acks"), error, sizeof error);
    assert_int_equal(load_run(&options, &result, error, sizeof error), LOAD_DONE);
    assert_true(load_acks_close(options.acks, error, sizeof error));
    assert_int_equal(result.sent, 20100);
    assert_int_equal(result.answered, 20100);
    assert_in_range(result.measured, 20000, 20000 + options.window);
    assert_int_equal(result.latency_ns.count, result.measured);
    assert_int_equal(result.accepted + result.replaced + result.cancelled, 20100);
    assert_int_equal(result.messages, result.accepted + result.replaced + result.cancelled + result.executed);
    assert_true(load_acks_verify(&verify, &verified, error, sizeof error));
    assert_int_equal(verified.rows, result.messages);
    assert_int_equal(verified.users, 3);
    assert_int_equal(verified.lost, 0);
    fake_server_forget(server, "b00001");
    assert_true(load_acks_verify(&verify, &verified, error, sizeof error));
    assert_int_equal(verified.lost, 1);
    assert_string_equal(verified.first_lost_user, "b00001");
    fake_server_stop(server);
}

/* At a rate orders are due whether or not others are answered. */
static void load_keeps_its_rate(void **state)
{
    const struct fake_server_settings settings = { .market = "BTC_USDC_PERP" };
    struct fake_server *server = fake_server_start(&settings);
    struct load_options options = small_load(server);
    static struct load_result result;
    char error[512] = "";

    (void)state;
    options.rate = 10000;
    options.orders = 3000;
    assert_int_equal(load_run(&options, &result, error, sizeof error), LOAD_DONE);
    assert_int_equal(result.answered, 3100);
    assert_in_range(result.measured_ns, 240000000, 3000000000); /* 0.3 s but for chance and the machine */
    fake_server_stop(server);
}

static void load_tells_of_faults(void **state)
{
    struct fake_server_settings settings = { .market = "BTC_USDC_PERP", .close_after = 1000 };
    struct fake_server *server = fake_server_start(&settings);
    struct load_options options = small_load(server);
    static struct load_result result;
    char error[512] = "";

    (void)state;
    assert_int_equal(load_run(&options, &result, error, sizeof error), LOAD_FAULT);
    /* One of three sessions was closed: what was on the way to it stays unanswered, the others' answers may
     * come in before the close is seen, and nothing goes on after it. */
    assert_true(result.answered < result.sent);
    assert_in_range(result.sent, settings.close_after, settings.close_after + 2 * options.window);
    assert_true(strlen(error) > 0);
    options.password = "wrong";
    assert_int_equal(load_run(&options, &result, error, sizeof error), LOAD_FAULT);
    assert_int_equal(result.sent, 0);
    fake_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(script_trades),      cmocka_unit_test(script_fails),
        cmocka_unit_test(keys_log_in),        cmocka_unit_test(load_counts),
        cmocka_unit_test(load_keeps_its_rate), cmocka_unit_test(load_tells_of_faults),
    };

    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
