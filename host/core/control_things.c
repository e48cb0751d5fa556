/* Assets and markets. */
#include <string.h>

#include "control.h"
#include "liquidation.h"

enum reason control_check_asset(const struct state *state, const struct input_asset_set *input, uint32_t row)
{
    const bool settlement = input->flags & ASSET_SETTLEMENT;

    if (!control_is_name(input->symbol, sizeof input->symbol) || input->haircut > HAIRCUT_INVERSE_SQRT ||
        input->flags & ~(ASSET_CAN_LEND | ASSET_CAN_BORROW | ASSET_SETTLEMENT | ASSET_COLLATERAL))
        return REASON_BAD_COMMAND;
    if (input->decimals > 18 || input->weight > 1000000 || input->base > 1000000 || input->penalty > 1000000000 ||
        !control_function_is_sound(&input->borrow_imf) || !control_function_is_sound(&input->borrow_mmf) ||
        input->collateral_max > LIMIT_BALANCE_UNITS ||
        (settlement && (input->weight != 1000000 || input->haircut != HAIRCUT_IDENTITY || input->decimals > 12)))
        return REASON_OUT_OF_RANGE;
    if (row != TABLE_NONE ? state_asset(state, row)->decimals != input->decimals ||
                                !(state_asset(state, row)->flags & ASSET_SETTLEMENT) != !settlement
                          : settlement != (state_settlement(state) == TABLE_NONE))
        return REASON_CONFLICT; /* the first asset is the settlement asset, and there is one */
    return REASON_NONE;
}

/* For what the exchange's own subaccounts get of a new asset or market. Clients leave it (state_need_balance()); who
 * has loaded an older state finds out here. */
static bool control_has_rows(const struct table *table, uint32_t rows)
{
    return table->capacity - 1 - table->live >= rows;
}

static void control_copy_asset(struct asset *asset, const struct input_asset_set *input)
{
    memcpy(asset->symbol, input->symbol, sizeof asset->symbol);
    asset->decimals = input->decimals;
    asset->haircut = input->haircut;
    asset->flags = input->flags;
    asset->weight = input->weight;
    asset->base = input->base;
    asset->penalty = input->penalty;
    asset->borrow_imf = input->borrow_imf;
    asset->borrow_mmf = input->borrow_mmf;
    asset->withdraw_min = input->withdraw_min;
    asset->collateral_max = input->collateral_max;
}

enum reason control_asset(struct exchange *exchange, const struct input_asset_set *input, uint64_t *made)
{
    struct state *state = &exchange->state;
    uint32_t row = state_find_asset(state, input->symbol);
    enum reason reason = control_check_asset(state, input, row);
    struct asset *asset;

    if (reason != REASON_NONE)
        return reason;
    *made = row;
    if (!control_takes_effect(exchange, &input->header, input->effective_ns,
                              row != TABLE_NONE && tighten_asset(state_asset(state, row), input), TABLE_NONE,
                              row, &reason))
        return reason;
    if (row == TABLE_NONE && !control_has_rows(&state->balances, SYSTEM_SUBACCOUNTS - 1))
        return REASON_CAPACITY;
    if (row == TABLE_NONE)
        row = table_take(&state->assets);
    if (row == TABLE_NONE)
        return REASON_CAPACITY;
    asset = state_asset(state, row);
    control_copy_asset(asset, input);
    liquidation_look_at_all(exchange);
    if (input->flags & ASSET_SETTLEMENT) {
        asset->index = asset->index_raw = UINT64_C(1000000000000);
        state->t->settlement = row;
    }
    for (uint32_t system = SYSTEM_CUSTODY; system < SYSTEM_SUBACCOUNTS; system++)
        check(state_need_balance(state, system, row) != TABLE_NONE);
    *made = row;
    return REASON_NONE;
}

enum reason control_check_market(const struct state *state, const struct input_market_set *input)
{
    const uint32_t multipliers[] = { input->limit_min, input->limit_max, input->impact_min,
                                     input->impact_max, input->mean_min, input->mean_max };
    const bool perpetual = input->kind == MARKET_PERPETUAL;

