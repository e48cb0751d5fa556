/* The card's speed never shows: random stalls change no hash. And a planted dependence on it is found, so this test can
 * fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "card_sim.h"
#include "device_sim.h"
#include "random_flow.h"

static struct fixture fixture;
/* What must never be: something in the state that depends on how long the card took. */
static void plant(void *context, enum exchange_stage stage)
{
    struct fixture *planted = context;

    if (stage == STAGE_HASH && planted->state != NULL && planted->state->users.used > 1 &&
        device_cycles(planted->device) % 2)
        state_user(planted->state, 1)->flags ^= USER_TRADE;
}

static void run_flow(uint64_t stall_seed, void (*stage)(void *, enum exchange_stage), uint8_t hash[32])
{
    struct random_flow flow;

    fixture_open_with(&fixture, "sim", stall_seed, stage);
    random_flow_start(&flow, &fixture, 20261126, 6);
    flow.extras = true;
    random_flow_money(&flow, true);
    for (uint32_t batch = 0; batch < 25; batch++) {
        random_flow_batch(&flow, 30);
        fixture_run_until_done(&fixture);
    }
    memcpy(hash, fixture.result.hash, 32);
    fixture_close(&fixture);
}

static void test_stalls_change_nothing(void **state)
{
    uint8_t first[32], other[32];

    (void)state;
    run_flow(0, NULL, first);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        run_flow(seed, NULL, other);
        assert_memory_equal(first, other, sizeof first);
    }
}

static void test_planted_dependence_is_found(void **state)
{
    uint8_t first[32], other[32];
    unsigned differ = 0;

    (void)state;
    run_flow(0, plant, first);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        run_flow(seed, plant, other);
        differ += memcmp(first, other, sizeof first) != 0;
    }
    assert_true(differ > 0);
}

/* A card that stands still stops the exchange, for good, and its message says why. */
static void test_wedged_card(void **state)
{
    struct exchange_batch batch = { 0 };
    struct exchange_result result;

    (void)state;
    fixture_open(&fixture, "sim");
    fixture_add_user(&fixture, 1000);
    card_sim_plan_set(device_sim_card(fixture.device), &(struct card_sim_plan){ .wedge_after = 1 });
    fixture_order(&fixture, 1, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 1);
    batch = (struct exchange_batch){ .number = fixture.state->t->batch + 1, .time_ns = fixture.time_ns + 1,
                                     .inputs = fixture.inputs, .size = fixture.size, .count = fixture.count };
    assert_int_equal(exchange_run(fixture.exchange, &batch, &result), EXCHANGE_DEVICE);
    assert_non_null(strstr(exchange_message(fixture.exchange), device_status_name(DEVICE_WEDGED)));
    batch.number++;
    assert_int_equal(exchange_run(fixture.exchange, &batch, &result), EXCHANGE_DEVICE);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wedged_card),
        cmocka_unit_test(test_stalls_change_nothing),
        cmocka_unit_test(test_planted_dependence_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
