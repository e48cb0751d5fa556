#include "margin_walk.h"

#include "check.h"
#include "ledger.h"
#include "lending.h"

#define INLINE inline __attribute__((always_inline))

enum {
    USUAL_BITS = 52,     /* of a term, u256 */
    USUAL_UNITS = 44,    /* of units: as many u256 */
    USUAL_NOTIONAL = 50, /* of an open side, quote units */
};

/* Of 100 / leverage in 64 bits: 2^64 / 200 at least. */
#define LEVERAGE_MOST (UINT64_C(1) << 56)

/* Initial margin has the most: of each market its notional's, what orders differ from the mark, their fees (less than
 * half as much); and a shortage, at most the notionals, costs and cash. */
static_assert(5 * LIMIT_MARKETS + LIMIT_ASSETS < 1 << (63 - USUAL_BITS), "sums of usual terms have 63 bits");

/* --- what markets and assets bring --- */

static void begin_perpetual(struct margin_walk_market *walked, const struct market *market, uint8_t decimals)
{
    const struct margin_rate initial = margin_rate_of_function(&market->imf, decimals);
    const struct margin_rate maintenance = margin_rate_of_function(&market->mmf, decimals);
    const bool pays = market->taker_fee > 0;
    uint64_t most = UINT64_C(1) << USUAL_BITS;
    struct margin_rate fee = {0};

    if (pays && market->taker_fee < 15625 / 4)
        fee = margin_rate_of((uint32_t)market->taker_fee * 4, 15625); /* as margin_fee() */
    *walked = (struct margin_walk_market){
        .funding_index = market->funding_index, .initial = initial.part, .maintenance = maintenance.part,
        .fee = fee.part, .initial_shift = (uint8_t)initial.shift, .maintenance_shift = (uint8_t)maintenance.shift,
        .fee_shift = (uint8_t)fee.shift, .pays = pays, .exact = EXACT_ALL };
    if (market->mark == 0 || market->flags & MARKET_FROZEN || (pays && fee.most >> USUAL_NOTIONAL == 0) ||
        __builtin_mul_overflow(market->tick_lot_units, market->mark, &walked->lot) || walked->lot == 0)
        return;
    most = initial.most < most ? initial.most : most;
    most = maintenance.most < most ? maintenance.most : most;
    walked->lots_most = most / walked->lot;
    walked->exact = EXACT_NONE;
}

static void begin_market(struct margin_walk *walk, uint32_t row, uint8_t decimals)
{
    const struct market *market = state_market(walk->state, row);

    if (market->kind == MARKET_SPOT)
        walk->markets[row] = (struct margin_walk_market){.exact = EXACT_ORDERS};
    else
        begin_perpetual(&walk->markets[row], market, decimals);
}

/* A settlement unit is worth 256, as 2^9 x 2^63 / 2^64. */
static void begin_asset(struct margin_walk *walk, uint32_t row, uint8_t decimals)
{
    const struct asset *asset = state_asset(walk->state, row);
    struct margin_walk_asset *walked = &walk->assets[row];

    *walked = (struct margin_walk_asset){.worth = {.most = INT64_MAX}};
    if (row == walk->settlement) {
        walked->cash = UINT64_MAX;
        walked->worth = (struct margin_worth){.most = UINT64_C(1) << USUAL_UNITS, .part = UINT64_C(1) << 63,
                                              .shift = 9};
    } else if (asset->flags & ASSET_SETTLEMENT || (asset->flags & ASSET_COLLATERAL && asset->index == 0)) {
        walked->worth.most = 0;
    } else if (asset->flags & ASSET_COLLATERAL) {
        walked->worth = margin_worth_of(asset, decimals);
    }
    if (asset->price_flags & PRICE_FROZEN)
        walked->worth.most = 0; /* whoever holds any is not usual */
}

