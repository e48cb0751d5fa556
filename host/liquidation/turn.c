/* Deleveraging of lending: lend of a coin that can't be bought back becomes settlement units. A walk over the lenders
 * of its pool takes from each its part of what is turned, pays for it at the index of the walk's beginning out of what
 * the borrower has, and takes as much off the borrow: lent - borrowed stays what it is at every step. */
#include "lending.h"
#include "liquidation_parts.h"
#include "settlement.h"

enum {
    TURN_LOOKS = 16,         /* rows that a step covers where there is nothing to do */
    TURN_STEPS = 4,          /* that a look at a borrower's account costs */
};

static struct turn *turn_walk(struct exchange *exchange)
{
    return &exchange->state.t->turn;
}

/* --- money --- */

/* Units of the coin x index / divisor are settlement units. */
static uwide turn_divisor(const struct state *state, uint32_t asset)
{
    uwide divisor;

    (void)margin_price(state, asset, true, &divisor);
    return divisor;
}

/* What so many units cost, rounded up: of all that were turned so far it is rounded once. */
static int64_t turn_cost(const struct state *state, const struct turn *turn, int64_t units)
{
    uwide cost;

    if (!wide_scale_up((uwide)units, turn->index, turn_divisor(state, turn->asset), &cost) || cost > INT64_MAX)
        return INT64_MAX;
    return (int64_t)cost;
}

/* Units that so much pays for. */
static int64_t turn_affords(const struct state *state, const struct turn *turn, int64_t money)
{
    uwide units;

    if (!wide_scale_down((uwide)money, turn_divisor(state, turn->asset), turn->index, &units) || units > INT64_MAX)
        return INT64_MAX;
    return (int64_t)units;
}

/* What it has free of the settlement asset, own lend included as far as the pool has cash. */
static int64_t turn_money(const struct state *state, uint32_t subaccount)
{
    const uint32_t asset = state_settlement(state);
    int64_t lent = 0;

    if (state_pool(state, asset)->set)
        lent = wide_smaller(lending_lent_by(state, subaccount, asset),
                            lending_redeem_room(state, asset, LENDING_BY_EXCHANGE));
    return wide_narrow((wide)ledger_free(state, subaccount, asset) + lent);
}

static void turn_pay(struct exchange *exchange, uint32_t borrower, uint32_t lender, int64_t units)
{
    const uint32_t asset = state_settlement(&exchange->state);
    const int64_t missing = units - ledger_free(&exchange->state, borrower, asset);

    if (missing > 0)
        lending_redeem(&exchange->ledger, borrower, asset, missing, LENDING_BY_EXCHANGE);
    ledger_move(&exchange->ledger, ENTRY_TURNED, asset, borrower, lender, units);
}

/* --- a lender --- */

/* Whose lend is turned: not rounding's, nor the borrower's own, which has gone against the borrow. */
static bool turn_is_lender(const struct state *state, const struct turn *turn, const struct balance *balance)
{
    return balance->asset == turn->asset && balance->lent > 0 && balance->subaccount != SYSTEM_RESIDUE &&
           balance->subaccount != state_episode(state, turn->episode)->subaccount;
}

/* Its part of all: up to it as much as belongs to those before and to it, less what they have given up. What whole
 * shares of the borrow have left over goes on to the next one. */
static int64_t turn_part(struct turn *turn, const struct balance *balance)
{
    const int64_t left = turn->shares - turn->running;
    uwide upto = 0;

    turn->running += wide_smaller(balance->lent, left);
    check(wide_scale_down((uwide)turn->units, (uwide)turn->running, (uwide)turn->shares, &upto));
    return (int64_t)upto - turn->turned;
}

static void turn_tell(struct exchange *exchange, uint32_t subaccount, uint32_t other, int64_t units, int64_t money)
{
    const struct turn *turn = turn_walk(exchange);
    struct notice *notice = core_notice(exchange, NOTICE_LEND_TURNED, subaccount);

    notice->asset = (uint16_t)turn->asset;
    notice->other = other;
    notice->number = state_episode(&exchange->state, turn->episode)->number;
    notice->amount[0] = units;
    notice->amount[1] = money;
    core_report_notice(exchange, notice, CARD_SIDE_SELL, 0);
}

