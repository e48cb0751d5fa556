/* A whole node on the plain book, in a directory of its own: first start, restart, operator, snapshots, faults. Clocks
 * are the test's. */
#define _GNU_SOURCE
#include "allocations.h"
#include "disk.h"
#include "unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "device_internal.h"
#include "node_inner.h"
#include "ouch.h"
#include "soupbin.h"

#define SECOND UINT64_C(1000000000)

/* The gateway names its session after the UTC day, so the test's days are this one. */
static uint64_t first_utc, utc_jump, clock_ticks;

static uint64_t fake_monotonic(void)
{
    return clock_ticks += 1000; /* a microsecond a look */
}

static uint64_t fake_realtime(void)
{
    return first_utc + utc_jump + clock_ticks;
}

static struct fixture {
    const struct disk_ops *disk;
    char directory[64];
    struct config config;
    struct loop loop;
    struct device *device;
    struct node *node;
    struct log log;
    struct notify notify;
    char error[512];
    int admin;
} fixture;

static const struct problems *load(struct config *config, const char *text)
{
    static struct problems problems;

    config_load_text(config, "test", text, &problems);
    return &problems;
}

/* Opens or reopens the node of the fixture. */
static enum node_status start(uint64_t stop_before)
{
    struct device_options card = { .backend = "model", .markets = 32, .orders = 65536, .tick_bits = 17 };
    struct node_options options = {
        .config = &fixture.config, .loop = &fixture.loop, .backend = "model", .log = &fixture.log,
        .notify = &fixture.notify, .realtime_ns = fake_realtime, .monotonic_ns = fake_monotonic,
        .stop_before = stop_before, .recount = true, .disk = fixture.disk,
    };

    assert_int_equal(device_open(&fixture.device, &card, fixture.error, sizeof fixture.error), DEVICE_OK);
    assert_int_equal(loop_create(&fixture.loop, 256, fixture.error, sizeof fixture.error), 0);
    options.device = fixture.device;
    fixture.admin = -1;
    return node_create(&fixture.node, &options, fixture.error, sizeof fixture.error);
}

/* Ends it as a kill would, as far as that can be in one process: nothing is asked, only closed. */
static void drop(void)
{
    if (fixture.admin >= 0)
        close(fixture.admin);
    node_destroy(fixture.node);
    fixture.node = NULL;
    loop_destroy(&fixture.loop);
    device_close(fixture.device);
}

static void stop(void)
{
    unsigned turns = 0;

    node_stop(fixture.node);
    while (node_turn(fixture.node) == NODE_RUNNING) {
        clock_ticks += SECOND / 50;
        assert_true(turns++ < 10000);
    }
    drop();
}

static int setup(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    first_utc = (uint64_t)time(NULL) * SECOND;
    utc_jump = 0;
    clock_ticks = SECOND;
    snprintf(fixture.directory, sizeof fixture.directory, "node-test-XXXXXX");
    assert_non_null(mkdtemp(fixture.directory));
    fixture.log.fd = open("/dev/null", O_WRONLY);
    fixture.notify.fd = -1;
    assert_int_equal(load(&fixture.config, config_default())->count, 0);
    snprintf(fixture.config.node.directory, sizeof fixture.config.node.directory, "%s", fixture.directory);
    fixture.config.node.port = fixture.config.node.key_port = 0;
    fixture.config.node.segment_bytes = 8 << 20;
    fixture.config.node.reserve_bytes = 0;
    return 0;
}

