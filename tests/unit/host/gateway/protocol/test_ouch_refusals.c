/* Messages that are wrong in one way each: what the decoder says, and that the input it leaves is one that the core
 * must refuse. */
#include "ouch_sample.h"

static const uint8_t enter[] = {
    'O', 0, 0, 1, 2, 'B', 0, 0, 0, 100, 'S', 'O', 'L', '_', 'U', 'S', 'D', 'C', 0, 0, 0, 0, 0, 0, 0x30, 0x39,
    '0', 'Y', 'P', 'N', 'N', 'm', 'y', ' ', 'o', 'r', 'd', 'e', 'r', ' ', ' ', ' ', ' ', ' ', ' ', 0, 0,
};
static const uint8_t replace[] = {
    'U', 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 9, '0', 'Y', 'N',
    'x', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', 0, 0,
};
static const uint8_t cancel[] = {'X', 0, 0, 0, 7, 0, 0, 0, 3, 0, 0};
static const uint8_t mass[] = {'C', 0, 0, 0, 8, ' ', ' ', ' ', ' ', 'S', 'O', 'L', '_', 'U', 'S', 'D', 'C', 0, 0};

struct message {
    uint8_t bytes[256];
    size_t size;
};

static struct message start(const uint8_t *bytes, size_t size)
{
    struct message message = {.size = size};

    memcpy(message.bytes, bytes, size);
    return message;
}

#define START(name) start(name, sizeof name)

/* Appends a tag whose value is a text (with zeros) and corrects the appendage's length. */
static void add_tag(struct message *message, size_t fixed, uint8_t tag, const char *value, size_t size)
{
    message->bytes[message->size++] = (uint8_t)(size + 1);
    message->bytes[message->size++] = tag;
    memcpy(message->bytes + message->size, value, size);
    message->size += size;
    message->bytes[fixed + 1] = (uint8_t)(message->size - fixed - 2);
}

/* The core is bound to refuse it, by what input.h says of undefined values. */
static void expect_spoiled(const union ouch_input *input)
{
    switch (input->header.kind) {
    case INPUT_ORDER_NEW:
        assert_true(input->order.flags & ~INPUT_ORDER_FLAGS);
        assert_int_equal(input->header.size, sizeof input->order);
        break;
    case INPUT_ORDER_REPLACE:
        assert_true(input->replace.flags & ~INPUT_ORDER_FLAGS);
        break;
    case INPUT_ORDER_CANCEL:
        assert_true(input->cancel.quantity < 0);
        break;
    default:
        assert_int_equal(input->header.kind, INPUT_MASS_CANCEL);
        assert_true(input->mass_cancel.scope > INPUT_MASS_SIDE);
        break;
    }
}

static union ouch_input refuse(const struct message *message, enum ouch_error error, enum reason reason)
{
    union ouch_input input;
    struct ouch_result result;

    memset(&input, 0xee, sizeof input);
    result = ouch_decode_input(guard_copy(message->bytes, message->size), message->size, &server_context, &input);
    assert_string_equal(ouch_error_name(result.error), ouch_error_name(error));
    assert_int_equal(result.status, OUCH_REFUSED);
    assert_int_equal(result.reason, reason);
    assert_int_equal(input.header.user, 9);
    if (reason == REASON_BAD_COMMAND)
        expect_spoiled(&input);
    return input;
}

static void bad(const struct message *message, enum ouch_error error)
{
    refuse(message, error, REASON_BAD_COMMAND);
}

static void malformed(void **state)
{
    static const struct ouch_result empty = {OUCH_MALFORMED, OUCH_ERROR_EMPTY, REASON_NONE};
    union ouch_input input;
    struct ouch_result result = ouch_decode_input(guard_copy(NULL, 0), 0, &server_context, &input);

    (void)state;
    assert_memory_equal(&result, &empty, sizeof result);
    for (unsigned type = 0; type < 256; type++) {
        struct message message = START(enter);
        bool known = type && strchr("OUXCMDEQ", (int)type);

        message.bytes[0] = (uint8_t)type;
        result = ouch_decode_input(message.bytes, message.size, &server_context, &input);
        assert_int_equal(result.status == OUCH_MALFORMED, !known);
        if (!known)
            assert_int_equal(result.error, OUCH_ERROR_TYPE);
    }
}

