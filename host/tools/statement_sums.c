#include "statement_sums.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lending.h"
#include "memory.h"
#include "units.h"

enum { COST_DECIMALS = 8, COST_FACTOR = 390625 }; /* 1/256 = 390625 x 10^-8 */

void statement_sums_free(struct statement_sums *sums)
{
    free(sums->lines);
    free(sums->movements);
    id_map_clear(&sums->map);
}

static bool sums_concern(const struct statement_sums *sums, uint32_t subaccount)
{
    if (sums->everyone)
        return true;
    if (sums->only != TABLE_NONE)
        return subaccount == sums->only;
    return sums->account != TABLE_NONE && state_subaccount(sums->state, subaccount)->account == sums->account;
}

static struct statement_line *sums_line(struct statement_sums *sums, uint32_t subaccount, unsigned column,
                                        uint32_t thing)
{
    const uint64_t id = (uint64_t)subaccount << 32 | (uint64_t)column << 16 | thing;
    uint32_t at = id_map_get(&sums->map, id);

    if (at == ID_MAP_NONE) {
        at = (uint32_t)sums->line_count;
        memory_grow((void **)&sums->lines, &sums->line_room, sums->line_count + 1, sizeof *sums->lines);
        sums->lines[sums->line_count++] = (struct statement_line){ .subaccount = subaccount, .column = (uint8_t)column,
                                                                   .thing = (uint16_t)thing };
        id_map_set(&sums->map, id, at);
    }
    return &sums->lines[at];
}

static bool sums_bears_interest(unsigned column)
{
    return column == COLUMN_LENT || column == COLUMN_BORROWED;
}

/* SYSTEM_POOL has minus what all others have: it owes what is lent and is owed what is borrowed, to the unit. */
static int64_t sums_units(const struct statement_sums *sums, unsigned column, uint32_t asset, int64_t shares)
{
    const struct pool *pool = state_pool(sums->state, asset);

    if (!sums_bears_interest(column) || shares == 0)
        return 0;
    if (shares < 0)
        return column == COLUMN_LENT ? -pool->lent : -pool->borrowed;
    return column == COLUMN_LENT ? lending_lent_units(pool, shares) : lending_borrowed_units(pool, shares);
}

/* A pool's books without what they change by themselves. */
static int64_t sums_pool_units(const struct statement_sums *sums, unsigned column, uint32_t asset)
{
    const struct pool *pool = state_pool(sums->state, asset);

    return column == COLUMN_LENT ? pool->lent - pool->interest + pool->written_off : pool->borrowed - pool->interest;
}

/* --- what the state says --- */

typedef void sums_visit(struct statement_sums *sums, uint32_t subaccount, unsigned column, uint32_t thing,
                        int64_t amount);

static void sums_open_line(struct statement_sums *sums, uint32_t subaccount, unsigned column, uint32_t thing,
                           int64_t amount)
{
    struct statement_line *line;

    if (amount == 0)
        return;
    line = sums_line(sums, subaccount, column, thing);
    line->opening = line->balance = amount;
    line->units_opening = sums_units(sums, column, thing, amount);
}

static void sums_close_line(struct statement_sums *sums, uint32_t subaccount, unsigned column, uint32_t thing,
                            int64_t amount)
{
    struct statement_line *line;

    if (amount == 0) /* and so is the closing of a line that is never reached */
        return;
    line = sums_line(sums, subaccount, column, thing);
    line->closing = amount;
    line->units_closing = sums_units(sums, column, thing, amount);
}

static void sums_read_balances(struct statement_sums *sums, uint32_t subaccount, sums_visit *visit)
{
    const struct state *state = sums->state;
    uint32_t row = state_subaccount(state, subaccount)->balances;

    for (; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);
        const struct pool *pool = state_pool(state, balance->asset);
        const bool mirror = subaccount == SYSTEM_POOL;

        visit(sums, subaccount, COLUMN_HELD, balance->asset, balance->amount);
        visit(sums, subaccount, COLUMN_APART, balance->asset, state_balance_detail_of(state, balance)->apart);
        visit(sums, subaccount, COLUMN_LENT, balance->asset, mirror ? -pool->lent_shares : balance->lent);
        visit(sums, subaccount, COLUMN_BORROWED, balance->asset, mirror ? -pool->borrowed_shares : balance->borrowed);
    }
}

static void sums_read_subaccount(struct statement_sums *sums, uint32_t row, sums_visit *visit)
{
    const struct state *state = sums->state;
    const struct subaccount *subaccount = state_subaccount(state, row);
    uint32_t at = subaccount->positions;

    sums_read_balances(sums, row, visit);
    for (; at != TABLE_NONE; at = state_position(state, at)->next) {
        visit(sums, row, COLUMN_LOTS, state_position(state, at)->market, state_position(state, at)->quantity);
        visit(sums, row, COLUMN_COST, state_position(state, at)->market, state_position(state, at)->entry_cost);
    }
    visit(sums, row, COLUMN_CREDIT, 0, subaccount->credit);
    visit(sums, row, COLUMN_CLAIM, 0, subaccount->claim);
    visit(sums, row, COLUMN_DEBT, 0, subaccount->debt);
}

