/* Our own format, line by line: what each statement says, and every word that can be wrong. */
#include "unit.h"

#include "contract.h"
#include "flow_text.h"

static struct flow_statement parsed(const char *text)
{
    struct flow_statement statement;
    char line[256];
    char error[FLOW_ERROR_MAX];

    snprintf(line, sizeof line, "%s", text);
    if (!flow_text_parse(line, &statement, error))
        fail_msg("%s: %s", text, error);
    return statement;
}

static void refused(const char *text, const char *wanted)
{
    struct flow_statement statement;
    char line[1024];
    char error[FLOW_ERROR_MAX];

    snprintf(line, sizeof line, "%s", text);
    if (flow_text_parse(line, &statement, error))
        fail_msg("%s: taken", text);
    if (strstr(error, wanted) == NULL)
        fail_msg("%s: wanted \"%s\", got \"%s\"", text, wanted, error);
}

static void test_orders(void **state)
{
    struct flow_statement s = parsed("new 17 buy 1.5@50.25 ioc owner 9 reject-both # a comment");

    (void)state;
    assert_int_equal(s.kind, FLOW_NEW);
    assert_true(s.has_id && s.has_owner);
    assert_int_equal(s.id, 17);
    assert_int_equal(s.owner, 9);
    assert_int_equal(s.quantity, 1500000000);
    assert_int_equal(s.price, 50250000000u);
    assert_int_equal(s.flags, CARD_SIDE_BUY | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT |
                                  CARD_STP_REJECT_BOTH << CARD_ORDER_STP_SHIFT);
    s = parsed("new sell 3@market fok liquidation");
    assert_false(s.has_id);
    assert_int_equal(s.flags, CARD_SIDE_SELL | CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT | CARD_ORDER_MARKET_ORDER_MASK |
                                  CARD_ORDER_LIQUIDATION_MASK);
    s = parsed("replace 5 10.5 -2 post-only");
    assert_true(s.negative);
    assert_int_equal(s.quantity, 2000000000);
    assert_int_equal(s.flags, CARD_ORDER_POST_ONLY_MASK);
    assert_false(parsed("replace 5 10.5 +2").negative);
    assert_int_equal(parsed("cancel 5").id, 5);
    assert_int_equal(parsed("reduce 5 0.25").quantity, 250000000);
    assert_int_equal(parsed("cancel-many 8").count, 8);
    assert_int_equal(parsed("place 6 sell 1@2").kind, FLOW_PLACE);
    assert_int_equal(parsed("expect sell 0@2").flags, CARD_SIDE_SELL);
    assert_int_equal(parsed("at 0.5").time_ns, 500000000);
    assert_int_equal(parsed("last none").price, 0);
    assert_int_equal(parsed("shift 64").kind, FLOW_SHIFT);
    assert_int_equal(parsed("").kind, FLOW_BLANK);
    assert_int_equal(parsed(" \t # nothing").kind, FLOW_BLANK);
}

static void test_markets(void **state)
{
    struct flow_statement s =
        parsed("market BTC tick 0.1 lot 0.001 base 64 state post-only limit 0.25 2 impact off mean 0.96 1.04 "
               "premium 0.05");

    (void)state;
    assert_string_equal(s.name, "BTC");
    assert_int_equal(s.set, FLOW_SET_TICK | FLOW_SET_LOT | FLOW_SET_BASE | FLOW_SET_STATE | FLOW_SET_LIMIT |
                                FLOW_SET_IMPACT | FLOW_SET_MEAN_BAND | FLOW_SET_TOLERANCE);
    assert_int_equal(s.bands, CARD_BANDS_LIMIT_MASK | CARD_BANDS_PREMIUM_MASK);
    assert_int_equal(s.state, CARD_STATE_POST_ONLY);
    assert_int_equal(s.limit_min, 250000);
    assert_int_equal(s.limit_max, 2000000);
    assert_int_equal(s.mean_max, 1040000);
    assert_int_equal(s.tolerance, 50000);
    assert_int_equal(parsed("market X mean off").mean_max, CARD_MULTIPLIER_MAX);
    s = parsed("mark 10 index 11 mean 12 fast 13 premium -0.002");
    assert_int_equal(s.set, FLOW_SET_MARK | FLOW_SET_INDEX | FLOW_SET_MEAN | FLOW_SET_FAST | FLOW_SET_PREMIUM);
    assert_true(s.negative);
    assert_int_equal(s.premium, 2000);
    assert_int_equal(parsed("mark index 11").set, FLOW_SET_INDEX);
}