static void remove_all(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    char name[512];

    while (directory && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink(name) != 0)
            remove_all(name);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

static int teardown(void **state)
{
    (void)state;
    remove_all(fixture.directory);
    config_free(&fixture.config);
    close(fixture.log.fd);
    return 0;
}

/* Turns that anything takes at most: the disk has to come to its end in them. */
static unsigned turns_most(void)
{
    return fixture.config.node.busy_poll ? 100000000 : 2000;
}

/* One question of an operator while the node turns. Reads one line; the caller frees the object. */
static json_t *ask(const char *line)
{
    static char text[1 << 20];
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t used = 0;
    json_t *object;

    if (fixture.admin < 0) {
        snprintf(address.sun_path, sizeof address.sun_path, "%s/admin.socket", fixture.directory);
        fixture.admin = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(connect(fixture.admin, (struct sockaddr *)&address, sizeof address), 0);
    }
    assert_int_equal(send(fixture.admin, line, strlen(line), 0), strlen(line));
    assert_int_equal(send(fixture.admin, "\n", 1, 0), 1);
    for (unsigned turns = 0; used == 0 || text[used - 1] != '\n'; turns++) {
        ssize_t got;

        assert_true(turns < turns_most());
        node_turn(fixture.node);
        got = recv(fixture.admin, text + used, sizeof text - used, MSG_DONTWAIT); /* tidy: the system's name */
        used += got > 0 ? (size_t)got : 0;
    }
    object = json_loadb(text, used, 0, NULL);
    assert_non_null(object);
    return object;
}

static bool ask_ok(const char *line)
{
    json_t *object = ask(line);
    bool good = json_is_true(json_object_get(object, "ok"));

    json_decref(object);
    return good;
}

/* A text of an answer, by a path of keys and indices: "balances.0.amount". */
static void ask_text(const char *line, const char *path, const char *wanted)
{
    json_t *object = ask(line);
    const json_t *value = object;
    char key[64];

    while (*path && value) {
        size_t length = strcspn(path, ".");

        snprintf(key, sizeof key, "%.*s", (int)length, path);
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
        path += length + (path[length] == '.');
    }
    assert_non_null(value);
    assert_string_equal(json_string_value(value), wanted);
    json_decref(object);
}

#define DEPOSIT(id, amount) "{\"command\":\"deposit\",\"subaccount\":\"alice/main\",\"asset\":\"USDC\"," \
                            "\"amount\":\"" amount "\",\"id\":\"" id "\"}"
#define SHOW "{\"command\":\"subaccount show\",\"subaccount\":\"alice/main\"}"
#define MARKETS "{\"command\":\"markets\"}"

static void make_alice(void)
{
    assert_true(ask_ok("{\"command\":\"account create\",\"name\":\"alice\"}"));
    assert_true(ask_ok("{\"command\":\"subaccount create\",\"account\":\"alice\",\"name\":\"main\"}"));
    assert_true(ask_ok(DEPOSIT("w1", "100.5")));
}

static uint64_t last_batch(void)
{
    return node_state(fixture.node)->t->batch;
}

#define POST_ONLY "{\"command\":\"market state\",\"market\":\"BTC_USDC\",\"state\":\"post_only\"}\n"

/* A card that takes its time over the next answer. */
static bool card_silent;

static enum device_status slow_poll(struct device *device, struct card_event *events, size_t count, size_t *given)
{
    return card_silent ? DEVICE_AGAIN : device_model_ops.poll(device, events, count, given);
}

/* While a batch is out no code of the host is charged for what the node waits: it is the card's time. */
static void test_stages(void **state)
{
    static struct device_ops slow;
    struct metrics metrics;

    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    slow = device_model_ops;
    slow.poll = slow_poll;
    fixture.device->ops = &slow;
    card_silent = true;
    assert_int_equal(send(fixture.admin, POST_ONLY, strlen(POST_ONLY), 0), strlen(POST_ONLY));
    for (unsigned turns = 0; !fixture.node->running; turns++) {
        assert_int_equal(node_turn(fixture.node), NODE_RUNNING);
        assert_true(turns < 10000);
    }
    clock_ticks += SECOND;
    card_silent = false;
    while (fixture.node->running)
        assert_int_equal(node_turn(fixture.node), NODE_RUNNING);
    node_metrics(fixture.node, &metrics);
    assert_true(metrics.distributions->stage[METRICS_CARD].max >= SECOND);
    for (unsigned i = 0; i < METRICS_STAGES; i++)
        assert_true(i == METRICS_CARD || metrics.distributions->stage[i].max < SECOND / 100);
    assert_true(metrics.distributions->host_ns.count < metrics.distributions->stage[METRICS_CARD].count);
    /* Sending belongs to the batch that it is of, and comes when that is durable. */
    for (unsigned turns = 0; last_batch() > metrics.batch_durable; turns++) {
        assert_int_equal(node_turn(fixture.node), NODE_RUNNING);
        node_metrics(fixture.node, &metrics);
        assert_true(turns < 10000);
    }
    assert_int_equal(metrics.distributions->host_ns.count, metrics.distributions->stage[METRICS_CARD].count);
    assert_int_equal(metrics.distributions->host_ns.count, metrics.distributions->stage[METRICS_SEND].count);
    assert_in_range(metrics.distributions->host_ns.max, 1, SECOND / 100);
    stop();
}

/* The default opens its markets; what is deposited is there after a kill and after a clean stop; markets wait then. */
static void test_life(void **state)
{
    struct metrics metrics;
    uint64_t batch;

    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    ask_text(MARKETS, "markets.0.state", "open");
    ask_text(MARKETS, "markets.0.mark", "60000");
    make_alice();
    assert_true(ask_ok(DEPOSIT("w1", "100.5"))); /* the same again changes nothing */
    ask_text(SHOW, "balances.0.amount", "100.5");
    batch = last_batch();
    drop();
    assert_int_equal(start(0), NODE_RUNNING);
    assert_int_equal(node_recovered(fixture.node), batch);
    node_metrics(fixture.node, &metrics);
    assert_true(metrics.batches_total == 1 && metrics.batch_last == batch + 1 && metrics.batch_durable == batch + 1);
    for (unsigned i = 0; i < METRICS_STAGES; i++) /* the clock moves a microsecond a look */
        assert_true(metrics.distributions->stage[i].count == 1 && metrics.distributions->stage[i].max < SECOND);
    assert_int_equal(last_batch(), batch + 1);
    ask_text(SHOW, "balances.0.amount", "100.5");
    ask_text(MARKETS, "markets.0.state", "cancel_only");
    assert_true(ask_ok("{\"command\":\"marks\",\"market\":\"BTC_USDC_PERP\",\"price\":\"60001\"}"));
    ask_text(MARKETS, "markets.0.state", "open");
    stop();
    assert_int_equal(start(0), NODE_RUNNING);
    assert_int_equal(node_recovered(fixture.node), 1); /* the batch with the hash of the stop's snapshot */
    ask_text(SHOW, "balances.0.amount", "100.5");
    stop();
}

static void test_operator(void **state)
{
    json_t *object;
    char line[64];

    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    ask_text("{\"command\":\"withdraw\",\"subaccount\":\"alice/main\",\"asset\":\"USDC\",\"amount\":\"101\","
             "\"id\":\"x\"}", "reason", "InsufficientBalance");
    ask_text("{\"command\":\"deposit\"}", "field", "subaccount");
    ask_text("{\"command\":\"status\"}", "state", "running");
    assert_false(ask_ok("nonsense"));
    assert_true(ask_ok("{\"command\":\"kill on\",\"account\":\"alice\"}"));
    assert_true(ask_ok("{\"command\":\"kill off\",\"account\":\"alice\"}"));
    object = ask("{\"command\":\"metrics\"}");
    snprintf(line, sizeof line, "vitrine_batches_total %lu\n", (unsigned long)last_batch());
    assert_non_null(strstr(json_string_value(json_object_get(object, "text")), line));
    json_decref(object);
    object = ask("{\"command\":\"counters\"}");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(object, "counters"), "batch_durable")),
                     last_batch());
    json_decref(object);
    assert_true(ask_ok("{\"command\":\"stop\"}"));
    stop();
}

