/* The neutrality audit: nothing is found in whatever the core does; and each kind of favour is, however it comes about:
 * here by showing the audit something else than what has happened. (Faults in the core: tests/money/mutants.toml.) */
#include "unit.h"

#include "core.h"
#include "liquidation.h"
#include "neutral.h"
#include "random_flow.h"
#include "world.h"

static struct fixture fixture;
static struct world world;
static struct neutral *neutral;
static struct audit_observer real;

static void attach(struct exchange *exchange)
{
    neutral = neutral_create();
    real = neutral_observer(neutral);
    core_tell_entries(exchange, real.entry);
    exchange->options.context = real.context;
    exchange->options.watcher = real.watcher;
    neutral_begin(neutral, exchange);
}

static const char *first_text(void)
{
    const struct neutral_finding *finding = neutral_finding(neutral, 0);

    return finding ? finding->text : "";
}

static void expect_clean(const char *what)
{
    if (neutral_findings(neutral) != 0)
        fail_msg("%s: %lu findings, the first: batch %lu, %s: %s", what, (unsigned long)neutral_findings(neutral),
                 (unsigned long)neutral_finding(neutral, 0)->batch,
                 neutral_kind_name((enum neutral_kind)neutral_finding(neutral, 0)->kind), first_text());
}

/* Exactly one finding, of this kind. */
static void expect_one(enum neutral_kind kind, uint32_t subaccount)
{
    if (neutral_findings(neutral) != 1 || neutral_counts(neutral)->findings[kind] != 1)
        fail_msg("%lu findings, the first: %s", (unsigned long)neutral_findings(neutral), first_text());
    assert_int_equal(neutral_finding(neutral, 0)->subaccount, subaccount);
    assert_true(neutral_finding(neutral, 0)->batch > 0);
}

/* --- nothing is found --- */

static void run_random(uint64_t seed, bool money, uint32_t steps)
{
    struct random_flow flow;

    fixture_open(&fixture, "model");
    random_flow_start(&flow, &fixture, seed, 12);
    flow.extras = seed & 1;
    if (money)
        random_flow_money(&flow, seed % 4 < 2);
    if (money)
        flow.delist_at = 60;
    fixture.exchange->options.steps = steps;
    fixture.exchange->options.recount = false; /* what is found is to be the audit's */
    attach(fixture.exchange);
    for (uint32_t batch = 0; batch < 80; batch++) {
        random_flow_batch(&flow, 1 + (uint32_t)random_flow_draw(&flow, seed % 3 ? 120 : 5));
        do {
            fixture_run(&fixture);
            neutral_end_batch(neutral);
        } while (fixture.result.more && (steps == 0 || random_flow_draw(&flow, 2)));
        if (seed % 4 == 0 && batch % 16 == 7)
            assert_int_equal(exchange_attach(fixture.exchange), EXCHANGE_OK);
    }
}

static void random_flows_are_clean(void **unused)
{
    struct neutral_counts sum = { 0 };

    (void)unused;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        char what[32];

        run_random(seed * 7919, seed > 6, seed % 3 == 1 ? 3 : 0);
        snprintf(what, sizeof what, "seed %lu", (unsigned long)seed * 7919);
        expect_clean(what);
        sum.margins += neutral_counts(neutral)->margins;
        sum.fills += neutral_counts(neutral)->fills;
        sum.fees += neutral_counts(neutral)->fees;
        sum.replaces += neutral_counts(neutral)->replaces;
        neutral_destroy(neutral);
        fixture_close(&fixture);
    }
    assert_true(sum.margins > 1000 && sum.fills > 500 && sum.fees > 800 && sum.replaces > 20);
}

/* Accounts that are in trouble one after the other as the price falls, a thin book, and a fund. */
static void run_crash(void)
{
    struct input_liquidation_rules rules;
    uint32_t crowd;

    world_open(&world);
    rules = world_rules();
    world_set_rules(&world, &rules);
    crowd = world_crowd(&world, 40, 1000);
    for (uint32_t n = 0; n < 40; n++)
        world_hold(&world, crowd + n, FIXTURE_PERP, 300 + 20 * (int64_t)n);
    world_quote(&world, FIXTURE_PERP, FIXTURE_MARK, 10, 20, 400);
    attach(world.fixture.exchange);
}

static void crash_second(int64_t price)
{
    world_price(&world, FIXTURE_BTC, price);
    world_second(&world);
    world_quote(&world, FIXTURE_PERP, (uint32_t)(price / 100000), 10, 20, 400);
    world_second(&world);
    neutral_end_batch(neutral);
}

static void a_crash_is_clean(void **unused)
{
    const struct neutral_counts *counts;

    (void)unused;
    run_crash();
    for (int64_t n = 0; n < 20; n++)
        crash_second(10000000000 - n * 50000000);
    expect_clean("crash");
    counts = neutral_counts(neutral);
    assert_true(counts->detections >= 20 && counts->accounts >= 800);
    assert_true(counts->episodes > 5 && counts->troubled > 5 && counts->own_orders > 5);
    neutral_destroy(neutral);
    world_close(&world);
}

