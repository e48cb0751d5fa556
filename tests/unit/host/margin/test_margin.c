/* Where orders and withdrawals begin to be refused, to the last 1/256 unit, with numbers that a person can follow: a
 * perpetual whose lot is 100 units at the mark and asks for a tenth, a coin that is worth a unit and counts half. */
#include "unit.h"

#include "margin.h"
#include "mix.h"

enum { USDC = 1, COIN, PERP = 1, SPOT, OTHER, ANN = SYSTEM_SUBACCOUNTS, SISTER };
enum { BUY = CARD_SIDE_BUY, SELL = CARD_SIDE_SELL };
enum { SUBACCOUNTS = 3000 };

static struct state state;
static uint32_t owner;           /* account */
static struct market *perpetual, *spot;
static struct position *held;    /* ANN's in the perpetual */
static struct open_side *sides;  /* its */
static struct balance *cash, *coins;

static void add_subaccount(uint32_t number)
{
    uint32_t row = table_take(&state.subaccounts);

    state_subaccount(&state, row)->account = owner;
    memcpy(state_subaccount(&state, row)->name, &number, sizeof number);
    state_index_subaccount(&state, row);
}

static int begin(void **unused)
{
    const struct state_sizes sizes = {.subaccounts = SUBACCOUNTS + 1, .accounts = 1, .users = 1,
                                      .balances = 4, .positions = 8, .orders = 2, .slots = 2, .transfers = 2,
                                      .jobs = 1};
    const struct asset usdc = {.decimals = 6, .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL, .borrow_imf = {1, 10, 0},
                               .borrow_mmf = {1, 20, 0}};
    const struct asset coin = {.decimals = 6, .flags = ASSET_COLLATERAL, .weight = 500000,
                               .index = UINT64_C(1000000000000)};
    const struct market market = {.kind = MARKET_PERPETUAL, .base_asset = COIN, .quote_asset = USDC, .lot_units = 1,
                                  .tick_lot_units = 1, .mark = 100 * 256, .imf = {1, 10, 0}, .mmf = {1, 20, 0}};

    (void)unused;
    state_create(&state, &sizes);
    *state_asset(&state, table_take(&state.assets)) = usdc;
    state.t->settlement = USDC;
    *state_asset(&state, table_take(&state.assets)) = coin;
    for (uint32_t row = PERP; row <= OTHER; row++)
        *state_market(&state, table_take(&state.markets)) = market;
    perpetual = state_market(&state, PERP);
    spot = state_market(&state, SPOT);
    spot->kind = MARKET_SPOT;
    owner = table_take(&state.accounts);
    add_subaccount(0);
    state_account(&state, owner)->first = ANN;
    add_subaccount(1);
    held = state_position(&state, state_need_position(&state, ANN, PERP));
    sides = state_position_detail_of(&state, held)->side;
    cash = state_balance(&state, state_need_balance(&state, ANN, USDC));
    coins = state_balance(&state, state_need_balance(&state, ANN, COIN));
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    state_destroy(&state);
    return 0;
}

static struct margin_change change_of(uint32_t market, uint8_t side, int64_t lots, uint32_t price)
{
    return (struct margin_change){
        .position = state_find_position(&state, ANN, market), .market = market, .side = side, .lots = lots,
        .notional = lots * price, .orders = 1,
        .adverse = lots * margin_adverse_lot(state_market(&state, market), side, price),
    };
}

/* As the ledger and the book keep them: tests set quantities and sides by hand. */
static void count_reaches(void)
{
    for (uint32_t row = 1; row < state.positions.used; row++)
        state_position_detail(&state, row)->account_reach = state_position_detail(&state, row)->account_lots = 0;
    for (uint32_t row = 1; row < state.positions.used; row++)
        state_count_reach(&state, row, true);
}

static enum reason order(uint32_t market, uint8_t side, int64_t lots, uint32_t price)
{
    struct margin_change change = change_of(market, side, lots, price);

    count_reaches();
    return margin_check(&state, ANN, &change);
}

static enum reason withdraw(uint32_t asset, int64_t amount)
{
    return margin_check_withdrawal(&state, ANN, asset, amount, 0);
}

static void rest(uint32_t market, uint8_t side, int64_t lots, uint32_t price)
{
    struct margin_change change = change_of(market, side, lots, price);
    struct open_side *open = &state_position_detail(&state, state_need_position(&state, ANN, market))->side[side];

    open->lots += change.lots;
    open->notional += change.notional;
    open->adverse += change.adverse;
    open->orders++;
    state_note_sides(&state, state_need_position(&state, ANN, market));
}

/* In 1/256 units. */
static wide initial(void)
{
    struct margin_view view;

    margin_compute(&state, ANN, NULL, &view);
    return view.initial;
}

static void test_available_is_used_up(void **unused)
{
    (void)unused;
    cash->amount = 100;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    assert_int_equal(order(PERP, SELL, 10, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 11, 100), REASON_INSUFFICIENT_MARGIN);
    held->entry_cost = 1; /* a loss of 1/256 */
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_INSUFFICIENT_MARGIN);
    held->entry_cost = -1;
    cash->amount = 99;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_INSUFFICIENT_MARGIN);
    held->entry_cost = -256; /* profit counts */
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
}

/* At its worst price: 10 lots 3 above the mark lose 30. */
static void test_adverse_prices(void **unused)
{
    (void)unused;
    cash->amount = 130;
    assert_int_equal(order(PERP, BUY, 10, 103), REASON_NONE);
    assert_int_equal(order(PERP, SELL, 10, 97), REASON_NONE);
    assert_int_equal(order(PERP, SELL, 10, 200), REASON_NONE);
    cash->amount = 129;
    assert_int_equal(order(PERP, BUY, 10, 103), REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(order(PERP, SELL, 10, 97), REASON_INSUFFICIENT_MARGIN);
}

/* 0.05 % of 1,000 are 128/256, and each order may round up once. */
static void test_fees(void **unused)
{
    (void)unused;
    perpetual->taker_fee = 500;
    cash->amount = 101;
    held->entry_cost = 256 - 128 - 1;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    held->entry_cost++;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_INSUFFICIENT_MARGIN);
    perpetual->taker_fee = -500; /* a rebate is worth nothing before it is paid */
    held->entry_cost = 256;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    held->entry_cost++;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_INSUFFICIENT_MARGIN);
}

