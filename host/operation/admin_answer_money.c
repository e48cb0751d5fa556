/* Answers about money: who has what, owes what, and what it costs. */
#include "admin_answer.h"
#include "admin_values.h"
#include "config_diff.h"
#include "date.h"
#include "lending.h"
#include "margin.h"
#include "settlement.h"
#include "units.h"

unsigned admin_settlement_decimals(const struct state *state)
{
    const uint32_t row = state_settlement(state);

    return row ? state_asset(state, row)->decimals : 0;
}

void admin_set_usdc(const struct state *state, json_t *object, const char *key, wide units)
{
    admin_set_decimal(object, key, units, admin_settlement_decimals(state));
}

void admin_set_time(json_t *object, const char *key, uint64_t time_ns)
{
    char text[DATE_TEXT_MAX];

    date_format(time_ns, text);
    json_object_set_new(object, key, time_ns ? json_string(text) : json_null());
}

void admin_set_subaccount(const struct state *state, json_t *object, uint32_t row)
{
    const struct subaccount *subaccount = state_subaccount(state, row);

    admin_set_number(object, "subaccount", row);
    admin_set_text(object, "account", state_account(state, subaccount->account)->name, 24);
    admin_set_text(object, "name", subaccount->name, sizeof subaccount->name);
}

/* --- what an account has --- */

/* Of one or more subaccounts; u256 but for the last three. */
struct sums {
    struct margin_view view;
    wide debt, claim, credit;
};

static void sums_add(struct sums *sums, const struct state *state, uint32_t row)
{
    const struct subaccount *subaccount = state_subaccount(state, row);
    struct margin_view view;

    margin_compute(state, row, NULL, &view);
    sums->view.collateral += view.collateral;
    sums->view.profit += view.profit;
    sums->view.borrowed += view.borrowed;
    sums->view.equity += view.equity;
    sums->view.initial += view.initial;
    sums->view.maintenance += view.maintenance;
    sums->view.notional += view.notional;
    sums->view.available += view.available;
    sums->view.priced &= view.priced;
    sums->view.frozen |= view.frozen;
    sums->debt += subaccount->debt;
    sums->claim += subaccount->claim;
    sums->credit += subaccount->credit;
}

/* A ratio to 6 decimals, rounded down; null where there is nothing to divide by. */
static void set_ratio(json_t *object, const char *key, wide dividend, wide divisor)
{
    uwide ratio;
    const bool negative = dividend < 0;

    if (divisor > 0 && wide_scale_down((uwide)(negative ? -dividend : dividend), 1000000, (uwide)divisor, &ratio) &&
        ratio < (uwide)1 << 100)
        admin_set_decimal(object, key, negative ? -(wide)ratio : (wide)ratio, 6);
    else
        json_object_set_new(object, key, json_null());
}

/* MF = net equity / notional, MMF = sum of MM / notional, MMR = sum of MM / net equity (exchange-rules.md, 4). */
static json_t *sums_object(const struct state *state, const struct sums *sums)
{
    const struct margin_view *view = &sums->view;
    const unsigned decimals = admin_settlement_decimals(state);
    json_t *object = json_object();

    json_object_set_new(object, "priced", json_boolean(view->priced));
    json_object_set_new(object, "frozen", json_boolean(view->frozen));
    admin_set_decimal(object, "debt", sums->debt, decimals);
    admin_set_decimal(object, "claim", sums->claim, decimals);
    admin_set_decimal(object, "credit", sums->credit, decimals);
    if (!view->priced)
        return object;
    admin_set_u256(object, "collateral", view->collateral, decimals);
    admin_set_u256(object, "profit", view->profit, decimals);
    admin_set_u256(object, "borrowed", view->borrowed, decimals);
    admin_set_u256(object, "equity", view->equity, decimals);
    admin_set_u256(object, "initial", view->initial, decimals);
    admin_set_u256(object, "maintenance", view->maintenance, decimals);
    admin_set_u256(object, "notional", view->notional, decimals);
    admin_set_u256(object, "available", view->available, decimals);
    set_ratio(object, "margin_fraction", view->equity, view->notional);
    set_ratio(object, "maintenance_margin_fraction", view->maintenance, view->notional);
    set_ratio(object, "maintenance_margin_ratio", view->maintenance, view->equity);
    return object;
}

