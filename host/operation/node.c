#include "node.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "memory.h"
#include "node_inner.h"
#include "rehearsal.h"

#define MILLISECOND UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define TURN_WAIT_NS (20 * MILLISECOND)
#define TICK_NS (50 * MILLISECOND)
#define GOODBYE_NS SECOND /* for the gateway's farewells to leave */
#define SHORT_BATCH 4u /* inputs */
#define DAY_NS (86400 * SECOND)
#define LONG_STOP_NS (30 * DAY_NS)

enum node_status node_fail(struct node *node, const char *format, ...)
{
    va_list arguments;

    if (node->status == NODE_FAULT)
        return NODE_FAULT;
    node->status = NODE_FAULT;
    node->open = false;
    va_start(arguments, format);
    vsnprintf(node->message, sizeof node->message, format, arguments);
    va_end(arguments);
    log_event(node->options.log, LOG_LEVEL_FAULT, "fault", "message", node->message, NULL);
    return NODE_FAULT;
}

/* --- inputs --- */

bool node_take_input(struct node *node, const struct input_header *input)
{
    if (node->input_count == LIMIT_BATCH_INPUTS || node->input_bytes + input->size > LIMIT_BATCH_BYTES)
        return false;
    memcpy(node->inputs + node->input_bytes, input, input->size);
    node->input_bytes += input->size;
    node->input_count++;
    return true;
}

static bool node_gateway_input(void *context, const struct input_header *input)
{
    struct node *node = context;

    if (!node->open || !node_take_input(node, input)) {
        node->refused_input = true;
        return false;
    }
    if (node->first_ns == 0)
        node->first_ns = node->receive_ns ? node->receive_ns : node->turn_ns;
    return true;
}

static void node_gateway_log(void *context, const char *event, const char *detail)
{
    struct node *node = context;

    log_event(node->options.log, LOG_LEVEL_INFO, "gateway", "what", event, "detail", detail, NULL);
}

/* --- stages --- */

static enum metrics_stage stage_metric(enum exchange_stage stage)
{
    static const enum metrics_stage metrics[STAGES] = {
        [STAGE_CHECK] = METRICS_CHECK, [STAGE_SUBMIT] = METRICS_SUBMIT, [STAGE_CARD] = METRICS_CARD,
        [STAGE_CLEAR] = METRICS_CLEAR, [STAGE_HASH] = METRICS_HASH,     [STAGE_OTHER] = METRICS_OTHER,
    };

    return metrics[stage];
}

void node_enter_stage(void *context, enum exchange_stage stage)
{
    struct node *node = context;
    uint64_t now;

    if (stage == node->stage)
        return;
    now = node->options.monotonic_ns();
    node->stage_sum[stage_metric(node->stage)] += now - node->stage_ns;
    node->stage = stage;
    node->stage_ns = now;
}

/* All but sending, which comes when the batch is durable. */
static void node_count_stages(struct node *node)
{
    struct node_batch *batch = &node->batches[node->state->t->batch % NODE_LAG_BATCHES];

    batch->host_ns = 0;
    batch->inputs = node->running_count;
    for (unsigned i = 0; i < METRICS_STAGES; i++) {
        if (i == METRICS_SEND)
            continue;
        distribution_add(&node->distributions.stage[i], node->stage_sum[i]);
        batch->host_ns += i != METRICS_CARD ? node->stage_sum[i] : 0;
        node->stage_sum[i] = 0;
    }
}

/* Batches up to `told` have been told of, in `send_ns`, which the first of them bears. */
static void node_count_told(struct node *node, uint64_t told, uint64_t send_ns)
{
    if (told - node->told_seen > NODE_LAG_BATCHES)
        node->told_seen = told - NODE_LAG_BATCHES;
    while (node->told_seen < told) {
        const struct node_batch *batch = &node->batches[++node->told_seen % NODE_LAG_BATCHES];

        distribution_add(&node->distributions.stage[METRICS_SEND], send_ns);
        distribution_add(&node->distributions.host_ns, batch->host_ns + send_ns);
        if (batch->inputs == 1)
            distribution_add(&node->distributions.host_order_ns, batch->host_ns + send_ns);
        send_ns = 0;
    }
}

