/* A run of a crash as JSON. */
#include <math.h>

#include "crash.h"
#include "policy.h"
#include "printable.h"
#include "report.h"

enum { TEXT = 4096 };

const char *crash_policy_name(uint32_t policy)
{
    const struct policy *found = policy_get(policy);

    return found ? found->name : "none";
}

json_t *crash_json_text(const char *text)
{
    json_t *string = json_string(text);
    char shown[TEXT];

    if (string)
        return string;
    printable_write(text, shown, sizeof shown);
    return json_string(shown);
}

static void json_set_real(json_t *object, const char *key, double value)
{
    json_t *real = json_real(value);

    report_set(object, key, real ? real : json_null()); /* not a number */
}

/* The series, each an array of its own: what a chart draws. */
static json_t *json_moments(const struct crash_result *result)
{
    static const struct {
        const char *key;
        size_t offset;
    } reals[] = {
        { "index", offsetof(struct crash_moment, index) },       { "mark", offsetof(struct crash_moment, mark) },
        { "mid", offsetof(struct crash_moment, mid) },           { "depth", offsetof(struct crash_moment, depth) },
        { "book", offsetof(struct crash_moment, book) },         { "fund", offsetof(struct crash_moment, fund) },
        { "backstop", offsetof(struct crash_moment, backstop) },
        { "deleveraged", offsetof(struct crash_moment, deleveraged) },
        { "shortfall", offsetof(struct crash_moment, shortfall) },
        { "underwater", offsetof(struct crash_moment, underwater) },
        { "bid", offsetof(struct crash_moment, bid) },           { "ask", offsetof(struct crash_moment, ask) },
        { "bid_below", offsetof(struct crash_moment, bid_below) },
        { "ask_above", offsetof(struct crash_moment, ask_above) },
        { "bid_share", offsetof(struct crash_moment, bid_share) },
        { "ask_share", offsetof(struct crash_moment, ask_share) },
        { "two_sided", offsetof(struct crash_moment, two_sided) },
        { "trouble", offsetof(struct crash_moment, trouble) },
        { "sold", offsetof(struct crash_moment, sold) },         { "bought", offsetof(struct crash_moment, bought) },
    };
    json_t *object = json_object(), *seconds = json_array(), *episodes = json_array();

    for (uint32_t i = 0; i < result->moment_count; i++) {
        json_array_append_new(seconds, json_integer(result->moments[i].second));
        json_array_append_new(episodes, json_integer(result->moments[i].episodes));
    }
    report_set(object, "second", seconds);
    for (size_t key = 0; key < sizeof reals / sizeof *reals; key++) {
        json_t *array = json_array();

        for (uint32_t i = 0; i < result->moment_count; i++) {
            const char *moment = (const char *)&result->moments[i];
            json_t *real = json_real(*(const double *)(const void *)(moment + reals[key].offset));

            json_array_append_new(array, real ? real : json_null());
        }
        report_set(object, reals[key].key, array);
    }
    report_set(object, "episodes", episodes);
    return object;
}

static void json_ways(json_t *run, const struct crash_result *result)
{
    json_set_real(run, "book_notional", result->book.notional);
    json_set_real(run, "backstop_notional", result->backstop.notional);
    json_set_real(run, "deleveraged_notional", result->deleveraged.notional);
    json_set_real(run, "liquidated_notional",
                  result->book.notional + result->backstop.notional + result->deleveraged.notional);
    report_set_count(run, "book_fills", result->book.fills);
    report_set_count(run, "backstop_fills", result->backstop.fills);
    report_set_count(run, "deleveraged_fills", result->deleveraged.fills);
    json_set_real(run, "shortfall", result->shortfall);
    json_set_real(run, "shortfall_lag", result->shortfall_lag);
    json_set_real(run, "socialised", result->socialised);
    json_set_real(run, "fund_before", result->fund_before);
    json_set_real(run, "fund_after", result->fund_after);
    json_set_real(run, "fund_change", result->fund_after - result->fund_before);
    json_set_real(run, "deleveraged_loss", result->deleveraged_loss);
    json_set_real(run, "forgone", result->forgone);
    json_set_real(run, "underwater", result->underwater);
    json_set_real(run, "underwater_max", result->underwater_max);
    json_set_real(run, "provider_profit", result->provider_profit);
    json_set_real(run, "shortfall_with_providers", result->shortfall + fmax(-result->provider_profit, 0));
}

static void json_accounts(json_t *run, const struct crash_result *result)
{
    report_set_count(run, "liquidated", result->liquidated);
    report_set_count(run, "wiped", result->wiped);
    report_set_count(run, "deleveraged_accounts", result->deleveraged_accounts);
    report_set_count(run, "bankrupt", result->bankrupt);
    json_set_real(run, "equity_before", result->equity_before);
    json_set_real(run, "equity_kept", result->equity_kept);
    report_set_count(run, "episodes", (uint64_t)result->ended_healthy + result->ended_wiped + result->still_open);
    report_set_count(run, "ended_healthy", result->ended_healthy);
    report_set_count(run, "ended_wiped", result->ended_wiped);
    report_set_count(run, "still_open", result->still_open);
    json_set_real(run, "seconds_to_healthy", result->seconds_to_healthy);
    json_set_real(run, "seconds_to_healthy_p99", result->seconds_to_healthy_p99);
    json_set_real(run, "worst_minute", result->worst_minute);
    report_set_count(run, "worst_minute_at", result->worst_minute_at);
    report_set_count(run, "stopped", result->stopped);
}

static void json_book(json_t *run, const struct crash_result *result)
{
    json_set_real(run, "mid_low", result->mid_low);
    json_set_real(run, "two_sided", result->two_sided);
    json_set_real(run, "one_sided", 1 - result->two_sided);
    json_set_real(run, "depth_before", result->depth_before);
    json_set_real(run, "depth_low", result->depth_low);
    report_set_count(run, "depth_minutes", result->depth_minutes);
    report_set(run, "depth_before_fall", json_boolean(result->depth_before_fall));
    report_set_count(run, "maker_departures", result->maker_departures);
    json_set_real(run, "maker_away", result->maker_away);
}

json_t *crash_json_run(const struct crash_result *result)
{
    json_t *run = json_object();

    report_set(run, "policy", json_string(crash_policy_name(result->policy)));
    report_set_count(run, "seed", result->seed);
    report_set(run, "tape", crash_json_text(result->tape));
    report_set_count(run, "accounts", result->accounts);
    report_set_count(run, "markets", result->markets);
    report_set_count(run, "seconds", result->seconds);
    json_set_real(run, "open_interest", result->open_interest);
    json_set_real(run, "turnover", result->turnover);
    json_ways(run, result);
    json_accounts(run, result);
    json_book(run, result);
    report_set_count(run, "inputs", result->inputs);
    report_set_count(run, "batches", result->batches);
    report_set_count(run, "orders", result->orders);
    json_set_real(run, "run_seconds", result->run_seconds);
    report_set(run, "hash", json_string(result->hash));
    report_set(run, "replay_equal", result->replayed ? json_boolean(result->replay_equal) : json_null());
    report_set_count(run, "step_seconds", result->step_seconds);
    report_set(run, "moments", json_moments(result));
    return run;
}
