#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "event_hash.h"
#include "liquidation.h"
#include "memory.h"
#include "pricing.h"

enum exchange_status core_fail(struct exchange *exchange, enum exchange_status status, const char *format, ...)
{
    va_list arguments;

    if (exchange->status != EXCHANGE_OK)
        return exchange->status;
    exchange->status = status;
    va_start(arguments, format);
    vsnprintf(exchange->message, sizeof exchange->message, format, arguments);
    va_end(arguments);
    return status;
}

void core_clear_outcome(struct exchange *exchange)
{
    exchange->outcome_long = false;
    exchange->ledger.place = (void *)exchange->fresh;
}

void core_flush_outcome(struct exchange *exchange)
{
    const uint8_t *end = (const uint8_t *)exchange->ledger.place;

    if (!exchange->outcome_long)
        XXH3_128bits_reset(exchange->outcome);
    exchange->outcome_long = true;
    XXH3_128bits_update(exchange->outcome, exchange->fresh, (size_t)(end - exchange->fresh));
    exchange->ledger.place = (void *)exchange->fresh;
}

XXH128_hash_t core_outcome(const struct exchange *exchange)
{
    if (exchange->outcome_long)
        return XXH3_128bits_digest(exchange->outcome);
    return XXH3_128bits(exchange->fresh, (size_t)((const uint8_t *)exchange->ledger.place - exchange->fresh));
}

bool core_take_derived(struct exchange *exchange, uint32_t count)
{
    if (exchange->derived_left < count) {
        exchange->derived_more = true;
        return false;
    }
    exchange->derived_left -= count;
    exchange->derived_done += count;
    return true;
}

/* Whom an entry concerns is looked at again; not for what changes neither equity nor maintenance (margin/watch.h). */
#define CORE_NOT_WATCHED                                                                                           \
    (UINT64_C(1) << ENTRY_FUNDING | UINT64_C(1) << ENTRY_REALISED | UINT64_C(1) << ENTRY_SETTLED_PAID |             \
     UINT64_C(1) << ENTRY_SETTLED_RECEIVED | UINT64_C(1) << ENTRY_CREDIT)

static void core_watch_entry(struct exchange *exchange, const struct ledger_entry *entry)
{
    if (CORE_NOT_WATCHED >> entry->kind & 1)
        return;
    if (entry->from >= SYSTEM_SUBACCOUNTS)
        watch_mark_dirty(exchange->watch, entry->from);
    if (entry->to >= SYSTEM_SUBACCOUNTS)
        watch_mark_dirty(exchange->watch, entry->to);
}

static void core_take_entries(void *context, uint32_t count)
{
    struct exchange *exchange = context;

    for (const struct ledger_entry *entry = exchange->ledger.place - count; entry < exchange->ledger.place; entry++) {
        core_watch_entry(exchange, entry);
        if (exchange->options.entry)
            exchange->options.entry(exchange->options.context, entry);
    }
    if (exchange->ledger.place > exchange->ledger.last)
        core_flush_outcome(exchange);
}

void core_tell_entries(struct exchange *exchange, ledger_reader entry)
{
    exchange->options.entry = entry;
    exchange->ledger.told = entry != NULL ? UINT64_MAX : ~CORE_NOT_WATCHED;
}

static void core_keep_entries(struct exchange *exchange)
{
    exchange->ledger = (struct ledger){
        .state = &exchange->state, .sink = core_take_entries, .context = exchange,
        .last = (void *)(exchange->fresh + CORE_FRESH_BYTES - LEDGER_RUN * sizeof(struct ledger_entry)),
    };
    core_tell_entries(exchange, exchange->options.entry);
}

struct exchange *exchange_create(const struct exchange_options *options)
{
    struct exchange *exchange = memory_reserve(1, sizeof *exchange);

