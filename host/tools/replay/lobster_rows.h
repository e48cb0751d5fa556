/* Rows of a LOBSTER pair: a message and, where there is a book file, the book after it. Prices are in the files'
 * own unit, 1/10,000 of a dollar. */
#ifndef VITRINE_LOBSTER_ROWS_H
#define VITRINE_LOBSTER_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text_input.h"

#define LOBSTER_LEVELS_MAX 512
#define LOBSTER_SIZE_MAX 0xFFFFFFFFFFu /* what fits an order on the card */
#define LOBSTER_PRICE_MAX 9999999998u  /* the next one means "no level" */

enum lobster_type {
    LOBSTER_ADD = 1,
    LOBSTER_REDUCE = 2,
    LOBSTER_DELETE = 3,
    LOBSTER_EXECUTE = 4,
    LOBSTER_EXECUTE_HIDDEN = 5,
    LOBSTER_CROSS = 6,
    LOBSTER_HALT = 7,
};

struct lobster_message {
    uint64_t time_ns; /* since midnight */
    enum lobster_type type;
    uint64_t id;
    uint64_t size;
    uint64_t price;
    bool sell; /* of the resting order */
};

struct lobster_level {
    uint64_t price, size;
};

struct lobster_row {
    uint64_t number; /* from 0 */
    struct lobster_message message;
    size_t count[2]; /* levels by side (enum card_side), best first */
    struct lobster_level level[2][LOBSTER_LEVELS_MAX];
};

struct lobster_files {
    const char *message_path; /* or the archive with both */
    const char *book_path;    /* NULL: none */
};

struct lobster_rows;

enum lobster_status { LOBSTER_ROW, LOBSTER_END, LOBSTER_BAD };

/* Opens the pair at its first row. NULL, and `error` (TEXT_ERROR_MAX) says why. */
struct lobster_rows *lobster_rows_open(const struct lobster_files *files, char *error);
void lobster_rows_close(struct lobster_rows *rows);

enum lobster_status lobster_rows_next(struct lobster_rows *rows, struct lobster_row *row);

/* Levels of a side in the book file; 0 without one. */
size_t lobster_rows_levels(const struct lobster_rows *rows);

/* "file:line: reason" after LOBSTER_BAD. */
const char *lobster_rows_error(const struct lobster_rows *rows);

#endif
