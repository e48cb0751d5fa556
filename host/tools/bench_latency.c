#include "bench_latency.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_sim.h"
#include "latency_source.h"
#include "memory.h"
#include "printable.h"
#include "report.h"
#include "routed_clock.h"
#include "runner.h"
#include "status.h"
#include "summary.h"

enum {
    WATCHED = 1 << 16,  /* beats remembered: more than can lie between a command and the runner's look at its events */
    IDLE_READS = 8,     /* register reads before a command on the idle card: time to finish looking ahead */
};

/* One run: its points of measurement. */
struct measurement {
    struct device *device;
    bool bus;                  /* beats can be watched */
    uint64_t command, event;   /* numbers, since the watch began */
    struct latency_classifier classifier;
    struct latency_command at_book, at_bus;
    struct latency_table book, on_bus;
    uint64_t hash, missed;     /* missed: beats that were forgotten */
};

struct bench_latency {
    const struct bench_latency_settings *settings;
    struct measurement *idle, *loaded;
    uint32_t read_latency;
};

/* What a mode is, for people. */
static const char *const mode_texts[] = {
    "idle card: a command comes when the one before is answered and the card is still",
    "loaded card: commands back to back",
};

static void measure_event(void *context, const struct card_command *command, const struct card_event *event)
{
    struct measurement *measurement = context;
    enum latency_kind kind;
    uint64_t in, out;

    latency_note(&measurement->at_book, event, card_event_delay(event));
    if (measurement->bus) {
        if (device_sim_beats(measurement->device, measurement->command, measurement->event, &in, &out))
            latency_note(&measurement->at_bus, event, out - in);
        else
            measurement->missed++;
    }
    measurement->event++;
    if (!latency_classify(&measurement->classifier, command, event, &kind))
        return;
    measurement->command++;
    latency_count(&measurement->book, kind, &measurement->at_book);
    if (measurement->bus)
        latency_count(&measurement->on_bus, kind, &measurement->at_bus);
}

/* The start of the flow, then the measured commands. */
static enum run_status measure(const struct bench_latency_settings *settings, struct runner *runner,
                               struct latency_source *source, struct measurement *measurement, bool idle)
{
    struct command_source commands = latency_source_start(source);
    struct progress progress = { .what = idle ? "commands, idle card" : "commands, loaded card" };
    enum run_status status = runner_run(runner, &commands, NULL);

    if (status != RUN_DONE)
        return status;
    measurement->device = runner->engine[0]->device;
    measurement->bus = device_sim_watch(measurement->device, WATCHED);
    source->sink = (struct latency_sink){ measurement, measure_event };
    runner->one_at_a_time = idle;
    runner->idle_reads = idle ? IDLE_READS : 0;
    progress.total = runner->engine[0]->submitted + settings->commands;
    commands = latency_source_commands(source, settings->commands);
    status = runner_run(runner, &commands, &progress);
    measurement->hash = event_hash_value(runner->engine[0]->hash);
    return status;
}

/* Flow and script share the card: the flow has the first markets and slots, the script those behind. */
static int measure_on(const struct bench_latency_settings *settings, struct runner *runner,
                      struct measurement *measurement, bool idle)
{
    const struct device_capability *card = device_capability(runner->engine[0]->device);
    static struct latency_source source;
    struct flow_settings flow = { .seed = settings->seed, .markets = (uint32_t)settings->markets,
                                  .slots = card->orders - LATENCY_SCRIPT_SLOTS, .tick_bits = card->tick_bits };
    enum run_status status;

    if (settings->markets + 1 > card->markets) {
        fprintf(stderr, "vitrine bench: --markets %" PRIu64 ": the card has %" PRIu32 ", and one more is measured in\n",
                settings->markets, card->markets);
        return EXIT_STATUS_USAGE;
    }
    latency_source_init(&source, flow_create(&flow), (uint8_t)settings->markets, flow.slots);
    if (source.flow == NULL) {
        fprintf(stderr, "vitrine bench: the card's %" PRIu32 " order slots are too few for %" PRIu64 " markets\n",
                card->orders, settings->markets);
        return EXIT_STATUS_USAGE;
    }
    status = measure(settings, runner, &source, measurement, idle);
    flow_destroy(source.flow);
    if (status != RUN_DONE)
        printable_error("vitrine bench", runner->error);
    return status == RUN_DONE ? EXIT_STATUS_OK : status == RUN_FAULT ? EXIT_STATUS_FAULT : EXIT_STATUS_FAILED;
}

