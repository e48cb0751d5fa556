/* Inputs about money and the operator's rails: withdrawals step by step, transfers, caps, notice, delistings, dust. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "fixture.h"
#include "settings.h"

#define USDC INT64_C(1000000)
#define NS_A_SECOND UINT64_C(1000000000)
#define NS_A_DAY (UINT64_C(86400) * NS_A_SECOND)

static struct fixture fixture;
static uint32_t ann, bob, cat, sibling; /* subaccounts of users 1 to 3; sibling: another one of Ann's */

static enum reason answer(void)
{
    fixture_run(&fixture);
    assert_int_equal(fixture.result.reports[0].kind, REPORT_ANSWER);
    return fixture.result.reports[0].reason;
}

static uint32_t add_sibling(const char *name, uint32_t flags)
{
    struct input_subaccount_create create = { .header = { .kind = INPUT_SUBACCOUNT_CREATE }, .flags = flags,
                                              .account = state_subaccount(fixture.state, ann)->account };

    snprintf((char *)create.name, sizeof create.name, "%s", name);
    fixture_add(&fixture, &create, sizeof create);
    return answer() == REASON_NONE ? (uint32_t)fixture.result.reports[0].order : TABLE_NONE;
}

static int setup(void **state)
{
    (void)state;
    fixture_open(&fixture, "model");
    ann = fixture_subaccount(fixture_add_user(&fixture, 1000));
    bob = fixture_subaccount(fixture_add_user(&fixture, 1000));
    cat = fixture_subaccount(fixture_add_user(&fixture, 0));
    sibling = add_sibling("second", 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(exchange_recount(fixture.exchange), EXCHANGE_OK);
    fixture_close(&fixture);
    return 0;
}

static int64_t held(uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = state_find_balance(fixture.state, subaccount, asset);

    return row ? state_balance(fixture.state, row)->amount : 0;
}

static int64_t apart(uint32_t subaccount)
{
    return state_balance_detail(fixture.state, state_find_balance(fixture.state, subaccount, FIXTURE_USDC))->apart;
}

static struct input_venue_rules *rules(void)
{
    const struct totals *totals = fixture.state->t;
    struct input_venue_rules record = {
        .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = totals->settle_seconds,
        .notice_seconds = totals->notice_seconds, .fresh_seconds = totals->fresh_seconds,
        .approvals = totals->approvals, .fund_floor = totals->fund_floor,
        .withdraw_account_max = totals->withdraw_account_max, .withdraw_venue_max = totals->withdraw_venue_max };

    memcpy(record.leverage_caps, totals->leverage_caps, sizeof record.leverage_caps);
    return fixture_add(&fixture, &record, sizeof record);
}

static struct input_withdraw *withdraw(const char *id, uint32_t from, uint32_t asset, int64_t amount)
{
    struct input_withdraw record = { .header = { .kind = INPUT_WITHDRAW, .subaccount = from },
                                     .asset = (uint16_t)asset, .amount = amount };

    snprintf((char *)record.id, sizeof record.id, "%s", id);
    return fixture_add(&fixture, &record, sizeof record);
}

static enum reason step_of(const char *id, uint16_t asset, enum withdrawal_step what, uint8_t approver)
{
    struct input_withdrawal record = { .header = { .kind = INPUT_WITHDRAWAL }, .asset = asset,
                                       .step = (uint8_t)what, .approver = approver };

    snprintf((char *)record.id, sizeof record.id, "%s", id);
    fixture_add(&fixture, &record, sizeof record);
    return answer();
}

static enum reason step(const char *id, enum withdrawal_step what, uint8_t approver)
{
    return step_of(id, FIXTURE_USDC, what, approver);
}

static enum reason ask(const char *id, uint32_t from, uint32_t asset, int64_t amount)
{
    withdraw(id, from, asset, amount);
    return answer();
}

static enum reason ask_apart(const char *id, uint32_t from, uint32_t asset, int64_t amount)
{
    withdraw(id, from, asset, amount)->apart = 1;
    return answer();
}

static void order(uint32_t user, uint32_t market, uint8_t side, uint32_t price, int64_t lots)
{
    fixture_order(&fixture, user, market, side, price, lots);
    fixture_run(&fixture);
}

/* As a pass does it: so much of what it holds is profit that was settled just now. */
static void make_fresh(uint32_t subaccount, int64_t units)
{
    struct subaccount *row = state_subaccount(fixture.state, subaccount);

    row->fresh_minute = (uint32_t)(fixture.time_ns / (60 * NS_A_SECOND));
    row->fresh[0] = units;
}

static enum reason transfer(uint32_t from, uint32_t to, uint32_t asset, int64_t amount)
{
    const struct input_transfer record = { .header = { .kind = INPUT_TRANSFER, .subaccount = from }, .to = to,
                                           .asset = (uint16_t)asset, .amount = amount };

    fixture_add(&fixture, &record, sizeof record);
    return answer();
}

/* --- withdrawals --- */

static void test_withdrawal_steps(void **state)
{
    (void)state;
    rules()->approvals = 2;
    assert_int_equal(answer(), REASON_NONE);
    withdraw("w1", ann, FIXTURE_USDC, 400 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(held(ann, FIXTURE_USDC), 600 * USDC);
    assert_int_equal(held(SYSTEM_WITHDRAWALS, FIXTURE_USDC), 400 * USDC);
    assert_int_equal(step("w1", WITHDRAWAL_RELEASE, 0), REASON_CONFLICT);
    assert_int_equal(step("w1", WITHDRAWAL_APPROVE, 5), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_APPROVE, 5), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_RELEASE, 0), REASON_CONFLICT); /* the same approver counts once */
    assert_int_equal(step("w1", WITHDRAWAL_APPROVE, 63), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_RELEASE, 0), REASON_NONE);
    assert_int_equal(held(SYSTEM_WITHDRAWALS, FIXTURE_USDC), 0);
    assert_int_equal(held(SYSTEM_CUSTODY, FIXTURE_USDC), -1600 * USDC);
    assert_int_equal(step("w1", WITHDRAWAL_RELEASE, 0), REASON_NONE);
    assert_int_equal(held(SYSTEM_CUSTODY, FIXTURE_USDC), -1600 * USDC);
    assert_int_equal(step("w1", WITHDRAWAL_CANCEL, 0), REASON_CONFLICT);
    assert_int_equal(step("none", WITHDRAWAL_CANCEL, 0), REASON_UNKNOWN_ORDER);
    assert_int_equal(step("w1", WITHDRAWAL_APPROVE, 64), REASON_BAD_COMMAND);
    assert_int_equal(fixture.state->t->withdrawals, TABLE_NONE);
}

static void test_withdrawal_again_and_cancelled(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) { /* the same again is answered the same */
        withdraw("w1", ann, FIXTURE_USDC, 400 * USDC);
        assert_int_equal(answer(), REASON_NONE);
        assert_int_equal(fixture.result.reports[0].order, fixture.state->t->withdrawals);
        assert_int_equal(held(ann, FIXTURE_USDC), 600 * USDC);
    }
    withdraw("w1", ann, FIXTURE_USDC, 401 * USDC);
    assert_int_equal(answer(), REASON_CONFLICT);
    withdraw("w1", ann, FIXTURE_USDC, 400 * USDC)->apart = 1;
    assert_int_equal(answer(), REASON_CONFLICT);
    withdraw("w2", bob, FIXTURE_USDC, 1 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    withdraw("w3", bob, FIXTURE_USDC, 1 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(step("w2", WITHDRAWAL_CANCEL, 0), REASON_NONE); /* out of the middle of the list */
    assert_int_equal(step("w1", WITHDRAWAL_CANCEL, 0), REASON_NONE);
    assert_int_equal(held(ann, FIXTURE_USDC), 1000 * USDC);
    assert_int_equal(step("w1", WITHDRAWAL_CANCEL, 0), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_RELEASE, 0), REASON_CONFLICT);
    assert_int_equal(step("w1", WITHDRAWAL_APPROVE, 0), REASON_CONFLICT);
    assert_int_equal(step("w3", WITHDRAWAL_RELEASE, 0), REASON_NONE); /* nobody needs to approve */
    assert_int_equal(fixture.state->t->withdrawals, TABLE_NONE);
    assert_int_equal(held(ann, FIXTURE_USDC), 1000 * USDC);
    assert_int_equal(held(bob, FIXTURE_USDC), 999 * USDC);
}

