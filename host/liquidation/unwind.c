/* What an account has to unwind, in which order, and what the book could take. */
#include "lending.h"
#include "liquidation_parts.h"
#include "pricing.h"

/* Whether an IOC with a limit can trade there, and what it is worth is known. */
static bool unwind_takes(const struct market *market)
{
    return (market->state == CARD_STATE_OPEN || market->state == CARD_STATE_LIMIT_ONLY) && market->mark != 0 &&
           !(market->flags & (MARKET_FROZEN | MARKET_WAITS_FOR_PRICES | MARKET_DELISTED));
}

uint32_t unwind_spot_market(const struct state *state, uint32_t asset)
{
    for (uint32_t row = 1; row < state->markets.used; row++)
        if (state_is_spot_of(state, state_market(state, row), asset))
            return row;
    return TABLE_NONE;
}

/* The first that takes orders now; else the first one. */
static uint32_t unwind_spot_open(const struct state *state, uint32_t asset)
{
    for (uint32_t row = 1; row < state->markets.used; row++)
        if (state_is_spot_of(state, state_market(state, row), asset) && unwind_takes(state_market(state, row)))
            return row;
    return unwind_spot_market(state, asset);
}

wide unwind_units(const struct state *state, const struct balance *balance)
{
    const struct pool *pool = state_pool(state, balance->asset);
    wide units = balance->amount;

    if (balance->lent != 0)
        units += lending_lent_units(pool, balance->lent);
    if (balance->borrowed != 0)
        units -= lending_borrowed_units(pool, balance->borrowed);
    return units;
}

wide unwind_cash(const struct state *state, uint32_t subaccount, const struct margin_view *view)
{
    const uint32_t row = state_find_balance(state, subaccount, state_settlement(state));
    const wide units = row == TABLE_NONE ? 0 : unwind_units(state, state_balance(state, row));

    return (units + state_subaccount(state, subaccount)->credit) * 256 + view->profit + view->claims - view->debts;
}

/* The least units of a coin that can be unwound: its market's smallest order; without one the fund takes any. */
static wide unwind_units_least(const struct state *state, uint32_t number)
{
    const struct market *market = state_market(state, number);

    return number == TABLE_NONE ? 1 : state_least_lots(market) * (wide)market->lot_units;
}

bool unwind_has_any(const struct state *state, uint32_t subaccount)
{
    const struct subaccount *owner = state_subaccount(state, subaccount);

    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next)
        if (state_position(state, row)->quantity != 0)
            return true;
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);
        const uint32_t market = balance->asset == state_settlement(state)
                                    ? TABLE_NONE : unwind_spot_market(state, balance->asset);

        if (balance->asset == state_settlement(state))
            continue;
        if (balance->borrowed > 0)
            return true;
        if (owner->debt == 0 && unwind_units(state, balance) >= unwind_units_least(state, market))
            return true;
    }
    return false;
}

/* --- items --- */

struct unwind_list {
    const struct state *state;
    struct item *items;
    uint32_t count;
    uint8_t decimals;
    wide short_of;        /* u256 of USDC */
    wide shared, coins;   /* maintenance of positions and borrows; of coins */
};

static void unwind_add(struct unwind_list *list, struct item *item)
{
    const struct market *market = state_market(list->state, item->market);

    item->notional = item->market == 0 || market->mark == 0 ? 0 : margin_notional(market, item->lots, market->mark);
    if (item->market != 0 && !unwind_takes(market))
        item->market = 0;
    if (item->kind == ITEM_COIN)
        list->coins += item->maintenance;
    else
        list->shared += item->maintenance;
    check(list->count < LIQUIDATION_ITEMS);
    list->items[list->count++] = *item;
}

static void unwind_add_position(struct unwind_list *list, uint32_t row)
{
    const struct position *position = state_position(list->state, row);
    const struct market *market = state_market(list->state, position->market);
    struct item item = { .kind = ITEM_POSITION, .market = (uint16_t)position->market, .row = row };

    if (position->quantity == 0 || market->kind != MARKET_PERPETUAL)
        return;
    item.side = position->quantity > 0 ? CARD_SIDE_SELL : CARD_SIDE_BUY;
    item.lots = state_lots(position);
    if (market->mark != 0)
        item.maintenance = margin_of_notional(&market->mmf, list->decimals, 0,
                                              margin_notional(market, item.lots, market->mark));
    unwind_add(list, &item);
}

/* Lots that pay so many units back, at least the smallest order. */
static int64_t unwind_lots_for(const struct market *market, wide units)
{
    const wide lots = wide_divide_up(units, (wide)market->lot_units), least = state_least_lots(market);

    return lots < least ? (int64_t)least : lots > (wide)CARD_QUANTITY_MAX ? (int64_t)CARD_QUANTITY_MAX : (int64_t)lots;
}

