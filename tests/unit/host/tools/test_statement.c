/* The sums of a statement: opening + movements = closing, or it says so. */
#include "money_table.h"

#include "statement_sums.h"
#include "units.h"

static struct money_table table;
static struct statement_sums sums;

static void take_entry(void *context, const struct ledger_entry *entry)
{
    statement_sums_take(context, entry);
}

static int begin(void **unused)
{
    (void)unused;
    memset(&sums, 0, sizeof sums);
    money_table_begin(&table, take_entry, &sums);
    sums.state = &table.state;
    sums.account = ANN_ACCOUNT;
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    statement_sums_free(&sums);
    state_destroy(&table.state);
    return 0;
}

static void deposit(uint32_t subaccount, uint32_t asset, int64_t units)
{
    ledger_move(&table.ledger, ENTRY_DEPOSIT, asset, SYSTEM_CUSTODY, subaccount, units);
}

static const struct statement_line *line_of(uint32_t subaccount, unsigned column, uint32_t thing)
{
    for (size_t i = 0; i < sums.line_count; i++)
        if (sums.lines[i].subaccount == subaccount && sums.lines[i].column == column && sums.lines[i].thing == thing)
            return &sums.lines[i];
    fail_msg("no line of subaccount %u, %s", subaccount, statement_column_name(column));
    return NULL;
}

/* --- sums --- */

static void opening_and_movements_make_the_closing(void **unused)
{
    (void)unused;
    deposit(ANN, USDC, 1000);
    deposit(BEN, USDC, 5000);
    statement_sums_open(&sums);
    deposit(ANN, USDC, 70);
    ledger_move(&table.ledger, ENTRY_TRANSFER, USDC, ANN, ANN_TWO, 300);
    ledger_trade_position(&table.ledger, PERP, ANN, BEN, 7, 7 * 5000 * 100 * 256);
    ledger_fee_position(&table.ledger, PERP, ANN, 1700);
    ledger_oblige(&table.ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, ANN, 9);
    assert_int_equal(statement_sums_close(&sums), 0);
    assert_int_equal(line_of(ANN, COLUMN_HELD, USDC)->opening, 1000);
    assert_int_equal(line_of(ANN, COLUMN_HELD, USDC)->closing, 770);
    assert_int_equal(line_of(ANN_TWO, COLUMN_HELD, USDC)->moved[ENTRY_TRANSFER], 300);
    assert_int_equal(line_of(ANN, COLUMN_LOTS, PERP)->closing, 7);
    assert_int_equal(line_of(ANN, COLUMN_COST, PERP)->moved[ENTRY_COST_FEE], 1700);
    assert_int_equal(line_of(ANN, COLUMN_CLAIM, 0)->closing, 9);
    assert_int_equal(sums.movement_count, 7); /* the transfer is one at each end; of Ben none */
    assert_int_equal(sums.movements[1].balance, 770);
    assert_int_equal(sums.movements[1].other, ANN_TWO);
}

static void one_subaccount_alone(void **unused)
{
    (void)unused;
    sums.only = ANN_TWO;
    statement_sums_open(&sums);
    deposit(ANN, USDC, 70);
    ledger_move(&table.ledger, ENTRY_TRANSFER, USDC, ANN, ANN_TWO, 30);
    assert_int_equal(statement_sums_close(&sums), 0);
    assert_int_equal(sums.line_count, 1);
    assert_int_equal(line_of(ANN_TWO, COLUMN_HELD, USDC)->closing, 30);
}

/* What is moved without an entry is found, and so is an entry without a movement. */
static void a_difference_is_seen(void **unused)
{
    struct ledger_entry entry = { .kind = ENTRY_DEPOSIT, .thing = USDC, .from = SYSTEM_CUSTODY, .to = ANN,
                                  .amount = 1 };

    (void)unused;
    deposit(ANN, USDC, 1000);
    statement_sums_open(&sums);
    state_balance(&table.state, state_find_balance(&table.state, ANN, USDC))->amount += 1;
    assert_int_equal(statement_sums_close(&sums), 1);
    statement_sums_take(&sums, &entry);
    assert_int_equal(statement_sums_close(&sums), 0);
    statement_sums_take(&sums, &entry);
    assert_int_equal(statement_sums_close(&sums), 1);
    state_balance(&table.state, state_find_balance(&table.state, ANN, USDC))->amount -= 1;
}

