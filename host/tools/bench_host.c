#include "bench_host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_core_run.h"
#include "bench_node.h"
#include "memory.h"
#include "printable.h"
#include "report.h"
#include "status.h"
#include "summary.h"

enum { RUNS_MAX = 15, LOW_RATE = 2000 };

static int host_fail(const char *error)
{
    printable_error("vitrine bench", error);
    return EXIT_STATUS_FAULT;
}

/* --- the whole host --- */

static uint64_t host_rate(const struct bench_node_result *result)
{
    const struct load_result *load = &result->load;

    return load->measured_ns ? (uint64_t)((double)load->measured * 1e9 / (double)load->measured_ns) : 0;
}

static int compare_rates(const void *left, const void *right)
{
    const uint64_t a = host_rate(*(const struct bench_node_result *const *)left);
    const uint64_t b = host_rate(*(const struct bench_node_result *const *)right);

    return a < b ? -1 : a > b;
}

struct host_workload {
    const char *backend;
    uint64_t rate, orders, runs;
    bool beside, busy_poll; /* beside: only next to another backend */
};

/* Runs of the same workload, slowest first; the median is the one in the middle. False with a message. */
static bool host_runs(const struct bench_host_settings *settings, const struct host_workload *work,
                      struct bench_node_result *results[RUNS_MAX])
{
    const struct bench_node_settings node = {
        .backend = work->backend, .directory = settings->directory, .users = (uint32_t)settings->users,
        .seed = settings->seed, .rate = work->rate, .window = settings->window, .warm = 20000,
        .orders = work->orders, .busy_poll = work->busy_poll };
    char error[1024] = "";

    for (uint64_t i = 0; i < work->runs; i++) {
        if (results[i] == NULL)
            results[i] = memory_reserve(1, sizeof *results[i]);
        fprintf(stderr, "%s, run %" PRIu64 " of %" PRIu64 "\n", work->backend, i + 1, work->runs);
        if (!bench_node_run(&node, results[i], error, sizeof error)) {
            host_fail(error);
            return false;
        }
    }
    qsort(results, work->runs, sizeof *results, compare_rates);
    return true;
}

/* What the host's own code takes of an order: without the card and without waiting for the disk. */
static uint64_t host_own_ns(const struct bench_node_result *result)
{
    return result->metrics.inputs_total ? result->distributions.host_ns.sum / result->metrics.inputs_total : 0;
}

/* How fast its journal ran again. */
static uint64_t host_replay_rate(const struct bench_node_result *result)
{
    return result->replay_ns ? (uint64_t)((double)result->replayed * 1e9 / (double)result->replay_ns) : 0;
}

static double host_card_share(const struct bench_node_result *result)
{
    uint64_t sum = 0;

    for (unsigned stage = 0; stage < METRICS_STAGES; stage++)
        sum += result->stage_ns[stage];
    return sum ? (double)result->stage_ns[METRICS_CARD] / (double)sum : 0;
}

static json_t *host_stages(const struct bench_node_result *result)
{
    json_t *object = json_object();

    for (unsigned stage = 0; stage < METRICS_STAGES; stage++) {
        json_t *one = report_distribution(&result->distributions.stage[stage]);

        if (json_is_object(one))
            report_set_count(one, "an_order", result->stage_ns[stage]);
        report_set(object, metrics_stage_name(stage), one);
    }
    return object;
}

static json_t *host_describe(const struct bench_node_result *result)
{
    json_t *object = json_object();

    report_set_count(object, "orders_per_second", host_rate(result));
    report_set(object, "latency_ns", report_distribution(&result->load.latency_ns));
    report_set_count(object, "host_ns", host_own_ns(result));
    report_set(object, "card_share", json_real(host_card_share(result)));
    report_set_count(object, "node_ns", result->metrics.inputs_total
                                            ? result->node_busy_ns / result->metrics.inputs_total : 0);
    report_set_count(object, "load_ns", result->load.sent ? result->load.busy_ns / result->load.sent : 0);
    report_set(object, "host_batch_ns", report_distribution(&result->distributions.host_ns));
    report_set(object, "host_order_ns", report_distribution(&result->distributions.host_order_ns));
    report_set_count(object, "replayed_per_second", host_replay_rate(result));
    report_set(object, "stages", host_stages(result));
    report_set(object, "batch_wait_ns", report_distribution(&result->distributions.batch_wait_ns));
    report_set(object, "batch_inputs", report_distribution(&result->distributions.batch_inputs));
    report_set(object, "batch_rounds", report_distribution(&result->distributions.batch_rounds));
    report_set(object, "journal_lag_ns", report_distribution(&result->distributions.journal_lag_ns));
    return object;
}

