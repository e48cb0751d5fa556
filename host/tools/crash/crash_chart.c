#include "crash_chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_PIXELS = 7,         /* of a character, at most, in the 12.5 px of labels */
    LEGEND_GAP = 18, LEGEND_SAMPLE = 26, LEGEND_ROW = 20,
    MARGIN_LEFT = 82, MARGIN_RIGHT = 22, MARGIN_BOTTOM = 52, TITLE_HEIGHT = 34, NOTE_HEIGHT = 20, PLOT_GAP = 14,
    TICKS_Y = 5, TICK_X_PIXELS = 88, TICK_Y_PIXELS = 20, NUMBER_TEXT = 32,
    LABEL_HEIGHT = 15, LABEL_AWAY = 8,
};
#define POINT_RADIUS 5.5
#define WHISKER_CAP 5.0

void crash_chart_text(FILE *file, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '&': fputs("&amp;", file); break;
        case '\'': fputs("&#39;", file); break;
        case '"': fputs("&quot;", file); break;
        default: fputc(*text, file);
        }
}

/* The scale of a number with a unit's prefix, such that the axis needs few digits. */
static double chart_scale(double largest, const char **prefix)
{
    static const struct {
        double from, scale;
        const char *prefix;
    } scales[] = { { 1e10, 1e9, " G" }, { 1e7, 1e6, " M" }, { 1e4, 1e3, " k" } };

    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        if (largest >= scales[i].from) {
            *prefix = scales[i].prefix;
            return scales[i].scale;
        }
    *prefix = "";
    return 1;
}

static void chart_number(double value, double step, double largest, char *text, size_t size)
{
    const char *prefix;
    const double scale = chart_scale(largest, &prefix), shown = step / scale;
    const int decimals = shown >= 1 || shown <= 0 ? 0 : (int)ceil(-log10(shown) - 1e-9);

    snprintf(text, size, "%.*f%s", decimals, value / scale + 0.0, fabs(value) < step / 1e6 ? "" : prefix);
}

void crash_chart_number(double value, double step, char *text, size_t size)
{
    chart_number(value, step, fabs(value), text, size);
}

/* 1, 2 or 5 times a power of ten: at most `count` steps in `span`. */
static double chart_step(double span, double count)
{
    const double least = span / fmax(count, 1), power = pow(10, floor(log10(least)));
    const double digit = least / power;

    return power * (digit <= 1 + 1e-9 ? 1 : digit <= 2 + 1e-9 ? 2 : digit <= 5 + 1e-9 ? 5 : 10);
}

static void chart_widen(double *min, double *max)
{
    if (!isfinite(*min) || !isfinite(*max) || *min > *max)
        *min = *max = 0;
    if (*max - *min < 1e-9 * fmax(fabs(*max), 1)) {
        *max += *max == 0 ? 1 : fabs(*max) / 10;
        *min -= *min == 0 ? 0 : fabs(*min) / 10;
    }
}

static void chart_round(double *min, double *max, double count)
{
    const double step = chart_step(*max - *min, count);

    *min = floor(*min / step + 1e-9) * step;
    *max = ceil(*max / step - 1e-9) * step;
}

static double chart_x(const struct crash_chart *chart, double x)
{
    return chart->left + (x - chart->x_min) / (chart->x_max - chart->x_min) * (chart->right - chart->left);
}

/* How far up a value is, in any unit. */
static double chart_height(const struct crash_chart *chart, double y)
{
    return chart->y_linear > 0 ? log10(1 + fmax(y, 0) / chart->y_linear) : y;
}

static double chart_y(const struct crash_chart *chart, double y)
{
    const double bottom = chart_height(chart, chart->y_min), top = chart_height(chart, chart->y_max);

    return chart->bottom - (chart_height(chart, y) - bottom) / (top - bottom) * (chart->bottom - chart->top);
}

