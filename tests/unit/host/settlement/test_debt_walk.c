/* The walk of debtors: everybody's turn comes, what is sold stays within the book, and nobody's orders are in the
 * way. A loser of 100 USDC with 20 (100 lots, the mark falls from 10,000 to 9,000) owes 80. */
#include "world.h"

#include "unit.h"

static struct fixture fixture;

enum { WINNER = 1, BIDDER, FIRST, SECOND };
enum { LOT_ETH = 1000000 };
#define USDC(whole) ((int64_t)(whole)*WORLD_USDC)

static int64_t debt(uint32_t user)
{
    return world_account(&fixture, user)->debt;
}

static void start(void)
{
    world_open(&fixture);
    fixture_add_user(&fixture, 5000);
    fixture_add_user(&fixture, 10000);
}

static void add_loser(int64_t coins)
{
    const uint32_t user = fixture_add_user(&fixture, 20);

    if (coins > 0)
        fixture_deposit(&fixture, fixture_subaccount(user), FIXTURE_ETH, coins);
    fixture_run(&fixture);
    world_trade(&fixture, FIXTURE_PERP, user, WINNER, 100, 100000);
}

/* The next pass makes debts, at whose end nobody has a position any more. */
static void lose(void)
{
    world_mark(&fixture, FIXTURE_PERP, 90000);
    for (uint32_t user = FIRST; user <= fixture.users; user++)
        world_trade(&fixture, FIXTURE_PERP, WINNER, user, 100, 90000);
    world_pass(&fixture);
}

static void bid(int64_t lots)
{
    fixture_order(&fixture, BIDDER, FIXTURE_SPOT, CARD_SIDE_BUY, 2000, lots);
    fixture_run(&fixture);
}

static enum reason write_off(uint32_t user)
{
    const struct input_write_off off = { .header = { .kind = INPUT_WRITE_OFF,
                                                     .subaccount = fixture_subaccount(user) } };

    fixture_add(&fixture, &off, sizeof off);
    return world_answer(&fixture);
}

static void set_fund(int64_t units)
{
    fixture_deposit(&fixture, SYSTEM_FUND, FIXTURE_USDC, units);
    assert_int_equal(world_answer(&fixture), REASON_NONE);
}

/* Another subaccount of the first debtor's account fills the account's share of slots, then the market's quota. */
static uint32_t add_sibling_with_orders(unsigned orders)
{
    const struct input_subaccount_create create = { .header = { .kind = INPUT_SUBACCOUNT_CREATE },
                                                    .account = world_account(&fixture, FIRST)->account,
                                                    .name = "second" };
    const uint32_t sibling = fixture.state->subaccounts.used;

    fixture_add(&fixture, &create, sizeof create);
    assert_int_equal(world_answer(&fixture), REASON_NONE);
    fixture_deposit(&fixture, sibling, FIXTURE_USDC, USDC(1000));
    fixture_run(&fixture);
    for (unsigned i = 0; i < orders; i++)
        fixture_order(&fixture, FIRST, FIXTURE_SPOT, CARD_SIDE_BUY, 1500 + i, 1)->header.subaccount = sibling;
    fixture_run(&fixture);
    return sibling;
}

static void test_siblings_take_the_share(void **state)
{
    (void)state;
    start();
    add_loser(10 * LOT_ETH);
    state_market(fixture.state, FIXTURE_SPOT)->slot_quota = 8; /* an account's share: 2 */
    bid(8);
    add_sibling_with_orders(2);
    lose();
    assert_int_equal(world_notices(&fixture, NOTICE_CONVERSION), 1);
    assert_int_equal(fixture_balance(&fixture, FIRST, FIXTURE_ETH), 8 * LOT_ETH);
    fixture_close(&fixture);
}

static void test_siblings_take_the_quota(void **state)
{
    struct market *market;

    (void)state;
    start();
    add_loser(10 * LOT_ETH);
    market = state_market(fixture.state, FIXTURE_SPOT);
    market->slot_quota = 8;
    bid(8);
    add_sibling_with_orders(2);
    market->slot_quota = 3;
    lose();
    assert_int_equal(fixture_balance(&fixture, FIRST, FIXTURE_ETH), 10 * LOT_ETH);
    world_tick(&fixture); /* its orders are gone by now */
    assert_int_equal(market->slots_used, 1);
    assert_int_equal(fixture_balance(&fixture, FIRST, FIXTURE_ETH), 8 * LOT_ETH);
    fixture_close(&fixture);
}

/* A quarter of the bids in a tick, however many debtors sell: 2 of 8 lots, then 1 of 6. */
static void test_quarter_of_the_bids(void **state)
{
    (void)state;
    start();
    add_loser(10 * LOT_ETH);
    add_loser(10 * LOT_ETH);
    bid(8);
    lose();
    assert_int_equal(fixture_balance(&fixture, BIDDER, FIXTURE_ETH), 2 * LOT_ETH);
    world_tick(&fixture);
    assert_int_equal(fixture_balance(&fixture, BIDDER, FIXTURE_ETH), 3 * LOT_ETH);
    fixture_close(&fixture);
}

