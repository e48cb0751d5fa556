/* The charts of the page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crash_page.h"
#include "policy.h"

enum {
    CHART_WIDTH = 1000, CHART_HEIGHT = 400, SMALL_WIDTH = 490, SMALL_HEIGHT = 300, BINS_MAX = 90, BIN_SECONDS = 60,
    WAYS = 3, TEXT = 160,
};
#define SHORTFALL_SHOWN 0.01 /* bp: less is 0 in tables */

static const char *const charts_way[WAYS] = { "book", "backstop", "deleveraged" };
static const char *const charts_way_label[WAYS] = { "order book", "backstop providers", "auto-deleveraging" };

/* What policies or values stand at. */
static const char *charts_places(const struct crash_page *page)
{
    return page->sweep ? json_string_value(json_object_get(page->sweep, "key")) : "policy";
}

static const char *charts_nobody(void)
{
    return crash_policy_name(POLICY_NONE);
}

/* The chart's range takes values in. */
static void charts_take_in(struct crash_chart *chart, const double *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (isfinite(values[i])) {
            chart->y_min = fmin(chart->y_min, values[i]);
            chart->y_max = fmax(chart->y_max, values[i]);
        }
}

/* "mean over 20 seeds" */
static const char *charts_seeds(const struct crash_page *page, char text[TEXT])
{
    const double seeds = json_number_value(json_object_get(page->study, "seeds"));

    snprintf(text, TEXT, seeds > 1 ? "Mean over %.0f seeds." : "One seed.", seeds);
    return text;
}

/* --- over time, a line a policy --- */

struct charts_lines {
    const char *title, *y_title, *key;
    bool without;            /* with the path without liquidations */
    bool from_zero;
};

/* Values of each policy, the path without liquidations after them. */
static uint32_t charts_read_lines(const struct crash_page *page, const struct charts_lines *what, double **values,
                                  struct crash_chart_entry *legend)
{
    uint32_t count = page->policies;

    for (uint32_t i = 0; i < page->policies; i++) {
        values[i] = crash_page_series(page, page->policy[i].name, what->key, -1);
        legend[i] = (struct crash_chart_entry){ page->policy[i].name, page->policy[i].series, CRASH_CHART_LINE, 0 };
    }
    if (what->without) {
        values[count] = crash_page_series(page, charts_nobody(), what->key, -1);
        legend[count] = (struct crash_chart_entry){ "nobody liquidated", charts_nobody(), CRASH_CHART_LINE, 0 };
        count++;
    }
    return count;
}

static void charts_draw_lines(const struct crash_page *page, const struct charts_lines *what)
{
    struct crash_chart_entry legend[CRASH_POLICIES + 1];
    double *values[CRASH_POLICIES + 1];
    char note[TEXT];
    struct crash_chart chart = {
        .file = page->file, .title = what->title, .note = charts_seeds(page, note), .x_title = page->x_title,
        .y_title = what->y_title, .width = CHART_WIDTH, .height = CHART_HEIGHT,
        .x_min = page->first / page->unit_seconds, .x_max = page->last / page->unit_seconds,
        .y_min = what->from_zero ? 0 : INFINITY,
        .y_max = what->from_zero ? 0 : -INFINITY, .legend = legend };

    chart.legend_count = charts_read_lines(page, what, values, legend);
    for (uint32_t i = 0; i < chart.legend_count; i++)
        charts_take_in(&chart, values[i], page->moments);
    crash_chart_begin(&chart);
    for (uint32_t i = chart.legend_count; i-- > 0;) { /* the first one on top */
        crash_chart_line(&chart, legend[i].series, page->time, values[i], page->moments);
        free(values[i]);
    }
    crash_chart_end(&chart);
}

/* --- prices of one run --- */

