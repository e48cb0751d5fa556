/* Who takes part in a crash: the population and the hedgers on its other side, makers, noise traders, providers, a
 * lender, the fund. All of the population's rows are made in large batches, since their numbers are known beforehand.
 * */
#include <stdio.h>
#include <string.h>

#include "crash_parts.h"
#include "draw.h"
#include "memory.h"

enum {
    USERS_MOST = 60000, WHOLE = 1000000,
    TAKES_A_BATCH = 1024,    /* all of a round have slots of one market at once */
};
#define PROVIDER_COMMITS 0.7   /* of its capital: initial margin of what it commits */
#define ENOUGH_MARGIN 1.3      /* times the initial margin that accounts need who must not be in trouble */
#define MAKER_INVENTORY 2.0    /* of the depth of all makers, each maker at most */
#define MAKER_LOSS 0.15        /* of the notional that it may hold */
#define RICH 4e9

static int64_t crash_units(double usdc)
{
    return (int64_t)(usdc * CRASH_USDC) + 1;
}

/* Units of a market's coin for so many USDC at its first price. */
static int64_t crash_coins(const struct crash_market *market, double usdc)
{
    return (int64_t)(crash_lots(market, usdc, market->outside[0]) * (double)market->lot_units) + 1;
}

void crash_deposit(struct crash *crash, uint32_t subaccount, uint32_t asset, int64_t units)
{
    struct input_deposit record = { .header = { .kind = INPUT_DEPOSIT, .subaccount = subaccount },
                                    .asset = (uint16_t)asset, .amount = units };

    snprintf((char *)record.id, sizeof record.id, "deposit-%u", ++crash->world->deposits % 10000000);
    world_add(crash->world, &record, sizeof record);
}

static struct world_client crash_rich(struct crash *crash, const char *kind, unsigned number, double usdc,
                                      uint32_t flags)
{
    struct world_client client;
    char name[24];

    snprintf(name, sizeof name, "%s-%u", kind, number);
    client = world_add_client(crash->world, name, flags);
    crash_deposit(crash, client.subaccount, crash->usdc, crash_units(usdc));
    world_run(crash->world);
    return client;
}

/* --- rows of the population --- */

/* Some accounts share an owner where there are more than users can be. */
static void crash_add_person(struct crash *crash, uint32_t number, uint32_t shared)
{
    const struct world_client *client = &crash->client[number];
    struct input_account_create account = { .header = { .kind = INPUT_ACCOUNT_CREATE } };
    struct input_user_set user = { .header = { .kind = INPUT_USER_SET }, .account = client->account,
                                   .flags = USER_TRADE };
    struct input_subaccount_create sub = { .header = { .kind = INPUT_SUBACCOUNT_CREATE }, .account = client->account };

    snprintf((char *)account.name, sizeof account.name, "account-%u", number / shared);
    snprintf((char *)user.name, sizeof user.name, "u%05u", client->account % 100000);
    snprintf((char *)sub.name, sizeof sub.name, "main-%u", number % shared);
    if (crash->population[number].borrower)
        sub.flags = SUBACCOUNT_AUTO_BORROW;
    if (number % shared == 0)
        world_add(crash->world, &account, sizeof account);
    world_add(crash->world, &sub, sizeof sub);
    if (number % shared == 0)
        world_add(crash->world, &user, sizeof user);
}

static void crash_add_population(struct crash *crash)
{
    const struct state *state = crash->world->state;
    const uint32_t shared = 1 + (crash->accounts - 1) / USERS_MOST, owners = (crash->accounts + shared - 1) / shared;
    const struct world_client first = { state->accounts.used, state->subaccounts.used, state->users.used };

    for (uint32_t i = 0; i < crash->accounts; i++) {
        crash->client[i] = (struct world_client){ first.account + i / shared, first.subaccount + i,
                                                  first.user + i / shared };
        crash_add_person(crash, i, shared);
    }
    world_run(crash->world);
    if (!crash->world->failed && (state->accounts.used != first.account + owners ||
                                  state->subaccounts.used != first.subaccount + crash->accounts ||
                                  state->users.used != first.user + owners))
        world_fail(crash->world, "the population was not made: %u of %u accounts",
                   state->subaccounts.used - first.subaccount, crash->accounts);
}

