#include "bench_margin_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "margin_walk.h"
#include "memory.h"
#include "mix.h"
#include "report.h"
#include "status.h"
#include "summary.h"

/* What there is: one account a subaccount, 1 to 5 positions (half of them with open orders) and 1 to 5 balances
 * each. */
enum { ASSETS = 6, MARKETS = 16, POSITIONS_MAX = 5, BALANCES_MAX = 5, TICKS = 100000, PASSES = 5 };

uint64_t margin_draw(struct bench_margin *bench, uint64_t below)
{
    return mix_next(&bench->seed) % below;
}

static void margin_add_things(struct bench_margin *bench)
{
    struct state *state = &bench->state;

    for (uint32_t i = 0; i < ASSETS; i++)
        *state_asset(state, table_take(&state->assets)) = (struct asset){
            .decimals = i ? 8 : 6, .flags = ASSET_COLLATERAL | (i ? 0 : ASSET_SETTLEMENT), .weight = 900000,
            .haircut = i > 1 ? HAIRCUT_INVERSE_SQRT : HAIRCUT_IDENTITY, .base = 1000000, .penalty = 1000000,
            .index = UINT64_C(1000000000000) * (i ? 1000 : 1), .borrow_imf = {1, 10, 0}, .borrow_mmf = {1, 20, 0}};
    state->t->settlement = 1;
    for (uint32_t i = 0; i < MARKETS; i++)
        *state_market(state, table_take(&state->markets)) = (struct market){
            .kind = MARKET_PERPETUAL, .base_asset = 2, .quote_asset = 1, .tick_lot_units = 100, .taker_fee = 500,
            .mark = UINT64_C(256) * (TICKS + i), .imf = {1, 75, 24940}, .mmf = {1, 150, 14960}};
}

static void margin_add_orders(struct bench_margin *bench, struct open_side *side)
{
    side->lots = 1 + (int64_t)margin_draw(bench, 500);
    side->notional = side->lots * TICKS * 100;
    side->orders = 1 + (uint32_t)margin_draw(bench, 4);
}

/* Lots, and units of the settlement asset that they are worth. */
static uint64_t margin_add_positions(struct bench_margin *bench, uint32_t row)
{
    struct state *state = &bench->state;
    const uint32_t positions = 1 + (uint32_t)margin_draw(bench, POSITIONS_MAX);
    const uint32_t market = (uint32_t)margin_draw(bench, MARKETS);
    uint64_t notional = 0;

    for (uint32_t i = 0; i < positions; i++) {
        const uint32_t number = state_need_position(state, row, 1 + (market + i) % MARKETS);
        struct position *position = state_position(state, number);

        position->quantity = (int64_t)margin_draw(bench, 2000) - 1000;
        position->open_cost = position->quantity * (TICKS - 2000 + (int64_t)margin_draw(bench, 4000)) * 100 * 256;
        position->entry_cost = position->open_cost;
        notional += (uint64_t)(position->quantity < 0 ? -position->quantity : position->quantity) * TICKS * 100;
        if (margin_draw(bench, 2)) {
            margin_add_orders(bench, &state_position_detail(state, number)->side[CARD_SIDE_BUY]);
            margin_add_orders(bench, &state_position_detail(state, number)->side[CARD_SIDE_SELL]);
            state_note_sides(state, number);
        }
    }
    return notional;
}

/* Positions of 10 to 10,000 USDC each, and money for a leverage of 1/2 to 64, as often below 6 as above; half of it
 * in the settlement asset. */
static void margin_add_subaccount(struct bench_margin *bench)
{
    struct state *state = &bench->state;
    const uint32_t row = table_take(&state->subaccounts), balances = 1 + (uint32_t)margin_draw(bench, BALANCES_MAX);
    uint64_t notional, money;

    state_subaccount(state, row)->account = table_take(&state->accounts);
    notional = margin_add_positions(bench, row);
    money = notional * 2 >> margin_draw(bench, 7);
    money = money * (64 + margin_draw(bench, 64)) / 128 + notional / 40;
    for (uint32_t i = 0; i < balances; i++) {
        struct balance *balance = state_balance(state, state_need_balance(state, row, i + 1));

        balance->amount = (int64_t)(i == 0 ? (balances == 1 ? money : money / 2) : money / 18 / balances);
    }
}

