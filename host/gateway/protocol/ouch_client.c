/* The client's side: inputs to messages, messages to reports. */
#include <string.h>

#include "check.h"
#include "contract.h"
#include "ouch_wire.h"

/* Inputs to messages. */

static const struct ouch_market *named_market(const struct ouch_context *context, uint32_t number)
{
    if (number < 1 || number > context->markets->count || context->markets->list[number].symbol[0] == 0)
        return NULL;
    return &context->markets->list[number];
}

/* The Symbol field, blank where the tag MarketSymbol says it. */
static void put_symbol(struct ouch_wire_writer *writer, const struct ouch_market *market)
{
    static const uint8_t blank[OUCH_SYMBOL_CHARACTERS] = "        ";

    ouch_wire_put_bytes(writer, market && market->code[0] ? market->code : blank, OUCH_SYMBOL_CHARACTERS);
}

static void tag_symbol(struct ouch_wire_writer *writer, const struct ouch_market *market)
{
    if (market && market->code[0] == 0)
        ouch_wire_tag_symbol(writer, market->symbol);
}

static void tag_subaccount(struct ouch_wire_writer *writer, const struct input_header *header,
                           const struct ouch_context *context)
{
    if (header->subaccount != context->subaccount)
        ouch_wire_tag_put(writer, OUCH_AT_SUBACCOUNT, header->subaccount);
}

static bool id_fits(const uint8_t client_id[16])
{
    return client_id[OUCH_ORDER_ID_CHARACTERS] == 0;
}

static void tag_attached(struct ouch_wire_writer *writer, enum ouch_wire_place place,
                         const struct input_attached *attached)
{
    uint8_t value[17];

    if (attached->by == INPUT_BY_NONE)
        return;
    value[0] = (uint8_t)ouch_wire_by[attached->by];
    for (int i = 0; i < 8; i++) {
        uint64_t limit = attached->limit ? attached->limit : OUCH_PRICE_MARKET;

        value[1 + i] = (uint8_t)((uint64_t)attached->trigger >> (56 - 8 * i));
        value[9 + i] = (uint8_t)(limit >> (56 - 8 * i));
    }
    ouch_wire_tag_bytes(writer, place, value);
}

static void tag_trigger(struct ouch_wire_writer *writer, const struct input_order_extra *extra)
{
    uint8_t value[10];

    if (extra->trigger_by == INPUT_BY_NONE)
        return;
    value[0] = (uint8_t)ouch_wire_by[extra->trigger_by];
    value[1] = (uint8_t)ouch_wire_when[extra->trigger_when];
    for (int i = 0; i < 8; i++)
        value[2 + i] = (uint8_t)((uint64_t)extra->trigger_price >> (56 - 8 * i));
    ouch_wire_tag_bytes(writer, OUCH_AT_TRIGGER, value);
}

static void tag_extra(struct ouch_wire_writer *writer, const struct input_order_extra *extra)
{
    if (extra->expires_ns)
        ouch_wire_tag_put(writer, OUCH_AT_EXPIRES_AT, extra->expires_ns);
    if (extra->slippage)
        ouch_wire_tag_put(writer, OUCH_AT_SLIPPAGE, extra->slippage);
    tag_trigger(writer, extra);
    tag_attached(writer, OUCH_AT_TAKE_PROFIT, &extra->take_profit);
    tag_attached(writer, OUCH_AT_STOP_LOSS, &extra->stop_loss);
}

static uint32_t enter_quantity_field(const struct input_order_new *order)
{
    bool other_form = order->flags & (INPUT_ORDER_QUOTE_QUANTITY | INPUT_ORDER_PERCENT);

    return other_form ? 0 : ouch_wire_quantity_field(order->quantity);
}

