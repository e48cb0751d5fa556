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

#define ACCOUNTS_UNSAID UINT64_MAX
enum { REPLAY_ACCOUNTS = 20 };

/* What has another default in each scenario is NULL or unsaid: scenario_settle(). */
static const struct scenario_settings scenario_defaults = { .engine = "model", .seed = 1, .hours = 24,
                                                            .accounts = ACCOUNTS_UNSAID, .policies = "all",
                                                            .seeds = 3 };

static const char *const scenario_engines[] = { "sim", "book", "model", NULL };
static const char *const scenario_replays[] = { "sim", "book", "model", "none", NULL };

static const struct option_spec scenario_options[] = {
    { "engine", OPTION_CHOICE, offsetof(struct scenario_settings, engine), 0, 0, scenario_engines, NULL,
      "the card it runs on: model, sim (Verilated), book (the Verilated book alone) [model]" },
    { "replay", OPTION_CHOICE, offsetof(struct scenario_settings, replay), 0, 0, scenario_replays, NULL,
      "the card on which its journal is run again, every hash compared; none: not again [sim; crash: none]" },
    { "directory", OPTION_TEXT, offsetof(struct scenario_settings, directory), 0, 0, NULL, "DIR",
      "keeps the journal in this new directory, for `vitrine audit` and `admin statement`; crash: one inside for each\n"
      "                         run, TAPE-POLICY-SEED [a scratch one]" },
    { "seed", OPTION_NUMBER, offsetof(struct scenario_settings, seed), 0, INT64_MAX, NULL, "N",
      "day: of the order flow and prices; crash: the first one [1]" },
    { "hours", OPTION_NUMBER, offsetof(struct scenario_settings, hours), 1, 240, NULL, "N", "day: how long [24]" },
    { "data", OPTION_TEXT, offsetof(struct scenario_settings, data), 0, 0, NULL, "DIR",
      "index: where the recorded tapes of both venues are" },
    { "svg", OPTION_TEXT, offsetof(struct scenario_settings, chart), 0, 0, NULL, "FILE",
      "index: writes a chart of venues, index and mark" },
    { "set", OPTION_LIST, offsetof(struct scenario_settings, sets), 0, 0, NULL, "risk.KEY=VALUE",
      "replay: in place of what the journal says; crash: of the rules of liquidation; may be given again" },
    { "accounts", OPTION_NUMBER, offsetof(struct scenario_settings, accounts), 0, 1000000, NULL, "N",
      "replay: those with the largest differences that are shown; 0: all [20]. crash: leveraged ones; 0: the tape's" },
    { "tape", OPTION_LIST, offsetof(struct scenario_settings, tapes), 0, 0, NULL, "FILE[,FILE...]",
      "crash: recorded prices, files of the same crash with commas between; may be given again [the bundled one]" },
    { "policy", OPTION_TEXT, offsetof(struct scenario_settings, policies), 0, 0, NULL, "NAME[,NAME...]",
      "crash: who liquidates and how; all: each one there is [all]" },
    { "seeds", OPTION_NUMBER, offsetof(struct scenario_settings, seeds), 1, 10000, NULL, "N",
      "crash: how many, from --seed on [3]" },
    { "markets", OPTION_NUMBER, offsetof(struct scenario_settings, markets), 0, 64, NULL, "N",
      "crash: the largest of the tape; 0: all [0]" },
    { "from", OPTION_NUMBER, offsetof(struct scenario_settings, from), 0, 10000000, NULL, "SECONDS",
      "crash: where in the tape it begins [0]" },
    { "seconds", OPTION_NUMBER, offsetof(struct scenario_settings, seconds), 0, 10000000, NULL, "SECONDS",
      "crash: how long; 0: to the tape's end [0]" },
    { "interest-to-depth", OPTION_TEXT, offsetof(struct scenario_settings, interest_to_depth), 0, 0, NULL, "X",
      "crash: open interest against the depth within 5 % before the fall, 0.01 to 1000 [5]" },
    { "depth-scale", OPTION_TEXT, offsetof(struct scenario_settings, depth_scale), 0, 0, NULL, "X",
      "crash: makers' depth, and with it open interest, against the recorded turnover's, 0.001 to 1000 [1]" },
    { "provider-capital", OPTION_TEXT, offsetof(struct scenario_settings, provider_capital), 0, 0, NULL, "X",
      "crash: backstop providers' capital, of open interest, 0 to 10 [0.02]" },
    { "provider-hedge-seconds", OPTION_TEXT, offsetof(struct scenario_settings, provider_hedge_seconds), 0, 0, NULL,
      "SECONDS", "crash: in which providers want to be rid of half of what they hold, 1 to 1000000 [120]" },
    { "fund", OPTION_TEXT, offsetof(struct scenario_settings, fund), 0, 0, NULL, "X",
      "crash: the fund at first, of open interest, 0 to 10 [0.005]" },
    { "rate", OPTION_TEXT, offsetof(struct scenario_settings, message_rate), 0, 0, NULL, "N",
      "crash: makers' and noise traders' messages a second and market, 1 to 1000 [50]" },
    { "sweep", OPTION_TEXT, offsetof(struct scenario_settings, sweep), 0, 0, NULL, "KEY=V1,V2,...",
      "crash: one policy (ours, or that of --policy) over values of a key of --set, or of interest_to_depth,\n"
      "                         depth_scale, provider_capital, provider_hedge_seconds, fund or message_rate: the\n"
      "                         curve of shortfall against displacement" },
    { "jobs", OPTION_NUMBER, offsetof(struct scenario_settings, jobs), 0, 64, NULL, "N",
      "crash: runs at the same time, each with memory of its own; 0: as many as processors [0]" },
    { "output", OPTION_TEXT, offsetof(struct scenario_settings, output), 0, 0, NULL, "PREFIX",
      "crash: writes PREFIX.json and PREFIX.html (several tapes: PREFIX-TAPE) [with --tape and without --json:\n"
      "                         crash-TAPE; else none]" },
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
    "replay DIR: the journal in DIR (of `serve`, or of a scenario with --directory) run twice side by side: as it is,\n"
    "and with the parameters of --set in place of its own; everything else that came in is the same. Shows what each\n"
    "account is worth at the end of both, what made the difference, which orders were refused then, who was\n"
    "liquidated, when and how. Without --set both must be equal. Keys (docs/scenarios.md): risk.KEY of the rules of\n"
    "liquidation, risk.venue.KEY, risk.market.SYMBOL.KEY, risk.asset.SYMBOL.KEY; one that there isn't lists them.\n"
    "attacks: what somebody may try against liquidation (spoofed depth, a pushed venue, a mid held away, and more),\n"
    "each told twice: with the attack and without it. What the attacker's accounts gain by it, and what stops it.\n"
    "crash: policies of liquidation, each in the same crash with the same accounts, makers and noise, over --seeds;\n"
    "and the path on which nobody is liquidated (column nobody). What each cost, and whether ours has the least\n"
    "shortfall, the least socialised and, among those with no more shortfall, the largest share on the book (that\n"
    "is a finding, no claim): yes or no where the 95 % interval of the paired differences (same seeds) to every\n"
    "other policy leaves 0 out, undecided where it covers 0, tie where they are equal. Intervals are of the mean\n"
    "over the simulator's seeds on this one crash and say nothing about other crashes; of what can't be below 0\n"
    "they end at 0. Displacement: over all markets by open interest, how much further than on the path without\n"
    "liquidations the pressed side of the book (the bid where liquidations sell, as in a fall) is from the price\n"
    "outside, at its furthest of each step; mean of the steps with liquidation (an episode open, or something\n"
    "liquidated, on either path), mean and largest of all steps. Steps in which that side was empty in every market\n"
    "are left out: see the time without a two-sided book. Writes JSON and a page with charts. Formats of tapes:\n"
    "docs/scenarios.md.\n"
    "\n"
    "Exit status 1: a claim does not hold; 2: an option or a tape can't be used; 3: the world could not be run.\n"
    "\n"
    "Keys of --json, all: scenario, engine, replayed_on, hash, hash_replayed, batches, inputs, claims (claim, holds,\n"
    "detail). deposits: the same for each of worlds; name, shortfall, fund, fund_paid, written_off, claims_left,\n"
    "accounts (account, had, lost, debt, deposit, held, apart, debt_left, withdrawn, accepted, fate), winners\n"
    "(account, won, claim_after_fund, claim_after_accepted, received). day: seed, hours, fills, passes, worth (class\n"
    "to units of USDC), sheet (column, thing, rows: line, classes, total). Amounts are whole units.\n"
    "index: worlds (the keys above, name, venues, frozen_seconds, minutes: time, coinbase, binance, index, mark in\n"
    "10^-12 USDC, frozen_seconds; accounts: account, at_maintenance).\n"
    "replay: from_snapshot, set, first, last (batches), changed_records, extra_batches, answers_differ, decimals,\n"
    "equal, hash_recorded, hash_changed, accounts and exchange (account, equity_recorded, equity_changed, difference,\n"
    "causes; recorded, changed: liquidations, begun_ns, ended_ns, equity, maintenance, book, backstop,\n"
    "deleveraged_away, margin_calls, deleveraged, deleveraged_loss, fills; orders: refused_in, reason, orders), venue\n"
    "(recorded, changed: fund, fund_paid, shortfall, socialised, book, backstop, deleveraged, accounts_liquidated,\n"
    "accounts_closed_against_others).\n"
    "attacks: attacks (name, tried, stopped_by, note, gain, shortfall_more, victims, victims_without); units.\n"
    "crash, each of studies, and in PREFIX.json: tape, files, engine, replayed_on, seed, seeds, accounts, markets,\n"
    "seconds, step_seconds, rules, interest_to_depth, depth_scale, provider_capital, provider_hedge_seconds,\n"
    "message_rate, fund, compared (names; of a sweep: values), sweep (null, or key, policy, world: it changes the\n"
    "crash itself, values, curve: value, displacement, shortfall, shortfall_with_providers), claims, goals (goal,\n"
    "result: yes, no, undecided, tie or nothing to compare with, holds: null where undecided or nothing to compare\n"
    "with, detail, beside: what belongs to it), policies (those compared and none, the path without liquidations;\n"
    "policy, metrics: name to count, mean, standard_error, half: of the 95 % interval, low, high: its ends, not\n"
    "beyond what can be, min, max: of the seeds, minus_ours: the same of paired differences), runs (policy, column:\n"
    "of a sweep, seed, accounts, open_interest, turnover, book_, backstop_, deleveraged_ and liquidated_notional,\n"
    "_fills, shortfall, shortfall_lag, shortfall_with_providers, socialised, fund_before, fund_after, fund_change,\n"
    "deleveraged_loss, forgone: by the deleveraged within 60 s, provider_profit, underwater and _max: equity below\n"
    "zero of all accounts, at the end and the largest, liquidated, wiped, bankrupt, deleveraged_accounts,\n"
    "equity_before, equity_kept, episodes, ended_healthy, ended_wiped, still_open, seconds_to_healthy and _p99: of\n"
    "those ended healthy, worst_minute, mid_low, displacement_mean, _whole and _max in bp, two_sided and one_sided:\n"
    "shares of time, depth_before, depth_low, maker_departures, maker_away, orders, stopped, hash, replay_equal,\n"
    "moments: series every step_seconds: second, index, mark, mid, depth, bid, ask, bid_below, ask_above,\n"
    "bid_share, ask_share, two_sided, trouble, displacement, book, backstop, deleveraged, sold, bought, fund,\n"
    "shortfall, underwater, episodes: crash/crash.h has what they are). Money in USDC.";

static const struct {
    const char *name;
    int (*run)(const struct scenario_settings *settings);
} scenarios[] = {
    { "deposits", scenario_deposits_run },
    { "day", scenario_day_run },
    { "index", scenario_index_run },
    { "attacks", scenario_attacks_run },
    { "crash", scenario_crash_run },
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

/* Defaults that differ. */
static struct scenario_settings scenario_settle(const struct scenario_settings *settings, const char *name)
{
    struct scenario_settings settled = *settings;
    const bool crash = strcmp(name, "crash") == 0;

    if (settled.replay == NULL)
        settled.replay = crash ? "none" : "sim";
    if (settled.accounts == ACCOUNTS_UNSAID)
        settled.accounts = crash ? 0 : REPLAY_ACCOUNTS;
    return settled;
}

static int scenario_run(const void *settings, const char *const *operands, size_t count)
{
    const struct scenario_settings settled = scenario_settle(settings, operands[0]);
    char shown[256];

    if (strcmp(operands[0], "replay") == 0 && count == 2)
        return scenario_replay_run(&settled, operands[1]);
    if (strcmp(operands[0], "replay") == 0 || count > 1) {
        fprintf(stderr, "vitrine scenario: replay needs a journal's directory, the others nothing\n");
        return EXIT_STATUS_USAGE;
    }
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(operands[0], scenarios[i].name) == 0)
            return scenarios[i].run(&settled);
    printable_write(operands[0], shown, sizeof shown);
    fprintf(stderr, "vitrine scenario: %s: must be", shown);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        fprintf(stderr, " %s,", scenarios[i].name);
    fprintf(stderr, " or replay with a journal\n");
    return EXIT_STATUS_USAGE;
}

const struct verb scenario_verb = {
    .name = "scenario",
    .operands = "NAME [DIR]",
    .operands_min = 1,
    .operands_max = 2,
    .summary = "a story told to a whole exchange, its claims checked, run again on another card",
    .text = scenario_text,
    .options = scenario_options,
    .defaults = &scenario_defaults,
    .settings_size = sizeof(struct scenario_settings),
    .run = scenario_run,
};
