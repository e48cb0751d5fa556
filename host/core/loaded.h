/* Inside the check of a state that came from a file (loaded.c): what its parts share. */
#ifndef VITRINE_LOADED_H
#define VITRINE_LOADED_H

#include "core.h"

/* Says which number of which row is wrong, and stops the exchange. */
enum exchange_status loaded_bad(struct exchange *exchange, const struct table *table, uint32_t row, const char *what,
                                uint64_t value);

static inline bool loaded_is_row(const struct table *table, uint64_t row)
{
    return row < table->used;
}

/* A time that has been: at most that of the last batch. */
static inline bool loaded_is_past(const struct state *state, uint64_t time_ns)
{
    return time_ns <= state->t->time_ns;
}

/* loaded_rows.c: things, their parameters by the same rules as the inputs that set them, their prices and samples. */
void loaded_check_assets(struct exchange *exchange);
void loaded_check_markets(struct exchange *exchange);
void loaded_check_pricing(struct exchange *exchange);
void loaded_check_samples(struct exchange *exchange);
void loaded_check_pools(struct exchange *exchange);
void loaded_check_rules(struct exchange *exchange);

/* loaded_liquidation.c: its parameters, the machine, deleveraging, episodes and commitments; that lists are whole is
 * the recount's. */
void loaded_check_liquidation(struct exchange *exchange);

/* loaded_sums.c, once lists and sums have been recounted: the settlement pass under way; what is counted at rows of
 * positions, accounts and markets. */
void loaded_check_pass(struct exchange *exchange);
void loaded_check_counts(struct exchange *exchange);

#endif
