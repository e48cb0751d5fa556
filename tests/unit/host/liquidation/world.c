#include "world.h"

#include "lending.h"
#include "settlement.h"
#include "unit.h"

#define NS_A_SECOND UINT64_C(1000000000)
#define PRICE_A_MILLIONTH UINT64_C(1000000) /* 10^-12 USDC */

static void world_keep(struct world *world)
{
    const struct exchange_result *result = &world->fixture.result;

    assert_int_equal(result->notices_dropped, 0);
    for (size_t i = 0; i < result->notice_count; i++) {
        assert_true(world->notice_count < WORLD_NOTICES);
        world->notices[world->notice_count++] = result->notices[i];
    }
}

enum reason world_answer(struct world *world)
{
    struct fixture *fixture = &world->fixture;
    enum reason reason = REASONS;

    fixture_run(fixture);
    world_keep(world);
    for (size_t i = 0; i < fixture->result.report_count; i++)
        if (fixture->result.reports[i].kind == REPORT_ANSWER)
            reason = (enum reason)fixture->result.reports[i].reason;
    return reason;
}

static void world_second_market(struct world *world)
{
    const struct input_market_set market = {
        .header = { .kind = INPUT_MARKET_SET }, .symbol = "ETH_USDC_PERP", .kind = MARKET_PERPETUAL,
        .bands = CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK, .window_log2 = 14, .base_asset = FIXTURE_ETH,
        .quote_asset = FIXTURE_USDC, .lot_units = 1000000, .tick_lot_units = 1000, .taker_fee = 500,
        .limit_min = 250000, .limit_max = 2000000, .impact_min = 950000, .impact_max = 1050000, .mean_min = 940000,
        .mean_max = 1060000, .tolerance = 50000, .slot_quota = 90, .window_step = 640, .quantity_min = 1,
        .imf = { 1, 10, 24940 }, .mmf = { 1, 20, 14960 } };

    fixture_add(&world->fixture, &market, sizeof market);
    fixture_marks(&world->fixture, WORLD_PERP_2, WORLD_ETH * 10);
    assert_int_equal(world_answer(world), REASON_NONE);
}

static void world_add_pricing(struct world *world, uint32_t asset, uint32_t quorum, uint32_t change)
{
    const struct input_pricing_set pricing = { .header = { .kind = INPUT_PRICING_SET }, .asset = (uint16_t)asset,
                                               .quorum = quorum, .stale_ms = 3600000, .outlier = 1000000,
                                               .clamp = 1000000, .change = change, .agree = 1000000 };

    fixture_add(&world->fixture, &pricing, sizeof pricing);
}

static void world_venue(struct world *world, uint32_t asset)
{
    const struct input_venue_set venue = { .header = { .kind = INPUT_VENUE_SET }, .asset = (uint16_t)asset,
                                           .weight = 1, .name = "venue" };

    world_add_pricing(world, asset, 1, 1000000);
    fixture_add(&world->fixture, &venue, sizeof venue);
}

void world_set_change(struct world *world, uint32_t asset, uint32_t change)
{
    world_add_pricing(world, asset, 1, change);
    assert_int_equal(world_answer(world), REASON_NONE);
}

void world_freeze(struct world *world, uint32_t asset)
{
    world_add_pricing(world, asset, 2, 1000000);
    assert_int_equal(world_answer(world), REASON_NONE);
}

void world_price(struct world *world, uint32_t asset, int64_t price)
{
    const uint64_t value = (uint64_t)price * PRICE_A_MILLIONTH;
    const struct input_quote quote = { .header = { .kind = INPUT_QUOTE }, .asset = (uint16_t)asset, .bid = value,
                                       .ask = value, .last = value };

    fixture_add(&world->fixture, &quote, sizeof quote);
}

void world_open_as(struct world *world, const char *backend, const struct fixture_options *options)
{
    enum { RICH = 1000000000 };

    world->notice_count = 0;
    world->most_batches = world->most_commands = 0;
    fixture_open_as(&world->fixture, backend, options);
    world_second_market(world);
    world_venue(world, FIXTURE_BTC);
    world_venue(world, FIXTURE_ETH);
    world_price(world, FIXTURE_BTC, INT64_C(1000000) * WORLD_BTC);
    world_price(world, FIXTURE_ETH, INT64_C(1000000) * WORLD_ETH);
    world_second(world);
    world->house = fixture_add_user(&world->fixture, RICH);
    world->maker = fixture_add_user(&world->fixture, RICH);
    world->lender = fixture_add_user(&world->fixture, RICH);
    fixture_deposit(&world->fixture, fixture_subaccount(world->maker), FIXTURE_ETH, INT64_C(100000) * 100000000);
    fixture_deposit(&world->fixture, fixture_subaccount(world->maker), FIXTURE_BTC, INT64_C(100000) * 100000000);
    world_seconds(world, 1);
    world_forget(world);
}