static void crash_fund_population(struct crash *crash)
{
    for (uint32_t i = 0; i < crash->accounts; i++) {
        const struct population_account *account = &crash->population[i];
        const uint32_t subaccount = crash->client[i].subaccount;
        double fees = 0;

        for (uint32_t leg = 0; leg < account->legs; leg++)
            fees += fabs(account->leg[leg].notional) * 0.0005;
        fees += account->borrower ? account->coins * 0.0005 : 0;
        crash->person[subaccount].direction = account->legs == 0 ? 0 : account->leg[0].notional > 0 ? 1 : -1;
        if (account->cash + fees > 0)
            crash_deposit(crash, subaccount, crash->usdc, crash_units(account->cash + fees));
        if (!account->borrower && account->coins > 0)
            crash_deposit(crash, subaccount, crash->market[0].asset, crash_coins(&crash->market[0], account->coins));
    }
    world_run(crash->world);
}

/* --- positions, all at the first price --- */

/* Hedgers rest what all of a side want, who then take it. */
static int64_t crash_leg_lots(const struct crash_market *market, const struct population_leg *leg)
{
    return (int64_t)llround(crash_lots(market, fabs(leg->notional), market->outside[0]));
}

static void crash_rest_hedgers(struct crash *crash, const struct crash_book *book, uint8_t side, int64_t lots)
{
    const uint32_t ticks = crash_ticks(book->market, book->market->outside[0]);

    for (unsigned i = 0; i < CRASH_HEDGERS && lots > 0; i++)
        world_order(crash->world, &crash->hedger[i], book->row, side, ticks, lots / CRASH_HEDGERS + 1);
    world_run(crash->world);
}

static void crash_take(struct crash *crash, const struct world_client *client, const struct crash_book *book, bool buys,
                       int64_t lots)
{
    const uint32_t ticks = crash_ticks(book->market, book->market->outside[0]);

    if (lots > 0)
        world_order(crash->world, client, book->row, buys ? CARD_SIDE_BUY : CARD_SIDE_SELL, ticks, lots)->tif =
            CARD_TIF_IOC;
    if (crash->world->count >= TAKES_A_BATCH)
        world_run(crash->world);
}

/* One side of one perpetual. */
static void crash_enter_side(struct crash *crash, uint32_t market, bool buys)
{
    const struct crash_book *book = &crash->book[market];
    int64_t lots = 0;

    for (unsigned round = 0; round < 2; round++) { /* add up, then trade */
        for (uint32_t i = 0; i < crash->accounts; i++)
            for (uint32_t leg = 0; leg < crash->population[i].legs; leg++) {
                const struct population_leg *what = &crash->population[i].leg[leg];
                const int64_t wants = crash_leg_lots(book->market, what);

                if (what->market != market || (what->notional > 0) != buys)
                    continue;
                if (round == 0)
                    lots += wants;
                else
                    crash_take(crash, &crash->client[i], book, buys, wants);
            }
        if (round == 0)
            crash_rest_hedgers(crash, book, buys ? CARD_SIDE_SELL : CARD_SIDE_BUY, lots);
    }
    for (unsigned i = 0; i < CRASH_HEDGERS; i++)
        world_cancel_all(crash->world, crash->hedger[i].subaccount, book->row);
    world_run(crash->world);
}

static void crash_enter_spot(struct crash *crash)
{
    const struct crash_book *book = &crash->book[crash->markets];
    double coins = 0;

    for (uint32_t i = 0; i < crash->accounts; i++)
        coins += crash->population[i].borrower ? crash->population[i].coins : 0;
    crash_rest_hedgers(crash, book, CARD_SIDE_SELL,
                       (int64_t)crash_lots(book->market, coins * 1.01, book->market->outside[0]));
    for (uint32_t i = 0; i < crash->accounts; i++)
        if (crash->population[i].borrower)
            crash_take(crash, &crash->client[i], book, true,
                       (int64_t)crash_lots(book->market, crash->population[i].coins, book->market->outside[0]));
    for (unsigned i = 0; i < CRASH_HEDGERS; i++)
        world_cancel_all(crash->world, crash->hedger[i].subaccount, book->row);
    world_run(crash->world);
}

