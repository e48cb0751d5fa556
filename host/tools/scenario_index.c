/* The evening of 2025-10-10: AVAX fell by a third on every venue, and on one of them to 6.02 USDC where another never
 * saw less than 17.00. Both tapes are played into a whole exchange: what index and mark made of it, and whom it
 * touched.
 *
 *     tapes -> last trade of each venue, a quote a second -> { three venues, two, three without the outlier } -> claims
 *
 * A venue's connection repeats its last price each second, so silence between trades is no staleness. The third venue
 * is modelled, for there are only two tapes: it quotes what Coinbase's last price was a second before. */
#include "scenario_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed_tape.h"
#include "margin.h"
#include "memory.h"
#include "printable.h"
#include "report.h"
#include "status.h"

enum {
    COINBASE, BINANCE, MODELLED,
    THREE = 0, TWO, CONTROL,
    LAG_SECONDS = 1,         /* of the modelled venue */
    OPEN_SECOND = 30,        /* when positions are opened */
    FROM_SECOND = 40 * 60, TO_SECOND = 70 * 60, /* what is printed: 21:10 to 21:40 */
    LOT_UNITS = 10000000, TICK_LOT_UNITS = 100, /* 0.1 AVAX; a tick of 0.001 USDC */
    USDC = 1000000, DEPOSIT = 10000, LOTS_A_TICK_USDC = 10000, /* 0.0001 USDC a tick and lot */
    MAKER_LOTS = 20000, MAKER_TICKS = 20, MAINTENANCE_PARTS = 20,
};
#define TICK UINT64_C(1000000000) /* 10^-12 USDC */

static const char *const outlier_venues[OUTLIER_VENUES] = { "coinbase", "binance", "modelled" };
static const char *const outlier_files[2] = { "coinbase_AVAX-USD_20251010_2030-2230.csv.gz",
                                              "binance-delivery_AVAXUSD_PERP_20251010_2030-2230.csv.gz" };

/* --- the tapes --- */

static bool outlier_add_tape(const struct outlier *outlier, struct feed_tapes *tapes, unsigned venue)
{
    char path[4096];

    if ((size_t)snprintf(path, sizeof path, "%s/%s", outlier->settings->data, outlier_files[venue]) >= sizeof path)
        snprintf(tapes->error, sizeof tapes->error, "%s: too long for a path", outlier->settings->data);
    else if (feed_tapes_add(tapes, path, outlier_venues[venue], "AVAX"))
        return true;
    return false;
}

/* The last trade at or before each whole second. */
static enum text_status outlier_take_rows(struct outlier *outlier, struct feed_tapes *tapes)
{
    uint64_t last[2] = { 0, 0 };

    for (unsigned second = 0; second < OUTLIER_SECONDS; second++) {
        const struct feed_row *next;

        while ((next = feed_tapes_peek(tapes)) != NULL &&
               next->time_ns <= OUTLIER_START_NS + second * NS_A_SECOND) {
            struct feed_row row;

            if (feed_tapes_next(tapes, &row) == TEXT_BAD)
                return TEXT_BAD;
            last[strcmp(row.venue, outlier_venues[COINBASE]) != 0] = row.price;
        }
        for (unsigned venue = COINBASE; venue <= BINANCE; venue++)
            outlier->price[venue][second] = last[venue];
        outlier->price[MODELLED][second] = second < LAG_SECONDS ? 0 : outlier->price[COINBASE][second - LAG_SECONDS];
    }
    return tapes->error[0] ? TEXT_BAD : TEXT_END;
}

static bool outlier_read_tapes(struct outlier *outlier)
{
    struct feed_tapes tapes = { .count = 0 };
    const bool read = outlier_add_tape(outlier, &tapes, COINBASE) && outlier_add_tape(outlier, &tapes, BINANCE) &&
                      outlier_take_rows(outlier, &tapes) != TEXT_BAD;

    feed_tapes_close(&tapes);
    if (!read)
        printable_error("vitrine scenario index", tapes.error);
    return read;
}

