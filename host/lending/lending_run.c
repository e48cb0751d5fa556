/* What lending does by itself: repays, then lends what is idle, where the flags of a subaccount ask for it. */
#include "lending.h"
#include "liquidation.h"
#include "settlement.h"

static bool run_can_lend(const struct state *state, uint32_t asset)
{
    return state_pool(state, asset)->set && state_asset(state, asset)->flags & ASSET_CAN_LEND;
}

/* Repaying comes first, and nothing is lent while a borrow of the asset is left: borrowed money never is. What a
 * debtor has goes to its debt; who is being liquidated needs what there is. */
static void run_balance(struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const struct balance *balance = state_balance(state, row);
    const uint32_t subaccount = balance->subaccount, flags = state_subaccount(state, subaccount)->flags;
    int64_t free;

    settlement_touch(exchange, subaccount);
    if (flags & SUBACCOUNT_AUTO_REPAY)
        lending_repay(&exchange->ledger, subaccount, balance->asset, INT64_MAX);
    free = ledger_free(&exchange->state, subaccount, balance->asset);
    if (flags & SUBACCOUNT_AUTO_LEND && balance->borrowed == 0 && free > 0 && run_can_lend(state, balance->asset) &&
        !settlement_is_debtor(state, subaccount) && !liquidation_has_begun(state, subaccount))
        lending_lend(&exchange->ledger, subaccount, balance->asset, free);
}

static uint32_t run_take(struct state *state)
{
    const uint32_t row = state->t->idle_work;
    struct balance *balance = state_balance(state, row);

    state->t->idle_work = balance->next_idle == row ? TABLE_NONE : balance->next_idle;
    balance->next_idle = TABLE_NONE;
    return row;
}

/* Money of the settlement asset may not go into its pool in the middle of a pass. */
static void run_idle(struct exchange *exchange)
{
    struct state *state = &exchange->state;

    while (state->t->idle_work != TABLE_NONE && tick_take_step(exchange)) {
        const uint32_t row = run_take(state);

        if (settlement_under_way(state) && state_balance(state, row)->asset == state_settlement(state))
            ledger_list_balance(&exchange->ledger, row);
        else
            run_balance(exchange, row);
    }
}

/* Shares of a pool whose index fell to 0 are worth nothing, and go; whoever had something to lend before this was
 * possible is found. */
static void run_scan_row(struct exchange *exchange, uint32_t row)
{
    struct state *state = &exchange->state;
    const struct balance *balance = state_balance(state, row);
    const struct pool *pool = state_pool(state, balance->asset);

    if (balance->subaccount == TABLE_NONE)
        return;
    if (pool->lent == 0 && balance->lent > 0)
        ledger_move_shares(&exchange->ledger, ENTRY_LENT_SHARES, balance->asset, balance->subaccount, SYSTEM_POOL,
                           balance->lent);
    ledger_list_balance(&exchange->ledger, row);
}

static void run_scan(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    while (totals->lending_scan != 0 && tick_take_step(exchange)) {
        if (totals->lending_scan >= exchange->state.balances.used) {
            totals->lending_scan = 0;
            return;
        }
        run_scan_row(exchange, totals->lending_scan++);
    }
}

void lending_tick(struct exchange *exchange)
{
    struct state *state = &exchange->state;
    struct totals *totals = state->t;

    for (uint32_t asset = 1; asset < state->assets.used; asset++) {
        struct pool *pool = state_pool(state, asset);
        const uint32_t lendable = run_can_lend(state, asset);

        if (lendable && !pool->lendable)
            totals->lending_scan = 1;
        pool->lendable = lendable;
    }
    if (totals->idle_work == TABLE_NONE) {
        totals->idle_work = totals->idle;
        totals->idle = TABLE_NONE;
    }
}

void lending_run(struct exchange *exchange)
{
    run_scan(exchange);
    run_idle(exchange);
}
