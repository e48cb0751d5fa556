#include "crash_jobs.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "memory.h"
#include "printable.h"
#include "progress.h"
#include "report.h"
#include "scratch_directory.h"
#include "status.h"

enum { JOBS_SIGNALS = 3, JOBS_PATH = 1024, JOBS_DIGITS = 17 /* a double comes back as it was */ };

static const int jobs_signals[JOBS_SIGNALS] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t jobs_signal;

struct jobs {
    const struct crash_request *request;
    const char *tape, *scratch; /* scratch: parent of all scratch directories */
    const struct crash_job *job;
    uint32_t count, started, finished;
    pid_t *child;            /* 0: not running */
    FILE **said;             /* what a child writes, in a file without a name */
    json_t **run;
    struct sigaction before[JOBS_SIGNALS];
    char *error;
    bool failed, refused;
};

static void jobs_note_signal(int number)
{
    jobs_signal = number;
}

static void jobs_catch(struct sigaction before[JOBS_SIGNALS])
{
    struct sigaction action = { .sa_handler = jobs_note_signal }; /* no SA_RESTART: waitpid() returns */

    jobs_signal = 0;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < JOBS_SIGNALS; i++) {
        sigaction(jobs_signals[i], &action, &before[i]);
        if (before[i].sa_handler == SIG_IGN) /* who started us wants it so */
            sigaction(jobs_signals[i], &before[i], NULL);
    }
}

static void jobs_uncatch(const struct sigaction before[JOBS_SIGNALS])
{
    for (int i = 0; i < JOBS_SIGNALS; i++)
        sigaction(jobs_signals[i], &before[i], NULL);
}

/* --- in the child --- */

static struct crash_settings jobs_settings(const struct jobs *jobs, const struct crash_job *job)
{
    struct crash_settings settings = job->value ? job->value->settings : jobs->request->settings;

    memcpy(settings.tapes, jobs->request->settings.tapes, sizeof settings.tapes);
    settings.tape_count = jobs->request->settings.tape_count;
    settings.policy = job->policy;
    settings.rules.policy = job->policy;
    settings.seed = job->seed;
    return settings;
}

/* A message may hold any byte of a tape, JSON can't. A result without markets had no tape that could be taken. */
static json_t *jobs_error(const char *error, const struct crash_result *result)
{
    char shown[CRASH_ERROR];

    printable_write(error, shown, sizeof shown);
    return json_pack("{s:s,s:b}", "error", shown, "refused", result->markets == 0);
}

static json_t *jobs_carry_out(const struct jobs *jobs, const struct crash_job *job)
{
    struct crash_settings settings = jobs_settings(jobs, job);
    struct crash_result result = { .policy = job->policy };
    char directory[JOBS_PATH], error[CRASH_ERROR] = "";
    json_t *run;

    if (settings.directory) {
        snprintf(directory, sizeof directory, "%s/%s-%s%s%s-%" PRIu64, settings.directory, jobs->tape,
                 crash_policy_name(job->policy), job->value ? "-" : "", job->value ? job->value->text : "", job->seed);
        settings.directory = directory;
    }
    if (!crash_run(&settings, &result, error))
        return jobs_error(error, &result);
    run = crash_json_run(&result);
    if (job->value)
        report_set(run, "column", json_string(job->value->text));
    return run;
}

static void jobs_be_child(const struct jobs *jobs, uint32_t number)
{
    bool whole;

    jobs_uncatch(jobs->before);
    setenv("TMPDIR", jobs->scratch, 1);
    whole = json_dumpf(jobs_carry_out(jobs, &jobs->job[number]), jobs->said[number],
                       JSON_COMPACT | JSON_REAL_PRECISION(JOBS_DIGITS)) == 0;
    whole = fflush(jobs->said[number]) == 0 && whole;
    _exit(whole ? EXIT_STATUS_OK : EXIT_STATUS_FAULT);
}

/* --- in the parent --- */

static void jobs_fail(struct jobs *jobs, uint32_t number, const char *why)
{
    if (!jobs->failed && jobs->refused) /* whatever policy and seed */
        snprintf(jobs->error, CRASH_ERROR, "%s", why);
    else if (!jobs->failed)
        snprintf(jobs->error, CRASH_ERROR, "%s, policy %s, seed %" PRIu64 ": %s", jobs->tape,
                 crash_policy_name(jobs->job[number].policy), jobs->job[number].seed, why);
    jobs->failed = true;
}

