#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "decimal.h"
#include "lobster_plan.h"
#include "lobster_source.h"
#include "printable.h"
#include "replay_settings.h"
#include "report.h"
#include "runner.h"
#include "status.h"
#include "summary.h"

/* The book file beside a message file: "orderbook" for the last "message" of its name, with or without ".gz".
 * False if there is none. */
static bool lobster_find_book(const char *message, char *book, size_t size)
{
    const char *name = strrchr(message, '/') ? strrchr(message, '/') + 1 : message;
    const char *part = NULL;
    size_t length;

    for (const char *at = strstr(name, "message"); at; at = strstr(at + 1, "message"))
        part = at;
    if (part == NULL)
        return false;
    length = (size_t)snprintf(book, size - 4, "%.*sorderbook%s", (int)(part - message), message, part + 7);
    if (length >= size - 4)
        return false;
    if (access(book, R_OK) == 0)
        return true;
    if (length > 3 && strcmp(book + length - 3, ".gz") == 0)
        book[length - 3] = '\0';
    else
        snprintf(book + length, 4, ".gz");
    return access(book, R_OK) == 0;
}

static void lobster_list(const struct lobster_result *result)
{
    char time[32];

    for (uint64_t i = 0; i < result->maker_wrong && i < LOBSTER_LISTED; i++) {
        const struct lobster_wrong *wrong = &result->wrong[i];

        decimal_format(wrong->time_ns, 3, time, sizeof time);
        printf("  row %" PRIu64 " (%s s): the record executes order %" PRIu64 ", first in the queue is ", wrong->row,
               time, wrong->named);
        if (wrong->met)
            printf("%" PRIu64 "\n", wrong->met);
        else
            printf("an order without a name\n");
    }
    for (uint64_t i = 0; i < result->unequal_count && i < LOBSTER_LISTED; i++)
        printf("  row %" PRIu64 ": %s\n", result->unequal[i].row, result->unequal[i].what);
    if (result->unequal_count > LOBSTER_LISTED || result->maker_wrong > LOBSTER_LISTED)
        printf("  (at most %d of each are listed)\n", LOBSTER_LISTED);
}

static void lobster_print(const char *path, const struct lobster_plan *plan, const struct lobster_result *result,
                          const struct runner *runner)
{
    char a[28], b[28], c[28];

    printf("%s\n", path);
    if (result->rows_compared)
        printf("%s rows, %s books equal to the record (%zu levels a side, tick %" PRIu64 "/10,000)\n",
               summary_count(result->rows, a), summary_count(result->rows_equal, b), plan->levels, plan->tick);
    else
        printf("%s rows, no book file to compare with (tick %" PRIu64 "/10,000)\n", summary_count(result->rows, a),
               plan->tick);
    printf("%s executions of visible orders, %s makers right, %s wrong\n", summary_count(result->executions, a),
           summary_count(result->maker_right, b), summary_count(result->maker_wrong, c));
    lobster_list(result);
    printf("%s messages name %s orders that no earlier row added; %s of them not in the book\n",
           summary_count(plan->unknown_messages, a), summary_count(plan->unknown_ids, b),
           summary_count(result->unplaced, c));
    printf("%s hidden executions, %s cross trades, %s halt messages\n", summary_count(result->hidden_executions, a),
           summary_count(result->crosses, b), summary_count(result->halts, c));
    if (result->outside_window || result->crossed || result->rows_corrected || result->rejected)
        printf("%" PRIu64 " times a price outside the window, %" PRIu64 " adds that would have traded, %" PRIu64
               " rows corrected, %" PRIu64 " commands refused\n",
               result->outside_window, result->crossed, result->rows_corrected, result->rejected);
    printf("%s levels read back, %s equal; %s commands, %s fills\n", summary_count(result->levels_read, a),
           result->levels_read == result->levels_read_equal ? "all" : "NOT all",
           summary_count(runner_command_count(runner), b), summary_count(result->fills, c));
    summary_engines(runner);
}

static json_t *lobster_wrong_list(const struct lobster_result *result)
{
    json_t *list = json_array();

    for (uint64_t i = 0; i < result->maker_wrong && i < LOBSTER_LISTED; i++) {
        json_t *object = json_object();

        report_set_count(object, "row", result->wrong[i].row);
        report_set_count(object, "named", result->wrong[i].named);
        report_set_count(object, "met", result->wrong[i].met);
        json_array_append_new(list, object);
    }
    return list;
}

