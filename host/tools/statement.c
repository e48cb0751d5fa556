/* vitrine admin statement: every movement of an account, from the journal run again. */
#include "statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "decimal.h"
#include "printable.h"
#include "report.h"
#include "statement_sums.h"
#include "status.h"
#include "units.h"

enum { OTHER_BYTES = 64 };

struct statement {
    const struct statement_settings *settings;
    struct statement_stretch stretch;
    struct statement_sums sums;
    size_t wrong;            /* lines in which the sums do not agree */
    uint64_t last_ns;
};

/* --- as it runs again --- */

static void statement_find(struct statement *statement)
{
    const struct statement_settings *settings = statement->settings;
    struct statement_sums *sums = &statement->sums;
    uint8_t name[24] = { 0 };
    uint32_t row = TABLE_NONE;
    uint64_t number;

    if (sums->account == TABLE_NONE && strlen(settings->account) < sizeof name) {
        memcpy(name, settings->account, strlen(settings->account));
        sums->account = state_find_account(sums->state, name);
        if (sums->account == TABLE_NONE && decimal_parse_whole(settings->account, strlen(settings->account), &number) &&
            number > TABLE_NONE && number < sums->state->accounts.used)
            sums->account = (uint32_t)number;
    }
    if (settings->subaccount == NULL || sums->account == TABLE_NONE || sums->only != STATEMENT_NOBODY)
        return;
    memset(name, 0, sizeof name);
    if (strlen(settings->subaccount) < sizeof name) {
        memcpy(name, settings->subaccount, strlen(settings->subaccount));
        row = state_find_subaccount(sums->state, sums->account, name);
    }
    sums->only = row != TABLE_NONE ? row : STATEMENT_NOBODY;
}

static void statement_open(struct statement *statement)
{
    statement_find(statement);
    statement_sums_open(&statement->sums);
}

static void statement_begin(void *context, struct exchange *exchange)
{
    struct statement *statement = context;
    const struct statement_stretch *stretch = &statement->stretch;

    statement->sums.state = exchange_state(exchange);
    if (stretch->plan.interval[stretch->interval].first == stretch->from)
        statement_open(statement);
}

static void statement_take(void *context, const struct ledger_entry *entry)
{
    struct statement *statement = context;

    if (!statement->sums.open)
        return;
    statement_find(statement);
    statement_sums_take(&statement->sums, entry);
}

static void statement_batch(void *context, const struct journal_batch *batch, const struct exchange_result *result)
{
    struct statement *statement = context;

    (void)result;
    if (!statement->sums.open && batch->number + 1 == statement->stretch.from)
        statement_open(statement);
    statement->last_ns = batch->time_ns;
}

/* --- what is printed --- */

static const char *statement_subaccount(const struct statement *statement, uint32_t row)
{
    return (const char *)state_subaccount(statement->sums.state, row)->name;
}

/* Who is at the other end. Never another customer's name: those are "market". */
static const char *statement_other(const struct statement *statement, uint32_t other, char text[OTHER_BYTES])
{
    const struct state *state = statement->sums.state;
    const uint32_t account = state_subaccount(state, other)->account;

    if (account == SYSTEM_ACCOUNT)
        return statement_subaccount(statement, other);
    if (account != statement->sums.account)
        return "market";
    snprintf(text, OTHER_BYTES, "%s/%s", (const char *)state_account(state, account)->name,
             statement_subaccount(statement, other));
    return text;
}

static void statement_print_movements(const struct statement *statement)
{
    const struct statement_sums *sums = &statement->sums;
    char time[DATE_TEXT_MAX], amount[UNITS_TEXT_MAX], balance[UNITS_TEXT_MAX], other[OTHER_BYTES];

    if (sums->movement_count)
        printf("\n%-24s %8s  %-12s %-24s %-14s %-16s %-24s %22s %22s\n", "time", "batch", "subaccount", "what",
               "column", "thing", "with", "amount", "balance");
    for (size_t i = 0; i < sums->movement_count; i++) {
        const struct statement_movement *movement = &sums->movements[i];
        const struct statement_line *line = &sums->lines[movement->line];

        date_format_ms(movement->time_ns, time);
        statement_amount(sums->state, line->column, line->thing, movement->amount, amount, sizeof amount);
        statement_amount(sums->state, line->column, line->thing, movement->balance, balance, sizeof balance);
        printf("%-24s %8" PRIu64 "  %-12s %-24s %-14s %-16s %-24s %22s %22s\n", time, movement->batch,
               statement_subaccount(statement, line->subaccount), ledger_entry_text(movement->kind),
               statement_column_name(line->column), statement_thing(sums->state, line->column, line->thing),
               statement_other(statement, movement->other, other), amount, balance);
    }
}

