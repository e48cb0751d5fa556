#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin_answer.h"
#include "memory.h"
#include "node_inner.h"
#include "reason.h"

static void answer(struct node *node, uint64_t connection, json_t *object)
{
    admin_server_answer(node->admin, connection, object);
}

static json_t *refusal(const char *text)
{
    return json_pack("{s:b,s:s}", "ok", 0, "error", text);
}

void node_admin_hold(struct node *node, uint64_t connection, json_t *object)
{
    struct node_held *held = &node->held[connection % ADMIN_CONNECTIONS];

    json_decref(held->object); /* of a connection that is gone */
    *held = (struct node_held){ object, connection, node->state->t->batch };
}

static void admin_release(struct node *node)
{
    uint64_t durable = journal_durable(node->journal);

    for (size_t i = 0; i < ADMIN_CONNECTIONS; i++) {
        struct node_held held = node->held[i];

        if (held.object && held.batch <= durable) {
            node->held[i].object = NULL;
            answer(node, held.connection, held.object);
        }
    }
}

/* --- metrics --- */

static void metrics_take_card(struct node *node, struct metrics *metrics)
{
    static const uint32_t registers[] = { CARD_REG_COMMAND_HIGH_WATER, CARD_REG_EVENT_HIGH_WATER, CARD_REG_RING_FULL };
    uint64_t *const values[] = { &metrics->card_command_high_water, &metrics->card_event_high_water,
                                 &metrics->card_ring_full };

    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        uint32_t value = 0;

        if (device_register(node->options.device, registers[i], &value) == DEVICE_OK)
            *values[i] = value; /* the model has none: 0 */
    }
}

static void metrics_take_gateway(const struct node *node, struct metrics *metrics)
{
    struct gateway_counters counters;

    gateway_counters(node->gateway, &counters);
    metrics->gateway_sessions = counters.sessions;
    metrics->gateway_logins_total = counters.logins;
    metrics->gateway_refused_logins_total = counters.refused_logins;
    metrics->gateway_messages_in_total = counters.messages_in;
    metrics->gateway_messages_out_total = counters.messages_out;
    metrics->gateway_bytes_in_total = counters.bytes_in;
    metrics->gateway_bytes_out_total = counters.bytes_out;
    metrics->gateway_throttled_total = counters.throttled;
    metrics->gateway_cut_off_total = counters.cut_off;
    metrics->gateway_protocol_errors_total = counters.protocol_errors;
}

static void metrics_take_journal(const struct node *node, struct metrics *metrics)
{
    struct journal_counters counters;

    journal_counters(node->journal, &counters);
    metrics->journal_writes_total = counters.writes;
    metrics->journal_bytes_total = counters.bytes;
    metrics->journal_segments_total = counters.segments;
    metrics->journal_batches_in_write_max = counters.batches_in_write_max;
    metrics->journal_bytes_in_write_max = counters.bytes_in_write_max;
    metrics->journal_space_bytes = journal_space(node->journal);
    metrics->batch_durable = journal_durable(node->journal);
}

void node_metrics(struct node *node, struct metrics *metrics)
{
    const struct totals *totals = node->state->t;

    *metrics = node->counted;
    metrics_take_card(node, metrics);
    metrics_take_gateway(node, metrics);
    metrics_take_journal(node, metrics);
    metrics->batch_last = totals->batch;
    metrics->batch_time_seconds = totals->time_ns / 1000000000;
    metrics->reports_waiting = node->queue.count;
    metrics->refuse_orders = node->refuse_orders;
    metrics->loop_submitted_total = node->options.loop->submitted;
    metrics->loop_completed_total = node->options.loop->completed;
    metrics->loop_waits_total = node->options.loop->waits;
    metrics->state_bytes = state_bytes(node->state);
    metrics->orders_open = node->state->orders.live;
    metrics->subaccounts = node->state->subaccounts.live;
    metrics->snapshot_batch = node->snapshot_batch;
    metrics->recovered_batches = node->recovered;
    metrics->distributions = &node->distributions;
    node->money.state = node->state;
    metrics->money = &node->money;
}

