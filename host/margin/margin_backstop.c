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
    wide shortage;              /* what that asks for, u256 */
    wide siblings;              /* lots that the account's others could come to hold; where there is a cap on all */
    struct margin_provider_part now; /* what its position and its commitment there count for */
};

static int64_t takeover_quantity(const struct takeover *takeover, int64_t lots)
{
    return takeover->position->quantity + (takeover->what->buys ? lots : -lots);
}

static wide takeover_worth(const struct takeover *takeover, int64_t quantity)
{
    const uint64_t mark = margin_sum_mark(&takeover->sum, takeover->market, quantity < 0);
    const wide worth = margin_notional(takeover->market, quantity, mark);

    return quantity < 0 ? -worth : worth;
}

/* What the position becomes worth more at the mark that counts for it, less what the lots cost; u256. */
static wide takeover_gain(const struct takeover *takeover, int64_t lots)
{
    const struct margin_takeover *what = takeover->what;
    const wide paid = margin_notional(takeover->market, lots, takeover->market->mark);
    uwide share = (uwide)what->share;

    if (lots != what->lots)
        check(wide_scale_down(share, (uwide)lots, (uwide)what->lots, &share));
    return takeover_worth(takeover, takeover_quantity(takeover, lots)) -
           takeover_worth(takeover, takeover->position->quantity) - (what->buys ? paid : -paid) + (wide)share;
}

/* What its capacity falls by, quote units. */
static wide takeover_notional(const struct takeover *takeover, int64_t lots)
{
    return wide_divide_up(margin_notional(takeover->market, lots, takeover->market->mark), 256);
}

/* As margin_sum_positions() and margin_sum_commitments() count them: nothing of a position without lots and orders. */
static struct margin_provider_part takeover_part(const struct takeover *takeover, int64_t quantity, int64_t capacity)
{
    const struct open_side *sides = takeover->sides;
    const bool empty = quantity == 0 && sides[0].orders == 0 && sides[1].orders == 0;

    return (struct margin_provider_part){
        .market = takeover->what->market, .position = takeover->what->position, .lots = quantity,
        .capacity = capacity,
        .initial = (empty ? 0 : margin_sum_market(&takeover->sum, takeover->market, quantity, sides)) +
                   reserved_of(&takeover->sum, takeover->market, capacity) };
}

/* Exactly what margin_compute() would make of it; `then` is what its part is after it. */
static wide takeover_available(const struct takeover *takeover, int64_t lots, struct margin_provider_part *then)
{
    const int64_t left = wide_narrow(takeover->what->capacity - takeover_notional(takeover, lots));
    const wide gained = takeover_gain(takeover, lots);

    *then = takeover_part(takeover, takeover_quantity(takeover, lots), left);
    return takeover->view.available + gained - then->initial + takeover->now.initial -
           margin_sum_shortage(&takeover->sum, takeover->net + gained) + takeover->shortage;
}

/* Limits hold as for an order that has filled. */
static bool takeover_is_in_limits(const struct takeover *takeover, int64_t lots)
{
    const struct position *position = takeover->position;
    const struct market *market = takeover->market;
    const uint8_t side = takeover->what->buys ? CARD_SIDE_BUY : CARD_SIDE_SELL;
    const int64_t reach = state_reach(takeover_quantity(takeover, lots), takeover->sides);
    /* A short position is taken over for more than its notional. */
    const wide notional = takeover->sides[side].notional + takeover_notional(takeover, lots) +
                          wide_divide_up(takeover->what->share, 256);

    if (!margin_sum_cost_fits(position->entry_cost, side, notional) ||
        !margin_sum_cost_fits(position->open_cost, side, notional))
        return false;
    if (reach <= state_reach(position->quantity, takeover->sides))
        return true;
    return margin_sum_notional_fits(market, reach) &&
           (market->position_max == 0 || takeover->siblings + reach <= (wide)market->position_max);
}

/* `lots` of 0: before it takes anything. */
static bool takeover_fits(const struct takeover *takeover, int64_t lots, struct margin_provider_part *then)
{
    return takeover_is_in_limits(takeover, lots) &&
           (lots == 0 ? takeover->view.available : takeover_available(takeover, lots, then)) >= 0;
}

/* What is available is concave in the lots taken (margins are convex, also of a position that is netted first; what is
 * released grows ever more slowly; a diverged mark counts at its worse side), and limits hold for all below the first
 * that breaks them: so whoever has room has it from 0 on, and a bisection finds its end. */