/* Back to the default is a fee that rises: it is noted for when the venue's notice has passed, and is no difference any
 * more. */
static void tighten_back(void)
{
    json_t *object = ask("{\"command\":\"config diff\"}");
    const char *change = json_string_value(json_array_get(json_object_get(object, "changes"), 0));

    assert_non_null(change);
    assert_non_null(strstr(change, "change market BTC_USDC_PERP, taker_fee 4 -> 5, tightens: takes effect at 20"));
    json_decref(object);
    object = ask("{\"command\":\"config apply\"}");
    assert_int_equal(json_array_size(json_object_get(object, "changes")), 1);
    assert_int_equal(json_array_size(json_object_get(object, "refused")), 0);
    json_decref(object);
    assert_int_equal(state_market(node_state(fixture.node), 1)->taker_fee, 400);
    assert_int_equal(node_state(fixture.node)->t->deferred_count, 1);
    object = ask("{\"command\":\"config diff\"}");
    assert_int_equal(json_array_size(json_object_get(object, "changes")), 0);
    json_decref(object);
    object = ask("{\"command\":\"rules\"}");
    assert_int_equal(json_array_size(json_object_get(object, "waiting")), 1);
    json_decref(object);
}

static void test_configuration(void **state)
{
    char *text = strdup(config_default()), *fee;
    char path[128], line[256];
    FILE *file;

    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    fee = strstr(text, "taker_fee = \"5\"");
    fee[13] = '4';
    snprintf(path, sizeof path, "%s/new.conf", fixture.directory);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    snprintf(line, sizeof line, "{\"command\":\"config diff\",\"file\":\"%s\"}", path);
    ask_text(line, "changes.0", "change market BTC_USDC_PERP, taker_fee 5 -> 4");
    snprintf(line, sizeof line, "{\"command\":\"config apply\",\"file\":\"%s\"}", path);
    ask_text(line, "changes.0", "change market BTC_USDC_PERP, taker_fee 5 -> 4");
    assert_int_equal(state_market(node_state(fixture.node), 1)->taker_fee, 400);
    tighten_back();
    ask_text("{\"command\":\"config diff\",\"file\":\"/nowhere\"}", "error", "the configuration is wrong");
    drop();
    assert_int_equal(start(0), NODE_RUNNING);
    assert_int_equal(state_market(node_state(fixture.node), 1)->taker_fee, 400); /* the journal rules, not the file */
    drop();
    free(text);
}

/* Accounts, subaccounts and users of a file are there at the first start, built in stages. */
static void test_people(void **state)
{
    static const char people[] =
        "accounts: ( { name = \"bob\"; leverage = \"5\"; subaccounts = ( \"one\", \"two\" );"
        "  users = ( { name = \"bob1\"; rate = 9; } ); } );";
    char *text = malloc(strlen(config_default()) + sizeof people), *end;
    struct config_node node = fixture.config.node;
    const struct state *tables;

    (void)state;
    strcpy(text, config_default());
    end = strstr(text, "accounts: ();");
    assert_non_null(end);
    strcpy(end, people);
    config_free(&fixture.config);
    assert_int_equal(load(&fixture.config, text)->count, 0);
    fixture.config.node = node;
    assert_int_equal(start(0), NODE_RUNNING);
    tables = node_state(fixture.node);
    assert_int_equal(tables->users.live, 1);
    assert_int_equal(state_user(tables, 1)->rate, 9);
    assert_int_equal(state_account(tables, state_user(tables, 1)->account)->leverage, 500);
    ask_text("{\"command\":\"subaccount show\",\"subaccount\":\"bob/two\"}", "name", "two");
    stop();
    free(text);
}

#define WITHDRAW(id, amount) "{\"command\":\"withdraw\",\"subaccount\":\"alice/main\",\"asset\":\"USDC\"," \
                             "\"amount\":\"" amount "\",\"id\":\"" id "\"}"
#define STEP(what, id) "{\"command\":\"withdrawal " what "\",\"asset\":\"USDC\",\"id\":\"" id "\"}"

static unsigned withdrawals_open(void)
{
    json_t *object = ask("{\"command\":\"withdrawals\"}");
    const unsigned count = (unsigned)json_array_size(json_object_get(object, "withdrawals"));

    json_decref(object);
    return count;
}

