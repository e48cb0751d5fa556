/* A whole exchange for scenarios: the core, a card behind device.h, the journal on disk, and time that the scenario
 * sets. What the scenario says becomes inputs; batches run when it says so and when the exchange's own deadlines ask
 * for it, so hours take seconds. The journal can then be run again on another card.
 *
 * The first fault (disk, card, a violation, an input that had to be taken and was not) stays: `failed` is set, `error`
 * says what, and every function after it does nothing. So a scenario reads straight on and looks once, at its end.
 *
 *     world_open -> { things, accounts, money } -> world_advance ... -> world_replay -> world_close
 */
#ifndef VITRINE_SCENARIO_WORLD_H
#define VITRINE_SCENARIO_WORLD_H

#include <stdbool.h>

#include "durations.h"
#include "exchange.h"
#include "journal.h"
#include "reason.h"
#include "scratch_directory.h"

#define WORLD_COIN UINT64_C(1000000000000) /* an index or quote of 1 USDC a whole coin */

struct world_options {
    const char *engine;      /* "model", "sim", "book" */
    const char *directory;   /* an empty or new one that keeps the journal; NULL: a scratch one that goes again */
    uint64_t start_ns;       /* UTC of the first batch, above 0 */
    bool recount;            /* everything after every event: slow */
    const struct state_sizes *sizes; /* room; NULL: for some thousand accounts. Card slots as in it */
    uint32_t markets;        /* on the card, 0: 32 */
    /* Observers, with `context`; NULL: nobody. */
    ledger_reader entry;
    void (*notice)(void *context, const struct notice *notice);
    void (*report)(void *context, const struct report *report);
    void *context;
};

struct world {
    struct world_options options;
    const struct state *state;
    uint64_t time_ns;        /* of the batch being built */
    uint64_t batches, inputs, refused; /* refused: orders and answers with a reason */
    bool failed;
    char error[512];
    /* its own */
    char directory[SCRATCH_PATH_BYTES];
    struct device *device;
    struct exchange *exchange;
    struct loop loop;
    struct journal *journal;
    uint8_t hash[32];        /* of the last batch */
    uint32_t ticket, waits_for, deposits;
    enum reason answer;
    uint64_t made;
    bool answered, loop_open, own_directory;
    uint32_t count;
    size_t size;
    uint32_t reference[LIMIT_USERS]; /* last order number, by user */
    _Alignas(8) uint8_t bytes[LIMIT_BATCH_BYTES];
};

/* An account with its first subaccount and a user who trades for it. */
struct world_client {
    uint32_t account, subaccount, user;
};

/* Makes the exchange with nothing in it. NULL only where memory is short (which ends the program); look at `failed`. */
struct world *world_open(const struct world_options *options);
/* NULL is fine. */
void world_close(struct world *world);
/* Stops the world with a message, as a fault does; the first one stays. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- inputs --- */

/* Adds a record (struct input_..., its `kind` set; size and ticket are filled in) to the batch being built. A full one
 * runs first. Returns the copy in the batch, to be changed before it runs. */
void *world_add(struct world *world, const void *record, uint16_t size);
/* Runs the batch being built, with or without inputs, and those behind it until nothing derived is left. */
void world_run(struct world *world);
/* Time goes on to `until_ns`, with all batches that the exchange's deadlines ask for before. The batch being built runs
 * first, at the present time. What is added next runs at `until_ns`. */
void world_pass(struct world *world, uint64_t until_ns);
/* The same and a batch at `until_ns`. */
void world_advance(struct world *world, uint64_t until_ns);
/* Runs one record by itself and waits for its answer, a deferred one too (time goes on by up to two settlement
 * intervals). `made`: the number of what it made; may be NULL. */
enum reason world_ask(struct world *world, const void *record, uint16_t size, uint64_t *made);
/* The same for what must be taken: a refusal fails the world. Returns the number of what it made. */
uint32_t world_set(struct world *world, const void *record, uint16_t size);

/* --- things, people, money --- */

/* By name, made or changed. They fill in nothing but the header. */
uint32_t world_set_asset(struct world *world, const struct input_asset_set *asset);
uint32_t world_set_market(struct world *world, const struct input_market_set *market);
/* `flags`: enum subaccount_flag. The user's name is made of `name`'s number: u00001 and so on. */
struct world_client world_add_client(struct world *world, const char *name, uint32_t flags);
uint32_t world_add_subaccount(struct world *world, uint32_t account, const char *name, uint32_t flags);
/* Units; must be taken. */
void world_deposit(struct world *world, uint32_t subaccount, uint32_t asset, int64_t units);
/* One step by hand (enum lend_step), units; 0: all. */
enum reason world_lend(struct world *world, uint32_t subaccount, uint32_t asset, uint8_t step, int64_t units);

/* --- orders; they are in the batch being built, to be changed before it runs --- */

/* A limit order, good till cancelled: ticks, lots. Its number is header.reference. */
struct input_order_new *world_order(struct world *world, const struct world_client *client, uint32_t market,
                                    uint8_t side, uint32_t price, int64_t lots);
/* Cancels all open orders of a subaccount in a market (0: everywhere). */
void world_cancel_all(struct world *world, uint32_t subaccount, uint32_t market);

/* --- prices; likewise --- */

/* 10^-12 USDC a whole coin, where no venues rule. */
void world_index(struct world *world, uint32_t asset, uint64_t price);
/* Mark, index and means of a market, ticks x 256, premium 0, where no venues rule. */
void world_marks(struct world *world, uint32_t market, uint64_t fixed);
/* What a venue quotes; 0: it has none. */
void world_quote(struct world *world, uint32_t asset, uint8_t venue, uint64_t bid, uint64_t ask, uint64_t last);

/* --- what is there --- */

/* Units held, locked ones included; units apart. */
int64_t world_held(const struct world *world, uint32_t subaccount, uint32_t asset);
int64_t world_apart(const struct world *world, uint32_t subaccount, uint32_t asset);
/* Lots. */
int64_t world_lots(const struct world *world, uint32_t subaccount, uint32_t market);
/* Text of a hash, 64 digits. */
void world_hash_text(const uint8_t hash[32], char text[65]);

/* At the end: the journal is durable, and everything is counted again; what does not add up fails the world. */
void world_finish(struct world *world);
/* The same, and the journal is run again from its first record on another engine, every hash and sum compared
 * (tools/audit_run.h). False where they differ (`error` says how) or where it can't be run (`failed`, too). `hash`: of
 * the last batch there. */
bool world_replay(struct world *world, const char *engine, uint8_t hash[32]);

#endif
