/* Records: their shape, and who handles them. */
#include <string.h>

#include "core.h"

static const uint16_t input_sizes[INPUT_KINDS] = {
    [INPUT_ORDER_NEW] = sizeof(struct input_order_new),
    [INPUT_ORDER_REPLACE] = sizeof(struct input_order_replace),
    [INPUT_ORDER_CANCEL] = sizeof(struct input_order_cancel),
    [INPUT_MASS_CANCEL] = sizeof(struct input_mass_cancel),
    [INPUT_SESSION] = sizeof(struct input_session),
    [INPUT_ASSET_SET] = sizeof(struct input_asset_set),
    [INPUT_MARKET_SET] = sizeof(struct input_market_set),
    [INPUT_MARKET_STATE] = sizeof(struct input_market_state),
    [INPUT_MARKS] = sizeof(struct input_marks),
    [INPUT_INDEX] = sizeof(struct input_index),
    [INPUT_ACCOUNT_CREATE] = sizeof(struct input_account_create),
    [INPUT_ACCOUNT_SET] = sizeof(struct input_account_set),
    [INPUT_SUBACCOUNT_CREATE] = sizeof(struct input_subaccount_create),
    [INPUT_USER_SET] = sizeof(struct input_user_set),
    [INPUT_DEPOSIT] = sizeof(struct input_deposit),
    [INPUT_WITHDRAW] = sizeof(struct input_withdraw),
    [INPUT_TRANSFER] = sizeof(struct input_transfer),
    [INPUT_KILL] = sizeof(struct input_kill),
    [INPUT_VENUE_RULES] = sizeof(struct input_venue_rules),
    [INPUT_PRICING_SET] = sizeof(struct input_pricing_set),
    [INPUT_VENUE_SET] = sizeof(struct input_venue_set),
    [INPUT_QUOTE] = sizeof(struct input_quote),
    [INPUT_POOL_SET] = sizeof(struct input_pool_set),
    [INPUT_LEND] = sizeof(struct input_lend),
    [INPUT_SUBACCOUNT_SET] = sizeof(struct input_subaccount_set),
    [INPUT_WITHDRAWAL] = sizeof(struct input_withdrawal),
    [INPUT_APART] = sizeof(struct input_apart),
    [INPUT_WRITE_OFF] = sizeof(struct input_write_off),
    [INPUT_DELIST] = sizeof(struct input_delist),
    [INPUT_DUST] = sizeof(struct input_dust),
    [INPUT_CHANGE_CANCEL] = sizeof(struct input_change_cancel),
    [INPUT_LIQUIDATION_RULES] = sizeof(struct input_liquidation_rules),
    [INPUT_BACKSTOP] = sizeof(struct input_backstop),
    [INPUT_MODE] = sizeof(struct input_mode),
    [INPUT_RESTART] = sizeof(struct input_restart),
    [INPUT_SNAPSHOT] = sizeof(struct input_snapshot),
};

bool core_input_is_whole(const struct input_header *input)
{
    uint16_t size;

    if (input->kind >= INPUT_KINDS || input_sizes[input->kind] == 0)
        return false;
    size = input_sizes[input->kind];
    if (input->kind == INPUT_ORDER_NEW && input->size >= size &&
        ((const struct input_order_new *)input)->flags & INPUT_ORDER_EXTRA)
        size = sizeof(struct input_order_new_extra);
    return input->size == size;
}

static enum verdict core_mass_cancel(struct exchange *exchange, const struct input_mass_cancel *input)
{
    const struct state *state = &exchange->state;
    const struct input_header *header = &input->header;
    const bool known = header->subaccount >= SYSTEM_SUBACCOUNTS && header->subaccount < state->subaccounts.used;
    enum reason reason = REASON_NONE;
    struct job job = { .scope = JOB_SUBACCOUNT, .target = header->subaccount, .side = 2,
                       .reason = header->user ? REASON_USER_REQUEST : REASON_SUPERVISORY,
                       .triggers_too = input->triggers_too, .user = header->user, .ticket = header->reference,
                       .answers = 1 };

    if (!known || (header->user && state_subaccount(state, header->subaccount)->account !=
                                       state_user(state, header->user)->account))
        reason = REASON_UNKNOWN_ACCOUNT;
    else if (input->scope > INPUT_MASS_SIDE || input->side > CARD_SIDE_SELL || input->triggers_too > 1)
        reason = REASON_BAD_COMMAND;
    else if (input->scope != INPUT_MASS_ALL && (input->market == TABLE_NONE || input->market >= state->markets.used))
        reason = REASON_UNKNOWN_MARKET;
    if (reason == REASON_NONE) {
        job.market = input->scope == INPUT_MASS_ALL ? TABLE_NONE : input->market;
        if (input->scope == INPUT_MASS_SIDE)
            job.side = input->side;
        reason = header->user ? job_add_spare(exchange, &job) : job_add(exchange, &job);
    }
    if (reason != REASON_NONE)
        core_report_refused(exchange, header, REPORT_CANCEL_REJECTED, reason);
    return VERDICT_CLOSE_AFTER; /* the job runs at the start of the next round */
}

static bool core_user_known(const struct exchange *exchange, const struct input_header *input)
{
    return input->user < exchange->state.users.used;
}

enum verdict core_apply_input(struct exchange *exchange, const struct input_header *input)
{
    uint64_t made = 0;
    enum reason reason;

    if (!core_input_is_whole(input) || !core_user_known(exchange, input)) {
        core_report_refused(exchange, input, REPORT_REJECTED, REASON_BAD_COMMAND);
        return VERDICT_NEXT;
    }
    switch (input->kind) {
    case INPUT_ORDER_NEW:
        return entry_new(exchange, (const struct input_order_new *)input);
    case INPUT_ORDER_REPLACE:
        return change_replace(exchange, (const struct input_order_replace *)input);
    case INPUT_ORDER_CANCEL:
        return change_cancel(exchange, (const struct input_order_cancel *)input);
    default:
        break;
    }
    if (exchange->action_count > 0)
        return VERDICT_CLOSE_BEFORE;
    if (input->kind == INPUT_MASS_CANCEL)
        return core_mass_cancel(exchange, (const struct input_mass_cancel *)input);
    reason = core_control(exchange, input, &made);
    if (input->user == TABLE_NONE && reason != REASON_DEFERRED)
        core_report_answer(exchange, input, reason, made);
    return VERDICT_CLOSE_AFTER;
}