/* Who asked when three had to agree waits for three, whatever the venue asks for by then. */
static void test_withdrawal_keeps_its_approvals(void **state)
{
    (void)state;
    rules()->approvals = 3;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(ask("w1", ann, FIXTURE_USDC, 1 * USDC), REASON_NONE);
    rules()->approvals = 0;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_APPROVE, 0), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_RELEASE, 0), REASON_CONFLICT);
    assert_int_equal(ask("w2", ann, FIXTURE_USDC, 1 * USDC), REASON_NONE);
    assert_int_equal(step("w2", WITHDRAWAL_RELEASE, 0), REASON_NONE);
    rules()->approvals = 5;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_APPROVE, 1), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_APPROVE, 2), REASON_NONE);
    assert_int_equal(step("w1", WITHDRAWAL_RELEASE, 0), REASON_NONE);
}

static void test_withdrawal_bounds(void **state)
{
    (void)state;
    withdraw("w1", ann, FIXTURE_USDC, 1000 * USDC + 1);
    assert_int_equal(answer(), REASON_INSUFFICIENT_BALANCE);
    withdraw("w1", ann, FIXTURE_USDC, 0);
    assert_int_equal(answer(), REASON_INVALID_QUANTITY);
    withdraw("w1", SYSTEM_FUND, FIXTURE_USDC, 1);
    assert_int_equal(answer(), REASON_UNKNOWN_ACCOUNT);
    withdraw("w1", ann, 9, 1);
    assert_int_equal(answer(), REASON_UNKNOWN_ASSET);
    withdraw("w1", ann, FIXTURE_USDC, 1)->apart = 2;
    assert_int_equal(answer(), REASON_BAD_COMMAND);
}