/* An automatic approver carries requests through by itself; a manual one leaves every step to the operator. */
static void test_withdrawals(void **state)
{
    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    assert_true(ask_ok(WITHDRAW("w2", "40")));
    for (unsigned turns = 0; withdrawals_open() && turns < 100; turns++)
        node_turn(fixture.node);
    assert_int_equal(withdrawals_open(), 0);
    ask_text(SHOW, "balances.0.amount", "60.5");
    ask_text("{\"command\":\"balances\",\"account\":\"alice\"}", "margin.available", "60.5");
    assert_true(ask_ok(STEP("release", "w2"))); /* again: it is done */
    ask_text(STEP("show", "w2"), "withdrawal.state", "released");
    ask_text(STEP("show", "w1"), "error", "there is no withdrawal of this asset and id"); /* a deposit's */
    ask_text(STEP("cancel", "w2"), "reason", "Conflict");
    drop();
    fixture.config.node.approver = CONFIG_APPROVER_MANUAL;
    assert_int_equal(start(0), NODE_RUNNING);
    assert_true(ask_ok(WITHDRAW("w3", "20")));
    for (unsigned turns = 0; turns < 100; turns++)
        node_turn(fixture.node);
    ask_text("{\"command\":\"withdrawals\"}", "withdrawals.0.state", "requested");
    ask_text("{\"command\":\"withdrawals\"}", "withdrawals.0.amount", "20");
    ask_text(STEP("release", "w3"), "reason", "Conflict");
    assert_true(ask_ok(STEP("approve", "w3")));
    ask_text("{\"command\":\"withdrawals\"}", "withdrawals.0.state", "approved");
    assert_true(ask_ok(STEP("cancel", "w3")));
    ask_text(STEP("show", "w3"), "withdrawal.state", "cancelled");
    assert_int_equal(withdrawals_open(), 0);
    ask_text(SHOW, "balances.0.amount", "60.5");
    stop();
}

/* What an operator sees of money: each view answers, with what the default sets. */
static void test_money_views(void **state)
{
    json_t *object;
    const char *text;

    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    assert_true(ask_ok("{\"command\":\"deposit\",\"subaccount\":3,\"asset\":\"USDC\",\"amount\":\"5\",\"id\":\"f\"}"));
    assert_true(ask_ok("{\"command\":\"lend\",\"subaccount\":\"alice/main\",\"asset\":\"USDC\",\"amount\":\"10\"}"));
    ask_text(SHOW, "balances.0.amount", "90.5");
    ask_text("{\"command\":\"fund\"}", "balances.3.amount", "5");
    ask_text("{\"command\":\"fund\"}", "markets.0.cap", "5000000");
    ask_text("{\"command\":\"settlement\"}", "stage", "idle");
    ask_text("{\"command\":\"settlement\"}", "debts_sum", "0");
    ask_text("{\"command\":\"prices\"}", "prices.1.change", "0.0025");
    ask_text("{\"command\":\"funding\"}", "funding.0.bound", "0.005");
    ask_text("{\"command\":\"pools\"}", "pools.0.lent", "10");
    ask_text("{\"command\":\"rules\"}", "withdraw_account_max", "1000000");
    assert_true(ask_ok("{\"command\":\"rules set\",\"fresh_seconds\":\"30\"}"));
    ask_text("{\"command\":\"rules set\",\"withdraw_venue_max\":\"5\"}", "reason", "NoticeNeeded");
    assert_true(ask_ok("{\"command\":\"subaccount set\",\"subaccount\":\"alice/main\",\"name\":\"new\"}"));
    ask_text("{\"command\":\"subaccount show\",\"subaccount\":\"alice/new\"}", "balances.0.amount", "90.5");
    object = ask("{\"command\":\"metrics\"}");
    text = json_string_value(json_object_get(object, "text"));
    assert_non_null(strstr(text, "\nvitrine_pool_lent{asset=\"USDC\"} 10\n"));
    assert_non_null(strstr(text, "\nvitrine_fund 5\n"));
    assert_non_null(strstr(text, "\nvitrine_notices_total{kind=\"debt\"} 0\n"));
    json_decref(object);
    stop();
}

/* Liquidation is on from the first start, with the file's values; who may change what, and what a provider commits. */
static void test_liquidation(void **state)
{
    json_t *object;
    const char *text;

    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    ask_text("{\"command\":\"rules\"}", "liquidation.policy", "ours");
    ask_text("{\"command\":\"rules\"}", "liquidation.backstop", "0.666667");
    assert_true(ask_ok("{\"command\":\"liquidation set\",\"backstop\":\"0.6\"}") ||
                ask_ok("{\"command\":\"liquidation set\",\"backstop\":\"0.7\"}")); /* one of them loosens */
    ask_text("{\"command\":\"liquidation set\",\"policy\":\"at_once\"}", "reason", "NoticeNeeded");
    ask_text("{\"command\":\"tally\"}", "socialised.sum", "0");
    ask_text("{\"command\":\"liquidations\"}", "policy", "ours");
    assert_true(ask_ok("{\"command\":\"backstop set\",\"subaccount\":\"alice/main\",\"market\":\"BTC_USDC_PERP\","
                       "\"capacity\":\"1000\"}"));
    ask_text("{\"command\":\"backstop set\",\"subaccount\":\"alice/main\",\"market\":\"BTC_USDC_PERP\","
             "\"capacity\":\"1000000\"}", "reason", "InsufficientMargin");
    ask_text("{\"command\":\"backstops\"}", "backstops.0.capacity", "1000");
    ask_text(SHOW, "backstops.0.market", "BTC_USDC_PERP");
    ask_text(MARKETS, "markets.0.backstop_capacity", "1000");
    object = ask("{\"command\":\"metrics\"}");
    text = json_string_value(json_object_get(object, "text"));
    assert_non_null(strstr(text, "\nvitrine_liquidations_under_way 0\n"));
    assert_non_null(strstr(text, "\nvitrine_backstop_commitments 1\n"));
    assert_non_null(strstr(text, "\nvitrine_liquidated_book_total{market=\"BTC_USDC_PERP\"} 0\n"));
    assert_non_null(strstr(text, "\nvitrine_socialised{kind=\"deleveraged_loss\"} 0\n"));
    assert_non_null(strstr(text, "\nvitrine_notices_dropped_total 0\n"));
    assert_non_null(strstr(text, "\nvitrine_notices_total{kind=\"margin call\"} 0\n"));
    json_decref(object);
    stop();
}

