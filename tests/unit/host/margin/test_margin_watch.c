/* Detection by bounds against a scan of everybody, in random worlds: calm, crashes, funding, interest, prices that
 * come and go, money that moves, slices of rows. And the bounds by themselves: nowhere inside them is anybody at a
 * level. */
#include "unit.h"

#include <stdlib.h>

#include "check.h"
#include "mix.h"
#include "watch.h"
#include "watch_arm.h"

enum { PEOPLE = 300, COINS = 4, PERPETUALS = 4, FIRST = SYSTEM_SUBACCOUNTS, USDC = 1 };

static struct state state;
static struct watch *watch;
static uint64_t seed;
static enum watch_level found[FIRST + PEOPLE]; /* at the present tick */
static uint32_t last_found;
static unsigned calls, liquidations;

static uint64_t draw(uint64_t below)
{
    return mix_next(&seed) % below;
}

/* `value` by up to so many millionths up or down, at least 1. */
static uint64_t moved(uint64_t value, uint64_t millionths)
{
    const int64_t change = (int64_t)draw(2 * millionths + 1) - (int64_t)millionths;
    const uint64_t after = (uint64_t)((uwide)value * (uint64_t)(1000000 + change) / 1000000);

    return after == 0 ? 1 : after;
}

static void add_things(void)
{
    static const struct margin_function functions[] = {{1, 100, 0}, {1, 150, 14960}, {1, 20, 400000}, {1, 10, 3000000}};

    for (uint32_t i = 0; i <= COINS; i++) {
        const uint32_t row = table_take(&state.assets);
        struct pool *pool = state_pool(&state, row);

        *state_asset(&state, row) = (struct asset){
            .decimals = i == 0 ? 6 : (uint8_t)(4 + draw(6)),
            .flags = ASSET_CAN_BORROW | ASSET_COLLATERAL | (i == 0 ? ASSET_SETTLEMENT : 0),
            .haircut = (uint8_t)draw(2), .weight = (uint32_t)(700000 + draw(300001)), .base = 1000000,
            .penalty = draw(100000000), .index = UINT64_C(1000000000000) * (i == 0 ? 1 : 1 + draw(3000)),
            .borrow_imf = {1, 10, 0}, .borrow_mmf = functions[draw(4)]};
        *pool = (struct pool){.lent = 3000000000000, .borrowed = 1400000000000, .lent_shares = 2000000000000,
                              .borrowed_shares = 1000000000000, .set = 1};
    }
    state.t->settlement = USDC;
    for (uint32_t i = 0; i < PERPETUALS; i++)
        *state_market(&state, table_take(&state.markets)) = (struct market){
            .kind = MARKET_PERPETUAL, .base_asset = (uint16_t)(2 + i), .quote_asset = USDC,
            .tick_lot_units = 1 + draw(100),
            .mark = 256 * (1000 + draw(100000)), .imf = {1, 10, 0}, .mmf = functions[draw(4)]};
}

static void set_balance(uint32_t owner, uint32_t asset, wide value)
{
    struct balance *balance = state_balance(&state, state_need_balance(&state, owner, asset));
    const struct asset *thing = state_asset(&state, asset);
    wide units = value * 1000000000000 / (wide)thing->index;

    for (int i = 6; i < thing->decimals; i++)
        units *= 10;
    for (int i = thing->decimals; i < 6; i++)
        units /= 10;
    balance->amount = (int64_t)units;
    balance->lent = draw(3) ? 0 : (int64_t)draw((uint64_t)units / 2 + 1);
    balance->borrowed = draw(3) ? 0 : (int64_t)draw((uint64_t)units + 1);
}

/* Positions of about so much, and money for a small or a large part of it. */
static void set_person(uint32_t owner)
{
    const uint64_t size = UINT64_C(1000000) << draw(26);
    struct subaccount *subaccount = state_subaccount(&state, owner);

    for (uint32_t row = 1; row <= PERPETUALS; row++) {
        const struct market *market = state_market(&state, row);
        struct position *position;

        if (draw(2) || market->mark == 0)
            continue;
        position = state_position(&state, state_need_position(&state, owner, row));
        position->quantity = (int64_t)(draw(size) * 256 / market->mark / market->tick_lot_units);
        position->quantity = draw(2) ? position->quantity : -position->quantity;
        position->entry_cost =
            (int64_t)(position->quantity * (wide)moved(market->mark, 200000) * market->tick_lot_units);
        position->funding = market->funding_index;
    }
    for (uint32_t asset = USDC; asset <= 1 + COINS; asset++)
        if (draw(2) && state_asset(&state, asset)->index != 0)
            set_balance(owner, asset, (wide)draw(size / (1 + draw(12)) + 1));
    subaccount->claim = draw(5) ? 0 : (int64_t)draw(size / 10 + 1);
    subaccount->flags = subaccount->claim ? SUBACCOUNT_CLAIMANT : 0;
    subaccount->debt = subaccount->claim || draw(5) ? 0 : (int64_t)draw(size / 10 + 1);
}

