/* Parameters of the whole venue, the notice that changes need, delistings. */
#include "control.h"
#include "durations.h"
#include "pricing.h"
#include "settlement.h"

enum { SETTLE_SECONDS_MAX = 3600, NOTICE_SECONDS_MAX = 30 * 86400, FRESH_SECONDS_MAX = 60, APPROVALS_MAX = 64 };

static uint64_t venue_notice_ends(const struct totals *totals)
{
    return totals->time_ns + totals->notice_seconds * NS_A_SECOND;
}

/* `number`: to cancel it by; 0: a delisting. */
static void venue_note(struct exchange *exchange, uint64_t due_ns, uint64_t number, uint32_t market, uint32_t asset)
{
    struct notice *notice = core_notice(exchange, NOTICE_CHANGE_NOTED, TABLE_NONE);

    notice->market = (uint16_t)market;
    notice->asset = (uint16_t)asset;
    notice->amount[0] = due_ns > INT64_MAX ? INT64_MAX : (int64_t)due_ns;
    notice->amount[1] = (int64_t)number;
}

bool control_takes_effect(struct exchange *exchange, const struct input_header *input, uint64_t effective_ns,
                          bool tightens, uint32_t market, uint32_t asset, enum reason *reason)
{
    const struct totals *totals = exchange->state.t;

    *reason = REASON_NONE;
    if (exchange->due)
        return true; /* it has had its notice */
    /* Whatever is to come later has the whole notice: what loosens today may tighten by then. */
    if ((tightens || effective_ns > totals->time_ns) && totals->notice_seconds &&
        effective_ns < venue_notice_ends(totals)) {
        *reason = REASON_NOTICE_NEEDED;
        return false;
    }
    if (effective_ns <= totals->time_ns) {
        if (!settlement_under_way(&exchange->state))
            return true;
        *reason = deferred_add(exchange, input, 0); /* who is realised later would be by other terms */
        return false;
    }
    *reason = deferred_add(exchange, input, effective_ns);
    if (*reason == REASON_DEFERRED) {
        *reason = REASON_NONE; /* noted; that it has been done is told by a notice */
        venue_note(exchange, effective_ns, totals->next_deferred, market, asset);
    }
    return false;
}

bool control_rules_are_sound(const struct input_venue_rules *input)
{
    for (size_t i = 0; i < LIMIT_JURISDICTIONS; i++)
        if (input->leverage_caps[i] != 0 && input->leverage_caps[i] < 100)
            return false;
    return input->settle_seconds <= SETTLE_SECONDS_MAX && input->notice_seconds <= NOTICE_SECONDS_MAX &&
           input->fresh_seconds <= FRESH_SECONDS_MAX && input->approvals <= APPROVALS_MAX &&
           input->fund_floor <= LIMIT_BALANCE_UNITS && input->withdraw_account_max <= LIMIT_BALANCE_UNITS &&
           input->withdraw_venue_max <= LIMIT_BALANCE_UNITS;
}

enum reason control_rules(struct exchange *exchange, const struct input_venue_rules *input)
{
    struct totals *totals = exchange->state.t;
    enum reason reason;

    if (!control_rules_are_sound(input))
        return REASON_OUT_OF_RANGE;
    if (!control_takes_effect(exchange, &input->header, input->effective_ns, tighten_rules(totals, input),
                              TABLE_NONE, TABLE_NONE, &reason))
        return reason;
    totals->settle_seconds = input->settle_seconds;
    if (totals->next_settle > totals->time_ns + input->settle_seconds * NS_A_SECOND)
        totals->next_settle = totals->time_ns + input->settle_seconds * NS_A_SECOND;
    totals->notice_seconds = input->notice_seconds;
    totals->fresh_seconds = input->fresh_seconds;
    totals->approvals = input->approvals;
    totals->fund_floor = input->fund_floor;
    totals->withdraw_account_max = input->withdraw_account_max;
    totals->withdraw_venue_max = input->withdraw_venue_max;
    for (size_t i = 0; i < LIMIT_JURISDICTIONS; i++)
        totals->leverage_caps[i] = input->leverage_caps[i];
    return REASON_NONE;
}

enum reason control_delist(struct exchange *exchange, const struct input_delist *input)
{
    struct market *market;

    if (input->market == TABLE_NONE || input->market >= exchange->state.markets.used)
        return REASON_UNKNOWN_MARKET;
    market = state_market(&exchange->state, input->market);
    if (market->flags & MARKET_DELISTED)
        return REASON_DELISTED;
    if (input->at_ns == 0) {
        if (market->delist_ns == 0)
            return REASON_CONFLICT;
        market->delist_ns = 0;
        return REASON_NONE;
    }
    if (input->at_ns <= exchange->state.t->time_ns)
        return REASON_OUT_OF_RANGE;
    if (input->at_ns < venue_notice_ends(exchange->state.t))
        return REASON_NOTICE_NEEDED;
    market->delist_ns = input->at_ns;
    venue_note(exchange, input->at_ns, 0, input->market, TABLE_NONE);
    return REASON_NONE;
}

/* Settled at the mean index of the last hour, at the mark where none is known. */
static void venue_delist(struct exchange *exchange, uint32_t row)
{
    struct market *market = state_market(&exchange->state, row);
    const uint64_t mean = pricing_hour_mean(&exchange->state, row);
    struct notice *notice;

    if (control_cancel_all(exchange, JOB_MARKET, row, REASON_DELISTED) != REASON_NONE)
        return; /* no room for the job: at the next tick */
    market->final_price = mean ? mean : market->mark;
    market->flags |= MARKET_DELISTED;
    notice = core_notice(exchange, NOTICE_DELISTED, TABLE_NONE);
    notice->market = (uint16_t)row;
    notice->amount[0] = (int64_t)market->final_price;
    control_refresh_state(exchange, row);
}

/* No position, nothing on the card, parked or waiting for a trigger. */
static bool venue_is_empty(const struct market *market)
{
    for (unsigned by = 0; by < 3; by++)
        if (market->triggers[by][0] != TABLE_NONE || market->triggers[by][1] != TABLE_NONE)
            return false;
    return market->open_interest == 0 && market->slots_used == 0 && market->parked[CARD_SIDE_BUY] == TABLE_NONE &&
           market->parked[CARD_SIDE_SELL] == TABLE_NONE;
}

void control_delist_run(struct exchange *exchange)
{
    for (uint32_t row = 1; row < exchange->state.markets.used; row++) {
        struct market *market = state_market(&exchange->state, row);

        if (market->delist_ns == 0 || market->delist_ns > exchange->state.t->time_ns)
            continue;
        if (!(market->flags & MARKET_DELISTED)) {
            venue_delist(exchange, row);
        } else if (market->state_wanted != CARD_STATE_CLOSED && venue_is_empty(market)) {
            market->state_wanted = CARD_STATE_CLOSED;
            control_refresh_state(exchange, row);
        }
    }
}
