/* Reports through OUCH: against bytes written out by hand, and there and back with every field at its extremes. */
#include "ouch_sample.h"

static const uint64_t noon = UINT64_C(43200000000000);

static struct report base(enum report_kind kind)
{
    return (struct report){.time_ns = UINT64_C(1795651200000000000) + noon, .user = 9, .reference = 258,
                           .kind = (uint8_t)kind};
}

static void accepted_by_hand(void **state)
{
    static const uint8_t wanted[] = {
        'A', 0, 0, 0x27, 0x4a, 0x48, 0xa7, 0x80, 0, 0, 0, 1, 2, 'S', 0, 0, 0, 100,
        '#', '2', ' ', ' ', ' ', ' ', ' ', ' ', 0, 0, 0, 0, 0, 0, 0x30, 0x39, '3', 'Y',
        1, 2, 3, 4, 5, 6, 7, 8, 'O', 'N', 'N', 'L',
        'i', 'd', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
        0, 53, 5, 128, 0, 0, 0, 5, 5, 3, 0, 0, 0, 100, 2, 133, 'T',
        14, 139, 'B', 'T', 'C', '_', 'U', 'S', 'D', 'C', '_', 'P', 'E', 'R', 'P',
        2, 145, 1, 9, 146, 0, 0, 0, 0, 0, 0, 0, 0, 9, 147, 0, 0, 0, 0, 0, 0, 0, 100,
    };
    struct report report = base(REPORT_ACCEPTED);
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    size_t size;

    (void)state;
    report.side = CARD_SIDE_SELL;
    report.quantity = report.open = 100;
    report.market = 2;
    report.price = 12345;
    report.tif = CARD_TIF_FOK;
    report.order = UINT64_C(0x0102030405060708);
    report.subaccount = 5;
    report.status = STATUS_NEW;
    memcpy(report.client_id, "id", 2);
    size = ouch_encode_report(&report, &server_context, bytes, sizeof bytes);
    assert_int_equal(size, sizeof wanted);
    assert_memory_equal(bytes, wanted, sizeof wanted);
}

static void executed_by_hand(void **state)
{
    static const uint8_t wanted[] = {
        'E', 0, 0, 0x27, 0x4a, 0x48, 0xa7, 0x80, 0, 0, 0, 1, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 'R',
        0, 0, 0, 0, 0, 0, 0, 11, 0, 33, 2, 145, 3, 9, 146, 0, 0, 0, 0, 0, 0, 0, 7, 9, 147, 0, 0, 0, 0, 0, 0, 0, 0,
        9, 148, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    };
    struct report report = base(REPORT_EXECUTED);
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];

    (void)state;
    report.quantity = report.filled = 7;
    report.price = 9;
    report.liquidity = 1;
    report.match = 11;
    report.status = STATUS_FILLED;
    report.fee = -2;
    assert_int_equal(ouch_encode_report(&report, &server_context, bytes, sizeof bytes), sizeof wanted);
    assert_memory_equal(bytes, wanted, sizeof wanted);
}

/* Written out from docs/protocol.md: somebody who was deleveraged. */
static void forced_by_hand(void **state)
{
    static const uint8_t wanted[] = {
        'F', 0, 0, 0x27, 0x4a, 0x48, 0xa7, 0x80, 0, 0, 0, 0, 0, 'D', 'S', 0, 0, 0, 1, 0, 0, 0, 7,
        '#', '2', ' ', ' ', ' ', ' ', ' ', ' ', 0, 0, 0, 0, 0, 0, 9, 128, 0, 0, 0, 0, 0, 0, 0, 11,
        0, 40, 5, 128, 0, 0, 0, 5, 9, 151, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 2, 152, 100,
        5, 153, 0, 0, 1, 0, 14, 139, 'B', 'T', 'C', '_', 'U', 'S', 'D', 'C', '_', 'P', 'E', 'R', 'P',
    };
    struct report report = base(REPORT_FORCED);
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    size_t size;

    (void)state;
    report.forced = FORCED_DELEVERAGED;
    report.side = CARD_SIDE_SELL;
    report.quantity = (INT64_C(1) << 32) + 7;
    report.market = 2;
    report.exact_price = 9 * 256 + 128;
    report.number = 11;
    report.subaccount = 5;
    report.money = -2;
    report.rank = 100;
    report.other = 256;
    size = ouch_encode_report(&report, &server_context, bytes, sizeof bytes);
    assert_int_equal(size, sizeof wanted);
    assert_memory_equal(bytes, wanted, sizeof wanted);
}

