/* Brings a device to the state of the exchange, in the device's own commands (architecture, decision 12). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "memory.h"
#include "pricing.h"

static void attach_crc(uint64_t *crc, uint64_t word)
{
    *crc ^= word;
    for (unsigned bit = 0; bit < 64; bit++)
        *crc = *crc << 1 ^ (*crc >> 63 ? CARD_CRC64_POLYNOMIAL : 0);
}

struct attach_list {
    uint32_t *rows;
    size_t count;
};

static const struct state *attach_sorted; /* qsort has no context; one thread, nothing else sorts meanwhile */

static int attach_by_priority(const void *left, const void *right)
{
    const struct order *a = order_row(attach_sorted, *(const uint32_t *)left);
    const struct order *b = order_row(attach_sorted, *(const uint32_t *)right);

    return a->priority < b->priority ? -1 : a->priority > b->priority;
}

/* Bids best first, then asks best first, each level oldest first. */
static int attach_by_book(const void *left, const void *right)
{
    const struct order *a = order_row(attach_sorted, *(const uint32_t *)left);
    const struct order *b = order_row(attach_sorted, *(const uint32_t *)right);

    if (a->side != b->side)
        return a->side == CARD_SIDE_BUY ? -1 : 1;
    if (a->price != b->price)
        return (a->price > b->price) == (a->side == CARD_SIDE_BUY) ? -1 : 1;
    return attach_by_priority(left, right);
}

/* Orders on the card, of one market or of all (0), sorted. The caller frees `rows`. */
static struct attach_list attach_list(const struct state *state, uint32_t market,
                                      int (*compare)(const void *, const void *))
{
    struct attach_list list = { memory_reserve(state->t->slots_made + 1, sizeof(uint32_t)), 0 };

    for (uint32_t slot = 1; slot <= state->t->slots_made; slot++) {
        const uint32_t row = book_order_in_slot(state, slot);

        if (row != TABLE_NONE && order_row(state, row)->place == ORDER_ON_CARD &&
            (market == TABLE_NONE || order_row(state, row)->market == market))
            list.rows[list.count++] = row;
    }
    attach_sorted = state;
    qsort(list.rows, list.count, sizeof *list.rows, compare);
    return list;
}

uint64_t core_book_digest(struct exchange *exchange, uint32_t market)
{
    struct attach_list list = attach_list(&exchange->state, market, attach_by_book);
    uint64_t crc = UINT64_MAX;

    for (size_t i = 0; i < list.count; i++) {
        const struct order *order = order_row(&exchange->state, list.rows[i]);
        const uint64_t owner = state_subaccount(&exchange->state, order->subaccount)->account;

        attach_crc(&crc, (uint64_t)(order->slot - 1) << 41 | (uint64_t)order->generation << 33 | owner << 9 |
                             (uint64_t)order->side << 8 | (uint64_t)order->active >> 32);
        attach_crc(&crc, (uint64_t)order->active << 32 | order->price);
    }
    free(list.rows);
    return crc;
}

/* Carries out the actions so far. */
static enum exchange_status attach_flush(struct exchange *exchange)
{
    core_collect(exchange);
    exchange->action_count = exchange->command_count = exchange->command_given = exchange->action_next = 0;
    return exchange->status;
}

static enum exchange_status attach_check_capability(struct exchange *exchange)
{
    const struct device_capability *card = device_capability(exchange->device);
    const struct state *state = &exchange->state;
    uint64_t slots = 0;

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        slots += market->slot_quota;
        if (row > card->markets)
            return core_fail(exchange, EXCHANGE_CAPABILITY, "market %.24s is number %u; the card has %u markets",
                             (const char *)market->symbol, row, card->markets);
        if (market->window_log2 > card->tick_bits)
            return core_fail(exchange, EXCHANGE_CAPABILITY,
                             "market %.24s wants a window of 2^%u ticks; the card has 2^%u",
                             (const char *)market->symbol, market->window_log2, card->tick_bits);
        if (slots > card->orders)
            return core_fail(exchange, EXCHANGE_CAPABILITY,
                             "market %.24s: its %u slots and those before it are %lu orders; the card holds %u",
                             (const char *)market->symbol, market->slot_quota, (unsigned long)slots, card->orders);
    }
    return EXCHANGE_OK;
}

