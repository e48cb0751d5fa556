/* What each policy plans for an account: tables of cases. The expectation for ours is exchange-rules.md, section 6; for
 * the others the public shape named in their files. */
#include "unit.h"

#include "policy.h"

#define USDC ((wide)256 * 1000000) /* u256 of a whole one, six decimals */
#define SECOND UINT64_C(1000000000)
#define BEGIN (1000 * SECOND)
enum { SHARE = POLICY_WHOLE };

/* One case: money in whole USDC, times in seconds since the episode began. */
struct row {
    const char *text;
    int64_t equity, maintenance, initial, notional;
    int64_t age, since_step;           /* since_step < 0: no order yet */
    int64_t fall, backstop;            /* a second; handed over so far */
    bool after_book;
    struct policy_plan plan;           /* expected */
};

static const struct liquidation_rules rules = {
    .policy = POLICY_OURS, .slice = 100000, .depth_share = 250000, .pause_ms = 5000, .urgent_seconds = 60,
    .episode_seconds = 60, .stop = 1020000, .backstop = 666667, .fee = 10000, .fee_share = 100000, .adl_bound = 50000,
    .conversion_impact = 10000, .notice_seconds = 60 };

static struct policy_plan plan_of(const struct policy *policy, const struct row *row)
{
    const struct margin_view view = { .equity = row->equity * USDC, .maintenance = row->maintenance * USDC,
                                      .initial = row->initial * USDC, .notional = row->notional * USDC,
                                      .priced = true };
    const uint64_t now = BEGIN + (uint64_t)row->age * SECOND;
    const bool ill = row->equity <= row->maintenance;
    const struct episode episode = { .subaccount = 20, .number = 1, .begun_ns = BEGIN,
                                     .ill_ns = ill ? BEGIN : 0, .stirred_ns = ill ? now : BEGIN,
                                     .step_ns = row->since_step < 0 ? 0 : now - (uint64_t)row->since_step * SECOND,
                                     .equity = row->equity * 1000000, .maintenance = row->maintenance * 1000000,
                                     .notional = row->notional * 1000000, .backstop = row->backstop * 1000000 };
    const struct policy_case what = { .rules = &rules, .view = &view, .episode = &episode, .now_ns = now,
                                      .fall = row->fall * USDC, .one = USDC, .after_book = row->after_book };
    struct policy_plan plan = { 0 };

    policy->plan(&what, &plan);
    return plan;
}

#define SAME(field) \
    if ((wide)got.field != (wide)row->plan.field) \
        fail_msg("%s, %s: " #field " is %lld, expected %lld", policy->name, row->text, (long long)got.field, \
                 (long long)row->plan.field)

static void compare_book(const struct policy *policy, const struct row *row, struct policy_plan got)
{
    SAME(book);
    if (!row->plan.book)
        return;
    SAME(together);
    SAME(everything);
    SAME(part);
    SAME(notional_min);
    SAME(notional_max);
    SAME(limit);
    SAME(spread);
    SAME(pause_ms);
}

static void compare(const struct policy *policy, const struct row *row)
{
    const struct policy_plan got = plan_of(policy, row);

    SAME(end);
    if (row->plan.end)
        return;
    SAME(urgent);
    if (row->plan.book || row->plan.hand_over)
        SAME(of_present);
    if (!row->after_book) { /* of each time only what belongs to it is looked at */
        compare_book(policy, row, got);
        return;
    }
    SAME(hand_over);
    if (row->plan.hand_over) {
        SAME(hand_over_part);
        SAME(discount);
        SAME(notional_min);
    }
    SAME(deleverage);
    SAME(claw_back);
}

static void compare_all(const struct policy *policy, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        compare(policy, &rows[i]);
}
#define COMPARE(policy, rows) compare_all(&(policy), rows, sizeof(rows) / sizeof *(rows))

/* E_b = 2/3 of MM; stop at 1.02 x IM; urgent: equity reaches E_b within 60 s at the fall of the last 10, or is below
 * it, or it has been ill for 60 s. Well, and nothing has filled for 60 s: the end. */
