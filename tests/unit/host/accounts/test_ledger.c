/* Money and positions by double entry: every entry, every limit. */
#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger.h"

enum { USDC = 1, BTC, PERP = 1, ANN = SYSTEM_SUBACCOUNTS, BEN, CIS, DAN };

static struct state state;
static struct ledger ledger;
static struct ledger_entry entries[16], made[LEDGER_RUN];
static unsigned entry_count;

static void take_entries(void *context, uint32_t count)
{
    assert_ptr_equal(context, &state);
    assert_ptr_equal(ledger.place, made + count);
    for (uint32_t i = 0; i < count; i++) {
        if (entry_count < 16)
            entries[entry_count] = made[i];
        entry_count++;
    }
    ledger.place = made;
}

static int begin(void **unused)
{
    const struct state_sizes sizes = {.subaccounts = 4, .accounts = 3, .users = 1, .balances = 8, .positions = 8,
                                      .orders = 4, .slots = 4, .transfers = 4, .jobs = 1};

    (void)unused;
    state_create(&state, &sizes);
    ledger = (struct ledger){.state = &state, .place = made, .last = made, .told = UINT64_MAX, .sink = take_entries,
                             .context = &state};
    entry_count = 0;
    for (uint8_t i = 0; i < 3; i++) {
        uint32_t account = table_take(&state.accounts), row = table_take(&state.subaccounts);

        state_account(&state, account)->name[0] = i + 1;
        state_index_account(&state, account);
        state_subaccount(&state, row)->account = account;
        state_index_subaccount(&state, row);
    }
    table_take(&state.assets);
    table_take(&state.assets);
    *state_market(&state, table_take(&state.markets)) =
        (struct market){.kind = MARKET_PERPETUAL, .base_asset = BTC, .quote_asset = USDC};
    for (uint32_t row = SYSTEM_FEES; row <= CIS; row++)
        state_need_position(&state, row, PERP);
    return 0;
}

static int end(void **unused)
{
    struct ledger_violation violation;

    (void)unused;
    if (!ledger_recount(&state, &violation))
        fail_msg("%s", violation.text);
    state_destroy(&state);
    return 0;
}

static void deposit(uint32_t subaccount, uint32_t asset, int64_t amount)
{
    assert_true(ledger_can_deposit(&ledger, subaccount, asset, amount));
    ledger_move(&ledger, ENTRY_DEPOSIT, asset, SYSTEM_CUSTODY, subaccount, amount);
}

static int64_t held(uint32_t subaccount, uint32_t asset)
{
    uint32_t row = state_find_balance(&state, subaccount, asset);

    return row == TABLE_NONE ? 0 : state_balance(&state, row)->amount;
}

static struct position *position_of(uint32_t subaccount)
{
    return state_position(&state, state_find_position(&state, subaccount, PERP));
}

static bool dies(void (*function)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        assert_non_null(freopen("/dev/null", "w", stderr));
        function();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status);
}

/* --- balances --- */

static void test_move(void **unused)
{
    (void)unused;
    deposit(ANN, USDC, 100);
    ledger_move(&ledger, ENTRY_TRANSFER, USDC, ANN, BEN, 30);
    ledger_move(&ledger, ENTRY_TRANSFER, USDC, ANN, CIS, 0);
    ledger_move(&ledger, ENTRY_WITHDRAWAL, USDC, BEN, SYSTEM_CUSTODY, 10);
    assert_int_equal(held(ANN, USDC), 70);
    assert_int_equal(held(BEN, USDC), 20);
    assert_int_equal(held(SYSTEM_CUSTODY, USDC), -90);
    assert_int_equal(state_find_balance(&state, CIS, USDC), TABLE_NONE);
    assert_true(state.t->balance_sum[USDC] == 0);
    assert_int_equal(entry_count, 3); /* nothing for nothing */
    assert_int_equal(entries[1].kind, ENTRY_TRANSFER);
    assert_int_equal(entries[1].thing, USDC);
    assert_int_equal(entries[1].from, ANN);
    assert_int_equal(entries[1].to, BEN);
    assert_int_equal(entries[1].amount, 30);
}

static void move_negative(void)
{
    ledger_move(&ledger, ENTRY_TRANSFER, USDC, ANN, BEN, -1);
}

static void move_too_much(void)
{
    ledger_move(&ledger, ENTRY_TRANSFER, USDC, ANN, BEN, 101);
}

static void move_locked(void)
{
    ledger_lock(&ledger, ANN, USDC, 60);
    ledger_move(&ledger, ENTRY_TRANSFER, USDC, ANN, BEN, 41);
}