static void statement_print_lines(const struct statement *statement)
{
    const struct statement_sums *sums = &statement->sums;
    char texts[3][UNITS_TEXT_MAX];

    printf("\n%-12s %-14s %-16s %22s %10s %22s %22s\n", "subaccount", "column", "thing", "opening", "movements",
           "they sum to", "closing");
    for (size_t i = 0; i < sums->line_count; i++) {
        const struct statement_line *line = &sums->lines[i];
        const int64_t amounts[3] = { line->opening, line->balance - line->opening, line->closing };

        for (unsigned n = 0; n < 3; n++)
            statement_amount(sums->state, line->column, line->thing, amounts[n], texts[n], sizeof texts[n]);
        printf("%-12s %-14s %-16s %22s %10" PRIu64 " %22s %22s%s\n", statement_subaccount(statement, line->subaccount),
               statement_column_name(line->column), statement_thing(sums->state, line->column, line->thing), texts[0],
               line->movements, texts[1], texts[2], line->balance != line->closing ? "  DIFFERS" : "");
    }
}

static bool statement_bears_interest(const struct statement_line *line)
{
    return (line->column == COLUMN_LENT || line->column == COLUMN_BORROWED) && line->subaccount != SYSTEM_POOL;
}

static void statement_print_interest(const struct statement *statement)
{
    const struct statement_sums *sums = &statement->sums;
    char texts[4][UNITS_TEXT_MAX];
    bool titled = false;

    for (size_t i = 0; i < sums->line_count; i++) {
        const struct statement_line *line = &sums->lines[i];
        const int64_t amounts[4] = { line->units_opening, line->units_moved, statement_sums_interest(line),
                                     line->units_closing };

        if (!statement_bears_interest(line))
            continue;
        if (!titled)
            printf("\n%-12s %-14s %-16s %22s %22s %22s %22s\n", "subaccount", "interest", "thing", "worth at opening",
                   "lent or borrowed", "interest", "worth at closing");
        titled = true;
        for (unsigned n = 0; n < 4; n++)
            statement_amount(sums->state, COLUMN_HELD, line->thing, amounts[n], texts[n], sizeof texts[n]);
        printf("%-12s %-14s %-16s %22s %22s %22s %22s\n", statement_subaccount(statement, line->subaccount),
               line->column == COLUMN_LENT ? "earned" : "owed",
               statement_thing(sums->state, COLUMN_HELD, line->thing), texts[0], texts[1], texts[2], texts[3]);
    }
}

/* Sums by what it was, where movements are too many to read. */
static void statement_print_kinds(const struct statement *statement)
{
    const struct statement_sums *sums = &statement->sums;
    char text[UNITS_TEXT_MAX];

    printf("\n%-12s %-24s %-14s %-16s %10s %22s\n", "subaccount", "what", "column", "thing", "movements", "sum");
    for (size_t i = 0; i < sums->line_count; i++) {
        const struct statement_line *line = &sums->lines[i];

        for (unsigned kind = 1; kind < ENTRY_KINDS; kind++) {
            if (line->counts[kind] == 0)
                continue;
            statement_amount(sums->state, line->column, line->thing, line->moved[kind], text, sizeof text);
            printf("%-12s %-24s %-14s %-16s %10" PRIu64 " %22s\n", statement_subaccount(statement, line->subaccount),
                   ledger_entry_text(kind), statement_column_name(line->column),
                   statement_thing(sums->state, line->column, line->thing), line->counts[kind], text);
        }
    }
}

static void statement_print(const struct statement *statement)
{
    char time[DATE_TEXT_MAX];

    date_format_ms(statement->last_ns, time);
    printf("Statement of account %s: batches %" PRIu64 " to %" PRIu64 ", until %s\n",
           (const char *)state_account(statement->sums.state, statement->sums.account)->name, statement->stretch.from,
           statement->stretch.to, time);
    if (statement->settings->summary)
        statement_print_kinds(statement);
    else
        statement_print_movements(statement);
    statement_print_lines(statement);
    statement_print_interest(statement);
    if (statement->wrong)
        printf("\nDIFFERENCE: in %zu lines opening and movements do not make the closing\n", statement->wrong);
    else
        printf("\nopening + movements = closing in all %zu lines\n", statement->sums.line_count);
}

/* --- and as JSON --- */

static void statement_set_amount(const struct statement *statement, json_t *object, const char *key,
                                 const struct statement_line *line, unsigned column, int64_t amount)
{
    char text[UNITS_TEXT_MAX], name[40];

    statement_amount(statement->sums.state, column, line->thing, amount, text, sizeof text);
    report_set(object, key, json_integer(amount));
    snprintf(name, sizeof name, "%s_text", key);
    report_set(object, name, json_string(text));
}