/* A level: no market, no side, no lots. */
static void called_by_hand(void **state)
{
    static const uint8_t wanted[] = {
        'F', 0, 0, 0x27, 0x4a, 0x48, 0xa7, 0x80, 0, 0, 0, 0, 0, 'M', ' ', 0, 0, 0, 0, 0, 0, 0, 0,
        ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 26, 5, 128, 0, 0, 0, 5, 9, 149, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        9, 150, 0, 0, 0, 0, 0, 0, 1, 2,
    };
    struct report report = base(REPORT_FORCED), again;
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];

    (void)state;
    report.forced = FORCED_MARGIN_CALL;
    report.subaccount = 5;
    report.equity = -1;
    report.maintenance = 258;
    assert_int_equal(ouch_encode_report(&report, &server_context, bytes, sizeof bytes), sizeof wanted);
    assert_memory_equal(bytes, wanted, sizeof wanted);
    assert_true(ouch_decode_report(bytes, sizeof wanted, &client_context, &again));
    bytes[14] = 'B'; /* a side */
    assert_false(ouch_decode_report(bytes, sizeof wanted, &client_context, &again));
    bytes[14] = ' ';
    bytes[13] = 'F'; /* a fill, which has money and no levels */
    assert_false(ouch_decode_report(bytes, sizeof wanted, &client_context, &again));
    bytes[13] = 'X'; /* nothing known */
    assert_false(ouch_decode_report(bytes, sizeof wanted, &client_context, &again));
}

static void any_forced(uint64_t *random, struct report *report)
{
    const enum forced_kind forced = (enum forced_kind)(1 + pick(random, FORCED_KINDS - 1));

    report->forced = (uint8_t)forced;
    report->reference = 0;
    report->subaccount = (uint32_t)extreme(random, 0, UINT32_MAX);
    report->number = extreme(random, 0, UINT64_MAX);
    report->exact_price = extreme(random, 0, UINT64_MAX);
    report->quantity = (int64_t)extreme(random, 0, INT64_MAX);
    if (forced >= FORCED_FILL && forced <= FORCED_DELEVERAGED) {
        report->market = any_market(random);
        report->side = (uint8_t)pick(random, 2);
    }
    if (forced <= FORCED_ENDED) {
        report->equity = (int64_t)extreme(random, 0, UINT64_MAX);
        report->maintenance = (int64_t)extreme(random, 0, UINT64_MAX);
    } else {
        report->money = (int64_t)extreme(random, 0, UINT64_MAX);
    }
    if (forced == FORCED_DELEVERAGED)
        report->rank = (uint8_t)pick(random, LIMIT_RANKS);
    if (forced == FORCED_DELEVERAGED || forced == FORCED_TAKEN || forced == FORCED_LEND_TURNED)
        report->other = (uint32_t)extreme(random, 0, UINT32_MAX);
    if (forced == FORCED_LEND_TURNED)
        report->asset = (uint16_t)extreme(random, 0, UINT16_MAX);
}

/* Only the fields that the message of that kind carries. */
static struct report any_report(uint64_t *random, enum report_kind kind)
{
    struct report report = base(kind);