static void test_velocity(void **state)
{
    struct input_venue_rules *record = rules();

    (void)state;
    record->withdraw_account_max = (uint64_t)(300 * USDC);
    record->withdraw_venue_max = (uint64_t)(500 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    withdraw("a1", ann, FIXTURE_USDC, 301 * USDC);
    assert_int_equal(answer(), REASON_WITHDRAWAL_LIMIT);
    withdraw("a2", ann, FIXTURE_USDC, 300 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    withdraw("a3", ann, FIXTURE_USDC, 1 * USDC);
    assert_int_equal(answer(), REASON_WITHDRAWAL_LIMIT);
    withdraw("b1", bob, FIXTURE_USDC, 201 * USDC); /* within Bob's limit, above the venue's */
    assert_int_equal(answer(), REASON_WITHDRAWAL_LIMIT);
    withdraw("b2", bob, FIXTURE_USDC, 200 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    fixture.time_ns += NS_A_DAY / 3;
    withdraw("a4", ann, FIXTURE_USDC, 102 * USDC);
    assert_int_equal(answer(), REASON_WITHDRAWAL_LIMIT);
    withdraw("a5", ann, FIXTURE_USDC, 100 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(held(ann, FIXTURE_USDC), 600 * USDC);
    assert_int_equal(
        state_account(fixture.state, state_subaccount(fixture.state, ann)->account)->withdrawn / USDC, 299);
}

/* What is cancelled goes out of both buckets, but for what has leaked since: it was room for others. */
static void test_velocity_of_what_is_cancelled(void **state)
{
    struct input_venue_rules *record = rules();

    (void)state;
    record->withdraw_account_max = (uint64_t)(600 * USDC);
    record->withdraw_venue_max = (uint64_t)(900 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    fixture_deposit(&fixture, ann, FIXTURE_USDC, 1000 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(ask("a1", ann, FIXTURE_USDC, 600 * USDC), REASON_NONE);
    assert_int_equal(ask("b1", bob, FIXTURE_USDC, 301 * USDC), REASON_WITHDRAWAL_LIMIT);
    assert_int_equal(step("a1", WITHDRAWAL_CANCEL, 0), REASON_NONE);
    assert_int_equal(ask("b1", bob, FIXTURE_USDC, 301 * USDC), REASON_NONE);
    assert_int_equal(ask("a2", ann, FIXTURE_USDC, 599 * USDC), REASON_NONE);
    assert_int_equal(step("b1", WITHDRAWAL_CANCEL, 0), REASON_NONE);
    fixture.time_ns += NS_A_DAY / 2; /* the account's bucket: 299, the venue's: 149 */
    assert_int_equal(ask("a3", ann, FIXTURE_USDC, 301 * USDC), REASON_NONE);
    assert_int_equal(step("a2", WITHDRAWAL_CANCEL, 0), REASON_NONE); /* 600 x 1/2 and 900 x 1/2 of it have leaked */
    assert_int_equal(ask("a4", ann, FIXTURE_USDC, 301 * USDC), REASON_WITHDRAWAL_LIMIT);
    assert_int_equal(ask("a4", ann, FIXTURE_USDC, 299 * USDC), REASON_NONE);
    fixture.time_ns += 2 * NS_A_DAY;
    assert_int_equal(ask("a5", ann, FIXTURE_USDC, 600 * USDC), REASON_NONE);
    assert_int_equal(step("a3", WITHDRAWAL_CANCEL, 0), REASON_NONE); /* old: nothing of it is in the buckets */
    assert_int_equal(ask("a6", ann, FIXTURE_USDC, 1 * USDC), REASON_WITHDRAWAL_LIMIT);
}

static void test_velocity_counts_at_the_index(void **state)
{
    struct input_index index = { .header = { .kind = INPUT_INDEX }, .asset = FIXTURE_ETH,
                                 .price = UINT64_C(2000) * 1000000000000 };

    (void)state;
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 100000000);
    assert_int_equal(answer(), REASON_NONE);
    rules()->withdraw_account_max = (uint64_t)(500 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    withdraw("e1", ann, FIXTURE_ETH, 25000001); /* 0.25 ETH at 2000 and the least bit more */
    assert_int_equal(answer(), REASON_WITHDRAWAL_LIMIT);
    state_asset(fixture.state, FIXTURE_ETH)->index_raw++; /* on its way there: the higher of both counts */
    withdraw("e2", ann, FIXTURE_ETH, 25000000);
    assert_int_equal(answer(), REASON_WITHDRAWAL_LIMIT);
    index.price++; /* 500.00000000000025 USDC count as a unit more */
    fixture_add(&fixture, &index, sizeof index);
    assert_int_equal(answer(), REASON_NONE);
    withdraw("e2", ann, FIXTURE_ETH, 25000000);
    assert_int_equal(answer(), REASON_WITHDRAWAL_LIMIT);
    index.price--;
    fixture_add(&fixture, &index, sizeof index);
    assert_int_equal(answer(), REASON_NONE);
    withdraw("e3", ann, FIXTURE_ETH, 25000000);
    assert_int_equal(answer(), REASON_NONE);
}

/* --- money held apart --- */

static void make_debtor(uint32_t subaccount)
{
    const uint32_t position = state_need_position(fixture.state, subaccount, FIXTURE_PERP);

    state_position(fixture.state, position)->debt += 50 * USDC;
    ledger_oblige(&fixture.exchange->ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, bob, 50 * USDC);
    ledger_oblige(&fixture.exchange->ledger, ENTRY_DEBT, SYSTEM_CUSTODY, subaccount, 50 * USDC);
}

static void end_debt(uint32_t subaccount)
{
    const uint32_t position = state_find_position(fixture.state, subaccount, FIXTURE_PERP);

    state_position(fixture.state, position)->debt -= 50 * USDC;
    ledger_oblige(&fixture.exchange->ledger, ENTRY_CLAIM, bob, SYSTEM_CUSTODY, 50 * USDC);
    ledger_oblige(&fixture.exchange->ledger, ENTRY_DEBT, subaccount, SYSTEM_CUSTODY, 50 * USDC);
}

static void test_apart_is_returned_on_demand(void **state)
{
    (void)state;
    rules()->withdraw_account_max = 100 * USDC; /* what is apart counts like all that leaves */
    assert_int_equal(answer(), REASON_NONE);
    make_debtor(ann);
    ledger_move(&fixture.exchange->ledger, ENTRY_DEPOSIT_APART, FIXTURE_USDC, SYSTEM_CUSTODY, ann, 70 * USDC);
    withdraw("w0", ann, FIXTURE_USDC, 1);
    assert_int_equal(answer(), REASON_NEGATIVE_EQUITY);
    assert_int_equal(transfer(ann, sibling, FIXTURE_USDC, 1), REASON_NEGATIVE_EQUITY);
    withdraw("w1", ann, FIXTURE_USDC, 70 * USDC + 1)->apart = 1;
    assert_int_equal(answer(), REASON_INSUFFICIENT_BALANCE);
    withdraw("w2", ann, FIXTURE_USDC, 30 * USDC)->apart = 1;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(apart(ann), 40 * USDC);
    assert_int_equal(step("w2", WITHDRAWAL_CANCEL, 0), REASON_NONE); /* comes back apart */
    assert_int_equal(apart(ann), 70 * USDC);
    assert_int_equal(ask_apart("w3", ann, FIXTURE_USDC, 70 * USDC), REASON_NONE);
    assert_int_equal(step("w3", WITHDRAWAL_RELEASE, 0), REASON_NONE);
    assert_int_equal(held(ann, FIXTURE_USDC), 1000 * USDC);
    assert_int_equal(apart(ann), 0);
    ledger_move(&fixture.exchange->ledger, ENTRY_DEPOSIT_APART, FIXTURE_USDC, SYSTEM_CUSTODY, ann, 31 * USDC);
    assert_int_equal(ask_apart("w4", ann, FIXTURE_USDC, 31 * USDC), REASON_WITHDRAWAL_LIMIT);
    assert_int_equal(ask_apart("w4", ann, FIXTURE_USDC, 30 * USDC), REASON_NONE);
    assert_int_equal(ask_apart("w5", ann, FIXTURE_USDC, 1 * USDC), REASON_WITHDRAWAL_LIMIT);
    end_debt(ann);
}

/* --- transfers --- */

static void test_transfer(void **state)
{
    struct subaccount *from = state_subaccount(fixture.state, ann);

    (void)state;
    from->fresh_minute = (uint32_t)(fixture.time_ns / (60 * NS_A_SECOND));
    from->fresh[0] = 30 * USDC;
    from->fresh[1] = 20 * USDC;
    assert_int_equal(transfer(ann, bob, FIXTURE_USDC, 1), REASON_UNKNOWN_ACCOUNT);
    assert_int_equal(transfer(ann, ann, FIXTURE_USDC, 1), REASON_UNKNOWN_ACCOUNT);
    assert_int_equal(transfer(ann, sibling, FIXTURE_USDC, 40 * USDC), REASON_NONE);
    assert_int_equal(held(sibling, FIXTURE_USDC), 40 * USDC);
    assert_int_equal(from->fresh[0], 0); /* the wait of fresh profit travels along */
    assert_int_equal(from->fresh[1], 10 * USDC);
    assert_int_equal(state_subaccount(fixture.state, sibling)->fresh[0], 30 * USDC);
    assert_int_equal(state_subaccount(fixture.state, sibling)->fresh[1], 10 * USDC);
    fixture.time_ns += 60 * NS_A_SECOND;
    assert_int_equal(transfer(sibling, ann, FIXTURE_USDC, 40 * USDC), REASON_NONE);
    assert_int_equal(from->fresh[0], 0);
    assert_int_equal(from->fresh[1], 30 * USDC); /* a minute older; what is two minutes old has gone */
    from->fresh[0] = 5 * USDC;
    fixture.time_ns += 120 * NS_A_SECOND;
    assert_int_equal(transfer(ann, sibling, FIXTURE_USDC, 40 * USDC), REASON_NONE);
    assert_int_equal(from->fresh[0] + from->fresh[1], 0);
    assert_int_equal(state_subaccount(fixture.state, sibling)->fresh[1], 0);
}

/* What is apart is its owner's at any time: fresh profit can't get there, neither by a debt nor by negative equity. */
static void test_fresh_profit_stays_out_of_apart(void **state)
{
    (void)state;
    rules()->fresh_seconds = 60;
    assert_int_equal(answer(), REASON_NONE);
    fixture_deposit(&fixture, sibling, FIXTURE_USDC, 20 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 10)->header.subaccount = sibling;
    fixture_run(&fixture);
    order(2, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK, 10);
    fixture_marks(&fixture, FIXTURE_PERP, 75000); /* a loss of 25 */
    fixture_run(&fixture);
    make_fresh(ann, 900 * USDC);
    assert_int_equal(transfer(ann, sibling, FIXTURE_USDC, 101 * USDC), REASON_FRESH_PROFIT);
    assert_int_equal(transfer(ann, sibling, FIXTURE_USDC, 60 * USDC), REASON_NONE);
    assert_int_equal(apart(sibling), 60 * USDC);
    assert_int_equal(transfer(ann, sibling, FIXTURE_USDC, 41 * USDC), REASON_FRESH_PROFIT);
    fixture.time_ns += 120 * NS_A_SECOND;
    assert_int_equal(transfer(ann, sibling, FIXTURE_USDC, 900 * USDC), REASON_NONE);
    assert_int_equal(apart(sibling), 960 * USDC);
}

/* A coin that was bought with it has no wait to take along. */
static void test_fresh_profit_in_coins(void **state)
{
    (void)state;
    rules()->fresh_seconds = 60;
    assert_int_equal(answer(), REASON_NONE);
    fixture_deposit(&fixture, bob, FIXTURE_ETH, 100000000);
    fixture_run(&fixture);
    make_fresh(ann, 1000 * USDC);
    order(2, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 40);
    order(1, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 40); /* 0.4 ETH, 800 USDC */
    assert_int_equal(held(ann, FIXTURE_ETH), 40000000);
    assert_int_equal(ask("w1", ann, FIXTURE_ETH, 40000000), REASON_FRESH_PROFIT);
    assert_int_equal(transfer(ann, sibling, FIXTURE_ETH, 40000000), REASON_FRESH_PROFIT);
    fixture.time_ns += 120 * NS_A_SECOND;
    assert_int_equal(transfer(ann, sibling, FIXTURE_ETH, 40000000), REASON_NONE);
    assert_int_equal(ask("w2", sibling, FIXTURE_ETH, 40000000), REASON_NONE);
}

static void test_fees_and_fund(void **state)
{
    (void)state;
    fixture_deposit(&fixture, SYSTEM_FUND, FIXTURE_USDC, 5 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    ledger_move(&fixture.exchange->ledger, ENTRY_FEE, FIXTURE_USDC, ann, SYSTEM_FEES, 9 * USDC);
    assert_int_equal(transfer(SYSTEM_FEES, SYSTEM_FUND, FIXTURE_USDC, 6 * USDC), REASON_NONE);
    assert_int_equal(held(SYSTEM_FUND, FIXTURE_USDC), 11 * USDC);
    assert_int_equal(transfer(SYSTEM_FEES, bob, FIXTURE_USDC, 3 * USDC), REASON_NONE);
    assert_int_equal(transfer(SYSTEM_FEES, bob, FIXTURE_USDC, 1), REASON_INSUFFICIENT_BALANCE);
    assert_int_equal(transfer(SYSTEM_FUND, bob, FIXTURE_USDC, 1), REASON_UNKNOWN_ACCOUNT);
    assert_int_equal(transfer(ann, SYSTEM_FUND, FIXTURE_USDC, 1), REASON_UNKNOWN_ACCOUNT);
    fixture_deposit(&fixture, SYSTEM_FEES, FIXTURE_USDC, 1);
    assert_int_equal(answer(), REASON_UNKNOWN_ACCOUNT);
    fixture_deposit(&fixture, SYSTEM_FUND, FIXTURE_ETH, 5000); /* its coins may be sold outside */
    assert_int_equal(answer(), REASON_NONE);
    rules()->approvals = 1;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(ask("f1", SYSTEM_FUND, FIXTURE_ETH, 5001), REASON_INSUFFICIENT_BALANCE);
    assert_int_equal(ask("f1", SYSTEM_FUND, FIXTURE_ETH, 5000), REASON_NONE);
    assert_int_equal(step_of("f1", FIXTURE_ETH, WITHDRAWAL_RELEASE, 0), REASON_CONFLICT);
    assert_int_equal(step_of("f1", FIXTURE_ETH, WITHDRAWAL_APPROVE, 1), REASON_NONE);
    assert_int_equal(step_of("f1", FIXTURE_ETH, WITHDRAWAL_RELEASE, 0), REASON_NONE);
    assert_int_equal(ask("f2", SYSTEM_FEES, FIXTURE_ETH, 1), REASON_UNKNOWN_ACCOUNT);
}

/* An eighth of the rows of transfers is for withdrawals. */
static void test_deposits_leave_rows_for_withdrawals(void **state)
{
    struct input_deposit deposit = { .header = { .kind = INPUT_DEPOSIT, .size = sizeof deposit, .subaccount = ann },
                                     .asset = FIXTURE_USDC, .amount = 1 };
    const struct table *transfers = &fixture.state->transfers;
    enum reason reason = REASON_NONE;

    (void)state;
    for (unsigned i = 0; reason == REASON_NONE; i++) {
        snprintf((char *)deposit.id, sizeof deposit.id, "row %u", i);
        reason = core_control(fixture.exchange, &deposit.header, &(uint64_t){ 0 });
    }
    assert_int_equal(reason, REASON_CAPACITY);
    assert_int_equal(transfers->live, transfers->capacity - transfers->capacity / 8);
    assert_int_equal(ask("w1", ann, FIXTURE_USDC, 1), REASON_NONE);
}

/* --- while a pass is under way --- */

static enum reason at_once(void *record)
{
    const enum reason reason = core_control(fixture.exchange, record, &(uint64_t){ 0 });

    fixture.size = fixture.count = 0;
    return reason;
}

static void test_money_waits_for_the_pass(void **state)
{
    struct input_transfer move = { .header = { .kind = INPUT_TRANSFER, .size = sizeof move, .subaccount = ann,
                                               .reference = 78 },
                                   .to = sibling, .asset = FIXTURE_USDC, .amount = 1 * USDC };
    struct input_subaccount_set set = { .header = { .kind = INPUT_SUBACCOUNT_SET, .size = sizeof set,
                                                    .subaccount = ann, .reference = 79 },
                                        .flags = SUBACCOUNT_VPNL, .name = "main" };
    struct input_withdraw *record;

    (void)state;
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 1000);
    assert_int_equal(answer(), REASON_NONE);
    fixture.state->t->pass_stage = SETTLEMENT_PAY;
    record = withdraw("w1", ann, FIXTURE_USDC, 100 * USDC);
    record->header.reference = 77;
    assert_int_equal(at_once(record), REASON_DEFERRED);
    assert_int_equal(at_once(withdraw("w2", ann, FIXTURE_ETH, 1000)), REASON_NONE); /* not of the settlement asset */
    assert_int_equal(at_once(&move), REASON_DEFERRED);
    assert_int_equal(at_once(&set), REASON_DEFERRED); /* winners are paid by the flags that they were counted under */
    assert_int_equal(held(ann, FIXTURE_USDC), 1000 * USDC);
    fixture.state->t->pass_stage = SETTLEMENT_IDLE;
    fixture_run(&fixture);
    for (unsigned i = 0; i < 3; i++) { /* in the order in which they came */
        assert_int_equal(fixture_report(&fixture, TABLE_NONE, i)->reference, 77 + i);
        assert_int_equal(fixture_report(&fixture, TABLE_NONE, i)->reason, REASON_NONE);
    }
    assert_int_equal(held(ann, FIXTURE_USDC), 899 * USDC);
    assert_int_equal(state_subaccount(fixture.state, ann)->flags, SUBACCOUNT_VPNL);
}

/* What would change the result of those who are realised later: an index set by hand, terms of assets, pools, the
 * venue. */
static void test_terms_wait_for_the_pass(void **state)
{
    const uint64_t index = state_asset(fixture.state, FIXTURE_ETH)->index;
    struct input_index price = { .header = { .kind = INPUT_INDEX, .size = sizeof price, .reference = 77 },
                                 .asset = FIXTURE_ETH, .price = index + 1 };
    struct input_pool_set pool = { .header = { .kind = INPUT_POOL_SET, .size = sizeof pool, .reference = 78 },
                                   .asset = FIXTURE_ETH, .optimal = 777777, .step_seconds = 1 };
    struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES, .size = sizeof rules,
                                                   .reference = 79 }, .fresh_seconds = 59 };

    (void)state;
    fixture.state->t->pass_stage = SETTLEMENT_PAY;
    assert_int_equal(at_once(&price), REASON_DEFERRED);
    assert_int_equal(at_once(&pool), REASON_DEFERRED);
    assert_int_equal(at_once(&rules), REASON_DEFERRED);
    assert_int_equal(state_asset(fixture.state, FIXTURE_ETH)->index, index);
    assert_int_not_equal(state_pool(fixture.state, FIXTURE_ETH)->optimal, 777777);
    assert_int_not_equal(fixture.state->t->fresh_seconds, 59);
    fixture.state->t->pass_stage = SETTLEMENT_IDLE;
    fixture_run(&fixture);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(fixture_report(&fixture, TABLE_NONE, i)->reference, 77 + i);
        assert_int_equal(fixture_report(&fixture, TABLE_NONE, i)->reason, REASON_NONE);
    }
    assert_int_equal(state_asset(fixture.state, FIXTURE_ETH)->index, index + 1);
    assert_int_equal(state_pool(fixture.state, FIXTURE_ETH)->optimal, 777777);
    assert_int_equal(fixture.state->t->fresh_seconds, 59);
}

/* Half of the rows is for what waits for a pass, half for changes that were noted. */
static void test_neither_kind_waits_in_the_other_half(void **state)
{
    struct input_transfer move = { .header = { .kind = INPUT_TRANSFER, .size = sizeof move, .subaccount = ann },
                                   .to = sibling, .asset = FIXTURE_USDC, .amount = 1 };
    struct input_venue_rules later = { .header = { .kind = INPUT_VENUE_RULES, .size = sizeof later } };
    uint32_t moves = 0, changes = 0;

    (void)state;
    fixture.state->t->pass_stage = SETTLEMENT_PAY;
    while (at_once(&move) == REASON_DEFERRED)
        moves++;
    later.effective_ns = fixture.time_ns + 2 * NS_A_DAY;
    while (at_once(&later) == REASON_NONE)
        changes++;
    assert_int_equal(moves, LIMIT_DEFERRED / 2);
    assert_int_equal(changes, LIMIT_DEFERRED / 2);
    fixture.state->t->pass_stage = SETTLEMENT_IDLE;
    fixture.exchange->notice_count = 0; /* all as if in one batch */
    fixture_run_until_done(&fixture);
    assert_int_equal(fixture.state->t->deferred_wait, 0);
    assert_int_equal(held(sibling, FIXTURE_USDC), moves);
}

/* --- full tables --- */

/* However many rows clients take, a new asset and a new market find theirs; what liquidation needs is left too. */
static void test_clients_leave_rows_for_the_exchange(void **state)
{
    struct input_subaccount_create create = {
        .header = { .kind = INPUT_SUBACCOUNT_CREATE, .size = sizeof create },
        .account = state_subaccount(fixture.state, ann)->account };
    struct input_asset_set coin = { .header = { .kind = INPUT_ASSET_SET, .size = sizeof coin }, .decimals = 8 };
    const struct table *balances = &fixture.state->balances;
    enum reason reason = REASON_NONE;
    uint64_t made;

    (void)state;
    fixture.exchange->options.recount = false;
    for (unsigned i = 0; i < 5; i++) {
        snprintf((char *)coin.symbol, sizeof coin.symbol, "C%u", i);
        assert_int_equal(at_once(&coin), REASON_NONE);
        fixture_deposit(&fixture, ann, fixture.state->assets.used - 1, 100000);
        assert_int_equal(answer(), REASON_NONE);
    }
    for (unsigned i = 0; reason == REASON_NONE; i++) {
        snprintf((char *)create.name, sizeof create.name, "s%u", i);
        assert_int_equal(core_control(fixture.exchange, &create.header, &made), REASON_NONE);
        for (uint16_t asset = FIXTURE_ETH + 1; reason == REASON_NONE && asset < fixture.state->assets.used; asset++) {
            struct input_transfer move = {
                .header = { .kind = INPUT_TRANSFER, .size = sizeof move, .subaccount = ann },
                .to = (uint32_t)made, .asset = asset, .amount = 1 };

            reason = at_once(&move);
        }
    }
    assert_int_equal(reason, REASON_CAPACITY);
    while (fixture.state->assets.used <= LIMIT_ASSETS) {
        snprintf((char *)coin.symbol, sizeof coin.symbol, "N%u", fixture.state->assets.used);
        assert_int_equal(at_once(&coin), REASON_NONE);
    }
    assert_int_equal(balances->live, balances->capacity - 1 -
                                         limit_own(balances->capacity - 1 - (SYSTEM_SUBACCOUNTS - 1) * LIMIT_ASSETS));
    snprintf((char *)coin.symbol, sizeof coin.symbol, "LAST");
    assert_int_equal(at_once(&coin), REASON_CAPACITY);
}

/* As if clients had taken all rows but one, and then that one too. */
static void test_clients_leave_positions_for_the_exchange(void **state)
{
    struct table *positions = &fixture.state->positions;
    const uint32_t kept = 3 * (LIMIT_MARKETS - (fixture.state->markets.used - 1)) +
                          limit_own(positions->capacity - 1 - 3 * LIMIT_MARKETS);
    const uint32_t live = positions->live;

    (void)state;
    positions->live = positions->capacity - 1 - kept - 1;
    assert_int_not_equal(state_need_position(fixture.state, ann, FIXTURE_PERP), TABLE_NONE);
    assert_int_equal(state_need_position(fixture.state, sibling, FIXTURE_PERP), TABLE_NONE);
    assert_int_not_equal(state_need_position(fixture.state, ann, FIXTURE_PERP), TABLE_NONE); /* it has that one */
    assert_int_not_equal(state_take_position(fixture.state, sibling, FIXTURE_PERP, true), TABLE_NONE);
    positions->live = live + 2;
}

/* --- subaccounts and accounts --- */

static enum reason set_subaccount(uint32_t subaccount, const char *name, uint32_t flags)
{
    struct input_subaccount_set record = { .header = { .kind = INPUT_SUBACCOUNT_SET, .subaccount = subaccount },
                                           .flags = flags };

    snprintf((char *)record.name, sizeof record.name, "%s", name);
    fixture_add(&fixture, &record, sizeof record);
    return answer();
}

static void test_subaccounts(void **state)
{
    const uint32_t account = state_subaccount(fixture.state, ann)->account;
    uint8_t name[24] = "third";

    (void)state;
    assert_int_equal(add_sibling("bad", SUBACCOUNT_FLAGS + 1), TABLE_NONE);
    assert_int_equal(set_subaccount(sibling, "main", 0), REASON_DUPLICATE);
    assert_int_equal(set_subaccount(sibling, "with blank", 0), REASON_BAD_COMMAND);
    assert_int_equal(set_subaccount(sibling, "third", 1u << 5), REASON_BAD_COMMAND);
    assert_int_equal(set_subaccount(SYSTEM_FEES, "third", 0), REASON_UNKNOWN_ACCOUNT);
    assert_int_equal(set_subaccount(sibling, "third", SUBACCOUNT_AUTO_LEND | SUBACCOUNT_VPNL), REASON_NONE);
    assert_int_equal(state_find_subaccount(fixture.state, account, name), sibling);
    memcpy(name, "second", 7);
    assert_int_equal(state_find_subaccount(fixture.state, account, name), TABLE_NONE);
    assert_int_equal(state_subaccount(fixture.state, sibling)->flags, SUBACCOUNT_AUTO_LEND | SUBACCOUNT_VPNL);
    assert_int_equal(set_subaccount(sibling, "third", 0), REASON_NONE); /* keeps its name */
    assert_int_not_equal(add_sibling("second", SUBACCOUNT_AUTO_REPAY), TABLE_NONE);
}

/* Any number of one account's, up to what is reserved; then a typed refusal. */
static void test_subaccounts_up_to_the_maximum(void **state)
{
    struct input_subaccount_create create = {
        .header = { .kind = INPUT_SUBACCOUNT_CREATE, .size = sizeof create },
        .account = state_subaccount(fixture.state, ann)->account };
    const uint32_t before = fixture.state->subaccounts.live;
    enum reason reason = REASON_NONE;
    uint32_t made = 0;

    (void)state;
    for (; reason == REASON_NONE; made += reason == REASON_NONE) {
        snprintf((char *)create.name, sizeof create.name, "s%u", made);
        reason = at_once(&create);
    }
    assert_int_equal(reason, REASON_CAPACITY);
    assert_int_equal(before + made, SYSTEM_SUBACCOUNTS - 1 + 1000); /* what the fixture reserves for clients */
    assert_true(table_full(&fixture.state->subaccounts));
    fixture_deposit(&fixture, fixture.state->subaccounts.used - 1, FIXTURE_USDC, 1);
    assert_int_equal(answer(), REASON_NONE);
}

static void test_leverage(void **state)
{
    const uint32_t account = state_subaccount(fixture.state, ann)->account;
    struct input_account_set set = { .header = { .kind = INPUT_ACCOUNT_SET }, .account = account, .leverage = 1000,
                                     .jurisdiction = 3 };

    (void)state;
    fixture_add(&fixture, &set, sizeof set);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(state_leverage(fixture.state, account), 1000);
    rules()->leverage_caps[3] = 500;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(state_leverage(fixture.state, account), 500);
    set.leverage = 200;
    fixture_add(&fixture, &set, sizeof set);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(state_leverage(fixture.state, account), 200);
    set.leverage = 0;
    fixture_add(&fixture, &set, sizeof set);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(state_leverage(fixture.state, account), 500);
    set.jurisdiction = LIMIT_JURISDICTIONS;
    fixture_add(&fixture, &set, sizeof set);
    assert_int_equal(answer(), REASON_OUT_OF_RANGE);
    rules()->leverage_caps[3] = 99;
    assert_int_equal(answer(), REASON_OUT_OF_RANGE);
}

/* --- notice --- */

static struct input_market_set *set_market(void)
{
    const struct input_market_set set = settings_market(state_market(fixture.state, FIXTURE_PERP));

    return fixture_add(&fixture, &set, sizeof set);
}

static unsigned notices(enum notice_kind kind)
{
    unsigned count = 0;

    for (size_t i = 0; i < fixture.result.notice_count; i++)
        count += fixture.result.notices[i].kind == kind;
    return count;
}

static void test_notice_of_what_tightens(void **state)
{
    const struct market *market = state_market(fixture.state, FIXTURE_PERP);
    struct input_market_set *set;
    uint64_t due;

    (void)state;
    rules()->notice_seconds = 100;
    assert_int_equal(answer(), REASON_NONE);
    set_market()->imf.numerator = 2;
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
    set = set_market();
    set->imf.numerator = 2;
    set->effective_ns = fixture.time_ns + 99 * NS_A_SECOND;
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
    set = set_market();
    set->imf.numerator = 2;
    set->effective_ns = due = fixture.time_ns + 101 * NS_A_SECOND;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(notices(NOTICE_CHANGE_NOTED), 1);
    assert_int_equal(market->imf.numerator, 1);
    assert_int_equal(exchange_deadline_ns(fixture.exchange), due);
    fixture.time_ns = due - 2000000;
    fixture_run(&fixture);
    assert_int_equal(market->imf.numerator, 1);
    fixture_run(&fixture);
    assert_int_equal(market->imf.numerator, 2);
    assert_int_equal(notices(NOTICE_CHANGE_DONE), 1);
    set = set_market(); /* what loosens takes effect at once, or with the whole notice */
    set->imf.numerator = 1;
    set->effective_ns = fixture.time_ns + 50 * NS_A_SECOND;
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
    set_market()->imf.numerator = 1;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(market->imf.numerator, 1);
    rules()->notice_seconds = 0; /* and a shorter notice needs it */
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
}

/* What was sound when it was noted need not be when it is due. */
static void test_noted_change_is_checked_again(void **state)
{
    struct input_market_set *set = set_market();

    (void)state;
    set->window_log2 = 13;
    set->effective_ns = fixture.time_ns + NS_A_SECOND;
    assert_int_equal(answer(), REASON_NONE);
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 1);
    fixture_run(&fixture);
    fixture.time_ns += NS_A_SECOND;
    fixture_run(&fixture);
    assert_int_equal(notices(NOTICE_CHANGE_DONE), 1);
    for (size_t i = 0; i < fixture.result.notice_count; i++)
        if (fixture.result.notices[i].kind == NOTICE_CHANGE_DONE)
            assert_int_equal(fixture.result.notices[i].amount[0], REASON_CONFLICT);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->window_log2, 14);
}

/* Each line of the table of what tightens, one step up and one down. */
static void test_what_tightens(void **state)
{
    enum { TIGHT_UP = 1, TIGHT_DOWN = 2 };
#define FIELD(name, which)                                                                                           \
    { offsetof(struct input_market_set, name), sizeof(((struct input_market_set *)0)->name), which }
    static const struct {
        size_t offset, size;
        int tight;
    } fields[] = {
        FIELD(maker_fee, TIGHT_UP), FIELD(taker_fee, TIGHT_UP), FIELD(limit_min, TIGHT_UP),
        FIELD(limit_max, TIGHT_DOWN), FIELD(impact_min, TIGHT_UP), FIELD(impact_max, TIGHT_DOWN),
        FIELD(mean_min, TIGHT_UP), FIELD(mean_max, TIGHT_DOWN), FIELD(position_max, TIGHT_DOWN),
        FIELD(interest_max, TIGHT_DOWN), FIELD(funding_max, TIGHT_UP), FIELD(fund_cap, TIGHT_DOWN),
        FIELD(imf.numerator, TIGHT_UP), FIELD(imf.denominator, TIGHT_DOWN), FIELD(imf.factor, TIGHT_UP),
        FIELD(mmf.numerator, TIGHT_UP), FIELD(mmf.factor, TIGHT_UP), FIELD(slot_quota, 0),
        FIELD(quantity_min, TIGHT_UP), FIELD(impact_notional, 0), FIELD(quantity_max, TIGHT_DOWN),
        FIELD(window_step, 0),
    };
    struct market *market = state_market(fixture.state, FIXTURE_PERP);
    enum reason reason;

    (void)state;
    market->position_max = market->interest_max = market->fund_cap = market->quantity_max = 1000000;
    market->funding_max = 1000;
    market->impact_notional = 1000;
    market->quantity_min = 2;
    rules()->notice_seconds = 100;
    assert_int_equal(answer(), REASON_NONE);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        for (int up = 0; up < 2; up++) {
            struct input_market_set *set = set_market();
            const struct market before = *market;
            int64_t value = 0;

            memcpy(&value, (uint8_t *)set + fields[i].offset, fields[i].size);
            value += up ? 64 : -64;
            if (fields[i].offset == offsetof(struct input_market_set, imf.numerator) ||
                fields[i].offset == offsetof(struct input_market_set, mmf.numerator) ||
                fields[i].offset == offsetof(struct input_market_set, imf.denominator) ||
                fields[i].offset == offsetof(struct input_market_set, quantity_min))
                value += up ? -63 : 63;
            memcpy((uint8_t *)set + fields[i].offset, &value, fields[i].size);
            reason = answer();
            if (reason != (fields[i].tight & (up ? TIGHT_UP : TIGHT_DOWN) ? REASON_NOTICE_NEEDED : REASON_NONE))
                fail_msg("field %zu %s: %s", i, up ? "up" : "down", reason_name(reason));
            *market = before;
        }
#undef FIELD
}

/* Fewer approvals, no more settlement, prices that are easier to move. */
static void test_what_tightens_for_the_venue(void **state)
{
    const struct input_pricing_set first = { .header = { .kind = INPUT_PRICING_SET }, .asset = FIXTURE_BTC,
                                             .quorum = 3, .stale_ms = 5000, .outlier = 50000, .clamp = 10000,
                                             .change = 2500, .agree = 10000 };
    const struct {
        uint32_t quorum, stale_ms, outlier, clamp, change, agree;
        enum reason reason;
    } steps[] = {
        { 2, 5000, 50000, 10000, 2500, 10000, REASON_NOTICE_NEEDED },
        { 3, 5001, 50000, 10000, 2500, 10000, REASON_NOTICE_NEEDED },
        { 3, 5000, 50001, 10000, 2500, 10000, REASON_NOTICE_NEEDED },
        { 3, 5000, 49999, 10000, 2500, 10000, REASON_NOTICE_NEEDED },
        { 3, 5000, 50000, 10001, 2500, 10000, REASON_NOTICE_NEEDED },
        { 3, 5000, 50000, 9999, 2500, 10000, REASON_NOTICE_NEEDED },
        { 3, 5000, 50000, 10000, 2501, 10000, REASON_NOTICE_NEEDED },
        { 3, 5000, 50000, 10000, 2499, 10000, REASON_NOTICE_NEEDED },
        { 3, 5000, 50000, 10000, 2500, 9999, REASON_NONE },
        { 4, 4999, 50000, 10000, 2500, 9999, REASON_NONE },
    };
    struct input_venue_rules *record = rules();

    (void)state;
    record->notice_seconds = 100;
    record->approvals = 2;
    record->settle_seconds = 10;
    assert_int_equal(answer(), REASON_NONE);
    rules()->approvals = 1;
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
    rules()->approvals = 3;
    assert_int_equal(answer(), REASON_NONE);
    rules()->settle_seconds = 0;
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
    rules()->settle_seconds = 5;
    assert_int_equal(answer(), REASON_NONE);
    fixture_add(&fixture, &first, sizeof first);
    assert_int_equal(answer(), REASON_NONE);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct input_pricing_set *set = fixture_add(&fixture, &first, sizeof first);

        set->quorum = steps[i].quorum;
        set->stale_ms = steps[i].stale_ms;
        set->outlier = steps[i].outlier;
        set->clamp = steps[i].clamp;
        set->change = steps[i].change;
        set->agree = steps[i].agree;
        assert_int_equal(answer(), steps[i].reason);
    }
}

