/* Deposits, withdrawals, transfers. */
#include <string.h>

#include "control.h"

/* REASON_NONE: new. REASON_DUPLICATE: carried out before, just so. REASON_CONFLICT: before, but another one. */
static enum reason control_transfer_known(const struct state *state, const struct input_header *input, uint16_t asset,
                                          const uint8_t id[16], int64_t amount)
{
    const uint32_t row = state_find_transfer(state, asset, id);
    const struct transfer *transfer = row ? table_row(&state->transfers, row) : NULL;

    if (transfer == NULL)
        return REASON_NONE;
    return transfer->kind == input->kind && transfer->subaccount == input->subaccount && transfer->amount == amount
               ? REASON_DUPLICATE : REASON_CONFLICT;
}

static enum reason control_check_money(const struct state *state, const struct input_header *input, uint16_t asset,
                                       int64_t amount)
{
    if (!control_is_client_subaccount(state, input->subaccount))
        return REASON_UNKNOWN_ACCOUNT;
    if (asset == TABLE_NONE || asset >= state->assets.used)
        return REASON_UNKNOWN_ASSET;
    if (amount < 1 || amount > LIMIT_BALANCE_UNITS)
        return REASON_INVALID_QUANTITY;
    return REASON_NONE;
}

/* Deposits and withdrawals share their layout (struct input_deposit, struct input_withdraw). */
enum reason control_money(struct exchange *exchange, const struct input_deposit *input, uint64_t *made)
{
    struct state *state = &exchange->state;
    const struct input_header *header = &input->header;
    const bool in = header->kind == INPUT_DEPOSIT;
    enum reason reason = control_check_money(state, header, input->asset, input->amount);
    struct transfer transfer = { .subaccount = header->subaccount, .asset = input->asset, .kind = header->kind,
                                 .amount = input->amount, .batch = state->t->batch };

    if (reason != REASON_NONE)
        return reason;
    reason = control_transfer_known(state, header, input->asset, input->id, input->amount);
    if (reason != REASON_NONE) {
        *made = state_find_transfer(state, input->asset, input->id);
        return reason == REASON_DUPLICATE ? REASON_NONE : reason;
    }
    if (table_full(&state->transfers))
        return REASON_CAPACITY;
    if (in && !ledger_can_deposit(&exchange->ledger, header->subaccount, input->asset, input->amount))
        return REASON_CAPACITY;
    if (!in && (uint64_t)input->amount < state_asset(state, input->asset)->withdraw_min)
        return REASON_INVALID_QUANTITY;
    if (!in) {
        reason = margin_check_withdrawal(state, header->subaccount, input->asset, input->amount);
        if (reason != REASON_NONE)
            return reason;
    }
    if (in)
        ledger_move(&exchange->ledger, ENTRY_DEPOSIT, input->asset, SYSTEM_CUSTODY, header->subaccount, input->amount);
    else
        ledger_move(&exchange->ledger, ENTRY_WITHDRAWAL, input->asset, header->subaccount, SYSTEM_CUSTODY,
                    input->amount);
    memcpy(transfer.id, input->id, sizeof transfer.id);
    *made = state_add_transfer(state, &transfer);
    state->t->transfers++;
    return REASON_NONE;
}

enum reason control_transfer(struct exchange *exchange, const struct input_transfer *input)
{
    const struct state *state = &exchange->state;
    enum reason reason = control_check_money(state, &input->header, input->asset, input->amount);

    if (reason != REASON_NONE)
        return reason;
    if (!control_is_client_subaccount(state, input->to) || input->to == input->header.subaccount ||
        state_subaccount(state, input->to)->account != state_subaccount(state, input->header.subaccount)->account)
        return REASON_UNKNOWN_ACCOUNT;
    if (!ledger_can_receive(&exchange->ledger, input->to, input->asset, input->amount))
        return REASON_CAPACITY;
    reason = margin_check_withdrawal(state, input->header.subaccount, input->asset, input->amount);
    if (reason == REASON_NONE)
        ledger_move(&exchange->ledger, ENTRY_TRANSFER, input->asset, input->header.subaccount, input->to,
                    input->amount);
    return reason;
}
