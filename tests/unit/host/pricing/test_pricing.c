/* Index and mark inside the exchange: inputs and what they are refused for, freeze and thaw, the largest change of an
 * update, bounds, means against a recomputation of everything, restart. */
#include "unit.h"

#include "control.h"
#include "fixture.h"
#include "index.h"
#include "mark.h"
#include "mix.h"
#include "pricing.h"

#define COIN UINT64_C(1000000000000) /* one USDC */
#define PRICE (UINT64_C(10000) * COIN)
#define FIXED ((uint64_t)FIXTURE_MARK * CARD_FIXED_ONE)

static struct fixture fixture;
static uint64_t draw_state;

static uint64_t draw(uint64_t below)
{
    return mix_next(&draw_state) % below;
}

static struct market *perp(void)
{
    return state_market(fixture.state, FIXTURE_PERP);
}

static struct asset *coin(void)
{
    return state_asset(fixture.state, FIXTURE_BTC);
}

/* Two of three venues; 5 s, 5 %, 100 bp, 0.5 %; agreement as asked. */
static struct input_pricing_set *set_pricing(uint32_t asset, uint32_t agree)
{
    const struct input_pricing_set set = { .header = { .kind = INPUT_PRICING_SET }, .asset = (uint16_t)asset,
                                           .quorum = 2, .stale_ms = 5000, .outlier = 50000, .clamp = 10000,
                                           .change = 5000, .agree = agree };

    return fixture_add(&fixture, &set, sizeof set);
}

static struct input_venue_set *set_venue(uint32_t asset, uint8_t venue, uint32_t weight, const char *name)
{
    struct input_venue_set set = { .header = { .kind = INPUT_VENUE_SET }, .asset = (uint16_t)asset, .venue = venue,
                                   .weight = weight };

    snprintf((char *)set.name, sizeof set.name, "%s", name);
    return fixture_add(&fixture, &set, sizeof set);
}

static struct input_quote *quote(uint32_t asset, uint8_t venue, uint64_t price)
{
    const struct input_quote set = { .header = { .kind = INPUT_QUOTE }, .asset = (uint16_t)asset, .venue = venue,
                                     .bid = price, .ask = price, .last = price };

    return fixture_add(&fixture, &set, sizeof set);
}

static void quote_all(uint32_t asset, uint64_t price)
{
    for (uint8_t venue = 0; venue < 3; venue++)
        quote(asset, venue, price);
}

/* Up to the next whole second: what has been added comes first, then the tick. */
static void second(void)
{
    if (fixture.count)
        fixture_run_until_done(&fixture);
    fixture.time_ns += 1000000000 - fixture.time_ns % 1000000000 - 1000000;
    fixture_run_until_done(&fixture);
}

static const struct report *answer(void)
{
    fixture_run(&fixture);
    assert_int_equal(fixture.result.report_count, 1);
    return &fixture.result.reports[0];
}

static unsigned notices(enum notice_kind kind)
{
    unsigned count = 0;

    for (size_t i = 0; i < fixture.result.notice_count; i++)
        count += fixture.result.notices[i].kind == kind;
    return count;
}

static void open_venues(uint32_t agree)
{
    fixture_open(&fixture, "model");
    for (uint32_t asset = FIXTURE_BTC; asset <= FIXTURE_ETH; asset++) {
        set_pricing(asset, agree);
        set_venue(asset, 0, 1, "first");
        set_venue(asset, 1, 1, "second");
        set_venue(asset, 2, 2, "third");
    }
    quote_all(FIXTURE_BTC, PRICE);
    quote_all(FIXTURE_ETH, 2000 * COIN);
    second();
    for (uint32_t asset = FIXTURE_BTC; asset <= FIXTURE_ETH; asset++)
        assert_int_equal(state_asset(fixture.state, asset)->price_flags, PRICE_BY_VENUES);
    assert_int_equal(perp()->state, CARD_STATE_OPEN);
}

