/* What a verb prints with --json. */
#ifndef VITRINE_REPORT_H
#define VITRINE_REPORT_H

#include <jansson.h>
#include <stdint.h>

#include "distribution.h"

/* {"mean","p50","p99","p999","max"}, or null where nothing was measured. */
json_t *report_distribution(const struct distribution *distribution);

/* Sixteen hexadecimal digits. */
json_t *report_hash(uint64_t hash);

void report_set(json_t *object, const char *key, json_t *value);
void report_set_count(json_t *object, const char *key, uint64_t value);

/* Prints the object on stdout, one key a line, and frees it. */
void report_print(json_t *object);

#endif