static void test_larger_side(void **unused)
{
    (void)unused;
    held->quantity = 10;
    assert_true(initial() == 100 * 256);
    rest(PERP, SELL, 15, 100); /* could make 5 short */
    assert_true(initial() == 100 * 256);
    rest(PERP, SELL, 10, 100); /* 15 short */
    assert_true(initial() == 150 * 256);
    rest(PERP, BUY, 4, 100); /* 14 long */
    assert_true(initial() == 150 * 256);
    rest(PERP, BUY, 1, 100);
    assert_true(initial() == 150 * 256);
    rest(PERP, BUY, 1, 90); /* 16 long */
    assert_true(initial() == 160 * 256);
    rest(PERP, SELL, 1, 50); /* still 16, and 50 worse than the mark */
    assert_true(initial() == 210 * 256);
}

static void test_reducing(void **unused)
{
    (void)unused;
    held->quantity = 10;
    held->entry_cost = 10 * 100 * 256 + 1; /* available: less than nothing */
    cash->amount = 100;
    assert_int_equal(order(PERP, SELL, 10, 100), REASON_NONE);
    assert_int_equal(order(PERP, SELL, 20, 100), REASON_NONE);
    assert_int_equal(order(PERP, SELL, 21, 100), REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(order(PERP, BUY, 1, 100), REASON_INSUFFICIENT_MARGIN);
    /* Selling at 90 loses as much as it frees, below that available falls. */
    assert_int_equal(order(PERP, SELL, 10, 90), REASON_NONE);
    assert_int_equal(order(PERP, SELL, 10, 89), REASON_INSUFFICIENT_MARGIN);
    /* Where margin costs nothing exposure may not rise either. */
    perpetual->imf = (struct margin_function){0, 1, 0};
    cash->amount = 0;
    assert_int_equal(order(PERP, SELL, 20, 100), REASON_NONE);
    assert_int_equal(order(PERP, SELL, 21, 100), REASON_INSUFFICIENT_MARGIN);
}

static void test_reduce_only(void **unused)
{
    (void)unused;
    cash->amount = 1000;
    held->quantity = 10;
    rest(PERP, SELL, 6, 100);
    sides[SELL].reduce_lots = 4;
    assert_true(initial() == 100 * 256);
    held->quantity = 3; /* under them: 2 others, 1 left to close */
    assert_true(initial() == 30 * 256);
    held->quantity = -3; /* they close nothing any more */
    assert_true(initial() == 50 * 256);
    held->quantity = 0;
    assert_true(initial() == 20 * 256);
}

/* A shortage of USDC is a borrow of it: a tenth for IM, a twentieth for MM. */
static void test_shortage(void **unused)
{
    struct margin_view view;

    (void)unused;
    cash->amount = 100;
    coins->amount = 1000;
    held->entry_cost = 300 * 256;
    margin_compute(&state, ANN, NULL, &view);
    assert_true(view.collateral == 600 * 256);
    assert_true(view.equity == 300 * 256);
    assert_true(view.initial == 20 * 256);
    assert_true(view.maintenance == 10 * 256);
    assert_true(view.notional == 200 * 256);
    assert_true(view.available == 280 * 256);
}

static void test_spot(void **unused)
{
    struct margin_view view;

    (void)unused;
    spot->taker_fee = 1000;
    cash->amount = 1002; /* 1,000, 1 of fee, 1 for the order's rounding */
    assert_int_equal(order(SPOT, BUY, 10, 100), REASON_NONE);
    cash->amount = 1001;
    assert_int_equal(order(SPOT, BUY, 10, 100), REASON_INSUFFICIENT_FUNDS);
    cash->amount = 1002;
    cash->locked = 1;
    assert_int_equal(order(SPOT, BUY, 10, 100), REASON_INSUFFICIENT_FUNDS);
    coins->amount = 10;
    assert_int_equal(order(SPOT, SELL, 10, 1), REASON_NONE); /* without perpetuals prices are one's own affair */
    assert_int_equal(order(SPOT, SELL, 11, 1), REASON_INSUFFICIENT_FUNDS);
    coins->locked = 10; /* what an order locks is still held */
    margin_compute(&state, ANN, NULL, &view);
    assert_true(view.collateral == (1002 + 5) * 256);
}

/* Buying 40 coins for 41 and a unit loses 22 of collateral; selling 40 for 10 and a fee of 1 + 1 loses 12. */
static void test_spot_with_perpetuals(void **unused)
{
    (void)unused;
    spot->taker_fee = 1000;
    spot->mark = 256;
    held->quantity = 10;
    held->entry_cost = 1000 * 256;
    cash->amount = 122;
    assert_int_equal(order(SPOT, BUY, 40, 1), REASON_NONE);
    cash->amount = 121;
    assert_int_equal(order(SPOT, BUY, 40, 1), REASON_INSUFFICIENT_MARGIN);
    spot->tick_lot_units = 1;
    coins->amount = 40;
    cash->amount = 92; /* 20 of coins: 12 more than the position asks for */
    perpetual->imf = (struct margin_function){1, 10, 0};
    {
        struct margin_change change = change_of(SPOT, SELL, 40, 1);

        change.notional = 10;
        assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
        cash->amount = 91;
        assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_MARGIN);
    }
}

/* Lots of 10 coins at 10 a lot, which count in full. */
static void open_spot(void)
{
    state_asset(&state, COIN)->weight = 1000000;
    spot->lot_units = 10;
    spot->mark = 10 * 256;
}

/* A far order gains on paper and never fills: it hides no near one's loss. Both sides may fill. Each buy locks a unit
 * for rounding. */
static void test_spot_far_orders(void **unused)
{
    (void)unused;
    open_spot();
    cash->amount = coins->amount = 1000;
    rest(SPOT, BUY, 10, 12);
    assert_true(initial() == 21 * 256);
    rest(SPOT, BUY, 50, 1);
    assert_true(initial() == 22 * 256);
    rest(SPOT, SELL, 10, 7);
    assert_true(initial() == 52 * 256);
    rest(SPOT, SELL, 50, 1000);
    assert_true(initial() == 52 * 256);
    spot->taker_fee = 1000; /* of 170 and 50,070: 1 and 51, and a unit an order */
    assert_true(initial() == (50 + 1 + 51 + 4) * 256);
    spot->mark = 0; /* their own notionals, then */
    assert_true(initial() == 0);
}