/* Cut off anywhere: malformed before the number is there, refused from there on. */
static void cut_short(void **state)
{
    static const struct {
        const uint8_t *bytes;
        size_t size, number_end, without_tags;
    } messages[] = {
        {enter, sizeof enter, 5, 0}, {replace, sizeof replace, 9, 0}, {cancel, sizeof cancel, 5, 9},
        {mass, sizeof mass, 5, 0},
    };
    union ouch_input input;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t size = 1; size <= messages[i].size; size++) {
            struct ouch_result result = ouch_decode_input(guard_copy(messages[i].bytes, size), size, &server_context,
                                                          &input);

            if (size == messages[i].size || size == messages[i].without_tags)
                assert_int_equal(result.status, OUCH_OK);
            else
                assert_int_equal(result.status, size < messages[i].number_end ? OUCH_MALFORMED : OUCH_REFUSED);
            if (result.status == OUCH_REFUSED)
                expect_spoiled(&input);
        }
    }
}

static void types_not_offered(void **state)
{
    static const uint8_t modify[] = {'M', 0, 0, 0, 3, 'B', 0, 0, 0, 1, 0, 0};
    static const uint8_t disable[] = {'D', 0, 0, 0, 4, ' ', ' ', ' ', ' ', 0, 0};
    static const uint8_t enable[] = {'E', 0, 0, 0, 5, ' ', ' ', ' ', ' ', 0, 0};
    static const uint8_t query[] = {'Q', 0, 0};
    struct message message = START(modify);

    (void)state;
    assert_int_equal(refuse(&message, OUCH_ERROR_UNSUPPORTED, REASON_BAD_COMMAND).header.reference, 3);
    message = START(disable);
    assert_int_equal(refuse(&message, OUCH_ERROR_UNSUPPORTED, REASON_BAD_COMMAND).header.reference, 4);
    message = START(enable);
    assert_int_equal(refuse(&message, OUCH_ERROR_UNSUPPORTED, REASON_BAD_COMMAND).header.reference, 5);
    message = START(query);
    assert_int_equal(refuse(&message, OUCH_ERROR_UNSUPPORTED, REASON_BAD_COMMAND).header.reference, 0);
}

/* Every value of every one-byte field of an order. */
static void enter_fields(void **state)
{
    static const struct {
        size_t at;
        const char *good;
    } fields[] = {{5, "BS"}, {26, "03"}, {27, "Y"}, {28, "APRO"}, {29, "N"}, {30, "N"}};
    union ouch_input input;

    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        for (unsigned value = 0; value < 256; value++) {
            struct message message = START(enter);

            message.bytes[fields[i].at] = (uint8_t)value;
            if (value && strchr(fields[i].good, (int)value))
                assert_int_equal(ouch_decode_input(message.bytes, message.size, &server_context, &input).status,
                                 OUCH_OK);
            else
                bad(&message, value == '6' && fields[i].at == 26 ? OUCH_ERROR_TAG_CONFLICT : OUCH_ERROR_FIELD);
        }
    }
}

static void client_id_characters(void **state)
{
    static const uint8_t characters[] = {0, 1, 0x1f, 0x7f, 0x80, 0xff};

    (void)state;
    for (size_t i = 0; i < sizeof characters; i++) {
        struct message message = START(enter);

        message.bytes[31] = characters[i];
        bad(&message, OUCH_ERROR_FIELD);
        message = START(replace);
        message.bytes[24 + 13] = characters[i];
        bad(&message, OUCH_ERROR_FIELD);
    }
}

/* Reasons of the core's own: the order is sound but for one field, which is 0. */
static void price_quantity_market(void **state)
{
    struct message message = START(enter);
    union ouch_input input;

    (void)state;
    memset(message.bytes + 18, 0, 8);
    input = refuse(&message, OUCH_ERROR_PRICE, REASON_INVALID_PRICE);
    assert_int_equal(input.order.price, 0);
    assert_int_equal(input.order.flags, 0);
    assert_memory_equal(input.order.client_id, "my order", 9);
    message.bytes[21] = 1; /* 2^32 */
    refuse(&message, OUCH_ERROR_PRICE, REASON_INVALID_PRICE);
    memset(message.bytes + 18, 0xff, 8);
    refuse(&message, OUCH_ERROR_PRICE, REASON_INVALID_PRICE);
    message = START(enter);
    message.bytes[9] = 0;
    input = refuse(&message, OUCH_ERROR_QUANTITY, REASON_INVALID_QUANTITY);
    assert_int_equal(input.order.quantity, 0);
    add_tag(&message, 45, 129, "\200\0\0\0\0\0\0", 8);
    refuse(&message, OUCH_ERROR_QUANTITY, REASON_INVALID_QUANTITY);
    message = START(enter);
    memcpy(message.bytes + 10, "#3      ", 8);
    input = refuse(&message, OUCH_ERROR_MARKET, REASON_UNKNOWN_MARKET);
    assert_int_equal(input.order.market, 0);
    assert_int_equal(input.order.flags, 0);
    memset(message.bytes + 10, 0, 8);
    refuse(&message, OUCH_ERROR_MARKET, REASON_UNKNOWN_MARKET);
    message = START(enter);
    add_tag(&message, 45, 139, "BTC_USDC_PERP", 13); /* contradicts the field */
    refuse(&message, OUCH_ERROR_MARKET, REASON_UNKNOWN_MARKET);
    message = START(replace);
    memset(message.bytes + 13, 0, 8); /* price 0 would be a market order's */
    bad(&message, OUCH_ERROR_PRICE);
    message.bytes[16] = 1;
    bad(&message, OUCH_ERROR_PRICE);
    message = START(replace);
    message.bytes[12] = 0;
    input = refuse(&message, OUCH_ERROR_QUANTITY, REASON_INVALID_QUANTITY);
    assert_int_equal(input.replace.quantity, 0);
    message = START(mass);
    memcpy(message.bytes + 9, "NONE    ", 8);
    refuse(&message, OUCH_ERROR_MARKET, REASON_UNKNOWN_MARKET);
}

