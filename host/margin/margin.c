#include "margin.h"

#include "check.h"

/* A subaccount being added up. */
struct sum {
    const struct state *state;
    const struct margin_change *change; /* NULL: as it stands */
    const struct open_side *changed;    /* both sides of its position, with it */
    struct margin_view *view;
    uint32_t subaccount;
    uint32_t leverage;
    uint32_t settlement_row;
    uint32_t leaving_asset; /* of this asset so much is as good as gone */
    int64_t leaving;
    bool exposed;           /* open perpetuals or orders in them, or a loss */
    bool unmarked;          /* one of them has no mark */
    bool rough;             /* initial margin from above, maintenance not at all */
    wide settlement;        /* held of the settlement asset, u256 */
    uint8_t decimals;       /* of the settlement asset */
};

static const struct position no_position;

static uint32_t find_settlement(const struct state *state)
{
    for (uint32_t row = 1; row < state->assets.used; row++) {
        if (state_asset(state, row)->flags & ASSET_SETTLEMENT)
            return row;
    }
    return TABLE_NONE;
}

static wide larger(wide left, wide right)
{
    return left > right ? left : right;
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

static const struct position *changed_position(const struct state *state, const struct margin_change *change)
{
    return change->position == TABLE_NONE ? &no_position : state_position(state, change->position);
}

/* The sides as they are with the change. margin_check() has seen that the sums fit. */
static void sides_after(const struct position *position, const struct margin_change *change, struct open_side sides[2])
{
    struct open_side *side;

    sides[CARD_SIDE_BUY] = position->side[CARD_SIDE_BUY];
    sides[CARD_SIDE_SELL] = position->side[CARD_SIDE_SELL];
    side = &sides[change->side];
    side->lots += change->lots;
    side->notional += change->notional;
    side->adverse += change->adverse;
    side->orders += (uint32_t)change->orders;
    if (change->reduce_only)
        side->reduce_lots += change->lots;
}

/* Lots of the position, without sign, if all of a side filled. Reduce-only orders count as far as they close. The
 * core keeps them within what the others leave of the position, so that this is |position + all of the side|; where
 * the position has just shrunk under them, and they are about to be cut, they count as what they may do: never an
 * increase. */
static int64_t lots_if_filled(int64_t quantity, uint8_t side, const struct open_side *sums)
{
    int64_t others = sums->lots - sums->reduce_lots;
    int64_t left = side == CARD_SIDE_BUY ? -quantity - others : quantity - others; /* to close */

    if (left > 0)
        return left > sums->reduce_lots ? left - sums->reduce_lots : 0;
    return -left;
}

static wide initial_of_lots(const struct sum *sum, const struct market *market, int64_t lots)
{
    wide notional = margin_notional(market, lots, market->mark);

    if (sum->rough)
        return margin_bound_notional(&market->imf, sum->decimals, sum->leverage, notional);
    return margin_of_notional(&market->imf, sum->decimals, sum->leverage, notional);
}

/* What a side's orders may lose and pay when they fill, u256. Each order rounds its own fees up, to a u256; a
 * rebate counts 0. */
static wide cost_of_side(const struct market *market, const struct open_side *sums)
{
    if (sums->orders == 0)
        return 0;
    if (market->taker_fee <= 0)
        return sums->adverse;
    return sums->adverse + margin_fee(sums->notional, market->taker_fee) + sums->orders;
}

/* Margin grows with the notional: the side with more lots counts unless the other one's orders cost more. */
static wide larger_side(const struct sum *sum, const struct market *market, int64_t more, wide cost_of_more,
                        int64_t less, wide cost_of_less)
{
    wide margin = cost_of_more + initial_of_lots(sum, market, more);

    if (cost_of_less <= cost_of_more)
        return margin;
    return larger(margin, cost_of_less + initial_of_lots(sum, market, less));
}

/* Of a position with its open orders: the larger side. */
static wide initial_of_market(const struct sum *sum, const struct market *market, int64_t quantity,
                              const struct open_side sides[2])
{
    int64_t bought = lots_if_filled(quantity, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]);
    int64_t sold = lots_if_filled(quantity, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]);
    wide buys = cost_of_side(market, &sides[CARD_SIDE_BUY]), sells = cost_of_side(market, &sides[CARD_SIDE_SELL]);

    if (bought >= sold)
        return larger_side(sum, market, bought, buys, sold, sells);
    return larger_side(sum, market, sold, sells, bought, buys);
}

