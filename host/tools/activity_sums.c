#include "activity_sums.h"

#include <stdlib.h>

#include "check.h"
#include "durations.h"
#include "memory.h"
#include "units.h"

#define SHARE_ONE (UINT64_C(1) << 40)
#define POINTS_USDC 1000000u /* whole USDC that the table's points are for */
#define INDEX_DECIMALS 12u

static const struct {
    const char *name, *text;
    uint64_t points;
} measures[ACTIVITY_COUNT] = {
#define ACTIVITY_ENTRY(name, key, text, points) [ACTIVITY_##name] = { key, text, points },
    ACTIVITY_MEASURES(ACTIVITY_ENTRY)
#undef ACTIVITY_ENTRY
};

static const struct {
    const char *name;
    uint64_t volume;
} tiers[] = {
#define ACTIVITY_ENTRY(name, volume) { name, volume },
    ACTIVITY_TIERS(ACTIVITY_ENTRY)
#undef ACTIVITY_ENTRY
};

const char *activity_measure_name(unsigned measure)
{
    check(measure < ACTIVITY_COUNT);
    return measures[measure].name;
}

const char *activity_measure_text(unsigned measure)
{
    check(measure < ACTIVITY_COUNT);
    return measures[measure].text;
}

uint64_t activity_measure_points(unsigned measure)
{
    check(measure < ACTIVITY_COUNT);
    return measures[measure].points;
}

void activity_sums_free(struct activity_sums *sums)
{
    free(sums->rows);
    free(sums->accounts);
    id_map_clear(&sums->row_map);
    id_map_clear(&sums->account_map);
}

/* --- accounts --- */

static struct activity_account *sums_account(struct activity_sums *sums, uint32_t account)
{
    uint32_t at = id_map_get(&sums->account_map, account);

    if (at == ID_MAP_NONE) {
        at = (uint32_t)sums->account_count;
        memory_grow((void **)&sums->accounts, &sums->account_room, sums->account_count + 1, sizeof *sums->accounts);
        sums->accounts[sums->account_count++] = (struct activity_account){ .account = account };
        id_map_set(&sums->account_map, account, at);
    }
    return &sums->accounts[at];
}

/* Beyond 1.8 x 10^13 USDC of 6 decimals a measure stands still. */
static void sums_add(uint64_t *measure, uwide units)
{
    *measure = units > UINT64_MAX - *measure ? UINT64_MAX : *measure + (uint64_t)units;
}

static void sums_add_volume(struct activity_sums *sums, struct activity_account *account, uwide units)
{
    const uint64_t day = sums->state->t->time_ns / NS_A_DAY;
    const unsigned place = (unsigned)(day % ACTIVITY_DAYS);

    if (account->day[place] != day)
        account->day_volume[place] = 0;
    account->day[place] = day;
    sums_add(&account->day_volume[place], units);
}

/* --- levels --- */

/* Units of the settlement asset that `units` of an asset are worth at its index, rounded down. */
static uwide sums_worth(const struct activity_sums *sums, uint32_t asset, uwide units)
{
    const struct asset *row = state_asset(sums->state, asset);
    uwide worth, divisor = (uwide)units_power(row->decimals) * (uwide)units_power(INDEX_DECIMALS);

    if (asset == state_settlement(sums->state))
        return units;
    check(wide_scale_down(units * (uwide)units_power(sums->decimals), row->index, divisor, &worth));
    return worth;
}

/* Worth of a share or a lot until the next batch, as it stands now. */
static void sums_set_rates(struct activity_sums *sums)
{
    const struct state *state = sums->state;

    if (state_settlement(state) == TABLE_NONE)
        return;
    sums->decimals = state_asset(state, state_settlement(state))->decimals;
    for (uint32_t asset = 1; asset < state->assets.used; asset++) {
        const struct pool *pool = state_pool(state, asset);
        uwide *rate = &sums->pools[asset].rate;

        *rate = 0;
        if (pool->lent_shares > 0)
            check(wide_scale_down(sums_worth(sums, asset, (uwide)pool->lent), SHARE_ONE, (uwide)pool->lent_shares,
                                  rate));
    }
    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        sums->markets[row].rate = (uwide)market->mark * market->tick_lot_units;
    }
}

/* The first look at a batch: what was there since the last one counts for the time between. */
static void sums_pass_time(struct activity_sums *sums)
{
    const uint64_t elapsed = sums->state->t->time_ns - sums->time_ns;

    if (elapsed == 0)
        return;
    sums->time_ns += elapsed;
    for (uint32_t asset = 1; asset < sums->state->assets.used; asset++)
        sums->pools[asset].level += sums->pools[asset].rate * elapsed;
    for (uint32_t row = 1; row < sums->state->markets.used; row++)
        sums->markets[row].level += sums->markets[row].rate * elapsed;
}

/* --- rows --- */

