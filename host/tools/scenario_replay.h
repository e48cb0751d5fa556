/* `vitrine scenario replay`: a journal run again under other risk parameters, with the difference explained. Two
 * exchanges side by side: the first as recorded, the second with the parameters replaced (scenario_replay_run.c); what
 * each account is worth at the end and what made it so (scenario_replay_causes.c); what is printed
 * (scenario_replay_tell.c). */
#ifndef VITRINE_SCENARIO_REPLAY_H
#define VITRINE_SCENARIO_REPLAY_H

#include <jansson.h>

#include "audit_run.h"
#include "reason.h"
#include "risk_set.h"
#include "statement_sums.h"

enum { REPLAY_RECORDED, REPLAY_CHANGED, REPLAY_SIDES };

/* Causes of what an account is worth: number, key, column's title. Settlement and lending move money about: an
 * account's amounts of these are what they left it with more or less, mostly 0. */
#define REPLAY_CAUSES_TABLE(X)                                                                                       \
    X(PAYMENTS, "payments", "payments")          /* deposits, withdrawals, transfers */                              \
    X(TRADING, "trading", "trading")             /* fills, against the prices of the end */                          \
    X(FEES, "fees", "fees")                                                                                          \
    X(FUNDING, "funding", "funding")                                                                                 \
    X(SETTLEMENT, "settlement", "settlement")    /* what it rounds */                                                \
    X(LIQUIDATION_FEE, "liquidation_fees", "liq. fees")                                                              \
    X(BACKSTOP, "backstop", "backstop")          /* hand-overs, and what the fund tops up */                         \
    X(DELEVERAGED, "deleveraging", "deleverage") /* and lend turned into cash */                                     \
    X(CLAIMS, "claims", "claims")                /* claims that fell, debts that others paid */                      \
    X(INTEREST, "interest", "interest")                                                                              \
    X(PRICES, "prices", "prices")                /* other marks at the end */

enum replay_cause {
#define REPLAY_CAUSE_ENUM(name, key, title) REPLAY_##name,
    REPLAY_CAUSES_TABLE(REPLAY_CAUSE_ENUM)
#undef REPLAY_CAUSE_ENUM
    REPLAY_CAUSES,
};

/* What happened to an account in one of the runs. Notional in settlement units at the prices it was done at. */
struct replay_story {
    uint64_t begun_ns, ended_ns; /* of its first liquidation, of its last one; 0: none */
    uint32_t liquidations, calls, fills;
    uint32_t deleveraged;        /* times that it was on the other side of a deleveraging */
    int64_t equity, maintenance; /* when the first began */
    int64_t book, backstop, away; /* closed on the book, by providers, by deleveraging others */
    int64_t deleveraged_loss;
};

/* Units that are of another cause than their entry's kind says: of one subaccount and asset. */
struct replay_aside {
    uint32_t subaccount;
    uint16_t asset;
    uint8_t from, to;        /* enum replay_cause */
    int64_t units;
};

struct replay_side {
    struct exchange *exchange;
    const struct state *state;
    struct statement_sums sums;
    struct replay_aside *asides;
    size_t aside_count, aside_room;
    struct id_map aside_map;
    struct replay_story *stories; /* by account */
    const struct report *reports; /* of the batch under way */
    size_t report_count;
    uint64_t batches, notices_dropped;
    uint8_t hash[32];
    bool more;
};

/* Orders and replaces of an account that one run took and the other refused, for one reason. */
struct replay_refusal {
    uint32_t account;
    uint8_t reason;          /* enum reason */
    uint8_t side;            /* the run that refused */
    uint64_t count;
};

struct replay {
    struct risk_sets sets;
    struct audit_plan plan;
    uint64_t accounts;       /* shown in the table; 0: all */
    struct replay_side side[REPLAY_SIDES];
    struct device *device;   /* of the second */
    uint8_t *inputs;         /* a batch, changed */
    uint32_t *changed;       /* tickets of its changed records */
    uint32_t changed_count;
    uint64_t changed_records, extra_batches, answers_differ;
    bool equal;              /* all hashes so far */
    struct replay_outcome *outcomes[REPLAY_SIDES];
    size_t outcome_count[REPLAY_SIDES], outcome_room[REPLAY_SIDES];
    struct replay_refusal *refusals;
    size_t refusal_count, refusal_room;
    struct id_map refusal_map;
    uint64_t last_ns;
    struct replay_row *rows; /* replay_explain() */
    size_t row_count;
    json_t *object;          /* what --json prints */
    void (*end)(struct replay *replay); /* called when `rows` are there, and both exchanges still are */
    bool failed, unknown;
    char error[512];
};

void replay_fail(struct replay *replay, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs both; an exit status, with `error` unless it is 0: 1 where the recorded run is not what the journal says or the
 * changed one does not add up, 2 where there is no such market or asset, 3 where the journal can't be read. */
int replay_run(struct replay *replay);
void replay_free(struct replay *replay);

/* --- causes --- */

void replay_causes_entry(struct replay_side *side, const struct ledger_entry *entry);

/* A client's account, or one of the exchange's own subaccounts. Settlement units, rounded so that every column's sum
 * over all rows is 0 and difference = sum of causes = equity[1] - equity[0]. */
struct replay_row {
    uint32_t account, system; /* `system`: its subaccount, with `account` SYSTEM_ACCOUNT */
    int64_t equity[REPLAY_SIDES], difference, cause[REPLAY_CAUSES];
};

/* Makes replay.rows, largest difference first, the exchange's behind all. Fails where the causes don't make the
 * difference, a sum is not 0, or entries don't explain a balance. */
void replay_explain(struct replay *replay);

/* --- what is shown --- */

void replay_tell(const struct replay *replay);
json_t *replay_describe(const struct replay *replay);

#endif
