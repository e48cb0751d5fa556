/* Price protection: the limit band on entry and the bounds of a taker, as whole numbers without loss. */
#include "internal.h"

typedef unsigned __int128 wide;

/* Active price in 1/512 ticks: the mark has 8 fraction bits, the mean of two prices one more. */
static uint64_t bands_active_price(const struct market *market)
{
    uint64_t bid = market->half[CARD_SIDE_BUY].best;
    uint64_t ask = market->half[CARD_SIDE_SELL].best;
    uint64_t last = market->last_trade;
    uint64_t sum = bid + ask + last; /* 0 stands for one that does not exist */
    unsigned count = (bid != 0) + (ask != 0) + (last != 0);

    switch (count) {
    case 0:
        return market->mark * 2;
    case 1:
        return sum * 512;
    case 2:
        return sum * 256;
    default:
        /* bid < ask, so the median is `last` drawn to between them. */
        return (last < bid ? bid : last > ask ? ask : last) * 512;
    }
}

bool bands_admit_limit(const struct market *market, uint32_t price)
{
    wide active = bands_active_price(market);
    wide scaled = (wide)price * CARD_MULTIPLIER_ONE * 512;

    return active * market->limit_min <= scaled && scaled <= active * market->limit_max;
}

/* value x multiplier / divisor, against the taker: down for a buy, up for a sell. */
static uint64_t bands_scale(uint8_t side, uint64_t value, uint64_t multiplier, uint64_t divisor)
{
    wide product = (wide)value * multiplier;
    wide round = side == CARD_SIDE_BUY ? 0 : divisor - 1;

    return (uint64_t)((product + round) / divisor);
}

/* Millionths of the index up to which the premium band lets a taker go. */
static uint64_t bands_premium_factor(const struct market *market, uint8_t side)
{
    int64_t tolerance = side == CARD_SIDE_BUY ? (int64_t)market->tolerance : -(int64_t)market->tolerance;
    int64_t factor = (int64_t)CARD_MULTIPLIER_ONE + market->mean_premium + tolerance;

    return factor > 0 ? (uint64_t)factor : 0;
}

struct bounds bands_bound_taker(const struct market *market, const struct taker *taker)
{
    const uint64_t one_tick = (uint64_t)CARD_MULTIPLIER_ONE * CARD_FIXED_ONE;
    uint8_t side = taker->side;
    bool buy = side == CARD_SIDE_BUY;
    uint32_t touch = market->half[side_opposite(side)].best;
    uint64_t mean = taker->liquidation ? market->fast_mean_mark : market->mean_mark;
    struct bounds bounds = {0};

    bounds.on[BOUND_LIMIT] = taker->price != 0;
    bounds.price[BOUND_LIMIT] = taker->price;

    bounds.on[BOUND_IMPACT] = touch != 0 && (market->bands & CARD_BANDS_IMPACT_MASK);
    bounds.price[BOUND_IMPACT] =
        bands_scale(side, touch, buy ? market->impact_max : market->impact_min, CARD_MULTIPLIER_ONE);

    bounds.on[BOUND_MEAN_MARK] = true;
    bounds.price[BOUND_MEAN_MARK] = bands_scale(side, mean, buy ? market->mean_max : market->mean_min, one_tick);

    bounds.on[BOUND_PREMIUM] = (market->bands & CARD_BANDS_PREMIUM_MASK) != 0;
    bounds.price[BOUND_PREMIUM] = bands_scale(side, market->index, bands_premium_factor(market, side), one_tick);
    return bounds;
}

bool bounds_admit_price(const struct bounds *bounds, uint8_t side, uint32_t price)
{
    for (int i = 0; i < BOUND_COUNT; i++)
        if (bounds->on[i] && !side_reaches(side, bounds->price[i], price))
            return false;
    return true;
}

/* The reason of the tightest bound; of equal ones the first. */
enum card_reason bounds_find_reason(const struct bounds *bounds, uint8_t side)
{
    static const enum card_reason reasons[BOUND_COUNT] = {
        [BOUND_LIMIT] = CARD_REASON_IMMEDIATE_OR_CANCEL,
        [BOUND_IMPACT] = CARD_REASON_PRICE_IMPACT,
        [BOUND_MEAN_MARK] = CARD_REASON_PRICE_OUT_OF_BOUNDS,
        [BOUND_PREMIUM] = CARD_REASON_PRICE_OUT_OF_BOUNDS,
    };
    int tightest = BOUND_MEAN_MARK; /* always on */

    for (int i = 0; i < BOUND_COUNT; i++) {
        uint64_t price = bounds->price[i];
        uint64_t least = bounds->price[tightest];
        bool tighter = side == CARD_SIDE_BUY ? price < least : price > least;

        if (bounds->on[i] && (tighter || (price == least && i < tightest)))
            tightest = i;
    }
    return reasons[tightest];
}