static void margin_prepare(struct bench_margin *bench, uint32_t subaccounts)
{
    const struct state_sizes sizes = {
        .subaccounts = subaccounts, .accounts = subaccounts, .users = 1, .balances = subaccounts * BALANCES_MAX,
        .positions = subaccounts * POSITIONS_MAX, .orders = 1, .slots = 1, .transfers = 1, .jobs = 1,
    };

    state_create(&bench->state, &sizes);
    margin_add_things(bench);
    for (uint32_t i = 0; i < subaccounts; i++)
        margin_add_subaccount(bench);
}

/* Processor time: on a shared machine the rest is others'. */
static uint64_t margin_now_ns(void)
{
    return clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* How many have no available margin, or are at maintenance or below. */
static uint64_t margin_walk_all(struct bench_margin *bench, bool whole)
{
    const uint32_t used = bench->state.subaccounts.used;
    struct margin_walk walk;
    uint64_t below = 0;

    margin_walk_begin(&walk, &bench->state, whole);
    for (uint32_t row = SYSTEM_SUBACCOUNTS; row < used; row++) {
        struct margin_view view;

        margin_walk_compute(&walk, row, &view);
        below += whole ? view.available < 0 : view.equity <= view.maintenance;
    }
    return below;
}

static uint64_t margin_pass(struct bench_margin *bench)
{
    const uint64_t start = margin_now_ns();

    bench->below = margin_walk_all(bench, true);
    return margin_now_ns() - start;
}

/* What detection asks: equity and maintenance alone. */
static uint64_t margin_pass_maintenance(struct bench_margin *bench)
{
    const uint64_t start = margin_now_ns();

    margin_walk_all(bench, false);
    return margin_now_ns() - start;
}

static uint64_t margin_median(struct bench_margin *bench, uint64_t (*pass)(struct bench_margin *bench))
{
    uint64_t times[PASSES];

    for (int i = 0; i < PASSES; i++) {
        uint64_t time = pass(bench);

        for (int j = 0; j < i; j++) {
            const uint64_t other = times[j];

            times[j] = other < time ? other : time;
            time = other < time ? time : other;
        }
        times[i] = time;
    }
    return times[PASSES / 2];
}

/* An order of a random subaccount, in a market where it has a position: nothing of it is in the caches. */
static uint64_t margin_check_one(struct bench_margin *bench)
{
    const struct state *state = &bench->state;
    const uint32_t clients = state->subaccounts.used - SYSTEM_SUBACCOUNTS;
    const uint32_t subaccount = SYSTEM_SUBACCOUNTS + (uint32_t)margin_draw(bench, clients);
    struct margin_change change = {.side = (uint8_t)margin_draw(bench, 2), .lots = 1 + (int64_t)margin_draw(bench, 100),
                                   .market = 1 + (uint32_t)margin_draw(bench, MARKETS), .orders = 1};
    const uint64_t start = clock_now_ns();

    change.position = state_find_position(state, subaccount, change.market);
    if (change.position == TABLE_NONE) {
        change.position = state_subaccount(state, subaccount)->positions;
        change.market = state_position(state, change.position)->market;
    }
    change.notional = change.lots * TICKS * 100;
    change.adverse = change.lots * margin_adverse_lot(state_market(state, change.market), change.side, TICKS);
    bench->refused += margin_check(state, subaccount, &change) != REASON_NONE;
    return clock_now_ns() - start;
}

static void margin_measure(struct bench_margin *bench, uint64_t checks)
{
    bench->full_ns = margin_median(bench, margin_pass);
    bench->maintenance_ns = margin_median(bench, margin_pass_maintenance);
    for (uint64_t i = 0; i < checks; i++)
        distribution_add(&bench->check_ns, margin_check_one(bench));
    bench_margin_watch(bench);
}

/* A distribution of ns, in us. */
static json_t *margin_us(const struct distribution *ns)
{
    json_t *object = json_object();

    report_set(object, "mean", json_real((double)distribution_mean_milli(ns) / 1e6));
    report_set(object, "p50", json_real((double)distribution_percentile(ns, 500) / 1e3));
    report_set(object, "p99", json_real((double)distribution_percentile(ns, 990) / 1e3));
    report_set(object, "p999", json_real((double)distribution_percentile(ns, 999) / 1e3));
    report_set(object, "max", json_real((double)ns->max / 1e3));
    return object;
}

/* Of the fall. */
static double margin_visit_ns(const struct bench_margin *bench)
{
    return (double)bench->crash_ns.sum / (double)(bench->crash_visits.sum ? bench->crash_visits.sum : 1);
}

static void margin_report(const struct bench_margin_settings *settings, const struct bench_margin *bench)
{
    json_t *object = json_object();

    report_set(object, "workload",
               json_string("margin: 1 to 5 positions and 1 to 5 balances a subaccount; calm seconds of 3 % a day, "
                           "a fall of 1 % a second"));
    report_set_count(object, "seed", settings->seed);
    report_set_count(object, "subaccounts", bench->state.subaccounts.used - SYSTEM_SUBACCOUNTS);
    report_set_count(object, "positions", bench->state.positions.live);
    report_set_count(object, "balances", bench->state.balances.live);
    report_set(object, "full_ms", json_real((double)bench->full_ns / 1e6));
    report_set(object, "maintenance_ms", json_real((double)bench->maintenance_ns / 1e6));
    report_set_count(object, "checks", bench->check_ns.count);
    report_set_count(object, "refused", bench->refused);
    report_set(object, "check_us", margin_us(&bench->check_ns));
    report_set(object, "incremental_us", margin_us(&bench->tick_ns));
    report_set(object, "incremental_visits", report_distribution(&bench->tick_visits));
    report_set(object, "crash_us", margin_us(&bench->crash_ns));
    report_set(object, "crash_visits", report_distribution(&bench->crash_visits));
    report_set(object, "crash_slice_us", margin_us(&bench->slice_ns));
    report_set(object, "crash_visit_ns", json_real(margin_visit_ns(bench)));
    report_set(object, "rebuild_ms", json_real((double)bench->rebuild_ns / 1e6));
    report_set_count(object, "index_bytes", bench->watch_bytes);
    report_print(object);
}

static void margin_print(const struct bench_margin_settings *settings, const struct bench_margin *bench)
{
    const uint64_t subaccounts = bench->state.subaccounts.used - SYSTEM_SUBACCOUNTS;
    char subaccount_text[28], position_text[28], below_text[28], liquidation_text[28], call_text[28];

    printf("margin: %s subaccounts with %s positions, seed %" PRIu64 "\n", summary_count(subaccounts, subaccount_text),
           summary_count(bench->state.positions.live, position_text), settings->seed);
    printf("all of them: %.1f ms of processor time, %.0f ns each; %s without available margin\n",
           (double)bench->full_ns / 1e6,
           (double)bench->full_ns / (double)subaccounts, summary_count(bench->below, below_text));
    printf("equity and maintenance: %.1f ms; the index of detection built in %.1f ms, %.1f MB\n",
           (double)bench->maintenance_ns / 1e6, (double)bench->rebuild_ns / 1e6, (double)bench->watch_bytes / 1e6);
    summary_distribution("ns an order's check", &bench->check_ns);
    summary_distribution("ns a calm tick", &bench->tick_ns);
    summary_distribution("  looked at", &bench->tick_visits);
    summary_distribution("ns a falling tick", &bench->crash_ns);
    summary_distribution("  looked at", &bench->crash_visits);
    summary_distribution("  ns a slice of it", &bench->slice_ns);
    printf("%.0f ns each that is looked at; at the end %s to be liquidated, %s called\n",
           margin_visit_ns(bench), summary_count(bench->liquidations, liquidation_text),
           summary_count(bench->calls, call_text));
}

int bench_margin_run(const struct bench_margin_settings *settings)
{
    struct bench_margin *bench = memory_reserve(1, sizeof *bench);

    bench->seed = settings->seed;
    margin_prepare(bench, (uint32_t)(settings->subaccounts ? settings->subaccounts : LIMIT_SUBACCOUNTS));
    margin_measure(bench, settings->checks ? settings->checks : 1000000);
    if (settings->json)
        margin_report(settings, bench);
    else
        margin_print(settings, bench);
    state_destroy(&bench->state);
    free(bench);
    return EXIT_STATUS_OK;
}
