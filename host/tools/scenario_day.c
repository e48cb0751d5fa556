/* A day of a whole exchange: makers, takers, lenders, borrowers and hedgers, prices of venues, funding, settlement and
 * interest, ending in a balance sheet. Everything that anybody does follows from the seed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lending.h"
#include "memory.h"
#include "mix.h"
#include "progress.h"
#include "report.h"
#include "scenario.h"
#include "scenario_sheet.h"
#include "status.h"
#include "summary.h"

enum {
    MAKERS = 3, TAKERS = 12, LENDERS = 4, BORROWERS = 3, HEDGERS = 2,
    CLIENTS = MAKERS + TAKERS + LENDERS + BORROWERS + HEDGERS,
    COINS = 2, VENUES = 3, LEVELS = 4,
    WORTH_ROUNDINGS = 400,   /* of classes, assets, parts; and of each holder's shares */
    QUOTE_SECONDS = 2, MAKE_SECONDS = 30, TAKE_SECONDS = 2, PATH_ONE = 1 << 20,
};
#define START_NS (UINT64_C(1764115200) * 1000000000) /* 2025-11-26, midnight */
#define USDC INT64_C(1000000)

/* A coin with its two markets. Prices of the path are in whole ticks x PATH_ONE. */
static const struct {
    const char *symbol, *perpetual, *spot;
    uint8_t decimals, window_log2;
    uint32_t ticks, ticks_a_unit, window_step;
    uint64_t lot_units;
    uint32_t impact_usdc;
    int64_t lots_max;        /* of an order */
    int64_t gift_lots;       /* of the coin, to makers */
} coins[COINS] = {
    { "BTC", "BTC_USDC_PERP", "BTC_USDC", 8, 17, 600000, 10, 4096, 100000, 20000, 400, 100000 },
    { "SOL", "SOL_USDC_PERP", "SOL_USDC", 9, 14, 15000, 100, 512, 10000000, 20000, 15000, 4000000 },
};

enum day_class { CLASS_MAKERS, CLASS_TAKERS, CLASS_LENDERS, CLASS_BORROWERS, CLASS_HEDGERS, CLASSES };
static const struct {
    const char *name, *account;
    unsigned count;
    uint32_t flags;
    int64_t usdc;            /* each deposits at first */
} classes[CLASSES] = {
    { "makers", "maker", MAKERS, 0, 5000000 },
    { "takers", "taker", TAKERS, 0, 60000 },
    { "lenders", "lender", LENDERS, SUBACCOUNT_AUTO_LEND | SUBACCOUNT_AUTO_REDEEM, 800000 },
    { "borrowers", "borrower", BORROWERS, SUBACCOUNT_AUTO_BORROW | SUBACCOUNT_AUTO_REPAY, 1000 },
    { "hedgers", "hedger", HEDGERS, SUBACCOUNT_AUTO_LEND | SUBACCOUNT_AUTO_REDEEM, 1500000 },
};

struct day {
    const struct scenario_settings *settings;
    struct world *world;
    struct scenario_claims claims;
    struct sheet sheet;
    uint64_t dice;
    uint32_t usdc, coin[COINS], perpetual[COINS], spot[COINS];
    uint64_t path[COINS];    /* the venues' middle */
    struct world_client client[CLIENTS];
    unsigned first[CLASSES], class_number[CLASSES];
    uint64_t fills, passes, fundings, debts, notices[NOTICE_KINDS];
    uint32_t withdrawals;
};

static uint64_t day_draw(struct day *day, uint64_t below)
{
    return mix_next(&day->dice) % below;
}

/* --- observers --- */

static void day_entry(void *context, const struct ledger_entry *entry)
{
    struct day *day = context;

    if (day->sheet.sums.open)
        statement_sums_take(&day->sheet.sums, entry);
}

static void day_notice(void *context, const struct notice *notice)
{
    struct day *day = context;

    if (notice->kind < NOTICE_KINDS)
        day->notices[notice->kind]++;
}

static void day_report(void *context, const struct report *report)
{
    struct day *day = context;

    day->fills += report->kind == REPORT_EXECUTED && report->liquidity == 1;
}

