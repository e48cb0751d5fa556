/* How a client prints what was done to its account: a line for people, and the fields of its JSON. */
#include "unit.h"

#include <stdlib.h>

#include "client_forced.h"
#include "contract.h"

static struct client_markets markets;

static int setup(void **state)
{
    static struct problems problems;
    struct config config;

    (void)state;
    assert_true(config_load_text(&config, "default", config_default(), &problems));
    client_markets_load(&markets, &config);
    config_free(&config);
    return 0;
}

static const char *line(const struct report *report)
{
    static char text[400];

    client_forced_text(&markets, report, text, sizeof text);
    return text;
}

static void test_lines(void **state)
{
    struct report report = { .kind = REPORT_FORCED, .forced = FORCED_MARGIN_CALL, .subaccount = 7, .equity = -1500000,
                             .maintenance = 2 };

    (void)state;
    assert_string_equal(client_forced_name(report.forced), "margin-call");
    assert_string_equal(line(&report), " subaccount 7: equity -1.5, maintenance 0.000002");
    report = (struct report){ .forced = FORCED_DELEVERAGED, .subaccount = 7, .number = 3, .market = 1,
                              .side = CARD_SIDE_SELL, .quantity = 5, .exact_price = 600005 * 256 + 128, .rank = 99,
                              .money = 128, .other = 9 };
    assert_string_equal(line(&report), " subaccount 7, liquidation 3: sell 0.00005 BTC_USDC_PERP @ 60000.55, "
                                       "loss 0.0000005, rank 99, of subaccount 9");
}

static void test_fields(void **state)
{
    const struct report report = { .forced = FORCED_FILL, .subaccount = 7, .number = 3, .market = 1, .quantity = 5,
                                   .exact_price = 600005 * 256, .money = 256000000 };
    json_t *object = json_object();
    char *text;

    (void)state;
    client_forced_set(&markets, &report, object);
    text = json_dumps(object, JSON_COMPACT);
    assert_string_equal(text, "{\"what\":\"liquidation-fill\",\"subaccount\":7,\"liquidation\":3,\"market\":"
                              "\"BTC_USDC_PERP\",\"side\":\"buy\",\"quantity\":\"0.00005\",\"price\":\"60000.5\","
                              "\"fee\":\"1\"}");
    free(text);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines), cmocka_unit_test(test_fields) };

    return cmocka_run_group_tests(tests, setup, NULL);
}
