/* Inside `vitrine scenario crash`: what its options ask for. */
#ifndef VITRINE_SCENARIO_CRASH_H
#define VITRINE_SCENARIO_CRASH_H

#include "crash.h"
#include "scenario.h"

/* All options but --tape, --output and --json. False: `error` (RISK_ERROR of risk_set.h is enough) names the value. */
bool scenario_crash_read(struct crash_request *request, const struct scenario_settings *settings, char *error);
/* "A,B": the files of one tape, which must be there; `text` is cut up and must outlive the request. */
bool scenario_crash_read_tape(struct crash_request *request, char *text, char *error);

#endif
