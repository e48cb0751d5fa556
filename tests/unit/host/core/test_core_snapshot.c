/* Snapshots of the exchange: a live one equals one taken at a stop, and an exchange loaded from it goes on as the one
 * it was taken of. What a damaged row could do is found before it is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "liquidation_parts.h"
#include "random_flow.h"
#include "settlement.h"
#include "snapshot.h"

/* In place of the C library's: what the exchange keeps apart from its snapshots' processes (MADV_DONTFORK) is there in
 * those that this test forks. */
int madvise(void *memory, size_t bytes, int advice)
{
    (void)memory, (void)bytes, (void)advice;
    return 0;
}

static struct fixture fixture;
static struct random_flow flow;
static char live[] = "/tmp/vitrine-live-XXXXXX", stopped[] = "/tmp/vitrine-stop-XXXXXX";

static void run_batches(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        random_flow_batch(&flow, 40);
        fixture_run_until_done(&fixture);
    }
}

/* The snapshot is of a pass that is half done, with inputs that wait for its end. */
static void run_into_a_pass(void)
{
    fixture.exchange->options.steps = 3;
    do {
        fixture.time_ns += 500000000;
        random_flow_batch(&flow, 20);
        fixture_run(&fixture);
    } while (!settlement_under_way(fixture.state) || fixture.state->t->pass_at < 10 ||
             fixture.state->t->deferred_wait == 0);
}

static void remove_snapshot(const char *directory, uint64_t batch)
{
    char name[96];

    snprintf(name, sizeof name, "%s/snapshot-%016lu", directory, (unsigned long)batch);
    assert_int_equal(unlink(name), 0);
}

static void test_live_equals_stopped_and_goes_on(void **state)
{
    struct snapshot_child child;
    struct random_flow saved;
    struct fixture *copy = malloc(sizeof *copy);
    uint8_t first[32], second[32], loaded[32], wanted[32];
    char error[256] = "";
    uint64_t batch;

    (void)state;
    assert_non_null(copy);
    assert_non_null(mkdtemp(live));
    assert_non_null(mkdtemp(stopped));
    fixture_open(&fixture, "model");
    random_flow_start(&flow, &fixture, 4711, 10);
    flow.extras = true;
    random_flow_money(&flow, true);
    run_batches(30);
    run_into_a_pass();
    batch = fixture.state->t->batch;
    assert_int_equal(snapshot_write(fixture.state, stopped, first, error, sizeof error), SNAPSHOT_OK);
    assert_int_equal(snapshot_begin(fixture.state, live, &child, error, sizeof error), SNAPSHOT_OK);
    saved = flow;
    *copy = fixture;
    run_batches(20); /* while the child writes */
    memcpy(wanted, fixture.result.hash, sizeof wanted);
    for (unsigned waited = 0; snapshot_poll(&child, second, error, sizeof error) == SNAPSHOT_BUSY; waited++) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        assert_true(waited < 20000);
    }
    assert_memory_equal(first, second, sizeof first);

    fixture_replace_exchange(&fixture);
    fixture.exchange->options.steps = 3;
    assert_int_equal(snapshot_load(fixture.state, live, batch, loaded, error, sizeof error), SNAPSHOT_OK);
    assert_memory_equal(first, loaded, sizeof first);
    if (exchange_loaded(fixture.exchange) != EXCHANGE_OK || exchange_attach(fixture.exchange) != EXCHANGE_OK)
        fail_msg("%s", exchange_message(fixture.exchange));
    flow = saved;
    fixture.time_ns = copy->time_ns;
    fixture.ticket = copy->ticket;
    memcpy(fixture.reference, copy->reference, sizeof fixture.reference);
    run_batches(20);
    assert_memory_equal(wanted, fixture.result.hash, sizeof wanted);
    fixture_close(&fixture);
    remove_snapshot(live, batch);
    remove_snapshot(stopped, batch);
    rmdir(live);
    rmdir(stopped);
    free(copy);
}

/* A number of some row becomes a wrong one: loading says so, and nothing crashes. */
static void test_damaged_rows_are_found(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct table *tables[STATE_TABLES], *table;
        uint32_t row, at;

        fixture_open(&fixture, "model");
        random_flow_start(&flow, &fixture, 815, 6);
        random_flow_money(&flow, seed % 2);
        run_batches(4);
        state_tables(fixture.state, tables);
        flow.seed = seed;
        do {
            table = tables[random_flow_draw(&flow, STATE_TABLES)];
        } while (table->live == 0 || table == &fixture.state->totals);
        row = 1 + (uint32_t)random_flow_draw(&flow, table->used - 1);
        at = (uint32_t)random_flow_draw(&flow, table->row_size / 4) * 4;
        ((uint8_t *)table_row(table, row))[at + 2] ^= 0xA5;
        exchange_loaded(fixture.exchange); /* what it says depends on the field; that it comes back is the point */
        fixture_close(&fixture);
    }
}

