/* The recount of a whole state, and one planted violation of every kind: each must be named by table, row and value. */
#include "mix.h"
#include "unit.h"

#include "ledger.h"
#include "margin.h"
#include "order.h"
#include "reason.h"

enum { USDC = 1, BTC, PERP = 1, SPOT, ANN = SYSTEM_SUBACCOUNTS, BEN, CIS };
enum { UNIT = 1000 }; /* tick x lot of both markets */

static struct state state;
static struct ledger ledger;

/* Rows of orders, in the order in which they are made. */
enum {
    CUT = 1, SELL, PARKED, PARKED_2, PARKED_3, TRIGGER, TRIGGER_2, SPOT_BUY, SPOT_SELL, WAITS, BUMPED, LEG,
    FREE, FREE_2,
};

static struct order *order(uint32_t row)
{
    return order_row(&state, row);
}

static struct position *position(uint32_t subaccount, uint32_t market)
{
    return state_position(&state, state_find_position(&state, subaccount, market));
}

static struct position_detail *detail(uint32_t subaccount, uint32_t market)
{
    return state_position_detail_of(&state, position(subaccount, market));
}

static struct balance *balance(uint32_t subaccount, uint32_t asset)
{
    return state_balance(&state, state_find_balance(&state, subaccount, asset));
}

static struct balance_detail *sums(uint32_t subaccount, uint32_t asset)
{
    return state_balance_detail_of(&state, balance(subaccount, asset));
}

static struct slot *slot(uint32_t row)
{
    return table_row(&state.slots, row);
}

static void add_people(void)
{
    for (uint8_t i = 0; i < 2; i++) {
        uint32_t account = table_take(&state.accounts), row = table_take(&state.subaccounts);
        uint32_t user = table_take(&state.users);

        state_account(&state, account)->name[0] = (uint8_t)('a' + i);
        state_index_account(&state, account);
        state_subaccount(&state, row)->account = account;
        state_index_subaccount(&state, row);
        state_account(&state, account)->first = row;
        state_user(&state, user)->name[0] = (uint8_t)('a' + i);
        state_user(&state, user)->account = account;
        state_index_user(&state, user);
        ledger_move(&ledger, ENTRY_DEPOSIT, USDC, SYSTEM_CUSTODY, row, 1000000000);
        ledger_move(&ledger, ENTRY_DEPOSIT, BTC, SYSTEM_CUSTODY, row, 1000000);
        state_need_position(&state, row, PERP);
        state_need_position(&state, row, SPOT);
    }
}

static void add_things(void)
{
    table_take(&state.assets);
    table_take(&state.assets);
    for (uint8_t kind = MARKET_PERPETUAL; kind >= MARKET_SPOT; kind--)
        *state_market(&state, table_take(&state.markets)) =
            (struct market){.kind = kind, .base_asset = BTC, .quote_asset = USDC, .lot_units = 10,
                            .tick_lot_units = UNIT, .taker_fee = 500};
    state_need_position(&state, SYSTEM_FEES, PERP);
}

static void add_to_lists(uint32_t row)
{
    struct order *made = order(row);
    struct position_detail *at = state_position_detail(&state, made->position);
    struct user *user = state_user(&state, made->user);

    made->next_in_position = at->orders;
    if (at->orders != TABLE_NONE)
        order(at->orders)->prev_in_position = row;
    at->orders = row;
    made->next_of_user = user->orders;
    if (user->orders != TABLE_NONE)
        order(user->orders)->prev_of_user = row;
    user->orders = row;
    if (made->reference != 0) {
        uint32_t *bucket =
            order_bucket(&state, made->user, made->reference);

        made->next_in_bucket = *bucket;
        *bucket = row;
    }
}

static void add_to_sums(uint32_t row)
{
    struct order *made = order(row);
    struct market *market = state_market(&state, made->market);
    struct open_side *side = &state_position_detail(&state, made->position)->side[made->side];
    int64_t before = market->kind == MARKET_SPOT ? margin_spot_lock(market, made->side, side) : 0;
    bool reduce_only = made->flags & INPUT_ORDER_REDUCE_ONLY;

    state_count_reach(&state, made->position, false);
    side->lots += made->active;
    side->notional += made->active * made->price * UNIT;
    side->adverse += made->active * made->adverse_lot;
    side->orders += made->active > 0;
    side->reduce_lots += reduce_only ? made->active : 0;
    state_count_reach(&state, made->position, true);
    state_note_sides(&state, made->position);
    side->waiting += reduce_only && made->place <= ORDER_WAITING ? made->open - made->active : 0;
    if (market->kind != MARKET_SPOT)
        return;
    ledger_lock(&ledger, made->subaccount, made->side == CARD_SIDE_BUY ? USDC : BTC,
                margin_spot_lock(market, made->side, side) - before);
    if (made->side == CARD_SIDE_BUY)
        ledger_expect(&ledger, made->subaccount, BTC, (wide)made->active * (wide)market->lot_units);
    else
        ledger_expect(&ledger, made->subaccount, USDC, made->active * made->price * UNIT);
}

static void add_to_trees(uint32_t row)
{
    const struct tree prices = {&state.orders, offsetof(struct order, price_node), 0};
    const struct tree times = {&state.orders, offsetof(struct order, time_node), 0};
    struct order *made = order(row);
    struct market *market = state_market(&state, made->market);

    if (made->place == ORDER_PARKED)
        tree_put(&prices, &market->parked[made->side], row, made->price, made->priority);
    if (made->place == ORDER_TRIGGER) {
        tree_put(&prices, &market->triggers[made->trigger_by - 1][made->trigger_when - 1], row, made->trigger_price,
                 made->id);
        state_position_detail(&state, made->position)->stops++;
    }
    if (made->due_ns != 0)
        tree_put(&times, &state.t->bumps, row, made->due_ns, made->id);
    else if (made->expires_ns != 0)
        tree_put(&times, &state.t->expiries, row, made->expires_ns, made->id);
}

