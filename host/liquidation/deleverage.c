/* Step 3: auto-deleveraging, market by market. Episodes say what is to be taken off longs and shorts; a walk over the
 * market's positions ranks them and counts their lots by rank; another one takes what is due off the highest ranks, of
 * the lowest of these pro rata, and again below where somebody could not bear his part. */
#include "deleverage_deal.h"

#include <string.h>

#include "settlement.h"

enum {
    DELEVERAGE_LOOKS = 16,   /* rows that a step covers where there is nothing to do */
};

static struct deleverage *deleverage_walk(struct exchange *exchange)
{
    return &exchange->state.t->deleverage;
}

bool deleverage_may_take(const struct state *state, uint32_t row)
{
    const struct position *position = state_position(state, row);

    return position->quantity != 0 && position->subaccount >= SYSTEM_SUBACCOUNTS &&
           !liquidation_has_begun(state, position->subaccount) && !settlement_is_debtor(state, position->subaccount);
}

bool deleverage_make_room(struct exchange *exchange, uint32_t row, int64_t lots)
{
    const struct position *position = state_position(&exchange->state, row);
    const uint8_t side = position->quantity > 0 ? CARD_SIDE_SELL : CARD_SIDE_BUY;
    const struct open_side *open = &position->side[side];

    if (open->reduce_lots == 0 || open->lots + lots <= deleverage_lots(position))
        return true;
    if (!core_subaccount_out(exchange, position->subaccount) && core_room(exchange, CORE_INPUT_ACTIONS) &&
        core_take_derived(exchange, position->reduce_orders))
        reduce_only_cut(exchange, row, side, lots);
    exchange->derived_more = true;
    return false;
}

/* --- what is due --- */

static void deleverage_begin(struct exchange *exchange)
{
    struct deleverage *walk = deleverage_walk(exchange);

    walk->stage = DELEVERAGE_GATHER;
    walk->market = 0;
    walk->at = exchange->state.t->episodes;
    memset(walk->due, 0, sizeof walk->due);
}

/* Who is short must be given lots of longs. */
static void deleverage_gather_positions(struct exchange *exchange, uint32_t subaccount)
{
    struct deleverage *walk = deleverage_walk(exchange);

    for (uint32_t row = state_subaccount(&exchange->state, subaccount)->positions; row != TABLE_NONE;
         row = state_position(&exchange->state, row)->next) {
        const struct position *position = state_position(&exchange->state, row);
        int64_t *due = &walk->due[position->market][position->quantity > 0];

        if (position->quantity != 0)
            *due = wide_narrow((wide)*due + deleverage_lots(position));
    }
}

static bool deleverage_gather(struct exchange *exchange)
{
    struct deleverage *walk = deleverage_walk(exchange);

    while (walk->at != TABLE_NONE) {
        const struct episode *episode = state_episode(&exchange->state, walk->at);
        const bool due = episode->stage == EPISODE_DELEVERAGE;

        if ((due || walk->at % DELEVERAGE_LOOKS == 0) && !tick_take_step(exchange))
            return false;
        if (due)
            deleverage_gather_positions(exchange, episode->subaccount);
        walk->at = episode->next;
    }
    return true;
}

/* On to the next market; false: there is none. */
static bool deleverage_next_market(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    struct deleverage *walk = deleverage_walk(exchange);

    for (uint32_t row = walk->market + 1; row < state->markets.used; row++) {
        if ((walk->due[row][0] == 0 && walk->due[row][1] == 0) || !rank_is_ready(state_market(state, row)))
            continue;
        rank_begin(exchange, row, DELEVERAGE_COUNT);
        walk->episode[0] = walk->episode[1] = exchange->state.t->episodes;
        walk->rank_before[0] = walk->rank_before[1] = LIMIT_RANKS;
        return true;
    }
    return false;
}

/* --- who gives up what --- */

/* The lowest rank of those that are needed, and how much of it. What lies above goes whole. */
static void deleverage_share_side(struct deleverage *walk, unsigned side)
{
    int64_t left = walk->due[walk->market][side];
    uint32_t rank = LIMIT_RANKS;

    walk->running[side] = walk->share[side] = walk->total[side] = 0;
    walk->rank[side] = LIMIT_RANKS;
    while (left > 0 && rank-- > 0) {
        const int64_t lots = walk->lots[side][rank];

        if (lots == 0)
            continue;
        walk->rank[side] = rank;
        walk->total[side] = lots;
        walk->share[side] = wide_smaller(left, lots);
        left -= walk->share[side];
    }
}

/* Another walk from the top; false: nobody is needed, or left. */
static bool deleverage_share_out(struct exchange *exchange)
{
    struct deleverage *walk = deleverage_walk(exchange);

    deleverage_share_side(walk, 0);
    deleverage_share_side(walk, 1);
    walk->at = state_market(&exchange->state, walk->market)->positions;
    walk->part = 0;
    walk->stage = DELEVERAGE_SHARE;
    return walk->rank[0] < LIMIT_RANKS || walk->rank[1] < LIMIT_RANKS;
}

/* Ranks that went whole have no more; the last one is asked once more for what those who could not bear theirs have
 * left over, and then has no more either. */
static void deleverage_end_side(struct deleverage *walk, unsigned side)
{
    const uint32_t rank = walk->rank[side];

    for (uint32_t above = rank + 1; above < LIMIT_RANKS; above++)
        walk->lots[side][above] = 0;
    if (rank < LIMIT_RANKS && (rank == walk->rank_before[side] || walk->share[side] == walk->total[side]))
        walk->lots[side][rank] = 0;
    walk->rank_before[side] = rank;
}

