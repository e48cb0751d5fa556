/* What lies ahead in a batch is known: rows that its inputs and events will touch are asked for some of them before, so
 * that memory answers while others are worked on. Nothing here changes anything, or depends on what it finds: hints to
 * the processor, which an exchange runs as well without. */
#include "core.h"

enum {
    STEPS = 4,         /* of following what leads to a row */
    STEP_INPUTS = 4,   /* inputs from one step to the next */
    EVENT_STEP = 4,    /* events likewise */
    LINE_BYTES = 64,
};

static void ahead_row(const struct table *table, uint32_t row)
{
    const char *at = table_row(table, row);

    for (uint32_t byte = 0; byte < table->row_size; byte += LINE_BYTES)
        __builtin_prefetch(at + byte, 1);
}

/* --- inputs --- */

/* The user's number of the order that is meant. */
static uint32_t ahead_reference(const struct input_header *input)
{
    return input->kind == INPUT_ORDER_REPLACE ? ((const struct input_order_replace *)input)->existing
                                              : input->reference;
}

/* A subaccount's rows hang in lists: the `hop`-th of each. */
static void ahead_lists(const struct state *state, uint32_t subaccount, unsigned hop)
{
    uint32_t position = state_subaccount(state, subaccount)->positions;
    uint32_t balance = state_subaccount(state, subaccount)->balances;

    for (; hop > 0; hop--) {
        position = position ? state_position(state, position)->next : TABLE_NONE;
        balance = balance ? state_balance(state, balance)->next : TABLE_NONE;
    }
    if (position != TABLE_NONE)
        ahead_row(&state->positions, position);
    if (balance != TABLE_NONE)
        ahead_row(&state->balances, balance);
}

static void ahead_input(const struct state *state, const struct input_header *input, unsigned step)
{
    const bool enters = input->kind == INPUT_ORDER_NEW;
    uint32_t order;

    if (input->kind > INPUT_ORDER_CANCEL || !core_input_is_whole(input) || input->user >= state->users.used ||
        input->subaccount >= state->subaccounts.used)
        return;
    if (step == 0) {
        ahead_row(&state->users, input->user);
        __builtin_prefetch(order_bucket(state, input->user, ahead_reference(input)), 1);
        if (enters)
            ahead_row(&state->subaccounts, input->subaccount);
        return;
    }
    order = enters || step != 1 ? TABLE_NONE : *order_bucket(state, input->user, ahead_reference(input));
    if (order != TABLE_NONE)
        ahead_row(&state->orders, order);
    if (enters)
        ahead_lists(state, input->subaccount, step - 1);
}

void ahead_begin(struct exchange *exchange)
{
    for (unsigned step = 0; step < STEPS; step++)
        exchange->ahead[step] = (struct ahead){ exchange->batch.inputs, 0 };
    exchange->inputs_done = 0;
}

void ahead_of_input(struct exchange *exchange)
{
    const uint8_t *end = exchange->batch.inputs + exchange->batch.size;
    const struct state *state = &exchange->state;

    for (unsigned step = 0; step < STEPS; step++) {
        struct ahead *ahead = &exchange->ahead[step];

        while (ahead->at < end && ahead->count <= exchange->inputs_done + (STEPS - step) * STEP_INPUTS) {
            const struct input_header *input = (const void *)ahead->at;

            ahead_input(state, input, step);
            ahead->at += input->size;
            ahead->count++;
        }
    }
    if (state->orders.free_first != TABLE_NONE) /* the next new order's */
        ahead_row(&state->orders, state->orders.free_first);
}

/* --- events --- */

static uint32_t ahead_maker(const struct state *state, const struct card_event *event)
{
    const uint64_t slot = card_event_maker_slot(event) + 1;

    return slot <= state->t->slots_made ? book_order_in_slot(state, (uint32_t)slot) : TABLE_NONE;
}

static uint32_t ahead_taker(const struct exchange *exchange, const struct card_event *event)
{
    const uint64_t tag = card_event_tag(event);

    return tag < exchange->action_count ? exchange->actions[tag].order : TABLE_NONE;
}

static void ahead_event(const struct exchange *exchange, const struct card_event *event, unsigned step)
{
    const struct state *state = &exchange->state;
    const bool fill = card_event_kind(event) == CARD_KIND_FILL;
    const uint64_t slot = card_event_maker_slot(event) + 1, market = card_event_market(event);
    uint32_t order;

    switch (step) {
    case 0:
        if (fill && slot <= state->t->slots_made)
            __builtin_prefetch(table_row(&state->slots, (uint32_t)slot));
        if (market < exchange->level_count)
            levels_prefetch(&exchange->levels[market], (uint32_t)card_event_price(event));
        break;
    case 1:
        order = ahead_taker(exchange, event);
        if (order != TABLE_NONE)
            ahead_row(&state->orders, order);
        order = fill ? ahead_maker(state, event) : TABLE_NONE;
        if (order != TABLE_NONE)
            ahead_row(&state->orders, order);
        break;
    default:
        order = fill ? ahead_maker(state, event) : TABLE_NONE;
        if (order != TABLE_NONE)
            ahead_row(&state->positions, order_row(state, order)->position);
        order = ahead_taker(exchange, event);
        if (order != TABLE_NONE)
            ahead_row(&state->positions, order_row(state, order)->position);
    }
}

void ahead_of_event(const struct exchange *exchange, const struct card_event *events, size_t at, size_t count)
{
    for (unsigned step = 0; step < 3; step++) {
        const size_t wanted = at + (size_t)(3 - step) * EVENT_STEP;

        if (wanted < count)
            ahead_event(exchange, &events[wanted], step);
    }
}