void world_open(struct world *world)
{
    world_open_as(world, "model", &(struct fixture_options){ 0 });
}

void world_close(struct world *world)
{
    fixture_close(&world->fixture);
}

struct input_liquidation_rules world_rules(void)
{
    return (struct input_liquidation_rules){
        .header = { .kind = INPUT_LIQUIDATION_RULES }, .policy = POLICY_OURS, .slice = 100000, .depth_share = 250000,
        .pause_ms = 5000, .urgent_seconds = 60, .episode_seconds = 60, .stop = 1020000, .backstop = 666667,
        .fee = 10000, .fee_share = 100000, .adl_bound = 100000, .conversion_impact = 20000, .notice_seconds = 86400 };
}

void world_set_rules(struct world *world, const struct input_liquidation_rules *rules)
{
    fixture_add(&world->fixture, rules, sizeof *rules);
    assert_int_equal(world_answer(world), REASON_NONE);
}

static void world_person(struct world *world, uint32_t number, int64_t usdc)
{
    struct input_account_create create = { .header = { .kind = INPUT_ACCOUNT_CREATE } };
    const struct input_subaccount_create subaccount = { .header = { .kind = INPUT_SUBACCOUNT_CREATE },
                                                        .account = SYSTEM_ACCOUNT + number, .name = "main" };

    snprintf((char *)create.name, sizeof create.name, "crowd%u", number);
    fixture_add(&world->fixture, &create, sizeof create);
    fixture_add(&world->fixture, &subaccount, sizeof subaccount);
    if (usdc)
        fixture_deposit(&world->fixture, fixture_subaccount(number), FIXTURE_USDC, usdc * WORLD_USDC);
}

uint32_t world_crowd(struct world *world, uint32_t count, int64_t usdc)
{
    const uint32_t first = world->fixture.users + 1;

    for (uint32_t i = 0; i < count; i++) {
        world_person(world, ++world->fixture.users, usdc);
        if (i % 512 == 511 || i + 1 == count)
            assert_int_equal(world_answer(world), REASON_NONE);
    }
    return first;
}

static void world_need_position(struct world *world, uint32_t subaccount, uint32_t market)
{
    assert_int_not_equal(state_need_position(world->fixture.state, subaccount, market), TABLE_NONE);
}

void world_trade(struct world *world, uint32_t market, uint32_t buyer, uint32_t seller, int64_t lots, uint32_t ticks)
{
    struct fixture *fixture = &world->fixture;
    const int64_t cost = (int64_t)(state_market(fixture->state, market)->tick_lot_units * ticks) * lots * 256;

    world_need_position(world, fixture_subaccount(buyer), market);
    world_need_position(world, fixture_subaccount(seller), market);
    settlement_touch(fixture->exchange, fixture_subaccount(buyer));
    settlement_touch(fixture->exchange, fixture_subaccount(seller));
    ledger_trade_position(&fixture->exchange->ledger, market, fixture_subaccount(buyer), fixture_subaccount(seller),
                          lots, cost);
}

void world_hold(struct world *world, uint32_t person, uint32_t market, int64_t lots)
{
    const uint32_t ticks = (uint32_t)(state_market(world->fixture.state, market)->mark / CARD_FIXED_ONE);

    if (lots > 0)
        world_trade(world, market, person, world->house, lots, ticks);
    else
        world_trade(world, market, world->house, person, -lots, ticks);
}

static void world_lend(struct world *world, uint32_t person, uint32_t asset, uint8_t step, int64_t units)
{
    const struct input_lend lend = { .header = { .kind = INPUT_LEND, .subaccount = fixture_subaccount(person) },
                                     .asset = (uint16_t)asset, .step = step, .amount = units };

    fixture_add(&world->fixture, &lend, sizeof lend);
    assert_int_equal(world_answer(world), REASON_NONE);
}

void world_pool(struct world *world, uint32_t asset, int64_t units)
{
    const struct input_pool_set pool = { .header = { .kind = INPUT_POOL_SET }, .asset = (uint16_t)asset,
                                         .optimal = 800000, .throttle = 1000000, .utilisation_max = 1000000,
                                         .step_seconds = 60 };

    fixture_add(&world->fixture, &pool, sizeof pool);
    assert_int_equal(world_answer(world), REASON_NONE);
    if (units == 0)
        return;
    fixture_deposit(&world->fixture, fixture_subaccount(world->lender), asset, units);
    assert_int_equal(world_answer(world), REASON_NONE);
    world_lend(world, world->lender, asset, LEND_LEND, units);
}