/* --- a world --- */

static void outlier_make_things(struct outlier_world *one)
{
    static const struct input_asset_set usdc = { .symbol = "USDC", .decimals = 6, .weight = 1000000,
                                                 .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL };
    static const struct input_asset_set avax = { .symbol = "AVAX", .decimals = 8, .weight = 900000,
                                                 .flags = ASSET_COLLATERAL };
    struct input_market_set market = {
        .symbol = "AVAX_USDC_PERP", .kind = MARKET_PERPETUAL, .window_log2 = 15, .lot_units = LOT_UNITS,
        .tick_lot_units = TICK_LOT_UNITS, .mean_min = 900000, .mean_max = 1100000, .slot_quota = 1024,
        .window_step = 640, .quantity_min = 1, .imf = { 1, 10, 0 }, .mmf = { 1, MAINTENANCE_PARTS, 0 },
        .impact_notional = INT64_C(10000) * USDC };
    struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = 10 };

    one->usdc = world_set_asset(one->world, &usdc);
    one->avax = world_set_asset(one->world, &avax);
    market.base_asset = (uint16_t)one->avax;
    market.quote_asset = (uint16_t)one->usdc;
    one->market = world_set_market(one->world, &market);
    world_set(one->world, &rules, sizeof rules);
}

/* Section 3's parameters; a quorum of two. */
static void outlier_make_venues(struct outlier_world *one)
{
    const struct input_pricing_set pricing = {
        .header = { .kind = INPUT_PRICING_SET }, .asset = (uint16_t)one->avax, .quorum = 2, .stale_ms = 5000,
        .outlier = 50000, .clamp = 10000, .change = 5000, .agree = 10000 };

    world_set(one->world, &pricing, sizeof pricing);
    for (uint8_t venue = 0; venue < OUTLIER_VENUES; venue++) {
        struct input_venue_set set = { .header = { .kind = INPUT_VENUE_SET }, .asset = (uint16_t)one->avax,
                                       .venue = venue, .weight = 1 };

        snprintf((char *)set.name, sizeof set.name, "%s", outlier_venues[venue]);
        if (one->quotes[venue])
            world_set(one->world, &set, sizeof set);
    }
}

static void outlier_make_people(struct outlier_world *one)
{
    static const unsigned tenths[] = { 20, 25, 30 };

    one->maker = world_add_client(one->world, "maker", 0);
    world_deposit(one->world, one->maker.subaccount, one->usdc, INT64_C(10000000) * USDC);
    for (unsigned i = 0; i < OUTLIER_ACCOUNTS; i++) {
        struct outlier_account *account = &one->account[i];

        account->buys = i % 2 == 0;
        account->tenths = tenths[i / 2];
        snprintf(account->name, sizeof account->name, "%s-%u.%ux", account->buys ? "long" : "short",
                 account->tenths / 10, account->tenths % 10);
        account->client = world_add_client(one->world, account->name, 0);
        world_deposit(one->world, account->client.subaccount, one->usdc, (int64_t)DEPOSIT * USDC);
    }
}

/* Each long against the short of the same leverage, at Coinbase's price. */
static void outlier_open_positions(const struct outlier *outlier, struct outlier_world *one)
{
    one->opened = (uint32_t)(outlier->price[COINBASE][OPEN_SECOND] / TICK);
    for (unsigned i = 0; i < OUTLIER_ACCOUNTS; i++) {
        struct outlier_account *account = &one->account[i];

        account->lots = (int64_t)DEPOSIT * LOTS_A_TICK_USDC * account->tenths / 10 / one->opened;
        world_order(one->world, &account->client, one->market, account->buys ? CARD_SIDE_BUY : CARD_SIDE_SELL,
                    one->opened, account->lots);
    }
    world_run(one->world);
    for (unsigned i = 0; i < OUTLIER_ACCOUNTS; i++) {
        const struct outlier_account *account = &one->account[i];
        const int64_t lots = world_lots(one->world, account->client.subaccount, one->market);

        if (lots != (account->buys ? account->lots : -account->lots))
            world_fail(one->world, "%s has %" PRId64 " lots, not %" PRId64, account->name, lots, account->lots);
    }
}