static void tag_enter(struct ouch_wire_writer *writer, const struct input_order_new *order,
                      const struct ouch_context *context)
{
    uint32_t field = enter_quantity_field(order);

    tag_subaccount(writer, &order->header, context);
    if (order->flags & INPUT_ORDER_QUOTE_QUANTITY)
        ouch_wire_tag_put(writer, OUCH_AT_QUOTE_QUANTITY, (uint64_t)order->quantity);
    else if (order->flags & INPUT_ORDER_PERCENT)
        ouch_wire_tag_put(writer, OUCH_AT_PERCENT, (uint64_t)order->quantity);
    else if (order->quantity > UINT32_MAX)
        ouch_wire_tag_put(writer, OUCH_AT_QUANTITY, (uint64_t)order->quantity);
    if (order->tif == CARD_TIF_FOK)
        ouch_wire_tag_put(writer, OUCH_AT_MIN_QUANTITY, field ? field : OUCH_WIRE_ALL_OF_QUANTITY);
    if (order->flags & INPUT_ORDER_POST_ONLY)
        ouch_wire_tag_put(writer, OUCH_AT_POST_ONLY, 'P');
    if (order->flags & INPUT_ORDER_REDUCE_ONLY)
        ouch_wire_tag_put(writer, OUCH_AT_REDUCE_ONLY, 'Y');
    if (order->stp != CARD_STP_REJECT_TAKER)
        ouch_wire_tag_put(writer, OUCH_AT_SELF_TRADE, (uint8_t)ouch_wire_self_trade[order->stp]);
}

static bool put_enter(struct ouch_wire_writer *writer, const struct input_order_new *order,
                      const struct ouch_context *context)
{
    const struct input_order_extra *extra = NULL;
    const struct ouch_market *market = named_market(context, order->market);

    if (!market || !id_fits(order->client_id) || order->quantity < 0 || order->side > 1 || order->stp > 2)
        return false;
    if (order->flags & INPUT_ORDER_EXTRA)
        extra = &((const struct input_order_new_extra *)order)->extra;
    if (extra && (extra->trigger_by > 3 || extra->trigger_when > 2 || extra->take_profit.by > 3 ||
                  extra->stop_loss.by > 3))
        return false;
    ouch_wire_begin(writer, OUCH_ENTER);
    ouch_wire_put_number(writer, order->header.reference, 4);
    ouch_wire_put_number(writer, (uint8_t)ouch_wire_side[order->side], 1);
    ouch_wire_put_number(writer, enter_quantity_field(order), 4);
    put_symbol(writer, market);
    ouch_wire_put_number(writer, order->flags & INPUT_ORDER_MARKET ? OUCH_PRICE_MARKET : order->price, 8);
    ouch_wire_put_number(writer, order->tif != CARD_TIF_GTC ? '3' : extra && extra->expires_ns ? '6' : '0', 1);
    ouch_wire_put_bytes(writer, "YONN", 4);
    ouch_wire_put_text(writer, order->client_id, OUCH_ORDER_ID_CHARACTERS);
    ouch_wire_begin_tags(writer, OUCH_WIRE_ENTER);
    tag_enter(writer, order, context);
    if (extra)
        tag_extra(writer, extra);
    tag_symbol(writer, market);
    return true;
}

static bool put_replace(struct ouch_wire_writer *writer, const struct input_order_replace *replace)
{
    uint32_t field = ouch_wire_quantity_field(replace->quantity);

    if (!id_fits(replace->client_id) || replace->quantity < 0)
        return false;
    ouch_wire_begin(writer, OUCH_REPLACE);
    ouch_wire_put_number(writer, replace->existing, 4);
    ouch_wire_put_number(writer, replace->header.reference, 4);
    ouch_wire_put_number(writer, field, 4);
    ouch_wire_put_number(writer, replace->price ? replace->price : OUCH_PRICE_MARKET, 8);
    ouch_wire_put_bytes(writer, replace->tif == CARD_TIF_GTC ? "0YN" : "3YN", 3);
    ouch_wire_put_text(writer, replace->client_id, OUCH_ORDER_ID_CHARACTERS);
    ouch_wire_begin_tags(writer, OUCH_WIRE_REPLACE);
    if (replace->quantity > UINT32_MAX)
        ouch_wire_tag_put(writer, OUCH_AT_QUANTITY, (uint64_t)replace->quantity);
    if (replace->tif == CARD_TIF_FOK)
        ouch_wire_tag_put(writer, OUCH_AT_MIN_QUANTITY, field ? field : OUCH_WIRE_ALL_OF_QUANTITY);
    if (replace->flags & INPUT_ORDER_POST_ONLY)
        ouch_wire_tag_put(writer, OUCH_AT_POST_ONLY, 'P');
    return true;
}

