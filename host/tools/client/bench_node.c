#define _GNU_SOURCE /* cores of a process */
#include "bench_node.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../audit_run.h"
#include "../clock.h"
#include "admin_client.h"
#include "bench_config.h"
#include "scratch_directory.h"
#include "check.h"
#include "contract.h"
#include "memory.h"
#include "node.h"
#include "units.h"

enum { LOOP_ENTRIES = 4096, NODE_CORE = 0, LOAD_CORE = 1 };

/* What the node's process says when it is there, and at its end. */
struct node_hello {
    uint16_t port;
    char error[512];         /* "": it runs */
};

struct node_goodbye {
    struct metrics metrics;
    struct metrics_distributions distributions;
    uint64_t busy_ns;
};

struct bench_node {
    const struct bench_node_settings *settings;
    struct bench_node_result *result;
    struct config config;
    char directory[SCRATCH_PATH_BYTES];
    pid_t pid;
    int pipe;                /* from the node */
    char *error;
    size_t error_size;
};

static bool node_fault(struct bench_node *bench, const char *what, const char *detail)
{
    snprintf(bench->error, bench->error_size, "%s: %s", what, detail);
    return false;
}

/* Two cores are what is measured; with one, both share it. */
static void stay_on_core(int core)
{
    cpu_set_t cores;

    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
}

/* --- the node's process --- */

static volatile sig_atomic_t node_asked_to_stop;

static void node_signal(int number)
{
    (void)number;
    node_asked_to_stop = 1;
}

