/* Trees, buckets and lists. Every walk is bounded by what there is, so that broken ones end. */
#include "recount.h"

/* orders/book.c marks a free slot, which names the next one, by this bit. */
#define SLOT_FREE 0x80000000u

/* A tree that an order is in: root, node, and the orders that it may meet there. */
struct place_in_tree {
    const char *name;
    uint32_t root, offset;
    uint64_t key, rank;
    uint64_t *members, *links;
    bool (*shares)(const struct order *order, const struct order *other);
};

static const struct tree_node *node_at(const struct state *state, uint32_t row, uint32_t offset)
{
    return (const void *)((const uint8_t *)table_row(&state->orders, row) + offset);
}

static bool comes_before(const struct tree_node *node, uint32_t row, const struct tree_node *than, uint32_t than_row)
{
    if (node->key != than->key)
        return node->key < than->key;
    return node->rank != than->rank ? node->rank < than->rank : row < than_row;
}

/* Every member is found from the root, over members only. With one link less than members, nothing else hangs
 * there, and that each is found means that they are in order. */
static bool find_in_tree(const struct recount *recount, uint32_t row, const struct place_in_tree *place)
{
    const struct state *state = recount->state;
    const struct tree_node *node = node_at(state, row, place->offset);
    uint32_t at = place->root;

    if (node->key != place->key || node->rank != place->rank)
        return recount_wrong(recount->violation, &state->orders, row, "in the tree of %s at %llu, %llu", place->name,
                             (unsigned long long)node->key, (unsigned long long)node->rank);
    for (uint32_t steps = 0; at != row; steps++) {
        const struct tree_node *other;

        if (!recount_is_row(&state->orders, at) || steps >= state->orders.live ||
            !place->shares(order_row(state, row), order_row(state, at)))
            return recount_wrong(recount->violation, &state->orders, row,
                                 "not found in the tree of %s, which leads to %u", place->name, at);
        other = node_at(state, at, place->offset);
        at = comes_before(other, at, node, row) ? other->right : other->left;
    }
    ++*place->members;
    *place->links += (node->left != TABLE_NONE) + (node->right != TABLE_NONE);
    return true;
}

static bool shares_parked(const struct order *order, const struct order *other)
{
    return other->place == ORDER_PARKED && other->market == order->market && other->side == order->side;
}

static bool shares_triggers(const struct order *order, const struct order *other)
{
    return other->place == ORDER_TRIGGER && other->market == order->market &&
           other->trigger_by == order->trigger_by && other->trigger_when == order->trigger_when;
}

static bool shares_bumps(const struct order *order, const struct order *other)
{
    (void)order;
    return other->due_ns != 0;
}

static bool shares_expiries(const struct order *order, const struct order *other)
{
    (void)order;
    return other->due_ns == 0 && other->expires_ns != 0;
}

static bool check_price_tree(struct recount *recount, uint32_t row)
{
    const struct order *order = order_row(recount->state, row);
    const struct market *market = state_market(recount->state, order->market);
    struct place_in_tree place = {.offset = offsetof(struct order, price_node)};

    if (order->place == ORDER_PARKED) {
        place.name = "parked orders";
        place.root = market->parked[order->side];
        place.key = order->price;
        place.rank = order->priority;
        place.members = &recount->parked[order->market][order->side];
        place.links = &recount->parked_links[order->market][order->side];
        place.shares = shares_parked;
    } else if (order->place == ORDER_TRIGGER) {
        unsigned by = order->trigger_by - 1u, when = order->trigger_when - 1u;

        place.name = "triggers";
        place.root = market->triggers[by][when];
        place.key = order->trigger_price;
        place.rank = order->id;
        place.members = &recount->triggers[order->market][by][when];
        place.links = &recount->trigger_links[order->market][by][when];
        place.shares = shares_triggers;
    } else {
        return true;
    }
    return find_in_tree(recount, row, &place);
}

