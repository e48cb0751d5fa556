/* What lies ahead in a batch is known: rows that its inputs and events will touch are asked for some of them before, so
 * that memory answers while others are worked on. Nothing here changes anything, or depends on what it finds: hints to
 * the processor, which an exchange runs as well without. */
#include "core.h"

enum {
    STEP_INPUTS = 4,   /* inputs from one step of following what leads to a row to the next: as margin_fetch() */
    EVENT_STEPS = 3,   /* the same for events: what they name, its order, its position */
    STEP_EVENTS = 4,
    LINE_BYTES = 64,
};

static_assert(MARGIN_FETCHES * STEP_INPUTS < AHEAD_INPUTS, "what is coming is kept until its last step");

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

/* The order goes before its position. */
static void ahead_order(const struct state *state, uint32_t order, unsigned step)
{
    if (order != TABLE_NONE && step == 1)
        ahead_row(&state->orders, order);
    if (order == TABLE_NONE || step == 1)
        return;
    ahead_row(&state->positions, order_row(state, order)->position);
    ahead_row(&state->position_details, order_row(state, order)->position);
}

static void ahead_event(const struct exchange *exchange, const struct card_event *event, unsigned step)
{
    const struct state *state = &exchange->state;
    const uint64_t slot = card_event_maker_slot(event) + 1, market = card_event_market(event);
    const uint64_t tag = card_event_tag(event);
    const bool has_maker = card_event_kind(event) == CARD_KIND_FILL && slot <= state->t->slots_made;

    if (step == 0) {
        if (has_maker)
            __builtin_prefetch(table_row(&state->slots, (uint32_t)slot));
        if (market < exchange->level_count)
            levels_prefetch(&exchange->levels[market], (uint32_t)card_event_price(event));
        return;
    }
    if (has_maker)
        ahead_order(state, book_order_in_slot(state, (uint32_t)slot), step);
    if (tag < exchange->action_count)
        ahead_order(state, exchange->actions[tag].order, step);
}

void ahead_of_event(const struct exchange *exchange, const struct card_event *events, size_t at, size_t count)
{
    for (unsigned step = 0; step < EVENT_STEPS; step++) {
        const size_t wanted = at + (size_t)(EVENT_STEPS - step) * STEP_EVENTS;

        if (wanted < count)
            ahead_event(exchange, &events[wanted], step);
    }
}
