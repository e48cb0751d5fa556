/* Trees against a sorted array. */
#include "mix.h"
#include "unit.h"

#include "tree.h"

enum { ROWS = 400, KEYS = 40 };

struct row {
    uint64_t other;
    struct tree_node node;
};

struct entry {
    uint64_t key, rank;
    uint32_t row;
};

/* What the tree should hold, in order. */
static struct entry sorted[ROWS];
static uint32_t held;
static struct table table;
static const struct tree tree = {&table, offsetof(struct row, node), 4711};
static uint32_t root;
static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    return mix_next(&seed) % below;
}

static bool before(const struct entry *left, const struct entry *right)
{
    if (left->key != right->key)
        return left->key < right->key;
    return left->rank != right->rank ? left->rank < right->rank : left->row < right->row;
}

static void put(uint64_t key, uint64_t rank)
{
    struct entry entry = {key, rank, table_take(&table)};
    uint32_t at = held++;

    for (; at > 0 && before(&entry, &sorted[at - 1]); at--)
        sorted[at] = sorted[at - 1];
    sorted[at] = entry;
    tree_put(&tree, &root, entry.row, key, rank);
}

static void drop(uint32_t at)
{
    static const struct tree_node zero;
    uint32_t row = sorted[at].row;

    memmove(&sorted[at], &sorted[at + 1], (--held - at) * sizeof sorted[0]);
    tree_drop(&tree, &root, row);
    assert_memory_equal(&((struct row *)table_row(&table, row))->node, &zero, sizeof zero);
    table_give(&table, row);
}

static void compare_order(void)
{
    uint32_t row = tree_first(&tree, root);

    for (uint32_t i = 0; i < held; i++) {
        assert_int_equal(row, sorted[i].row);
        row = tree_next(&tree, root, row);
    }
    assert_int_equal(row, TABLE_NONE);
    assert_int_equal(tree_first(&tree, root), held ? sorted[0].row : TABLE_NONE);
}

/* The oldest of the smallest key not below, the youngest of the largest not above. */
static void compare_searches(uint64_t key)
{
    uint32_t above = TABLE_NONE, below = TABLE_NONE;

    for (uint32_t i = 0; i < held; i++) {
        if (sorted[i].key >= key && above == TABLE_NONE)
            above = sorted[i].row;
        if (sorted[i].key <= key)
            below = sorted[i].row;
    }
    assert_int_equal(tree_at_or_above(&tree, root, key), above);
    assert_int_equal(tree_at_or_below(&tree, root, key), below);
    assert_int_equal(tree_last(&tree, root), held ? sorted[held - 1].row : TABLE_NONE);
}

static void begin(void)
{
    table_create(&table, "rows", sizeof(struct row), ROWS);
    root = TABLE_NONE;
    held = 0;
}

static void test_random(void **unused)
{
    static const uint64_t far[KEYS] = {0, UINT64_MAX, UINT64_MAX - 1, 1, (uint64_t)1 << 63};

    (void)unused;
    for (uint64_t run = 1; run <= 20; run++) {
        seed = run;
        begin();
        for (int step = 0; step < 1500; step++) {
            uint64_t number = draw(KEYS), key = far[number] ? far[number] : number;

            if (held == 0 || (held < ROWS && draw(step % 500 < 250 ? 4 : 10) < 3))
                put(key, draw(3) ? draw(4) : UINT64_MAX - draw(2));
            else
                drop((uint32_t)draw(held));
            compare_searches(draw(KEYS));
            compare_searches(far[draw(5)]);
            if (step % 10 == 0)
                compare_order();
        }
        while (held > 0) {
            drop((uint32_t)draw(held));
            compare_order();
        }
        assert_int_equal(root, TABLE_NONE);
        table_destroy(&table);
    }
}

/* Two histories that end with the same rows have the same bytes. */
static void test_shape(void **unused)
{
    static struct row first[ROWS + 1];
    uint32_t first_root;

    (void)unused;
    for (int run = 0; run < 2; run++) {
        begin();
        for (uint32_t i = 1; i <= ROWS; i++)
            assert_int_equal(table_take(&table), i);
        for (uint32_t i = 1; i <= ROWS; i++) {
            uint32_t row = run ? ROWS + 1 - i : i;

            if (run || row % 2)
                tree_put(&tree, &root, row, row % 13, row % 3);
        }
        for (uint32_t row = 2; run && row <= ROWS; row += 2)
            tree_drop(&tree, &root, row);
        if (run == 0) {
            memcpy(first, table_row(&table, 0), sizeof first);
            first_root = root;
        } else {
            assert_int_equal(root, first_root);
            assert_memory_equal(first, table_row(&table, 0), sizeof first);
        }
        table_destroy(&table);
    }
}

static uint32_t depth_of(uint32_t row)
{
    const struct row *at = table_row(&table, row);
    uint32_t left, right;

    if (row == TABLE_NONE)
        return 0;
    left = depth_of(at->node.left);
    right = depth_of(at->node.right);
    return 1 + (left > right ? left : right);
}

static void test_depth(void **unused)
{
    enum { MANY = 100000 };

    (void)unused;
    table_create(&table, "rows", sizeof(struct row), MANY);
    root = TABLE_NONE;
    for (uint32_t i = 1; i <= MANY; i++)
        tree_put(&tree, &root, table_take(&table), 5, i); /* one price, in time order */
    assert_in_range(depth_of(root), 17, 60);
    for (uint32_t i = 1; i <= MANY; i++) {
        assert_int_equal(tree_first(&tree, root), i);
        tree_drop(&tree, &root, i);
    }
    assert_int_equal(root, TABLE_NONE);
    table_destroy(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
