/* What venues there are, what they quote, and how an index is made of it: inputs. */
#include <string.h>

#include "control.h"
#include "pricing.h"

#define MILLION 1000000

static enum reason pricing_check_asset(const struct state *state, uint32_t asset)
{
    if (asset == TABLE_NONE || asset >= state->assets.used)
        return REASON_UNKNOWN_ASSET;
    return state_asset(state, asset)->flags & ASSET_SETTLEMENT ? REASON_CONFLICT : REASON_NONE;
}

/* Prices are set by hand again: none is worth anything until it has come. */
static void pricing_leave_venues(struct exchange *exchange, uint32_t row)
{
    struct asset *asset = state_asset(&exchange->state, row);

    asset->price_flags &= (uint8_t)~(PRICE_BY_VENUES | PRICE_FROZEN | PRICE_DIVERGED);
    asset->index_raw = asset->index;
    for (uint32_t i = 1; i < exchange->state.markets.used; i++) {
        struct market *market = state_market(&exchange->state, i);

        if (market->base_asset != row)
            continue;
        market->mark_raw = market->mark;
        market->flags |= MARKET_WAITS_FOR_PRICES;
        market->prices_seen = 0;
        control_refresh_state(exchange, i);
    }
}

static void pricing_venues_changed(struct exchange *exchange, uint32_t row)
{
    const struct pricing *pricing = state_pricing(&exchange->state, row);
    struct asset *asset = state_asset(&exchange->state, row);
    bool any = false;

    for (unsigned i = 0; i < LIMIT_VENUES; i++)
        any |= pricing->venues[i].weight > 0;
    if (any && pricing->quorum > 0)
        asset->price_flags |= PRICE_BY_VENUES;
    else if (asset->price_flags & PRICE_BY_VENUES)
        pricing_leave_venues(exchange, row);
}

static bool pricing_is_fraction(uint32_t value)
{
    return value >= 1 && value <= MILLION;
}

bool pricing_parameters_are_sound(const struct input_pricing_set *input)
{
    return input->quorum >= 1 && input->quorum <= LIMIT_VENUES && input->stale_ms >= 100 &&
           input->stale_ms <= 3600000 && pricing_is_fraction(input->outlier) && pricing_is_fraction(input->clamp) &&
           pricing_is_fraction(input->change) && input->agree <= MILLION;
}

enum reason pricing_set(struct exchange *exchange, const struct input_pricing_set *input)
{
    enum reason reason = pricing_check_asset(&exchange->state, input->asset);
    struct pricing *pricing;

    if (reason != REASON_NONE)
        return reason;
    if (!pricing_parameters_are_sound(input))
        return REASON_OUT_OF_RANGE;
    pricing = state_pricing(&exchange->state, input->asset);
    if (!control_takes_effect(exchange, &input->header, input->effective_ns, tighten_pricing(pricing, input),
                              TABLE_NONE, input->asset, &reason))
        return reason;
    pricing->quorum = input->quorum;
    pricing->stale_ms = input->stale_ms;
    pricing->outlier = input->outlier;
    pricing->clamp = input->clamp;
    pricing->change = input->change;
    pricing->agree = input->agree;
    pricing_venues_changed(exchange, input->asset);
    return REASON_NONE;
}

static bool pricing_name_taken(const struct pricing *pricing, const struct input_venue_set *input)
{
    for (unsigned i = 0; i < LIMIT_VENUES; i++)
        if (i != input->venue && pricing->venues[i].weight > 0 &&
            memcmp(pricing->venues[i].name, input->name, sizeof input->name) == 0)
            return true;
    return false;
}

enum reason pricing_set_venue(struct exchange *exchange, const struct input_venue_set *input)
{
    const enum reason reason = pricing_check_asset(&exchange->state, input->asset);
    struct pricing *pricing;
    struct venue *venue;

    if (reason != REASON_NONE)
        return reason;
    if (input->venue >= LIMIT_VENUES || input->weight > MILLION)
        return REASON_OUT_OF_RANGE;
    pricing = state_pricing(&exchange->state, input->asset);
    venue = &pricing->venues[input->venue];
    if (input->weight == 0) {
        if (venue->weight == 0)
            return REASON_UNKNOWN_MARKET;
        *venue = (struct venue){ .weight = 0 };
    } else {
        if (!control_is_name(input->name, sizeof input->name))
            return REASON_BAD_COMMAND;
        if (pricing_name_taken(pricing, input))
            return REASON_CONFLICT;
        if (memcmp(venue->name, input->name, sizeof venue->name) != 0) /* another venue: that one's quotes go */
            *venue = (struct venue){ .weight = 0 };
        memcpy(venue->name, input->name, sizeof venue->name);
        venue->weight = input->weight;
    }
    pricing_venues_changed(exchange, input->asset);
    return REASON_NONE;
}

enum reason pricing_quote(struct exchange *exchange, const struct input_quote *input)
{
    const enum reason reason = pricing_check_asset(&exchange->state, input->asset);
    struct venue *venue;

    if (reason != REASON_NONE)
        return reason;
    if (input->venue >= LIMIT_VENUES || input->bid > INT64_MAX || input->ask > INT64_MAX || input->last > INT64_MAX ||
        (input->bid && input->ask && input->bid > input->ask))
        return REASON_OUT_OF_RANGE;
    venue = &state_pricing(&exchange->state, input->asset)->venues[input->venue];
    if (venue->weight == 0)
        return REASON_UNKNOWN_MARKET;
    venue->bid = input->bid;
    venue->ask = input->ask;
    venue->last = input->last;
    venue->time_ns = exchange->state.t->time_ns;
    return REASON_NONE;
}

void pricing_restart(struct exchange *exchange)
{
    for (uint32_t asset = 1; asset < exchange->state.assets.used; asset++)
        for (unsigned i = 0; i < LIMIT_VENUES; i++)
            state_pricing(&exchange->state, asset)->venues[i].time_ns = 0;
}
