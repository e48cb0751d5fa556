/* Backstop providers: what they commit and how they leave; positions that are handed over with their share of the
 * equity, to the unit; the fund's part; the tally. */
#include "unit.h"

#include <stdlib.h>

#include "durations.h"
#include "settlement.h"
#include "tally.h"
#include "world.h"

enum { RICH = 100000000, LOT_USDC = 10, LOTS = 1500 }; /* a lot of the perpetual is worth 10 USDC at the beginning */
#define USDC(whole) ((int64_t)(whole) * WORLD_USDC)

static struct world world;

static struct state *now(void)
{
    return world.fixture.state;
}

static struct market *perp(void)
{
    return state_market(now(), FIXTURE_PERP);
}

static void recount(void)
{
    if (exchange_recount(world.fixture.exchange) != EXCHANGE_OK)
        fail_msg("%s", exchange_message(world.fixture.exchange));
}

/* Rules that liquidate nobody by themselves: tests hand over when they like. */
static int begin(void **unused)
{
    struct input_liquidation_rules rules = world_rules();

    (void)unused;
    world_open(&world);
    rules.policy = POLICY_NONE;
    world_set_rules(&world, &rules);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    recount();
    world_close(&world);
    return 0;
}

/* --- what tests do --- */

static enum reason commit_in(uint32_t person, uint32_t market, int64_t capacity)
{
    const struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP,
                                                      .subaccount = fixture_subaccount(person) },
                                          .market = (uint16_t)market, .capacity = capacity };

    fixture_add(&world.fixture, &input, sizeof input);
    return world_answer(&world);
}

static enum reason commit(uint32_t person, int64_t usdc)
{
    return commit_in(person, FIXTURE_PERP, USDC(usdc));
}

static const struct commitment *committed(uint32_t person)
{
    const uint32_t row = state_subaccount(now(), fixture_subaccount(person))->commitments;

    return row == TABLE_NONE ? NULL : state_commitment(now(), row);
}

static uint32_t provider(int64_t usdc, int64_t capacity)
{
    const uint32_t person = world_crowd(&world, 1, usdc);

    assert_int_equal(commit(person, capacity), REASON_NONE);
    return person;
}

static uint32_t victim(int64_t usdc, int64_t lots)
{
    const uint32_t person = world_crowd(&world, 1, usdc);

    world_hold(&world, person, FIXTURE_PERP, lots);
    return person;
}

static void price(int64_t usdc)
{
    world_price(&world, FIXTURE_BTC, INT64_C(1000000) * usdc);
    world_second(&world);
}

/* As detection begins one, but for the cancels. */
static uint32_t episode(uint32_t person)
{
    const uint32_t row = table_take(&now()->episodes), subaccount = fixture_subaccount(person);
    struct episode *made = state_episode(now(), row);

    made->subaccount = subaccount;
    made->number = ++now()->t->episodes_made;
    made->begun_ns = liquidation_now_ns(now());
    made->prev = now()->t->episodes_last;
    if (made->prev != TABLE_NONE)
        state_episode(now(), made->prev)->next = row;
    else
        now()->t->episodes = row;
    now()->t->episodes_last = row;
    state_subaccount(now(), subaccount)->episode = row;
    for (uint32_t at = state_subaccount(now(), subaccount)->positions; at; at = state_position(now(), at)->next)
        state_position_detail(now(), at)->episode_lots = labs(state_position(now(), at)->quantity);
    return row;
}

static struct policy_plan whole_plan(void)
{
    return (struct policy_plan){ .hand_over = true, .hand_over_part = POLICY_WHOLE,
                                 .discount = POLICY_SHARE_OF_EQUITY };
}

static bool hand_over_by(uint32_t row, const struct policy_plan *plan)
{
    struct exchange *exchange = world.fixture.exchange;
    bool done;

    exchange->notice_count = 0;
    exchange->action_count = 0;
    exchange->steps_left = TICK_STEPS;
    done = backstop_hand_over(exchange, row, plan);
    recount();
    return done;
}

static bool hand_over(uint32_t row)
{
    const struct policy_plan plan = whole_plan();

    return hand_over_by(row, &plan);
}

static int64_t told(enum notice_kind kind, uint32_t person, unsigned n, unsigned *count)
{
    const struct exchange *exchange = world.fixture.exchange;
    int64_t sum = 0;

    *count = 0;
    for (size_t i = 0; i < exchange->notice_count; i++)
        if (exchange->notices[i].kind == kind && exchange->notices[i].subaccount == fixture_subaccount(person)) {
            sum += exchange->notices[i].amount[n];
            ++*count;
        }
    return sum;
}

static wide equity(uint32_t person)
{
    struct margin_view view;

    world_view(&world, person, &view);
    return view.equity;
}

static wide available(uint32_t person)
{
    struct margin_view view;

    world_view(&world, person, &view);
    return view.available;
}

static wide reserved(uint32_t person)
{
    struct margin_view view;

    world_view(&world, person, &view);
    assert_true(view.reserved <= view.initial);
    return view.reserved;
}

static wide reservation(int64_t usdc)
{
    return margin_of_notional(&perp()->imf, 6, 0, (wide)USDC(usdc) * 256);
}

/* --- capacity --- */