static void ours_is_section_6(void **unused)
{
    static const struct row rows[] = {
        { "healthy", 2041, 1000, 2000, 20000, 5, 1, 0, 0, false, { .end = true } },
        { "just not", 2039, 1000, 2000, 20000, 5, 1, 0, 0, false,
          { .book = true, .together = true, .part = SHARE / 10, .limit = POLICY_AT_BANKRUPTCY } },
        { "well, and fills", 1001, 1000, 2000, 20000, 59, 1, 0, 0, false,
          { .book = true, .together = true, .part = SHARE / 10, .limit = POLICY_AT_BANKRUPTCY } },
        { "well, and nothing fills", 1001, 1000, 2000, 20000, 60, -1, 0, 0, false, { .end = true } },
        { "nothing to unwind", -5, 0, 0, 0, 5, 1, 0, 0, false, { .end = true } },
        { "calm", 950, 1000, 2000, 20000, 5, 1, 1, 0, false,
          { .book = true, .together = true, .part = SHARE / 10, .limit = POLICY_AT_BANKRUPTCY } },
        { "calm, falls: 61 s left", 967, 1000, 2000, 20000, 5, 1, 4, 0, false,
          { .book = true, .together = true, .part = SHARE / 10, .limit = POLICY_AT_BANKRUPTCY } },
        { "falls: 59 s left", 962, 1000, 2000, 20000, 5, 1, 5, 0, false,
          { .urgent = true, .book = true, .part = SHARE, .limit = POLICY_AT_BANKRUPTCY } },
        { "below E_b", 660, 1000, 2000, 20000, 5, 1, 0, 0, false,
          { .urgent = true, .book = true, .part = SHARE, .limit = POLICY_AT_BANKRUPTCY } },
        { "ill for 60 s", 950, 1000, 2000, 20000, 60, 1, 0, 0, false,
          { .urgent = true, .book = true, .part = SHARE, .limit = POLICY_AT_BANKRUPTCY } },
        { "calm, after the book", 950, 1000, 2000, 20000, 5, 0, 1, 0, true, { 0 } },
        { "urgent, after the book", 960, 1000, 2000, 20000, 5, 0, 5, 0, true, { .urgent = true } },
        { "below E_b, after the book", 660, 1000, 2000, 20000, 5, 0, 0, 0, true,
          { .urgent = true, .hand_over = true, .hand_over_part = SHARE, .discount = POLICY_SHARE_OF_EQUITY,
            .deleverage = true } },
        { "ill for 60 s, after the book", 950, 1000, 2000, 20000, 60, 0, 0, 0, true,
          { .urgent = true, .hand_over = true, .hand_over_part = SHARE, .discount = POLICY_SHARE_OF_EQUITY,
            .deleverage = true } },
    };

    (void)unused;
    COMPARE(policy_ours, rows);
}

static void at_once_sells_everything(void **unused)
{
    static const struct row rows[] = {
        { "healthy", 1001, 1000, 2000, 20000, 5, 1, 0, 0, false, { .end = true } },
        { "nothing to unwind", -5, 0, 0, 0, 5, 1, 0, 0, false, { .end = true } },
        { "at maintenance", 1000, 1000, 2000, 20000, 0, -1, 0, 0, false,
          { .urgent = true, .book = true, .everything = true, .part = SHARE, .limit = POLICY_AT_BANDS } },
        { "bankrupt", -400, 1000, 2000, 20000, 9, 1, 0, 0, false,
          { .urgent = true, .book = true, .everything = true, .part = SHARE, .limit = POLICY_AT_BANDS } },
        { "bankrupt, after the book", -400, 1000, 2000, 20000, 9, 0, 0, 0, true, { .urgent = true } },
    };

    (void)unused;
    COMPARE(policy_at_once, rows);
}