static bool put_cancel(struct ouch_wire_writer *writer, const struct input_order_cancel *cancel)
{
    if (cancel->quantity < 0)
        return false;
    ouch_wire_begin(writer, OUCH_CANCEL);
    ouch_wire_put_number(writer, cancel->header.reference, 4);
    ouch_wire_put_number(writer, ouch_wire_quantity_field(cancel->quantity), 4);
    ouch_wire_begin_tags(writer, OUCH_WIRE_CANCEL);
    if (cancel->quantity > UINT32_MAX)
        ouch_wire_tag_put(writer, OUCH_AT_QUANTITY, (uint64_t)cancel->quantity);
    return true;
}

static bool put_mass_cancel(struct ouch_wire_writer *writer, const struct input_mass_cancel *cancel,
                            const struct ouch_context *context)
{
    const struct ouch_market *market = cancel->scope == INPUT_MASS_ALL ? NULL : named_market(context, cancel->market);

    if (cancel->scope > INPUT_MASS_SIDE || cancel->side > 1 || (cancel->scope != INPUT_MASS_ALL && !market))
        return false;
    ouch_wire_begin(writer, OUCH_MASS_CANCEL);
    ouch_wire_put_number(writer, cancel->header.reference, 4);
    ouch_wire_put_bytes(writer, "    ", 4);
    put_symbol(writer, market);
    ouch_wire_begin_tags(writer, OUCH_WIRE_MASS_CANCEL);
    tag_subaccount(writer, &cancel->header, context);
    if (cancel->scope == INPUT_MASS_SIDE)
        ouch_wire_tag_put(writer, OUCH_AT_SIDE, (uint8_t)ouch_wire_side[cancel->side]);
    if (cancel->triggers_too)
        ouch_wire_tag_put(writer, OUCH_AT_TRIGGERS_TOO, 'Y');
    tag_symbol(writer, market);
    return true;
}

size_t ouch_encode_input(const struct input_header *input, const struct ouch_context *context, uint8_t *bytes,
                         size_t room)
{
    struct ouch_wire_writer writer;
    bool sayable;

    switch (input->kind) {
    case INPUT_ORDER_NEW:
        sayable = put_enter(&writer, (const struct input_order_new *)input, context);
        break;
    case INPUT_ORDER_REPLACE:
        sayable = put_replace(&writer, (const struct input_order_replace *)input);
        break;
    case INPUT_ORDER_CANCEL:
        sayable = put_cancel(&writer, (const struct input_order_cancel *)input);
        break;
    default:
        check(input->kind == INPUT_MASS_CANCEL);
        sayable = put_mass_cancel(&writer, (const struct input_mass_cancel *)input, context);
        break;
    }
    return sayable ? ouch_wire_finish(&writer, bytes, room) : 0;
}

/* Messages to reports. */

static bool read_progress(const struct ouch_wire_tags *tags, struct report *report)
{
    uint64_t reason = ouch_wire_tag_number(tags, OUCH_AT_REASON);

    report->status = (uint8_t)ouch_wire_tag_number(tags, OUCH_AT_STATUS);
    report->filled = (int64_t)ouch_wire_tag_number(tags, OUCH_AT_FILLED);
    report->open = (int64_t)ouch_wire_tag_number(tags, OUCH_AT_OPEN);
    report->fee = (int64_t)ouch_wire_tag_number(tags, OUCH_AT_FEE);
    report->subaccount = (uint32_t)ouch_wire_tag_number(tags, OUCH_AT_SUBACCOUNT);
    report->reason = (uint8_t)reason;
    return reason < REASONS && report->status <= STATUS_TRIGGER_FAILED && report->filled >= 0 && report->open >= 0;
}

static bool read_order_quantity(uint64_t field, const struct ouch_wire_tags *tags, struct report *report)
{
    if (tags->present & OUCH_WIRE_BIT(QUOTE_QUANTITY)) {
        report->flags |= INPUT_ORDER_QUOTE_QUANTITY;
        report->quantity = (int64_t)ouch_wire_tag_number(tags, OUCH_AT_QUOTE_QUANTITY);
    } else if (tags->present & OUCH_WIRE_BIT(PERCENT)) {
        report->flags |= INPUT_ORDER_PERCENT;
        report->quantity = (int64_t)ouch_wire_tag_number(tags, OUCH_AT_PERCENT);
    } else {
        report->quantity = ouch_wire_read_quantity(field, tags);
    }
    return report->quantity >= 0;
}

