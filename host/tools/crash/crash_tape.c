/* The tape of a crash: which part, which markets, and what each venue's price is in each second. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "crash_parts.h"
#include "draw.h"
#include "memory.h"

enum {
    HOUR_SECONDS = 3600, LONG_SECONDS = 2 * HOUR_SECONDS, /* longer tapes are cut to the worst hour */
    AHEAD_SECONDS = 600,     /* of the worst fall, in that hour */
    FALL_SECONDS = 1800,     /* in which the fall is looked for */
    LOOK_SECONDS = 60,
    SECONDS_MIN = 60, CALM_SECONDS = 300, DEPTH_MINUTES = 2,
    CALM_MOST_SECONDS = 24 * HOUR_SECONDS, /* before the fall: a day has quiet and busy hours */
    TICKS_MOST = 200000,     /* of the first price */
};
#define DEPTH_LEAST 4e6
#define DEPTH_MOST 4e8
#define FALL_BEGUN 0.95      /* of the worst fall is still to come: it begins */
#define NOISE 1e-4           /* of venues that are made */
#define NOISE_FADES 0.9

/* --- markets --- */

static bool crash_read_files(struct crash *crash)
{
    const struct crash_settings *settings = crash->settings;

    if (settings->tape_count == 0)
        tape_make_synthetic(&crash->tape);
    for (uint32_t i = 0; i < settings->tape_count; i++)
        if (!tape_read(&crash->tape, settings->tapes[i])) {
            snprintf(crash->error, CRASH_ERROR, "%s", crash->tape.error);
            return false;
        }
    tape_sort(&crash->tape);
    memcpy(crash->result->tape, crash->tape.name, sizeof crash->result->tape);
    return true;
}

static struct crash_market *crash_find_market(struct crash *crash, const char *coin)
{
    for (uint32_t i = 0; i < crash->markets; i++)
        if (strcmp(crash->market[i].coin, coin) == 0)
            return &crash->market[i];
    if (crash->markets == CRASH_MARKETS - 4) /* assets are 64, USDC among them */
        return NULL;
    return &crash->market[crash->markets++];
}

static int crash_compare_markets(const void *left, const void *right)
{
    const struct crash_market *a = left, *b = right;

    if (a->turnover == b->turnover)
        return strcmp(a->coin, b->coin);
    return a->turnover < b->turnover ? 1 : -1;
}

/* The largest first, as many as are wanted. */
static bool crash_take_markets(struct crash *crash)
{
    const uint32_t most = crash->settings->markets;

    for (uint32_t i = 0; i < crash->tape.count; i++) {
        const struct tape_series *series = &crash->tape.series[i];
        struct crash_market *market = crash_find_market(crash, series->coin);

        if (market == NULL) {
            snprintf(crash->error, CRASH_ERROR, "%s: more than %d coins", crash->tape.name, CRASH_MARKETS - 4);
            return false;
        }
        memcpy(market->coin, series->coin, sizeof market->coin);
        market->turnover += tape_turnover(series);
    }
    qsort(crash->market, crash->markets, sizeof *crash->market, crash_compare_markets);
    if (most && most < crash->markets)
        crash->markets = most;
    return true;
}

/* Whether one of the markets has it. */
static bool crash_uses(const struct crash *crash, const struct tape_series *series)
{
    for (uint32_t i = 0; i < crash->markets; i++)
        if (strcmp(crash->market[i].coin, series->coin) == 0)
            return true;
    return false;
}

/* --- which part --- */

/* How far a series falls from a moment on. */
static double crash_fall(const struct tape_series *series, uint64_t from_us)
{
    double before = 0, low = 0;

    for (size_t i = 0; i < series->count && series->rows[i].time_us < from_us + FALL_SECONDS * TAPE_US_A_SECOND; i++) {
        if (series->rows[i].time_us <= from_us)
            before = low = (double)series->rows[i].close;
        else
            low = fmin(low, (double)series->rows[i].low);
    }
    return before > 0 ? 1 - low / before : 0;
}

static double crash_fall_of_all(const struct crash *crash, uint64_t from_us)
{
    double fall = 0;

    for (uint32_t i = 0; i < crash->tape.count; i++)
        if (crash_uses(crash, &crash->tape.series[i]))
            fall += crash_fall(&crash->tape.series[i], from_us);
    return fall;
}

/* The moment from which all markets together fall deepest within half an hour; how deep. */
static uint64_t crash_worst(const struct crash *crash, uint64_t begin_us, uint64_t end_us, double *deepest)
{
    uint64_t worst_us = begin_us;
    double worst = -1;

    for (uint64_t at = begin_us; at < end_us; at += LOOK_SECONDS * TAPE_US_A_SECOND) {
        const double fall = crash_fall_of_all(crash, at);

        if (fall > worst) {
            worst = fall;
            worst_us = at;
        }
    }
    *deepest = worst;
    return worst_us;
}

