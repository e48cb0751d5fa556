/* Funding of perpetuals (exchange-rules.md, section 5): a premium sample a second, and at the end of each interval one
 * addition to the market's funding index. Positions pay when they are touched (accounts/ledger.h). */
#include "funding.h"

#include "durations.h"
#include "pricing.h"
#include "settlement.h"

enum {
    FUNDING_ONE = 1000,        /* 10^-9 in a millionth */
    FUNDING_INTEREST = 100000, /* 10^-9 in 8 hours: 0.01 % */
    FUNDING_CLAMP = 500000,    /* 10^-9: 0.05 % */
    FUNDING_HOURS = 8,
};

static wide funding_clamp(wide value, wide most)
{
    return value > most ? most : value < -most ? -most : value;
}

int64_t funding_rate(const struct funding_interval *interval)
{
    const uint32_t seconds = interval->hours * 3600;
    const uint32_t samples = interval->samples < seconds ? interval->samples : seconds;
    wide mean, rate;

    if (samples == 0)
        return 0;
    mean = wide_divide_down((wide)interval->premium_sum * FUNDING_ONE, interval->samples);
    rate = mean + funding_clamp(FUNDING_INTEREST - mean, FUNDING_CLAMP);
    rate = wide_divide_down(rate * interval->hours, FUNDING_HOURS);
    rate = funding_clamp(rate, (wide)interval->rate_max * FUNDING_ONE);
    return wide_narrow(wide_divide_down(rate * samples, seconds));
}

static void funding_charge(struct exchange *exchange, uint32_t row)
{
    struct market *market = state_market(&exchange->state, row);
    const struct funding_interval interval = { .premium_sum = market->funding_sum, .samples = market->funding_samples,
                                               .hours = market->funding_hours, .rate_max = market->funding_max };
    const int64_t rate = funding_rate(&interval);
    struct notice *notice = core_notice(exchange, NOTICE_FUNDING, TABLE_NONE);

    market->funding_index += (wide)rate * (wide)market->mark * (wide)market->tick_lot_units;
    notice->market = (uint16_t)row;
    notice->amount[0] = rate;
    notice->amount[1] = (int64_t)wide_divide_down(interval.premium_sum, interval.samples);
    notice->amount[2] = (int64_t)market->mark;
}

static void funding_begin_interval(const struct totals *totals, struct market *market)
{
    const uint64_t length = market->funding_hours * 3600 * NS_A_SECOND;

    market->funding_sum = 0;
    market->funding_samples = 0;
    market->funding_next_ns = length == 0 ? 0 : (totals->time_ns / length + 1) * length;
}

/* An interval that ends is charged before the second's sample, which is the next one's. */
static void funding_tick_market(struct exchange *exchange, uint32_t row)
{
    struct market *market = state_market(&exchange->state, row);
    const struct totals *totals = exchange->state.t;
    int32_t premium;

    if (market->funding_next_ns != 0 && totals->time_ns >= market->funding_next_ns && market->funding_samples > 0 &&
        market->funding_hours > 0)
        funding_charge(exchange, row);
    if (market->funding_hours == 0 || totals->time_ns >= market->funding_next_ns)
        funding_begin_interval(totals, market);
    if (market->funding_hours > 0 && pricing_premium_sample(exchange, row, &premium)) {
        market->funding_sum += premium;
        market->funding_samples++;
    }
}

void funding_tick(struct exchange *exchange)
{
    for (uint32_t row = 1; row < exchange->state.markets.used; row++) {
        const struct market *market = state_market(&exchange->state, row);

        /* A frozen market's interval ends when it thaws, that of one that waits for prices when it has some. */
        if (market->kind == MARKET_PERPETUAL &&
            !(market->flags & (MARKET_FROZEN | MARKET_DELISTED | MARKET_WAITS_FOR_PRICES)) && market->mark != 0)
            funding_tick_market(exchange, row);
    }
}
