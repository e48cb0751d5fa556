/* Made-up orders of a node that waits: every cycle leaves the exchange as it was, without the heap, for ever. */
#include "allocations.h"
#include "unit.h"

#include "order.h"
#include "rehearsal.h"

static struct rehearsal *made(uint32_t references)
{
    char error[512] = "";
    struct rehearsal *rehearsal = rehearsal_create(references, error, sizeof error);

    if (rehearsal == NULL)
        fail_msg("%s", error);
    return rehearsal;
}

static void cycle(struct rehearsal *rehearsal)
{
    for (unsigned i = 0; i < REHEARSAL_CYCLE; i++)
        assert_true(rehearsal_turn(rehearsal));
}

static void assert_nothing_open(const struct state *state)
{
    assert_int_equal(state->orders.live, 0);
    for (uint32_t row = 1; row < state->positions.used; row++)
        assert_int_equal(state_position(state, row)->quantity, 0);
}

static void test_cycle(void **unused)
{
    struct rehearsal *rehearsal = made(0);
    const struct state *state = rehearsal_state(rehearsal);
    uint64_t matches = state->t->next_match, batches = state->t->batch;
    unsigned long before = allocations;

    (void)unused;
    assert_nothing_open(state);
    for (unsigned i = 1; i <= 100; i++) {
        cycle(rehearsal);
        assert_int_equal(state->t->next_match - matches, i * REHEARSAL_FILLS);
        assert_int_equal(state->t->batch - batches, i * REHEARSAL_CYCLE);
        assert_nothing_open(state);
    }
    assert_int_equal(allocations, before);
    rehearsal_destroy(rehearsal);
}

/* In the middle of a cycle there is something to be filled. */
static void test_opens(void **unused)
{
    struct rehearsal *rehearsal = made(0);
    const struct state *state = rehearsal_state(rehearsal);
    unsigned open = 0, held = 0;

    (void)unused;
    for (unsigned i = 0; i < REHEARSAL_CYCLE; i++) {
        assert_true(rehearsal_turn(rehearsal));
        open += state->orders.live > 0;
        for (uint32_t row = 1; row < state->positions.used; row++)
            held += state_position(state, row)->quantity != 0;
    }
    assert_true(open >= REHEARSAL_CYCLE / 2);
    assert_true(held > 0);
    rehearsal_destroy(rehearsal);
}

/* A user's numbers run out, then the next one's, then all begins anew. */
static void test_numbers_run_out(void **unused)
{
    enum { REFERENCES = 50 };
    struct rehearsal *rehearsal = made(REFERENCES);
    uint64_t last = 0;
    unsigned anew = 0;

    (void)unused;
    for (unsigned i = 0; i < 2 * LIMIT_USERS_PER_ACCOUNT * REFERENCES / REHEARSAL_CYCLE * 2; i++) {
        cycle(rehearsal);
        assert_nothing_open(rehearsal_state(rehearsal));
        anew += rehearsal_state(rehearsal)->t->batch < last;
        last = rehearsal_state(rehearsal)->t->batch;
        for (uint32_t row = 1; row < rehearsal_state(rehearsal)->users.used; row++)
            assert_in_range(state_user(rehearsal_state(rehearsal), row)->last_reference, 0,
                            REFERENCES + REHEARSAL_CYCLE);
    }
    assert_in_range(anew, 1, 4);
    rehearsal_destroy(rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_opens),
        cmocka_unit_test(test_numbers_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
