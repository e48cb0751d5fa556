/* A journal run again under other parameters: equal without any; with them the accounts that fare differently, why, and
 * all of it adding up to 0. */
#include "unit.h"

#include <stdlib.h>

#include "core.h"
#include "policy.h"
#include "scenario_replay.h"
#include "scenario_world.h"
#include "snapshot.h"
#include "status.h"

enum { PRICE = 2000, LOTS = 50000, USDC = 1000000, HALF_SECOND = NS_A_SECOND / 2 };
#define START_NS (UINT64_C(1764150000) * NS_A_SECOND)

static struct world *world;
static uint32_t usdc, coin, perpetual;
static struct world_client maker, taker, short_one;
static char directory[SCRATCH_PATH_BYTES], cut_directory[SCRATCH_PATH_BYTES]; /* whole; its end, behind a snapshot */
static uint64_t snapshot_batch;
static struct journal *cut_journal;
static struct loop cut_loop;

/* --- a journal --- */

static void make_things(void)
{
    static const struct input_asset_set dollar = { .symbol = "USDC", .decimals = 6, .weight = 1000000,
                                                   .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL };
    static const struct input_asset_set other = { .symbol = "COIN", .decimals = 8, .weight = 900000,
                                                  .flags = ASSET_COLLATERAL };
    struct input_market_set market = {
        .symbol = "COIN_PERP", .kind = MARKET_PERPETUAL, .bands = CARD_BANDS_IMPACT_MASK, .window_log2 = 14,
        .lot_units = 1000000, .tick_lot_units = 100, .maker_fee = 100, .taker_fee = 500, .impact_min = 950000,
        .impact_max = 1050000, .mean_min = 100000, .mean_max = 3000000, .slot_quota = 4096, .window_step = 640,
        .quantity_min = 1, .imf = { 1, 10, 0 }, .mmf = { 1, 20, 0 } };
    const struct input_venue_rules venue = { .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = 10,
                                             .fresh_seconds = 60 };
    const struct input_liquidation_rules rules = {
        .header = { .kind = INPUT_LIQUIDATION_RULES }, .policy = POLICY_OURS, .slice = 100000,
        .depth_share = 250000, .pause_ms = 1000, .urgent_seconds = 60, .episode_seconds = 60, .stop = 1020000,
        .backstop = 666667, .fee = 10000, .fee_share = 100000, .adl_bound = 100000, .conversion_impact = 20000 };

    usdc = world_set_asset(world, &dollar);
    coin = world_set_asset(world, &other);
    market.base_asset = (uint16_t)coin;
    market.quote_asset = (uint16_t)usdc;
    perpetual = world_set_market(world, &market);
    world_set(world, &venue, sizeof venue);
    world_set(world, &rules, sizeof rules);
}

static void make_people(void)
{
    maker = world_add_client(world, "maker", 0);
    taker = world_add_client(world, "taker", 0);
    short_one = world_add_client(world, "short", 0);
    world_deposit(world, maker.subaccount, usdc, INT64_C(1000000) * USDC);
    world_deposit(world, short_one.subaccount, usdc, INT64_C(1000000) * USDC);
    world_deposit(world, taker.subaccount, usdc, INT64_C(1200) * USDC);
    world_deposit(world, SYSTEM_FUND, usdc, INT64_C(1000) * USDC);
}

static void prices(uint32_t ticks)
{
    world_index(world, coin, ticks * (WORLD_COIN / 100));
    world_marks(world, perpetual, (uint64_t)ticks * CARD_FIXED_ONE);
    world_run(world);
}

static void pass_seconds(unsigned seconds)
{
    world_advance(world, world->time_ns + seconds * NS_A_SECOND + HALF_SECOND);
}

/* A replace and a cancel of an order by its user, and a cancel of another's by the operator, who has its number. */
static void orders_that_are_named_later(void)
{
    struct input_order_replace replace = { .header = { .kind = INPUT_ORDER_REPLACE, .user = taker.user,
                                                       .subaccount = taker.subaccount },
                                           .price = 1501, .quantity = 10 };
    struct input_order_cancel cancel = { .header = { .kind = INPUT_ORDER_CANCEL, .user = taker.user,
                                                     .subaccount = taker.subaccount } };
    struct input_order_cancel operator = { .header = { .kind = INPUT_ORDER_CANCEL } };

    replace.existing = world_order(world, &taker, perpetual, CARD_SIDE_BUY, 1500, 10)->header.reference;
    world_order(world, &maker, perpetual, CARD_SIDE_SELL, 2900, 77);
    world_run(world);
    operator.order = ((const struct order *)table_row(&world->state->orders,
                                                      book_find_order(world->state, maker.user,
                                                                      world->reference[maker.user])))->id;
    replace.header.reference = ++world->reference[taker.user];
    world_add(world, &replace, sizeof replace);
    world_add(world, &operator, sizeof operator);
    world_run(world);
    cancel.header.reference = world->reference[taker.user];
    world_add(world, &cancel, sizeof cancel);
    world_run(world);
}

