#include "scenario_replay.h"

#include <stdio.h>
#include <stdlib.h>

#include "memory.h"
#include "printable.h"
#include "report.h"
#include "scenario.h"
#include "status.h"

static void replay_print(struct replay *replay)
{
    replay_tell(replay);
}

static void replay_keep(struct replay *replay)
{
    replay->object = replay_describe(replay);
}

/* Without other parameters the same inputs must have the same outcome. */
static void replay_judge(struct replay *replay, int *status)
{
    if (*status != EXIT_STATUS_OK || replay->sets.count > 0 || replay->equal)
        return;
    *status = EXIT_STATUS_FAILED;
    replay_fail(replay, "without other parameters both runs must be equal, and are not");
}

int scenario_replay_run(const struct scenario_settings *settings, const char *directory)
{
    struct replay *replay = memory_reserve(1, sizeof *replay);
    int status = EXIT_STATUS_USAGE;
    char error[RISK_ERROR] = "";

    replay->plan.directory = directory;
    replay->plan.backend = settings->engine;
    replay->accounts = settings->accounts;
    replay->end = settings->json ? replay_keep : replay_print;
    for (size_t i = 0; i < settings->sets.count && *error == '\0'; i++)
        risk_sets_add(&replay->sets, settings->sets.values[i], error, sizeof error);
    if (*error == '\0') {
        status = replay_run(replay);
        replay_judge(replay, &status);
        snprintf(error, sizeof error, "%s", replay->error);
    }
    if (replay->object)
        report_print(replay->object);
    if (status != EXIT_STATUS_OK)
        printable_error("vitrine scenario replay", error);
    replay_free(replay);
    free(replay);
    return status;
}
