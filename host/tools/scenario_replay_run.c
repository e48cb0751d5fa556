/* Two exchanges side by side. Batches of the journal go to both at the same time; the changed one gets further, empty
 * ones where it has something to do that the recorded one had not: a tick while somebody is liquidated, work that is
 * left. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "memory.h"
#include "scenario_replay.h"
#include "snapshot.h"
#include "status.h"

enum { EXTRA_MAX = 1000000 }; /* between two batches of the journal: more is a fault */

/* What became of a user's order or replace, or of an operator's input (user 0), in the batch under way. */
struct replay_outcome {
    uint32_t user, reference, account;
    uint32_t index;          /* of those with the same reference: in the order in which they came */
    uint8_t accepted, reason;
};

void replay_fail(struct replay *replay, const char *format, ...)
{
    va_list arguments;

    if (replay->failed)
        return;
    replay->failed = true;
    va_start(arguments, format);
    vsnprintf(replay->error, sizeof replay->error, format, arguments);
    va_end(arguments);
}

/* --- what the runs say --- */

static int64_t story_notional(const struct replay_side *side, const struct notice *notice, bool fixed)
{
    const wide lots = notice->amount[0] < 0 ? -notice->amount[0] : notice->amount[0];
    const wide price = fixed ? notice->amount[1] : (wide)notice->amount[1] * CARD_FIXED_ONE;

    if (notice->market == TABLE_NONE)
        return 0;
    return wide_narrow(wide_divide_down(lots * price * (wide)state_market(side->state, notice->market)->tick_lot_units,
                                        CARD_FIXED_ONE));
}

static void story_begin(struct replay_story *story, const struct notice *notice)
{
    if (story->liquidations++ > 0)
        return;
    story->begun_ns = notice->time_ns;
    story->equity = notice->amount[0];
    story->maintenance = notice->amount[1];
}

static void story_take(const struct replay_side *side, const struct notice *notice)
{
    struct replay_story *story = &side->stories[notice->account];

    switch (notice->kind) {
    case NOTICE_MARGIN_CALL:
        story->calls++;
        break;
    case NOTICE_LIQUIDATION:
        story_begin(story, notice);
        break;
    case NOTICE_LIQUIDATION_ENDED:
        story->ended_ns = notice->time_ns;
        break;
    case NOTICE_LIQUIDATION_FILL:
        story->book += story_notional(side, notice, false);
        break;
    case NOTICE_BACKSTOP_GIVEN:
        story->backstop += story_notional(side, notice, true);
        break;
    case NOTICE_BANKRUPT:
        story->away += story_notional(side, notice, true);
        break;
    case NOTICE_DELEVERAGED:
        story->deleveraged++;
        story->deleveraged_loss += notice->amount[2] / 256;
        break;
    default:
        break;
    }
}

static void side_take(struct replay_side *side, const struct exchange_result *result)
{
    side->batches++;
    side->more = result->more;
    side->reports = result->reports;
    side->report_count = result->report_count;
    side->notices_dropped += result->notices_dropped;
    memcpy(side->hash, result->hash, sizeof side->hash);
    for (size_t i = 0; i < result->notice_count; i++)
        story_take(side, &result->notices[i]);
    for (size_t i = 0; i < result->report_count; i++)
        side->stories[result->reports[i].account].fills += result->reports[i].kind == REPORT_EXECUTED;
}

static void recorded_entry(void *context, const struct ledger_entry *entry)
{
    replay_causes_entry(&((struct replay *)context)->side[REPLAY_RECORDED], entry);
}

static void changed_entry(void *context, const struct ledger_entry *entry)
{
    replay_causes_entry(&((struct replay *)context)->side[REPLAY_CHANGED], entry);
}

/* --- the second exchange --- */

static void replay_check_used(struct replay *replay, const struct risk_sets *sets)
{
    const struct risk_set *unused = risk_sets_unused(sets);
    char text[128];

    if (unused == NULL)
        return;
    risk_set_text(unused, text, sizeof text);
    replay->unknown = true;
    replay_fail(replay, "%s: the journal has no such market or asset", text);
}

