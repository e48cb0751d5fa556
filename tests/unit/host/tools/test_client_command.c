/* Lines of a client's script, and quantities and prices in a market's units. */
#include "unit.h"

#include "client_command.h"
#include "contract.h"
#include "reason.h"
#include "units.h"

static struct client_markets markets;
static struct client_command command;
static char error[256];

enum { PERP = 1, SPOT = 4, LAST = 42, NOW = 1000000000 };

static int open_markets(void **state)
{
    struct problems problems = { 0 };
    struct config config = { 0 };

    (void)state;
    assert_true(config_load_text(&config, "default", config_default(), &problems));
    client_markets_load(&markets, &config);
    config_free(&config);
    return 0;
}

static uint32_t market_of(const void *orders, uint32_t reference)
{
    (void)orders;
    return reference == LAST ? PERP : 0;
}

static bool reads(const char *text)
{
    const struct client_context context = { .markets = &markets, .last = LAST, .now_utc_ns = NOW,
                                            .market_of = market_of };
    char line[512];

    snprintf(line, sizeof line, "%s", text);
    return client_command_read(line, &context, &command, error, sizeof error);
}

static void orders_are_read(void **state)
{
    const struct input_order_new *order = &command.input.order;
    const struct input_order_extra *extra = &command.input.order_extra.extra;

    (void)state;
    assert_true(reads("buy BTC_USDC_PERP 0.5 @ 60001.5 post id 7 text hello"));
    assert_int_equal(command.verb, CLIENT_SEND);
    assert_true(command.numbered);
    assert_int_equal(order->header.kind, INPUT_ORDER_NEW);
    assert_int_equal(order->header.size, sizeof *order);
    assert_int_equal(order->header.reference, 7);
    assert_int_equal(order->market, PERP);
    assert_int_equal(order->side, CARD_SIDE_BUY);
    assert_int_equal(order->quantity, 50000);
    assert_int_equal(order->price, 600015);
    assert_int_equal(order->flags, INPUT_ORDER_POST_ONLY);
    assert_string_equal((const char *)order->client_id, "hello");
    assert_true(reads("sell BTC_USDC 100 amount slippage 25 stp both subaccount 9"));
    assert_int_equal(order->flags, INPUT_ORDER_MARKET | INPUT_ORDER_QUOTE_QUANTITY | INPUT_ORDER_EXTRA);
    assert_int_equal(order->tif, CARD_TIF_IOC);
    assert_int_equal(order->quantity, 100000000);
    assert_int_equal(order->stp, CARD_STP_REJECT_BOTH);
    assert_int_equal(order->header.subaccount, 9);
    assert_int_equal(order->header.size, sizeof command.input.order_extra);
    assert_int_equal(extra->slippage, 25);
    assert_true(reads("sell BTC_USDC_PERP 12.5 percent reduce trigger mark below 59000 expires 2.5"));
    assert_int_equal(order->flags,
                     INPUT_ORDER_MARKET | INPUT_ORDER_PERCENT | INPUT_ORDER_REDUCE_ONLY | INPUT_ORDER_EXTRA);
    assert_int_equal(order->quantity, 125000);
    assert_int_equal(extra->trigger_by, INPUT_BY_MARK);
    assert_int_equal(extra->trigger_when, INPUT_AT_OR_BELOW);
    assert_int_equal(extra->trigger_price, 590000);
    assert_int_equal(extra->expires_ns, NOW + 2500000000);
    assert_true(reads("buy BTC_USDC_PERP 1 @ 60000 fok profit last 61000 @ 60990.1 stop index 59000 # a comment"));
    assert_int_equal(order->tif, CARD_TIF_FOK);
    assert_int_equal(extra->take_profit.by, INPUT_BY_LAST);
    assert_int_equal(extra->take_profit.limit, 609901);
    assert_int_equal(extra->stop_loss.by, INPUT_BY_INDEX);
    assert_int_equal(extra->stop_loss.trigger, 590000);
    assert_int_equal(extra->stop_loss.limit, 0);
}

static void changes_are_read(void **state)
{
    (void)state;
    assert_true(reads("replace last 0.25 @ 59999.9 ioc text x"));
    assert_int_equal(command.input.replace.existing, LAST);
    assert_int_equal(command.input.replace.quantity, 25000);
    assert_int_equal(command.input.replace.price, 599999);
    assert_int_equal(command.input.replace.tif, CARD_TIF_IOC);
    assert_true(reads("replace 41 250 @ 5")); /* whose market is not known: lots and ticks */
    assert_int_equal(command.input.replace.quantity, 250);
    assert_int_equal(command.input.replace.price, 5);
    assert_true(reads("cancel last 0.1"));
    assert_int_equal(command.input.cancel.header.reference, LAST);
    assert_int_equal(command.input.cancel.quantity, 10000);
    assert_true(reads("cancel all"));
    assert_int_equal(command.input.header.kind, INPUT_MASS_CANCEL);
    assert_int_equal(command.input.mass_cancel.scope, INPUT_MASS_ALL);
    assert_true(reads("cancel all BTC_USDC sell triggers"));
    assert_int_equal(command.input.mass_cancel.scope, INPUT_MASS_SIDE);
    assert_int_equal(command.input.mass_cancel.market, SPOT);
    assert_int_equal(command.input.mass_cancel.side, CARD_SIDE_SELL);
    assert_int_equal(command.input.mass_cancel.triggers_too, 1);
}

