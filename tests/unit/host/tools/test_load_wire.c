/* The load generator's prebuilt packets are those of the codec, and its flow is what it says. */
#include "unit.h"

#include <stdlib.h>

#include "contract.h"
#include "load_wire.h"

static const struct trade_flow_market flow_markets[] = { { 1, 600000, 100 }, { 2, 2000, 1 }, { 3, 1024, 100000 } };

static struct trade_flow *make_flow(uint64_t seed, uint32_t users, uint32_t population)
{
    const struct trade_flow_settings settings = { .seed = seed, .users = users, .population = population,
                                                  .market_count = 3, .markets = flow_markets };

    return trade_flow_create(&settings);
}

static void name_markets(struct ouch_markets *markets)
{
    memset(markets, 0, sizeof *markets);
    ouch_name_market(markets, 1, "BTC_USDC_PERP");
    ouch_name_market(markets, 2, "BTC_USDC");
    ouch_name_market(markets, 3, "#7");
}

static void packets_are_the_codecs(void **state)
{
    static struct ouch_markets markets;
    static struct load_wire wire;
    const struct ouch_context context = { .markets = &markets };
    struct trade_flow *flow = make_flow(1, 5, 100);
    uint8_t ours[LOAD_PACKET_BYTES_MAX], message[OUCH_MESSAGE_BYTES_MAX], theirs[SOUPBIN_PACKET_BYTES_MAX];
    union trade_flow_input input;
    size_t size;

    (void)state;
    name_markets(&markets);
    load_wire_make(&wire, &markets);
    for (int i = 0; i < 20000; i++) {
        trade_flow_next(flow, &input);
        size = ouch_encode_input(&input.header, &context, message, sizeof message);
        size = soupbin_encode_packet(theirs, sizeof theirs, SOUPBIN_UNSEQUENCED, message, size);
        assert_int_equal(load_wire_put(&wire, &input, ours), size);
        assert_memory_equal(ours, theirs, size);
    }
    trade_flow_destroy(flow);
}

static void answers_are_read(void **state)
{
    static const uint8_t kinds[] = { REPORT_ACCEPTED, REPORT_REPLACED, REPORT_EXECUTED, REPORT_CANCELLED,
                                     REPORT_EXPIRED, REPORT_REJECTED, REPORT_CANCEL_REJECTED, REPORT_RESTATED };
    static const char types[] = "AUECCJIR";
    static struct ouch_markets markets;
    const struct ouch_context context = { .markets = &markets };
    uint8_t symbol[24] = "BTC_USDC_PERP", message[OUCH_MESSAGE_BYTES_MAX];

    (void)state;
    ouch_set_market(&markets, 1, symbol);
    for (size_t i = 0; i < sizeof kinds; i++)
        for (int open = 0; open < 2; open++) {
            const struct report report = { .kind = kinds[i], .reference = 0x12345678, .other = 9, .market = 1,
                                           .user = 1, .quantity = 5, .open = open, .filled = 1, .price = 10,
                                           .status = kinds[i] == REPORT_EXPIRED ? STATUS_EXPIRED : STATUS_NEW };
            const size_t size = ouch_encode_report(&report, &context, message, sizeof message);
            struct load_answer answer = load_wire_read(message, size);

            assert_true(answer.known);
            assert_int_equal(answer.type, types[i]);
            assert_int_equal(answer.reference, 0x12345678);
            assert_int_equal(answer.gone, kinds[i] == REPORT_REJECTED ||
                                              (open == 0 && kinds[i] >= REPORT_EXECUTED && kinds[i] <= REPORT_EXPIRED));
            for (size_t cut = 0; cut < size; cut++) { /* nothing is read beyond its end */
                uint8_t *exact = malloc(cut ? cut : 1);

                memcpy(exact, message, cut);
                answer = load_wire_read(exact, cut);
                assert_true(!answer.known || answer.reference == 0x12345678);
                free(exact);
            }
        }
    assert_false(load_wire_read((const uint8_t *)"S12345678901234567890", 20).known);
}

/* Who sends what the flow says, and hears of every end, finds all references in order and every target there. */
static void flow_is_sound(void **state)
{
    enum { USERS = 4, COUNT = 400000 };
    static uint8_t rests[USERS][COUNT];
    uint32_t last[USERS] = { 0 }, kinds[INPUT_KINDS] = { 0 }, takers = 0;
    struct trade_flow *flow = make_flow(3, USERS, 200), *same = make_flow(3, USERS, 200);
    union trade_flow_input input, again;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        uint32_t user, number;

        memset(&input, 0, sizeof input);
        memset(&again, 0, sizeof again);
        trade_flow_next(flow, &input);
        trade_flow_next(same, &again);
        assert_memory_equal(&input, &again, sizeof input);
        user = input.header.user;
        number = input.header.reference;
        assert_true(user < USERS);
        kinds[input.header.kind]++;
        if (input.header.kind == INPUT_ORDER_CANCEL) {
            assert_true(rests[user][number]);
            rests[user][number] = 0;
            continue;
        }
        assert_int_equal(number, ++last[user]);
        if (input.header.kind == INPUT_ORDER_REPLACE) {
            assert_true(rests[user][input.replace.existing]);
            rests[user][input.replace.existing] = 0;
        }
        rests[user][number] = input.header.kind == INPUT_ORDER_REPLACE || input.order.tif == CARD_TIF_GTC;
        takers += !rests[user][number];
        if (number > TRADE_FLOW_NUMBERS)
            assert_false(rests[user][number - TRADE_FLOW_NUMBERS]);
        if (rests[user][number] && number % 16 == 0) { /* filled, say */
            rests[user][number] = 0;
            trade_flow_gone(flow, user, number);
            trade_flow_gone(flow, user, number);
            trade_flow_gone(same, user, number);
        }
    }
    assert_in_range(kinds[INPUT_ORDER_NEW], COUNT * 50 / 100, COUNT * 56 / 100);
    assert_in_range(kinds[INPUT_ORDER_CANCEL], COUNT * 42 / 100, COUNT * 47 / 100);
    assert_in_range(kinds[INPUT_ORDER_REPLACE], COUNT * 1 / 100, COUNT * 3 / 100);
    assert_in_range(takers, COUNT * 4 / 100, COUNT * 6 / 100);
    assert_in_range(trade_flow_resting(flow), 300, 750);
    trade_flow_gone(flow, USERS, 1);
    trade_flow_gone(flow, 0, UINT32_MAX);
    trade_flow_destroy(flow);
    trade_flow_destroy(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(packets_are_the_codecs), cmocka_unit_test(answers_are_read),
                                        cmocka_unit_test(flow_is_sound) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
