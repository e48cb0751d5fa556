/* Withdrawals, step by step: requested, approved, released or cancelled (exchange-rules.md, section 8). From the
 * request on the money is SYSTEM_WITHDRAWALS'. */
#include <string.h>

#include "control.h"
#include "durations.h"
#include "settlement.h"

/* --- velocity: leaking buckets --- */

/* A bucket holds USDC units and leaks its limit a day; a withdrawal must fit. So any 24 hours see at most twice the
 * limit: a full bucket, and what leaks meanwhile. */
static uint64_t velocity_left(uint64_t held, uint64_t since_ns, uint64_t now_ns, uint64_t limit)
{
    const uwide leaked = (uwide)limit * (now_ns - since_ns) / NS_A_DAY;

    return leaked < held ? held - (uint64_t)leaked : 0;
}

/* What a bucket holds once a withdrawal of `worth` is cancelled: as if all that has leaked since had been its own
 * (rounded up), so that no order of requests and cancels empties a bucket that would not be without them. */
static uint64_t velocity_without(uint64_t held, uint64_t limit, uint64_t now_ns, const struct transfer *transfer)
{
    const uwide leaked = ((uwide)limit * (now_ns - transfer->worth_ns) + NS_A_DAY - 1) / NS_A_DAY;
    const uint64_t rest = leaked < transfer->worth ? transfer->worth - (uint64_t)leaked : 0;

    return held > rest ? held - rest : 0;
}

struct velocity {
    uint64_t worth;
    uint64_t account, venue; /* what the buckets hold with this withdrawal in */
};

static enum reason velocity_check(const struct state *state, uint32_t row, uint32_t asset, int64_t amount,
                                  struct velocity *velocity)
{
    const struct account *account = state_account(state, row);
    const struct totals *totals = state->t;
    uint64_t worth;

    *velocity = (struct velocity){ .worth = 0 };
    if (totals->withdraw_account_max == 0 && totals->withdraw_venue_max == 0)
        return REASON_NONE;
    if (state_asset(state, asset)->index == 0)
        return REASON_NO_PRICE;
    velocity->worth = worth = (uint64_t)margin_worth(state, asset, true, amount);
    velocity->account = worth + velocity_left(account->withdrawn, account->withdrawn_ns, totals->time_ns,
                                              totals->withdraw_account_max);
    velocity->venue = worth + velocity_left(totals->withdrawn, totals->withdrawn_ns, totals->time_ns,
                                            totals->withdraw_venue_max);
    if ((totals->withdraw_account_max && velocity->account > totals->withdraw_account_max) ||
        (totals->withdraw_venue_max && velocity->venue > totals->withdraw_venue_max))
        return REASON_WITHDRAWAL_LIMIT;
    return REASON_NONE;
}

/* A bucket without a limit is kept empty: a limit that comes later counts from then on. */
static void velocity_take(struct state *state, uint32_t row, const struct velocity *velocity)
{
    struct account *account = state_account(state, row);
    struct totals *totals = state->t;

    account->withdrawn = totals->withdraw_account_max ? velocity->account : 0;
    account->withdrawn_ns = totals->time_ns;
    totals->withdrawn = totals->withdraw_venue_max ? velocity->venue : 0;
    totals->withdrawn_ns = totals->time_ns;
}

static void velocity_give_back(struct state *state, const struct transfer *transfer)
{
    struct account *account = state_account(state, state_subaccount(state, transfer->subaccount)->account);
    struct totals *totals = state->t;
    const uint64_t of_account = velocity_left(account->withdrawn, account->withdrawn_ns, totals->time_ns,
                                              totals->withdraw_account_max);
    const uint64_t of_venue = velocity_left(totals->withdrawn, totals->withdrawn_ns, totals->time_ns,
                                            totals->withdraw_venue_max);

    velocity_take(state, state_subaccount(state, transfer->subaccount)->account,
                  &(struct velocity){
                      .account = velocity_without(of_account, totals->withdraw_account_max, totals->time_ns, transfer),
                      .venue = velocity_without(of_venue, totals->withdraw_venue_max, totals->time_ns, transfer) });
}

/* --- the list of those that are not done --- */

static struct transfer *withdrawal_row(const struct state *state, uint32_t row)
{
    return table_row(&state->transfers, row);
}

