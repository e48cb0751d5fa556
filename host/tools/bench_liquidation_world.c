/* The world of `vitrine bench liquidation`: tables filled directly, as after a snapshot; prices, quotes and rules come
 * as inputs. */
#include "bench_liquidation_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "config.h"
#include "durations.h"
#include "lending.h"
#include "memory.h"
#include "mix.h"
#include "settlement.h"

enum {
    ACCOUNTS = 100000, MARKETS = 20, LEGS = 3,
    BELOW_PART = 8,          /* is meant to fall below maintenance; not all do */
    USDC = 1, COIN = 2,      /* rows of assets; of COIN there is a spot market and a pool as well */
    TICKS = 100000, TICK_LOT = 100, LOT_UNITS = 1000000, /* a lot is 0.01 coin: 10 USDC */
    LEVELS = 16, STEP_TICKS = 250, /* a maker's ladder: 16 levels, the last one 4 % off */
    SLOTS = 16384, SLOT_QUOTA = 4 * 2 * LEVELS, TICK_BITS = 14, WINDOW_STEP = 4096, WINDOW_BASE = 91776,
    SETTLE_SECONDS = 10, PERCENT = 100, FALL_PERCENT = 4,
    USDC_UNITS = 1000000,
    CHANGE = 5000,           /* millionths; ten times that where all venues agree, and there is but one */
};
#define START_NS (UINT64_C(1764150000) * NS_A_SECOND)
#define INDEX UINT64_C(1000000000000) /* of one USDC */
#define COIN_USDC 1000u
#define RICH INT64_C(100000000000000000)

uint64_t bench_liquidation_draw(struct bench_liquidation *bench, uint64_t below)
{
    return mix_next(&bench->seed) % below;
}

bool bench_liquidation_fail(struct bench_liquidation *bench, const char *message)
{
    snprintf(bench->error, sizeof bench->error, "%s", message);
    return false;
}

/* --- things --- */

static void world_add_assets(struct bench_liquidation *bench)
{
    struct state *state = bench->state;

    for (uint32_t i = 0; i <= bench->markets; i++) {
        const uint32_t row = table_take(&state->assets);
        struct asset *asset = state_asset(state, row);

        *asset = (struct asset){ .decimals = i ? 8 : 6, .flags = ASSET_COLLATERAL | (i ? 0 : ASSET_SETTLEMENT),
                                 .weight = i ? 900000 : 1000000, .index = INDEX * (i ? COIN_USDC : 1),
                                 .index_raw = INDEX * (i ? COIN_USDC : 1), .borrow_imf = { 1, 10, 0 },
                                 .borrow_mmf = { 1, 20, 0 } };
        snprintf((char *)asset->symbol, sizeof asset->symbol, "A%u", i);
        if (row <= COIN)
            *state_pool(state, row) = (struct pool){ .set = 1, .rate_full = 1000000, .optimal = 800000,
                .throttle = 1000000, .utilisation_max = 1000000, .step_seconds = 60, .accrued_ns = START_NS };
        for (uint32_t system = SYSTEM_CUSTODY; system < SYSTEM_SUBACCOUNTS; system++)
            check(state_need_balance(state, system, row) != TABLE_NONE);
    }
    state->t->settlement = USDC;
    state->t->settle_seconds = SETTLE_SECONDS;
}

/* Perpetuals first; behind them the spot market of COIN. */
static void world_add_markets(struct bench_liquidation *bench)
{
    struct state *state = bench->state;

    for (uint32_t i = 0; i <= bench->markets; i++) {
        const uint32_t row = table_take(&state->markets);
        const bool spot = i == bench->markets;
        struct market *market = state_market(state, row);

        *market = (struct market){ .kind = spot ? MARKET_SPOT : MARKET_PERPETUAL,
            .bands = CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK, .window_log2 = TICK_BITS,
            .base_asset = (uint16_t)(spot ? COIN : COIN + i), .quote_asset = USDC, .lot_units = LOT_UNITS,
            .tick_lot_units = TICK_LOT, .taker_fee = 500, .limit_min = 250000, .limit_max = 2000000,
            .impact_min = 950000, .impact_max = 1050000, .mean_min = 900000, .mean_max = 1100000,
            .tolerance = 50000, .window_base = WINDOW_BASE, .window_step = WINDOW_STEP, .slot_quota = SLOT_QUOTA,
            .quantity_min = 1,
            .imf = { 1, 75, 24940 }, .mmf = { 1, 150, 14960 }, .mark = UINT64_C(256) * TICKS,
            .mark_raw = UINT64_C(256) * TICKS, .index = UINT64_C(256) * TICKS, .mean_mark = UINT64_C(256) * TICKS,
            .fast_mean_mark = UINT64_C(256) * TICKS, .premium_set = 1, .state_wanted = CARD_STATE_OPEN };
        snprintf((char *)market->symbol, sizeof market->symbol, "M%u%s", i, spot ? "_SPOT" : "_PERP");
        market->fee_position = state_need_position(state, SYSTEM_FEES, row);
        market->fund_position = state_need_position(state, SYSTEM_FUND, row);
        market->residue_position = state_need_position(state, SYSTEM_RESIDUE, row);
    }
}

