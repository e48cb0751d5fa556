/* Random worlds and crashes: what must hold of every account in every second, judged from outside. Equity at the new
 * marks is worked out from what an account held before the second; settlement does not change it. */
#include <stdlib.h>

#include "mix.h"
#include "unit.h"
#include "world.h"

enum { HAIRCUT = 90, CONVERTED = 98 }; /* of the fixture's coins; of the rules' conversion impact */
enum { PEOPLE = 40, PROVIDERS = 3, SECONDS = 90, SEEDS = 12, MARKETS = 2, COIN_UNITS = 100000000 };

static const uint32_t perps[MARKETS] = { FIXTURE_PERP, WORLD_PERP_2 };
static const uint32_t coins[MARKETS] = { FIXTURE_BTC, FIXTURE_ETH };

struct holding {
    int64_t lots[MARKETS], cost[MARKETS]; /* cost: u256 */
    wide cash;                            /* u256: USDC and what is due, owed or held apart of it */
    int64_t coin[MARKETS];                /* units held */
    bool episode, debt;
};

struct trial {
    struct world world;
    uint64_t seed, began;                 /* drawn from; the world's */
    unsigned second;
    double price[MARKETS];
    uint32_t first, people, provider;     /* people's numbers begin; providers are the last of them */
    struct holding before[PEOPLE + PROVIDERS];
    unsigned begun, fills, backstops, deleveraged, debts; /* seen in all */
};

static struct trial trial;

static uint64_t draw(uint64_t below)
{
    return mix_next(&trial.seed) % below;
}

static const struct state *state(void)
{
    return trial.world.fixture.state;
}

static uint32_t row_of(uint32_t i)
{
    return fixture_subaccount(trial.first + i);
}

static int64_t coin_of(uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = state_find_balance(state(), subaccount, asset);

    return row == TABLE_NONE ? 0 : state_balance(state(), row)->amount;
}

static void look(uint32_t i, struct holding *holding)
{
    const uint32_t subaccount = row_of(i), usdc = state_find_balance(state(), subaccount, FIXTURE_USDC);
    const struct subaccount *row = state_subaccount(state(), subaccount);

    *holding = (struct holding){ .episode = row->episode != TABLE_NONE, .debt = row->debt > 0 };
    if (usdc != TABLE_NONE)
        holding->cash = (wide)state_balance(state(), usdc)->amount * 256;
    holding->cash += ((wide)row->credit + row->claim - row->debt) * 256;
    for (unsigned m = 0; m < MARKETS; m++) {
        const uint32_t position = state_find_position(state(), subaccount, perps[m]);

        holding->coin[m] = coin_of(subaccount, coins[m]);
        if (position == TABLE_NONE)
            continue;
        holding->lots[m] = state_position(state(), position)->quantity;
        holding->cost[m] = state_position(state(), position)->entry_cost;
    }
}

/* At the marks and indices as they are now; coins count so many hundredths of their index. */
static wide equity(const struct holding *holding, int weight)
{
    wide sum = holding->cash;

    for (unsigned m = 0; m < MARKETS; m++) {
        const struct market *market = state_market(state(), perps[m]);

        sum += (wide)holding->lots[m] * (wide)market->mark * (wide)market->tick_lot_units - holding->cost[m];
        sum += (wide)holding->coin[m] * (wide)(state_asset(state(), coins[m])->index / 1000000) * weight * 256 /
               100 / COIN_UNITS;
    }
    return sum;
}

/* Of the positions, and of what is short of the settlement asset. */
static wide maintenance(const struct holding *holding)
{
    const struct asset *usdc = state_asset(state(), FIXTURE_USDC);
    wide sum = 0, cash = holding->cash;

    for (unsigned m = 0; m < MARKETS; m++) {
        const struct market *market = state_market(state(), perps[m]);

        sum += margin_of_notional(&market->mmf, 6, 0, margin_notional(market, holding->lots[m], market->mark));
        cash += (wide)holding->lots[m] * (wide)market->mark * (wide)market->tick_lot_units - holding->cost[m];
    }
    return cash < 0 ? sum + margin_of_notional(&usdc->borrow_mmf, 6, 0, -cash) : sum;
}

/* --- the world --- */

static void quote(unsigned m, bool thin)
{
    const uint32_t mid = (uint32_t)(trial.price[m] * 10);

    world_quote(&trial.world, perps[m], mid, 1 + (uint32_t)draw(8), thin ? (uint32_t)draw(4) : 4 + (uint32_t)draw(7),
                1 + (int64_t)draw(thin ? 40 : 2000));
}

