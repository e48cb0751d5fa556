/* Runs of crashes in processes of their own: memory comes back, runs can't touch each other, two cores are used. */
#ifndef VITRINE_CRASH_JOBS_H
#define VITRINE_CRASH_JOBS_H

#include "crash.h"

struct crash_job {
    uint32_t policy;
    uint64_t seed;
    const struct crash_value *value; /* NULL: with the request's settings */
};

/* An array of the runs (crash_json_run(); `column`: the job's value), in the order of `jobs` however many ran at the
 * same time. NULL: a run failed, `error` says which and why, `refused` whether it could not take its tape. SIGINT,
 * SIGTERM and SIGHUP stop the runs and remove their scratch directories; then the program ends by that signal. `tape`:
 * names directories of journals that are kept. */
json_t *crash_jobs_run(const struct crash_request *request, const char *tape, const struct crash_job *jobs,
                       uint32_t count, char error[CRASH_ERROR], bool *refused);

#endif