/* --- every number of every kind of row, one at a time --- */

enum { DAMAGE_WORLDS = 4, DAMAGE_BATCHES = 3, DAMAGE_SECONDS = 5, DAMAGE_LONG_ROW = 1000, DAMAGE_OF_LONG_ROW = 120 };

/* What comes of a state with a wrong number in it. */
enum damage_end { DAMAGE_REFUSED, DAMAGE_RAN, DAMAGE_STOPPED, DAMAGE_ENDS };

struct damage {
    struct table *table;
    uint32_t row, at, size; /* bytes of the row */
    uint64_t value;
};

/* Two who have committed as backstop providers, one of them with a notice under way, and somebody in an episode. */
static void damage_add_liquidation(void)
{
    struct input_liquidation_rules rules = {
        .header = { .kind = INPUT_LIQUIDATION_RULES }, .policy = POLICY_OURS, .slice = 100000, .depth_share = 250000,
        .pause_ms = 5000, .urgent_seconds = 60, .episode_seconds = 60, .stop = 1020000, .backstop = 666667,
        .fee = 10000, .fee_share = 100000, .adl_bound = 100000, .conversion_impact = 20000, .notice_seconds = 3600 };
    struct input_backstop commit = { .header = { .kind = INPUT_BACKSTOP, .subaccount = fixture_subaccount(2) },
                                     .market = FIXTURE_PERP, .capacity = 1000000 };

    fixture_add(&fixture, &rules, sizeof rules);
    for (uint32_t user = 2; user <= 5; user++) {
        fixture_deposit(&fixture, fixture_subaccount(user), FIXTURE_USDC, INT64_C(1000000) * 1000000);
        commit.header.subaccount = fixture_subaccount(user);
        fixture_add(&fixture, &commit, sizeof commit);
    }
    commit.capacity = 500000;
    fixture_add(&fixture, &commit, sizeof commit);
    run_batches(1);
    assert_true(fixture.state->commitments.live >= 2);
}

/* Of a client who has none yet. */
static void damage_add_episode(void)
{
    struct state *state = fixture.state;
    const uint32_t subaccount = fixture_subaccount(1), row = table_take(&state->episodes);
    struct episode *episode = state_episode(state, row);

    if (state_subaccount(state, subaccount)->episode != TABLE_NONE) {
        table_give(&state->episodes, row);
        return;
    }
    episode->subaccount = subaccount;
    episode->number = ++state->t->episodes_made;
    episode->begun_ns = episode->step_ns = state->t->time_ns;
    episode->prev = state->t->episodes_last;
    if (episode->prev != TABLE_NONE)
        state_episode(state, episode->prev)->next = row;
    else
        state->t->episodes = row;
    state->t->episodes_last = row;
    state_subaccount(state, subaccount)->episode = row;
}

/* A state between passes, then one of each stage of a pass; with jobs of every scope in the queue. */
static void damage_open_world(unsigned world)
{
    static const uint32_t target[] = { [JOB_USER] = 1, [JOB_SUBACCOUNT] = SYSTEM_SUBACCOUNTS, [JOB_ACCOUNT] = 2,
                                       [JOB_MARKET] = FIXTURE_SPOT, [JOB_VENUE] = 0 };

    fixture_open(&fixture, "model");
    random_flow_start(&flow, &fixture, 815 + world, 10);
    flow.extras = true;
    random_flow_money(&flow, world % 2 == 0);
    fixture.exchange->options.steps = 3;
    fixture.exchange->options.recount = false;
    damage_add_liquidation();
    run_batches(40);
    for (unsigned i = 0; i < 3000; i++) {
        const struct totals *totals = fixture.state->t;

        if (totals->pass_stage == world && (world == 0 || totals->pass_at > 1))
            break;
        fixture.time_ns += 300000000;
        random_flow_batch(&flow, 20);
        fixture_run(&fixture);
    }
    assert_int_equal(fixture.state->t->pass_stage, world);
    damage_add_episode();
    for (uint8_t scope = JOB_USER; scope <= JOB_VENUE; scope++) {
        const struct job job = { .scope = scope, .target = target[scope], .side = 2, .triggers_too = 1, .answers = 1,
                                 .market = scope == JOB_USER ? FIXTURE_PERP : TABLE_NONE, .user = 1, .ticket = 7,
                                 .reason = REASON_USER_REQUEST };

        assert_int_equal(job_add(fixture.exchange, &job), REASON_NONE);
    }
}