/* What Accepted and Replaced have in common, from the side on; the tags follow the fields. */
static bool read_order(const uint8_t *bytes, const struct ouch_wire_tags *tags, const struct ouch_context *context,
                       struct report *report)
{
    int side = ouch_wire_place_of(ouch_wire_side, 2, bytes[0]);
    uint64_t price = ouch_wire_read_number(bytes + 13, 8);
    uint8_t letter = (uint8_t)ouch_wire_tag_number(tags, OUCH_AT_SELF_TRADE);
    int stp = ouch_wire_place_of(ouch_wire_self_trade, 3, letter);

    report->market = (uint16_t)ouch_wire_read_market(context->markets, bytes + 5, tags);
    report->order = ouch_wire_read_number(bytes + 23, 8);
    if (side < 0 || stp < 0 || (price > UINT32_MAX && price != OUCH_PRICE_MARKET))
        return false;
    report->side = (uint8_t)side;
    report->stp = (uint8_t)stp;
    report->tif = bytes[21] != '3' ? CARD_TIF_GTC
                  : tags->present & OUCH_WIRE_BIT(MIN_QUANTITY) ? CARD_TIF_FOK : CARD_TIF_IOC;
    if (price == OUCH_PRICE_MARKET)
        report->flags |= INPUT_ORDER_MARKET;
    else
        report->price = (uint32_t)price;
    if (ouch_wire_tag_number(tags, OUCH_AT_POST_ONLY) == 'P')
        report->flags |= INPUT_ORDER_POST_ONLY;
    if (ouch_wire_tag_number(tags, OUCH_AT_REDUCE_ONLY) == 'Y')
        report->flags |= INPUT_ORDER_REDUCE_ONLY;
    return read_order_quantity(ouch_wire_read_number(bytes + 1, 4), tags, report) &&
           ouch_wire_read_text(bytes + 35, OUCH_ORDER_ID_CHARACTERS, report->client_id, 16);
}

static bool read_executed(const uint8_t *bytes, const struct ouch_wire_tags *tags, struct report *report)
{
    uint64_t price = ouch_wire_read_number(bytes + 17, 8);

    report->quantity = ouch_wire_read_quantity(ouch_wire_read_number(bytes + 13, 4), tags);
    report->price = (uint32_t)price;
    report->liquidity = bytes[25] == 'R';
    report->match = ouch_wire_read_number(bytes + 26, 8);
    return report->quantity >= 0 && price <= UINT32_MAX && (bytes[25] == 'R' || bytes[25] == 'A');
}

static bool read_canceled(const uint8_t *bytes, const struct ouch_wire_tags *tags, struct report *report)
{
    if (report->status == STATUS_EXPIRED || report->status == STATUS_TRIGGER_FAILED)
        report->kind = REPORT_EXPIRED;
    report->quantity = ouch_wire_read_quantity(ouch_wire_read_number(bytes + 13, 4), tags);
    return report->quantity >= 0;
}

static bool read_rejected(const uint8_t *bytes, struct report *report)
{
    uint64_t reason = ouch_wire_read_number(bytes + 13, 2);

    report->reason = (uint8_t)reason;
    return reason < REASONS && ouch_wire_read_text(bytes + 15, OUCH_ORDER_ID_CHARACTERS, report->client_id, 16);
}

static bool read_forced(const uint8_t *bytes, const struct ouch_wire_tags *tags, const struct ouch_context *context,
                        struct report *report)
{
    const int forced = ouch_wire_place_of(ouch_wire_forced, FORCED_KINDS, bytes[13]);
    const int side = ouch_wire_place_of(ouch_wire_side, 2, bytes[14]);
    const bool trades = forced > 0 && ouch_wire_forced_trades((unsigned)forced);
    const uint64_t lots = ouch_wire_read_number(bytes + 15, 8), rank = ouch_wire_tag_number(tags, OUCH_AT_RANK);

