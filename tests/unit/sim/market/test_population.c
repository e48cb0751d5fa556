/* The population: sums, margins, shares as its header says. */
#include "crash_test.h"

#include <math.h>
#include <stdlib.h>

#include "population.h"

enum { ACCOUNTS = 20000, MARKETS = 3 };

static const struct population_market markets[MARKETS] = { { 3e8, 0.0133, 2.494e-5 }, { 1e8, 0.02, 6e-5 },
                                                           { 5e7, 0.1, 4.4e-4 } };
static struct population_account accounts[ACCOUNTS], again[ACCOUNTS];

static void make(uint64_t seed, struct population_account *into)
{
    population_make(&(struct population_settings){ .seed = seed, .accounts = ACCOUNTS, .markets = MARKETS,
                                                   .market = markets, .spot = true }, into);
}

static void test_interest(void **state)
{
    double longs[MARKETS] = { 0 }, shorts[MARKETS] = { 0 };

    (void)state;
    make(1, accounts);
    for (size_t i = 0; i < ACCOUNTS; i++)
        for (uint32_t leg = 0; leg < accounts[i].legs; leg++)
            (accounts[i].leg[leg].notional > 0 ? longs : shorts)[accounts[i].leg[leg].market] +=
                accounts[i].leg[leg].notional;
    for (unsigned i = 0; i < MARKETS; i++) {
        assert_true(fabs(longs[i] / markets[i].open_interest - 1) < 1e-9);
        assert_true(fabs(shorts[i] / markets[i].open_interest + 0.25) < 1e-9);
    }
}

static void test_margin(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        double margin = 0;

        for (uint32_t leg = 0; leg < accounts[i].legs; leg++) {
            const double n = fabs(accounts[i].leg[leg].notional);

            margin += n * fmax(markets[accounts[i].leg[leg].market].imf,
                               markets[accounts[i].leg[leg].market].imf_factor * sqrt(n));
        }
        if (accounts[i].legs)
            assert_true(margin <= 0.8001 * (accounts[i].cash + accounts[i].coins));
        assert_true(accounts[i].stop >= 0 && accounts[i].stop < 0.9);
        if (accounts[i].borrower)
            assert_true(accounts[i].legs == 0 && accounts[i].borrowed > 0 &&
                        fabs(accounts[i].cash + accounts[i].borrowed - accounts[i].coins) < 1e-6 * accounts[i].coins);
    }
}

static bool near(double count, double share)
{
    return fabs(count / ACCOUNTS - share) < 0.01;
}

static void test_shares(void **state)
{
    double borrowers = 0, several = 0, shorts = 0, stops = 0, coins = 0;

    (void)state;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        borrowers += accounts[i].borrower;
        several += accounts[i].legs > 1;
        shorts += accounts[i].legs && accounts[i].leg[0].notional < 0;
        stops += accounts[i].stop > 0;
        coins += !accounts[i].borrower && accounts[i].coins > 0;
    }
    assert_true(near(borrowers, 0.03));
    assert_true(near(shorts, 0.2 * 0.97));
    assert_true(near(stops, 0.06 * 0.97));
    assert_true(near(coins, 0.2 * 0.97));
    assert_true(several > 0.15 * ACCOUNTS && several < 0.33 * ACCOUNTS); /* the same market twice is one position */
}

static void test_seeds(void **state)
{
    (void)state;
    make(1, again);
    assert_memory_equal(accounts, again, sizeof accounts);
    make(2, again);
    assert_memory_not_equal(accounts, again, sizeof accounts);
    assert_true(accounts[7].leg[0].notional != again[7].leg[0].notional);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interest), cmocka_unit_test(test_margin), cmocka_unit_test(test_shares),
        cmocka_unit_test(test_seeds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