static void lock_too_much(void)
{
    ledger_lock(&ledger, ANN, USDC, 101);
}

static void release_too_much(void)
{
    ledger_lock(&ledger, ANN, USDC, 5);
    ledger_lock(&ledger, ANN, USDC, -6);
}

static void lock_nothing_held(void)
{
    ledger_lock(&ledger, BEN, USDC, 1);
}

static void lock_overflows(void)
{
    ledger_lock(&ledger, ANN, USDC, 1);
    ledger_lock(&ledger, ANN, USDC, INT64_MAX);
}

static void test_locks(void **unused)
{
    (void)unused;
    deposit(ANN, USDC, 100);
    assert_int_equal(ledger_free(&state, ANN, USDC), 100);
    assert_int_equal(ledger_free(&state, BEN, USDC), 0);
    assert_true(dies(move_negative));
    assert_true(dies(move_too_much));
    assert_true(dies(move_locked));
    assert_true(dies(lock_too_much));
    assert_true(dies(release_too_much));
    assert_true(dies(lock_nothing_held));
    assert_true(dies(lock_overflows));
    ledger_lock(&ledger, BEN, USDC, 0);
    ledger_lock(&ledger, ANN, USDC, 100);
    assert_int_equal(ledger_free(&state, ANN, USDC), 0);
    ledger_lock(&ledger, ANN, USDC, -60);
    assert_int_equal(ledger_free(&state, ANN, USDC), 60);
    ledger_move(&ledger, ENTRY_WITHDRAWAL, USDC, ANN, SYSTEM_CUSTODY, 60);
    assert_int_equal(ledger_free(&state, ANN, USDC), 0);
    ledger_lock(&ledger, ANN, USDC, -40);
}

static void test_limits(void **unused)
{
    const int64_t most = LIMIT_BALANCE_UNITS;

    (void)unused;
    assert_false(ledger_can_deposit(&ledger, ANN, USDC, most + 1));
    assert_false(ledger_can_deposit(&ledger, ANN, USDC, INT64_MAX));
    deposit(ANN, USDC, most - 1);
    assert_false(ledger_can_deposit(&ledger, ANN, USDC, 2));
    assert_false(ledger_can_receive(&ledger, ANN, USDC, 2));
    assert_true(ledger_can_receive(&ledger, ANN, USDC, 0));
    deposit(ANN, USDC, 1);
    assert_false(ledger_can_receive(&ledger, ANN, USDC, 1));
    assert_true(ledger_can_receive(&ledger, BEN, USDC, most));
    assert_false(ledger_can_receive(&ledger, BEN, USDC, most + 1));
    deposit(BEN, USDC, most);
    deposit(CIS, USDC, most);
    /* All clients together hold less than 4 x LIMIT_BALANCE_UNITS. */
    assert_false(ledger_can_deposit(&ledger, SYSTEM_FUND, USDC, most));
    deposit(SYSTEM_FUND, USDC, most - 1);
    assert_false(ledger_can_deposit(&ledger, SYSTEM_FEES, USDC, 1));
    assert_int_equal(held(SYSTEM_CUSTODY, USDC), 1 - 4 * most);
    /* Even if trades brought all of it to one of them. */
    for (uint32_t row = SYSTEM_FUND; row <= CIS; row++) {
        if (row != SYSTEM_RESIDUE && row != BEN)
            ledger_move(&ledger, ENTRY_TRANSFER, USDC, row, BEN, held(row, USDC));
    }
    assert_int_equal(held(BEN, USDC), 4 * most - 1);
    assert_true(state.t->balance_sum[USDC] == 0);
    assert_false(ledger_can_receive(&ledger, BEN, USDC, 0));
}

static void test_rows_run_out(void **unused)
{
    (void)unused;
    while (table_take(&state.balances) != TABLE_NONE)
        ;
    assert_false(ledger_can_deposit(&ledger, ANN, USDC, 1));
    assert_false(ledger_can_receive(&ledger, ANN, USDC, 1));
    state.balances.used = 1; /* they were never linked */
    state.balances.live = 0;
}

/* --- positions: ANN trades with BEN; what she closes is realised --- */