/* A row from a random place on that holds something; 0: there is none. */
static uint32_t damage_row(const struct table *table)
{
    const uint32_t rows = table->used - 1;
    const uint32_t from = rows == 0 ? 0 : (uint32_t)random_flow_draw(&flow, rows);

    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t row = 1 + (from + i) % rows;
        const uint8_t *bytes = table_row(table, row);

        for (uint32_t at = 4; at < table->row_size; at++)
            if (bytes[at] != 0)
                return row;
    }
    return TABLE_NONE;
}

static uint64_t damage_value(void)
{
    const uint64_t draw = random_flow_draw(&flow, UINT64_MAX);

    switch (random_flow_draw(&flow, 6)) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return UINT64_MAX;
    case 3:
        return INT64_MAX;
    case 4:
        return draw % 100;
    default:
        return draw;
    }
}

static void damage_save(uint8_t *saved[STATE_TABLES], struct table headers[STATE_TABLES])
{
    struct table *tables[STATE_TABLES];

    state_tables(fixture.state, tables);
    for (unsigned i = 0; i < STATE_TABLES; i++) {
        const size_t bytes = (size_t)tables[i]->used * tables[i]->row_size;

        headers[i] = *tables[i];
        saved[i] = malloc(bytes);
        assert_non_null(saved[i]);
        memcpy(saved[i], tables[i]->rows, bytes);
    }
}

/* As it was; what lies beyond the rows in use is zero. */
static void damage_restore(uint8_t *const saved[STATE_TABLES], const struct table headers[STATE_TABLES])
{
    struct table *tables[STATE_TABLES];

    state_tables(fixture.state, tables);
    for (unsigned i = 0; i < STATE_TABLES; i++) {
        const size_t bytes = (size_t)headers[i].used * headers[i].row_size;

        memset(tables[i]->rows + bytes, 0, (size_t)(tables[i]->used - headers[i].used) * headers[i].row_size);
        memcpy(tables[i]->rows, saved[i], bytes);
        *tables[i] = headers[i];
    }
}

static enum damage_end damage_run(void)
{
    if (exchange_attach(fixture.exchange) != EXCHANGE_OK)
        return DAMAGE_REFUSED;
    for (unsigned i = 0; i < DAMAGE_BATCHES; i++) {
        struct exchange_batch batch = { .number = fixture.state->t->batch + 1, .inputs = fixture.inputs };

        random_flow_batch(&flow, 12);
        if (fixture.time_ns < fixture.state->t->time_ns)
            fixture.time_ns = fixture.state->t->time_ns;
        fixture.time_ns += 1100000000;
        batch.time_ns = fixture.time_ns;
        batch.size = fixture.size;
        batch.count = fixture.count;
        fixture.size = fixture.count = 0;
        if (exchange_run(fixture.exchange, &batch, &fixture.result) != EXCHANGE_OK)
            return DAMAGE_STOPPED;
    }
    return DAMAGE_RAN;
}

/* What the process that tries, and may end as it likes, tells the one that waits for it. */
struct damage_progress {
    uint32_t next;                  /* the one under way, + 1 */
    uint32_t counts[DAMAGE_ENDS];
    struct damage damage;           /* the same */
    char name[32];
};

static void damage_try(const struct damage *damage, struct damage_progress *progress, uint8_t *const saved[],
                       const struct table headers[])
{
    const struct random_flow kept = flow;
    const uint64_t time_ns = fixture.time_ns;
    uint8_t *bytes = (uint8_t *)table_row(damage->table, damage->row) + damage->at;
    const struct itimerval patience = { .it_value = { .tv_sec = DAMAGE_SECONDS } };
    enum damage_end end = DAMAGE_REFUSED;
    uint8_t was[8];

    setitimer(ITIMER_PROF, &patience, NULL); /* of its own work: others may have the machine meanwhile */
    progress->damage = *damage;
    snprintf(progress->name, sizeof progress->name, "%s", damage->table->name);
    memcpy(was, bytes, damage->size);
    memcpy(bytes, &damage->value, damage->size);
    if (exchange_loaded(fixture.exchange) == EXCHANGE_OK) {
        end = damage_run();
        if (end == DAMAGE_STOPPED)
            print_error("%s row %u, %u bytes at %u: %lx: %s\n", damage->table->name, damage->row, damage->size,
                        damage->at, (unsigned long)damage->value, exchange_message(fixture.exchange));
        damage_restore(saved, headers);
    }
    memcpy(bytes, was, damage->size);
    fixture.exchange->status = EXCHANGE_OK;
    fixture.exchange->message[0] = '\0';
    fixture.exchange->retry_count = 0;
    fixture.exchange->running = false;
    fixture.time_ns = time_ns;
    flow = kept;
    progress->counts[end]++;
}