/* Words that contradict each other, and numbers that say nothing. */
static void test_contradictions(void **state)
{
    static const char *const bad[][2] = {
        { "new 1 buy 1@2 ioc fok", "fok: contradicts or repeats an earlier word" },
        { "new 1 buy 1@2 gtc ioc", "ioc: contradicts or repeats" },
        { "new 1 buy 1@2 post-only ioc", "post-only: contradicts ioc and fok" },
        { "new 1 buy 1@2 fok post-only", "post-only: contradicts ioc and fok" },
        { "new 1 buy 1@2 reject-taker reject-both", "reject-both: contradicts or repeats" },
        { "new 1 buy 1@2 owner 1 owner 2", "owner: is given twice" },
        { "new 1 buy 1@market", "an order without a price must be ioc or fok" },
        { "new 1 buy 1@market post-only", "an order without a price must be ioc or fok" },
        { "place 1 buy 1@2 ioc", "ioc: is no word of place" },
        { "replace 1 2 +1 owner 3", "owner: is no word of replace" },
        { "new 1 buy 0@2", "0@2: its quantity must be above 0" },
        { "new 1 buy 1@0", "1@0: its price must be above 0" },
        { "expect buy 0@0", "0@0: its price must be above 0" },
        { "reduce 1 0", "0: quantity must be above 0" },
        { "mark 0", "0: mark must be above 0" },
        { "mark 1 fast 0", "0: fast mean must be above 0" },
        { "last 0", "0: price must be above 0" },
        { "replace 1 0 +1", "0: price must be above 0" },
        { "replace 1 6 1", "1: change of quantity must be a number with a sign" },
        { "new 1 buy 1@18446744073", "below 18446744073" },
        { "mark 18446744073.5", "below 18446744073" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i][0], bad[i][1]);
}

static void test_refusals(void **state)
{
    static const char *const bad[][2] = {
        { "sell 3@4", "sell: is no command" },
        { "new", "end of line: must be buy or sell" },
        { "new 1", "end of line: must be buy or sell" },
        { "new 1x buy 1@2", "1x: order id must be a whole number" },
        { "new 1 bid 1@2", "bid: must be buy or sell" },
        { "new 1 buy", "end of line: must be QUANTITY@PRICE" },
        { "new 1 buy 12", "12: must be QUANTITY@PRICE" },
        { "new 1 buy x@2", "x@2: must be QUANTITY@PRICE" },
        { "new 1 buy 1@x", "1@x: its price must be a number" },
        { "new 1 buy 1@", "1@: its price must be a number" },
        { "new 1 buy 1@2.0000000001", "its price must be a number" },
        { "new 1 buy 1@2 day", "day: is no word of an order" },
        { "new 1 buy 1@2 owner", "end of line: owner must be a whole number" },
        { "new 1 buy 1@2 owner 16777216", "16777216: owner must be a whole number from 0 to 16777215" },
        { "place 1 buy 1@market", "its price must be a number" },
        { "cancel", "end of line: order id" },
        { "cancel x", "x: order id" },
        { "cancel 1 2", "2: is one word too many" },
        { "pull -1", "-1: order id" },
        { "reduce 1", "end of line: quantity" },
        { "reduce 1 -2", "-2: quantity" },
        { "replace 1", "end of line: price" },
        { "replace 1 x 2", "x: price" },
        { "replace 1 10", "the change of quantity is missing" },
        { "replace 1 10 *2", "*2: change of quantity" },
        { "replace 1 10 +2 soon", "soon: is no word of replace" },
        { "cancel-many 0", "0: count must be a whole number from 1" },
        { "at", "end of line: time" },
        { "at -1", "-1: time" },
        { "market", "end of line: a market's name" },
        { "market 12345678901234567890123456789012", "a market's name has 1 to 31 characters" },
        { "market A ticks 1", "ticks: is no setting of a market" },
        { "market A tick", "end of line: tick" },
        { "market A state half", "half: must be open, post-only" },
        { "market A limit 1", "end of line: upper multiplier" },
        { "market A limit x 2", "x: lower multiplier" },
        { "market A limit 0.0000001 2", "0.0000001: must have at most six decimals" },
        { "market A limit 1 16.777216", "16.777216: must have at most six decimals, and is too large" },
        { "market A premium 8.388608", "is too large" },
        { "mark", "end of line: mark needs a price" },
        { "mark x", "x: mark must be a number" },
        { "mark 1 index", "end of line: index" },
        { "mark 1 premium -", ": premium" },
        { "mark 1 premium 2.1", "is too large" },
        { "last", "end of line: price" },
        { "shift x", "x: base" },
        { "expect 1@2", "1@2: must be buy or sell" },
        { "expect buy 1@market", "its price must be a number" },
        { "fence now", "now: is one word too many" },
        { "# " , NULL },
    };
    char many[1024] = "new";

    (void)state;
    for (size_t i = 0; bad[i][1]; i++)
        refused(bad[i][0], bad[i][1]);
    for (int i = 0; i < 60; i++)
        strcat(many, " x");
    refused(many, "too many words");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_orders), cmocka_unit_test(test_markets),
                                        cmocka_unit_test(test_contradictions),
                                        cmocka_unit_test(test_refusals) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