/* No side counts better than at its own prices, whatever the mark has done since; nor can it lose more than it locks.
 */
static void test_spot_mark_moves(void **unused)
{
    (void)unused;
    open_spot();
    cash->amount = coins->amount = 1000;
    rest(SPOT, BUY, 10, 12);
    rest(SPOT, SELL, 10, 8);
    spot->mark = 5 * 256;
    state_asset(&state, COIN)->index = UINT64_C(500000000000);
    assert_true(initial() == (121 - 50 + 50 - 30) * 256);
    spot->mark = 20 * 256;
    state_asset(&state, COIN)->index = UINT64_C(2000000000000);
    assert_true(initial() == (221 - 200 + 200 - 80) * 256);
    state_asset(&state, COIN)->flags = 0; /* worth nothing as collateral: what is locked can be lost */
    assert_true(initial() == 121 * 256);
}

/* Below 0 only what can't lose by itself passes. */
static void test_spot_below_zero(void **unused)
{
    (void)unused;
    open_spot();
    cash->amount = coins->amount = 1000;
    held->entry_cost = 2001 * 256; /* 1 below, and a tenth of what is missing */
    rest(SPOT, SELL, 20, 1000);
    rest(SPOT, BUY, 20, 1);
    assert_int_equal(order(SPOT, SELL, 10, 9), REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(order(SPOT, SELL, 10, 10), REASON_NONE);
    assert_int_equal(order(SPOT, SELL, 10, 11), REASON_NONE);
    assert_int_equal(order(SPOT, BUY, 10, 10), REASON_INSUFFICIENT_MARGIN); /* the unit */
    rest(SPOT, BUY, 20, 12); /* nor because the other side may lose more */
    assert_int_equal(order(SPOT, SELL, 10, 9), REASON_INSUFFICIENT_MARGIN);
    state_asset(&state, COIN)->weight = 800000; /* sold at 9 they are worth more than held */
    assert_int_equal(order(SPOT, SELL, 10, 9), REASON_NONE);
    assert_int_equal(order(SPOT, SELL, 10, 7), REASON_INSUFFICIENT_MARGIN);
}

/* A replace to a price that loses does not pass either. */
static void test_spot_replace_below_zero(void **unused)
{
    struct margin_change change;

    (void)unused;
    open_spot();
    coins->amount = 1000;
    held->entry_cost = 1001 * 256;
    rest(SPOT, SELL, 20, 1000);
    change = change_of(SPOT, SELL, 20, 9);
    change.lots = change.orders = 0;
    change.notional -= 20000;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_MARGIN);
    change = change_of(SPOT, SELL, 20, 10);
    change.lots = change.orders = 0;
    change.notional -= 20000;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
}

/* Index and mark 10, or 8 and 12 before the largest change: paper gains at neither count. */
static void test_spot_diverged(void **unused)
{
    (void)unused;
    open_spot();
    coins->amount = 100;
    state_asset(&state, COIN)->price_flags = PRICE_DIVERGED;
    state_asset(&state, COIN)->index_raw = UINT64_C(800000000000);
    spot->mark_raw = 8 * 256;
    rest(SPOT, SELL, 5, 1000);
    cash->amount = 10;
    held->entry_cost = 71 * 256; /* of 90 are left 19, and 61 missing ask for 6.1 of them */
    assert_int_equal(order(SPOT, SELL, 4, 7), REASON_NONE); /* 3 less than the mark: gets 5 */
    assert_int_equal(order(SPOT, SELL, 5, 7), REASON_INSUFFICIENT_MARGIN);
    held->entry_cost = 0;
    coins->amount = 0;
    state_position_detail(&state, state_find_position(&state, ANN, SPOT))->side[SELL] = (struct open_side){0};
    state_note_sides(&state, state_find_position(&state, ANN, SPOT));
    rest(SPOT, BUY, 10, 12);
    rest(SPOT, BUY, 10, 1);
    cash->amount = cash->locked = 132; /* pays 12 or 10, gets 8: 62 with a unit an order */
    assert_int_equal(order(PERP, BUY, 7, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 8, 100), REASON_INSUFFICIENT_MARGIN);
}

/* What is worth nothing without a price can't be lost, though at the mark there would not be enough of it. */
static void test_spot_without_price(void **unused)
{
    const uint32_t other = table_take(&state.assets);

    (void)unused;
    *state_asset(&state, other) = *state_asset(&state, COIN);
    state_balance(&state, state_need_balance(&state, ANN, other))->amount = 200;
    state_asset(&state, COIN)->index = 0;
    spot->base_asset = USDC;
    spot->quote_asset = COIN;
    coins->amount = 100;
    coins->locked = 51;
    rest(SPOT, BUY, 1, 50);
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 11, 100), REASON_NO_PRICE);
}

/* Whoever has a loss left over is exposed too. */
static void test_spot_with_a_loss(void **unused)
{
    (void)unused;
    held->entry_cost = 500 * 256;
    coins->amount = 100;
    assert_int_equal(order(SPOT, SELL, 10, 1), REASON_NONE); /* worth 5, sold for 10 */
    spot->tick_lot_units = 1;
    {
        struct margin_change change = change_of(SPOT, SELL, 10, 1);

        change.notional = 4;
        assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_MARGIN);
        held->entry_cost = 0;
        assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
    }
}

static void test_missing_prices(void **unused)
{
    (void)unused;
    cash->amount = 100;
    state_asset(&state, COIN)->index = 0;
    coins->amount = 1000;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE); /* passes without the coins */
    assert_int_equal(order(PERP, BUY, 11, 100), REASON_NO_PRICE);
    assert_int_equal(withdraw(COIN, 1000), REASON_NONE);
    perpetual->mark = 0;
    assert_int_equal(order(PERP, BUY, 1, 100), REASON_NO_PRICE);
    assert_int_equal(order(OTHER, BUY, 10, 100), REASON_NONE);
    held->quantity = 1;
    assert_int_equal(order(OTHER, BUY, 1, 100), REASON_NO_PRICE);
    assert_int_equal(withdraw(USDC, 1), REASON_NO_PRICE);
}

