#include "index.h"

#define MILLION 1000000

static void index_sort(uint64_t *values, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        for (unsigned at = i; at > 0 && values[at - 1] > values[at]; at--) {
            const uint64_t value = values[at];

            values[at] = values[at - 1];
            values[at - 1] = value;
        }
}

/* Of an even number the mean of the middle two, rounded down; sorts them. 0: none. */
static uint64_t index_median(uint64_t *values, unsigned count)
{
    if (count == 0)
        return 0;
    index_sort(values, count);
    if (count % 2)
        return values[count / 2];
    return (uint64_t)(((uwide)values[count / 2 - 1] + values[count / 2]) / 2);
}

uint64_t index_venue_price(const struct venue *venue)
{
    const uint64_t quoted[3] = { venue->bid, venue->ask, venue->last };
    uint64_t values[3];
    unsigned count = 0;

    for (unsigned i = 0; i < 3; i++)
        if (quoted[i])
            values[count++] = quoted[i];
    return index_median(values, count);
}

bool index_venue_is_fresh(const struct pricing *pricing, const struct venue *venue, uint64_t time_ns)
{
    return venue->weight > 0 && venue->time_ns > 0 && index_venue_price(venue) > 0 &&
           time_ns - venue->time_ns <= (uint64_t)pricing->stale_ms * 1000000;
}

bool index_differs(uint64_t price, uint64_t reference, uint32_t fraction)
{
    const uint64_t distance = price > reference ? price - reference : reference - price;

    return (uwide)distance * MILLION > (uwide)reference * fraction;
}

static uint64_t index_clamp(uint64_t price, uint64_t median, uint32_t clamp)
{
    const uwide low = ((uwide)median * (MILLION - clamp) + MILLION - 1) / MILLION;
    const uwide high = (uwide)median * (MILLION + clamp) / MILLION;

    return price < low ? (uint64_t)low : price > high ? (uint64_t)high : price;
}

/* Weighted mean of the fresh venues around their median. */
static void index_weigh(const struct pricing *pricing, const uint64_t prices[LIMIT_VENUES], struct index_result *result)
{
    uwide sum = 0;
    uint64_t weights = 0;
    uint32_t near = 0;

    for (unsigned i = 0; i < LIMIT_VENUES; i++) {
        const struct venue *venue = &pricing->venues[i];

        if (prices[i] == 0)
            continue;
        if (!index_differs(prices[i], result->median, pricing->outlier)) {
            result->counted++;
            near += !index_differs(prices[i], result->median, pricing->agree);
        }
        sum += (uwide)index_clamp(prices[i], result->median, pricing->clamp) * venue->weight;
        weights += venue->weight;
    }
    result->agree = near == result->counted && near > 0;
    result->price = (uint64_t)(sum / weights);
}

struct index_result index_make(const struct pricing *pricing, uint64_t time_ns)
{
    struct index_result result = { 0 };
    uint64_t prices[LIMIT_VENUES] = { 0 }, sorted[LIMIT_VENUES];
    unsigned count = 0;

    for (unsigned i = 0; i < LIMIT_VENUES; i++)
        if (index_venue_is_fresh(pricing, &pricing->venues[i], time_ns))
            prices[i] = sorted[count++] = index_venue_price(&pricing->venues[i]);
    if (count == 0)
        return (struct index_result){ 0 };
    result.median = index_median(sorted, count);
    index_weigh(pricing, prices, &result);
    return result;
}

uint64_t index_step(uint64_t from, uint64_t to, uint32_t change)
{
    const uwide most = (uwide)from * change / MILLION;
    const uint64_t distance = to > from ? to - from : from - to;
    const uint64_t step = most == 0 ? 1 : most < distance ? (uint64_t)most : distance;

    if (from == 0 || distance <= step)
        return to;
    return to > from ? from + step : from - step;
}
