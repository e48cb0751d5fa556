/* The verb `load`: order flow over many sessions at a set rate, and what the answers took. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_login.h"
#include "client_verbs.h"
#include "decimal.h"
#include "load_acks.h"
#include "load_run.h"
#include "memory.h"
#include "printable.h"
#include "progress.h"
#include "report.h"
#include "status.h"
#include "summary.h"

struct load_settings {
    const char *address, *prefix, *password, *key, *acks, *verify;
    uint64_t port, key_port, users, first, seed, rate, window, warm, orders, population;
    bool json;
};

static const struct load_settings load_defaults = { .address = "127.0.0.1", .prefix = "b", .port = 9100,
    .key_port = 9101, .users = 8, .first = 1, .seed = 1, .window = 16384, .orders = 1000000, .warm = 20000,
    .population = 1000 };

static const struct option_spec load_options_table[] = {
    { "rate", OPTION_NUMBER, offsetof(struct load_settings, rate), 0, 100000000, NULL, "N",
      "orders a second; 0: as fast as they are answered" },
    { "orders", OPTION_NUMBER, offsetof(struct load_settings, orders), 1, UINT64_C(1) << 40, NULL, "N",
      "orders to measure: new ones, replaces and cancels" },
    { "warm", OPTION_NUMBER, offsetof(struct load_settings, warm), 0, UINT64_C(1) << 40, NULL, "N",
      "orders before them, which fill the books" },
    { "users", OPTION_NUMBER, offsetof(struct load_settings, users), 1, LOAD_USERS_MAX, NULL, "N", "sessions" },
    { "prefix", OPTION_TEXT, offsetof(struct load_settings, prefix), 0, 0, NULL, "TEXT",
      "of user names, to which a number is added: b00000, b00001, ..." },
    { "password", OPTION_TEXT, offsetof(struct load_settings, password), 0, 0, NULL, "TEXT", "fixed, of all users" },
    { "key", OPTION_TEXT, offsetof(struct load_settings, key), 0, 0, NULL, "FILE", "or the secret key of all users" },
    { "window", OPTION_NUMBER, offsetof(struct load_settings, window), 1, 10000000, NULL, "N",
      "orders without an answer, at most" },
    { "population", OPTION_NUMBER, offsetof(struct load_settings, population), 2, 1000000, NULL, "N",
      "orders that rest in a market, about" },
    { "first", OPTION_NUMBER, offsetof(struct load_settings, first), 1, UINT32_MAX, NULL, "N",
      "number of each user's first order: above those it used before" },
    { "seed", OPTION_NUMBER, offsetof(struct load_settings, seed), 0, INT64_MAX, NULL, "N", "of the flow" },
    { "acks", OPTION_TEXT, offsetof(struct load_settings, acks), 0, 0, NULL, "FILE",
      "append every message that came (host/tools/client/load_acks.h)" },
    { "verify", OPTION_TEXT, offsetof(struct load_settings, verify), 0, 0, NULL, "FILE",
      "send nothing: look whether all messages of such a file come again" },
    { "address", OPTION_TEXT, offsetof(struct load_settings, address), 0, 0, NULL, "ADDRESS", "of the server" },
    { "port", OPTION_NUMBER, offsetof(struct load_settings, port), 1, 65535, NULL, "PORT", "of order entry" },
    { "key-port", OPTION_NUMBER, offsetof(struct load_settings, key_port), 1, 65535, NULL, "PORT",
      "of one-time passwords" },
    { "json", OPTION_FLAG, offsetof(struct load_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { .name = NULL },
};

static const char load_text[] =
    "Sends a seeded flow of orders in the mix of a real market (resting orders 48 %, takers 5 %, cancels 45 %,\n"
    "replaces 2 %) around a price in each MARKET@TICKS, a symbol or #NUMBER and the middle in ticks. Orders come\n"
    "when they are due (a Poisson process), whether or not earlier ones are answered, and each is timed from when it\n"
    "was due: a server that stalls is charged for all that it kept waiting.\n"
    "\n"
    "Exit status 1: orders without an answer, or --verify found messages lost; 3: log-in refused, connection lost.\n"
    "\n"
    "Keys of --json: sent, answered, orders_per_second (of the measured part), latency_ns, held_back_ns (the longest\n"
    "that back-pressure kept a due order), load_ns (processor time of the generator an order), messages, accepted,\n"
    "replaced, executed, cancelled, rejected, cancel_rejected, bytes_out, bytes_in. Of --verify: users, rows, lost.";

static int load_fail(const char *error, int status)
{
    printable_error("vitrine load", error);
    return status;
}

/* MARKET@TICKS */
static bool load_read_market(const char *text, struct load_market *market, char *name, size_t size)
{
    const char *at = strrchr(text, '@');
    uint64_t ticks;

    if (at == NULL || at == text || (size_t)(at - text) >= size ||
        !decimal_parse_whole(at + 1, strlen(at + 1), &ticks) || ticks < 1024 || ticks > UINT32_MAX - 1024)
        return false;
    memcpy(name, text, (size_t)(at - text));
    name[at - text] = 0;
    *market = (struct load_market){ .name = name, .middle = (uint32_t)ticks };
    return true;
}

