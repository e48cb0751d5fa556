/* A small exchange for tests: one settlement asset, two coins, a perpetual and a spot market, a few users; batches are
 * built record by record and run at once. Everything is recounted after every event. */
#ifndef VITRINE_FIXTURE_H
#define VITRINE_FIXTURE_H

#include "exchange.h"
#include "order.h"
#include "reason.h"

enum {
    FIXTURE_USDC = 1, FIXTURE_BTC, FIXTURE_ETH, /* assets */
    FIXTURE_PERP = 1, FIXTURE_SPOT,             /* markets: BTC_USDC_PERP (tick 0.1, lot 0.001), ETH_USDC */
    FIXTURE_MARK = 100000,                      /* ticks: 10,000.0 USDC */
    FIXTURE_SPOT_MARK = 2000,                   /* ticks of 1 USDC */
};

/* What a test wants otherwise; all zero: as ever. */
struct fixture_options {
    struct state_sizes sizes;        /* subaccounts 0: those of the fixture */
    uint64_t stall_seed;             /* of a card with random stalls, 0: none */
    void (*stage)(void *fixture, enum exchange_stage stage); /* called as the core enters each stage */
    uint32_t steps;                  /* of a batch (struct exchange_options) */
    bool no_recount;                 /* nothing is recounted but by fixture users themselves */
};

struct fixture {
    struct fixture_options options;
    struct device *device;
    struct exchange *exchange;
    struct state *state;
    struct exchange_result result;
    uint64_t time_ns;
    uint32_t users;
    uint32_t reference[64];          /* last order number, by user */
    _Alignas(8) uint8_t inputs[LIMIT_BATCH_BYTES];
    size_t size;
    uint32_t count;
    uint32_t ticket;
    const char *backend;
};

/* Assets, markets with marks and state open, nobody yet. `backend`: of device.h. */
void fixture_open(struct fixture *fixture, const char *backend);
void fixture_open_as(struct fixture *fixture, const char *backend, const struct fixture_options *options);
/* The same on a card with random stalls, and with a function that the core calls as it enters each stage. */
void fixture_open_with(struct fixture *fixture, const char *backend, uint64_t stall_seed,
                       void (*stage)(void *fixture, enum exchange_stage stage));
/* Another exchange of the same sizes on the same device in place of the present one, which is destroyed: empty, not
 * attached. */
void fixture_replace_exchange(struct fixture *fixture);
void fixture_close(struct fixture *fixture);

/* An account with one subaccount and one user, all with the same row number offset; returns the user's row. Subaccount:
 * fixture_subaccount(). Deposits `usdc` whole USDC. */
uint32_t fixture_add_user(struct fixture *fixture, int64_t usdc);
uint32_t fixture_subaccount(uint32_t user);
void fixture_deposit(struct fixture *fixture, uint32_t subaccount, uint32_t asset, int64_t units);

/* Adds a record to the batch being built; returns a copy in the batch to be changed before it runs. */
void *fixture_add(struct fixture *fixture, const void *record, uint16_t size);
struct input_order_new *fixture_order(struct fixture *fixture, uint32_t user, uint32_t market, uint8_t side,
                                      uint32_t price, int64_t lots);
struct input_order_new_extra *fixture_order_extra(struct fixture *fixture, uint32_t user, uint32_t market, uint8_t side,
                                                  uint32_t price, int64_t lots);
struct input_order_cancel *fixture_cancel(struct fixture *fixture, uint32_t user, uint32_t reference);
struct input_order_replace *fixture_replace(struct fixture *fixture, uint32_t user, uint32_t existing, uint32_t price,
                                            int64_t lots);
struct input_marks *fixture_marks(struct fixture *fixture, uint32_t market, uint32_t ticks); /* all of them */

/* What a node says first after a start. */
void fixture_restart(struct fixture *fixture);

/* Runs the batch built so far (also an empty one), one millisecond after the last; checks that the status is OK. */
void fixture_run(struct fixture *fixture);
void fixture_run_until_done(struct fixture *fixture); /* further empty batches while `more` */
/* Keeps the ledger's entries from here on, until they are compared: the hash of the last batch, which has made all of
 * them and met no card event, is that of the entries and its notices. Returns how many entries. */
void fixture_keep_entries(struct fixture *fixture);
size_t fixture_expect_hashed(struct fixture *fixture);

/* The n-th report (from 0) of the last batch to this user; NULL if there are fewer. */
const struct report *fixture_report(const struct fixture *fixture, uint32_t user, unsigned n);
/* The last report of that kind to the user in the last batch, or NULL. */
const struct report *fixture_find(const struct fixture *fixture, uint32_t user, enum report_kind kind);
/* The n-th report to the user is of this kind, reason and status. */
void fixture_expect(const struct fixture *fixture, uint32_t user, unsigned n, enum report_kind kind, enum reason reason,
                    enum order_status status);
const struct order *fixture_find_order(const struct fixture *fixture, uint32_t user, uint32_t reference);
int64_t fixture_position(const struct fixture *fixture, uint32_t user, uint32_t market);
int64_t fixture_balance(const struct fixture *fixture, uint32_t user, uint32_t asset);

#endif
