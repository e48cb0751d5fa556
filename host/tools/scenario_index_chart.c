/* The chart of `vitrine scenario index`: both venues' prices, and the index and mark that came of them, as SVG. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scenario_index.h"

enum {
    CHART_WIDTH = 1000, CHART_LEFT = 62, CHART_RIGHT = 970, CHART_TOP = 96, CHART_PANEL = 270, CHART_GAP = 62,
    CHART_FROM = 35 * 60, CHART_TO = 80 * 60, CHART_MINUTES = 5, /* 21:05 to 21:50 */
    CHART_LOW = 4, CHART_HIGH = 28, CHART_PRICES = 4,            /* USDC */
    CHART_PANELS = 2, CHART_SILENT = 15,
};
#define CHART_STEP 0.3 /* a point is drawn where the line has moved so far, in pixels */

struct chart_line {
    const char *label, *colour, *width, *dashes;
};
static const struct chart_line chart_lines[] = {
    { "Coinbase AVAX-USD, last trade", "#8a8f98", "1.6", "" },
    { "Binance delivery AVAXUSD_PERP, last trade", "#e07b00", "1.6", "" },
    { "index", "#0b5fa5", "2.6", "" },
    { "mark", "#101418", "1.2", "5 3" },
};
enum { CHART_LINES = sizeof chart_lines / sizeof *chart_lines };

static double chart_x(unsigned second)
{
    return CHART_LEFT + (double)(second - CHART_FROM) * (CHART_RIGHT - CHART_LEFT) / (CHART_TO - CHART_FROM);
}

static double chart_y(double top, double price)
{
    return top + (CHART_HIGH - price) * CHART_PANEL / (CHART_HIGH - CHART_LOW);
}

static double chart_price(const struct outlier *outlier, const struct outlier_world *one, unsigned line,
                          unsigned second)
{
    const uint64_t price = line < 2 ? outlier->price[line][second] : line == 2 ? one->index[second] : one->mark[second];

    return (double)price / 1e12;
}

static void chart_grid(FILE *file, double top, const char *title)
{
    fprintf(file, "<text x='%d' y='%.1f' class='panel'>%s</text>\n", CHART_LEFT, top - 10, title);
    for (int price = CHART_LOW; price <= CHART_HIGH; price += CHART_PRICES) {
        if (price > CHART_LOW)
            fprintf(file, "<path d='M%d %.1fH%d' class='grid'/>", CHART_LEFT, chart_y(top, price), CHART_RIGHT);
        fprintf(file, "<text x='%d' y='%.1f' class='price'>%d</text>\n", CHART_LEFT - 8, chart_y(top, price) + 4,
                price);
    }
    for (unsigned second = CHART_FROM; second <= CHART_TO; second += 60 * CHART_MINUTES) {
        const unsigned minute = 20 * 60 + 30 + second / 60;

        fprintf(file, "<path d='M%.1f %.1fv5' class='axis'/>", chart_x(second), top + CHART_PANEL);
        fprintf(file, "<text x='%.1f' y='%.1f' class='time'>%02u:%02u</text>\n", chart_x(second),
                top + CHART_PANEL + 19, minute / 60, minute % 60);
    }
    fprintf(file, "<path d='M%d %.1fV%.1fH%d' class='axis'/>\n", CHART_LEFT, top, top + CHART_PANEL, CHART_RIGHT);
    fprintf(file, "<text transform='translate(20 %.1f) rotate(-90)' class='unit'>USDC per AVAX</text>\n",
            top + CHART_PANEL / 2.0);
}

/* Stretches in which the index was frozen. */
static void chart_frozen(FILE *file, const struct outlier_world *one, double top)
{
    for (unsigned second = CHART_FROM; second <= CHART_TO; second++) {
        const unsigned begin = second;

        while (second <= CHART_TO && one->frozen[second])
            second++;
        if (second > begin)
            fprintf(file, "<rect x='%.1f' y='%.1f' width='%.1f' height='%d' class='frozen'/>\n", chart_x(begin), top,
                    chart_x(second) - chart_x(begin), CHART_PANEL);
    }
}