static void test_withdrawals(void **unused)
{
    (void)unused;
    cash->amount = 150;
    assert_int_equal(withdraw(USDC, 151), REASON_INSUFFICIENT_BALANCE);
    assert_int_equal(withdraw(USDC, 150), REASON_NONE);
    cash->locked = 20;
    assert_int_equal(withdraw(USDC, 131), REASON_INSUFFICIENT_BALANCE);
    assert_int_equal(withdraw(USDC, 130), REASON_NONE);
    held->quantity = 10;
    held->entry_cost = 500 * 256; /* a profit of 500, which can't leave */
    assert_int_equal(withdraw(USDC, 50), REASON_NONE);
    assert_int_equal(withdraw(USDC, 51), REASON_INSUFFICIENT_MARGIN);
    held->entry_cost = 1030 * 256; /* a loss of 30 */
    assert_int_equal(withdraw(USDC, 20), REASON_NONE);
    assert_int_equal(withdraw(USDC, 21), REASON_INSUFFICIENT_MARGIN);
    coins->amount = 10;
    assert_int_equal(withdraw(USDC, 25), REASON_NONE);
    assert_int_equal(withdraw(USDC, 26), REASON_INSUFFICIENT_MARGIN);
}

/* A profit in one market pays for the loss in another before it is set to 0. */
static void test_withdrawal_nets_profits(void **unused)
{
    struct position *other = state_position(&state, state_need_position(&state, ANN, OTHER));

    (void)unused;
    cash->amount = 10;
    held->entry_cost = -300 * 256;
    other->entry_cost = 200 * 256;
    assert_int_equal(withdraw(USDC, 10), REASON_NONE);
    other->entry_cost = 301 * 256;
    assert_int_equal(withdraw(USDC, 9), REASON_NONE);
    assert_int_equal(withdraw(USDC, 10), REASON_INSUFFICIENT_MARGIN);
}

/* A pool of an asset with so many units to borrow, in which a lend share is worth 2 units and a borrow share 3. */
static void open_pool(uint32_t asset, int64_t units)
{
    *state_pool(&state, asset) = (struct pool){.set = 1, .lent = 2000000, .lent_shares = 1000000,
                                               .borrowed = 2000000 - units, .borrowed_shares = (2000000 - units) / 3,
                                               .optimal = 800000, .throttle = 1000000, .utilisation_max = 1000000};
    state_asset(&state, asset)->flags |= ASSET_CAN_BORROW | ASSET_CAN_LEND;
    state_asset(&state, asset)->borrow_imf = (struct margin_function){1, 5, 0};
    state_asset(&state, asset)->borrow_mmf = (struct margin_function){1, 10, 0};
}

static struct margin_view view_now(void)
{
    struct margin_view view;

    margin_compute(&state, ANN, NULL, &view);
    return view;
}

static struct subaccount *ann(void)
{
    return state_subaccount(&state, ANN);
}

static void test_lends(void **unused)
{
    (void)unused;
    open_pool(USDC, 200000);
    open_pool(COIN, 200000);
    cash->amount = 40;
    cash->lent = 30; /* 60 units */
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 11, 100), REASON_INSUFFICIENT_MARGIN);
    coins->lent = 10; /* 20 units, worth 10 */
    assert_int_equal(order(PERP, BUY, 11, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 12, 100), REASON_INSUFFICIENT_MARGIN);
    assert_true(view_now().collateral == 110 * 256 && view_now().notional == 0 && view_now().initial == 0);
}