static void load_show_progress(void *context, uint64_t done, uint64_t total)
{
    (void)total;
    progress_show(context, done);
}

static uint64_t load_a_second(const struct load_result *result)
{
    return result->measured_ns ? (uint64_t)((double)result->measured * 1e9 / (double)result->measured_ns) : 0;
}

static void load_report(const struct load_result *result)
{
    json_t *object = json_object();

    report_set_count(object, "sent", result->sent);
    report_set_count(object, "answered", result->answered);
    report_set_count(object, "orders_per_second", load_a_second(result));
    report_set(object, "latency_ns", report_distribution(&result->latency_ns));
    report_set_count(object, "held_back_ns", result->late_ns);
    report_set_count(object, "load_ns", result->sent ? result->busy_ns / result->sent : 0);
    report_set_count(object, "messages", result->messages);
    report_set_count(object, "accepted", result->accepted);
    report_set_count(object, "replaced", result->replaced);
    report_set_count(object, "executed", result->executed);
    report_set_count(object, "cancelled", result->cancelled);
    report_set_count(object, "rejected", result->rejected);
    report_set_count(object, "cancel_rejected", result->cancel_rejected);
    report_set_count(object, "bytes_out", result->bytes_out);
    report_set_count(object, "bytes_in", result->bytes_in);
    report_print(object);
}

static void load_print(const struct load_result *result)
{
    char count[28], rate[28];

    printf("%s orders sent, %s answered a second; generator %" PRIu64 " ns an order\n",
           summary_count(result->sent, count), summary_count(load_a_second(result), rate),
           result->sent ? result->busy_ns / result->sent : 0);
    summary_distribution("ns to the answer", &result->latency_ns);
    printf("accepted %" PRIu64 ", replaced %" PRIu64 ", executed %" PRIu64 ", cancelled %" PRIu64 ", rejected %" PRIu64
           ", cancels rejected %" PRIu64 "\n", result->accepted, result->replaced, result->executed, result->cancelled,
           result->rejected, result->cancel_rejected);
}

static int load_verify_file(const struct load_settings *settings)
{
    const struct load_verify verify = { .path = settings->verify, .address = settings->address,
                                        .password = settings->password, .port = (uint16_t)settings->port };
    struct load_verified verified;
    char error[512] = "";

    if (settings->password == NULL)
        return load_fail("--verify needs --password", EXIT_STATUS_USAGE);
    if (!load_acks_verify(&verify, &verified, error, sizeof error))
        return load_fail(error, EXIT_STATUS_FAULT);
    if (settings->json) {
        json_t *object = json_object();

        report_set_count(object, "users", verified.users);
        report_set_count(object, "rows", verified.rows);
        report_set_count(object, "lost", verified.lost);
        report_print(object);
    } else {
        printf("%" PRIu64 " messages of %" PRIu64 " users, %" PRIu64 " lost\n", verified.rows, verified.users,
               verified.lost);
        if (verified.lost)
            printf("first one: user %.8s, message %" PRIu64 "\n", verified.first_lost_user,
                   verified.first_lost_sequence);
    }
    return verified.lost || verified.rows == 0 ? EXIT_STATUS_FAILED : EXIT_STATUS_OK; /* nothing proves nothing */
}

