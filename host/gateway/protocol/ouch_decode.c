/* The server's side: messages to inputs. */
#include <string.h>

#include "check.h"
#include "contract.h"
#include "ouch_wire.h"

enum decode {
    UNDEFINED_FLAG = 0x80,    /* makes an order or a replace one that the core has to refuse */
    UNDEFINED_SCOPE = 0xff,   /* likewise a mass cancel */
    EXPIRE_SECONDS_MAX = 86399,
};

static_assert((UNDEFINED_FLAG & INPUT_ORDER_FLAGS) == 0, "an undefined flag");

/* What is wrong with a message: the first thing found. */
struct fault {
    enum ouch_error error;
    enum reason reason;
};

static void blame(struct fault *fault, enum ouch_error error, enum reason reason)
{
    if (fault->error == OUCH_ERROR_NONE) {
        fault->error = error;
        fault->reason = reason;
    }
}

static void blame_unless(struct fault *fault, bool good, enum ouch_error error)
{
    if (!good)
        blame(fault, error, REASON_BAD_COMMAND);
}

static struct ouch_result conclude(const struct fault *fault)
{
    return (struct ouch_result){fault->error == OUCH_ERROR_NONE ? OUCH_OK : OUCH_REFUSED, fault->error, fault->reason};
}

static void begin(union ouch_input *input, enum input_kind kind, size_t size, uint32_t reference,
                  const struct ouch_context *context)
{
    memset(input, 0, sizeof *input);
    input->header.kind = (uint16_t)kind;
    input->header.size = (uint16_t)size;
    input->header.user = context->user;
    input->header.reference = reference;
}

/* A tag that says `yes` or 'N'. */
static bool read_flag(const struct ouch_wire_tags *tags, enum ouch_wire_place place, uint8_t yes, struct fault *fault)
{
    if (!(tags->present & 1u << place))
        return false;
    blame_unless(fault, tags->value[place][0] == yes || tags->value[place][0] == 'N', OUCH_ERROR_TAG_VALUE);
    return tags->value[place][0] == yes;
}

static void read_index(const struct ouch_wire_tags *tags, struct fault *fault)
{
    blame_unless(fault, ouch_wire_tag_number(tags, OUCH_AT_USER_REF_INDEX) == 0, OUCH_ERROR_TAG_VALUE);
}

/* Ticks; 0 with blame if it is no price. */
static uint32_t read_price(uint64_t price, struct fault *fault)
{
    if (price >= 1 && price <= UINT32_MAX)
        return (uint32_t)price;
    blame(fault, OUCH_ERROR_PRICE, REASON_INVALID_PRICE);
    return 0;
}

/* Ticks in a tag; market orders are 0 where `market` allows them. */
static uint32_t read_tag_price(const uint8_t *value, bool market, struct fault *fault)
{
    uint64_t price = ouch_wire_read_number(value, 8);

    if (market && price == OUCH_PRICE_MARKET)
        return 0;
    blame_unless(fault, price >= 1 && price <= UINT32_MAX, OUCH_ERROR_TAG_VALUE);
    return (uint32_t)price;
}

static uint8_t read_by(uint8_t character, struct fault *fault)
{
    int by = ouch_wire_place_of(ouch_wire_by, 4, character);

    blame_unless(fault, by > 0, OUCH_ERROR_TAG_VALUE);
    return by > 0 ? (uint8_t)by : 0;
}

static void read_trigger(const struct ouch_wire_tags *tags, struct input_order_extra *extra, struct fault *fault)
{
    const uint8_t *value = tags->value[OUCH_AT_TRIGGER];
    int when;

    if (!(tags->present & OUCH_WIRE_BIT(TRIGGER)))
        return;
    when = ouch_wire_place_of(ouch_wire_when, 3, value[1]);
    blame_unless(fault, when > 0, OUCH_ERROR_TAG_VALUE);
    extra->trigger_by = read_by(value[0], fault);
    extra->trigger_when = when > 0 ? (uint8_t)when : 0;
    extra->trigger_price = read_tag_price(value + 2, false, fault);
}

static void read_attached(const struct ouch_wire_tags *tags, enum ouch_wire_place place,
                          struct input_attached *attached, struct fault *fault)
{
    const uint8_t *value = tags->value[place];

    if (!(tags->present & 1u << place))
        return;
    attached->by = read_by(value[0], fault);
    attached->trigger = read_tag_price(value + 1, false, fault);
    attached->limit = read_tag_price(value + 9, true, fault);
}

static void read_expiry(const struct ouch_wire_tags *tags, const struct ouch_context *context,
                        struct input_order_extra *extra, struct fault *fault)
{
    uint64_t seconds = ouch_wire_tag_number(tags, OUCH_AT_EXPIRE_TIME);

