/* vitrine feed: recorded prices of venues, played into a running node as quotes. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "admin_client.h"
#include "clock.h"
#include "decimal.h"
#include "feed_tape.h"
#include "printable.h"
#include "report.h"
#include "status.h"
#include "verbs.h"

enum { FEED_VENUES = 64 };
#define FEED_NS_A_MS UINT64_C(1000000)

struct feed_settings {
    const char *directory, *asset;
    uint64_t speed, every_ms, skip_seconds, seconds;
    bool json;
};

static const struct feed_settings feed_defaults = { .directory = "vitrine-data", .speed = 1, .every_ms = 250 };

static const struct option_spec feed_options[] = {
    { "directory", OPTION_TEXT, offsetof(struct feed_settings, directory), 0, 0, NULL, "DIR", "the node's directory" },
    { "asset", OPTION_TEXT, offsetof(struct feed_settings, asset), 0, 0, NULL, "SYMBOL",
      "the coin of tapes that name none" },
    { "speed", OPTION_NUMBER, offsetof(struct feed_settings, speed), 1, 100000, NULL, "N",
      "seconds of the tape in a second [1]" },
    { "every", OPTION_NUMBER, offsetof(struct feed_settings, every_ms), 10, 4000, NULL, "MS",
      "a venue's last price is quoted each so many ms, whether it has traded or not [250]" },
    { "skip", OPTION_NUMBER, offsetof(struct feed_settings, skip_seconds), 0, 1000000000, NULL, "S",
      "begins so many seconds into the tape; prices before count as quoted [0]" },
    { "seconds", OPTION_NUMBER, offsetof(struct feed_settings, seconds), 0, 1000000000, NULL, "S",
      "ends after so many seconds of the tape; 0: at its end [0]" },
    { "json", OPTION_FLAG, offsetof(struct feed_settings, json), 0, 0, NULL, NULL, "print one JSON object at the end" },
    { .name = NULL },
};

static const char feed_text[] =
    "Plays recorded trades into the node that runs in a directory, as its venues' quotes (`vitrine admin help\n"
    "about=quote`). Each operand is a file, plain or gzip, in one of two formats, told by its first line:\n"
    "\n"
    "  ts_us,venue,market,price,amount   FILE: names venues and markets itself; the market is the coin's symbol,\n"
    "                                    alone or in front of '-', '_' or '/'\n"
    "  ts_us,id,side,price,amount        VENUE=FILE: one venue's trades, of the coin that --asset says\n"
    "\n"
    "VENUE is the name or number that the node knows the venue by. ts_us: microseconds of UTC; price: USDC a coin.\n"
    "Several files are played as one, by time. A venue's last trade is its quote, again and again as a live\n"
    "connection would have it, so that silence between trades is not staleness. Ends with the tape, or when\n"
    "interrupted. For example:\n"
    "\n"
    "  vitrine feed coinbase=coinbase_AVAX-USD_20251010_2030-2230.csv.gz --asset AVAX --speed 10\n"
    "\n"
    "Exit status 1: the node refused quotes; 2: a file is not what it should be; 3: no node.\n"
    "\n"
    "Keys of --json: rows, quotes, refused, reason (of the last refusal), tape_seconds.";

/* What a venue has last traded at. */
struct feed_venue {
    char venue[FEED_NAME_BYTES], asset[FEED_NAME_BYTES];
    uint64_t price;
};

struct feed {
    const struct feed_settings *settings;
    struct feed_tapes tapes;
    struct feed_venue venue[FEED_VENUES];
    size_t venue_count;
    int admin;
    uint64_t rows, quotes, refused;
    uint64_t first_ns, now_ns; /* of the tape */
    char reason[64], error[TEXT_ERROR_MAX + 128];
};

static volatile sig_atomic_t feed_stop;

static void feed_signal(int number)
{
    (void)number;
    feed_stop = 1;
}

static bool feed_open(struct feed *feed, const char *const *operands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(operands[i], '=');
        char venue[FEED_NAME_BYTES] = "";

        if (equals == NULL) {
            if (!feed_tapes_add(&feed->tapes, operands[i], NULL, NULL))
                return false;
            continue;
        }
        if (equals - operands[i] >= FEED_NAME_BYTES || feed->settings->asset == NULL) {
            snprintf(feed->tapes.error, sizeof feed->tapes.error, "%s: %s", operands[i],
                     feed->settings->asset ? "the venue's name is too long" : "say --asset SYMBOL");
            return false;
        }
        memcpy(venue, operands[i], (size_t)(equals - operands[i]));
        if (!feed_tapes_add(&feed->tapes, equals + 1, venue, feed->settings->asset))
            return false;
    }
    return true;
}

static bool feed_take_row(struct feed *feed, const struct feed_row *row)
{
    size_t i = 0;

    feed->rows++;
    while (i < feed->venue_count && (strcmp(feed->venue[i].venue, row->venue) != 0 ||
                                     strcmp(feed->venue[i].asset, row->asset) != 0))
        i++;
    if (i == FEED_VENUES) {
        snprintf(feed->error, sizeof feed->error, "more than %d pairs of venue and coin", FEED_VENUES);
        return false;
    }
    if (i == feed->venue_count) {
        feed->venue_count++;
        memcpy(feed->venue[i].venue, row->venue, FEED_NAME_BYTES);
        memcpy(feed->venue[i].asset, row->asset, FEED_NAME_BYTES);
    }
    feed->venue[i].price = row->price;
    return true;
}