static void expect(uint32_t subaccount, int64_t quantity, int64_t entry_cost, int64_t open_cost, int64_t realised)
{
    const struct position *position = position_of(subaccount);

    assert_int_equal(position->quantity, quantity);
    assert_int_equal(position->entry_cost, entry_cost);
    assert_int_equal(position->open_cost, open_cost);
    assert_int_equal(state_position_detail_of(&state, position)->realised, realised);
    assert_int_equal(state_market(&state, PERP)->position_sum, 0);
    assert_int_equal(state_market(&state, PERP)->cost_sum, 0);
}

static void test_trades(void **unused)
{
    const struct market *market = state_market(&state, PERP);

    (void)unused;
    ledger_trade_position(&ledger, PERP, ANN, BEN, 10, 1000); /* opens */
    expect(ANN, 10, 1000, 1000, 0);
    expect(BEN, -10, -1000, -1000, 0);
    assert_int_equal(market->open_interest, 10);
    assert_int_equal(entry_count, 2);
    assert_int_equal(entries[0].kind, ENTRY_POSITION);
    assert_int_equal(entries[0].from, BEN);
    assert_int_equal(entries[0].to, ANN);
    assert_int_equal(entries[0].amount, 10);
    assert_int_equal(entries[1].kind, ENTRY_COST);
    assert_int_equal(entries[1].amount, 1000);
    ledger_trade_position(&ledger, PERP, ANN, BEN, 5, 800); /* adds */
    expect(ANN, 15, 1800, 1800, 0);
    ledger_trade_position(&ledger, PERP, BEN, ANN, 6, 900); /* closes 6 of 15: 720 of 1800 */
    expect(ANN, 9, 900, 1080, 180);
    expect(BEN, -9, -900, -1080, -180);
    assert_int_equal(market->open_interest, 9);
    ledger_trade_position(&ledger, PERP, BEN, ANN, 20, 2000); /* closes 9, opens 11 the other way */
    expect(ANN, -11, -1100, -1100, 0);
    expect(BEN, 11, 1100, 1100, 0);
    assert_int_equal(market->open_interest, 11);
    ledger_trade_position(&ledger, PERP, ANN, BEN, 11, 1210); /* all */
    expect(ANN, 0, 110, 0, -110);
    expect(BEN, 0, -110, 0, 110);
    assert_int_equal(market->open_interest, 0);
    ledger_trade_position(&ledger, PERP, ANN, CIS, 3, 0); /* for nothing */
    expect(ANN, 3, 110, 0, -110);
    assert_int_equal(market->open_interest, 3);
}

/* A short that passes on to a third: interest moves, it does not grow. */
static void test_interest(void **unused)
{
    const struct market *market = state_market(&state, PERP);

    (void)unused;
    ledger_trade_position(&ledger, PERP, ANN, BEN, 10, 100);
    ledger_trade_position(&ledger, PERP, CIS, ANN, 4, 40);
    assert_int_equal(market->open_interest, 10);
    ledger_trade_position(&ledger, PERP, CIS, ANN, 10, 100);
    assert_int_equal(market->open_interest, 14);
    ledger_trade_position(&ledger, PERP, BEN, CIS, 14, 140);
    assert_int_equal(market->open_interest, 4);
}

/* What is removed of the open cost is rounded towards 0, so that its sign stays and its end is 0. */
static void test_open_cost_rounds(void **unused)
{
    (void)unused;
    ledger_trade_position(&ledger, PERP, ANN, BEN, 3, 100);
    ledger_trade_position(&ledger, PERP, BEN, ANN, 1, 50); /* 33.3 */
    expect(ANN, 2, 50, 67, 17);
    expect(BEN, -2, -50, -67, -17);
    ledger_trade_position(&ledger, PERP, BEN, ANN, 1, 50); /* 33.5 */
    expect(ANN, 1, 0, 34, 34);
    ledger_trade_position(&ledger, PERP, BEN, ANN, 3, 100); /* 33.3 of the cost close, 66.7 open */
    expect(ANN, -2, -100, -67, 33);
    expect(BEN, 2, 100, 67, -33);
}