/* 10 % a year, a fifth of it the fee; half of the pool is borrowed. To the unit, whatever comes and goes meanwhile. */
static void interest_is_what_no_movement_explains(void **unused)
{
    const struct statement_line *lent, *borrowed;
    const struct pool *pool = state_pool(&table.state, USDC);

    (void)unused;
    sums.everyone = true;
    deposit(ANN, USDC, 1000 * WHOLE);
    deposit(BEN, USDC, 400 * WHOLE);
    statement_sums_open(&sums);
    lending_lend(&table.ledger, ANN, USDC, 1000 * WHOLE);
    lending_borrow(&table.ledger, BEN, USDC, 500 * WHOLE, LENDING_BY_EXCHANGE);
    table.state.t->time_ns += 24 * 365 / 2 * HOUR_NS;
    lending_redeem(&table.ledger, ANN, USDC, 123456789, LENDING_BY_EXCHANGE);
    lending_repay(&table.ledger, BEN, USDC, 77777777);
    table.state.t->time_ns += 24 * 365 / 2 * HOUR_NS;
    lending_accrue(&table.ledger, USDC);
    assert_int_equal(statement_sums_close(&sums), 0);
    lent = line_of(ANN, COLUMN_LENT, USDC);
    borrowed = line_of(BEN, COLUMN_BORROWED, USDC);
    assert_true(pool->interest > 44 * WHOLE && pool->interest < 50 * WHOLE);
    assert_int_equal(lent->units_moved, 1000 * WHOLE - 123456789);
    assert_int_equal(borrowed->units_moved, 500 * WHOLE - line_of(BEN, COLUMN_HELD, USDC)->opening - 500 * WHOLE +
                                                line_of(BEN, COLUMN_HELD, USDC)->closing);
    assert_in_range(statement_sums_interest(borrowed), pool->interest, pool->interest + 2);
    assert_in_range(statement_sums_interest(lent) + statement_sums_interest(line_of(SYSTEM_FEES, COLUMN_LENT, USDC)),
                    pool->interest - 2, pool->interest);
    assert_in_range(statement_sums_interest(line_of(SYSTEM_FEES, COLUMN_LENT, USDC)), pool->interest / 5 - 2,
                    pool->interest / 5 + WHOLE);
}

static void amounts_are_in_coins(void **unused)
{
    char text[UNITS_TEXT_MAX];

    (void)unused;
    statement_amount(&table.state, COLUMN_HELD, COIN, -150000000, text, sizeof text);
    assert_string_equal(text, "-1.5");
    statement_amount(&table.state, COLUMN_LOTS, PERP, 250, text, sizeof text);
    assert_string_equal(text, "2.5");
    statement_amount(&table.state, COLUMN_COST, PERP, 256 * WHOLE + 1, text, sizeof text);
    assert_string_equal(text, "1.00000000390625");
    statement_amount(&table.state, COLUMN_LENT, COIN, 12345, text, sizeof text);
    assert_string_equal(text, "12345");
    statement_amount(&table.state, COLUMN_DEBT, 0, 1, text, sizeof text);
    assert_string_equal(text, "0.000001");
    assert_string_equal(statement_thing(&table.state, COLUMN_DEBT, 0), "USDC");
    assert_string_equal(statement_thing(&table.state, COLUMN_COST, PERP), "COIN_PERP");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opening_and_movements_make_the_closing, begin, end),
        cmocka_unit_test_setup_teardown(one_subaccount_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_difference_is_seen, begin, end),
        cmocka_unit_test_setup_teardown(interest_is_what_no_movement_explains, begin, end),
        cmocka_unit_test_setup_teardown(amounts_are_in_coins, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