static void chart_shape(FILE *file, uint32_t shape, double x, double y, double radius)
{
    static const struct {
        int corners;         /* 0: a circle */
        double turn;         /* of the first corner from the top, in turns */
        double size;         /* so that all look equally large */
    } shapes[CRASH_CHART_SHAPES] = { { 0, 0, 1 },      { 4, 0.125, 1.2 }, { 3, 0, 1.35 },
                                     { 4, 0, 1.25 },   { 3, 0.5, 1.35 },  { 5, 0, 1.15 } };
    const int corners = shapes[shape % CRASH_CHART_SHAPES].corners;

    if (corners == 0) {
        fprintf(file, "<circle cx='%.1f' cy='%.1f' r='%.1f'", x, y, radius);
        return;
    }
    fprintf(file, "<path d='");
    for (int i = 0; i < corners; i++) {
        const double angle = 2 * M_PI * (shapes[shape % CRASH_CHART_SHAPES].turn + (double)i / corners);
        const double away = radius * shapes[shape % CRASH_CHART_SHAPES].size;

        fprintf(file, "%c%.1f %.1f", i ? 'L' : 'M', x + away * sin(angle), y - away * cos(angle));
    }
    fprintf(file, "Z'");
}

/* --- legend --- */

static void chart_sample(const struct crash_chart *chart, const struct crash_chart_entry *entry, double x, double y)
{
    switch (entry->mark) {
    case CRASH_CHART_LINE:
        fprintf(chart->file, "<path class='line s-%s' d='M%.1f %.1fh%d'/>", entry->series, x, y, LEGEND_SAMPLE - 4);
        break;
    case CRASH_CHART_AREA:
        fprintf(chart->file, "<rect class='bar s-%s' x='%.1f' y='%.1f' width='%d' height='11'/>", entry->series, x,
                y - 5.5, LEGEND_SAMPLE - 8);
        break;
    case CRASH_CHART_POINT:
        chart_shape(chart->file, entry->shape, x + LEGEND_SAMPLE / 2.0 - 2, y, POINT_RADIUS);
        fprintf(chart->file, " class='point s-%s'/>", entry->series);
        break;
    case CRASH_CHART_SEED:
        fprintf(chart->file, "<circle class='seed s-%s' cx='%.1f' cy='%.1f' r='2.5'/>", entry->series,
                x + LEGEND_SAMPLE / 2.0 - 2, y);
        break;
    }
}

/* Lays it out in rows from `top`, draws it where `draw`. Returns its height. */
static double chart_legend(const struct crash_chart *chart, double top, bool draw)
{
    double x = MARGIN_LEFT, y = top + LEGEND_ROW / 2.0;

    if (draw)
        fprintf(chart->file, "<g class='legend'>");
    for (uint32_t i = 0; i < chart->legend_count; i++) {
        const double needs = LEGEND_SAMPLE + TEXT_PIXELS * (double)strlen(chart->legend[i].label);

        if (x > MARGIN_LEFT && x + needs > chart->width - MARGIN_RIGHT) {
            x = MARGIN_LEFT;
            y += LEGEND_ROW;
        }
        if (draw) {
            fprintf(chart->file, "<g class='entry'>");
            chart_sample(chart, &chart->legend[i], x, y);
            fprintf(chart->file, "<text x='%.1f' y='%.1f'>", x + LEGEND_SAMPLE, y + 4);
            crash_chart_text(chart->file, chart->legend[i].label);
            fprintf(chart->file, "</text></g>");
        }
        x += needs + LEGEND_GAP;
    }
    if (draw)
        fprintf(chart->file, "</g>\n");
    return y + LEGEND_ROW / 2.0 - top;
}

/* --- axes --- */

static void chart_tick_y(const struct crash_chart *chart, double value, const char *text)
{
    fprintf(chart->file, "<path class='grid' d='M%.1f %.1fH%.1f'/><text class='tick y' x='%.1f' y='%.1f'>%s</text>\n",
            chart->left, chart_y(chart, value), chart->right, chart->left - 8, chart_y(chart, value) + 4, text);
}