static void test_extremes(void **unused)
{
    const int64_t most = LIMIT_NOTIONAL_UNITS * 256, lots = (INT64_C(1) << 54) + 1;

    (void)unused;
    ledger_trade_position(&ledger, PERP, ANN, BEN, lots, most);
    expect(ANN, lots, most, most, 0);
    ledger_trade_position(&ledger, PERP, BEN, ANN, lots - 1, 1); /* most x (lots - 1) / lots: 116 bits */
    expect(ANN, 1, most - 1, 256, 256 - most + 1);
    expect(BEN, -1, 1 - most, -256, most - 256 - 1);
    ledger_trade_position(&ledger, PERP, BEN, ANN, 1, 0);
    expect(ANN, 0, most - 1, 0, 1 - most);
    /* The record stands still at its ends; costs may not run over. */
    state_position_detail_of(&state, position_of(ANN))->realised = INT64_MIN + 1;
    state_position_detail_of(&state, position_of(BEN))->realised = INT64_MAX - 1;
    ledger_trade_position(&ledger, PERP, ANN, BEN, 1, 1000);
    ledger_trade_position(&ledger, PERP, BEN, ANN, 1, 0);
    assert_int_equal(state_position_detail_of(&state, position_of(ANN))->realised, INT64_MIN);
    assert_int_equal(state_position_detail_of(&state, position_of(BEN))->realised, INT64_MAX);
}

static void overflow_cost(void)
{
    for (int i = 0; i < 3; i++)
        ledger_trade_position(&ledger, PERP, ANN, BEN, 1, LIMIT_NOTIONAL_UNITS * 256);
}

static void trade_nothing(void)
{
    ledger_trade_position(&ledger, PERP, ANN, BEN, 0, 1);
}

static void trade_with_oneself(void)
{
    ledger_trade_position(&ledger, PERP, ANN, ANN, 1, 1);
}

static void fee_of_the_fee_account(void)
{
    ledger_fee_position(&ledger, PERP, SYSTEM_FEES, 1);
}

static void test_misuse(void **unused)
{
    (void)unused;
    assert_true(dies(overflow_cost));
    assert_true(dies(trade_nothing));
    assert_true(dies(trade_with_oneself));
    assert_true(dies(fee_of_the_fee_account));
}

/* Fees and rebates are part of the entry cost and of nothing else. */
static void test_fees(void **unused)
{
    (void)unused;
    ledger_trade_position(&ledger, PERP, ANN, BEN, 10, 1000);
    entry_count = 0;
    ledger_fee_position(&ledger, PERP, ANN, 7);
    ledger_fee_position(&ledger, PERP, BEN, -3);
    ledger_fee_position(&ledger, PERP, BEN, 0);
    expect(ANN, 10, 1007, 1000, 0);
    expect(BEN, -10, -1003, -1000, 0);
    expect(SYSTEM_FEES, 0, -4, 0, 0);
    assert_int_equal(entry_count, 2);
    assert_int_equal(entries[0].kind, ENTRY_COST_FEE);
    assert_int_equal(entries[0].from, SYSTEM_FEES); /* entry cost goes to whoever pays */
    assert_int_equal(entries[0].to, ANN);
    assert_int_equal(entries[0].amount, 7);
    assert_int_equal(entries[1].from, BEN);
    assert_int_equal(entries[1].to, SYSTEM_FEES);
    assert_int_equal(entries[1].amount, 3);
}

/* Fills between three, seeded: sums stay 0, the open cost has the position's sign and lies between the extremes of its
 * fills' prices. */
static void test_random(void **unused)
{
    uint64_t seed = 1;

    (void)unused;
    for (int i = 0; i < 20000; i++) {
        uint32_t buyer, seller;
        int64_t lots;

        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        buyer = ANN + (uint32_t)((seed >> 33) % 3);
        seller = ANN + (buyer - ANN + 1 + (uint32_t)((seed >> 40) % 2)) % 3;
        lots = 1 + (int64_t)((seed >> 45) % 50);
        ledger_trade_position(&ledger, PERP, buyer, seller, lots, lots * (int64_t)(900 + (seed >> 20) % 200));
        ledger_fee_position(&ledger, PERP, buyer, (int64_t)((seed >> 12) % 20) - 5);
        for (uint32_t row = ANN; row <= CIS; row++) {
            const struct position *position = position_of(row);
            int64_t size = position->quantity < 0 ? -position->quantity : position->quantity;
            int64_t cost = position->quantity < 0 ? -position->open_cost : position->open_cost;

            assert_true(cost >= size * 899 && cost <= size * 1101 + 200);
        }
        assert_int_equal(state_market(&state, PERP)->position_sum, 0);
        assert_int_equal(state_market(&state, PERP)->cost_sum, 0);
    }
}

/* --- what is held apart --- */

static void free_too_much(void)
{
    ledger_move(&ledger, ENTRY_APART_FREED, USDC, ANN, ANN, 31);
}

/* ANN's row is where her account's sums stand. */
static void make_first(void)
{
    const uint32_t row = state_find_position(&state, ANN, PERP);

    state_account(&state, state_subaccount(&state, ANN)->account)->first = ANN;
    state_position_detail(&state, row)->account_row = row;
    state_count_reach(&state, row, true);
}