static void quote_all(bool thin)
{
    for (unsigned m = 0; m < MARKETS; m++) {
        world_price(&trial.world, coins[m], (int64_t)(trial.price[m] * 1000000));
        quote(m, thin);
    }
}

static void populate(void)
{
    struct world *world = &trial.world;

    for (uint32_t i = 0; i < PEOPLE; i++) {
        for (unsigned m = 0; m < MARKETS; m++) {
            const int64_t most = m == 0 ? 1800 : 900; /* of 10,000 and 2,000 USDC: times ten of what they have */
            const int64_t lots = (int64_t)draw((uint64_t)most) - (draw(4) ? 0 : most / 2);

            if (lots && draw(5))
                world_hold(world, trial.first + i, perps[m], lots);
        }
        if (draw(4) == 0)
            fixture_deposit(&world->fixture, row_of(i), coins[draw(MARKETS)], (int64_t)draw(COIN_UNITS / 10));
    }
    world_answer(world);
    for (uint32_t i = PEOPLE; i < PEOPLE + PROVIDERS; i++)
        for (unsigned m = 0; m < MARKETS; m++) {
            const struct input_backstop commit = {
                .header = { .kind = INPUT_BACKSTOP, .subaccount = row_of(i) }, .market = (uint16_t)perps[m],
                .capacity = (int64_t)draw(20000) * WORLD_USDC };

            fixture_add(&world->fixture, &commit, sizeof commit);
            assert_int_equal(world_answer(world), REASON_NONE);
        }
}

static void open_trial(uint64_t seed, const char *backend, uint32_t steps)
{
    struct world *world = &trial.world;
    struct input_liquidation_rules rules = world_rules();
    struct input_venue_rules venue = { .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = 10 };

    memset(&trial, 0, sizeof trial);
    trial.seed = trial.began = seed;
    world_open_as(world, backend, &(struct fixture_options){ .steps = steps });
    trial.price[0] = WORLD_BTC;
    trial.price[1] = WORLD_ETH;
    rules.adl_bound = (uint32_t)draw(3) * 50000;
    world_set_rules(world, &rules);
    venue.fund_floor = draw(2) * WORLD_USDC;
    fixture_add(&world->fixture, &venue, sizeof venue);
    if (draw(3))
        fixture_deposit(&world->fixture, SYSTEM_FUND, FIXTURE_USDC, (int64_t)draw(30000) * WORLD_USDC + 1);
    trial.first = world_crowd(world, PEOPLE, 2500 + (int64_t)draw(3000));
    assert_int_equal(world_crowd(world, PROVIDERS, 50000), trial.first + PEOPLE);
    quote_all(false);
    world_seconds(world, 12);
    populate();
    world_forget(world);
}

/* --- what must hold --- */

static int64_t sum_of(enum notice_kind kind, uint32_t subaccount, unsigned first, unsigned second)
{
    const struct world *world = &trial.world;
    wide sum = 0;

    for (unsigned i = 0; i < world->notice_count; i++) {
        const struct notice *notice = &world->notices[i];

        if (notice->kind == kind && notice->subaccount == subaccount)
            sum += (wide)notice->amount[first] * (second < 3 ? notice->amount[second] : 1) *
                   (second < 3 ? (wide)state_market(state(), notice->market)->tick_lot_units : 1);
    }
    return wide_narrow(sum);
}

static bool was_told(enum notice_kind kind, uint32_t subaccount)
{
    for (unsigned i = 0; i < trial.world.notice_count; i++)
        if (trial.world.notices[i].kind == kind && trial.world.notices[i].subaccount == subaccount)
            return true;
    return false;
}

/* Detection is complete and nobody healthy is touched. Coins that are sold for a debt before it bring in more than
 * their haircut, which may heal an account. */
static void judge_detection(uint32_t i, wide worth, wide needed)
{
    const bool begun = was_told(NOTICE_LIQUIDATION, row_of(i));

    if (trial.before[i].episode || /* with a debt and coins alone it is settlement that sells them */
        (trial.before[i].debt && trial.before[i].lots[0] == 0 && trial.before[i].lots[1] == 0))
        return;
    if (needed > 0 && worth < needed - 256 && !begun && !was_told(NOTICE_DEBT, row_of(i)))
        fail_msg("seed %lu, second %u, person %u: equity %.4f, maintenance %.4f, and no liquidation; lots %ld %ld, now "
                 "debt %ld", trial.began, trial.second, i,
                 (double)worth / 256e6, (double)needed / 256e6, trial.before[i].lots[0], trial.before[i].lots[1],
                 state_subaccount(state(), row_of(i))->debt);
    if (begun)
        assert_true(needed > 0 && worth <= needed + 256);
}