static void test_refusals(void **state)
{
    (void)state;
    fixture_open(&fixture, "model");
    set_pricing(FIXTURE_USDC, 0);
    assert_int_equal(answer()->reason, REASON_CONFLICT);
    set_pricing(9, 0);
    assert_int_equal(answer()->reason, REASON_UNKNOWN_ASSET);
    set_pricing(FIXTURE_BTC, 0)->quorum = 0;
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_pricing(FIXTURE_BTC, 0)->quorum = LIMIT_VENUES + 1;
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_pricing(FIXTURE_BTC, 0)->stale_ms = 99;
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_pricing(FIXTURE_BTC, 0)->clamp = 1000001;
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_pricing(FIXTURE_BTC, 0)->change = 0;
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_pricing(FIXTURE_BTC, 0)->outlier = 0;
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_pricing(FIXTURE_BTC, 1000001);
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_venue(FIXTURE_BTC, LIMIT_VENUES, 1, "a");
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_venue(FIXTURE_BTC, 0, 1000001, "a");
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    set_venue(FIXTURE_BTC, 0, 1, "a b");
    assert_int_equal(answer()->reason, REASON_BAD_COMMAND);
    set_venue(FIXTURE_BTC, 0, 0, "");
    assert_int_equal(answer()->reason, REASON_UNKNOWN_MARKET);
    set_venue(FIXTURE_BTC, 0, 1, "a");
    assert_int_equal(answer()->reason, REASON_NONE);
    set_venue(FIXTURE_BTC, 1, 1, "a");
    assert_int_equal(answer()->reason, REASON_CONFLICT);
    quote(FIXTURE_BTC, 1, 1);
    assert_int_equal(answer()->reason, REASON_UNKNOWN_MARKET);
    quote(FIXTURE_BTC, 0, 1)->bid = 2;
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    quote(FIXTURE_BTC, 0, 1)->last = UINT64_C(1) << 63;
    assert_int_equal(answer()->reason, REASON_OUT_OF_RANGE);
    quote(FIXTURE_USDC, 0, 1);
    assert_int_equal(answer()->reason, REASON_CONFLICT);
    fixture_close(&fixture);
}

/* By hand as long as there are no venues, or no parameters; again when the last venue has gone, from new prices on. */
static void test_who_sets_prices(void **state)
{
    const struct input_index index = { .header = { .kind = INPUT_INDEX }, .asset = FIXTURE_BTC, .price = PRICE };

    (void)state;
    fixture_open(&fixture, "model");
    set_venue(FIXTURE_BTC, 0, 1, "a");
    fixture_run(&fixture);
    fixture_add(&fixture, &index, sizeof index);
    assert_int_equal(answer()->reason, REASON_NONE);
    set_pricing(FIXTURE_BTC, 0);
    fixture_run(&fixture);
    fixture_add(&fixture, &index, sizeof index);
    assert_int_equal(answer()->reason, REASON_CONFLICT);
    fixture_marks(&fixture, FIXTURE_PERP, FIXTURE_MARK);
    assert_int_equal(answer()->reason, REASON_CONFLICT);
    fixture_marks(&fixture, FIXTURE_SPOT, FIXTURE_SPOT_MARK);
    assert_int_equal(answer()->reason, REASON_NONE);
    set_venue(FIXTURE_BTC, 0, 0, "");
    fixture_run(&fixture);
    assert_int_equal(coin()->price_flags, 0);
    assert_int_equal(perp()->state, CARD_STATE_CANCEL_ONLY);
    fixture_marks(&fixture, FIXTURE_PERP, FIXTURE_MARK + 1);
    assert_int_equal(answer()->reason, REASON_NONE);
    assert_int_equal(perp()->state, CARD_STATE_OPEN);
    assert_int_equal(perp()->mark_raw, (FIXTURE_MARK + 1) * CARD_FIXED_ONE);
    fixture_close(&fixture);
}