void margin_walk_begin(struct margin_walk *walk, const struct state *state, bool whole)
{
    const struct asset *settlement = state_asset(state, state_settlement(state));

    walk->state = state;
    walk->settlement = state_settlement(state);
    walk->whole = whole;
    walk->number = 0;
    walk->handed_on = 0;
    for (uint32_t i = 0; i < MARGIN_WALK_RING; i++)
        walk->subaccounts[i] = walk->positions[i] = walk->balances[i] = TABLE_NONE;
    for (uint32_t i = 0; i < MARGIN_WALK_LEVERAGES; i++)
        walk->leverages[i] = 0;
    if (walk->settlement == TABLE_NONE)
        return;
    walk->initial = margin_rate_of_function(&settlement->borrow_imf, settlement->decimals);
    walk->maintenance = margin_rate_of_function(&settlement->borrow_mmf, settlement->decimals);
    for (uint32_t row = 1; row < state->markets.used; row++)
        begin_market(walk, row, settlement->decimals);
    for (uint32_t row = 1; row < state->assets.used; row++)
        begin_asset(walk, row, settlement->decimals);
}

/* 100 / leverage of the notional: a base is the larger of it and the market's, and so is what is asked for. */
static const struct margin_rate *rate_of_leverage(struct margin_walk *walk, uint32_t leverage)
{
    const uint32_t place = leverage % MARGIN_WALK_LEVERAGES;

    if (walk->leverages[place] != leverage) {
        walk->leverages[place] = leverage;
        walk->leverage_rates[place] = margin_rate_of(100, leverage);
    }
    return &walk->leverage_rates[place];
}

/* --- a subaccount --- */

/* Sums in u256. */
struct usual {
    uint64_t collateral;        /* cash included */
    uint64_t initial, maintenance, notional;
    uint64_t profit;            /* signed; of who turns out not to be usual it may have gone around */
    int64_t cash;               /* of the settlement asset, units */
    uint64_t unusual;           /* a bit at or above USUAL_BITS: these sums are not what there is to it */
    const struct margin_rate *leverage; /* NULL: no limit */
};

static INLINE uint64_t all_if(bool condition)
{
    return -(uint64_t)condition;
}

static INLINE uint64_t size_of(int64_t value)
{
    return (uint64_t)(value ^ value >> 63);
}

/* False: it is not usual. */
static INLINE bool add_balances(const struct margin_walk *walk, uint32_t row, struct usual *usual)
{
    while (row != TABLE_NONE) {
        const struct balance *balance = state_balance(walk->state, row);
        const struct margin_walk_asset *asset = &walk->assets[balance->asset];
        int64_t held = balance->amount;
        uint64_t value;

        if (balance->lent != 0 &&
            __builtin_add_overflow(held, lending_lent_units(state_pool(walk->state, balance->asset), balance->lent),
                                   &held))
            return false;
        if ((uint64_t)held > asset->worth.most || balance->locked > held || balance->borrowed != 0 ||
            !margin_worth_times(&asset->worth, (uint64_t)held, &value))
            return false;
        usual->unusual |= value;
        usual->collateral += value;
        usual->cash += held & (int64_t)asset->cash;
        row = balance->next;
    }
    return true;
}

/* The larger of what the market and the limit of leverage ask for. */
static INLINE uint64_t initial_of(const struct usual *usual, uint64_t part, uint32_t shift, uint64_t notional)
{
    const uint64_t initial = margin_rate_times(part, shift, notional);
    uint64_t least;

    if (usual->leverage == NULL)
        return initial;
    least = margin_rate_times(usual->leverage->part, usual->leverage->shift, notional);
    return least > initial ? least : initial;
}

/* What one side asks for if all of it fills. */
static INLINE uint64_t initial_of_side(struct usual *usual, const struct margin_walk_market *market, int64_t quantity,
                                       uint8_t side, const struct open_side *sums)
{
    const uint64_t lots = (uint64_t)state_side_lots(quantity, side, sums);
    uint64_t cost = (uint64_t)sums->adverse;

    if (market->pays)
        cost += margin_rate_times(market->fee, market->fee_shift, (uint64_t)sums->notional) + sums->orders;
    usual->unusual |= all_if(lots > market->lots_most) | (uint64_t)sums->adverse |
                      (uint64_t)sums->notional >> USUAL_NOTIONAL << USUAL_BITS;
    return initial_of(usual, market->initial, market->initial_shift, lots * market->lot) +
           (cost & all_if(sums->orders != 0));
}

