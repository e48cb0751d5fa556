/* vitrine demo: the exchange in one process, order flow over TCP from another, and what one sees of it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "admin_client.h"
#include "clock.h"
#include "demo_screen.h"
#include "mix.h"
#include "printable.h"
#include "scratch_directory.h"
#include "status.h"
#include "verbs.h"

#define DEMO_USERS 8
#define DEMO_START_NS (UINT64_C(120) * 1000000000)
#define DEMO_SECOND_NS UINT64_C(1000000000)

struct demo_settings {
    const char *engine, *directory;
    uint64_t rate, seconds, port;
};

static const struct demo_settings demo_defaults = { .engine = "sim", .rate = 20000 };
static const char *const demo_engines[] = { "sim", "book", "model", NULL };

static const struct option_spec demo_options[] = {
    { "rate", OPTION_NUMBER, offsetof(struct demo_settings, rate), 1, 10000000, NULL, "N", "orders a second [20000]" },
    { "seconds", OPTION_NUMBER, offsetof(struct demo_settings, seconds), 0, 1000000, NULL, "N",
      "how long; 0: until interrupted [0]" },
    { "engine", OPTION_CHOICE, offsetof(struct demo_settings, engine), 0, 0, demo_engines, NULL,
      "the card: sim (Verilated), book (the Verilated book alone), model [sim]" },
    { "directory", OPTION_TEXT, offsetof(struct demo_settings, directory), 0, 0, NULL, "DIR",
      "keeps the journal here; what is there goes on [a temporary one, removed at the end]" },
    { "port", OPTION_NUMBER, offsetof(struct demo_settings, port), 0, 65535, NULL, "PORT",
      "of order entry; 0: any free one [0]" },
    { .name = NULL },
};

static const char demo_text[] =
    "Starts the exchange on the simulated card with the compiled-in configuration and a journal on disk, and an order\n"
    "flow that comes over TCP from a process of its own (vitrine load). Shows both on one screen, with a line that\n"
    "says how to connect and trade against the flow as user `you`. Marks change at random, once a second. On a\n"
    "terminal the screen is redrawn each second; elsewhere a line is printed every ten.";

struct demo {
    const struct demo_settings *settings;
    char directory[SCRATCH_PATH_BYTES], log[300], port[8], key_port[8];
    bool temporary;
    pid_t server, load;
    int admin;
    uint64_t dice;
    struct demo_screen screen;
};

/* The markets of the flow, with their middles in ticks and how many ticks a whole USDC has. */
static const struct {
    const char *market, *asset;
    uint32_t ticks, ticks_a_unit;
} demo_markets[] = {
    { "BTC_USDC_PERP", "BTC", 600000, 10 }, { "ETH_USDC_PERP", "ETH", 300000, 100 },
    { "SOL_USDC_PERP", "SOL", 15000, 100 }, { "BTC_USDC", NULL, 600000, 10 }, { "SOL_USDC", NULL, 15000, 100 },
    { "ETH_USDC", NULL, 300000, 100 },
};
#define DEMO_MARKETS (sizeof demo_markets / sizeof *demo_markets)

static volatile sig_atomic_t demo_stop;

static void demo_signal(int number)
{
    (void)number;
    demo_stop = 1;
}

static int demo_fail(const struct demo *demo, const char *what)
{
    fprintf(stderr, "vitrine demo: %s; what the server said is in %s\n", what, demo->log);
    return EXIT_STATUS_FAULT;
}

/* --- the operator's side --- */

/* One command to the node, as `vitrine admin` gives it; NULL and `demo_stop` where the node is gone. */
static json_t *demo_ask(struct demo *demo, const char *const *words, size_t count)
{
    char error[256] = "";
    json_t *request = admin_client_request(words, count, error, sizeof error);
    json_t *answer = request ? admin_client_ask(demo->admin, request, error, sizeof error) : NULL;

    if (answer == NULL) {
        fprintf(stderr, "vitrine demo: %s: %s\n", words[0], error);
        demo_stop = 1;
    }
    return answer;
}

static void demo_tell(struct demo *demo, const char *const *words, size_t count)
{
    json_decref(demo_ask(demo, words, count));
}

