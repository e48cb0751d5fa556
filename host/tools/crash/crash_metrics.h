/* What a run of a crash is judged by, and statistics over seeds. */
#ifndef VITRINE_CRASH_METRICS_H
#define VITRINE_CRASH_METRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct crash_metric {
    const char *key, *label, *unit;
    unsigned decimals;
    const char *value;       /* key of a run */
    const char *of;          /* divided by this key of the run; NULL: not */
    double scale;
    const char *needs;       /* says nothing where this key of the run is 0; NULL: always does */
    double least, most;      /* what it can be: intervals that are shown end there */
};

/* In the order of tables; `key` NULL ends them. */
extern const struct crash_metric crash_metrics[];
const struct crash_metric *crash_metric_find(const char *key);
/* NAN where the run says nothing. */
double crash_metric_of(const struct crash_metric *metric, const json_t *run);
/* As it is shown: what rounds to nothing is 0, never -0. */
double crash_metric_shown(const struct crash_metric *metric, double value);
enum { CRASH_METRIC_TEXT = 64 };
/* Statistics of a study's metric as tables show them, without the unit: "3.10 ± 0.40"; "0.30 [0, 0.90]" where the
 * interval ends at what the metric can be; "3.10" of one seed; "-" of none. Returns how long the mean in front is. */
int crash_metric_write(const struct crash_metric *metric, const json_t *statistics, char text[CRASH_METRIC_TEXT]);

/* Over seeds; NAN where there are too few values: `mean` none, the others fewer than two. */
struct crash_statistics {
    uint32_t count;
    double mean, error;      /* standard error of the mean: s / sqrt(n) */
    double half;             /* half of the 95 % confidence interval: t(0.975, n - 1) x error */
    double min, max;         /* of the values; NAN of none */
};
/* Values that are NAN are left out. */
struct crash_statistics crash_statistics_of(const double *values, uint32_t count);
/* The 0.975 quantile of Student's t (Abramowitz and Stegun, 26.7.5 above 10 degrees of freedom: to 0.001). */
double crash_statistics_quantile(uint32_t freedom);

/* The `policies` and `goals` of a study from its `runs`. `policies` has the columns of tables: those in `compared`, and
 * behind them the path on which nobody is liquidated, if all its runs are of one crash (not with `sweep`.`world`). */
void crash_metrics_summarise(json_t *study);
/* The name of a run's column: what `sweep` gave it, else its policy. */
const char *crash_metrics_column(const json_t *run);
/* A column's name for people: "nobody" is the path on which nobody is liquidated. */
const char *crash_policy_title(const char *column);
/* What must be known to read figures: what intervals tell and what not; what displacement is. */
extern const char crash_words_intervals[], crash_words_displacement[];
/* A metric of an entry of `policies`. */
const json_t *crash_metrics_of(const json_t *policy, const char *metric);

/* The `goals` of a study with `policies`, by paired differences to ours (crash_goals.c); none where ours is not. */
void crash_goals_judge(json_t *study, const json_t *policies);

#endif
