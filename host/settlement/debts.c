/* Debts: how they come about, and what pays them, in the order of exchange-rules.md, section 5. */
#include <string.h>

#include "conversion.h"
#include "settlement_parts.h"

void debts_tell(struct exchange *exchange, const struct notice *what)
{
    struct notice *notice = core_notice(exchange, (enum notice_kind)what->kind, what->subaccount);

    notice->market = what->market;
    notice->asset = what->asset;
    memcpy(notice->amount, what->amount, sizeof notice->amount);
}

void debts_tell_debt(struct exchange *exchange, enum notice_kind kind, uint32_t row, int64_t first, int64_t second,
                     int64_t third)
{
    debts_tell(exchange, &(struct notice){ .kind = (uint16_t)kind, .subaccount = row,
                                           .asset = (uint16_t)state_settlement(&exchange->state),
                                           .amount = { first, second, third } });
}

/* --- made and gone --- */

/* Where there is no room for the job, the next tick asks again. */
static void debts_cancel_orders(struct exchange *exchange, uint32_t row)
{
    const struct job job = { .scope = JOB_SUBACCOUNT, .target = row, .side = 2, .reason = REASON_NEGATIVE_EQUITY,
                             .triggers_too = 1 };

    if (book_has_orders(&exchange->state, row))
        (void)job_add_spare(exchange, &job);
}

