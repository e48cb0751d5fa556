#include "ledger.h"

#include "check.h"

static void post(struct ledger *ledger, enum entry_kind kind, uint32_t thing, uint32_t from, uint32_t to,
                 int64_t amount)
{
    struct ledger_entry entry = {
        .kind = (uint8_t)kind, .thing = (uint16_t)thing, .from = from, .to = to, .amount = amount,
    };

    if (ledger->sink != NULL)
        ledger->sink(ledger->context, &entry);
}

bool ledger_can_receive(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount)
{
    uint32_t row = state_find_balance(ledger->state, subaccount, asset);
    int64_t held = row == TABLE_NONE ? 0 : state_balance(ledger->state, row)->amount;

    check(amount >= 0 && subaccount != SYSTEM_CUSTODY);
    if (amount > LIMIT_BALANCE_UNITS || held > LIMIT_BALANCE_UNITS - amount)
        return false;
    return row != TABLE_NONE || state_need_balance(ledger->state, subaccount, asset) != TABLE_NONE;
}

bool ledger_can_deposit(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount)
{
    uint32_t custody = state_need_balance(ledger->state, SYSTEM_CUSTODY, asset);

    check(amount >= 0);
    return custody != TABLE_NONE && amount <= LIMIT_BALANCE_UNITS &&
           state_balance(ledger->state, custody)->amount >= amount - 4 * LIMIT_BALANCE_UNITS + 1 &&
           ledger_can_receive(ledger, subaccount, asset, amount);
}

static void add_balance(struct state *state, uint32_t row, int64_t amount)
{
    struct balance *balance = state_balance(state, row);

    balance->amount = wide_narrow((wide)balance->amount + amount);
    state->t->balance_sum[balance->asset] += amount;
    check(balance->subaccount == SYSTEM_CUSTODY || balance->locked <= balance->amount);
}

void ledger_move(struct ledger *ledger, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                 int64_t amount)
{
    uint32_t source, target;

    check(amount >= 0);
    if (amount == 0)
        return;
    source = state_need_balance(ledger->state, from, asset);
    target = state_need_balance(ledger->state, to, asset);
    check(source != TABLE_NONE && target != TABLE_NONE);
    add_balance(ledger->state, source, -amount);
    add_balance(ledger->state, target, amount);
    post(ledger, kind, asset, from, to, amount);
}

static int64_t add_saturated(int64_t value, wide more)
{
    wide sum = value + more;

    return sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
}

/* What closes goes out at its share of what the open quantity cost, rounded towards 0 so that the basis keeps its sign
 * and is exactly 0 when nothing is open; what the fill opens comes in at the fill's price. */
static void fill_open_cost(struct position *position, int64_t lots, int64_t cost)
{
    wide open = position->quantity < 0 ? -(wide)position->quantity : position->quantity;
    wide filled = lots < 0 ? -(wide)lots : lots;
    wide closing = (position->quantity < 0) == (lots < 0) ? 0 : open < filled ? open : filled;
    wide closed_cost, removed;

    if (closing == 0) {
        position->open_cost = wide_narrow((wide)position->open_cost + cost);
        return;
    }
    closed_cost = closing == filled ? cost : cost * closing / filled;
    removed = closing == open ? position->open_cost : position->open_cost * closing / open;
    /* `realised` is a record that nothing is paid from: after 2^55 units it stands still rather than stop the node. */
    position->realised = add_saturated(position->realised, -closed_cost - removed);
    position->open_cost = wide_narrow(position->open_cost - removed + cost - closed_cost);
}

static void fill_position(struct state *state, uint32_t row, int64_t lots, int64_t cost)
{
    struct position *position = state_position(state, row);
    struct market *market = state_market(state, position->market);
    int64_t long_before = position->quantity > 0 ? position->quantity : 0;

    fill_open_cost(position, lots, cost);
    position->quantity = wide_narrow((wide)position->quantity + lots);
    position->entry_cost = wide_narrow((wide)position->entry_cost + cost);
    market->position_sum = wide_narrow((wide)market->position_sum + lots);
    market->cost_sum = wide_narrow((wide)market->cost_sum + cost);
    market->open_interest = wide_narrow((wide)market->open_interest - long_before +
                                        (position->quantity > 0 ? position->quantity : 0));
}

void ledger_trade_position(struct ledger *ledger, uint32_t market, uint32_t buyer, uint32_t seller, int64_t lots,
                           int64_t cost)
{
    uint32_t bought = state_find_position(ledger->state, buyer, market);
    uint32_t sold = state_find_position(ledger->state, seller, market);

    check(lots > 0 && cost >= 0 && buyer != seller);
    check(bought != TABLE_NONE && sold != TABLE_NONE);
    fill_position(ledger->state, bought, lots, cost);
    fill_position(ledger->state, sold, -lots, -cost);
    post(ledger, ENTRY_POSITION, market, seller, buyer, lots);
    post(ledger, ENTRY_COST, market, seller, buyer, cost);
}

static void add_cost(struct state *state, uint32_t row, int64_t cost)
{
    struct position *position = state_position(state, row);
    struct market *market = state_market(state, position->market);

    position->entry_cost = wide_narrow((wide)position->entry_cost + cost);
    market->cost_sum = wide_narrow((wide)market->cost_sum + cost);
}

void ledger_fee_position(struct ledger *ledger, uint32_t market, uint32_t payer, int64_t fee)
{
    uint32_t paid = state_find_position(ledger->state, payer, market);
    uint32_t fees = state_market(ledger->state, market)->fee_position;

    check(payer != SYSTEM_FEES && fee != INT64_MIN);
    check(paid != TABLE_NONE && fees != TABLE_NONE);
    if (fee == 0)
        return;
    add_cost(ledger->state, paid, fee);
    add_cost(ledger->state, fees, -fee);
    post(ledger, ENTRY_COST_FEE, market, fee > 0 ? payer : SYSTEM_FEES, fee > 0 ? SYSTEM_FEES : payer,
         fee > 0 ? fee : -fee);
}

void ledger_lock(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount)
{
    uint32_t row = state_find_balance(ledger->state, subaccount, asset);
    struct balance *balance;
    wide locked;

    if (amount == 0)
        return;
    check(row != TABLE_NONE && subaccount != SYSTEM_CUSTODY);
    balance = state_balance(ledger->state, row);
    locked = (wide)balance->locked + amount;
    check(locked >= 0 && locked <= balance->amount);
    balance->locked = (int64_t)locked;
}

int64_t ledger_free(const struct ledger *ledger, uint32_t subaccount, uint32_t asset)
{
    uint32_t row = state_find_balance(ledger->state, subaccount, asset);
    const struct balance *balance;

    if (row == TABLE_NONE)
        return 0;
    balance = state_balance(ledger->state, row);
    return balance->amount - balance->locked;
}
