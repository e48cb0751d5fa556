/* A subaccount added up: what it has, what it owes, what its positions and orders ask for. */
#include "margin_sum.h"

#include "ledger.h"
#include "lending.h"

static const struct position no_position;
static const struct open_side no_sides[2];

/* What is asked. Whole walks ask for nothing else than how it stands: for them the functions below are compiled once
 * more, without what checks of a change need. */
struct asked {
    enum margin_part part;
    bool careful;                       /* as in struct margin_sum */
    bool changed;                       /* something may have moved, or an open side */
};

#define INLINE inline __attribute__((always_inline))

static struct asked asked_of(const struct margin_sum *sum)
{
    return (struct asked){.part = (enum margin_part)sum->part, .careful = sum->careful, .changed = true};
}

const struct position *margin_sum_position(const struct state *state, const struct margin_change *change)
{
    return change->position == TABLE_NONE ? &no_position : state_position(state, change->position);
}

const struct open_side *margin_sum_sides(const struct state *state, const struct margin_change *change)
{
    return change->position == TABLE_NONE ? no_sides : state_position_detail(state, change->position)->side;
}

/* --- prices --- */

/* The asset as it counts: the higher or lower of a diverged index where something is let out. */
static INLINE const struct asset *asset_priced(bool careful, const struct asset *asset, bool higher, struct asset *copy)
{
    if (!careful || !(asset->price_flags & PRICE_DIVERGED) || (asset->index_raw > asset->index) != higher)
        return asset;
    *copy = *asset;
    copy->index = asset->index_raw;
    return copy;
}

static INLINE wide value_of(struct margin_sum *sum, bool careful, const struct asset *asset, wide quantity)
{
    struct asset copy;

    if (quantity <= 0 || !(asset->flags & (ASSET_COLLATERAL | ASSET_SETTLEMENT)))
        return 0;
    if (!(asset->flags & ASSET_SETTLEMENT)) {
        if (asset->index == 0) {
            sum->view->priced = false;
            return 0;
        }
        if (careful && asset->price_flags & PRICE_FROZEN)
            return 0;
    }
    return margin_collateral(asset_priced(careful, asset, false, &copy), sum->decimals,
                             quantity > INT64_MAX ? INT64_MAX : (int64_t)quantity);
}

wide margin_sum_value(struct margin_sum *sum, uint32_t row, wide quantity)
{
    return value_of(sum, sum->careful, state_asset(sum->state, row), quantity);
}

wide margin_sum_liability(struct margin_sum *sum, uint32_t row, wide quantity)
{
    const struct asset *asset = state_asset(sum->state, row);
    struct asset copy;

    if (quantity <= 0)
        return 0;
    if (asset->index == 0 && !(asset->flags & ASSET_SETTLEMENT)) {
        sum->view->priced = false;
        sum->unmarked = true;
        return 0;
    }
    return margin_liability(asset_priced(sum->careful, asset, true, &copy), sum->decimals,
                            quantity > INT64_MAX ? INT64_MAX : (int64_t)quantity);
}

static INLINE uint64_t mark_of(const struct margin_sum *sum, bool careful, const struct market *market, bool higher)
{
    if (!careful || market->mark_raw == 0 || market->mark_raw == market->mark ||
        (market->mark_raw > market->mark) != higher ||
        !(state_asset(sum->state, market->base_asset)->price_flags & PRICE_DIVERGED))
        return market->mark;
    return market->mark_raw;
}

uint64_t margin_sum_mark(const struct margin_sum *sum, const struct market *market, bool higher)
{
    return mark_of(sum, sum->careful, market, higher);
}

/* --- balances --- */

static INLINE struct margin_holding holding_of(const struct margin_sum *sum, bool changed,
                                               const struct balance *balance, uint32_t asset)
{
    const struct pool *pool = state_pool(sum->state, asset);
    struct margin_holding holding = {.held = balance->amount};
    wide locked = balance->locked;

    if (balance->lent != 0)
        holding.held += lending_lent_units(pool, balance->lent);
    if (balance->borrowed != 0)
        holding.borrowed = lending_borrowed_units(pool, balance->borrowed);
    if (changed && asset == sum->moved.asset) {
        holding.held += sum->moved.held;
        holding.borrowed += sum->moved.borrowed;
        locked += sum->moved.locked;
    }
    holding.missing = margin_sum_larger(0, locked - holding.held);
    return holding;
}

struct margin_holding margin_sum_holding(const struct margin_sum *sum, uint32_t asset)
{
    static const struct balance none;
    const uint32_t row = state_find_balance(sum->state, sum->subaccount, asset);