/* Borrowed coins: worth a unit each where they are owed, half where they are held; a fifth for IM, a tenth for MM. */
static void test_borrows(void **unused)
{
    struct margin_view view;

    (void)unused;
    open_pool(COIN, 500000);
    coins->amount = 300;
    coins->borrowed = 100; /* 300 units */
    cash->amount = 250;
    view = view_now();
    assert_true(view.collateral == 400 * 256 && view.borrowed == 300 * 256 && view.equity == 100 * 256);
    assert_true(view.initial == 60 * 256 && view.maintenance == 30 * 256 && view.notional == 300 * 256);
    assert_true(view.available == 40 * 256);
    assert_int_equal(order(PERP, BUY, 4, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 5, 100), REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(withdraw(USDC, 40), REASON_NONE);
    assert_int_equal(withdraw(USDC, 41), REASON_INSUFFICIENT_MARGIN);
    /* What is borrowed and kept costs half of itself and a fifth: 40 / 0.7 */
    assert_int_equal(margin_check_borrow(&state, ANN, COIN, 57), REASON_NONE);
    assert_int_equal(margin_check_borrow(&state, ANN, COIN, 58), REASON_INSUFFICIENT_MARGIN);
    state_asset(&state, COIN)->index = 0;
    assert_int_equal(order(PERP, BUY, 1, 100), REASON_NO_PRICE);
    assert_int_equal(withdraw(USDC, 1), REASON_NO_PRICE);
    assert_int_equal(margin_check_borrow(&state, ANN, COIN, 1), REASON_NO_PRICE);
}

/* USDC that is borrowed is exposure only as far as it is gone. */
static void test_borrows_cash(void **unused)
{
    (void)unused;
    open_pool(USDC, 500000);
    cash->borrowed = 100; /* 300 units, a tenth for IM */
    cash->amount = 300;
    state_asset(&state, USDC)->borrow_imf = (struct margin_function){1, 10, 0};
    assert_true(view_now().initial == 0 && view_now().equity == 0 && view_now().notional == 0);
    cash->amount = 100;
    coins->amount = 1000;
    assert_true(view_now().initial == 20 * 256 && view_now().equity == 300 * 256 && view_now().notional == 200 * 256);
}

/* Whoever has nothing can't hold what a pool has: all that is borrowed asks for a fifth before more is granted. */
static void test_borrow_for_nothing(void **unused)
{
    (void)unused;
    open_pool(USDC, 500000);
    assert_int_equal(margin_check_borrow(&state, ANN, USDC, 1), REASON_INSUFFICIENT_MARGIN);
    cash->amount = 100;
    assert_int_equal(margin_check_borrow(&state, ANN, USDC, 500), REASON_NONE);
    assert_int_equal(margin_check_borrow(&state, ANN, USDC, 501), REASON_INSUFFICIENT_MARGIN);
    cash->amount = 400;
    cash->borrowed = 100; /* 300 units */
    assert_int_equal(margin_check_borrow(&state, ANN, USDC, 200), REASON_NONE);
    assert_int_equal(margin_check_borrow(&state, ANN, USDC, 201), REASON_INSUFFICIENT_MARGIN);
    assert_true(view_now().initial == 0 && view_now().available == 100 * 256);
    /* Nor does what it was granted on leave again. */
    assert_int_equal(withdraw(USDC, 40), REASON_NONE);
    assert_int_equal(withdraw(USDC, 41), REASON_INSUFFICIENT_MARGIN);
    /* Spot orders that borrow: 599 and a unit, of which 400 are there. */
    open_spot();
    spot->mark = 599 * 256;
    spot->lot_units = 600;
    ann()->flags = SUBACCOUNT_AUTO_BORROW;
    assert_int_equal(order(SPOT, BUY, 1, 599), REASON_NONE);
    assert_int_equal(order(SPOT, BUY, 1, 600), REASON_INSUFFICIENT_MARGIN);
    /* A replace that locks less borrows nothing, though the rest of the side still would. */
    rest(SPOT, BUY, 1, 600);
    cash->locked = 601;
    cash->amount = 331;
    {
        struct margin_change change = change_of(SPOT, BUY, 1, 599);

        change.lots = change.orders = 0;
        change.notional -= 600;
        change.adverse -= 256;
        assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
    }
}

/* Where a borrow asks for no margin it still asks for something, claims apart. */
static void test_borrow_needs_equity(void **unused)
{
    (void)unused;
    open_pool(USDC, 500000);
    state_asset(&state, USDC)->borrow_imf = (struct margin_function){0, 1, 0};
    ann()->claim = 1000;
    ann()->flags |= SUBACCOUNT_CLAIMANT;
    assert_int_equal(margin_check_borrow(&state, ANN, USDC, 1000), REASON_INSUFFICIENT_MARGIN);
    open_spot();
    spot->tick_lot_units = 1;
    ann()->flags = SUBACCOUNT_AUTO_BORROW;
    spot->lot_units = 20; /* worth 20: nothing is lost */
    assert_int_equal(order(SPOT, BUY, 1, 9), REASON_INSUFFICIENT_MARGIN);
    cash->amount = 1;
    assert_int_equal(order(SPOT, BUY, 1, 9), REASON_NONE);
    assert_int_equal(margin_check_borrow(&state, ANN, USDC, 1000), REASON_NONE);
}

/* Claims close the gap for maintenance, and count for nothing else. */
static void test_claims_debts_credits(void **unused)
{
    struct margin_view view;

    (void)unused;
    coins->amount = 1000;
    ann()->debt = 100;
    view = view_now();
    assert_true(view.debts == 100 * 256 && view.equity == 400 * 256);
    assert_true(view.initial == 10 * 256 && view.maintenance == 5 * 256 && view.available == 390 * 256);
    cash->amount = 170; /* 70 once it is paid */
    coins->amount = 0;
    assert_int_equal(order(PERP, BUY, 7, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 8, 100), REASON_INSUFFICIENT_MARGIN);
    cash->amount = 0;
    coins->amount = 1000;
    ann()->debt = 0;
    ann()->claim = 60;
    ann()->flags |= SUBACCOUNT_CLAIMANT;
    held->entry_cost = 100 * 256;
    view = view_now();
    assert_true(view.claims == 60 * 256 && view.equity == 460 * 256);
    assert_true(view.initial == 10 * 256 && view.maintenance == 2 * 256 && view.available == 390 * 256);
    held->entry_cost = 0;
    coins->amount = 0;
    ann()->claim = 1000;
    ann()->flags |= SUBACCOUNT_CLAIMANT;
    assert_int_equal(order(PERP, BUY, 1, 100), REASON_INSUFFICIENT_MARGIN);
    ann()->credit = 100; /* counts for orders; it can't leave */
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 11, 100), REASON_INSUFFICIENT_MARGIN);
    held->quantity = 1;
    held->entry_cost = 100 * 256;
    cash->amount = 20;
    assert_int_equal(withdraw(USDC, 10), REASON_NONE);
    assert_int_equal(withdraw(USDC, 11), REASON_INSUFFICIENT_MARGIN);
}

/* 10 lots owe 10 x 25 / 10 of a u256 more or less. */
static void test_pending_funding(void **unused)
{
    (void)unused;
    held->quantity = 10;
    perpetual->funding_index = (wide)256 * 7000000000; /* 7 units a lot */
    assert_true(view_now().profit == (1000 - 70) * 256);
    held->funding = (wide)256 * 8000000000;
    assert_true(view_now().profit == (1000 + 10) * 256);
    held->quantity = 0;
    assert_true(view_now().profit == 0);
}

/* Index 1, and 0.8 or 1.25 before the largest change. */
static void test_diverged(void **unused)
{
    struct asset *coin = state_asset(&state, COIN);

    (void)unused;
    coins->amount = 200;
    coin->price_flags = PRICE_DIVERGED;
    coin->index_raw = UINT64_C(800000000000);
    assert_int_equal(order(PERP, BUY, 8, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 9, 100), REASON_INSUFFICIENT_MARGIN);
    assert_true(view_now().collateral == 100 * 256);
    coin->index_raw = UINT64_C(1250000000000);
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 11, 100), REASON_INSUFFICIENT_MARGIN);
    perpetual->mark_raw = 125 * 256;
    assert_int_equal(order(PERP, BUY, 8, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 9, 100), REASON_INSUFFICIENT_MARGIN);
    held->quantity = -2; /* as short: 50 of loss, 25 of margin, 5 for the missing 50 */
    held->entry_cost = -200 * 256;
    assert_int_equal(withdraw(COIN, 40), REASON_NONE);
    assert_int_equal(withdraw(COIN, 41), REASON_INSUFFICIENT_MARGIN);
    coin->price_flags = 0;
    assert_int_equal(withdraw(COIN, 160), REASON_NONE);
    assert_int_equal(withdraw(COIN, 161), REASON_INSUFFICIENT_MARGIN);
}

static void test_diverged_long(void **unused)
{
    (void)unused;
    cash->amount = 100;
    state_asset(&state, COIN)->price_flags = PRICE_DIVERGED;
    perpetual->mark_raw = 90 * 256;
    held->quantity = 4;
    held->entry_cost = 400 * 256; /* 40 of loss, 40 of margin at the higher mark */
    assert_int_equal(withdraw(USDC, 20), REASON_NONE);
    assert_int_equal(withdraw(USDC, 21), REASON_INSUFFICIENT_MARGIN);
    assert_true(view_now().profit == 0);
}