/* --- the world --- */

static void day_make_coin(struct day *day, unsigned n)
{
    struct world *world = day->world;
    struct input_asset_set asset = { .decimals = coins[n].decimals, .haircut = HAIRCUT_INVERSE_SQRT, .weight = 950000,
                                     .base = 1000000, .penalty = 100000, .borrow_imf = { 1, 10, 24940 },
                                     .borrow_mmf = { 1, 20, 14960 },
                                     .flags = ASSET_COLLATERAL | ASSET_CAN_LEND | ASSET_CAN_BORROW };
    struct input_market_set market = {
        .kind = MARKET_PERPETUAL, .bands = CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK,
        .window_log2 = coins[n].window_log2, .lot_units = coins[n].lot_units, .tick_lot_units = 100, .maker_fee = 200,
        .taker_fee = 500, .limit_min = 250000, .limit_max = 2000000, .impact_min = 980000, .impact_max = 1020000,
        .mean_min = 930000, .mean_max = 1070000, .slot_quota = 4096, .window_step = coins[n].window_step,
        .quantity_min = 1, .imf = { 1, 50, 24940 }, .mmf = { 1, 100, 14960 }, .funding_hours = 1,
        .funding_max = 5000, .impact_notional = (uint64_t)coins[n].impact_usdc * USDC };
    struct input_pricing_set pricing = { .header = { .kind = INPUT_PRICING_SET }, .quorum = 2, .stale_ms = 5000,
                                         .outlier = 50000, .clamp = 10000, .change = 2500, .agree = 10000 };

    strcpy((char *)asset.symbol, coins[n].symbol);
    day->coin[n] = world_set_asset(world, &asset);
    market.base_asset = (uint16_t)day->coin[n];
    market.quote_asset = (uint16_t)day->usdc;
    strcpy((char *)market.symbol, coins[n].perpetual);
    day->perpetual[n] = world_set_market(world, &market);
    memset(market.symbol, 0, sizeof market.symbol);
    strcpy((char *)market.symbol, coins[n].spot);
    market.kind = MARKET_SPOT;
    market.imf = market.mmf = (struct margin_function){ 0 };
    market.funding_hours = market.funding_max = 0;
    market.impact_notional = 0;
    market.maker_fee = market.taker_fee = 800;
    day->spot[n] = world_set_market(world, &market);
    pricing.asset = (uint16_t)day->coin[n];
    world_set(world, &pricing, sizeof pricing);
}

static void day_make_venues(struct day *day, unsigned n)
{
    static const char *const names[VENUES] = { "north", "east", "south" };

    for (uint8_t venue = 0; venue < VENUES; venue++) {
        struct input_venue_set record = { .header = { .kind = INPUT_VENUE_SET }, .asset = (uint16_t)day->coin[n],
                                          .venue = venue, .weight = 1000 };

        strcpy((char *)record.name, names[venue]);
        world_set(day->world, &record, sizeof record);
    }
}

static void day_make_pool(struct day *day, uint32_t asset)
{
    const struct input_pool_set pool = {
        .header = { .kind = INPUT_POOL_SET }, .asset = (uint16_t)asset, .rate_zero = 10000, .rate_optimal = 80000,
        .rate_full = 1000000, .optimal = 800000, .fee = 150000, .throttle = 900000, .utilisation_max = 950000,
        .step_seconds = 60, .step = 1000000000 };

    world_set(day->world, &pool, sizeof pool);
}

static void day_make_things(struct day *day)
{
    static const struct input_asset_set usdc = { .symbol = "USDC", .decimals = 6, .weight = 1000000,
                                                 .borrow_imf = { 1, 10, 0 }, .borrow_mmf = { 1, 20, 0 },
                                                 .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL | ASSET_CAN_LEND |
                                                          ASSET_CAN_BORROW };
    const struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = 10,
                                             .fresh_seconds = 60, .approvals = 1 };

    day->usdc = world_set_asset(day->world, &usdc);
    for (unsigned n = 0; n < COINS; n++)
        day_make_coin(day, n);
    for (unsigned n = 0; n < COINS; n++)
        day_make_venues(day, n);
    for (uint32_t asset = 1; asset <= 1 + COINS; asset++)
        day_make_pool(day, asset);
    world_set(day->world, &rules, sizeof rules);
}