static const struct notice *find_notice(enum notice_kind kind)
{
    for (size_t i = 0; i < fixture.result.notice_count; i++)
        if (fixture.result.notices[i].kind == kind)
            return &fixture.result.notices[i];
    fail_msg("no notice of kind %d", kind);
    return NULL;
}

static uint64_t note_market(uint32_t numerator, uint64_t due)
{
    struct input_market_set *set = set_market();

    set->imf.numerator = numerator;
    set->effective_ns = due;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(find_notice(NOTICE_CHANGE_NOTED)->market, FIXTURE_PERP);
    return (uint64_t)find_notice(NOTICE_CHANGE_NOTED)->amount[1];
}

static enum reason cancel_change(uint64_t number)
{
    const struct input_change_cancel record = { .header = { .kind = INPUT_CHANGE_CANCEL }, .number = number };

    fixture_add(&fixture, &record, sizeof record);
    return answer();
}

static void test_noted_change_is_cancelled(void **state)
{
    const uint64_t due = fixture.time_ns + 100 * NS_A_SECOND;
    const uint64_t first = note_market(2, due), second = note_market(3, due + 1000 * NS_A_SECOND);

    (void)state;
    assert_int_equal(cancel_change(0), REASON_UNKNOWN_ORDER);
    assert_int_equal(cancel_change(second + 1), REASON_UNKNOWN_ORDER);
    assert_int_equal(exchange_deadline_ns(fixture.exchange), due);
    assert_int_equal(cancel_change(first), REASON_NONE);
    assert_int_equal(find_notice(NOTICE_CHANGE_CANCELLED)->market, FIXTURE_PERP);
    assert_int_equal(find_notice(NOTICE_CHANGE_CANCELLED)->amount[1], first);
    assert_int_equal(cancel_change(first), REASON_UNKNOWN_ORDER);
    assert_int_equal(exchange_deadline_ns(fixture.exchange), due + 1000 * NS_A_SECOND);
    fixture.time_ns = due;
    fixture_run(&fixture);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->imf.numerator, 1);
    fixture.time_ns = due + 1000 * NS_A_SECOND;
    fixture_run(&fixture);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->imf.numerator, 3);
    assert_int_equal(find_notice(NOTICE_CHANGE_DONE)->market, FIXTURE_PERP);
    assert_int_equal(find_notice(NOTICE_CHANGE_DONE)->amount[1], second);
    assert_int_equal(exchange_deadline_ns(fixture.exchange), UINT64_MAX);
}