json_t *admin_margin_object(const struct state *state, uint32_t subaccount)
{
    struct sums sums = { .view.priced = true };

    sums_add(&sums, state, subaccount);
    return sums_object(state, &sums);
}

struct holding {
    wide held, locked, lent, borrowed, apart;
};

static void holding_add(struct holding *holding, const struct state *state, const struct balance *balance)
{
    const struct pool *pool = state_pool(state, balance->asset);

    holding->held += balance->amount;
    holding->locked += balance->locked;
    holding->lent += lending_lent_units(pool, balance->lent);
    holding->borrowed += lending_borrowed_units(pool, balance->borrowed);
    holding->apart += state_balance_detail_of(state, balance)->apart;
}

static json_t *holding_object(const struct state *state, uint32_t row, const struct holding *holding)
{
    const struct asset *asset = state_asset(state, row);
    json_t *object = json_object();

    admin_set_text(object, "asset", asset->symbol, sizeof asset->symbol);
    admin_set_decimal(object, "amount", holding->held, asset->decimals);
    admin_set_decimal(object, "locked", holding->locked, asset->decimals);
    admin_set_decimal(object, "lent", holding->lent, asset->decimals);
    admin_set_decimal(object, "borrowed", holding->borrowed, asset->decimals);
    admin_set_decimal(object, "apart", holding->apart, asset->decimals);
    return object;
}

json_t *admin_balances_list(const struct state *state, uint32_t subaccount)
{
    json_t *list = json_array();

    for (uint32_t row = state_subaccount(state, subaccount)->balances; row; row = state_balance(state, row)->next) {
        struct holding holding = { 0 };

        holding_add(&holding, state, state_balance(state, row));
        json_array_append_new(list, holding_object(state, state_balance(state, row)->asset, &holding));
    }
    return list;
}

json_t *admin_answer_balances(const struct state *state, uint32_t account, uint32_t limit)
{
    struct holding holdings[LIMIT_ASSETS + 1] = { { 0 } };
    bool has[LIMIT_ASSETS + 1] = { false };
    struct sums sums = { .view.priced = true };
    json_t *object = json_pack("{s:b}", "ok", 1), *list = json_array(), *subaccounts = json_array();
    uint32_t row = state_account(state, account)->subaccounts;

    for (; row && json_array_size(subaccounts) < limit; row = state_subaccount(state, row)->next) {
        json_t *entry = json_object();

        for (uint32_t at = state_subaccount(state, row)->balances; at; at = state_balance(state, at)->next) {
            holding_add(&holdings[state_balance(state, at)->asset], state, state_balance(state, at));
            has[state_balance(state, at)->asset] = true;
        }
        sums_add(&sums, state, row);
        admin_set_number(entry, "number", row);
        admin_set_text(entry, "name", state_subaccount(state, row)->name, 24);
        json_object_set_new(entry, "balances", admin_balances_list(state, row));
        json_object_set_new(entry, "margin", admin_margin_object(state, row));
        admin_set_liquidation(state, entry, row);
        json_object_set_new(entry, "backstops", admin_commitments_list(state, row));
        json_array_append_new(subaccounts, entry);
    }
    for (uint32_t asset = 1; asset < state->assets.used; asset++)
        if (has[asset])
            json_array_append_new(list, holding_object(state, asset, &holdings[asset]));
    admin_set_number(object, "account", account);
    admin_set_text(object, "name", state_account(state, account)->name, 24);
    json_object_set_new(object, "balances", list);
    json_object_set_new(object, "margin", sums_object(state, &sums)); /* sums: each subaccount is margined by itself */
    json_object_set_new(object, "subaccounts", subaccounts);
    json_object_set_new(object, "more", json_boolean(row != TABLE_NONE));
    return object;
}

/* --- money out --- */