    if (tags->present & OUCH_WIRE_BIT(EXPIRES_AT)) {
        extra->expires_ns = ouch_wire_tag_number(tags, OUCH_AT_EXPIRES_AT);
        blame_unless(fault, !(tags->present & OUCH_WIRE_BIT(EXPIRE_TIME)), OUCH_ERROR_TAG_CONFLICT);
        blame_unless(fault, extra->expires_ns > 0, OUCH_ERROR_TAG_VALUE);
    } else if (tags->present & OUCH_WIRE_BIT(EXPIRE_TIME)) {
        blame_unless(fault, seconds >= 1 && seconds <= EXPIRE_SECONDS_MAX, OUCH_ERROR_TAG_VALUE);
        extra->expires_ns = context->now_ns + seconds * UINT64_C(1000000000);
    }
}

#define EXTRA_TAGS                                                                                                  \
    (OUCH_WIRE_BIT(EXPIRE_TIME) | OUCH_WIRE_BIT(EXPIRES_AT) | OUCH_WIRE_BIT(SLIPPAGE) | OUCH_WIRE_BIT(TRIGGER) |    \
     OUCH_WIRE_BIT(TAKE_PROFIT) | OUCH_WIRE_BIT(STOP_LOSS))

static void read_extra(const struct ouch_wire_tags *tags, const struct ouch_context *context,
                       struct input_order_new_extra *order, struct fault *fault)
{
    if (!(tags->present & EXTRA_TAGS))
        return;
    order->order.header.size = sizeof *order;
    order->order.flags |= INPUT_ORDER_EXTRA;
    read_expiry(tags, context, &order->extra, fault);
    order->extra.slippage = (uint16_t)ouch_wire_tag_number(tags, OUCH_AT_SLIPPAGE);
    read_trigger(tags, &order->extra, fault);
    read_attached(tags, OUCH_AT_TAKE_PROFIT, &order->extra.take_profit, fault);
    read_attached(tags, OUCH_AT_STOP_LOSS, &order->extra.stop_loss, fault);
}

/* Time in force with MinQty: IOC for all of the quantity is fill or kill. `expires`: a time is given. */
static uint8_t read_tif(uint8_t character, const struct ouch_wire_tags *tags, int64_t quantity, bool expires,
                        struct fault *fault)
{
    uint64_t least = ouch_wire_tag_number(tags, OUCH_AT_MIN_QUANTITY);
    bool all = least == OUCH_WIRE_ALL_OF_QUANTITY || (int64_t)least == quantity;

    blame_unless(fault, character == '0' || character == '3' || character == '6', OUCH_ERROR_FIELD);
    blame_unless(fault, expires == (character == '6'), OUCH_ERROR_TAG_CONFLICT);
    blame_unless(fault, least == 0 || (character == '3' && all), OUCH_ERROR_TAG_VALUE);
    if (character != '3')
        return CARD_TIF_GTC;
    return least ? CARD_TIF_FOK : CARD_TIF_IOC;
}

/* The quantity in one of its four forms, with the flag that says which. */
static int64_t read_order_quantity(uint64_t field, const struct ouch_wire_tags *tags, uint8_t *flags,
                                   struct fault *fault)
{
    uint32_t forms = tags->present & (OUCH_WIRE_BIT(QUANTITY) | OUCH_WIRE_BIT(QUOTE_QUANTITY) | OUCH_WIRE_BIT(PERCENT));
    uint64_t quantity = field;

    if (forms) {
        blame_unless(fault, field == 0 && (forms & (forms - 1)) == 0, OUCH_ERROR_TAG_CONFLICT);
        quantity = ouch_wire_tag_number(tags, (enum ouch_wire_place)__builtin_ctz(forms));
        if (forms & OUCH_WIRE_BIT(QUOTE_QUANTITY))
            *flags |= INPUT_ORDER_QUOTE_QUANTITY;
        if (forms & OUCH_WIRE_BIT(PERCENT))
            *flags |= INPUT_ORDER_PERCENT;
    }
    if (quantity >= 1 && quantity <= INT64_MAX)
        return (int64_t)quantity;
    blame(fault, OUCH_ERROR_QUANTITY, REASON_INVALID_QUANTITY);
    return 0;
}

/* The elements behind the first `fixed` bytes of a message; false with blame if either part is not sound. */
static bool read_appendage(const uint8_t *bytes, size_t size, size_t fixed, bool may_lack, uint32_t allowed,
                           struct ouch_wire_tags *tags, struct fault *fault)
{
    enum ouch_error error = OUCH_ERROR_LENGTH;

