/* Most orders pass on a bound of what they ask for, from a few multiplications. Whatever it lets through the full sums
 * must let through too: random subaccounts whose cash is set to where these decide, one way or the other. */
#include "unit.h"

#include "margin_sum.h"
#include "mix.h"

enum { USDC = 1, ASSETS = 4, MARKETS = 7, FIRST_SPOT = 4, ANN = SYSTEM_SUBACCOUNTS, WORLDS = 3000, ORDERS = 10 };

static struct state state;
static uint64_t seed = 1;

static uint64_t below(uint64_t count)
{
    return mix_next(&seed) % count;
}

/* Of up to so many bits, each number of bits as often. */
static int64_t drawn(unsigned bits)
{
    const unsigned some = (unsigned)below(bits + 1);

    return some == 0 ? 0 : (int64_t)(mix_next(&seed) >> (64 - some));
}

static int64_t drawn_signed(unsigned bits)
{
    const int64_t value = drawn(bits);

    return below(2) ? value : -value;
}

/* Coins are worth whole numbers or little, and lose weight or not; markets' marks are far from their orders' prices,
 * so that orders may lose all that they lock, or nothing. */
static void draw_things(void)
{
    *state_asset(&state, table_take(&state.assets)) = (struct asset){
        .decimals = 6, .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL, .weight = 1000000, .borrow_imf = {1, 10, 0},
        .borrow_mmf = {1, 20, 0}, .index = UINT64_C(1000000000000)};
    state.t->settlement = USDC;
    for (uint32_t row = USDC + 1; row <= ASSETS; row++)
        *state_asset(&state, table_take(&state.assets)) = (struct asset){
            .decimals = (uint8_t)below(9), .haircut = (uint8_t)below(2), .flags = below(5) ? ASSET_COLLATERAL : 0,
            .weight = 900000 + (uint32_t)below(100001), .base = 1000000, .penalty = (uint64_t)drawn(30),
            .index = 1 + (uint64_t)drawn(50)};
    for (uint32_t row = 1; row <= MARKETS; row++)
        *state_market(&state, table_take(&state.markets)) = (struct market){
            .kind = row < FIRST_SPOT ? MARKET_PERPETUAL : MARKET_SPOT,
            .base_asset = (uint16_t)(row < FIRST_SPOT ? 2 : USDC + 1 + row % 3),
            .quote_asset = (uint16_t)(row == MARKETS ? 4 : USDC), .lot_units = 1 + (uint64_t)drawn(6),
            .tick_lot_units = 1 + (uint64_t)drawn(6),
            .mark = row >= FIRST_SPOT && below(4) == 0 ? 0 : 1 + (uint64_t)drawn(24),
            .taker_fee = below(2) ? 0 : (int32_t)drawn(14),
            .imf = {.numerator = 1, .denominator = 10 + (uint32_t)below(40), .factor = (uint64_t)drawn(18)},
            .mmf = {.numerator = 1, .denominator = 100}};
}

static void add_orders(const struct market *market, struct open_side *side, uint8_t which, int64_t lots, uint32_t price)
{
    side->orders++;
    side->lots += lots;
    side->notional += lots * (int64_t)(price * market->tick_lot_units);
    side->adverse += lots * margin_adverse_lot(market, which, price);
}

/* What orders lock is there, as the book sees to it. */
static void lock_side(const struct market *market, uint8_t which, const struct open_side *side)
{
    const uint32_t asset = which == CARD_SIDE_BUY ? market->quote_asset : market->base_asset;
    struct balance *balance = state_balance(&state, state_need_balance(&state, ANN, asset));

    if (market->kind != MARKET_SPOT)
        return;
    balance->locked += margin_spot_lock(market, which, side);
    if (balance->amount < balance->locked)
        balance->amount = balance->locked + drawn(10);
}

static void draw_position(uint32_t row)
{
    const uint32_t number = state_need_position(&state, ANN, row);
    struct open_side *sides = state_position_detail(&state, number)->side;
    const struct market *market = state_market(&state, row);

    if (market->kind != MARKET_SPOT) {
        state_position(&state, number)->quantity = drawn_signed(12);
        state_position(&state, number)->entry_cost = drawn_signed(36);
        state_position(&state, number)->open_cost = state_position(&state, number)->entry_cost;
    }
    for (uint8_t side = 0; side < 2; side++) {
        for (uint64_t i = below(3); i > 0; i--)
            add_orders(market, &sides[side], side, 1 + drawn(10), 1 + (uint32_t)drawn(16));
        lock_side(market, side, &sides[side]);
    }
    state_note_sides(&state, number);
}

static void draw_subaccount(void)
{
    const uint32_t account = table_take(&state.accounts);

    assert_int_equal(table_take(&state.subaccounts), ANN);
    state_subaccount(&state, ANN)->account = account;
    state_account(&state, account)->first = ANN;
    state_account(&state, account)->leverage = below(2) ? 0 : 300 + (uint32_t)below(3000);
    for (uint32_t row = 1; row <= ASSETS; row++)
        if (row == USDC || below(2))
            state_balance(&state, state_need_balance(&state, ANN, row))->amount = drawn(30);
    for (uint32_t row = 1; row <= MARKETS; row++)
        if (below(2))
            draw_position(row);
    if (below(8) == 0)
        state_subaccount(&state, ANN)->credit = drawn(20);
    if (below(8) == 0) {
        state_subaccount(&state, ANN)->commitments = table_take(&state.commitments);
        *state_commitment(&state, state_subaccount(&state, ANN)->commitments) =
            (struct commitment){.subaccount = ANN, .market = 1, .capacity = drawn(30)};
    }
}

