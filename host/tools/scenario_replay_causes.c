/* What made every account worth what it is, in both runs. Entries of the ledger are added up by subaccount, column,
 * thing and kind (statement_sums.h) and valued at the prices of the recorded run's end, in settlement units x 2^64:
 * each price is rounded once, so everything that follows is exact and must add up to the last bit. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lending.h"
#include "memory.h"
#include "scenario_replay.h"

enum { FINE = 64, FINE_256 = FINE - 8, INDEX_DECIMALS = 12 };

/* At the end of a run: of a unit, of a lot, x 2^64. */
struct causes_prices {
    wide unit[LIMIT_ASSETS + 1], lot[LIMIT_MARKETS + 1];
};

/* By party: the exchange's subaccounts, then clients' accounts. Settlement units x 2^64. */
struct causes_sum {
    wide worth[REPLAY_SIDES]; /* at the recorded run's prices */
    wide own;                 /* the changed run at its own */
    wide cause[REPLAY_CAUSES];/* changed - recorded */
};

struct causes {
    struct replay *replay;
    struct causes_prices prices[REPLAY_SIDES];
    struct causes_sum *sums;
    uint32_t parties;
};

static const uint8_t kind_causes[ENTRY_KINDS] = {
    [ENTRY_DEPOSIT] = REPLAY_PAYMENTS, [ENTRY_WITHDRAWAL] = REPLAY_PAYMENTS, [ENTRY_TRANSFER] = REPLAY_PAYMENTS,
    [ENTRY_TRADE_BASE] = REPLAY_TRADING, [ENTRY_TRADE_QUOTE] = REPLAY_TRADING, [ENTRY_FEE] = REPLAY_FEES,
    [ENTRY_POSITION] = REPLAY_TRADING, [ENTRY_COST] = REPLAY_TRADING, [ENTRY_COST_FEE] = REPLAY_FEES,
    [ENTRY_FUNDING] = REPLAY_FUNDING, [ENTRY_REALISED] = REPLAY_SETTLEMENT,
    [ENTRY_SETTLED_PAID] = REPLAY_SETTLEMENT, [ENTRY_SETTLED_RECEIVED] = REPLAY_SETTLEMENT,
    [ENTRY_CREDIT] = REPLAY_SETTLEMENT, [ENTRY_DEBT] = REPLAY_CLAIMS, [ENTRY_CLAIM] = REPLAY_CLAIMS,
    [ENTRY_DEBT_PAID] = REPLAY_CLAIMS, [ENTRY_CLAIM_PAID] = REPLAY_CLAIMS, [ENTRY_LEND] = REPLAY_INTEREST,
    [ENTRY_REDEEM] = REPLAY_INTEREST, [ENTRY_BORROW] = REPLAY_INTEREST, [ENTRY_REPAY] = REPLAY_INTEREST,
    [ENTRY_LENT_SHARES] = REPLAY_INTEREST, [ENTRY_BORROWED_SHARES] = REPLAY_INTEREST,
    [ENTRY_DEPOSIT_APART] = REPLAY_PAYMENTS, [ENTRY_APART_FREED] = REPLAY_PAYMENTS,
    [ENTRY_APART_ACCEPTED] = REPLAY_CLAIMS, [ENTRY_WITHDRAWAL_ASKED] = REPLAY_PAYMENTS,
    [ENTRY_WITHDRAWAL_BACK] = REPLAY_PAYMENTS, [ENTRY_APART_ASKED] = REPLAY_PAYMENTS,
    [ENTRY_APART_BACK] = REPLAY_PAYMENTS, [ENTRY_DUST] = REPLAY_TRADING, [ENTRY_DELISTED_LOTS] = REPLAY_TRADING,
    [ENTRY_FUND_PAID] = REPLAY_CLAIMS, [ENTRY_FUND_TOPPED_UP] = REPLAY_BACKSTOP,
    [ENTRY_LIQUIDATION_FEE] = REPLAY_LIQUIDATION_FEE, [ENTRY_BACKSTOP_LOTS] = REPLAY_BACKSTOP,
    [ENTRY_BACKSTOP_COST] = REPLAY_BACKSTOP, [ENTRY_DELEVERAGED_LOTS] = REPLAY_DELEVERAGED,
    [ENTRY_DELEVERAGED_COST] = REPLAY_DELEVERAGED, [ENTRY_TURNED] = REPLAY_DELEVERAGED,
};

/* --- while it runs --- */