/* Its own number as reference, open 2, active where it rests. */
static struct order *add_order(enum order_place place, uint32_t subaccount, uint16_t market, uint8_t side,
                               uint32_t price)
{
    uint32_t row = table_take(&state.orders);
    struct order *made = order(row);

    *made = (struct order){.id = state.t->next_order++ << 22 | row, .user = subaccount - ANN + 1, .reference = row,
                           .subaccount = subaccount, .position = state_find_position(&state, subaccount, market),
                           .market = market, .side = side, .place = (uint8_t)place, .price = price, .quantity = 2,
                           .open = 2, .priority = row};
    state_account(&state, state_subaccount(&state, subaccount)->account)->orders++;
    if (place == ORDER_ON_CARD || place == ORDER_PARKED)
        made->active = 2;
    if (place == ORDER_ON_CARD) {
        made->slot = ++state.t->slots_made;
        *slot(made->slot) = (struct slot){row, 1};
        made->generation = 1;
        state_market(&state, market)->slots_used++;
        state_position_detail(&state, made->position)->account_slots++;
    }
    return made;
}

static void add_orders(void)
{
    add_order(ORDER_ON_CARD, ANN, PERP, CARD_SIDE_SELL, 101)->flags = INPUT_ORDER_REDUCE_ONLY;
    add_order(ORDER_ON_CARD, ANN, PERP, CARD_SIDE_SELL, 102)->adverse_lot = 7;
    order(SELL)->expires_ns = 1000;
    for (int i = 0; i < 3; i++)
        add_order(ORDER_PARKED, BEN, PERP, CARD_SIDE_BUY, 50 + (i == 2))->expires_ns = i == 1 ? 500 : 0;
    for (int i = 0; i < 2; i++) {
        *add_order(ORDER_TRIGGER, ANN, PERP, CARD_SIDE_BUY, 90) = *order(TRIGGER + i);
        order(TRIGGER + i)->trigger_by = INPUT_BY_INDEX;
        order(TRIGGER + i)->trigger_when = INPUT_AT_OR_BELOW;
        order(TRIGGER + i)->trigger_price = 80;
    }
    order(TRIGGER)->expires_ns = 1000;
    add_order(ORDER_ON_CARD, BEN, SPOT, CARD_SIDE_BUY, 99);
    add_order(ORDER_ON_CARD, ANN, SPOT, CARD_SIDE_SELL, 103);
    add_order(ORDER_WAITING, ANN, PERP, CARD_SIDE_SELL, 104)->flags = INPUT_ORDER_REDUCE_ONLY;
    add_order(ORDER_BUMPED, BEN, PERP, CARD_SIDE_SELL, 105)->due_ns = 100;
    order(BUMPED)->expires_ns = 2000;
    add_order(ORDER_TRIGGER, ANN, PERP, CARD_SIDE_BUY, 70);
    order(LEG)->trigger_by = INPUT_BY_MARK;
    order(LEG)->trigger_when = INPUT_AT_OR_ABOVE;
    order(LEG)->trigger_price = 120;
    order(LEG)->parent = SELL;
    order(LEG)->parent_reference = order(LEG)->reference;
    order(LEG)->reference = 0;
    order(SELL)->attached[1] = LEG;
    for (uint32_t row = CUT; row <= LEG; row++) {
        add_to_lists(row);
        add_to_sums(row);
        add_to_trees(row);
    }
}

/* Free rows, slots, transfers, queues. */
static void add_rest(void)
{
    struct transfer transfer = {.asset = USDC, .amount = 5};

    table_take(&state.orders);
    table_take(&state.orders);
    table_give(&state.orders, FREE);
    table_give(&state.orders, FREE_2);
    for (int i = 0; i < 2; i++) {
        struct slot *made = slot(++state.t->slots_made);

        *made = (struct slot){state.t->slot_free | UINT32_C(0x80000000), 3};
        state.t->slot_free = state.t->slots_made;
        transfer.id[0] = (uint8_t)i;
        state_add_transfer(&state, &transfer);
    }
    state.t->jobs = table_take(&state.jobs);
    state.t->jobs_last = table_take(&state.jobs);
    ((struct job *)table_row(&state.jobs, state.t->jobs))->next = state.t->jobs_last;
    state.t->refills = state_find_position(&state, ANN, PERP);
    detail(ANN, PERP)->next_refill = state_find_position(&state, BEN, PERP);
    detail(BEN, PERP)->next_refill = detail(ANN, PERP)->next_refill;
}

static void begin_with(uint32_t orders)
{
    const struct state_sizes sizes = {.subaccounts = 4, .accounts = 4, .users = 4, .balances = 20, .positions = 20,
                                      .orders = orders, .slots = 16, .transfers = 8, .jobs = 4};

    state_create(&state, &sizes);
    ledger = (struct ledger){.state = &state};
    add_things();
    add_people();
    ledger_trade_position(&ledger, PERP, ANN, BEN, 4, 4 * 100 * UNIT * 256);
    ledger_fee_position(&ledger, PERP, ANN, 77);
    add_orders();
    add_rest();
}

static int begin(void **unused)
{
    (void)unused;
    begin_with(20);
    return 0;
}

static int begin_large(void **unused)
{
    (void)unused;
    begin_with(2500);
    return 0;
}

/* --- money that moves by itself: pools, obligations, withdrawals, inputs that wait --- */

static struct transfer *transfer(uint32_t row)
{
    return table_row(&state.transfers, row);
}

static struct deferred *deferred(uint32_t row)
{
    return table_row(&state.deferred, row);
}

/* ANN and CIS have lent 1,000 units for 900 shares, BEN owes 300 for as many; 100 of its order's lock is reserved. */
static void add_pools(void)
{
    struct pool *pool = state_pool(&state, USDC);

    pool->set = state_pool(&state, BTC)->set = 1;
    ledger_move(&ledger, ENTRY_TRANSFER, USDC, BEN, ANN, 1000000000 - 197700);
    ledger_move(&ledger, ENTRY_LEND, USDC, ANN, SYSTEM_POOL, 1000);
    ledger_move(&ledger, ENTRY_BORROW, USDC, SYSTEM_POOL, BEN, 300);
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, USDC, SYSTEM_POOL, ANN, 800);
    ledger_move_shares(&ledger, ENTRY_LENT_SHARES, USDC, SYSTEM_POOL, CIS, 100);
    ledger_move_shares(&ledger, ENTRY_BORROWED_SHARES, USDC, SYSTEM_POOL, BEN, 300);
    pool->lent = 1000;
    pool->borrowed = 300;
    state_subaccount(&state, ANN)->flags = SUBACCOUNT_AUTO_LEND;
    ledger_list_idle(&ledger, ANN);
    /* The first of the two is being worked off. */
    state.t->idle_work = state.t->idle;
    state.t->idle = state_balance(&state, state.t->idle_work)->next_idle;
    state_balance(&state, state.t->idle_work)->next_idle = state.t->idle_work;
}

