#include "population.h"

#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "memory.h"

#define SIZE_EXPONENT 1.2
#define SIZE_MOST 200
#define SHARE_SHORT 0.2
#define SHARE_SEVERAL (1.0 / 3)
#define SHARE_COINS 0.2
#define SHARE_BORROWERS 0.03
#define SHARE_STOPS 0.06
#define MARGIN_SHARE 0.8   /* of what the initial margin allows */
#define SHORT_INTEREST 0.25

static const struct {
    double share, leverage;
} leverages[] = { { 0.15, 2 }, { 0.20, 3 }, { 0.25, 5 }, { 0.22, 10 }, { 0.13, 20 }, { 0.05, 40 } };

static double population_leverage(uint64_t *seed)
{
    double draw = draw_uniform(seed);
    unsigned i = 0;

    while (i + 1 < sizeof leverages / sizeof *leverages && draw >= leverages[i].share)
        draw -= leverages[i++].share;
    return leverages[i].leverage * draw_between(seed, 0.75, 1.25);
}

/* A market, more often one with more open interest. */
static uint32_t population_pick(const struct population_settings *settings, double all, uint64_t *seed)
{
    double draw = draw_uniform(seed) * all;
    uint32_t i = 0;

    while (i + 1 < settings->markets && draw >= settings->market[i].open_interest)
        draw -= settings->market[i++].open_interest;
    return i;
}

/* Sizes are weights up to here: leg[].notional is scaled afterwards. */
static void population_draw_legs(const struct population_settings *settings, double all, uint64_t *seed,
                                 struct population_account *account)
{
    const double size = draw_pareto(seed, SIZE_EXPONENT, SIZE_MOST);
    const double sign = draw_uniform(seed) < SHARE_SHORT ? -1 : 1;
    const uint32_t wanted = draw_uniform(seed) < SHARE_SEVERAL ? 2 + (uint32_t)(mix_next(seed) % 3) : 1;

    for (uint32_t i = 0; i < wanted; i++) {
        const uint32_t market = population_pick(settings, all, seed);
        bool there = false;

        for (uint32_t j = 0; j < account->legs; j++)
            there |= account->leg[j].market == market;
        if (!there)
            account->leg[account->legs++] = (struct population_leg){ market, sign * size / wanted };
    }
}

/* Weights become USDC: longs and shorts of a market add up to what they should. */
static void population_scale(const struct population_settings *settings, struct population_account *accounts)
{
    double *sums = memory_reserve(2 * (size_t)settings->markets, sizeof *sums);

    for (uint32_t i = 0; i < settings->accounts; i++)
        for (uint32_t j = 0; j < accounts[i].legs; j++) {
            const struct population_leg *leg = &accounts[i].leg[j];

            sums[2 * leg->market + (leg->notional < 0)] += fabs(leg->notional);
        }
    for (uint32_t i = 0; i < settings->accounts; i++)
        for (uint32_t j = 0; j < accounts[i].legs; j++) {
            struct population_leg *leg = &accounts[i].leg[j];
            const double interest = settings->market[leg->market].open_interest;

            leg->notional *= interest * (leg->notional < 0 ? SHORT_INTEREST : 1) /
                             sums[2 * leg->market + (leg->notional < 0)];
        }
    free(sums);
}

static double population_margin(const struct population_market *market, double notional)
{
    return notional * fmax(market->imf, market->imf_factor * sqrt(notional));
}

static void population_collateral(const struct population_settings *settings, uint64_t *seed,
                                  struct population_account *account)
{
    const double leverage = population_leverage(seed), in_coins = draw_uniform(seed) < SHARE_COINS
                                                                      ? draw_between(seed, 0.3, 1) : 0;
    double notional = 0, margin = 0, collateral;

    for (uint32_t i = 0; i < account->legs; i++) {
        const double leg = fabs(account->leg[i].notional);

        notional += leg;
        margin += population_margin(&settings->market[account->leg[i].market], leg);
    }
    collateral = fmax(notional / leverage, margin / MARGIN_SHARE);
    account->coins = collateral * in_coins;
    account->cash = collateral - account->coins;
    if (draw_uniform(seed) < SHARE_STOPS)
        account->stop = draw_between(seed, 0.4, 0.9) * fmin(collateral / notional, 0.9);
}

/* Coins bought with borrowed USDC, in the size of the others' collateral. */
static void population_borrower(double mean, uint64_t *seed, struct population_account *account)
{
    const double leverage = draw_between(seed, 2, 4), own = mean * draw_between(seed, 0.2, 2);

    account->borrower = true;
    account->cash = own;
    account->borrowed = own * (leverage - 1);
    account->coins = own * leverage;
}

void population_make(const struct population_settings *settings, struct population_account *accounts)
{
    double all = 0, mean;

    memset(accounts, 0, settings->accounts * sizeof *accounts);
    for (uint32_t i = 0; i < settings->markets; i++)
        all += settings->market[i].open_interest;
    mean = all / settings->accounts / 8;
    for (uint32_t i = 0; i < settings->accounts; i++) {
        uint64_t seed = draw_seed(settings->seed, i);

        if (settings->spot && draw_uniform(&seed) < SHARE_BORROWERS)
            population_borrower(mean, &seed, &accounts[i]);
        else
            population_draw_legs(settings, all, &seed, &accounts[i]);
    }
    population_scale(settings, accounts);
    for (uint32_t i = 0; i < settings->accounts; i++) {
        uint64_t seed = draw_seed(~settings->seed, i);

        if (!accounts[i].borrower)
            population_collateral(settings, &seed, &accounts[i]);
    }
}