/* What is there already is refused as a duplicate, which is fine. */
static void demo_add_user(struct demo *demo, const char *name)
{
    static const char *const gifts[][2] = {
        { "USDC", "100000000" }, { "SOL", "1000000" }, { "BTC", "1000" }, { "ETH", "10000" } };
    char account[32], name_is[32], of_account[32], subaccount[48], asset[16], amount[32], id[32];

    snprintf(name_is, sizeof name_is, "name=%s", name);
    snprintf(account, sizeof account, "account=%s", name);
    snprintf(of_account, sizeof of_account, "account=%s", name);
    snprintf(subaccount, sizeof subaccount, "subaccount=%s/main", name);
    demo_tell(demo, (const char *[]){ "account", "create", name_is }, 3);
    demo_tell(demo, (const char *[]){ "subaccount", "create", account, "name=main" }, 4);
    demo_tell(demo, (const char *[]){ "user", "set", name_is, of_account, "trade=true", "cancel_on_disconnect=false" },
              6);
    for (size_t i = 0; i < sizeof gifts / sizeof *gifts; i++) {
        snprintf(asset, sizeof asset, "asset=%s", gifts[i][0]);
        snprintf(amount, sizeof amount, "amount=%s", gifts[i][1]);
        snprintf(id, sizeof id, "id=%s-%s", name, gifts[i][0]);
        demo_tell(demo, (const char *[]){ "deposit", subaccount, asset, amount, id }, 5);
    }
}

static uint64_t demo_draw(struct demo *demo, uint64_t below)
{
    return mix_next(&demo->dice) % below;
}

/* Marks around the flow's middle, up to 0.1 % away. */
static void demo_give_prices(struct demo *demo)
{
    char market[40], price[40], asset[16];

    for (size_t i = 0; i < DEMO_MARKETS && !demo_stop; i++) {
        const uint32_t middle = demo_markets[i].ticks, unit = demo_markets[i].ticks_a_unit;
        const uint32_t ticks = middle - middle / 1000 + (uint32_t)demo_draw(demo, middle / 500 + 1);

        snprintf(price, sizeof price, "price=%u.%0*u", ticks / unit, unit == 10 ? 1 : 2, ticks % unit);
        snprintf(market, sizeof market, "market=%s", demo_markets[i].market);
        demo_tell(demo, (const char *[]){ "marks", market, price }, 3);
        if (demo_markets[i].asset == NULL)
            continue;
        snprintf(asset, sizeof asset, "asset=%s", demo_markets[i].asset);
        demo_tell(demo, (const char *[]){ "index", asset, price }, 3);
    }
}

/* --- processes --- */

/* A port that is free now. */
static uint16_t demo_free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int probe = socket(AF_INET, SOCK_STREAM, 0);

    if (probe < 0 || bind(probe, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(probe, (struct sockaddr *)&address, &size) != 0)
        address.sin_port = 0;
    if (probe >= 0)
        close(probe);
    return ntohs(address.sin_port);
}

