/* Who is liquidated and who is not, by a full scan where detection has just passed; and what the exchange's own
 * subaccounts do, by every entry of the ledger. */
#include "liquidation.h"
#include "neutral_parts.h"

enum { NEUTRAL_TICKS_LATE = 600 }; /* without a pass of detection over everybody */

/* --- entries --- */

static bool neutral_accounts_is_system(uint32_t subaccount)
{
    return subaccount < SYSTEM_SUBACCOUNTS;
}

static bool neutral_accounts_in_trouble(const struct neutral *neutral, uint32_t subaccount)
{
    return !neutral_accounts_is_system(subaccount) && liquidation_has_begun(neutral->state, subaccount);
}

/* Which of the exchange's own subaccounts a kind may concern: bits by enum system_subaccount. */
static uint32_t neutral_accounts_may(enum entry_kind kind)
{
    switch (kind) {
    case ENTRY_TRADE_BASE: case ENTRY_TRADE_QUOTE: case ENTRY_POSITION: case ENTRY_COST: case ENTRY_BACKSTOP_LOTS:
    case ENTRY_BACKSTOP_COST: case ENTRY_DELEVERAGED_LOTS: case ENTRY_DELEVERAGED_COST: case ENTRY_TURNED:
        return 0;
    case ENTRY_LEND: case ENTRY_BORROW: case ENTRY_BORROWED_SHARES:
        return 1u << SYSTEM_POOL;
    case ENTRY_FEE: case ENTRY_COST_FEE:
        return 1u << SYSTEM_FEES;
    case ENTRY_DELISTED_LOTS:
        return 1u << SYSTEM_RESIDUE;
    case ENTRY_LIQUIDATION_FEE: case ENTRY_FUND_TOPPED_UP:
        return 1u << SYSTEM_FUND;
    default:
        return UINT32_MAX;
    }
}

static void neutral_accounts_system(struct neutral *neutral, const struct ledger_entry *entry)
{
    const uint32_t may = neutral_accounts_may((enum entry_kind)entry->kind);
    const uint32_t ends[2] = { entry->from, entry->to };

    for (unsigned i = 0; i < 2; i++)
        if (neutral_accounts_is_system(ends[i]) && !(may >> ends[i] & 1))
            neutral_find(neutral, NEUTRAL_SYSTEM, ends[i], "the exchange's own subaccount %u has an entry '%s' of %ld",
                         ends[i], ledger_entry_text(entry->kind), (long)entry->amount);
}

/* At most the rule's part of the fill's notional; the rest of the bound depends on margins before the fill. */
static void neutral_accounts_fee(struct neutral *neutral, const struct ledger_entry *entry)
{
    const wide most = wide_divide_up(neutral->fill_notional * 256 * neutral->state->t->liquidation.fee, 1000000);

    if (entry->amount > most)
        neutral_find(neutral, NEUTRAL_FEE, entry->to, "a liquidation fee of %ld where the rules allow %ld at most",
                     (long)entry->amount, (long)most);
}

void neutral_accounts_entry(struct neutral *neutral, const struct ledger_entry *entry)
{
    const bool from = neutral_accounts_in_trouble(neutral, entry->from);
    const bool to = neutral_accounts_in_trouble(neutral, entry->to);
    bool right = true;

    neutral_accounts_system(neutral, entry);
    switch ((enum entry_kind)entry->kind) {
    case ENTRY_LIQUIDATION_FEE:
        neutral_accounts_fee(neutral, entry);
        right = to;
        break;
    case ENTRY_FUND_TOPPED_UP:
        right = to;
        break;
    case ENTRY_TURNED:
        right = from;
        break;
    case ENTRY_BACKSTOP_LOTS: case ENTRY_BACKSTOP_COST: case ENTRY_DELEVERAGED_LOTS: case ENTRY_DELEVERAGED_COST:
        right = from != to; /* the other one is not in trouble itself */
        break;
    default:
        break;
    }
    if (!right)
        neutral_find(neutral, NEUTRAL_LIQUIDATION, neutral_accounts_is_system(entry->from) ? entry->to : entry->from,
                     "'%s' of %ld between subaccounts %u and %u, %s being liquidated", ledger_entry_text(entry->kind),
                     (long)entry->amount, entry->from, entry->to, from && to ? "both" : "none");
}

/* --- detection --- */

/* An episode that began in this pass. */
static bool neutral_accounts_is_new(const struct neutral *neutral, const struct subaccount *subaccount)
{
    return subaccount->episode != TABLE_NONE &&
           state_episode(neutral->state, subaccount->episode)->number > neutral->episodes_seen;
}

