/* What is due by itself, in the order of docs/money.md. */
#include "control.h"
#include "durations.h"
#include "lending.h"
#include "liquidation.h"
#include "pricing.h"
#include "settlement.h"

static void tick_accrue(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    if (totals->time_ns < totals->next_accrual)
        return;
    totals->next_accrual = (totals->time_ns / NS_AN_HOUR + 1) * NS_AN_HOUR;
    for (uint32_t asset = 1; asset < exchange->state.assets.used; asset++)
        lending_accrue(&exchange->ledger, asset);
}

static void tick_once(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    totals->next_tick = (totals->time_ns / NS_A_SECOND + 1) * NS_A_SECOND;
    pricing_tick(exchange);
    funding_tick(exchange);
    tick_accrue(exchange);
    lending_tick(exchange);
    control_delist_run(exchange);
    settlement_tick(exchange);
    settlement_pay_debts(exchange);
    liquidation_tick(exchange);
}

/* A pass is as if at one instant: prices, funding and interest wait for its end. */
static bool tick_is_due(const struct exchange *exchange)
{
    return exchange->state.t->time_ns >= exchange->state.t->next_tick && !settlement_under_way(&exchange->state) &&
           core_room(exchange, CORE_INPUT_ACTIONS * 2) && exchange->notice_count + TICK_NOTICES_KEPT <= CORE_NOTICES;
}

void tick_run(struct exchange *exchange)
{
    const uint32_t steps = exchange->steps_left;
    bool due;

    settlement_run(exchange);
    due = tick_is_due(exchange);
    if (due) {
        tick_once(exchange);
        settlement_run(exchange);
    }
    settlement_debts_run(exchange);
    liquidation_run(exchange);
    lending_run(exchange);
    deferred_run(exchange);
    if (exchange->options.recount && (due || exchange->steps_left != steps))
        exchange_recount(exchange);
}

/* It is to be, and control_delist_run() has not closed it yet. */
static bool tick_is_delisted(const struct market *market)
{
    return market->delist_ns != 0 && !(market->flags & MARKET_DELISTED && market->state_wanted == CARD_STATE_CLOSED);
}

/* Whether seconds matter: venues quote, somebody has a position or a debt, money may be idle. */
static bool tick_seconds_matter(const struct state *state)
{
    if (state->t->debtors != TABLE_NONE || liquidation_under_way(state) || state->t->idle != TABLE_NONE)
        return true;
    for (uint32_t row = 1; row < state->assets.used; row++)
        if (state_asset(state, row)->price_flags & PRICE_BY_VENUES)
            return true;
    for (uint32_t row = 1; row < state->markets.used; row++)
        if (state_market(state, row)->open_interest > 0 || tick_is_delisted(state_market(state, row)))
            return true;
    return false;
}

static bool tick_hours_matter(const struct state *state)
{
    for (uint32_t row = 1; row < state->assets.used; row++)
        if (state_pool(state, row)->borrowed > 0)
            return true;
    return false;
}

/* Profit and loss of positions that were closed wait for a pass too. */
static bool tick_settlement_matters(const struct state *state)
{
    if (state->t->settle_seconds == 0)
        return state->t->recovered > 0 || state->t->written > 0;
    for (uint32_t row = 1; row < state->markets.used; row++)
        if (state_market(state, row)->kind == MARKET_PERPETUAL)
            return true;
    return false;
}

/* Of what is looked at by ticks alone: not before the next one. */
static uint64_t tick_next_due(const struct state *state)
{
    const uint64_t tick = state->t->next_tick;
    uint64_t due = UINT64_MAX;

    if (tick_seconds_matter(state) || settlement_under_way(state))
        return tick;
    if (tick_hours_matter(state))
        due = state->t->next_accrual;
    if (tick_settlement_matters(state) && state->t->next_settle < due)
        due = state->t->next_settle;
    return due < tick ? tick : due;
}

uint64_t tick_next_ns(const struct exchange *exchange)
{
    const uint64_t due = tick_next_due(&exchange->state), deferred = deferred_next_ns(exchange);

    return due < deferred ? due : deferred;
}
