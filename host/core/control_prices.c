/* Prices, and the states of markets that depend on them. */
#include <string.h>

#include "control.h"
#include "pricing.h"
#include "settlement.h"

/* What the card wants before it takes a state other than Closed. */
static uint32_t control_needed_prices(const struct market *market)
{
    uint32_t needed = CARD_PRESENT_MARK_MASK | CARD_PRESENT_MEAN_MARK_MASK | CARD_PRESENT_FAST_MEAN_MARK_MASK;

    if (market->bands & CARD_BANDS_PREMIUM_MASK)
        needed |= CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK;
    return needed;
}

static uint32_t control_known_prices(const struct market *market)
{
    return (market->mark ? CARD_PRESENT_MARK_MASK : 0) | (market->index ? CARD_PRESENT_INDEX_MASK : 0) |
           (market->mean_mark ? CARD_PRESENT_MEAN_MARK_MASK : 0) |
           (market->fast_mean_mark ? CARD_PRESENT_FAST_MEAN_MARK_MASK : 0) |
           (market->premium_set ? CARD_PRESENT_MEAN_PREMIUM_MASK : 0);
}

uint8_t core_market_state(const struct market *market, const struct totals *totals)
{
    const uint32_t needed = control_needed_prices(market);

    if ((control_known_prices(market) & needed) != needed)
        return CARD_STATE_CLOSED;
    if (market->state_wanted == CARD_STATE_CLOSED)
        return CARD_STATE_CLOSED;
    if (market->flags & (MARKET_KILLED | MARKET_WAITS_FOR_PRICES | MARKET_DELISTED) || totals->venue_killed)
        return CARD_STATE_CANCEL_ONLY;
    if (market->flags & MARKET_FROZEN &&
        (market->state_wanted == CARD_STATE_OPEN || market->state_wanted == CARD_STATE_LIMIT_ONLY))
        return CARD_STATE_POST_ONLY;
    return market->state_wanted;
}

void core_send_configure(struct exchange *exchange, uint32_t row)
{
    struct market *market = state_market(&exchange->state, row);
    struct card_command command;

    memset(&command, 0, sizeof command);
    market->state = core_market_state(market, exchange->state.t);
    command.code = CARD_CODE_CONFIGURE;
    command.market = (uint8_t)(row - 1);
    command.configure.base = market->window_base;
    command.configure.state = market->state;
    command.configure.bands = market->bands;
    command.configure.window_log2 = market->window_log2;
    command.configure.limit_min = market->limit_min;
    command.configure.limit_max = market->limit_max;
    command.configure.impact_min = market->impact_min;
    command.configure.impact_max = market->impact_max;
    command.configure.mean_min = market->mean_min;
    command.configure.mean_max = market->mean_max;
    command.configure.tolerance = market->tolerance;
    core_add_command(exchange, core_add_action(exchange, ACTION_CONTROL, TABLE_NONE), &command);
}

void control_refresh_state(struct exchange *exchange, uint32_t row)
{
    const struct market *market = state_market(&exchange->state, row);

    if (core_market_state(market, exchange->state.t) != market->state) {
        core_send_configure(exchange, row);
        exchange->state.t->price_check = 1; /* PostOnly holds triggers back */
    }
}

void control_refresh_all(struct exchange *exchange)
{
    for (uint32_t row = 1; row < exchange->state.markets.used; row++)
        control_refresh_state(exchange, row);
}

enum reason control_state(struct exchange *exchange, const struct input_market_state *input)
{
    if (input->market == TABLE_NONE || input->market >= exchange->state.markets.used)
        return REASON_UNKNOWN_MARKET;
    if (input->state > CARD_STATE_OPEN)
        return REASON_OUT_OF_RANGE;
    state_market(&exchange->state, input->market)->state_wanted = input->state;
    control_refresh_state(exchange, input->market);
    return REASON_NONE;
}

static bool control_price_is_sound(uint32_t present, uint32_t mask, uint64_t price)
{
    return !(present & mask) || (price >= 1 && price <= CARD_FIXED_MAX);
}