static int begin(void **unused)
{
    const struct state_sizes sizes = {.subaccounts = PEOPLE, .accounts = 1, .users = 1, .balances = PEOPLE * 5,
                                      .positions = PEOPLE * 4, .orders = 2, .slots = 2, .transfers = 2, .jobs = 1};
    uint32_t account;

    (void)unused;
    state_create(&state, &sizes);
    add_things();
    account = table_take(&state.accounts);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        state_subaccount(&state, table_take(&state.subaccounts))->account = account;
        set_person(FIRST + i);
    }
    state.t->time_ns = UINT64_C(1700000000000000000);
    watch = watch_create(&state);
    watch_rebuild(watch, &state);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    watch_destroy(watch);
    state_destroy(&state);
    return 0;
}

/* Sometimes it has had enough: the run goes on behind it. */
static bool stops;

static bool take_found(void *context, uint32_t subaccount, enum watch_level level, const struct margin_view *view)
{
    assert_ptr_equal(context, &state);
    assert_true(subaccount > last_found);
    assert_int_equal(watch_level_of(view), level);
    found[subaccount] = level;
    last_found = subaccount;
    calls += level == WATCH_CALL;
    liquidations += level == WATCH_LIQUIDATION;
    return !stops || draw(16) != 0;
}

/* A tick, in slices of random size; then everybody by margin_compute(). */
static void tick_and_compare(void)
{
    uint32_t at = 0;

    memset(found, 0, sizeof found);
    last_found = 0;
    watch_tick(watch, &state);
    watch_cross(watch, 1);
    do {
        stops = true;
        at = watch_run(watch, &state, at, 1 + (uint32_t)draw(2 * PEOPLE), take_found, &state);
        stops = false;
    } while (at != TABLE_NONE);
    assert_int_equal(watch_due(watch), 0);
    for (uint32_t row = FIRST; row < FIRST + PEOPLE; row++) {
        struct margin_view view;
        enum watch_level level = WATCH_NONE;

        margin_compute(&state, row, NULL, &view);
        if (view.maintenance > 0 && view.equity <= view.maintenance)
            level = WATCH_LIQUIDATION;
        else if (view.maintenance > 0 && 4 * view.equity <= 5 * view.maintenance)
            level = WATCH_CALL;
        if (found[row] != level)
            fail_msg("subaccount %u: found at level %d, is at %d", row, found[row], level);
    }
}

/* All coins and marks, together or each by itself. */
static void move_prices(uint64_t millionths, int64_t trend)
{
    for (uint32_t row = 2; row <= 1 + COINS; row++) {
        struct asset *asset = state_asset(&state, row);

        if (asset->index != 0)
            asset->index = moved(asset->index * (uint64_t)(1000 + trend) / 1000, millionths);
        if (asset->index > UINT64_C(1) << 60)
            asset->index >>= 20;
    }
    for (uint32_t row = 1; row <= PERPETUALS; row++) {
        struct market *market = state_market(&state, row);

        if (market->mark != 0)
            market->mark = moved(market->mark * (uint64_t)(1000 + trend) / 1000, millionths);
        if (market->mark > UINT64_C(1) << 30)
            market->mark >>= 8;
    }
}

static void move_funding(uint64_t millionths)
{
    for (uint32_t row = 1; row <= PERPETUALS; row++) {
        struct market *market = state_market(&state, row);
        const int64_t rate = (int64_t)draw(2 * millionths + 1) - (int64_t)millionths;

        market->funding_index += (wide)rate * 1000 * (wide)market->mark * market->tick_lot_units;
    }
}

static void accrue(uint64_t millionths)
{
    for (uint32_t row = USDC; row <= 1 + COINS; row++) {
        struct pool *pool = state_pool(&state, row);
        const int64_t interest = (int64_t)((uwide)pool->borrowed * draw(millionths + 1) / 1000000);

        if (pool->lent > INT64_C(1) << 58)
            continue;
        pool->borrowed += interest;
        pool->lent += interest - interest / 10;
    }
}