static void crash_add_stop(struct crash *crash, uint32_t number)
{
    const struct population_account *account = &crash->population[number];
    const struct population_leg *leg = &account->leg[0];
    const struct crash_market *market = &crash->market[leg->market];
    const double way = leg->notional > 0 ? 1 - account->stop : 1 + account->stop;
    const struct world_client *client = &crash->client[number];
    const struct input_order_new_extra record = {
        .order = { .header = { .kind = INPUT_ORDER_NEW, .user = client->user, .subaccount = client->subaccount,
                               .reference = ++crash->world->reference[client->user] },
                   .market = (uint16_t)market->row, .side = leg->notional > 0 ? CARD_SIDE_SELL : CARD_SIDE_BUY,
                   .tif = CARD_TIF_IOC, .quantity = WHOLE,
                   .flags = INPUT_ORDER_MARKET | INPUT_ORDER_REDUCE_ONLY | INPUT_ORDER_PERCENT | INPUT_ORDER_EXTRA },
        .extra = { .trigger_by = INPUT_BY_MARK,
                   .trigger_when = leg->notional > 0 ? INPUT_AT_OR_BELOW : INPUT_AT_OR_ABOVE,
                   .trigger_price = (uint32_t)(way * crash_ticks(market, market->outside[0])) } };

    world_add(crash->world, &record, sizeof record);
    crash->orders++;
}

static void crash_enter(struct crash *crash)
{
    const uint64_t refused = crash->world->refused;

    for (uint32_t market = 0; market < crash->markets; market++) {
        crash_enter_side(crash, market, true);
        crash_enter_side(crash, market, false);
    }
    crash_enter_spot(crash);
    for (uint32_t i = 0; i < crash->accounts; i++)
        if (crash->population[i].stop > 0)
            crash_add_stop(crash, i);
    world_run(crash->world);
    if ((crash->world->refused - refused) * 50 > crash->accounts)
        world_fail(crash->world, "%u of the orders that open positions were refused",
                   (unsigned)(crash->world->refused - refused));
}

/* --- everybody else --- */

/* Enough for the margin of a share of every market's notional. */
static double crash_margin_of_all(const struct crash *crash, double share)
{
    double sum = 0;

    for (uint32_t i = 0; i < crash->markets; i++) {
        const double notional = crash->market[i].interest * share;

        sum += fmax(crash_margin(&crash->market[i], notional), notional / 4);
    }
    return sum * ENOUGH_MARGIN;
}

static void crash_make_hedgers(struct crash *crash)
{
    const double share = 1.3 / CRASH_HEDGERS;

    for (unsigned i = 0; i < CRASH_HEDGERS; i++) {
        crash->hedger[i] = crash_rich(crash, "hedger", i + 1, crash_margin_of_all(crash, share) * 2, 0);
        crash_deposit(crash, crash->hedger[i].subaccount, crash->market[0].asset,
                      crash_coins(&crash->market[0], crash->market[0].interest * share));
    }
}