static bool changed_open_device(struct replay *replay)
{
    const struct audit_plan *plan = &replay->plan;
    const struct device_options options = {
        .backend = plan->backend, .markets = plan->markets < LIMIT_MARKETS ? plan->markets : LIMIT_MARKETS,
        .orders = plan->sizes.slots, .tick_bits = plan->window_log2 };

    if (device_open(&replay->device, &options, replay->error, sizeof replay->error) == DEVICE_OK)
        return true;
    replay->failed = true;
    return false;
}

/* Which of them records of the journal set: those records are changed on their way in. */
static void changed_scan(struct replay *replay)
{
    const struct journal_batch *batch;
    struct journal_reader *reader;
    const uint8_t *inputs;

    if (journal_reader_open(&reader, replay->plan.directory, 0, replay->error, sizeof replay->error) != JOURNAL_OK)
        return; /* it has been read before, and is again */
    while (journal_reader_next(reader, &batch, &inputs) == JOURNAL_OK && batch != NULL) {
        size_t at = 0;

        memcpy(replay->inputs, inputs, batch->size);
        for (uint32_t i = 0; i < batch->count && batch->size - at >= sizeof(struct input_header); i++) {
            struct input_header *input = (void *)(replay->inputs + at);

            if (input->size < sizeof *input || input->size > batch->size - at)
                break;
            risk_sets_change(&replay->sets, input);
            at += input->size;
        }
    }
    journal_reader_close(reader);
}

/* Where nothing sets them, they hold from the beginning; over a snapshot all do. */
static void changed_begin(struct replay *replay, bool snapshot)
{
    struct risk_sets unset = { .count = 0 };

    changed_scan(replay);
    for (size_t i = 0; i < replay->sets.count; i++)
        if (snapshot || !replay->sets.set[i].used)
            unset.set[unset.count++] = replay->sets.set[i];
    risk_sets_change_state(&unset, exchange_state(replay->side[REPLAY_CHANGED].exchange));
    replay_check_used(replay, &unset);
}

static bool changed_load(struct replay *replay)
{
    struct replay_side *side = &replay->side[REPLAY_CHANGED];
    const uint64_t snapshot = replay->plan.interval[0].snapshot;
    uint8_t hash[32];

    if (snapshot && snapshot_load(exchange_state(side->exchange), replay->plan.directory, snapshot, hash,
                                  replay->error, sizeof replay->error) != SNAPSHOT_OK) {
        replay->failed = true;
        return false;
    }
    changed_begin(replay, snapshot != 0);
    if (replay->failed)
        return false;
    if ((snapshot && exchange_loaded(side->exchange) != EXCHANGE_OK) ||
        exchange_attach(side->exchange) != EXCHANGE_OK) {
        replay_fail(replay, "with the other parameters: %s", exchange_message(side->exchange));
        return false;
    }
    return true;
}

static void side_open(struct replay_side *side, struct exchange *exchange)
{
    side->exchange = exchange;
    side->state = exchange_state(exchange);
    side->sums = (struct statement_sums){ .state = side->state, .everyone = true, .sums_only = true };
    side->stories = memory_reserve(side->state->accounts.capacity, sizeof *side->stories);
}

static void replay_begin(void *context, struct exchange *recorded)
{
    struct replay *replay = context;
    struct exchange_options options = { .sizes = replay->plan.sizes, .entry = changed_entry, .context = replay };

    side_open(&replay->side[REPLAY_RECORDED], recorded);
    statement_sums_open(&replay->side[REPLAY_RECORDED].sums);
    if (!changed_open_device(replay))
        return;
    options.device = replay->device;
    side_open(&replay->side[REPLAY_CHANGED], exchange_create(&options));
    if (changed_load(replay))
        statement_sums_open(&replay->side[REPLAY_CHANGED].sums);
}

