/* An ordered tree whose nodes live in the rows of a table (a treap: the weight is a hash of the row's number, so
 * that its shape is a function of what it holds). Keys are (key, rank), both unsigned; equal pairs go by row
 * number. */
#ifndef VITRINE_TREE_H
#define VITRINE_TREE_H

#include "table.h"

struct tree_node {
    uint64_t key, rank;
    uint32_t left, right; /* rows */
};

/* Where the nodes of a tree are: `offset` bytes into each row of `table`. */
struct tree {
    const struct table *table;
    uint32_t offset;
    uint64_t salt;
};

/* `root`: row number, 0 for the empty tree; changed as needed. */
void tree_put(const struct tree *tree, uint32_t *root, uint32_t row, uint64_t key, uint64_t rank);
void tree_drop(const struct tree *tree, uint32_t *root, uint32_t row);

/* The smallest, and the smallest not below / largest not above a key; 0 if there is none. */
uint32_t tree_first(const struct tree *tree, uint32_t root);
uint32_t tree_last(const struct tree *tree, uint32_t root);
uint32_t tree_at_or_above(const struct tree *tree, uint32_t root, uint64_t key);
uint32_t tree_at_or_below(const struct tree *tree, uint32_t root, uint64_t key);
/* The one behind `row`, 0 at the end. */
uint32_t tree_next(const struct tree *tree, uint32_t root, uint32_t row);

#endif