static void test_frozen(void **unused)
{
    (void)unused;
    coins->amount = 200;
    cash->amount = 50;
    state_asset(&state, COIN)->price_flags = PRICE_FROZEN;
    assert_true(view_now().frozen && view_now().collateral == 150 * 256);
    assert_int_equal(order(PERP, BUY, 5, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 6, 100), REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(margin_check_borrow(&state, ANN, COIN, 1), REASON_NO_PRICE);
    assert_int_equal(withdraw(COIN, 200), REASON_NONE); /* nothing depends on it */
    state_asset(&state, COIN)->price_flags = 0;
    coins->amount = 0;
    perpetual->flags = MARKET_FROZEN;
    assert_false(view_now().frozen);
    assert_int_equal(withdraw(USDC, 1), REASON_NONE);
    held->quantity = 1;
    assert_true(view_now().frozen);
    assert_int_equal(withdraw(USDC, 1), REASON_NO_PRICE);
}

/* 40 coins to sell, none there. Half of what they are worth at the mark is not lost: they are not there. */
static void test_spot_borrows(void **unused)
{
    struct margin_change change;

    (void)unused;
    open_pool(COIN, 300000);
    spot->tick_lot_units = 1;
    cash->amount = 48; /* sold at 0: 40, a fifth of 40 */
    change = change_of(SPOT, SELL, 40, 1);
    change.notional = 0;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_FUNDS);
    ann()->flags = SUBACCOUNT_AUTO_REDEEM;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_FUNDS);
    ann()->flags = SUBACCOUNT_AUTO_BORROW;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
    cash->amount = 47;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_MARGIN);
    cash->amount = 1000000;
    change.lots = 200000; /* 95 % of 2,000,000 less what is out */
    assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
    change.lots++;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_BORROWABLE);
    state_asset(&state, COIN)->flags &= (uint8_t)~ASSET_CAN_BORROW;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_FUNDS);
    state_asset(&state, COIN)->index = 0;
    state_asset(&state, COIN)->flags |= ASSET_CAN_BORROW;
    change.lots = 1;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_NO_PRICE);
}

/* The same of an asset that it never had. */
static void test_spot_borrows_unknown(void **unused)
{
    const uint32_t other = table_take(&state.assets);
    struct margin_change change;

    (void)unused;
    *state_asset(&state, other) = *state_asset(&state, COIN);
    open_pool(other, 300000);
    ann()->flags = SUBACCOUNT_AUTO_BORROW;
    spot->base_asset = (uint16_t)other;
    change = change_of(SPOT, SELL, 40, 1);
    change.notional = 0;
    cash->amount = 48;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
    cash->amount = 47;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_INSUFFICIENT_MARGIN);
}

/* Resting orders ask for the margin of what they would borrow, whoever looks. */
static void test_resting_borrow(void **unused)
{
    (void)unused;
    open_pool(COIN, 200000);
    cash->amount = 20;
    coins->amount = 10;
    coins->lent = 10; /* 20 units */
    coins->locked = 30;
    assert_true(view_now().initial == 0);
    coins->locked = 50; /* 20 more */
    assert_true(view_now().initial == 4 * 256 && view_now().maintenance == 0 && view_now().borrowed == 0);
    coins->borrowed = 10; /* 30 units, with the 20 a fifth of 50 */
    assert_true(view_now().initial == 10 * 256 && view_now().maintenance == 3 * 256);
}

/* What is lent comes back first, as far as there is cash in the pool. */
static void test_redeems(void **unused)
{
    (void)unused;
    open_pool(USDC, 60);
    cash->amount = 40;
    cash->lent = 50; /* 100 units */
    assert_int_equal(withdraw(USDC, 100), REASON_NONE);
    assert_int_equal(withdraw(USDC, 101), REASON_INSUFFICIENT_BORROWABLE);
    assert_int_equal(withdraw(USDC, 141), REASON_INSUFFICIENT_BALANCE);
    cash->locked = 50; /* 10 of them are lent ones */
    assert_int_equal(withdraw(USDC, 60), REASON_NONE);
    assert_int_equal(withdraw(USDC, 91), REASON_INSUFFICIENT_BALANCE);
    cash->locked = 0;
    assert_int_equal(order(SPOT, BUY, 1, 90), REASON_INSUFFICIENT_FUNDS);
    ann()->flags = SUBACCOUNT_AUTO_REDEEM;
    assert_int_equal(order(SPOT, BUY, 1, 99), REASON_NONE);
    assert_int_equal(order(SPOT, BUY, 1, 100), REASON_INSUFFICIENT_BORROWABLE);
    assert_int_equal(order(SPOT, BUY, 1, 140), REASON_INSUFFICIENT_FUNDS);
}

static void test_fresh_profit(void **unused)
{
    (void)unused;
    cash->amount = 100;
    assert_int_equal(margin_check_withdrawal(&state, ANN, USDC, 40, 60), REASON_NONE);
    assert_int_equal(margin_check_withdrawal(&state, ANN, USDC, 41, 60), REASON_FRESH_PROFIT);
    held->quantity = 2;
    held->entry_cost = 200 * 256;
    assert_int_equal(margin_check_withdrawal(&state, ANN, USDC, 20, 60), REASON_NONE);
    assert_int_equal(margin_check_withdrawal(&state, ANN, USDC, 21, 60), REASON_FRESH_PROFIT);
    assert_int_equal(margin_check_withdrawal(&state, ANN, USDC, 80, 60), REASON_FRESH_PROFIT);
    assert_int_equal(margin_check_withdrawal(&state, ANN, USDC, 81, 60), REASON_INSUFFICIENT_MARGIN);
}

static void test_settlement_limit(void **unused)
{
    (void)unused;
    open_pool(COIN, 200000);
    cash->amount = 10;
    state_balance_detail_of(&state, cash)->apart = 1000;
    coins->amount = 101;
    ann()->claim = 1000;
    ann()->flags |= SUBACCOUNT_CLAIMANT;
    ann()->credit = 1000;
    held->entry_cost = -100000; /* a profit */
    assert_int_equal(margin_settlement_limit(&state, ANN), 60);
    coins->borrowed = 5; /* 15 units */
    assert_int_equal(margin_settlement_limit(&state, ANN), 45);
    ann()->debt = 46;
    assert_int_equal(margin_settlement_limit(&state, ANN), 0);
    ann()->debt = 0;
    state_asset(&state, COIN)->price_flags = PRICE_FROZEN;
    coins->borrowed = 0;
    assert_int_equal(margin_settlement_limit(&state, ANN), 10);
}

