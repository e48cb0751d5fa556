/* The balance sheet of a scenario: every entry of the ledger summed up by what it was and by class of account, so that
 * each line adds up to 0 over everybody and each column from its opening to its closing. */
#ifndef VITRINE_SCENARIO_SHEET_H
#define VITRINE_SCENARIO_SHEET_H

#include "scenario.h"
#include "statement_sums.h"

enum { SHEET_CLASSES_MAX = 16, SHEET_SUBACCOUNTS_MAX = 4096 };

struct sheet {
    struct statement_sums sums;
    const char *class_name[SHEET_CLASSES_MAX]; /* the first SYSTEM_SUBACCOUNTS - 1: the exchange's own, by number */
    unsigned class_count;
    uint8_t class_of[SHEET_SUBACCOUNTS_MAX];   /* by subaccount */
};

/* Begins with what is there; the exchange's own subaccounts are classes of their own. */
void sheet_open(struct sheet *sheet, const struct state *state);
/* A class of clients, and who is in it. */
unsigned sheet_add_class(struct sheet *sheet, const char *name);
void sheet_put(struct sheet *sheet, uint32_t subaccount, unsigned class);

/* At the end, once: opening and movements against the state, and every line's total, as claims. */
void sheet_close(struct sheet *sheet, struct scenario_claims *claims);
/* A sheet for each (column, thing) that moved, with the interest of shares; then what everybody is worth. */
void sheet_print(const struct sheet *sheet);
/* [{"column","thing","rows":[{"line","classes":{name: amount},"total"}]}], whole units. */
json_t *sheet_describe(const struct sheet *sheet);
/* What the class is worth at the indices and marks: units of the settlement asset, each part rounded down. Over
 * everybody they add up to 0, but for that rounding. */
wide sheet_worth(const struct sheet *sheet, unsigned class);
/* Sum of a class over a kind of entries in a column and thing. */
wide sheet_moved(const struct sheet *sheet, unsigned class, unsigned column, uint32_t thing, unsigned kind);
/* Units that the class has earned (COLUMN_LENT) or owes (COLUMN_BORROWED) in interest. */
wide sheet_interest(const struct sheet *sheet, unsigned class, unsigned column, uint32_t thing);
void sheet_free(struct sheet *sheet);

#endif
