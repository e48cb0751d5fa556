/* Trees, buckets and lists. Every walk is bounded by what there is, so that broken ones end. */
#include "recount.h"

enum tree_kind { TREE_PARKED, TREE_TRIGGERS, TREE_EXPIRIES, TREE_BUMPS };

/* One tree, and how many orders say that they are in it. */
struct walk {
    const char *name;
    enum tree_kind kind;
    uint32_t market, index;          /* side, or number of the triggers' tree; 0 where there is one of its kind */
    uint32_t root, offset;
    uint64_t expected;
};

static unsigned trigger_index(const struct order *order)
{
    return (order->trigger_by - 1u) * 2 + order->trigger_when - 1u;
}

/* Whether an order belongs there, and where. */
static bool belongs(const struct order *order, const struct walk *walk, uint64_t *key, uint64_t *rank)
{
    *rank = walk->kind == TREE_PARKED ? order->priority : order->id;
    switch (walk->kind) {
    case TREE_PARKED:
        *key = order->price;
        return order->place == ORDER_PARKED && order->market == walk->market && order->side == walk->index;
    case TREE_TRIGGERS:
        *key = order->trigger_price;
        return order->place == ORDER_TRIGGER && order->market == walk->market && trigger_index(order) == walk->index;
    case TREE_BUMPS:
        *key = order->due_ns;
        return order->due_ns != 0;
    case TREE_EXPIRIES:
        *key = order->expires_ns;
        return order->expires_ns != 0 && order->due_ns == 0;
    }
    return false;
}

static void count_in_trees(struct recount *recount, const struct order *order)
{
    recount->parked[order->market][order->side] += order->place == ORDER_PARKED;
    if (order->place == ORDER_TRIGGER)
        recount->triggers[order->market][trigger_index(order)]++;
    recount->bumps += order->due_ns != 0;
    recount->expiries += order->expires_ns != 0 && order->due_ns == 0;
}

static const struct tree_node *node_at(const struct state *state, uint32_t row, uint32_t offset)
{
    return (const void *)((const uint8_t *)table_row(&state->orders, row) + offset);
}

static bool comes_before(const struct state *state, uint32_t row, uint32_t than, uint32_t offset)
{
    const struct tree_node *left = node_at(state, row, offset), *right = node_at(state, than, offset);

    if (left->key != right->key)
        return left->key < right->key;
    return left->rank != right->rank ? left->rank < right->rank : row < than;
}

/* The nodes above that come later, the nearest of them: if others have fallen out, the walk finds them from the
 * root again. So a tree of any depth is walked. */
enum { PATH_ROWS = 256 };
struct path {
    uint32_t row[PATH_ROWS];
    uint64_t depth, base; /* what lies below `base` has fallen out */
};

static void push(struct path *path, uint32_t row)
{
    path->row[path->depth++ % PATH_ROWS] = row;
    if (path->depth - path->base > PATH_ROWS)
        path->base = path->depth - PATH_ROWS;
}

static bool wrong_node(const struct recount *recount, const struct walk *walk, uint32_t row)
{
    return recount_wrong(recount->violation, &recount->state->orders, row,
                         "in the tree of %s of market %u, which has %llu", walk->name, walk->market,
                         (unsigned long long)walk->expected);
}

/* Down to the first node behind `previous`. Only from the root are others met on the way, which have been walked. */
static bool descend(const struct recount *recount, const struct walk *walk, uint32_t at, uint32_t previous,
                    struct path *path)
{
    const struct state *state = recount->state;
    const bool again = at == walk->root;
    uint64_t steps = 0;

    while (at != TABLE_NONE) {
        const struct tree_node *node;

        if (!recount_is_row(&state->orders, at) || ++steps > walk->expected)
            return wrong_node(recount, walk, at);
        node = node_at(state, at, walk->offset);
        if (previous == TABLE_NONE || comes_before(state, previous, at, walk->offset)) {
            push(path, at);
            at = node->left;
        } else if (again) {
            at = node->right;
        } else {
            return wrong_node(recount, walk, at);
        }
    }
    return true;
}

static bool check_node(const struct recount *recount, const struct walk *walk, uint32_t row, uint32_t previous)
{
    const struct state *state = recount->state;
    const struct tree_node *node = node_at(state, row, walk->offset);
    uint64_t key, rank;

    if (!belongs(order_row(state, row), walk, &key, &rank) || node->key != key || node->rank != rank ||
        (previous != TABLE_NONE && !comes_before(state, previous, row, walk->offset)))
        return recount_wrong(recount->violation, &state->orders, row, "in the tree of %s of market %u at %llu, %llu",
                             walk->name, walk->market, (unsigned long long)node->key, (unsigned long long)node->rank);
    return true;
}

