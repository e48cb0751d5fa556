/* Lending pools counted again, what stands at the first subaccount for its whole account, and the lists of idle
 * balances. */
#include "recount.h"

#include "lending.h"

static long long shown(wide value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (long long)value;
}

bool recount_pool_parts(struct recount *recount, uint32_t row)
{
    const struct state *state = recount->state;
    const struct balance *balance = state_balance(state, row);
    const struct balance_detail *detail = state_balance_detail(state, row);

    if (balance->lent < 0 || balance->borrowed < 0 || detail->account_use < 0 || balance->account_units < 0 ||
        detail->account_lent < 0 || (balance->subaccount == SYSTEM_POOL && (balance->lent || balance->borrowed)))
        return recount_wrong(recount->violation, &state->balances, row, "lent %lld, borrowed %lld shares",
                             (long long)balance->lent, (long long)balance->borrowed);
    recount->lent[balance->asset] += balance->lent;
    recount->borrowed[balance->asset] += balance->borrowed;
    if (balance->subaccount >= SYSTEM_SUBACCOUNTS)
        recount->reserved[balance->asset] += ledger_pool_part(balance);
    recount->idle += balance->next_idle != TABLE_NONE;
    return true;
}

/* Each in terms of the pool's row alone; false: `what` says which. */
static bool pool_is_sound(const struct state *state, const struct pool *pool, const char **what)
{
    if (pool->set > 1 || pool->lendable > 1)
        *what = "flags";
    else if (!pool->set && (pool->lent || pool->lent_shares || pool->borrowed || pool->borrowed_shares ||
                            pool->reserved))
        *what = "no pool, but units or shares";
    else if (pool->borrowed < 0 || pool->lent < pool->borrowed || pool->lent > LENDING_POOL_MAX)
        *what = "units";
    else if (pool->lent_shares > LENDING_POOL_MAX || pool->borrowed_shares > pool->borrowed)
        *what = "shares";
    else if ((pool->borrowed == 0) != (pool->borrowed_shares == 0) || (pool->lent > 0 && pool->lent_shares == 0))
        *what = "units without shares";
    else if (pool->lent == 0 && pool->lent_shares > 0 && state->t->lending_scan == 0)
        *what = "void shares that nobody takes back";
    else if (pool->reserved > pool->lent - pool->borrowed)
        *what = "more reserved than there is";
    else if (pool->carry < 0 || pool->carry >> 85 != 0)
        *what = "interest carried";
    else
        return true;
    return false;
}

static bool compare_pool(const struct recount *recount, uint32_t row)
{
    const struct state *state = recount->state;
    const struct pool *pool = state_pool(state, row);
    const uint32_t cash_row = state_find_balance(state, SYSTEM_POOL, row);
    const int64_t cash = cash_row == TABLE_NONE ? 0 : state_balance(state, cash_row)->amount;
    const struct {
        const char *name;
        int64_t kept;
        wide counted;
    } sums[] = {
        {"lend shares", pool->lent_shares, recount->lent[row]},
        {"borrow shares", pool->borrowed_shares, recount->borrowed[row]},
        {"reserved", pool->reserved, recount->reserved[row]},
    };
    const char *what = "";

    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        if (sums[i].kept != sums[i].counted)
            return recount_wrong(recount->violation, &state->pools, row, "%s: %lld, balances say %lld", sums[i].name,
                                 (long long)sums[i].kept, shown(sums[i].counted));
    }
    if (!pool_is_sound(state, pool, &what))
        return recount_wrong(recount->violation, &state->pools, row, "%s: lent %lld, borrowed %lld, reserved %lld",
                             what, (long long)pool->lent, (long long)pool->borrowed, (long long)pool->reserved);
    if (pool->lent - pool->borrowed != cash)
        return recount_wrong(recount->violation, &state->pools, row, "lent %lld - borrowed %lld, cash %lld",
                             (long long)pool->lent, (long long)pool->borrowed, (long long)cash);
    return true;
}

/* --- what stands at the first subaccount --- */

