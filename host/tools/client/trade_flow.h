/* A seeded flow of users' orders in several markets, in the mix of an hour of a real stock (sim/market/flow.h: adds
 * 48.1 %, deletes 44.6 %, executions 4.4 %): per 1,000 inputs about 480 resting orders, 50 that take, 450 cancels and
 * 20 replaces. Integers only; the same seed and the same calls give the same inputs. Cheap: some 30 ns an input.
 *
 * The flow only predicts what rests. Whoever sends it tells it what became of orders (trade_flow_gone), as late as he
 * hears of it: a cancel may meet an order that has just been filled, as in life. */
#ifndef VITRINE_TRADE_FLOW_H
#define VITRINE_TRADE_FLOW_H

#include "input.h"

/* A user's order is cancelled before its number plus this is used. */
#define TRADE_FLOW_NUMBERS 8192u

struct trade_flow;

struct trade_flow_market {
    uint16_t number;       /* as inputs name it */
    uint32_t middle;       /* ticks: around what it trades; at least 1,024 */
    uint32_t quantity_max; /* lots of an order, at least 1 */
};

struct trade_flow_settings {
    uint64_t seed;
    uint32_t users;        /* 1 .. 65,536 */
    uint32_t population;   /* orders that rest in a market, about; at least 2 */
    uint32_t market_count; /* 1 .. LIMIT_MARKETS */
    const struct trade_flow_market *markets; /* copied */
};

union trade_flow_input {
    struct input_header header;
    struct input_order_new order;
    struct input_order_replace replace;
    struct input_order_cancel cancel;
};

struct trade_flow *trade_flow_create(const struct trade_flow_settings *settings);
void trade_flow_destroy(struct trade_flow *flow);

/* The next input. header.user is the user's index, 0 .. users - 1, and header.subaccount 0: the caller puts in the real
 * ones. References count from 1 for each user. */
void trade_flow_next(struct trade_flow *flow, union trade_flow_input *input);

/* This order of the user does not rest (any more). Of a number that the flow does not know: nothing happens. */
void trade_flow_gone(struct trade_flow *flow, uint32_t user, uint32_t reference);

/* Orders that rest, as far as the flow knows. */
uint32_t trade_flow_resting(const struct trade_flow *flow);

#endif
