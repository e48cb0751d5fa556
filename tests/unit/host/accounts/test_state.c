/* The state's tables, pairs, names and transfers. */
#include "unit.h"

#include "state.h"

static const struct state_sizes small = {
    .subaccounts = 1000, .accounts = 1000, .users = 100, .balances = 50, .positions = 40, .orders = 64, .slots = 32,
    .transfers = 16, .jobs = 4,
};

static void name_of(uint8_t *name, size_t size, unsigned number)
{
    char text[32];

    snprintf(text, sizeof text, "n%u", number);
    memset(name, 0, size);
    memcpy(name, text, strlen(text));
}

static void test_system_rows(void **unused)
{
    struct state state;
    const uint8_t exchange[24] = "exchange", fund[24] = "fund";

    (void)unused;
    state_create(&state, &small);
    assert_int_equal(state_find_account(&state, exchange), SYSTEM_ACCOUNT);
    assert_int_equal(state_find_subaccount(&state, SYSTEM_ACCOUNT, fund), SYSTEM_FUND);
    assert_int_equal(state_find_subaccount(&state, 2, fund), 0);
    assert_int_equal(state.subaccounts.used, SYSTEM_SUBACCOUNTS);
    assert_int_equal(state.t->next_order, 1);
    assert_int_equal(state.t->next_match, 1);
    assert_int_equal(state.t->next_priority, 1);
    assert_int_equal(state.slots.used, 33);
    state_destroy(&state);
}