static void day_make_people(struct day *day)
{
    unsigned at = 0;
    char name[24];

    for (unsigned class = 0; class < CLASSES; class++) {
        day->first[class] = at;
        day->class_number[class] = sheet_add_class(&day->sheet, classes[class].name);
        for (unsigned i = 0; i < classes[class].count; i++, at++) {
            /* every third taker settles virtually */
            const uint32_t flags = classes[class].flags | (class == CLASS_TAKERS && i % 3 == 2 ? SUBACCOUNT_VPNL : 0);

            snprintf(name, sizeof name, "%s-%u", classes[class].account, i + 1);
            day->client[at] = world_add_client(day->world, name, flags);
            if (!day->world->failed)
                sheet_put(&day->sheet, day->client[at].subaccount, day->class_number[class]);
        }
    }
}

static void day_fund_people(struct day *day)
{
    for (unsigned class = 0; class < CLASSES; class++)
        for (unsigned i = 0; i < classes[class].count; i++)
            world_deposit(day->world, day->client[day->first[class] + i].subaccount, day->usdc,
                          classes[class].usdc * USDC + (int64_t)day_draw(day, USDC));
    for (unsigned n = 0; n < COINS; n++) {
        for (unsigned i = 0; i < MAKERS; i++)
            world_deposit(day->world, day->client[day->first[CLASS_MAKERS] + i].subaccount, day->coin[n],
                          coins[n].gift_lots * (int64_t)coins[n].lot_units);
        world_deposit(day->world, day->client[day->first[CLASS_LENDERS]].subaccount, day->coin[n],
                      coins[n].gift_lots / 10 * (int64_t)coins[n].lot_units);
    }
    for (unsigned i = 0; i < BORROWERS; i++) /* their collateral */
        world_deposit(day->world, day->client[day->first[CLASS_BORROWERS] + i].subaccount, day->coin[0],
                      INT64_C(800) * (i + 1) * 1000000);
    world_deposit(day->world, SYSTEM_FUND, day->usdc, 100000 * USDC);
}

/* --- prices --- */

/* 10^-12 USDC a whole coin of a price in ticks x PATH_ONE. */
static uint64_t day_price(unsigned n, uint64_t path)
{
    return (uint64_t)((uwide)path * WORLD_COIN / coins[n].ticks_a_unit / PATH_ONE);
}

static uint32_t day_ticks(const struct day *day, unsigned n)
{
    return (uint32_t)(day->path[n] / PATH_ONE);
}

/* A random walk of up to 1.5 hundredths of a per cent a step; in the fourteenth hour it falls by 6 %, in the sixteenth
 * half of it comes back. */
static void day_walk(struct day *day, uint64_t second)
{
    const uint64_t hour = second / 3600;

    for (unsigned n = 0; n < COINS; n++) {
        const uint64_t step = day->path[n] / 1000000;
        const uint64_t trend = hour == 13 ? 34 : hour == 15 ? 17 : 0; /* millionths a step of 2 s */

        day->path[n] += step * day_draw(day, 301);
        day->path[n] -= step * 150;
        day->path[n] += hour == 15 ? step * trend : 0;
        day->path[n] -= hour == 13 ? step * trend : 0;
    }
}

static void day_quote(struct day *day)
{
    for (unsigned n = 0; n < COINS; n++)
        for (uint8_t venue = 0; venue < VENUES; venue++) {
            const uint64_t middle = day_price(n, day->path[n]), spread = middle / 10000;
            const uint64_t last = middle - spread + day_draw(day, 2 * spread);

            world_quote(day->world, day->coin[n], venue, middle - spread, middle + spread, last);
        }
}

/* --- what everybody does --- */

static const struct world_client *day_pick(struct day *day, enum day_class class)
{
    return &day->client[day->first[class] + day_draw(day, classes[class].count)];
}