static void test_reservation_is_initial_margin_of_its_own(void **unused)
{
    const uint32_t person = world_crowd(&world, 1, 10000);
    int64_t most = 0, step = INT64_C(1) << 40;
    struct margin_view view;

    (void)unused;
    for (; step > 0; step /= 2) /* the largest capacity that 10,000 USDC are the initial margin of */
        if (margin_of_notional(&perp()->imf, 6, 0, (wide)(most + step) * 256) <= (wide)USDC(10000) * 256)
            most += step;
    assert_int_equal(commit_in(person, FIXTURE_PERP, most + 1), REASON_INSUFFICIENT_MARGIN);
    assert_null(committed(person));
    assert_int_equal(commit_in(person, FIXTURE_PERP, most), REASON_NONE);
    assert_int_equal(committed(person)->capacity, most);
    world_view(&world, person, &view);
    assert_true(view.initial == view.reserved && view.maintenance == 0 && view.available >= 0 &&
                view.available < 256);
    /* Nothing leaves, nothing is borrowed or ordered on it. */
    assert_int_equal(margin_check_withdrawal(now(), fixture_subaccount(person), FIXTURE_USDC, 1, 0),
                     REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(margin_check_borrow(now(), fixture_subaccount(person), FIXTURE_ETH, 100000000),
                     REASON_INSUFFICIENT_MARGIN);
    world_trade(&world, FIXTURE_PERP, person, world.house, 1, FIXTURE_MARK);
    const struct margin_change order = { .position = state_find_position(now(), fixture_subaccount(person),
                                                                         FIXTURE_PERP),
                                         .market = FIXTURE_PERP, .side = CARD_SIDE_BUY, .lots = 1, .orders = 1,
                                         .notional = 100 * FIXTURE_MARK };
    assert_int_equal(margin_check(now(), fixture_subaccount(person), &order), REASON_INSUFFICIENT_MARGIN);
    fixture_deposit(&world.fixture, fixture_subaccount(person), FIXTURE_USDC, USDC(10));
    assert_int_equal(world_answer(&world), REASON_NONE);
    assert_int_equal(margin_check(now(), fixture_subaccount(person), &order), REASON_NONE);
}

static void test_leverage_limit_counts(void **unused)
{
    const uint32_t person = world_crowd(&world, 1, 10000);
    const struct input_account_set set = { .header = { .kind = INPUT_ACCOUNT_SET },
                                           .account = SYSTEM_ACCOUNT + person, .leverage = 200 };

    (void)unused;
    fixture_add(&world.fixture, &set, sizeof set);
    assert_int_equal(world_answer(&world), REASON_NONE);
    assert_int_equal(commit(person, 20001), REASON_INSUFFICIENT_MARGIN);
    assert_int_equal(commit(person, 20000), REASON_NONE);
    assert_true(reserved(person) == (wide)USDC(10000) * 256);
}

static void test_refusals(void **unused)
{
    const uint32_t person = world_crowd(&world, 1, RICH), other = world_crowd(&world, 1, RICH);
    struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP, .subaccount = SYSTEM_FUND },
                                    .market = FIXTURE_PERP, .capacity = 1 };

    (void)unused;
    fixture_add(&world.fixture, &input, sizeof input);
    assert_int_equal(world_answer(&world), REASON_UNKNOWN_ACCOUNT);
    input.header.subaccount = now()->subaccounts.used;
    fixture_add(&world.fixture, &input, sizeof input);
    assert_int_equal(world_answer(&world), REASON_UNKNOWN_ACCOUNT);
    assert_int_equal(commit_in(person, FIXTURE_SPOT, 1), REASON_UNKNOWN_MARKET);
    assert_int_equal(commit_in(person, 0, 1), REASON_UNKNOWN_MARKET);
    assert_int_equal(commit_in(person, WORLD_PERP_2 + 1, 1), REASON_UNKNOWN_MARKET);
    assert_int_equal(commit_in(person, FIXTURE_PERP, -1), REASON_OUT_OF_RANGE);
    assert_int_equal(commit_in(person, FIXTURE_PERP, LIMIT_NOTIONAL_UNITS + 1), REASON_OUT_OF_RANGE);
    assert_int_equal(commit(person, 0), REASON_NONE);
    assert_int_equal(now()->commitments.live, 0);
    assert_int_equal(commit(other, 1000), REASON_NONE);
    episode(other);
    assert_int_equal(commit(other, 0), REASON_LIQUIDATION);
    assert_int_equal(commit(other, 2000), REASON_LIQUIDATION);
}

static void test_a_market_has_so_many_places(void **unused)
{
    const uint32_t first = world_crowd(&world, LIMIT_PROVIDERS + 1, 1000);

    (void)unused;
    for (uint32_t i = 0; i < LIMIT_PROVIDERS; i++)
        assert_int_equal(commit(first + i, 100), REASON_NONE);
    assert_int_equal(commit(first + LIMIT_PROVIDERS, 100), REASON_CAPACITY);
    assert_int_equal(commit_in(first + LIMIT_PROVIDERS, WORLD_PERP_2, USDC(100)), REASON_NONE);
    assert_int_equal(commit(first + 7, 0), REASON_NONE); /* whoever leaves makes room, once the notice is over */
    assert_int_equal(commit(first + LIMIT_PROVIDERS, 100), REASON_CAPACITY);
    world.fixture.time_ns += NS_A_DAY;
    world_second(&world);
    assert_null(committed(first + 7));
    assert_int_equal(commit(first + LIMIT_PROVIDERS, 100), REASON_NONE);
}