    return holding_of(sum, true, row == TABLE_NONE ? &none : state_balance(sum->state, row), asset);
}

/* A borrow is exposure with its asset's own functions; initial margin counts what orders would borrow as well. */
static void add_borrow(struct margin_sum *sum, const struct asset *asset, uint32_t row,
                       const struct margin_holding *holding)
{
    struct margin_view *view = sum->view;
    const wide owed = margin_sum_liability(sum, row, holding->borrowed);
    wide exposure = owed;

    sum->stopped |= asset->price_flags & PRICE_FROZEN;
    view->borrowed += owed;
    view->notional += owed;
    view->maintenance += margin_of_notional(&asset->borrow_mmf, sum->decimals, 0, owed);
    if (sum->part == MARGIN_MAINTENANCE)
        return;
    if (holding->missing > 0)
        exposure = margin_sum_liability(sum, row, holding->borrowed + holding->missing);
    view->initial += margin_of_notional(&asset->borrow_imf, sum->decimals, sum->leverage, exposure);
}

static INLINE void add_balance(struct margin_sum *sum, struct asked asked, const struct balance *balance, uint32_t row)
{
    const struct asset *asset = state_asset(sum->state, row);
    const struct margin_holding holding = holding_of(sum, asked.changed, balance, row);
    const bool owes = holding.borrowed > 0 || holding.missing > 0;

    sum->exposed |= owes;
    sum->view->frozen |= asset->price_flags & PRICE_FROZEN && (holding.held > 0 || owes);
    if (row == sum->settlement) {
        const wide held = margin_sum_larger(0, holding.held); /* custody's is minus what everybody has */

        sum->cash = held - holding.borrowed;
        sum->borrowed = holding.borrowed;
        sum->missing = holding.missing;
        sum->view->collateral += held * 256;
        sum->view->borrowed += holding.borrowed * 256;
        return;
    }
    if (holding.held > 0)
        sum->view->collateral += value_of(sum, asked.careful, asset, holding.held);
    if (owes)
        add_borrow(sum, asset, row, &holding);
}

static INLINE void add_balances(struct margin_sum *sum, struct asked asked)
{
    static const struct balance none;
    uint32_t row = sum->owner->balances, moved = asked.changed ? sum->moved.asset : 0;

    while (row != TABLE_NONE) {
        const struct balance *balance = state_balance(sum->state, row);

        if (balance->asset == moved)
            moved = 0;
        add_balance(sum, asked, balance, balance->asset);
        row = balance->next;
    }
    if (moved != 0)
        add_balance(sum, asked, &none, moved);
}

void margin_sum_balances(struct margin_sum *sum)
{
    add_balances(sum, asked_of(sum));
}

/* --- positions --- */

static INLINE wide initial_of_notional(const struct margin_sum *sum, struct asked asked, const struct market *market,
                                       wide notional)
{
    if (asked.part == MARGIN_FROM_ABOVE)
        return margin_bound_notional(&market->imf, sum->decimals, sum->leverage, notional);
    return margin_of_notional(&market->imf, sum->decimals, sum->leverage, notional);
}

/* Orders may make it long or short: a diverged market asks for the margin at its higher mark. */
static INLINE wide initial_of_lots(const struct margin_sum *sum, struct asked asked, const struct market *market,
                                   int64_t lots)
{
    return initial_of_notional(sum, asked, market,
                               margin_notional(market, lots, mark_of(sum, asked.careful, market, true)));
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
static INLINE wide larger_side(const struct margin_sum *sum, struct asked asked, const struct market *market,
                               int64_t more, wide cost_of_more, int64_t less, wide cost_of_less)
{
    wide margin = cost_of_more + initial_of_lots(sum, asked, market, more);

    if (cost_of_less <= cost_of_more)
        return margin;
    return margin_sum_larger(margin, cost_of_less + initial_of_lots(sum, asked, market, less));
}

static INLINE wide margin_of_market(const struct margin_sum *sum, struct asked asked, const struct market *market,
                                    int64_t quantity, const struct open_side sides[2])
{
    int64_t bought = state_side_lots(quantity, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]);
    int64_t sold = state_side_lots(quantity, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]);
    wide buys = cost_of_side(market, &sides[CARD_SIDE_BUY]), sells = cost_of_side(market, &sides[CARD_SIDE_SELL]);

    if (bought >= sold)
        return larger_side(sum, asked, market, bought, buys, sold, sells);
    return larger_side(sum, asked, market, sold, sells, bought, buys);
}

