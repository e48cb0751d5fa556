#include "ledger.h"

#include "check.h"

static const struct {
    const char *text;
    enum ledger_column from, to;
} kinds[ENTRY_KINDS] = {
#define KIND_ENTRY(number, name, text, from, to) [number] = { text, COLUMN_##from, COLUMN_##to },
    ENTRY_TABLE(KIND_ENTRY)
#undef KIND_ENTRY
};

const char *ledger_entry_text(unsigned kind)
{
    return kind < ENTRY_KINDS ? kinds[kind].text : NULL;
}

enum ledger_column ledger_entry_from(unsigned kind)
{
    check(kind > ENTRY_NONE && kind < ENTRY_KINDS);
    return kinds[kind].from;
}

enum ledger_column ledger_entry_to(unsigned kind)
{
    check(kind > ENTRY_NONE && kind < ENTRY_KINDS);
    return kinds[kind].to;
}

/* Where entries are made: with the sink that keeps them, or in `elsewhere`. */
static struct ledger_entry *entries_place(const struct ledger *ledger, struct ledger_entry *elsewhere)
{
    return ledger->place != NULL ? ledger->place : elsewhere;
}

static void take_run(struct ledger *ledger, const struct ledger_entry *entries, uint32_t count)
{
    if (ledger->sink != NULL && count > 0)
        ledger->sink(ledger->context, entries, count);
}

static void post(struct ledger *ledger, enum entry_kind kind, uint32_t thing, uint32_t from, uint32_t to,
                 int64_t amount)
{
    struct ledger_entry elsewhere, *entry = entries_place(ledger, &elsewhere);

    *entry = (struct ledger_entry){
        .kind = (uint8_t)kind, .thing = (uint16_t)thing, .from = from, .to = to, .amount = amount,
    };
    take_run(ledger, entry, 1);
}

bool ledger_can_receive(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount)
{
    uint32_t row = state_find_balance(ledger->state, subaccount, asset);
    int64_t held = row == TABLE_NONE ? 0 : state_balance(ledger->state, row)->amount;

    check(amount >= 0 && subaccount != SYSTEM_CUSTODY);
    if (amount > LIMIT_BALANCE_UNITS || held > LIMIT_BALANCE_UNITS - amount)
        return false;
    return row != TABLE_NONE || state_need_balance(ledger->state, subaccount, asset) != TABLE_NONE;
}

bool ledger_can_deposit(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount)
{
    uint32_t custody = state_need_balance(ledger->state, SYSTEM_CUSTODY, asset);

    check(amount >= 0);
    return custody != TABLE_NONE && amount <= LIMIT_BALANCE_UNITS &&
           state_balance(ledger->state, custody)->amount >= amount - 4 * LIMIT_BALANCE_UNITS + 1 &&
           ledger_can_receive(ledger, subaccount, asset, amount);
}

static void add_to(int64_t *place, int64_t amount)
{
    *place = wide_narrow((wide)*place + amount);
    check(*place >= 0);
}

bool ledger_is_idle(const struct state *state, const struct balance *balance)
{
    const uint32_t flags = state_subaccount(state, balance->subaccount)->flags;

    if (balance->subaccount < SYSTEM_SUBACCOUNTS || balance->amount <= balance->locked ||
        !state_pool(state, balance->asset)->set)
        return false;
    return flags & SUBACCOUNT_AUTO_LEND || (flags & SUBACCOUNT_AUTO_REPAY && balance->borrowed > 0);
}

static void list_idle(struct state *state, uint32_t row)
{
    struct balance *balance = state_balance(state, row);

    if (balance->next_idle != TABLE_NONE || !ledger_is_idle(state, balance))
        return;
    balance->next_idle = state->t->idle ? state->t->idle : row;
    state->t->idle = row;
}

void ledger_list_balance(struct ledger *ledger, uint32_t row)
{
    list_idle(ledger->state, row);
}

void ledger_list_idle(struct ledger *ledger, uint32_t subaccount)
{
    uint32_t row = state_subaccount(ledger->state, subaccount)->balances;

    for (; row != TABLE_NONE; row = state_balance(ledger->state, row)->next)
        ledger_list_balance(ledger, row);
}

/* After a change of amount or lock: what resting orders may take from the pool follows, and what has become idle is
 * looked at by lending. Without a pool nothing may be locked that is not held. */
