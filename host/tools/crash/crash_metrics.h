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
};

/* In the order of tables; `key` NULL ends them. */
extern const struct crash_metric crash_metrics[];
const struct crash_metric *crash_metric_find(const char *key);
/* NAN where the run says nothing. */
double crash_metric_of(const struct crash_metric *metric, const json_t *run);
/* As it is shown: what rounds to nothing is 0, never -0. */
double crash_metric_shown(const struct crash_metric *metric, double value);

/* Over seeds; NAN where there are too few values: `mean` none, the others fewer than two. */
struct crash_statistics {
    uint32_t count;
    double mean, error;      /* standard error of the mean: s / sqrt(n) */
    double half;             /* half of the 95 % confidence interval: t(0.975, n - 1) x error */
};
/* Values that are NAN are left out. */
struct crash_statistics crash_statistics_of(const double *values, uint32_t count);
/* The 0.975 quantile of Student's t (Abramowitz and Stegun, 26.7.5 above 10 degrees of freedom: to 0.001). */
double crash_statistics_quantile(uint32_t freedom);

/* The `policies` and `goals` of a study from its `runs`. */
void crash_metrics_summarise(json_t *study);

#endif