/* ACMF: half of MMF up to MMF = 12 %, MMF - 6 % above that. */
static void ftx_slices_then_closes_automatically(void **unused)
{
    static const struct row rows[] = {
        { "healthy", 601, 600, 1000, 20000, 5, 1, 0, 0, false, { .end = true } },
        { "3 % MMF, at maintenance", 600, 600, 1000, 20000, 5, 1, 0, 0, false,
          { .of_present = true, .book = true, .together = true, .everything = true, .part = SHARE / 10,
            .notional_min = 1000 * USDC, .limit = POLICY_AT_BANKRUPTCY, .pause_ms = 6000 } },
        { "at ACMF", 300, 600, 1000, 20000, 5, 1, 0, 0, true, { .of_present = true } },
        { "below ACMF, no order", 299, 600, 1000, 20000, 5, 1, 0, 0, false, { .urgent = true, .of_present = true } },
        { "a third of the way to 0", 200, 600, 1000, 20000, 5, 1, 0, 0, true,
          { .urgent = true, .of_present = true, .notional_min = 1000 * USDC, .hand_over = true,
            .hand_over_part = 333334, .discount = POLICY_SHARE_OF_EQUITY, .claw_back = true } },
        { "bankrupt", -1, 600, 1000, 20000, 5, 1, 0, 0, true,
          { .urgent = true, .of_present = true, .notional_min = 1000 * USDC, .hand_over = true,
            .hand_over_part = SHARE, .discount = POLICY_SHARE_OF_EQUITY, .claw_back = true } },
        { "20 % MMF: ACMF is 14 %", 2799, 4000, 5000, 20000, 5, 1, 0, 0, true,
          { .urgent = true, .of_present = true, .notional_min = 1000 * USDC, .hand_over = true, .hand_over_part = 358,
            .discount = POLICY_SHARE_OF_EQUITY, .claw_back = true } },
        { "20 % MMF, above", 2800, 4000, 5000, 20000, 5, 1, 0, 0, true, { .of_present = true } },
    };

    (void)unused;
    COMPARE(policy_ftx, rows);
}

static void hyperliquid_cools_down(void **unused)
{
#define MARKET .of_present = true, .book = true, .everything = true, .limit = POLICY_AT_BANDS
    static const struct row rows[] = {
        { "healthy", 1001, 1000, 2000, 100000, 5, 1, 0, 0, false, { .end = true } },
        { "not large", 1000, 1000, 2000, 100000, 0, -1, 0, 0, false, { MARKET, .part = SHARE } },
        { "large, first", 1000, 1000, 2000, 100001, 0, -1, 0, 0, false, { MARKET, .part = SHARE / 5 } },
        { "large, a second later", 1000, 1000, 2000, 100001, 1, 1, 0, 0, false, { MARKET, .part = SHARE } },
        { "large, 30 s later", 1000, 1000, 2000, 100001, 30, 30, 0, 0, false, { MARKET, .part = SHARE } },
        { "large, 31 s later", 1000, 1000, 2000, 100001, 31, 31, 0, 0, false, { MARKET, .part = SHARE / 5 } },
        { "at two thirds", 2000, 3000, 6000, 90000, 5, 1, 0, 0, true, { .of_present = true } },
        { "below, book first", 1999, 3000, 6000, 90000, 5, 1, 0, 0, false, { MARKET, .urgent = true, .part = SHARE } },
        { "below, to the vault", 1999, 3000, 6000, 90000, 5, 0, 0, 0, true,
          { .urgent = true, .hand_over = true, .hand_over_part = SHARE, .discount = POLICY_SHARE_OF_EQUITY } },
        { "bankrupt", -1, 3000, 6000, 90000, 5, 0, 0, 0, true,
          { .urgent = true, .hand_over = true, .hand_over_part = SHARE, .discount = POLICY_SHARE_OF_EQUITY,
            .deleverage = true } },
    };
#undef MARKET

    (void)unused;
    COMPARE(policy_hyperliquid, rows);
}