/* --- favours --- */

static uint32_t favoured;               /* subaccount */
static struct card_event kept;
static bool keeps;

static void begin_pair(uint32_t *ann, uint32_t *ben)
{
    fixture_open(&fixture, "model");
    *ann = fixture_add_user(&fixture, 100000);
    *ben = fixture_add_user(&fixture, 100000);
    fixture_run(&fixture);
    attach(fixture.exchange);
    keeps = false;
}

static void end_pair(void)
{
    neutral_destroy(neutral);
    fixture_close(&fixture);
}

static void run_pair(void)
{
    fixture_run(&fixture);
    neutral_end_batch(neutral);
}

/* Ledger without the fees of one. */
static void without_fees(void *context, const struct ledger_entry *entry)
{
    if (entry->kind != ENTRY_COST_FEE || (entry->from != favoured && entry->to != favoured))
        real.entry(context, entry);
}

static void a_fee_exemption_is_found(void **unused)
{
    uint32_t ann, ben;

    (void)unused;
    begin_pair(&ann, &ben);
    favoured = fixture_subaccount(ben);
    fixture_order(&fixture, ann, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK, 10);
    fixture_order(&fixture, ben, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 4);
    run_pair();
    expect_clean("both pay");
    assert_int_equal(neutral_counts(neutral)->fees, 2);
    core_tell_entries(fixture.exchange, without_fees);
    fixture_order(&fixture, ben, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 4);
    run_pair();
    expect_one(NEUTRAL_FEE, favoured);
    end_pair();
}

/* A unit less than the rates make. */
static void less_fee(void *context, const struct ledger_entry *entry)
{
    struct ledger_entry other = *entry;

    if (entry->kind == ENTRY_COST_FEE && entry->to == favoured)
        other.amount -= 1;
    real.entry(context, &other);
}

static void a_smaller_fee_is_found(void **unused)
{
    uint32_t ann, ben;

    (void)unused;
    begin_pair(&ann, &ben);
    favoured = fixture_subaccount(ben);
    core_tell_entries(fixture.exchange, less_fee);
    fixture_order(&fixture, ann, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK, 10);
    fixture_order(&fixture, ben, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 4);
    run_pair();
    expect_one(NEUTRAL_FEE, favoured);
    end_pair();
}

/* The first order to rest is shown behind the second: what then fills has jumped the queue. */
static void swap_rests(void *context, const struct card_event *event)
{
    if (card_event_kind(event) == CARD_KIND_RESTED && !keeps) {
        kept = *event;
        keeps = true;
        return;
    }
    real.watcher.event(context, event);
    if (card_event_kind(event) == CARD_KIND_RESTED)
        real.watcher.event(context, &kept);
}

static void a_queue_jump_is_found(void **unused)
{
    uint32_t ann, ben;

    (void)unused;
    begin_pair(&ann, &ben);
    fixture.exchange->options.watcher.event = swap_rests;
    fixture_order(&fixture, ann, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK, 10);
    fixture_order(&fixture, ben, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK, 10);
    run_pair();
    expect_clean("nothing has filled");
    fixture.exchange->options.watcher.event = real.watcher.event;
    fixture_order(&fixture, fixture_add_user(&fixture, 100000), FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK, 4);
    run_pair();
    expect_one(NEUTRAL_QUEUE, fixture_subaccount(ben));
    end_pair();
}

/* As if the account had next to nothing when its order went out. */
static void poorer_command(void *context, const struct card_command *command, uint32_t order)
{
    struct balance *balance =
        state_balance(fixture.state, state_find_balance(fixture.state, favoured, FIXTURE_USDC));
    const int64_t amount = balance->amount;

    balance->amount = 1000;
    real.watcher.command(context, command, order);
    balance->amount = amount;
}

static void a_skipped_margin_check_is_found(void **unused)
{
    uint32_t ann, ben;

    (void)unused;
    begin_pair(&ann, &ben);
    favoured = fixture_subaccount(ann);
    fixture_order(&fixture, ann, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK + 10, 10);
    run_pair();
    expect_clean("it is covered");
    fixture.exchange->options.watcher.command = poorer_command;
    fixture_order(&fixture, ann, FIXTURE_PERP, CARD_SIDE_SELL, FIXTURE_MARK + 20, 10);
    run_pair();
    expect_one(NEUTRAL_MARGIN, favoured);
    end_pair();
}

/* As if it came from the insurance fund. */
static void funds_command(void *context, const struct card_command *command, uint32_t order)
{
    struct order *row = order_row(fixture.state, order);
    const uint32_t subaccount = row->subaccount;
    struct card_command other = *command;

    row->subaccount = SYSTEM_FUND;
    other.order.owner = state_subaccount(fixture.state, SYSTEM_FUND)->account;
    real.watcher.command(context, &other, order);
    row->subaccount = subaccount;
}

