/* Every line of values.txt, which values.py works out by exact fractions. The lending pool is one of our own here, with
 * the rates of shares that docs/money.md gives and what a scenario says that is left in it. */
#include "unit.h"

#include <stdlib.h>

#include "lending.h"
#include "margin.h"

enum { FIELDS = 64, ASSETS = 3 };

/* A line's words behind the first. */
struct line {
    const char *word[FIELDS];
    int count, next;
};

static struct state state;
static uint32_t first_subaccount; /* of the scenario */
static int64_t pool_reach[ASSETS + 1], pool_cash[ASSETS + 1]; /* by asset */
static unsigned lines_seen, numbers_seen;

/* Of the line under way: numbers that were compared, where they stand in it, and those that differ. */
static int places[FIELDS], compared, differ;
static bool planting; /* a difference is what is looked for */

int64_t lending_lent_units(const struct pool *pool, int64_t shares)
{
    return shares == 0 ? 0 : (int64_t)((wide)shares * pool->lent / pool->lent_shares);
}

int64_t lending_borrowed_units(const struct pool *pool, int64_t shares)
{
    return shares == 0 ? 0 : wide_narrow(wide_divide_up((wide)shares * pool->borrowed, pool->borrowed_shares));
}

int64_t lending_lent_by(const struct state *from, uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = state_find_balance(from, subaccount, asset);

    return row == TABLE_NONE ? 0 : lending_lent_units(state_pool(from, asset), state_balance(from, row)->lent);
}

int64_t lending_reach(const struct state *from, uint32_t subaccount, uint32_t asset)
{
    (void)from;
    assert_int_equal(subaccount, first_subaccount);
    return pool_reach[asset];
}

enum reason lending_check(const struct state *from, uint32_t subaccount, uint32_t asset, unsigned step, int64_t units)
{
    (void)from;
    assert_int_equal(subaccount, first_subaccount);
    assert_int_equal(step, LEND_REDEEM);
    return units > pool_cash[asset] ? REASON_INSUFFICIENT_BORROWABLE : REASON_NONE;
}

static wide read_wide(const char *text)
{
    bool negative = *text == '-';
    uwide value = 0;

    for (text += negative; *text != '\0'; text++) {
        assert_in_range(*text, '0', '9');
        value = value * 10 + (unsigned)(*text - '0');
    }
    return negative ? -(wide)value : (wide)value;
}

static wide next_wide(struct line *line)
{
    assert_true(line->next < line->count);
    return read_wide(line->word[line->next++]);
}

static uint64_t next_number(struct line *line)
{
    return (uint64_t)next_wide(line);
}

static int64_t next_signed(struct line *line)
{
    return (int64_t)next_wide(line);
}

static void expect(struct line *line, wide value, const char *what)
{
    wide expected;

    places[compared++] = line->next;
    expected = next_wide(line);
    differ += value != expected;
    if (value != expected && !planting)
        fail_msg("line %u: %s is %.17Lg, expected %.17Lg", lines_seen, what, (long double)value, (long double)expected);
}

static void test_collateral(struct line *line)
{
    struct asset asset = {.flags = ASSET_COLLATERAL};
    uint8_t decimals;
    int64_t quantity;

    asset.decimals = (uint8_t)next_number(line);
    asset.haircut = (uint8_t)next_number(line);
    asset.weight = (uint32_t)next_number(line);
    asset.base = (uint32_t)next_number(line);
    asset.penalty = next_number(line);
    asset.index = next_number(line);
    decimals = (uint8_t)next_number(line);
    quantity = next_signed(line);
    expect(line, margin_collateral(&asset, decimals, quantity), "collateral");
}

static void test_liability(struct line *line)
{
    struct asset asset = {0};
    uint8_t decimals;

    asset.decimals = (uint8_t)next_number(line);
    asset.index = next_number(line);
    decimals = (uint8_t)next_number(line);
    expect(line, margin_liability(&asset, decimals, next_signed(line)), "liability");
}

