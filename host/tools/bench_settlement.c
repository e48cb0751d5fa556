/* How long a settlement pass over a million positions takes, and how long orders wait for it at a stretch. The pass
 * runs in the core as it does in a node: steps of batches, entries hashed. Between two batches orders could be handled,
 * so the longest batch is the longest hold. */
#include "bench_settlement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "durations.h"
#include "exchange.h"
#include "lending.h"
#include "memory.h"
#include "mix.h"
#include "printable.h"
#include "report.h"
#include "settlement.h"
#include "status.h"
#include "summary.h"

enum { POSITIONS = 1000000, OF_SUBACCOUNT = 3, TICKS = 100000, POOLS = LIMIT_ASSETS, PASS_BATCHES = 1000000 };
#define START_NS (UINT64_C(1764150000) * 1000000000)

/* One order of rows in memory. */
struct bench_layout {
    const char *name;
    bool shuffled;
    uint64_t positions, subaccounts, batches;
    struct distribution total_us, hold_ns;  /* a pass; a batch of one */
    struct distribution cpu_total_us, cpu_hold_ns; /* in processor time: on a shared machine the rest is others' */
    uint64_t accrual_ns, funding_ns;        /* medians: all pools; the tick at an interval's end */
    uint64_t winners, losers;
    int64_t won;
};

struct bench_settlement {
    const struct bench_settlement_settings *settings;
    struct bench_layout *layout;
    struct device *device;
    struct exchange *exchange;
    struct state *state;
    uint32_t *order;         /* subaccounts in the order in which rows are made */
    uint32_t count;          /* of them */
    uint64_t seed, time_ns;
    char error[512];
};

static uint64_t settlement_draw(struct bench_settlement *bench, uint64_t below)
{
    return mix_next(&bench->seed) % below;
}

static bool settlement_fail(struct bench_settlement *bench, const char *message)
{
    snprintf(bench->error, sizeof bench->error, "%s", message);
    return false;
}

/* --- the world: tables filled directly, then looked through by the core as after a snapshot --- */

static void settlement_shuffle(struct bench_settlement *bench)
{
    for (uint32_t i = bench->count; i > 1; i--) {
        const uint32_t other = (uint32_t)settlement_draw(bench, i), kept = bench->order[i - 1];

        bench->order[i - 1] = bench->order[other];
        bench->order[other] = kept;
    }
}

static void settlement_add_things(struct bench_settlement *bench)
{
    struct state *state = bench->state;

    for (uint32_t i = 0; i < POOLS; i++) {
        const uint32_t row = table_take(&state->assets);
        struct asset *asset = state_asset(state, row);

        *asset = (struct asset){ .decimals = i ? 8 : 6, .flags = ASSET_COLLATERAL | (i ? 0 : ASSET_SETTLEMENT),
                                 .weight = i ? 900000 : 1000000, .index = UINT64_C(1000000000000) * (i ? 1000 : 1),
                                 .index_raw = UINT64_C(1000000000000) * (i ? 1000 : 1) };
        snprintf((char *)asset->symbol, sizeof asset->symbol, "A%u", i);
        *state_pool(state, row) = (struct pool){ .set = 1, .rate_zero = 10000, .rate_optimal = 80000,
            .rate_full = 1000000, .optimal = 800000, .fee = 150000, .throttle = 1000000, .utilisation_max = 950000,
            .step_seconds = 60, .accrued_ns = START_NS };
        for (uint32_t system = SYSTEM_CUSTODY; system < SYSTEM_SUBACCOUNTS; system++)
            check(state_need_balance(state, system, row) != TABLE_NONE);
    }
    state->t->settlement = 1;
    for (uint32_t i = 0; i < bench->settings->markets; i++) {
        const uint32_t row = table_take(&state->markets);
        struct market *market = state_market(state, row);

        *market = (struct market){ .kind = MARKET_PERPETUAL, .window_log2 = 14, .base_asset = 2, .quote_asset = 1,
            .lot_units = 1000, .tick_lot_units = 100, .taker_fee = 500, .mean_max = 4000000, .window_step = 64,
            .slot_quota = 16, .imf = { 1, 75, 24940 }, .mmf = { 1, 150, 14960 }, .funding_hours = 1,
            .funding_max = 10000, .mark = UINT64_C(256) * TICKS, .mark_raw = UINT64_C(256) * TICKS,
            .index = UINT64_C(256) * TICKS, .mean_mark = UINT64_C(256) * TICKS,
            .fast_mean_mark = UINT64_C(256) * TICKS, .premium_set = 1, .state_wanted = CARD_STATE_OPEN };
        snprintf((char *)market->symbol, sizeof market->symbol, "M%u_PERP", i);
        market->fee_position = state_need_position(state, SYSTEM_FEES, row);
        market->fund_position = state_need_position(state, SYSTEM_FUND, row);
        market->residue_position = state_need_position(state, SYSTEM_RESIDUE, row);
    }
}

