/* What may leave, what may be borrowed. */
#include "margin_sum.h"

#include "check.h"
#include "lending.h"

/* Whether it is there: held and free, or lent and redeemable. What an order locks keeps the lend that it counts on. */
static enum reason money_is_there(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t amount)
{
    const uint32_t row = state_find_balance(state, subaccount, asset);
    const struct balance *balance;
    int64_t unlocked, lent;

    if (row == TABLE_NONE)
        return REASON_INSUFFICIENT_BALANCE;
    balance = state_balance(state, row);
    unlocked = balance->amount - balance->locked;
    lent = balance->lent == 0 ? 0 : lending_lent_by(state, subaccount, asset);
    if (amount > (wide)unlocked + lent)
        return REASON_INSUFFICIENT_BALANCE;
    if (unlocked < 0)
        unlocked = 0;
    if (amount <= unlocked)
        return REASON_NONE;
    return lending_check(state, subaccount, asset, LEND_REDEEM, amount - unlocked);
}

/* Only what is certain counts: net profit of all markets, as settlement pays it, and a credit have not come in yet. */
static void add_up_certain(struct margin_sum *sum)
{
    sum->credit = 0;
    margin_sum_balances(sum);
    margin_sum_positions(sum);
    if (sum->view->profit > 0)
        sum->view->profit = 0;
    margin_sum_finish(sum);
}

enum reason margin_check_withdrawal(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t amount,
                                    int64_t fresh)
{
    struct margin_view view;
    struct margin_sum sum;
    enum reason reason;

    check(amount >= 0 && fresh >= 0);
    reason = money_is_there(state, subaccount, asset, amount);
    if (reason != REASON_NONE)
        return reason;
    margin_sum_start(&sum, state, subaccount, NULL, &view);
    sum.careful = sum.gross = true;
    sum.moved = (struct margin_moved){.asset = asset, .held = -amount};
    add_up_certain(&sum);
    if (sum.stopped)
        return REASON_NO_PRICE;
    /* Without exposure nothing is owed: what no order locks may leave, whatever is known about prices. */
    if (!sum.exposed && fresh == 0)
        return REASON_NONE;
    if (!sum.unmarked && view.available >= (wide)fresh * 256)
        return REASON_NONE;
    if (!sum.exposed)
        return REASON_FRESH_PROFIT;
    if (!view.priced)
        return REASON_NO_PRICE;
    return view.available >= 0 ? REASON_FRESH_PROFIT : REASON_INSUFFICIENT_MARGIN;
}

enum reason margin_check_borrow(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t units)
{
    struct margin_view view;
    struct margin_sum sum;

    check(units >= 0);
    if (state_asset(state, asset)->price_flags & PRICE_FROZEN)
        return REASON_NO_PRICE;
    margin_sum_start(&sum, state, subaccount, NULL, &view);
    sum.careful = sum.gross = true;
    sum.moved = (struct margin_moved){.asset = asset, .held = units, .borrowed = units};
    margin_sum_all(&sum);
    if (!sum.unmarked && view.available >= 0 && view.equity > view.claims)
        return REASON_NONE;
    return view.priced ? REASON_INSUFFICIENT_MARGIN : REASON_NO_PRICE;
}

int64_t margin_settlement_limit(const struct state *state, uint32_t subaccount)
{
    struct margin_view view;
    struct margin_sum sum;
    wide limit;

    margin_sum_start(&sum, state, subaccount, NULL, &view);
    sum.careful = true;
    sum.part = MARGIN_MAINTENANCE;
    sum.credit = 0;
    margin_sum_balances(&sum);
    margin_sum_finish(&sum);
    limit = view.equity - view.claims;
    if (sum.unmarked || limit < 0)
        return 0;
    return limit / 256 > INT64_MAX ? INT64_MAX : (int64_t)(limit / 256);
}