static void causes_put_aside(struct replay_side *side, uint32_t subaccount, uint32_t asset, unsigned from, unsigned to,
                             int64_t units)
{
    const uint64_t id = (uint64_t)subaccount << 32 | (uint64_t)asset << 16 | (uint64_t)from << 8 | to;
    uint32_t at = id_map_get(&side->aside_map, id);

    if (at == ID_MAP_NONE) {
        at = (uint32_t)side->aside_count;
        memory_grow((void **)&side->asides, &side->aside_room, side->aside_count + 1, sizeof *side->asides);
        side->asides[side->aside_count++] = (struct replay_aside){ .subaccount = subaccount, .asset = (uint16_t)asset,
                                                                   .from = (uint8_t)from, .to = (uint8_t)to };
        id_map_set(&side->aside_map, id, at);
    }
    side->asides[at].units = wide_narrow((wide)side->asides[at].units + units);
}

/* A claim or debt that is made is what settlement did not pay; only what becomes of it later is of "claims". Shares
 * that change hands outside of a pool are a settlement, or a deleveraging of lenders. */
void replay_causes_entry(struct replay_side *side, const struct ledger_entry *entry)
{
    const unsigned column = ledger_entry_to(entry->kind);
    const bool debt = entry->kind == ENTRY_DEBT, lent = column == COLUMN_LENT;

    statement_sums_take(&side->sums, entry);
    if ((debt || entry->kind == ENTRY_CLAIM) && entry->from == SYSTEM_CUSTODY) {
        const int64_t units = debt ? -entry->amount : entry->amount;

        causes_put_aside(side, entry->to, 0, REPLAY_CLAIMS, REPLAY_SETTLEMENT, units);
        causes_put_aside(side, SYSTEM_CUSTODY, 0, REPLAY_CLAIMS, REPLAY_SETTLEMENT, -units);
    }
    if ((lent || column == COLUMN_BORROWED) && entry->from != SYSTEM_POOL && entry->to != SYSTEM_POOL) {
        const struct pool *pool = state_pool(side->state, entry->thing);
        const int64_t units = lent ? lending_lent_units(pool, entry->amount)
                                   : -lending_borrowed_units(pool, entry->amount);
        const bool residue = entry->from == SYSTEM_RESIDUE || entry->to == SYSTEM_RESIDUE;
        const unsigned to = residue ? REPLAY_SETTLEMENT : REPLAY_DELEVERAGED;

        causes_put_aside(side, entry->to, entry->thing, REPLAY_INTEREST, to, units);
        causes_put_aside(side, entry->from, entry->thing, REPLAY_INTEREST, to, -units);
    }
}

/* --- prices --- */

static void causes_price(struct causes *causes, unsigned n)
{
    const struct state *state = causes->replay->side[n].state;
    struct causes_prices *prices = &causes->prices[n];
    const struct asset *settlement;
    uwide price;

    if (state_settlement(state) == TABLE_NONE)
        return;
    settlement = state_asset(state, state_settlement(state));
    for (uint32_t row = 1; row < state->assets.used; row++) {
        const struct asset *asset = state_asset(state, row);
        const uwide divisor = (uwide)wide_ten_to(INDEX_DECIMALS) * wide_ten_to(asset->decimals);

        if (!wide_scale_down(asset->index, (uwide)wide_ten_to(settlement->decimals) << FINE, divisor, &price))
            replay_fail(causes->replay, "%s: its index is too high", (const char *)asset->symbol);
        else
            prices->unit[row] = (wide)price;
    }
    prices->unit[0] = (wide)1 << FINE; /* obligations */
    for (uint32_t row = 1; row < state->markets.used; row++)
        prices->lot[row] = (wide)state_market(state, row)->mark * (wide)state_market(state, row)->tick_lot_units *
                           ((wide)1 << FINE_256);
}

/* --- what everybody is worth --- */

static uint32_t causes_party(const struct state *state, uint32_t subaccount)
{
    const uint32_t account = state_subaccount(state, subaccount)->account;

    return account == SYSTEM_ACCOUNT ? subaccount : SYSTEM_SUBACCOUNTS + account;
}

static bool causes_is_shares(unsigned column)
{
    return column == COLUMN_LENT || column == COLUMN_BORROWED;
}

/* So much of a column. */
static wide causes_value(const struct causes_prices *prices, unsigned column, uint32_t thing, int64_t amount)
{
    switch (column) {
    case COLUMN_LOTS:
        return amount * prices->lot[thing];
    case COLUMN_COST:
        return -(wide)amount * ((wide)1 << FINE_256);
    case COLUMN_BORROWED:
    case COLUMN_DEBT:
        return -(wide)amount * prices->unit[thing];
    default:
        return amount * prices->unit[thing];
    }
}

static void causes_add(struct causes *causes, unsigned n, uint32_t party, unsigned cause, wide value)
{
    causes->sums[party].cause[cause] += n == REPLAY_CHANGED ? value : -value;
}