/* 0 is no cap at all: a cap where there was none tightens, and lifting one does not. */
static void test_new_cap_tightens(void **state)
{
    struct market *market = state_market(fixture.state, FIXTURE_PERP);

    (void)state;
    rules()->notice_seconds = 100;
    assert_int_equal(answer(), REASON_NONE);
    set_market()->position_max = 1000;
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
    market->position_max = 1000;
    set_market()->position_max = 0;
    assert_int_equal(answer(), REASON_NONE);
    rules()->leverage_caps[2] = 1000;
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
}

/* --- delisting --- */

static void test_delisting(void **state)
{
    struct input_delist record = { .header = { .kind = INPUT_DELIST }, .market = FIXTURE_SPOT };
    const struct market *market = state_market(fixture.state, FIXTURE_SPOT);
    struct input_order_new_extra *trigger;

    (void)state;
    rules()->notice_seconds = 100;
    assert_int_equal(answer(), REASON_NONE);
    fixture_add(&fixture, &record, sizeof record);
    assert_int_equal(answer(), REASON_CONFLICT); /* nothing to take back */
    record.at_ns = fixture.time_ns + 50 * NS_A_SECOND;
    fixture_add(&fixture, &record, sizeof record);
    assert_int_equal(answer(), REASON_NOTICE_NEEDED);
    record.at_ns = fixture.time_ns + 200 * NS_A_SECOND;
    fixture_add(&fixture, &record, sizeof record);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(notices(NOTICE_CHANGE_NOTED), 1);
    record.at_ns = 0;
    fixture_add(&fixture, &record, sizeof record);
    assert_int_equal(answer(), REASON_NONE);
    record.at_ns = fixture.time_ns + 150 * NS_A_SECOND;
    fixture_add(&fixture, &record, sizeof record);
    assert_int_equal(answer(), REASON_NONE);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 1900, 1);
    fixture_run(&fixture);
    fixture.time_ns += 149 * NS_A_SECOND;
    fixture_run(&fixture);
    assert_non_null(fixture_find_order(&fixture, 1, 1));
    fixture.time_ns += 2 * NS_A_SECOND;
    fixture_run_until_done(&fixture);
    assert_null(fixture_find_order(&fixture, 1, 1));
    assert_true(market->flags & MARKET_DELISTED);
    assert_int_equal(market->final_price, (uint64_t)FIXTURE_SPOT_MARK * CARD_FIXED_ONE);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 1900, 1);
    fixture_run(&fixture);
    fixture_expect(&fixture, 1, 0, REPORT_REJECTED, REASON_DELISTED, STATUS_NONE);
    trigger = fixture_order_extra(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 1900, 1);
    trigger->extra.trigger_by = INPUT_BY_LAST;
    trigger->extra.trigger_when = INPUT_AT_OR_ABOVE;
    trigger->extra.trigger_price = 2100;
    fixture_run(&fixture);
    fixture_expect(&fixture, 1, 0, REPORT_REJECTED, REASON_DELISTED, STATUS_NONE);
    fixture.time_ns += NS_A_SECOND;
    fixture_run_until_done(&fixture);
    assert_int_equal(market->state, CARD_STATE_CLOSED);
    fixture_add(&fixture, &record, sizeof record);
    assert_int_equal(answer(), REASON_DELISTED);
}