/* Every place of a kind of row, in one row or another: four bytes, and one, two or eight. Of long rows some. */
static void damage_table(struct table *table, uint32_t *count, struct damage_progress *progress,
                         uint8_t *const saved[], const struct table headers[])
{
    const bool some = table->row_size > DAMAGE_LONG_ROW && table != &fixture.state->totals;
    const uint32_t words = table->row_size / 4, tries = some ? DAMAGE_OF_LONG_ROW : words;

    for (uint32_t i = 0; i < tries; i++)
        for (unsigned k = 0; k < 2; k++) {
            static const uint32_t other[] = { 1, 8, 2, 8 };
            const uint32_t size = k == 0 ? 4 : other[i % 4];
            struct damage damage = { .table = table, .size = size };

            if (++*count <= progress->next)
                continue;
            progress->next = *count;
            flow.seed = *count; /* whatever came before */
            damage.row = damage_row(table);
            damage.at = (some ? (uint32_t)random_flow_draw(&flow, words) : i) * 4;
            damage.at += size < 4 ? (uint32_t)random_flow_draw(&flow, 4 / size) * size : 0;
            damage.value = damage_value();
            if (damage.row != TABLE_NONE && damage.at % size == 0)
                damage_try(&damage, progress, saved, headers);
        }
}

static void damage_world(struct damage_progress *progress)
{
    struct table *tables[STATE_TABLES], headers[STATE_TABLES];
    uint8_t *saved[STATE_TABLES];
    uint32_t count = 0;
    const uint32_t ran = progress->counts[DAMAGE_RAN];
    const struct damage none = { .table = &fixture.state->totals, .row = 1 };

    damage_save(saved, headers);
    damage_try(&none, progress, saved, headers);
    check(progress->counts[DAMAGE_RAN] == ran + 1); /* a good state is loaded and runs */
    state_tables(fixture.state, tables);
    for (unsigned i = 0; i < STATE_TABLES; i++)
        damage_table(tables[i], &count, progress, saved, headers);
    fflush(stdout);
    fflush(stderr);
    _exit(0);
}

static void damage_signals_as_usual(void)
{
    static const int signals[] = { SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL, SIGPROF };

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
}

/* All of a world; another process goes on behind a number that ended one. */
static void damage_whole_world(struct damage_progress *progress)
{
    int status = 1;

    while (status != 0) {
        const pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            damage_signals_as_usual();
            damage_world(progress);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status == 0)
            break;
        progress->counts[DAMAGE_STOPPED]++;
        print_error("%s row %u, %u bytes at %u: %lx: status %x\n", progress->name, progress->damage.row,
                    progress->damage.size, progress->damage.at, (unsigned long)progress->damage.value,
                    (unsigned)status);
    }
}

/* What once was accepted and led out of a table, into an endless loop or a check(). */
static bool damage_thing(unsigned which)
{
    struct market *market = state_market(fixture.state, FIXTURE_PERP);
    struct asset *coin = state_asset(fixture.state, FIXTURE_BTC);

    switch (which) {
    case 0:
        coin->decimals = 200;
        break;
    case 1:
        coin->flags |= ASSET_SETTLEMENT;
        break;
    case 2:
        market->tick_lot_units = 0;
        break;
    case 3:
        market->window_log2 = 200;
        break;
    case 4:
        market->imf.denominator = market->mmf.denominator = 0;
        break;
    case 5:
        market->fee_position = TABLE_NONE;
        break;
    case 6:
        market->residue_position = market->fee_position;
        break;
    case 7:
        market->slot_quota = UINT32_MAX;
        break;
    case 8:
        market->mark = UINT64_MAX;
        break;
    case 9:
        market->best[CARD_SIDE_BUY] = 1;
        break;
    case 10:
        state_pool(fixture.state, FIXTURE_USDC)->step_seconds = 0;
        break;
    case 11:
        state_samples(fixture.state, FIXTURE_PERP)->mark_sum++;
        break;
    case 12:
        state_pricing(fixture.state, FIXTURE_BTC)->venues[0].time_ns = UINT64_MAX;
        break;
    default:
        return false;
    }
    return true;
}