static void add_perpetual(struct sum *sum, const struct market *market, const struct position *position,
                          const struct open_side sides[2])
{
    struct margin_view *view = sum->view;
    wide notional;

    view->profit -= position->entry_cost;
    sum->exposed |= position->entry_cost > 0;
    if (position->quantity == 0 && sides[0].orders == 0 && sides[1].orders == 0)
        return;
    sum->exposed = true;
    if (market->mark == 0) {
        view->priced = false;
        sum->unmarked = true;
        return;
    }
    notional = margin_notional(market, position->quantity, market->mark);
    view->profit += position->quantity < 0 ? -notional : notional;
    view->notional += notional;
    view->initial += initial_of_market(sum, market, position->quantity, sides);
    if (!sum->rough)
        view->maintenance += margin_of_notional(&market->mmf, sum->decimals, 0, notional);
}

static wide held_value(struct sum *sum, uint32_t row, wide quantity)
{
    const struct asset *asset = state_asset(sum->state, row);

    if (quantity <= 0 || !(asset->flags & (ASSET_COLLATERAL | ASSET_SETTLEMENT)))
        return 0;
    if (asset->index == 0 && !(asset->flags & ASSET_SETTLEMENT)) {
        sum->view->priced = false;
        return 0;
    }
    return margin_collateral(asset, sum->decimals, quantity > INT64_MAX ? INT64_MAX : (int64_t)quantity);
}

static wide held_units(const struct sum *sum, const struct balance *balance)
{
    return balance->asset == sum->leaving_asset ? (wide)balance->amount - sum->leaving : balance->amount;
}

static wide held_of(const struct sum *sum, uint32_t asset)
{
    uint32_t row = state_find_balance(sum->state, sum->subaccount, asset);

    return row == TABLE_NONE ? 0 : held_units(sum, state_balance(sum->state, row));
}

/* The collateral value that is lost if all of one side of a spot market fills at its prices, fees included. The rules
 * leave open how several markets add up: each is taken by itself, on what is held now. */
static wide spot_side_loss(struct sum *sum, const struct market *market, uint8_t side, const struct open_side *sums)
{
    wide base = held_of(sum, market->base_asset), quote = held_of(sum, market->quote_asset);
    wide base_in = (wide)sums->lots * market->lot_units, quote_in, before, after;

    if (sums->orders == 0)
        return 0;
    if (side == CARD_SIDE_BUY) {
        quote_in = -(wide)margin_spot_lock(market, side, sums);
    } else {
        base_in = -base_in;
        quote_in = sums->notional;
        if (market->taker_fee > 0) /* rounded up by each order */
            quote_in -= ((margin_fee(sums->notional, market->taker_fee) + 255) >> 8) + sums->orders;
    }
    before = held_value(sum, market->base_asset, base) + held_value(sum, market->quote_asset, quote);
    after = held_value(sum, market->base_asset, base + base_in) +
            held_value(sum, market->quote_asset, quote + quote_in);
    return larger(before - after, 0);
}

static wide spot_loss(struct sum *sum, const struct market *market, const struct open_side sides[2])
{
    return larger(spot_side_loss(sum, market, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]),
                  spot_side_loss(sum, market, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]));
}

/* Not below what `units` of an asset are worth at full weight: no root, no division. */
static wide value_above(const struct sum *sum, uint32_t row, wide units)
{
    const struct asset *asset = state_asset(sum->state, row);
    const wide most = (wide)1 << 110;
    uwide value;

    if (units <= 0 || !(asset->flags & (ASSET_COLLATERAL | ASSET_SETTLEMENT)))
        return 0;
    if (asset->flags & ASSET_SETTLEMENT)
        return units * 256;
    /* units x index x 2^8 / 10^n; 10^n is at least 2^(3321 n / 1000) */
    if (12u + asset->decimals < sum->decimals + 3u || __builtin_mul_overflow((uwide)units, (uwide)asset->index, &value))
        return most;
    value >>= (12u + asset->decimals - sum->decimals) * 3321 / 1000 - 8;
    return value >> 110 ? most : (wide)value + 1;
}

