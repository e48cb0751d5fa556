/* Inputs that wait: for the settlement pass to end, or for the notice of a change to run out. Few, so a walk of the
 * table does. Neither kind may use up the other's half of it. */
#include <string.h>

#include "core.h"

static struct deferred *deferred_row(const struct exchange *exchange, uint32_t row)
{
    return table_row(&exchange->state.deferred, row);
}

static const struct input_header *deferred_input(const struct deferred *deferred)
{
    return &deferred->header;
}

/* When the first change is due, counted again. */
static uint64_t deferred_earliest(const struct exchange *exchange)
{
    uint64_t next = 0;

    for (uint32_t row = 1; row <= LIMIT_DEFERRED; row++) {
        const struct deferred *deferred = deferred_row(exchange, row);

        if (deferred_input(deferred)->size != 0 && deferred->due_ns != 0 && (next == 0 || deferred->due_ns < next))
            next = deferred->due_ns;
    }
    return next;
}

enum reason deferred_add(struct exchange *exchange, const struct input_header *input, uint64_t due_ns)
{
    struct totals *totals = exchange->state.t;
    const uint32_t same = due_ns == 0 ? totals->deferred_wait : totals->deferred_count - totals->deferred_wait;
    uint32_t row = 1;

    check(input->size > 0 && input->size <= LIMIT_DEFERRED_BYTES);
    if (same == LIMIT_DEFERRED / 2)
        return REASON_CAPACITY;
    while (deferred_input(deferred_row(exchange, row))->size != 0)
        row++;
    *deferred_row(exchange, row) = (struct deferred){ .due_ns = due_ns, .order = totals->next_deferred++ };
    memcpy(deferred_row(exchange, row)->input, input, input->size);
    totals->deferred_count++;
    totals->deferred_wait += due_ns == 0;
    if (due_ns != 0 && (totals->deferred_next_ns == 0 || due_ns < totals->deferred_next_ns))
        totals->deferred_next_ns = due_ns;
    return REASON_DEFERRED;
}

static bool deferred_is_due(const struct exchange *exchange, const struct deferred *deferred)
{
    const struct totals *totals = exchange->state.t;

    if (deferred_input(deferred)->size == 0)
        return false;
    return deferred->due_ns == 0 ? totals->pass_stage == SETTLEMENT_IDLE : deferred->due_ns <= totals->time_ns;
}

/* Of those that are due, the one that came first. */
static uint32_t deferred_first(const struct exchange *exchange)
{
    uint32_t first = TABLE_NONE;

    for (uint32_t row = 1; row <= LIMIT_DEFERRED; row++)
        if (deferred_is_due(exchange, deferred_row(exchange, row)) &&
            (first == TABLE_NONE || deferred_row(exchange, row)->order < deferred_row(exchange, first)->order))
            first = row;
    return first;
}

static void deferred_take(struct exchange *exchange, uint32_t row)
{
    struct totals *totals = exchange->state.t;
    const uint64_t due_ns = deferred_row(exchange, row)->due_ns;

    *deferred_row(exchange, row) = (struct deferred){ 0 };
    totals->deferred_count--;
    totals->deferred_wait -= due_ns == 0;
    if (due_ns != 0 && due_ns == totals->deferred_next_ns)
        totals->deferred_next_ns = deferred_earliest(exchange);
}

/* A notice of a change, with the market or asset that it is about; its number is one more than its order. */
static void deferred_tell(struct exchange *exchange, enum notice_kind kind, const struct deferred *deferred,
                          int64_t amount)
{
    const struct input_header *input = deferred_input(deferred);
    const void *record = input;
    struct notice *notice = core_notice(exchange, kind, TABLE_NONE);

    notice->amount[0] = amount;
    notice->amount[1] = (int64_t)(deferred->order + 1);
    if (input->kind == INPUT_MARKET_SET)
        notice->market = (uint16_t)state_find_market(&exchange->state,
                                                     ((const struct input_market_set *)record)->symbol);
    else if (input->kind == INPUT_ASSET_SET)
        notice->asset = (uint16_t)state_find_asset(&exchange->state, ((const struct input_asset_set *)record)->symbol);
    else if (input->kind == INPUT_POOL_SET)
        notice->asset = ((const struct input_pool_set *)record)->asset;
    else if (input->kind == INPUT_PRICING_SET)
        notice->asset = ((const struct input_pricing_set *)record)->asset;
}

static void deferred_carry_out(struct exchange *exchange, uint32_t row)
{
    const struct deferred kept = *deferred_row(exchange, row);
    const struct input_header *input = deferred_input(&kept);
    enum reason reason;
    uint64_t made = 0;

    deferred_take(exchange, row);
    exchange->due = kept.due_ns != 0;
    reason = core_control(exchange, input, &made);
    exchange->due = false;
    if (reason == REASON_DEFERRED)
        return;
    if (kept.due_ns == 0)
        core_report_answer(exchange, input, reason, made);
    else
        deferred_tell(exchange, NOTICE_CHANGE_DONE, &kept, reason);
}

void deferred_run(struct exchange *exchange)
{
    const struct totals *totals = exchange->state.t;

    /* Parameters don't change in the middle of a pass either. */
    while (totals->deferred_count > 0 && totals->pass_stage == SETTLEMENT_IDLE &&
           (totals->deferred_wait > 0 || deferred_next_ns(exchange) <= totals->time_ns) &&
           core_room(exchange, CORE_INPUT_ACTIONS)) {
        const uint32_t row = deferred_first(exchange);

        if (row == TABLE_NONE || !tick_take_step(exchange))
            return;
        deferred_carry_out(exchange, row);
    }
}

enum reason deferred_cancel(struct exchange *exchange, const struct input_change_cancel *input)
{
    for (uint32_t row = 1; row <= LIMIT_DEFERRED; row++) {
        const struct deferred kept = *deferred_row(exchange, row);

        if (deferred_input(&kept)->size == 0 || kept.due_ns == 0 || kept.order + 1 != input->number)
            continue;
        deferred_take(exchange, row);
        deferred_tell(exchange, NOTICE_CHANGE_CANCELLED, &kept, kept.due_ns > INT64_MAX ? INT64_MAX
                                                                                        : (int64_t)kept.due_ns);
        return REASON_NONE;
    }
    return REASON_UNKNOWN_ORDER;
}

uint64_t deferred_next_ns(const struct exchange *exchange)
{
    const uint64_t next = exchange->state.t->deferred_next_ns;

    return next ? next : UINT64_MAX;
}