static void test_apart(void **unused)
{
    const struct balance *balance;

    (void)unused;
    make_first();
    ledger_move(&ledger, ENTRY_DEPOSIT_APART, USDC, SYSTEM_CUSTODY, ANN, 100);
    balance = state_balance(&state, state_find_balance(&state, ANN, USDC));
    assert_int_equal(state_balance_detail_of(&state, balance)->apart, 100);
    assert_int_equal(balance->amount, 0);
    assert_int_equal(balance->account_units, 100);
    assert_true(state.t->balance_sum[USDC] == 0);
    ledger_move(&ledger, ENTRY_APART_FREED, USDC, ANN, ANN, 60);
    assert_int_equal(balance->amount, 60);
    ledger_move(&ledger, ENTRY_APART_ACCEPTED, USDC, ANN, SYSTEM_RESIDUE, 10);
    ledger_move(&ledger, ENTRY_DEPOSIT_APART, USDC, ANN, BEN, 5); /* of a sibling */
    assert_int_equal(state_balance_detail_of(&state, balance)->apart, 30);
    assert_int_equal(balance->amount, 55);
    assert_int_equal(balance->account_units, 85);
    assert_int_equal(held(SYSTEM_RESIDUE, USDC), 10);
    assert_int_equal(ledger_free(&state, ANN, USDC), 55);
    assert_true(dies(free_too_much));
    assert_int_equal(entries[1].from, ANN);
    assert_int_equal(entries[1].to, ANN);
}

static void test_kinds(void **unused)
{
    (void)unused;
    for (unsigned kind = 1; kind < ENTRY_KINDS; kind++) {
        assert_non_null(ledger_entry_text(kind));
        assert_true(ledger_entry_from(kind) < COLUMNS && ledger_entry_to(kind) < COLUMNS);
        for (unsigned other = 1; other < kind; other++)
            assert_string_not_equal(ledger_entry_text(kind), ledger_entry_text(other));
    }
    assert_null(ledger_entry_text(ENTRY_KINDS));
    assert_int_equal(ledger_entry_from(ENTRY_DEPOSIT_APART), COLUMN_HELD);
    assert_int_equal(ledger_entry_to(ENTRY_DEPOSIT_APART), COLUMN_APART);
}

/* --- pools --- */

static void give_back_too_many(void)
{
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, USDC, DAN, SYSTEM_POOL, 8);
}

static void make_too_few(void)
{
    ledger_move_shares(&ledger, ENTRY_BORROWED_SHARES, USDC, ANN, SYSTEM_POOL, 31);
}

static void shares_of_another_kind(void)
{
    ledger_move_shares(&ledger, ENTRY_LEND, USDC, SYSTEM_POOL, ANN, 1);
}

/* DAN, of ANN's account, whose first is she. */
static void make_sibling(void)
{
    uint32_t account = state_subaccount(&state, ANN)->account, row = table_take(&state.subaccounts);

    assert_int_equal(row, DAN);
    make_first();
    state_subaccount(&state, row)->account = account;
    state_subaccount(&state, row)->name[0] = 7;
    state_index_subaccount(&state, row);
}

static void test_shares(void **unused)
{
    struct pool *pool = state_pool(&state, USDC);
    const struct balance *ann, *dan;

    (void)unused;
    make_sibling();
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, USDC, SYSTEM_POOL, DAN, 10);
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, USDC, SYSTEM_POOL, CIS, 0);
    ledger_move_shares(&ledger, ENTRY_BORROWED_SHARES, USDC, SYSTEM_POOL, ANN, 30);
    ledger_move_shares(&ledger, ENTRY_BORROWED_SHARES, USDC, SYSTEM_POOL, DAN, 12);
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, USDC, DAN, SYSTEM_RESIDUE, 3); /* from one to another */
    ann = state_balance(&state, state_find_balance(&state, ANN, USDC));
    dan = state_balance(&state, state_find_balance(&state, DAN, USDC));
    assert_int_equal(pool->lent_shares, 10);
    assert_int_equal(pool->borrowed_shares, 42);
    assert_int_equal(dan->lent, 7);
    assert_int_equal(dan->borrowed, 12);
    assert_int_equal(state_balance_detail_of(&state, ann)->account_lent, 7);
    assert_int_equal(state_balance_detail_of(&state, ann)->account_use, 42);
    assert_int_equal(state_balance_detail_of(&state, dan)->account_use, 0);
    assert_int_equal(entry_count, 4);
    assert_int_equal(entries[1].kind, ENTRY_BORROWED_SHARES);
    assert_int_equal(entries[1].amount, 30);
    assert_true(dies(give_back_too_many));
    assert_true(dies(make_too_few));
    assert_true(dies(shares_of_another_kind));
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, USDC, DAN, SYSTEM_POOL, 7);
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, USDC, SYSTEM_RESIDUE, SYSTEM_POOL, 3);
    ledger_move_shares(&ledger, ENTRY_BORROWED_SHARES, USDC, ANN, SYSTEM_POOL, 30);
    ledger_move_shares(&ledger, ENTRY_BORROWED_SHARES, USDC, DAN, SYSTEM_POOL, 12);
    assert_int_equal(state_balance_detail_of(&state, ann)->account_use, 0);
    assert_int_equal(pool->lent_shares, 0);
}