static void test_capacity_stays_until_its_notice_ends(void **unused)
{
    const uint32_t person = provider(10000, 50000);
    const uint64_t asked_ns = now()->t->time_ns;
    const struct notice *notice;
    uint64_t ends_ns;

    (void)unused;
    world_forget(&world);
    assert_int_equal(commit(person, 20000), REASON_NONE);
    ends_ns = now()->t->time_ns + NS_A_DAY;
    notice = world_notice(&world, NOTICE_BACKSTOP_CAPACITY, person);
    assert_non_null(notice);
    assert_int_equal(notice->amount[0], USDC(50000));
    assert_int_equal(notice->amount[1], USDC(20000));
    assert_int_equal(notice->amount[2], ends_ns);
    assert_true(ends_ns >= asked_ns + NS_A_DAY);
    assert_true(reserved(person) == reservation(50000));
    world_seconds(&world, 3);
    assert_int_equal(commit(person, 30000), REASON_NONE); /* less of a fall has had its notice */
    assert_int_equal(committed(person)->lower_ns, ends_ns);
    assert_int_equal(commit(person, 10000), REASON_NONE); /* more of it has not */
    assert_int_equal(committed(person)->lower_ns, now()->t->time_ns + NS_A_DAY);
    assert_int_equal(commit(person, 50000), REASON_NONE); /* taken back */
    assert_int_equal(committed(person)->lower_ns, 0);
    assert_int_equal(commit(person, 0), REASON_NONE);
    ends_ns = committed(person)->lower_ns;
    world.fixture.time_ns = ends_ns - 2 * NS_A_SECOND;
    world_second(&world);
    assert_int_equal(committed(person)->capacity, USDC(50000));
    assert_true(reserved(person) == reservation(50000));
    world_forget(&world);
    world_seconds(&world, 2);
    assert_null(committed(person));
    assert_int_equal(world_notice(&world, NOTICE_BACKSTOP_CAPACITY, person)->amount[0], 0);
    assert_true(reserved(person) == 0);
    assert_int_equal(margin_check_withdrawal(now(), fixture_subaccount(person), FIXTURE_USDC, USDC(10000), 0),
                     REASON_NONE);
}

static void test_delisting_ends_commitments(void **unused)
{
    const uint32_t person = provider(10000, 50000);
    const struct input_delist delist = { .header = { .kind = INPUT_DELIST }, .market = FIXTURE_PERP,
                                         .at_ns = world.fixture.time_ns + 2 * NS_A_SECOND };

    (void)unused;
    fixture_add(&world.fixture, &delist, sizeof delist);
    assert_int_equal(world_answer(&world), REASON_NONE);
    assert_non_null(committed(person));
    world_seconds(&world, 4);
    assert_null(committed(person));
    assert_int_equal(commit(person, 1000), REASON_DELISTED);
}

/* --- handing over --- */

static void test_share_goes_with_the_position(void **unused)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        const uint32_t taker = provider(100000, 50000), bankrupt = victim(1000, sign * LOTS);
        const wide had = equity(taker);
        uint32_t row;
        unsigned count;
        wide left;

        (void)unused;
        price(WORLD_BTC - sign * 450);
        left = equity(bankrupt);
        assert_true(left > 0 && left < (wide)USDC(400) * 256);
        row = episode(bankrupt);
        assert_true(hand_over(row));
        assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), 0);
        assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), sign * LOTS);
        assert_true(equity(bankrupt) == 0); /* all of it was this position's */
        assert_true(equity(taker) == had + left);
        assert_int_equal(told(NOTICE_BACKSTOP_GIVEN, bankrupt, 0, &count), LOTS);
        assert_int_equal(count, 1);
        assert_int_equal(told(NOTICE_BACKSTOP_TAKEN, taker, 2, &count), left);
        assert_int_equal(committed(taker)->capacity, USDC(50000) - committed(taker)->taken);
        assert_int_equal(committed(taker)->taken, (int64_t)perp()->mark * 100 * LOTS / 256);
        assert_int_equal(state_episode(now(), row)->backstop,
                         (committed(taker)->taken * 256 - sign * (int64_t)left) / 256);
        assert_int_equal(commit(taker, 0), REASON_NONE);
        price(WORLD_BTC);
        end(NULL);
        begin(NULL);
    }
}

static void test_providers_get_by_their_capacity(void **unused)
{
    enum { PROVIDERS = 3 };
    static const int64_t capacity[PROVIDERS] = { 9990, 20010, 40000 };
    uint32_t taker[PROVIDERS], row;
    const uint32_t bankrupt = victim(1000, LOTS);
    int64_t sum = 0, given = 0, lots[PROVIDERS];
    unsigned count;
    wide left;

    (void)unused;
    for (unsigned i = 0; i < PROVIDERS; i++)
        taker[i] = provider(RICH, capacity[i]);
    price(9600);
    for (unsigned i = 0; i < PROVIDERS; i++)
        sum += lots[i] = capacity[i] * 1000 / 9600;
    left = equity(bankrupt);
    row = episode(bankrupt);
    assert_true(hand_over(row));
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), 0);
    for (unsigned i = PROVIDERS, at = 0; i-- > 0;) { /* the last to commit comes first */
        const int64_t part = LOTS * (at + lots[i]) / sum - LOTS * at / sum;

        assert_int_equal(world_lots(&world, taker[i], FIXTURE_PERP), part);
        assert_int_equal(told(NOTICE_BACKSTOP_TAKEN, taker[i], 0, &count), part);
        given += told(NOTICE_BACKSTOP_TAKEN, taker[i], 2, &count);
        assert_true(available(taker[i]) >= 0);
        at += (unsigned)lots[i];
    }
    assert_true(given == left); /* to the last 1/256 unit */
    assert_true(equity(bankrupt) == 0);
    assert_int_equal(state_unwind(now(), FIXTURE_PERP)->tally.backstop_fills, PROVIDERS);
}

