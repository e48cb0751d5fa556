/* Things in a state that came from a file. */
#include <string.h>

#include "control.h"
#include "durations.h"
#include "lending.h"
#include "loaded.h"
#include "pricing.h"
#include "settings.h"

#define ONE_COIN UINT64_C(1000000000000) /* index of the settlement asset */
#define FUNDING_INDEX_MAX ((wide)1 << 120)

enum { SAMPLES_A_MINUTE_MAX = 3600, MINUTES = 60 };

/* --- assets --- */

static bool loaded_asset_is_configured(const struct state *state, uint32_t row)
{
    const struct input_asset_set input = settings_asset(state_asset(state, row));

    return control_check_asset(state, &input, row) == REASON_NONE &&
           !(input.flags & ASSET_SETTLEMENT) == (row != state_settlement(state));
}

static bool loaded_index_is_sound(const struct state *state, uint32_t row)
{
    const struct asset *asset = state_asset(state, row);
    const uint8_t mask = PRICE_BY_VENUES | PRICE_FROZEN | PRICE_DIVERGED;

    if (row == state_settlement(state))
        return asset->index == ONE_COIN && asset->index_raw == ONE_COIN && asset->price_flags == 0;
    return asset->index <= INT64_MAX && asset->index_raw <= INT64_MAX &&
           (asset->index == 0) == (asset->index_raw == 0) &&
           !(asset->price_flags & ~mask) && (asset->price_flags == 0 || asset->price_flags & PRICE_BY_VENUES);
}

void loaded_check_assets(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    if (state_settlement(state) != (state->assets.used > 1 ? 1 : TABLE_NONE)) /* the first is it */
        loaded_bad(exchange, &state->totals, 1, "settlement", state_settlement(state));
    for (uint32_t row = 1; row < state->assets.used && exchange->status == EXCHANGE_OK; row++) {
        const struct asset *asset = state_asset(state, row);

        if (!loaded_asset_is_configured(state, row))
            loaded_bad(exchange, &state->assets, row, "a parameter; flags", asset->flags);
        else if (!loaded_index_is_sound(state, row))
            loaded_bad(exchange, &state->assets, row, "index", asset->index);
        for (uint32_t system = SYSTEM_CUSTODY; system < SYSTEM_SUBACCOUNTS; system++)
            if (asset->system[system] == TABLE_NONE || !loaded_is_row(&state->balances, asset->system[system]) ||
                state_balance(state, asset->system[system])->subaccount != system ||
                state_balance(state, asset->system[system])->asset != row)
                loaded_bad(exchange, &state->assets, row, "system balance", asset->system[system]);
    }
}

/* --- markets --- */

static bool loaded_market_is_configured(const struct state *state, const struct market *market)
{
    const struct input_market_set input = settings_market(market);

    return control_check_market(state, &input) == REASON_NONE;
}

static bool loaded_prices_are_sound(const struct market *market)
{
    const uint64_t prices[] = { market->mark, market->index, market->mean_mark, market->fast_mean_mark,
                                market->mark_raw, market->settle_mark, market->final_price };

    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++)
        if (prices[i] > CARD_FIXED_MAX)
            return false;
    if (market->settle_lot != 0 &&
        market->settle_lot != (wide)market->settle_mark * (wide)market->tick_lot_units)
        return false;
    return market->mean_premium <= CARD_PREMIUM_MAX && market->mean_premium >= -CARD_PREMIUM_MAX &&
           market->premium_set <= 1 && !(market->prices_seen & ~core_known_prices(market));
}

/* Where its window is, and where it goes or comes from. */
static bool loaded_window_is_sound(const struct state *state, const struct market *market)
{
    const uint64_t size = UINT64_C(1) << market->window_log2, all = UINT64_C(1) << 32;
    const bool moves = market->flags & MARKET_WINDOW_MOVES;

    return market->window_base % CARD_WINDOW_ALIGN == 0 && market->window_base + size <= all &&
           market->window_other % CARD_WINDOW_ALIGN == 0 && market->window_other + size <= all &&
           market->window_slot <= state->t->slots_made + 1 &&
           (moves || (market->window_other == 0 && market->window_slot == 0));
}

