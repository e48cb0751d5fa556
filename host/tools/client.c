/* The verb `client`: trades over a session, by hand or from a script. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client_session.h"
#include "client_verbs.h"
#include "memory.h"
#include "printable.h"
#include "status.h"

struct client_settings {
    const char *address, *user, *password, *key, *make_key, *config, *session;
    uint64_t port, key_port, from, first, subaccount;
    bool json;
};

static const struct client_settings client_defaults = { .address = "127.0.0.1", .port = 9100, .key_port = 9101,
                                                        .session = "" , .from = 1 };

static const struct option_spec client_options[] = {
    { "user", OPTION_TEXT, offsetof(struct client_settings, user), 0, 0, NULL, "NAME", "whose session" },
    { "key", OPTION_TEXT, offsetof(struct client_settings, key), 0, 0, NULL, "FILE", "the user's secret key" },
    { "password", OPTION_TEXT, offsetof(struct client_settings, password), 0, 0, NULL, "TEXT",
      "instead of a key: a fixed or one-time password" },
    { "make-key", OPTION_TEXT, offsetof(struct client_settings, make_key), 0, 0, NULL, "FILE",
      "make a key pair, print the public key for `vitrine admin user set`, and end" },
    { "address", OPTION_TEXT, offsetof(struct client_settings, address), 0, 0, NULL, "ADDRESS", "of the server" },
    { "port", OPTION_NUMBER, offsetof(struct client_settings, port), 1, 65535, NULL, "PORT", "of order entry" },
    { "key-port", OPTION_NUMBER, offsetof(struct client_settings, key_port), 1, 65535, NULL, "PORT",
      "of one-time passwords" },
    { "session", OPTION_TEXT, offsetof(struct client_settings, session), 0, 0, NULL, "YYYYMMDD",
      "the session meant (the current one)" },
    { "from", OPTION_NUMBER, offsetof(struct client_settings, from), 0, UINT64_MAX, NULL, "N",
      "first message wanted; 0: only new ones" },
    { "first", OPTION_NUMBER, offsetof(struct client_settings, first), 1, UINT32_MAX, NULL, "N",
      "number of the first order (one above the highest that came)" },
    { "subaccount", OPTION_NUMBER, offsetof(struct client_settings, subaccount), 0, UINT32_MAX, NULL, "N",
      "for orders, instead of the user's default" },
    { "config", OPTION_TEXT, offsetof(struct client_settings, config), 0, 0, NULL, "FILE",
      "the exchange's configuration: says lots and ticks of its markets (the compiled-in default)" },
    { "json", OPTION_FLAG, offsetof(struct client_settings, json), 0, 0, NULL, NULL, "print one object a line" },
    { .name = NULL },
};

static const char client_text[] =
    "Logs in and runs commands, one a line, from a script or as they are typed (`help` lists them); prints each\n"
    "message of the exchange. Quantities are coins and prices decimals in markets that the configuration has, else\n"
    "lots and ticks. Messages missed since message N - 1 come with --from N.\n"
    "\n"
    "Exit status 1: an `expect` failed; 2: a line that can't be read; 3: the server refused the log-in or has gone.\n"
    "\n"
    "Keys of --json: sequence, kind, id, replaces, market, side, quantity, price, status, filled, open, liquidity,\n"
    "fee, match, reason, text, time_ns as they apply; event and text for what is no message.";

static int client_fail(const char *error, int status)
{
    printable_error("vitrine client", error);
    return status;
}

static int client_make_key(const char *path)
{
    struct client_key key;
    char error[512], text[2 * CLIENT_KEY_BYTES + 1];

    if (!client_key_make(path, &key, error, sizeof error))
        return client_fail(error, EXIT_STATUS_FAULT);
    client_key_print(&key, text);
    printf("%s\n", text);
    return EXIT_STATUS_OK;
}

static bool client_load_markets(const char *path, struct client_markets *markets)
{
    struct problems problems = { 0 };
    struct config config = { 0 };
    bool good = path ? config_load_file(&config, path, &problems)
                     : config_load_text(&config, "default", config_default(), &problems);

    if (good)
        client_markets_load(markets, &config);
    else
        client_fail(problems.text[0], EXIT_STATUS_USAGE);
    config_free(&config);
    return good;
}

static int client_trade(const struct client_settings *settings, const struct client_key *key,
                        struct client_markets *markets, int input)
{
    const struct client_session_options options = {
        .login = { .address = settings->address, .port = (uint16_t)settings->port,
                   .key_port = (uint16_t)settings->key_port, .user = settings->user, .password = settings->password,
                   .key = key, .session = settings->session, .sequence = settings->from },
        .markets = markets, .subaccount = (uint32_t)settings->subaccount, .first = (uint32_t)settings->first,
        .json = settings->json, .input = input,
        .prompt = input == STDIN_FILENO && isatty(STDIN_FILENO) && !settings->json, .echo = input != STDIN_FILENO };
    char error[512] = "";
    struct client_session *session = client_session_open(&options, error, sizeof error);
    int status;

    if (session == NULL)
        return client_fail(error, EXIT_STATUS_FAULT);
    status = client_session_run(session);
    client_session_close(session);
    return status;
}

static int client_run(const void *given, const char *const *operands, size_t count)
{
    const struct client_settings *settings = given;
    struct client_markets *markets;
    struct client_key key;
    char error[512];
    int input = STDIN_FILENO, status = EXIT_STATUS_USAGE;

    if (settings->make_key)
        return client_make_key(settings->make_key);
    if (settings->user == NULL || (settings->key == NULL) == (settings->password == NULL))
        return client_fail("--user and either --key or --password say who logs in", EXIT_STATUS_USAGE);
    if (settings->key && !client_key_read(settings->key, &key, error, sizeof error))
        return client_fail(error, EXIT_STATUS_USAGE);
    if (count && (input = open(operands[0], O_RDONLY | O_CLOEXEC)) < 0) {
        snprintf(error, sizeof error, "%.256s: %s", operands[0], strerror(errno));
        return client_fail(error, EXIT_STATUS_USAGE);
    }
    markets = memory_reserve(1, sizeof *markets);
    if (client_load_markets(settings->config, markets))
        status = client_trade(settings, &key, markets, input);
    free(markets);
    if (count)
        close(input);
    return status;
}

const struct verb client_verb = {
    .name = "client",
    .operands = "[SCRIPT]",
    .operands_max = 1,
    .summary = "trades: logs in, sends orders, shows what comes",
    .text = client_text,
    .options = client_options,
    .defaults = &client_defaults,
    .settings_size = sizeof client_defaults,
    .run = client_run,
};