/* --- reports --- */

static void queue_add(struct report_queue *queue, const struct report *reports, size_t count)
{
    if (queue->first && queue->first + queue->count + count > queue->room) {
        memmove(queue->reports, queue->reports + queue->first, queue->count * sizeof *queue->reports);
        queue->first = 0;
    }
    memory_grow((void **)&queue->reports, &queue->room, queue->first + queue->count + count, sizeof *queue->reports);
    if (count)
        memcpy(queue->reports + queue->first + queue->count, reports, count * sizeof *reports);
    queue->count += count;
}

static enum node_status node_fail_output(struct node *node)
{
    return node_fail(node, "the store of sequenced output in %s failed (the log says why): what clients would miss is "
                     "not known any more", node->settings->directory);
}

/* Hands out what is durable: runs of users' reports to the gateway, the operator's one by one. */
static enum node_status node_hand_out(struct node *node)
{
    struct report_queue *queue = &node->queue;
    uint64_t durable = journal_durable(node->journal);

    while (queue->count) {
        const struct report *first = queue->reports + queue->first;
        bool operator = first->user == 0;
        size_t count = 0;

        while (count < queue->count && first[count].batch <= durable && (first[count].user == 0) == operator)
            count++;
        if (count == 0)
            break;
        for (size_t i = 0; operator && i < count; i++)
            node_admin_report(node, &first[i]);
        if (!operator && gateway_report(node->gateway, first, count) != GATEWAY_OK)
            return node_fail_output(node);
        queue->first += count;
        queue->count -= count;
    }
    if (queue->count == 0)
        queue->first = 0;
    return NODE_RUNNING;
}

static enum node_status node_send(struct node *node)
{
    uint64_t durable = journal_durable(node->journal), done = node->state->t->batch - node->running, begin;

    if (journal_status(node->journal) != JOURNAL_OK)
        return node_fail(node, "journal: %s", journal_message(node->journal));
    if (done > durable)
        done = durable;
    if (durable == node->durable_seen && done == node->told_seen)
        return NODE_RUNNING;
    begin = node->options.monotonic_ns();
    if (durable - node->durable_seen > NODE_LAG_BATCHES)
        node->durable_seen = durable - NODE_LAG_BATCHES;
    for (uint64_t batch = node->durable_seen + 1; batch <= durable; batch++)
        distribution_add(&node->distributions.journal_lag_ns,
                         begin - node->batches[batch % NODE_LAG_BATCHES].appended_ns);
    node->durable_seen = durable;
    if (node_hand_out(node) != NODE_RUNNING)
        return NODE_FAULT;
    node_count_told(node, done, node->options.monotonic_ns() - begin);
    return NODE_RUNNING;
}

/* --- batches --- */

/* UTC for the next batch: never backwards; halts where it jumps against the monotonic clock. */
static enum node_status node_read_clock(struct node *node, uint64_t *time_ns)
{
    uint64_t utc = node->options.realtime_ns(), monotonic = node->options.monotonic_ns();
    int64_t jump = (int64_t)(utc - node->utc_ns) - (int64_t)(monotonic - node->monotonic_ns);
    uint64_t size = jump < 0 ? (uint64_t)-jump : (uint64_t)jump;

    if (size > node->settings->clock_jump_ns)
        return node_fail(node, "UTC jumped by %s%" PRIu64 " ms against the monotonic clock, more than "
                         "node.clock_jump_seconds: set the clock right, then start again", jump < 0 ? "-" : "",
                         size / MILLISECOND);
    node->utc_ns = utc;
    node->monotonic_ns = monotonic;
    *time_ns = utc > node->state->t->time_ns ? utc : node->state->t->time_ns;
    return NODE_RUNNING;
}

static void node_count_batch(struct node *node, const struct exchange_result *result)
{
    node->counted.batches_total++;
    node->counted.inputs_total += node->running_count;
    node->counted.rounds_total += result->rounds;
    node->counted.commands_total += result->commands;
    node->counted.events_total += result->events;
    node->counted.derived_total += result->derived;
    node->counted.reports_total += result->report_count;
    distribution_add(&node->distributions.batch_inputs, node->running_count);
    distribution_add(&node->distributions.batch_rounds, result->rounds);
    node_count_stages(node);
}