static struct margin_change draw_change(void)
{
    const uint32_t row = 1 + (uint32_t)below(MARKETS), price = 1 + (uint32_t)drawn(16);
    const struct market *market = state_market(&state, row);
    struct margin_change change = {.position = state_find_position(&state, ANN, row), .market = row, .orders = 1,
                                   .side = (uint8_t)below(2), .lots = 1 + drawn(10)};

    change.notional = change.lots * (int64_t)(price * market->tick_lot_units);
    change.adverse = change.lots * margin_adverse_lot(market, change.side, price);
    return change;
}

/* Whether there is anything that margin is asked for. */
static bool is_exposed(const struct margin_change *change)
{
    if (state_market(&state, change->market)->kind != MARKET_SPOT || state_subaccount(&state, ANN)->commitments != 0)
        return true;
    for (uint32_t row = 1; row < state.positions.used; row++) {
        const struct position *position = state_position(&state, row);

        if (state_market(&state, position->market)->kind != MARKET_SPOT &&
            (position->quantity != 0 || position->open_sides != 0 || position->entry_cost > 0))
            return true;
    }
    return false;
}

/* Cash so that `change` leaves about nothing available; no less than is locked. */
static void set_cash(const struct margin_change *change)
{
    struct balance *cash = state_balance(&state, state_find_balance(&state, ANN, USDC));
    struct margin_view view;

    for (int i = 0; i < 3; i++) {
        margin_compute(&state, ANN, change, &view);
        cash->amount -= margin_units(view.available);
        cash->amount = cash->amount < cash->locked ? cash->locked : cash->amount;
    }
    cash->amount += drawn_signed(12);
    cash->amount = cash->amount < cash->locked ? cash->locked : cash->amount;
}

enum outcome { PASSED, REFUSED, NEITHER };

static enum outcome check_order(void)
{
    const struct margin_change change = draw_change();
    struct margin_view after, before;
    enum reason reason;

    set_cash(&change);
    reason = margin_check(&state, ANN, &change);
    if (!is_exposed(&change) || (reason != REASON_NONE && reason != REASON_INSUFFICIENT_MARGIN))
        return NEITHER;
    margin_compute(&state, ANN, &change, &after);
    if (reason == REASON_INSUFFICIENT_MARGIN) {
        assert_true(after.available < 0);
        return REFUSED;
    }
    margin_compute(&state, ANN, NULL, &before);
    assert_true(after.available >= 0 || after.available >= before.available);
    return after.available >= 0 ? PASSED : NEITHER;
}

static const struct state_sizes sizes = {.subaccounts = 1, .accounts = 1, .users = 1, .balances = 2 * ASSETS,
                                         .positions = 2 * MARKETS, .orders = 1, .slots = 1, .transfers = 1, .jobs = 1};

static void test_bound(void **unused)
{
    int count[3] = {0};

    (void)unused;
    for (int world = 0; world < WORLDS; world++) {
        state_create(&state, &sizes);
        draw_things();
        draw_subaccount();
        for (int i = 0; i < ORDERS; i++)
            count[check_order()]++;
        state_destroy(&state);
    }
    assert_true(count[PASSED] > WORLDS && count[REFUSED] > WORLDS);
}

/* Sells of one coin in all spot markets that get nothing for it, at weights that fall steeply; of all that is held.
 * What they lose together may exceed what the coins are worth, by roundings. */
static void test_excess(void **unused)
{
    int beyond = 0;

    (void)unused;
    for (int world = 0; world < 20000; world++) {
        struct margin_view view;
        struct margin_sum sum;
        struct asset *coin;
        wide lost = 0, worth;
        int64_t held;

        if (world % 100 == 0) {
            if (world != 0)
                state_destroy(&state);
            state_create(&state, &sizes);
            draw_things();
            draw_subaccount();
        }
        coin = state_asset(&state, USDC + 1);
        *coin = (struct asset){.decimals = (uint8_t)below(9), .haircut = HAIRCUT_INVERSE_SQRT,
                               .flags = ASSET_COLLATERAL, .weight = 1000000, .base = 1000000,
                               .penalty = (uint64_t)drawn(30), .index = 1 + (uint64_t)drawn(50)};
        state_asset(&state, USDC + 2)->flags = 0;
        held = 1 + drawn(34);
        state_balance(&state, state_need_balance(&state, ANN, USDC + 1))->amount = held;
        state_balance(&state, state_need_balance(&state, ANN, USDC + 2))->amount = 0;
        margin_sum_start(&sum, &state, ANN, NULL, &view);
        worth = margin_sum_value(&sum, USDC + 1, held);
        for (uint32_t row = FIRST_SPOT; row <= MARKETS; row++) {
            struct market *market = state_market(&state, row);
            struct open_side sides[2] = {0};

            *market = (struct market){.kind = MARKET_SPOT, .base_asset = USDC + 1, .quote_asset = USDC + 2,
                                      .lot_units = 1, .tick_lot_units = 1};
            sides[CARD_SIDE_SELL] = (struct open_side){.orders = 1, .notional = 1};
            sides[CARD_SIDE_SELL].lots = held / (MARKETS - FIRST_SPOT + 1);
            if (row == MARKETS)
                sides[CARD_SIDE_SELL].lots = held - (MARKETS - FIRST_SPOT) * (held / (MARKETS - FIRST_SPOT + 1));
            lost += margin_sum_spot_loss(&sum, market, sides);
        }
        assert_true(lost <= worth + margin_sum_spot_excess(&sum, USDC + 1, held));
        beyond += lost > worth;
    }
    state_destroy(&state);
    assert_true(beyond > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bound), cmocka_unit_test(test_excess)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
