/* Whether an order passes. */
#include "margin_sum.h"

#include "lending.h"

/* Entry costs must stay in their 64 bits whatever fills; what leads back towards 0 passes. */
bool margin_sum_cost_fits(int64_t cost, uint8_t side, wide notional)
{
    wide after = cost + (side == CARD_SIDE_BUY ? notional : -notional) * 256;

    return margin_sum_larger(after, -after) <=
           margin_sum_larger((wide)LIMIT_NOTIONAL_UNITS * 256, margin_sum_larger(cost, -(wide)cost));
}

static bool sums_in_range(const struct position *position, const struct open_side *side,
                          const struct margin_change *change)
{
    wide notional = (wide)side->notional + change->notional;

    return notional <= LIMIT_NOTIONAL_UNITS &&
           (wide)side->adverse + change->adverse <= (wide)LIMIT_NOTIONAL_UNITS * 256 &&
           (wide)side->lots + change->lots <= LIMIT_BALANCE_UNITS &&
           margin_sum_cost_fits(position->entry_cost, change->side, notional) &&
           margin_sum_cost_fits(position->open_cost, change->side, notional);
}

void margin_sum_siblings(const struct state *state, uint32_t subaccount, uint32_t market, uint32_t position,
                         wide *reach, wide *growth)
{
    const uint32_t first = state_account(state, state_subaccount(state, subaccount)->account)->first;
    const uint32_t row = position != TABLE_NONE ? state_position_detail(state, position)->account_row
                         : first != TABLE_NONE ? state_find_position(state, first, market) : TABLE_NONE;
    const struct position_detail *sums = state_position_detail(state, row), *own;
    wide own_reach = 0, own_lots = 0;

    if (row == TABLE_NONE)
        return;
    if (position != TABLE_NONE) {
        own = state_position_detail(state, position);
        own_reach = state_reach(state_position(state, position)->quantity, own->side);
        own_lots = state_lots(state_position(state, position));
    }
    *reach += sums->account_reach - own_reach;
    *growth += sums->account_reach - own_reach - (sums->account_lots - own_lots);
}

bool margin_sum_notional_fits(const struct market *market, wide lots)
{
    uwide value;

    return !__builtin_mul_overflow((uwide)lots * market->tick_lot_units, (uwide)market->mark, &value) &&
           value <= (uwide)LIMIT_NOTIONAL_UNITS * 256;
}

static enum reason check_limits(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                                int64_t reach_after)
{
    const struct market *market = state_market(state, change->market);
    const struct position *position = margin_sum_position(state, change);
    wide reach = reach_after, growth = (wide)reach_after - state_lots(position);

    if (!margin_sum_notional_fits(market, reach))
        return REASON_POSITION_LIMIT;
    if (market->position_max == 0 && market->interest_max == 0)
        return REASON_NONE;
    margin_sum_siblings(state, subaccount, change->market, change->position, &reach, &growth);
    if (market->position_max != 0 && reach > (wide)market->position_max)
        return REASON_POSITION_LIMIT;
    if (market->interest_max != 0 && market->open_interest + market->interest_out + growth > (wide)market->interest_max)
        return REASON_OPEN_INTEREST;
    return REASON_NONE;
}

static enum reason check_perpetual(const struct margin_sum *after, const struct margin_change *change, bool *rises)
{
    const struct state *state = after->state;
    const struct position *position = margin_sum_position(state, change);
    int64_t reach;

    if (state_market(state, change->market)->mark == 0)
        return REASON_NO_PRICE;
    reach = state_reach(position->quantity, after->changed);
    *rises = reach > state_reach(position->quantity, margin_sum_sides(state, change));
    return *rises ? check_limits(state, after->subaccount, change, reach) : REASON_NONE;
}

/* Why there is no more of it than lending_reach() says: whoever may borrow, or has lent as much, lacks the pool's. */
static enum reason why_out_of_reach(const struct margin_sum *after, uint32_t asset, int64_t beyond)
{
    const uint32_t flags = after->owner->flags;

    if (flags & SUBACCOUNT_AUTO_BORROW && state_asset(after->state, asset)->flags & ASSET_CAN_BORROW)
        return REASON_INSUFFICIENT_BORROWABLE;
    if (flags & SUBACCOUNT_AUTO_REDEEM && lending_lent_by(after->state, after->subaccount, asset) >= beyond)
        return REASON_INSUFFICIENT_BORROWABLE;
    return REASON_INSUFFICIENT_FUNDS;
}

/* What it would lock beyond what is free must be within reach. */
static enum reason check_spot(const struct margin_sum *after)
{
    const uint32_t asset = after->moved.asset;
    const uint32_t row = state_find_balance(after->state, after->subaccount, asset);
    int64_t beyond = after->moved.locked;