/* An asset with venues: its index is what they quote, not what the file or an operator says. */
static void test_venues(void **state)
{
    static const char index[] = "index = \"60000\"; }";
    static const char venues[] = "venues = ( { name = \"one\"; weight = 2; }, { name = \"two\"; } ); ";
    char *text = malloc(strlen(config_default()) + sizeof venues), *at = strstr(config_default(), index);
    struct config_node node = fixture.config.node;

    (void)state;
    assert_non_null(at);
    sprintf(text, "%.*s%s%s", (int)(at - config_default()), config_default(), venues, at);
    config_free(&fixture.config);
    assert_int_equal(load(&fixture.config, text)->count, 0);
    fixture.config.node = node;
    assert_int_equal(start(0), NODE_RUNNING);
    ask_text("{\"command\":\"prices\"}", "prices.1.venues.0.name", "one");
    ask_text("{\"command\":\"index\",\"asset\":\"BTC\",\"price\":\"1\"}", "reason", "Conflict");
    assert_true(ask_ok("{\"command\":\"quote\",\"asset\":\"BTC\",\"venue\":\"one\",\"last\":\"50000\"}"));
    assert_true(ask_ok("{\"command\":\"quote\",\"asset\":\"BTC\",\"venue\":\"two\",\"bid\":\"49999\","
                       "\"ask\":\"50001\"}"));
    clock_ticks += 2 * SECOND;
    for (unsigned turns = 0; turns < 20; turns++)
        node_turn(fixture.node);
    ask_text("{\"command\":\"prices\"}", "prices.1.index", "50000");
    ask_text(MARKETS, "markets.0.index", "50000");
    ask_text(MARKETS, "markets.1.index", "3000"); /* ETH has none */
    drop();
    free(text);
}

static void test_snapshots(void **state)
{
    unsigned turns = 0;

    (void)state;
    fixture.config.venue.rules.settle_seconds = 0; /* no batches of its own */
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    assert_true(ask_ok("{\"command\":\"snapshot\"}"));
    for (unsigned i = 0; i < 6; i++) { /* by the clock, at most so many are kept */
        uint64_t batch = last_batch();

        assert_true(ask_ok("{\"command\":\"index\",\"asset\":\"BTC\",\"price\":\"60001\"}"));
        clock_ticks += 61 * SECOND;
        while (last_batch() < batch + 2 && turns++ < 100000)
            node_turn(fixture.node);
        assert_true(last_batch() >= batch + 2);
    }
    drop();
    assert_int_equal(start(0), NODE_RUNNING);
    assert_in_range(node_recovered(fixture.node), 0, 3);
    ask_text(SHOW, "balances.0.amount", "100.5");
    drop();
}

static char *file_named(const char *prefix)
{
    static char path[512];
    char newest[256] = "";
    DIR *directory = opendir(fixture.directory);
    struct dirent *entry;

    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && strcmp(entry->d_name, newest) > 0)
            snprintf(newest, sizeof newest, "%s", entry->d_name);
    closedir(directory);
    assert_true(newest[0]);
    snprintf(path, sizeof path, "%s/%s", fixture.directory, newest);
    return path;
}

static void flip(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    uint8_t byte;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void refused_start(enum node_status wanted, const char *message)
{
    enum node_status status = start(0);

    if (status != wanted || !strstr(fixture.error, message))
        fail_msg("status %d: %s", (int)status, fixture.error);
    assert_null(fixture.node);
    drop();
}

static void test_faults(void **state)
{
    (void)state;
    fixture.config.markets[0].set.window_step = 1;
    refused_start(NODE_REFUSED, "new market BTC_USDC_PERP");
    remove_all(fixture.directory);
    fixture.config.markets[0].set.window_step = 4096;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    drop();
    fixture.config.node.sizes.orders++;
    refused_start(NODE_REFUSED, "memory.orders");
    fixture.config.node.sizes.orders--;
    fixture.config.node.cluster = 7;
    refused_start(NODE_REFUSED, "cluster");
    fixture.config.node.cluster = 0;
    assert_int_equal(start(0), NODE_RUNNING);
    stop();
    fixture.config.node.sizes.users--;
    refused_start(NODE_REFUSED, "memory.users");
    fixture.config.node.sizes.users++;
    flip(file_named("snapshot-"), 4096 + 100);
    refused_start(NODE_FAULT, "snapshot-");
    flip(file_named("snapshot-"), 4096 + 100);
    utc_jump = (uint64_t)-(int64_t)(3600 * SECOND);
    refused_start(NODE_FAULT, "set the clock right");
    utc_jump = UINT64_C(31) * 86400 * SECOND;
    refused_start(NODE_REFUSED, "--after-long-stop");
    utc_jump = 0;
    assert_int_equal(start(0), NODE_RUNNING);
    ask_text("{\"command\":\"status\"}", "state", "running");
    utc_jump = 22 * SECOND;
    clock_ticks += SECOND;
    send(fixture.admin, "{\"command\":\"index\",\"asset\":\"BTC\",\"price\":\"1\"}\n", 47, 0);
    for (unsigned i = 0; i < 200 && node_turn(fixture.node) == NODE_RUNNING; i++)
        ;
    assert_int_equal(node_turn(fixture.node), NODE_FAULT);
    assert_non_null(strstr(node_message(fixture.node), "jumped"));
    drop();
}

/* --- a client over TCP --- */

static struct ouch_markets names;

static int client_open(uint64_t sequence)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(node_port(fixture.node)) };
    struct soupbin_login login = { .user = "al1", .password = "pw", .sequence = sequence };
    uint8_t packet[128];
    size_t size = soupbin_encode_login(packet, sizeof packet, &login);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr), 1);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, packet, size, 0), size);
    return fd;
}