/* A price that goes away and comes back; a lend index that falls. */
static void surprise(void)
{
    static uint64_t mark, index;
    struct market *market = state_market(&state, 1);
    struct asset *asset = state_asset(&state, 2);

    if (market->mark != 0 && draw(2)) {
        mark = market->mark;
        market->mark = 0;
    } else if (market->mark == 0) {
        market->mark = mark;
    } else if (asset->index != 0 && draw(2)) {
        index = asset->index;
        asset->index = 0;
    } else if (asset->index == 0) {
        asset->index = index;
    } else {
        struct pool *pool = state_pool(&state, 1 + (uint32_t)draw(1 + COINS));

        pool->lent -= pool->lent / 20;
    }
}

static void change_somebody(void)
{
    const uint32_t owner = FIRST + (uint32_t)draw(PEOPLE);

    set_person(owner);
    watch_mark_dirty(watch, owner);
}

static void run_world(unsigned ticks)
{
    for (unsigned i = 0; i < ticks; i++) {
        const uint64_t kind = draw(40);

        state.t->time_ns += UINT64_C(1000000000) * (draw(50) ? 1 : 1 + draw(8000));
        if (kind < 30)
            move_prices(100, 0);
        else if (kind < 34)
            move_prices(20000, 0);
        else if (kind < 37)
            move_prices(3000, -(int64_t)draw(400));
        else
            move_prices(3000, (int64_t)draw(700));
        if (draw(10) == 0)
            move_funding(1 + draw(5000));
        if (draw(10) == 0)
            accrue(1 + draw(2000));
        if (draw(60) == 0)
            surprise();
        for (uint64_t left = draw(3); left > 0; left--)
            change_somebody();
        if (draw(200) == 0)
            watch_rebuild(watch, &state);
        tick_and_compare();
    }
}

static void test_as_a_scan(void **unused)
{
    (void)unused;
    for (uint64_t world = 1; world <= 24; world++) {
        seed = world;
        begin(NULL);
        run_world(150);
        end(NULL);
    }
    assert_true(calls > 8000);
    assert_true(liquidations > 40000);
}

/* A random point of the box, corners included. */
static void move_inside(uint64_t *price, const struct watch_bound *bounds, int count, uint16_t factor, bool balance)
{
    const uint64_t corner = draw(4);
    uint64_t low = *price / 2 + 1, high = *price * 2 - 1;

    for (int i = 0; i < count; i++) {
        if (bounds[i].factor != factor || bounds[i].balance != balance)
            continue;
        if (bounds[i].up)
            high = bounds[i].price;
        else
            low = bounds[i].price;
    }
    assert_true(low <= *price && *price <= high);
    *price = corner == 0 ? low : corner == 1 ? high : low + draw(high - low + 1);
}

/* What time may do before everybody is looked at, at its worst. */
static void move_time(void)
{
    for (uint32_t row = 1; row <= PERPETUALS; row++) {
        struct market *market = state_market(&state, row);
        const wide room = (wide)market->mark * market->tick_lot_units * 1000000000 >> WATCH_FUNDING_LOG2;

        market->funding_index += draw(2) ? room : -room;
    }
    for (uint32_t row = USDC; row <= 1 + COINS; row++) {
        struct pool *pool = state_pool(&state, row);

        pool->lent -= pool->lent >> WATCH_POOL_LOG2;
        pool->borrowed += pool->borrowed >> WATCH_POOL_LOG2;
    }
}

static void probe_box(uint32_t owner, const struct watch_bound *bounds, int count)
{
    struct asset assets[2 + COINS];
    struct market markets[1 + PERPETUALS];
    struct pool pools[2 + COINS];
    struct margin_view view;

    memcpy(assets, state_asset(&state, 0), sizeof assets);
    memcpy(pools, state_pool(&state, 0), sizeof pools);
    memcpy(markets, state_market(&state, 0), sizeof markets);
    if (draw(2))
        move_time();
    for (uint32_t row = 2; row <= 1 + COINS; row++)
        move_inside(&state_asset(&state, row)->index, bounds, count, (uint16_t)row, true);
    for (uint32_t row = 1; row <= PERPETUALS; row++)
        move_inside(&state_market(&state, row)->mark, bounds, count, (uint16_t)row, false);
    margin_compute(&state, owner, NULL, &view);
    assert_true(watch_level_of(&view) == WATCH_NONE);
    memcpy(state_asset(&state, 0), assets, sizeof assets);
    memcpy(state_pool(&state, 0), pools, sizeof pools);
    memcpy(state_market(&state, 0), markets, sizeof markets);
}

