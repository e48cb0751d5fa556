/* Charts as SVG inside an HTML page, without scripts: axes with units, legends, lines, bars, points, whiskers. Colours,
 * dashes and both themes are CSS classes `s-NAME` of the page (crash_page.c). Every function writes to `file`. */
#ifndef VITRINE_CRASH_CHART_H
#define VITRINE_CRASH_CHART_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum crash_chart_mark { CRASH_CHART_LINE, CRASH_CHART_AREA, CRASH_CHART_POINT, CRASH_CHART_SEED };

struct crash_chart_entry {   /* of a legend */
    const char *label, *series;
    enum crash_chart_mark mark;
    uint32_t shape;          /* of CRASH_CHART_POINT: CRASH_CHART_SHAPES of them, then again from the first */
};
enum { CRASH_CHART_SHAPES = 6, CRASH_CHART_TAKEN = 64 };

struct crash_chart {
    FILE *file;
    const char *title, *note;/* note: a line below, NULL: none */
    const char *x_title, *y_title; /* with units */
    double width, height;    /* of the whole, pixels */
    double x_min, x_max, y_min, y_max; /* what is to be seen; y is made round, x too where `x_round` */
    bool x_round;
    double y_linear;         /* y is logarithmic above this and linear below, so that 0 is there (y_min is 0 then); a
                              * power of ten. 0: linear everywhere */
    const char *const *names;/* of the places 0, 1, ... of x, instead of numbers; NULL: numbers */
    uint32_t name_count;
    const struct crash_chart_entry *legend;
    uint32_t legend_count;
    double left, right, top, bottom; /* of the plot: crash_chart_begin() */
    struct crash_chart_box { double left, right, top, bottom; } taken[CRASH_CHART_TAKEN]; /* crash_chart_label() */
    uint32_t taken_count;
};

/* Text, escaped for HTML. */
void crash_chart_text(FILE *file, const char *text);
/* A number as axes show it: 12, 0.5, 1.2 M; `step`: what decimals must tell apart. */
void crash_chart_number(double value, double step, char *text, size_t size);

void crash_chart_begin(struct crash_chart *chart);
/* Joins points; a NAN in y is a gap. Of the points of one pixel's column the outermost are drawn. */
void crash_chart_line(const struct crash_chart *chart, const char *series, const double *x, const double *y,
                      uint32_t count);
void crash_chart_bar(const struct crash_chart *chart, const char *series, double x0, double x1, double y0, double y1);
/* `tip`: shown by a browser when pointed at. */
void crash_chart_point(const struct crash_chart *chart, const char *series, uint32_t shape, double x, double y,
                       const char *tip);
/* Text beside a point, on nothing that was labelled or kept free; left out where there is no such place. */
void crash_chart_label(struct crash_chart *chart, double x, double y, const char *text);
/* No label goes where a point at (x, y) is. */
void crash_chart_keep_free(struct crash_chart *chart, double x, double y);
/* A small faint point: one seed. */
void crash_chart_seed(const struct crash_chart *chart, const char *series, double x, double y);
/* An error bar around (x, y), `half` NAN: none; it ends where the plot does. */
void crash_chart_whisker(const struct crash_chart *chart, const char *series, double x, double y, bool upright,
                         double half);
void crash_chart_end(const struct crash_chart *chart);

#endif