static json_t *admin_counters(struct node *node)
{
    struct metrics metrics;

    node_metrics(node, &metrics);
    return json_pack("{s:b,s:o}", "ok", 1, "counters", metrics_object(&metrics));
}

static json_t *admin_metrics(struct node *node)
{
    struct metrics metrics;
    json_t *object;
    char *text;

    node_metrics(node, &metrics);
    text = metrics_print(&metrics);
    object = json_pack("{s:b,s:s}", "ok", 1, "text", text);
    free(text);
    return object;
}

static json_t *admin_status(struct node *node)
{
    const struct device_capability *card = device_capability(node->options.device);
    const struct totals *totals = node->state->t;
    struct metrics metrics;
    json_t *object = json_pack("{s:b,s:s}", "ok", 1, "state",
                               node->stop_asked ? "stopping" : node->refuse_orders ? "refusing_orders" : "running");
    json_t *numbers = json_object();

    node_metrics(node, &metrics);
    json_object_set_new(numbers, "batch", json_integer((json_int_t)totals->batch));
    json_object_set_new(numbers, "batch_durable", json_integer((json_int_t)metrics.batch_durable));
    json_object_set_new(numbers, "time_ns", json_integer((json_int_t)totals->time_ns));
    json_object_set_new(numbers, "sessions", json_integer((json_int_t)metrics.gateway_sessions));
    json_object_set_new(numbers, "orders_open", json_integer((json_int_t)metrics.orders_open));
    json_object_set_new(numbers, "snapshot_batch", json_integer((json_int_t)metrics.snapshot_batch));
    json_object_set_new(numbers, "journal_space_bytes", json_integer((json_int_t)metrics.journal_space_bytes));
    json_object_set_new(numbers, "port", json_integer(node_port(node)));
    json_object_set_new(numbers, "key_port", json_integer(node_key_port(node)));
    json_object_update(object, numbers);
    json_decref(numbers);
    json_object_set_new(object, "directory", json_string(node->settings->directory));
    json_object_set_new(object, "venue_killed", json_boolean(totals->venue_killed));
    json_object_set_new(object, "card", json_pack("{s:s,s:i,s:i,s:i}", "backend", node->options.backend, "markets",
                                                  (int)card->markets, "orders", (int)card->orders, "tick_bits",
                                                  (int)card->tick_bits));
    return object;
}

/* --- configuration --- */

/* Every market's window must fit the card that is there, whatever card the file describes. */
static void config_check_card(const struct node *node, const struct config *config, struct problems *problems,
                              const char *name)
{
    uint32_t bits = device_capability(node->options.device)->tick_bits;

    for (size_t i = 0; i < config->market_count; i++)
        if (config->markets[i].set.window_log2 > bits)
            problems_add(problems, name, 0, (const char *)config->markets[i].set.symbol, NULL,
                         "its window of 2^%u ticks is beyond this card's 2^%u", config->markets[i].set.window_log2,
                         bits);
}

/* Reads what the request names; on problems the connection has its answer. */
static bool admin_read_config(struct node *node, uint64_t connection, const char *path, struct config *config)
{
    struct problems *problems = memory_reserve(1, sizeof *problems);
    bool good;
    json_t *list = json_array();

    if (path[0])
        good = config_load_file(config, path, problems);
    else
        good = config_load_text(config, "default", config_default(), problems);
    if (good)
        config_check_card(node, config, problems, path[0] ? path : "default");
    for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
        json_array_append_new(list, json_string(problems->text[i]));
    if (problems->count) {
        answer(node, connection, json_pack("{s:b,s:s,s:O}", "ok", 0, "error", "the configuration is wrong", "problems",
                                           list));
        config_free(config);
    }
    good = problems->count == 0;
    json_decref(list);
    free(problems);
    return good;
}

