/* Lending through the core: its inputs, what runs by itself, spot orders that use a pool. Everything is recounted after
 * every event. */
#include "fixture.h"
#include "unit.h"

#include "control.h"
#include "lending.h"
#include "settlement.h"

static struct fixture fixture;
static uint32_t ann, ben;

static const struct input_pool_set plain = {
    .header = {.kind = INPUT_POOL_SET, .size = sizeof(struct input_pool_set)}, .rate_zero = 100000,
    .rate_optimal = 100000, .rate_full = 100000, .optimal = 800000, .fee = 100000, .throttle = 1000000,
    .utilisation_max = 1000000, .step_seconds = 60,
};

static uint32_t sub(uint32_t user)
{
    return fixture_subaccount(user);
}

static const struct balance *balance(uint32_t user, uint32_t asset)
{
    return state_balance(fixture.state, state_find_balance(fixture.state, sub(user), asset));
}

/* The answer to the last record of the batch. */
static enum reason answer(void)
{
    enum reason reason = REASON_BAD_COMMAND;

    fixture_run(&fixture);
    for (size_t i = 0; i < fixture.result.report_count; i++)
        if (fixture.result.reports[i].user == TABLE_NONE)
            reason = fixture.result.reports[i].reason;
    return reason;
}

static enum reason set_pool(uint32_t asset)
{
    struct input_pool_set *input = fixture_add(&fixture, &plain, sizeof plain);

    input->asset = (uint16_t)asset;
    return answer();
}

static struct input_lend lend_record(uint32_t user, uint32_t asset, enum lend_step step, int64_t amount)
{
    return (struct input_lend){
        .header = {.kind = INPUT_LEND, .size = sizeof(struct input_lend), .subaccount = sub(user)},
        .asset = (uint16_t)asset, .step = (uint8_t)step, .amount = amount};
}

static enum reason lend(uint32_t user, uint32_t asset, enum lend_step step, int64_t amount)
{
    const struct input_lend input = lend_record(user, asset, step, amount);

    fixture_add(&fixture, &input, sizeof input);
    return answer();
}

static void set_flags(uint32_t user, uint32_t flags)
{
    struct input_subaccount_set input = {.header = {.kind = INPUT_SUBACCOUNT_SET, .subaccount = sub(user)},
                                         .flags = flags, .name = "main"};

    fixture_add(&fixture, &input, sizeof input);
    assert_int_equal(answer(), REASON_NONE);
}

static void pass(uint64_t seconds)
{
    fixture.time_ns += seconds * 1000000000;
    fixture_run_until_done(&fixture);
}

static int begin(void **unused)
{
    (void)unused;
    fixture_open(&fixture, "model");
    ann = fixture_add_user(&fixture, 10000);
    ben = fixture_add_user(&fixture, 1000);
    fixture_deposit(&fixture, sub(ann), FIXTURE_ETH, 1000000000);
    fixture_run(&fixture);
    assert_int_equal(set_pool(FIXTURE_USDC), REASON_NONE);
    assert_int_equal(set_pool(FIXTURE_ETH), REASON_NONE);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    fixture_close(&fixture);
    return 0;
}

