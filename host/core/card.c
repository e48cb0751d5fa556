/* Actions of a round and the card's answers to them. */
#include <string.h>

#include "core.h"
#include "event_hash.h"

bool core_room(const struct exchange *exchange, uint32_t actions)
{
    return exchange->action_count + actions <= CORE_ACTIONS;
}

struct action *core_add_action(struct exchange *exchange, enum action_kind kind, uint32_t order)
{
    struct action *action;

    check(exchange->action_count < CORE_ACTIONS);
    action = &exchange->actions[exchange->action_count++];
    *action = (struct action){ .kind = (uint8_t)kind, .order = order };
    if (order != TABLE_NONE)
        action->id = order_row(&exchange->state, order)->id;
    return action;
}

void core_add_command(struct exchange *exchange, struct action *action, const struct card_command *command)
{
    struct card_command *sent = &exchange->commands[exchange->command_count++];

    *sent = *command;
    sent->tag = (uint32_t)(action - exchange->actions);
    action->on_card = true;
    if (exchange->options.watcher.command)
        exchange->options.watcher.command(exchange->options.watcher.context, sent, action->order);
    /* Posted in portions: a portion costs one pass through the driver, and the card is busy meanwhile. */
    if (exchange->command_count % CORE_PORTION == 0) {
        const enum exchange_stage stage = exchange->stage;

        core_submit(exchange);
        core_stage(exchange, stage);
    }
}

struct card_command core_command(enum card_code code, const struct order *order)
{
    struct card_command command;

    memset(&command, 0, sizeof command);
    command.code = (uint8_t)code;
    command.market = (uint8_t)(order->market - 1);
    command.slot = order->slot - 1;
    command.generation = order->generation;
    command.order.price = order->price;
    return command;
}

static enum exchange_status core_device_failed(struct exchange *exchange, enum device_status status)
{
    if (status == DEVICE_FAULT)
        return core_fail(exchange, EXCHANGE_DEVICE, "batch %lu: the card halted with fault %u",
                         (unsigned long)exchange->state.t->batch, device_fault(exchange->device));
    return core_fail(exchange, EXCHANGE_DEVICE, "batch %lu: device: %s", (unsigned long)exchange->state.t->batch,
                     device_status_name(status));
}

enum exchange_status core_submit(struct exchange *exchange)
{
    size_t taken = 0;
    enum device_status status;

    if (exchange->command_given == exchange->command_count)
        return EXCHANGE_OK;
    core_stage(exchange, STAGE_SUBMIT);
    status = device_submit(exchange->device, exchange->commands + exchange->command_given,
                           exchange->command_count - exchange->command_given, &taken);
    if (status != DEVICE_OK && status != DEVICE_AGAIN)
        return core_device_failed(exchange, status);
    exchange->command_given += (uint32_t)taken;
    exchange->commands_sent += (uint32_t)taken;
    return EXCHANGE_OK;
}

static void core_after_event(struct exchange *exchange)
{
    if (exchange->options.recount && exchange->status == EXCHANGE_OK)
        exchange_recount(exchange);
}

/* Actions without a command, up to the next one that has one. */
static void core_clear_host(struct exchange *exchange)
{
    while (exchange->action_next < exchange->action_count && !exchange->actions[exchange->action_next].on_card &&
           exchange->status == EXCHANGE_OK) {
        core_stage(exchange, STAGE_CLEAR);
        clear_host_action(exchange, &exchange->actions[exchange->action_next++]);
        core_after_event(exchange);
    }
}

static void core_clear_events(struct exchange *exchange, const struct card_event *events, size_t count)
{
    ahead_of_events(exchange, events, count);
    for (size_t i = 0; i < count && exchange->status == EXCHANGE_OK; i++) {
        const uint64_t tag = card_event_tag(&events[i]);
        const struct card_event canonical = event_hash_canonical(&events[i]);

        ahead_of_event(exchange, events, i, count);
        if (tag != exchange->action_next || tag >= exchange->action_count) {
            core_fail(exchange, EXCHANGE_VIOLATION, "batch %lu: an event of command %lu where %u is next",
                      (unsigned long)exchange->state.t->batch, (unsigned long)tag, exchange->action_next);
            return;
        }
        core_add_outcome(exchange, &canonical, sizeof canonical);
        exchange->events_seen++;
        if (exchange->options.watcher.event)
            exchange->options.watcher.event(exchange->options.watcher.context, &events[i]);
        clear_event(exchange, &exchange->actions[tag], &events[i]);
        exchange->actions[tag].begun = true;
        core_after_event(exchange);
        if (card_event_last(&events[i])) {
            exchange->action_next++;
            core_clear_host(exchange);
        }
    }
}

bool core_collect_some(struct exchange *exchange)
{
    struct card_event events[CORE_EVENTS];
    size_t count = 0;
    enum device_status status;

    core_clear_host(exchange);
    if (exchange->action_next == exchange->action_count || exchange->status != EXCHANGE_OK)
        return true;
    if (core_submit(exchange) != EXCHANGE_OK)
        return true;
    core_stage(exchange, STAGE_CARD);
    status = device_poll(exchange->device, events, CORE_EVENTS, &count);
    if (status == DEVICE_AGAIN)
        return false;
    if (status != DEVICE_OK) {
        core_device_failed(exchange, status);
        return true;
    }
    core_stage(exchange, STAGE_CLEAR);
    core_clear_events(exchange, events, count);
    return exchange->action_next == exchange->action_count || exchange->status != EXCHANGE_OK;
}

enum exchange_status core_collect(struct exchange *exchange)
{
    while (!core_collect_some(exchange))
        ;
    return exchange->status;
}

void core_mark_out(struct exchange *exchange, uint32_t order, enum out_kind kind)
{
    const struct order *row = order_row(&exchange->state, order);

    exchange->order_out[order] = exchange->stamp << 4 | core_order_out(exchange, order) | kind;
    exchange->subaccount_out[row->subaccount] = exchange->stamp;
}

unsigned core_order_out(const struct exchange *exchange, uint32_t order)
{
    const uint32_t mark = exchange->order_out[order];

    return mark >> 4 == exchange->stamp ? mark & 15 : 0;
}

bool core_subaccount_out(const struct exchange *exchange, uint32_t subaccount)
{
    return exchange->subaccount_out[subaccount] == exchange->stamp;
}