static void test_what_capacity_leaves_stays(void **unused)
{
    const uint32_t taker = provider(RICH, 4800), bankrupt = victim(1000, LOTS);
    uint32_t row;

    (void)unused;
    price(9600);
    row = episode(bankrupt);
    assert_true(hand_over(row));
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), 500);
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), LOTS - 500);
    assert_null(committed(taker)); /* used up: its row is free */
    assert_true(hand_over(row));
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), LOTS - 500);
}

static void test_two_positions_share_the_equity(void **unused)
{
    const uint32_t taker = provider(RICH, 50000), bankrupt = victim(2000, LOTS);
    const wide had = equity(taker);
    uint32_t row;
    wide left;

    (void)unused;
    world_hold(&world, bankrupt, WORLD_PERP_2, -700); /* 14,000 USDC */
    assert_int_equal(commit_in(taker, WORLD_PERP_2, USDC(50000)), REASON_NONE);
    price(9200);
    left = equity(bankrupt);
    assert_true(left > 0);
    row = episode(bankrupt);
    assert_true(hand_over(row));
    assert_int_equal(world_lots(&world, bankrupt, WORLD_PERP_2), 0);
    assert_int_equal(world_lots(&world, taker, WORLD_PERP_2), -700);
    assert_true(equity(bankrupt) >= 0 && equity(bankrupt) <= 1);
    assert_true(equity(taker) + equity(bankrupt) == had + left);
}

static void test_parts_of_a_position(void **unused)
{
    const uint32_t taker = provider(RICH, 50000), bankrupt = victim(1000, LOTS);
    struct policy_plan plan = whole_plan();
    uint32_t row;

    (void)unused;
    price(9600);
    row = episode(bankrupt);
    plan.hand_over_part = 400000;
    assert_true(hand_over_by(row, &plan));
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), 600);
    assert_true(hand_over_by(row, &plan)); /* of what there was at the beginning */
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), 1200);
    plan.of_present = true;
    plan.hand_over_part = 10000;
    assert_true(hand_over_by(row, &plan));
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), 1203);
    plan.notional_min = (wide)USDC(96) * 256;
    assert_true(hand_over_by(row, &plan));
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), 1213);
}

static void test_discount_of_the_mark(void **unused)
{
    const uint32_t taker = provider(RICH, 50000), bankrupt = victim(1000, LOTS);
    const wide had = equity(taker);
    struct policy_plan plan = whole_plan();
    uint32_t row;
    wide left;

    (void)unused;
    price(9600);
    left = equity(bankrupt);
    row = episode(bankrupt);
    plan.discount = 10000;
    assert_true(hand_over_by(row, &plan));
    assert_true(equity(taker) == had + (wide)USDC(LOTS) * 96 * 256 / 1000); /* 1 % of 14,400 USDC */
    assert_true(equity(bankrupt) + equity(taker) == had + left);
}

/* --- the fund --- */

static void fund(int64_t usdc)
{
    fixture_deposit(&world.fixture, SYSTEM_FUND, FIXTURE_USDC, USDC(usdc));
    assert_int_equal(world_answer(&world), REASON_NONE);
}

/* What falls on the position of somebody's negative equity: USDC that is missing asks for maintenance margin too. */
static wide missing_share(uint32_t person)
{
    struct margin_view view;
    uwide share = 0;
    const wide maintenance =
        margin_of_notional(&perp()->mmf, 6, 0, margin_notional(perp(), world_lots(&world, person, FIXTURE_PERP),
                                                               perp()->mark));

    world_view(&world, person, &view);
    assert_true(view.equity < 0 && view.maintenance > maintenance);
    assert_true(wide_scale_up((uwide)-view.equity, (uwide)maintenance, (uwide)view.maintenance, &share));
    return (wide)share;
}

static void test_fund_tops_up_what_it_can(void **unused)
{
    const uint32_t taker = provider(RICH, 50000), bankrupt = victim(1000, LOTS);
    const wide had = equity(taker);
    wide missing, share;
    int64_t paid, lots;
    unsigned count;
    uint32_t row;

    (void)unused;
    now()->t->fund_floor = (uint64_t)USDC(1000);
    fund(1000);
    price(9200); /* 1,200 lost, 1,000 had */
    missing = -equity(bankrupt);
    assert_true(missing == (wide)USDC(200) * 256);
    row = episode(bankrupt);
    assert_true(hand_over(row)); /* at its floor: nothing */
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), 0);
    assert_int_equal(backstop_fund_room(world.fixture.exchange, FIXTURE_PERP), 0);
    fund(50);
    share = missing_share(bankrupt);
    assert_true(hand_over(row)); /* about a quarter of the lots */
    lots = world_lots(&world, taker, FIXTURE_PERP);
    assert_int_equal(lots, (wide)LOTS * USDC(50) * 256 / share);
    assert_true(equity(taker) == had); /* at the mark */
    paid = told(NOTICE_FUND_TOPPED_UP, bankrupt, 0, &count);
    assert_int_equal(count, 1);
    assert_int_equal(paid, wide_divide_up(wide_divide_up(share * lots, LOTS), 256));
    assert_in_range(paid, 1, USDC(50));
    assert_int_equal(told(NOTICE_FUND_TOPPED_UP, bankrupt, 1, &count), USDC(1050) - paid);
    assert_true(equity(bankrupt) == -missing + (wide)paid * 256);
    assert_int_equal(perp()->fund_paid, paid);
    assert_int_equal(state_unwind(now(), FIXTURE_PERP)->tally.topped_up, paid);
    /* The market's cap, of which that is used. */
    fund(10000);
    perp()->fund_cap = (uint64_t)(paid + USDC(30));
    assert_int_equal(backstop_fund_room(world.fixture.exchange, FIXTURE_PERP), USDC(30));
    share = missing_share(bankrupt);
    assert_true(hand_over(row));
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), lots + (LOTS - lots) * USDC(30) * 256 / share);
    assert_in_range(perp()->fund_paid, paid + USDC(29), paid + USDC(30));
    perp()->fund_cap = 0;
    missing = equity(bankrupt);
    share = missing_share(bankrupt);
    assert_true(hand_over(row));
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), 0);
    assert_true(equity(bankrupt) == missing + wide_divide_up(share, 256) * 256);
    assert_true(equity(taker) == had);
}

