/* Cancel jobs: many orders, a bounded number a batch. */
#include "core.h"

enum reason job_add(struct exchange *exchange, const struct job *job)
{
    struct state *state = &exchange->state;
    const uint32_t row = table_take(&state->jobs);

    if (row == TABLE_NONE)
        return REASON_CAPACITY;
    *(struct job *)table_row(&state->jobs, row) = *job;
    ((struct job *)table_row(&state->jobs, row))->limit = UINT64_MAX;
    if (state->t->next_order < UINT64_MAX >> 22)
        ((struct job *)table_row(&state->jobs, row))->limit = state->t->next_order << 22;
    if (state->t->jobs_last != TABLE_NONE)
        ((struct job *)table_row(&state->jobs, state->t->jobs_last))->next = row;
    else
        state->t->jobs = row;
    state->t->jobs_last = row;
    return REASON_NONE;
}

enum reason job_add_spare(struct exchange *exchange, const struct job *job)
{
    if (exchange->state.jobs.live + CORE_JOBS_KEPT >= exchange->state.jobs.capacity)
        return REASON_CAPACITY;
    return job_add(exchange, job);
}

void job_make_room(struct exchange *exchange, uint32_t subaccount, uint32_t market, enum reason reason)
{
    const struct state *state = &exchange->state;
    const uint32_t account = state_subaccount(state, subaccount)->account;
    const uint32_t first = state_find_position(state, state_account(state, account)->first, market);

    if (first != TABLE_NONE && state_position_detail(state, first)->account_slots > 0)
        (void)job_add_spare(exchange, &(struct job){ .scope = JOB_ACCOUNT, .target = account, .market = market,
                                                     .side = 2, .reason = (uint8_t)reason });
}

/* Orders looked at that count as one derived command: a job that has to look at many and cancels few must not hold
 * up everybody else. */
enum { JOB_LOOKS = 16 };

struct job_pass {
    uint32_t job;
    uint32_t looks;        /* orders and positions looked at */
    bool left;             /* orders of it are still open, or on their way out */
    bool full;             /* no more fit into this batch */
};

static bool job_covers(const struct job *job, const struct order *order)
{
    const bool waits = order->place == ORDER_TRIGGER;

    return order->id < job->limit && (job->market == TABLE_NONE || order->market == job->market) &&
           (job->side > CARD_SIDE_SELL || order->side == job->side) && (!waits || job->triggers_too);
}

static void job_take_order(struct exchange *exchange, struct job_pass *pass, uint32_t row)
{
    const struct job *job = table_row(&exchange->state.jobs, pass->job);

    pass->looks++;
    if (!job_covers(job, order_row(&exchange->state, row)))
        return;
    pass->left = true;
    if (core_order_out(exchange, row))
        return;
    if (!core_room(exchange, LIMIT_BATCH_INPUTS) || !core_take_derived(exchange, 1)) {
        pass->full = true;
        return;
    }
    change_cancel_order(exchange, row, job->reason, pass->job);
}

static void job_take_position(struct exchange *exchange, struct job_pass *pass, uint32_t position)
{
    const struct job *job = table_row(&exchange->state.jobs, pass->job);
    uint32_t row = state_position_detail(&exchange->state, position)->orders;

    pass->looks++;
    if (job->market != TABLE_NONE && job->market != state_position(&exchange->state, position)->market)
        return;
    for (; row != TABLE_NONE && !pass->full; row = order_row(&exchange->state, row)->next_in_position)
        job_take_order(exchange, pass, row);
}

static void job_take_subaccount(struct exchange *exchange, struct job_pass *pass, uint32_t subaccount)
{
    uint32_t row = state_subaccount(&exchange->state, subaccount)->positions;

    for (; row != TABLE_NONE && !pass->full; row = state_position(&exchange->state, row)->next)
        job_take_position(exchange, pass, row);
}

static void job_take_market(struct exchange *exchange, struct job_pass *pass, uint32_t market)
{
    uint32_t row = state_market(&exchange->state, market)->positions;

    for (; row != TABLE_NONE && !pass->full; row = state_position(&exchange->state, row)->next_of_market)
        job_take_position(exchange, pass, row);
}

static void job_scan(struct exchange *exchange, struct job_pass *pass)
{
    const struct state *state = &exchange->state;
    const struct job *job = table_row(&state->jobs, pass->job);
    uint32_t row;

    switch ((enum job_scope)job->scope) {
    case JOB_USER:
        for (row = state_user(state, job->target)->orders; row != TABLE_NONE && !pass->full;
             row = order_row(state, row)->next_of_user)
            job_take_order(exchange, pass, row);
        break;
    case JOB_SUBACCOUNT:
        job_take_subaccount(exchange, pass, job->target);
        break;
    case JOB_ACCOUNT:
        for (row = state_account(state, job->target)->subaccounts; row != TABLE_NONE && !pass->full;
             row = state_subaccount(state, row)->next)
            job_take_subaccount(exchange, pass, row);
        break;
    case JOB_MARKET:
        job_take_market(exchange, pass, job->target);
        break;
    case JOB_VENUE:
        for (row = 1; row < state->markets.used && !pass->full; row++)
            job_take_market(exchange, pass, row);
        break;
    case JOB_NONE:
        check(false);
    }
}

/* The first job of the queue is over. */
static void job_finish(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;
    const uint32_t row = totals->jobs;
    const struct job *job = table_row(&exchange->state.jobs, row);

    if (job->answers) {
        struct report *report = core_report(exchange, job->user, REPORT_ANSWER, REASON_NONE);

        report->reference = job->ticket;
        report->quantity = job->cancelled;
    }
    totals->jobs = job->next;
    if (totals->jobs == TABLE_NONE)
        totals->jobs_last = TABLE_NONE;
    table_give(&exchange->state.jobs, row);
}

/* Users whose orders were to be cancelled when there was no row for a job. */
static void job_add_due(struct exchange *exchange)
{
    struct state *state = &exchange->state;
    struct totals *totals = state->t;

    for (uint32_t looked = 1; totals->cancels_due > 0 && looked < state->users.used; looked++) {
        const uint32_t row = totals->cancels_at < state->users.used && totals->cancels_at ? totals->cancels_at : 1;
        struct user *user = state_user(state, row);
        const struct job job = { .scope = JOB_USER, .target = row, .side = 2, .triggers_too = 1,
                                 .reason = (uint8_t)user->cancel_due };

        if (user->cancel_due) {
            if (job_add(exchange, &job) != REASON_NONE)
                return;
            user->cancel_due = REASON_NONE;
            totals->cancels_due--;
        }
        totals->cancels_at = row + 1;
    }
}

void job_run(struct exchange *exchange)
{
    job_add_due(exchange);
    while (exchange->state.t->jobs != TABLE_NONE) {
        struct job_pass pass = { .job = exchange->state.t->jobs };
        uint32_t cost;

        if (!core_take_derived(exchange, 1))
            return;
        job_scan(exchange, &pass);
        cost = pass.looks / JOB_LOOKS;
        core_take_derived(exchange, cost < exchange->derived_left ? cost : exchange->derived_left);
        if (pass.left)
            break; /* the next round looks again; later jobs wait */
        job_finish(exchange);
        if (exchange->state.t->cancels_due > 0) /* there is a row now */
            job_add_due(exchange);
    }
}
