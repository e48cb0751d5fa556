/* How long a step of liquidation takes, and how long orders wait for liquidation at a stretch, where a tenth of all
 * accounts fall below maintenance in the same tick. Batches run in the core as in a node, hashed; between two of them
 * orders could be handled, so the longest batch is the longest hold. */
#include "bench_liquidation_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "printable.h"
#include "report.h"
#include "status.h"
#include "summary.h"
#include "tally.h"

enum {
    WARM_SECONDS = 5, WITHOUT_SECONDS = 60,
    CALM_SECONDS = 130,      /* all positions are ranked twice in it */
    FALL_SECONDS = 600,      /* at most */
    PRICE = 100000, FALLEN = 96000, WANDERS = 21, /* ticks */
};

static const struct {
    const char *key, *cpu_key, *label;
} liquidation_stages[BENCH_STAGES] = {
    [LIQUIDATION_PLAN] = { "plan_ns", "cpu_plan_ns", "ns an episode's plan" },
    [LIQUIDATION_SEND] = { "send_ns", "cpu_send_ns", "ns an episode's orders" },
    [LIQUIDATION_HAND_OVER] = { "hand_over_ns", "cpu_hand_over_ns", "ns an episode's hand-over" },
    [LIQUIDATION_WATCH_POSITION] = { "position_ns", "cpu_position_ns", "ns a position's hand-over" },
    [LIQUIDATION_WATCH_LOOK] = { "look_ns", "cpu_look_ns", "ns a look at a bankrupt" },
    [LIQUIDATION_DELEVERAGE] = { "deal_ns", "cpu_deal_ns", "ns a deal" },
};

/* --- what is measured --- */

static bool liquidation_calm(struct bench_liquidation *bench, unsigned seconds, struct bench_ticks *ticks)
{
    for (unsigned i = 0; i < seconds; i++) {
        const uint32_t price = PRICE - WANDERS / 2 + (uint32_t)bench_liquidation_draw(bench, WANDERS);

        if (!bench_liquidation_quote(bench, price) || !bench_liquidation_tick(bench, ticks))
            return false;
    }
    return true;
}

static uint32_t liquidation_left(const struct bench_liquidation *bench)
{
    uint32_t count = 0;

    for (uint32_t row = bench->state->t->episodes; row != TABLE_NONE; row = state_episode(bench->state, row)->next)
        count++;
    return count;
}

/* Every run has the same batches: what they do is a function of the inputs alone. */
static bool liquidation_end_run(struct bench_liquidation *bench, struct bench_least *least)
{
    if (least->runs++ > 0 && least->run_count != least->count)
        return bench_liquidation_fail(bench, "two runs of the same inputs took different numbers of batches");
    least->count = least->run_count;
    least->run_count = 0;
    return true;
}

static bool liquidation_fall(struct bench_liquidation *bench)
{
    bench->falling = true;
    bench->seconds = 0;
    do {
        if (!bench_liquidation_quote(bench, FALLEN) || !bench_liquidation_tick(bench, &bench->figures->fall))
            return false;
        if (bench->seconds++ == 0)
            bench->detected = bench->state->t->episodes_made;
    } while (bench->state->t->episodes != TABLE_NONE && bench->seconds < FALL_SECONDS);
    bench->falling = false;
    bench->left = liquidation_left(bench);
    return liquidation_end_run(bench, &bench->figures->least);
}

static struct bench_ticks *liquidation_clear(struct bench_ticks *ticks)
{
    memset(ticks, 0, sizeof *ticks);
    return ticks;
}