static struct margin_function next_function(struct line *line)
{
    struct margin_function function;

    function.numerator = (uint32_t)next_number(line);
    function.denominator = (uint32_t)next_number(line);
    function.factor = next_number(line);
    return function;
}

static void test_margin(struct line *line)
{
    struct margin_function function = next_function(line);
    uint8_t decimals = (uint8_t)next_number(line);
    uint32_t leverage = (uint32_t)next_number(line);
    wide notional = next_wide(line), exact = margin_of_notional(&function, decimals, leverage, notional);
    wide bound = margin_bound_notional(&function, decimals, leverage, notional);

    expect(line, exact, "margin");
    assert_true(bound >= exact);
    /* The root's bound is off by 2 as well, which shows where it is tiny. */
    if (exact > (wide)1 << 40 && notional > (wide)1 << 40)
        assert_true(bound <= exact + exact * 9 / 100 + notional / (1 << 22) + 1);
}

static void test_fee(struct line *line)
{
    wide notional = next_wide(line);

    expect(line, margin_fee(notional, (int32_t)next_signed(line)), "fee");
}

static void test_lock(struct line *line)
{
    struct market market = {.kind = MARKET_SPOT};
    struct open_side sums = {0};
    uint8_t side;

    market.lot_units = next_number(line);
    market.taker_fee = (int32_t)next_signed(line);
    side = (uint8_t)next_number(line);
    sums.lots = next_signed(line);
    sums.notional = next_signed(line);
    sums.orders = (uint32_t)next_number(line);
    expect(line, margin_spot_lock(&market, side, &sums), "lock");
}

static void test_worst(struct line *line)
{
    struct market market = {0};

    market.mean_mark = next_number(line);
    market.mean_min = (uint32_t)next_number(line);
    market.mean_max = (uint32_t)next_number(line);
    expect(line, margin_worst_price(&market, (uint8_t)next_number(line)), "worst price");
}

static void test_adverse(struct line *line)
{
    struct market market = {0};
    uint8_t side;

    market.kind = (uint8_t)next_number(line);
    market.mark = next_number(line);
    market.tick_lot_units = next_number(line);
    side = (uint8_t)next_number(line);
    expect(line, margin_adverse_lot(&market, side, (uint32_t)next_number(line)), "adverse difference");
}

/* --- scenarios: a state of their own each --- */

static void begin_scenario(struct line *line)
{
    const struct state_sizes sizes = {
        .subaccounts = 8, .accounts = 1, .users = 1, .balances = 16, .positions = 32, .orders = 2, .slots = 2,
        .transfers = 2, .jobs = 1,
    };
    uint32_t account;

    if (state.t != NULL)
        state_destroy(&state);
    state_create(&state, &sizes);
    account = table_take(&state.accounts);
    state_account(&state, account)->leverage = (uint32_t)next_number(line);
    for (uint8_t i = 0; i < 8; i++) {
        uint32_t row = table_take(&state.subaccounts);

        if (i == 0)
            first_subaccount = state_account(&state, account)->first = row;
        state_subaccount(&state, row)->account = account;
        state_subaccount(&state, row)->name[0] = (uint8_t)('a' + i);
        state_index_subaccount(&state, row);
    }
    state_subaccount(&state, first_subaccount)->credit = next_signed(line);
    state_subaccount(&state, first_subaccount)->claim = next_signed(line);
    state_subaccount(&state, first_subaccount)->debt = next_signed(line);
    state_subaccount(&state, first_subaccount)->flags = SUBACCOUNT_CLAIMANT | (uint32_t)next_number(line);
}

