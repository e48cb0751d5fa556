#include "makers.h"

#include <stdlib.h>

#include "check.h"
#include "draw.h"
#include "memory.h"

enum { MOVE_SECONDS = 10, PAUSE_LEAST = 60, PAUSE_MOST = 180 };
#define EXPONENT 0.65
#define SHRUNK 0.25        /* of the size, when it is wild */
#define WILD 6.0           /* times the calm volatility at which it is */
#define CALM_LEAST 5e-5    /* a second: 1.5 per cent a day */
#define CALM_PEAK 3.0      /* times the calm mean: what the peaks of calm seconds come to */
#define HALF_SPREAD 1e-4
#define SPREAD_MOST 0.01
#define SKEW 0.005
#define PULL 0.004
#define HEDGE_SECONDS 120
#define REFILLED 2.3       /* time constants in which nine tenths are back */
#define FADE 0.9659363     /* of a squared return in a second: half in 20 */

/* A maker in a market. */
struct maker {
    double eaten[2];       /* lots missing from the top of its asks, bids */
    double size;           /* of the calm one, 0 .. 1 */
    double lots;           /* held */
    double hedged;         /* of them, elsewhere */
    double won;            /* by that, lots x price */
    double pulled_at;      /* price of its last whole ladder */
    bool known;            /* lots are */
    bool pulled_away;      /* it was away then */
};

struct maker_market {
    double depth, inventory; /* lots: of one maker, both sides */
    double price, variance, calm;
    double before[MOVE_SECONDS]; /* prices of the last seconds */
    uint32_t seconds;
};

struct makers {
    struct makers_settings settings;
    struct maker *maker;   /* by market, then maker */
    struct maker_market *market;
    /* by maker */
    double *refill_seconds, *move_limit;
    uint32_t *pause;       /* seconds that it stays away */
    uint32_t *away;        /* of them, still to come; 0: it is here */
    /* by maker and level: how far from the price, and the share of a side's size that is no further */
    double *way, *through;
};

static void makers_stretch(struct makers *makers, uint32_t maker, double stretch)
{
    const uint32_t count = makers->settings.levels;

    for (uint32_t i = 0; i < count; i++) {
        const double way = MAKERS_REACH * stretch * pow((i + 0.3) / (count - 0.7), 2.2);

        makers->way[maker * count + i] = way;
        makers->through[maker * count + i] = pow(way / MAKERS_REACH, EXPONENT);
    }
}

struct makers *makers_create(const struct makers_settings *settings)
{
    struct makers *makers = memory_reserve(1, sizeof *makers);
    uint64_t seed = draw_seed(settings->seed, 0x6d616b);

    check(settings->levels >= 1 && settings->levels <= MAKERS_LEVELS_MAX);
    makers->settings = *settings;
    makers->maker = memory_reserve((size_t)settings->makers * settings->markets, sizeof *makers->maker);
    makers->market = memory_reserve(settings->markets, sizeof *makers->market);
    makers->refill_seconds = memory_reserve(settings->makers, sizeof(double));
    makers->move_limit = memory_reserve(settings->makers, sizeof(double));
    makers->way = memory_reserve((size_t)settings->makers * settings->levels, sizeof(double));
    makers->through = memory_reserve((size_t)settings->makers * settings->levels, sizeof(double));
    makers->pause = memory_reserve(settings->makers, sizeof(uint32_t));
    makers->away = memory_reserve(settings->makers, sizeof(uint32_t));
    for (uint32_t i = 0; i < settings->makers; i++) {
        makers->refill_seconds[i] = draw_between(&seed, 10, 40) / REFILLED;
        makers->move_limit[i] = draw_between(&seed, 0.03, 0.08);
        makers_stretch(makers, i, draw_between(&seed, 0.85, 1));
        makers->pause[i] = (uint32_t)draw_between(&seed, PAUSE_LEAST, PAUSE_MOST);
    }
    for (uint32_t i = 0; i < settings->makers * settings->markets; i++)
        makers->maker[i].size = 1;
    return makers;
}

void makers_destroy(struct makers *makers)
{
    if (makers == NULL)
        return;
    free(makers->maker);
    free(makers->market);
    free(makers->refill_seconds);
    free(makers->move_limit);
    free(makers->way);
    free(makers->through);
    free(makers->pause);
    free(makers->away);
    free(makers);
}

void makers_set_market(struct makers *makers, uint32_t market, double depth_lots, double inventory_lots,
                       double calm)
{
    makers->market[market].depth = depth_lots / makers->settings.makers;
    makers->market[market].calm = CALM_PEAK * fmax(calm, CALM_LEAST);
    makers->market[market].inventory = inventory_lots;
}