static bool damage_people(unsigned which)
{
    struct totals *totals = fixture.state->t;
    struct job *job = table_row(&fixture.state->jobs, totals->jobs);
    const struct position *position = state_position(fixture.state, fixture.state->positions.used - 1);
    struct position_detail *detail = state_position_detail_of(fixture.state, position);

    switch (which) {
    case 0: /* the first one is a user's */
        job->target = UINT32_MAX - 15;
        break;
    case 1:
        job->scope = JOB_SUBACCOUNT;
        job->target = INT32_MAX;
        break;
    case 2:
        job->scope = JOB_MARKET;
        job->target = 60000000;
        break;
    case 3:
        job->scope = JOB_NONE;
        break;
    case 4:
        detail->account_row = INT32_MAX;
        break;
    case 5: /* another account's */
        detail->account_row = state_market(fixture.state, position->market)->fee_position;
        break;
    case 6:
        state_subaccount(fixture.state, fixture_subaccount(1))->flags = UINT32_MAX;
        break;
    case 7:
        state_user(fixture.state, 1)->flags = UINT32_MAX;
        break;
    case 8:
        totals->pass_at = fixture.state->subaccounts.used;
        break;
    case 9:
        totals->pass_lent_shares = INT64_MAX;
        break;
    case 10:
        totals->settlement = FIXTURE_BTC;
        break;
    case 11:
        totals->fresh_seconds = totals->settle_seconds = totals->approvals = UINT32_MAX;
        break;
    case 12:
        totals->next_tick = UINT64_MAX;
        break;
    case 13:
        fixture.state->position_details.used++;
        break;
    case 14:
        fixture.state->position_details.live++;
        break;
    case 15:
        fixture.state->balance_details.used++;
        break;
    case 16: /* says that it has a claim */
        state_subaccount(fixture.state, fixture_subaccount(1))->flags ^= SUBACCOUNT_CLAIMANT;
        break;
    default:
        return false;
    }
    return true;
}

static bool damage_liquidation(unsigned which)
{
    struct state *state = fixture.state;
    struct totals *totals = state->t;
    struct episode *episode = state_episode(state, totals->episodes);

    switch (which) {
    case 0: /* a list without an end */
        episode->next = totals->episodes;
        break;
    case 1:
        episode->subaccount = fixture_subaccount(2);
        break;
    case 2:
        state_subaccount(state, fixture_subaccount(3))->episode = totals->episodes;
        break;
    case 3:
        episode->stage = EPISODE_SLICE;
        break;
    case 4:
        episode->item = ITEM_POSITION;
        episode->row = UINT32_MAX;
        break;
    case 5:
        episode->hand_over_at = state_market(state, FIXTURE_PERP)->fee_position;
        break;
    case 6:
        episode->begun_ns = UINT64_MAX;
        break;
    case 7:
        totals->liquidation_stage = LIQUIDATION_PLAN;
        totals->liquidation_at = state->episodes.used;
        break;
    case 8:
        totals->liquidation.policy = UINT32_MAX;
        break;
    case 9:
        totals->deleverage.stage = DELEVERAGE_RANK;
        totals->deleverage.market = FIXTURE_PERP;
        totals->deleverage.at = state->positions.used;
        break;
    case 10:
        totals->deleverage.rank[1] = LIMIT_RANKS + 1;
        break;
    case 11:
        totals->turn.at = INT32_MAX;
        break;
    case 12:
        episode->ill_ns = UINT64_MAX;
        break;
    case 13:
        episode->stirred_ns = UINT64_MAX;
        break;
    case 14:
        totals->deleverage.bankrupt = state->episodes.used;
        break;
    case 15:
        totals->deleverage.sibling = state->subaccounts.used;
        break;
    case 16:
        totals->deleverage.stage = DELEVERAGE_REST; /* of no market */
        break;
    default:
        return false;
    }
    return true;
}

static bool damage_detection(unsigned which)
{
    struct totals *totals = fixture.state->t;

    if (which == 0)
        totals->detections_full = LIQUIDATION_FULL + 1;
    else if (which == 1)
        totals->crossings = LIQUIDATION_CROSSINGS + 1;
    return which < 2;
}