    if (size >= fixed)
        error = ouch_wire_read_tags(bytes + fixed, size - fixed, may_lack, allowed, tags);
    blame_unless(fault, error == OUCH_ERROR_NONE, error);
    return error == OUCH_ERROR_NONE;
}

static void read_client_id(const uint8_t *bytes, uint8_t client_id[16], struct fault *fault)
{
    if (!ouch_wire_read_text(bytes, OUCH_ORDER_ID_CHARACTERS, client_id, 16)) {
        memset(client_id, 0, 16);
        blame(fault, OUCH_ERROR_FIELD, REASON_BAD_COMMAND);
    }
}

/* Fields of an Enter message that have one value for us, or whose value means nothing here. */
static void read_enter_rest(const uint8_t *bytes, struct fault *fault)
{
    blame_unless(fault, bytes[27] == 'Y', OUCH_ERROR_FIELD);                                      /* display */
    blame_unless(fault, ouch_wire_place_of("APRO", 4, bytes[28]) >= 0, OUCH_ERROR_FIELD);         /* capacity */
    blame_unless(fault, bytes[29] == 'N' && bytes[30] == 'N', OUCH_ERROR_FIELD);                  /* sweep, cross */
}

#define ENTER_TAGS (OUCH_WIRE_ALL & ~(OUCH_WIRE_NEVER_INBOUND | OUCH_WIRE_BIT(SIDE) | OUCH_WIRE_BIT(TRIGGERS_TOO)))

static void read_enter(const uint8_t *bytes, const struct ouch_wire_tags *tags, const struct ouch_context *context,
                       struct input_order_new_extra *extra, struct fault *fault)
{
    struct input_order_new *order = &extra->order;
    int side = ouch_wire_place_of(ouch_wire_side, 2, bytes[5]);
    uint64_t quantity = ouch_wire_read_number(bytes + 6, 4), price = ouch_wire_read_number(bytes + 18, 8);
    bool expires;
    uint8_t stp = tags->present & OUCH_WIRE_BIT(SELF_TRADE) ? tags->value[OUCH_AT_SELF_TRADE][0] : 'T';
    int self_trade = ouch_wire_place_of(ouch_wire_self_trade, 3, stp);

    blame_unless(fault, side >= 0, OUCH_ERROR_FIELD);
    order->side = side > 0 ? (uint8_t)side : 0;
    read_enter_rest(bytes, fault);
    read_index(tags, fault);
    blame_unless(fault, self_trade >= 0, OUCH_ERROR_TAG_VALUE);
    order->stp = self_trade > 0 ? (uint8_t)self_trade : 0;
    if (read_flag(tags, OUCH_AT_POST_ONLY, 'P', fault))
        order->flags |= INPUT_ORDER_POST_ONLY;
    if (read_flag(tags, OUCH_AT_REDUCE_ONLY, 'Y', fault))
        order->flags |= INPUT_ORDER_REDUCE_ONLY;
    if (tags->present & OUCH_WIRE_BIT(SUBACCOUNT))
        order->header.subaccount = (uint32_t)ouch_wire_tag_number(tags, OUCH_AT_SUBACCOUNT);
    read_extra(tags, context, extra, fault);
    /* what the core has reasons of its own for comes last, so that the order is sound otherwise */
    expires = tags->present & (OUCH_WIRE_BIT(EXPIRE_TIME) | OUCH_WIRE_BIT(EXPIRES_AT));
    order->tif = read_tif(bytes[26], tags, (int64_t)quantity, expires, fault);
    order->market = (uint16_t)ouch_wire_read_market(context->markets, bytes + 10, tags);
    if (order->market == 0)
        blame(fault, OUCH_ERROR_MARKET, REASON_UNKNOWN_MARKET);
    if (price == OUCH_PRICE_MARKET)
        order->flags |= INPUT_ORDER_MARKET;
    else
        order->price = read_price(price, fault);
    order->quantity = read_order_quantity(quantity, tags, &order->flags, fault);
}

/* An order that the core refuses as BadCommand, whatever else is in it. */
static void spoil_order(struct input_order_new *order)
{
    order->header.size = sizeof *order;
    order->flags = UNDEFINED_FLAG;
}

static struct ouch_result decode_enter(const uint8_t *bytes, size_t size, const struct ouch_context *context,
                                       union ouch_input *input)
{
    struct fault fault = {OUCH_ERROR_NONE, REASON_NONE};
    struct ouch_wire_tags tags;