/* Both sides of every market, a little above the middle in the perpetuals, so that longs pay funding. */
static void day_make(struct day *day, unsigned maker)
{
    const struct world_client *client = &day->client[day->first[CLASS_MAKERS] + maker];

    world_cancel_all(day->world, client->subaccount, 0);
    for (unsigned n = 0; n < COINS; n++)
        for (unsigned level = 0; level < LEVELS; level++) {
            const uint64_t middle = day->path[n], up = 3 + 6 * level + day_draw(day, 3);
            const int64_t lots = coins[n].lots_max * (1 + level) + (int64_t)day_draw(day, coins[n].lots_max);
            const uint32_t bid = (uint32_t)(middle * (10003 - up) / 10000 / PATH_ONE);
            const uint32_t ask = (uint32_t)(middle * (10005 + up) / 10000 / PATH_ONE) + 1;

            world_order(day->world, client, day->perpetual[n], CARD_SIDE_BUY, bid, lots);
            world_order(day->world, client, day->perpetual[n], CARD_SIDE_SELL, ask, lots);
            world_order(day->world, client, day->spot[n], CARD_SIDE_BUY, bid, lots / 4 + 1);
            world_order(day->world, client, day->spot[n], CARD_SIDE_SELL, ask, lots / 4 + 1);
        }
}

static void day_cross(struct day *day, const struct world_client *client, uint32_t market, unsigned n, bool buy,
                      int64_t lots)
{
    const uint32_t ticks = day_ticks(day, n);

    world_order(day->world, client, market, buy ? CARD_SIDE_BUY : CARD_SIDE_SELL,
                buy ? ticks + ticks / 100 : ticks - ticks / 100, lots)->tif = CARD_TIF_IOC;
}

/* Whoever is far out one way turns back. */
static void day_take(struct day *day)
{
    const struct world_client *client = day_pick(day, CLASS_TAKERS);
    const unsigned n = (unsigned)day_draw(day, COINS);
    const int64_t position = world_lots(day->world, client->subaccount, day->perpetual[n]);
    const int64_t lots = 1 + (int64_t)day_draw(day, coins[n].lots_max);
    const int64_t far = 8 * coins[n].lots_max;
    const bool buy = position > far ? false : position < -far || day_draw(day, 2) == 0;

    day_cross(day, client, day->perpetual[n], n, buy, lots);
}

/* Buys coins with borrowed USDC, sells some of them again. */
static void day_borrow(struct day *day)
{
    const struct world_client *client = day_pick(day, CLASS_BORROWERS);
    const unsigned n = 1;
    const int64_t held = world_held(day->world, client->subaccount, day->coin[n]) / (int64_t)coins[n].lot_units;
    const bool buy = held < 20000 || (held < 200000 && day_draw(day, 3) > 0);

    day_cross(day, client, day->spot[n], n, buy, 1000 + (int64_t)day_draw(day, 8000));
}

/* Holds coins and is short as many: earns what longs pay. */
static void day_hedge(struct day *day)
{
    const struct world_client *client = day_pick(day, CLASS_HEDGERS);
    const unsigned n = (unsigned)day_draw(day, COINS);
    const int64_t held = world_held(day->world, client->subaccount, day->coin[n]) / (int64_t)coins[n].lot_units;
    const int64_t bare = held + world_lots(day->world, client->subaccount, day->perpetual[n]);
    const int64_t lots = coins[n].lots_max / 2;

    if (bare > 0)
        day_cross(day, client, day->perpetual[n], n, false, bare < lots ? bare : lots);
    else if (bare < 0)
        day_cross(day, client, day->spot[n], n, true, -bare < lots ? -bare : lots);
    else if (held < 30 * lots)
        day_cross(day, client, day->spot[n], n, true, lots);
}