static void write_snapshot(void)
{
    uint8_t hash[32];
    char error[256];

    snapshot_batch = world->state->t->batch;
    assert_int_equal(snapshot_write(exchange_state(world->exchange), cut_directory, hash, error, sizeof error),
                     SNAPSHOT_OK);
}

/* Begun in an empty directory, before there is a snapshot. */
static void open_cut_journal(void)
{
    const struct journal_options options = { .directory = cut_directory, .create = true };
    char error[256];

    assert_int_equal(loop_create(&cut_loop, 64, error, sizeof error), 0);
    assert_int_equal(journal_open(&cut_journal, &cut_loop, &options, error, sizeof error), JOURNAL_OK);
}

/* What pruning leaves: the batches behind the snapshot. */
static void write_cut_journal(void)
{
    const struct journal_batch *batch;
    struct journal_reader *reader;
    const uint8_t *inputs;
    char error[256];

    assert_int_equal(journal_reader_open(&reader, directory, 0, error, sizeof error), JOURNAL_OK);
    while (journal_reader_next(reader, &batch, &inputs) == JOURNAL_OK && batch != NULL) {
        if (batch->number <= snapshot_batch)
            continue;
        while (!journal_room(cut_journal, batch->size))
            loop_run(&cut_loop, 1000000);
        journal_append(cut_journal, batch, inputs);
        loop_run(&cut_loop, 0);
    }
    journal_reader_close(reader);
    journal_close(cut_journal);
    loop_destroy(&cut_loop);
}

/* The taker buys for 10,000 USDC with 1,200; the price falls by 4 %, of which it lives. */
static void write_journal(void)
{
    const struct world_options options = { .engine = "model", .directory = directory, .start_ns = START_NS };

    world = world_open(&options);
    make_things();
    make_people();
    pass_seconds(35); /* nothing but passes is due */
    prices(PRICE);
    pass_seconds(1);
    world_order(world, &short_one, perpetual, CARD_SIDE_SELL, PRICE, LOTS);
    world_run(world);
    world_order(world, &taker, perpetual, CARD_SIDE_BUY, PRICE, LOTS)->tif = CARD_TIF_IOC;
    world_run(world);
    orders_that_are_named_later();
    pass_seconds(20);
    write_snapshot();
    for (unsigned i = 1; i <= 4; i++)
        world_order(world, &maker, perpetual, CARD_SIDE_BUY, PRICE * 96 / 100 - i, LOTS);
    prices(PRICE * 96 / 100);
    pass_seconds(40);
    world_finish(world);
    if (world->failed)
        fail_msg("%s", world->error);
}

static int begin(void **unused)
{
    char error[256] = "";

    (void)unused;
    assert_true(scratch_directory_make("/tmp", directory, error, sizeof error));
    assert_true(scratch_directory_make("/tmp", cut_directory, error, sizeof error));
    open_cut_journal();
    write_journal();
    world_close(world);
    write_cut_journal();
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    scratch_directory_remove(directory);
    scratch_directory_remove(cut_directory);
    return 0;
}

/* --- run again --- */

static struct replay *replay;
static void (*look)(void);
static bool looked;

static void at_end(struct replay *one)
{
    int64_t sums[3 + REPLAY_CAUSES] = { 0 };

    looked = true;
    assert_ptr_equal(one, replay);
    for (size_t i = 0; i < replay->row_count; i++) {
        const struct replay_row *row = &replay->rows[i];
        int64_t causes = 0;

        for (unsigned k = 0; k < REPLAY_CAUSES; k++) {
            causes += row->cause[k];
            sums[3 + k] += row->cause[k];
        }
        assert_int_equal(row->difference, causes);
        assert_int_equal(row->equity[REPLAY_CHANGED] - row->equity[REPLAY_RECORDED], causes);
        sums[0] += row->equity[REPLAY_RECORDED];
        sums[1] += row->equity[REPLAY_CHANGED];
        sums[2] += row->difference;
    }
    for (unsigned i = 0; i < 3 + REPLAY_CAUSES; i++)
        assert_int_equal(sums[i], 0);
    look();
}