static bool liquidation_measure(struct bench_liquidation *bench)
{
    struct bench_ticks warm;

    if (!liquidation_calm(bench, WARM_SECONDS, liquidation_clear(&warm)) ||
        !liquidation_calm(bench, WITHOUT_SECONDS, &bench->figures->without) || !bench_liquidation_set_rules(bench) ||
        !liquidation_calm(bench, WARM_SECONDS, liquidation_clear(&warm)) ||
        !liquidation_calm(bench, CALM_SECONDS, &bench->figures->calm))
        return false;
    if (bench->state->t->episodes_made > 0)
        return bench_liquidation_fail(bench, "somebody is in trouble before the fall");
    if (!liquidation_fall(bench))
        return false;
    if (exchange_recount(bench->exchange) != EXCHANGE_OK)
        return bench_liquidation_fail(bench, exchange_message(bench->exchange));
    return true;
}

/* --- reports --- */

static void liquidation_sum_least(const struct bench_least *least, struct distribution *wall, struct distribution *cpu)
{
    memset(wall, 0, sizeof *wall);
    memset(cpu, 0, sizeof *cpu);
    for (size_t i = 0; i < least->count; i++) {
        distribution_add(wall, least->batches[i].wall_ns);
        distribution_add(cpu, least->batches[i].cpu_ns);
    }
}

static json_t *liquidation_describe(const struct bench_ticks *ticks)
{
    json_t *object = json_object();

    report_set_count(object, "ticks", ticks->total_us.count);
    report_set_count(object, "batches", ticks->batches);
    report_set(object, "hold_ns", report_distribution(&ticks->hold_ns));
    report_set(object, "cpu_hold_ns", report_distribution(&ticks->cpu_hold_ns));
    report_set(object, "total_us", report_distribution(&ticks->total_us));
    report_set(object, "cpu_total_us", report_distribution(&ticks->cpu_total_us));
    return object;
}

static void liquidation_report(const struct bench_liquidation *bench)
{
    const struct bench_figures *figures = bench->figures;
    const double runs = (double)figures->least.runs;
    const struct tally tally = tally_of_venue(bench->state);
    struct distribution least, cpu_least;
    json_t *object = json_object();

    report_set(object, "workload",
               json_string("liquidation: about a tenth of all accounts falls below maintenance in the same tick"));
    report_set(object, "engine", json_string(bench->settings->engine ? bench->settings->engine : "model"));
    report_set_count(object, "seed", bench->settings->seed);
    report_set_count(object, "accounts", bench->accounts);
    report_set_count(object, "markets", bench->markets);
    report_set_count(object, "positions", bench->state->positions.live);
    report_set_count(object, "liquidated", bench->detected);
    report_set_count(object, "episodes", bench->state->t->episodes_made);
    report_set_count(object, "left", bench->left);
    report_set_count(object, "seconds", bench->seconds);
    report_set_count(object, "runs", figures->least.runs);
    report_set_count(object, "batches", figures->least.count);
    report_set_count(object, "book_fills", tally.book_fills);
    report_set_count(object, "backstop_fills", tally.backstop_fills);
    report_set_count(object, "deleveraged_fills", tally.deleveraged_fills);
    for (unsigned stage = 0; stage < BENCH_STAGES; stage++) {
        if (liquidation_stages[stage].key == NULL)
            continue;
        report_set(object, liquidation_stages[stage].key, report_distribution(&figures->step_ns[stage]));
        report_set(object, liquidation_stages[stage].cpu_key, report_distribution(&figures->cpu_step_ns[stage]));
    }
    report_set(object, "wall_ms", json_real((double)figures->fall.wall_ns / runs / 1e6));
    report_set(object, "cpu_ms", json_real((double)figures->fall.cpu_ns / runs / 1e6));
    liquidation_sum_least(&figures->least, &least, &cpu_least);
    report_set(object, "least_hold_ns", report_distribution(&least));
    report_set(object, "cpu_least_hold_ns", report_distribution(&cpu_least));
    report_set(object, "fall", liquidation_describe(&figures->fall));
    report_set(object, "calm", liquidation_describe(&figures->calm));
    report_set(object, "without", liquidation_describe(&figures->without));
    report_print(object);
}

