#include "bench_margin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "margin.h"
#include "memory.h"
#include "mix.h"
#include "report.h"
#include "status.h"
#include "summary.h"

/* What there is: one account a subaccount, 1 to 5 positions (half of them with open orders) and 1 to 3 balances
 * each. */
enum { ASSETS = 4, MARKETS = 16, POSITIONS_MAX = 5, BALANCES_MAX = 3, TICKS = 100000 };

struct bench_margin {
    struct state state;
    uint64_t seed;
    uint64_t full_ns;                /* one pass over all of them; the median of three */
    uint64_t below;                  /* subaccounts without available margin, so that the passes do something */
    uint64_t refused;
    struct distribution check_ns;    /* with one reading of the clock */
};

static uint64_t draw(struct bench_margin *bench, uint64_t below)
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
    for (uint32_t i = 0; i < MARKETS; i++)
        *state_market(state, table_take(&state->markets)) = (struct market){
            .kind = MARKET_PERPETUAL, .base_asset = 2, .quote_asset = 1, .tick_lot_units = 100, .taker_fee = 500,
            .mark = UINT64_C(256) * (TICKS + i), .imf = {1, 75, 24940}, .mmf = {1, 150, 14960}};
}

static void margin_add_orders(struct bench_margin *bench, struct open_side *side)
{
    side->lots = 1 + (int64_t)draw(bench, 500);
    side->notional = side->lots * TICKS * 100;
    side->orders = 1 + (uint32_t)draw(bench, 4);
}

/* Notionals of 10 to 10,000 USDC a position, a few times as much money as they ask for. */
static void margin_add_subaccount(struct bench_margin *bench)
{
    struct state *state = &bench->state;
    uint32_t row = table_take(&state->subaccounts), balances = 1 + (uint32_t)draw(bench, BALANCES_MAX);
    uint32_t positions = 1 + (uint32_t)draw(bench, POSITIONS_MAX), market = (uint32_t)draw(bench, MARKETS);

    state_subaccount(state, row)->account = table_take(&state->accounts);
    for (uint32_t i = 0; i < balances; i++)
        state_balance(state, state_need_balance(state, row, i + 1))->amount =
            (int64_t)(10000000 + draw(bench, 4000000000));
    for (uint32_t i = 0; i < positions; i++) {
        uint32_t number = state_need_position(state, row, 1 + (market + i) % MARKETS);
        struct position *position = state_position(state, number);

        position->quantity = (int64_t)draw(bench, 2000) - 1000;
        position->open_cost = position->quantity * (TICKS - 2000 + (int64_t)draw(bench, 4000)) * 100 * 256;
        position->entry_cost = position->open_cost;
        if (draw(bench, 2)) {
            margin_add_orders(bench, &position->side[CARD_SIDE_BUY]);
            margin_add_orders(bench, &position->side[CARD_SIDE_SELL]);
        }
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

static uint64_t margin_pass(struct bench_margin *bench)
{
    const uint64_t start = clock_now_ns();

    bench->below = 0;
    for (uint32_t row = SYSTEM_SUBACCOUNTS; row < bench->state.subaccounts.used; row++) {
        struct margin_view view;

        margin_compute(&bench->state, row, NULL, &view);
        bench->below += view.available < 0;
    }
    return clock_now_ns() - start;
}

/* An order of a random subaccount, in a market where it has a position: nothing of it is in the caches. */
static uint64_t margin_check_one(struct bench_margin *bench)
{
    const struct state *state = &bench->state;
    const uint32_t clients = state->subaccounts.used - SYSTEM_SUBACCOUNTS;
    const uint32_t subaccount = SYSTEM_SUBACCOUNTS + (uint32_t)draw(bench, clients);
    struct margin_change change = {.side = (uint8_t)draw(bench, 2), .lots = 1 + (int64_t)draw(bench, 100),
                                   .market = 1 + (uint32_t)draw(bench, MARKETS), .orders = 1};
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
    uint64_t total = 0, least = UINT64_MAX, most = 0;

    for (int pass = 0; pass < 3; pass++) {
        const uint64_t time = margin_pass(bench);

        total += time;
        least = time < least ? time : least;
        most = time > most ? time : most;
    }
    bench->full_ns = total - least - most;
    for (uint64_t i = 0; i < checks; i++)
        distribution_add(&bench->check_ns, margin_check_one(bench));
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

static void margin_report(const struct bench_margin_settings *settings, const struct bench_margin *bench)
{
    json_t *object = json_object();

    report_set(object, "workload", json_string("margin: 1 to 5 positions and 1 to 3 balances a subaccount"));
    report_set_count(object, "seed", settings->seed);
    report_set_count(object, "subaccounts", bench->state.subaccounts.used - SYSTEM_SUBACCOUNTS);
    report_set_count(object, "positions", bench->state.positions.live);
    report_set(object, "full_ms", json_real((double)bench->full_ns / 1e6));
    report_set_count(object, "checks", bench->check_ns.count);
    report_set_count(object, "refused", bench->refused);
    report_set(object, "incremental_us", margin_us(&bench->check_ns));
    report_print(object);
}

static void margin_print(const struct bench_margin_settings *settings, const struct bench_margin *bench)
{
    const uint64_t subaccounts = bench->state.subaccounts.used - SYSTEM_SUBACCOUNTS;
    char subaccount_text[28], position_text[28], below_text[28];

    printf("margin: %s subaccounts with %s positions, seed %" PRIu64 "\n", summary_count(subaccounts, subaccount_text),
           summary_count(bench->state.positions.live, position_text), settings->seed);
    printf("all of them: %.1f ms, %.0f ns each; %s without available margin\n", (double)bench->full_ns / 1e6,
           (double)bench->full_ns / (double)subaccounts, summary_count(bench->below, below_text));
    summary_distribution("ns an order's check", &bench->check_ns);
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