static bool check_time_tree(struct recount *recount, uint32_t row)
{
    const struct order *order = order_row(recount->state, row);
    struct place_in_tree place = {.offset = offsetof(struct order, time_node), .rank = order->id};

    if (order->due_ns != 0) {
        place.name = "speed bumps";
        place.root = recount->state->t->bumps;
        place.key = order->due_ns;
        place.members = &recount->bumps;
        place.links = &recount->bump_links;
        place.shares = shares_bumps;
    } else if (order->expires_ns != 0) {
        place.name = "expiries";
        place.root = recount->state->t->expiries;
        place.key = order->expires_ns;
        place.members = &recount->expiries;
        place.links = &recount->expiry_links;
        place.shares = shares_expiries;
    } else {
        return true;
    }
    return find_in_tree(recount, row, &place);
}

static bool check_attached(const struct recount *recount, uint32_t row)
{
    const struct state *state = recount->state;
    const struct order *order = order_row(state, row);
    bool leg = order->parent_reference != 0;

    for (unsigned i = 0; i < 2; i++) {
        uint32_t other = order->attached[i];

        if (other == TABLE_NONE)
            continue;
        if (!recount_is_row(&state->orders, other) ||
            (leg ? i == 1 || order_row(state, other)->attached[0] != row : order_row(state, other)->parent != row))
            return recount_wrong(recount->violation, &state->orders, row, "attached order %u", other);
    }
    if (order->parent == TABLE_NONE)
        return true;
    if (!leg || !recount_is_row(&state->orders, order->parent) ||
        (order_row(state, order->parent)->attached[0] != row && order_row(state, order->parent)->attached[1] != row))
        return recount_wrong(recount->violation, &state->orders, row, "parent %u", order->parent);
    return true;
}

bool recount_order_links(struct recount *recount, uint32_t row)
{
    return check_price_tree(recount, row) && check_time_tree(recount, row) && check_attached(recount, row);
}

/* --- what must be true of the whole --- */

static bool check_tree(const struct recount *recount, const struct table *table, uint32_t row, const char *name,
                       uint32_t root, uint64_t members, uint64_t links)
{
    if ((root != TABLE_NONE) != (members > 0) || links != members - (members > 0))
        return recount_wrong(recount->violation, table, row, "tree of %s from %u: %llu orders, %llu links", name, root,
                             (unsigned long long)members, (unsigned long long)links);
    return true;
}

static bool check_trees(const struct recount *recount)
{
    const struct state *state = recount->state;

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        for (unsigned i = 0; i < 2; i++) {
            if (!check_tree(recount, &state->markets, row, i ? "parked sells" : "parked buys", market->parked[i],
                            recount->parked[row][i], recount->parked_links[row][i]))
                return false;
        }
        for (unsigned i = 0; i < 6; i++) {
            if (!check_tree(recount, &state->markets, row, "triggers", market->triggers[i / 2][i % 2],
                            recount->triggers[row][i / 2][i % 2], recount->trigger_links[row][i / 2][i % 2]))
                return false;
        }
    }
    return check_tree(recount, &state->totals, 1, "expiries", state->t->expiries, recount->expiries,
                      recount->expiry_links) &&
           check_tree(recount, &state->totals, 1, "speed bumps", state->t->bumps, recount->bumps, recount->bump_links);
}

/* Free slots are in their list once: with those that orders hold, all that were ever made. */
static bool check_slots(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t made = state->t->slots_made, free = 0;
    uint32_t row = state->t->slot_free;

    if (made >= state->slots.capacity)
        return recount_wrong(recount->violation, &state->totals, 1, "slots made: %llu", (unsigned long long)made);
    while (row != TABLE_NONE) {
        const struct slot *slot = table_row(&state->slots, row <= made ? row : 0);

        if (row > made || !(slot->order & SLOT_FREE) || ++free > made)
            return recount_wrong(recount->violation, &state->totals, 1, "the list of free slots leads to %u", row);
        row = slot->order & ~SLOT_FREE;
    }
    if (free + recount->slots != made)
        return recount_wrong(recount->violation, &state->totals, 1, "slots made: %llu, free: %llu, of orders: %llu",
                             (unsigned long long)made, (unsigned long long)free, (unsigned long long)recount->slots);
    return true;
}

