/* A crash on a whole exchange (`vitrine scenario crash`): a tape of prices, makers who quote around it and leave, a
 * population of leveraged accounts, noise traders, backstop providers and a fund, all through inputs of the real core
 * over scenario_world.h. One call is one world: one tape, one policy, one seed. Everything but the exchange itself is a
 * function of the settings, so two policies meet the same tape, makers' intentions, accounts and noise.
 *
 * Money in results is in USDC, prices in USDC a coin; this is a simulator's side, so they are floating point. */
#ifndef VITRINE_CRASH_H
#define VITRINE_CRASH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "input.h"
#include "scenario_world.h"

enum { CRASH_TAPES = 8, CRASH_MARKETS = 64, CRASH_ERROR = 256 };

struct crash_settings {
    const char *tapes[CRASH_TAPES]; /* files (docs/scenarios.md has the formats); none: the bundled synthetic crash */
    uint32_t tape_count;
    const char *engine;      /* "model", "sim", "book" */
    const char *directory;   /* keeps the journal; NULL: a scratch one */
    const char *replay;      /* engine on which the journal runs again, NULL: not */
    uint32_t policy;         /* enum policy_number; POLICY_NONE: nobody is liquidated */
    uint64_t seed;
    uint32_t accounts;       /* leveraged ones; 0: the default of the tape */
    uint32_t markets;        /* at most so many of the tape, the largest first; 0: all */
    uint32_t seconds;        /* at most, from `from_seconds` of the tape; 0: all of it, but of more than two hours (and
                              * without from_seconds) the one in which its markets fall deepest */
    uint32_t from_seconds;
    double interest_to_depth;/* open interest against the depth within 5 %, before the fall */
    double depth_scale;      /* of the recorded depth */
    double provider_capital; /* of open interest */
    double provider_hedge_seconds; /* half-life: each second 1 - 2^(-1/it) of what they hold falls due to be traded away
                              * and stays so until it is, so half of a position is due after it */
    double fund;             /* of open interest */
    double message_rate;     /* makers' and noise traders' messages a second and market */
    bool rules_set;          /* `rules` instead of the defaults */
    struct input_liquidation_rules rules; /* `policy` as above */
    bool recount;            /* everything after every event: slow */
};

/* The defaults of everything but tape, policy and seed. */
void crash_defaults(struct crash_settings *settings);

/* A moment of the series: one a `crash_result.step_seconds`. Of all markets together but for prices, which are of the
 * first market (the largest). Money since the moment before. Books are looked at four times a second, each time right
 * after the batches of the exchange's own (a tick's liquidations) and before makers, noise and providers act. */
struct crash_moment {
    uint32_t second;         /* of the tape */
    uint32_t episodes;       /* under way */
    double index, mark;      /* index: the price outside */
    double mid;              /* at the end of that second; 0: a side was empty */
    double depth;            /* within 5 % of the mid (of the price outside where there is no mid), both sides, USDC */
    double bid, ask;         /* lowest bid, highest ask since the moment before; 0: that side was empty all the time */
    /* Of all markets by open interest before the fall: mean of 1 - lowest bid / price outside and of highest ask /
     * price outside - 1, over the markets that had the side at all since the moment before; and their share, 0 .. 1. */
    double bid_below, ask_above, bid_share, ask_share;
    double two_sided;        /* share of looks with both sides there, by open interest, 0 .. 1 */
    double trouble;          /* share of looks with an episode open, 0 .. 1 */
    double book, backstop, deleveraged; /* liquidated notional */
    double sold, bought;     /* of `book`, by its side; at the prices of the fills, not at the marks */
    double fund;             /* as it stands */
    double shortfall;        /* a level, see crash_result.shortfall: what others have borne, and claims as they stand;
                              * falls where a debt is paid by who owes it */
    double underwater;       /* a level: the sum of all accounts' equity that is below zero, positive */
};

struct crash_way {           /* notional and number of fills */
    double notional;
    uint64_t fills;
};