static void balance_changed(struct state *state, uint32_t row, int64_t part_before)
{
    const struct balance *balance = state_balance(state, row);
    struct pool *pool = state_pool(state, balance->asset);
    int64_t part;

    if (balance->subaccount < SYSTEM_SUBACCOUNTS)
        return;
    part = ledger_pool_part(balance);
    check(part == 0 || pool->set);
    if (part != part_before) {
        add_to(&pool->reserved, part - part_before);
        if (balance->sums != TABLE_NONE)
            add_to(&state_balance_detail(state, balance->sums)->account_use, part - part_before);
    }
    list_idle(state, row);
}

/* Sums over all subaccounts of an account stand at its first one: caps are its own, not theirs. */
static void add_account_units(struct state *state, const struct balance *balance, int64_t amount)
{
    state->t->balance_sum[balance->asset] += amount;
    if (balance->sums != TABLE_NONE)
        add_to(&state_balance(state, balance->sums)->account_units, amount);
}

static void add_held(struct state *state, uint32_t row, int64_t amount)
{
    struct balance *balance = state_balance(state, row);
    const int64_t part = ledger_pool_part(balance);

    balance->amount = wide_narrow((wide)balance->amount + amount);
    add_account_units(state, balance, amount);
    check(balance->subaccount == SYSTEM_CUSTODY || balance->amount >= 0);
    balance_changed(state, row, part);
}

static void add_apart(struct state *state, uint32_t row, int64_t amount)
{
    struct balance_detail *detail = state_balance_detail(state, row);

    detail->apart = wide_narrow((wide)detail->apart + amount);
    add_account_units(state, state_balance(state, row), amount);
    check(detail->apart >= 0);
}

static void add_units(struct state *state, enum ledger_column column, uint32_t row, int64_t amount)
{
    check(column == COLUMN_HELD || column == COLUMN_APART);
    if (column == COLUMN_HELD)
        add_held(state, row, amount);
    else
        add_apart(state, row, amount);
}

void ledger_move(struct ledger *ledger, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                 int64_t amount)
{
    uint32_t source, target;

    check(amount >= 0);
    if (amount == 0)
        return;
    source = state_need_balance(ledger->state, from, asset);
    target = state_need_balance(ledger->state, to, asset);
    check(source != TABLE_NONE && target != TABLE_NONE);
    add_units(ledger->state, ledger_entry_from(kind), source, -amount);
    add_units(ledger->state, ledger_entry_to(kind), target, amount);
    post(ledger, kind, asset, from, to, amount);
}

static void add_client_shares(struct state *state, bool lent, uint32_t asset, uint32_t subaccount, int64_t shares)
{
    const uint32_t row = state_need_balance(state, subaccount, asset);
    struct balance *balance;
    struct balance_detail *sums;

    check(row != TABLE_NONE);
    balance = state_balance(state, row);
    add_to(lent ? &balance->lent : &balance->borrowed, shares);
    if (balance->sums == TABLE_NONE)
        return;
    sums = state_balance_detail(state, balance->sums);
    add_to(lent ? &sums->account_lent : &sums->account_use, shares);
}

static void add_shares(struct ledger *ledger, enum ledger_column column, uint32_t asset, uint32_t subaccount,
                       int64_t shares)
{
    struct pool *pool = state_pool(ledger->state, asset);
    const bool lent = column == COLUMN_LENT;

    check(lent || column == COLUMN_BORROWED);
    if (subaccount == SYSTEM_POOL) /* which has minus what all others have */
        add_to(lent ? &pool->lent_shares : &pool->borrowed_shares, -shares);
    else
        add_client_shares(ledger->state, lent, asset, subaccount, shares);
}

void ledger_move_shares(struct ledger *ledger, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                        int64_t shares)
{
    check(shares >= 0);
    if (shares == 0)
        return;
    add_shares(ledger, ledger_entry_from(kind), asset, from, -shares);
    add_shares(ledger, ledger_entry_to(kind), asset, to, shares);
    post(ledger, kind, asset, from, to, shares);
}

static void list_obligation(struct state *state, uint32_t *head, uint32_t row)
{
    struct subaccount *subaccount = state_subaccount(state, row);

    subaccount->next_obligation = *head;
    subaccount->prev_obligation = TABLE_NONE;
    if (*head != TABLE_NONE)
        state_subaccount(state, *head)->prev_obligation = row;
    *head = row;
}

