/* Parameters of risk by name: what is read, what is refused with which words, and what they are put over. */
#include "unit.h"

#include "policy.h"
#include "risk_set.h"

static struct risk_sets sets;
static char error[RISK_ERROR];

static int begin(void **unused)
{
    (void)unused;
    memset(&sets, 0, sizeof sets);
    return 0;
}

static void add(const char *text)
{
    if (!risk_sets_add(&sets, text, error, sizeof error))
        fail_msg("%s", error);
}

static void refused(const char *text, const char *words)
{
    const size_t before = sets.count;

    assert_false(risk_sets_add(&sets, text, error, sizeof error));
    assert_int_equal(sets.count, before);
    if (strstr(error, words) == NULL)
        fail_msg("%s: %s", text, error);
}

static void rules_are_changed(void **unused)
{
    struct input_liquidation_rules rules = { .header = { .kind = INPUT_LIQUIDATION_RULES, .size = sizeof rules },
                                             .slice = 7, .fee = 9 };

    (void)unused;
    add("risk.policy=ftx");
    add("risk.slice=0.25");
    add("risk.stop=1.5");
    add("risk.pause_ms=250");
    add("risk.slice=0.5"); /* the later one counts */
    assert_true(risk_sets_change(&sets, &rules.header));
    assert_int_equal(rules.policy, POLICY_FTX);
    assert_int_equal(rules.slice, 500000);
    assert_int_equal(rules.stop, 1500000);
    assert_int_equal(rules.pause_ms, 250);
    assert_int_equal(rules.fee, 9);
}

/* A symbol may have points; a record of another market or size is left alone. */
static void a_market_is_changed_by_its_symbol(void **unused)
{
    struct input_market_set market = { .header = { .kind = INPUT_MARKET_SET, .size = sizeof market },
                                       .symbol = "BTC.P", .mmf = { 1, 100, 5 }, .maker_fee = 3 };
    struct input_market_set other = market;
    struct input_market_set cut = market;

    (void)unused;
    strcpy((char *)other.symbol, "BTC");
    cut.header.size -= 8;
    add("risk.market.BTC.P.mmf_base=1/20");
    add("risk.market.BTC.P.mmf_factor=0.000024");
    add("risk.market.BTC.P.imf_base=0.125");
    add("risk.market.BTC.P.maker_fee=-0.0001");
    add("risk.market.BTC.P.position_max=123456789012");
    assert_false(risk_sets_change(&sets, &other.header));
    assert_false(risk_sets_change(&sets, &cut.header));
    assert_non_null(risk_sets_unused(&sets));
    assert_true(risk_sets_change(&sets, &market.header));
    assert_null(risk_sets_unused(&sets));
    assert_int_equal(market.mmf.numerator, 1);
    assert_int_equal(market.mmf.denominator, 20);
    assert_int_equal(market.mmf.factor, 24000);
    assert_int_equal(market.imf.numerator, 125000);
    assert_int_equal(market.imf.denominator, 1000000);
    assert_int_equal(market.maker_fee, -100);
    assert_int_equal(market.position_max, 123456789012);
    assert_int_equal(market.taker_fee, 0);
}

static void assets_and_the_venue_are_changed(void **unused)
{
    struct input_asset_set asset = { .header = { .kind = INPUT_ASSET_SET, .size = sizeof asset }, .symbol = "ETH" };
    struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES, .size = sizeof rules } };

    (void)unused;
    add("risk.asset.ETH.weight=0.9");
    add("risk.asset.ETH.borrow_mmf_base=1/7");
    add("risk.asset.ETH.collateral_max=5");
    add("risk.venue.fund_floor=1000000");
    add("risk.venue.settle_seconds=30");
    assert_true(risk_sets_change(&sets, &asset.header));
    assert_true(risk_sets_change(&sets, &rules.header));
    assert_int_equal(asset.weight, 900000);
    assert_int_equal(asset.borrow_mmf.denominator, 7);
    assert_int_equal(asset.collateral_max, 5);
    assert_int_equal(rules.fund_floor, 1000000);
    assert_int_equal(rules.settle_seconds, 30);
}