static void add_obligations(void)
{
    ledger_oblige(&ledger, ENTRY_DEBT, SYSTEM_CUSTODY, BEN, 50);
    ledger_oblige(&ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, ANN, 40);
    ledger_oblige(&ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, CIS, 10);
    position(BEN, PERP)->debt = 50;
}

static void add_waiting(void)
{
    struct transfer made = {.asset = USDC, .kind = INPUT_WITHDRAW, .state = TRANSFER_REQUESTED, .amount = 7,
                            .subaccount = ANN, .id = "A"};
    const uint32_t first = state_add_transfer(&state, &made);
    uint32_t second;

    made.state = TRANSFER_APPROVED;
    made.id[0]++;
    second = state_add_transfer(&state, &made);
    transfer(second)->next_open = first;
    transfer(first)->prev_open = second;
    state.t->withdrawals = second;
    ledger_move(&ledger, ENTRY_WITHDRAWAL_ASKED, USDC, ANN, SYSTEM_WITHDRAWALS, 14);
    ledger_expect(&ledger, ANN, USDC, 14);
    for (uint32_t row = 2; row < 4; row++) {
        struct input_header *input = (void *)deferred(row)->input;

        input->size = 32;
        deferred(row)->order = row - 2;
        deferred(row)->due_ns = row == 2 ? 0 : 1000;
    }
    state.t->next_deferred = state.t->deferred_count = 2;
    state.t->deferred_wait = 1;
    state.t->deferred_next_ns = 1000;
}

static int begin_money(void **unused)
{
    uint32_t row;

    (void)unused;
    begin_with(20);
    row = table_take(&state.subaccounts);
    state_subaccount(&state, row)->account = state_subaccount(&state, ANN)->account;
    state_subaccount(&state, row)->name[0] = 'c';
    state_index_subaccount(&state, row);
    state_need_position(&state, SYSTEM_RESIDUE, PERP);
    state_need_position(&state, SYSTEM_RESIDUE, SPOT);
    state.t->settlement = USDC;
    add_pools();
    add_obligations();
    add_waiting();
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    state_destroy(&state);
    return 0;
}

/* A text that ends in a space is a beginning. */
static void expect_violation(const char *text, int line)
{
    struct ledger_violation violation = {"nothing"};
    bool whole = ledger_recount(&state, &violation);
    size_t length = strlen(text);

    if (length == 0 || text[length - 1] != ' ')
        length++;
    if (whole != (text[0] == '\0') || strncmp(violation.text, text, length) != 0)
        fail_msg("line %d: \"%s\", expected \"%s\"", line, violation.text, text);
}

/* A wrong value in one place is found and named, and once it is put right nothing is wrong any more. */
#define PLANT(place, value, text)                                                                                  \
    do {                                                                                                           \
        __typeof__(place) kept = place;                                                                            \
        place = (__typeof__(place))(value);                                                                        \
        expect_violation(text, __LINE__);                                                                          \
        place = kept;                                                                                              \
        expect_violation("", __LINE__);                                                                            \
    } while (0)

static void test_whole(void **unused)
{
    struct ledger_violation violation;

    (void)unused;
    expect_violation("", __LINE__);
    assert_true(ledger_totals_hold(&state, &violation));
    assert_string_equal(violation.text, "");
}

static void test_totals(void **unused)
{
    struct ledger_violation violation;
    struct market *perpetual = state_market(&state, PERP);

    (void)unused;
    PLANT(state.t->balance_sum[BTC], 1, "assets row 2: balances sum to 1");
    PLANT(state_asset(&state, USDC)->system[SYSTEM_CUSTODY], 7,
          "assets row 1: balance of subaccount 1 is row 1, not 7");
    PLANT(state.t->balance_sum[USDC], (wide)INT64_MIN * 4, "assets row 1: balances sum to -9223372036854775808");
    PLANT(perpetual->position_sum, -3, "markets row 1: positions sum to -3 lots");
    PLANT(perpetual->cost_sum, 256, "markets row 1: entry costs sum to 256 / 256");
    perpetual->cost_sum = 1;
    assert_false(ledger_totals_hold(&state, &violation));
    assert_string_equal(violation.text, "markets row 1: entry costs sum to 1 / 256");
    perpetual->cost_sum = 0;
}

static void test_balances(void **unused)
{
    struct balance *ann = balance(ANN, USDC), *ben = balance(BEN, USDC), *bitcoin = balance(ANN, BTC);

    (void)unused;
    PLANT(ann->amount, ann->amount + 1, "assets row 1: balances counted: 1");
    PLANT(ann->amount, -1, "balances row 2: amount -1");
    PLANT(ann->locked, 1, "balances row 2: locked 1, orders lock 0");
    PLANT(ben->locked, ben->locked - 1, "balances row 5: locked 198099, orders lock 198100");
    PLANT(ben->locked, -1, "balances row 5: locked -1 of 1000000000");
    PLANT(bitcoin->locked, bitcoin->amount + 1, "balances row 4: locked 1000001 of 1000000");
    PLANT(ann->subaccount, BEN, "balances row 2: in the list of subaccount 7, belongs to 8");
    PLANT(ann->asset, BTC, "balances row 2: second balance of asset 2");
    PLANT(ann->asset, 3, "balances row 2: asset 3");
    PLANT(ann->next, 7, "subaccounts row 7: leads to balance 7");
    PLANT(state_subaccount(&state, ANN)->balances, 0, "subaccounts row 7: orders lock 20 of asset 2, no balance");
    PLANT(state_subaccount(&state, SYSTEM_CUSTODY)->balances, 1, "balances row 0: 6 rows, lists hold 5");
    PLANT(balance(SYSTEM_CUSTODY, USDC)->locked, 1, "balances row 1: locked 1 of -2000000000");
}

