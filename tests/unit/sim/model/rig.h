/* A model with one market to try things on. Numbers here are written out from docs/card.md and CONTRACT.md, not taken
 * from the contract's header, so that a wrong constant shows. Every command's events are checked for what holds always:
 * tag, market, session, gapless sequence, one `last` at the end, an intact book, and that a rejection changed
 * nothing. */
#ifndef VITRINE_TEST_RIG_H
#define VITRINE_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model.h"

enum {
    MARKETS = 3,
    ORDERS = 64,
    TICK_BITS = 10,
    MARKET = 1,      /* the market that is set up */
    BASE = 9984,     /* its window: BASE to END - 1 */
    END = 11008,
    MIDDLE = 10496,  /* its mark and means, in ticks */
    SESSION = 77,
    EVENTS_MAX = 256,
};

/* Flags of orders. */
enum { SIDE_BUY = 0, SIDE_SELL = 1, GTC = 0, IOC = 2, FOK = 4, POST_ONLY = 8, MARKET_ORDER = 16, LIQUIDATION = 128 };
enum { STP_TAKER = 0, STP_MAKER = 32, STP_BOTH = 64 };
/* Bits of configure and set_mark. */
enum { BAND_LIMIT = 1, BAND_IMPACT = 2, BAND_PREMIUM = 4 };
enum { HAS_MARK = 1, HAS_INDEX = 2, HAS_MEAN = 4, HAS_FAST = 8, HAS_PREMIUM = 16 };

/* The generation that helpers give the order in a slot, and the one that they give it on replace. */
#define GEN(slot) ((uint8_t)(0x40 + (slot)))
#define NEW_GEN(slot) ((uint8_t)(0x90 + (slot)))

#define ONE 1000000u

struct rig {
    struct model *model;
    struct card_command config;            /* of MARKET; change it, then rig_configure() */
    struct card_event events[EVENTS_MAX];  /* of the latest command */
    size_t count;
    struct card_command command;           /* the latest */
    uint32_t sequence;                     /* of the next event */
    uint16_t session;
    uint32_t tag;
};

/* All fields of an event but those that are the same for every event of a command. */
struct want {
    uint64_t kind, reason, taker_slot, taker_generation, taker_owner, maker_slot, maker_generation, maker_owner;
    uint64_t quantity, taker_remaining, maker_remaining, price, best_price, aggregate, side, best_valid, level_valid;
    uint64_t more;
    uint64_t other_market; /* 0: that of the command */
};

int rig_setup(void **state);       /* MARKET open, no optional band, mean-mark band as wide as can be */
int rig_setup_empty(void **state); /* nothing set */
int rig_teardown(void **state);

/* Sends a command as it is, except for tag and session. */
void rig_apply(struct rig *rig, struct card_command command);
/* Sends it with another session. */
void rig_apply_session(struct rig *rig, struct card_command command, uint16_t session);

/* Commands for MARKET; generation is GEN(slot). */
void rig_enter(struct rig *rig, uint32_t slot, unsigned flags, uint32_t owner, uint32_t price, int64_t quantity);
void rig_place(struct rig *rig, uint32_t slot, unsigned side, uint32_t owner, uint32_t price, int64_t quantity);
void rig_cancel(struct rig *rig, uint32_t slot, uint32_t price);
void rig_pull(struct rig *rig, uint32_t slot, uint32_t price);
void rig_reduce(struct rig *rig, uint32_t slot, uint32_t price, int64_t amount);
/* Gives the order NEW_GEN(slot). */
void rig_replace(struct rig *rig, uint32_t slot, unsigned flags, uint32_t price, uint32_t new_price, int64_t change);
void rig_cancel_many(struct rig *rig, uint32_t count);
void rig_configure(struct rig *rig);
void rig_set_last(struct rig *rig, uint32_t price);
void rig_shift(struct rig *rig, uint32_t base);
void rig_mark(struct rig *rig, uint32_t present, uint64_t mark, uint64_t index, uint64_t mean, uint64_t fast,
              int32_t premium);
void rig_reset(struct rig *rig, uint16_t session);

/* A command for MARKET with everything else 0. */
struct card_command rig_command(uint8_t code);

/* The latest command was answered by exactly `count` events. */
#define EXPECT_COUNT(rig, n) assert_int_equal((rig)->count, n)
/* Event number `at` of the latest command, field by field. */
#define EXPECT(rig, at, ...) rig_expect(rig, at, (struct want){__VA_ARGS__}, __FILE__, __LINE__)
/* The latest command was answered by one rejection. */
#define EXPECT_REJECTED(rig, why) rig_expect_rejected(rig, CARD_REASON_##why, __FILE__, __LINE__)
/* The latest command was answered by one `done` that says nothing else. */
#define EXPECT_DONE(rig) rig_expect_done(rig, __FILE__, __LINE__)
/* The latest command was answered by one event of this kind and reason. */
#define EXPECT_ONE(rig, what, why) rig_expect_one(rig, CARD_KIND_##what, CARD_REASON_##why, __FILE__, __LINE__)

void rig_expect(struct rig *rig, size_t at, struct want want, const char *file, int line);
void rig_expect_rejected(struct rig *rig, uint64_t reason, const char *file, int line);
void rig_expect_done(struct rig *rig, const char *file, int line);
void rig_expect_one(struct rig *rig, uint64_t kind, uint64_t reason, const char *file, int line);

/* Reads through commands. */
uint64_t rig_open_quantity(struct rig *rig, uint32_t slot); /* 0: the slot is free */
uint64_t rig_aggregate(struct rig *rig, uint32_t price);
uint64_t rig_book_orders(struct rig *rig);

/* Whether the limit band lets a limit order at `price` pass. Changes nothing. */
int rig_limit_band_admits(struct rig *rig, uint32_t price);

/* The digest once more, a bit at a time. */
struct digest_order {
    uint64_t slot, generation, owner, side, quantity, price;
};
uint64_t rig_crc(const uint8_t *bytes, size_t count);
uint64_t rig_digest(const struct digest_order *orders, size_t count);

#define UNIT(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
#define UNIT_EMPTY(test) cmocka_unit_test_setup_teardown(test, rig_setup_empty, rig_teardown)

#endif