/* A lock above what is held is reserved in the pool, follows what is held, and counts for the account. */
static void test_reserved(void **unused)
{
    struct pool *pool = state_pool(&state, USDC);
    const struct balance *ann, *dan;

    (void)unused;
    make_sibling();
    pool->set = 1;
    deposit(DAN, USDC, 100);
    ann = state_balance(&state, state_find_balance(&state, ANN, USDC));
    dan = state_balance(&state, state_find_balance(&state, DAN, USDC));
    ledger_lock(&ledger, DAN, USDC, 90);
    assert_int_equal(pool->reserved, 0);
    ledger_lock(&ledger, DAN, USDC, 30);
    ledger_lock(&ledger, ANN, USDC, 5);
    assert_int_equal(pool->reserved, 25);
    assert_int_equal(state_balance_detail_of(&state, ann)->account_use, 25);
    assert_int_equal(state_balance_detail_of(&state, dan)->account_use, 0);
    assert_int_equal(ledger_free(&state, DAN, USDC), 0);
    deposit(DAN, USDC, 15);
    assert_int_equal(pool->reserved, 10);
    ledger_move(&ledger, ENTRY_TRADE_QUOTE, USDC, DAN, CIS, 40);
    assert_int_equal(pool->reserved, 50);
    assert_int_equal(ledger_pool_part(dan), 45);
    ledger_lock(&ledger, DAN, USDC, -100);
    assert_int_equal(pool->reserved, 5);
    assert_int_equal(ledger_free(&state, DAN, USDC), 55);
    ledger_lock(&ledger, DAN, USDC, -20);
    ledger_lock(&ledger, ANN, USDC, -5);
    assert_int_equal(pool->reserved, 0);
    assert_int_equal(state_balance_detail_of(&state, ann)->account_use, 0);
    assert_int_equal(ann->account_units, 75);
}

static bool is_listed(uint32_t subaccount)
{
    return state_balance(&state, state_find_balance(&state, subaccount, USDC))->next_idle != TABLE_NONE;
}

static void test_idle(void **unused)
{
    struct balance *ben;

    (void)unused;
    state_subaccount(&state, ANN)->flags = SUBACCOUNT_AUTO_LEND;
    state_subaccount(&state, BEN)->flags = SUBACCOUNT_AUTO_REPAY;
    deposit(ANN, USDC, 10); /* no pool yet */
    assert_false(is_listed(ANN));
    state_pool(&state, USDC)->set = 1;
    deposit(ANN, USDC, 10);
    deposit(ANN, USDC, 10);
    deposit(BEN, USDC, 10); /* has nothing to repay */
    deposit(CIS, USDC, 10);
    assert_true(is_listed(ANN));
    assert_false(is_listed(BEN));
    assert_false(is_listed(CIS));
    ben = state_balance(&state, state_find_balance(&state, BEN, USDC));
    assert_int_equal(state.t->idle, state_find_balance(&state, ANN, USDC));
    assert_int_equal(state_balance(&state, state.t->idle)->next_idle, state.t->idle); /* ends in itself */
    ben->borrowed = 1;
    ledger_lock(&ledger, BEN, USDC, 10);
    assert_false(is_listed(BEN)); /* nothing is free */
    ledger_lock(&ledger, BEN, USDC, -10);
    assert_int_equal(state.t->idle, state_find_balance(&state, BEN, USDC));
    assert_int_equal(ben->next_idle, state_find_balance(&state, ANN, USDC));
    state_subaccount(&state, CIS)->flags = SUBACCOUNT_AUTO_LEND;
    ledger_list_idle(&ledger, CIS);
    assert_true(is_listed(CIS));
    ledger_list_balance(&ledger, state_find_balance(&state, SYSTEM_CUSTODY, USDC));
    assert_false(is_listed(SYSTEM_CUSTODY));
    ben->borrowed = 0;
}