/* Runs this very program with other arguments, its output in `log`. */
static pid_t demo_spawn(const struct demo *demo, char *const *arguments)
{
    pid_t child = fork();

    if (child == 0) {
        int log = open(demo->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        if (log >= 0) {
            dup2(log, STDOUT_FILENO);
            dup2(log, STDERR_FILENO);
        }
        setpgid(0, 0); /* a Ctrl-C is the demo's to pass on, in the right order */
        execv("/proc/self/exe", arguments);
        _exit(EXIT_STATUS_FAULT);
    }
    return child;
}

static bool demo_start_server(struct demo *demo)
{
    char *arguments[] = { "vitrine", "serve", "--directory", demo->directory, "--engine",
                          (char *)(uintptr_t)demo->settings->engine, "--port", demo->port, "--key-port",
                          demo->key_port, "--fixed-password", "demo", NULL };
    const uint64_t end_ns = clock_now_ns() + DEMO_START_NS;
    char error[256];

    demo->server = demo_spawn(demo, arguments);
    while (demo->server > 0 && !demo_stop && clock_now_ns() < end_ns) {
        if (waitpid(demo->server, NULL, WNOHANG) == demo->server) {
            demo->server = 0;
            return false;
        }
        demo->admin = admin_client_open(demo->directory, error, sizeof error);
        if (demo->admin >= 0)
            return true;
        nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
    }
    return false;
}

/* The highest order number that the flow's users have used. */
static uint64_t demo_last_reference(struct demo *demo)
{
    uint64_t last = 0;
    char user[32];

    for (unsigned i = 0; i < DEMO_USERS && !demo_stop; i++) {
        json_t *answer;
        uint64_t reference;

        snprintf(user, sizeof user, "user=b%05u", i);
        answer = demo_ask(demo, (const char *[]){ "user", "show", user }, 3);
        reference = (uint64_t)json_integer_value(json_object_get(answer, "last_reference"));
        last = reference > last ? reference : last;
        json_decref(answer);
    }
    return last;
}

static void demo_start_load(struct demo *demo)
{
    char rate[24], first[24], users[8], markets[DEMO_MARKETS][40];
    char *arguments[24 + DEMO_MARKETS] = { "vitrine", "load", "--port", demo->port, "--password", "demo", "--users",
                                           users, "--rate", rate, "--orders", "1000000000000", "--first", first };
    size_t count = 14;

    snprintf(users, sizeof users, "%u", DEMO_USERS);
    snprintf(rate, sizeof rate, "%" PRIu64, demo->settings->rate);
    snprintf(first, sizeof first, "%" PRIu64, demo_last_reference(demo) + 1);
    for (size_t i = 0; i < DEMO_MARKETS; i++) {
        snprintf(markets[i], sizeof markets[i], "%s@%u", demo_markets[i].market, demo_markets[i].ticks);
        arguments[count++] = markets[i];
    }
    demo->load = demo_spawn(demo, arguments);
}

static void demo_end(pid_t *child, int signal_number)
{
    if (*child <= 0)
        return;
    kill(*child, signal_number);
    waitpid(*child, NULL, 0);
    *child = 0;
}

/* --- the show --- */

static void demo_watch(struct demo *demo)
{
    const uint64_t begin_ns = clock_now_ns();
    uint64_t next_ns = begin_ns;

    while (!demo_stop) {
        json_t *counters = demo_ask(demo, (const char *[]){ "counters" }, 1);
        json_t *markets = counters ? demo_ask(demo, (const char *[]){ "markets" }, 1) : NULL;

        if (markets)
            demo_screen_show(&demo->screen, counters, markets, clock_now_ns());
        json_decref(counters);
        json_decref(markets);
        demo_give_prices(demo);
        if (demo->settings->seconds && clock_now_ns() - begin_ns >= demo->settings->seconds * DEMO_SECOND_NS)
            demo_stop = 1;
        if (waitpid(demo->load, NULL, WNOHANG) == demo->load) {
            demo->load = 0;
            fprintf(stderr, "vitrine demo: the order flow has ended, see %s\n", demo->log);
            demo_stop = 1;
        }
        next_ns += DEMO_SECOND_NS;
        while (!demo_stop && clock_now_ns() < next_ns)
            nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
    }
}

static bool demo_prepare(struct demo *demo)
{
    const uint16_t port = demo->settings->port ? (uint16_t)demo->settings->port : demo_free_port();
    const char *folder = getenv("TMPDIR");
    char error[512];

    snprintf(demo->port, sizeof demo->port, "%u", port);
    snprintf(demo->key_port, sizeof demo->key_port, "%u", demo_free_port());
    if (demo->settings->directory) {
        snprintf(demo->directory, sizeof demo->directory, "%s", demo->settings->directory);
        snprintf(demo->log, sizeof demo->log, "%s.log", demo->directory);
        return true;
    }
    demo->temporary = scratch_directory_make(folder ? folder : "/tmp", demo->directory, error, sizeof error);
    snprintf(demo->log, sizeof demo->log, "%s/log", demo->directory);
    if (!demo->temporary)
        printable_error("vitrine demo", error);
    return demo->temporary;
}

static void demo_show(struct demo *demo)
{
    char name[8];

    for (unsigned i = 0; i < DEMO_USERS && !demo_stop; i++) {
        snprintf(name, sizeof name, "b%05u", i);
        demo_add_user(demo, name);
    }
    demo_add_user(demo, "you");
    demo_give_prices(demo);
    if (!demo_stop)
        demo_start_load(demo);
    demo->screen = (struct demo_screen){ .directory = demo->directory, .engine = demo->settings->engine,
                                         .port = demo->port, .terminal = isatty(STDOUT_FILENO) == 1 };
    demo_screen_begin(&demo->screen);
    demo_watch(demo);
    demo_screen_end(&demo->screen);
}

static int demo_run(const void *settings, const char *const *operands, size_t count)
{
    struct demo demo = { .settings = settings, .admin = -1, .dice = 20261126 };
    const struct sigaction action = { .sa_handler = demo_signal };
    int status = EXIT_STATUS_OK;

    (void)operands;
    (void)count;
    if (!demo_prepare(&demo))
        return EXIT_STATUS_FAULT;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL); /* its terminal has closed */
    signal(SIGPIPE, SIG_IGN);
    if (demo_start_server(&demo))
        demo_show(&demo);
    else if (!demo_stop)
        status = demo_fail(&demo, "the exchange does not start");
    demo_end(&demo.load, SIGTERM);
    demo_end(&demo.server, SIGTERM);
    if (demo.admin >= 0)
        close(demo.admin);
    if (status == EXIT_STATUS_OK && !demo.temporary)
        printf("The journal is in %s; `vitrine audit %s` runs it again.\n", demo.directory, demo.directory);
    if (demo.temporary && status == EXIT_STATUS_OK)
        scratch_directory_remove(demo.directory);
    return status;
}

const struct verb demo_verb = {
    .name = "demo",
    .operands = "",
    .summary = "the exchange with live order flow, on one screen (what ./run starts)",
    .text = demo_text,
    .options = demo_options,
    .defaults = &demo_defaults,
    .settings_size = sizeof(struct demo_settings),
    .run = demo_run,
};
