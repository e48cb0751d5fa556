/* Lend of a coin that can't be bought back (no spot market sells BTC here) becomes USDC at the index. */
#include "unit.h"

#include <stdlib.h>

#include "lending.h"
#include "world.h"

#define USDC(whole) ((int64_t)(whole) * WORLD_USDC)
#define COIN 100000000 /* units of a BTC */

static struct world world;

static struct state *now(void)
{
    return world.fixture.state;
}

static void lend(uint32_t person, int64_t units)
{
    const struct input_lend input = { .header = { .kind = INPUT_LEND, .subaccount = fixture_subaccount(person) },
                                      .asset = FIXTURE_BTC, .step = LEND_LEND, .amount = units };

    fixture_deposit(&world.fixture, fixture_subaccount(person), FIXTURE_BTC, units);
    assert_int_equal(world_answer(&world), REASON_NONE);
    fixture_add(&world.fixture, &input, sizeof input);
    assert_int_equal(world_answer(&world), REASON_NONE);
}

static int64_t lent(uint32_t person)
{
    return lending_lent_by(now(), fixture_subaccount(person), FIXTURE_BTC);
}

/* 0.5, 0.25 and 0.25 BTC are lent; somebody with 100 USDC borrows 0.08 and sells them at 10,000. */
static uint32_t start(uint32_t steps, uint32_t others[2])
{
    struct input_liquidation_rules rules = world_rules();
    struct ledger *ledger;
    uint32_t borrower;

    world_open_as(&world, "model", &(struct fixture_options){ .steps = steps });
    world_pool(&world, FIXTURE_BTC, COIN / 2);
    others[0] = world_crowd(&world, 2, 0);
    others[1] = others[0] + 1;
    lend(others[0], COIN / 4);
    lend(others[1], COIN / 4);
    borrower = world_crowd(&world, 1, 300); /* of which 200 leave once it has borrowed */
    world_borrow(&world, borrower, FIXTURE_BTC, COIN / 100 * 8);
    ledger = &world.fixture.exchange->ledger;
    ledger_move(ledger, ENTRY_TRADE_BASE, FIXTURE_BTC, fixture_subaccount(borrower), fixture_subaccount(world.house),
                COIN / 100 * 8);
    ledger_move(ledger, ENTRY_TRADE_QUOTE, FIXTURE_USDC, fixture_subaccount(world.house), fixture_subaccount(borrower),
                USDC(800));
    ledger_move(ledger, ENTRY_TRANSFER, FIXTURE_USDC, fixture_subaccount(borrower), fixture_subaccount(world.house),
                USDC(200));
    world_set_rules(&world, &rules);
    return borrower;
}

static void expect_pool(void)
{
    const struct pool *pool = state_pool(now(), FIXTURE_BTC);
    const uint32_t cash = state_find_balance(now(), SYSTEM_POOL, FIXTURE_BTC);

    assert_int_equal(pool->lent - pool->borrowed, state_balance(now(), cash)->amount);
}

static void test_all(void **unused)
{
    uint32_t others[2], borrower = start(0, others);
    const int64_t rich = world_units(&world, world.lender, FIXTURE_USDC);

    (void)unused;
    world_second(&world);
    assert_null(world_episode(&world, borrower));
    world_price(&world, FIXTURE_BTC, INT64_C(11100000000));
    world_second(&world);
    assert_int_equal(world_borrowed(&world, borrower, FIXTURE_BTC), 0);
    assert_int_equal(world_units(&world, borrower, FIXTURE_USDC), USDC(12)); /* 900 - 0.08 x 11,100 */
    assert_int_equal(lent(world.lender), COIN / 2 - COIN / 100 * 4);
    assert_int_equal(lent(others[0]), COIN / 4 - COIN / 100 * 2);
    assert_int_equal(lent(others[1]), COIN / 4 - COIN / 100 * 2);
    assert_int_equal(world_units(&world, world.lender, FIXTURE_USDC), rich + USDC(444));
    assert_int_equal(world_units(&world, others[0], FIXTURE_USDC), USDC(222));
    assert_int_equal(world_units(&world, others[1], FIXTURE_USDC), USDC(222));
    assert_int_equal(world_notices(&world, NOTICE_LEND_TURNED, others[0]), 1);
    assert_int_equal(world_notice(&world, NOTICE_LEND_TURNED, others[0])->amount[0], COIN / 100 * 2);
    assert_int_equal(world_notice(&world, NOTICE_LEND_TURNED, borrower)->amount[1], USDC(888));
    expect_pool();
    world_close(&world);
}

/* 900 USDC pay for 0.07499062 BTC at 12,001.5; the rest is left for a write-off. */
static void test_part(void **unused)
{
    int64_t owed[2], paid[2];

    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t others[2], borrower = start(i, others); /* the second one with a step a batch */

        world_price(&world, FIXTURE_BTC, INT64_C(12001500000));
        world_second(&world);
        owed[i] = world_borrowed(&world, borrower, FIXTURE_BTC);
        paid[i] = world_units(&world, others[0], FIXTURE_USDC);
        assert_int_equal(owed[i], COIN / 100 * 8 - 7499062);
        assert_int_equal(world_sum(&world, NOTICE_LEND_TURNED, borrower, 1),
                         (7499062 * INT64_C(120015) + 999) / 1000);
        assert_int_equal(lent(world.lender) + lent(others[0]) + lent(others[1]), COIN - 7499062);
        assert_true(world_units(&world, borrower, FIXTURE_USDC) < 200);
        expect_pool();
        world_close(&world);
    }
    assert_int_equal(owed[0], owed[1]);
    assert_int_equal(paid[0], paid[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
