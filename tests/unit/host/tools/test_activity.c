/* Volumes, what is lent and held over time, points and tiers: each against a number worked out by hand. */
#include "money_table.h"

#include "activity_sums.h"

static struct money_table table;
static struct activity_sums sums;

static void take_entry(void *context, const struct ledger_entry *entry)
{
    activity_sums_take(context, entry);
}

static int begin(void **unused)
{
    (void)unused;
    memset(&sums, 0, sizeof sums);
    money_table_begin(&table, take_entry, &sums);
    activity_sums_begin(&sums, &table.state);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    activity_sums_free(&sums);
    state_destroy(&table.state);
    return 0;
}

static void pass_hours(uint64_t hours)
{
    activity_sums_end_batch(&sums, NULL, 0);
    table.state.t->time_ns += hours * HOUR_NS;
}

static const struct activity_account *account_of(uint32_t account)
{
    static const struct activity_account nobody;

    for (size_t i = 0; i < sums.account_count; i++)
        if (sums.accounts[i].account == account)
            return &sums.accounts[i];
    return &nobody;
}

static void fill(uint32_t account, uint8_t liquidity, uint32_t price, int64_t lots)
{
    const struct report report = { .kind = REPORT_EXECUTED, .account = account, .market = PERP, .price = price,
                                   .liquidity = liquidity, .quantity = lots };

    activity_sums_end_batch(&sums, &report, 1);
}

/* 300 lots of 0.01 coin at a mark of 50 USDC for 3 hours, then 100 for 2, at a mark of 60. Both sides alike. */
static void positions_count_over_time(void **unused)
{
    (void)unused;
    ledger_trade_position(&table.ledger, PERP, ANN, BEN, 300, 0);
    pass_hours(3);
    ledger_trade_position(&table.ledger, PERP, BEN, ANN, 200, 0);
    state_market(&table.state, PERP)->mark = 6000 * CARD_FIXED_ONE;
    pass_hours(2);
    activity_sums_end(&sums);
    assert_int_equal(account_of(ANN_ACCOUNT)->measure[ACTIVITY_HELD], (3 * 50 * 3 + 1 * 60 * 2) * WHOLE);
    assert_int_equal(account_of(ANN_ACCOUNT + 1)->measure[ACTIVITY_HELD], (3 * 50 * 3 + 1 * 60 * 2) * WHOLE);
    assert_int_equal(account_of(SYSTEM_ACCOUNT)->measure[ACTIVITY_HELD], 0);
}

/* What happens in a batch has no share in the time before it: 2 hours at 50, 1 at 60. */
static void time_counts_at_what_the_last_batch_left(void **unused)
{
    (void)unused;
    ledger_trade_position(&table.ledger, PERP, ANN, BEN, 100, 0);
    pass_hours(2);
    state_market(&table.state, PERP)->mark = 6000 * CARD_FIXED_ONE;
    pass_hours(1);
    activity_sums_end(&sums);
    assert_int_equal(account_of(ANN_ACCOUNT)->measure[ACTIVITY_HELD], (2 * 50 + 60) * WHOLE);
}

/* 4 coins at 50 USDC for 36 hours, then at 25 for 12: 200 x 1.5 + 100 x 0.5. */
static void lending_counts_over_time(void **unused)
{
    (void)unused;
    ledger_move(&table.ledger, ENTRY_DEPOSIT, COIN, SYSTEM_CUSTODY, ANN, 400000000);
    lending_lend(&table.ledger, ANN, COIN, 400000000);
    pass_hours(36);
    activity_sums_end_batch(&sums, NULL, 0);
    state_asset(&table.state, COIN)->index = UINT64_C(25000000000000);
    pass_hours(12);
    lending_redeem(&table.ledger, ANN, COIN, 400000000, LENDING_BY_EXCHANGE);
    pass_hours(1000);
    activity_sums_end(&sums);
    assert_int_equal(account_of(ANN_ACCOUNT)->measure[ACTIVITY_LENT], 350 * WHOLE);
}

static void what_was_there_before_counts_from_the_begin(void **unused)
{
    (void)unused;
    ledger_trade_position(&table.ledger, PERP, ANN, BEN, 300, 0);
    activity_sums_free(&sums);
    memset(&sums, 0, sizeof sums);
    activity_sums_begin(&sums, &table.state);
    pass_hours(1);
    activity_sums_end(&sums);
    assert_int_equal(account_of(ANN_ACCOUNT)->measure[ACTIVITY_HELD], 3 * 50 * WHOLE);
}

static void fills_count_by_liquidity(void **unused)
{
    (void)unused;
    fill(ANN_ACCOUNT, 0, 5000, 100);
    fill(ANN_ACCOUNT, 1, 4000, 200);
    assert_int_equal(account_of(ANN_ACCOUNT)->measure[ACTIVITY_MAKER], 50 * WHOLE);
    assert_int_equal(account_of(ANN_ACCOUNT)->measure[ACTIVITY_TAKER], 80 * WHOLE);
    assert_int_equal(activity_sums_volume(&sums, account_of(ANN_ACCOUNT)), 130 * WHOLE);
}

static void a_tier_lasts_thirty_days(void **unused)
{
    (void)unused;
    fill(ANN_ACCOUNT, 1, 10000, 999999); /* 999,999 USDC */
    assert_string_equal(activity_sums_tier(&sums, account_of(ANN_ACCOUNT)), "base");
    fill(ANN_ACCOUNT, 0, 10000, 1);
    assert_string_equal(activity_sums_tier(&sums, account_of(ANN_ACCOUNT)), "bronze");
    pass_hours(29 * 24);
    fill(ANN_ACCOUNT, 0, 10000, 5);
    assert_int_equal(activity_sums_volume(&sums, account_of(ANN_ACCOUNT)), 1000005 * WHOLE);
    pass_hours(24);
    activity_sums_end_batch(&sums, NULL, 0);
    assert_int_equal(activity_sums_volume(&sums, account_of(ANN_ACCOUNT)), 5 * WHOLE);
    assert_string_equal(activity_sums_tier(&sums, account_of(ANN_ACCOUNT)), "base");
}

static void points_are_rounded_down(void **unused)
{
    (void)unused;
    fill(ANN_ACCOUNT, 0, 10000, 2500); /* 2,500 USDC as maker: 400 a million */
    assert_int_equal(activity_sums_points(&sums, account_of(ANN_ACCOUNT), ACTIVITY_MAKER), 1);
    fill(ANN_ACCOUNT, 0, 10000, 2499);
    assert_int_equal(activity_sums_points(&sums, account_of(ANN_ACCOUNT), ACTIVITY_MAKER), 1);
    fill(ANN_ACCOUNT, 0, 10000, 1);
    assert_int_equal(activity_sums_points(&sums, account_of(ANN_ACCOUNT), ACTIVITY_MAKER), 2);
    assert_int_equal(activity_measure_points(ACTIVITY_MAKER), 400);
    assert_string_equal(activity_measure_name(ACTIVITY_HELD), "position_hours");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(positions_count_over_time, begin, end),
        cmocka_unit_test_setup_teardown(time_counts_at_what_the_last_batch_left, begin, end),
        cmocka_unit_test_setup_teardown(lending_counts_over_time, begin, end),
        cmocka_unit_test_setup_teardown(what_was_there_before_counts_from_the_begin, begin, end),
        cmocka_unit_test_setup_teardown(fills_count_by_liquidity, begin, end),
        cmocka_unit_test_setup_teardown(a_tier_lasts_thirty_days, begin, end),
        cmocka_unit_test_setup_teardown(points_are_rounded_down, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