static void client_order(int fd, uint32_t reference)
{
    struct ouch_context context = { .markets = &names, .subaccount = 5 };
    struct input_order_new order = {
        .header = { .kind = INPUT_ORDER_NEW, .size = sizeof order, .reference = reference, .subaccount = 5 },
        .market = 4, .side = CARD_SIDE_BUY, .tif = CARD_TIF_GTC, .price = 590000, .quantity = 100,
    };
    uint8_t message[512], packet[600];
    size_t size = ouch_encode_input(&order.header, &context, message, sizeof message);

    assert_true(size > 0);
    size = soupbin_encode_packet(packet, sizeof packet, SOUPBIN_UNSEQUENCED, message, size);
    assert_int_equal(send(fd, packet, size, 0), size);
}

/* Sequenced messages until there are `wanted` of them; how many came. */
static unsigned client_messages(int fd, unsigned wanted)
{
    static uint8_t bytes[65536];
    size_t used = 0, at = 0;
    unsigned found = 0;

    for (unsigned turns = 0; turns < turns_most() / 5 && found < wanted; turns++) {
        ssize_t got;

        node_turn(fixture.node);
        got = recv(fd, bytes + used, sizeof bytes - used, MSG_DONTWAIT); /* tidy: the system's name */
        used += got > 0 ? (size_t)got : 0;
        while (at + 3 <= used && at + 2 + (size_t)(bytes[at] << 8 | bytes[at + 1]) <= used) {
            found += bytes[at + 2] == 'S';
            at += 2 + (size_t)(bytes[at] << 8 | bytes[at + 1]);
        }
    }
    return found;
}

/* What a client was told is there after a kill, and after a power cut that took the store of sequenced output, though a
 * snapshot is newer than that. */
static void test_client(void **state)
{
    static const uint8_t symbol[24] = "BTC_USDC";
    unsigned found;
    int fd;

    (void)state;
    ouch_set_market(&names, 4, symbol);
    strcpy(fixture.config.node.fixed_password, "pw");
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    assert_true(ask_ok("{\"command\":\"user set\",\"name\":\"al1\",\"account\":\"alice\"}"));
    fd = client_open(1);
    client_order(fd, 1);
    assert_int_equal(client_messages(fd, 1), 1);
    assert_true(ask_ok("{\"command\":\"snapshot\"}"));
    client_order(fd, 2); /* 59 USDC each: not enough for this one */
    assert_int_equal(client_messages(fd, 1), 1);
    ask_text("{\"command\":\"orders\",\"account\":\"alice\"}", "orders.0.price", "59000");
    close(fd);
    drop();
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(start(0), NODE_RUNNING);
        assert_true(i == 0 ? node_recovered(fixture.node) < 10 : node_recovered(fixture.node) >= 10);
        fd = client_open(1);
        found = client_messages(fd, 3); /* accepted, rejected, and cancelled: the restart is a disconnect */
        assert_int_equal(found, 3);
        close(fd);
        drop();
        unlink(file_named("output-"));
    }
}

static bool disk_fails;

/* A disk whose durable writes fail from now on: they go to a file that isn't open. */
static void failing_start(void *context, struct loop *loop, struct loop_call *call, const struct disk_request *request)
{
    struct disk_request other = *request;

    if (disk_fails && request->action == DISK_START_WRITE && request->durable)
        other.file = 1000000;
    disk_real.start(context, loop, call, &other);
}

/* A write that fails stops the node; nothing more leaves it, and what was acknowledged is there afterwards. */
static void test_disk_fault(void **state)
{
    struct disk_ops failing = disk_real;
    int fd;

    (void)state;
    failing.start = failing_start;
    fixture.disk = &failing;
    disk_fails = false;
    ouch_set_market(&names, 4, (const uint8_t[24]){ "BTC_USDC" });
    strcpy(fixture.config.node.fixed_password, "pw");
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    assert_true(ask_ok("{\"command\":\"user set\",\"name\":\"al1\",\"account\":\"alice\","
                       "\"cancel_on_disconnect\":false}"));
    fd = client_open(1);
    client_order(fd, 1);
    assert_int_equal(client_messages(fd, 1), 1);
    disk_fails = true;
    client_order(fd, 2);
    assert_int_equal(client_messages(fd, 1), 0);
    assert_int_equal(node_turn(fixture.node), NODE_FAULT);
    assert_non_null(strstr(node_message(fixture.node), "journal"));
    close(fd);
    drop();
    disk_fails = false;
    assert_int_equal(start(0), NODE_RUNNING);
    ask_text("{\"command\":\"orders\",\"account\":\"alice\"}", "orders.0.price", "59000");
    drop();
    fixture.disk = NULL;
}

