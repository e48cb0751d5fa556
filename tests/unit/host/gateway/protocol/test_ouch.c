/* Inputs through OUCH: against bytes written out by hand from the specification's offsets, and there and back. */
#include "ouch_sample.h"

/* Enter Order: 47 bytes with the appendage's length. */
static const uint8_t plain_enter[] = {
    'O', 0, 0, 1, 2, 'B', 0, 0, 0, 100, 'S', 'O', 'L', '_', 'U', 'S', 'D', 'C', 0, 0, 0, 0, 0, 0, 0x30, 0x39,
    '0', 'Y', 'P', 'N', 'N', 'm', 'y', ' ', 'o', 'r', 'd', 'e', 'r', ' ', ' ', ' ', ' ', ' ', ' ', 0, 0,
};

static struct ouch_result decode(const uint8_t *bytes, size_t size, union ouch_input *input)
{
    memset(input, 0xee, sizeof *input);
    return ouch_decode_input(guard_copy(bytes, size), size, &server_context, input);
}

static void enter_by_hand(void **state)
{
    struct input_order_new wanted = {
        .header = {INPUT_ORDER_NEW, sizeof(struct input_order_new), 9, 258, 5}, .market = 1, .side = CARD_SIDE_BUY,
        .tif = CARD_TIF_GTC, .price = 12345, .quantity = 100, .client_id = "my order",
    };
    union ouch_input input;

    (void)state;
    assert_int_equal(sizeof plain_enter, 47);
    assert_int_equal(decode(plain_enter, sizeof plain_enter, &input).status, OUCH_OK);
    assert_memory_equal(&input.order, &wanted, sizeof wanted);
}

/* Every tag that an order may carry. */
static void enter_with_everything(void **state)
{
    static const uint8_t tags[] = {
        0, 123,
        6, 128, 0, 0, 0, 77,                                        /* subaccount */
        9, 129, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff,              /* quantity: 2^40 - 1 */
        5, 3, 0xff, 0xff, 0xff, 0xff,                               /* MinQty: all */
    };
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    union ouch_input input;

    (void)state;
    memcpy(bytes, plain_enter, 45);
    memcpy(bytes + 45, tags, sizeof tags);
    bytes[9] = 0;
    bytes[26] = '3';
    bytes[46] = sizeof tags - 2;
    bytes[47] = 5;
    assert_int_equal(decode(bytes, 45 + sizeof tags, &input).status, OUCH_OK);
    assert_int_equal(input.order.header.subaccount, 77);
    assert_int_equal(input.order.quantity, (INT64_C(1) << 40) - 1);
    assert_int_equal(input.order.tif, CARD_TIF_FOK);
}

static void enter_extra_by_hand(void **state)
{
    static const uint8_t tags[] = {
        0, 86,
        2, 12, 'N', 2, 132, 'Y', 2, 133, 'B', 2, 28, 0,
        5, 15, 0, 1, 0x51, 0x7f,                                    /* 86399 s */
        3, 135, 0, 50,
        11, 136, 'L', 'B', 0, 0, 0, 0, 0, 0, 1, 0,
        18, 137, 'M', 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0,
        18, 138, 'I', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        5, 131, 0, 7, 0xa1, 0x20,                                   /* half of the position */
    };
    struct input_order_extra wanted = {
        .expires_ns = server_context.now_ns + UINT64_C(86399000000000), .trigger_by = INPUT_BY_LAST,
        .trigger_when = INPUT_AT_OR_BELOW, .slippage = 50, .trigger_price = 256,
        .take_profit = {.by = INPUT_BY_MARK, .trigger = 512, .limit = 768},
        .stop_loss = {.by = INPUT_BY_INDEX, .trigger = UINT32_MAX, .limit = 0},
    };
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    union ouch_input input;

    (void)state;
    memcpy(bytes, plain_enter, 45);
    memcpy(bytes + 45, tags, sizeof tags);
    bytes[9] = 0;
    bytes[26] = '6';
    bytes[46] = sizeof tags - 2;
    assert_int_equal(decode(bytes, 45 + sizeof tags, &input).error, OUCH_ERROR_NONE);
    assert_int_equal(input.order.header.size, sizeof(struct input_order_new_extra));
    assert_int_equal(input.order.flags, INPUT_ORDER_REDUCE_ONLY | INPUT_ORDER_PERCENT | INPUT_ORDER_EXTRA);
    assert_int_equal(input.order.stp, CARD_STP_REJECT_BOTH);
    assert_int_equal(input.order.quantity, 500000);
    assert_memory_equal(&input.order_extra.extra, &wanted, sizeof wanted);
}

