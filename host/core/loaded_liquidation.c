/* Liquidation in a state that came from a file: every number that something follows is one that can be followed. */
#include <string.h>

#include "liquidation_parts.h"
#include "loaded.h"
#include "settings.h"

/* --- parameters and the machine --- */

static bool loaded_rules_are_set(const struct state *state)
{
    static const struct liquidation_rules none;
    const struct input_liquidation_rules input = settings_liquidation(state);

    return memcmp(&state->t->liquidation, &none, sizeof none) == 0 || liquidation_rules_are_sound(&input);
}

static bool loaded_is_episode(const struct state *state, uint32_t row)
{
    return row == TABLE_NONE || (loaded_is_row(&state->episodes, row) && state_episode(state, row)->number != 0);
}

/* Where the stage under way goes on. */
static bool loaded_machine_is_sound(const struct state *state)
{
    const struct totals *totals = state->t;

    switch ((enum liquidation_stage)totals->liquidation_stage) {
    case LIQUIDATION_DETECT:
        return loaded_is_row(&state->subaccounts, totals->liquidation_at);
    case LIQUIDATION_PLAN:
    case LIQUIDATION_SEND:
    case LIQUIDATION_HAND_OVER:
        return loaded_is_episode(state, totals->liquidation_at);
    case LIQUIDATION_IDLE:
    case LIQUIDATION_DELEVERAGE:
    case LIQUIDATION_TURN:
        return totals->liquidation_at == TABLE_NONE;
    }
    return false;
}

/* --- deleveraging --- */

static bool loaded_due_is_sound(const struct state *state, const struct deleverage *deleverage)
{
    for (uint32_t market = 0; market <= LIMIT_MARKETS; market++)
        for (unsigned side = 0; side < 2; side++)
            if (deleverage->due[market][side] < 0 ||
                (deleverage->due[market][side] > 0 && (market == 0 || market >= state->markets.used ||
                                                       state_market(state, market)->kind != MARKET_PERPETUAL)))
                return false;
    return true;
}

static bool loaded_side_is_sound(const struct deleverage *deleverage, unsigned side)
{
    for (unsigned rank = 0; rank < LIMIT_RANKS; rank++)
        if (deleverage->lots[side][rank] < 0)
            return false;
    return deleverage->rank[side] <= LIMIT_RANKS && deleverage->rank_before[side] <= LIMIT_RANKS &&
           deleverage->share[side] >= 0 && deleverage->share[side] <= deleverage->total[side] &&
           deleverage->running[side] >= 0 && deleverage->running[side] <= deleverage->total[side];
}

/* What `at` names: an episode that is gathered, or a position of the market. */
static bool loaded_deleverage_is_at(const struct state *state)
{
    const struct deleverage *deleverage = &state->t->deleverage;
    const uint32_t at = deleverage->at;

    switch ((enum deleverage_stage)deleverage->stage) {
    case DELEVERAGE_IDLE:
        return true;
    case DELEVERAGE_GATHER:
        return loaded_is_episode(state, at);
    case DELEVERAGE_REST:
        return deleverage->market != TABLE_NONE && at == TABLE_NONE;
    case DELEVERAGE_COUNT:
    case DELEVERAGE_SHARE:
    case DELEVERAGE_RANK:
        return deleverage->market != TABLE_NONE && loaded_is_row(&state->positions, at) &&
               (at == TABLE_NONE || state_position(state, at)->market == deleverage->market);
    }
    return false;
}

static bool loaded_deleverage_is_sound(const struct state *state)
{
    const struct deleverage *deleverage = &state->t->deleverage;

    return loaded_is_row(&state->markets, deleverage->market) &&
           (deleverage->market == TABLE_NONE ||
            state_market(state, deleverage->market)->kind == MARKET_PERPETUAL) &&
           loaded_is_row(&state->markets, deleverage->ranked) && deleverage->mark <= CARD_FIXED_MAX &&
           deleverage->part >= 0 && loaded_is_episode(state, deleverage->episode[0]) &&
           loaded_is_episode(state, deleverage->episode[1]) && loaded_is_episode(state, deleverage->bankrupt) &&
           loaded_is_row(&state->subaccounts, deleverage->sibling) && deleverage->reserved == 0 &&
           loaded_side_is_sound(deleverage, 0) &&
           loaded_side_is_sound(deleverage, 1) && loaded_due_is_sound(state, deleverage) &&
           loaded_deleverage_is_at(state);
}