static void host_print(const char *title, const struct bench_node_result *result)
{
    char count[28], again[28], label[48];

    printf("\n%s: %s durable orders a second; its journal run again on the model: %s inputs a second\n", title,
           summary_count(host_rate(result), count), summary_count(host_replay_rate(result), again));
    printf("host code %" PRIu64 " ns an order, card %.0f %%, processor %" PRIu64 " ns (generator %" PRIu64 " ns)\n",
           host_own_ns(result), 100 * host_card_share(result),
           result->metrics.inputs_total ? result->node_busy_ns / result->metrics.inputs_total : 0,
           result->load.sent ? result->load.busy_ns / result->load.sent : 0);
    summary_distribution("ns to the answer", &result->load.latency_ns);
    summary_distribution("inputs a batch", &result->distributions.batch_inputs);
    summary_distribution("ns to a batch's begin", &result->distributions.batch_wait_ns);
    summary_distribution("ns to the disk", &result->distributions.journal_lag_ns);
    summary_distribution("ns of host code a batch", &result->distributions.host_ns);
    if (result->distributions.host_order_ns.count)
        summary_distribution("of a batch of one order", &result->distributions.host_order_ns);
    for (unsigned stage = 0; stage < METRICS_STAGES; stage++) {
        printf("%5" PRIu64 " ns an order; ", result->stage_ns[stage]);
        snprintf(label, sizeof label, "%.16s, ns a batch", metrics_stage_name(stage));
        summary_distribution(label, &result->distributions.stage[stage]);
    }
}

static json_t *host_all_rates(struct bench_node_result *const *results, uint64_t runs)
{
    json_t *list = json_array();

    for (uint64_t i = 0; i < runs; i++)
        json_array_append_new(list, json_integer((json_int_t)host_rate(results[i])));
    return list;
}

/* Of the same workload: the card, and a device that answers at once (NULL where there is no card), and with that a node
 * that never sleeps (only at low load). */
struct host_set {
    struct bench_node_result *const *card, *const *at_once, *const *busy;
};

/* At low load a batch holds one order. Without the card where there is a run without: a card that is simulated has to
 * be woken by a system call, a card in a slot is not. */
static const struct bench_node_result *host_low(const struct host_set *low)
{
    return low->at_once[0] ? low->at_once[0] : low->card[0];
}

static void host_report_p99(json_t *object, const char *name, const struct bench_node_result *result)
{
    report_set_count(object, name, distribution_percentile(&result->distributions.host_order_ns, 990));
}

static json_t *host_report_low(const struct host_set *low)
{
    json_t *slow = host_describe(low->card[0]);

    report_set_count(slow, "rate", LOW_RATE);
    if (low->at_once[0])
        report_set(slow, "at_once", host_describe(low->at_once[0]));
    report_set(slow, "busy_poll", host_describe(low->busy[0]));
    host_report_p99(slow, "host_ns_p99", host_low(low));
    host_report_p99(slow, "busy_poll_host_ns_p99", low->busy[0]);
    return slow;
}

static void host_report(const struct bench_host_settings *settings, const char *backend, const struct host_set *load,
                        const struct host_set *low)
{
    const struct bench_node_result *median = load->card[settings->runs / 2], *model = load->at_once[0];
    json_t *object = host_describe(median);

    report_set(object, "workload", json_string("calibrated flow in 5 markets over loopback TCP, journal on disk"));
    report_set(object, "backend", json_string(backend));
    report_set_count(object, "seed", settings->seed);
    report_set_count(object, "users", settings->users);
    report_set_count(object, "rate", settings->rate);
    report_set(object, "runs", host_all_rates(load->card, settings->runs));
    if (model) {
        report_set_count(object, "model_orders_per_second", host_rate(model));
        report_set(object, "ratio_to_model",
                   json_real(host_rate(model) ? (double)host_rate(median) / (double)host_rate(model) : 0));
    }
    report_set(object, "low_load", host_report_low(low));
    report_print(object);
}