wide margin_sum_market(const struct margin_sum *sum, const struct market *market, int64_t quantity,
                       const struct open_side sides[2])
{
    return margin_of_market(sum, asked_of(sum), market, quantity, sides);
}

/* Without orders both sides are the position itself, of which `notional` is known. */
static INLINE wide initial_of_position(const struct margin_sum *sum, struct asked asked, const struct market *market,
                                       int64_t quantity, wide notional, const struct open_side sides[2])
{
    if (sides != no_sides || (quantity > 0 && mark_of(sum, asked.careful, market, true) !=
                                                  mark_of(sum, asked.careful, market, false)))
        return margin_of_market(sum, asked, market, quantity, sides);
    return initial_of_notional(sum, asked, market, notional);
}

static INLINE void add_perpetual(struct margin_sum *sum, struct asked asked, const struct market *market,
                                 const struct position *position, const struct open_side sides[2])
{
    struct margin_view *view = sum->view;
    const wide cost = (wide)position->entry_cost + ledger_pending_funding(market, position);
    wide notional;

    view->profit -= cost;
    sum->exposed |= cost > 0;
    if (position->quantity == 0 &&
        (asked.part == MARGIN_MAINTENANCE || (sides[0].orders == 0 && sides[1].orders == 0)))
        return;
    sum->exposed = true;
    if (market->mark == 0) {
        view->priced = false;
        sum->unmarked = true;
        return;
    }
    if (position->quantity != 0 && market->flags & MARKET_FROZEN)
        view->frozen = sum->stopped = true;
    notional = margin_notional(market, position->quantity, mark_of(sum, asked.careful, market, position->quantity < 0));
    view->profit += position->quantity < 0 ? -notional : notional;
    view->notional += notional;
    if (asked.part != MARGIN_MAINTENANCE)
        view->initial += initial_of_position(sum, asked, market, position->quantity, notional, sides);
    if (asked.part != MARGIN_FROM_ABOVE)
        view->maintenance += margin_of_notional(&market->mmf, sum->decimals, 0, notional);
}

static INLINE void add_position(struct margin_sum *sum, struct asked asked, uint32_t row,
                                const struct position *position, const struct open_side sides[2])
{
    const struct market *market = state_market(sum->state, row);

    if (market->kind != MARKET_SPOT)
        add_perpetual(sum, asked, market, position, sides);
    else if (asked.part == MARGIN_FROM_ABOVE)
        sum->view->initial += margin_sum_spot_bound(sum, market, sides);
    else if (asked.part == MARGIN_WHOLE)
        sum->view->initial += margin_sum_spot_loss(sum, market, sides);
}

/* Without a look at the orders where there are none. */
static INLINE const struct open_side *sides_of(const struct state *state, uint32_t row, const struct position *position)
{
    return position->open_sides == 0 ? no_sides : state_position_detail(state, row)->side;
}

static INLINE void add_positions(struct margin_sum *sum, struct asked asked)
{
    const struct margin_change *change = asked.changed ? sum->change : NULL;
    uint32_t row = sum->owner->positions;

    if (change != NULL && change->position == TABLE_NONE)
        add_position(sum, asked, change->market, &no_position, sum->changed);
    while (row != TABLE_NONE) {
        const struct position *position = state_position(sum->state, row);

        add_position(sum, asked, position->market, position,
                     change != NULL && change->position == row ? sum->changed : sides_of(sum->state, row, position));
        row = position->next;
    }
    if (sum->owner->commitments != TABLE_NONE && asked.part != MARGIN_MAINTENANCE)
        margin_sum_commitments(sum);
}

void margin_sum_positions(struct margin_sum *sum)
{
    add_positions(sum, asked_of(sum));
}

/* The larger side, from above: of lots, orders' differences and their fees each the larger one counts. */
static INLINE wide market_above(const struct margin_sum *sum, const struct market *market, int64_t quantity,
                                uint64_t mark, const struct open_side sides[2])
{
    const struct open_side *buys = &sides[CARD_SIDE_BUY], *sells = &sides[CARD_SIDE_SELL];
    wide initial = margin_sum_larger(buys->adverse, sells->adverse);

    if (market->taker_fee > 0 && (buys->orders | sells->orders) != 0)
        initial += margin_fee(buys->notional > sells->notional ? buys->notional : sells->notional, market->taker_fee) +
                   (buys->orders > sells->orders ? buys->orders : sells->orders);
    return initial + margin_bound_notional(&market->imf, sum->decimals, sum->leverage,
                                           margin_notional(market, state_reach(quantity, sides), mark));
}

