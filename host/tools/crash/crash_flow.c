/* Orders of a crash, a quarter of a second at a time: makers' ladders, noise, providers who hedge. Nothing here depends
 * on the policy but through what is in the books and in makers' hands. */
#include <stdlib.h>
#include <string.h>

#include "crash_parts.h"
#include "draw.h"
#include "memory.h"

enum { COMMIT_SECONDS = 10, LADDER_SECONDS = 2 };
#define MILLION 1e6
#define MAKER_SHARE 0.85     /* of the messages; the rest is noise */
#define NOISE_SIZE 4e-5      /* of the depth: a small order */
#define NOISE_EXPONENT 1.5
#define NOISE_MOST 100
#define NOISE_HOLDS 0.01     /* of the depth */
#define NOISE_REACH 0.02     /* of the price */
#define HEDGE_REACH 0.01

static uint32_t *crash_resting(const struct crash *crash, unsigned maker, uint32_t book, bool buys)
{
    return &crash->resting[((maker * crash->books + book) * 2 + buys) * crash->levels];
}

static const struct world_client *crash_maker(const struct crash *crash, unsigned maker, uint32_t book)
{
    return crash->book[book].spot ? &crash->spot_maker[maker] : &crash->maker[maker];
}

static uint32_t crash_levels(const struct crash_settings *settings)
{
    const double levels = settings->message_rate * MAKER_SHARE * LADDER_SECONDS / (CRASH_MAKERS * 4);

    return levels < 3 ? 3 : levels > MAKERS_LEVELS_MAX ? MAKERS_LEVELS_MAX : (uint32_t)levels;
}

void crash_flow_open(struct crash *crash)
{
    crash->levels = crash_levels(crash->settings);
    crash->dice = draw_seed(crash->settings->seed, 0x6e6f);
    crash->resting = memory_reserve((size_t)CRASH_MAKERS * (crash->markets + 1) * 2 * crash->levels, sizeof(uint32_t));
    crash->cursor = memory_reserve((size_t)CRASH_MAKERS * (crash->markets + 1), sizeof(uint32_t));
    crash->budget = memory_reserve((size_t)(CRASH_MAKERS + 1) * (crash->markets + 1), sizeof(double));
    crash->hedge = memory_reserve((size_t)CRASH_PROVIDERS * crash->markets, sizeof(double));
    crash->capacity = memory_reserve((size_t)CRASH_PROVIDERS * crash->markets, sizeof(int64_t));
}

void crash_flow_close(struct crash *crash)
{
    makers_destroy(crash->makers);
    free(crash->resting);
    free(crash->cursor);
    free(crash->budget);
    free(crash->hedge);
    free(crash->capacity);
}

/* --- makers --- */

/* The price that the limit band is around (exchange-rules.md, section 3): the median of best bid, best ask and last
 * trade, of those that there are. Ticks; 0: nothing yet. */
static double crash_active_price(const struct market *market)
{
    const double bid = market->best[CARD_SIDE_BUY], ask = market->best[CARD_SIDE_SELL], last = market->last_trade;

    if (bid > 0 && ask > 0)
        return last > 0 ? fmin(fmax(last, bid), ask) : (bid + ask) / 2;
    if (bid > 0 || ask > 0)
        return last > 0 ? (fmax(bid, ask) + last) / 2 : fmax(bid, ask);
    return last > 0 ? last : (double)market->mark / CARD_FIXED_ONE;
}

/* A bid that would be above the limit band, or an ask below it, rests at its edge: no worse for its maker, and it takes
 * the band along. Without that a book that was empty while the price went beyond the band of its last trade would stay
 * so, for every order is refused. */
static uint32_t crash_within_band(const struct crash *crash, uint32_t row, bool buys, uint32_t price)
{
    const struct market *market = state_market(crash->world->state, row);
    const double active = crash_active_price(market);

    if (active == 0)
        return price;
    return buys ? (uint32_t)fmin(price, floor(active * market->limit_max / MILLION) - 1)
                : (uint32_t)fmax(price, ceil(active * market->limit_min / MILLION) + 1);
}