/* A position's part: the difference of two running sums, each rounded down. */
static int64_t deleverage_part(struct deleverage *walk, const struct position *position)
{
    const unsigned side = position->quantity < 0;
    const int64_t lots = deleverage_lots(position), left = walk->due[walk->market][side];
    const int64_t before = walk->running[side], total = walk->total[side];
    int64_t after;

    if (walk->rank[side] == LIMIT_RANKS || position->rank < walk->rank[side])
        return 0;
    if (position->rank > walk->rank[side])
        return wide_smaller(lots, left);
    after = lots < total - before ? before + lots : total;
    walk->running[side] = after;
    return wide_smaller(left, (int64_t)((wide)walk->share[side] * after / total -
                                        (wide)walk->share[side] * before / total));
}

/* --- whose lots --- */

enum deleverage_found { FOUND_NONE, FOUND_ONE, FOUND_NO_STEPS };

/* The first episode of the list that still has lots for this side. */
static enum deleverage_found deleverage_find(struct exchange *exchange, unsigned side, struct bankrupt *bankrupt)
{
    struct deleverage *walk = deleverage_walk(exchange);
    const struct state *state = &exchange->state;

    while (walk->episode[side] != TABLE_NONE) {
        const uint32_t row = walk->episode[side];
        const bool due = state_episode(state, row)->stage == EPISODE_DELEVERAGE;

        if ((due || row % DELEVERAGE_LOOKS == 0) && !tick_take_step(exchange))
            return FOUND_NO_STEPS;
        if (due && deleverage_look(exchange, row, walk->market, bankrupt) &&
            (state_position(state, bankrupt->position)->quantity > 0) == (side == 1))
            return FOUND_ONE;
        walk->episode[side] = state_episode(state, row)->next;
    }
    return FOUND_NONE;
}

static void deleverage_take(struct exchange *exchange, unsigned side, uint32_t rank, int64_t lots)
{
    struct deleverage *walk = deleverage_walk(exchange);
    int64_t *left = &walk->lots[side][rank];

    walk->part -= lots;
    walk->due[walk->market][side] -= lots;
    *left = *left > lots ? *left - lots : 0;
}

/* A position's part goes to one bankrupt after the other; false: not to the end in this round. */
static bool deleverage_position(struct exchange *exchange, uint32_t row)
{
    struct deleverage *walk = deleverage_walk(exchange);
    const struct position *position = state_position(&exchange->state, row);
    const unsigned side = position->quantity < 0;

    while (walk->part > 0 && deleverage_may_take(&exchange->state, row)) {
        struct bankrupt bankrupt;
        int64_t lots;

        if (!deleverage_make_room(exchange, row, walk->part))
            return false;
        switch (deleverage_find(exchange, side, &bankrupt)) {
        case FOUND_NO_STEPS:
            return false;
        case FOUND_NONE:
            walk->due[walk->market][side] = walk->part = 0;
            return true;
        case FOUND_ONE:
            break;
        }
        lots = deleverage_deal(exchange, &bankrupt, row, walk->part);
        if (lots == 0)
            break;
        deleverage_take(exchange, side, position->rank, lots);
    }
    walk->part = 0;
    return true;
}

/* `part` is worked out when the walk comes to a position, and kept while it takes several batches. */
static bool deleverage_share(struct exchange *exchange)
{
    struct deleverage *walk = deleverage_walk(exchange);
    const struct state *state = &exchange->state;

    while (walk->at != TABLE_NONE) {
        const uint32_t row = walk->at;

        if (walk->part == 0 && deleverage_may_take(state, row)) {
            if (!tick_take_step(exchange))
                return false;
            walk->part = deleverage_part(walk, state_position(state, row));
        } else if (walk->part == 0 && row % DELEVERAGE_LOOKS == 0 && !tick_take_step(exchange)) {
            return false;
        }
        if (!deleverage_position(exchange, row))
            return false;
        walk->at = state_position(state, row)->next_of_market;
    }
    return true;
}

/* --- the stage --- */

/* What finds nobody stays where it is; the next tick asks again. */
static void deleverage_end(struct exchange *exchange)
{
    const struct deleverage *walk = deleverage_walk(exchange);

    *deleverage_walk(exchange) =
        (struct deleverage){ .ranked = walk->ranked, .ranked_minute = walk->ranked_minute };
}

/* True: on to the next step at once. */
static bool deleverage_step(struct exchange *exchange)
{
    struct deleverage *walk = deleverage_walk(exchange);
    bool more = false;

    switch ((enum deleverage_stage)walk->stage) {
    case DELEVERAGE_IDLE:
    case DELEVERAGE_RANK: /* the minute's ranks of this market are found later */
        deleverage_begin(exchange);
        return true;
    case DELEVERAGE_GATHER:
        if (!deleverage_gather(exchange))
            return false;
        break;
    case DELEVERAGE_COUNT:
        if (!rank_walk(exchange, UINT32_MAX))
            return false;
        more = deleverage_share_out(exchange);
        break;
    case DELEVERAGE_SHARE: /* a tick between two batches may have frozen the market */
        if (rank_is_ready(state_market(&exchange->state, walk->market))) {
            if (!deleverage_share(exchange))
                return false;
            deleverage_end_side(walk, 0);
            deleverage_end_side(walk, 1);
            more = deleverage_share_out(exchange);
        }
        break;
    }
    if (!more && !deleverage_next_market(exchange))
        deleverage_end(exchange);
    return walk->stage != DELEVERAGE_IDLE;
}

bool deleverage_run(struct exchange *exchange)
{
    const uint32_t stage = deleverage_walk(exchange)->stage;

    if ((stage == DELEVERAGE_IDLE || stage == DELEVERAGE_RANK) && exchange->state.t->episodes == TABLE_NONE)
        return true;
    while (deleverage_step(exchange))
        ;
    return deleverage_walk(exchange)->stage == DELEVERAGE_IDLE;
}