static void test_caps(void **unused)
{
    struct position *sister = state_position(&state, state_need_position(&state, SISTER, PERP));

    (void)unused;
    cash->amount = 1000000;
    perpetual->position_max = 10;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 11, 100), REASON_POSITION_LIMIT);
    sister->quantity = -4;
    state_position_detail_of(&state, sister)->side[SELL].lots = 1;
    state_note_sides(&state, state_find_position(&state, SISTER, PERP));
    assert_int_equal(order(PERP, BUY, 5, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 6, 100), REASON_POSITION_LIMIT);
    held->quantity = -8; /* beyond it: nothing more, but less */
    assert_int_equal(order(PERP, SELL, 1, 100), REASON_POSITION_LIMIT);
    assert_int_equal(order(PERP, BUY, 16, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 17, 100), REASON_POSITION_LIMIT);
    perpetual->position_max = 0;
    held->quantity = 2;
    perpetual->interest_max = 20;
    perpetual->open_interest = 12;
    assert_int_equal(order(PERP, BUY, 7, 100), REASON_NONE); /* with the sister's 1 */
    assert_int_equal(order(PERP, BUY, 8, 100), REASON_OPEN_INTEREST);
}

/* However many subaccounts there are, what they hold is looked up; also where the one that asks has nothing yet, and
 * where the first one has nothing. */
static void test_siblings(void **unused)
{
    struct position *last;

    (void)unused;
    cash->amount = 1000000;
    for (uint32_t i = 2; i < SUBACCOUNTS; i++)
        add_subaccount(i);
    last = state_position(&state, state_need_position(&state, ANN + SUBACCOUNTS - 1, OTHER));
    last->quantity = -4;
    state_market(&state, OTHER)->position_max = perpetual->position_max = 10;
    assert_int_equal(order(PERP, BUY, 10, 100), REASON_NONE);
    assert_int_equal(order(OTHER, BUY, 6, 100), REASON_NONE);
    assert_int_equal(order(OTHER, BUY, 7, 100), REASON_POSITION_LIMIT);
    state_position(&state, state_need_position(&state, ANN, OTHER))->quantity = -5;
    assert_int_equal(order(OTHER, BUY, 11, 100), REASON_NONE);
    assert_int_equal(order(OTHER, BUY, 12, 100), REASON_POSITION_LIMIT);
    assert_int_equal(order(OTHER, SELL, 1, 100), REASON_NONE);
    assert_int_equal(order(OTHER, SELL, 2, 100), REASON_POSITION_LIMIT);
}

static void test_ranges(void **unused)
{
    struct margin_change change;
    const int64_t most = LIMIT_NOTIONAL_UNITS;

    (void)unused;
    cash->amount = LIMIT_BALANCE_UNITS;
    perpetual->imf = (struct margin_function){0, 1, 0};
    perpetual->mark = 256;
    assert_int_equal(order(PERP, BUY, most, 1), REASON_NONE);
    assert_int_equal(order(PERP, BUY, most + 1, 1), REASON_POSITION_LIMIT);
    held->quantity = 1; /* with it the position would be too large */
    assert_int_equal(order(PERP, BUY, most, 1), REASON_POSITION_LIMIT);
    assert_int_equal(order(PERP, BUY, most - 1, 1), REASON_NONE);
    held->quantity = 0;
    perpetual->mark = 1; /* below a tick: only notional and lots count */
    change = change_of(PERP, BUY, 4, 1);
    change.notional = most;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
    change.notional++;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_POSITION_LIMIT);
    held->entry_cost = held->open_cost = -256 * 1000; /* not because of costs */
    assert_int_equal(margin_check(&state, ANN, &change), REASON_POSITION_LIMIT);
    change.notional = 1;
    change.adverse = most * 256;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
    change.adverse++;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_POSITION_LIMIT);
    change.adverse = 0;
    change.lots = LIMIT_BALANCE_UNITS;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_NONE);
    change.lots++;
    assert_int_equal(margin_check(&state, ANN, &change), REASON_POSITION_LIMIT);
}

/* Costs stay within 2^62 whatever fills, or do not get larger. */
static void test_cost_ranges(void **unused)
{
    int64_t *const costs[] = {&held->entry_cost, &held->open_cost};
    const int64_t most = LIMIT_NOTIONAL_UNITS * 256;

    (void)unused;
    cash->amount = LIMIT_BALANCE_UNITS;
    perpetual->imf = (struct margin_function){0, 1, 0};
    for (int i = 0; i < 2; i++) {
        *costs[i] = most - 100 * 256;
        assert_int_equal(order(PERP, BUY, 1, 100), REASON_NONE);
        *costs[i] += 1;
        assert_int_equal(order(PERP, BUY, 1, 100), REASON_POSITION_LIMIT);
        assert_int_equal(order(PERP, SELL, 1, 100), REASON_NONE);
        *costs[i] = 100 * 256 - most;
        assert_int_equal(order(PERP, SELL, 1, 100), REASON_NONE);
        *costs[i] -= 1;
        assert_int_equal(order(PERP, SELL, 1, 100), REASON_POSITION_LIMIT);
        held->quantity = 1; /* also where exposure does not rise */
        assert_int_equal(order(PERP, SELL, 1, 100), REASON_POSITION_LIMIT);
        *costs[i] = -most - 5; /* fees may have brought it there: the way back is open */
        assert_int_equal(order(PERP, BUY, 1, 100), REASON_NONE);
        held->quantity = 0;
        *costs[i] = 0;
    }
}

static void test_leverage(void **unused)
{
    const struct margin_function tenth = {1, 10, 0}, high = {UINT32_MAX, UINT32_MAX, 0};

    (void)unused;
    assert_true(margin_of_notional(&tenth, 6, 0, 999000) == 99900);
    assert_true(margin_of_notional(&tenth, 6, 1001, 999000) == 99900);
    assert_true(margin_of_notional(&tenth, 6, 1000, 999000) == 99900);
    assert_true(margin_of_notional(&tenth, 6, 999, 999000) == 100000);
    assert_true(margin_of_notional(&tenth, 6, 999, 999001) == 100001);
    assert_true(margin_of_notional(&tenth, 6, 100, 7) == 7);
    assert_true(margin_of_notional(&high, 6, UINT32_MAX, 7) == 7);
    state_account(&state, state_subaccount(&state, ANN)->account)->leverage = 500;
    held->quantity = 10;
    assert_true(initial() == 200 * 256);
}