static void appendage_form(void **state)
{
    struct message message = START(enter);

    (void)state;
    message.bytes[46] = 1; /* longer than what follows */
    bad(&message, OUCH_ERROR_APPENDAGE_LENGTH);
    message.bytes[45] = 0xff;
    bad(&message, OUCH_ERROR_APPENDAGE_LENGTH);
    message = START(enter);
    message.bytes[message.size++] = 0; /* shorter */
    bad(&message, OUCH_ERROR_APPENDAGE_LENGTH);
    message.bytes[46] = 1; /* an element of length 0 */
    bad(&message, OUCH_ERROR_TAG_LENGTH);
    message.bytes[47] = 1; /* one that ends beyond the message */
    bad(&message, OUCH_ERROR_TAG_LENGTH);
    message.bytes[47] = 255;
    bad(&message, OUCH_ERROR_TAG_LENGTH);
    message = START(enter);
    add_tag(&message, 45, 12, "P", 1);
    add_tag(&message, 45, 12, "P", 1);
    bad(&message, OUCH_ERROR_TAG_DUPLICATE);
    message = START(enter);
    add_tag(&message, 45, 12, "PP", 2);
    bad(&message, OUCH_ERROR_TAG_LENGTH);
    message = START(enter);
    add_tag(&message, 45, 12, "", 0);
    bad(&message, OUCH_ERROR_TAG_LENGTH);
    message = START(enter);
    add_tag(&message, 45, 139, "AAAABBBBCCCCDDDDEEEEFFFF", 24);
    bad(&message, OUCH_ERROR_TAG_LENGTH);
}

/* Tags that exist on Nasdaq or only outbound or nowhere are refused, not ignored. */
static void unknown_tags(void **state)
{
    static const uint8_t known[] = {3, 12, 15, 28, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139};

    (void)state;
    for (unsigned tag = 0; tag < 256; tag++) {
        struct message message = START(enter);

        if (memchr(known, (int)tag, sizeof known))
            continue;
        add_tag(&message, 45, (uint8_t)tag, "Y", 1);
        bad(&message, OUCH_ERROR_TAG_UNKNOWN);
    }
}

static void bad_tag(uint8_t tif, uint8_t tag, const char *value, size_t size, enum ouch_error error)
{
    struct message message = START(enter);

    message.bytes[26] = tif;
    add_tag(&message, 45, tag, value, size);
    bad(&message, error);
}

