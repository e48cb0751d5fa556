/* Random worlds through settlement passes: nobody's equity moves beyond rounding, positions stay, and it makes no
 * difference in how many steps a pass goes or who is touched when. Sums of money, claims, debts and residue: the
 * recount, after every step. */
#include <stdlib.h>

#include "mix.h"
#include "world.h"

#include "unit.h"

enum { USERS = 24 };

struct plan {
    uint64_t seed;
    uint32_t steps;          /* of a batch, 0: all at once */
    uint64_t touch;          /* 0: nobody is touched in the middle of a pass; else in this order */
    bool pooled;
    uint32_t interest;       /* yearly, millionths, of a pool that is lent out */
};

struct outcome {
    wide equity[USERS + 1], profit[USERS + 1];
    int64_t quantity[USERS + 1], open_cost[USERS + 1];
    int64_t claim[USERS + 1], debt[USERS + 1], held[USERS + 1];
};

static struct fixture fixture;

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    return mix_next(seed) % below;
}

static void build_user(uint64_t *seed, bool pooled)
{
    const uint32_t user = fixture_add_user(&fixture, (int64_t)draw(seed, draw(seed, 2) ? 4000 : 100) + 1);

    if (draw(seed, 3) == 0)
        fixture_deposit(&fixture, fixture_subaccount(user), FIXTURE_ETH, (int64_t)draw(seed, 100000000) + 1);
    if (draw(seed, 2))
        world_flags(&fixture, user, (uint32_t)draw(seed, SUBACCOUNT_FLAGS + 1) & ~(uint32_t)SUBACCOUNT_AUTO_REPAY);
    fixture_run(&fixture);
    if (pooled && draw(seed, 3) == 0)
        world_lend(&fixture, user, FIXTURE_USDC, LEND_LEND,
                   1 + (int64_t)draw(seed, (uint64_t)fixture_balance(&fixture, user, FIXTURE_USDC)));
}

static void build(const struct plan *plan, uint64_t *seed)
{
    world_open(&fixture);
    if (plan->pooled)
        world_pool(&fixture, FIXTURE_USDC);
    state_pool(fixture.state, FIXTURE_USDC)->rate_full = plan->interest;
    for (uint32_t user = 0; user < USERS; user++)
        build_user(seed, plan->pooled);
    for (unsigned i = 0; i < 3 * USERS; i++) {
        const uint32_t buyer = 1 + (uint32_t)draw(seed, USERS), market = draw(seed, 2) ? FIXTURE_PERP : WORLD_PERP_2;
        const uint32_t seller = 1 + (buyer + (uint32_t)draw(seed, USERS - 1)) % USERS;
        const uint32_t mark = market == FIXTURE_PERP ? 100000 : WORLD_MARK_2;

        world_trade(&fixture, market, buyer, seller, 1 + (int64_t)draw(seed, 60),
                    mark - mark / 50 + (uint32_t)draw(seed, mark / 25));
    }
}

static void take(struct outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    for (uint32_t user = 1; user <= USERS; user++) {
        const uint32_t row = state_find_position(fixture.state, fixture_subaccount(user), FIXTURE_PERP);

        outcome->equity[user] = world_equity(&fixture, user);
        outcome->profit[user] = world_profit(&fixture, user);
        outcome->claim[user] = world_account(&fixture, user)->claim;
        outcome->debt[user] = world_account(&fixture, user)->debt;
        outcome->held[user] = fixture_balance(&fixture, user, FIXTURE_USDC);
        if (row == TABLE_NONE)
            continue;
        outcome->quantity[user] = state_position(fixture.state, row)->quantity;
        outcome->open_cost[user] = state_position(fixture.state, row)->open_cost;
    }
}

/* Parts of a tick, so that profits have parts of a unit. */
static void move_marks(uint64_t *seed)
{
    fixture_marks(&fixture, FIXTURE_PERP, 75000 + (uint32_t)draw(seed, 50001))->mark += draw(seed, 256);
    fixture_marks(&fixture, WORLD_PERP_2, 15000 + (uint32_t)draw(seed, 10001))->mark += draw(seed, 256);
    fixture_run_until_done(&fixture);
}

/* Whoever it is, in an order that a seed says, a few a batch: orders that rest, and some that are refused. */
static void touch_some(uint64_t *touch)
{
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t user = 1 + (uint32_t)draw(touch, USERS);

        fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, 70000, 1)->flags = INPUT_ORDER_POST_ONLY;
    }
}

static void run_pass(const struct plan *plan, uint64_t *touch)
{
    fixture.time_ns = (fixture.time_ns / UINT64_C(10000000000) + 1) * UINT64_C(10000000000);
    fixture.exchange->options.steps = plan->steps;
    fixture_run(&fixture);
    while (fixture.result.more || settlement_under_way(fixture.state)) {
        if (plan->touch)
            touch_some(touch);
        fixture_run(&fixture);
    }
    fixture.exchange->options.steps = 0;
}

/* Three passes; before and after the last one. */
static void run_plan(const struct plan *plan, struct outcome *before, struct outcome *after)
{
    uint64_t seed = plan->seed, touch = plan->touch;

    build(plan, &seed);
    for (unsigned pass = 0; pass < 3; pass++) {
        move_marks(&seed);
        take(before);
        run_pass(plan, &touch);
        take(after);
    }
}

