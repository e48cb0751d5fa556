/* Step 3: what the lots of a bankrupt account are worth to those who take them over, and the taking over of some. */
#include "deleverage_deal.h"

#include "lending.h"
#include "settlement.h"
#include "tally.h"

enum {
    DEAL_ONE = 1000000,
    DEAL_CHANGE = 5000,      /* millionths: one update's largest change of an asset without venues; the rules' second */
    DEAL_STEPS = 10,         /* that a deal costs beyond its position: two accounts are added up */
};

/* Rounded up (towards plus infinity). */
static wide deal_part(wide amount, uwide numerator, uwide divisor)
{
    return -wide_part(-amount, numerator, divisor);
}

static uint8_t deal_decimals(const struct state *state)
{
    return state_asset(state, state_settlement(state))->decimals;
}

/* --- whether an account is to be deleveraged --- */

static wide deal_change(const struct state *state, uint32_t asset, wide notional)
{
    const bool venues = state_asset(state, asset)->price_flags & PRICE_BY_VENUES;

    return deal_part(notional, venues ? state_pricing(state, asset)->change : DEAL_CHANGE, DEAL_ONE);
}

/* What one update's largest change of everything that it has open comes to, u256. */
static wide deal_reach(const struct state *state, uint32_t subaccount)
{
    const struct subaccount *owner = state_subaccount(state, subaccount);
    wide reach = 0;

    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next) {
        const struct position *position = state_position(state, row);
        const struct market *market = state_market(state, position->market);

        if (position->quantity != 0)
            reach += deal_change(state, market->base_asset, margin_notional(market, position->quantity, market->mark));
    }
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);

        if (balance->borrowed > 0 && balance->asset != state_settlement(state))
            reach += deal_change(state, balance->asset,
                                 margin_liability(state_asset(state, balance->asset), deal_decimals(state),
                                                  lending_borrowed_units(state_pool(state, balance->asset),
                                                                         balance->borrowed)));
    }
    return reach;
}

/* What the policy says of it after the book; `view` as it is now. */
static struct policy_plan deal_plan(const struct exchange *exchange, uint32_t row, struct margin_view *view)
{
    const struct policy *policy = policy_get(exchange->state.t->liquidation.policy);
    struct policy_plan plan = { 0 };
    struct policy_case what;

    if (policy == NULL) {
        plan.end = true;
        return plan;
    }
    episode_case(exchange, row, true, view, &what);
    policy->plan(&what, &plan);
    return plan;
}

bool deleverage_is_near(const struct state *state, uint32_t subaccount, const struct margin_view *view)
{
    return view->maintenance > 0 && view->equity <= view->maintenance &&
           view->equity < deal_reach(state, subaccount);
}

/* Positions that providers have left at this tick's hand-over, and coins that it owes; where it has neither there is
 * nothing to be done. */
bool deleverage_is_due(const struct exchange *exchange, uint32_t row, const struct margin_view *view)
{
    const struct state *state = &exchange->state;
    const struct subaccount *owner = state_subaccount(state, state_episode(state, row)->subaccount);
    struct margin_view whole;
    bool providers;

    if (!deleverage_is_near(state, state_episode(state, row)->subaccount, view))
        return false;
    providers = deal_plan(exchange, row, &whole).hand_over;
    for (uint32_t position = owner->positions; position != TABLE_NONE; position = state_position(state, position)->next)
        if (state_position(state, position)->quantity != 0 &&
            (!providers || state_position_detail(state, position)->left))
            return true;
    for (uint32_t balance = owner->balances; balance != TABLE_NONE; balance = state_balance(state, balance)->next)
        if (state_balance(state, balance)->borrowed > 0 &&
            state_balance(state, balance)->asset != state_settlement(state))
            return true;
    return false;
}

/* --- what its lots come with --- */

/* Net equity with coins at the index less what converting them would cost, u256, rounded down. */
static wide deal_equity(const struct state *state, uint32_t subaccount, const struct margin_view *view)
{
    wide equity = view->equity - view->collateral + (wide)state_subaccount(state, subaccount)->credit * 256;

    for (uint32_t row = state_subaccount(state, subaccount)->balances; row != TABLE_NONE;
         row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);
        struct asset asset = *state_asset(state, balance->asset);
        const wide units = (wide)balance->amount + lending_lent_by(state, subaccount, balance->asset);

        asset.haircut = HAIRCUT_IDENTITY;
        asset.weight = DEAL_ONE - state->t->liquidation.conversion_impact;
        if (units > 0)
            equity += margin_collateral(&asset, deal_decimals(state), units < INT64_MAX ? (int64_t)units : INT64_MAX);
    }
    return equity;
}

wide deleverage_equity(const struct state *state, uint32_t subaccount, const struct margin_view *view)
{
    const wide least = view->equity < 0 ? view->equity : 0, most = view->equity < 0 ? 0 : view->equity;
    const wide equity = deal_equity(state, subaccount, view);

    return equity < least ? least : equity > most ? most : equity;
}