/* --- credits, claims, debts --- */

static void debt_of_a_claimant(void)
{
    ledger_oblige(&ledger, ENTRY_DEBT, SYSTEM_CUSTODY, BEN, 1);
}

static void pay_more_than_owed(void)
{
    ledger_oblige(&ledger, ENTRY_DEBT, ANN, SYSTEM_CUSTODY, 51);
}

static void oblige_by_units(void)
{
    ledger_oblige(&ledger, ENTRY_TRANSFER, SYSTEM_CUSTODY, ANN, 1);
}

static void test_obligations(void **unused)
{
    (void)unused;
    ledger_credit(&ledger, SYSTEM_CUSTODY, CIS, 9);
    ledger_oblige(&ledger, ENTRY_DEBT, SYSTEM_CUSTODY, ANN, 50);
    ledger_oblige(&ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, BEN, 30);
    ledger_oblige(&ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, CIS, 20);
    ledger_oblige(&ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, SYSTEM_FEES, 0);
    assert_int_equal(state_credits(&state), 9);
    assert_int_equal(state_debts(&state), 50);
    assert_int_equal(state_claims(&state), 50);
    assert_int_equal(state.t->debtors, ANN);
    assert_int_equal(state.t->claimants, CIS);
    assert_int_equal(state_subaccount(&state, CIS)->next_obligation, BEN);
    assert_int_equal(state_subaccount(&state, BEN)->prev_obligation, CIS);
    assert_int_equal(entry_count, 4);
    assert_int_equal(entries[1].kind, ENTRY_DEBT);
    assert_int_equal(entries[1].thing, 0);
    assert_int_equal(entries[1].from, SYSTEM_CUSTODY);
    assert_true(dies(debt_of_a_claimant));
    assert_true(dies(pay_more_than_owed));
    assert_true(dies(oblige_by_units));
    position_of(ANN)->debt = 50;
    ledger_oblige(&ledger, ENTRY_CLAIM, CIS, SYSTEM_FEES, 20); /* a claim changes hands */
    assert_int_equal(state.t->claimants, SYSTEM_FEES);
    ledger_oblige(&ledger, ENTRY_CLAIM, SYSTEM_FEES, SYSTEM_CUSTODY, 20);
    assert_int_equal(state.t->claimants, BEN);
    assert_int_equal(state_subaccount(&state, BEN)->prev_obligation, 0);
    ledger_oblige(&ledger, ENTRY_CLAIM, BEN, SYSTEM_CUSTODY, 29);
    assert_int_equal(state.t->claimants, BEN);
    ledger_oblige(&ledger, ENTRY_CLAIM, BEN, SYSTEM_CUSTODY, 1);
    assert_int_equal(state.t->claimants, 0);
    ledger_oblige(&ledger, ENTRY_DEBT, ANN, SYSTEM_CUSTODY, 50);
    position_of(ANN)->debt = 0;
    ledger_credit(&ledger, CIS, SYSTEM_CUSTODY, 9);
    assert_int_equal(state.t->debtors, 0);
    assert_int_equal(state_credits(&state), 0);
}

/* --- funding, settlement's costs, delisting --- */

static void test_funding(void **unused)
{
    struct market *market = state_market(&state, PERP);

    (void)unused;
    ledger_trade_position(&ledger, PERP, ANN, BEN, 3, 0);
    ledger_trade_position(&ledger, PERP, CIS, BEN, 4, 0);
    market->funding_index += (wide)1500000000; /* 1.5 of a 256th a lot */
    assert_int_equal(ledger_pending_funding(market, position_of(ANN)), 5); /* payers up */
    assert_int_equal(ledger_pending_funding(market, position_of(BEN)), -10); /* receivers down */
    assert_int_equal(ledger_pending_funding(market, position_of(SYSTEM_FEES)), 0);
    entry_count = 0;
    ledger_bring_current(&ledger, state_find_position(&state, ANN, PERP));
    expect(ANN, 3, 5, 0, 0);
    expect(SYSTEM_RESIDUE, 0, -5, 0, 0);
    assert_int_equal(entry_count, 1);
    assert_int_equal(entries[0].kind, ENTRY_FUNDING);
    assert_int_equal(entries[0].from, SYSTEM_RESIDUE);
    assert_int_equal(entries[0].to, ANN);
    ledger_bring_current(&ledger, state_find_position(&state, ANN, PERP)); /* once */
    assert_int_equal(entry_count, 1);
    ledger_trade_position(&ledger, PERP, ANN, BEN, 1, 0); /* at what was open until then */
    expect(BEN, -8, -10, 0, 0);
    expect(ANN, 4, 5, 0, 0);
    ledger_bring_current(&ledger, state_find_position(&state, CIS, PERP));
    expect(CIS, 4, 6, 0, 0);
    expect(SYSTEM_RESIDUE, 0, -1, 0, 0); /* what rounding left */
    market->funding_index = -(wide)1500000000; /* the other way round, twice */
    assert_int_equal(ledger_pending_funding(market, position_of(ANN)), -12);
    assert_int_equal(ledger_pending_funding(market, position_of(BEN)), 24);
}