/* What a state holds, and changes in it that wait. Rules that were never set have their defaults first. */
static void a_state_is_changed(void **unused)
{
    const struct state_sizes sizes = { .subaccounts = 8, .accounts = 4, .users = 1, .balances = 8, .positions = 8,
                                       .orders = 4, .slots = 4, .transfers = 4, .jobs = 1 };
    struct input_market_set waits = { .header = { .kind = INPUT_MARKET_SET, .size = sizeof waits }, .symbol = "M" };
    struct state state;
    uint32_t row;

    (void)unused;
    state_create(&state, &sizes);
    row = table_take(&state.markets);
    strcpy((char *)state_market(&state, row)->symbol, "M");
    memcpy(((struct deferred *)table_row(&state.deferred, 3))->input, &waits, sizeof waits);
    add("risk.market.M.impact_min=0.9");
    add("risk.backstop=0.5");
    risk_sets_change_state(&sets, &state);
    memcpy(&waits, ((struct deferred *)table_row(&state.deferred, 3))->input, sizeof waits);
    assert_int_equal(state_market(&state, row)->impact_min, 900000);
    assert_int_equal(waits.impact_min, 900000);
    assert_int_equal(state.t->liquidation.backstop, 500000);
    assert_int_equal(state.t->liquidation.policy, POLICY_OURS);
    assert_in_range(state.t->liquidation.slice, 1, 1000000);
    assert_null(risk_sets_unused(&sets));
    state_destroy(&state);
}

static void what_is_wrong_is_named(void **unused)
{
    (void)unused;
    refused("risk.slice", "must be risk.KEY=VALUE");
    refused("slice=1", "no such key");
    refused("risk.slices=0.1", "slice, depth_share, pause_ms");
    refused("risk.slices=0.1", "risk.market.SYMBOL.KEY");
    refused("risk.slic=0.1", "no such key");
    refused("risk.=0.1", "no such key");
    refused("risk.venue.fund=1", "fund_floor");
    refused("risk.market.mmf_base=0.1", "no such key");
    refused("risk.market..mmf_base=0.1", "no such key");
    refused("risk.market.M.mmf=0.1", "mmf_base, mmf_factor");
    refused("risk.market.A_SYMBOL_THAT_IS_TOO_LONG.mmf_base=0.1", "no such key");
    refused("risk.asset.SIXTEEN_AND_MORE_.weight=0.1", "no such key");
    refused("risk.asset.ETH.mmf_base=0.1", "borrow_mmf_base");
    refused("risk.slice=0", "must be a number from 0.000001 to 1");
    refused("risk.slice=1.000001", "from 0.000001 to 1");
    refused("risk.slice=0.1234567", "at most 6 decimals");
    refused("risk.slice=ten", "must be a number");
    refused("risk.slice=", "must be a number");
    refused("risk.slice=-0.1", "must be a number");
    refused("risk.stop=0.99", "from 1 to 2");
    refused("risk.pause_ms=60001", "a whole number from 0 to 60000");
    refused("risk.pause_ms=1.5", "a whole number");
    refused("risk.policy=theirs", "one of none, ours");
    refused("risk.market.M.imf_base=3/2", "a fraction from 0 to 1");
    refused("risk.market.M.imf_base=1/0", "a fraction");
    refused("risk.market.M.imf_base=1/2/3", "a fraction");
    refused("risk.venue.fund_floor=99999999999999999999", "from 0 to 1152921504606846976");
}

/* Where only rules of liquidation can be set, nothing else is known, nor told of. */
static void rules_only(void **unused)
{
    (void)unused;
    sets.rules_only = true;
    add("risk.slice=0.5");
    refused("risk.slices=1", "KEY one of slice, depth_share");
    assert_null(strstr(error, "venue"));
    assert_null(strstr(error, "policy"));
    refused("risk.policy=ftx", "no such key here");
    refused("risk.venue.approvals=2", "no such key here");
    refused("risk.slice=2", "from 0.000001 to 1");
}

static void no_more_than_there_is_room_for(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < RISK_SETS; i++)
        add("risk.fee=0.01");
    refused("risk.fee=0.01", "more than");
}

/* Printed as they can be given again. */
static void they_are_told_as_they_were_given(void **unused)
{
    static const char *const texts[] = { "risk.policy=none", "risk.slice=0.25", "risk.venue.fund_floor=10",
                                         "risk.market.A.B.mmf_base=1/20", "risk.market.M.maker_fee=-0.0001",
                                         "risk.asset.ETH.penalty=0.000000001" };
    char text[128];

    (void)unused;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        add(texts[i]);
        risk_set_text(&sets.set[i], text, sizeof text);
        assert_string_equal(text, texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rules_are_changed, begin),
        cmocka_unit_test_setup(a_market_is_changed_by_its_symbol, begin),
        cmocka_unit_test_setup(assets_and_the_venue_are_changed, begin),
        cmocka_unit_test_setup(a_state_is_changed, begin),
        cmocka_unit_test_setup(what_is_wrong_is_named, begin),
        cmocka_unit_test_setup(rules_only, begin),
        cmocka_unit_test_setup(no_more_than_there_is_room_for, begin),
        cmocka_unit_test_setup(they_are_told_as_they_were_given, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