/* Of the account looked at; 0 between two, which compare_subaccount() and compare_reach() see to. */
struct account_sums {
    wide use[LIMIT_ASSETS + 1], units[LIMIT_ASSETS + 1], lent[LIMIT_ASSETS + 1], coming[LIMIT_ASSETS + 1];
    wide lots[LIMIT_MARKETS + 1], reach[LIMIT_MARKETS + 1]; /* held, and what they could become */
};

/* Its lots; what its spot orders and its withdrawals may bring in. */
static void add_coming(const struct state *state, uint32_t subaccount, struct account_sums *sums)
{
    uint32_t row = state_subaccount(state, subaccount)->positions;

    for (; row != TABLE_NONE; row = state_position(state, row)->next) {
        const struct position *position = state_position(state, row);
        const struct market *market = state_market(state, position->market);
        const struct open_side *sides = state_position_detail(state, row)->side;

        sums->lots[position->market] += state_lots(position);
        sums->reach[position->market] += state_reach(position->quantity, sides);
        if (market->kind != MARKET_SPOT)
            continue;
        sums->coming[market->base_asset] += (wide)sides[CARD_SIDE_BUY].lots * (wide)market->lot_units;
        sums->coming[market->quote_asset] += sides[CARD_SIDE_SELL].notional;
    }
    for (row = state->t->withdrawals; row != TABLE_NONE;) { /* recount_dues() has walked the list */
        const struct transfer *transfer = table_row(&state->transfers, row);

        if (transfer->subaccount == subaccount)
            sums->coming[transfer->asset] += transfer->amount;
        row = transfer->next_open;
    }
}

static void add_subaccount(const struct state *state, uint32_t subaccount, struct account_sums *sums)
{
    uint32_t row = state_subaccount(state, subaccount)->balances;

    for (; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);

        sums->use[balance->asset] += (wide)balance->borrowed + ledger_pool_part(balance);
        sums->units[balance->asset] += (wide)balance->amount + state_balance_detail(state, row)->apart;
        sums->lent[balance->asset] += balance->lent;
    }
    add_coming(state, subaccount, sums);
}

/* Only the first has anything there, and what it has is left at 0 in `sums`. */
static bool compare_subaccount(const struct recount *recount, uint32_t subaccount, uint32_t first_row,
                               struct account_sums *sums)
{
    const struct state *state = recount->state;
    const bool first = subaccount == first_row;
    uint32_t row = state_subaccount(state, subaccount)->balances;

    for (; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);
        const struct balance_detail *detail = state_balance_detail(state, row);
        const uint16_t asset = balance->asset;
        const wide use = first ? sums->use[asset] : 0, units = first ? sums->units[asset] : 0,
                   lent = first ? sums->lent[asset] : 0, coming = first ? sums->coming[asset] : 0;

        if (balance->sums != (first_row == TABLE_NONE ? TABLE_NONE : state_find_balance(state, first_row, asset)))
            return recount_wrong(recount->violation, &state->balances, row, "sums of the account in row %u",
                                 balance->sums);
        if (detail->account_use != use || balance->account_units != units || detail->account_lent != lent)
            return recount_wrong(recount->violation, &state->balances, row,
                                 "of the account: use %lld, units %lld, lent %lld; balances say %lld, %lld, %lld",
                                 (long long)detail->account_use, (long long)balance->account_units,
                                 (long long)detail->account_lent, shown(use), shown(units), shown(lent));
        if (detail->account_coming != coming)
            return recount_wrong(recount->violation, &state->balances, row,
                                 "may come in: %lld, orders and withdrawals say %lld",
                                 shown(detail->account_coming), shown(coming));
        if (first)
            sums->use[asset] = sums->units[asset] = sums->lent[asset] = sums->coming[asset] = 0;
    }
    return true;
}

/* Likewise, by market. Wherever a sibling has a position, the first has a row. */
static bool compare_reach(const struct recount *recount, uint32_t subaccount, uint32_t first_row,
                          struct account_sums *sums)
{
    const struct state *state = recount->state;
    const bool first = subaccount == first_row;
    uint32_t row = state_subaccount(state, subaccount)->positions;