static void replace_cancel_mass_cancel_by_hand(void **state)
{
    static const uint8_t replace[] = {
        'U', 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 50, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, '3', 'Y', 'N',
        'x', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', 0, 3, 2, 12, 'P',
    };
    static const uint8_t cancel[] = {'X', 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 3};
    static const uint8_t mass[] = {'C', 0, 0, 0, 8, ' ', ' ', ' ', ' ', '#', '2', ' ', ' ', ' ', ' ', ' ', ' ', 0, 6,
                                   2, 27, 'S', 2, 140, 'Y'};
    const struct input_order_replace replaced = {
        .header = {INPUT_ORDER_REPLACE, sizeof(struct input_order_replace), 9, 2, 0}, .existing = 1,
        .price = UINT32_MAX, .quantity = 50, .tif = CARD_TIF_IOC, .flags = INPUT_ORDER_POST_ONLY, .client_id = "x",
    };
    const struct input_order_cancel cancelled = {
        .header = {INPUT_ORDER_CANCEL, sizeof(struct input_order_cancel), 9, UINT32_MAX, 0}, .quantity = 3,
    };
    const struct input_mass_cancel all = {
        .header = {INPUT_MASS_CANCEL, sizeof(struct input_mass_cancel), 9, 8, 5}, .market = 2,
        .scope = INPUT_MASS_SIDE, .side = CARD_SIDE_SELL, .triggers_too = 1,
    };
    union ouch_input input;

    (void)state;
    assert_int_equal(decode(replace, sizeof replace, &input).error, OUCH_ERROR_NONE);
    assert_memory_equal(&input.replace, &replaced, sizeof replaced);
    assert_int_equal(decode(cancel, sizeof cancel, &input).error, OUCH_ERROR_NONE);
    assert_memory_equal(&input.cancel, &cancelled, sizeof cancelled);
    assert_int_equal(decode(mass, sizeof mass, &input).error, OUCH_ERROR_NONE);
    assert_memory_equal(&input.mass_cancel, &all, sizeof all);
}

static void any_attached(uint64_t *random, struct input_attached *attached)
{
    attached->by = (uint8_t)pick(random, 4);
    if (attached->by == INPUT_BY_NONE)
        return;
    attached->trigger = (uint32_t)extreme(random, 1, UINT32_MAX);
    attached->limit = (uint32_t)extreme(random, 0, UINT32_MAX);
}

static void any_extra(uint64_t *random, struct input_order_new_extra *order)
{
    order->order.header.size = sizeof *order;
    order->order.flags |= INPUT_ORDER_EXTRA;
    order->extra.slippage = (uint16_t)extreme(random, 0, UINT16_MAX);
    if (order->order.tif == CARD_TIF_GTC)
        order->extra.expires_ns = extreme(random, 0, UINT64_MAX);
    order->extra.trigger_by = (uint8_t)pick(random, 4);
    if (order->extra.trigger_by) {
        order->extra.trigger_when = (uint8_t)(1 + pick(random, 2));
        order->extra.trigger_price = (uint32_t)extreme(random, 1, UINT32_MAX);
    }
    any_attached(random, &order->extra.take_profit);
    any_attached(random, &order->extra.stop_loss);
    if (!order->extra.slippage && !order->extra.expires_ns && !order->extra.trigger_by &&
        !order->extra.take_profit.by && !order->extra.stop_loss.by)
        order->extra.slippage = 1;
}

static void any_order(uint64_t *random, struct input_order_new_extra *order)
{
    struct input_order_new *plain = &order->order;

    memset(order, 0, sizeof *order);
    plain->header = (struct input_header){INPUT_ORDER_NEW, sizeof *plain, 9, (uint32_t)extreme(random, 0, UINT32_MAX),
                                          (uint32_t)extreme(random, 4, 6)};
    plain->market = any_market(random);
    plain->side = (uint8_t)pick(random, 2);
    plain->tif = (uint8_t)pick(random, 3);
    plain->stp = (uint8_t)pick(random, 3);
    plain->flags = (uint8_t)pick(random, 8);
    if (!(plain->flags & INPUT_ORDER_MARKET))
        plain->price = (uint32_t)extreme(random, 1, UINT32_MAX);
    plain->quantity = (int64_t)extreme(random, 1, INT64_MAX);
    if (pick(random, 3) == 0) {
        plain->flags |= INPUT_ORDER_QUOTE_QUANTITY;
    } else if (pick(random, 3) == 0) {
        plain->flags |= INPUT_ORDER_PERCENT;
        plain->quantity = (int64_t)extreme(random, 1, UINT32_MAX);
    }
    any_client_id(random, plain->client_id);
    if (pick(random, 2))
        any_extra(random, order);
}

