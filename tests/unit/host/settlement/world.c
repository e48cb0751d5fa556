#include "world.h"

#include "unit.h"

#define NS_A_SECOND UINT64_C(1000000000)

static void world_second_market(struct fixture *fixture)
{
    const struct input_market_set market = {
        .header = { .kind = INPUT_MARKET_SET }, .symbol = "ETH_USDC_PERP", .kind = MARKET_PERPETUAL,
        .bands = CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK, .window_log2 = 14, .base_asset = FIXTURE_ETH,
        .quote_asset = FIXTURE_USDC, .lot_units = 1000000, .tick_lot_units = 1000, .taker_fee = 500,
        .limit_min = 250000, .limit_max = 2000000, .impact_min = 950000, .impact_max = 1050000, .mean_min = 940000,
        .mean_max = 1060000, .tolerance = 50000, .slot_quota = 90, .window_step = 640, .quantity_min = 1,
        .imf = { 1, 10, 24940 }, .mmf = { 1, 20, 14960 } };

    fixture_add(fixture, &market, sizeof market);
    fixture_run(fixture);
    fixture_marks(fixture, WORLD_PERP_2, WORLD_MARK_2);
    fixture_run(fixture);
}

void world_open(struct fixture *fixture)
{
    const struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES },
                                             .settle_seconds = WORLD_SECONDS };

    fixture_open(fixture, "model");
    world_second_market(fixture);
    fixture_add(fixture, &rules, sizeof rules);
    fixture_run(fixture);
    world_pass(fixture);
}

void world_pool(struct fixture *fixture, uint32_t asset)
{
    const struct input_pool_set pool = { .header = { .kind = INPUT_POOL_SET }, .asset = (uint16_t)asset,
                                         .optimal = 800000, .throttle = 1000000, .utilisation_max = 1000000,
                                         .step_seconds = 60 };

    fixture_add(fixture, &pool, sizeof pool);
    assert_int_equal(world_answer(fixture), REASON_NONE);
}

void world_lend(struct fixture *fixture, uint32_t user, uint32_t asset, uint8_t step, int64_t units)
{
    const struct input_lend lend = { .header = { .kind = INPUT_LEND, .subaccount = fixture_subaccount(user) },
                                     .asset = (uint16_t)asset, .step = step, .amount = units };

    fixture_add(fixture, &lend, sizeof lend);
    assert_int_equal(world_answer(fixture), REASON_NONE);
}

void world_flags(struct fixture *fixture, uint32_t user, uint32_t flags)
{
    const struct input_subaccount_set set = {
        .header = { .kind = INPUT_SUBACCOUNT_SET, .subaccount = fixture_subaccount(user) }, .flags = flags,
        .name = "main" };

    fixture_add(fixture, &set, sizeof set);
    assert_int_equal(world_answer(fixture), REASON_NONE);
}

static void world_need_position(struct fixture *fixture, uint32_t subaccount, uint32_t market)
{
    assert_int_not_equal(state_need_position(fixture->state, subaccount, market), TABLE_NONE);
}

void world_trade(struct fixture *fixture, uint32_t market, uint32_t buyer, uint32_t seller, int64_t lots,
                 uint32_t price)
{
    const int64_t cost = (int64_t)(state_market(fixture->state, market)->tick_lot_units * price) * lots * 256;

    world_need_position(fixture, fixture_subaccount(buyer), market);
    world_need_position(fixture, fixture_subaccount(seller), market);
    settlement_touch(fixture->exchange, fixture_subaccount(buyer));
    settlement_touch(fixture->exchange, fixture_subaccount(seller));
    ledger_trade_position(&fixture->exchange->ledger, market, fixture_subaccount(buyer), fixture_subaccount(seller),
                          lots, cost);
}

void world_mark(struct fixture *fixture, uint32_t market, uint32_t ticks)
{
    fixture_marks(fixture, market, ticks);
    fixture_run(fixture);
}

void world_tick(struct fixture *fixture)
{
    fixture->time_ns = (fixture->time_ns / NS_A_SECOND + 1) * NS_A_SECOND;
    fixture_run_until_done(fixture);
}

void world_pass(struct fixture *fixture)
{
    fixture->time_ns = (fixture->time_ns / (WORLD_SECONDS * NS_A_SECOND) + 1) * WORLD_SECONDS * NS_A_SECOND;
    fixture_run_until_done(fixture);
    assert_false(settlement_under_way(fixture->state));
}

enum reason world_answer(struct fixture *fixture)
{
    enum reason reason = REASONS;

    fixture_run(fixture);
    for (size_t i = 0; i < fixture->result.report_count; i++)
        if (fixture->result.reports[i].kind == REPORT_ANSWER)
            reason = (enum reason)fixture->result.reports[i].reason;
    return reason;
}

const struct notice *world_notice(const struct fixture *fixture, enum notice_kind kind)
{
    for (size_t i = fixture->result.notice_count; i-- > 0;)
        if (fixture->result.notices[i].kind == kind)
            return &fixture->result.notices[i];
    return NULL;
}

unsigned world_notices(const struct fixture *fixture, enum notice_kind kind)
{
    unsigned count = 0;

    for (size_t i = 0; i < fixture->result.notice_count; i++)
        count += fixture->result.notices[i].kind == kind;
    return count;
}

const struct subaccount *world_account(const struct fixture *fixture, uint32_t user)
{
    return state_subaccount(fixture->state, fixture_subaccount(user));
}

int64_t world_lent(const struct fixture *fixture, uint32_t user)
{
    return lending_lent_by(fixture->state, fixture_subaccount(user), FIXTURE_USDC);
}

int64_t world_borrowed(const struct fixture *fixture, uint32_t user)
{
    return lending_borrowed_by(fixture->state, fixture_subaccount(user), FIXTURE_USDC);
}

int64_t world_apart(const struct fixture *fixture, uint32_t user)
{
    const uint32_t row = state_find_balance(fixture->state, fixture_subaccount(user), FIXTURE_USDC);

    return row ? state_balance_detail(fixture->state, row)->apart : 0;
}

wide world_profit(const struct fixture *fixture, uint32_t user)
{
    struct margin_view view;

    margin_compute(fixture->state, fixture_subaccount(user), NULL, &view);
    return view.profit;
}

wide world_equity(const struct fixture *fixture, uint32_t user)
{
    struct margin_view view;

    margin_compute(fixture->state, fixture_subaccount(user), NULL, &view);
    return view.equity;
}