static void test_market_ticks(void **state)
{
    struct market *market;

    (void)state;
    fixture_open(&fixture, "model");
    market = perp();
    assert_int_equal(pricing_market_ticks(fixture.state, market, PRICE), FIXED);
    assert_int_equal(pricing_market_ticks(fixture.state, market, PRICE + COIN / 10 / 256), FIXED + 1);
    assert_int_equal(pricing_market_ticks(fixture.state, market, PRICE + COIN / 10 / 256 - 1), FIXED);
    assert_int_equal(pricing_market_ticks(fixture.state, market, 1), 1);
    assert_int_equal(pricing_market_ticks(fixture.state, market, INT64_MAX),
                     (uint64_t)((uwide)INT64_MAX * 256 / (COIN / 10)));
    market->lot_units = LIMIT_BALANCE_UNITS;
    assert_int_equal(pricing_market_ticks(fixture.state, market, INT64_MAX), CARD_FIXED_MAX);
    market = state_market(fixture.state, FIXTURE_SPOT);
    market->quote_asset = FIXTURE_BTC; /* ETH in BTC: 0.01 ETH are 0.002 BTC = 200,000 units, 20 of 10,000 */
    assert_int_equal(pricing_market_ticks(fixture.state, market, 2000 * COIN), 20 * 256);
    state_asset(fixture.state, FIXTURE_BTC)->index = 1;
    assert_int_equal(pricing_market_ticks(fixture.state, market, INT64_MAX), CARD_FIXED_MAX);
    state_asset(fixture.state, FIXTURE_BTC)->index = 0;
    assert_int_equal(pricing_market_ticks(fixture.state, market, 2000 * COIN), 0);
    fixture_close(&fixture);
}

static void test_freeze(void **state)
{
    uint32_t user, marks_made;
    struct input_order_new_extra *trigger;

    (void)state;
    open_venues(10000);
    user = fixture_add_user(&fixture, 100000);
    trigger = fixture_order_extra(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK - 100, 1);
    trigger->extra.trigger_by = INPUT_BY_MARK;
    trigger->extra.trigger_when = INPUT_AT_OR_ABOVE;
    trigger->extra.trigger_price = FIXTURE_MARK + 100;
    fixture_run(&fixture);
    quote(FIXTURE_BTC, 0, PRICE);
    for (unsigned i = 0; i < 4; i++) { /* not 5 s after the others' last quotes: they still count */
        second();
        assert_int_equal(perp()->state, CARD_STATE_OPEN);
    }
    quote(FIXTURE_BTC, 0, PRICE + 20 * COIN);
    marks_made = state_samples(fixture.state, FIXTURE_PERP)->marks_made;
    second();
    assert_int_equal(notices(NOTICE_INDEX_FROZEN), 2); /* ETH's venues are silent, too */
    assert_int_equal(fixture.result.notices[0].amount[0], 1);
    assert_int_equal(fixture.result.notices[0].amount[1], 2);
    assert_int_equal(fixture.result.notices[0].asset, FIXTURE_BTC);
    assert_int_equal(coin()->price_flags, PRICE_BY_VENUES | PRICE_FROZEN);
    assert_true(perp()->flags & MARKET_FROZEN);
    assert_int_equal(perp()->state, CARD_STATE_POST_ONLY);
    for (unsigned i = 0; i < 3; i++) {
        int32_t premium;

        quote(FIXTURE_BTC, 0, PRICE + 20 * COIN);
        second();
        assert_int_equal(notices(NOTICE_INDEX_FROZEN), 0);
        assert_int_equal(coin()->index, PRICE);
        assert_int_equal(perp()->mark, FIXED);
        assert_int_equal(state_samples(fixture.state, FIXTURE_PERP)->marks_made, marks_made);
        assert_false(pricing_premium_sample(fixture.exchange, FIXTURE_PERP, &premium));
    }
    fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK - 200, 1);
    fixture_run(&fixture);
    fixture_expect(&fixture, user, 0, REPORT_REJECTED, REASON_POST_ONLY_MODE, STATUS_NEW);
    fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, FIXTURE_MARK - 200, 1)->flags = INPUT_ORDER_POST_ONLY;
    fixture_run(&fixture);
    assert_non_null(fixture_find(&fixture, user, REPORT_ACCEPTED));
    assert_int_equal(fixture_find_order(&fixture, user, 1)->place, ORDER_TRIGGER);
    quote_all(FIXTURE_BTC, PRICE + 20 * COIN); /* 0.2 %: within one update */
    second();
    assert_int_equal(notices(NOTICE_INDEX_BACK), 1);
    assert_int_equal(fixture.result.notices[0].amount[2], PRICE + 20 * COIN);
    assert_int_equal(perp()->state, CARD_STATE_OPEN);
    assert_int_equal(perp()->mark, FIXED + 200 * CARD_FIXED_ONE);
    assert_int_equal(fixture_find_order(&fixture, user, 1)->place, ORDER_ON_CARD); /* the trigger waited */
    fixture_close(&fixture);
}

