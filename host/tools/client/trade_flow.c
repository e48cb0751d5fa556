#include "trade_flow.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "contract.h"
#include "limits.h"
#include "memory.h"
#include "mix.h"

enum {
    RING = TRADE_FLOW_NUMBERS,
    RECENT = 64,         /* half of the cancels go to the newest orders, which is where they go in real books */
    SHARE_CANCEL = 460,  /* of 1,024 */
    SHARE_REPLACE = 20,
    SHARE_TAKE = 52,
};

struct resting {
    uint32_t user, reference;
    uint32_t place;      /* in the market's list */
    uint32_t price, quantity;
    uint8_t market, side;
};

struct flow_market {
    struct trade_flow_market settings;
    uint32_t *list;      /* rows of `resting`, oldest first as far as removals leave that */
    uint32_t count;
};

struct trade_flow {
    uint64_t random;
    uint32_t users, population, market_count, now;
    uint32_t spare_count, rows;
    struct resting *resting; /* row 0 is none */
    uint32_t *spare;
    uint32_t *last;          /* number that the user used last */
    uint32_t *ring;          /* by user and number: the row */
    uint32_t *lists;
    struct flow_market market[LIMIT_MARKETS];
};

static uint64_t flow_random(struct trade_flow *flow)
{
    return mix_next(&flow->random);
}

/* 0 .. bound - 1 from 32 of the bits. */
static uint32_t flow_below(uint64_t bits, uint32_t bound)
{
    return (uint32_t)(((bits & UINT32_MAX) * bound) >> 32);
}

struct trade_flow *trade_flow_create(const struct trade_flow_settings *settings)
{
    struct trade_flow *flow = memory_reserve(1, sizeof *flow);
    const uint32_t room = settings->population * 5 / 4 + 2; /* in a market */

    check(settings->users >= 1 && settings->users <= 65536 && settings->population >= 2);
    check(settings->market_count >= 1 && settings->market_count <= LIMIT_MARKETS);
    flow->random = settings->seed;
    flow->users = settings->users;
    flow->population = settings->population;
    flow->market_count = settings->market_count;
    flow->rows = room * settings->market_count;
    flow->resting = memory_reserve(flow->rows + 1, sizeof *flow->resting);
    flow->spare = memory_reserve(flow->rows, sizeof *flow->spare);
    flow->lists = memory_reserve(flow->rows, sizeof *flow->lists);
    flow->last = memory_reserve(flow->users, sizeof *flow->last);
    flow->ring = memory_reserve((size_t)flow->users * RING, sizeof *flow->ring);
    for (uint32_t i = flow->rows; i > 0; i--)
        flow->spare[flow->spare_count++] = i;
    for (uint32_t i = 0; i < flow->market_count; i++) {
        check(settings->markets[i].middle >= 1024 && settings->markets[i].quantity_max >= 1);
        flow->market[i].settings = settings->markets[i];
        flow->market[i].list = flow->lists + (size_t)i * room;
    }
    return flow;
}

void trade_flow_destroy(struct trade_flow *flow)
{
    if (flow == NULL)
        return;
    free(flow->resting);
    free(flow->spare);
    free(flow->lists);
    free(flow->last);
    free(flow->ring);
    free(flow);
}

static uint32_t *flow_ring(struct trade_flow *flow, uint32_t user, uint32_t reference)
{
    return &flow->ring[(size_t)user * RING + reference % RING];
}

static void flow_drop(struct trade_flow *flow, uint32_t row)
{
    struct resting *order = &flow->resting[row];
    struct flow_market *market = &flow->market[order->market];
    const uint32_t last = market->list[--market->count];

    market->list[order->place] = last;
    flow->resting[last].place = order->place;
    *flow_ring(flow, order->user, order->reference) = 0;
    flow->spare[flow->spare_count++] = row;
}

void trade_flow_gone(struct trade_flow *flow, uint32_t user, uint32_t reference)
{
    uint32_t row;

    if (user >= flow->users)
        return;
    row = *flow_ring(flow, user, reference);
    if (row && flow->resting[row].reference == reference)
        flow_drop(flow, row);
}

uint32_t trade_flow_resting(const struct trade_flow *flow)
{
    return flow->rows - flow->spare_count;
}

/* How far behind the middle: mostly near, seldom far. */
static uint32_t flow_distance(uint64_t bits)
{
    static const uint16_t most[16] = { 1, 1, 4, 4, 4, 4, 16, 16, 16, 16, 16, 64, 64, 64, 256, 256 };

    return 1 + flow_below(bits, most[bits >> 32 & 15]);
}

