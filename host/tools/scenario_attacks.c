/* Attacks on liquidation, each told twice: once the attacker does it, once it only does what any trader may. What it
 * gains is the difference of what it has in the end, all its accounts together, valued at the true price. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "margin.h"
#include "memory.h"
#include "report.h"
#include "scenario.h"
#include "tally.h"
#include "units.h"

enum {
    VENUES = 3, VICTIMS = 12, LEVELS = 10, ATTACKERS = 2, WARM_SECONDS = 15,
    USDC = 1000000, LOT_UNITS = 1000000, TICK_LOT_UNITS = 100, /* 0.01 AVAX, a tick is 0.01 USDC: 0.0001 USDC */
    TICKS = 2000,            /* 20 USDC */
    EDGE = 1982,             /* where the weakest victims are a quarter of a per cent above maintenance */
    LEVEL_LOTS = 20000,      /* 4,000 USDC a level of the maker's ladder, a tenth of a per cent apart */
    VICTIM_LOTS = 100000,    /* 20,000 USDC each */
};
#define START_NS (UINT64_C(1764150000) * 1000000000)
#define QUARTER_NS (NS_A_SECOND / 4)

struct attacks {
    const struct scenario_settings *settings;
    struct world *world;
    uint32_t usdc, avax, market;
    struct world_client maker, counter, provider, victim[VICTIMS], attacker[ATTACKERS];
    bool armed;              /* the attack takes place */
    bool maker_leaves;       /* no ladder */
    int64_t level_lots;      /* of its ladder, each level */
    uint32_t price;          /* ticks: the true one */
    uint32_t pushed;         /* what the first venue quotes instead, 0: nothing */
    uint64_t seconds;
    int64_t paid_in, taken_out; /* of the attacker, USDC units */
    char note[160];          /* what the attack met */
};

struct attack {
    const char *name, *tried, *stopped; /* what is tried; what stops it */
    void (*run)(struct attacks *attacks);
    bool against_nothing;    /* gains against having done nothing at all; else against the same trades without it */
    int64_t most;            /* USDC that it may gain: a claim */
};

struct attack_result {
    int64_t gain, shortfall; /* USDC units: of the attacker; more than without it */
    unsigned liquidated;
};

/* --- the world --- */

static void attacks_make_things(struct attacks *attacks)
{
    static const struct input_asset_set usdc = { .symbol = "USDC", .decimals = 6, .weight = 1000000,
                                                 .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL };
    static const struct input_asset_set avax = { .symbol = "AVAX", .decimals = 8, .weight = 900000,
                                                 .flags = ASSET_COLLATERAL };
    struct input_market_set market = {
        .symbol = "AVAX_USDC_PERP", .kind = MARKET_PERPETUAL, .window_log2 = 12, .lot_units = LOT_UNITS,
        .bands = CARD_BANDS_IMPACT_MASK | CARD_BANDS_LIMIT_MASK | CARD_BANDS_PREMIUM_MASK,
        .tick_lot_units = TICK_LOT_UNITS, .taker_fee = 500, .limit_min = 250000, .limit_max = 2000000,
        .impact_min = 985000, .impact_max = 1015000, .mean_min = 960000, .mean_max = 1040000, .tolerance = 50000,
        .slot_quota = 4096, .window_step = 640, .quantity_min = 1, .imf = { 1, 50, 0 }, .mmf = { 1, 100, 0 },
        .impact_notional = INT64_C(5000) * USDC };
    const struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = 10 };
    struct input_pricing_set pricing = { .header = { .kind = INPUT_PRICING_SET }, .quorum = 2, .stale_ms = 5000,
                                         .outlier = 50000, .clamp = 10000, .change = 5000, .agree = 10000 };
    struct input_venue_set venue = { .header = { .kind = INPUT_VENUE_SET }, .weight = 1 };
    struct world *world = attacks->world;

    attacks->usdc = world_set_asset(world, &usdc);
    attacks->avax = world_set_asset(world, &avax);
    market.base_asset = (uint16_t)attacks->avax;
    market.quote_asset = (uint16_t)attacks->usdc;
    attacks->market = world_set_market(world, &market);
    pricing.asset = venue.asset = (uint16_t)attacks->avax;
    world_set(world, &pricing, sizeof pricing);
    for (; venue.venue < VENUES; venue.venue++) {
        snprintf((char *)venue.name, sizeof venue.name, "venue%u", venue.venue + 1u);
        world_set(world, &venue, sizeof venue);
    }
    world_set(world, &rules, sizeof rules);
}