static struct maker *makers_at(const struct makers *makers, uint32_t maker, uint32_t market)
{
    return &makers->maker[(size_t)market * makers->settings.makers + maker];
}

static double makers_volatility(const struct maker_market *market)
{
    return sqrt(market->variance);
}

/* How much of its size a maker wants to show now. */
static double makers_wanted(const struct makers *makers, uint32_t maker, const struct maker_market *market)
{
    const double old = market->before[market->seconds % MOVE_SECONDS];
    const double times = makers_volatility(market) / market->calm;
    const double wild = fmin(fmax((times - 1) / (WILD - 1), 0), 1);

    if (old > 0 && fabs(market->price / old - 1) > makers->move_limit[maker])
        return 0;
    return 1 - (1 - SHRUNK) * wild;
}

void makers_observe(struct makers *makers, uint32_t number, double price)
{
    struct maker_market *market = &makers->market[number];
    const double change = market->price > 0 ? price - market->price : 0;
    const double move = market->price > 0 ? change / market->price : 0;

    market->price = price;
    market->variance = fmax(market->variance * FADE, move * move);
    market->before[market->seconds++ % MOVE_SECONDS] = price;
    for (uint32_t i = 0; i < makers->settings.makers; i++) {
        struct maker *maker = makers_at(makers, i, number);
        const double wanted = makers_wanted(makers, i, market), back = 1 / makers->refill_seconds[i];

        maker->size = makers->away[i] ? 0 : wanted < maker->size ? wanted
                                                                   : maker->size + (wanted - maker->size) * back;
        maker->eaten[0] -= maker->eaten[0] * back;
        maker->eaten[1] -= maker->eaten[1] * back;
        maker->won -= maker->hedged * change;
        maker->hedged += (maker->lots - maker->hedged) / HEDGE_SECONDS;
    }
}

void makers_hold(struct makers *makers, uint32_t number, uint32_t market, double lots)
{
    struct maker *maker = makers_at(makers, number, market);
    const double change = maker->known ? lots - maker->lots : 0;

    maker->eaten[change > 0] += fabs(change); /* who has bought has fewer bids */
    maker->lots = lots;
    maker->known = true;
}

double makers_won_elsewhere(const struct makers *makers, uint32_t maker, uint32_t market)
{
    return makers_at(makers, maker, market)->won;
}

void makers_leave(struct makers *makers, uint32_t maker)
{
    if (makers->away[maker] == 0)
        makers->away[maker] = makers->pause[maker];
    for (uint32_t market = 0; market < makers->settings.markets; market++)
        makers_at(makers, maker, market)->size = 0;
}

bool makers_are_away(const struct makers *makers, uint32_t maker)
{
    return makers->away[maker] > 0;
}

bool makers_wait(struct makers *makers, uint32_t maker)
{
    if (makers->away[maker] == 0 || --makers->away[maker] > 0)
        return false;
    for (uint32_t market = 0; market < makers->settings.markets; market++)
        makers_at(makers, maker, market)->won = 0;
    return true;
}

void makers_ladder(const struct makers *makers, uint32_t number, uint32_t at, bool buys,
                   struct makers_level *levels)
{
    const struct maker_market *market = &makers->market[at];
    const struct maker *maker = makers_at(makers, number, at);
    const uint32_t count = makers->settings.levels;
    const double held = market->inventory > 0 ? fmin(fmax((maker->lots - maker->hedged) / market->inventory, -1), 1)
                                               : 0;
    const double centre = market->price * (1 - SKEW * held), sign = buys ? -1 : 1;
    const double touch = fmin(fmax(HALF_SPREAD, 0.7 * makers_volatility(market)), SPREAD_MOST);
    const bool full = buys ? maker->lots >= market->inventory : maker->lots <= -market->inventory;
    double eaten = maker->eaten[buys], before = 0;

    for (uint32_t i = 0; i < count; i++) {
        const double way = makers->way[number * count + i], through = makers->through[number * count + i];
        double lots = market->depth / 2 * maker->size * (through - before);

        before = through;
        if (eaten >= lots) {
            eaten -= lots;
            lots = 0;
        } else {
            lots -= eaten;
            eaten = 0;
        }
        levels[i].price = centre * (1 + sign * fmax(way, touch));
        levels[i].lots = full ? 0 : lots;
    }
}

bool makers_pull(struct makers *makers, uint32_t number, uint32_t at)
{
    struct maker *maker = makers_at(makers, number, at);
    const double price = makers->market[at].price;
    const bool away = makers_are_away(makers, number);

    if (maker->pulled_at > 0 && fabs(price / maker->pulled_at - 1) < PULL && maker->pulled_away == away)
        return false;
    maker->pulled_at = price;
    maker->pulled_away = away;
    return true;
}