static void test_pool_ranges(void **unused)
{
    struct input_pool_set *input;

    (void)unused;
#define REFUSED(field, value, reason)                                                                              \
    do {                                                                                                           \
        input = fixture_add(&fixture, &plain, sizeof plain);                                                       \
        input->asset = FIXTURE_BTC;                                                                                \
        input->field = value;                                                                                      \
        assert_int_equal(answer(), reason);                                                                        \
        assert_int_equal(state_pool(fixture.state, FIXTURE_BTC)->set, 0);                                          \
    } while (0)
    REFUSED(asset, 0, REASON_UNKNOWN_ASSET);
    REFUSED(asset, 4, REASON_UNKNOWN_ASSET);
    REFUSED(reserved, 1, REASON_BAD_COMMAND);
    REFUSED(reserved2, 1, REASON_BAD_COMMAND);
    REFUSED(rate_zero, 100001, REASON_OUT_OF_RANGE);
    REFUSED(rate_optimal, 100001, REASON_OUT_OF_RANGE);
    REFUSED(rate_full, 100000001, REASON_OUT_OF_RANGE);
    REFUSED(optimal, 0, REASON_OUT_OF_RANGE);
    REFUSED(optimal, 1000000, REASON_OUT_OF_RANGE);
    REFUSED(fee, 1000001, REASON_OUT_OF_RANGE);
    REFUSED(throttle, 1000001, REASON_OUT_OF_RANGE);
    REFUSED(utilisation_max, 1000001, REASON_OUT_OF_RANGE);
    REFUSED(step_seconds, 0, REASON_OUT_OF_RANGE);
    REFUSED(step_seconds, 86401, REASON_OUT_OF_RANGE);
    REFUSED(step, (uint64_t)LIMIT_BALANCE_UNITS + 1, REASON_OUT_OF_RANGE);
    REFUSED(borrow_max, (uint64_t)LIMIT_BALANCE_UNITS + 1, REASON_OUT_OF_RANGE);
    REFUSED(account_max, UINT64_MAX, REASON_OUT_OF_RANGE);
    assert_int_equal(set_pool(FIXTURE_BTC), REASON_NONE);
    assert_int_equal(state_pool(fixture.state, FIXTURE_BTC)->set, 1);
}

/* Interest up to the change is at the rates before it. */
static void test_pool_change(void **unused)
{
    const uint64_t hour = UINT64_C(3600000000000);
    struct input_pool_set *input;
    const struct pool *pool = state_pool(fixture.state, FIXTURE_USDC);
    int64_t before;

    (void)unused;
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, 5000000000), REASON_NONE);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_BORROW, 1000000000), REASON_NONE);
    fixture.time_ns += hour - fixture.time_ns % hour;
    pass(1); /* an hour has just begun: nothing accrues by itself for a while */
    before = pool->interest;
    fixture.time_ns += hour / 2;
    input = fixture_add(&fixture, &plain, sizeof plain);
    input->asset = FIXTURE_USDC;
    input->rate_zero = input->rate_optimal = 0;
    input->rate_full = 200000;
    assert_int_equal(answer(), REASON_NONE);
    assert_in_range(pool->interest - before, 5700, 5715); /* half an hour of 10 % a year */
    assert_int_equal(pool->rate_full, 200000);
    pass(1200);
    lending_accrue(&fixture.exchange->ledger, FIXTURE_USDC);
    assert_in_range(pool->interest - before, 5700, 5715);
    fixture_run(&fixture);
}

static void test_lend_records(void **unused)
{
    struct input_lend input = lend_record(ann, FIXTURE_USDC, LEND_LEND, 5);

    (void)unused;
    assert_int_equal(lend(ann, 0, LEND_LEND, 5), REASON_UNKNOWN_ASSET);
    assert_int_equal(lend(ann, 9, LEND_LEND, 5), REASON_UNKNOWN_ASSET);
    assert_int_equal(lend(ann, FIXTURE_BTC, LEND_LEND, 5), REASON_UNKNOWN_ASSET);
    assert_int_equal(lend(ann, FIXTURE_USDC, 0, 5), REASON_BAD_COMMAND);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_REPAY + 1, 5), REASON_BAD_COMMAND);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, -1), REASON_INVALID_QUANTITY);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_BORROW, 0), REASON_INVALID_QUANTITY);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, LIMIT_BALANCE_UNITS + 1), REASON_INVALID_QUANTITY);
    input.reserved[4] = 1;
    fixture_add(&fixture, &input, sizeof input);
    assert_int_equal(answer(), REASON_BAD_COMMAND);
    input.reserved[4] = 0;
    input.header.subaccount = SYSTEM_FUND;
    fixture_add(&fixture, &input, sizeof input);
    assert_int_equal(answer(), REASON_UNKNOWN_ACCOUNT);
    input.header.subaccount = sub(ben) + 1;
    fixture_add(&fixture, &input, sizeof input);
    assert_int_equal(answer(), REASON_UNKNOWN_ACCOUNT);
}