static void test_positions(void **unused)
{
    struct market *perpetual = state_market(&state, PERP);
    struct position *ann = position(ANN, PERP), *spot = position(BEN, SPOT);

    (void)unused;
    PLANT(ann->quantity, 5, "markets row 1: positions counted: 1 lots, entry costs 0 / 256");
    PLANT(ann->entry_cost, ann->entry_cost + 2, "markets row 1: positions counted: 0 lots, entry costs 2 / 256");
    PLANT(position(SYSTEM_FEES, PERP)->open_cost, 9, "positions row 1: open cost 9 of no position");
    PLANT(spot->quantity, 1, "positions row 5: position 1 in a spot market");
    PLANT(perpetual->open_interest, 5, "markets row 1: open interest 5, positions say 4");
    PLANT(perpetual->slots_used, 3, "markets row 1: slots used 3, orders say 2");
    PLANT(perpetual->fee_position, 2, "markets row 1: fee position 2");
    PLANT(perpetual->fee_position, 20, "markets row 1: fee position 20");
    PLANT(perpetual->base_asset, 0, "markets row 1: assets 0, 1");
    PLANT(perpetual->positions, 2, "positions row 0: 5 rows, markets list 4");
    PLANT(perpetual->positions, 5, "markets row 1: list of positions leads to 5");
    PLANT(ann->next_of_market, 2, "markets row 1: list of positions leads to 2");
    PLANT(ann->subaccount, BEN, "positions row 2: in the list of subaccount 7, belongs to 8");
    PLANT(ann->market, SPOT, "positions row 2: second position in market 2");
    PLANT(ann->market, 3, "positions row 2: market 3");
    PLANT(ann->next, 6, "subaccounts row 7: leads to position 6");
    PLANT(state_subaccount(&state, SYSTEM_FEES)->positions, 0,
          "markets row 1: positions counted: 0 lots, entry costs 77 / 256");
    PLANT(state.positions.live, 6, "positions row 0: 6 rows, markets list 5");
}

/* What the account holds, and could come to hold, in the market. */
static void test_reach(void **unused)
{
    (void)unused;
    PLANT(detail(ANN, PERP)->account_lots, 5, "positions row 2: of the account: 5 lots, up to 4; positions say 4, 4");
    PLANT(detail(BEN, PERP)->account_reach, 9, "positions row 4: of the account: 4 lots, up to 9; ");
    PLANT(detail(ANN, PERP)->account_row, 0, "positions row 2: counts for its account in row 0, not 2");
    PLANT(detail(ANN, PERP)->account_row, 4, "positions row 2: counts for its account in row 4, not 2");
    PLANT(detail(SYSTEM_FEES, PERP)->account_row, 1, "positions row 1: counts for its account in row 1, not 0");
}

static void test_sides(void **unused)
{
    struct open_side *side = &detail(ANN, PERP)->side[CARD_SIDE_SELL];

    (void)unused;
    PLANT(side->lots, 5, "positions row 2: lots of side 1: 5, orders say 4");
    PLANT(side->notional, 0, "positions row 2: notional of side 1: 0, orders say 406000");
    PLANT(side->adverse, 13, "positions row 2: adverse of side 1: 13, orders say 14");
    PLANT(side->reduce_lots, 1, "positions row 2: reduce-only lots of side 1: 1, orders say 2");
    PLANT(side->waiting, 3, "positions row 2: waiting lots of side 1: 3, orders say 2");
    PLANT(side->orders, 1, "positions row 2: orders of side 1: 1, orders say 2");
    PLANT(detail(ANN, PERP)->stops, 2, "positions row 2: stops 2, orders say 3");
    PLANT(position(ANN, PERP)->open_sides, 0, "positions row 2: open sides 0");
    PLANT(position(ANN, PERP)->open_sides, 3, "positions row 2: open sides 3");
    PLANT(position(ANN, PERP)->open_sides, 6, "positions row 2: open sides 6");
    PLANT(order(SPOT_BUY)->reserve_lots, 1, "positions row 5: lots of side 0: 2, orders say 3");
}

static void test_orders(void **unused)
{
    (void)unused;
    PLANT(order(SELL)->active, -1, "orders row 2: active -1 of 2, reserve 0");
    PLANT(order(SELL)->active, 3, "orders row 2: active 3 of 2, reserve 0");
    PLANT(order(SELL)->reserve_notional, -1, "orders row 2: active 2 of 2, reserve 0");
    PLANT(order(SELL)->position, 4, "orders row 2: in the list of position 2, says 4");
    PLANT(order(SELL)->market, SPOT, "orders row 2: in the list of position 2, says 2");
    PLANT(order(SELL)->side, 2, "orders row 2: in the list of position 2, says 2");
    PLANT(order(SELL)->price, 103, "positions row 2: notional of side 1: 406000, orders say 408000");
    PLANT(order(SELL)->prev_in_position, 0, "orders row 2: comes behind 6, says 0");
    PLANT(order(SELL)->next_in_position, 0,
          "positions row 2: lots of side 1: 4, orders say 2");
    PLANT(order(SELL)->next_in_position, 15, "positions row 2: leads to order 15");
    PLANT(order(CUT)->next_in_position, CUT, "orders row 1: comes behind 1, says 2");
    PLANT(order(SELL)->place, ORDER_WAITING, "orders row 2: place 3, slot 2, active 2");
    PLANT(order(WAITS)->place, ORDER_ON_CARD, "orders row 10: place 1, slot 0, active 0");
    PLANT(order(WAITS)->place, ORDER_PARKED, "orders row 10: place 2, slot 0, active 0");
    PLANT(order(WAITS)->place, 7, "orders row 10: place 7, slot 0, active 0");
    PLANT(order(LEG)->trigger_by, 0, "orders row 12: place 4, slot 0, active 0");
    PLANT(order(LEG)->trigger_when, 3, "orders row 12: place 4, slot 0, active 0");
    PLANT(state.orders.live, 13, "orders row 0: 13 rows, lists hold 12");
    PLANT(state.orders.live, 3, "positions row 2: more orders in lists than there are");
}

/* ANN's lots, and as many short of BEN. */
static void set_quantity(int64_t lots)
{
    const uint32_t rows[] = {state_find_position(&state, ANN, PERP), state_find_position(&state, BEN, PERP)};

    for (int i = 0; i < 2; i++) {
        state_count_reach(&state, rows[i], false);
        state_position(&state, rows[i])->quantity = i == 0 ? lots : -lots;
        state_count_reach(&state, rows[i], true);
    }
    state_market(&state, PERP)->open_interest = lots < 0 ? -lots : lots;
}