/* Accounts with a subaccount and enough USDC for what comes, in the order in which rows lie. */
static void settlement_add_people(struct bench_settlement *bench, struct ledger *ledger)
{
    struct state *state = bench->state;

    for (uint32_t i = 0; i < bench->count; i++) {
        const uint32_t account = table_take(&state->accounts), row = table_take(&state->subaccounts);

        snprintf((char *)state_account(state, account)->name, 24, "a%u", i);
        memcpy(state_subaccount(state, row)->name, "main", 4);
        state_subaccount(state, row)->account = account;
        state_account(state, account)->first = row;
        state_index_account(state, account);
        state_index_subaccount(state, row);
        bench->order[i] = row;
    }
    if (bench->layout->shuffled)
        settlement_shuffle(bench);
    for (uint32_t i = 0; i < bench->count; i++)
        ledger_move(ledger, ENTRY_DEPOSIT, 1, SYSTEM_CUSTODY, bench->order[i],
                    (int64_t)(INT64_C(1000000000) + (int64_t)settlement_draw(bench, INT64_C(100000000000))));
    if (bench->layout->shuffled)
        settlement_shuffle(bench);
}

/* A trade between two: both get a position of about 10 to 10,000 USDC, at a price around the mark. */
static void settlement_add_trade(struct bench_settlement *bench, struct ledger *ledger, uint32_t market,
                                 uint32_t buyer, uint32_t seller)
{
    const int64_t lots = 1 + (int64_t)settlement_draw(bench, 1000);
    const int64_t price = TICKS - 2000 + (int64_t)settlement_draw(bench, 4001);

    check(state_need_position(bench->state, buyer, market) != TABLE_NONE &&
          state_need_position(bench->state, seller, market) != TABLE_NONE);
    ledger_trade_position(ledger, market, buyer, seller, lots, lots * price * 100 * 256);
    bench->layout->positions += 2;
}

/* Ordered: the positions of a subaccount lie side by side. Shuffled: market by market, subaccounts at random. Pairs are
 * those of places 2i and 2i + 1 of bench->order. */
static void settlement_add_positions(struct bench_settlement *bench, struct ledger *ledger, uint64_t wanted)
{
    const uint32_t pairs = bench->count / 2, markets = (uint32_t)bench->settings->markets;

    for (uint64_t i = 0; bench->layout->positions < wanted; i++) {
        const uint32_t pair = (uint32_t)(bench->layout->shuffled ? i % pairs : i / OF_SUBACCOUNT);
        const uint32_t turn = (uint32_t)(bench->layout->shuffled ? i / pairs : i % OF_SUBACCOUNT);

        settlement_add_trade(bench, ledger, 1 + (pair + turn * 7) % markets, bench->order[2 * pair],
                             bench->order[2 * pair + 1]);
    }
}

/* A tenth of everybody lends the asset, a part of it is borrowed. */
static void settlement_fill_pools(struct bench_settlement *bench, struct ledger *ledger)
{
    bench->state->t->time_ns = START_NS;
    for (uint32_t asset = 1; asset <= POOLS; asset++) {
        const uint32_t lender = bench->order[asset % bench->count], borrower = bench->order[(asset + 1) % bench->count];

        ledger_move(ledger, ENTRY_DEPOSIT, asset, SYSTEM_CUSTODY, lender, INT64_C(1000000000000));
        lending_lend(ledger, lender, asset, INT64_C(1000000000000));
        lending_borrow(ledger, borrower, asset, INT64_C(500000000000), LENDING_BY_EXCHANGE);
    }
}