static void charts_prices(const struct crash_page *page)
{
    static const struct crash_chart_entry legend[] = {
        { "index", "index", CRASH_CHART_LINE, 0 }, { "mark", "mark", CRASH_CHART_LINE, 0 },
        { "mid of the book", "mid", CRASH_CHART_LINE, 0 },
        { "mid when nobody is liquidated", "without", CRASH_CHART_LINE, 0 } };
    enum { LINES = sizeof legend / sizeof *legend };
    const double seed = json_number_value(json_object_get(page->study, "seed"));
    const char *policy = page->policy[0].name;
    double *values[LINES];
    char title[TEXT], note[TEXT];
    struct crash_chart chart = {
        .file = page->file, .title = title, .note = note, .x_title = page->x_title, .y_title = "price, USDC a coin",
        .width = CHART_WIDTH, .height = CHART_HEIGHT, .x_min = page->first / page->unit_seconds,
        .x_max = page->last / page->unit_seconds, .y_min = INFINITY, .y_max = -INFINITY, .legend = legend,
        .legend_count = LINES };

    snprintf(title, sizeof title, "Price: index, mark and mid (policy %s)", policy);
    snprintf(note, sizeof note, "First market, seed %.0f.", seed);
    values[0] = crash_page_series(page, policy, "index", seed);
    values[1] = crash_page_series(page, policy, "mark", seed);
    values[2] = crash_page_series(page, policy, "mid", seed);
    values[3] = crash_page_series(page, charts_nobody(), "mid", seed);
    for (uint32_t i = 0; i < LINES; i++)
        charts_take_in(&chart, values[i], page->moments);
    crash_chart_begin(&chart);
    for (uint32_t i = LINES; i-- > 0;) {
        crash_chart_line(&chart, legend[i].series, page->time, values[i], page->moments);
        free(values[i]);
    }
    crash_chart_end(&chart);
}

/* --- liquidated by way: bars a minute, a chart a policy --- */

struct charts_bins {
    double sum[WAYS][BINS_MAX];
    uint32_t count;
    double seconds;          /* of a bin, whole minutes */
};

static void charts_fill(const struct crash_page *page, const char *policy, struct charts_bins *bins)
{
    const double span = page->last - page->first + 1;

    memset(bins, 0, sizeof *bins);
    bins->seconds = BIN_SECONDS * fmax(ceil(span / BIN_SECONDS / BINS_MAX), 1);
    bins->count = (uint32_t)fmin(ceil(span / bins->seconds), BINS_MAX);
    for (uint32_t way = 0; way < WAYS; way++) {
        double *values = crash_page_series(page, policy, charts_way[way], -1);

        for (uint32_t i = 0; i < page->moments; i++) {
            const double at = (page->time[i] * page->unit_seconds - page->first) / bins->seconds;

            if (!isnan(values[i]))
                bins->sum[way][(uint32_t)fmin(at, bins->count - 1)] += values[i] * BIN_SECONDS / bins->seconds;
        }
        free(values);
    }
}

static double charts_tallest(const struct charts_bins *bins)
{
    double tallest = 0;

    for (uint32_t i = 0; i < bins->count; i++)
        tallest = fmax(tallest, bins->sum[0][i] + bins->sum[1][i] + bins->sum[2][i]);
    return tallest;
}

static void charts_bars(const struct crash_page *page, uint32_t policy, double tallest)
{
    struct crash_chart_entry legend[WAYS];
    char title[TEXT];
    struct charts_bins bins;
    struct crash_chart chart = {
        .file = page->file, .title = title, .x_title = page->x_title, .y_title = "liquidated, USDC a minute",
        .width = SMALL_WIDTH, .height = SMALL_HEIGHT, .x_min = page->first / page->unit_seconds,
        .x_max = page->last / page->unit_seconds, .y_max = tallest, .legend = legend, .legend_count = WAYS };

    for (uint32_t way = 0; way < WAYS; way++)
        legend[way] = (struct crash_chart_entry){ charts_way_label[way], charts_way[way], CRASH_CHART_AREA, 0 };
    snprintf(title, sizeof title, "Liquidated by way: %s", page->policy[policy].name);
    charts_fill(page, page->policy[policy].name, &bins);
    crash_chart_begin(&chart);
    for (uint32_t i = 0; i < bins.count; i++) {
        const double from = (page->first + i * bins.seconds) / page->unit_seconds;
        const double to = fmin((page->first + (i + 0.9) * bins.seconds) / page->unit_seconds, chart.x_max);
        double stacked = 0;

        for (uint32_t way = 0; way < WAYS; way++) {
            crash_chart_bar(&chart, charts_way[way], from, to, stacked, stacked + bins.sum[way][i]);
            stacked += bins.sum[way][i];
        }
    }
    crash_chart_end(&chart);
}