static void test_reduce_only(void **unused)
{
    struct position *ann = position(ANN, PERP), *ben = position(BEN, PERP);
    struct order *waits = order(WAITS);

    (void)unused;
    /* ANN holds 4 and sells 2 + 2 of them, reduce-only 2; 2 more wait. */
    set_quantity(3);
    expect_violation("positions row 2: reduce-only lots resting on side 1: 2, room for 1", __LINE__);
    set_quantity(-3);
    expect_violation("positions row 2: reduce-only lots resting on side 1: 2, room for -5", __LINE__);
    set_quantity(0);
    ann->open_cost = ben->open_cost = 0;
    expect_violation("positions row 2: reduce-only lots resting on side 1: 2, room for -2", __LINE__);
    set_quantity(5);
    expect_violation("", __LINE__); /* it is in the list of refills */
    state.t->refills = detail(ANN, PERP)->next_refill;
    detail(ANN, PERP)->next_refill = TABLE_NONE;
    expect_violation("positions row 2: lots waiting on side 1: 2, 1 to close, not in the list of refills", __LINE__);
    set_quantity(4);
    expect_violation("", __LINE__);
    waits->side = CARD_SIDE_BUY; /* which closes nothing */
    detail(ANN, PERP)->side[CARD_SIDE_SELL].waiting = 0;
    detail(ANN, PERP)->side[CARD_SIDE_BUY].waiting = 2;
    expect_violation("positions row 2: lots waiting on side 0: 2, -4 to close, not in the list of refills", __LINE__);
}

static void test_slots(void **unused)
{
    (void)unused;
    PLANT(order(SELL)->slot, 17, "orders row 2: slot 17");
    PLANT(order(SELL)->slot, 1, "orders row 2: slot 1 holds order 1, generation 1");
    PLANT(slot(2)->order, 1, "orders row 2: slot 2 holds order 1, generation 1");
    PLANT(slot(2)->generation, 256, "orders row 2: slot 2 holds order 2, generation 256");
    PLANT(state.t->slots_made, 7, "totals row 1: slots made: 7, free: 2, of orders: 4");
    PLANT(state.t->slots_made, 5, "totals row 1: the list of free slots leads to 6");
    PLANT(state.t->slots_made, 17, "totals row 1: slots made: 17");
    PLANT(state.t->slot_free, 5, "totals row 1: slots made: 6, free: 1, of orders: 4");
    PLANT(state.t->slot_free, 2, "totals row 1: the list of free slots leads to 2");
    PLANT(slot(5)->order, 0, "totals row 1: the list of free slots leads to 5");
    PLANT(slot(5)->order, 6 | UINT32_C(0x80000000), "totals row 1: the list of free slots leads to 6");
}

static void test_trees(void **unused)
{
    struct market *perpetual = state_market(&state, PERP);
    uint32_t root = perpetual->parked[CARD_SIDE_BUY];

    (void)unused;
    PLANT(order(PARKED)->price_node.key, 51, "orders row 3: in the tree of parked orders of market 1 at 51, 3");
    PLANT(order(PARKED)->priority, 9, "orders row 3: in the tree of parked orders of market 1 at 50, 3");
    PLANT(order(PARKED)->price_node.left, PARKED,
          "orders row 3: in the tree of parked orders of market 1, which has 3");
    PLANT(perpetual->parked[CARD_SIDE_BUY], 0,
          "totals row 1: tree of parked orders of market 1: 0 orders found, there are 3");
    PLANT(perpetual->parked[CARD_SIDE_SELL], root,
          "orders row 4: in the tree of parked orders of market 1, which has 0");
    PLANT(perpetual->parked[CARD_SIDE_BUY], SELL, "orders row 2: in the tree of parked orders of market 1 at 0, 0");
    PLANT(perpetual->parked[CARD_SIDE_BUY], 15, "orders row 15: in the tree of parked orders of market 1, which has 3");
    PLANT(perpetual->triggers[0][1], TRIGGER, "orders row 6: in the tree of triggers of market 1, which has 0");
    PLANT(perpetual->triggers[1][1], TRIGGER_2,
          "totals row 1: tree of triggers of market 1: 1 orders found, there are 2");
    PLANT(order(TRIGGER_2)->price_node.right, LEG,
          "orders row 12: in the tree of triggers of market 1 at 120, 50331660");
    PLANT(order(TRIGGER_2)->price_node.right, TRIGGER_2,
          "orders row 7: in the tree of triggers of market 1, which has 2");
    PLANT(order(TRIGGER_2)->price_node.left, TRIGGER, "orders row 6: in the tree of triggers of market 1, which has 2");
    PLANT(order(TRIGGER)->trigger_price, 81, "orders row 6: in the tree of triggers of market 1 at 80, 25165830");
    PLANT(state.t->bumps, 0, "totals row 1: tree of speed bumps of market 0: 0 orders found, there are 1");
    PLANT(order(BUMPED)->due_ns, 0, "totals row 1: tree of expiries of market 0: 3 orders found, there are 4");
    PLANT(order(SELL)->expires_ns, 0, "orders row 2: in the tree of expiries of market 0 at 1000, 8388610");
    PLANT(order(SELL)->expires_ns, 1001, "orders row 2: in the tree of expiries of market 0 at 1000, 8388610");
    PLANT(order(CUT)->expires_ns, 5, "totals row 1: tree of expiries of market 0: 3 orders found, there are 4");
    order(PARKED)->price_node.rank = order(PARKED)->priority = 5; /* behind the next one */
    order(PARKED_2)->price_node.rank = order(PARKED_2)->priority = 4;
    expect_violation("orders row 4: in the tree of parked orders of market 1 at 50, 4", __LINE__);
}

/* Who knows the salt (here 0) may choose prices that make a tree as deep as it has orders. */
static uint64_t weight_of(uint32_t row)
{
    return mix_bits(row * MIX_STEP);
}

