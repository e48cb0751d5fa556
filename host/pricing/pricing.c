/* The tick: venues -> index -> mark and means -> the card. */
#include "pricing.h"

#include "control.h"
#include "index.h"
#include "mark.h"

#define DIVERGED 5000   /* millionths: section 3 */
#define AGREE_CHANGES 10 /* times `change` while every venue of the quorum agrees */
#define ANY_CHANGE UINT32_MAX /* the first index of its venues */

/* index x lot_units / 10^base decimals is 10^-12 USDC a lot; over the quote's index, x 10^quote decimals, quote units a
 * lot; over tick_lot_units, ticks. Quotients of quotients, rounded down each time, are the quotient rounded down. */
uint64_t pricing_market_ticks(const struct state *state, const struct market *market, uint64_t index)
{
    const struct asset *base = state_asset(state, market->base_asset), *quote = state_asset(state, market->quote_asset);
    const unsigned up = (unsigned)(quote->decimals > base->decimals ? quote->decimals - base->decimals : 0);
    const unsigned down = (unsigned)(base->decimals > quote->decimals ? base->decimals - quote->decimals : 0);
    uwide ticks;

    if (quote->index == 0 || index == 0)
        return 0;
    if (!wide_scale_down((uwide)index * market->lot_units, (uwide)wide_ten_to(up) * CARD_FIXED_ONE,
                         (uwide)quote->index * market->tick_lot_units, &ticks))
        return CARD_FIXED_MAX; /* above 2^127 / 10^18 */
    ticks /= wide_ten_to(down);
    return ticks == 0 ? 1 : ticks > CARD_FIXED_MAX ? CARD_FIXED_MAX : (uint64_t)ticks;
}

static void pricing_freeze(struct exchange *exchange, uint32_t row, bool frozen, const struct index_result *made)
{
    struct asset *asset = state_asset(&exchange->state, row);
    struct notice *notice;

    if (frozen == !!(asset->price_flags & PRICE_FROZEN))
        return;
    asset->price_flags ^= PRICE_FROZEN;
    notice = core_notice(exchange, frozen ? NOTICE_INDEX_FROZEN : NOTICE_INDEX_BACK, TABLE_NONE);
    notice->asset = (uint16_t)row;
    notice->amount[0] = made->counted;
    notice->amount[1] = state_pricing(&exchange->state, row)->quorum;
    notice->amount[2] = frozen ? 0 : (int64_t)asset->index;
}

/* How far index and mark of an asset may move in this update. The first index that venues make is taken as it is: what
 * was set by hand before, perhaps long ago, is nothing to hold on to. */
static uint32_t pricing_change(const struct pricing *pricing, const struct index_result *made)
{
    if (pricing->time_ns == 0)
        return ANY_CHANGE;
    return made->agree ? pricing->change * AGREE_CHANGES : pricing->change;
}

/* A new index; returns by how much its markets' marks may move, 0 if it is frozen. */
static uint32_t pricing_update_asset(struct exchange *exchange, uint32_t row)
{
    struct pricing *pricing = state_pricing(&exchange->state, row);
    struct asset *asset = state_asset(&exchange->state, row);
    const struct index_result made = index_make(pricing, exchange->state.t->time_ns);
    const bool frozen = made.counted < pricing->quorum;
    const uint32_t change = frozen ? 0 : pricing_change(pricing, &made);

    if (!frozen) {
        asset->index_raw = made.price;
        asset->index = change == ANY_CHANGE ? made.price : index_step(asset->index, made.price, change);
        pricing->time_ns = exchange->state.t->time_ns;
        asset->price_flags &= (uint8_t)~PRICE_DIVERGED;
        asset->price_flags |= index_differs(asset->index_raw, asset->index, DIVERGED) ? PRICE_DIVERGED : 0;
    }
    pricing_freeze(exchange, row, frozen, &made);
    return change;
}