/* Not below spot_side_loss(): what goes out counts in full, what comes in not at all. The value is concave in what is
 * held, so that what goes out was worth at most its full weight, but for the weights' rounding: 10^-9 of what is
 * held. */
static wide spot_side_loss_above(const struct sum *sum, uint32_t asset, wide units)
{
    return value_above(sum, asset, units) + (value_above(sum, asset, held_of(sum, asset)) >> 29) + 1;
}

static wide spot_loss_above(const struct sum *sum, const struct market *market, const struct open_side sides[2])
{
    wide buy = 0, sell = 0;

    if (sides[CARD_SIDE_BUY].orders > 0)
        buy = spot_side_loss_above(sum, market->quote_asset,
                                   margin_spot_lock(market, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]));
    if (sides[CARD_SIDE_SELL].orders > 0)
        sell = spot_side_loss_above(sum, market->base_asset,
                                    margin_spot_lock(market, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]));
    return larger(buy, sell);
}

static void add_position(struct sum *sum, uint32_t market_row, const struct position *position,
                         const struct open_side sides[2])
{
    const struct market *market = state_market(sum->state, market_row);

    if (market->kind == MARKET_SPOT) {
        sum->view->initial += sum->rough ? spot_loss_above(sum, market, sides) : spot_loss(sum, market, sides);
    } else {
        add_perpetual(sum, market, position, sides);
    }
}

static void add_balances(struct sum *sum)
{
    uint32_t row = state_subaccount(sum->state, sum->subaccount)->balances;

    while (row != TABLE_NONE) {
        const struct balance *balance = state_balance(sum->state, row);
        wide value = held_value(sum, balance->asset, held_units(sum, balance));

        sum->view->collateral += value;
        if (state_asset(sum->state, balance->asset)->flags & ASSET_SETTLEMENT)
            sum->settlement = value;
        row = balance->next;
    }
}

static void add_positions(struct sum *sum)
{
    const struct margin_change *change = sum->change;
    uint32_t row = state_subaccount(sum->state, sum->subaccount)->positions;

    if (change != NULL && change->position == TABLE_NONE)
        add_position(sum, change->market, &no_position, sum->changed);
    while (row != TABLE_NONE) {
        const struct position *position = state_position(sum->state, row);

        add_position(sum, position->market, position,
                     change != NULL && change->position == row ? sum->changed : position->side);
        row = position->next;
    }
}

static void start(struct sum *sum, const struct state *state, uint32_t subaccount, const struct margin_change *change,
                  const struct open_side changed[2], struct margin_view *view)
{
    uint32_t settlement = find_settlement(state);

    *view = (struct margin_view){.priced = settlement != TABLE_NONE};
    *sum = (struct sum){
        .state = state, .change = change, .changed = changed, .view = view, .subaccount = subaccount,
        .settlement_row = settlement,
        .leverage = state_account(state, state_subaccount(state, subaccount)->account)->leverage,
        .decimals = settlement == TABLE_NONE ? 0 : state_asset(state, settlement)->decimals,
    };
}

/* What is missing of the settlement asset is a borrow of it. What open spot orders would pay is not taken off
 * before: the rules count what is held. */
static void finish(struct sum *sum)
{
    struct margin_view *view = sum->view;
    wide shortage = -(sum->settlement + view->profit);

    if (shortage > 0 && sum->settlement_row != TABLE_NONE) {
        const struct asset *asset = state_asset(sum->state, sum->settlement_row);

        view->notional += shortage;
        view->initial += margin_of_notional(&asset->borrow_imf, sum->decimals, sum->leverage, shortage);
        view->maintenance += margin_of_notional(&asset->borrow_mmf, sum->decimals, 0, shortage);
    }
    view->equity = view->collateral + view->profit;
    view->available = view->equity - view->initial;
}

