/* What the exchange answers: one record for everything that a user or the operator is told. Reports are functions of
 * the inputs, so they can be made again from the journal. Gateways turn them into messages of their protocol.
 *
 * Every user has a stream; `sequence` numbers its reports gaplessly from 1 on each UTC day (of the batch's time).
 * Reports for the operator (user 0) answer one input and carry its ticket in `reference`. */
#ifndef VITRINE_ORDER_REPORT_H
#define VITRINE_ORDER_REPORT_H

#include <assert.h>
#include <stdint.h>

enum report_kind {
    REPORT_NONE,
    REPORT_ACCEPTED,       /* order: New or TriggerPending; price, quantity as accepted; `open` may be 0: it was filled,
                            * expired or cancelled in the same batch, which later reports say */
    REPORT_REPLACED,       /* `reference` is the new number, `other` the old one; quantity = open now */
    REPORT_EXECUTED,       /* one fill; quantity, price, fee, match */
    REPORT_CANCELLED,      /* quantity = by how much; open = what remains (0: Cancelled) */
    REPORT_EXPIRED,        /* the exchange ended it: reason says why (Expired, TriggerFailed) */
    REPORT_TRIGGERED,      /* a trigger order is now an order */
    REPORT_RESTATED,       /* something else about it changed: reduce-only cut or refilled; open, reason */
    REPORT_REJECTED,       /* an order or a replace was refused */
    REPORT_CANCEL_REJECTED,/* a cancel was refused: the order is gone or was never there */
    REPORT_ANSWER,         /* to the operator: reason NONE = done; `order` = number of what was made. To a user: the
                            * mass cancel is through, `quantity` orders went */
    REPORT_KINDS,
};

enum order_status {        /* of the order after this report */
    STATUS_NONE, STATUS_NEW, STATUS_PARTIALLY_FILLED, STATUS_FILLED, STATUS_CANCELLED, STATUS_EXPIRED,
    STATUS_TRIGGER_PENDING, STATUS_TRIGGER_FAILED,
};

struct report {
    uint64_t sequence;     /* in the stream of `user` that day */
    uint64_t time_ns;      /* of the batch */
    uint64_t batch;
    uint32_t user;         /* whose stream; 0: operator */
    uint32_t reference;    /* the user's number of the order, or the operator's ticket */
    uint64_t order;        /* the exchange's order id */
    uint64_t match;        /* REPORT_EXECUTED: number of the fill, same for both sides */
    uint32_t other;        /* REPORT_REPLACED: the number it had */
    uint32_t subaccount;
    uint16_t market;
    uint8_t kind;          /* enum report_kind */
    uint8_t reason;        /* enum reason */
    uint8_t status;        /* enum order_status */
    uint8_t side;          /* enum card_side */
    uint8_t liquidity;     /* REPORT_EXECUTED: 1 taker, 0 maker */
    uint8_t tif;
    uint32_t price;        /* ticks */
    uint8_t flags;         /* enum input_order_flag */
    uint8_t stp;
    uint8_t reserved[2];
    int64_t quantity;      /* lots */
    int64_t open;          /* lots, after this report */
    int64_t filled;        /* lots, in all */
    int64_t fee;           /* REPORT_EXECUTED: units of the quote asset x 256, paid by this side; negative: rebate */
    uint32_t account;
    uint32_t reserved2;
    uint8_t client_id[16];
};

static_assert(sizeof(struct report) == 128, "report");

#endif