    for (; row != TABLE_NONE; row = state_position(state, row)->next) {
        const struct position_detail *detail = state_position_detail(state, row);
        const uint32_t market = state_position(state, row)->market;
        const uint32_t counter = first_row == TABLE_NONE ? TABLE_NONE : state_find_position(state, first_row, market);
        const wide lots = first ? sums->lots[market] : 0, reach = first ? sums->reach[market] : 0;

        if (detail->account_row != counter || (first_row != TABLE_NONE && counter == TABLE_NONE))
            return recount_wrong(recount->violation, &state->positions, row,
                                 "counts for its account in row %u, not %u", detail->account_row, counter);
        if (detail->account_lots != lots || detail->account_reach != reach)
            return recount_wrong(recount->violation, &state->positions, row,
                                 "of the account: %lld lots, up to %lld; positions say %lld, %lld",
                                 shown(detail->account_lots), shown(detail->account_reach), shown(lots), shown(reach));
        if (first)
            sums->lots[market] = sums->reach[market] = 0;
    }
    return true;
}

static bool compare_account(const struct recount *recount, uint32_t account, struct account_sums *sums)
{
    const struct state *state = recount->state;
    const uint32_t first = state_account(state, account)->first;
    const uint32_t head = state_account(state, account)->subaccounts;

    if (first != TABLE_NONE && (!recount_is_row(&state->subaccounts, first) ||
                                state_subaccount(state, first)->account != account))
        return recount_wrong(recount->violation, &state->accounts, account, "first subaccount %u", first);
    if (first != TABLE_NONE) {
        for (uint32_t row = head; row != TABLE_NONE; row = state_subaccount(state, row)->next)
            add_subaccount(state, row, sums);
        if (!compare_subaccount(recount, first, first, sums) || !compare_reach(recount, first, first, sums))
            return false;
    }
    for (uint32_t row = head; row != TABLE_NONE; row = state_subaccount(state, row)->next) {
        if (row != first &&
            (!compare_subaccount(recount, row, first, sums) || !compare_reach(recount, row, first, sums)))
            return false;
    }
    for (uint32_t asset = 1; asset < state->assets.used; asset++) {
        if (sums->use[asset] != 0 || sums->units[asset] != 0 || sums->lent[asset] != 0 || sums->coming[asset] != 0)
            return recount_wrong(recount->violation, &state->accounts, account,
                                 "its first subaccount has no balance of asset %u", asset);
    }
    return true;
}

/* --- two lists of balances, each ends in itself --- */

static bool walk_idle(const struct recount *recount, uint32_t row, uint64_t *found)
{
    const struct state *state = recount->state;

    while (row != TABLE_NONE) {
        if (!recount_is_row(&state->balances, row) || state_balance(state, row)->next_idle == TABLE_NONE ||
            ++*found > recount->idle)
            return recount_wrong(recount->violation, &state->totals, 1, "a list of idle balances leads to %u", row);
        row = state_balance(state, row)->next_idle == row ? TABLE_NONE : state_balance(state, row)->next_idle;
    }
    return true;
}

static bool check_idle(const struct recount *recount)
{
    const struct totals *totals = recount->state->t;
    uint64_t found = 0;

    if (!walk_idle(recount, totals->idle, &found) || !walk_idle(recount, totals->idle_work, &found))
        return false;
    if (found != recount->idle)
        return recount_wrong(recount->violation, &recount->state->totals, 1,
                             "idle balances: %llu listed, %llu say so", (unsigned long long)found,
                             (unsigned long long)recount->idle);
    return true;
}

bool recount_pools(struct recount *recount)
{
    const struct state *state = recount->state;
    struct account_sums sums = {0};

    for (uint32_t row = 1; row <= LIMIT_ASSETS; row++) {
        if (!compare_pool(recount, row))
            return false;
    }
    for (uint32_t row = 1; row < state->accounts.used; row++) {
        if (!compare_account(recount, row, &sums))
            return false;
    }
    return check_idle(recount);
}
