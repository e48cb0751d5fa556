/* Inside crash_run(): what its parts share. Not for others. */
#ifndef VITRINE_CRASH_PARTS_H
#define VITRINE_CRASH_PARTS_H

#include <math.h>

#include "crash.h"
#include "makers.h"
#include "margin.h"
#include "policy.h"
#include "population.h"
#include "tape.h"

enum {
    CRASH_VENUES = 3,        /* of an index where one was recorded: docs/scenarios.md */
    CRASH_VENUES_MAX = 8,
    CRASH_MAKERS = 3, CRASH_NOISE = 6, CRASH_HEDGERS = 16, CRASH_PROVIDERS = 4,
    CRASH_WARM_SECONDS = 20, /* before the tape, at its first prices */
    CRASH_TAIL_SECONDS = 12, /* behind it, at its last: a settlement pass */
    CRASH_QUARTERS = 4,      /* batches of orders a second */
    CRASH_TICK_LOT = 100,    /* USDC units a tick and lot */
};
#define CRASH_USDC 1e6
#define CRASH_LOT_USDC (CRASH_TICK_LOT / CRASH_USDC) /* USDC a tick and lot */

/* A coin of the tape with its perpetual. */
struct crash_market {
    char coin[TAPE_NAME_BYTES], symbol[24];
    double turnover;         /* USDC of the tape, in all; decides the order */
    uint32_t venues;
    uint64_t *path[CRASH_VENUES_MAX]; /* 10^-12 USDC a coin, by second of the run */
    uint64_t *outside;       /* median of the recorded venues: what makers look at, and what a raw index is about */
    uint64_t tick;           /* 10^-12 USDC */
    uint8_t decimals;
    uint64_t lot_units;
    double depth;            /* USDC within 5 %, both sides */
    double calm;             /* standard deviation of a second's return at first */
    double interest;         /* USDC that longs are to hold */
    double imf, imf_factor;  /* of the initial margin */
    uint32_t asset, row;     /* in the state */
};

/* What makers quote: perpetuals by number, then the spot market of the first coin. */
struct crash_book {
    struct crash_market *market;
    uint32_t row;
    bool spot;
    double depth_lots;
    int64_t coins;           /* units each maker was given at first (spot) */
};

/* What is known of a subaccount, by its row. Money in USDC. */
struct crash_person {
    double shortfall, lag;   /* so far; losses by the mark's lag at the steps of its unwinding */
    double equity_first, equity_last;
    uint64_t begun_ns;       /* of the episode under way */
    double begun_equity, begun_shortfall; /* likewise */
    int8_t direction;        /* +1: it was long, -1: short, 0: something else */
    bool liquidated, under_way, deleveraged;
};

/* What was seen of a market's book since the moment before. */
struct crash_looks {
    double bid_low, ask_high; /* of the price outside; bid_low HUGE_VAL, ask_high 0: that side was empty */
    uint32_t two_sided;
};

struct crash {
    const struct crash_settings *settings;
    struct crash_result *result;
    struct world *world;
    struct tape tape;
    struct state_sizes sizes;
    uint64_t start_us;       /* of the tape's part that is run, UTC */
    uint64_t calm_from_us, calm_until_us; /* of the tape: where depth comes from */
    uint32_t seconds;
    struct crash_market market[CRASH_MARKETS];
    uint32_t markets;
    struct crash_book book[CRASH_MARKETS + 1];
    uint32_t books;
    uint32_t usdc;
    /* people */
    struct population_account *population;
    struct world_client *client; /* of the population */
    uint32_t accounts;
    struct world_client maker[CRASH_MAKERS], spot_maker[CRASH_MAKERS], noise[CRASH_NOISE], hedger[CRASH_HEDGERS],
        provider[CRASH_PROVIDERS], lender;
    double provider_paid[CRASH_PROVIDERS], maker_worth[CRASH_MAKERS], maker_may_lose[CRASH_MAKERS];
    /* flow */
    struct makers *makers;
    uint32_t levels;
    uint32_t *resting;       /* order numbers: by maker, book, side, level */
    uint32_t *cursor;        /* by maker, book */
    double *budget;          /* messages, likewise; then by book of noise */
    double *hedge;           /* lots due and not yet traded, signed like the position: by provider, market */
    int64_t *capacity;       /* units that a provider commits in a market */
    uint64_t dice;
    /* measurement */
    struct crash_person *person;
    struct crash_looks looks[CRASH_MARKETS];
    double interest[CRASH_MARKETS]; /* of each market, before the fall, of all markets' */
    uint32_t look_count, trouble;   /* looks since the moment before; with an episode open */
    double bid_low, ask_high;       /* ticks, of the first market, likewise */
    double sold, bought;            /* on the book by liquidations, likewise */
    double two_sided;               /* sum of shares of all looks on the tape */
    uint64_t looks_on_tape, away_seconds;
    double *episode_seconds;        /* of those that ended healthy */
    size_t episode_count, episode_room;
    double *liquidated;      /* USDC, by second */
    double fund_paid_debts;
    uint64_t orders;         /* messages of makers, accounts and noise */
    bool measuring;
    char *error;
};

/* --- crash_tape.c --- */
/* Reads or makes the tape, chooses its part and its markets, and works out their paths. False: `error`. */
bool crash_take_tape(struct crash *crash);
void crash_free_tape(struct crash *crash);
/* --- crash_things.c: assets, markets, venues, rules; their quotes of a second --- */
void crash_make_things(struct crash *crash);
void crash_quote(struct crash *crash, uint32_t second);
/* --- crash_people.c: accounts, money, positions, commitments --- */
/* In the batch being built. */
void crash_deposit(struct crash *crash, uint32_t subaccount, uint32_t asset, int64_t units);
void crash_make_people(struct crash *crash);
/* --- crash_flow.c: makers, noise, providers, in a quarter of a second --- */
void crash_flow_open(struct crash *crash);
void crash_flow_filled(struct crash *crash, const struct report *report);
void crash_flow(struct crash *crash, uint32_t second, unsigned quarter);
void crash_flow_close(struct crash *crash);
/* --- crash_measure.c --- */
void crash_notice(void *context, const struct notice *notice);
void crash_report(void *context, const struct report *report);
void crash_begin_measure(struct crash *crash);
/* Right after the exchange's own batches: who else acts in this quarter of a second has not yet. */
void crash_look_at_books(struct crash *crash, uint32_t second);
void crash_measure_second(struct crash *crash, uint32_t second);
void crash_end_measure(struct crash *crash);

/* Ticks of a price of 10^-12 USDC a coin; a book's lots for so many USDC at it; an account's margin by notional. */
static inline uint32_t crash_ticks(const struct crash_market *market, uint64_t price)
{
    return (uint32_t)(price / market->tick);
}
static inline double crash_lots(const struct crash_market *market, double usdc, uint64_t price)
{
    return usdc / ((double)price / (double)market->tick * CRASH_LOT_USDC);
}
static inline double crash_worth(uint32_t ticks, int64_t lots)
{
    return (double)ticks * (double)lots * CRASH_LOT_USDC;
}
static inline double crash_margin(const struct crash_market *market, double notional)
{
    return notional * fmax(market->imf, market->imf_factor * sqrt(notional));
}

#endif
