/* Sessions, kill switches, restart: what cancels many orders at once. */
#include <string.h>

#include "control.h"
#include "liquidation.h"
#include "pricing.h"

enum reason control_cancel_all(struct exchange *exchange, enum job_scope scope, uint32_t target, enum reason reason)
{
    const struct job job = { .scope = (uint8_t)scope, .target = target, .side = 2, .triggers_too = 1,
                             .reason = (uint8_t)reason };

    return job_add(exchange, &job);
}

enum reason control_kill(struct exchange *exchange, const struct input_kill *input)
{
    struct state *state = &exchange->state;
    const bool on = input->on;
    enum job_scope scope = JOB_NONE;
    uint32_t target = input->target;

    if (input->on > 1)
        return REASON_BAD_COMMAND;
    switch (input->scope) {
    case KILL_USER:
        if (target == TABLE_NONE || target >= state->users.used)
            return REASON_UNKNOWN_ACCOUNT;
        scope = JOB_USER;
        state_user(state, target)->flags &= ~(uint32_t)USER_KILLED;
        state_user(state, target)->flags |= on ? USER_KILLED : 0;
        break;
    case KILL_ACCOUNT:
        if (!control_is_client(state, target))
            return REASON_UNKNOWN_ACCOUNT;
        scope = JOB_ACCOUNT;
        state_account(state, target)->flags &= ~(uint32_t)ACCOUNT_KILLED;
        state_account(state, target)->flags |= on ? ACCOUNT_KILLED : 0;
        break;
    case KILL_MARKET:
        if (input->market == TABLE_NONE || input->market >= state->markets.used)
            return REASON_UNKNOWN_MARKET;
        scope = JOB_MARKET;
        target = input->market;
        state_market(state, target)->flags &= (uint8_t)~MARKET_KILLED;
        state_market(state, target)->flags |= on ? MARKET_KILLED : 0;
        break;
    case KILL_VENUE:
        scope = JOB_VENUE;
        state->t->venue_killed = on;
        break;
    default:
        return REASON_BAD_COMMAND;
    }
    control_refresh_all(exchange);
    return on ? control_cancel_all(exchange, scope, target, REASON_KILL_SWITCH) : REASON_NONE;
}

/* What nobody asks for again must not get lost: without a row for the job it is remembered, and job_run() tries
 * again. */
static void control_cancel_user(struct exchange *exchange, uint32_t row, enum reason reason)
{
    struct user *user = state_user(&exchange->state, row);

    if (user->orders == TABLE_NONE || control_cancel_all(exchange, JOB_USER, row, reason) == REASON_NONE)
        return;
    exchange->state.t->cancels_due += user->cancel_due == 0;
    user->cancel_due = (uint16_t)reason;
}

enum reason control_session(struct exchange *exchange, const struct input_session *input)
{
    struct state *state = &exchange->state;
    const uint32_t row = input->header.user;

    if (row == TABLE_NONE || row >= state->users.used)
        return REASON_UNKNOWN_ACCOUNT;
    if (input->up > 1 || input->cancel > 1)
        return REASON_BAD_COMMAND;
    state_user(state, row)->up = input->up;
    if (!input->up && input->cancel)
        control_cancel_user(exchange, row, REASON_DISCONNECT);
    return REASON_NONE;
}

static bool control_sizes_are(const struct state_sizes *sizes, const struct input_restart *input)
{
    const struct state_sizes whole = state_sizes_whole(sizes);

    return whole.subaccounts == input->subaccounts && whole.accounts == input->accounts &&
           whole.users == input->users && whole.balances == input->balances && whole.positions == input->positions &&
           whole.orders == input->orders && whole.slots == input->slots && whole.transfers == input->transfers &&
           whole.jobs == input->jobs;
}

/* Nobody is connected, and no price is worth anything until it has come in again. */
enum reason control_restart(struct exchange *exchange, const struct input_restart *input)
{
    struct state *state = &exchange->state;

    if (input->rules != STATE_RULES)
        return REASON_OUT_OF_RANGE;
    if (!control_sizes_are(&exchange->options.sizes, input)) {
        core_fail(exchange, EXCHANGE_VIOLATION, "batch %lu: the journal was made with other sizes of memory",
                  (unsigned long)state->t->batch);
        return REASON_CONFLICT;
    }
    state->t->rules = input->rules;
    if (state->t->salt == 0 && state->t->next_order == 1)
        state->t->salt = input->salt;
    for (uint32_t row = 1; row < state->users.used; row++) {
        struct user *user = state_user(state, row);

        if (user->up && user->flags & USER_CANCEL_ON_DISCONNECT)
            control_cancel_user(exchange, row, REASON_RESTART);
        user->up = 0;
    }
    for (uint32_t row = 1; row < state->markets.used; row++) {
        state_market(state, row)->flags |= MARKET_WAITS_FOR_PRICES;
        state_market(state, row)->prices_seen = 0;
    }
    pricing_restart(exchange);
    control_refresh_all(exchange);
    liquidation_look_at_all(exchange);
    return REASON_NONE;
}
