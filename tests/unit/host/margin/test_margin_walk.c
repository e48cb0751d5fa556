/* The walk's shortcuts against the formulas that they stand for: single multiplications at both ends of what they
 * reach, and whole subaccounts of random worlds, usual ones and others. */
#include "unit.h"

#include "margin_walk.h"
#include "mix.h"

enum { USDC = 1, ASSETS = 5, MARKETS = 8, CLIENTS = 40, WORLDS = 300 };

static struct state state;
static uint64_t seed = 1;
static bool calm;                /* a world in which most is usual */

static uint64_t below(uint64_t count)
{
    return mix_next(&seed) % count;
}

/* Of up to so many bits, each number of bits as often. */
static uint64_t drawn(unsigned bits)
{
    const unsigned some = (unsigned)below(bits + 1);

    return some == 0 ? 0 : mix_next(&seed) >> (64 - some);
}

static int64_t drawn_signed(unsigned bits)
{
    const int64_t value = (int64_t)drawn(bits);

    return below(2) ? value : -value;
}

static struct margin_function draw_function(void)
{
    const uint32_t denominator = 1 + (uint32_t)drawn(below(2) ? 7 : 20);

    if (below(40) == 0)
        return (struct margin_function){0};
    return (struct margin_function){.numerator = (uint32_t)below(denominator + 1), .denominator = denominator,
                                    .factor = below(3) == 0 ? 0 : drawn(30)};
}

static void check_rate(const struct margin_function *function, uint8_t decimals, const struct margin_rate *rate,
                       uint64_t notional)
{
    if (notional > rate->most || notional >> 63 != 0)
        return;
    assert_true(margin_of_notional_exact(function, decimals, 0, (wide)notional) ==
                (wide)margin_rate_times(rate->part, rate->shift, notional));
}

static void test_rates(void **unused)
{
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        const struct margin_function function = draw_function();
        const uint8_t decimals = (uint8_t)below(13);
        const struct margin_rate rate = margin_rate_of_function(&function, decimals);
        const uint64_t unit = function.denominator == 0 ? 1 : function.denominator;

        for (uint64_t near = 0; near < 4; near++) {
            const uint64_t multiple = drawn(40) * unit;

            check_rate(&function, decimals, &rate, near);
            check_rate(&function, decimals, &rate, rate.most - near);
            check_rate(&function, decimals, &rate, drawn(60));
            check_rate(&function, decimals, &rate, multiple + near);
            check_rate(&function, decimals, &rate, multiple - near);
        }
    }
}

/* The reach of a rate ends where the root begins to count, if nothing else ends it before. */
static void test_reach(void **unused)
{
    const struct margin_function bitcoin = {.numerator = 1, .denominator = 75, .factor = 24940};
    const struct margin_rate rate = margin_rate_of_function(&bitcoin, 6);
    const wide most = (wide)rate.most;

    (void)unused;
    assert_true(most / 256 / 1000000 == 285814); /* (1 / 75 / 0.00002494)^2 USDC */
    assert_true(margin_of_notional_exact(&bitcoin, 6, 0, most) == (most + 74) / 75);
    assert_true(margin_of_notional_exact(&bitcoin, 6, 0, most + 75000) > (most + 75000 + 74) / 75);
    assert_int_equal(margin_rate_of(1, 0).most, 0);
    assert_int_equal(margin_rate_of(0, 7).most, 0);
    assert_int_equal(margin_rate_of(8, 7).most, 0);
    assert_int_equal(margin_rate_times(margin_rate_of(7, 7).part, margin_rate_of(7, 7).shift, 12345), 12345);
}

static struct asset draw_asset(void)
{
    return (struct asset){.decimals = (uint8_t)below(19), .haircut = (uint8_t)below(2),
                          .flags = below(8) ? ASSET_COLLATERAL : 0, .weight = (uint32_t)below(1000001),
                          .base = (uint32_t)below(1000001), .penalty = below(4) ? drawn(30) : 0,
                          .index = drawn(60), .borrow_imf = draw_function(), .borrow_mmf = draw_function()};
}

/* Beyond 2^127 / 10^21 margin_collateral() may have stopped. */
static bool check_worth(const struct asset *asset, uint8_t decimals, const struct margin_worth *worth,
                        uint64_t quantity)
{
    uint64_t value;

    if (quantity > worth->most || !margin_worth_times(worth, quantity, &value))
        return false;
    assert_true((wide)value == margin_collateral(asset, decimals, (int64_t)quantity) || value >> 57 != 0);
    return true;
}

