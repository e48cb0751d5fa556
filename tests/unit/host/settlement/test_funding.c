/* Funding: rates and payments against exact fractions (values.py), intervals, and that payments sum to 0. */
#include "funding.h"
#include "pricing.h"
#include "world.h"

#include <inttypes.h>
#include <stdlib.h>

#include "unit.h"

static struct fixture fixture;

#define NS_AN_HOUR (UINT64_C(3600) * 1000000000)

static void check_rate(const char *line)
{
    struct funding_interval interval;
    int64_t wanted;

    assert_int_equal(sscanf(line, "rate %" SCNd64 " %u %u %u %" SCNd64, &interval.premium_sum, &interval.samples,
                            &interval.hours, &interval.rate_max, &wanted), 5);
    if (funding_rate(&interval) != wanted)
        fail_msg("%s: %" PRId64, line, funding_rate(&interval));
}

static void check_payment(const char *line)
{
    int64_t quantity, unit, rates[3], marks[3], wanted;
    struct position position = { 0 };
    struct market market = { 0 };

    assert_int_equal(sscanf(line, "payment %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
                            " %" SCNd64 " %" SCNd64 " %" SCNd64, &quantity, &unit, &rates[0], &rates[1], &rates[2],
                            &marks[0], &marks[1], &marks[2], &wanted), 9);
    position.quantity = quantity;
    for (unsigned i = 0; i < 3; i++)
        market.funding_index += (wide)rates[i] * marks[i] * unit;
    if (ledger_pending_funding(&market, &position) != wanted)
        fail_msg("%s: %" PRId64, line, ledger_pending_funding(&market, &position));
}

static void test_values(void **state)
{
    FILE *file = fopen(VALUES_FILE, "r");
    unsigned count = 0;
    char line[256];

    (void)state;
    assert_non_null(file);
    for (; fgets(line, sizeof line, file); count++) {
        if (strncmp(line, "rate", 4) == 0)
            check_rate(line);
        else
            check_payment(line);
    }
    fclose(file);
    assert_true(count > 800);
}

/* Just after a full hour, so that an interval begins. */
static void start_hour(uint32_t users)
{
    world_open(&fixture);
    for (uint32_t i = 0; i < users; i++)
        fixture_add_user(&fixture, 100000);
    fixture.time_ns = (fixture.time_ns / NS_AN_HOUR + 1) * NS_AN_HOUR;
    fixture_run(&fixture);
}

/* An hour of which 900 seconds were seen: a quarter of the rate. Nobody bids, so the premium is 0 and the rate is that
 * of the interest, 0.01 % in 8 hours: 12500 x 900 / 3600 = 3125. */
static void test_interval(void **state)
{
    const struct market *market;
    int64_t cost;
    wide before;

    (void)state;
    start_hour(2);
    market = state_market(fixture.state, FIXTURE_PERP);
    world_trade(&fixture, FIXTURE_PERP, 1, 2, 100, 100000);
    before = market->funding_index;
    assert_int_equal(market->funding_samples, 1);
    for (unsigned second = 1; second < 900; second++)
        world_tick(&fixture);
    assert_int_equal(market->funding_samples, 900);
    fixture.time_ns = market->funding_next_ns + UINT64_C(5000000000); /* the node was down */
    fixture_run(&fixture);
    assert_int_equal(world_notice(&fixture, NOTICE_FUNDING)->amount[0], 3125);
    assert_true(market->funding_index - before == (wide)3125 * 100000 * 256 * 100);
    assert_int_equal(market->funding_samples, 1); /* of the next one, which ends at a full hour as well */
    assert_int_equal(market->funding_next_ns % NS_AN_HOUR, 0);
    cost = 100 * INT64_C(3125) * 100000 * 256 * 100 / 1000000000; /* 3125 x 10^-9 of 1000 USDC */
    world_pass(&fixture);
    assert_int_equal(fixture_balance(&fixture, 1, FIXTURE_USDC), 100000 * INT64_C(1000000) - cost / 256);
    assert_int_equal(fixture_balance(&fixture, 2, FIXTURE_USDC), 100000 * INT64_C(1000000) + cost / 256);
    fixture_close(&fixture);
}

/* Many positions, paid at any time and in any order: payers give at least what receivers get, by less than 1/256 unit
 * each, and it is residue's. The recount has looked at every step. */
static void test_sums_to_zero(void **state)
{
    enum { USERS = 30 };
    struct random_draw {
        uint64_t seed;
    } draw = { 12345 };

    (void)state;
    start_hour(USERS);
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < USERS; i++) {
            const uint32_t buyer = 1 + (uint32_t)((draw.seed = draw.seed * 6364136223846793005u + 1) >> 33) % USERS;
            const uint32_t seller = 1 + (buyer + (uint32_t)(draw.seed >> 40) % (USERS - 1)) % USERS;

            world_trade(&fixture, FIXTURE_PERP, buyer, seller, 1 + (int64_t)(draw.seed >> 50) % 77, 100000);
        }
        fixture.time_ns = state_market(fixture.state, FIXTURE_PERP)->funding_next_ns;
        world_pass(&fixture);
        assert_true(fixture.state->t->rounding >= 0 && fixture.state->t->rounding < USERS * (round + 1));
    }
    assert_true(fixture.state->t->rounding > 0);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_sums_to_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
