/* The configuration check of price bands (exchange-rules.md, section 3): bands that cross, that reject the reference
 * itself, or that protect nothing. */
#ifndef VITRINE_BANDS_CHECK_H
#define VITRINE_BANDS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Multipliers in millionths. */
struct band_range {
    bool on;
    uint32_t min, max;
};

struct bands {
    struct band_range limit, impact, mean;
};

enum bands_fault {
    BANDS_CROSSED,          /* the lower multiplier is above the upper one */
    BANDS_LOWER_REJECTS,    /* the lower multiplier is not below 1 */
    BANDS_UPPER_REJECTS,    /* the upper multiplier is not above 1 */
    BANDS_LOWER_PROTECTS_NOTHING, /* impact, mean mark: below 0.2 */
    BANDS_UPPER_PROTECTS_NOTHING, /* impact, mean mark: above 5 */
};

#define BANDS_FINDINGS_MAX 6 /* two a band */

struct bands_finding {
    const char *band; /* "limit", "impact", "mean" */
    enum bands_fault fault;
    struct band_range range;
};

/* All findings, band by band; how many. */
size_t bands_check(const struct bands *bands, struct bands_finding findings[BANDS_FINDINGS_MAX]);

/* "mean band 0.09 to 1.12: its lower multiplier protects nothing (below 0.2)". */
void bands_describe(const struct bands_finding *finding, char *text, size_t size);

#endif