enum node_status node_begin_batch(struct node *node)
{
    struct journal_batch record = { .number = node->state->t->batch + 1, .count = node->input_count,
                                    .size = (uint32_t)node->input_bytes, .outcome_batch = node->state->t->batch };
    struct exchange_batch batch = { .number = record.number, .inputs = node->inputs, .size = node->input_bytes,
                                    .count = node->input_count };
    uint64_t begin;

    check(!node->running);
    if (node_read_clock(node, &record.time_ns) != NODE_RUNNING)
        return NODE_FAULT;
    batch.time_ns = record.time_ns;
    memcpy(record.outcome_hash, node->state->t->hash, sizeof record.outcome_hash);
    begin = node->monotonic_ns;
    node->batches[record.number % NODE_LAG_BATCHES].appended_ns = begin;
    if (node->first_ns)
        distribution_add(&node->distributions.batch_wait_ns, begin - node->first_ns);
    node->first_ns = 0;
    journal_append(node->journal, &record, node->inputs);
    node->stage = STAGE_CHECK;
    node->stage_ns = node->options.monotonic_ns();
    node->stage_sum[METRICS_JOURNAL] += node->stage_ns - begin;
    if (exchange_begin(node->exchange, &batch) != EXCHANGE_OK)
        return node_fail(node, "batch %" PRIu64 ": %s", batch.number, exchange_message(node->exchange));
    node_enter_stage(node, STAGE_CARD); /* it is waited for, whatever else is done meanwhile */
    node->running = true;
    node->running_count = node->input_count;
    node->inputs = node->running_inputs; /* what comes in meanwhile is the next batch's */
    node->running_inputs = (uint8_t *)batch.inputs;
    node->input_count = 0;
    node->input_bytes = 0;
    return NODE_RUNNING;
}

enum node_status node_step_batch(struct node *node)
{
    struct exchange_result result;
    bool done = false;

    if (exchange_step(node->exchange, &result, &done) != EXCHANGE_OK)
        return node_fail(node, "batch %" PRIu64 ": %s", node->state->t->batch, exchange_message(node->exchange));
    if (!done) {
        node->stage = STAGE_CARD; /* as above */
        return NODE_RUNNING;
    }
    node->running = false;
    queue_add(&node->queue, result.reports, result.report_count);
    node->more = result.more;
    node_take_notices(node, &result);
    node->stage_sum[METRICS_OTHER] += node->options.monotonic_ns() - node->stage_ns;
    node_count_batch(node, &result);
    return NODE_RUNNING;
}

/* Something is to be run, and the disk and the clients keep up. */
static bool node_has_work(const struct node *node)
{
    return node->input_count || node->more ||
           exchange_deadline_ns(node->exchange) <= node->utc_ns + (node->turn_ns - node->monotonic_ns);
}

static bool node_may_run(const struct node *node)
{
    return !node->snapshot_wanted && !node->stop_snapshot && node->queue.count < NODE_REPORTS_HELD &&
           journal_room(node->journal, node->input_bytes);
}

enum node_status node_settle(struct node *node)
{
    while (node->status != NODE_FAULT && journal_durable(node->journal) < journal_last(node->journal)) {
        loop_run(node->options.loop, MILLISECOND);
        node_send(node);
    }
    return node->status == NODE_FAULT ? NODE_FAULT : NODE_RUNNING;
}

/* --- turns --- */

/* The disk is nearly full, or has room again: a sequenced mode says so to the core. */
static void node_watch_space(struct node *node)
{
    uint64_t space = journal_space(node->journal), reserve = node->settings->reserve_bytes;
    bool low = node->refuse_orders ? space < reserve + node->settings->segment_bytes : space < reserve;
    struct input_mode mode = { .header = { .kind = INPUT_MODE, .size = sizeof mode }, .refuse_orders = low };

    node->counted.journal_space_bytes = space;
    if (low == node->refuse_orders || !node->open || !node_take_input(node, &mode.header))
        return;
    node->refuse_orders = low;
    log_event(node->options.log, low ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, low ? "orders_refused" : "orders_accepted",
              "reason", low ? "free space is below journal.reserve" : "there is space again", NULL);
}