static void unlist_obligation(struct state *state, uint32_t *head, uint32_t row)
{
    struct subaccount *subaccount = state_subaccount(state, row);

    if (subaccount->prev_obligation != TABLE_NONE)
        state_subaccount(state, subaccount->prev_obligation)->next_obligation = subaccount->next_obligation;
    else
        *head = subaccount->next_obligation;
    if (subaccount->next_obligation != TABLE_NONE)
        state_subaccount(state, subaccount->next_obligation)->prev_obligation = subaccount->prev_obligation;
    subaccount->next_obligation = subaccount->prev_obligation = TABLE_NONE;
}

static void add_obligation(struct state *state, enum ledger_column column, uint32_t row, int64_t amount)
{
    struct subaccount *subaccount = state_subaccount(state, row);
    int64_t *place = column == COLUMN_CLAIM ? &subaccount->claim : &subaccount->debt;
    uint32_t *head = column == COLUMN_CLAIM ? &state->t->claimants : &state->t->debtors;
    const bool before = *place != 0;

    check(column == COLUMN_CLAIM || column == COLUMN_DEBT);
    *place = wide_narrow((wide)*place + amount);
    check(row == SYSTEM_CUSTODY ? *place <= 0 : *place >= 0);
    if (row == SYSTEM_CUSTODY || before == (*place != 0))
        return;
    if (column == COLUMN_CLAIM)
        subaccount->flags ^= SUBACCOUNT_CLAIMANT;
    check(subaccount->claim == 0 || subaccount->debt == 0); /* nobody has both: one list holds it */
    if (before)
        unlist_obligation(state, head, row);
    else
        list_obligation(state, head, row);
}

/* No list holds who has one. */
static void add_credit(struct state *state, uint32_t row, int64_t amount)
{
    int64_t *credit = &state_subaccount(state, row)->credit;

    check(!__builtin_add_overflow(*credit, amount, credit) && (row == SYSTEM_CUSTODY ? *credit <= 0 : *credit >= 0));
}

void ledger_oblige(struct ledger *ledger, enum entry_kind kind, uint32_t from, uint32_t to, int64_t amount)
{
    check(amount >= 0 && from != to);
    if (amount == 0)
        return;
    if (kind == ENTRY_CREDIT) {
        add_credit(ledger->state, from, -amount);
        add_credit(ledger->state, to, amount);
    } else {
        add_obligation(ledger->state, ledger_entry_from(kind), from, -amount);
        add_obligation(ledger->state, ledger_entry_to(kind), to, amount);
    }
    post(ledger, kind, 0, from, to, amount);
}

/* What closes goes out at its share of what the open quantity cost, rounded towards 0 so that the basis keeps its sign
 * and is exactly 0 when nothing is open; what the fill opens comes in at the fill's price. */
static void fill_open_cost(struct position *position, struct position_detail *detail, int64_t lots, int64_t cost)
{
    wide open = position->quantity < 0 ? -(wide)position->quantity : position->quantity;
    wide filled = lots < 0 ? -(wide)lots : lots;
    wide closing = (position->quantity < 0) == (lots < 0) ? 0 : open < filled ? open : filled;
    wide closed_cost, removed;

    if (closing == 0) {
        position->open_cost = wide_narrow((wide)position->open_cost + cost);
        return;
    }
    closed_cost = closing == filled ? cost : cost * closing / filled;
    removed = closing == open ? position->open_cost : position->open_cost * closing / open;
    /* `realised` is a record that nothing is paid from: after 2^55 units it stands still rather than stop the node. */
    detail->realised = wide_clamp(detail->realised - closed_cost - removed);
    position->open_cost = wide_narrow(position->open_cost - removed + cost - closed_cost);
}

static void fill_position(struct state *state, uint32_t row, int64_t lots, int64_t cost)
{
    struct position *position = state_position(state, row);
    struct market *market = state_market(state, position->market);
    int64_t long_before = position->quantity > 0 ? position->quantity : 0;

    state_count_reach(state, row, false);
    fill_open_cost(position, state_position_detail(state, row), lots, cost);
    position->quantity = wide_narrow((wide)position->quantity + lots);
    state_count_reach(state, row, true);
    position->entry_cost = wide_narrow((wide)position->entry_cost + cost);
    market->position_sum = wide_narrow((wide)market->position_sum + lots);
    market->cost_sum = wide_narrow((wide)market->cost_sum + cost);
    market->open_interest = wide_narrow((wide)market->open_interest - long_before +
                                        (position->quantity > 0 ? position->quantity : 0));
}

