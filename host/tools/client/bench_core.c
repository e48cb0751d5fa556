#include "bench_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "bench_config.h"
#include "bench_core_run.h"
#include "config_diff.h"
#include "memory.h"
#include "reason.h"

#define START_NS (UINT64_C(1764150000) * 1000000000) /* any time will do, and the same one for the same hash */

struct bench_core {
    const struct bench_core_settings *settings;
    struct bench_core_result *result;
    struct config config;
    struct device *device;
    struct exchange *exchange;
    struct trade_flow *flow;
    uint32_t first_user, first_subaccount;
    uint64_t time_ns;
    enum exchange_stage stage;
    uint64_t stage_begin_ns;
    _Alignas(8) uint8_t inputs[LIMIT_BATCH_BYTES];
    char *error;
    size_t error_size;
};

const char *bench_core_stage_name(enum exchange_stage stage)
{
    static const char *const names[STAGES] = { "check", "submit", "card", "clear", "hash", "other" };

    return names[stage];
}

static void core_enter_stage(void *context, enum exchange_stage stage)
{
    struct bench_core *bench = context;
    const uint64_t now = clock_now_ns();

    bench->result->stage_ns[bench->stage] += now - bench->stage_begin_ns;
    bench->stage = stage;
    bench->stage_begin_ns = now;
}

static bool core_fault(struct bench_core *bench, const char *what, const char *detail)
{
    snprintf(bench->error, bench->error_size, "%s: %s", what, detail);
    return false;
}

static bool core_batch(struct bench_core *bench, const uint8_t *inputs, size_t size, uint32_t count,
                       struct exchange_result *out)
{
    const struct exchange_batch batch = { .number = exchange_state(bench->exchange)->t->batch + 1,
                                          .time_ns = bench->time_ns += 100000, .inputs = inputs, .size = size,
                                          .count = count };

    if (exchange_run(bench->exchange, &batch, out) == EXCHANGE_OK)
        return true;
    return core_fault(bench, "core", exchange_message(bench->exchange));
}

/* Runs inputs that must not be refused. */
static bool core_set_up(struct bench_core *bench, struct config_inputs *inputs)
{
    struct exchange_result out;

    if (!core_batch(bench, inputs->bytes, inputs->size, inputs->count, &out))
        return false;
    config_inputs_clear(inputs);
    for (size_t i = 0; i < out.report_count; i++)
        if (out.reports[i].reason != REASON_NONE)
            return core_fault(bench, "set-up refused", reason_name(out.reports[i].reason));
    return true;
}

static bool core_deposit(struct bench_core *bench, struct config_inputs *inputs)
{
    for (uint32_t user = 0; user < bench->settings->users; user++) {
        for (size_t asset = 0; asset < bench->config.asset_count; asset++) {
            struct input_deposit deposit = { .header = { .kind = INPUT_DEPOSIT, .size = sizeof deposit,
                                                         .subaccount = bench->first_subaccount + user },
                                             .asset = (uint16_t)(asset + 1) };
            struct bench_deposit given;

            bench_config_deposit(user, asset, &given);
            memcpy(deposit.id, given.id, sizeof deposit.id);
            deposit.amount = given.amount;
            config_inputs_add(inputs, &deposit.header);
        }
        if (inputs->count > LIMIT_BATCH_INPUTS / 2 && !core_set_up(bench, inputs))
            return false;
    }
    return core_set_up(bench, inputs);
}

/* Everything but orders: as the node's first start does it. */
static bool core_fill(struct bench_core *bench)
{
    struct state *state = exchange_state(bench->exchange);
    struct config_inputs inputs = { 0 };
    bool good = true;

    do {
        config_diff(&bench->config, state, 0, &inputs);
        good = inputs.count == 0 || core_set_up(bench, &inputs);
    } while (good && exchange_state(bench->exchange)->users.live < bench->settings->users);
    config_first_prices(&bench->config, state, &inputs);
    bench->first_user = 1;
    bench->first_subaccount = SYSTEM_SUBACCOUNTS;
    good = good && core_set_up(bench, &inputs) && core_deposit(bench, &inputs);
    config_inputs_free(&inputs);
    return good;
}

static bool core_open(struct bench_core *bench)
{
    const struct config_node *node = &bench->config.node;
    const struct device_options options = { .backend = bench->settings->backend, .markets = node->card_markets,
                                            .orders = node->card_orders, .tick_bits = node->card_tick_bits };
    struct exchange_options exchange = { .sizes = node->sizes, .stage = core_enter_stage, .context = bench };
    struct trade_flow_market markets[LIMIT_MARKETS];
    struct trade_flow_settings flow = { .seed = bench->settings->seed, .users = bench->settings->users,
                                        .population = 1000, .markets = markets };

    if (device_open(&bench->device, &options, bench->error, bench->error_size) != DEVICE_OK)
        return false;
    exchange.device = bench->device;
    exchange.sizes.slots = device_capability(bench->device)->orders;
    bench->exchange = exchange_create(&exchange);
    bench->time_ns = START_NS;
    if (exchange_attach(bench->exchange) != EXCHANGE_OK)
        return core_fault(bench, "attach", exchange_message(bench->exchange));
    flow.market_count = bench_config_markets(&bench->config, markets);
    bench->flow = trade_flow_create(&flow);
    return core_fill(bench);
}