/* A step a batch and a batch a tick: the head of the list waits for bids, and the tail still gets its turn. */
static void test_tail_of_the_list(void **state)
{
    (void)state;
    start();
    add_loser(0);
    add_loser(LOT_ETH);
    lose();
    assert_int_equal(fixture.state->t->debtors, fixture_subaccount(SECOND));
    fixture.state->t->settle_seconds = 0;
    set_fund(USDC(1000));
    fixture.exchange->options.steps = 1;
    for (unsigned second = 0; second < 3; second++) {
        fixture.time_ns += UINT64_C(1000000000);
        fixture_run(&fixture);
    }
    assert_int_equal(debt(FIRST), 0);
    assert_int_equal(debt(SECOND), USDC(80));
    fixture_close(&fixture);
}

/* A unit that rounding has left residue to owe, as if a pass had: market caps don't hold up the fund; without one it
 * goes with the next write-off, and claims fall by it. */
static void owe_of_residue(void)
{
    struct ledger *ledger = &fixture.exchange->ledger;

    ledger_oblige(ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, fixture_subaccount(BIDDER), 1);
    ledger_oblige(ledger, ENTRY_DEBT, SYSTEM_CUSTODY, SYSTEM_RESIDUE, 1);
    state_position(fixture.state, state_market(fixture.state, FIXTURE_PERP)->residue_position)->debt = 1;
    fixture.state->t->rounding -= 256;
}

static void test_debt_of_residue(void **state)
{
    (void)state;
    start();
    add_loser(0);
    lose();
    owe_of_residue();
    assert_int_equal(write_off(FIRST), REASON_NONE);
    assert_int_equal(state_subaccount(fixture.state, SYSTEM_RESIDUE)->debt, 0);
    assert_int_equal(state_debts(fixture.state), 0);
    world_pass(&fixture);
    assert_int_equal(state_claims(fixture.state), 0);
    owe_of_residue();
    state_market(fixture.state, FIXTURE_PERP)->fund_cap = state_market(fixture.state, FIXTURE_PERP)->fund_paid = 1;
    set_fund(5);
    world_tick(&fixture);
    assert_int_equal(state_subaccount(fixture.state, SYSTEM_RESIDUE)->debt, 0);
    fixture_close(&fixture);
}

/* Marks from before a restart are nobody's profit. */
static void test_marks_of_before(void **state)
{
    uint32_t samples;

    (void)state;
    start();
    add_loser(0);
    world_mark(&fixture, FIXTURE_PERP, 90000);
    state_market(fixture.state, FIXTURE_PERP)->flags |= MARKET_WAITS_FOR_PRICES;
    samples = state_market(fixture.state, FIXTURE_PERP)->funding_samples;
    world_pass(&fixture);
    assert_int_equal(debt(FIRST), 0);
    assert_int_equal(state_market(fixture.state, FIXTURE_PERP)->funding_samples, samples);
    fixture_close(&fixture);
}

/* What an order had locked when a pass began stays out of it, though the order ends before its owner's turn. */
static void test_lock_in_a_pass(void **state)
{
    (void)state;
    start();
    fixture_add_user(&fixture, 20);
    fixture_order(&fixture, FIRST, FIXTURE_SPOT, CARD_SIDE_BUY, 1000, 1); /* locks 10, and a fee */
    fixture_run(&fixture);
    world_trade(&fixture, FIXTURE_PERP, FIRST, WINNER, 100, 100000);
    world_mark(&fixture, FIXTURE_PERP, 90000);
    fixture.exchange->options.steps = 1;
    fixture.time_ns += UINT64_C(10000000000);
    fixture_run(&fixture);
    assert_int_equal(debt(FIRST), 0);
    fixture_cancel(&fixture, FIRST, fixture.reference[FIRST]);
    fixture_run(&fixture);
    assert_true(settlement_under_way(fixture.state));
    assert_int_equal(debt(FIRST), USDC(90) + 7000 + 1);
    fixture_run_until_done(&fixture);
    fixture_close(&fixture);
}

/* What may not be lent is not lent for a winner either. */
static void test_winner_of_what_is_not_lent(void **state)
{
    (void)state;
    start();
    add_loser(0);
    world_pool(&fixture, FIXTURE_USDC);
    state_asset(fixture.state, FIXTURE_USDC)->flags &= (uint8_t)~ASSET_CAN_LEND;
    world_flags(&fixture, WINNER, SUBACCOUNT_AUTO_LEND);
    lose();
    assert_int_equal(world_lent(&fixture, WINNER), 0);
    assert_int_equal(fixture_balance(&fixture, WINNER, FIXTURE_USDC), USDC(5020));
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siblings_take_the_share), cmocka_unit_test(test_siblings_take_the_quota),
        cmocka_unit_test(test_quarter_of_the_bids),     cmocka_unit_test(test_tail_of_the_list),
        cmocka_unit_test(test_debt_of_residue),         cmocka_unit_test(test_marks_of_before),
        cmocka_unit_test(test_lock_in_a_pass),          cmocka_unit_test(test_winner_of_what_is_not_lent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
