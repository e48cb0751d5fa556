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

/* --- what was done to an account --- */

static void core_report_forced_to(struct exchange *exchange, uint32_t user, uint32_t subaccount,
                                  const struct forced *what)
{
    struct report *report = core_report(exchange, user, REPORT_FORCED, REASON_NONE);

    report->subaccount = subaccount;
    report->account = state_subaccount(&exchange->state, subaccount)->account;
    report->forced = what->kind;
    report->side = what->side;
    report->rank = what->rank;
    report->market = what->market;
    report->asset = what->asset;
    report->other = what->other;
    report->number = what->number;
    report->quantity = what->lots;
    report->exact_price = what->price;
    report->equity = what->equity;
    report->maintenance = what->maintenance;
    report->money = what->money;
}

/* One more fill of the order that has been reported last: its reports are not out before the batch ends. The average
 * price is rounded down, below a 256th of a tick. */
static void core_forced_add(struct exchange *exchange, const struct forced *what)
{
    struct forced_reports *forced = &exchange->forced;

    forced->notional += (wide)what->lots * what->price;
    for (uint32_t i = 0; i < forced->count; i++) {
        struct report *report = &exchange->reports[forced->first + i];

        report->quantity += what->lots;
        report->money += what->money;
        report->exact_price = (uint64_t)(forced->notional / report->quantity);
    }
}

void core_report_forced(struct exchange *exchange, uint32_t subaccount, const struct forced *what)
{
    const struct state *state = &exchange->state;
    struct forced_reports *forced = &exchange->forced;

    check(what->kind > FORCED_NONE && what->kind < FORCED_KINDS && what->lots >= 0);
    if (forced->batch != state->t->batch)
        *forced = (struct forced_reports){ .batch = state->t->batch, .left = CORE_FORCED };
    if (what->order != 0 && what->order == forced->order) {
        core_forced_add(exchange, what);
        return;
    }
    forced->order = what->order;
    forced->first = (uint32_t)exchange->report_count;
    forced->count = 0;
    forced->notional = (wide)what->lots * what->price;
    for (uint32_t user = state_account(state, state_subaccount(state, subaccount)->account)->users;
         user != TABLE_NONE; user = state_user(state, user)->next_of_account) {
        if (forced->left == 0) {
            exchange->notices_dropped++;
            return;
        }
        forced->left--;
        forced->count++;
        core_report_forced_to(exchange, user, subaccount, what);
    }
}

/* A level: equity and maintenance. */
static bool core_is_level(enum forced_kind kind)
{
    return kind == FORCED_MARGIN_CALL || kind == FORCED_BEGUN || kind == FORCED_ENDED;
}

static enum forced_kind core_forced_kind(unsigned notice)
{
    static const uint8_t kinds[NOTICE_KINDS] = {
        [NOTICE_MARGIN_CALL] = FORCED_MARGIN_CALL, [NOTICE_LIQUIDATION] = FORCED_BEGUN,
        [NOTICE_LIQUIDATION_ENDED] = FORCED_ENDED, [NOTICE_LIQUIDATION_FILL] = FORCED_FILL,
        [NOTICE_BACKSTOP_GIVEN] = FORCED_GIVEN, [NOTICE_BACKSTOP_TAKEN] = FORCED_TAKEN,
        [NOTICE_BANKRUPT] = FORCED_BANKRUPT, [NOTICE_DELEVERAGED] = FORCED_DELEVERAGED,
        [NOTICE_LEND_TURNED] = FORCED_LEND_TURNED,
    };

    return (enum forced_kind)kinds[notice];
}

/* Who is liquidated is told to those who take over or give up; who they are is not told to the liquidated. */
void core_report_notice(struct exchange *exchange, const struct notice *notice, uint8_t side, uint64_t order)
{
    const enum forced_kind kind = core_forced_kind(notice->kind);
    struct forced what = { .kind = (uint8_t)kind, .market = notice->market, .asset = notice->asset,
                           .number = notice->number, .order = order };

    if (core_is_level(kind)) {
        what.equity = notice->amount[0];
        what.maintenance = notice->amount[1];
    } else {
        what.side = kind == FORCED_LEND_TURNED ? 0 : side;
        what.lots = notice->amount[0];
        what.price = (uint64_t)notice->amount[1];
        what.money = notice->amount[2];
    }
    if (kind == FORCED_FILL) {
        what.price *= 256;
    } else if (kind == FORCED_LEND_TURNED) {
        what.price = 0;
        what.money = wide_narrow((wide)notice->amount[1] * 256);
    }
    if (kind == FORCED_TAKEN || kind == FORCED_DELEVERAGED || kind == FORCED_LEND_TURNED)
        what.other = notice->other;
    if (kind == FORCED_DELEVERAGED)
        what.rank = (uint8_t)notice->rank;
    core_report_forced(exchange, notice->subaccount, &what);
}
