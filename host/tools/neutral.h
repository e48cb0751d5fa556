/* Whether a venue treats everybody alike, shown from its journal: it is run again, and what the core does is judged
 * step by step by another route (docs/operation.md, "Neutrality"):
 *   margin        an order that goes to the card leaves available margin at 0 or above, or raises no exposure
 *   fee           both sides of each fill pay the market's rates, rounded as docs/host.md says, and nobody else pays
 *   queue         inputs are taken in their order; makers fill best price first, then oldest first
 *   liquidation   whoever is at or below maintenance when detection passes has an episode, and nobody above it begins
 *                 one; the exchange's own orders, hand-overs and fees concern such accounts alone
 *   system        the exchange's own subaccounts send no orders, trade, lend and borrow nothing, hold no lots */
#ifndef VITRINE_NEUTRAL_H
#define VITRINE_NEUTRAL_H

#include "audit_run.h"

enum neutral_kind { NEUTRAL_MARGIN, NEUTRAL_FEE, NEUTRAL_QUEUE, NEUTRAL_LIQUIDATION, NEUTRAL_SYSTEM, NEUTRAL_KINDS };

const char *neutral_kind_name(enum neutral_kind kind);

struct neutral_finding {
    uint64_t batch;
    uint32_t account, subaccount; /* 0: nobody in particular */
    uint8_t kind;                 /* enum neutral_kind */
    char text[240];
};

enum { NEUTRAL_KEPT = 1000 };     /* findings that are kept; more are counted */

/* What was looked at. */
struct neutral_counts {
    uint64_t batches, orders, replaces, own_orders;
    uint64_t margins;             /* orders and replaces whose margin was worked out afresh */
    uint64_t unpriced;            /* of them, without a judgement: something had no price yet */
    uint64_t fills, fees;         /* fees: entries of money, one for each side that pays or gets something */
    uint64_t entries;             /* of the ledger */
    uint64_t ticks, detections;   /* passes of detection over all subaccounts */
    uint64_t accounts;            /* subaccounts looked at by them, in all */
    uint64_t troubled;            /* of them at or below maintenance */
    uint64_t waiting;             /* of those without an episode since there was no room for one */
    uint64_t episodes;
    uint64_t findings[NEUTRAL_KINDS];
};

struct neutral;

/* Never NULL. */
struct neutral *neutral_create(void);
void neutral_destroy(struct neutral *neutral);

/* What watches an exchange: observer for audit_run_interval(), or the parts of it for exchange_options. Sees nothing
 * before neutral_begin(), which the observer calls; from there on everything, until the next one. */
struct audit_observer neutral_observer(struct neutral *neutral);
void neutral_begin(struct neutral *neutral, struct exchange *exchange);
/* After each batch. */
void neutral_end_batch(struct neutral *neutral);

const struct neutral_counts *neutral_counts(const struct neutral *neutral);
uint64_t neutral_findings(const struct neutral *neutral); /* in all */
/* The n-th that was kept, NULL behind the last. */
const struct neutral_finding *neutral_finding(const struct neutral *neutral, size_t n);

/* vitrine audit --neutral: exit status. */
int neutral_run(const char *directory, const char *engine, bool from_start, uint64_t until, bool json);

#endif