    if (beyond <= 0)
        return REASON_NONE;
    if (row != TABLE_NONE) {
        const struct balance *balance = state_balance(after->state, row);

        if (balance->amount > balance->locked)
            beyond -= balance->amount - balance->locked;
    }
    if (beyond <= 0)
        return REASON_NONE;
    if (!(after->owner->flags & (SUBACCOUNT_AUTO_BORROW | SUBACCOUNT_AUTO_REDEEM)))
        return REASON_INSUFFICIENT_FUNDS;
    if (beyond <= lending_reach(after->state, after->subaccount, asset))
        return REASON_NONE;
    return why_out_of_reach(after, asset, beyond);
}

/* Whether a spot order locks what would have to be borrowed. */
static bool spot_borrows(const struct margin_sum *after)
{
    return after->moved.locked > 0 && margin_sum_holding(after, after->moved.asset).missing > 0;
}

/* Whether a spot order could lose something by itself: what its side's others would gain does not make up for it, nor
 * does it pass because the other side could lose more. */
static bool spot_loses(const struct margin_sum *after, const struct margin_change *change)
{
    const struct market *market = state_market(after->state, change->market);
    const struct open_side *sides = margin_sum_sides(after->state, change);
    struct margin_view view;
    struct margin_sum sum;

    margin_sum_start(&sum, after->state, after->subaccount, NULL, &view);
    sum.careful = true;
    return margin_sum_spot_change(&sum, market, change->side, &after->changed[change->side]) >
           margin_sum_spot_change(&sum, market, change->side, &sides[change->side]);
}

/* What spot orders leave of the collateral, u256, from below: the settlement asset that is held and lent and not
 * locked. They lose at most what they lock of it, and of other assets what those are worth, which is left out. False:
 * something is borrowed or would be. */
static bool find_free(const struct margin_sum *sum, wide *free)
{
    uint32_t row = sum->owner->balances, moved = sum->moved.locked > 0 ? sum->moved.asset : 0;

    while (row != TABLE_NONE) {
        const struct balance *balance = state_balance(sum->state, row);
        int64_t locked = balance->locked;
        wide held = balance->amount;

        if (balance->asset == moved) {
            moved = 0;
            if (__builtin_add_overflow(locked, sum->moved.locked, &locked))
                return false;
        }
        if (balance->borrowed != 0 || locked > balance->amount)
            return false;
        if (balance->lent != 0)
            held += lending_lent_units(state_pool(sum->state, balance->asset), balance->lent);
        if (balance->asset == sum->settlement)
            *free += (held - locked) * 256;
        else if (locked > 0)
            *free -= margin_sum_spot_excess(sum, balance->asset, held);
        row = balance->next;
    }
    return moved == 0 && sum->owner->debt == 0;
}

/* Most orders need no roots: the settlement asset alone covers a bound of the margin. Says yes only where the exact
 * sums say so too. */
static bool passes_roughly(const struct margin_sum *after)
{
    struct margin_rough rough = {.available = (wide)after->credit * 256};

    return find_free(after, &rough.available) && margin_sum_perpetuals_roughly(after, &rough) &&
           (!rough.exposed || rough.available >= 0);
}

static enum reason check_exactly(struct margin_sum *after, const struct margin_change *change, bool spot, bool rises)
{
    struct margin_view before;
    struct margin_sum sum;

    after->gross = spot && spot_borrows(after);
    margin_sum_all(after);
    if (!after->exposed)
        return REASON_NONE;
    if (after->unmarked)
        return REASON_NO_PRICE;
    if (after->view->available >= 0 && (!after->gross || after->view->equity > after->view->claims))
        return REASON_NONE;
    if (!after->view->priced)
        return REASON_NO_PRICE;
    if (spot ? after->gross || spot_loses(after, change) : rises)
        return REASON_INSUFFICIENT_MARGIN;
    margin_sum_start(&sum, after->state, after->subaccount, NULL, &before);
    sum.careful = true;
    margin_sum_all(&sum);
    return after->view->available >= before.available ? REASON_NONE : REASON_INSUFFICIENT_MARGIN;
}

/* Lots that a balance could never hold. */
static bool lots_in_range(const struct market *market, int64_t lots)
{
    return market->kind != MARKET_SPOT || (uwide)lots * market->lot_units <= (uwide)LIMIT_BALANCE_UNITS * 4;
}

enum reason margin_check(const struct state *state, uint32_t subaccount, const struct margin_change *change)
{
    const struct market *market = state_market(state, change->market);
    const struct position *position = margin_sum_position(state, change);
    const struct open_side *side = &margin_sum_sides(state, change)[change->side];
    const bool spot = market->kind == MARKET_SPOT;
    struct margin_view view;
    struct margin_sum after;
    enum reason reason;
    bool rises = false;

    if (!sums_in_range(position, side, change))
        return REASON_POSITION_LIMIT;
    if (!lots_in_range(market, side->lots + change->lots))
        return REASON_INSUFFICIENT_FUNDS;
    margin_sum_start(&after, state, subaccount, change, &view);
    after.careful = true;
    reason = spot ? check_spot(&after) : check_perpetual(&after, change, &rises);
    if (reason != REASON_NONE)
        return reason;
    if (passes_roughly(&after))
        return REASON_NONE;
    return check_exactly(&after, change, spot, rises);
}