static void crash_place(struct crash *crash, unsigned maker, uint32_t book, bool buys, uint32_t level,
                        const struct makers_level *what)
{
    const struct crash_book *in = &crash->book[book];
    const double ticks = what->price / (double)in->market->tick;
    uint32_t *number = &crash_resting(crash, maker, book, buys)[level];
    const uint32_t price = crash_within_band(crash, in->row, buys, (uint32_t)(buys ? floor(ticks) : ceil(ticks)));
    struct input_order_new *order;

    *number = 0;
    if (what->lots < 1 || price == 0)
        return;
    order = world_order(crash->world, crash_maker(crash, maker, book), in->row, buys ? CARD_SIDE_BUY : CARD_SIDE_SELL,
                        price, (int64_t)what->lots);
    order->flags = INPUT_ORDER_POST_ONLY;
    *number = order->header.reference;
    crash->orders++;
}

static void crash_remove(struct crash *crash, unsigned maker, uint32_t book, bool buys, uint32_t level)
{
    const struct world_client *client = crash_maker(crash, maker, book);
    const struct input_order_cancel record = {
        .header = { .kind = INPUT_ORDER_CANCEL, .user = client->user, .subaccount = client->subaccount,
                    .reference = crash_resting(crash, maker, book, buys)[level] } };

    if (record.header.reference == 0)
        return;
    world_add(crash->world, &record, sizeof record);
    crash->orders++;
}

static void crash_place_ladder(struct crash *crash, unsigned maker, uint32_t book)
{
    struct makers_level levels[MAKERS_LEVELS_MAX];

    world_cancel_all(crash->world, crash_maker(crash, maker, book)->subaccount, crash->book[book].row);
    crash->orders++;
    for (unsigned buys = 0; buys < 2; buys++) {
        makers_ladder(crash->makers, maker, book, buys, levels);
        for (uint32_t level = 0; level < crash->levels; level++)
            crash_place(crash, maker, book, buys, level, &levels[level]);
    }
}

/* As many orders as the budget has messages for, in turn. */
static void crash_refresh(struct crash *crash, unsigned maker, uint32_t book, double *budget)
{
    struct makers_level levels[2][MAKERS_LEVELS_MAX];
    uint32_t *cursor = &crash->cursor[maker * crash->books + book];

    if (*budget < 2)
        return;
    makers_ladder(crash->makers, maker, book, false, levels[0]);
    makers_ladder(crash->makers, maker, book, true, levels[1]);
    for (; *budget >= 2; *budget -= 2) {
        const uint32_t level = *cursor / 2;
        const bool buys = *cursor % 2;

        crash_remove(crash, maker, book, buys, level);
        crash_place(crash, maker, book, buys, level, &levels[buys][level]);
        *cursor = (*cursor + 1) % (2 * crash->levels);
    }
}

static void crash_make(struct crash *crash, unsigned maker, uint32_t book, bool look)
{
    double *budget = &crash->budget[maker * crash->books + book];

    *budget += crash->settings->message_rate * MAKER_SHARE / CRASH_MAKERS / CRASH_QUARTERS;
    if (look && makers_pull(crash->makers, maker, book)) {
        crash_place_ladder(crash, maker, book);
        *budget -= 1 + 2 * crash->levels;
    }
    crash_refresh(crash, maker, book, budget);
}

/* What everybody knows at the beginning of a second: prices outside, what makers hold and have lost. */
static double crash_held(const struct crash *crash, unsigned maker, uint32_t book)
{
    const struct crash_book *in = &crash->book[book];
    const uint32_t subaccount = crash_maker(crash, maker, book)->subaccount;

    if (!in->spot)
        return (double)world_lots(crash->world, subaccount, in->row);
    return (double)(world_held(crash->world, subaccount, in->market->asset) - in->coins) /
           (double)in->market->lot_units;
}

