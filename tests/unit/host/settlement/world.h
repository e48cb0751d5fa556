/* A few accounts around one or two perpetuals, with positions as a test wants them: for tests of host/settlement. */
#ifndef VITRINE_SETTLEMENT_WORLD_H
#define VITRINE_SETTLEMENT_WORLD_H

#include "core.h"
#include "fixture.h"
#include "lending.h"
#include "settlement.h"

enum {
    WORLD_PERP_2 = FIXTURE_SPOT + 1, /* ETH_USDC_PERP: tick 0.1, lot 0.01 */
    WORLD_MARK_2 = 20000,
    WORLD_USDC = 1000000,            /* units of a USDC */
    WORLD_SECONDS = 10,              /* of settlement */
};

/* The fixture with the second perpetual and settlement every 10 seconds; nobody yet. */
void world_open(struct fixture *fixture);
/* A pool without interest; `lender` > 0: a user who lends so many whole units of it now. */
void world_pool(struct fixture *fixture, uint32_t asset);
void world_lend(struct fixture *fixture, uint32_t user, uint32_t asset, uint8_t step, int64_t units);
void world_flags(struct fixture *fixture, uint32_t user, uint32_t flags);
/* A trade at any price, without orders and fees. */
void world_trade(struct fixture *fixture, uint32_t market, uint32_t buyer, uint32_t seller, int64_t lots,
                 uint32_t price);
/* Marks alone: the batch runs within the second. */
void world_mark(struct fixture *fixture, uint32_t market, uint32_t ticks);
/* To the next second, whose tick runs; to the next pass, until it is over. */
void world_tick(struct fixture *fixture);
void world_pass(struct fixture *fixture);
/* Runs the batch and returns what its last input was answered. */
enum reason world_answer(struct fixture *fixture);
/* How many notices of a kind the last batch had; the last one. */
unsigned world_notices(const struct fixture *fixture, enum notice_kind kind);
const struct notice *world_notice(const struct fixture *fixture, enum notice_kind kind);

const struct subaccount *world_account(const struct fixture *fixture, uint32_t user);
int64_t world_lent(const struct fixture *fixture, uint32_t user);     /* USDC units */
int64_t world_borrowed(const struct fixture *fixture, uint32_t user);
int64_t world_apart(const struct fixture *fixture, uint32_t user);
/* Net equity, USDC units x 256. */
wide world_equity(const struct fixture *fixture, uint32_t user);
/* Of it what is not realised. */
wide world_profit(const struct fixture *fixture, uint32_t user);

#endif