static wide deal_position_maintenance(const struct state *state, const struct market *market, int64_t lots)
{
    return margin_of_notional(&market->mmf, deal_decimals(state), 0, margin_notional(market, lots, market->mark));
}

/* Of all positions and of borrows but the settlement asset's. */
static wide deal_maintenance(const struct state *state, uint32_t subaccount)
{
    const struct subaccount *owner = state_subaccount(state, subaccount);
    wide sum = 0;

    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next) {
        const struct position *position = state_position(state, row);

        if (position->quantity != 0)
            sum += deal_position_maintenance(state, state_market(state, position->market), position->quantity);
    }
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);
        const struct asset *asset = state_asset(state, balance->asset);
        const int64_t owed = lending_borrowed_by(state, subaccount, balance->asset);

        if (owed > 0 && balance->asset != state_settlement(state))
            sum += margin_of_notional(&asset->borrow_mmf, deal_decimals(state), 0,
                                      margin_liability(asset, deal_decimals(state), owed));
    }
    return sum;
}

bool deleverage_look(struct exchange *exchange, uint32_t row, uint32_t market, struct bankrupt *bankrupt)
{
    const struct state *state = &exchange->state;
    const uint32_t subaccount = state_episode(state, row)->subaccount;
    const uint32_t position = state_find_position(state, subaccount, market);
    struct policy_plan plan;
    struct margin_view view;
    wide sum;

    if (state_episode(state, row)->stage != EPISODE_DELEVERAGE || position == TABLE_NONE ||
        state_position(state, position)->quantity == 0 || book_has_orders(state, subaccount))
        return false;
    plan = deal_plan(exchange, row, &view);
    if (plan.end || !(plan.deleverage || plan.claw_back) || !deleverage_is_near(state, subaccount, &view) ||
        (plan.hand_over && !state_position_detail(state, position)->left))
        return false;
    *bankrupt = (struct bankrupt){ .episode = row, .subaccount = subaccount, .position = position,
                                   .lots = state_lots(state_position(state, position)),
                                   .at_mark = !plan.deleverage };
    if (state_take_balance(&exchange->state, subaccount, state_settlement(state), true) != TABLE_NONE)
        bankrupt->fund = backstop_fund_room(exchange, market);
    sum = deal_maintenance(state, subaccount);
    if (sum > 0)
        bankrupt->share =
            deal_part(deleverage_equity(state, subaccount, &view),
                      (uwide)deal_position_maintenance(state, state_market(state, market),
                                                       state_position(state, position)->quantity), (uwide)sum);
    return true;
}

/* --- a deal --- */

struct deal {
    int64_t lots, cost;      /* cost: u256 */
    int64_t fund;            /* units that the fund pays the bankrupt first */
    wide loss;               /* u256, of the other side against the mark; below 0: what it gets of the equity */
};

/* A share that is there goes with the lots, rounded up for whoever takes them. What is missing the fund pays, in whole
 * units, then the other side. Both within the bound of the mark; what is beyond it, and a fraction of a unit that is
 * missing, stays with the bankrupt. */
static void deal_price(const struct exchange *exchange, const struct bankrupt *bankrupt, int64_t lots,
                       struct deal *deal)
{
    const struct state *state = &exchange->state;
    const struct position *position = state_position(state, bankrupt->position);
    const struct market *market = state_market(state, position->market);
    const wide worth = margin_notional(market, lots, market->mark);
    const wide part = bankrupt->at_mark ? 0 : deal_part(bankrupt->share, (uwide)lots, (uwide)bankrupt->lots);
    const wide bound = wide_divide_down(worth * state->t->liquidation.adl_bound, DEAL_ONE);
    const int64_t room = bankrupt->fund;

    *deal = (struct deal){ .lots = lots };
    if (part >= 0) {
        deal->loss = part > bound ? -bound : -part;
    } else if (-part / 256 <= room) {
        deal->fund = (int64_t)(-part / 256);
    } else {
        deal->fund = room;
        deal->loss = -part - (wide)room * 256;
        if (deal->loss > bound)
            deal->loss = bound;
    }
    deal->cost = wide_narrow(position->quantity > 0 ? worth + deal->loss : worth - deal->loss);
}

/* Of a shortage of the settlement asset; `cash` is what there is of it. */
static wide deal_shortage(const struct state *state, wide cash)
{
    const struct asset *asset = state_asset(state, state_settlement(state));

    return cash >= 0 ? 0 : margin_of_notional(&asset->borrow_mmf, asset->decimals, 0, -cash);
}

/* Who gives lots up, as it stands before. */
struct party {
    const struct position *position;
    struct margin_view view;
    wide cash;               /* of the settlement asset, unrealised profit and claims counted */
};