/* What a maker has lost of what it brought, hedges elsewhere counted. */
static double crash_maker_lost(const struct crash *crash, unsigned maker, double equity)
{
    double worth = equity;

    for (uint32_t i = 0; i < crash->markets; i++)
        worth += makers_won_elsewhere(crash->makers, maker, i) / (double)crash->market[i].tick * CRASH_LOT_USDC;
    return crash->maker_worth[maker] - worth;
}

/* Who has lost what it may leaves, and comes back with the capital that is missing. */
static void crash_judge_maker(struct crash *crash, unsigned maker)
{
    const uint32_t subaccount = crash->maker[maker].subaccount;
    struct margin_view view;
    double equity;

    margin_compute_maintenance(crash->world->state, subaccount, &view);
    equity = (double)(view.equity / 256) / CRASH_USDC;
    if (makers_are_away(crash->makers, maker)) {
        crash->away_seconds++;
        if (makers_wait(crash->makers, maker) && equity < crash->maker_worth[maker])
            crash_deposit(crash, subaccount, crash->usdc,
                          (int64_t)((crash->maker_worth[maker] - equity) * CRASH_USDC) + 1);
    } else if (crash_maker_lost(crash, maker, equity) > crash->maker_may_lose[maker]) {
        makers_leave(crash->makers, maker);
        crash->result->maker_departures++;
    }
}

static void crash_look(struct crash *crash, uint32_t second)
{
    for (uint32_t book = 0; book < crash->books; book++)
        makers_observe(crash->makers, book, (double)crash->book[book].market->outside[second]);
    for (unsigned maker = 0; maker < CRASH_MAKERS; maker++) {
        for (uint32_t book = 0; book < crash->books; book++)
            makers_hold(crash->makers, maker, book, crash_held(crash, maker, book));
        crash_judge_maker(crash, maker);
    }
}

/* --- noise --- */

static void crash_noise_order(struct crash *crash, uint32_t book, uint64_t price)
{
    const struct crash_book *in = &crash->book[book];
    const struct world_client *client = &crash->noise[mix_next(&crash->dice) % CRASH_NOISE];
    const double held = in->spot ? (double)(world_held(crash->world, client->subaccount, in->market->asset) -
                                            in->coins) / (double)in->market->lot_units
                                 : (double)world_lots(crash->world, client->subaccount, in->row);
    const double far = NOISE_HOLDS * in->depth_lots;
    const bool coin = draw_uniform(&crash->dice) < 0.5, buys = held > far ? false : held < -far || coin;
    const double lots = NOISE_SIZE * in->depth_lots * draw_pareto(&crash->dice, NOISE_EXPONENT, NOISE_MOST);
    const double limit = (double)price / (double)in->market->tick * (buys ? 1 + NOISE_REACH : 1 - NOISE_REACH);

    world_order(crash->world, client, in->row, buys ? CARD_SIDE_BUY : CARD_SIDE_SELL, (uint32_t)limit,
                (int64_t)lots + 1)->tif = CARD_TIF_IOC;
    crash->orders++;
}

static void crash_make_noise(struct crash *crash, uint32_t second)
{
    for (uint32_t book = 0; book < crash->books; book++) {
        double *budget = &crash->budget[CRASH_MAKERS * crash->books + book];

        *budget += crash->settings->message_rate * (1 - MAKER_SHARE) / CRASH_QUARTERS *
                   draw_between(&crash->dice, 0.5, 1.5);
        for (; *budget >= 1; *budget -= 1)
            crash_noise_order(crash, book, crash->book[book].market->outside[second]);
    }
}

/* --- providers --- */

/* On our own book, within 1 % of the price outside. What falls due each second is a share of what they hold, so that
 * half of a position is due after the settings' time, and what was not filled stays due. */
