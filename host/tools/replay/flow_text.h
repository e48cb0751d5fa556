/* One line of our own order-flow format (docs/replay-format.md) as a statement. Knows words and numbers, no markets. */
#ifndef VITRINE_FLOW_TEXT_H
#define VITRINE_FLOW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_NAME_MAX 31
#define FLOW_ERROR_MAX 160

enum flow_kind {
    FLOW_BLANK,
    FLOW_AT,
    FLOW_MARKET,
    FLOW_MARK,
    FLOW_LAST,
    FLOW_SHIFT,
    FLOW_NEW,
    FLOW_PLACE,
    FLOW_CANCEL,
    FLOW_PULL,
    FLOW_REDUCE,
    FLOW_REPLACE,
    FLOW_CANCEL_MANY,
    FLOW_EXPECT,
    FLOW_FENCE,
    FLOW_DIGEST,
};

/* Settings of `market` and values of `mark` that a line gives. */
enum {
    FLOW_SET_TICK = 1 << 0,
    FLOW_SET_LOT = 1 << 1,
    FLOW_SET_BASE = 1 << 2,
    FLOW_SET_STATE = 1 << 3,
    FLOW_SET_LIMIT = 1 << 4,
    FLOW_SET_IMPACT = 1 << 5,
    FLOW_SET_MEAN_BAND = 1 << 6,
    FLOW_SET_TOLERANCE = 1 << 7,
    FLOW_SET_MARK = 1 << 8,
    FLOW_SET_INDEX = 1 << 9,
    FLOW_SET_MEAN = 1 << 10,
    FLOW_SET_FAST = 1 << 11,
    FLOW_SET_PREMIUM = 1 << 12,
};

/* Prices and quantities are in billionths of the market's units, multipliers in millionths. */
struct flow_statement {
    enum flow_kind kind;
    bool has_id, has_owner, negative; /* negative: the change of `replace`, the premium of `mark` */
    uint64_t id, owner, count;
    unsigned flags; /* the contract's order bits */
    uint64_t price, quantity;
    uint64_t time_ns;
    char name[FLOW_NAME_MAX + 1];
    unsigned set;
    unsigned bands; /* the contract's bands among FLOW_SET_LIMIT, _IMPACT, _TOLERANCE that are on */
    uint64_t tick, lot, base;
    unsigned state;
    uint32_t limit_min, limit_max, impact_min, impact_max, mean_min, mean_max, tolerance, premium;
    uint64_t mark, index, mean, fast;
};

/* Parses a line (which it cuts up). False, and `error` (FLOW_ERROR_MAX) says what is wrong with which word. */
bool flow_text_parse(char *line, struct flow_statement *statement, char *error);

#endif
