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

/* Another one who owes 0.04, like start()'s. */
static uint32_t second_borrower(void)
{
    const uint32_t borrower = world_crowd(&world, 1, 250);
    struct ledger *ledger = &world.fixture.exchange->ledger;

    world_borrow(&world, borrower, FIXTURE_BTC, COIN / 100 * 4);
    ledger_move(ledger, ENTRY_TRADE_BASE, FIXTURE_BTC, fixture_subaccount(borrower), fixture_subaccount(world.house),
                COIN / 100 * 4);
    ledger_move(ledger, ENTRY_TRADE_QUOTE, FIXTURE_USDC, fixture_subaccount(world.house), fixture_subaccount(borrower),
                USDC(210));
    return borrower;
}

/* One walk for both: of 0.12 each lender gives its part once, to the first borrower and what that one no longer needs
 * to the second; each pays for its own. */
static void test_two_borrowers(void **unused)
{
    static const uint32_t all_steps[] = { 0, 1, 3 };

    (void)unused;
    for (unsigned i = 0; i < sizeof all_steps / sizeof *all_steps; i++) {
        uint32_t others[2], first = start(all_steps[i], others), second = second_borrower();
        const int64_t rich = world_units(&world, world.lender, FIXTURE_USDC);

        world_price(&world, FIXTURE_BTC, INT64_C(11100000000));
        world_second(&world);
        assert_int_equal(world_borrowed(&world, first, FIXTURE_BTC), 0);
        assert_int_equal(world_borrowed(&world, second, FIXTURE_BTC), 0);
        assert_int_equal(world_units(&world, first, FIXTURE_USDC), USDC(12));
        assert_int_equal(world_units(&world, second, FIXTURE_USDC), USDC(16)); /* 460 - 0.04 x 11,100 */
        assert_int_equal(lent(world.lender), COIN / 2 - COIN / 100 * 6);
        assert_int_equal(lent(others[0]), COIN / 4 - COIN / 100 * 3);
        assert_int_equal(lent(others[1]), COIN / 4 - COIN / 100 * 3);
        assert_int_equal(world_units(&world, world.lender, FIXTURE_USDC), rich + USDC(666));
        assert_int_equal(world_units(&world, others[0], FIXTURE_USDC), USDC(333));
        assert_int_equal(world_units(&world, others[1], FIXTURE_USDC), USDC(333));
        assert_int_equal(world_notices(&world, NOTICE_LEND_TURNED, world.lender), 1);
        assert_int_equal(world_notices(&world, NOTICE_LEND_TURNED, others[0]) +
                             world_notices(&world, NOTICE_LEND_TURNED, others[1]), 3);
        assert_int_equal(world_notice(&world, NOTICE_LEND_TURNED, first)->amount[1], USDC(888));
        assert_int_equal(world_notice(&world, NOTICE_LEND_TURNED, second)->amount[1], USDC(444));
        assert_int_equal(world_notices(&world, NOTICE_LEND_TURNED, second), 1);
        expect_pool();
        world_close(&world);
    }
}

/* However many owe, the balances are walked once: a fixed number of batches, not one for each of them. */
static void test_one_walk(void **unused)
{
    enum { BORROWERS = 20, ROWS = 2400 };
    unsigned batches[2];

    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t others[2], first;

        start(8, others);
        first = world_crowd(&world, ROWS / 3, 0);
        for (uint32_t person = first; person < first + ROWS / 3; person++)
            for (uint32_t asset = FIXTURE_USDC; asset <= FIXTURE_ETH; asset++)
                assert_true(state_need_balance(now(), fixture_subaccount(person), asset) != TABLE_NONE);
        for (unsigned k = 0; k < (i == 0 ? 1 : BORROWERS); k++)
            second_borrower();
        world_second(&world);
        world.most_batches = 0;
        world_price(&world, FIXTURE_BTC, INT64_C(11100000000));
        world_second(&world);
        batches[i] = world.most_batches;
        assert_int_equal(state_pool(now(), FIXTURE_BTC)->borrowed, 0);
        world_close(&world);
    }
    assert_in_range(batches[1], batches[0], batches[0] + BORROWERS * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_part),
        cmocka_unit_test(test_two_borrowers),
        cmocka_unit_test(test_one_walk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