static void judge_no_flip(uint32_t i, const struct holding *now)
{
    for (unsigned m = 0; m < MARKETS; m++) {
        const int64_t was = trial.before[i].lots[m], is = now->lots[m];

        assert_true(is == 0 || (was != 0 && (was < 0) == (is < 0)));
        assert_true(llabs(is) <= llabs(was));
    }
}

/* Marks stand still inside a second: whatever the exchange did to it, an account that could pay still can, but for the
 * taker's fees that everybody pays; one that could not is no worse off. */
static void judge_worth(uint32_t i, const struct holding *now)
{
    const wide worth = equity(&trial.before[i], CONVERTED);
    const wide fees = (wide)sum_of(NOTICE_LIQUIDATION_FILL, row_of(i), 0, 1) * 256 * 500 / 1000000 + 4096;
    const wide is = equity(now, CONVERTED);

    if (is < (worth < 0 ? worth : 0) - fees) {
        for (unsigned n = 0; n < trial.world.notice_count; n++)
            if (trial.world.notices[n].subaccount == row_of(i))
                print_message("%s: market %u, %ld %ld %ld\n", notice_text(trial.world.notices[n].kind),
                              trial.world.notices[n].market, trial.world.notices[n].amount[0],
                              trial.world.notices[n].amount[1], trial.world.notices[n].amount[2]);
        fail_msg("person %u: equity %.4f before, %.4f after, fees %.4f; lots %ld %ld, now %ld %ld", i,
                 (double)worth / 256e6, (double)is / 256e6, (double)fees / 256e6, trial.before[i].lots[0],
                 trial.before[i].lots[1], now->lots[0], now->lots[1]);
    }
}

/* Whoever is deleveraged loses at most the bound, and does not fall below its own maintenance by it. */
static void judge_deleveraged(uint32_t i, wide worth, const struct holding *now)
{
    const int64_t loss = sum_of(NOTICE_DELEVERAGED, row_of(i), 2, 3);
    const wide is = equity(now, HAIRCUT), bound = (wide)sum_of(NOTICE_DELEVERAGED, row_of(i), 0, 1) *
                                         state()->t->liquidation.adl_bound / 1000000;

    if (!was_told(NOTICE_DELEVERAGED, row_of(i)))
        return;
    assert_true(loss <= bound + 4096);
    assert_true(is >= worth - bound - 65536);
    if (loss > 0)
        assert_true(is >= maintenance(now) - 65536);
}

/* Providers have nothing left for it, and where others lost the fund had nothing. */
static void judge_last_resort(void)
{
    const struct world *world = &trial.world;

    for (unsigned n = 0; n < world->notice_count; n++) {
        const struct notice *notice = &world->notices[n];
        const struct market *market = state_market(state(), notice->market);

        if (notice->kind != NOTICE_DELEVERAGED)
            continue;
        for (uint32_t row = market->commitments; row != TABLE_NONE;
             row = state_commitment(state(), row)->next_of_market) {
            const struct commitment *commitment = state_commitment(state(), row);
            const wide lot = margin_notional(market, 1, market->mark) / 256;
            struct margin_view view;

            margin_compute(state(), commitment->subaccount, NULL, &view);
            assert_true(commitment->capacity < lot || view.available < 2 * lot * 256 ||
                        liquidation_has_begun(state(), commitment->subaccount));
        }
        if (notice->amount[2] > 65536)
            assert_true(ledger_free(state(), SYSTEM_FUND, FIXTURE_USDC) <= (int64_t)state()->t->fund_floor + 2);
    }
}

static void judge_bands(void)
{
    const struct world *world = &trial.world;

    for (unsigned n = 0; n < world->notice_count; n++) {
        const struct notice *notice = &world->notices[n];
        const struct market *market = state_market(state(), notice->market);

        if (notice->kind != NOTICE_LIQUIDATION_FILL)
            continue;
        assert_true((wide)notice->amount[1] * 256 * 1000000 >= (wide)market->fast_mean_mark * market->mean_min);
        assert_true((wide)notice->amount[1] * 256 * 1000000 <= (wide)market->fast_mean_mark * market->mean_max);
    }
}

