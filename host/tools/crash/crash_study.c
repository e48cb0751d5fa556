/* Policies on the same tape with the same seeds, and what the difference is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "crash_jobs.h"
#include "crash_metrics.h"
#include "memory.h"
#include "policy.h"
#include "report.h"
#include "risk_set.h"
#include "scenario.h"

enum { CONFIDENCE_PERCENT = 95 };

void crash_study_tape(const struct crash_settings *settings, char *name, size_t size)
{
    const char *path = settings->tape_count ? settings->tapes[0] : "bundled";
    const char *base = strrchr(path, '/');

    snprintf(name, size, "%s", base ? base + 1 : path);
    for (char *dot = strrchr(name, '.'); dot && dot != name && (strcmp(dot, ".gz") == 0 || strcmp(dot, ".csv") == 0);
         dot = strrchr(name, '.'))
        *dot = '\0';
}

static bool study_is_of(const json_t *run, const char *policy)
{
    return strcmp(json_string_value(json_object_get(run, "policy")), policy) == 0;
}

/* --- displacement: the mid against the path with the same seed on which nobody is liquidated --- */

static void study_displacement(json_t *run, const json_t *baseline)
{
    const json_t *mids = json_object_get(json_object_get(run, "moments"), "mid");
    const json_t *without = json_object_get(json_object_get(baseline, "moments"), "mid");
    double sum = 0, largest = 0;
    size_t index, count = 0;
    json_t *mid;

    json_array_foreach(mids, index, mid) {
        const double here = json_number_value(mid), there = json_number_value(json_array_get(without, index));
        double moved;

        if (here <= 0 || there <= 0) /* a side of a book is empty */
            continue;
        moved = fabs(here / there - 1) * 1e4;
        sum += moved;
        largest = fmax(largest, moved);
        count++;
    }
    report_set(run, "displacement_mean", count ? json_real(sum / (double)count) : json_null());
    report_set(run, "displacement_max", count ? json_real(largest) : json_null());
}

/* Runs come seed by seed, the path without liquidations first. */
static void study_displacements(json_t *runs)
{
    const json_t *baseline = NULL;
    size_t index;
    json_t *run;

    json_array_foreach(runs, index, run) {
        if (study_is_of(run, crash_policy_name(POLICY_NONE)))
            baseline = run;
        study_displacement(run, baseline);
    }
}

/* --- claims: what must be so whatever the policies do --- */

static double study_number(const json_t *run, const char *key)
{
    return json_number_value(json_object_get(run, key));
}

static void study_claim_same_world(struct scenario_claims *claims, const json_t *runs)
{
    static const char *const keys[] = { "accounts", "markets", "seconds", "open_interest" };
    const json_t *baseline = NULL;
    bool same = true;
    char which[96] = "";
    size_t index;
    json_t *run;

    json_array_foreach(runs, index, run) {
        if (study_is_of(run, crash_policy_name(POLICY_NONE)))
            baseline = run;
        for (size_t key = 0; same && key < sizeof keys / sizeof *keys; key++) {
            same = study_number(run, keys[key]) == study_number(baseline, keys[key]);
            if (!same)
                snprintf(which, sizeof which, "%s, seed %.0f: %s differ",
                         json_string_value(json_object_get(run, "policy")), study_number(run, "seed"), keys[key]);
        }
    }
    scenario_claim(claims, "policies with the same seed meet the same accounts, markets and open interest", same, "%s",
                   which);
}

static void study_claim_nobody(struct scenario_claims *claims, const json_t *runs)
{
    double touched = 0;
    size_t index;
    json_t *run;

    json_array_foreach(runs, index, run)
        if (study_is_of(run, crash_policy_name(POLICY_NONE)))
            touched += study_number(run, "liquidated") + study_number(run, "liquidated_notional");
    scenario_claim(claims, "on the path without liquidations nobody is liquidated", touched == 0, "%s",
                   touched == 0 ? "" : "somebody was");
}

static double study_sum(const json_t *run, const char *key)
{
    double sum = 0;
    size_t index;
    json_t *value;

    json_array_foreach(json_object_get(json_object_get(run, "moments"), key), index, value)
        sum += json_number_value(value);
    return sum;
}

