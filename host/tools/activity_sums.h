/* What accounts have done, from a journal alone, and the points and tiers that follow by the published tables below
 * (docs/activity.md). Integers only: the same journal gives everybody the same numbers. */
#ifndef VITRINE_ACTIVITY_SUMS_H
#define VITRINE_ACTIVITY_SUMS_H

#include "exchange.h"
#include "id_map.h"

/* Measures, each in USDC: units of the settlement asset. number of the table, name, what it is, points for each
 * 1,000,000 whole USDC of it */
#define ACTIVITY_MEASURES(X)                                                                                        \
    X(MAKER, "maker_volume", "notional of fills as maker", 400)                                                     \
    X(TAKER, "taker_volume", "notional of fills as taker", 200)                                                     \
    X(LENT, "lent_days", "what was lent, at the index, x days", 50)                                                 \
    X(HELD, "position_hours", "notional of positions, at the mark, x hours", 5)

/* Tiers by the volume of the last 30 UTC days, the day under way included: name, whole USDC. */
#define ACTIVITY_TIERS(X)                                                                                           \
    X("base", 0)                                                                                                    \
    X("bronze", 1000000)                                                                                            \
    X("silver", 10000000)                                                                                           \
    X("gold", 50000000)                                                                                             \
    X("platinum", 250000000)

enum activity_measure {
#define ACTIVITY_ENUM(name, key, text, points) ACTIVITY_##name,
    ACTIVITY_MEASURES(ACTIVITY_ENUM)
#undef ACTIVITY_ENUM
    ACTIVITY_COUNT,
};
enum { ACTIVITY_DAYS = 30 };

struct activity_account {
    uint32_t account;
    uint64_t measure[ACTIVITY_COUNT]; /* units of the settlement asset, each addition rounded down */
    uint64_t day_volume[ACTIVITY_DAYS];
    uint64_t day[ACTIVITY_DAYS];      /* since 1970, of the same place */
};

/* A row whose shares or lots have been counted up to a level of its thing. */
struct activity_row {
    uint32_t subaccount;
    uint16_t thing;
    bool lent;               /* shares of a pool; else lots of a market */
    int64_t amount;          /* now, signed; what counts is its magnitude */
    uwide level;             /* of the thing, up to which it is counted */
};

/* Of each pool: sum over time of what a share is worth; of each market: of what a lot is worth. */
struct activity_level {
    uwide level;             /* settlement units x 2^40 x ns a share; x 256 x ns a lot */
    uwide rate;              /* a share x 2^40; a lot x 256: since the last batch */
};

struct activity_sums {
    const struct state *state;
    uint64_t time_ns;        /* up to which levels count */
    uint32_t decimals;       /* of the settlement asset */
    struct activity_level pools[LIMIT_ASSETS + 1], markets[LIMIT_MARKETS + 1];
    struct activity_row *rows;
    size_t row_count, row_room;
    struct id_map row_map, account_map;
    struct activity_account *accounts;
    size_t account_count, account_room;
};

void activity_sums_free(struct activity_sums *sums);

/* Begins with what is there: nothing in an empty exchange, after a snapshot what lends and has positions. */
void activity_sums_begin(struct activity_sums *sums, const struct state *state);
/* In the order in which they come: entries of a batch, then its end with its reports. */
void activity_sums_take(struct activity_sums *sums, const struct ledger_entry *entry);
void activity_sums_end_batch(struct activity_sums *sums, const struct report *reports, size_t count);
/* Counts what is lent and held up to the last batch. */
void activity_sums_end(struct activity_sums *sums);

/* Of one account; the day is that of the last batch. */
uint64_t activity_sums_points(const struct activity_sums *sums, const struct activity_account *account,
                              unsigned measure);
uint64_t activity_sums_volume(const struct activity_sums *sums, const struct activity_account *account);
const char *activity_sums_tier(const struct activity_sums *sums, const struct activity_account *account);

/* Names and weights of the table. */
const char *activity_measure_name(unsigned measure);
const char *activity_measure_text(unsigned measure);
uint64_t activity_measure_points(unsigned measure);

#endif
