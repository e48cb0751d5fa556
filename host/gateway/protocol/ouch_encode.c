/* The server's side: reports to messages. */
#include "check.h"
#include "contract.h"
#include "ouch_wire.h"

static void put_head(struct ouch_wire_writer *writer, uint8_t type, const struct report *report)
{
    ouch_wire_begin(writer, type);
    ouch_wire_put_number(writer, report->time_ns % OUCH_WIRE_NS_PER_DAY, 8);
}

static const struct ouch_market *market_of(const struct report *report, const struct ouch_context *context)
{
    check(report->market >= 1 && report->market <= context->markets->count);
    return &context->markets->list[report->market];
}

/* The tag that goes with the quantity field, where one is needed. */
static void tag_quantity(struct ouch_wire_writer *writer, const struct report *report)
{
    if (report->flags & INPUT_ORDER_QUOTE_QUANTITY)
        ouch_wire_tag_put(writer, OUCH_AT_QUOTE_QUANTITY, (uint64_t)report->quantity);
    else if (report->flags & INPUT_ORDER_PERCENT)
        ouch_wire_tag_put(writer, OUCH_AT_PERCENT, (uint64_t)report->quantity);
    else if (report->quantity > UINT32_MAX)
        ouch_wire_tag_put(writer, OUCH_AT_QUANTITY, (uint64_t)report->quantity);
}

static void tag_symbol(struct ouch_wire_writer *writer, const struct ouch_market *market)
{
    if (market->symbol[OUCH_SYMBOL_CHARACTERS])
        ouch_wire_tag_symbol(writer, market->symbol);
}

static void tag_progress(struct ouch_wire_writer *writer, const struct report *report)
{
    ouch_wire_tag_put(writer, OUCH_AT_STATUS, report->status);
    ouch_wire_tag_put(writer, OUCH_AT_FILLED, (uint64_t)report->filled);
    ouch_wire_tag_put(writer, OUCH_AT_OPEN, (uint64_t)report->open);
}

/* What Accepted and Replaced have in common from the side on. */
static void put_order(struct ouch_wire_writer *writer, const struct report *report, const struct ouch_context *context,
                      enum ouch_wire_size fixed)
{
    const struct ouch_market *market = market_of(report, context);
    bool other_form = report->flags & (INPUT_ORDER_QUOTE_QUANTITY | INPUT_ORDER_PERCENT);
    uint32_t field = other_form ? 0 : ouch_wire_quantity_field(report->quantity);

    check(report->side < 2 && report->stp < 3);
    ouch_wire_put_number(writer, (uint8_t)ouch_wire_side[report->side], 1);
    ouch_wire_put_number(writer, field, 4);
    ouch_wire_put_bytes(writer, market->code, OUCH_SYMBOL_CHARACTERS);
    ouch_wire_put_number(writer, report->flags & INPUT_ORDER_MARKET ? OUCH_PRICE_MARKET : report->price, 8);
    ouch_wire_put_bytes(writer, report->tif == CARD_TIF_GTC ? "0Y" : "3Y", 2);
    ouch_wire_put_number(writer, report->order, 8);
    ouch_wire_put_bytes(writer, report->open > 0 ? "ONNL" : "ONND", 4);
    ouch_wire_put_text(writer, report->client_id, OUCH_ORDER_ID_CHARACTERS);
    ouch_wire_begin_tags(writer, fixed);
    ouch_wire_tag_put(writer, OUCH_AT_SUBACCOUNT, report->subaccount);
    tag_quantity(writer, report);
    if (report->tif == CARD_TIF_FOK)
        ouch_wire_tag_put(writer, OUCH_AT_MIN_QUANTITY, field ? field : OUCH_WIRE_ALL_OF_QUANTITY);
    if (report->flags & INPUT_ORDER_POST_ONLY)
        ouch_wire_tag_put(writer, OUCH_AT_POST_ONLY, 'P');
    if (report->flags & INPUT_ORDER_REDUCE_ONLY)
        ouch_wire_tag_put(writer, OUCH_AT_REDUCE_ONLY, 'Y');
    ouch_wire_tag_put(writer, OUCH_AT_SELF_TRADE, (uint8_t)ouch_wire_self_trade[report->stp]);
    tag_symbol(writer, market);
    tag_progress(writer, report);
}

static void put_accepted(struct ouch_wire_writer *writer, const struct report *report,
                         const struct ouch_context *context)
{
    put_head(writer, OUCH_ACCEPTED, report);
    ouch_wire_put_number(writer, report->reference, 4);
    put_order(writer, report, context, OUCH_WIRE_ACCEPTED);
}

