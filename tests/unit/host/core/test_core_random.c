/* Random batches through the whole core: everything conserved after every event, the same hash on every backend and for
 * every speed of the card, and after the card has been rebuilt in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"
#include "random_flow.h"

struct run {
    const char *backend;
    uint64_t seed;
    uint32_t batches, inputs_max;
    bool reattach, extras, dump, money, venues;
    uint32_t steps;        /* of settlement and lending in a batch, 0: as always; else inputs come in the middle */
};

struct outcome {
    uint8_t hash[32];
    uint64_t fills, commands, reports[REPORT_KINDS], reasons[REASONS], notices[NOTICE_KINDS];
};

static struct fixture fixture;

static void run_flow(const struct run *run, struct outcome *outcome)
{
    struct random_flow flow;

    memset(outcome, 0, sizeof *outcome);
    fixture_open(&fixture, run->backend);
    random_flow_start(&flow, &fixture, run->seed, 12);
    flow.extras = run->extras;
    if (run->money)
        random_flow_money(&flow, run->venues);
    if (run->money)
        flow.delist_at = run->batches * 3 / 4;
    fixture.exchange->options.steps = run->steps;
    for (uint32_t batch = 0; batch < run->batches; batch++) {
        random_flow_batch(&flow, 1 + (uint32_t)random_flow_draw(&flow, run->inputs_max));
        do {
            fixture_run(&fixture);
            outcome->commands += fixture.result.commands;
            for (size_t i = 0; i < fixture.result.report_count; i++) {
                outcome->reports[fixture.result.reports[i].kind]++;
                outcome->reasons[fixture.result.reports[i].reason]++;
            }
            for (size_t i = 0; i < fixture.result.notice_count; i++)
                outcome->notices[fixture.result.notices[i].kind]++;
        } while (fixture.result.more && (run->steps == 0 || random_flow_draw(&flow, 2)));
        if (run->dump)
            printf("batch %lu hash %02x%02x rounds %u commands %u\n", (unsigned long)fixture.state->t->batch,
                   fixture.result.hash[0], fixture.result.hash[1], fixture.result.rounds, fixture.result.commands);
        if (run->reattach && batch % 16 == 7 && exchange_attach(fixture.exchange) != EXCHANGE_OK)
            fail_msg("attach: %s", exchange_message(fixture.exchange));
    }
    if (exchange_recount(fixture.exchange) != EXCHANGE_OK)
        fail_msg("%s", exchange_message(fixture.exchange));
    memcpy(outcome->hash, fixture.result.hash, sizeof outcome->hash);
    fixture_close(&fixture);
}

static uint64_t environment_number(const char *name, uint64_t other)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : other;
}

static void test_conserved(void **state)
{
    const uint64_t seeds = environment_number("VITRINE_SEEDS", 12);

    (void)state;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        const struct run run = { "model", seed * 1000003, 60, seed % 3 == 0 ? 3 : 120, seed & 1, true, false,
                                 seed % 2, seed % 4 == 1, seed % 3 == 1 ? 3 : 0 };
        struct outcome outcome;

        run_flow(&run, &outcome);
        assert_true(outcome.reports[REPORT_EXECUTED] > 0);
    }
}

static void test_same_on_every_backend(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        const bool money = seed > 1, venues = seed > 2;
        const struct run model = { "model", seed * 7919, 40, 60, false, true, false, money, venues, 5 };
        const struct run again = { "model", seed * 7919, 40, 60, true, true, false, money, venues, 5 };
        const struct run book = { "book", seed * 7919, 40, 60, false, true, false, money, venues, 5 };
        const struct run card = { "sim", seed * 7919, 40, 60, true, true, false, money, venues, 5 };
        struct outcome first, other;

        run_flow(&model, &first);
        run_flow(&again, &other);
        assert_memory_equal(first.hash, other.hash, sizeof first.hash);
        run_flow(&book, &other);
        assert_memory_equal(first.hash, other.hash, sizeof first.hash);
        run_flow(&card, &other);
        assert_memory_equal(first.hash, other.hash, sizeof first.hash);
    }
}

/* Every kind of report but those of money and most reasons do occur, or the tests above would prove little. */
static void test_flow_reaches(void **state)
{
    const struct run run = { "model", 99, 200, 60, false, true, false, false, false, 0 };
    struct outcome outcome;
    unsigned reasons = 0;

    (void)state;
    run_flow(&run, &outcome);
    for (unsigned kind = REPORT_ACCEPTED; kind < REPORT_FORCED; kind++)
        if (outcome.reports[kind] == 0)
            fail_msg("no report of kind %u", kind);
    for (unsigned i = 0; i < REASONS; i++)
        reasons += outcome.reasons[i] > 0;
    assert_true(reasons >= 20);
}

/* The money that moves by itself: everything of it happens. */
static void test_money_reaches(void **state)
{
    static const enum notice_kind wanted[] = { NOTICE_FUNDING, NOTICE_SETTLED, NOTICE_DEBT, NOTICE_DEBT_PAID,
                                               NOTICE_CLAIMS_PAID, NOTICE_WRITTEN_OFF, NOTICE_CONVERSION,
                                               NOTICE_HELD_APART, NOTICE_FREED, NOTICE_LENT_SHARES_PAID,
                                               NOTICE_DELISTED };
    uint64_t seen[NOTICE_KINDS] = { 0 }, forced = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        const struct run run = { "model", seed * 31, 250, 60, false, true, false, true, seed == 4,
                                 seed % 2 ? 3 : 0 };
        struct outcome outcome;

        run_flow(&run, &outcome);
        for (unsigned kind = 0; kind < NOTICE_KINDS; kind++)
            seen[kind] += outcome.notices[kind];
        forced += outcome.reports[REPORT_FORCED];
    }
    assert_true(forced > 0); /* conversions that have filled */
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (seen[wanted[i]] == 0)
            fail_msg("no notice: %s", notice_text(wanted[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conserved),
        cmocka_unit_test(test_same_on_every_backend),
        cmocka_unit_test(test_flow_reaches),
        cmocka_unit_test(test_money_reaches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