static bool settlement_open(struct bench_settlement *bench)
{
    const uint64_t wanted = bench->settings->positions ? bench->settings->positions : POSITIONS;
    const struct device_options device = { .backend = "model", .markets = LIMIT_ASSETS, .orders = 4096,
                                           .tick_bits = 14 };
    struct exchange_options options = { .sizes = { .users = 1, .orders = 16, .slots = 4096, .transfers = 16,
                                                   .jobs = 16 } };
    struct ledger ledger;

    bench->count = (uint32_t)((wanted + OF_SUBACCOUNT - 1) / OF_SUBACCOUNT + 1) & ~1u;
    options.sizes.subaccounts = options.sizes.accounts = bench->count + 1;
    /* With the part of the rows that clients leave (limit_own()). */
    options.sizes.balances = (bench->count + 4 * POOLS) / 32 * 33 + 64;
    options.sizes.positions = ((uint32_t)wanted + bench->count) / 32 * 33 + 64;
    if (device_open(&bench->device, &device, bench->error, sizeof bench->error) != DEVICE_OK)
        return false;
    options.device = bench->device;
    bench->exchange = exchange_create(&options);
    bench->state = exchange_state(bench->exchange);
    bench->order = memory_reserve(bench->count, sizeof *bench->order);
    ledger = (struct ledger){ .state = bench->state };
    settlement_add_things(bench);
    settlement_add_people(bench, &ledger);
    settlement_add_positions(bench, &ledger, wanted);
    settlement_fill_pools(bench, &ledger);
    bench->layout->subaccounts = bench->count;
    bench->time_ns = START_NS + NS_A_SECOND / 2;
    if (exchange_loaded(bench->exchange) != EXCHANGE_OK || exchange_attach(bench->exchange) != EXCHANGE_OK)
        return settlement_fail(bench, exchange_message(bench->exchange));
    return true;
}

/* --- what is measured --- */

struct bench_time {
    uint64_t wall_ns, cpu_ns;
};

static struct bench_time settlement_now(void)
{
    return (struct bench_time){ clock_now_ns(), clock_read_ns(CLOCK_THREAD_CPUTIME_ID) };
}

static struct bench_time settlement_since(struct bench_time begin)
{
    const struct bench_time now = settlement_now();

    return (struct bench_time){ now.wall_ns - begin.wall_ns, now.cpu_ns - begin.cpu_ns };
}

static bool settlement_batch(struct bench_settlement *bench, const void *record, size_t size, struct bench_time *time,
                             bool *more)
{
    const struct exchange_batch batch = { .number = bench->state->t->batch + 1, .time_ns = bench->time_ns,
                                          .inputs = record, .size = size, .count = record != NULL };
    struct exchange_result result;
    const struct bench_time begin = settlement_now();

    if (exchange_run(bench->exchange, &batch, &result) != EXCHANGE_OK)
        return settlement_fail(bench, exchange_message(bench->exchange));
    *time = settlement_since(begin);
    *more = result.more;
    return true;
}

static bool settlement_set_rules(struct bench_settlement *bench)
{
    const struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES, .size = sizeof rules },
                                             .settle_seconds = 10 };
    struct bench_time time;
    bool more = true;

    while (more) /* the first tick brings a pass along: it warms up */
        if (!settlement_batch(bench, &rules, sizeof rules, &time, &more))
            return false;
    return true;
}

/* Marks move by up to 1 %, so that everybody wins or loses. */
static void settlement_move_marks(struct bench_settlement *bench)
{
    for (uint32_t row = 1; row < bench->state->markets.used; row++)
        state_market(bench->state, row)->mark =
            UINT64_C(256) * (TICKS - 1000 + settlement_draw(bench, 2001));
}