/* What a frozen market shows, by what the operator wanted. */
static void test_frozen_states(void **state)
{
    static const uint8_t shown[][2] = { { CARD_STATE_OPEN, CARD_STATE_POST_ONLY },
                                        { CARD_STATE_LIMIT_ONLY, CARD_STATE_POST_ONLY },
                                        { CARD_STATE_POST_ONLY, CARD_STATE_POST_ONLY },
                                        { CARD_STATE_CANCEL_ONLY, CARD_STATE_CANCEL_ONLY },
                                        { CARD_STATE_CLOSED, CARD_STATE_CLOSED } };

    (void)state;
    open_venues(10000);
    for (unsigned i = 0; i < 6; i++)
        second();
    for (unsigned i = 0; i < sizeof shown / sizeof *shown; i++) {
        const struct input_market_state input = { .header = { .kind = INPUT_MARKET_STATE }, .market = FIXTURE_PERP,
                                                  .state = shown[i][0] };

        fixture_add(&fixture, &input, sizeof input);
        fixture_run(&fixture);
        assert_int_equal(perp()->state, shown[i][1]);
        quote_all(FIXTURE_BTC, PRICE);
        second();
        assert_int_equal(perp()->state, shown[i][0]);
        for (unsigned k = 0; k < 6; k++)
            second();
        assert_int_equal(perp()->state, shown[i][1]);
    }
    fixture_close(&fixture);
}

/* Two venues of three are broken, each in its own direction: below the quorum nothing moves, whatever the third
 * says. */
static void test_outliers(void **state)
{
    (void)state;
    open_venues(10000);
    quote(FIXTURE_BTC, 0, PRICE);
    quote(FIXTURE_BTC, 1, PRICE);
    quote(FIXTURE_BTC, 2, PRICE / 2); /* weighs half of it all, and pulls by half of the clamp */
    second();
    assert_int_equal(coin()->price_flags & PRICE_FROZEN, 0);
    assert_int_equal(coin()->index_raw, PRICE / 1000 * 995);
    quote(FIXTURE_BTC, 0, PRICE);
    quote(FIXTURE_BTC, 1, PRICE * 2);
    quote(FIXTURE_BTC, 2, PRICE / 2);
    second();
    assert_true(coin()->price_flags & PRICE_FROZEN);
    assert_int_equal(coin()->index, PRICE / 1000 * 995);
    fixture_close(&fixture);
}

/* The worst case: everything halves in one second. Without agreement 0.5 % an update, with it 5 %, never more. */
static void test_largest_change(void **state)
{
    (void)state;
    for (unsigned agree = 0; agree < 2; agree++) {
        const uint64_t change = agree ? 50000 : 5000;
        uint64_t index = PRICE, mark = FIXED;
        unsigned seconds = 0;

        open_venues(agree ? 10000 : 0);
        while (index != PRICE / 2) {
            quote_all(FIXTURE_BTC, PRICE / 2);
            quote(FIXTURE_BTC, 0, PRICE / 2 + !agree); /* not exactly the same: no agreement within 0 */
            second();
            index -= (uint64_t)((uwide)index * change / 1000000);
            index = index > PRICE / 2 ? index : PRICE / 2;
            assert_int_equal(coin()->index, index);
            assert_int_equal(coin()->index_raw, PRICE / 2);
            assert_true(perp()->mark >= mark - mark * change / 1000000);
            assert_true(perp()->mark <= perp()->index * 1025 / 1000);
            mark = perp()->mark;
            assert_int_equal(!!(coin()->price_flags & PRICE_DIVERGED),
                             (index - PRICE / 2) * 1000 > index * 5);
            assert_int_equal(perp()->mark_raw,
                             mark_target(perp()->index, 0, FIXED / 2, &perp()->mmf));
            seconds++;
        }
        assert_int_equal(seconds, agree ? 14 : 139); /* ln 2 / -ln 0.95; ln 2 / -ln 0.995 */
        fixture_close(&fixture);
    }
}

