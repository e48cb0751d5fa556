/* Metrics about money: what the state holds, by asset and kind. A view like metrics.h. */
#ifndef VITRINE_METRICS_MONEY_H
#define VITRINE_METRICS_MONEY_H

#include <jansson.h>
#include <stdio.h>

#include "notice.h"
#include "state.h"

struct metrics_money {
    const struct state *state;
    uint64_t notices[NOTICE_KINDS]; /* since the start */
    uint64_t notices_dropped;       /* likewise: there was no room for them */
};

/* Prometheus' text: passes, debts, claims, the fund, withdrawals, pools, liquidation and notices, with labels. Amounts
 * are whole coins. */
void metrics_money_print(const struct metrics_money *money, FILE *file);
/* The same as a JSON object. */
json_t *metrics_money_object(const struct metrics_money *money);

#endif
