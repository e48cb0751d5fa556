/* The verb `serve`: a node with what it takes from outside: configuration, device, clocks, signals. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "device.h"
#include "memory.h"
#include "node.h"
#include "preflight.h"
#include "printable.h"
#include "progress.h"
#include "status.h"
#include "verbs.h"

#define LOOP_ENTRIES 4096

struct serve_settings {
    const char *config, *directory, *engine, *address, *fixed_password;
    uint64_t port, key_port, stop_before;
    bool check, long_stop, json;
};

#define PORT_OF_FILE UINT64_C(65536) /* not given */

static const struct serve_settings serve_defaults = { .port = PORT_OF_FILE, .key_port = PORT_OF_FILE };

static const struct option_spec serve_options[] = {
    { "config", OPTION_TEXT, offsetof(struct serve_settings, config), 0, 0, NULL, "FILE",
      "configuration (the compiled-in default: deploy/vitrine.conf)" },
    { "check", OPTION_FLAG, offsetof(struct serve_settings, check), 0, 0, NULL, NULL,
      "explain what is wrong with configuration and machine, and end" },
    { "directory", OPTION_TEXT, offsetof(struct serve_settings, directory), 0, 0, NULL, "DIR",
      "instead of node.directory" },
    { "engine", OPTION_TEXT, offsetof(struct serve_settings, engine), 0, 0, NULL, "NAME", "instead of card.backend" },
    { "address", OPTION_TEXT, offsetof(struct serve_settings, address), 0, 0, NULL, "ADDRESS",
      "instead of node.address" },
    { "port", OPTION_NUMBER, offsetof(struct serve_settings, port), 0, 65535, NULL, "PORT",
      "instead of node.port; 0: any free one" },
    { "key-port", OPTION_NUMBER, offsetof(struct serve_settings, key_port), 0, 65535, NULL, "PORT",
      "instead of node.key_port; 0: any free one" },
    { "fixed-password", OPTION_TEXT, offsetof(struct serve_settings, fixed_password), 0, 0, NULL, "TEXT",
      "instead of node.fixed_password; loopback only" },
    { "stop-before", OPTION_NUMBER, offsetof(struct serve_settings, stop_before), 2, UINT64_MAX, NULL, "BATCH",
      "set aside BATCH and all later ones, to get past an input that trips a check" },
    { "after-long-stop", OPTION_FLAG, offsetof(struct serve_settings, long_stop), 0, 0, NULL, NULL,
      "start though the last batch is more than 30 days old" },
    { "json", OPTION_FLAG, offsetof(struct serve_settings, json), 0, 0, NULL, NULL,
      "with --check: one JSON object; else: logs as JSON" },
    { .name = NULL },
};

static const char serve_text[] =
    "Runs the exchange: card, journal, order entry, operator's socket. Without a configuration it starts with\n"
    "embedded defaults. A directory that has a journal is recovered: newest snapshot, then the batches behind it.\n"
    "SIGTERM, SIGINT and SIGHUP (a terminal that closes; not under nohup) stop it cleanly. docs/operation.md is the\n"
    "operator's manual.\n"
    "\n"
    "Exit status 2: the configuration or directory does not allow a start. 3: disk, device, clock or a check of the\n"
    "core stopped the node; what clients were acknowledged is on disk.\n"
    "\n"
    "Keys of --check --json: good, problems, preflight (name, level, value, remedy).";

static volatile sig_atomic_t serve_stop;

static void serve_signal(int number)
{
    (void)number;
    serve_stop = 1;
}

static uint64_t serve_random(void)
{
    uint64_t random = 0;

    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        random = clock_utc_ns(); /* a kernel that has none yet: a guess is still a guess */
    return random;
}

struct serve {
    const struct serve_settings *settings;
    struct config config;
    struct problems problems;
    struct device *device;
    struct preflight preflight;
    struct loop loop;
    struct log log;
    struct notify notify;
    struct progress progress;
};

static bool serve_replace(struct serve *serve, const char *option, const char *given, char *value, size_t size)
{
    if (given && strlen(given) >= size) {
        problems_add(&serve->problems, "command line", 0, option, given, "is too long; right is at most %zu characters",
                     size - 1);
        return false;
    }
    if (given)
        snprintf(value, size, "%s", given);
    return true;
}