static void chart_line(FILE *file, const struct outlier *outlier, const struct outlier_world *one, double top,
                       unsigned line)
{
    const struct chart_line *style = &chart_lines[line];
    double drawn = -1;
    unsigned last = CHART_FROM;

    fprintf(file, "<path fill='none' stroke='%s' stroke-width='%s' stroke-dasharray='%s' stroke-linejoin='round' d='",
            style->colour, style->width, style->dashes[0] ? style->dashes : "none");
    for (unsigned second = CHART_FROM; second <= CHART_TO; second++) {
        const double y = chart_y(top, chart_price(outlier, one, line, second));

        if (drawn >= 0 && fabs(y - drawn) < CHART_STEP && second - last < CHART_SILENT && second != CHART_TO)
            continue;
        if (drawn >= 0 && second - last > 1) /* flat up to here */
            fprintf(file, "L%.1f %.1f", chart_x(second - 1), drawn);
        fprintf(file, "%s%.1f %.1f", drawn < 0 ? "M" : "L", chart_x(second), y);
        drawn = y;
        last = second;
    }
    fprintf(file, "'/>\n");
}

static void chart_legend(FILE *file)
{
    static const int places[CHART_LINES] = { 62, 302, 624, 712 };

    for (unsigned line = 0; line < CHART_LINES; line++) {
        fprintf(file, "<path d='M%d 62h26' stroke='%s' stroke-width='%s' stroke-dasharray='%s'/>", places[line],
                chart_lines[line].colour, chart_lines[line].width,
                chart_lines[line].dashes[0] ? chart_lines[line].dashes : "none");
        fprintf(file, "<text x='%d' y='66'>%s</text>\n", places[line] + 32, chart_lines[line].label);
    }
    fprintf(file, "<rect x='800' y='53' width='26' height='18' class='frozen'/><text x='832' y='66'>frozen, "
                  "PostOnly</text>\n");
}

static void chart_write(FILE *file, const struct outlier *outlier)
{
    static const char *const titles[CHART_PANELS] = {
        "Three venues, quorum 2 (the third is modelled: Coinbase a second before)",
        "The two recorded venues alone, quorum 2" };
    const int height = CHART_TOP + CHART_PANELS * (CHART_PANEL + CHART_GAP);

    fprintf(file,
            "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' "
            "font-family='DejaVu Sans, Helvetica, Arial, sans-serif' font-size='12.5' fill='#24292f'>\n"
            "<style>.grid{stroke:#e4e7eb}.axis{stroke:#57606a;fill:none}.frozen{fill:#c62828;fill-opacity:.12}"
            ".price{text-anchor:end}.time,.unit{text-anchor:middle}.panel{font-weight:bold}</style>\n"
            "<rect width='%d' height='%d' fill='white'/>\n"
            "<text x='%d' y='30' font-size='18' font-weight='bold'>AVAX on 2025-10-10: one venue printed 6.02, another "
            "never less than 17.00</text>\n",
            CHART_WIDTH, height, CHART_WIDTH, height, CHART_WIDTH, height, CHART_LEFT);
    chart_legend(file);
    for (unsigned panel = 0; panel < CHART_PANELS; panel++) {
        const double top = CHART_TOP + 22 + panel * (CHART_PANEL + CHART_GAP);

        chart_frozen(file, &outlier->world[panel], top);
        chart_grid(file, top, titles[panel]);
        for (unsigned line = 0; line < CHART_LINES; line++)
            chart_line(file, outlier, &outlier->world[panel], top, line);
    }
    fprintf(file, "<text x='%d' y='%d' class='time'>time, UTC</text>\n</svg>\n", (CHART_LEFT + CHART_RIGHT) / 2,
            height - 4);
}

bool scenario_index_chart(const struct outlier *outlier, const char *path, char *error, size_t error_size)
{
    FILE *file = fopen(path, "w");
    bool whole = file != NULL;

    if (file) {
        chart_write(file, outlier);
        whole = !ferror(file);
        whole = fclose(file) == 0 && whole;
    }
    if (!whole)
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
    return whole;
}