static void withdrawal_list(struct state *state, uint32_t row)
{
    withdrawal_row(state, row)->next_open = state->t->withdrawals;
    if (state->t->withdrawals != TABLE_NONE)
        withdrawal_row(state, state->t->withdrawals)->prev_open = row;
    state->t->withdrawals = row;
}

static void withdrawal_end(struct state *state, uint32_t row, enum transfer_state end)
{
    struct transfer *transfer = withdrawal_row(state, row);

    if (transfer->prev_open != TABLE_NONE)
        withdrawal_row(state, transfer->prev_open)->next_open = transfer->next_open;
    else
        state->t->withdrawals = transfer->next_open;
    if (transfer->next_open != TABLE_NONE)
        withdrawal_row(state, transfer->next_open)->prev_open = transfer->prev_open;
    transfer->next_open = transfer->prev_open = TABLE_NONE;
    transfer->state = (uint8_t)end;
}

/* --- the request --- */

/* What is held apart never was margin, and is its owner's at any time; but it counts to the limits like all that
 * leaves. */
static enum reason withdrawal_check(struct exchange *exchange, const struct input_withdraw *input)
{
    const struct state *state = &exchange->state;
    const uint32_t from = input->header.subaccount, row = state_find_balance(state, from, input->asset);

    if (input->apart)
        return row == TABLE_NONE || state_balance_detail(state, row)->apart < input->amount
                   ? REASON_INSUFFICIENT_BALANCE : REASON_NONE;
    settlement_touch(exchange, from);
    return control_free_money(exchange, from, input->asset, input->amount, settlement_fresh(state, from));
}

static enum reason withdrawal_take(struct exchange *exchange, const struct input_withdraw *input,
                                   struct transfer *transfer)
{
    struct state *state = &exchange->state;
    const uint32_t from = input->header.subaccount, account = state_subaccount(state, from)->account;
    struct velocity velocity;
    enum reason reason = velocity_check(state, account, input->asset, input->amount, &velocity);

    if (reason == REASON_NONE)
        reason = withdrawal_check(exchange, input);
    if (reason != REASON_NONE)
        return reason;
    velocity_take(state, account, &velocity);
    transfer->worth = velocity.worth;
    transfer->worth_ns = state->t->time_ns;
    ledger_move(&exchange->ledger, input->apart ? ENTRY_APART_ASKED : ENTRY_WITHDRAWAL_ASKED, input->asset, from,
                SYSTEM_WITHDRAWALS, input->amount);
    ledger_expect(&exchange->ledger, from, input->asset, input->amount);
    return REASON_NONE;
}

/* Clients; and of the fund the coins that it has bought as dust: what they are sold for outside comes back to it as a
 * deposit. Its USDC stays. */
static bool withdrawal_may_leave(const struct state *state, uint32_t from, uint32_t asset)
{
    return control_is_client_subaccount(state, from) || (from == SYSTEM_FUND && asset != state_settlement(state));
}

enum reason control_withdraw(struct exchange *exchange, const struct input_withdraw *input, uint64_t *made)
{
    struct state *state = &exchange->state;
    const uint32_t from = input->header.subaccount;
    struct transfer transfer = {
        .subaccount = from, .asset = input->asset, .kind = INPUT_WITHDRAW, .apart = input->apart,
        .state = state->t->approvals ? TRANSFER_REQUESTED : TRANSFER_APPROVED,
        .approvals_needed = (uint8_t)state->t->approvals, .amount = input->amount, .batch = state->t->batch };
    enum reason reason = control_check_money(state, withdrawal_may_leave(state, from, input->asset), input->asset,
                                             input->amount);
    uint32_t row;

    if (input->apart > 1)
        return REASON_BAD_COMMAND;
    if (reason != REASON_NONE)
        return reason;
    memcpy(transfer.id, input->id, sizeof transfer.id);
    if (!control_is_new(state, &transfer, made, &reason))
        return reason;
    if (table_full(&state->transfers) ||
        !ledger_can_receive(&exchange->ledger, SYSTEM_WITHDRAWALS, input->asset, input->amount))
        return REASON_CAPACITY;
    if (!input->apart && (uint64_t)input->amount < state_asset(state, input->asset)->withdraw_min)
        return REASON_INVALID_QUANTITY;
    if (!input->apart && control_money_waits(state, input->asset))
        return deferred_add(exchange, &input->header, 0);
    reason = withdrawal_take(exchange, input, &transfer);
    if (reason != REASON_NONE)
        return reason;
    row = state_add_transfer(state, &transfer);
    withdrawal_list(state, row);
    *made = row;
    return REASON_NONE;
}