static json_t *statement_name_line(const struct statement *statement, const struct statement_line *line)
{
    json_t *object = json_object();

    report_set(object, "subaccount", json_string(statement_subaccount(statement, line->subaccount)));
    report_set(object, "column", json_string(statement_column_name(line->column)));
    report_set(object, "thing", json_string(statement_thing(statement->sums.state, line->column, line->thing)));
    return object;
}

static json_t *statement_describe_lines(const struct statement *statement)
{
    json_t *list = json_array();

    for (size_t i = 0; i < statement->sums.line_count; i++) {
        const struct statement_line *line = &statement->sums.lines[i];
        json_t *object = statement_name_line(statement, line);

        statement_set_amount(statement, object, "opening", line, line->column, line->opening);
        report_set_count(object, "movements", line->movements);
        statement_set_amount(statement, object, "moved", line, line->column, line->balance - line->opening);
        statement_set_amount(statement, object, "closing", line, line->column, line->closing);
        if (statement_bears_interest(line)) {
            statement_set_amount(statement, object, "worth_opening", line, COLUMN_HELD, line->units_opening);
            statement_set_amount(statement, object, "worth_moved", line, COLUMN_HELD, line->units_moved);
            statement_set_amount(statement, object, "interest", line, COLUMN_HELD, statement_sums_interest(line));
            statement_set_amount(statement, object, "worth_closing", line, COLUMN_HELD, line->units_closing);
        }
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *statement_describe_movements(const struct statement *statement)
{
    char time[DATE_TEXT_MAX], other[OTHER_BYTES];
    json_t *list = json_array();

    for (size_t i = 0; i < statement->sums.movement_count; i++) {
        const struct statement_movement *movement = &statement->sums.movements[i];
        const struct statement_line *line = &statement->sums.lines[movement->line];
        json_t *object = statement_name_line(statement, line);

        date_format_ms(movement->time_ns, time);
        report_set(object, "time", json_string(time));
        report_set_count(object, "batch", movement->batch);
        report_set(object, "what", json_string(ledger_entry_text(movement->kind)));
        report_set(object, "with", json_string(statement_other(statement, movement->other, other)));
        statement_set_amount(statement, object, "amount", line, line->column, movement->amount);
        statement_set_amount(statement, object, "balance", line, line->column, movement->balance);
        json_array_append_new(list, object);
    }
    return list;
}

static void statement_report(const struct statement *statement)
{
    json_t *object = json_object();

    report_set(object, "account", json_string((const char *)state_account(statement->sums.state,
                                                                          statement->sums.account)->name));
    report_set_count(object, "from", statement->stretch.from);
    report_set_count(object, "to", statement->stretch.to);
    report_set(object, "lines", statement_describe_lines(statement));
    if (!statement->settings->summary)
        report_set(object, "movements", statement_describe_movements(statement));
    report_set_count(object, "differences", statement->wrong);
    report_print(object);
}

static void statement_end(void *context)
{
    struct statement *statement = context;

    statement_find(statement);
    if (statement->sums.account == TABLE_NONE || statement->sums.only == STATEMENT_NOBODY)
        return;
    statement->wrong = statement_sums_close(&statement->sums);
    if (statement->settings->json)
        statement_report(statement);
    else
        statement_print(statement);
}

int statement_run(const struct statement_settings *settings)
{
    static struct statement statement;
    const struct audit_observer observer = { .begin = statement_begin, .entry = statement_take,
                                             .batch = statement_batch, .end = statement_end, .context = &statement };
    char error[512] = "";
    int status;

    memset(&statement, 0, sizeof statement);
    statement.settings = settings;
    statement.sums.sums_only = settings->summary;
    statement.sums.only = settings->subaccount ? STATEMENT_NOBODY : TABLE_NONE;
    if (statement_stretch_find(&statement.stretch, settings->directory, settings->from, settings->to, error,
                               sizeof error, &status))
        status = statement_stretch_run(&statement.stretch, &observer, error, sizeof error);
    if (status == EXIT_STATUS_OK && statement.sums.account == TABLE_NONE) {
        snprintf(error, sizeof error, "account %.100s: there is none in the journal", settings->account);
        status = EXIT_STATUS_USAGE;
    } else if (status == EXIT_STATUS_OK && statement.sums.only == STATEMENT_NOBODY) {
        snprintf(error, sizeof error, "subaccount %.100s: the account has none of that name", settings->subaccount);
        status = EXIT_STATUS_USAGE;
    }
    if (status != EXIT_STATUS_OK)
        printable_error("vitrine admin statement", error);
    else if (statement.wrong)
        status = EXIT_STATUS_FAILED;
    statement_sums_free(&statement.sums);
    return status;
}