static void test_steps(void **unused)
{
    (void)unused;
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, 0), REASON_NONE); /* all */
    assert_int_equal(balance(ann, FIXTURE_USDC)->amount, 0);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, 0), REASON_INVALID_QUANTITY);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_BORROW, 500000000), REASON_NONE);
    assert_int_equal(balance(ben, FIXTURE_USDC)->amount, 1500000000);
    assert_int_equal(lend(ben, FIXTURE_ETH, LEND_BORROW, 1), REASON_INSUFFICIENT_BORROWABLE);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_REDEEM, 0), REASON_INSUFFICIENT_BORROWABLE); /* all is not there */
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_REDEEM, 9000000000), REASON_NONE);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_REPAY, 2000000000), REASON_NONE); /* what is owed of it */
    assert_int_equal(balance(ben, FIXTURE_USDC)->borrowed, 0);
    assert_in_range(balance(ben, FIXTURE_USDC)->amount, 999999990, 1000000000);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_REPAY, 0), REASON_INVALID_QUANTITY);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_REDEEM, 0), REASON_NONE);
    assert_int_equal(balance(ann, FIXTURE_USDC)->lent, 0);
    /* A borrow takes own lend first. */
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, 2000000000), REASON_NONE);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_LEND, 600000000), REASON_NONE);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_BORROW, 700000000), REASON_NONE);
    assert_int_equal(balance(ben, FIXTURE_USDC)->lent, 0);
    assert_in_range(lending_borrowed_by(fixture.state, sub(ben), FIXTURE_USDC), 100000000, 100000003);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, 3000000000), REASON_NONE);
    state_pool(fixture.state, FIXTURE_USDC)->utilisation_max = 0; /* which own lend alone is no matter of */
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_BORROW, 4000000000), REASON_NONE);
    assert_int_equal(balance(ann, FIXTURE_USDC)->borrowed, 0);
    assert_in_range(lending_lent_by(fixture.state, sub(ann), FIXTURE_USDC), 999999999, 1000000010);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_BORROW, 4000000000), REASON_INSUFFICIENT_BORROWABLE);
}

/* Who is in settlement may give and not take; the settlement asset waits while a pass is under way. */
static void test_debtor_and_pass(void **unused)
{
    const struct input_lend in = lend_record(ann, FIXTURE_USDC, LEND_LEND, 100),
                            out = lend_record(ann, FIXTURE_USDC, LEND_REDEEM, 50),
                            borrow = lend_record(ann, FIXTURE_ETH, LEND_BORROW, 50),
                            other = lend_record(ann, FIXTURE_ETH, LEND_LEND, 100);
    struct subaccount *debtor = state_subaccount(fixture.state, sub(ann));

    (void)unused;
    debtor->debt = 5; /* planted, for control_lend() alone */
    assert_int_equal(control_lend(fixture.exchange, &in), REASON_NONE);
    assert_int_equal(control_lend(fixture.exchange, &out), REASON_NEGATIVE_EQUITY);
    assert_int_equal(control_lend(fixture.exchange, &borrow), REASON_NEGATIVE_EQUITY);
    debtor->debt = 0;
    fixture.state->t->pass_stage = SETTLEMENT_PAY;
    assert_int_equal(control_lend(fixture.exchange, &in), REASON_DEFERRED);
    assert_int_equal(control_lend(fixture.exchange, &other), REASON_NONE);
    assert_int_equal(balance(ann, FIXTURE_USDC)->lent, 100);
    fixture.state->t->pass_stage = SETTLEMENT_IDLE;
    fixture_run(&fixture);
    assert_int_equal(balance(ann, FIXTURE_USDC)->lent, 200);
}

