/* Everything that is kept as a running sum, counted again row by row. Trusts no number in a row before it has looked at
 * it, so that it can judge a state that came from a file. */
#include <stdarg.h>
#include <stdio.h>

#include "margin.h"
#include "recount.h"

bool recount_wrong(struct ledger_violation *violation, const struct table *table, uint32_t row, const char *format, ...)
{
    int length = snprintf(violation->text, sizeof violation->text, "%s row %u: ", table->name, row);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(violation->text + length, sizeof violation->text - (size_t)length, format, arguments);
    va_end(arguments);
    return false;
}

/* A sum that does not fit is shown as its end of the range. */
static long long shown(wide value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (long long)value;
}

bool ledger_totals_hold(const struct state *state, struct ledger_violation *violation)
{
    violation->text[0] = '\0';
    for (uint32_t row = 1; row < state->assets.used; row++) {
        if (state->t->balance_sum[row] != 0)
            return recount_wrong(violation, &state->assets, row, "balances sum to %lld",
                                 shown(state->t->balance_sum[row]));
    }
    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        if (market->position_sum != 0)
            return recount_wrong(violation, &state->markets, row, "positions sum to %lld lots",
                                 (long long)market->position_sum);
        if (market->cost_sum != 0)
            return recount_wrong(violation, &state->markets, row, "entry costs sum to %lld / 256",
                                 (long long)market->cost_sum);
    }
    return true;
}

static bool count_balance(struct recount *recount, uint32_t row, uint32_t subaccount, uint64_t *seen)
{
    const struct state *state = recount->state;
    const struct table *table = &state->balances;
    const struct balance *balance = state_balance(state, row);
    const int64_t apart = state_balance_detail(state, row)->apart;

    if (balance->subaccount != subaccount)
        return recount_wrong(recount->violation, table, row, "in the list of subaccount %u, belongs to %u", subaccount,
                             balance->subaccount);
    if (!recount_is_row(&state->assets, balance->asset))
        return recount_wrong(recount->violation, table, row, "asset %u", balance->asset);
    if (seen[balance->asset / 64] >> (balance->asset % 64) & 1)
        return recount_wrong(recount->violation, table, row, "second balance of asset %u", balance->asset);
    seen[balance->asset / 64] |= UINT64_C(1) << (balance->asset % 64);
    if (balance->amount < 0 && subaccount != SYSTEM_CUSTODY)
        return recount_wrong(recount->violation, table, row, "amount %lld", (long long)balance->amount);
    if (balance->locked < 0 || (balance->locked > balance->amount && balance->locked != 0 &&
                                (subaccount < SYSTEM_SUBACCOUNTS || !state_pool(state, balance->asset)->set)))
        return recount_wrong(recount->violation, table, row, "locked %lld of %lld", (long long)balance->locked,
                             (long long)balance->amount);
    if (balance->locked != recount->locked[balance->asset])
        return recount_wrong(recount->violation, table, row, "locked %lld, orders lock %lld",
                             (long long)balance->locked, shown(recount->locked[balance->asset]));
    if (apart < 0)
        return recount_wrong(recount->violation, table, row, "apart %lld", (long long)apart);
    recount->locked[balance->asset] = 0;
    recount->balance_sum[balance->asset] += (wide)balance->amount + apart;
    return recount_pool_parts(recount, row);
}

/* After the positions, which say what is locked. */
static bool count_balances(struct recount *recount, uint32_t subaccount)
{
    const struct state *state = recount->state;
    uint32_t row = state_subaccount(state, subaccount)->balances;
    uint64_t seen[LIMIT_ASSETS / 64 + 1] = {0};

    while (row != TABLE_NONE) {
        if (!recount_is_row(&state->balances, row))
            return recount_wrong(recount->violation, &state->subaccounts, subaccount, "leads to balance %u", row);
        if (!count_balance(recount, row, subaccount, seen))
            return false;
        recount->balances++;
        row = state_balance(state, row)->next;
    }
    for (uint32_t asset = 1; asset < state->assets.used; asset++) {
        if (recount->locked[asset] != 0)
            return recount_wrong(recount->violation, &state->subaccounts, subaccount,
                                 "orders lock %lld of asset %u, no balance", shown(recount->locked[asset]), asset);
    }
    return true;
}