static json_t *withdrawal_object(const struct state *state, const struct transfer *transfer)
{
    static const char *const states[] = {
        [TRANSFER_DONE] = "released", [TRANSFER_REQUESTED] = "requested", [TRANSFER_APPROVED] = "approved",
        [TRANSFER_CANCELLED] = "cancelled",
    };
    const struct asset *asset = state_asset(state, transfer->asset);
    json_t *object = json_object();

    admin_set_text(object, "id", transfer->id, sizeof transfer->id);
    admin_set_text(object, "asset", asset->symbol, sizeof asset->symbol);
    admin_set_decimal(object, "amount", transfer->amount, asset->decimals);
    admin_set_subaccount(state, object, transfer->subaccount);
    json_object_set_new(object, "state", json_string(states[transfer->state % (TRANSFER_CANCELLED + 1)]));
    admin_set_number(object, "approvals", transfer->approvals);
    admin_set_number(object, "approvals_needed", transfer->approvals_needed);
    json_object_set_new(object, "apart", json_boolean(transfer->apart));
    admin_set_number(object, "batch", transfer->batch);
    return object;
}

json_t *admin_answer_withdrawal(const struct state *state, const struct input_withdrawal *which)
{
    const uint32_t row = state_find_transfer(state, which->asset, which->id);
    const struct transfer *transfer = row ? table_row(&state->transfers, row) : NULL;

    if (transfer == NULL || transfer->kind != INPUT_WITHDRAW)
        return json_pack("{s:b,s:s}", "ok", 0, "error", "there is no withdrawal of this asset and id");
    return admin_ok_with("withdrawal", withdrawal_object(state, transfer));
}

json_t *admin_answer_withdrawals(const struct state *state, uint32_t limit)
{
    json_t *list = json_array();
    uint32_t row = state->t->withdrawals;

    while (row && json_array_size(list) < limit) {
        const struct transfer *transfer = table_row(&state->transfers, row);

        json_array_append_new(list, withdrawal_object(state, transfer));
        row = transfer->next_open;
    }
    return admin_ok_with("withdrawals", list);
}

/* --- settlement, debts, claims, fund --- */

static json_t *obligations(const struct state *state, uint32_t head, bool debts, uint32_t limit)
{
    json_t *list = json_array();

    for (uint32_t row = head; row && json_array_size(list) < limit;) {
        const struct subaccount *subaccount = state_subaccount(state, row);
        json_t *object = json_object();

        admin_set_subaccount(state, object, row);
        admin_set_usdc(state, object, debts ? "debt" : "claim", debts ? subaccount->debt : subaccount->claim);
        json_array_append_new(list, object);
        row = subaccount->next_obligation;
    }
    return list;
}

json_t *admin_answer_settlement(const struct state *state, uint32_t limit)
{
    static const char *const stages[] = { "idle", "realise", "pay", "claims" };
    const struct totals *totals = state->t;
    json_t *object = json_pack("{s:b}", "ok", 1);

    admin_set_number(object, "pass", totals->pass);
    json_object_set_new(object, "stage", json_string(totals->pass_stage < 4 ? stages[totals->pass_stage] : "?"));
    admin_set_number(object, "settle_seconds", totals->settle_seconds);
    admin_set_time(object, "next", totals->next_settle);
    admin_set_usdc(state, object, "debts_sum", state_debts(state));
    admin_set_usdc(state, object, "claims_sum", state_claims(state));
    admin_set_usdc(state, object, "credits_sum", state_credits(state));
    admin_set_usdc(state, object, "recovered", totals->recovered);
    admin_set_number(object, "inputs_waiting", totals->deferred_wait);
    json_object_set_new(object, "debts", obligations(state, totals->debtors, true, limit));
    json_object_set_new(object, "claims", obligations(state, totals->claimants, false, limit));
    return object;
}

