/* `vitrine admin activity`: what accounts have done, from the journal alone (docs/activity.md). */
#ifndef VITRINE_ACTIVITY_H
#define VITRINE_ACTIVITY_H

#include <stdbool.h>

struct activity_settings {
    const char *directory;   /* of the journal */
    const char *account;     /* name or number; NULL: all that did anything */
    const char *to;          /* batch or UTC time, included; NULL: the end */
    bool json;
};

/* Prints it; an exit status. */
int activity_run(const struct activity_settings *settings);

#endif