/* The file, then what the command line says instead. */
static bool serve_configure(struct serve *serve)
{
    const struct serve_settings *settings = serve->settings;
    struct config_node *node = &serve->config.node;
    bool good = settings->config ? config_load_file(&serve->config, settings->config, &serve->problems)
                                 : config_load_text(&serve->config, "default", config_default(), &serve->problems);

    good &= serve_replace(serve, "--directory", settings->directory, node->directory, sizeof node->directory) &&
            serve_replace(serve, "--engine", settings->engine, node->backend, sizeof node->backend) &&
            serve_replace(serve, "--address", settings->address, node->address, sizeof node->address) &&
            serve_replace(serve, "--fixed-password", settings->fixed_password, node->fixed_password,
                          sizeof node->fixed_password);
    if (settings->port != PORT_OF_FILE)
        node->port = (uint16_t)settings->port;
    if (settings->key_port != PORT_OF_FILE)
        node->key_port = (uint16_t)settings->key_port;
    return good;
}

/* What the sizes come to, before they are taken. */
static uint64_t serve_memory(const struct config_node *node)
{
    struct state_sizes sizes = node->sizes;
    struct state state;
    uint64_t bytes;

    sizes.slots = node->card_orders;
    state_create(&state, &sizes);
    bytes = state_bytes(&state);
    state_destroy(&state);
    return bytes;
}

static bool serve_open_device(struct serve *serve)
{
    const struct config_node *node = &serve->config.node;
    struct device_options options = {
        .backend = node->backend, .markets = node->card_markets, .orders = node->card_orders,
        .tick_bits = node->card_tick_bits, .deadline_ns = node->card_deadline_ns,
        .threaded = strcmp(node->backend, "sim") == 0, /* it works while the host checks, as a real card does */
    };
    char error[512];
    enum device_status status = device_open(&serve->device, &options, error, sizeof error);

    if (status == DEVICE_OK)
        return true;
    problems_add(&serve->problems, "card", 0, node->backend, NULL, "%s", error);
    return false;
}

/* Everything that can be looked at before anything is changed but the directory made. */
static bool serve_look(struct serve *serve)
{
    const struct config_node *node = &serve->config.node;
    struct preflight_options options = {
        .directory = node->directory, .need_bytes = node->reserve_bytes + 2 * node->segment_bytes,
        .memory_bytes = serve_memory(node), .card_name = node->backend,
    };

    /* what a file that is wrong says is not judged */
    options.config = serve->problems.count == 0 ? &serve->config : NULL;

    if (mkdir(node->directory, 0700) != 0 && errno != EEXIST)
        problems_add(&serve->problems, "command line", 0, "directory", node->directory, "%s", strerror(errno));
    if (serve_open_device(serve))
        options.card = device_capability(serve->device);
    return preflight_run(&serve->preflight, &options) != PREFLIGHT_FAIL && serve->problems.count == 0;
}

static json_t *serve_describe(const struct serve *serve, bool good)
{
    static const char *const levels[] = { "ok", "warn", "fail" };
    json_t *problems = json_array(), *checks = json_array();

    for (size_t i = 0; i < serve->problems.count && i < PROBLEMS_MAX; i++)
        json_array_append_new(problems, json_string(serve->problems.text[i]));
    for (size_t i = 0; i < serve->preflight.count; i++) {
        const struct preflight_check *check = &serve->preflight.check[i];

        json_array_append_new(checks, json_pack("{s:s,s:s,s:s,s:s}", "name", check->name, "level", levels[check->level],
                                                "value", check->value, "remedy", check->remedy));
    }
    return json_pack("{s:b,s:o,s:o}", "good", (int)good, "problems", problems, "preflight", checks);
}

/* Problems, and the checks from `least` on. */
static void serve_print(const struct serve *serve, FILE *file, enum preflight_level least)
{
    char line[512];

    for (size_t i = 0; i < serve->problems.count && i < PROBLEMS_MAX; i++)
        fprintf(file, "%s\n", serve->problems.text[i]);
    if (serve->problems.count > PROBLEMS_MAX)
        fprintf(file, "and %zu more\n", serve->problems.count - PROBLEMS_MAX);
    for (size_t i = 0; i < serve->preflight.count; i++) {
        if (serve->preflight.check[i].level < least)
            continue;
        preflight_describe(&serve->preflight.check[i], line, sizeof line);
        fprintf(file, "%s\n", line);
    }
}

static int serve_check(struct serve *serve, bool good)
{
    if (serve->settings->json) {
        json_t *object = serve_describe(serve, good);

        json_dumpf(object, stdout, JSON_INDENT(2));
        printf("\n");
        json_decref(object);
    } else {
        serve_print(serve, stdout, PREFLIGHT_OK);
        printf("%s\n", good ? "good" : "not good");
    }
    return good ? EXIT_STATUS_OK : EXIT_STATUS_FAILED;
}