static void study_claim_sums(struct scenario_claims *claims, const json_t *runs)
{
    double worst = 0, whole = 0;
    size_t index;
    json_t *run;

    json_array_foreach(runs, index, run) {
        const double in_all = study_number(run, "liquidated_notional");
        const double moments = study_sum(run, "book") + study_sum(run, "backstop") + study_sum(run, "deleveraged");

        if (fabs(moments - in_all) > worst) {
            worst = fabs(moments - in_all);
            whole = in_all;
        }
    }
    scenario_claim(claims, "what was liquidated moment by moment adds up", worst <= 1e-6 * whole + 1e-6,
                   worst <= 1e-6 * whole + 1e-6 ? "" : "off by %.6g of %.6g USDC", worst, whole);
}

static void study_claim_replays(struct scenario_claims *claims, const struct crash_settings *settings,
                                const json_t *runs)
{
    size_t index, differ = 0;
    json_t *run;

    if (settings->replay == NULL)
        return;
    json_array_foreach(runs, index, run)
        differ += !json_is_true(json_object_get(run, "replay_equal"));
    scenario_claim(claims, "each journal run again on another card has the same hashes", differ == 0,
                   "%s, then %s, %zu journals", settings->engine, settings->replay, json_array_size(runs));
}

static void study_claims(json_t *study, const struct crash_settings *settings, const json_t *runs)
{
    struct scenario_claims claims = { .list = NULL };

    study_claim_same_world(&claims, runs);
    study_claim_nobody(&claims, runs);
    study_claim_sums(&claims, runs);
    study_claim_replays(&claims, settings, runs);
    report_set(study, "claims", claims.list);
}

/* --- the study --- */

static void study_settings(json_t *study, const struct crash_request *request)
{
    const struct crash_settings *settings = &request->settings;
    json_t *files = json_array(), *compared = json_array(), *rules = risk_set_json(&settings->rules);

    json_object_del(rules, "policy"); /* each run has its own */
    for (uint32_t i = 0; i < settings->tape_count; i++)
        json_array_append_new(files, json_string(settings->tapes[i]));
    for (uint32_t i = 0; i < request->policy_count; i++)
        json_array_append_new(compared, json_string(crash_policy_name(request->policies[i])));
    report_set(study, "files", files);
    report_set(study, "engine", json_string(settings->engine));
    report_set(study, "replayed_on", settings->replay ? json_string(settings->replay) : json_null());
    report_set_count(study, "seed", settings->seed);
    report_set_count(study, "seeds", request->seeds);
    report_set_count(study, "confidence_percent", CONFIDENCE_PERCENT);
    report_set(study, "compared", compared);
    report_set(study, "rules", rules);
    report_set(study, "interest_to_depth", json_real(settings->interest_to_depth));
    report_set(study, "depth_scale", json_real(settings->depth_scale));
    report_set(study, "provider_capital", json_real(settings->provider_capital));
    report_set(study, "fund", json_real(settings->fund));
}

json_t *crash_study(const struct crash_request *request, char error[CRASH_ERROR])
{
    static const char *const same[] = { "accounts", "markets", "seconds", "step_seconds" };
    const uint32_t each = request->policy_count + 1;
    struct crash_job *jobs = memory_reserve((size_t)request->seeds * each, sizeof *jobs);
    char tape[CRASH_TAPE_NAME];
    json_t *study = NULL, *runs;
    uint32_t count = 0;

    for (uint32_t seed = 0; seed < request->seeds; seed++) {
        jobs[count++] = (struct crash_job){ .policy = POLICY_NONE, .seed = request->settings.seed + seed };
        for (uint32_t i = 0; i < request->policy_count; i++)
            jobs[count++] = (struct crash_job){ .policy = request->policies[i], .seed = request->settings.seed + seed };
    }
    crash_study_tape(&request->settings, tape, sizeof tape);
    runs = crash_jobs_run(request, tape, jobs, count, error);
    free(jobs);
    if (runs == NULL)
        return NULL;
    study = json_object();
    report_set(study, "scenario", json_string("crash"));
    report_set(study, "tape", json_string(json_string_value(json_object_get(json_array_get(runs, 0), "tape"))));
    study_settings(study, request);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        json_object_set(study, same[i], json_object_get(json_array_get(runs, 0), same[i]));
    study_displacements(runs);
    study_claims(study, &request->settings, runs);
    report_set(study, "runs", runs);
    crash_metrics_summarise(study);
    return study;
}
