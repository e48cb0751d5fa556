#include "watch.h"

#include <stdlib.h>

#include "check.h"
#include "durations.h"
#include "memory.h"
#include "watch_arm.h"

/* Bounds lie in lists by price: 4,096 levels an octave, in a ring of four octaves. A bound is at most an octave from
 * the price at which it was armed, and that at most an octave from the present one. */
enum {
    STEPS_LOG2 = 12,
    RING = 4 << STEPS_LOG2,
    FACTORS = (LIMIT_MARKETS + 1) + (LIMIT_ASSETS + 1),
    DIRECTIONS = 2, /* down, up */
    HEADS = FACTORS * DIRECTIONS * RING,
    AHEAD = 16,     /* a power of 2 */
    AHEAD_STRIDE = 2, /* subaccounts from one step of fetching to the next */
    AHEAD_HOPS = 4, /* rows of each list that are followed */
};
static_assert(AHEAD_STRIDE * (AHEAD_HOPS + 2) < AHEAD, "who is looked at has been fetched");
#define CYCLE_NS (WATCH_CYCLE_SECONDS * NS_A_SECOND)

/* The bound of a row of positions or of balances. */
struct link {
    uint32_t next, prev;   /* 0: last, first */
    uint32_t head;         /* number of its list, 0: in none */
    uint32_t subaccount;
};

/* What a number has been while somebody was armed who still is: since the beginning of the cycle before. */
struct extremes {
    uwide low, high, low_before, high_before; /* low above high: nothing */
};

struct factor {
    uint64_t price;        /* at the last tick */
    uint32_t crossed;      /* level that bounds have been crossed up to */
    struct extremes prices;
    struct extremes funding;          /* of a market, shifted to be >= 0 */
    struct extremes lent, borrowed;   /* of an asset: units x 2^62 a share */
};

struct watch {
    uint32_t subaccounts, balances, positions; /* capacities, row 0 included */
    uint64_t *due, *hot, *armed;               /* a bit a subaccount */
    struct link *links;                        /* positions, then balances */
    uint32_t *heads;                           /* of lists, by factor, direction, level */
    struct factor factors[FACTORS];
    uint64_t cycle_ns;                         /* when the present cycle began */
    uint32_t cycle_row;                        /* everybody below has been looked at in it */
    uint64_t visits;
};

static uint64_t *bits_create(uint32_t count)
{
    return memory_reserve_apart(count / 64 + 1, sizeof(uint64_t));
}

static void bits_set(uint64_t *bits, uint32_t bit, bool value)
{
    const uint64_t mask = UINT64_C(1) << bit % 64;

    bits[bit / 64] = value ? bits[bit / 64] | mask : bits[bit / 64] & ~mask;
}

/* Those of a word that lie in from .. to - 1. */
static uint64_t bits_between(uint32_t word, uint32_t from, uint32_t to)
{
    uint64_t mask = UINT64_MAX;

    if (from > word * 64)
        mask &= from - word * 64 >= 64 ? 0 : UINT64_MAX << (from - word * 64);
    if (to < (word + 1) * 64)
        mask &= to <= word * 64 ? 0 : UINT64_MAX >> ((word + 1) * 64 - to);
    return mask;
}

struct watch *watch_create(const struct state *state)
{
    struct watch *watch = memory_reserve(1, sizeof *watch);

    watch->subaccounts = state->subaccounts.capacity;
    watch->balances = state->balances.capacity;
    watch->positions = state->positions.capacity;
    watch->due = bits_create(watch->subaccounts);
    watch->hot = bits_create(watch->subaccounts);
    watch->armed = bits_create(watch->subaccounts);
    watch->links = memory_reserve_apart((size_t)watch->positions + watch->balances, sizeof *watch->links);
    watch->heads = memory_reserve_apart(HEADS, sizeof *watch->heads);
    return watch;
}