/* One venue that is stale, or an outlier, takes nothing from the quorum: it moves ten times as fast all the same. One
 * that counts and does not agree does. */
static void test_quorum_agrees_without_the_third(void **state)
{
    static const struct {
        uint64_t third; /* 0: no quote any more */
        bool fast;
    } cases[] = { { 0, true }, { PRICE, true }, { PRICE / 2 / 100 * 103, false }, { PRICE / 2, true } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint64_t step = PRICE / 1000 * (cases[i].fast ? 50 : 5);

        open_venues(10000);
        for (unsigned seconds = 0; seconds < 6; seconds++) { /* the first quote of the third gets stale */
            quote(FIXTURE_BTC, 0, PRICE);
            quote(FIXTURE_BTC, 1, PRICE);
            second();
        }
        assert_int_equal(coin()->index, PRICE);
        quote(FIXTURE_BTC, 0, PRICE / 2);
        quote(FIXTURE_BTC, 1, PRICE / 2);
        if (cases[i].third)
            quote(FIXTURE_BTC, 2, cases[i].third);
        second();
        assert_int_equal(coin()->price_flags & PRICE_FROZEN, 0);
        assert_int_equal(coin()->index, PRICE - step);
        fixture_close(&fixture);
    }
}

/* The first index that venues ever make is taken as it is, however far from what was set by hand, and the mark goes
 * there too; from then on nothing jumps, not after a restart and not when venues have been away. */
static void test_first_index_of_venues(void **state)
{
    (void)state;
    fixture_open(&fixture, "model"); /* an index of 10,000 and a mark there, by hand */
    set_pricing(FIXTURE_BTC, 0);
    set_venue(FIXTURE_BTC, 0, 1, "first");
    set_venue(FIXTURE_BTC, 1, 1, "second");
    second();
    assert_int_equal(coin()->index, PRICE); /* no quorum yet */
    quote(FIXTURE_BTC, 0, PRICE * 4);
    quote(FIXTURE_BTC, 1, PRICE * 4);
    second();
    assert_int_equal(coin()->index, PRICE * 4);
    assert_int_equal(coin()->price_flags, PRICE_BY_VENUES);
    assert_int_equal(perp()->index, FIXED * 4);
    assert_int_equal(perp()->mark, FIXED * 4);
    fixture_restart(&fixture);
    fixture_run(&fixture);
    set_venue(FIXTURE_BTC, 0, 0, "");
    set_venue(FIXTURE_BTC, 1, 0, "");
    fixture_run_until_done(&fixture);
    set_venue(FIXTURE_BTC, 0, 1, "first");
    set_venue(FIXTURE_BTC, 1, 1, "second");
    quote(FIXTURE_BTC, 0, PRICE);
    quote(FIXTURE_BTC, 1, PRICE + 1);
    second();
    assert_int_equal(coin()->index, PRICE * 4 / 1000 * 995);
    fixture_close(&fixture);
}

