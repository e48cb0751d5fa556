/* A little state for tests of what is summed up from the ledger: USDC and a coin with a pool each, a perpetual, two
 * accounts, the first with two subaccounts. Entries go to whoever the test names. */
#ifndef VITRINE_MONEY_TABLE_H
#define VITRINE_MONEY_TABLE_H

#include "unit.h"

#include "ledger.h"
#include "lending.h"

enum { USDC = 1, COIN, PERP = 1, ANN = SYSTEM_SUBACCOUNTS, ANN_TWO, BEN };
#define ANN_ACCOUNT (SYSTEM_ACCOUNT + 1)
#define HOUR_NS (UINT64_C(3600) * 1000000000)
#define WHOLE INT64_C(1000000) /* units in a USDC */

struct money_table {
    struct state state;
    struct ledger ledger;
    struct ledger_entry made[LEDGER_RUN];
    ledger_reader reader;
    void *context;           /* of the reader */
};

static inline void money_table_take(void *context, uint32_t count)
{
    struct money_table *table = context;

    for (uint32_t i = 0; i < count; i++)
        table->reader(table->context, &table->made[i]);
    table->ledger.place = table->made;
}

static inline void money_table_asset(struct money_table *table, const char *symbol, uint8_t decimals, uint64_t index)
{
    const uint32_t row = table_take(&table->state.assets);
    struct asset *asset = state_asset(&table->state, row);

    *asset = (struct asset){ .decimals = decimals, .index = index, .weight = 1000000, .flags = ASSET_COLLATERAL };
    strcpy((char *)asset->symbol, symbol);
    *state_pool(&table->state, row) = (struct pool){ .set = 1, .rate_zero = 100000, .rate_optimal = 100000,
        .rate_full = 100000, .optimal = 800000, .fee = 200000, .throttle = 1000000, .utilisation_max = 1000000,
        .step_seconds = 60 };
}

static inline void money_table_person(struct money_table *table, const char *name, unsigned subaccounts)
{
    static const char *const names[] = { "main", "two" };
    const uint32_t account = table_take(&table->state.accounts);

    strcpy((char *)state_account(&table->state, account)->name, name);
    state_index_account(&table->state, account);
    for (unsigned i = 0; i < subaccounts; i++) {
        const uint32_t row = table_take(&table->state.subaccounts);

        strcpy((char *)state_subaccount(&table->state, row)->name, names[i]);
        state_subaccount(&table->state, row)->account = account;
        if (i == 0)
            state_account(&table->state, account)->first = row;
        state_index_subaccount(&table->state, row);
    }
}

/* Prices: a coin (8 decimals) is 50 USDC (6); a lot is 0.01 coin, a tick 0.01 USDC; the mark 5,000 ticks. */
static inline void money_table_begin(struct money_table *table, ledger_reader reader,
                                     void *context)
{
    const struct state_sizes sizes = { .subaccounts = 8, .accounts = 4, .users = 1, .balances = 32, .positions = 32,
                                       .orders = 4, .slots = 4, .transfers = 4, .jobs = 1 };

    state_create(&table->state, &sizes);
    table->reader = reader;
    table->context = context;
    table->ledger = (struct ledger){ .state = &table->state, .place = table->made, .last = table->made,
                                     .told = UINT64_MAX, .sink = money_table_take, .context = table };
    table->state.t->time_ns = HOUR_NS;
    money_table_asset(table, "USDC", 6, UINT64_C(1000000000000));
    money_table_asset(table, "COIN", 8, UINT64_C(50000000000000));
    table->state.t->settlement = USDC;
    *state_market(&table->state, table_take(&table->state.markets)) =
        (struct market){ .kind = MARKET_PERPETUAL, .symbol = "COIN_PERP", .base_asset = COIN, .quote_asset = USDC,
                         .lot_units = 1000000, .tick_lot_units = 100, .mark = 5000 * CARD_FIXED_ONE };
    money_table_person(table, "ann", 2);
    money_table_person(table, "ben", 1);
    for (uint32_t row = SYSTEM_FEES; row <= BEN; row++)
        if (row != SYSTEM_POOL && row != SYSTEM_WITHDRAWALS)
            state_need_position(&table->state, row, PERP);
}

#endif