static void jobs_start(struct jobs *jobs)
{
    const uint32_t number = jobs->started++;

    jobs->said[number] = tmpfile();
    if (jobs->said[number] == NULL) {
        jobs_fail(jobs, number, strerror(errno));
        return;
    }
    fflush(NULL);
    jobs->child[number] = fork();
    if (jobs->child[number] == 0)
        jobs_be_child(jobs, number);
    if (jobs->child[number] < 0) {
        jobs->child[number] = 0;
        jobs_fail(jobs, number, strerror(errno));
    }
}

static void jobs_take(struct jobs *jobs, uint32_t number, int status)
{
    json_error_t why;
    char text[CRASH_ERROR];

    jobs->child[number] = 0;
    jobs->finished++;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_STATUS_OK) {
        rewind(jobs->said[number]);
        jobs->run[number] = json_loadf(jobs->said[number], 0, &why);
    }
    snprintf(text, sizeof text, "the run ended with %s %d", WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (jobs->run[number] == NULL) {
        jobs_fail(jobs, number, text);
    } else if (json_object_get(jobs->run[number], "error")) {
        jobs->refused = json_is_true(json_object_get(jobs->run[number], "refused"));
        jobs_fail(jobs, number, json_string_value(json_object_get(jobs->run[number], "error")));
    }
    fclose(jobs->said[number]);
    jobs->said[number] = NULL;
}

/* Waits for one of them; false: a signal came. */
static bool jobs_wait(struct jobs *jobs)
{
    int status = 0;
    pid_t ended = waitpid(-1, &status, 0);

    if (ended < 0)
        return errno != EINTR || !jobs_signal;
    for (uint32_t i = 0; i < jobs->started; i++)
        if (jobs->child[i] == ended)
            jobs_take(jobs, i, status);
    return !jobs_signal;
}

static void jobs_stop(struct jobs *jobs)
{
    for (uint32_t i = 0; i < jobs->started; i++)
        if (jobs->child[i] > 0) {
            kill(jobs->child[i], SIGKILL);
            while (waitpid(jobs->child[i], NULL, 0) < 0 && errno == EINTR)
                ;
        }
}

static void jobs_run_all(struct jobs *jobs)
{
    struct progress progress = { .what = "runs", .total = jobs->count };

    while (!jobs->failed && !jobs_signal && jobs->finished < jobs->count) {
        while (!jobs->failed && jobs->started < jobs->count && jobs->started < jobs->finished + jobs->request->jobs)
            jobs_start(jobs);
        progress_show(&progress, jobs->finished);
        if (!jobs->failed && !jobs_wait(jobs))
            break;
    }
    progress_end(&progress);
    jobs_stop(jobs);
}

static json_t *jobs_gather(struct jobs *jobs)
{
    json_t *runs = jobs->failed || jobs_signal ? NULL : json_array();

    for (uint32_t i = 0; i < jobs->count; i++) {
        if (runs)
            json_array_append(runs, jobs->run[i]);
        json_decref(jobs->run[i]);
        if (jobs->said[i])
            fclose(jobs->said[i]);
    }
    free(jobs->child);
    free(jobs->said);
    free(jobs->run);
    return runs;
}

json_t *crash_jobs_run(const struct crash_request *request, const char *tape, const struct crash_job *job,
                       uint32_t count, char error[CRASH_ERROR], bool *refused)
{
    const char *parent = getenv("TMPDIR");
    char scratch[SCRATCH_PATH_BYTES];
    struct jobs jobs = { .request = request, .tape = tape, .scratch = scratch, .job = job, .count = count,
                         .error = error };
    json_t *runs;
    int caught;

    *refused = false;
    check(request->jobs > 0 && request->jobs <= CRASH_JOBS);
    if (request->settings.directory && mkdir(request->settings.directory, 0700) != 0 && errno != EEXIST) {
        snprintf(error, CRASH_ERROR, "%.200s: %s", request->settings.directory, strerror(errno));
        return NULL;
    }
    if (!scratch_directory_make(parent ? parent : "/tmp", scratch, error, CRASH_ERROR))
        return NULL;
    jobs.child = memory_reserve(count, sizeof *jobs.child);
    jobs.said = memory_reserve(count, sizeof *jobs.said);
    jobs.run = memory_reserve(count, sizeof *jobs.run);
    jobs_catch(jobs.before);
    jobs_run_all(&jobs);
    scratch_directory_remove(scratch);
    jobs_uncatch(jobs.before);
    runs = jobs_gather(&jobs);
    *refused = jobs.refused;
    caught = jobs_signal;
    if (caught)
        raise(caught);
    return runs;
}