/* Margins grow with the notional, so that the larger of both sides is what margin_compute() finds. */
static INLINE void add_sides(struct usual *usual, const struct margin_walk_market *market, int64_t quantity,
                             const struct open_side sides[2])
{
    const uint64_t buys = initial_of_side(usual, market, quantity, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]);
    const uint64_t sells = initial_of_side(usual, market, quantity, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]);

    if (((uint64_t)quantity | sides[0].orders | sides[1].orders) != 0)
        usual->initial += buys > sells ? buys : sells;
}

/* False: it is not usual. */
static INLINE bool add_perpetual(const struct margin_walk *walk, uint32_t row, const struct position *position,
                                 const struct margin_walk_market *market, struct usual *usual, bool whole)
{
    const uint64_t lots = (uint64_t)state_lots(position), notional = lots * market->lot;
    int64_t cost = position->entry_cost;

    if (lots > market->lots_most ||
        (position->funding != market->funding_index &&
         __builtin_add_overflow(
             cost, ledger_owed_funding(state_market(walk->state, position->market), position), &cost)))
        return false;
    usual->unusual |= size_of(cost);
    usual->profit += (position->quantity < 0 ? -notional : notional) - (uint64_t)cost;
    usual->notional += notional;
    usual->maintenance += margin_rate_times(market->maintenance, market->maintenance_shift, notional);
    if (!whole)
        return true;
    if (position->open_sides != 0)
        add_sides(usual, market, position->quantity, state_position_detail(walk->state, row)->side);
    else
        usual->initial += initial_of(usual, market->initial, market->initial_shift, notional);
    return true;
}

static INLINE bool add_positions(const struct margin_walk *walk, uint32_t row, struct usual *usual, bool whole)
{
    while (row != TABLE_NONE) {
        const struct position *position = state_position(walk->state, row);
        const struct margin_walk_market *market = &walk->markets[position->market];

        if (market->exact == EXACT_NONE) {
            if (!add_perpetual(walk, row, position, market, usual, whole))
                return false;
        } else if (market->exact == EXACT_ALL || (whole && position->open_sides != 0)) {
            return false;
        }
        row = position->next;
    }
    return true;
}

/* What is missing of the settlement asset is a borrow of it. */
static INLINE bool add_shortage(const struct margin_walk *walk, struct usual *usual, int64_t net, bool whole)
{
    const uint64_t shortage = (uint64_t)-net;

    if (shortage > walk->maintenance.most || (whole && (shortage > walk->initial.most || shortage > LEVERAGE_MOST)))
        return false;
    usual->notional += shortage;
    usual->maintenance += margin_rate_times(walk->maintenance.part, walk->maintenance.shift, shortage);
    if (whole)
        usual->initial += initial_of(usual, walk->initial.part, walk->initial.shift, shortage);
    return true;
}

/* Fields one by one: what is set to zero as a whole costs more than the sums. */
static INLINE void note_view(const struct usual *usual, int64_t collateral, bool whole, struct margin_view *view)
{
    view->collateral = collateral;
    view->profit = (int64_t)usual->profit;
    view->borrowed = view->claims = view->debts = view->reserved = 0;
    view->equity = collateral + (int64_t)usual->profit;
    view->initial = whole ? (int64_t)usual->initial : 0;
    view->maintenance = (int64_t)usual->maintenance;
    view->notional = (int64_t)usual->notional;
    view->available = whole ? view->equity - view->initial : 0;
    view->priced = true;
    view->frozen = false;
}

static INLINE bool finish_usual(const struct margin_walk *walk, const struct subaccount *owner, struct usual *usual,
                                bool whole, struct margin_view *view)
{
    int64_t net;

    if (usual->unusual >> USUAL_BITS != 0 || size_of(owner->credit) >> USUAL_UNITS != 0)
        return false;
    net = (usual->cash + owner->credit) * 256 + (int64_t)usual->profit;
    if (net < 0 && !add_shortage(walk, usual, net, whole))
        return false;
    note_view(usual, (int64_t)usual->collateral + owner->credit * 256, whole, view);
    return true;
}

