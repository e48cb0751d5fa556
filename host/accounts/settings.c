#include "settings.h"

#include <string.h>

struct input_asset_set settings_asset(const struct asset *asset)
{
    struct input_asset_set set = {
        .header = { .kind = INPUT_ASSET_SET, .size = sizeof set },
        .decimals = asset->decimals, .haircut = asset->haircut, .flags = asset->flags, .weight = asset->weight,
        .base = asset->base, .penalty = asset->penalty, .borrow_imf = asset->borrow_imf,
        .borrow_mmf = asset->borrow_mmf, .withdraw_min = asset->withdraw_min,
        .collateral_max = asset->collateral_max,
    };

    memcpy(set.symbol, asset->symbol, sizeof set.symbol);
    return set;
}

struct input_market_set settings_market(const struct market *market)
{
    struct input_market_set set = {
        .header = { .kind = INPUT_MARKET_SET, .size = sizeof set },
        .kind = market->kind, .bands = market->bands, .window_log2 = market->window_log2,
        .speed_bump = market->speed_bump, .base_asset = market->base_asset, .quote_asset = market->quote_asset,
        .lot_units = market->lot_units, .tick_lot_units = market->tick_lot_units, .maker_fee = market->maker_fee,
        .taker_fee = market->taker_fee, .limit_min = market->limit_min, .limit_max = market->limit_max,
        .impact_min = market->impact_min, .impact_max = market->impact_max, .mean_min = market->mean_min,
        .mean_max = market->mean_max, .tolerance = market->tolerance, .slot_quota = market->slot_quota,
        .window_step = market->window_step, .quantity_min = market->quantity_min,
        .quantity_max = market->quantity_max, .position_max = market->position_max,
        .interest_max = market->interest_max, .imf = market->imf, .mmf = market->mmf,
        .funding_hours = market->funding_hours, .funding_max = market->funding_max,
        .impact_notional = market->impact_notional, .fund_cap = market->fund_cap,
    };

    memcpy(set.symbol, market->symbol, sizeof set.symbol);
    return set;
}

struct input_user_set settings_user(const struct user *user)
{
    struct input_user_set set = {
        .header = { .kind = INPUT_USER_SET, .size = sizeof set },
        .account = user->account, .flags = user->flags, .rate = user->rate,
    };

    memcpy(set.name, user->name, sizeof set.name);
    memcpy(set.key, user->key, sizeof set.key);
    return set;
}

struct input_liquidation_rules settings_liquidation(const struct state *state)
{
    const struct liquidation_rules *rules = &state->t->liquidation;

    return (struct input_liquidation_rules){
        .header = { .kind = INPUT_LIQUIDATION_RULES, .size = sizeof(struct input_liquidation_rules) },
        .policy = rules->policy, .slice = rules->slice, .depth_share = rules->depth_share,
        .pause_ms = rules->pause_ms, .urgent_seconds = rules->urgent_seconds,
        .episode_seconds = rules->episode_seconds, .stop = rules->stop, .backstop = rules->backstop,
        .fee = rules->fee, .fee_share = rules->fee_share, .adl_bound = rules->adl_bound,
        .conversion_impact = rules->conversion_impact, .notice_seconds = rules->notice_seconds,
        .reserved = rules->reserved,
    };
}

struct input_venue_rules settings_venue(const struct state *state)
{
    const struct totals *totals = state->t;
    struct input_venue_rules set = {
        .header = { .kind = INPUT_VENUE_RULES, .size = sizeof set }, .settle_seconds = totals->settle_seconds,
        .notice_seconds = totals->notice_seconds, .fresh_seconds = totals->fresh_seconds,
        .approvals = totals->approvals, .fund_floor = totals->fund_floor,
        .withdraw_account_max = totals->withdraw_account_max, .withdraw_venue_max = totals->withdraw_venue_max,
    };

    memcpy(set.leverage_caps, totals->leverage_caps, sizeof set.leverage_caps);
    return set;
}

struct input_pricing_set settings_pricing(const struct state *state, uint16_t asset)
{
    const struct pricing *pricing = state_pricing(state, asset);

    return (struct input_pricing_set){
        .header = { .kind = INPUT_PRICING_SET, .size = sizeof(struct input_pricing_set) }, .asset = asset,
        .quorum = pricing->quorum, .stale_ms = pricing->stale_ms, .outlier = pricing->outlier,
        .clamp = pricing->clamp, .change = pricing->change, .agree = pricing->agree,
    };
}

struct input_venue_set settings_source(const struct state *state, uint16_t asset, uint8_t venue)
{
    const struct venue *row = &state_pricing(state, asset)->venues[venue];
    struct input_venue_set set = { .header = { .kind = INPUT_VENUE_SET, .size = sizeof set }, .asset = asset,
                                   .venue = venue, .weight = row->weight };

    memcpy(set.name, row->name, sizeof set.name);
    return set;
}

struct input_pool_set settings_pool(const struct state *state, uint16_t asset)
{
    const struct pool *pool = state_pool(state, asset);

    return (struct input_pool_set){
        .header = { .kind = INPUT_POOL_SET, .size = sizeof(struct input_pool_set) }, .asset = asset,
        .rate_zero = pool->rate_zero, .rate_optimal = pool->rate_optimal, .rate_full = pool->rate_full,
        .optimal = pool->optimal, .fee = pool->fee, .throttle = pool->throttle,
        .utilisation_max = pool->utilisation_max, .step_seconds = pool->step_seconds, .step = pool->step,
        .borrow_max = pool->borrow_max, .account_max = pool->account_max,
    };
}
