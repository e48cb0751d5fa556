/* vitrine audit: runs a journal again, from its first record or from snapshot to snapshot, and compares every hash. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit_run.h"
#include "journal.h"
#include "memory.h"
#include "neutral.h"
#include "printable.h"
#include "progress.h"
#include "report.h"
#include "snapshot.h"
#include "status.h"
#include "verbs.h"

struct audit_settings {
    const char *engine;
    uint64_t jobs, until;
    bool from_start, recount, neutral, json;
};

static const struct audit_settings audit_defaults = { .engine = "model", .jobs = 1 };

static const char *const audit_engines[] = { "sim", "book", "model", NULL };

static const struct option_spec audit_options[] = {
    { "engine", OPTION_CHOICE, offsetof(struct audit_settings, engine), 0, 0, audit_engines, NULL,
      "what carries out the commands: sim (the Verilated card), book (the Verilated book alone), model [model]" },
    { "from-start", OPTION_FLAG, offsetof(struct audit_settings, from_start), 0, 0, NULL, NULL,
      "one run from the first record, without loading a snapshot (they are compared all the same)" },
    { "jobs", OPTION_NUMBER, offsetof(struct audit_settings, jobs), 1, 256, NULL, "N",
      "intervals between snapshots that run at the same time, each with memory of its own [1]" },
    { "until", OPTION_NUMBER, offsetof(struct audit_settings, until), 0, UINT64_MAX, NULL, "BATCH",
      "stop after this batch; 0: at the end [0]" },
    { "recount", OPTION_FLAG, offsetof(struct audit_settings, recount), 0, 0, NULL, NULL,
      "recount every balance and position after every event, not only at the end (slow)" },
    { "neutral", OPTION_FLAG, offsetof(struct audit_settings, neutral), 0, 0, NULL, NULL,
      "judge whether everybody is treated alike: margin, fees, queues, liquidation, the exchange's own accounts" },
    { "json", OPTION_FLAG, offsetof(struct audit_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { .name = NULL },
};

static const char audit_text[] =
    "Re-executes the journal in DIR (a running node's is fine: it ends at the last whole write) and checks its chain,\n"
    "the hash of every batch, the hash of every snapshot, and conservation: running totals after each batch, every\n"
    "balance and position recounted at the end of each interval. Without --from-start each interval between two\n"
    "snapshots is run from the first of them, --jobs of them at a time.\n"
    "\n"
    "Exit status 1: a check failed, or a snapshot is damaged; what failed is shown with its batch, the first of each\n"
    "interval. 3: the journal can't be read.\n"
    "\n"
    "Keys of --json: records (inputs and batches read), batches, inputs, commands, events, hash (after the last\n"
    "batch), engine, intervals, snapshots (compared), hashes (compared), violations (texts).\n"
    "\n"
    "--neutral judges each step by another route: every order's margin with and without it; each fill's fees against\n"
    "the market's rates; each maker against a mirror of the book, best price and then oldest first; every account at\n"
    "each pass of detection; what the exchange's own subaccounts do. Findings (kind margin, fee, queue, liquidation,\n"
    "system) have exit status 1; at most 1,000 are shown. --jobs and --recount have no effect. Keys of --json then:\n"
    "batches, orders, replaces, own_orders, margins, unpriced, fills, fees, entries, ticks, detections, accounts,\n"
    "troubled, waiting, episodes, found (by kind), findings (batch, kind, account, subaccount, text), error.";

enum { AUDIT_INTERVALS = 4096 };

struct audit {
    const struct audit_settings *settings;
    const char *directory;
    struct audit_plan plan;
    struct audit_result result[AUDIT_INTERVALS];
    pid_t child[AUDIT_INTERVALS];
    int pipe[AUDIT_INTERVALS];
};

/* Runs one interval in a process of its own, so that memory comes back and intervals can't touch each other. */
static bool audit_start(struct audit *audit, uint32_t interval)
{
    int ends[2];

    fflush(NULL);
    if (pipe(ends) != 0)
        return false;
    audit->child[interval] = fork();
    if (audit->child[interval] < 0)
        return false;
    if (audit->child[interval] == 0) {
        struct audit_result result;
        const uint8_t *bytes = (const uint8_t *)&result;
        size_t left = sizeof result;

        close(ends[0]);
        audit_run_interval(&audit->plan, interval, &result);
        while (left > 0) {
            ssize_t written = write(ends[1], bytes, left);

            if (written <= 0)
                _exit(EXIT_STATUS_FAULT);
            bytes += written;
            left -= (size_t)written;
        }
        _exit(EXIT_STATUS_OK);
    }
    close(ends[1]);
    audit->pipe[interval] = ends[0];
    return true;
}