/* False: it has no mark. */
static INLINE bool add_roughly(const struct margin_sum *sum, struct margin_rough *rough, const struct market *market,
                               const struct position *position, const struct open_side sides[2])
{
    const wide cost = (wide)position->entry_cost + ledger_pending_funding(market, position);
    const int64_t quantity = position->quantity;
    const uint64_t high = mark_of(sum, true, market, true);
    const uint64_t mark = quantity < 0 ? high : mark_of(sum, true, market, false);
    wide notional;

    rough->available -= cost;
    rough->exposed |= cost > 0;
    if (quantity == 0 && sides[0].orders == 0 && sides[1].orders == 0)
        return true;
    rough->exposed = true;
    if (market->mark == 0)
        return false;
    notional = margin_notional(market, quantity, mark);
    rough->available += quantity < 0 ? -notional : notional;
    if (sides == no_sides && mark == high)
        rough->available -= margin_bound_notional(&market->imf, sum->decimals, sum->leverage, notional);
    else
        rough->available -= market_above(sum, market, quantity, high, sides);
    return true;
}

static wide commitments_above(const struct margin_sum *sum)
{
    struct margin_view view = {0};
    struct margin_sum alone = *sum;

    alone.view = &view;
    alone.part = MARGIN_FROM_ABOVE;
    margin_sum_commitments(&alone);
    return view.initial;
}

bool margin_sum_perpetuals_roughly(const struct margin_sum *sum, struct margin_rough *rough)
{
    const struct margin_change *change = sum->change;
    uint32_t row = sum->owner->positions;

    if (change->position == TABLE_NONE && state_market(sum->state, change->market)->kind != MARKET_SPOT &&
        !add_roughly(sum, rough, state_market(sum->state, change->market), &no_position, sum->changed))
        return false;
    while (row != TABLE_NONE) {
        const struct position *position = state_position(sum->state, row);
        const struct market *market = state_market(sum->state, position->market);

        if (market->kind != MARKET_SPOT &&
            !add_roughly(sum, rough, market, position,
                         change->position == row ? sum->changed : sides_of(sum->state, row, position)))
            return false;
        row = position->next;
    }
    if (sum->owner->commitments != TABLE_NONE) {
        rough->available -= commitments_above(sum);
        rough->exposed = true;
    }
    return true;
}

/* --- both together --- */

static void change_sides(struct margin_sum *sum, const struct margin_change *change)
{
    const struct market *market = state_market(sum->state, change->market);
    const struct open_side *sides = margin_sum_sides(sum->state, change);
    struct open_side *side = &sum->changed[change->side];

    sum->change = change;
    sum->changed[CARD_SIDE_BUY] = sides[CARD_SIDE_BUY];
    sum->changed[CARD_SIDE_SELL] = sides[CARD_SIDE_SELL];
    side->lots += change->lots;
    side->notional += change->notional;
    side->adverse += change->adverse;
    side->orders += (uint32_t)change->orders;
    if (change->reduce_only)
        side->reduce_lots += change->lots;
    if (market->kind == MARKET_SPOT) {
        sum->moved.asset = change->side == CARD_SIDE_BUY ? market->quote_asset : market->base_asset;
        sum->moved.locked = margin_spot_lock(market, change->side, side) -
                            margin_spot_lock(market, change->side, &sides[change->side]);
    }
}

static INLINE void start(struct margin_sum *sum, const struct state *state, uint32_t subaccount,
                         const struct margin_change *change, struct margin_view *view)
{
    const struct subaccount *owner = state_subaccount(state, subaccount);
    const uint32_t settlement = state_settlement(state);

    *view = (struct margin_view){.priced = settlement != TABLE_NONE};
    sum->state = state;
    sum->owner = owner;
    sum->change = NULL;
    sum->view = view;
    sum->moved = (struct margin_moved){0};
    sum->subaccount = subaccount;
    sum->settlement = settlement;
    sum->leverage = state_leverage(state, owner->account);
    sum->decimals = settlement == TABLE_NONE ? 0 : state_asset(state, settlement)->decimals;
    sum->part = MARGIN_WHOLE;
    sum->careful = sum->gross = sum->unmarked = sum->stopped = false;
    sum->exposed = owner->debt > 0;
    sum->credit = owner->credit;
    sum->cash = sum->borrowed = sum->missing = 0;
    if (change != NULL)
        change_sides(sum, change);
}

void margin_sum_start(struct margin_sum *sum, const struct state *state, uint32_t subaccount,
                      const struct margin_change *change, struct margin_view *view)
{
    start(sum, state, subaccount, change, view);
}

