/* Reports, and the streams that they are numbered in. */
#include <string.h>

#include "core.h"
#include "durations.h"

struct report *core_report(struct exchange *exchange, uint32_t user, enum report_kind kind, enum reason reason)
{
    const struct totals *totals = exchange->state.t;
    struct report *report;

    check(exchange->report_count < exchange->report_room);
    report = &exchange->reports[exchange->report_count++];
    *report = (struct report){ .time_ns = totals->time_ns, .batch = totals->batch, .user = user,
                               .kind = (uint8_t)kind, .reason = (uint8_t)reason };
    if (user != TABLE_NONE) {
        struct user *row = state_user(&exchange->state, user);
        const uint32_t day = (uint32_t)(totals->time_ns / NS_A_DAY);

        if (row->day != day) {
            row->day = day;
            row->sequence = 0;
        }
        report->sequence = ++row->sequence;
    }
    return report;
}

static enum order_status report_status(const struct order *order, enum report_kind kind, enum reason reason)
{
    if (kind == REPORT_CANCELLED && order->open == 0)
        return STATUS_CANCELLED;
    if (kind == REPORT_EXPIRED)
        return order->place == ORDER_TRIGGER && reason != REASON_TIME_EXPIRED && reason != REASON_OTHER_LEG
                   ? STATUS_TRIGGER_FAILED : STATUS_EXPIRED;
    if (order->open == 0 && order->filled > 0)
        return STATUS_FILLED;
    if (order->place == ORDER_TRIGGER)
        return STATUS_TRIGGER_PENDING;
    return order->filled > 0 ? STATUS_PARTIALLY_FILLED : STATUS_NEW;
}

struct report *core_report_order(struct exchange *exchange, uint32_t order, enum report_kind kind, enum reason reason)
{
    const struct order *row = order_row(&exchange->state, order);
    struct report *report;

    if (row->user == TABLE_NONE)
        return NULL;
    report = core_report(exchange, row->user, kind, reason);
    report->reference = row->reference;
    report->order = row->id;
    report->subaccount = row->subaccount;
    report->account = state_subaccount(&exchange->state, row->subaccount)->account;
    report->market = row->market;
    report->side = row->side;
    report->tif = row->tif;
    report->stp = row->stp;
    report->flags = row->flags;
    report->price = row->flags & INPUT_ORDER_MARKET ? 0 : row->price;
    report->quantity = row->quantity;
    report->open = row->open;
    report->filled = row->filled;
    report->other = row->parent_reference;
    report->status = (uint8_t)report_status(row, kind, reason);
    if (row->flags & INPUT_ORDER_QUOTE_QUANTITY)
        quote_fill_report(exchange, row, report);
    memcpy(report->client_id, row->client_id, sizeof report->client_id);
    return report;
}

static void report_fill_new(struct report *report, const struct input_order_new *order)
{
    report->market = order->market;
    report->side = order->side;
    report->tif = order->tif;
    report->stp = order->stp;
    report->flags = order->flags;
    report->price = order->price;
    report->quantity = order->quantity;
    memcpy(report->client_id, order->client_id, sizeof report->client_id);
}

void core_report_refused(struct exchange *exchange, const struct input_header *input, enum report_kind kind,
                         enum reason reason)
{
    struct report *report;

    if (input->user == TABLE_NONE) {
        core_report_answer(exchange, input, reason, 0);
        return;
    }
    if (input->user >= exchange->state.users.used || state_user(&exchange->state, input->user)->name[0] == 0)
        return; /* nobody to tell */
    report = core_report(exchange, input->user, kind, reason);
    report->reference = input->reference;
    report->subaccount = input->subaccount;
    if (input->kind == INPUT_ORDER_NEW)
        report_fill_new(report, (const struct input_order_new *)input);
    if (input->kind == INPUT_ORDER_REPLACE)
        report->other = ((const struct input_order_replace *)input)->existing;
}

void core_report_answer(struct exchange *exchange, const struct input_header *input, enum reason reason, uint64_t made)
{
    struct report *report = core_report(exchange, TABLE_NONE, REPORT_ANSWER, reason);

    report->reference = input->reference;
    report->subaccount = input->subaccount;
    report->order = made;
}