static bool count_slot(struct recount *recount, uint32_t row)
{
    const struct state *state = recount->state;
    const struct order *order = order_row(state, row);
    const struct slot *slot;

    if (order->slot == TABLE_NONE)
        return true;
    if (!recount_is_row(&state->slots, order->slot))
        return recount_wrong(recount->violation, &state->orders, row, "slot %u", order->slot);
    slot = table_row(&state->slots, order->slot);
    if (slot->order != row || slot->generation > CARD_GENERATION_MAX) /* a replace that is out has the newer one */
        return recount_wrong(recount->violation, &state->orders, row, "slot %u holds order %u, generation %u",
                             order->slot, slot->order, slot->generation);
    recount->slots++;
    recount->slots_used[order->market]++;
    return true;
}

/* Wide sums of a side, since a broken row may say anything. */
struct side_count {
    wide lots, notional, adverse, reduce_lots, waiting;
    wide resting, resting_reduce; /* of `lots`: neither on their way to the card nor reserved for a replace */
    uint32_t orders, fee_carry;
};

static bool check_place(const struct recount *recount, uint32_t row)
{
    const struct order *order = order_row(recount->state, row);
    bool slot = order->slot != TABLE_NONE, active = order->active > 0, sound = false;

    switch (order->place) {
    case ORDER_NOWHERE:
        sound = true;
        break;
    case ORDER_ON_CARD:
        sound = slot && active;
        break;
    case ORDER_PARKED: /* with a slot while it is being replaced */
        sound = active;
        break;
    case ORDER_TRIGGER:
        sound = !slot && !active && order->trigger_by >= INPUT_BY_MARK && order->trigger_by <= INPUT_BY_LAST &&
                order->trigger_when >= INPUT_AT_OR_ABOVE && order->trigger_when <= INPUT_AT_OR_BELOW;
        break;
    case ORDER_WAITING:
    case ORDER_BUMPED:
        sound = !slot && !active;
        break;
    }
    if (!sound)
        return recount_wrong(recount->violation, &recount->state->orders, row, "place %u, slot %u, active %lld",
                             order->place, order->slot, (long long)order->active);
    return true;
}

static bool count_order(struct recount *recount, uint32_t row, uint32_t position_row, struct side_count counts[2])
{
    const struct state *state = recount->state;
    const struct position *position = state_position(state, position_row);
    const struct market *market = state_market(state, position->market);
    const struct order *order = order_row(state, row);
    bool reduce_only = order->flags & INPUT_ORDER_REDUCE_ONLY;
    bool rests = order->place == ORDER_ON_CARD || order->place == ORDER_PARKED;
    struct side_count *count;

    if (order->position != position_row || order->subaccount != position->subaccount ||
        order->market != position->market || order->side > CARD_SIDE_SELL)
        return recount_wrong(recount->violation, &state->orders, row, "in the list of position %u, says %u",
                             position_row, order->position);
    if (order->active < 0 || order->active > order->open || order->reserve_lots < 0 || order->reserve_notional < 0 ||
        order->reserve_adverse < 0)
        return recount_wrong(recount->violation, &state->orders, row, "active %lld of %lld, reserve %lld",
                             (long long)order->active, (long long)order->open, (long long)order->reserve_lots);
    count = &counts[order->side];
    count->lots += (wide)order->active + order->reserve_lots;
    count->notional += (wide)order->active * order->price * (int64_t)market->tick_lot_units + order->reserve_notional;
    count->adverse += (wide)order->active * order->adverse_lot + order->reserve_adverse;
    if (reduce_only)
        count->reduce_lots += (wide)order->active + order->reserve_lots;
    if (reduce_only && order->place <= ORDER_WAITING)
        count->waiting += order->open - order->active;
    count->orders += order->active > 0;
    count->fee_carry += order->active > 0 ? order->fee_carry : 0;
    count->resting += rests ? order->active : 0;
    count->resting_reduce += rests && reduce_only ? order->active : 0;
    recount->user_orders += order->user != TABLE_NONE;
    recount->references += order->user != TABLE_NONE && order->reference != 0;
    return check_place(recount, row) && count_slot(recount, row) && recount_order_links(recount, row);
}