static void add_asset(struct line *line)
{
    const uint32_t row = table_take(&state.assets);
    struct asset *asset = state_asset(&state, row);
    struct pool *pool = state_pool(&state, row);

    asset->decimals = (uint8_t)next_number(line);
    asset->haircut = (uint8_t)next_number(line);
    asset->flags = (uint8_t)next_number(line);
    asset->weight = (uint32_t)next_number(line);
    asset->base = (uint32_t)next_number(line);
    asset->penalty = next_number(line);
    asset->index = next_number(line);
    asset->index_raw = next_number(line);
    asset->price_flags = (uint8_t)next_number(line);
    asset->borrow_imf = next_function(line);
    asset->borrow_mmf = next_function(line);
    if (asset->flags & ASSET_SETTLEMENT)
        state.t->settlement = row;
    pool->lent = next_signed(line);
    pool->lent_shares = next_signed(line);
    pool->borrowed = next_signed(line);
    pool->borrowed_shares = next_signed(line);
    pool_reach[row] = next_signed(line);
    pool_cash[row] = next_signed(line);
}

static void add_market(struct line *line)
{
    struct market *market = state_market(&state, table_take(&state.markets));

    market->kind = (uint8_t)next_number(line);
    market->base_asset = (uint16_t)next_number(line);
    market->quote_asset = (uint16_t)next_number(line);
    market->lot_units = next_number(line);
    market->tick_lot_units = next_number(line);
    market->taker_fee = (int32_t)next_signed(line);
    market->mark = next_number(line);
    market->mark_raw = next_number(line);
    market->flags = (uint8_t)next_number(line);
    market->funding_index = next_wide(line);
    market->position_max = next_number(line);
    market->interest_max = next_number(line);
    market->open_interest = next_signed(line);
    market->imf = next_function(line);
    market->mmf = next_function(line);
}

static void add_balance(struct line *line)
{
    struct balance *balance =
        state_balance(&state, state_need_balance(&state, first_subaccount, (uint32_t)next_number(line)));

    balance->amount = next_signed(line);
    balance->locked = next_signed(line);
    balance->lent = next_signed(line);
    balance->borrowed = next_signed(line);
}

static void add_position(struct line *line)
{
    uint32_t owner = first_subaccount + (uint32_t)next_number(line);
    uint32_t row = state_need_position(&state, owner, (uint32_t)next_number(line));
    struct position *position = state_position(&state, row);
    struct open_side *sides = state_position_detail(&state, row)->side;

    position->quantity = next_signed(line);
    position->entry_cost = next_signed(line);
    position->open_cost = next_signed(line);
    position->funding = next_wide(line);
    for (int i = 0; i < 2; i++) {
        sides[i].lots = next_signed(line);
        sides[i].notional = next_signed(line);
        sides[i].adverse = next_signed(line);
        sides[i].reduce_lots = next_signed(line);
        sides[i].orders = (uint32_t)next_number(line);
    }
    state_note_sides(&state, row);
    state_count_reach(&state, row, true);
}

static void expect_view(struct line *line, const struct margin_view *view)
{
    expect(line, view->collateral, "collateral");
    expect(line, view->profit, "profit");
    expect(line, view->borrowed, "borrowed");
    expect(line, view->claims, "claims");
    expect(line, view->debts, "debts");
    expect(line, view->equity, "equity");
    expect(line, view->initial, "initial margin");
    expect(line, view->maintenance, "maintenance margin");
    expect(line, view->notional, "notional");
    expect(line, view->available, "available");
    expect(line, view->priced, "priced");
    expect(line, view->frozen, "frozen");
}

static void test_view(struct line *line)
{
    struct margin_view view, alone;

    margin_compute(&state, first_subaccount, NULL, &view);
    margin_compute_maintenance(&state, first_subaccount, &alone);
    assert_true(alone.collateral == view.collateral && alone.profit == view.profit);
    assert_true(alone.borrowed == view.borrowed && alone.claims == view.claims && alone.debts == view.debts);
    assert_true(alone.equity == view.equity && alone.maintenance == view.maintenance);
    assert_true(alone.notional == view.notional && alone.frozen == view.frozen);
    assert_true(alone.initial == 0 && alone.available == 0);
    expect_view(line, &view);
}