static bool check_free_rows(const struct recount *recount)
{
    struct state copy = *recount->state;
    struct table *tables[STATE_TABLES];

    state_tables(&copy, tables);
    for (int i = 0; i < STATE_TABLES; i++) {
        const struct table *table = tables[i];
        uint32_t row = table->free_first, count = 0;

        for (; row != TABLE_NONE; row = *(const uint32_t *)table_row(table, row)) {
            if (row >= table->used || ++count >= table->used)
                return recount_wrong(recount->violation, table, row, "in the list of free rows");
        }
        if (count + table->live + 1 != table->used)
            return recount_wrong(recount->violation, table, 0, "%u rows used, %u live, %u free", table->used - 1,
                                 table->live, count);
    }
    return true;
}

static bool check_order_buckets(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t buckets = 2 * (uint64_t)(state->order_buckets.capacity - 1), found = 0;

    for (uint64_t bucket = 0; bucket < buckets; bucket++) {
        const uint32_t *head = state_bucket(&state->order_buckets, bucket);

        for (uint32_t row = *head; row != TABLE_NONE; row = order_row(state, row)->next_in_bucket) {
            const struct order *order;

            if (!recount_is_row(&state->orders, row))
                return recount_wrong(recount->violation, &state->order_buckets, (uint32_t)(bucket / 2 + 1),
                                     "leads to order %u", row);
            order = order_row(state, row);
            if (order->user == TABLE_NONE || order->reference == 0 || ++found > recount->references ||
                state_bucket(&state->order_buckets, state_mix((uint64_t)order->user << 32 | order->reference)) != head)
                return recount_wrong(recount->violation, &state->orders, row,
                                     "in bucket %llu with user %u, reference %u", (unsigned long long)bucket,
                                     order->user, order->reference);
        }
    }
    if (found != recount->references)
        return recount_wrong(recount->violation, &state->order_buckets, 0, "%llu orders found, %llu have a reference",
                             (unsigned long long)found, (unsigned long long)recount->references);
    return true;
}

static bool check_transfer_buckets(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t buckets = 2 * (uint64_t)(state->transfer_buckets.capacity - 1), found = 0;

    for (uint64_t bucket = 0; bucket < buckets; bucket++) {
        const uint32_t *head = state_bucket(&state->transfer_buckets, bucket);
        const struct transfer *transfer;

        for (uint32_t row = *head; row != TABLE_NONE; row = transfer->next) {
            transfer = table_row(&state->transfers, row < state->transfers.used ? row : 0);
            if (!recount_is_row(&state->transfers, row) || ++found > state->transfers.live ||
                state_transfer_bucket(state, transfer->asset, transfer->id) != head)
                return recount_wrong(recount->violation, &state->transfers, row, "in bucket %llu",
                                     (unsigned long long)bucket);
        }
    }
    if (found != state->transfers.live)
        return recount_wrong(recount->violation, &state->transfer_buckets, 0, "%llu transfers found, there are %u",
                             (unsigned long long)found, state->transfers.live);
    return true;
}

/* One list of a bucket of names. */
struct names {
    const struct table *table;
    uint32_t size, name_offset, seed_offset, next_offset; /* of and in a row; seed_offset UINT32_MAX: no seed */
};

static bool check_name_list(const struct recount *recount, const struct names *names, const struct name_bucket *bucket,
                            uint32_t row, uint64_t *found)
{
    while (row != TABLE_NONE) {
        const uint8_t *bytes = table_row(names->table, row < names->table->used ? row : 0);
        uint32_t seed = names->seed_offset == UINT32_MAX ? 0 : *(const uint32_t *)(bytes + names->seed_offset);

        if (!recount_is_row(names->table, row) || ++*found > names->table->live ||
            state_name_bucket(recount->state, seed, bytes + names->name_offset, names->size) != bucket)
            return recount_wrong(recount->violation, names->table, row, "in the list of another name");
        row = *(const uint32_t *)(bytes + names->next_offset);
    }
    return true;
}