static bool compare_side(struct recount *recount, uint32_t row, uint32_t side_number, const struct side_count *count)
{
    const struct open_side *side = &state_position_detail(recount->state, row)->side[side_number];
    const struct {
        const char *name;
        int64_t kept;
        wide counted;
    } sums[] = {
        {"lots", side->lots, count->lots},
        {"notional", side->notional, count->notional},
        {"adverse", side->adverse, count->adverse},
        {"reduce-only lots", side->reduce_lots, count->reduce_lots},
        {"waiting lots", side->waiting, count->waiting},
        {"orders", side->orders, count->orders},
        {"fee carry", side->fee_carry, count->fee_carry},
    };

    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        if (sums[i].kept != sums[i].counted)
            return recount_wrong(recount->violation, &recount->state->positions, row,
                                 "%s of side %u: %lld, orders say %lld", sums[i].name, side_number,
                                 (long long)sums[i].kept, shown(sums[i].counted));
    }
    return true;
}

/* docs/host.md, reduce-only. What is on its way to the card has its cut in front of it, so between the events of a
 * round this holds of what rests; between rounds nothing else is active. Lots that wait though there is room, or
 * nothing left to close, are about to be looked at. */
static bool check_reduce_only(const struct recount *recount, uint32_t row, uint8_t side, const struct side_count *count)
{
    const struct position *position = state_position(recount->state, row);
    wide quantity = side == CARD_SIDE_SELL ? position->quantity : -(wide)position->quantity; /* to close */
    wide room = quantity - (count->resting - count->resting_reduce);

    if (count->resting_reduce > (room > 0 ? room : 0))
        return recount_wrong(recount->violation, &recount->state->positions, row,
                             "reduce-only lots resting on side %u: %lld, room for %lld", side,
                             shown(count->resting_reduce), shown(room));
    if (count->waiting > 0 && state_position_detail(recount->state, row)->next_refill == TABLE_NONE &&
        (quantity <= 0 || quantity > count->lots))
        return recount_wrong(recount->violation, &recount->state->positions, row,
                             "lots waiting on side %u: %lld, %lld to close, not in the list of refills", side,
                             shown(count->waiting), shown(quantity - count->lots));
    return true;
}

static bool count_orders(struct recount *recount, uint32_t position_row)
{
    const struct state *state = recount->state;
    const struct position_detail *position = state_position_detail(state, position_row);
    struct side_count counts[2] = {{0}};
    uint32_t row = position->orders, previous = TABLE_NONE, stops = 0;

    while (row != TABLE_NONE) {
        if (!recount_is_row(&state->orders, row))
            return recount_wrong(recount->violation, &state->positions, position_row, "leads to order %u", row);
        if (order_row(state, row)->prev_in_position != previous)
            return recount_wrong(recount->violation, &state->orders, row, "comes behind %u, says %u", previous,
                                 order_row(state, row)->prev_in_position);
        if (!count_order(recount, row, position_row, counts))
            return false;
        if (++recount->orders > state->orders.live)
            return recount_wrong(recount->violation, &state->positions, position_row,
                                 "more orders in lists than there are");
        stops += order_row(state, row)->place == ORDER_TRIGGER;
        previous = row;
        row = order_row(state, row)->next_in_position;
    }
    if (stops != position->stops)
        return recount_wrong(recount->violation, &state->positions, position_row, "stops %u, orders say %u",
                             position->stops, stops);
    for (uint8_t side = CARD_SIDE_BUY; side <= CARD_SIDE_SELL; side++) {
        if (!compare_side(recount, position_row, side, &counts[side]) ||
            !check_reduce_only(recount, position_row, side, &counts[side]))
            return false;
    }
    if (state_position(state, position_row)->open_sides != state_open_sides(state, position_row))
        return recount_wrong(recount->violation, &state->positions, position_row, "open sides %u",
                             state_position(state, position_row)->open_sides);
    return true;
}

static bool count_locks(struct recount *recount, uint32_t row)
{
    const struct market *market = state_market(recount->state, state_position(recount->state, row)->market);
    const struct position_detail *detail = state_position_detail(recount->state, row);
    const struct open_side *buys = &detail->side[CARD_SIDE_BUY], *sells = &detail->side[CARD_SIDE_SELL];

    if (market->kind != MARKET_SPOT)
        return true;
    if (buys->notional < 0 || buys->notional > LIMIT_NOTIONAL_UNITS || sells->lots < 0 ||
        (uwide)sells->lots * market->lot_units > (uwide)LIMIT_BALANCE_UNITS * 4)
        return recount_wrong(recount->violation, &recount->state->positions, row, "buys for %lld, sells %lld lots",
                             (long long)buys->notional, (long long)sells->lots);
    recount->locked[market->quote_asset] += margin_spot_lock(market, CARD_SIDE_BUY, buys);
    recount->locked[market->base_asset] += margin_spot_lock(market, CARD_SIDE_SELL, sells);
    return true;
}

