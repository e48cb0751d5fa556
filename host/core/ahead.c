/* What lies ahead in a batch is known: rows that its inputs and events will touch are asked for some of them before, so
 * that memory answers while others are worked on. Nothing here changes anything, or depends on what it finds: hints to
 * the processor, which an exchange runs as well without. */
#include "core.h"
#include "memory.h"

enum {
    STEP_INPUTS = 4,   /* inputs from one step of following what leads to a row to the next: as margin_fetch() */
    EVENT_STEPS = 3,   /* the same for events: what they name, its order, its position */
    STEP_EVENTS = 4,
    IDLE_SLOTS = 32,   /* slots of the card that an idle turn looks at */
    NEAR_TICKS = 8,
    IDLE_FRESH = 1024, /* bytes: events and entries of a few fills */
    IDLE_REPORTS = 8,  /* theirs */
    FEW_EVENTS = 12,   /* of a short round nothing goes before: all that may be looked at are looked at together */
};

static_assert(MARGIN_FETCHES * STEP_INPUTS < AHEAD_INPUTS, "what is coming is kept until its last step");

static void ahead_row(const struct table *table, uint32_t row)
{
    memory_prefetch(table_row(table, row), table->row_size);
}

/* --- inputs --- */

/* The user's number of the order that is meant. */
static uint32_t ahead_reference(const struct input_header *input)
{
    return input->kind == INPUT_ORDER_REPLACE ? ((const struct input_order_replace *)input)->existing
                                              : input->reference;
}

/* What an input will need, and the first of it is asked for. */
static struct ahead_input ahead_look(const struct state *state, const struct input_header *input)
{
    struct ahead_input ahead = { TABLE_NONE, NULL };
    const uint32_t *bucket;

    if (input->kind > INPUT_ORDER_CANCEL || !core_input_is_whole(input) || input->user >= state->users.used ||
        input->subaccount >= state->subaccounts.used)
        return ahead;
    ahead_row(&state->users, input->user);
    bucket = order_bucket(state, input->user, ahead_reference(input));
    __builtin_prefetch(bucket, 1);
    if (input->kind != INPUT_ORDER_NEW) {
        ahead.bucket = bucket;
        return ahead;
    }
    ahead.subaccount = input->subaccount;
    margin_fetch(state, ahead.subaccount, 0);
    return ahead;
}

static void ahead_look_on(struct ahead *ahead, const struct state *state, const uint8_t *end, uint32_t far)
{
    for (; ahead->counts[0] <= far && ahead->at < end; ahead->counts[0]++) {
        const struct input_header *input = (const void *)ahead->at;

        ahead->inputs[ahead->counts[0] % AHEAD_INPUTS] = ahead_look(state, input);
        ahead->at += input->size;
    }
}

static void ahead_step(const struct state *state, const struct ahead_input *input, unsigned step)
{
    if (input->subaccount != TABLE_NONE)
        margin_fetch(state, input->subaccount, step);
    else if (step == 1 && input->bucket != NULL && *input->bucket != TABLE_NONE)
        ahead_row(&state->orders, *input->bucket);
}

void ahead_begin(struct exchange *exchange)
{
    exchange->ahead = (struct ahead){ .at = exchange->batch.inputs };
    exchange->inputs_done = 0;
}

void ahead_of_input(struct exchange *exchange)
{
    const uint8_t *end = exchange->batch.inputs + exchange->batch.size;
    const struct state *state = &exchange->state;
    struct ahead *ahead = &exchange->ahead;

    ahead_look_on(ahead, state, end, exchange->inputs_done + MARGIN_FETCHES * STEP_INPUTS);
    for (unsigned step = 1; step < MARGIN_FETCHES; step++) {
        const uint32_t far = exchange->inputs_done + (MARGIN_FETCHES - step) * STEP_INPUTS;
        uint32_t *count = &ahead->counts[step];

        for (; *count <= far && *count < ahead->counts[0]; ++*count)
            ahead_step(state, &ahead->inputs[*count % AHEAD_INPUTS], step);
    }
    if (state->orders.free_first != TABLE_NONE) /* the next new order's */
        ahead_row(&state->orders, state->orders.free_first);
}

/* --- events --- */

/* What its end unlinks it from. */
static void ahead_neighbours(const struct state *state, const struct order *order)
{
    const uint32_t rows[] = { order->next_in_position, order->prev_in_position, order->next_of_user,
                              order->prev_of_user };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i] != TABLE_NONE)
            __builtin_prefetch(&order_row(state, rows[i])->next_of_user, 1);
    if (order->user != TABLE_NONE && order->reference != 0)
        __builtin_prefetch(order_bucket(state, order->user, order->reference), 1);
}

/* An order, then what it names; where there are few, what it hangs between if it ends, and what is looked up of its
 * owner if it trades. */
static void ahead_order(const struct state *state, uint32_t row, bool trades, bool ends, unsigned step)
{
    const struct order *order = order_row(state, row);

    if (row == TABLE_NONE)
        return;
    if (step == 1) {
        ahead_row(&state->orders, row);
    } else if (step == 2) {
        ahead_row(&state->positions, order->position);
        ahead_row(&state->position_details, order->position);
    } else if (step == 3) {
        ahead_row(&state->users, order->user);
        if (ends)
            ahead_neighbours(state, order);
    }
    if (trades && step >= 2)
        margin_fetch(state, order->subaccount, step - 2);
}

