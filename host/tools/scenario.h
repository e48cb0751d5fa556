/* What the scenarios of `vitrine scenario` share: settings, their table (scenario.c), and the end of a report. A new
 * scenario is a function here, a line in the table there, and a file scenario_NAME.c over scenario_world.h. */
#ifndef VITRINE_SCENARIO_H
#define VITRINE_SCENARIO_H

#include <jansson.h>

#include "args.h"
#include "scenario_world.h"

struct scenario_settings {
    const char *engine;      /* on which it runs */
    const char *replay;      /* on which its journal runs again; "none". scenario.c sets the scenario's own default */
    const char *directory;   /* keeps the journal; NULL: a scratch one */
    const char *data, *chart;/* index: recorded venues, and where its SVG goes; NULL: what it says itself */
    uint64_t seed, hours;    /* day */
    struct option_list sets; /* replay, crash: risk.KEY=VALUE (risk_set.h) */
    uint64_t accounts;       /* replay: shown in its table; 0: all. crash: leveraged ones; 0: the tape's */
    /* crash (crash/crash.h has what they mean) */
    struct option_list tapes;
    const char *policies, *output, *sweep;
    const char *interest_to_depth, *depth_scale, *provider_capital, *provider_hedge_seconds, *fund, *message_rate;
    uint64_t seeds, markets, seconds, from, jobs;
    bool json;
};

/* Each runs one scenario, prints its report and returns an exit status. */
int scenario_deposits_run(const struct scenario_settings *settings);
int scenario_day_run(const struct scenario_settings *settings);
int scenario_index_run(const struct scenario_settings *settings);
int scenario_attacks_run(const struct scenario_settings *settings);
int scenario_crash_run(const struct scenario_settings *settings);
/* `directory`: of the journal. */
int scenario_replay_run(const struct scenario_settings *settings, const char *directory);

/* What a scenario claims, and whether it held: printed, and part of --json. */
struct scenario_claims {
    json_t *list;            /* {"claim","holds","detail"} */
    uint32_t broken;
};
/* Adds a claim; the detail is shown where it does not hold. */
void scenario_claim(struct scenario_claims *claims, const char *claim, bool holds, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void scenario_claims_print(const struct scenario_claims *claims);

/* Replays the world's journal as the settings say; its hashes are keys hash, engine, replayed_on, hash_replayed of
 * `object`, and equality is a claim. */
void scenario_replay(struct world *world, const struct scenario_settings *settings, struct scenario_claims *claims,
                     json_t *object);
/* The exit status: 3 for a fault of the world (which is printed), 1 for a broken claim, else 0. */
int scenario_status(const char *name, const struct world *world, const struct scenario_claims *claims);

#endif