/* 0, and 1, 2 and 5 times powers of ten: those that are apart from the one before. */
static void chart_ticks_logarithmic(const struct crash_chart *chart)
{
    static const double digits[] = { 1, 2, 5 };
    double last = chart_y(chart, 0);
    char text[NUMBER_TEXT];

    chart_tick_y(chart, 0, "0");
    for (double power = chart->y_linear; power <= chart->y_max * (1 + 1e-9); power *= 10)
        for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
            const double value = digits[i] * power;

            if (value > chart->y_max * (1 + 1e-9) || last - chart_y(chart, value) < TICK_Y_PIXELS)
                continue;
            chart_number(value, power, value, text, sizeof text);
            chart_tick_y(chart, value, text);
            last = chart_y(chart, value);
        }
}

static void chart_axis_y(const struct crash_chart *chart)
{
    const double step = chart_step(chart->y_max - chart->y_min, TICKS_Y);
    const double largest = fmax(fabs(chart->y_min), fabs(chart->y_max));
    char text[NUMBER_TEXT];

    if (chart->y_linear > 0)
        chart_ticks_logarithmic(chart);
    for (double at = ceil(chart->y_min / step - 1e-9) * step;
         chart->y_linear <= 0 && at <= chart->y_max + step * 1e-9; at += step) {
        const double value = fabs(at) < step * 1e-6 ? 0 : at;

        chart_number(value, step, largest, text, sizeof text);
        chart_tick_y(chart, value, text);
    }
    fprintf(chart->file, "<text class='y-title' transform='translate(16 %.1f) rotate(-90)'>",
            (chart->top + chart->bottom) / 2);
    crash_chart_text(chart->file, chart->y_title);
    fprintf(chart->file, "</text>\n");
}

static void chart_axis_x(const struct crash_chart *chart)
{
    const double step = chart_step(chart->x_max - chart->x_min, (chart->right - chart->left) / TICK_X_PIXELS);
    const double largest = fmax(fabs(chart->x_min), fabs(chart->x_max));
    char text[NUMBER_TEXT];

    fprintf(chart->file, "<path class='axis' d='M%.1f %.1fV%.1fH%.1f'/>\n", chart->left, chart->top, chart->bottom,
            chart->right);
    for (double at = ceil(chart->x_min / step - 1e-9) * step; !chart->names && at <= chart->x_max + step * 1e-9;
         at += step) {
        const double value = fabs(at) < step * 1e-6 ? 0 : at;

        chart_number(value, step, largest, text, sizeof text);
        fprintf(chart->file, "<path class='axis' d='M%.1f %.1fv5'/><text class='tick x' x='%.1f' y='%.1f'>%s</text>\n",
                chart_x(chart, value), chart->bottom, chart_x(chart, value), chart->bottom + 19, text);
    }
    for (uint32_t i = 0; chart->names && i < chart->name_count; i++) {
        fprintf(chart->file, "<text class='tick x' x='%.1f' y='%.1f'>", chart_x(chart, i), chart->bottom + 19);
        crash_chart_text(chart->file, chart->names[i]);
        fprintf(chart->file, "</text>\n");
    }
    fprintf(chart->file, "<text class='x-title' x='%.1f' y='%.1f'>", (chart->left + chart->right) / 2,
            chart->bottom + 40);
    crash_chart_text(chart->file, chart->x_title);
    fprintf(chart->file, "</text>\n");
}

