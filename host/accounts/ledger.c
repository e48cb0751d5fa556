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

/* 1 << kind of those that move what is held to what is held. */
#define KIND_HELD(number, name, text, from, to)                                                                     \
    | (uint64_t)(COLUMN_##from == COLUMN_HELD && COLUMN_##to == COLUMN_HELD) << number
static const uint64_t held_kinds = 0 ENTRY_TABLE(KIND_HELD);

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

/* Field by field: a literal would be zeroed first. */
static inline void set_entry(struct ledger_entry *entry, enum entry_kind kind, uint32_t thing, uint32_t from,
                             uint32_t to, int64_t amount)
{
    entry->kind = (uint8_t)kind;
    entry->reserved = 0;
    entry->thing = (uint16_t)thing;
    entry->from = from;
    entry->to = to;
    entry->reserved2 = 0;
    entry->amount = amount;
}

/* That many entries of a kind have been made at ledger->place. */
static inline void entries_made(struct ledger *ledger, enum entry_kind kind, uint32_t count)
{
    ledger->place += count;
    ledger->made += count;
    if (ledger->told >> kind & 1 || ledger->place > ledger->last)
        ledger->sink(ledger->context, count);
}

static inline void post(struct ledger *ledger, enum entry_kind kind, uint32_t thing, uint32_t from, uint32_t to,
                        int64_t amount)
{
    if (ledger->place == NULL)
        return;
    set_entry(ledger->place, kind, thing, from, to, amount);
    entries_made(ledger, kind, 1);
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

static inline void add_to(int64_t *place, int64_t amount)
{
    check(!__builtin_add_overflow(*place, amount, place) && *place >= 0);
}

bool ledger_is_idle(const struct state *state, const struct balance *balance)
{
    uint32_t flags;

    if (balance->subaccount < SYSTEM_SUBACCOUNTS || balance->amount <= balance->locked)
        return false;
    flags = state_subaccount(state, balance->subaccount)->flags;
    return (flags & SUBACCOUNT_AUTO_LEND || (flags & SUBACCOUNT_AUTO_REPAY && balance->borrowed > 0)) &&
           state_pool(state, balance->asset)->set;
}

static void list_idle(struct state *state, struct balance *balance)
{
    const uint32_t row = (uint32_t)(balance - state_balance(state, 0));

    balance->next_idle = state->t->idle ? state->t->idle : row;
    state->t->idle = row;
}

static inline void look_for_idle(struct state *state, struct balance *balance)
{
    if (balance->next_idle == TABLE_NONE && ledger_is_idle(state, balance))
        list_idle(state, balance);
}

void ledger_list_balance(struct ledger *ledger, uint32_t row)
{
    look_for_idle(ledger->state, state_balance(ledger->state, row));
}

void ledger_list_idle(struct ledger *ledger, uint32_t subaccount)
{
    uint32_t row = state_subaccount(ledger->state, subaccount)->balances;

    for (; row != TABLE_NONE; row = state_balance(ledger->state, row)->next)
        ledger_list_balance(ledger, row);
}

/* Without a pool nothing may be locked that is not held. */
static void pool_part_changed(struct state *state, const struct balance *balance, int64_t part_before)
{
    struct pool *pool = state_pool(state, balance->asset);
    const int64_t part = ledger_pool_part(balance);

    check(part == 0 || pool->set);
    if (part == part_before)
        return;
    add_to(&pool->reserved, part - part_before);
    if (balance->sums != TABLE_NONE)
        add_to(&state_balance_detail(state, balance->sums)->account_use, part - part_before);
}

/* After a change of amount or lock: what resting orders may take from the pool follows, and what has become idle is
 * looked at by lending. */
static inline void balance_changed(struct state *state, struct balance *balance, int64_t part_before)
{
    if (balance->subaccount < SYSTEM_SUBACCOUNTS)
        return;
    if ((balance->locked | part_before) != 0)
        pool_part_changed(state, balance, part_before);
    look_for_idle(state, balance);
}

/* Sums over all subaccounts of an account stand at its first one: caps are its own, not theirs. */
static inline void add_account_units(struct state *state, const struct balance *balance, int64_t amount)
{
    state->t->balance_sum[balance->asset] += amount;
    if (balance->sums != TABLE_NONE)
        add_to(&state_balance(state, balance->sums)->account_units, amount);
}

static inline void add_held(struct state *state, struct balance *balance, int64_t amount)
{
    const int64_t part = ledger_pool_part(balance);

    check(!__builtin_add_overflow(balance->amount, amount, &balance->amount) &&
          (balance->amount >= 0 || balance->subaccount == SYSTEM_CUSTODY));
    add_account_units(state, balance, amount);
    balance_changed(state, balance, part);
}

static void add_apart(struct state *state, uint32_t row, int64_t amount)
{
    struct balance_detail *detail = state_balance_detail(state, row);

    add_to(&detail->apart, amount);
    add_account_units(state, state_balance(state, row), amount);
}

static void add_units(struct state *state, enum ledger_column column, uint32_t row, int64_t amount)
{
    check(column == COLUMN_HELD || column == COLUMN_APART);
    if (column == COLUMN_HELD)
        add_held(state, state_balance(state, row), amount);
    else
        add_apart(state, row, amount);
}

void ledger_move_held(struct ledger *ledger, enum entry_kind kind, uint32_t source, uint32_t target, int64_t amount)
{
    struct balance *from = state_balance(ledger->state, source), *to = state_balance(ledger->state, target);

    check(held_kinds >> kind & 1 && amount >= 0);
    check(source != TABLE_NONE && target != TABLE_NONE && from->asset == to->asset);
    if (amount == 0)
        return;
    add_held(ledger->state, from, -amount);
    add_held(ledger->state, to, amount);
    post(ledger, kind, from->asset, from->subaccount, to->subaccount, amount);
}

void ledger_move(struct ledger *ledger, enum entry_kind kind, uint32_t asset, uint32_t from, uint32_t to,
                 int64_t amount)
{
    struct state *state = ledger->state;
    uint32_t source, target;

    check(amount >= 0);
    if (amount == 0)
        return;
    source = state_need_balance(state, from, asset);
    target = state_need_balance(state, to, asset);
    if (held_kinds >> kind & 1) {
        ledger_move_held(ledger, kind, source, target, amount);
        return;
    }
    check(source != TABLE_NONE && target != TABLE_NONE);
    add_units(state, ledger_entry_from(kind), source, -amount);
    add_units(state, ledger_entry_to(kind), target, amount);
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

void ledger_credit(struct ledger *ledger, uint32_t from, uint32_t to, int64_t amount)
{
    check(amount >= 0 && from != to);
    if (amount == 0)
        return;
    add_credit(ledger->state, from, -amount);
    add_credit(ledger->state, to, amount);
    post(ledger, ENTRY_CREDIT, 0, from, to, amount);
}

void ledger_oblige(struct ledger *ledger, enum entry_kind kind, uint32_t from, uint32_t to, int64_t amount)
{
    check(amount >= 0 && from != to);
    if (amount == 0)
        return;
    add_obligation(ledger->state, ledger_entry_from(kind), from, -amount);
    add_obligation(ledger->state, ledger_entry_to(kind), to, amount);
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

/* Both are of one market, whose sum of costs stays what it is. */
static void move_cost(struct ledger *ledger, enum entry_kind kind, uint32_t from, uint32_t to, int64_t cost)
{
    struct position *payer = state_position(ledger->state, from), *taker = state_position(ledger->state, to);
    const bool back = cost < 0;

    check(cost != INT64_MIN && payer->market == taker->market);
    if (cost == 0 || from == to)
        return;
    check(!__builtin_sub_overflow(payer->entry_cost, cost, &payer->entry_cost) &&
          !__builtin_add_overflow(taker->entry_cost, cost, &taker->entry_cost));
    post(ledger, kind, taker->market, back ? taker->subaccount : payer->subaccount,
         back ? payer->subaccount : taker->subaccount, back ? -cost : cost);
}

void ledger_move_cost(struct ledger *ledger, enum entry_kind kind, uint32_t position, int64_t cost)
{
    const uint32_t market = state_position(ledger->state, position)->market;

    move_cost(ledger, kind, state_market(ledger->state, market)->residue_position, position, cost);
}

/* Every subaccount of a venue passes here every ten seconds: what moves a cost, in as few words as it can be said. */
void ledger_realise(struct ledger *ledger, uint32_t subaccount, const struct ledger_cost *costs, uint32_t count)
{
    struct position *const positions = state_position(ledger->state, 0);
    struct ledger_entry *const first = ledger->place, *entry = first;

    check(first != NULL && count <= LEDGER_RUN);
    for (const struct ledger_cost *move = costs, *end = costs + count; move < end; move++) {
        struct position *position = &positions[move->position], *residue = &positions[move->residue];
        const int64_t cost = move->cost, back = cost >> 63; /* all ones where it is negative */
        const uint32_t swapped = (SYSTEM_RESIDUE ^ subaccount) & (uint32_t)back;

        check(position->subaccount == subaccount && residue->market == position->market && cost != INT64_MIN);
        check(!__builtin_sub_overflow(residue->entry_cost, cost, &residue->entry_cost) &&
              !__builtin_add_overflow(position->entry_cost, cost, &position->entry_cost));
        set_entry(entry, ENTRY_REALISED, position->market, SYSTEM_RESIDUE ^ swapped, subaccount ^ swapped,
                  (cost ^ back) - back);
        entry += cost != 0;
    }
    if (entry > first)
        entries_made(ledger, ENTRY_REALISED, (uint32_t)(entry - first));
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
    move_cost(ledger, ENTRY_LIQUIDATION_FEE, fund, position, fee);
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
    move_cost(ledger, ENTRY_COST_FEE, fees, paid, fee);
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
    add_to(&balance->locked, amount);
    balance_changed(ledger->state, balance, part);
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
    const uint32_t row = state_find_balance(state, subaccount, asset);

    return row == TABLE_NONE ? 0 : ledger_free_of(state_balance(state, row));
}