static void test_fund_pays_for_what_goes(void **unused)
{
    const uint32_t taker = provider(RICH, 4600), bankrupt = victim(1000, LOTS);
    uint32_t row;
    wide share;

    (void)unused;
    fund(10000);
    price(9200);
    share = missing_share(bankrupt);
    row = episode(bankrupt);
    assert_true(hand_over(row)); /* 500 lots fit */
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), 500);
    assert_int_equal(perp()->fund_paid, wide_divide_up(wide_divide_up(share, 3), 256));
}

/* ETH counts for nothing; 0.5 of it are worth 1,000 USDC at the index, 980 once sold. */
static void hold_coins(uint32_t person)
{
    const struct input_asset_set coin = { .header = { .kind = INPUT_ASSET_SET }, .symbol = "ETH", .decimals = 8,
                                          .borrow_imf = { 1, 10, 0 }, .borrow_mmf = { 1, 20, 0 },
                                          .flags = ASSET_CAN_LEND | ASSET_CAN_BORROW };

    fixture_add(&world.fixture, &coin, sizeof coin);
    assert_int_equal(world_answer(&world), REASON_NONE);
    fixture_deposit(&world.fixture, fixture_subaccount(person), FIXTURE_ETH, 50000000);
    assert_int_equal(world_answer(&world), REASON_NONE);
}

/* What the account keeps is not made up for by the fund: the position goes at the mark, coins pay the rest. */
static void test_fund_pays_for_no_haircut(void **unused)
{
    const uint32_t taker = provider(RICH, 50000), bankrupt = victim(1000, LOTS);
    const wide had = equity(taker);
    unsigned count;

    (void)unused;
    hold_coins(bankrupt);
    fund(10000);
    price(8800); /* 1,800 lost, 1,000 had: 800 are missing */
    assert_true(equity(bankrupt) == -(wide)USDC(800) * 256);
    assert_true(hand_over(episode(bankrupt)));
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), 0);
    assert_true(equity(taker) == had);
    assert_true(equity(bankrupt) == -(wide)USDC(800) * 256);
    assert_int_equal(perp()->fund_paid, 0);
    assert_int_equal(told(NOTICE_BACKSTOP_TAKEN, taker, 2, &count), 0);
    assert_int_equal(count, 1);
}

static void test_fund_pays_what_coins_do_not(void **unused)
{
    const uint32_t taker = provider(RICH, 50000), bankrupt = victim(1000, LOTS);
    const wide had = equity(taker);
    wide share;

    (void)unused;
    hold_coins(bankrupt);
    fund(10000);
    price(8000); /* 2,000 are missing, 980 of them the coins pay */
    share = missing_share(bankrupt); /* of 2,000; rounded up */
    assert_true(hand_over(episode(bankrupt)));
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), 0);
    assert_in_range(perp()->fund_paid, share * 1020 / 2000 / 256, share * 1020 / 2000 / 256 + 1);
    assert_true(equity(taker) == had);
}

/* A provider with next to nothing left of a large capacity takes what it can, to the lot; the rest is not held up. */
static void test_a_sliver_of_room(void **unused)
{
    const uint32_t taker = world_crowd(&world, 1, 20000000), bankrupt = victim(500, 500);
    struct ledger *ledger = &world.fixture.exchange->ledger;
    struct margin_takeover takeover = { .subaccount = fixture_subaccount(taker), .market = FIXTURE_PERP,
                                        .lots = 1, .buys = true };
    const struct margin_provider *kept =
        &world.fixture.exchange->provider_sums.provider[fixture_subaccount(taker) % PROVIDER_SUMS];
    struct margin_provider fresh = { 0 };
    int64_t lots;

    (void)unused;
    world_hold(&world, taker, FIXTURE_PERP, 3000000);
    assert_int_equal(commit(taker, 10000000), REASON_NONE);
    price(9015);
    ledger_move(ledger, ENTRY_TRANSFER, FIXTURE_USDC, fixture_subaccount(taker), fixture_subaccount(world.house),
                (int64_t)(available(taker) / 256) - USDC(100));
    assert_true(hand_over(episode(bankrupt)));
    lots = world_lots(&world, taker, FIXTURE_PERP) - 3000000;
    assert_in_range(lots, 100, 150); /* 0.85 of initial margin a lot that are not released elsewhere */
    assert_true(available(taker) >= 0);
    takeover.capacity = committed(taker)->capacity;
    takeover.position = state_find_position(now(), fixture_subaccount(taker), FIXTURE_PERP);
    assert_int_equal(margin_takeover_room(now(), &takeover, &fresh), 0);
    assert_int_equal(kept->subaccount, fresh.subaccount); /* hand-overs have kept its sums as they are */
    assert_true(kept->available == fresh.available && kept->net == fresh.net && kept->shortage == fresh.shortage);
    assert_true(kept->now.lots == fresh.now.lots && kept->now.initial == fresh.now.initial);
    assert_int_equal(state_position_detail(now(), state_find_position(now(), fixture_subaccount(bankrupt),
                                                               FIXTURE_PERP))->left, 1);
}

