/* The verbs of the client's side. */
#ifndef VITRINE_CLIENT_VERBS_H
#define VITRINE_CLIENT_VERBS_H

#include "args.h"

extern const struct verb client_verb, load_verb;

#endif