static void test_auto_lend(void **unused)
{
    (void)unused;
    set_flags(ann, SUBACCOUNT_AUTO_LEND); /* what it holds is found by that */
    pass(1);
    assert_int_equal(balance(ann, FIXTURE_USDC)->amount, 0);
    assert_int_equal(balance(ann, FIXTURE_USDC)->lent, 10000000000);
    assert_int_equal(balance(ann, FIXTURE_ETH)->lent, 1000000000);
    assert_int_equal(balance(ben, FIXTURE_USDC)->lent, 0);
    fixture_deposit(&fixture, sub(ann), FIXTURE_USDC, 7);
    fixture_deposit(&fixture, sub(ann), FIXTURE_BTC, 70);
    fixture_run(&fixture);
    assert_int_equal(balance(ann, FIXTURE_USDC)->amount, 7); /* at the next tick */
    pass(1);
    assert_int_equal(balance(ann, FIXTURE_USDC)->amount, 0);
    assert_int_equal(balance(ann, FIXTURE_BTC)->amount, 70);
    assert_int_equal(set_pool(FIXTURE_BTC), REASON_NONE); /* a pool that comes later finds what there is */
    pass(1);
    pass(1);
    assert_int_equal(balance(ann, FIXTURE_BTC)->amount, 0);
    assert_int_equal(fixture.state->t->lending_scan, 0);
    assert_int_equal(fixture.state->t->idle, 0);
    assert_int_equal(fixture.state->t->idle_work, 0);
}

/* What is borrowed is never lent; what is idle repays it first, where that is asked for. */
static void test_auto_repay(void **unused)
{
    (void)unused;
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, 5000000000), REASON_NONE);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_BORROW, 300000000), REASON_NONE);
    set_flags(ben, SUBACCOUNT_AUTO_LEND);
    pass(1);
    assert_int_equal(balance(ben, FIXTURE_USDC)->amount, 1300000000);
    assert_int_equal(balance(ben, FIXTURE_USDC)->lent, 0);
    set_flags(ben, SUBACCOUNT_AUTO_REPAY);
    pass(1);
    assert_int_equal(balance(ben, FIXTURE_USDC)->borrowed, 0);
    assert_in_range(balance(ben, FIXTURE_USDC)->amount, 999999980, 1000000000);
    assert_int_equal(balance(ben, FIXTURE_USDC)->lent, 0);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_BORROW, 300000000), REASON_NONE);
    set_flags(ben, SUBACCOUNT_AUTO_REPAY | SUBACCOUNT_AUTO_LEND);
    pass(1);
    assert_int_equal(balance(ben, FIXTURE_USDC)->borrowed, 0);
    assert_int_equal(balance(ben, FIXTURE_USDC)->amount, 0);
    assert_in_range(lending_lent_by(fixture.state, sub(ben), FIXTURE_USDC), 999999980, 1000000000);
}

/* In the middle of a pass the settlement asset stays in the list, and what else there is does not. */
static void test_idle_waits(void **unused)
{
    (void)unused;
    set_flags(ann, SUBACCOUNT_AUTO_LEND);
    fixture.state->t->pass_stage = SETTLEMENT_PAY; /* planted, for lending_tick() and lending_run() alone */
    lending_tick(fixture.exchange);
    fixture.exchange->steps_left = 100;
    lending_run(fixture.exchange);
    assert_int_equal(balance(ann, FIXTURE_USDC)->lent, 0);
    assert_int_not_equal(balance(ann, FIXTURE_USDC)->next_idle, 0);
    assert_int_equal(balance(ann, FIXTURE_ETH)->lent, 1000000000);
    assert_int_equal(fixture.state->t->idle_work, 0);
    fixture.state->t->pass_stage = SETTLEMENT_IDLE;
    pass(1);
    assert_int_equal(balance(ann, FIXTURE_USDC)->lent, 10000000000);
}

/* Work that does not fit a batch goes on in the next. */
static void test_bounded(void **unused)
{
    (void)unused;
    set_flags(ann, SUBACCOUNT_AUTO_LEND);
    lending_tick(fixture.exchange);
    fixture.state->t->lending_scan = 0;
    fixture.exchange->steps_left = 1;
    lending_run(fixture.exchange);
    assert_int_equal((balance(ann, FIXTURE_USDC)->lent > 0) + (balance(ann, FIXTURE_ETH)->lent > 0), 1);
    assert_int_not_equal(fixture.state->t->idle_work, 0);
    fixture_run(&fixture);
    assert_true(balance(ann, FIXTURE_USDC)->lent > 0 && balance(ann, FIXTURE_ETH)->lent > 0);
    fixture.state->t->lending_scan = 1;
    fixture_run(&fixture);
    assert_int_equal(fixture.state->t->lending_scan, 0);
}