static bool loaded_turn_is_sound(const struct state *state)
{
    const struct turn *turn = &state->t->turn;

    return turn->under_way <= 1 && loaded_is_episode(state, turn->episode) &&
           loaded_is_row(&state->assets, turn->asset) && loaded_is_row(&state->balances, turn->at) &&
           (!turn->under_way || (turn->asset != TABLE_NONE && turn->asset != state_settlement(state) &&
                                 state_pool(state, turn->asset)->set && turn->index > 0)) &&
           (turn->at == TABLE_NONE || turn->shares > 0) && turn->index <= INT64_MAX && turn->units >= 0 &&
           turn->turned >= 0 && turn->turned <= turn->units && turn->own_turned >= 0 &&
           turn->own_turned <= turn->turned && turn->own_paid >= 0 && turn->shares >= 0 && turn->running >= 0 &&
           turn->running <= turn->shares && turn->part >= 0 && turn->part <= turn->units - turn->turned;
}

/* --- rows --- */

/* The row of a calm slice is its own, as is what is being unwound of balances. */
static bool loaded_item_is_own(const struct state *state, const struct episode *episode)
{
    const uint32_t row = episode->row;

    if (episode->balance != TABLE_NONE &&
        (!loaded_is_row(&state->balances, episode->balance) ||
         state_balance(state, episode->balance)->subaccount != episode->subaccount))
        return false;
    switch ((enum item_kind)episode->item) {
    case ITEM_NONE:
        return episode->stage != EPISODE_SLICE;
    case ITEM_POSITION:
        return row != TABLE_NONE && loaded_is_row(&state->positions, row) &&
               state_position(state, row)->subaccount == episode->subaccount;
    case ITEM_BORROW:
    case ITEM_COIN:
        return row != TABLE_NONE && loaded_is_row(&state->balances, row) &&
               state_balance(state, row)->subaccount == episode->subaccount;
    }
    return false;
}

static bool loaded_episode_is_sound(const struct state *state, const struct episode *episode)
{
    const uint32_t at = episode->hand_over_at;

    if (at != TABLE_NONE &&
        (!loaded_is_row(&state->positions, at) || state_position(state, at)->subaccount != episode->subaccount))
        return false;
    return loaded_is_past(state, episode->begun_ns) && loaded_is_past(state, episode->step_ns) &&
           loaded_is_past(state, episode->ill_ns) && loaded_is_past(state, episode->stirred_ns) &&
           episode->orders == 0 && episode->book >= 0 && episode->backstop >= 0 && episode->deleveraged >= 0 &&
           episode->fees >= 0 && episode->maintenance >= 0 && episode->notional >= 0 &&
           episode->stage <= EPISODE_DELEVERAGE && episode->urgent <= 1 && episode->stopped <= 1 &&
           episode->want >= 0 && episode->want <= (int64_t)CARD_QUANTITY_MAX && episode->balance_units >= 0 &&
           episode->turn_units >= 0 && loaded_item_is_own(state, episode);
}

static void loaded_check_episodes(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->episodes.used && exchange->status == EXCHANGE_OK; row++) {
        const struct episode *episode = state_episode(state, row);

        if (episode->number == 0) /* free */
            continue;
        if (episode->subaccount < SYSTEM_SUBACCOUNTS || !loaded_is_row(&state->subaccounts, episode->subaccount))
            loaded_bad(exchange, &state->episodes, row, "subaccount", episode->subaccount);
        else if (!loaded_is_row(&state->episodes, episode->next) || !loaded_is_row(&state->episodes, episode->prev))
            loaded_bad(exchange, &state->episodes, row, "next", episode->next);
        else if (!loaded_episode_is_sound(state, episode))
            loaded_bad(exchange, &state->episodes, row, "a number; stage", episode->stage);
    }
}

