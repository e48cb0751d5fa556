/* A state that came from a file: every number in every row is checked before anything follows it. */
#include <stdio.h>

#include "control.h"
#include "durations.h"
#include "loaded.h"

enum exchange_status loaded_bad(struct exchange *exchange, const struct table *table, uint32_t row, const char *what,
                                uint64_t value)
{
    return core_fail(exchange, EXCHANGE_VIOLATION, "snapshot: %s row %u: %s is %lu", table->name, row, what,
                     (unsigned long)value);
}

/* --- orders --- */

/* Numbers by themselves. */
static bool loaded_order_is_sound(const struct state *state, const struct order *order)
{
    const struct market *market = state_market(state, order->market);
    const wide room = (wide)LIMIT_NOTIONAL_UNITS * 256;

    return order->tif <= CARD_TIF_FOK && order->stp <= CARD_STP_REJECT_BOTH &&
           !(order->flags & ~INPUT_ORDER_FLAGS) && order->slippage <= 10000 &&
           reason_name(order->bound_reason) != NULL && order->open >= 0 &&
           order->open <= (int64_t)CARD_QUANTITY_MAX && order->quantity >= 0 && order->filled >= 0 &&
           (!(order->flags & INPUT_ORDER_PERCENT) || order->quantity <= 1000000) && order->quote_left >= 0 &&
           order->own == OWN_NONE && /* orders of the exchange itself don't outlive their batch */
           order->adverse_lot >= 0 && (wide)order->active * order->adverse_lot <= room &&
           (wide)order->active * order->price * (wide)market->tick_lot_units <= LIMIT_NOTIONAL_UNITS &&
           order->fee_carry < 1000000 && order->expires_ns <= INT64_MAX && order->due_ns <= INT64_MAX &&
           order->attach[0].by <= INPUT_BY_LAST && order->attach[1].by <= INPUT_BY_LAST;
}

/* Numbers given out, once each; a place in the window of its market. */
static bool loaded_order_rests(const struct state *state, const struct order *order)
{
    const struct market *market = state_market(state, order->market);
    const uint64_t top = market->window_base + (UINT64_C(1) << market->window_log2);

    if (order->place == ORDER_NOWHERE || order->id >> 22 >= state->t->next_order ||
        order->priority >= state->t->next_priority || order->reserve_lots != 0 || order->reserve_notional != 0 ||
        order->reserve_adverse != 0 || (order->slot != TABLE_NONE) != (order->place == ORDER_ON_CARD))
        return false;
    return order->place != ORDER_ON_CARD || (order->price >= market->window_base && order->price < top);
}

static void loaded_check_orders(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->orders.used && exchange->status == EXCHANGE_OK; row++) {
        const struct order *order = order_row(state, row);

        if (order->id >> 22 == 0) /* free */
            continue;
        if ((order->id & ((1u << 22) - 1)) != row)
            loaded_bad(exchange, &state->orders, row, "id", order->id);
        else if (order->market == 0 || !loaded_is_row(&state->markets, order->market))
            loaded_bad(exchange, &state->orders, row, "market", order->market);
        else if (!loaded_is_row(&state->users, order->user))
            loaded_bad(exchange, &state->orders, row, "user", order->user);
        else if (order->subaccount == 0 || !loaded_is_row(&state->subaccounts, order->subaccount))
            loaded_bad(exchange, &state->orders, row, "subaccount", order->subaccount);
        else if (order->position == 0 || !loaded_is_row(&state->positions, order->position))
            loaded_bad(exchange, &state->orders, row, "position", order->position);
        else if (order->slot > state->t->slots_made)
            loaded_bad(exchange, &state->orders, row, "slot", order->slot);
        else if (order->side > CARD_SIDE_SELL || order->place > ORDER_BUMPED)
            loaded_bad(exchange, &state->orders, row, "side or place", order->side);
        else if (order->trigger_by > INPUT_BY_LAST || order->trigger_when > INPUT_AT_OR_BELOW ||
                 (order->place == ORDER_TRIGGER && (order->trigger_by == 0 || order->trigger_when == 0)))
            loaded_bad(exchange, &state->orders, row, "trigger", order->trigger_by);
        else if (!loaded_is_row(&state->orders, order->parent) || !loaded_is_row(&state->orders, order->attached[0]) ||
                 !loaded_is_row(&state->orders, order->attached[1]))
            loaded_bad(exchange, &state->orders, row, "parent or leg", order->parent);
        else if (!loaded_order_is_sound(state, order))
            loaded_bad(exchange, &state->orders, row, "a number; flags", order->flags);
        else if (!loaded_order_rests(state, order))
            loaded_bad(exchange, &state->orders, row, "place", order->place);
        else if (order->user != TABLE_NONE && state_user(state, order->user)->account !=
                                                  state_subaccount(state, order->subaccount)->account)
            loaded_bad(exchange, &state->orders, row, "user of another account", order->user);
    }
}

