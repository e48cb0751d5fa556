/* What liquidation keeps in lists: episodes, what providers have committed, whom an account's users are; and that its
 * running sums can be what they are. */
#include "recount.h"

/* --- episodes --- */

/* In the order of their numbers; each is its subaccount's. */
static bool liquidation_walk(const struct recount *recount)
{
    const struct state *state = recount->state;
    const struct totals *totals = state->t;
    uint32_t row = totals->episodes, last = TABLE_NONE;
    uint64_t count = 0, number = 0;

    while (row != TABLE_NONE) {
        const struct episode *episode = state_episode(state, row < state->episodes.used ? row : 0);

        if (!recount_is_row(&state->episodes, row) || ++count > state->episodes.live || episode->prev != last ||
            episode->number <= number || episode->number > totals->episodes_made)
            return recount_wrong(recount->violation, &state->episodes, row, "in the list: number %llu, behind %u",
                                 (unsigned long long)episode->number, last);
        if (!recount_is_row(&state->subaccounts, episode->subaccount) ||
            state_subaccount(state, episode->subaccount)->episode != row)
            return recount_wrong(recount->violation, &state->episodes, row, "is not subaccount %u's",
                                 episode->subaccount);
        number = episode->number;
        last = row;
        row = episode->next;
    }
    if (last != totals->episodes_last || count != state->episodes.live)
        return recount_wrong(recount->violation, &state->totals, 1, "episodes: %llu up to %u listed, %u up to %u kept",
                             (unsigned long long)count, last, state->episodes.live, totals->episodes_last);
    return true;
}

static bool liquidation_episodes(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t count = 0;

    if (!liquidation_walk(recount))
        return false;
    for (uint32_t row = 1; row < state->subaccounts.used; row++)
        count += state_subaccount(state, row)->episode != TABLE_NONE;
    if (count != state->episodes.live)
        return recount_wrong(recount->violation, &state->episodes, 0, "%u rows, subaccounts name %llu",
                             state->episodes.live, (unsigned long long)count);
    return true;
}

/* --- commitments --- */

static bool liquidation_commitment(const struct recount *recount, uint32_t row)
{
    const struct state *state = recount->state;
    const struct commitment *commitment = state_commitment(state, row);
    const bool notice = commitment->lower_ns != 0;

    if (commitment->capacity < 1 || commitment->capacity > LIMIT_NOTIONAL_UNITS || commitment->taken < 0)
        return recount_wrong(recount->violation, &state->commitments, row, "capacity %lld, taken %lld",
                             (long long)commitment->capacity, (long long)commitment->taken);
    if (commitment->lower < 0 || (notice ? commitment->lower >= commitment->capacity : commitment->lower != 0))
        return recount_wrong(recount->violation, &state->commitments, row, "falls from %lld to %lld",
                             (long long)commitment->capacity, (long long)commitment->lower);
    return true;
}

/* Of clients alone, at most one in a market. */
static bool liquidation_commitments_of(const struct recount *recount, uint32_t subaccount, uint64_t *count)
{
    const struct state *state = recount->state;
    uint64_t seen[LIMIT_MARKETS / 64 + 1] = {0};

    for (uint32_t row = state_subaccount(state, subaccount)->commitments; row != TABLE_NONE;
         row = state_commitment(state, row)->next) {
        const struct commitment *commitment = state_commitment(state, row < state->commitments.used ? row : 0);
        const uint32_t market = commitment->market;

        if (!recount_is_row(&state->commitments, row) || ++*count > state->commitments.live ||
            subaccount < SYSTEM_SUBACCOUNTS || commitment->subaccount != subaccount ||
            !recount_is_row(&state->markets, market) || state_market(state, market)->kind != MARKET_PERPETUAL)
            return recount_wrong(recount->violation, &state->subaccounts, subaccount, "leads to commitment %u", row);
        if (seen[market / 64] >> (market % 64) & 1)
            return recount_wrong(recount->violation, &state->commitments, row, "second one in market %u", market);
        seen[market / 64] |= UINT64_C(1) << (market % 64);
        if (!liquidation_commitment(recount, row))
            return false;
    }
    return true;
}