/* Whether it is above its own maintenance margin after the deal. */
static bool deal_is_bearable(const struct state *state, const struct party *party, const struct deal *deal)
{
    const struct market *market = state_market(state, party->position->market);
    const int64_t before = state_lots(party->position);
    const wide equity = party->view.equity - deal->loss;
    const wide maintenance = party->view.maintenance - deal_position_maintenance(state, market, before) +
                             deal_position_maintenance(state, market, before - deal->lots) -
                             deal_shortage(state, party->cash) + deal_shortage(state, party->cash - deal->loss);

    return deal->loss <= 0 || equity > maintenance || (maintenance == 0 && equity == 0);
}

/* The most lots that it can bear, at most so many; 0: none. */
static int64_t deal_find(const struct exchange *exchange, const struct bankrupt *bankrupt, const struct party *party,
                         int64_t lots, struct deal *deal)
{
    int64_t low = 0, high = lots; /* `low` is borne */

    deal_price(exchange, bankrupt, lots, deal);
    if (deal_is_bearable(&exchange->state, party, deal))
        return lots;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        deal_price(exchange, bankrupt, middle, deal);
        if (deal_is_bearable(&exchange->state, party, deal))
            low = middle;
        else
            high = middle;
    }
    if (low > 0)
        deal_price(exchange, bankrupt, low, deal);
    return low;
}

static void deal_tell(struct exchange *exchange, const struct bankrupt *bankrupt, uint32_t row, bool sells,
                      const struct deal *deal)
{
    const struct state *state = &exchange->state;
    const struct position *position = state_position(state, row);
    const struct market *market = state_market(state, position->market);
    const uwide lot = (uwide)deal->lots * market->tick_lot_units;
    const struct notice what = { .kind = NOTICE_BANKRUPT, .market = (uint16_t)position->market,
                                 .other = position->subaccount, .rank = position->rank,
                                 .amount = { deal->lots, (int64_t)((uwide)deal->cost / lot),
                                             wide_narrow(deal->loss) } };

    episode_tell_both(exchange, bankrupt->episode, &what, NOTICE_DELEVERAGED, sells ? CARD_SIDE_BUY : CARD_SIDE_SELL);
}

/* Both are in an episode where two bankrupts have met. */
static void deal_note(const struct state *state, uint32_t subaccount, wide notional)
{
    const uint32_t row = state_subaccount(state, subaccount)->episode;

    if (row != TABLE_NONE)
        state_episode(state, row)->deleveraged = wide_narrow(state_episode(state, row)->deleveraged + notional);
}

static void deal_do(struct exchange *exchange, const struct bankrupt *bankrupt, uint32_t row, const struct deal *deal)
{
    struct state *state = &exchange->state;
    const struct position *position = state_position(state, row);
    const bool sells = position->quantity > 0;
    const int64_t before = position->quantity, owed = state_position(state, bankrupt->position)->quantity;
    struct tally *tally = &state_unwind(state, position->market)->tally;

    settlement_touch(exchange, bankrupt->subaccount);
    settlement_touch(exchange, position->subaccount);
    backstop_top_up(exchange, bankrupt->subaccount, position->market, deal->fund);
    backstop_tell_top_up(exchange, bankrupt->episode, position->market, deal->fund);
    ledger_hand_over(&exchange->ledger, ENTRY_DELEVERAGED_LOTS, position->market,
                     sells ? bankrupt->subaccount : position->subaccount,
                     sells ? position->subaccount : bankrupt->subaccount, deal->lots, deal->cost);
    attached_position_changed(exchange, row, before);
    attached_position_changed(exchange, bankrupt->position, owed);
    reduce_only_changed(exchange, row);
    tally_add(exchange, position->market, TALLY_DELEVERAGED, deal->lots);
    if (deal->loss > 0)
        tally->deleveraged_loss = wide_clamp(tally->deleveraged_loss + wide_divide_up(deal->loss, 256));
    deal_note(state, bankrupt->subaccount, deal->cost / 256);
    deal_note(state, position->subaccount, deal->cost / 256);
    deal_tell(exchange, bankrupt, row, sells, deal);
}

/* Lots of which sums of 64 bits hold the cost, whatever the mark has come to: at most twice what they are worth. */
static int64_t deal_most(const struct market *market)
{
    const wide lot = margin_notional(market, 1, market->mark), most = (wide)LIMIT_NOTIONAL_UNITS * 256 / 2 / lot;

    return most < INT64_MAX ? (int64_t)most : INT64_MAX;
}

int64_t deleverage_deal(struct exchange *exchange, const struct bankrupt *bankrupt, uint32_t row, int64_t lots)
{
    const struct state *state = &exchange->state;
    struct party party = { .position = state_position(state, row) };
    struct deal deal;

    lots = wide_smaller(wide_smaller(lots, bankrupt->lots), state_lots(party.position));
    lots = wide_smaller(lots, deal_most(state_market(state, party.position->market)));
    tick_charge_steps(exchange, DEAL_STEPS);
    margin_compute_maintenance(state, party.position->subaccount, &party.view);
    party.cash = unwind_cash(state, party.position->subaccount, &party.view);
    lots = deal_find(exchange, bankrupt, &party, lots, &deal);
    if (lots > 0)
        deal_do(exchange, bankrupt, row, &deal);
    return lots;
}