void watch_destroy(struct watch *watch)
{
    const size_t words = watch->subaccounts / 64 + 1;

    memory_release_apart(watch->due, words, sizeof(uint64_t));
    memory_release_apart(watch->hot, words, sizeof(uint64_t));
    memory_release_apart(watch->armed, words, sizeof(uint64_t));
    memory_release_apart(watch->links, (size_t)watch->positions + watch->balances, sizeof *watch->links);
    memory_release_apart(watch->heads, HEADS, sizeof *watch->heads);
    free(watch);
}

uint64_t watch_bytes(const struct watch *watch)
{
    return sizeof *watch + 3 * (watch->subaccounts / 64 + 1) * sizeof(uint64_t) + HEADS * sizeof *watch->heads +
           ((uint64_t)watch->positions + watch->balances) * sizeof *watch->links;
}

bool watch_populate(struct watch *watch)
{
    const size_t words = watch->subaccounts / 64 + 1;

    return memory_populate_apart(watch->due, words, sizeof(uint64_t)) &&
           memory_populate_apart(watch->hot, words, sizeof(uint64_t)) &&
           memory_populate_apart(watch->armed, words, sizeof(uint64_t)) &&
           memory_populate_apart(watch->links, (size_t)watch->positions + watch->balances, sizeof *watch->links) &&
           memory_populate_apart(watch->heads, HEADS, sizeof *watch->heads);
}

/* --- lists of bounds --- */

/* Rises with the price: no two levels differ by less than 1 / 8,192 of it. 0 is the level of 1. */
static uint32_t level_of(uint64_t price)
{
    const unsigned octave = 63u - (unsigned)__builtin_clzll(price | 1);

    const uint64_t fraction = (price | 1) << (63 - octave) >> (63 - STEPS_LOG2);

    return octave << STEPS_LOG2 | (uint32_t)(fraction & ((1 << STEPS_LOG2) - 1));
}

static uint32_t *head_at(struct watch *watch, uint32_t number)
{
    return &watch->heads[number - 1];
}

static uint32_t head_number(uint32_t factor, bool up, uint32_t level)
{
    return (factor * DIRECTIONS + up) * RING + level % RING + 1;
}

static void unlink_bound(struct watch *watch, uint32_t number)
{
    struct link *link = &watch->links[number];

    if (link->head == 0)
        return;
    if (link->prev != 0)
        watch->links[link->prev].next = link->next;
    else
        *head_at(watch, link->head) = link->next;
    if (link->next != 0)
        watch->links[link->next].prev = link->prev;
    link->head = link->next = link->prev = 0;
}

static void link_bound(struct watch *watch, uint32_t number, uint32_t subaccount, uint32_t head)
{
    struct link *link = &watch->links[number];
    uint32_t *first = head_at(watch, head);

    if (link->head == head)
        return;
    unlink_bound(watch, number);
    *link = (struct link){.next = *first, .head = head, .subaccount = subaccount};
    if (*first != 0)
        watch->links[*first].prev = number;
    *first = number;
}

/* Empties a list; its first bound. */
static uint32_t take_list(struct watch *watch, uint32_t head)
{
    const uint32_t first = *head_at(watch, head);

    *head_at(watch, head) = 0;
    return first;
}

/* Whose it is is due; the next one of its list. */
static uint32_t pop_bound(struct watch *watch, uint32_t number)
{
    struct link *link = &watch->links[number];
    const uint32_t next = link->next;

    bits_set(watch->due, link->subaccount, true);
    link->head = link->next = link->prev = 0;
    return next;
}

/* A bound is crossed once the price is on its level. Links lie anywhere: several lists are gone through side by side,
 * so that the next link of each is fetched meanwhile. */
static void cross_bounds(struct watch *watch, uint32_t factor, uint32_t before, uint32_t now)
{
    enum { LISTS = 16 };
    const bool up = now > before;
    uint32_t count = up ? now - before : before - now, at = 0, numbers[LISTS] = {0}, last;

    if (count > RING)
        count = RING;
    do {
        last = 0;
        for (uint32_t i = 0; i < LISTS; i++) {
            if (numbers[i] != 0)
                numbers[i] = pop_bound(watch, numbers[i]);
            for (; numbers[i] == 0 && at < count; at++)
                numbers[i] = take_list(watch, head_number(factor, up, up ? now - at : now + at));
            __builtin_prefetch(&watch->links[numbers[i]], 1);
            last |= numbers[i];
        }
    } while (last != 0);
}