static void admin_config_diff(struct node *node, uint64_t connection, const char *path)
{
    struct config config;
    struct config_inputs inputs = { .bytes = NULL };
    json_t *list = json_array();
    char text[1024];

    if (admin_read_config(node, connection, path, &config)) {
        config_diff(&config, node->state, node->options.realtime_ns(), &inputs);
        for (size_t at = 0; at < inputs.size;) {
            const struct input_header *input = (const void *)(inputs.bytes + at);

            config_describe(node->state, input, text, sizeof text);
            json_array_append_new(list, json_string(text));
            at += input->size;
        }
        node_admin_hold(node, connection,
                        json_pack("{s:b,s:O,s:b}", "ok", 1, "changes", list, "more", (int)inputs.more));
        config_inputs_free(&inputs);
        config_free(&config);
    }
    json_decref(list);
}

static void admin_config_apply(struct node *node, uint64_t connection, const char *path)
{
    struct config config;

    if (node->apply.active)
        answer(node, connection, refusal("another config apply is under way"));
    else if (admin_read_config(node, connection, path, &config))
        node_apply_begin(node, &config, false, connection);
}

/* --- requests --- */

static void admin_input(struct node *node, uint64_t connection, struct admin_request *request)
{
    struct input_header *input = (void *)request->input;
    size_t place = 0;

    while (place < ADMIN_CONNECTIONS && node->tickets[place].ticket)
        place++;
    if (!node->open || place == ADMIN_CONNECTIONS) {
        answer(node, connection, refusal(node->open ? "too many requests under way" : "the node is stopping"));
        return;
    }
    node->next_ticket = node->next_ticket % (NODE_APPLY_TICKETS - 1) + 1;
    input->reference = node->next_ticket;
    if (!node_take_input(node, input)) {
        answer(node, connection, refusal("the batch is full: try again"));
        return;
    }
    node->tickets[place] = (struct node_ticket){ node->next_ticket, connection };
}

static void admin_snapshot(struct node *node, uint64_t connection)
{
    if (!node->open || node->snapshot_asked.ticket || node->snapshot_running) {
        answer(node, connection, refusal(node->open ? "a snapshot is under way" : "the node is stopping"));
        return;
    }
    node->snapshot_asked = (struct node_ticket){ 1, connection };
    if (!node->snapshot_wanted)
        node->snapshot_wanted_ns = node->options.monotonic_ns();
    node->snapshot_wanted = true;
}

void node_admin_snapshot_done(struct node *node, bool good, const char *message)
{
    uint64_t connection = node->snapshot_asked.connection;

    if (node->snapshot_asked.ticket == 0)
        return;
    node->snapshot_asked.ticket = 0;
    answer(node, connection, good ? json_pack("{s:b,s:I}", "ok", 1, "batch", (json_int_t)node->snapshot_child.batch)
                                  : refusal(message));
}