json_t *admin_answer_fund(const struct state *state)
{
    json_t *object = json_pack("{s:b}", "ok", 1), *list = json_array();

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);
        json_t *entry;

        if (market->kind != MARKET_PERPETUAL)
            continue;
        entry = json_object();
        admin_set_text(entry, "market", market->symbol, sizeof market->symbol);
        admin_set_usdc(state, entry, "paid", (wide)market->fund_paid);
        admin_set_usdc(state, entry, "cap", (wide)market->fund_cap);
        admin_set_u256(entry, "liquidation_fees", state_unwind(state, row)->tally.fees,
                       admin_settlement_decimals(state));
        admin_set_usdc(state, entry, "topped_up", state_unwind(state, row)->tally.topped_up);
        json_array_append_new(list, entry);
    }
    json_object_set_new(object, "balances", admin_balances_list(state, SYSTEM_FUND));
    admin_set_usdc(state, object, "floor", (wide)state->t->fund_floor);
    json_object_set_new(object, "markets", list);
    json_object_set_new(object, "fees", admin_balances_list(state, SYSTEM_FEES));
    json_object_set_new(object, "residue", admin_balances_list(state, SYSTEM_RESIDUE));
    return object;
}

/* --- prices, funding, pools --- */

static json_t *venue_object(const struct state *state, const struct venue *venue, unsigned number, uint32_t stale_ms)
{
    const uint64_t age_ns = state->t->time_ns - venue->time_ns;
    json_t *object = json_object();

    admin_set_number(object, "venue", number);
    admin_set_text(object, "name", venue->name, sizeof venue->name);
    admin_set_number(object, "weight", venue->weight);
    admin_set_decimal(object, "bid", (wide)venue->bid, 12);
    admin_set_decimal(object, "ask", (wide)venue->ask, 12);
    admin_set_decimal(object, "last", (wide)venue->last, 12);
    admin_set_time(object, "time", venue->time_ns);
    json_object_set_new(object, "stale", json_boolean(venue->time_ns == 0 || age_ns / 1000000 > stale_ms));
    return object;
}

json_t *admin_answer_prices(const struct state *state)
{
    json_t *list = json_array();

    for (uint32_t row = 1; row < state->assets.used; row++) {
        const struct asset *asset = state_asset(state, row);
        const struct pricing *pricing = state_pricing(state, row);
        json_t *object = json_object(), *venues = json_array();

        admin_set_text(object, "asset", asset->symbol, sizeof asset->symbol);
        admin_set_decimal(object, "index", (wide)asset->index, 12);
        admin_set_decimal(object, "index_raw", (wide)asset->index_raw, 12);
        json_object_set_new(object, "by_venues", json_boolean(asset->price_flags & PRICE_BY_VENUES));
        json_object_set_new(object, "frozen", json_boolean(asset->price_flags & PRICE_FROZEN));
        json_object_set_new(object, "diverged", json_boolean(asset->price_flags & PRICE_DIVERGED));
        admin_set_number(object, "quorum", pricing->quorum);
        admin_set_number(object, "stale_ms", pricing->stale_ms);
        admin_set_decimal(object, "outlier", pricing->outlier, 6);
        admin_set_decimal(object, "clamp", pricing->clamp, 6);
        admin_set_decimal(object, "change", pricing->change, 6);
        admin_set_decimal(object, "agree", pricing->agree, 6);
        for (unsigned i = 0; i < LIMIT_VENUES; i++)
            if (pricing->venues[i].name[0])
                json_array_append_new(venues, venue_object(state, &pricing->venues[i], i, pricing->stale_ms));
        json_object_set_new(object, "venues", venues);
        json_array_append_new(list, object);
    }
    return admin_ok_with("prices", list);
}

json_t *admin_answer_funding(const struct state *state)
{
    json_t *list = json_array();

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);
        json_t *object;

        if (market->kind != MARKET_PERPETUAL)
            continue;
        object = json_object();
        admin_set_text(object, "market", market->symbol, sizeof market->symbol);
        admin_set_number(object, "hours", market->funding_hours);
        admin_set_decimal(object, "bound", market->funding_max, 6);
        admin_set_number(object, "samples", market->funding_samples);
        admin_set_decimal(object, "mean_sample",
                          market->funding_samples ? market->funding_sum / market->funding_samples : 0, 6);
        admin_set_decimal(object, "mean_premium", market->mean_premium, 6);
        admin_set_time(object, "next", market->funding_next_ns);
        admin_set_price(state, market, object, "mark", market->mark);
        json_array_append_new(list, object);
    }
    return admin_ok_with("funding", list);
}