/* Both are of one market, whose sum of costs stays what it is. Makes the entry; false: there is none. */
static inline bool move_cost(struct state *state, enum entry_kind kind, uint32_t from, uint32_t to, int64_t cost,
                             struct ledger_entry *entry)
{
    struct position *payer = state_position(state, from), *taker = state_position(state, to);
    const int64_t back = cost >> 63; /* all ones where it is negative */
    const uint32_t swapped = (payer->subaccount ^ taker->subaccount) & (uint32_t)back;

    check(cost != INT64_MIN && payer->market == taker->market);
    if (cost == 0 || from == to)
        return false;
    check(!__builtin_sub_overflow(payer->entry_cost, cost, &payer->entry_cost) &&
          !__builtin_add_overflow(taker->entry_cost, cost, &taker->entry_cost));
    /* Either sign is as likely as the other: a branch would be guessed wrong every other time. */
    *entry = (struct ledger_entry){
        .kind = (uint8_t)kind, .thing = taker->market, .from = payer->subaccount ^ swapped,
        .to = taker->subaccount ^ swapped, .amount = (cost ^ back) - back,
    };
    return true;
}

static void move_one_cost(struct ledger *ledger, enum entry_kind kind, uint32_t from, uint32_t to, int64_t cost)
{
    struct ledger_entry elsewhere, *entry = entries_place(ledger, &elsewhere);

    take_run(ledger, entry, move_cost(ledger->state, kind, from, to, cost, entry));
}

void ledger_move_cost(struct ledger *ledger, enum entry_kind kind, uint32_t position, int64_t cost)
{
    const uint32_t market = state_position(ledger->state, position)->market;

    move_one_cost(ledger, kind, state_market(ledger->state, market)->residue_position, position, cost);
}

void ledger_move_costs(struct ledger *ledger, enum entry_kind kind, const struct ledger_cost *costs, uint32_t count)
{
    struct state *state = ledger->state;
    struct ledger_entry elsewhere[LEDGER_RUN];

    for (uint32_t i = 0; i < count;) {
        struct ledger_entry *entries = entries_place(ledger, elsewhere);
        const uint32_t end = count - i < LEDGER_RUN ? count : i + LEDGER_RUN;
        uint32_t made = 0;

        for (; i < end; i++) {
            const uint32_t row = costs[i].position;
            const struct market *market = state_market(state, state_position(state, row)->market);

            made += move_cost(state, kind, market->residue_position, row, costs[i].cost, &entries[made]);
        }
        take_run(ledger, entries, made);
    }
}

int64_t ledger_owed_funding(const struct market *market, const struct position *position)
{
    wide owed;

    if (position->quantity == 0)
        return 0;
    check(!__builtin_mul_overflow(market->funding_index - position->funding, (wide)position->quantity, &owed));
    return wide_narrow(wide_divide_up(owed, 1000000000));
}

void ledger_charge_funding(struct ledger *ledger, uint32_t row)
{
    struct position *position = state_position(ledger->state, row);
    const struct market *market = state_market(ledger->state, position->market);
    const int64_t owed = ledger_owed_funding(market, position);

    position->funding = market->funding_index;
    ledger_move_cost(ledger, ENTRY_FUNDING, row, owed);
    ledger->state->t->rounding += owed;
}

static void trade_position(struct ledger *ledger, enum entry_kind kind, uint32_t market, uint32_t buyer,
                           uint32_t seller, int64_t lots, int64_t cost)
{
    uint32_t bought = state_find_position(ledger->state, buyer, market);
    uint32_t sold = state_find_position(ledger->state, seller, market);

    check(lots > 0 && cost >= 0 && buyer != seller);
    check(bought != TABLE_NONE && sold != TABLE_NONE);
    ledger_bring_current(ledger, bought);
    ledger_bring_current(ledger, sold);
    fill_position(ledger->state, bought, lots, cost);
    fill_position(ledger->state, sold, -lots, -cost);
    post(ledger, kind, market, seller, buyer, lots);
    post(ledger, (enum entry_kind)(kind + 1), market, seller, buyer, cost);
}

