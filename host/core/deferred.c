/* Inputs that wait: for the settlement pass to end, or for the notice of a change to run out. Few, so a walk of the
 * table does. */
#include <string.h>

#include "core.h"

static struct deferred *deferred_row(const struct exchange *exchange, uint32_t row)
{
    return table_row(&exchange->state.deferred, row);
}

static const struct input_header *deferred_input(const struct deferred *deferred)
{
    return (const void *)deferred->input;
}

enum reason deferred_add(struct exchange *exchange, const struct input_header *input, uint64_t due_ns)
{
    struct totals *totals = exchange->state.t;
    uint32_t row = 1;

    check(input->size > 0 && input->size <= LIMIT_DEFERRED_BYTES);
    if (totals->deferred_count == LIMIT_DEFERRED)
        return REASON_CAPACITY;
    while (deferred_input(deferred_row(exchange, row))->size != 0)
        row++;
    *deferred_row(exchange, row) = (struct deferred){ .due_ns = due_ns, .order = totals->next_deferred++ };
    memcpy(deferred_row(exchange, row)->input, input, input->size);
    totals->deferred_count++;
    totals->deferred_wait += due_ns == 0;
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

static void deferred_carry_out(struct exchange *exchange, uint32_t row)
{
    const struct deferred kept = *deferred_row(exchange, row);
    const struct input_header *input = deferred_input(&kept);
    struct totals *totals = exchange->state.t;
    enum reason reason;
    uint64_t made = 0;

    *deferred_row(exchange, row) = (struct deferred){ 0 };
    totals->deferred_count--;
    totals->deferred_wait -= kept.due_ns == 0;
    exchange->due = kept.due_ns != 0;
    reason = core_control(exchange, input, &made);
    exchange->due = false;
    if (reason == REASON_DEFERRED)
        return;
    if (kept.due_ns == 0)
        core_report_answer(exchange, input, reason, made);
    else
        core_notice(exchange, NOTICE_CHANGE_DONE, 0)->amount[0] = reason;
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

uint64_t deferred_next_ns(const struct exchange *exchange)
{
    uint64_t next = UINT64_MAX;

    if (exchange->state.t->deferred_count == exchange->state.t->deferred_wait)
        return next;
    for (uint32_t row = 1; row <= LIMIT_DEFERRED; row++) {
        const struct deferred *deferred = deferred_row(exchange, row);

        if (deferred_input(deferred)->size != 0 && deferred->due_ns != 0 && deferred->due_ns < next)
            next = deferred->due_ns;
    }
    return next;
}