static void serve_show_progress(void *context, uint64_t done, uint64_t total)
{
    struct serve *serve = context;

    serve->progress.total = total;
    progress_show(&serve->progress, done);
}

static void serve_catch(void)
{
    struct sigaction action = { .sa_handler = serve_signal }, before;

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* or nohup(1) would be in vain */
        sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* The line that says how to connect, on stdout; the rest for people with it. */
static void serve_say(const struct serve *serve, const struct node *node)
{
    const struct config_node *settings = &serve->config.node;
    const struct device_capability *card = device_capability(serve->device);

    printf("card %s: %u markets, %u orders, windows of 2^%u ticks\n", settings->backend, card->markets, card->orders,
           card->tick_bits);
    printf("state: %" PRIu64 " MiB of memory reserved; batch %" PRIu64 ", %" PRIu64 " re-run\n",
           state_bytes(node_state(node)) >> 20, node_state(node)->t->batch, node_recovered(node));
    printf("listening: OUCH 5.0 over SoupBinTCP at %s port %u, one-time passwords at port %u%s; operator: vitrine "
           "admin --directory %s\n", settings->address, node_port(node), node_key_port(node),
           settings->fixed_password[0] ? ", or the fixed password" : "", settings->directory);
    fflush(stdout);
}

static int serve_loop(struct serve *serve, struct node *node)
{
    enum node_status status = NODE_RUNNING;

    serve_say(serve, node);
    notify_send(&serve->notify, "READY=1");
    while (status == NODE_RUNNING) {
        if (serve_stop)
            node_stop(node);
        status = node_turn(node);
    }
    if (status != NODE_STOPPED)
        printable_error("vitrine serve", node_message(node));
    return status == NODE_STOPPED ? EXIT_STATUS_OK : EXIT_STATUS_FAULT;
}

static int serve_start(struct serve *serve)
{
    struct node_options options = {
        .config = &serve->config,
        .loop = &serve->loop,
        .device = serve->device,
        .backend = serve->config.node.backend,
        .log = &serve->log,
        .notify = &serve->notify,
        .realtime_ns = clock_utc_ns,
        .monotonic_ns = clock_now_ns, .salt = serve_random(),
        .stop_before = serve->settings->stop_before, .long_stop = serve->settings->long_stop,
        .progress = serve_show_progress,
        .context = serve,
    };
    struct node *node;
    char error[1024];
    enum node_status status;
    int result;

    if (loop_create(&serve->loop, LOOP_ENTRIES, error, sizeof error) != 0) {
        printable_error("vitrine serve", error);
        return EXIT_STATUS_FAULT;
    }
    serve_catch();
    status = node_create(&node, &options, error, sizeof error);
    progress_end(&serve->progress);
    if (status == NODE_RUNNING) {
        result = serve_loop(serve, node);
        node_destroy(node);
    } else {
        printable_error("vitrine serve", error);
        result = status == NODE_REFUSED ? EXIT_STATUS_USAGE : EXIT_STATUS_FAULT;
    }
    loop_destroy(&serve->loop);
    return result;
}

static int serve_run(const void *given, const char *const *operands, size_t count)
{
    struct serve *serve = memory_reserve(1, sizeof *serve);
    bool good;
    int result = EXIT_STATUS_USAGE;

    (void)operands;
    (void)count;
    serve->settings = given;
    serve->progress.what = "batches re-run";
    good = serve_configure(serve) && serve_look(serve);
    serve->log = (struct log){ .fd = STDERR_FILENO, .clock_ns = clock_utc_ns,
                               .json = serve->config.node.log_json || serve->settings->json,
                               .journald = getenv("JOURNAL_STREAM") != NULL };
    notify_open(&serve->notify, getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"));
    if (serve->settings->check) {
        result = serve_check(serve, good);
    } else {
        serve_print(serve, stderr, PREFLIGHT_WARN);
        if (good)
            result = serve_start(serve);
    }
    notify_close(&serve->notify);
    device_close(serve->device);
    config_free(&serve->config);
    free(serve);
    return result;
}

const struct verb serve_verb = {
    .name = "serve",
    .operands = "",
    .summary = "runs the exchange",
    .text = serve_text,
    .options = serve_options,
    .defaults = &serve_defaults,
    .settings_size = sizeof serve_defaults,
    .run = serve_run,
};