    exchange->options = *options;
    exchange->device = options->device;
    state_create(&exchange->state, &options->sizes);
    core_keep_entries(exchange);
    exchange->actions = memory_reserve_apart(CORE_ACTIONS, sizeof *exchange->actions);
    exchange->commands = memory_reserve_apart(CORE_ACTIONS, sizeof *exchange->commands);
    exchange->user_out = memory_reserve(exchange->state.users.capacity, sizeof *exchange->user_out);
    exchange->user_low = memory_reserve(exchange->state.users.capacity, sizeof *exchange->user_low);
    exchange->retries = memory_reserve(LIMIT_BATCH_INPUTS, sizeof *exchange->retries);
    exchange->order_out = memory_reserve_apart(exchange->state.orders.capacity, sizeof *exchange->order_out);
    exchange->slot_prices = memory_reserve_apart(exchange->state.slots.capacity, sizeof *exchange->slot_prices);
    exchange->subaccount_out =
        memory_reserve_apart(exchange->state.subaccounts.capacity, sizeof *exchange->subaccount_out);
    /* An order ends once, and an input or derived command is answered a few times; the rest are fills that leave a
     * maker open, one a command. */
    exchange->report_room = (size_t)exchange->state.orders.capacity * 2 + CORE_ACTIONS * 4 + CORE_FORCED;
    exchange->reports = memory_reserve_apart(exchange->report_room, sizeof *exchange->reports);
    exchange->notices = memory_reserve_apart(CORE_NOTICES, sizeof *exchange->notices);
    exchange->watch = watch_create(&exchange->state);
    watch_rebuild(exchange->watch, &exchange->state);
    pricing_depth_create(exchange);
    exchange->outcome = XXH3_createState();
    check(exchange->outcome != NULL);
    core_clear_outcome(exchange);
    exchange->stamp = 1;
    return exchange;
}

bool exchange_populate(struct exchange *exchange)
{
    struct state *state = &exchange->state;

    return state_populate(state) && watch_populate(exchange->watch) &&
           memory_populate_apart(exchange->actions, CORE_ACTIONS, sizeof *exchange->actions) &&
           memory_populate_apart(exchange->commands, CORE_ACTIONS, sizeof *exchange->commands) &&
           memory_populate_apart(exchange->order_out, state->orders.capacity, sizeof *exchange->order_out) &&
           memory_populate_apart(exchange->slot_prices, state->slots.capacity, sizeof *exchange->slot_prices) &&
           memory_populate_apart(exchange->subaccount_out, state->subaccounts.capacity,
                                 sizeof *exchange->subaccount_out);
}

void exchange_destroy(struct exchange *exchange)
{
    if (exchange == NULL)
        return;
    XXH3_freeState(exchange->outcome);
    watch_destroy(exchange->watch);
    pricing_depth_destroy(exchange);
    memory_release_apart(exchange->notices, CORE_NOTICES, sizeof *exchange->notices);
    memory_release_apart(exchange->reports, exchange->report_room, sizeof *exchange->reports);
    memory_release_apart(exchange->subaccount_out, exchange->state.subaccounts.capacity,
                         sizeof *exchange->subaccount_out);
    memory_release_apart(exchange->slot_prices, exchange->state.slots.capacity, sizeof *exchange->slot_prices);
    memory_release_apart(exchange->order_out, exchange->state.orders.capacity, sizeof *exchange->order_out);
    free(exchange->retries);
    free(exchange->user_out);
    free(exchange->user_low);
    memory_release_apart(exchange->commands, CORE_ACTIONS, sizeof *exchange->commands);
    memory_release_apart(exchange->actions, CORE_ACTIONS, sizeof *exchange->actions);
    state_destroy(&exchange->state);
    free(exchange);
}

/* A batch comes from a journal or a node: everything about its shape is checked before anything changes. */
static enum exchange_status core_check_batch(struct exchange *exchange, const struct exchange_batch *batch)
{
    const struct totals *totals = exchange->state.t;
    size_t at = 0;

    if (batch->number != totals->batch + 1 || batch->time_ns < totals->time_ns || batch->time_ns > INT64_MAX) {
        snprintf(exchange->message, sizeof exchange->message,
                 "batch %lu at %lu ns does not follow batch %lu at %lu ns", (unsigned long)batch->number,
                 (unsigned long)batch->time_ns, (unsigned long)totals->batch, (unsigned long)totals->time_ns);
        return EXCHANGE_INPUT;
    }
    if (batch->count > LIMIT_BATCH_INPUTS || batch->size > LIMIT_BATCH_BYTES) {
        snprintf(exchange->message, sizeof exchange->message, "batch %lu has %u inputs in %zu bytes",
                 (unsigned long)batch->number, batch->count, batch->size);
        return EXCHANGE_INPUT;
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct input_header *input = (const void *)(batch->inputs + at);

        if (batch->size - at < sizeof *input || input->size < sizeof *input || input->size % 8 ||
            input->size > LIMIT_INPUT_BYTES || input->size > batch->size - at) {
            snprintf(exchange->message, sizeof exchange->message, "batch %lu, input %u at byte %zu is no record",
                     (unsigned long)batch->number, i, at);
            return EXCHANGE_INPUT;
        }
        at += input->size;
    }
    if (at != batch->size) {
        snprintf(exchange->message, sizeof exchange->message, "batch %lu has %zu bytes behind its inputs",
                 (unsigned long)batch->number, batch->size - at);
        return EXCHANGE_INPUT;
    }
    return EXCHANGE_OK;
}

