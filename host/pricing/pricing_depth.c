/* What rests: levels of the card out of the mirror, then what is parked behind the window, best first. */
#include <stdlib.h>

#include "mark.h"
#include "memory.h"
#include "pricing.h"

void pricing_depth_create(struct exchange *exchange)
{
    const struct device_capability *card = device_capability(exchange->device);

    exchange->level_count = card->markets;
    exchange->levels = memory_reserve(card->markets, sizeof *exchange->levels);
    for (uint32_t i = 0; i < card->markets; i++)
        levels_create(&exchange->levels[i], card->tick_bits);
}

void pricing_depth_destroy(struct exchange *exchange)
{
    for (uint32_t i = 0; i < exchange->level_count; i++)
        levels_destroy(&exchange->levels[i]);
    free(exchange->levels);
}

void pricing_depth_clear(struct exchange *exchange)
{
    for (uint32_t i = 0; i < exchange->level_count; i++)
        levels_clear(&exchange->levels[i]);
}

/* Where a walk over one side stands. */
struct pricing_walk {
    const struct exchange *exchange;
    const struct market *market;
    const struct levels *levels;
    uint8_t side;
    bool on_card;
    uint32_t price;       /* on the card: look from here on */
    uint32_t levels_left;
    uint32_t parked;      /* row of the next parked order */
    uint32_t parked_left;
};

static uint32_t pricing_last_tick(const struct market *market, uint8_t side)
{
    const uint64_t top = (uint64_t)market->window_base + (UINT64_C(1) << market->window_log2) - 1;

    return side == CARD_SIDE_BUY ? market->window_base : top > UINT32_MAX ? UINT32_MAX : (uint32_t)top;
}

static struct pricing_walk pricing_walk_begin(const struct exchange *exchange, uint32_t row, uint8_t side)
{
    const struct market *market = state_market(&exchange->state, row);

    return (struct pricing_walk){
        .exchange = exchange, .market = market, .side = side, .price = market->best[side],
        .levels = row <= exchange->level_count ? &exchange->levels[row - 1] : NULL,
        .on_card = market->best[side] != 0 && row <= exchange->level_count,
        .levels_left = PRICING_LEVELS_MAX, .parked_left = PRICING_PARKED_MAX,
        .parked = book_best_parked(exchange, row, side, side == CARD_SIDE_BUY ? UINT32_MAX : 0) };
}

static bool pricing_walk_card(struct pricing_walk *walk, uint32_t *price, uint64_t *lots)
{
    const uint32_t last = pricing_last_tick(walk->market, walk->side);

    *price = walk->side == CARD_SIDE_BUY ? levels_down(walk->levels, walk->price, last)
                                         : levels_up(walk->levels, walk->price, last);
    walk->on_card = *price != 0 && *price != last;
    if (*price == 0)
        return false;
    walk->price = walk->side == CARD_SIDE_BUY ? *price - 1 : *price + 1;
    *lots = levels_at(walk->levels, *price);
    return true;
}

/* The next level, or parked order; false at the end. */
static bool pricing_walk_next(struct pricing_walk *walk, uint32_t *price, uint64_t *lots)
{
    const struct order *order;

    if (walk->on_card && walk->levels_left-- == 0)
        walk->parked = TABLE_NONE; /* what is parked lies behind levels that are not looked at */
    else if (walk->on_card && pricing_walk_card(walk, price, lots))
        return true;
    if (walk->parked == TABLE_NONE || walk->parked_left == 0)
        return false;
    order = order_row(&walk->exchange->state, walk->parked);
    *price = order->price;
    *lots = (uint64_t)order->active;
    walk->parked = book_next_parked(walk->exchange, walk->parked);
    walk->parked_left--;
    return true;
}

static uint64_t pricing_average(const struct exchange *exchange, uint32_t row, uint8_t side)
{
    const struct market *market = state_market(&exchange->state, row);
    struct mark_impact impact = { .notional = market->impact_notional, .lot_units = market->tick_lot_units };
    struct pricing_walk walk = pricing_walk_begin(exchange, row, side);
    uint32_t price;
    uint64_t lots;

    while (pricing_walk_next(&walk, &price, &lots))
        if (mark_impact_take(&impact, price, lots))
            break;
    return impact.average;
}

uint64_t pricing_impact_mid(const struct exchange *exchange, uint32_t row)
{
    if (state_market(&exchange->state, row)->impact_notional == 0)
        return 0;
    return mark_impact_mid(pricing_average(exchange, row, CARD_SIDE_SELL),
                           pricing_average(exchange, row, CARD_SIDE_BUY));
}

int64_t pricing_depth(const struct exchange *exchange, uint32_t row, uint8_t side, uint32_t bound)
{
    struct pricing_walk walk = pricing_walk_begin(exchange, row, side);
    uint32_t price;
    uint64_t lots;
    uwide sum = 0;

    while (pricing_walk_next(&walk, &price, &lots) && (side == CARD_SIDE_BUY ? price >= bound : price <= bound))
        sum += lots;
    return sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
}