static void test_worths(void **unused)
{
    int known = 0;

    (void)unused;
    for (int i = 0; i < 20000; i++) {
        struct asset asset = draw_asset();
        const uint8_t decimals = (uint8_t)below(13);
        struct margin_worth worth;

        asset.weight = asset.weight == 0 ? 1 : asset.weight;
        asset.index = asset.index == 0 ? 1 : asset.index;
        worth = margin_worth_of(&asset, decimals);
        for (uint64_t near = 0; near < 4; near++) {
            known += check_worth(&asset, decimals, &worth, near);
            known += check_worth(&asset, decimals, &worth, worth.most - near);
            known += check_worth(&asset, decimals, &worth, drawn(60));
            known += check_worth(&asset, decimals, &worth, drawn(20) * UINT64_C(1000000));
        }
    }
    assert_true(known > 100000);
}

/* --- whole worlds --- */

/* Once in so many times, in calm worlds ten times more rarely. */
static bool rarely(uint64_t times)
{
    return below(calm ? 10 * times : times) == 0;
}

static void draw_things(void)
{
    struct asset *usdc = state_asset(&state, table_take(&state.assets));

    *usdc = (struct asset){.decimals = rarely(4) ? (uint8_t)below(13) : 6, .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL,
                           .weight = 1000000, .index = UINT64_C(1000000000000), .borrow_imf = {1, 10, 3000},
                           .borrow_mmf = {1, 20, 1000}};
    if (rarely(2)) {
        usdc->borrow_imf = draw_function();
        usdc->borrow_mmf = draw_function();
    }
    state.t->settlement = rarely(20) ? TABLE_NONE : USDC;
    for (uint32_t row = USDC + 1; row <= ASSETS; row++) {
        struct asset *asset = state_asset(&state, table_take(&state.assets));

        *asset = draw_asset();
        asset->price_flags = rarely(3) ? PRICE_FROZEN : 0;
        if (!rarely(3))
            *asset = (struct asset){.decimals = 8, .haircut = HAIRCUT_INVERSE_SQRT, .flags = ASSET_COLLATERAL,
                                    .weight = 950000, .base = 1000000, .penalty = 1000000,
                                    .index = UINT64_C(1) + drawn(50)};
        *state_pool(&state, row) = (struct pool){.set = 1, .lent = 3 + (int64_t)drawn(40), .lent_shares = 1 << 20,
                                                 .borrowed = 7 << 20, .borrowed_shares = 3 << 20};
    }
    for (uint32_t row = 1; row <= MARKETS; row++) {
        struct market *market = state_market(&state, table_take(&state.markets));

        *market = (struct market){.kind = below(5) ? MARKET_PERPETUAL : MARKET_SPOT, .base_asset = 2,
                                  .quote_asset = USDC, .lot_units = 1, .tick_lot_units = 1 + drawn(10),
                                  .mark = rarely(5) ? 0 : 1 + drawn(28),
                                  .taker_fee = (int32_t)drawn_signed(rarely(2) ? 13 : 11),
                                  .flags = rarely(5) ? MARKET_FROZEN : 0, .imf = draw_function(),
                                  .mmf = draw_function(), .funding_index = drawn_signed(50)};
        if (!rarely(2)) {
            market->imf = (struct margin_function){1, 75, 24940};
            market->mmf = (struct margin_function){1, 150, 14960};
        }
    }
}

static void draw_side(struct open_side *side)
{
    if (below(3) == 0)
        return;
    side->orders = 1 + (uint32_t)drawn(6);
    side->lots = (int64_t)drawn(20);
    side->reduce_lots = below(2) ? 0 : (int64_t)below((uint64_t)side->lots + 1);
    side->notional = (int64_t)drawn(rarely(5) ? 52 : 50);
    side->adverse = below(2) ? 0 : (int64_t)drawn(rarely(5) ? 54 : 52);
}

static void draw_position(uint32_t owner)
{
    const uint32_t row = state_need_position(&state, owner, 1 + (uint32_t)below(MARKETS));
    struct position *position = state_position(&state, row);

    position->quantity = below(8) ? drawn_signed(rarely(10) ? 30 : 12) : 0;
    position->entry_cost = rarely(9) ? (INT64_C(1) << 62) - drawn_signed(50) : drawn_signed(rarely(10) ? 60 : 50);
    position->funding = below(4) ? state_market(&state, position->market)->funding_index : drawn_signed(50);
    if (below(2)) {
        draw_side(&state_position_detail(&state, row)->side[CARD_SIDE_BUY]);
        draw_side(&state_position_detail(&state, row)->side[CARD_SIDE_SELL]);
        state_note_sides(&state, row);
    }
}