/* A perpetual's mark out of the index and what the book says of it. */
static void pricing_update_mark(struct exchange *exchange, uint32_t row, uint64_t raw, uint32_t change)
{
    struct market *market = state_market(&exchange->state, row);
    struct samples *samples = state_samples(&exchange->state, row);
    const uint64_t mid = pricing_impact_mid(exchange, row);

    samples->ewma = mark_ewma(samples->ewma, mid ? (int64_t)mid - (int64_t)market->index : 0);
    market->mark_raw = mark_target(market->index, samples->ewma, raw, &market->mmf);
    market->mark = mark_next(change == ANY_CHANGE ? 0 : market->mark, market->index, samples->ewma, change,
                             &market->mmf);
    mark_add_premium(samples, mark_premium(mid, market->index));
    market->mean_premium = mark_mean_premium(samples);
}

static void pricing_update_market(struct exchange *exchange, uint32_t row, uint32_t change)
{
    struct market *market = state_market(&exchange->state, row);
    struct samples *samples = state_samples(&exchange->state, row);
    const struct asset *base = state_asset(&exchange->state, market->base_asset);
    const uint64_t raw = pricing_market_ticks(&exchange->state, market, base->index_raw);

    market->index = pricing_market_ticks(&exchange->state, market, base->index);
    if (market->index == 0)
        return;
    if (market->kind == MARKET_PERPETUAL) {
        pricing_update_mark(exchange, row, raw, change);
    } else {
        market->mark = market->index;
        market->mark_raw = raw;
    }
    market->premium_set = 1; /* a spot market's premium is 0 */
    mark_add_mark(samples, market->mark);
    market->mean_mark = mark_mean(samples);
    market->fast_mean_mark = mark_fast_mean(samples);
    control_take_prices(exchange, row, CARD_PRESENT_MARK_MASK | CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_MARK_MASK |
                                           CARD_PRESENT_FAST_MEAN_MARK_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK);
}

/* A market stands still with the index of either of its assets. */
static bool pricing_market_frozen(const struct state *state, const struct market *market)
{
    const struct asset *base = state_asset(state, market->base_asset), *quote = state_asset(state, market->quote_asset);

    return (base->price_flags | quote->price_flags) & PRICE_FROZEN;
}

static void pricing_tick_market(struct exchange *exchange, uint32_t row, const uint32_t changes[LIMIT_ASSETS + 1])
{
    struct market *market = state_market(&exchange->state, row);
    const bool frozen = pricing_market_frozen(&exchange->state, market);

    if (market->flags & MARKET_DELISTED)
        return;
    market->flags &= (uint8_t)~MARKET_FROZEN;
    market->flags |= frozen ? MARKET_FROZEN : 0;
    if (!frozen && pricing_by_venues(&exchange->state, market))
        pricing_update_market(exchange, row, changes[market->base_asset]);
    if (!frozen && market->index)
        mark_add_hour(state_samples(&exchange->state, row), exchange->state.t->time_ns, market->index);
    control_refresh_state(exchange, row);
}

void pricing_tick(struct exchange *exchange)
{
    uint32_t changes[LIMIT_ASSETS + 1] = { 0 };

    for (uint32_t asset = 1; asset < exchange->state.assets.used; asset++)
        if (state_asset(&exchange->state, asset)->price_flags & PRICE_BY_VENUES)
            changes[asset] = pricing_update_asset(exchange, asset);
    for (uint32_t market = 1; market < exchange->state.markets.used; market++)
        pricing_tick_market(exchange, market, changes);
}

bool pricing_premium_sample(const struct exchange *exchange, uint32_t row, int32_t *premium)
{
    const struct market *market = state_market(&exchange->state, row);
    const struct samples *samples = state_samples(&exchange->state, row);

    if (market->flags & MARKET_FROZEN || market->index == 0)
        return false;
    if (pricing_by_venues(&exchange->state, market) && samples->premiums_made > 0)
        *premium = samples->premiums[(samples->premiums_made - 1) % LIMIT_SAMPLES];
    else
        *premium = mark_premium(pricing_impact_mid(exchange, row), market->index);
    return true;
}

uint64_t pricing_hour_mean(const struct state *state, uint32_t row)
{
    return mark_hour_mean(state_samples(state, row), state->t->time_ns);
}