/* --- people --- */

static uint32_t world_add_person(struct bench_liquidation *bench)
{
    struct state *state = bench->state;
    const uint32_t account = table_take(&state->accounts), row = table_take(&state->subaccounts);

    snprintf((char *)state_account(state, account)->name, 24, "a%u", row);
    memcpy(state_subaccount(state, row)->name, "main", 4);
    state_subaccount(state, row)->account = account;
    state_account(state, account)->first = row;
    state_index_account(state, account);
    state_index_subaccount(state, row);
    return row;
}

static void world_pay(struct ledger *ledger, uint32_t row, uint32_t asset, int64_t units)
{
    ledger_move(ledger, ENTRY_DEPOSIT, asset, SYSTEM_CUSTODY, row, units);
}

static uint32_t world_add_rich(struct bench_liquidation *bench, struct ledger *ledger)
{
    const uint32_t row = world_add_person(bench);

    world_pay(ledger, row, USDC, RICH);
    world_pay(ledger, row, COIN, RICH);
    return row;
}

static void world_trade(struct bench_liquidation *bench, struct ledger *ledger, uint32_t market, uint32_t buyer,
                        uint32_t seller)
{
    const int64_t lots = 1 + (int64_t)bench_liquidation_draw(bench, 1000); /* 10 to 10,000 USDC */

    check(state_need_position(bench->state, buyer, market) != TABLE_NONE &&
          state_need_position(bench->state, seller, market) != TABLE_NONE);
    ledger_trade_position(ledger, market, buyer, seller, lots, lots * TICKS * TICK_LOT * 256);
    if (buyer < bench->first + bench->below)
        bench->lots[market] += lots;
}

/* Those who will be below are long in one to three markets; everybody else trades among themselves, too. */
static void world_add_positions(struct bench_liquidation *bench, struct ledger *ledger)
{
    const uint32_t others = bench->accounts - bench->below;

    for (uint32_t i = 0; i < bench->accounts; i++) {
        const uint32_t buyer = bench->first + i, legs = 1 + (uint32_t)bench_liquidation_draw(bench, LEGS);
        const uint32_t market = (uint32_t)bench_liquidation_draw(bench, bench->markets);

        for (uint32_t leg = 0; leg < legs; leg++) {
            const uint32_t seller =
                bench->first + bench->below + (uint32_t)bench_liquidation_draw(bench, others);

            if (seller != buyer)
                world_trade(bench, ledger, 1 + (market + leg) % bench->markets, buyer, seller);
        }
    }
}

static int64_t world_holds(const struct bench_liquidation *bench, uint32_t subaccount)
{
    int64_t lots = 0;

    for (uint32_t row = state_subaccount(bench->state, subaccount)->positions; row != TABLE_NONE;
         row = state_position(bench->state, row)->next)
        lots += state_position(bench->state, row)->quantity;
    return lots;
}

/* A fifth has coins as collateral, a tenth owes some that it has sold. Of those who are to be in trouble by the fall a
 * fiftieth and a quarter of what they are long, or it would not come to that. */
static void world_add_coins(struct bench_liquidation *bench, struct ledger *ledger)
{
    for (uint32_t i = 0; i < bench->accounts; i++) {
        const uint32_t row = bench->first + i, kind = (uint32_t)bench_liquidation_draw(bench, 10);
        const int64_t units = LOT_UNITS * (1 + (int64_t)bench_liquidation_draw(bench, 10));
        const int64_t held = i < bench->below ? world_holds(bench, row) / 50 * LOT_UNITS : units;
        const int64_t owed = i < bench->below ? world_holds(bench, row) / 4 * LOT_UNITS : units;

        if (kind < 2 && held > 0)
            world_pay(ledger, row, COIN, held);
        if (kind != 2 || owed == 0)
            continue;
        check(state_need_balance(bench->state, row, COIN) != TABLE_NONE);
        lending_borrow(ledger, row, COIN, owed, LENDING_BY_EXCHANGE);
        ledger_move(ledger, ENTRY_TRANSFER, COIN, row, bench->maker[0], owed);
    }
}

