/* The configuration file: the default as it is, and one refusal of each kind with its place. */
#include "unit.h"

#include <stdlib.h>

#include "config.h"
#include "config_check.h"
#include "policy.h"

static struct problems problems;

static const char *const base_text =
    "assets: (\n"
    "  { symbol = \"USDC\"; decimals = 6; settlement = true; collateral = true; },\n"
    "  { symbol = \"BTC\"; decimals = 8; collateral = true; index = \"60000\"; }\n"
    ");\n"
    "markets: (\n"
    "  { symbol = \"BTC_USDC_PERP\"; kind = \"perpetual\"; base = \"BTC\"; quote = \"USDC\";\n"
    "    tick = \"0.1\"; lot = \"0.00001\"; maker_fee = \"-1\"; taker_fee = \"5\";\n"
    "    mean = [ \"0.96\", \"1.04\" ];\n"
    "    window_log2 = 17; window_step = 4096; slot_quota = 1024;\n"
    "    imf = { base = \"1/75\"; factor = \"0.00002494\"; };\n"
    "    mmf = { base = \"1/150\"; factor = \"0.00001496\"; }; }\n"
    ");\n";

/* `base_text` with the first `from` replaced. The caller frees it. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(base_text, from);
    size_t size = strlen(base_text) + strlen(to) + 1;
    char *text = malloc(size);

    assert_non_null(at);
    snprintf(text, size, "%.*s%s%s", (int)(at - base_text), base_text, to, at + strlen(from));
    return text;
}

static void test_default(void **state)
{
    static char file[65536];
    FILE *stream = fopen(VITRINE_DEPLOY "/vitrine.conf", "rb");
    struct config config;
    size_t size;

    (void)state;
    assert_non_null(stream);
    size = fread(file, 1, sizeof file - 1, stream);
    fclose(stream);
    file[size] = '\0';
    assert_string_equal(config_default(), file);
    if (!config_load_text(&config, "default", config_default(), &problems))
        fail_msg("%s", problems.text[0]);
    assert_int_equal(config.asset_count, 4);
    assert_int_equal(config.market_count, 6);
    assert_true(config.markets[0].set.tick_lot_units == 1 && config.markets[0].set.lot_units == 1000);
    assert_true(config.markets[0].price == UINT64_C(600000) * 256);
    assert_true(config.markets[0].set.imf.numerator == 1 && config.markets[0].set.imf.denominator == 75);
    assert_true(config.markets[0].set.imf.factor == 24940 && config.markets[0].set.mmf.factor == 14960);
    assert_true(config.markets[0].set.limit_min == 250000 && config.markets[0].set.limit_max == 2000000);
    assert_true(config.markets[0].set.bands ==
                (CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK | CARD_BANDS_PREMIUM_MASK));
    assert_true(config.markets[0].set.tolerance == 50000 && config.markets[0].set.taker_fee == 500);
    assert_true(config.markets[0].set.funding_hours == 1 && config.markets[0].set.funding_max == 5000 &&
                config.markets[0].set.impact_notional == UINT64_C(50000000000));
    assert_true(config.assets[1].pricing.change == 2500 && config.venue.rules.settle_seconds == 10);
    assert_true(config.markets[3].set.bands == (CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK));
    assert_true(config.markets[3].set.kind == MARKET_SPOT && config.markets[0].set.kind == MARKET_PERPETUAL);
    assert_int_equal(config_window_need(&config.markets[0].set, UINT64_C(1000000) * 256), 80000 + 2 * 4096);
    assert_true(config.node.segment_bytes == 64 << 20 && config.node.snapshot_ns == UINT64_C(60000000000));
    config_free(&config);
}

static void test_file(void **state)
{
    struct config config;

    (void)state;
    assert_true(config_load_file(&config, VITRINE_DEPLOY "/vitrine.conf", &problems));
    config_free(&config);
    assert_false(config_load_file(&config, "/nowhere/vitrine.conf", &problems));
    assert_non_null(strstr(problems.text[0], "/nowhere/vitrine.conf: file: can't be read"));
    config_free(&config);
}

static const struct refusal {
    const char *from, *to;
    const char *message; /* what the first problem begins with */
    const char *right;   /* and what it contains */
} refusals[] = {
    { "tick = \"0.1\"", "tick = 0.1",
      "t:7: markets.BTC_USDC_PERP.tick: is a number with a point outside of quotes", "" },
    { "tick = \"0.1\"", "tick = \"0.15\"", "t:7: markets.BTC_USDC_PERP.lot: 0.00001: tick 0.15 x lot is no whole", "" },
    { "tick = \"0.1\"", "tick = \"0\"", "t:7: markets.BTC_USDC_PERP.tick: 0: is zero", "above" },
    { "lot = \"0.00001\"", "lot = \"0.000000001\"",
      "t:7: markets.BTC_USDC_PERP.lot: 0.000000001: has more than 8 decimals", "" },
    { "maker_fee = \"-1\"", "maker_fee = \"-6\"",
      "t:7: markets.BTC_USDC_PERP.maker_fee: -6: the rebate is above", "minus" },
    { "taker_fee = \"5\"", "taker_fee = \"5.001\"",
      "t:7: markets.BTC_USDC_PERP.taker_fee: 5.001: has more than 2 decimals", "" },
    { "taker_fee = \"5\"", "taker_fee = \"-1\"", "t:7: markets.BTC_USDC_PERP.taker_fee: -1: is not a number", "" },
    { "taker_fee = \"5\";", "", "t:6: markets.BTC_USDC_PERP.taker_fee: is missing", "" },
    { "\"0.96\", \"1.04\"", "\"0.09\", \"1.04\"",
      "t:8: markets.BTC_USDC_PERP.mean: mean band 0.09 to 1.04", "protects nothing" },
    { "\"0.96\", \"1.04\"", "\"1.2\", \"1.1\"",
      "t:8: markets.BTC_USDC_PERP.mean: mean band 1.2 to 1.1", "above its upper" },
    { "\"0.96\", \"1.04\"", "\"0.96\"", "t:8: markets.BTC_USDC_PERP.mean: is not a pair", "" },
    { "\"0.96\", \"1.04\"", "\"0.96\", \"17\"", "t:8: markets.BTC_USDC_PERP.mean: 17: is out of range", "" },
    { "mean = [ \"0.96\", \"1.04\" ];", "limit = [ \"0.5\", \"2\" ];",
      "t:6: markets.BTC_USDC_PERP.mean: is missing", "" },
    { "window_log2 = 17", "window_log2 = 15",
      "t:9: markets.BTC_USDC_PERP.window_log2: 15: 32768 ticks are too few", "at least 16" },
    { "window_log2 = 17", "window_log2 = 18", "t:9: markets.BTC_USDC_PERP.window_log2: 18: is beyond the card", "17" },
    { "window_step = 4096", "window_step = 100", "t:9: markets.BTC_USDC_PERP.window_step: 100", "multiple of 64" },
    { "slot_quota = 1024", "slot_quota = 65537", "t:5: markets: their slot quotas add up to 65537", "65536" },
    { "slot_quota = 1024", "slot_quota = 0", "t:9: markets.BTC_USDC_PERP.slot_quota: 0: is out of range", "1048576" },
    { "\"1/75\"", "\"1/175\"", "t:11: markets.BTC_USDC_PERP.mmf: base 1/150 is above that of imf", "1/175" },
    { "\"1/75\"", "\"75\"", "t:10: markets.BTC_USDC_PERP.imf.base: 75: is not a fraction", "1/75" },
    { "\"1/75\"", "\"76/75\"", "t:10: markets.BTC_USDC_PERP.imf.base: 76/75: is not in 0 .. 1", "" },
    { "\"0.00002494\"", "\"0.00001\"", "t:11: markets.BTC_USDC_PERP.mmf: its factor is above", "" },
    { "kind = \"perpetual\"", "kind = \"spot\"",
      "t:10: markets.BTC_USDC_PERP.imf: right for a spot market is none", "" },
    { "kind = \"perpetual\"", "kind = \"future\"", "t:6: markets.BTC_USDC_PERP.kind: future: is not known", "spot" },
    { "base = \"BTC\"", "base = \"ETH\"", "t:6: markets.BTC_USDC_PERP.base: ETH: is no asset", "" },
    { "base = \"BTC\"", "base = \"USDC\"", "t:6: markets.BTC_USDC_PERP.base: USDC: is the quote asset", "" },
    { "quote = \"USDC\"", "quote = \"BTC\"", "t:6: markets.BTC_USDC_PERP.base: BTC: is the quote asset", "" },
    { "settlement = true", "settlement = 1", "t:2: assets.USDC.settlement: 1: is neither true nor false", "" },
    { "settlement = true; ", "", "t:6: markets.BTC_USDC_PERP.quote: USDC: right is the settlement asset", "" },
    { "decimals = 8", "decimals = 19", "t:3: assets.BTC.decimals: 19: is out of range", "0 to 18" },
    { "symbol = \"BTC\"", "symbol = \"USDC\"", "t:3: assets.USDC.symbol: USDC: is there twice", "" },
    { "symbol = \"BTC\"", "symbol = \"btc\"", "t:3: assets.btc.symbol: btc: right is capital", "" },
    { "index = \"60000\"", "indx = \"60000\"", "t:3: assets.BTC.indx: no such key", "withdraw_min" },
    { "index = \"60000\"", "haircut = \"inverse_sqrt\"", "t:3: assets.BTC.base: is missing or 0", "" },
    { "assets: (", "asset: (", "t: assets: is missing", "" },
    { "assets: (", "node: { port = 70000; };\nassets: (", "t:1: node.port: 70000: is out of range", "65535" },
    { "assets: (", "node: { address = \"0.0.0.0\"; fixed_password = \"x\"; };\nassets: (",
      "t:1: node.fixed_password: x: works on loopback only", "" },
    { "assets: (", "journal: { segment = \"100 KB\"; };\nassets: (",
      "t:1: journal.segment: 100 KB: is not a number", "KiB" },
    { "assets: (", "memory: { orders = 4000001; };\nassets: (", "t:1: memory.orders: 4000001: is out of range", "" },
    { "assets: (", "venue: { settle_seconds = 3601; };\nassets: (",
      "t:1: venue.settle_seconds: 3601: is out of range", "3600" },
    { "assets: (", "venue: { approver = \"me\"; };\nassets: (", "t:1: venue.approver: me: is not known", "manual" },
    { "assets: (", "venue: { leverage_caps = ( \"0\", \"0.5\" ); };\nassets: (",
      "t:1: venue.leverage_caps: 0.5: is no cap", "1000" },
    { "assets: (", "venue: { fund_floor = \"1.0000001\"; };\nassets: (",
      "t:1: venue.fund_floor: 1.0000001: has more than 6 decimals", "" },
    { "index = \"60000\"", "venues = ( { name = \"a\"; } )", "t:3: assets.BTC.venues: need pricing", "quorum" },
    { "index = \"60000\"", "pricing = { quorum = 2; }; venues = ( { name = \"a\"; } )",
      "t:3: assets.BTC.venues: are fewer than the quorum of 2", "" },
    { "index = \"60000\"", "pricing = { change = \"0.01\"; }", "t:3: assets.BTC.pricing.quorum: is missing", "16" },
    { "collateral = true; },", "collateral = true; pricing = { quorum = 1; }; },",
      "t:2: assets.USDC.pricing: right for the settlement asset is none", "" },
    { "index = \"60000\"", "pool = { rate_zero = \"0.1\"; rate_optimal = \"0.05\"; rate_full = \"1\"; }",
      "t:3: assets.BTC.pool.rate_full: rates fall", "" },
    { "taker_fee = \"5\";", "taker_fee = \"5\"; funding_hours = 5;",
      "t:7: markets.BTC_USDC_PERP.funding_hours: 5: is no divisor of 24", "" },
    { "assets: (", "accounts: ( { name = \"a\"; subaccounts = ( { name = \"b\"; lend = true; } ); } );\nassets: (",
      "t:1: accounts.a.lend: no such key", "auto_lend" },
    { "assets: (", "accounts: ( { name = \"a\"; jurisdiction = 16; } );\nassets: (",
      "t:1: accounts.a.jurisdiction: 16: is out of range", "15" },
    { "assets: (", "accounts: ( { name = \"1a\"; } );\nassets: (", "t:1: accounts.1a.name: 1a: right is a letter", "" },
    { "assets: (", "accounts: ( { name = \"a\"; users = ( { name = \"a b\"; } ); } );\nassets: (",
      "t:1: accounts.a.users.a b.name: a b: right is 1 to 6 letters", "" },
    { "assets: (", "accounts: ( { name = \"a\"; users = ( { name = \"a\"; key = \"12\"; } ); } );\nassets: (",
      "t:1: accounts.a.users.a.key: 12: is no key", "64" },
    { "assets: (", "liquidation: { policy = \"mine\"; };\nassets: (",
      "t:1: liquidation.policy: mine: is no policy; right is one of none, ours, at_once", "hyperliquid, dydx, drift" },
    { "assets: (", "liquidation: { slice = \"0\"; };\nassets: (", "t:1: liquidation.slice: 0: is out of range",
      "at most" },
    { "assets: (", "liquidation: { stop = \"0.99\"; };\nassets: (",
      "t:1: liquidation.stop: 0.99: is out of range", "initial margin" },
    { "assets: (", "liquidation: { backstop = \"1.1\"; };\nassets: (",
      "t:1: liquidation.backstop: 1.1: is out of range", "maintenance" },
    { "assets: (", "liquidation: { fee_share = \"0\"; };\nassets: (",
      "t:1: liquidation.fee_share: leaves nothing of the fee", "fee = \"0\"" },
    { "assets: (", "liquidation: { episode_seconds = 3; };\nassets: (",
      "t:1: liquidation.pause_seconds: is longer than an episode", "at most episode_seconds, 3" },
    { "assets: (", "liquidation: { slices = \"0.1\"; };\nassets: (", "t:1: liquidation.slices: no such key",
      "conversion_impact" },
    { "assets: (", "liquidation: ( 1 );\nassets: (", "t:1: liquidation: is not a group", "" },
    { "decimals = 6", "decimals = ", "t:2: text: syntax error", "" },
};