static void test_deep_trees(void **unused)
{
    enum { MANY = 2000 };
    const uint32_t first = state.orders.used;
    struct tree_node *last;

    (void)unused;
    state.orders.free_first = TABLE_NONE; /* new rows, to know their numbers before */
    state.orders.live += 2;
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t above = 0, row = first + i;

        for (uint32_t other = first; other < first + MANY; other++)
            above += weight_of(other) > weight_of(row);
        add_order(ORDER_PARKED, BEN, PERP, i % 2 ? CARD_SIDE_SELL : CARD_SIDE_BUY, i % 2 ? 100 + above : 5000 - above);
        add_to_lists(row);
        add_to_sums(row);
        add_to_trees(row);
    }
    state.orders.free_first = FREE_2;
    state.orders.live -= 2;
    expect_violation("", __LINE__);
    last = &order(state_market(&state, PERP)->parked[CARD_SIDE_SELL])->price_node;
    for (int depth = 1; depth < 900; depth++)
        last = &order(last->right)->price_node;
    PLANT(last->right, 0, "totals row 1: tree of parked orders of market 1: 900 orders found, there are 1000");
    PLANT(last->left, PARKED, "orders row 3: in the tree of parked orders of market 1, which has 1000");
}

static void test_attached(void **unused)
{
    (void)unused;
    PLANT(order(SELL)->attached[1], 0, "orders row 12: parent 2");
    PLANT(order(SELL)->attached[0], 20, "orders row 2: attached order 20");
    PLANT(order(LEG)->parent, 0, "orders row 2: attached order 12");
    PLANT(order(LEG)->parent, 20, "orders row 12: parent 20");
    PLANT(order(LEG)->attached[0], TRIGGER, "orders row 12: attached order 6");
    PLANT(order(CUT)->parent, LEG, "orders row 1: parent 12");
}

static void test_buckets(void **unused)
{
    uint32_t *head = order_bucket(&state, 1, SELL);
    struct transfer *transfer = table_row(&state.transfers, 1);
    char text[120];

    (void)unused;
    snprintf(text, sizeof text, "order_buckets row 0: %d orders found, 11 have a reference",
             11 - (order(*head)->next_in_bucket == TABLE_NONE ? 1 : 2));
    PLANT(*head, 0, text);
    PLANT(order(SELL)->reference, 400, "orders row 2: in bucket 10 with user 1, reference 400");
    PLANT(order(SELL)->next_in_bucket, SELL, "orders row 2: ");
    PLANT(order(SELL)->next_in_bucket, 99, "order_buckets row ");
    PLANT(transfer->id[3], 1, "transfers row 1: ");
    PLANT(transfer->next, 1, "transfers row 1: ");
    PLANT(transfer->next, 9, "transfers row 9: ");
    PLANT(state.transfers.live, 1, "transfers row 0: 2 rows used, 1 live, 0 free");
    PLANT(state_account(&state, 2)->name[5], 'x', "accounts row 2: in the list of another name");
    PLANT(state_subaccount(&state, BEN)->name[0], 'x', "subaccounts row 8: in the list of another name");
    PLANT(state_user(&state, 2)->name[1], 'x', "users row 2: in the list of another name");
    PLANT(state_user(&state, 2)->next_of_name, 2, "users row 2: in the list of another name");
    PLANT(state_user(&state, 2)->next_of_name, 3, "users row 3: in the list of another name");
}

static void test_lists(void **unused)
{
    uint32_t head = state_account(&state, 2)->subaccounts;
    struct job *job = table_row(&state.jobs, state.t->jobs);

    (void)unused;
    PLANT(state_account(&state, 2)->subaccounts, 0, "subaccounts row 0: 8 rows, accounts list 7");
    PLANT(state_account(&state, 2)->subaccounts, 8, "accounts row 2: leads to subaccount 8");
    PLANT(state_subaccount(&state, head)->next, head, "accounts row 2: leads to subaccount 7");
    PLANT(state_user(&state, 1)->orders, 0, "users row 0: list 5 orders, 12 have a user");
    PLANT(state_user(&state, 1)->orders, PARKED, "users row 1: leads to order 3");
    PLANT(order(LEG)->prev_of_user, 3, "users row 1: leads to order 12");
    PLANT(order(CUT)->next_of_user, 15, "users row 1: leads to order 15");
    PLANT(state.orders.free_first, FREE, "orders row 0: 14 rows used, 12 live, 1 free");
    PLANT(state.orders.free_first, 15, "orders row 15: in the list of free rows");
    PLANT(state.users.live, 1, "users row 0: 2 rows used, 1 live, 0 free");
    PLANT(state.t->refills, 0, "totals row 1: refills: 0 listed, 2 positions say so");
    PLANT(state.t->refills, 3, "totals row 1: the list of refills leads to position 3");
    PLANT(state.t->refills, 99, "totals row 1: the list of refills leads to position 99");
    PLANT(state.t->jobs, 0, "totals row 1: jobs: 0 up to 0 listed, 2 up to 2 kept");
    PLANT(state.t->jobs_last, 1, "totals row 1: jobs: 2 up to 2 listed, 2 up to 1 kept");
    PLANT(job->next, 1, "totals row 1: the list of jobs leads to 1");
    PLANT(job->next, 3, "totals row 1: the list of jobs leads to 3");
}