/* What is owed of funding and not charged yet; residue gets it. */
static void causes_pending(struct causes *causes, unsigned n)
{
    const struct state *state = causes->replay->side[n].state;

    for (uint32_t row = 1; row < state->positions.used; row++) {
        const struct position *position = state_position(state, row);
        wide value;

        if (position->subaccount == TABLE_NONE || position->subaccount == SYSTEM_RESIDUE || position->quantity == 0)
            continue;
        value = (wide)ledger_pending_funding(state_market(state, position->market), position) * ((wide)1 << FINE_256);
        for (unsigned end = 0; end < 2; end++) {
            const uint32_t party = end ? SYSTEM_RESIDUE : causes_party(state, position->subaccount);

            causes->sums[party].worth[n] -= end ? -value : value;
            causes->sums[party].own -= n == REPLAY_RECORDED ? 0 : end ? -value : value;
            causes_add(causes, n, party, REPLAY_FUNDING, end ? value : -value);
        }
    }
}

/* A pool owes its lenders what they are worth, and is owed what borrowers owe: rounding of shares is the pool's. */
static void causes_line_of_shares(struct causes *causes, unsigned n, const struct statement_line *line)
{
    const struct causes_prices *prices = causes->prices;
    const int64_t moved = line->units_closing - line->units_opening;
    const uint32_t party = causes_party(causes->replay->side[n].state, line->subaccount);

    if (line->subaccount == SYSTEM_POOL)
        return;
    for (unsigned end = 0; end < 2; end++) {
        struct causes_sum *sum = &causes->sums[end ? SYSTEM_POOL : party];
        const int sign = end ? -1 : 1;

        sum->worth[n] += sign * causes_value(&prices[REPLAY_RECORDED], line->column, line->thing,
                                             line->units_closing);
        if (n == REPLAY_CHANGED)
            sum->own += sign * causes_value(&prices[n], line->column, line->thing, line->units_closing);
        causes_add(causes, n, end ? SYSTEM_POOL : party, REPLAY_INTEREST,
                   sign * causes_value(&prices[REPLAY_RECORDED], line->column, line->thing, moved));
    }
}

static void causes_line(struct causes *causes, unsigned n, const struct statement_line *line)
{
    const struct causes_prices *prices = causes->prices;
    const uint32_t party = causes_party(causes->replay->side[n].state, line->subaccount);

    if (causes_is_shares(line->column)) {
        causes_line_of_shares(causes, n, line);
        return;
    }
    causes->sums[party].worth[n] += causes_value(&prices[REPLAY_RECORDED], line->column, line->thing, line->closing);
    if (n == REPLAY_CHANGED)
        causes->sums[party].own += causes_value(&prices[n], line->column, line->thing, line->closing);
    for (unsigned kind = 1; kind < ENTRY_KINDS; kind++)
        if (line->moved[kind] != 0)
            causes_add(causes, n, party, kind_causes[kind],
                       causes_value(&prices[REPLAY_RECORDED], line->column, line->thing, line->moved[kind]));
}

static void causes_side(struct causes *causes, unsigned n)
{
    struct replay_side *side = &causes->replay->side[n];
    const size_t wrong = statement_sums_close(&side->sums);

    if (wrong)
        replay_fail(causes->replay, "in %zu lines of the %s run opening and entries don't make the closing", wrong,
                    n == REPLAY_CHANGED ? "changed" : "recorded");
    for (size_t i = 0; i < side->sums.line_count; i++)
        causes_line(causes, n, &side->sums.lines[i]);
    for (size_t i = 0; i < side->aside_count; i++) {
        const struct replay_aside *aside = &side->asides[i];
        const uint32_t party = causes_party(side->state, aside->subaccount);
        const wide value = aside->units * causes->prices[REPLAY_RECORDED].unit[aside->asset];

        causes_add(causes, n, party, aside->from, -value);
        causes_add(causes, n, party, aside->to, value);
    }
    causes_pending(causes, n);
}

/* --- the rows --- */

/* Causes make the difference, for everybody; all of it is 0 over everybody: exactly. */
static void causes_check(struct causes *causes)
{
    wide worth[REPLAY_SIDES] = { 0 }, cause[REPLAY_CAUSES] = { 0 };
    unsigned wrong = 0;

    for (uint32_t party = 0; party < causes->parties; party++) {
        const struct causes_sum *sum = &causes->sums[party];
        wide left = sum->own - sum->worth[REPLAY_RECORDED];

        for (unsigned i = 0; i < REPLAY_CAUSES; i++) {
            cause[i] += sum->cause[i];
            left -= sum->cause[i];
        }
        worth[REPLAY_RECORDED] += sum->worth[REPLAY_RECORDED];
        worth[REPLAY_CHANGED] += sum->own;
        wrong += left != 0;
    }
    if (wrong)
        replay_fail(causes->replay, "of %u accounts the causes don't make the difference", wrong);
    for (unsigned i = 0; i < REPLAY_CAUSES; i++)
        if (cause[i] != 0)
            replay_fail(causes->replay, "cause %u of the differences does not add up to 0 over everybody", i);
    if (worth[REPLAY_RECORDED] != 0 || worth[REPLAY_CHANGED] != 0)
        replay_fail(causes->replay, "what everybody is worth does not add up to 0");
}

