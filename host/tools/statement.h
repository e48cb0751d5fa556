/* `vitrine admin statement` and the stretch of a journal that it and `vitrine admin activity` run again. */
#ifndef VITRINE_STATEMENT_H
#define VITRINE_STATEMENT_H

#include <stdbool.h>

#include "audit_run.h"

struct statement_settings {
    const char *directory;   /* of the journal */
    const char *account;     /* name or number */
    const char *subaccount;  /* one of its names; NULL: all */
    const char *from, *to;   /* batch or UTC time (date.h), both included; NULL: as far as the journal goes */
    bool json, summary;
};

/* Prints the statement; an exit status: 1 where opening and movements do not make the closing. */
int statement_run(const struct statement_settings *settings);

/* A stretch of a journal, run again on the model under `observer`. */
struct statement_stretch {
    struct audit_plan plan;
    uint32_t interval;
    uint64_t from, to;       /* batches */
};

/* From the newest snapshot before `from` (or the journal's begin) to `to`. False with a message and an exit status. */
bool statement_stretch_find(struct statement_stretch *stretch, const char *directory, const char *from, const char *to,
                            char *error, size_t error_size, int *status);
/* Runs it; an exit status, with a message unless it is 0. The stretch is over. */
int statement_stretch_run(struct statement_stretch *stretch, const struct audit_observer *observer, char *error,
                          size_t error_size);

#endif
