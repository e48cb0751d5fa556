/* Snapshots of the exchange: a live one equals one taken at a stop, and an exchange loaded from it goes on as the one
 * it was taken of. What a damaged row could do is found before it is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core.h"
#include "random_flow.h"
#include "settlement.h"
#include "snapshot.h"

static struct fixture fixture;
static struct random_flow flow;
static char live[] = "/tmp/vitrine-live-XXXXXX", stopped[] = "/tmp/vitrine-stop-XXXXXX";

static void run_batches(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        random_flow_batch(&flow, 40);
        fixture_run_until_done(&fixture);
    }
}

/* The snapshot is of a pass that is half done, with inputs that wait for its end. */
static void run_into_a_pass(void)
{
    fixture.exchange->options.steps = 3;
    do {
        fixture.time_ns += 500000000;
        random_flow_batch(&flow, 20);
        fixture_run(&fixture);
    } while (!settlement_under_way(fixture.state) || fixture.state->t->pass_at < 10 ||
             fixture.state->t->deferred_wait == 0);
}

static void remove_snapshot(const char *directory, uint64_t batch)
{
    char name[96];

    snprintf(name, sizeof name, "%s/snapshot-%016lu", directory, (unsigned long)batch);
    assert_int_equal(unlink(name), 0);
}

static void test_live_equals_stopped_and_goes_on(void **state)
{
    struct snapshot_child child;
    struct random_flow saved;
    struct fixture *copy = malloc(sizeof *copy);
    uint8_t first[32], second[32], loaded[32], wanted[32];
    char error[256] = "";
    uint64_t batch;

    (void)state;
    assert_non_null(copy);
    assert_non_null(mkdtemp(live));
    assert_non_null(mkdtemp(stopped));
    fixture_open(&fixture, "model");
    random_flow_start(&flow, &fixture, 4711, 10);
    flow.extras = true;
    random_flow_money(&flow, true);
    run_batches(30);
    run_into_a_pass();
    batch = fixture.state->t->batch;
    assert_int_equal(snapshot_write(fixture.state, stopped, first, error, sizeof error), SNAPSHOT_OK);
    assert_int_equal(snapshot_begin(fixture.state, live, &child, error, sizeof error), SNAPSHOT_OK);
    saved = flow;
    *copy = fixture;
    run_batches(20); /* while the child writes */
    memcpy(wanted, fixture.result.hash, sizeof wanted);
    for (unsigned waited = 0; snapshot_poll(&child, second, error, sizeof error) == SNAPSHOT_BUSY; waited++) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        assert_true(waited < 20000);
    }
    assert_memory_equal(first, second, sizeof first);

    fixture_replace_exchange(&fixture);
    fixture.exchange->options.steps = 3;
    assert_int_equal(snapshot_load(fixture.state, live, batch, loaded, error, sizeof error), SNAPSHOT_OK);
    assert_memory_equal(first, loaded, sizeof first);
    if (exchange_loaded(fixture.exchange) != EXCHANGE_OK || exchange_attach(fixture.exchange) != EXCHANGE_OK)
        fail_msg("%s", exchange_message(fixture.exchange));
    flow = saved;
    fixture.time_ns = copy->time_ns;
    fixture.ticket = copy->ticket;
    memcpy(fixture.reference, copy->reference, sizeof fixture.reference);
    run_batches(20);
    assert_memory_equal(wanted, fixture.result.hash, sizeof wanted);
    fixture_close(&fixture);
    remove_snapshot(live, batch);
    remove_snapshot(stopped, batch);
    rmdir(live);
    rmdir(stopped);
    free(copy);
}

/* A number of some row becomes a wrong one: loading says so, and nothing crashes. */
static void test_damaged_rows_are_found(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct table *tables[STATE_TABLES], *table;
        uint32_t row, at;

        fixture_open(&fixture, "model");
        random_flow_start(&flow, &fixture, 815, 6);
        random_flow_money(&flow, seed % 2);
        run_batches(4);
        state_tables(fixture.state, tables);
        flow.seed = seed;
        do {
            table = tables[random_flow_draw(&flow, STATE_TABLES)];
        } while (table->live == 0 || table == &fixture.state->totals);
        row = 1 + (uint32_t)random_flow_draw(&flow, table->used - 1);
        at = (uint32_t)random_flow_draw(&flow, table->row_size / 4) * 4;
        ((uint8_t *)table_row(table, row))[at + 2] ^= 0xA5;
        exchange_loaded(fixture.exchange); /* what it says depends on the field; that it comes back is the point */
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_live_equals_stopped_and_goes_on),
        cmocka_unit_test(test_damaged_rows_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
