/* OUCH 5.0 with our appendages, both ends: messages to inputs, reports to messages, and the same from the client's side
 * (docs/protocol.md has every byte). Pure functions on the caller's memory; nothing is allocated, no clock is read.
 *
 * A message is the payload of one SoupBinTCP packet. Whatever the bytes are, decoding ends in a typed result; bytes
 * beyond `size` are never read. */
#ifndef VITRINE_OUCH_H
#define VITRINE_OUCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input.h"
#include "limits.h"
#include "reason.h"
#include "order_report.h"

enum ouch_size {
    OUCH_MESSAGE_BYTES_MAX = 192,  /* the longest message of either direction, every appendage in it */
    OUCH_SYMBOL_CHARACTERS = 8,
    OUCH_ORDER_ID_CHARACTERS = 14, /* ClOrdID: in client_id without trailing spaces, zero-padded */
};

/* Price of a market order, in both directions. 0 is no price. */
#define OUCH_PRICE_MARKET UINT64_C(0x7fffffffffffffff)

/* Message types, first byte. */
enum ouch_inbound {
    OUCH_ENTER = 'O', OUCH_REPLACE = 'U', OUCH_CANCEL = 'X', OUCH_MASS_CANCEL = 'C',
    /* known, always refused */
    OUCH_MODIFY = 'M', OUCH_DISABLE = 'D', OUCH_ENABLE = 'E', OUCH_QUERY = 'Q',
};

enum ouch_outbound {
    OUCH_ACCEPTED = 'A', OUCH_REPLACED = 'U', OUCH_CANCELED = 'C', OUCH_EXECUTED = 'E', OUCH_REJECTED = 'J',
    OUCH_CANCEL_REJECT = 'I', OUCH_RESTATED = 'R', OUCH_MASS_CANCEL_RESPONSE = 'X',
    OUCH_FORCED = 'F', /* ours: something was done to the account */
    /* of OUCH 5.0, never sent by us: the client's decoder refuses them as unknown */
    OUCH_SYSTEM_EVENT = 'S', OUCH_AIQ_CANCELED = 'D', OUCH_BROKEN_TRADE = 'B', OUCH_CANCEL_PENDING = 'P',
    OUCH_PRIORITY_UPDATE = 'T', OUCH_MODIFIED = 'M', OUCH_DISABLE_RESPONSE = 'G', OUCH_ENABLE_RESPONSE = 'K',
    OUCH_QUERY_RESPONSE = 'Q',
};

/* Appendage tags: name, number, bytes of the value (0: 1 to 23). Those of OUCH 5.0 below 128, ours from 128 on. */
#define OUCH_TAG_TABLE(X)                                                                                           \
    X(MIN_QUANTITY, 3, 4)      /* MinQty */                                                                         \
    X(POST_ONLY, 12, 1)        /* 'P', 'N' */                                                                       \
    X(EXPIRE_TIME, 15, 4)      /* seconds to live, 1 .. 86399 */                                                    \
    X(SIDE, 27, 1)             /* mass cancel: 'B', 'S' */                                                          \
    X(USER_REF_INDEX, 28, 1)   /* 0 only */                                                                         \
    X(SUBACCOUNT, 128, 4)                                                                                           \
    X(QUANTITY, 129, 8)        /* lots, where 4 bytes are too few or always */                                      \
    X(QUOTE_QUANTITY, 130, 8)  /* units of the quote asset */                                                       \
    X(PERCENT, 131, 4)         /* millionths of the position */                                                     \
    X(REDUCE_ONLY, 132, 1)     /* 'Y', 'N' */                                                                       \
    X(SELF_TRADE, 133, 1)      /* 'T' reject taker, 'M' reject maker, 'B' both */                                   \
    X(EXPIRES_AT, 134, 8)      /* ns of UTC since 1970 */                                                           \
    X(SLIPPAGE, 135, 2)        /* basis points */                                                                   \
    X(TRIGGER, 136, 10)        /* by 'M' 'I' 'L', when 'A' 'B', price 8 */                                          \
    X(TAKE_PROFIT, 137, 17)    /* by, trigger 8, limit 8 */                                                         \
    X(STOP_LOSS, 138, 17)                                                                                           \
    X(MARKET_SYMBOL, 139, 0)   /* the market's whole symbol */                                                      \
    X(TRIGGERS_TOO, 140, 1)    /* mass cancel: 'Y', 'N' */                                                          \
    X(REASON, 144, 2)          /* from here on: outbound only. enum reason */                                       \
    X(STATUS, 145, 1)          /* enum order_status */                                                              \
    X(FILLED, 146, 8)          /* lots in all */                                                                    \
    X(OPEN, 147, 8)            /* lots that remain */                                                               \
    X(FEE, 148, 8)             /* signed, units of the quote asset x 256 */                                         \
    X(EQUITY, 149, 8)          /* of Forced, from here on: signed, units of the settlement asset */                 \
    X(MAINTENANCE, 150, 8)     /* the same */                                                                       \
    X(MONEY, 151, 8)           /* signed, units of the quote asset x 256 */                                         \
    X(RANK, 152, 1)            /* 0 .. 127 */                                                                       \
    X(COUNTERPARTY, 153, 4)    /* subaccount */                                                                     \
    X(ASSET, 154, 2)           /* number */

