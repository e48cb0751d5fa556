/* The verb `admin`: one command to a running node. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "activity.h"
#include "admin_client.h"
#include "admin_request.h"
#include "printable.h"
#include "statement.h"
#include "status.h"
#include "verbs.h"

struct admin_settings {
    const char *directory;
    const char *from, *to, *subaccount; /* statement, activity */
    bool json, summary;
};

static const struct admin_settings admin_defaults = { .directory = "vitrine-data" };

static const struct option_spec admin_options[] = {
    { "directory", OPTION_TEXT, offsetof(struct admin_settings, directory), 0, 0, NULL, "DIR", "the node's directory" },
    { "json", OPTION_FLAG, offsetof(struct admin_settings, json), 0, 0, NULL, NULL, "print the answer as it comes" },
    { "from", OPTION_TEXT, offsetof(struct admin_settings, from), 0, 0, NULL, "WHEN",
      "statement: first batch, or UTC time such as 2026-11-26T13:00 [the journal's begin]" },
    { "to", OPTION_TEXT, offsetof(struct admin_settings, to), 0, 0, NULL, "WHEN",
      "statement, activity: last batch, or UTC time [the journal's end]" },
    { "subaccount", OPTION_TEXT, offsetof(struct admin_settings, subaccount), 0, 0, NULL, "NAME",
      "statement: of this subaccount alone" },
    { "summary", OPTION_FLAG, offsetof(struct admin_settings, summary), 0, 0, NULL, NULL,
      "statement: sums by kind in place of every movement" },
    { .name = NULL },
};

static const char admin_text[] =
    "Sends one command to the node that runs in a directory, over its admin.socket, and prints the answer, which is\n"
    "on disk by then. Names are names or numbers, amounts and prices decimals in whole coins.\n"
    "\n"
    "  vitrine admin help                                     lists all commands; `admin help about=deposit` one\n"
    "  vitrine admin account create name=alice leverage=10\n"
    "  vitrine admin subaccount create account=alice name=main\n"
    "  vitrine admin user set name=alice1 account=alice key=HEX\n"
    "  vitrine admin deposit subaccount=alice/main asset=USDC amount=1000 id=wire-1\n"
    "  vitrine admin marks market=BTC_USDC_PERP price=60000.5\n"
    "  vitrine admin kill on account=alice\n"
    "  vitrine admin config diff file=vitrine.conf\n"
    "  vitrine admin metrics                                  Prometheus text\n"
    "\n"
    "Two commands ask no node: they run the journal in the directory again, also while a node writes it (up to its\n"
    "last whole write).\n"
    "\n"
    "  vitrine admin statement alice --from 2026-11-26 --subaccount main\n"
    "      every movement: time, batch, what, with whom, amount, balance; opening + movements = closing, checked;\n"
    "      interest as the worth of shares that no movement explains. Other customers are called \"market\".\n"
    "  vitrine admin activity [alice]\n"
    "      maker and taker volume, lending, positions over time; points and tier by the published weights.\n"
    "\n"
    "Exit status 1: the exchange refused (reason), or a statement does not add up; 2: the command is wrong (field,\n"
    "value); 3: no node, or it is gone, or the journal can't be read.\n"
    "\n"
    "Keys of --json: ok, error, reason, field, value; number, batch; the rest as each command's help says.\n"
    "statement: account, from, to, lines (subaccount, column, thing, opening, movements, moved, closing; of shares\n"
    "worth_opening, worth_moved, interest, worth_closing), movements (time, batch, what, with, amount, balance),\n"
    "differences. Amounts are whole units, with _text behind the key in coins. activity: from, to, decimals,\n"
    "points_a_million, accounts (account, tier, volume_30_days, maker_volume, taker_volume, lent_days,\n"
    "position_hours, points_by, points).";

/* A value without its quotes. */
static void print_value(const json_t *value)
{
    char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    printf("%s", json_is_string(value) ? json_string_value(value) : text ? text : "");
    free(text);
}

/* key=value ... on one line */
static void print_row(json_t *object)
{
    const char *key, *between = "";
    json_t *value;

    json_object_foreach(object, key, value) {
        printf("%s%s=", between, key);
        print_value(value);
        between = " ";
    }
    printf("\n");
}