static void test_refusals(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        char *text = changed(refusals[i].from, refusals[i].to);
        struct config config;

        assert_false(config_load_text(&config, "t", text, &problems));
        if (strncmp(problems.text[0], refusals[i].message, strlen(refusals[i].message)) != 0 ||
            !strstr(problems.text[0], refusals[i].right)) {
            print_error("case %zu: %s\n", i, problems.text[0]);
            wrong++;
        }
        config_free(&config);
        free(text);
    }
    assert_int_equal(wrong, 0);
}

/* All problems are told at once, and more than fit are counted. */
static void test_many(void **state)
{
    char text[8192] = "assets: (";
    struct config config;

    (void)state;
    for (unsigned i = 0; i < 40; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "%s{ symbol = \"A%u\"; decimals = 99; }", i ? "," : "", i);
    strcat(text, "); markets: ();");
    assert_false(config_load_text(&config, "t", text, &problems));
    assert_int_equal(problems.count, 41); /* each, and no settlement asset */
    assert_non_null(strstr(problems.text[PROBLEMS_MAX - 1], "assets.A31.decimals"));
    config_free(&config);
}

/* Every key about money, and what it is in the inputs. */
static void test_money(void **state)
{
    char *text = changed("assets: (",
                         "venue: { settle_seconds = 20; notice_seconds = 7; fresh_seconds = 30; approvals = 2;\n"
                         "  approver = \"manual\"; fund_floor = \"10.5\"; withdraw_account_max = \"3\";\n"
                         "  withdraw_venue_max = \"4\"; leverage_caps = ( \"0\", \"12.5\" ); };\n"
                         "accounts: ( { name = \"a\"; jurisdiction = 1; subaccounts = ( \"one\",\n"
                         "  { name = \"two\"; auto_lend = true; vpnl = true; } ); } );\nassets: (");
    char *at = strstr(text, "index = \"60000\""), *whole = malloc(strlen(text) + 600);
    struct config config;
    const struct config_asset *btc;

    (void)state;
    snprintf(whole, strlen(text) + 600, "%.*scollateral_max = \"2\"; pricing = { quorum = 1; change = \"0.0025\"; };"
             "venues = ( { name = \"x\"; weight = 3; }, { name = \"y\"; } );"
             "pool = { rate_zero = \"0\"; rate_optimal = \"0.05\"; rate_full = \"1.5\"; step = \"0.5\"; };%s",
             (int)(at - text), text, at);
    if (!config_load_text(&config, "t", whole, &problems))
        fail_msg("%s", problems.text[0]);
    assert_true(config.venue.given && config.node.approver == CONFIG_APPROVER_MANUAL);
    assert_true(config.venue.rules.settle_seconds == 20 && config.venue.rules.notice_seconds == 7 &&
                config.venue.rules.fresh_seconds == 30 && config.venue.rules.approvals == 2);
    assert_true(config.venue.rules.fund_floor == 10500000 && config.venue.rules.withdraw_account_max == 3000000 &&
                config.venue.rules.withdraw_venue_max == 4000000);
    assert_true(config.venue.rules.leverage_caps[0] == 0 && config.venue.rules.leverage_caps[1] == 1250);
    btc = &config.assets[1];
    assert_true(btc->set.collateral_max == 200000000 && btc->has_pricing && btc->has_pool && btc->venue_count == 2);
    assert_true(btc->pricing.change == 2500 && btc->pricing.clamp == 10000 && btc->pricing.stale_ms == 5000);
    assert_true(btc->venues[0].weight == 3 && btc->venues[1].weight == 1 && btc->venues[1].name[0] == 'y');
    assert_true(btc->pool.rate_full == 1500000 && btc->pool.step == 50000000 && btc->pool.throttle == 1000000);
    assert_int_equal(config.accounts[0].set.jurisdiction, 1);
    assert_int_equal(config.subaccounts[0].set.flags, 0);
    assert_int_equal(config.subaccounts[1].set.flags, SUBACCOUNT_AUTO_LEND | SUBACCOUNT_VPNL);
    config_free(&config);
    free(whole);
    free(text);
}