static bool loaded_market_stands(const struct market *market)
{
    const uint8_t flags = MARKET_KILLED | MARKET_WAITS_FOR_PRICES | MARKET_WINDOW_MOVES | MARKET_FROZEN |
                          MARKET_DELISTED;

    return market->state <= CARD_STATE_OPEN && market->state_wanted <= CARD_STATE_OPEN && !(market->flags & ~flags) &&
           market->slots_used <= market->slot_quota && market->interest_out == 0 &&
           (!(market->flags & MARKET_DELISTED) || (market->delist_ns != 0 && market->delist_ns <= INT64_MAX));
}

static bool loaded_funding_is_sound(const struct market *market)
{
    const wide most = (wide)market->funding_samples * CARD_PREMIUM_MAX;

    return market->funding_sum <= most && market->funding_sum >= -most &&
           market->funding_index <= FUNDING_INDEX_MAX && market->funding_index >= -FUNDING_INDEX_MAX &&
           (market->kind == MARKET_PERPETUAL || (market->funding_next_ns == 0 && market->funding_samples == 0));
}

/* Fees are paid into one, fractions into the other. */
static bool loaded_is_position_of(const struct state *state, uint32_t row, uint32_t subaccount, uint32_t market)
{
    return row != TABLE_NONE && loaded_is_row(&state->positions, row) &&
           state_position(state, row)->subaccount == subaccount && state_position(state, row)->market == market;
}

void loaded_check_markets(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    uint64_t slots = 0;

    for (uint32_t row = 1; row < state->markets.used && exchange->status == EXCHANGE_OK; row++) {
        const struct market *market = state_market(state, row);

        slots += market->slot_quota;
        if (!loaded_market_is_configured(state, market) || slots >= state->slots.capacity)
            loaded_bad(exchange, &state->markets, row, "a parameter; kind", market->kind);
        else if (!loaded_prices_are_sound(market))
            loaded_bad(exchange, &state->markets, row, "a price; mark", market->mark);
        else if (!loaded_market_stands(market) || !loaded_window_is_sound(state, market))
            loaded_bad(exchange, &state->markets, row, "state, window or slots; flags", market->flags);
        else if (!loaded_funding_is_sound(market))
            loaded_bad(exchange, &state->markets, row, "funding; samples", market->funding_samples);
        else if (!loaded_is_position_of(state, market->fee_position, SYSTEM_FEES, row))
            loaded_bad(exchange, &state->markets, row, "fee_position", market->fee_position);
        else if (!loaded_is_position_of(state, market->fund_position, SYSTEM_FUND, row))
            loaded_bad(exchange, &state->markets, row, "fund_position", market->fund_position);
        else if (!loaded_is_position_of(state, market->residue_position, SYSTEM_RESIDUE, row))
            loaded_bad(exchange, &state->markets, row, "residue_position", market->residue_position);
    }
}

/* --- venues --- */

static bool loaded_venue_is_sound(const struct state *state, const struct venue *venue)
{
    static const struct venue none;

    if (venue->weight == 0)
        return memcmp(venue, &none, sizeof none) == 0;
    return venue->weight <= 1000000 && control_is_name(venue->name, sizeof venue->name) &&
           venue->bid <= INT64_MAX && venue->ask <= INT64_MAX && venue->last <= INT64_MAX &&
           !(venue->bid && venue->ask && venue->bid > venue->ask) && loaded_is_past(state, venue->time_ns);
}

static bool loaded_pricing_is_set(const struct state *state, uint32_t row)
{
    const struct input_pricing_set input = settings_pricing(state, (uint16_t)row);

    return pricing_parameters_are_sound(&input);
}