void world_borrow(struct world *world, uint32_t person, uint32_t asset, int64_t units)
{
    world_lend(world, person, asset, LEND_BORROW, units);
}

void world_quote_side(struct world *world, uint32_t market, uint8_t side, uint32_t best, uint32_t step, uint32_t levels,
                      int64_t lots)
{
    for (uint32_t i = 0; i < levels; i++) {
        struct input_order_new *order =
            fixture_order(&world->fixture, world->maker, market, side,
                          side == CARD_SIDE_BUY ? best - i * step : best + i * step, lots);

        order->tif = CARD_TIF_GTC;
    }
    fixture_run(&world->fixture);
    world_keep(world);
    for (size_t i = 0; i < world->fixture.result.report_count; i++)
        assert_int_not_equal(world->fixture.result.reports[i].kind, REPORT_REJECTED);
}

void world_quote(struct world *world, uint32_t market, uint32_t mid, uint32_t step, uint32_t levels, int64_t lots)
{
    struct input_mass_cancel cancel = { .header = { .kind = INPUT_MASS_CANCEL, .user = world->maker,
                                                    .subaccount = fixture_subaccount(world->maker) },
                                        .market = (uint16_t)market,
                                        .scope = INPUT_MASS_MARKET };

    fixture_add(&world->fixture, &cancel, sizeof cancel);
    fixture_run_until_done(&world->fixture);
    if (levels == 0)
        return;
    world_quote_side(world, market, CARD_SIDE_BUY, mid - step, step, levels, lots);
    world_quote_side(world, market, CARD_SIDE_SELL, mid + step, step, levels, lots);
}

void world_second(struct world *world)
{
    struct fixture *fixture = &world->fixture;
    unsigned batches = 0;

    if (fixture->count > 0) { /* a tick comes before the inputs of its batch */
        fixture_run(fixture);
        world_keep(world);
    }
    fixture->time_ns = (fixture->time_ns / NS_A_SECOND + 1) * NS_A_SECOND;
    do {
        assert_true(++batches < 900); /* inside the second */
        fixture_run(fixture);
        world_keep(world);
        if (fixture->result.commands > world->most_commands)
            world->most_commands = fixture->result.commands;
    } while (fixture->result.more);
    world->most_batches = batches > world->most_batches ? batches : world->most_batches;
}

void world_seconds(struct world *world, unsigned count)
{
    while (count-- > 0)
        world_second(world);
}

void world_forget(struct world *world)
{
    world->notice_count = 0;
}

static bool world_is_about(const struct notice *notice, enum notice_kind kind, uint32_t person)
{
    return notice->kind == kind && (person == 0 || notice->subaccount == fixture_subaccount(person));
}

unsigned world_notices(const struct world *world, enum notice_kind kind, uint32_t person)
{
    unsigned count = 0;

    for (unsigned i = 0; i < world->notice_count; i++)
        count += world_is_about(&world->notices[i], kind, person);
    return count;
}

const struct notice *world_notice(const struct world *world, enum notice_kind kind, uint32_t person)
{
    for (unsigned i = world->notice_count; i-- > 0;)
        if (world_is_about(&world->notices[i], kind, person))
            return &world->notices[i];
    return NULL;
}

int64_t world_sum(const struct world *world, enum notice_kind kind, uint32_t person, unsigned n)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < world->notice_count; i++)
        if (world_is_about(&world->notices[i], kind, person))
            sum += world->notices[i].amount[n];
    return sum;
}

const struct episode *world_episode(const struct world *world, uint32_t person)
{
    const uint32_t row = state_subaccount(world->fixture.state, fixture_subaccount(person))->episode;

    return row == TABLE_NONE ? NULL : state_episode(world->fixture.state, row);
}

void world_view(const struct world *world, uint32_t person, struct margin_view *view)
{
    margin_compute(world->fixture.state, fixture_subaccount(person), NULL, view);
}

int64_t world_lots(const struct world *world, uint32_t person, uint32_t market)
{
    return fixture_position(&world->fixture, person, market);
}

int64_t world_units(const struct world *world, uint32_t person, uint32_t asset)
{
    return fixture_balance(&world->fixture, person, asset);
}

int64_t world_borrowed(const struct world *world, uint32_t person, uint32_t asset)
{
    return lending_borrowed_by(world->fixture.state, fixture_subaccount(person), asset);
}

wide world_fund(const struct world *world)
{
    struct margin_view view;

    margin_compute(world->fixture.state, SYSTEM_FUND, NULL, &view);
    return view.equity;
}