/* What has not been charged yet can be; in a spot market there is none. */
static bool check_funding(const struct recount *recount, uint32_t row)
{
    const struct position *position = state_position(recount->state, row);
    const struct market *market = state_market(recount->state, position->market);
    const wide most = (wide)INT64_MAX * 1000000000;
    wide moved, owed = 0;
    bool sound = !__builtin_sub_overflow(market->funding_index, position->funding, &moved) &&
                 !__builtin_mul_overflow(moved, (wide)position->quantity, &owed) && owed <= most && owed >= -most;

    if (market->kind == MARKET_SPOT)
        sound = market->funding_index == 0 && position->funding == 0;
    if (!sound)
        return recount_wrong(recount->violation, &recount->state->positions, row, "funding up to %lld, index %lld",
                             shown(position->funding), shown(market->funding_index));
    return true;
}

static bool count_position(struct recount *recount, uint32_t row, uint32_t subaccount, uint64_t *seen)
{
    const struct state *state = recount->state;
    const struct position *position = state_position(state, row);
    const struct market *market;

    if (position->subaccount != subaccount)
        return recount_wrong(recount->violation, &state->positions, row, "in the list of subaccount %u, belongs to %u",
                             subaccount, position->subaccount);
    if (!recount_is_row(&state->markets, position->market))
        return recount_wrong(recount->violation, &state->positions, row, "market %u", position->market);
    if (seen[position->market / 64] >> (position->market % 64) & 1)
        return recount_wrong(recount->violation, &state->positions, row, "second position in market %u",
                             position->market);
    seen[position->market / 64] |= UINT64_C(1) << (position->market % 64);
    market = state_market(state, position->market);
    if (!recount_is_row(&state->assets, market->base_asset) || !recount_is_row(&state->assets, market->quote_asset))
        return recount_wrong(recount->violation, &state->markets, position->market, "assets %u, %u", market->base_asset,
                             market->quote_asset);
    if (market->kind == MARKET_SPOT && (position->quantity != 0 || position->entry_cost != 0))
        return recount_wrong(recount->violation, &state->positions, row, "position %lld in a spot market",
                             (long long)position->quantity);
    if (position->quantity == 0 && position->open_cost != 0)
        return recount_wrong(recount->violation, &state->positions, row, "open cost %lld of no position",
                             (long long)position->open_cost);
    if (!check_funding(recount, row))
        return false;
    recount->lots[position->market] += position->quantity;
    recount->cost[position->market] += position->entry_cost;
    recount->interest[position->market] += position->quantity > 0 ? position->quantity : 0;
    recount->refills += state_position_detail(state, row)->next_refill != TABLE_NONE;
    return count_orders(recount, row) && count_locks(recount, row);
}

static bool count_positions(struct recount *recount, uint32_t subaccount)
{
    const struct state *state = recount->state;
    uint32_t row = state_subaccount(state, subaccount)->positions;
    uint64_t seen[LIMIT_MARKETS / 64 + 1] = {0};

    while (row != TABLE_NONE) {
        if (!recount_is_row(&state->positions, row))
            return recount_wrong(recount->violation, &state->subaccounts, subaccount, "leads to position %u", row);
        if (!count_position(recount, row, subaccount, seen))
            return false;
        recount->positions++;
        row = state_position(state, row)->next;
    }
    return true;
}

/* Or there is none yet. */
static bool is_position_of(const struct state *state, uint32_t row, uint32_t subaccount, uint32_t market)
{
    return row == TABLE_NONE || (recount_is_row(&state->positions, row) &&
                                 state_position(state, row)->subaccount == subaccount &&
                                 state_position(state, row)->market == market);
}