static int measure_mode(struct bench_latency *bench, struct measurement *measurement, bool idle)
{
    static struct runner runner;
    int status;

    memset(&runner, 0, sizeof runner);
    status = runner_open(&runner, bench->settings->engine, NULL);
    if (status != EXIT_STATUS_OK)
        return status;
    bench->read_latency = device_capability(runner.engine[0]->device)->read_latency;
    status = measure_on(bench->settings, &runner, measurement, idle);
    runner_close(&runner);
    return status;
}

/* ------------------------------------------------------------------------------------------------------ nanoseconds */
/* Of the routed clock, where there is a report of the card as it is simulated here; else 0. */
static uint64_t clock_khz(const struct bench_latency *bench)
{
    return bench->read_latency == ROUTED_READ_LATENCY ? ROUTED_CLOCK_KHZ : 0;
}

static const char *clock_source(const struct bench_latency *bench)
{
    return clock_khz(bench) ? ROUTED_CLOCK_SOURCE : "none";
}

static double nanoseconds(uint64_t cycles, uint64_t khz)
{
    return (double)cycles * 1e6 / (double)khz;
}

static json_t *report_nanoseconds(const struct distribution *cycles, uint64_t khz)
{
    json_t *object;

    if (khz == 0 || cycles->count == 0)
        return json_null();
    object = json_object();
    report_set(object, "mean", json_real((double)distribution_mean_milli(cycles) * 1e3 / (double)khz));
    report_set(object, "p50", json_real(nanoseconds(distribution_percentile(cycles, 500), khz)));
    report_set(object, "p99", json_real(nanoseconds(distribution_percentile(cycles, 990), khz)));
    report_set(object, "p999", json_real(nanoseconds(distribution_percentile(cycles, 999), khz)));
    report_set(object, "max", json_real(nanoseconds(cycles->max, khz)));
    return object;
}

/* ----------------------------------------------------------------------------------------------------------- report */
static json_t *report_cycles(const struct latency_cycles *cycles)
{
    json_t *object = json_object();

    report_set_count(object, "count", cycles->first_event.count);
    report_set(object, "first_event_cycles", report_distribution(&cycles->first_event));
    report_set(object, "first_fill_cycles", report_distribution(&cycles->first_fill));
    report_set(object, "last_event_cycles", report_distribution(&cycles->last_event));
    return object;
}

static json_t *report_kinds(const struct latency_table *table)
{
    json_t *object = json_object();

    for (int kind = 0; kind < LATENCY_KINDS; kind++)
        if (table->by_kind[kind].first_event.count)
            report_set(object, latency_kind_name((enum latency_kind)kind), report_cycles(&table->by_kind[kind]));
    return object;
}

static json_t *report_table(const struct latency_table *table)
{
    json_t *object = report_cycles(&table->all);

    report_set(object, "by_kind", report_kinds(table));
    return object;
}

static json_t *report_mode(const struct measurement *measurement)
{
    json_t *object = json_object();

    report_set(object, "book", report_table(&measurement->book));
    report_set(object, "bus", measurement->bus ? report_table(&measurement->on_bus) : json_null());
    report_set(object, "hash", report_hash(measurement->hash));
    return object;
}

static void report(const struct bench_latency *bench, const char *workload)
{
    const struct latency_table *book = &bench->idle->book;
    uint64_t khz = clock_khz(bench);
    json_t *object = json_object();

    report_set(object, "workload", json_string(workload));
    report_set(object, "engine", json_string(bench->settings->engine));
    report_set_count(object, "seed", bench->settings->seed);
    report_set_count(object, "commands", bench->settings->commands);
    report_set_count(object, "read_latency", bench->read_latency);
    report_set(object, "clock_mhz", khz ? json_real((double)khz / 1e3) : json_null());
    report_set(object, "clock_source", json_string(clock_source(bench)));
    report_set(object, "first_event_cycles", report_distribution(&book->all.first_event));
    report_set(object, "first_fill_cycles", report_distribution(&book->all.first_fill));
    report_set(object, "first_event_ns", report_nanoseconds(&book->all.first_event, khz));
    report_set(object, "first_fill_ns", report_nanoseconds(&book->all.first_fill, khz));
    report_set(object, "by_kind", report_kinds(book));
    report_set(object, "idle", report_mode(bench->idle));
    report_set(object, "loaded", report_mode(bench->loaded));
    report_set(object, "hash", report_hash(bench->idle->hash));
    report_print(object);
}