void ledger_trade_position(struct ledger *ledger, uint32_t market, uint32_t buyer, uint32_t seller, int64_t lots,
                           int64_t cost)
{
    trade_position(ledger, ENTRY_POSITION, market, buyer, seller, lots, cost);
}

void ledger_hand_over(struct ledger *ledger, enum entry_kind kind, uint32_t market, uint32_t buyer, uint32_t seller,
                      int64_t lots, int64_t cost)
{
    check(kind == ENTRY_BACKSTOP_LOTS || kind == ENTRY_DELEVERAGED_LOTS);
    trade_position(ledger, kind, market, buyer, seller, lots, cost);
}

void ledger_liquidation_fee(struct ledger *ledger, uint32_t position, int64_t fee)
{
    const uint32_t fund = state_market(ledger->state, state_position(ledger->state, position)->market)->fund_position;

    check(fund != TABLE_NONE && fee >= 0);
    move_one_cost(ledger, ENTRY_LIQUIDATION_FEE, fund, position, fee);
}

void ledger_flatten(struct ledger *ledger, uint32_t row)
{
    struct position *position = state_position(ledger->state, row);
    struct market *market = state_market(ledger->state, position->market);
    struct position *residue = state_position(ledger->state, market->residue_position);
    const int64_t lots = position->quantity;

    check(row != market->residue_position);
    ledger_bring_current(ledger, row);
    if (lots == 0)
        return;
    ledger_bring_current(ledger, market->residue_position); /* it pays itself; from here it counts the new lots */
    market->open_interest -= (lots > 0 ? lots : 0) + (residue->quantity > 0 ? residue->quantity : 0);
    state_count_reach(ledger->state, row, false);
    position->quantity = 0;
    state_count_reach(ledger->state, row, true);
    position->open_cost = 0;
    residue->quantity = wide_narrow((wide)residue->quantity + lots);
    market->open_interest += residue->quantity > 0 ? residue->quantity : 0;
    post(ledger, ENTRY_DELISTED_LOTS, position->market, lots > 0 ? position->subaccount : SYSTEM_RESIDUE,
         lots > 0 ? SYSTEM_RESIDUE : position->subaccount, lots > 0 ? lots : -lots);
}

void ledger_fee_position(struct ledger *ledger, uint32_t market, uint32_t payer, int64_t fee)
{
    uint32_t paid = state_find_position(ledger->state, payer, market);
    uint32_t fees = state_market(ledger->state, market)->fee_position;

    check(payer != SYSTEM_FEES && paid != TABLE_NONE && fees != TABLE_NONE);
    move_one_cost(ledger, ENTRY_COST_FEE, fees, paid, fee);
}

void ledger_lock(struct ledger *ledger, uint32_t subaccount, uint32_t asset, int64_t amount)
{
    uint32_t row = state_find_balance(ledger->state, subaccount, asset);
    struct balance *balance;
    int64_t part;

    if (amount == 0)
        return;
    check(row != TABLE_NONE && subaccount >= SYSTEM_SUBACCOUNTS);
    balance = state_balance(ledger->state, row);
    part = ledger_pool_part(balance);
    balance->locked = wide_narrow((wide)balance->locked + amount);
    check(balance->locked >= 0);
    balance_changed(ledger->state, row, part);
}

void ledger_expect(struct ledger *ledger, uint32_t subaccount, uint32_t asset, wide units)
{
    const struct state *state = ledger->state;
    const uint32_t first = state_account(state, state_subaccount(state, subaccount)->account)->first;
    struct balance_detail *sums;
    uint32_t row;

    if (first == TABLE_NONE)
        return;
    row = state_find_balance(state, first, asset); /* state_need_balance() has made it with the sibling's */
    check(row != TABLE_NONE);
    sums = state_balance_detail(state, row);
    sums->account_coming += units;
    check(sums->account_coming >= 0);
}

int64_t ledger_free(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    uint32_t row = state_find_balance(state, subaccount, asset);
    const struct balance *balance;

    if (row == TABLE_NONE)
        return 0;
    balance = state_balance(state, row);
    return balance->amount > balance->locked ? balance->amount - balance->locked : 0;
}
