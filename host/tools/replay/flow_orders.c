#include "flow_orders.h"

#include <stdlib.h>

#include "memory.h"

void flow_orders_create(struct flow_orders *orders, uint32_t slots)
{
    *orders = (struct flow_orders){ .slots = slots };
    orders->order = memory_reserve(slots, sizeof *orders->order);
    orders->spare = memory_reserve(slots, sizeof *orders->spare);
    for (uint32_t slot = slots; slot-- > 0;)
        orders->spare[orders->spare_count++] = slot;
}

void flow_orders_destroy(struct flow_orders *orders)
{
    free(orders->order);
    free(orders->spare);
    id_map_clear(&orders->ids);
    *orders = (struct flow_orders){ 0 };
}

bool flow_orders_take(struct flow_orders *orders, const uint64_t *id, uint8_t market, uint32_t price,
                      struct command_handle *handle)
{
    struct flow_order *order;
    uint32_t slot;

    if (orders->spare_count == 0)
        return false;
    slot = orders->spare[--orders->spare_count];
    order = &orders->order[slot];
    *order = (struct flow_order){ .id = id ? *id : 0,
                                  .price = price,
                                  .generation = (uint8_t)(order->generation + 1),
                                  .market = market,
                                  .used = true,
                                  .named = id != NULL };
    if (id)
        id_map_set(&orders->ids, *id, slot);
    *handle = flow_orders_handle(orders, slot);
    return true;
}

uint32_t flow_orders_find(const struct flow_orders *orders, uint64_t id)
{
    uint32_t slot = id_map_get(&orders->ids, id);

    if (slot == ID_MAP_NONE)
        return FLOW_SLOT_NONE;
    return orders->order[slot].used && orders->order[slot].named && orders->order[slot].id == id ? slot
                                                                                                 : FLOW_SLOT_NONE;
}

struct command_handle flow_orders_handle(const struct flow_orders *orders, uint32_t slot)
{
    const struct flow_order *order = &orders->order[slot];

    return (struct command_handle){ slot, order->price, order->generation, order->market };
}

static void flow_orders_free(struct flow_orders *orders, uint64_t slot)
{
    if (slot >= orders->slots || !orders->order[slot].used)
        return;
    orders->order[slot].used = false;
    orders->spare[orders->spare_count++] = (uint32_t)slot;
}

/* A refused replace leaves the order as it was; any other refused newcomer is gone. */
static void flow_orders_rejected(struct flow_orders *orders, const struct card_command *command,
                                 const struct card_event *event)
{
    struct flow_order *order;

    if (command->slot >= orders->slots)
        return;
    order = &orders->order[command->slot];
    if (command->code == CARD_CODE_NEW || command->code == CARD_CODE_PLACE) {
        flow_orders_free(orders, command->slot);
    } else if (command->code == CARD_CODE_REPLACE && card_event_reason(event) != CARD_REASON_STALE_ORDER) {
        order->generation = command->generation;
        order->price = command->order.price;
    }
}

void flow_orders_event(struct flow_orders *orders, const struct card_command *command, const struct card_event *event)
{
    switch (card_event_kind(event)) {
    case CARD_KIND_FILL:
        if (card_event_maker_remaining(event) == 0)
            flow_orders_free(orders, card_event_maker_slot(event));
        if (card_event_last(event))
            flow_orders_free(orders, card_event_taker_slot(event));
        break;
    case CARD_KIND_REMOVED:
        if (card_event_reason(event) != CARD_REASON_REPLACED)
            flow_orders_free(orders, card_event_maker_slot(event));
        break;
    case CARD_KIND_EXPIRED:
    case CARD_KIND_PARKED: /* the host would keep it; a replay lets it go */
        flow_orders_free(orders, card_event_taker_slot(event));
        break;
    case CARD_KIND_REJECTED:
        flow_orders_rejected(orders, command, event);
        break;
    default:
        break;
    }
}
