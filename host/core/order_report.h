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
    REPORT_FORCED,         /* something was done to the account, by no order of a user's: `forced` says what; goes to
                            * every user of the account */
    REPORT_KINDS,
};

/* Part of the protocol: a number never changes its meaning. What is filled in beyond subaccount and account: */
enum forced_kind {
    FORCED_NONE,
    FORCED_MARGIN_CALL,    /* near maintenance: equity, maintenance */
    FORCED_BEGUN,          /* its liquidation has begun: number, equity, maintenance. Its orders are being cancelled */
    FORCED_ENDED,          /* and is over: the same, now */
    FORCED_FILL,           /* an order of its liquidation has filled: number, market, side, quantity, price, money (fee
                            * into the fund); all its fills in one, the price is their average */
    FORCED_CONVERSION,     /* collateral was sold for a debt, likewise; no number, money is the taker's fee */
    FORCED_GIVEN,          /* a backstop provider took over: number, market, side, quantity, price (mark), money (equity
                            * given) */
    FORCED_TAKEN,          /* the account is that provider: number, market, side, quantity, price (mark), money (equity
                            * taken), other (whose liquidation) */
    FORCED_BANKRUPT,       /* the position went to the deleveraged: number, market, side, quantity, price, money (their
                            * loss) */
    FORCED_DELEVERAGED,    /* the account was deleveraged: number, market, side, quantity, price, rank, money (its loss
                            * against the mark), other (whose bankruptcy) */
    FORCED_LEND_TURNED,    /* lend became cash at the index, since its borrower can't buy it back: number, asset,
                            * quantity (units of it), money, other (whose bankruptcy) */
    FORCED_KINDS,
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
    union {
        uint64_t order;    /* the exchange's order id */
        uint64_t number;   /* REPORT_FORCED: of the liquidation, 0: none */
    };
    union {
        uint64_t match;    /* REPORT_EXECUTED: number of the fill, same for both sides */
        uint64_t exact_price; /* REPORT_FORCED: ticks x 256 */
    };
    uint32_t other;        /* REPORT_REPLACED: the number it had; REPORT_FORCED: a subaccount */
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
    uint8_t forced;        /* REPORT_FORCED: enum forced_kind */
    uint8_t rank;          /* FORCED_DELEVERAGED: 0 .. LIMIT_RANKS - 1, the highest go first */
    int64_t quantity;      /* lots */
    union {
        int64_t open;      /* lots, after this report */
        int64_t equity;    /* REPORT_FORCED: USDC units */
    };
    union {
        int64_t filled;    /* lots, in all */
        int64_t maintenance; /* REPORT_FORCED: USDC units */
    };
    union {
        int64_t fee;       /* REPORT_EXECUTED: units of the quote asset x 256, paid by this side; negative: rebate */
        int64_t money;     /* REPORT_FORCED: likewise x 256, signed: as its kind says */
    };
    uint32_t account;
    uint16_t asset;        /* FORCED_LEND_TURNED */
    uint16_t reserved2;
    uint8_t client_id[16];
};

static_assert(sizeof(struct report) == 128, "report");

#endif