/* A spot buy for more than its buyer holds: reserved at entry, borrowed when it fills. */
static void test_order_borrows(void **unused)
{
    const struct pool *pool = state_pool(fixture.state, FIXTURE_USDC);

    (void)unused;
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, 5000000000), REASON_NONE);
    fixture_order(&fixture, ben, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 60); /* 1,200 USDC of 1,000 */
    fixture_run(&fixture);
    assert_null(fixture_find_order(&fixture, ben, 1));
    set_flags(ben, SUBACCOUNT_AUTO_BORROW);
    fixture_order(&fixture, ben, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 60);
    fixture_run(&fixture);
    assert_non_null(fixture_find_order(&fixture, ben, 2));
    assert_in_range(pool->reserved, 200000000, 201000000);
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_REDEEM, 4900000000), REASON_INSUFFICIENT_BORROWABLE);
    fixture_cancel(&fixture, ben, 2);
    fixture_run(&fixture);
    assert_int_equal(pool->reserved, 0);
    fixture_order(&fixture, ben, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 60);
    fixture_order(&fixture, ann, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 60);
    fixture_run(&fixture);
    assert_int_equal(balance(ben, FIXTURE_ETH)->amount, 60000000);
    assert_in_range(lending_borrowed_by(fixture.state, sub(ben), FIXTURE_USDC), 200000000, 201000000);
    assert_int_equal(pool->reserved, 0);
    assert_int_equal(balance(ben, FIXTURE_USDC)->locked, 0);
}

/* A pool that has lost everything starts again. */
static void test_void_pool(void **unused)
{
    const struct pool *pool = state_pool(fixture.state, FIXTURE_ETH);

    (void)unused;
    assert_int_equal(lend(ann, FIXTURE_ETH, LEND_LEND, 400), REASON_NONE);
    assert_int_equal(lending_borrow(&fixture.exchange->ledger, sub(ben), FIXTURE_ETH, 400, LENDING_BY_EXCHANGE), 400);
    assert_int_equal(lending_write_off(&fixture.exchange->ledger, sub(ben), FIXTURE_ETH), 400);
    assert_int_equal(pool->lent_shares, 400);
    fixture_run(&fixture); /* takes the shares back */
    assert_int_equal(pool->lent_shares, 0);
    assert_int_equal(balance(ann, FIXTURE_ETH)->lent, 0);
    assert_int_equal(lend(ann, FIXTURE_ETH, LEND_LEND, 500), REASON_NONE);
    assert_int_equal(balance(ann, FIXTURE_ETH)->lent, 500);
}

/* Every hour, by itself. */
static void test_hourly(void **unused)
{
    const struct pool *pool = state_pool(fixture.state, FIXTURE_USDC);
    uint64_t next;

    (void)unused;
    assert_int_equal(lend(ann, FIXTURE_USDC, LEND_LEND, 5000000000), REASON_NONE);
    assert_int_equal(lend(ben, FIXTURE_USDC, LEND_BORROW, 876000000), REASON_NONE);
    next = (fixture.time_ns / UINT64_C(3600000000000) + 1) * UINT64_C(3600000000000);
    assert_true(exchange_deadline_ns(fixture.exchange) <= next);
    pass(3600);
    assert_in_range(pool->interest, 1, 20000); /* 10 % a year: 10,000 units an hour */
    assert_int_equal(pool->accrued_ns, fixture.state->t->time_ns);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_pool_ranges), TEST(test_pool_change), TEST(test_lend_records), TEST(test_steps),
        TEST(test_debtor_and_pass), TEST(test_auto_lend), TEST(test_auto_repay), TEST(test_idle_waits),
        TEST(test_bounded), TEST(test_order_borrows), TEST(test_void_pool), TEST(test_hourly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
