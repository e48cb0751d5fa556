/* What is due by itself: when a node must look, and notices that find no room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "fixture.h"

#define NS_A_SECOND UINT64_C(1000000000)

static struct fixture fixture;

/* As if the batch had told so much already. */
static void fill_notices(void *context, enum exchange_stage stage)
{
    struct fixture *full = context;

    if (stage == STAGE_CHECK && full->exchange != NULL && full->state != NULL && full->users > 0)
        full->exchange->notice_count = CORE_NOTICES;
}

static void delist(uint32_t market, uint64_t at_ns)
{
    const struct input_delist record = { .header = { .kind = INPUT_DELIST }, .market = (uint16_t)market,
                                         .at_ns = at_ns };

    fixture_add(&fixture, &record, sizeof record);
}

/* An operator's input in a batch that is full of notices: it is done, its notice is dropped and counted, and what was
 * told before stays as it was. */
static void test_notices_without_room(void **state)
{
    struct notice last;

    (void)state;
    fixture_open_with(&fixture, "model", 0, fill_notices);
    fixture_add_user(&fixture, 1000);
    fixture_run(&fixture);
    last = fixture.exchange->notices[CORE_NOTICES - 1];
    delist(FIXTURE_PERP, fixture.time_ns + 60 * NS_A_SECOND);
    delist(FIXTURE_SPOT, fixture.time_ns + 60 * NS_A_SECOND);
    fixture_run(&fixture);
    assert_int_equal(fixture.result.notice_count, CORE_NOTICES);
    assert_true(fixture.result.notices_dropped > 0);
    assert_memory_equal(&fixture.result.notices[CORE_NOTICES - 1], &last, sizeof last);
    assert_int_not_equal(state_market(fixture.state, FIXTURE_PERP)->delist_ns, 0);
    assert_int_not_equal(state_market(fixture.state, FIXTURE_SPOT)->delist_ns, 0);
    fixture.users = 0; /* room again */
    fixture_run(&fixture);
    assert_int_equal(fixture.result.notices_dropped, 0);
    fixture_close(&fixture);
}

static void pass_second(void)
{
    fixture.time_ns += NS_A_SECOND;
    fixture_run_until_done(&fixture);
}

/* A delisting is looked at every second until the market is closed; from then on nobody has to get up for it. */
static void test_delisted_market_lets_sleep(void **state)
{
    struct market *market;

    (void)state;
    fixture_open(&fixture, "model");
    market = state_market(fixture.state, FIXTURE_SPOT);
    pass_second();
    assert_int_equal(exchange_deadline_ns(fixture.exchange), UINT64_MAX);
    delist(FIXTURE_SPOT, fixture.time_ns + 3 * NS_A_SECOND);
    pass_second();
    assert_true(exchange_deadline_ns(fixture.exchange) <= fixture.time_ns + NS_A_SECOND);
    for (unsigned i = 0; i < 5; i++)
        pass_second();
    assert_true(market->flags & MARKET_DELISTED);
    assert_int_equal(market->state, CARD_STATE_CLOSED);
    assert_int_equal(exchange_deadline_ns(fixture.exchange), UINT64_MAX);
    fixture_close(&fixture);
}

/* Everybody has closed at another price than they opened: profit and loss are in entry costs alone, no second matters,
 * and the next pass is due all the same and pays. */
static void test_pass_after_everything_is_closed(void **state)
{
    const struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = 10 };
    uint32_t ann, bob;
    uint64_t due;
    int64_t before;

    (void)state;
    fixture_open(&fixture, "model");
    ann = fixture_add_user(&fixture, 1000);
    bob = fixture_add_user(&fixture, 1000);
    fixture_add(&fixture, &rules, sizeof rules);
    pass_second();
    fixture_order(&fixture, ann, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 10);
    fixture_order(&fixture, bob, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK, 10);
    fixture_order(&fixture, bob, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK + 100, 10);
    fixture_order(&fixture, ann, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK + 100, 10);
    fixture_run_until_done(&fixture);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->open_interest, 0);
    before = fixture_balance(&fixture, ann, FIXTURE_USDC);
    due = exchange_deadline_ns(fixture.exchange);
    assert_true(due <= fixture.time_ns + 10 * NS_A_SECOND);
    fixture.time_ns = due - 1000000;
    fixture_run_until_done(&fixture);
    assert_true(fixture_balance(&fixture, ann, FIXTURE_USDC) > before);
    for (uint32_t row = 1; row < fixture.state->positions.used; row++)
        assert_in_range(state_position(fixture.state, row)->entry_cost + 256, 0, 512); /* fractions are left */
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notices_without_room),
        cmocka_unit_test(test_delisted_market_lets_sleep),
        cmocka_unit_test(test_pass_after_everything_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