void core_send_marks(struct exchange *exchange, uint32_t row, uint32_t present)
{
    const struct market *market = state_market(&exchange->state, row);
    struct card_command command;

    memset(&command, 0, sizeof command);
    command.code = CARD_CODE_SET_MARK;
    command.market = (uint8_t)(row - 1);
    command.mark.present = present;
    command.mark.mark = market->mark;
    command.mark.index = market->index;
    command.mark.mean_mark = market->mean_mark;
    command.mark.fast_mean_mark = market->fast_mean_mark;
    command.mark.mean_premium = market->mean_premium;
    core_add_command(exchange, core_add_action(exchange, ACTION_CONTROL, TABLE_NONE), &command);
}

uint32_t core_known_prices(const struct market *market)
{
    return control_known_prices(market);
}

void control_take_prices(struct exchange *exchange, uint32_t row, uint32_t present)
{
    struct market *market = state_market(&exchange->state, row);

    market->prices_seen |= present;
    if ((market->prices_seen & control_needed_prices(market)) == control_needed_prices(market))
        market->flags &= (uint8_t)~MARKET_WAITS_FOR_PRICES;
    exchange->state.t->window_check = exchange->state.t->price_check = 1;
    core_send_marks(exchange, row, present);
    control_refresh_state(exchange, row);
}

enum reason control_marks(struct exchange *exchange, const struct input_marks *input)
{
    const uint32_t present = input->present;
    struct market *market;

    if (input->market == TABLE_NONE || input->market >= exchange->state.markets.used)
        return REASON_UNKNOWN_MARKET;
    if (present == 0 || present >> 5)
        return REASON_BAD_COMMAND;
    if (!control_price_is_sound(present, CARD_PRESENT_MARK_MASK, input->mark) ||
        !control_price_is_sound(present, CARD_PRESENT_INDEX_MASK, input->index) ||
        !control_price_is_sound(present, CARD_PRESENT_MEAN_MARK_MASK, input->mean_mark) ||
        !control_price_is_sound(present, CARD_PRESENT_FAST_MEAN_MARK_MASK, input->fast_mean_mark) ||
        (present & CARD_PRESENT_MEAN_PREMIUM_MASK &&
         (input->mean_premium > CARD_PREMIUM_MAX || input->mean_premium < -CARD_PREMIUM_MAX)))
        return REASON_OUT_OF_RANGE;
    market = state_market(&exchange->state, input->market);
    if (pricing_by_venues(&exchange->state, market))
        return REASON_CONFLICT;
    if (present & CARD_PRESENT_MARK_MASK)
        market->mark = market->mark_raw = input->mark;
    if (present & CARD_PRESENT_INDEX_MASK)
        market->index = input->index;
    if (present & CARD_PRESENT_MEAN_MARK_MASK)
        market->mean_mark = input->mean_mark;
    if (present & CARD_PRESENT_FAST_MEAN_MARK_MASK)
        market->fast_mean_mark = input->fast_mean_mark;
    if (present & CARD_PRESENT_MEAN_PREMIUM_MASK) {
        market->mean_premium = input->mean_premium;
        market->premium_set = 1;
    }
    control_take_prices(exchange, input->market, present);
    return REASON_NONE;
}

enum reason control_index(struct exchange *exchange, const struct input_index *input)
{
    struct asset *asset;

    if (input->asset == TABLE_NONE || input->asset >= exchange->state.assets.used)
        return REASON_UNKNOWN_ASSET;
    asset = state_asset(&exchange->state, input->asset);
    if (input->price == 0 || input->price > INT64_MAX)
        return REASON_OUT_OF_RANGE;
    if (asset->flags & ASSET_SETTLEMENT)
        return REASON_CONFLICT; /* it is 1 by definition */
    if (asset->price_flags & PRICE_BY_VENUES)
        return REASON_CONFLICT;
    if (settlement_under_way(&exchange->state)) /* as venues' prices wait for the tick */
        return deferred_add(exchange, &input->header, 0);
    asset->index = asset->index_raw = input->price;
    exchange->state.t->price_check = 1;
    return REASON_NONE;
}
