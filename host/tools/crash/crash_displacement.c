#include "crash_displacement.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "crash.h"
#include "policy.h"
#include "report.h"

#define POINTS 1e4 /* basis points */

struct displacement_sum {
    double sum;
    uint32_t count;
};

static double displacement_at(const json_t *run, const char *series, size_t moment)
{
    const json_t *value = json_array_get(json_object_get(json_object_get(run, "moments"), series), moment);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* In bp; NAN where a path had the side in no market. */
static double displacement_of(const json_t *run, const json_t *without, bool bid, size_t moment)
{
    const char *distance = bid ? "bid_below" : "ask_above", *share = bid ? "bid_share" : "ask_share";

    if (!(displacement_at(run, share, moment) > 0) || !(displacement_at(without, share, moment) > 0))
        return NAN;
    return POINTS * (displacement_at(run, distance, moment) - displacement_at(without, distance, moment));
}

/* One that begins and ends between two looks is seen by what it liquidated. */
static bool displacement_is_liquidation(const json_t *run, size_t moment)
{
    static const char *const series[] = { "trouble", "book", "backstop", "deleveraged" };
    bool any = false;

    for (size_t i = 0; i < sizeof series / sizeof *series; i++)
        any |= displacement_at(run, series[i], moment) > 0;
    return any;
}

static void displacement_add(struct displacement_sum *sum, double value)
{
    sum->sum += value;
    sum->count++;
}

static json_t *displacement_mean(const struct displacement_sum *sum)
{
    return sum->count ? json_real(sum->sum / sum->count) : json_null();
}

static void displacement_set_run(json_t *run, const json_t *without)
{
    json_t *moments = json_object_get(run, "moments"), *series = json_array();
    const size_t count = json_array_size(json_object_get(moments, "second"));
    struct displacement_sum troubled = { .count = 0 }, all = { .count = 0 };
    double largest = -INFINITY;
    bool bid = true;

    for (size_t moment = 0; moment < count; moment++) {
        const double sold = displacement_at(run, "sold", moment), bought = displacement_at(run, "bought", moment);
        double value;

        if (sold > bought || bought > sold)
            bid = sold > bought;
        value = displacement_of(run, without, bid, moment);
        json_array_append_new(series, isnan(value) ? json_null() : json_real(value));
        if (isnan(value))
            continue;
        displacement_add(&all, value);
        largest = fmax(largest, value);
        if (displacement_is_liquidation(run, moment) || displacement_is_liquidation(without, moment))
            displacement_add(&troubled, value);
    }
    report_set(moments, "displacement", series);
    report_set(run, "displacement_mean", run == without ? json_real(0) : displacement_mean(&troubled));
    report_set(run, "displacement_whole", displacement_mean(&all));
    report_set(run, "displacement_max", all.count ? json_real(largest) : json_null());
}

void crash_displacement_set(json_t *runs)
{
    const json_t *without = NULL;
    size_t index;
    json_t *run;

    json_array_foreach(runs, index, run) {
        if (strcmp(json_string_value(json_object_get(run, "policy")), crash_policy_name(POLICY_NONE)) == 0)
            without = run;
        displacement_set_run(run, without);
    }
}
