/* Lending pools: their parameters, and steps by hand (exchange-rules.md, section 7). */
#include "control.h"
#include "lending.h"
#include "liquidation.h"
#include "settlement.h"

#define MILLION 1000000u

enum { POOL_RATE_MAX = 100000000, POOL_STEP_SECONDS_MAX = 86400 };

bool control_pool_is_sound(const struct input_pool_set *input)
{
    return input->rate_zero <= input->rate_optimal && input->rate_optimal <= input->rate_full &&
           input->rate_full <= POOL_RATE_MAX && input->optimal > 0 && input->optimal < MILLION &&
           input->fee <= MILLION && input->throttle <= MILLION && input->utilisation_max <= MILLION &&
           input->step_seconds > 0 && input->step_seconds <= POOL_STEP_SECONDS_MAX &&
           input->step <= LIMIT_BALANCE_UNITS && input->borrow_max <= LIMIT_BALANCE_UNITS &&
           input->account_max <= LIMIT_BALANCE_UNITS;
}

enum reason control_pool(struct exchange *exchange, const struct input_pool_set *input)
{
    struct state *state = &exchange->state;
    struct pool *pool;
    enum reason reason;

    if (input->asset == TABLE_NONE || input->asset >= state->assets.used)
        return REASON_UNKNOWN_ASSET;
    if (input->reserved || input->reserved2)
        return REASON_BAD_COMMAND;
    if (!control_pool_is_sound(input))
        return REASON_OUT_OF_RANGE;
    pool = state_pool(state, input->asset);
    if (!control_takes_effect(exchange, &input->header, input->effective_ns,
                              pool->set && tighten_pool(pool, input), TABLE_NONE, input->asset, &reason))
        return reason;
    lending_accrue(&exchange->ledger, input->asset); /* at the rates that held until now */
    if (!pool->set)
        pool->accrued_ns = state->t->time_ns;
    pool->set = 1;
    pool->rate_zero = input->rate_zero;
    pool->rate_optimal = input->rate_optimal;
    pool->rate_full = input->rate_full;
    pool->optimal = input->optimal;
    pool->fee = input->fee;
    pool->throttle = input->throttle;
    pool->utilisation_max = input->utilisation_max;
    pool->step_seconds = input->step_seconds;
    pool->step = input->step;
    pool->borrow_max = input->borrow_max;
    pool->account_max = input->account_max;
    return REASON_NONE;
}

/* What `amount` 0 means; a repayment of more than is owed repays what is owed. */
static int64_t lend_units(const struct exchange *exchange, const struct input_lend *input)
{
    const uint32_t subaccount = input->header.subaccount;
    const int64_t free = ledger_free(&exchange->state, subaccount, input->asset);
    const int64_t owed = lending_borrowed_by(&exchange->state, subaccount, input->asset);

    switch (input->step) {
    case LEND_REPAY:
        if (input->amount == 0)
            return owed < free ? owed : free;
        return input->amount > owed ? owed : input->amount;
    case LEND_LEND:
        return input->amount == 0 ? free : input->amount;
    case LEND_REDEEM:
        return input->amount == 0 ? lending_lent_by(&exchange->state, subaccount, input->asset) : input->amount;
    default:
        return input->amount;
    }
}

static void lend_carry_out(struct exchange *exchange, const struct input_lend *input, int64_t units)
{
    struct ledger *ledger = &exchange->ledger;
    const uint32_t subaccount = input->header.subaccount;

    switch (input->step) {
    case LEND_LEND:
        lending_lend(ledger, subaccount, input->asset, units);
        break;
    case LEND_REDEEM:
        lending_redeem(ledger, subaccount, input->asset, units, LENDING_BY_HAND);
        break;
    case LEND_BORROW:
        units -= lending_redeem(ledger, subaccount, input->asset, units, LENDING_BY_HAND);
        if (units > 0)
            lending_borrow(ledger, subaccount, input->asset, units, LENDING_BY_HAND);
        break;
    case LEND_REPAY:
        lending_repay(ledger, subaccount, input->asset, units);
        break;
    default:
        break;
    }
}

static enum reason lend_check_record(const struct state *state, const struct input_lend *input)
{
    if (!control_is_client_subaccount(state, input->header.subaccount))
        return REASON_UNKNOWN_ACCOUNT;
    if (input->asset == TABLE_NONE || input->asset >= state->assets.used || !state_pool(state, input->asset)->set)
        return REASON_UNKNOWN_ASSET;
    for (size_t i = 0; i < sizeof input->reserved; i++)
        if (input->reserved[i])
            return REASON_BAD_COMMAND;
    if (input->step < LEND_LEND || input->step > LEND_REPAY)
        return REASON_BAD_COMMAND;
    if (input->amount < 0 || input->amount > LIMIT_BALANCE_UNITS || (input->amount == 0 && input->step == LEND_BORROW))
        return REASON_INVALID_QUANTITY;
    return REASON_NONE;
}

enum reason control_lend(struct exchange *exchange, const struct input_lend *input)
{
    const struct state *state = &exchange->state;
    const uint32_t subaccount = input->header.subaccount;
    const bool out = input->step == LEND_REDEEM || input->step == LEND_BORROW;
    enum reason reason = lend_check_record(state, input);
    int64_t units;

    if (reason != REASON_NONE)
        return reason;
    settlement_touch(exchange, subaccount);
    if (control_money_waits(state, input->asset))
        return deferred_add(exchange, &input->header, 0);
    if (out && settlement_is_debtor(state, subaccount))
        return REASON_NEGATIVE_EQUITY;
    if ((input->step == LEND_LEND || input->step == LEND_BORROW) && liquidation_has_begun(state, subaccount))
        return REASON_LIQUIDATION;
    lending_accrue(&exchange->ledger, input->asset);
    units = lend_units(exchange, input);
    reason = lending_check(state, subaccount, input->asset, input->step, units);
    if (reason == REASON_NONE && input->step == LEND_BORROW)
        reason = control_check_cap(state, subaccount, input->asset, units);
    if (reason == REASON_NONE && input->step == LEND_BORROW &&
        state_need_balance(&exchange->state, subaccount, input->asset) == TABLE_NONE)
        reason = REASON_CAPACITY;
    if (reason == REASON_NONE)
        lend_carry_out(exchange, input, units);
    return reason;
}