static uint64_t node_processor_ns(void)
{
    struct rusage usage;

    check(getrusage(RUSAGE_SELF, &usage) == 0);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000u +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

static bool write_all(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    while (size) {
        ssize_t written = write(fd, at, size);

        if (written <= 0 && errno != EINTR)
            return false;
        if (written > 0) {
            at += written;
            size -= (size_t)written;
        }
    }
    return true;
}

static bool read_all(int fd, void *bytes, size_t size)
{
    uint8_t *at = bytes;

    while (size) {
        ssize_t got = read(fd, at, size);

        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
    return true;
}

static void node_serve(struct node *node, int to)
{
    struct node_goodbye *goodbye = memory_reserve(1, sizeof *goodbye);
    enum node_status status = NODE_RUNNING;
    const uint64_t used = node_processor_ns();
    bool told = false;

    while (status == NODE_RUNNING) {
        if (node_asked_to_stop && !told) { /* the figures of the run, not of the stop */
            node_metrics(node, &goodbye->metrics);
            goodbye->distributions = *goodbye->metrics.distributions;
            goodbye->busy_ns = node_processor_ns() - used;
            told = true;
            node_stop(node);
        }
        status = node_turn(node);
    }
    if (status == NODE_STOPPED)
        write_all(to, goodbye, sizeof *goodbye);
    else
        fprintf(stderr, "node: %s\n", node_message(node));
    free(goodbye);
}

/* Never returns. */
static void node_process(struct bench_node *bench, int to)
{
    const struct config_node *settings = &bench->config.node;
    const struct device_options card = { .backend = settings->backend, .markets = settings->card_markets,
        .orders = settings->card_orders, .tick_bits = settings->card_tick_bits,
        .deadline_ns = settings->card_deadline_ns, .threaded = strcmp(settings->backend, "sim") == 0 };
    struct node_hello hello = { .error = "" };
    struct sigaction action = { .sa_handler = node_signal };
    struct log log = { .fd = open("/dev/null", O_WRONLY | O_CLOEXEC), .clock_ns = clock_utc_ns };
    struct notify notify;
    struct loop loop;
    struct node *node = NULL;
    struct node_options options = { .config = &bench->config, .loop = &loop, .backend = settings->backend, .log = &log,
                                    .notify = &notify, .realtime_ns = clock_utc_ns,
                                    .monotonic_ns = clock_now_ns };
    struct device *device = NULL;

    stay_on_core(LOAD_CORE); /* where the card's thread stays: it works while the node does */
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    notify_open(&notify, NULL, NULL);
    if (device_open(&device, &card, hello.error, sizeof hello.error) == DEVICE_OK &&
        loop_create(&loop, LOOP_ENTRIES, hello.error, sizeof hello.error) == 0) {
        options.device = device;
        stay_on_core(NODE_CORE);
        if (node_create(&node, &options, hello.error, sizeof hello.error) == NODE_RUNNING) {
            hello.port = node_port(node);
            hello.error[0] = 0;
        }
    }
    write_all(to, &hello, sizeof hello);
    if (node) {
        node_serve(node, to);
        node_destroy(node);
    }
    _exit(0);
}

/* --- the other one --- */

static bool node_start(struct bench_node *bench, uint16_t *port)
{
    struct node_hello hello;
    int ends[2];

    if (pipe(ends) != 0)
        return node_fault(bench, "pipe", strerror(errno));
    fflush(NULL);
    bench->pid = fork();
    if (bench->pid == 0) {
        close(ends[0]);
        node_process(bench, ends[1]);
    }
    close(ends[1]);
    bench->pipe = ends[0];
    if (bench->pid < 0)
        return node_fault(bench, "fork", strerror(errno));
    if (!read_all(bench->pipe, &hello, sizeof hello))
        return node_fault(bench, "node", "ended before it listened");
    *port = hello.port;
    return hello.error[0] == 0 || node_fault(bench, "node", hello.error);
}

/* Ends it and reads its figures. */
static bool node_end(struct bench_node *bench, bool good)
{
    struct node_goodbye *goodbye = memory_reserve(1, sizeof *goodbye);
    struct bench_node_result *result = bench->result;

    if (bench->pid > 0) {
        kill(bench->pid, SIGTERM);
        if (read_all(bench->pipe, goodbye, sizeof *goodbye)) {
            result->metrics = goodbye->metrics;
            result->distributions = goodbye->distributions;
            result->metrics.distributions = &result->distributions;
            result->node_busy_ns = goodbye->busy_ns;
        } else if (good) {
            good = node_fault(bench, "node", "ended with a fault");
        }
        waitpid(bench->pid, NULL, 0);
    }
    if (bench->pipe >= 0)
        close(bench->pipe);
    free(goodbye);
    return good;
}

static bool deposit_all(struct bench_node *bench)
{
    int fd = admin_client_open(bench->directory, bench->error, bench->error_size);
    bool good = fd >= 0;

    for (uint32_t user = 0; good && user < bench->settings->users; user++)
        for (size_t asset = 0; good && asset < bench->config.asset_count; asset++) {
            const struct input_asset_set *set = &bench->config.assets[asset].set;
            struct bench_deposit deposit;
            char name[8], words[4][96], amount[UNITS_TEXT_MAX];
            const char *request[] = { "deposit", words[0], words[1], words[2], words[3] };
            json_t *answer;

            bench_config_user(user, name);
            bench_config_deposit(user, asset, &deposit);
            units_format(deposit.amount, set->decimals, amount, sizeof amount);
            snprintf(words[0], sizeof words[0], "subaccount=%s/main", name);
            snprintf(words[1], sizeof words[1], "asset=%.16s", (const char *)set->symbol);
            snprintf(words[2], sizeof words[2], "amount=%s", amount);
            snprintf(words[3], sizeof words[3], "id=%s", deposit.id);
            answer = admin_client_ask(fd, admin_client_request(request, 5, bench->error, bench->error_size),
                                      bench->error, bench->error_size);
            good = answer != NULL;
            if (good && !json_is_true(json_object_get(answer, "ok"))) {
                char *text = json_dumps(answer, JSON_COMPACT);

                good = node_fault(bench, "deposit", text ? text : "refused");
                free(text);
            }
            json_decref(answer);
        }
    if (fd >= 0)
        close(fd);
    return good;
}

static bool load_node(struct bench_node *bench, uint16_t port)
{
    const struct bench_node_settings *settings = bench->settings;
    struct trade_flow_market markets[LIMIT_MARKETS];
    const uint32_t count = bench_config_markets(&bench->config, markets);
    struct load_options options = { .address = "127.0.0.1", .port = port, .prefix = "b", .password = BENCH_PASSWORD,
                                    .users = settings->users, .first = 1, .seed = settings->seed,
                                    .rate = settings->rate, .window = settings->window, .warm = settings->warm,
                                    .orders = settings->orders, .population = 1000 };

    for (uint32_t i = 0; i < count && i < LOAD_MARKETS_MAX; i++)
        options.markets[options.market_count++] = (struct load_market){
            .name = (const char *)bench->config.markets[i].set.symbol, .middle = markets[i].middle };
    return load_run(&options, &bench->result->load, bench->error, bench->error_size) == LOAD_DONE;
}

static void sum_up(struct bench_node_result *result)
{
    for (unsigned stage = 0; stage < METRICS_STAGES; stage++)
        if (result->metrics.inputs_total)
            result->stage_ns[stage] = result->distributions.stage[stage].sum / result->metrics.inputs_total;
}

/* The whole journal once more, as a recovery or an audit would: every batch's hash is compared. */
static bool replay(struct bench_node *bench)
{
    struct audit_plan plan = { .directory = bench->directory, .backend = "model", .from_start = true };
    struct audit_result result = { .status = AUDIT_FAULT };
    bool good = audit_plan_make(&plan, 1, bench->error, bench->error_size);

    if (good) {
        const uint64_t begin = clock_now_ns();

        audit_run_interval(&plan, 0, &result);
        bench->result->replay_ns = clock_now_ns() - begin;
        bench->result->replayed = result.inputs;
        good = result.status == AUDIT_OK || node_fault(bench, "replay", result.message);
    }
    audit_plan_free(&plan);
    return good;
}

bool bench_node_run(const struct bench_node_settings *settings, struct bench_node_result *result, char *error,
                    size_t error_size)
{
    struct bench_node bench = { .settings = settings, .result = result, .error = error, .error_size = error_size,
                                .pipe = -1 };
    uint16_t port = 0;
    bool good;

    memset(result, 0, sizeof *result);
    if (!bench_config_make(&bench.config, settings->users, error, error_size)) {
        config_free(&bench.config);
        return false;
    }
    good = scratch_directory_make(settings->directory, bench.directory, error, error_size);
    if (good) {
        struct config_node *node = &bench.config.node;

        snprintf(node->directory, sizeof node->directory, "%s", bench.directory);
        snprintf(node->backend, sizeof node->backend, "%s", settings->backend);
        snprintf(node->fixed_password, sizeof node->fixed_password, "%s", BENCH_PASSWORD);
        node->port = node->key_port = 0;
        node->snapshot_at_stop = 0;
        node->busy_poll = settings->busy_poll;
        good = node_start(&bench, &port);
        stay_on_core(LOAD_CORE);
        good = good && deposit_all(&bench) && load_node(&bench, port);
        good = node_end(&bench, good) && replay(&bench);
        scratch_directory_remove(bench.directory);
    }
    sum_up(result);
    config_free(&bench.config);
    return good;
}