static void changed_run(struct replay *replay, uint64_t time_ns, const uint8_t *inputs, size_t size, uint32_t count)
{
    struct replay_side *side = &replay->side[REPLAY_CHANGED];
    const struct exchange_batch batch = { .number = side->state->t->batch + 1, .time_ns = time_ns, .inputs = inputs,
                                          .size = size, .count = count };
    struct exchange_result result;

    if (exchange_run(side->exchange, &batch, &result) != EXCHANGE_OK) {
        replay_fail(replay, "with the other parameters: %s", exchange_message(side->exchange));
        return;
    }
    side_take(side, &result);
}

/* What the second has to do before `until_ns` and the first has not: at its own time, as a node would have done it. */
static void changed_catch_up(struct replay *replay, uint64_t until_ns)
{
    const struct replay_side *recorded = &replay->side[REPLAY_RECORDED], *changed = &replay->side[REPLAY_CHANGED];
    const uint64_t theirs = exchange_deadline_ns(recorded->exchange);
    const uint64_t end = theirs < until_ns ? theirs : until_ns;

    for (unsigned n = 0; !replay->failed; n++) {
        const uint64_t now = changed->state->t->time_ns, due = exchange_deadline_ns(changed->exchange);
        const bool left = changed->more && !recorded->more;

        if (!left && (due >= end || changed->more))
            return;
        if (n == EXTRA_MAX) {
            replay_fail(replay, "with the other parameters batch %" PRIu64 " leaves work that never ends",
                        changed->state->t->batch);
            return;
        }
        replay->extra_batches++;
        changed_run(replay, left || due < now ? now : due, NULL, 0, 0);
    }
}

/* --- inputs on their way in --- */

/* An operator names an order by its number here, which may be another one there. */
static void changed_map_cancel(const struct replay *replay, struct input_order_cancel *input)
{
    const struct state *recorded = replay->side[REPLAY_RECORDED].state, *changed = replay->side[REPLAY_CHANGED].state;
    const uint32_t row = input->order ? book_order_by_id(recorded, input->order) : TABLE_NONE;
    const struct order *order = row != TABLE_NONE ? table_row(&recorded->orders, row) : NULL;
    uint32_t other = TABLE_NONE;

    if (order == NULL || order->user == TABLE_NONE)
        return;
    other = book_find_order(changed, order->user, order->reference);
    input->order = other != TABLE_NONE ? ((const struct order *)table_row(&changed->orders, other))->id : UINT64_MAX;
}

/* Likewise a change that waits, by its record. */
static void changed_map_change(const struct replay *replay, struct input_change_cancel *input)
{
    const struct state *recorded = replay->side[REPLAY_RECORDED].state, *changed = replay->side[REPLAY_CHANGED].state;
    const struct deferred *theirs = NULL;

    for (uint32_t row = 1; row <= LIMIT_DEFERRED; row++) {
        const struct deferred *one = table_row(&recorded->deferred, row);

        if (one->header.size != 0 && one->due_ns != 0 && one->order + 1 == input->number)
            theirs = one;
    }
    for (uint32_t row = 1; row <= LIMIT_DEFERRED && theirs; row++) {
        const struct deferred *one = table_row(&changed->deferred, row);

        if (one->due_ns == theirs->due_ns && memcmp(&one->header, &theirs->header, sizeof one->header) == 0) {
            input->number = one->order + 1;
            return;
        }
    }
}

static void changed_input(struct replay *replay, struct input_header *input)
{
    if (input->kind == INPUT_ORDER_CANCEL && input->user == TABLE_NONE &&
        input->size == sizeof(struct input_order_cancel))
        changed_map_cancel(replay, (void *)input);
    else if (input->kind == INPUT_CHANGE_CANCEL && input->size == sizeof(struct input_change_cancel))
        changed_map_change(replay, (void *)input);
    else if (risk_sets_change(&replay->sets, input)) {
        replay->changed[replay->changed_count++] = input->reference;
        replay->changed_records++;
    }
}

