/* vitrine scenario crash: policies of liquidation on recorded crashes, compared. The exchange and its crowd are in
 * crash/crash_run.c, the comparison in crash/crash_study.c. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "crash.h"
#include "policy.h"
#include "printable.h"
#include "report.h"
#include "risk_set.h"
#include "scenario.h"
#include "status.h"

static int crash_refuse(const char *text)
{
    printable_error("vitrine scenario crash", text);
    return EXIT_STATUS_USAGE;
}

/* --- what was asked for --- */

static bool crash_add_policy(struct crash_request *request, const char *name, char *error)
{
    const uint32_t number = policy_find(name);
    size_t used;

    for (uint32_t i = 0; i < request->policy_count; i++)
        if (number != POLICY_NONE && request->policies[i] == number) {
            snprintf(error, RISK_ERROR, "--policy %s: named twice", name);
            return false;
        }
    if (number != POLICY_NONE) {
        request->policies[request->policy_count++] = number;
        return true;
    }
    used = (size_t)snprintf(error, RISK_ERROR, "--policy %s: must be all", name);
    for (uint32_t known = POLICY_OURS; known < POLICIES && used < RISK_ERROR; known++)
        used += (size_t)snprintf(error + used, RISK_ERROR - used, ", %s", policy_get(known)->name);
    return false;
}

/* "all", or names with commas between. */
static bool crash_read_policies(struct crash_request *request, const char *text, char *error)
{
    char names[RISK_ERROR / 2];
    char *rest = names;

    _Static_assert(POLICIES - 1 <= CRASH_POLICIES, "room for all policies");
    for (uint32_t number = POLICY_OURS; strcmp(text, "all") == 0 && number < POLICIES; number++)
        request->policies[request->policy_count++] = number;
    if (request->policy_count)
        return true;
    snprintf(names, sizeof names, "%s", text);
    for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ","))
        if (!crash_add_policy(request, name, error))
            return false;
    return true;
}

static bool crash_read_rules(struct crash_request *request, const struct option_list *list, char *error)
{
    struct input_liquidation_rules rules = *config_liquidation_defaults();
    const uint32_t policy = rules.policy;
    struct risk_sets sets = { .count = 0 };
    char text[RISK_ERROR / 4];

    for (size_t i = 0; i < list->count; i++) {
        snprintf(text, sizeof text, "%s%s", strncmp(list->values[i], "risk.", 5) ? "risk." : "", list->values[i]);
        if (!risk_sets_add(&sets, text, error, RISK_ERROR))
            return false;
    }
    rules.header.kind = INPUT_LIQUIDATION_RULES;
    rules.header.size = sizeof rules;
    risk_sets_change(&sets, &rules.header);
    rules.header = (struct input_header){ .kind = 0 };
    if (risk_sets_unused(&sets)) {
        risk_set_text(risk_sets_unused(&sets), text, sizeof text);
        snprintf(error, RISK_ERROR, "--set %s: only rules of liquidation can be set here", text);
        return false;
    }
    if (rules.policy != policy) {
        snprintf(error, RISK_ERROR, "--set risk.policy: that is what --policy is for");
        return false;
    }
    request->settings.rules = rules;
    request->settings.rules_set = true;
    return true;
}

static bool crash_read(struct crash_request *request, const struct scenario_settings *settings, char *error)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);

    memset(request, 0, sizeof *request);
    crash_defaults(&request->settings);
    request->settings.engine = settings->engine;
    request->settings.replay = strcmp(settings->replay, "none") == 0 ? NULL : settings->replay;
    request->settings.directory = settings->directory;
    request->settings.seed = settings->seed;
    request->settings.accounts = (uint32_t)settings->accounts;
    request->settings.markets = (uint32_t)settings->markets;
    request->settings.seconds = (uint32_t)settings->seconds;
    request->settings.from_seconds = (uint32_t)settings->from;
    request->seeds = (uint32_t)settings->seeds;
    request->jobs = settings->jobs ? (uint32_t)settings->jobs : processors > 0 ? (uint32_t)processors : 1;
    request->jobs = request->jobs > CRASH_JOBS ? CRASH_JOBS : request->jobs;
    return crash_read_policies(request, settings->policies, error) &&
           crash_read_rules(request, &settings->sets, error);
}

/* "A,B": the files of one tape; `text` is cut up. */
static bool crash_read_tape(struct crash_request *request, char *text, char *error)
{
    char *rest = text;

    request->settings.tape_count = 0;
    for (char *file = strsep(&rest, ","); file; file = strsep(&rest, ",")) {
        if (request->settings.tape_count == CRASH_TAPES) {
            snprintf(error, RISK_ERROR, "--tape %s: at most %d files a tape", file, CRASH_TAPES);
            return false;
        }
        if (access(file, R_OK) != 0) {
            snprintf(error, RISK_ERROR, "--tape %s: %s", file, strerror(errno));
            return false;
        }
        request->settings.tapes[request->settings.tape_count++] = file;
    }
    return true;
}

