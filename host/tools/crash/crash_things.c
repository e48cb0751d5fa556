/* Assets, markets, venues and rules of a crash's exchange. */
#include <stdio.h>
#include <string.h>

#include "crash_parts.h"

/* Parameters of real markets of the modelled venue (../shared/data/backpack): BTC, ETH, SOL, and ADA for all others,
 * whose captured lower mean-mark multiplier of 0.09 protects nothing and is 0.88 here. */
static const struct family {
    const char *coin;
    struct margin_function imf, mmf;
    uint32_t limit_min, limit_max, impact_min, impact_max, mean_min, mean_max, change;
} families[] = {
    { "BTC", { 1, 75, 24940 }, { 1, 150, 14960 }, 250000, 2000000, 990000, 1010000, 960000, 1040000, 2500 },
    { "ETH", { 1, 50, 93500 }, { 1, 80, 56100 }, 750000, 1250000, 980000, 1020000, 920000, 1090000, 2500 },
    { "SOL", { 1, 50, 60000 }, { 135, 10000, 36000 }, 250000, 2000000, 990000, 1010000, 900000, 1100000, 2500 },
    { "", { 1, 10, 440000 }, { 1, 20, 260000 }, 750000, 1250000, 970000, 1030000, 880000, 1120000, 5000 },
};

static const struct family *crash_family(const struct crash_market *market)
{
    const struct family *family = families;

    while (family->coin[0] && strcmp(family->coin, market->coin) != 0)
        family++;
    return family;
}

static struct input_market_set crash_market_record(const struct crash *crash, const struct crash_market *market)
{
    const struct family *family = crash_family(market);

    return (struct input_market_set){
        .bands = CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK, .window_log2 = 16, .lot_units = market->lot_units,
        .tick_lot_units = CRASH_TICK_LOT, .maker_fee = 200, .taker_fee = 500, .limit_min = family->limit_min,
        .limit_max = family->limit_max, .impact_min = family->impact_min, .impact_max = family->impact_max,
        .mean_min = family->mean_min, .mean_max = family->mean_max, .slot_quota = 2048, .window_step = 1024,
        .quantity_min = 1, .base_asset = (uint16_t)market->asset, .quote_asset = (uint16_t)crash->usdc };
}

static void crash_make_market(struct crash *crash, struct crash_market *market)
{
    const struct family *family = crash_family(market);
    const struct input_pricing_set pricing = {
        .header = { .kind = INPUT_PRICING_SET }, .quorum = 2, .stale_ms = 5000, .outlier = 50000, .clamp = 10000,
        .change = family->change, .agree = 10000 };
    struct input_asset_set asset = { .decimals = market->decimals, .haircut = HAIRCUT_INVERSE_SQRT, .weight = 900000,
                                     .base = 950000, .penalty = 100000, .borrow_imf = family->imf,
                                     .borrow_mmf = family->mmf, .flags = ASSET_COLLATERAL };
    struct input_pricing_set price = pricing;
    struct input_market_set record;

    memcpy(asset.symbol, market->coin, strlen(market->coin));
    price.asset = (uint16_t)(market->asset = world_set_asset(crash->world, &asset));
    record = crash_market_record(crash, market);
    record.kind = MARKET_PERPETUAL;
    memcpy(record.symbol, market->symbol, strlen(market->symbol));
    record.imf = family->imf;
    record.mmf = family->mmf;
    record.funding_hours = 1;
    record.funding_max = 5000;
    record.impact_notional = (uint64_t)(market->depth / 1000 * CRASH_USDC);
    market->imf = (double)family->imf.numerator / family->imf.denominator;
    market->imf_factor = (double)family->imf.factor * 1e-9;
    market->row = world_set_market(crash->world, &record);
    world_set(crash->world, &price, sizeof price);
    for (uint8_t venue = 0; venue < market->venues; venue++) {
        struct input_venue_set set = { .header = { .kind = INPUT_VENUE_SET }, .asset = (uint16_t)market->asset,
                                       .venue = venue, .weight = 1 };

        snprintf((char *)set.name, sizeof set.name, "venue%u", venue + 1u);
        world_set(crash->world, &set, sizeof set);
    }
}

/* The first coin's spot market: where coins are bought on credit, and collateral is sold. */
static void crash_make_spot(struct crash *crash)
{
    const struct crash_market *market = &crash->market[0];
    struct input_market_set record = crash_market_record(crash, market);
    struct crash_book *book = &crash->book[crash->books++];

    record.kind = MARKET_SPOT;
    snprintf((char *)record.symbol, sizeof record.symbol, "%.15s_USDC", market->coin);
    book->market = &crash->market[0];
    book->spot = true;
    book->row = world_set_market(crash->world, &record);
}

static void crash_make_books(struct crash *crash)
{
    for (uint32_t i = 0; i < crash->markets; i++) {
        struct crash_book *book = &crash->book[crash->books++];

        crash_make_market(crash, &crash->market[i]);
        book->market = &crash->market[i];
        book->row = crash->market[i].row;
        book->depth_lots = crash_lots(book->market, book->market->depth, book->market->outside[0]);
    }
    crash_make_spot(crash);
    crash->book[crash->markets].depth_lots = crash->book[0].depth_lots / 4;
}

static void crash_make_rules(struct crash *crash)
{
    const struct input_pool_set pool = {
        .header = { .kind = INPUT_POOL_SET }, .asset = (uint16_t)crash->usdc, .rate_zero = 10000, .rate_optimal = 80000,
        .rate_full = 1000000, .optimal = 800000, .fee = 150000, .throttle = 1000000, .utilisation_max = 950000,
        .step_seconds = 60 };
    const struct input_venue_rules venue = { .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = 10,
                                             .fresh_seconds = 60, .approvals = 1 };
    struct input_liquidation_rules rules = crash->settings->rules;

    rules.header = (struct input_header){ .kind = INPUT_LIQUIDATION_RULES };
    rules.policy = crash->settings->policy;
    rules.effective_ns = 0;
    world_set(crash->world, &pool, sizeof pool);
    world_set(crash->world, &venue, sizeof venue);
    world_set(crash->world, &rules, sizeof rules);
}

void crash_make_things(struct crash *crash)
{
    static const struct input_asset_set usdc = { .symbol = "USDC", .decimals = 6, .weight = 1000000,
                                                 .borrow_imf = { 1, 10, 0 }, .borrow_mmf = { 1, 20, 0 },
                                                 .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL | ASSET_CAN_LEND |
                                                          ASSET_CAN_BORROW };

    crash->usdc = world_set_asset(crash->world, &usdc);
    crash_make_books(crash);
    crash_make_rules(crash);
}

void crash_quote(struct crash *crash, uint32_t second)
{
    const uint32_t at = second < crash->seconds ? second : crash->seconds;

    for (uint32_t i = 0; i < crash->markets; i++)
        for (uint8_t venue = 0; venue < crash->market[i].venues; venue++) {
            const uint64_t price = crash->market[i].path[venue][at];

            world_quote(crash->world, crash->market[i].asset, venue, 0, 0, price);
        }
}