void debts_make(struct exchange *exchange, uint32_t row, int64_t amount, const struct realise_loss *losses,
                uint32_t count)
{
    wide whole = 0, at = 0;

    if (amount == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        whole += losses[i].loss;
    for (uint32_t i = 0; i < count; i++) {
        struct position *position = state_position(&exchange->state, losses[i].position);

        position->debt = wide_narrow((wide)position->debt +
                                     settlement_part(amount, at, at + losses[i].loss, whole));
        at += losses[i].loss;
    }
    ledger_oblige(&exchange->ledger, ENTRY_DEBT, SYSTEM_CUSTODY, row, amount);
    debts_cancel_orders(exchange, row);
    debts_tell_debt(exchange, NOTICE_DEBT, row, amount, state_subaccount(&exchange->state, row)->debt, 0);
}

void debts_free_apart(struct exchange *exchange, uint32_t row)
{
    struct state *state = &exchange->state;
    struct subaccount *subaccount = state_subaccount(state, row);
    struct margin_view view;

    if (!(subaccount->flags & SUBACCOUNT_HELD_APART) || subaccount->debt > 0)
        return;
    margin_compute(state, row, NULL, &view);
    if (view.equity < 0)
        return;
    subaccount->flags &= ~(uint32_t)SUBACCOUNT_HELD_APART;
    for (uint32_t balance = subaccount->balances; balance != TABLE_NONE;
         balance = state_balance(state, balance)->next) {
        const int64_t units = state_balance_detail(state, balance)->apart;
        const uint16_t asset = state_balance(state, balance)->asset;

        if (units == 0)
            continue;
        ledger_move(&exchange->ledger, ENTRY_APART_FREED, asset, row, row, units);
        debts_tell(exchange, &(struct notice){ .kind = NOTICE_FREED, .subaccount = row, .asset = asset,
                                               .amount = { units } });
    }
}

void debts_end_walk_at(struct exchange *exchange, uint32_t row)
{
    struct totals *totals = exchange->state.t;

    if (totals->debtor_at == row)
        totals->debtor_at = state_subaccount(&exchange->state, row)->next_obligation;
}

static void debts_end(struct exchange *exchange, uint32_t row, int64_t amount, enum notice_source source)
{
    if (amount == state_subaccount(&exchange->state, row)->debt)
        debts_end_walk_at(exchange, row);
    ledger_oblige(&exchange->ledger, ENTRY_DEBT, row, SYSTEM_CUSTODY, amount);
    debts_tell_debt(exchange, NOTICE_DEBT_PAID, row, amount, state_subaccount(&exchange->state, row)->debt,
                    (int64_t)source);
    debts_free_apart(exchange, row);
}

void debts_take_parts(const struct state *state, uint32_t row, int64_t amount)
{
    const int64_t whole = state_subaccount(state, row)->debt;
    int64_t at = 0;

    for (uint32_t number = state_subaccount(state, row)->positions; number != TABLE_NONE;
         number = state_position(state, number)->next) {
        struct position *position = state_position(state, number);
        const int64_t part = settlement_part(amount, at, (wide)at + position->debt, whole);

        at += position->debt;
        position->debt -= part;
    }
}

void debts_fall(struct exchange *exchange, uint32_t row, int64_t amount, enum notice_source source)
{
    if (amount == 0)
        return;
    debts_take_parts(&exchange->state, row, amount);
    debts_end(exchange, row, amount, source);
}

/* --- what pays them --- */

void debts_recover(struct exchange *exchange, enum entry_kind kind, uint32_t from, int64_t units)
{
    ledger_move(&exchange->ledger, kind, state_settlement(&exchange->state), from, SYSTEM_RESIDUE, units);
    exchange->state.t->recovered = wide_narrow((wide)exchange->state.t->recovered + units);
}

/* Own lend first becomes cash; then an own borrow goes, then the debt. */
static void debts_pay_cash(struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const uint32_t asset = state_settlement(state);
    int64_t free, paid;

    if (state_pool(state, asset)->set) {
        const int64_t wanted = wide_narrow((wide)state_subaccount(state, row)->debt +
                                           lending_borrowed_by(state, row, asset));
        const int64_t lent = lending_lent_by(state, row, asset);

        lending_redeem(&exchange->ledger, row, asset, wide_smaller(wanted, lent), LENDING_BY_EXCHANGE);
        lending_repay(&exchange->ledger, row, asset, ledger_free(&exchange->state, row, asset));
    }
    free = ledger_free(&exchange->state, row, asset);
    paid = wide_smaller(free, state_subaccount(state, row)->debt);
    debts_recover(exchange, ENTRY_DEBT_PAID, row, paid);
    debts_fall(exchange, row, paid, NOTICE_BY_CASH);
}

/* A unit of profit or loss that no pass has realised yet. */
static bool debts_is_unsettled(const struct state *state, uint32_t row)
{
    wide cost = 0;

    for (uint32_t number = state_subaccount(state, row)->positions; number != TABLE_NONE;
         number = state_position(state, number)->next) {
        if (state_position(state, number)->quantity != 0)
            return true;
        cost += state_position(state, number)->entry_cost;
    }
    return cost > 0 || cost <= -256;
}

bool debts_has_means(const struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const struct subaccount *subaccount = state_subaccount(state, row);

    if (subaccount->claim > 0 || subaccount->credit > 0 || book_has_orders(state, row) ||
        debts_is_unsettled(state, row))
        return true;
    for (uint32_t balance = subaccount->balances; balance != TABLE_NONE; balance = state_balance(state, balance)->next)
        if (conversion_way(exchange, balance) != CONVERSION_NONE)
            return true;
    return false;
}

int64_t debts_fund_left(const struct exchange *exchange)
{
    const int64_t held = ledger_free(&exchange->state, SYSTEM_FUND, state_settlement(&exchange->state));
    const int64_t floor = (int64_t)exchange->state.t->fund_floor;

    return held > floor ? held - floor : 0;
}

/* What the fund may still pay of a position's debt. Residue's units are nobody's losses: no cap holds them up. */
static int64_t debts_fund_part(const struct state *state, const struct position *position, int64_t left)
{
    const struct market *market = state_market(state, position->market);
    const uint64_t room = position->subaccount == SYSTEM_RESIDUE ? UINT64_MAX : debts_fund_room(market);

    left = wide_smaller(left, position->debt);
    return (uint64_t)left < room ? left : (int64_t)room;
}

bool debts_fund_could_pay(const struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const int64_t left = debts_fund_left(exchange);

    for (uint32_t number = state_subaccount(state, row)->positions; number != TABLE_NONE;
         number = state_position(state, number)->next)
        if (debts_fund_part(state, state_position(state, number), left) > 0)
            return true;
    return false;
}

/* Each losing market's part, up to its cap and down to the fund's floor. */
static void debts_pay_from_fund(struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    int64_t paid = 0;

    for (uint32_t number = state_subaccount(state, row)->positions; number != TABLE_NONE;
         number = state_position(state, number)->next) {
        struct position *position = state_position(state, number);
        const int64_t part = debts_fund_part(state, position, debts_fund_left(exchange) - paid);

        position->debt -= part;
        state_market(state, position->market)->fund_paid += (uint64_t)part;
        paid += part;
    }
    if (paid == 0)
        return;
    debts_recover(exchange, ENTRY_FUND_PAID, SYSTEM_FUND, paid);
    debts_end(exchange, row, paid, NOTICE_BY_FUND);
}

/* One coin a tick: sold on the book, or where there is none to the fund. */
static void debts_pay_in_coins(struct exchange *exchange, uint32_t row)
{
    if (!conversion_send(exchange, row) && conversion_take_over(exchange, row, debts_fund_left(exchange)))
        debts_pay_cash(exchange, row);
}

static void debts_pay(struct exchange *exchange, uint32_t row)
{
    if (row == SYSTEM_RESIDUE) { /* its cash belongs to others; what the fund gives it makes up for rounding */
        const int64_t debt = state_subaccount(&exchange->state, row)->debt;

        debts_pay_from_fund(exchange, row);
        exchange->state.t->rounding += 256 * (wide)(debt - state_subaccount(&exchange->state, row)->debt);
        return;
    }
    debts_pay_cash(exchange, row);
    if (!settlement_is_debtor(&exchange->state, row))
        return;
    debts_cancel_orders(exchange, row);
    if (!book_has_orders(&exchange->state, row))
        debts_pay_in_coins(exchange, row);
    if (!debts_has_means(exchange, row))
        debts_pay_from_fund(exchange, row);
}

/* A walk that is not through goes on, so that everybody's turn comes. */
void settlement_pay_debts(struct exchange *exchange)
{
    if (!settlement_under_way(&exchange->state) && exchange->state.t->debtor_at == TABLE_NONE)
        exchange->state.t->debtor_at = exchange->state.t->debtors;
}

/* A debtor's rows are looked at a few times: a step for each balance, and for a few positions. */
static void debts_charge_steps(struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    uint32_t positions = 0, balances = 0;

    for (uint32_t at = state_subaccount(state, row)->positions; at != TABLE_NONE; at = state_position(state, at)->next)
        positions++;
    for (uint32_t at = state_subaccount(state, row)->balances; at != TABLE_NONE; at = state_balance(state, at)->next)
        balances++;
    tick_charge_steps(exchange, balances + positions / SETTLEMENT_STEP_POSITIONS);
}

void settlement_debts_run(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    if (settlement_under_way(&exchange->state))
        return;
    while (totals->debtor_at != TABLE_NONE && core_room(exchange, CORE_INPUT_ACTIONS)) {
        const uint32_t row = totals->debtor_at;

        if (!tick_take_step(exchange))
            return;
        debts_end_walk_at(exchange, row); /* on to the next one */
        if (!settlement_is_debtor(&exchange->state, row)) { /* a row of a file */
            totals->debtor_at = TABLE_NONE;
            return;
        }
        debts_charge_steps(exchange, row);
        debts_pay(exchange, row);
    }
}

/* --- money that comes in --- */

bool settlement_holds_apart(const struct state *state, uint32_t to)
{
    struct margin_view view;

    if (to < SYSTEM_SUBACCOUNTS)
        return false;
    margin_compute(state, to, NULL, &view);
    return settlement_is_debtor(state, to) || view.equity < 0;
}

void settlement_deposit(struct exchange *exchange, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                        int64_t amount)
{
    struct state *state = &exchange->state;
    uint32_t balance;

    settlement_touch(exchange, to);
    debts_free_apart(exchange, to); /* without passes nobody else does */
    if (!settlement_holds_apart(state, to)) {
        ledger_move(&exchange->ledger, kind, asset, from, to, amount);
        return;
    }
    ledger_move(&exchange->ledger, ENTRY_DEPOSIT_APART, asset, from, to, amount);
    state_subaccount(state, to)->flags |= SUBACCOUNT_HELD_APART;
    balance = state_find_balance(state, to, asset);
    debts_tell(exchange, &(struct notice){ .kind = NOTICE_HELD_APART, .subaccount = to, .asset = (uint16_t)asset,
                                           .amount = { amount, state_balance_detail(state, balance)->apart,
                                                       state_subaccount(state, to)->debt } });
}
