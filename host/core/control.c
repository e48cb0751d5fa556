/* Everything that is told to the exchange and is not about orders: who handles it. */
#include "control.h"
#include "liquidation.h"
#include "pricing.h"
#include "settlement.h"

bool control_is_name(const uint8_t *name, size_t size)
{
    size_t length = 0;

    while (length < size && name[length] > ' ' && name[length] <= '~')
        length++;
    if (length == 0 || length == size)
        return false;
    for (size_t i = length; i < size; i++)
        if (name[i] != 0)
            return false;
    return true;
}

bool control_function_is_sound(const struct margin_function *function)
{
    return function->denominator == 0 ? function->numerator == 0 && function->factor == 0
                                      : function->numerator <= function->denominator &&
                                            function->factor <= 1000000000;
}

bool control_is_client(const struct state *state, uint32_t account)
{
    return account > SYSTEM_ACCOUNT && account < state->accounts.used;
}

bool control_is_client_subaccount(const struct state *state, uint32_t subaccount)
{
    return subaccount >= SYSTEM_SUBACCOUNTS && subaccount < state->subaccounts.used;
}

/* What moves or prices money, and what the node says. */
static enum reason control_rest(struct exchange *exchange, const struct input_header *input)
{
    const void *record = input;

    switch (input->kind) {
    case INPUT_WITHDRAWAL:
        return control_withdrawal(exchange, record);
    case INPUT_SUBACCOUNT_SET:
        return control_subaccount_set(exchange, record);
    case INPUT_VENUE_RULES:
        return control_rules(exchange, record);
    case INPUT_DELIST:
        return control_delist(exchange, record);
    case INPUT_DUST:
        return control_dust(exchange, record);
    case INPUT_CHANGE_CANCEL:
        return deferred_cancel(exchange, record);
    case INPUT_PRICING_SET:
        return pricing_set(exchange, record);
    case INPUT_VENUE_SET:
        return pricing_set_venue(exchange, record);
    case INPUT_QUOTE:
        return pricing_quote(exchange, record);
    case INPUT_POOL_SET:
        return control_pool(exchange, record);
    case INPUT_LEND:
        return control_lend(exchange, record);
    case INPUT_APART:
        return settlement_accept(exchange, record);
    case INPUT_WRITE_OFF:
        return settlement_write_off(exchange, record);
    case INPUT_LIQUIDATION_RULES:
        return liquidation_set_rules(exchange, record);
    case INPUT_BACKSTOP:
        return liquidation_commit(exchange, record);
    case INPUT_MODE:
        exchange->state.t->refuse_orders = ((const struct input_mode *)record)->refuse_orders != 0;
        return REASON_NONE;
    case INPUT_RESTART:
        return control_restart(exchange, record);
    case INPUT_SNAPSHOT: /* told for the record: an audit compares it */
        return REASON_NONE;
    default:
        return REASON_BAD_COMMAND;
    }
}

enum reason core_control(struct exchange *exchange, const struct input_header *input, uint64_t *made)
{
    const void *record = input;

    if (input->kind == INPUT_SESSION)
        return control_session(exchange, record);
    if (input->user != TABLE_NONE)
        return REASON_USER_PERMISSIONS;
    switch (input->kind) {
    case INPUT_ASSET_SET:
        return control_asset(exchange, record, made);
    case INPUT_MARKET_SET:
        return control_market(exchange, record, made);
    case INPUT_MARKET_STATE:
        return control_state(exchange, record);
    case INPUT_MARKS:
        return control_marks(exchange, record);
    case INPUT_INDEX:
        return control_index(exchange, record);
    case INPUT_ACCOUNT_CREATE:
        return control_account(exchange, record, made);
    case INPUT_ACCOUNT_SET:
        return control_account_set(exchange, record);
    case INPUT_SUBACCOUNT_CREATE:
        return control_subaccount(exchange, record, made);
    case INPUT_USER_SET:
        return control_user(exchange, record, made);
    case INPUT_DEPOSIT:
        return control_deposit(exchange, record, made);
    case INPUT_WITHDRAW:
        return control_withdraw(exchange, record, made);
    case INPUT_TRANSFER:
        return control_transfer(exchange, record);
    case INPUT_KILL:
        return control_kill(exchange, record);
    default:
        return control_rest(exchange, input);
    }
}