/* And the bounds are not far from as wide as they could be: outside, at the corner that each is for, there is a level.
 * */
static void count_tight(uint32_t owner, const struct watch_bound *bounds, int count, unsigned *tight)
{
    uint64_t saved[WATCH_BOUNDS];
    struct margin_view view;

    for (int i = 0; i < count; i++) {
        uint64_t *price = bounds[i].balance ? &state_asset(&state, bounds[i].factor)->index
                                            : &state_market(&state, bounds[i].factor)->mark;
        const int64_t more = (int64_t)((wide)((int64_t)bounds[i].price - (int64_t)*price) * 14 / 10);

        saved[i] = *price;
        *price = (uint64_t)((int64_t)*price + more);
    }
    margin_compute(&state, owner, NULL, &view);
    *tight += watch_level_of(&view) != WATCH_NONE;
    for (int i = 0; i < count; i++)
        *(bounds[i].balance ? &state_asset(&state, bounds[i].factor)->index
                            : &state_market(&state, bounds[i].factor)->mark) = saved[i];
}

static void test_boxes(void **unused)
{
    unsigned armed = 0, tight = 0;

    (void)unused;
    for (uint64_t world = 1000; world < 1030; world++) {
        seed = world;
        begin(NULL);
        for (uint32_t row = FIRST; row < FIRST + PEOPLE; row++) {
            struct watch_bound bounds[WATCH_BOUNDS];
            struct margin_view view;
            int count = -1;

            margin_compute(&state, row, NULL, &view);
            if (watch_level_of(&view) == WATCH_NONE)
                count = watch_arm_bounds(&state, row, &view, bounds);
            if (count <= 0)
                continue;
            armed++;
            for (int i = 0; i < 30; i++)
                probe_box(row, bounds, count);
            count_tight(row, bounds, count, &tight);
        }
        end(NULL);
    }
    assert_true(armed > 1500);
    assert_true(tight > armed * 8 / 10);
}

/* A calm day visits few: those at a level, those whose turn of the cycle it is, those who cross. */
static void test_calm(void **unused)
{
    uint64_t before, levels;

    (void)unused;
    seed = 5;
    begin(NULL);
    tick_and_compare();
    tick_and_compare();
    calls = liquidations = 0;
    before = watch_visits(watch);
    for (int i = 0; i < 100; i++) {
        state.t->time_ns += UINT64_C(1000000000);
        move_prices(50, 0);
        tick_and_compare();
    }
    levels = calls + liquidations;
    assert_in_range(watch_visits(watch) - before, levels, levels + 100 * PEOPLE / 10);
    end(NULL);
}

/* Nobody but one: a position, or a lend and a borrow. */
static void begin_alone(int64_t quantity, bool borrows)
{
    struct balance *cash, *coins;
    struct market *market;

    seed = 9;
    begin(NULL);
    for (uint32_t row = FIRST; row < FIRST + PEOPLE; row++)
        *state_subaccount(&state, row) = (struct subaccount){.account = state_subaccount(&state, row)->account};
    memset(state_balance(&state, 1), 0, (state.balances.used - 1) * sizeof(struct balance));
    memset(state_position(&state, 1), 0, (state.positions.used - 1) * sizeof(struct position));
    state.balances.used = state.balance_details.used = state.positions.used = state.position_details.used = 1;
    market = state_market(&state, 1);
    market->mmf = (struct margin_function){1, 100, 0};
    state_asset(&state, 2)->borrow_mmf = (struct margin_function){1, 20, 0};
    cash = state_balance(&state, state_need_balance(&state, FIRST, USDC));
    if (quantity != 0) {
        struct position *position = state_position(&state, state_need_position(&state, FIRST, 1));

        position->quantity = quantity;
        position->entry_cost = (int64_t)(quantity * (wide)market->mark * market->tick_lot_units);
        cash->amount = (int64_t)(llabs(quantity) * (wide)market->mark * market->tick_lot_units / 256 / 10);
    }
    if (borrows) {
        coins = state_balance(&state, state_need_balance(&state, FIRST, 2));
        coins->borrowed = 1000000;
        cash->lent = (int64_t)(margin_liability(state_asset(&state, 2), 6, 1500000) / 256 * 11 / 10 * 2 / 3);
    }
    watch_rebuild(watch, &state);
    watch_tick(watch, &state);
    watch_cross(watch, 1);
    assert_int_equal(watch_run(watch, &state, 0, UINT32_MAX, take_found, &state), TABLE_NONE);
    watch_tick(watch, &state);
    watch_cross(watch, 1);
    assert_int_equal(watch_due(watch), 0);
}