static void unwind_add_borrow(struct unwind_list *list, uint32_t row, wide units)
{
    const struct state *state = list->state;
    const struct asset *asset = state_asset(state, state_balance(state, row)->asset);
    const uint32_t market = unwind_spot_open(state, state_balance(state, row)->asset);
    struct item item = { .kind = ITEM_BORROW, .side = CARD_SIDE_BUY, .market = (uint16_t)market, .row = row };

    item.lots = market == TABLE_NONE ? 1 : unwind_lots_for(state_market(state, market), units);
    item.maintenance = margin_of_notional(&asset->borrow_mmf, list->decimals, 0,
                                          margin_liability(asset, list->decimals, wide_narrow(units)));
    unwind_add(list, &item);
}

/* As many lots as bring in what is short, at the mark. */
static wide unwind_coin_lots(const struct unwind_list *list, const struct market *market, wide units)
{
    const wide lots = units / (wide)market->lot_units, one = margin_notional(market, 1, market->mark);
    wide wanted = one == 0 ? lots : wide_divide_up(list->short_of, one);

    if (wanted < state_least_lots(market))
        wanted = state_least_lots(market);
    return wanted < lots ? wanted : lots;
}

/* What is held is worth more on the market than as collateral: that may be lost without loss of equity. */
static wide unwind_haircut(const struct unwind_list *list, const struct asset *asset, const struct market *market,
                           const struct item *item)
{
    const wide units = (wide)item->lots * (wide)market->lot_units;
    wide value = 0;

    if (asset->flags & ASSET_COLLATERAL)
        value = margin_collateral(asset, list->decimals, wide_narrow(units));
    return margin_notional(market, item->lots, market->mark) - value;
}

static void unwind_add_coin(struct unwind_list *list, uint32_t row, wide units)
{
    const struct state *state = list->state;
    const struct asset *asset = state_asset(state, state_balance(state, row)->asset);
    const struct asset *usdc = state_asset(state, state_settlement(state));
    const uint32_t number = unwind_spot_open(state, state_balance(state, row)->asset);
    const struct market *market = state_market(state, number);
    struct item item = { .kind = ITEM_COIN, .side = CARD_SIDE_SELL, .market = (uint16_t)number, .row = row };
    wide lots, worth;

    if (number == TABLE_NONE || market->mark == 0)
        return;
    lots = unwind_coin_lots(list, market, units);
    if (lots < state_least_lots(market))
        return;
    item.lots = lots > (wide)CARD_QUANTITY_MAX ? (int64_t)CARD_QUANTITY_MAX : (int64_t)lots;
    worth = margin_notional(market, item.lots, market->mark);
    worth = list->short_of - (worth < list->short_of ? worth : list->short_of);
    item.maintenance = margin_of_notional(&usdc->borrow_mmf, list->decimals, 0, list->short_of) -
                       margin_of_notional(&usdc->borrow_mmf, list->decimals, 0, worth);
    item.share = unwind_haircut(list, asset, market, &item);
    unwind_add(list, &item);
}

static void unwind_add_balance(struct unwind_list *list, uint32_t row)
{
    const struct state *state = list->state;
    const struct balance *balance = state_balance(state, row);
    wide units;

    if (balance->asset == state_settlement(state))
        return;
    units = unwind_units(state, balance);
    if (units < 0)
        unwind_add_borrow(list, row, -units);
    else if (units > 0 && list->short_of > 0 && state_subaccount(state, balance->subaccount)->debt == 0)
        unwind_add_coin(list, row, units);
}

/* equity x maintenance / sum, rounded down. */
static wide unwind_part_of(wide equity, wide maintenance, wide sum)
{
    return sum == 0 ? 0 : wide_part(equity, (uwide)maintenance, (uwide)sum);
}

static void unwind_share_out(struct unwind_list *list, wide equity)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct item *item = &list->items[i];

        if (item->kind != ITEM_COIN)
            item->share = unwind_part_of(equity, item->maintenance, list->shared);
        else if (list->shared == 0)
            item->share += unwind_part_of(equity, item->maintenance, list->coins);
    }
}

/* --- which first --- */

/* Maintenance freed over (notional x lots / depth): all of one item against all of another, and so any part of them. */
static wide unwind_score(const struct unwind_list *list, const struct item *item)
{
    const wide freed = (wide)1 << 30;
    uwide rate;
    int64_t depth;

    if (item->market == 0 || item->notional == 0)
        return -1;
    depth = unwind_depth(list->state, item->market, item->side);
    if (!wide_scale_down((uwide)item->maintenance, (uwide)freed, (uwide)item->notional, &rate) || rate > (uwide)freed)
        rate = (uwide)freed;
    return (wide)rate * depth / item->lots << 20;
}

/* Of equals the later one is the worse. */
static bool unwind_is_worse(const struct item *item, const struct item *other)
{
    return item->score < other->score || (item->score == other->score && item->row > other->row);
}

/* The worst goes to the root. */
static void unwind_sink(struct item *items, uint32_t count, uint32_t at)
{
    const struct item moved = items[at];

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= count)
            break;
        if (child + 1 < count && unwind_is_worse(&items[child + 1], &items[child]))
            child++;
        if (unwind_is_worse(&moved, &items[child]))
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = moved;
}