static void attacks_set_rules(struct attacks *attacks)
{
    struct input_liquidation_rules rules = *config_liquidation_defaults();

    rules.adl_bound = 50000;
    world_set(attacks->world, &rules, sizeof rules);
}

static struct world_client attacks_person(struct attacks *attacks, const char *name, int64_t usdc)
{
    const struct world_client client = world_add_client(attacks->world, name, 0);

    world_deposit(attacks->world, client.subaccount, attacks->usdc, usdc * USDC);
    return client;
}

static void attacks_make_people(struct attacks *attacks)
{
    enum { RICH = 5000000, ATTACKER_USDC = 200000, PROVIDER_USDC = 100000, FUND_USDC = 5000 };
    struct input_backstop commit = { .header = { .kind = INPUT_BACKSTOP }, .capacity = INT64_C(150000) * USDC };
    char name[24];

    attacks->maker = attacks_person(attacks, "maker", RICH);
    attacks->counter = attacks_person(attacks, "counter", RICH);
    attacks->provider = attacks_person(attacks, "provider", PROVIDER_USDC);
    for (unsigned i = 0; i < VICTIMS; i++) { /* 420 to 640 for 20,000: all above initial margin */
        snprintf(name, sizeof name, "victim-%u", i + 1);
        attacks->victim[i] = attacks_person(attacks, name, 420 + 20 * (int64_t)i);
    }
    for (unsigned i = 0; i < ATTACKERS; i++) {
        snprintf(name, sizeof name, "attacker-%u", i + 1);
        attacks->attacker[i] = attacks_person(attacks, name, ATTACKER_USDC);
        attacks->paid_in += (int64_t)ATTACKER_USDC * USDC;
    }
    world_deposit(attacks->world, SYSTEM_FUND, attacks->usdc, (int64_t)FUND_USDC * USDC);
    commit.header.subaccount = attacks->provider.subaccount;
    commit.market = (uint16_t)attacks->market;
    world_set(attacks->world, &commit, sizeof commit);
}

static void attacks_quote(struct attacks *attacks)
{
    for (uint8_t venue = 0; venue < VENUES; venue++) {
        const uint32_t ticks = venue == 0 && attacks->pushed ? attacks->pushed : attacks->price;
        const uint64_t price = ticks * (WORLD_COIN / 100);

        world_quote(attacks->world, attacks->avax, venue, price, price, price);
    }
}

/* The maker's ladder around the true price, ten levels a tenth of a per cent apart. */
static void attacks_make_market(struct attacks *attacks)
{
    struct world *world = attacks->world;
    const uint32_t step = attacks->price / 1000;

    world_cancel_all(world, attacks->maker.subaccount, attacks->market);
    world_run(world);
    if (attacks->maker_leaves)
        return;
    for (uint32_t i = 1; i <= LEVELS; i++) {
        world_order(world, &attacks->maker, attacks->market, CARD_SIDE_BUY, attacks->price - i * step,
                    attacks->level_lots);
        world_order(world, &attacks->maker, attacks->market, CARD_SIDE_SELL, attacks->price + i * step,
                    attacks->level_lots);
    }
    world_run(world);
}

/* The next second's tick, with what follows from it at once. */
static void attacks_tick(struct attacks *attacks)
{
    attacks_quote(attacks);
    world_run(attacks->world);
    attacks->seconds++;
    world_advance(attacks->world, START_NS + attacks->seconds * NS_A_SECOND);
}

/* A quarter of a second later the book refills. */
static void attacks_refill(struct attacks *attacks)
{
    world_advance(attacks->world, START_NS + attacks->seconds * NS_A_SECOND + QUARTER_NS);
    attacks_make_market(attacks);
}