static bool check_name_buckets(const struct recount *recount)
{
    const struct state *state = recount->state;
    const struct names names[3] = {
        {&state->accounts, sizeof(((struct account *)0)->name), offsetof(struct account, name), UINT32_MAX,
         offsetof(struct account, next_of_name)},
        {&state->subaccounts, sizeof(((struct subaccount *)0)->name), offsetof(struct subaccount, name),
         offsetof(struct subaccount, account), offsetof(struct subaccount, next_of_name)},
        {&state->users, sizeof(((struct user *)0)->name), offsetof(struct user, name), UINT32_MAX,
         offsetof(struct user, next_of_name)},
    };
    uint64_t found[3] = {0};

    for (uint32_t row = 1; row < state->name_buckets.used; row++) {
        const struct name_bucket *bucket = table_row(&state->name_buckets, row);

        if (!check_name_list(recount, &names[0], bucket, bucket->accounts, &found[0]) ||
            !check_name_list(recount, &names[1], bucket, bucket->subaccounts, &found[1]) ||
            !check_name_list(recount, &names[2], bucket, bucket->users, &found[2]))
            return false;
    }
    for (unsigned i = 0; i < 3; i++) {
        if (found[i] != names[i].table->live)
            return recount_wrong(recount->violation, names[i].table, 0, "%u rows, %llu found by name",
                                 names[i].table->live, (unsigned long long)found[i]);
    }
    return true;
}

static bool check_subaccounts(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t subaccounts = 0;

    for (uint32_t account = 1; account < state->accounts.used; account++) {
        uint32_t row = state_account(state, account)->subaccounts;

        for (; row != TABLE_NONE; row = state_subaccount(state, row)->next) {
            if (!recount_is_row(&state->subaccounts, row) || state_subaccount(state, row)->account != account ||
                ++subaccounts > state->subaccounts.live)
                return recount_wrong(recount->violation, &state->accounts, account, "leads to subaccount %u", row);
        }
    }
    if (subaccounts != state->subaccounts.live)
        return recount_wrong(recount->violation, &state->subaccounts, 0, "%u rows, accounts list %llu",
                             state->subaccounts.live, (unsigned long long)subaccounts);
    return true;
}

static bool check_users(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint64_t orders = 0;

    for (uint32_t user = 1; user < state->users.used; user++) {
        uint32_t row = state_user(state, user)->orders, previous = TABLE_NONE;

        for (; row != TABLE_NONE; previous = row, row = order_row(state, row)->next_of_user) {
            if (!recount_is_row(&state->orders, row) || order_row(state, row)->user != user ||
                order_row(state, row)->prev_of_user != previous || ++orders > recount->user_orders)
                return recount_wrong(recount->violation, &state->users, user, "leads to order %u", row);
        }
    }
    if (orders != recount->user_orders)
        return recount_wrong(recount->violation, &state->users, 0, "list %llu orders, %llu have a user",
                             (unsigned long long)orders, (unsigned long long)recount->user_orders);
    return true;
}

/* Two queues in the totals: positions to be looked at, the last one names itself; cancel jobs. */
static bool check_queues(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint32_t row = state->t->refills, last = TABLE_NONE;
    uint64_t refills = 0, jobs = 0;

    while (row != TABLE_NONE) {
        if (!recount_is_row(&state->positions, row) || state_position(state, row)->next_refill == TABLE_NONE ||
            ++refills > recount->refills)
            return recount_wrong(recount->violation, &state->totals, 1, "the list of refills leads to position %u",
                                 row);
        row = state_position(state, row)->next_refill == row ? TABLE_NONE : state_position(state, row)->next_refill;
    }
    if (refills != recount->refills)
        return recount_wrong(recount->violation, &state->totals, 1, "refills: %llu listed, %llu positions say so",
                             (unsigned long long)refills, (unsigned long long)recount->refills);
    for (row = state->t->jobs; row != TABLE_NONE; row = ((const struct job *)table_row(&state->jobs, row))->next) {
        if (!recount_is_row(&state->jobs, row) || ++jobs > state->jobs.live)
            return recount_wrong(recount->violation, &state->totals, 1, "the list of jobs leads to %u", row);
        last = row;
    }
    if (jobs != state->jobs.live || last != state->t->jobs_last)
        return recount_wrong(recount->violation, &state->totals, 1, "jobs: %llu up to %u listed, %u up to %u kept",
                             (unsigned long long)jobs, last, state->jobs.live, state->t->jobs_last);
    return true;
}

bool recount_links(struct recount *recount)
{
    return check_trees(recount) && check_slots(recount) && check_free_rows(recount) && check_order_buckets(recount) &&
           check_transfer_buckets(recount) && check_name_buckets(recount) && check_subaccounts(recount) &&
           check_users(recount) && check_queues(recount);
}