/* What open spot orders would pay of what is held is not taken off before: the rules count what is held; what they
 * would borrow counts in full. */
wide margin_sum_shortage(const struct margin_sum *sum, wide net)
{
    const struct asset *asset = state_asset(sum->state, sum->settlement);
    const wide owed = margin_sum_larger(-net, sum->gross ? sum->borrowed * 256 : 0);
    const wide initial = margin_sum_larger(0, owed) + sum->missing * 256;

    return initial == 0 ? 0 : margin_of_notional(&asset->borrow_imf, sum->decimals, sum->leverage, initial);
}

/* What is missing of the settlement asset is a borrow of it: claims close the gap for maintenance alone. */
static INLINE void add_shortage(struct margin_sum *sum, struct asked asked, wide net)
{
    struct margin_view *view = sum->view;
    const struct asset *asset = state_asset(sum->state, sum->settlement);
    const wide shortage = margin_sum_larger(0, -(net + view->claims));

    view->notional += shortage;
    if (asked.part != MARGIN_MAINTENANCE && (asked.changed || net < 0 || sum->missing != 0))
        view->initial += margin_sum_shortage(sum, net);
    if (shortage > 0)
        view->maintenance += margin_of_notional(&asset->borrow_mmf, sum->decimals, 0, shortage);
}

static INLINE void finish(struct margin_sum *sum, struct asked asked)
{
    struct margin_view *view = sum->view;

    view->collateral += (wide)sum->credit * 256;
    view->claims = sum->owner->flags & SUBACCOUNT_CLAIMANT ? (wide)sum->owner->claim * 256 : 0;
    view->debts = (wide)sum->owner->debt * 256;
    if (sum->settlement != TABLE_NONE)
        add_shortage(sum, asked, (sum->cash + sum->credit - sum->owner->debt) * 256 + view->profit);
    view->equity = view->collateral + view->profit + view->claims - view->borrowed - view->debts;
    view->available = view->equity - view->claims - view->initial;
}

void margin_sum_finish(struct margin_sum *sum)
{
    finish(sum, asked_of(sum));
}

void margin_sum_all(struct margin_sum *sum)
{
    margin_sum_balances(sum);
    margin_sum_positions(sum);
    margin_sum_finish(sum);
}

void margin_compute(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                    struct margin_view *view)
{
    const struct asked asked = {.part = MARGIN_WHOLE};
    struct margin_sum sum;

    if (change != NULL) {
        margin_sum_start(&sum, state, subaccount, change, view);
        margin_sum_all(&sum);
        return;
    }
    start(&sum, state, subaccount, NULL, view);
    add_balances(&sum, asked);
    add_positions(&sum, asked);
    finish(&sum, asked);
}

void margin_compute_maintenance(const struct state *state, uint32_t subaccount, struct margin_view *view)
{
    const struct asked asked = {.part = MARGIN_MAINTENANCE};
    struct margin_sum sum;

    start(&sum, state, subaccount, NULL, view);
    sum.part = MARGIN_MAINTENANCE;
    add_balances(&sum, asked);
    add_positions(&sum, asked);
    finish(&sum, asked);
    view->initial = view->available = 0;
}

/* The n-th balance and position of an owner whose first ones have come, and the open sides of the position before; row
 * 0 where there are fewer. */
static void prefetch_rest(const struct state *state, const struct subaccount *owner, uint32_t behind)
{
    uint32_t balance = owner->balances, position = owner->positions, before = TABLE_NONE;

    for (uint32_t i = 0; i < behind; i++) {
        balance = state_balance(state, balance)->next;
        before = position;
        position = state_position(state, position)->next;
    }
    __builtin_prefetch(state_balance(state, balance));
    __builtin_prefetch(state_position(state, position));
    if (before != TABLE_NONE && state_position(state, before)->open_sides != 0) {
        const struct open_side *sides = state_position_detail(state, before)->side;

        __builtin_prefetch(&sides[0]);
        __builtin_prefetch(&sides[1]);
        __builtin_prefetch((const char *)&sides[2] - 1);
    }
}

void margin_fetch(const struct state *state, uint32_t subaccount, uint32_t step)
{
    const struct subaccount *owner = state_subaccount(state, subaccount);

    if (step == 0) {
        __builtin_prefetch(owner);
        return;
    }
    if (step == 1)
        __builtin_prefetch(&state_account(state, owner->account)->leverage);
    prefetch_rest(state, owner, step - 1);
}