static int run_again_from(const char *where, void (*then)(void), const char *const *texts, size_t count)
{
    char error[RISK_ERROR];
    int status;

    replay = calloc(1, sizeof *replay);
    replay->plan.directory = where;
    replay->plan.backend = "model";
    replay->end = at_end;
    look = then;
    looked = false;
    for (size_t i = 0; i < count; i++)
        assert_true(risk_sets_add(&replay->sets, texts[i], error, sizeof error));
    status = replay_run(replay);
    if (status != EXIT_STATUS_OK)
        print_message("%s\n", replay->error);
    assert_int_equal(looked, status == EXIT_STATUS_OK);
    return status;
}

static int run_again(void (*then)(void), const char *const *texts, size_t count)
{
    return run_again_from(directory, then, texts, count);
}

static void over(void)
{
    replay_free(replay);
    free(replay);
}

#define AGAIN(then, ...)                                                                                             \
    run_again(then, (const char *[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *))

static const struct replay_row *row_of(const struct world_client *client)
{
    for (size_t i = 0; i < replay->row_count; i++)
        if (replay->rows[i].system == 0 && replay->rows[i].account == client->account)
            return &replay->rows[i];
    fail_msg("no row");
    return NULL;
}

static const struct replay_story *story_of(unsigned side, const struct world_client *client)
{
    return &replay->side[side].stories[client->account];
}

static void all_is_equal(void)
{
    assert_true(replay->equal);
    assert_int_equal(replay->extra_batches, 0);
    assert_int_equal(replay->refusal_count, 0);
    for (size_t i = 0; i < replay->row_count; i++)
        assert_int_equal(replay->rows[i].difference, 0);
    /* 1,200 less 400 that it fell, and the fee of 10,000 */
    assert_in_range(row_of(&taker)->equity[REPLAY_RECORDED], INT64_C(795) * USDC - 2, INT64_C(795) * USDC);
    assert_int_equal(story_of(REPLAY_RECORDED, &taker)->liquidations, 0);
}

static void without_changes_both_are_equal(void **unused)
{
    (void)unused;
    assert_int_equal(run_again(all_is_equal, NULL, 0), EXIT_STATUS_OK);
    over();
}

/* What the journal says already. */
static void the_same_parameters_change_nothing(void **unused)
{
    (void)unused;
    assert_int_equal(AGAIN(all_is_equal, "risk.market.COIN_PERP.mmf_base=1/20", "risk.slice=0.1"), EXIT_STATUS_OK);
    assert_int_equal(replay->changed_records, 2);
    over();
}

static void taker_is_liquidated(void)
{
    const struct replay_row *row = row_of(&taker);
    const struct replay_story *story = story_of(REPLAY_CHANGED, &taker);

    assert_false(replay->equal);
    assert_int_equal(story_of(REPLAY_RECORDED, &taker)->liquidations, 0);
    assert_true(story->liquidations > 0 && story->begun_ns > START_NS + 20 * NS_A_SECOND);
    assert_true(story->equity < story->maintenance);
    assert_true(story->book > 0);
    assert_true(row->difference < 0);
    assert_true(row->cause[REPLAY_FEES] < 0);
    assert_true(row->cause[REPLAY_TRADING] < 0); /* bids are below the mark */
    assert_true(row->cause[REPLAY_LIQUIDATION_FEE] < 0);
    assert_int_equal(row->cause[REPLAY_PAYMENTS], 0);
    assert_int_equal(row_of(&short_one)->difference, 0);
    assert_ptr_equal(row, &replay->rows[row->difference < -row_of(&maker)->difference ? 0 : 1]);
}

static void more_maintenance_liquidates(void **unused)
{
    (void)unused;
    assert_int_equal(AGAIN(taker_is_liquidated, "risk.market.COIN_PERP.mmf_base=1/10"), EXIT_STATUS_OK);
    over();
}

/* A market that the snapshot has; the journal does not set it any more. */
static void a_snapshot_is_changed_too(void **unused)
{
    static const char *const more[] = { "risk.market.COIN_PERP.mmf_base=1/10" };

    (void)unused;
    assert_int_equal(run_again_from(cut_directory, all_is_equal, NULL, 0), EXIT_STATUS_OK);
    assert_int_equal(replay->plan.interval[0].snapshot, snapshot_batch);
    over();
    assert_int_equal(run_again_from(cut_directory, taker_is_liquidated, more, 1), EXIT_STATUS_OK);
    assert_int_equal(replay->changed_records, 0);
    over();
}

/* All that it did with that order and the others is refused, and nothing else changes; what the operator cancelled is
 * cancelled, whatever its number is. */
static void taker_is_refused(void)
{
    const struct replay_row *row = row_of(&taker);

    assert_int_equal(replay->refusal_count, 1);
    assert_int_equal(replay->refusals[0].account, taker.account);
    assert_int_equal(replay->refusals[0].reason, REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(replay->refusals[0].side, REPLAY_CHANGED);
    assert_int_equal(replay->refusals[0].count, 1);
    assert_int_equal(story_of(REPLAY_RECORDED, &taker)->fills, 1);
    assert_int_equal(story_of(REPLAY_CHANGED, &taker)->fills, 0);
    assert_int_equal(row->equity[REPLAY_CHANGED], INT64_C(1200) * USDC);
    assert_int_equal(row->cause[REPLAY_FEES], INT64_C(5) * USDC);
    assert_int_equal(row->cause[REPLAY_TRADING], INT64_C(400) * USDC);
    assert_int_equal(row_of(&short_one)->cause[REPLAY_TRADING], -INT64_C(400) * USDC);
    for (unsigned n = 0; n < REPLAY_SIDES; n++) {
        assert_int_equal(state_user(replay->side[n].state, taker.user)->orders, TABLE_NONE);
        assert_int_equal(state_account(replay->side[n].state, maker.account)->orders, 4);
    }
}

static void more_initial_margin_refuses(void **unused)
{
    (void)unused;
    assert_int_equal(AGAIN(taker_is_refused, "risk.market.COIN_PERP.imf_base=1/8"), EXIT_STATUS_OK);
    over();
}

/* Three of the journal's in the first 35 s, at their time; those in between are in nobody's journal: three or four
 * batches each, one of them detection's, that does not share the tick's after a pass. */
static void passes_are_at_their_time(void)
{
    const struct totals *recorded = replay->side[REPLAY_RECORDED].state->t;
    const struct totals *changed = replay->side[REPLAY_CHANGED].state->t;

    assert_in_range(replay->extra_batches, 8, 32);
    assert_true(changed->pass >= recorded->pass * 3 / 2);
    assert_int_equal(changed->time_ns, recorded->time_ns);
    assert_int_equal(replay->refusal_count, 0);
    assert_true(llabs(row_of(&taker)->difference) <= 2); /* what passes round */
}

static void what_is_due_at_other_times_is_done_then(void **unused)
{
    (void)unused;
    assert_int_equal(AGAIN(passes_are_at_their_time, "risk.venue.settle_seconds=4"), EXIT_STATUS_OK);
    over();
}

static void nothing(void)
{
}

/* The journal's first rules of the venue tighten, with no notice needed as yet: so it is with a longer notice, too. */
static void records_are_changed_where_they_come(void **unused)
{
    (void)unused;
    assert_int_equal(AGAIN(nothing, "risk.venue.notice_seconds=86400"), EXIT_STATUS_OK);
    assert_int_equal(replay->changed_records, 1);
    assert_false(replay->equal);
    over();
}

static void what_can_not_be_is_said(void **unused)
{
    (void)unused;
    assert_int_equal(AGAIN(nothing, "risk.market.NO_PERP.mmf_base=1/10"), EXIT_STATUS_USAGE);
    assert_non_null(strstr(replay->error, "NO_PERP"));
    over();
    assert_int_equal(AGAIN(nothing, "risk.market.COIN_PERP.taker_fee=0"), EXIT_STATUS_FAILED); /* below the maker's */
    assert_non_null(strstr(replay->error, "OutOfRange"));
    over();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_changes_both_are_equal),
        cmocka_unit_test(the_same_parameters_change_nothing),
        cmocka_unit_test(more_initial_margin_refuses),
        cmocka_unit_test(what_is_due_at_other_times_is_done_then),
        cmocka_unit_test(records_are_changed_where_they_come),
        cmocka_unit_test(what_can_not_be_is_said),
        cmocka_unit_test(more_maintenance_liquidates),
        cmocka_unit_test(a_snapshot_is_changed_too),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