static void world_set_prices(struct bench_liquidation *bench, unsigned percent)
{
    for (uint32_t row = 1; row < bench->state->markets.used; row++)
        state_market(bench->state, row)->mark = UINT64_C(256) * TICKS * percent / PERCENT;
    for (uint32_t row = COIN; row < bench->state->assets.used; row++)
        state_asset(bench->state, row)->index = INDEX * COIN_USDC * percent / PERCENT;
}

/* So much USDC that it has these hundredths of its maintenance margin at the marks of now, if it has less. */
static void world_top_up(struct bench_liquidation *bench, struct ledger *ledger, uint32_t row, int64_t percent)
{
    struct margin_view view;
    int64_t units;

    margin_compute_maintenance(bench->state, row, &view);
    units = (int64_t)((view.maintenance * percent / PERCENT - view.equity) / 256);
    if (units > 0)
        world_pay(ledger, row, USDC, units);
}

/* Behind the fall the ones have between -0.3 and 1 of their maintenance margin, the others 2 to 50 times it; before it
 * nobody is near it. */
static void world_add_money(struct bench_liquidation *bench, struct ledger *ledger)
{
    world_set_prices(bench, PERCENT - FALL_PERCENT);
    for (uint32_t i = 0; i < bench->accounts; i++)
        world_top_up(bench, ledger, bench->first + i,
                     i < bench->below ? (int64_t)bench_liquidation_draw(bench, 130) - 30
                                      : 200 + (int64_t)bench_liquidation_draw(bench, 4800));
    world_set_prices(bench, PERCENT);
    for (uint32_t i = 0; i < bench->accounts; i++)
        world_top_up(bench, ledger, bench->first + i, 2 * PERCENT);
}

static void world_add_people(struct bench_liquidation *bench)
{
    struct ledger ledger = { .state = bench->state };

    bench->state->t->time_ns = START_NS;
    for (unsigned i = 0; i < BENCH_MAKERS; i++)
        bench->maker[i] = world_add_rich(bench, &ledger);
    for (unsigned i = 0; i < BENCH_PROVIDERS; i++)
        bench->provider[i] = world_add_rich(bench, &ledger);
    bench->lender = world_add_rich(bench, &ledger);
    lending_lend(&ledger, bench->lender, USDC, RICH);
    lending_lend(&ledger, bench->lender, COIN, RICH);
    world_pay(&ledger, SYSTEM_FUND, USDC, INT64_C(1000) * USDC_UNITS);
    bench->first = bench->state->subaccounts.used;
    for (uint32_t i = 0; i < bench->accounts; i++)
        world_add_person(bench);
    world_add_positions(bench, &ledger);
    world_add_coins(bench, &ledger);
    world_add_money(bench, &ledger);
}

/* --- inputs --- */

static bool world_run(struct bench_liquidation *bench, struct bench_time *time, bool *more)
{
    const struct exchange_batch batch = { .number = bench->state->t->batch + 1, .time_ns = bench->time_ns,
                                          .inputs = bench->bytes, .size = bench->size, .count = bench->count };
    struct exchange_result result;
    const struct bench_time begin = bench_liquidation_now();
    struct bench_time end;

    if (exchange_run(bench->exchange, &batch, &result) != EXCHANGE_OK)
        return bench_liquidation_fail(bench, exchange_message(bench->exchange));
    end = bench_liquidation_now();
    *time = (struct bench_time){ end.wall_ns - begin.wall_ns, end.cpu_ns - begin.cpu_ns };
    *more = result.more;
    for (size_t i = 0; i < result.report_count; i++)
        if (result.reports[i].reason != REASON_NONE &&
            (result.reports[i].kind == REPORT_REJECTED || result.reports[i].kind == REPORT_ANSWER))
            return bench_liquidation_fail(bench, reason_name((enum reason)result.reports[i].reason));
    bench->count = 0;
    bench->size = 0;
    return true;
}

static bool world_run_all(struct bench_liquidation *bench)
{
    struct bench_time time;
    bool more = true;

    while (more)
        if (!world_run(bench, &time, &more))
            return false;
    return true;
}

static void *world_add(struct bench_liquidation *bench, const void *record, uint16_t size)
{
    struct input_header *header = (void *)(bench->bytes + bench->size);

    check(bench->size + size <= sizeof bench->bytes && bench->count < LIMIT_BATCH_INPUTS);
    memcpy(header, record, size);
    header->size = size;
    bench->size += size;
    bench->count++;
    return header;
}

