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
    for (uint32_t row = 1; row < state->balances.used && exchange->status == EXCHANGE_OK; row++) {
        const struct balance *balance = state_balance(state, row);

        if (!loaded_is_row(&state->subaccounts, balance->subaccount))
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
    }
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

enum exchange_status exchange_loaded(struct exchange *exchange)
{
    struct state *state = &exchange->state;

    if (exchange->status != EXCHANGE_OK)
        return exchange->status;
    state->t = table_row(&state->totals, 1);
    loaded_check_slots(exchange);
    loaded_check_people(exchange);
    loaded_check_links(exchange);
    loaded_check_orders(exchange);
    return exchange->status == EXCHANGE_OK ? exchange_recount(exchange) : exchange->status;
}
