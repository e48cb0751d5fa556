/* Parameters of risk by name, "risk.KEY=VALUE", for `vitrine scenario`: which record's field each is, its range, and
 * how they are put over records and a state. One table has them all (risk_set.c). */
#ifndef VITRINE_RISK_SET_H
#define VITRINE_RISK_SET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "args.h"
#include "state.h"

enum { RISK_SETS = OPTION_LIST_MAX, RISK_THING = 24, RISK_ERROR = 2048 };

struct risk_key;

struct risk_set {
    const struct risk_key *key;
    char thing[RISK_THING];  /* symbol of the market or asset, zero-padded; "" for what is the venue's */
    int64_t value;           /* as the input's field has it; of a margin function's base the numerator */
    uint32_t denominator;    /* of a base */
    bool used;               /* a record or row had it */
};

/* All zero: none. */
struct risk_sets {
    struct risk_set set[RISK_SETS];
    size_t count;
    bool rules_only;         /* there are no keys but those of the rules of liquidation, the policy not among them */
};

/* Adds one. False and a message: not KEY=VALUE, no such key (lists those there are), not a number, outside its range
 * (says which). `size` of RISK_ERROR is enough. Of the same key the later one counts. */
bool risk_sets_add(struct risk_sets *sets, const char *text, char *error, size_t size);

/* Puts them over a record (INPUT_MARKET_SET, ASSET_SET, VENUE_RULES, LIQUIDATION_RULES of its whole size; others are
 * left alone). True: one or more of them are about it. */
bool risk_sets_change(struct risk_sets *sets, struct input_header *record);
/* And over what a state has already, changes that wait for their time included. Before exchange_loaded(), or the first
 * batch. Liquidation rules that were never set are config_liquidation_defaults() first, if any of them is given. */
void risk_sets_change_state(struct risk_sets *sets, struct state *state);

/* The first that nothing had, NULL if there is none. Its name and value as they were given, for people. */
const struct risk_set *risk_sets_unused(const struct risk_sets *sets);
void risk_set_text(const struct risk_set *set, char *text, size_t size);

/* Rules of liquidation by key: fractions as numbers, the policy by name. */
json_t *risk_set_json(const struct input_liquidation_rules *rules);

#endif