static bool world_add_users(struct bench_liquidation *bench)
{
    for (uint32_t i = 0; i < BENCH_MAKERS; i++) {
        struct input_user_set user = { .header = { .kind = INPUT_USER_SET, .reference = 1 + i }, .flags = USER_TRADE,
                                       .account = state_subaccount(bench->state, bench->maker[i])->account };

        snprintf((char *)user.name, sizeof user.name, "m%u", i + 1);
        world_add(bench, &user, sizeof user);
    }
    return world_run_all(bench);
}

static bool world_add_venues(struct bench_liquidation *bench)
{
    for (uint32_t asset = COIN; asset < bench->state->assets.used; asset++) {
        const struct input_pricing_set pricing = { .header = { .kind = INPUT_PRICING_SET }, .asset = (uint16_t)asset,
                                                   .quorum = 1, .stale_ms = 3600000, .outlier = 1000000,
                                                   .clamp = 1000000, .change = CHANGE, .agree = 1000000 };
        const struct input_venue_set venue = { .header = { .kind = INPUT_VENUE_SET }, .asset = (uint16_t)asset,
                                               .weight = 1, .name = "venue" };

        world_add(bench, &pricing, sizeof pricing);
        world_add(bench, &venue, sizeof venue);
    }
    return world_run_all(bench);
}

/* A tenth of what will have to be unwound in each market. */
static bool world_add_providers(struct bench_liquidation *bench)
{
    for (uint32_t i = 0; i < BENCH_PROVIDERS; i++)
        for (uint32_t market = 1; market <= bench->markets; market++) {
            const struct input_backstop record = {
                .header = { .kind = INPUT_BACKSTOP, .subaccount = bench->provider[i] }, .market = (uint16_t)market,
                .capacity = bench->lots[market] * TICKS * TICK_LOT / 10 / BENCH_PROVIDERS };

            world_add(bench, &record, sizeof record);
        }
    return world_run_all(bench);
}

bool bench_liquidation_set_rules(struct bench_liquidation *bench)
{
    world_add(bench, config_liquidation_defaults(), sizeof(struct input_liquidation_rules));
    return world_run_all(bench);
}

/* A side of a book has a tenth of what those who will be below hold in the market. */
static void world_place(struct bench_liquidation *bench, uint32_t maker, uint32_t market)
{
    const int64_t lots = 1 + (bench->lots[market] ? bench->lots[market] : bench->lots[1]) /
                                 (10 * BENCH_MAKERS * LEVELS);

    for (uint32_t i = 0; i < 2 * LEVELS; i++) {
        const bool buys = i < LEVELS;
        const uint32_t off = (1 + i % LEVELS) * STEP_TICKS;
        const struct input_order_new order = {
            .header = { .kind = INPUT_ORDER_NEW, .user = 1 + maker, .subaccount = bench->maker[maker],
                        .reference = ++bench->reference[maker] },
            .market = (uint16_t)market, .side = buys ? CARD_SIDE_BUY : CARD_SIDE_SELL,
            .flags = INPUT_ORDER_POST_ONLY, .price = buys ? bench->ticks - off : bench->ticks + off,
            .quantity = lots };

        world_add(bench, &order, sizeof order);
    }
}

bool bench_liquidation_quote(struct bench_liquidation *bench, uint32_t ticks)
{
    const uint64_t price = INDEX * COIN_USDC / TICKS * ticks;

    bench->ticks = ticks;
    for (uint32_t maker = 0; maker < BENCH_MAKERS; maker++) {
        const struct input_mass_cancel cancel = {
            .header = { .kind = INPUT_MASS_CANCEL, .user = 1 + maker, .subaccount = bench->maker[maker],
                        .reference = ++bench->reference[maker] }, .scope = INPUT_MASS_ALL };

        world_add(bench, &cancel, sizeof cancel);
    }
    if (!world_run_all(bench))
        return false;
    for (uint32_t market = 1; market < bench->state->markets.used; market++) {
        for (uint32_t maker = 0; maker < BENCH_MAKERS; maker++)
            world_place(bench, maker, market);
        if (!world_run_all(bench))
            return false;
    }
    for (uint32_t asset = COIN; asset < bench->state->assets.used; asset++) {
        const struct input_quote quote = { .header = { .kind = INPUT_QUOTE }, .asset = (uint16_t)asset, .bid = price,
                                           .ask = price, .last = price };

        world_add(bench, &quote, sizeof quote);
    }
    return world_run_all(bench);
}

