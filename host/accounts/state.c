#include "state.h"

#include <string.h>

#include "check.h"
#include "order.h"

static uint32_t power_of_two_down(uint32_t value)
{
    return UINT32_C(1) << (31 - __builtin_clz(value | 1));
}

/* A table of which every row can be addressed from the start. */
static void create_filled(struct table *table, const char *name, uint32_t row_size, uint32_t rows)
{
    table_create(table, name, row_size, rows);
    table->used = table->capacity;
    table->live = rows;
}

static void add_system_subaccount(struct state *state, uint32_t expected, const char *name)
{
    uint32_t row = table_take(&state->subaccounts);
    struct subaccount *subaccount = state_subaccount(state, row);

    check(row == expected);
    memcpy(subaccount->name, name, strlen(name));
    subaccount->account = SYSTEM_ACCOUNT;
    state_index_subaccount(state, row);
}

static void add_system_rows(struct state *state)
{
    uint32_t row = table_take(&state->accounts);

    check(row == SYSTEM_ACCOUNT);
    memcpy(state_account(state, row)->name, "exchange", 8);
    state_index_account(state, row);
    add_system_subaccount(state, SYSTEM_CUSTODY, "custody");
    add_system_subaccount(state, SYSTEM_FEES, "fees");
    add_system_subaccount(state, SYSTEM_FUND, "fund");
    add_system_subaccount(state, SYSTEM_RESIDUE, "residue");
    add_system_subaccount(state, SYSTEM_POOL, "pool");
    add_system_subaccount(state, SYSTEM_WITHDRAWALS, "withdrawals");
    row = table_take(&state->totals);
    state->t = table_row(&state->totals, row);
    state->t->next_order = state->t->next_match = state->t->next_priority = 1;
    state->t->rules = STATE_RULES;
}

static uint32_t or_limit(uint32_t size, uint32_t limit)
{
    return size ? size : limit;
}

struct state_sizes state_sizes_whole(const struct state_sizes *sizes)
{
    return (struct state_sizes){
        .subaccounts = or_limit(sizes->subaccounts, LIMIT_SUBACCOUNTS),
        .accounts = or_limit(sizes->accounts, LIMIT_ACCOUNTS), .users = or_limit(sizes->users, LIMIT_USERS),
        .balances = or_limit(sizes->balances, LIMIT_BALANCES),
        .positions = or_limit(sizes->positions, LIMIT_POSITIONS), .orders = or_limit(sizes->orders, LIMIT_ORDERS),
        .slots = or_limit(sizes->slots, LIMIT_SLOTS), .transfers = or_limit(sizes->transfers, LIMIT_TRANSFERS),
        .jobs = or_limit(sizes->jobs, LIMIT_JOBS),
    };
}

/* Rows that a table has beside those that `sizes` ask for: row 0, and what the exchange itself needs. Clients get none
 * of these (may_take()). */
enum {
    OWN_ACCOUNTS = 1,
    OWN_SUBACCOUNTS = SYSTEM_SUBACCOUNTS - 1,
    OWN_BALANCES = OWN_SUBACCOUNTS * LIMIT_ASSETS,
    OWN_POSITIONS = 3 * LIMIT_MARKETS, /* of SYSTEM_FEES, SYSTEM_FUND and SYSTEM_RESIDUE */
};

void state_sizes_set(struct state_sizes *sizes, const char *table, uint32_t capacity)
{
    const struct {
        const char *name;
        uint32_t *size;
        uint32_t own;
    } all[] = {
        { "subaccounts", &sizes->subaccounts, OWN_SUBACCOUNTS }, { "accounts", &sizes->accounts, OWN_ACCOUNTS },
        { "users", &sizes->users, 0 }, { "balances", &sizes->balances, OWN_BALANCES },
        { "positions", &sizes->positions, OWN_POSITIONS }, { "orders", &sizes->orders, 0 },
        { "slots", &sizes->slots, 0 }, { "transfers", &sizes->transfers, 0 }, { "jobs", &sizes->jobs, 0 },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, table) == 0 && capacity > all[i].own + 1)
            *all[i].size = capacity - 1 - all[i].own;
}