/* ----------------------------------------------------------------------------------------------------------- people */
static void print_distribution(const struct distribution *cycles)
{
    if (cycles->count == 0)
        printf("  %24s", "-");
    else
        printf("  %6" PRIu64 "%6" PRIu64 "%6" PRIu64 "%6" PRIu64, distribution_percentile(cycles, 500),
               distribution_percentile(cycles, 990), distribution_percentile(cycles, 999), cycles->max);
}

static void print_line(const char *name, const struct latency_cycles *cycles)
{
    if (cycles->first_event.count == 0)
        return;
    printf("  %-21s%8" PRIu64, name, cycles->first_event.count);
    print_distribution(&cycles->first_event);
    print_distribution(&cycles->first_fill);
    print_distribution(&cycles->last_event);
    printf("\n");
}

static void print_table(const char *where, const struct latency_table *table)
{
    printf(" %-22s%8s  %24s  %24s  %24s\n", where, "commands", "first event", "first fill", "last event");
    printf("  %-21s%8s", "", "");
    for (int i = 0; i < 3; i++)
        printf("  %6s%6s%6s%6s", "p50", "p99", "p99.9", "max");
    printf("\n");
    for (int kind = 0; kind < LATENCY_KINDS; kind++)
        print_line(latency_kind_name((enum latency_kind)kind), &table->by_kind[kind]);
    print_line("all", &table->all);
}

static void print_clock(const struct bench_latency *bench)
{
    const struct latency_cycles *all = &bench->idle->book.all;
    uint64_t khz = clock_khz(bench);

    if (khz)
        printf("at %.1f MHz (%s) a median first event takes %.1f ns, a median first fill %.1f ns\n",
               (double)khz / 1e3, ROUTED_CLOCK_SOURCE,
               nanoseconds(distribution_percentile(&all->first_event, 500), khz),
               nanoseconds(distribution_percentile(&all->first_fill, 500), khz));
    else if (ROUTED_CLOCK_KHZ)
        printf("no nanoseconds: the routed clock is that of read latency %d, this card has %" PRIu32 "\n",
               ROUTED_READ_LATENCY, bench->read_latency);
    else
        printf("no nanoseconds: there is no report of a routed clock for these RTL sources\n");
}

static void print(const struct bench_latency *bench, const char *workload)
{
    const struct measurement *const measured[] = { bench->idle, bench->loaded };
    char count[28];

    printf("%s, seed %" PRIu64 ", %s commands, read latency %" PRIu32 "; in cycles\n", workload, bench->settings->seed,
           summary_count(bench->settings->commands, count), bench->read_latency);
    for (int mode = 0; mode < 2; mode++) {
        printf("%s\n", mode_texts[mode]);
        print_table("at the book's ports", &measured[mode]->book);
        if (measured[mode]->bus)
            print_table("AXI beat in to out", &measured[mode]->on_bus);
    }
    print_clock(bench);
}

/* The same commands must have had the same answers, and every beat must have been seen. */
static int judge(const struct bench_latency *bench)
{
    if (bench->idle->hash != bench->loaded->hash) {
        fprintf(stderr, "vitrine bench: the idle and the loaded card gave different events\n");
        return EXIT_STATUS_FAILED;
    }
    if (bench->idle->missed || bench->loaded->missed) {
        fprintf(stderr, "vitrine bench: %" PRIu64 " events were not seen on the bus\n",
                bench->idle->missed + bench->loaded->missed);
        return EXIT_STATUS_FAILED;
    }
    return EXIT_STATUS_OK;
}

int bench_latency_run(const struct bench_latency_settings *settings)
{
    struct bench_latency bench = { .settings = settings };
    char workload[120];
    int status;

    bench.idle = memory_reserve(1, sizeof *bench.idle);
    bench.loaded = memory_reserve(1, sizeof *bench.loaded);
    snprintf(workload, sizeof workload,
             "latency: calibrated flow in %" PRIu64 " markets of about 1,000 orders, every eighth command scripted",
             settings->markets);
    status = measure_mode(&bench, bench.idle, true);
    if (status == EXIT_STATUS_OK)
        status = measure_mode(&bench, bench.loaded, false);
    if (status == EXIT_STATUS_OK)
        status = judge(&bench);
    if (status == EXIT_STATUS_OK && settings->json)
        report(&bench, workload);
    else if (status == EXIT_STATUS_OK)
        print(&bench, workload);
    free(bench.idle);
    free(bench.loaded);
    return status;
}
