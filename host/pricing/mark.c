#include "mark.h"

#include "durations.h"
#include "index.h"

#define MILLION 1000000
#define EWMA_SECONDS 60
#define EWMA_ONE 65536
#define BOUND_PARTS 20 /* 5 % */

bool mark_impact_take(struct mark_impact *impact, uint32_t price, uint64_t lots)
{
    const uwide lot = (uwide)price * impact->lot_units, missing = impact->notional - impact->spent;

    if (lot * lots < missing) {
        impact->spent += lot * lots;
        impact->lots += lots;
        return false;
    }
    /* notional / (lots + missing / lot), in ticks x 256 */
    impact->average = (uint64_t)((uwide)CARD_FIXED_ONE * impact->notional * price / (impact->lots * lot + missing));
    return true;
}

uint64_t mark_impact_mid(uint64_t buy, uint64_t sell)
{
    return buy && sell ? (buy + sell) / 2 : 0;
}

int64_t mark_ewma(int64_t ewma, int64_t sample)
{
    return ewma + (sample * EWMA_ONE - ewma) / EWMA_SECONDS;
}

uint64_t mark_bound(wide target, uint64_t index, const struct margin_function *mmf)
{
    wide part = 1, parts = BOUND_PARTS, low, high;

    if ((wide)mmf->numerator * BOUND_PARTS < (wide)mmf->denominator * 2) {
        part = mmf->numerator;
        parts = (wide)mmf->denominator * 2;
    }
    low = wide_divide_up(index * (parts - part), parts);
    high = wide_divide_down(index * (parts + part), parts);
    if (high > (wide)CARD_FIXED_MAX)
        high = (wide)CARD_FIXED_MAX;
    return (uint64_t)(target < low ? low : target > high ? high : target);
}

uint64_t mark_target(uint64_t index, int64_t ewma, uint64_t around, const struct margin_function *mmf)
{
    return mark_bound((wide)index + wide_divide_down(ewma, EWMA_ONE), around, mmf);
}

uint64_t mark_next(uint64_t mark, uint64_t index, int64_t ewma, uint32_t change, const struct margin_function *mmf)
{
    return mark_bound(index_step(mark, mark_target(index, ewma, index, mmf), change), index, mmf);
}

int32_t mark_premium(uint64_t mid, uint64_t index)
{
    wide premium;

    if (mid == 0)
        return 0;
    premium = ((wide)mid - index) * MILLION / index;
    if (premium > CARD_PREMIUM_MAX)
        return CARD_PREMIUM_MAX;
    return premium < -CARD_PREMIUM_MAX ? -CARD_PREMIUM_MAX : (int32_t)premium;
}

static uint32_t mark_count(uint32_t made, uint32_t most)
{
    return made < most ? made : most;
}

void mark_add_mark(struct samples *samples, uint64_t mark)
{
    uint64_t *place = &samples->marks[samples->marks_made++ % LIMIT_SAMPLES];

    samples->mark_sum += mark - *place;
    *place = mark;
}

void mark_add_premium(struct samples *samples, int32_t premium)
{
    int32_t *place = &samples->premiums[samples->premiums_made++ % LIMIT_SAMPLES];

    samples->premium_sum += (int64_t)premium - *place;
    *place = premium;
}

uint64_t mark_mean(const struct samples *samples)
{
    const uint32_t count = mark_count(samples->marks_made, LIMIT_SAMPLES);

    return count ? samples->mark_sum / count : 0;
}

uint64_t mark_fast_mean(const struct samples *samples)
{
    const uint32_t count = mark_count(samples->marks_made, MARK_FAST);
    uint64_t sum = 0;

    for (uint32_t back = 1; back <= count; back++)
        sum += samples->marks[(samples->marks_made - back) % LIMIT_SAMPLES];
    return count ? sum / count : 0;
}

int32_t mark_mean_premium(const struct samples *samples)
{
    const uint32_t count = mark_count(samples->premiums_made, LIMIT_SAMPLES);

    return count ? (int32_t)wide_divide_down(samples->premium_sum, count) : 0;
}

void mark_add_hour(struct samples *samples, uint64_t time_ns, uint64_t index)
{
    const uint32_t minute = (uint32_t)(time_ns / NS_A_MINUTE), place = minute % 60;

    if (samples->hour_minute[place] != minute) {
        samples->hour_minute[place] = minute;
        samples->hour_sum[place] = 0;
        samples->hour_count[place] = 0;
    }
    samples->hour_sum[place] += index;
    samples->hour_count[place]++;
}

uint64_t mark_hour_mean(const struct samples *samples, uint64_t time_ns)
{
    const uint32_t now = (uint32_t)(time_ns / NS_A_MINUTE);
    uint64_t sum = 0, count = 0;

    for (uint32_t place = 0; place < 60; place++)
        if (samples->hour_count[place] && now - samples->hour_minute[place] < 60) {
            sum += samples->hour_sum[place];
            count += samples->hour_count[place];
        }
    return count ? sum / count : 0;
}
