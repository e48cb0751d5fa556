/* Ranks of positions, and the walk that finds them: that of the minute, and that before a market is deleveraged. */
#include "rank.h"

#include <string.h>

#include "durations.h"
#include "liquidation_parts.h"

/* Steps are quarters of an octave: as many of profits as of losses. Numbers carry 40 fraction bits; a profit's steps
 * begin at 2^-9 (0.2 %, at a leverage of 1), a loss's at 2^-14 (0.3 % at 50), what is less belongs to the first. */
enum {
    RANK_STEPS = LIMIT_RANKS / 2,
    RANK_ONE_BITS = 40,
    RANK_PROFIT_BITS = RANK_ONE_BITS - 9,
    RANK_LOSS_BITS = RANK_ONE_BITS - 14,
};
enum {
    RANK_FLAT = 16,          /* rows without a position that cost a step together */
    RANK_VISITS = 384,       /* steps of a batch that the minute's ranks take at most */
};
enum { RANK_QUINTILES = 5, RANK_AHEAD = 8 };
static_assert(LIMIT_RANKS + 1 <= UINT8_MAX, "a bound of quintiles is a byte");

/* --- one position --- */

/* Products of two stay inside 126 bits: what a position may be worth and what its account is worth count up to 2^63,
 * below 0 as 0. */
static uwide rank_money(wide value)
{
    return value < 0 ? 0 : value > INT64_MAX ? INT64_MAX : (uwide)value;
}

/* A ratio in 2^-40, rounded down, at most INT64_MAX; of nothing to nothing 0. */
static uint64_t rank_ratio(uwide dividend, uwide divisor)
{
    uwide ratio;

    if (dividend == 0)
        return 0;
    if (divisor == 0 || !wide_scale_down(dividend, (uwide)1 << RANK_ONE_BITS, divisor, &ratio) || ratio > INT64_MAX)
        return INT64_MAX;
    return (uint64_t)ratio;
}

/* floor(4 log2(ratio / 2^bits)), 0 .. RANK_STEPS - 1. Exact: the constants are 2^63 x 2^(1/4), (2/4), (3/4), rounded
 * up, which is what an integer must reach. */
static uint32_t rank_step(uint64_t ratio, int bits)
{
    static const uint64_t quarters[] = { UINT64_C(10968499650544839024), UINT64_C(13043817825332782213),
                                         UINT64_C(15511800964685064949) };
    int octave, step;

    if (ratio == 0)
        return 0;
    octave = 63 - __builtin_clzll(ratio);
    step = 4 * (octave - bits);
    for (unsigned i = 0; i < 3; i++)
        step += ratio << (63 - octave) >= quarters[i];
    return step < 0 ? 0 : step < RANK_STEPS ? (uint32_t)step : RANK_STEPS - 1;
}

/* Of a position that is not flat, in an account with this net equity (u256). */
static uint32_t rank_at(const struct market *market, const struct position *position, uint64_t mark, wide equity)
{
    const wide worth = margin_notional(market, position->quantity, mark), open = position->open_cost;
    const wide profit = position->quantity < 0 ? -worth - open : worth - open;
    const uwide notional = rank_money(worth), cost = rank_money(open < 0 ? -open : open), means = rank_money(equity);

    if (profit >= 0) /* ratio x leverage */
        return RANK_STEPS + rank_step(rank_ratio(rank_money(profit) * notional, cost * means), RANK_PROFIT_BITS);
    return RANK_STEPS - 1 - rank_step(rank_ratio(rank_money(-profit) * means, cost * notional), RANK_LOSS_BITS);
}

uint32_t rank_of(const struct state *state, uint32_t row, uint64_t mark)
{
    const struct position *position = state_position(state, row);
    struct margin_view view;

    if (position->quantity == 0)
        return 0;
    margin_compute_maintenance(state, position->subaccount, &view);
    return rank_at(state_market(state, position->market), position, mark, view.equity);
}

uint32_t rank_quintile(const struct state *state, uint32_t row)
{
    const struct position *position = state_position(state, row);
    const uint8_t *bounds = state_unwind(state, position->market)->quintile[position->quantity < 0];
    uint32_t quintile = 1;

    if (position->quantity == 0)
        return 0;
    for (unsigned i = 0; i < RANK_QUINTILES - 1; i++)
        quintile += bounds[i] != 0 && position->rank + 1 >= bounds[i];
    return quintile;
}

/* --- a market --- */

bool rank_is_ready(const struct market *market)
{
    return market->kind == MARKET_PERPETUAL && market->mark != 0 && market->open_interest > 0 &&
           !(market->flags & (MARKET_FROZEN | MARKET_DELISTED | MARKET_WAITS_FOR_PRICES));
}

void rank_begin(struct exchange *exchange, uint32_t market, enum deleverage_stage stage)
{
    struct deleverage *walk = &exchange->state.t->deleverage;

    walk->market = market;
    walk->stage = stage;
    walk->at = state_market(&exchange->state, market)->positions;
    walk->mark = state_market(&exchange->state, market)->mark;
    memset(walk->lots, 0, sizeof walk->lots);
}

