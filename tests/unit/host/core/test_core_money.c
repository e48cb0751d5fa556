/* Inputs about money and the operator's rails: withdrawals step by step, transfers, caps, notice, delistings, dust. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "fixture.h"

#define USDC INT64_C(1000000)
#define NS_A_SECOND UINT64_C(1000000000)
#define NS_A_DAY (UINT64_C(86400) * NS_A_SECOND)

static struct fixture fixture;
static uint32_t ann, bob, sibling; /* subaccounts; sibling: another one of Ann's */

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
    return state_balance(fixture.state, state_find_balance(fixture.state, subaccount, FIXTURE_USDC))->apart;
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

static enum reason step(const char *id, enum withdrawal_step what, uint8_t approver)
{
    struct input_withdrawal record = { .header = { .kind = INPUT_WITHDRAWAL }, .asset = FIXTURE_USDC,
                                       .step = (uint8_t)what, .approver = approver };

    snprintf((char *)record.id, sizeof record.id, "%s", id);
    fixture_add(&fixture, &record, sizeof record);
    return answer();
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
    rules()->withdraw_account_max = 1; /* what is apart is exempt */
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
    withdraw("w3", ann, FIXTURE_USDC, 70 * USDC)->apart = 1;
    assert_int_equal(answer(), REASON_NONE);
    assert_int_equal(step("w3", WITHDRAWAL_RELEASE, 0), REASON_NONE);
    assert_int_equal(held(ann, FIXTURE_USDC), 1000 * USDC);
    assert_int_equal(apart(ann), 0);
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
    const struct market *market = state_market(fixture.state, FIXTURE_PERP);
    struct input_market_set set = {
        .header = { .kind = INPUT_MARKET_SET }, .symbol = "BTC_USDC_PERP", .kind = market->kind,
        .bands = market->bands, .window_log2 = market->window_log2, .base_asset = market->base_asset,
        .quote_asset = market->quote_asset, .lot_units = market->lot_units, .tick_lot_units = market->tick_lot_units,
        .maker_fee = market->maker_fee, .taker_fee = market->taker_fee, .limit_min = market->limit_min,
        .limit_max = market->limit_max, .impact_min = market->impact_min, .impact_max = market->impact_max,
        .mean_min = market->mean_min, .mean_max = market->mean_max, .tolerance = market->tolerance,
        .slot_quota = market->slot_quota, .window_step = market->window_step, .quantity_min = market->quantity_min,
        .imf = market->imf, .mmf = market->mmf,
        .quantity_max = market->quantity_max, .position_max = market->position_max,
        .interest_max = market->interest_max, .funding_hours = market->funding_hours,
        .funding_max = market->funding_max, .impact_notional = market->impact_notional,
        .fund_cap = market->fund_cap };

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
        FIELD(mmf.numerator, TIGHT_UP), FIELD(mmf.factor, TIGHT_UP), FIELD(slot_quota, 0), FIELD(quantity_min, 0),
        FIELD(impact_notional, 0), FIELD(quantity_max, 0), FIELD(window_step, 0),
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

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(withdrawal_steps), TEST(withdrawal_again_and_cancelled), TEST(withdrawal_bounds), TEST(velocity),
        TEST(velocity_counts_at_the_index), TEST(apart_is_returned_on_demand), TEST(transfer), TEST(fees_and_fund),
        TEST(money_waits_for_the_pass), TEST(subaccounts), TEST(subaccounts_up_to_the_maximum), TEST(leverage),
        TEST(notice_of_what_tightens), TEST(noted_change_is_checked_again), TEST(what_tightens),
        TEST(new_cap_tightens), TEST(delisting), TEST(dust), TEST(collateral_cap),
        TEST(disconnect_without_a_row_for_its_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