/* --- collateral without a market --- */

/* 1 BTC, that no market here sells, against 7,000 USDC; at 7,500. */
static void test_fund_takes_unsellable_coins(void **unused)
{
    const uint32_t person = world_crowd(&world, 1, 0);
    struct input_liquidation_rules rules = world_rules();
    struct ledger *ledger = &world.fixture.exchange->ledger;

    (void)unused;
    world_pool(&world, FIXTURE_USDC, USDC(100000));
    fixture_deposit(&world.fixture, fixture_subaccount(person), FIXTURE_BTC, 100000000);
    assert_int_equal(world_answer(&world), REASON_NONE);
    world_borrow(&world, person, FIXTURE_USDC, USDC(7000));
    ledger_move(ledger, ENTRY_TRANSFER, FIXTURE_USDC, fixture_subaccount(person), fixture_subaccount(world.house),
                USDC(7000));
    world_set_rules(&world, &rules);
    price(7500); /* of which 90 % count */
    assert_non_null(world_episode(&world, person));
    assert_int_equal(world_borrowed(&world, person, FIXTURE_USDC), USDC(7000)); /* the fund has nothing */
    now()->t->fund_floor = (uint64_t)USDC(1000);
    fund(4000);
    world_second(&world); /* 3,000 above its floor */
    assert_int_equal(world_borrowed(&world, person, FIXTURE_USDC), USDC(4000));
    assert_int_equal(world_units(&world, person, FIXTURE_BTC), 60000000);
    assert_int_equal(ledger_free(now(), SYSTEM_FUND, FIXTURE_USDC), USDC(1000));
    fund(10000);
    world_second(&world);
    assert_int_equal(world_borrowed(&world, person, FIXTURE_USDC), 0);
    assert_in_range(world_units(&world, person, FIXTURE_BTC), 6666666, 6666667);
    assert_in_range(ledger_free(now(), SYSTEM_FUND, FIXTURE_USDC), USDC(7000) - 75, USDC(7000)); /* a unit's worth */
    world_second(&world);
    assert_null(world_episode(&world, person));
}

/* --- who takes --- */

static void test_who_is_left_out(void **unused)
{
    const uint32_t bankrupt = victim(1000, LOTS), ill = provider(RICH, 50000), owing = provider(RICH, 50000),
                   poor = provider(10000, 50000);
    const struct input_subaccount_create create = { .header = { .kind = INPUT_SUBACCOUNT_CREATE },
                                                    .account = SYSTEM_ACCOUNT + bankrupt, .name = "side" };
    uint32_t row, sibling;
    struct input_backstop input = { .header = { .kind = INPUT_BACKSTOP }, .market = FIXTURE_PERP,
                                    .capacity = USDC(50000) };

    (void)unused;
    fixture_add(&world.fixture, &create, sizeof create);
    assert_int_equal(world_answer(&world), REASON_NONE);
    sibling = now()->subaccounts.used - 1;
    fixture_deposit(&world.fixture, sibling, FIXTURE_USDC, USDC(RICH));
    input.header.subaccount = sibling;
    fixture_add(&world.fixture, &input, sizeof input);
    assert_int_equal(world_answer(&world), REASON_NONE);
    /* Beneath its initial margin: what it holds elsewhere has lost. */
    world_hold(&world, poor, WORLD_PERP_2, 3000);
    assert_true(available(poor) < 0);
    price(9600);
    episode(ill);
    row = episode(bankrupt);
    assert_int_equal(committed(owing)->capacity, USDC(50000));
    state_subaccount(now(), fixture_subaccount(owing))->debt = 1; /* seen by nothing else before it is gone */
    struct exchange *exchange = world.fixture.exchange;
    const struct policy_plan plan = whole_plan();
    exchange->steps_left = TICK_STEPS;
    assert_true(backstop_hand_over(exchange, row, &plan));
    state_subaccount(now(), fixture_subaccount(owing))->debt = 0;
    recount();
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), LOTS);
    perp()->flags |= MARKET_FROZEN;
    assert_true(hand_over(row));
    perp()->flags &= (uint8_t)~MARKET_FROZEN;
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), LOTS);
    assert_true(hand_over(row));
    assert_int_equal(world_lots(&world, owing, FIXTURE_PERP), LOTS);
}

/* Whoever holds something in the market already needs more for more: as far as its margin goes, and no further. */
static void test_nobody_below_its_initial_margin(void **unused)
{
    for (int64_t held = -12000; held <= 12000; held += 3000) {
        const uint32_t taker = world_crowd(&world, 1, 24000), bankrupt = victim(4000, 6000);
        int64_t capacity = 120000;
        uint32_t row;
        int64_t lots;
        wide left;

        (void)unused;
        if (held != 0)
            world_hold(&world, taker, FIXTURE_PERP, held);
        while (commit(taker, capacity) != REASON_NONE)
            capacity -= 100;
        price(9600);
        price(WORLD_BTC);
        price(9600);
        row = episode(bankrupt);
        left = available(taker);
        assert_true(hand_over(row));
        lots = world_lots(&world, taker, FIXTURE_PERP) - held;
        assert_true(left < 0 ? lots == 0 : lots >= 0);
        if (left >= 0) {
            assert_true(available(taker) >= 0);
            assert_true(lots > 0);
        }
        end(NULL);
        begin(NULL);
    }
}