/* Every node once, in order, up to the number of orders that belong there. */
static bool check_tree(const struct recount *recount, const struct walk *walk)
{
    struct path path; /* its rows are written before they are read */
    uint32_t at = walk->root, previous = TABLE_NONE;
    uint64_t found = 0;

    path.depth = path.base = 0;
    for (;;) {
        if (!descend(recount, walk, at, previous, &path))
            return false;
        if (path.depth == path.base) {
            if (path.base == 0)
                break;
            path.depth = path.base = 0;
            at = walk->root;
            continue;
        }
        at = path.row[--path.depth % PATH_ROWS];
        if (!check_node(recount, walk, at, previous))
            return false;
        found++;
        previous = at;
        at = node_at(recount->state, at, walk->offset)->right;
    }
    if (found != walk->expected)
        return recount_wrong(recount->violation, &recount->state->totals, 1,
                             "tree of %s of market %u: %llu orders found, there are %llu", walk->name, walk->market,
                             (unsigned long long)found, (unsigned long long)walk->expected);
    return true;
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
    count_in_trees(recount, order_row(recount->state, row));
    return check_attached(recount, row);
}

/* --- what must be true of the whole --- */

static bool check_market_trees(const struct recount *recount, uint32_t row)
{
    const struct market *market = state_market(recount->state, row);
    struct walk walk = {.market = row, .offset = offsetof(struct order, price_node)};

    for (uint32_t side = 0; side < 2; side++) {
        walk.name = "parked orders";
        walk.kind = TREE_PARKED;
        walk.index = side;
        walk.root = market->parked[side];
        walk.expected = recount->parked[row][side];
        if (!check_tree(recount, &walk))
            return false;
    }
    for (uint32_t i = 0; i < 6; i++) {
        walk.name = "triggers";
        walk.kind = TREE_TRIGGERS;
        walk.index = i;
        walk.root = market->triggers[i / 2][i % 2];
        walk.expected = recount->triggers[row][i];
        if (!check_tree(recount, &walk))
            return false;
    }
    return true;
}

static bool check_trees(const struct recount *recount)
{
    const struct state *state = recount->state;
    struct walk walk;

    for (uint32_t row = 1; row < state->markets.used; row++) {
        if (!check_market_trees(recount, row))
            return false;
    }
    walk = (struct walk){.name = "expiries", .kind = TREE_EXPIRIES, .root = state->t->expiries,
                         .offset = offsetof(struct order, time_node), .expected = recount->expiries};
    if (!check_tree(recount, &walk))
        return false;
    walk = (struct walk){.name = "speed bumps", .kind = TREE_BUMPS, .root = state->t->bumps,
                         .offset = offsetof(struct order, time_node), .expected = recount->bumps};
    return check_tree(recount, &walk);
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
                order_bucket(state, order->user, order->reference) != head)
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
    uint64_t orders = 0, due = 0;

    for (uint32_t user = 1; user < state->users.used; user++) {
        uint32_t row = state_user(state, user)->orders, previous = TABLE_NONE;

        due += state_user(state, user)->cancel_due != 0;
        for (; row != TABLE_NONE; previous = row, row = order_row(state, row)->next_of_user) {
            if (!recount_is_row(&state->orders, row) || order_row(state, row)->user != user ||
                order_row(state, row)->prev_of_user != previous || ++orders > recount->user_orders)
                return recount_wrong(recount->violation, &state->users, user, "leads to order %u", row);
        }
    }
    if (orders != recount->user_orders)
        return recount_wrong(recount->violation, &state->users, 0, "list %llu orders, %llu have a user",
                             (unsigned long long)orders, (unsigned long long)recount->user_orders);
    if (due != state->t->cancels_due)
        return recount_wrong(recount->violation, &state->totals, 1, "cancels_due %u, %llu users have one",
                             state->t->cancels_due, (unsigned long long)due);
    return true;
}

/* Two queues in the totals: positions to be looked at, the last one names itself; cancel jobs. */
static bool check_queues(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint32_t row = state->t->refills, last = TABLE_NONE;
    uint64_t refills = 0, jobs = 0;

    while (row != TABLE_NONE) {
        if (!recount_is_row(&state->positions, row) || state_position_detail(state, row)->next_refill == TABLE_NONE ||
            ++refills > recount->refills)
            return recount_wrong(recount->violation, &state->totals, 1, "the list of refills leads to position %u",
                                 row);
        row = state_position_detail(state, row)->next_refill == row ? TABLE_NONE
                                                                    : state_position_detail(state, row)->next_refill;
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