static void expect_same(const union ouch_input *input)
{
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    size_t size = ouch_encode_input(&input->header, &client_context, bytes, sizeof bytes);
    union ouch_input again;
    struct ouch_result result;

    assert_in_range(size, 11, OUCH_MESSAGE_BYTES_MAX);
    assert_int_equal(ouch_encode_input(&input->header, &client_context, guard_copy(NULL, size - 1), size - 1), 0);
    result = decode(bytes, size, &again);
    assert_string_equal(ouch_error_name(result.error), "none");
    assert_int_equal(result.status, OUCH_OK);
    assert_int_equal(result.reason, REASON_NONE);
    assert_memory_equal(&again, input, input->header.size);
}

static void orders_there_and_back(void **state)
{
    uint64_t random = 1;
    union ouch_input input;

    (void)state;
    for (int run = 0; run < 100000; run++) {
        any_order(&random, &input.order_extra);
        expect_same(&input);
    }
}

static void others_there_and_back(void **state)
{
    uint64_t random = 2;
    union ouch_input input;

    (void)state;
    for (int run = 0; run < 50000; run++) {
        memset(&input, 0, sizeof input);
        input.header = (struct input_header){INPUT_ORDER_REPLACE, sizeof input.replace, 9,
                                             (uint32_t)extreme(&random, 0, UINT32_MAX), 0};
        input.replace.existing = (uint32_t)extreme(&random, 0, UINT32_MAX);
        input.replace.price = (uint32_t)extreme(&random, 0, UINT32_MAX);
        input.replace.quantity = (int64_t)extreme(&random, 1, INT64_MAX);
        input.replace.tif = (uint8_t)pick(&random, 3);
        input.replace.flags = pick(&random, 2) ? INPUT_ORDER_POST_ONLY : 0;
        any_client_id(&random, input.replace.client_id);
        expect_same(&input);
        memset(&input, 0, sizeof input);
        input.header = (struct input_header){INPUT_ORDER_CANCEL, sizeof input.cancel, 9,
                                             (uint32_t)extreme(&random, 0, UINT32_MAX), 0};
        input.cancel.quantity = (int64_t)extreme(&random, 0, INT64_MAX);
        expect_same(&input);
        memset(&input, 0, sizeof input);
        input.header = (struct input_header){INPUT_MASS_CANCEL, sizeof input.mass_cancel, 9, 1,
                                             (uint32_t)extreme(&random, 0, UINT32_MAX)};
        input.mass_cancel.scope = (uint8_t)pick(&random, 3);
        input.mass_cancel.triggers_too = (uint8_t)pick(&random, 2);
        if (input.mass_cancel.scope != INPUT_MASS_ALL)
            input.mass_cancel.market = any_market(&random);
        if (input.mass_cancel.scope == INPUT_MASS_SIDE)
            input.mass_cancel.side = (uint8_t)pick(&random, 2);
        expect_same(&input);
    }
}

/* What OUCH can't say is not said. */
static void unsayable_inputs(void **state)
{
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    union ouch_input input;
    uint64_t random = 3;

    (void)state;
    any_order(&random, &input.order_extra);
    input.order.market = 3;
    assert_int_equal(ouch_encode_input(&input.header, &client_context, bytes, sizeof bytes), 0);
    any_order(&random, &input.order_extra);
    memset(input.order.client_id, 'x', 15);
    assert_int_equal(ouch_encode_input(&input.header, &client_context, bytes, sizeof bytes), 0);
    any_order(&random, &input.order_extra);
    input.order.quantity = -1;
    assert_int_equal(ouch_encode_input(&input.header, &client_context, bytes, sizeof bytes), 0);
}

static void market_names(void **state)
{
    static const uint8_t none[24] = "SOL", known[24] = "AAAABBBBCCCCDDDDEEEEFFF";

    (void)state;
    assert_memory_equal(server_markets.list[1].code, "SOL_USDC", 8);
    assert_memory_equal(server_markets.list[2].code, "#2      ", 8);
    assert_memory_equal(server_markets.list[256].code, "#256    ", 8);
    assert_int_equal(client_markets.list[256].code[0], 0);
    assert_int_equal(ouch_find_market(&server_markets, known), 256);
    assert_int_equal(ouch_find_market(&server_markets, none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enter_by_hand), cmocka_unit_test(enter_with_everything),
        cmocka_unit_test(enter_extra_by_hand), cmocka_unit_test(replace_cancel_mass_cancel_by_hand),
        cmocka_unit_test(orders_there_and_back), cmocka_unit_test(others_there_and_back),
        cmocka_unit_test(unsayable_inputs), cmocka_unit_test(market_names),
    };

    return cmocka_run_group_tests(tests, name_markets, NULL);
}
