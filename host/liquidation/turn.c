/* Deleveraging of lending: lend of a coin that can't be bought back becomes settlement units. For each pool, episodes
 * say what is due of their borrows; then one walk over the pool's lenders takes from each its part of all that is due,
 * pays for it at the index of the beginning out of what the borrowers have, one after the other, and takes as much off
 * their borrows: lent - borrowed stays what it is at every step. */
#include "lending.h"
#include "liquidation_parts.h"
#include "settlement.h"

enum {
    TURN_LOOKS = 64,         /* balances that a step covers where there is nothing to do */
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

/* --- what is due --- */

/* It is left after the book and near nothing; or there is no book to buy it back on, and it is below maintenance. */
static bool turn_is_due(struct exchange *exchange, uint32_t row, uint32_t asset)
{
    const struct state *state = &exchange->state;
    const struct episode *episode = state_episode(state, row);
    const bool has_market = unwind_spot_market(state, asset) != TABLE_NONE;
    struct margin_view view;

    if (book_has_orders(state, episode->subaccount) || (has_market && episode->stage != EPISODE_DELEVERAGE))
        return false;
    tick_charge_steps(exchange, TURN_STEPS);
    margin_compute_maintenance(state, episode->subaccount, &view);
    if (has_market)
        return deleverage_is_near(state, episode->subaccount, &view);
    return view.maintenance > 0 && view.equity <= view.maintenance;
}

/* As much of an episode's borrow as it has money for. */
static int64_t turn_units_due(struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const struct turn *turn = turn_walk(exchange);
    const uint32_t borrower = state_episode(state, row)->subaccount;

    if (lending_borrowed_by(state, borrower, turn->asset) == 0 || !turn_is_due(exchange, row, turn->asset))
        return 0;
    unwind_repay(exchange, borrower);
    return wide_smaller(lending_borrowed_by(state, borrower, turn->asset),
                        turn_affords(state, turn, turn_money(state, borrower)));
}

/* False: no more steps. */
static bool turn_gather(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);

    while (turn->episode != TABLE_NONE) {
        struct episode *episode = state_episode(&exchange->state, turn->episode);

        if (!tick_take_step(exchange))
            return false;
        episode->turn_units = turn_units_due(exchange, turn->episode);
        turn->units = wide_narrow((wide)turn->units + episode->turn_units);
        turn->episode = episode->next;
    }
    return true;
}

/* --- borrowers --- */

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

static void turn_end_borrower(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);

    if (turn->episode != TABLE_NONE && turn->own_turned > 0)
        turn_tell(exchange, state_episode(&exchange->state, turn->episode)->subaccount, 0, turn->own_turned,
                  turn->own_paid);
    turn->own_turned = turn->own_paid = 0;
}

/* On to the first one who still has something to pay for; false: no more steps. */
static bool turn_find_borrower(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);

    while (turn->episode != TABLE_NONE && state_episode(&exchange->state, turn->episode)->turn_units == 0) {
        if (!tick_take_step(exchange))
            return false;
        turn_end_borrower(exchange);
        turn->episode = state_episode(&exchange->state, turn->episode)->next;
    }
    return true;
}

/* --- a lender --- */

/* Whose lend is turned: not rounding's. */
static bool turn_is_lender(const struct turn *turn, const struct balance *balance)
{
    return balance->asset == turn->asset && balance->lent > 0 && balance->subaccount != SYSTEM_RESIDUE;
}

/* Its part of all: up to it as much as belongs to those before and to it, less what they have given up. What whole
 * shares of borrows have left over goes on to the next one. */
static int64_t turn_part(const struct state *state, struct turn *turn, const struct balance *balance)
{
    const int64_t left = turn->shares - turn->running;
    uwide upto = 0;

    turn->running += wide_smaller(balance->lent, left);
    check(wide_scale_down((uwide)turn->units, (uwide)turn->running, (uwide)turn->shares, &upto));
    return wide_smaller((int64_t)upto - turn->turned,
                        lending_lent_units(state_pool(state, turn->asset), balance->lent));
}

static void turn_pay(struct exchange *exchange, uint32_t borrower, uint32_t lender, int64_t units)
{
    const uint32_t asset = state_settlement(&exchange->state);
    const int64_t missing = units - ledger_free(&exchange->state, borrower, asset);

    if (missing > 0)
        lending_redeem(&exchange->ledger, borrower, asset, missing, LENDING_BY_EXCHANGE);
    ledger_move(&exchange->ledger, ENTRY_TURNED, asset, borrower, lender, units);
}