/* The first open market that a coin can be sold in takes what is free of it. */
static bool neutral_accounts_can_sell(const struct state *state, const struct balance *balance)
{
    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);
        const wide least = market->quantity_min > 1 ? market->quantity_min : 1;

        if (market->kind == MARKET_SPOT && market->base_asset == balance->asset && market->state == CARD_STATE_OPEN &&
            market->quote_asset == state_settlement(state))
            return balance->amount - balance->locked >= least * (wide)market->lot_units;
    }
    return false;
}

/* An episode needs something that can be unwound: a position, a coin that is owed, a coin that can be sold. */
static bool neutral_accounts_can_unwind(const struct state *state, const struct subaccount *owner)
{
    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next)
        if (state_position(state, row)->quantity != 0)
            return true;
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);

        if (balance->asset != state_settlement(state) &&
            (balance->borrowed > 0 || (owner->debt == 0 && neutral_accounts_can_sell(state, balance))))
            return true;
    }
    return false;
}

static void neutral_accounts_look(struct neutral *neutral, uint32_t row)
{
    const struct state *state = neutral->state;
    const struct subaccount *subaccount = state_subaccount(state, row);
    struct margin_view view;
    const char *wrong = NULL;

    margin_compute_maintenance(state, row, &view);
    neutral->counts.accounts++;
    if (view.maintenance > 0 && view.equity <= view.maintenance) {
        neutral->counts.troubled++;
        if (subaccount->episode == TABLE_NONE && (table_full(&state->episodes) || table_full(&state->jobs)))
            neutral->counts.waiting++;
        else if (subaccount->episode == TABLE_NONE && neutral_accounts_can_unwind(state, subaccount))
            wrong = "is at or below maintenance, and detection has passed it by";
    } else if (neutral_accounts_is_new(neutral, subaccount)) {
        wrong = "is above maintenance, and its liquidation has begun";
    }
    if (wrong != NULL)
        neutral_find(neutral, NEUTRAL_LIQUIDATION, row, "subaccount %u %s: equity %ld, maintenance margin %ld (units)",
                     row, wrong, (long)margin_units(view.equity),
                     (long)wide_narrow(wide_divide_up(view.maintenance, 256)));
}

/* Lots are the residue's alone, of markets that are settled for good. */
static void neutral_accounts_lots(struct neutral *neutral)
{
    const struct state *state = neutral->state;

    for (uint32_t row = 1; row < SYSTEM_SUBACCOUNTS; row++)
        for (uint32_t at = state_subaccount(state, row)->positions; at != TABLE_NONE;
             at = state_position(state, at)->next) {
            const struct position *position = state_position(state, at);
            const uint32_t orders = state_position_detail(state, at)->order_count;

            if (orders > 0 ||
                (position->quantity != 0 &&
                 (row != SYSTEM_RESIDUE || !(state_market(state, position->market)->flags & MARKET_DELISTED))))
                neutral_find(neutral, NEUTRAL_SYSTEM, row,
                             "the exchange's own subaccount %u has %ld lots and %u orders in market %u", row,
                             (long)position->quantity, orders, position->market);
        }
}

void neutral_accounts_detected(struct neutral *neutral, uint32_t from, uint32_t to)
{
    const struct state *state = neutral->state;
    const uint32_t end = to == TABLE_NONE ? state->subaccounts.used : to;

    for (uint32_t row = from < SYSTEM_SUBACCOUNTS ? SYSTEM_SUBACCOUNTS : from; row < end; row++)
        neutral_accounts_look(neutral, row);
    neutral->counts.episodes += state->t->episodes_made - neutral->episodes_seen;
    neutral->episodes_seen = state->t->episodes_made;
    if (to == TABLE_NONE) {
        neutral->counts.detections++;
        neutral->ticks_late = 0;
    }
}

void neutral_accounts_end_batch(struct neutral *neutral)
{
    const struct totals *totals = neutral->state->t;

    if (totals->next_tick == neutral->tick_seen)
        return;
    neutral->tick_seen = totals->next_tick;
    neutral->counts.ticks++;
    neutral_accounts_lots(neutral);
    if (totals->liquidation.policy == 0) {
        neutral->ticks_late = 0;
    } else if (++neutral->ticks_late == NEUTRAL_TICKS_LATE) {
        neutral_find(neutral, NEUTRAL_LIQUIDATION, 0, "%u ticks without a pass of detection", NEUTRAL_TICKS_LATE);
        neutral->ticks_late = 0;
    }
}