static bool is_due(void)
{
    watch_tick(watch, &state);
    watch_cross(watch, 1);
    return watch_due(watch) > 0;
}

/* The first price beyond a bound makes it due, not one on the near side of the bound's level. */
static void test_crossing(void **unused)
{
    (void)unused;
    for (uint64_t i = 0; i < 400; i++) {
        struct watch_bound bounds[WATCH_BOUNDS];
        struct margin_view view;
        struct market *market;

        begin_alone((int64_t)(1000 + i * 7919) * (i % 2 ? 1 : -1), false);
        market = state_market(&state, 1);
        margin_compute(&state, FIRST, NULL, &view);
        assert_int_equal(watch_arm_bounds(&state, FIRST, &view, bounds), 1);
        assert_int_equal(bounds[0].up, i % 2 == 0);
        market->mark = bounds[0].up ? bounds[0].price - market->mark / 2000 : bounds[0].price + market->mark / 2000;
        assert_false(is_due());
        market->mark = bounds[0].up ? bounds[0].price + 1 : bounds[0].price - 1;
        assert_true(is_due());
        end(NULL);
    }
}

/* What moves without a price: everybody is due when it has used up what was taken off for it, and not before. */
static void test_time(void **unused)
{
    struct market *market;
    struct pool *pool;

    (void)unused;
    for (int sign = -1; sign <= 1; sign += 2) {
        begin_alone(1000000, false);
        market = state_market(&state, 1);
        market->funding_index = sign * ((wide)market->mark * market->tick_lot_units * 1000000000 >> WATCH_FUNDING_LOG2);
        assert_false(is_due());
        market->funding_index += sign;
        assert_true(is_due());
        end(NULL);
    }
    begin_alone(0, true);
    pool = state_pool(&state, USDC);
    pool->lent -= (pool->lent >> WATCH_POOL_LOG2) - 1;
    assert_false(is_due());
    pool->lent -= 2;
    assert_true(is_due());
    end(NULL);
    begin_alone(0, true);
    pool = state_pool(&state, 2);
    pool->borrowed += (pool->borrowed >> WATCH_POOL_LOG2) - 1;
    assert_false(is_due());
    pool->borrowed += 3;
    assert_true(is_due());
    end(NULL);
}

static void run_all(void)
{
    assert_int_equal(watch_run(watch, &state, 0, UINT32_MAX, take_found, &state), TABLE_NONE);
    assert_int_equal(watch_due(watch), 0);
}

/* Everybody has a turn in each cycle; a price that has doubled since somebody's last turn, in this cycle or in the one
 * before, makes everybody due. */
static void test_cycle(void **unused)
{
    const uint64_t cycle = WATCH_CYCLE_SECONDS * UINT64_C(1000000000);
    const uint64_t turn = (cycle * (FIRST + 1) + FIRST + PEOPLE - 1) / (FIRST + PEOPLE);
    struct market *market;
    uint64_t mark;

    (void)unused;
    begin_alone(1000000, false);
    market = state_market(&state, 1);
    mark = market->mark;
    state.t->time_ns += turn - 1;
    assert_false(is_due());
    state.t->time_ns += 1;
    assert_true(is_due());
    run_all();
    state.t->time_ns += cycle - turn; /* a new one */
    market->mark = mark * 18 / 10;
    assert_false(is_due());
    state.t->time_ns += turn - 1;
    market->mark = mark * 2;
    assert_false(is_due());
    market->mark++;
    assert_true(is_due());
    run_all();
    state.t->time_ns += 1;
    assert_true(is_due());
    run_all();
    market->mark = mark * 17 / 10; /* its own bound is further */
    assert_false(is_due());
    end(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crossing), cmocka_unit_test(test_time), cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_boxes), cmocka_unit_test(test_calm), cmocka_unit_test(test_as_a_scan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
