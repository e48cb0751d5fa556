/* A state that came from a file: every number in every row is checked before anything follows it. */
#include <stdio.h>

#include "core.h"

static enum exchange_status loaded_bad(struct exchange *exchange, const struct table *table, uint32_t row,
                                       const char *what, uint64_t value)
{
    return core_fail(exchange, EXCHANGE_VIOLATION, "snapshot: %s row %u: %s is %lu", table->name, row, what,
                     (unsigned long)value);
}

static bool loaded_is_row(const struct table *table, uint64_t row)
{
    return row < table->used;
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
    }
}

static void loaded_check_links(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->positions.used && exchange->status == EXCHANGE_OK; row++) {
        const struct position *position = state_position(state, row);

        if (!loaded_is_row(&state->subaccounts, position->subaccount))
            loaded_bad(exchange, &state->positions, row, "subaccount", position->subaccount);
        else if (!loaded_is_row(&state->markets, position->market))
            loaded_bad(exchange, &state->positions, row, "market", position->market);
        else if (!loaded_is_row(&state->positions, position->next) ||
                 !loaded_is_row(&state->positions, position->next_of_market) ||
                 !loaded_is_row(&state->positions, position->next_refill))
            loaded_bad(exchange, &state->positions, row, "next", position->next);
        else if (!loaded_is_row(&state->orders, position->orders))
            loaded_bad(exchange, &state->positions, row, "orders", position->orders);
    }
    for (uint32_t row = 1; row < state->assets.used && exchange->status == EXCHANGE_OK; row++) {
        const struct asset *asset = state_asset(state, row);

        for (uint32_t system = 0; system < SYSTEM_SUBACCOUNTS; system++)
            if (!loaded_is_row(&state->balances, asset->system[system]))
                loaded_bad(exchange, &state->assets, row, "system balance", asset->system[system]);
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
    }
    for (uint32_t row = 1; row < state->accounts.used && exchange->status == EXCHANGE_OK; row++)
        if (!loaded_is_row(&state->subaccounts, state_account(state, row)->first) ||
            state_account(state, row)->jurisdiction >= LIMIT_JURISDICTIONS)
            loaded_bad(exchange, &state->accounts, row, "first", state_account(state, row)->first);
    for (uint32_t row = 1; row < state->users.used && exchange->status == EXCHANGE_OK; row++)
        if (!loaded_is_row(&state->accounts, state_user(state, row)->account) ||
            !loaded_is_row(&state->orders, state_user(state, row)->orders))
            loaded_bad(exchange, &state->users, row, "account", state_user(state, row)->account);
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

static void loaded_check_markets(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->markets.used && exchange->status == EXCHANGE_OK; row++) {
        const struct market *market = state_market(state, row);

        if (market->kind != MARKET_SPOT && market->kind != MARKET_PERPETUAL)
            loaded_bad(exchange, &state->markets, row, "kind", market->kind);
        else if (!loaded_is_row(&state->assets, market->base_asset) || market->base_asset == 0 ||
                 !loaded_is_row(&state->assets, market->quote_asset) || market->quote_asset == 0)
            loaded_bad(exchange, &state->markets, row, "asset", market->base_asset);
        else if (market->funding_hours > 24 || market->funding_max > 1000000)
            loaded_bad(exchange, &state->markets, row, "funding_hours", market->funding_hours);
        else if (!loaded_is_row(&state->positions, market->residue_position) || market->residue_position == 0)
            loaded_bad(exchange, &state->markets, row, "residue_position", market->residue_position);
    }
}

static void loaded_check_venues(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    const uint32_t one = 1000000;

    for (uint32_t row = 1; row < state->pricing.capacity && exchange->status == EXCHANGE_OK; row++) {
        const struct pricing *pricing = state_pricing(state, row);

        if (pricing->quorum > LIMIT_VENUES || pricing->outlier > one || pricing->clamp > one ||
            pricing->change > one || pricing->agree > one)
            loaded_bad(exchange, &state->pricing, row, "quorum or a fraction", pricing->quorum);
        for (uint32_t i = 0; i < LIMIT_VENUES; i++)
            if (pricing->venues[i].weight > one)
                loaded_bad(exchange, &state->pricing, row, "weight", pricing->venues[i].weight);
    }
    for (uint32_t row = 1; row < state->pools.capacity && exchange->status == EXCHANGE_OK; row++) {
        const struct pool *pool = state_pool(state, row);

        if (pool->set && (pool->optimal == 0 || pool->optimal >= one || pool->fee > one || pool->throttle > one ||
                          pool->utilisation_max > one))
            loaded_bad(exchange, &state->pools, row, "a fraction", pool->optimal);
        else if (pool->rate_zero > pool->rate_optimal || pool->rate_optimal > pool->rate_full ||
                 pool->rate_full > 100 * one)
            loaded_bad(exchange, &state->pools, row, "a rate", pool->rate_full);
    }
}