void state_create(struct state *state, const struct state_sizes *sizes)
{
    const struct state_sizes whole = state_sizes_whole(sizes);
    uint32_t accounts = whole.accounts + OWN_ACCOUNTS;
    uint32_t subaccounts = whole.subaccounts + OWN_SUBACCOUNTS;
    uint32_t names = accounts > subaccounts ? accounts : subaccounts;

    *state = (struct state){0};
    table_create(&state->totals, "totals", sizeof(struct totals), 1);
    table_create(&state->assets, "assets", sizeof(struct asset), LIMIT_ASSETS);
    table_create(&state->markets, "markets", sizeof(struct market), LIMIT_MARKETS);
    table_create(&state->accounts, "accounts", sizeof(struct account), accounts);
    table_create(&state->subaccounts, "subaccounts", sizeof(struct subaccount), subaccounts);
    table_create(&state->users, "users", sizeof(struct user), whole.users);
    table_create(&state->balances, "balances", sizeof(struct balance), whole.balances + OWN_BALANCES);
    table_create(&state->balance_details, "balance_details", sizeof(struct balance_detail),
                 whole.balances + OWN_BALANCES);
    table_create(&state->positions, "positions", sizeof(struct position), whole.positions + OWN_POSITIONS);
    table_create(&state->position_details, "position_details", sizeof(struct position_detail),
                 whole.positions + OWN_POSITIONS);
    table_create(&state->orders, "orders", sizeof(struct order), whole.orders);
    create_filled(&state->slots, "slots", sizeof(struct slot), whole.slots);
    table_create(&state->transfers, "transfers", sizeof(struct transfer), whole.transfers);
    table_create(&state->jobs, "jobs", sizeof(struct job), whole.jobs);
    create_filled(&state->pricing, "pricing", sizeof(struct pricing), LIMIT_ASSETS);
    create_filled(&state->samples, "samples", sizeof(struct samples), LIMIT_MARKETS);
    create_filled(&state->pools, "pools", sizeof(struct pool), LIMIT_ASSETS);
    create_filled(&state->deferred, "deferred", sizeof(struct deferred), LIMIT_DEFERRED);
    table_create(&state->episodes, "episodes", sizeof(struct episode), subaccounts);
    table_create(&state->commitments, "commitments", sizeof(struct commitment), LIMIT_COMMITMENTS);
    create_filled(&state->unwinds, "unwinds", sizeof(struct unwind), LIMIT_MARKETS);
    create_filled(&state->order_buckets, "order_buckets", 8, power_of_two_down(whole.orders / 2));
    create_filled(&state->transfer_buckets, "transfer_buckets", 8, power_of_two_down(whole.transfers / 2));
    create_filled(&state->name_buckets, "name_buckets", sizeof(struct name_bucket),
                  power_of_two_down(names > whole.users ? names : whole.users));
    add_system_rows(state);
}

void state_tables(struct state *state, struct table *tables[STATE_TABLES])
{
    struct table *all[STATE_TABLES] = {
        &state->totals, &state->assets, &state->markets, &state->accounts, &state->subaccounts, &state->users,
        &state->balances, &state->balance_details, &state->positions, &state->position_details, &state->orders,
        &state->slots, &state->transfers, &state->jobs, &state->pricing, &state->samples, &state->pools,
        &state->deferred, &state->episodes, &state->commitments, &state->unwinds, &state->order_buckets,
        &state->transfer_buckets, &state->name_buckets,
    };

    memcpy(tables, all, sizeof all);
}

bool state_populate(struct state *state)
{
    struct table *tables[STATE_TABLES];
    bool all = true;

    state_tables(state, tables);
    for (int i = 0; i < STATE_TABLES; i++)
        all &= table_populate(tables[i]);
    return all;
}

void state_destroy(struct state *state)
{
    struct table *tables[STATE_TABLES];

    state_tables(state, tables);
    for (int i = 0; i < STATE_TABLES; i++)
        table_destroy(tables[i]);
    state->t = NULL;
}

uint64_t state_bytes(const struct state *state)
{
    struct state copy = *state;
    struct table *tables[STATE_TABLES];
    uint64_t bytes = 0;

    state_tables(&copy, tables);
    for (int i = 0; i < STATE_TABLES; i++)
        bytes += table_bytes(tables[i]);
    return bytes;
}