static void loaded_check_commitments(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->commitments.used && exchange->status == EXCHANGE_OK; row++) {
        const struct commitment *commitment = state_commitment(state, row);

        if (commitment->market == TABLE_NONE) /* free */
            continue;
        if (!loaded_is_row(&state->markets, commitment->market) ||
            !loaded_is_row(&state->subaccounts, commitment->subaccount))
            loaded_bad(exchange, &state->commitments, row, "market or subaccount", commitment->market);
        else if (!loaded_is_row(&state->commitments, commitment->next) ||
                 !loaded_is_row(&state->commitments, commitment->next_of_market))
            loaded_bad(exchange, &state->commitments, row, "next", commitment->next);
        else if (commitment->lower_ns > INT64_MAX)
            loaded_bad(exchange, &state->commitments, row, "lower_ns", commitment->lower_ns);
    }
}

/* Where lists of them begin. */
static void loaded_check_heads(struct exchange *exchange)
{
    const struct state *state = &exchange->state;

    for (uint32_t row = 1; row < state->subaccounts.used && exchange->status == EXCHANGE_OK; row++) {
        const struct subaccount *subaccount = state_subaccount(state, row);

        if (!loaded_is_row(&state->episodes, subaccount->episode) ||
            !loaded_is_row(&state->commitments, subaccount->commitments))
            loaded_bad(exchange, &state->subaccounts, row, "episode", subaccount->episode);
    }
    for (uint32_t row = 1; row < state->markets.used && exchange->status == EXCHANGE_OK; row++)
        if (!loaded_is_row(&state->commitments, state_market(state, row)->commitments))
            loaded_bad(exchange, &state->markets, row, "commitments", state_market(state, row)->commitments);
        else if (!loaded_is_past(state, state_unwind(state, row)->step_ns[0]) ||
                 !loaded_is_past(state, state_unwind(state, row)->step_ns[1]))
            loaded_bad(exchange, &state->unwinds, row, "step_ns", state_unwind(state, row)->step_ns[0]);
    for (uint32_t row = 1; row < state->accounts.used && exchange->status == EXCHANGE_OK; row++)
        if (!loaded_is_row(&state->users, state_account(state, row)->users))
            loaded_bad(exchange, &state->accounts, row, "users", state_account(state, row)->users);
    for (uint32_t row = 1; row < state->users.used && exchange->status == EXCHANGE_OK; row++)
        if (!loaded_is_row(&state->users, state_user(state, row)->next_of_account))
            loaded_bad(exchange, &state->users, row, "next_of_account", state_user(state, row)->next_of_account);
}

void loaded_check_liquidation(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    const struct totals *totals = state->t;

    if (!loaded_rules_are_set(state))
        loaded_bad(exchange, &state->totals, 1, "a parameter of liquidation; policy", totals->liquidation.policy);
    if (!loaded_is_episode(state, totals->episodes) || !loaded_is_episode(state, totals->episodes_last) ||
        totals->liquidation_round > totals->round || totals->claims_fallen < 0 || totals->episodes_made == UINT64_MAX)
        loaded_bad(exchange, &state->totals, 1, "episodes", totals->episodes);
    if (totals->detections_full > LIQUIDATION_FULL || totals->crossings > LIQUIDATION_CROSSINGS)
        loaded_bad(exchange, &state->totals, 1, "detections_full or crossings", totals->detections_full);
    if (!loaded_machine_is_sound(state))
        loaded_bad(exchange, &state->totals, 1, "liquidation_at", totals->liquidation_at);
    if (!loaded_deleverage_is_sound(state))
        loaded_bad(exchange, &state->totals, 1, "a number of deleveraging; stage", totals->deleverage.stage);
    if (!loaded_turn_is_sound(state))
        loaded_bad(exchange, &state->totals, 1, "a number of turned lend; asset", totals->turn.asset);
    loaded_check_heads(exchange);
    loaded_check_episodes(exchange);
    loaded_check_commitments(exchange);
}