    report.time_ns = client_context.day_start_ns + extreme(random, 0, UINT64_C(86399999999999));
    report.reference = (uint32_t)extreme(random, 0, UINT32_MAX);
    if (kind == REPORT_FORCED) {
        any_forced(random, &report);
    } else if (kind == REPORT_REJECTED || kind == REPORT_CANCEL_REJECTED) {
        report.reason = (uint8_t)extreme(random, 1, REASONS - 1);
    } else if (kind == REPORT_ANSWER) {
        report.subaccount = (uint32_t)extreme(random, 0, UINT32_MAX);
        report.market = pick(random, 2) ? any_market(random) : 0;
    } else {
        report.status = (uint8_t)(STATUS_NEW + pick(random, 4));
        report.filled = (int64_t)extreme(random, 0, INT64_MAX);
        report.open = (int64_t)extreme(random, 0, INT64_MAX);
    }
    if (kind == REPORT_REJECTED)
        any_client_id(random, report.client_id);
    if (kind == REPORT_EXECUTED || kind == REPORT_CANCELLED || kind == REPORT_EXPIRED)
        report.quantity = (int64_t)extreme(random, 0, INT64_MAX);
    if (kind == REPORT_CANCELLED || kind == REPORT_EXPIRED || kind == REPORT_TRIGGERED || kind == REPORT_RESTATED)
        report.reason = (uint8_t)extreme(random, 0, REASONS - 1);
    if (kind == REPORT_EXPIRED)
        report.status = pick(random, 2) ? STATUS_EXPIRED : STATUS_TRIGGER_FAILED;
    return report;
}

static void any_fill(uint64_t *random, struct report *report)
{
    report->price = (uint32_t)extreme(random, 0, UINT32_MAX);
    report->liquidity = (uint8_t)pick(random, 2);
    report->match = extreme(random, 0, UINT64_MAX);
    report->fee = (int64_t)extreme(random, 0, UINT64_MAX);
}

static void any_order(uint64_t *random, struct report *report)
{
    report->subaccount = (uint32_t)extreme(random, 0, UINT32_MAX);
    report->order = extreme(random, 0, UINT64_MAX);
    report->market = any_market(random);
    report->side = (uint8_t)pick(random, 2);
    report->tif = (uint8_t)pick(random, 3);
    report->stp = (uint8_t)pick(random, 3);
    report->flags = (uint8_t)pick(random, 16);
    if (report->flags & INPUT_ORDER_MARKET)
        report->price = 0;
    else
        report->price = (uint32_t)extreme(random, 0, UINT32_MAX);
    report->quantity = (int64_t)extreme(random, 0, INT64_MAX);
    if (!(report->flags & INPUT_ORDER_QUOTE_QUANTITY) && pick(random, 3) == 0) {
        report->flags |= INPUT_ORDER_PERCENT;
        report->quantity = (int64_t)extreme(random, 0, UINT32_MAX);
    }
    if (report->kind == REPORT_REPLACED)
        report->other = (uint32_t)extreme(random, 0, UINT32_MAX);
    any_client_id(random, report->client_id);
}

static void reports_there_and_back(void **state)
{
    uint64_t random = 6;
    size_t longest = 0;

    (void)state;
    for (int run = 0; run < 200000; run++) {
        enum report_kind kind = (enum report_kind)(1 + pick(&random, REPORT_KINDS - 1));
        struct report report = any_report(&random, kind), again;
        uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
        size_t size;

        if (kind == REPORT_EXECUTED)
            any_fill(&random, &report);
        if (kind == REPORT_ACCEPTED || kind == REPORT_REPLACED)
            any_order(&random, &report);
        size = ouch_encode_report(&report, &server_context, bytes, sizeof bytes);
        assert_in_range(size, 15, OUCH_MESSAGE_BYTES_MAX);
        longest = size > longest ? size : longest;
        assert_int_equal(ouch_encode_report(&report, &server_context, guard_copy(NULL, size - 1), size - 1), 0);
        memset(&again, 0xee, sizeof again);
        assert_true(ouch_decode_report(guard_copy(bytes, size), size, &client_context, &again));
        if (kind == REPORT_TRIGGERED || kind == REPORT_RESTATED)
            assert_int_equal(again.kind, kind);
        assert_memory_equal(&again, &report, sizeof report);
    }
    assert_in_range(longest, 140, OUCH_MESSAGE_BYTES_MAX);
}