/* --- what time moves --- */

static void extremes_note(struct extremes *extremes, uwide value)
{
    if (value < extremes->low)
        extremes->low = value;
    if (value > extremes->high)
        extremes->high = value;
}

static void extremes_clear(struct extremes *extremes)
{
    extremes->low_before = extremes->low;
    extremes->high_before = extremes->high;
    extremes->low = ~(uwide)0;
    extremes->high = 0;
}

static uwide extremes_low(const struct extremes *extremes)
{
    return extremes->low < extremes->low_before ? extremes->low : extremes->low_before;
}

static uwide extremes_high(const struct extremes *extremes)
{
    return extremes->high > extremes->high_before ? extremes->high : extremes->high_before;
}

static uwide ratio_of(int64_t units, int64_t shares)
{
    return shares <= 0 ? 0 : ((uwide)units << 62) / (uwide)shares;
}

static uwide funding_of(const struct market *market)
{
    return (uwide)market->funding_index + ((uwide)1 << 127);
}

static void note_market(struct watch *watch, const struct state *state, uint32_t row)
{
    const struct market *market = state_market(state, row);

    if (market->kind == MARKET_SPOT || market->mark == 0)
        return;
    extremes_note(&watch->factors[row].prices, market->mark);
    extremes_note(&watch->factors[row].funding, funding_of(market));
}

static void note_asset(struct watch *watch, const struct state *state, uint32_t row)
{
    struct factor *factor = &watch->factors[LIMIT_MARKETS + 1 + row];
    const struct pool *pool = state_pool(state, row);

    if (state_asset(state, row)->index != 0)
        extremes_note(&factor->prices, state_asset(state, row)->index);
    if (pool->lent_shares > 0)
        extremes_note(&factor->lent, ratio_of(pool->lent, pool->lent_shares));
    if (pool->borrowed_shares > 0)
        extremes_note(&factor->borrowed, ratio_of(pool->borrowed, pool->borrowed_shares));
}

/* Somebody may be armed at what there is now. */
static void note_everything(struct watch *watch, const struct state *state)
{
    for (uint32_t row = 1; row < state->markets.used; row++)
        note_market(watch, state, row);
    for (uint32_t row = 1; row < state->assets.used; row++)
        note_asset(watch, state, row);
}

static bool price_left(const struct factor *factor, uint64_t price)
{
    return price > 2 * extremes_low(&factor->prices) || 2 * (uwide)price < extremes_high(&factor->prices);
}

/* Whether somebody who was armed may be beyond what was taken off for it. */
static bool market_left(const struct watch *watch, const struct state *state, uint32_t row)
{
    const struct factor *factor = &watch->factors[row];
    const struct market *market = state_market(state, row);
    const uwide low = extremes_low(&factor->prices), now = funding_of(market);
    uwide room;

    if (extremes_high(&factor->prices) == 0)
        return false;
    if (price_left(factor, market->mark))
        return true;
    room = low * market->tick_lot_units * 1000000000 >> WATCH_FUNDING_LOG2;
    return now > extremes_low(&factor->funding) + room || now + room < extremes_high(&factor->funding);
}

static bool asset_left(const struct watch *watch, const struct state *state, uint32_t row)
{
    const struct factor *factor = &watch->factors[LIMIT_MARKETS + 1 + row];
    const struct pool *pool = state_pool(state, row);
    const uwide borrowed = extremes_low(&factor->borrowed), lent = extremes_high(&factor->lent);

    if (extremes_high(&factor->prices) != 0 && price_left(factor, state_asset(state, row)->index))
        return true;
    if (extremes_high(&factor->borrowed) != 0 &&
        ratio_of(pool->borrowed, pool->borrowed_shares) > borrowed + (borrowed >> WATCH_POOL_LOG2))
        return true;
    return lent != 0 && ratio_of(pool->lent, pool->lent_shares) < lent - (lent >> WATCH_POOL_LOG2);
}