static bool damage_providers(unsigned which)
{
    struct state *state = fixture.state;
    const uint32_t row = state_market(state, FIXTURE_PERP)->commitments;
    struct commitment *commitment = state_commitment(state, row);

    switch (which) {
    case 0:
        commitment->market = FIXTURE_SPOT;
        break;
    case 1:
        commitment->next_of_market = row;
        break;
    case 2:
        commitment->capacity = 0;
        break;
    case 3:
        commitment->capacity = INT64_MAX;
        break;
    case 4:
        commitment->lower = commitment->capacity;
        break;
    case 5:
        state_subaccount(state, commitment->subaccount)->commitments = TABLE_NONE;
        break;
    case 6:
        state_unwind(state, FIXTURE_PERP)->quintile[1][0] = UINT8_MAX;
        break;
    case 7:
        state_unwind(state, FIXTURE_PERP)->tally.book = -1;
        break;
    case 8:
        state_account(state, state_user(state, 1)->account)->users = TABLE_NONE;
        break;
    case 9:
        state_user(state, 2)->next_of_account = 2;
        break;
    case 10:
        state_position(state, state->positions.used - 1)->rank = LIMIT_RANKS;
        break;
    case 11:
        state_unwind(state, FIXTURE_PERP)->step_ns[0] = UINT64_MAX;
        break;
    case 12: /* an order of the exchange that outlived its batch */
        for (uint32_t at = 1; at < state->orders.used; at++)
            if (order_row(state, at)->id >> 22 != 0)
                order_row(state, at)->own = OWN_LIQUIDATION;
        break;
    default:
        return false;
    }
    return true;
}

static void damage_all_known(bool (*known)(unsigned which), uint8_t *const saved[], const struct table headers[])
{
    for (unsigned which = 0; known(which); which++) {
        if (exchange_loaded(fixture.exchange) == EXCHANGE_OK)
            fail_msg("number %u is taken", which);
        damage_restore(saved, headers);
        fixture.exchange->status = EXCHANGE_OK;
        fixture.exchange->message[0] = '\0';
    }
}

static void test_known_damage_is_refused(void **state)
{
    struct table headers[STATE_TABLES];
    uint8_t *saved[STATE_TABLES];

    (void)state;
    damage_open_world(SETTLEMENT_CLAIMS);
    damage_save(saved, headers);
    assert_int_equal(exchange_loaded(fixture.exchange), EXCHANGE_OK);
    damage_all_known(damage_thing, saved, headers);
    damage_all_known(damage_people, saved, headers);
    damage_all_known(damage_liquidation, saved, headers);
    damage_all_known(damage_detection, saved, headers);
    damage_all_known(damage_providers, saved, headers);
    for (unsigned i = 0; i < STATE_TABLES; i++)
        free(saved[i]);
    fixture_close(&fixture);
}

/* Whatever number of a snapshot is wrong: it is refused, or the exchange runs with it. */
static void test_damaged_states_run_or_are_refused(void **state)
{
    const unsigned *world = *state;
    struct damage_progress *progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                                            -1, 0);

    assert_ptr_not_equal(progress, MAP_FAILED);
    damage_open_world(*world);
    damage_whole_world(progress);
    fixture_close(&fixture);
    print_message("%u refused, %u ran\n", progress->counts[DAMAGE_REFUSED], progress->counts[DAMAGE_RAN]);
    assert_int_equal(progress->counts[DAMAGE_STOPPED], 0);
    assert_true(progress->counts[DAMAGE_REFUSED] > 1000 && progress->counts[DAMAGE_RAN] > 100);
    munmap(progress, sizeof *progress);
}

/* With the number of a world: what becomes of that one's damaged states; they take longer than all the others. */
int main(int count, char **words)
{
    unsigned world = count > 1 ? (unsigned)strtoul(words[1], NULL, 10) : 0;
    const struct CMUnitTest damages[] = {
        cmocka_unit_test_prestate(test_damaged_states_run_or_are_refused, &world),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_live_equals_stopped_and_goes_on),
        cmocka_unit_test(test_damaged_rows_are_found),
        cmocka_unit_test(test_known_damage_is_refused),
    };

    if (count == 1)
        return cmocka_run_group_tests(tests, NULL, NULL);
    if (world >= DAMAGE_WORLDS)
        return 2;
    return cmocka_run_group_tests(damages, NULL, NULL);
}