static void core_count(struct bench_core *bench, const struct exchange_result *out)
{
    struct bench_core_result *result = bench->result;

    for (size_t i = 0; i < out->report_count; i++) {
        const struct report *report = &out->reports[i];
        const uint32_t user = report->user - bench->first_user;

        switch (report->kind) {
        case REPORT_ACCEPTED: result->accepted++; break;
        case REPORT_EXECUTED: result->executed++; break;
        case REPORT_CANCELLED: result->cancelled++; break;
        case REPORT_REJECTED: case REPORT_CANCEL_REJECTED: result->rejected++; break;
        default: break;
        }
        if (report->kind == REPORT_REJECTED || (report->kind != REPORT_ACCEPTED && report->open == 0))
            trade_flow_gone(bench->flow, user, report->reference);
    }
    result->batches++;
    result->rounds += out->rounds;
    result->commands += out->commands;
    result->events += out->events;
    result->reports += out->report_count;
}

static bool core_flow_batch(struct bench_core *bench, uint32_t count)
{
    struct bench_core_result *result = bench->result;
    const uint64_t card = result->stage_ns[STAGE_CARD];
    struct exchange_result out;
    size_t size = 0;
    uint64_t begin;

    for (uint32_t i = 0; i < count; i++) {
        union trade_flow_input *input = (void *)(bench->inputs + size);

        trade_flow_next(bench->flow, input);
        if (input->header.kind == INPUT_ORDER_NEW)
            input->header.subaccount = bench->first_subaccount + input->header.user;
        input->header.user += bench->first_user;
        size += input->header.size;
    }
    begin = bench->stage_begin_ns = clock_now_ns();
    bench->stage = STAGE_OTHER;
    if (!core_batch(bench, bench->inputs, size, count, &out))
        return false;
    result->wall_ns += clock_now_ns() - begin;
    distribution_add(&result->batch_ns, (clock_now_ns() - begin - (result->stage_ns[STAGE_CARD] - card)) / count);
    core_count(bench, &out);
    memcpy(result->hash, out.hash, sizeof result->hash);
    return true;
}

/* The books fill first, unmeasured. */
static bool core_measure(struct bench_core *bench)
{
    const uint64_t orders = bench->settings->orders;
    bool good = true;

    for (uint64_t warm = 0; warm < 20000 && good; warm += bench->settings->batch)
        good = core_flow_batch(bench, bench->settings->batch);
    memset(bench->result, 0, sizeof *bench->result);
    for (uint64_t done = 0; done < orders && good; done += bench->settings->batch) {
        good = core_flow_batch(bench, bench->settings->batch);
        bench->result->orders += bench->settings->batch;
    }
    if (good && exchange_recount(bench->exchange) != EXCHANGE_OK)
        good = core_fault(bench, "recount", exchange_message(bench->exchange));
    return good;
}

bool bench_core_run(const struct bench_core_settings *settings, struct bench_core_result *result, char *error,
                    size_t error_size)
{
    struct bench_core *bench = memory_reserve(1, sizeof *bench);
    bool good;

    bench->settings = settings;
    bench->result = result;
    bench->error = error;
    bench->error_size = error_size;
    good = bench_config_make(&bench->config, settings->users, error, error_size) && core_open(bench) &&
           core_measure(bench);
    trade_flow_destroy(bench->flow);
    exchange_destroy(bench->exchange);
    device_close(bench->device);
    config_free(&bench->config);
    free(bench);
    return good;
}

bool bench_core_measure(const char *backend, uint64_t seed, uint64_t orders, uint32_t users,
                        struct bench_core_figures *figures, char *error, size_t error_size)
{
    const struct bench_core_settings settings = { .backend = backend, .seed = seed, .orders = orders, .users = users,
                                                  .batch = 64 };
    struct bench_core_result *result = memory_reserve(1, sizeof *result);
    const bool good = bench_core_run(&settings, result, error, error_size);

    if (good) {
        *figures = (struct bench_core_figures){ .orders = result->orders, .wall_ns = result->wall_ns,
                                                .stage_count = STAGES, .host_ns = result->batch_ns };
        for (unsigned stage = 0; stage < STAGES; stage++) {
            figures->stage_name[stage] = bench_core_stage_name((enum exchange_stage)stage);
            figures->stage_ns[stage] = result->stage_ns[stage];
        }
        for (size_t i = 0; i < sizeof result->hash; i++)
            snprintf(figures->hash + 2 * i, 3, "%02x", result->hash[i]);
    }
    free(result);
    return good;
}