/* Whether a mark is missing. */
static bool compute(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                    const struct open_side changed[2], struct margin_view *view)
{
    struct sum sum;

    start(&sum, state, subaccount, change, changed, view);
    add_balances(&sum);
    add_positions(&sum);
    finish(&sum);
    return sum.unmarked;
}

void margin_compute(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                    struct margin_view *view)
{
    struct open_side changed[2];

    if (change != NULL)
        sides_after(changed_position(state, change), change, changed);
    compute(state, subaccount, change, changed, view);
}

/* --- what an order may do --- */

/* The largest position that either side could make, lots. */
static int64_t reach_of(int64_t quantity, const struct open_side sides[2])
{
    int64_t bought = lots_if_filled(quantity, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]);
    int64_t sold = lots_if_filled(quantity, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]);

    return bought > sold ? bought : sold;
}

/* Entry costs must stay in their 64 bits whatever fills; what leads back towards 0 passes. */
static bool cost_in_range(int64_t cost, uint8_t side, wide notional)
{
    wide after = cost + (side == CARD_SIDE_BUY ? notional : -notional) * 256;

    return larger(after, -after) <= larger((wide)LIMIT_NOTIONAL_UNITS * 256, larger(cost, -(wide)cost));
}

static bool sums_in_range(const struct position *position, const struct margin_change *change)
{
    const struct open_side *side = &position->side[change->side];
    wide notional = (wide)side->notional + change->notional;

    return notional <= LIMIT_NOTIONAL_UNITS &&
           (wide)side->adverse + change->adverse <= (wide)LIMIT_NOTIONAL_UNITS * 256 &&
           (wide)side->lots + change->lots <= LIMIT_BALANCE_UNITS &&
           cost_in_range(position->entry_cost, change->side, notional) &&
           cost_in_range(position->open_cost, change->side, notional);
}

/* Lots that all subaccounts of the account could come to hold, and how many more than now, with one position's own. */
static void add_up_account(const struct state *state, uint32_t subaccount, uint32_t market, wide *reach, wide *growth)
{
    uint32_t row = state_account(state, state_subaccount(state, subaccount)->account)->subaccounts;

    for (; row != TABLE_NONE; row = state_subaccount(state, row)->next) {
        uint32_t found = row == subaccount ? TABLE_NONE : state_find_position(state, row, market);
        const struct position *position;
        int64_t lots;

        if (found == TABLE_NONE)
            continue;
        position = state_position(state, found);
        lots = reach_of(position->quantity, position->side);
        *reach += lots;
        *growth += lots - magnitude(position->quantity);
    }
}

static enum reason check_limits(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                                int64_t reach_after)
{
    const struct market *market = state_market(state, change->market);
    const struct position *position = changed_position(state, change);
    wide reach = reach_after, growth = (wide)reach_after - magnitude(position->quantity);
    uwide value;

    if (__builtin_mul_overflow((uwide)reach * market->tick_lot_units, (uwide)market->mark, &value) ||
        value > (uwide)LIMIT_NOTIONAL_UNITS * 256)
        return REASON_POSITION_LIMIT;
    if (market->position_max == 0 && market->interest_max == 0)
        return REASON_NONE;
    /* An account may have very many subaccounts: they are walked where a cap asks for it. */
    add_up_account(state, subaccount, change->market, &reach, &growth);
    if (market->position_max != 0 && reach > (wide)market->position_max)
        return REASON_POSITION_LIMIT;
    if (market->interest_max != 0 && market->open_interest + market->interest_out + growth > (wide)market->interest_max)
        return REASON_OPEN_INTEREST;
    return REASON_NONE;
}

static enum reason check_perpetual(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                                   const struct open_side changed[2], bool *rises)
{
    const struct position *position = changed_position(state, change);
    int64_t after;

    if (state_market(state, change->market)->mark == 0)
        return REASON_NO_PRICE;
    after = reach_of(position->quantity, changed);
    *rises = after > reach_of(position->quantity, position->side);
    return *rises ? check_limits(state, subaccount, change, after) : REASON_NONE;
}