/* Both, and half a second has gone: what is done before the next call comes after. */
static void attacks_second(struct attacks *attacks)
{
    attacks_tick(attacks);
    attacks_refill(attacks);
    world_advance(attacks->world, START_NS + attacks->seconds * NS_A_SECOND + 2 * QUARTER_NS);
}

static void attacks_seconds(struct attacks *attacks, unsigned count)
{
    while (count-- > 0)
        attacks_second(attacks);
}

/* The true price goes to `ticks` in so many seconds. */
static void attacks_move(struct attacks *attacks, uint32_t ticks, unsigned seconds)
{
    const int64_t from = attacks->price;

    for (unsigned i = 1; i <= seconds; i++) {
        attacks->price = (uint32_t)(from + ((int64_t)ticks - from) * i / seconds);
        attacks_second(attacks);
    }
}

static void attacks_take(struct attacks *attacks, const struct world_client *client, uint8_t side, uint32_t price,
                         int64_t lots)
{
    world_order(attacks->world, client, attacks->market, side, price, lots)->tif = CARD_TIF_IOC;
    world_run(attacks->world);
}

/* Two people trade with each other, past the ladder: at the true price, between best bid and ask. */
static void attacks_cross(struct attacks *attacks, const struct world_client *buyer, const struct world_client *seller,
                          uint32_t price, int64_t lots)
{
    world_order(attacks->world, seller, attacks->market, CARD_SIDE_SELL, price, lots);
    world_run(attacks->world);
    attacks_take(attacks, buyer, CARD_SIDE_BUY, price, lots);
    world_cancel_all(attacks->world, seller->subaccount, attacks->market);
    world_run(attacks->world);
}

static void attacks_begin(struct attacks *attacks)
{
    attacks->price = TICKS;
    attacks->level_lots = LEVEL_LOTS;
    attacks_make_things(attacks);
    attacks_make_people(attacks);
    attacks_seconds(attacks, WARM_SECONDS);
    for (unsigned i = 0; i < VICTIMS; i++)
        attacks_cross(attacks, &attacks->victim[i], &attacks->counter, TICKS, VICTIM_LOTS);
    attacks_set_rules(attacks);
    attacks_seconds(attacks, 3);
}

/* --- what an attacker has --- */

/* Its equity at the true price: positions at it, the rest as margin counts it. */
static int64_t attacks_worth(const struct attacks *attacks, uint32_t subaccount)
{
    const struct state *state = attacks->world->state;
    const struct market *market = state_market(state, attacks->market);
    const wide off = (wide)attacks->price * CARD_FIXED_ONE - (wide)market->mark;
    struct margin_view view;

    margin_compute(state, subaccount, NULL, &view);
    view.equity += off * world_lots(attacks->world, subaccount, attacks->market) * (wide)market->tick_lot_units;
    return margin_units(view.equity);
}

/* What all accounts of the attacker have more than they paid in. An account below 0 is walked away from: it has 0. */
static int64_t attacks_gain(const struct attacks *attacks)
{
    int64_t gain = attacks->taken_out - attacks->paid_in;

    for (unsigned i = 0; i < ATTACKERS; i++) {
        const int64_t worth = attacks_worth(attacks, attacks->attacker[i].subaccount);

        gain += worth > 0 ? worth : 0;
    }
    return gain;
}

static unsigned attacks_liquidated(const struct attacks *attacks)
{
    unsigned count = 0;

    for (unsigned i = 0; i < VICTIMS; i++)
        count += world_lots(attacks->world, attacks->victim[i].subaccount, attacks->market) < VICTIM_LOTS;
    return count;
}

static int64_t attacks_shortfall(const struct attacks *attacks)
{
    const struct tally_socialised lost = tally_socialised(attacks->world->state);
    const struct market *market = state_market(attacks->world->state, attacks->market);

    return lost.deleveraged_loss + lost.claims + lost.claims_fallen + (int64_t)market->fund_paid;
}