static void host_tell(const struct bench_host_settings *settings, const char *backend, const struct host_set *load,
                      const struct host_set *low)
{
    char title[64];

    snprintf(title, sizeof title, "%.20s, median of %" PRIu64, backend, settings->runs);
    host_print(title, load->card[settings->runs / 2]);
    if (load->at_once[0])
        host_print("a device that answers at once", load->at_once[0]);
    snprintf(title, sizeof title, "low load, %d a second", LOW_RATE);
    host_print(title, low->card[0]);
    if (low->at_once[0])
        host_print("the same, a device that answers at once", low->at_once[0]);
    host_print("the same, and the node never sleeps", low->busy[0]);
}

static int host_measure(const struct bench_host_settings *settings)
{
    static struct bench_node_result *results[5][RUNS_MAX];
    const struct host_set load = { results[0], results[1], NULL }, low = { results[2], results[3], results[4] };
    const char *backend = settings->backend ? settings->backend : "sim";
    const bool beside = strcmp(backend, "model") != 0;
    const uint64_t orders = settings->orders ? settings->orders : 1000000;
    const struct host_workload work[5] = {
        { backend, settings->rate, orders, settings->runs, false, false },
        { "model", settings->rate, orders, 1, true, false },
        { backend, LOW_RATE, LOW_RATE * 5, 1, false, false },
        { "model", LOW_RATE, LOW_RATE * 5, 1, true, false },
        { "model", LOW_RATE, LOW_RATE * 5, 1, false, true },
    };

    for (unsigned i = 0; i < 5; i++)
        if ((beside || !work[i].beside) && !host_runs(settings, &work[i], results[i]))
            return EXIT_STATUS_FAULT;
    if (settings->json)
        host_report(settings, backend, &load, &low);
    else
        host_tell(settings, backend, &load, &low);
    for (unsigned i = 0; i < 5 * RUNS_MAX; i++)
        free(results[i / RUNS_MAX][i % RUNS_MAX]);
    return EXIT_STATUS_OK;
}

/* --- the core alone --- */

static json_t *core_stages(const struct bench_core_figures *figures)
{
    json_t *object = json_object();

    for (unsigned stage = 0; stage < figures->stage_count; stage++)
        report_set(object, figures->stage_name[stage],
                   json_real((double)figures->stage_ns[stage] / (double)figures->orders));
    return object;
}

static int core_measure(const struct bench_host_settings *settings)
{
    struct bench_core_figures *figures = memory_reserve(1, sizeof *figures);
    const char *backend = settings->backend ? settings->backend : "model";
    char error[512] = "";
    json_t *object;

    if (!bench_core_measure(backend, settings->seed, settings->orders ? settings->orders : 1000000,
                            (uint32_t)settings->users, figures, error, sizeof error)) {
        free(figures);
        return host_fail(error);
    }
    if (settings->json) {
        object = json_object();
        report_set(object, "workload",
                   json_string("calibrated flow in 5 markets, batches of 64 straight into the core"));
        report_set(object, "backend", json_string(backend));
        report_set_count(object, "seed", settings->seed);
        report_set_count(object, "orders", figures->orders);
        report_set(object, "ns_an_order", json_real((double)figures->wall_ns / (double)figures->orders));
        report_set(object, "stages", core_stages(figures));
        report_set(object, "host_ns", report_distribution(&figures->host_ns));
        report_set(object, "hash", json_string(figures->hash));
        report_print(object);
    } else {
        printf("core alone, %s: %.0f ns an order:", backend, (double)figures->wall_ns / (double)figures->orders);
        for (unsigned stage = 0; stage < figures->stage_count; stage++)
            printf(" %s %.0f", figures->stage_name[stage],
                   (double)figures->stage_ns[stage] / (double)figures->orders);
        printf("\n");
        summary_distribution("ns an order by batch, card left out", &figures->host_ns);
        printf("hash %s\n", figures->hash);
    }
    free(figures);
    return EXIT_STATUS_OK;
}

int bench_host_run(const struct bench_host_settings *settings)
{
    return settings->core_only ? core_measure(settings) : host_measure(settings);
}