static bool anything_left(const struct watch *watch, const struct state *state)
{
    bool left = false;

    for (uint32_t row = 1; row < state->markets.used; row++)
        left |= state_market(state, row)->kind != MARKET_SPOT && market_left(watch, state, row);
    for (uint32_t row = 1; row < state->assets.used; row++)
        left |= asset_left(watch, state, row);
    return left;
}

static void clear_extremes(struct watch *watch)
{
    for (uint32_t i = 0; i < FACTORS; i++) {
        extremes_clear(&watch->factors[i].prices);
        extremes_clear(&watch->factors[i].funding);
        extremes_clear(&watch->factors[i].lent);
        extremes_clear(&watch->factors[i].borrowed);
    }
}

/* --- who is due --- */

static void mark_rows(struct watch *watch, const uint64_t *who, uint32_t from, uint32_t to)
{
    for (uint32_t word = from / 64; word * 64 < to; word++)
        watch->due[word] |= who[word] & bits_between(word, from, to);
}

static void begin_cycle(struct watch *watch, uint64_t time_ns)
{
    watch->cycle_ns = time_ns;
    watch->cycle_row = 0;
    clear_extremes(watch);
}

void watch_mark_dirty(struct watch *watch, uint32_t subaccount)
{
    check(subaccount < watch->subaccounts);
    bits_set(watch->due, subaccount, true);
}

void watch_prefetch(const struct watch *watch, uint32_t subaccount)
{
    __builtin_prefetch(&watch->due[subaccount / 64], 1);
}

/* Nobody is armed any more at anything that has been. */
void watch_mark_all(struct watch *watch, const struct state *state)
{
    for (uint32_t row = SYSTEM_SUBACCOUNTS; row < state->subaccounts.used; row++)
        bits_set(watch->due, row, true);
    clear_extremes(watch);
    clear_extremes(watch);
}

void watch_rebuild(struct watch *watch, const struct state *state)
{
    check(state->subaccounts.capacity <= watch->subaccounts && state->balances.capacity <= watch->balances &&
          state->positions.capacity <= watch->positions);
    for (uint32_t row = 1; row < state->positions.used; row++)
        unlink_bound(watch, row);
    for (uint32_t row = 1; row < state->balances.used; row++)
        unlink_bound(watch, watch->positions + row);
    for (uint32_t word = 0; word <= watch->subaccounts / 64; word++)
        watch->due[word] = watch->hot[word] = watch->armed[word] = 0;
    watch_mark_all(watch, state);
    begin_cycle(watch, state->t->time_ns);
}

/* Those whose turn of the cycle has come. */
static void continue_cycle(struct watch *watch, const struct state *state)
{
    const uint64_t now = state->t->time_ns, elapsed = now > watch->cycle_ns ? now - watch->cycle_ns : 0;
    const uint32_t used = state->subaccounts.used;
    uint32_t to = used;

    if (elapsed < CYCLE_NS)
        to = (uint32_t)((uwide)used * elapsed / CYCLE_NS);
    if (to > watch->cycle_row) {
        mark_rows(watch, watch->armed, watch->cycle_row, to);
        watch->cycle_row = to;
    }
    if (elapsed >= CYCLE_NS)
        begin_cycle(watch, now);
}

void watch_cross(struct watch *watch, uint32_t parts)
{
    for (uint32_t number = 0; number < FACTORS; number++) {
        struct factor *factor = &watch->factors[number];
        const uint32_t before = factor->crossed, all = level_of(factor->price);
        const uint32_t count = all > before ? all - before : before - all;
        const uint32_t step = count > RING ? count : (count + parts - 1) / parts;

        if (count == 0)
            continue;
        factor->crossed = all > before ? before + step : before - step;
        cross_bounds(watch, number, before, factor->crossed);
    }
}