/* Returns how many units of the borrower's it was: whole shares of the borrow. */
static int64_t turn_pair(struct exchange *exchange, uint32_t borrower, uint32_t lender, int64_t units)
{
    struct turn *turn = turn_walk(exchange);
    int64_t money;

    settlement_touch(exchange, borrower);
    settlement_touch(exchange, lender);
    units = lending_turn(&exchange->ledger, lender, borrower, turn->asset, units);
    if (units == 0)
        return 0;
    money = turn_cost(&exchange->state, turn, turn->own_turned + units) - turn->own_paid;
    turn_pay(exchange, borrower, lender, money);
    turn->turned += units;
    turn->own_turned += units;
    turn->own_paid += money;
    turn_tell(exchange, lender, borrower, units, money);
    return units;
}

/* The lender gives the present borrower what both can; then one of them is through. */
static void turn_give(struct exchange *exchange, uint32_t lender)
{
    struct turn *turn = turn_walk(exchange);
    const struct state *state = &exchange->state;
    struct episode *episode = state_episode(state, turn->episode);
    const int64_t affords =
        turn_affords(state, turn, wide_narrow((wide)turn->own_paid + turn_money(state, episode->subaccount)));
    int64_t wanted, units;
    bool last;

    episode->turn_units = wide_smaller(episode->turn_units, affords - turn->own_turned);
    if (episode->turn_units <= 0) {
        episode->turn_units = 0;
        return;
    }
    wanted = wide_smaller(turn->part, episode->turn_units);
    last = wanted == episode->turn_units;
    if (lender == episode->subaccount ||
        !ledger_can_receive(&exchange->ledger, lender, state_settlement(state),
                            turn_cost(state, turn, turn->own_turned + wanted) - turn->own_paid)) {
        turn->part = 0;
        return;
    }
    units = turn_pair(exchange, episode->subaccount, lender, wanted);
    episode->turn_units = last ? 0 : episode->turn_units - units;
    turn->part = last ? turn->part - units : 0;
}

/* False: no more steps; the rest of its part is given in the next batch. */
static bool turn_lender(struct exchange *exchange, uint32_t lender)
{
    struct turn *turn = turn_walk(exchange);

    while (turn->part > 0) {
        if (!turn_find_borrower(exchange))
            return false;
        if (turn->episode == TABLE_NONE)
            turn->part = 0;
        else
            turn_give(exchange, lender);
    }
    return true;
}

/* True: all lenders have given their part, or all borrowers are through. */
static bool turn_lenders(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);
    const struct state *state = &exchange->state;

    for (; turn->at < state->balances.used && turn->episode != TABLE_NONE; turn->at++) {
        const struct balance *balance = state_balance(state, turn->at);

        if (turn->part == 0) {
            const bool lends = turn_is_lender(turn, balance);

            if ((lends || turn->at % TURN_LOOKS == 0) && !tick_take_step(exchange))
                return false;
            if (lends)
                turn->part = turn_part(state, turn, balance);
        }
        if (!turn_lender(exchange, balance->subaccount))
            return false;
    }
    turn_end_borrower(exchange);
    return true;
}

/* --- a pool --- */

/* The next pool that somebody owes to; none: `asset` is 0. */
static void turn_next_pool(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);
    const struct state *state = &exchange->state;

    for (uint32_t asset = turn->asset + 1; asset < state->assets.used; asset++) {
        const struct asset *coin = state_asset(state, asset);

        if (asset == state_settlement(state) || !state_pool(state, asset)->set ||
            state_pool(state, asset)->borrowed == 0 || coin->index == 0 || coin->price_flags & PRICE_FROZEN)
            continue;
        lending_accrue(&exchange->ledger, asset);
        *turn = (struct turn){ .under_way = 1, .asset = asset, .index = coin->index,
                               .episode = state->t->episodes };
        return;
    }
    *turn = (struct turn){ 0 };
}

/* Whether its lenders are to be walked. */
static bool turn_begin_walk(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);
    const struct state *state = &exchange->state;
    const uint32_t dust = state_find_balance(state, SYSTEM_RESIDUE, turn->asset);

    turn->shares = state_pool(state, turn->asset)->lent_shares -
                   (dust == TABLE_NONE ? 0 : state_balance(state, dust)->lent);
    turn->episode = state->t->episodes;
    turn->at = 1;
    return turn->shares > 0 && turn->units > 0;
}

bool turn_run(struct exchange *exchange)
{
    struct turn *turn = turn_walk(exchange);

    if (!turn->under_way && exchange->state.t->episodes != TABLE_NONE)
        turn_next_pool(exchange);
    while (turn->under_way) {
        if (turn->at == 0) {
            if (!turn_gather(exchange))
                return false;
            if (turn_begin_walk(exchange))
                continue;
        } else if (!turn_lenders(exchange)) {
            return false;
        }
        turn_next_pool(exchange);
    }
    return true;
}
