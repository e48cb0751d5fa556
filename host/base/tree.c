#include "tree.h"

#include "check.h"
#include "mix.h"

static struct tree_node *tree_node_of(const struct tree *tree, uint32_t row)
{
    return (struct tree_node *)((uint8_t *)table_row(tree->table, row) + tree->offset);
}

/* Higher is nearer to the root. */
static uint64_t tree_weight(const struct tree *tree, uint32_t row)
{
    return mix_bits((row ^ tree->salt) * MIX_STEP);
}

static bool tree_before(const struct tree *tree, uint32_t row, uint64_t key, uint64_t rank, uint32_t than)
{
    const struct tree_node *node = tree_node_of(tree, row);

    if (node->key != key)
        return node->key < key;
    if (node->rank != rank)
        return node->rank < rank;
    return row < than;
}

/* Everything of `root` before (key, rank, row) goes to *left, the rest to *right. */
static void tree_split(const struct tree *tree, uint32_t root, const struct tree_node *at, uint32_t row, uint32_t *left,
                       uint32_t *right)
{
    while (root != TABLE_NONE) {
        if (tree_before(tree, root, at->key, at->rank, row)) {
            *left = root;
            left = &tree_node_of(tree, root)->right;
            root = *left;
        } else {
            *right = root;
            right = &tree_node_of(tree, root)->left;
            root = *right;
        }
    }
    *left = *right = TABLE_NONE;
}

void tree_put(const struct tree *tree, uint32_t *root, uint32_t row, uint64_t key, uint64_t rank)
{
    struct tree_node *node = tree_node_of(tree, row);
    const uint64_t weight = tree_weight(tree, row);

    *node = (struct tree_node){ .key = key, .rank = rank };
    while (*root != TABLE_NONE && tree_weight(tree, *root) > weight)
        root = tree_before(tree, *root, key, rank, row) ? &tree_node_of(tree, *root)->right
                                                        : &tree_node_of(tree, *root)->left;
    tree_split(tree, *root, node, row, &node->left, &node->right);
    *root = row;
}

void tree_drop(const struct tree *tree, uint32_t *root, uint32_t row)
{
    struct tree_node *node = tree_node_of(tree, row);
    uint32_t left = node->left, right = node->right;

    while (*root != row) {
        check(*root != TABLE_NONE);
        root = tree_before(tree, *root, node->key, node->rank, row) ? &tree_node_of(tree, *root)->right
                                                                     : &tree_node_of(tree, *root)->left;
    }
    while (left != TABLE_NONE && right != TABLE_NONE) {
        if (tree_weight(tree, left) > tree_weight(tree, right)) {
            *root = left;
            root = &tree_node_of(tree, left)->right;
            left = *root;
        } else {
            *root = right;
            root = &tree_node_of(tree, right)->left;
            right = *root;
        }
    }
    *root = left != TABLE_NONE ? left : right;
    *node = (struct tree_node){ 0 };
}

uint32_t tree_first(const struct tree *tree, uint32_t root)
{
    return tree_at_or_above(tree, root, 0);
}

uint32_t tree_last(const struct tree *tree, uint32_t root)
{
    return tree_at_or_below(tree, root, UINT64_MAX);
}

uint32_t tree_at_or_above(const struct tree *tree, uint32_t root, uint64_t key)
{
    uint32_t found = TABLE_NONE;

    while (root != TABLE_NONE) {
        const struct tree_node *node = tree_node_of(tree, root);

        if (node->key >= key) {
            found = root;
            root = node->left;
        } else {
            root = node->right;
        }
    }
    return found;
}

uint32_t tree_at_or_below(const struct tree *tree, uint32_t root, uint64_t key)
{
    uint32_t found = TABLE_NONE;

    while (root != TABLE_NONE) {
        const struct tree_node *node = tree_node_of(tree, root);

        if (node->key <= key) {
            found = root;
            root = node->right;
        } else {
            root = node->left;
        }
    }
    return found;
}

uint32_t tree_next(const struct tree *tree, uint32_t root, uint32_t row)
{
    const struct tree_node *from = tree_node_of(tree, row);
    uint32_t found = TABLE_NONE;

    while (root != TABLE_NONE) {
        if (root == row || tree_before(tree, root, from->key, from->rank, row)) {
            root = tree_node_of(tree, root)->right;
        } else {
            found = root;
            root = tree_node_of(tree, root)->left;
        }
    }
    return found;
}
