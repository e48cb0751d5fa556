/* Pieces of the summaries that verbs print for people. */
#ifndef VITRINE_SUMMARY_H
#define VITRINE_SUMMARY_H

#include <stdint.h>
#include <stdio.h>

#include "distribution.h"
#include "report.h"
#include "runner.h"

/* 1234567 as 1,234,567; `text` has room for 28. Returns `text`. */
const char *summary_count(uint64_t count, char *text);

/* One line: label, mean, p50, p99, p99.9, max; or that there is nothing. */
void summary_distribution(const char *label, const struct distribution *distribution);

/* Cycles, speed and hashes of the engines that ran. */
void summary_engines(const struct runner *runner);

/* The same as keys: cycles_per_command, first_fill_cycles, commands_per_second, hash_card, hash_model. */
void summary_report_engines(json_t *object, const struct runner *runner);

/* Events by kind, rejections and expiries by reason. */
void summary_events(const struct runner *runner);

/* The same as an object: by kind {"count", "reasons": {name: count}}. */
json_t *summary_report_events(const struct runner *runner);

#endif