static enum node_status node_tick(struct node *node)
{
    const struct notify *notify = node->options.notify;

    if (node->turn_ns < node->tick_ns)
        return NODE_RUNNING;
    node->tick_ns = node->turn_ns + TICK_NS;
    if (gateway_tick(node->gateway) != GATEWAY_OK)
        return node_fail_output(node);
    if (node->turn_ns >= node->space_ns) {
        node->space_ns = node->turn_ns + SECOND;
        node_watch_space(node);
    }
    if (notify->watchdog_ns && node->turn_ns >= node->watchdog_ns) {
        node->watchdog_ns = node->turn_ns + notify->watchdog_ns;
        notify_send(notify, "WATCHDOG=1");
    }
    return NODE_RUNNING;
}

static uint64_t node_wait_ns(const struct node *node)
{
    uint64_t deadline, now = node->utc_ns + (node->turn_ns - node->monotonic_ns);

    if (node->running)
        return 0;
    if (node_has_work(node))
        return node_may_run(node) ? 0 : MILLISECOND;
    if (node->settings->busy_poll)
        return 0;
    deadline = exchange_deadline_ns(node->exchange);
    return deadline - now < TURN_WAIT_NS ? deadline - now : TURN_WAIT_NS;
}

static void node_receive(struct node *node)
{
    const bool more = node->refused_input && node->open && node->input_count < LIMIT_BATCH_INPUTS / 2;
    const unsigned count = loop_wait(node->options.loop, node_wait_ns(node));

    node->receive_ns = count || more ? node->options.monotonic_ns() : 0;
    if (count)
        loop_hand_out(node->options.loop);
    if (more) {
        node->refused_input = false;
        gateway_resume(node->gateway);
    }
    node->turn_ns = node->options.monotonic_ns();
    if (node->receive_ns) {
        node->stage_sum[METRICS_RECEIVE] += node->turn_ns - node->receive_ns;
        node->stage_ns += node->running ? node->turn_ns - node->receive_ns : 0; /* not the running stage's time */
    }
}

/* What is left of a clean stop. */
static enum node_status node_stop_turn(struct node *node)
{
    if (!node->stop_begun) {
        node->stop_begun = true;
        node->open = false;
        node->stop_ns = node->turn_ns + GOODBYE_NS;
        notify_send(node->options.notify, "STOPPING=1");
        log_event(node->options.log, LOG_LEVEL_INFO, "stopping", NULL);
    }
    if (node->running || node->input_count || journal_durable(node->journal) < journal_last(node->journal))
        return NODE_RUNNING; /* what is in hand goes first */
    if (!node->stop_snapshot) {
        node->stop_snapshot = true;
        node->snapshot_wanted = false;
        if (node_snapshot_stop(node) != NODE_RUNNING)
            return NODE_FAULT;
        gateway_stop(node->gateway);
    }
    if (node->turn_ns < node->stop_ns)
        return NODE_RUNNING;
    log_event(node->options.log, LOG_LEVEL_INFO, "stopped", NULL);
    node->status = NODE_STOPPED;
    return NODE_STOPPED;
}

enum node_status node_turn(struct node *node)
{
    if (node->status != NODE_RUNNING)
        return node->status;
    node_receive(node);
    if (node_tick(node) != NODE_RUNNING)
        return node->status;
    if (journal_status(node->journal) != JOURNAL_OK)
        return node_fail(node, "journal: %s", journal_message(node->journal));
    if (node->running && node_step_batch(node) != NODE_RUNNING)
        return node->status;
    if (!node->running) { /* nobody looks at a state in the middle of a batch */
        node_admin_turn(node);
        node_approve_turn(node);
        /* A fast card has answered a short batch by now: no system call in between. */
        if (node_snapshot_turn(node) == NODE_RUNNING && node_has_work(node) && node_may_run(node) &&
            node_begin_batch(node) == NODE_RUNNING && node->running_count <= SHORT_BATCH)
            node_step_batch(node);
    }
    /* The card has its next commands by now, and works while this encodes. */
    if (node->status == NODE_RUNNING && node_send(node) == NODE_RUNNING && node->stop_asked)
        node_stop_turn(node);
    if (node->rehearsal && node->status == NODE_RUNNING && !node->running && !node_has_work(node))
        node_idle(node);
    return node->status;
}