static void turn_lender(struct exchange *exchange, const struct balance *balance)
{
    struct turn *turn = turn_walk(exchange);
    const struct state *state = &exchange->state;
    const uint32_t borrower = state_episode(state, turn->episode)->subaccount, lender = balance->subaccount;
    int64_t units = turn_part(turn, balance), money;

    units = wide_smaller(units, turn_affords(state, turn, wide_narrow((wide)turn->paid + turn_money(state, borrower))) -
                                    turn->turned);
    if (units <= 0 || !ledger_can_receive(&exchange->ledger, lender, state_settlement(state),
                                          turn_cost(state, turn, turn->turned + units) - turn->paid))
        return;
    settlement_touch(exchange, borrower);
    settlement_touch(exchange, lender);
    units = lending_turn(&exchange->ledger, lender, borrower, turn->asset, units);
    if (units == 0)
        return;
    money = turn_cost(state, turn, turn->turned + units) - turn->paid;
    turn_pay(exchange, borrower, lender, money);
    turn->turned += units;
    turn->paid += money;
    turn_tell(exchange, lender, borrower, units, money);
}

/* True: all lenders have given their part. */
static bool turn_lenders(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);
    const struct state *state = &exchange->state;

    for (; turn->at < state->balances.used; turn->at++) {
        const struct balance *balance = state_balance(state, turn->at);
        const bool lends = turn_is_lender(state, turn, balance);

        if ((lends || turn->at % TURN_LOOKS == 0) && !tick_take_step(exchange))
            return false;
        if (lends && turn->turned < turn->units)
            turn_lender(exchange, balance);
    }
    turn->at = 0;
    if (turn->turned > 0)
        turn_tell(exchange, state_episode(state, turn->episode)->subaccount, 0, turn->turned, turn->paid);
    return true;
}

/* --- a borrow --- */

/* It is left after the book and near nothing; or there is no book to buy it back on, and it is below maintenance. */
static bool turn_is_due(struct exchange *exchange, uint32_t row, uint32_t asset)
{
    const struct state *state = &exchange->state;
    const struct episode *episode = state_episode(state, row);
    const bool has_market = unwind_spot_market(state, asset) != TABLE_NONE;
    struct margin_view view;

    if (episode_has_orders(state, episode->subaccount) || (has_market && episode->stage != EPISODE_DELEVERAGE))
        return false;
    tick_charge_steps(exchange, TURN_STEPS);
    margin_compute_maintenance(state, episode->subaccount, &view);
    if (has_market)
        return deleverage_is_due(exchange, row, &view);
    return view.maintenance > 0 && view.equity <= view.maintenance;
}

/* Whether the asset's lenders are to be walked. */
static bool turn_begin(struct exchange *exchange, uint32_t asset)
{
    struct turn *turn = turn_walk(exchange);
    const struct state *state = &exchange->state;
    const struct asset *coin = state_asset(state, asset);
    const struct pool *pool = state_pool(state, asset);
    const uint32_t borrower = state_episode(state, turn->episode)->subaccount;
    const uint32_t dust = state_find_balance(state, SYSTEM_RESIDUE, asset);

    turn->asset = asset;
    if (asset == state_settlement(state) || !pool->set || coin->index == 0 || coin->price_flags & PRICE_FROZEN ||
        lending_borrowed_by(state, borrower, asset) == 0 || !turn_is_due(exchange, turn->episode, asset))
        return false;
    lending_accrue(&exchange->ledger, asset);
    unwind_repay(exchange, borrower);
    turn->index = coin->index;
    turn->turned = turn->paid = turn->running = 0;
    turn->shares = pool->lent_shares - (dust == TABLE_NONE ? 0 : state_balance(state, dust)->lent);
    turn->units = wide_smaller(lending_borrowed_by(state, borrower, asset),
                               turn_affords(state, turn, turn_money(state, borrower)));
    turn->at = 1;
    return turn->shares > 0 && turn->units > 0;
}

/* The next borrow of the episode; false: there is none. */
static bool turn_next(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);
    const struct state *state = &exchange->state;
    const uint32_t borrower = state_episode(state, turn->episode)->subaccount;

    for (uint32_t asset = turn->asset + 1; asset < state->assets.used; asset++) {
        const uint32_t row = state_find_balance(state, borrower, asset);

        if (row != TABLE_NONE && state_balance(state, row)->borrowed > 0 && turn_begin(exchange, asset))
            return true;
    }
    turn->at = 0;
    return false;
}

/* On to the next borrow, or the next episode; false: no more steps. */
static bool turn_step(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);

    if (turn->at != 0)
        return turn_lenders(exchange);
    if (!tick_take_step(exchange))
        return false;
    if (turn_next(exchange))
        return true;
    turn->episode = state_episode(&exchange->state, turn->episode)->next;
    turn->asset = 0;
    return true;
}

bool turn_run(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);

    if (!turn->under_way)
        *turn = (struct turn){ .under_way = 1, .episode = exchange->state.t->episodes };
    while (turn->episode != TABLE_NONE)
        if (!turn_step(exchange))
            return false;
    *turn = (struct turn){ 0 };
    return true;
}
