#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_host.h"
#include "bench_write.h"
#include "memory.h"
#include "printable.h"
#include "report.h"
#include "status.h"
#include "summary.h"

enum { RUNS_MAX = 15, BATCH_INPUTS = 64, SMALL_BATCHES = 2000 };

static double journal_rate(uint64_t count, uint64_t ns)
{
    return ns ? (double)count * 1e9 / (double)ns : 0;
}

static int compare_times(const void *left, const void *right)
{
    const struct bench_write_result *a = *(struct bench_write_result *const *)left;
    const struct bench_write_result *b = *(struct bench_write_result *const *)right;

    return a->wall_ns < b->wall_ns ? 1 : a->wall_ns > b->wall_ns ? -1 : 0;
}

static void journal_report(const struct bench_host_settings *settings, struct bench_write_result *const *results,
                           const struct bench_write_result *small)
{
    const struct bench_write_result *median = results[settings->runs / 2];
    json_t *object = json_object(), *runs = json_array();

    for (uint64_t i = 0; i < settings->runs; i++)
        json_array_append_new(runs, json_real(journal_rate(results[i]->batches, results[i]->wall_ns)));
    report_set(object, "workload", json_string("batches of 64 orders, one write outstanding, O_DIRECT and O_DSYNC"));
    report_set(object, "batches_per_second", json_real(journal_rate(median->batches, median->wall_ns)));
    report_set(object, "orders_per_second", json_real(journal_rate(median->inputs, median->wall_ns)));
    report_set(object, "mebibytes_per_second", json_real(journal_rate(median->written, median->wall_ns) / 1048576));
    report_set(object, "write_ns", report_distribution(&median->durable_ns));
    report_set(object, "small_writes_per_second", json_real(journal_rate(small->writes, small->wall_ns)));
    report_set(object, "small_write_ns", report_distribution(&small->durable_ns));
    report_set(object, "read_orders_per_second", json_real(journal_rate(median->inputs, median->read_ns)));
    report_set(object, "runs", runs);
    report_print(object);
}

static void journal_print(const struct bench_write_result *median, const struct bench_write_result *small)
{
    printf("%.0f durable batches of %d orders a second (%.0f orders, %.1f MiB; %.1f batches a write)\n",
           journal_rate(median->batches, median->wall_ns), BATCH_INPUTS,
           journal_rate(median->inputs, median->wall_ns), journal_rate(median->written, median->wall_ns) / 1048576,
           median->writes ? (double)median->batches / (double)median->writes : 0);
    summary_distribution("ns until durable", &median->durable_ns);
    printf("%.0f single 4 KiB writes a second\n", journal_rate(small->writes, small->wall_ns));
    summary_distribution("ns until durable", &small->durable_ns);
    printf("%.0f orders a second read again and checked\n", journal_rate(median->inputs, median->read_ns));
}

int bench_journal_run(const struct bench_host_settings *settings)
{
    static struct bench_write_result *results[RUNS_MAX];
    struct bench_write_result *small = memory_reserve(1, sizeof *small);
    const uint64_t orders = settings->orders ? settings->orders : 4000000;
    const struct bench_write_settings large = { .directory = settings->directory, .batch_inputs = BATCH_INPUTS,
                                                .batches = (orders + BATCH_INPUTS - 1) / BATCH_INPUTS };
    const struct bench_write_settings single = { .directory = settings->directory, .batch_inputs = 1,
                                                 .batches = SMALL_BATCHES, .one_at_a_time = true };
    char error[1024] = "";
    bool good = bench_write_run(&single, small, error, sizeof error);

    for (uint64_t i = 0; i < settings->runs && good; i++) {
        results[i] = memory_reserve(1, sizeof *results[i]);
        good = bench_write_run(&large, results[i], error, sizeof error);
    }
    if (good) {
        qsort(results, settings->runs, sizeof *results, compare_times);
        if (settings->json)
            journal_report(settings, results, small);
        else
            journal_print(results[settings->runs / 2], small);
    } else {
        printable_error("vitrine bench", error);
    }
    for (unsigned i = 0; i < RUNS_MAX; i++)
        free(results[i]);
    free(small);
    return good ? EXIT_STATUS_OK : EXIT_STATUS_FAULT;
}