static void test_pools(void **unused)
{
    struct pool *pool = state_pool(&state, USDC), *unset = state_pool(&state, 3);
    struct balance *ann = balance(ANN, USDC), *ben = balance(BEN, USDC);

    (void)unused;
    PLANT(ann->lent, 801, "pools row 1: lend shares: 900, balances say 901");
    PLANT(ann->lent, -1, "balances row 2: lent -1, borrowed 0 shares");
    PLANT(ben->borrowed, 299, "pools row 1: borrow shares: 300, balances say 299");
    PLANT(ben->borrowed, -1, "balances row 5: lent 0, borrowed -1 shares");
    PLANT(balance(SYSTEM_POOL, USDC)->lent, 1, "balances row 7: lent 1, borrowed 0 shares");
    PLANT(pool->lent_shares, 899, "pools row 1: lend shares: 899, balances say 900");
    PLANT(pool->borrowed_shares, 301, "pools row 1: borrow shares: 301, balances say 300");
    PLANT(pool->reserved, 99, "pools row 1: reserved: 99, balances say 100");
    PLANT(pool->lent, 1001, "pools row 1: lent 1001 - borrowed 300, cash 700");
    PLANT(pool->borrowed, 301, "pools row 1: lent 1000 - borrowed 301, cash 700");
    PLANT(pool->borrowed, -1, "pools row 1: units: lent 1000, borrowed -1, reserved 100");
    PLANT(pool->lent, 299, "pools row 1: units: lent 299, borrowed 300, reserved 100");
    PLANT(pool->lent, INT64_MAX, "pools row 1: units: lent 9223372036854775807, borrowed 300, reserved 100");
    PLANT(pool->borrowed, 0, "pools row 1: shares: lent 1000, borrowed 0, reserved 100");
    PLANT(pool->borrowed, 299, "pools row 1: shares: lent 1000, borrowed 299, reserved 100");
    PLANT(pool->lent, 399, "pools row 1: more reserved than there is: lent 399, borrowed 300, reserved 100");
    PLANT(pool->carry, -1, "pools row 1: interest carried: lent 1000, borrowed 300, reserved 100");
    PLANT(pool->carry, (wide)1 << 85, "pools row 1: interest carried: ");
    PLANT(pool->set, 2, "pools row 1: flags: ");
    PLANT(pool->lendable, 2, "pools row 1: flags: ");
    PLANT(pool->set, 0, "balances row 5: locked 198100 of 198000");
    PLANT(unset->lent, 1, "pools row 3: no pool, but units or shares: lent 1, borrowed 0, reserved 0");
    PLANT(unset->lent_shares, 1, "pools row 3: lend shares: 1, balances say 0");
    PLANT(state_balance_detail_of(&state, ann)->apart, -1, "balances row 2: apart -1");
    PLANT(state_balance_detail_of(&state, ann)->apart, 1, "assets row 1: balances counted: 1");
    state_pool(&state, BTC)->lent_shares = balance(ANN, BTC)->lent = sums(ANN, BTC)->account_lent = 5;
    expect_violation("pools row 2: void shares that nobody takes back: lent 0, borrowed 0, reserved 0", __LINE__);
    state.t->lending_scan = 1;
    expect_violation("", __LINE__);
    state_pool(&state, BTC)->lent_shares = balance(ANN, BTC)->lent = sums(ANN, BTC)->account_lent = 0;
    state_pool(&state, BTC)->lent = 5;
    expect_violation("pools row 2: units without shares: lent 5, borrowed 0, reserved 0", __LINE__);
}

static void test_account_sums(void **unused)
{
    struct balance_detail *ann = sums(ANN, USDC), *ben = sums(BEN, USDC), *cis = sums(CIS, USDC);

    (void)unused;
    assert_int_equal(ann->account_lent, 900);
    assert_int_equal(ben->account_use, 400);
    PLANT(ann->account_lent, 899, "balances row 2: of the account: use 0, units 1999801286, lent 899; balances say 0, "
                                  "1999801286, 900");
    PLANT(ben->account_use, 300, "balances row 5: of the account: use 300, ");
    PLANT(ben->account_use, -1, "balances row 5: lent 0, borrowed 300 shares");
    PLANT(balance(ANN, USDC)->account_units, 5, "balances row 2: of the account: use 0, units 5, ");
    PLANT(ann->account_coming, 5, "balances row 2: may come in: 5, orders and withdrawals say 206014");
    PLANT(cis->account_lent, 100, "balances row 8: of the account: use 0, units 0, lent 100; balances say 0, 0, 0");
    PLANT(state_account(&state, 2)->first, BEN, "accounts row 2: first subaccount 8");
    PLANT(state_account(&state, 2)->first, 99, "accounts row 2: first subaccount 99");
    PLANT(state_account(&state, 2)->first, 0, "balances row 8: sums of the account in row 2");
    PLANT(balance(BEN, USDC)->sums, 2, "balances row 5: sums of the account in row 2");
    PLANT(balance(BEN, USDC)->sums, 0, "balances row 5: sums of the account in row 0");
    PLANT(balance(SYSTEM_CUSTODY, USDC)->sums, 1, "balances row 1: sums of the account in row 1");
}

static void test_idle(void **unused)
{
    struct balance *ann = balance(ANN, USDC), *bitcoin = balance(ANN, BTC);

    (void)unused;
    PLANT(ann->next_idle, 0, "totals row 1: a list of idle balances leads to 2");
    PLANT(ann->next_idle, 1, "totals row 1: a list of idle balances leads to 1");
    PLANT(ann->next_idle, 99, "totals row 1: a list of idle balances leads to 99");
    PLANT(bitcoin->next_idle, 2, "totals row 1: a list of idle balances leads to 2"); /* twice */
    PLANT(state.t->idle, 0, "totals row 1: idle balances: 1 listed, 2 say so");
    PLANT(state.t->idle_work, 0, "totals row 1: idle balances: 1 listed, 2 say so");
    PLANT(balance(BEN, BTC)->next_idle, 2, "totals row 1: idle balances: 2 listed, 3 say so");
}

static void test_obligations(void **unused)
{
    struct subaccount *ann = state_subaccount(&state, ANN), *ben = state_subaccount(&state, BEN),
                      *cis = state_subaccount(&state, CIS), *custody = state_subaccount(&state, SYSTEM_CUSTODY);

    (void)unused;
    PLANT(state.t->debtors, 0, "totals row 1: debtors: 0 listed, there are 1");
    PLANT(state.t->debtors, CIS, "totals row 1: the list of debtors leads to 9");
    PLANT(state.t->debtors, 99, "totals row 1: the list of debtors leads to 99");
    PLANT(ben->next_obligation, BEN, "totals row 1: the list of debtors leads to 8");
    PLANT(ben->prev_obligation, ANN, "totals row 1: the list of debtors leads to 8");
    PLANT(state.t->claimants, ANN, "totals row 1: the list of claimants leads to 7");
    PLANT(state.t->claimants, SYSTEM_CUSTODY, "totals row 1: the list of claimants leads to 1");
    PLANT(cis->next_obligation, 0, "totals row 1: claimants: 1 listed, there are 2");
    PLANT(ann->prev_obligation, 0, "totals row 1: the list of claimants leads to 7");
    /* How much: recount_settlement.c. */
    PLANT(ann->claim, 41, "subaccounts row ");
    PLANT(ann->flags, ann->flags ^ SUBACCOUNT_CLAIMANT, "subaccounts row 7: claim 40, flags ");
    PLANT(cis->flags, cis->flags ^ SUBACCOUNT_CLAIMANT, "subaccounts row 9: claim ");
    PLANT(ann->credit, -1, "subaccounts row 7: credit -1, claim 40, debt 0");
    PLANT(ben->debt, 49, "subaccounts row 8: debt 49, positions say 50");
    PLANT(ann->debt, 1, "totals row 1: debtors: 1 listed, there are 2");
    PLANT(cis->credit, 1, "subaccounts row ");
    PLANT(custody->claim, -51, "subaccounts row ");
    PLANT(custody->debt, 0, "subaccounts row ");
    PLANT(position(BEN, PERP)->debt, 51, "subaccounts row 8: debt 50, positions say 51");
    PLANT(position(BEN, PERP)->debt, -1, "positions row 4: debt -1");
    ledger_oblige(&ledger, ENTRY_CLAIM, SYSTEM_CUSTODY, ANN, 1); /* that nobody owes */
    expect_violation("totals row 1: ", __LINE__);
}