struct crash_result {
    char tape[96];           /* name */
    uint32_t policy;
    uint64_t seed;
    uint32_t accounts, markets, seconds;
    double open_interest;    /* long, before the fall */
    double turnover;         /* traded in all */
    struct crash_way book, backstop, deleveraged;
    double shortfall;        /* what bankrupt accounts lost beyond what they had: paid by the fund, by the deleveraged
                              * against the mark, claims that stand or fell, and lend that was written off; providers'
                              * defaults counted in */
    double shortfall_lag;    /* of it: what it would not have been, had the mark been at the raw index at each step */
    double socialised;       /* of it: everything but what the fund paid */
    double fund_before, fund_after;
    double deleveraged_loss; /* of it: lost by the deleveraged */
    double forgone;          /* what the deleveraged would have had with what was taken from them, held 60 s longer:
                              * against the price that they got, at the price outside (the tape's last one, at most);
                              * negative where they were better off without */
    double underwater, underwater_max; /* as in a moment: at the end, and the largest of all moments */
    double provider_profit;  /* equity of all providers at the end, positions at the last price outside, less what they
                              * brought: what they took over, what hedging it on the book gave, fees, funding */
    uint32_t liquidated, wiped; /* accounts; wiped: equity below 1 % of what it was at detection, or bankrupt */
    uint32_t deleveraged_accounts, bankrupt;
    double equity_before, equity_kept; /* of the liquidated: at detection; when they were through, fees off */
    /* Episodes. Healthy: through with equity above maintenance (with no position left: above zero), at least 1 % of
     * what it was at detection, and nobody bore anything for the account since. Wiped: any other end. */
    uint32_t ended_healthy, ended_wiped, still_open;
    double seconds_to_healthy, seconds_to_healthy_p99; /* mean and tail of those that ended healthy */
    double worst_minute;     /* liquidated notional in it */
    uint32_t worst_minute_at;
    double mid_low;          /* lowest mid of the first market, while it had both sides; 0: never */
    double two_sided;        /* share of the tape's time with both sides of a book there, by open interest */
    double depth_before;     /* at the tape's beginning, of all markets; USDC */
    double depth_low;        /* lowest of all moments, of it */
    uint32_t depth_minutes;  /* of the tape that the makers' depth comes from */
    bool depth_before_fall;  /* they are before the fall; false: the tape's first ones, the fall may be in them */
    uint32_t maker_departures; /* how often one left after losses; it comes back after a pause */
    double maker_away;       /* share of makers' time that they were away */
    uint64_t stopped;        /* orders stopped by bands */
    uint64_t inputs, batches, orders; /* orders: messages of makers, accounts and noise */
    double run_seconds;      /* processor time */
    char hash[65];           /* of the last batch */
    bool replayed, replay_equal;
    uint32_t step_seconds, moment_count;
    struct crash_moment *moments; /* crash_result_free() */
};

/* Runs one. False: `error` says what (a tape that can't be read with its line, a fault of the world). */
bool crash_run(const struct crash_settings *settings, struct crash_result *result, char error[CRASH_ERROR]);
void crash_result_free(struct crash_result *result);

/* --- many of them, compared --- */

enum { CRASH_POLICIES = 16, CRASH_JOBS = 64, CRASH_TAPE_NAME = 256, CRASH_VALUE = 24 };

/* One parameter over values, with the request's only policy: each value is a column in place of the policies. */
struct crash_sweep {
    char key[32];            /* "risk.slice", "depth_scale": for people */
    uint32_t count;          /* 0: none */
    bool world;              /* it changes the crash itself: each value has a path of its own without liquidations */
    struct crash_value {
        char text[CRASH_VALUE]; /* as it was given; no two are alike */
        struct crash_settings settings; /* with it; tape, policy and seed are the request's */
    } value[CRASH_POLICIES];
};

struct crash_request {
    struct crash_settings settings; /* of every run but for policy and seed; seed: the first one. Its directory, if any,
                                     * gets one inside for each run: TAPE-POLICY-SEED */
    uint32_t policies[CRASH_POLICIES], policy_count;
    uint32_t seeds;          /* settings.seed and those after it */
    uint32_t jobs;           /* runs at the same time, 1 .. CRASH_JOBS */
    struct crash_sweep sweep;/* with one policy */
};

/* Every policy with every seed, and with each seed the path on which nobody is liquidated, in processes of their own.
 * The result is a function of the request but for run_seconds: JSON, its keys are in the help of the verb
 * (scenario.c). NULL: `error`, and whether it is the tape that is `refused` (else a run failed). A signal that ends
 * the program stops the runs and removes what they left first. */
json_t *crash_study(const struct crash_request *request, char error[CRASH_ERROR], bool *refused);
/* The first file's name without folder and endings (.csv, .gz), "bundled" without a file: for names of files. */
void crash_study_tape(const struct crash_settings *settings, char *name, size_t size);
/* A text as it is; where it is not UTF-8, as a file's name may be, with all its bytes that are not ASCII escaped. */
json_t *crash_json_text(const char *text);
/* A run as the study has it among `runs`. */
json_t *crash_json_run(const struct crash_result *result);
/* "ours" and so on; "none" where nobody is liquidated. */
const char *crash_policy_name(uint32_t policy);

/* A study for a person: a table on standard output, and one self-contained page with charts; false: `error`. */
void crash_table_print(const json_t *study);
bool crash_page_write(const json_t *study, const char *path, char error[CRASH_ERROR]);

#endif