static void print_list(const char *key, const json_t *list)
{
    size_t index;
    json_t *value;

    printf("%s: %zu\n", key, json_array_size(list));
    json_array_foreach(list, index, value) {
        printf("  ");
        if (json_is_object(value)) {
            print_row(value);
        } else {
            print_value(value);
            printf("\n");
        }
    }
}

static void print_help(const json_t *commands)
{
    size_t index, place;
    json_t *command, *field;
    bool single = json_array_size(commands) == 1;

    json_array_foreach(commands, index, command) {
        printf("%-18s %s\n", json_string_value(json_object_get(command, "command")),
               json_string_value(json_object_get(command, "help")));
        json_array_foreach(json_object_get(command, "fields"), place, field)
            printf(single ? "  %-20s %s%s\n" : "    %-16s %s%s\n", json_string_value(json_object_get(field, "field")),
                   json_string_value(json_object_get(field, "help")),
                   json_is_true(json_object_get(field, "required")) ? "" : " (may be left out)");
    }
}

static void print_answer(json_t *answer)
{
    const char *key;
    json_t *value;

    if (json_object_get(answer, "commands")) {
        print_help(json_object_get(answer, "commands"));
        return;
    }
    if (json_object_get(answer, "text")) {
        print_value(json_object_get(answer, "text"));
        return;
    }
    json_object_foreach(answer, key, value) {
        if (json_is_array(value)) {
            print_list(key, value);
        } else if (json_is_object(value)) {
            printf("%s: ", key);
            print_row(value);
        } else if (strcmp(key, "ok") != 0) {
            printf("%s: ", key);
            print_value(value);
            printf("\n");
        } else if (json_is_true(value) && json_object_size(answer) == 1) {
            printf("done\n");
        }
    }
}

static int admin_status(const json_t *answer)
{
    if (json_is_true(json_object_get(answer, "ok")))
        return EXIT_STATUS_OK;
    return json_object_get(answer, "field") || json_object_get(answer, "value") || json_object_get(answer, "problems")
               ? EXIT_STATUS_USAGE : EXIT_STATUS_FAILED;
}

/* Statement and activity: from the journal, not from a node. */
static int admin_read_journal(const struct admin_settings *settings, const char *const *operands, size_t count)
{
    const struct statement_settings statement = {
        .directory = settings->directory, .account = count > 1 ? operands[1] : NULL,
        .subaccount = settings->subaccount, .from = settings->from, .to = settings->to, .json = settings->json,
        .summary = settings->summary };
    const bool activity = strcmp(operands[0], "activity") == 0;

    if (count > 2 || (count < 2 && !activity)) {
        fprintf(stderr, "vitrine admin %s: takes one account\n", operands[0]);
        return EXIT_STATUS_USAGE;
    }
    if (!activity)
        return statement_run(&statement);
    return activity_run(&(struct activity_settings){ .directory = settings->directory, .account = statement.account,
                                                     .to = settings->to, .json = settings->json });
}

static int admin_run(const void *given, const char *const *operands, size_t count)
{
    const struct admin_settings *settings = given;
    char error[512];
    json_t *request, *answer;
    int fd, status;

    if (strcmp(operands[0], "statement") == 0 || strcmp(operands[0], "activity") == 0)
        return admin_read_journal(settings, operands, count);
    request = admin_client_request(operands, count, error, sizeof error);
    if (request == NULL) {
        printable_error("vitrine admin", error);
        return EXIT_STATUS_USAGE;
    }
    fd = admin_client_open(settings->directory, error, sizeof error);
    answer = fd >= 0 ? admin_client_ask(fd, request, error, sizeof error) : NULL;
    if (fd >= 0)
        close(fd);
    else
        json_decref(request);
    if (answer == NULL) {
        printable_error("vitrine admin", error);
        return EXIT_STATUS_FAULT;
    }
    if (settings->json) {
        json_dumpf(answer, stdout, JSON_INDENT(2));
        printf("\n");
    } else {
        print_answer(answer);
    }
    status = admin_status(answer);
    json_decref(answer);
    return status;
}

const struct verb admin_verb = {
    .name = "admin",
    .operands = "COMMAND [FIELD=VALUE ...]",
    .operands_min = 1,
    .operands_max = ARGS_OPERANDS_MAX,
    .summary = "operator's commands to a running node",
    .text = admin_text,
    .options = admin_options,
    .defaults = &admin_defaults,
    .settings_size = sizeof admin_defaults,
    .run = admin_run,
};