    if (!control_is_name(input->symbol, sizeof input->symbol) || input->kind < MARKET_SPOT ||
        input->kind > MARKET_PERPETUAL || input->speed_bump > 1 ||
        input->bands & ~(CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK | CARD_BANDS_PREMIUM_MASK))
        return REASON_BAD_COMMAND;
    if (input->base_asset == 0 || input->base_asset >= state->assets.used || input->quote_asset == 0 ||
        input->quote_asset >= state->assets.used || input->base_asset == input->quote_asset ||
        (perpetual && !(state_asset(state, input->quote_asset)->flags & ASSET_SETTLEMENT)))
        return REASON_UNKNOWN_ASSET;
    for (unsigned i = 0; i < sizeof multipliers / sizeof *multipliers; i++)
        if (multipliers[i] > CARD_MULTIPLIER_MAX)
            return REASON_OUT_OF_RANGE;
    if (input->lot_units == 0 || input->lot_units > LIMIT_BALANCE_UNITS || input->tick_lot_units == 0 ||
        input->tick_lot_units > (uint64_t)LIMIT_NOTIONAL_UNITS >> 22 || input->tolerance > CARD_TOLERANCE_MAX ||
        input->window_log2 < 6 || input->window_log2 > 31 || input->slot_quota > CARD_SLOT_MAX ||
        input->window_step == 0 || input->window_step % CARD_WINDOW_ALIGN ||
        input->taker_fee < 0 || input->taker_fee > 100000 || input->maker_fee > input->taker_fee ||
        -input->maker_fee > input->taker_fee || input->quantity_max > CARD_QUANTITY_MAX ||
        (perpetual && (input->imf.denominator == 0 || input->mmf.denominator == 0)) ||
        (input->funding_hours && (!perpetual || 24 % input->funding_hours)) || input->funding_max > 1000000 ||
        input->impact_notional > LIMIT_NOTIONAL_UNITS || input->fund_cap > LIMIT_BALANCE_UNITS ||
        !control_function_is_sound(&input->imf) || !control_function_is_sound(&input->mmf))
        return REASON_OUT_OF_RANGE;
    return REASON_NONE;
}

/* What must not change while anybody holds or has ordered something. */
static bool control_market_differs(const struct market *market, const struct input_market_set *input)
{
    return market->kind != input->kind || market->base_asset != input->base_asset ||
           market->quote_asset != input->quote_asset || market->lot_units != input->lot_units ||
           market->tick_lot_units != input->tick_lot_units ||
           ((market->window_log2 != input->window_log2 ||
             (market->kind == MARKET_SPOT && market->taker_fee != input->taker_fee)) && /* buys lock their fees */
            (market->slots_used || market->parked[0] || market->parked[1]));
}

static void control_copy_market(struct market *market, const struct input_market_set *input)
{
    memcpy(market->symbol, input->symbol, sizeof market->symbol);
    market->kind = input->kind;
    market->bands = input->bands;
    market->window_log2 = input->window_log2;
    market->speed_bump = input->speed_bump;
    market->base_asset = input->base_asset;
    market->quote_asset = input->quote_asset;
    market->lot_units = input->lot_units;
    market->tick_lot_units = input->tick_lot_units;
    market->maker_fee = input->maker_fee;
    market->taker_fee = input->taker_fee;
    market->limit_min = input->limit_min;
    market->limit_max = input->limit_max;
    market->impact_min = input->impact_min;
    market->impact_max = input->impact_max;
    market->mean_min = input->mean_min;
    market->mean_max = input->mean_max;
    market->tolerance = input->tolerance;
    market->slot_quota = input->slot_quota;
    market->window_step = input->window_step;
    market->quantity_min = input->quantity_min;
    market->quantity_max = input->quantity_max;
    market->position_max = input->position_max;
    market->interest_max = input->interest_max;
    market->imf = input->imf;
    market->mmf = input->mmf;
    market->funding_hours = input->funding_hours;
    market->funding_max = input->funding_max;
    market->impact_notional = input->impact_notional;
    market->fund_cap = input->fund_cap;
}

static bool control_slots_suffice(const struct state *state, uint32_t row, uint32_t quota)
{
    uint64_t sum = quota;

    for (uint32_t other = 1; other < state->markets.used; other++)
        if (other != row)
            sum += state_market(state, other)->slot_quota;
    return sum < state->slots.capacity;
}

enum reason control_market(struct exchange *exchange, const struct input_market_set *input, uint64_t *made)
{
    struct state *state = &exchange->state;
    enum reason reason = control_check_market(state, input);
    uint32_t row;
    struct market *market;

    if (reason != REASON_NONE)
        return reason;
    row = state_find_market(state, input->symbol);
    if (!control_slots_suffice(state, row, input->slot_quota))
        return REASON_SLOT_QUOTA;
    if (row != TABLE_NONE && control_market_differs(state_market(state, row), input))
        return REASON_CONFLICT;
    if (row != TABLE_NONE && state_market(state, row)->flags & MARKET_DELISTED)
        return REASON_DELISTED;
    *made = row;
    if (!control_takes_effect(exchange, &input->header, input->effective_ns,
                              row != TABLE_NONE && tighten_market(state_market(state, row), input), row,
                              TABLE_NONE, &reason))
        return reason;
    if (row == TABLE_NONE) {
        if (!control_has_rows(&state->positions, 3))
            return REASON_CAPACITY;
        row = table_take(&state->markets);
        if (row == TABLE_NONE)
            return REASON_CAPACITY;
        market = state_market(state, row);
        market->state_wanted = CARD_STATE_OPEN;
        market->flags = MARKET_WAITS_FOR_PRICES;
    }
    market = state_market(state, row);
    control_copy_market(market, input);
    liquidation_look_at_all(exchange);
    check(state_need_position(state, SYSTEM_FEES, row) != TABLE_NONE);
    check(state_need_position(state, SYSTEM_FUND, row) != TABLE_NONE);
    check(state_need_position(state, SYSTEM_RESIDUE, row) != TABLE_NONE);
    core_send_configure(exchange, row);
    *made = row;
    return REASON_NONE;
}