static void put_replaced(struct ouch_wire_writer *writer, const struct report *report,
                         const struct ouch_context *context)
{
    put_head(writer, OUCH_REPLACED, report);
    ouch_wire_put_number(writer, report->other, 4);
    ouch_wire_put_number(writer, report->reference, 4);
    put_order(writer, report, context, OUCH_WIRE_REPLACED);
}

static void put_executed(struct ouch_wire_writer *writer, const struct report *report)
{
    put_head(writer, OUCH_EXECUTED, report);
    ouch_wire_put_number(writer, report->reference, 4);
    ouch_wire_put_number(writer, ouch_wire_quantity_field(report->quantity), 4);
    ouch_wire_put_number(writer, report->price, 8);
    ouch_wire_put_number(writer, report->liquidity ? 'R' : 'A', 1);
    ouch_wire_put_number(writer, report->match, 8);
    ouch_wire_begin_tags(writer, OUCH_WIRE_EXECUTED);
    if (report->quantity > UINT32_MAX)
        ouch_wire_tag_put(writer, OUCH_AT_QUANTITY, (uint64_t)report->quantity);
    tag_progress(writer, report);
    ouch_wire_tag_put(writer, OUCH_AT_FEE, (uint64_t)report->fee);
}

/* OUCH's own letter for the end of an order; the tag Reason has ours, which is finer. */
static char cancel_letter(uint8_t reason)
{
    switch (reason) {
    case REASON_USER_REQUEST:
        return 'U';
    case REASON_IMMEDIATE_OR_CANCEL:
    case REASON_FILL_OR_KILL:
        return 'I';
    case REASON_TIME_EXPIRED:
        return 'T';
    case REASON_SUPERVISORY:
    case REASON_KILL_SWITCH:
        return 'S';
    case REASON_SELF_TRADE:
        return 'Q';
    case REASON_PRICE_OUT_OF_BOUNDS:
    case REASON_PRICE_IMPACT:
        return 'K';
    default:
        return 'Z';
    }
}

static void put_canceled(struct ouch_wire_writer *writer, const struct report *report)
{
    put_head(writer, OUCH_CANCELED, report);
    ouch_wire_put_number(writer, report->reference, 4);
    ouch_wire_put_number(writer, ouch_wire_quantity_field(report->quantity), 4);
    ouch_wire_put_number(writer, (uint8_t)cancel_letter(report->reason), 1);
    ouch_wire_begin_tags(writer, OUCH_WIRE_CANCELED);
    if (report->quantity > UINT32_MAX)
        ouch_wire_tag_put(writer, OUCH_AT_QUANTITY, (uint64_t)report->quantity);
    ouch_wire_tag_put(writer, OUCH_AT_REASON, report->reason);
    tag_progress(writer, report);
}

static void put_restated(struct ouch_wire_writer *writer, const struct report *report)
{
    put_head(writer, OUCH_RESTATED, report);
    ouch_wire_put_number(writer, report->reference, 4);
    ouch_wire_put_number(writer, report->kind == REPORT_TRIGGERED ? 'T' : 'O', 1);
    ouch_wire_begin_tags(writer, OUCH_WIRE_RESTATED);
    ouch_wire_tag_put(writer, OUCH_AT_REASON, report->reason);
    tag_progress(writer, report);
}

static void put_rejected(struct ouch_wire_writer *writer, const struct report *report)
{
    put_head(writer, OUCH_REJECTED, report);
    ouch_wire_put_number(writer, report->reference, 4);
    ouch_wire_put_number(writer, report->reason, 2);
    ouch_wire_put_text(writer, report->client_id, OUCH_ORDER_ID_CHARACTERS);
    ouch_wire_begin_tags(writer, OUCH_WIRE_REJECTED);
}

static void put_cancel_reject(struct ouch_wire_writer *writer, const struct report *report)
{
    put_head(writer, OUCH_CANCEL_REJECT, report);
    ouch_wire_put_number(writer, report->reference, 4);
    ouch_wire_begin_tags(writer, OUCH_WIRE_CANCEL_REJECT);
    ouch_wire_tag_put(writer, OUCH_AT_REASON, report->reason);
}

