/* vitrine scenario index: what it records, second by second, for its report and its chart. */
#ifndef VITRINE_SCENARIO_INDEX_H
#define VITRINE_SCENARIO_INDEX_H

#include "scenario.h"

enum {
    OUTLIER_SECONDS = 7200,
    OUTLIER_VENUES = 3,      /* Coinbase, Binance, and one that is modelled */
    OUTLIER_WORLDS = 3,
    OUTLIER_ACCOUNTS = 6,
};

/* Prices are 10^-12 USDC an AVAX at whole seconds from OUTLIER_START_NS on, 0: none yet. */
#define OUTLIER_START_NS (UINT64_C(1760128200) * NS_A_SECOND) /* 2025-10-10 20:30 UTC */

struct outlier_account {
    char name[24];
    bool buys;
    unsigned tenths;         /* of leverage */
    int64_t lots;
    struct world_client client;
    bool touched[OUTLIER_SECONDS]; /* equity at or below maintenance */
};

/* One set of venues, and what index and mark it made of them. */
struct outlier_world {
    const char *name, *text;
    bool quotes[OUTLIER_VENUES];
    uint64_t index[OUTLIER_SECONDS], raw[OUTLIER_SECONDS], mark[OUTLIER_SECONDS]; /* raw: before the largest change */
    bool frozen[OUTLIER_SECONDS];
    uint32_t opened;         /* ticks at which the accounts' positions were opened */
    struct outlier_account account[OUTLIER_ACCOUNTS];
    struct world *world;
    uint32_t usdc, avax, market;
    struct world_client maker;
    json_t *run;             /* what scenario_replay() says of it */
};

struct outlier {
    const struct scenario_settings *settings;
    uint64_t price[OUTLIER_VENUES][OUTLIER_SECONDS];
    struct outlier_world world[OUTLIER_WORLDS];
    struct scenario_claims claims;
};

/* Writes the chart; false with a message. */
bool scenario_index_chart(const struct outlier *outlier, const char *path, char *error, size_t error_size);

#endif