/* --- dust, caps --- */

static enum reason sell_dust(uint32_t subaccount, uint32_t asset)
{
    const struct input_dust record = { .header = { .kind = INPUT_DUST, .subaccount = subaccount },
                                       .asset = (uint16_t)asset };

    fixture_add(&fixture, &record, sizeof record);
    return answer();
}

static void test_dust(void **state)
{
    (void)state;
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 999999); /* a lot is 1000000 */
    fixture_deposit(&fixture, bob, FIXTURE_ETH, 1000000);
    fixture_deposit(&fixture, bob, FIXTURE_BTC, 1);
    fixture_run(&fixture);
    assert_int_equal(sell_dust(ann, FIXTURE_ETH), REASON_INSUFFICIENT_BALANCE); /* the fund has nothing */
    fixture_deposit(&fixture, SYSTEM_FUND, FIXTURE_USDC, 100 * USDC);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(sell_dust(bob, FIXTURE_ETH), REASON_INVALID_QUANTITY);
    assert_int_equal(sell_dust(bob, FIXTURE_BTC), REASON_INVALID_QUANTITY); /* no spot market says what dust is */
    assert_int_equal(sell_dust(bob, FIXTURE_USDC), REASON_UNKNOWN_ASSET);
    assert_int_equal(sell_dust(ann, FIXTURE_BTC), REASON_INSUFFICIENT_BALANCE);
    assert_int_equal(sell_dust(ann, FIXTURE_ETH), REASON_NONE);
    assert_int_equal(held(ann, FIXTURE_ETH), 0);
    assert_int_equal(held(SYSTEM_FUND, FIXTURE_ETH), 999999);
    assert_int_equal(held(ann, FIXTURE_USDC), 1000 * USDC + 19999980); /* 0.00999999 x 2000, rounded down */
}

