/* vitrine scenario crash: policies of liquidation on recorded crashes, compared. What was asked for is read in
 * scenario_crash_read.c; the exchange and its crowd are in crash/crash_run.c, the comparison in crash/crash_study.c. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "printable.h"
#include "report.h"
#include "risk_set.h"
#include "scenario_crash.h"
#include "status.h"

static int crash_refuse(const char *text)
{
    printable_error("vitrine scenario crash", text);
    return EXIT_STATUS_USAGE;
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
    bool refused;
    size_t index;

    crash_prefix(settings, request, prefix);
    if (files && !crash_can_write(prefix, error))
        return crash_refuse(error);
    study = crash_study(request, error, &refused);
    if (study == NULL && refused)
        return crash_refuse(error);
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

        read = text && scenario_crash_read_tape(request, text, error);
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

        if (text && !scenario_crash_read_tape(request, text, error)) {
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

    if (!scenario_crash_read(&request, settings, error) || !crash_check_tapes(settings, &request, error))
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
