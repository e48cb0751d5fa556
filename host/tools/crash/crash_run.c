/* One crash, from its tape to its result:
 *
 *     tape -> world { things, people, positions } -> seconds { quotes, tick, orders by quarters } -> result
 *
 * A second's quotes come just before the tick that uses them; then come four batches of orders, so that liquidation's
 * meet a book that changes between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "crash_parts.h"
#include "memory.h"
#include "printable.h"

enum {
    ACCOUNTS = 2400,
    OTHERS = 256,            /* rows for everybody but the population */
    ORDERS_LEAST = 16384,
    QUARTER_NS = 225000000, FIRST_QUARTER_NS = 100000000, /* after the tick */
};

void crash_defaults(struct crash_settings *settings)
{
    *settings = (struct crash_settings){ .engine = "model", .policy = POLICY_OURS, .seed = 1, .interest_to_depth = 5,
                                         .depth_scale = 1, .provider_capital = 0.02, .provider_hedge_seconds = 120,
                                         .fund = 0.005, .message_rate = 50 };
    settings->rules = *config_liquidation_defaults();
}

/* Room for what is made, and not much more: a run in a test should be made in a moment. */
static void crash_choose_sizes(struct crash *crash)
{
    const uint32_t people = crash->accounts + OTHERS, books = crash->markets + 1;
    uint32_t orders = ORDERS_LEAST;

    while (orders < books * 2048 + crash->accounts)
        orders *= 2;
    crash->sizes = (struct state_sizes){
        .subaccounts = people, .accounts = people, .users = people < LIMIT_USERS ? people : LIMIT_USERS,
        .balances = 3 * people, .positions = 3 * people + OTHERS * books, .orders = orders, .slots = books * 2048,
        .transfers = 4 * people, .jobs = 4096 };
}

static uint64_t crash_time(const struct crash *crash, uint32_t second)
{
    return crash->start_us * 1000 + (uint64_t)second * NS_A_SECOND;
}

static void crash_open(struct crash *crash)
{
    const struct crash_settings *settings = crash->settings;
    const struct world_options options = {
        .engine = settings->engine, .directory = settings->directory,
        .start_ns = crash_time(crash, 0) - CRASH_WARM_SECONDS * NS_A_SECOND, .recount = settings->recount,
        .sizes = &crash->sizes, .markets = crash->markets + 2, .notice = crash_notice, .report = crash_report,
        .context = crash };

    crash->population = memory_reserve(crash->accounts, sizeof *crash->population);
    crash->client = memory_reserve(crash->accounts, sizeof *crash->client);
    crash->person = memory_reserve(crash->sizes.subaccounts + OTHERS, sizeof *crash->person);
    crash_flow_open(crash);
    crash->world = world_open(&options);
}

/* One second: its tick has what was quoted just before it. */
static void crash_second(struct crash *crash, uint64_t tick_ns, uint32_t second)
{
    for (unsigned quarter = 0; quarter < CRASH_QUARTERS; quarter++) {
        world_pass(crash->world, tick_ns + FIRST_QUARTER_NS + quarter * QUARTER_NS);
        crash_look_at_books(crash, second);
        crash_flow(crash, second, quarter);
        if (quarter == CRASH_QUARTERS - 1)
            crash_quote(crash, second + 1);
        world_run(crash->world);
    }
}

/* Prices stand still while people arrive and books fill. */
static void crash_warm_up(struct crash *crash)
{
    uint64_t at = crash->world->time_ns;

    crash_quote(crash, 0);
    world_run(crash->world);
    world_advance(crash->world, at + 2 * NS_A_SECOND); /* ticks: indices and marks are there */
    crash_quote(crash, 0);
    crash_make_people(crash);
    at = crash->world->time_ns / NS_A_SECOND * NS_A_SECOND + NS_A_SECOND;
    for (; at < crash_time(crash, 0) && !crash->world->failed; at += NS_A_SECOND) {
        crash_second(crash, at, 0);
        world_pass(crash->world, at + NS_A_SECOND - 1);
        crash_quote(crash, 0);
        world_run(crash->world);
    }
}

static void crash_fall_down(struct crash *crash)
{
    crash_begin_measure(crash);
    for (uint32_t second = 0; second < crash->seconds + CRASH_TAIL_SECONDS && !crash->world->failed; second++) {
        crash_second(crash, crash_time(crash, second), second);
        crash_measure_second(crash, second);
    }
    world_finish(crash->world);
    crash_end_measure(crash);
}

static void crash_finish(struct crash *crash)
{
    struct crash_result *result = crash->result;
    uint8_t hash[32];

    world_hash_text(crash->world->hash, result->hash);
    result->inputs = crash->world->inputs;
    result->batches = crash->world->batches;
    if (crash->settings->replay && !crash->world->failed) {
        result->replay_equal = world_replay(crash->world, crash->settings->replay, hash);
        result->replayed = !crash->world->failed;
        if (result->replayed && !result->replay_equal)
            world_fail(crash->world, "run again on %s: another hash", crash->settings->replay);
    }
}

static void crash_play(struct crash *crash)
{
    const clock_t begin = clock();

    crash_choose_sizes(crash);
    crash_open(crash);
    crash_make_things(crash);
    if (!crash->world->failed)
        crash_warm_up(crash);
    if (!crash->world->failed)
        crash_fall_down(crash);
    crash->result->run_seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    crash_finish(crash);
}

static void crash_close(struct crash *crash)
{
    world_close(crash->world);
    crash_flow_close(crash);
    free(crash->population);
    free(crash->client);
    free(crash->person);
    free(crash->episode_seconds);
    free(crash->liquidated);
}

bool crash_run(const struct crash_settings *settings, struct crash_result *result, char error[CRASH_ERROR])
{
    struct crash *crash = memory_reserve(1, sizeof *crash);
    char plain[CRASH_ERROR];
    bool good;

    memset(result, 0, sizeof *result);
    crash->settings = settings;
    crash->result = result;
    crash->error = error;
    crash->accounts = settings->accounts ? settings->accounts : ACCOUNTS;
    error[0] = 0;
    good = crash_take_tape(crash);
    if (good) {
        result->policy = settings->policy;
        result->seed = settings->seed;
        result->accounts = crash->accounts;
        result->markets = crash->markets;
        result->seconds = crash->seconds;
        crash_play(crash);
        good = !crash->world->failed;
        if (!good)
            snprintf(error, CRASH_ERROR, "%.255s", crash->world->error);
        crash_close(crash);
    }
    crash_free_tape(crash);
    free(crash);
    memcpy(plain, error, sizeof plain);
    printable_write(plain, error, CRASH_ERROR); /* names of files have any bytes, and the message goes into JSON */
    return good;
}

void crash_result_free(struct crash_result *result)
{
    free(result->moments);
    result->moments = NULL;
    result->moment_count = 0;
}