/* A book far above the index draws the mark up by 1/60 a second, to min(5 %, half of the MMF) and no further. */
static void test_bounds(void **state)
{
    uint32_t user;
    uint64_t mark = FIXED;

    (void)state;
    open_venues(10000);
    user = fixture_add_user(&fixture, 10000000);
    perp()->impact_notional = UINT64_C(10000000000);
    fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, 105900, 10000);
    fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_SELL, 106100, 10000);
    fixture_run(&fixture);
    for (unsigned i = 0; i < 120; i++) {
        const int64_t ewma = state_samples(fixture.state, FIXTURE_PERP)->ewma;
        int32_t premium;

        quote_all(FIXTURE_BTC, PRICE);
        second();
        assert_int_equal(pricing_impact_mid(fixture.exchange, FIXTURE_PERP), 106000 * 256);
        assert_int_equal(state_samples(fixture.state, FIXTURE_PERP)->ewma,
                         ewma + (INT64_C(6000) * 256 * 65536 - ewma) / 60);
        assert_true(pricing_premium_sample(fixture.exchange, FIXTURE_PERP, &premium));
        assert_int_equal(premium, 60000);
        assert_true(perp()->mark >= mark && perp()->mark <= mark + mark * 50000 / 1000000);
        assert_true(perp()->mark <= FIXED * 1025 / 1000); /* MMF 1/20 */
        mark = perp()->mark;
    }
    assert_int_equal(mark, FIXED * 1025 / 1000);
    assert_int_equal(perp()->mark_raw, mark);
    perp()->mmf.denominator = 5; /* half of it is 10 %: the 5 % are tighter */
    for (unsigned i = 0; i < 120; i++) {
        quote_all(FIXTURE_BTC, PRICE);
        second();
    }
    assert_int_equal(perp()->mark, FIXED * 105 / 100);
    fixture_cancel(&fixture, user, 2); /* a side too thin: the index */
    for (unsigned i = 0; i < 1100; i++) {
        quote_all(FIXTURE_BTC, PRICE);
        second();
    }
    assert_int_equal(perp()->mark, FIXED);
    assert_int_equal(perp()->mean_premium, 0);
    fixture_close(&fixture);
}

/* Marks set by hand: nothing moves, but funding has its samples. */
static void test_premium_by_hand(void **state)
{
    uint32_t user;
    int32_t premium = 1;

    (void)state;
    fixture_open(&fixture, "model");
    user = fixture_add_user(&fixture, 10000000);
    assert_true(pricing_premium_sample(fixture.exchange, FIXTURE_PERP, &premium));
    assert_int_equal(premium, 0);
    perp()->impact_notional = UINT64_C(10000000000);
    fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_BUY, 98000, 10000);
    fixture_order(&fixture, user, FIXTURE_PERP, CARD_SIDE_SELL, 99000, 10000);
    second();
    assert_true(pricing_premium_sample(fixture.exchange, FIXTURE_PERP, &premium));
    assert_int_equal(premium, -15000);
    assert_int_equal(perp()->mark, FIXED);
    assert_int_equal(pricing_hour_mean(fixture.state, FIXTURE_PERP), FIXED);
    fixture_close(&fixture);
}

struct kept {
    int64_t mark, premium, index;
    uint64_t time_ns;
};

static int64_t naive_mean(const struct kept *kept, unsigned count, unsigned last, unsigned what)
{
    const unsigned from = count > last ? count - last : 0;
    wide sum = 0;

    for (unsigned i = from; i < count; i++)
        sum += what == 0 ? kept[i].mark : what == 1 ? kept[i].premium : kept[i].index;
    return (int64_t)wide_divide_down(sum, count - from);
}

/* Over a random walk with gaps and frozen stretches: every mean equals the one worked out from all marks so far. */
static void test_random_series(void **state)
{
    enum { SECONDS = 900 };
    static struct kept kept[SECONDS];
    uint64_t price = PRICE;
    unsigned count = 0;
    uint32_t user;

    (void)state;
    draw_state = 42;
    open_venues(10000);
    user = fixture_add_user(&fixture, 100000000);
    perp()->impact_notional = 1000 * 1000000;
    memset(state_samples(fixture.state, FIXTURE_PERP), 0, sizeof(struct samples));
    for (unsigned i = 0; i < SECONDS; i++) {
        const bool silent = i / 20 % 7 == 6;

        price += price / 10000 * (draw(201)) / 10 - price / 1000;
        for (uint8_t venue = 0; venue < 3 && !silent; venue++)
            quote(FIXTURE_BTC, venue, price + price / 100000 * draw(400));
        if (draw(3) == 0) {
            const uint32_t middle = (uint32_t)(perp()->index / 256);
            const uint8_t side = draw(2) ? CARD_SIDE_BUY : CARD_SIDE_SELL;

            fixture_order(&fixture, user, FIXTURE_PERP, side, middle - 200 + (uint32_t)draw(400),
                          1 + (int64_t)draw(400))
                ->stp = CARD_STP_REJECT_MAKER;
        }
        second();
        if (perp()->flags & MARKET_FROZEN)
            continue;
        kept[count++] = (struct kept){
            (int64_t)perp()->mark,
            mark_premium(pricing_impact_mid(fixture.exchange, FIXTURE_PERP), perp()->index),
            (int64_t)perp()->index, fixture.time_ns };
        assert_int_equal(perp()->mean_mark, naive_mean(kept, count, 300, 0));
        assert_int_equal(perp()->fast_mean_mark, naive_mean(kept, count, 10, 0));
        assert_int_equal(perp()->mean_premium, naive_mean(kept, count, 300, 1));
        assert_int_equal(pricing_hour_mean(fixture.state, FIXTURE_PERP), naive_mean(kept, count, 3600, 2));
    }
    assert_in_range(count, SECONDS / 2, SECONDS - 50);
    assert_true(naive_mean(kept, count, 300, 1) != 0);
    fixture_close(&fixture);
}

