/* A perpetual with a bid and an ask far enough apart that prices can move between them, and what tests of trigger
 * orders do there. */
#ifndef VITRINE_TRIGGER_MARKET_H
#define VITRINE_TRIGGER_MARKET_H

#include "fixture.h"
#include "reason.h"

enum {
    MAKER_SELLS = 1, MAKER_BUYS, TRADER_SELLS, TRADER_BUYS, /* users of the market itself */
    ANNA, BERND, CLARA,                                     /* users that tests are about: 100,000 USDC each */
    POOR,                                                   /* 100 USDC */
    MARKET_ASK = 101000, MARKET_BID = 99000,                /* 10,000 lots each; mark and last trade are 100,000 */
};

void trigger_market_open(struct fixture *fixture);

/* A price alone, in ticks x 256, or by a trade of one lot at whole ticks. Runs the batch. */
void trigger_market_mark(struct fixture *fixture, uint64_t fixed);
void trigger_market_index(struct fixture *fixture, uint64_t fixed);
void trigger_market_trade(struct fixture *fixture, uint32_t ticks);
void trigger_market_move(struct fixture *fixture, unsigned by, uint64_t fixed);
void trigger_market_state(struct fixture *fixture, uint8_t state);

/* A market order that waits, to be changed before the batch runs. */
struct input_order_new_extra *trigger_market_stop(struct fixture *fixture, uint32_t user, uint8_t side, unsigned by,
                                                  unsigned when, uint32_t ticks, int64_t lots);
/* Takes `lots` at the market's bid or ask, at once. */
void trigger_market_take(struct fixture *fixture, uint32_t user, uint8_t side, int64_t lots);

unsigned trigger_market_count(const struct fixture *fixture, uint32_t user); /* reports of the last batch */
unsigned trigger_market_open_orders(const struct fixture *fixture, uint32_t user);

#endif