void crash_chart_begin(struct crash_chart *chart)
{
    const double legend = chart_legend(chart, TITLE_HEIGHT, false);

    chart->taken_count = 0;
    chart->left = MARGIN_LEFT;
    chart->right = chart->width - MARGIN_RIGHT;
    chart->top = TITLE_HEIGHT + legend + PLOT_GAP;
    chart->bottom = chart->height - MARGIN_BOTTOM - (chart->note ? NOTE_HEIGHT : 0);
    chart_widen(&chart->y_min, &chart->y_max);
    if (chart->y_linear > 0)
        chart->y_max = fmax(chart->y_max, 10 * chart->y_linear); /* up to the next 1, 2 or 5 times a power of ten */
    if (chart->y_linear > 0)
        chart->y_max = chart_step(chart->y_max, 1);
    else
        chart_round(&chart->y_min, &chart->y_max, TICKS_Y);
    chart_widen(&chart->x_min, &chart->x_max);
    if (chart->x_round)
        chart_round(&chart->x_min, &chart->x_max, (chart->right - chart->left) / TICK_X_PIXELS);
    fprintf(chart->file, "<figure><svg class='chart' role='img' viewBox='0 0 %.0f %.0f' "
            "xmlns='http://www.w3.org/2000/svg' aria-label='", chart->width, chart->height);
    crash_chart_text(chart->file, chart->title);
    fprintf(chart->file, "'>\n<text class='title' x='16' y='22'>");
    crash_chart_text(chart->file, chart->title);
    fprintf(chart->file, "</text>\n");
    chart_legend(chart, TITLE_HEIGHT, true);
    chart_axis_y(chart);
    chart_axis_x(chart);
    if (chart->note) {
        fprintf(chart->file, "<text class='note' x='%.1f' y='%.1f'>", chart->left, chart->height - 8);
        crash_chart_text(chart->file, chart->note);
        fprintf(chart->file, "</text>\n");
    }
}

/* --- what is drawn --- */

/* The points of one pixel's column: from `first`, up to the next. Returns where the next column begins. */
static uint32_t chart_column(const struct crash_chart *chart, const double *x, const double *y, uint32_t first,
                             uint32_t count, bool *pen_down)
{
    const double column = floor(chart_x(chart, x[first]));
    uint32_t low = first, high = first, end = first;

    for (; end < count && !isnan(y[end]) && floor(chart_x(chart, x[end])) == column; end++) {
        low = y[end] < y[low] ? end : low;
        high = y[end] > y[high] ? end : high;
    }
    for (uint32_t at = first; at < end; at++)
        if (at == first || at == low || at == high || at == end - 1) {
            fprintf(chart->file, "%c%.1f %.1f", *pen_down ? 'L' : 'M', chart_x(chart, x[at]), chart_y(chart, y[at]));
            *pen_down = true;
        }
    return end;
}

void crash_chart_line(const struct crash_chart *chart, const char *series, const double *x, const double *y,
                      uint32_t count)
{
    bool pen_down = false;
    uint32_t at = 0;

    fprintf(chart->file, "<path class='line s-%s' d='", series);
    while (at < count)
        if (isnan(y[at])) {
            pen_down = false;
            at++;
        } else {
            at = chart_column(chart, x, y, at, count, &pen_down);
        }
    fprintf(chart->file, "'/>\n");
}

void crash_chart_bar(const struct crash_chart *chart, const char *series, double x0, double x1, double y0, double y1)
{
    if (y1 > y0)
        fprintf(chart->file, "<rect class='bar s-%s' x='%.1f' y='%.2f' width='%.1f' height='%.2f'/>\n", series,
                chart_x(chart, x0), chart_y(chart, y1), fmax(chart_x(chart, x1) - chart_x(chart, x0), 0.5),
                chart_y(chart, y0) - chart_y(chart, y1));
}

void crash_chart_point(const struct crash_chart *chart, const char *series, uint32_t shape, double x, double y,
                       const char *tip)
{
    chart_shape(chart->file, shape, chart_x(chart, x), chart_y(chart, y), POINT_RADIUS);
    fprintf(chart->file, " class='point s-%s'><title>", series);
    crash_chart_text(chart->file, tip);
    fprintf(chart->file, "</title></%s>\n", shape % CRASH_CHART_SHAPES ? "path" : "circle");
}

/* --- labels beside points --- */

static bool chart_is_free(const struct crash_chart *chart, const struct crash_chart_box *box)
{
    if (box->left < chart->left || box->right > chart->right || box->top < chart->top || box->bottom > chart->bottom)
        return false;
    for (uint32_t i = 0; i < chart->taken_count; i++) {
        const struct crash_chart_box *other = &chart->taken[i];

        if (box->left < other->right && other->left < box->right && box->top < other->bottom &&
            other->top < box->bottom)
            return false;
    }
    return true;
}