static void test_spot(void **state)
{
    const struct market *market;

    (void)state;
    open_venues(10000);
    market = state_market(fixture.state, FIXTURE_SPOT);
    quote_all(FIXTURE_ETH, 2004 * COIN);
    second();
    assert_int_equal(market->mark, 2004 * 256);
    assert_int_equal(market->index, 2004 * 256);
    assert_int_equal(market->mark_raw, 2004 * 256);
    assert_int_equal(market->mean_mark, 2002 * 256);
    assert_int_equal(market->state, CARD_STATE_OPEN);
    fixture_close(&fixture);
}

/* A restart is not over before the venues have quoted again, although their old quotes are young enough. */
static void test_restart(void **state)
{
    (void)state;
    open_venues(10000);
    fixture_restart(&fixture);
    fixture_run(&fixture);
    assert_int_equal(perp()->state, CARD_STATE_CANCEL_ONLY);
    second();
    assert_int_equal(perp()->state, CARD_STATE_CANCEL_ONLY);
    assert_int_equal(notices(NOTICE_INDEX_FROZEN), 2);
    quote(FIXTURE_BTC, 0, PRICE);
    second();
    assert_int_equal(perp()->state, CARD_STATE_CANCEL_ONLY);
    quote_all(FIXTURE_BTC, PRICE);
    second();
    assert_int_equal(perp()->flags & (MARKET_FROZEN | MARKET_WAITS_FOR_PRICES), 0);
    assert_int_equal(perp()->state, CARD_STATE_OPEN);
    assert_int_equal(state_market(fixture.state, FIXTURE_SPOT)->state, CARD_STATE_CANCEL_ONLY);
    fixture_close(&fixture);
}

/* Quotes of 2^63 - 1 and markets of the finest ticks trip nothing. */
static void test_extremes(void **state)
{
    (void)state;
    open_venues(10000);
    quote_all(FIXTURE_BTC, INT64_MAX);
    second();
    assert_int_equal(coin()->index_raw, INT64_MAX);
    coin()->index = INT64_MAX;
    quote_all(FIXTURE_BTC, 1);
    second();
    assert_int_equal(coin()->index, INT64_MAX - (uint64_t)((uwide)INT64_MAX * 50000 / 1000000));
    assert_true(coin()->price_flags & PRICE_DIVERGED);
    coin()->index = 1;
    quote_all(FIXTURE_BTC, 3);
    second();
    assert_int_equal(coin()->index, 2);
    assert_int_equal(perp()->index, 1);
    assert_int_equal(perp()->mark_raw, 1);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_who_sets_prices), cmocka_unit_test(test_market_ticks),
        cmocka_unit_test(test_freeze), cmocka_unit_test(test_frozen_states), cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_largest_change), cmocka_unit_test(test_bounds), cmocka_unit_test(test_premium_by_hand),
        cmocka_unit_test(test_random_series), cmocka_unit_test(test_spot), cmocka_unit_test(test_restart),
        cmocka_unit_test(test_extremes), cmocka_unit_test(test_quorum_agrees_without_the_third),
        cmocka_unit_test(test_first_index_of_venues) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