/* Takes out what the exchange lets out, as far as it goes in halves. */
static void attacks_withdraw(struct attacks *attacks, unsigned who, int64_t units)
{
    struct world *world = attacks->world;
    const uint32_t subaccount = attacks->attacker[who].subaccount;

    for (unsigned n = 0; units >= USDC; n++, units /= 2) {
        struct input_withdraw ask = { .header = { .kind = INPUT_WITHDRAW, .subaccount = subaccount },
                                      .asset = (uint16_t)attacks->usdc, .amount = units };
        struct input_withdrawal release = { .header = { .kind = INPUT_WITHDRAWAL, .subaccount = subaccount },
                                            .asset = (uint16_t)attacks->usdc, .step = WITHDRAWAL_RELEASE };

        snprintf((char *)ask.id, sizeof ask.id, "out-%u-%u-%" PRIu64, who, n, attacks->seconds % 10000);
        memcpy(release.id, ask.id, sizeof release.id);
        if (world_ask(world, &ask, sizeof ask, NULL) != REASON_NONE)
            continue;
        world_set(world, &release, sizeof release);
        attacks->taken_out += units;
        return;
    }
}

/* --- the attacks --- */

/* Bids ten times the ladder, low in the impact band, whenever depth is sampled, gone a quarter of a second later; while
 * calm slices work off those that a fall has brought below. What it buys it has to sell when the price is back. */
static void attack_spoof(struct attacks *attacks)
{
    struct world *world = attacks->world;
    const struct world_client *attacker = &attacks->attacker[0];

    attacks->level_lots = LEVEL_LOTS / 20;
    attacks_move(attacks, TICKS * 987 / 1000, 13);
    for (unsigned i = 0; i < 40; i++) {
        if (attacks->armed) {
            world_order(world, attacker, attacks->market, CARD_SIDE_BUY, attacks->price * 987 / 1000,
                        10 * LEVELS * LEVEL_LOTS);
            world_run(world);
        }
        attacks_tick(attacks);
        world_cancel_all(world, attacker->subaccount, attacks->market);
        attacks_refill(attacks);
    }
    snprintf(attacks->note, sizeof attacks->note, "its bids bought %" PRId64 " lots: who stands there buys",
             world_lots(world, attacker->subaccount, attacks->market));
    attacks->level_lots = LEVEL_LOTS;
    attacks_move(attacks, TICKS, 30);
}

/* One venue of three quotes 10 % less for a minute; the attacker is short, and buys back from the liquidated. */
static void attack_venue(struct attacks *attacks)
{
    const struct world_client *attacker = &attacks->attacker[0];

    attacks_move(attacks, EDGE, 20);
    attacks_take(attacks, attacker, CARD_SIDE_SELL, EDGE * 990 / 1000, 5 * LEVEL_LOTS);
    attacks_seconds(attacks, 2);
    attacks->pushed = attacks->armed ? EDGE * 9 / 10 : 0;
    attacks_seconds(attacks, 60);
    snprintf(attacks->note, sizeof attacks->note, "the mark went to %.4f USDC of 19.82",
             (double)state_market(attacks->world->state, attacks->market)->mark / CARD_FIXED_ONE / 100);
    attacks_take(attacks, attacker, CARD_SIDE_BUY, EDGE * 1010 / 1000, 5 * LEVEL_LOTS);
    attacks->pushed = 0;
    attacks_seconds(attacks, 30);
}

/* The book is held 1.4 % below the index for four minutes: makers are bought off, the attacker's own ask is the best.
 * It is short, and bids for what the liquidated must sell. */