static void sums_read(struct statement_sums *sums, sums_visit *visit)
{
    uint32_t row = sums->account == TABLE_NONE ? TABLE_NONE : state_account(sums->state, sums->account)->subaccounts;

    for (uint32_t every = 1; sums->everyone && every < sums->state->subaccounts.used; every++)
        sums_read_subaccount(sums, every, visit);
    for (; row != TABLE_NONE; row = state_subaccount(sums->state, row)->next)
        if (sums_concern(sums, row))
            sums_read_subaccount(sums, row, visit);
}

void statement_sums_open(struct statement_sums *sums)
{
    check(!sums->open);
    sums->open = true;
    for (uint32_t asset = 1; asset < sums->state->assets.used; asset++) {
        sums->pool_lent[asset] = sums_pool_units(sums, COLUMN_LENT, asset);
        sums->pool_borrowed[asset] = sums_pool_units(sums, COLUMN_BORROWED, asset);
    }
    sums_read(sums, sums_open_line);
}

size_t statement_sums_close(struct statement_sums *sums)
{
    size_t wrong = 0;

    sums_read(sums, sums_close_line);
    for (size_t i = 0; i < sums->line_count; i++)
        wrong += sums->lines[i].balance != sums->lines[i].closing;
    return wrong;
}

/* --- movements --- */

/* Units that an entry of shares stands for, to the unit: a pool's books change by them before the entry is made
 * (lending.c). Shares that change hands outside of the pool are worth what they are worth then. */
static int64_t sums_entry_units(struct statement_sums *sums, const struct ledger_entry *entry)
{
    const unsigned column = ledger_entry_to(entry->kind);
    int64_t *seen = column == COLUMN_LENT ? &sums->pool_lent[entry->thing] : &sums->pool_borrowed[entry->thing];
    const int64_t units = sums_pool_units(sums, column, entry->thing), before = *seen;

    if (entry->from == SYSTEM_POOL || entry->to == SYSTEM_POOL) {
        *seen = units;
        return entry->from == SYSTEM_POOL ? units - before : before - units;
    }
    return sums_units(sums, column, entry->thing, entry->amount);
}

static void sums_move(struct statement_sums *sums, const struct ledger_entry *entry, bool in, int64_t units)
{
    const unsigned column = in ? ledger_entry_to(entry->kind) : ledger_entry_from(entry->kind);
    const int64_t amount = in ? entry->amount : -entry->amount;
    struct statement_line *line = sums_line(sums, in ? entry->to : entry->from, column, entry->thing);

    line->movements++;
    line->counts[entry->kind]++;
    line->moved[entry->kind] = wide_narrow((wide)line->moved[entry->kind] + amount);
    line->balance = wide_narrow((wide)line->balance + amount);
    line->units_moved += in ? units : -units;
    if (sums->sums_only)
        return;
    memory_grow((void **)&sums->movements, &sums->movement_room, sums->movement_count + 1, sizeof *sums->movements);
    sums->movements[sums->movement_count++] = (struct statement_movement){
        .time_ns = sums->state->t->time_ns, .batch = sums->state->t->batch, .line = (uint32_t)(line - sums->lines),
        .other = in ? entry->from : entry->to, .amount = amount, .balance = line->balance, .kind = entry->kind };
}

void statement_sums_take(struct statement_sums *sums, const struct ledger_entry *entry)
{
    int64_t units;

    if (!sums->open)
        return;
    units = sums_bears_interest(ledger_entry_to(entry->kind)) ? sums_entry_units(sums, entry) : 0;
    if (sums_concern(sums, entry->from))
        sums_move(sums, entry, false, units);
    if (sums_concern(sums, entry->to))
        sums_move(sums, entry, true, units);
}

int64_t statement_sums_interest(const struct statement_line *line)
{
    return line->units_closing - line->units_opening - line->units_moved;
}

/* --- texts --- */

const char *statement_column_name(unsigned column)
{
    static const char *const names[COLUMNS] = {
        [COLUMN_HELD] = "held", [COLUMN_APART] = "held apart", [COLUMN_LENT] = "lend shares",
        [COLUMN_BORROWED] = "borrow shares", [COLUMN_LOTS] = "position", [COLUMN_COST] = "entry cost",
        [COLUMN_CREDIT] = "won, not paid", [COLUMN_CLAIM] = "claim", [COLUMN_DEBT] = "debt" };

    check(column < COLUMNS);
    return names[column];
}

static bool sums_of_market(unsigned column)
{
    return column == COLUMN_LOTS || column == COLUMN_COST;
}

const char *statement_thing(const struct state *state, unsigned column, uint32_t thing)
{
    if (sums_of_market(column))
        return (const char *)state_market(state, thing)->symbol;
    return (const char *)state_asset(state, thing ? thing : state_settlement(state))->symbol;
}

void statement_amount(const struct state *state, unsigned column, uint32_t thing, int64_t amount, char *text,
                      size_t size)
{
    const struct market *market = sums_of_market(column) ? state_market(state, thing) : NULL;
    const uint32_t asset = !market ? thing ? thing : state_settlement(state)
                           : column == COLUMN_LOTS ? market->base_asset : market->quote_asset;
    const unsigned decimals = state_asset(state, asset)->decimals;

    if (column == COLUMN_LOTS)
        units_format((wide)amount * (wide)market->lot_units, decimals, text, size);
    else if (column == COLUMN_COST)
        units_format((wide)amount * COST_FACTOR, decimals + COST_DECIMALS, text, size);
    else
        units_format(amount, column == COLUMN_LENT || column == COLUMN_BORROWED ? 0 : decimals, text, size);
}
