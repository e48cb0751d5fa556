/* Deposits, transfers, dust. */
#include <string.h>

#include "control.h"
#include "durations.h"
#include "lending.h"
#include "liquidation.h"
#include "settlement.h"

enum reason control_check_money(const struct state *state, bool known, uint32_t asset, int64_t amount)
{
    if (!known)
        return REASON_UNKNOWN_ACCOUNT;
    if (asset == TABLE_NONE || asset >= state->assets.used)
        return REASON_UNKNOWN_ASSET;
    return amount < 1 || amount > LIMIT_BALANCE_UNITS ? REASON_INVALID_QUANTITY : REASON_NONE;
}

bool control_is_new(const struct state *state, const struct transfer *wanted, uint64_t *made, enum reason *reason)
{
    const uint32_t row = state_find_transfer(state, wanted->asset, wanted->id);
    const struct transfer *found;

    *made = row;
    if (row == TABLE_NONE)
        return true;
    found = table_row(&state->transfers, row);
    *reason = found->kind == wanted->kind && found->subaccount == wanted->subaccount &&
                      found->amount == wanted->amount && found->apart == wanted->apart
                  ? REASON_NONE : REASON_CONFLICT;
    return false;
}

bool control_money_waits(const struct state *state, uint32_t asset)
{
    return settlement_under_way(state) && asset == state_settlement(state);
}

enum reason control_free_money(struct exchange *exchange, uint32_t subaccount, uint32_t asset, int64_t amount,
                               int64_t fresh)
{
    const struct state *state = &exchange->state;
    const int64_t missing = amount - ledger_free(&exchange->state, subaccount, asset);
    enum reason reason;

    if (settlement_is_debtor(state, subaccount))
        return REASON_NEGATIVE_EQUITY;
    if (liquidation_has_begun(state, subaccount))
        return REASON_LIQUIDATION;
    reason = margin_check_withdrawal(state, subaccount, asset, amount, fresh);
    if (reason != REASON_NONE)
        return fresh > 0 && margin_check_withdrawal(state, subaccount, asset, amount, 0) == REASON_NONE
                   ? REASON_FRESH_PROFIT : reason;
    if (missing <= 0)
        return REASON_NONE;
    reason = lending_check(state, subaccount, asset, LEND_REDEEM, missing);
    if (reason == REASON_NONE &&
        lending_redeem(&exchange->ledger, subaccount, asset, missing, LENDING_BY_HAND) < missing)
        reason = REASON_INSUFFICIENT_BALANCE; /* the last unit of a share that rounding keeps */
    return reason;
}

/* An eighth of the rows is for withdrawals: nobody's money is locked in by what comes in. */
static bool money_has_room(const struct table *transfers)
{
    return transfers->live < transfers->capacity - transfers->capacity / 8;
}

/* Clients, and the fund, which the operator feeds. */
enum reason control_deposit(struct exchange *exchange, const struct input_deposit *input, uint64_t *made)
{
    struct state *state = &exchange->state;
    const uint32_t to = input->header.subaccount;
    struct transfer transfer = { .subaccount = to, .asset = input->asset, .kind = INPUT_DEPOSIT,
                                 .amount = input->amount, .batch = state->t->batch };
    enum reason reason = control_check_money(state, to == SYSTEM_FUND || control_is_client_subaccount(state, to),
                                             input->asset, input->amount);

    if (reason != REASON_NONE)
        return reason;
    memcpy(transfer.id, input->id, sizeof transfer.id);
    if (!control_is_new(state, &transfer, made, &reason))
        return reason;
    if (!money_has_room(&state->transfers) || !ledger_can_deposit(&exchange->ledger, to, input->asset, input->amount))
        return REASON_CAPACITY;
    reason = control_check_cap(state, to, input->asset, input->amount);
    if (reason != REASON_NONE)
        return reason;
    settlement_touch(exchange, to);
    settlement_deposit(exchange, ENTRY_DEPOSIT, input->asset, SYSTEM_CUSTODY, to, input->amount);
    *made = state_add_transfer(state, &transfer);
    state->t->transfers++;
    return REASON_NONE;
}

/* --- transfers --- */

/* Between the subaccounts of one account; fees go to the fund or to whoever the operator names. */
static bool money_may_flow(const struct state *state, uint32_t from, uint32_t to)
{
    if (from == SYSTEM_FEES)
        return to == SYSTEM_FUND || control_is_client_subaccount(state, to);
    return control_is_client_subaccount(state, from) && control_is_client_subaccount(state, to) && from != to &&
           state_subaccount(state, from)->account == state_subaccount(state, to)->account;
}

/* Fresh profit leaves first, so that splitting shortens nobody's wait. */
static void money_move_fresh(struct exchange *exchange, uint32_t from, uint32_t to, int64_t amount)
{
    struct subaccount *source = settlement_age_fresh(exchange, from), *target = settlement_age_fresh(exchange, to);

    for (unsigned i = 0; i < 2; i++) {
        const int64_t moved = source->fresh[i] < amount ? source->fresh[i] : amount;

        source->fresh[i] -= moved;
        target->fresh[i] += moved;
        amount -= moved;
    }
}

/* Whether fresh profit may go, since its wait goes along. It can't with a coin that was bought with it, nor into what
 * is held apart, which is its owner's at any time: of these only what is not fresh is sent. */
static bool money_takes_wait_along(const struct state *state, const struct input_transfer *input)
{
    return input->header.subaccount != SYSTEM_FEES && input->asset == state_settlement(state) &&
           !settlement_holds_apart(state, input->to);
}

