#include "bands_check.h"

#include <stdio.h>

#include "decimal.h"

#define BANDS_ONE 1000000u      /* the reference itself */
#define BANDS_LOWEST 200000u    /* a lower multiplier below it protects nothing */
#define BANDS_HIGHEST 5000000u  /* an upper multiplier above it protects nothing */

/* The findings of one band; `tight`: it is there to stop takers near the reference. */
static size_t band_check(const char *band, const struct band_range *range, bool tight, struct bands_finding *finding)
{
    enum bands_fault faults[2];
    size_t count = 0;

    if (!range->on)
        return 0;
    if (range->min > range->max) {
        faults[count++] = BANDS_CROSSED;
    } else {
        if (range->min >= BANDS_ONE)
            faults[count++] = BANDS_LOWER_REJECTS;
        else if (tight && range->min < BANDS_LOWEST)
            faults[count++] = BANDS_LOWER_PROTECTS_NOTHING;
        if (range->max <= BANDS_ONE)
            faults[count++] = BANDS_UPPER_REJECTS;
        else if (tight && range->max > BANDS_HIGHEST)
            faults[count++] = BANDS_UPPER_PROTECTS_NOTHING;
    }
    for (size_t i = 0; i < count; i++)
        finding[i] = (struct bands_finding){ band, faults[i], *range };
    return count;
}

size_t bands_check(const struct bands *bands, struct bands_finding findings[BANDS_FINDINGS_MAX])
{
    size_t count = band_check("limit", &bands->limit, false, findings);

    count += band_check("impact", &bands->impact, true, findings + count);
    return count + band_check("mean", &bands->mean, true, findings + count);
}

void bands_describe(const struct bands_finding *finding, char *text, size_t size)
{
    static const char *const faults[] = {
        [BANDS_CROSSED] = "its lower multiplier is above its upper one: it rejects everything",
        [BANDS_LOWER_REJECTS] = "its lower multiplier is not below 1: it rejects the reference price or what is below",
        [BANDS_UPPER_REJECTS] = "its upper multiplier is not above 1: it rejects the reference price or what is above",
        [BANDS_LOWER_PROTECTS_NOTHING] = "its lower multiplier protects nothing (below 0.2)",
        [BANDS_UPPER_PROTECTS_NOTHING] = "its upper multiplier protects nothing (above 5)",
    };
    char low[32], high[32];

    decimal_format((uint64_t)finding->range.min * 1000, 0, low, sizeof low);
    decimal_format((uint64_t)finding->range.max * 1000, 0, high, sizeof high);
    snprintf(text, size, "%s band %s to %s: %s", finding->band, low, high, faults[finding->fault]);
}