static void attach_market(struct exchange *exchange, uint32_t row)
{
    struct market *market = state_market(&exchange->state, row);
    struct card_command last = { .code = CARD_CODE_SET_LAST, .market = (uint8_t)(row - 1) };
    const uint32_t known = core_known_prices(market);

    core_send_configure(exchange, row); /* closed, for want of marks */
    if (known)
        core_send_marks(exchange, row, known);
    if (market->last_trade) {
        last.order.price = market->last_trade;
        core_add_command(exchange, core_add_action(exchange, ACTION_CONTROL, TABLE_NONE), &last);
    }
}

static void attach_place(struct exchange *exchange, uint32_t row)
{
    struct action *action = core_add_action(exchange, ACTION_PLACE, row);
    const struct card_command command = book_place_command(exchange, row);

    core_add_command(exchange, action, &command);
}

static enum exchange_status attach_compare(struct exchange *exchange, uint32_t row)
{
    struct card_command command = { .code = CARD_CODE_READ, .market = (uint8_t)(row - 1) };
    uint64_t wanted;

    command.order.count = CARD_READ_DIGEST;
    core_add_command(exchange, core_add_action(exchange, ACTION_DIGEST, TABLE_NONE), &command);
    if (attach_flush(exchange) != EXCHANGE_OK)
        return exchange->status;
    wanted = core_book_digest(exchange, row);
    if (wanted != exchange->digest)
        return core_fail(exchange, EXCHANGE_MISMATCH,
                         "after batch %lu the rebuilt book of %.24s has digest %016lx, the state says %016lx",
                         (unsigned long)exchange->state.t->batch,
                         (const char *)state_market(&exchange->state, row)->symbol, (unsigned long)exchange->digest,
                         (unsigned long)wanted);
    return EXCHANGE_OK;
}

static enum exchange_status attach_rebuild(struct exchange *exchange)
{
    const uint32_t markets = exchange->state.markets.used;
    struct attach_list list;

    for (uint32_t row = 1; row < markets; row++) {
        const uint8_t state = state_market(&exchange->state, row)->state_wanted;

        state_market(&exchange->state, row)->state_wanted = CARD_STATE_CLOSED;
        attach_market(exchange, row);
        state_market(&exchange->state, row)->state_wanted = state;
    }
    list = attach_list(&exchange->state, TABLE_NONE, attach_by_priority);
    for (size_t i = 0; i < list.count && exchange->status == EXCHANGE_OK; i++) {
        attach_place(exchange, list.rows[i]);
        if (exchange->action_count >= LIMIT_BATCH_INPUTS)
            attach_flush(exchange);
    }
    free(list.rows);
    attach_flush(exchange);
    for (uint32_t row = 1; row < markets && exchange->status == EXCHANGE_OK; row++)
        attach_compare(exchange, row);
    for (uint32_t row = 1; row < markets && exchange->status == EXCHANGE_OK; row++)
        core_send_configure(exchange, row);
    return attach_flush(exchange);
}

enum exchange_status exchange_attach(struct exchange *exchange)
{
    const uint16_t session = exchange->session >= CARD_SESSION_MAX ? 1 : (uint16_t)(exchange->session + 1);
    enum device_status status;

    if (exchange->status != EXCHANGE_OK || attach_check_capability(exchange) != EXCHANGE_OK)
        return exchange->status;
    status = device_reset(exchange->device, session);
    if (status == DEVICE_ARGUMENT) /* that is the session it has */
        status = device_reset(exchange->device, (uint16_t)(session == CARD_SESSION_MAX ? 1 : session + 1));
    if (status != DEVICE_OK)
        return core_fail(exchange, EXCHANGE_DEVICE, "device: reset: %s", device_status_name(status));
    exchange->session = session;
    exchange->action_count = exchange->command_count = exchange->command_given = exchange->action_next = 0;
    exchange->report_count = 0;
    pricing_depth_clear(exchange);
    core_clear_outcome(exchange);
    return attach_rebuild(exchange);
}