enum reason control_transfer(struct exchange *exchange, const struct input_transfer *input)
{
    const struct state *state = &exchange->state;
    const uint32_t from = input->header.subaccount, to = input->to;
    enum reason reason = control_check_money(state, money_may_flow(state, from, to), input->asset, input->amount);
    bool along;

    if (reason != REASON_NONE)
        return reason;
    if (control_money_waits(state, input->asset))
        return deferred_add(exchange, &input->header, 0);
    if (!ledger_can_receive(&exchange->ledger, to, input->asset, input->amount))
        return REASON_CAPACITY;
    if (from == SYSTEM_FEES) /* from outside the account; what it has already it may move about */
        reason = control_check_cap(state, to, input->asset, input->amount);
    if (reason != REASON_NONE)
        return reason;
    settlement_touch(exchange, from);
    settlement_touch(exchange, to);
    along = money_takes_wait_along(state, input);
    reason = control_free_money(exchange, from, input->asset, input->amount,
                                along || from == SYSTEM_FEES ? 0 : settlement_fresh(state, from));
    if (reason != REASON_NONE)
        return reason;
    settlement_deposit(exchange, ENTRY_TRANSFER, input->asset, from, to, input->amount);
    if (along)
        money_move_fresh(exchange, from, to, input->amount);
    return REASON_NONE;
}

/* --- dust --- */

/* Below a lot of every spot market of the asset, of which there is one: nothing that could be sold there. */
static bool money_is_dust(const struct state *state, uint32_t asset, wide amount)
{
    bool sold = false;

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        if (market->kind != MARKET_SPOT || market->base_asset != asset || market->flags & MARKET_DELISTED)
            continue;
        if (amount >= (wide)market->lot_units)
            return false;
        sold = true;
    }
    return sold;
}

/* All that the subaccount has of the asset, wherever it is; without a lock or a borrow. */
static enum reason money_check_dust(const struct state *state, uint32_t row, uint32_t subaccount, uint32_t asset)
{
    const struct balance *balance;

    if (row == TABLE_NONE || state_balance(state, row)->amount == 0)
        return REASON_INSUFFICIENT_BALANCE;
    balance = state_balance(state, row);
    if (balance->locked != 0 || balance->borrowed != 0 ||
        !money_is_dust(state, asset, (wide)balance->amount + state_balance_detail(state, row)->apart +
                                         lending_lent_by(state, subaccount, asset)))
        return REASON_INVALID_QUANTITY;
    if (state_asset(state, asset)->index == 0 || state_asset(state, asset)->price_flags & PRICE_FROZEN)
        return REASON_NO_PRICE;
    return REASON_NONE;
}

/* The fund buys, but not below its floor. */
static enum reason money_check_buyer(struct exchange *exchange, uint32_t subaccount, uint32_t asset, int64_t amount,
                                     int64_t worth)
{
    const uint32_t settlement = state_settlement(&exchange->state);
    const wide left = (wide)ledger_free(&exchange->state, SYSTEM_FUND, settlement) - worth;

    if (left < (wide)exchange->state.t->fund_floor)
        return REASON_INSUFFICIENT_BALANCE;
    if (!ledger_can_receive(&exchange->ledger, SYSTEM_FUND, asset, amount) ||
        !ledger_can_receive(&exchange->ledger, subaccount, settlement, worth))
        return REASON_CAPACITY;
    return REASON_NONE;
}

/* Day of an account's last sale: once a day and asset, however many subaccounts it has, so that nobody makes dust of
 * a balance to sell all of it at the index. */
static uint16_t *money_dust_day(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    const uint32_t first = state_account(state, state_subaccount(state, subaccount)->account)->first;

    return &state_balance_detail(state, state_find_balance(state, first, asset))->dust_day;
}

enum reason control_dust(struct exchange *exchange, const struct input_dust *input)
{
    const struct state *state = &exchange->state;
    const uint32_t subaccount = input->header.subaccount, settlement = state_settlement(state);
    const uint16_t today = (uint16_t)(state->t->time_ns / NS_A_DAY);
    enum reason reason;
    uint32_t row;
    int64_t amount, worth;

    if (!control_is_client_subaccount(state, subaccount))
        return REASON_UNKNOWN_ACCOUNT;
    if (input->asset == TABLE_NONE || input->asset >= state->assets.used || input->asset == settlement)
        return REASON_UNKNOWN_ASSET;
    if (settlement_under_way(state)) /* its price is money of the settlement asset */
        return deferred_add(exchange, &input->header, 0);
    if (settlement_is_debtor(state, subaccount))
        return REASON_NEGATIVE_EQUITY;
    if (liquidation_has_begun(state, subaccount))
        return REASON_LIQUIDATION;
    row = state_find_balance(state, subaccount, input->asset);
    reason = money_check_dust(state, row, subaccount, input->asset);
    if (reason != REASON_NONE)
        return reason;
    if (*money_dust_day(state, subaccount, input->asset) == today)
        return REASON_THROTTLED;
    amount = state_balance(state, row)->amount;
    worth = margin_worth(state, input->asset, false, amount);
    reason = money_check_buyer(exchange, subaccount, input->asset, amount, worth);
    if (reason != REASON_NONE)
        return reason;
    *money_dust_day(state, subaccount, input->asset) = today;
    ledger_move(&exchange->ledger, ENTRY_DUST, input->asset, subaccount, SYSTEM_FUND, amount);
    ledger_move(&exchange->ledger, ENTRY_DUST, settlement, SYSTEM_FUND, subaccount, worth);
    return REASON_NONE;
}