    if (forced <= 0 || (trades ? side < 0 : bytes[14] != ' ') || lots > INT64_MAX || rank >= LIMIT_RANKS ||
        (tags->present & OUCH_WIRE_FORCED_TAGS) != ouch_wire_forced_tags((unsigned)forced))
        return false;
    report->forced = (uint8_t)forced;
    report->side = trades ? (uint8_t)side : 0;
    report->quantity = (int64_t)lots;
    report->market = trades ? (uint16_t)ouch_wire_read_market(context->markets, bytes + 23, tags) : 0;
    report->exact_price = ouch_wire_read_number(bytes + 31, 8);
    report->number = ouch_wire_read_number(bytes + 39, 8);
    report->equity = (int64_t)ouch_wire_tag_number(tags, OUCH_AT_EQUITY);
    report->maintenance = (int64_t)ouch_wire_tag_number(tags, OUCH_AT_MAINTENANCE);
    report->money = (int64_t)ouch_wire_tag_number(tags, OUCH_AT_MONEY);
    report->rank = (uint8_t)rank;
    report->other = (uint32_t)ouch_wire_tag_number(tags, OUCH_AT_COUNTERPARTY);
    report->asset = (uint16_t)ouch_wire_tag_number(tags, OUCH_AT_ASSET);
    return true;
}

struct layout {
    uint8_t type, fixed, kind;
};

static const struct layout *find_layout(uint8_t type)
{
    static const struct layout layouts[] = {
        {OUCH_ACCEPTED, OUCH_WIRE_ACCEPTED, REPORT_ACCEPTED},
        {OUCH_REPLACED, OUCH_WIRE_REPLACED, REPORT_REPLACED},
        {OUCH_EXECUTED, OUCH_WIRE_EXECUTED, REPORT_EXECUTED},
        {OUCH_CANCELED, OUCH_WIRE_CANCELED, REPORT_CANCELLED},
        {OUCH_RESTATED, OUCH_WIRE_RESTATED, REPORT_RESTATED},
        {OUCH_REJECTED, OUCH_WIRE_REJECTED, REPORT_REJECTED},
        {OUCH_CANCEL_REJECT, OUCH_WIRE_CANCEL_REJECT, REPORT_CANCEL_REJECTED},
        {OUCH_MASS_CANCEL_RESPONSE, OUCH_WIRE_MASS_CANCEL_RESPONSE, REPORT_ANSWER},
        {OUCH_FORCED, OUCH_WIRE_FORCED, REPORT_FORCED},
    };

    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (layouts[i].type == type)
            return &layouts[i];
    }
    return NULL;
}

bool ouch_decode_report(const uint8_t *bytes, size_t size, const struct ouch_context *context, struct report *report)
{
    const struct layout *layout = size ? find_layout(bytes[0]) : NULL;
    struct ouch_wire_tags tags;
    uint64_t time;

    memset(report, 0, sizeof *report);
    if (!layout || size < layout->fixed ||
        ouch_wire_read_tags(bytes + layout->fixed, size - layout->fixed, false, OUCH_WIRE_ALL, &tags) !=
            OUCH_ERROR_NONE)
        return false;
    time = ouch_wire_read_number(bytes + 1, 8);
    report->kind = layout->kind;
    report->time_ns = context->day_start_ns + time;
    report->user = context->user;
    report->reference = (uint32_t)ouch_wire_read_number(bytes + 9, 4);
    if (time >= OUCH_WIRE_NS_PER_DAY || !read_progress(&tags, report))
        return false;
    switch (bytes[0]) {
    case OUCH_ACCEPTED:
        return read_order(bytes + 13, &tags, context, report);
    case OUCH_REPLACED:
        report->other = report->reference;
        report->reference = (uint32_t)ouch_wire_read_number(bytes + 13, 4);
        return read_order(bytes + 17, &tags, context, report);
    case OUCH_EXECUTED:
        return read_executed(bytes, &tags, report);
    case OUCH_CANCELED:
        return read_canceled(bytes, &tags, report);
    case OUCH_REJECTED:
        return read_rejected(bytes, report);
    case OUCH_RESTATED:
        report->kind = bytes[13] == 'T' ? REPORT_TRIGGERED : REPORT_RESTATED;
        return bytes[13] == 'T' || bytes[13] == 'O';
    case OUCH_CANCEL_REJECT:
        return true;
    case OUCH_FORCED:
        return read_forced(bytes, &tags, context, report);
    default:
        report->market = (uint16_t)ouch_wire_read_market(context->markets, bytes + 17, &tags);
        return true;
    }
}
