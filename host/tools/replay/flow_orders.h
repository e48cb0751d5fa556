/* Handles of the orders that a flow has on the card: slot, generation and price by the flow's own id. A slot is
 * used again only after an event has said that its order is gone. */
#ifndef VITRINE_FLOW_ORDERS_H
#define VITRINE_FLOW_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "commands.h"
#include "contract.h"
#include "id_map.h"

#define FLOW_SLOT_NONE UINT32_MAX

struct flow_order {
    uint64_t id;
    uint32_t price;
    uint8_t generation, market;
    bool used, named;
};

struct flow_orders {
    struct flow_order *order; /* by slot */
    uint32_t *spare;
    uint32_t spare_count, slots;
    struct id_map ids; /* to slots */
};

void flow_orders_create(struct flow_orders *orders, uint32_t slots);
void flow_orders_destroy(struct flow_orders *orders);

/* A free slot under a new generation; false if there is none. `id` may be NULL. */
bool flow_orders_take(struct flow_orders *orders, const uint64_t *id, uint8_t market, uint32_t price,
                      struct command_handle *handle);

/* The slot of a named order that is not known to be gone, or FLOW_SLOT_NONE. */
uint32_t flow_orders_find(const struct flow_orders *orders, uint64_t id);
struct command_handle flow_orders_handle(const struct flow_orders *orders, uint32_t slot);

/* What an event says about orders. */
void flow_orders_event(struct flow_orders *orders, const struct card_command *command, const struct card_event *event);

#endif
