/* Policies on the same tape with the same seeds, and what the difference is; or one policy over values of a key. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "crash.h"
#include "crash_displacement.h"
#include "crash_jobs.h"
#include "crash_metrics.h"
#include "memory.h"
#include "policy.h"
#include "report.h"
#include "risk_set.h"
#include "scenario.h"

enum { CONFIDENCE_PERCENT = 95, STUDY_TEXT = 300 /* a file's name, and what joins two */ };

static void study_base_name(const char *path, char *name, size_t size)
{
    const char *base = strrchr(path, '/');

    snprintf(name, size, "%s", base ? base + 1 : path);
    for (char *dot = strrchr(name, '.'); dot && dot != name && (strcmp(dot, ".gz") == 0 || strcmp(dot, ".csv") == 0);
         dot = strrchr(name, '.'))
        *dot = '\0';
}

void crash_study_tape(const struct crash_settings *settings, char *name, size_t size)
{
    study_base_name(settings->tape_count ? settings->tapes[0] : "bundled", name, size);
}

/* All files' names without folders and endings, in every run, too; the bundled tape has one of its own. */
static void study_tape(json_t *study, const struct crash_settings *settings, json_t *runs)
{
    json_t *tape = json_incref(json_object_get(json_array_get(runs, 0), "tape")), *run;
    char name[STUDY_TEXT], all[CRASH_TAPES * STUDY_TEXT] = "";
    size_t used = 0, index;

    for (uint32_t i = 0; i < settings->tape_count; i++) {
        study_base_name(settings->tapes[i], name, sizeof name);
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? " + " : "", name);
    }
    if (used) {
        json_decref(tape);
        tape = crash_json_text(all);
    }
    json_array_foreach(runs, index, run)
        json_object_set(run, "tape", tape);
    report_set(study, "tape", tape);
}