static void attack_mid(struct attacks *attacks)
{
    struct world *world = attacks->world;
    const struct world_client *attacker = &attacks->attacker[0], *accomplice = &attacks->attacker[1];

    attacks_move(attacks, EDGE, 20);
    attacks_take(attacks, attacker, CARD_SIDE_SELL, EDGE * 990 / 1000, 5 * LEVEL_LOTS);
    attacks->maker_leaves = true;
    for (unsigned i = 0; i < 240; i++) {
        if (attacks->armed && i % 5 == 0) {
            world_cancel_all(world, attacker->subaccount, attacks->market);
            world_cancel_all(world, accomplice->subaccount, attacks->market);
            world_run(world);
            world_order(world, attacker, attacks->market, CARD_SIDE_SELL, EDGE * 987 / 1000, 2 * LEVEL_LOTS);
            world_order(world, accomplice, attacks->market, CARD_SIDE_BUY, EDGE * 985 / 1000, 20 * LEVEL_LOTS);
            world_run(world);
        }
        attacks_second(attacks);
    }
    snprintf(attacks->note, sizeof attacks->note, "the mark went to %.4f USDC of 19.82",
             (double)state_market(world->state, attacks->market)->mark / CARD_FIXED_ONE / 100);
    world_cancel_all(world, attacker->subaccount, attacks->market);
    world_cancel_all(world, accomplice->subaccount, attacks->market);
    attacks->maker_leaves = false;
    attacks_seconds(attacks, 60);
}

/* Long with one account as far as margin goes, short with the other; both stay in a fall, and the other bids low for
 * what the first one's liquidation sells. */
static void attack_self(struct attacks *attacks)
{
    struct world *world = attacks->world;
    const struct world_client *loser = &attacks->attacker[0], *winner = &attacks->attacker[1];
    const int64_t lots = 9 * VICTIM_LOTS;

    attacks_cross(attacks, loser, winner, TICKS, lots);
    attacks_withdraw(attacks, 0, INT64_C(195500) * USDC);
    attacks_seconds(attacks, 5);
    attacks->maker_leaves = attacks->armed;
    for (unsigned i = 0; i < 40; i++) {
        attacks->price = TICKS - i;
        if (attacks->armed) {
            world_cancel_all(world, winner->subaccount, attacks->market);
            world_run(world);
            world_order(world, winner, attacks->market, CARD_SIDE_BUY, attacks->price * 97 / 100, lots);
            world_run(world);
        }
        attacks_second(attacks);
    }
    world_cancel_all(world, winner->subaccount, attacks->market);
    attacks->maker_leaves = false;
    attacks_seconds(attacks, 60);
    snprintf(attacks->note, sizeof attacks->note, "the first account has %" PRId64 " lots left, the other %" PRId64,
             world_lots(world, loser->subaccount, attacks->market),
             world_lots(world, winner->subaccount, attacks->market));
}

/* A sibling of the account rests a bid of one lot at the top of the book, so that the slice meets its own account. */
static void attack_sibling(struct attacks *attacks)
{
    struct world *world = attacks->world;
    struct world_client sibling = attacks->attacker[0];

    sibling.subaccount = world_add_subaccount(world, sibling.account, "sibling", 0);
    attacks_cross(attacks, &attacks->attacker[0], &attacks->counter, TICKS, 9 * VICTIM_LOTS);
    attacks_withdraw(attacks, 0, INT64_C(195500) * USDC);
    world_deposit(world, sibling.subaccount, attacks->usdc, INT64_C(1000) * USDC);
    attacks->paid_in += INT64_C(1000) * USDC;
    attacks_seconds(attacks, 5);
    for (unsigned i = 0; i < 40; i++) {
        attacks->price = TICKS - i;
        if (attacks->armed) {
            world_cancel_all(world, sibling.subaccount, attacks->market);
            world_run(world);
            world_order(world, &sibling, attacks->market, CARD_SIDE_BUY, attacks->price - 1, 1);
            world_run(world);
        }
        attacks_second(attacks);
    }
    attacks->taken_out += attacks_worth(attacks, sibling.subaccount);
    snprintf(attacks->note, sizeof attacks->note, "%" PRId64 " of %d lots are left",
             world_lots(world, attacks->attacker[0].subaccount, attacks->market), 9 * VICTIM_LOTS);
}

/* A position twenty times the ladder, its hedge in the other account; the equity is taken out as far as it goes, and
 * the position is left to whoever has to take it. */
