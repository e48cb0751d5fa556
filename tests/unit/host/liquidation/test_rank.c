/* Deleveraging ranks: the number against exact fractions, the walk of the minute, quintiles. */
#include "unit.h"

#include <stdlib.h>

#include "rank.h"
#include "world.h"

static struct world world;

enum { PEOPLE = 12 };

static struct state *now(void)
{
    return world.fixture.state;
}

static uint32_t position_of(uint32_t person)
{
    return state_find_position(now(), fixture_subaccount(person), FIXTURE_PERP);
}

static void test_values(void **unused)
{
    FILE *file = fopen(RANK_VALUES, "r");
    long lots, cost, cash, mark, rank;
    struct position *position;
    unsigned count = 0;
    uint32_t person;

    (void)unused;
    assert_non_null(file);
    world_open(&world);
    person = world_crowd(&world, 1, 1);
    world_hold(&world, person, FIXTURE_PERP, 1);
    position = state_position(now(), position_of(person));
    while (fscanf(file, "%ld %ld %ld %ld %ld", &lots, &cost, &cash, &mark, &rank) == 5) {
        position->quantity = lots;
        position->open_cost = position->entry_cost = cost;
        state_market(now(), FIXTURE_PERP)->mark = (uint64_t)mark;
        state_balance(now(), state_subaccount(now(), fixture_subaccount(person))->balances)->amount = cash;
        if (rank_of(now(), position_of(person), (uint64_t)mark) != rank)
            fail_msg("line %u: rank %u, not %ld", count + 1, rank_of(now(), position_of(person), (uint64_t)mark), rank);
        count++;
    }
    assert_int_equal(count, 406);
    position->quantity = 0;
    assert_int_equal(rank_of(now(), position_of(person), 25600000), 0);
    fclose(file);
    world_close(&world);
}

/* People who have sold at 10,000 + 100 i, so that they are the better off the later they come. */
static uint32_t start(uint32_t steps)
{
    const struct input_liquidation_rules rules = world_rules();
    uint32_t first;

    world_open_as(&world, "model", &(struct fixture_options){ .steps = steps });
    first = world_crowd(&world, PEOPLE, 1000);
    for (uint32_t i = 0; i < PEOPLE; i++)
        world_trade(&world, FIXTURE_PERP, world.house, first + i, 10 + (int64_t)i, 100000 + i * 1000);
    world_set_rules(&world, &rules);
    world_seconds(&world, 61);
    return first;
}

/* Of all lots on its side those above it: less than a fifth: 5, less than two: 4 ... */
static uint32_t quintile_of(uint32_t first, uint32_t person)
{
    const uint32_t rank = state_position(now(), position_of(person))->rank;
    int64_t above = 0, all = 0;

    for (uint32_t i = 0; i < PEOPLE; i++) {
        const struct position *position = state_position(now(), position_of(first + i));

        all -= position->quantity;
        above -= position->rank > rank ? position->quantity : 0;
    }
    return 5 - (uint32_t)(above * 5 / all);
}

static void test_minute(void **unused)
{
    uint32_t ranks[PEOPLE], seen = 0;
    uint32_t first = start(0);

    (void)unused;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        const struct position *position = state_position(now(), position_of(first + i));

        ranks[i] = position->rank;
        assert_int_equal(position->rank, rank_of(now(), position_of(first + i),
                                                 state_market(now(), FIXTURE_PERP)->mark));
        assert_true(i == 0 || position->rank >= ranks[i - 1]);
        assert_int_equal(rank_quintile(now(), position_of(first + i)), quintile_of(first, first + i));
        seen |= 1u << rank_quintile(now(), position_of(first + i));
    }
    assert_int_equal(seen & (1u << 5 | 1u << 1), 1u << 5 | 1u << 1);
    /* it follows what happens, but not before its minute */
    world_price(&world, FIXTURE_BTC, INT64_C(9500000000));
    world_seconds(&world, 1);
    assert_int_equal(state_position(now(), position_of(first))->rank, ranks[0]);
    world_seconds(&world, 61);
    assert_true(state_position(now(), position_of(first))->rank > ranks[0]);
    world_close(&world);
    /* one step a batch: the same */
    first = start(1);
    for (uint32_t i = 0; i < PEOPLE; i++)
        assert_int_equal(state_position(now(), position_of(first + i))->rank, ranks[i]);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