uint32_t state_find_position(const struct state *state, uint32_t subaccount, uint32_t market)
{
    uint32_t row = state_subaccount(state, subaccount)->positions;

    while (row != TABLE_NONE && state_position(state, row)->market != market)
        row = state_position(state, row)->next;
    return row;
}

/* Rows that the exchange's own subaccounts will yet need are nobody else's: `system` of them, `made` by now. Of the
 * others clients leave some to what the exchange does with them by itself. */
static bool may_take(const struct table *table, uint32_t subaccount, bool own, uint32_t system, uint32_t made)
{
    const uint32_t left = table->capacity - 1 - table->live;
    const uint32_t kept = own ? 0 : limit_own(table->capacity - 1 - system);

    return subaccount < SYSTEM_SUBACCOUNTS || left > system - made + kept;
}

uint32_t state_take_balance(struct state *state, uint32_t subaccount, uint32_t asset, bool own)
{
    uint32_t row = state_find_balance(state, subaccount, asset), first, sums = TABLE_NONE;
    struct balance *balance;

    check(subaccount != TABLE_NONE && asset != TABLE_NONE && asset < state->assets.used);
    if (row != TABLE_NONE)
        return row;
    first = state_account(state, state_subaccount(state, subaccount)->account)->first;
    if (first != TABLE_NONE && first != subaccount) {
        sums = state_take_balance(state, first, asset, own);
        if (sums == TABLE_NONE)
            return TABLE_NONE;
    }
    if (!may_take(&state->balances, subaccount, own, OWN_BALANCES, OWN_SUBACCOUNTS * (state->assets.used - 1)))
        return TABLE_NONE;
    row = table_take(&state->balances);
    if (row == TABLE_NONE)
        return row;
    check(table_take(&state->balance_details) == row);
    balance = state_balance(state, row);
    balance->subaccount = subaccount;
    balance->asset = (uint16_t)asset;
    balance->sums = first == subaccount ? row : sums;
    balance->next = state_subaccount(state, subaccount)->balances;
    state_subaccount(state, subaccount)->balances = row;
    if (subaccount < SYSTEM_SUBACCOUNTS)
        state_asset(state, asset)->system[subaccount] = row;
    return row;
}

uint32_t state_need_position(struct state *state, uint32_t subaccount, uint32_t market)
{
    return state_take_position(state, subaccount, market, false);
}

uint32_t state_take_position(struct state *state, uint32_t subaccount, uint32_t market, bool own)
{
    uint32_t row = state_find_position(state, subaccount, market), first, counter = TABLE_NONE;
    struct position *position;

    check(subaccount != TABLE_NONE && market != TABLE_NONE && market < state->markets.used);
    if (row != TABLE_NONE)
        return row;
    first = state_account(state, state_subaccount(state, subaccount)->account)->first;
    if (first != TABLE_NONE && first != subaccount) {
        counter = state_take_position(state, first, market, own);
        if (counter == TABLE_NONE)
            return TABLE_NONE;
    }
    if (!may_take(&state->positions, subaccount, own, OWN_POSITIONS, 3 * (state->markets.used - 1)))
        return TABLE_NONE;
    row = table_take(&state->positions);
    if (row == TABLE_NONE)
        return row;
    check(table_take(&state->position_details) == row);
    state_position_detail(state, row)->account_row = first == subaccount ? row : counter;
    position = state_position(state, row);
    position->subaccount = subaccount;
    position->market = (uint16_t)market;
    position->next = state_subaccount(state, subaccount)->positions;
    state_subaccount(state, subaccount)->positions = row;
    position->next_of_market = state_market(state, market)->positions;
    state_market(state, market)->positions = row;
    position->funding = state_market(state, market)->funding_index;
    if (subaccount == SYSTEM_FEES)
        state_market(state, market)->fee_position = row;
    if (subaccount == SYSTEM_FUND)
        state_market(state, market)->fund_position = row;
    if (subaccount == SYSTEM_RESIDUE)
        state_market(state, market)->residue_position = row;
    return row;
}
