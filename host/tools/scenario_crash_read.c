#include "scenario_crash.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "policy.h"
#include "risk_set.h"

/* Numbers of the crash and its crowd: options, and keys of --sweep and of JSON. */
struct read_number {
    const char *key, *option;
    size_t text, number;     /* in struct scenario_settings (a text, NULL: the default); in struct crash_settings */
    double min, max;
};

#define NUMBER(key_, option_, min_, max_)                                                                            \
    { #key_, option_, offsetof(struct scenario_settings, key_), offsetof(struct crash_settings, key_), min_, max_ }

static const struct read_number read_numbers[] = {
    NUMBER(interest_to_depth, "interest-to-depth", 0.01, 1000),
    NUMBER(depth_scale, "depth-scale", 0.001, 1000),
    NUMBER(provider_capital, "provider-capital", 0, 10),
    NUMBER(provider_hedge_seconds, "provider-hedge-seconds", 1, 1000000),
    NUMBER(fund, "fund", 0, 10),
    NUMBER(message_rate, "rate", 1, 1000),
};
enum { NUMBERS = sizeof read_numbers / sizeof *read_numbers };

/* --- policies --- */

static bool read_policy(struct crash_request *request, const char *name, char *error)
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
static bool read_policies(struct crash_request *request, const char *text, char *error)
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
        if (!read_policy(request, name, error))
            return false;
    return true;
}

/* --- rules of liquidation --- */

/* "KEY=VALUE", with or without "risk." in front, over `rules`. */
static bool read_rule(struct input_liquidation_rules *rules, const char *option, const char *given, char *error)
{
    struct risk_sets sets = { .rules_only = true };
    char text[RISK_ERROR / 4];

    snprintf(text, sizeof text, "%s%s", strncmp(given, "risk.", 5) ? "risk." : "", given);
    if (strncmp(text, "risk.policy=", strlen("risk.policy=")) == 0) {
        snprintf(error, RISK_ERROR, "%s risk.policy: that is what --policy is for", option);
        return false;
    }
    if (!risk_sets_add(&sets, text, error, RISK_ERROR))
        return false;
    rules->header.kind = INPUT_LIQUIDATION_RULES;
    rules->header.size = sizeof *rules;
    risk_sets_change(&sets, &rules->header);
    rules->header = (struct input_header){ .kind = 0 };
    return true;
}

static bool read_rules(struct crash_request *request, const struct option_list *list, char *error)
{
    request->settings.rules = *config_liquidation_defaults();
    request->settings.rules_set = true;
    for (size_t i = 0; i < list->count; i++)
        if (!read_rule(&request->settings.rules, "--set", list->values[i], error))
            return false;
    return true;
}

/* --- numbers --- */

static bool read_decimal(const char *text, double *value)
{
    char *end;

    if (*text == '\0' || strspn(text, "0123456789.") != strlen(text) || strlen(text) >= CRASH_VALUE)
        return false;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

/* `named`: the option, or the key, as the message shows it. */
static bool read_number(struct crash_settings *settings, const struct read_number *number, const char *named,
                        const char *text, char *error)
{
    double value = 0;

    if (!read_decimal(text, &value) || value < number->min || value > number->max) {
        snprintf(error, RISK_ERROR, "%s %.200s: must be a number from %g to %g", named, text, number->min, number->max);
        return false;
    }
    memcpy((char *)settings + number->number, &value, sizeof value);
    return true;
}

static bool read_all_numbers(struct crash_request *request, const struct scenario_settings *settings, char *error)
{
    for (unsigned i = 0; i < NUMBERS; i++) {
        const char *text;
        char named[64];

        memcpy(&text, (const char *)settings + read_numbers[i].text, sizeof text);
        snprintf(named, sizeof named, "--%s", read_numbers[i].option);
        if (text && !read_number(&request->settings, &read_numbers[i], named, text, error))
            return false;
    }
    return true;
}

/* --- a sweep --- */

static const struct read_number *read_find(const char *key)
{
    for (unsigned i = 0; i < NUMBERS; i++)
        if (strcmp(read_numbers[i].key, key) == 0)
            return &read_numbers[i];
    return NULL;
}

static bool read_value(struct crash_request *request, const char *key, const char *text, char *error)
{
    struct crash_sweep *sweep = &request->sweep;
    struct crash_value *value = &sweep->value[sweep->count];
    const struct read_number *number = read_find(key);
    char named[64], rule[RISK_ERROR / 4];
    double ignored;

    if (sweep->count == CRASH_POLICIES || !read_decimal(text, &ignored)) {
        snprintf(error, RISK_ERROR, "--sweep %.64s=%.200s: must be numbers with commas between, at most %d", key, text,
                 CRASH_POLICIES);
        return false;
    }
    for (uint32_t i = 0; i < sweep->count; i++)
        if (strtod(sweep->value[i].text, NULL) == ignored) {
            snprintf(error, RISK_ERROR, "--sweep %.64s=%.200s: given twice", key, text);
            return false;
        }
    value->settings = request->settings;
    snprintf(value->text, sizeof value->text, "%s", text);
    snprintf(named, sizeof named, "--sweep %.40s", key);
    snprintf(rule, sizeof rule, "%.64s=%s", key, text);
    if (number ? !read_number(&value->settings, number, named, text, error)
               : !read_rule(&value->settings.rules, "--sweep", rule, error))
        return false;
    sweep->count++;
    return true;
}

/* What else than rules can be swept, behind a message about a key that is none. */
static void read_tell_numbers(char *error)
{
    size_t used = strlen(error);

    used += (size_t)snprintf(error + used, RISK_ERROR - used, "; and ");
    for (unsigned i = 0; i < NUMBERS && used < RISK_ERROR; i++)
        used += (size_t)snprintf(error + used, RISK_ERROR - used, "%s%s", i ? ", " : "", read_numbers[i].key);
}

/* "KEY=V1,V2,...": of one policy, ours unless another one is named. */
static bool read_sweep(struct crash_request *request, const char *given, bool all, char *error)
{
    char text[RISK_ERROR / 2];
    char *values;

    if (given == NULL)
        return true;
    if (all) {
        request->policies[0] = POLICY_OURS;
        request->policy_count = 1;
    }
    snprintf(text, sizeof text, "%s", given);
    values = strchr(text, '=');
    if (values == NULL || request->policy_count != 1) {
        snprintf(error, RISK_ERROR, values ? "--sweep runs one policy: name one with --policy, or none for ours"
                                           : "--sweep %.200s: must be KEY=VALUE,VALUE,...", text);
        return false;
    }
    *values++ = '\0';
    request->sweep.world = read_find(text) != NULL;
    snprintf(request->sweep.key, sizeof request->sweep.key, "%s%.26s",
             request->sweep.world || strncmp(text, "risk.", 5) == 0 ? "" : "risk.", text);
    for (char *value = strsep(&values, ","); value; value = strsep(&values, ","))
        if (!read_value(request, text, value, error)) {
            if (strstr(error, "no such key"))
                read_tell_numbers(error);
            return false;
        }
    return true;
}

/* --- all of it --- */

bool scenario_crash_read(struct crash_request *request, const struct scenario_settings *settings, char *error)
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
    return read_policies(request, settings->policies, error) && read_rules(request, &settings->sets, error) &&
           read_all_numbers(request, settings, error) &&
           read_sweep(request, settings->sweep, strcmp(settings->policies, "all") == 0, error);
}

bool scenario_crash_read_tape(struct crash_request *request, char *text, char *error)
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