/* What venues quote, and the exchange's own maker around Coinbase's price. */
static void outlier_quote(const struct outlier *outlier, struct outlier_world *one, unsigned second)
{
    const uint32_t middle = (uint32_t)(outlier->price[COINBASE][second] / TICK);

    for (uint8_t venue = 0; venue < OUTLIER_VENUES; venue++)
        if (one->quotes[venue] && outlier->price[venue][second])
            world_quote(one->world, one->avax, venue, 0, 0, outlier->price[venue][second]);
    if (second <= OPEN_SECOND)
        return;
    world_cancel_all(one->world, one->maker.subaccount, one->market);
    world_order(one->world, &one->maker, one->market, CARD_SIDE_BUY, middle - MAKER_TICKS, MAKER_LOTS)->flags =
        INPUT_ORDER_POST_ONLY;
    world_order(one->world, &one->maker, one->market, CARD_SIDE_SELL, middle + MAKER_TICKS, MAKER_LOTS)->flags =
        INPUT_ORDER_POST_ONLY;
}

static void outlier_note(struct outlier_world *one, unsigned second)
{
    const struct state *state = one->world->state;
    const struct market *market = state_market(state, one->market);

    one->index[second] = state_asset(state, one->avax)->index;
    one->raw[second] = state_asset(state, one->avax)->index_raw;
    one->mark[second] = market->mark * TICK / CARD_FIXED_ONE;
    one->frozen[second] = market->flags & MARKET_FROZEN;
    for (unsigned i = 0; i < OUTLIER_ACCOUNTS; i++) {
        struct margin_view view;

        margin_compute(state, one->account[i].client.subaccount, NULL, &view);
        one->account[i].touched[second] = view.maintenance > 0 && view.equity <= view.maintenance;
    }
}

static void outlier_play(const struct outlier *outlier, struct outlier_world *one)
{
    outlier_make_things(one);
    outlier_make_venues(one);
    outlier_make_people(one);
    for (unsigned second = 0; second < OUTLIER_SECONDS && !one->world->failed; second++) {
        world_advance(one->world, OUTLIER_START_NS + second * NS_A_SECOND);
        if (one->world->failed)
            return;
        if (second == OPEN_SECOND)
            outlier_open_positions(outlier, one);
        outlier_note(one, second);
        outlier_quote(outlier, one, second);
    }
    world_run(one->world);
}

/* An exit status. Only the first world's journal goes where --directory says. */
static int outlier_run_world(struct outlier *outlier, unsigned which)
{
    struct outlier_world *one = &outlier->world[which];
    const struct world_options options = { .engine = outlier->settings->engine,
                                           .directory = which == THREE ? outlier->settings->directory : NULL,
                                           .start_ns = OUTLIER_START_NS - 60 * NS_A_SECOND };
    int status;

    one->world = world_open(&options);
    one->run = json_object();
    outlier_play(outlier, one);
    if (!one->world->failed)
        scenario_replay(one->world, outlier->settings, &outlier->claims, one->run);
    status = scenario_status("index", one->world, &outlier->claims);
    world_close(one->world);
    one->world = NULL;
    return status;
}

/* --- what it shows --- */

static unsigned outlier_frozen_seconds(const struct outlier_world *one, unsigned from, unsigned to)
{
    unsigned count = 0;

    for (unsigned second = from; second < to; second++)
        count += one->frozen[second];
    return count;
}

/* The first second at or below maintenance; OUTLIER_SECONDS: never. */
static unsigned outlier_first(const bool touched[OUTLIER_SECONDS])
{
    unsigned second = 0;

    while (second < OUTLIER_SECONDS && !touched[second])
        second++;
    return second;
}