/* The lower of the account's own limit and its jurisdiction's cap. */
static void test_leverage_cap(void **unused)
{
    struct account *account = state_account(&state, ann()->account);

    (void)unused;
    held->quantity = 10;
    state.t->leverage_caps[3] = 500;
    assert_true(initial() == 100 * 256);
    account->jurisdiction = 3;
    assert_true(initial() == 200 * 256);
    account->leverage = 250;
    assert_true(initial() == 400 * 256);
    account->leverage = 800;
    assert_true(initial() == 200 * 256);
    cash->amount = 199 + 1000; /* of an order too, in the exact sums and in the bound */
    held->quantity = 0;
    assert_int_equal(order(PERP, BUY, 59, 100), REASON_NONE);
    assert_int_equal(order(PERP, BUY, 60, 100), REASON_INSUFFICIENT_MARGIN);
}

/* Draws of every size alike, as often 0 as any. */
static uint64_t drawn(uint64_t *seed, unsigned bits_max)
{
    const unsigned bits = (unsigned)(mix_next(seed) % (bits_max + 1));

    return bits == 0 ? 0 : mix_next(seed) >> (64 - bits);
}

/* What is worked out without the root is what the formula says. */
static void test_without_root(void **unused)
{
    uint64_t seed = 1;

    (void)unused;
    for (int i = 0; i < 400000; i++) {
        const struct margin_function function = {.denominator = (uint32_t)drawn(&seed, 12),
                                                 .numerator = (uint32_t)drawn(&seed, 6), .factor = drawn(&seed, 40)};
        const uint8_t decimals = (uint8_t)(mix_next(&seed) % 19);
        const uint32_t leverage = mix_next(&seed) % 2 ? (uint32_t)drawn(&seed, 14) : 0;
        const wide notional = (wide)drawn(&seed, 64) << mix_next(&seed) % 3 * 8;

        assert_true(margin_of_notional(&function, decimals, leverage, notional) ==
                    margin_of_notional_exact(&function, decimals, leverage, notional));
    }
}

static void draw_side(uint64_t *seed, struct open_side *side)
{
    *side = (struct open_side){0};
    if (mix_next(seed) % 2)
        return;
    side->orders = 1 + (uint32_t)drawn(seed, 3);
    side->lots = 1 + (int64_t)drawn(seed, 12);
    side->reduce_lots = mix_next(seed) % 2 ? 0 : (int64_t)(mix_next(seed) % (uint64_t)side->lots);
    side->notional = side->lots * 100;
    side->adverse = (int64_t)drawn(seed, 16);
}

static void assert_same_view(const struct margin_view *left, const struct margin_view *right)
{
    assert_true(left->collateral == right->collateral && left->profit == right->profit);
    assert_true(left->borrowed == right->borrowed && left->notional == right->notional);
    assert_true(left->claims == right->claims && left->debts == right->debts && left->equity == right->equity);
    assert_true(left->initial == right->initial && left->reserved == right->reserved);
    assert_true(left->maintenance == right->maintenance && left->available == right->available);
    assert_int_equal(left->priced, right->priced);
    assert_int_equal(left->frozen, right->frozen);
}

/* As it stands is what a change of nothing leaves. */
static void test_change_of_nothing(void **unused)
{
    struct margin_change nothing = change_of(PERP, BUY, 0, 100);
    struct margin_view stands, changed, maintained;
    uint64_t seed = 2;

    (void)unused;
    nothing.orders = 0;
    perpetual->taker_fee = 500;
    perpetual->imf.factor = perpetual->mmf.factor = 300000;
    for (int i = 0; i < 20000; i++) {
        held->quantity = (int64_t)drawn(&seed, 14) * (mix_next(&seed) % 2 ? 1 : -1);
        held->entry_cost = (int64_t)drawn(&seed, 30) * (mix_next(&seed) % 2 ? 1 : -1);
        draw_side(&seed, &sides[BUY]);
        draw_side(&seed, &sides[SELL]);
        state_note_sides(&state, state_find_position(&state, ANN, PERP));
        cash->amount = (int64_t)drawn(&seed, 24);
        cash->locked = (int64_t)drawn(&seed, 4) * (int64_t)(mix_next(&seed) % 2);
        coins->amount = (int64_t)drawn(&seed, 24);
        ann()->credit = (int64_t)drawn(&seed, 10);
        ann()->debt = (int64_t)drawn(&seed, 10);
        margin_compute(&state, ANN, NULL, &stands);
        margin_compute(&state, ANN, &nothing, &changed);
        assert_same_view(&stands, &changed);
        margin_compute_maintenance(&state, ANN, &maintained);
        stands.initial = stands.available = 0;
        assert_same_view(&stands, &maintained);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_available_is_used_up), TEST(test_adverse_prices), TEST(test_fees), TEST(test_larger_side),
        TEST(test_reducing), TEST(test_reduce_only), TEST(test_shortage), TEST(test_spot),
        TEST(test_spot_with_perpetuals), TEST(test_spot_with_a_loss), TEST(test_missing_prices),
        TEST(test_withdrawals), TEST(test_withdrawal_nets_profits), TEST(test_caps), TEST(test_ranges),
        TEST(test_cost_ranges), TEST(test_leverage), TEST(test_lends), TEST(test_borrows), TEST(test_borrows_cash),
        TEST(test_claims_debts_credits), TEST(test_pending_funding), TEST(test_diverged), TEST(test_diverged_long),
        TEST(test_frozen), TEST(test_spot_borrows), TEST(test_spot_borrows_unknown),
        TEST(test_resting_borrow), TEST(test_redeems),
        TEST(test_fresh_profit), TEST(test_settlement_limit), TEST(test_spot_far_orders), TEST(test_spot_mark_moves),
        TEST(test_spot_below_zero), TEST(test_spot_replace_below_zero), TEST(test_spot_diverged),
        TEST(test_spot_without_price),
        TEST(test_borrow_for_nothing), TEST(test_borrow_needs_equity), TEST(test_leverage_cap),
        TEST(test_siblings), TEST(test_without_root), TEST(test_change_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