static void draw_balance(uint32_t owner)
{
    struct balance *balance =
        state_balance(&state, state_need_balance(&state, owner, 1 + (uint32_t)below(ASSETS)));

    balance->amount = (int64_t)drawn(rarely(10) ? 60 : 42);
    if (below(4) == 0)
        balance->locked = (int64_t)below(rarely(4) ? UINT64_C(1) << 50 : (uint64_t)balance->amount + 1);
    if (balance->asset != USDC && below(3) == 0)
        balance->lent = (int64_t)drawn(20);
    if (balance->asset != USDC && rarely(10))
        balance->borrowed = (int64_t)drawn(20);
}

static void draw_subaccount(void)
{
    const uint32_t row = table_take(&state.subaccounts), account = table_take(&state.accounts);
    struct subaccount *owner = state_subaccount(&state, row);

    owner->account = account;
    state_account(&state, account)->first = row;
    state_account(&state, account)->leverage = below(2) ? 0 : (uint32_t)drawn(rarely(4) ? 6 : 14);
    state_account(&state, account)->jurisdiction = (uint32_t)below(2);
    for (uint64_t i = below(6); i > 0; i--)
        draw_position(row);
    for (uint64_t i = below(5); i > 0; i--)
        draw_balance(row);
    owner->credit = below(4) ? 0 : (int64_t)drawn(rarely(4) ? 50 : 40);
    owner->debt = rarely(10) ? (int64_t)drawn(40) : 0;
    owner->claim = (int64_t)drawn(40);
    owner->flags = rarely(10) ? SUBACCOUNT_CLAIMANT : 0;
    if (rarely(15)) {
        owner->commitments = table_take(&state.commitments);
        *state_commitment(&state, owner->commitments) =
            (struct commitment){.subaccount = row, .market = 1 + (uint32_t)below(MARKETS), .capacity = 1000};
    }
}

static bool same_view(const struct margin_view *left, const struct margin_view *right)
{
    return left->collateral == right->collateral && left->profit == right->profit &&
           left->borrowed == right->borrowed && left->claims == right->claims && left->debts == right->debts &&
           left->equity == right->equity && left->initial == right->initial && left->reserved == right->reserved &&
           left->maintenance == right->maintenance && left->notional == right->notional &&
           left->available == right->available && left->priced == right->priced && left->frozen == right->frozen;
}

/* How many were handed on. */
static uint64_t walk_all(bool whole)
{
    const uint32_t used = state.subaccounts.used;
    struct margin_walk walk;

    margin_walk_begin(&walk, &state, whole);
    for (uint32_t row = SYSTEM_SUBACCOUNTS; row < used; row++) {
        struct margin_view walked, computed;

        margin_walk_compute(&walk, row, &walked);
        if (whole)
            margin_compute(&state, row, NULL, &computed);
        else
            margin_compute_maintenance(&state, row, &computed);
        assert_true(same_view(&walked, &computed));
    }
    return walk.handed_on;
}

static void test_worlds(void **unused)
{
    const struct state_sizes sizes = {.subaccounts = CLIENTS, .accounts = CLIENTS, .users = 1,
                                      .balances = CLIENTS * ASSETS, .positions = CLIENTS * MARKETS, .orders = 1,
                                      .slots = 1, .transfers = 1, .jobs = 1};
    uint64_t whole = 0, maintenance = 0;

    (void)unused;
    for (int world = 0; world < WORLDS; world++) {
        state_create(&state, &sizes);
        calm = world % 2;
        draw_things();
        state.t->leverage_caps[1] = (uint32_t)drawn(12);
        for (int i = 0; i < CLIENTS; i++)
            draw_subaccount();
        whole += walk_all(true);
        maintenance += walk_all(false);
        state_destroy(&state);
    }
    /* Both ways are gone often. */
    assert_in_range(whole, WORLDS * CLIENTS / 5, WORLDS * CLIENTS * 4 / 5);
    assert_in_range(maintenance, WORLDS * CLIENTS / 5, WORLDS * CLIENTS * 4 / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates), cmocka_unit_test(test_reach), cmocka_unit_test(test_worths),
        cmocka_unit_test(test_worlds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