static void sums_count_row(struct activity_sums *sums, struct activity_row *row)
{
    const struct activity_level *thing = row->lent ? &sums->pools[row->thing] : &sums->markets[row->thing];
    const uwide passed = thing->level - row->level;
    const uint32_t account = state_subaccount(sums->state, row->subaccount)->account;
    const uwide amount = row->amount < 0 ? -(uwide)row->amount : (uwide)row->amount;
    uwide units;

    row->level = thing->level;
    if (amount == 0 || passed == 0 || account == SYSTEM_ACCOUNT)
        return;
    check(wide_scale_down(amount, passed,
                          row->lent ? (uwide)SHARE_ONE * NS_A_DAY : (uwide)256 * NS_AN_HOUR, &units));
    sums_add(&sums_account(sums, account)->measure[row->lent ? ACTIVITY_LENT : ACTIVITY_HELD], units);
}

static struct activity_row *sums_row(struct activity_sums *sums, uint32_t subaccount, uint32_t thing, bool lent)
{
    const uint64_t id = (uint64_t)subaccount << 32 | (uint64_t)lent << 16 | thing;
    uint32_t at = id_map_get(&sums->row_map, id);

    if (at == ID_MAP_NONE) {
        at = (uint32_t)sums->row_count;
        memory_grow((void **)&sums->rows, &sums->row_room, sums->row_count + 1, sizeof *sums->rows);
        sums->rows[sums->row_count++] = (struct activity_row){ .subaccount = subaccount, .thing = (uint16_t)thing,
                                                               .lent = lent };
        id_map_set(&sums->row_map, id, at);
    }
    return &sums->rows[at];
}

/* An end of an entry: the row counts at its old amount first. */
static void sums_touch(struct activity_sums *sums, uint32_t subaccount, uint32_t thing, bool lent, int64_t change)
{
    struct activity_row *row = sums_row(sums, subaccount, thing, lent);

    sums_count_row(sums, row);
    row->amount += change;
}

void activity_sums_begin(struct activity_sums *sums, const struct state *state)
{
    sums->state = state;
    sums->time_ns = state->t->time_ns;
    for (uint32_t row = 1; row < state->balances.used; row++) {
        const struct balance *balance = state_balance(state, row);

        if (balance->lent > 0)
            sums_touch(sums, balance->subaccount, balance->asset, true, balance->lent);
    }
    for (uint32_t row = 1; row < state->positions.used; row++) {
        const struct position *position = state_position(state, row);

        if (position->quantity != 0)
            sums_touch(sums, position->subaccount, position->market, false, position->quantity);
    }
    sums_set_rates(sums);
}

void activity_sums_take(struct activity_sums *sums, const struct ledger_entry *entry)
{
    const enum ledger_column column = ledger_entry_from(entry->kind);

    sums_pass_time(sums);
    if (column != COLUMN_LENT && column != COLUMN_LOTS)
        return;
    sums_touch(sums, entry->from, entry->thing, column == COLUMN_LENT, -entry->amount);
    sums_touch(sums, entry->to, entry->thing, column == COLUMN_LENT, entry->amount);
}

/* A fill: the notional in USDC at its price, each side by itself. */
static void sums_take_fill(struct activity_sums *sums, const struct report *report)
{
    const struct market *market = state_market(sums->state, report->market);
    const uwide notional = (uwide)report->price * (uwide)report->quantity * market->tick_lot_units;
    const uwide units = sums_worth(sums, market->quote_asset, notional);
    struct activity_account *account = sums_account(sums, report->account);

    sums_add(&account->measure[report->liquidity ? ACTIVITY_TAKER : ACTIVITY_MAKER], units);
    sums_add_volume(sums, account, units);
}

void activity_sums_end_batch(struct activity_sums *sums, const struct report *reports, size_t count)
{
    sums_pass_time(sums);
    sums_set_rates(sums);
    for (size_t i = 0; i < count; i++)
        if (reports[i].kind == REPORT_EXECUTED)
            sums_take_fill(sums, &reports[i]);
}

void activity_sums_end(struct activity_sums *sums)
{
    sums_pass_time(sums);
    for (size_t i = 0; i < sums->row_count; i++)
        sums_count_row(sums, &sums->rows[i]);
}

/* --- what follows --- */

uint64_t activity_sums_points(const struct activity_sums *sums, const struct activity_account *account,
                              unsigned measure)
{
    const uwide whole = (uwide)units_power(sums->decimals) * POINTS_USDC;

    return (uint64_t)((uwide)account->measure[measure] * measures[measure].points / whole);
}

uint64_t activity_sums_volume(const struct activity_sums *sums, const struct activity_account *account)
{
    const uint64_t today = sums->state->t->time_ns / NS_A_DAY;
    uint64_t volume = 0;

    for (unsigned i = 0; i < ACTIVITY_DAYS; i++)
        if (account->day[i] + ACTIVITY_DAYS > today)
            volume += account->day_volume[i];
    return volume;
}

const char *activity_sums_tier(const struct activity_sums *sums, const struct activity_account *account)
{
    const uint64_t volume = activity_sums_volume(sums, account) / (uint64_t)units_power(sums->decimals);
    const char *name = tiers[0].name;

    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
        if (volume >= tiers[i].volume)
            name = tiers[i].name;
    return name;
}