/* Nothing is left but what is reserved: that is enough for all of the capacity. */
static void test_reservation_pays_for_what_is_taken(void **unused)
{
    const uint32_t taker = world_crowd(&world, 1, 1000), bankrupt = victim(1000, LOTS);
    int64_t most = 0;
    uint32_t row;

    (void)unused;
    for (int64_t step = INT64_C(1) << 40; step > 0; step /= 2)
        if (margin_check_commitment(now(), fixture_subaccount(taker), FIXTURE_PERP, most + step) == REASON_NONE)
            most += step;
    assert_int_equal(commit_in(taker, FIXTURE_PERP, most), REASON_NONE);
    price(9600);
    row = episode(bankrupt);
    assert_true(hand_over(row));
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), most / (USDC(96) / 10));
    assert_true(available(taker) >= 0);
}

static void test_limits_hold(void **unused)
{
    const uint32_t taker = provider(RICH, 50000), bankrupt = victim(1000, LOTS);
    uint32_t row;

    (void)unused;
    price(9600);
    world_hold(&world, taker, FIXTURE_PERP, 300);
    perp()->position_max = 1000;
    row = episode(bankrupt);
    assert_true(hand_over(row));
    assert_in_range(world_lots(&world, taker, FIXTURE_PERP), 998, 1000);
    perp()->position_max = 0;
}

/* Work that is more than a batch's goes on where it was. */
static void test_goes_on_in_the_next_batch(void **unused)
{
    const uint32_t taker = provider(RICH, 50000), bankrupt = victim(2000, LOTS);
    struct exchange *exchange = world.fixture.exchange;
    struct policy_plan plan = whole_plan();
    uint32_t row;

    (void)unused;
    world_hold(&world, bankrupt, WORLD_PERP_2, -700);
    assert_int_equal(commit_in(taker, WORLD_PERP_2, USDC(50000)), REASON_NONE);
    price(9200);
    row = episode(bankrupt);
    plan.hand_over_part = 500000;
    exchange->steps_left = 1;
    exchange->derived_more = false;
    assert_false(backstop_hand_over(exchange, row, &plan));
    assert_true(exchange->derived_more);
    recount();
    assert_true(hand_over_by(row, &plan)); /* half of each, once */
    assert_int_equal(world_lots(&world, taker, FIXTURE_PERP), LOTS / 2);
    assert_int_equal(world_lots(&world, taker, WORLD_PERP_2), -350);
    assert_int_equal(state_episode(now(), row)->hand_over_at, TABLE_NONE);
}

/* --- orders of a provider --- */

/* The machine is put where it hands over; its policy wants that at once. */
static void run_machine(uint32_t row)
{
    now()->t->liquidation.policy = POLICY_OURS;
    state_episode(now(), row)->stage = EPISODE_SENT;
    now()->t->liquidation_stage = LIQUIDATION_HAND_OVER;
    now()->t->liquidation_at = row;
    fixture_run_until_done(&world.fixture);
}

static void test_reduce_only_orders_are_cut(void **unused)
{
    const uint32_t user = fixture_add_user(&world.fixture, RICH), bankrupt = victim(1000, LOTS);
    struct input_order_new *order;
    uint32_t row;

    (void)unused;
    price(9600);
    world_hold(&world, user, FIXTURE_PERP, -2000);
    assert_int_equal(commit(user, 50000), REASON_NONE);
    order = fixture_order(&world.fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, 95000, 1800);
    order->flags |= INPUT_ORDER_REDUCE_ONLY;
    order->tif = CARD_TIF_GTC;
    fixture_run(&world.fixture);
    const uint32_t position = state_find_position(now(), fixture_subaccount(user), FIXTURE_PERP);
    assert_int_equal(state_position_detail(now(), position)->side[CARD_SIDE_BUY].lots, 1800);
    row = episode(bankrupt);
    run_machine(row);
    assert_int_equal(world_lots(&world, bankrupt, FIXTURE_PERP), 0);
    assert_int_equal(world_lots(&world, user, FIXTURE_PERP), LOTS - 2000);
    assert_int_equal(state_position_detail(now(), position)->side[CARD_SIDE_BUY].lots,
                     500); /* what is left to reduce */
    assert_int_equal(state_position_detail(now(), position)->side[CARD_SIDE_BUY].waiting, 1300);
}

static void test_triggers_without_position_expire(void **unused)
{
    const uint32_t user = fixture_add_user(&world.fixture, RICH), bankrupt = victim(1000, LOTS);
    struct input_order_new_extra *order;
    uint32_t row;

    (void)unused;
    price(9600);
    world_hold(&world, user, FIXTURE_PERP, -LOTS);
    assert_int_equal(commit(user, 50000), REASON_NONE);
    order = fixture_order_extra(&world.fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, 99000, 100);
    order->order.flags |= INPUT_ORDER_REDUCE_ONLY;
    order->order.tif = CARD_TIF_GTC;
    order->extra.trigger_by = INPUT_BY_MARK;
    order->extra.trigger_when = INPUT_AT_OR_ABOVE;
    order->extra.trigger_price = 98000;
    fixture_run(&world.fixture);
    const uint32_t position = state_find_position(now(), fixture_subaccount(user), FIXTURE_PERP);
    assert_int_equal(state_position_detail(now(), position)->stops, 1);
    row = episode(bankrupt);
    run_machine(row);
    assert_int_equal(world_lots(&world, user, FIXTURE_PERP), 0);
    assert_int_equal(state_position_detail(now(), position)->stops, 0);
}

/* --- the tally --- */