/* Which of the tape's minutes say what depth is in calm times: those before the fall, a day of them at most; or the
 * first ones, where it has fewer than five before. */
static void crash_choose_calm(struct crash *crash, uint64_t begin_us)
{
    const uint64_t end_us = crash->start_us + crash->seconds * TAPE_US_A_SECOND;
    const uint64_t calm_us = CALM_SECONDS * TAPE_US_A_SECOND, most_us = CALM_MOST_SECONDS * TAPE_US_A_SECOND;
    double worst;
    uint64_t fall_us = crash_worst(crash, crash->start_us, end_us, &worst);

    for (uint64_t at = fall_us; at < end_us && crash_fall_of_all(crash, at) >= FALL_BEGUN * worst;
         at += LOOK_SECONDS * TAPE_US_A_SECOND)
        fall_us = at;
    crash->result->depth_before_fall = fall_us >= begin_us + calm_us;
    crash->calm_from_us = fall_us > begin_us + most_us ? fall_us - most_us : begin_us;
    crash->calm_until_us = crash->result->depth_before_fall ? fall_us : begin_us + calm_us;
    crash->result->depth_minutes = (uint32_t)((crash->calm_until_us - crash->calm_from_us) / 60 / TAPE_US_A_SECOND);
}

/* Where all of its series have prices: [begin, end), whole seconds. */
static bool crash_choose_part(struct crash *crash)
{
    const struct crash_settings *settings = crash->settings;
    uint64_t begin = 0, end = UINT64_MAX, seconds;

    for (uint32_t i = 0; i < crash->tape.count; i++) {
        const struct tape_series *series = &crash->tape.series[i];

        if (!crash_uses(crash, series))
            continue;
        begin = tape_begin_us(series) > begin ? tape_begin_us(series) : begin;
        end = tape_end_us(series) < end ? tape_end_us(series) : end;
    }
    begin = (begin + TAPE_US_A_SECOND - 1) / TAPE_US_A_SECOND * TAPE_US_A_SECOND;
    seconds = end > begin ? (end - begin) / TAPE_US_A_SECOND : 0;
    crash->start_us = begin + settings->from_seconds * TAPE_US_A_SECOND;
    if (settings->from_seconds == 0 && settings->seconds == 0 && seconds > LONG_SECONDS) {
        double deepest;
        const uint64_t last = end - FALL_SECONDS * TAPE_US_A_SECOND,
                       worst = crash_worst(crash, begin, last + 1, &deepest);

        crash->start_us = worst > begin + AHEAD_SECONDS * TAPE_US_A_SECOND ? worst - AHEAD_SECONDS * TAPE_US_A_SECOND
                                                                            : begin;
    }
    seconds = end > crash->start_us ? (end - crash->start_us) / TAPE_US_A_SECOND : 0;
    if (settings->seconds && settings->seconds < seconds)
        seconds = settings->seconds;
    else if (settings->seconds == 0 && settings->from_seconds == 0 && (end - begin) / TAPE_US_A_SECOND > LONG_SECONDS &&
             seconds > HOUR_SECONDS)
        seconds = HOUR_SECONDS;
    crash->seconds = (uint32_t)seconds;
    if (seconds >= SECONDS_MIN) {
        crash_choose_calm(crash, begin);
        return true;
    }
    snprintf(crash->error, CRASH_ERROR, "%s: its markets have prices together for %" PRIu64 " s from second %u on; at "
             "least %d are needed", crash->tape.name, seconds, settings->from_seconds, SECONDS_MIN);
    return false;
}

/* --- paths --- */

/* A venue that was not recorded: the first one with noise around it, which fades in ten seconds. */
static void crash_make_path(const uint64_t *first, uint32_t count, uint64_t seed, uint64_t *path)
{
    double off = 0;

    for (uint32_t i = 0; i < count; i++) {
        off = off * NOISE_FADES + NOISE * draw_normal(&seed) * sqrt(1 - NOISE_FADES * NOISE_FADES);
        path[i] = (uint64_t)((double)first[i] * (1 + off));
    }
}