/* The number of this process's open file of which the name has `part` in it. */
static int open_file_named(const char *part)
{
    char link[64], target[512];
    int found = -1;

    for (int fd = 0; fd < 1024 && found < 0; fd++) {
        ssize_t length;

        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        found = strstr(target, part) ? fd : -1;
    }
    assert_true(found >= 0);
    return found;
}

/* The store of sequenced output meets a full disk: the node stops without waiting for the next report, and what clients
 * were told is made again at the next start. */
static void test_output_full(void **state)
{
    int fd, full = open("/dev/full", O_RDWR | O_CLOEXEC);

    (void)state;
    ouch_set_market(&names, 4, (const uint8_t[24]){ "BTC_USDC" });
    strcpy(fixture.config.node.fixed_password, "pw");
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    assert_true(ask_ok("{\"command\":\"user set\",\"name\":\"al1\",\"account\":\"alice\","
                       "\"cancel_on_disconnect\":false}"));
    fd = client_open(1);
    client_order(fd, 1);
    assert_int_equal(client_messages(fd, 1), 1);
    assert_true(full >= 0 && dup2(full, open_file_named("/output-")) >= 0);
    client_order(fd, 2);
    assert_int_equal(client_messages(fd, 1), 1);
    for (unsigned turns = 0; turns < 100 && node_turn(fixture.node) == NODE_RUNNING; turns++)
        clock_ticks += SECOND / 50;
    assert_int_equal(node_turn(fixture.node), NODE_FAULT);
    assert_non_null(strstr(node_message(fixture.node), "sequenced output"));
    close(fd);
    close(full);
    drop();
    assert_int_equal(start(0), NODE_RUNNING);
    fd = client_open(1);
    assert_int_equal(client_messages(fd, 2), 2);
    close(fd);
    drop();
}

/* From socket to disk and back without the heap, once every buffer has its size. */
static void orders_without_heap(uint32_t count)
{
    unsigned long before = 0;
    int fd;

    ouch_set_market(&names, 4, (const uint8_t[24]){ "BTC_USDC" });
    strcpy(fixture.config.node.fixed_password, "pw");
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    assert_true(ask_ok("{\"command\":\"user set\",\"name\":\"al1\",\"account\":\"alice\"}"));
    fd = client_open(1);
    for (uint32_t reference = 1; reference <= count; reference++) { /* one is accepted, the others lack funds */
        client_order(fd, reference);
        assert_int_equal(client_messages(fd, 1), 1);
        if (reference == count / 3)
            before = allocations;
    }
    assert_int_equal(allocations - before, 0);
    assert_true(before > 0);
    close(fd);
}

static void test_no_allocation(void **state)
{
    struct metrics metrics;

    (void)state;
    orders_without_heap(3000);
    node_metrics(fixture.node, &metrics);
    assert_int_equal(metrics.rehearsals_total, 0);
    drop();
}

/* The same of a node that never sleeps. What it rehearses is nowhere else: the journal runs again to the same state. */
static void test_busy_poll(void **state)
{
    struct metrics metrics;
    uint64_t waits;

    (void)state;
    fixture.config.node.busy_poll = 1;
    orders_without_heap(600);
    waits = fixture.loop.waits;
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(node_turn(fixture.node), NODE_RUNNING);
    assert_in_range(fixture.loop.waits - waits, 0, 20); /* next to nothing to do, and as many system calls */
    node_metrics(fixture.node, &metrics);
    assert_true(metrics.rehearsals_total > 100);
    assert_in_range(metrics.distributions->host_order_ns.count, 600, metrics.distributions->host_ns.count);
    assert_int_equal(metrics.distributions->batch_wait_ns.count, 601); /* with the session's */
    assert_in_range(metrics.distributions->batch_wait_ns.max, 1, SECOND / 1000);
    drop();
    assert_int_equal(start(0), NODE_RUNNING);
    assert_int_equal(exchange_recount(fixture.node->exchange), EXCHANGE_OK);
    drop();
}

/* A second node finds the directory taken. */
static void test_locked(void **state)
{
    struct fixture first;

    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    first = fixture;
    fixture.node = NULL;
    refused_start(NODE_REFUSED, "lock");
    first.config = fixture.config;
    fixture = first;
    assert_int_equal(node_turn(fixture.node), NODE_RUNNING);
    drop();
}

/* One changed byte in the journal is found and located. */
static void test_damage(void **state)
{
    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    drop();
    flip(file_named("segment-00000001"), 4096 + 100);
    refused_start(NODE_FAULT, "segment-00000001");
}

/* Below the reserve the mode is sequenced once, and lifted when there is room again. */
static void test_space(void **state)
{
    (void)state;
    fixture.config.node.reserve_bytes = UINT64_C(1) << 60;
    assert_int_equal(start(0), NODE_RUNNING);
    clock_ticks += 2 * SECOND;
    for (unsigned i = 0; i < 20; i++)
        node_turn(fixture.node);
    assert_int_equal(node_state(fixture.node)->t->refuse_orders, 1);
    fixture.config.node.reserve_bytes = 0;
    clock_ticks += 2 * SECOND;
    for (unsigned i = 0; i < 20; i++)
        node_turn(fixture.node);
    assert_int_equal(node_state(fixture.node)->t->refuse_orders, 0);
    stop();
}

static uint64_t disk_space;