    begin(input, INPUT_ORDER_NEW, sizeof input->order, (uint32_t)ouch_wire_read_number(bytes + 1, 4), context);
    input->header.subaccount = context->subaccount;
    if (size >= OUCH_WIRE_ENTER)
        read_client_id(bytes + 31, input->order.client_id, &fault);
    if (read_appendage(bytes, size, OUCH_WIRE_ENTER, false, ENTER_TAGS, &tags, &fault))
        read_enter(bytes, &tags, context, &input->order_extra, &fault);
    if (fault.reason == REASON_BAD_COMMAND) {
        memset(&input->order_extra.extra, 0, sizeof input->order_extra.extra);
        spoil_order(&input->order);
    }
    return conclude(&fault);
}

#define REPLACE_TAGS                                                                                                \
    (OUCH_WIRE_BIT(MIN_QUANTITY) | OUCH_WIRE_BIT(POST_ONLY) | OUCH_WIRE_BIT(QUANTITY) | OUCH_WIRE_BIT(USER_REF_INDEX))

static void read_replace(const uint8_t *bytes, const struct ouch_wire_tags *tags, struct input_order_replace *replace,
                         struct fault *fault)
{
    uint64_t quantity = ouch_wire_read_number(bytes + 9, 4), price = ouch_wire_read_number(bytes + 13, 8);

    blame_unless(fault, bytes[22] == 'Y' && bytes[23] == 'N', OUCH_ERROR_FIELD); /* display, sweep */
    read_index(tags, fault);
    if (read_flag(tags, OUCH_AT_POST_ONLY, 'P', fault))
        replace->flags |= INPUT_ORDER_POST_ONLY;
    replace->tif = read_tif(bytes[21], tags, (int64_t)quantity, false, fault);
    /* a market order that waits for its trigger keeps price 0, so a bad price must not become one */
    blame_unless(fault, price == OUCH_PRICE_MARKET || (price >= 1 && price <= UINT32_MAX), OUCH_ERROR_PRICE);
    replace->price = price == OUCH_PRICE_MARKET ? 0 : (uint32_t)price;
    replace->quantity = ouch_wire_read_quantity(quantity, tags);
    if (replace->quantity <= 0) {
        replace->quantity = 0;
        blame(fault, OUCH_ERROR_QUANTITY, REASON_INVALID_QUANTITY);
    }
}

static struct ouch_result decode_replace(const uint8_t *bytes, size_t size, const struct ouch_context *context,
                                         union ouch_input *input)
{
    struct fault fault = {OUCH_ERROR_NONE, REASON_NONE};
    struct ouch_wire_tags tags;

    begin(input, INPUT_ORDER_REPLACE, sizeof input->replace, (uint32_t)ouch_wire_read_number(bytes + 5, 4), context);
    input->replace.existing = (uint32_t)ouch_wire_read_number(bytes + 1, 4);
    if (size >= OUCH_WIRE_REPLACE)
        read_client_id(bytes + 24, input->replace.client_id, &fault);
    if (read_appendage(bytes, size, OUCH_WIRE_REPLACE, false, REPLACE_TAGS, &tags, &fault))
        read_replace(bytes, &tags, &input->replace, &fault);
    if (fault.reason == REASON_BAD_COMMAND)
        input->replace.flags = UNDEFINED_FLAG;
    return conclude(&fault);
}

#define CANCEL_TAGS (OUCH_WIRE_BIT(QUANTITY) | OUCH_WIRE_BIT(USER_REF_INDEX))

static struct ouch_result decode_cancel(const uint8_t *bytes, size_t size, const struct ouch_context *context,
                                        union ouch_input *input)
{
    struct fault fault = {OUCH_ERROR_NONE, REASON_NONE};
    struct ouch_wire_tags tags;

    begin(input, INPUT_ORDER_CANCEL, sizeof input->cancel, (uint32_t)ouch_wire_read_number(bytes + 1, 4), context);
    if (read_appendage(bytes, size, OUCH_WIRE_CANCEL, true, CANCEL_TAGS, &tags, &fault)) {
        read_index(&tags, &fault);
        input->cancel.quantity = ouch_wire_read_quantity(ouch_wire_read_number(bytes + 5, 4), &tags);
        blame_unless(&fault, input->cancel.quantity >= 0, OUCH_ERROR_QUANTITY);
    }
    if (fault.error != OUCH_ERROR_NONE)
        input->cancel.quantity = -1;
    return conclude(&fault);
}

#define MASS_CANCEL_TAGS                                                                                            \
    (OUCH_WIRE_BIT(SIDE) | OUCH_WIRE_BIT(USER_REF_INDEX) | OUCH_WIRE_BIT(SUBACCOUNT) | OUCH_WIRE_BIT(MARKET_SYMBOL) | \
     OUCH_WIRE_BIT(TRIGGERS_TOO))