static int load_measure(const struct load_settings *settings, struct load_options *options)
{
    struct load_result *result = memory_reserve(1, sizeof *result);
    struct progress progress = { .what = "orders", .total = options->warm + options->orders };
    char error[512] = "", fault[512] = "";
    enum load_status status;
    bool kept;

    options->progress = load_show_progress;
    options->context = &progress;
    if (settings->acks && (options->acks = load_acks_open(settings->acks, error, sizeof error)) == NULL) {
        free(result);
        return load_fail(error, EXIT_STATUS_FAULT);
    }
    status = load_run(options, result, error, sizeof error);
    progress_end(&progress);
    kept = load_acks_close(options->acks, fault, sizeof fault);
    if (settings->json)
        load_report(result);
    else
        load_print(result);
    free(result);
    if (status != LOAD_DONE)
        load_fail(error, 0);
    if (!kept)
        return load_fail(fault, EXIT_STATUS_FAULT);
    return status == LOAD_DONE ? EXIT_STATUS_OK : status == LOAD_UNANSWERED ? EXIT_STATUS_FAILED : EXIT_STATUS_FAULT;
}

/* Whether so many users have names of six characters. */
static bool load_names_fit(const struct load_settings *settings)
{
    const size_t prefix = strlen(settings->prefix);
    uint64_t names = 1;

    for (size_t i = prefix; i < SOUPBIN_USER_CHARACTERS; i++)
        names *= 10;
    return prefix < SOUPBIN_USER_CHARACTERS && settings->users <= names;
}

static int load_run_verb(const void *given, const char *const *operands, size_t count)
{
    const struct load_settings *settings = given;
    struct client_key key;
    char error[512], names[LOAD_MARKETS_MAX][24];
    struct load_options options = { .address = settings->address, .port = (uint16_t)settings->port,
        .key_port = (uint16_t)settings->key_port, .prefix = settings->prefix, .password = settings->password,
        .key = settings->key ? &key : NULL, .users = (uint32_t)settings->users, .first = (uint32_t)settings->first,
        .seed = settings->seed, .rate = settings->rate, .window = settings->window, .warm = settings->warm,
        .orders = settings->orders, .population = (uint32_t)settings->population, .market_count = (uint32_t)count };

    if (settings->verify)
        return load_verify_file(settings);
    if (count == 0 || (settings->key == NULL) == (settings->password == NULL))
        return load_fail("a MARKET@TICKS, and either --password or --key, must be given", EXIT_STATUS_USAGE);
    if (!load_names_fit(settings))
        return load_fail("user names have six characters: --prefix and --users don't fit", EXIT_STATUS_USAGE);
    for (size_t i = 0; i < count; i++)
        if (!load_read_market(operands[i], &options.markets[i], names[i], sizeof names[i])) {
            snprintf(error, sizeof error, "%.64s: must be MARKET@TICKS, 1024 ticks at least", operands[i]);
            return load_fail(error, EXIT_STATUS_USAGE);
        }
    if (settings->key && !client_key_read(settings->key, &key, error, sizeof error))
        return load_fail(error, EXIT_STATUS_USAGE);
    return load_measure(settings, &options);
}

const struct verb load_verb = {
    .name = "load",
    .operands = "MARKET@TICKS...",
    .operands_max = LOAD_MARKETS_MAX,
    .summary = "order flow at a set rate over many sessions, and what the answers take",
    .text = load_text,
    .options = load_options_table,
    .defaults = &load_defaults,
    .settings_size = sizeof load_defaults,
    .run = load_run_verb,
};