void node_stop(struct node *node)
{
    node->stop_asked = true;
}

/* --- beginning and end --- */

static enum node_status node_listen(struct node *node, char *error, size_t error_size)
{
    struct admin_server_options options = { .loop = node->options.loop, .path = node->socket_path,
                                            .line = node_admin_line, .context = node };

    snprintf(node->socket_path, sizeof node->socket_path, "%s/admin.socket", node->settings->directory);
    return admin_server_create(&node->admin, &options, error, error_size) == 0 ? NODE_RUNNING : NODE_FAULT;
}

/* The gateway opens its store of sequenced output before the journal is run again, and takes no connection before
 * the loop runs. */
enum node_status node_open_gateway(struct node *node, char *error, size_t error_size)
{
    struct gateway_options options = {
        .loop = node->options.loop,
        .state = node->state,
        .address = node->settings->address,
        .port = node->settings->port,
        .key_port = node->settings->key_port,
        .output_directory = node->settings->directory,
        .fixed_password = node->settings->fixed_password[0] ? node->settings->fixed_password : NULL,
        .sessions = node->settings->sessions,
        .rate = node->settings->rate,
        .backlog_bytes = node->settings->backlog_bytes,
        .heartbeat_ns = node->settings->heartbeat_ns,
        .clock_ns = node->options.monotonic_ns,
        .log = node_gateway_log,
        .input = node_gateway_input,
        .context = node,
    };
    enum gateway_status status = gateway_create(&node->gateway, &options, error, error_size);

    if (status == GATEWAY_OK)
        return NODE_RUNNING;
    return status == GATEWAY_ADDRESS || status == GATEWAY_ARGUMENT ? NODE_REFUSED : NODE_FAULT;
}

struct state_sizes node_sizes(const struct node *node)
{
    struct state_sizes sizes = node->settings->sizes;

    sizes.slots = node->settings->card_orders;
    return state_sizes_whole(&sizes);
}

/* The first input after any start: every session is down, markets wait for prices. */
static void node_take_restart(struct node *node)
{
    const struct state_sizes sizes = node_sizes(node);
    struct input_restart restart = {
        .header = { .kind = INPUT_RESTART, .size = sizeof restart }, .rules = STATE_RULES,
        .subaccounts = sizes.subaccounts, .accounts = sizes.accounts, .users = sizes.users, .balances = sizes.balances,
        .positions = sizes.positions, .orders = sizes.orders, .slots = sizes.slots, .transfers = sizes.transfers,
        .jobs = sizes.jobs, .salt = node->options.salt,
    };

    check(node_take_input(node, &restart.header));
}

/* Runs what is formed, as soon as the journal has room, and makes it durable. */
enum node_status node_run_now(struct node *node)
{
    while (!journal_room(node->journal, node->input_bytes)) {
        loop_run(node->options.loop, MILLISECOND);
        if (journal_status(node->journal) != JOURNAL_OK)
            return node_fail(node, "journal: %s", journal_message(node->journal));
    }
    if (node_begin_batch(node) != NODE_RUNNING)
        return NODE_FAULT;
    while (node->running)
        if (node_step_batch(node) != NODE_RUNNING)
            return NODE_FAULT;
    return node_settle(node);
}

static enum node_status node_begin(struct node *node, char *error, size_t error_size)
{
    uint64_t utc = node->options.realtime_ns();
    enum node_status status;