static void test_tally(void **unused)
{
    struct tally_socialised socialised;
    struct tally sum;

    (void)unused;
    tally_add(world.fixture.exchange, FIXTURE_PERP, TALLY_BOOK, 7);
    tally_add(world.fixture.exchange, FIXTURE_PERP, TALLY_BOOK, 3);
    tally_add(world.fixture.exchange, FIXTURE_PERP, TALLY_BACKSTOP, 2);
    tally_add(world.fixture.exchange, WORLD_PERP_2, TALLY_DELEVERAGED, 5); /* a lot of it: 20 USDC */
    tally_add(world.fixture.exchange, FIXTURE_SPOT, TALLY_BOOK, 1);        /* 20 USDC */
    state_unwind(now(), WORLD_PERP_2)->tally.deleveraged_loss = 11;
    sum = tally_of_venue(now());
    assert_int_equal(sum.book, USDC(100 + 20));
    assert_int_equal(sum.book_fills, 3);
    assert_int_equal(sum.backstop, USDC(20));
    assert_int_equal(sum.backstop_fills, 1);
    assert_int_equal(sum.deleveraged, USDC(100));
    assert_int_equal(sum.deleveraged_fills, 1);
    now()->t->claims_fallen = 5;
    state_pool(now(), FIXTURE_USDC)->written_off = 3;
    state_pool(now(), FIXTURE_ETH)->written_off = 150000001; /* of 10^-8: 1.5 ETH and a bit */
    socialised = tally_socialised(now());
    state_pool(now(), FIXTURE_USDC)->written_off = state_pool(now(), FIXTURE_ETH)->written_off = 0;
    assert_int_equal(socialised.deleveraged_loss, 11);
    assert_int_equal(socialised.claims, 0);
    assert_int_equal(socialised.claims_fallen, 5);
    assert_int_equal(socialised.lend_fallen, 3 + USDC(3000) + 20);
}

/* --- notice of the rules --- */

static void test_rules_need_notice_where_they_tighten(void **unused)
{
    const struct input_venue_rules venue = { .header = { .kind = INPUT_VENUE_RULES }, .notice_seconds = 86400 };
    struct input_liquidation_rules rules = world_rules(), base = world_rules();

    (void)unused;
    base.policy = POLICY_NONE;
    fixture_add(&world.fixture, &venue, sizeof venue);
    assert_int_equal(world_answer(&world), REASON_NONE);
    rules = base;
    rules.backstop++;
    fixture_add(&world.fixture, &rules, sizeof rules);
    assert_int_equal(world_answer(&world), REASON_NOTICE_NEEDED);
    rules = base;
    rules.fee--;
    rules.stop--;
    rules.notice_seconds -= 60;
    world_set_rules(&world, &rules);
    assert_int_equal(now()->t->liquidation.stop, base.stop - 1);
    base.header.kind = INPUT_LIQUIDATION_RULES;
    base.effective_ns = now()->t->time_ns + NS_A_DAY + NS_A_SECOND;
    world_set_rules(&world, &base); /* noted */
    assert_int_equal(now()->t->liquidation.stop, base.stop - 1);
    assert_int_equal(now()->t->deferred_count, 1);
    world.fixture.time_ns += NS_A_DAY + NS_A_SECOND;
    world_second(&world);
    assert_int_equal(now()->t->liquidation.stop, base.stop);
    assert_int_equal(now()->t->liquidation.fee, base.fee);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reservation_is_initial_margin_of_its_own, begin, end),
        cmocka_unit_test_setup_teardown(test_leverage_limit_counts, begin, end),
        cmocka_unit_test_setup_teardown(test_refusals, begin, end),
        cmocka_unit_test_setup_teardown(test_a_market_has_so_many_places, begin, end),
        cmocka_unit_test_setup_teardown(test_capacity_stays_until_its_notice_ends, begin, end),
        cmocka_unit_test_setup_teardown(test_delisting_ends_commitments, begin, end),
        cmocka_unit_test_setup_teardown(test_share_goes_with_the_position, begin, end),
        cmocka_unit_test_setup_teardown(test_providers_get_by_their_capacity, begin, end),
        cmocka_unit_test_setup_teardown(test_what_capacity_leaves_stays, begin, end),
        cmocka_unit_test_setup_teardown(test_two_positions_share_the_equity, begin, end),
        cmocka_unit_test_setup_teardown(test_parts_of_a_position, begin, end),
        cmocka_unit_test_setup_teardown(test_discount_of_the_mark, begin, end),
        cmocka_unit_test_setup_teardown(test_fund_tops_up_what_it_can, begin, end),
        cmocka_unit_test_setup_teardown(test_fund_pays_for_what_goes, begin, end),
        cmocka_unit_test_setup_teardown(test_fund_pays_for_no_haircut, begin, end),
        cmocka_unit_test_setup_teardown(test_fund_pays_what_coins_do_not, begin, end),
        cmocka_unit_test_setup_teardown(test_a_sliver_of_room, begin, end),
        cmocka_unit_test_setup_teardown(test_fund_takes_unsellable_coins, begin, end),
        cmocka_unit_test_setup_teardown(test_who_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(test_nobody_below_its_initial_margin, begin, end),
        cmocka_unit_test_setup_teardown(test_reservation_pays_for_what_is_taken, begin, end),
        cmocka_unit_test_setup_teardown(test_limits_hold, begin, end),
        cmocka_unit_test_setup_teardown(test_goes_on_in_the_next_batch, begin, end),
        cmocka_unit_test_setup_teardown(test_reduce_only_orders_are_cut, begin, end),
        cmocka_unit_test_setup_teardown(test_triggers_without_position_expire, begin, end),
        cmocka_unit_test_setup_teardown(test_tally, begin, end),
        cmocka_unit_test_setup_teardown(test_rules_need_notice_where_they_tighten, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