static void world_note_least(struct bench_least *least, struct bench_time time)
{
    struct bench_time *batch;

    memory_grow((void **)&least->batches, &least->room, least->run_count + 1, sizeof *least->batches);
    batch = &least->batches[least->run_count++];
    if (least->runs == 0 || time.wall_ns < batch->wall_ns)
        batch->wall_ns = time.wall_ns;
    if (least->runs == 0 || time.cpu_ns < batch->cpu_ns)
        batch->cpu_ns = time.cpu_ns;
}

bool bench_liquidation_tick(struct bench_liquidation *bench, struct bench_ticks *ticks)
{
    struct bench_time total = { 0 }, time;
    bool more = true;

    bench->time_ns = (bench->time_ns / NS_A_SECOND + 1) * NS_A_SECOND;
    while (more) {
        const uint32_t pass = bench->state->t->pass;
        const bool settles = settlement_under_way(bench->state);

        if (!world_run(bench, &time, &more))
            return false;
        if (settles || settlement_under_way(bench->state) || bench->state->t->pass != pass)
            continue;
        total.wall_ns += time.wall_ns;
        total.cpu_ns += time.cpu_ns;
        distribution_add(&ticks->hold_ns, time.wall_ns);
        distribution_add(&ticks->cpu_hold_ns, time.cpu_ns);
        ticks->batches++;
        if (bench->falling)
            world_note_least(&bench->figures->least, time);
    }
    distribution_add(&ticks->total_us, total.wall_ns / 1000);
    distribution_add(&ticks->cpu_total_us, total.cpu_ns / 1000);
    ticks->wall_ns += total.wall_ns;
    ticks->cpu_ns += total.cpu_ns;
    return true;
}

/* --- the whole --- */

static void world_watch(void *context, unsigned stage, bool ends)
{
    struct bench_liquidation *bench = context;

    if (!bench->falling)
        return;
    if (ends) {
        distribution_add(&bench->figures->step_ns[stage], clock_now_ns() - bench->step_begun[stage].wall_ns);
        distribution_add(&bench->figures->cpu_step_ns[stage],
                         clock_read_ns(CLOCK_THREAD_CPUTIME_ID) - bench->step_begun[stage].cpu_ns);
    } else {
        bench->step_begun[stage].cpu_ns = clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
        bench->step_begun[stage].wall_ns = clock_now_ns();
    }
}

bool bench_liquidation_open(struct bench_liquidation *bench)
{
    struct device_options card = { .backend = bench->settings->engine ? bench->settings->engine : "model",
                                   .orders = SLOTS, .tick_bits = TICK_BITS };
    struct exchange_options options = { .sizes = { .users = 16, .transfers = 16, .jobs = 65536, .slots = SLOTS,
                                                   .orders = 4 * SLOTS } };
    uint32_t people;

    bench->accounts = (uint32_t)(bench->settings->accounts ? bench->settings->accounts : ACCOUNTS);
    bench->markets = (uint32_t)(bench->settings->markets ? bench->settings->markets : MARKETS);
    bench->below = bench->accounts / BELOW_PART;
    people = bench->accounts + BENCH_MAKERS + BENCH_PROVIDERS + 16;
    options.sizes.subaccounts = options.sizes.accounts = people;
    options.sizes.balances = 3 * people + 8 * bench->markets;
    options.sizes.positions = 2 * LEGS * people + 16 * bench->markets;
    card.markets = bench->markets + 1;
    if (device_open(&bench->device, &card, bench->error, sizeof bench->error) != DEVICE_OK)
        return false;
    options.device = bench->device;
    options.watcher.liquidation = world_watch;
    options.watcher.context = bench;
    bench->exchange = exchange_create(&options);
    bench->state = exchange_state(bench->exchange);
    (void)exchange_populate(bench->exchange); /* as a node does; where the kernel won't, there are outliers */
    bench->time_ns = START_NS + NS_A_SECOND / 2;
    world_add_assets(bench);
    world_add_markets(bench);
    world_add_people(bench);
    if (exchange_loaded(bench->exchange) != EXCHANGE_OK || exchange_attach(bench->exchange) != EXCHANGE_OK)
        return bench_liquidation_fail(bench, exchange_message(bench->exchange));
    return world_add_users(bench) && world_add_venues(bench) && bench_liquidation_quote(bench, TICKS) &&
           world_add_providers(bench);
}

void bench_liquidation_close(struct bench_liquidation *bench)
{
    exchange_destroy(bench->exchange);
    device_close(bench->device);
}