/* A lender takes some money out, in the steps that a withdrawal has; another brings some. */
static void day_move_money(struct day *day)
{
    struct world *world = day->world;
    const struct world_client *client = day_pick(day, CLASS_LENDERS);
    struct input_withdraw ask = { .header = { .kind = INPUT_WITHDRAW, .subaccount = client->subaccount },
                                  .asset = (uint16_t)day->usdc, .amount = 1000 * USDC };
    struct input_withdrawal step = { .header = { .kind = INPUT_WITHDRAWAL, .subaccount = client->subaccount },
                                     .asset = (uint16_t)day->usdc, .step = WITHDRAWAL_APPROVE };

    snprintf((char *)ask.id, sizeof ask.id, "out-%u", ++day->withdrawals % 100000);
    memcpy(step.id, ask.id, sizeof step.id);
    world_set(world, &ask, sizeof ask);
    world_set(world, &step, sizeof step);
    step.step = WITHDRAWAL_RELEASE;
    world_set(world, &step, sizeof step);
    world_deposit(world, day_pick(day, CLASS_TAKERS)->subaccount, day->usdc, 500 * USDC);
}

static void day_second(struct day *day, uint64_t second)
{
    world_pass(day->world, START_NS + second * NS_A_SECOND);
    if (second % QUOTE_SECONDS == 0) {
        day_walk(day, second);
        day_quote(day);
    }
    for (unsigned maker = 0; maker < MAKERS; maker++)
        if (second % MAKE_SECONDS == maker * 5)
            day_make(day, maker);
    if (second % TAKE_SECONDS == 1)
        day_take(day);
    if (second % 60 == 31)
        day_borrow(day);
    if (second % 45 == 17)
        day_hedge(day);
    world_run(day->world);
    if (second % 3600 == 1805)
        day_move_money(day);
}

static void day_tell(struct day *day)
{
    const uint64_t seconds = day->settings->hours * 3600;
    struct progress progress = { .what = "seconds", .total = seconds };

    day_make_things(day);
    if (!day->world->failed)
        sheet_open(&day->sheet, day->world->state);
    day_make_people(day);
    for (unsigned n = 0; n < COINS; n++)
        day->path[n] = (uint64_t)coins[n].ticks * PATH_ONE;
    day_quote(day);
    world_run(day->world);
    day_fund_people(day);
    world_advance(day->world, START_NS + NS_A_SECOND);
    for (uint64_t second = 2; second < seconds && !day->world->failed; second++) {
        day_second(day, second);
        progress_show(&progress, second);
    }
    for (unsigned maker = 0; maker < MAKERS && !day->world->failed; maker++)
        world_cancel_all(day->world, day->client[day->first[CLASS_MAKERS] + maker].subaccount, 0);
    world_pass(day->world, START_NS + (seconds + 12) * NS_A_SECOND); /* the last interval and a pass behind it */
    world_run(day->world);
    progress_end(&progress);
}

/* --- what must hold --- */

static void day_check_pools(struct day *day)
{
    const struct state *state = day->world->state;

    for (uint32_t asset = 1; asset < state->assets.used; asset++) {
        const struct pool *pool = state_pool(state, asset);
        const char *symbol = (const char *)state_asset(state, asset)->symbol;
        const int64_t cash = world_held(day->world, SYSTEM_POOL, asset);
        wide earned = 0, owed = 0, holders = 1;

        for (unsigned class = 0; class < day->sheet.class_count; class++) {
            if (class == SYSTEM_POOL - 1)
                continue;
            earned += sheet_interest(&day->sheet, class, COLUMN_LENT, asset);
            owed += sheet_interest(&day->sheet, class, COLUMN_BORROWED, asset);
        }
        for (size_t i = 0; i < day->sheet.sums.line_count; i++)
            holders += day->sheet.sums.lines[i].closing > 0;
        scenario_claim(&day->claims, "lent - borrowed = cash of the pool", pool->lent - pool->borrowed == cash,
                       "%s: %" PRId64 " - %" PRId64 ", cash %" PRId64, symbol, pool->lent, pool->borrowed, cash);
        scenario_claim(&day->claims, "borrowers' interest = the pool's = lenders' with the fee, within a unit a holder",
                       owed >= pool->interest && owed - pool->interest <= holders && earned <= pool->interest &&
                           pool->interest - earned <= holders,
                       "%s: pool %" PRId64 ", owed %" PRId64 ", earned %" PRId64 " units", symbol, pool->interest,
                       (int64_t)owed, (int64_t)earned);
    }
}