/* --- positions and balances --- */

/* What its open cost may be: of the sign of what is open, and small enough for what its orders may add. And the row
 * that counts for its account: that of the first subaccount in the same market. */
static bool loaded_position_is_sound(const struct state *state, uint32_t row)
{
    const struct position *position = state_position(state, row);
    const struct position_detail *detail = state_position_detail(state, row);
    const wide cost = position->quantity < 0 ? -(wide)position->open_cost : position->open_cost;
    const uint32_t account = state_subaccount(state, position->subaccount)->account;
    const struct position *counter = state_position(state, detail->account_row);

    if (cost < 0 || cost > (wide)LIMIT_NOTIONAL_UNITS * 256 || position->debt < 0 || position->rank >= LIMIT_RANKS ||
        detail->episode_lots < 0)
        return false;
    if (detail->account_row == TABLE_NONE)
        return state_account(state, account)->first == TABLE_NONE;
    return loaded_is_row(&state->positions, detail->account_row) && counter->market == position->market &&
           counter->subaccount == state_account(state, account)->first;
}

static void loaded_check_links(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    if (state->position_details.used != state->positions.used || state->position_details.live != state->positions.live)
        loaded_bad(exchange, &state->position_details, 0, "rows", state->position_details.used);
    if (state->balance_details.used != state->balances.used || state->balance_details.live != state->balances.live)
        loaded_bad(exchange, &state->balance_details, 0, "rows", state->balance_details.used);
    for (uint32_t row = 1; row < state->positions.used && exchange->status == EXCHANGE_OK; row++) {
        const struct position *position = state_position(state, row);

        if (!loaded_is_row(&state->subaccounts, position->subaccount))
            loaded_bad(exchange, &state->positions, row, "subaccount", position->subaccount);
        else if (!loaded_is_row(&state->markets, position->market))
            loaded_bad(exchange, &state->positions, row, "market", position->market);
        else if (!loaded_is_row(&state->positions, position->next) ||
                 !loaded_is_row(&state->positions, position->next_of_market) ||
                 !loaded_is_row(&state->positions, state_position_detail(state, row)->next_refill))
            loaded_bad(exchange, &state->positions, row, "next", position->next);
        else if (!loaded_is_row(&state->orders, state_position_detail(state, row)->orders))
            loaded_bad(exchange, &state->positions, row, "orders", state_position_detail(state, row)->orders);
        else if (!loaded_position_is_sound(state, row))
            loaded_bad(exchange, &state->positions, row, "open_cost, rank or account_row",
                       state_position_detail(state, row)->account_row);
    }
    for (uint32_t row = 1; row < state->balances.used && exchange->status == EXCHANGE_OK; row++) {
        const struct balance *balance = state_balance(state, row);

        if (!loaded_is_row(&state->balances, balance->next_idle))
            loaded_bad(exchange, &state->balances, row, "next_idle", balance->next_idle);
        else if (!loaded_is_row(&state->subaccounts, balance->subaccount))
            loaded_bad(exchange, &state->balances, row, "subaccount", balance->subaccount);
        else if (!loaded_is_row(&state->assets, balance->asset))
            loaded_bad(exchange, &state->balances, row, "asset", balance->asset);
        else if (!loaded_is_row(&state->balances, balance->next))
            loaded_bad(exchange, &state->balances, row, "next", balance->next);
    }
}