enum ouch_tag {
#define OUCH_TAG_ENTRY(name, number, bytes) OUCH_TAG_##name = number,
    OUCH_TAG_TABLE(OUCH_TAG_ENTRY)
#undef OUCH_TAG_ENTRY
};

/* How markets are called. The server's Symbol field has the symbol itself where it fits into 8 characters and "#NUMBER"
 * where it does not; then messages carry the whole symbol in the tag MarketSymbol. Inbound, either will do: a blank
 * field with the tag, or the field alone. Zero-initialised: no markets. */
struct ouch_market {
    uint8_t code[OUCH_SYMBOL_CHARACTERS]; /* space-padded, as on the wire; all zero: no such market, or no code known */
    uint8_t symbol[24];                   /* zero-padded */
};

struct ouch_markets {
    uint32_t count;                       /* highest number in use */
    struct ouch_market list[LIMIT_MARKETS + 1];
};

/* Server: market `number` (1 .. LIMIT_MARKETS) is called `symbol` (1 to 23 characters, zero-padded; checked). */
void ouch_set_market(struct ouch_markets *markets, uint32_t number, const uint8_t symbol[24]);
/* Client: the same without a code that only the server knows. `number` is the client's own index. */
void ouch_name_market(struct ouch_markets *markets, uint32_t number, const char *symbol);
/* By whole symbol (zero-padded); 0: none. */
uint32_t ouch_find_market(const struct ouch_markets *markets, const uint8_t symbol[24]);

struct ouch_context {
    const struct ouch_markets *markets;
    uint64_t now_ns;       /* ns of UTC since 1970: turns the tag ExpireTime (seconds to live) into a time */
    uint64_t day_start_ns; /* client: begin of the session's UTC day, since OUCH's times count from midnight */
    uint32_t user;
    uint32_t subaccount;   /* where a message names none */
};

/* Room for any input that a message can become. */
union ouch_input {
    struct input_header header;
    struct input_order_new order;
    struct input_order_new_extra order_extra;
    struct input_order_replace replace;
    struct input_order_cancel cancel;
    struct input_mass_cancel mass_cancel;
};

enum ouch_status {
    OUCH_OK,
    OUCH_REFUSED,     /* what it says is not to be had; it has been understood well enough to be answered */
    OUCH_MALFORMED,   /* no message of OUCH 5.0, or cut off before its number: close the session */
};

/* What exactly was wrong, for logs and counters. */
enum ouch_error {
    OUCH_ERROR_NONE, OUCH_ERROR_EMPTY, OUCH_ERROR_TYPE, OUCH_ERROR_LENGTH, OUCH_ERROR_UNSUPPORTED,
    OUCH_ERROR_APPENDAGE_LENGTH, OUCH_ERROR_TAG_LENGTH, OUCH_ERROR_TAG_UNKNOWN, OUCH_ERROR_TAG_DUPLICATE,
    OUCH_ERROR_TAG_VALUE, OUCH_ERROR_TAG_CONFLICT, OUCH_ERROR_FIELD, OUCH_ERROR_MARKET, OUCH_ERROR_PRICE,
    OUCH_ERROR_QUANTITY, OUCH_ERRORS,
};
const char *ouch_error_name(enum ouch_error error);

struct ouch_result {
    enum ouch_status status;
    enum ouch_error error;
    enum reason reason;   /* OUCH_REFUSED: what is wrong (the core's check, which may find another fault first, has the
                           * last word); else REASON_NONE */
};

/* Server: one message of context->user to one input.
 *
 * OUCH_OK: `input` is ready to be sequenced. OUCH_REFUSED: `input` is ready too, and such that the core refuses it
 * (unknown market, an order's bad price, bad quantity: 0; everything else: undefined flags or scope, a cancel's -1).
 * Sequence it all the same: refusals have to be numbered, durable and replayable like every other answer.
 * OUCH_MALFORMED: `input` is not set. Replace and cancel leave header.subaccount 0. */
struct ouch_result ouch_decode_input(const uint8_t *bytes, size_t size, const struct ouch_context *context,
                                     union ouch_input *input);

/* Server: one report of a user to one message. Bytes written; 0 if `room` is too small, which OUCH_MESSAGE_BYTES_MAX
 * never is. Kinds that no user gets trip check(). */
size_t ouch_encode_report(const struct report *report, const struct ouch_context *context, uint8_t *bytes,
                          size_t room);

/* Client: one input (INPUT_ORDER_NEW, _REPLACE, _CANCEL, INPUT_MASS_CANCEL; others trip check()) to one message. The
 * subaccount is sent where it is not context->subaccount. Bytes written; 0 if `room` is too small or the input can't be
 * said in OUCH (market not named, quantity below 0, client id longer than 14 characters). */
size_t ouch_encode_input(const struct input_header *input, const struct ouch_context *context, uint8_t *bytes,
                         size_t room);

/* Client: one sequenced message to a report. What OUCH does not carry is 0: sequence (the client counts), batch,
 * account; market, side, price and what else the message leaves out of an order that the client knows by its number.
 * A market that the context does not name is 0. False: not a message that our server sends. */
bool ouch_decode_report(const uint8_t *bytes, size_t size, const struct ouch_context *context, struct report *report);

#endif