/* The same for a venue whose mark is the plain mean of the two tapes, or the outlier's price alone. */
static unsigned outlier_naive_first(const struct outlier *outlier, const struct outlier_account *account, bool alone)
{
    const int64_t opened = outlier->world[THREE].opened, sign = account->buys ? 1 : -1;

    for (unsigned second = OPEN_SECOND + 1; second < OUTLIER_SECONDS; second++) {
        const uint64_t binance = outlier->price[BINANCE][second], coinbase = outlier->price[COINBASE][second];
        const int64_t mark = (int64_t)((alone ? binance : (binance + coinbase) / 2) / TICK);
        const int64_t equity = (int64_t)DEPOSIT * LOTS_A_TICK_USDC + sign * account->lots * (mark - opened);

        if (equity * MAINTENANCE_PARTS <= account->lots * mark)
            return second;
    }
    return OUTLIER_SECONDS;
}

static uint64_t outlier_parts(uint64_t distance, uint64_t price)
{
    return distance / (price / 1000000);
}

/* How far the index ever was behind the raw one, before the largest change of an update, millionths. */
static uint64_t outlier_behind(const struct outlier_world *one, unsigned *at)
{
    uint64_t most = 0;

    for (unsigned second = OPEN_SECOND; second < OUTLIER_SECONDS; second++) {
        const uint64_t index = one->index[second], raw = one->raw[second];
        const uint64_t parts = outlier_parts(index > raw ? index - raw : raw - index, raw);

        if (parts > most && !one->frozen[second]) {
            most = parts;
            *at = second;
        }
    }
    return most;
}

/* How far the raw index ever was outside of what the other two venues had quoted, millionths. */
static uint64_t outlier_pull(const struct outlier *outlier, const struct outlier_world *one, unsigned *at)
{
    uint64_t most = 0;

    for (unsigned second = OPEN_SECOND; second < OUTLIER_SECONDS; second++) {
        const uint64_t coinbase = outlier->price[COINBASE][second - 1], other = outlier->price[MODELLED][second - 1];
        const uint64_t low = coinbase < other ? coinbase : other, high = coinbase < other ? other : coinbase;
        const uint64_t raw = one->raw[second];
        const uint64_t parts = outlier_parts(raw < low ? low - raw : raw > high ? raw - high : 0, low);

        if (parts > most && !one->frozen[second]) {
            most = parts;
            *at = second;
        }
    }
    return most;
}

static const char *outlier_time(unsigned second, char text[16])
{
    const unsigned day = 20 * 3600 + 30 * 60 + second;

    if (second >= OUTLIER_SECONDS)
        return "never";
    snprintf(text, 16, "%02u:%02u:%02u", day / 3600, day / 60 % 60, day % 60);
    return text;
}

static const char *outlier_price(uint64_t price, char text[16])
{
    const uint64_t cents = (price + 5000000000) / 10000000000;

    snprintf(text, 16, "%" PRIu64 ".%02" PRIu64, cents / 100, cents % 100);
    return text;
}

/* Who is never touched without the outlier is not touched with it in a single second. The others are the fall's. */
static void outlier_check_accounts(struct outlier *outlier)
{
    for (unsigned i = 0; i < OUTLIER_ACCOUNTS; i++) {
        const struct outlier_account *account = &outlier->world[THREE].account[i];
        const unsigned with = outlier_first(account->touched);
        const unsigned without = outlier_first(outlier->world[CONTROL].account[i].touched);
        char text[2][16];

        scenario_claim(&outlier->claims, "no account is touched by the outlier alone",
                       without < OUTLIER_SECONDS || with == OUTLIER_SECONDS, "%s: with it %s, without it %s",
                       account->name, outlier_time(with, text[0]), outlier_time(without, text[1]));
    }
}