static void crash_hedge(struct crash *crash, unsigned provider, uint32_t number, uint64_t price)
{
    const struct crash_market *market = &crash->market[number];
    const struct world_client *client = &crash->provider[provider];
    const int64_t held = world_lots(crash->world, client->subaccount, market->row);
    double *due = &crash->hedge[provider * crash->markets + number];
    const bool buys = held < 0;
    const double limit = (double)price / (double)market->tick * (buys ? 1 + HEDGE_REACH : 1 - HEDGE_REACH);
    struct input_order_new *order;

    if ((held > 0) != (*due > 0)) /* another position than the one it was due of */
        *due = 0;
    *due += (double)held * (1 - exp2(-1 / crash->settings->provider_hedge_seconds));
    *due = copysign(fmin(fabs(*due), fabs((double)held)), (double)held);
    if (fabs(*due) < 1 || state_subaccount(crash->world->state, client->subaccount)->episode != TABLE_NONE)
        return;
    order = world_order(crash->world, client, market->row, buys ? CARD_SIDE_BUY : CARD_SIDE_SELL, (uint32_t)limit,
                        (int64_t)fabs(*due));
    order->tif = CARD_TIF_IOC;
    order->flags = INPUT_ORDER_REDUCE_ONLY;
    crash->orders++;
}

void crash_flow_filled(struct crash *crash, const struct report *report)
{
    for (unsigned i = 0; i < CRASH_PROVIDERS; i++)
        for (uint32_t market = 0; market < crash->markets; market++)
            if (report->subaccount == crash->provider[i].subaccount && report->market == crash->market[market].row) {
                double *due = &crash->hedge[i * crash->markets + market];

                *due = copysign(fmax(fabs(*due) - (double)report->quantity, 0), *due);
            }
}

/* What was taken off a capacity is committed again as far as half of what is free is margin for it. */
static void crash_commit(struct crash *crash, unsigned provider)
{
    const struct state *state = crash->world->state;
    const uint32_t subaccount = crash->provider[provider].subaccount;
    struct margin_view view;
    double left;

    margin_compute(state, subaccount, NULL, &view);
    left = (double)(view.available / 256) / CRASH_USDC / 2;
    for (uint32_t row = state_subaccount(state, subaccount)->commitments; row != TABLE_NONE;
         row = state_commitment(state, row)->next) {
        const struct commitment *has = state_commitment(state, row);
        struct input_backstop record = { .header = { .kind = INPUT_BACKSTOP, .subaccount = subaccount },
                                         .market = (uint16_t)has->market };

        for (uint32_t i = 0; i < crash->markets; i++) {
            const struct crash_market *market = &crash->market[i];
            const double margin = crash_margin(market, (double)crash->capacity[provider * crash->markets + i] /
                                                           CRASH_USDC);

            if (market->row != has->market)
                continue;
            record.capacity = crash->capacity[provider * crash->markets + i];
            if (has->capacity < record.capacity / 10 * 9 && margin < left) {
                world_add(crash->world, &record, sizeof record);
                left -= margin;
            }
        }
    }
}

static void crash_provide(struct crash *crash, uint32_t second, uint32_t at)
{
    for (unsigned provider = 0; provider < CRASH_PROVIDERS && crash->settings->policy != POLICY_NONE; provider++) {
        if (crash->provider[provider].subaccount == TABLE_NONE)
            continue;
        for (uint32_t i = 0; i < crash->markets; i++)
            crash_hedge(crash, provider, i, crash->market[i].outside[at]);
        if (second % COMMIT_SECONDS == provider)
            crash_commit(crash, provider);
    }
}

void crash_flow(struct crash *crash, uint32_t second, unsigned quarter)
{
    const uint32_t at = second < crash->seconds ? second : crash->seconds;

    if (crash->world->failed)
        return;
    if (quarter == 0)
        crash_look(crash, at);
    for (unsigned maker = 0; maker < CRASH_MAKERS; maker++)
        for (uint32_t book = 0; book < crash->books; book++)
            crash_make(crash, maker, book, maker % CRASH_QUARTERS == quarter);
    crash_make_noise(crash, at);
    if (quarter == CRASH_QUARTERS - 1)
        crash_provide(crash, second, at);
}