static void waits_are_read(void **state)
{
    const struct report filled = { .kind = REPORT_EXECUTED, .status = STATUS_FILLED, .reference = 42 };
    const struct report part = { .kind = REPORT_EXECUTED, .status = STATUS_PARTIALLY_FILLED, .reference = 42 };
    const struct report refused = { .kind = REPORT_REJECTED, .reason = REASON_INVALID_PRICE, .reference = 43 };

    (void)state;
    assert_true(reads("expect filled last for 0.5"));
    assert_int_equal(command.verb, CLIENT_EXPECT);
    assert_int_equal(command.patience_ns, 500000000);
    assert_true(client_command_matches(&command.pattern, &filled));
    assert_false(client_command_matches(&command.pattern, &part));
    assert_true(reads("wait executed"));
    assert_int_equal(command.verb, CLIENT_WAIT);
    assert_true(client_command_matches(&command.pattern, &part));
    assert_false(client_command_matches(&command.pattern, &refused));
    assert_true(reads("expect not rejected 43 reason InvalidPrice"));
    assert_int_equal(command.verb, CLIENT_EXPECT_NOT);
    assert_int_equal(command.patience_ns, 0);
    assert_true(client_command_matches(&command.pattern, &refused));
    assert_true(reads("expect rejected 43 reason InvalidQuantity"));
    assert_false(client_command_matches(&command.pattern, &refused));
    assert_true(reads("watch"));
    assert_true(command.patience_ns == UINT64_MAX);
    assert_true(reads("  # nothing"));
    assert_int_equal(command.verb, CLIENT_NOTHING);
    assert_true(reads(""));
    assert_int_equal(command.verb, CLIENT_NOTHING);
}

static void wrong_lines_are_named(void **state)
{
    static const struct {
        const char *line, *word;
    } wrong[] = {
        { "by BTC_USDC 1", "by:" },
        { "buy", "end of line:" },
        { "buy BTC_USDC_PERP", "end of line:" },
        { "buy BTC_USDC_PERP 0.000001 @ 60000", "0.000001:" },      /* below a lot */
        { "buy BTC_USDC_PERP 1 @ 60000.05", "60000.05:" },          /* between ticks */
        { "buy BTC_USDC_PERP 1 @ 0", "0:" },
        { "buy BTC_USDC_PERP -1 @ 60000", "-1:" },
        { "buy BTC_USDC_PERP 1 @ 429496729.6", "429496729.6:" },    /* ticks of more than 32 bits */
        { "buy BTC_USDC_PERP 1 60000", "60000:" },
        { "buy BTC_USDC_PERP 1 text 123456789012345", "123456789012345:" },
        { "buy BTC_USDC_PERP 101 percent", "101:" },
        { "buy AN_EXTREMELY_LONG_MARKET 1", "AN_EXTREMELY_LONG_MARKET:" },
        { "buy BTC_USDC_PERP 1 slippage 65536", "65536:" },
        { "buy BTC_USDC_PERP 1 trigger mark at 5", "at:" },
        { "replace 4294967296 1", "4294967296:" },
        { "cancel", "end of line:" },
        { "cancel all BTC_USDC both", "both:" },
        { "cancel 1 2 3", "3:" },
        { "expect sold", "sold:" },
        { "wait rejected reason Whatever", "Whatever:" },
        { "sleep", "end of line:" },
        { "sleep -1", "-1:" },
        { "logout now", "now:" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (reads(wrong[i].line))
            fail_msg("%s: was read", wrong[i].line);
        if (strncmp(error, wrong[i].word, strlen(wrong[i].word)) != 0)
            fail_msg("%s: %s", wrong[i].line, error);
    }
}

static void units_come_back(void **state)
{
    char text[UNITS_TEXT_MAX];
    uint32_t ticks;
    int64_t lots;

    (void)state;
    for (uint32_t market = 1; market <= markets.names.count; market++) {
        static const uint32_t prices[] = { 1, 7, 599999, UINT32_MAX };

        for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
            client_markets_show_price(&markets, market, prices[i], text);
            assert_true(client_markets_price(&markets, market, text, &ticks));
            assert_int_equal(ticks, prices[i]);
            client_markets_show_quantity(&markets, market, prices[i], text);
            assert_true(client_markets_quantity(&markets, market, text, &lots));
            assert_int_equal(lots, prices[i]);
        }
    }
    client_markets_show_fee(&markets, PERP, -1, text);
    assert_string_equal(text, "-0.00000000390625");
    /* A market that the configuration does not have: raw. */
    client_markets_show_price(&markets, client_markets_find(&markets, "DOGE_USDC"), 12, text);
    assert_string_equal(text, "12");
    assert_int_equal(client_markets_find(&markets, "DOGE_USDC"), markets.names.count);
    assert_int_equal(client_markets_find(&markets, ""), 0);
    assert_int_equal(client_markets_find(&markets, "a b"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_read), cmocka_unit_test(changes_are_read), cmocka_unit_test(waits_are_read),
        cmocka_unit_test(wrong_lines_are_named), cmocka_unit_test(units_come_back),
    };

    return cmocka_run_group_tests(tests, open_markets, NULL);
}