static void outlier_check(struct outlier *outlier)
{
    const struct outlier_world *two = &outlier->world[TWO];
    unsigned at = 0;
    const uint64_t pull = outlier_pull(outlier, &outlier->world[THREE], &at);
    const unsigned frozen = outlier_frozen_seconds(two, FROM_SECOND, TO_SECOND);
    char text[16];

    outlier_check_accounts(outlier);
    scenario_claim(&outlier->claims,
                   "the outlier pulls the raw index out of the others' prices by no more than the clamp", pull <= 10000,
                   "%" PRIu64 ".%02" PRIu64 " %% at %s", pull / 10000, pull / 100 % 100,
                   outlier_time(at, text));
    scenario_claim(&outlier->claims, "two venues that disagree are no quorum: the index freezes", frozen > 0, "%u s",
                   frozen);
}

/* --- the report --- */

static void outlier_print_minutes(const struct outlier *outlier)
{
    const struct outlier_world *three = &outlier->world[THREE], *two = &outlier->world[TWO];
    char text[7][16];

    printf("%-5s %9s %9s | %9s %9s | %9s %9s %8s\n", "UTC", "Coinbase", "Binance", "index", "mark", "index", "mark",
           "frozen");
    printf("%-5s %9s %9s | %19s | %28s\n", "", "", "", "three venues", "two venues");
    for (unsigned second = FROM_SECOND; second <= TO_SECOND; second += 60)
        printf("%.5s %9s %9s | %9s %9s | %9s %9s %6u s\n", outlier_time(second, text[6]),
               outlier_price(outlier->price[COINBASE][second], text[0]),
               outlier_price(outlier->price[BINANCE][second], text[1]), outlier_price(three->index[second], text[2]),
               outlier_price(three->mark[second], text[3]), outlier_price(two->index[second], text[4]),
               outlier_price(two->mark[second], text[5]), outlier_frozen_seconds(two, second - 59, second + 1));
    printf("\n");
}

static void outlier_print_accounts(const struct outlier *outlier)
{
    char text[5][16];

    printf("When each account (10,000 USDC, opened 20:30:30) first stood at or below its maintenance margin:\n");
    printf("%-12s %13s %13s %13s | %13s %13s\n", "account", "three venues", "no outlier", "two venues", "plain mean",
           "Binance alone");
    for (unsigned i = 0; i < OUTLIER_ACCOUNTS; i++) {
        const struct outlier_account *account = &outlier->world[THREE].account[i];

        printf("%-12s %13s %13s %13s | %13s %13s\n", account->name,
               outlier_time(outlier_first(account->touched), text[0]),
               outlier_time(outlier_first(outlier->world[CONTROL].account[i].touched), text[1]),
               outlier_time(outlier_first(outlier->world[TWO].account[i].touched), text[2]),
               outlier_time(outlier_naive_first(outlier, account, false), text[3]),
               outlier_time(outlier_naive_first(outlier, account, true), text[4]));
    }
    printf("\n");
}

static void outlier_print_worlds(const struct outlier *outlier)
{
    char text[16];

    for (unsigned which = 0; which < OUTLIER_WORLDS; which++) {
        const struct outlier_world *one = &outlier->world[which];
        unsigned at = 0;
        const uint64_t behind = outlier_behind(one, &at);

        printf("%-28s frozen for %u s in all; at most %" PRIu64 ".%02" PRIu64 " %% behind its raw index, at %s\n",
               one->text, outlier_frozen_seconds(one, OPEN_SECOND, OUTLIER_SECONDS), behind / 10000,
               behind / 100 % 100, outlier_time(at, text));
    }
    printf("\n");
}

static void outlier_print(const struct outlier *outlier)
{
    printf("AVAX, 2025-10-10. Index: quorum 2, weights equal, clamp 1 %%, outlier 5 %%, change 0.5 %% a second.\n"
           "Third venue: modelled, Coinbase's price %d s before.\n\n", LAG_SECONDS);
    outlier_print_minutes(outlier);
    outlier_print_worlds(outlier);
    outlier_print_accounts(outlier);
    scenario_claims_print(&outlier->claims);
}