/* --- what is written --- */

/* PREFIX of the files: --output, with the tape's name behind it where there are several; crash-TAPE. */
static void crash_prefix(const struct scenario_settings *settings, const struct crash_request *request, char *prefix)
{
    char tape[CRASH_TAPE_NAME];

    crash_study_tape(&request->settings, tape, sizeof tape);
    if (settings->output && settings->tapes.count <= 1)
        snprintf(prefix, PATH_MAX, "%s", settings->output);
    else
        snprintf(prefix, PATH_MAX, "%s-%s", settings->output ? settings->output : "crash", tape);
}

/* So that nobody waits for an hour to hear it. */
static bool crash_can_write(const char *prefix, char *error)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(prefix, '/');

    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash == prefix ? 1 : (int)(slash - prefix), prefix);
    if (access(folder, W_OK | X_OK) == 0)
        return true;
    snprintf(error, RISK_ERROR, "--output: %.512s: %s", folder, strerror(errno));
    return false;
}

static bool crash_write(const json_t *study, const char *prefix, bool told, char error[CRASH_ERROR])
{
    enum { DIGITS = 10, ROOM = 8 };
    char path[PATH_MAX + ROOM];

    snprintf(path, sizeof path, "%s.json", prefix);
    if (json_dump_file(study, path, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS)) != 0) {
        snprintf(error, CRASH_ERROR, "%.200s: %s", path, strerror(errno));
        return false;
    }
    snprintf(path, sizeof path, "%s.html", prefix);
    if (!crash_page_write(study, path, error))
        return false;
    fprintf(told ? stdout : stderr, "written: %s.json and %s.html\n", prefix, prefix);
    return true;
}

/* --- one study a tape --- */

static int crash_one(const struct scenario_settings *settings, const struct crash_request *request, json_t *studies)
{
    const bool files = settings->output || (settings->tapes.count && !settings->json);
    char error[RISK_ERROR], prefix[PATH_MAX];
    int status = EXIT_STATUS_OK;
    json_t *study, *claim;
    size_t index;

    crash_prefix(settings, request, prefix);
    if (files && !crash_can_write(prefix, error))
        return crash_refuse(error);
    study = crash_study(request, error);
    if (study == NULL) {
        printable_error("vitrine scenario crash", error);
        return EXIT_STATUS_FAULT;
    }
    json_array_foreach(json_object_get(study, "claims"), index, claim)
        if (!json_is_true(json_object_get(claim, "holds")))
            status = EXIT_STATUS_FAILED;
    if (!settings->json)
        crash_table_print(study);
    if (files && !crash_write(study, prefix, !settings->json, error)) {
        printable_error("vitrine scenario crash", error);
        status = EXIT_STATUS_FAULT;
    }
    if (settings->json)
        json_array_append(studies, study);
    json_decref(study);
    return status;
}

/* Reads all tapes' options before the first one runs. */
static bool crash_check_tapes(const struct scenario_settings *settings, struct crash_request *request, char *error)
{
    bool read = true;

    for (size_t i = 0; read && i < settings->tapes.count; i++) {
        char *text = strdup(settings->tapes.values[i]);

        read = text && crash_read_tape(request, text, error);
        free(text);
    }
    return read;
}

static int crash_all(const struct scenario_settings *settings, struct crash_request *request, json_t *studies)
{
    const size_t count = settings->tapes.count ? settings->tapes.count : 1;
    char error[RISK_ERROR];
    int status = EXIT_STATUS_OK;

    for (size_t i = 0; status < EXIT_STATUS_USAGE && i < count; i++) {
        char *text = settings->tapes.count ? strdup(settings->tapes.values[i]) : NULL;
        int one;

        if (text && !crash_read_tape(request, text, error)) {
            one = crash_refuse(error);
        } else {
            if (!settings->json && i > 0)
                printf("\n");
            one = crash_one(settings, request, studies);
        }
        free(text);
        status = one > status ? one : status;
    }
    return status;
}

int scenario_crash_run(const struct scenario_settings *settings)
{
    json_t *studies = json_array(), *object = json_object();
    struct crash_request request;
    char error[RISK_ERROR];
    int status;

    if (!crash_read(&request, settings, error) || !crash_check_tapes(settings, &request, error))
        status = crash_refuse(error);
    else
        status = crash_all(settings, &request, studies);
    report_set(object, "scenario", json_string("crash"));
    report_set(object, "studies", studies);
    if (settings->json && status < EXIT_STATUS_USAGE)
        report_print(object);
    else
        json_decref(object);
    return status;
}
