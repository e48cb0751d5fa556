/* How long a snapshot of many accounts takes: at a stop, by a live node, the pause of its orders, loading. */
#include "bench_snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scratch_directory.h"
#include "clock.h"
#include "memory.h"
#include "order.h"
#include "printable.h"
#include "report.h"
#include "snapshot.h"
#include "status.h"
#include "summary.h"

struct bench_snapshot {
    const struct bench_snapshot_settings *settings;
    struct state_sizes sizes;
    struct state state;
    char directory[SCRATCH_PATH_BYTES], error[512];
    uint64_t bytes, stopped_ns, loaded_ns;
    struct distribution hold_ns, live_ns;
};

/* An account, a subaccount, a balance and a position for each; orders in numbers. */
static void snapshot_fill(struct bench_snapshot *bench)
{
    struct state *state = &bench->state;
    const uint32_t asset = table_take(&state->assets), market = table_take(&state->markets);

    for (uint64_t i = 0; i < bench->settings->subaccounts; i++) {
        const uint32_t account = table_take(&state->accounts), row = table_take(&state->subaccounts);

        snprintf((char *)state_account(state, account)->name, 24, "a%" PRIu64, i);
        snprintf((char *)state_subaccount(state, row)->name, 24, "main");
        state_subaccount(state, row)->account = account;
        state_index_account(state, account);
        state_index_subaccount(state, row);
        state_balance(state, state_need_balance(state, row, asset))->amount = (int64_t)(1000000 + i);
        state_position(state, state_need_position(state, row, market))->entry_cost = (int64_t)i;
    }
    for (uint64_t i = 0; i < bench->settings->orders; i++) {
        struct order *order = order_row(state, table_take(&state->orders));

        order->id = (i + 1) << 22;
        order->price = (uint32_t)i + 1;
    }
}

static bool snapshot_wait(struct bench_snapshot *bench, struct snapshot_child *child, uint64_t begin_ns)
{
    uint8_t hash[32];
    enum snapshot_status status;

    while ((status = snapshot_poll(child, hash, bench->error, sizeof bench->error)) == SNAPSHOT_BUSY)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    distribution_add(&bench->live_ns, clock_now_ns() - begin_ns);
    return status == SNAPSHOT_OK;
}

static void snapshot_remove(const struct bench_snapshot *bench)
{
    char name[SCRATCH_PATH_BYTES + 64];

    snprintf(name, sizeof name, "%s/snapshot-%016" PRIu64, bench->directory, bench->state.t->batch);
    unlink(name);
}

static bool snapshot_measure(struct bench_snapshot *bench)
{
    struct snapshot_child child;
    struct state loaded;
    uint8_t hash[32];
    uint64_t begin_ns;

    for (uint64_t run = 0; run < bench->settings->runs; run++) {
        begin_ns = clock_now_ns();
        if (snapshot_begin(&bench->state, bench->directory, &child, bench->error, sizeof bench->error) != SNAPSHOT_OK)
            return false;
        distribution_add(&bench->hold_ns, clock_now_ns() - begin_ns);
        if (!snapshot_wait(bench, &child, begin_ns))
            return false;
        snapshot_remove(bench);
    }
    begin_ns = clock_now_ns();
    if (snapshot_write(&bench->state, bench->directory, hash, bench->error, sizeof bench->error) != SNAPSHOT_OK)
        return false;
    bench->stopped_ns = clock_now_ns() - begin_ns;
    state_create(&loaded, &bench->sizes);
    begin_ns = clock_now_ns();
    if (snapshot_load(&loaded, bench->directory, bench->state.t->batch, hash, bench->error, sizeof bench->error) !=
        SNAPSHOT_OK)
        return false;
    bench->loaded_ns = clock_now_ns() - begin_ns;
    state_destroy(&loaded);
    return true;
}

static void snapshot_print(const struct bench_snapshot *bench)
{
    char subaccounts[28], orders[28];

    if (bench->settings->json) {
        json_t *object = json_object();

        report_set_count(object, "subaccounts", bench->settings->subaccounts);
        report_set_count(object, "orders", bench->settings->orders);
        report_set_count(object, "bytes", bench->bytes);
        report_set(object, "hold_ns", report_distribution(&bench->hold_ns));
        report_set(object, "live_ns", report_distribution(&bench->live_ns));
        report_set_count(object, "stopped_ns", bench->stopped_ns);
        report_set_count(object, "loaded_ns", bench->loaded_ns);
        report_print(object);
        return;
    }
    printf("snapshot: %s subaccounts, each with a balance and a position, and %s orders: %" PRIu64 " MiB in use\n",
           summary_count(bench->settings->subaccounts, subaccounts), summary_count(bench->settings->orders, orders),
           bench->bytes >> 20);
    summary_distribution("ns that orders wait", &bench->hold_ns);
    summary_distribution("ns until it is on disk", &bench->live_ns);
    printf("at a stop %.2f s, loaded in %.2f s\n", (double)bench->stopped_ns / 1e9, (double)bench->loaded_ns / 1e9);
}

int bench_snapshot_run(const struct bench_snapshot_settings *settings)
{
    struct bench_snapshot *bench = memory_reserve(1, sizeof *bench);
    struct table *tables[STATE_TABLES];
    int status = EXIT_STATUS_FAULT;

    bench->settings = settings;
    bench->sizes = (struct state_sizes){
        .subaccounts = (uint32_t)settings->subaccounts, .accounts = (uint32_t)settings->subaccounts, .users = 1,
        .balances = (uint32_t)settings->subaccounts, .positions = (uint32_t)settings->subaccounts,
        .orders = (uint32_t)settings->orders + 1, .slots = 1, .transfers = 1, .jobs = 1 };
    state_create(&bench->state, &bench->sizes);
    bench->state.t->batch = 1;
    snapshot_fill(bench);
    state_tables(&bench->state, tables);
    for (int i = 0; i < STATE_TABLES; i++)
        bench->bytes += (uint64_t)tables[i]->used * tables[i]->row_size;
    if (scratch_directory_make(settings->directory, bench->directory, bench->error, sizeof bench->error)) {
        if (snapshot_measure(bench)) {
            snapshot_print(bench);
            status = EXIT_STATUS_OK;
        }
        scratch_directory_remove(bench->directory);
    }
    if (status != EXIT_STATUS_OK)
        printable_error("vitrine bench snapshot", bench->error);
    state_destroy(&bench->state);
    free(bench);
    return status;
}
