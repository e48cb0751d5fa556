/* Lenders and borrowers of a few pools, without the core: people are (account, subaccount) pairs, and whoever has
 * something has got it from custody. */
#ifndef VITRINE_LENDING_WORLD_H
#define VITRINE_LENDING_WORLD_H

#include "unit.h"

#include "lending.h"

enum { USDC = 1, BTC, ETH, ASSETS = 3, ANN = SYSTEM_SUBACCOUNTS, BEN, CIS, DAN };

#define NS_A_SECOND UINT64_C(1000000000)
#define NS_A_YEAR (NS_A_SECOND * 86400 * 365)

static struct state state;
static struct ledger ledger;

/* A pool without limits: the rate is flat, nothing is throttled. */
static inline struct pool *world_set_pool(uint32_t asset, uint32_t rate, uint32_t fee)
{
    struct pool *pool = state_pool(&state, asset);

    *pool = (struct pool){.set = 1, .rate_zero = rate, .rate_optimal = rate, .rate_full = rate, .optimal = 800000,
                          .fee = fee, .throttle = 1000000, .utilisation_max = 1000000, .step_seconds = 60,
                          .accrued_ns = state.t->time_ns};
    return pool;
}

static inline uint32_t world_add_person(uint32_t account)
{
    uint32_t row = table_take(&state.subaccounts);

    if (account == TABLE_NONE) {
        account = table_take(&state.accounts);
        snprintf((char *)state_account(&state, account)->name, 24, "account%u", account);
        state_index_account(&state, account);
        state_account(&state, account)->first = row;
    }
    snprintf((char *)state_subaccount(&state, row)->name, 24, "sub%u", row);
    state_subaccount(&state, row)->account = account;
    state_index_subaccount(&state, row);
    return row;
}

/* `people` accounts of one subaccount each. */
static inline void world_begin(uint32_t people)
{
    const struct state_sizes sizes = {.subaccounts = people + 8, .accounts = people + 8, .users = 1,
                                      .balances = (people + 8) * ASSETS, .positions = 8, .orders = 4, .slots = 4,
                                      .transfers = 4, .jobs = 1};

    state_create(&state, &sizes);
    ledger = (struct ledger){.state = &state};
    state.t->time_ns = NS_A_SECOND * 1700000000;
    for (uint32_t i = 1; i <= ASSETS; i++) {
        struct asset *asset = state_asset(&state, table_take(&state.assets));

        *asset = (struct asset){.decimals = 6, .weight = 1000000, .index = UINT64_C(1000000000000),
                                .index_raw = UINT64_C(1000000000000),
                                .flags = ASSET_CAN_LEND | ASSET_CAN_BORROW | ASSET_COLLATERAL,
                                .borrow_imf = {1, 10, 0}, .borrow_mmf = {1, 20, 0}};
        if (i == USDC)
            asset->flags |= ASSET_SETTLEMENT;
    }
    state.t->settlement = USDC;
    for (uint32_t i = 0; i < people; i++)
        world_add_person(TABLE_NONE);
}

static inline void world_deposit(uint32_t subaccount, uint32_t asset, int64_t units)
{
    assert_true(ledger_can_deposit(&ledger, subaccount, asset, units));
    ledger_move(&ledger, ENTRY_DEPOSIT, asset, SYSTEM_CUSTODY, subaccount, units);
}

static inline const struct balance *world_balance(uint32_t subaccount, uint32_t asset)
{
    return state_balance(&state, state_need_balance(&state, subaccount, asset));
}

static inline int64_t world_held(uint32_t subaccount, uint32_t asset)
{
    return world_balance(subaccount, asset)->amount;
}

static inline int64_t world_lent(uint32_t subaccount, uint32_t asset)
{
    return lending_lent_by(&state, subaccount, asset);
}

static inline int64_t world_owed(uint32_t subaccount, uint32_t asset)
{
    return lending_borrowed_by(&state, subaccount, asset);
}

/* What holds of a pool after whatever has been done. */
static inline void world_check_pool(uint32_t asset)
{
    const struct pool *pool = state_pool(&state, asset);

    assert_int_equal(world_held(SYSTEM_POOL, asset), pool->lent - pool->borrowed);
    assert_true(pool->lent >= pool->borrowed && pool->lent <= LENDING_POOL_MAX);
    assert_true(pool->lent_shares >= 0 && pool->lent_shares <= LENDING_POOL_MAX);
    assert_true(pool->borrowed >= pool->borrowed_shares && (pool->borrowed == 0) == (pool->borrowed_shares == 0));
    assert_true(pool->lent == 0 || pool->lent_shares > 0);
    assert_true(pool->reserved <= pool->lent - pool->borrowed);
}

static inline void world_end(void)
{
    struct ledger_violation violation;

    for (uint32_t asset = 1; asset <= ASSETS; asset++)
        world_check_pool(asset);
    /* No orders stand behind the locks of these tests: they have been taken back. */
    if (!ledger_recount(&state, &violation))
        fail_msg("%s", violation.text);
    state_destroy(&state);
}

#endif