/* In place, without memory, whatever the numbers are. */
static void unwind_sort(struct item *items, uint32_t count)
{
    for (uint32_t at = count / 2; at-- > 0;)
        unwind_sink(items, count, at);
    for (uint32_t left = count; left > 1; left--) {
        const struct item worst = items[0];

        items[0] = items[left - 1];
        items[left - 1] = worst;
        unwind_sink(items, left - 1, 0);
    }
}

uint32_t unwind_items(const struct exchange *exchange, uint32_t subaccount, const struct margin_view *view, wide equity,
                      struct item items[LIQUIDATION_ITEMS])
{
    const struct state *state = &exchange->state;
    const struct subaccount *owner = state_subaccount(state, subaccount);
    const wide cash = unwind_cash(state, subaccount, view);
    struct unwind_list list = { .state = state, .items = items,
                                .decimals = state_asset(state, state_settlement(state))->decimals,
                                .short_of = cash < 0 ? -cash : 0 };

    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next)
        unwind_add_position(&list, row);
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next)
        unwind_add_balance(&list, row);
    unwind_share_out(&list, equity);
    for (uint32_t i = 0; i < list.count; i++)
        items[i].score = unwind_score(&list, &items[i]);
    unwind_sort(items, list.count);
    return list.count;
}

/* --- depth --- */

int64_t unwind_depth(const struct state *state, uint32_t market, uint8_t side)
{
    const struct unwind *unwind = state_unwind(state, market);
    const uint8_t taken = state_other_side(side);
    const uint32_t count =
        unwind->depth_count < LIMIT_DEPTH_SAMPLES ? unwind->depth_count : (uint32_t)LIMIT_DEPTH_SAMPLES;
    int64_t least = count == 0 ? 0 : INT64_MAX;

    for (uint32_t i = 0; i < count; i++)
        least = wide_smaller(least, unwind->depth[taken][i]);
    return least;
}

/* The worst price inside the impact band on a side of the book: as the card has it; without the band that of the mean
 * mark's. 0: that side is empty. */
static uint32_t unwind_bound(const struct market *market, uint8_t side)
{
    const uint8_t taker = state_other_side(side);

    if (market->best[side] == 0)
        return 0;
    return market->bands & CARD_BANDS_IMPACT_MASK ? margin_impact_price(market, taker)
                                                  : margin_worst_price(market, taker);
}

/* Spot markets matter while somebody may owe a coin or be short of USDC. */
static bool unwind_matters(const struct state *state, const struct market *market, bool spot)
{
    if (market->flags & MARKET_DELISTED)
        return false;
    return market->kind == MARKET_PERPETUAL ? market->open_interest > 0
                                            : spot && market->quote_asset == state_settlement(state);
}

static bool unwind_spot_matters(const struct state *state)
{
    if (state->t->episodes != TABLE_NONE)
        return true;
    for (uint32_t row = 1; row < state->markets.used; row++)
        if (state_market(state, row)->open_interest > 0)
            return true;
    for (uint32_t row = 1; row < state->assets.used; row++)
        if (state_pool(state, row)->borrowed > 0)
            return true;
    return false;
}

void unwind_sample(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    const bool spot = unwind_spot_matters(state);

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);
        struct unwind *unwind = state_unwind(state, row);
        const uint32_t place = unwind->depth_count % LIMIT_DEPTH_SAMPLES;

        if (!unwind_matters(state, market, spot))
            continue;
        for (uint8_t side = CARD_SIDE_BUY; side <= CARD_SIDE_SELL; side++) {
            unwind->bound[side] = unwind_bound(market, side);
            unwind->depth[side][place] =
                unwind->bound[side] == 0 ? 0 : pricing_depth(exchange, row, side, unwind->bound[side]);
        }
        unwind->depth_count++;
    }
}

/* --- money --- */

void unwind_repay(struct exchange *exchange, uint32_t subaccount)
{
    uint32_t row = state_subaccount(&exchange->state, subaccount)->balances;

    for (; row != TABLE_NONE; row = state_balance(&exchange->state, row)->next)
        if (state_balance(&exchange->state, row)->borrowed != 0)
            lending_repay_own(&exchange->ledger, subaccount, state_balance(&exchange->state, row)->asset);
}

uint32_t unwind_price_at(const struct state *state, const struct item *item, wide share)
{
    const struct market *market = state_market(state, item->market);
    const wide tick = (wide)item->lots * (wide)market->tick_lot_units * CARD_FIXED_ONE;
    wide price;

    if (item->side == CARD_SIDE_SELL)
        price = wide_divide_up(item->notional - share, tick);
    else
        price = wide_divide_down(item->notional + share, tick);
    return margin_price_of(price);
}

uint32_t unwind_bankruptcy_price(const struct state *state, const struct item *item)
{
    return unwind_price_at(state, item, item->share);
}
