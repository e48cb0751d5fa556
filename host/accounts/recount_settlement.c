/* The obligations of a settlement: who is owed what by whom, and that it is all there (docs/money.md). */
#include "recount.h"

static bool settlement_wrong(const struct recount *recount, const char *what, wide value, wide wanted)
{
    return recount_wrong(recount->violation, &recount->state->totals, 1, "%s %lld, not %lld", what, (long long)value,
                         (long long)wanted);
}

/* A subaccount's debt is that of its positions; nobody has a debt and a claim; custody has minus what all others
 * have. */
static bool settlement_count(const struct recount *recount)
{
    const struct state *state = recount->state;
    wide credits = 0, claims = 0, debts = 0;

    for (uint32_t row = 1; row < state->subaccounts.used; row++) {
        const struct subaccount *subaccount = state_subaccount(state, row);
        wide debt = 0;

        credits += subaccount->credit;
        claims += subaccount->claim;
        debts += subaccount->debt;
        if (row == SYSTEM_CUSTODY)
            continue;
        if (subaccount->credit < 0 || subaccount->claim < 0 || subaccount->debt < 0 ||
            (subaccount->claim > 0 && subaccount->debt > 0))
            return recount_wrong(recount->violation, &state->subaccounts, row, "credit %lld, claim %lld, debt %lld",
                                 (long long)subaccount->credit, (long long)subaccount->claim,
                                 (long long)subaccount->debt);
        if ((subaccount->claim > 0) != ((subaccount->flags & SUBACCOUNT_CLAIMANT) != 0))
            return recount_wrong(recount->violation, &state->subaccounts, row, "claim %lld, flags %u",
                                 (long long)subaccount->claim, subaccount->flags);
        for (uint32_t position = subaccount->positions; position != TABLE_NONE;
             position = state_position(state, position)->next) {
            if (state_position(state, position)->debt < 0)
                return recount_wrong(recount->violation, &state->positions, position, "debt %lld",
                                     (long long)state_position(state, position)->debt);
            debt += state_position(state, position)->debt;
        }
        if (debt != subaccount->debt)
            return recount_wrong(recount->violation, &state->subaccounts, row, "debt %lld, positions say %lld",
                                 (long long)subaccount->debt, (long long)debt);
    }
    if (credits != 0 || claims != 0 || debts != 0)
        return recount_wrong(recount->violation, &state->subaccounts, 0,
                             "credits, claims, debts sum to %lld, %lld, %lld", (long long)credits,
                             (long long)claims, (long long)debts);
    return true;
}

/* Claims that winners of the pass under way have not got yet, less those that are on their way out. */
static wide settlement_claims_due(const struct totals *totals)
{
    switch ((enum settlement_stage)totals->pass_stage) {
    case SETTLEMENT_IDLE:
        return 0;
    case SETTLEMENT_REALISE:
        return totals->pass_short;
    case SETTLEMENT_PAY: /* credits so far, less what was paid of them */
        return (wide)totals->pass_short - (totals->pass_run[0] - totals->pass_run[1]);
    case SETTLEMENT_CLAIMS: /* paid and fallen so far */
        return (wide)totals->pass_run[1] + totals->pass_run[2];
    }
    return 0;
}

/* Quote units x 256 that residue's positions have cost, of perpetuals, less what the lots it took over are worth. A
 * row from a file may say anything: modulo 2^128. */
static bool settlement_residue_cost(const struct recount *recount, uwide *cost)
{
    const struct state *state = recount->state;

    *cost = 0;
    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);
        const struct position *position;

        if (!recount_is_row(&state->positions, market->residue_position) ||
            state_position(state, market->residue_position)->subaccount != SYSTEM_RESIDUE ||
            state_position(state, market->residue_position)->market != row)
            return recount_wrong(recount->violation, &state->markets, row, "residue position %u",
                                 market->residue_position);
        position = state_position(state, market->residue_position);
        if (market->kind == MARKET_PERPETUAL)
            *cost += (uwide)(wide)position->entry_cost - (uwide)(wide)position->quantity * market->final_price *
                                                             market->tick_lot_units;
    }
    return true;
}

/* What residue has taken in for entry costs: cash, lend shares at face, debts; what of it belongs to others: claims and
 * credits. Its own claim and debt are not the others'. */
static bool settlement_residue(const struct recount *recount)
{
    const struct state *state = recount->state;
    const struct totals *totals = state->t;
    const uint32_t balance = state_find_balance(state, SYSTEM_RESIDUE, state_settlement(state));
    const wide claims = state_claims(state), due = settlement_claims_due(totals);
    uwide cost;
    wide has = (wide)totals->pass_lent - claims - state_credits(state) + state_debts(state) + totals->written +
               state_subaccount(state, SYSTEM_RESIDUE)->claim - state_subaccount(state, SYSTEM_RESIDUE)->debt;

    if (claims + due != (wide)state_debts(state) + totals->recovered + totals->written)
        return settlement_wrong(recount, "claims and those due", claims + due,
                                (wide)state_debts(state) + totals->recovered + totals->written);
    if (totals->pass_stage >= SETTLEMENT_PAY) /* lend shares given out; claims fallen */
        has -= totals->pass_run[2];
    if (balance != TABLE_NONE)
        has += state_balance(state, balance)->amount;
    if (!settlement_residue_cost(recount, &cost))
        return false;
    if ((uwide)has * 256 != cost + (uwide)totals->rounding)
        return settlement_wrong(recount, "residue's entry costs and rounding, / 256,",
                                (wide)(cost + (uwide)totals->rounding) / 256, has);
    return true;
}

bool recount_settlement(const struct recount *recount)
{
    if (!settlement_count(recount))
        return false;
    return state_settlement(recount->state) == TABLE_NONE || settlement_residue(recount);
}