/* exchange-rules.md, section 6, with and without the group; and every key. */
static void test_liquidation(void **state)
{
    char *text = changed("assets: (",
                         "liquidation: { policy = \"drift\"; slice = \"0.2\"; depth_share = \"0.5\";\n"
                         "  pause_seconds = \"2.5\"; urgent_seconds = 30; episode_seconds = 40; stop = \"1.1\";\n"
                         "  backstop = \"0.5\"; fee = \"0.005\"; fee_share = \"0.2\"; adl_bound = \"0.3\";\n"
                         "  conversion_impact = \"0.04\"; notice_seconds = 50; };\nassets: (");
    const struct input_liquidation_rules right = {
        .header = { .kind = INPUT_LIQUIDATION_RULES, .size = sizeof right }, .policy = POLICY_OURS, .slice = 100000,
        .depth_share = 250000, .pause_ms = 5000, .urgent_seconds = 60, .episode_seconds = 60, .stop = 1020000,
        .backstop = 666667, .fee = 10000, .fee_share = 100000, .adl_bound = 100000, .conversion_impact = 20000,
        .notice_seconds = 86400,
    };
    const struct input_liquidation_rules other = {
        .header = right.header, .policy = POLICY_DRIFT, .slice = 200000, .depth_share = 500000, .pause_ms = 2500,
        .urgent_seconds = 30, .episode_seconds = 40, .stop = 1100000, .backstop = 500000, .fee = 5000,
        .fee_share = 200000, .adl_bound = 300000, .conversion_impact = 40000, .notice_seconds = 50,
    };
    struct config config;

    (void)state;
    assert_true(config_load_text(&config, "default", config_default(), &problems));
    assert_memory_equal(&config.liquidation, &right, sizeof right);
    config_free(&config);
    assert_true(config_load_text(&config, "t", base_text, &problems));
    assert_memory_equal(&config.liquidation, &right, sizeof right);
    config_free(&config);
    if (!config_load_text(&config, "t", text, &problems))
        fail_msg("%s", problems.text[0]);
    assert_memory_equal(&config.liquidation, &other, sizeof other);
    config_free(&config);
    free(text);
}

static void test_price(void **state)
{
    struct input_market_set market = { .lot_units = 1000, .tick_lot_units = 1 };

    (void)state;
    assert_int_equal(config_price_fixed(&market, 8, 6, UINT64_C(60000000000000000)), UINT64_C(600000) * 256);
    assert_int_equal(config_price_fixed(&market, 8, 6, UINT64_C(60000050000000000)), UINT64_C(600000) * 256 + 128);
    assert_int_equal(config_price_fixed(&market, 8, 6, 1), 0);
    assert_int_equal(config_price_fixed(&market, 0, 18, INT64_MAX), 0);
    market = (struct input_market_set){ .lot_units = UINT64_C(1) << 62, .tick_lot_units = UINT64_C(1) << 54 };
    assert_int_equal(config_price_fixed(&market, 0, 18, INT64_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default), cmocka_unit_test(test_file), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_many),    cmocka_unit_test(test_money), cmocka_unit_test(test_price),
        cmocka_unit_test(test_liquidation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
