#include <inttypes.h>
#include <stdio.h>

#include "decimal.h"
#include "flow_source.h"
#include "printable.h"
#include "replay_settings.h"
#include "report.h"
#include "runner.h"
#include "status.h"
#include "summary.h"

#define REPLAY_IDLE_READS 8 /* registers read at a fence: cycles in which the card finishes looking ahead */

static void flow_print_refused(const char *path, const struct flow_result *result)
{
    for (uint64_t i = 0; i < result->refused_count && i < FLOW_REFUSED_LISTED; i++)
        printf("  %s:%" PRIu64 ": %s refused: %s\n", path, result->refused[i].line,
               card_code_name(result->refused[i].code), card_reason_name(result->refused[i].reason));
    if (result->refused_count > FLOW_REFUSED_LISTED)
        printf("  (the first %d of %" PRIu64 " refused commands are listed)\n", FLOW_REFUSED_LISTED,
               result->refused_count);
}

static json_t *flow_refused_list(const struct flow_result *result)
{
    json_t *list = json_array();

    for (uint64_t i = 0; i < result->refused_count && i < FLOW_REFUSED_LISTED; i++) {
        json_t *object = json_object();

        report_set_count(object, "line", result->refused[i].line);
        report_set(object, "command", json_string(card_code_name(result->refused[i].code)));
        report_set(object, "reason", json_string(card_reason_name(result->refused[i].reason)));
        json_array_append_new(list, object);
    }
    return list;
}

static void flow_print(const char *path, const struct flow_result *result, const struct flow_source *flow,
                       const struct runner *runner)
{
    char a[28], b[28], c[28], time[40];

    decimal_format(result->last_ns - result->first_ns, 3, time, sizeof time);
    printf("%s\n%s lines over %s s, %s commands, %s fills\n", path, summary_count(result->lines, a), time,
           summary_count(runner_command_count(runner), b), summary_count(result->fills, c));
    summary_events(runner);
    flow_print_refused(path, result);
    if (result->expects)
        printf("%" PRIu64 " levels expected, %" PRIu64 " as expected\n", result->expects, result->expects_met);
    for (uint64_t i = 0; i < result->expects - result->expects_met && i < FLOW_LISTED; i++)
        printf("  %s:%" PRIu64 ": expected %" PRIu64 " lots, found %" PRIu64 "\n", path, result->unmet[i].line,
               result->unmet[i].expected, result->unmet[i].found);
    if (result->unknown_orders)
        printf("%" PRIu64 " lines name an order that is not there\n", result->unknown_orders);
    for (uint32_t i = 0; flow_source_market(flow, i); i++) {
        const struct flow_market *market = flow_source_market(flow, i);

        printf("  %-12s %s orders at the end, digest %016" PRIx64 "\n", market->name, summary_count(market->orders, a),
               market->digest);
    }
    summary_engines(runner);
}

static void flow_report(const struct flow_result *result, const struct flow_source *flow, const struct runner *runner)
{
    json_t *object = json_object();
    json_t *markets = json_object();

    report_set_count(object, "rows", result->lines);
    report_set_count(object, "rows_compared", result->expects);
    report_set_count(object, "rows_equal", result->expects_met);
    report_set_count(object, "executions", 0);
    report_set_count(object, "maker_right", 0);
    report_set_count(object, "maker_wrong", 0);
    report_set_count(object, "unknown_orders", result->unknown_orders);
    report_set_count(object, "fills", result->fills);
    report_set_count(object, "hidden_executions", 0);
    report_set_count(object, "rejected", runner_kind_count(runner, CARD_KIND_REJECTED));
    report_set(object, "refused", flow_refused_list(result));
    report_set_count(object, "mirror_errors", result->mirror_errors);
    for (uint32_t i = 0; flow_source_market(flow, i); i++) {
        json_t *market = json_object();

        report_set_count(market, "orders", flow_source_market(flow, i)->orders);
        report_set(market, "digest", report_hash(flow_source_market(flow, i)->digest));
        report_set(markets, flow_source_market(flow, i)->name, market);
    }
    report_set(object, "markets", markets);
    summary_report_engines(object, runner);
    report_print(object);
}

static int flow_finish(const struct replay_settings *settings, const char *path, struct flow_source *flow,
                       struct runner *runner)
{
    struct command_source source = flow_source_commands(flow);
    struct progress progress = { .what = "commands" };
    enum run_status status = runner_run(runner, &source, &progress);
    const struct flow_result *result = flow_source_result(flow);

    replay_warn_trace(settings, device_cycles(runner->engine[0]->device));
    if (status == RUN_DONE && *flow_source_error(flow))
        status = RUN_BAD_INPUT;
    if (status != RUN_DONE)
        printable_error("vitrine replay", status == RUN_BAD_INPUT ? flow_source_error(flow) : runner->error);
    if (status == RUN_BAD_INPUT)
        return EXIT_STATUS_USAGE;
    if (status == RUN_FAULT)
        return EXIT_STATUS_FAULT;
    if (settings->json)
        flow_report(result, flow, runner);
    else
        flow_print(path, result, flow, runner);
    return status == RUN_DONE && result->expects == result->expects_met && result->mirror_errors == 0 &&
                   runner_agrees(runner)
               ? EXIT_STATUS_OK
               : EXIT_STATUS_FAILED;
}

int replay_flow(const struct replay_settings *settings, const char *path)
{
    static struct runner runner;
    struct device_options options = replay_device_options(settings);
    const struct device_capability *card;
    struct flow_source *flow;
    char error[TEXT_ERROR_MAX];
    int status = runner_open(&runner, settings->engine, &options);

    if (status != EXIT_STATUS_OK)
        return status;
    runner.wait_at_fences = settings->wait_at_fences;
    runner.idle_reads = settings->wait_at_fences ? REPLAY_IDLE_READS : 0;
    card = device_capability(runner.engine[0]->device);
    flow = flow_source_open(path, settings->limit, card->markets, card->orders, card->tick_bits, error);
    if (flow == NULL) {
        printable_error("vitrine replay", error);
        status = EXIT_STATUS_USAGE;
    } else {
        flow_source_warn(flow, stderr);
        status = flow_finish(settings, path, flow, &runner);
    }
    flow_source_close(flow);
    runner_close(&runner);
    return status;
}