static bool compare_markets(struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t listed = 0;

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);
        uint32_t position = market->positions;

        if (recount->lots[row] != 0 || recount->cost[row] != 0)
            return recount_wrong(recount->violation, &state->markets, row,
                                 "positions counted: %lld lots, entry costs %lld / 256", shown(recount->lots[row]),
                                 shown(recount->cost[row]));
        if (market->open_interest != recount->interest[row])
            return recount_wrong(recount->violation, &state->markets, row, "open interest %lld, positions say %lld",
                                 (long long)market->open_interest, shown(recount->interest[row]));
        if (market->slots_used != recount->slots_used[row])
            return recount_wrong(recount->violation, &state->markets, row, "slots used %u, orders say %u",
                                 market->slots_used, recount->slots_used[row]);
        for (; position != TABLE_NONE; position = state_position(state, position)->next_of_market) {
            if (!recount_is_row(&state->positions, position) || state_position(state, position)->market != row ||
                ++listed > state->positions.live)
                return recount_wrong(recount->violation, &state->markets, row, "list of positions leads to %u",
                                     position);
        }
        if (!is_position_of(state, market->fee_position, SYSTEM_FEES, row))
            return recount_wrong(recount->violation, &state->markets, row, "fee position %u", market->fee_position);
        if (!is_position_of(state, market->fund_position, SYSTEM_FUND, row))
            return recount_wrong(recount->violation, &state->markets, row, "fund position %u", market->fund_position);
        if (!is_position_of(state, market->residue_position, SYSTEM_RESIDUE, row))
            return recount_wrong(recount->violation, &state->markets, row, "residue position %u",
                                 market->residue_position);
    }
    if (listed != state->positions.live)
        return recount_wrong(recount->violation, &state->positions, 0, "%u rows, markets list %llu",
                             state->positions.live, (unsigned long long)listed);
    return true;
}

static bool compare_counts(struct recount *recount)
{
    const struct state *state = recount->state;
    const struct {
        const struct table *table;
        uint64_t counted;
    } lists[] = {
        {&state->balances, recount->balances},
        {&state->positions, recount->positions},
        {&state->orders, recount->orders},
    };

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (lists[i].table->live != lists[i].counted)
            return recount_wrong(recount->violation, lists[i].table, 0, "%u rows, lists hold %llu",
                                 lists[i].table->live, (unsigned long long)lists[i].counted);
    }
    for (uint32_t row = 1; row < state->assets.used; row++) {
        if (recount->balance_sum[row] != 0)
            return recount_wrong(recount->violation, &state->assets, row, "balances counted: %lld",
                                 shown(recount->balance_sum[row]));
    }
    return true;
}

/* What accounts hold of order rows and slots adds up to what there is. */
static bool compare_shares(struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t orders = 0, slots[LIMIT_MARKETS + 1] = {0};

    for (uint32_t row = 1; row < state->accounts.used; row++)
        orders += state_account(state, row)->orders;
    if (orders != recount->orders)
        return recount_wrong(recount->violation, &state->accounts, 0, "hold %llu orders, there are %llu",
                             (unsigned long long)orders, (unsigned long long)recount->orders);
    for (uint32_t row = 1; row < state->positions.used; row++)
        slots[state_position(state, row)->market] += state_position_detail(state, row)->account_slots;
    for (uint32_t row = 1; row < state->markets.used; row++) {
        if (slots[row] != state_market(state, row)->slots_used)
            return recount_wrong(recount->violation, &state->markets, row, "slots used %u, accounts hold %llu",
                                 state_market(state, row)->slots_used, (unsigned long long)slots[row]);
    }
    return true;
}

/* Where an asset says that the balances of system subaccounts are. */
static bool compare_system_rows(struct recount *recount)
{
    const struct state *state = recount->state;

    for (uint32_t number = 1; number < SYSTEM_SUBACCOUNTS * state->assets.used; number++) {
        const uint32_t subaccount = number % SYSTEM_SUBACCOUNTS, asset = number / SYSTEM_SUBACCOUNTS;
        uint32_t row;

        if (subaccount == TABLE_NONE || asset == TABLE_NONE)
            continue;
        row = state_subaccount(state, subaccount)->balances;
        while (row != TABLE_NONE && state_balance(state, row)->asset != asset)
            row = state_balance(state, row)->next;
        if (state_asset(state, asset)->system[subaccount] != row)
            return recount_wrong(recount->violation, &state->assets, asset,
                                 "balance of subaccount %u is row %u, not %u", subaccount, row,
                                 state_asset(state, asset)->system[subaccount]);
    }
    return true;
}

bool ledger_recount(const struct state *state, struct ledger_violation *violation)
{
    struct recount recount = {.state = state, .violation = violation};

    if (!ledger_totals_hold(state, violation))
        return false;
    for (uint32_t row = 1; row < state->subaccounts.used; row++) {
        if (!count_positions(&recount, row) || !count_balances(&recount, row))
            return false;
    }
    return compare_markets(&recount) && compare_counts(&recount) && compare_system_rows(&recount) &&
           recount_links(&recount) && compare_shares(&recount) && recount_dues(&recount) && recount_pools(&recount) &&
           recount_liquidation(&recount) && recount_settlement(&recount);
}