static void dydx_keeps_to_its_block(void **unused)
{
#define BLOCK .of_present = true, .book = true, .part = SHARE / 10, .notional_min = 1000 * USDC, \
              .notional_max = 100000 * USDC, .limit = POLICY_AT_SPREAD
    static const struct row rows[] = {
        { "healthy", 1001, 1000, 2000, 20000, 5, 1, 0, 0, false, { .end = true } },
        { "at maintenance: at the mark", 1000, 1000, 2000, 20000, 5, 1, 0, 0, false, { BLOCK, .spread = 0 } },
        { "half way", 500, 1000, 2000, 20000, 5, 1, 0, 0, false, { BLOCK, .spread = 750000 } },
        { "rounded for the account", 999, 3001, 6000, 20000, 5, 1, 0, 0, false, { BLOCK, .spread = 1000665 } },
        { "equity 0: 1.5 MMF", 0, 1000, 2000, 20000, 5, 1, 0, 0, false, { BLOCK, .spread = 1500000 } },
        { "no further", -900, 1000, 2000, 20000, 5, 1, 0, 0, false, { BLOCK, .urgent = true, .spread = 1500000 } },
        { "no backstop", 1, 1000, 2000, 20000, 500, 0, 0, 0, true, { 0 } },
        { "bankrupt: deleveraged", -1, 1000, 2000, 20000, 500, 0, 0, 0, true,
          { .urgent = true, .deleverage = true } },
    };
#undef BLOCK

    (void)unused;
    COMPARE(policy_dydx, rows);
}

/* 20,000 of notional at 5 % MMF: with the buffer 1,400 are required, and handing over all of it at 1 % frees 1,200. */
static void drift_takes_its_time(void **unused)
{
#define TAKEN .of_present = true, .hand_over = true, .discount = 10000
    static const struct row rows[] = {
        { "healthy", 1401, 1000, 2000, 20000, 5, 1, 0, 0, true, { .end = true } },
        { "inside the buffer, to the book", 1400, 1000, 2000, 20000, 5, -1, 0, 0, false, { 0 } },
        { "nothing yet", 800, 1000, 2000, 20000, 0, -1, 0, 0, true, { .of_present = true } },
        { "half a minute: half of 600 / 1200", 800, 1000, 2000, 20000, 30, -1, 0, 0, true,
          { TAKEN, .hand_over_part = 250000 } },
        { "a minute", 800, 1000, 2000, 20000, 60, -1, 0, 0, true, { TAKEN, .hand_over_part = 500000 } },
        { "later", 800, 1000, 2000, 20000, 600, -1, 0, 0, true, { TAKEN, .hand_over_part = 500000 } },
        /* 4,000 handed over have freed 240 of 840: half of that, less what is freed */
        { "half a minute, some is gone", 800, 1000, 2000, 20000, 30, -1, 0, 4000, true,
          { TAKEN, .hand_over_part = 150000 } },
        { "more is gone than may be", 800, 1000, 2000, 20000, 6, -1, 0, 4000, true, { .of_present = true } },
        { "more is short than all of it frees", 100, 100, 200, 20000, 600, -1, 0, 0, true,
          { TAKEN, .hand_over_part = SHARE } },
        { "50 short: not yet", 1350, 1000, 2000, 20000, 0, -1, 0, 0, true, { .of_present = true } },
        { "49 short: all of 49 / 1200 at once", 1351, 1000, 2000, 20000, 0, -1, 0, 0, true,
          { TAKEN, .hand_over_part = 40834 } },
        { "bankrupt", -500, 1000, 2000, 20000, 60, -1, 0, 0, true,
          { TAKEN, .hand_over_part = SHARE, .claw_back = true } },
    };
#undef TAKEN

    (void)unused;
    COMPARE(policy_drift, rows);
}

static void names_find_policies(void **unused)
{
    (void)unused;
    for (uint32_t number = POLICY_OURS; number < POLICIES; number++) {
        const struct policy *policy = policy_get(number);
        unsigned lines = 1;

        assert_non_null(policy);
        assert_int_equal(policy_find(policy->name), number);
        assert_true(strlen(policy->text) > 0);
        for (const char *at = policy->text; *at; at++)
            lines += *at == '\n';
        assert_in_range(lines, 1, 5);
    }
    assert_null(policy_get(POLICY_NONE));
    assert_int_equal(policy_find("nobody"), POLICY_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_is_section_6),
        cmocka_unit_test(at_once_sells_everything),
        cmocka_unit_test(ftx_slices_then_closes_automatically),
        cmocka_unit_test(hyperliquid_cools_down),
        cmocka_unit_test(dydx_keeps_to_its_block),
        cmocka_unit_test(drift_takes_its_time),
        cmocka_unit_test(names_find_policies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