/* --- people --- */

static bool loaded_subaccount_is_sound(const struct state *state, const struct subaccount *subaccount)
{
    return !(subaccount->flags & ~(uint32_t)(SUBACCOUNT_FLAGS | SUBACCOUNT_HELD_APART | SUBACCOUNT_CALLED |
                                            SUBACCOUNT_CLAIMANT)) &&
           subaccount->pass <= state->t->pass && subaccount->fresh[0] >= 0 && subaccount->fresh[1] >= 0 &&
           subaccount->fresh_minute <= state->t->time_ns / NS_A_MINUTE;
}

static bool loaded_account_is_sound(const struct state *state, const struct account *account)
{
    return account->jurisdiction < LIMIT_JURISDICTIONS && (account->leverage == 0 || account->leverage >= 100) &&
           !(account->flags & ~(uint32_t)(ACCOUNT_KILLED | ACCOUNT_SUSPENDED)) && account->withdrawn <= INT64_MAX &&
           loaded_is_past(state, account->withdrawn_ns);
}

static bool loaded_user_is_sound(const struct state *state, const struct user *user)
{
    return control_is_client(state, user->account) &&
           !(user->flags & ~(uint32_t)(USER_TRADE | USER_CANCEL_ON_DISCONNECT | USER_KILLED)) && user->up <= 1 &&
           reason_name(user->cancel_due) != NULL;
}

static void loaded_check_people(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->subaccounts.used && exchange->status == EXCHANGE_OK; row++) {
        const struct subaccount *subaccount = state_subaccount(state, row);

        if (!loaded_is_row(&state->accounts, subaccount->account))
            loaded_bad(exchange, &state->subaccounts, row, "account", subaccount->account);
        else if (!loaded_is_row(&state->balances, subaccount->balances) ||
                 !loaded_is_row(&state->positions, subaccount->positions))
            loaded_bad(exchange, &state->subaccounts, row, "list", subaccount->balances);
        else if (!loaded_is_row(&state->subaccounts, subaccount->next_obligation) ||
                 !loaded_is_row(&state->subaccounts, subaccount->prev_obligation))
            loaded_bad(exchange, &state->subaccounts, row, "next_obligation", subaccount->next_obligation);
        else if (!loaded_subaccount_is_sound(state, subaccount))
            loaded_bad(exchange, &state->subaccounts, row, "flags, pass or fresh profit; flags", subaccount->flags);
    }
    for (uint32_t row = 1; row < state->accounts.used && exchange->status == EXCHANGE_OK; row++)
        if (!loaded_is_row(&state->subaccounts, state_account(state, row)->first) ||
            !loaded_account_is_sound(state, state_account(state, row)))
            loaded_bad(exchange, &state->accounts, row, "first", state_account(state, row)->first);
    for (uint32_t row = 1; row < state->users.used && exchange->status == EXCHANGE_OK; row++)
        if (!loaded_user_is_sound(state, state_user(state, row)) ||
            !loaded_is_row(&state->orders, state_user(state, row)->orders))
            loaded_bad(exchange, &state->users, row, "account", state_user(state, row)->account);
}

/* --- queues --- */

static bool loaded_job_has_target(const struct state *state, const struct job *job)
{
    switch ((enum job_scope)job->scope) {
    case JOB_USER:
        return loaded_is_row(&state->users, job->target);
    case JOB_SUBACCOUNT:
        return loaded_is_row(&state->subaccounts, job->target);
    case JOB_ACCOUNT:
        return loaded_is_row(&state->accounts, job->target);
    case JOB_MARKET:
        return loaded_is_row(&state->markets, job->target);
    case JOB_VENUE:
        return true;
    case JOB_NONE:
        break;
    }
    return false;
}