void watch_tick(struct watch *watch, const struct state *state)
{
    for (uint32_t row = 1; row < state->markets.used; row++)
        watch->factors[row].price = state_market(state, row)->mark;
    for (uint32_t row = 1; row < state->assets.used; row++)
        watch->factors[LIMIT_MARKETS + 1 + row].price = state_asset(state, row)->index;
    if (anything_left(watch, state))
        watch_mark_all(watch, state);
    continue_cycle(watch, state);
    note_everything(watch, state);
    mark_rows(watch, watch->hot, 0, state->subaccounts.used);
}

/* --- looking at them --- */

enum watch_level watch_level_of(const struct margin_view *view)
{
    if (view->maintenance <= 0 || 4 * view->equity > 5 * view->maintenance)
        return WATCH_NONE;
    return view->equity > view->maintenance ? WATCH_CALL : WATCH_LIQUIDATION;
}

/* Whether prices or interest can ever bring it to maintenance as it stands. */
static bool has_exposure(const struct state *state, uint32_t subaccount, const struct margin_view *view)
{
    const struct subaccount *owner = state_subaccount(state, subaccount);

    if (view->maintenance > 0 || view->notional > 0 || view->borrowed > 0)
        return true;
    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next)
        if (state_position(state, row)->quantity != 0)
            return true;
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next)
        if (state_balance(state, row)->borrowed != 0)
            return true;
    return false;
}

/* Links a row's bound, or takes the row out where none of the bounds is its. False: the price is on the level already.
 * */
static bool link_row(struct watch *watch, uint32_t subaccount, uint32_t number, const struct watch_bound *bound)
{
    const uint32_t factor = bound == NULL ? 0 : (bound->balance ? LIMIT_MARKETS + 1u : 0) + bound->factor;
    uint32_t now, level;

    if (bound == NULL) {
        unlink_bound(watch, number);
        return true;
    }
    now = level_of(watch->factors[factor].price);
    level = level_of(bound->price);
    if (bound->up ? level <= now : level >= now)
        return false;
    link_bound(watch, number, subaccount, head_number(factor, bound->up, level));
    return true;
}

/* The bounds come in the order of the lists of rows. */
static bool link_bounds(struct watch *watch, const struct state *state, uint32_t subaccount,
                        const struct watch_bound *bounds, int count)
{
    const struct subaccount *owner = state_subaccount(state, subaccount);
    bool linked = true;
    int at = 0;

    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next) {
        const bool bound = at < count && !bounds[at].balance && bounds[at].row == row;

        linked &= link_row(watch, subaccount, row, bound ? &bounds[at++] : NULL);
    }
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const bool bound = at < count && bounds[at].row == row;

        linked &= link_row(watch, subaccount, watch->positions + row, bound ? &bounds[at++] : NULL);
    }
    check(at >= count);
    return linked;
}

/* False: the run stops behind it. */
static bool visit(struct watch *watch, const struct state *state, uint32_t subaccount, watch_found found,
                  void *context)
{
    struct watch_bound bounds[WATCH_BOUNDS];
    struct margin_view view;
    enum watch_level level;
    bool hot, more = true;
    int count;

    watch->visits++;
    margin_compute_maintenance(state, subaccount, &view);
    level = watch_level_of(&view);
    if (level != WATCH_NONE || state_subaccount(state, subaccount)->flags & SUBACCOUNT_CALLED)
        more = found(context, subaccount, level, &view);
    if (!has_exposure(state, subaccount, &view)) {
        link_bounds(watch, state, subaccount, NULL, 0);
        bits_set(watch->hot, subaccount, false);
        bits_set(watch->armed, subaccount, false);
        return more;
    }
    count = level == WATCH_NONE ? watch_arm_bounds(state, subaccount, &view, bounds) : -1;
    hot = !link_bounds(watch, state, subaccount, bounds, count) || count < 0;
    bits_set(watch->hot, subaccount, hot);
    bits_set(watch->armed, subaccount, true);
    return more;
}