static void flow_cancel(struct trade_flow *flow, uint32_t row, union trade_flow_input *input)
{
    const struct resting *order = &flow->resting[row];

    input->cancel = (struct input_order_cancel){
        .header = { .kind = INPUT_ORDER_CANCEL, .size = sizeof input->cancel, .user = order->user,
                    .reference = order->reference } };
    flow_drop(flow, row);
}

static uint32_t flow_choose(const struct flow_market *market, uint64_t bits)
{
    const uint32_t among = bits >> 63 && market->count > RECENT ? RECENT : market->count;

    return market->list[market->count - 1 - flow_below(bits, among)];
}

/* The new price is on the same side of the middle; the new total is larger, so that it is above what has been filled
 * and the answer is no cancel. The row keeps its place and gets the new number. */
static void flow_replace(struct trade_flow *flow, const struct flow_market *market, uint64_t bits,
                         union trade_flow_input *input)
{
    const uint32_t row = flow_choose(market, bits);
    struct resting *order = &flow->resting[row];
    const uint32_t distance = flow_distance(bits >> 8), reference = flow->last[order->user] + 1;

    if (*flow_ring(flow, order->user, reference)) {
        flow_cancel(flow, *flow_ring(flow, order->user, reference), input);
        return;
    }
    flow->last[order->user] = reference;
    order->price = market->settings.middle + (order->side == CARD_SIDE_SELL ? distance : -distance);
    order->quantity += 1 + flow_below(bits >> 16, 16);
    input->replace = (struct input_order_replace){
        .header = { .kind = INPUT_ORDER_REPLACE, .size = sizeof input->replace, .user = order->user,
                    .reference = reference },
        .existing = order->reference, .price = order->price, .quantity = order->quantity };
    *flow_ring(flow, order->user, order->reference) = 0;
    order->reference = reference;
    *flow_ring(flow, order->user, reference) = row;
}

static void flow_enter(struct trade_flow *flow, struct flow_market *market, uint64_t bits, bool take,
                       union trade_flow_input *input)
{
    const uint32_t user = flow_below(flow_random(flow), flow->users), reference = flow->last[user] + 1;
    const uint8_t side = bits >> 63 ? CARD_SIDE_SELL : CARD_SIDE_BUY;
    const uint32_t distance = take ? 64 : flow_distance(bits);
    uint32_t row = *flow_ring(flow, user, reference);

    if (row) {
        flow_cancel(flow, row, input);
        return;
    }
    flow->last[user] = reference;
    input->order = (struct input_order_new){
        .header = { .kind = INPUT_ORDER_NEW, .size = sizeof input->order, .user = user, .reference = reference },
        .market = market->settings.number, .side = side, .tif = take ? CARD_TIF_IOC : CARD_TIF_GTC,
        .price = market->settings.middle + ((side == CARD_SIDE_SELL) != take ? distance : -distance),
        .quantity = 1 + flow_below(bits >> 8, market->settings.quantity_max) };
    if (take)
        return;
    row = flow->spare[--flow->spare_count];
    flow->resting[row] = (struct resting){ .user = user, .reference = reference, .place = market->count,
                                           .price = input->order.price, .side = side,
                                           .quantity = (uint32_t)input->order.quantity,
                                           .market = (uint8_t)(market - flow->market) };
    market->list[market->count++] = row;
    *flow_ring(flow, user, reference) = row;
}

void trade_flow_next(struct trade_flow *flow, union trade_flow_input *input)
{
    const uint64_t bits = flow_random(flow);
    uint32_t share = (uint32_t)(bits >> 40 & 1023);
    struct flow_market *market;

    if ((bits >> 50 & 7) == 0)
        flow->now = flow_below(bits, flow->market_count);
    market = &flow->market[flow->now];
    if (market->count < flow->population / 2)
        share = 1023;
    else if (market->count >= flow->population * 5 / 4 && share >= SHARE_CANCEL + SHARE_REPLACE + SHARE_TAKE)
        share = 0;
    if (market->count == 0 || (share >= SHARE_CANCEL + SHARE_REPLACE + SHARE_TAKE))
        flow_enter(flow, market, flow_random(flow), false, input);
    else if (share < SHARE_CANCEL)
        flow_cancel(flow, flow_choose(market, flow_random(flow)), input);
    else if (share < SHARE_CANCEL + SHARE_REPLACE)
        flow_replace(flow, market, flow_random(flow), input);
    else
        flow_enter(flow, market, flow_random(flow), true, input);
}