static void ahead_event(const struct exchange *exchange, const struct card_event *event, unsigned step)
{
    const struct state *state = &exchange->state;
    const uint64_t slot = card_event_maker_slot(event) + 1, market = card_event_market(event);
    const uint64_t tag = card_event_tag(event);
    const bool fill = card_event_kind(event) == CARD_KIND_FILL, removed = card_event_kind(event) == CARD_KIND_REMOVED;
    const bool has_maker = fill && slot <= state->t->slots_made;

    if (step == 0) {
        if (has_maker)
            __builtin_prefetch(table_row(&state->slots, (uint32_t)slot));
        if (market < exchange->level_count)
            levels_prefetch(&exchange->levels[market], (uint32_t)card_event_price(event));
        return;
    }
    if (has_maker)
        ahead_order(state, book_order_in_slot(state, (uint32_t)slot), true, true, step);
    if (tag < exchange->action_count)
        ahead_order(state, exchange->actions[tag].order, fill, removed, step);
}

void ahead_of_events(const struct exchange *exchange, const struct card_event *events, size_t count)
{
    if (exchange->action_count > FEW_EVENTS)
        return;
    for (unsigned step = 0; step < 2 + MARGIN_FETCHES; step++)
        for (size_t i = 0; i < count && i < FEW_EVENTS; i++)
            ahead_event(exchange, &events[i], step);
}

void ahead_of_event(const struct exchange *exchange, const struct card_event *events, size_t at, size_t count)
{
    for (unsigned step = 0; step < EVENT_STEPS; step++) {
        const size_t wanted = at + (size_t)(EVENT_STEPS - step) * STEP_EVENTS;

        if (wanted < count)
            ahead_event(exchange, &events[wanted], step);
    }
}

/* --- while nothing is to be done --- */

/* What an order needs of its user. What is missing is waited for, step by step: there is time. */
static void idle_user(const struct exchange *exchange, uint32_t user)
{
    const struct state *state = &exchange->state;
    const struct user *row = state_user(state, user);
    const uint32_t subaccount = state_account(state, row->account)->first;

    for (unsigned step = 0; step < MARGIN_FETCHES; step++)
        margin_fetch(state, subaccount, step);
    __builtin_prefetch(order_bucket(state, user, row->last_reference + 1), 1);
    __builtin_prefetch(&exchange->user_out[user], 1);
    ahead_row(&state->orders, state->orders.free_first);
    __builtin_prefetch(table_row(&state->slots, state->t->slot_free), 1);
    watch_prefetch(exchange->watch, subaccount);
}

/* What a fill in a market needs of it: its sums, and the rows that fees go to. */
static void idle_market(const struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const struct market *market = state_market(state, row);
    const uint32_t assets[] = { market->base_asset, market->quote_asset };

    ahead_row(&state->markets, row);
    ahead_row(&state->positions, market->fee_position);
    for (size_t i = 0; i < sizeof assets / sizeof *assets; i++) {
        ahead_row(&state->assets, assets[i]);
        ahead_row(&state->balances, state_asset(state, assets[i])->system[SYSTEM_FEES]);
    }
}

/* What a fill needs of the order in a slot, if that may be the next maker: it is, or was, within a few ticks of its
 * market's best prices. */
static void idle_maker(const struct exchange *exchange, uint32_t slot)
{
    const struct state *state = &exchange->state;
    const uint64_t at = exchange->slot_prices[slot];
    const uint32_t price = (uint32_t)at, row = book_order_in_slot(state, slot);
    const struct market *market = state_market(state, (uint32_t)(at >> 32));
    const uint32_t buy = market->best[CARD_SIDE_BUY], sell = market->best[CARD_SIDE_SELL];

    if (row == TABLE_NONE || price + NEAR_TICKS < buy || (sell != 0 && price > sell + NEAR_TICKS))
        return;
    levels_prefetch(&exchange->levels[(at >> 32) - 1], price);
    for (unsigned step = 1; step < 2 + MARGIN_FETCHES; step++)
        ahead_order(state, row, true, true, step);
}

void exchange_prefetch(const struct exchange *exchange, uint32_t user, uint64_t turn)
{
    const struct state *state = &exchange->state;
    const uint32_t slots = state->t->slots_made;

    memory_prefetch(state->t, sizeof *state->t);
    memory_prefetch(exchange->fresh, IDLE_FRESH);
    memory_prefetch(exchange->reports, IDLE_REPORTS * sizeof *exchange->reports);
    idle_market(exchange, (uint32_t)(turn % state->markets.used));
    if (user != TABLE_NONE)
        idle_user(exchange, user);
    for (uint64_t i = 0; i < IDLE_SLOTS && i < slots; i++)
        idle_maker(exchange, (uint32_t)((turn * IDLE_SLOTS + i) % slots) + 1);
}