/* Nobody makes dust of more than dust: all of a subaccount's counts, an account sells once a day, and the fund keeps
 * its floor. */
static void test_dust_is_no_way_to_sell(void **state)
{
    struct input_lend lend = { .header = { .kind = INPUT_LEND, .subaccount = ann }, .asset = FIXTURE_ETH,
                               .step = LEND_LEND, .amount = 1 };
    const struct input_pool_set pool = { .header = { .kind = INPUT_POOL_SET }, .asset = FIXTURE_ETH,
                                         .optimal = 800000, .throttle = 1000000, .utilisation_max = 950000,
                                         .step_seconds = 3600 };

    (void)state;
    fixture_add(&fixture, &pool, sizeof pool);
    assert_int_equal(answer(), REASON_NONE);
    fixture_deposit(&fixture, SYSTEM_FUND, FIXTURE_USDC, 100 * USDC);
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 1000000);
    fixture_deposit(&fixture, sibling, FIXTURE_ETH, 999999);
    fixture_deposit(&fixture, bob, FIXTURE_ETH, 999999);
    fixture_run(&fixture);
    fixture_add(&fixture, &lend, sizeof lend);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(sell_dust(ann, FIXTURE_ETH), REASON_INVALID_QUANTITY); /* a lot, with what it lends */
    assert_int_equal(sell_dust(sibling, FIXTURE_ETH), REASON_NONE);
    assert_int_equal(transfer(ann, sibling, FIXTURE_ETH, 5), REASON_NONE);
    assert_int_equal(sell_dust(sibling, FIXTURE_ETH), REASON_THROTTLED);
    assert_int_equal(sell_dust(ann, FIXTURE_ETH), REASON_THROTTLED);
    rules()->fund_floor = (uint64_t)(100 * USDC - 2 * 19999980 + 1);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(sell_dust(bob, FIXTURE_ETH), REASON_INSUFFICIENT_BALANCE);
    rules()->fund_floor = (uint64_t)(100 * USDC - 2 * 19999980);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(sell_dust(bob, FIXTURE_ETH), REASON_NONE);
    assert_int_equal(held(SYSTEM_FUND, FIXTURE_USDC), 100 * USDC - 2 * 19999980);
    fixture.time_ns += NS_A_DAY;
    rules()->fund_floor = 0;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(sell_dust(ann, FIXTURE_ETH), REASON_NONE);
}

