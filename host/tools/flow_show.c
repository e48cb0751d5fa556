#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "decimal.h"
#include "flow_source.h"
#include "market_source.h"
#include "printable.h"
#include "runner.h"
#include "status.h"
#include "summary.h"
#include "verbs.h"

#define SHOW_LADDER 4
#define SHOW_MARKETS 6
#define SHOW_BAR 30

struct show_settings {
    const char *engine;
    const char *flow;
    uint64_t seed, commands;
    bool json;
};

static const struct show_settings flow_show_defaults = {
    .engine = "both",
    .flow = VITRINE_FLOW_FILE,
    .seed = 1,
    .commands = 300000,
};

static const struct option_spec flow_show_options[] = {
    { "seed", OPTION_NUMBER, offsetof(struct show_settings, seed), 0, INT64_MAX, NULL, "N", "of the calibrated flow" },
    { "commands", OPTION_NUMBER, offsetof(struct show_settings, commands), 0, 1000000000, NULL, "N",
      "commands of the calibrated flow" },
    { "engine", OPTION_CHOICE, offsetof(struct show_settings, engine), 0, 0, verb_engines, "NAME",
      "what runs the commands" },
    { "flow", OPTION_TEXT, offsetof(struct show_settings, flow), 0, 0, NULL, "FILE",
      "market flow to begin with, in place of the bundled minute" },
    { "json", OPTION_FLAG, offsetof(struct show_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { .name = NULL },
};

static const char flow_show_text[] =
    "Shows the exchange's heart at work: a minute of real BTC and ETH perpetual order flow (bundled, derived from\n"
    "Binance's public streams, sim/market/data) with the real price bands, then a seeded flow, calibrated with real\n"
    "figures, in six more markets whose bands bite now and then. The simulated card and its model run it in step;\n"
    "every event must be the same.\n"
    "\n"
    "A cancel or change of an order that a fill has just taken is rejected as stale_order: the flow sends it before\n"
    "it can know of the fill, as participants do.\n"
    "\n"
    "Keys of --json: commands, commands_real, commands_calibrated; seed; seconds (it took); seconds_of_flow (of the\n"
    "real flow); events (by kind: count, and reasons by name); depth (by market of the real flow: orders, fills, bids\n"
    "and asks as lists of [price, quantity], best first); cycles_per_command, first_fill_cycles (mean, p50, p99,\n"
    "p999, max; null without a card); cycles_histogram (list of from, to, commands; to is null in the last);\n"
    "commands_per_second; hash_card, hash_model; agrees; mirror_errors (events that contradict earlier ones).\n"
    "\n"
    "Exit status: 0 card and model agree; 1 they do not; 2 bad usage or input; 3 device fault.";

struct demo {
    struct runner runner;
    struct flow_source *minute;
    struct market_source flow;
    uint64_t minute_commands;
};

/* Prints a demo's failure and says which exit status it means. */
static int flow_show_fail(enum run_status status, const char *error)
{
    printable_error("vitrine demo", error);
    return status == RUN_FAULT ? EXIT_STATUS_FAULT : status == RUN_BAD_INPUT ? EXIT_STATUS_USAGE : EXIT_STATUS_FAILED;
}

/* Both parts, one after the other; each has half of the card's order slots. */
static int flow_show_play(struct demo *demo, const struct show_settings *settings)
{
    const struct device_capability *card = device_capability(demo->runner.engine[0]->device);
    struct flow_settings flow_settings = { .seed = settings->seed,
                                           .first_market = card->markets - SHOW_MARKETS,
                                           .markets = SHOW_MARKETS,
                                           .first_slot = card->orders / 2,
                                           .slots = card->orders / 2,
                                           .tick_bits = card->tick_bits };
    struct progress progress = { .what = "commands" };
    struct command_source source;
    char error[TEXT_ERROR_MAX];
    enum run_status status;

    if (card->markets <= SHOW_MARKETS)
        return flow_show_fail(RUN_BAD_INPUT, "the card has too few markets for the demo");
    demo->minute = flow_source_open(settings->flow, 0, card->markets - SHOW_MARKETS, card->orders / 2, card->tick_bits,
                                    error);
    if (demo->minute == NULL)
        return flow_show_fail(RUN_BAD_INPUT, error);
    source = flow_source_commands(demo->minute);
    status = runner_run(&demo->runner, &source, &progress);
    if (status == RUN_DONE && *flow_source_error(demo->minute))
        status = RUN_BAD_INPUT;
    if (status != RUN_DONE)
        return flow_show_fail(status, status == RUN_BAD_INPUT ? flow_source_error(demo->minute) : demo->runner.error);
    demo->minute_commands = runner_command_count(&demo->runner);
    demo->flow.flow = flow_create(&flow_settings);
    if (demo->flow.flow == NULL)
        return flow_show_fail(RUN_BAD_INPUT, "the card is too small for the calibrated flow");
    source = market_source_commands(&demo->flow, settings->commands);
    status = runner_run(&demo->runner, &source, &progress);
    return status == RUN_DONE ? EXIT_STATUS_OK : flow_show_fail(status, demo->runner.error);
}

/* One side of a ladder row as text, empty behind the last level. */
static void flow_show_level(const struct flow_market *market, const struct depth_level *level, bool there, char *text,
                       size_t size)
{
    char price[32], amount[32];

    *text = '\0';
    if (!there)
        return;
    decimal_format((uint64_t)level->price * market->tick, 2, price, sizeof price);
    decimal_format(level->aggregate * market->lot, 3, amount, sizeof amount);
    snprintf(text, size, "%10s @ %-10s", amount, price);
}

static void flow_show_ladder(const struct flow_market *market)
{
    struct depth_level bids[SHOW_LADDER], asks[SHOW_LADDER];
    size_t bid_count = depth_top(market->depth, CARD_SIDE_BUY, bids, SHOW_LADDER);
    size_t ask_count = depth_top(market->depth, CARD_SIDE_SELL, asks, SHOW_LADDER);
    char bid[80], ask[80], orders[28], fills[28];

    printf("%s at the end: %s orders, %s fills\n", market->name, summary_count(market->orders, orders),
           summary_count(market->fills, fills));
    for (size_t i = 0; i < SHOW_LADDER; i++) {
        flow_show_level(market, &bids[i], i < bid_count, bid, sizeof bid);
        flow_show_level(market, &asks[i], i < ask_count, ask, sizeof ask);
        printf("  %-26s | %s\n", bid, ask);
    }
}

static const uint64_t show_bounds[][2] = { { 0, 1 }, { 2, 2 }, { 3, 3 }, { 4, 7 }, { 8, 15 }, { 16, 4095 } };

#define SHOW_BOUNDS (sizeof show_bounds / sizeof *show_bounds)

static void flow_show_histogram(const struct distribution *cycles)
{
    const uint64_t(*bounds)[2] = show_bounds;
    static const char bar[] = "##############################";
    char count[28], range[24];

    printf("cycles a command, mean %.2f\n", (double)distribution_mean_milli(cycles) / 1000.0);
    for (size_t i = 0; i < SHOW_BOUNDS; i++) {
        uint64_t there = distribution_between(cycles, bounds[i][0], bounds[i][1]);
        int length = (int)(there * SHOW_BAR / cycles->count);

        if (i == SHOW_BOUNDS - 1)
            snprintf(range, sizeof range, "%" PRIu64 " and more", bounds[i][0]);
        else if (bounds[i][0] == bounds[i][1] || i == 0)
            snprintf(range, sizeof range, "%" PRIu64, bounds[i][1]);
        else
            snprintf(range, sizeof range, "%" PRIu64 " to %" PRIu64, bounds[i][0], bounds[i][1]);
        printf("  %-11s %9s  %.*s\n", range, summary_count(there, count), length, bar);
    }
}

static void flow_show_print(const struct demo *demo, const struct show_settings *settings, uint64_t took_ns)
{
    const struct flow_result *minute = flow_source_result(demo->minute);
    const struct engine *card = runner_engine(&demo->runner, "card");
    uint64_t seconds_tenths = took_ns / 100000000u;
    char a[28], b[28], time[40];

    decimal_format(minute->last_ns - minute->first_ns, 0, time, sizeof time);
    printf("%s commands of real order flow (%.5s s), then %s of a calibrated flow in %d markets (seed %" PRIu64
           ")\nin %" PRIu64 ".%" PRIu64 " s; what happened:\n",
           summary_count(demo->minute_commands, a), time,
           summary_count(runner_command_count(&demo->runner) - demo->minute_commands, b), SHOW_MARKETS, settings->seed,
           seconds_tenths / 10, seconds_tenths % 10);
    summary_events(&demo->runner);
    if (demo->runner.events[CARD_KIND_REJECTED][CARD_REASON_STALE_ORDER])
        printf("  (%s: cancels and changes that crossed a fill of their order)\n",
               card_reason_name(CARD_REASON_STALE_ORDER));
    for (uint32_t i = 0; i < 2 && flow_source_market(demo->minute, i); i++)
        if (flow_source_market(demo->minute, i)->depth)
            flow_show_ladder(flow_source_market(demo->minute, i));
    if (card && card->cycles->per_command.count)
        flow_show_histogram(&card->cycles->per_command);
    summary_engines(&demo->runner);
}

/* One side's best levels, [price, quantity] each. */
static json_t *flow_show_report_side(const struct flow_market *market, enum card_side side)
{
    struct depth_level levels[SHOW_LADDER];
    size_t count = depth_top(market->depth, side, levels, SHOW_LADDER);
    json_t *list = json_array();
    char text[32];

    for (size_t i = 0; i < count; i++) {
        json_t *level = json_array();

        decimal_format((uint64_t)levels[i].price * market->tick, 0, text, sizeof text);
        json_array_append_new(level, json_string(text));
        decimal_format(levels[i].aggregate * market->lot, 0, text, sizeof text);
        json_array_append_new(level, json_string(text));
        json_array_append_new(list, level);
    }
    return list;
}

static json_t *flow_show_report_depth(const struct demo *demo)
{
    json_t *object = json_object();

    for (uint32_t i = 0; flow_source_market(demo->minute, i); i++) {
        const struct flow_market *market = flow_source_market(demo->minute, i);
        json_t *of_market = json_object();

        report_set_count(of_market, "orders", market->orders);
        report_set_count(of_market, "fills", market->fills);
        report_set(of_market, "bids", market->depth ? flow_show_report_side(market, CARD_SIDE_BUY) : json_array());
        report_set(of_market, "asks", market->depth ? flow_show_report_side(market, CARD_SIDE_SELL) : json_array());
        report_set(object, market->name, of_market);
    }
    return object;
}

static json_t *flow_show_report_histogram(const struct engine *card)
{
    json_t *list = json_array();

    for (size_t i = 0; card && i < SHOW_BOUNDS; i++) {
        json_t *range = json_object();

        report_set_count(range, "from", show_bounds[i][0]);
        report_set(range, "to", i == SHOW_BOUNDS - 1 ? json_null() : json_integer((json_int_t)show_bounds[i][1]));
        report_set_count(range, "commands",
                         distribution_between(&card->cycles->per_command, show_bounds[i][0], show_bounds[i][1]));
        json_array_append_new(list, range);
    }
    return list;
}

static void flow_show_report(const struct demo *demo, const struct show_settings *settings, uint64_t took_ns)
{
    const struct flow_result *minute = flow_source_result(demo->minute);
    json_t *object = json_object();

    report_set_count(object, "commands_real", demo->minute_commands);
    report_set_count(object, "commands_calibrated", runner_command_count(&demo->runner) - demo->minute_commands);
    report_set_count(object, "seed", settings->seed);
    report_set(object, "seconds", json_real((double)took_ns / 1e9));
    report_set(object, "seconds_of_flow", json_real((double)(minute->last_ns - minute->first_ns) / 1e9));
    report_set(object, "events", summary_report_events(&demo->runner));
    report_set(object, "depth", flow_show_report_depth(demo));
    summary_report_engines(object, &demo->runner);
    report_set(object, "cycles_histogram", flow_show_report_histogram(runner_engine(&demo->runner, "card")));
    report_set(object, "agrees", json_boolean(runner_agrees(&demo->runner)));
    report_set_count(object, "mirror_errors", minute->mirror_errors);
    report_print(object);
}

static int flow_show_run(const void *given, const char *const *operands, size_t count)
{
    static struct demo demo;
    const struct show_settings *settings = given;
    uint64_t start_ns = clock_now_ns();
    int status = runner_open(&demo.runner, settings->engine, NULL);

    (void)operands;
    (void)count;
    if (status != EXIT_STATUS_OK)
        return status;
    status = flow_show_play(&demo, settings);
    if (status == EXIT_STATUS_OK) {
        if (settings->json)
            flow_show_report(&demo, settings, clock_now_ns() - start_ns);
        else
            flow_show_print(&demo, settings, clock_now_ns() - start_ns);
        if (!runner_agrees(&demo.runner) || flow_source_result(demo.minute)->mirror_errors)
            status = EXIT_STATUS_FAILED;
    }
    flow_source_close(demo.minute);
    flow_destroy(demo.flow.flow);
    runner_close(&demo.runner);
    return status;
}

const struct verb flow_verb = {
    .name = "flow",
    .operands = "",
    .summary = "real order flow through card and model in step, and a summary",
    .text = flow_show_text,
    .options = flow_show_options,
    .defaults = &flow_show_defaults,
    .settings_size = sizeof flow_show_defaults,
    .run = flow_show_run,
};
