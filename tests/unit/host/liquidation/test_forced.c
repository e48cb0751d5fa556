/* What clients are told in their own streams when they are called, liquidated, take over or are deleveraged: in order,
 * with the numbers that notices have, in gapless sequences. */
#include "durations.h"
#include "unit.h"
#include "world.h"

enum { MID = 94500, TOLD = 256 };

static struct world world;

/* REPORT_FORCED of everybody since the beginning. */
static struct report told[TOLD];
static unsigned told_count;
static uint64_t sequences[64];

static int begin(void **context)
{
    (void)context;
    world_open(&world);
    memset(sequences, 0, sizeof sequences);
    told_count = 0;
    return 0;
}

static int end(void **context)
{
    (void)context;
    world_close(&world);
    return 0;
}

static void keep(void)
{
    const struct exchange_result *result = &world.fixture.result;

    assert_int_equal(result->notices_dropped, 0);
    for (size_t i = 0; i < result->report_count; i++) {
        const struct report *report = &result->reports[i];

        if (report->user == TABLE_NONE)
            continue;
        if (sequences[report->user] != 0)
            assert_int_equal(report->sequence, sequences[report->user] + 1);
        sequences[report->user] = report->sequence;
        if (report->kind == REPORT_FORCED && told_count < TOLD)
            told[told_count++] = *report;
    }
}

static void second(void)
{
    struct fixture *fixture = &world.fixture;

    fixture->time_ns = (fixture->time_ns / NS_A_SECOND + 1) * NS_A_SECOND;
    do {
        fixture_run(fixture);
        keep();
    } while (fixture->result.more);
}

/* The n-th that a user was told. */
static const struct report *nth(uint32_t user, unsigned n)
{
    for (unsigned i = 0; i < told_count; i++)
        if (told[i].user == user && n-- == 0)
            return &told[i];
    fail_msg("user %u has not been told so much", user);
    return NULL;
}

static const struct report *expect(uint32_t user, unsigned n, enum forced_kind kind)
{
    const struct report *report = nth(user, n);

    assert_int_equal(report->forced, kind);
    assert_int_equal(report->subaccount, fixture_subaccount(user));
    assert_int_equal(report->reference, 0);
    return report;
}

/* Somebody with a user, 1,000 lots long and 1,000 USDC, the price as it is from now on. */
static uint32_t fallen(int64_t price)
{
    const uint32_t user = fixture_add_user(&world.fixture, 1000);

    world_hold(&world, user, FIXTURE_PERP, 1000);
    world_price(&world, FIXTURE_BTC, price * WORLD_USDC);
    world_seconds(&world, 12);
    return user;
}

static void start(void)
{
    const struct input_liquidation_rules rules = world_rules();

    world_set_rules(&world, &rules);
}

/* A call, the beginning, a slice through two levels as one report with its average price, and the end. */
static void test_book(void **context)
{
    const uint32_t user = fallen(9450);
    const struct report *report;
    unsigned seconds = 0;

    (void)context;
    world_set_change(&world, FIXTURE_BTC, 1);
    world_quote(&world, FIXTURE_PERP, MID, 10, 10, 50);
    start();
    second();
    report = expect(user, 0, FORCED_MARGIN_CALL);
    assert_true(report->equity == 450 * WORLD_USDC && report->maintenance == 472500000 && report->number == 0);
    report = expect(user, 1, FORCED_BEGUN);
    assert_true(report->equity == 450 * WORLD_USDC && report->number == 1 && report->market == 0);
    report = expect(user, 2, FORCED_FILL);
    assert_true(report->market == FIXTURE_PERP && report->side == CARD_SIDE_SELL && report->quantity == 100);
    assert_int_equal(report->exact_price, (MID - 15) * 256); /* 50 at 10 below, 50 at 20 below */
    assert_true(report->number == 1 && report->money > 0);
    assert_int_equal(told_count, 3); /* and nobody else anything */
    while (state_subaccount(world.fixture.state, fixture_subaccount(user))->episode != TABLE_NONE) {
        world_quote(&world, FIXTURE_PERP, MID, 10, 10, 100);
        memset(sequences, 0, sizeof sequences); /* the world has run batches that were not looked at */
        second();
        assert_true(++seconds < 30);
    }
    report = expect(user, told_count - 1, FORCED_ENDED);
    assert_true(report->equity > report->maintenance && report->number == 1);
}

/* Nobody bids: a provider takes over at the mark, and both are told, but not the liquidated by whom. */
static void test_backstop(void **context)
{
    const struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP }, .market = FIXTURE_PERP,
                                          .capacity = INT64_C(20000) * WORLD_USDC };
    const uint32_t provider = fixture_add_user(&world.fixture, 100000), user = fallen(9100);
    const struct report *given, *taken;
    struct input_backstop *added;

    (void)context;
    start();
    added = fixture_add(&world.fixture, &input, sizeof input);
    added->header.subaccount = fixture_subaccount(provider);
    assert_int_equal(world_answer(&world), REASON_NONE);
    second();
    second();
    expect(user, 0, FORCED_MARGIN_CALL);
    expect(user, 1, FORCED_BEGUN);
    given = expect(user, 2, FORCED_GIVEN);
    taken = expect(provider, 0, FORCED_TAKEN);
    assert_true(given->side == CARD_SIDE_SELL && taken->side == CARD_SIDE_BUY);
    assert_true(given->quantity == 1000 && taken->quantity == 1000 && given->market == FIXTURE_PERP);
    assert_true(given->exact_price == 91000 * 256 && taken->exact_price == 91000 * 256);
    assert_true(given->money == INT64_C(25600) * WORLD_USDC && taken->money == given->money);
    assert_true(given->other == 0 && taken->other == fixture_subaccount(user));
    assert_true(given->number == 1 && taken->number == 1);
    expect(user, 3, FORCED_ENDED);
}

/* Nobody bids and nobody stands behind it: the house, which is short, gives lots up and is told against whom. */
static void test_deleveraged(void **context)
{
    const uint32_t user = fallen(9100);
    const struct report *gone, *given_up;

    (void)context;
    start();
    second();
    second();
    expect(user, 1, FORCED_BEGUN);
    gone = expect(user, 2, FORCED_BANKRUPT);
    given_up = expect(world.house, 0, FORCED_DELEVERAGED);
    assert_true(gone->side == CARD_SIDE_SELL && given_up->side == CARD_SIDE_BUY);
    assert_true(gone->quantity == given_up->quantity && gone->exact_price == given_up->exact_price);
    assert_true(gone->other == 0 && gone->rank == 0 && given_up->other == fixture_subaccount(user));
    assert_true(given_up->number == 1 && given_up->rank < LIMIT_RANKS);
    /* at the bankruptcy price: the equity of 100 USDC, a tick of a lot is 0.001, and 1,000 lots */
    assert_int_equal(given_up->exact_price, 90000 * 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_book, begin, end),
        cmocka_unit_test_setup_teardown(test_backstop, begin, end),
        cmocka_unit_test_setup_teardown(test_deleveraged, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