static void cap_asset(const char *symbol, uint64_t cap)
{
    uint8_t name[16] = { 0 };
    const struct asset *asset;
    struct input_asset_set set = { .header = { .kind = INPUT_ASSET_SET }, .collateral_max = cap };

    snprintf((char *)name, sizeof name, "%s", symbol);
    asset = state_asset(fixture.state, state_find_asset(fixture.state, name));
    memcpy(set.symbol, name, sizeof name);
    set.decimals = asset->decimals;
    set.flags = asset->flags;
    set.weight = asset->weight;
    fixture_add(&fixture, &set, sizeof set);
    assert_int_equal(answer(), REASON_NONE);
}

static void test_collateral_cap(void **state)
{
    (void)state;
    cap_asset("ETH", 5000000);
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 2000000);
    assert_int_equal(answer(), REASON_NONE);
    fixture_deposit(&fixture, sibling, FIXTURE_ETH, 3000001); /* the account's total counts */
    assert_int_equal(answer(), REASON_COLLATERAL_LIMIT);
    fixture_deposit(&fixture, sibling, FIXTURE_ETH, 1000000);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(transfer(ann, sibling, FIXTURE_ETH, 2000000), REASON_NONE); /* inside it moves freely */
    fixture_deposit(&fixture, bob, FIXTURE_ETH, 5000000);
    assert_int_equal(answer(), REASON_NONE);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 100, 3);
    fixture_run(&fixture);
    fixture_expect(&fixture, 1, 0, REPORT_REJECTED, REASON_COLLATERAL_LIMIT, STATUS_NONE);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 1950, 2);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 1950, 1);
    fixture_run(&fixture);
    assert_int_equal(fixture_find(&fixture, 1, REPORT_REJECTED)->reason, REASON_COLLATERAL_LIMIT); /* the second */
    assert_non_null(fixture_find_order(&fixture, 1, 2));
    fixture_order(&fixture, 2, FIXTURE_SPOT, CARD_SIDE_SELL, 1950, 2);
    fixture_run_until_done(&fixture);
    assert_int_equal(held(ann, FIXTURE_ETH), 2000000);
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 1); /* full */
    assert_int_equal(answer(), REASON_COLLATERAL_LIMIT);
}

/* What open orders of all siblings may bring in counts, and what withdrawals may bring back. */
static void test_collateral_cap_counts_what_may_come(void **state)
{
    (void)state;
    cap_asset("ETH", 5000000);
    fixture_deposit(&fixture, bob, FIXTURE_ETH, 5000000);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(transfer(ann, sibling, FIXTURE_USDC, 400 * USDC), REASON_NONE);
    order(1, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 2);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 4)->header.subaccount = sibling;
    fixture_run(&fixture);
    fixture_expect(&fixture, 1, 0, REPORT_REJECTED, REASON_COLLATERAL_LIMIT, STATUS_NONE);
    fixture_order(&fixture, 1, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, 2)->header.subaccount = sibling;
    fixture_run(&fixture);
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 1000001);
    assert_int_equal(answer(), REASON_COLLATERAL_LIMIT);
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 1000000);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(ask("w1", ann, FIXTURE_ETH, 1000000), REASON_NONE);
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 1);
    assert_int_equal(answer(), REASON_COLLATERAL_LIMIT);
    fixture_cancel(&fixture, 1, 1);
    fixture_run(&fixture);
    order(2, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 2);
    assert_int_equal(held(sibling, FIXTURE_ETH), 2000000);
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 2000001);
    assert_int_equal(answer(), REASON_COLLATERAL_LIMIT);
    fixture_deposit(&fixture, ann, FIXTURE_ETH, 2000000);
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(step_of("w1", FIXTURE_ETH, WITHDRAWAL_CANCEL, 0), REASON_NONE);
    assert_int_equal(held(ann, FIXTURE_ETH), 3000000);
}

/* What a sale may bring in counts for the quote asset. */
static void test_collateral_cap_of_the_quote_asset(void **state)
{
    (void)state;
    cap_asset("USDC", (uint64_t)(1000 * USDC));
    fixture_deposit(&fixture, cat, FIXTURE_ETH, 100000000);
    assert_int_equal(answer(), REASON_NONE);
    order(3, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 51);
    fixture_expect(&fixture, 3, 0, REPORT_REJECTED, REASON_COLLATERAL_LIMIT, STATUS_NONE);
    order(3, FIXTURE_SPOT, CARD_SIDE_SELL, 2000, 50);
    fixture_deposit(&fixture, cat, FIXTURE_USDC, 1);
    assert_int_equal(answer(), REASON_COLLATERAL_LIMIT);
}

/* --- cancel jobs that find no room --- */

static void test_disconnect_without_a_row_for_its_job(void **state)
{
    const struct job job = { .scope = JOB_USER, .target = 2, .side = 2, .reason = REASON_SUPERVISORY };
    const struct input_session session = { .header = { .kind = INPUT_SESSION, .user = 1 }, .cancel = 1 };

    (void)state;
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK - 10, 1);
    fixture_run(&fixture);
    fixture_add(&fixture, &session, sizeof session);
    while (job_add(fixture.exchange, &job) == REASON_NONE)
        ;
    /* No batch in between: straight into the handler, as many inputs before it would have filled the table. */
    assert_int_equal(core_control(fixture.exchange, (const void *)fixture.inputs, &(uint64_t){ 0 }), REASON_NONE);
    assert_int_equal(fixture.state->t->cancels_due, 1);
    fixture.size = fixture.count = 0;
    fixture_run_until_done(&fixture);
    assert_int_equal(fixture.state->t->cancels_due, 0);
    assert_null(fixture_find_order(&fixture, 1, 1));
    assert_int_equal(fixture_find(&fixture, 1, REPORT_CANCELLED)->reason, REASON_DISCONNECT);
}

/* --- what the batch's hash is made of --- */

/* More entries than the core hashes at once; then its notices. No card event comes in between. */
static void test_every_entry_is_hashed(void **state)
{
    const struct input_transfer forth = { .header = { .kind = INPUT_TRANSFER, .subaccount = ann }, .to = sibling,
                                          .asset = FIXTURE_USDC, .amount = 7 };
    const struct input_transfer back = { .header = { .kind = INPUT_TRANSFER, .subaccount = sibling }, .to = ann,
                                         .asset = FIXTURE_USDC, .amount = 3 };
    size_t entries;

    (void)state;
    fixture_keep_entries(&fixture);
    for (unsigned i = 0; i < 250; i++) {
        fixture_add(&fixture, &forth, sizeof forth);
        fixture_add(&fixture, &back, sizeof back);
    }
    fixture_run(&fixture);
    entries = fixture_expect_hashed(&fixture);
    assert_int_equal(entries, 500);
    assert_true(entries * sizeof(struct ledger_entry) > CORE_FRESH_BYTES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(withdrawal_steps), TEST(withdrawal_again_and_cancelled), TEST(withdrawal_keeps_its_approvals),
        TEST(withdrawal_bounds), TEST(velocity),
        TEST(velocity_of_what_is_cancelled), TEST(velocity_counts_at_the_index), TEST(apart_is_returned_on_demand),
        TEST(transfer), TEST(fresh_profit_stays_out_of_apart), TEST(fresh_profit_in_coins), TEST(fees_and_fund),
        TEST(deposits_leave_rows_for_withdrawals), TEST(money_waits_for_the_pass),
        TEST(terms_wait_for_the_pass),
        TEST(neither_kind_waits_in_the_other_half),
        TEST(clients_leave_rows_for_the_exchange), TEST(clients_leave_positions_for_the_exchange), TEST(subaccounts),
        TEST(subaccounts_up_to_the_maximum), TEST(leverage),
        TEST(notice_of_what_tightens), TEST(noted_change_is_checked_again), TEST(what_tightens),
        TEST(what_tightens_for_the_venue), TEST(noted_change_is_cancelled), TEST(new_cap_tightens),
        TEST(delisting), TEST(dust), TEST(dust_is_no_way_to_sell), TEST(collateral_cap),
        TEST(collateral_cap_counts_what_may_come), TEST(collateral_cap_of_the_quote_asset),
        TEST(disconnect_without_a_row_for_its_job), TEST(every_entry_is_hashed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