static void liquidation_print_calm(const char *label, const struct bench_ticks *ticks)
{
    printf("\n%s\n", label);
    summary_distribution("us a tick", &ticks->total_us);
    summary_distribution("  in processor time", &ticks->cpu_total_us);
    summary_distribution("ns that orders wait", &ticks->hold_ns);
    summary_distribution("  in processor time", &ticks->cpu_hold_ns);
}

static void liquidation_print_least(const struct bench_least *least)
{
    struct distribution wall, cpu;

    if (least->runs < 2)
        return;
    liquidation_sum_least(least, &wall, &cpu);
    printf("each batch's shortest of %" PRIu64 " runs, what is longer being the machine's doing\n", least->runs);
    summary_distribution("ns that orders wait", &wall);
    summary_distribution("  in processor time", &cpu);
}

static void liquidation_print(const struct bench_liquidation *bench)
{
    const struct bench_figures *figures = bench->figures;
    const struct tally tally = tally_of_venue(bench->state);
    const double runs = (double)figures->least.runs;
    char accounts[28], positions[28], detected[28], book[28], backstop[28], deals[28], batches[28];

    printf("liquidation: %s accounts with %s positions in %" PRIu32 " markets, seed %" PRIu64 "\n",
           summary_count(bench->accounts, accounts), summary_count(bench->state->positions.live, positions),
           bench->markets, bench->settings->seed);
    printf("%s below maintenance in the same tick; worked off in %" PRIu64 " s, %s batches, %.0f ms (%.0f ms of "
           "processor time; mean of %.0f); %" PRIu64 " left\n", summary_count(bench->detected, detected),
           bench->seconds, summary_count(figures->least.count, batches), (double)figures->fall.wall_ns / runs / 1e6,
           (double)figures->fall.cpu_ns / runs / 1e6, runs, bench->left);
    printf("%s fills on the book, %s by providers, %s deals\n", summary_count(tally.book_fills, book),
           summary_count(tally.backstop_fills, backstop), summary_count(tally.deleveraged_fills, deals));
    for (unsigned stage = 0; stage < BENCH_STAGES; stage++) {
        if (liquidation_stages[stage].key == NULL)
            continue;
        summary_distribution(liquidation_stages[stage].label, &figures->step_ns[stage]);
        summary_distribution("  in processor time", &figures->cpu_step_ns[stage]);
    }
    liquidation_print_calm("While they are worked off", &figures->fall);
    liquidation_print_least(&figures->least);
    liquidation_print_calm("Calm, nobody in trouble", &figures->calm);
    liquidation_print_calm("Calm, without liquidation", &figures->without);
}

/* Once more in a world of its own. */
static bool liquidation_run_once(struct bench_liquidation *bench, const struct bench_liquidation_settings *settings,
                                 struct bench_figures *figures)
{
    memset(bench, 0, sizeof *bench);
    bench->settings = settings;
    bench->seed = settings->seed;
    bench->figures = figures;
    return bench_liquidation_open(bench) && liquidation_measure(bench);
}

int bench_liquidation_run(const struct bench_liquidation_settings *settings)
{
    struct bench_liquidation *bench = memory_reserve(1, sizeof *bench);
    struct bench_figures *figures = memory_reserve(1, sizeof *figures);
    bool good = true;

    for (uint64_t run = 0; run < settings->runs && good; run++) {
        bench_liquidation_close(bench); /* of the run before */
        if (!settings->json)
            fprintf(stderr, "run %" PRIu64 " of %" PRIu64 "\n", run + 1, settings->runs);
        good = liquidation_run_once(bench, settings, figures);
    }
    if (!good)
        printable_error("vitrine bench liquidation", bench->error);
    else if (settings->json)
        liquidation_report(bench);
    else
        liquidation_print(bench);
    bench_liquidation_close(bench);
    free(figures->least.batches);
    free(figures);
    free(bench);
    return good ? EXIT_STATUS_OK : EXIT_STATUS_FAULT;
}