static void lobster_report(const struct lobster_plan *plan, const struct lobster_result *result,
                           const struct runner *runner)
{
    json_t *object = json_object();

    report_set_count(object, "rows", result->rows);
    report_set_count(object, "rows_compared", result->rows_compared);
    report_set_count(object, "rows_equal", result->rows_equal);
    report_set_count(object, "rows_corrected", result->rows_corrected);
    report_set_count(object, "levels", plan->levels);
    report_set_count(object, "executions", result->executions);
    report_set_count(object, "maker_right", result->maker_right);
    report_set_count(object, "maker_wrong", result->maker_wrong);
    report_set(object, "wrong", lobster_wrong_list(result));
    report_set_count(object, "unknown_orders", plan->unknown_messages);
    report_set_count(object, "unknown_ids", plan->unknown_ids);
    report_set_count(object, "unplaced", result->unplaced);
    report_set_count(object, "outside_window", result->outside_window);
    report_set_count(object, "crossed", result->crossed);
    report_set_count(object, "rejected", result->rejected);
    report_set_count(object, "fills", result->fills);
    report_set_count(object, "hidden_executions", result->hidden_executions);
    report_set_count(object, "levels_read", result->levels_read);
    report_set_count(object, "levels_read_equal", result->levels_read_equal);
    summary_report_engines(object, runner);
    report_print(object);
}

static bool lobster_holds(const struct lobster_result *result, const struct runner *runner)
{
    return result->rows_equal == result->rows_compared && result->levels_read == result->levels_read_equal &&
           result->rejected == 0 && runner_agrees(runner);
}

static int lobster_finish(const struct replay_settings *settings, const char *path, const struct lobster_plan *plan,
                          struct lobster_replay *replay, struct runner *runner)
{
    struct command_source source = lobster_replay_source(replay);
    struct progress progress = { .what = "commands" };
    enum run_status status = runner_run(runner, &source, &progress);
    const struct lobster_result *result = lobster_replay_result(replay);

    replay_warn_trace(settings, device_cycles(runner->engine[0]->device));
    if (status != RUN_DONE)
        printable_error("vitrine replay", status == RUN_BAD_INPUT ? lobster_replay_error(replay) : runner->error);
    if (status == RUN_BAD_INPUT)
        return EXIT_STATUS_USAGE;
    if (status == RUN_FAULT)
        return EXIT_STATUS_FAULT;
    if (settings->json)
        lobster_report(plan, result, runner);
    else
        lobster_print(path, plan, result, runner);
    return status == RUN_DONE && lobster_holds(result, runner) ? EXIT_STATUS_OK : EXIT_STATUS_FAILED;
}

static int lobster_run(const struct replay_settings *settings, const char *path, struct lobster_settings *lobster,
                       const struct lobster_plan *plan)
{
    static struct runner runner;
    struct device_options options = replay_device_options(settings);
    struct lobster_replay *replay;
    char error[TEXT_ERROR_MAX];
    int status = runner_open(&runner, settings->engine, &options);

    if (status != EXIT_STATUS_OK)
        return status;
    lobster->tick_bits = device_capability(runner.engine[0]->device)->tick_bits;
    lobster->slots = device_capability(runner.engine[0]->device)->orders;
    replay = lobster_replay_create(lobster, plan, error);
    if (replay == NULL) {
        printable_error("vitrine replay", error);
        status = EXIT_STATUS_USAGE;
    } else {
        status = lobster_finish(settings, path, plan, replay, &runner);
    }
    lobster_replay_destroy(replay);
    runner_close(&runner);
    return status;
}

int replay_lobster(const struct replay_settings *settings, const char *path)
{
    struct lobster_settings lobster = { .files = { path, settings->book },
                                        .limit = settings->limit,
                                        .check_every = settings->check_every,
                                        .compare_levels = settings->levels };
    struct lobster_plan plan;
    char book[1024];
    char error[TEXT_ERROR_MAX];
    int status;

    if (lobster.files.book_path == NULL && text_input_is_zip(path))
        lobster.files.book_path = path;
    else if (lobster.files.book_path == NULL && lobster_find_book(path, book, sizeof book))
        lobster.files.book_path = book;
    if (!lobster_plan_make(&plan, &lobster.files, settings->limit, error)) {
        printable_error("vitrine replay", error);
        lobster_plan_free(&plan);
        return EXIT_STATUS_USAGE;
    }
    if (settings->levels > plan.levels) {
        if (plan.levels)
            snprintf(error, sizeof error, "--levels %" PRIu64 ": the book file has %zu levels", settings->levels,
                     plan.levels);
        else
            snprintf(error, sizeof error, "--levels %" PRIu64 ": there is no book file to compare with",
                     settings->levels);
        printable_error("vitrine replay", error);
        status = EXIT_STATUS_USAGE;
    } else {
        status = lobster_run(settings, path, &lobster, &plan);
    }
    lobster_plan_free(&plan);
    return status;
}