static INLINE bool compute_usual(struct margin_walk *walk, uint32_t subaccount, bool whole, struct margin_view *view)
{
    const struct subaccount *owner = state_subaccount(walk->state, subaccount);
    const uint32_t leverage = whole ? state_leverage(walk->state, owner->account) : 0;
    struct usual usual = {0};

    if (walk->settlement == TABLE_NONE || owner->debt != 0 || owner->flags & SUBACCOUNT_CLAIMANT ||
        owner->commitments != TABLE_NONE)
        return false;
    if (leverage != 0) {
        usual.leverage = rate_of_leverage(walk, leverage);
        if (usual.leverage->most < LEVERAGE_MOST)
            return false;
    }
    return add_balances(walk, owner->balances, &usual) && add_positions(walk, owner->positions, &usual, whole) &&
           finish_usual(walk, owner, &usual, whole, view);
}

/* --- rows ahead --- */

enum {
    STRIDE = 2, /* subaccounts from one step to the next */
    HOPS = 5,   /* rows of each list that are followed */
    AHEAD = STRIDE * (HOPS + 2),
};
static_assert((int)AHEAD < (int)MARGIN_WALK_RING, "who has been announced is known until its turn");

/* Row 0, TABLE_NONE, is always there: no branch where orders come and go without a rule. */
static INLINE void fetch_sides(const struct state *state, uint32_t row)
{
    const uint32_t mask = (uint32_t)all_if(state_position(state, row)->open_sides != 0);
    const struct open_side *sides = state_position_detail(state, row & mask)->side;

    __builtin_prefetch(&sides[0]);
    __builtin_prefetch(&sides[1]);
    __builtin_prefetch((const char *)&sides[2] - 1);
}

/* Each step finds in the caches what the one before it, STRIDE subaccounts ago, has fetched. */
static INLINE void announce(struct margin_walk *walk, uint32_t subaccount, bool whole)
{
    const struct state *state = walk->state;
    const struct subaccount *owner;
    uint32_t place = walk->number++;

    walk->subaccounts[place % MARGIN_WALK_RING] = subaccount;
    __builtin_prefetch(state_subaccount(state, subaccount));
    place = (place - STRIDE) % MARGIN_WALK_RING;
    owner = state_subaccount(state, walk->subaccounts[place]);
    walk->positions[place] = owner->positions;
    walk->balances[place] = owner->balances;
    __builtin_prefetch(state_position(state, owner->positions));
    __builtin_prefetch(state_balance(state, owner->balances));
    if (whole)
        __builtin_prefetch(&state_account(state, owner->account)->leverage);
    for (uint32_t hop = 0; hop < HOPS; hop++) {
        place = (place - STRIDE) % MARGIN_WALK_RING;
        if (whole)
            fetch_sides(state, walk->positions[place]);
        walk->positions[place] = state_position(state, walk->positions[place])->next;
        walk->balances[place] = state_balance(state, walk->balances[place])->next;
        __builtin_prefetch(state_position(state, walk->positions[place]));
        __builtin_prefetch(state_balance(state, walk->balances[place]));
    }
}

/* --- the walk --- */

static INLINE bool walk_on(struct margin_walk *walk, uint32_t subaccount, bool whole, struct margin_view *view)
{
    const uint32_t used = walk->state->subaccounts.used;

    announce(walk, subaccount + AHEAD < used ? subaccount + AHEAD : TABLE_NONE, whole);
    return compute_usual(walk, subaccount, whole, view);
}

void margin_walk_compute(struct margin_walk *walk, uint32_t subaccount, struct margin_view *view)
{
    if (walk->whole ? walk_on(walk, subaccount, true, view) : walk_on(walk, subaccount, false, view))
        return;
    walk->handed_on++;
    if (walk->whole)
        margin_compute(walk->state, subaccount, NULL, view);
    else
        margin_compute_maintenance(walk->state, subaccount, view);
}