static bool loaded_job_is_sound(const struct state *state, const struct job *job)
{
    return (job->scope == JOB_VENUE || job->target != TABLE_NONE) && loaded_job_has_target(state, job) &&
           loaded_is_row(&state->jobs, job->next) && loaded_is_row(&state->markets, job->market) &&
           loaded_is_row(&state->users, job->user) && job->side <= 2 && job->triggers_too <= 1 &&
           job->answers <= 1 && reason_name(job->reason) != NULL;
}

/* Those in the queue; the recount finds that there are no others. */
static void loaded_check_jobs(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    uint32_t row = state->t->jobs, count = 0;

    if (!loaded_is_row(&state->jobs, row) || !loaded_is_row(&state->jobs, state->t->jobs_last))
        loaded_bad(exchange, &state->totals, 1, "jobs", row);
    while (row != TABLE_NONE && exchange->status == EXCHANGE_OK) {
        const struct job *job = table_row(&state->jobs, row);

        if (!loaded_job_is_sound(state, job) || ++count >= state->jobs.used)
            loaded_bad(exchange, &state->jobs, row, "a number; target", job->target);
        row = job->next;
    }
}

static void loaded_check_slots(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    if (state->t->quotes != TABLE_NONE)
        loaded_bad(exchange, &state->totals, 1, "quotes", state->t->quotes);
    if (state->t->slots_made >= state->slots.capacity)
        loaded_bad(exchange, &state->totals, 1, "slots_made", state->t->slots_made);
    for (uint32_t slot = 1; slot <= state->t->slots_made && exchange->status == EXCHANGE_OK; slot++) {
        const uint32_t row = book_order_in_slot(state, slot);

        if (row != TABLE_NONE && (!loaded_is_row(&state->orders, row) || order_row(state, row)->slot != slot))
            loaded_bad(exchange, &state->slots, slot, "order", row);
    }
}

static void loaded_check_deferred(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    uint32_t count = 0, wait = 0;
    uint64_t next_ns = 0;

    for (uint32_t row = 1; row <= LIMIT_DEFERRED && exchange->status == EXCHANGE_OK; row++) {
        const struct deferred *deferred = table_row(&state->deferred, row);
        const struct input_header *input = &deferred->header;

        if (input->size == 0)
            continue;
        count++;
        wait += deferred->due_ns == 0;
        if (deferred->due_ns != 0 && (next_ns == 0 || deferred->due_ns < next_ns))
            next_ns = deferred->due_ns;
        if (input->size > LIMIT_DEFERRED_BYTES || deferred->due_ns > INT64_MAX || !core_input_is_whole(input) ||
            input->user >= state->users.used)
            loaded_bad(exchange, &state->deferred, row, "input", input->kind);
    }
    if (count != state->t->deferred_count || wait != state->t->deferred_wait || wait > LIMIT_DEFERRED / 2 ||
        count - wait > LIMIT_DEFERRED / 2)
        loaded_bad(exchange, &state->totals, 1, "deferred_count", state->t->deferred_count);
    if (next_ns != state->t->deferred_next_ns)
        loaded_bad(exchange, &state->totals, 1, "deferred_next_ns", 0);
}

/* A withdrawal by a client, or a deposit that is done. */
static bool loaded_transfer_is_sound(const struct state *state, const struct transfer *transfer)
{
    if (transfer->kind == INPUT_DEPOSIT)
        return transfer->state == TRANSFER_DONE;
    return transfer->kind == INPUT_WITHDRAW && transfer->subaccount >= SYSTEM_SUBACCOUNTS && transfer->apart <= 1 &&
           transfer->worth <= INT64_MAX && loaded_is_past(state, transfer->worth_ns);
}

static void loaded_check_transfers(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->transfers.used && exchange->status == EXCHANGE_OK; row++) {
        const struct transfer *transfer = table_row(&state->transfers, row);

        if (!loaded_is_row(&state->transfers, transfer->next_open) ||
            !loaded_is_row(&state->transfers, transfer->prev_open))
            loaded_bad(exchange, &state->transfers, row, "next_open", transfer->next_open);
        else if (!loaded_is_row(&state->assets, transfer->asset) ||
                 !loaded_is_row(&state->subaccounts, transfer->subaccount) || transfer->state > TRANSFER_CANCELLED)
            loaded_bad(exchange, &state->transfers, row, "asset, subaccount or state", transfer->asset);
        else if (transfer->amount != 0 && !loaded_transfer_is_sound(state, transfer)) /* 0: a free row */
            loaded_bad(exchange, &state->transfers, row, "kind, state or worth", transfer->kind);
    }
}