static void judge_second(void)
{
    for (uint32_t i = 0; i < PEOPLE + PROVIDERS; i++) {
        const wide worth = equity(&trial.before[i], HAIRCUT), needed = maintenance(&trial.before[i]);
        struct holding now;

        look(i, &now);
        judge_detection(i, worth, needed);
        if (i < PEOPLE)
            judge_no_flip(i, &now);
        if (was_told(NOTICE_LIQUIDATION, row_of(i)) || trial.before[i].episode)
            judge_worth(i, &now);
        else
            judge_deleveraged(i, worth, &now);
    }
    judge_last_resort();
    judge_bands();
    assert_int_equal(state_debts(state()) + state()->t->recovered + state()->t->written, state_claims(state()) +
                                                                        state()->t->pass_short);
    trial.begun += world_notices(&trial.world, NOTICE_LIQUIDATION, 0);
    trial.fills += world_notices(&trial.world, NOTICE_LIQUIDATION_FILL, 0);
    trial.backstops += world_notices(&trial.world, NOTICE_BACKSTOP_TAKEN, 0);
    trial.deleveraged += world_notices(&trial.world, NOTICE_DELEVERAGED, 0);
    trial.debts += world_notices(&trial.world, NOTICE_DEBT, 0);
}

static void play_second(unsigned second)
{
    const bool falls = second > 10 && second < 60;

    trial.second = second;
    for (unsigned m = 0; m < MARKETS; m++)
        trial.price[m] *= 1 + ((double)draw(2001) - (falls ? 1250 : 1000)) / (falls ? 60000 : 100000);
    if (draw(3))
        quote_all(falls && draw(2));
    else
        for (unsigned m = 0; m < MARKETS; m++)
            world_price(&trial.world, coins[m], (int64_t)(trial.price[m] * 1000000));
    if (draw(6) == 0)
        fixture_deposit(&trial.world.fixture, row_of((uint32_t)draw(PEOPLE)), FIXTURE_USDC,
                        1 + (int64_t)draw(1000) * WORLD_USDC);
    world_answer(&trial.world);
    world_forget(&trial.world);
    for (uint32_t i = 0; i < PEOPLE + PROVIDERS; i++)
        look(i, &trial.before[i]);
    world_second(&trial.world);
    judge_second();
}

static void play(uint64_t seed, const char *backend, uint32_t steps)
{
    open_trial(seed, backend, steps);
    for (unsigned second = 0; second < SECONDS; second++)
        play_second(second);
}

static void test_random_crashes(void **context)
{
    unsigned begun = 0, fills = 0, backstops = 0, deleveraged = 0, debts = 0;

    (void)context;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        play(seed, "model", 0);
        begun += trial.begun;
        fills += trial.fills;
        backstops += trial.backstops;
        deleveraged += trial.deleveraged;
        debts += trial.debts;
        world_close(&trial.world);
    }
    print_message("%u episodes, %u fills, %u hand-overs, %u deleveraged, %u debts\n", begun, fills, backstops,
                  deleveraged, debts);
    assert_true(begun > 0 && fills > 0 && backstops > 0 && deleveraged > 0 && debts > 0); /* all of it was met */
}

/* The same inputs, on the model and on the Verilated book. */
static void test_same_on_the_card(void **context)
{
    uint8_t hash[32];

    (void)context;
    play(77, "model", 0);
    memcpy(hash, state()->t->hash, sizeof hash);
    world_close(&trial.world);
    play(77, "book", 0);
    assert_memory_equal(hash, state()->t->hash, sizeof hash);
    world_close(&trial.world);
}

/* Steps of any size come to the same. */
static void test_same_in_small_steps(void **context)
{
    struct holding whole[PEOPLE + PROVIDERS];

    (void)context;
    play(78, "model", 0);
    for (uint32_t i = 0; i < PEOPLE + PROVIDERS; i++)
        look(i, &whole[i]);
    world_close(&trial.world);
    play(78, "model", 7);
    for (uint32_t i = 0; i < PEOPLE + PROVIDERS; i++) {
        struct holding now;

        look(i, &now);
        assert_memory_equal(whole[i].lots, now.lots, sizeof now.lots);
    }
    world_close(&trial.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_crashes),
        cmocka_unit_test(test_same_on_the_card),
        cmocka_unit_test(test_same_in_small_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
