/* Step 3: auto-deleveraging, market by market. Episodes say what is to be taken off longs and shorts; a walk over the
 * market's positions ranks them and counts their lots by rank; another one takes what is due off the highest ranks, of
 * the lowest of these pro rata, and again below where somebody could not bear his part. What is left when nobody else
 * is, bankrupts of both sides and subaccounts of the same account take off each other, at the mark. */
#include "deleverage_deal.h"

#include <string.h>

#include "settlement.h"

enum {
    DELEVERAGE_LOOKS = 16,   /* rows that a step covers where there is nothing to do */
    DELEVERAGE_LOOK = 1,     /* steps that a look at a bankrupt costs beyond its own: its margin is added up */
    DELEVERAGE_REFUSALS = 32,/* bankrupts whose lots a position could not bear, before the walk goes on */
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
    const struct position_detail *detail = state_position_detail(&exchange->state, row);
    const struct open_side *open = &detail->side[side];

    if (open->reduce_lots == 0 || open->lots + lots <= state_lots(position))
        return true;
    if (!core_subaccount_out(exchange, position->subaccount) && core_room(exchange, CORE_INPUT_ACTIONS) &&
        core_take_derived(exchange, detail->reduce_orders))
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
            *due = wide_narrow((wide)*due + state_lots(position));
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

/* Nobody else is needed, or left. False: no lots are left either. */
static bool deleverage_begin_rest(struct exchange *exchange)
{
    struct deleverage *walk = deleverage_walk(exchange);

    walk->at = walk->sibling = TABLE_NONE;
    walk->episode[0] = walk->episode[1] = exchange->state.t->episodes;
    walk->part = 0;
    walk->stage = DELEVERAGE_REST;
    return walk->due[walk->market][0] > 0 || walk->due[walk->market][1] > 0;
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
    const int64_t lots = state_lots(position), left = walk->due[walk->market][side];
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

static uint32_t deleverage_account(const struct exchange *exchange, uint32_t episode)
{
    const struct state *state = &exchange->state;

    return state_subaccount(state, state_episode(state, episode)->subaccount)->account;
}

/* Whether an episode has lots for this side. */
static bool deleverage_has_lots(struct exchange *exchange, uint32_t row, unsigned side, struct bankrupt *bankrupt)
{
    const struct deleverage *walk = deleverage_walk(exchange);
    bool has;

    liquidation_watch(exchange, LIQUIDATION_WATCH_LOOK, false);
    has = deleverage_look(exchange, row, walk->market, bankrupt) &&
          (state_position(&exchange->state, bankrupt->position)->quantity > 0) == (side == 1);
    liquidation_watch(exchange, LIQUIDATION_WATCH_LOOK, true);
    return has;
}

/* From `bankrupt` of the walk on, the first episode of the list that still has lots for this side and is not this
 * account's (0: anybody's). The head of the list goes on past those that have none. */
static enum deleverage_found deleverage_find(struct exchange *exchange, unsigned side, uint32_t account,
                                             struct bankrupt *bankrupt)
{
    struct deleverage *walk = deleverage_walk(exchange);

    while (walk->bankrupt != TABLE_NONE) {
        const uint32_t row = walk->bankrupt, next = state_episode(&exchange->state, row)->next;
        const bool due = state_episode(&exchange->state, row)->stage == EPISODE_DELEVERAGE;
        const bool own = due && deleverage_account(exchange, row) == account;

        /* The one after it comes while this one is looked at. */
        __builtin_prefetch(
            state_subaccount(&exchange->state, state_episode(&exchange->state, next)->subaccount));
        if (((due && !own) || row % DELEVERAGE_LOOKS == 0) && !tick_take_step(exchange))
            return FOUND_NO_STEPS;
        if (due && !own)
            tick_charge_steps(exchange, DELEVERAGE_LOOK);
        if (due && !own && deleverage_has_lots(exchange, row, side, bankrupt))
            return FOUND_ONE;
        if (!own && walk->episode[side] == row)
            walk->episode[side] = next;
        walk->bankrupt = next;
    }
    return FOUND_NONE;
}

/* The first one of all. */
static enum deleverage_found deleverage_find_first(struct exchange *exchange, unsigned side, struct bankrupt *bankrupt)
{
    struct deleverage *walk = deleverage_walk(exchange);
    enum deleverage_found found;

    walk->bankrupt = walk->episode[side];
    found = deleverage_find(exchange, side, 0, bankrupt);
    if (found == FOUND_NONE)
        walk->due[walk->market][side] = 0;
    return found;
}

static void deleverage_take(struct exchange *exchange, unsigned side, uint32_t rank, int64_t lots)
{
    struct deleverage *walk = deleverage_walk(exchange);
    int64_t *left = &walk->lots[side][rank];

    walk->part -= lots;
    walk->due[walk->market][side] -= lots;
    *left = *left > lots ? *left - lots : 0;
}

/* It could not deal with this one; false: enough have been asked. */
static bool deleverage_ask_next(struct exchange *exchange)
{
    struct deleverage *walk = deleverage_walk(exchange);

    walk->bankrupt = state_episode(&exchange->state, walk->bankrupt)->next;
    return ++walk->refused < DELEVERAGE_REFUSALS;
}

/* A position's part goes to one bankrupt after the other; false: not to the end in this round. */
static bool deleverage_position(struct exchange *exchange, uint32_t row)
{
    struct deleverage *walk = deleverage_walk(exchange);
    const struct position *position = state_position(&exchange->state, row);
    const unsigned side = position->quantity < 0;
    const uint32_t account = state_subaccount(&exchange->state, position->subaccount)->account;

    while (walk->part > 0 && deleverage_may_take(&exchange->state, row)) {
        struct bankrupt bankrupt;
        int64_t lots;

        if (!deleverage_make_room(exchange, row, walk->part))
            return false;
        switch (deleverage_find(exchange, side, account, &bankrupt)) {
        case FOUND_NO_STEPS:
            return false;
        case FOUND_NONE:
            walk->part = 0;
            if (walk->episode[side] == TABLE_NONE)
                walk->due[walk->market][side] = 0;
            return true;
        case FOUND_ONE:
            break;
        }
        liquidation_watch(exchange, LIQUIDATION_DELEVERAGE, false);
        lots = deleverage_deal(exchange, &bankrupt, row, walk->part);
        liquidation_watch(exchange, LIQUIDATION_DELEVERAGE, true);
        if (lots > 0)
            deleverage_take(exchange, side, position->rank, lots);
        else if (!deleverage_ask_next(exchange))
            break;
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
            walk->bankrupt = walk->episode[state_position(state, row)->quantity < 0];
            walk->refused = 0;
        } else if (walk->part == 0 && row % DELEVERAGE_LOOKS == 0 && !tick_take_step(exchange)) {
            return false;
        }
        if (!deleverage_position(exchange, row))
            return false;
        walk->at = state_position(state, row)->next_of_market;
        __builtin_prefetch(state_position(state, state_position(state, walk->at)->next_of_market));
        margin_fetch(state, state_position(state, walk->at)->subaccount, 0);
    }
    return true;
}

/* --- what nobody else takes --- */

/* Lots that are left, off a position of the other side: whose it is does not matter any more, nobody gains by them.
 * False: not in this round. */
static bool deleverage_give_rest(struct exchange *exchange, struct bankrupt *bankrupt, uint32_t row)
{
    struct deleverage *walk = deleverage_walk(exchange);
    const struct position *position = state_position(&exchange->state, row);
    const unsigned side = position->quantity < 0;
    int64_t *due = walk->due[walk->market];
    const int64_t lots = wide_smaller(wide_smaller(bankrupt->lots, state_lots(position)), due[side]);
    int64_t dealt;

    if (!deleverage_make_room(exchange, row, lots))
        return false;
    bankrupt->at_mark = true;
    liquidation_watch(exchange, LIQUIDATION_DELEVERAGE, false);
    dealt = deleverage_deal(exchange, bankrupt, row, lots);
    liquidation_watch(exchange, LIQUIDATION_DELEVERAGE, true);
    due[side] -= dealt;
    return true;
}

/* Bankrupts of both sides, while there are any; each is found in a step of its own. `part`: lots of the long one that
 * has been found. False: not through in this round. */
static bool deleverage_match(struct exchange *exchange)
{
    struct deleverage *walk = deleverage_walk(exchange);
    int64_t *due = walk->due[walk->market];

    while (due[0] > 0 && due[1] > 0) {
        const int64_t before = due[1];
        struct bankrupt longs, shorts;
        enum deleverage_found found = FOUND_ONE;

        if (walk->part == 0) {
            found = deleverage_find_first(exchange, 1, &longs);
            walk->part = found == FOUND_ONE ? longs.lots : 0;
        }
        if (found == FOUND_ONE)
            found = deleverage_find_first(exchange, 0, &shorts);
        if (found == FOUND_NO_STEPS)
            return false;
        walk->part = 0;
        if (found == FOUND_NONE || !deleverage_has_lots(exchange, walk->episode[1], 1, &longs))
            continue;
        if (!deleverage_give_rest(exchange, &longs, shorts.position))
            return false;
        due[0] = due[0] > before - due[1] ? due[0] - (before - due[1]) : 0;
    }
    return true;
}

/* The subaccount `sibling` of the account of the first bankrupt of a side; false: not in this round. */
static bool deleverage_sibling(struct exchange *exchange, unsigned side)
{
    const struct deleverage *walk = deleverage_walk(exchange);
    const struct state *state = &exchange->state;
    const uint32_t row = state_find_position(state, walk->sibling, walk->market);
    struct bankrupt bankrupt;

    if (!tick_take_step(exchange))
        return false;
    if (row == TABLE_NONE || state_position(state, row)->quantity == 0 ||
        (state_position(state, row)->quantity < 0) != (side == 1) ||
        !deleverage_has_lots(exchange, walk->episode[side], side, &bankrupt))
        return true;
    return deleverage_give_rest(exchange, &bankrupt, row);
}

/* Each bankrupt's own account; false: not through in this round. */
static bool deleverage_siblings(struct exchange *exchange, unsigned side)
{
    struct deleverage *walk = deleverage_walk(exchange);
    const struct state *state = &exchange->state;

    while (walk->due[walk->market][side] > 0) {
        struct bankrupt bankrupt;

        if (walk->sibling == TABLE_NONE) {
            const enum deleverage_found found = deleverage_find_first(exchange, side, &bankrupt);

            if (found != FOUND_ONE)
                return found == FOUND_NONE;
            walk->sibling = state_account(state, deleverage_account(exchange, bankrupt.episode))->subaccounts;
        }
        for (; walk->sibling != TABLE_NONE && walk->due[walk->market][side] > 0;
             walk->sibling = state_subaccount(state, walk->sibling)->next)
            if (!deleverage_sibling(exchange, side))
                return false;
        walk->episode[side] = state_episode(state, walk->episode[side])->next;
        walk->sibling = TABLE_NONE;
    }
    return true;
}

static bool deleverage_rest(struct exchange *exchange)
{
    return deleverage_match(exchange) && deleverage_siblings(exchange, 0) && deleverage_siblings(exchange, 1);
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
        more = deleverage_share_out(exchange) || deleverage_begin_rest(exchange);
        break;
    case DELEVERAGE_SHARE: /* a tick between two batches may have frozen the market */
        if (rank_is_ready(state_market(&exchange->state, walk->market))) {
            if (!deleverage_share(exchange))
                return false;
            deleverage_end_side(walk, 0);
            deleverage_end_side(walk, 1);
            more = deleverage_share_out(exchange) || deleverage_begin_rest(exchange);
        }
        break;
    case DELEVERAGE_REST:
        if (rank_is_ready(state_market(&exchange->state, walk->market)) && !deleverage_rest(exchange))
            return false;
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