static void an_order_of_the_fund_is_found(void **unused)
{
    uint32_t ann, ben;

    (void)unused;
    begin_pair(&ann, &ben);
    fixture.exchange->options.watcher.command = funds_command;
    fixture_order(&fixture, ann, FIXTURE_SPOT, CARD_SIDE_BUY, FIXTURE_SPOT_MARK - 10, 10);
    run_pair();
    assert_true(neutral_counts(neutral)->findings[NEUTRAL_SYSTEM] == 1);
    end_pair();
}

static void a_position_of_the_fund_is_found(void **unused)
{
    struct ledger_entry entry = { .kind = ENTRY_POSITION, .thing = FIXTURE_PERP, .to = SYSTEM_FUND, .amount = 5 };
    struct position *lots;
    uint32_t ann, ben;

    (void)unused;
    begin_pair(&ann, &ben);
    entry.from = fixture_subaccount(ben);
    lots = state_position(fixture.state, state_market(fixture.state, FIXTURE_PERP)->fund_position);
    real.entry(real.context, &entry);
    expect_one(NEUTRAL_SYSTEM, SYSTEM_FUND);
    lots->quantity = 5;
    fixture.state->t->next_tick++;
    neutral_end_batch(neutral);
    lots->quantity = 0;
    assert_int_equal(neutral_counts(neutral)->findings[NEUTRAL_SYSTEM], 2);
    end_pair();
}

/* Somebody who is not being liquidated pays the fee of it, and more than the rules allow. */
static void a_fee_without_liquidation_is_found(void **unused)
{
    const struct ledger_entry entry = { .kind = ENTRY_LIQUIDATION_FEE, .thing = FIXTURE_PERP, .from = SYSTEM_FUND,
                                        .amount = 77 };
    struct ledger_entry other = entry;
    uint32_t ann, ben;

    (void)unused;
    begin_pair(&ann, &ben);
    other.to = fixture_subaccount(ann);
    real.entry(real.context, &other);
    assert_int_equal(neutral_counts(neutral)->findings[NEUTRAL_LIQUIDATION], 1);
    assert_int_equal(neutral_counts(neutral)->findings[NEUTRAL_FEE], 1);
    end_pair();
}

/* As if it had lost everything but a USDC by the time that detection has passed. */
static void poorer_detection(void *context, uint32_t from, uint32_t to)
{
    struct state *state = world.fixture.state;
    struct balance *balance = state_balance(state, state_find_balance(state, favoured, FIXTURE_USDC));
    const int64_t amount = balance->amount;

    balance->amount = WORLD_USDC;
    real.watcher.detected(context, from, to);
    balance->amount = amount;
}

static void one_who_is_never_liquidated_is_found(void **unused)
{
    (void)unused;
    run_crash();
    favoured = world.fixture.state->subaccounts.used - 1; /* of the crowd */
    world_second(&world);
    neutral_end_batch(neutral);
    expect_clean("a quiet second");
    world.fixture.exchange->options.watcher.detected = poorer_detection;
    world_second(&world);
    expect_one(NEUTRAL_LIQUIDATION, favoured);
    neutral_destroy(neutral);
    world_close(&world);
}

/* As if all who are found had been well. */
static void richer_detection(void *context, uint32_t from, uint32_t to)
{
    struct state *state = world.fixture.state;

    for (uint32_t row = SYSTEM_SUBACCOUNTS; row < state->subaccounts.used; row++)
        state_balance(state, state_find_balance(state, row, FIXTURE_USDC))->amount += 100000ll * WORLD_USDC;
    real.watcher.detected(context, from, to);
    for (uint32_t row = SYSTEM_SUBACCOUNTS; row < state->subaccounts.used; row++)
        state_balance(state, state_find_balance(state, row, FIXTURE_USDC))->amount -= 100000ll * WORLD_USDC;
}

static void one_who_is_well_and_liquidated_is_found(void **unused)
{
    (void)unused;
    run_crash();
    world.fixture.exchange->options.watcher.detected = richer_detection;
    for (int64_t n = 0; n < 20 && neutral_findings(neutral) == 0; n++)
        crash_second(10000000000 - n * 50000000);
    assert_true(neutral_counts(neutral)->findings[NEUTRAL_LIQUIDATION] > 0);
    assert_non_null(strstr(first_text(), "above maintenance"));
    neutral_destroy(neutral);
    world_close(&world);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_flows_are_clean),
        cmocka_unit_test(a_crash_is_clean),
        cmocka_unit_test(a_fee_exemption_is_found),
        cmocka_unit_test(a_smaller_fee_is_found),
        cmocka_unit_test(a_queue_jump_is_found),
        cmocka_unit_test(a_skipped_margin_check_is_found),
        cmocka_unit_test(an_order_of_the_fund_is_found),
        cmocka_unit_test(a_position_of_the_fund_is_found),
        cmocka_unit_test(a_fee_without_liquidation_is_found),
        cmocka_unit_test(one_who_is_never_liquidated_is_found),
        cmocka_unit_test(one_who_is_well_and_liquidated_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
