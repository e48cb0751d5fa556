/* Backstop providers: what is reserved for what they have committed, and how much more they can take over. */
#include "margin_sum.h"

/* Capacities are quote units of notional. */
static wide reserved_of(const struct margin_sum *sum, const struct market *market, int64_t capacity)
{
    const wide notional = (wide)capacity * 256;

    if (sum->part == MARGIN_FROM_ABOVE)
        return margin_bound_notional(&market->imf, sum->decimals, sum->leverage, notional);
    return margin_of_notional(&market->imf, sum->decimals, sum->leverage, notional);
}

void margin_sum_commitments(struct margin_sum *sum)
{
    for (uint32_t row = sum->owner->commitments; row != TABLE_NONE;) {
        const struct commitment *commitment = state_commitment(sum->state, row);

        sum->view->reserved += reserved_of(sum, state_market(sum->state, commitment->market), commitment->capacity);
        sum->exposed = true; /* money that is reserved does not leave, whatever else there is */
        row = commitment->next;
    }
    sum->view->initial += sum->view->reserved;
}

static int64_t committed_in(const struct margin_sum *sum, uint32_t market)
{
    for (uint32_t row = sum->owner->commitments; row != TABLE_NONE; row = state_commitment(sum->state, row)->next)
        if (state_commitment(sum->state, row)->market == market)
            return state_commitment(sum->state, row)->capacity;
    return 0;
}

enum reason margin_check_commitment(const struct state *state, uint32_t subaccount, uint32_t market, int64_t capacity)
{
    const struct market *row = state_market(state, market);
    struct margin_view view;
    struct margin_sum sum;
    wide more;

    check(capacity >= 0);
    margin_sum_start(&sum, state, subaccount, NULL, &view);
    sum.careful = true;
    margin_sum_all(&sum);
    more = reserved_of(&sum, row, capacity) - reserved_of(&sum, row, committed_in(&sum, market));
    if (!sum.unmarked && view.available >= more)
        return REASON_NONE;
    return view.priced ? REASON_INSUFFICIENT_MARGIN : REASON_NO_PRICE;
}

/* --- taking over --- */

struct takeover {
    const struct margin_takeover *what;
    const struct market *market;
    const struct position *position;
    const struct open_side *sides; /* of the position */
    struct margin_view view;
    struct margin_sum sum;
    wide net;                   /* of the settlement asset, u256, as the shortage counts it */
    wide siblings;              /* lots that the account's others could come to hold; where there is a cap on all */
};

/* Worth of the position at the mark that counts for it, less what the lots cost; u256. */
static wide takeover_value(const struct takeover *takeover, int64_t lots)
{
    const struct margin_takeover *what = takeover->what;
    const struct market *market = takeover->market;
    const int64_t quantity = takeover->position->quantity + (what->buys ? lots : -lots);
    const uint64_t mark = margin_sum_mark(&takeover->sum, market, quantity < 0);
    const wide worth = margin_notional(market, quantity, mark), paid = margin_notional(market, lots, market->mark);
    uwide share = 0;

    check(wide_scale_down((uwide)what->share, (uwide)lots, (uwide)what->lots, &share));
    return (quantity < 0 ? -worth : worth) - (what->buys ? paid : -paid) + (wide)share;
}

/* What its capacity falls by, quote units. */
static wide takeover_notional(const struct takeover *takeover, int64_t lots)
{
    return wide_divide_up(margin_notional(takeover->market, lots, takeover->market->mark), 256);
}

/* Exactly what margin_compute() would make of it, less what there is now; u256. */
static wide takeover_available(const struct takeover *takeover, int64_t lots)
{
    const struct margin_sum *sum = &takeover->sum;
    const struct position *position = takeover->position;
    const struct margin_takeover *what = takeover->what;
    const int64_t quantity = position->quantity + (what->buys ? lots : -lots);
    const int64_t left = wide_narrow(what->capacity - takeover_notional(takeover, lots));
    const wide gained = takeover_value(takeover, lots) - takeover_value(takeover, 0);
    const wide initial = margin_sum_market(sum, takeover->market, quantity, takeover->sides) +
                         reserved_of(sum, takeover->market, left) + margin_sum_shortage(sum, takeover->net + gained);
    const wide before = margin_sum_market(sum, takeover->market, position->quantity, takeover->sides) +
                        reserved_of(sum, takeover->market, what->capacity) +
                        margin_sum_shortage(sum, takeover->net);

    return takeover->view.available + gained - initial + before;
}

/* Limits hold as for an order that has filled. */
static bool takeover_is_in_limits(const struct takeover *takeover, int64_t lots)
{
    const struct position *position = takeover->position;
    const struct market *market = takeover->market;
    const uint8_t side = takeover->what->buys ? CARD_SIDE_BUY : CARD_SIDE_SELL;
    const int64_t quantity = position->quantity + (takeover->what->buys ? lots : -lots);
    const int64_t reach = margin_sum_reach(quantity, takeover->sides);
    /* A short position is taken over for more than its notional. */
    const wide notional = takeover->sides[side].notional + takeover_notional(takeover, lots) +
                          wide_divide_up(takeover->what->share, 256);

    if (!margin_sum_cost_fits(position->entry_cost, side, notional) ||
        !margin_sum_cost_fits(position->open_cost, side, notional))
        return false;
    if (reach <= margin_sum_reach(position->quantity, takeover->sides))
        return true;
    return margin_sum_notional_fits(market, reach) &&
           (market->position_max == 0 || takeover->siblings + reach <= (wide)market->position_max);
}