/* Takes the rows up to a time of the tape; false at its end, or where something is wrong (`error`). */
static bool feed_take(struct feed *feed, uint64_t until_ns)
{
    const struct feed_row *next;

    while ((next = feed_tapes_peek(&feed->tapes)) != NULL && next->time_ns <= until_ns) {
        struct feed_row row;

        if (feed_tapes_next(&feed->tapes, &row) == TEXT_BAD || !feed_take_row(feed, &row))
            break;
    }
    if (feed->tapes.error[0])
        snprintf(feed->error, sizeof feed->error, "%s", feed->tapes.error);
    return next != NULL && feed->error[0] == '\0';
}

/* False: the node is gone. */
static bool feed_quote(struct feed *feed, const struct feed_venue *venue)
{
    char price[32], error[256] = "";
    json_t *answer;

    decimal_format(venue->price / 1000, 0, price, sizeof price);
    answer = admin_client_ask(feed->admin,
                              json_pack("{s:s,s:s,s:s,s:s}", "command", "quote", "asset", venue->asset, "venue",
                                        venue->venue, "last", price),
                              error, sizeof error);
    if (answer == NULL) {
        snprintf(feed->error, sizeof feed->error, "%s", error);
        return false;
    }
    feed->quotes++;
    if (!json_is_true(json_object_get(answer, "ok"))) {
        const char *reason = json_string_value(json_object_get(answer, "reason"));

        if (reason == NULL || *reason == '\0')
            reason = json_string_value(json_object_get(answer, "error"));
        feed->refused++;
        snprintf(feed->reason, sizeof feed->reason, "%s", reason ? reason : "refused");
    }
    json_decref(answer);
    return true;
}

static void feed_sleep_until(uint64_t time_ns)
{
    const struct timespec until = { .tv_sec = (time_t)(time_ns / 1000000000), .tv_nsec = (long)(time_ns % 1000000000) };

    while (!feed_stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

/* Quotes every `every` ms what the tape has come to by then. False: the node is gone, or the tape is bad. */
static bool feed_play(struct feed *feed)
{
    const struct feed_settings *settings = feed->settings;
    const uint64_t begun_ns = clock_now_ns(), from_ns = feed->first_ns + settings->skip_seconds * 1000000000;
    bool more = true;

    for (uint64_t step = 0; more && !feed_stop; step++) {
        const uint64_t passed_ns = step * settings->every_ms * FEED_NS_A_MS;

        feed_sleep_until(begun_ns + passed_ns);
        feed->now_ns = from_ns + passed_ns * settings->speed;
        more = feed_take(feed, feed->now_ns) &&
               (settings->seconds == 0 || passed_ns * settings->speed < settings->seconds * 1000000000);
        for (size_t i = 0; i < feed->venue_count && feed->error[0] == '\0'; i++)
            if (!feed_quote(feed, &feed->venue[i]))
                return false;
    }
    return feed->error[0] == '\0';
}

static void feed_print(const struct feed *feed)
{
    const uint64_t seconds = (feed->now_ns - feed->first_ns) / 1000000000;
    json_t *object;

    if (!feed->settings->json) {
        printf("%" PRIu64 " trades, %" PRIu64 " s of the tape, as %" PRIu64 " quotes of %zu venues; %" PRIu64
               " refused%s%s\n",
               feed->rows, seconds, feed->quotes, feed->venue_count, feed->refused, feed->refused ? ": " : "",
               feed->reason);
        return;
    }
    object = json_object();
    report_set_count(object, "rows", feed->rows);
    report_set_count(object, "quotes", feed->quotes);
    report_set_count(object, "refused", feed->refused);
    report_set(object, "reason", feed->refused ? json_string(feed->reason) : json_null());
    report_set_count(object, "tape_seconds", seconds);
    report_print(object);
}

static int feed_go(struct feed *feed)
{
    struct sigaction action = { .sa_handler = feed_signal };
    bool played;

    feed->admin = admin_client_open(feed->settings->directory, feed->error, sizeof feed->error);
    if (feed->admin < 0) {
        printable_error("vitrine feed", feed->error);
        return EXIT_STATUS_FAULT;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    feed->first_ns = feed->now_ns = feed_tapes_peek(&feed->tapes)->time_ns;
    played = feed_play(feed);
    close(feed->admin);
    if (!played)
        printable_error("vitrine feed", feed->error);
    feed_print(feed);
    if (!played)
        return feed->tapes.error[0] ? EXIT_STATUS_USAGE : EXIT_STATUS_FAULT;
    return feed->refused ? EXIT_STATUS_FAILED : EXIT_STATUS_OK;
}

static int feed_run(const void *settings, const char *const *operands, size_t count)
{
    struct feed feed = { .settings = settings };
    int status = EXIT_STATUS_USAGE;

    if (!feed_open(&feed, operands, count))
        printable_error("vitrine feed", feed.tapes.error);
    else if (feed_tapes_peek(&feed.tapes) == NULL)
        printable_error("vitrine feed", "there is nothing on the tape");
    else
        status = feed_go(&feed);
    feed_tapes_close(&feed.tapes);
    return status;
}

const struct verb feed_verb = {
    .name = "feed",
    .operands = "TAPE...",
    .operands_min = 1,
    .operands_max = FEED_TAPES_MAX,
    .summary = "recorded prices of venues, played into a running node",
    .text = feed_text,
    .options = feed_options,
    .defaults = &feed_defaults,
    .settings_size = sizeof(struct feed_settings),
    .run = feed_run,
};