static void replay_before(void *context, const struct journal_batch *batch, const uint8_t *inputs)
{
    struct replay *replay = context;
    size_t at = 0;

    if (replay->failed)
        return;
    changed_catch_up(replay, batch->time_ns);
    replay->changed_count = 0;
    memcpy(replay->inputs, inputs, batch->size);
    for (uint32_t i = 0; i < batch->count && batch->size - at >= sizeof(struct input_header); i++) {
        struct input_header *input = (void *)(replay->inputs + at);

        if (input->size < sizeof *input || input->size > batch->size - at)
            break; /* exchange_run() will say so */
        changed_input(replay, input);
        at += input->size;
    }
    if (!replay->failed)
        changed_run(replay, batch->time_ns, replay->inputs, batch->size, batch->count);
}

/* --- outcomes compared --- */

static int outcome_compare(const void *left, const void *right)
{
    const struct replay_outcome *one = left, *other = right;

    if (one->user != other->user)
        return one->user < other->user ? -1 : 1;
    if (one->reference != other->reference)
        return one->reference < other->reference ? -1 : 1;
    return one->index < other->index ? -1 : one->index > other->index;
}

static bool outcome_is_one(const struct report *report)
{
    if (report->reference == 0)
        return false;
    return report->user == TABLE_NONE ? report->kind == REPORT_ANSWER
                                      : report->kind == REPORT_ACCEPTED || report->kind == REPORT_REPLACED ||
                                            report->kind == REPORT_REJECTED;
}

static void outcomes_read(struct replay *replay, unsigned n)
{
    const struct replay_side *side = &replay->side[n];
    struct replay_outcome *list;

    replay->outcome_count[n] = 0;
    memory_grow((void **)&replay->outcomes[n], &replay->outcome_room[n], side->report_count + 1,
                sizeof *replay->outcomes[n]);
    list = replay->outcomes[n];
    for (size_t i = 0; i < side->report_count; i++) {
        const struct report *report = &side->reports[i];
        const bool refused = report->kind == REPORT_REJECTED ||
                             (report->kind == REPORT_ANSWER && report->reason != REASON_NONE &&
                              report->reason != REASON_DEFERRED);

        if (outcome_is_one(report))
            list[replay->outcome_count[n]++] = (struct replay_outcome){
                .user = report->user, .reference = report->reference,
                .account = report->user != TABLE_NONE ? state_user(side->state, report->user)->account : TABLE_NONE,
                .index = (uint32_t)i, .accepted = !refused, .reason = report->reason };
    }
    qsort(list, replay->outcome_count[n], sizeof *list, outcome_compare);
}

static void outcome_refused(struct replay *replay, unsigned side, const struct replay_outcome *outcome)
{
    const uint64_t id = (uint64_t)outcome->account << 16 | (uint64_t)outcome->reason << 8 | side;
    uint32_t at = id_map_get(&replay->refusal_map, id);

    if (at == ID_MAP_NONE) {
        at = (uint32_t)replay->refusal_count;
        memory_grow((void **)&replay->refusals, &replay->refusal_room, replay->refusal_count + 1,
                    sizeof *replay->refusals);
        replay->refusals[replay->refusal_count++] = (struct replay_refusal){
            .account = outcome->account, .reason = outcome->reason, .side = (uint8_t)side };
        id_map_set(&replay->refusal_map, id, at);
    }
    replay->refusals[at].count++;
}

static void outcome_differs(struct replay *replay, const struct replay_outcome *recorded,
                            const struct replay_outcome *changed)
{
    if (recorded->user != TABLE_NONE) {
        outcome_refused(replay, changed->accepted ? REPLAY_RECORDED : REPLAY_CHANGED,
                        changed->accepted ? recorded : changed);
        return;
    }
    replay->answers_differ++;
    for (uint32_t i = 0; i < replay->changed_count && !changed->accepted; i++)
        if (replay->changed[i] == changed->reference)
            replay_fail(replay, "batch %" PRIu64 ": the record is refused with the other parameters: %s",
                        replay->side[REPLAY_RECORDED].state->t->batch, reason_name(changed->reason));
}