static void funding_overflows(void)
{
    state_market(&state, PERP)->funding_index = (wide)1 << 126;
    ledger_pending_funding(state_market(&state, PERP), position_of(ANN));
}

static void cost_overflows(void)
{
    ledger_move_cost(&ledger, ENTRY_REALISED, state_find_position(&state, ANN, PERP), INT64_MIN);
}

static void test_costs(void **unused)
{
    (void)unused;
    ledger_trade_position(&ledger, PERP, ANN, BEN, 5, 1000);
    entry_count = 0;
    ledger_move_cost(&ledger, ENTRY_REALISED, state_find_position(&state, ANN, PERP), 70);
    ledger_move_cost(&ledger, ENTRY_REALISED, state_find_position(&state, BEN, PERP), -30);
    ledger_move_cost(&ledger, ENTRY_REALISED, state_find_position(&state, CIS, PERP), 0);
    expect(ANN, 5, 1070, 1000, 0); /* the price that it was opened at stays */
    expect(BEN, -5, -1030, -1000, 0);
    expect(SYSTEM_RESIDUE, 0, -40, 0, 0);
    assert_int_equal(entry_count, 2);
    assert_int_equal(entries[0].from, SYSTEM_RESIDUE);
    assert_int_equal(entries[0].to, ANN);
    assert_int_equal(entries[1].from, BEN);
    assert_int_equal(entries[1].to, SYSTEM_RESIDUE);
    assert_int_equal(entries[1].amount, 30);
    assert_true(dies(funding_overflows));
    assert_true(dies(cost_overflows));
}

static void test_flatten(void **unused)
{
    struct market *market = state_market(&state, PERP);

    (void)unused;
    ledger_trade_position(&ledger, PERP, ANN, BEN, 5, 1000);
    ledger_trade_position(&ledger, PERP, CIS, BEN, 2, 500);
    market->funding_index = 1000000000;
    entry_count = 0;
    ledger_flatten(&ledger, state_find_position(&state, ANN, PERP));
    expect(ANN, 0, 1005, 0, 0); /* funding until then included */
    expect(SYSTEM_RESIDUE, 5, -5, 0, 0);
    assert_int_equal(market->open_interest, 7);
    assert_int_equal(entries[1].kind, ENTRY_DELISTED_LOTS);
    assert_int_equal(entries[1].from, ANN);
    assert_int_equal(entries[1].amount, 5);
    market->funding_index = 3000000000; /* which residue does not pay itself */
    ledger_flatten(&ledger, state_find_position(&state, BEN, PERP));
    expect(BEN, 0, -1521, 0, 0);
    expect(SYSTEM_RESIDUE, -2, 16, 0, 0);
    assert_true(position_of(SYSTEM_RESIDUE)->funding == market->funding_index);
    assert_int_equal(market->open_interest, 2);
    ledger_flatten(&ledger, state_find_position(&state, CIS, PERP));
    ledger_flatten(&ledger, state_find_position(&state, CIS, PERP));
    expect(CIS, 0, 506, 0, 0);
    expect(SYSTEM_RESIDUE, 0, 10, 0, 0);
    assert_int_equal(market->open_interest, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_move), TEST(test_locks), TEST(test_limits), TEST(test_rows_run_out), TEST(test_trades),
        TEST(test_interest), TEST(test_open_cost_rounds), TEST(test_extremes), TEST(test_misuse), TEST(test_fees),
        TEST(test_random), TEST(test_apart), TEST(test_kinds), TEST(test_shares), TEST(test_reserved), TEST(test_idle),
        TEST(test_obligations), TEST(test_funding), TEST(test_costs), TEST(test_flatten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
