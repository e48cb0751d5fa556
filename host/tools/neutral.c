/* What the neutrality audit sees, and where it goes. */
#include "neutral.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "neutral_parts.h"

const char *neutral_kind_name(enum neutral_kind kind)
{
    static const char *const names[NEUTRAL_KINDS] = { "margin", "fee", "queue", "liquidation", "system" };

    return names[kind];
}

void neutral_find(struct neutral *neutral, enum neutral_kind kind, uint32_t subaccount, const char *format, ...)
{
    struct neutral_finding *finding;
    va_list arguments;

    neutral->counts.findings[kind]++;
    if (neutral->kept == NEUTRAL_KEPT)
        return;
    finding = &neutral->findings[neutral->kept++];
    *finding = (struct neutral_finding){
        .batch = neutral->state->t->batch, .subaccount = subaccount, .kind = (uint8_t)kind,
        .account = subaccount ? state_subaccount(neutral->state, subaccount)->account : 0 };
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
}

struct neutral_order *neutral_order_of(struct neutral *neutral, uint32_t order)
{
    struct neutral_order *found = &neutral->orders[order];
    const uint64_t id = order_row(neutral->state, order)->id;

    if (found->id != id)
        *found = (struct neutral_order){ .id = id };
    return found;
}

/* --- from the core --- */

static void neutral_command(void *context, const struct card_command *command, uint32_t order)
{
    struct neutral *neutral = context;
    void *block = neutral->sent;

    if (neutral->exchange == NULL)
        return;
    memory_grow(&block, &neutral->sent_room, (size_t)command->tag + 1, sizeof *neutral->sent);
    neutral->sent = block;
    neutral->sent[command->tag] = (struct neutral_sent){
        .order = order, .slot = command->slot, .code = command->code, .market = (uint16_t)(command->market + 1),
        .price = command->code == CARD_CODE_REPLACE ? command->order.new_price : command->order.price,
        .generation = command->code == CARD_CODE_REPLACE ? command->new_generation : command->generation,
        .side = order ? order_row(neutral->state, order)->side : 0 };
    if (order != TABLE_NONE && (command->code == CARD_CODE_NEW || command->code == CARD_CODE_REPLACE))
        neutral_orders_command(neutral, command, order);
}

static void neutral_event(void *context, const struct card_event *event)
{
    struct neutral *neutral = context;
    const struct neutral_sent *sent;

    if (neutral->exchange == NULL)
        return;
    neutral_fees_flush(neutral);
    sent = &neutral->sent[card_event_tag(event)];
    if (sent->order == TABLE_NONE)
        return;
    if (card_event_kind(event) == CARD_KIND_FILL && neutral_book_maker(neutral, event) != NULL)
        neutral_fees_fill(neutral, sent, neutral_book_maker(neutral, event), event);
    neutral_book_event(neutral, sent, event);
}

static void neutral_entry(void *context, const struct ledger_entry *entry)
{
    struct neutral *neutral = context;

    if (neutral->exchange == NULL)
        return;
    neutral->counts.entries++;
    neutral_fees_entry(neutral, entry);
    neutral_accounts_entry(neutral, entry);
}

static void neutral_detected(void *context, uint32_t from, uint32_t to)
{
    struct neutral *neutral = context;

    if (neutral->exchange != NULL)
        neutral_accounts_detected(neutral, from, to);
}

/* --- from the audit --- */

static void neutral_observe_begin(void *context, struct exchange *exchange)
{
    neutral_begin(context, exchange);
}

static void neutral_observe_batch(void *context, const struct journal_batch *batch,
                                  const struct exchange_result *result)
{
    (void)batch, (void)result;
    neutral_end_batch(context);
}

/* The exchange goes away behind it. */
static void neutral_observe_end(void *context)
{
    ((struct neutral *)context)->exchange = NULL;
}

struct audit_observer neutral_observer(struct neutral *neutral)
{
    return (struct audit_observer){
        .begin = neutral_observe_begin, .entry = neutral_entry, .batch = neutral_observe_batch,
        .end = neutral_observe_end, .context = neutral,
        .watcher = { .command = neutral_command, .event = neutral_event, .detected = neutral_detected,
                     .context = neutral } };
}

struct neutral *neutral_create(void)
{
    struct neutral *neutral = memory_reserve(1, sizeof *neutral);

    neutral->findings = memory_reserve(NEUTRAL_KEPT, sizeof *neutral->findings);
    return neutral;
}

static void neutral_forget(struct neutral *neutral)
{
    memory_release_apart(neutral->orders, neutral->order_room, sizeof *neutral->orders);
    if (neutral->rests.rows != NULL)
        table_destroy(&neutral->rests);
    neutral->orders = NULL;
    neutral->rests = (struct table){ 0 };
}

void neutral_destroy(struct neutral *neutral)
{
    neutral_forget(neutral);
    free(neutral->sent);
    free(neutral->findings);
    free(neutral);
}

void neutral_begin(struct neutral *neutral, struct exchange *exchange)
{
    const struct state *state = exchange_state(exchange);

    neutral_forget(neutral);
    neutral->exchange = exchange;
    neutral->state = state;
    neutral->order_room = state->orders.capacity;
    neutral->orders = memory_reserve_apart(neutral->order_room, sizeof *neutral->orders);
    neutral->dues = 0;
    neutral->arrival = NULL;
    neutral->arrival_batch = 0;
    neutral->episodes_seen = state->t->episodes_made;
    neutral->tick_seen = state->t->next_tick;
    neutral->ticks_late = 0;
    neutral_book_begin(neutral);
}

void neutral_end_batch(struct neutral *neutral)
{
    neutral->counts.batches++;
    neutral_fees_flush(neutral);
    neutral_accounts_end_batch(neutral);
}

const struct neutral_counts *neutral_counts(const struct neutral *neutral)
{
    return &neutral->counts;
}

uint64_t neutral_findings(const struct neutral *neutral)
{
    uint64_t sum = 0;

    for (unsigned kind = 0; kind < NEUTRAL_KINDS; kind++)
        sum += neutral->counts.findings[kind];
    return sum;
}

const struct neutral_finding *neutral_finding(const struct neutral *neutral, size_t n)
{
    return n < neutral->kept ? &neutral->findings[n] : NULL;
}