void loaded_check_pricing(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->pricing.capacity && exchange->status == EXCHANGE_OK; row++) {
        const struct pricing *pricing = state_pricing(state, row);
        bool venues = false, by_venues = false;

        for (uint32_t i = 0; i < LIMIT_VENUES; i++) {
            venues |= pricing->venues[i].weight > 0;
            if (!loaded_venue_is_sound(state, &pricing->venues[i]))
                loaded_bad(exchange, &state->pricing, row, "a venue", i);
        }
        if (row < state->assets.used)
            by_venues = state_asset(state, row)->price_flags & PRICE_BY_VENUES;
        if (by_venues != (venues && pricing->quorum > 0))
            loaded_bad(exchange, &state->pricing, row, "venues, and the asset's flags", by_venues);
        else if (pricing->quorum > 0 && !loaded_pricing_is_set(state, row))
            loaded_bad(exchange, &state->pricing, row, "a parameter; quorum", pricing->quorum);
        else if (!loaded_is_past(state, pricing->time_ns))
            loaded_bad(exchange, &state->pricing, row, "time_ns", pricing->time_ns);
    }
}

/* --- samples --- */

static bool loaded_rings_are_sound(const struct samples *samples)
{
    const wide reach = (wide)CARD_FIXED_MAX << 16;
    uwide marks = 0;
    wide premiums = 0;

    for (uint32_t i = 0; i < LIMIT_SAMPLES; i++) {
        if (samples->marks[i] > CARD_FIXED_MAX || samples->premiums[i] > CARD_PREMIUM_MAX ||
            samples->premiums[i] < -CARD_PREMIUM_MAX || (i < samples->marks_made) != (samples->marks[i] > 0) ||
            (i >= samples->premiums_made && samples->premiums[i] != 0))
            return false;
        marks += samples->marks[i];
        premiums += samples->premiums[i];
    }
    return marks == samples->mark_sum && premiums == samples->premium_sum && samples->marks_made <= INT32_MAX &&
           samples->premiums_made <= INT32_MAX && samples->ewma <= reach && samples->ewma >= -reach;
}

static bool loaded_hour_is_sound(const struct state *state, const struct samples *samples)
{
    const uint32_t now = (uint32_t)(state->t->time_ns / NS_A_MINUTE);

    for (uint32_t i = 0; i < MINUTES; i++)
        if (samples->hour_count[i] > SAMPLES_A_MINUTE_MAX ||
            samples->hour_sum[i] > samples->hour_count[i] * CARD_FIXED_MAX ||
            samples->hour_sum[i] < samples->hour_count[i] ||
            (samples->hour_count[i] && (samples->hour_minute[i] > now || samples->hour_minute[i] % MINUTES != i)))
            return false;
    return true;
}

void loaded_check_samples(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->markets.used && exchange->status == EXCHANGE_OK; row++) {
        const struct samples *samples = state_samples(state, row);

        if (!loaded_rings_are_sound(samples))
            loaded_bad(exchange, &state->samples, row, "a ring; marks made", samples->marks_made);
        else if (!loaded_hour_is_sound(state, samples))
            loaded_bad(exchange, &state->samples, row, "a minute of the last hour", 0);
    }
}

/* --- pools --- */

static bool loaded_pool_is_set(const struct state *state, uint32_t row)
{
    const struct input_pool_set input = settings_pool(state, (uint16_t)row);

    return control_pool_is_sound(&input);
}

void loaded_check_pools(struct exchange *exchange)
{
    static const struct pool none;
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->pools.capacity && exchange->status == EXCHANGE_OK; row++) {
        const struct pool *pool = state_pool(state, row);

        if (!pool->set && memcmp(pool, &none, sizeof none) == 0)
            continue;
        if (row >= state->assets.used || pool->set != 1 || pool->lendable > 1 || !loaded_pool_is_set(state, row))
            loaded_bad(exchange, &state->pools, row, "a parameter; set", pool->set);
        else if (!loaded_is_past(state, pool->accrued_ns) || !loaded_is_past(state, pool->step_ns) ||
                 pool->fee_carry > LENDING_FEE_CARRY_MAX || pool->interest < 0 || pool->fees < 0 ||
                 pool->written_off < 0 || pool->step_used > INT64_MAX)
            loaded_bad(exchange, &state->pools, row, "a time or a sum; accrued_ns", pool->accrued_ns);
    }
}

/* --- the venue's parameters --- */

void loaded_check_rules(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    const struct input_venue_rules input = settings_venue(state);

    if (!control_rules_are_sound(&input))
        loaded_bad(exchange, &state->totals, 1, "a parameter of the venue; settle_seconds", input.settle_seconds);
}
