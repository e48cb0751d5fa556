/* vitrine scenario: what the exchange does in a story that is told to it, with the claims of the rules checked. */
#include "scenario.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "report.h"
#include "status.h"
#include "verbs.h"

static const struct scenario_settings scenario_defaults = { .engine = "model", .replay = "sim", .seed = 1,
                                                            .hours = 24 };

static const char *const scenario_engines[] = { "sim", "book", "model", NULL };
static const char *const scenario_replays[] = { "sim", "book", "model", "none", NULL };

static const struct option_spec scenario_options[] = {
    { "engine", OPTION_CHOICE, offsetof(struct scenario_settings, engine), 0, 0, scenario_engines, NULL,
      "the card it runs on: model, sim (Verilated), book (the Verilated book alone) [model]" },
    { "replay", OPTION_CHOICE, offsetof(struct scenario_settings, replay), 0, 0, scenario_replays, NULL,
      "the card on which its journal is run again, every hash compared; none: not again [sim]" },
    { "directory", OPTION_TEXT, offsetof(struct scenario_settings, directory), 0, 0, NULL, "DIR",
      "keeps the journal in this new directory, for `vitrine audit` and `admin statement` [a scratch one]" },
    { "seed", OPTION_NUMBER, offsetof(struct scenario_settings, seed), 0, INT64_MAX, NULL, "N",
      "day: of the order flow and prices [1]" },
    { "hours", OPTION_NUMBER, offsetof(struct scenario_settings, hours), 1, 240, NULL, "N", "day: how long [24]" },
    { "data", OPTION_TEXT, offsetof(struct scenario_settings, data), 0, 0, NULL, "DIR",
      "index: where the recorded tapes of both venues are" },
    { "svg", OPTION_TEXT, offsetof(struct scenario_settings, chart), 0, 0, NULL, "FILE",
      "index: writes a chart of venues, index and mark" },
    { "json", OPTION_FLAG, offsetof(struct scenario_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { .name = NULL },
};

static const char scenario_text[] =
    "Runs a whole exchange (core, card, journal) through a story in accelerated time, checks what the rules promise,\n"
    "and runs the journal again on another card: the hashes must be equal.\n"
    "\n"
    "deposits: forty accounts go bankrupt in a fall and deposit before everything is settled. Once with a fund as\n"
    "large as the shortfall: they keep every unit and the winners are whole. Once with a smaller one: claims are\n"
    "listed, no deposit is taken without its owner, some owners accept, the rest is written off. Shows the forty\n"
    "accounts before and after. Accounts that only trade spot are untouched in both.\n"
    "day: --hours of order flow, funding, settlement and interest, ending in a balance sheet whose lines add up.\n"
    "index: the evening on which AVAX printed 6.02 USDC on one venue and 17.00 on another. Three worlds: both venues\n"
    "and a modelled third, both alone, and the first without the outlier. What index and mark did, and that no\n"
    "account was touched by the outlier alone. Wants --data; --svg draws it.\n"
    "\n"
    "Exit status 1: a claim does not hold; 3: the world could not be run.\n"
    "\n"
    "Keys of --json, all: scenario, engine, replayed_on, hash, hash_replayed, batches, inputs, claims (claim, holds,\n"
    "detail). deposits: the same for each of worlds; name, shortfall, fund, fund_paid, written_off, claims_left,\n"
    "accounts (account, had, lost, debt, deposit, held, apart, debt_left, withdrawn, accepted, fate), winners\n"
    "(account, won, claim_after_fund, claim_after_accepted, received). day: seed, hours, fills, passes, worth (class\n"
    "to units of USDC), sheet (column, thing, rows: line, classes, total). Amounts are whole units.\n"
    "index: worlds (the keys above, name, venues, frozen_seconds, minutes: time, coinbase, binance, index, mark in\n"
    "10^-12 USDC, frozen_seconds; accounts: account, at_maintenance).";

static const struct {
    const char *name;
    int (*run)(const struct scenario_settings *settings);
} scenarios[] = {
    { "deposits", scenario_deposits_run },
    { "day", scenario_day_run },
    { "index", scenario_index_run },
};

void scenario_claim(struct scenario_claims *claims, const char *claim, bool holds, const char *format, ...)
{
    char detail[256];
    json_t *object = json_object();
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    if (claims->list == NULL)
        claims->list = json_array();
    report_set(object, "claim", json_string(claim));
    report_set(object, "holds", json_boolean(holds));
    report_set(object, "detail", json_string(detail));
    json_array_append_new(claims->list, object);
    claims->broken += !holds;
}

void scenario_claims_print(const struct scenario_claims *claims)
{
    size_t index;
    json_t *one;

    json_array_foreach(claims->list, index, one) {
        const bool holds = json_is_true(json_object_get(one, "holds"));

        printf("%s %s%s%s\n", holds ? "  holds:" : "  BROKEN:", json_string_value(json_object_get(one, "claim")),
               *json_string_value(json_object_get(one, "detail")) ? ": " : "",
               json_string_value(json_object_get(one, "detail")));
    }
}

void scenario_replay(struct world *world, const struct scenario_settings *settings, struct scenario_claims *claims,
                     json_t *object)
{
    const bool again = strcmp(settings->replay, "none") != 0;
    uint8_t hash[32];
    char text[65];
    bool same;

    world_finish(world);
    world_hash_text(world->hash, text);
    report_set(object, "engine", json_string(settings->engine));
    report_set(object, "replayed_on", again ? json_string(settings->replay) : json_null());
    report_set_count(object, "batches", world->batches);
    report_set_count(object, "inputs", world->inputs);
    report_set(object, "hash", json_string(text));
    report_set(object, "hash_replayed", json_null());
    if (!again)
        return;
    same = world_replay(world, settings->replay, hash);
    if (world->failed)
        return;
    scenario_claim(claims, "the journal run again on another card has the same hashes", same, "%s, then %s%s%s",
                   settings->engine, settings->replay, same ? "" : ": ", same ? "" : world->error);
    world_hash_text(hash, text);
    report_set(object, "hash_replayed", json_string(text));
}

int scenario_status(const char *name, const struct world *world, const struct scenario_claims *claims)
{
    char who[64];

    if (world->failed) {
        snprintf(who, sizeof who, "vitrine scenario %s", name);
        printable_error(who, world->error);
        return EXIT_STATUS_FAULT;
    }
    return claims->broken ? EXIT_STATUS_FAILED : EXIT_STATUS_OK;
}

static int scenario_run(const void *settings, const char *const *operands, size_t count)
{
    char shown[256];

    (void)count;
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(operands[0], scenarios[i].name) == 0)
            return scenarios[i].run(settings);
    printable_write(operands[0], shown, sizeof shown);
    fprintf(stderr, "vitrine scenario: %s: must be", shown);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        fprintf(stderr, "%s %s", i ? " or" : "", scenarios[i].name);
    fprintf(stderr, "\n");
    return EXIT_STATUS_USAGE;
}

const struct verb scenario_verb = {
    .name = "scenario",
    .operands = "NAME",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "a story told to a whole exchange, its claims checked, run again on another card",
    .text = scenario_text,
    .options = scenario_options,
    .defaults = &scenario_defaults,
    .settings_size = sizeof(struct scenario_settings),
    .run = scenario_run,
};