static void charts_all_bars(const struct crash_page *page)
{
    double tallest = 0;
    struct charts_bins bins;
    char note[TEXT];

    for (uint32_t i = 0; i < page->policies; i++) {
        charts_fill(page, page->policy[i].name, &bins);
        tallest = fmax(tallest, charts_tallest(&bins));
    }
    fprintf(page->file, "<p class='soft'>%s The same scale for all policies.</p>\n<div class='pair'>\n",
            charts_seeds(page, note));
    for (uint32_t i = 0; i < page->policies; i++)
        charts_bars(page, i, tallest);
    fprintf(page->file, "</div>\n");
}

/* --- policies against each other --- */

/* Each seed's value of a metric, for `what` to draw; returns how many. */
static uint32_t charts_seed_values(const struct crash_page *page, uint32_t policy, const char *metric, double *values,
                                   uint32_t most)
{
    uint32_t count = 0;
    size_t index;
    json_t *run;

    json_array_foreach(json_object_get(page->study, "runs"), index, run)
        if (count < most &&
            strcmp(crash_metrics_column(run), page->policy[policy].name) == 0)
            values[count++] = crash_metric_shown(crash_metric_find(metric),
                                                 crash_metric_of(crash_metric_find(metric), run));
    return count;
}

static double charts_statistic(const struct crash_page *page, uint32_t policy, const char *metric, const char *key)
{
    const json_t *value = json_object_get(crash_page_metric(page, policy, metric), key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* With the interval around the mean, as far as the metric can be. */
static void charts_reach(const struct crash_page *page, uint32_t policy, const char *metric, double *min, double *max)
{
    const double mean = charts_statistic(page, policy, metric, "mean");
    const double low = charts_statistic(page, policy, metric, "low");
    const double high = charts_statistic(page, policy, metric, "high");

    if (isnan(mean))
        return;
    *min = fmin(*min, crash_metric_shown(crash_metric_find(metric), isnan(low) ? mean : low));
    *max = fmax(*max, crash_metric_shown(crash_metric_find(metric), isnan(high) ? mean : high));
}

static void charts_tip(const struct crash_page *page, uint32_t policy, const char *metric, char text[TEXT])
{
    const struct crash_metric *of = crash_metric_find(metric);

    snprintf(text, TEXT, "%s: %s %.*f %s", page->policy[policy].name, of->label, (int)of->decimals,
             charts_statistic(page, policy, metric, "mean"), of->unit);
}

/* From where the axis of the shortfall is logarithmic: the power of ten at or below the least that is not 0. */
static double charts_linear_below(const struct crash_page *page)
{
    enum { DECADES = 6 };    /* at most, of an axis */
    double least = INFINITY, most = 0;

    for (uint32_t i = 0; i < page->policies; i++) {
        const double mean = charts_statistic(page, i, "shortfall", "mean");

        if (mean > 0)
            least = fmin(least, fmax(mean, SHORTFALL_SHOWN));
        most = mean > most ? mean : most;
    }
    return most > 0 ? pow(10, fmax(floor(log10(least)), floor(log10(most)) - DECADES)) : 0;
}

/* Shortfall against displacement: a chart of all that have both. Returns how many, `shown` which. */
static uint32_t charts_begin_trade_off(const struct crash_page *page, struct crash_chart *chart,
                                       uint32_t shown[CRASH_POLICIES])
{
    uint32_t count = 0;

    chart->y_linear = charts_linear_below(page);
    for (uint32_t i = 0; i < page->policies; i++) {
        if (isnan(charts_statistic(page, i, "shortfall", "mean")) ||
            isnan(charts_statistic(page, i, "displacement", "mean")))
            continue;
        shown[count++] = i;
        charts_reach(page, i, "displacement", &chart->x_min, &chart->x_max);
        charts_reach(page, i, "shortfall", &chart->y_min, &chart->y_max);
    }
    return count;
}

static const char *charts_trade_off_note(const struct crash_page *page, char note[TEXT])
{
    const double seeds = json_number_value(json_object_get(page->study, "seeds"));

    if (!(seeds > 1))
        return "Lower left is better. Shortfall: of open interest. One seed.";
    snprintf(note, TEXT, "Lower left is better. Shortfall: of open interest. Bars: %.0f %% confidence intervals over "
             "%.0f seeds of this one crash.",
             json_number_value(json_object_get(page->study, "confidence_percent")), seeds);
    return note;
}

static const char *charts_trade_off_title_y(const struct crash_page *page, char title[TEXT])
{
    const double linear = charts_linear_below(page);

    if (!(linear > 0))
        return "shortfall, bp";
    snprintf(title, TEXT, "shortfall, bp; logarithmic above %g", linear);
    return title;
}

static void charts_point(const struct crash_page *page, const struct crash_chart *chart, uint32_t policy,
                         const char *series, uint32_t shape, bool whiskers)
{
    const double x = charts_statistic(page, policy, "displacement", "mean");
    const double y = charts_statistic(page, policy, "shortfall", "mean");
    char tip[TEXT];

    if (whiskers) {
        crash_chart_whisker(chart, series, x, y, false, charts_statistic(page, policy, "displacement", "half"));
        crash_chart_whisker(chart, series, x, y, true, charts_statistic(page, policy, "shortfall", "half"));
    }
    charts_tip(page, policy, "shortfall", tip);
    crash_chart_point(chart, series, shape, x, y, tip);
}

static void charts_trade_off(const struct crash_page *page)
{
    struct crash_chart_entry legend[CRASH_POLICIES];
    uint32_t shown[CRASH_POLICIES];
    char note[TEXT], title[TEXT];
    struct crash_chart chart = {
        .file = page->file, .title = "The trade-off: shortfall against displacement",
        .note = charts_trade_off_note(page, note), .x_title = "displacement in liquidation, bp",
        .y_title = charts_trade_off_title_y(page, title), .width = CHART_WIDTH, .height = CHART_HEIGHT,
        .x_round = true, .legend = legend };

    chart.legend_count = charts_begin_trade_off(page, &chart, shown);
    for (uint32_t i = 0; i < chart.legend_count; i++)
        legend[i] = (struct crash_chart_entry){ page->policy[shown[i]].name, page->policy[shown[i]].series,
                                                CRASH_CHART_POINT, page->policy[shown[i]].shape };
    crash_chart_begin(&chart);
    for (uint32_t at = chart.legend_count; at-- > 0;)
        charts_point(page, &chart, shown[at], legend[at].series, legend[at].shape, true);
    crash_chart_end(&chart);
}

/* Of a sweep: one line through the values in their order, each with its value beside it. Only means: all values met the
 * same seeds, so their intervals, which the table has, tell of the seeds and not of the way from value to value. */
static void charts_curve(const struct crash_page *page)
{
    char label[TEXT], note[TEXT], seeds[TEXT];
    const struct crash_chart_entry legend = { label, "1", CRASH_CHART_LINE, 0 };
    double x[CRASH_POLICIES], y[CRASH_POLICIES];
    struct crash_chart chart = {
        .file = page->file, .title = "The curve: shortfall against displacement", .note = note,
        .x_title = "displacement in liquidation, bp", .y_title = "shortfall, bp", .width = CHART_WIDTH,
        .height = CHART_HEIGHT, .x_min = INFINITY, .x_max = -INFINITY, .x_round = true, .y_min = INFINITY,
        .y_max = -INFINITY, .legend = &legend, .legend_count = 1 };

    snprintf(label, sizeof label, "policy %s, numbers: %s", json_string_value(json_object_get(page->sweep, "policy")),
             json_string_value(json_object_get(page->sweep, "key")));
    snprintf(note, sizeof note, "Lower left is better. Shortfall: of open interest. %.40s Intervals: in the table.",
             charts_seeds(page, seeds));
    for (uint32_t i = 0; i < page->policies; i++) {
        x[i] = charts_statistic(page, i, "displacement", "mean");
        y[i] = isnan(x[i]) ? NAN : charts_statistic(page, i, "shortfall", "mean");
        chart.x_min = fmin(chart.x_min, x[i]);
        chart.x_max = fmax(chart.x_max, x[i]);
    }
    charts_take_in(&chart, y, page->policies);
    crash_chart_begin(&chart);
    for (uint32_t i = 0; i < page->policies; i++)
        if (!isnan(y[i]))
            crash_chart_keep_free(&chart, x[i], y[i]);
    crash_chart_line(&chart, "1", x, y, page->policies);
    for (uint32_t i = 0; i < page->policies; i++)
        if (!isnan(y[i]))
            charts_point(page, &chart, i, "1", 0, false);
    for (uint32_t i = 0; i < page->policies; i++)
        if (!isnan(y[i]))
            crash_chart_label(&chart, x[i], y[i], page->names[i]);
    crash_chart_end(&chart);
}

/* A metric of each policy: every seed, the mean, its interval. */
static void charts_spread(const struct crash_page *page, const char *title, const char *metric, const char *y_title)
{
    const uint32_t most = (uint32_t)json_array_size(json_object_get(page->study, "runs"));
    double *values = memory_reserve(most, sizeof *values);
    static const struct crash_chart_entry legend[] = { { "mean, with its interval", "none", CRASH_CHART_POINT, 0 },
                                                       { "one seed", "none", CRASH_CHART_SEED, 0 } };
    struct crash_chart chart = {
        .file = page->file, .title = title, .x_title = charts_places(page), .y_title = y_title, .width = CHART_WIDTH,
        .height = CHART_HEIGHT - 60, .x_min = -0.5, .x_max = page->policies - 0.5, .names = page->names,
        .name_count = page->policies, .legend = legend, .legend_count = sizeof legend / sizeof *legend };
    char tip[TEXT];

    for (uint32_t i = 0; i < page->policies; i++) {
        charts_take_in(&chart, values, charts_seed_values(page, i, metric, values, most));
        charts_reach(page, i, metric, &chart.y_min, &chart.y_max);
    }
    crash_chart_begin(&chart);
    for (uint32_t i = 0; i < page->policies; i++) {
        const uint32_t count = charts_seed_values(page, i, metric, values, most);
        const double mean = charts_statistic(page, i, metric, "mean");

        for (uint32_t seed = 0; seed < count; seed++)
            if (!isnan(values[seed])) /* side by side, so that equal ones are seen */
                crash_chart_seed(&chart, page->policy[i].series, i + 0.12 + 0.2 * seed / fmax(count - 1, 1),
                                 values[seed]);
        if (isnan(mean))
            continue;
        crash_chart_whisker(&chart, page->policy[i].series, i, mean, true, charts_statistic(page, i, metric, "half"));
        charts_tip(page, i, metric, tip);
        crash_chart_point(&chart, page->policy[i].series, 0, i, mean, tip);
    }
    crash_chart_end(&chart);
    free(values);
}

static void charts_shares(const struct crash_page *page)
{
    static const char *const metric[WAYS] = { "book_share", "backstop_share", "deleveraged_share" };
    struct crash_chart_entry legend[WAYS];
    struct crash_chart chart = {
        .file = page->file, .title = "Share of each way", .x_title = charts_places(page),
        .y_title = "share of liquidated notional, %", .width = CHART_WIDTH, .height = CHART_HEIGHT - 60,
        .x_min = -0.5, .x_max = page->policies - 0.5, .y_max = 100,
        .names = page->names, .name_count = page->policies, .legend = legend, .legend_count = WAYS };

    for (uint32_t way = 0; way < WAYS; way++)
        legend[way] = (struct crash_chart_entry){ charts_way_label[way], charts_way[way], CRASH_CHART_AREA, 0 };
    crash_chart_begin(&chart);
    for (uint32_t i = 0; i < page->policies; i++) {
        double stacked = 0;

        for (uint32_t way = 0; way < WAYS; way++) {
            const double share = charts_statistic(page, i, metric[way], "mean");

            crash_chart_bar(&chart, charts_way[way], i - 0.3, i + 0.3, stacked, stacked + (isnan(share) ? 0 : share));
            stacked += isnan(share) ? 0 : share;
        }
    }
    crash_chart_end(&chart);
}

/* What a policy cost, and who paid. */
static void charts_costs(const struct crash_page *page)
{
    charts_spread(page, "Spread of the shortfall over seeds", "shortfall", "shortfall, bp of open interest");
    charts_spread(page, "Spread of shortfall and providers' loss over seeds", "shortfall_with_providers",
                  "bp of open interest");
    charts_spread(page, "Providers' profit over seeds", "provider_profit", "bp of open interest");
}

static void charts_of_sweep(const struct crash_page *page)
{
    fprintf(page->file, "<h2>The curve</h2>\n");
    charts_curve(page);
    fprintf(page->file, "<h2>What values cost</h2>\n");
    charts_costs(page);
    fprintf(page->file, "<h2>How positions were closed</h2>\n");
    charts_shares(page);
}

void crash_page_charts(const struct crash_page *page)
{
    static const struct charts_lines displacement = { "Displacement over time", "bp, pressed side, against nobody",
                                                      "displacement", false, true };
    static const struct charts_lines depth = { "Depth of the book", "within 5 % of the mid, USDC", "depth", true,
                                               true };
    static const struct charts_lines shortfall = { "Shortfall over time", "shortfall so far, USDC", "shortfall", false,
                                                   true };
    static const struct charts_lines fund = { "The fund over time", "fund, USDC", "fund", false, false };
    static const struct charts_lines underwater = { "Accounts underwater", "equity below zero, USDC", "underwater",
                                                    true, true };
    static const struct charts_lines episodes = { "Accounts in liquidation", "accounts under way", "episodes", false,
                                                  true };

    if (page->sweep) {
        charts_of_sweep(page);
        return;
    }
    fprintf(page->file, "<h2>Prices</h2>\n");
    charts_prices(page);
    charts_draw_lines(page, &displacement);
    charts_draw_lines(page, &depth);
    fprintf(page->file, "<h2>What policies cost</h2>\n");
    charts_trade_off(page);
    charts_draw_lines(page, &shortfall);
    charts_draw_lines(page, &underwater);
    charts_draw_lines(page, &fund);
    charts_costs(page);
    fprintf(page->file, "<h2>How positions were closed</h2>\n");
    charts_shares(page);
    charts_all_bars(page);
    fprintf(page->file, "<h2>Those who were liquidated</h2>\n");
    charts_spread(page, "Equity kept by liquidated accounts", "equity_kept", "% of equity when found");
    charts_spread(page, "Episodes that ended healthy", "ended_healthy", "% of episodes");
    charts_spread(page, "Time to healthy", "seconds_to_healthy", "seconds, mean of those that ended healthy");
    charts_draw_lines(page, &episodes);
}