static uint8_t encoded_byte(const struct report *report, size_t at)
{
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];

    assert_in_range(ouch_encode_report(report, &server_context, bytes, sizeof bytes), at + 1, sizeof bytes);
    return bytes[at];
}

/* OUCH's own letters, for clients that know no tags. */
static void letters(void **state)
{
    static const struct {
        enum reason reason;
        char letter;
    } cancels[] = {
        {REASON_USER_REQUEST, 'U'}, {REASON_IMMEDIATE_OR_CANCEL, 'I'}, {REASON_FILL_OR_KILL, 'I'},
        {REASON_TIME_EXPIRED, 'T'}, {REASON_SUPERVISORY, 'S'}, {REASON_KILL_SWITCH, 'S'}, {REASON_SELF_TRADE, 'Q'},
        {REASON_PRICE_IMPACT, 'K'}, {REASON_PRICE_OUT_OF_BOUNDS, 'K'}, {REASON_DISCONNECT, 'Z'}, {REASON_NONE, 'Z'},
    };
    struct report report = base(REPORT_CANCELLED);

    (void)state;
    for (size_t i = 0; i < sizeof cancels / sizeof cancels[0]; i++) {
        report.reason = (uint8_t)cancels[i].reason;
        assert_int_equal(encoded_byte(&report, 17), cancels[i].letter);
    }
    report = base(REPORT_EXECUTED);
    assert_int_equal(encoded_byte(&report, 25), 'A');
    report.liquidity = 1;
    assert_int_equal(encoded_byte(&report, 25), 'R');
    report = base(REPORT_ACCEPTED);
    report.market = 1;
    assert_int_equal(encoded_byte(&report, 47), 'D');
    report.open = 1;
    assert_int_equal(encoded_byte(&report, 47), 'L');
    report = base(REPORT_ANSWER);
    report.reason = REASON_UNKNOWN_MARKET;
    assert_int_equal(encoded_byte(&report, 0), 'J');
    assert_int_equal(encoded_byte(&report, 14), REASON_UNKNOWN_MARKET);
}

/* Cut off at every byte, and with bytes changed: true or false, nothing else. */
static void broken_messages(void **state)
{
    uint64_t random = 7;
    size_t good = 0, wrong = 0;

    (void)state;
    for (int run = 0; run < 100000; run++) {
        enum report_kind kind = (enum report_kind)(1 + pick(&random, REPORT_KINDS - 1));
        struct report report = any_report(&random, kind), again;
        uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
        size_t size, cut;

        if (kind == REPORT_ACCEPTED || kind == REPORT_REPLACED)
            any_order(&random, &report);
        size = ouch_encode_report(&report, &server_context, bytes, sizeof bytes);
        cut = pick(&random, size);
        assert_false(ouch_decode_report(guard_copy(bytes, cut), cut, &client_context, &again));
        bytes[pick(&random, size)] = (uint8_t)guard_random(&random);
        if (ouch_decode_report(guard_copy(bytes, size), size, &client_context, &again))
            good++;
        else
            wrong++;
    }
    assert_true(good > 1000 && wrong > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_by_hand), cmocka_unit_test(executed_by_hand),
        cmocka_unit_test(forced_by_hand), cmocka_unit_test(called_by_hand),
        cmocka_unit_test(reports_there_and_back), cmocka_unit_test(letters), cmocka_unit_test(broken_messages),
    };

    return cmocka_run_group_tests(tests, name_markets, NULL);
}
