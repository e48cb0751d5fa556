/* Things by name, and transfers by their id. Assets and markets are few and searched one by one; accounts, subaccounts
 * and users may be a million and hang in buckets. */
#include <string.h>

#include "check.h"
#include "state.h"

/* `size`: a multiple of 8. */
static uint64_t mix_bytes(uint64_t seed, const uint8_t *bytes, size_t size)
{
    uint64_t word, mixed = seed;

    for (size_t i = 0; i < size; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        mixed = state_mix(mixed ^ word);
    }
    return mixed;
}

struct name_bucket *state_name_bucket(const struct state *state, uint32_t seed, const uint8_t *name, size_t size)
{
    uint64_t mask = state->name_buckets.capacity - 2;

    return table_row(&state->name_buckets, 1 + (uint32_t)(mix_bytes(seed, name, size) & mask));
}

uint32_t state_find_asset(const struct state *state, const uint8_t symbol[16])
{
    for (uint32_t row = 1; row < state->assets.used; row++) {
        if (memcmp(state_asset(state, row)->symbol, symbol, 16) == 0)
            return row;
    }
    return TABLE_NONE;
}

uint32_t state_find_market(const struct state *state, const uint8_t symbol[24])
{
    for (uint32_t row = 1; row < state->markets.used; row++) {
        if (memcmp(state_market(state, row)->symbol, symbol, 24) == 0)
            return row;
    }
    return TABLE_NONE;
}

uint32_t state_find_user(const struct state *state, const uint8_t name[8])
{
    uint32_t row = state_name_bucket(state, 0, name, 8)->users;

    while (row != TABLE_NONE && memcmp(state_user(state, row)->name, name, 8) != 0)
        row = state_user(state, row)->next_of_name;
    return row;
}

uint32_t state_find_account(const struct state *state, const uint8_t name[24])
{
    uint32_t row = state_name_bucket(state, 0, name, 24)->accounts;

    while (row != TABLE_NONE && memcmp(state_account(state, row)->name, name, 24) != 0)
        row = state_account(state, row)->next_of_name;
    return row;
}

uint32_t state_find_subaccount(const struct state *state, uint32_t account, const uint8_t name[24])
{
    uint32_t row = state_name_bucket(state, account, name, 24)->subaccounts;

    while (row != TABLE_NONE && (state_subaccount(state, row)->account != account ||
                                 memcmp(state_subaccount(state, row)->name, name, 24) != 0))
        row = state_subaccount(state, row)->next_of_name;
    return row;
}

void state_index_account(struct state *state, uint32_t row)
{
    struct account *account = state_account(state, row);
    struct name_bucket *bucket = state_name_bucket(state, 0, account->name, sizeof account->name);

    check(state_find_account(state, account->name) == TABLE_NONE);
    account->next_of_name = bucket->accounts;
    bucket->accounts = row;
}

void state_index_subaccount(struct state *state, uint32_t row)
{
    struct subaccount *subaccount = state_subaccount(state, row);
    struct account *account = state_account(state, subaccount->account);
    struct name_bucket *bucket =
        state_name_bucket(state, subaccount->account, subaccount->name, sizeof subaccount->name);

    check(subaccount->account != TABLE_NONE);
    check(state_find_subaccount(state, subaccount->account, subaccount->name) == TABLE_NONE);
    subaccount->next_of_name = bucket->subaccounts;
    bucket->subaccounts = row;
    subaccount->next = account->subaccounts;
    account->subaccounts = row;
}

void state_rename_subaccount(struct state *state, uint32_t row, const uint8_t name[24])
{
    struct subaccount *subaccount = state_subaccount(state, row);
    struct name_bucket *bucket =
        state_name_bucket(state, subaccount->account, subaccount->name, sizeof subaccount->name);
    uint32_t *link = &bucket->subaccounts;

    check(state_find_subaccount(state, subaccount->account, name) == TABLE_NONE);
    while (*link != row)
        link = &state_subaccount(state, *link)->next_of_name;
    *link = subaccount->next_of_name;
    memcpy(subaccount->name, name, sizeof subaccount->name);
    bucket = state_name_bucket(state, subaccount->account, subaccount->name, sizeof subaccount->name);
    subaccount->next_of_name = bucket->subaccounts;
    bucket->subaccounts = row;
}

void state_index_user(struct state *state, uint32_t row)
{
    struct user *user = state_user(state, row);
    struct name_bucket *bucket = state_name_bucket(state, 0, user->name, sizeof user->name);
    struct account *account = state_account(state, user->account);

    check(user->account != TABLE_NONE && state_find_user(state, user->name) == TABLE_NONE);
    user->next_of_name = bucket->users;
    bucket->users = row;
    user->next_of_account = account->users;
    account->users = row;
}

uint32_t *state_transfer_bucket(const struct state *state, uint32_t asset, const uint8_t id[16])
{
    return state_bucket(&state->transfer_buckets, mix_bytes(asset, id, 16));
}

uint32_t state_find_transfer(const struct state *state, uint32_t asset, const uint8_t id[16])
{
    uint32_t row = *state_transfer_bucket(state, asset, id);
    const struct transfer *transfer;

    while (row != TABLE_NONE) {
        transfer = table_row(&state->transfers, row);
        if (transfer->asset == asset && memcmp(transfer->id, id, 16) == 0)
            break;
        row = transfer->next;
    }
    return row;
}

uint32_t state_add_transfer(struct state *state, const struct transfer *transfer)
{
    uint32_t *head = state_transfer_bucket(state, transfer->asset, transfer->id);
    uint32_t row;
    struct transfer *added;

    check(state_find_transfer(state, transfer->asset, transfer->id) == TABLE_NONE);
    row = table_take(&state->transfers);
    if (row == TABLE_NONE)
        return TABLE_NONE;
    added = table_row(&state->transfers, row);
    *added = *transfer;
    added->next = *head;
    *head = row;
    return row;
}