static enum reason check_spot(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                              const struct open_side changed[2])
{
    const struct market *market = state_market(state, change->market);
    const struct position *position = changed_position(state, change);
    uint32_t row = state_find_balance(state, subaccount, change->side == CARD_SIDE_BUY ? market->quote_asset
                                                                                       : market->base_asset);
    int64_t more, left = 0;

    if ((uwide)changed[change->side].lots * market->lot_units > (uwide)LIMIT_BALANCE_UNITS * 4)
        return REASON_INSUFFICIENT_FUNDS;
    more = margin_spot_lock(market, change->side, &changed[change->side]) -
           margin_spot_lock(market, change->side, &position->side[change->side]);
    if (row != TABLE_NONE)
        left = state_balance(state, row)->amount - state_balance(state, row)->locked;
    if (more > 0 && more > left)
        return REASON_INSUFFICIENT_FUNDS;
    return REASON_NONE;
}

/* Whether a spot order makes what could be lost larger. */
static bool spot_rises(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                       const struct open_side changed[2])
{
    const struct market *market = state_market(state, change->market);
    struct margin_view view;
    struct sum sum;

    start(&sum, state, subaccount, NULL, NULL, &view);
    return spot_loss(&sum, market, changed) > spot_loss(&sum, market, changed_position(state, change)->side);
}

/* Most orders need no roots: the settlement asset alone covers a bound of the margin. Says yes only where the exact
 * sums say so too. */
static bool passes_roughly(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                           const struct open_side changed[2])
{
    struct margin_view view;
    struct sum sum;
    wide cash;

    start(&sum, state, subaccount, change, changed, &view);
    sum.rough = true;
    add_positions(&sum);
    if (!sum.exposed)
        return true;
    cash = held_of(&sum, sum.settlement_row) * 256;
    return !sum.unmarked && cash + view.profit - view.initial >= 0;
}

enum reason margin_check(const struct state *state, uint32_t subaccount, const struct margin_change *change)
{
    const struct market *market = state_market(state, change->market);
    const struct position *position = changed_position(state, change);
    struct open_side changed[2];
    struct margin_view after, before;
    enum reason reason;
    bool rises = false;

    if (!sums_in_range(position, change))
        return REASON_POSITION_LIMIT;
    sides_after(position, change, changed);
    if (market->kind == MARKET_SPOT)
        reason = check_spot(state, subaccount, change, changed);
    else
        reason = check_perpetual(state, subaccount, change, changed, &rises);
    if (reason != REASON_NONE)
        return reason;
    if (passes_roughly(state, subaccount, change, changed))
        return REASON_NONE;
    if (compute(state, subaccount, change, changed, &after))
        return REASON_NO_PRICE;
    if (after.available >= 0)
        return REASON_NONE;
    if (!after.priced)
        return REASON_NO_PRICE;
    if (market->kind == MARKET_SPOT ? spot_rises(state, subaccount, change, changed) : rises)
        return REASON_INSUFFICIENT_MARGIN;
    compute(state, subaccount, NULL, NULL, &before);
    return after.available >= before.available ? REASON_NONE : REASON_INSUFFICIENT_MARGIN;
}

enum reason margin_check_withdrawal(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t amount)
{
    uint32_t row = state_find_balance(state, subaccount, asset);
    struct margin_view view;
    struct sum sum;

    check(amount >= 0);
    if (row == TABLE_NONE || amount > state_balance(state, row)->amount - state_balance(state, row)->locked)
        return REASON_INSUFFICIENT_BALANCE;
    start(&sum, state, subaccount, NULL, NULL, &view);
    sum.leaving_asset = asset;
    sum.leaving = amount;
    add_balances(&sum);
    add_positions(&sum);
    if (view.profit > 0) /* net of all markets, as settlement pays it */
        view.profit = 0;
    finish(&sum);
    /* Without perpetuals nothing is owed: what no order locks may leave, whatever is known about prices. */
    if (!sum.exposed || (view.available >= 0 && !sum.unmarked))
        return REASON_NONE;
    return view.priced ? REASON_INSUFFICIENT_MARGIN : REASON_NO_PRICE;
}