static int64_t takeover_search(const struct takeover *takeover, int64_t lots)
{
    struct margin_provider_part then;
    int64_t low = 0, high = lots;

    if (lots == 0 || !takeover_fits(takeover, 0, &then))
        return 0;
    if (takeover_fits(takeover, lots, &then))
        return lots;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        if (takeover_fits(takeover, middle, &then))
            low = middle;
        else
            high = middle;
    }
    return low;
}

int64_t margin_capacity_lots(const struct market *market, int64_t capacity)
{
    const wide lot = margin_notional(market, 1, market->mark), notional = (wide)capacity * 256;

    check(capacity >= 0 && lot > 0);
    if (notional >> 64 == 0 && lot >> 64 == 0)
        return (int64_t)((uint64_t)notional / (uint64_t)lot);
    return (int64_t)(notional / lot);
}

static int64_t takeover_bound(const struct takeover *takeover)
{
    return wide_smaller(margin_capacity_lots(takeover->market, takeover->what->capacity), takeover->what->lots);
}

/* Of the market and the lots, the capacity that it was worked out for. */
static bool takeover_part_is(const struct margin_provider_part *part, const struct margin_takeover *what, int64_t lots,
                             int64_t capacity)
{
    return part->market == what->market && part->lots == lots && part->capacity == capacity;
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
    takeover->shortage = margin_sum_shortage(sum, takeover->net);
    takeover->now = takeover_part(takeover, takeover->position->quantity, takeover->what->capacity);
}

/* From above; as it has been added up before, where that is known. */
static void takeover_bound_sum(struct takeover *takeover, const struct state *state, struct margin_provider *provider)
{
    struct margin_sum *sum = &takeover->sum;

    if (provider->subaccount != takeover->what->subaccount) {
        takeover_sum(takeover, state, MARGIN_FROM_ABOVE);
        *provider = (struct margin_provider){
            .subaccount = takeover->what->subaccount, .unmarked = sum->unmarked, .net = takeover->net,
            .available = takeover->view.available, .borrowed = sum->borrowed, .missing = sum->missing,
            .shortage = takeover->shortage, .now = takeover->now };
        return;
    }
    takeover_start(takeover, state, MARGIN_FROM_ABOVE);
    sum->unmarked = provider->unmarked;
    sum->borrowed = provider->borrowed;
    sum->missing = provider->missing;
    takeover->view.available = provider->available;
    takeover->net = provider->net;
    takeover->shortage = provider->shortage;
    if (!takeover_part_is(&provider->now, takeover->what, takeover->position->quantity, takeover->what->capacity))
        provider->now = takeover_part(takeover, takeover->position->quantity, takeover->what->capacity);
    takeover->now = provider->now;
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
    if (most == 0)
        return 0;
    if (takeover.market->position_max != 0)
        margin_sum_siblings(state, what->subaccount, what->market, what->position, &takeover.siblings, &growth);
    takeover_bound_sum(&takeover, state, provider);
    if (takeover.sum.unmarked)
        return 0;
    if (takeover_fits(&takeover, 0, &provider->then) && takeover_fits(&takeover, most, &provider->then))
        return most;
    takeover_sum(&takeover, state, MARGIN_WHOLE);
    return takeover_search(&takeover, most);
}

/* All terms but these stay as they are. */
void margin_take_over(const struct state *state, const struct margin_takeover *what, int64_t lots, wide cost,
                      int64_t capacity, struct margin_provider *provider)
{
    struct takeover takeover = {.what = what, .market = state_market(state, what->market)};
    struct margin_provider_part then = provider->then;
    wide gained, before;
    int64_t after;

    check(provider->subaccount == what->subaccount);
    takeover.position = state_position(state, what->position);
    takeover.sides = state_position_detail(state, what->position)->side;
    after = takeover_quantity(&takeover, lots);
    takeover_bound_sum(&takeover, state, provider);
    gained = takeover_worth(&takeover, after) - takeover_worth(&takeover, takeover.position->quantity) +
             (what->buys ? -cost : cost);
    if (!takeover_part_is(&then, what, after, capacity))
        then = takeover_part(&takeover, after, capacity);
    before = provider->shortage;
    provider->net += gained;
    provider->shortage = margin_sum_shortage(&takeover.sum, provider->net);
    provider->available += gained - then.initial + provider->now.initial - provider->shortage + before;
    provider->now = then;
}