static bool takeover_fits(const struct takeover *takeover, int64_t lots)
{
    return takeover_is_in_limits(takeover, lots) && takeover_available(takeover, lots) >= 0;
}

/* What is available is concave in the lots taken (margins are convex, also of a position that is netted first; what is
 * released grows ever more slowly; a diverged mark counts at its worse side), and limits hold for all below the first
 * that breaks them: so whoever has room has it from 0 on, and a bisection finds its end. */
static int64_t takeover_search(const struct takeover *takeover, int64_t lots)
{
    int64_t low = 0, high = lots;

    if (lots == 0 || !takeover_fits(takeover, 0))
        return 0;
    if (takeover_fits(takeover, lots))
        return lots;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        if (takeover_fits(takeover, middle))
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Lots whose notional the capacity holds. */
static int64_t takeover_bound(const struct takeover *takeover)
{
    const wide lot = margin_notional(takeover->market, 1, takeover->market->mark);
    const wide bound = (wide)takeover->what->capacity * 256 / lot;

    return bound < takeover->what->lots ? (int64_t)bound : takeover->what->lots;
}

static void takeover_start(struct takeover *takeover, const struct state *state, enum margin_part part)
{
    struct margin_sum *sum = &takeover->sum;

    margin_sum_start(sum, state, takeover->what->subaccount, NULL, &takeover->view);
    sum->careful = true;
    sum->part = (uint8_t)part;
}

static void takeover_sum(struct takeover *takeover, const struct state *state, enum margin_part part)
{
    struct margin_sum *sum = &takeover->sum;

    takeover_start(takeover, state, part);
    margin_sum_all(sum);
    takeover->net = (sum->cash + sum->credit - sum->owner->debt) * 256 + takeover->view.profit;
}

/* From above; as it has been added up before, where that is known. */
static void takeover_bound_sum(struct takeover *takeover, const struct state *state, struct margin_provider *provider)
{
    struct margin_sum *sum = &takeover->sum;

    if (provider->subaccount != takeover->what->subaccount) {
        takeover_sum(takeover, state, MARGIN_FROM_ABOVE);
        *provider = (struct margin_provider){
            .subaccount = takeover->what->subaccount, .unmarked = sum->unmarked, .net = takeover->net,
            .available = takeover->view.available, .borrowed = sum->borrowed, .missing = sum->missing };
        return;
    }
    takeover_start(takeover, state, MARGIN_FROM_ABOVE);
    sum->unmarked = provider->unmarked;
    sum->borrowed = provider->borrowed;
    sum->missing = provider->missing;
    takeover->view.available = provider->available;
    takeover->net = provider->net;
}

/* Most providers need no roots: all of it fits with a bound of the margin, hence with the margin itself. */
int64_t margin_takeover_room(const struct state *state, const struct margin_takeover *what,
                             struct margin_provider *provider)
{
    struct takeover takeover = {.what = what, .market = state_market(state, what->market)};
    wide growth = 0;
    int64_t most;

    check(what->lots > 0 && what->share >= 0 && what->capacity >= 0);
    if (what->position == TABLE_NONE || takeover.market->mark == 0)
        return 0;
    takeover.position = state_position(state, what->position);
    takeover.sides = state_position_detail(state, what->position)->side;
    most = takeover_bound(&takeover);
    if (most == 0 || (takeover.market->position_max != 0 &&
                      !margin_sum_siblings(state, what->subaccount, what->market, &takeover.siblings, &growth)))
        return 0;
    takeover_bound_sum(&takeover, state, provider);
    if (takeover.sum.unmarked)
        return 0;
    if (takeover_fits(&takeover, 0) && takeover_fits(&takeover, most))
        return most;
    takeover_sum(&takeover, state, MARGIN_WHOLE);
    return takeover_search(&takeover, most);
}

/* As margin_sum_positions() counts it: nothing of a position without lots and orders. */
static wide takeover_initial(const struct takeover *takeover, int64_t quantity)
{
    const struct open_side *sides = takeover->sides;

    if (quantity == 0 && sides[0].orders == 0 && sides[1].orders == 0)
        return 0;
    return margin_sum_market(&takeover->sum, takeover->market, quantity, sides);
}

static wide takeover_worth(const struct takeover *takeover, int64_t quantity)
{
    const uint64_t mark = margin_sum_mark(&takeover->sum, takeover->market, quantity < 0);
    const wide worth = margin_notional(takeover->market, quantity, mark);

    return quantity < 0 ? -worth : worth;
}

/* All terms but these stay as they are. */
void margin_take_over(const struct state *state, const struct margin_takeover *what, int64_t lots, wide cost,
                      int64_t capacity, struct margin_provider *provider)
{
    struct takeover takeover = {.what = what, .market = state_market(state, what->market)};
    const struct position *position = state_position(state, what->position);
    const int64_t before = position->quantity, after = before + (what->buys ? lots : -lots);
    wide gained, net;

    check(provider->subaccount == what->subaccount);
    takeover.position = position;
    takeover.sides = state_position_detail(state, what->position)->side;
    takeover_bound_sum(&takeover, state, provider);
    gained = takeover_worth(&takeover, after) - takeover_worth(&takeover, before) + (what->buys ? -cost : cost);
    net = provider->net;
    provider->net += gained;
    provider->available += gained - takeover_initial(&takeover, after) + takeover_initial(&takeover, before) -
                           reserved_of(&takeover.sum, takeover.market, capacity) +
                           reserved_of(&takeover.sum, takeover.market, what->capacity) -
                           margin_sum_shortage(&takeover.sum, provider->net) +
                           margin_sum_shortage(&takeover.sum, net);
}