static void attack_abandon(struct attacks *attacks)
{
    struct world *world = attacks->world;
    const struct world_client *loser = &attacks->attacker[0], *winner = &attacks->attacker[1];

    attacks_cross(attacks, loser, winner, TICKS, 9 * VICTIM_LOTS);
    attacks_seconds(attacks, 15);
    if (attacks->armed) /* before the fall: as far as initial margin lets it */
        attacks_withdraw(attacks, 0, INT64_C(200000) * USDC);
    attacks->maker_leaves = attacks->armed;
    attacks_move(attacks, TICKS * 95 / 100, 60);
    attacks->maker_leaves = false;
    attacks_seconds(attacks, 60);
    snprintf(attacks->note, sizeof attacks->note, "the first account took out %" PRId64 " USDC before, and has %" PRId64
             " lots left", attacks->taken_out / USDC, world_lots(world, loser->subaccount, attacks->market));
}

/* At the edge of maintenance the account sells all it has to its accomplice, 3 % below the mark. */
static void attack_cheap_sale(struct attacks *attacks)
{
    struct world *world = attacks->world;
    const struct world_client *loser = &attacks->attacker[0], *winner = &attacks->attacker[1];
    const int64_t lots = 9 * VICTIM_LOTS;

    attacks_cross(attacks, loser, &attacks->counter, TICKS, lots);
    attacks_withdraw(attacks, 0, INT64_C(195500) * USDC);
    attacks_seconds(attacks, 5);
    attacks_move(attacks, TICKS * 988 / 1000, 12);
    if (attacks->armed) {
        const uint64_t refused = world->refused;

        attacks->maker_leaves = true;
        attacks_make_market(attacks);
        world_order(world, winner, attacks->market, CARD_SIDE_BUY, attacks->price * 97 / 100, lots);
        world_run(world);
        attacks_take(attacks, loser, CARD_SIDE_SELL, attacks->price * 97 / 100, lots);
        world_cancel_all(world, winner->subaccount, attacks->market);
        attacks->maker_leaves = false;
        snprintf(attacks->note, sizeof attacks->note, "orders refused: %" PRIu64, world->refused - refused);
    }
    attacks_seconds(attacks, 30);
}

/* The attacker is a provider; it gives notice and takes its money out just before the fall. */
static void attack_leave(struct attacks *attacks)
{
    struct world *world = attacks->world;
    struct input_backstop commit = { .header = { .kind = INPUT_BACKSTOP,
                                                 .subaccount = attacks->attacker[0].subaccount },
                                     .market = (uint16_t)attacks->market, .capacity = INT64_C(1000000) * USDC };
    const struct commitment *row;

    world_set(world, &commit, sizeof commit);
    attacks_seconds(attacks, 5);
    commit.capacity = 0;
    if (attacks->armed)
        world_set(world, &commit, sizeof commit);
    if (attacks->armed)
        attacks_withdraw(attacks, 0, INT64_C(200000) * USDC);
    attacks->maker_leaves = true;
    attacks_move(attacks, TICKS * 96 / 100, 40);
    attacks->maker_leaves = false;
    attacks_seconds(attacks, 30);
    row = state_commitment(world->state, state_subaccount(world->state, commit.header.subaccount)->commitments);
    snprintf(attacks->note, sizeof attacks->note, "it had to take %" PRId64 " USDC of notional all the same",
             row->taken / USDC);
}

static const struct attack attack_table[] = {
    { "spoofed depth", "bids ten times the book when depth is sampled, gone before the next order",
      "the least depth of 5 s sizes slices, orders go in the same tick: what is sampled is what they meet",
      attack_spoof, false, 100 },
    { "one venue pushed", "one of three venues 10 % lower for a minute",
      "each venue counts at most 1 % off the median, and beyond 5 % not to the quorum", attack_venue, false, 100 },
    { "a mid held away", "the book held 1.4 % below the index for minutes, with nobody else in it",
      "mark within half the base MMF of the index, EWMA of a minute; who holds it there must trade there",
      attack_mid, false, 500 },
    { "self-liquidation", "own bids 3 % below for what the own long account must sell",
      "limits at the bankruptcy price, inside the bands: the two accounts together gain nothing", attack_self, true,
      0 },
    { "a sibling in the way", "a bid of one lot of a sibling, best in the book",
      "self-trade of an order of the exchange cancels the maker and goes on", attack_sibling, false, 10 },
    { "abandoned position", "a long larger than the book, its hedge elsewhere, all equity out that goes",
      "initial margin stays; providers, fund and at last deleveraging take over at the bankruptcy price",
      attack_abandon, true, 0 },
    { "cheap sale", "all sold to an accomplice 3 % below the mark, at the edge of maintenance",
      "an order may not lower what is available while it is short of margin", attack_cheap_sale, true, 0 },
    { "provider leaves", "a provider gives notice and takes its money out before the fall",
      "capacity and its margin stay until the notice ends", attack_leave, true, 0 },
};