static bool study_is_of(const json_t *run, const char *policy)
{
    return strcmp(json_string_value(json_object_get(run, "policy")), policy) == 0;
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

/* The last moment is before the end: liquidation goes on behind the tape. */
static void study_claim_sums(struct scenario_claims *claims, const json_t *runs)
{
    static const char *const ways[][2] = { { "book", "book_notional" },
                                           { "backstop", "backstop_notional" },
                                           { "deleveraged", "deleveraged_notional" } };
    double worst = 0, whole = 0;
    size_t index;
    json_t *run;

    json_array_foreach(runs, index, run)
        for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
            const double in_all = study_number(run, ways[way][1]), more = study_sum(run, ways[way][0]) - in_all;

            if (more > 1e-6 * in_all + 1e-6 && more > worst) {
                worst = more;
                whole = in_all;
            }
        }
    scenario_claim(claims, "what was liquidated moment by moment is no more than all of it, each way", worst == 0,
                   "at worst %.6g more than %.6g USDC", worst, whole);
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

static void study_numbers(json_t *study, const struct crash_settings *settings)
{
    report_set(study, "interest_to_depth", json_real(settings->interest_to_depth));
    report_set(study, "depth_scale", json_real(settings->depth_scale));
    report_set(study, "provider_capital", json_real(settings->provider_capital));
    report_set(study, "provider_hedge_seconds", json_real(settings->provider_hedge_seconds));
    report_set(study, "message_rate", json_real(settings->message_rate));
    report_set(study, "fund", json_real(settings->fund));
}

static void study_settings(json_t *study, const struct crash_request *request)
{
    const struct crash_settings *settings = &request->settings;
    json_t *files = json_array(), *compared = json_array(), *rules = risk_set_json(&settings->rules);

    json_object_del(rules, "policy"); /* each run has its own */
    for (uint32_t i = 0; i < settings->tape_count; i++)
        json_array_append_new(files, crash_json_text(settings->tapes[i]));
    for (uint32_t i = 0; i < request->policy_count && request->sweep.count == 0; i++)
        json_array_append_new(compared, json_string(crash_policy_name(request->policies[i])));
    for (uint32_t i = 0; i < request->sweep.count; i++)
        json_array_append_new(compared, json_string(request->sweep.value[i].text));
    report_set(study, "files", files);
    report_set(study, "engine", json_string(settings->engine));
    report_set(study, "replayed_on", settings->replay ? json_string(settings->replay) : json_null());
    report_set_count(study, "seed", settings->seed);
    report_set_count(study, "seeds", request->seeds);
    report_set_count(study, "confidence_percent", CONFIDENCE_PERCENT);
    report_set(study, "compared", compared);
    report_set(study, "rules", rules);
    study_numbers(study, settings);
}

static void study_sweep(json_t *study, const struct crash_request *request)
{
    const struct crash_sweep *sweep = &request->sweep;
    json_t *object, *values;

    if (sweep->count == 0) {
        report_set(study, "sweep", json_null());
        return;
    }
    object = json_object();
    values = json_array();
    for (uint32_t i = 0; i < sweep->count; i++)
        json_array_append_new(values, json_real(strtod(sweep->value[i].text, NULL)));
    report_set(object, "key", json_string(sweep->key));
    report_set(object, "policy", json_string(crash_policy_name(request->policies[0])));
    report_set(object, "world", json_boolean(sweep->world));
    report_set(object, "values", values);
    report_set(study, "sweep", object);
}

/* What a sweep is for: by value, in the order given. After the summary. */
static void study_curve(json_t *study)
{
    static const char *const metrics[] = { "displacement", "shortfall", "shortfall_with_providers" };
    json_t *sweep = json_object_get(study, "sweep"), *curve, *value;
    size_t index;

    if (!json_is_object(sweep))
        return;
    curve = json_array();
    json_array_foreach(json_object_get(sweep, "values"), index, value) {
        const json_t *policy = json_array_get(json_object_get(study, "policies"), index);
        json_t *point = json_object();

        json_object_set(point, "value", value);
        for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
            json_object_set(point, metrics[i], json_object_get(crash_metrics_of(policy, metrics[i]), "mean"));
        json_array_append_new(curve, point);
    }
    report_set(sweep, "curve", curve);
}

/* Seed by seed, each path without liquidations in front of the runs that belong to it. Returns how many. */
static uint32_t study_jobs(const struct crash_request *request, struct crash_job *jobs)
{
    const struct crash_sweep *sweep = &request->sweep;
    const uint32_t columns = sweep->count ? sweep->count : request->policy_count;
    uint32_t count = 0;

    check(sweep->count == 0 || request->policy_count == 1);
    for (uint32_t seed = 0; seed < request->seeds; seed++)
        for (uint32_t i = 0; i < columns; i++) {
            const struct crash_job job = { .policy = request->policies[sweep->count ? 0 : i],
                                           .seed = request->settings.seed + seed,
                                           .value = sweep->count ? &sweep->value[i] : NULL };

            if (i == 0 || sweep->world)
                jobs[count++] = (struct crash_job){ .policy = POLICY_NONE, .seed = job.seed,
                                                    .value = sweep->world ? job.value : NULL };
            jobs[count++] = job;
        }
    return count;
}

json_t *crash_study(const struct crash_request *request, char error[CRASH_ERROR], bool *refused)
{
    static const char *const same[] = { "accounts", "markets", "seconds", "step_seconds" };
    struct crash_job *jobs = memory_reserve((size_t)request->seeds * 2 * CRASH_POLICIES, sizeof *jobs);
    const uint32_t count = study_jobs(request, jobs);
    char tape[CRASH_TAPE_NAME];
    json_t *study, *runs;

    crash_study_tape(&request->settings, tape, sizeof tape);
    runs = crash_jobs_run(request, tape, jobs, count, error, refused);
    free(jobs);
    if (runs == NULL)
        return NULL;
    study = json_object();
    report_set(study, "scenario", json_string("crash"));
    study_tape(study, &request->settings, runs);
    study_settings(study, request);
    study_sweep(study, request);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        json_object_set(study, same[i], json_object_get(json_array_get(runs, 0), same[i]));
    crash_displacement_set(runs);
    study_claims(study, &request->settings, runs);
    report_set(study, "runs", runs);
    crash_metrics_summarise(study);
    study_curve(study);
    return study;
}
