/* The verbs that the command-line tools offer. */
#ifndef VITRINE_VERBS_H
#define VITRINE_VERBS_H

#include "args.h"

extern const struct verb replay_verb, bench_verb, demo_verb, flow_verb, card_verb, audit_verb, journal_verb, serve_verb,
    admin_verb, scenario_verb, feed_verb;

/* What --engine may be; NULL-terminated. */
extern const char *const verb_engines[];

#endif