static void loaded_check_deferred(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    uint32_t count = 0, wait = 0;

    for (uint32_t row = 1; row <= LIMIT_DEFERRED && exchange->status == EXCHANGE_OK; row++) {
        const struct deferred *deferred = table_row(&state->deferred, row);
        const struct input_header *input = (const void *)deferred->input;

        if (input->size == 0)
            continue;
        count++;
        wait += deferred->due_ns == 0;
        if (input->size > LIMIT_DEFERRED_BYTES || !core_input_is_whole(input) || input->user >= state->users.used)
            loaded_bad(exchange, &state->deferred, row, "input", input->kind);
    }
    if (count != state->t->deferred_count || wait != state->t->deferred_wait)
        loaded_bad(exchange, &state->totals, 1, "deferred_count", state->t->deferred_count);
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
    }
}

/* The sums of a pass under way: running ones never above what they run up to. */
static bool loaded_pass_is_sound(const struct totals *totals, wide credits)
{
    wide won = 0;

    for (unsigned i = 0; i < SETTLEMENT_CLASSES; i++) {
        if (totals->pass_won[i] < 0)
            return false;
        won += totals->pass_won[i];
    }
    for (unsigned i = 0; i <= SETTLEMENT_CLASSES; i++)
        if (totals->pass_run[i] < 0)
            return false;
    if (totals->pass_paid < 0 || totals->pass_short < 0 || totals->pass_lent < 0 || totals->pass_lent_shares < 0 ||
        totals->recovered < 0 || totals->written < 0)
        return false;
    switch ((enum settlement_stage)totals->pass_stage) {
    case SETTLEMENT_REALISE:
        return won == credits;
    case SETTLEMENT_PAY:
        return won == credits + totals->pass_run[0] && won == (wide)totals->pass_paid + totals->pass_short &&
               totals->pass_run[1] <= totals->pass_paid && totals->pass_run[2] <= totals->pass_lent &&
               totals->pass_run[3] <= SETTLEMENT_CLASSES && totals->pass_run[4] <= totals->pass_lent_shares;
    case SETTLEMENT_CLAIMS:
        return totals->pass_run[1] <= totals->recovered && totals->pass_run[2] <= totals->written;
    case SETTLEMENT_IDLE:
        return credits == 0;
    }
    return false;
}

static void loaded_check_totals(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    const struct totals *totals = state->t;

    if (totals->settlement >= state->assets.used && totals->settlement != 0)
        loaded_bad(exchange, &state->totals, 1, "settlement", totals->settlement);
    if (totals->pass_stage > SETTLEMENT_CLAIMS || totals->pass_at > state->subaccounts.used)
        loaded_bad(exchange, &state->totals, 1, "pass_stage", totals->pass_stage);
    else if (!loaded_pass_is_sound(totals, state_credits(state)))
        loaded_bad(exchange, &state->totals, 1, "a sum of the pass, in stage", totals->pass_stage);
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

enum exchange_status exchange_loaded(struct exchange *exchange)
{
    struct state *state = &exchange->state;

    if (exchange->status != EXCHANGE_OK)
        return exchange->status;
    state->t = table_row(&state->totals, 1);
    loaded_check_totals(exchange);
    loaded_check_slots(exchange);
    loaded_check_markets(exchange);
    loaded_check_venues(exchange);
    loaded_check_deferred(exchange);
    loaded_check_transfers(exchange);
    loaded_check_people(exchange);
    loaded_check_links(exchange);
    loaded_check_orders(exchange);
    return exchange->status == EXCHANGE_OK ? exchange_recount(exchange) : exchange->status;
}