/* From the tick that begins a pass to the batch in which it ends. */
static bool settlement_pass(struct bench_settlement *bench)
{
    const uint32_t pass = bench->state->t->pass;
    struct bench_layout *layout = bench->layout;
    struct bench_time total = { 0 }, time;
    bool more;

    settlement_move_marks(bench);
    bench->time_ns = (bench->time_ns / (10 * NS_A_SECOND) + 1) * 10 * NS_A_SECOND;
    for (unsigned i = 0; i < PASS_BATCHES; i++) {
        if (!settlement_batch(bench, NULL, 0, &time, &more))
            return false;
        total.wall_ns += time.wall_ns;
        total.cpu_ns += time.cpu_ns;
        distribution_add(&layout->hold_ns, time.wall_ns);
        distribution_add(&layout->cpu_hold_ns, time.cpu_ns);
        layout->batches++;
        if (bench->state->t->pass == pass + 1 && bench->state->t->pass_stage == SETTLEMENT_IDLE && !more) {
            distribution_add(&layout->total_us, total.wall_ns / 1000);
            distribution_add(&layout->cpu_total_us, total.cpu_ns / 1000);
            return true;
        }
    }
    return settlement_fail(bench, "a pass does not come to its end");
}

static int settlement_compare(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

static uint64_t settlement_median(uint64_t *values, size_t count)
{
    qsort(values, count, sizeof *values, settlement_compare);
    return values[count / 2];
}

/* Interest of all pools, an hour further each time: one multiply a pool, whoever has shares. */
static void settlement_accrue(struct bench_settlement *bench)
{
    struct ledger ledger = { .state = bench->state };
    const uint64_t time_ns = bench->state->t->time_ns;
    uint64_t ns[15];

    for (unsigned i = 0; i < sizeof ns / sizeof *ns; i++) {
        const uint64_t begin = clock_now_ns();

        bench->state->t->time_ns += 3600 * NS_A_SECOND;
        for (uint32_t asset = 1; asset < bench->state->assets.used; asset++)
            lending_accrue(&ledger, asset);
        ns[i] = clock_now_ns() - begin;
    }
    bench->state->t->time_ns = time_ns;
    bench->layout->accrual_ns = settlement_median(ns, sizeof ns / sizeof *ns);
}

/* What the tick does at the end of every market's funding interval, behind some seconds of samples. */
static bool settlement_fund(struct bench_settlement *bench)
{
    struct bench_time time;
    uint64_t ns[15];
    bool more;

    for (unsigned i = 0; i < sizeof ns / sizeof *ns; i++) {
        const uint64_t end_ns = (bench->time_ns / (3600 * NS_A_SECOND) + 1) * 3600 * NS_A_SECOND;
        struct bench_time begin;

        for (unsigned second = 5; second > 0; second--) {
            bench->time_ns = end_ns - second * NS_A_SECOND;
            if (!settlement_batch(bench, NULL, 0, &time, &more))
                return false;
        }
        begin = settlement_now();
        bench->state->t->time_ns = end_ns;
        funding_tick(bench->exchange);
        ns[i] = settlement_since(begin).wall_ns;
        bench->time_ns = end_ns + NS_A_SECOND;
        do {
            if (!settlement_batch(bench, NULL, 0, &time, &more))
                return false;
        } while (more);
    }
    bench->layout->funding_ns = settlement_median(ns, sizeof ns / sizeof *ns);
    return true;
}

static void settlement_forget(struct bench_layout *layout)
{
    struct distribution *const all[] = { &layout->total_us, &layout->hold_ns, &layout->cpu_total_us,
                                         &layout->cpu_hold_ns };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        memset(all[i], 0, sizeof *all[i]);
    layout->batches = 0;
}

static bool settlement_measure(struct bench_settlement *bench)
{
    if (!settlement_set_rules(bench) || !settlement_pass(bench))
        return false;
    settlement_forget(bench->layout); /* that one warmed up */
    for (uint64_t run = 0; run < bench->settings->runs; run++)
        if (!settlement_pass(bench))
            return false;
    settlement_accrue(bench);
    if (!settlement_fund(bench))
        return false;
    if (exchange_recount(bench->exchange) != EXCHANGE_OK)
        return settlement_fail(bench, exchange_message(bench->exchange));
    return true;
}

/* --- reports --- */

static double settlement_total_ms(const struct bench_layout *layout)
{
    return (double)distribution_percentile(&layout->total_us, 500) / 1e3;
}

static json_t *settlement_describe(const struct bench_layout *layout)
{
    json_t *object = json_object();

    report_set(object, "rows", json_string(layout->name));
    report_set_count(object, "positions", layout->positions);
    report_set_count(object, "subaccounts", layout->subaccounts);
    report_set(object, "total_ms", json_real(settlement_total_ms(layout)));
    report_set(object, "total_us", report_distribution(&layout->total_us));
    report_set(object, "longest_hold_us", json_real((double)layout->hold_ns.max / 1e3));
    report_set(object, "hold_ns", report_distribution(&layout->hold_ns));
    report_set(object, "cpu_total_us", report_distribution(&layout->cpu_total_us));
    report_set(object, "cpu_hold_ns", report_distribution(&layout->cpu_hold_ns));
    report_set_count(object, "batches", layout->batches);
    report_set(object, "accrual_us", json_real((double)layout->accrual_ns / 1e3));
    report_set(object, "funding_us", json_real((double)layout->funding_ns / 1e3));
    return object;
}

/* The shuffled rows are the honest ones: their figures are the report's. */
static void settlement_report(const struct bench_settlement_settings *settings, struct bench_layout layouts[2])
{
    json_t *object = settlement_describe(&layouts[1]);

    report_set(object, "workload", json_string("settlement: 3 positions a subaccount, everybody wins or loses"));
    report_set_count(object, "seed", settings->seed);
    report_set_count(object, "markets", settings->markets);
    report_set_count(object, "runs", settings->runs);
    report_set(object, "ordered", settlement_describe(&layouts[0]));
    report_print(object);
}

static void settlement_print(const struct bench_settlement_settings *settings, const struct bench_layout *layout)
{
    char positions[28], subaccounts[28];

    printf("settlement, rows %s: %s positions of %s subaccounts in %" PRIu64 " markets, seed %" PRIu64 "\n",
           layout->name, summary_count(layout->positions, positions), summary_count(layout->subaccounts, subaccounts),
           settings->markets, settings->seed);
    printf("a pass: %.1f ms (median of %" PRIu64 "), in %.1f batches; longest hold %.0f us\n",
           settlement_total_ms(layout), settings->runs, (double)layout->batches / (double)settings->runs,
           (double)layout->hold_ns.max / 1e3);
    printf("processor time: %.1f ms, longest hold %.0f us\n",
           (double)distribution_percentile(&layout->cpu_total_us, 500) / 1e3, (double)layout->cpu_hold_ns.max / 1e3);
    summary_distribution("ns that orders wait", &layout->hold_ns);
    printf("interest of %d pools: %.1f us; funding at an interval's end: %.1f us\n\n", POOLS,
           (double)layout->accrual_ns / 1e3, (double)layout->funding_ns / 1e3);
}

static bool settlement_run_layout(const struct bench_settlement_settings *settings, struct bench_layout *layout)
{
    struct bench_settlement *bench = memory_reserve(1, sizeof *bench);
    bool good;

    bench->settings = settings;
    bench->layout = layout;
    bench->seed = settings->seed;
    good = settlement_open(bench) && settlement_measure(bench);
    if (!good)
        printable_error("vitrine bench settlement", bench->error);
    exchange_destroy(bench->exchange);
    device_close(bench->device);
    free(bench->order);
    free(bench);
    return good;
}

int bench_settlement_run(const struct bench_settlement_settings *settings)
{
    struct bench_layout *layouts = memory_reserve(2, sizeof *layouts);
    bool good;

    layouts[0].name = "ordered";
    layouts[1].name = "shuffled";
    layouts[1].shuffled = true;
    good = settlement_run_layout(settings, &layouts[0]) && settlement_run_layout(settings, &layouts[1]);
    if (good && settings->json)
        settlement_report(settings, layouts);
    for (unsigned i = 0; i < 2 && good && !settings->json; i++)
        settlement_print(settings, &layouts[i]);
    free(layouts);
    return good ? EXIT_STATUS_OK : EXIT_STATUS_FAULT;
}