static void test_full_sizes(void **unused)
{
    struct state_sizes all = {0};
    struct table *tables[STATE_TABLES];
    struct state state;
    uint64_t bytes = 0;

    (void)unused;
    state_create(&state, &all);
    state_tables(&state, tables);
    for (int i = 0; i < STATE_TABLES; i++) {
        assert_int_equal(tables[i]->row_size % 8, 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(tables[i]->name, tables[j]->name);
        bytes += table_bytes(tables[i]);
    }
    assert_int_equal(bytes, state_bytes(&state));
    assert_int_equal(state.accounts.capacity, LIMIT_ACCOUNTS + 2);
    assert_int_equal(state.subaccounts.capacity, LIMIT_SUBACCOUNTS + SYSTEM_SUBACCOUNTS);
    assert_int_equal(state.order_buckets.capacity, (1 << 20) + 1);
    *state_bucket(&state.order_buckets, UINT64_MAX) = 7;
    assert_int_equal(((uint32_t *)table_row(&state.order_buckets, 1 << 20))[1], 7);
    state_destroy(&state);
}

static void test_names(void **unused)
{
    struct state state;
    uint8_t name[24], user[8];

    (void)unused;
    state_create(&state, &small);
    for (unsigned i = 0; i < 996; i++) {
        uint32_t row = table_take(&state.accounts), sub = table_take(&state.subaccounts);

        name_of(state_account(&state, row)->name, 24, i);
        state_index_account(&state, row);
        name_of(state_subaccount(&state, sub)->name, 24, i / 2);
        state_subaccount(&state, sub)->account = 2 + i % 2;
        if (i < 2)
            continue;
        state_index_subaccount(&state, sub);
    }
    for (unsigned i = 0; i < 100; i++) {
        uint32_t row = table_take(&state.users);

        name_of(state_user(&state, row)->name, 8, i);
        state_user(&state, row)->account = 2;
        state_index_user(&state, row);
    }
    for (unsigned i = 0; i < 996; i++) {
        name_of(name, 24, i);
        assert_int_equal(state_find_account(&state, name), 2 + i);
        assert_int_equal(state_find_subaccount(&state, 2 + i % 2, name),
                         i < 498 && i ? SYSTEM_SUBACCOUNTS + 2 * i + i % 2 : 0);
        name_of(user, 8, i);
        assert_int_equal(state_find_user(&state, user), i < 100 ? 1 + i : 0);
    }
    assert_true(table_full(&state.users));
    state_destroy(&state);
}

static void test_assets_and_markets(void **unused)
{
    struct state state;
    uint8_t name[24];

    (void)unused;
    state_create(&state, &small);
    for (unsigned i = 1; i <= LIMIT_MARKETS; i++) {
        if (i <= LIMIT_ASSETS)
            name_of(state_asset(&state, table_take(&state.assets))->symbol, 16, i);
        name_of(state_market(&state, table_take(&state.markets))->symbol, 24, i);
    }
    for (unsigned i = 0; i <= LIMIT_MARKETS + 1; i++) {
        name_of(name, 24, i);
        assert_int_equal(state_find_asset(&state, name), i <= LIMIT_ASSETS ? i : 0);
        assert_int_equal(state_find_market(&state, name), i <= LIMIT_MARKETS ? i : 0);
    }
    state_destroy(&state);
}

static void test_pairs(void **unused)
{
    struct state state;
    uint32_t first, rows = 0;

    (void)unused;
    state_create(&state, &small);
    for (int i = 0; i < 10; i++) {
        table_take(&state.assets);
        table_take(&state.markets);
        table_take(&state.subaccounts);
    }
    assert_int_equal(state_find_balance(&state, 5, 3), 0);
    assert_int_equal(state_find_position(&state, 5, 3), 0);
    first = state_need_balance(&state, 5, 3);
    assert_int_equal(state_need_balance(&state, 5, 3), first);
    assert_int_equal(state_find_balance(&state, 5, 3), first);
    assert_int_equal(state_find_balance(&state, 5, 4), 0);
    assert_int_equal(state_find_balance(&state, 6, 3), 0);
    first = state_need_position(&state, 5, 3);
    assert_int_equal(state_need_position(&state, 5, 3), first);
    assert_int_equal(state_market(&state, 3)->positions, first);
    assert_int_equal(state_need_position(&state, 6, 3), first + 1);
    assert_int_equal(state_market(&state, 3)->positions, first + 1);
    assert_int_equal(state_position(&state, first + 1)->next_of_market, first);
    assert_int_equal(state_need_position(&state, 5, 4), first + 2);
    assert_int_equal(state_subaccount(&state, 5)->positions, first + 2);
    assert_int_equal(state_position(&state, first + 2)->next, first);
    first = state_need_position(&state, SYSTEM_FEES, 4);
    assert_int_equal(state_market(&state, 4)->fee_position, first);
    assert_int_equal(state_market(&state, 3)->fee_position, 0);
    for (uint32_t sub = 5; sub < 15; sub++) {
        for (uint32_t asset = 1; asset <= 10; asset++)
            rows += state_need_balance(&state, sub, asset) != 0;
    }
    assert_int_equal(rows, 100);
    state_destroy(&state);
}

/* A row of one's own and those of the one market are clients'; the others stay for the exchange. */
static void test_full_pairs(void **unused)
{
    const uint32_t client = SYSTEM_SUBACCOUNTS;
    struct state_sizes sizes = small;
    struct state state;

    (void)unused;
    sizes.positions = 1;
    state_create(&state, &sizes);
    table_take(&state.markets);
    for (int i = 0; i < 600; i++)
        table_take(&state.subaccounts);
    for (uint32_t sub = client; sub < client + 4; sub++)
        assert_int_not_equal(state_need_position(&state, sub, 1), 0);
    assert_int_equal(state_need_position(&state, client + 4, 1), 0);
    assert_int_not_equal(state_need_position(&state, client, 1), 0);
    for (uint32_t market = 2; market <= LIMIT_MARKETS; market++) {
        table_take(&state.markets);
        assert_int_not_equal(state_need_position(&state, SYSTEM_FEES, market), 0);
        assert_int_not_equal(state_need_position(&state, SYSTEM_FUND, market), 0);
        assert_int_not_equal(state_need_position(&state, SYSTEM_RESIDUE, market), 0);
    }
    assert_true(table_full(&state.positions));
    assert_int_equal(state_need_position(&state, client + 4, 1), 0);
    state_destroy(&state);
}

/* What counts for a whole account stands at its first subaccount: that has a balance of whatever its siblings have. */
static void test_first_of_account(void **unused)
{
    struct state_sizes sizes = small;
    struct state state;
    uint32_t account, first, second, row;

    (void)unused;
    sizes.balances = 1;
    state_create(&state, &sizes);
    table_take(&state.assets);
    table_take(&state.assets);
    account = table_take(&state.accounts);
    first = table_take(&state.subaccounts);
    second = table_take(&state.subaccounts);
    state_subaccount(&state, first)->account = state_subaccount(&state, second)->account = account;
    state_account(&state, account)->first = first;
    row = state_need_balance(&state, second, 1);
    assert_int_not_equal(state_find_balance(&state, first, 1), 0);
    assert_int_not_equal(state_find_balance(&state, first, 1), row);
    assert_int_equal(state_need_balance(&state, second, 1), row);
    while (!table_full(&state.balances))
        table_take(&state.balances);
    assert_int_equal(state_need_balance(&state, second, 2), 0);
    assert_int_equal(state_need_balance(&state, first, 2), 0);
    assert_int_equal(state_need_balance(&state, second, 1), row);
    state_destroy(&state);
}

static void test_transfers(void **unused)
{
    struct state state;
    struct transfer transfer = {.asset = 1, .amount = 5};

    (void)unused;
    state_create(&state, &small);
    for (uint8_t i = 0; i < 16; i++) {
        memset(transfer.id, i / 2, 16);
        transfer.asset = 1 + i % 2;
        assert_int_equal(state_find_transfer(&state, transfer.asset, transfer.id), 0);
        assert_int_equal(state_add_transfer(&state, &transfer), 1 + i);
    }
    for (uint8_t i = 0; i < 16; i++) {
        memset(transfer.id, i / 2, 16);
        assert_int_equal(state_find_transfer(&state, 1 + i % 2, transfer.id), 1 + i);
    }
    transfer.id[15]++;
    assert_int_equal(state_find_transfer(&state, 1, transfer.id), 0);
    assert_int_equal(state_add_transfer(&state, &transfer), 0);
    state_destroy(&state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system_rows), cmocka_unit_test(test_full_sizes),
        cmocka_unit_test(test_names), cmocka_unit_test(test_assets_and_markets),
        cmocka_unit_test(test_pairs), cmocka_unit_test(test_full_pairs),
        cmocka_unit_test(test_first_of_account), cmocka_unit_test(test_transfers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
