#include "watch_arm.h"

#include "lending.h"

#define TOO_LARGE ((wide)1 << 100) /* far from where values stop growing (margin.h) */

/* Of a factor, u256 x 4: values round by 1 each, the root of less than a coin by 256. */
enum { ROUNDING = 2048 };

/* A subaccount being armed; all in u256 x 4, as f is. */
struct arm {
    const struct state *state;
    struct watch_bound *bounds;
    wide reserve;            /* taken off beforehand */
    wide weights;            /* sum of w */
    wide cash;               /* units of the settlement asset: held - borrowed */
    int count;
    uint32_t settlement;
    uint8_t decimals;
    bool crowded;            /* no room */
};

/* What maintenance of a value may grow by for each 1 of x, x <= 2. */
static wide slope_of(struct arm *arm, const struct margin_function *function, wide value)
{
    wide slope;

    arm->crowded |= value >= TOO_LARGE;
    if (value == 0 || value >= TOO_LARGE)
        return 0;
    slope = margin_bound_notional(function, arm->decimals, 0, 3 * value) / 2 + 1;
    arm->reserve += 5 * (slope >> 20) + ROUNDING;
    return slope;
}

/* `gains`: value that rises with the price, `loses`: that is owed with it, `slope`: of its maintenance. */
static void add_factor(struct arm *arm, struct watch_bound bound, wide gains, wide loses, wide slope)
{
    const wide up = 4 * (loses - gains) + 5 * slope, down = 4 * (gains - loses);

    arm->crowded |= gains >= TOO_LARGE || loses >= TOO_LARGE || slope >= TOO_LARGE;
    arm->reserve += ROUNDING;
    bound.up = up > 0;
    if (up > 0 && down > 0)
        arm->reserve += down;
    if (up <= 0 && down <= 0)
        return;
    arm->weights += up > 0 ? up : down;
    arm->bounds[arm->count++] = bound;
}

static void add_position(struct arm *arm, uint32_t row)
{
    const struct position *position = state_position(arm->state, row);
    const struct market *market = state_market(arm->state, position->market);
    struct watch_bound bound = {.row = row, .factor = position->market, .price = market->mark};
    wide value, slope;

    if (market->kind == MARKET_SPOT || position->quantity == 0)
        return;
    if (market->mark == 0) {
        arm->crowded = true;
        return;
    }
    value = margin_notional(market, position->quantity, market->mark);
    slope = slope_of(arm, &market->mmf, value);
    arm->reserve += (4 * value >> WATCH_FUNDING_LOG2) + 4;
    if (position->quantity > 0) {
        arm->crowded |= 5 * slope > 4 * value;
        add_factor(arm, bound, value, 0, slope);
    } else {
        add_factor(arm, bound, 0, value, slope);
    }
}

/* What interest of its lend and borrow may do, and roundings to whole units at up to twice the price. */
static void reserve_for_interest(struct arm *arm, const struct asset *asset, wide gains, wide loses, wide slope)
{
    arm->crowded |= 5 * slope > 8 * loses + 16;
    arm->reserve += ((4 * gains + 4 * loses + 5 * slope) >> (WATCH_POOL_LOG2 - 1)) +
                    32 * margin_liability(asset, arm->decimals, 1);
}

static void add_balance(struct arm *arm, uint32_t row)
{
    const struct balance *balance = state_balance(arm->state, row);
    const struct asset *asset = state_asset(arm->state, balance->asset);
    const struct pool *pool = state_pool(arm->state, balance->asset);
    struct watch_bound bound = {.row = row, .factor = balance->asset, .balance = true, .price = asset->index};
    wide held = balance->amount, gains = 0, loses = 0, slope = 0;
    int64_t borrowed = 0;

    if (balance->lent != 0)
        held += lending_lent_units(pool, balance->lent);
    if (balance->borrowed != 0)
        borrowed = lending_borrowed_units(pool, balance->borrowed);
    if (balance->asset == arm->settlement) {
        arm->cash = held - borrowed;
        if (balance->lent != 0 || borrowed != 0)
            reserve_for_interest(arm, asset, held * 256, (wide)borrowed * 256, 0);
        return;
    }
    if (asset->index == 0) {
        arm->crowded |= borrowed != 0;
        return;
    }
    if (held > 0 && asset->flags & ASSET_COLLATERAL)
        gains = margin_collateral(asset, arm->decimals, held > INT64_MAX ? INT64_MAX : (int64_t)held);
    if (borrowed != 0) {
        loses = margin_liability(asset, arm->decimals, borrowed);
        slope = slope_of(arm, &asset->borrow_mmf, loses);
    }
    if (balance->lent != 0 || borrowed != 0)
        reserve_for_interest(arm, asset, gains, loses, slope);
    add_factor(arm, bound, gains, loses, slope);
}

/* T of watch.h, the reserve off; 0 where there is none. */
static wide room_of(struct arm *arm, const struct subaccount *owner, const struct margin_view *view)
{
    const struct asset *asset = state_asset(arm->state, arm->settlement);
    const wide slack = 4 * view->equity - 5 * view->maintenance;
    const wide net = (arm->cash + owner->credit - owner->debt) * 256 + view->claims + view->profit;
    wide grown = 0;
    uwide room;

    if (slack <= 0)
        return 0;
    if (slack / 4 + 1 > net) {
        grown = margin_bound_notional(&asset->borrow_mmf, arm->decimals, 0, slack / 4 + 1 - net);
        arm->reserve += 5 * (grown >> 20) + ROUNDING;
        if (net < 0)
            grown -= margin_of_notional(&asset->borrow_mmf, arm->decimals, 0, -net);
        grown = grown < 0 ? 0 : grown + 1;
    }
    if (slack >= TOO_LARGE || grown >= TOO_LARGE ||
        !wide_scale_down((uwide)slack, (uwide)slack, (uwide)(slack + 5 * grown), &room))
        return 0;
    return (wide)room > arm->reserve ? (wide)room - arm->reserve : 0;
}

/* Where the price may move to by `part` / 2^32; false: further than to half or double. */
static bool bound_price(struct watch_bound *bound, uint64_t part)
{
    const uint64_t price = bound->price;
    const uint64_t move = (uint64_t)((uwide)price * part >> 32);

    if (part >> 32 != 0)
        return false;
    if (!bound->up) {
        bound->price = price - move;
        return bound->price > price / 2;
    }
    bound->price = price + move; /* one that needs more bits is out of reach */
    return move < price && bound->price >= price;
}

int watch_arm_bounds(const struct state *state, uint32_t subaccount, const struct margin_view *view,
                     struct watch_bound bounds[WATCH_BOUNDS])
{
    const struct subaccount *owner = state_subaccount(state, subaccount);
    const uint32_t settlement = state_settlement(state);
    struct arm arm = {.state = state, .bounds = bounds, .settlement = settlement};
    uwide part;
    wide room;
    int kept = 0;

    if (settlement == TABLE_NONE)
        return -1;
    arm.decimals = state_asset(state, settlement)->decimals;
    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next)
        add_position(&arm, row);
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next)
        add_balance(&arm, row);
    room = arm.crowded ? 0 : room_of(&arm, owner, view);
    if (room == 0)
        return -1;
    if (arm.weights == 0)
        return 0;
    if (!wide_scale_down((uwide)room, (uwide)1 << 32, (uwide)arm.weights, &part) || part > (uwide)1 << 32)
        part = (uwide)1 << 32;
    for (int i = 0; i < arm.count; i++) {
        bounds[kept] = bounds[i];
        kept += bound_price(&bounds[kept], (uint64_t)part);
    }
    return kept;
}
