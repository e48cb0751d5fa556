/* The sums behind a statement: of each (subaccount, column, thing) what it was, what moved, what it is. Fed with ledger
 * entries; looks at the state only where it is told to. */
#ifndef VITRINE_STATEMENT_SUMS_H
#define VITRINE_STATEMENT_SUMS_H

#include "id_map.h"
#include "ledger.h"

#define STATEMENT_NOBODY UINT32_MAX /* no subaccount: statement_sums.only of one that is not there yet */

struct statement_line {
    uint32_t subaccount;
    uint16_t thing;          /* asset or market as the column says; 0: the settlement asset's obligations */
    uint8_t column;          /* enum ledger_column */
    int64_t opening, balance, closing; /* balance: opening and all movements so far */
    uint64_t movements;
    int64_t moved[ENTRY_KINDS];  /* by enum entry_kind; their sum is balance - opening */
    uint64_t counts[ENTRY_KINDS];
    /* Columns of shares: their worth in units, rounded as lending.h says, and the units that came and went for them.
     * Interest = closing - opening - moved. */
    int64_t units_opening, units_moved, units_closing;
};

struct statement_movement {
    uint64_t time_ns, batch;
    uint32_t line;           /* of statement_sums.lines */
    uint32_t other;          /* subaccount at the other end */
    int64_t amount, balance; /* after it */
    uint8_t kind;            /* enum entry_kind */
};

struct statement_sums {
    const struct state *state;
    uint32_t account;        /* whose; 0: not there yet */
    uint32_t only;           /* one of its subaccounts; 0: all of them */
    bool everyone;           /* every subaccount there is, in place of `account` */
    bool sums_only;          /* movements are not kept */
    bool open;               /* counting has begun */
    struct statement_line *lines;
    size_t line_count, line_room;
    struct id_map map;
    struct statement_movement *movements;
    size_t movement_count, movement_room;
    /* Units of each pool without interest and write-offs, as of its last entry: what changes them is the next one. */
    int64_t pool_lent[LIMIT_ASSETS + 1], pool_borrowed[LIMIT_ASSETS + 1];
};

void statement_sums_free(struct statement_sums *sums);

/* What is there now is the opening; entries count from here on. */
void statement_sums_open(struct statement_sums *sums);
/* Every entry there is, in order: a movement for each of its ends that is the account's. */
void statement_sums_take(struct statement_sums *sums, const struct ledger_entry *entry);
/* What is there now is the closing. Returns the lines in which opening and movements do not make it. */
size_t statement_sums_close(struct statement_sums *sums);

/* Interest of a line of shares: units earned (COLUMN_LENT) or owed (COLUMN_BORROWED) besides what moved. */
int64_t statement_sums_interest(const struct statement_line *line);

/* The column's name, as statements show it. */
const char *statement_column_name(unsigned column);
/* Symbol of a column's thing; an amount of it in coins (shares: as they are). */
const char *statement_thing(const struct state *state, unsigned column, uint32_t thing);
void statement_amount(const struct state *state, unsigned column, uint32_t thing, int64_t amount, char *text,
                      size_t size);

#endif