static int crash_compare_prices(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* The median of the recorded ones: of two the mean. 0 where one of them has not begun. */
static uint64_t crash_middle(uint64_t *const path[], uint32_t recorded, uint32_t second)
{
    uint64_t prices[CRASH_VENUES_MAX], low, high;

    for (uint32_t venue = 0; venue < recorded; venue++)
        prices[venue] = path[venue][second];
    qsort(prices, recorded, sizeof *prices, crash_compare_prices);
    low = prices[(recorded - 1) / 2];
    high = prices[recorded / 2];
    return prices[0] ? low + (high - low) / 2 : 0;
}

static void crash_make_outside(struct crash_market *market, uint32_t recorded, uint32_t count)
{
    market->outside = memory_reserve(count, sizeof(uint64_t));
    for (uint32_t i = 0; i < count; i++)
        market->outside[i] = crash_middle(market->path, recorded, i);
}

/* What its venues recorded in `count` seconds from a moment on; returns how many venues. */
static uint32_t crash_record_paths(const struct crash *crash, uint32_t number, uint64_t from_us, uint32_t count,
                                   uint64_t *path[CRASH_VENUES_MAX])
{
    const uint64_t seed = draw_seed(crash->settings->seed, 1000 + number);
    uint32_t venues = 0;

    for (uint32_t i = 0; i < crash->tape.count && venues < CRASH_VENUES_MAX; i++) {
        const struct tape_series *series = &crash->tape.series[i];

        if (strcmp(series->coin, crash->market[number].coin) != 0)
            continue;
        path[venues] = memory_reserve(count, sizeof(uint64_t));
        bridge_series(series, draw_seed(seed, venues), from_us, TAPE_US_A_SECOND, count, path[venues]);
        venues++;
    }
    return venues;
}

/* Standard deviation of a second's return in the last calm hour, or in as much of it as there is. */
static double crash_measure_calm(const struct crash *crash, uint32_t number)
{
    const uint64_t all = (crash->calm_until_us - crash->calm_from_us) / TAPE_US_A_SECOND;
    const uint32_t count = all < HOUR_SECONDS ? (uint32_t)all : HOUR_SECONDS;
    uint64_t *path[CRASH_VENUES_MAX];
    const uint32_t venues = crash_record_paths(crash, number, crash->calm_until_us - count * TAPE_US_A_SECOND, count,
                                               path);
    uint64_t before = crash_middle(path, venues, 0);
    double squares = 0;

    for (uint32_t i = 1; i < count; i++) {
        const uint64_t price = crash_middle(path, venues, i);

        squares += before ? pow((double)price / (double)before - 1, 2) : 0;
        before = price;
    }
    for (uint32_t venue = 0; venue < venues; venue++)
        free(path[venue]);
    return sqrt(squares / count);
}

static void crash_measure_market(struct crash *crash, uint32_t number)
{
    struct crash_market *market = &crash->market[number];
    double minute = 0;

    for (uint32_t i = 0; i < crash->tape.count; i++)
        if (strcmp(crash->tape.series[i].coin, market->coin) == 0)
            minute = fmax(minute, tape_minute_turnover(&crash->tape.series[i], crash->calm_from_us,
                                                       crash->calm_until_us));
    market->depth = fmin(fmax(DEPTH_MINUTES * minute, DEPTH_LEAST), DEPTH_MOST) * crash->settings->depth_scale;
    market->interest = market->depth * crash->settings->interest_to_depth;
    market->calm = crash_measure_calm(crash, number);
}

/* Ticks so that the first price has 20,000 to 200,000 of them; coins' decimals so that a lot has 10^4 units or more. */
static void crash_choose_tick(struct crash_market *market)
{
    uint32_t zeros = 0;

    market->tick = 1;
    while (market->outside[0] / market->tick >= TICKS_MOST) {
        market->tick *= 10;
        zeros++;
    }
    market->decimals = (uint8_t)(zeros > 4 ? zeros - 4 : 0);
    market->lot_units = (uint64_t)llround(CRASH_LOT_USDC * TAPE_COIN / (double)market->tick *
                                          pow(10, market->decimals));
}

static void crash_make_paths(struct crash *crash, uint32_t number)
{
    struct crash_market *market = &crash->market[number];
    const uint32_t count = crash->seconds + 1,
                   recorded = crash_record_paths(crash, number, crash->start_us, count, market->path);
    const uint64_t seed = draw_seed(crash->settings->seed, 1000 + number);
    char coin[16];

    market->venues = recorded;
    for (; recorded == 1 && market->venues < CRASH_VENUES; market->venues++) {
        market->path[market->venues] = memory_reserve(count, sizeof(uint64_t));
        crash_make_path(market->path[0], count, draw_seed(seed, 100 + market->venues), market->path[market->venues]);
    }
    crash_make_outside(market, recorded, count);
    crash_measure_market(crash, number);
    crash_choose_tick(market);
    memcpy(coin, market->coin, sizeof coin - 1);
    coin[sizeof coin - 1] = 0;
    snprintf(market->symbol, sizeof market->symbol, "%s_PERP", coin);
}

bool crash_take_tape(struct crash *crash)
{
    if (!crash_read_files(crash) || !crash_take_markets(crash) || !crash_choose_part(crash))
        return false;
    for (uint32_t i = 0; i < crash->markets; i++)
        crash_make_paths(crash, i);
    return true;
}

void crash_free_tape(struct crash *crash)
{
    for (uint32_t i = 0; i < CRASH_MARKETS; i++) {
        for (uint32_t venue = 0; venue < crash->market[i].venues; venue++)
            free(crash->market[i].path[venue]);
        free(crash->market[i].outside);
    }
    tape_free(&crash->tape);
}
