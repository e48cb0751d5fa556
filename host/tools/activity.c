/* vitrine admin activity: volumes, lending and positions of accounts, their points and tiers. */
#include "activity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity_sums.h"
#include "date.h"
#include "decimal.h"
#include "memory.h"
#include "printable.h"
#include "report.h"
#include "statement.h"
#include "status.h"
#include "units.h"

struct activity {
    const struct activity_settings *settings;
    struct statement_stretch stretch;
    struct activity_sums sums;
    uint32_t only;           /* account; 0: all */
    bool unknown;
};

static void activity_begin(void *context, struct exchange *exchange)
{
    struct activity *activity = context;

    activity_sums_begin(&activity->sums, exchange_state(exchange));
}

static void activity_take(void *context, const struct ledger_entry *entry)
{
    struct activity *activity = context;

    activity_sums_take(&activity->sums, entry);
}

static void activity_batch(void *context, const struct journal_batch *batch, const struct exchange_result *result)
{
    struct activity *activity = context;

    (void)batch;
    activity_sums_end_batch(&activity->sums, result->reports, result->report_count);
}

/* --- what is printed --- */

static const char *activity_name(const struct activity *activity, const struct activity_account *account)
{
    return (const char *)state_account(activity->sums.state, account->account)->name;
}

static uint64_t activity_points(const struct activity *activity, const struct activity_account *account)
{
    uint64_t points = 0;

    for (unsigned measure = 0; measure < ACTIVITY_COUNT; measure++)
        points += activity_sums_points(&activity->sums, account, measure);
    return points;
}

static void activity_print_weights(const struct activity *activity)
{
    char time[DATE_TEXT_MAX];

    date_format_ms(activity->sums.time_ns, time);
    printf("Activity in batches %" PRIu64 " to %" PRIu64 ", until %s\nPoints for each 1,000,000 USDC:\n",
           activity->stretch.from, activity->stretch.to, time);
    for (unsigned measure = 0; measure < ACTIVITY_COUNT; measure++)
        printf("  %-16s %4" PRIu64 "  %s\n", activity_measure_name(measure), activity_measure_points(measure),
               activity_measure_text(measure));
    printf("\n%-24s %-10s %20s", "account", "tier", "30-day volume");
    for (unsigned measure = 0; measure < ACTIVITY_COUNT; measure++)
        printf(" %20s", activity_measure_name(measure));
    printf(" %12s\n", "points");
}

static void activity_print_account(const struct activity *activity, const struct activity_account *account)
{
    char text[UNITS_TEXT_MAX];

    units_format((wide)activity_sums_volume(&activity->sums, account), activity->sums.decimals, text, sizeof text);
    printf("%-24s %-10s %20s", activity_name(activity, account), activity_sums_tier(&activity->sums, account), text);
    for (unsigned measure = 0; measure < ACTIVITY_COUNT; measure++) {
        units_format((wide)account->measure[measure], activity->sums.decimals, text, sizeof text);
        printf(" %20s", text);
    }
    printf(" %12" PRIu64 "\n", activity_points(activity, account));
}

static json_t *activity_describe(const struct activity *activity, const struct activity_account *account)
{
    json_t *object = json_object(), *points = json_object();

    report_set(object, "account", json_string(activity_name(activity, account)));
    report_set(object, "tier", json_string(activity_sums_tier(&activity->sums, account)));
    report_set_count(object, "volume_30_days", activity_sums_volume(&activity->sums, account));
    for (unsigned measure = 0; measure < ACTIVITY_COUNT; measure++) {
        report_set_count(object, activity_measure_name(measure), account->measure[measure]);
        report_set_count(points, activity_measure_name(measure),
                         activity_sums_points(&activity->sums, account, measure));
    }
    report_set(object, "points_by", points);
    report_set_count(object, "points", activity_points(activity, account));
    return object;
}

static void activity_report(const struct activity *activity)
{
    json_t *object = json_object(), *weights = json_object(), *list = json_array();

    for (unsigned measure = 0; measure < ACTIVITY_COUNT; measure++)
        report_set_count(weights, activity_measure_name(measure), activity_measure_points(measure));
    for (size_t i = 0; i < activity->sums.account_count; i++)
        if (activity->only == TABLE_NONE || activity->sums.accounts[i].account == activity->only)
            json_array_append_new(list, activity_describe(activity, &activity->sums.accounts[i]));
    report_set_count(object, "from", activity->stretch.from);
    report_set_count(object, "to", activity->stretch.to);
    report_set_count(object, "decimals", activity->sums.decimals);
    report_set(object, "points_a_million", weights);
    report_set(object, "accounts", list);
    report_print(object);
}

static int activity_compare(const void *left, const void *right)
{
    const struct activity_account *a = left, *b = right;

    return a->account < b->account ? -1 : a->account > b->account;
}

static void activity_find(struct activity *activity)
{
    const char *text = activity->settings->account;
    const struct state *state = activity->sums.state;
    uint8_t name[24] = { 0 };
    uint64_t number;

    if (text == NULL)
        return;
    if (strlen(text) < sizeof name) {
        memcpy(name, text, strlen(text));
        activity->only = state_find_account(state, name);
    }
    if (activity->only == TABLE_NONE && decimal_parse_whole(text, strlen(text), &number) &&
        number > TABLE_NONE && number < state->accounts.used)
        activity->only = (uint32_t)number;
    activity->unknown = activity->only == TABLE_NONE;
}

static void activity_end(void *context)
{
    struct activity *activity = context;

    activity_sums_end(&activity->sums);
    activity_find(activity);
    if (activity->unknown)
        return;
    if (activity->sums.account_count)
        qsort(activity->sums.accounts, activity->sums.account_count, sizeof *activity->sums.accounts,
              activity_compare);
    if (activity->settings->json) {
        activity_report(activity);
        return;
    }
    activity_print_weights(activity);
    for (size_t i = 0; i < activity->sums.account_count; i++)
        if (activity->only == TABLE_NONE || activity->sums.accounts[i].account == activity->only)
            activity_print_account(activity, &activity->sums.accounts[i]);
}

int activity_run(const struct activity_settings *settings)
{
    struct activity *activity = memory_reserve(1, sizeof *activity);
    const struct audit_observer observer = { .begin = activity_begin, .entry = activity_take,
                                             .batch = activity_batch, .end = activity_end, .context = activity };
    char error[512] = "";
    int status;

    activity->settings = settings;
    if (statement_stretch_find(&activity->stretch, settings->directory, NULL, settings->to, error, sizeof error,
                               &status))
        status = statement_stretch_run(&activity->stretch, &observer, error, sizeof error);
    if (status == EXIT_STATUS_OK && activity->unknown) {
        snprintf(error, sizeof error, "account %.100s: there is none in the journal", settings->account);
        status = EXIT_STATUS_USAGE;
    }
    if (status != EXIT_STATUS_OK)
        printable_error("vitrine admin activity", error);
    activity_sums_free(&activity->sums);
    free(activity);
    return status;
}