static int small_space(void *context, int directory, uint64_t *bytes)
{
    (void)context;
    (void)directory;
    *bytes = disk_space;
    return 0;
}

/* A snapshot that would not fit is put off, also at a stop: the node goes on, and recovers from the journal. */
static void test_no_room_for_a_snapshot(void **state)
{
    struct disk_ops small = disk_real;

    (void)state;
    small.space = small_space;
    disk_space = fixture.config.node.segment_bytes + 4096;
    fixture.disk = &small;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    assert_false(ask_ok("{\"command\":\"snapshot\"}"));
    stop();
    assert_int_equal(start(0), NODE_RUNNING);
    assert_true(node_recovered(fixture.node) > 5);
    ask_text(SHOW, "balances.0.amount", "100.5");
    disk_space *= 100;
    assert_true(ask_ok("{\"command\":\"snapshot\"}"));
    stop();
    assert_int_equal(start(0), NODE_RUNNING);
    assert_true(node_recovered(fixture.node) <= 2);
    drop();
    fixture.disk = NULL;
}

static void test_set_aside(void **state)
{
    uint64_t before;

    (void)state;
    assert_int_equal(start(0), NODE_RUNNING);
    make_alice();
    before = last_batch();
    assert_true(ask_ok(DEPOSIT("w2", "1")));
    assert_true(ask_ok(DEPOSIT("w3", "2")));
    stop();
    assert_int_equal(start(before + 100), NODE_REFUSED);
    drop();
    assert_int_equal(start(before + 1), NODE_RUNNING);
    assert_int_equal(last_batch(), before + 1); /* the restart in place of what was there */
    ask_text(SHOW, "balances.0.amount", "100.5");
    stop();
    assert_int_equal(start(0), NODE_RUNNING);
    ask_text(SHOW, "balances.0.amount", "100.5");
    drop();
}

/* Every notice becomes a log line that says what, where, who and how much; after five of a kind in a second they are
 * counted. */
static void test_notices_are_logged(void **unused)
{
    static const unsigned warned[] = { NOTICE_LIQUIDATION_STOPPED, NOTICE_FUND_TOPPED_UP, NOTICE_BANKRUPT,
                                       NOTICE_DELEVERAGED, NOTICE_LEND_TURNED };
    struct notice list[NOTICE_KINDS + 6];
    struct exchange_result result = { .notices = list };
    char text[16384], *line;
    const int null = fixture.log.fd;

    (void)unused;
    assert_int_equal(start(0), NODE_RUNNING);
    memset(list, 0, sizeof list);
    for (unsigned kind = NOTICE_NONE + 1; kind < NOTICE_KINDS; kind++)
        list[result.notice_count++] = (struct notice){ .kind = (uint16_t)kind, .batch = 7, .market = 1, .rank = 3,
                                                       .number = 11, .amount = { INT64_MIN, INT64_MAX, -1 } };
    for (unsigned i = 0; i < 6; i++)
        list[result.notice_count++] = (struct notice){ .kind = NOTICE_MARGIN_CALL };
    fixture.log.fd = memfd_create("log", 0);
    fixture.log.journald = true; /* for the priority */
    node_take_notices(fixture.node, &result);

    const ssize_t size = pread(fixture.log.fd, text, sizeof text - 1, 0);
    close(fixture.log.fd);
    fixture.log.fd = null;
    fixture.log.journald = false;
    assert_true(size > 0 && size < (ssize_t)sizeof text - 1);
    text[size] = '\0';
    line = strtok(text, "\n");
    for (unsigned kind = NOTICE_NONE + 1; kind < NOTICE_KINDS; kind++, line = strtok(NULL, "\n")) {
        bool warns = false;

        assert_non_null(line);
        for (size_t i = 0; i < sizeof warned / sizeof *warned; i++)
            warns |= warned[i] == kind;
        assert_int_equal(strncmp(line, warns ? "<4>" : "<6>", 3), 0);
        assert_non_null(strstr(line, notice_text(kind)));
        assert_non_null(strstr(line, "batch=7"));
        assert_non_null(strstr(line, "where=BTC_USDC"));
        assert_non_null(strstr(line, "liquidation=11"));
        for (unsigned i = 0; i < 3 && notice_amount_text(kind, i) && notice_amount_text(kind, i)[0]; i++) {
            char amount[96];

            snprintf(amount, sizeof amount, "%s %lld", notice_amount_text(kind, i), (long long)list[0].amount[i]);
            assert_non_null(strstr(line, amount));
        }
        if (kind == NOTICE_DELEVERAGED)
            assert_non_null(strstr(line, "rank 3"));
    }
    for (unsigned i = 0; i < 4; i++, line = strtok(NULL, "\n")) /* the fifth and sixth only count */
        assert_non_null(line);
    assert_null(line);
    drop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_life, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_operator, setup, teardown),
        cmocka_unit_test_setup_teardown(test_configuration, setup, teardown),
        cmocka_unit_test_setup_teardown(test_people, setup, teardown),
        cmocka_unit_test_setup_teardown(test_withdrawals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_money_views, setup, teardown),
        cmocka_unit_test_setup_teardown(test_liquidation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_venues, setup, teardown),
        cmocka_unit_test_setup_teardown(test_snapshots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disk_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(test_output_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_allocation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy_poll, setup, teardown),
        cmocka_unit_test_setup_teardown(test_locked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_space, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_room_for_a_snapshot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_notices_are_logged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set_aside, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
