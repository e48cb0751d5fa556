#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench_host.h"
#include "bench_latency.h"
#include "bench_liquidation.h"
#include "bench_margin.h"
#include "bench_settlement.h"
#include "bench_snapshot.h"
#include "limits.h"
#include "market_source.h"
#include "printable.h"
#include "report.h"
#include "runner.h"
#include "status.h"
#include "summary.h"
#include "verbs.h"

struct bench_settings {
    const char *engine; /* NULL: what suits the workload */
    uint64_t commands; /* 0: as many as suit the workload */
    uint64_t seed, markets;
    bool json;
    const char *directory;
    uint64_t rate, window, users, runs, subaccounts, orders, positions, accounts;
    bool core_only;
};

enum { MARKETS = 8, LATENCY_COMMANDS = 50000 }; /* of the flow */

static const struct bench_settings bench_defaults = { .seed = 1, .directory = ".", .window = 16384,
                                                      .users = 8, .runs = 3,
                                                      .subaccounts = 1000000 };

static const char *const bench_engines[] = { "book", "sim", "model", NULL };

static const struct option_spec bench_options[] = {
    { "commands", OPTION_NUMBER, offsetof(struct bench_settings, commands), 1, 10000000000, NULL, "N",
      "commands (host: orders) to measure; 1,000,000, for latency 50,000" },
    { "seed", OPTION_NUMBER, offsetof(struct bench_settings, seed), 0, INT64_MAX, NULL, "N",
      "of the order flow; margin, settlement, liquidation: of the accounts" },
    { "markets", OPTION_NUMBER, offsetof(struct bench_settings, markets), 1, 256, NULL, "N",
      "of the flow [8]; liquidation: at most 62 [20]" },
    { "engine", OPTION_CHOICE, offsetof(struct bench_settings, engine), 0, 0, bench_engines, "NAME",
      "book: the Verilated book alone; sim: the whole card with endpoint and driver; model: the plain book" },
    { "rate", OPTION_NUMBER, offsetof(struct bench_settings, rate), 0, 100000000, NULL, "N",
      "host: orders a second, in open loop; 0: as fast as they are answered" },
    { "window", OPTION_NUMBER, offsetof(struct bench_settings, window), 1, 10000000, NULL, "N",
      "host: orders without an answer, at most" },
    { "users", OPTION_NUMBER, offsetof(struct bench_settings, users), 1, 4096, NULL, "N", "host: sessions" },
    { "runs", OPTION_NUMBER, offsetof(struct bench_settings, runs), 1, 15, NULL, "N",
      "host, journal, snapshot, settlement: runs, of which the median is reported; liquidation: all count" },
    { "directory", OPTION_TEXT, offsetof(struct bench_settings, directory), 0, 0, NULL, "DIR",
      "host, journal, snapshot: where files are made (and removed)" },
    { "subaccounts", OPTION_NUMBER, offsetof(struct bench_settings, subaccounts), 1, LIMIT_SUBACCOUNTS, NULL, "N",
      "margin, snapshot: how many there are" },
    { "orders", OPTION_NUMBER, offsetof(struct bench_settings, orders), 0, LIMIT_ORDERS, NULL, "N",
      "snapshot: open orders" },
    { "positions", OPTION_NUMBER, offsetof(struct bench_settings, positions), 0, LIMIT_POSITIONS / 2, NULL, "N",
      "settlement: open positions [1,000,000]" },
    { "accounts", OPTION_NUMBER, offsetof(struct bench_settings, accounts), 20, LIMIT_SUBACCOUNTS / 2, NULL, "N",
      "liquidation: how many there are [100,000]" },
    { "core-only", OPTION_FLAG, offsetof(struct bench_settings, core_only), 0, 0, NULL, NULL,
      "host: the core alone, without sockets and journal" },
    { "json", OPTION_FLAG, offsetof(struct bench_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { .name = NULL },
};

static const char bench_text[] =
    "Measures the card with a seeded order flow that is calibrated with real figures (sim/market/flow.h). Each market\n"
    "is filled with about 1,000 orders first; that part is not measured.\n"
    "\n"
    "book: commands as fast as the card takes them. cycles_per_command: from the cycle in which the book accepts a\n"
    "command to that in which it accepts the next one; by kind from the last event of the command before to its own,\n"
    "so that each kind pays for its own stalls (the sum is the same). Commands handed over while the card had nothing\n"
    "to do are left out. commands_per_second: of the simulation on one core, over the time spent in it.\n"
    "\n"
    "latency: cycles from a command to its first event, first fill and last event, by kind of command: at the\n"
    "book's ports (from the cycle of acceptance), and with --engine sim [default] on the bus as well, from the\n"
    "cycle in which the card takes the last AXI beat of the command to that in which it offers the event's beat. On\n"
    "an idle card (a command comes when the card is still) and on a loaded one (commands back to back: on the bus\n"
    "that counts the wait behind up to 255 others). Every eighth command is scripted: sweeps of up to 64 levels,\n"
    "fill-or-kill, replaces that move, cancels that empty the best level. Nanoseconds only where bitstreams/ecp5\n"
    "holds a report of a routed clock for just these RTL sources and this read latency. What the cycles are spent\n"
    "on: docs/latency.md.\n"
    "\n"
    "host: the whole exchange in a process on core 0, the load generator (vitrine load) in another on core 1, over\n"
    "loopback TCP, with margin, card and journal; median of --runs; the same once with a device that answers at\n"
    "once; both once more at 2,000 orders a second, and then without the card and with a node that never sleeps\n"
    "(node.busy_poll). Afterwards each journal is run again on the model and its hashes are compared. Stages are\n"
    "nanoseconds a batch; at low load a batch is an order.\n"
    "journal: durable batches of 64 orders, one write outstanding; single sectors; reading them again.\n"
    "margin: all --subaccounts (1 to 5 positions each) once, the check of one order, and detection: a tick of a calm\n"
    "day (incremental), of a fall of 1 % a second (crash; nobody is liquidated in it).\n"
    "snapshot: of --subaccounts (a balance and a position each) and --orders: pause, writing, loading.\n"
    "settlement: a pass over --positions in 64 markets (three a subaccount) through the core, its longest batch,\n"
    "interest of all pools, funding at an interval's end; with rows in order and shuffled in memory.\n"
    "liquidation: about a tenth of --accounts (1 to 3 positions each, some with coins or debts) falls below\n"
    "maintenance in the same tick; makers put back what was taken every second, until all are worked off. ns of a\n"
    "step: a look at an episode (plan; its orders; hand-over to providers), a deal of deleveraging. And the calm\n"
    "seconds before it, with and without liquidation. On the model, or --engine.\n"
    "\n"
    "Keys of --json, book: workload, engine, seed, commands, cycles_per_command, by_kind (command to\n"
    "cycles_per_command, first_event_cycles, first_fill_cycles), first_fill_cycles, commands_per_second, hash.\n"
    "latency: workload, engine, seed, commands, read_latency, clock_mhz, clock_source, idle and loaded (book and\n"
    "bus: count, first_event_cycles, first_fill_cycles, last_event_cycles, by_kind with the same by kind; and hash,\n"
    "the same for both), and those of idle.book once more at the top; first_event_ns, first_fill_ns.\n"
    "host: orders_per_second, latency_ns, host_ns (an order, card and disk wait left out), card_share, node_ns and\n"
    "load_ns (processor time an order), stages (receive, check, submit, card, clear, hash, journal, send, other: a\n"
    "batch, and an_order), host_batch_ns (all of them but the card), host_order_ns (of batches of one order),\n"
    "batch_wait_ns (from the first order's coming to a batch's begin), batch_inputs, batch_rounds, journal_lag_ns,\n"
    "replayed_per_second (inputs of its journal), runs, model_orders_per_second, ratio_to_model, low_load (the same;\n"
    "at_once: with the device that answers at once, busy_poll: with it and a node that never sleeps; p99 of\n"
    "host_order_ns of both: host_ns_p99 and busy_poll_host_ns_p99).\n"
    "With --core-only: ns_an_order, stages, host_ns, hash. journal: batches_per_second, orders_per_second,\n"
    "mebibytes_per_second, write_ns, small_writes_per_second, small_write_ns, read_orders_per_second, runs.\n"
    "margin: subaccounts, positions, full_ms, maintenance_ms, checks, refused, check_us, incremental_us,\n"
    "incremental_visits, crash_us, crash_visits, crash_slice_us (what nothing comes between), crash_visit_ns,\n"
    "rebuild_ms, index_bytes. snapshot: subaccounts, orders, bytes, hold_ns, live_ns, stopped_ns, loaded_ns.\n"
    "settlement (rows shuffled; `ordered` has the same): positions, subaccounts, markets, runs, total_ms, total_us,\n"
    "longest_hold_us, hold_ns (a batch), cpu_total_us and cpu_hold_ns (processor time), batches, accrual_us,\n"
    "funding_us.\n"
    "liquidation: engine, seed, accounts, markets, positions, liquidated (in the first tick), episodes, left,\n"
    "seconds, book_fills, backstop_fills, deleveraged_fills, plan_ns, send_ns, hand_over_ns, deal_ns (and\n"
    "cpu_plan_ns and so on: processor time, a third of a us for reading it counted in), wall_ms and cpu_ms (all\n"
    "ticks until they are worked off, mean of runs), fall, calm and without (ticks, batches, hold_ns and\n"
    "cpu_hold_ns: a batch, total_us and cpu_total_us: a tick), runs, batches (of one), least_hold_ns and\n"
    "cpu_least_hold_ns (of each batch of the fall the shortest of all runs: what only one of them took longer for\n"
    "was the machine's doing).\n"
    "A distribution has mean, p50, p99, p999, max; it is null where nothing was measured (the\n"
    "model has no clock).";

static void bench_describe(const struct bench_settings *settings, char *text, size_t size)
{
    snprintf(text, size, "book: calibrated flow in %" PRIu64 " markets of about 1,000 orders", settings->markets);
}

static json_t *bench_by_kind(const struct cycles *cycles)
{
    json_t *object = json_object();

    for (unsigned code = 1; cycles && code < CYCLES_CODES; code++) {
        json_t *of_code;

        if (cycles->first_event_by[code].count == 0)
            continue;
        of_code = json_object();
        report_set(of_code, "cycles_per_command", report_distribution(&cycles->per_command_by[code]));
        report_set(of_code, "first_event_cycles", report_distribution(&cycles->first_event_by[code]));
        report_set(of_code, "first_fill_cycles", report_distribution(&cycles->first_fill_by[code]));
        report_set(object, card_code_name(code), of_code);
    }
    return object;
}

static void bench_report(const struct bench_settings *settings, const char *workload, const struct engine *engine)
{
    const struct cycles *cycles = engine->cycles;
    json_t *object = json_object();

    report_set(object, "workload", json_string(workload));
    report_set(object, "engine", json_string(settings->engine));
    report_set_count(object, "seed", settings->seed);
    report_set_count(object, "commands", engine->answered - engine->answered_before);
    report_set(object, "cycles_per_command", report_distribution(cycles ? &cycles->per_command : NULL));
    report_set(object, "first_fill_cycles", report_distribution(cycles ? &cycles->first_fill : NULL));
    report_set(object, "by_kind", bench_by_kind(cycles));
    report_set_count(object, "commands_per_second", (uint64_t)engine_rate(engine));
    report_set(object, "hash", report_hash(event_hash_value(engine->hash)));
    report_print(object);
}

static void bench_print(const struct bench_settings *settings, const char *workload, const struct engine *engine)
{
    const struct cycles *cycles = engine->cycles;
    char count[28], rate[28];

    printf("%s, seed %" PRIu64 ", %s commands, %s a second of %s\n", workload, settings->seed,
           summary_count(engine->answered - engine->answered_before, count),
           summary_count((uint64_t)engine_rate(engine), rate), cycles ? "simulation" : "the model");
    if (cycles == NULL)
        return;
    summary_distribution("cycles a command", &cycles->per_command);
    summary_distribution("cycles to first fill", &cycles->first_fill);
    for (unsigned code = 1; code < CYCLES_CODES; code++)
        if (cycles->first_event_by[code].count) {
            snprintf(count, sizeof count, "  %s", card_code_name(code));
            summary_distribution(count, &cycles->per_command_by[code]);
        }
}

/* The start of the flow, unmeasured, then `commands` of it. */
static enum run_status bench_measure(struct runner *runner, struct market_source *flow, uint64_t commands)
{
    struct command_source source = market_source_commands(flow, flow_start_commands(flow->flow));
    struct progress progress = { .what = "commands", .total = flow_start_commands(flow->flow) + commands };
    enum run_status status = runner_run(runner, &source, NULL);

    if (status != RUN_DONE)
        return status;
    engine_measure(runner->engine[0]);
    source = market_source_commands(flow, commands);
    return runner_run(runner, &source, &progress);
}

static int bench_flow(const struct bench_settings *settings, struct runner *runner)
{
    const struct device_capability *card = device_capability(runner->engine[0]->device);
    struct flow_settings flow_settings = { .seed = settings->seed,
                                           .markets = (uint32_t)settings->markets,
                                           .slots = card->orders,
                                           .tick_bits = card->tick_bits };
    struct market_source flow;
    char workload[80];
    enum run_status status;

    if (settings->markets > card->markets) {
        fprintf(stderr, "vitrine bench: --markets %" PRIu64 ": the card has %" PRIu32 "\n", settings->markets,
                card->markets);
        return EXIT_STATUS_USAGE;
    }
    flow.flow = flow_create(&flow_settings);
    if (flow.flow == NULL) {
        fprintf(stderr, "vitrine bench: the card's %" PRIu32 " order slots are too few for %" PRIu64 " markets\n",
                card->orders, settings->markets);
        return EXIT_STATUS_USAGE;
    }
    bench_describe(settings, workload, sizeof workload);
    status = bench_measure(runner, &flow, settings->commands ? settings->commands : 1000000);
    flow_destroy(flow.flow);
    if (status != RUN_DONE) {
        printable_error("vitrine bench", runner->error);
        return status == RUN_FAULT ? EXIT_STATUS_FAULT : EXIT_STATUS_FAILED;
    }
    if (settings->json)
        bench_report(settings, workload, runner->engine[0]);
    else
        bench_print(settings, workload, runner->engine[0]);
    return EXIT_STATUS_OK;
}

static int bench_liquidation(const struct bench_settings *settings)
{
    if (settings->markets > BENCH_LIQUIDATION_MARKETS) {
        fprintf(stderr, "vitrine bench liquidation: --markets %" PRIu64 ": at most %d\n", settings->markets,
                BENCH_LIQUIDATION_MARKETS);
        return EXIT_STATUS_USAGE;
    }
    return bench_liquidation_run(&(struct bench_liquidation_settings){
        .engine = settings->engine, .accounts = settings->accounts, .markets = settings->markets,
        .seed = settings->seed, .runs = settings->runs, .json = settings->json });
}

static int bench_latency(const struct bench_settings *settings)
{
    const char *engine = settings->engine ? settings->engine : "sim";

    if (strcmp(engine, "model") == 0) {
        fprintf(stderr, "vitrine bench latency: --engine model: the model has no clock\n");
        return EXIT_STATUS_USAGE;
    }
    return bench_latency_run(&(struct bench_latency_settings){
        .engine = engine, .commands = settings->commands ? settings->commands : LATENCY_COMMANDS,
        .seed = settings->seed, .markets = settings->markets, .json = settings->json });
}

/* The exchange's benches, not the card's. */
static int bench_exchange(const struct bench_settings *settings, const char *what)
{
    const struct bench_host_settings host = {
        .backend = settings->engine, .directory = settings->directory, .seed = settings->seed, .rate = settings->rate,
        .window = settings->window, .users = settings->users, .orders = settings->commands, .runs = settings->runs,
        .core_only = settings->core_only, .json = settings->json };

    if (strcmp(what, "margin") == 0)
        return bench_margin_run(&(struct bench_margin_settings){ .subaccounts = settings->subaccounts,
                                                                 .checks = settings->commands,
                                                                 .seed = settings->seed, .json = settings->json });
    if (strcmp(what, "snapshot") == 0)
        return bench_snapshot_run(&(struct bench_snapshot_settings){
            .directory = settings->directory, .subaccounts = settings->subaccounts, .orders = settings->orders,
            .runs = settings->runs, .json = settings->json });
    if (strcmp(what, "settlement") == 0)
        return bench_settlement_run(&(struct bench_settlement_settings){
            .positions = settings->positions, .markets = 64, .runs = settings->runs, .seed = settings->seed,
            .json = settings->json });
    if (strcmp(what, "liquidation") == 0)
        return bench_liquidation(settings);
    return strcmp(what, "journal") == 0 ? bench_journal_run(&host) : bench_host_run(&host);
}

static int bench_run(const void *given, const char *const *operands, size_t count)
{
    char error[256];
    static struct runner runner;
    struct bench_settings chosen = *(const struct bench_settings *)given, *settings = &chosen;
    int status;

    (void)count;
    if (strcmp(operands[0], "host") == 0 || strcmp(operands[0], "journal") == 0 ||
        strcmp(operands[0], "margin") == 0 || strcmp(operands[0], "snapshot") == 0 ||
        strcmp(operands[0], "settlement") == 0 || strcmp(operands[0], "liquidation") == 0)
        return bench_exchange(settings, operands[0]);
    if (settings->markets == 0)
        settings->markets = MARKETS;
    if (strcmp(operands[0], "latency") == 0)
        return bench_latency(settings);
    if (settings->engine == NULL)
        settings->engine = "book";
    if (strcmp(operands[0], "book") != 0) {
        snprintf(error, sizeof error,
                 "%s: must be book, latency, host, journal, margin, snapshot, settlement or liquidation", operands[0]);
        printable_error("vitrine bench", error);
        return EXIT_STATUS_USAGE;
    }
    status = runner_open(&runner, settings->engine, NULL);
    if (status != EXIT_STATUS_OK)
        return status;
    status = bench_flow(settings, &runner);
    runner_close(&runner);
    return status;
}

const struct verb bench_verb = {
    .name = "bench",
    .operands = "book|latency|host|journal|margin|snapshot|settlement|liquidation",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "speed of card, host, journal, margin, settlement, liquidation and snapshots, with medians and tails",
    .text = bench_text,
    .options = bench_options,
    .defaults = &bench_defaults,
    .settings_size = sizeof bench_defaults,
    .run = bench_run,
};