static void test_withdrawals(void **unused)
{
    (void)unused;
    PLANT(state.t->withdrawals, 0, "totals row 1: withdrawals: 0 listed, 2 are open");
    PLANT(state.t->withdrawals, 3, "totals row 1: the list of withdrawals leads to 3");
    PLANT(state.t->withdrawals, 9, "totals row 1: the list of withdrawals leads to 9");
    PLANT(state.t->withdrawals, 1, "totals row 1: the list of withdrawals leads to 1");
    PLANT(transfer(4)->next_open, 0, "totals row 1: withdrawals: 1 listed, 2 are open");
    PLANT(transfer(4)->next_open, 4, "totals row 1: the list of withdrawals leads to 4");
    PLANT(transfer(3)->prev_open, 0, "totals row 1: the list of withdrawals leads to 3");
    PLANT(transfer(3)->state, TRANSFER_DONE, "totals row 1: the list of withdrawals leads to 3");
    PLANT(transfer(3)->state, TRANSFER_CANCELLED + 1, "transfers row 3: state 4, 7 of asset 1");
    PLANT(transfer(3)->amount, 8, "assets row 1: withdrawals hold 14, open are 15");
    PLANT(transfer(3)->amount, -7, "transfers row 3: state 1, -7 of asset 1");
    PLANT(transfer(3)->subaccount, 99, "transfers row 3: state 1, 7 of asset 1");
}

static void test_waiting(void **unused)
{
    struct input_header *input = (void *)deferred(2)->input, *other = (void *)deferred(5)->input;

    (void)unused;
    PLANT(state.t->deferred_count, 3, "totals row 1: inputs that wait: 3, 1 of them for a pass; rows say 2, 1");
    PLANT(state.t->deferred_next_ns, 999, "totals row 1: the next change is due at 999, rows say 1000");
    PLANT(state.t->deferred_wait, 0, "totals row 1: inputs that wait: 2, 0 of them for a pass; rows say 2, 1");
    PLANT(deferred(3)->due_ns, 0, "totals row 1: inputs that wait: 2, 1 of them for a pass; rows say 2, 2");
    PLANT(input->size, 0, "totals row 1: inputs that wait: 2, 1 of them for a pass; rows say 1, 0");
    PLANT(input->size, 8, "deferred row 2: size 8, order 0");
    PLANT(input->size, 33, "deferred row 2: size 33, order 0");
    PLANT(input->size, LIMIT_DEFERRED_BYTES + 8, "deferred row 2: size 280, order 0");
    PLANT(deferred(3)->order, 2, "deferred row 3: size 32, order 2");
    PLANT(other->size, 16, "totals row 1: inputs that wait: 2, 1 of them for a pass; rows say 3, 2");
}

static void test_funding(void **unused)
{
    struct market *perpetual = state_market(&state, PERP), *spot = state_market(&state, SPOT);

    (void)unused;
    PLANT(perpetual->residue_position, 1, "markets row 1: residue position 1");
    PLANT(perpetual->residue_position, 99, "markets row 1: residue position 99");
    perpetual->funding_index = (wide)1 << 90; /* it may be far */
    position(ANN, PERP)->funding = ((wide)1 << 90) - 5;
    position(BEN, PERP)->funding = ((wide)1 << 90) + 5;
    expect_violation("", __LINE__);
    PLANT(position(ANN, PERP)->funding, -((wide)1 << 92), "positions row 2: funding up to -9223372036854775808, index "
                                                          "9223372036854775807");
    PLANT(position(ANN, PERP)->funding, -((wide)1 << 126), "positions row 2: funding up to -9223372036854775808, ");
    PLANT(position(ANN, SPOT)->funding, 1, "positions row 3: funding up to 1, index 0");
    PLANT(spot->funding_index, 1, "positions row 7: funding up to 0, index 1");
}

static void test_reason_names(void **unused)
{
    (void)unused;
    assert_string_equal(reason_name(REASON_NONE), "");
    assert_string_equal(reason_name(REASON_INSUFFICIENT_MARGIN), "InsufficientMargin");
    assert_string_equal(reason_name(REASON_CONFLICT), "Conflict");
    assert_null(reason_name(REASONS));
    assert_null(reason_name(UINT32_MAX));
    for (unsigned reason = 1; reason < REASONS; reason++) {
        assert_non_null(reason_name(reason));
        assert_true(strlen(reason_name(reason)) > 5);
        for (unsigned other = 0; other < reason; other++)
            assert_string_not_equal(reason_name(reason), reason_name(other));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define MONEY(name) cmocka_unit_test_setup_teardown(name, begin_money, end)
    const struct CMUnitTest tests[] = {
        TEST(test_whole), TEST(test_totals), TEST(test_balances), TEST(test_positions), TEST(test_reach),
        TEST(test_sides),
        TEST(test_orders), TEST(test_reduce_only), TEST(test_slots), TEST(test_trees), TEST(test_attached),
        cmocka_unit_test_setup_teardown(test_deep_trees, begin_large, end),
        TEST(test_buckets), TEST(test_lists), MONEY(test_pools), MONEY(test_account_sums), MONEY(test_idle),
        MONEY(test_obligations), MONEY(test_withdrawals), MONEY(test_waiting), MONEY(test_funding),
        cmocka_unit_test(test_reason_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