static void expect_near(const struct outcome *left, const struct outcome *right, uint32_t user, int64_t units)
{
    const wide difference = left->equity[user] - right->equity[user];

    if (difference > units * 256 || difference < -units * 256)
        fail_msg("user %u: equity %lld / 256 against %lld / 256", user, (long long)left->equity[user],
                 (long long)right->equity[user]);
}

/* A unit at most for what the account itself rounds, and one each for a lend and a borrow share. */
static void test_equity_stays(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        const struct plan plan = { seed * 7919, 0, 0, seed % 3 != 0, 0 };
        struct outcome before, after;

        run_plan(&plan, &before, &after);
        for (uint32_t user = 1; user <= USERS; user++) {
            expect_near(&before, &after, user, plan.pooled ? 3 : 1);
            assert_true(after.profit[user] >= 0 && after.profit[user] < 256); /* less than a unit, rounded down */
            assert_int_equal(before.quantity[user], after.quantity[user]);
            assert_int_equal(before.open_cost[user], after.open_cost[user]);
        }
        fixture_close(&fixture);
    }
}

/* Everything that a pass leaves behind. */
static uint64_t rows_of(const struct table *table, const void **rows)
{
    *rows = table_row(table, 1);
    return (uint64_t)(table->used - 1) * table->row_size;
}

static void test_steps_make_no_difference(void **state)
{
    static uint8_t kept[3][1 << 20];

    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        static const uint32_t steps[] = { 0, 7, 1 };
        uint64_t sizes[3] = { 0 };

        for (unsigned i = 0; i < 3; i++) {
            const struct plan plan = { seed * 104729, steps[i], 0, seed % 3 != 0, 100000000 };
            struct outcome before, after;

            run_plan(&plan, &before, &after);
            const struct table *tables[] = { &fixture.state->subaccounts, &fixture.state->balances,
                                             &fixture.state->positions };

            for (unsigned table = 0; table < 3; table++) {
                const void *rows;
                const uint64_t size = rows_of(tables[table], &rows);

                if (i == 0) {
                    assert_true(size <= sizeof kept[table]);
                    memcpy(kept[table], rows, size);
                    sizes[table] = size;
                }
                assert_int_equal(size, sizes[table]);
                assert_memory_equal(rows, kept[table], size);
            }
            fixture_close(&fixture);
        }
    }
}

/* Orders in the middle of a pass: whoever sends one is realised first, at the same marks. Without a pool nobody's
 * numbers depend on it; with one, the shares of two borrows may round differently. */
static void test_touches_make_no_difference(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct plan plan = { seed * 611953, 2, 0, seed % 2, 0 };
        struct outcome before, plain, touched;

        run_plan(&plan, &before, &plain);
        fixture_close(&fixture);
        for (plan.touch = 1; plan.touch <= 2; plan.touch++) {
            run_plan(&plan, &before, &touched);
            for (uint32_t user = 1; user <= USERS; user++) {
                expect_near(&plain, &touched, user, plan.pooled ? 3 : 0);
                if (!plan.pooled)
                    assert_int_equal(plain.debt[user], touched.debt[user]);
            }
            fixture_close(&fixture);
        }
    }
}

/* The loss of one subaccount is never its sibling's. */
static void test_siblings_are_isolated(void **state)
{
    struct input_subaccount_create create = { .header = { .kind = INPUT_SUBACCOUNT_CREATE }, .name = "other" };
    uint32_t sibling;

    (void)state;
    world_open(&fixture);
    fixture_add_user(&fixture, 20);
    fixture_add_user(&fixture, 500);
    create.account = world_account(&fixture, 1)->account;
    fixture_add(&fixture, &create, sizeof create);
    fixture_run(&fixture);
    sibling = state_find_subaccount(fixture.state, create.account, create.name);
    fixture_deposit(&fixture, sibling, FIXTURE_USDC, 1000 * WORLD_USDC);
    fixture_run(&fixture);
    world_trade(&fixture, FIXTURE_PERP, 1, 2, 100, 100000);
    world_mark(&fixture, FIXTURE_PERP, 90000);
    world_pass(&fixture);
    assert_int_equal(world_account(&fixture, 1)->debt, 80 * WORLD_USDC);
    assert_int_equal(state_balance(fixture.state, state_find_balance(fixture.state, sibling, FIXTURE_USDC))->amount,
                     1000 * WORLD_USDC);
    fixture_close(&fixture);
}

/* A subaccount's entry costs are moved in one run of entries; each of them is in the batch's hash. */
static void test_every_entry_is_hashed(void **state)
{
    uint64_t batch, entries;

    (void)state;
    world_open(&fixture);
    fixture_add_user(&fixture, 5000);
    fixture_add_user(&fixture, 5000);
    world_trade(&fixture, FIXTURE_PERP, 1, 2, 10, 99000);
    world_trade(&fixture, WORLD_PERP_2, 1, 2, 10, WORLD_MARK_2 - 100);
    batch = fixture.state->t->batch;
    entries = fixture.exchange->ledger.made;
    fixture_keep_entries(&fixture);
    world_pass(&fixture);
    assert_int_equal(fixture.state->t->batch, batch + 1);
    assert_int_equal(fixture_expect_hashed(&fixture), fixture.exchange->ledger.made - entries);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equity_stays),
        cmocka_unit_test(test_steps_make_no_difference),
        cmocka_unit_test(test_touches_make_no_difference),
        cmocka_unit_test(test_siblings_are_isolated),
        cmocka_unit_test(test_every_entry_is_hashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