json_t *admin_answer_pools(const struct state *state)
{
    json_t *list = json_array();

    for (uint32_t row = 1; row < state->assets.used; row++) {
        const struct pool *pool = state_pool(state, row);
        const struct asset *asset = state_asset(state, row);
        json_t *object;

        if (!pool->set)
            continue;
        object = json_object();
        admin_set_text(object, "asset", asset->symbol, sizeof asset->symbol);
        admin_set_decimal(object, "lent", pool->lent, asset->decimals);
        admin_set_decimal(object, "borrowed", pool->borrowed, asset->decimals);
        admin_set_decimal(object, "reserved", pool->reserved, asset->decimals);
        admin_set_decimal(object, "cash", lending_cash(pool), asset->decimals);
        admin_set_decimal(object, "utilisation", lending_utilisation(pool), 6);
        admin_set_decimal(object, "borrow_rate", (wide)lending_borrow_rate(pool), 9);
        admin_set_decimal(object, "lend_rate", (wide)lending_lend_rate(pool), 9);
        admin_set_decimal(object, "interest", pool->interest, asset->decimals);
        admin_set_decimal(object, "fees", pool->fees, asset->decimals);
        admin_set_decimal(object, "written_off", pool->written_off, asset->decimals);
        admin_set_decimal(object, "rate_zero", pool->rate_zero, 6);
        admin_set_decimal(object, "rate_optimal", pool->rate_optimal, 6);
        admin_set_decimal(object, "rate_full", pool->rate_full, 6);
        admin_set_decimal(object, "optimal", pool->optimal, 6);
        admin_set_decimal(object, "fee", pool->fee, 6);
        admin_set_decimal(object, "throttle", pool->throttle, 6);
        admin_set_decimal(object, "utilisation_max", pool->utilisation_max, 6);
        admin_set_decimal(object, "step", (wide)pool->step, asset->decimals);
        admin_set_number(object, "step_seconds", pool->step_seconds);
        admin_set_decimal(object, "borrow_max", (wide)pool->borrow_max, asset->decimals);
        admin_set_decimal(object, "account_max", (wide)pool->account_max, asset->decimals);
        json_array_append_new(list, object);
    }
    return admin_ok_with("pools", list);
}

/* --- rules --- */

json_t *admin_answer_rules(const struct state *state)
{
    const struct totals *totals = state->t;
    json_t *object = json_pack("{s:b}", "ok", 1), *caps = json_array(), *waiting = json_array();
    char text[UNITS_TEXT_MAX];

    admin_set_number(object, "settle_seconds", totals->settle_seconds);
    admin_set_number(object, "notice_seconds", totals->notice_seconds);
    admin_set_number(object, "fresh_seconds", totals->fresh_seconds);
    admin_set_number(object, "approvals", totals->approvals);
    admin_set_usdc(state, object, "fund_floor", (wide)totals->fund_floor);
    admin_set_usdc(state, object, "withdraw_account_max", (wide)totals->withdraw_account_max);
    admin_set_usdc(state, object, "withdraw_venue_max", (wide)totals->withdraw_venue_max);
    for (unsigned i = 0; i < LIMIT_JURISDICTIONS; i++) {
        units_format(totals->leverage_caps[i], 2, text, sizeof text);
        json_array_append_new(caps, json_string(text));
    }
    json_object_set_new(object, "leverage_caps", caps);
    json_object_set_new(object, "liquidation", admin_liquidation_rules_object(state));
    for (uint32_t row = 1; row <= LIMIT_DEFERRED; row++) {
        const struct deferred *deferred = table_row(&state->deferred, row);
        const struct input_header *input = (const void *)deferred->input;
        json_t *entry;
        char line[1024];

        if (input->size == 0 || deferred->due_ns == 0)
            continue;
        entry = json_object();
        config_describe(state, input, line, sizeof line);
        json_object_set_new(entry, "change", json_string(line));
        admin_set_time(entry, "effective", deferred->due_ns);
        admin_set_number(entry, "number", deferred->order + 1);
        json_array_append_new(waiting, entry);
    }
    json_object_set_new(object, "waiting", waiting);
    return object;
}