static bool liquidation_providers(const struct recount *recount, uint32_t market, uint64_t *count)
{
    const struct state *state = recount->state;
    uint32_t providers = 0;

    for (uint32_t row = state_market(state, market)->commitments; row != TABLE_NONE;
         row = state_commitment(state, row)->next_of_market)
        if (!recount_is_row(&state->commitments, row) || ++providers > LIMIT_PROVIDERS ||
            state_commitment(state, row)->market != market)
            return recount_wrong(recount->violation, &state->markets, market, "leads to commitment %u, number %u", row,
                                 providers);
    *count += providers;
    return true;
}

static bool liquidation_commitments(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t own = 0, in_markets = 0;

    for (uint32_t row = 1; row < state->subaccounts.used; row++)
        if (!liquidation_commitments_of(recount, row, &own))
            return false;
    for (uint32_t row = 1; row < state->markets.used; row++)
        if (!liquidation_providers(recount, row, &in_markets))
            return false;
    if (own != state->commitments.live || in_markets != own)
        return recount_wrong(recount->violation, &state->commitments, 0, "%u rows, %llu by subaccount, %llu by market",
                             state->commitments.live, (unsigned long long)own, (unsigned long long)in_markets);
    return true;
}

/* --- users --- */

static bool liquidation_users(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t count = 0;

    for (uint32_t account = 1; account < state->accounts.used; account++) {
        uint32_t users = 0;

        for (uint32_t row = state_account(state, account)->users; row != TABLE_NONE;
             row = state_user(state, row)->next_of_account)
            if (!recount_is_row(&state->users, row) || state_user(state, row)->account != account ||
                ++users > LIMIT_USERS_PER_ACCOUNT)
                return recount_wrong(recount->violation, &state->accounts, account, "leads to user %u", row);
        count += users;
    }
    if (count != state->users.live)
        return recount_wrong(recount->violation, &state->users, 0, "%u rows, accounts list %llu", state->users.live,
                             (unsigned long long)count);
    return true;
}

/* --- what is known of markets --- */

static bool liquidation_tally_is_sound(const struct tally *tally)
{
    return tally->book >= 0 && tally->backstop >= 0 && tally->deleveraged >= 0 && tally->fees >= 0 &&
           tally->topped_up >= 0;
}

static bool liquidation_side_is_sound(const struct unwind *unwind, unsigned side)
{
    for (unsigned i = 0; i < LIMIT_DEPTH_SAMPLES; i++)
        if (unwind->depth[side][i] < 0)
            return false;
    for (unsigned i = 0; i < 4; i++)
        if (unwind->quintile[side][i] > LIMIT_RANKS || (i > 0 && unwind->quintile[side][i] <
                                                                     unwind->quintile[side][i - 1]))
            return false;
    return unwind->first_depth[side] >= 0 && unwind->wanted[side] >= 0 && unwind->budget[side] >= 0 &&
           unwind->running[side] >= 0 && unwind->running[side] <= unwind->wanted[side];
}

static bool liquidation_unwinds(const struct recount *recount)
{
    const struct state *state = recount->state;

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct unwind *unwind = state_unwind(state, row);

        if (!liquidation_side_is_sound(unwind, CARD_SIDE_BUY) || !liquidation_side_is_sound(unwind, CARD_SIDE_SELL) ||
            !liquidation_tally_is_sound(&unwind->tally))
            return recount_wrong(recount->violation, &state->unwinds, row, "a sum below 0; depth count %u",
                                 unwind->depth_count);
    }
    return true;
}

bool recount_liquidation(const struct recount *recount)
{
    return liquidation_episodes(recount) && liquidation_commitments(recount) && liquidation_users(recount) &&
           liquidation_unwinds(recount);
}
