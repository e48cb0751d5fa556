/* A venue with liquidation: the core's fixture with a second perpetual, indices made of one venue's quotes, a house
 * that holds the other side of everybody's position, and a maker with a ladder of quotes. For tests of
 * host/liquidation. */
#ifndef VITRINE_LIQUIDATION_WORLD_H
#define VITRINE_LIQUIDATION_WORLD_H

#include "fixture.h"
#include "liquidation_parts.h"

enum {
    WORLD_PERP_2 = FIXTURE_SPOT + 1, /* ETH_USDC_PERP: tick 0.1, lot 0.01 */
    WORLD_BTC = 10000,               /* USDC a coin, at the beginning */
    WORLD_ETH = 2000,
    WORLD_USDC = 1000000,            /* units of a USDC */
    WORLD_NOTICES = 1 << 17,
};

struct world {
    struct fixture fixture;
    uint32_t house, maker, lender;   /* users with more than they need */
    struct notice notices[WORLD_NOTICES]; /* of all batches since world_forget() */
    unsigned notice_count;
    unsigned most_batches, most_commands; /* that a second has taken so far; that a batch of one has sent */
};

/* Everybody named above is there; marks follow the index at once; no settlement, no liquidation yet. */
void world_open(struct world *world);
void world_open_as(struct world *world, const char *backend, const struct fixture_options *options);
void world_close(struct world *world);

/* Our policy with the rules' chosen numbers; and makes them hold. */
struct input_liquidation_rules world_rules(void);
void world_set_rules(struct world *world, const struct input_liquidation_rules *rules);

/* Accounts without a user, `usdc` whole USDC each; the number of the first: fixture_subaccount() of it is its row. */
uint32_t world_crowd(struct world *world, uint32_t count, int64_t usdc);
/* A position, lots signed, taken over from the house at the mark, without orders and fees. */
void world_hold(struct world *world, uint32_t person, uint32_t market, int64_t lots);
/* A trade at any price, without orders and fees. */
void world_trade(struct world *world, uint32_t market, uint32_t buyer, uint32_t seller, int64_t lots, uint32_t ticks);
/* A pool without interest, filled by the lender; a borrow of units by hand. */
void world_pool(struct world *world, uint32_t asset, int64_t units);
void world_borrow(struct world *world, uint32_t person, uint32_t asset, int64_t units);
/* The maker's quotes of a market in place of those that it had: `levels` on each side, `lots` each, `step` ticks apart;
 * the best bid and ask are `step` off `mid`. Levels 0: none. */
void world_quote(struct world *world, uint32_t market, uint32_t mid, uint32_t step, uint32_t levels, int64_t lots);
/* Of one side alone; adds to what there is. */
void world_quote_side(struct world *world, uint32_t market, uint8_t side, uint32_t best, uint32_t step, uint32_t levels,
                      int64_t lots);

/* From the next second on the venue quotes this, millionths of a USDC a coin. */
void world_price(struct world *world, uint32_t asset, int64_t price);
/* How far an index may move in a second, millionths; ten times that, since the one venue agrees with itself. At the
 * beginning there is no bound, and so anybody without much equity may be deleveraged. */
void world_set_change(struct world *world, uint32_t asset, uint32_t change);
/* From the next second on the asset is below its quorum; world_set_change() thaws it. */
void world_freeze(struct world *world, uint32_t asset);
/* The next second, whose tick runs, and all that follows from it. */
void world_second(struct world *world);
void world_seconds(struct world *world, unsigned count);
/* Runs the batch built so far and keeps its notices; returns what its last input was answered. */
enum reason world_answer(struct world *world);

/* Notices of a kind since world_forget(), about a person (0: all); the last of them, NULL: none. */
void world_forget(struct world *world);
unsigned world_notices(const struct world *world, enum notice_kind kind, uint32_t person);
const struct notice *world_notice(const struct world *world, enum notice_kind kind, uint32_t person);
/* The sum of their n-th amount. */
int64_t world_sum(const struct world *world, enum notice_kind kind, uint32_t person, unsigned n);

const struct episode *world_episode(const struct world *world, uint32_t person); /* NULL: none */
void world_view(const struct world *world, uint32_t person, struct margin_view *view);
int64_t world_lots(const struct world *world, uint32_t person, uint32_t market);
int64_t world_units(const struct world *world, uint32_t person, uint32_t asset);
int64_t world_borrowed(const struct world *world, uint32_t person, uint32_t asset);
/* The fund's equity, settlement units x 256. */
wide world_fund(const struct world *world);

#endif