static void chart_take(struct crash_chart *chart, const struct crash_chart_box *box)
{
    if (chart->taken_count < CRASH_CHART_TAKEN)
        chart->taken[chart->taken_count++] = *box;
}

void crash_chart_keep_free(struct crash_chart *chart, double x, double y)
{
    const double left = chart_x(chart, x), top = chart_y(chart, y);

    chart_take(chart, &(struct crash_chart_box){ left - POINT_RADIUS, left + POINT_RADIUS, top - POINT_RADIUS,
                                                 top + POINT_RADIUS });
}

/* Where a label of so many pixels goes: aside and down are in halves of its width and in its heights. */
static struct crash_chart_box chart_beside(const struct crash_chart *chart, double x, double y, double width,
                                           double aside, double down)
{
    const double middle = chart_x(chart, x) + aside * (width / 2 + LABEL_AWAY);
    const double across = chart_y(chart, y) + down * (LABEL_HEIGHT / 2.0 + LABEL_AWAY);

    return (struct crash_chart_box){ middle - width / 2, middle + width / 2, across - LABEL_HEIGHT / 2.0,
                                     across + LABEL_HEIGHT / 2.0 };
}

void crash_chart_label(struct crash_chart *chart, double x, double y, const char *text)
{
    static const double places[][2] = { { 0, -1 },  { 0, 1 },    { 1, 0 },   { -1, 0 },  { 1, -1 }, { 1, 1 },
                                        { -1, -1 }, { -1, 1 },   { 0, -2 },  { 0, 2 },   { 1, -2 }, { 1, 2 },
                                        { -1, -2 }, { -1, 2 },   { 0, -3 },  { 0, 3 },   { 1, -3 }, { 1, 3 },
                                        { 0, -4 },  { 1, -4 },   { 0, 4 },   { 1, 4 } };
    const double width = TEXT_PIXELS * (double)strlen(text);

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct crash_chart_box box = chart_beside(chart, x, y, width, places[i][0], places[i][1]);

        if (!chart_is_free(chart, &box))
            continue;
        chart_take(chart, &box);
        fprintf(chart->file, "<text class='label' x='%.1f' y='%.1f'>", (box.left + box.right) / 2, box.bottom - 3);
        crash_chart_text(chart->file, text);
        fprintf(chart->file, "</text>\n");
        return;
    }
}

void crash_chart_seed(const struct crash_chart *chart, const char *series, double x, double y)
{
    fprintf(chart->file, "<circle class='seed s-%s' cx='%.1f' cy='%.1f' r='2.5'/>\n", series, chart_x(chart, x),
            chart_y(chart, y));
}

void crash_chart_whisker(const struct crash_chart *chart, const char *series, double x, double y, bool upright,
                         double half)
{
    const double middle = upright ? y : x;
    const double low = fmax(middle - half, upright ? chart->y_min : chart->x_min);
    const double high = fmin(middle + half, upright ? chart->y_max : chart->x_max);

    if (!(half > 0))
        return;
    if (upright)
        fprintf(chart->file, "<path class='whisker s-%s' d='M%.1f %.1fV%.1fm%.1f 0h%.1fM%.1f %.1fh%.1f'/>\n", series,
                chart_x(chart, x), chart_y(chart, low), chart_y(chart, high), -WHISKER_CAP, 2 * WHISKER_CAP,
                chart_x(chart, x) - WHISKER_CAP, chart_y(chart, low), 2 * WHISKER_CAP);
    else
        fprintf(chart->file, "<path class='whisker s-%s' d='M%.1f %.1fH%.1fm0 %.1fv%.1fM%.1f %.1fv%.1f'/>\n", series,
                chart_x(chart, low), chart_y(chart, y), chart_x(chart, high), -WHISKER_CAP, 2 * WHISKER_CAP,
                chart_x(chart, low), chart_y(chart, y) - WHISKER_CAP, 2 * WHISKER_CAP);
}

void crash_chart_end(const struct crash_chart *chart)
{
    fprintf(chart->file, "</svg></figure>\n");
}