static void audit_finish(struct audit *audit, uint32_t interval)
{
    struct audit_result *result = &audit->result[interval];
    uint8_t *bytes = (uint8_t *)result;
    size_t left = sizeof *result;
    int status = 0;

    while (left > 0) {
        ssize_t got = read(audit->pipe[interval], bytes, left);

        if (got <= 0)
            break;
        bytes += got;
        left -= (size_t)got;
    }
    close(audit->pipe[interval]);
    waitpid(audit->child[interval], &status, 0);
    if (left > 0) {
        memset(result, 0, sizeof *result);
        result->status = AUDIT_FAULT;
        snprintf(result->message, sizeof result->message, "the interval from batch %" PRIu64 " ended with %s %d",
                 audit->plan.interval[interval].first, WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
}

static bool audit_run_all(struct audit *audit)
{
    struct progress progress = { .what = "batches", .total = audit->plan.batches };
    uint64_t done = 0;
    uint32_t started = 0;

    for (uint32_t finished = 0; finished < audit->plan.intervals; finished++) {
        while (started < audit->plan.intervals && started < finished + audit->settings->jobs) {
            if (!audit_start(audit, started)) {
                perror("vitrine audit: can't start a process");
                return false;
            }
            started++;
        }
        audit_finish(audit, finished);
        done += audit->result[finished].batches;
        progress_show(&progress, done);
    }
    progress_end(&progress);
    return true;
}

static void audit_add(struct audit_result *sum, const struct audit_result *part)
{
    sum->batches += part->batches;
    sum->inputs += part->inputs;
    sum->commands += part->commands;
    sum->events += part->events;
    sum->hashes += part->hashes;
    sum->snapshots += part->snapshots;
    memcpy(sum->hash, part->hash, sizeof sum->hash);
    if (sum->status == AUDIT_OK)
        sum->status = part->status;
}

/* A bad snapshot stops the interval that ends at it and the one that begins there. */
static bool audit_said_before(const struct audit *audit, uint32_t interval)
{
    return interval > 0 && audit->result[interval - 1].status != AUDIT_OK &&
           strcmp(audit->result[interval - 1].message, audit->result[interval].message) == 0;
}

static void audit_print(const struct audit *audit, const struct audit_result *sum)
{
    char hash[65];
    json_t *violations = json_array();

    for (size_t i = 0; i < sizeof sum->hash; i++)
        snprintf(hash + 2 * i, 3, "%02x", sum->hash[i]);
    for (uint32_t i = 0; i < audit->plan.intervals; i++)
        if (audit->result[i].status != AUDIT_OK && !audit_said_before(audit, i))
            json_array_append_new(violations, json_string(audit->result[i].message));
    if (audit->settings->json) {
        json_t *object = json_object();

        report_set_count(object, "records", sum->batches + sum->inputs);
        report_set_count(object, "batches", sum->batches);
        report_set_count(object, "inputs", sum->inputs);
        report_set_count(object, "commands", sum->commands);
        report_set_count(object, "events", sum->events);
        report_set(object, "hash", json_string(hash));
        report_set(object, "engine", json_string(audit->settings->engine));
        report_set_count(object, "intervals", audit->plan.intervals);
        report_set_count(object, "snapshots", sum->snapshots);
        report_set_count(object, "hashes", sum->hashes);
        report_set(object, "violations", violations);
        report_print(object);
        return;
    }
    printf("%" PRIu64 " batches with %" PRIu64 " inputs run again on %s: %" PRIu64 " commands, %" PRIu64 " events\n"
           "%" PRIu64 " hashes of batches and %" PRIu64 " snapshots compared; everything recounted %u times\n"
           "hash after the last batch: %s\n",
           sum->batches, sum->inputs, audit->settings->engine, sum->commands, sum->events, sum->hashes, sum->snapshots,
           audit->plan.intervals, hash);
    for (size_t i = 0; i < json_array_size(violations); i++)
        printf("VIOLATION: %s\n", json_string_value(json_array_get(violations, i)));
    if (json_array_size(violations) == 0)
        printf("all agree\n");
    json_decref(violations);
}

static int audit_run(const void *settings, const char *const *operands, size_t count)
{
    const struct audit_settings *given = settings;
    struct audit *audit;
    struct audit_result sum = { .status = AUDIT_OK };
    char error[512];
    int status = EXIT_STATUS_FAULT;

    (void)count;
    if (given->neutral)
        return neutral_run(operands[0], given->engine, given->from_start, given->until, given->json);
    audit = memory_reserve(1, sizeof *audit);
    audit->settings = settings;
    audit->directory = operands[0];
    audit->plan = (struct audit_plan){ .directory = operands[0], .backend = audit->settings->engine,
                                       .from_start = audit->settings->from_start, .until = audit->settings->until,
                                       .recount = audit->settings->recount };
    if (!audit_plan_make(&audit->plan, AUDIT_INTERVALS, error, sizeof error)) {
        fprintf(stderr, "vitrine audit: %s\n", error);
    } else if (audit_run_all(audit)) {
        for (uint32_t i = 0; i < audit->plan.intervals; i++)
            audit_add(&sum, &audit->result[i]);
        audit_print(audit, &sum);
        status = sum.status == AUDIT_OK ? EXIT_STATUS_OK
                                        : sum.status == AUDIT_FAILED ? EXIT_STATUS_FAILED : EXIT_STATUS_FAULT;
    }
    audit_plan_free(&audit->plan);
    free(audit);
    return status;
}

const struct verb audit_verb = {
    .name = "audit",
    .operands = "DIR",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "runs a journal again and checks every hash and every sum",
    .text = audit_text,
    .options = audit_options,
    .defaults = &audit_defaults,
    .settings_size = sizeof(struct audit_settings),
    .run = audit_run,
};