static json_t *outlier_describe_minutes(const struct outlier *outlier, const struct outlier_world *one)
{
    json_t *list = json_array();
    char text[16];

    for (unsigned second = FROM_SECOND; second <= TO_SECOND; second += 60) {
        json_t *object = json_object();

        report_set(object, "time", json_string(outlier_time(second, text)));
        report_set_count(object, "coinbase", outlier->price[COINBASE][second]);
        report_set_count(object, "binance", outlier->price[BINANCE][second]);
        report_set_count(object, "index", one->index[second]);
        report_set_count(object, "mark", one->mark[second]);
        report_set_count(object, "frozen_seconds", outlier_frozen_seconds(one, second - 59, second + 1));
        json_array_append_new(list, object);
    }
    return list;
}

static void outlier_describe_world(const struct outlier *outlier, struct outlier_world *one)
{
    json_t *accounts = json_array();
    char text[16];

    for (unsigned i = 0; i < OUTLIER_ACCOUNTS; i++) {
        const unsigned first = outlier_first(one->account[i].touched);
        json_t *object = json_object();

        report_set(object, "account", json_string(one->account[i].name));
        report_set(object, "at_maintenance",
                   first == OUTLIER_SECONDS ? json_null() : json_string(outlier_time(first, text)));
        json_array_append_new(accounts, object);
    }
    report_set(one->run, "name", json_string(one->name));
    report_set(one->run, "venues", json_string(one->text));
    report_set_count(one->run, "frozen_seconds", outlier_frozen_seconds(one, OPEN_SECOND, OUTLIER_SECONDS));
    report_set(one->run, "minutes", outlier_describe_minutes(outlier, one));
    report_set(one->run, "accounts", accounts);
}

static void outlier_print_json(struct outlier *outlier)
{
    json_t *object = json_object(), *worlds = json_array();

    for (unsigned which = 0; which < OUTLIER_WORLDS; which++) {
        outlier_describe_world(outlier, &outlier->world[which]);
        json_array_append(worlds, outlier->world[which].run);
    }
    report_set(object, "scenario", json_string("index"));
    report_set(object, "worlds", worlds);
    report_set(object, "claims", json_incref(outlier->claims.list));
    report_print(object);
}

static int outlier_finish(struct outlier *outlier)
{
    char error[512];

    outlier_check(outlier);
    if (outlier->settings->chart && !scenario_index_chart(outlier, outlier->settings->chart, error, sizeof error)) {
        printable_error("vitrine scenario index", error);
        return EXIT_STATUS_FAULT;
    }
    if (outlier->settings->json)
        outlier_print_json(outlier);
    else
        outlier_print(outlier);
    return outlier->claims.broken ? EXIT_STATUS_FAILED : EXIT_STATUS_OK;
}

int scenario_index_run(const struct scenario_settings *settings)
{
    struct outlier *outlier = memory_reserve(1, sizeof *outlier);
    int status = EXIT_STATUS_OK;

    outlier->settings = settings;
    outlier->world[THREE] = (struct outlier_world){ .name = "three", .text = "coinbase, binance, modelled",
                                                    .quotes = { true, true, true } };
    outlier->world[TWO] = (struct outlier_world){ .name = "two", .text = "coinbase, binance",
                                                  .quotes = { true, true, false } };
    outlier->world[CONTROL] = (struct outlier_world){ .name = "control", .text = "coinbase, modelled",
                                                      .quotes = { true, false, true } };
    if (settings->data == NULL)
        printable_error("vitrine scenario index", "say --data DIR, where the tapes of both venues are");
    if (settings->data == NULL || !outlier_read_tapes(outlier))
        status = EXIT_STATUS_USAGE;
    for (unsigned which = 0; which < OUTLIER_WORLDS && status <= EXIT_STATUS_FAILED; which++)
        status = outlier_run_world(outlier, which);
    if (status <= EXIT_STATUS_FAILED)
        status = outlier_finish(outlier);
    for (unsigned which = 0; which < OUTLIER_WORLDS; which++)
        json_decref(outlier->world[which].run);
    json_decref(outlier->claims.list);
    free(outlier);
    return status;
}
