/* The settlement pass: when it begins, what it goes by, its stages. */
#include "durations.h"
#include "settlement_parts.h"

/* A position's value must leave room in its entry cost for what its orders may add: a market whose open interest is
 * larger at the mark is not settled. 2^62 is LIMIT_NOTIONAL_UNITS x 256. */
#define SETTLEMENT_VALUE_MAX (((uwide)LIMIT_NOTIONAL_UNITS * 256) / 8 * 7)

/* --- begin --- */

/* A delisted market is flattened once nothing of it rests any more, or lots could be open without a position. */
static bool settlement_takes_part(const struct market *market)
{
    if (market->kind != MARKET_PERPETUAL)
        return false;
    if (market->flags & MARKET_DELISTED)
        return market->slots_used == 0 && market->parked[CARD_SIDE_BUY] == TABLE_NONE &&
               market->parked[CARD_SIDE_SELL] == TABLE_NONE;
    return !(market->flags & (MARKET_FROZEN | MARKET_WAITS_FOR_PRICES));
}

static uint64_t settlement_mark_of(const struct market *market)
{
    const uint64_t mark = market->flags & MARKET_DELISTED ? market->final_price : market->mark;
    uwide value;

    if (!settlement_takes_part(market))
        return 0;
    if (__builtin_mul_overflow((uwide)market->open_interest * market->tick_lot_units, (uwide)mark, &value) ||
        value > SETTLEMENT_VALUE_MAX)
        return 0;
    return mark;
}

/* All lots together have 62 bits, so one has; where none is open, one may have more. */
static int64_t settlement_lot_of(const struct market *market)
{
    return market->open_interest == 0 ? 0 : wide_narrow((wide)market->settle_mark * (wide)market->tick_lot_units);
}

/* A market to be flattened, claims to be paid: worth a pass where none is due by itself. */
static bool settlement_is_needed(const struct state *state)
{
    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        if (market->flags & MARKET_DELISTED && market->open_interest > 0 && settlement_mark_of(market) != 0)
            return true;
    }
    return state->t->recovered > 0 || state->t->written > 0;
}

/* Passes are due at multiples of settle_seconds of UTC, the first one at once. */
static bool settlement_is_due(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;
    const uint64_t seconds = totals->settle_seconds * NS_A_SECOND;
    uint64_t due;

    if (seconds == 0)
        return settlement_is_needed(&exchange->state);
    due = totals->next_settle;
    if (totals->time_ns < due)
        return false;
    totals->next_settle = (totals->time_ns / seconds + 1) * seconds;
    return true;
}

static void settlement_begin(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    struct totals *totals = state->t;

    for (uint32_t row = 1; row < state->markets.used; row++) {
        struct market *market = state_market(state, row);

        market->settle_mark = settlement_mark_of(market);
        market->settle_lot = settlement_lot_of(market);
    }
    for (uint32_t row = 1; row < state->assets.used; row++)
        lending_accrue(&exchange->ledger, row);
    totals->pass++;
    totals->pass_stage = SETTLEMENT_REALISE;
    totals->pass_at = 1;
    for (uint32_t row = SYSTEM_CUSTODY; row < SYSTEM_SUBACCOUNTS; row++) /* nobody touches them: fees go on coming in */
        settlement_realise(exchange, row);
}

void settlement_tick(struct exchange *exchange)
{
    for (uint32_t row = 1; row < exchange->state.markets.used; row++)
        state_market(&exchange->state, row)->conversion = 0;
    if (state_settlement(&exchange->state) == TABLE_NONE || settlement_under_way(&exchange->state) ||
        !settlement_is_due(exchange))
        return;
    settlement_begin(exchange);
}

/* --- stages --- */

static bool settlement_realise_step(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    struct totals *totals = state->t;
    struct settlement_ahead ahead = { { 0 } };

    for (; totals->pass_at < state->subaccounts.used; totals->pass_at++) {
        const uint32_t row = totals->pass_at;
        const struct subaccount *subaccount = state_subaccount(state, row);

        if (settlement_is_ahead(state, row)) {
            settlement_fetch_money(state, row, false);
            settlement_fetch_positions(state, &ahead, row);
        }
        if (!settlement_take_step(exchange, subaccount->positions != TABLE_NONE))
            return false;
        if (subaccount->pass != totals->pass)
            settlement_realise(exchange, row);
    }
    return true;
}

static void settlement_tell(struct exchange *exchange)
{
    const struct totals *totals = exchange->state.t;
    const int64_t lent = totals->pass_run[RUN_LENT];
    struct notice *notice;

    if (state_settlement(&exchange->state) == TABLE_NONE || totals->pass_paid + totals->pass_short == 0)
        return;
    notice = core_notice(exchange, NOTICE_SETTLED, TABLE_NONE);
    notice->amount[0] = totals->pass_paid + totals->pass_short;
    notice->amount[1] = totals->pass_paid;
    notice->amount[2] = totals->pass_short;
    if (lent == 0)
        return;
    notice = core_notice(exchange, NOTICE_LENT_SHARES_PAID, TABLE_NONE);
    notice->amount[0] = lent;
    notice->amount[1] = totals->pass_paid;
}

static void settlement_end(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    if (totals->recovered > 0) {
        struct notice *notice = core_notice(exchange, NOTICE_CLAIMS_PAID, TABLE_NONE);

        notice->amount[0] = totals->recovered;
        notice->amount[1] = state_claims(&exchange->state);
    }
    for (unsigned i = 0; i <= SETTLEMENT_CLASSES; i++)
        totals->pass_run[i] = 0;
    for (unsigned i = 0; i < SETTLEMENT_CLASSES; i++)
        totals->pass_won[i] = 0;
    totals->recovered = totals->written = totals->pass_paid = totals->pass_short = 0;
    for (uint32_t row = 1; row < exchange->state.markets.used; row++)
        state_market(&exchange->state, row)->settle_mark = state_market(&exchange->state, row)->settle_lot = 0;
    totals->pass_at = 0;
    totals->pass_stage = SETTLEMENT_IDLE;
    settlement_pay_debts(exchange);
}

/* The class after the one that has been paid; whether there is one. */
static bool settlement_next_class(struct totals *totals)
{
    if (totals->pass_run[RUN_CLASS] >= SETTLEMENT_CLASSES - 1)
        return false;
    totals->pass_run[RUN_CLASS]++;
    totals->pass_at = 1;
    return true;
}

static bool settlement_step(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    switch ((enum settlement_stage)totals->pass_stage) {
    case SETTLEMENT_REALISE:
        if (!settlement_realise_step(exchange))
            return false;
        pay_begin(exchange);
        return true;
    case SETTLEMENT_PAY:
        if (!pay_step(exchange))
            return false;
        if (settlement_next_class(totals))
            return true;
        settlement_tell(exchange);
        pay_begin_claims(exchange);
        return true;
    case SETTLEMENT_CLAIMS:
        if (!pay_claims_step(exchange))
            return false;
        settlement_end(exchange);
        return true;
    case SETTLEMENT_IDLE:
        break;
    }
    return false;
}

void settlement_run(struct exchange *exchange)
{
    while (settlement_under_way(&exchange->state) && settlement_step(exchange))
        ;
}