static void outcomes_compare(struct replay *replay)
{
    const struct replay_outcome *recorded = replay->outcomes[REPLAY_RECORDED];
    const struct replay_outcome *changed = replay->outcomes[REPLAY_CHANGED];
    size_t i = 0, k = 0;

    while (i < replay->outcome_count[REPLAY_RECORDED] && k < replay->outcome_count[REPLAY_CHANGED]) {
        const bool same = recorded[i].user == changed[k].user && recorded[i].reference == changed[k].reference;

        if (same && recorded[i].accepted != changed[k].accepted)
            outcome_differs(replay, &recorded[i], &changed[k]);
        if (same) {
            i++;
            k++;
        } else if (outcome_compare(&recorded[i], &changed[k]) < 0) {
            i++;
        } else {
            k++;
        }
    }
}

static void replay_after(void *context, const struct journal_batch *batch, const struct exchange_result *result)
{
    struct replay *replay = context;
    struct replay_side *recorded = &replay->side[REPLAY_RECORDED], *changed = &replay->side[REPLAY_CHANGED];

    if (replay->failed)
        return;
    replay->last_ns = batch->time_ns;
    side_take(recorded, result);
    replay->equal &= memcmp(recorded->hash, changed->hash, sizeof recorded->hash) == 0;
    outcomes_read(replay, REPLAY_RECORDED);
    outcomes_read(replay, REPLAY_CHANGED);
    outcomes_compare(replay);
}

/* --- all of it --- */

/* What is left is done at the last time of the journal. */
static void replay_finish(struct replay *replay)
{
    const struct replay_side *changed = &replay->side[REPLAY_CHANGED];

    changed_catch_up(replay, replay->last_ns);
    if (!replay->failed && exchange_recount(changed->exchange) != EXCHANGE_OK)
        replay_fail(replay, "with the other parameters: %s", exchange_message(changed->exchange));
}

static void replay_end(void *context)
{
    struct replay *replay = context;

    if (!replay->failed)
        replay_finish(replay);
    if (!replay->failed)
        replay_explain(replay);
    if (!replay->failed)
        replay->end(replay);
}

int replay_run(struct replay *replay)
{
    const struct audit_observer observer = { .begin = replay_begin, .before = replay_before, .entry = recorded_entry,
                                             .batch = replay_after, .end = replay_end, .context = replay };
    struct audit_result result;

    replay->equal = true;
    replay->plan.observer = &observer;
    replay->inputs = memory_reserve(1, LIMIT_BATCH_BYTES);
    replay->changed = memory_reserve(LIMIT_BATCH_INPUTS, sizeof *replay->changed);
    if (!audit_plan_make(&replay->plan, 1, replay->error, sizeof replay->error))
        return EXIT_STATUS_FAULT;
    audit_run_interval(&replay->plan, 0, &result);
    if (result.status != AUDIT_OK) {
        snprintf(replay->error, sizeof replay->error, "%s", result.message);
        return result.status == AUDIT_FAILED ? EXIT_STATUS_FAILED : EXIT_STATUS_FAULT;
    }
    return !replay->failed ? EXIT_STATUS_OK : replay->unknown ? EXIT_STATUS_USAGE : EXIT_STATUS_FAILED;
}

void replay_free(struct replay *replay)
{
    for (unsigned n = 0; n < REPLAY_SIDES; n++) {
        statement_sums_free(&replay->side[n].sums);
        id_map_clear(&replay->side[n].aside_map);
        free(replay->side[n].asides);
        free(replay->side[n].stories);
        free(replay->outcomes[n]);
    }
    exchange_destroy(replay->side[REPLAY_CHANGED].exchange);
    device_close(replay->device);
    audit_plan_free(&replay->plan);
    id_map_clear(&replay->refusal_map);
    free(replay->refusals);
    free(replay->rows);
    free(replay->inputs);
    free(replay->changed);
}