static void core_run_derived(struct exchange *exchange)
{
    quote_run(exchange);
    tick_run(exchange);
    timing_run(exchange);
    job_run(exchange);
    window_run(exchange);
    trigger_run(exchange);
    reduce_only_run(exchange);
}

static void core_forget_interest(struct exchange *exchange)
{
    for (uint32_t row = 1; row < exchange->state.markets.used; row++)
        state_market(&exchange->state, row)->interest_out = 0;
}

static void core_retry(struct exchange *exchange)
{
    const uint32_t count = exchange->retry_count;

    exchange->retry_count = 0;
    for (uint32_t i = 0; i < count; i++)
        change_retry(exchange, exchange->retries[i]);
}

/* Checks what belongs to one round and sends it. False when there was nothing to do. */
static bool core_begin_round(struct exchange *exchange)
{
    const uint8_t *before = exchange->at, *end = exchange->batch.inputs + exchange->batch.size;
    enum verdict verdict = VERDICT_NEXT;

    exchange->state.t->round++;
    if (++exchange->stamp >> 28) { /* marks of older rounds must not look like this one's */
        memset(exchange->order_out, 0, (size_t)exchange->state.orders.capacity * sizeof *exchange->order_out);
        memset(exchange->subaccount_out, 0,
               (size_t)exchange->state.subaccounts.capacity * sizeof *exchange->subaccount_out);
        memset(exchange->user_out, 0, (size_t)exchange->state.users.capacity * sizeof *exchange->user_out);
        exchange->stamp = 1;
        exchange->released = 0;
    }
    exchange->action_count = exchange->command_count = exchange->command_given = exchange->action_next = 0;
    core_stage(exchange, STAGE_CHECK);
    core_forget_interest(exchange);
    /* A restart comes before anything else: nothing is released into a market as it was before a crash. */
    if (exchange->at == end || exchange->at != exchange->batch.inputs ||
        ((const struct input_header *)exchange->at)->kind != INPUT_RESTART)
        core_run_derived(exchange);
    if (exchange->state.t->quotes == TABLE_NONE) /* nothing comes between the portions of one */
        core_retry(exchange);
    while (exchange->at < end && verdict == VERDICT_NEXT && exchange->status == EXCHANGE_OK &&
           exchange->state.t->quotes == TABLE_NONE && core_room(exchange, CORE_INPUT_ACTIONS)) {
        const struct input_header *input = (const void *)exchange->at;

        ahead_of_input(exchange);
        verdict = core_apply_input(exchange, input);
        if (verdict != VERDICT_CLOSE_BEFORE) {
            exchange->at += input->size;
            exchange->inputs_done++;
        } else { /* or it would wait for ever */
            check(exchange->action_count > 0);
        }
    }
    if (exchange->action_count == 0 && exchange->at == before)
        return false;
    exchange->rounds++;
    core_submit(exchange);
    return true;
}

static void core_hash(struct exchange *exchange, const struct exchange_batch *batch, struct exchange_result *result)
{
    const XXH128_hash_t inputs = XXH3_128bits(batch->inputs, batch->size);
    const XXH128_hash_t outcome = core_outcome(exchange);
    struct {
        uint8_t before[32];
        uint64_t number, time_ns, inputs[2], outcome[2];
    } all = { .number = batch->number, .time_ns = batch->time_ns, .inputs = { inputs.low64, inputs.high64 },
              .outcome = { outcome.low64, outcome.high64 } };

    memcpy(all.before, exchange->state.t->hash, sizeof all.before);
    crypto_generichash(exchange->state.t->hash, sizeof exchange->state.t->hash, (const uint8_t *)&all, sizeof all, NULL,
                       0);
    memcpy(result->hash, exchange->state.t->hash, sizeof result->hash);
}