/* The first one due of from .. to - 1; `to`: none. */
static uint32_t next_due(const struct watch *watch, uint32_t from, uint32_t to)
{
    for (uint32_t word = from / 64; word * 64 < to; word++) {
        const uint64_t left = watch->due[word] & bits_between(word, from, to);

        if (left != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(left);
    }
    return to;
}

/* Those who are due next, 0 where there is nobody, and the next rows of their lists to be fetched. Nothing of them lies
 * in the caches: each step finds there what the one before it, AHEAD_STRIDE subaccounts ago, has fetched. */
struct ahead {
    uint32_t row, number;  /* number: of subaccounts so far */
    uint32_t subaccounts[AHEAD], positions[AHEAD], balances[AHEAD];
};

static void fetch_rows(const struct watch *watch, const struct state *state, uint32_t position, uint32_t balance)
{
    __builtin_prefetch(state_position(state, position));
    __builtin_prefetch(state_balance(state, balance));
    __builtin_prefetch(&watch->links[position], 1);
    __builtin_prefetch(&watch->links[watch->positions + balance], 1);
}

/* Between which a bound will be taken out. */
static void fetch_neighbours(const struct watch *watch, uint32_t number)
{
    __builtin_prefetch(&watch->links[watch->links[number].prev], 1);
    __builtin_prefetch(&watch->links[watch->links[number].next], 1);
}

static void look_ahead(const struct watch *watch, const struct state *state, struct ahead *ahead, uint32_t to)
{
    uint32_t place = ahead->number++ % AHEAD;
    const struct subaccount *owner;

    ahead->subaccounts[place] = ahead->row < to ? ahead->row : TABLE_NONE;
    if (ahead->row < to)
        ahead->row = next_due(watch, ahead->row + 1, to);
    __builtin_prefetch(state_subaccount(state, ahead->subaccounts[place]));
    place = (place - AHEAD_STRIDE) % AHEAD;
    owner = state_subaccount(state, ahead->subaccounts[place]);
    ahead->positions[place] = owner->positions;
    ahead->balances[place] = owner->balances;
    fetch_rows(watch, state, owner->positions, owner->balances);
    for (uint32_t hop = 0; hop < AHEAD_HOPS; hop++) {
        place = (place - AHEAD_STRIDE) % AHEAD;
        fetch_neighbours(watch, ahead->positions[place]);
        fetch_neighbours(watch, watch->positions + ahead->balances[place]);
        ahead->positions[place] = state_position(state, ahead->positions[place])->next;
        ahead->balances[place] = state_balance(state, ahead->balances[place])->next;
        fetch_rows(watch, state, ahead->positions[place], ahead->balances[place]);
    }
}

uint32_t watch_run(struct watch *watch, const struct state *state, uint32_t from, uint32_t rows, watch_found found,
                   void *context)
{
    const uint32_t used = state->subaccounts.used;
    struct ahead ahead = {0};
    uint32_t to, row;

    if (from < SYSTEM_SUBACCOUNTS)
        from = SYSTEM_SUBACCOUNTS;
    to = from >= used || rows >= used - from ? used : from + rows;
    row = ahead.row = next_due(watch, from, to);
    if (row < to)
        note_everything(watch, state);
    for (uint32_t i = 1; i < AHEAD && row < to; i++)
        look_ahead(watch, state, &ahead, to);
    while (row < to) {
        look_ahead(watch, state, &ahead, to);
        bits_set(watch->due, row, false);
        if (!visit(watch, state, row, found, context))
            return row + 1 >= used ? TABLE_NONE : row + 1;
        row = next_due(watch, row + 1, to);
    }
    return to >= used ? TABLE_NONE : to;
}

uint64_t watch_visits(const struct watch *watch)
{
    return watch->visits;
}

uint64_t watch_due(const struct watch *watch)
{
    uint64_t count = 0;

    for (uint32_t word = 0; word <= watch->subaccounts / 64; word++)
        count += (uint64_t)__builtin_popcountll(watch->due[word]);
    return count;
}