/* --- told --- */

static int attacks_tell(const struct scenario_settings *settings, const struct attack *attack, bool armed,
                        struct attack_result *result, struct scenario_claims *claims, json_t *object, char note[160])
{
    struct attacks *attacks = memory_reserve(1, sizeof *attacks);
    const struct world_options options = { .engine = settings->engine, .start_ns = START_NS };
    int status;

    attacks->settings = settings;
    attacks->armed = armed;
    attacks->world = world_open(&options);
    attacks_begin(attacks);
    attack->run(attacks);
    attacks_seconds(attacks, 15);
    if (!attacks->world->failed) {
        result->gain = attacks_gain(attacks);
        result->shortfall = attacks_shortfall(attacks);
        result->liquidated = attacks_liquidated(attacks);
    }
    memcpy(note, attacks->note, sizeof attacks->note);
    if (armed)
        scenario_replay(attacks->world, settings, claims, object);
    else
        world_finish(attacks->world);
    status = scenario_status("attacks", attacks->world, claims);
    world_close(attacks->world);
    free(attacks);
    return status;
}

static int attacks_one(const struct scenario_settings *settings, const struct attack *attack,
                       struct scenario_claims *claims, json_t *list)
{
    struct attack_result with = { 0 }, without = { 0 };
    int64_t gained;
    char note[160], gain[UNITS_TEXT_MAX], shortfall[UNITS_TEXT_MAX];
    json_t *object = json_object();
    int status = attacks_tell(settings, attack, false, &without, claims, object, note);

    if (status <= 1)
        status = attacks_tell(settings, attack, true, &with, claims, object, note);
    gained = attack->against_nothing ? with.gain : with.gain - without.gain;
    units_format(gained, 6, gain, sizeof gain);
    units_format(with.shortfall - without.shortfall, 6, shortfall, sizeof shortfall);
    scenario_claim(claims, attack->name, gained <= attack->most * USDC,
                   "gains %s USDC, at most %" PRId64 " expected", gain, attack->most);
    report_set(object, "name", json_string(attack->name));
    report_set(object, "tried", json_string(attack->tried));
    report_set(object, "stopped_by", json_string(attack->stopped));
    report_set(object, "note", json_string(note));
    report_set(object, "gain", json_integer(gained));
    report_set(object, "shortfall_more", json_integer(with.shortfall - without.shortfall));
    report_set(object, "victims", json_integer(with.liquidated));
    report_set(object, "victims_without", json_integer(without.liquidated));
    json_array_append_new(list, object);
    if (!settings->json && status <= 1)
        printf("%s: %s\n  gains %s USDC; shortfall %s more; victims liquidated %u, without it %u\n  %s\n  why: %s\n\n",
               attack->name, attack->tried, gain, shortfall, with.liquidated, without.liquidated, note,
               attack->stopped);
    return status;
}

int scenario_attacks_run(const struct scenario_settings *settings)
{
    struct scenario_claims claims = { 0 };
    json_t *object = json_object(), *list = json_array();
    int status = 0;

    for (size_t i = 0; i < sizeof attack_table / sizeof *attack_table && status <= 1; i++)
        status = attacks_one(settings, &attack_table[i], &claims, list);
    if (!settings->json && status <= 1)
        scenario_claims_print(&claims);
    if (status <= 1)
        status = claims.broken > 0;
    report_set(object, "scenario", json_string("attacks"));
    report_set(object, "attacks", list);
    report_set(object, "claims", claims.list ? claims.list : json_array());
    if (settings->json && status <= 1)
        report_print(object);
    else
        json_decref(object);
    return status;
}