static void read_mass_cancel(const uint8_t *bytes, const struct ouch_wire_tags *tags,
                             const struct ouch_context *context, struct input_mass_cancel *cancel, struct fault *fault)
{
    bool sided = tags->present & OUCH_WIRE_BIT(SIDE);
    bool named = !ouch_wire_is_blank(bytes + 9, 8) || tags->present & OUCH_WIRE_BIT(MARKET_SYMBOL);
    int side = sided ? ouch_wire_place_of(ouch_wire_side, 2, tags->value[OUCH_AT_SIDE][0]) : 0;

    blame_unless(fault, ouch_wire_is_blank(bytes + 5, 4), OUCH_ERROR_FIELD); /* firm */
    read_index(tags, fault);
    blame_unless(fault, side >= 0, OUCH_ERROR_TAG_VALUE);
    blame_unless(fault, !sided || named, OUCH_ERROR_TAG_CONFLICT);
    cancel->triggers_too = read_flag(tags, OUCH_AT_TRIGGERS_TOO, 'Y', fault);
    if (tags->present & OUCH_WIRE_BIT(SUBACCOUNT))
        cancel->header.subaccount = (uint32_t)ouch_wire_tag_number(tags, OUCH_AT_SUBACCOUNT);
    cancel->scope = sided ? INPUT_MASS_SIDE : named ? INPUT_MASS_MARKET : INPUT_MASS_ALL;
    cancel->side = side > 0 ? (uint8_t)side : 0;
    cancel->market = named ? (uint16_t)ouch_wire_read_market(context->markets, bytes + 9, tags) : 0;
    if (named && cancel->market == 0)
        blame(fault, OUCH_ERROR_MARKET, REASON_UNKNOWN_MARKET);
}

static struct ouch_result decode_mass_cancel(const uint8_t *bytes, size_t size, const struct ouch_context *context,
                                             union ouch_input *input)
{
    struct fault fault = {OUCH_ERROR_NONE, REASON_NONE};
    struct ouch_wire_tags tags;

    begin(input, INPUT_MASS_CANCEL, sizeof input->mass_cancel, (uint32_t)ouch_wire_read_number(bytes + 1, 4), context);
    input->header.subaccount = context->subaccount;
    if (read_appendage(bytes, size, OUCH_WIRE_MASS_CANCEL, false, MASS_CANCEL_TAGS, &tags, &fault))
        read_mass_cancel(bytes, &tags, context, &input->mass_cancel, &fault);
    if (fault.reason == REASON_BAD_COMMAND)
        input->mass_cancel.scope = UNDEFINED_SCOPE;
    return conclude(&fault);
}

/* Types of OUCH 5.0 that this exchange does not offer. */
static struct ouch_result refuse_type(uint32_t reference, const struct ouch_context *context, union ouch_input *input)
{
    struct fault fault = {OUCH_ERROR_UNSUPPORTED, REASON_BAD_COMMAND};

    begin(input, INPUT_ORDER_NEW, sizeof input->order, reference, context);
    input->header.subaccount = context->subaccount;
    spoil_order(&input->order);
    return conclude(&fault);
}

struct ouch_result ouch_decode_input(const uint8_t *bytes, size_t size, const struct ouch_context *context,
                                     union ouch_input *input)
{
    size_t number_end = 5; /* where the message's own number ends */

    if (size == 0)
        return (struct ouch_result){OUCH_MALFORMED, OUCH_ERROR_EMPTY, REASON_NONE};
    if (!memchr("OUXCMDEQ", bytes[0], 8))
        return (struct ouch_result){OUCH_MALFORMED, OUCH_ERROR_TYPE, REASON_NONE};
    if (bytes[0] == OUCH_REPLACE)
        number_end = 9;
    else if (bytes[0] == OUCH_QUERY)
        number_end = 1;
    if (size < number_end)
        return (struct ouch_result){OUCH_MALFORMED, OUCH_ERROR_LENGTH, REASON_NONE};
    switch (bytes[0]) {
    case OUCH_ENTER:
        return decode_enter(bytes, size, context, input);
    case OUCH_REPLACE:
        return decode_replace(bytes, size, context, input);
    case OUCH_CANCEL:
        return decode_cancel(bytes, size, context, input);
    case OUCH_MASS_CANCEL:
        return decode_mass_cancel(bytes, size, context, input);
    case OUCH_QUERY:
        return refuse_type(0, context, input);
    default:
        return refuse_type((uint32_t)ouch_wire_read_number(bytes + 1, 4), context, input);
    }
}
