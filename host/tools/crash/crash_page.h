/* The inside of the page: what crash_page.c reads from a study and crash_page_charts.c draws. */
#ifndef VITRINE_CRASH_PAGE_H
#define VITRINE_CRASH_PAGE_H

#include <jansson.h>
#include <stdio.h>

#include "crash.h"
#include "crash_chart.h"
#include "crash_metrics.h"
#include "memory.h"

enum { PAGE_COLOURS = 7, PAGE_HOURS_FROM = 3 * 3600 /* seconds: longer tapes are shown in hours */ };

struct crash_page_policy {
    const char *name;
    char series[12];         /* CSS class behind "s-" */
    uint32_t shape;
};

struct crash_page {
    FILE *file;
    const json_t *study, *sweep; /* sweep: NULL: policies are compared; else its values stand in their place */
    double *time;            /* of moments, in units of `unit_seconds` */
    uint32_t moments;
    double first, last, unit_seconds; /* seconds of the tape */
    const char *x_title;
    struct crash_page_policy policy[CRASH_POLICIES];
    const char *names[CRASH_POLICIES];
    uint32_t policies, columns; /* columns of the table: and the path without liquidations, if it is one */
};

/* A series of a policy's moments, `seed` negative: the mean over seeds; NAN where there is nothing (a mid of an empty
 * book). The caller frees it. */
double *crash_page_series(const struct crash_page *page, const char *policy, const char *key, double seed);
/* {"mean","half",...} of the policy by its place. */
const json_t *crash_page_metric(const struct crash_page *page, uint32_t policy, const char *metric);
/* All charts, with their headings. */
void crash_page_charts(const struct crash_page *page);

#endif
