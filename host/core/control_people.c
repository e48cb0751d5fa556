/* Accounts, subaccounts, users. */
#include <string.h>

#include "control.h"
#include "settlement.h"

static bool control_account_is_sound(uint32_t leverage, uint32_t jurisdiction)
{
    return (leverage == 0 || leverage >= 100) && jurisdiction < LIMIT_JURISDICTIONS;
}

enum reason control_account(struct exchange *exchange, const struct input_account_create *input,
                                   uint64_t *made)
{
    struct state *state = &exchange->state;
    uint32_t row = state_find_account(state, input->name);
    struct account *account;

    if (!control_is_name(input->name, sizeof input->name) || input->flags & ~(ACCOUNT_KILLED | ACCOUNT_SUSPENDED) ||
        input->reserved)
        return REASON_BAD_COMMAND;
    *made = row;
    if (row != TABLE_NONE)
        return REASON_DUPLICATE;
    if (!control_account_is_sound(input->leverage, input->jurisdiction))
        return REASON_OUT_OF_RANGE;
    row = table_take(&state->accounts);
    if (row == TABLE_NONE)
        return REASON_CAPACITY;
    account = state_account(state, row);
    memcpy(account->name, input->name, sizeof account->name);
    account->leverage = input->leverage;
    account->flags = input->flags;
    account->jurisdiction = input->jurisdiction;
    state_index_account(state, row);
    *made = row;
    return REASON_NONE;
}

enum reason control_account_set(struct exchange *exchange, const struct input_account_set *input)
{
    struct account *account;

    if (!control_is_client(&exchange->state, input->account))
        return REASON_UNKNOWN_ACCOUNT;
    if (input->flags & ~(ACCOUNT_KILLED | ACCOUNT_SUSPENDED))
        return REASON_BAD_COMMAND;
    if (!control_account_is_sound(input->leverage, input->jurisdiction))
        return REASON_OUT_OF_RANGE;
    account = state_account(&exchange->state, input->account);
    account->leverage = input->leverage;
    account->flags = input->flags;
    account->jurisdiction = input->jurisdiction;
    return REASON_NONE;
}

enum reason control_subaccount(struct exchange *exchange, const struct input_subaccount_create *input,
                                      uint64_t *made)
{
    struct state *state = &exchange->state;
    uint32_t row;

    if (!control_is_client(state, input->account))
        return REASON_UNKNOWN_ACCOUNT;
    if (!control_is_name(input->name, sizeof input->name) || input->flags & ~(uint32_t)SUBACCOUNT_FLAGS)
        return REASON_BAD_COMMAND;
    *made = state_find_subaccount(state, input->account, input->name);
    if (*made)
        return REASON_DUPLICATE;
    row = table_take(&state->subaccounts);
    if (row == TABLE_NONE)
        return REASON_CAPACITY;
    memcpy(state_subaccount(state, row)->name, input->name, sizeof input->name);
    state_subaccount(state, row)->account = input->account;
    state_subaccount(state, row)->flags = input->flags;
    state_index_subaccount(state, row);
    if (state_account(state, input->account)->first == TABLE_NONE)
        state_account(state, input->account)->first = row;
    *made = row;
    return REASON_NONE;
}

/* A pass pays its winners by the flags that it counted them under, so that new ones wait for its end. */
enum reason control_subaccount_set(struct exchange *exchange, const struct input_subaccount_set *input)
{
    struct state *state = &exchange->state;
    const uint32_t row = input->header.subaccount;
    struct subaccount *subaccount;
    uint32_t other;

    if (!control_is_client_subaccount(state, row))
        return REASON_UNKNOWN_ACCOUNT;
    if (!control_is_name(input->name, sizeof input->name) || input->flags & ~(uint32_t)SUBACCOUNT_FLAGS ||
        input->reserved)
        return REASON_BAD_COMMAND;
    subaccount = state_subaccount(state, row);
    other = state_find_subaccount(state, subaccount->account, input->name);
    if (other != TABLE_NONE && other != row)
        return REASON_DUPLICATE;
    if (input->flags != (subaccount->flags & SUBACCOUNT_FLAGS) && settlement_under_way(state))
        return deferred_add(exchange, &input->header, 0);
    if (other == TABLE_NONE)
        state_rename_subaccount(state, row, input->name);
    subaccount->flags = (subaccount->flags & ~(uint32_t)SUBACCOUNT_FLAGS) | input->flags;
    ledger_list_idle(&exchange->ledger, row); /* what it held before may be idle now */
    return REASON_NONE;
}

static bool control_is_user_name(const uint8_t name[8])
{
    if (!control_is_name(name, 8) || name[6] != 0)
        return false;
    for (unsigned i = 0; i < 6 && name[i]; i++)
        if (!((name[i] >= '0' && name[i] <= '9') || (name[i] >= 'A' && name[i] <= 'Z') ||
              (name[i] >= 'a' && name[i] <= 'z')))
            return false;
    return true;
}

/* Everybody of an account is told what happens to it. */
static bool control_has_user_room(const struct state *state, uint32_t account)
{
    unsigned users = 0;

    for (uint32_t row = state_account(state, account)->users; row != TABLE_NONE;
         row = state_user(state, row)->next_of_account)
        users++;
    return users < LIMIT_USERS_PER_ACCOUNT;
}

enum reason control_user(struct exchange *exchange, const struct input_user_set *input, uint64_t *made)
{
    struct state *state = &exchange->state;
    uint32_t row = state_find_user(state, input->name);
    struct user *user;

    if (!control_is_user_name(input->name) ||
        input->flags & ~(USER_TRADE | USER_CANCEL_ON_DISCONNECT | USER_KILLED))
        return REASON_BAD_COMMAND;
    if (!control_is_client(state, input->account))
        return REASON_UNKNOWN_ACCOUNT;
    if (row != TABLE_NONE && state_user(state, row)->account != input->account)
        return REASON_CONFLICT;
    if (row == TABLE_NONE) {
        row = control_has_user_room(state, input->account) ? table_take(&state->users) : TABLE_NONE;
        if (row == TABLE_NONE)
            return REASON_CAPACITY;
        user = state_user(state, row);
        memcpy(user->name, input->name, sizeof user->name);
        user->account = input->account;
        state_index_user(state, row);
    }
    user = state_user(state, row);
    user->flags = input->flags;
    user->rate = input->rate;
    memcpy(user->key, input->key, sizeof user->key);
    *made = row;
    return REASON_NONE;
}