    if (node->state->t->time_ns > utc + node->settings->clock_jump_ns) {
        snprintf(error, error_size, "UTC is %" PRIu64 " ms before the last batch: set the clock right",
                 (node->state->t->time_ns - utc) / MILLISECOND);
        return NODE_FAULT;
    }
    /* A clock far ahead would be journaled, and no right one could follow it. */
    if (node->state->t->batch && utc - node->state->t->time_ns > LONG_STOP_NS && utc > node->state->t->time_ns &&
        !node->options.long_stop) {
        snprintf(error, error_size, "UTC is %" PRIu64 " days after the last batch: set the clock right, or start with "
                 "--after-long-stop if that is so", (utc - node->state->t->time_ns) / DAY_NS);
        return NODE_REFUSED;
    }
    node->utc_ns = utc;
    node->monotonic_ns = node->turn_ns = node->options.monotonic_ns();
    node->durable_seen = journal_durable(node->journal);
    node->told_seen = node->state->t->batch;
    memset(node->stage_sum, 0, sizeof node->stage_sum); /* what was run again does not count */
    node_take_restart(node);
    if (node->state->markets.live == 0) /* nothing there, or a first start that was cut off */
        status = node_first_start(node, error, error_size);
    else
        status = node_run_now(node);
    if (status != NODE_RUNNING) {
        if (node->message[0])
            snprintf(error, error_size, "%s", node->message);
        return status;
    }
    node->refuse_orders = node->state->t->refuse_orders;
    node_note_providers(node);
    node->open = true;
    node->turn_ns = node->options.monotonic_ns();
    node->snapshot_ns = node->turn_ns + node->settings->snapshot_ns;
    return node_listen(node, error, error_size);
}

/* Before anybody can connect. */
static void node_touch_memory(const struct node *node)
{
    if (!exchange_populate(node->exchange))
        log_event(node->options.log, LOG_LEVEL_WARNING, "memory_not_populated", "effect",
                  "orders may wait milliseconds for a page that is touched first", "remedy", "Linux 5.14 or later",
                  NULL);
}

enum node_status node_create(struct node **made, const struct node_options *options, char *error, size_t error_size)
{
    struct node *node = memory_reserve(1, sizeof *node);
    enum node_status status = NODE_RUNNING;

    *made = NULL;
    error[0] = '\0';
    node->options = *options;
    node->settings = &options->config->node;
    node->inputs = memory_reserve_apart(1, LIMIT_BATCH_BYTES);
    node->running_inputs = memory_reserve_apart(1, LIMIT_BATCH_BYTES);
    node->queue.room = 2 * NODE_REPORTS_HELD;
    node->queue.reports = memory_reserve(node->queue.room, sizeof *node->queue.reports);
    if (options->stop_before)
        status = node_set_aside(node, error, error_size);
    if (status == NODE_RUNNING)
        status = node_recover(node, error, error_size);
    if (status == NODE_RUNNING) {
        node_touch_memory(node);
        status = node_begin(node, error, error_size);
    }
    if (status == NODE_RUNNING && node->settings->busy_poll)
        status = node_begin_idle(node, error, error_size);
    if (status == NODE_RUNNING)
        *made = node;
    else
        node_destroy(node);
    return status;
}

void node_destroy(struct node *node)
{
    if (node == NULL)
        return;
    if (node->snapshot_running)
        snapshot_abandon(&node->snapshot_child);
    rehearsal_destroy(node->rehearsal);
    admin_server_destroy(node->admin);
    gateway_destroy(node->gateway);
    if (node->journal)
        journal_close(node->journal);
    exchange_destroy(node->exchange);
    config_inputs_free(&node->apply.inputs);
    config_free(&node->apply.config);
    for (size_t i = 0; i < ADMIN_CONNECTIONS; i++) {
        json_decref(node->held[i].object);
        free(node->lines[i].text);
    }
    json_decref(node->apply.changes);
    json_decref(node->apply.refusals);
    free(node->queue.reports);
    memory_release_apart(node->running_inputs, 1, LIMIT_BATCH_BYTES);
    memory_release_apart(node->inputs, 1, LIMIT_BATCH_BYTES);
    free(node);
}

const char *node_message(const struct node *node)
{
    return node->message;
}

uint16_t node_port(const struct node *node)
{
    return gateway_port(node->gateway);
}

uint16_t node_key_port(const struct node *node)
{
    return gateway_key_port(node->gateway);
}

const struct state *node_state(const struct node *node)
{
    return node->state;
}

uint64_t node_recovered(const struct node *node)
{
    return node->recovered;
}