/* --- what follows --- */

static enum reason withdrawal_approve(struct exchange *exchange, uint32_t row, uint8_t approver)
{
    struct transfer *transfer = withdrawal_row(&exchange->state, row);
    const uint64_t bit = UINT64_C(1) << approver;

    if (transfer->state == TRANSFER_CANCELLED)
        return REASON_CONFLICT;
    if (transfer->state == TRANSFER_DONE)
        return transfer->approvers & bit ? REASON_NONE : REASON_CONFLICT;
    transfer->approvals = (uint8_t)(transfer->approvals + !(transfer->approvers & bit));
    transfer->approvers |= bit;
    if (transfer->approvals >= transfer->approvals_needed) /* whatever the venue asks for by now */
        transfer->state = TRANSFER_APPROVED;
    return REASON_NONE;
}

static enum reason withdrawal_release(struct exchange *exchange, uint32_t row)
{
    const struct transfer *transfer = withdrawal_row(&exchange->state, row);

    if (transfer->state == TRANSFER_DONE)
        return REASON_NONE;
    if (transfer->state != TRANSFER_APPROVED)
        return REASON_CONFLICT;
    ledger_move(&exchange->ledger, ENTRY_WITHDRAWAL, transfer->asset, SYSTEM_WITHDRAWALS, SYSTEM_CUSTODY,
                transfer->amount);
    ledger_expect(&exchange->ledger, transfer->subaccount, transfer->asset, -(wide)transfer->amount);
    withdrawal_end(&exchange->state, row, TRANSFER_DONE);
    exchange->state.t->transfers++;
    return REASON_NONE;
}

/* It comes back like a deposit: what was apart, or what finds the subaccount in settlement, stays out of the debt's
 * way. The buckets get back what has not leaked since. */
static enum reason withdrawal_cancel(struct exchange *exchange, uint32_t row)
{
    const struct transfer *transfer = withdrawal_row(&exchange->state, row);
    const uint32_t to = transfer->subaccount;

    if (transfer->state == TRANSFER_CANCELLED)
        return REASON_NONE;
    if (transfer->state == TRANSFER_DONE)
        return REASON_CONFLICT;
    if (!ledger_can_receive(&exchange->ledger, to, transfer->asset, transfer->amount))
        return REASON_CAPACITY;
    settlement_touch(exchange, to);
    if (transfer->apart && settlement_is_debtor(&exchange->state, to))
        ledger_move(&exchange->ledger, ENTRY_APART_BACK, transfer->asset, SYSTEM_WITHDRAWALS, to, transfer->amount);
    else
        settlement_deposit(exchange, ENTRY_WITHDRAWAL_BACK, transfer->asset, SYSTEM_WITHDRAWALS, to, transfer->amount);
    ledger_expect(&exchange->ledger, to, transfer->asset, -(wide)transfer->amount);
    velocity_give_back(&exchange->state, transfer);
    withdrawal_end(&exchange->state, row, TRANSFER_CANCELLED);
    return REASON_NONE;
}

enum reason control_withdrawal(struct exchange *exchange, const struct input_withdrawal *input)
{
    const uint32_t row = state_find_transfer(&exchange->state, input->asset, input->id);

    if (row == TABLE_NONE || withdrawal_row(&exchange->state, row)->kind != INPUT_WITHDRAW)
        return REASON_UNKNOWN_ORDER;
    if (input->approver >= 64 || (input->approver && input->step != WITHDRAWAL_APPROVE))
        return REASON_BAD_COMMAND;
    switch (input->step) {
    case WITHDRAWAL_APPROVE:
        return withdrawal_approve(exchange, row, input->approver);
    case WITHDRAWAL_RELEASE:
        return withdrawal_release(exchange, row);
    case WITHDRAWAL_CANCEL:
        return withdrawal_cancel(exchange, row);
    default:
        return REASON_BAD_COMMAND;
    }
}