static void admin_serve(struct node *node, uint64_t connection, struct admin_request *request)
{
    const struct state *state = node->state;
    json_t *object = NULL;

    switch (request->command->ask) {
    case ADMIN_INPUT:
        admin_input(node, connection, request);
        return;
    case ADMIN_SNAPSHOT:
        admin_snapshot(node, connection);
        return;
    case ADMIN_CONFIG_DIFF:
        admin_config_diff(node, connection, request->path);
        return;
    case ADMIN_CONFIG_APPLY:
        admin_config_apply(node, connection, request->path);
        return;
    case ADMIN_STOP:
        node_stop(node);
        object = json_pack("{s:b}", "ok", 1);
        break;
    case ADMIN_HELP: object = admin_answer_help(request->path); break;
    case ADMIN_STATUS: object = admin_status(node); break;
    case ADMIN_COUNTERS: object = admin_counters(node); break;
    case ADMIN_METRICS: object = admin_metrics(node); break;
    case ADMIN_ASSETS: object = admin_answer_assets(state); break;
    case ADMIN_MARKETS: object = admin_answer_markets(state); break;
    case ADMIN_ACCOUNTS: object = admin_answer_accounts(state, request->limit); break;
    case ADMIN_ACCOUNT: object = admin_answer_account(state, request->account); break;
    case ADMIN_USER:
        object = admin_answer_user(state, request->user);
        json_object_set_new(object, "address", json_string(node->settings->address));
        json_object_set_new(object, "port", json_integer(node_port(node)));
        json_object_set_new(object, "key_port", json_integer(node_key_port(node)));
        break;
    case ADMIN_ORDERS: object = admin_answer_orders(state, request); break;
    case ADMIN_SUBACCOUNT: object = admin_answer_subaccount(state, request->subaccount); break;
    case ADMIN_BALANCES: object = admin_answer_balances(state, request->account, request->limit); break;
    case ADMIN_WITHDRAWALS: object = admin_answer_withdrawals(state, request->limit); break;
    case ADMIN_WITHDRAWAL: object = admin_answer_withdrawal(state, (const void *)request->input); break;
    case ADMIN_SETTLEMENT: object = admin_answer_settlement(state, request->limit); break;
    case ADMIN_FUND: object = admin_answer_fund(state); break;
    case ADMIN_PRICES: object = admin_answer_prices(state); break;
    case ADMIN_FUNDING: object = admin_answer_funding(state); break;
    case ADMIN_POOLS: object = admin_answer_pools(state); break;
    case ADMIN_RULES: object = admin_answer_rules(state); break;
    case ADMIN_LIQUIDATIONS: object = admin_answer_liquidations(state, request->limit); break;
    case ADMIN_TALLY: object = admin_answer_tally(state); break;
    case ADMIN_BACKSTOPS: object = admin_answer_backstops(state, request->market); break;
    }
    node_admin_hold(node, connection, object);
    admin_release(node);
}

static void admin_take_line(struct node *node, uint64_t connection, const char *text, size_t length)
{
    struct admin_request request;
    struct admin_error error;

    if (admin_request_parse(text, length, node->state, &request, &error)) {
        log_event(node->options.log, LOG_LEVEL_INFO, "operator", "command", request.command->name, NULL);
        admin_serve(node, connection, &request);
    } else {
        answer(node, connection, admin_answer_error(&error));
    }
}

void node_admin_line(void *context, uint64_t connection, const char *text, size_t length)
{
    struct node *node = context;
    struct node_line *line = &node->lines[connection % ADMIN_CONNECTIONS];

    if (!node->running) {
        admin_take_line(node, connection, text, length);
        return;
    }
    free(line->text); /* of a connection that is gone */
    *line = (struct node_line){ memory_reserve(1, length + 1), length, connection };
    memcpy(line->text, text, length);
}

static void admin_take_waiting(struct node *node)
{
    for (size_t i = 0; i < ADMIN_CONNECTIONS; i++) {
        struct node_line line = node->lines[i];

        if (line.text == NULL)
            continue;
        node->lines[i].text = NULL;
        admin_take_line(node, line.connection, line.text, line.length);
        free(line.text);
    }
}

/* An answer of the core, durable now. */
void node_admin_report(struct node *node, const struct report *report)
{
    struct node_apply *apply = &node->apply;
    const char *reason = reason_name(report->reason), *change;
    char text[1100];

    if (report->kind != REPORT_ANSWER || report->reference == 0)
        return; /* of the node's own inputs */
    if (report->reference >= NODE_APPLY_TICKETS) {
        change = json_string_value(json_array_get(apply->changes, report->reference - NODE_APPLY_TICKETS));
        if (!apply->active || change == NULL)
            return; /* of an apply before a restart */
        apply->answered++;
        snprintf(text, sizeof text, "%s: %s", change, reason ? reason : "?");
        if (report->reason != REASON_NONE)
            json_array_append_new(apply->refusals, json_string(text));
        return;
    }
    for (size_t i = 0; i < ADMIN_CONNECTIONS; i++)
        if (node->tickets[i].ticket == report->reference) {
            node->tickets[i].ticket = 0;
            answer(node, node->tickets[i].connection, admin_answer_report(report));
            return;
        }
}

void node_admin_turn(struct node *node)
{
    admin_take_waiting(node);
    admin_release(node);
    if (node->open)
        node_apply_turn(node);
}