/* --- totals --- */

/* Times that have been, and what is due at the latest. */
static bool loaded_times_are_sound(const struct state *state)
{
    const struct totals *totals = state->t;
    const uint64_t second = UINT64_C(1000000000);

    return totals->time_ns <= INT64_MAX && totals->next_tick <= totals->time_ns + second &&
           totals->next_settle <= totals->time_ns + 3600 * second &&
           totals->next_accrual <= totals->time_ns + 3600 * second && totals->withdrawn <= INT64_MAX &&
           loaded_is_past(state, totals->withdrawn_ns);
}

static void loaded_check_totals(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    const struct totals *totals = state->t;

    if (!loaded_times_are_sound(state))
        loaded_bad(exchange, &state->totals, 1, "a time; time_ns", totals->time_ns);
    if (totals->refuse_orders > 1 || totals->venue_killed > 1 || totals->window_check > 1 || totals->price_check > 1 ||
        totals->batch == UINT64_MAX || totals->next_order == 0 || totals->next_priority == 0)
        loaded_bad(exchange, &state->totals, 1, "a switch or a number; next_order", totals->next_order);
    if (totals->pass_stage > SETTLEMENT_CLAIMS || totals->pass_at > state->subaccounts.used)
        loaded_bad(exchange, &state->totals, 1, "pass_stage", totals->pass_stage);
    if (!loaded_is_row(&state->subaccounts, totals->debtors) ||
        !loaded_is_row(&state->subaccounts, totals->claimants) ||
        !loaded_is_row(&state->subaccounts, totals->debtor_at))
        loaded_bad(exchange, &state->totals, 1, "debtors", totals->debtors);
    if (!loaded_is_row(&state->balances, totals->idle) || !loaded_is_row(&state->balances, totals->idle_work) ||
        totals->lending_scan > state->balances.used)
        loaded_bad(exchange, &state->totals, 1, "idle", totals->idle);
    if (!loaded_is_row(&state->transfers, totals->withdrawals))
        loaded_bad(exchange, &state->totals, 1, "withdrawals", totals->withdrawals);
}

static void loaded_note_prices(struct exchange *exchange)
{
    for (uint32_t slot = 1; slot <= exchange->state.t->slots_made; slot++) {
        const uint32_t row = book_order_in_slot(&exchange->state, slot);

        if (row != TABLE_NONE)
            book_note_price(exchange, row);
    }
}

enum exchange_status exchange_loaded(struct exchange *exchange)
{
    struct state *state = &exchange->state;

    if (exchange->status != EXCHANGE_OK)
        return exchange->status;
    state->t = table_row(&state->totals, 1);
    loaded_check_totals(exchange);
    loaded_check_rules(exchange);
    loaded_check_liquidation(exchange);
    loaded_check_slots(exchange);
    loaded_check_assets(exchange);
    loaded_check_markets(exchange);
    loaded_check_pricing(exchange);
    loaded_check_samples(exchange);
    loaded_check_pools(exchange);
    loaded_check_deferred(exchange);
    loaded_check_transfers(exchange);
    loaded_check_jobs(exchange);
    loaded_check_people(exchange);
    loaded_check_links(exchange);
    loaded_check_orders(exchange);
    if (exchange->status != EXCHANGE_OK || exchange_recount(exchange) != EXCHANGE_OK)
        return exchange->status;
    loaded_check_counts(exchange);
    loaded_check_pass(exchange);
    if (exchange->status == EXCHANGE_OK) {
        watch_rebuild(exchange->watch, state);
        loaded_note_prices(exchange);
    }
    return exchange->status;
}