static void day_check(struct day *day)
{
    const struct state *state = day->world->state;
    const uint64_t hours = day->settings->hours;
    wide funding = 0, worth = 0;

    sheet_close(&day->sheet, &day->claims);
    day_check_pools(day);
    for (unsigned class = 0; class < day->sheet.class_count; class++)
        worth += sheet_worth(&day->sheet, class);
    scenario_claim(&day->claims, "what everybody is worth adds up to 0, but for a unit a rounding",
                   worth <= 0 && worth > -WORTH_ROUNDINGS, "to %" PRId64 " units", (int64_t)worth);
    for (unsigned n = 0; n < COINS; n++)
        for (unsigned class = 0; class < day->sheet.class_count; class++)
            funding += sheet_moved(&day->sheet, class, COLUMN_COST, day->perpetual[n], ENTRY_FUNDING);
    scenario_claim(&day->claims, "funding adds up to 0", funding == 0, "to %" PRId64, (int64_t)funding);
    scenario_claim(&day->claims, "each perpetual had a funding interval an hour",
                   day->notices[NOTICE_FUNDING] >= hours * COINS - COINS &&
                       day->notices[NOTICE_FUNDING] <= hours * COINS + COINS,
                   "%" PRIu64 " in %" PRIu64 " hours", day->notices[NOTICE_FUNDING], hours);
    scenario_claim(&day->claims, "there was a settlement pass every ten seconds",
                   state->t->pass >= hours * 360 - 2 && state->t->pass <= hours * 360 + 2, "%u passes",
                   state->t->pass);
    scenario_claim(&day->claims, "claims = debts", state_claims(state) == state_debts(state),
                   "%" PRId64 " and %" PRId64, state_claims(state), state_debts(state));
    scenario_claim(&day->claims, "everybody traded, lent and borrowed",
                   day->fills > 0 && state_pool(state, day->usdc)->interest > 0, "%" PRIu64 " fills, interest %" PRId64
                   " units", day->fills, state_pool(state, day->usdc)->interest);
}

static void day_print(const struct day *day)
{
    char fills[28], inputs[28], batches[28];

    printf("%" PRIu64 " hours, seed %" PRIu64 ": %s inputs in %s batches, %s fills, %u settlement passes\n",
           day->settings->hours, day->settings->seed, summary_count(day->world->inputs, inputs),
           summary_count(day->world->batches, batches), summary_count(day->fills, fills), day->world->state->t->pass);
    sheet_print(&day->sheet);
    printf("\n");
    scenario_claims_print(&day->claims);
}

static json_t *day_describe_worth(const struct day *day)
{
    json_t *object = json_object();

    for (unsigned class = 0; class < day->sheet.class_count; class++)
        report_set(object, day->sheet.class_name[class],
                   json_integer((json_int_t)wide_narrow(sheet_worth(&day->sheet, class))));
    return object;
}

int scenario_day_run(const struct scenario_settings *settings)
{
    struct day *day = memory_reserve(1, sizeof *day);
    const struct world_options options = { .engine = settings->engine, .directory = settings->directory,
                                           .start_ns = START_NS, .entry = day_entry, .notice = day_notice,
                                           .report = day_report, .context = day };
    json_t *object = json_object();
    int status;

    day->settings = settings;
    day->dice = settings->seed;
    day->world = world_open(&options);
    day_tell(day);
    if (!day->world->failed)
        day_check(day);
    report_set(object, "scenario", json_string("day"));
    report_set_count(object, "seed", settings->seed);
    report_set_count(object, "hours", settings->hours);
    scenario_replay(day->world, settings, &day->claims, object);
    status = scenario_status("day", day->world, &day->claims);
    if (!day->world->failed) {
        report_set_count(object, "fills", day->fills);
        report_set_count(object, "passes", day->world->state->t->pass);
        report_set(object, "worth", day_describe_worth(day));
        report_set(object, "sheet", sheet_describe(&day->sheet));
        report_set(object, "claims", json_incref(day->claims.list));
    }
    if (!day->world->failed && !settings->json)
        day_print(day);
    if (!day->world->failed && settings->json)
        report_print(object);
    else
        json_decref(object);
    json_decref(day->claims.list);
    sheet_free(&day->sheet);
    world_close(day->world);
    free(day);
    return status;
}