static void tag_values(void **state)
{
    (void)state;
    bad_tag('0', 12, "Y", 1, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 12, "\0", 1, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 132, "P", 1, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 133, "X", 1, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 133, "\0", 1, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 28, "\1", 1, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 3, "\0\0\0\144", 4, OUCH_ERROR_TAG_VALUE);  /* MinQty without IOC */
    bad_tag('3', 3, "\0\0\0\143", 4, OUCH_ERROR_TAG_VALUE);  /* a part */
    bad_tag('6', 15, "\0\0\0\0", 4, OUCH_ERROR_TAG_VALUE);
    bad_tag('6', 15, "\0\1\121\200", 4, OUCH_ERROR_TAG_VALUE); /* a day */
    bad_tag('0', 15, "\0\0\0\1", 4, OUCH_ERROR_TAG_CONFLICT);
    bad_tag('6', 134, "\0\0\0\0\0\0\0\0", 8, OUCH_ERROR_TAG_VALUE);
    bad_tag('3', 134, "\0\0\0\0\0\0\0\1", 8, OUCH_ERROR_TAG_CONFLICT);
    bad_tag('0', 129, "\0\0\0\0\0\0\0\1", 8, OUCH_ERROR_TAG_CONFLICT); /* the field is not 0 */
    bad_tag('0', 136, "XA\0\0\0\0\0\0\0\1", 10, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 136, "\0A\0\0\0\0\0\0\0\1", 10, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 136, "MX\0\0\0\0\0\0\0\1", 10, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 136, "MA\0\0\0\0\0\0\0\0", 10, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 136, "MA\0\0\0\1\0\0\0\0", 10, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 137, "X\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1", 17, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 137, "M\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 17, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 138, "M\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0", 17, OUCH_ERROR_TAG_VALUE);
    bad_tag('0', 138, "M\177\377\377\377\377\377\377\377\0\0\0\0\0\0\0\1", 17, OUCH_ERROR_TAG_VALUE);
}

static void conflicts(void **state)
{
    struct message message = START(enter);

    (void)state;
    message.bytes[9] = 0;
    add_tag(&message, 45, 130, "\0\0\0\0\0\0\0\1", 8);
    add_tag(&message, 45, 131, "\0\0\0\1", 4);
    bad(&message, OUCH_ERROR_TAG_CONFLICT);
    message = START(enter);
    message.bytes[26] = '6';
    add_tag(&message, 45, 15, "\0\0\0\1", 4);
    add_tag(&message, 45, 134, "\0\0\0\0\0\0\0\1", 8);
    bad(&message, OUCH_ERROR_TAG_CONFLICT);
    message = START(cancel);
    add_tag(&message, 9, 129, "\0\0\0\0\0\0\0\1", 8);
    bad(&message, OUCH_ERROR_QUANTITY);
    message = START(mass);
    memset(message.bytes + 9, ' ', 8);
    add_tag(&message, 17, 27, "B", 1);
    bad(&message, OUCH_ERROR_TAG_CONFLICT);
    message = START(mass);
    add_tag(&message, 17, 27, "T", 1);
    bad(&message, OUCH_ERROR_TAG_VALUE);
    message = START(mass);
    message.bytes[5] = 'V';
    bad(&message, OUCH_ERROR_FIELD);
    message = START(replace);
    message.bytes[21] = '6';
    bad(&message, OUCH_ERROR_TAG_CONFLICT);
    message = START(replace);
    add_tag(&message, 38, 132, "Y", 1);
    bad(&message, OUCH_ERROR_TAG_UNKNOWN);
}

/* Valid messages with a few bytes changed, behind a guard page: a typed result, and no input without its own size. */
static void random_changes(void **state)
{
    static const struct {
        const uint8_t *bytes;
        size_t size;
    } messages[] = {{enter, sizeof enter}, {replace, sizeof replace}, {cancel, sizeof cancel}, {mass, sizeof mass}};
    uint64_t random = 5, counts[3] = {0, 0, 0};

    (void)state;
    for (int run = 0; run < 300000; run++) {
        size_t which = pick(&random, 4);
        struct message message = start(messages[which].bytes, messages[which].size);
        union ouch_input input;
        struct ouch_result result;

        for (size_t tags = pick(&random, 4); tags; tags--)
            add_tag(&message, messages[which].size - 2, (uint8_t)extreme(&random, 1, 148),
                    "NN\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1", (size_t[]){1, 2, 4, 8, 10, 17}[pick(&random, 6)]);
        for (size_t changes = pick(&random, 3); changes; changes--)
            message.bytes[pick(&random, message.size)] = (uint8_t)guard_random(&random);
        result = ouch_decode_input(guard_copy(message.bytes, message.size), message.size, &server_context, &input);
        assert_in_range(result.status, OUCH_OK, OUCH_MALFORMED);
        assert_int_equal(result.status == OUCH_OK, result.error == OUCH_ERROR_NONE);
        assert_int_equal(result.status == OUCH_REFUSED, result.reason != REASON_NONE);
        if (result.status != OUCH_MALFORMED)
            assert_true(input.header.size % 8 == 0 && input.header.size <= sizeof input);
        counts[result.status]++;
    }
    assert_true(counts[OUCH_OK] > 1000 && counts[OUCH_REFUSED] > 1000 && counts[OUCH_MALFORMED] > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed), cmocka_unit_test(cut_short), cmocka_unit_test(types_not_offered),
        cmocka_unit_test(enter_fields), cmocka_unit_test(client_id_characters),
        cmocka_unit_test(price_quantity_market), cmocka_unit_test(appendage_form), cmocka_unit_test(unknown_tags),
        cmocka_unit_test(tag_values), cmocka_unit_test(conflicts), cmocka_unit_test(random_changes),
    };

    return cmocka_run_group_tests(tests, name_markets, NULL);
}