/* Rounds a column so that its sum stays what it is: what rounding took is carried to the next row. */
static int64_t causes_round(wide *carry, wide value)
{
    const wide sum = *carry + value, whole = wide_divide_down(sum, (wide)1 << FINE);

    *carry = sum - whole * ((wide)1 << FINE);
    return wide_narrow(whole);
}

static void causes_row(struct replay_row *row, const struct causes_sum *sum, wide carries[REPLAY_CAUSES + 1])
{
    row->equity[REPLAY_RECORDED] = causes_round(&carries[REPLAY_CAUSES], sum->worth[REPLAY_RECORDED]);
    for (unsigned i = 0; i < REPLAY_CAUSES; i++) {
        row->cause[i] = causes_round(&carries[i], sum->cause[i]);
        row->difference += row->cause[i];
    }
    row->equity[REPLAY_CHANGED] = row->equity[REPLAY_RECORDED] + row->difference;
}

static int row_compare(const void *left, const void *right)
{
    const struct replay_row *one = left, *other = right;
    const uint64_t sizes[2] = { (uint64_t)llabs(one->difference), (uint64_t)llabs(other->difference) };

    if ((one->system != 0) != (other->system != 0))
        return one->system ? 1 : -1;
    if (sizes[0] != sizes[1] && one->system == 0)
        return sizes[0] > sizes[1] ? -1 : 1;
    if (one->system != other->system)
        return one->system < other->system ? -1 : 1;
    return one->account < other->account ? -1 : one->account > other->account;
}

static void causes_make_rows(struct causes *causes)
{
    struct replay *replay = causes->replay;
    wide carries[REPLAY_CAUSES + 1] = { 0 };

    replay->rows = memory_reserve(causes->parties, sizeof *replay->rows);
    for (uint32_t party = SYSTEM_CUSTODY; party < causes->parties; party++) {
        const bool system = party < SYSTEM_SUBACCOUNTS;
        struct replay_row *row = &replay->rows[replay->row_count];

        if (party == SYSTEM_SUBACCOUNTS || party == SYSTEM_SUBACCOUNTS + SYSTEM_ACCOUNT)
            continue;
        row->account = system ? SYSTEM_ACCOUNT : party - SYSTEM_SUBACCOUNTS;
        row->system = system ? party : 0;
        causes_row(row, &causes->sums[party], carries);
        replay->row_count++;
    }
    qsort(replay->rows, replay->row_count, sizeof *replay->rows, row_compare);
}

/* Rows are named by number, so both runs must have made the same accounts. */
static bool causes_same_accounts(struct replay *replay)
{
    const struct state *recorded = replay->side[REPLAY_RECORDED].state, *changed = replay->side[REPLAY_CHANGED].state;
    bool same = recorded->accounts.used == changed->accounts.used && recorded->assets.used == changed->assets.used &&
                recorded->markets.used == changed->markets.used;

    for (uint32_t row = 1; same && row < recorded->accounts.used; row++)
        same = memcmp(state_account(recorded, row)->name, state_account(changed, row)->name,
                      sizeof((struct account *)0)->name) == 0;
    if (!same)
        replay_fail(replay, "with the other parameters other accounts, assets or markets were made");
    return same;
}

void replay_explain(struct replay *replay)
{
    struct causes *causes = memory_reserve(1, sizeof *causes);

    causes->replay = replay;
    causes->parties = SYSTEM_SUBACCOUNTS + replay->side[REPLAY_RECORDED].state->accounts.used;
    causes->sums = memory_reserve(causes->parties, sizeof *causes->sums);
    if (causes_same_accounts(replay)) {
        causes_price(causes, REPLAY_RECORDED);
        causes_price(causes, REPLAY_CHANGED);
        causes_side(causes, REPLAY_RECORDED);
        causes_side(causes, REPLAY_CHANGED);
        for (uint32_t party = 0; party < causes->parties; party++)
            causes->sums[party].cause[REPLAY_PRICES] =
                causes->sums[party].own - causes->sums[party].worth[REPLAY_CHANGED];
        causes_check(causes);
        causes_make_rows(causes);
    }
    free(causes->sums);
    free(causes);
}