enum exchange_status exchange_begin(struct exchange *exchange, const struct exchange_batch *batch)
{
    check(!exchange->running);
    if (exchange->status != EXCHANGE_OK)
        return exchange->status;
    if (core_check_batch(exchange, batch) != EXCHANGE_OK)
        return EXCHANGE_INPUT;
    exchange->state.t->batch = batch->number;
    exchange->state.t->time_ns = batch->time_ns;
    exchange->report_count = exchange->notice_count = 0;
    exchange->notices_dropped = 0;
    exchange->steps_left = exchange->options.steps ? exchange->options.steps : TICK_STEPS;
    exchange->watch_rows = exchange->options.steps ? exchange->options.steps : LIQUIDATION_ROWS;
    exchange->begins_left = LIQUIDATION_BEGINS;
    exchange->episodes_left = LIQUIDATION_EPISODES;
    exchange->derived_left = LIMIT_BATCH_DERIVED;
    exchange->window_left = exchange->options.steps ? exchange->options.steps : WINDOW_ORDERS;
    exchange->window_looks = WINDOW_LOOKS;
    exchange->derived_more = false;
    exchange->commands_sent = exchange->events_seen = exchange->derived_done = exchange->rounds = 0;
    core_clear_outcome(exchange);
    exchange->batch = *batch;
    exchange->at = batch->inputs;
    ahead_begin(exchange);
    exchange->running = core_begin_round(exchange);
    return exchange->status;
}

static void core_end_batch(struct exchange *exchange, struct exchange_result *result)
{
    struct ledger_violation violation;

    core_stage(exchange, STAGE_HASH);
    if (exchange->outcome_long || exchange->notice_count) {
        core_flush_outcome(exchange);
        XXH3_128bits_update(exchange->outcome, exchange->notices, exchange->notice_count * sizeof *exchange->notices);
    }
    check(exchange->retry_count == 0 || exchange->status != EXCHANGE_OK);
    if (exchange->status == EXCHANGE_OK && !ledger_totals_hold(&exchange->state, &violation))
        core_fail(exchange, EXCHANGE_VIOLATION, "batch %lu: %s", (unsigned long)exchange->batch.number, violation.text);
    *result = (struct exchange_result){
        .reports = exchange->reports, .report_count = exchange->report_count, .notices = exchange->notices,
        .notice_count = exchange->notice_count, .notices_dropped = exchange->notices_dropped,
        .rounds = exchange->rounds,
        .commands = exchange->commands_sent, .events = exchange->events_seen, .derived = exchange->derived_done,
        .more = exchange->derived_more };
    core_hash(exchange, &exchange->batch, result);
    core_stage(exchange, STAGE_OTHER);
}

enum exchange_status exchange_step(struct exchange *exchange, struct exchange_result *result, bool *done)
{
    *done = true;
    if (exchange->status != EXCHANGE_OK)
        return exchange->status;
    while (exchange->running) {
        if (!core_collect_some(exchange)) {
            core_stage(exchange, STAGE_OTHER);
            *done = false;
            return EXCHANGE_OK;
        }
        exchange->running = exchange->action_next == exchange->action_count && exchange->status == EXCHANGE_OK &&
                            core_begin_round(exchange);
    }
    core_end_batch(exchange, result);
    return exchange->status;
}

enum exchange_status exchange_run(struct exchange *exchange, const struct exchange_batch *batch,
                                  struct exchange_result *result)
{
    enum exchange_status status = exchange_begin(exchange, batch);
    bool done = false;

    while (status == EXCHANGE_OK && !done)
        status = exchange_step(exchange, result, &done);
    return status;
}

uint64_t exchange_deadline_ns(const struct exchange *exchange)
{
    const uint64_t timing = timing_next_ns(exchange), tick = tick_next_ns(exchange);

    return timing < tick ? timing : tick;
}

struct state *exchange_state(struct exchange *exchange)
{
    return &exchange->state;
}

enum exchange_status exchange_recount(struct exchange *exchange)
{
    struct ledger_violation violation;

    if (!ledger_recount(&exchange->state, &violation))
        return core_fail(exchange, EXCHANGE_VIOLATION, "after batch %lu: %s", (unsigned long)exchange->state.t->batch,
                         violation.text);
    return EXCHANGE_OK;
}

const char *exchange_message(const struct exchange *exchange)
{
    return exchange->message;
}