static struct margin_change next_change(struct line *line)
{
    struct margin_change change = {0};

    change.market = (uint32_t)next_number(line);
    change.side = (uint8_t)next_number(line);
    change.reduce_only = next_number(line);
    change.lots = next_signed(line);
    change.notional = next_signed(line);
    change.adverse = next_signed(line);
    change.orders = (int32_t)next_signed(line);
    change.position = state_find_position(&state, first_subaccount, change.market);
    return change;
}

static void test_check(struct line *line)
{
    struct margin_change change = next_change(line);

    expect(line, margin_check(&state, first_subaccount, &change), "reason of an order");
}

static void test_after(struct line *line)
{
    struct margin_change change = next_change(line);
    struct margin_view view;

    margin_compute(&state, first_subaccount, &change, &view);
    expect_view(line, &view);
}

static void test_withdrawal(struct line *line)
{
    uint32_t asset = (uint32_t)next_number(line);
    int64_t amount = next_signed(line), fresh = next_signed(line);

    expect(line, margin_check_withdrawal(&state, first_subaccount, asset, amount, fresh), "reason of a withdrawal");
}

static void test_borrow(struct line *line)
{
    uint32_t asset = (uint32_t)next_number(line);

    expect(line, margin_check_borrow(&state, first_subaccount, asset, next_signed(line)), "reason of a borrow");
}

static void test_limit(struct line *line)
{
    expect(line, margin_settlement_limit(&state, first_subaccount), "limit of settlement");
}

/* Each number that was compared, wrong by one, must be seen, and nothing else. */
static void plant_errors(void (*run)(struct line *line), const struct line *line)
{
    const int count = compared;
    int at[FIELDS];

    memcpy(at, places, sizeof at);
    planting = true;
    for (int i = 0; i < count; i++) {
        struct line wrong = *line;
        char text[64];
        const size_t last = strlen(line->word[at[i]]) - 1;

        assert_true(last < sizeof text - 1);
        strcpy(text, line->word[at[i]]);
        text[last] = text[last] == '9' ? '8' : (char)(text[last] + 1);
        wrong.word[at[i]] = text;
        wrong.next = 0;
        compared = differ = 0;
        run(&wrong);
        assert_int_equal(differ, 1);
        numbers_seen++;
    }
    planting = false;
}

static void run_line(char *text)
{
    static const struct {
        const char *name;
        void (*run)(struct line *line);
    } kinds[] = {
        {"collateral", test_collateral}, {"margin", test_margin}, {"fee", test_fee}, {"lock", test_lock},
        {"worst", test_worst}, {"adverse", test_adverse}, {"scenario", begin_scenario}, {"asset", add_asset},
        {"market", add_market}, {"balance", add_balance}, {"position", add_position}, {"view", test_view},
        {"check", test_check}, {"withdraw", test_withdrawal}, {"liability", test_liability}, {"after", test_after},
        {"borrow", test_borrow}, {"limit", test_limit},
    };
    struct line line = {0};
    char *kind = strtok(text, " \n"), *word;

    while ((word = strtok(NULL, " \n")) != NULL) {
        assert_true(line.count < FIELDS);
        line.word[line.count++] = word;
    }
    lines_seen++;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, kind) == 0) {
            compared = differ = 0;
            kinds[i].run(&line);
            assert_int_equal(line.next, line.count);
            plant_errors(kinds[i].run, &line);
            return;
        }
    }
    fail_msg("line %u: %s", lines_seen, kind);
}

static void test_values(void **unused)
{
    FILE *file = fopen(VALUES_FILE, "r");
    char text[1024];

    (void)unused;
    assert_non_null(file);
    while (fgets(text, sizeof text, file) != NULL)
        run_line(text);
    fclose(file);
    assert_true(lines_seen > 7000);
    assert_true(numbers_seen > 15000);
    state_destroy(&state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