static void crash_make_makers(struct crash *crash)
{
    const double share = 2 * MAKER_INVENTORY / crash->settings->interest_to_depth;
    double holds = 0;

    for (uint32_t i = 0; i < crash->markets; i++)
        holds += MAKER_INVENTORY * crash->market[i].depth;
    crash->book[crash->markets].coins = crash_coins(&crash->market[0], MAKER_INVENTORY * crash->market[0].depth / 4);
    for (unsigned i = 0; i < CRASH_MAKERS; i++) {
        const double paid = 2 * crash_margin_of_all(crash, share);

        crash->maker[i] = crash_rich(crash, "maker", i + 1, paid, 0);
        crash->maker_worth[i] = paid;
        crash->maker_may_lose[i] = MAKER_LOSS * holds;
        crash->spot_maker[i] = crash_rich(crash, "spot-maker", i + 1, 4 * MAKER_INVENTORY * crash->market[0].depth, 0);
        crash_deposit(crash, crash->spot_maker[i].subaccount, crash->market[0].asset,
                      crash->book[crash->markets].coins);
    }
    crash->makers = makers_create(&(struct makers_settings){ .makers = CRASH_MAKERS, .markets = crash->books,
                                                            .levels = crash->levels, .seed = crash->settings->seed });
    for (uint32_t i = 0; i < crash->books; i++)
        makers_set_market(crash->makers, i, crash->book[i].depth_lots, MAKER_INVENTORY * crash->book[i].depth_lots,
                          crash->book[i].market->calm);
}

/* As much of what is asked of every market, pro rata to open interest, as the capital's share is the margin of. */
static double crash_commitment(const struct crash *crash, double capital)
{
    double low = 0, high = 1;

    for (unsigned i = 0; i < 40; i++) {
        const double share = (low + high) / 2;
        double margin = 0;

        for (uint32_t market = 0; market < crash->markets; market++)
            margin += crash_margin(&crash->market[market], crash->market[market].interest * share);
        if (margin > capital * PROVIDER_COMMITS)
            high = share;
        else
            low = share;
    }
    return low;
}

static void crash_make_providers(struct crash *crash, double interest)
{
    const double capital = crash->settings->provider_capital * interest / CRASH_PROVIDERS;
    const double share = crash_commitment(crash, capital);

    for (unsigned i = 0; i < CRASH_PROVIDERS && capital > 0; i++) {
        crash->provider[i] = crash_rich(crash, "provider", i + 1, capital, 0);
        crash->provider_paid[i] = capital;
        for (uint32_t market = 0; market < crash->markets; market++) {
            const struct input_backstop record = {
                .header = { .kind = INPUT_BACKSTOP, .subaccount = crash->provider[i].subaccount },
                .market = (uint16_t)crash->market[market].row,
                .capacity = crash_units(crash->market[market].interest * share) };

            crash->capacity[i * crash->markets + market] = record.capacity;
            if (crash->settings->policy != POLICY_NONE)
                world_set(crash->world, &record, sizeof record);
        }
    }
}

static double crash_draw_population(struct crash *crash)
{
    struct population_market market[CRASH_MARKETS];
    double all = 0;

    for (uint32_t i = 0; i < crash->markets; i++) {
        market[i] = (struct population_market){ crash->market[i].interest, crash->market[i].imf,
                                                crash->market[i].imf_factor };
        all += market[i].open_interest;
    }
    population_make(&(struct population_settings){ .seed = crash->settings->seed, .accounts = crash->accounts,
                                                   .markets = crash->markets, .market = market, .spot = true },
                    crash->population);
    return all;
}

void crash_make_people(struct crash *crash)
{
    const double interest = crash_draw_population(crash);
    double borrowed = 0;

    crash_make_hedgers(crash);
    crash_make_makers(crash);
    for (unsigned i = 0; i < CRASH_NOISE; i++)
        crash->noise[i] = crash_rich(crash, "noise", i + 1, RICH, 0);
    for (unsigned i = 0; i < CRASH_NOISE; i++)
        crash_deposit(crash, crash->noise[i].subaccount, crash->market[0].asset, crash->book[crash->markets].coins);
    for (uint32_t i = 0; i < crash->accounts; i++)
        borrowed += crash->population[i].borrowed;
    crash->lender = crash_rich(crash, "lender", 1, 2 * borrowed + interest, SUBACCOUNT_AUTO_LEND);
    if (crash->settings->fund > 0)
        crash_deposit(crash, SYSTEM_FUND, crash->usdc, crash_units(crash->settings->fund * interest));
    world_advance(crash->world, crash->world->time_ns + NS_A_SECOND); /* the lender lends */
    crash_add_population(crash);
    crash_fund_population(crash);
    crash_enter(crash);
    crash_make_providers(crash, interest);
}