/* The next quintile begins at the lowest rank that has less than its part of all lots above it: so those of a rank are
 * told that they are in the highest that any of them could be in. */
static void rank_set_bounds(struct exchange *exchange)
{
    const struct deleverage *walk = &exchange->state.t->deleverage;
    struct unwind *unwind = state_unwind(&exchange->state, walk->market);

    for (unsigned side = 0; side < 2; side++) {
        wide whole = 0, above = 0;
        uint32_t rank = LIMIT_RANKS - 1;

        for (unsigned i = 0; i < LIMIT_RANKS; i++)
            whole += walk->lots[side][i];
        for (unsigned i = RANK_QUINTILES - 1; i-- > 0;) {
            while (rank > 0 && (above + walk->lots[side][rank]) * RANK_QUINTILES < (RANK_QUINTILES - 1 - i) * whole)
                above += walk->lots[side][rank--];
            unwind->quintile[side][i] = (uint8_t)(rank + 1);
        }
    }
}

static void rank_position(struct exchange *exchange, uint32_t row)
{
    struct deleverage *walk = &exchange->state.t->deleverage;
    struct position *position = state_position(&exchange->state, row);

    position->rank = (uint8_t)rank_of(&exchange->state, row, walk->mark);
    if (deleverage_may_take(&exchange->state, row))
        walk->lots[position->quantity < 0][position->rank] += wide_narrow(state_lots(position));
}

/* What comes next of a market's list: a row that is far ahead, and the subaccounts of those before it. Nothing of it
 * lies in the caches; each step finds there what an earlier one has fetched. */
struct rank_ahead {
    uint32_t row, number;    /* number: of rows so far */
    uint32_t subaccounts[RANK_AHEAD];
};

static void rank_look_ahead(const struct state *state, struct rank_ahead *ahead)
{
    const struct position *position = state_position(state, ahead->row);

    ahead->subaccounts[ahead->number % RANK_AHEAD] = ahead->row == TABLE_NONE ? 0 : position->subaccount;
    ahead->row = ahead->row == TABLE_NONE ? TABLE_NONE : position->next_of_market;
    __builtin_prefetch(state_position(state, ahead->row));
    for (uint32_t step = 0; step < MARGIN_FETCHES; step++) /* the oldest is as far as it can be */
        margin_fetch(state, ahead->subaccounts[(ahead->number - 2 * step) % RANK_AHEAD], step);
    ahead->number++;
}

static struct rank_ahead rank_start_ahead(const struct state *state, uint32_t row)
{
    struct rank_ahead ahead = { .row = row };

    for (unsigned i = 0; i < RANK_AHEAD; i++)
        rank_look_ahead(state, &ahead);
    return ahead;
}

bool rank_walk(struct exchange *exchange, uint32_t visits)
{
    struct deleverage *walk = &exchange->state.t->deleverage;
    struct rank_ahead ahead = rank_start_ahead(&exchange->state, walk->at);

    while (walk->at != TABLE_NONE) {
        const uint32_t row = walk->at;
        const bool flat = state_position(&exchange->state, row)->quantity == 0;

        if (!flat || row % RANK_FLAT == 0) {
            if (visits == 0 || !tick_take_step(exchange)) {
                exchange->derived_more = true;
                return false;
            }
            visits--;
        }
        rank_look_ahead(&exchange->state, &ahead);
        rank_position(exchange, row);
        tick_charge_steps(exchange, flat ? 0 : 3); /* an account is added up: it takes the time of four */
        walk->at = state_position(&exchange->state, row)->next_of_market;
    }
    rank_set_bounds(exchange);
    return true;
}

/* --- the minute's --- */

static uint32_t rank_next_market(const struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = state->t->deleverage.ranked + 1; row < state->markets.used; row++)
        if (rank_is_ready(state_market(state, row)))
            return row;
    return TABLE_NONE;
}

/* Every market once a minute; a round that takes longer is not begun again before it is through. */
static bool rank_begin_next(struct exchange *exchange)
{
    struct deleverage *walk = &exchange->state.t->deleverage;
    const uint64_t minute = exchange->state.t->time_ns / NS_A_MINUTE;
    uint32_t market = rank_next_market(exchange);

    if (market == TABLE_NONE && walk->ranked_minute != minute) {
        walk->ranked_minute = minute;
        walk->ranked = 0;
        market = rank_next_market(exchange);
    }
    if (market == TABLE_NONE)
        return false;
    rank_begin(exchange, market, DELEVERAGE_RANK);
    return true;
}

void rank_run(struct exchange *exchange)
{
    struct deleverage *walk = &exchange->state.t->deleverage;

    if (exchange->state.t->liquidation.policy == POLICY_NONE ||
        (walk->stage != DELEVERAGE_IDLE && walk->stage != DELEVERAGE_RANK))
        return;
    if (walk->stage == DELEVERAGE_IDLE && !rank_begin_next(exchange))
        return;
    if (!rank_walk(exchange, RANK_VISITS))
        return;
    walk->ranked = walk->market;
    walk->market = 0;
    walk->stage = DELEVERAGE_IDLE;
}