/* The only answer that a user gets: to a mass cancel. */
static void put_mass_cancel_response(struct ouch_wire_writer *writer, const struct report *report,
                                     const struct ouch_context *context)
{
    const struct ouch_market *market = report->market ? market_of(report, context) : NULL;

    put_head(writer, OUCH_MASS_CANCEL_RESPONSE, report);
    ouch_wire_put_number(writer, report->reference, 4);
    ouch_wire_put_bytes(writer, "    ", 4);
    ouch_wire_put_bytes(writer, market ? (const char *)market->code : "        ", OUCH_SYMBOL_CHARACTERS);
    ouch_wire_begin_tags(writer, OUCH_WIRE_MASS_CANCEL_RESPONSE);
    ouch_wire_tag_put(writer, OUCH_AT_SUBACCOUNT, report->subaccount);
    if (market)
        tag_symbol(writer, market);
}

static void tag_forced(struct ouch_wire_writer *writer, const struct report *report)
{
    const uint32_t tags = ouch_wire_forced_tags(report->forced);

    ouch_wire_tag_put(writer, OUCH_AT_SUBACCOUNT, report->subaccount);
    if (tags & OUCH_WIRE_BIT(EQUITY))
        ouch_wire_tag_put(writer, OUCH_AT_EQUITY, (uint64_t)report->equity);
    if (tags & OUCH_WIRE_BIT(MAINTENANCE))
        ouch_wire_tag_put(writer, OUCH_AT_MAINTENANCE, (uint64_t)report->maintenance);
    if (tags & OUCH_WIRE_BIT(MONEY))
        ouch_wire_tag_put(writer, OUCH_AT_MONEY, (uint64_t)report->money);
    if (tags & OUCH_WIRE_BIT(RANK))
        ouch_wire_tag_put(writer, OUCH_AT_RANK, report->rank);
    if (tags & OUCH_WIRE_BIT(COUNTERPARTY))
        ouch_wire_tag_put(writer, OUCH_AT_COUNTERPARTY, report->other);
    if (tags & OUCH_WIRE_BIT(ASSET))
        ouch_wire_tag_put(writer, OUCH_AT_ASSET, report->asset);
}

/* No message of OUCH's: what was done to the account by no order of the user's, whose number is 0 therefore. */
static void put_forced(struct ouch_wire_writer *writer, const struct report *report,
                       const struct ouch_context *context)
{
    const bool trades = ouch_wire_forced_trades(report->forced);
    const struct ouch_market *market = trades ? market_of(report, context) : NULL;

    check(report->forced > FORCED_NONE && report->forced < FORCED_KINDS && report->side < 2);
    put_head(writer, OUCH_FORCED, report);
    ouch_wire_put_number(writer, 0, 4);
    ouch_wire_put_number(writer, (uint8_t)ouch_wire_forced[report->forced], 1);
    ouch_wire_put_number(writer, trades ? (uint8_t)ouch_wire_side[report->side] : ' ', 1);
    ouch_wire_put_number(writer, (uint64_t)report->quantity, 8);
    ouch_wire_put_bytes(writer, trades ? (const char *)market->code : "        ", OUCH_SYMBOL_CHARACTERS);
    ouch_wire_put_number(writer, report->exact_price, 8);
    ouch_wire_put_number(writer, report->number, 8);
    ouch_wire_begin_tags(writer, OUCH_WIRE_FORCED);
    tag_forced(writer, report);
    if (trades)
        tag_symbol(writer, market);
}

size_t ouch_encode_report(const struct report *report, const struct ouch_context *context, uint8_t *bytes,
                          size_t room)
{
    struct ouch_wire_writer writer;

    check(report->quantity >= 0);
    switch (report->kind) {
    case REPORT_ACCEPTED:
        put_accepted(&writer, report, context);
        break;
    case REPORT_REPLACED:
        put_replaced(&writer, report, context);
        break;
    case REPORT_EXECUTED:
        put_executed(&writer, report);
        break;
    case REPORT_CANCELLED:
    case REPORT_EXPIRED:
        put_canceled(&writer, report);
        break;
    case REPORT_TRIGGERED:
    case REPORT_RESTATED:
        put_restated(&writer, report);
        break;
    case REPORT_CANCEL_REJECTED:
        put_cancel_reject(&writer, report);
        break;
    case REPORT_FORCED:
        put_forced(&writer, report, context);
        break;
    default:
        check(report->kind == REPORT_REJECTED || report->kind == REPORT_ANSWER);
        if (report->kind == REPORT_ANSWER && report->reason == REASON_NONE)
            put_mass_cancel_response(&writer, report, context);
        else
            put_rejected(&writer, report);
        break;
    }
    return ouch_wire_finish(&writer, bytes, room);
}
